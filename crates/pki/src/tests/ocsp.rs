//! OCSP: which replies are believed, and what they change under each policy.

use std::cell::Cell;

use super::{DAY, World, authority_named, noon};
use crate::issue::Authority;
use crate::ocsp::{
    Asked, CertificateStatus, NotAnswered, OcspError, OcspReply, Question, Responder, unsuccessful,
};
use crate::{
    CaService, Certificate, CrlPolicy, FileSigner, OcspUse, Purpose, RevocationPolicy, RevocationReason,
    SuiteId, Trust, TrustError, Wanted,
};

const NONCE: &[u8] = b"sixteen octets..";

pub(super) fn service(authority: &Authority, service: CaService) -> FileSigner {
    let life = (noon().plus_seconds(-DAY), noon().plus_seconds(30 * DAY));
    let issued = authority.issue_service(service, &"Қызмет".parse().unwrap(), SuiteId::P256, life).unwrap();
    FileSigner::from_pem(issued.key_pem.expose_secret(), &issued.certificate.to_pem()).unwrap()
}

/// A world in which OCSP is asked under a policy.
struct Asking {
    world: World,
    responder: Responder,
    certificate: Certificate,
    /// How far the clock has gone, in seconds after noon.
    later: Cell<i64>,
}

impl Asking {
    fn new(ocsp: OcspUse) -> Self {
        let mut world = World::new();
        let policy = RevocationPolicy { ocsp, ..RevocationPolicy::default() };
        world.trust = Trust::new(vec![world.authority.certificate().clone()], policy);
        let signer = service(&world.authority, CaService::OcspResponder);
        let responder = Responder::new(world.authority.certificate().clone(), signer);
        let certificate = world.signing();
        Self { world, responder, certificate, later: Cell::new(0) }
    }

    fn wanted(&self) -> Wanted {
        let issuer = self.world.authority.certificate().clone();
        Wanted { certificate: self.certificate.clone(), issuer }
    }

    fn reply(&self, responder: &Responder, status: CertificateStatus, life: Option<i64>) -> Vec<u8> {
        let question = Question::new(&self.wanted(), NONCE).unwrap();
        let asked = Asked::read(&question.der).unwrap();
        let next_update = life.map(|seconds| noon().plus_seconds(seconds));
        responder.answer(&asked, |_| status, noon(), next_update).unwrap()
    }

    fn install(&self, der: &[u8]) -> Result<OcspReply, OcspError> {
        let now = noon().plus_seconds(self.later.get());
        self.world.trust.install_ocsp(&self.wanted(), Some(NONCE), der, now)
    }

    fn say(&self, status: CertificateStatus) {
        self.install(&self.reply(&self.responder, status, Some(600))).unwrap();
    }

    fn check(&self) -> Result<String, TrustError> {
        let now = noon().plus_seconds(self.later.get());
        let trusted = self.world.trust.check(&self.certificate, Purpose::MessageSigning, now)?;
        Ok(trusted.source.to_string())
    }
}

fn revoked() -> CertificateStatus {
    CertificateStatus::Revoked { since: noon(), reason: RevocationReason::KeyCompromise }
}

/// Meets: C17
/// Defends: A7
#[test]
fn a_reply_adds_refusals_to_a_fresh_list_and_no_leave_to_a_stale_one() {
    let asking = Asking::new(OcspUse::AddsRefusals);
    asking.say(CertificateStatus::Good);
    assert_eq!(asking.check(), Err(TrustError::CrlMissing), "a good reply alone is not enough");
    asking.world.publish(1, &[]).unwrap();
    assert_eq!(asking.check().unwrap(), format!("list 1, ocsp {}", noon()));
    asking.say(revoked());
    assert!(matches!(asking.check(), Err(TrustError::Revoked { .. })));
    // An old word that it is revoked for good stays true.
    asking.later.set(3000);
    assert!(matches!(asking.check(), Err(TrustError::Revoked { .. })));
}

/// Meets: C17
/// Defends: A7
#[test]
fn each_policy_decides_about_a_missing_or_stale_source_and_the_record_says_by_what() {
    let ocsp = format!("ocsp {}", noon());
    for (policy, list, good, expected) in [
        (OcspUse::Off, true, true, Some("list 1".to_owned())),
        (OcspUse::Off, false, true, None),
        (OcspUse::AddsRefusals, true, false, Some("list 1".to_owned())),
        (OcspUse::AddsRefusals, true, true, Some(format!("list 1, {ocsp}"))),
        (OcspUse::AddsRefusals, false, true, None),
        (OcspUse::WhenListIsStale, true, false, Some("list 1".to_owned())),
        (OcspUse::WhenListIsStale, false, true, Some(format!("no list, {ocsp}"))),
        (OcspUse::WhenListIsStale, false, false, None),
        (OcspUse::Required, true, true, Some(format!("list 1, {ocsp}"))),
        (OcspUse::Required, true, false, None),
        (OcspUse::Required, false, true, None),
    ] {
        let asking = Asking::new(policy);
        if list {
            asking.world.publish(1, &[]).unwrap();
        }
        if good {
            asking.say(CertificateStatus::Good);
        }
        assert_eq!(asking.check().ok(), expected, "{policy:?}, list {list}, reply {good}");
    }
    let asking = Asking::new(OcspUse::WhenListIsStale);
    asking.world.publish(1, &[]).unwrap();
    asking.install(&asking.reply(&asking.responder, CertificateStatus::Good, Some(9000))).unwrap();
    asking.later.set(3601);
    assert_eq!(asking.check().unwrap(), format!("stale list 1, {ocsp}"));
    asking.later.set(9001);
    assert!(matches!(asking.check(), Err(TrustError::CrlStale { .. })));
    asking.later.set(0);
    asking.say(CertificateStatus::Unknown);
    assert_eq!(asking.check(), Err(TrustError::UnknownToOcsp));
}

#[test]
fn a_certificate_is_wanted_once_until_its_reply_grows_old_or_a_list_changes() {
    let asking = Asking::new(OcspUse::AddsRefusals);
    asking.world.publish(1, &[]).unwrap();
    for _ in 0..3 {
        asking.check().unwrap();
    }
    assert_eq!(asking.world.trust.ocsp_wanted(), [asking.wanted()]);
    assert!(asking.world.trust.ocsp_wanted().is_empty(), "given out once");
    asking.say(CertificateStatus::Good);
    asking.later.set(299);
    asking.check().unwrap();
    assert!(asking.world.trust.ocsp_wanted().is_empty());
    asking.later.set(300);
    asking.check().unwrap();
    assert_eq!(asking.world.trust.ocsp_wanted().len(), 1, "at half of its life");
    asking.later.set(0);
    asking.say(CertificateStatus::Good);
    asking.world.publish(2, &[]).unwrap();
    asking.check().unwrap();
    assert_eq!(asking.world.trust.ocsp_wanted().len(), 1, "a new epoch");
}

/// Meets: C17
/// Defends: A7
#[test]
fn replies_of_others_about_others_or_without_our_nonce_are_refused() {
    let asking = Asking::new(OcspUse::Required);
    let good = CertificateStatus::Good;
    let authority = &asking.world.authority;
    let issuer = || authority.certificate().clone();

    let twin = authority_named("ҰКО сынақ ортасы", SuiteId::P256);
    let of_twin = Responder::new(issuer(), service(&twin, CaService::OcspResponder));
    assert_eq!(asking.install(&asking.reply(&of_twin, good, None)), Err(OcspError::UnknownResponder));
    let stamps = Responder::new(issuer(), service(authority, CaService::TimeStamping));
    assert_eq!(asking.install(&asking.reply(&stamps, good, None)), Err(OcspError::ResponderNotAllowed));

    let other = Wanted { certificate: asking.world.signing(), issuer: issuer() };
    let about_other = asking.responder.answer(
        &Asked::read(&Question::new(&other, NONCE).unwrap().der).unwrap(),
        |_| good,
        noon(),
        None,
    );
    assert_eq!(asking.install(&about_other.unwrap()), Err(OcspError::OtherCertificate));

    let question = Question::new(&asking.wanted(), b"another nonce").unwrap();
    let asked = Asked::read(&question.der).unwrap();
    let replayed = asking.responder.answer(&asked, |_| good, noon(), None).unwrap();
    assert_eq!(asking.install(&replayed), Err(OcspError::OtherNonce));
    for why in [NotAnswered::Malformed, NotAnswered::Unauthorized, NotAnswered::Internal] {
        assert!(matches!(asking.install(&unsuccessful(why)), Err(OcspError::NotSuccessful(_))));
    }
    assert_eq!(asking.install(&[0x30; crate::ocsp::MAX_REPLY_OCTETS + 1]), Err(OcspError::TooLong));

    // The responder's own certificate is in the list by now.
    let reply = asking.reply(&asking.responder, good, None);
    asking.world.publish(1, &[asking.responder.certificate().serial()]).unwrap();
    assert_eq!(asking.install(&reply), Err(OcspError::ResponderNotAllowed));
}

/// Defends: A7, A21
#[test]
fn a_reply_counts_to_its_next_update_or_to_the_named_age_and_not_a_second_longer() {
    for (life, counts) in [(Some(600), 600), (None, 300)] {
        let asking = Asking::new(OcspUse::Required);
        asking.world.publish(1, &[]).unwrap();
        let reply = asking.reply(&asking.responder, CertificateStatus::Good, life);
        asking.install(&reply).unwrap();
        asking.later.set(counts);
        asking.check().unwrap();
        asking.install(&reply).unwrap();
        asking.later.set(counts + 1);
        assert_eq!(asking.check(), Err(TrustError::OcspMissing));
        let until = noon().plus_seconds(counts);
        assert_eq!(asking.install(&reply), Err(OcspError::Stale { until }));
        asking.later.set(-301);
        assert!(matches!(asking.install(&reply), Err(OcspError::FromTheFuture { .. })));
    }
}

/// Defends: A7
#[test]
fn a_damaged_reply_is_refused_and_never_panics() {
    let asking = Asking::new(OcspUse::Required);
    let good = asking.reply(&asking.responder, CertificateStatus::Good, Some(600));
    for length in 0..good.len() {
        asking.install(&good[..length]).unwrap_err();
        let _ = Asked::read(&good[..length]);
    }
    let signer = asking.responder.certificate().der();
    let sent = good.windows(signer.len()).position(|window| window == signer).unwrap();
    for place in (0..sent).chain(sent + signer.len()..good.len()) {
        for bit in 0..8 {
            let mut octets = good.clone();
            octets[place] ^= 1 << bit;
            assert!(asking.install(&octets).is_err(), "bit {bit} of octet {place}");
        }
    }
}

#[test]
fn requests_beyond_the_bounds_and_about_strangers_are_not_answered() {
    let asking = Asking::new(OcspUse::Required);
    let question = Question::new(&asking.wanted(), NONCE).unwrap().der;
    for length in 0..question.len() {
        assert!(Asked::read(&question[..length]).is_err());
    }
    assert!(Asked::read(&vec![0x30; crate::ocsp::MAX_REQUEST_OCTETS + 1]).is_err());
    assert!(Asked::read(&Question::new(&asking.wanted(), &[7; 33]).unwrap().der).is_err());
    let stranger = authority_named("Басқа ҰКО", SuiteId::P256);
    let wanted = Wanted { certificate: asking.certificate.clone(), issuer: stranger.certificate().clone() };
    let asked = Asked::read(&Question::new(&wanted, NONCE).unwrap().der).unwrap();
    let answer = asking.responder.answer(&asked, |_| CertificateStatus::Good, noon(), None);
    assert_eq!(answer, Err(NotAnswered::Unauthorized));
    let root = asking.world.authority.certificate().clone();
    let unasked = Trust::new(vec![root], CrlPolicy::default());
    assert!(unasked.ocsp_wanted().is_empty());
}
