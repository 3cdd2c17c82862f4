//! The block cipher Magma (Магма) of ГОСТ Р 34.12-2015: 64-bit blocks, 256-bit keys.
//!
//! A wrapper of the crate `magma`, which zeroises its round keys; modes are in `modes` and `mgm`.
//! Its look-ups in tables of 1 KiB depend on key and data: whoever shares a processor core with it could
//! learn from the cache.
//!
//! Source: RFC 8891; СТ РК ГОСТ Р 34.12-2015.

use magma::cipher::array::Array;
use magma::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

use crate::modes::{BlockCipher, KEY_LEN, sealed::Sealed};

/// Octets of a block.
pub const BLOCK_LEN: usize = 8;

/// Magma (Магма) of ГОСТ Р 34.12-2015: 64-bit blocks, 256-bit keys under one key.
#[derive(Clone)]
pub struct Magma(magma::Magma);

impl Sealed for Magma {}

impl BlockCipher for Magma {
    type Block = [u8; BLOCK_LEN];
    type HalfBlock = [u8; BLOCK_LEN / 2];
    const BLOCK_LEN: usize = BLOCK_LEN;

    fn new(key: &[u8; KEY_LEN]) -> Self {
        Self(magma::Magma::new(key.into()))
    }

    fn encrypt_block(&self, block: &mut Self::Block) {
        self.0.encrypt_block(block.into());
    }

    fn decrypt_block(&self, block: &mut Self::Block) {
        self.0.decrypt_block(block.into());
    }

    fn encrypt_blocks(&self, blocks: &mut [Self::Block]) {
        self.0.encrypt_blocks(Array::cast_slice_from_core_mut(blocks));
    }

    fn all_ones() -> Self::HalfBlock {
        [0xff; BLOCK_LEN / 2]
    }
}

impl std::fmt::Debug for Magma {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Magma(…)")
    }
}
