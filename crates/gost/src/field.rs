//! Arithmetic modulo the primes of the national curves: both field characteristics and group orders.
//!
//! Two families share one type. Primes of the form 2^(64·N) − c (the TC26 and CryptoPro-A fields) are
//! reduced by folding the high half down times c, and their elements are kept *weakly* reduced: any N-limb
//! number stands for its residue. Every other prime goes by Montgomery's method, elements kept below the
//! prime. Everything here takes the same time for every value, save what is named `_vartime`.
//! Points are in `point`; inversion itself is in `inverse`.

use core::fmt;
use core::marker::PhantomData;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

use crate::inverse;

/// Widest number the crate handles, in 64-bit limbs.
pub const MAX_LIMBS: usize = 8;

/// One prime, known at compile time, of `N` 64-bit limbs (least significant first).
///
/// The top bit of the top limb need not be set, but the prime is odd and longer than one limb.
pub trait Prime<const N: usize>: Copy + fmt::Debug + Send + Sync + 'static {
    /// The prime itself.
    const MODULUS: [u64; N];
    /// c of 2^(64·N) − c when that fits one small limb, otherwise 0: the choice between the two families.
    const FOLD: u64 = fold_constant(&Self::MODULUS);
    /// −p⁻¹ modulo 2^64, for Montgomery's reduction.
    const NEGATED_INVERSE: u64 = inverse_of_limb(Self::MODULUS[0]).wrapping_neg();
    /// 2^(64·N) modulo p: one in Montgomery's form.
    const R: [u64; N] = power_of_two(&Self::MODULUS, 64 * N);
    /// 2^(128·N) modulo p: takes a number into Montgomery's form.
    const R2: [u64; N] = power_of_two(&Self::MODULUS, 128 * N);
}

/// Largest c for which the fold stays exact: carry · c has to fit a limb with room to spare.
const MAX_FOLD: u64 = 1 << 20;

const fn fold_constant<const N: usize>(modulus: &[u64; N]) -> u64 {
    let mut i = 1;
    while i < N {
        if modulus[i] != u64::MAX {
            return 0;
        }
        i += 1;
    }
    let c = modulus[0].wrapping_neg();
    if c < MAX_FOLD { c } else { 0 }
}

/// The inverse of an odd limb modulo 2^64, by Newton's iteration (each step doubles the good bits).
pub(crate) const fn inverse_of_limb(odd: u64) -> u64 {
    let mut inverse = odd;
    let mut i = 0;
    while i < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)));
        i += 1;
    }
    inverse
}

const fn less_than<const N: usize>(a: &[u64; N], b: &[u64; N]) -> bool {
    let mut i = N;
    while i > 0 {
        i -= 1;
        if a[i] != b[i] {
            return a[i] < b[i];
        }
    }
    false
}

/// 2^exponent modulo `modulus`, at compile time.
const fn power_of_two<const N: usize>(modulus: &[u64; N], exponent: usize) -> [u64; N] {
    let mut value = [0u64; N];
    value[0] = 1;
    let mut step = 0;
    while step < exponent {
        let mut carry = 0;
        let mut i = 0;
        while i < N {
            let next = value[i] >> 63;
            value[i] = (value[i] << 1) | carry;
            carry = next;
            i += 1;
        }
        if carry == 1 || !less_than(&value, modulus) {
            let mut borrow = false;
            i = 0;
            while i < N {
                let (limb, first) = value[i].overflowing_sub(modulus[i]);
                let (limb, second) = limb.overflowing_sub(borrow as u64);
                value[i] = limb;
                borrow = first | second;
                i += 1;
            }
        }
        step += 1;
    }
    value
}

/// Limbs of a big-endian hexadecimal number written without separators.
///
/// Meant for constants: a digit out of place is a compile error there.
pub const fn limbs<const N: usize>(hex: &str) -> [u64; N] {
    let digits = hex.as_bytes();
    assert!(digits.len() <= 16 * N, "number longer than its limbs");
    let mut out = [0u64; N];
    let mut i = 0;
    while i < digits.len() {
        let value = match digits[digits.len() - 1 - i] {
            d @ b'0'..=b'9' => d - b'0',
            d @ b'A'..=b'F' => d - b'A' + 10,
            _ => panic!("not a hexadecimal digit"),
        };
        out[i / 16] |= (value as u64) << (4 * (i % 16));
        i += 1;
    }
    out
}

/// A residue modulo the prime `P`.
#[derive(Clone, Copy)]
pub struct Element<P: Prime<N>, const N: usize>([u64; N], PhantomData<P>);

impl<P: Prime<N>, const N: usize> fmt::Debug for Element<P, N> {
    /// Says only that it is a residue: many of them are secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Element(…)")
    }
}

impl<P: Prime<N>, const N: usize> Zeroize for Element<P, N> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl<P: Prime<N>, const N: usize> Element<P, N> {
    const FOLDS: bool = P::FOLD != 0;

    /// Zero.
    pub const ZERO: Self = Self([0; N], PhantomData);
    /// One.
    pub const ONE: Self = Self(if Self::FOLDS { one() } else { P::R }, PhantomData);

    /// The residue of any `N`-limb number, which may exceed the prime.
    pub fn reduce(number: &[u64; N]) -> Self {
        if Self::FOLDS {
            Self(*number, PhantomData)
        } else {
            Self(montgomery_mul::<P, N>(number, &P::R2), PhantomData)
        }
    }

    /// A constant of a prime of the folding family.
    pub(crate) const fn folded(hex: &str) -> Self {
        assert!(Self::FOLDS, "elements of this prime have Montgomery's form");
        Self(limbs(hex), PhantomData)
    }

    /// The residue of a number already below the prime; `None` otherwise. Not for secrets: the answer shows.
    pub fn from_canonical(number: &[u64; N]) -> Option<Self> {
        less_than(number, &P::MODULUS).then(|| Self::reduce(number))
    }

    /// The one representative from 0 to p − 1.
    pub fn to_limbs(self) -> [u64; N] {
        if Self::FOLDS {
            subtract_once(&self.0, false, &P::MODULUS)
        } else {
            let mut unit = [0; N];
            unit[0] = 1;
            montgomery_mul::<P, N>(&self.0, &unit)
        }
    }

    /// Whether this is zero modulo p.
    pub fn is_zero(&self) -> Choice {
        let canonical = if Self::FOLDS { subtract_once(&self.0, false, &P::MODULUS) } else { self.0 };
        let mut bits = 0;
        for limb in canonical {
            bits |= limb;
        }
        bits.ct_eq(&0)
    }

    /// Whether two residues are the same.
    pub fn equals(&self, other: &Self) -> Choice {
        self.sub(other).is_zero()
    }

    /// Sum.
    #[inline(always)]
    pub fn add(&self, other: &Self) -> Self {
        let (sum, carry) = add_limbs(&self.0, &other.0);
        if Self::FOLDS {
            Self(fold_carry(sum, u64::from(carry), P::FOLD), PhantomData)
        } else {
            Self(subtract_once(&sum, carry, &P::MODULUS), PhantomData)
        }
    }

    /// Twice the residue.
    #[inline(always)]
    pub fn double(&self) -> Self {
        self.add(self)
    }

    /// Three times the residue.
    #[inline(always)]
    pub fn triple(&self) -> Self {
        if !Self::FOLDS {
            return self.double().add(self);
        }
        let mut out = [0; N];
        let mut carry = 0;
        for (limb, x) in out.iter_mut().zip(&self.0) {
            (*limb, carry) = x.carrying_mul(3, carry);
        }
        Self(fold_carry(out, carry, P::FOLD), PhantomData)
    }

    /// Difference.
    #[inline(always)]
    pub fn sub(&self, other: &Self) -> Self {
        let (mut difference, borrow) = sub_limbs(&self.0, &other.0);
        if Self::FOLDS {
            // The borrow stands for −2^(64·N) ≡ −c. Should taking c away borrow again, the number has
            // become 2^(64·N) minus something below c, so the second c comes off the lowest limb alone.
            let mut again;
            (difference[0], again) = difference[0].overflowing_sub(mask(borrow) & P::FOLD);
            for limb in difference.iter_mut().skip(1) {
                (*limb, again) = limb.overflowing_sub(u64::from(again));
            }
            difference[0] = difference[0].wrapping_sub(mask(again) & P::FOLD);
            Self(difference, PhantomData)
        } else {
            let mask = mask(borrow);
            let mut masked = P::MODULUS;
            for limb in &mut masked {
                *limb &= mask;
            }
            Self(add_limbs(&difference, &masked).0, PhantomData)
        }
    }

    /// The residue taken from zero.
    pub fn negate(&self) -> Self {
        Self::ZERO.sub(self)
    }

    /// The negated residue where `choice` is set, the residue itself where not.
    pub fn negate_if(&self, choice: Choice) -> Self {
        Self::select(self, &self.negate(), choice)
    }

    /// `a` where `choice` is 0, `b` where it is 1.
    pub fn select(a: &Self, b: &Self, choice: Choice) -> Self {
        let mut out = [0; N];
        for (limb, (x, y)) in out.iter_mut().zip(a.0.iter().zip(&b.0)) {
            *limb = u64::conditional_select(x, y, choice);
        }
        Self(out, PhantomData)
    }

    /// ORs into this every bit of `other` under `mask`, all ones or all zeros: the step of a full-table scan.
    #[inline(always)]
    pub(crate) fn gather(&mut self, other: &Self, mask: u64) {
        for (limb, from) in self.0.iter_mut().zip(&other.0) {
            *limb |= from & mask;
        }
    }

    /// A residue of no bits, to `gather` into.
    pub(crate) const EMPTY: Self = Self([0; N], PhantomData);

    /// Product.
    #[inline]
    pub fn mul(&self, other: &Self) -> Self {
        if Self::FOLDS {
            Self(fold_mul::<P, N>(&self.0, &other.0), PhantomData)
        } else {
            Self(montgomery_mul::<P, N>(&self.0, &other.0), PhantomData)
        }
    }

    /// The residue times itself.
    #[inline]
    pub fn square(&self) -> Self {
        if Self::FOLDS {
            Self(fold_square::<P, N>(&self.0), PhantomData)
        } else {
            Self(montgomery_mul::<P, N>(&self.0, &self.0), PhantomData)
        }
    }

    /// The multiplicative inverse; zero for zero.
    pub fn invert(&self) -> Self {
        Self::after_inversion(inverse::invert(&self.before_inversion(), &P::MODULUS))
    }

    /// The multiplicative inverse of a public number; zero for zero. The time depends on the number.
    pub fn invert_vartime(&self) -> Self {
        Self::after_inversion(inverse::invert_vartime(&self.before_inversion(), &P::MODULUS))
    }

    fn before_inversion(&self) -> [u64; N] {
        if Self::FOLDS { self.to_limbs() } else { self.0 }
    }

    fn after_inversion(inverted: [u64; N]) -> Self {
        if Self::FOLDS {
            return Self(inverted, PhantomData);
        }
        // (x·R)⁻¹ times R² by Montgomery is x⁻¹, and once more x⁻¹·R.
        Self(montgomery_mul::<P, N>(&montgomery_mul::<P, N>(&inverted, &P::R2), &P::R2), PhantomData)
    }
}

const fn one<const N: usize>() -> [u64; N] {
    let mut one = [0; N];
    one[0] = 1;
    one
}

#[inline(always)]
fn mask(bit: bool) -> u64 {
    u64::from(bit).wrapping_neg()
}

#[inline(always)]
fn add_limbs<const N: usize>(a: &[u64; N], b: &[u64; N]) -> ([u64; N], bool) {
    let mut out = [0; N];
    let mut carry = false;
    for i in 0..N {
        (out[i], carry) = a[i].carrying_add(b[i], carry);
    }
    (out, carry)
}

#[inline(always)]
fn sub_limbs<const N: usize>(a: &[u64; N], b: &[u64; N]) -> ([u64; N], bool) {
    let mut out = [0; N];
    let mut borrow = false;
    for i in 0..N {
        (out[i], borrow) = a[i].borrowing_sub(b[i], borrow);
    }
    (out, borrow)
}

/// The number `carry`·2^(64·N) + `value`, less the modulus if that leaves nothing negative.
#[inline(always)]
fn subtract_once<const N: usize>(value: &[u64; N], carry: bool, modulus: &[u64; N]) -> [u64; N] {
    let (difference, borrow) = sub_limbs(value, modulus);
    let keep = mask(borrow & !carry);
    let mut out = [0; N];
    for i in 0..N {
        out[i] = (value[i] & keep) | (difference[i] & !keep);
    }
    out
}

/// Brings `carry`·2^(64·N) back into N limbs as carry·c.
///
/// Should that carry out once more, what is left is below carry·c, far from a full lowest limb, so the last c
/// goes into that limb alone.
#[inline(always)]
fn fold_carry<const N: usize>(mut value: [u64; N], carry: u64, c: u64) -> [u64; N] {
    let mut again;
    (value[0], again) = value[0].overflowing_add(carry * c);
    for limb in value.iter_mut().skip(1) {
        (*limb, again) = limb.overflowing_add(u64::from(again));
    }
    value[0] = value[0].wrapping_add(mask(again) & c);
    value
}

/// low + high·2^(64·N) folded once and for all.
#[inline(always)]
fn fold<const N: usize>(low: &[u64; N], high: &[u64; N], c: u64) -> [u64; N] {
    let mut out = *high;
    let lowest = add_row_onto(&mut out, c, high, low);
    let top = out[N - 1];
    for i in (1..N).rev() {
        out[i] = out[i - 1];
    }
    out[0] = lowest;
    fold_carry(out, top, c)
}

/// accumulator ← (accumulator + x·b) / 2^64, the limb shifted out returned.
///
/// All low halves first, then all high halves: two plain carry chains, which compile to chains of `adc`.
#[inline(always)]
fn add_row<const N: usize>(accumulator: &mut [u64; N], x: u64, b: &[u64; N]) -> u64 {
    let before = *accumulator;
    add_row_onto(accumulator, x, b, &before)
}

/// out ← (addend + x·b) / 2^64, the limb shifted out returned.
#[inline(always)]
fn add_row_onto<const N: usize>(out: &mut [u64; N], x: u64, b: &[u64; N], addend: &[u64; N]) -> u64 {
    let mut low = [0; N];
    let mut high = [0; N];
    for j in 0..N {
        (low[j], high[j]) = x.carrying_mul(b[j], 0);
    }
    let mut carry = false;
    for j in 0..N {
        (low[j], carry) = addend[j].carrying_add(low[j], carry);
    }
    let top = u64::from(carry);
    carry = false;
    for j in 0..N - 1 {
        (out[j], carry) = low[j + 1].carrying_add(high[j], carry);
    }
    // x·b plus an N-limb number is below 2^(64·(N+1)): nothing carries out of the top.
    (out[N - 1], _) = top.carrying_add(high[N - 1], carry);
    low[0]
}

/// Writes one statement for each limb index below `N`, so that the rows are unrolled.
macro_rules! each_limb {
    ($n:ident, $i:ident => $row:expr) => {{
        macro_rules! row {
            ($k:literal) => {{
                const $i: usize = $k;
                $row
            }};
        }
        row!(0);
        row!(1);
        row!(2);
        row!(3);
        if $n > 4 {
            row!(4);
            row!(5);
            row!(6);
            row!(7);
        }
    }};
}

#[inline(always)]
fn wide_mul<const N: usize>(a: &[u64; N], b: &[u64; N]) -> ([u64; N], [u64; N]) {
    const { assert!(N == 4 || N == 8, "limb counts other than 4 and 8 are not unrolled") };
    let mut low = [0; N];
    let mut high = [0; N];
    each_limb!(N, I => low[I] = add_row(&mut high, a[I], b));
    (low, high)
}

/// The products of different limbs once, doubled, and the squares of the limbs on the diagonal.
#[inline(always)]
fn wide_square<const N: usize>(a: &[u64; N]) -> ([u64; N], [u64; N]) {
    let mut wide = [0u64; 2 * MAX_LIMBS];
    each_limb!(N, I => {
        let mut low = [0; N];
        let mut high = [0; N];
        for j in I + 1..N {
            (low[j], high[j]) = a[I].carrying_mul(a[j], 0);
        }
        let mut carry = false;
        for j in I + 1..N {
            (wide[I + j], carry) = wide[I + j].carrying_add(low[j], carry);
        }
        wide[I + N] = u64::from(carry);
        carry = false;
        for j in I + 1..N {
            (wide[I + j + 1], carry) = wide[I + j + 1].carrying_add(high[j], carry);
        }
    });
    let mut carry = false;
    for limb in wide.iter_mut().take(2 * N) {
        (*limb, carry) = limb.carrying_add(*limb, carry);
    }
    carry = false;
    for i in 0..N {
        let (low, high) = a[i].carrying_mul(a[i], 0);
        (wide[2 * i], carry) = wide[2 * i].carrying_add(low, carry);
        (wide[2 * i + 1], carry) = wide[2 * i + 1].carrying_add(high, carry);
    }
    let (mut low, mut high) = ([0; N], [0; N]);
    low.copy_from_slice(&wide[..N]);
    high.copy_from_slice(&wide[N..2 * N]);
    (low, high)
}

// The three multiplications stay functions of their own: a point formula with a dozen of them written out in
// place does not fit the instruction cache.
#[inline(never)]
fn fold_mul<P: Prime<N>, const N: usize>(a: &[u64; N], b: &[u64; N]) -> [u64; N] {
    let (low, high) = wide_mul(a, b);
    fold(&low, &high, P::FOLD)
}

#[inline(never)]
fn fold_square<P: Prime<N>, const N: usize>(a: &[u64; N]) -> [u64; N] {
    let (low, high) = wide_square(a);
    fold(&low, &high, P::FOLD)
}

/// a·b / 2^(64·N) modulo p, below p. One of the factors may be any N-limb number, the other is below p.
#[inline(never)]
fn montgomery_mul<P: Prime<N>, const N: usize>(a: &[u64; N], b: &[u64; N]) -> [u64; N] {
    let mut value = [0; N];
    let mut overflow = false;
    for &limb in a {
        // The value before this row is `overflow`·2^(64·N) + `value`; it stays below b + p throughout, so
        // of the two carries into the place above the limbs at most one is set.
        let lowest = add_row(&mut value, limb, b);
        let carried;
        (value[N - 1], carried) = value[N - 1].overflowing_add(u64::from(overflow));
        let m = lowest.wrapping_mul(P::NEGATED_INVERSE);
        let (_, mut carry) = m.carrying_mul_add(P::MODULUS[0], lowest, 0);
        for j in 1..N {
            (value[j - 1], carry) = m.carrying_mul_add(P::MODULUS[j], value[j - 1], carry);
        }
        (value[N - 1], overflow) = value[N - 1].overflowing_add(carry);
        overflow |= carried;
    }
    subtract_once(&value, overflow, &P::MODULUS)
}
