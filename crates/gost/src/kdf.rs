//! Deriving keys from keys: KDF_GOSTR3411_2012_256 and KDF_TREE_GOSTR3411_2012_256.
//!
//! Where the first key comes from (a container, an agreement in `vko`) is not decided here.
//!
//! Source: RFC 7836, sections 4.4 and 4.5.

use zeroize::Zeroizing;

use crate::hmac::HmacStreebog256;

/// Octets of one derived key.
pub const KEY_LEN: usize = 32;

/// Why keys were not derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KdfError {
    /// The counter of KDF_TREE takes 1 to 4 octets.
    #[error("a counter of {0} octets, not 1 to 4")]
    CounterLength(usize),
    /// Nothing was asked for, or more than the counter can number.
    #[error("{0} octets of keys cannot be numbered by the counter")]
    OutputLength(usize),
}

/// KDF_GOSTR3411_2012_256: one key from `key`, set apart by `label` (the use) and `seed` (the occasion).
///
/// A zero octet in `label` makes the border between the two ambiguous; labels are fixed by the
/// protocols and have none.
#[must_use]
pub fn kdf_256(key: &[u8], label: &[u8], seed: &[u8]) -> Zeroizing<[u8; KEY_LEN]> {
    numbered(key, &[1], label, seed, &[1, 0])
}

/// KDF_TREE_GOSTR3411_2012_256: fills `keys` with as many octets as it holds.
///
/// `counter_len` is the parameter R, the octets of the counter; protocols fix it, mostly at 1. The
/// length asked for goes into every key, so a shorter result is not the beginning of a longer one.
///
/// # Errors
/// [`KdfError::CounterLength`] unless R is 1 to 4; [`KdfError::OutputLength`] for none or for more than
/// 2^(8·R) − 1 keys of 32 octets.
pub fn kdf_tree(
    key: &[u8],
    label: &[u8],
    seed: &[u8],
    counter_len: usize,
    keys: &mut [u8],
) -> Result<(), KdfError> {
    if !(1..=4).contains(&counter_len) {
        return Err(KdfError::CounterLength(counter_len));
    }
    let most = (1u64 << (8 * counter_len)) - 1;
    let len = keys.len();
    if len == 0 || len.div_ceil(KEY_LEN) as u64 > most {
        return Err(KdfError::OutputLength(len));
    }
    let bits = (len as u64 * 8).to_be_bytes();
    let zeros = bits.iter().take_while(|octet| **octet == 0).count();
    for (number, part) in (1u32..).zip(keys.chunks_mut(KEY_LEN)) {
        let counter = number.to_be_bytes();
        let derived = numbered(key, &counter[4 - counter_len..], label, seed, &bits[zeros..]);
        part.copy_from_slice(&derived[..part.len()]);
    }
    Ok(())
}

/// HMAC256(key, counter | label | 00 | seed | bits).
fn numbered(key: &[u8], counter: &[u8], label: &[u8], seed: &[u8], bits: &[u8]) -> Zeroizing<[u8; KEY_LEN]> {
    let mut code = HmacStreebog256::new(key);
    for part in [counter, label, &[0], seed, bits] {
        code.update(part);
    }
    Zeroizing::new(code.finalize())
}
