//! Keys: the private scalar that signs, the public point that verifies, and a public point with its tables.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::curve::{Number, Pair, PointJudgement, Table};
use crate::encoding::{self, ByteOrder};
use crate::error::Error;
use crate::nonce::{Nonces, clear_above};
use crate::parameters::ParameterSet;
use crate::sign::Signature;

/// A private key with its public key. Wiped from memory when dropped; never printed.
#[derive(Clone)]
pub struct SigningKey {
    scalar: Scalar,
    public: VerifyingKey,
}

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Scalar(Number);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?}, …)", self.public.set)
    }
}

impl SigningKey {
    /// Reads a private key d, 0 < d < q.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::PrivateKeyRange`].
    pub fn from_bytes(set: ParameterSet, bytes: &[u8], order: ByteOrder) -> Result<Self, Error> {
        let curve = set.curve();
        let scalar = Scalar(encoding::read("private key", bytes, curve.octets(), order.is_little_endian())?);
        if !curve.is_scalar(&scalar.0) {
            return Err(Error::PrivateKeyRange);
        }
        let point = curve.public_point(&scalar.0);
        Ok(Self { scalar, public: VerifyingKey { set, point } })
    }

    /// Draws a private key, uniform from 1 to q − 1, from octets that `fill` must make unpredictable.
    ///
    /// `fill` is asked again while what it gave is out of range: twice in the worst set, on average.
    pub fn generate(set: ParameterSet, mut fill: impl FnMut(&mut [u8])) -> Self {
        let curve = set.curve();
        let mut bytes = Zeroizing::new([0u8; 64]);
        loop {
            let octets = &mut bytes[..curve.octets()];
            fill(octets);
            let mut scalar = Scalar(encoding::number(octets, true));
            clear_above(&mut scalar.0, curve.order_bits());
            if curve.is_scalar(&scalar.0) {
                let point = curve.public_point(&scalar.0);
                return Self { scalar, public: VerifyingKey { set, point } };
            }
        }
    }

    /// The private key's octets, 32 or 64.
    pub fn to_bytes(&self, order: ByteOrder) -> Zeroizing<Vec<u8>> {
        let octets = self.public.set.octets();
        let mut out = Zeroizing::new(Vec::with_capacity(octets));
        encoding::write(&mut out, &self.scalar.0, octets, order.is_little_endian());
        out
    }

    /// The public key that goes with it.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    /// The set the key belongs to.
    pub fn parameter_set(&self) -> ParameterSet {
        self.public.set
    }

    pub(crate) fn scalar(&self) -> &Number {
        &self.scalar.0
    }

    /// Signs a digest of 32 or 64 octets: ГОСТ Р 34.10-2012 cl. 6.1, ГОСТ 34.310-2004 likewise.
    ///
    /// `digest` is the output of the hash function; with `Kazakh` and `Rfc` its octets stand as the hash
    /// gave them. `entropy` should be fresh from the system's generator for every call; see the module
    /// `nonce` for what remains should it not be. The time taken does not depend on the key.
    ///
    /// # Errors
    /// [`Error::Length`] for a digest of the other width.
    pub fn sign_digest(
        &self,
        digest: &[u8],
        order: ByteOrder,
        entropy: &[u8; 32],
    ) -> Result<Signature, Error> {
        let set = self.public.set;
        let curve = set.curve();
        let digest = encoding::read("digest", digest, curve.octets(), order.is_little_endian())?;
        let mut nonces = Nonces {
            curve,
            set: set.plain() as u8,
            key: &self.scalar.0,
            digest: &digest,
            entropy,
            attempt: 0,
        };
        loop {
            if let Some(pair) = curve.sign(&self.scalar.0, &digest, &nonces.draw()) {
                return Ok(Signature::new(set, pair));
            }
        }
    }
}

/// A public key: a point known to be on the curve and not of small order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey {
    set: ParameterSet,
    point: Pair,
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({:?}, x = ", self.set)?;
        for limb in self.point.0[..self.set.octets() / 8].iter().rev() {
            write!(f, "{limb:016x}")?;
        }
        f.write_str(")")
    }
}

impl VerifyingKey {
    /// Reads X‖Y: the octets inside the OCTET STRING of a certificate's public key.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::OffCurve`], [`Error::SmallOrder`].
    pub fn from_bytes(set: ParameterSet, bytes: &[u8], order: ByteOrder) -> Result<Self, Error> {
        let curve = set.curve();
        let point = encoding::read_pair("public key", bytes, curve.octets(), order.is_little_endian())?;
        match curve.judge_point(&point) {
            PointJudgement::Good => Ok(Self { set, point }),
            PointJudgement::OffCurve => Err(Error::OffCurve),
            PointJudgement::SmallOrder => Err(Error::SmallOrder),
        }
    }

    /// X‖Y, 64 or 128 octets.
    pub fn to_bytes(&self, order: ByteOrder) -> Vec<u8> {
        let octets = self.set.octets();
        let mut out = Vec::with_capacity(2 * octets);
        encoding::write(&mut out, &self.point.0, octets, order.is_little_endian());
        encoding::write(&mut out, &self.point.1, octets, order.is_little_endian());
        out
    }

    /// The set the key belongs to.
    pub fn parameter_set(&self) -> ParameterSet {
        self.set
    }

    pub(crate) fn point(&self) -> &Pair {
        &self.point
    }

    /// Verifies a signature over a digest: ГОСТ Р 34.10-2012 cl. 6.2. The time depends on the (public) input.
    ///
    /// # Errors
    /// [`Error::Length`] for a digest of the other width, [`Error::DifferentCurves`] for a signature read
    /// under another curve, [`Error::SignatureMismatch`] for one that does not match.
    pub fn verify_digest(&self, digest: &[u8], order: ByteOrder, signature: &Signature) -> Result<(), Error> {
        let (digest, pair) = self.read(digest, order, signature)?;
        matched(self.set.curve().verify(&self.point, &digest, pair))
    }

    fn read<'a>(
        &self,
        digest: &[u8],
        order: ByteOrder,
        signature: &'a Signature,
    ) -> Result<(Number, &'a Pair), Error> {
        if !self.set.same_curve(signature.parameter_set()) {
            return Err(Error::DifferentCurves);
        }
        let digest = encoding::read("digest", digest, self.set.octets(), order.is_little_endian())?;
        Ok((digest, signature.numbers()))
    }
}

fn matched(matches: bool) -> Result<(), Error> {
    if matches { Ok(()) } else { Err(Error::SignatureMismatch) }
}

/// A public key with its multiples worked out, for a signer met again and again.
///
/// Takes 16 KiB for a 512-bit key and 8 KiB for a 256-bit one (24 and 12 KiB on the cofactor-4 curves), and
/// as long as about one verification to make. Verifies several times as fast as the key alone.
pub struct VerifyingTable {
    key: VerifyingKey,
    table: Box<dyn Table>,
}

impl fmt::Debug for VerifyingTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingTable({:?})", self.key)
    }
}

impl VerifyingTable {
    /// Works out the multiples of a key.
    pub fn new(key: &VerifyingKey) -> Self {
        Self { key: *key, table: key.set.curve().table(&key.point) }
    }

    /// The key the table is of.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Octets of memory the multiples take.
    pub fn size(&self) -> usize {
        self.table.size()
    }

    /// As [`VerifyingKey::verify_digest`], with the same errors.
    ///
    /// # Errors
    /// Those of [`VerifyingKey::verify_digest`].
    pub fn verify_digest(&self, digest: &[u8], order: ByteOrder, signature: &Signature) -> Result<(), Error> {
        let (digest, pair) = self.key.read(digest, order, signature)?;
        matched(self.table.verify(&digest, pair))
    }
}
