//! Revocation lists, full and delta: verified once when they are installed, then looked up.
//!
//! Lists for some reasons or some certificates, and lists that speak for other issuers, are refused, because
//! each of them says "not revoked" about less than it seems. Which delta goes with which full list is settled
//! in `lists`.
//! Source: RFC 5280, section 5.

use std::collections::{HashMap, HashSet};

use aws_lc_rs::digest::{SHA256, digest};
use der::{Decode, Encode};
use terms::Moment;
use x509_cert::crl::{RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BaseCrlNumber, CrlNumber, CrlReason};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::certificate::{Certificate, KeyUse, authority_key_identifier, moment};
use crate::oid;
use crate::serial::Serial;
use crate::signed::Signed;

/// The longest revocation list that is read: about a million entries.
pub const MAX_CRL_OCTETS: usize = 64 * 1024 * 1024;

/// How far a list's thisUpdate may lie in the future, in seconds: what two clocks may differ by.
const MAX_CLOCK_DIFFERENCE_SECONDS: i64 = 300;

/// Why a certificate was revoked (RFC 5280, 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RevocationReason {
    /// No reason given.
    Unspecified,
    /// The private key is, or may be, in other hands.
    KeyCompromise,
    /// The CA's key is, or may be, in other hands.
    CaCompromise,
    /// The subject's name or belonging changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// It is not needed any more.
    CessationOfOperation,
    /// Suspended: as good as revoked until it is resumed.
    CertificateHold,
    /// A right that the certificate states was taken away.
    PrivilegeWithdrawn,
    /// The attribute authority's key is, or may be, in other hands.
    AaCompromise,
}

/// A name that no reason of revocation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reason of revocation is unknown")]
pub struct UnknownReason;

impl RevocationReason {
    const ALL: [(Self, &'static str, CrlReason); 9] = [
        (Self::Unspecified, "unspecified", CrlReason::Unspecified),
        (Self::KeyCompromise, "key-compromise", CrlReason::KeyCompromise),
        (Self::CaCompromise, "ca-compromise", CrlReason::CaCompromise),
        (Self::AffiliationChanged, "affiliation-changed", CrlReason::AffiliationChanged),
        (Self::Superseded, "superseded", CrlReason::Superseded),
        (Self::CessationOfOperation, "cessation-of-operation", CrlReason::CessationOfOperation),
        (Self::CertificateHold, "certificate-hold", CrlReason::CertificateHold),
        (Self::PrivilegeWithdrawn, "privilege-withdrawn", CrlReason::PrivilegeWithdrawn),
        (Self::AaCompromise, "aa-compromise", CrlReason::AaCompromise),
    ];

    /// The code of this reason in a list.
    pub(crate) fn code(self) -> CrlReason {
        Self::ALL[self as usize].2
    }

    /// The reason of a code; none for removeFromCRL, which is no reason but takes one back.
    pub(crate) fn from_code(code: CrlReason) -> Option<Self> {
        Self::ALL.iter().find(|(_, _, known)| *known == code).map(|(reason, _, _)| *reason)
    }
}

impl std::fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(Self::ALL[*self as usize].1)
    }
}

impl std::str::FromStr for RevocationReason {
    type Err = UnknownReason;

    fn from_str(s: &str) -> Result<Self, UnknownReason> {
        Self::ALL.iter().find(|(_, name, _)| *name == s).map(|(reason, _, _)| *reason).ok_or(UnknownReason)
    }
}

/// What an installed revocation list says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrlSummary {
    /// The number of the list, which never goes back.
    pub number: u64,
    /// Of a delta, the number of the full list whose changes it tells; none of a full list.
    pub base: Option<u64>,
    /// When it was made.
    pub this_update: Moment,
    /// When its successor is due at the latest.
    pub next_update: Moment,
    /// How many certificates it revokes.
    pub revoked_count: usize,
}

/// Why a revocation list was not installed. The one in force stays in force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrlError {
    /// Longer than the bound.
    #[error("the revocation list is longer than {MAX_CRL_OCTETS} octets")]
    TooLong,
    /// Not DER, not version 2, or with a field that RFC 5280 forbids.
    #[error("the revocation list is malformed")]
    Malformed,
    /// The issuer is none of the national CA's certificates, or may not sign lists.
    #[error("the revocation list is of another issuer")]
    UnknownIssuer,
    /// The signature does not agree with the issuer's key.
    #[error("the revocation list's signature does not agree")]
    BadSignature,
    /// There is no nextUpdate, so its age could not be judged.
    #[error("the revocation list does not say when its successor is due")]
    NoNextUpdate,
    /// There is no number, so a return to an older list could not be noticed.
    #[error("the revocation list has no number")]
    NoNumber,
    /// A list for a part of the certificates or reasons only, or one that takes back revocations without being a delta.
    #[error("the revocation list is not complete")]
    Partial,
    /// A delta over a list that is not held: none is, or an older one.
    #[error("the delta is over list number {base}, which is not held")]
    DeltaWithoutBase {
        /// The number of the full list it needs, at least.
        base: u64,
        /// The number of the full list that is held.
        held: Option<u64>,
    },
    /// A delta that tells nothing which the full list in force does not say already.
    #[error("the delta is number {offered}, overtaken by the full list number {installed} in force")]
    DeltaOvertaken {
        /// The number offered.
        offered: u64,
        /// The number of the full list in force.
        installed: u64,
    },
    /// A critical extension that is not understood here.
    #[error("the revocation list has an unknown critical extension {0}")]
    UnknownCriticalExtension(String),
    /// thisUpdate lies in the future.
    #[error("the revocation list is from the future: {this_update}")]
    FromTheFuture {
        /// When the list says it was made.
        this_update: Moment,
    },
    /// The list in force has a higher number.
    #[error("the revocation list is number {offered}, older than number {installed} in force")]
    Rollback {
        /// The number offered.
        offered: u64,
        /// The number in force.
        installed: u64,
    },
}

/// A verified revocation list, indexed by serial number.
#[derive(Debug)]
pub(crate) struct CrlIndex {
    pub(crate) summary: CrlSummary,
    /// The fingerprint of the very octets that were verified.
    pub(crate) sha256: [u8; 32],
    revoked: HashMap<Serial, Revoked>,
    /// Certificates that a delta declares resumed; none in a full list.
    resumed: HashSet<Serial>,
}

/// One certificate's entry in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Revoked {
    pub(crate) since: Moment,
    pub(crate) reason: RevocationReason,
}

impl CrlIndex {
    /// Verifies a list against the issuers and indexes it; returns also which issuer it belongs to.
    pub(crate) fn verify(
        der: &[u8],
        issuers: &[Certificate],
        now: Moment,
    ) -> Result<(usize, Self), CrlError> {
        if der.len() > MAX_CRL_OCTETS {
            return Err(CrlError::TooLong);
        }
        let malformed = |_| CrlError::Malformed;
        let signed = Signed::from_der(der).map_err(malformed)?;
        let octets = signed.body.to_der().map_err(malformed)?;
        let issuer = verified_issuer(&signed, &octets, issuers)?;

        let list = TbsCertList::from_der(&octets).map_err(malformed)?;
        if list.version != x509_cert::Version::V2 || list.signature != signed.algorithm {
            return Err(CrlError::Malformed);
        }
        let extensions = list.crl_extensions.as_deref().unwrap_or_default();
        let (number, base) = numbers(extensions)?;
        let authority = authority_key_identifier(extensions).map_err(|_| CrlError::Malformed)?;
        if authority.is_some_and(|id| issuers[issuer].subject_key_identifier() != Some(&id)) {
            return Err(CrlError::UnknownIssuer);
        }
        let this_update = moment(list.this_update);
        let next_update = moment(list.next_update.ok_or(CrlError::NoNextUpdate)?);
        if this_update.seconds_since(now) > MAX_CLOCK_DIFFERENCE_SECONDS {
            return Err(CrlError::FromTheFuture { this_update });
        }
        let entries = list.revoked_certificates.unwrap_or_default();
        let (mut revoked, mut resumed) = (HashMap::with_capacity(entries.len()), HashSet::new());
        for entry in entries {
            let serial =
                Serial::from_der_integer(entry.serial_number.as_bytes()).map_err(|_| CrlError::Malformed)?;
            match read_entry(&entry)? {
                Some(entry) => drop(revoked.insert(serial, entry)),
                // Only a delta takes back; a full list simply leaves out.
                None if base.is_some() => drop(resumed.insert(serial)),
                None => return Err(CrlError::Partial),
            }
        }
        let summary = CrlSummary { number, base, this_update, next_update, revoked_count: revoked.len() };
        Ok((issuer, Self { summary, sha256: fingerprint(der), revoked, resumed }))
    }

    pub(crate) fn find(&self, serial: Serial) -> Option<Revoked> {
        self.revoked.get(&serial).copied()
    }

    /// Whether this delta declares a suspended certificate resumed.
    pub(crate) fn resumes(&self, serial: Serial) -> bool {
        self.resumed.contains(&serial)
    }
}

/// Verifies a list, full or delta, without putting it in force; what it says of itself. For lists that are kept as proof,
/// of which most have been overtaken.
///
/// # Errors
/// [`CrlError`]; never one about other lists.
pub fn verify_list(der: &[u8], issuers: &[Certificate], now: Moment) -> Result<CrlSummary, CrlError> {
    Ok(CrlIndex::verify(der, issuers, now)?.1.summary)
}

pub(crate) fn fingerprint(der: &[u8]) -> [u8; 32] {
    digest(&SHA256, der).as_ref().try_into().expect("SHA-256 has 32 octets")
}

/// The signature is checked before anything but the issuer's name is read from the list.
fn verified_issuer(signed: &Signed, octets: &[u8], issuers: &[Certificate]) -> Result<usize, CrlError> {
    let signature = signed.signature.as_bytes().ok_or(CrlError::Malformed)?;
    let issuer_name = issuer_name(octets).map_err(|_| CrlError::Malformed)?;
    let mut error = CrlError::UnknownIssuer;
    // Two certificates of the CA may share a name while its key changes, so each is tried.
    for (i, issuer) in issuers.iter().enumerate() {
        if issuer.subject_name() != issuer_name || !issuer.allows(KeyUse::CrlSigning) {
            continue;
        }
        match issuer.public_key().verify_x509(&signed.algorithm, octets, signature) {
            Ok(()) => return Ok(i),
            Err(_) => error = CrlError::BadSignature,
        }
    }
    Err(error)
}

/// The issuer's name in DER: the third element of the signed part.
fn issuer_name(body: &[u8]) -> Result<Vec<u8>, der::Error> {
    use der::Reader;
    let mut reader = der::SliceReader::new(body)?;
    let header = der::Header::decode(&mut reader)?;
    header.tag().assert_eq(der::Tag::Sequence)?;
    x509_cert::Version::decode(&mut reader)?;
    AlgorithmIdentifierOwned::decode(&mut reader)?;
    Ok(reader.tlv_bytes()?.to_vec())
}

/// The number of a list, and of a delta the number of its base.
fn numbers(extensions: &[Extension]) -> Result<(u64, Option<u64>), CrlError> {
    let (mut number, mut base) = (None, None);
    for extension in extensions {
        let value = extension.extn_value.as_bytes();
        match extension.extn_id {
            oid::CRL_NUMBER if number.is_none() => {
                let read = CrlNumber::from_der(value).map_err(|_| CrlError::Malformed)?;
                number = Some(unsigned(read.0.as_bytes()).ok_or(CrlError::Malformed)?);
            }
            // Who does not understand a delta must not take it for a full list, so it has to be critical.
            oid::DELTA_CRL_INDICATOR if base.is_none() && extension.critical => {
                let read = BaseCrlNumber::from_der(value).map_err(|_| CrlError::Malformed)?;
                base = Some(unsigned(read.0.as_bytes()).ok_or(CrlError::Malformed)?);
            }
            oid::CRL_NUMBER | oid::DELTA_CRL_INDICATOR => return Err(CrlError::Malformed),
            oid::ISSUING_DISTRIBUTION_POINT => return Err(CrlError::Partial),
            oid::AUTHORITY_KEY_IDENTIFIER => {}
            other if extension.critical => return Err(CrlError::UnknownCriticalExtension(other.to_string())),
            _ => {}
        }
    }
    Ok((number.ok_or(CrlError::NoNumber)?, base))
}

fn unsigned(octets: &[u8]) -> Option<u64> {
    let mut padded = [0; 8];
    let start = padded.len().checked_sub(octets.len())?;
    padded[start..].copy_from_slice(octets);
    Some(u64::from_be_bytes(padded))
}

/// What an entry says; none where it takes a suspension back.
fn read_entry(entry: &RevokedCert) -> Result<Option<Revoked>, CrlError> {
    let mut reason = Some(RevocationReason::Unspecified);
    for extension in entry.crl_entry_extensions.as_deref().unwrap_or_default() {
        if extension.extn_id == oid::CRL_REASON {
            let code =
                CrlReason::from_der(extension.extn_value.as_bytes()).map_err(|_| CrlError::Malformed)?;
            reason = RevocationReason::from_code(code);
        } else if extension.critical {
            // Above all certificateIssuer, which makes the entry speak for another CA.
            return Err(CrlError::UnknownCriticalExtension(extension.extn_id.to_string()));
        }
    }
    Ok(reason.map(|reason| Revoked { since: moment(entry.revocation_date), reason }))
}
