//! Octet orders: how documents write numbers, and nothing about DER or base64.

use zeroize::Zeroize;

use crate::curve::Number;
use crate::error::Error;

/// Whose order of octets an object is written in.
///
/// | | public key | private key | digest → integer | signature |
/// |---|---|---|---|---|
/// | `Kazakh` | X‖Y, each little-endian | little-endian | little-endian | r‖s, each little-endian |
/// | `Rfc` | X‖Y, each little-endian | little-endian | little-endian | s‖r, each big-endian |
/// | `Printed` | X‖Y, each big-endian | big-endian | big-endian | r‖s, each big-endian |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// As certificates, CRLs, CMS and XML of the national CA of Kazakhstan have it, for ГОСТ 34.10-2015 and
    /// ГОСТ 34.310-2004 alike. The signature is the `Rfc` signature with all its octets reversed.
    Kazakh,
    /// As certificates, CRLs and CMS under the Russian identifiers have it: RFC 4491, RFC 9215.
    Rfc,
    /// As the standard and RFC 7091 print their numbers: everything big-endian, r before s.
    Printed,
}

impl ByteOrder {
    pub(crate) fn is_little_endian(self) -> bool {
        self != Self::Printed
    }
}

/// Reads one number, refusing any other length than `octets`.
pub(crate) fn read(
    what: &'static str,
    bytes: &[u8],
    octets: usize,
    little_endian: bool,
) -> Result<Number, Error> {
    if bytes.len() != octets {
        return Err(Error::Length { what, expected: octets, found: bytes.len() });
    }
    Ok(number(bytes, little_endian))
}

/// Reads two numbers of `octets` each.
pub(crate) fn read_pair(
    what: &'static str,
    bytes: &[u8],
    octets: usize,
    little_endian: bool,
) -> Result<(Number, Number), Error> {
    if bytes.len() != 2 * octets {
        return Err(Error::Length { what, expected: 2 * octets, found: bytes.len() });
    }
    let (first, second) = bytes.split_at(octets);
    Ok((number(first, little_endian), number(second, little_endian)))
}

/// A number of at most 64 octets.
pub(crate) fn number(bytes: &[u8], little_endian: bool) -> Number {
    let mut out = Number::default();
    let last = bytes.len().wrapping_sub(1);
    for (i, &byte) in bytes.iter().enumerate() {
        let place = if little_endian { i } else { last - i };
        out[place / 8] |= u64::from(byte) << (8 * (place % 8));
    }
    out
}

/// Appends the lowest `octets` octets of a number.
pub(crate) fn write(out: &mut Vec<u8>, number: &Number, octets: usize, little_endian: bool) {
    let mut bytes = [0u8; 64];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(number) {
        chunk.copy_from_slice(&limb.to_le_bytes());
    }
    if !little_endian {
        bytes[..octets].reverse();
    }
    out.extend_from_slice(&bytes[..octets]);
    bytes.zeroize();
}
