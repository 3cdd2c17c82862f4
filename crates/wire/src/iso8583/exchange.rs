//! The messages of the line in our terms: authorisation, reversal, echo.
//!
//! The gateway's card page has a payment code before the card is authorised, and its 0100 carries it with all
//! requisites (T1.12–21). An ATM has none: its 0100 says what is ordered, the bank's processing asks the gateway
//! for the code, and the 0110 brings it back (T4.5–12).
//!
//! A reversal does not repeat the card number: the card page has forgotten it, and DE 90, DE 37 and the
//! attempt name the request well enough.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use terms::{AttemptId, BankReference, Bin, Iin, Moment, Party, PaymentCode, ServiceCode, Tiyn};

use super::card::{Cvc2, Expiry, Pan};
use super::message::{Frame, FrameError, Message, Mti};
use super::pin_block::PinBlock;
use super::private::{Tag, TagWriter, Tags};
use super::response_code::ResponseCode;
use super::trace::{
    ApprovalCode, MerchantId, OriginalKey, Stan, TerminalId, Trace, read_stan, read_text, transmitted,
};
use crate::common::Beneficiary;

/// DE 3: payment for goods and services from the default account.
const PURCHASE: &str = "000000";
/// DE 18: government services.
const GOVERNMENT_SERVICES: &str = "9399";
/// DE 49: tenge.
const TENGE: &str = "398";
/// DE 70: echo.
const ECHO: &str = "301";
/// DE 28: the transaction fee.
const FEE_FIELD: u8 = 28;
const FEE_IS_DEBIT: char = 'D';
const ORDER_FIELD: u8 = 48;
const PAYER_FIELD: u8 = 63;
const CREDITED_ACCOUNT_FIELD: u8 = 103;
const PURPOSE_FIELDS: [u8; 2] = [120, 121];
const LONGEST_PRIVATE_FIELD: usize = 999;

/// Where a card is used, what proves that its holder uses it, and what is ordered there. It decides DE 22 and
/// DE 25.
#[derive(Clone)]
pub enum Presented {
    /// Typed on the card page.
    OnPage {
        /// The proof.
        cvc2: Cvc2,
        /// The order.
        order: CardOrder,
    },
    /// Put into an ATM.
    AtAtm {
        /// The proof.
        pin: PinBlock,
        /// The order.
        order: AtmOrder,
    },
}

impl Presented {
    /// DE 22 and DE 25: typed on a page; or read from the chip at an unattended machine.
    fn entry_and_condition(&self) -> (&'static str, &'static str) {
        match self {
            Self::OnPage { .. } => ("812", "59"),
            Self::AtAtm { .. } => ("051", "02"),
        }
    }
}

/// What the money is for, on the card page: enough for the bank to sign its notice with all requisites
/// afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardOrder {
    /// The code that will be paid.
    pub payment_code: PaymentCode,
    /// What is paid for.
    pub service: ServiceCode,
    /// The state body that renders it.
    pub provider: Bin,
    /// Who receives the service.
    pub recipient: Party,
    /// Who pays.
    pub payer: Party,
    /// Where the money goes.
    pub beneficiary: Beneficiary,
    /// The attempt.
    pub attempt: AttemptId,
}

/// What the money is for, at an ATM. The payer is the card's owner, whom the bank knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtmOrder {
    /// What is paid for.
    pub service: ServiceCode,
    /// Who receives the service, where it is not the card's owner.
    pub recipient: Option<Iin>,
    /// The commission that the client was shown; the amount of the message includes it.
    pub commission: Tiyn,
    /// The attempt.
    pub attempt: AttemptId,
}

/// 0100. Holds card data, so it has no `Debug`.
#[derive(Clone)]
pub struct AuthorisationRequest {
    /// The card number.
    pub pan: Pan,
    /// Until when the card is good.
    pub expiry: Expiry,
    /// How much.
    pub amount: Tiyn,
    /// What ties the answer to this request.
    pub trace: Trace,
    /// The terminal, or the page.
    pub terminal: TerminalId,
    /// The merchant.
    pub merchant: MerchantId,
    /// Where the card is used, and what for.
    pub presented: Presented,
}

/// 0110.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorisationResponse {
    /// The request's.
    pub trace: Trace,
    /// The request's.
    pub amount: Tiyn,
    /// The request's.
    pub attempt: AttemptId,
    /// What the bank says.
    pub code: ResponseCode,
    /// The issuer's approval code, where approved.
    pub approval: Option<ApprovalCode>,
    /// The bank's own id of the operation, where approved.
    pub bank_reference: Option<BankReference>,
    /// The payment code that the bank was issued for an ATM's request, where approved.
    pub payment_code: Option<PaymentCode>,
}

/// 0400, and 0401 when repeated: the outcome of an authorisation is not known or not wanted any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReversalRequest {
    /// Of this message; the retrieval reference is the original's.
    pub trace: Trace,
    /// The request it reverses.
    pub original: OriginalKey,
    /// How much.
    pub amount: Tiyn,
    /// The attempt.
    pub attempt: AttemptId,
    /// Whether it was sent before.
    pub repeated: bool,
}

/// 0410.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReversalResponse {
    /// The request's.
    pub trace: Trace,
    /// The request's.
    pub amount: Tiyn,
    /// The request's.
    pub attempt: AttemptId,
    /// What the bank says.
    pub code: ResponseCode,
}

/// 0800: is anybody there?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EchoRequest {
    /// DE 11.
    pub stan: Stan,
    /// DE 7, to the second. It has no year, so it is only repeated in the answer.
    pub transmitted: String,
}

/// 0810.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EchoResponse {
    /// The request's.
    pub stan: Stan,
    /// The request's.
    pub transmitted: String,
    /// What the other side says.
    pub code: ResponseCode,
}

/// What a bank's processing is asked.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, on the stack of one connection")]
pub enum CardRequest {
    /// 0100.
    Authorisation(AuthorisationRequest),
    /// 0400 or 0401.
    Reversal(ReversalRequest),
    /// 0800.
    Echo(EchoRequest),
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardResponse {
    /// 0110.
    Authorisation(AuthorisationResponse),
    /// 0410.
    Reversal(ReversalResponse),
    /// 0810.
    Echo(EchoResponse),
}

impl CardRequest {
    /// Writes the frame.
    ///
    /// # Errors
    /// [`FrameError`] where something does not fit its field, such as an amount of thirteen digits.
    pub fn encode(&self) -> Result<Frame, FrameError> {
        match self {
            Self::Authorisation(request) => request.to_message(),
            Self::Reversal(request) => request.to_message(),
            Self::Echo(request) => request.to_message(),
        }?
        .encode()
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// [`FrameError`]; [`FrameError::OtherMessage`] for a response.
    pub fn decode(frame: &[u8]) -> Result<Self, FrameError> {
        let message = Message::decode(frame)?;
        match message.mti() {
            Mti::AuthorisationRequest => AuthorisationRequest::read(&message).map(Self::Authorisation),
            Mti::ReversalRequest | Mti::ReversalRepeat => ReversalRequest::read(&message).map(Self::Reversal),
            Mti::NetworkRequest => EchoRequest::read(&message).map(Self::Echo),
            Mti::AuthorisationResponse | Mti::ReversalResponse | Mti::NetworkResponse => {
                Err(FrameError::OtherMessage)
            }
        }
    }
}

impl CardResponse {
    /// Writes the frame.
    ///
    /// # Errors
    /// [`FrameError`] where something does not fit its field.
    pub fn encode(&self) -> Result<Frame, FrameError> {
        match self {
            Self::Authorisation(response) => response.to_message(),
            Self::Reversal(response) => response.to_message(),
            Self::Echo(response) => response.to_message(),
        }?
        .encode()
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// [`FrameError`]; [`FrameError::OtherMessage`] for a request.
    pub fn decode(frame: &[u8]) -> Result<Self, FrameError> {
        let message = Message::decode(frame)?;
        match message.mti() {
            Mti::AuthorisationResponse => AuthorisationResponse::read(&message).map(Self::Authorisation),
            Mti::ReversalResponse => ReversalResponse::read(&message).map(Self::Reversal),
            Mti::NetworkResponse => EchoResponse::read(&message).map(Self::Echo),
            Mti::AuthorisationRequest | Mti::ReversalRequest | Mti::ReversalRepeat | Mti::NetworkRequest => {
                Err(FrameError::OtherMessage)
            }
        }
    }
}

impl AuthorisationRequest {
    /// The attempt.
    pub fn attempt(&self) -> &AttemptId {
        match &self.presented {
            Presented::OnPage { order, .. } => &order.attempt,
            Presented::AtAtm { order, .. } => &order.attempt,
        }
    }

    /// The answer to this request.
    pub fn answer(
        &self,
        code: ResponseCode,
        approval: Option<ApprovalCode>,
        bank_reference: Option<BankReference>,
    ) -> AuthorisationResponse {
        AuthorisationResponse {
            trace: self.trace.clone(),
            amount: self.amount,
            attempt: self.attempt().clone(),
            code,
            approval,
            bank_reference,
            payment_code: None,
        }
    }

    fn to_message(&self) -> Result<Message, FrameError> {
        let mut message = Message::new(Mti::AuthorisationRequest);
        let mut tags = TagWriter::new(ORDER_FIELD);
        let (entry, condition) = self.presented.entry_and_condition();
        message.set(2, self.pan.expose())?;
        message.set(14, &*self.expiry.year_month())?;
        message.set(18, GOVERNMENT_SERVICES)?;
        message.set(22, entry)?;
        message.set(25, condition)?;
        message.set(41, format!("{:<8}", self.terminal.as_str()))?;
        message.set(42, format!("{:<15}", self.merchant.as_str()))?;
        write_amount(&mut message, self.amount)?;
        self.trace.write(&mut message, &mut tags)?;
        match &self.presented {
            Presented::OnPage { cvc2, order } => {
                tags.put(Tag::Cvc2, cvc2.expose())?;
                order.write(&mut message, &mut tags)?;
            }
            Presented::AtAtm { pin, order } => {
                tags.put(Tag::PinBlock, &pin.to_hex())?;
                order.write(&mut message, &mut tags)?;
            }
        }
        tags.finish(&mut message)?;
        Ok(message)
    }

    fn read(message: &Message) -> Result<Self, FrameError> {
        let tags = Tags::read(message, ORDER_FIELD)?;
        let wrong = |tag| FrameError::Tag(ORDER_FIELD, tag);
        let presented = match (tags.get(Tag::Cvc2), tags.get(Tag::PinBlock)) {
            (Some(cvc2), None) => Presented::OnPage {
                cvc2: cvc2.parse().map_err(|_| wrong(Tag::Cvc2))?,
                order: CardOrder::read(message, &tags)?,
            },
            (None, Some(block)) => Presented::AtAtm {
                pin: PinBlock::from_hex(block).ok_or(wrong(Tag::PinBlock))?,
                order: AtmOrder::read(message, &tags)?,
            },
            _ => return Err(wrong(Tag::Cvc2)),
        };
        let (entry, condition) = presented.entry_and_condition();
        for (number, expected) in [(18, GOVERNMENT_SERVICES), (22, entry), (25, condition)] {
            expect(message, number, expected)?;
        }
        Ok(Self {
            pan: message.text(2)?.parse().map_err(|_| FrameError::Form(2))?,
            expiry: Expiry::from_year_month(message.text(14)?).map_err(|_| FrameError::Form(14))?,
            amount: read_amount(message)?,
            trace: Trace::read(message, &tags)?,
            terminal: read_text(message, 41)?,
            merchant: read_text(message, 42)?,
            presented,
        })
    }
}

impl AtmOrder {
    fn write(&self, message: &mut Message, tags: &mut TagWriter) -> Result<(), FrameError> {
        tags.put(Tag::Service, self.service.as_str())?.put(Tag::Attempt, self.attempt.as_str())?;
        if let Some(recipient) = self.recipient {
            tags.put(Tag::RecipientNumber, &recipient.to_string())?;
        }
        // A fee is a debit, whose letter stands before its eight digits.
        message.set(FEE_FIELD, format!("{FEE_IS_DEBIT}{:08}", self.commission.as_u64()))
    }

    fn read(message: &Message, tags: &Tags<'_>) -> Result<Self, FrameError> {
        let wrong = FrameError::Form(FEE_FIELD);
        let digits = message.text(FEE_FIELD)?.strip_prefix(FEE_IS_DEBIT).ok_or(wrong)?;
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(wrong);
        }
        Ok(Self {
            service: tags.value(Tag::Service)?,
            recipient: tags.optional(Tag::RecipientNumber)?,
            commission: Tiyn::new(digits.parse().map_err(|_| wrong)?).map_err(|_| wrong)?,
            attempt: tags.value(Tag::Attempt)?,
        })
    }
}

impl CardOrder {
    fn write(&self, message: &mut Message, tags: &mut TagWriter) -> Result<(), FrameError> {
        tags.put(Tag::PaymentCode, &self.payment_code.digits())?
            .put(Tag::Service, self.service.as_str())?
            .put(Tag::Provider, &self.provider.to_string())?
            .put(Tag::Attempt, self.attempt.as_str())?
            .put(Tag::Bic, &self.beneficiary.bic.to_string())?
            .put(Tag::Kbk, &self.beneficiary.kbk.to_string())?
            .put(Tag::Knp, &self.beneficiary.knp.to_string())?
            .put(Tag::Kbe, &self.beneficiary.kbe.to_string())?
            .put(Tag::RecipientNumber, &self.recipient.number.to_string())?
            .put_base64(Tag::RecipientName, self.recipient.name.as_str())?;
        TagWriter::new(PAYER_FIELD)
            .put(Tag::PayerNumber, &self.payer.number.to_string())?
            .put_base64(Tag::PayerName, self.payer.name.as_str())?
            .finish(message)?;
        message.set(CREDITED_ACCOUNT_FIELD, self.beneficiary.iban.as_str())?;
        write_purpose(message, self.beneficiary.purpose.as_str())
    }

    fn read(message: &Message, tags: &Tags<'_>) -> Result<Self, FrameError> {
        let payer = Tags::read(message, PAYER_FIELD)?;
        Ok(Self {
            payment_code: tags.value(Tag::PaymentCode)?,
            service: tags.value(Tag::Service)?,
            provider: tags.value(Tag::Provider)?,
            recipient: Party {
                number: tags.value(Tag::RecipientNumber)?,
                name: tags.base64(Tag::RecipientName)?,
            },
            payer: Party { number: payer.value(Tag::PayerNumber)?, name: payer.base64(Tag::PayerName)? },
            beneficiary: Beneficiary {
                iban: read_text(message, CREDITED_ACCOUNT_FIELD)?,
                bic: tags.value(Tag::Bic)?,
                kbk: tags.value(Tag::Kbk)?,
                knp: tags.value(Tag::Knp)?,
                kbe: tags.value(Tag::Kbe)?,
                purpose: read_purpose(message)?,
            },
            attempt: tags.value(Tag::Attempt)?,
        })
    }
}

/// The purpose may be longer than one private field, so its base64 goes on in the next.
fn write_purpose(message: &mut Message, purpose: &str) -> Result<(), FrameError> {
    let text = STANDARD.encode(purpose);
    let parts: Vec<&[u8]> = text.as_bytes().chunks(LONGEST_PRIVATE_FIELD).collect();
    if parts.len() > PURPOSE_FIELDS.len() {
        return Err(FrameError::Form(PURPOSE_FIELDS[0]));
    }
    PURPOSE_FIELDS.iter().zip(parts).try_for_each(|(number, part)| message.set(*number, part))
}

fn read_purpose(message: &Message) -> Result<terms::Purpose, FrameError> {
    let wrong = FrameError::Form(PURPOSE_FIELDS[0]);
    let first = message.text(PURPOSE_FIELDS[0])?;
    let second = message.octets(PURPOSE_FIELDS[1]).unwrap_or_default();
    let octets = STANDARD.decode([first.as_bytes(), second].concat()).map_err(|_| wrong)?;
    String::from_utf8(octets).map_err(|_| wrong)?.parse().map_err(|_| wrong)
}

/// What all financial messages say after their own: the operation, the sum, the currency.
fn write_amount(message: &mut Message, amount: Tiyn) -> Result<(), FrameError> {
    message.set(3, PURCHASE)?;
    message.set(49, TENGE)?;
    message.set(4, format!("{:012}", amount.as_u64()))
}

fn read_amount(message: &Message) -> Result<Tiyn, FrameError> {
    expect(message, 3, PURCHASE)?;
    expect(message, 49, TENGE)?;
    let tiyn = message.text(4)?.parse().map_err(|_| FrameError::Form(4))?;
    Tiyn::new(tiyn).map_err(|_| FrameError::Form(4))
}

fn expect(message: &Message, number: u8, expected: &str) -> Result<(), FrameError> {
    if message.text(number)? == expected { Ok(()) } else { Err(FrameError::Form(number)) }
}

impl AuthorisationResponse {
    fn to_message(&self) -> Result<Message, FrameError> {
        let mut message = Message::new(Mti::AuthorisationResponse);
        let mut tags = TagWriter::new(ORDER_FIELD);
        write_amount(&mut message, self.amount)?;
        self.trace.write(&mut message, &mut tags)?;
        tags.put(Tag::Attempt, self.attempt.as_str())?;
        message.set(39, self.code.as_str())?;
        if let Some(approval) = &self.approval {
            message.set(38, approval.as_str())?;
        }
        if let Some(reference) = &self.bank_reference {
            tags.put(Tag::BankReference, reference.as_str())?;
        }
        if let Some(code) = self.payment_code {
            tags.put(Tag::PaymentCode, &code.digits())?;
        }
        tags.finish(&mut message)?;
        Ok(message)
    }

    fn read(message: &Message) -> Result<Self, FrameError> {
        let tags = Tags::read(message, ORDER_FIELD)?;
        Ok(Self {
            trace: Trace::read(message, &tags)?,
            amount: read_amount(message)?,
            attempt: tags.value(Tag::Attempt)?,
            code: read_text(message, 39)?,
            approval: message.octets(38).map(|_| read_text(message, 38)).transpose()?,
            bank_reference: tags.optional(Tag::BankReference)?,
            payment_code: tags.optional(Tag::PaymentCode)?,
        })
    }
}

impl ReversalRequest {
    /// The answer to this request.
    pub fn answer(&self, code: ResponseCode) -> ReversalResponse {
        let (trace, attempt) = (self.trace.clone(), self.attempt.clone());
        ReversalResponse { trace, amount: self.amount, attempt, code }
    }

    fn to_message(&self) -> Result<Message, FrameError> {
        let mti = if self.repeated { Mti::ReversalRepeat } else { Mti::ReversalRequest };
        let mut message = Message::new(mti);
        let mut tags = TagWriter::new(ORDER_FIELD);
        write_amount(&mut message, self.amount)?;
        self.trace.write(&mut message, &mut tags)?;
        self.original.write(&mut message)?;
        tags.put(Tag::Attempt, self.attempt.as_str())?.finish(&mut message)?;
        Ok(message)
    }

    fn read(message: &Message) -> Result<Self, FrameError> {
        let tags = Tags::read(message, ORDER_FIELD)?;
        let trace = Trace::read(message, &tags)?;
        Ok(Self {
            original: OriginalKey::read(message, &trace.acquirer)?,
            trace,
            amount: read_amount(message)?,
            attempt: tags.value(Tag::Attempt)?,
            repeated: message.mti() == Mti::ReversalRepeat,
        })
    }
}

impl ReversalResponse {
    fn to_message(&self) -> Result<Message, FrameError> {
        let mut message = Message::new(Mti::ReversalResponse);
        let mut tags = TagWriter::new(ORDER_FIELD);
        write_amount(&mut message, self.amount)?;
        self.trace.write(&mut message, &mut tags)?;
        message.set(39, self.code.as_str())?;
        tags.put(Tag::Attempt, self.attempt.as_str())?.finish(&mut message)?;
        Ok(message)
    }

    fn read(message: &Message) -> Result<Self, FrameError> {
        let tags = Tags::read(message, ORDER_FIELD)?;
        Ok(Self {
            trace: Trace::read(message, &tags)?,
            amount: read_amount(message)?,
            attempt: tags.value(Tag::Attempt)?,
            code: read_text(message, 39)?,
        })
    }
}

impl EchoRequest {
    /// An echo of this moment.
    pub fn new(stan: Stan, now: Moment) -> Self {
        Self { stan, transmitted: transmitted(now) }
    }

    /// The answer to this request.
    pub fn answer(&self, code: ResponseCode) -> EchoResponse {
        EchoResponse { stan: self.stan, transmitted: self.transmitted.clone(), code }
    }

    fn to_message(&self) -> Result<Message, FrameError> {
        echo(Mti::NetworkRequest, self.stan, &self.transmitted)
    }

    fn read(message: &Message) -> Result<Self, FrameError> {
        expect(message, 70, ECHO)?;
        Ok(Self { stan: read_stan(message)?, transmitted: message.text(7)?.to_owned() })
    }
}

impl EchoResponse {
    fn to_message(&self) -> Result<Message, FrameError> {
        let mut message = echo(Mti::NetworkResponse, self.stan, &self.transmitted)?;
        message.set(39, self.code.as_str())?;
        Ok(message)
    }

    fn read(message: &Message) -> Result<Self, FrameError> {
        expect(message, 70, ECHO)?;
        Ok(Self {
            stan: read_stan(message)?,
            transmitted: message.text(7)?.to_owned(),
            code: read_text(message, 39)?,
        })
    }
}

fn echo(mti: Mti, stan: Stan, transmitted: &str) -> Result<Message, FrameError> {
    let mut message = Message::new(mti);
    message.set(7, transmitted)?;
    message.set(11, stan.to_string())?;
    message.set(70, ECHO)?;
    Ok(message)
}
