//! Inversion modulo an odd prime by Bernstein and Yang's division steps.
//!
//! Source: D. J. Bernstein, B.-Y. Yang, "Fast constant-time gcd computation and modular inversion" (2019),
//! in the form with signed 62-bit limbs and δ starting at one half. Steps are gathered by 62 into a 2 × 2
//! matrix of words, which is then applied to the long numbers.

/// Bits in a limb of the signed form; 62 steps scale by 2^62.
const BITS: u32 = 62;
const MASK: u64 = (1 << BITS) - 1;
/// Limbs of the signed form for 512-bit numbers with a sign.
const MAX_SIGNED: usize = 9;

/// Limbs of the signed form for `n` 64-bit limbs.
const fn signed_limbs(n: usize) -> usize {
    64 * n / BITS as usize + 1
}

/// Batches of 62 division steps that bring g to 0 for every input of `n` limbs.
///
/// The number of steps needed for numbers of b bits is at most (45907·b + 26313) / 19929 (the convex hull
/// bound for δ = ½): 591 for 256 bits, 1181 for 512. Further steps change nothing.
const fn batches(n: usize) -> usize {
    ((45907 * 64 * n + 26313) / 19929).div_ceil(BITS as usize)
}

/// A number as Σ limbs[i]·2^(62·i): all limbs but the last in 0..2^62, the last with the sign.
type Signed = [i64; MAX_SIGNED];

/// One batch of steps as a matrix over 2^62: f, g ← (u·f + v·g, q·f + r·g) / 2^62.
struct Steps {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

fn to_signed<const N: usize>(number: &[u64; N]) -> Signed {
    let mut out = [0; MAX_SIGNED];
    for (i, limb) in out.iter_mut().enumerate().take(signed_limbs(N)) {
        let bit = BITS as usize * i;
        let (word, shift) = (bit / 64, bit % 64);
        let mut bits = number.get(word).map_or(0, |low| low >> shift);
        if shift > 2 {
            bits |= number.get(word + 1).map_or(0, |high| high << (64 - shift));
        }
        *limb = (bits & MASK) as i64;
    }
    out
}

fn from_signed<const N: usize>(number: &Signed) -> [u64; N] {
    let mut out = [0; N];
    for (i, &limb) in number.iter().enumerate().take(signed_limbs(N)) {
        let bit = BITS as usize * i;
        let (word, shift) = (bit / 64, bit % 64);
        if word < N {
            out[word] |= (limb as u64) << shift;
        }
        if shift > 2 && word + 1 < N {
            out[word + 1] |= (limb as u64) >> (64 - shift);
        }
    }
    out
}

/// The inverse of `number` modulo the odd prime `modulus`, zero for zero; in constant time.
///
/// `number` is below the modulus.
pub(crate) fn invert<const N: usize>(number: &[u64; N], modulus: &[u64; N]) -> [u64; N] {
    let m = to_signed(modulus);
    let inverse = crate::field::inverse_of_limb(modulus[0]) & MASK;
    let (mut d, mut e) = ([0; MAX_SIGNED], [0; MAX_SIGNED]);
    e[0] = 1;
    let (mut f, mut g) = (m, to_signed(number));
    let mut zeta = -1;
    for _ in 0..batches(N) {
        let steps = steps(&mut zeta, f[0] as u64, g[0] as u64);
        update_coefficients::<N>(&mut d, &mut e, &steps, &m, inverse);
        update_numbers::<N>(&mut f, &mut g, &steps);
    }
    normalise::<N>(&mut d, f[signed_limbs(N) - 1], &m);
    let out = from_signed(&d);
    for secret in [&mut d, &mut e, &mut f, &mut g] {
        zeroize::Zeroize::zeroize(secret);
    }
    out
}

/// As [`invert`], stopping as soon as it is done: for public numbers.
pub(crate) fn invert_vartime<const N: usize>(number: &[u64; N], modulus: &[u64; N]) -> [u64; N] {
    let m = to_signed(modulus);
    let inverse = crate::field::inverse_of_limb(modulus[0]) & MASK;
    let (mut d, mut e) = ([0; MAX_SIGNED], [0; MAX_SIGNED]);
    e[0] = 1;
    let (mut f, mut g) = (m, to_signed(number));
    let mut eta = -1;
    while g.iter().any(|&limb| limb != 0) {
        let steps = steps_vartime(&mut eta, f[0] as u64, g[0] as u64);
        update_coefficients::<N>(&mut d, &mut e, &steps, &m, inverse);
        update_numbers::<N>(&mut f, &mut g, &steps);
    }
    normalise::<N>(&mut d, f[signed_limbs(N) - 1], &m);
    from_signed(&d)
}

/// 62 division steps on the lowest words; `zeta` is −(δ + ½).
fn steps(zeta: &mut i64, f0: u64, g0: u64) -> Steps {
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    let (mut f, mut g) = (f0, g0);
    let mut z = *zeta;
    for _ in 0..BITS {
        let swap = (z >> 63) as u64;
        let odd = (g & 1).wrapping_neg();
        let x = (f ^ swap).wrapping_sub(swap);
        let y = (u ^ swap).wrapping_sub(swap);
        let w = (v ^ swap).wrapping_sub(swap);
        g = g.wrapping_add(x & odd);
        q = q.wrapping_add(y & odd);
        r = r.wrapping_add(w & odd);
        let both = swap & odd;
        z = (z ^ both as i64).wrapping_sub(1);
        f = f.wrapping_add(g & both);
        u = u.wrapping_add(q & both);
        v = v.wrapping_add(r & both);
        g >>= 1;
        u <<= 1;
        v <<= 1;
    }
    *zeta = z;
    Steps { u: u as i64, v: v as i64, q: q as i64, r: r as i64 }
}

/// 62 division steps, runs of even g taken at once; `eta` is −δ.
fn steps_vartime(eta: &mut i64, f0: u64, g0: u64) -> Steps {
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    let (mut f, mut g) = (f0, g0);
    let mut left = BITS;
    loop {
        let zeros = (g | (u64::MAX << left)).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        *eta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            return Steps { u: u as i64, v: v as i64, q: q as i64, r: r as i64 };
        }
        let multiple;
        if *eta < 0 {
            *eta = -*eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
            // f·g·(f² − 2) is −g/f modulo 64: up to six low bits of g go at once.
            let limit = (*eta + 1).min(i64::from(left)) as u32;
            let kept = (u64::MAX >> (64 - limit)) & 63;
            multiple = f.wrapping_mul(g).wrapping_mul(f.wrapping_mul(f).wrapping_sub(2)) & kept;
        } else {
            // The inverse of f modulo 16 by one correction: up to four low bits of g go at once.
            let limit = (*eta + 1).min(i64::from(left)) as u32;
            let kept = (u64::MAX >> (64 - limit)) & 15;
            let inverse = f.wrapping_add((f.wrapping_add(1) & 4) << 1);
            multiple = inverse.wrapping_neg().wrapping_mul(g) & kept;
        }
        g = g.wrapping_add(f.wrapping_mul(multiple));
        q = q.wrapping_add(u.wrapping_mul(multiple));
        r = r.wrapping_add(v.wrapping_mul(multiple));
    }
}

#[inline(always)]
fn product(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}

/// f, g ← (u·f + v·g, q·f + r·g) / 2^62; the division is exact.
#[inline(always)]
fn update_numbers<const N: usize>(f: &mut Signed, g: &mut Signed, t: &Steps) {
    let len = signed_limbs(N);
    let mut cf = (product(t.u, f[0]) + product(t.v, g[0])) >> BITS;
    let mut cg = (product(t.q, f[0]) + product(t.r, g[0])) >> BITS;
    for i in 1..len {
        cf += product(t.u, f[i]) + product(t.v, g[i]);
        cg += product(t.q, f[i]) + product(t.r, g[i]);
        f[i - 1] = (cf as u64 & MASK) as i64;
        g[i - 1] = (cg as u64 & MASK) as i64;
        cf >>= BITS;
        cg >>= BITS;
    }
    f[len - 1] = cf as i64;
    g[len - 1] = cg as i64;
}

/// d, e ← (u·d + v·e, q·d + r·e) / 2^62 modulo m, both kept between −2m and m.
///
/// Multiples of m are added that make the low 62 bits vanish; `inverse` is m⁻¹ modulo 2^62.
#[inline(always)]
fn update_coefficients<const N: usize>(d: &mut Signed, e: &mut Signed, t: &Steps, m: &Signed, inverse: u64) {
    let len = signed_limbs(N);
    let (d_sign, e_sign) = (d[len - 1] >> 63, e[len - 1] >> 63);
    let mut md = (t.u & d_sign) + (t.v & e_sign);
    let mut me = (t.q & d_sign) + (t.r & e_sign);
    let mut cd = product(t.u, d[0]) + product(t.v, e[0]);
    let mut ce = product(t.q, d[0]) + product(t.r, e[0]);
    md -= (inverse.wrapping_mul(cd as u64).wrapping_add(md as u64) & MASK) as i64;
    me -= (inverse.wrapping_mul(ce as u64).wrapping_add(me as u64) & MASK) as i64;
    cd = (cd + product(m[0], md)) >> BITS;
    ce = (ce + product(m[0], me)) >> BITS;
    for i in 1..len {
        cd += product(t.u, d[i]) + product(t.v, e[i]) + product(m[i], md);
        ce += product(t.q, d[i]) + product(t.r, e[i]) + product(m[i], me);
        d[i - 1] = (cd as u64 & MASK) as i64;
        e[i - 1] = (ce as u64 & MASK) as i64;
        cd >>= BITS;
        ce >>= BITS;
    }
    d[len - 1] = cd as i64;
    e[len - 1] = ce as i64;
}

/// Brings d, times the sign of f, from −2m..m into 0..m.
fn normalise<const N: usize>(d: &mut Signed, sign: i64, m: &Signed) {
    let len = signed_limbs(N);
    let negative = d[len - 1] >> 63;
    let flip = sign >> 63;
    for i in 0..len {
        d[i] += m[i] & negative;
        d[i] = (d[i] ^ flip) - flip;
    }
    settle(d, len);
    let negative = d[len - 1] >> 63;
    for i in 0..len {
        d[i] += m[i] & negative;
    }
    settle(d, len);
}

/// Carries so that every limb but the last is in 0..2^62.
fn settle(d: &mut Signed, len: usize) {
    for i in 0..len - 1 {
        d[i + 1] += d[i] >> BITS;
        d[i] &= MASK as i64;
    }
}
