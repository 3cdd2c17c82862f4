//! ГОСТ 28147-89, the legacy cipher of 64-bit blocks and 256-bit keys, with its own modes: single
//! blocks, the counter mode "gamming" (CNT), gamming with feedback (CFB), the 32-bit code (imit), and
//! CryptoPro's key meshing.
//!
//! To read what older systems wrote. New data: `mgm` over Kuznyechik. The standard left the substitution
//! open, so it is always a parameter; octets are little-endian, unlike Magma's.
//! The look-ups in tables of 4 KiB depend on key and data: whoever shares a processor core with them
//! could learn from the cache.
//!
//! Source: RFC 5830; RFC 4357, section 2.3 for key meshing, section 11 for the substitutions.

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::TagMismatch;
use crate::tag;

mod substitution;

use substitution::Tables;

/// Octets of a block and of an initialisation vector.
pub const BLOCK_LEN: usize = 8;

/// Octets of a key.
pub const KEY_LEN: usize = 32;

/// Octets of the code; 32 bits is what the standard gives and only fit for what it used to protect.
pub const IMIT_LEN: usize = 4;

/// Octets after which key meshing replaces the key.
const MESHING_PERIOD: usize = 1024;

/// Decrypted with the present key, this is the next one (RFC 4357, 2.3.2).
const MESHING_CONSTANT: [u8; KEY_LEN] = [
    0x69, 0x00, 0x72, 0x22, 0x64, 0xc9, 0x04, 0x23, 0x8d, 0x3a, 0xdb, 0x96, 0x46, 0xe9, 0x2a, 0xc4, 0x18,
    0xfe, 0xac, 0x94, 0x00, 0xed, 0x07, 0x12, 0xc0, 0x86, 0xdc, 0xc2, 0xef, 0x4c, 0xa9, 0x2b,
];

/// Which substitution the round function uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Substitution {
    /// id-Gost28147-89-TestParamSet (1.2.643.2.2.31.0).
    Test,
    /// id-Gost28147-89-CryptoPro-A-ParamSet (1.2.643.2.2.31.1).
    CryptoProA,
    /// id-Gost28147-89-CryptoPro-B-ParamSet (1.2.643.2.2.31.2).
    CryptoProB,
    /// id-Gost28147-89-CryptoPro-C-ParamSet (1.2.643.2.2.31.3).
    CryptoProC,
    /// id-Gost28147-89-CryptoPro-D-ParamSet (1.2.643.2.2.31.4).
    CryptoProD,
    /// id-tc26-gost-28147-param-Z (1.2.643.7.1.2.5.1.1). The substitution of Magma.
    Tc26Z,
    /// id-GostR3411-94-TestParamSet (1.2.643.2.2.30.0). The substitution of Kazakhstan's ГОСТ 34.311-95.
    DigestTest,
    /// id-GostR3411-94-CryptoProParamSet (1.2.643.2.2.30.1).
    DigestCryptoPro,
}

impl Substitution {
    fn tables(self) -> &'static Tables {
        match self {
            Self::Test => &substitution::TEST,
            Self::CryptoProA => &substitution::CRYPTO_PRO_A,
            Self::CryptoProB => &substitution::CRYPTO_PRO_B,
            Self::CryptoProC => &substitution::CRYPTO_PRO_C,
            Self::CryptoProD => &substitution::CRYPTO_PRO_D,
            Self::Tc26Z => &substitution::TC26_Z,
            Self::DigestTest => &substitution::DIGEST_TEST,
            Self::DigestCryptoPro => &substitution::DIGEST_CRYPTO_PRO,
        }
    }
}

/// Whether the key is replaced as a message goes on. It belongs to the parameter set of a message, not
/// to the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyMeshing {
    /// One key for the whole message.
    None,
    /// id-Gost28147-89-CryptoPro-KeyMeshing (1.2.643.2.2.14.1): a new key after each 1024 octets.
    CryptoPro,
}

/// The cipher under one key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Gost28147 {
    key: [u32; 8],
    #[zeroize(skip)]
    tables: &'static Tables,
}

/// Both halves of a block, N1 and N2.
type Halves = (u32, u32);

impl Gost28147 {
    /// Takes the key.
    #[must_use]
    pub fn new(substitution: Substitution, key: &[u8; KEY_LEN]) -> Self {
        Self { key: key_words(key), tables: substitution.tables() }
    }

    /// Encrypts one block in place ("simple substitution").
    pub fn encrypt_block(&self, block: &mut [u8; BLOCK_LEN]) {
        let [k0, k1, k2, k3, k4, k5, k6, k7] = self.key;
        let mut halves = load(block);
        for _ in 0..3 {
            halves = self.rounds(halves, self.key);
        }
        let (n1, n2) = self.rounds(halves, [k7, k6, k5, k4, k3, k2, k1, k0]);
        store(block, (n2, n1));
    }

    /// Decrypts one block in place.
    pub fn decrypt_block(&self, block: &mut [u8; BLOCK_LEN]) {
        let [k0, k1, k2, k3, k4, k5, k6, k7] = self.key;
        let mut halves = self.rounds(load(block), self.key);
        for _ in 0..3 {
            halves = self.rounds(halves, [k7, k6, k5, k4, k3, k2, k1, k0]);
        }
        store(block, (halves.1, halves.0));
    }

    /// Encrypts or decrypts in place by XOR with a keystream (CNT, RFC 5830, 6).
    ///
    /// One pair of key and vector must never serve two messages.
    pub fn cnt(&self, meshing: KeyMeshing, iv: &[u8; BLOCK_LEN], data: &mut [u8]) {
        let mut cipher = self.clone();
        let mut state = *iv;
        cipher.encrypt_block(&mut state);
        for (number, part) in data.chunks_mut(BLOCK_LEN).enumerate() {
            if cipher.meshed(meshing, number) {
                cipher.encrypt_block(&mut state);
            }
            let (n1, n2) = load(&state);
            // N2 is counted modulo 2^32 − 1, with 2^32 − 1 itself standing for zero.
            let (n2, carry) = n2.overflowing_add(0x0101_0104);
            store(&mut state, (n1.wrapping_add(0x0101_0101), n2.wrapping_add(u32::from(carry))));
            let mut gamma = state;
            cipher.encrypt_block(&mut gamma);
            xor(part, &gamma);
            gamma.zeroize();
        }
        state.zeroize();
    }

    /// Encrypts in place with ciphertext feedback (CFB, RFC 5830, 7).
    pub fn cfb_encrypt(&self, meshing: KeyMeshing, iv: &[u8; BLOCK_LEN], data: &mut [u8]) {
        self.cfb(meshing, iv, data, |part, gamma| {
            xor(part, &gamma);
            feedback(part)
        });
    }

    /// Decrypts in place what [`Gost28147::cfb_encrypt`] gave.
    pub fn cfb_decrypt(&self, meshing: KeyMeshing, iv: &[u8; BLOCK_LEN], data: &mut [u8]) {
        self.cfb(meshing, iv, data, |part, gamma| {
            let next = feedback(part);
            xor(part, &gamma);
            next
        });
    }

    fn cfb(
        &self,
        meshing: KeyMeshing,
        iv: &[u8; BLOCK_LEN],
        data: &mut [u8],
        step: impl Fn(&mut [u8], [u8; BLOCK_LEN]) -> [u8; BLOCK_LEN],
    ) {
        let mut cipher = self.clone();
        let mut state = *iv;
        for (number, part) in data.chunks_mut(BLOCK_LEN).enumerate() {
            if cipher.meshed(meshing, number) {
                cipher.encrypt_block(&mut state);
            }
            cipher.encrypt_block(&mut state);
            state = step(part, state);
        }
    }

    /// The code of `message` (imit, RFC 5830, 8).
    ///
    /// The standard wants two blocks at least; a shorter message is followed by zeros, as CryptoPro and
    /// the OpenSSL engine do. So is one whose last block is not whole: lengths are not told apart, and
    /// the length must be known from elsewhere.
    #[must_use]
    pub fn imit(&self, meshing: KeyMeshing, message: &[u8]) -> [u8; IMIT_LEN] {
        let mut cipher = self.clone();
        let mut sum = [0u8; BLOCK_LEN];
        let blocks = message.len().div_ceil(BLOCK_LEN).max(2);
        let parts = message.chunks(BLOCK_LEN).chain(std::iter::repeat(&[][..])).take(blocks);
        for (number, part) in parts.enumerate() {
            cipher.meshed(meshing, number);
            xor(&mut sum, part);
            let mut halves = load(&sum);
            for _ in 0..2 {
                halves = cipher.rounds(halves, cipher.key);
            }
            store(&mut sum, halves);
        }
        [sum[0], sum[1], sum[2], sum[3]]
    }

    /// Compares the code of `message` with the whole of `given`, in constant time.
    ///
    /// # Errors
    /// [`TagMismatch`] where they differ, also in length.
    pub fn verify_imit(&self, meshing: KeyMeshing, message: &[u8], given: &[u8]) -> Result<(), TagMismatch> {
        tag::check(&self.imit(meshing, message), given)
    }

    /// Replaces the key where block `number` opens a new period, and tells whether it did.
    fn meshed(&mut self, meshing: KeyMeshing, number: usize) -> bool {
        let due = number > 0 && number.is_multiple_of(MESHING_PERIOD / BLOCK_LEN);
        if meshing == KeyMeshing::None || !due {
            return false;
        }
        let mut key = MESHING_CONSTANT;
        for block in key.as_chunks_mut().0 {
            self.decrypt_block(block);
        }
        self.key = key_words(&key);
        key.zeroize();
        true
    }

    /// Eight rounds, one with each part of the key.
    fn rounds(&self, (mut n1, mut n2): Halves, key: [u32; 8]) -> Halves {
        for part in key {
            let sum = n1.wrapping_add(part).to_le_bytes();
            let mut mixed = n2;
            for (octet, table) in sum.into_iter().zip(self.tables) {
                mixed ^= table[usize::from(octet)];
            }
            (n1, n2) = (mixed, n1);
        }
        (n1, n2)
    }
}

impl std::fmt::Debug for Gost28147 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gost28147(…)")
    }
}

fn key_words(key: &[u8; KEY_LEN]) -> [u32; 8] {
    let mut words = [0; 8];
    for (word, octets) in words.iter_mut().zip(key.as_chunks().0) {
        *word = u32::from_le_bytes(*octets);
    }
    words
}

fn load(block: &[u8; BLOCK_LEN]) -> Halves {
    let both = u64::from_le_bytes(*block);
    (both as u32, (both >> 32) as u32)
}

fn store(block: &mut [u8; BLOCK_LEN], (n1, n2): Halves) {
    *block = (u64::from(n2) << 32 | u64::from(n1)).to_le_bytes();
}

fn xor(data: &mut [u8], gamma: &[u8]) {
    for (octet, gamma) in data.iter_mut().zip(gamma) {
        *octet ^= gamma;
    }
}

/// What the next block of keystream is made from; after a part that is not whole there is none.
fn feedback(ciphertext: &[u8]) -> [u8; BLOCK_LEN] {
    let mut block = [0; BLOCK_LEN];
    block[..ciphertext.len()].copy_from_slice(ciphertext);
    block
}
