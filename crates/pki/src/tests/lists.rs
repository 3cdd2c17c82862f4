//! Revocation lists: which are taken, and how they bite.

use der::asn1::Any;
use der::{Decode, Encode};
use x509_cert::crl::TbsCertList;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::CrlNumber;

use super::{World, authority_named, noon};
use crate::issue::{self, CrlContents};
use crate::signed::Signed;
use crate::{CrlError, CrlPolicy, Purpose, RevocationReason, SuiteId, Trust, TrustError, oid};

/// The list numbered 2, changed before it is signed by the true CA.
fn changed(world: &World, change: impl FnOnce(&mut TbsCertList)) -> Vec<u8> {
    let signed = Signed::from_der(&world.crl(2, &[])).unwrap();
    let mut list = TbsCertList::from_der(&signed.body.to_der().unwrap()).unwrap();
    change(&mut list);
    issue::sign(world.authority.0.key(), Any::encode_from(&list).unwrap()).unwrap()
}

fn with_extension(world: &World, extension: Extension) -> Vec<u8> {
    changed(world, |list| list.crl_extensions.as_mut().unwrap().push(extension))
}

fn number(number: u64) -> CrlNumber {
    CrlNumber::try_from(number).unwrap()
}

/// Meets: C17
/// Defends: A7
#[test]
fn without_a_list_nobody_is_trusted() {
    let world = World::new();
    let trust = Trust::new(vec![world.authority.certificate().clone()], CrlPolicy::default());
    let checked = trust.check(&world.signing(), Purpose::MessageSigning, noon());
    assert_eq!(checked, Err(TrustError::CrlMissing));
    assert_eq!((trust.epoch(), trust.crl()), (0, None));
}

/// Meets: C17
/// Defends: A8
#[test]
fn revocation_bites_at_the_next_check_although_the_path_is_remembered() {
    let world = World::new();
    let certificate = world.signing();
    for _ in 0..2 {
        let trusted = world.check(&certificate, Purpose::MessageSigning).unwrap();
        assert_eq!((trusted.crl_number, trusted.epoch), (1, 1));
    }
    let summary = world.publish(2, &[certificate.serial()]).unwrap();
    assert_eq!((summary.number, summary.revoked_count, world.trust.epoch()), (2, 1, 2));
    assert!(world.trust.state_for_test().paths.read().unwrap().is_empty());
    let revoked = TrustError::Revoked { since: noon(), reason: RevocationReason::KeyCompromise };
    assert_eq!(world.check(&certificate, Purpose::MessageSigning), Err(revoked));
    // Only that one certificate is meant.
    assert_eq!(world.check(&world.signing(), Purpose::MessageSigning).unwrap().crl_number, 2);
}

/// Defends: A8
#[test]
fn many_checking_at_once_all_learn_of_a_revocation() {
    let world = World::new();
    let certificate = world.signing();
    std::thread::scope(|scope| {
        let checkers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let epoch_before = world.trust.epoch();
                        match world.check(&certificate, Purpose::MessageSigning) {
                            Ok(trusted) => assert!(trusted.epoch < 2 && epoch_before < 2),
                            Err(TrustError::Revoked { .. }) => return,
                            Err(other) => panic!("{other}"),
                        }
                    }
                })
            })
            .collect();
        world.publish(2, &[certificate.serial()]).unwrap();
        for checker in checkers {
            checker.join().unwrap();
        }
    });
}

/// Meets: C17
/// Defends: A7
#[test]
fn a_list_counts_to_its_next_update_plus_the_grace_and_not_a_second_longer() {
    for grace_seconds in [0, 90] {
        let mut world = World::new();
        let root = world.authority.certificate().clone();
        world.trust = Trust::new(vec![root], CrlPolicy { grace_seconds });
        let next_update = world.publish(1, &[]).unwrap().next_update;
        let certificate = world.signing();
        let check = |seconds: i64| {
            let at = next_update.plus_seconds(i64::from(grace_seconds) + seconds);
            world.trust.check(&certificate, Purpose::MessageSigning, at)
        };
        for seconds in [-2, -1, 0] {
            check(seconds).unwrap();
        }
        for seconds in [1, 2, 3 * 86_400] {
            assert_eq!(check(seconds), Err(TrustError::CrlStale { next_update }));
        }
    }
}

/// Defends: A7
#[test]
fn the_number_never_goes_back_and_the_same_number_changes_nothing() {
    let world = World::new();
    let certificate = world.signing();
    world.publish(9, &[certificate.serial()]).unwrap();
    let (epoch, in_force) = (world.trust.epoch(), world.trust.crl());
    let rollback = CrlError::Rollback { offered: 8, installed: 9 };
    assert_eq!(world.publish(8, &[]), Err(rollback));
    assert_eq!(world.publish(9, &[]).map(|summary| summary.revoked_count), Ok(1));
    assert_eq!((world.trust.epoch(), world.trust.crl()), (epoch, in_force));
    assert!(matches!(world.check(&certificate, Purpose::MessageSigning), Err(TrustError::Revoked { .. })));
}

#[test]
fn a_stale_list_kept_over_a_restart_still_forbids_older_ones() {
    let world = World::new();
    let tomorrow = noon().plus_seconds(86_400);
    world.trust.install_crl(&world.crl(5, &[]), tomorrow).unwrap();
    let checked = world.trust.check(&world.signing(), Purpose::MessageSigning, tomorrow);
    assert!(matches!(checked, Err(TrustError::CrlStale { .. })));
    assert!(matches!(world.publish(4, &[]), Err(CrlError::Rollback { .. })));
}

/// Defends: A7
#[test]
fn lists_of_others_are_refused() {
    let world = World::new();
    let contents =
        CrlContents { number: 2, this_update: noon(), next_update: noon().plus_seconds(60), revoked: &[] };
    let stranger = authority_named("Басқа ҰКО", SuiteId::P256).issue_crl(&contents).unwrap();
    assert_eq!(world.trust.install_crl(&stranger, noon()), Err(CrlError::UnknownIssuer));
    for suite in [SuiteId::P256, SuiteId::Rsa2048] {
        let twin = authority_named("ҰКО сынақ ортасы", suite).issue_crl(&contents).unwrap();
        assert_eq!(world.trust.install_crl(&twin, noon()), Err(CrlError::BadSignature));
    }
    assert_eq!(world.trust.crl().unwrap().number, 1);
}

/// Defends: A7
#[test]
fn lists_that_are_not_whole_dated_and_numbered_are_refused() {
    let world = World::new();
    let extension = |identifier, critical| issue::extension(identifier, critical, &number(1)).unwrap();
    let unknown = oid::CRL_DISTRIBUTION_POINTS;
    let cases = [
        (changed(&world, |list| list.next_update = None), CrlError::NoNextUpdate),
        (changed(&world, |list| list.crl_extensions.as_mut().unwrap().truncate(1)), CrlError::NoNumber),
        (changed(&world, |list| list.crl_extensions = None), CrlError::NoNumber),
        (changed(&world, |list| list.version = x509_cert::Version::V1), CrlError::Malformed),
        (
            changed(&world, |list| {
                list.crl_extensions.as_mut().unwrap()[0] = issue::extension(
                    oid::AUTHORITY_KEY_IDENTIFIER,
                    false,
                    &x509_cert::ext::pkix::AuthorityKeyIdentifier {
                        key_identifier: Some(der::asn1::OctetString::new([7; 20]).unwrap()),
                        ..Default::default()
                    },
                )
                .unwrap();
            }),
            CrlError::UnknownIssuer,
        ),
        (with_extension(&world, extension(oid::DELTA_CRL_INDICATOR, false)), CrlError::Malformed),
        (with_extension(&world, extension(oid::ISSUING_DISTRIBUTION_POINT, true)), CrlError::Partial),
        (with_extension(&world, extension(oid::CRL_NUMBER, false)), CrlError::Malformed),
        (
            with_extension(&world, extension(unknown, true)),
            CrlError::UnknownCriticalExtension(unknown.to_string()),
        ),
        (world.crl(2, &[])[..40].to_vec(), CrlError::Malformed),
        (vec![0x30; crate::MAX_CRL_OCTETS + 1], CrlError::TooLong),
    ];
    for (list, expected) in cases {
        assert_eq!(world.trust.install_crl(&list, noon()), Err(expected));
    }
    assert_eq!(world.trust.crl().unwrap().number, 1);
    // A harmless unknown extension is no reason to refuse the list of the country.
    let list = with_extension(&world, extension(unknown, false));
    assert_eq!(world.trust.install_crl(&list, noon()).unwrap().number, 2);
}

#[test]
fn an_entry_that_speaks_for_another_issuer_or_takes_back_a_revocation_is_refused() {
    let world = World::new();
    let serial = world.signing().serial();
    let entry_extension = |identifier: &str, critical, value: &[u8]| Extension {
        extn_id: identifier.parse().unwrap(),
        critical,
        extn_value: der::asn1::OctetString::new(value).unwrap(),
    };
    let with = |extension| {
        let entry = issue::RevokedEntry { serial, since: noon(), reason: RevocationReason::Unspecified };
        let mut entry = issue::crl_entry(&entry).unwrap();
        entry.crl_entry_extensions = Some(vec![extension]);
        world
            .trust
            .install_crl(&changed(&world, |list| list.revoked_certificates = Some(vec![entry])), noon())
    };
    let certificate_issuer = with(entry_extension("2.5.29.29", true, &[0x30, 0]));
    assert_eq!(certificate_issuer, Err(CrlError::UnknownCriticalExtension("2.5.29.29".into())));
    assert_eq!(with(entry_extension("2.5.29.21", false, &[0x0a, 1, 8])), Err(CrlError::Partial));
    assert_eq!(with(entry_extension("2.5.29.21", false, &[0x0a, 1, 7])), Err(CrlError::Malformed));
    assert_eq!(with(entry_extension("2.5.29.21", false, &[0x0a, 1, 6])).unwrap().revoked_count, 1);
}

#[test]
fn a_list_from_the_future_is_taken_within_the_difference_of_clocks_only() {
    let world = World::new();
    let list = world.crl(2, &[]);
    let early = noon().plus_seconds(-301);
    let from_the_future = CrlError::FromTheFuture { this_update: noon() };
    assert_eq!(world.trust.install_crl(&list, early), Err(from_the_future));
    world.trust.install_crl(&list, noon().plus_seconds(-300)).unwrap();
}

#[test]
fn every_reason_survives_writing_and_reading() {
    let world = World::new();
    let certificate = world.signing();
    let names = [
        "unspecified",
        "key-compromise",
        "ca-compromise",
        "affiliation-changed",
        "superseded",
        "cessation-of-operation",
        "certificate-hold",
        "privilege-withdrawn",
        "aa-compromise",
    ];
    for (number, name) in (2..).zip(names) {
        let reason: RevocationReason = name.parse().unwrap();
        assert_eq!(reason.to_string(), name);
        let revoked = [issue::RevokedEntry { serial: certificate.serial(), since: noon(), reason }];
        let next_update = noon().plus_seconds(60);
        let contents = CrlContents { number, this_update: noon(), next_update, revoked: &revoked };
        let list = world.authority.issue_crl(&contents).unwrap();
        world.trust.install_crl(&list, noon()).unwrap();
        let expected = TrustError::Revoked { since: noon(), reason };
        assert_eq!(world.check(&certificate, Purpose::MessageSigning), Err(expected));
    }
}

/// Defends: A7
#[test]
fn a_list_of_a_hundred_thousand_is_installed_and_looked_up() {
    let world = World::new();
    let certificate = world.signing();
    let mut serials: Vec<crate::Serial> =
        (1..100_000u32).map(|i| crate::Serial::from_octets(&i.to_be_bytes()).unwrap()).collect();
    serials.push(certificate.serial());
    assert_eq!(world.publish(2, &serials).unwrap().revoked_count, 100_000);
    assert!(matches!(world.check(&certificate, Purpose::MessageSigning), Err(TrustError::Revoked { .. })));
}

/// While the national CA changes its key, both of its certificates count, each with its own lists.
///
/// Meets: C3
#[test]
fn renewed_certificates_of_the_ca_count_at_once_and_lists_of_those_that_stay_remain() {
    let (world, next) = (World::new(), World::new());
    let (before, after) = (world.signing(), next.signing());
    let check = |certificate| world.check(certificate, Purpose::MessageSigning);
    assert_eq!(check(&after), Err(TrustError::UnknownIssuer));

    let (old, new) = (world.authority.certificate().clone(), next.authority.certificate().clone());
    world.trust.renew_roots(vec![new.clone(), old]);
    assert_eq!(check(&before).unwrap().crl_number, 1, "its list went along");
    assert_eq!(check(&after), Err(TrustError::CrlMissing));
    world.trust.install_crl(&next.crl(7, &[]), noon()).unwrap();
    assert_eq!(check(&after).unwrap().crl_number, 7);
    assert_eq!(check(&before).unwrap().crl_number, 1);

    world.trust.renew_roots(vec![new]);
    assert_eq!(check(&before), Err(TrustError::UnknownIssuer), "though its path had been verified");
    assert_eq!(check(&after).unwrap().crl_number, 7);
}
