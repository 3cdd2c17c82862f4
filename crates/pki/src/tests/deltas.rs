//! Deltas: which are taken over which list, how suspensions come and go, and what was true in the past.

use super::{DAY, World, authority_named, noon};
use crate::issue::RevokedEntry;
use crate::{
    Certificate, CrlError, CrlPolicy, CrlSummary, DeltaContents, DeltaUse, PastError, Purpose,
    RevocationPolicy, RevocationReason, Serial, SuiteId, Trust, TrustError,
};

fn held(serial: Serial, reason: RevocationReason) -> RevokedEntry {
    RevokedEntry { serial, since: noon(), reason }
}

impl World {
    fn delta(&self, number: u64, base: u64, revoked: &[RevokedEntry], resumed: &[Serial]) -> Vec<u8> {
        let resumed: Vec<_> = resumed.iter().map(|serial| (*serial, noon())).collect();
        let (this_update, next_update) = (noon(), noon().plus_seconds(600));
        let contents = DeltaContents { number, base, this_update, next_update, revoked, resumed: &resumed };
        self.authority.issue_delta_crl(&contents).unwrap()
    }

    fn offer(
        &self,
        number: u64,
        base: u64,
        revoked: &[RevokedEntry],
        resumed: &[Serial],
    ) -> Result<CrlSummary, CrlError> {
        self.trust.install_crl(&self.delta(number, base, revoked, resumed), noon())
    }

    fn signs(&self, certificate: &Certificate) -> Result<String, TrustError> {
        let trusted = self.check(certificate, Purpose::MessageSigning)?;
        assert_eq!(trusted.crl_number, trusted.source.newest_list());
        Ok(trusted.source.to_string())
    }
}

/// Meets: C17
/// Defends: A7, A8
#[test]
fn a_delta_revokes_over_the_list_held_and_begins_an_epoch() {
    let world = World::new();
    let certificate = world.signing();
    assert_eq!(world.signs(&certificate).unwrap(), "list 1");
    let reason = RevocationReason::KeyCompromise;
    let summary = world.offer(2, 1, &[held(certificate.serial(), reason)], &[]).unwrap();
    assert_eq!((summary.number, summary.base, world.trust.epoch()), (2, Some(1), 2));
    assert_eq!(world.signs(&certificate), Err(TrustError::Revoked { since: noon(), reason }));
    assert_eq!(world.signs(&world.signing()).unwrap(), "list 1, delta 2");
    // The full list that has overtaken the delta says the same alone.
    world.publish(3, &[certificate.serial()]).unwrap();
    assert_eq!(world.trust.delta_crl(), None);
    assert!(matches!(world.signs(&certificate), Err(TrustError::Revoked { .. })));
}

#[test]
fn a_suspension_ends_by_a_delta_and_a_revocation_does_not() {
    let world = World::new();
    let certificate = world.signing();
    let hold = RevocationReason::CertificateHold;
    world.offer(2, 1, &[held(certificate.serial(), hold)], &[]).unwrap();
    assert_eq!(world.signs(&certificate), Err(TrustError::Revoked { since: noon(), reason: hold }));
    world.offer(3, 1, &[], &[certificate.serial()]).unwrap();
    assert_eq!(world.signs(&certificate).unwrap(), "list 1, delta 3");

    // Over a full list that has the suspension, the delta takes it back as well.
    let since = noon();
    let contents = crate::issue::CrlContents {
        number: 4,
        this_update: since,
        next_update: since.plus_seconds(3600),
        revoked: &[held(certificate.serial(), hold)],
    };
    world.trust.install_crl(&world.authority.issue_crl(&contents).unwrap(), noon()).unwrap();
    assert!(world.signs(&certificate).is_err());
    world.offer(5, 4, &[], &[certificate.serial()]).unwrap();
    assert_eq!(world.signs(&certificate).unwrap(), "list 4, delta 5");

    let revoked = world.signing();
    world.publish(6, &[revoked.serial()]).unwrap();
    world.offer(7, 6, &[], &[revoked.serial()]).unwrap();
    assert!(matches!(world.signs(&revoked), Err(TrustError::Revoked { .. })), "for good is for good");
}

/// Defends: A7
#[test]
fn a_delta_without_its_base_of_another_issuer_or_older_is_refused() {
    let world = World::new();
    let empty = Trust::new(vec![world.authority.certificate().clone()], CrlPolicy::default());
    let refused = empty.install_crl(&world.delta(2, 1, &[], &[]), noon());
    assert_eq!(refused, Err(CrlError::DeltaWithoutBase { base: 1, held: None }));
    assert_eq!(world.offer(9, 8, &[], &[]), Err(CrlError::DeltaWithoutBase { base: 8, held: Some(1) }));

    let contents = DeltaContents {
        number: 2,
        base: 1,
        this_update: noon(),
        next_update: noon().plus_seconds(60),
        revoked: &[],
        resumed: &[],
    };
    for (name, refusal) in
        [("Басқа ҰКО", CrlError::UnknownIssuer), ("ҰКО сынақ ортасы", CrlError::BadSignature)]
    {
        let stranger = authority_named(name, SuiteId::P256).issue_delta_crl(&contents).unwrap();
        assert_eq!(world.trust.install_crl(&stranger, noon()), Err(refusal));
    }

    world.offer(5, 1, &[], &[]).unwrap();
    assert_eq!(world.offer(4, 1, &[], &[]), Err(CrlError::Rollback { offered: 4, installed: 5 }));
    let epoch = world.trust.epoch();
    assert_eq!(world.offer(5, 1, &[], &[]).unwrap().number, 5, "the same again");
    assert_eq!(world.trust.epoch(), epoch);
    world.publish(7, &[]).unwrap();
    assert_eq!(world.offer(6, 1, &[], &[]), Err(CrlError::DeltaOvertaken { offered: 6, installed: 7 }));
    assert_eq!(world.offer(7, 1, &[], &[]), Err(CrlError::DeltaOvertaken { offered: 7, installed: 7 }));
}

/// A newer full list that the delta has overtaken does not take away what the delta knows.
///
/// Defends: A7
#[test]
fn a_delta_goes_on_over_newer_full_lists_until_one_overtakes_it() {
    let world = World::new();
    let certificate = world.signing();
    let entry = held(certificate.serial(), RevocationReason::Superseded);
    world.offer(9, 1, &[entry], &[]).unwrap();
    world.publish(4, &[]).unwrap();
    assert!(matches!(world.signs(&certificate), Err(TrustError::Revoked { .. })));
    assert_eq!(world.signs(&world.signing()).unwrap(), "list 4, delta 9");
}

/// Defends: A7, A21
#[test]
fn a_stale_delta_still_refuses_and_no_longer_forgives() {
    let world = World::new();
    let [revoked, resumed] = [world.signing(), world.signing()];
    let hold = RevocationReason::CertificateHold;
    let contents = crate::issue::CrlContents {
        number: 2,
        this_update: noon(),
        next_update: noon().plus_seconds(3600),
        revoked: &[held(resumed.serial(), hold)],
    };
    world.trust.install_crl(&world.authority.issue_crl(&contents).unwrap(), noon()).unwrap();
    world
        .offer(3, 2, &[held(revoked.serial(), RevocationReason::KeyCompromise)], &[resumed.serial()])
        .unwrap();
    let check = |certificate, seconds| {
        let at = noon().plus_seconds(seconds);
        world.trust.check(certificate, Purpose::MessageSigning, at).map(|trusted| trusted.source.to_string())
    };
    assert_eq!(check(&resumed, 600).unwrap(), "list 2, delta 3");
    assert!(matches!(check(&resumed, 601), Err(TrustError::Revoked { reason, .. }) if reason == hold));
    assert!(matches!(check(&revoked, 601), Err(TrustError::Revoked { .. })));
    assert_eq!(check(&world.signing(), 601).unwrap(), "list 2", "the record says that the delta is gone");
}

/// Meets: C17
/// Defends: A7
#[test]
fn where_a_delta_is_required_nobody_is_trusted_without_a_fresh_one() {
    let mut world = World::new();
    let policy = RevocationPolicy { deltas: DeltaUse::Required, ..RevocationPolicy::default() };
    world.trust = Trust::new(vec![world.authority.certificate().clone()], policy);
    world.publish(1, &[]).unwrap();
    let certificate = world.signing();
    assert_eq!(world.signs(&certificate), Err(TrustError::CrlMissing));
    let next_update = world.offer(2, 1, &[], &[]).unwrap().next_update;
    world.signs(&certificate).unwrap();
    let late = world.trust.check(&certificate, Purpose::MessageSigning, next_update.plus_seconds(1));
    assert_eq!(late, Err(TrustError::CrlStale { next_update }));
    // A full list that has overtaken the delta takes its place until the next one is due, and no longer.
    world.publish(3, &[]).unwrap();
    world.signs(&certificate).unwrap();
    let late = world.trust.check(&certificate, Purpose::MessageSigning, next_update.plus_seconds(1));
    assert_eq!(late, Err(TrustError::CrlMissing));
}

/// Whatever the clock is set to, within decades, nobody is trusted out of its validity or by a list past its time.
///
/// Defends: A7, A21
#[test]
fn a_clock_swept_over_twenty_years_accepts_nothing_unsafe() {
    let world = World::new();
    let certificate = world.signing();
    let next_update = world.trust.crl().unwrap().next_update;
    world.offer(2, 1, &[], &[]).unwrap();
    let mut moments: Vec<_> = (-10 * 365..=10 * 365).map(|day| noon().plus_seconds(day * DAY)).collect();
    let edges = [certificate.not_before(), certificate.not_after(), next_update, noon()];
    moments.extend(edges.iter().flat_map(|edge| (-600..=600).map(|seconds| edge.plus_seconds(seconds))));
    let mut accepted = 0;
    for at in &moments {
        let is_trusted = world.trust.check(&certificate, Purpose::MessageSigning, *at).is_ok();
        let is_safe = (certificate.not_before()..=certificate.not_after().min(next_update)).contains(at);
        assert!(!is_trusted || is_safe, "{at}");
        accepted += u32::from(is_trusted);
    }
    assert!(accepted > 600, "the sweep meets moments that are good");
}

/// Meets: C16
/// Defends: A7
#[test]
fn whether_a_certificate_was_good_when_a_message_arrived_is_told_by_later_lists() {
    let world = World::new();
    let certificate = world.signing();
    let was_good = |then| world.trust.was_good(&certificate, Purpose::MessageSigning, then);
    let newest = noon();
    let later = noon().plus_seconds(1);
    assert_eq!(was_good(later), Err(PastError::NotToldYet { newest }));
    assert_eq!(was_good(noon()).unwrap().crl_number, 1);
    world.offer(2, 1, &[held(certificate.serial(), RevocationReason::KeyCompromise)], &[]).unwrap();
    assert_eq!(was_good(noon().plus_seconds(-1)).unwrap().crl_number, 2, "revoked only afterwards");
    assert!(matches!(was_good(noon()), Err(PastError::Trust(TrustError::Revoked { .. }))));
    let before = certificate.not_before().plus_seconds(-1);
    assert!(matches!(was_good(before), Err(PastError::Trust(TrustError::NotYetValid { .. }))));
}

/// Defends: A7
#[test]
fn a_damaged_delta_is_refused_and_never_panics() {
    let world = World::new();
    let good = world.delta(2, 1, &[held(world.signing().serial(), RevocationReason::Superseded)], &[]);
    for length in 0..good.len() {
        world.trust.install_crl(&good[..length], noon()).unwrap_err();
    }
    for place in 0..good.len() {
        for bit in 0..8 {
            let mut octets = good.clone();
            octets[place] ^= 1 << bit;
            world.trust.install_crl(&octets, noon()).unwrap_err();
        }
    }
    assert_eq!(world.trust.delta_crl(), None);
}
