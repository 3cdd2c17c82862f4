//! Signing, verifying and agreeing over every parameter set, and everything that is to be refused.

use gost::{ByteOrder, Error, ParameterSet, Signature, SigningKey, VerifyingKey, VerifyingTable, vko};
use num_bigint::BigUint;
use proptest::prelude::*;

const ORDERS: [ByteOrder; 3] = [ByteOrder::Kazakh, ByteOrder::Rfc, ByteOrder::Printed];

/// A key from a seed, the same for the same seed.
fn key(set: ParameterSet, seed: u64) -> SigningKey {
    let mut state = seed;
    SigningKey::generate(set, |bytes| {
        for byte in bytes {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            *byte = (state >> 56) as u8;
        }
    })
}

fn any_set() -> impl Strategy<Value = ParameterSet> {
    proptest::sample::select(ParameterSet::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Meets: C16.
    #[test]
    fn what_is_signed_verifies_and_what_is_altered_does_not(
        set in any_set(),
        seed in any::<u64>(),
        digest in any::<[u8; 64]>(),
        entropy in any::<[u8; 32]>(),
        bit in 0usize..512,
        order in proptest::sample::select(ORDERS.to_vec()),
    ) {
        let key = key(set, seed);
        let mut digest = digest[..set.octets()].to_vec();
        let signature = key.sign_digest(&digest, order, &entropy).expect("signs");
        let octets = key.verifying_key().to_bytes(order);
        let public = VerifyingKey::from_bytes(set, &octets, order).expect("the key reads back");
        let table = VerifyingTable::new(&public);
        prop_assert_eq!(public.verify_digest(&digest, order, &signature), Ok(()));
        prop_assert_eq!(table.verify_digest(&digest, order, &signature), Ok(()));
        let octets = signature.to_bytes(order);
        prop_assert_eq!(Signature::from_bytes(set, &octets, order), Ok(signature));

        let bit = bit % (8 * set.octets());
        for half in 0..2 {
            let mut altered = octets.clone();
            altered[half * set.octets() + bit / 8] ^= 1 << (bit % 8);
            if let Ok(altered) = Signature::from_bytes(set, &altered, order) {
                let refused = Err(Error::SignatureMismatch);
                prop_assert_eq!(public.verify_digest(&digest, order, &altered), refused);
                prop_assert_eq!(table.verify_digest(&digest, order, &altered), refused);
            }
        }
        digest[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(public.verify_digest(&digest, order, &signature), Err(Error::SignatureMismatch));
        prop_assert_eq!(table.verify_digest(&digest, order, &signature), Err(Error::SignatureMismatch));
    }

    /// Meets: C16.
    #[test]
    fn two_parties_agree_on_one_key(
        set in any_set(),
        seeds in any::<(u64, u64)>(),
        ukm in proptest::collection::vec(any::<u8>(), 8..=16),
    ) {
        prop_assume!(ukm.iter().any(|octet| *octet != 0));
        let (a, b) = (key(set, seeds.0), key(set, seeds.1));
        prop_assert_eq!(
            vko::vko256(&a, b.verifying_key(), &ukm).expect("agrees"),
            vko::vko256(&b, a.verifying_key(), &ukm).expect("agrees")
        );
        prop_assert_eq!(
            vko::vko512(&a, b.verifying_key(), &ukm).expect("agrees"),
            vko::vko512(&b, a.verifying_key(), &ukm).expect("agrees")
        );
    }
}

/// The group order of each curve, by the identity 0 ≡ q: the greatest private key that is accepted is q − 1.
fn order(set: ParameterSet) -> BigUint {
    let (mut low, mut high) = (BigUint::from(1u8), BigUint::from(1u8) << (8 * set.octets()));
    while &high - &low > BigUint::from(1u8) {
        let middle: BigUint = (&low + &high) >> 1;
        if SigningKey::from_bytes(set, &octets(&middle, set), ByteOrder::Printed).is_ok() {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

fn octets(number: &BigUint, set: ParameterSet) -> Vec<u8> {
    let mut bytes = number.to_bytes_le();
    bytes.resize(set.octets(), 0);
    bytes.reverse();
    bytes
}

fn from_number(set: ParameterSet, number: &BigUint) -> SigningKey {
    SigningKey::from_bytes(set, &octets(number, set), ByteOrder::Printed).expect("a private key")
}

/// The ends of the range of scalars are where additions could meet equal or opposite points.
#[test]
fn scalars_at_the_ends_of_the_range_give_the_right_points() {
    for set in ParameterSet::ALL {
        let q = order(set);
        let half = set.octets();
        for small in (1u32..70).chain([127, 128, 1023, 1024, 1025]) {
            let (near, far) = (from_number(set, &small.into()), from_number(set, &(&q - small)));
            let (near, far) = (
                near.verifying_key().to_bytes(ByteOrder::Printed),
                far.verifying_key().to_bytes(ByteOrder::Printed),
            );
            assert_eq!(near[..half], far[..half], "{set:?}: {small} and q − {small} share x");
            assert_ne!(near[half..], far[half..], "{set:?}: {small} and q − {small} differ in y");
        }
    }
}

/// The multiplication of a given point agrees with that of the generator, the other way to the same point.
#[test]
fn agreement_is_right_at_the_ends_of_the_range() {
    for set in ParameterSet::ALL {
        let q = order(set);
        let mut scalars: Vec<BigUint> = (1u32..36).map(BigUint::from).collect();
        scalars.extend((1u32..36).map(|small| &q - small));
        let one = from_number(set, &1u32.into());
        for scalar in &scalars {
            let key = from_number(set, scalar);
            // d·P by agreement's own multiplication, and 1·(d·P) with d·P from key generation.
            assert_eq!(
                vko::vko256(&key, one.verifying_key(), &[1]),
                vko::vko256(&one, key.verifying_key(), &[1]),
                "{set:?} {scalar}"
            );
        }
    }
}

/// Defends: A7.
#[test]
fn private_keys_out_of_range_are_refused() {
    for set in ParameterSet::ALL {
        let q = order(set);
        for number in [BigUint::ZERO, q.clone(), &q + 1u8, (BigUint::from(1u8) << (8 * set.octets())) - 1u8] {
            assert_eq!(
                SigningKey::from_bytes(set, &octets(&number, set), ByteOrder::Printed).err(),
                Some(Error::PrivateKeyRange)
            );
        }
    }
}

/// Defends: A7.
#[test]
fn signature_numbers_out_of_range_are_refused() {
    for set in ParameterSet::ALL {
        let q = order(set);
        let good = octets(&BigUint::from(5u8), set);
        for bad in [BigUint::ZERO, q.clone(), &q + 1u8, (BigUint::from(1u8) << (8 * set.octets())) - 1u8] {
            let bad = octets(&bad, set);
            for bytes in [[good.clone(), bad.clone()].concat(), [bad, good.clone()].concat()] {
                assert_eq!(
                    Signature::from_bytes(set, &bytes, ByteOrder::Printed),
                    Err(Error::SignatureRange)
                );
            }
        }
    }
}

/// Defends: A7.
#[test]
fn points_off_the_curve_are_refused() {
    for set in ParameterSet::ALL {
        let good = key(set, 1).verifying_key().to_bytes(ByteOrder::Printed);
        for place in [0, set.octets() - 1, set.octets(), 2 * set.octets() - 1] {
            let mut bytes = good.clone();
            bytes[place] ^= 1;
            assert_eq!(VerifyingKey::from_bytes(set, &bytes, ByteOrder::Printed), Err(Error::OffCurve));
        }
        // Coordinates not below p are another spelling of a point, and zeros the usual spelling of infinity.
        assert_eq!(
            VerifyingKey::from_bytes(set, &vec![0xff; 2 * set.octets()], ByteOrder::Kazakh),
            Err(Error::OffCurve)
        );
        assert_eq!(
            VerifyingKey::from_bytes(set, &vec![0; 2 * set.octets()], ByteOrder::Kazakh),
            Err(Error::OffCurve)
        );
    }
}

/// x of the points of order 2 and 4 follows from the Edwards form: (0, −1), (±1, 0). Defends: A7.
#[test]
fn points_of_small_order_are_refused() {
    let sets = [
        (
            ParameterSet::Tc26A256,
            (BigUint::from(1u8) << 256) - 617u32,
            "0605F6B7C183FA81578BC39CFAD518132B9DF62897009AF7E522C32D6DC7BFFB",
        ),
        (
            ParameterSet::Tc26C512,
            (BigUint::from(1u8) << 512) - 569u32,
            "9E4F5D8C017D8D9F13A5CF3CDF5BFE4DAB402D54198E31EBDE28A0621050439C\
             A6B39E0A515C06B304E2CE43E79E369E91A0CFC2BC2A22B4CA302DBB33EE7550",
        ),
    ];
    for (set, p, d) in sets {
        let d = BigUint::parse_bytes(d.as_bytes(), 16).expect("hexadecimal digits");
        let divided = |number: BigUint, by: u32| number * BigUint::from(by).modpow(&(&p - 2u8), &p) % &p;
        let s = divided(&p + 1u8 - &d, 4);
        let t = divided(&d + 1u8, 6);
        let zero = BigUint::ZERO;
        // (0, −1) is (t, 0); (±1, 0) is (s + t, ±s).
        let small = [(t.clone(), zero), ((&s + &t) % &p, s.clone()), ((&s + &t) % &p, &p - &s)];
        for (x, y) in small {
            let bytes = [octets(&x, set), octets(&y, set)].concat();
            assert_eq!(VerifyingKey::from_bytes(set, &bytes, ByteOrder::Printed), Err(Error::SmallOrder));
        }
    }
}

/// Defends: A7.
#[test]
fn objects_of_the_other_width_are_refused() {
    let (narrow, wide) = (key(ParameterSet::CryptoProA, 1), key(ParameterSet::Tc26A512, 1));
    assert!(matches!(
        narrow.sign_digest(&[1; 64], ByteOrder::Kazakh, &[0; 32]),
        Err(Error::Length { expected: 32, found: 64, .. })
    ));
    let signature = wide.sign_digest(&[1; 64], ByteOrder::Kazakh, &[0; 32]).expect("signs");
    let bytes = signature.to_bytes(ByteOrder::Kazakh);
    for length in [0, 1, 64, 127] {
        assert!(matches!(
            Signature::from_bytes(ParameterSet::Tc26A512, &bytes[..length], ByteOrder::Kazakh),
            Err(Error::Length { expected: 128, .. })
        ));
    }
    assert!(matches!(
        wide.verifying_key().verify_digest(&[1; 32], ByteOrder::Kazakh, &signature),
        Err(Error::Length { .. })
    ));
    assert_eq!(
        narrow.verifying_key().verify_digest(&[1; 32], ByteOrder::Kazakh, &signature),
        Err(Error::DifferentCurves)
    );
    let other = key(ParameterSet::Tc26B512, 1);
    assert_eq!(
        other.verifying_key().verify_digest(&[1; 64], ByteOrder::Kazakh, &signature),
        Err(Error::DifferentCurves)
    );
    assert_eq!(vko::vko256(&wide, narrow.verifying_key(), &[1; 8]), Err(Error::DifferentCurves));
}

#[test]
fn key_material_that_is_empty_too_long_or_zero_is_refused() {
    let key = key(ParameterSet::CryptoProA, 1);
    let public = *key.verifying_key();
    assert!(matches!(vko::vko256(&key, &public, &[]), Err(Error::Length { .. })));
    assert!(matches!(vko::vko256(&key, &public, &[1; 33]), Err(Error::Length { .. })));
    assert_eq!(vko::vko256(&key, &public, &[0; 8]), Err(Error::ZeroKeyMaterial));
    let mut q = octets(&order(ParameterSet::CryptoProA), ParameterSet::CryptoProA);
    q.reverse();
    assert_eq!(vko::vko512(&key, &public, &q), Err(Error::ZeroKeyMaterial));
}

/// A digest that is 0 modulo q counts as 1 (ГОСТ Р 34.10-2012 cl. 6.1, step 2).
#[test]
fn a_digest_of_zero_is_signed_as_one() {
    for set in ParameterSet::ALL {
        let key = key(set, 3);
        let zero = vec![0; set.octets()];
        let mut one = zero.clone();
        one[0] = 1;
        let signature = key.sign_digest(&zero, ByteOrder::Kazakh, &[9; 32]).expect("signs");
        for digest in [zero, one] {
            assert_eq!(
                key.verifying_key().verify_digest(&digest, ByteOrder::Kazakh, &signature),
                Ok(()),
                "{set:?}"
            );
        }
    }
}

/// Defends: A7.
#[test]
fn nonces_follow_key_message_and_randomness() {
    let (a, b) = (key(ParameterSet::Tc26A512, 1), key(ParameterSet::Tc26A512, 2));
    let r = |key: &SigningKey, digest: u8, entropy: u8| {
        let signature = key.sign_digest(&[digest; 64], ByteOrder::Kazakh, &[entropy; 32]).expect("signs");
        signature.to_bytes(ByteOrder::Kazakh)[..64].to_vec()
    };
    let all = [r(&a, 1, 1), r(&a, 1, 2), r(&a, 2, 1), r(&b, 1, 1)];
    for (i, one) in all.iter().enumerate() {
        assert!(!all[i + 1..].contains(one), "no two of them share a nonce");
    }
    assert_eq!(r(&a, 1, 1), all[0], "the same inputs give the same nonce");
}

#[test]
fn sets_that_name_one_curve_are_interchangeable() {
    let key = key(ParameterSet::CryptoProA, 5);
    let octets = key.verifying_key().to_bytes(ByteOrder::Rfc);
    let named = VerifyingKey::from_bytes(ParameterSet::Tc26B256, &octets, ByteOrder::Rfc).expect("a key");
    let signature = key.sign_digest(&[1; 32], ByteOrder::Rfc, &[1; 32]).expect("signs");
    assert_eq!(named.verify_digest(&[1; 32], ByteOrder::Rfc, &signature), Ok(()));
    assert!(vko::vko256(&key, &named, &[1; 8]).is_ok());
}

#[test]
fn identifiers_name_the_working_sets_only() {
    for set in ParameterSet::ALL {
        let expected = (!matches!(set, ParameterSet::Test256 | ParameterSet::Test512)).then_some(set);
        assert_eq!(ParameterSet::from_oid(set.oid()), expected);
    }
    assert_eq!(ParameterSet::from_oid("1.2.398.3.10.1.1.2.2.1"), Some(ParameterSet::Tc26A512));
    assert_eq!(ParameterSet::from_oid("1.2.398.3.10.1.1.1.1.1"), Some(ParameterSet::CryptoProA));
    assert_eq!(ParameterSet::from_oid("1.2.840.10045.3.1.7"), None);
}

#[test]
fn a_private_key_does_not_print_itself() {
    let key = key(ParameterSet::CryptoProA, 1);
    assert_eq!(format!("{key:?}"), "SigningKey(CryptoProA, …)");
}

#[test]
fn tables_are_as_large_as_documented() {
    let kib = |set| VerifyingTable::new(key(set, 1).verifying_key()).size() / 1024;
    assert_eq!(kib(ParameterSet::Tc26A512), 16);
    assert_eq!(kib(ParameterSet::Tc26C512), 24);
    assert_eq!(kib(ParameterSet::CryptoProA), 8);
    assert_eq!(kib(ParameterSet::Tc26A256), 12);
}
