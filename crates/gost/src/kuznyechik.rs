//! The block cipher Kuznyechik (Кузнечик) of ГОСТ Р 34.12-2015: 128-bit blocks, 256-bit keys.
//!
//! A wrapper of the crate `kuznyechik`, which zeroises its round keys; modes are in `modes` and `mgm`.
//! Its look-ups in tables of 64 KiB depend on key and data: whoever shares a processor core with it could
//! learn from the cache.
//!
//! Source: RFC 7801; СТ РК ГОСТ Р 34.12-2015.

use kuznyechik::cipher::array::Array;
use kuznyechik::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

use crate::modes::{BlockCipher, KEY_LEN, sealed::Sealed};

/// Octets of a block.
pub const BLOCK_LEN: usize = 16;

/// Kuznyechik (Кузнечик) of ГОСТ Р 34.12-2015: 128-bit blocks, 256-bit keys under one key.
#[derive(Clone)]
pub struct Kuznyechik(kuznyechik::Kuznyechik);

impl Sealed for Kuznyechik {}

impl BlockCipher for Kuznyechik {
    type Block = [u8; BLOCK_LEN];
    type HalfBlock = [u8; BLOCK_LEN / 2];
    const BLOCK_LEN: usize = BLOCK_LEN;

    fn new(key: &[u8; KEY_LEN]) -> Self {
        Self(kuznyechik::Kuznyechik::new(key.into()))
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

impl std::fmt::Debug for Kuznyechik {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kuznyechik(…)")
    }
}
