//! Paths, dates and uses.

use super::{DAY, World, authority_named, every_profile, noon, organisation, request};
use crate::issue::Profile;
use crate::{Certificate, CrlPolicy, MAX_CACHED_PATHS, Purpose, SuiteId, Trust, TrustError, suite_of};

const PURPOSES: [Purpose; 5] = [
    Purpose::MessageSigning,
    Purpose::TlsClient,
    Purpose::TlsServer,
    Purpose::PersonAuthentication,
    Purpose::PersonSigning,
];

/// Meets: C18
/// Defends: A26
#[test]
fn a_certificate_is_trusted_for_its_own_purposes_and_no_other() {
    let world = World::new();
    let expected: [&[Purpose]; 6] = [
        &[Purpose::MessageSigning],
        &[Purpose::TlsClient, Purpose::TlsServer],
        &[Purpose::PersonAuthentication],
        &[Purpose::PersonSigning],
        &[Purpose::PersonAuthentication],
        &[Purpose::PersonSigning],
    ];
    for (profile, expected) in every_profile().into_iter().zip(expected) {
        let certificate = world.issue(profile.clone()).certificate;
        for purpose in PURPOSES {
            let checked = world.check(&certificate, purpose);
            if expected.contains(&purpose) {
                assert!(checked.is_ok(), "{} for {purpose:?}: {checked:?}", profile.name());
            } else {
                assert_eq!(checked, Err(TrustError::WrongUsage), "{} for {purpose:?}", profile.name());
            }
        }
    }
}

#[test]
fn roots_and_certificates_of_both_suites_are_trusted() {
    for (root_suite, suite) in [(SuiteId::Rsa2048, SuiteId::P256), (SuiteId::P256, SuiteId::Rsa2048)] {
        let authority = authority_named("НУЦ", root_suite);
        let trust = Trust::new(vec![authority.certificate().clone()], CrlPolicy::default());
        let world = World { authority, trust };
        world.publish(1, &[]).unwrap();
        let mut request = request(Profile::ParticipantSigning { organisation: organisation() });
        request.suite = suite;
        let certificate = world.authority.issue(&request).unwrap().certificate;
        assert_eq!(suite_of(&certificate).unwrap().id(), suite);
        world.check(&certificate, Purpose::MessageSigning).unwrap();
    }
}

#[test]
fn validity_is_judged_at_each_check_also_for_a_remembered_path() {
    let world = World::new();
    let certificate = world.signing();
    let check = |at| world.trust.check(&certificate, Purpose::MessageSigning, at);
    check(noon()).unwrap();
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    assert_eq!(check(not_before.plus_seconds(-1)), Err(TrustError::NotYetValid { not_before }));
    check(not_before).unwrap();
    assert_eq!(check(not_after.plus_seconds(1)), Err(TrustError::Expired { not_after }));
    // At the last second it is the list that is too old, not the certificate.
    assert!(matches!(check(not_after), Err(TrustError::CrlStale { .. })));
}

#[test]
fn a_certificate_does_not_outlive_its_issuer() {
    let world = World::new();
    let mut request = request(Profile::ParticipantSigning { organisation: organisation() });
    request.not_after = noon().plus_seconds(5000 * DAY);
    let certificate = world.authority.issue(&request).unwrap().certificate;
    let not_after = world.authority.certificate().not_after();
    let checked = world.trust.check(&certificate, Purpose::MessageSigning, not_after.plus_seconds(1));
    assert_eq!(checked, Err(TrustError::Expired { not_after }));
}

/// Defends: A26
#[test]
fn certificates_of_a_twin_ca_are_strangers() {
    let world = World::new();
    let other_name = authority_named("Басқа ҰКО", SuiteId::P256);
    let same_name_other_key = authority_named("ҰКО сынақ ортасы", SuiteId::P256);
    let same_name_other_suite = authority_named("ҰКО сынақ ортасы", SuiteId::Rsa2048);
    let same_name_national_suite = authority_named("ҰКО сынақ ортасы", SuiteId::Gost512);
    for twin in [other_name, same_name_other_key, same_name_other_suite, same_name_national_suite] {
        let request = request(Profile::ParticipantSigning { organisation: organisation() });
        let certificate = twin.issue(&request).unwrap().certificate;
        assert_eq!(world.check(&certificate, Purpose::MessageSigning), Err(TrustError::UnknownIssuer));
        // The twin's own root is no better, and nor is ours as anybody's own certificate.
        assert!(world.check(twin.certificate(), Purpose::MessageSigning).is_err());
        assert!(world.check(world.authority.certificate(), Purpose::MessageSigning).is_err());
    }
}

#[test]
fn a_participant_cannot_issue_certificates() {
    let world = World::new();
    let participant = world.issue(Profile::ParticipantSigning { organisation: organisation() });
    let pretender =
        crate::issue::Authority::load(participant.key_pem.expose_secret(), &participant.certificate.to_pem())
            .unwrap();
    let request = request(Profile::ParticipantSigning { organisation: organisation() });
    let certificate = pretender.issue(&request).unwrap().certificate;
    assert_eq!(world.check(&certificate, Purpose::MessageSigning), Err(TrustError::UnknownIssuer));
    // Not even where somebody puts it among the roots by mistake.
    let careless = Trust::new(vec![participant.certificate], CrlPolicy::default());
    let checked = careless.check(&certificate, Purpose::MessageSigning, noon());
    assert_eq!(checked, Err(TrustError::UnknownIssuer));
}

#[test]
fn while_the_ca_changes_its_key_certificates_of_both_are_trusted_each_by_its_own_list() {
    let old = authority_named("ҰКО сынақ ортасы", SuiteId::P256);
    let new = authority_named("ҰКО сынақ ортасы", SuiteId::P256);
    let roots = vec![old.certificate().clone(), new.certificate().clone()];
    let trust = Trust::new(roots, CrlPolicy::default());
    let of = |authority: &crate::issue::Authority| {
        let request = request(Profile::ParticipantSigning { organisation: organisation() });
        authority.issue(&request).unwrap().certificate
    };
    let (by_old, by_new) = (of(&old), of(&new));
    let world = World { authority: old, trust };
    world.publish(7, &[]).unwrap();
    assert_eq!(world.check(&by_old, Purpose::MessageSigning).unwrap().crl_number, 7);
    assert_eq!(world.check(&by_new, Purpose::MessageSigning), Err(TrustError::CrlMissing));
    let world = World { authority: new, trust: world.trust };
    world.publish(3, &[by_new.serial()]).unwrap();
    assert!(matches!(world.check(&by_new, Purpose::MessageSigning), Err(TrustError::Revoked { .. })));
    assert_eq!(world.check(&by_old, Purpose::MessageSigning).unwrap().crl_number, 7);
}

#[test]
fn remembered_paths_are_bounded() {
    let world = World::new();
    let certificate = world.signing();
    let state = world.trust.state_for_test();
    for i in 0..MAX_CACHED_PATHS {
        let mut fingerprint = [0; 32];
        fingerprint[..8].copy_from_slice(&i.to_le_bytes());
        state.paths.write().unwrap().insert((fingerprint, Purpose::TlsClient), 0);
    }
    world.check(&certificate, Purpose::MessageSigning).unwrap();
    assert_eq!(state.paths.read().unwrap().len(), 1);
}

#[test]
fn a_refused_certificate_is_not_remembered() {
    let world = World::new();
    let twin = authority_named("ҰКО сынақ ортасы", SuiteId::P256);
    let request = request(Profile::ParticipantSigning { organisation: organisation() });
    let certificate: Certificate = twin.issue(&request).unwrap().certificate;
    assert!(world.check(&certificate, Purpose::MessageSigning).is_err());
    assert!(world.trust.state_for_test().paths.read().unwrap().is_empty());
}
