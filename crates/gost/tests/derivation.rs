//! HMAC, the derivation functions and the wrapping of keys against published examples.

use gost::TagMismatch;
use gost::hmac::{HmacStreebog256, HmacStreebog512};
use gost::kdf::{KdfError, kdf_256, kdf_tree};
use gost::kexp::{KexpError, WrappingKeys, kexp15, kimp15};
use gost::kuznyechik::Kuznyechik;
use gost::magma::Magma;
use gost::modes::BlockCipher;
use proptest::prelude::*;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn octets(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

/// RFC 7836, appendix B, examples 1 and 2.
#[test]
fn hmac_gives_the_codes_of_the_rfc() {
    let message = octets("0126bdb87800af214341456563780100");
    assert_eq!(
        hex::encode(HmacStreebog256::mac(&octets(KEY), &message)),
        "a1aa5f7de402d7b3d323f2991c8d4534013137010a83754fd0af6d7cd4922ed9"
    );
    assert_eq!(
        hex::encode(HmacStreebog512::mac(&octets(KEY), &message)),
        "a59bab22ecae19c65fbde6e5f4e9f5d8549d31f037f9df9b905500e171923a77\
         3d5f1530f2ed7e964cb2eedc29e9ad2f3afe93b2814f79f5000ffc0366c251e6"
    );
}

/// RFC 7836, appendix B (KDF_GOSTR3411_2012_256).
#[test]
fn the_single_key_is_that_of_the_rfc() {
    let key = kdf_256(&octets(KEY), &octets("26bdb878"), &octets("af21434145656378"));
    assert_eq!(hex::encode(*key), "a1aa5f7de402d7b3d323f2991c8d4534013137010a83754fd0af6d7cd4922ed9");
}

/// RFC 7836, appendix B, example 10 (KDF_TREE_GOSTR3411_2012_256, R = 1).
#[test]
fn the_tree_of_keys_is_that_of_the_rfc() {
    let mut keys = [0; 64];
    kdf_tree(&octets(KEY), &octets("26bdb878"), &octets("af21434145656378"), 1, &mut keys).unwrap();
    assert_eq!(
        hex::encode(keys),
        "22b6837845c6bef65ea71672b265831086d3c76aebe6dae91cad51d83f79d16b\
         074c9330599d7f8d712fca54392f4ddde93751206b3584c8f43f9e6dc51531f9"
    );
}

/// RFC 7836, section 4.5: a tree of one key is the single key, since both count from 1 and state 256.
#[test]
fn a_tree_of_one_key_is_the_single_key() {
    let mut tree = [0; 32];
    kdf_tree(b"key", b"label", b"seed", 1, &mut tree).unwrap();
    assert_eq!(tree, *kdf_256(b"key", b"label", b"seed"));
}

#[test]
fn a_tree_larger_than_its_counter_is_refused() {
    let mut keys = vec![0; 255 * 32 + 1];
    assert_eq!(kdf_tree(b"", b"", b"", 1, &mut keys), Err(KdfError::OutputLength(8161)));
    assert_eq!(kdf_tree(b"", b"", b"", 2, &mut keys), Ok(()));
    assert_eq!(kdf_tree(b"", b"", b"", 1, &mut keys[..8160]), Ok(()));
    assert_eq!(kdf_tree(b"", b"", b"", 1, &mut []), Err(KdfError::OutputLength(0)));
    assert_eq!(kdf_tree(b"", b"", b"", 0, &mut keys), Err(KdfError::CounterLength(0)));
    assert_eq!(kdf_tree(b"", b"", b"", 5, &mut keys), Err(KdfError::CounterLength(5)));
}

fn check_wrapping<C: BlockCipher>(iv: &C::HalfBlock, expected: &str) {
    let mac = octets("08090a0b0c0d0e0f0001020304050607101112131415161718191a1b1c1d1e1f");
    let enc = octets("202122232425262728292a2b2c2d2e2f38393a3b3c3d3e3f3031323334353637");
    let keys = WrappingKeys { mac: &mac.try_into().unwrap(), enc: &enc.try_into().unwrap() };
    let key = octets("8899aabbccddeeff0011223344556677fedcba98765432100123456789abcdef");
    let wrapped = kexp15::<C>(keys, iv, &key).unwrap();
    assert_eq!(hex::encode(&wrapped), expected);
    assert_eq!(*kimp15::<C>(keys, iv, &wrapped).unwrap(), key);
}

/// Р 1323565.1.017-2018, annex A (the KExp15 of RFC 9189); also in the tests of the OpenSSL engine.
#[test]
fn magma_wraps_the_key_of_the_standard() {
    check_wrapping::<Magma>(
        &[0x67, 0xbe, 0xd6, 0x54],
        "cfd5a12d5b81b6e1e99c916d07900c6ac12703fb3abded55567bf3742c899c755dafe7b42e3a8bd9",
    );
}

/// Р 1323565.1.017-2018, annex A (the KExp15 of RFC 9189).
#[test]
fn kuznyechik_wraps_the_key_of_the_standard() {
    check_wrapping::<Kuznyechik>(
        &[0x09, 0x09, 0x47, 0x2d, 0xd9, 0xf2, 0x6b, 0xe8],
        "e36184e84e8d736ff36cc2e5ae065dc656b23c20f549b02fdff88e1f3f30d8c2\
         9a53f3ca554dbad80de152b9a4625b32",
    );
}

#[test]
fn what_is_no_wrapped_key_is_refused_by_name() {
    let keys = WrappingKeys { mac: &[1; 32], enc: &[2; 32] };
    let iv = [0; 8];
    assert_eq!(kexp15::<Kuznyechik>(keys, &iv, b""), Err(KexpError::Length(0)));
    assert_eq!(kexp15::<Kuznyechik>(keys, &iv, &[0; 4097]), Err(KexpError::Length(4097)));
    assert_eq!(kimp15::<Kuznyechik>(keys, &iv, &[0; 15]), Err(KexpError::Length(0)));
    assert_eq!(kimp15::<Kuznyechik>(keys, &iv, &[0; 16]), Err(KexpError::Length(0)));
    assert_eq!(kimp15::<Kuznyechik>(keys, &iv, &[0; 48]), Err(KexpError::Mismatch));
    let same = WrappingKeys { mac: &[1; 32], enc: &[1; 32] };
    assert_eq!(kexp15::<Kuznyechik>(same, &iv, &[0; 32]), Err(KexpError::SameKey));
    assert_eq!(format!("{keys:?}"), "WrappingKeys(…)");
}

proptest! {
    #[test]
    fn any_changed_bit_of_a_wrapped_key_is_noticed(
        mac: [u8; 32],
        enc: [u8; 32],
        iv: [u8; 8],
        key in proptest::collection::vec(any::<u8>(), 1..70),
        bit: proptest::sample::Index,
    ) {
        prop_assume!(mac != enc);
        let keys = WrappingKeys { mac: &mac, enc: &enc };
        let mut wrapped = kexp15::<Kuznyechik>(keys, &iv, &key).unwrap();
        prop_assert_eq!(&*kimp15::<Kuznyechik>(keys, &iv, &wrapped).unwrap(), &key);
        let bit = bit.index(wrapped.len() * 8);
        wrapped[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(kimp15::<Kuznyechik>(keys, &iv, &wrapped), Err(KexpError::Mismatch));
    }

    #[test]
    fn a_code_verifies_only_whole_and_unchanged(
        key in proptest::collection::vec(any::<u8>(), 0..150),
        message in proptest::collection::vec(any::<u8>(), 0..150),
        cut in 0usize..150,
    ) {
        let whole = HmacStreebog256::mac(&key, &message);
        let (head, tail) = message.split_at(cut.min(message.len()));
        let mut code = HmacStreebog256::new(&key);
        code.update(head);
        code.update(tail);
        prop_assert_eq!(code.clone().verify(&whole), Ok(()));
        prop_assert_eq!(code.clone().verify(&whole[..31]), Err(TagMismatch));
        let mut changed = whole;
        changed[cut % 32] ^= 1;
        prop_assert_eq!(code.verify(&changed), Err(TagMismatch));
    }
}
