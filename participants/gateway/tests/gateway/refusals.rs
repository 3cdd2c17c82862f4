//! Bad input, as data: each line a message and the one fault it is refused with, typed, signed, in three languages.

use std::time::Duration;

use envelope::SoapVersion;
use pki::issue::{Authority, Person, Profile};
use pki::{FileSigner, SuiteId};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use transport::{CallError, ClientLimits, HttpClient, Identity, SecureStream, StreamLimits, TlsRoots};
use wire::common::PaymentState;
use wire::fault::{Blame, FaultCode};
use xml::ToElement as _;

use crate::forged::{doubled, timestamp_alone, with_element, without, wrapped};
use crate::talk::{Client, Reply, payer, post, seal};
use crate::world::{
    BANK_1, BANK_2, DAY, LONG, Setup, UNREGISTERED, Who, World, issue, noon, organisation, signer_of, until,
};

/// One line of the table.
struct Case {
    name: &'static str,
    octets: Vec<u8>,
    expected: FaultCode,
    /// The path that the fault names.
    field: Option<&'static str>,
    /// The content type, where it is not the version's own.
    content_type: Option<&'static str>,
    /// Whose connection it comes over, where not the bank's.
    tls: Option<Identity>,
}

fn case(name: &'static str, octets: impl Into<Vec<u8>>, expected: FaultCode) -> Case {
    Case { name, octets: octets.into(), expected, field: None, content_type: None, tls: None }
}

/// Everything that must not be taken for the bank's notice.
///
/// Meets: C15, C16, C17, C18, C20.6, T1.22
/// Defends: A3, A4, A6, A22, A28
#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_by_its_own_signed_fault_and_changes_nothing() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let code = bank.issued().await;
    let used = bank.request_code();
    bank.ask(&used).await.unwrap();
    let revoked = world.signer(BANK_1, (-1, 4000));
    world.revoke(pki::Signer::certificate(&revoked)).await;

    let before = world.chain().await;
    for version in [SoapVersion::V11, SoapVersion::V12] {
        let mut cases = forgeries(&world, &bank, code, version);
        cases.extend(strangers(&world, &bank, code, version, &revoked));
        cases.extend(wrong_contents(&bank, code, &used, version));
        cases.extend(not_messages(&bank, code, version));
        for case in cases {
            check(&world, &bank, version, case).await;
        }
    }
    assert_eq!(world.chain().await, before, "nothing was kept, nothing changed");
    assert_eq!(bank.view(code).await.state, PaymentState::Issued);
}

async fn check(world: &World, bank: &Client, version: SoapVersion, case: Case) {
    let Case { name, octets, expected, field, content_type, tls } = case;
    let announced = content_type.unwrap_or(version.content_type());
    let tls = tls.as_ref().unwrap_or(&bank.host.identity);
    let reply = post(world, tls, &world.messages_url(), announced, octets)
        .await
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    let fault = reply.fault.as_ref().unwrap_or_else(|| panic!("{name} is accepted: {}", reply.body));
    let row = expected.description();
    assert_eq!(reply.code(), expected, "{name} {version:?}: {fault:#?}");
    assert_eq!((fault.retryable, fault.money_state), (row.retryable, row.money), "{name}");
    for text in [&fault.message.kk, &fault.message.ru, &fault.message.en] {
        assert!(text.len() > 20 && !text.contains('{'), "{name}: {text}");
    }
    assert_eq!(fault.field.as_ref().map(ToString::to_string).as_deref(), field, "{name}");
    if content_type.is_none() {
        assert_eq!(reply.version, version, "{name} is answered in its own version");
    }
    let status = if row.blame == Blame::Client && reply.version == SoapVersion::V12 { 400 } else { 500 };
    assert_eq!(reply.status, status, "{name}");
}

/// The bank's own true message, bent.
fn forgeries(world: &World, bank: &Client, code: terms::PaymentCode, version: SoapVersion) -> Vec<Case> {
    use FaultCode::{
        AlgorithmNotAllowed, BodyNotSigned, DigestMismatch, DuplicateId, ForeignReference, NotSoap,
        SignatureMissing, SignatureRepeated, SignatureWrong,
    };
    let body = bank.notice(code).to_xml();
    let signer = bank.host.signer();
    let genuine = String::from_utf8(seal(version, &body, signer.as_ref(), world.now())).unwrap();
    let signature = |text: &str| without(text, "<ds:Signature ", "</ds:Signature>");
    let value_at = genuine.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let mut other_value = genuine.clone();
    other_value.replace_range(value_at..value_at + 4, "AAAA");
    let addressing = "<a:Action xmlns:a=\"http://www.w3.org/2005/08/addressing\">urn:x</a:Action></s:Header>";
    let foreign = "<x:Must xmlns:x=\"urn:x\" s:mustUnderstand=\"1\"></x:Must></s:Header>";
    let method = crate::forged::part(&genuine, "<ds:SignatureMethod Algorithm=\"", "\"").to_owned();
    let algorithm = crate::forged::part(&genuine, &method, "\">").to_owned();
    let hmac = format!("{method}http://www.w3.org/2001/04/xmldsig-more#hmac-sha256\">");
    vec![
        case("no header at all", without(&genuine, "<s:Header>", "</s:Header>"), SignatureMissing),
        case("no signature", signature(&genuine), SignatureMissing),
        case("two signatures", doubled(&genuine, "<ds:Signature ", "</ds:Signature>"), SignatureRepeated),
        case(
            "only the timestamp is signed",
            timestamp_alone(version, &body, signer.as_ref(), world.now()),
            BodyNotSigned,
        ),
        case("an unsigned addressing header", genuine.replace("</s:Header>", addressing), BodyNotSigned),
        case("a header that must be understood", genuine.replace("</s:Header>", foreign), NotSoap),
        case("the signed body is moved away", wrapped(&genuine, &body, false), ForeignReference),
        case("the signed body is moved, its name kept", wrapped(&genuine, &body, true), DuplicateId),
        case("two bodies", doubled(&genuine, "<s:Body", "</s:Body>"), NotSoap),
        case("another amount", genuine.replace(">1725.00<", ">1.00<"), DigestMismatch),
        case("a space in the body", genuine.replace("</paymentCode>", "</paymentCode> "), DigestMismatch),
        case("another signature value", other_value, SignatureWrong),
        case("a keyed hash instead of a signature", genuine.replace(&algorithm, &hmac), AlgorithmNotAllowed),
    ]
}

/// True messages of the wrong people.
fn strangers(
    world: &World,
    bank: &Client,
    code: terms::PaymentCode,
    version: SoapVersion,
    revoked: &FileSigner,
) -> Vec<Case> {
    use FaultCode::{
        ActionNotAllowed, CertificateExpired, CertificateNotYetValid, CertificateRevoked, CertificateUsage,
        ParticipantNotRegistered, PeerNotSigner, SenderNotSigner, SignerUnknown,
    };
    let body = bank.notice(code).to_xml();
    let by = |signer: &dyn pki::Signer| seal(version, &body, signer, world.now());
    let twin = twin();
    let stranger = signer_of(&issue(
        &twin,
        Profile::ParticipantSigning { organisation: organisation(BANK_1) },
        SuiteId::P256,
        (-1, 4000),
    ));
    let tls_profile = Profile::ParticipantTls { organisation: organisation(BANK_1), host_names: Vec::new() };
    let for_tls = signer_of(&issue(&world.national_ca, tls_profile, SuiteId::P256, (-1, 4000)));
    let person = Person {
        surname: "Петров".parse().unwrap(),
        given_name: "Иван".parse().unwrap(),
        iin: "790304100022".parse().unwrap(),
    };
    let person =
        signer_of(&issue(&world.national_ca, Profile::PersonSigning { person }, SuiteId::P256, (-1, 4000)));
    let portal = world.portal.host.identity.clone();
    let unregistered = world.signer(UNREGISTERED, (-1, 4000));
    let as_unregistered = with_element(&body, "sender", UNREGISTERED);
    let as_portal = with_element(&body, "sender", crate::world::PORTAL);
    let as_other_bank = with_element(&body, "sender", BANK_2);
    vec![
        case("signed by a twin of the national CA", by(&stranger), SignerUnknown),
        case("signed with a revoked key", by(revoked), CertificateRevoked),
        case("signed with an expired key", by(&world.signer(BANK_1, (-20, -10))), CertificateExpired),
        case("signed with a key of tomorrow", by(&world.signer(BANK_1, (1, 10))), CertificateNotYetValid),
        case("signed with the key of a TLS connection", by(&for_tls), CertificateUsage),
        case("signed by a person", by(&person), CertificateUsage),
        Case {
            tls: Some(portal.clone()),
            ..case("over another's connection", by(bank.host.signer().as_ref()), PeerNotSigner)
        },
        case("in another's name", bank.seal(version, &as_other_bank), SenderNotSigner),
        Case {
            tls: Some(world.tls_identity(UNREGISTERED).0),
            ..case(
                "nobody's contract",
                seal(version, &as_unregistered, &unregistered, world.now()),
                ParticipantNotRegistered,
            )
        },
        Case {
            tls: Some(portal),
            ..case(
                "the portal says that it is paid",
                seal(version, &as_portal, world.portal.host.signer().as_ref(), world.now()),
                ActionNotAllowed,
            )
        },
    ]
}

/// True messages of the right bank that say something wrong.
fn wrong_contents(
    bank: &Client,
    code: terms::PaymentCode,
    used: &wire::gateway::RequestPaymentCode,
    version: SoapVersion,
) -> Vec<Case> {
    use FaultCode::{
        ClockWindow, FieldMissing, FieldWrong, MessageIdReused, ServiceNotPayable, UnknownCode,
        UnknownOperation, UnknownService, WrongAmount,
    };
    let notice = bank.notice(code).to_xml();
    let request = bank.request_code();
    let question = request.to_xml();
    let sealed = |body: &str| bank.seal(version, body);
    let old = bank.host.now().plus_seconds(-301).to_string();
    let early = bank.host.now().plus_seconds(301).to_string();
    let reused = wire::gateway::RequestPaymentCode { recipient: payer(), ..used.clone() };
    let dear = wire::gateway::RequestPaymentCode { amount: Some(terms::Tiyn::tenge(1)), ..request.clone() };
    let no_service = with_element(&question, "service", "P9.99");
    let account = wire::gateway::RequestPaymentCode { channel: terms::Channel::BankAccount, ..request };
    let nobodys = wire::gateway::NotifyPayment {
        payment_code: terms::PaymentCode::generate(&mut participant::SystemEntropy),
        ..bank.notice(code)
    };
    let at = |field, case: Case| Case { field: Some(field), ..case };
    vec![
        case(
            "a question of more than five minutes ago",
            sealed(&with_element(&question, "sentAt", &old)),
            ClockWindow,
        ),
        case("a question from the future", sealed(&with_element(&question, "sentAt", &early)), ClockWindow),
        case("a known number with other content", sealed(&reused.to_xml()), MessageIdReused),
        at(
            "/Body/NotifyPayment/paymentCode",
            case(
                "a code with a slip",
                sealed(&with_element(&notice, "paymentCode", "7291417776317055")),
                FieldWrong,
            ),
        ),
        at(
            "/Body/NotifyPayment/requisites/amount",
            case("an amount with a comma", sealed(&with_element(&notice, "amount", "1725,00")), FieldWrong),
        ),
        at(
            "/Body/NotifyPayment/requisites/kbk",
            case("no КБК", sealed(&without(&notice, "<kbk ", "</kbk>")), FieldMissing),
        ),
        at(
            "/Body/NotifyPayment/paymentCode[2]",
            case("the code twice", sealed(&doubled(&notice, "<paymentCode>", "</paymentCode>")), FieldWrong),
        ),
        at(
            "/Body/NotifyPayment/messageId",
            case("no number", sealed(&without(&notice, "<messageId>", "</messageId>")), FieldMissing),
        ),
        case(
            "no such operation",
            sealed("<PrintMoney xmlns=\"urn:tolem:gateway:v1\"></PrintMoney>"),
            UnknownOperation,
        ),
        case("another amount than the price", sealed(&dear.to_xml()), WrongAmount),
        case("no such service", sealed(&no_service), UnknownService),
        case("a code for an account, which is never asked for", sealed(&account.to_xml()), ServiceNotPayable),
        case("nobody's code", sealed(&nobodys.to_xml()), UnknownCode),
    ]
}

/// Octets that are no message at all.
fn not_messages(bank: &Client, code: terms::PaymentCode, version: SoapVersion) -> Vec<Case> {
    use FaultCode::{DocumentType, NotSoap, NotXml, TooDeep, UnsupportedEncoding};
    let genuine = String::from_utf8(bank.seal(version, &bank.notice(code).to_xml())).unwrap();
    let bomb = "<!DOCTYPE b [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>";
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    let in_envelope = |inner: &str| {
        let soap = version.namespace();
        format!("<s:Envelope xmlns:s=\"{soap}\"><s:Body>{inner}</s:Body></s:Envelope>")
    };
    let wide = format!("<a {}></a>", (0..10_000).map(|n| format!("a{n}=\"\" ")).collect::<String>());
    let as_if = |content_type, case: Case| Case { content_type: Some(content_type), ..case };
    let typed = |content_type| {
        as_if(content_type, case("another content type", genuine.clone(), UnsupportedEncoding))
    };
    vec![
        case("nothing", "", NotXml),
        case("no XML", "hello", NotXml),
        case("half a message", &genuine.as_bytes()[..genuine.len() / 2], NotXml),
        case("a document type", format!("<!DOCTYPE a SYSTEM \"file:///etc/passwd\">{genuine}"), DocumentType),
        case("an entity bomb", format!("{bomb}{}", in_envelope("&c;")), DocumentType),
        case("a comment in the message", genuine.replace("<s:Header>", "<!-- --><s:Header>"), DocumentType),
        case("10,000 levels", in_envelope(&deep), TooDeep),
        case("10,000 attributes", in_envelope(&wide), TooDeep),
        case("20,001 elements", in_envelope(&"<a></a>".repeat(20_001)), TooDeep),
        case(
            "SOAP of no version",
            genuine.replace(version.namespace(), "http://www.w3.org/2001/09/soap-envelope"),
            NotSoap,
        ),
        case("no envelope", "<notice></notice>", NotSoap),
        typed("application/json"),
        typed("multipart/related; type=\"text/xml\""),
        typed("text/xml; charset=utf-16"),
    ]
}

fn twin() -> Authority {
    let (from, until) = (noon().plus_seconds(-DAY), noon().plus_seconds(4000 * DAY));
    let root =
        Authority::create_root(&"NATIONAL CA (TEST)".parse().unwrap(), SuiteId::P256, from, until).unwrap();
    Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap()
}

/// Who has no certificate of the national CA, or one that is over, gets no connection at all.
///
/// Meets: C3, C15, C18
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_gets_no_connection() {
    let world = World::start().await;
    let profile = || Profile::ParticipantTls { organisation: organisation(BANK_1), host_names: Vec::new() };
    let issued = [
        ("a twin of the national CA", issue(&twin(), profile(), SuiteId::P256, (-1, 4000))),
        ("an expired certificate", issue(&world.national_ca, profile(), SuiteId::P256, (-20, -10))),
        ("a certificate of tomorrow", issue(&world.national_ca, profile(), SuiteId::P256, (1, 10))),
    ];
    let bank = Client::of(world.bank_1.host.clone());
    for (who, issued) in issued {
        let (chain, key) = (issued.certificate.to_pem(), issued.key_pem.expose_secret().to_owned());
        let tls = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
        let octets = bank.sealed(&bank.request_code());
        let outcome =
            post(&world, &tls, &world.messages_url(), SoapVersion::V11.content_type(), octets).await;
        assert!(
            matches!(outcome, Err(CallError::NotSent(_) | CallError::OutcomeUnknown(_))),
            "{who} is let in"
        );
    }
    // Nor is anybody without a certificate.
    let client = HttpClient::new(None, &world.roots(), ClientLimits::default()).unwrap();
    assert!(client.get(&format!("{}?wsdl", world.messages_url())).await.is_err());
    // And a client does not talk to a server of another CA.
    let others =
        TlsRoots::from_certificates(&[twin().certificate().clone()]).unwrap().by_clock(world.clock.clone());
    let client = HttpClient::new(Some(&bank.host.identity), &others, ClientLimits::default()).unwrap();
    assert!(matches!(client.get(&world.messages_url()).await, Err(CallError::NotSent(_))));
}

/// Without a list nothing can be believed; with a stale one nothing any more; with a fresh one everything again.
///
/// Meets: C3, C12.3, C17
/// Defends: A7
#[tokio::test(flavor = "multi_thread")]
async fn without_a_fresh_list_nothing_is_accepted() {
    let world = World::with(Setup { list: false, ..Setup::default() }).await;
    let bank = Client::of(world.bank_1.host.clone());
    let request = bank.request_code();
    let fault = bank.ask(&request).await.expect_err("no list");
    assert_eq!((fault.known_code(), fault.retryable), (Some(FaultCode::RevocationListMissing), true));

    world.publish_and_wait(100).await;
    bank.ask(&request).await.unwrap();
    world.clock.advance(100);
    bank.ask(&bank.request_code()).await.unwrap();
    world.clock.advance(1);
    let question = bank.request_code();
    let fault = bank.ask(&question).await.expect_err("the list is stale");
    assert_eq!((fault.known_code(), fault.retryable), (Some(FaultCode::RevocationListStale), true));
    world.publish_and_wait(100).await;
    bank.ask(&question).await.unwrap();
}

/// A connection on which a test says what it likes, as HTTP.
struct Raw(SecureStream);

impl Raw {
    async fn open(world: &World, tls: &Identity) -> Self {
        let (address, name) = (world.messages_address(), world.host_name());
        let limits = StreamLimits::default();
        Self(transport::connect(address, &name, tls, &world.roots(), &limits).await.unwrap().0)
    }

    /// Posts octets and reads the one answer; the connection stays as it is.
    async fn post(&mut self, world: &World, octets: &[u8]) -> (Reply, bool) {
        let head = format!(
            "POST /ws/v1/gateway HTTP/1.1\r\nHost: {}\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            world.host_name(),
            octets.len()
        );
        self.0.write_all(head.as_bytes()).await.unwrap();
        self.0.write_all(octets).await.unwrap();
        self.0.flush().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let octet = tokio::time::timeout(LONG, self.0.read_u8()).await.expect("an answer in time");
            head.push(octet.unwrap_or_else(|_| panic!("only: {}", String::from_utf8_lossy(&head))));
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let field = |name: &str| {
            head.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
        };
        let mut body = vec![0; field("content-length:").expect("a length").parse().unwrap()];
        tokio::time::timeout(LONG, self.0.read_exact(&mut body)).await.expect("a body in time").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (Reply::read(world, status, body), field("connection:").as_deref() == Some("close"))
    }

    /// Whether the gateway has closed it.
    async fn closes(mut self) -> bool {
        let mut rest = Vec::new();
        match tokio::time::timeout(Duration::from_secs(20), self.0.read_to_end(&mut rest)).await {
            Ok(Ok(_)) => rest.is_empty(),
            // A reset is a way to close as well.
            Ok(Err(_)) => true,
            Err(_) => false,
        }
    }
}

/// Revoked in the middle of living connections, a key is refused on each by a signed fault, and each is closed.
///
/// Meets: C17
/// Defends: A8
#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_bites_on_living_connections() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let tls_of_its_own = world.tls_identity(BANK_1);
    let signer_of_its_own = world.signer(BANK_1, (-1, 4000));
    let message = |signer: &dyn pki::Signer| {
        let body = bank.request_code().to_xml();
        seal(SoapVersion::V11, &body, signer, world.now())
    };

    let mut by_key = Vec::new();
    let mut by_tls = Vec::new();
    for _ in 0..25 {
        by_key.push(Raw::open(&world, &bank.host.identity).await);
        by_tls.push(Raw::open(&world, &tls_of_its_own.0).await);
    }
    for connection in &mut by_key {
        let (reply, closes) = connection.post(&world, &message(&signer_of_its_own)).await;
        assert!(reply.fault.is_none() && !closes, "accepted, and the connection lives");
    }
    for connection in &mut by_tls {
        let (reply, closes) = connection.post(&world, &message(bank.host.signer().as_ref())).await;
        assert!(reply.fault.is_none() && !closes);
    }
    world.revoke(pki::Signer::certificate(&signer_of_its_own)).await;
    world.revoke(&tls_of_its_own.1).await;

    for mut connection in by_key {
        let (reply, closes) = connection.post(&world, &message(&signer_of_its_own)).await;
        assert_eq!((reply.code(), closes), (FaultCode::CertificateRevoked, true), "a revoked signing key");
        assert!(connection.closes().await);
    }
    for mut connection in by_tls {
        let (reply, closes) = connection.post(&world, &message(bank.host.signer().as_ref())).await;
        assert_eq!((reply.code(), closes), (FaultCode::CertificateRevoked, true), "a revoked connection key");
        assert!(connection.closes().await);
    }
    bank.ask(&bank.request_code()).await.unwrap();
}

/// What is larger than a message may be is not read, whoever sends it: the sender learns so over our signature, and the
/// gateway goes on.
///
/// Defends: A22
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_megabytes_are_not_read() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    for version in [SoapVersion::V11, SoapVersion::V12] {
        for octets in [(1 << 20) + 1, 100 << 20] {
            let body = vec![b'<'; octets];
            let (tls, url) = (&bank.host.identity, world.messages_url());
            let reply = post(&world, tls, &url, version.content_type(), body).await.expect("an answer");
            assert_eq!((reply.code(), reply.version), (FaultCode::TooLarge, version), "{octets} octets");
        }
    }
    bank.ask(&bank.request_code()).await.unwrap();
}

/// Nobody can have codes issued without end.
///
/// Defends: A30
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_codes_meets_a_quota() {
    let world = World::with(Setup { codes_an_hour: 3, ..Setup::default() }).await;
    let (bank, other) = (Client::of(world.bank_1.host.clone()), Client::of(world.bank_2.host.clone()));
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(bank.issued().await);
    }
    assert_eq!(bank.refusal(&bank.request_code()).await, FaultCode::CodeQuota);
    other.issued().await;
    // Facts about codes that were issued are taken all the same.
    bank.ask(&bank.notice(codes[0])).await.unwrap();
    world.clock.advance(3600);
    world.publish(1000 * DAY, Who::Neighbours);
    bank.issued().await;
    until("the portal is told", async || !world.portal.heard().is_empty()).await;
}

/// On a full disk what is reserved is for what has happened; nothing new begins in it. With room again the reserve is
/// kept again by itself.
///
/// Defends: A30
#[tokio::test(flavor = "multi_thread")]
async fn the_reserve_of_a_full_disk_is_for_facts_and_comes_back() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let codes = [bank.issued().await, bank.issued().await];
    let database = world.gateway.store().unwrap();
    let mut reserve = database.path().as_os_str().to_owned();
    reserve.push(".reserve");
    let reserve = std::path::PathBuf::from(reserve);
    // A folder in its place keeps the reserve from coming back, as a full disk would.
    std::fs::remove_file(&reserve).unwrap();
    std::fs::create_dir(&reserve).unwrap();
    database.release_reserve().expect_err("a folder is no reserve");
    bank.ask(&bank.notice(codes[0])).await.unwrap();
    assert_eq!(bank.refusal(&bank.request_code()).await, FaultCode::StoreFull);
    bank.ask(&bank.notice(codes[1])).await.unwrap();
    std::fs::remove_dir(&reserve).unwrap();
    until("the reserve is kept again", async || database.is_reserve_kept()).await;
    assert!(reserve.is_file());
    bank.issued().await;
}
