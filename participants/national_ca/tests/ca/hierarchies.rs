//! Hierarchies side by side, and the roll-over of an issuing key while everything goes on.

use std::fs;
use std::sync::Arc;

use national_ca::{CaError, FIRST_HIERARCHY, IssueRequest, LINKS_PATH, NationalCa, ROOTS_PATH, RootRequest};
use pki::issue::{Organisation, Profile};
use pki::ocsp::{CertificateStatus, Question};
use pki::time_stamp::{StampQuestion, token_of, verify};
use pki::{Certificate, CrlPolicy, Purpose, RevocationReason, SuiteId, Trust, TrustError, Wanted};
use terms::Clock as _;

use crate::story::{Story, settings, signing};

const NONCE: &[u8] = b"sixteen octets..";
/// The suite of the second hierarchy.
const SECOND: SuiteId = SuiteId::Gost512;

fn second_root() -> RootRequest {
    RootRequest { common_name: "ҰКО екінші".parse().unwrap(), suite: SECOND, life_days: 3650 }
}

fn request(suite: SuiteId) -> IssueRequest {
    let organisation =
        Organisation { name: "Портал".parse().unwrap(), bin: "500140000126".parse().unwrap() };
    IssueRequest { profile: Profile::ParticipantSigning { organisation }, suite, life_days: 365 }
}

fn certificates(pem: &[u8]) -> Vec<Certificate> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = std::str::from_utf8(pem).unwrap();
    let parts = text.split_inclusive(END).filter(|part| part.ends_with(END));
    parts.map(|part| Certificate::from_pem(part).unwrap()).collect()
}

/// Everything that a participant fetches of every key.
fn bring_up_to_date(ca: &NationalCa, trust: &Trust, story: &Story) {
    for key in ca.issuing_keys().unwrap() {
        for list in [ca.current_crl_of(&key.name).unwrap(), ca.current_delta_of(&key.name).unwrap()] {
            trust.install_crl(&list.der, story.watch.now()).unwrap();
        }
    }
}

/// Meets: C3, C17
#[tokio::test]
async fn two_hierarchies_each_issue_revoke_answer_and_stamp_for_themselves() {
    let story = Story::begin();
    let key = story.another_process().add_hierarchy("second", &second_root()).unwrap();
    assert_eq!((key.name.as_str(), key.certificate.public_key().suite()), ("second-2", Some(SECOND)));
    let again = story.ca.add_hierarchy("second", &second_root());
    assert!(matches!(again, Err(CaError::AlreadyThere(_))));
    assert!(matches!(story.ca.add_hierarchy("Second/", &second_root()), Err(CaError::Name)));

    // The running process certifies a key in the hierarchy of its suite.
    let first = signing(&story.ca).certificate;
    let second = story.ca.issue(request(SECOND)).unwrap().certificate;
    assert!(first.is_issued_by(&story.ca.certificate()) && second.is_issued_by(&key.certificate));
    let chosen = story.ca.issue_in("second", request(SuiteId::P256)).unwrap().certificate;
    assert!(chosen.is_issued_by(&key.certificate));

    let roots = certificates(&story.fetch(ROOTS_PATH).await.2);
    assert_eq!(roots, [story.ca.certificate(), key.certificate.clone()]);
    let trust = Trust::new(roots.clone(), CrlPolicy::default());
    bring_up_to_date(&story.ca, &trust, &story);
    let check = |certificate| trust.check(certificate, Purpose::MessageSigning, story.watch.now());
    check(&first).unwrap();
    check(&second).unwrap();
    story.ca.revoke(second.serial(), RevocationReason::KeyCompromise).unwrap();
    bring_up_to_date(&story.ca, &trust, &story);
    check(&first).unwrap();
    assert!(matches!(check(&second), Err(TrustError::Revoked { .. })));

    for (certificate, issuer, is_good) in
        [(&first, story.ca.certificate(), true), (&second, key.certificate.clone(), false)]
    {
        let wanted = Wanted { certificate: certificate.clone(), issuer };
        let reply = story.ca.answer_ocsp(&Question::new(&wanted, NONCE).unwrap().der);
        let reply = trust.install_ocsp(&wanted, Some(NONCE), &reply, story.watch.now()).unwrap();
        assert_eq!(reply.status == CertificateStatus::Good, is_good);
    }
    let question = StampQuestion::new(&[1; 32], NONCE).unwrap().der;
    for (hierarchy, root) in [(FIRST_HIERARCHY, &roots[0]), ("second", &roots[1])] {
        let token = token_of(&story.ca.answer_stamp(hierarchy, &question).unwrap()).unwrap();
        let stamp = verify(&token, &[1; 32], Some(NONCE), &roots, story.watch.now()).unwrap();
        assert!(stamp.authority.is_issued_by(root));
    }
}

/// Meets: C3, C18
/// Defends: A27
#[tokio::test]
async fn an_issuing_key_is_rolled_over_while_the_old_one_goes_on_answering() {
    let story = Story::begin();
    let old_root = story.ca.certificate();
    let before = signing(&story.ca).certificate;
    let trust = Trust::new(vec![old_root.clone()], CrlPolicy::default());
    bring_up_to_date(&story.ca, &trust, &story);

    let key = story.another_process().roll_over(FIRST_HIERARCHY, None, 3650).unwrap();
    assert_ne!(key.certificate, old_root);
    assert_eq!(key.certificate.subject().common_name, old_root.subject().common_name);
    assert_eq!(story.ca.issuing_keys().unwrap().iter().filter(|key| key.issues).count(), 1);
    let after = signing(&story.ca).certificate;
    assert!(after.is_issued_by(&key.certificate) && before.is_issued_by(&old_root));

    // Whoever trusts the old key learns the new one by its word.
    let roots = certificates(&story.fetch(ROOTS_PATH).await.2);
    let links = certificates(&story.fetch(LINKS_PATH).await.2);
    let taken = pki::roots_taken_over(std::slice::from_ref(&old_root), &roots, &links);
    assert_eq!(taken, [old_root.clone(), key.certificate.clone()]);
    trust.renew_roots(taken);
    let check = |certificate| trust.check(certificate, Purpose::MessageSigning, story.watch.now());
    check(&before).unwrap();
    assert_eq!(check(&after), Err(TrustError::CrlMissing));
    bring_up_to_date(&story.ca, &trust, &story);
    check(&after).unwrap();

    // The old key still revokes what it issued, by lists and by OCSP.
    story.ca.revoke(before.serial(), RevocationReason::Superseded).unwrap();
    bring_up_to_date(&story.ca, &trust, &story);
    assert!(matches!(check(&before), Err(TrustError::Revoked { .. })));
    check(&after).unwrap();
    let wanted = Wanted { certificate: before, issuer: old_root };
    let reply = story.ca.answer_ocsp(&Question::new(&wanted, NONCE).unwrap().der);
    let reply = trust.install_ocsp(&wanted, Some(NONCE), &reply, story.watch.now()).unwrap();
    assert!(matches!(reply.status, CertificateStatus::Revoked { .. }));
    // Another roll-over, to another suite, links on.
    let next = story.ca.roll_over(FIRST_HIERARCHY, Some(SECOND), 3650).unwrap();
    let links = certificates(story.ca.links_pem().unwrap().as_bytes());
    assert_eq!(pki::roots_taken_over(&roots, std::slice::from_ref(&next.certificate), &links).len(), 3);
    assert!(matches!(story.ca.roll_over("nobody", None, 3650), Err(CaError::UnknownIssuer(_))));
}

/// Defends: A27
#[test]
fn nobody_is_taken_for_a_new_key_of_the_ca_but_by_the_word_of_an_old_one() {
    let (story, stranger) = (Story::begin(), Story::begin());
    let old = story.ca.certificate();
    let held = [old.clone()];
    let foreign = stranger.ca.roll_over(FIRST_HIERARCHY, None, 3650).unwrap().certificate;
    let foreign_links = certificates(stranger.ca.links_pem().unwrap().as_bytes());
    let next = story.ca.roll_over(FIRST_HIERARCHY, None, 3650).unwrap().certificate;
    let links = certificates(story.ca.links_pem().unwrap().as_bytes());
    for (offered, links) in [
        (foreign.clone(), foreign_links.clone()),
        (stranger.ca.certificate(), foreign_links),
        (foreign, links.clone()),
        (next.clone(), Vec::new()),
        // A participant of the CA is no CA, whatever is offered with it.
        (signing(&story.ca).certificate, links.clone()),
        (links[0].clone(), links.clone()),
    ] {
        assert_eq!(pki::roots_taken_over(&held, &[offered], &links), held);
    }
    assert_eq!(pki::roots_taken_over(&held, &[next], &links).len(), 2);
}

/// Defends: A27
#[test]
fn a_backup_has_every_issuing_key() {
    let story = Story::begin();
    story.ca.add_hierarchy("second", &second_root()).unwrap();
    story.ca.roll_over(FIRST_HIERARCHY, None, 3650).unwrap();
    let (file, elsewhere) = (story.folder.join("ca.backup"), story.folder.join("restored"));
    national_ca::backup(&story.folder, &file).unwrap();
    national_ca::restore(&file, &elsewhere, settings(), story.watch.clone()).unwrap();
    let restored = Arc::new(NationalCa::open(&elsewhere, settings(), story.watch.clone()).unwrap());
    assert_eq!(restored.issuing_keys().unwrap(), story.ca.issuing_keys().unwrap());
    for key in restored.issuing_keys().unwrap() {
        let now = u64::try_from(story.watch.now().unix_seconds()).unwrap();
        assert!(restored.current_crl_of(&key.name).unwrap().number >= now);
        assert!(fs::exists(elsewhere.join(format!("{}.key", key.name))).unwrap());
    }
}
