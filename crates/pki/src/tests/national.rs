//! The national suites: what verifies, and every confusion of suites, widths and orders of octets that must not.

use der::asn1::{Any, BitString, Null, OctetString};
use der::{Decode, Encode, Sequence};
use gost::ParameterSet;
use x509_cert::crl::TbsCertList;
use x509_cert::spki::{AlgorithmIdentifierOwned, ObjectIdentifier};

use super::{World, authority_named, every_profile, noon, organisation, person, request};
use crate::issue::{self, IssueError, Profile};
use crate::key::PrivateKey;
use crate::national::{NationalPair, scheme};
use crate::signed::Signed;
use crate::suite::{PublicKey, x509_algorithm};
use crate::{
    Certificate, CertificateError, CrlError, CrlPolicy, FileSigner, KeyUse, Purpose, RevocationReason,
    Signer, SuiteId, Trust, TrustError, UnwrapError, WrapError, suite, wrap_key,
};

const NATIONAL: [SuiteId; 5] =
    [SuiteId::Gost512, SuiteId::Gost256, SuiteId::Gost2004, SuiteId::RuGost512, SuiteId::RuGost256];

fn world(root: SuiteId) -> World {
    let authority = authority_named("ҰКО сынақ ортасы", root);
    let trust = Trust::new(vec![authority.certificate().clone()], CrlPolicy::default());
    let world = World { authority, trust };
    world.publish(1, &[]).unwrap();
    world
}

fn signer(world: &World, suite: SuiteId, profile: Profile) -> FileSigner {
    let mut request = request(profile);
    request.suite = suite;
    let issued = world.authority.issue(&request).unwrap();
    FileSigner::from_pem(issued.key_pem.expose_secret(), &issued.certificate.to_pem()).unwrap()
}

fn bank(world: &World, suite: SuiteId) -> FileSigner {
    signer(world, suite, Profile::ParticipantSigning { organisation: organisation() })
}

/// Meets: C18, C16
#[test]
fn a_country_may_mix_the_suites_of_its_roots_and_its_certificates_in_every_way() {
    for root in SuiteId::ALL {
        let world = world(root);
        for (number, suite) in (2..).zip(SuiteId::ALL) {
            let bank = bank(&world, suite);
            assert_eq!(bank.suite().id(), suite);
            let certificate = bank.certificate();
            world.check(certificate, Purpose::MessageSigning).unwrap();
            world.publish(number, &[certificate.serial()]).unwrap();
            let revoked = TrustError::Revoked { since: noon(), reason: RevocationReason::KeyCompromise };
            assert_eq!(world.check(certificate, Purpose::MessageSigning), Err(revoked));
        }
    }
}

/// Meets: C18
#[test]
fn persons_have_a_signing_and_an_authentication_certificate_in_every_suite_but_tls_keys_are_not_gost() {
    let world = world(SuiteId::Gost512);
    for id in SuiteId::ALL {
        for profile in every_profile() {
            let mut request = request(profile.clone());
            request.suite = id;
            let is_tls = matches!(profile, Profile::ParticipantTls { .. });
            let issued = match world.authority.issue(&request) {
                Err(IssueError::TlsSuite) if is_tls && id.is_national() => continue,
                issued => issued.unwrap().certificate,
            };
            assert!(!(is_tls && id.is_national()));
            let signs = profile.name().ends_with("signing");
            assert_eq!(issued.allows(KeyUse::NonRepudiation), signs);
            assert_eq!(issued.allows(KeyUse::KeyAgreement), signs && id.is_national());
            assert_eq!(issued.allows(KeyUse::KeyEncipherment), !signs);
        }
    }
}

/// Defends: A28
#[test]
fn a_signature_agrees_under_its_own_suite_and_no_other() {
    let keys: Vec<_> = SuiteId::ALL
        .into_iter()
        .map(|id| {
            let (key, pem) = PrivateKey::generate(id).unwrap();
            let read = PrivateKey::from_pem(&pem).unwrap();
            let public = issue::public_key(&read).unwrap();
            assert!(key.belongs_to(&public));
            (id, read, public)
        })
        .collect();
    for (id, key, public) in &keys {
        let signature = key.sign(b"a message").unwrap();
        let in_x509 = key.sign_x509(b"a message").unwrap();
        for (other, _, other_public) in &keys {
            let own = id == other;
            assert_eq!(suite(*other).verify(public, b"a message", &signature).is_ok(), own);
            assert!(suite(*id).verify(other_public, b"a message", &signature).is_ok() == own);
            let algorithm = x509_algorithm(*other);
            assert_eq!(public.verify_x509(&algorithm, b"a message", &in_x509).is_ok(), own, "{id} {other}");
            assert_eq!(key.belongs_to(other_public), own);
        }
        assert!(suite(*id).verify(public, b"another message", &signature).is_err());
    }
}

/// The same curve, scalar and octets under the identifiers of two countries: only the order of octets differs,
/// and it decides.
///
/// Defends: A28
#[test]
fn the_order_of_octets_is_part_of_the_suite() {
    for (kazakh, russian, set) in [
        (SuiteId::Gost512, SuiteId::RuGost512, ParameterSet::Tc26A512),
        (SuiteId::Gost256, SuiteId::RuGost256, ParameterSet::CryptoProA),
    ] {
        let (kazakh, russian) = (scheme(kazakh).unwrap(), scheme(russian).unwrap());
        let pair = NationalPair::generate(kazakh, set).unwrap();
        let twin = NationalPair::of_same_key(russian, &pair);
        let [of_kazakh, of_russian] =
            [&pair, &twin].map(|pair| PublicKey::from_spki(&pair.spki_der().unwrap()).unwrap());
        let mut signature = pair.sign(b"a message").unwrap();
        let kazakh_id = pair.suite();
        suite(kazakh_id).verify(&of_kazakh, b"a message", &signature).unwrap();
        assert!(suite(twin.suite()).verify(&of_russian, b"a message", &signature).is_err());
        signature.reverse();
        assert!(suite(kazakh_id).verify(&of_kazakh, b"a message", &signature).is_err());
        suite(twin.suite()).verify(&of_russian, b"a message", &signature).unwrap();
        // r and s in the other place, each in its right order.
        signature.rotate_left(set.octets());
        assert!(suite(twin.suite()).verify(&of_russian, b"a message", &signature).is_err());
    }
}

/// Defends: A28
#[test]
fn signatures_of_wrong_numbers_or_lengths_are_refused() {
    for id in NATIONAL {
        let (key, _) = PrivateKey::generate(id).unwrap();
        let public = issue::public_key(&key).unwrap();
        let good = key.sign(b"a message").unwrap();
        let half = good.len() / 2;
        let with = |from: usize, to: usize, octet: u8| {
            let mut signature = good.clone();
            signature[from..to].fill(octet);
            signature
        };
        let mut bad = vec![
            with(0, half, 0),
            with(half, 2 * half, 0),
            with(0, 2 * half, 0),
            with(0, half, 0xff),
            with(half, 2 * half, 0xff),
            good[..half].to_vec(),
            good[..2 * half - 1].to_vec(),
            [good.as_slice(), &[0]].concat(),
            [good.as_slice(), good.as_slice()].concat(),
            OctetString::new(good.as_slice()).unwrap().to_der().unwrap(),
            Vec::new(),
        ];
        bad.extend((0..2 * half).map(|at| with(at, at + 1, good[at] ^ 0x10)));
        // Before and after the key has its table.
        for _ in 0..2 {
            for signature in &bad {
                assert!(suite(id).verify(&public, b"a message", signature).is_err(), "{id}");
            }
            for _ in 0..5 {
                suite(id).verify(&public, b"a message", &good).unwrap();
            }
        }
    }
}

#[derive(Sequence)]
struct Parameters {
    curve: ObjectIdentifier,
    digest: Option<ObjectIdentifier>,
}

fn spki(key: &str, parameters: Option<(&str, Option<&str>)>, bits: &[u8]) -> Vec<u8> {
    #[derive(Sequence)]
    struct Spki {
        algorithm: AlgorithmIdentifierOwned,
        bits: BitString,
    }
    let oid = |text: &str| ObjectIdentifier::new(text).unwrap();
    let parameters = parameters.map(|(curve, digest)| {
        Any::encode_from(&Parameters { curve: oid(curve), digest: digest.map(oid) }).unwrap()
    });
    let algorithm = AlgorithmIdentifierOwned { oid: oid(key), parameters };
    Spki { algorithm, bits: BitString::from_bytes(bits).unwrap() }.to_der().unwrap()
}

fn octet_string(octets: &[u8]) -> Vec<u8> {
    OctetString::new(octets).unwrap().to_der().unwrap()
}

const KZ_512: (&str, Option<(&str, Option<&str>)>) =
    ("1.2.398.3.10.1.1.2.2", Some(("1.2.398.3.10.1.1.2.2.1", Some("1.2.398.3.10.1.3.3"))));

/// Defends: A28
#[test]
fn a_public_key_off_its_curve_or_oddly_written_is_no_key() {
    let (key, _) = PrivateKey::generate(SuiteId::Gost512).unwrap();
    let public = issue::public_key(&key).unwrap();
    let point = key.national().unwrap().key().verifying_key().to_bytes(gost::ByteOrder::Kazakh);
    let made = |bits: &[u8]| PublicKey::from_spki(&spki(KZ_512.0, KZ_512.1, bits));
    assert_eq!(made(&octet_string(&point)).unwrap(), public);
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut point = point.clone();
        change(&mut point);
        made(&octet_string(&point))
    };
    assert!(changed(&|point| point[0] ^= 1).is_err(), "off the curve");
    assert!(changed(&|point| point.fill(0)).is_err(), "zero");
    assert!(changed(&|point| point.fill(0xff)).is_err(), "above the prime");
    assert!(changed(&|point| point.reverse()).is_err(), "every octet reversed");
    assert!(changed(&|point| point.rotate_left(64)).is_err(), "Y before X");
    assert!(changed(&|point| point.chunks_mut(64).for_each(<[u8]>::reverse)).is_err(), "big-endian");
    assert!(changed(&|point| point.truncate(127)).is_err(), "truncated");
    assert!(changed(&|point| point.truncate(64)).is_err(), "of the other width");
    assert!(changed(&|point| point.push(0)).is_err(), "too long");
    assert!(made(&point).is_err(), "no OCTET STRING");
    assert!(made(&[octet_string(&point), vec![0]].concat()).is_err(), "trailing octets");
    assert!(made(&octet_string(&point)[..100]).is_err(), "truncated DER");
    assert!(made(&[]).is_err(), "nothing");
}

/// Defends: A28
#[test]
fn points_of_small_order_are_no_keys() {
    for (key, curve, x) in [
        (
            "1.2.643.7.1.1.1.1",
            "1.2.643.7.1.2.1.1.1",
            "aa4aa1e7dc7530a67ec42a195cfe448758d978d4444b978e15ff95f573fe0001",
        ),
        (
            "1.2.643.7.1.1.1.2",
            "1.2.643.7.1.2.1.2.3",
            "7112fddd49b2b2211e5b5c1f4bcd9a6d1a0945510bcd25d61d013ab8014573c6\
             440bb802bb1a5cfa5108edae38b28a9cb7ff39258aa29bd8efec9455978f629a",
        ),
    ] {
        // The point of order two, whose Y is zero.
        let x = hex::decode(x).unwrap();
        let point = [x.clone(), vec![0; x.len()]].concat();
        assert!(PublicKey::from_spki(&spki(key, Some((curve, None)), &octet_string(&point))).is_err());
    }
}

/// Defends: A28
#[test]
fn keys_of_one_suite_under_the_parameters_of_another_are_no_keys() {
    let (kazakh, russian) = ("1.2.398.3.10.1.1.2.2.1", "1.2.643.7.1.2.1.2.1");
    let (kazakh_digest, russian_digest) = ("1.2.398.3.10.1.3.3", "1.2.643.7.1.1.2.3");
    let (kazakh_key, russian_key) = ("1.2.398.3.10.1.1.2.2", "1.2.643.7.1.1.1.2");
    let (key, _) = PrivateKey::generate(SuiteId::Gost512).unwrap();
    let point = key.national().unwrap().key().verifying_key().to_bytes(gost::ByteOrder::Kazakh);
    let made = |key, parameters| {
        PublicKey::from_spki(&spki(key, parameters, &octet_string(&point))).map(|key| key.suite())
    };
    for digest in [None, Some(russian_digest)] {
        assert_eq!(made(russian_key, Some((russian, digest))).ok().flatten(), Some(SuiteId::RuGost512));
    }
    assert_eq!(made(kazakh_key, Some((kazakh, Some(kazakh_digest)))).ok().flatten(), Some(SuiteId::Gost512));
    for (key, parameters) in [
        (kazakh_key, None),
        (russian_key, None),
        (kazakh_key, Some((kazakh, None))),
        (kazakh_key, Some((kazakh, Some(russian_digest)))),
        (kazakh_key, Some((kazakh, Some("1.2.398.3.10.1.3.2")))),
        (kazakh_key, Some((russian, Some(kazakh_digest)))),
        (kazakh_key, Some(("1.2.398.3.10.1.1.1.1.1", Some("1.2.398.3.10.1.3.1.1.0")))),
        (russian_key, Some((kazakh, Some(kazakh_digest)))),
        (russian_key, Some((russian, Some("1.2.643.7.1.1.2.2")))),
        // A curve of the other width, the test curve, and no curve at all.
        (russian_key, Some(("1.2.643.2.2.35.1", None))),
        (russian_key, Some(("1.2.643.7.1.2.1.2.0", None))),
        (russian_key, Some(("1.2.3.4", None))),
    ] {
        assert!(made(key, parameters).is_err(), "{key} {parameters:?}");
    }
}

fn resigned(signer: &FileSigner, body: &Any, algorithm: AlgorithmIdentifierOwned) -> Vec<u8> {
    let signature = signer.key().sign_x509(&body.to_der().unwrap()).unwrap();
    let signature = BitString::from_bytes(&signature).unwrap();
    Signed { body: body.clone(), algorithm, signature }.to_der().unwrap()
}

/// Both forms of a signature's algorithm identifier are read, but inside and outside must be one and the same.
///
/// Defends: A28
#[test]
fn the_inner_and_the_outer_algorithm_are_one_and_belong_to_the_issuers_key() {
    for id in NATIONAL {
        let world = world(id);
        let bank = bank(&world, SuiteId::P256);
        let signed = Signed::from_der(bank.certificate().der()).unwrap();
        let own = x509_algorithm(id);
        let parameters = if own.parameters.is_some() { None } else { Some(Any::from(Null)) };
        let other_form = AlgorithmIdentifierOwned { oid: own.oid, parameters };
        let made = resigned(&world.authority.0, &signed.body, other_form.clone());
        assert_eq!(Certificate::from_der(&made), Err(CertificateError::Malformed));

        // The whole body rewritten in the other form is as good.
        let body = signed.body.to_der().unwrap();
        let both = replaced(&body, &own.to_der().unwrap(), &other_form.to_der().unwrap());
        let made = resigned(&world.authority.0, &both, other_form.clone());
        let certificate = Certificate::from_der(&made).unwrap();
        world.check(&certificate, Purpose::MessageSigning).unwrap();
        let list = Signed::from_der(&world.crl(2, &[certificate.serial()])).unwrap();
        let list =
            replaced(&list.body.to_der().unwrap(), &own.to_der().unwrap(), &other_form.to_der().unwrap());
        let installed = world.trust.install_crl(&resigned(&world.authority.0, &list, other_form), noon());
        assert_eq!(installed.unwrap().number, 2);

        // Under the name of any other suite, and with odd parameters, it is nobody's.
        let odd =
            AlgorithmIdentifierOwned { oid: own.oid, parameters: Some(Any::encode_from(&true).unwrap()) };
        let others = SuiteId::ALL.into_iter().filter(|other| *other != id).map(x509_algorithm);
        for algorithm in others.chain([odd]) {
            let both = replaced(&body, &own.to_der().unwrap(), &algorithm.to_der().unwrap());
            let made = resigned(&world.authority.0, &both, algorithm.clone());
            let certificate = Certificate::from_der(&made).unwrap();
            let checked = world.check(&certificate, Purpose::MessageSigning);
            assert_eq!(checked, Err(TrustError::UnknownIssuer), "{id} {algorithm:?}");
            let list = Signed::from_der(&world.crl(3, &[])).unwrap();
            let mut list: TbsCertList = TbsCertList::from_der(&list.body.to_der().unwrap()).unwrap();
            list.signature = algorithm.clone();
            let list = resigned(&world.authority.0, &Any::encode_from(&list).unwrap(), algorithm);
            assert_eq!(world.trust.install_crl(&list, noon()), Err(CrlError::BadSignature));
        }
    }
}

/// The SEQUENCE with one element, the first that is written so, in another writing.
fn replaced(sequence: &[u8], from: &[u8], to: &[u8]) -> Any {
    let content = der::asn1::AnyRef::from_der(sequence).unwrap().value();
    let at = content.windows(from.len()).position(|window| window == from).unwrap();
    let content = [&content[..at], to, &content[at + from.len()..]].concat();
    Any::new(der::Tag::Sequence, content).unwrap()
}

#[derive(Sequence)]
struct KeyFile {
    version: u8,
    algorithm: Any,
    key: OctetString,
}

/// Defends: A28
#[test]
fn a_private_key_is_read_in_each_of_the_forms_that_are_in_use_and_in_no_other() {
    for id in NATIONAL {
        let (key, _) = PrivateKey::generate(id).unwrap();
        let pair = key.national().unwrap();
        let file = KeyFile::from_der(&pair.to_pkcs8().unwrap()).unwrap();
        let little = pair.key().to_bytes(gost::ByteOrder::Kazakh).to_vec();
        let big: Vec<u8> = little.iter().rev().copied().collect();
        let read = |version, content: &[u8]| {
            let key = OctetString::new(content).unwrap();
            let file = KeyFile { version, algorithm: file.algorithm.clone(), key };
            PrivateKey::from_pkcs8(&file.to_der().unwrap())
        };
        let integer = der::asn1::UintRef::new(&big).unwrap().to_der().unwrap();
        for content in [little.clone(), octet_string(&little), integer] {
            assert!(read(0, &content).unwrap().belongs_to(&issue::public_key(&key).unwrap()));
        }
        let width = little.len();
        let q_or_more = vec![0xff; width];
        let negative = [&[2, u8::try_from(width).unwrap()], [0x80].as_slice(), &little[1..]].concat();
        for content in [
            vec![0; width],
            q_or_more,
            little[1..].to_vec(),
            [little.clone(), little.clone()].concat(),
            octet_string(&[little.clone(), vec![0]].concat()),
            octet_string(&little[1..]),
            [octet_string(&little), vec![0]].concat(),
            negative,
            vec![2, 1, 0],
            vec![5, 0],
            Vec::new(),
        ] {
            assert!(read(0, &content).is_err(), "{id} {}", hex::encode(content));
        }
        assert!(read(1, &little).is_err());
        let whole = file.to_der().unwrap();
        assert!(PrivateKey::from_pkcs8(&whole[..whole.len() - 1]).is_err());
        assert!(PrivateKey::from_pkcs8(&[whole, vec![0]].concat()).is_err());
    }
}

#[test]
fn a_key_wrapped_for_a_certificate_is_opened_by_its_holder_for_its_purpose_alone() {
    let world = world(SuiteId::P256);
    for id in NATIONAL {
        let (own, other) = (bank(&world, id), bank(&world, id));
        for octets in [1, 32, 64] {
            let key = vec![7; octets];
            let wrapped = wrap_key(own.certificate(), b"data key 1", &key).unwrap();
            assert!(!wrapped.windows(octets.max(8)).any(|window| window.iter().all(|octet| *octet == 7)));
            assert_eq!(*own.unwrap_key(b"data key 1", &wrapped).unwrap(), key);
            assert_ne!(wrapped, wrap_key(own.certificate(), b"data key 1", &key).unwrap());
            assert_eq!(own.unwrap_key(b"data key 2", &wrapped), Err(UnwrapError::Mismatch));
            assert_eq!(other.unwrap_key(b"data key 1", &wrapped), Err(UnwrapError::Mismatch));
            for at in 0..wrapped.len() {
                let mut changed = wrapped.clone();
                changed[at] ^= 1;
                assert!(own.unwrap_key(b"data key 1", &changed).is_err(), "{id} {at}");
                assert!(own.unwrap_key(b"data key 1", &wrapped[..at]).is_err());
            }
            let longer = [wrapped.as_slice(), &[0]].concat();
            assert_eq!(own.unwrap_key(b"data key 1", &longer), Err(UnwrapError::Malformed));
        }
        for octets in [0, 65] {
            let refused = wrap_key(own.certificate(), b"data key 1", &vec![1; octets]);
            assert_eq!(refused, Err(WrapError::Length(octets)));
        }
        let wrapped = wrap_key(own.certificate(), b"", &[1]).unwrap();
        for stranger in SuiteId::ALL.into_iter().filter(|stranger| *stranger != id) {
            let expected =
                if stranger.is_national() { UnwrapError::OtherKind } else { UnwrapError::NotOffered };
            assert_eq!(bank(&world, stranger).unwrap_key(b"", &wrapped), Err(expected));
        }
        let authentication = signer(&world, id, Profile::PersonAuthentication { person: person() });
        let refused = wrap_key(authentication.certificate(), b"", &[1]);
        assert_eq!(refused, Err(WrapError::NotForAgreement));
    }
    let ecdsa = bank(&world, SuiteId::P256);
    assert_eq!(wrap_key(ecdsa.certificate(), b"", &[1]), Err(WrapError::NotForAgreement));
}
