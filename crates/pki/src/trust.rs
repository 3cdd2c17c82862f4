//! Whether a certificate may be trusted for a purpose at a moment: path, dates, usage, revocation.
//!
//! Everything fails closed: without a list, or with one past its time, nobody is trusted, unless the policy says
//! otherwise. A path is verified once per certificate, purpose and epoch; dates and revocation are looked at on every
//! call. Installing a list begins a new epoch, and the verified paths of the old one go with it. What lists, deltas
//! and OCSP replies together mean is `revocation`'s business; here they are held.
//! Source: Instruction № 491, cl. 17–18; RFC 5280, section 6. Grace after nextUpdate is ours: none by
//! default.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use terms::Moment;
use webpki::aws_lc_rs::{ECDSA_P256_SHA256, RSA_PKCS1_2048_8192_SHA256};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::certificate::{Certificate, KeyUse, Owner};
use crate::crl::{CrlError, CrlIndex, CrlSummary, RevocationReason, fingerprint};
use crate::lists::{Lists, Offered};
use crate::ocsp::{OcspError, OcspReply};
use crate::pins::Pins;
use crate::policy::AcceptedPolicies;
use crate::replies::{Replies, Wanted};
use crate::revocation::{RevocationPolicy, Source, judge};
use crate::{national, oid};

/// The most verified paths that are remembered within one epoch.
pub const MAX_CACHED_PATHS: usize = 16_384;

/// The closed list of algorithms that the national CA's own signatures may have, for every path check: of
/// messages and documents here, of connections in `transport`.
pub fn path_algorithms() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    static ALGORITHMS: LazyLock<Vec<&'static dyn SignatureVerificationAlgorithm>> = LazyLock::new(|| {
        let library: [&dyn SignatureVerificationAlgorithm; 2] =
            [RSA_PKCS1_2048_8192_SHA256, ECDSA_P256_SHA256];
        library.iter().chain(national::path_algorithms()).copied().collect()
    });
    &ALGORITHMS
}

/// What a certificate is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A participant signs a message in its organisation's name.
    MessageSigning,
    /// A participant opens a TLS connection.
    TlsClient,
    /// A participant answers a TLS connection.
    TlsServer,
    /// A person, or an employee, is authenticated.
    PersonAuthentication,
    /// A person, or an employee, signs a document.
    PersonSigning,
}

/// What happens after a list's nextUpdate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CrlPolicy {
    /// For how long after nextUpdate a list still counts, in seconds. None by default.
    pub grace_seconds: u32,
}

/// Proof that a certificate was trusted, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trusted {
    /// The number of the newest list that was looked at; 0 where only OCSP was.
    pub crl_number: u64,
    /// Everything that was looked at.
    pub source: Source,
    /// The epoch of [`Trust`] in which it was looked at.
    pub epoch: u64,
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// No path to the national CA.
    #[error("the certificate is not issued by the national CA")]
    UnknownIssuer,
    /// The certificate, or its issuer's, is not valid yet.
    #[error("the certificate is not valid before {not_before}")]
    NotYetValid {
        /// The first moment of validity.
        not_before: Moment,
    },
    /// The certificate, or its issuer's, is not valid any more.
    #[error("the certificate expired at {not_after}")]
    Expired {
        /// The last moment of validity.
        not_after: Moment,
    },
    /// The certificate is in the revocation list.
    #[error("the certificate is revoked since {since}: {reason}")]
    Revoked {
        /// Since when.
        since: Moment,
        /// Why.
        reason: RevocationReason,
    },
    /// The certificate is for another use or another kind of owner.
    #[error("the certificate is not meant for this use")]
    WrongUsage,
    /// The certificate names none, or more than one, of the policies that are accepted for this use.
    #[error("the certificate does not name exactly one of the policies accepted for this use")]
    WrongPolicy,
    /// The organisation's keys are pinned, and the certificate's is not among those that may be used now.
    #[error("the certificate's key is not among those pinned for the organisation")]
    KeyNotPinned,
    /// There is no revocation list of the certificate's issuer.
    #[error("there is no revocation list of the certificate's issuer")]
    CrlMissing,
    /// The revocation list is past its time.
    #[error("the revocation list's successor was due at {next_update}")]
    CrlStale {
        /// When the successor was due.
        next_update: Moment,
    },
    /// The policy asks for an OCSP reply, and there is no fresh one yet.
    #[error("there is no fresh OCSP reply about the certificate")]
    OcspMissing,
    /// The OCSP responder does not know the certificate, though it bears the CA's signature.
    #[error("the OCSP responder does not know the certificate")]
    UnknownToOcsp,
    /// The certificate breaks a rule of RFC 5280 that only the path check looks at.
    #[error("the certificate is malformed")]
    Malformed,
}

/// Why it is not known that a certificate was good at a moment of the past.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PastError {
    /// It was not, or nothing is known about it.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The lists that are held were made before that moment, and cannot speak of it.
    #[error("the lists held are of {newest}, before that moment")]
    NotToldYet {
        /// When the newest of them was made.
        newest: Moment,
    },
}

/// The national CA's certificates and their revocation lists, shared by everybody who checks.
///
/// Lists and certificates are swapped inside without a restart and without a lock on the way of a check.
#[derive(Debug)]
pub struct Trust {
    policy: RevocationPolicy,
    accepted: AcceptedPolicies,
    pins: ArcSwap<Pins>,
    state: ArcSwap<State>,
    replies: Replies,
    /// Held while a list is installed, so that of two at once the higher number wins.
    installing: Mutex<()>,
}

/// One epoch: the national CA's certificates, the lists in force by their issuer's place among them, and the
/// paths that were verified meanwhile.
#[derive(Debug)]
pub(crate) struct State {
    epoch: u64,
    roots: Arc<[Certificate]>,
    lists: HashMap<usize, Lists>,
    pub(crate) paths: RwLock<HashMap<PathKey, usize>>,
}

/// The fingerprint stands for the certificate's very octets.
type PathKey = ([u8; 32], Purpose);

impl Trust {
    /// Trusts these certificates of the national CA, and so far no list.
    pub fn new(roots: Vec<Certificate>, policy: impl Into<RevocationPolicy>) -> Self {
        let state = State { epoch: 0, roots: roots.into(), lists: HashMap::new(), paths: RwLock::default() };
        Self {
            policy: policy.into(),
            accepted: AcceptedPolicies::default(),
            pins: ArcSwap::default(),
            state: ArcSwap::from_pointee(state),
            replies: Replies::default(),
            installing: Mutex::new(()),
        }
    }

    /// The same, trusting for each use only certificates of the policies accepted for it (A26).
    #[must_use]
    pub fn accepting(self, policies: AcceptedPolicies) -> Self {
        Self { accepted: policies, ..self }
    }

    /// Allows from now on these organisations their pinned keys only (A26). Certificates are held against it at each
    /// check, also those that were trusted before.
    pub fn renew_pins(&self, pins: Pins) {
        self.pins.store(Arc::new(pins));
    }

    /// Trusts from now on these certificates instead, which begins a new epoch. The lists of those that stay
    /// remain in force; the others' go with them.
    pub fn renew_roots(&self, roots: Vec<Certificate>) {
        let _installing = self.installing.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.state.load();
        let list_of = |root: &Certificate| {
            let before = state.roots.iter().position(|known| known.sha256() == root.sha256())?;
            state.lists.get(&before).cloned()
        };
        let lists = roots.iter().enumerate().filter_map(|(i, root)| Some((i, list_of(root)?))).collect();
        let (epoch, roots) = (state.epoch + 1, roots.into());
        self.state.store(Arc::new(State { epoch, roots, lists, paths: RwLock::default() }));
    }

    /// Verifies a revocation list, full or delta, and puts it in force, which begins a new epoch.
    ///
    /// A delta is taken over a full list that is not older than its base, and goes on over newer full lists until one
    /// has overtaken it. Numbers never go back, of full lists and of deltas.
    /// The list in force, offered again, changes nothing. A list past its time is installed all the same: the
    /// checks refuse by it, and a list still older cannot come after it.
    ///
    /// # Errors
    /// [`CrlError`]; the list in force stays.
    pub fn install_crl(&self, der: &[u8], now: Moment) -> Result<CrlSummary, CrlError> {
        // A participant asks often and mostly gets what it has, so a large list is not verified over and
        // over.
        let same = fingerprint(der);
        if let Some(installed) = self.state.load().lists.values().find_map(|lists| lists.installed(same)) {
            return Ok(installed);
        }
        let _installing = self.installing.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.state.load();
        let (issuer, index) = CrlIndex::verify(der, &state.roots, now)?;
        let summary = index.summary;
        let next = match Lists::offered(state.lists.get(&issuer), index)? {
            Offered::Same(installed) => return Ok(installed),
            Offered::Next(next) => next,
        };
        let mut lists = state.lists.clone();
        lists.insert(issuer, next);
        let (epoch, roots) = (state.epoch + 1, Arc::clone(&state.roots));
        self.state.store(Arc::new(State { epoch, roots, lists, paths: RwLock::default() }));
        Ok(summary)
    }

    /// Verifies an OCSP reply to a question of ours and remembers it for as long as it counts.
    ///
    /// # Errors
    /// [`OcspError`]; what was known before stays.
    pub fn install_ocsp(
        &self,
        wanted: &Wanted,
        nonce: Option<&[u8]>,
        der: &[u8],
        now: Moment,
    ) -> Result<OcspReply, OcspError> {
        let state = self.state.load();
        let issuer = state.roots.iter().position(|root| *root == wanted.issuer);
        let issuer = issuer.ok_or(OcspError::UnknownResponder)?;
        let answer = crate::ocsp::Answer { der, nonce, now, max_age_seconds: self.policy.reply_age_seconds };
        let (reply, responder) = OcspReply::verify(&wanted.certificate, &wanted.issuer, &answer)?;
        // A responder may be excused from being asked about itself, but not from the list that names it.
        let grace = self.policy.lists.grace_seconds;
        let named = |lists: &Lists| lists.find(responder.serial(), now, grace).is_some();
        if state.lists.get(&issuer).is_some_and(named) {
            return Err(OcspError::ResponderNotAllowed);
        }
        self.replies.keep(wanted.certificate.sha256(), reply, state.epoch, now, &self.policy);
        Ok(reply)
    }

    /// The certificates about which OCSP is to be asked: met in checks, and without a reply that counts for long.
    /// Each is given out once.
    pub fn ocsp_wanted(&self) -> Vec<Wanted> {
        self.replies.take_wanted()
    }

    /// What is asked of the sources of revocation.
    pub fn policy(&self) -> RevocationPolicy {
        self.policy
    }

    /// Checks a certificate for a purpose at a moment.
    ///
    /// # Errors
    /// [`TrustError`], the first that applies of: issuer, usage, policy, dates, pins, list, revocation.
    pub fn check(
        &self,
        certificate: &Certificate,
        purpose: Purpose,
        at: Moment,
    ) -> Result<Trusted, TrustError> {
        // One state is held through the whole check, so the epoch returned is the one that was looked at.
        let state = self.state.load();
        let issuer = issuer(&state, &self.accepted, certificate, purpose)?;
        within_validity(certificate, at)?;
        within_validity(&state.roots[issuer], at)?;
        if !self.pins.load().allow(certificate, purpose, at) {
            return Err(TrustError::KeyNotPinned);
        }
        let reply = self.replies.look(certificate, &state.roots[issuer], state.epoch, at, &self.policy);
        let lists = state.lists.get(&issuer);
        let source = judge(&self.policy, lists, reply.as_ref(), certificate.serial(), at)?;
        Ok(Trusted { crl_number: source.newest_list(), source, epoch: state.epoch })
    }

    /// Whether a certificate was good at a moment of the past, by what the lists now held say of that moment: a
    /// revocation counts from the moment it names. For a message that arrived then, and is judged later.
    ///
    /// A suspension that has ended leaves no trace in a list, so it is not seen here; what was believed when the
    /// message arrived is in its evidence.
    ///
    /// # Errors
    /// [`PastError`], the first that applies of: issuer, usage, policy, dates, list, revocation.
    pub fn was_good(
        &self,
        certificate: &Certificate,
        purpose: Purpose,
        then: Moment,
    ) -> Result<Trusted, PastError> {
        let state = self.state.load();
        let issuer = issuer(&state, &self.accepted, certificate, purpose)?;
        within_validity(certificate, then)?;
        within_validity(&state.roots[issuer], then)?;
        let lists = state.lists.get(&issuer).ok_or(TrustError::CrlMissing)?;
        let all = [Some(&lists.full), lists.delta.as_ref()];
        let newest = all.into_iter().flatten().max_by_key(|list| list.summary.this_update);
        let newest = newest.map_or(then, |list| list.summary.this_update);
        if newest < then {
            return Err(PastError::NotToldYet { newest });
        }
        // However old a list is: what it says of a moment before it was made does not become less true.
        match lists.find(certificate.serial(), then, 0) {
            Some(entry) if entry.since <= then => {
                Err(TrustError::Revoked { since: entry.since, reason: entry.reason }.into())
            }
            _ => {
                let (list, delta) = (Some(lists.full.summary.number), lists.delta.as_ref());
                let delta = delta.map(|delta| delta.summary.number);
                let source = Source { list, lists_lack: None, delta, ocsp: None };
                Ok(Trusted { crl_number: source.newest_list(), source, epoch: state.epoch })
            }
        }
    }

    /// Checks a certificate's path, usage and dates, and says nothing about revocation: for documents that are read
    /// without a line, years after they were signed.
    ///
    /// # Errors
    /// [`TrustError`], the first that applies of: issuer, usage, policy, dates.
    pub fn check_without_revocation(
        &self,
        certificate: &Certificate,
        purpose: Purpose,
        at: Moment,
    ) -> Result<(), TrustError> {
        let state = self.state.load();
        let issuer = verify_path(&state.roots, &self.accepted, certificate, purpose)?;
        within_validity(certificate, at)?;
        within_validity(&state.roots[issuer], at)
    }

    /// How often lists were installed or certificates renewed so far. What was decided in an earlier epoch must be asked again.
    pub fn epoch(&self) -> u64 {
        self.state.load().epoch
    }

    /// The full list in force; of several issuers' the one whose successor is due first.
    pub fn crl(&self) -> Option<CrlSummary> {
        self.state.load().lists.values().map(|lists| lists.full.summary).min_by_key(|list| list.next_update)
    }

    /// The delta in force; of several issuers' the one whose successor is due first.
    pub fn delta_crl(&self) -> Option<CrlSummary> {
        let state = self.state.load();
        let deltas = state.lists.values().filter_map(|lists| lists.delta.as_ref());
        deltas.map(|delta| delta.summary).min_by_key(|list| list.next_update)
    }

    /// The certificates of the national CA.
    pub fn roots(&self) -> Arc<[Certificate]> {
        Arc::clone(&self.state.load().roots)
    }

    #[cfg(test)]
    pub(crate) fn state_for_test(&self) -> Arc<State> {
        self.state.load_full()
    }
}

/// The certificates of the national CA to trust from now on: those held, and of those offered each for which a held one
/// gives its word, or one that was taken so before it.
///
/// That word is a link: a certificate of the new key, under the old one's signature, with the same name and uses. So the
/// place where the offer was found need not be trusted. Whatever else is offered is left out, not refused: it may be
/// another hierarchy's, for which somebody has to ask by other means.
pub fn roots_taken_over(
    held: &[Certificate],
    offered: &[Certificate],
    links: &[Certificate],
) -> Vec<Certificate> {
    let mut taken = held.to_vec();
    let is_ca = |certificate: &Certificate| {
        certificate.is_ca()
            && certificate.allows(KeyUse::CertificateSigning)
            && certificate.allows(KeyUse::CrlSigning)
    };
    // A link may lead from a key that was itself only just taken over.
    for _ in 0..offered.len() {
        let vouched = |new: &&Certificate| {
            let link_to = |link: &&Certificate| {
                is_ca(link)
                    && link.public_key() == new.public_key()
                    && link.subject_name() == new.subject_name()
                    && taken.iter().any(|old| old.is_ca() && link.is_issued_by(old))
            };
            !taken.contains(new)
                && is_ca(new)
                && new.is_issued_by(new)
                && links.iter().any(|link| link_to(&link))
        };
        let Some(new) = offered.iter().find(vouched).cloned() else { break };
        taken.push(new);
    }
    taken
}

/// Which of the roots issued the certificate for this purpose; remembered within the epoch.
fn issuer(
    state: &State,
    accepted: &AcceptedPolicies,
    certificate: &Certificate,
    purpose: Purpose,
) -> Result<usize, TrustError> {
    let key = (certificate.sha256(), purpose);
    if let Some(issuer) = state.paths.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(*issuer);
    }
    let issuer = verify_path(&state.roots, accepted, certificate, purpose)?;
    // Only success is remembered: a stranger cannot fill the memory with certificates of his own making.
    let mut paths = state.paths.write().unwrap_or_else(PoisonError::into_inner);
    if paths.len() >= MAX_CACHED_PATHS {
        paths.clear();
    }
    paths.insert(key, issuer);
    Ok(issuer)
}

/// Which of the roots issued the certificate for this purpose, by signature, usage and policy.
fn verify_path(
    roots: &[Certificate],
    accepted: &AcceptedPolicies,
    certificate: &Certificate,
    purpose: Purpose,
) -> Result<usize, TrustError> {
    let der = CertificateDer::from(certificate.der());
    let end_entity = EndEntityCert::try_from(&der).map_err(|_| TrustError::Malformed)?;
    let mut error = TrustError::UnknownIssuer;
    for (i, root) in roots.iter().enumerate() {
        if root.subject_name() != certificate.issuer_name()
            || !root.is_ca()
            || !root.allows(KeyUse::CertificateSigning)
        {
            continue;
        }
        match verify_under(&end_entity, certificate, root, purpose) {
            Ok(()) => {
                meant_for(certificate, purpose)?;
                return if accepted.allow(certificate, purpose) {
                    Ok(i)
                } else {
                    Err(TrustError::WrongPolicy)
                };
            }
            Err(found) => error = found,
        }
    }
    Err(error)
}

fn verify_under(
    end_entity: &EndEntityCert<'_>,
    certificate: &Certificate,
    root: &Certificate,
    purpose: Purpose,
) -> Result<(), TrustError> {
    let root = CertificateDer::from(root.der());
    let anchors: [TrustAnchor<'_>; 1] = [anchor_from_trusted_cert(&root).map_err(|_| TrustError::Malformed)?];
    // The path is judged within the certificate's validity; the dates themselves are judged on every check.
    let within = u64::try_from(certificate.not_before().unix_seconds()).map_err(|_| TrustError::Malformed)?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(within));
    end_entity
        .verify_for_usage(path_algorithms(), &anchors, &[], time, key_usage(purpose), None, None)
        .map(|_| ())
        .map_err(|error| match error {
            webpki::Error::RequiredEkuNotFoundContext(_) | webpki::Error::CaUsedAsEndEntity => {
                TrustError::WrongUsage
            }
            webpki::Error::UnknownIssuer
            | webpki::Error::InvalidSignatureForPublicKey
            | webpki::Error::UnsupportedSignatureAlgorithmContext(_)
            | webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => TrustError::UnknownIssuer,
            _ => TrustError::Malformed,
        })
}

fn key_usage(purpose: Purpose) -> KeyUsage {
    match purpose {
        Purpose::MessageSigning | Purpose::PersonSigning => {
            KeyUsage::required(oid::EMAIL_PROTECTION.as_bytes())
        }
        Purpose::TlsClient | Purpose::PersonAuthentication => KeyUsage::required(oid::CLIENT_AUTH.as_bytes()),
        Purpose::TlsServer => KeyUsage::required(oid::SERVER_AUTH.as_bytes()),
    }
}

/// What the path check does not look at: bits of the key usage, and whose the certificate is.
fn meant_for(certificate: &Certificate, purpose: Purpose) -> Result<(), TrustError> {
    let subject = certificate.subject();
    let signs = certificate.allows(KeyUse::DigitalSignature);
    let commits = signs && certificate.allows(KeyUse::NonRepudiation);
    // Whoever belongs to an organisation is named with it, and a private person without: a certificate that
    // says both, or neither, is nobody's.
    let is_private = certificate.owned_by(Owner::Person);
    let belongs = certificate.owners().any(|owner| owner != Owner::Person);
    let is_person =
        subject.person.is_some() && is_private != belongs && belongs == subject.organisation.is_some();
    // An employee, or an officer of the staff office, signs in his own name, never in the organisation's.
    let is_organisation = subject.organisation.is_some()
        && certificate.owned_by(Owner::Organisation)
        && ![Owner::Person, Owner::StaffOffice, Owner::Employee]
            .iter()
            .any(|owner| certificate.owned_by(*owner));
    let meant = match purpose {
        Purpose::MessageSigning => commits && is_organisation,
        Purpose::TlsClient => signs && subject.organisation.is_some() && subject.person.is_none(),
        Purpose::TlsServer => signs,
        Purpose::PersonAuthentication => signs && is_person,
        Purpose::PersonSigning => commits && is_person,
    };
    if meant { Ok(()) } else { Err(TrustError::WrongUsage) }
}

fn within_validity(certificate: &Certificate, at: Moment) -> Result<(), TrustError> {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if at < not_before {
        Err(TrustError::NotYetValid { not_before })
    } else if at > not_after {
        Err(TrustError::Expired { not_after })
    } else {
        Ok(())
    }
}
