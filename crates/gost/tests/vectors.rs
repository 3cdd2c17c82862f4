//! Published vectors of keys, key agreement and signed certificates. The signatures of the standard's own
//! examples, which need a chosen nonce, are tested inside `sign`.

use gost::streebog::{Streebog256, Streebog512};
use gost::{ByteOrder, Error, ParameterSet, Signature, SigningKey, VerifyingKey, VerifyingTable, vko};

fn hex(digits: &str) -> Vec<u8> {
    hex::decode(digits.split_whitespace().collect::<String>()).expect("hexadecimal digits")
}

fn public_of(set: ParameterSet, private: &str) -> Vec<u8> {
    let key = SigningKey::from_bytes(set, &hex(private), ByteOrder::Printed).expect("a private key");
    key.verifying_key().to_bytes(ByteOrder::Printed)
}

/// Source: RFC 7091 sec. 7, ГОСТ Р 34.10-2012 annex A. Meets: C16.
#[test]
fn the_standards_private_keys_give_its_public_keys() {
    assert_eq!(
        public_of(ParameterSet::Test256, "7A929ADE789BB9BE10ED359DD39A72C11B60961F49397EEE1D19CE9891EC3B28"),
        hex("7F2B49E270DB6D90D8595BEC458B50C58585BA1D4E9B788F6689DBD8E56FD80B
             26F1B489D6701DD185C8413A977B3CBBAF64D1C593D26627DFFB101A87FF77DA")
    );
    assert_eq!(
        public_of(
            ParameterSet::Test512,
            "0BA6048AADAE241BA40936D47756D7C93091A0E8514669700EE7508E508B1020
             72E8123B2200A0563322DAD2827E2714A2636B7BFD18AADFC62967821FA18DD4"
        ),
        hex("115DC5BC96760C7B48598D8AB9E740D4C4A85A65BE33C1815B5C320C854621DD
             5A515856D13314AF69BC5B924C8B4DDFF75C45415C1D9DD9DD33612CD530EFE1
             37C7C90CD40B0F5621DC3AC1B751CFA0E2634FA0503B3D52639F5D7FB72AFD61
             EA199441D943FFE7F0C70A2759A3CDB84C114E1F9339FDF27F35ECA93677BEEC")
    );
}

/// Source: RFC 8133 app. A, multiples of the generator of each curve. Meets: C16.
#[test]
fn multiples_of_the_generators_are_those_of_rfc_8133() {
    let vectors = [
        (
            ParameterSet::CryptoProA,
            "1F2538097D5A031FA68BBB43C84D12B3DE47B7061C0D5E24993E0C873CDBA6B3",
            "BBC77CF42DC1E62D06227935379B4AA4D14FEA4F565DDF4CB4FA4D31579F9676
             8E16604A4AFDF28246684D4996274781F6CB80ABBBA1414C1513EC988509DABF",
        ),
        (
            ParameterSet::CryptoProA,
            "DC497D9EF6324912FD367840EE509A2032AEDB1C0A890D133B45F596FCCBD45D",
            "6097341C1BE388E83E7CA2DF47FAB86E2271FD942E5B7B2EB2409E49F742BC29
             C81AA48BDB4CA6FA0EF18B9788AE25FE30857AA681B3942217F9FED151BAB7D0",
        ),
        (
            ParameterSet::CryptoProB,
            "499D72B90299CAB0DA1F8BE19D9122F622A13B32B730C46BD0664044F2144FAD",
            "61D6F916DB717222D74877F179F7EBEF7CD4D24D8C1F523C048E34A1DF30F8DD
             3EC48863049CFCFE662904082E78503F4973A4E105E2F1B18C69A5E7FB209000",
        ),
        (
            ParameterSet::CryptoProC,
            "3A54AC3F19AD9D0B1EAC8ACDCEA70E581F1DAC33D13FEAFD81E762378639C1A8",
            "96B7F09C94D297C257A7DA48364C0076E59E48D221CBA604AE111CA3933B446A
             54E4953D86B77ECCEB578500931E822300F7E091F79592CA202A020D762C34A6",
        ),
        (
            ParameterSet::Tc26A256,
            "147B72F6684FB8FD1B418A899F7DBECAF5FCE60B13685BAA95328654A7F0707F",
            "33FBAC14EAE538275A769417829C431BD9FA622B6F02427EF55BD60EE6BC2888
             22F2EBCF960A82E6CDB4042D3DDDA511B2FBA925383C2273D952EA2D406EAE46",
        ),
        (
            ParameterSet::Tc26A512,
            "3CE54325DB52FE798824AEAD11BB16FA766857D04A4AF7D468672F16D90E7396
             046A46F815693E85B1CE5464DA9270181F82333B0715057BBE8D61D400505F0E",
            "B93093EB0FCC463239B7DF276E09E592FCFC9B635504EA4531655D76A0A3078E
             2B4E51CFE2FA400CC5DE9FBE369DB204B3E8ED7EDD85EE5CCA654C1AED70E396
             809770B8D910EA30BD2FA89736E91DC31815D2D9B31128077EEDC371E9F69466
             F497DC64DD5B1FADC587F860EE256109138C4A9CD96B628E65A8F590520FC882",
        ),
        (
            ParameterSet::Tc26B512,
            "715E893FA639BF341296E0623E6D29DADF26B163C278767A7982A989462A3863
             FE12AEF8BD403D59C4DC4720570D4163DB0805C7C10C4E818F9CB785B04B9997",
            "10C479EA1C04D3C2C02B0576A9C42D96226FF033C1191436777F66916030D87D
             02FB93738ED7669D07619FFCE7C1F3C4DB5E5DF49E2186D6FA1E2EB5767602B9
             039F6044191404E707F26D59D979136A831CCE43E1C5F0600D1DDF8F39D0CA3D
             52FBD943BF04DDCED1AA2CE8F5EBD7487ACDEF239C07D015084D796784F35436",
        ),
        (
            ParameterSet::Tc26C512,
            "332F930421D14CFE260042159F18E49FD5A54167E94108AD80B1DE60B13DE799
             9A34D611E63F3F870E5110247DF8EC7466E648ACF385E52CCB889ABF491EDFF0",
            "561655966D52952E805574F4281F1ED3A2D498932B00CBA9DECB42837F09835B
             FFBFE2D84D6B6B242FE7B57F92E1A6F2413E12DDD6383E4437E13D72693469AD
             F6B18328B2715BD7F4178615273A36135BC0BF62F7D8BB9F080164AD36470AD0
             3660F51806C64C6691BADEF30F793720F8E3FEAED631D6A54A4C372DCBF80E82",
        ),
    ];
    for (set, scalar, point) in vectors {
        assert_eq!(public_of(set, scalar), hex(point), "{set:?}");
    }
}

/// Source: RFC 7836 app. B, VKO_GOSTR3410_2012_256 and _512 on TC26 512 A. Meets: C16.
#[test]
fn both_sides_agree_on_the_keys_of_rfc_7836() {
    let set = ParameterSet::Tc26A512;
    let order = ByteOrder::Rfc;
    let private = [
        hex("c990ecd972fce84ec4db022778f50fcac726f46708384b8d458304962d7147f8
             c2db41cef22c90b102f2968404f9b9be6d47c79692d81826b32b8daca43cb667"),
        hex("48c859f7b6f11585887cc05ec6ef1390cfea739b1a18c0d4662293ef63b79e3b
             8014070b44918590b4b996acfea4edfbbbcccc8c06edd8bf5bda92a51392d0db"),
    ];
    let public = [
        hex("aab0eda4abff21208d18799fb9a8556654ba783070eba10cb9abb253ec56dcf5
             d3ccba6192e464e6e5bcb6dea137792f2431f6c897eb1b3c0cc14327b1adc0a7
             914613a3074e363aedb204d38d3563971bd8758e878c9db11403721b48002d38
             461f92472d40ea92f9958c0ffa4c93756401b97f89fdbe0b5e46e4a4631cdb5a"),
        hex("192fe183b9713a077253c72c8735de2ea42a3dbc66ea317838b65fa32523cd5e
             fca974eda7c863f4954d1147f1f2b25c395fce1c129175e876d132e94ed5a651
             04883b414c9b592ec4dc84826f07d0b6d9006dda176ce48c391e3f97d102e03b
             b598bf132a228a45f7201aba08fc524a2d77e43a362ab022ad4028f75bde3b79"),
    ];
    let ukm = hex("1d80603c8544c727");
    for (own, other) in [(0, 1), (1, 0)] {
        let key = SigningKey::from_bytes(set, &private[own], order).expect("a private key");
        assert_eq!(key.verifying_key().to_bytes(order), public[own]);
        let peer = VerifyingKey::from_bytes(set, &public[other], order).expect("a public key");
        assert_eq!(
            vko::vko256(&key, &peer, &ukm).expect("agrees")[..],
            hex("c9a9a77320e2cc559ed72dce6f47e2192ccea95fa648670582c054c0ef36c221")
        );
        assert_eq!(
            vko::vko512(&key, &peer, &ukm).expect("agrees")[..],
            hex("79f002a96940ce7bde3259a52e015297adaad84597a0d205b50e3e1719f97bfa
                 7ee1d2661fa9979a5aa235b558a7e6d9f88f982dd63fc35a8ec0dd5e242d3bdf")
        );
    }
}

/// One DER element: its octets with the header, its content, and what follows it.
fn element(der: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (header, length) = match der[1] {
        short @ 0..=0x7f => (2, usize::from(short)),
        0x81 => (3, usize::from(der[2])),
        0x82 => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
        other => panic!("length form {other:#x} does not occur in these certificates"),
    };
    (&der[..header + length], &der[header..header + length], &der[header + length..])
}

fn base64(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0u32, 0);
    for letter in text.bytes().filter(|letter| !letter.is_ascii_whitespace() && *letter != b'=') {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
            .iter()
            .position(|candidate| *candidate == letter)
            .expect("base64 letters");
        bits = bits << 6 | value as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

/// The signed part, the public key's octets and the signature of a self-signed certificate.
fn parts(certificate: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (_, content, _) = element(certificate);
    let (signed, mut fields, rest) = element(content);
    // version, serial number, signature algorithm, issuer, validity, subject
    for _ in 0..6 {
        fields = element(fields).2;
    }
    let key_info = element(fields).1;
    let key_bits = element(element(key_info).2).1;
    let key = element(&key_bits[1..]).1;
    let signature = &element(element(rest).2).1[1..];
    (signed, key, signature)
}

fn check_certificate(set: ParameterSet, private: &str, certificate: &str, digest: impl Fn(&[u8]) -> Vec<u8>) {
    let certificate = base64(certificate);
    let (signed, key_octets, signature_octets) = parts(&certificate);
    let private = SigningKey::from_bytes(set, &hex(private), ByteOrder::Printed).expect("a private key");
    assert_eq!(private.verifying_key().to_bytes(ByteOrder::Rfc), key_octets);
    let key = VerifyingKey::from_bytes(set, key_octets, ByteOrder::Rfc).expect("a public key");
    let signature = Signature::from_bytes(set, signature_octets, ByteOrder::Rfc).expect("a signature");
    let digest_octets = digest(signed);
    assert_eq!(key.verify_digest(&digest_octets, ByteOrder::Rfc, &signature), Ok(()));
    assert_eq!(VerifyingTable::new(&key).verify_digest(&digest_octets, ByteOrder::Rfc, &signature), Ok(()));

    // The Kazakh form is the reversal of the whole, and verifies as well.
    let reversed: Vec<u8> = signature_octets.iter().rev().copied().collect();
    assert_eq!(Signature::from_bytes(set, &reversed, ByteOrder::Kazakh), Ok(signature));
    let mut altered = signed.to_vec();
    altered[40] ^= 1;
    assert_eq!(
        key.verify_digest(&digest(&altered), ByteOrder::Rfc, &signature),
        Err(Error::SignatureMismatch)
    );
}

/// Source: RFC 9215 app. A, certificate with the 256-bit test key (XchA). Meets: C16.
#[test]
fn the_256_bit_sample_certificate_verifies() {
    check_certificate(
        ParameterSet::CryptoProXchA,
        "BFCF1D623E5CDD3032A7C6EABB4A923C46E43D640FFEAAF2C3ED39A8FA399924",
        "MIICYjCCAg+gAwIBAgIBATAKBggqhQMHAQEDAjBWMSkwJwYJKoZIhvcNAQkBFhpH
b3N0UjM0MTAtMjAxMkBleGFtcGxlLmNvbTEpMCcGA1UEAxMgR29zdFIzNDEwLTIw
MTIgKDI1NiBiaXQpIGV4YW1wbGUwHhcNMTMxMTA1MTQwMjM3WhcNMzAxMTAxMTQw
MjM3WjBWMSkwJwYJKoZIhvcNAQkBFhpHb3N0UjM0MTAtMjAxMkBleGFtcGxlLmNv
bTEpMCcGA1UEAxMgR29zdFIzNDEwLTIwMTIgKDI1NiBiaXQpIGV4YW1wbGUwZjAf
BggqhQMHAQEBATATBgcqhQMCAiQABggqhQMHAQECAgNDAARAut/Qw1MUq9KPqkdH
C2xAF3K7TugHfo9n525D2s5mFZdD5pwf90/i4vF0mFmr9nfRwMYP4o0Pg1mOn5Rl
aXNYraOBwDCBvTAdBgNVHQ4EFgQU1fIeN1HaPbw+XWUzbkJ+kHJUT0AwCwYDVR0P
BAQDAgHGMA8GA1UdEwQIMAYBAf8CAQEwfgYDVR0BBHcwdYAU1fIeN1HaPbw+XWUz
bkJ+kHJUT0ChWqRYMFYxKTAnBgkqhkiG9w0BCQEWGkdvc3RSMzQxMC0yMDEyQGV4
YW1wbGUuY29tMSkwJwYDVQQDEyBHb3N0UjM0MTAtMjAxMiAoMjU2IGJpdCkgZXhh
bXBsZYIBATAKBggqhQMHAQEDAgNBAF5bm4BbARR6hJLEoWJkOsYV3Hd7kXQQjz3C
dqQfmHrz6TI6Xojdh/t8ckODv/587NS5/6KsM77vc6Wh90NAT2s=",
        |signed| Streebog256::digest(signed).to_vec(),
    );
}

/// Source: RFC 9215 app. A, certificate with the 512-bit test key (TC26 512 B). Meets: C16.
#[test]
fn the_512_bit_sample_certificate_verifies() {
    check_certificate(
        ParameterSet::Tc26B512,
        "3FC01CDCD4EC5F972EB482774C41E66DB7F380528DFE9E67992BA05AEE462435
         757530E641077CE587B976C8EEB48C48FD33FD175F0C7DE6A44E014E6BCB074B",
        "MIIC6DCCAlSgAwIBAgIBATAKBggqhQMHAQEDAzBWMSkwJwYJKoZIhvcNAQkBFhpH
b3N0UjM0MTAtMjAxMkBleGFtcGxlLmNvbTEpMCcGA1UEAxMgR29zdFIzNDEwLTIw
MTIgKDUxMiBiaXQpIGV4YW1wbGUwHhcNMTMxMDA0MDczNjA0WhcNMzAxMDAxMDcz
NjA0WjBWMSkwJwYJKoZIhvcNAQkBFhpHb3N0UjM0MTAtMjAxMkBleGFtcGxlLmNv
bTEpMCcGA1UEAxMgR29zdFIzNDEwLTIwMTIgKDUxMiBiaXQpIGV4YW1wbGUwgaow
IQYIKoUDBwEBAQIwFQYJKoUDBwECAQICBggqhQMHAQECAwOBhAAEgYATGQ9VCiM5
FRGCQ8MEz2F1dANqhaEuywa8CbxOnTvaGJpFQVXQwkwvLFAKh7hk542vOEtxpKtT
CXfGf84nRhMH/Q9bZeAc2eO/yhxrsQhTBufa1Fuou2oe/jUOaG6RAtUUvRzhNTpp
RGGl1+EIY2vzzUua9j9Ol/gAoy/LNKQIfqOBwDCBvTAdBgNVHQ4EFgQUPcbTRXJZ
nHtjj+eBP7b5lcTMekIwCwYDVR0PBAQDAgHGMA8GA1UdEwQIMAYBAf8CAQEwfgYD
VR0BBHcwdYAUPcbTRXJZnHtjj+eBP7b5lcTMekKhWqRYMFYxKTAnBgkqhkiG9w0B
CQEWGkdvc3RSMzQxMC0yMDEyQGV4YW1wbGUuY29tMSkwJwYDVQQDEyBHb3N0UjM0
MTAtMjAxMiAoNTEyIGJpdCkgZXhhbXBsZYIBATAKBggqhQMHAQEDAwOBgQBObS7o
ppPTXzHyVR1DtPa8b57nudJzI4czhsfeX5HDntOq45t9B/qSs8dC6eGxbhHZ9zCO
SFtxWYdmg0au8XI9Xb8vTC1qdwWID7FFjMWDNQZb6lYh/J+8F2xKylvB5nIlRZqO
o3eUNFkNyHJwQCk2WoOlO16zwGk2tdKH4KmD5w==",
        |signed| Streebog512::digest(signed).to_vec(),
    );
}
