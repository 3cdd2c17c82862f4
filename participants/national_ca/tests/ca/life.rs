//! The life of the CA: what it issues, revokes and publishes, also with two processes on one registry.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use http::StatusCode;
use national_ca::{CERTIFICATE_PATH, CRL_PATH, CaError, IssueRequest, NationalCa, Settings, Status};
use pki::issue::{Organisation, Profile};
use pki::{Certificate, Purpose, RevocationReason, Serial, SuiteId, TrustError};
use terms::Clock;

use crate::story::{Story, root_request, settings, signing};

/// Meets: C17
/// Defends: A8
#[tokio::test]
async fn a_revocation_by_another_process_is_in_the_next_list_fetched() {
    let story = Story::begin();
    let certificate = signing(&story.ca).certificate;
    let trust = story.trust();
    let fetch_and_check = async || {
        let (status, kind, list) = story.fetch(CRL_PATH).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/pkix-crl"));
        trust.install_crl(&list, story.watch.now()).unwrap();
        trust.check(&certificate, Purpose::MessageSigning, story.watch.now())
    };
    assert_eq!(fetch_and_check().await.unwrap().crl_number, 1);
    let since = story.watch.now();
    let reason = RevocationReason::KeyCompromise;
    story.another_process().revoke(certificate.serial(), reason).unwrap();
    assert_eq!(fetch_and_check().await, Err(TrustError::Revoked { since, reason }));
    assert_eq!(trust.crl().unwrap().number, 2);
}

#[tokio::test]
async fn the_ca_serves_its_own_certificate_and_nothing_else() {
    let story = Story::begin();
    let (status, kind, der) = story.fetch(CERTIFICATE_PATH).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/pkix-cert"));
    assert_eq!(Certificate::from_der(&der).unwrap(), story.ca.certificate());
    for path in ["/", "/ca/national-ca.key", "/crl/../national-ca.key", "/national-ca.sqlite"] {
        assert_eq!(story.fetch(path).await.0, StatusCode::NOT_FOUND);
    }
}

/// Meets: C17
#[test]
fn a_list_is_made_anew_every_ten_minutes_and_is_never_served_past_its_time() {
    let story = Story::begin();
    assert_eq!(story.current_number(), 1);
    story.pass(599);
    assert_eq!(story.current_number(), 1);
    story.pass(1);
    assert_eq!(story.current_number(), 2);
    // Also after a long sleep, and whatever asked last.
    story.pass(30 * 86_400);
    let certificate = signing(&story.ca).certificate;
    let list = story.ca.current_crl().unwrap();
    assert_eq!(list.number, 3);
    let trust = story.trust();
    trust.install_crl(&list.der, story.watch.now()).unwrap();
    trust.check(&certificate, Purpose::MessageSigning, story.watch.now()).unwrap();
}

/// Defends: A7
#[test]
fn numbers_grow_over_restarts_and_among_processes() {
    let story = Story::begin();
    assert_eq!(story.ca.publish_crl().unwrap().number, 1);
    assert_eq!(story.another_process().publish_crl().unwrap().number, 2);
    let processes: Vec<_> = (0..4).map(|_| story.another_process()).collect();
    let mut numbers: Vec<u64> = std::thread::scope(|scope| {
        let publishing: Vec<_> = processes
            .iter()
            .map(|ca| scope.spawn(|| (0..5).map(|_| ca.publish_crl().unwrap().number).collect::<Vec<_>>()))
            .collect();
        publishing.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    numbers.sort_unstable();
    assert_eq!(numbers, (3..=22).collect::<Vec<_>>());
    assert_eq!(story.another_process().current_crl().unwrap().number, 22);
}

#[test]
fn of_many_that_find_a_list_due_one_makes_it() {
    let story = Story::begin();
    let processes: Vec<_> = (0..4).map(|_| story.another_process()).collect();
    std::thread::scope(|scope| {
        for ca in &processes {
            scope.spawn(|| assert_eq!(ca.current_crl().unwrap().number, 1));
        }
    });
}

#[test]
fn a_revocation_is_for_good_and_a_repeat_changes_nothing() {
    let story = Story::begin();
    let serial = signing(&story.ca).certificate.serial();
    assert_eq!(story.ca.record(serial).unwrap().status, Status::InForce);
    let first = story.ca.revoke(serial, RevocationReason::Superseded).unwrap();
    story.pass(60);
    assert_eq!(story.ca.revoke(serial, RevocationReason::KeyCompromise).unwrap(), first);
    assert_eq!(story.ca.record(serial).unwrap().status, Status::Revoked(first));
    let stranger = Serial::from_octets(&[7]).unwrap();
    let unknown = story.ca.revoke(stranger, RevocationReason::Unspecified);
    assert!(matches!(unknown, Err(CaError::UnknownSerial(serial)) if serial == stranger));

    let registry = rusqlite::Connection::open(story.folder.join("national-ca.sqlite")).unwrap();
    story.ca.publish_crl().unwrap();
    for forbidden in [
        "UPDATE certificate SET revoked_at = NULL, reason = NULL",
        "DELETE FROM certificate",
        "DELETE FROM list",
        "UPDATE list SET number = 1000",
    ] {
        assert!(registry.execute(forbidden, []).is_err(), "{forbidden}");
    }
}

#[test]
fn what_is_issued_is_in_the_registry_and_ends_no_later_than_the_ca() {
    let story = Story::begin();
    let organisation =
        Organisation { name: "Портал".parse().unwrap(), bin: "500140000126".parse().unwrap() };
    let profile = Profile::ParticipantTls { organisation, host_names: vec!["portal.test".into()] };
    let request = IssueRequest { profile, suite: SuiteId::Rsa2048, life_days: 36_500 };
    let issued = story.ca.issue(request.clone()).unwrap();
    assert_eq!(issued.certificate.not_after(), story.ca.certificate().not_after());
    let [record] = <[_; 1]>::try_from(story.ca.records(10).unwrap()).unwrap();
    assert_eq!(record.certificate, issued.certificate);
    assert_eq!((record.serial, record.profile.as_str()), (issued.certificate.serial(), "participant-tls"));
    assert_eq!(record.issued_at, story.watch.now());
    for life_days in [0, 36_501] {
        let refused = story.ca.issue(IssueRequest { life_days, ..request.clone() });
        assert!(matches!(refused, Err(CaError::Life)));
    }
}

#[test]
fn a_ca_is_not_made_over_another_and_its_key_is_its_own() {
    let story = Story::begin();
    let again = NationalCa::init(&story.folder, &root_request(), settings(), story.watch.clone());
    assert!(matches!(again, Err(CaError::AlreadyThere(_))));
    let mode = |name: &str| fs::metadata(story.folder.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("national-ca.key"), mode(".")), (0o600, 0o700));
    assert_eq!((mode("national-ca.sqlite"), mode("national-ca.sqlite-wal")), (0o600, 0o600));
    assert_eq!(story.another_process().certificate(), story.ca.certificate());
    let unsound = Settings { crl_renewal_seconds: 3600, ..settings() };
    let opened = NationalCa::open(&story.folder, unsound, story.watch.clone());
    assert!(matches!(opened, Err(CaError::Renewal)));
}

/// A restored CA knows what it issued and revoked, and its next list is believed by those who saw newer ones.
///
/// Defends: A7
#[test]
fn a_restored_ca_goes_on_above_every_list_ever_published() {
    let story = Story::begin();
    let issued = signing(&story.ca);
    let revoked = signing(&story.ca);
    story.ca.revoke(revoked.certificate.serial(), RevocationReason::KeyCompromise).unwrap();
    story.ca.publish_crl().unwrap();
    let file = story.folder.join("ca.backup");
    national_ca::backup(&story.folder, &file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(national_ca::backup(&story.folder, &file), Err(CaError::AlreadyThere(_))));
    let trust = story.trust();
    let newer = story.ca.publish_crl().unwrap();
    trust.install_crl(&newer.der, story.watch.now()).unwrap();

    let elsewhere = story.folder.join("restored");
    for _ in 0..2 {
        let _absent = fs::remove_dir_all(&elsewhere);
        story.pass(1);
        let list = national_ca::restore(&file, &elsewhere, settings(), story.watch.clone()).unwrap();
        let summary = trust.install_crl(&list.der, story.watch.now()).expect("no number goes back");
        assert_eq!(summary.revoked_count, 1);
    }
    assert!(matches!(
        national_ca::restore(&file, &elsewhere, settings(), story.watch.clone()),
        Err(CaError::AlreadyThere(_))
    ));
    let key = fs::metadata(elsewhere.join("national-ca.key")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
    let restored = NationalCa::open(&elsewhere, settings(), story.watch.clone()).unwrap();
    assert_eq!(restored.certificate(), story.ca.certificate());
    assert_eq!(restored.record(issued.certificate.serial()).unwrap().status, Status::InForce);
    assert!(matches!(restored.record(revoked.certificate.serial()).unwrap().status, Status::Revoked(_)));
    let number = restored.current_crl().unwrap().number;
    assert_eq!(restored.publish_crl().unwrap().number, number + 1);
}

#[test]
fn what_is_no_backup_of_a_ca_is_not_restored() {
    let story = Story::begin();
    let elsewhere = story.folder.join("restored");
    let text = story.folder.join("text");
    fs::write(&text, "not a database").unwrap();
    for file in [text, story.folder.join("national-ca.sqlite"), story.folder.join("nothing")] {
        national_ca::restore(&file, &elsewhere, settings(), story.watch.clone()).unwrap_err();
        assert!(!elsewhere.join("national-ca.crt").exists());
    }
}
