//! The one-time number k of a signature, hedged: it follows from the private key, the digest and fresh
//! randomness together.
//!
//! k = HMAC-Streebog-512(entropy, label ‖ d ‖ e ‖ parameter set ‖ attempt), cut to the bits of q and taken
//! again with the next attempt while it is not between 0 and q. If the randomness is good, k is random
//! whatever else; if it repeats or is known, k is still a secret function of key and message, as in RFC
//! 6979, and no two messages share one. The construction is ours: RFC 6979 itself costs five HMACs, and its
//! way of keying with d would run a table-driven hash over the same secret block at every signature, in
//! reach of whoever watches the cache. Keyed with the randomness, the state that meets d is new each time
//! and masks it.

use zeroize::Zeroizing;

use crate::curve::{Curve, Number};
use crate::encoding;
use crate::hmac::HmacStreebog512;

/// Sets these values apart from every other use of the same key.
const LABEL: &[u8] = b"gost hedged nonce, version 1";

/// The candidates for one signature, in order; each is uniform below q on its own.
pub(crate) struct Nonces<'a> {
    pub(crate) curve: &'a dyn Curve,
    /// Tells the parameter sets apart.
    pub(crate) set: u8,
    pub(crate) key: &'a Number,
    pub(crate) digest: &'a Number,
    pub(crate) entropy: &'a [u8; 32],
    pub(crate) attempt: u32,
}

impl Nonces<'_> {
    /// The next k with 0 < k < q. How many candidates fell away says nothing about the one that stayed.
    pub(crate) fn draw(&mut self) -> Zeroizing<Number> {
        loop {
            let candidate = Zeroizing::new(self.candidate());
            self.attempt = self.attempt.wrapping_add(1);
            if self.curve.is_scalar(&candidate) {
                return candidate;
            }
        }
    }

    fn candidate(&self) -> Number {
        let octets = self.curve.octets();
        let mut key = Zeroizing::new(Vec::with_capacity(octets));
        encoding::write(&mut key, self.key, octets, true);
        let mut digest = Vec::with_capacity(octets);
        encoding::write(&mut digest, self.digest, octets, true);
        let mut tail = [0; 5];
        tail[0] = self.set;
        tail[1..].copy_from_slice(&self.attempt.to_le_bytes());

        let mut code = HmacStreebog512::new(self.entropy);
        for part in [LABEL, &key, &digest, &tail] {
            code.update(part);
        }
        let code = Zeroizing::new(code.finalize());
        let mut number = encoding::number(&code[..octets], true);
        clear_above(&mut number, self.curve.order_bits());
        number
    }
}

/// Clears the bits from `bits` up.
pub(crate) fn clear_above(number: &mut Number, bits: u32) {
    for (i, limb) in number.iter_mut().enumerate() {
        let kept = bits.saturating_sub(64 * i as u32);
        if kept < 64 {
            *limb &= (1 << kept) - 1;
        }
    }
}
