//! Suspensions, deltas and their renewal, seen by somebody who fetches both lists.

use http::StatusCode;
use national_ca::{CaError, NationalCa, Settings, Status};
use pki::{Certificate, Purpose, RevocationReason, Trust, TrustError};
use terms::Clock as _;

use crate::story::{Story, settings, signing};

const FULL: &str = "/crl/national-ca.crl";
const DELTA: &str = "/crl/national-ca-delta.crl";

impl Story {
    async fn install(&self, trust: &Trust, path: &str) -> u64 {
        let (status, kind, list) = self.fetch(path).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/pkix-crl"));
        trust.install_crl(&list, self.watch.now()).unwrap().number
    }

    fn check(&self, trust: &Trust, certificate: &Certificate) -> Result<String, TrustError> {
        let trusted = trust.check(certificate, Purpose::MessageSigning, self.watch.now())?;
        Ok(trusted.source.to_string())
    }
}

/// Meets: C17
/// Defends: A7
#[tokio::test]
async fn a_suspension_and_its_end_reach_those_who_take_deltas_while_the_full_list_waits() {
    let story = Story::begin_with(Settings { full_lists_wait: true, ..settings() });
    let certificate = signing(&story.ca).certificate;
    let trust = story.trust();
    assert_eq!(story.install(&trust, FULL).await, 1);
    assert_eq!(story.install(&trust, DELTA).await, 2);
    assert_eq!(story.check(&trust, &certificate).unwrap(), "list 1, delta 2");

    let since = story.watch.now();
    story.ca.suspend(certificate.serial()).unwrap();
    assert_eq!(story.install(&trust, FULL).await, 1, "the full list waits for its time");
    assert_eq!(story.install(&trust, DELTA).await, 3);
    let reason = RevocationReason::CertificateHold;
    assert_eq!(story.check(&trust, &certificate), Err(TrustError::Revoked { since, reason }));

    story.pass(60);
    story.ca.resume(certificate.serial()).unwrap();
    assert_eq!(story.install(&trust, DELTA).await, 4);
    assert_eq!(story.check(&trust, &certificate).unwrap(), "list 1, delta 4");
    assert_eq!(story.ca.record(certificate.serial()).unwrap().status, Status::InForce);

    story.ca.suspend(certificate.serial()).unwrap();
    story.pass(600);
    assert_eq!(story.install(&trust, FULL).await, 5, "its time has come");
    assert!(story.check(&trust, &certificate).is_err());
    // Whoever stopped at the first full list takes the same delta.
    story.ca.resume(certificate.serial()).unwrap();
    let late = story.trust();
    let (_, _, delta) = story.fetch(DELTA).await;
    story.install(&late, FULL).await;
    for trust in [&trust, &late] {
        trust.install_crl(&delta, story.watch.now()).unwrap();
        assert_eq!(story.check(trust, &certificate).unwrap(), "list 5, delta 6");
    }
}

/// Defends: A7
#[tokio::test]
async fn a_delta_is_made_anew_in_its_own_time_and_whenever_a_full_list_has_overtaken_it() {
    let story = Story::begin();
    let number = |list: Result<national_ca::PublishedCrl, CaError>| list.unwrap().number;
    let delta = || number(story.ca.current_delta_of("national-ca"));
    assert_eq!(delta(), 2);
    story.pass(299);
    assert_eq!(delta(), 2);
    story.pass(1);
    assert_eq!(delta(), 3);
    assert_eq!(number(story.ca.publish_crl()), 4);
    assert_eq!(delta(), 5);
    let serial = signing(&story.ca).certificate.serial();
    story.another_process().revoke(serial, RevocationReason::Superseded).unwrap();
    assert_eq!((story.current_number(), delta()), (6, 7), "both at once");
    // After a long sleep there is a base that counts.
    story.pass(30 * 86_400);
    assert_eq!(delta(), 9);
    assert_eq!(story.fetch("/crl/somebody-delta.crl").await.0, StatusCode::NOT_FOUND);
    assert_eq!(story.fetch("/crl/national-ca.key").await.0, StatusCode::NOT_FOUND);
}

#[test]
fn only_a_suspension_is_resumed_and_it_may_become_a_revocation() {
    let story = Story::begin();
    let serial = signing(&story.ca).certificate.serial();
    assert!(matches!(story.ca.resume(serial), Err(CaError::NotSuspended(found)) if found == serial));
    let held = story.ca.suspend(serial).unwrap();
    story.pass(60);
    let revoked = story.ca.revoke(serial, RevocationReason::KeyCompromise).unwrap();
    assert_eq!((revoked.since, revoked.reason), (held.since, RevocationReason::KeyCompromise));
    assert!(matches!(story.ca.resume(serial), Err(CaError::NotSuspended(_))));
    assert_eq!(story.ca.suspend(serial).unwrap(), revoked, "for good is for good");
    let stranger = pki::Serial::from_octets(&[7]).unwrap();
    assert!(matches!(story.ca.resume(stranger), Err(CaError::UnknownSerial(_))));
    let unsound = Settings { delta_renewal_seconds: 600, ..settings() };
    let opened = NationalCa::open(&story.folder, unsound, story.watch.clone());
    assert!(matches!(opened, Err(CaError::Renewal)));
}

/// A registry from before deltas goes on: its lists keep their numbers, its revocations are in the next delta's base.
#[test]
fn a_registry_of_the_first_form_is_brought_up_to_date() {
    let story = Story::begin();
    let [revoked, other] = [signing(&story.ca), signing(&story.ca)].map(|issued| issued.certificate);
    story.ca.revoke(revoked.serial(), RevocationReason::Superseded).unwrap();
    let list = story.ca.publish_crl().unwrap();
    let path = story.folder.join("national-ca.sqlite");
    let registry = rusqlite::Connection::open(&path).unwrap();
    registry
        .execute_batch(
            "PRAGMA user_version = 0;
             CREATE TABLE old_list (number INTEGER PRIMARY KEY, this_update INTEGER NOT NULL,
                 next_update INTEGER NOT NULL, revoked_count INTEGER NOT NULL, der BLOB NOT NULL) STRICT;
             INSERT INTO old_list SELECT number, this_update, next_update, last_event, der FROM list;
             DROP TABLE list; DROP TABLE event; DROP TABLE issuer;
             ALTER TABLE old_list RENAME TO list;
             DROP TRIGGER revocation_is_for_good;
             ALTER TABLE certificate DROP COLUMN issuer;",
        )
        .unwrap();
    drop(registry);
    let ca = story.another_process();
    assert_eq!(ca.current_crl().unwrap(), list);
    assert_eq!(ca.issuing_keys().unwrap().len(), 1);
    assert!(matches!(ca.record(revoked.serial()).unwrap().status, Status::Revoked(_)));
    ca.revoke(other.serial(), RevocationReason::Superseded).unwrap();
    assert_eq!(ca.current_crl().unwrap().number, list.number + 1);
    let trust = story.trust();
    trust.install_crl(&ca.current_crl().unwrap().der, story.watch.now()).unwrap();
    trust.install_crl(&ca.current_delta_of("national-ca").unwrap().der, story.watch.now()).unwrap();
    assert!(story.check(&trust, &revoked).is_err() && story.check(&trust, &other).is_err());
}
