//! VKO: agreement on a key between the holder of a private key and that of a public one.
//!
//! The shared point K = (cofactor · UKM · d mod q)·Q is hashed as X‖Y, each little-endian, with Streebog of
//! 256 or 512 bits. Either works on either width of curve. What the key is then used for is in `kdf` and
//! `kexp`. Source: RFC 7836 sec. 4.3.

use zeroize::Zeroizing;

use crate::encoding;
use crate::error::Error;
use crate::key::{SigningKey, VerifyingKey};
use crate::streebog::{Streebog256, Streebog512};

/// Longest key material taken; the RFC recommends 8 to n/16 octets.
pub const MAX_KEY_MATERIAL: usize = 32;

/// VKO_GOSTR3410_2012_256: a key of 32 octets.
///
/// `ukm` is the key material as it travels, little-endian, 1 to [`MAX_KEY_MATERIAL`] octets; it need not be
/// secret. The multiplication takes the same time for every private key.
///
/// # Errors
/// [`Error::DifferentCurves`] for keys of different curves, [`Error::Length`] for key material that is
/// empty or too long, [`Error::ZeroKeyMaterial`] where it is zero modulo the group order.
pub fn vko256(own: &SigningKey, other: &VerifyingKey, ukm: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error> {
    let point = shared_point(own, other, ukm)?;
    let mut digest = Streebog256::new();
    digest.update(&point);
    Ok(Zeroizing::new(digest.finalize()))
}

/// VKO_GOSTR3410_2012_512: a key of 64 octets. Everything else as in [`vko256`].
///
/// # Errors
/// Those of [`vko256`].
pub fn vko512(own: &SigningKey, other: &VerifyingKey, ukm: &[u8]) -> Result<Zeroizing<[u8; 64]>, Error> {
    let point = shared_point(own, other, ukm)?;
    let mut digest = Streebog512::new();
    digest.update(&point);
    Ok(Zeroizing::new(digest.finalize()))
}

fn shared_point(own: &SigningKey, other: &VerifyingKey, ukm: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let set = own.parameter_set();
    if !set.same_curve(other.parameter_set()) {
        return Err(Error::DifferentCurves);
    }
    if ukm.is_empty() || ukm.len() > MAX_KEY_MATERIAL {
        return Err(Error::Length { what: "key material", expected: MAX_KEY_MATERIAL, found: ukm.len() });
    }
    // A point of small order never becomes a `VerifyingKey`, so only the key material can be at fault.
    let pair = set
        .curve()
        .agree(own.scalar(), &encoding::number(ukm, true), other.point())
        .ok_or(Error::ZeroKeyMaterial)?;
    let pair = Zeroizing::new([pair.0, pair.1]);
    let octets = set.octets();
    let mut out = Zeroizing::new(Vec::with_capacity(2 * octets));
    encoding::write(&mut out, &pair[0], octets, true);
    encoding::write(&mut out, &pair[1], octets, true);
    Ok(out)
}
