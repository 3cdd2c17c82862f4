//! The block ciphers seen as one trait, and their modes: counter encryption, the authentication code
//! OMAC, and both with the key replaced as they go (ACPKM).
//!
//! Authenticated encryption is in `mgm`, the wrapping of keys in `kexp`, the ciphers themselves in
//! `kuznyechik` and `magma`. The legacy cipher has modes of its own, in `gost28147`.
//!
//! Source: ГОСТ Р 34.13-2015 (ГОСТ 34.13-2018); Р 1323565.1.017-2018, RFC 8645.

use std::marker::PhantomData;

use zeroize::Zeroize;

mod acpkm;
mod ctr;
mod omac;

pub use ctr::{Ctr, KeystreamExhausted};
pub use omac::{Omac, OmacAcpkm, VerifyError};

/// Octets of a key; the same for both ciphers.
pub const KEY_LEN: usize = 32;

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// A block cipher of ГОСТ Р 34.12-2015: [`Kuznyechik`](crate::kuznyechik::Kuznyechik) or
/// [`Magma`](crate::magma::Magma). Sealed, since the modes rely on blocks of 8 or 16 octets.
pub trait BlockCipher: sealed::Sealed + Clone {
    /// A block: `[u8; 16]` or `[u8; 8]`.
    type Block: AsRef<[u8]> + AsMut<[u8]> + Copy + Default + PartialEq + std::fmt::Debug + Zeroize;
    /// Half a block, the size of an initialisation vector in counter mode.
    type HalfBlock: AsRef<[u8]> + Copy;
    /// Octets of a block.
    const BLOCK_LEN: usize;

    /// Prepares the round keys.
    fn new(key: &[u8; KEY_LEN]) -> Self;
    /// Encrypts one block in place.
    fn encrypt_block(&self, block: &mut Self::Block);
    /// Decrypts one block in place.
    fn decrypt_block(&self, block: &mut Self::Block);
    /// Encrypts each block by itself, faster together than one by one.
    fn encrypt_blocks(&self, blocks: &mut [Self::Block]);
    /// Half a block of one bits, the vector of ACPKM-Master.
    fn all_ones() -> Self::HalfBlock;
}

/// How much is processed under one key before it is replaced: a positive multiple of the block of `C`.
pub struct Section<C> {
    blocks: u64,
    cipher: PhantomData<fn() -> C>,
}

/// A section of no octets, or not of whole blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a section of {octets} octets is not a positive multiple of the block of {block}")]
pub struct SectionLength {
    octets: usize,
    block: usize,
}

impl<C: BlockCipher> Section<C> {
    /// A section of `octets`.
    ///
    /// # Errors
    /// [`SectionLength`] unless it is a positive multiple of the block.
    pub fn of(octets: usize) -> Result<Self, SectionLength> {
        if octets == 0 || !octets.is_multiple_of(C::BLOCK_LEN) {
            return Err(SectionLength { octets, block: C::BLOCK_LEN });
        }
        Ok(Self { blocks: (octets / C::BLOCK_LEN) as u64, cipher: PhantomData })
    }
}

// Derived, these would want the cipher to be copied and shown, of which none is held.
impl<C> Clone for Section<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Section<C> {}

impl<C> std::fmt::Debug for Section<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Section({} blocks)", self.blocks)
    }
}

/// How many blocks are encrypted together: twice what the widest backend takes at once.
pub(crate) const BATCH: usize = 8;

/// A block as a number, its first octet the most significant.
pub(crate) fn number<C: BlockCipher>(block: &C::Block) -> u128 {
    block.as_ref().iter().fold(0, |number, octet| number << 8 | u128::from(*octet))
}

/// The block of a number; what does not fit is cut off at the top.
pub(crate) fn block<C: BlockCipher>(number: u128) -> C::Block {
    let mut block = C::Block::default();
    block.as_mut().copy_from_slice(&number.to_be_bytes()[16 - C::BLOCK_LEN..]);
    block
}

/// The bits in half a block.
pub(crate) const fn half_bits<C: BlockCipher>() -> u32 {
    C::BLOCK_LEN as u32 * 4
}
