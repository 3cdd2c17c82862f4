//! KExp15 and KImp15: a key wrapped for transport or storage under two keys and a vector.
//!
//! Who derives the two keys (`vko` with `kdf`) and where the vector travels is the protocol's business.
//!
//! Source: RFC 9189, section 8.2; Р 1323565.1.017-2018.

use zeroize::Zeroizing;

use crate::TagMismatch;
use crate::modes::{BlockCipher, Ctr, KEY_LEN, KeystreamExhausted, Omac};

/// The longest key that is wrapped, in octets; the longest in use has 64.
pub const MAX_KEY: usize = 4096;

/// Why a key was not wrapped or unwrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KexpError {
    /// The key, or the wrapped key without its code, is empty or longer than [`MAX_KEY`].
    #[error("{0} octets are not the length of a key")]
    Length(usize),
    /// The same key was given for hiding and for authenticating, which voids both.
    #[error("one key for both hiding and authenticating")]
    SameKey,
    /// The wrapped key was made under other keys or another vector, or was changed.
    #[error("wrapped key is not authentic")]
    Mismatch,
}

impl From<TagMismatch> for KexpError {
    fn from(TagMismatch: TagMismatch) -> Self {
        Self::Mismatch
    }
}

/// The two keys that wrap; they must be different and each serve nothing else.
#[derive(Clone, Copy)]
pub struct WrappingKeys<'a> {
    /// Authenticates (K_Exp_MAC).
    pub mac: &'a [u8; KEY_LEN],
    /// Hides (K_Exp_ENC).
    pub enc: &'a [u8; KEY_LEN],
}

impl std::fmt::Debug for WrappingKeys<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WrappingKeys(…)")
    }
}

/// Wraps `key` (KExp15): longer by one block of the cipher than the key.
///
/// `iv` must not have served the same wrapping keys before.
///
/// # Errors
/// [`KexpError::Length`] and [`KexpError::SameKey`].
pub fn kexp15<C: BlockCipher>(
    keys: WrappingKeys<'_>,
    iv: &C::HalfBlock,
    key: &[u8],
) -> Result<Vec<u8>, KexpError> {
    acceptable(keys, key.len())?;
    let mut wrapped = Zeroizing::new(Vec::with_capacity(key.len() + C::BLOCK_LEN));
    wrapped.extend_from_slice(key);
    wrapped.extend_from_slice(code::<C>(keys, iv, key).finalize().as_ref());
    hide::<C>(keys, iv, &mut wrapped)?;
    Ok(std::mem::take(&mut *wrapped))
}

/// Unwraps a key (KImp15), once its code agreed.
///
/// # Errors
/// [`KexpError::Length`], [`KexpError::SameKey`], and [`KexpError::Mismatch`] where the code is another.
pub fn kimp15<C: BlockCipher>(
    keys: WrappingKeys<'_>,
    iv: &C::HalfBlock,
    wrapped: &[u8],
) -> Result<Zeroizing<Vec<u8>>, KexpError> {
    let Some(key_len) = wrapped.len().checked_sub(C::BLOCK_LEN) else {
        return Err(KexpError::Length(0));
    };
    acceptable(keys, key_len)?;
    let mut opened = Zeroizing::new(wrapped.to_vec());
    hide::<C>(keys, iv, &mut opened)?;
    let (key, given) = opened.split_at(key_len);
    code::<C>(keys, iv, key).verify(given)?;
    opened.truncate(key_len);
    Ok(opened)
}

fn acceptable(keys: WrappingKeys<'_>, key_len: usize) -> Result<(), KexpError> {
    if key_len == 0 || key_len > MAX_KEY {
        return Err(KexpError::Length(key_len));
    }
    // Two secrets are compared, so not with `==`, which stops at the first difference.
    if bool::from(subtle::ConstantTimeEq::ct_eq(&keys.mac[..], &keys.enc[..])) {
        return Err(KexpError::SameKey);
    }
    Ok(())
}

fn code<C: BlockCipher>(keys: WrappingKeys<'_>, iv: &C::HalfBlock, key: &[u8]) -> Omac<C> {
    let mut code = Omac::new(keys.mac);
    code.update(iv.as_ref());
    code.update(key);
    code
}

fn hide<C: BlockCipher>(
    keys: WrappingKeys<'_>,
    iv: &C::HalfBlock,
    octets: &mut [u8],
) -> Result<(), KexpError> {
    // MAX_KEY is far below what one counter may serve, so this cannot happen.
    Ctr::<C>::new(keys.enc, iv).apply(octets).map_err(|KeystreamExhausted| KexpError::Length(octets.len()))
}
