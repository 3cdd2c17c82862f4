//! Digests a file while it is written.

use std::io::{self, Write};

use aws_lc_rs::digest::{Context, SHA256};
use gost::streebog::Streebog;

/// Passes octets on and digests them on the way.
pub struct Digesting<W> {
    inner: W,
    octets: u64,
    sha256: Context,
    streebog: Option<Streebog<64>>,
}

/// What a file came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digested {
    /// Its length.
    pub octets: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Its Streebog-512, where it was asked for.
    pub streebog512: Option<[u8; 64]>,
}

impl<W: Write> Digesting<W> {
    /// Digests by SHA-256, and by Streebog-512 too where the register is signed by a national key.
    pub fn new(inner: W, with_streebog: bool) -> Self {
        Self { inner, octets: 0, sha256: Context::new(&SHA256), streebog: with_streebog.then(Streebog::new) }
    }

    /// The end of the file: what it was written to, and its digests.
    pub fn finish(self) -> (W, Digested) {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(self.sha256.finish().as_ref());
        let streebog512 = self.streebog.map(Streebog::finalize);
        (self.inner, Digested { octets: self.octets, sha256, streebog512 })
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(octets)?;
        let octets = &octets[..written];
        self.octets += written as u64;
        self.sha256.update(octets);
        if let Some(streebog) = &mut self.streebog {
            streebog.update(octets);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
