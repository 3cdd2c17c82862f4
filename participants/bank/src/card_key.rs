//! How the bank recognises a card and its PIN without keeping either: keyed digests.
//!
//! The key is the bank's alone. Without it the digests say nothing: card numbers are few enough to be tried
//! out, so a digest without a key would be no protection. Source: cl. 13(2); PCI DSS 3.5.1.1 (keyed hashes).

use aws_lc_rs::hmac;

use wire::iso8583::{Pan, Pin, wipe_stack};

/// The key of the bank's card table.
#[derive(Clone)]
pub struct CardKey(hmac::Key);

impl std::fmt::Debug for CardKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CardKey(…)")
    }
}

impl CardKey {
    /// From its octets.
    pub fn new(octets: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, octets))
    }

    fn digest(&self, purpose: &[u8], parts: [&str; 2]) -> [u8; 32] {
        let digest = self.digested(purpose, parts);
        // A context is moved when it signs, and its old place still holds what it was fed.
        wipe_stack();
        digest
    }

    #[inline(never)]
    fn digested(&self, purpose: &[u8], parts: [&str; 2]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(purpose);
        for part in parts {
            context.update(part.as_bytes());
            context.update(b"\0");
        }
        context.sign().as_ref().try_into().expect("SHA-256 has 32 octets")
    }

    /// A key for something else, derived so that no key serves two purposes.
    pub(crate) fn derived(&self, purpose: &[u8]) -> [u8; 32] {
        self.digest(purpose, ["", ""])
    }

    /// What a card is recognised by.
    pub fn card(&self, pan: &Pan) -> [u8; 32] {
        self.digest(b"card\0", [pan.expose(), ""])
    }

    /// What a card is called towards one terminal: enough to know it again there, and nothing anywhere else.
    pub fn card_at(&self, pan: &Pan, terminal: &str) -> [u8; 32] {
        self.digest(b"card at\0", [pan.expose(), terminal])
    }

    /// What a PIN is recognised by; another for each card.
    pub fn pin(&self, pan: &Pan, pin: &Pin) -> [u8; 32] {
        self.digest(b"pin\0", [pan.expose(), pin.expose()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Defends: A17
    #[test]
    fn a_digest_is_told_by_card_purpose_and_key() {
        let key = CardKey::new(&[1; 32]);
        let pan: Pan = "4242424242424242".parse().ok().unwrap();
        let other: Pan = "4000000000000002".parse().ok().unwrap();
        let pin: Pin = "1234".parse().ok().unwrap();
        assert_eq!(key.card(&pan), key.card(&pan));
        assert_ne!(key.card(&pan), key.card(&other));
        assert_ne!(key.card(&pan), CardKey::new(&[2; 32]).card(&pan));
        assert_ne!(key.pin(&pan, &pin), key.pin(&other, &pin));
        assert_ne!(key.pin(&pan, &pin), key.card(&pan));
        assert_eq!(key.card_at(&pan, "ATM-1"), key.card_at(&pan, "ATM-1"));
        assert_ne!(key.card_at(&pan, "ATM-1"), key.card_at(&pan, "ATM-2"));
        assert_ne!(key.card_at(&pan, "ATM-1"), key.card_at(&other, "ATM-1"));
        assert_ne!(key.card_at(&pan, ""), key.card(&pan));
    }
}
