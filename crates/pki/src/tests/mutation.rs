//! Changed octets: never a panic, never trust.

use super::{World, noon};
use crate::{Certificate, Purpose};

/// SplitMix64: the same mutations on every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }
}

fn mutated(original: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut octets = original.to_vec();
    for _ in 0..=chance.below(3) {
        let at = chance.below(octets.len());
        match chance.below(5) {
            0 => octets[at] ^= 1 << chance.below(8),
            1 => octets[at] = u8::try_from(chance.below(256)).unwrap(),
            2 => octets.truncate(at.max(1)),
            3 => octets.insert(at, u8::try_from(chance.below(256)).unwrap()),
            _ => {
                octets.remove(at);
                octets.push(0);
            }
        }
    }
    octets
}

const MUTATIONS: usize = 20_000;

#[test]
fn a_mutated_certificate_neither_panics_nor_is_trusted() {
    let world = World::new();
    let original = world.signing();
    let mut chance = Chance(1);
    for _ in 0..MUTATIONS {
        let octets = mutated(original.der(), &mut chance);
        if octets == original.der() {
            continue;
        }
        if let Ok(certificate) = Certificate::from_der(&octets) {
            assert!(world.check(&certificate, Purpose::MessageSigning).is_err(), "{}", hex::encode(octets));
        }
    }
}

#[test]
fn a_mutated_list_neither_panics_nor_is_installed() {
    let world = World::new();
    let original = world.crl(2, &[world.signing().serial()]);
    let mut chance = Chance(2);
    for _ in 0..MUTATIONS {
        let octets = mutated(&original, &mut chance);
        if octets != original {
            assert!(world.trust.install_crl(&octets, noon()).is_err(), "{}", hex::encode(octets));
        }
    }
}
