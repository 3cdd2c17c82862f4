//! The block cipher Magma (Магма) of ГОСТ Р 34.12-2015: 64-bit blocks, 256-bit keys.
//!
//! A wrapper of the crate `magma`, which zeroises its round keys; modes are in `modes` and `mgm`.
//! Its look-ups in tables of 1 KiB depend on key and data: whoever shares a processor core with it could
//! learn from the cache.
//!
//! Source: RFC 8891; СТ РК ГОСТ Р 34.12-2015.

/// Octets of a block.
pub const BLOCK_LEN: usize = 8;

crate::block::block_cipher! {
    /// Magma (Магма) of ГОСТ Р 34.12-2015 under one key: blocks of 64 bits, keys of 256.
    Magma over ::magma::Magma, using magma
}
