//! What the gateway keeps besides payments and attempts: pages, receipts, evidence, journal, reads, and the
//! registry of participants and services. Plain data; nothing here decides and nothing here knows SQL.

use std::str::FromStr;

use terms::{
    ApplicationNumber, AttemptId, Bic, Bin, BrowserDigest, Channel, Iban, Kbe, Kbk, Knp, Kod, Language,
    Moment, Party, PartyNumber, PaymentCode, Purpose, ServiceCode, Tiyn, Trilingual,
};

/// Something as it was read, with the version that a later save compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// The thing.
    pub value: T,
    /// How often it was saved; 1 after the insertion.
    pub version: u64,
}

impl<T> Stored<T> {
    /// The same row with what it is to become.
    pub fn with(&self, value: T) -> Self {
        Self { value, version: self.version }
    }
}

/// A payment page of tables 1 and 2: what its one-time token opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentPage {
    /// SHA-256 of the token; the token itself is kept nowhere.
    pub token_digest: [u8; 32],
    /// Card or account.
    pub channel: Channel,
    /// What is paid for.
    pub service: ServiceCode,
    /// The state body that renders it.
    pub provider: Bin,
    /// The price.
    pub amount: Tiyn,
    /// Who receives the service.
    pub recipient: Party,
    /// Who pays.
    pub payer: Party,
    /// The portal's order.
    pub application: Option<ApplicationNumber>,
    /// The language the page opens in.
    pub language: Language,
    /// The portal that opened it, and that the person goes back to.
    pub portal: Bin,
    /// When it was opened.
    pub opened_at: Moment,
    /// Until when a payment may be started on it.
    pub expires_at: Moment,
    /// How far it has come.
    pub state: PageState,
    /// The attempt started on it, if any.
    pub attempt: Option<AttemptId>,
    /// The code: issued with the page (card) or after the debit (account).
    pub code: Option<PaymentCode>,
    /// The browser it belongs to; set once, by [`crate::Tx::bind_page`].
    pub browser: Option<BrowserDigest>,
}

/// How far a payment page has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageState {
    /// Waiting for the person.
    Open,
    /// The bank is being asked.
    Asked,
    /// Paid.
    Paid,
    /// The bank declined.
    Declined,
    /// The bank's answer is missing.
    Unknown,
    /// The person went back without paying.
    Cancelled,
}

impl PageState {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Asked, Self::Paid, Self::Declined, Self::Unknown, Self::Cancelled];

    /// The name in columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Asked => "asked",
            Self::Paid => "paid",
            Self::Declined => "declined",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The word names no state of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such state of a payment page")]
pub struct NoSuchPageState;

impl FromStr for PageState {
    type Err = NoSuchPageState;
    fn from_str(s: &str) -> Result<Self, NoSuchPageState> {
        Self::ALL.into_iter().find(|state| state.name() == s).ok_or(NoSuchPageState)
    }
}

/// A receipt in the forms that are kept. Made once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRecord {
    /// The code it is the receipt of.
    pub code: PaymentCode,
    /// SHA-256 of the token in its QR.
    pub token_digest: [u8; 32],
    /// The signed XML.
    pub signed: Vec<u8>,
    /// The PDF, where it is kept and not drawn anew.
    pub pdf: Option<Vec<u8>>,
    /// When it was made.
    pub made_at: Moment,
}

/// A message as it was received or sent, with what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRecord {
    /// The payment it is about, where it names one.
    pub about: Option<PaymentCode>,
    /// Operation and direction: `NotifyPayment in`.
    pub kind: String,
    /// The octets.
    pub octets: Vec<u8>,
    /// The signer's certificate in DER.
    pub certificate: Vec<u8>,
    /// The number of the newest list that the certificate was checked against.
    pub crl_number: u64,
    /// Everything it was checked against, in words; none for what was kept before that was written down, and for
    /// records of our own.
    pub checked_by: Option<String>,
    /// When it arrived, or was made.
    pub at: Moment,
    /// SHA-256 of what the signature covers.
    pub content_hash: [u8; 32],
}

/// One of the gateway's own signing certificates, so that what it signed can be verified after it was replaced. Public:
/// kept in the clear, for whoever verifies the chain without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCertificate {
    /// In DER.
    pub certificate: Vec<u8>,
    /// The number of the CRL in force when it was first used.
    pub crl_number: u64,
    /// When it was first used.
    pub at: Moment,
}

/// One line of a payment's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The payment.
    pub about: PaymentCode,
    /// When.
    pub at: Moment,
    /// What happened, by its name.
    pub event: String,
    /// Who did it: a BIN, an operator, a system job.
    pub actor: String,
    /// What else is to be known.
    pub detail: String,
}

/// Somebody read personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadNote {
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: String,
    /// Whose data.
    pub subject: ReadSubject,
    /// Which fields.
    pub fields: String,
    /// What for.
    pub reason: String,
}

/// Whose data was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadSubject {
    /// That of the parties to one payment.
    Payment(PaymentCode),
    /// That of one party, across payments.
    Party(PartyNumber),
}

/// A participant as the registry has it. A new row replaces the earlier one of the same BIN; all rows stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantRow {
    /// Who.
    pub bin: Bin,
    /// Its name.
    pub name: Trilingual,
    /// The groups it belongs to, by name; what they permit is settled in `rights`.
    pub groups: Vec<String>,
    /// Where it is reached.
    pub endpoints: Vec<Endpoint>,
    /// Where its users go back to from a payment page.
    pub return_url: Option<String>,
    /// From when this row holds.
    pub valid_from: Moment,
    /// Until when, where that is known.
    pub valid_until: Option<Moment>,
}

/// One way to reach a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// What for: `messages`, `iso8583`. Without spaces.
    pub purpose: String,
    /// Where.
    pub url: String,
}

/// A service as the registry has it. A new row replaces the earlier one of the same code; all rows stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRow {
    /// Its code.
    pub code: ServiceCode,
    /// Its name.
    pub name: Trilingual,
    /// The state body that renders it.
    pub provider: Bin,
    /// That body's name.
    pub provider_name: Trilingual,
    /// What it costs.
    pub price: Tiyn,
    /// Where the money goes.
    pub beneficiary: Beneficiary,
    /// Whether it is rendered electronically.
    pub e_service: bool,
    /// From when this row holds.
    pub valid_from: Moment,
    /// Until when, where that is known.
    pub valid_until: Option<Moment>,
}

/// The beneficiary's requisites of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beneficiary {
    /// Account.
    pub iban: Iban,
    /// Bank.
    pub bic: Bic,
    /// Budget classification.
    pub kbk: Kbk,
    /// Purpose code.
    pub knp: Knp,
    /// Sender's residence and sector.
    pub kod: Kod,
    /// Beneficiary's residence and sector.
    pub kbe: Kbe,
    /// Purpose in words.
    pub purpose: Purpose,
}
