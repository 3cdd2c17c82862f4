//! Signature wrapping and its kin: nothing but what was signed is ever given out.

mod common;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{
    BANK, COUNTRY, Country, EXCLUSIVE, Identity, Insider, NS, Notice, SOAP_11, WSSE, WSU, body_with, notice,
    now, part, sealed_by,
};
use envelope::{Refused, SoapVersion, TokenForm, open, seal};
use pki::{FileSigner, SignatureSuite, Signer, SuiteId, suite};
use proptest::prelude::*;
use xml::XmlError;
use xml::c14n::Form;
use xml::dsig::Target;

fn refusal(message: impl Into<String>) -> Refused {
    let message = message.into();
    match open(message.clone(), &COUNTRY.trust, now()) {
        Err(refused) => refused,
        Ok((_, body)) => panic!("accepted {body:?}:\n{message}"),
    }
}

/// Banks of the suites that are attacked, each with one message for all tests: ECDSA and GOST sign the same
/// octets differently each time.
static ATTACKED: LazyLock<Vec<(Identity, String)>> = LazyLock::new(|| {
    [SuiteId::P256, SuiteId::Gost512, SuiteId::RuGost256]
        .into_iter()
        .map(|suite| {
            let bank = COUNTRY.participant(suite);
            let sealed = sealed_by(&bank);
            (bank, sealed)
        })
        .collect()
});

/// Defends: A4, A28
#[test]
fn each_change_to_a_message_is_refused_for_its_own_reason() {
    for (bank, message) in ATTACKED.iter() {
        each_change_is_refused(message, bank.signer.suite());
    }
}

fn each_change_is_refused(message: &str, own: &dyn SignatureSuite) {
    let changed = |from: &str, to: &str| {
        assert!(message.contains(from), "{from}");
        refusal(message.replacen(from, to, 1))
    };
    let signature = part(message, "<ds:Signature ", "</ds:Signature>");
    let security = part(message, "<wsse:Security ", "</wsse:Security>");
    let timestamp = part(message, "<wsu:Timestamp", "</wsu:Timestamp>");
    let token = part(message, "<wsse:BinarySecurityToken", "</wsse:BinarySecurityToken>");
    let header = part(message, "<s:Header>", "</s:Header>");
    let body = part(message, "<s:Body", "</s:Body>");
    let info = part(message, "<ds:SignedInfo", "</ds:SignedInfo>");
    let reference = part(message, "<ds:Reference", "</ds:Reference>");
    let references = part(message, "<ds:Reference", "</ds:Reference></ds:SignedInfo>");
    let transform = part(message, "<ds:Transform ", "</ds:Transform>");
    let digest = part(message, "<ds:DigestValue>", "</ds:DigestValue>");
    let malformed = |refused: Refused| matches!(refused, Refused::SecurityMalformed(_));

    assert_eq!(changed(">100<", ">101<"), Refused::DigestMismatch);
    assert_eq!(changed(&format!("xmlns=\"{NS}\""), "xmlns=\"urn:other\""), Refused::DigestMismatch);
    assert_eq!(changed("T12:00:00", "T12:00:01"), Refused::DigestMismatch);
    let zeros = format!("<ds:DigestValue>{}</ds:DigestValue>", STANDARD.encode([0; 32]));
    assert_eq!(changed(digest, &zeros), Refused::SignatureWrong);
    assert_eq!(changed("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"), Refused::SignatureWrong);
    assert_eq!(changed(">100<", ">1<!-- -->00<"), Refused::Forbidden(XmlError::Comment));
    assert_eq!(changed("<s:Header>", "<?x?><s:Header>"), Refused::Forbidden(XmlError::ProcessingInstruction));
    assert_eq!(changed("<s:Envelope", "<!DOCTYPE a><s:Envelope"), Refused::Forbidden(XmlError::Dtd));

    assert_eq!(changed(header, ""), Refused::NoSignature);
    assert_eq!(changed(security, ""), Refused::NoSignature);
    assert_eq!(changed(signature, ""), Refused::NoSignature);
    assert_eq!(changed(signature, &signature.repeat(2)), Refused::SeveralSignatures);
    assert_eq!(changed(security, &security.repeat(2)), Refused::SeveralSignatures);
    let empty = format!("{security}<wsse:Security xmlns:wsse=\"{WSSE}\"/>");
    assert_eq!(changed(security, &empty), Refused::SeveralSignatures);
    let moved = message.replace(signature, "").replace(timestamp, &format!("<x>{signature}</x>"));
    assert!(malformed(refusal(moved)));
    assert!(malformed(changed(timestamp, &format!("{timestamp}<wsse:UsernameToken/>"))));

    assert_eq!(changed(references, "</ds:SignedInfo>"), Refused::BodyNotSigned);
    assert_eq!(changed(reference, ""), Refused::BodyNotSigned);
    let only_body = format!("{reference}</ds:SignedInfo>");
    assert_eq!(changed(references, &only_body), Refused::HeaderNotSigned("Timestamp".to_owned()));
    assert_eq!(changed(reference, &reference.repeat(2)), Refused::ReferenceForeign);
    for uri in ["", "body", "#", "#xpointer(/)", "#xpointer(id('body'))", "http://evil.example/", "#nothing"]
    {
        assert_eq!(changed("URI=\"#body\"", &format!("URI=\"{uri}\"")), Refused::ReferenceForeign, "{uri}");
    }
    assert!(malformed(changed(" URI=\"#body\"", "")));
    for algorithm in [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/2000/09/xmldsig#base64",
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform",
    ] {
        let other = transform.replace(EXCLUSIVE, algorithm);
        for transforms in [other.clone(), format!("{transform}{other}"), format!("{other}{transform}")] {
            assert_eq!(changed(transform, &transforms), Refused::TransformNotAllowed, "{algorithm}");
        }
        let method = format!("<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"");
        assert_eq!(changed(&method, &method.replace(EXCLUSIVE, algorithm)), Refused::TransformNotAllowed);
    }
    assert_eq!(changed(transform, ""), Refused::TransformNotAllowed);
    for algorithm in ["hmac-sha256", "rsa-sha256", "ecdsa-sha1", "rsa-sha512", ""] {
        assert_eq!(changed(own.signature_uri(), algorithm), Refused::AlgorithmNotAllowed, "{algorithm}");
    }
    // The digest's algorithm is inside what is signed, so the signature's disagreement comes first.
    assert_eq!(changed(own.digest_uri(), "http://www.w3.org/2001/04/xmlenc#sha512"), Refused::SignatureWrong);
    assert!(malformed(changed(
        "</ds:SignatureMethod>",
        "<ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>"
    )));
    assert!(malformed(changed("<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyValue/>")));
    assert!(malformed(changed("</ds:Signature>", "<ds:Object/></ds:Signature>")));
    assert!(malformed(changed("</ds:SignedInfo>", &format!("</ds:SignedInfo>{info}"))));

    assert_eq!(changed("wsu:Id=\"token\"", "wsu:Id=\"body\""), Refused::DuplicateId);
    assert_eq!(changed("<NotifyPayment", "<NotifyPayment Id=\"body\""), Refused::DuplicateId);
    assert_eq!(changed("<NotifyPayment", "<NotifyPayment ID=\"timestamp\""), Refused::DuplicateId);
    assert_eq!(changed("<NotifyPayment", "<NotifyPayment xml:id=\"token\""), Refused::DuplicateId);
    assert_eq!(changed("wsu:Id=\"body\"", "Id=\"body\""), Refused::ReferenceForeign);
    assert_eq!(changed(token, ""), Refused::Token);
    assert_eq!(changed("#X509v3", "#X509PKIPathv1"), Refused::Token);
    assert_eq!(changed("#Base64Binary", "#HexBinary"), Refused::Token);
    assert_eq!(changed("URI=\"#token\"", "URI=\"#timestamp\""), Refused::Token);
    assert!(malformed(changed(token, &token.repeat(2).replacen("\"token\"", "\"other\"", 1))));

    assert!(matches!(changed(body, ""), Refused::NotSoap(_)));
    assert!(matches!(changed(body, &format!("{body}{body}")), Refused::NotSoap(_)));
    assert!(matches!(changed(body, &format!("{body}<x/>")), Refused::NotSoap(_)));
    assert!(matches!(changed(body, &format!("text{body}")), Refused::NotSoap(_)));
    assert!(matches!(changed("<NotifyPayment", "<x/><NotifyPayment"), Refused::BodyContent(_)));
    assert!(matches!(changed("<NotifyPayment", "text<NotifyPayment"), Refused::BodyContent(_)));
    assert_eq!(refusal(message.replace(SOAP_11, "urn:soap:3")), Refused::VersionMismatch);
    assert!(matches!(refusal(notice(1)), Refused::NotSoap(_)));
    let must = "<s:Header><x s:mustUnderstand=\"1\"/>";
    assert_eq!(changed("<s:Header>", must), Refused::MustUnderstand("x".to_owned()));
    let addressed = "<s:Header><a:To xmlns:a=\"http://www.w3.org/2005/08/addressing\">urn:x</a:To>";
    assert_eq!(changed("<s:Header>", addressed), Refused::HeaderNotSigned("To".to_owned()));
}

/// Defends: A4
#[test]
fn a_true_key_cannot_sign_its_way_around_the_rules() {
    for (bank, _) in ATTACKED.iter() {
        no_way_around_the_rules(bank);
    }
}

fn no_way_around_the_rules(bank: &Identity) {
    let body = body_with("body", &notice(5));
    let target = |uri, transforms| Target { uri, transforms, octets: body.as_bytes() };
    let good = || vec![target("#body", &[EXCLUSIVE] as &[&str])];
    let message = |insider: Insider<'_>| insider.message(&bank.signer);

    let accepted = message(Insider { targets: good(), body: &body, ..Insider::default() });
    let (_, opened) = open(accepted, &COUNTRY.trust, now()).unwrap();
    assert_eq!(opened.parse::<Notice>().unwrap().get().amount, 5);

    let unsigned = body_with("unsigned", &notice(999));
    let wrapped = Insider { targets: good(), headers: &body, body: &unsigned, ..Insider::default() };
    assert_eq!(refusal(message(wrapped)), Refused::ReferenceForeign);
    let nested = body_with("unsigned", &body);
    let nested = Insider { targets: good(), body: &nested, ..Insider::default() };
    assert_eq!(refusal(message(nested)), Refused::ReferenceForeign);

    let timestamp = format!(
        "<wsu:Timestamp xmlns:wsu=\"{WSU}\" wsu:Id=\"t\"><wsu:Created>2026-11-22T07:00:00Z</wsu:Created>\
         </wsu:Timestamp>"
    );
    let only_timestamp = Target { uri: "#t", transforms: &[EXCLUSIVE], octets: timestamp.as_bytes() };
    let header_only = Insider {
        targets: vec![only_timestamp],
        security: &timestamp,
        body: &unsigned,
        ..Insider::default()
    };
    assert_eq!(refusal(message(header_only)), Refused::BodyNotSigned);
    let unsigned_time = Insider { targets: good(), security: &timestamp, body: &body, ..Insider::default() };
    assert_eq!(refusal(message(unsigned_time)), Refused::HeaderNotSigned("Timestamp".to_owned()));
    let nothing = Insider { body: &body, ..Insider::default() };
    assert_eq!(refusal(message(nothing)), Refused::BodyNotSigned);
    let no_transform = Insider { targets: vec![target("#body", &[])], body: &body, ..Insider::default() };
    assert_eq!(refusal(message(no_transform)), Refused::TransformNotAllowed);
    let inclusive = Insider { targets: good(), form: Form::INCLUSIVE, body: &body, ..Insider::default() };
    assert_eq!(refusal(message(inclusive)), Refused::TransformNotAllowed);
    let other = Target { octets: unsigned.as_bytes(), ..target("#body", &[EXCLUSIVE]) };
    let other = Insider { targets: vec![other], body: &body, ..Insider::default() };
    assert_eq!(refusal(message(other)), Refused::DigestMismatch);

    for (created, expires) in
        [("yesterday", ""), ("2026-11-22T07:00:00", ""), ("2026-11-22T07:00:00Z", "2026-11-22T06:00:00Z")]
    {
        let expires =
            if expires.is_empty() { String::new() } else { format!("<wsu:Expires>{expires}</wsu:Expires>") };
        let senseless = format!(
            "<wsu:Timestamp xmlns:wsu=\"{WSU}\" wsu:Id=\"t\"><wsu:Created>{created}</wsu:Created>{expires}\
             </wsu:Timestamp>"
        );
        let time = Target { uri: "#t", transforms: &[EXCLUSIVE], octets: senseless.as_bytes() };
        let targets = good().into_iter().chain([time]).collect();
        let senseless = Insider { targets, security: &senseless, body: &body, ..Insider::default() };
        assert_eq!(refusal(message(senseless)), Refused::Timestamp);
    }
}

/// Defends: A4
#[test]
fn a_certificate_of_ones_own_making_is_refused() {
    for (suite, algorithm) in
        [(SuiteId::P256, &rcgen::PKCS_ECDSA_P256_SHA256), (SuiteId::Rsa2048, &rcgen::PKCS_RSA_SHA256)]
    {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "АО «Тест-банк»");
        let certificate = parameters.self_signed(&key).unwrap().pem();
        let signer = FileSigner::from_pem(&key.serialize_pem(), &certificate).unwrap();
        assert_eq!(signer.suite().id(), suite);
        let octets = seal(SoapVersion::V11, &notice(1), &signer, now(), TokenForm::default()).unwrap();
        assert_eq!(open(octets, &COUNTRY.trust, now()).unwrap_err(), Refused::SignerUnknown);
    }
    let twin = Country::new();
    for suite in SuiteId::ALL {
        let octets =
            seal(SoapVersion::V11, &notice(1), &twin.participant(suite).signer, now(), TokenForm::default());
        assert_eq!(open(octets.unwrap(), &COUNTRY.trust, now()).unwrap_err(), Refused::SignerUnknown);
    }
}

/// A message cannot ask for another algorithm than its certificate's: not for a weaker one, not for the one of
/// another width, and not for the other country's order of octets.
///
/// Defends: A28
#[test]
fn no_message_chooses_its_algorithm() {
    for id in SuiteId::ALL {
        let message = sealed_by(&COUNTRY.participant(id));
        let own = suite(id);
        let changed = |from: &str, to: &str| {
            assert!(message.contains(from), "{from}");
            refusal(message.replace(from, to))
        };
        for other in SuiteId::ALL.into_iter().filter(|other| *other != id).map(suite) {
            assert_eq!(changed(own.signature_uri(), other.signature_uri()), Refused::AlgorithmNotAllowed);
        }
        for uri in
            ["http://www.w3.org/2000/09/xmldsig#hmac-sha1", "http://www.w3.org/2000/09/xmldsig#rsa-sha1", ""]
        {
            assert_eq!(changed(own.signature_uri(), uri), Refused::AlgorithmNotAllowed);
        }
        let value = part(&message, "<ds:SignatureValue>", "</ds:SignatureValue>");
        let octets = STANDARD.decode(&value["<ds:SignatureValue>".len()..value.len() - 20]).unwrap();
        let with = |octets: &[u8]| {
            changed(value, &format!("<ds:SignatureValue>{}</ds:SignatureValue>", STANDARD.encode(octets)))
        };
        let reversed: Vec<u8> = octets.iter().rev().copied().collect();
        let (first, second) = octets.split_at(octets.len() / 2);
        let zeros = vec![0; octets.len()];
        for bad in [
            reversed,
            [second, first].concat(),
            [first.to_vec(), vec![0; second.len()]].concat(),
            [vec![0; first.len()], second.to_vec()].concat(),
            [first.to_vec(), vec![0xff; second.len()]].concat(),
            zeros,
            first.to_vec(),
            [octets.as_slice(), &[0]].concat(),
            Vec::new(),
        ] {
            assert_eq!(with(&bad), Refused::SignatureWrong, "{id}");
        }
    }
}

#[derive(Clone, Copy)]
struct Forgery<'t> {
    place: usize,
    evil: &'t str,
    uri: &'t str,
    transforms: usize,
    resigned: bool,
    second: usize,
}

const PLACES: usize = 14;
const TRANSFORMS: usize = 6;
const SECONDS: usize = 5;

/// Puts the signed body somewhere else and another body into its place.
fn forge(genuine: &str, digest_of: &dyn SignatureSuite, forgery: Forgery<'_>) -> String {
    let signed = part(genuine, "<s:Body", "</s:Body>");
    let true_signature = part(genuine, "<ds:Signature ", "</ds:Signature>");
    let timestamp = part(genuine, "<wsu:Timestamp", "</wsu:Timestamp>");
    let token = part(genuine, "<wsse:BinarySecurityToken", "</wsse:BinarySecurityToken>");
    let transform = part(true_signature, "<ds:Transform ", "</ds:Transform>");
    let digest = part(true_signature, "<ds:DigestValue>", "</ds:DigestValue>");
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let mut signature = true_signature.replacen("#body", forgery.uri, 1);
    let new_transform = match forgery.transforms {
        0 => transform.to_owned(),
        1 => String::new(),
        2 => format!("{enveloped}{transform}"),
        3 => transform.replace(EXCLUSIVE, "http://www.w3.org/TR/1999/REC-xslt-19991116"),
        4 => transform.replace(EXCLUSIVE, "http://www.w3.org/TR/1999/REC-xpath-19991116"),
        _ => transform.replace(EXCLUSIVE, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
    };
    signature = signature.replacen(transform, &new_transform, 1);
    if forgery.resigned {
        let evil = STANDARD.encode(digest_of.digest(forgery.evil.as_bytes()));
        signature = signature.replacen(digest, &format!("<ds:DigestValue>{evil}</ds:DigestValue>"), 1);
    }
    let (mut headers, mut in_security, mut in_signature, mut in_key_info) =
        ("".to_owned(), "", "".to_owned(), "");
    let (mut before, mut after, mut inside) = ("", "", "".to_owned());
    let mut timestamp = timestamp.to_owned();
    match forgery.place {
        0 => {}
        1 => headers = signed.to_owned(),
        2 => headers = format!("<w:Wrapper xmlns:w=\"urn:w\">{signed}</w:Wrapper>"),
        3 => headers = format!("<a:To xmlns:a=\"http://www.w3.org/2005/08/addressing\">{signed}</a:To>"),
        4 => headers = format!("<s:Envelope>{signed}</s:Envelope>"),
        5 => in_security = signed,
        6 => in_signature = format!("<ds:Object>{signed}</ds:Object>"),
        7 => in_key_info = signed,
        8 => before = signed,
        9 => after = signed,
        10 => inside = signed.to_owned(),
        11 => inside = genuine.to_owned(),
        12 => timestamp = timestamp.replace("</wsu:Timestamp>", &format!("{signed}</wsu:Timestamp>")),
        _ => headers = genuine.to_owned(),
    }
    signature = signature
        .replace("</ds:Signature>", &format!("{in_signature}</ds:Signature>"))
        .replace("<ds:KeyInfo>", &format!("<ds:KeyInfo>{in_key_info}"));
    let (mut second_inside, mut second_header) = ("", String::new());
    match forgery.second {
        0 => {}
        1 => second_inside = true_signature,
        2 => second_header = format!("<wsse:Security xmlns:wsse=\"{WSSE}\">{true_signature}</wsse:Security>"),
        3 => second_header = format!("<x>{true_signature}</x>"),
        _ => inside.push_str(true_signature),
    }
    let evil = forgery.evil.replace("</s:Body>", &format!("{inside}</s:Body>"));
    format!(
        "<s:Envelope xmlns:s=\"{SOAP_11}\"><s:Header>{headers}<wsse:Security xmlns:wsse=\"{WSSE}\">{token}\
         {timestamp}{in_security}{signature}{second_inside}</wsse:Security>{second_header}</s:Header>\
         {before}{evil}{after}</s:Envelope>"
    )
}

/// Defends: A4
#[test]
fn of_tens_of_thousands_of_wrapped_messages_none_is_accepted() {
    // One national suite stands for the others: nothing here depends on which.
    for (bank, sealed) in ATTACKED.iter().take(2) {
        no_wrapping_is_accepted(bank, sealed);
    }
}

fn no_wrapping_is_accepted(bank: &Identity, genuine: &str) {
    let with_attribute = |attribute: &str| {
        format!(
            "<s:Body xmlns:s=\"{SOAP_11}\" xmlns:wsu=\"{WSU}\"{attribute}>{}</s:Body>",
            notice(999_999_999)
        )
    };
    let evils =
        ["", " wsu:Id=\"body\"", " wsu:Id=\"evil\"", " Id=\"body\"", " ID=\"body\"", " xml:id=\"body\""]
            .map(with_attribute);
    let uris = ["#body", "", "#evil", "#xpointer(id('body'))", "#xpointer(/)", "body", "#token"];
    let mut tried = 0;
    for place in 0..PLACES {
        for evil in &evils {
            for uri in uris {
                for transforms in 0..TRANSFORMS {
                    for resigned in [false, true] {
                        for second in 0..SECONDS {
                            let forgery = Forgery { place, evil, uri, transforms, resigned, second };
                            refusal(forge(genuine, bank.signer.suite(), forgery));
                            tried += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(tried, PLACES * 6 * 7 * TRANSFORMS * 2 * SECONDS);
}

/// Defends: A22
#[test]
fn hostile_sizes_are_refused_before_they_cost_anything() {
    use std::time::{Duration, Instant};
    let genuine = sealed_by(&BANK);
    let many: String = (0..100_000).map(|n| format!(" a{n}=\"\"")).collect();
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    let bomb = format!("<!DOCTYPE a [<!ENTITY a \"{}\">]>{genuine}", "a".repeat(1000));
    let cases = [
        genuine.replace("<amount>", &format!("<amount{many}>")).into_bytes(),
        genuine.replace(">100<", &format!(">{deep}<")).into_bytes(),
        bomb.into_bytes(),
        vec![b'<'; 100_000_000],
        genuine.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        genuine.replace(">100<", &format!(">{}<", "<b/>".repeat(30_000))).into_bytes(),
    ];
    for octets in cases {
        let start = Instant::now();
        assert!(open(octets, &COUNTRY.trust, now()).is_err());
        assert!(start.elapsed() < Duration::from_secs(1), "took {:?}", start.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    /// Defends: A4, A22
    #[test]
    fn a_damaged_message_never_verifies_with_another_body(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..4),
        whose in any::<prop::sample::Index>(),
    ) {
        let (_, sealed) = whose.get(&ATTACKED);
        let mut octets = sealed.as_bytes().to_vec();
        for (index, byte, kind) in damage {
            let at = index.index(octets.len());
            match kind {
                0 => octets[at] = byte,
                1 => octets[at] ^= 1 << (byte % 8),
                2 => { octets.remove(at); }
                _ => octets.insert(at, byte),
            }
        }
        if let Ok((_, body)) = open(octets, &COUNTRY.trust, now()) {
            let original = part(sealed, "<s:Body", "</s:Body>");
            prop_assert_eq!(body.get().octets(), original.as_bytes());
        }
    }
}
