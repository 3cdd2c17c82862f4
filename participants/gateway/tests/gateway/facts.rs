//! What a payment is known by, to compare before and after.

use terms::PaymentCode;
use wire::common::{PaymentState, PaymentView};

/// What of a payment must not differ between two orders of the same facts.
pub(crate) fn outcome(view: &PaymentView) -> (PaymentCode, PaymentState, Option<String>) {
    (view.payment_code, view.state, view.requisites.as_ref().map(|said| said.bank_reference.to_string()))
}

/// A deterministic generator (SplitMix64): the same seed, the same mutations.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }
}
