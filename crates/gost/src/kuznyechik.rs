//! The block cipher Kuznyechik (Кузнечик) of ГОСТ Р 34.12-2015: 128-bit blocks, 256-bit keys.
//!
//! A wrapper of the crate `kuznyechik`, which zeroises its round keys; modes are in `modes` and `mgm`.
//! Its look-ups in tables of 64 KiB depend on key and data: whoever shares a processor core with it could
//! learn from the cache.
//!
//! Source: RFC 7801; СТ РК ГОСТ Р 34.12-2015.

/// Octets of a block.
pub const BLOCK_LEN: usize = 16;

crate::block::block_cipher! {
    /// Kuznyechik (Кузнечик) of ГОСТ Р 34.12-2015 under one key: blocks of 128 bits, keys of 256.
    Kuznyechik over ::kuznyechik::Kuznyechik, using kuznyechik
}
