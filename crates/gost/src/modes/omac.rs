//! The authentication code OMAC (CMAC), plain and with the key replaced after each section
//! (OMAC-ACPKM).
//!
//! Source: ГОСТ Р 34.13-2015, 5.6; RFC 8645, section 6.3.6 (OMAC-ACPKM-Master) and
//! Р 1323565.1.017-2018 for ACPKM.

use zeroize::{Zeroize, Zeroizing};

use super::{BlockCipher, Ctr, KEY_LEN, Section, block, number};
use crate::TagMismatch;
use crate::modes::KeystreamExhausted;
use crate::tag;

/// The running state both codes share: the chain and the block that may turn out to be the last.
#[derive(Clone)]
struct Chain<C: BlockCipher> {
    sum: C::Block,
    pending: C::Block,
    pending_len: usize,
}

impl<C: BlockCipher> Chain<C> {
    fn new() -> Self {
        Self { sum: C::Block::default(), pending: C::Block::default(), pending_len: 0 }
    }

    /// Cuts `message` into blocks and hands over each that is certainly not the last one.
    fn take<E>(
        &mut self,
        mut message: &[u8],
        mut mix: impl FnMut(&mut C::Block) -> Result<(), E>,
    ) -> Result<(), E> {
        while !message.is_empty() {
            if self.pending_len == C::BLOCK_LEN {
                xor::<C>(&mut self.sum, &self.pending);
                mix(&mut self.sum)?;
                self.pending_len = 0;
            }
            let taken = message.len().min(C::BLOCK_LEN - self.pending_len);
            let (now, later) = message.split_at(taken);
            self.pending.as_mut()[self.pending_len..][..taken].copy_from_slice(now);
            self.pending_len += taken;
            message = later;
        }
        Ok(())
    }

    /// Closes the chain: the last block with the subkey for whole or for padded blocks, encrypted.
    fn close(&mut self, cipher: &C, subkey: u128) -> C::Block {
        let mut subkey = subkey;
        if self.pending_len < C::BLOCK_LEN {
            subkey = doubled::<C>(subkey);
            self.pending.as_mut()[self.pending_len..].fill(0);
            self.pending.as_mut()[self.pending_len] = 0x80;
        }
        xor::<C>(&mut self.sum, &self.pending);
        xor::<C>(&mut self.sum, &block::<C>(subkey));
        cipher.encrypt_block(&mut self.sum);
        self.sum
    }
}

impl<C: BlockCipher> Drop for Chain<C> {
    fn drop(&mut self) {
        self.sum.zeroize();
        self.pending.zeroize();
    }
}

/// The code OMAC under way, as long as a block of the cipher.
#[derive(Clone)]
pub struct Omac<C: BlockCipher> {
    cipher: C,
    chain: Chain<C>,
}

impl<C: BlockCipher> Omac<C> {
    /// Starts a code under `key`.
    #[must_use]
    pub fn new(key: &[u8; KEY_LEN]) -> Self {
        Self { cipher: C::new(key), chain: Chain::new() }
    }

    /// Takes further octets of the message; how it is cut between calls does not matter.
    pub fn update(&mut self, message: &[u8]) {
        let mix = |sum: &mut C::Block| {
            self.cipher.encrypt_block(sum);
            Ok::<(), std::convert::Infallible>(())
        };
        let Ok(()) = self.chain.take(message, mix);
    }

    /// Ends the message and gives its code. To compare it with one received, use [`Omac::verify`].
    #[must_use]
    pub fn finalize(mut self) -> C::Block {
        let mut first = C::Block::default();
        self.cipher.encrypt_block(&mut first);
        let subkey = doubled::<C>(number::<C>(&first));
        self.chain.close(&self.cipher, subkey)
    }

    /// Ends the message and compares its code with the whole of `given`, in constant time.
    ///
    /// # Errors
    /// [`TagMismatch`] where they differ, also in length.
    pub fn verify(self, given: &[u8]) -> Result<(), TagMismatch> {
        tag::check(self.finalize().as_ref(), given)
    }
}

impl<C: BlockCipher> std::fmt::Debug for Omac<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Omac(…)")
    }
}

/// The code OMAC-ACPKM under way: the keys of the sections come from one keystream under the master
/// key, whose own key is replaced too (ACPKM-Master).
#[derive(Clone)]
pub struct OmacAcpkm<C: BlockCipher> {
    master: Ctr<C>,
    section: Section<C>,
    /// The key and the subkey of the present section; none before its first block comes.
    keys: Option<(C, u128)>,
    mixed: u64,
    chain: Chain<C>,
}

impl<C: BlockCipher> OmacAcpkm<C> {
    /// Starts a code under the master `key`. `section` is how much of the message one key serves (N of
    /// the RFC), `master_section` how much keystream one master key serves (T*).
    #[must_use]
    pub fn new(key: &[u8; KEY_LEN], section: Section<C>, master_section: Section<C>) -> Self {
        let master = Ctr::with_acpkm(key, &C::all_ones(), master_section);
        Self { master, section, keys: None, mixed: 0, chain: Chain::new() }
    }

    /// Takes further octets of the message; how it is cut between calls does not matter.
    ///
    /// # Errors
    /// [`KeystreamExhausted`] after more sections than the master key may serve; the code is then
    /// to be thrown away.
    pub fn update(&mut self, message: &[u8]) -> Result<(), KeystreamExhausted> {
        let Self { master, section, keys, mixed, chain } = self;
        chain.take(message, |sum| {
            section_keys(master, *section, keys, *mixed)?.0.encrypt_block(sum);
            *mixed += 1;
            Ok(())
        })
    }

    /// Ends the message and gives its code. To compare it with one received, use
    /// [`OmacAcpkm::verify`].
    ///
    /// # Errors
    /// [`KeystreamExhausted`] as in [`OmacAcpkm::update`].
    pub fn finalize(mut self) -> Result<C::Block, KeystreamExhausted> {
        let (cipher, subkey) = section_keys(&mut self.master, self.section, &mut self.keys, self.mixed)?;
        Ok(self.chain.close(cipher, *subkey))
    }

    /// Ends the message and compares its code with the whole of `given`, in constant time.
    ///
    /// # Errors
    /// [`VerifyError::Mismatch`] where they differ, also in length; [`VerifyError::Exhausted`] as in
    /// [`OmacAcpkm::update`].
    pub fn verify(self, given: &[u8]) -> Result<(), VerifyError> {
        Ok(tag::check(self.finalize()?.as_ref(), given)?)
    }
}

/// Why a code with ACPKM was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The code is another one.
    #[error(transparent)]
    Mismatch(#[from] TagMismatch),
    /// The message has more sections than its master key may serve.
    #[error(transparent)]
    Exhausted(#[from] KeystreamExhausted),
}

/// The keys for the block with this number, drawn anew where it opens a section.
fn section_keys<'a, C: BlockCipher>(
    master: &mut Ctr<C>,
    section: Section<C>,
    keys: &'a mut Option<(C, u128)>,
    number_of_block: u64,
) -> Result<&'a (C, u128), KeystreamExhausted> {
    if number_of_block.is_multiple_of(section.blocks) {
        *keys = None;
    }
    match keys {
        Some(keys) => Ok(keys),
        None => {
            let mut key = Zeroizing::new([0u8; KEY_LEN]);
            let mut subkey = C::Block::default();
            master.apply(&mut *key)?;
            master.apply(subkey.as_mut())?;
            let drawn = keys.insert((C::new(&key), number::<C>(&subkey)));
            subkey.zeroize();
            Ok(drawn)
        }
    }
}

impl<C: BlockCipher> std::fmt::Debug for OmacAcpkm<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OmacAcpkm(…)")
    }
}

fn xor<C: BlockCipher>(block: &mut C::Block, other: &C::Block) {
    for (octet, other) in block.as_mut().iter_mut().zip(other.as_ref()) {
        *octet ^= other;
    }
}

/// The number times x in the field of the code: shifted, and reduced without a branch on the bit that
/// left.
fn doubled<C: BlockCipher>(number: u128) -> u128 {
    let (bits, reduction) = if C::BLOCK_LEN == 16 { (128, 0x87) } else { (64, 0x1b) };
    let carry = number >> (bits - 1) & 1;
    let shifted = number << 1 & (u128::MAX >> (128 - bits));
    shifted ^ (carry * reduction)
}
