//! HMAC over Streebog: HMAC_GOSTR3411_2012_256 and HMAC_GOSTR3411_2012_512.
//!
//! Key derivation built upon it is in `kdf`. The look-ups of Streebog depend on what is hashed, here
//! on the key: see the remark on timing in `streebog`.
//!
//! Source: RFC 7836, section 4.1; RFC 2104.

use zeroize::Zeroizing;

use crate::TagMismatch;
use crate::streebog::{BLOCK_LEN, Streebog};
use crate::tag;

/// HMAC with Streebog-256.
pub type HmacStreebog256 = Hmac<32>;

/// HMAC with Streebog-512.
pub type HmacStreebog512 = Hmac<64>;

/// An authentication code under way; `N` is its length in octets, 32 or 64.
///
/// Everything derived from the key is zeroised when it is dropped.
#[derive(Clone)]
pub struct Hmac<const N: usize> {
    inner: Streebog<N>,
    outer: Streebog<N>,
}

impl<const N: usize> Hmac<N> {
    /// Starts a code under `key`, of any length; the RFC recommends 32 octets or more. A key longer
    /// than a block of the digest (64 octets) is replaced by its digest, as in RFC 2104.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        let mut block = Zeroizing::new([0u8; BLOCK_LEN]);
        if key.len() <= BLOCK_LEN {
            block[..key.len()].copy_from_slice(key);
        } else {
            block[..N].copy_from_slice(&*Zeroizing::new(Streebog::<N>::digest(key)));
        }
        Self { inner: keyed(&block, 0x36), outer: keyed(&block, 0x5c) }
    }

    /// The code of `message` in one call.
    #[must_use]
    pub fn mac(key: &[u8], message: &[u8]) -> [u8; N] {
        let mut code = Self::new(key);
        code.update(message);
        code.finalize()
    }

    /// Takes further octets of the message; how it is cut between calls does not matter.
    pub fn update(&mut self, message: &[u8]) {
        self.inner.update(message);
    }

    /// Ends the message and gives its code. To compare it with one received, use [`Hmac::verify`].
    #[must_use]
    pub fn finalize(self) -> [u8; N] {
        let Self { inner, mut outer } = self;
        outer.update(&*Zeroizing::new(inner.finalize()));
        outer.finalize()
    }

    /// Ends the message and compares its code with the whole of `given`, in constant time.
    ///
    /// # Errors
    /// [`TagMismatch`] where they differ, also in length.
    pub fn verify(self, given: &[u8]) -> Result<(), TagMismatch> {
        tag::check(&*Zeroizing::new(self.finalize()), given)
    }
}

impl<const N: usize> std::fmt::Debug for Hmac<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hmac<{N}>(…)")
    }
}

/// A digest that has taken the key block with every octet XORed with `pad`.
fn keyed<const N: usize>(block: &[u8; BLOCK_LEN], pad: u8) -> Streebog<N> {
    let mut digest = Streebog::new();
    digest.update(&*Zeroizing::new(block.map(|octet| octet ^ pad)));
    digest
}
