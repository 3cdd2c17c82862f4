//! Confidential data at rest, against a thief of the gateway's files; and the keys it is sealed with, in their folder.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use store::{Database, Store as _, StoreError};
use terms::{Channel, PaymentCode};
use wire::card::{BeginCardPayment, LookUpCardPayment};
use wire::common::{NoticeOutcome, PageChannel, PaymentState};
use wire::gateway::{BindPaymentCode, NotifyPayment, OpenPaymentPage, RequestPaymentCode};

use crate::account_page::{Payer, result};
use crate::talk::{Client, application, operator, other_operator, other_person, payer, recipient};
use crate::world::{BANK_1, CARD_PAGE, GATEWAY, World, bin, confidential_pair, until};

/// An account whose digits are found nowhere by chance.
const ACCOUNT: &str = "KZ030004718293650817";

/// A word in one of the forms in which it could lie in a file.
struct Needle {
    form: String,
    octets: Vec<u8>,
}

/// Everything a thief would look for.
fn secrets() -> Vec<String> {
    let (recipient, payer) = (recipient(), payer());
    let numbers = [recipient.number, payer.number, other_person()].map(|number| number.to_string());
    let operators = [operator().iin, other_operator().iin].map(|iin| iin.to_string());
    let names = [recipient.name, payer.name, operator().name];
    // Each part of a name by itself, however they may be ordered.
    let words = names.iter().flat_map(|name| name.as_str().split(' ')).map(str::to_owned);
    let mut all: Vec<String> = numbers.into_iter().chain(operators).chain(words).collect();
    all.extend([ACCOUNT.to_owned(), ACCOUNT[4..].to_owned()]);
    all.sort();
    all.dedup();
    all
}

fn forms_of(secret: &str) -> Vec<Needle> {
    let each = |each: &dyn Fn(u16) -> String| secret.encode_utf16().map(each).collect::<String>();
    let octets = |each: &dyn Fn(u8) -> String| secret.bytes().map(each).collect::<String>();
    let utf16_le: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_be: Vec<u8> = secret.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut forms = vec![
        ("UTF-8", secret.as_bytes().to_vec()),
        ("hexadecimal", hex::encode(secret).into_bytes()),
        ("HEXADECIMAL", hex::encode_upper(secret).into_bytes()),
        ("hexadecimal of UTF-16", hex::encode(&utf16_be).into_bytes()),
        ("HEXADECIMAL of UTF-16", hex::encode_upper(&utf16_be).into_bytes()),
        ("UTF-16LE", utf16_le),
        ("UTF-16BE", utf16_be),
        ("URL", octets(&|octet| format!("%{octet:02X}")).into_bytes()),
        ("url", octets(&|octet| format!("%{octet:02x}")).into_bytes()),
        ("JSON", each(&|unit| format!("\\u{unit:04x}")).into_bytes()),
        ("JSON, capitals", each(&|unit| format!("\\u{unit:04X}")).into_bytes()),
        ("XML", each(&|unit| format!("&#{unit};")).into_bytes()),
        ("XML, hexadecimal", each(&|unit| format!("&#x{unit:x};")).into_bytes()),
        ("octal", octets(&|octet| format!("\\{octet:03o}")).into_bytes()),
    ];
    if secret.len().is_multiple_of(2) && secret.bytes().all(|octet| octet.is_ascii_digit()) {
        forms.push(("packed digits", hex::decode(secret).unwrap()));
        let number = secret.parse::<u64>().unwrap().to_be_bytes();
        let mut number: Vec<u8> = number.into_iter().skip_while(|octet| *octet == 0).collect();
        forms.push(("a whole number", number.clone()));
        number.reverse();
        forms.push(("a whole number, reversed", number));
    }
    let mut needles: Vec<Needle> = forms
        .into_iter()
        .map(|(form, octets)| Needle { form: format!("{secret} in {form}"), octets })
        .collect();
    for shift in 0..3 {
        for (name, engine) in [("base64", STANDARD_NO_PAD), ("base64url", URL_SAFE_NO_PAD)] {
            let text = engine.encode([&vec![0; shift], secret.as_bytes()].concat());
            // The characters at both ends depend on what stands beside the secret.
            let begin = [0, 2, 3][shift];
            let end = text.len() - usize::from(!(shift + secret.len()).is_multiple_of(3));
            let octets = text.as_bytes()[begin..end].to_vec();
            needles.push(Needle { form: format!("{secret} in {name} after {shift}"), octets });
        }
    }
    needles
}

fn found_in<'n>(octets: &[u8], needles: &'n [Needle]) -> Vec<&'n str> {
    let is_there = |needle: &&Needle| memchr::memmem::find(octets, &needle.octets).is_some();
    needles.iter().filter(is_there).map(|needle| needle.form.as_str()).collect()
}

/// The looking itself is believed only because it finds every form, wherever it stands.
#[test]
fn a_secret_is_found_in_every_form() {
    for secret in secrets() {
        for shift in 0..3 {
            let before = "x".repeat(shift);
            let mut haystack = Vec::new();
            for needle in forms_of(&secret).iter().filter(|needle| !needle.form.contains("base64")) {
                haystack.extend_from_slice(before.as_bytes());
                haystack.extend_from_slice(&needle.octets);
                haystack.push(0);
            }
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                for inner in ["", "1", "12"] {
                    haystack.extend(engine.encode(format!("{inner}{secret}and more")).into_bytes());
                    haystack.push(b' ');
                }
            }
            let needles = forms_of(&secret);
            assert_eq!(found_in(&haystack, &needles).len(), needles.len(), "{secret}");
        }
    }
}

/// Every operation that leaves something on the disk; a code that was paid by each of its ways.
async fn everything_happens(world: &World) -> Vec<PaymentCode> {
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    // An outbox that fails first, so that its error is kept too.
    world.portal.mumbles(true);
    let delivered = bank.paid().await;
    until("it was tried", async || !world.portal.heard().is_empty()).await;
    world.portal.mumbles(false);
    let guess = BindPaymentCode { recipient: other_person(), ..portal.bind(delivered, 1) };
    portal.ask(&guess).await.expect_err("not its recipient");
    portal.ask(&portal.bind(delivered, 1)).await.unwrap();
    portal.ask(&portal.release(delivered, 1)).await.unwrap();
    portal.ask(&portal.bind(delivered, 1)).await.unwrap();
    portal.ask(&portal.delivered(delivered, 1)).await.unwrap();

    let at_desk = bank.paid().await;
    let ticket = portal.ask(&portal.inquire(at_desk)).await.unwrap().ticket;
    portal.ask(&portal.close_at_desk(at_desk, ticket)).await.unwrap();

    let declined = bank.issued().await;
    bank.ask(&bank.cancel(declined)).await.unwrap();
    let taken_back = bank.paid().await;
    bank.ask(&bank.reverse(taken_back)).await.unwrap();
    let disputed = bank.issued().await;
    let notice = bank.notice(disputed);
    let differs = terms::Requisites { recipient: payer(), ..notice.requisites.clone() };
    let differs = bank.ask(&NotifyPayment { requisites: differs, ..notice }).await.unwrap();
    assert_eq!(differs.outcome, NoticeOutcome::Disputed);

    let mut browser = Payer::sent_by(&portal, world, 2).await;
    browser.review(BANK_1, ACCOUNT).await;
    assert_eq!(result(&browser.confirm(BANK_1, ACCOUNT).await), Some("paid"));

    let order = RequestPaymentCode {
        channel: Channel::Card,
        application: Some(application(3)),
        ..portal.request_code()
    };
    let by_card = portal.ask(&order).await.unwrap().payment_code;
    let page = OpenPaymentPage {
        channel: PageChannel::Card,
        payment_code: Some(by_card),
        ..portal.open_account_page(3)
    };
    let url = portal.ask(&page).await.unwrap().url.to_string();
    let token: terms::OneTimeToken = url.rsplit('/').next().unwrap().parse().unwrap();
    let card_page = Client::of(world.caller(CARD_PAGE));
    let browser = terms::BrowserDigest::from_bytes([1; 32]);
    let look = LookUpCardPayment { header: card_page.header(), token: token.clone(), browser };
    card_page.ask(&look).await.unwrap();
    let begin = BeginCardPayment { header: card_page.header(), token, browser, bank: bin(BANK_1) };
    card_page.ask(&begin).await.unwrap();

    for code in [delivered, at_desk] {
        let receipt = portal.ask(&portal.get_receipt(code)).await.unwrap();
        assert!(receipt.pdf.as_slice().starts_with(b"%PDF"));
    }
    vec![delivered, at_desk, taken_back, disputed, by_card]
}

/// The files as a thief takes them: the database, its log and index as they lie, and a backup.
async fn stolen(world: &World) -> Vec<(String, Vec<u8>)> {
    let database = world.path(&format!("{GATEWAY}.db"));
    let backup = world.path("backup.db");
    Database::backup_of(&database, &backup, "test").unwrap();
    let beside = |suffix: &str| format!("{}{suffix}", database.display()).into();
    let files: [std::path::PathBuf; 4] = [database.clone(), beside("-wal"), beside("-shm"), backup.clone()];
    let octets = |path: &Path| (path.display().to_string(), fs::read(path).unwrap());
    let stolen = files.iter().map(|path| octets(path)).collect();
    fs::remove_file(backup).unwrap();
    stolen
}

/// After everything the gateway does, neither its files nor its log show anybody's number, name or account, in any
/// encoding; and what is sought there is what it keeps.
///
/// Meets: C20.1
#[tokio::test(flavor = "multi_thread")]
async fn stolen_files_and_logs_show_no_number_no_name_and_no_account() {
    let log = crate::logs::kept();
    let world = World::start().await;
    let codes = everything_happens(&world).await;
    until("the outbox is empty", async || {
        world.clock.advance(60);
        world.outbox_depth().await == 0
    })
    .await;
    let needles: Vec<Needle> = secrets().iter().flat_map(|secret| forms_of(secret)).collect();
    let files = stolen(&world).await;
    assert!(files[0].1.len() + files[1].1.len() > 200_000, "the run left something");
    for (path, octets) in &files {
        assert_eq!(found_in(octets, &needles), Vec::<&str>::new(), "{path}");
    }
    assert_eq!(found_in(&log.octets(), &needles), Vec::<&str>::new(), "the log");

    // With the keys, all of it is there: the needles are those of this hay.
    let opened = world
        .cx()
        .store
        .read(move |view| {
            let mut all = Vec::new();
            for code in &codes {
                for record in view.evidence_of(*code)? {
                    all.extend(record.octets);
                }
                for note in view.reads_of(*code)? {
                    all.extend(note.actor.into_bytes());
                }
            }
            for attempt in view.attempts_due(terms::Moment::from_unix_microseconds(i64::MAX), 100)? {
                all.extend(view.attempt_context(&attempt.value.id)?.unwrap_or_default().into_bytes());
            }
            let payments = view.payments_of_recipient(recipient().number, 100)?;
            for stored in &payments {
                assert_eq!(stored.value.order.recipient, recipient());
                for attempt in view.attempts_of(stored.value.code)? {
                    all.extend(view.attempt_context(&attempt.value.id)?.unwrap_or_default().into_bytes());
                }
            }
            assert!(payments.len() > 5);
            Ok::<_, StoreError>(all)
        })
        .await
        .unwrap();
    let sought = [
        recipient().number.to_string(),
        payer().number.to_string(),
        operator().iin.to_string(),
        ACCOUNT.to_owned(),
        recipient().name.as_str().split(' ').next().unwrap().to_owned(),
    ];
    for secret in sought {
        assert!(!found_in(&opened, &forms_of(&secret)).is_empty(), "{secret} is what is kept");
    }
    world.chain().await;
}

/// A new certificate is put into the folder and the keys are wrapped for it while banks pay: nobody notices. Then the
/// former one is taken away, and what was kept before opens with the new one.
///
/// Meets: C20.1
#[tokio::test(flavor = "multi_thread")]
async fn keys_move_to_a_new_certificate_while_payments_come_in() {
    let mut world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let before = bank.paid().await;
    let rounds = 12;
    let paying = (0..4).map(|_| {
        let bank = bank.clone();
        tokio::spawn(async move {
            let mut paid = Vec::new();
            for _ in 0..rounds {
                paid.push(bank.paid().await);
            }
            paid
        })
    });
    let paying: Vec<_> = paying.collect();
    confidential_pair(&world.national_ca, &world.path(""), "second", (0, 4000));
    // As the command does it, beside the gateway that runs.
    for expected in [3, 4] {
        let beside = gateway::open_beside(&world.gateway).unwrap();
        let rotation = beside.store.rotate_keys().await.unwrap();
        assert_eq!(rotation.number, expected);
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let mut paid = vec![before];
    for task in paying {
        paid.extend(task.await.unwrap());
    }
    assert_eq!(paid.len(), 4 * rounds + 1);

    for ending in ["pem", "key"] {
        fs::remove_file(world.path(&format!("confidential/first.{ending}"))).unwrap();
    }
    world.crash_and_start_again().await;
    for code in paid {
        assert_eq!(bank.view(code).await.state, PaymentState::Paid);
    }
    world.chain().await;
}

/// The key of the data may lie in a process of its own: everything opens, and keys move, as with a key in the folder.
///
/// Meets: C20.1, C18
#[tokio::test(flavor = "multi_thread")]
async fn data_keys_open_through_a_signer_that_does_nothing_else() {
    let mut world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let before = bank.paid().await;
    world.stop().await;
    let folder = world.path("confidential");
    let socket = folder.join("first.socket");
    let config = |offers: &str| {
        format!(
            "name = \"data\"\nsocket = \"confidential/first.socket\"\noffers = [\"{offers}\"]\n\
             [signing]\ncertificate = \"confidential/first.pem\"\nkey = \"data.key\"\n"
        )
    };
    fs::rename(folder.join("first.key"), world.path("data.key")).unwrap();
    let refused =
        |world: &World| format!("{:#}", gateway::open(&world.gateway).err().expect("it does not start"));

    fs::write(world.path("data.toml"), config("sign")).unwrap();
    let signer = world.process_of("data.toml", "confidential/first.socket").await;
    let text = refused(&world);
    assert!(text.contains("this key does not open wrapped keys"), "{text}");
    drop(signer);
    until("the signer is gone", async || !socket.exists()).await;
    let text = refused(&world);
    assert!(text.contains("or start the signer that has it at"), "{text}");

    fs::write(world.path("data.toml"), config("open-keys")).unwrap();
    let signer = world.process_of("data.toml", "confidential/first.socket").await;
    world.start_again().await;
    assert_eq!(bank.view(before).await.state, PaymentState::Paid);
    let beside = gateway::open_beside(&world.gateway).unwrap();
    beside.store.rotate_keys().await.unwrap();
    let after = bank.paid().await;

    // Without it what was opened goes on, and nothing new is wrapped.
    drop(signer);
    until("the signer is gone", async || !socket.exists()).await;
    assert!(matches!(beside.store.rotate_keys().await, Err(StoreError::KeyMissing(_))));
    assert_eq!(bank.view(after).await.state, PaymentState::Paid);
    let _signer = world.process_of("data.toml", "confidential/first.socket").await;
    beside.store.rotate_keys().await.unwrap();
    drop(beside);
    world.crash_and_start_again().await;
    for code in [before, after] {
        assert_eq!(bank.view(code).await.state, PaymentState::Paid);
    }
    world.chain().await;
}

/// A gateway without the key of its data does not start, and says which certificate to put where.
///
/// Meets: C20.1
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_without_its_key_says_what_to_do() {
    let mut world = World::start().await;
    world.stop().await;
    let folder = world.path("confidential");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let (certificate, key) = (read("first.pem"), read("first.key"));
    let sha256 = pki::Certificate::from_pem(std::str::from_utf8(&certificate).unwrap()).unwrap().sha256();
    let refused = |world: &World| {
        let error = gateway::open(&world.gateway).err().expect("it does not start");
        format!("{error:#}")
    };

    fs::remove_file(folder.join("first.key")).unwrap();
    let text = refused(&world);
    assert!(text.contains("data key 1 cannot be opened: put its key beside it as"), "{text}");

    fs::remove_file(folder.join("first.pem")).unwrap();
    let text = refused(&world);
    let wanted = format!(
        "wrapped for the certificate with the SHA-256 {}: put that certificate and its key into {}",
        hex::encode(sha256),
        folder.display()
    );
    assert!(text.contains(&wanted), "{text}");

    // Another key beside the certificate is not taken for its own.
    confidential_pair(&world.national_ca, &world.path(""), "other", (-1, 4000));
    fs::write(folder.join("first.pem"), &certificate).unwrap();
    fs::rename(folder.join("other.key"), folder.join("first.key")).unwrap();
    assert!(refused(&world).contains("put its key beside it as"));
    fs::write(folder.join("first.key"), &key).unwrap();
    fs::remove_file(folder.join("other.pem")).unwrap();
    world.start_again().await;
    world.stop().await;

    // Keys are wrapped only for a certificate that counts: not for one that is over, nor for that of another.
    let rotate = async |world: &World| {
        let cx = gateway::open_beside(&world.gateway).unwrap();
        cx.store.rotate_keys().await
    };
    confidential_pair(&world.national_ca, &world.path(""), "later", (1, 4000));
    let beside = rotate(&world).await.unwrap();
    assert_eq!(beside.certificate, sha256, "one that is not yet valid is not taken");
    world.clock.advance(5000 * crate::world::DAY);
    let Err(StoreError::KeyMissing(text)) = rotate(&world).await else { panic!("all of them are over") };
    assert!(text.contains("put a certificate of the national CA with a GOST key"), "{text}");
    assert!(text.contains("first.pem"), "{text}");
}
