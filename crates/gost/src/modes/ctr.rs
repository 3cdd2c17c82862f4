//! Counter mode, plain and with the key replaced after each section (CTR-ACPKM).
//!
//! It hides and does not authenticate: a flipped bit of ciphertext flips the same bit of plaintext,
//! unnoticed. For stored or sent data take `mgm`.
//!
//! Source: ГОСТ Р 34.13-2015, 5.2; RFC 8645, section 6.2.2.

use zeroize::Zeroize;

use super::{BATCH, BlockCipher, KEY_LEN, Section, acpkm, half_bits};

/// The largest block of a cipher here, in octets.
const MAX_BLOCK_LEN: usize = 16;

/// The counter would come round and the keystream repeat: 2³² blocks of Magma, 2⁶⁴ of Kuznyechik.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the counter is used up, the keystream would repeat")]
pub struct KeystreamExhausted;

/// A keystream; applying it encrypts, applying it from the beginning again decrypts.
///
/// One pair of key and vector must never serve two messages: whoever holds both ciphertexts learns the
/// XOR of the plaintexts.
#[derive(Clone)]
pub struct Ctr<C: BlockCipher> {
    cipher: C,
    iv: C::HalfBlock,
    /// Blocks generated so far, which is also the counter of the next one.
    generated: u64,
    section: Option<Section<C>>,
    gamma: [u8; BATCH * MAX_BLOCK_LEN],
    ready: usize,
    used: usize,
}

impl<C: BlockCipher> Ctr<C> {
    /// Starts a keystream under one key.
    #[must_use]
    pub fn new(key: &[u8; KEY_LEN], iv: &C::HalfBlock) -> Self {
        Self::start(key, iv, None)
    }

    /// Starts a keystream whose key is replaced after every `section` (CTR-ACPKM).
    #[must_use]
    pub fn with_acpkm(key: &[u8; KEY_LEN], iv: &C::HalfBlock, section: Section<C>) -> Self {
        Self::start(key, iv, Some(section))
    }

    fn start(key: &[u8; KEY_LEN], iv: &C::HalfBlock, section: Option<Section<C>>) -> Self {
        let gamma = [0; BATCH * MAX_BLOCK_LEN];
        Self { cipher: C::new(key), iv: *iv, generated: 0, section, gamma, ready: 0, used: 0 }
    }

    /// XORs the next octets of the keystream onto `data`; how the data are cut between calls does not
    /// matter.
    ///
    /// # Errors
    /// [`KeystreamExhausted`] where the counter would come round; `data` is then untouched.
    pub fn apply(&mut self, data: &mut [u8]) -> Result<(), KeystreamExhausted> {
        let missing = data.len().saturating_sub(self.ready - self.used).div_ceil(C::BLOCK_LEN);
        if u128::from(self.generated) + missing as u128 > 1 << half_bits::<C>() {
            return Err(KeystreamExhausted);
        }
        let mut rest = data;
        while !rest.is_empty() {
            if self.used == self.ready {
                self.refill(rest.len());
            }
            let (now, later) = rest.split_at_mut(rest.len().min(self.ready - self.used));
            for (octet, gamma) in now.iter_mut().zip(&self.gamma[self.used..]) {
                *octet ^= gamma;
            }
            self.used += now.len();
            rest = later;
        }
        Ok(())
    }

    /// Generates the keystream for `wanted` octets or what one batch and one section allow.
    fn refill(&mut self, wanted: usize) {
        let mut blocks = wanted.div_ceil(C::BLOCK_LEN).min(BATCH);
        if let Some(section) = self.section {
            let into_section = self.generated % section.blocks;
            if into_section == 0 && self.generated > 0 {
                self.cipher = acpkm::next_section(&self.cipher);
            }
            let left = section.blocks - into_section;
            blocks = usize::try_from(left).map_or(blocks, |left| blocks.min(left));
        }
        let mut batch = [C::Block::default(); BATCH];
        for (block, counter) in batch[..blocks].iter_mut().zip(self.generated..) {
            let (high, low) = block.as_mut().split_at_mut(C::BLOCK_LEN / 2);
            high.copy_from_slice(self.iv.as_ref());
            low.copy_from_slice(&counter.to_be_bytes()[8 - low.len()..]);
        }
        self.cipher.encrypt_blocks(&mut batch[..blocks]);
        for (gamma, block) in self.gamma.chunks_mut(C::BLOCK_LEN).zip(&batch[..blocks]) {
            gamma.copy_from_slice(block.as_ref());
        }
        batch.iter_mut().for_each(Zeroize::zeroize);
        self.generated += blocks as u64;
        self.ready = blocks * C::BLOCK_LEN;
        self.used = 0;
    }
}

impl<C: BlockCipher> Drop for Ctr<C> {
    fn drop(&mut self) {
        self.gamma.zeroize();
    }
}

impl<C: BlockCipher> std::fmt::Debug for Ctr<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ctr(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Ctr, KeystreamExhausted};
    use crate::magma::Magma;

    /// ГОСТ Р 34.13-2015, 5.2: one vector serves 2³² blocks of Magma.
    #[test]
    fn the_last_block_of_a_counter_is_used_and_none_after_it() {
        let mut stream = Ctr::<Magma>::new(&[7; 32], &[1; 4]);
        stream.generated = u64::from(u32::MAX);
        let mut data = [0; 9];
        assert_eq!(stream.apply(&mut data), Err(KeystreamExhausted));
        assert_eq!(data, [0; 9]);
        assert_eq!(stream.apply(&mut data[..3]), Ok(()));
        assert_eq!(stream.apply(&mut data[3..]), Err(KeystreamExhausted));
        assert_eq!(stream.apply(&mut data[3..8]), Ok(()));
        assert_eq!(stream.apply(&mut data[8..]), Err(KeystreamExhausted));
        assert_eq!(stream.apply(&mut []), Ok(()));
    }
}
