//! Why a message is refused before anyone looks at what it says: a closed list.

use pki::TrustError;
use xml::dsig::SignatureError;
use xml::{FieldError, XmlError};

use crate::soap::FaultCode;

/// Why a message was refused at the door.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    /// More octets than a message may have.
    #[error("the message is too large")]
    TooLarge,
    /// Nested too deep, or too many elements, attributes, namespaces or characters in one place.
    #[error("the message exceeds a limit: {0}")]
    TooComplex(XmlError),
    /// A document type declaration, a processing instruction or a comment.
    #[error("the message has a part that is not allowed: {0}")]
    Forbidden(XmlError),
    /// Not well-formed XML in UTF-8.
    #[error("the message is not XML: {0}")]
    NotXml(XmlError),
    /// Not a SOAP envelope with one header at most and one body.
    #[error("the message is not a SOAP envelope: {0}")]
    NotSoap(FieldError),
    /// An envelope of another version.
    #[error("the envelope is neither SOAP 1.1 nor SOAP 1.2")]
    VersionMismatch,
    /// The body does not hold exactly one element.
    #[error("the body must hold one element: {0}")]
    BodyContent(FieldError),
    /// A header that must be understood is not.
    #[error("the header {0} is not understood")]
    MustUnderstand(String),
    /// No `wsse:Security` with a signature.
    #[error("the message is not signed")]
    NoSignature,
    /// More than one `wsse:Security` or signature in the headers, or a signature at another place.
    #[error("the headers must have one signature, in wsse:Security")]
    SeveralSignatures,
    /// The security header or the signature is not built as the profile demands.
    #[error("the security header is not as the profile demands: {0}")]
    SecurityMalformed(FieldError),
    /// Two elements have the same identifier.
    #[error("an identifier stands twice")]
    DuplicateId,
    /// The token is not one X.509 certificate as the profile demands.
    #[error("the security token is not one X.509 certificate in this security header")]
    Token,
    /// A transform or canonical form other than the exclusive one.
    #[error("only exclusive canonicalization is allowed")]
    TransformNotAllowed,
    /// The algorithm is not the one that belongs to the certificate's key.
    #[error("the algorithm is not the one that belongs to the certificate")]
    AlgorithmNotAllowed,
    /// A reference to something that is not to be signed, or to the same thing twice.
    #[error("a reference points to something else than what must be signed")]
    ReferenceForeign,
    /// The body of this envelope is not among what is signed.
    #[error("the body is not signed")]
    BodyNotSigned,
    /// A header that must be signed is not.
    #[error("the header {0} is not signed")]
    HeaderNotSigned(String),
    /// What arrived is not what was signed.
    #[error("the content is not what was signed")]
    DigestMismatch,
    /// The signature does not agree with the certificate.
    #[error("the signature does not agree with its certificate")]
    SignatureWrong,
    /// The timestamp makes no sense: unreadable, expiring before it was made, or far in the future.
    #[error("the timestamp makes no sense")]
    Timestamp,
    /// The certificate cannot be read or breaks a rule.
    #[error("the signer's certificate is malformed")]
    CertificateMalformed,
    /// The certificate is not from the national CA.
    #[error("the signer's certificate is not from the national CA")]
    SignerUnknown,
    /// The certificate is revoked.
    #[error("the signer's certificate is revoked")]
    SignerRevoked,
    /// The certificate's time is over.
    #[error("the signer's certificate has expired")]
    SignerExpired,
    /// The certificate's time has not come.
    #[error("the signer's certificate is not valid yet")]
    SignerNotYetValid,
    /// The certificate is not for signing messages.
    #[error("the signer's certificate is not meant for signing messages")]
    WrongKeyUsage,
    /// The signer's organisation has other keys pinned here.
    #[error("the signer's key is not among those pinned for its organisation")]
    KeyNotPinned,
    /// We have no revocation list.
    #[error("the receiver has no revocation list")]
    CrlMissing,
    /// Our revocation list is past its time.
    #[error("the receiver's revocation list is past its time")]
    CrlStale,
}

impl Refused {
    /// Whose move it is: the receiver's only where its own revocation list is the cause.
    pub fn fault_code(&self) -> FaultCode {
        match self {
            Self::CrlMissing | Self::CrlStale => FaultCode::Receiver,
            Self::MustUnderstand(_) => FaultCode::MustUnderstand,
            Self::VersionMismatch => FaultCode::VersionMismatch,
            Self::TooLarge
            | Self::TooComplex(_)
            | Self::Forbidden(_)
            | Self::NotXml(_)
            | Self::NotSoap(_)
            | Self::BodyContent(_)
            | Self::NoSignature
            | Self::SeveralSignatures
            | Self::SecurityMalformed(_)
            | Self::DuplicateId
            | Self::Token
            | Self::TransformNotAllowed
            | Self::AlgorithmNotAllowed
            | Self::ReferenceForeign
            | Self::BodyNotSigned
            | Self::HeaderNotSigned(_)
            | Self::DigestMismatch
            | Self::SignatureWrong
            | Self::Timestamp
            | Self::CertificateMalformed
            | Self::SignerUnknown
            | Self::SignerRevoked
            | Self::SignerExpired
            | Self::SignerNotYetValid
            | Self::WrongKeyUsage
            | Self::KeyNotPinned => FaultCode::Sender,
        }
    }
}

impl From<XmlError> for Refused {
    fn from(error: XmlError) -> Self {
        match error {
            XmlError::TooLarge { .. } => Self::TooLarge,
            XmlError::TooDeep(_)
            | XmlError::TooManyAttributes(_)
            | XmlError::TooManyElements(_)
            | XmlError::TooManyNamespaces(_)
            | XmlError::NameTooLong(_)
            | XmlError::TextTooLong(_) => Self::TooComplex(error),
            XmlError::Dtd | XmlError::ProcessingInstruction | XmlError::Comment => Self::Forbidden(error),
            XmlError::NotUtf8 | XmlError::NotWellFormed(_) => Self::NotXml(error),
        }
    }
}

impl From<SignatureError> for Refused {
    fn from(error: SignatureError) -> Self {
        match error {
            SignatureError::Xml(error) => error.into(),
            SignatureError::Malformed(error) => Self::SecurityMalformed(error),
            SignatureError::Missing => Self::NoSignature,
            SignatureError::Several => Self::SeveralSignatures,
            SignatureError::Transform => Self::TransformNotAllowed,
            SignatureError::Reference => Self::BodyNotSigned,
            SignatureError::Algorithm => Self::AlgorithmNotAllowed,
            SignatureError::Certificate => Self::CertificateMalformed,
            SignatureError::Digest => Self::DigestMismatch,
            SignatureError::Value => Self::SignatureWrong,
        }
    }
}

impl From<TrustError> for Refused {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::UnknownIssuer | TrustError::UnknownToOcsp => Self::SignerUnknown,
            TrustError::NotYetValid { .. } => Self::SignerNotYetValid,
            TrustError::Expired { .. } => Self::SignerExpired,
            TrustError::Revoked { .. } => Self::SignerRevoked,
            TrustError::WrongUsage | TrustError::WrongPolicy => Self::WrongKeyUsage,
            TrustError::KeyNotPinned => Self::KeyNotPinned,
            // To the sender it is the same: we lack what we need to believe it, and it may try again.
            TrustError::CrlMissing | TrustError::OcspMissing => Self::CrlMissing,
            TrustError::CrlStale { .. } => Self::CrlStale,
            TrustError::Malformed => Self::CertificateMalformed,
        }
    }
}
