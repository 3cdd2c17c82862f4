//! Who may come in, and by which door: password or certificate for users (T1.1–3, T6.1–3), a certificate alone for
//! operators (T7.3–4), a password alone at a public access point.

use pki::{Certificate, Purpose, TrustError};
use store::StoreError;
use terms::{Bin, Iin, ShortText};

use crate::portal::Portal;
use crate::store::user::{self, KeptSession, Person, SessionKind};

/// Why a certificate lets nobody in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotByCertificate {
    /// Log-in at a public access point is by password only.
    #[error("a certificate is not taken at a public access point")]
    PublicAccessPoint,
    /// The connection shows none.
    #[error("the connection shows no certificate")]
    None,
    /// It is not trusted now.
    #[error(transparent)]
    NotTrusted(#[from] TrustError),
    /// It names no person.
    #[error("the certificate names no person")]
    NobodyNamed,
    /// Its owner is not registered at the portal.
    #[error("the owner of the certificate is not registered")]
    NotRegistered,
    /// Its owner is no operator.
    #[error("the owner of the certificate is no operator")]
    NoOperator,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whom a trusted certificate names.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) iin: Iin,
    pub(crate) name: ShortText,
    pub(crate) organisation: Option<(Bin, ShortText)>,
    pub(crate) fingerprint: [u8; 32],
}

/// Reads a certificate of a person or an employee, after the sources of revocation were looked at.
pub(crate) async fn named_by(
    portal: &Portal,
    certificate: Option<&Certificate>,
    public_access: bool,
) -> Result<Named, NotByCertificate> {
    if public_access {
        return Err(NotByCertificate::PublicAccessPoint);
    }
    let certificate = certificate.ok_or(NotByCertificate::None)?;
    let (host, now) = (&portal.host, portal.host.now());
    host.check_by_all_sources(certificate, Purpose::PersonAuthentication, now).await?;
    let subject = certificate.subject();
    let nobody = || NotByCertificate::NobodyNamed;
    let iin = subject.person.as_ref().and_then(|iin| iin.checked().ok()).ok_or_else(nobody)?;
    let name = subject.common_name.parse().map_err(|_| nobody())?;
    let organisation = match &subject.organisation {
        None => None,
        Some(bin) => {
            let title = subject.organisation_name.as_deref().unwrap_or(&subject.common_name);
            Some((bin.checked().map_err(|_| nobody())?, title.parse().map_err(|_| nobody())?))
        }
    };
    Ok(Named { iin, name, organisation, fingerprint: certificate.sha256() })
}

/// The session of a person who knows the password.
pub(crate) fn session_by_password(portal: &Portal, person: Person, public_access: bool) -> KeptSession {
    let now = portal.host.now();
    KeptSession {
        kind: SessionKind::Password,
        iin: person.iin,
        name: person.name,
        organisation: None,
        centre: None,
        certificate: None,
        public_access,
        begun_at: now,
        seen_at: now,
    }
}

/// The session of a registered owner of a certificate; for the organisation where the certificate names one.
pub(crate) async fn session_by_certificate(
    portal: &Portal,
    named: Named,
) -> Result<KeptSession, NotByCertificate> {
    let now = portal.host.now();
    let (iin, bin) = (named.iin, named.organisation.as_ref().map(|(bin, _)| *bin));
    let (person, organisation) = portal
        .database
        .read(move |connection| {
            let organisation = match bin {
                Some(bin) => user::find_organisation(connection, bin)?,
                None => None,
            };
            Ok::<_, StoreError>((user::find_person(connection, iin)?, organisation))
        })
        .await?;
    // The portal's own spelling goes before the certificate's.
    let organisation = match (named.organisation, organisation) {
        (None, _) => None,
        (Some((bin, _)), Some(name)) => Some((bin, name)),
        (Some(_), None) => return Err(NotByCertificate::NotRegistered),
    };
    let name = match (person, &organisation) {
        (Some(person), _) => person.name,
        (None, Some(_)) => named.name,
        (None, None) => return Err(NotByCertificate::NotRegistered),
    };
    Ok(KeptSession {
        kind: SessionKind::Certificate,
        iin,
        name,
        organisation,
        centre: None,
        certificate: Some(named.fingerprint),
        public_access: false,
        begun_at: now,
        seen_at: now,
    })
}

/// The session of an operator. There is no other way to one than a certificate.
pub(crate) async fn session_at_desk(portal: &Portal, named: Named) -> Result<KeptSession, NotByCertificate> {
    let (iin, now) = (named.iin, portal.host.now());
    let operator = portal.database.read(move |connection| user::find_operator(connection, iin)).await?;
    let operator = operator.ok_or(NotByCertificate::NoOperator)?;
    Ok(KeptSession {
        kind: SessionKind::Desk,
        iin,
        name: operator.name,
        organisation: None,
        centre: Some(operator.centre),
        certificate: Some(named.fingerprint),
        public_access: false,
        begun_at: now,
        seen_at: now,
    })
}

/// Registers the owner of a certificate as a user (cl. 2(9)).
pub(crate) async fn register(portal: &Portal, named: Named) -> Result<(), StoreError> {
    let now = portal.host.now();
    portal
        .database
        .write(move |tx| match &named.organisation {
            Some((bin, title)) => user::register_organisation(tx, *bin, title, now),
            None => {
                let person = Person { iin: named.iin, name: named.name.clone(), password_hash: None };
                user::register_person(tx, &person, now)
            }
        })
        .await
}
