//! Field arithmetic against big integers, for both families of primes.

use gost::field::{Element, Prime, limbs};
use num_bigint::BigUint;
use proptest::prelude::*;

macro_rules! primes {
    ($($name:ident $n:tt $hex:expr;)*) => {
        $(
            #[derive(Debug, Clone, Copy)]
            struct $name;
            impl Prime<$n> for $name {
                const MODULUS: [u64; $n] = limbs($hex);
            }
        )*
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(200))]

            /// Meets: C16.
            #[test]
            fn arithmetic_agrees_with_big_integers(
                narrow in (number(), number()),
                wide in (number(), number()),
            ) {
                $(primes!(@check $name $n narrow wide);)*
            }
        }
    };
    (@check $name:ident 4 $narrow:ident $wide:ident) => { check::<$name, 4>(&$narrow.0, &$narrow.1) };
    (@check $name:ident 8 $narrow:ident $wide:ident) => { check::<$name, 8>(&$wide.0, &$wide.1) };
}

primes! {
    Folding256 4 "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD97";
    Folding512 8 "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\
                  FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFDC7";
    Montgomery256Sparse 4 "8000000000000000000000000000000000000000000000000000000000000C99";
    Montgomery256Dense 4 "9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D759B";
    Montgomery256Full 4 "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893";
    Montgomery512Full 8 "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\
                         27E69532F48D89116FF22B8D4E0560609B4B38ABFAD2B85DCACDB1411F10B275";
    Montgomery512Short 8 "3FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\
                          C98CDBA46506AB004C33A9FF5147502CC8EDA9E7A769A12694623CEF47F023ED";
}

/// Numbers of N limbs, many of them made of limbs at the edges, where carries go far.
fn number<const N: usize>() -> impl Strategy<Value = [u64; N]> {
    let limb = prop_oneof![
        3 => any::<u64>(),
        1 => Just(0u64),
        2 => Just(u64::MAX),
        1 => (0u64..1200).prop_map(|n| u64::MAX - n),
        1 => 0u64..1200,
    ];
    proptest::collection::vec(limb, N).prop_map(|limbs| limbs.try_into().expect("N limbs"))
}

fn big<const N: usize>(limbs: &[u64; N]) -> BigUint {
    let bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    BigUint::from_bytes_le(&bytes)
}

fn check<P: Prime<N>, const N: usize>(a: &[u64; N], b: &[u64; N]) {
    let p = big(&P::MODULUS);
    let (x, y) = (Element::<P, N>::reduce(a), Element::<P, N>::reduce(b));
    let (a, b) = (big(a) % &p, big(b) % &p);
    let is = |element: Element<P, N>, expected: BigUint| assert_eq!(big(&element.to_limbs()), expected);
    is(x, a.clone());
    is(x.add(&y), (&a + &b) % &p);
    is(x.sub(&y), (&a + &p - &b) % &p);
    is(x.negate(), (&p - &a) % &p);
    is(x.double(), (&a + &a) % &p);
    is(x.mul(&y), (&a * &b) % &p);
    is(x.square(), (&a * &a) % &p);
    // Chains keep results in the weakly reduced form, whose edges a fresh number does not reach.
    is(x.sub(&y).square().add(&x.mul(&y)).sub(&y.double()), {
        let difference = (&a + &p - &b) % &p;
        (&difference * &difference + &a * &b + &p + &p - &b - &b) % &p
    });
    let inverse = a.modpow(&(&p - 2u8), &p);
    is(x.invert(), inverse.clone());
    is(x.invert_vartime(), inverse);
    assert_eq!(bool::from(x.is_zero()), a == BigUint::ZERO);
    assert_eq!(bool::from(x.equals(&y)), a == b);
}

#[test]
fn the_prime_itself_and_its_neighbours_are_handled() {
    fn edges<P: Prime<N>, const N: usize>() {
        let mut around = vec![[0; N], [u64::MAX; N], P::MODULUS];
        for step in 1..4 {
            let (mut above, mut below, mut small) = (P::MODULUS, P::MODULUS, [0; N]);
            above[0] = above[0].wrapping_add(step);
            below[0] -= step;
            small[0] = step;
            around.extend([above, below, small]);
        }
        for a in &around {
            for b in &around {
                check::<P, N>(a, b);
            }
        }
    }
    edges::<Folding256, 4>();
    edges::<Folding512, 8>();
    edges::<Montgomery256Sparse, 4>();
    edges::<Montgomery256Dense, 4>();
    edges::<Montgomery256Full, 4>();
    edges::<Montgomery512Full, 8>();
    edges::<Montgomery512Short, 8>();
}

#[test]
fn an_element_does_not_print_its_value() {
    assert_eq!(format!("{:?}", Element::<Folding256, 4>::ONE), "Element(…)");
}
