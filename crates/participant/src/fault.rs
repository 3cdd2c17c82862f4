//! A refusal on its way to a peer: a code of the catalogue, what fills its text, and the cause for our own log.

use envelope::{Refused, SoapVersion, TokenForm};
use http::StatusCode;
use pki::{Signer, SigningFailed};
use rights::Denied;
use store::StoreError;
use terms::{Language, MessageId, Moment};
use transport::BodyCut;
use wire::common::{FieldPath, MoneyState};
use wire::fault::{Blame, FaultCode, GatewayFault};
use xml::{FieldError, Limits, Problem, ToElement};

/// A refusal. `Display` is for our log; the peer gets the catalogue's text.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The code.
    pub code: FaultCode,
    field: Option<String>,
    parts: Vec<(&'static str, String)>,
    money: Option<MoneyState>,
    cause: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.cause)
    }
}

impl From<FaultCode> for Fault {
    fn from(code: FaultCode) -> Self {
        Self::new(code)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::DiskFull => FaultCode::StoreFull,
            StoreError::AlreadySpent => FaultCode::CodeUsed,
            StoreError::Conflict | StoreError::Taken | StoreError::Busy | StoreError::GroupLost => {
                FaultCode::Overloaded
            }
            StoreError::NotSigned(_) => FaultCode::SigningUnavailable,
            _ => FaultCode::Internal,
        };
        if code == FaultCode::Internal {
            tracing::error!(event = "store-failed", %error);
        }
        Self::new(code).because(error.to_string())
    }
}

impl Fault {
    /// A refusal with the catalogue's text.
    pub fn new(code: FaultCode) -> Self {
        let cause = code.id().to_owned();
        Self { code, field: None, parts: Vec::new(), money: None, cause }
    }

    /// A wrong field of a verified message.
    pub fn field(error: FieldError) -> Self {
        let code = match error.problem {
            Problem::Missing => FaultCode::FieldMissing,
            _ => FaultCode::FieldWrong,
        };
        Self::new(code).at(&error.path).because(error.to_string())
    }

    /// A message that could not be verified.
    pub fn refused(refused: &Refused) -> Self {
        let code = match refused {
            Refused::TooLarge => FaultCode::TooLarge,
            Refused::TooComplex(_) => FaultCode::TooDeep,
            Refused::Forbidden(_) => FaultCode::DocumentType,
            Refused::NotXml(_) => FaultCode::NotXml,
            Refused::NotSoap(_)
            | Refused::VersionMismatch
            | Refused::BodyContent(_)
            | Refused::MustUnderstand(_)
            | Refused::Timestamp => FaultCode::NotSoap,
            Refused::NoSignature => FaultCode::SignatureMissing,
            Refused::SeveralSignatures => FaultCode::SignatureRepeated,
            Refused::BodyNotSigned | Refused::HeaderNotSigned(_) => FaultCode::BodyNotSigned,
            Refused::ReferenceForeign => FaultCode::ForeignReference,
            Refused::DigestMismatch => FaultCode::DigestMismatch,
            Refused::SignatureWrong | Refused::SecurityMalformed(_) | Refused::Token => {
                FaultCode::SignatureWrong
            }
            Refused::TransformNotAllowed | Refused::AlgorithmNotAllowed => FaultCode::AlgorithmNotAllowed,
            Refused::DuplicateId => FaultCode::DuplicateId,
            Refused::SignerUnknown | Refused::CertificateMalformed => FaultCode::SignerUnknown,
            Refused::SignerRevoked => FaultCode::CertificateRevoked,
            Refused::SignerExpired => FaultCode::CertificateExpired,
            Refused::SignerNotYetValid => FaultCode::CertificateNotYetValid,
            Refused::WrongKeyUsage => FaultCode::CertificateUsage,
            Refused::KeyNotPinned => FaultCode::KeyNotPinned,
            Refused::CrlMissing => FaultCode::RevocationListMissing,
            Refused::CrlStale => FaultCode::RevocationListStale,
        };
        Self::new(code).because(refused.to_string()).with_limit()
    }

    /// A message that did not arrive whole.
    pub fn cut(cut: BodyCut) -> Self {
        let code = match cut {
            BodyCut::TooLarge => FaultCode::TooLarge,
            BodyCut::TooSlow | BodyCut::BrokenOff | BodyCut::PeerGone => FaultCode::Incomplete,
        };
        Self::new(code).because(cut.to_string()).with_limit()
    }

    fn with_limit(self) -> Self {
        match self.code {
            FaultCode::TooLarge => self.with("limit", Limits::MESSAGE.bytes.to_string()),
            _ => self,
        }
    }

    /// Whether the connection it came over is to be closed: its owner is not, or no longer, believed (A8).
    pub fn ends_connection(&self) -> bool {
        matches!(
            self.code,
            FaultCode::SignerUnknown
                | FaultCode::CertificateRevoked
                | FaultCode::CertificateExpired
                | FaultCode::RevocationListStale
                | FaultCode::RevocationListMissing
                | FaultCode::PeerNotSigner
                | FaultCode::KeyNotPinned
        )
    }

    /// A sender without the right.
    pub fn denied(denied: Denied) -> Self {
        let code = match denied {
            Denied::NoOrganisation | Denied::NotRegistered(_) => FaultCode::ParticipantNotRegistered,
            Denied::SignerIsNotPeer => FaultCode::PeerNotSigner,
            Denied::SenderIsNotSigner => FaultCode::SenderNotSigner,
            Denied::NotAllowed { .. } => FaultCode::ActionNotAllowed,
        };
        let fault = Self::new(code).because(denied.to_string());
        match denied {
            Denied::NotAllowed { groups, .. } => {
                let groups: Vec<&str> = groups.into_iter().map(rights::Group::name).collect();
                fault.with("group", groups.join(", "))
            }
            _ => fault,
        }
    }

    /// The same, naming the field.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.field = Some(path.to_owned());
        self.with("path", path.to_owned())
    }

    /// The same, filling a place of the text.
    #[must_use]
    pub fn with(mut self, place: &'static str, value: String) -> Self {
        self.parts.push((place, value));
        self
    }

    /// The same, naming until when.
    #[must_use]
    pub fn until(self, until: Moment) -> Self {
        self.with("until", until.in_almaty("%d.%m.%Y %H:%M"))
    }

    /// The same, saying where the money is.
    #[must_use]
    pub fn money(mut self, money: MoneyState) -> Self {
        self.money = Some(money);
        self
    }

    /// The same, with the cause for our log; the peer does not see it.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = cause.into();
        self
    }

    /// The element the peer is told.
    pub fn element(&self, correlation: MessageId) -> GatewayFault {
        let parts: Vec<(&str, &str)> =
            self.parts.iter().map(|(place, value)| (*place, value.as_str())).collect();
        let mut element = GatewayFault::new(self.code, correlation, &parts);
        element.field = self.field.as_deref().map(FieldPath::shortened);
        match self.money {
            Some(money) => element.with_money(money),
            None => element,
        }
    }

    fn soap_code(&self) -> envelope::FaultCode {
        match self.code.description().blame {
            Blame::Client => envelope::FaultCode::Sender,
            Blame::Server => envelope::FaultCode::Receiver,
        }
    }

    /// The status of the HTTP answer that carries it.
    pub fn http_status(&self, version: SoapVersion) -> StatusCode {
        StatusCode::from_u16(self.soap_code().http_status(version))
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The signed SOAP fault.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn seal(
        &self,
        version: SoapVersion,
        correlation: MessageId,
        signer: &dyn Signer,
        now: Moment,
    ) -> Result<Vec<u8>, SigningFailed> {
        let element = self.element(correlation);
        let detail = element.to_xml();
        let fault = envelope::Fault {
            code: self.soap_code(),
            reason: &element.message.en,
            language: Language::En,
            detail: Some(&detail),
        };
        envelope::seal_fault(version, &fault, signer, now, TokenForm::BinarySecurityToken)
    }
}
