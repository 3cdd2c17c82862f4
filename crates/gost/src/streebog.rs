//! Streebog: the digests of ГОСТ Р 34.11-2012 (ГОСТ 34.11-2018, СТ РК ГОСТ Р 34.11-2015), 256 and
//! 512 bits.
//!
//! Octets go in and come out in their natural order, the one in which `DigestValue`, CMS and the
//! signature schemes carry them; RFC 6986 prints the same octets in reverse. HMAC is in `hmac`, key
//! derivation in `kdf`.
//!
//! Timing: as in every table implementation of Streebog, the table look-ups depend on the data, so the
//! run time can depend on it through the processor's cache. For a digest of public octets that does
//! not matter. Under HMAC and the derivation functions the data include a secret: whoever shares a
//! processor core with such a computation could learn from its cache. Nothing else (branches, length
//! of loops) depends on the data.
//!
//! Source: RFC 6986.

use std::hint::black_box;

use zeroize::{Zeroize, ZeroizeOnDrop};

mod constants;

use constants::{LPS, ROUND};

/// The octets one compression takes.
pub const BLOCK_LEN: usize = 64;

/// Streebog with a result of 32 octets.
pub type Streebog256 = Streebog<32>;

/// Streebog with a result of 64 octets.
pub type Streebog512 = Streebog<64>;

type Words = [u64; 8];

/// A digest under way; `N` is the length of the result in octets, 32 or 64 (others do not compile).
///
/// The state is zeroised when it is dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Streebog<const N: usize> {
    state: Words,
    bits: Words,
    checksum: Words,
    pending: [u8; BLOCK_LEN],
    pending_len: usize,
}

impl<const N: usize> Streebog<N> {
    /// Starts a digest.
    #[must_use]
    pub fn new() -> Self {
        const { assert!(N == 32 || N == 64, "Streebog gives 32 or 64 octets") };
        let initial = if N == 32 { 0x0101_0101_0101_0101 } else { 0 };
        Self { state: [initial; 8], bits: [0; 8], checksum: [0; 8], pending: [0; BLOCK_LEN], pending_len: 0 }
    }

    /// The digest of `message` in one call.
    #[must_use]
    pub fn digest(message: &[u8]) -> [u8; N] {
        let mut digest = Self::new();
        digest.update(message);
        digest.finalize()
    }

    /// Takes further octets of the message; how it is cut between calls does not matter.
    pub fn update(&mut self, mut message: &[u8]) {
        if self.pending_len > 0 {
            let taken = message.len().min(BLOCK_LEN - self.pending_len);
            let (head, rest) = message.split_at(taken);
            self.pending[self.pending_len..self.pending_len + taken].copy_from_slice(head);
            self.pending_len += taken;
            message = rest;
            if self.pending_len < BLOCK_LEN {
                return;
            }
            let block = words(&self.pending);
            self.take_block(&block, BLOCK_LEN);
            self.pending_len = 0;
        }
        let (blocks, rest) = message.as_chunks::<BLOCK_LEN>();
        for block in blocks {
            self.take_block(&words(block), BLOCK_LEN);
        }
        self.pending[..rest.len()].copy_from_slice(rest);
        self.pending_len = rest.len();
    }

    /// Ends the message and gives its digest.
    #[must_use]
    pub fn finalize(mut self) -> [u8; N] {
        let len = self.pending_len;
        self.pending[len..].fill(0);
        self.pending[len] = 1;
        let block = words(&self.pending);
        self.take_block(&block, len);
        self.state = compress(&self.state, &[0; 8], &self.bits);
        self.state = compress(&self.state, &[0; 8], &self.checksum);

        let mut octets = [0u8; BLOCK_LEN];
        for (octets, word) in octets.as_chunks_mut().0.iter_mut().zip(self.state) {
            *octets = word.to_le_bytes();
        }
        let mut result = [0u8; N];
        result.copy_from_slice(&octets[BLOCK_LEN - N..]);
        octets.zeroize();
        result
    }

    /// Compresses one block of which `len` octets are the message's.
    #[inline]
    fn take_block(&mut self, block: &Words, len: usize) {
        self.state = compress(&self.state, &self.bits, block);
        // `len` is at most 64, so its bits fit any word.
        add(&mut self.bits, &[len as u64 * 8, 0, 0, 0, 0, 0, 0, 0]);
        add(&mut self.checksum, block);
    }
}

impl<const N: usize> Default for Streebog<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> std::fmt::Debug for Streebog<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Streebog<{N}>(…)")
    }
}

/// The words of a block, little-endian.
#[inline(always)]
fn words(block: &[u8; BLOCK_LEN]) -> Words {
    let mut words = [0; 8];
    for (word, octets) in words.iter_mut().zip(block.as_chunks().0) {
        *word = u64::from_le_bytes(*octets);
    }
    words
}

/// Adds modulo 2^512.
#[inline(always)]
fn add(sum: &mut Words, addend: &Words) {
    let mut carry = false;
    for (sum, addend) in sum.iter_mut().zip(addend) {
        (*sum, carry) = sum.carrying_add(*addend, carry);
    }
}

#[inline(always)]
fn xor(a: &Words, b: &Words) -> Words {
    std::array::from_fn(|i| a[i] ^ b[i])
}

/// A state as it lies in memory between rounds.
type Octets = [[u8; 8]; 8];

#[inline(always)]
fn octets(words: Words) -> Octets {
    words.map(u64::to_le_bytes)
}

/// S, P and L over one state, XORed onto `out`.
#[inline(always)]
fn lps_onto(mut out: Words, state: &Octets) -> Words {
    for (word, table) in state.iter().zip(&LPS.0) {
        // Four octets are one load; eight would need more shifts to be taken apart.
        for (half, out) in word.as_chunks::<4>().0.iter().zip(out.as_chunks_mut::<4>().0) {
            let half = u32::from_le_bytes(*half);
            for (place, out) in out.iter_mut().enumerate() {
                *out ^= table[usize::from((half >> (8 * place)) as u8)];
            }
        }
    }
    out
}

/// The compression g of RFC 6986, 8: `state` with `bits` as the counter over `block`.
fn compress(state: &Words, bits: &Words, block: &Words) -> Words {
    let key = lps_onto([0; 8], &octets(xor(state, bits)));
    let mut text_input = octets(xor(block, &key));
    let mut key_input = octets(xor(&key, &ROUND[0]));
    rounds(&mut text_input, &mut key_input);
    let text = text_input.map(u64::from_le_bytes);
    xor(&xor(&text, block), state)
}

/// The twelve rounds.
///
/// Key and text are kept one XOR ahead (`key` holds Kᵢ ⊕ Cᵢ, `text` the text ⊕ Kᵢ), so the two
/// transformations of a round do not wait for one another. `black_box` keeps both in memory between
/// the rounds: without it the compiler holds sixteen words in registers, spills them, and cuts every
/// octet out by shifts, which takes a third more time. Results do not depend on it.
#[inline(never)]
fn rounds(text: &mut Octets, key: &mut Octets) {
    let (mut text_input, mut key_input) = (*text, *key);
    for constant in &ROUND[1..] {
        black_box((&mut text_input, &mut key_input));
        let key = lps_onto([0; 8], &key_input);
        key_input = octets(xor(&key, constant));
        text_input = octets(lps_onto(key, &text_input));
    }
    *text = text_input;
}
