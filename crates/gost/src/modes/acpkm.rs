//! ACPKM: the next section's key out of the present one, without any other secret.
//!
//! Source: RFC 8645, section 6.2.1.

use zeroize::Zeroizing;

use super::{BlockCipher, KEY_LEN};

/// The cipher under the key of the next section: the encryption of the constant 80 81 … 9F.
pub(super) fn next_section<C: BlockCipher>(cipher: &C) -> C {
    let mut key = Zeroizing::new([0u8; KEY_LEN]);
    let mut constant = 0x80u8..;
    for part in key.chunks_mut(C::BLOCK_LEN) {
        let mut block = C::Block::default();
        for (octet, value) in block.as_mut().iter_mut().zip(&mut constant) {
            *octet = value;
        }
        cipher.encrypt_block(&mut block);
        part.copy_from_slice(block.as_ref());
    }
    C::new(&key)
}
