//! Deltas, OCSP and the national CA's new keys, fetched from a door that stands for the CA's.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use envelope::{SoapVersion, TokenForm};
use http::StatusCode;
use participant::{CrlNotTaken, Host};
use pki::issue::{Authority, Profile, Request, RevokedEntry};
use pki::ocsp::{Asked, CertificateStatus, Responder};
use pki::{
    CaService, CrlError, DeltaContents, FileSigner, Purpose, RevocationReason, Serial, SuiteId, TrustError,
};
use terms::Clock as _;
use transport::{ClientAuth, ClientLimits, HttpClient};

use crate::world::{CLIENT, DAY, Door, SERVER, World, authority, organisation};

fn delta(world: &World, ca: &Authority, (number, base): (u64, u64), suspended: &[Serial]) -> Vec<u8> {
    let since = world.clock.now();
    let reason = RevocationReason::CertificateHold;
    let revoked: Vec<_> =
        suspended.iter().map(|serial| RevokedEntry { serial: *serial, since, reason }).collect();
    let next_update = since.plus_seconds(600);
    let contents =
        DeltaContents { number, base, this_update: since, next_update, revoked: &revoked, resumed: &[] };
    ca.issue_delta_crl(&contents).unwrap()
}

fn client(host: &Host) -> HttpClient {
    HttpClient::new(Some(&host.identity), &host.roots, ClientLimits::default()).unwrap()
}

/// Meets: C17
/// Defends: A7
#[tokio::test]
async fn full_lists_and_deltas_are_installed_together_and_both_kept_over_a_restart() {
    let world = World::new();
    world.learn_by(SERVER, "url = \"file:list.crl\"\nalso = [\"file:delta.crl\"]");
    let suspended = world.renew_signing(SERVER, (-1, 100));
    world.write(SERVER, "delta.crl", delta(&world, &world.national_ca, (3, 2), &[suspended.serial()]));
    world.write(SERVER, "list.crl", world.list(1, &[]));
    let host = world.host(SERVER);
    let refused = host.refresh_crl(&client(&host)).await;
    let expected = CrlError::DeltaWithoutBase { base: 2, held: Some(1) };
    assert!(matches!(&refused, Err(CrlNotTaken::NotBelieved(error)) if *error == expected), "{refused:?}");
    world.write(SERVER, "list.crl", world.list(2, &[]));
    host.refresh_crl(&client(&host)).await.unwrap();

    let check = |host: &Host| host.trust.check(&suspended, Purpose::MessageSigning, host.now());
    assert!(matches!(check(&host), Err(TrustError::Revoked { .. })));
    drop(host);
    let host = world.host(SERVER);
    assert_eq!(host.trust.delta_crl().map(|delta| delta.number), Some(3), "before anything is fetched");
    assert!(matches!(check(&host), Err(TrustError::Revoked { .. })));
    // A full list that has overtaken the delta is no failure of the delta's.
    world.write(SERVER, "list.crl", world.list(4, &[]));
    assert_eq!(host.refresh_crl(&client(&host)).await.unwrap().number, 4);
    check(&host).unwrap();
}

/// A door that answers OCSP questions as it is told, and counts them.
struct Ocsp {
    status: Mutex<Option<CertificateStatus>>,
    asked: AtomicU32,
    responder: Responder,
}

impl Ocsp {
    fn new(world: &World) -> Arc<Self> {
        let life = (world.clock.now().plus_seconds(-DAY), world.clock.now().plus_seconds(DAY));
        let issued = world.national_ca.issue_service(
            CaService::OcspResponder,
            &"OCSP".parse().unwrap(),
            SuiteId::P256,
            life,
        );
        let issued = issued.unwrap();
        let signer =
            FileSigner::from_pem(issued.key_pem.expose_secret(), &issued.certificate.to_pem()).unwrap();
        let responder = Responder::new(world.national_ca.certificate().clone(), signer);
        let status = Mutex::new(Some(CertificateStatus::Good));
        Arc::new(Self { status, asked: AtomicU32::new(0), responder })
    }

    async fn open(self: &Arc<Self>, world: &World) -> Door {
        let (ocsp, clock) = (self.clone(), world.clock.clone());
        let answer = move |question: Bytes| async move {
            ocsp.asked.fetch_add(1, Ordering::SeqCst);
            let Some(status) = *ocsp.status.lock().unwrap() else { return Err(StatusCode::NOT_FOUND) };
            let asked = Asked::read(&question).unwrap();
            Ok(ocsp.responder.answer(&asked, |_| status, clock.now(), None).unwrap())
        };
        Door::open(&world.host(CLIENT), ClientAuth::Required, Router::new().route("/ocsp", post(answer)))
            .await
    }

    fn say(&self, status: Option<CertificateStatus>) {
        *self.status.lock().unwrap() = status;
    }
}

/// Meets: C17
/// Defends: A7
#[tokio::test(flavor = "multi_thread")]
async fn where_ocsp_is_required_the_first_message_waits_for_a_reply_and_the_others_do_not() {
    let world = World::new();
    let ocsp = Ocsp::new(&world);
    let door = ocsp.open(&world).await;
    let url = door.url("/ocsp");
    world.learn_by(SERVER, &format!("url = \"file:list.crl\"\nocsp_url = \"{url}\"\nocsp = \"required\""));
    let host = world.host_with_list(SERVER);
    let signer = world.host(CLIENT).signer();
    let sealed = envelope::seal(
        SoapVersion::V11,
        "<a xmlns=\"urn:a\"></a>",
        signer.as_ref(),
        host.now(),
        TokenForm::BinarySecurityToken,
    );
    let sealed = Bytes::from(sealed.unwrap());
    for _ in 0..3 {
        let (_, body) = host.open_message(sealed.clone(), host.now()).await.unwrap();
        let by = body.evidence().checked_by;
        assert_eq!((by.list, by.ocsp), (Some(1), Some(host.now())), "{by}");
    }
    assert_eq!(ocsp.asked.load(Ordering::SeqCst), 1);

    // A responder that is away is noticed when the reply is over, and not before.
    ocsp.say(None);
    world.clock.advance(300);
    host.open_message(sealed.clone(), host.now()).await.unwrap();
    world.clock.advance(1);
    assert!(matches!(
        host.open_message(sealed.clone(), host.now()).await,
        Err(envelope::Refused::CrlMissing)
    ));
    let since = host.now();
    let reason = RevocationReason::KeyCompromise;
    ocsp.say(Some(CertificateStatus::Revoked { since, reason }));
    assert!(matches!(host.open_message(sealed, host.now()).await, Err(envelope::Refused::SignerRevoked)));
    let checked = host.check_by_all_sources(signer.certificate(), Purpose::MessageSigning, since).await;
    assert_eq!(checked, Err(TrustError::Revoked { since, reason }));
}

/// Meets: C3, C17
/// Defends: A27
#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_of_the_national_ca_and_its_lists_are_taken_up_by_the_word_of_the_old_one() {
    let world = World::new();
    let next = authority();
    let link = world.national_ca.link_to(next.certificate()).unwrap();
    let old_root = world.national_ca.certificate().to_pem();
    let roots = Arc::new(Mutex::new(old_root.clone()));
    let served = roots.clone();
    let full = |ca: &Authority| {
        let (this_update, next_update) = (world.clock.now(), world.clock.now().plus_seconds(DAY));
        ca.issue_crl(&pki::issue::CrlContents { number: 1, this_update, next_update, revoked: &[] }).unwrap()
    };
    let (of_old, of_new) = (full(&world.national_ca), full(&next));
    let link = link.to_pem();
    let router = Router::new()
        .route("/crl/index.txt", get(|| async { "/crl/old.crl\n/crl/new.crl\nnonsense\n" }))
        .route("/crl/old.crl", get(|| async move { of_old }))
        .route("/crl/new.crl", get(|| async move { of_new }))
        .route("/ca/roots.pem", get(move || async move { served.lock().unwrap().clone() }))
        .route("/ca/links.pem", get(move || async move { link }));
    let door = Door::open(&world.host(CLIENT), ClientAuth::Required, router).await;
    let [list, index, roots_url, links_url] =
        ["/crl/old.crl", "/crl/index.txt", "/ca/roots.pem", "/ca/links.pem"].map(|path| door.url(path));
    world.learn_by(
        SERVER,
        &format!(
            "url = \"{list}\"\nindex_url = \"{index}\"\nroots_url = \"{roots_url}\"\nlinks_url = \"{links_url}\""
        ),
    );
    let host = world.host(SERVER);
    let client = client(&host);
    // The new key's list is not believed yet; as only the table names it, that is no failure.
    host.refresh_crl(&client).await.unwrap();
    let request = Request {
        profile: Profile::ParticipantSigning { organisation: organisation(CLIENT) },
        suite: SuiteId::P256,
        not_before: host.now().plus_seconds(-DAY),
        not_after: host.now().plus_seconds(DAY),
        crl_url: list.clone(),
    };
    let certificate = next.issue(&request).unwrap().certificate;
    let check = || host.trust.check(&certificate, Purpose::MessageSigning, host.now());
    assert_eq!(check(), Err(TrustError::UnknownIssuer));

    // A stranger's certificate beside the old one changes nothing.
    *roots.lock().unwrap() = format!("{old_root}{}", authority().certificate().to_pem());
    host.take_up_new_roots(&client).await.unwrap();
    assert_eq!(host.trust.roots().len(), 1);
    *roots.lock().unwrap() = format!("{old_root}{}", next.certificate().to_pem());
    host.take_up_new_roots(&client).await.unwrap();
    assert_eq!(host.trust.roots().len(), 2);
    host.refresh_crl(&client).await.unwrap();
    check().unwrap();
    assert_eq!(world.host(SERVER).trust.roots().len(), 2, "also after a restart");
}
