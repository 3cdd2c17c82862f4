//! What every message has: a header, an operation, an answer, and a kind that decides whether it may be late.

use terms::{Bin, MessageId, Moment};
use xml::{FieldError, Fields, FromElement, ToElement, Writer};

use super::field::{Field, sample};
use super::schema::{ComplexType, FieldType, Namespace, Occurs};

/// Whether a message may be late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Something is asked for: the date must lie within the clock window of now.
    Question,
    /// Something happened: never refused for its age, an outbox may be days late.
    Fact,
}

/// What begins every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHeader {
    /// Names this message for ever; a repeat carries the same.
    pub message_id: MessageId,
    /// When it was written.
    pub sent_at: Moment,
    /// Whose message it is; must be the signer's BIN.
    pub sender: Bin,
}

/// What begins every response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHeader {
    /// The message answered.
    pub in_reply_to: MessageId,
    /// When the answer was written.
    pub answered_at: Moment,
    /// Who answers; must be the signer's BIN.
    pub sender: Bin,
}

const fn header_field<T: Field>(name: &'static str, doc: &'static [&'static str]) -> FieldType {
    FieldType { name, occurs: Occurs::Required, doc, content: T::TYPE }
}

impl RequestHeader {
    pub(crate) const FIELDS: [FieldType; 3] = [
        header_field::<MessageId>("messageId", &[" Names this message for ever; a repeat carries the same."]),
        header_field::<Moment>("sentAt", &[" When it was written."]),
        header_field::<Bin>("sender", &[" Whose message it is; must be the signer's BIN."]),
    ];

    pub(crate) fn read(fields: &mut Fields<'_, '_, '_>) -> Result<Self, FieldError> {
        Ok(Self {
            message_id: Field::read(fields.required("messageId")?)?,
            sent_at: Field::read(fields.required("sentAt")?)?,
            sender: Field::read(fields.required("sender")?)?,
        })
    }

    pub(crate) fn write(&self, writer: &mut Writer, namespace: &'static Namespace) {
        self.message_id.write(writer, namespace, "messageId");
        self.sent_at.write(writer, namespace, "sentAt");
        self.sender.write(writer, namespace, "sender");
    }

    pub(crate) fn example() -> Self {
        Self {
            message_id: sample("0194f7a2-6c40-7d1e-8a53-2b9c61f0e7d4"),
            sent_at: sample("2026-11-22T07:05:00.000000+05:00"),
            sender: sample("500140000126"),
        }
    }
}

impl ResponseHeader {
    pub(crate) const FIELDS: [FieldType; 3] = [
        header_field::<MessageId>("inReplyTo", &[" The message answered."]),
        header_field::<Moment>("answeredAt", &[" When the answer was written."]),
        header_field::<Bin>("sender", &[" Who answers; must be the signer's BIN."]),
    ];

    /// The header of the answer to a request.
    pub fn answering(request: &RequestHeader, answered_at: Moment, sender: Bin) -> Self {
        Self { in_reply_to: request.message_id, answered_at, sender }
    }

    pub(crate) fn read(fields: &mut Fields<'_, '_, '_>) -> Result<Self, FieldError> {
        Ok(Self {
            in_reply_to: Field::read(fields.required("inReplyTo")?)?,
            answered_at: Field::read(fields.required("answeredAt")?)?,
            sender: Field::read(fields.required("sender")?)?,
        })
    }

    pub(crate) fn write(&self, writer: &mut Writer, namespace: &'static Namespace) {
        self.in_reply_to.write(writer, namespace, "inReplyTo");
        self.answered_at.write(writer, namespace, "answeredAt");
        self.sender.write(writer, namespace, "sender");
    }

    pub(crate) fn example() -> Self {
        Self {
            in_reply_to: sample("0194f7a2-6c40-7d1e-8a53-2b9c61f0e7d4"),
            answered_at: sample("2026-11-22T07:05:00.250000+05:00"),
            sender: sample("500140000017"),
        }
    }
}

/// A request of one operation.
pub trait Request: FromElement + ToElement + Sized {
    /// What it is answered with.
    type Response: Response;
    /// The name of the operation, which is the name of the request's element.
    const OPERATION: &'static str;
    /// The service's namespace.
    const NAMESPACE: &'static Namespace;
    /// Its type in the schema.
    const TYPE: &'static ComplexType;

    /// Who says it, when, under which number.
    fn header(&self) -> &RequestHeader;

    /// Whether it may be late.
    fn kind(&self) -> Kind;

    /// The published example.
    fn example() -> Self;
}

/// The answer to a request.
pub trait Response: FromElement + ToElement + Sized {
    /// The name of its element.
    const NAME: &'static str;
    /// Its type in the schema.
    const TYPE: &'static ComplexType;

    /// Who answers, when, to what.
    fn header(&self) -> &ResponseHeader;

    /// The published example.
    fn example() -> Self;
}

/// One operation of a service, as data.
#[derive(Debug)]
pub struct Operation {
    /// Its name.
    pub name: &'static str,
    /// The type of the request's element, which has the operation's name.
    pub request: &'static ComplexType,
    /// The type of the response's element.
    pub response: &'static ComplexType,
    /// The published request, as the body of an envelope.
    pub request_example: fn() -> String,
    /// The published response, as the body of an envelope.
    pub response_example: fn() -> String,
}

impl Operation {
    pub(crate) const fn of<R: Request>() -> Self {
        Self {
            name: R::OPERATION,
            request: R::TYPE,
            response: R::Response::TYPE,
            request_example: || R::example().to_xml(),
            response_example: || R::Response::example().to_xml(),
        }
    }
}

/// One service: what a participant of one kind answers to.
#[derive(Debug)]
pub struct ServiceDescription {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in one sentence.
    pub doc: &'static str,
    /// Its namespace.
    pub namespace: &'static Namespace,
    /// What it can be asked and told.
    pub operations: &'static [Operation],
}
