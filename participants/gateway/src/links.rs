//! Links to receipts: unguessable, and the same every time, because they are computed and not drawn.
//!
//! The token is the payment code enciphered as one AES block with eight octets of redundancy. So nothing has to be kept
//! for a link, and a visitor's token either deciphers to a code or is refused before the store is asked.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use aws_lc_rs::cipher::{AES_128, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey};
use aws_lc_rs::{digest, hmac};
use terms::{OneTimeToken, PaymentCode};
use zeroize::Zeroizing;

/// What a deciphered token begins with.
const REDUNDANCY: &[u8; 8] = b"tolem-r1";

/// Makes and reads links.
pub struct Links {
    encipher: EncryptingKey,
    decipher: DecryptingKey,
    pages_url: String,
    secret: Zeroizing<Vec<u8>>,
}

impl Links {
    /// From the secret of the installation and the public address of the pages.
    ///
    /// # Errors
    /// Where the file is missing or does not hold 16 octets.
    pub fn new(secret: &Path, pages_url: &str) -> Result<Self> {
        let octets = Zeroizing::new(
            fs::read(secret).with_context(|| format!("reading the link secret {}", secret.display()))?,
        );
        ensure!(octets.len() == 16, "{} must hold 16 octets", secret.display());
        let key =
            || UnboundCipherKey::new(&AES_128, &octets).map_err(|_| anyhow!("the link secret is not a key"));
        let unusable = |_| anyhow!("the link secret is not usable");
        Ok(Self {
            encipher: EncryptingKey::ecb(key()?).map_err(unusable)?,
            decipher: DecryptingKey::ecb(key()?).map_err(unusable)?,
            pages_url: pages_url.to_owned(),
            secret: octets,
        })
    }

    /// The token in a receipt's links.
    pub fn receipt_token(&self, code: PaymentCode) -> OneTimeToken {
        let mut block = [0; 16];
        block[..8].copy_from_slice(REDUNDANCY);
        block[8..].copy_from_slice(&code.as_u64().to_be_bytes());
        self.encipher.encrypt(&mut block).expect("one whole block");
        hex::encode(block).parse().expect("16 octets are 32 hexadecimal digits")
    }

    /// The code a token stands for, if it stands for one.
    pub fn code_of(&self, token: &OneTimeToken) -> Option<PaymentCode> {
        let mut block = *token.as_bytes();
        let plain = self.decipher.decrypt(&mut block, DecryptionContext::None).ok()?;
        let code = plain.strip_prefix(REDUNDANCY.as_slice())?;
        format!("{:016}", u64::from_be_bytes(code.try_into().ok()?)).parse().ok()
    }

    /// A key for another purpose, derived from the same secret.
    pub fn derived_key(&self, purpose: &[u8]) -> [u8; 32] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.secret), purpose);
        tag.as_ref().try_into().expect("HMAC-SHA-256 has 32 octets")
    }

    /// The address of a receipt.
    pub fn receipt_url(&self, code: PaymentCode) -> String {
        format!("{}/r/{}", self.pages_url, self.receipt_token(code))
    }

    /// The address of the public check that the receipt's QR code leads to.
    pub fn check_url(&self, code: PaymentCode) -> String {
        format!("{}/v/{}", self.pages_url, self.receipt_token(code))
    }
}

/// What the store keeps of the token of a payment page.
pub fn token_digest(token: &OneTimeToken) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, token.as_bytes());
    digest.as_ref().try_into().expect("SHA-256 has 32 octets")
}
