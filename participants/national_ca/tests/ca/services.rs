//! OCSP and time stamps over the CA's addresses, with `openssl` as the stranger who asks.

use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;
use national_ca::{OCSP_PATH, STAMP_PATH, Settings};
use pki::ocsp::{CertificateStatus, OcspError, OcspReply, Question};
use pki::time_stamp::{StampQuestion, token_of, verify};
use pki::{Certificate, Purpose, RevocationReason, TrustError, Wanted};
use terms::Clock as _;

use crate::story::{Story, settings, signing};

const NONCE: &[u8] = b"sixteen octets..";
const OCSP_REQUEST: &str = "application/ocsp-request";
const STAMP_REQUEST: &str = "application/timestamp-query";

impl Story {
    fn wanted(&self, certificate: &Certificate) -> Wanted {
        Wanted { certificate: certificate.clone(), issuer: self.ca.certificate() }
    }

    async fn ocsp(&self, certificate: &Certificate) -> Result<OcspReply, OcspError> {
        let wanted = self.wanted(certificate);
        let question = Question::new(&wanted, NONCE).unwrap().der;
        let (status, kind, by_post) = self.post(OCSP_PATH, OCSP_REQUEST, question.clone()).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/ocsp-response"));
        let in_url =
            BASE64_STANDARD.encode(&question).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let (status, _, by_get) = self.fetch(&format!("{OCSP_PATH}/{in_url}")).await;
        assert_eq!(status, StatusCode::OK);
        let [by_post, by_get] = [by_post, by_get]
            .map(|reply| self.trust().install_ocsp(&wanted, Some(NONCE), &reply, self.watch.now()));
        assert_eq!(by_post, by_get);
        by_post
    }

    fn openssl(&self, arguments: &str) -> String {
        let output = Command::new("openssl")
            .current_dir(&self.folder)
            .args(arguments.split_whitespace())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "openssl {arguments}\n{text}");
        text
    }
}

/// Meets: C17
#[tokio::test]
async fn the_responder_knows_a_certificates_whole_life_at_once() {
    let story = Story::begin();
    let certificate = signing(&story.ca).certificate;
    let reply = story.ocsp(&certificate).await.unwrap();
    let next_update = Some(story.watch.now().plus_seconds(300));
    assert_eq!((reply.status, reply.next_update), (CertificateStatus::Good, next_update));

    let since = story.watch.now();
    let another = story.another_process();
    another.suspend(certificate.serial()).unwrap();
    let reason = RevocationReason::CertificateHold;
    let suspended = CertificateStatus::Revoked { since, reason };
    assert_eq!(story.ocsp(&certificate).await.unwrap().status, suspended);
    another.resume(certificate.serial()).unwrap();
    assert_eq!(story.ocsp(&certificate).await.unwrap().status, CertificateStatus::Good);
    // One that the CA's key signed and its registry does not know.
    let stranger = Story::begin();
    let unknown = signing(&stranger.ca).certificate;
    assert_eq!(story.ocsp(&unknown).await.unwrap().status, CertificateStatus::Unknown);
}

#[tokio::test]
async fn a_reply_may_lack_its_next_update_and_questions_are_bounded() {
    let story = Story::begin_with(Settings { ocsp_life_seconds: 0, ..settings() });
    let certificate = signing(&story.ca).certificate;
    assert_eq!(story.ocsp(&certificate).await.unwrap().next_update, None);
    let refused = async |body: Vec<u8>| story.post(OCSP_PATH, OCSP_REQUEST, body).await;
    assert_eq!(refused(vec![0x30; 5000]).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    // The answer "malformed request", unsigned.
    assert_eq!(refused(vec![1, 2, 3]).await.2, [0x30, 3, 0x0a, 1, 1]);
    let other = Story::begin();
    let question = Question::new(&other.wanted(&certificate), NONCE).unwrap().der;
    assert_eq!(refused(question).await.2, [0x30, 3, 0x0a, 1, 6]);
    assert_eq!(story.post(OCSP_PATH, "text/plain", vec![]).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(story.fetch(&format!("{OCSP_PATH}/~")).await.0, StatusCode::BAD_REQUEST);
}

/// The keys of services are renewed before they end, and a revoked one is not believed.
///
/// Defends: A7, A27
#[tokio::test]
async fn a_responders_key_is_made_anew_in_time_and_may_be_revoked() {
    let story = Story::begin();
    let certificate = signing(&story.ca).certificate;
    let key = || fs::read_to_string(story.folder.join("national-ca-ocsp.crt")).unwrap();
    story.ocsp(&certificate).await.unwrap();
    let first = key();
    story.pass(22 * 86_400);
    story.ocsp(&certificate).await.unwrap();
    assert_eq!(key(), first);
    story.pass(2 * 86_400);
    story.ocsp(&certificate).await.unwrap();
    assert_ne!(key(), first);

    let responder = Certificate::from_pem(&key()).unwrap();
    story.ca.revoke(responder.serial(), RevocationReason::KeyCompromise).unwrap();
    let trust = story.trust();
    trust.install_crl(&story.ca.current_crl().unwrap().der, story.watch.now()).unwrap();
    let wanted = story.wanted(&certificate);
    let question = Question::new(&wanted, NONCE).unwrap().der;
    let reply = story.ca.answer_ocsp(&question);
    let taken = trust.install_ocsp(&wanted, Some(NONCE), &reply, story.watch.now());
    assert_eq!(taken, Err(OcspError::ResponderNotAllowed));
    let checked = trust.check(&responder, Purpose::MessageSigning, story.watch.now());
    assert!(matches!(checked, Err(TrustError::WrongUsage)), "a responder signs no messages: {checked:?}");
}

/// Meets: C16
#[tokio::test]
async fn openssl_believes_what_the_addresses_answer() {
    let story = Story::begin();
    let certificate = signing(&story.ca).certificate;
    // OpenSSL goes by the system's clock, so the story does too.
    let now = terms::Moment::from_system_clock();
    story.pass(now.seconds_since(story.watch.now()) - 60);
    let write = |name: &str, octets: &[u8]| fs::write(story.folder.join(name), octets).unwrap();
    let read = |name: &str| fs::read(story.folder.join(name)).unwrap();
    write("leaf.pem", certificate.to_pem().as_bytes());
    story.openssl("ocsp -issuer national-ca.crt -cert leaf.pem -reqout question.der");
    let (_, _, reply) = story.post(OCSP_PATH, OCSP_REQUEST, read("question.der")).await;
    write("reply.der", &reply);
    let text = story.openssl("ocsp -reqin question.der -respin reply.der -CAfile national-ca.crt");
    assert!(text.contains("Response verify OK"), "{text}");

    write("head", b"the head of a chain");
    story.openssl("ts -query -data head -sha256 -cert -out question.tsq");
    let (status, kind, reply) = story.post(STAMP_PATH, STAMP_REQUEST, read("question.tsq")).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/timestamp-reply"));
    write("reply.tsr", &reply);
    story.openssl("ts -verify -queryfile question.tsq -in reply.tsr -CAfile national-ca.crt");
}

/// Meets: C16
#[tokio::test]
async fn a_stamp_of_the_ca_is_over_the_digest_that_was_sent() {
    let story = Story::begin();
    let digest = [5; 32];
    let question = StampQuestion::new(&digest, NONCE).unwrap().der;
    let (_, _, reply) = story.post(STAMP_PATH, STAMP_REQUEST, question.clone()).await;
    let token = token_of(&reply).unwrap();
    let stamp = verify(&token, &digest, Some(NONCE), &[story.ca.certificate()], story.watch.now()).unwrap();
    assert_eq!(stamp.at, story.watch.now());
    assert_eq!(story.post("/stamp/nobody", STAMP_REQUEST, question).await.0, StatusCode::NOT_FOUND);
    let refused = story.post(STAMP_PATH, STAMP_REQUEST, vec![1]).await.2;
    assert!(token_of(&refused).is_err());
}
