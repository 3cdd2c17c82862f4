//! Counter mode and OMAC, plain and with ACPKM, against published examples and the `cmac` crate.

use cmac::{Cmac, KeyInit, Mac};
use gost::TagMismatch;
use gost::kuznyechik::Kuznyechik;
use gost::magma::Magma;
use gost::modes::{BlockCipher, Ctr, Omac, OmacAcpkm, Section, VerifyError};
use proptest::prelude::*;

/// The key of the examples of ГОСТ Р 34.13-2015, A.1 and Р 1323565.1.017-2018.
const KEY: &str = "8899aabbccddeeff0011223344556677fedcba98765432100123456789abcdef";
/// The key of the examples of ГОСТ Р 34.13-2015, A.2.
const MAGMA_KEY: &str = "ffeeddccbbaa99887766554433221100f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
/// The plaintext of those examples, with the lines the later standard appends.
const PLAIN: &str = "1122334455667700ffeeddccbbaa9988\
                     00112233445566778899aabbcceeff0a\
                     112233445566778899aabbcceeff0a00\
                     2233445566778899aabbcceeff0a0011\
                     33445566778899aabbcceeff0a001122\
                     445566778899aabbcceeff0a00112233\
                     5566778899aabbcceeff0a0011223344";

fn octets<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn section<C: BlockCipher>(octets: usize) -> Section<C> {
    Section::of(octets).unwrap()
}

/// Applies the keystream in pieces of every length up to two blocks.
fn check_stream<C: BlockCipher>(stream: &Ctr<C>, plain: &str, cipher: &str) {
    let plain = hex::decode(plain).unwrap();
    for piece in 1..=plain.len() {
        let mut data = plain.clone();
        let mut stream = stream.clone();
        data.chunks_mut(piece).for_each(|piece| stream.apply(piece).unwrap());
        assert_eq!(hex::encode(data), cipher, "in pieces of {piece}");
    }
}

/// ГОСТ Р 34.13-2015, A.1.2.
#[test]
fn kuznyechik_in_counter_mode_gives_the_example() {
    check_stream(
        &Ctr::<Kuznyechik>::new(&octets(KEY), &octets("1234567890abcef0")),
        &PLAIN[..128],
        "f195d8bec10ed1dbd57b5fa240bda1b885eee733f6a13e5df33ce4b33c45dee4\
         a5eae88be6356ed3d5e877f13564a3a5cb91fab1f20cbab6d1c6d15820bdba73",
    );
}

/// ГОСТ Р 34.13-2015, A.2.2.
#[test]
fn magma_in_counter_mode_gives_the_example() {
    check_stream(
        &Ctr::<Magma>::new(&octets(MAGMA_KEY), &octets("12345678")),
        "92def06b3c130a59db54c704f8189d204a98fb2e67a8024c8912409b17b57e41",
        "4e98110c97b7b93c3e250d93d6e85d69136d868807b2dbef568eb680ab52a12d",
    );
}

/// Р 1323565.1.017-2018, A.1 (the mode of RFC 8645, 6.2.2): sections of 256 bits.
#[test]
fn kuznyechik_in_counter_mode_with_acpkm_gives_the_example() {
    check_stream(
        &Ctr::<Kuznyechik>::with_acpkm(&octets(KEY), &octets("1234567890abcef0"), section::<Kuznyechik>(32)),
        PLAIN,
        "f195d8bec10ed1dbd57b5fa240bda1b885eee733f6a13e5df33ce4b33c45dee4\
         4bceeb8f646f4c55001706275e85e800587c4df568d094393e4834afd0805046\
         cf30f57686aeece11cfc6c316b8a896edffd07ec813636460c4f3b743423163e\
         6409a9c282fac8d469d221e7fbd6de5d",
    );
}

/// Р 1323565.1.017-2018, A.1: sections of 128 bits.
#[test]
fn magma_in_counter_mode_with_acpkm_gives_the_example() {
    check_stream(
        &Ctr::<Magma>::with_acpkm(&octets(KEY), &octets("12345678"), section::<Magma>(16)),
        &PLAIN[..112],
        "2ab81deeeb1e4cab68e104c4bd6b94eac72c67af6c2e5b6b0eafb61770f1b32e\
         a1ae71149eed1382abd467180672ec6f84a2f15b3fca72c1",
    );
}

/// Р 1323565.1.017-2018, A.4.2: ACPKM-Master(K, 768, 3).
#[test]
fn the_master_keystream_gives_the_keys_of_the_example() {
    check_stream(
        &Ctr::<Kuznyechik>::with_acpkm(&octets(KEY), &[0xff; 8], section::<Kuznyechik>(96)),
        &"00".repeat(144),
        "0cabf1f2efbc4ac16048df1a24c605b2c0d1673d7586a8ec0dd42c45a4f95bae\
         0f2e2617e47148680fc3e6178df2c137c9dda89cffa491feadd9b3eab703bb31\
         bc7e927f0494729f51b49d3df9c9460800fbbcf5edee610ea02f01093c7bc742\
         d7d6271501b177775263c2a3495a8318a81c79a04f29660ea3fda874c630799e\
         142c577914fea90d3bc2502e833685d9",
    );
}

/// ГОСТ Р 34.13-2015, A.1.6 and A.2.6, which print only the first half of the code.
#[test]
fn omac_gives_the_codes_of_the_standard() {
    let mut code = Omac::<Kuznyechik>::new(&octets(KEY));
    code.update(&hex::decode(&PLAIN[..128]).unwrap());
    assert_eq!(hex::encode(&code.finalize()[..8]), "336f4d296059fbe3");

    let mut code = Omac::<Magma>::new(&octets(MAGMA_KEY));
    let message = "92def06b3c130a59db54c704f8189d204a98fb2e67a8024c8912409b17b57e41";
    code.update(&hex::decode(message).unwrap());
    assert_eq!(hex::encode(&code.finalize()[..4]), "154e7210");
}

/// Р 1323565.1.017-2018, A.4.1 and A.4.2: one message whose last block is not whole, one whose last
/// block is.
#[test]
fn omac_with_acpkm_gives_the_codes_of_the_standard() {
    fn check<C: BlockCipher>(sizes: (usize, usize), message: &str, code: &str) {
        let mut ours = OmacAcpkm::<C>::new(&octets(KEY), section::<C>(sizes.0), section::<C>(sizes.1));
        for piece in hex::decode(message).unwrap().chunks(7) {
            ours.update(piece).unwrap();
        }
        assert_eq!(hex::encode(ours.clone().finalize().unwrap()), code);
        let mut code = hex::decode(code).unwrap();
        assert_eq!(ours.clone().verify(&code), Ok(()));
        assert_eq!(ours.clone().verify(&code[1..]), Err(VerifyError::Mismatch(TagMismatch)));
        code[0] ^= 0x80;
        assert_eq!(ours.verify(&code), Err(VerifyError::Mismatch(TagMismatch)));
    }
    check::<Magma>((16, 80), &PLAIN[..24], "a0540e3730acbcf3");
    let message = [&PLAIN[..64], "1122334455667788"].concat();
    check::<Magma>((16, 80), &message, "34008dad5496bb8e");
    check::<Kuznyechik>((32, 96), &PLAIN[..48], "b5367f47b62b995eeb2a648c5843145e");
    check::<Kuznyechik>((32, 96), &PLAIN[..160], "fbb8dcee45bea67c35f58c5700898e5d");
}

/// Defends against a section that would end inside a block or never.
#[test]
fn a_section_holds_whole_blocks() {
    for wrong in [0, 1, 15, 17, 24] {
        assert!(Section::<Kuznyechik>::of(wrong).is_err());
    }
    assert!(Section::<Magma>::of(24).is_ok());
}

#[test]
fn a_code_shortened_or_changed_does_not_verify() {
    let omac = || {
        let mut code = Omac::<Magma>::new(&[7; 32]);
        code.update(b"message");
        code
    };
    let mut code = omac().finalize();
    assert!(omac().verify(&code).is_ok());
    assert!(omac().verify(&code[..7]).is_err());
    code[7] ^= 1;
    assert!(omac().verify(&code).is_err());
}

proptest! {
    #[test]
    fn omac_in_pieces_is_the_cmac_of_the_crate(
        key: [u8; 32],
        message in proptest::collection::vec(any::<u8>(), 0..100),
        piece in 1usize..40,
    ) {
        let mut ours = Omac::<Kuznyechik>::new(&key);
        message.chunks(piece).for_each(|piece| ours.update(piece));
        let mut theirs = Cmac::<kuznyechik::Kuznyechik>::new(&key.into());
        theirs.update(&message);
        prop_assert_eq!(&ours.finalize()[..], &theirs.finalize().into_bytes()[..]);

        let mut ours = Omac::<Magma>::new(&key);
        message.chunks(piece).for_each(|piece| ours.update(piece));
        let mut theirs = Cmac::<magma::Magma>::new(&key.into());
        theirs.update(&message);
        prop_assert_eq!(&ours.finalize()[..], &theirs.finalize().into_bytes()[..]);
    }

    #[test]
    fn a_keystream_applied_twice_gives_the_data_back(
        key: [u8; 32],
        iv: [u8; 8],
        plain in proptest::collection::vec(any::<u8>(), 0..600),
        blocks in 1usize..20,
    ) {
        let section = section::<Kuznyechik>(blocks * 16);
        let mut data = plain.clone();
        Ctr::<Kuznyechik>::with_acpkm(&key, &iv, section).apply(&mut data).unwrap();
        let mut stream = Ctr::<Kuznyechik>::with_acpkm(&key, &iv, section);
        data.chunks_mut(13).for_each(|piece| stream.apply(piece).unwrap());
        prop_assert_eq!(data, plain);
    }
}
