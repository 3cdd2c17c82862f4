//! The two things the pure middle is not allowed to make: time and chance.
//!
//! Both are created in `app` and handed down, so that a test, or a whole simulated country, can own them.

use crate::Moment;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Moment;
}

/// Where chance comes from: the system's generator, or a seeded one in tests.
pub trait Entropy: Send {
    /// Fills the buffer with unguessable octets.
    fn fill(&mut self, buffer: &mut [u8]);

    /// A uniform number below `bound`, which must not be zero.
    fn below(&mut self, bound: u64) -> u64 {
        // Rejection keeps the draw uniform: the tail that does not divide evenly is drawn again.
        let zone = u64::MAX - u64::MAX % bound;
        loop {
            let mut octets = [0; 8];
            self.fill(&mut octets);
            let draw = u64::from_le_bytes(octets);
            if draw < zone {
                return draw % bound;
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod test {
    use super::Entropy;

    /// A deterministic generator (SplitMix64) for tests.
    #[derive(Default)]
    pub(crate) struct Counting(u64);

    impl Entropy for Counting {
        fn fill(&mut self, buffer: &mut [u8]) {
            for chunk in buffer.chunks_mut(8) {
                self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = self.0;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                z ^= z >> 31;
                chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
            }
        }
    }
}
