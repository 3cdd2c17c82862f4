//! A receipt proves itself, with and without us, and no altered one does.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pki::{Certificate, CrlPolicy, Purpose, SuiteId, Trust};
use transport::Browser;
use xml::Limits;
use xml::dsig::verify_enveloped;

use crate::facts::Seeded;
use crate::talk::{Client, recipient};
use crate::world::{Setup, World};

/// How many bent receipts of each form are tried here; long runs take more.
const MUTATIONS: usize = 4_000;

/// What a bent document says, where it is believed.
fn believed(document: &[u8], trust: &Trust) -> Option<Vec<u8>> {
    let signed = verify_enveloped(document, &Limits::DOCUMENT).ok()?;
    let signer = signed.certificate();
    trust.check_without_revocation(signer, Purpose::MessageSigning, signer.not_before()).ok()?;
    Some(signed.octets().to_vec())
}

/// What a bent compact receipt says, where it is believed.
fn believed_compact(text: &str, certificate: &Certificate) -> Option<Vec<u8>> {
    let (said, signature) = text.strip_prefix(gateway::receipt::COMPACT_PREFIX)?.split_once('.')?;
    let said = URL_SAFE_NO_PAD.decode(said).ok()?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    pki::suite_of(certificate)
        .unwrap()
        .verify(certificate.public_key(), &said, &signature)
        .ok()
        .map(|()| said)
}

/// Alters an octet, drops one or puts one in.
fn bent(octets: &[u8], chance: &mut Seeded) -> Vec<u8> {
    let mut bent = octets.to_vec();
    let place = chance.below(bent.len());
    match chance.below(4) {
        0 => drop(bent.remove(place)),
        1 => bent.insert(place, b'0' + u8::try_from(chance.below(10)).unwrap()),
        2 => bent[place] ^= 1 << chance.below(8),
        _ => bent[place] = b'0' + u8::try_from(chance.below(75)).unwrap(),
    }
    bent
}

/// The signed XML: an independent tool believes it, and nothing that says something else is believed.
///
/// Meets: C16, T1.28-30
/// Defends: A18
#[tokio::test(flavor = "multi_thread")]
async fn a_bent_receipt_is_never_believed() {
    bend(&World::with(Setup { suite: SuiteId::P256, ..Setup::default() }).await, true).await;
}

/// The same, signed by GOST, which the independent tool does not know; how its parts are judged stands in the tests
/// of `envelope`.
///
/// Meets: C16, T1.28-30
/// Defends: A18
#[tokio::test(flavor = "multi_thread")]
async fn a_bent_receipt_signed_by_gost_is_never_believed() {
    bend(&World::with(Setup { suite: SuiteId::Gost512, ..Setup::default() }).await, false).await;
}

async fn bend(world: &World, is_judged: bool) {
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let code = bank.paid().await;
    let document = portal.ask(&portal.get_receipt(code)).await.unwrap().document.into_vec();
    let trust = Trust::new(vec![world.national_ca.certificate().clone()], CrlPolicy::default());
    let genuine = believed(&document, &trust).expect("the genuine receipt is believed");

    let judge = |octets: &[u8]| {
        let file = world.path("receipt.xml");
        std::fs::write(&file, octets).unwrap();
        Command::new("xmlsec1")
            .args(["--verify", "--verification-time", "2026-11-23 12:00:00", "--trusted-pem"])
            .arg(world.path("national-ca.pem"))
            .arg(&file)
            .output()
            .expect("xmlsec1 (Debian: xmlsec1) must be installed to judge signatures")
    };
    if is_judged {
        let verdict = judge(&document);
        assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stderr));
        let forged = String::from_utf8(document.clone()).unwrap().replace("1725.00", "9725.00");
        assert!(!judge(forged.as_bytes()).status.success(), "the judge must judge");
    }

    let mut chance = Seeded(18);
    for round in 0..MUTATIONS {
        let bent = bent(&document, &mut chance);
        // What lies outside the signed content (the XML declaration, line ends of base64) may differ; what is said may not.
        if let Some(said) = believed(&bent, &trust) {
            assert_eq!(said, genuine, "round {round}: {}", String::from_utf8_lossy(&bent));
        }
    }
    world.chain().await;
}

/// The compact receipt of the QR code.
///
/// Defends: A18
#[tokio::test(flavor = "multi_thread")]
async fn a_bent_compact_receipt_is_never_believed() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let code = bank.paid().await;
    let (receipt, _) = gateway::receipt::receipt_of(&world.cx(), code).await.unwrap().expect("it is paid");
    let signer = pki::FileSigner::load(world.path("qr.key"), world.path("qr.pem")).unwrap();
    let certificate = pki::Signer::certificate(&signer).clone();
    let compact = gateway::receipt::compact(&receipt, &signer).unwrap();
    let genuine = believed_compact(&compact, &certificate).expect("the genuine one is believed");
    let said = String::from_utf8(genuine.clone()).unwrap();
    assert!(said.contains(&code.digits()) && said.contains("172500"), "{said}");
    assert!(!said.contains(&recipient().number.to_string()), "the whole number is not in the QR code");

    let mut chance = Seeded(81);
    for round in 0..MUTATIONS {
        let bent = String::from_utf8_lossy(&bent(compact.as_bytes(), &mut chance)).into_owned();
        if let Some(said) = believed_compact(&bent, &certificate) {
            assert_eq!(said, genuine, "round {round}: {bent}");
        }
    }
}

/// The public check says genuine, used or nothing at all, and never for whom.
///
/// Meets: T1.28-30
/// Defends: A18
#[tokio::test(flavor = "multi_thread")]
async fn the_public_check_tells_the_state_and_no_name() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let code = bank.paid().await;
    let shown = portal.ask(&portal.get_receipt(code)).await.unwrap().url.to_string();
    let check = shown.replace("/r/", "/v/");
    let mut browser = Browser::new(None, &world.roots()).unwrap();
    let page = browser.get(&check).await.unwrap();
    assert!(page.body.contains("data-result=\"genuine\""), "{}", page.body);
    for personal in
        [recipient().number.to_string(), recipient().name.to_string(), code.digits(), code.to_string()]
    {
        assert!(!page.body.contains(&personal), "{personal} is shown to everybody");
    }
    portal.ask(&portal.bind(code, 1)).await.unwrap();
    portal.ask(&portal.delivered(code, 1)).await.unwrap();
    assert!(browser.get(&check).await.unwrap().body.contains("data-result=\"used\""));

    let token = check.rsplit('/').next().unwrap().to_owned();
    let mut chance = Seeded(128);
    for _ in 0..200 {
        let mut other = token.clone().into_bytes();
        let place = chance.below(other.len());
        other[place] = if other[place] == b'0' { b'f' } else { b'0' };
        let other = check.replace(&token, std::str::from_utf8(&other).unwrap());
        let page = browser.get(&other).await.unwrap();
        assert_eq!(page.status, 404);
        assert!(page.body.contains("data-result=\"false\""));
    }
    // What the framework refuses is said on a page as well.
    let page = browser.post_form(&format!("{check}?lang=ru"), &[]).await.unwrap();
    assert_eq!(page.status, 405);
    assert!(page.body.contains("так не открывается") && page.body.contains("<html"), "{}", page.body);
}
