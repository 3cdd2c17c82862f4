//! Multiplication of points by scalars: of the generator and of a given point by a secret, in constant time;
//! of the generator and a public key together, for verification.
//!
//! Secret scalars are recoded into digits that are all odd, so none is zero and no addition is skipped; a
//! digit's point is taken by reading its whole row. Tables hold public points only.

use subtle::{Choice, ConditionallySelectable};
use zeroize::Zeroizing;

use crate::field::{Element, MAX_LIMBS};
use crate::point::{Entry, Group, Wiped, take};

/// Bits in a digit of a secret scalar; a row holds the 16 odd multiples up to 31.
const SECRET_WIDTH: usize = 5;
const SECRET_ROW: usize = 1 << (SECRET_WIDTH - 1);
/// Width of the digits for the generator beside a key that has its table: odd multiples up to 127.
const BASE_WIDTH: usize = 8;
/// Width for the generator beside a key met once, where one row serves the whole scalar.
const WIDE_WIDTH: usize = 11;
/// Width for a public key met once: the 8 odd multiples up to 15.
const COLD_WIDTH: usize = 5;
/// Width for a public key that has its table.
const KNOWN_WIDTH: usize = 6;
/// Into how many parts a scalar is cut where tables exist for every part, saving doublings.
const PARTS: usize = 8;
/// Places of a recoded scalar: one more than it has bits.
const MAX_PLACES: usize = 64 * MAX_LIMBS + 1;

/// Odd multiples 1, 3, 5 … of `point`, as many as asked for.
fn odd_multiples<G: Group<N>, const N: usize>(point: &G, count: usize) -> Vec<G> {
    let double = point.double(1);
    let mut multiples = Vec::with_capacity(count);
    let mut multiple = *point;
    multiples.push(multiple);
    for _ in 1..count {
        multiple = multiple.add_wide_vartime(&double);
        multiples.push(multiple);
    }
    multiples
}

/// Rows of odd multiples of `point`·2^(i·`stride`) for i from 0.
fn rows<G: Group<N>, const N: usize>(point: &G, rows: usize, stride: usize, count: usize) -> Vec<G::Entry> {
    let mut all = Vec::with_capacity(rows * count);
    let mut shifted = *point;
    for row in 0..rows {
        if row > 0 {
            shifted = shifted.double(stride);
        }
        all.extend(odd_multiples(&shifted, count));
    }
    G::normalise(&all)
}

/// The tables of one curve's generator, made once in the life of the process.
///
/// For 512 bits: 206 KiB for secrets and 128 KiB for verification (a half more on the Edwards form).
pub(crate) struct Base<G: Group<N>, const N: usize> {
    secret: Vec<G::Entry>,
    wide: Vec<G::Entry>,
    public: Known<G, N>,
}

impl<G: Group<N>, const N: usize> Base<G, N> {
    pub(crate) fn new(generator: &G) -> Self {
        Self {
            secret: rows(generator, secret_digits(N), SECRET_WIDTH, SECRET_ROW),
            wide: rows(generator, 1, 0, 1 << (WIDE_WIDTH - 2)),
            public: Known::with_width(generator, BASE_WIDTH),
        }
    }
}

/// Digits of a secret scalar of `n` limbs.
const fn secret_digits(n: usize) -> usize {
    (64 * n).div_ceil(SECRET_WIDTH)
}

/// A non-zero scalar k, or q − k where that is the odd one of the two, as digits Σ dᵢ·2^(5i), all odd.
///
/// Take each bit bᵢ as the sign 2bᵢ − 1: that writes every odd number below 2^n as ½(k + 2^n − 1) in n bits,
/// which is k shifted right with the top bit set. Five signs together are an odd digit from −31 to 31.
struct OddDigits<const N: usize> {
    halved: Zeroizing<[u64; N]>,
    /// Whether the scalar was even and the result wants negating.
    flipped: Choice,
}

impl<const N: usize> OddDigits<N> {
    fn new<G: Group<N>>(scalar: &Element<G::Order, N>) -> Self {
        let number = Zeroizing::new(scalar.to_limbs());
        let opposite = Zeroizing::new(scalar.negate().to_limbs());
        let flipped = Choice::from((number[0] & 1 ^ 1) as u8);
        let mut halved = Zeroizing::new([0u64; N]);
        for i in 0..N {
            halved[i] = u64::conditional_select(&number[i], &opposite[i], flipped);
        }
        for i in 0..N {
            halved[i] = halved[i] >> 1 | halved.get(i + 1).map_or(0, |next| next << 63);
        }
        Self { halved, flipped }
    }

    /// The digit at place `i` as its row's index and its sign.
    #[inline(always)]
    fn digit(&self, i: usize) -> (u64, Choice) {
        let (word, shift) = (SECRET_WIDTH * i / 64, SECRET_WIDTH * i % 64);
        let mut bits = self.halved.get(word).map_or(0, |low| low >> shift);
        if shift + SECRET_WIDTH > 64 {
            bits |= self.halved.get(word + 1).map_or(0, |high| high << (64 - shift));
        }
        if i + 1 == secret_digits(N) {
            bits |= SECRET_ROW as u64;
        }
        let bits = bits & (2 * SECRET_ROW as u64 - 1);
        let negative = (bits >> (SECRET_WIDTH - 1)) ^ 1;
        let index = (bits ^ negative.wrapping_neg()) & (SECRET_ROW as u64 - 1);
        (index, Choice::from(negative as u8))
    }

    /// The point for the digit at place `i`, out of its row.
    #[inline(always)]
    fn take<T: Entry>(&self, row: &[T], i: usize) -> T {
        let (index, negative) = self.digit(i);
        take(row, index).negate_if(negative)
    }
}

/// The generator times a secret non-zero scalar, in constant time.
///
/// No exceptional addition occurs. A run of digits from place i up to place j is 2^(5i) times an odd number
/// and below 2^(5j) in magnitude; the run above it, from j to k, is at least 2^(5j) in magnitude. So the
/// two are neither equal nor opposite as integers, and modulo q neither, their sum and difference being
/// below 2^(5k), which is at most 2^(5·(n − 1)) < q as long as the last of the n digits is left out. With
/// that one the points may be equal: `add_any`.
pub(crate) fn multiply_base<G: Group<N>, const N: usize>(scalar: &Element<G::Order, N>) -> G {
    let digits = OddDigits::<N>::new::<G>(scalar);
    // The sign of the whole is applied to every digit's point.
    let mut entries = Wiped(Vec::with_capacity(secret_digits(N)));
    for (i, row) in G::base().secret.chunks_exact(SECRET_ROW).enumerate() {
        entries.0.push(digits.take(row, i).negate_if(digits.flipped));
    }
    match entries.0.split_last_mut() {
        Some((last, others)) => G::sum(others).add_any(last),
        None => G::identity(),
    }
}

/// A public point of prime order times a secret non-zero scalar, in constant time.
///
/// No exceptional addition occurs before the last place: with m the odd number so far, 32·m ± d is neither 0
/// nor as large as q. At the last place the points may be equal: `add_any`.
pub(crate) fn multiply<G: Group<N>, const N: usize>(point: &G, scalar: &Element<G::Order, N>) -> G {
    let digits = OddDigits::<N>::new::<G>(scalar);
    let row = rows(point, 1, 0, SECRET_ROW);
    let last = secret_digits(N) - 1;
    let mut sum = G::lift(&digits.take(&row, last).negate_if(digits.flipped));
    for i in (0..last).rev() {
        let entry = digits.take(&row, i).negate_if(digits.flipped);
        let shifted = sum.double(SECRET_WIDTH);
        sum = if i == 0 { shifted.add_any(&entry) } else { shifted.add(&entry) };
    }
    sum
}

/// A public scalar in non-adjacent form of the given width: digits odd or zero, magnitudes below 2^(width−1).
fn non_adjacent<const N: usize>(number: &[u64; N], width: usize) -> [i16; MAX_PLACES] {
    let mut digits = [0i16; MAX_PLACES];
    let mut carry = 0u64;
    let mut place = 0;
    while place <= 64 * N {
        let (word, shift) = (place / 64, place % 64);
        let low = number.get(word).copied().unwrap_or(0) >> shift;
        let high = if shift == 0 { 0 } else { number.get(word + 1).copied().unwrap_or(0) << (64 - shift) };
        let window = ((low | high) & ((1 << width) - 1)) + carry;
        if window & 1 == 0 {
            place += 1;
            continue;
        }
        carry = window >> (width - 1);
        digits[place] = (window as i64 - ((carry as i64) << width)) as i16;
        place += width;
    }
    digits
}

/// The tables of a public point for verification, one for each part of a scalar.
///
/// For a key of 512 bits in affine coordinates 8 × 16 points of 128 octets, 16 KiB; for 256 bits 8 KiB; a
/// half more on the Edwards form.
pub(crate) struct Known<G: Group<N>, const N: usize> {
    entries: Vec<G::Entry>,
    width: usize,
}

impl<G: Group<N>, const N: usize> Known<G, N> {
    pub(crate) fn new(point: &G) -> Self {
        Self::with_width(point, KNOWN_WIDTH)
    }

    fn with_width(point: &G, width: usize) -> Self {
        Self { entries: rows(point, PARTS, part_bits(N), 1 << (width - 2)), width }
    }

    fn row(&self, part: usize) -> &[G::Entry] {
        let count = 1 << (self.width - 2);
        &self.entries[part * count..(part + 1) * count]
    }

    /// Octets of memory the entries take.
    pub(crate) fn size(&self) -> usize {
        size_of_val(self.entries.as_slice())
    }
}

const fn part_bits(n: usize) -> usize {
    64 * n / PARTS
}

#[inline(always)]
fn add_digit<G: Group<N>, const N: usize>(sum: &mut G, row: &[G::Entry], digit: i16) {
    if digit == 0 {
        return;
    }
    let entry = &row[usize::from(digit.unsigned_abs()) / 2];
    *sum = if digit > 0 { sum.add_vartime(entry) } else { sum.add_vartime(&entry.negate()) };
}

/// a·generator + b·point for a public point met for the first time. Not in constant time.
pub(crate) fn joint_cold<G: Group<N>, const N: usize>(a: &[u64; N], point: &G, b: &[u64; N]) -> G {
    let base = &G::base().wide;
    let row = rows(point, 1, 0, 1 << (COLD_WIDTH - 2));
    let (a, b) = (non_adjacent(a, WIDE_WIDTH), non_adjacent(b, COLD_WIDTH));
    let mut sum = G::identity();
    let mut pending = 0;
    for place in (0..=64 * N).rev() {
        pending += 1;
        if a[place] != 0 || b[place] != 0 {
            sum = sum.double(pending);
            pending = 0;
            add_digit(&mut sum, base, a[place]);
            add_digit(&mut sum, &row, b[place]);
        }
    }
    sum.double(pending)
}

/// a·generator + b·point for a public point with its tables. Not in constant time.
pub(crate) fn joint_known<G: Group<N>, const N: usize>(a: &[u64; N], point: &Known<G, N>, b: &[u64; N]) -> G {
    let base = &G::base().public;
    let (a, b) = (non_adjacent(a, base.width), non_adjacent(b, point.width));
    let mut sum = G::identity();
    // The last part has one place more than the others: the carry out of the top.
    for step in (0..=part_bits(N)).rev() {
        if step < part_bits(N) {
            sum = sum.double(1);
        }
        for part in 0..PARTS {
            if step == part_bits(N) && part + 1 < PARTS {
                continue;
            }
            let place = part * part_bits(N) + step;
            add_digit(&mut sum, base.row(part), a[place]);
            add_digit(&mut sum, point.row(part), b[place]);
        }
    }
    sum
}
