//! What an officer of a provider or a bank says to a register, as a document: signed on the officer's own machine with an
//! enveloped signature, over the digest of the register itself. The form is ours.

use terms::{BankingDay, Bin, Iin, MessageId, Moment};
use xml::{Element, FieldError, FromElement, ToElement, Writer};

use crate::common::{Count, Digest, Reason};
use crate::framework::{COMMON, ComplexType, Field, Type, record, sample, words};
use crate::register::PartyWord;

/// The name of the document's root element.
pub const ELEMENT: &str = "RegisterAcknowledgement";

words! {
    /// What is said to a register.
    pub enum AcknowledgementWord {
        /// It is taken.
        Accept = "accept",
        /// It is not what the party knows.
        Dispute = "dispute",
    }
}

record! {
    /// What an officer says to one revision of a register.
    pub struct RegisterAcknowledgement {
        /// Names it for ever; drawn by whoever writes the document.
        required number: MessageId as "number",
        /// The gateway it is addressed to, so that it counts at no other.
        required gateway: Bin as "gateway",
        /// Who says it: the ИИН in the certificate that signs.
        required officer: Iin as "officer",
        /// When it was written.
        required written_at: Moment as "writtenAt",
        /// Whether the register is a provider's or a bank's.
        required party: PartyWord as "party",
        /// The party's number.
        required bin: Bin as "bin",
        /// The banking day.
        required day: BankingDay as "day",
        /// The revision.
        required revision: Count as "revision",
        /// SHA-256 of the register's canonical XML, as its manifest has it.
        required sha256: Digest as "sha256",
        /// What is said.
        required answer: AcknowledgementWord as "answer",
        /// Why it is disputed.
        optional reason: Reason as "reason",
    }
}

impl FromElement for RegisterAcknowledgement {
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError> {
        element.expect(COMMON.uri, ELEMENT)?;
        Field::read(element)
    }
}

impl ToElement for RegisterAcknowledgement {
    fn write(&self, writer: &mut Writer) {
        Field::write(self, writer, &COMMON, ELEMENT);
    }
}

/// The type of the document, for the schema.
pub(crate) fn complex_type() -> (&'static str, &'static ComplexType) {
    match <RegisterAcknowledgement as Field>::TYPE {
        Type::Complex(complex) => (ELEMENT, complex),
        Type::Builtin(_) | Type::Simple(_) => unreachable!("a record is a sequence"),
    }
}

/// A made-up example, the one in `spec/`.
pub fn example() -> RegisterAcknowledgement {
    RegisterAcknowledgement {
        number: sample("0193b1a0-0000-7000-8000-000000000008"),
        gateway: sample("500140000126"),
        officer: sample("860202200006"),
        written_at: crate::example::later(),
        party: PartyWord::Provider,
        bin: crate::example::provider(),
        day: sample("2026-11-22"),
        revision: sample("1"),
        sha256: sample(&"0".repeat(64)),
        answer: AcknowledgementWord::Accept,
        reason: None,
    }
}
