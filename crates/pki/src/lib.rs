//! Certificates of the national CA: what they say, whether they may be trusted now, and who signs with them.
//!
//! Lives here: signature suites (one closed registry), keys wrapped for a certificate, certificates and their strict
//! reading, paths to the national CA, revocation lists and OCSP replies, time stamps, signing keys, and issuing for the CA
//! itself. Does not live here: XML and its signatures (`xml`), the SOAP envelope (`envelope`), TLS (`transport`), who may
//! do what (`rights`), the fetching of lists (`participant`). Nothing here opens a socket, and nothing asks for the time:
//! it is given.
//! Source: Instruction № 491, cl. 3, 15–18; RFC 5280; the certificate profile of the national CA.

mod agreement;
mod ber;
mod certificate;
mod container;
mod crl;
pub mod issue;
mod key;
mod lists;
mod met;
mod national;
pub mod ocsp;
mod oid;
mod pins;
mod policy;
mod replies;
mod revocation;
mod serial;
mod services;
mod signed;
mod signer;
mod subject;
mod suite;
pub mod time_stamp;
#[cfg(feature = "pkcs11")]
mod token;
mod trust;

#[cfg(test)]
mod tests;

pub use agreement::{MAX_WRAPPED_KEY_OCTETS, UnwrapError, WrapError, wrap_key};
pub use certificate::{Certificate, CertificateError, KeyUse, Owner};
pub use container::{
    Container, ContainerError, MAX_CONTAINER_OCTETS, MAX_PASSWORD_OCTETS, Password, PasswordError,
};
pub use crl::{CrlError, CrlSummary, MAX_CRL_OCTETS, RevocationReason, UnknownReason, verify_list};
pub use pins::{MAX_PINS, MAX_PINS_OCTETS, Pin, PinError, Pins, pins_of_text};
pub use policy::{AcceptedPolicies, NotAPolicy, PolicyId};
pub use replies::{MAX_CACHED_REPLIES, Wanted};
pub use revocation::{
    DEFAULT_REPLY_AGE_SECONDS, DeltaUse, Lack, NoSource, OcspUse, RevocationPolicy, Source, UnknownUse,
};
pub use serial::{Serial, SerialError};
pub use services::{Addresses, CaService, DeltaContents};
pub use signer::{FileSigner, LoadError, Signer, SigningFailed};
pub use subject::{CertificateBin, CertificateIin, Subject, SubjectError};
pub use suite::{BadSignature, PublicKey, SignatureSuite, SuiteId, UnknownSuite, suite, suite_of};
#[cfg(feature = "pkcs11")]
pub use token::{TokenError, TokenKey, TokenSigner};
pub use trust::{
    CrlPolicy, MAX_CACHED_PATHS, PastError, Purpose, Trust, TrustError, Trusted, path_algorithms,
    roots_taken_over,
};
