//! The block ciphers and the modes of the legacy one against published examples.

use gost::gost28147::{Gost28147, KeyMeshing, Substitution};
use gost::kuznyechik::Kuznyechik;
use gost::magma::Magma;
use gost::modes::BlockCipher;
use proptest::prelude::*;

fn octets<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn check<C: BlockCipher>(key: &str, plain: C::Block, cipher: C::Block) {
    let ours = C::new(&octets(key));
    let mut block = plain;
    ours.encrypt_block(&mut block);
    assert_eq!(block, cipher);
    ours.decrypt_block(&mut block);
    assert_eq!(block, plain);
}

/// RFC 7801, section 5.5.
#[test]
fn kuznyechik_encrypts_the_block_of_the_rfc() {
    check::<Kuznyechik>(
        "8899aabbccddeeff0011223344556677fedcba98765432100123456789abcdef",
        octets("1122334455667700ffeeddccbbaa9988"),
        octets("7f679d90bebc24305a468d42b9d4edcd"),
    );
}

/// RFC 8891, section A.4.
#[test]
fn magma_encrypts_the_block_of_the_rfc() {
    check::<Magma>(
        "ffeeddccbbaa99887766554433221100f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        octets("fedcba9876543210"),
        octets("4ee901e5c2d8ca3d"),
    );
}

/// The remaining blocks of ГОСТ Р 34.13-2015, A.1.1.
#[test]
fn blocks_encrypted_together_are_as_if_encrypted_one_by_one() {
    let cipher = Kuznyechik::new(&octets("8899aabbccddeeff0011223344556677fedcba98765432100123456789abcdef"));
    let mut blocks = [
        octets("1122334455667700ffeeddccbbaa9988"),
        octets("00112233445566778899aabbcceeff0a"),
        octets("112233445566778899aabbcceeff0a00"),
        octets("2233445566778899aabbcceeff0a0011"),
        octets("1122334455667700ffeeddccbbaa9988"),
    ];
    cipher.encrypt_blocks(&mut blocks);
    assert_eq!(
        blocks.map(hex::encode),
        [
            "7f679d90bebc24305a468d42b9d4edcd",
            "b429912c6e0032f9285452d76718d08b",
            "f0ca33549d247ceef3f5a5313bd4b157",
            "d0b09ccde830b9eb3a02c4c5aa8ada98",
            "7f679d90bebc24305a468d42b9d4edcd",
        ]
    );
}

/// The step examples of RFC 5831, section 7.3.1 (with its erratum): a block of the digest's cipher under
/// the substitution of ГОСТ 34.311-95. From the tests of the OpenSSL engine.
#[test]
fn the_legacy_cipher_encrypts_the_blocks_inside_the_digest() {
    for (key, plain, cipher) in [
        (
            "546d203368656c326973652073736e62206167796967747473656865202c3d73",
            "0000000000000000",
            "1b0bbc32cebcab42",
        ),
        (
            "ec0a8ba15ec004a8bac50cac0c621deee1c7b8e7007ae2ecf2731bff4e80e2a0",
            "0000000000000000",
            "2d562a0d190486e7",
        ),
        (
            "348724a4c1a67667153dde5933884250e3248c657d413b8c1c9ca09a56d968cf",
            "34c01533e37d1c56",
            "863e78dd2d60d13c",
        ),
    ] {
        let ours = Gost28147::new(Substitution::DigestTest, &octets(key));
        let mut block = octets(plain);
        ours.encrypt_block(&mut block);
        assert_eq!(hex::encode(block), cipher);
        ours.decrypt_block(&mut block);
        assert_eq!(hex::encode(block), plain);
    }
}

/// "Calculated by CryptoPro CSP 3.6", from the tests of the OpenSSL engine.
#[test]
fn the_legacy_modes_give_what_cryptopro_gives() {
    let new = |key: &str| Gost28147::new(Substitution::CryptoProA, &octets(key));

    let cipher = new("bbf1edd320af8a628e11c8a951ccbe81477b41a16af67f05e8512f9e01f8cf49");
    for (plain, encrypted) in
        [("743d76f91bee353c", "c373909535580863"), ("a25c3b10eb64cff5", "cb68859677e8fba9")]
    {
        let mut block = octets(plain);
        cipher.encrypt_block(&mut block);
        assert_eq!(hex::encode(block), encrypted);
    }

    let cipher = new("8d5a2c83a7c70a61d61b34b51fdf42686671a35d874cfd84993663b61ed60dad");
    let mut data = octets::<16>("d2fdf83ac1b439232eaacc980a02da33");
    cipher.cfb_encrypt(KeyMeshing::CryptoPro, &octets("46606f0d8834235a"), &mut data);
    assert_eq!(hex::encode(data), "88b7751674a5ee2d14fe9167d05ccc40");

    let cipher = new("599f84bac3f3d2f160e1e3f26a961af99c48b24ebcbbbf7cd8f3accd968d286a");
    let mut data = octets::<16>("90a23966ae01b9a3524ec8ed6cdd8830");
    cipher.cnt(KeyMeshing::CryptoPro, &octets("8dafa8d158ed058d"), &mut data);
    assert_eq!(hex::encode(data), "6e7262cce3593690833afea91bc9bece");

    let cipher = new("9d05b79e90cad00a2cdad22ef4e86f5cf5dc37681985b3bfaa18c1c3050a91a2");
    let message = octets::<16>("b5a1f0e3ce2f021d676194345c41e36e");
    assert_eq!(hex::encode(cipher.imit(KeyMeshing::CryptoPro, &message)), "f81f08a3");
}

/// From the tests of PyGOST, made with libgcl3: a keystream over eight blocks, the last not whole.
#[test]
fn the_legacy_counter_mode_gives_what_libgcl_gives() {
    let cipher = Gost28147::new(
        Substitution::Test,
        &octets("fc7ad2886f455b50d29008fa622b57d5c65b3c637202025799cadf0768519e8a"),
    );
    let mut data = hex::decode(
        "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918\
         27262524232221202f2e2d2c2b2a2928fffefdfcfb",
    )
    .unwrap();
    cipher.cnt(KeyMeshing::None, &[0; 8], &mut data);
    assert_eq!(
        hex::encode(data),
        "d0be601a2cf190269b7b23b4d2cce115f60557288875eb1ed362dcda9b62ee9a\
         57878af182379c7f13cc5538b56332c523a4cb7d51"
    );
}

/// From the tests of the OpenSSL engine (test/02-mac.t): exactly one period of key meshing, then 260 of
/// them.
#[test]
fn the_legacy_code_meshes_its_key_as_the_engine_does() {
    let key = b"0123456789abcdef0123456789abcdef";
    let short = b"12345670".repeat(128);
    let long = [&b"12345670".repeat(8)[..], b"\n"].concat().repeat(4096);
    let cryptopro = Gost28147::new(Substitution::CryptoProA, key);
    assert_eq!(hex::encode(cryptopro.imit(KeyMeshing::CryptoPro, &short)), "2ee8d13d");
    assert_eq!(hex::encode(cryptopro.imit(KeyMeshing::CryptoPro, &long)), "5efab81f");
    let tc26 = Gost28147::new(Substitution::Tc26Z, key);
    assert_eq!(hex::encode(tc26.imit(KeyMeshing::CryptoPro, &short)), "be4453ec");
}

#[test]
fn a_code_shortened_or_changed_does_not_verify() {
    let cipher = Gost28147::new(Substitution::CryptoProA, &[7; 32]);
    let code = cipher.imit(KeyMeshing::None, b"message");
    assert!(cipher.verify_imit(KeyMeshing::None, b"message", &code).is_ok());
    assert!(cipher.verify_imit(KeyMeshing::None, b"message", &code[..3]).is_err());
    assert!(cipher.verify_imit(KeyMeshing::None, b"massage", &code).is_err());
}

#[test]
fn no_cipher_shows_its_key() {
    assert_eq!(format!("{:?}", Kuznyechik::new(&[7; 32])), "Kuznyechik(…)");
    assert_eq!(format!("{:?}", Magma::new(&[7; 32])), "Magma(…)");
    assert_eq!(format!("{:?}", Gost28147::new(Substitution::Tc26Z, &[7; 32])), "Gost28147(…)");
}

proptest! {
    /// Magma is the legacy cipher with one substitution and the octets turned round.
    #[test]
    fn the_legacy_cipher_is_magma_with_octets_reversed(key: [u8; 32], block: [u8; 8]) {
        let mut turned_key = key;
        turned_key.as_chunks_mut::<4>().0.iter_mut().for_each(|word| word.reverse());
        let mut turned = block;
        turned.reverse();
        Magma::new(&turned_key).encrypt_block(&mut turned);
        turned.reverse();
        let mut legacy = block;
        Gost28147::new(Substitution::Tc26Z, &key).encrypt_block(&mut legacy);
        prop_assert_eq!(legacy, turned);
    }

    #[test]
    fn what_the_legacy_modes_encrypt_they_decrypt(
        key: [u8; 32],
        iv: [u8; 8],
        plain in proptest::collection::vec(any::<u8>(), 0..2100),
    ) {
        let cipher = Gost28147::new(Substitution::CryptoProB, &key);
        for meshing in [KeyMeshing::None, KeyMeshing::CryptoPro] {
            let mut data = plain.clone();
            cipher.cfb_encrypt(meshing, &iv, &mut data);
            cipher.cfb_decrypt(meshing, &iv, &mut data);
            prop_assert_eq!(&data, &plain);
            cipher.cnt(meshing, &iv, &mut data);
            cipher.cnt(meshing, &iv, &mut data);
            prop_assert_eq!(&data, &plain);
        }
    }
}
