//! Signatures as values: two numbers, read and written in any of the octet orders.
//!
//! Making and checking them is asked of the keys in `key`.

use crate::curve::Pair;
use crate::encoding::{self, ByteOrder};
use crate::error::Error;
use crate::parameters::ParameterSet;

/// The numbers r and s, both above zero and below the group order of their set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    set: ParameterSet,
    numbers: Pair,
}

impl Signature {
    pub(crate) fn new(set: ParameterSet, numbers: Pair) -> Self {
        Self { set, numbers }
    }

    /// Reads a signature of 64 or 128 octets under the set of the key it will be checked with.
    ///
    /// # Errors
    /// [`Error::Length`], and [`Error::SignatureRange`] where r or s is zero or not below the group order.
    pub fn from_bytes(set: ParameterSet, bytes: &[u8], order: ByteOrder) -> Result<Self, Error> {
        let curve = set.curve();
        let (first, second) =
            encoding::read_pair("signature", bytes, curve.octets(), order == ByteOrder::Kazakh)?;
        let numbers = if order == ByteOrder::Rfc { (second, first) } else { (first, second) };
        if !curve.is_scalar(&numbers.0) || !curve.is_scalar(&numbers.1) {
            return Err(Error::SignatureRange);
        }
        Ok(Self { set, numbers })
    }

    /// The signature's octets, 64 or 128.
    pub fn to_bytes(&self, order: ByteOrder) -> Vec<u8> {
        let octets = self.set.octets();
        let (r, s) = (&self.numbers.0, &self.numbers.1);
        let (first, second) = if order == ByteOrder::Rfc { (s, r) } else { (r, s) };
        let mut out = Vec::with_capacity(2 * octets);
        encoding::write(&mut out, first, octets, order == ByteOrder::Kazakh);
        encoding::write(&mut out, second, octets, order == ByteOrder::Kazakh);
        out
    }

    /// The set it was read or made under.
    pub fn parameter_set(&self) -> ParameterSet {
        self.set
    }

    pub(crate) fn numbers(&self) -> &Pair {
        &self.numbers
    }
}

#[cfg(test)]
mod tests {
    //! Vectors that give the nonce, which the public interface does not take.

    use super::*;
    use crate::curve::Number;
    use crate::field::limbs;

    fn wide(hex: &str) -> Number {
        limbs::<8>(hex)
    }

    fn sign_with_nonce(set: ParameterSet, d: &str, e: &str, k: &str) -> Pair {
        set.curve().sign(&wide(d), &wide(e), &wide(k)).expect("a usable nonce")
    }

    /// Source: RFC 7091 sec. 7.1, ГОСТ Р 34.10-2012 annex A.1. Meets: C16.
    #[test]
    fn the_256_bit_example_of_the_standard_comes_out() {
        let pair = sign_with_nonce(
            ParameterSet::Test256,
            "7A929ADE789BB9BE10ED359DD39A72C11B60961F49397EEE1D19CE9891EC3B28",
            "2DFBC1B372D89A1188C09C52E0EEC61FCE52032AB1022E8E67ECE6672B043EE5",
            "77105C9B20BCD3122823C8CF6FCC7B956DE33814E95B7FE64FED924594DCEAB3",
        );
        assert_eq!(pair.0, wide("41AA28D2F1AB148280CD9ED56FEDA41974053554A42767B83AD043FD39DC0493"));
        assert_eq!(pair.1, wide("1456C64BA4642A1653C235A98A60249BCD6D3F746B631DF928014F6C5BF9C40"));
    }

    /// Source: RFC 7091 sec. 7.2, ГОСТ Р 34.10-2012 annex A.2. Meets: C16.
    #[test]
    fn the_512_bit_example_of_the_standard_comes_out() {
        let pair = sign_with_nonce(
            ParameterSet::Test512,
            "0BA6048AADAE241BA40936D47756D7C93091A0E8514669700EE7508E508B1020\
             72E8123B2200A0563322DAD2827E2714A2636B7BFD18AADFC62967821FA18DD4",
            "3754F3CFACC9E0615C4F4A7C4D8DAB531B09B6F9C170C533A71D147035B0C591\
             7184EE536593F4414339976C647C5D5A407ADEDB1D560C4FC6777D2972075B8C",
            "0359E7F4B1410FEACC570456C6801496946312120B39D019D455986E364F3658\
             86748ED7A44B3E794434006011842286212273A6D14CF70EA3AF71BB1AE679F1",
        );
        assert_eq!(
            pair.0,
            wide(
                "2F86FA60A081091A23DD795E1E3C689EE512A3C82EE0DCC2643C78EEA8FCACD3\
                 5492558486B20F1C9EC197C90699850260C93BCBCD9C5C3317E19344E173AE36"
            )
        );
        assert_eq!(
            pair.1,
            wide(
                "1081B394696FFE8E6585E7A9362D26B6325F56778AADBC081C0BFBE933D52FF5\
                 823CE288E8C4F362526080DF7F70CE406A6EEB1F56919CB92A9853BDE73E5B4A"
            )
        );
    }
}
