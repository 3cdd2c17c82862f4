//! What an authority issues beside certificates of its subjects: keys of its own services, deltas, link certificates.
//!
//! Only the national CA of the sandbox uses this.
//! Source: RFC 5280, sections 5.2.4 and 5.2.6; RFC 6960, section 4.2.2.2; RFC 3161, section 2.3; RFC 4210, section
//! 4.4 for the link between an old and a new key.

use der::Decode;
use der::asn1::{Any, Ia5String, Null, Uint};
use terms::{Moment, ShortText};
use x509_cert::crl::{RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, BaseCrlNumber, BasicConstraints, CrlNumber, CrlReason,
    ExtendedKeyUsage, FreshestCrl, KeyUsage, KeyUsages,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;

use crate::certificate::Certificate;
use crate::issue::{
    Authority, Body, IssueError, Issued, RevokedEntry, crl_entry, distribution_point, extension, printable,
    public_key, sign, subject_key_identifier, time, utf8,
};
use crate::key::PrivateKey;
use crate::oid;
use crate::serial::Serial;
use crate::suite::{SuiteId, x509_algorithm};

/// Where an authority's further sources are published; written into what it issues.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addresses {
    /// Of the delta (Freshest CRL), in certificates and in full lists.
    pub delta_url: Option<String>,
    /// Of the OCSP responder, in certificates.
    pub ocsp_url: Option<String>,
}

/// A service of the CA that signs with a key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaService {
    /// Answers about certificates (OCSP).
    OcspResponder,
    /// Stamps digests with the time (RFC 3161).
    TimeStamping,
}

/// What a delta says.
#[derive(Debug, Clone, Copy)]
pub struct DeltaContents<'a> {
    /// Its number, of the same sequence as those of full lists.
    pub number: u64,
    /// The number of the full list over which it tells what changed.
    pub base: u64,
    /// When it is made.
    pub this_update: Moment,
    /// When its successor is due at the latest.
    pub next_update: Moment,
    /// What was revoked or suspended since the base.
    pub revoked: &'a [RevokedEntry],
    /// What was resumed since the base, and when.
    pub resumed: &'a [(Serial, Moment)],
}

impl Authority {
    /// The same authority, which writes these addresses into what it issues from now on.
    #[must_use]
    pub fn published_at(self, addresses: Addresses) -> Self {
        Self(self.0, addresses)
    }

    /// Makes a key for a service of the CA and issues its certificate. A responder's carries `ocsp-nocheck`: nobody
    /// could be asked about it but itself, so it is made to live for a short time.
    ///
    /// # Errors
    /// [`IssueError`] where a value cannot be written or the library fails.
    pub fn issue_service(
        &self,
        service: CaService,
        common_name: &ShortText,
        suite: SuiteId,
        validity: (Moment, Moment),
    ) -> Result<Issued, IssueError> {
        let (key, pem) = PrivateKey::generate(suite)?;
        let public_key = public_key(&key)?;
        let usage = match service {
            CaService::OcspResponder => oid::OCSP_SIGNING,
            CaService::TimeStamping => oid::TIME_STAMPING,
        };
        let mut extensions = vec![
            extension(oid::KEY_USAGE, true, &KeyUsage(KeyUsages::DigitalSignature.into()))?,
            // RFC 3161 asks for this one usage alone, and critical.
            extension(oid::EXTENDED_KEY_USAGE, true, &ExtendedKeyUsage(vec![usage]))?,
        ];
        if service == CaService::OcspResponder {
            extensions.push(extension(oid::OCSP_NO_CHECK, false, &Null)?);
        }
        let subject =
            [vec![utf8(oid::COMMON_NAME, &common_name.to_string())?], vec![printable(oid::COUNTRY, "KZ")?]];
        self.certify_new(&subject, (public_key, pem), validity, extensions)
    }

    /// Makes a delta over a full list, in DER.
    ///
    /// # Errors
    /// [`IssueError`] where a value cannot be written or the library fails.
    pub fn issue_delta_crl(&self, contents: &DeltaContents<'_>) -> Result<Vec<u8>, IssueError> {
        if contents.next_update <= contents.this_update {
            return Err(IssueError::Validity);
        }
        let revoked = contents.revoked.iter().map(crl_entry);
        let resumed = contents.resumed.iter().map(removal);
        let entries = revoked.chain(resumed).collect::<Result<Vec<_>, _>>()?;
        let list = TbsCertList {
            version: x509_cert::Version::V2,
            signature: x509_algorithm(self.0.key().suite()),
            issuer: Name::from_der(self.certificate().subject_name())?,
            this_update: time(contents.this_update)?,
            next_update: Some(time(contents.next_update)?),
            // An empty list of entries is forbidden; no list is how nothing is said.
            revoked_certificates: (!entries.is_empty()).then_some(entries),
            crl_extensions: Some(vec![
                self.authority_key_identifier()?,
                extension(oid::CRL_NUMBER, false, &CrlNumber::try_from(contents.number)?)?,
                extension(oid::DELTA_CRL_INDICATOR, true, &BaseCrlNumber(Uint::try_from(contents.base)?))?,
            ]),
        };
        sign(self.0.key(), Any::encode_from(&list)?)
    }

    /// Says under this key that another certificate of the CA is its own too: whoever trusts the old one can learn
    /// the new one from a stranger.
    ///
    /// # Errors
    /// [`IssueError`] where a value cannot be written or the library fails.
    pub fn link_to(&self, next: &Certificate) -> Result<Certificate, IssueError> {
        let usages = KeyUsages::KeyCertSign | KeyUsages::CRLSign;
        let identifier = next.subject_key_identifier().unwrap_or_default();
        self.certify(Body {
            issuer: Any::from_der(self.certificate().subject_name())?,
            subject: Any::from_der(next.subject_name())?,
            public_key: next.public_key().clone(),
            not_before: next.not_before().max(self.certificate().not_before()),
            not_after: next.not_after().min(self.certificate().not_after()),
            extensions: vec![
                extension(
                    oid::BASIC_CONSTRAINTS,
                    true,
                    &BasicConstraints { ca: true, path_len_constraint: Some(0) },
                )?,
                extension(oid::KEY_USAGE, true, &KeyUsage(usages))?,
                subject_key_identifier(identifier)?,
                self.authority_key_identifier()?,
            ],
        })
    }

    /// The extensions that lead from a certificate to deltas and to OCSP.
    pub(crate) fn leads(&self) -> Result<Vec<Extension>, IssueError> {
        let mut leads = Vec::from_iter(self.lead_to_delta()?);
        if let Some(url) = &self.1.ocsp_url {
            let access_location = GeneralName::UniformResourceIdentifier(Ia5String::new(url)?);
            let access = AccessDescription { access_method: oid::OCSP, access_location };
            leads.push(extension(
                oid::AUTHORITY_INFO_ACCESS,
                false,
                &AuthorityInfoAccessSyntax(vec![access]),
            )?);
        }
        Ok(leads)
    }

    /// The extension that leads from a certificate or a full list to deltas, where there are any.
    pub(crate) fn lead_to_delta(&self) -> Result<Option<Extension>, IssueError> {
        let Some(url) = &self.1.delta_url else { return Ok(None) };
        let points = FreshestCrl(distribution_point(url)?.0);
        extension(oid::FRESHEST_CRL, false, &points).map(Some)
    }
}

fn removal((serial, since): &(Serial, Moment)) -> Result<RevokedCert, IssueError> {
    Ok(RevokedCert {
        serial_number: SerialNumber::new(serial.octets())?,
        revocation_date: time(*since)?,
        crl_entry_extensions: Some(vec![extension(oid::CRL_REASON, false, &CrlReason::RemoveFromCRL)?]),
    })
}
