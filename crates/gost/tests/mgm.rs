//! MGM against the examples of its RFC, and against whoever changes a bit.

use gost::kuznyechik::Kuznyechik;
use gost::magma::Magma;
use gost::mgm::{Mgm, MgmError};
use gost::modes::BlockCipher;
use proptest::prelude::*;

struct Example {
    key: &'static str,
    nonce: &'static str,
    further: &'static str,
    message: &'static str,
    sealed: &'static str,
}

fn check<C: BlockCipher>(example: &Example) {
    let octets = |text| hex::decode(text).unwrap();
    let mgm = Mgm::<C>::new(&octets(example.key).try_into().unwrap());
    let mut nonce = C::Block::default();
    nonce.as_mut().copy_from_slice(&octets(example.nonce));
    let (further, message) = (octets(example.further), octets(example.message));
    let sealed = mgm.seal(&nonce, &further, &message).unwrap();
    assert_eq!(hex::encode(&sealed), example.sealed);
    assert_eq!(mgm.open(&nonce, &further, &sealed).unwrap(), message);
}

/// RFC 9058, section A.1.1, and Р 1323565.1.026-2019.
#[test]
fn kuznyechik_seals_as_in_the_rfc() {
    check::<Kuznyechik>(&Example {
        key: "8899aabbccddeeff0011223344556677fedcba98765432100123456789abcdef",
        nonce: "1122334455667700ffeeddccbbaa9988",
        further: "0202020202020202010101010101010104040404040404040303030303030303\
                  ea0505050505050505",
        message: "1122334455667700ffeeddccbbaa998800112233445566778899aabbcceeff0a\
                  112233445566778899aabbcceeff0a002233445566778899aabbcceeff0a0011\
                  aabbcc",
        sealed: "a9757b8147956e9055b8a33de89f42fc8075d2212bf9fd5bd3f7069aadc16b39\
                 497ab15915a6ba85936b5d0ea9f6851cc60c14d4d3f883d0ab94420695c76deb\
                 2c7552cf5d656f40c34f5c46e8bb0e29fcdb4c",
    });
}

/// RFC 9058, section A.2.1, and Р 1323565.1.026-2019.
#[test]
fn magma_seals_as_in_the_rfc() {
    check::<Magma>(&Example {
        key: "ffeeddccbbaa99887766554433221100f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        nonce: "12def06b3c130a59",
        further: "0101010101010101020202020202020203030303030303030404040404040404\
                  0505050505050505ea",
        message: "ffeeddccbbaa998811223344556677008899aabbcceeff0a0011223344556677\
                  99aabbcceeff0a001122334455667788aabbcceeff0a00112233445566778899\
                  aabbcc",
        sealed: "c795066c5f9ea03b85113342459185ae1f2e00d6bf2b785d940470b8bb9c8e7d\
                 9a5dd3731f7ddc70ec27cb0ace6fa57670f65c646abb75d547aa37c3bcb5c34e\
                 03bb9ca7928069aa10fd10",
    });
}

/// RFC 9058, sections A.1.2 and A.2.2: nothing encrypted, and nothing beside what is encrypted.
#[test]
fn either_part_may_be_missing() {
    const KEY: &str = "99aabbccddeeff0011223344556677fedcba98765432100123456789abcdef88";
    check::<Kuznyechik>(&Example {
        key: KEY,
        nonce: "1122334455667700ffeeddccbbaa9988",
        further: "01010101010101010101010101010101",
        message: "",
        sealed: "7901e9ea2085cd247ed249695f9f8a85",
    });
    check::<Magma>(&Example {
        key: KEY,
        nonce: "0077665544332211",
        further: "",
        message: "22334455667700ff",
        sealed: "6a95e1426b259d4e334ee270450bec9e",
    });
}

/// RFC 9058, section 4.1: the first bit of the nonce belongs to the mode.
#[test]
fn a_nonce_with_its_first_bit_set_is_refused() {
    let mgm = Mgm::<Kuznyechik>::new(&[7; 32]);
    let mut nonce = [0; 16];
    nonce[0] = 0x80;
    assert_eq!(mgm.seal(&nonce, b"", b"message"), Err(MgmError::NonceFirstBit));
    assert_eq!(mgm.open(&nonce, b"", &[0; 32]), Err(MgmError::NonceFirstBit));
}

/// RFC 9058, section 4.1: the lengths may not both be zero.
#[test]
fn nothing_at_all_is_refused() {
    let mgm = Mgm::<Magma>::new(&[7; 32]);
    assert_eq!(mgm.seal(&[0; 8], b"", b""), Err(MgmError::Empty));
    assert_eq!(mgm.open(&[0; 8], b"", &[0; 8]), Err(MgmError::Empty));
    assert_eq!(mgm.open(&[0; 8], b"further", &[0; 7]), Err(MgmError::Truncated));
}

/// RFC 9058, section 4.1: 2³² bits, which is 512 MiB, are too much for Magma. Nothing is computed, so
/// the pages are never touched.
#[test]
fn magma_refuses_a_message_past_its_limit() {
    let mgm = Mgm::<Magma>::new(&[7; 32]);
    let mut message = vec![0; 1 << 29];
    assert_eq!(mgm.seal_in_place(&[0; 8], b"", &mut message), Err(MgmError::TooLong));
    assert_eq!(mgm.open_in_place(&[0; 8], b"", &mut message, &[0; 8]), Err(MgmError::TooLong));
    let half = &vec![0; 1 << 28];
    assert_eq!(mgm.seal(&[0; 8], half, half), Err(MgmError::TooLong));
}

#[test]
fn a_refused_message_stays_encrypted_where_it_lies() {
    let mgm = Mgm::<Kuznyechik>::new(&[7; 32]);
    let mut message = *b"message";
    let mut code = mgm.seal_in_place(&[0; 16], b"further", &mut message).unwrap();
    let encrypted = message;
    code[15] ^= 1;
    let refused = mgm.open_in_place(&[0; 16], b"further", &mut message, &code);
    assert_eq!(refused, Err(MgmError::NotAuthentic));
    assert_eq!(message, encrypted);
    code[15] ^= 1;
    assert_eq!(
        mgm.open_in_place(&[0; 16], b"further", &mut message, &code[..15]),
        Err(MgmError::NotAuthentic)
    );
    mgm.open_in_place(&[0; 16], b"further", &mut message, &code).unwrap();
    assert_eq!(&message, b"message");
}

#[test]
fn a_key_is_not_shown() {
    assert_eq!(format!("{:?}", Mgm::<Magma>::new(&[7; 32])), "Mgm(…)");
}

fn every_changed_bit_is_noticed<C: BlockCipher>(
    key: [u8; 32],
    nonce: C::Block,
    further: &[u8],
    message: &[u8],
) {
    let mgm = Mgm::<C>::new(&key);
    let sealed = mgm.seal(&nonce, further, message).unwrap();
    assert_eq!(mgm.open(&nonce, further, &sealed).unwrap(), message);
    let refused = Err(MgmError::NotAuthentic);
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 0x80 >> (bit % 8);
        assert_eq!(mgm.open(&nonce, further, &changed), refused);
    }
    for bit in 0..further.len() * 8 {
        let mut changed = further.to_vec();
        changed[bit / 8] ^= 0x80 >> (bit % 8);
        assert_eq!(mgm.open(&nonce, &changed, &sealed), refused);
    }
    // The first bit of a nonce is refused for another reason.
    for bit in 1..C::BLOCK_LEN * 8 {
        let mut changed = nonce;
        changed.as_mut()[bit / 8] ^= 0x80 >> (bit % 8);
        assert_eq!(mgm.open(&changed, further, &sealed), refused);
    }
    // An octet moved between the two, or cut off, makes another message of the same octets.
    let mut longer = further.to_vec();
    longer.push(sealed[0]);
    assert_eq!(mgm.open(&nonce, &longer, &sealed[1..]), refused);
    let cut = [&sealed[..message.len() - 1], &sealed[message.len()..]].concat();
    assert_eq!(mgm.open(&nonce, further, &cut), refused);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_is_changed_is_noticed(
        key: [u8; 32],
        mut nonce: [u8; 16],
        further in proptest::collection::vec(any::<u8>(), 0..40),
        message in proptest::collection::vec(any::<u8>(), 2..60),
    ) {
        nonce[0] &= 0x7f;
        nonce[8] &= 0x7f;
        every_changed_bit_is_noticed::<Kuznyechik>(key, nonce, &further, &message);
        let short = std::array::from_fn(|i| nonce[i + 8]);
        every_changed_bit_is_noticed::<Magma>(key, short, &further, &message);
    }

    #[test]
    fn messages_of_any_length_are_opened_as_they_were(
        key: [u8; 32],
        message in proptest::collection::vec(any::<u8>(), 1..2_000),
    ) {
        let mgm = Mgm::<Kuznyechik>::new(&key);
        let sealed = mgm.seal(&[1; 16], b"row 7", &message).unwrap();
        prop_assert_eq!(sealed.len(), message.len() + 16);
        prop_assert_eq!(mgm.open(&[1; 16], b"row 7", &sealed), Ok(message));
    }
}
