//! ГОСТ 34.311-95 (the same function as ГОСТ Р 34.11-94), the legacy digest of 256 bits.
//!
//! Kazakhstan computes it with the test parameter set of RFC 4357, Russia did with CryptoPro's; the
//! profile is a parameter so that neither is taken for the other. New documents use `streebog`.
//! A wrapper of the crate `gost94`: speed does not matter for what is only read back.
//!
//! Octets come out in the order of RFC 5831, section 7.3 read from the last octet, which is the order in
//! certificates and in the OpenSSL engine.
//!
//! Source: RFC 5831; RFC 4357, section 11.2 for the parameter sets.

use gost94::{Digest, Gost94CryptoPro, Gost94Test};

/// Octets of a digest.
pub const LEN: usize = 32;

/// Which substitution the digest uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// id-GostR3411-94-TestParamSet (1.2.643.2.2.30.0): what Kazakhstan's ГОСТ 34.311-95 uses.
    Test,
    /// id-GostR3411-94-CryptoProParamSet (1.2.643.2.2.30.1).
    CryptoPro,
}

/// A digest under way. The state is zeroised when it is dropped.
#[derive(Clone)]
pub struct Gost34311(State);

#[derive(Clone)]
enum State {
    Test(Gost94Test),
    CryptoPro(Gost94CryptoPro),
}

impl Gost34311 {
    /// Starts a digest.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self(match profile {
            Profile::Test => State::Test(Gost94Test::new()),
            Profile::CryptoPro => State::CryptoPro(Gost94CryptoPro::new()),
        })
    }

    /// The digest of `message` in one call.
    #[must_use]
    pub fn digest(profile: Profile, message: &[u8]) -> [u8; LEN] {
        let mut digest = Self::new(profile);
        digest.update(message);
        digest.finalize()
    }

    /// Takes further octets of the message; how it is cut between calls does not matter.
    pub fn update(&mut self, message: &[u8]) {
        match &mut self.0 {
            State::Test(state) => state.update(message),
            State::CryptoPro(state) => state.update(message),
        }
    }

    /// Ends the message and gives its digest.
    #[must_use]
    pub fn finalize(self) -> [u8; LEN] {
        match self.0 {
            State::Test(state) => state.finalize().into(),
            State::CryptoPro(state) => state.finalize().into(),
        }
    }
}

impl std::fmt::Debug for Gost34311 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gost34311(…)")
    }
}
