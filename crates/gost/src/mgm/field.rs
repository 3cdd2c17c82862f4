//! Multiplication in GF(2^128) and GF(2^64), in time that does not depend on the operands.
//!
//! A block is a polynomial whose first bit is the highest coefficient; the moduli are
//! x^128 + x^7 + x^2 + x + 1 and x^64 + x^4 + x^3 + x + 1 (RFC 9058, section 3).

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::modes::BlockCipher;

/// A sum of products, reduced only once, at the end.
#[derive(Default, Zeroize, ZeroizeOnDrop)]
pub(super) struct Sum {
    high: u128,
    low: u128,
}

impl Sum {
    /// Adds the product of two field elements.
    pub(super) fn add_product<C: BlockCipher>(&mut self, a: u128, b: u128) {
        let (a1, a0) = ((a >> 64) as u64, a as u64);
        let (b1, b0) = ((b >> 64) as u64, b as u64);
        let low = product(a0, b0);
        self.low ^= low;
        if C::BLOCK_LEN == 16 {
            // Karatsuba: three products of halves instead of four.
            let high = product(a1, b1);
            let middle = product(a0 ^ a1, b0 ^ b1) ^ low ^ high;
            self.low ^= middle << 64;
            self.high ^= high ^ middle >> 64;
        }
    }

    /// The sum as a field element.
    pub(super) fn reduced<C: BlockCipher>(&self) -> u128 {
        if C::BLOCK_LEN == 16 {
            let folded = self.high >> 127 ^ self.high >> 126 ^ self.high >> 121;
            let high = self.high ^ folded;
            self.low ^ high ^ high << 1 ^ high << 2 ^ high << 7
        } else {
            let (high, low) = ((self.low >> 64) as u64, self.low as u64);
            let high = high ^ high >> 63 ^ high >> 61 ^ high >> 60;
            u128::from(low ^ high ^ high << 1 ^ high << 3 ^ high << 4)
        }
    }
}

/// The product of two polynomials, not reduced.
fn product(a: u64, b: u64) -> u128 {
    // The upper half is the lower half of the product of the mirrored operands, mirrored.
    let low = low_half(a, b);
    let high = low_half(a.reverse_bits(), b.reverse_bits()).reverse_bits() >> 1;
    u128::from(high) << 64 | u128::from(low)
}

/// The lower 64 bits of a product of polynomials, by integer multiplication of every fourth bit: the
/// three bits between leave room for the carries, which are then masked away. (The topmost place may
/// gather sixteen; what overflows there leaves the word.)
fn low_half(a: u64, b: u64) -> u64 {
    const EVERY_FOURTH: u64 = 0x1111_1111_1111_1111;
    let part = |value: u64, place: u32| value & (EVERY_FOURTH << place);
    let mut product = 0;
    for place in 0..4 {
        let mut sum = 0;
        for of_a in 0..4 {
            sum ^= part(a, of_a).wrapping_mul(part(b, (4 + place - of_a) % 4));
        }
        product |= part(sum, place);
    }
    product
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Sum, product};
    use crate::kuznyechik::Kuznyechik;
    use crate::magma::Magma;
    use crate::modes::BlockCipher;

    /// The definition, bit by bit.
    fn slow<C: BlockCipher>(mut a: u128, b: u128) -> u128 {
        let (bits, modulus) = if C::BLOCK_LEN == 16 { (128, 0x87) } else { (64, 0x1b) };
        let mut product = 0;
        for place in 0..bits {
            if b >> place & 1 == 1 {
                product ^= a;
            }
            let carry = a >> (bits - 1) & 1;
            a = a << 1 & u128::MAX >> (128 - bits);
            if carry == 1 {
                a ^= modulus;
            }
        }
        product
    }

    fn fast<C: BlockCipher>(a: u128, b: u128) -> u128 {
        let mut sum = Sum::default();
        sum.add_product::<C>(a, b);
        sum.reduced::<C>()
    }

    #[test]
    fn the_densest_operands_do_not_overflow_into_one_another() {
        assert_eq!(product(u64::MAX, u64::MAX), u128::MAX / 3);
        assert_eq!(fast::<Kuznyechik>(u128::MAX, u128::MAX), slow::<Kuznyechik>(u128::MAX, u128::MAX));
        let ones = u128::from(u64::MAX);
        assert_eq!(fast::<Magma>(ones, ones), slow::<Magma>(ones, ones));
    }

    proptest! {
        #[test]
        fn products_agree_with_the_definition(a: u128, b: u128, c: u64, d: u64) {
            prop_assert_eq!(fast::<Kuznyechik>(a, b), slow::<Kuznyechik>(a, b));
            let (c, d) = (c.into(), d.into());
            prop_assert_eq!(fast::<Magma>(c, d), slow::<Magma>(c, d));
        }
    }
}
