//! MGM, the multilinear Galois mode: encryption and authentication of a message, and authentication of
//! further octets that stay readable.
//!
//! Over Kuznyechik for anything of size; over Magma only where a protocol asks for it, since its short
//! block bounds both the length of a message and the strength of the code (64 bits).
//! The code is never shortened.
//!
//! Timing: the multiplications in the field take the same time for any operands. The block ciphers look
//! up tables by key and data; see `kuznyechik` and `magma`.
//!
//! Source: RFC 9058; Р 1323565.1.026-2019.

use zeroize::Zeroize;

use crate::TagMismatch;
use crate::modes::{BATCH, BlockCipher, KEY_LEN, block, half_bits, number};
use crate::tag;

mod field;

use field::Sum;

/// Why a message was not sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MgmError {
    /// The first bit of a nonce must be 0: with 1, it is the counter of the code's multipliers.
    #[error("first bit of the nonce is set")]
    NonceFirstBit,
    /// Neither a message nor further octets: there is nothing to protect.
    #[error("nothing to encrypt and nothing to authenticate")]
    Empty,
    /// Message and further octets together pass the limit: 2³² bits with Magma, 2⁶⁴ with Kuznyechik.
    #[error("message and further octets are too long for the cipher's block")]
    TooLong,
    /// What was sealed is shorter than its code alone.
    #[error("sealed message is shorter than its authentication code")]
    Truncated,
    /// The code does not agree: another key, nonce or further octets, or the message was changed.
    #[error("sealed message is not authentic")]
    NotAuthentic,
}

impl From<TagMismatch> for MgmError {
    fn from(TagMismatch: TagMismatch) -> Self {
        Self::NotAuthentic
    }
}

/// MGM under one key, for any number of messages.
///
/// A nonce must never serve two messages under one key: a repetition reveals the XOR of the messages and
/// lets codes be forged. It need not be secret; a counter will do.
#[derive(Clone)]
pub struct Mgm<C: BlockCipher> {
    cipher: C,
}

impl<C: BlockCipher> Mgm<C> {
    /// Prepares the key.
    #[must_use]
    pub fn new(key: &[u8; KEY_LEN]) -> Self {
        Self { cipher: C::new(key) }
    }

    /// Encrypts `message` and authenticates it with `further` octets: ciphertext, then the code.
    ///
    /// # Errors
    /// [`MgmError::NonceFirstBit`], [`MgmError::Empty`], [`MgmError::TooLong`].
    pub fn seal(&self, nonce: &C::Block, further: &[u8], message: &[u8]) -> Result<Vec<u8>, MgmError> {
        let mut sealed = Vec::with_capacity(message.len() + C::BLOCK_LEN);
        sealed.extend_from_slice(message);
        match self.seal_in_place(nonce, further, &mut sealed) {
            Ok(code) => {
                sealed.extend_from_slice(code.as_ref());
                Ok(sealed)
            }
            Err(error) => {
                sealed.zeroize();
                Err(error)
            }
        }
    }

    /// Checks the code of what [`Mgm::seal`] gave and decrypts it; nothing is decrypted before.
    ///
    /// # Errors
    /// [`MgmError::NotAuthentic`] where anything differs, [`MgmError::Truncated`], and those of sealing.
    pub fn open(&self, nonce: &C::Block, further: &[u8], sealed: &[u8]) -> Result<Vec<u8>, MgmError> {
        let Some(len) = sealed.len().checked_sub(C::BLOCK_LEN) else {
            return Err(MgmError::Truncated);
        };
        let (ciphertext, code) = sealed.split_at(len);
        let mut message = ciphertext.to_vec();
        self.open_in_place(nonce, further, &mut message, code)?;
        Ok(message)
    }

    /// Encrypts `message` where it lies and gives the code over it and `further`.
    ///
    /// # Errors
    /// Those of [`Mgm::seal`]; the message is then untouched.
    pub fn seal_in_place(
        &self,
        nonce: &C::Block,
        further: &[u8],
        message: &mut [u8],
    ) -> Result<C::Block, MgmError> {
        let nonce = acceptable::<C>(nonce, further, message)?;
        self.apply_keystream(nonce, message);
        Ok(self.code(nonce, further, message))
    }

    /// Checks `code` over `ciphertext` and `further`, then decrypts the ciphertext where it lies.
    ///
    /// # Errors
    /// Those of [`Mgm::open`]; the ciphertext is then untouched.
    pub fn open_in_place(
        &self,
        nonce: &C::Block,
        further: &[u8],
        ciphertext: &mut [u8],
        code: &[u8],
    ) -> Result<(), MgmError> {
        let nonce = acceptable::<C>(nonce, further, ciphertext)?;
        tag::check(self.code(nonce, further, ciphertext).as_ref(), code)?;
        self.apply_keystream(nonce, ciphertext);
        Ok(())
    }

    /// XORs the keystream E(Y₁), E(Y₂) … onto `octets`, where Y₁ = E(0 ‖ nonce) and the right half of
    /// each Y counts on.
    fn apply_keystream(&self, nonce: u128, octets: &mut [u8]) {
        let mut counter = self.encrypted(nonce);
        let mut batch = [C::Block::default(); BATCH];
        for part in octets.chunks_mut(BATCH * C::BLOCK_LEN) {
            let batch = &mut batch[..part.len().div_ceil(C::BLOCK_LEN)];
            for gamma in batch.iter_mut() {
                *gamma = block::<C>(counter);
                counter = right_half_counted::<C>(counter);
            }
            self.cipher.encrypt_blocks(batch);
            for (octets, gamma) in part.chunks_mut(C::BLOCK_LEN).zip(batch) {
                for (octet, gamma) in octets.iter_mut().zip(gamma.as_ref()) {
                    *octet ^= gamma;
                }
            }
        }
        batch.iter_mut().for_each(Zeroize::zeroize);
    }

    /// The code: E of the sum of Hᵢ times the i-th block of further octets, ciphertext and lengths,
    /// where Hᵢ = E(Zᵢ), Z₁ = E(1 ‖ nonce) and the left half of each Z counts on.
    fn code(&self, nonce: u128, further: &[u8], ciphertext: &[u8]) -> C::Block {
        let first_bit = 1 << (2 * half_bits::<C>() - 1);
        let mut counter = self.encrypted(nonce | first_bit);
        let lengths = (further.len() as u128 * 8) << half_bits::<C>() | (ciphertext.len() as u128 * 8);
        let lengths = block::<C>(lengths);
        let blocks =
            further.chunks(C::BLOCK_LEN).chain(ciphertext.chunks(C::BLOCK_LEN)).chain([lengths.as_ref()]);

        let mut left = further.len().div_ceil(C::BLOCK_LEN) + ciphertext.len().div_ceil(C::BLOCK_LEN) + 1;
        let mut batch = [C::Block::default(); BATCH];
        let mut sum = Sum::default();
        let mut used = BATCH;
        for octets in blocks {
            if used == BATCH {
                let batch = &mut batch[..left.min(BATCH)];
                for multiplier in batch.iter_mut() {
                    *multiplier = block::<C>(counter);
                    counter = left_half_counted::<C>(counter);
                }
                self.cipher.encrypt_blocks(batch);
                used = 0;
            }
            sum.add_product::<C>(number::<C>(&batch[used]), padded::<C>(octets));
            used += 1;
            left -= 1;
        }
        batch.iter_mut().for_each(Zeroize::zeroize);
        let mut code = block::<C>(sum.reduced::<C>());
        self.cipher.encrypt_block(&mut code);
        code
    }

    fn encrypted(&self, value: u128) -> u128 {
        let mut value = block::<C>(value);
        self.cipher.encrypt_block(&mut value);
        number::<C>(&value)
    }
}

impl<C: BlockCipher> std::fmt::Debug for Mgm<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mgm(…)")
    }
}

/// Checks nonce and lengths (RFC 9058, 4.1 and 4.2) and gives the nonce as a number.
fn acceptable<C: BlockCipher>(nonce: &C::Block, further: &[u8], message: &[u8]) -> Result<u128, MgmError> {
    let nonce = number::<C>(nonce);
    if nonce >> (2 * half_bits::<C>() - 1) != 0 {
        return Err(MgmError::NonceFirstBit);
    }
    let octets = further.len() as u128 + message.len() as u128;
    if octets == 0 {
        return Err(MgmError::Empty);
    }
    if octets * 8 >= 1 << half_bits::<C>() {
        return Err(MgmError::TooLong);
    }
    Ok(nonce)
}

/// A block's number, or that of a shorter rest filled up with zeros.
fn padded<C: BlockCipher>(octets: &[u8]) -> u128 {
    let mut block = C::Block::default();
    block.as_mut()[..octets.len()].copy_from_slice(octets);
    number::<C>(&block)
}

fn right_half_counted<C: BlockCipher>(counter: u128) -> u128 {
    let mask = (1u128 << half_bits::<C>()) - 1;
    counter & !mask | counter.wrapping_add(1) & mask
}

/// What leaves the left half at the top is cut off when the number becomes a block.
fn left_half_counted<C: BlockCipher>(counter: u128) -> u128 {
    counter.wrapping_add(1 << half_bits::<C>())
}

#[cfg(test)]
mod tests {
    use super::{left_half_counted, right_half_counted};
    use crate::kuznyechik::Kuznyechik;
    use crate::magma::Magma;
    use crate::modes::block;

    /// RFC 9058, section 3: incr_r and incr_l act on one half and leave the other.
    #[test]
    fn each_half_of_a_counter_comes_round_by_itself() {
        let magma = |counter| block::<Magma>(counter);
        assert_eq!(magma(right_half_counted::<Magma>(0x0102_0304_ffff_ffff)), [1, 2, 3, 4, 0, 0, 0, 0]);
        assert_eq!(magma(left_half_counted::<Magma>(0xffff_ffff_0506_0708)), [0, 0, 0, 0, 5, 6, 7, 8]);
        let low = u128::from(u64::MAX);
        assert_eq!(right_half_counted::<Kuznyechik>(1 << 64 | low), 1 << 64);
        assert_eq!(left_half_counted::<Kuznyechik>(low << 64 | 7), 7);
    }
}
