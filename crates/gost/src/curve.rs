//! The curves behind the parameter sets, and the signature equations over each.
//!
//! A curve is met here by numbers only: 8 limbs, least significant first, zeros above a 256-bit number. Keys,
//! digests and octet orders are in `key` and `encoding`; the names of the sets are in `parameters`.
//! Source of the constants: ГОСТ Р 34.10-2012 app. A (test sets), RFC 4357 sec. 11.4 (CryptoPro),
//! RFC 7836 app. A (TC26).

use core::marker::PhantomData;
use std::sync::OnceLock;

use zeroize::{Zeroize, Zeroizing};

use crate::field::{Element, MAX_LIMBS, Prime, limbs};
use crate::point::{CoefficientA, Edwards, Extended, Group, Jacobian, Weierstrass};
use crate::table::{Base, Known, joint_cold, joint_known, multiply, multiply_base};

/// A number of up to 512 bits, least significant limb first.
pub(crate) type Number = [u64; MAX_LIMBS];

/// Two numbers: the coordinates of a point, or r and s.
pub(crate) type Pair = (Number, Number);

/// What is asked of a curve. Numbers given are no longer than the curve's own limbs.
pub(crate) trait Curve: Sync {
    /// Octets of a coordinate or a scalar: 32 or 64.
    fn octets(&self) -> usize;
    /// Bits of the group order.
    fn order_bits(&self) -> u32;
    /// Whether 0 < number < q. Constant time.
    fn is_scalar(&self, number: &Number) -> bool;
    /// Whether (x, y), both below p, is on the curve and 4 times it (on the cofactor-4 curves) is not the
    /// identity.
    fn judge_point(&self, point: &Pair) -> PointJudgement;
    /// d·P. Constant time in d, a scalar.
    fn public_point(&self, d: &Number) -> Pair;
    /// r, s for the digest's number e and the nonce k, a scalar; `None` when r or s came out zero. Constant
    /// time.
    fn sign(&self, d: &Number, e: &Number, k: &Number) -> Option<Pair>;
    /// Whether (r, s) signs e. The point has been judged good; any r and s may come.
    fn verify(&self, point: &Pair, e: &Number, signature: &Pair) -> bool;
    /// The tables of a point judged good.
    fn table(&self, point: &Pair) -> Box<dyn Table>;
    /// (cofactor · (ukm · d mod q)) · point; `None` for the identity or a ukm that is 0 modulo q. Constant
    /// time in d.
    fn agree(&self, d: &Number, ukm: &Number, point: &Pair) -> Option<Pair>;
}

/// A public key with its multiples worked out.
pub(crate) trait Table: Send + Sync {
    fn verify(&self, e: &Number, signature: &Pair) -> bool;
    fn size(&self) -> usize;
}

/// What a pair of coordinates turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PointJudgement {
    Good,
    OffCurve,
    SmallOrder,
}

/// A curve's coefficients and generator in the Weierstrass form.
pub(crate) trait Coefficients<const N: usize>: Sync + 'static {
    type Group: Group<N>;
    const A: [u64; N];
    const B: [u64; N];
    const X: [u64; N];
    const Y: [u64; N];
}

fn narrow<const N: usize>(number: &Number) -> Zeroizing<[u64; N]> {
    let mut out = Zeroizing::new([0; N]);
    out.copy_from_slice(&number[..N]);
    out
}

fn widen<const N: usize>(number: &[u64; N]) -> Number {
    let mut out = [0; MAX_LIMBS];
    out[..N].copy_from_slice(number);
    out
}

fn generator<C: Coefficients<N>, const N: usize>() -> C::Group {
    C::Group::from_affine(&Element::reduce(&C::X), &Element::reduce(&C::Y))
}

/// Binds the equations to one curve.
pub(crate) struct Over<C, const N: usize>(PhantomData<fn() -> C>);

impl<C: Coefficients<N>, const N: usize> Over<C, N> {
    const fn new() -> Self {
        Self(PhantomData)
    }

    fn point(point: &Pair) -> C::Group {
        C::Group::from_affine(&Element::reduce(&narrow(&point.0)), &Element::reduce(&narrow(&point.1)))
    }
}

type Order<C, const N: usize> = <<C as Coefficients<N>>::Group as Group<N>>::Order;

fn is_scalar_of<P: Prime<N>, const N: usize>(number: &[u64; N]) -> bool {
    let mut borrow = false;
    let mut bits = 0;
    for (limb, q) in number.iter().zip(&P::MODULUS) {
        (_, borrow) = limb.borrowing_sub(*q, borrow);
        bits |= limb;
    }
    borrow & (bits != 0)
}

/// The factors of ГОСТ Р 34.10-2012 cl. 6.2, steps 3 to 5: z₁ = s·e⁻¹, z₂ = −r·e⁻¹, with e = 1 for e ≡ 0.
/// `None` for r or s out of range.
fn factors<P: Prime<N>, const N: usize>(
    e: &Number,
    signature: &Pair,
) -> Option<([u64; N], [u64; N], [u64; N])> {
    let (r, s) = (narrow::<N>(&signature.0), narrow::<N>(&signature.1));
    if !is_scalar_of::<P, N>(&r) || !is_scalar_of::<P, N>(&s) {
        return None;
    }
    let inverse = digest_scalar::<P, N>(e).invert_vartime();
    let z1 = Element::<P, N>::reduce(&s).mul(&inverse);
    let z2 = Element::<P, N>::reduce(&r).mul(&inverse).negate();
    Some((z1.to_limbs(), z2.to_limbs(), *r))
}

/// e modulo q, and 1 where that is 0 (cl. 6.1, step 2).
fn digest_scalar<P: Prime<N>, const N: usize>(e: &Number) -> Element<P, N> {
    let e = Element::reduce(&narrow(e));
    Element::select(&e, &Element::ONE, e.is_zero())
}

/// Whether the x of a public point is r modulo q, without an inversion: x may be r, r + q, … below p.
fn x_is<G: Group<N>, const N: usize>(point: &G, r: &[u64; N]) -> bool {
    let (numerator, denominator) = point.x_fraction();
    if denominator.is_zero().into() {
        return false;
    }
    let mut candidate = *r;
    while let Some(x) = Element::<G::Field, N>::from_canonical(&candidate) {
        if x.mul(&denominator).equals(&numerator).into() {
            return true;
        }
        let mut carry = false;
        for (limb, q) in candidate.iter_mut().zip(&G::Order::MODULUS) {
            (*limb, carry) = limb.carrying_add(*q, carry);
        }
        if carry {
            return false;
        }
    }
    false
}

impl<C: Coefficients<N>, const N: usize> Curve for Over<C, N> {
    fn octets(&self) -> usize {
        8 * N
    }

    fn order_bits(&self) -> u32 {
        64 * N as u32 - Order::<C, N>::MODULUS[N - 1].leading_zeros()
    }

    fn is_scalar(&self, number: &Number) -> bool {
        is_scalar_of::<Order<C, N>, N>(&narrow(number))
    }

    fn judge_point(&self, point: &Pair) -> PointJudgement {
        type Field<C, const N: usize> = <<C as Coefficients<N>>::Group as Group<N>>::Field;
        let coordinates = (
            Element::<Field<C, N>, N>::from_canonical(&narrow(&point.0)),
            Element::<Field<C, N>, N>::from_canonical(&narrow(&point.1)),
        );
        let (Some(x), Some(y)) = coordinates else { return PointJudgement::OffCurve };
        let right = x.square().add(&Element::reduce(&C::A)).mul(&x).add(&Element::reduce(&C::B));
        if !bool::from(y.square().equals(&right)) {
            return PointJudgement::OffCurve;
        }
        let cleared = C::Group::from_affine(&x, &y).double(C::Group::COFACTOR_DOUBLINGS);
        if cleared.is_identity().into() { PointJudgement::SmallOrder } else { PointJudgement::Good }
    }

    fn public_point(&self, d: &Number) -> Pair {
        let d = Zeroizing::new(Element::<Order<C, N>, N>::reduce(&narrow(d)));
        let (x, y) = multiply_base::<C::Group, N>(&d).to_affine();
        (widen(&x.to_limbs()), widen(&y.to_limbs()))
    }

    fn sign(&self, d: &Number, e: &Number, k: &Number) -> Option<Pair> {
        let d = Zeroizing::new(Element::<Order<C, N>, N>::reduce(&narrow(d)));
        let k = Zeroizing::new(Element::<Order<C, N>, N>::reduce(&narrow(k)));
        let point = Zeroizing::new(multiply_base::<C::Group, N>(&k));
        // Both halves of the fraction are hidden until divided: Z depends on the nonce.
        let fraction = point.x_fraction();
        let (numerator, denominator) = (Zeroizing::new(fraction.0), Zeroizing::new(fraction.1));
        let x = numerator.mul(&Zeroizing::new(denominator.invert()));
        let r = Element::<Order<C, N>, N>::reduce(&x.to_limbs());
        let s = r.mul(&d).add(&k.mul(&digest_scalar(e)));
        // That r or s is zero becomes known: the signature is then not given out.
        let unusable = bool::from(r.is_zero() | s.is_zero());
        (!unusable).then(|| (widen(&r.to_limbs()), widen(&s.to_limbs())))
    }

    fn verify(&self, point: &Pair, e: &Number, signature: &Pair) -> bool {
        let Some((z1, z2, r)) = factors::<Order<C, N>, N>(e, signature) else { return false };
        x_is(&joint_cold(&z1, &Self::point(point), &z2), &r)
    }

    fn table(&self, point: &Pair) -> Box<dyn Table> {
        Box::new(Known::new(&Self::point(point)))
    }

    fn agree(&self, d: &Number, ukm: &Number, point: &Pair) -> Option<Pair> {
        let ukm = Element::<Order<C, N>, N>::reduce(&narrow(ukm));
        // The cofactor is applied to the point, not multiplied into the scalar modulo q: that clears a
        // component of small order, and is the same on points of order q.
        let cleared = Self::point(point).double(C::Group::COFACTOR_DOUBLINGS);
        if bool::from(ukm.is_zero()) || bool::from(cleared.is_identity()) {
            return None;
        }
        let d = Zeroizing::new(Element::<Order<C, N>, N>::reduce(&narrow(d)));
        let scalar = Zeroizing::new(d.mul(&ukm));
        let shared = Zeroizing::new(multiply::<C::Group, N>(&cleared, &scalar));
        let (mut x, mut y) = shared.to_affine();
        let pair = (widen(&x.to_limbs()), widen(&y.to_limbs()));
        x.zeroize();
        y.zeroize();
        Some(pair)
    }
}

impl<G: Group<N>, const N: usize> Table for Known<G, N> {
    fn verify(&self, e: &Number, signature: &Pair) -> bool {
        let Some((z1, z2, r)) = factors::<G::Order, N>(e, signature) else { return false };
        x_is(&joint_known(&z1, self, &z2), &r)
    }

    fn size(&self) -> usize {
        Known::size(self)
    }
}

/// A prime of the given number of limbs.
macro_rules! prime {
    ($(#[$doc:meta])* $name:ident, $n:literal, $hex:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;
        impl Prime<$n> for $name {
            const MODULUS: [u64; $n] = limbs($hex);
        }
    };
}

/// A curve in the short Weierstrass form: field, order, a in both spellings, b and the generator.
macro_rules! weierstrass {
    ($name:ident, $instance:ident, $n:literal, $field:ty, $order:ty, $kind:expr,
     a: $a:expr, b: $b:expr, x: $x:expr, y: $y:expr) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name;
        impl Weierstrass<$n> for $name {
            type Field = $field;
            type Order = $order;
            const A: CoefficientA = $kind;
            fn base() -> &'static Base<Jacobian<Self, $n>, $n> {
                static BASE: OnceLock<Base<Jacobian<$name, $n>, $n>> = OnceLock::new();
                BASE.get_or_init(|| Base::new(&generator::<$name, $n>()))
            }
        }
        impl Coefficients<$n> for $name {
            type Group = Jacobian<Self, $n>;
            const A: [u64; $n] = $a;
            const B: [u64; $n] = limbs($b);
            const X: [u64; $n] = limbs($x);
            const Y: [u64; $n] = limbs($y);
        }
        pub(crate) static $instance: Over<$name, $n> = Over::new();
    };
}

/// A curve of cofactor 4, in both forms.
macro_rules! edwards {
    ($name:ident, $instance:ident, $n:literal, $field:ty, $order:ty,
     d: $d:expr, a: $a:expr, b: $b:expr, x: $x:expr, y: $y:expr) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name;
        impl Edwards<$n> for $name {
            type Field = $field;
            type Order = $order;
            const D: Element<$field, $n> = Element::folded($d);
            fn s() -> Element<$field, $n> {
                static S: OnceLock<Element<$field, $n>> = OnceLock::new();
                *S.get_or_init(|| Element::ONE.sub(&Self::D).mul(&small(4).invert()))
            }
            fn t() -> Element<$field, $n> {
                static T: OnceLock<Element<$field, $n>> = OnceLock::new();
                *T.get_or_init(|| Element::ONE.add(&Self::D).mul(&small(6).invert()))
            }
            fn base() -> &'static Base<Extended<Self, $n>, $n> {
                static BASE: OnceLock<Base<Extended<$name, $n>, $n>> = OnceLock::new();
                BASE.get_or_init(|| Base::new(&generator::<$name, $n>()))
            }
        }
        impl Coefficients<$n> for $name {
            type Group = Extended<Self, $n>;
            const A: [u64; $n] = limbs($a);
            const B: [u64; $n] = limbs($b);
            const X: [u64; $n] = limbs($x);
            const Y: [u64; $n] = limbs($y);
        }
        pub(crate) static $instance: Over<$name, $n> = Over::new();
    };
}

fn small<P: Prime<N>, const N: usize>(number: u64) -> Element<P, N> {
    let mut limbs = [0; N];
    limbs[0] = number;
    Element::reduce(&limbs)
}

/// p − 3 for a prime whose lowest limb is at least 3.
const fn minus_three<const N: usize>(modulus: &[u64; N]) -> [u64; N] {
    let mut out = *modulus;
    out[0] -= 3;
    out
}

prime!(
    /// 2^256 − 617.
    Field256,
    4,
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD97"
);
prime!(
    /// 2^512 − 569.
    Field512,
    8,
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\
     FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFDC7"
);

// Curve of the example of the standard, app. A.1.
prime!(Test256Field, 4, "8000000000000000000000000000000000000000000000000000000000000431");
prime!(Test256Order, 4, "8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3");
weierstrass!(
    Test256,
    TEST_256,
    4,
    Test256Field,
    Test256Order,
    CoefficientA::Seven,
    a: limbs("7"),
    b: "5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E",
    x: "2",
    y: "08E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8"
);

// Curve of CryptoPro A and XchA, TC26 256 B.
prime!(CryptoProAOrder, 4, "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893");
weierstrass!(
    CryptoProA,
    CRYPTO_PRO_A,
    4,
    Field256,
    CryptoProAOrder,
    CoefficientA::MinusThree,
    a: minus_three(&Field256::MODULUS),
    b: "A6",
    x: "1",
    y: "8D91E471E0989CDA27DF505A453F2B7635294F2DDF23E3B122ACC99C9E9F1E14"
);

// Curve of CryptoPro B, TC26 256 C.
prime!(CryptoProBField, 4, "8000000000000000000000000000000000000000000000000000000000000C99");
prime!(CryptoProBOrder, 4, "800000000000000000000000000000015F700CFFF1A624E5E497161BCC8A198F");
weierstrass!(
    CryptoProB,
    CRYPTO_PRO_B,
    4,
    CryptoProBField,
    CryptoProBOrder,
    CoefficientA::MinusThree,
    a: minus_three(&CryptoProBField::MODULUS),
    b: "3E1AF419A269A5F866A7D3C25C3DF80AE979259373FF2B182F49D4CE7E1BBC8B",
    x: "1",
    y: "3FA8124359F96680B83D1C3EB2C070E5C545C9858D03ECFB744BF8D717717EFC"
);

// Curve of CryptoPro C and XchB, TC26 256 D.
prime!(CryptoProCField, 4, "9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D759B");
prime!(CryptoProCOrder, 4, "9B9F605F5A858107AB1EC85E6B41C8AA582CA3511EDDFB74F02F3A6598980BB9");
weierstrass!(
    CryptoProC,
    CRYPTO_PRO_C,
    4,
    CryptoProCField,
    CryptoProCOrder,
    CoefficientA::MinusThree,
    a: minus_three(&CryptoProCField::MODULUS),
    b: "805A",
    x: "0",
    y: "41ECE55743711A8C3CBF3783CD08C0EE4D4DC440D4641A8F366E550DFDB3BB67"
);

// Curve of TC26 256 A.
prime!(Tc26A256Order, 4, "400000000000000000000000000000000FD8CDDFC87B6635C115AF556C360C67");
edwards!(
    Tc26A256,
    TC26_256_A,
    4,
    Field256,
    Tc26A256Order,
    d: "0605F6B7C183FA81578BC39CFAD518132B9DF62897009AF7E522C32D6DC7BFFB",
    a: "C2173F1513981673AF4892C23035A27CE25E2013BF95AA33B22C656F277E7335",
    b: "295F9BAE7428ED9CCC20E7C359A9D41A22FCCD9108E17BF7BA9337A6F8AE9513",
    x: "91E38443A5E82C0D880923425712B2BB658B9196932E02C78B2582FE742DAA28",
    y: "32879423AB1A0375895786C4BB46E9565FDE0B5344766740AF268ADB32322E5C"
);

// Curve of the example of the standard, app. A.2.
prime!(
    Test512Field,
    8,
    "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D\
     F1D852741AF4704A0458047E80E4546D35B8336FAC224DD81664BBF528BE6373"
);
prime!(
    Test512Order,
    8,
    "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D\
     A82F2D7ECB1DBAC719905C5EECC423F1D86E25EDBE23C595D644AAF187E6E6DF"
);
weierstrass!(
    Test512,
    TEST_512,
    8,
    Test512Field,
    Test512Order,
    CoefficientA::Seven,
    a: limbs("7"),
    b: "1CFF0806A31116DA29D8CFA54E57EB748BC5F377E49400FDD788B649ECA1AC43\
     61834013B2AD7322480A89CA58E0CF74BC9E540C2ADD6897FAD0A3084F302ADC",
    x: "24D19CC64572EE30F396BF6EBBFD7A6C5213B3B3D7057CC825F91093A68CD762\
     FD60611262CD838DC6B60AA7EEE804E28BC849977FAC33B4B530F1B120248A9A",
    y: "2BB312A43BD2CE6E0D020613C857ACDDCFBF061E91E5F2C3F32447C259F39B2C\
     83AB156D77F1496BF7EB3351E1EE4E43DC1A18B91B24640B6DBB92CB1ADD371E"
);

// Curve of TC26 512 A.
prime!(
    Tc26A512Order,
    8,
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\
     27E69532F48D89116FF22B8D4E0560609B4B38ABFAD2B85DCACDB1411F10B275"
);
weierstrass!(
    Tc26A512,
    TC26_512_A,
    8,
    Field512,
    Tc26A512Order,
    CoefficientA::MinusThree,
    a: minus_three(&Field512::MODULUS),
    b: "E8C2505DEDFC86DDC1BD0B2B6667F1DA34B82574761CB0E879BD081CFD0B6265\
     EE3CB090F30D27614CB4574010DA90DD862EF9D4EBEE4761503190785A71C760",
    x: "3",
    y: "7503CFE87A836AE3A61B8816E25450E6CE5E1C93ACF1ABC1778064FDCBEFA921\
     DF1626BE4FD036E93D75E6A50E3A41E98028FE5FC235F5B889A589CB5215F2A4"
);

// Curve of TC26 512 B.
prime!(
    Tc26B512Field,
    8,
    "8000000000000000000000000000000000000000000000000000000000000000\
     000000000000000000000000000000000000000000000000000000000000006F"
);
prime!(
    Tc26B512Order,
    8,
    "8000000000000000000000000000000000000000000000000000000000000001\
     49A1EC142565A545ACFDB77BD9D40CFA8B996712101BEA0EC6346C54374F25BD"
);
weierstrass!(
    Tc26B512,
    TC26_512_B,
    8,
    Tc26B512Field,
    Tc26B512Order,
    CoefficientA::MinusThree,
    a: minus_three(&Tc26B512Field::MODULUS),
    b: "687D1B459DC841457E3E06CF6F5E2517B97C7D614AF138BCBF85DC806C4B289F\
     3E965D2DB1416D217F8B276FAD1AB69C50F78BEE1FA3106EFB8CCBC7C5140116",
    x: "2",
    y: "1A8F7EDA389B094C2C071E3647A8940F3C123B697578C213BE6DD9E6C8EC7335\
     DCB228FD1EDF4A39152CBCAAF8C0398828041055F94CEEEC7E21340780FE41BD"
);

// Curve of TC26 512 C.
prime!(
    Tc26C512Order,
    8,
    "3FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\
     C98CDBA46506AB004C33A9FF5147502CC8EDA9E7A769A12694623CEF47F023ED"
);
edwards!(
    Tc26C512,
    TC26_512_C,
    8,
    Field512,
    Tc26C512Order,
    d: "9E4F5D8C017D8D9F13A5CF3CDF5BFE4DAB402D54198E31EBDE28A0621050439C\
     A6B39E0A515C06B304E2CE43E79E369E91A0CFC2BC2A22B4CA302DBB33EE7550",
    a: "DC9203E514A721875485A529D2C722FB187BC8980EB866644DE41C68E1430645\
     46E861C0E2C9EDD92ADE71F46FCF50FF2AD97F951FDA9F2A2EB6546F39689BD3",
    b: "B4C4EE28CEBC6C2C8AC12952CF37F16AC7EFB6A9F69F4B57FFDA2E4F0DE5ADE0\
     38CBC2FFF719D2C18DE0284B8BFEF3B52B8CC7A5F5BF0A3C8D2319A5312557E1",
    x: "E2E31EDFC23DE7BDEBE241CE593EF5DE2295B7A9CBAEF021D385F7074CEA043A\
     A27272A7AE602BF2A7B9033DB9ED3610C6FB85487EAE97AAC5BC7928C1950148",
    y: "F5CE40D95B5EB899ABBCCFF5911CB8577939804D6527378B8C108C3D2090FF9B\
     E18E2D33E3021ED2EF32D85822423B6304F726AA854BAE07D0396E9A9ADDC40F"
);
