//! The PIN on its way to the bank: ISO 9564-1 format 4, under a zone key of AES-128.
//!
//! Format 4 ties the PIN to its card number and is fresh each time, so a block taken from one message opens
//! nothing in another.

use aws_lc_rs::cipher::{AES_128, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey};
use terms::Entropy;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::card::{Pan, Pin};

const BLOCK: usize = 16;
/// First half of the block, in digits: control, length, PIN, filling.
const PIN_NIBBLES: usize = 16;
const FORMAT: u8 = 4;
const FILLING: u8 = 0xA;

/// The key that an ATM, or a page, shares with a bank's processing. Wiped when it goes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ZoneKey([u8; BLOCK]);

impl ZoneKey {
    /// From its sixteen octets.
    pub fn new(octets: [u8; BLOCK]) -> Self {
        Self(octets)
    }
}

/// An encrypted PIN block. Without the key it says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinBlock([u8; BLOCK]);

/// Why a PIN block cannot be made or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PinBlockError {
    /// The cipher failed.
    #[error("the cipher failed")]
    Cipher,
    /// Another key, another card number, or an altered block.
    #[error("the PIN block does not open with this key and this card number")]
    DoesNotOpen,
}

impl PinBlock {
    /// Encrypts a PIN for this card number.
    ///
    /// # Errors
    /// [`PinBlockError::Cipher`].
    pub fn seal(
        pin: &Pin,
        pan: &Pan,
        key: &ZoneKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, PinBlockError> {
        let mut block = pin_field(pin, entropy);
        encrypt(&mut block, key)?;
        mix(&mut block, pan);
        encrypt(&mut block, key)?;
        Ok(Self(*block))
    }

    /// Decrypts it again.
    ///
    /// # Errors
    /// [`PinBlockError`].
    pub fn open(&self, pan: &Pan, key: &ZoneKey) -> Result<Pin, PinBlockError> {
        let mut block = Zeroizing::new(self.0);
        decrypt(&mut block, key)?;
        mix(&mut block, pan);
        decrypt(&mut block, key)?;
        read_pin_field(&block).ok_or(PinBlockError::DoesNotOpen)
    }

    /// The sixteen octets.
    pub fn as_bytes(&self) -> &[u8; BLOCK] {
        &self.0
    }

    /// The form of the tag in DE 48: 32 hexadecimal digits.
    pub(super) fn to_hex(&self) -> String {
        self.0.iter().map(|octet| format!("{octet:02X}")).collect()
    }

    pub(super) fn from_hex(s: &str) -> Option<Self> {
        let has_form =
            s.len() == 2 * BLOCK && s.bytes().all(|c| c.is_ascii_digit() || matches!(c, b'A'..=b'F'));
        let number = has_form.then(|| u128::from_str_radix(s, 16).ok()).flatten()?;
        Some(Self(number.to_be_bytes()))
    }
}

fn pin_field(pin: &Pin, entropy: &mut dyn Entropy) -> Zeroizing<[u8; BLOCK]> {
    let digits = pin.expose().as_bytes();
    let mut nibbles = Zeroizing::new([FILLING; PIN_NIBBLES]);
    nibbles[0] = FORMAT;
    nibbles[1] = u8::try_from(digits.len()).expect("a PIN has at most twelve digits");
    for (nibble, digit) in nibbles[2..].iter_mut().zip(digits) {
        *nibble = digit - b'0';
    }
    let mut block = Zeroizing::new([0; BLOCK]);
    for (octet, pair) in block.iter_mut().zip(nibbles.chunks_exact(2)) {
        *octet = pair[0] << 4 | pair[1];
    }
    entropy.fill(&mut block[BLOCK / 2..]);
    block
}

fn read_pin_field(block: &[u8; BLOCK]) -> Option<Pin> {
    let mut nibbles = Zeroizing::new([0; PIN_NIBBLES]);
    for (pair, octet) in nibbles.chunks_exact_mut(2).zip(block) {
        pair.copy_from_slice(&[octet >> 4, octet & 0xF]);
    }
    let length = usize::from(nibbles[1]);
    if nibbles[0] != FORMAT || !(4..=12).contains(&length) {
        return None;
    }
    let (digits, filling) = nibbles[2..].split_at(length);
    if digits.iter().any(|digit| *digit > 9) || filling.iter().any(|nibble| *nibble != FILLING) {
        return None;
    }
    let text: Zeroizing<String> =
        Zeroizing::new(digits.iter().map(|digit| char::from(b'0' + digit)).collect());
    text.parse().ok()
}

/// Adds the card number's field: how many digits above twelve, the digits, zeros.
fn mix(block: &mut [u8; BLOCK], pan: &Pan) {
    let digits = pan.expose().as_bytes();
    let above_twelve = u8::try_from(digits.len() - 12).expect("a card number has at most nineteen digits");
    let nibbles = std::iter::once(above_twelve).chain(digits.iter().map(|digit| digit - b'0'));
    for (at, nibble) in nibbles.enumerate() {
        block[at / 2] ^= if at % 2 == 0 { nibble << 4 } else { nibble };
    }
}

fn encrypt(block: &mut [u8; BLOCK], key: &ZoneKey) -> Result<(), PinBlockError> {
    let key = UnboundCipherKey::new(&AES_128, &key.0).map_err(|_| PinBlockError::Cipher)?;
    let cipher = EncryptingKey::ecb(key).map_err(|_| PinBlockError::Cipher)?;
    cipher.encrypt(block).map_err(|_| PinBlockError::Cipher)?;
    Ok(())
}

fn decrypt(block: &mut [u8; BLOCK], key: &ZoneKey) -> Result<(), PinBlockError> {
    let key = UnboundCipherKey::new(&AES_128, &key.0).map_err(|_| PinBlockError::Cipher)?;
    let cipher = DecryptingKey::ecb(key).map_err(|_| PinBlockError::Cipher)?;
    cipher.decrypt(block, DecryptionContext::None).map_err(|_| PinBlockError::Cipher)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The octets 1, 2, 3, …
    struct Counting;

    impl Entropy for Counting {
        fn fill(&mut self, buffer: &mut [u8]) {
            for (octet, number) in buffer.iter_mut().zip(1..) {
                *octet = number;
            }
        }
    }

    fn key() -> ZoneKey {
        ZoneKey::new(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128.to_be_bytes())
    }

    /// The expected blocks were made by the Python package psec 1.3.0 with the same filling.
    #[test]
    fn blocks_agree_with_those_of_another_implementation() {
        for (pin, pan, block) in [
            ("1234", "4242424242424242", "2a96b2046ac8e2307aa2ad9715cd0cf6"),
            ("123456789012", "6011111111111111110", "08f44459f2ab2120c2759b64f920d40a"),
        ] {
            let (pin, pan): (Pin, Pan) = (pin.parse().ok().unwrap(), pan.parse().ok().unwrap());
            let sealed = PinBlock::seal(&pin, &pan, &key(), &mut Counting).unwrap();
            assert_eq!(hex::encode(sealed.as_bytes()), block);
            assert!(sealed.open(&pan, &key()).ok().unwrap().expose() == pin.expose());
        }
    }

    #[test]
    fn a_block_opens_for_its_card_and_its_key_only() {
        let (pin, pan): (Pin, Pan) = ("1234".parse().ok().unwrap(), "4242424242424242".parse().ok().unwrap());
        let sealed = PinBlock::seal(&pin, &pan, &key(), &mut Counting).unwrap();
        let other: Pan = "4000000000000002".parse().ok().unwrap();
        assert_eq!(sealed.open(&other, &key()).err(), Some(PinBlockError::DoesNotOpen));
        assert_eq!(sealed.open(&pan, &ZoneKey::new([7; 16])).err(), Some(PinBlockError::DoesNotOpen));
        assert_eq!(PinBlock::from_hex(&sealed.to_hex()), Some(sealed));
        assert_eq!(PinBlock::from_hex("00"), None);
    }
}
