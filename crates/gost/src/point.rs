//! Points of the national curves, in the two shapes the arithmetic uses: Jacobian coordinates on the short
//! Weierstrass form, extended coordinates on the twisted Edwards form of the two cofactor-4 sets.
//!
//! Outside this module points are always written in the short Weierstrass form, as the standards write them.
//! The curves themselves are in `curve`, multiplication by scalars in `table`.
//! Source: ГОСТ Р 34.10-2012 cl. 5; RFC 7836 sec. 3 and app. A for the Edwards form; formulas of the
//! Explicit-Formulas Database (dbl-2001-b, madd, add-2008-hwcd, dbl-2008-hwcd).

use subtle::Choice;
use zeroize::{Zeroize, Zeroizing};

use crate::field::{Element, Prime};
use crate::table::Base;

/// A point in the coordinates that are added: affine, with what the formulas want beside it.
pub(crate) trait Entry: Copy + Zeroize + Send + Sync + 'static {
    /// All bits zero: not a point, but the start of a `gather`.
    const EMPTY: Self;
    /// ORs in the bits of `other` under a mask of all ones or all zeros.
    fn gather(&mut self, other: &Self, mask: u64);
    /// The inverse of the point.
    fn negate(&self) -> Self;
    /// The inverse where `choice` is set.
    fn negate_if(&self, choice: Choice) -> Self;
}

/// One curve's group in the coordinates suited to it.
///
/// "Constant time" is said of each operation that has it; the others are for public points.
pub(crate) trait Group<const N: usize>: Copy + Zeroize + Send + Sync + 'static {
    type Field: Prime<N>;
    type Order: Prime<N>;
    type Entry: Entry;
    /// How many doublings clear the cofactor.
    const COFACTOR_DOUBLINGS: usize;

    fn identity() -> Self;
    /// The point with these Weierstrass coordinates, which are on the curve.
    fn from_affine(x: &Element<Self::Field, N>, y: &Element<Self::Field, N>) -> Self;
    /// The Weierstrass coordinates; zeros for the identity. Constant time.
    fn to_affine(self) -> (Element<Self::Field, N>, Element<Self::Field, N>);
    /// The Weierstrass x as numerator and denominator; the denominator of the identity is zero. Constant
    /// time.
    fn x_fraction(&self) -> (Element<Self::Field, N>, Element<Self::Field, N>);
    fn is_identity(&self) -> Choice;
    fn lift(entry: &Self::Entry) -> Self;
    /// `times` doublings. Constant time.
    fn double(&self, times: usize) -> Self;
    /// Sum, in constant time, of points that are neither equal nor opposite nor the identity. (On the Edwards
    /// form there is no exception.)
    fn add(&self, entry: &Self::Entry) -> Self;
    /// Sum of many points, in constant time, under the same condition for any two neighbouring runs of them.
    /// What is left in `entries` is no use to the caller.
    fn sum(entries: &mut [Self::Entry]) -> Self;
    /// Sum, in constant time, where the points may be equal or opposite; `self` is not the identity.
    fn add_any(&self, entry: &Self::Entry) -> Self;
    /// Sum of any public points.
    fn add_vartime(&self, entry: &Self::Entry) -> Self;
    /// Sum of any public points of this form.
    fn add_wide_vartime(&self, other: &Self) -> Self;
    /// Many public points made ready for addition with one inversion; none is the identity.
    fn normalise(points: &[Self]) -> Vec<Self::Entry>;
    /// The tables of the generator.
    fn base() -> &'static Base<Self, N>;
}

/// Secret values that are wiped when dropped. The vector must not have grown: `zeroize`'s own wrapper would
/// wipe the spare room as well, octet by octet, which costs a tenth of a signature.
pub(crate) struct Wiped<T: Zeroize>(pub(crate) Vec<T>);

impl<T: Zeroize> Drop for Wiped<T> {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// The inverses of many public non-zero residues for the price of one (Montgomery's trick).
fn invert_all<P: Prime<N>, const N: usize>(values: &[Element<P, N>]) -> Vec<Element<P, N>> {
    let mut running = Element::ONE;
    let mut inverses: Vec<_> = values
        .iter()
        .map(|value| {
            let before = running;
            running = running.mul(value);
            before
        })
        .collect();
    let mut inverse = running.invert_vartime();
    for (slot, value) in inverses.iter_mut().zip(values).rev() {
        *slot = slot.mul(&inverse);
        inverse = inverse.mul(value);
    }
    inverses
}

/// The coefficient a of y² = x³ + ax + b.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoefficientA {
    /// p − 3, as all working sets have it: doubling is cheaper.
    MinusThree,
    /// 7, as the test sets of the standard have it.
    Seven,
}

/// A curve of prime order in the short Weierstrass form.
pub(crate) trait Weierstrass<const N: usize>: Copy + Send + Sync + 'static {
    type Field: Prime<N>;
    type Order: Prime<N>;
    const A: CoefficientA;
    fn base() -> &'static Base<Jacobian<Self, N>, N>;
}

/// (X : Y : Z) for x = X/Z², y = Y/Z³; the identity has Z = 0.
pub(crate) struct Jacobian<W: Weierstrass<N>, const N: usize> {
    x: Element<W::Field, N>,
    y: Element<W::Field, N>,
    z: Element<W::Field, N>,
}

/// Affine coordinates.
pub(crate) struct Affine<W: Weierstrass<N>, const N: usize> {
    x: Element<W::Field, N>,
    y: Element<W::Field, N>,
}

// Written out because a derive would ask the same of the curve marker.
impl<W: Weierstrass<N>, const N: usize> Copy for Jacobian<W, N> {}
impl<W: Weierstrass<N>, const N: usize> Clone for Jacobian<W, N> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<W: Weierstrass<N>, const N: usize> Copy for Affine<W, N> {}
impl<W: Weierstrass<N>, const N: usize> Clone for Affine<W, N> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<W: Weierstrass<N>, const N: usize> Zeroize for Jacobian<W, N> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
        self.z.zeroize();
    }
}

impl<W: Weierstrass<N>, const N: usize> Zeroize for Affine<W, N> {
    fn zeroize(&mut self) {
        self.x.zeroize();
        self.y.zeroize();
    }
}

impl<W: Weierstrass<N>, const N: usize> Entry for Affine<W, N> {
    const EMPTY: Self = Self { x: Element::EMPTY, y: Element::EMPTY };

    #[inline(always)]
    fn gather(&mut self, other: &Self, mask: u64) {
        self.x.gather(&other.x, mask);
        self.y.gather(&other.y, mask);
    }

    fn negate(&self) -> Self {
        Self { x: self.x, y: self.y.negate() }
    }

    fn negate_if(&self, choice: Choice) -> Self {
        Self { x: self.x, y: self.y.negate_if(choice) }
    }
}

impl<W: Weierstrass<N>, const N: usize> Jacobian<W, N> {
    fn double_once(&self) -> Self {
        let delta = self.z.square();
        let gamma = self.y.square();
        let gamma2 = gamma.double();
        let beta4 = self.x.mul(&gamma2).double();
        let alpha = match W::A {
            CoefficientA::MinusThree => self.x.sub(&delta).mul(&self.x.add(&delta)).triple(),
            CoefficientA::Seven => {
                let fourth = delta.square();
                let eight = fourth.double().double().double();
                self.x.square().triple().add(&eight.sub(&fourth))
            }
        };
        let x = alpha.square().sub(&beta4.double());
        let z = self.y.add(&self.z).square().sub(&gamma).sub(&delta);
        let y = alpha.mul(&beta4.sub(&x)).sub(&gamma2.square().double());
        Self { x, y, z }
    }

    /// The sum by the ordinary formula, with the differences of x and y that tell whether it applied.
    #[inline(always)]
    fn add_affine(&self, other: &Affine<W, N>) -> (Self, Element<W::Field, N>, Element<W::Field, N>) {
        let z2 = self.z.square();
        let h = other.x.mul(&z2).sub(&self.x);
        let r = other.y.mul(&z2.mul(&self.z)).sub(&self.y);
        let h2 = h.square();
        let h3 = h2.mul(&h);
        let v = self.x.mul(&h2);
        let x = r.square().sub(&h3).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&self.y.mul(&h3));
        (Self { x, y, z: self.z.mul(&h) }, h, r)
    }
}

/// Down to how many points adding them in pairs with a shared inversion still pays.
const PAIRING_PAYS: usize = 32;

impl<W: Weierstrass<N>, const N: usize> Affine<W, N> {
    /// Adds the points in pairs, in place and in constant time, and gives how many remain in front. One
    /// inversion serves all the slopes, which makes an affine addition about half the price of one in
    /// Jacobian coordinates.
    fn add_in_pairs(points: &mut [Self]) -> usize {
        let pairs = points.len() / 2;
        let mut before = Wiped(Vec::with_capacity(pairs));
        let mut product = Element::ONE;
        for pair in points.chunks_exact(2) {
            before.0.push(product);
            product = product.mul(&pair[1].x.sub(&pair[0].x));
        }
        let mut inverse = Zeroizing::new(product.invert());
        for i in (0..pairs).rev() {
            let (a, b) = (points[2 * i], points[2 * i + 1]);
            let slope = b.y.sub(&a.y).mul(&inverse.mul(&before.0[i]));
            *inverse = inverse.mul(&b.x.sub(&a.x));
            let x = slope.square().sub(&a.x).sub(&b.x);
            points[2 * i] = Self { x, y: slope.mul(&a.x.sub(&x)).sub(&a.y) };
        }
        let left = points.len().div_ceil(2);
        for i in 1..left {
            points[i] = points[2 * i];
        }
        left
    }
}

impl<W: Weierstrass<N>, const N: usize> Group<N> for Jacobian<W, N> {
    type Field = W::Field;
    type Order = W::Order;
    type Entry = Affine<W, N>;
    const COFACTOR_DOUBLINGS: usize = 0;

    fn identity() -> Self {
        Self { x: Element::ONE, y: Element::ONE, z: Element::ZERO }
    }

    fn from_affine(x: &Element<W::Field, N>, y: &Element<W::Field, N>) -> Self {
        Self { x: *x, y: *y, z: Element::ONE }
    }

    fn to_affine(self) -> (Element<W::Field, N>, Element<W::Field, N>) {
        let inverse = self.z.invert();
        let square = inverse.square();
        (self.x.mul(&square), self.y.mul(&square.mul(&inverse)))
    }

    fn x_fraction(&self) -> (Element<W::Field, N>, Element<W::Field, N>) {
        (self.x, self.z.square())
    }

    fn is_identity(&self) -> Choice {
        self.z.is_zero()
    }

    fn lift(entry: &Affine<W, N>) -> Self {
        Self { x: entry.x, y: entry.y, z: Element::ONE }
    }

    fn double(&self, times: usize) -> Self {
        let mut point = *self;
        for _ in 0..times {
            point = point.double_once();
        }
        point
    }

    fn add(&self, entry: &Affine<W, N>) -> Self {
        self.add_affine(entry).0
    }

    fn sum(entries: &mut [Affine<W, N>]) -> Self {
        let mut left = entries.len();
        while left > PAIRING_PAYS {
            left = Affine::add_in_pairs(&mut entries[..left]);
        }
        let entries = &entries[..left];
        let first = entries.first().map_or_else(Self::identity, Self::lift);
        entries.iter().skip(1).fold(first, |sum, entry| sum.add(entry))
    }

    fn add_any(&self, entry: &Affine<W, N>) -> Self {
        // Opposite points have h = 0, so z = 0 and the formula itself gives the identity.
        let (sum, h, r) = self.add_affine(entry);
        let doubled = self.double_once();
        let same = h.is_zero() & r.is_zero();
        Self {
            x: Element::select(&sum.x, &doubled.x, same),
            y: Element::select(&sum.y, &doubled.y, same),
            z: Element::select(&sum.z, &doubled.z, same),
        }
    }

    fn add_vartime(&self, entry: &Affine<W, N>) -> Self {
        if self.is_identity().into() {
            return Self::lift(entry);
        }
        let (sum, h, r) = self.add_affine(entry);
        if bool::from(h.is_zero()) && bool::from(r.is_zero()) { self.double_once() } else { sum }
    }

    fn add_wide_vartime(&self, other: &Self) -> Self {
        if self.is_identity().into() {
            return *other;
        }
        if other.is_identity().into() {
            return *self;
        }
        let (z1, z2) = (self.z.square(), other.z.square());
        let (u1, u2) = (self.x.mul(&z2), other.x.mul(&z1));
        let s1 = self.y.mul(&z2.mul(&other.z));
        let h = u2.sub(&u1);
        let r = other.y.mul(&z1.mul(&self.z)).sub(&s1);
        if bool::from(h.is_zero()) && bool::from(r.is_zero()) {
            return self.double_once();
        }
        let h2 = h.square();
        let h3 = h2.mul(&h);
        let v = u1.mul(&h2);
        let x = r.square().sub(&h3).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&s1.mul(&h3));
        Self { x, y, z: self.z.mul(&other.z).mul(&h) }
    }

    fn normalise(points: &[Self]) -> Vec<Affine<W, N>> {
        let inverses = invert_all(&points.iter().map(|point| point.z).collect::<Vec<_>>());
        points
            .iter()
            .zip(inverses)
            .map(|(point, inverse)| {
                let square = inverse.square();
                Affine { x: point.x.mul(&square), y: point.y.mul(&square.mul(&inverse)) }
            })
            .collect()
    }

    fn base() -> &'static Base<Self, N> {
        W::base()
    }
}

/// A curve of cofactor 4 with the twisted Edwards form u² + v² = 1 + d·u²·v² (e = 1 in the standard's
/// letters).
///
/// d is no square modulo p, and 1 is, so the addition formulas have no exception on the whole curve.
pub(crate) trait Edwards<const N: usize>: Copy + Send + Sync + 'static {
    type Field: Prime<N>;
    type Order: Prime<N>;
    const D: Element<Self::Field, N>;
    /// s = (e − d)/4 of the change of form.
    fn s() -> Element<Self::Field, N>;
    /// t = (e + d)/6 of the change of form.
    fn t() -> Element<Self::Field, N>;
    fn base() -> &'static Base<Extended<Self, N>, N>;
}

/// (U : V : T : Z) for u = U/Z, v = V/Z, T = UV/Z.
pub(crate) struct Extended<E: Edwards<N>, const N: usize> {
    u: Element<E::Field, N>,
    v: Element<E::Field, N>,
    t: Element<E::Field, N>,
    z: Element<E::Field, N>,
}

/// u, v and d·u·v of an affine point.
pub(crate) struct Prepared<E: Edwards<N>, const N: usize> {
    u: Element<E::Field, N>,
    v: Element<E::Field, N>,
    duv: Element<E::Field, N>,
}

impl<E: Edwards<N>, const N: usize> Copy for Extended<E, N> {}
impl<E: Edwards<N>, const N: usize> Clone for Extended<E, N> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E: Edwards<N>, const N: usize> Copy for Prepared<E, N> {}
impl<E: Edwards<N>, const N: usize> Clone for Prepared<E, N> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E: Edwards<N>, const N: usize> Zeroize for Extended<E, N> {
    fn zeroize(&mut self) {
        self.u.zeroize();
        self.v.zeroize();
        self.t.zeroize();
        self.z.zeroize();
    }
}

impl<E: Edwards<N>, const N: usize> Zeroize for Prepared<E, N> {
    fn zeroize(&mut self) {
        self.u.zeroize();
        self.v.zeroize();
        self.duv.zeroize();
    }
}

impl<E: Edwards<N>, const N: usize> Entry for Prepared<E, N> {
    const EMPTY: Self = Self { u: Element::EMPTY, v: Element::EMPTY, duv: Element::EMPTY };

    #[inline(always)]
    fn gather(&mut self, other: &Self, mask: u64) {
        self.u.gather(&other.u, mask);
        self.v.gather(&other.v, mask);
        self.duv.gather(&other.duv, mask);
    }

    fn negate(&self) -> Self {
        Self { u: self.u.negate(), v: self.v, duv: self.duv.negate() }
    }

    fn negate_if(&self, choice: Choice) -> Self {
        Self { u: self.u.negate_if(choice), v: self.v, duv: self.duv.negate_if(choice) }
    }
}

impl<E: Edwards<N>, const N: usize> Extended<E, N> {
    /// One doubling; T is worked out only where something will be added to the result.
    #[inline(always)]
    fn double_once(&self, with_t: bool) -> Self {
        let a = self.u.square();
        let b = self.v.square();
        let c = self.z.square().double();
        let g = a.add(&b);
        let e = self.u.add(&self.v).square().sub(&g);
        let f = g.sub(&c);
        let h = a.sub(&b);
        let t = if with_t { e.mul(&h) } else { Element::ZERO };
        Self { u: e.mul(&f), v: g.mul(&h), t, z: f.mul(&g) }
    }

    #[inline(always)]
    fn add_parts(
        &self,
        (u, v): (&Element<E::Field, N>, &Element<E::Field, N>),
        c: &Element<E::Field, N>,
        d: &Element<E::Field, N>,
    ) -> Self {
        let a = self.u.mul(u);
        let b = self.v.mul(v);
        let e = self.u.add(&self.v).mul(&u.add(v)).sub(&a).sub(&b);
        let f = d.sub(c);
        let g = d.add(c);
        let h = b.sub(&a);
        Self { u: e.mul(&f), v: g.mul(&h), t: e.mul(&h), z: f.mul(&g) }
    }
}

impl<E: Edwards<N>, const N: usize> Group<N> for Extended<E, N> {
    type Field = E::Field;
    type Order = E::Order;
    type Entry = Prepared<E, N>;
    const COFACTOR_DOUBLINGS: usize = 2;

    fn identity() -> Self {
        Self { u: Element::ZERO, v: Element::ONE, t: Element::ZERO, z: Element::ONE }
    }

    fn from_affine(x: &Element<E::Field, N>, y: &Element<E::Field, N>) -> Self {
        // u = (x − t)/y, v = (x − t − s)/(x − t + s), over the common denominator. The point of order two
        // has y = 0 and would come out as zeros; it is (0, −1) here.
        if y.is_zero().into() {
            return Self { u: Element::ZERO, v: Element::ONE.negate(), t: Element::ZERO, z: Element::ONE };
        }
        let shifted = x.sub(&E::t());
        let (below, above) = (shifted.sub(&E::s()), shifted.add(&E::s()));
        Self { u: shifted.mul(&above), v: below.mul(y), t: shifted.mul(&below), z: y.mul(&above) }
    }

    fn to_affine(self) -> (Element<E::Field, N>, Element<E::Field, N>) {
        // x = s(1 + v)/(1 − v) + t and y = s(1 + v)/((1 − v)u), with one inversion for both.
        let (plus, minus) = (self.z.add(&self.v), self.z.sub(&self.v));
        let inverse = minus.mul(&self.u).invert();
        let common = E::s().mul(&plus).mul(&inverse);
        (common.mul(&self.u).add(&E::t()), common.mul(&self.z))
    }

    fn x_fraction(&self) -> (Element<E::Field, N>, Element<E::Field, N>) {
        let (plus, minus) = (self.z.add(&self.v), self.z.sub(&self.v));
        (E::s().mul(&plus).add(&E::t().mul(&minus)), minus)
    }

    fn is_identity(&self) -> Choice {
        self.u.is_zero() & self.v.equals(&self.z)
    }

    fn lift(entry: &Prepared<E, N>) -> Self {
        Self { u: entry.u, v: entry.v, t: entry.u.mul(&entry.v), z: Element::ONE }
    }

    fn double(&self, times: usize) -> Self {
        let mut point = *self;
        for left in (0..times).rev() {
            point = point.double_once(left == 0);
        }
        point
    }

    fn add(&self, entry: &Prepared<E, N>) -> Self {
        self.add_parts((&entry.u, &entry.v), &self.t.mul(&entry.duv), &self.z)
    }

    fn sum(entries: &mut [Prepared<E, N>]) -> Self {
        let first = entries.first().map_or_else(Self::identity, Self::lift);
        entries.iter().skip(1).fold(first, |sum, entry| sum.add(entry))
    }

    fn add_any(&self, entry: &Prepared<E, N>) -> Self {
        self.add(entry)
    }

    fn add_vartime(&self, entry: &Prepared<E, N>) -> Self {
        self.add(entry)
    }

    fn add_wide_vartime(&self, other: &Self) -> Self {
        let c = self.t.mul(&other.t).mul(&E::D);
        self.add_parts((&other.u, &other.v), &c, &self.z.mul(&other.z))
    }

    fn normalise(points: &[Self]) -> Vec<Prepared<E, N>> {
        let inverses = invert_all(&points.iter().map(|point| point.z).collect::<Vec<_>>());
        points
            .iter()
            .zip(inverses)
            .map(|(point, inverse)| {
                let (u, v) = (point.u.mul(&inverse), point.v.mul(&inverse));
                Prepared { u, v, duv: u.mul(&v).mul(&E::D) }
            })
            .collect()
    }

    fn base() -> &'static Base<Self, N> {
        E::base()
    }
}

/// Takes from a row of public entries the one at a secret place, reading all of them.
#[inline(always)]
pub(crate) fn take<T: Entry>(row: &[T], place: u64) -> T {
    // Keeps the compiler from learning anything about the place that could turn the masks into branches.
    let place = core::hint::black_box(place);
    let mut taken = T::EMPTY;
    for (i, entry) in row.iter().enumerate() {
        // Both are small, so their difference less one has its top bit set only where they are the same.
        let hit = ((i as u64 ^ place).wrapping_sub(1) >> 63).wrapping_neg();
        taken.gather(entry, hit);
    }
    taken
}
