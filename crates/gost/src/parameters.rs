//! Parameter sets and the object identifiers that name them and the algorithms around them.
//!
//! Identifiers are dotted strings: encoding them belongs to whoever writes DER.
//! Sources: RFC 4357, RFC 7836, RFC 9215; for Kazakhstan the national CA's own objects.

use crate::curve::{
    CRYPTO_PRO_A, CRYPTO_PRO_B, CRYPTO_PRO_C, Curve, TC26_256_A, TC26_512_A, TC26_512_B, TC26_512_C,
    TEST_256, TEST_512,
};

/// Object identifiers, Kazakh and Russian.
pub mod oid {
    /// Key of ГОСТ 34.10-2015, 512 bits, Kazakhstan.
    pub const KZ_KEY_512: &str = "1.2.398.3.10.1.1.2.2";
    /// Parameters of that key: the curve TC26 512 A.
    pub const KZ_PARAMETERS_512: &str = "1.2.398.3.10.1.1.2.2.1";
    /// Signature by ГОСТ 34.10-2015, 512 bits, over Streebog-512, Kazakhstan.
    pub const KZ_SIGNATURE_512: &str = "1.2.398.3.10.1.1.2.3.2";
    /// Parameters of a 256-bit key of ГОСТ 34.10-2015, Kazakhstan. No object with it has been seen and no
    /// source names its curve, so `ParameterSet::from_oid` does not know it.
    pub const KZ_PARAMETERS_256: &str = "1.2.398.3.10.1.1.2.1.1";
    /// Signature by ГОСТ 34.10-2015, 256 bits, Kazakhstan.
    pub const KZ_SIGNATURE_256: &str = "1.2.398.3.10.1.1.2.3.1";
    /// Key of ГОСТ 34.310-2004, Kazakhstan.
    pub const KZ_KEY_34310: &str = "1.2.398.3.10.1.1.1.1";
    /// Parameters of that key: the curve CryptoPro A.
    pub const KZ_PARAMETERS_34310: &str = "1.2.398.3.10.1.1.1.1.1";
    /// Signature by ГОСТ 34.310-2004 over ГОСТ 34.311-95, Kazakhstan.
    pub const KZ_SIGNATURE_34310: &str = "1.2.398.3.10.1.1.1.2";
    /// Digest ГОСТ 34.311-95, Kazakhstan.
    pub const KZ_DIGEST_34311: &str = "1.2.398.3.10.1.3.1";
    /// Parameters of that digest: the S-box of the test set.
    pub const KZ_DIGEST_34311_PARAMETERS: &str = "1.2.398.3.10.1.3.1.1.0";
    /// Digest Streebog-256, Kazakhstan.
    pub const KZ_STREEBOG_256: &str = "1.2.398.3.10.1.3.2";
    /// Digest Streebog-512, Kazakhstan.
    pub const KZ_STREEBOG_512: &str = "1.2.398.3.10.1.3.3";

    /// Key of ГОСТ Р 34.10-2001, Russia.
    pub const RU_KEY_2001: &str = "1.2.643.2.2.19";
    /// Signature by ГОСТ Р 34.10-2001 over ГОСТ Р 34.11-94, Russia.
    pub const RU_SIGNATURE_2001: &str = "1.2.643.2.2.3";
    /// Digest ГОСТ Р 34.11-94, Russia.
    pub const RU_DIGEST_94: &str = "1.2.643.2.2.9";
    /// Key of ГОСТ Р 34.10-2012, 256 bits, Russia.
    pub const RU_KEY_256: &str = "1.2.643.7.1.1.1.1";
    /// Key of ГОСТ Р 34.10-2012, 512 bits, Russia.
    pub const RU_KEY_512: &str = "1.2.643.7.1.1.1.2";
    /// Digest Streebog-256, Russia.
    pub const RU_STREEBOG_256: &str = "1.2.643.7.1.1.2.2";
    /// Digest Streebog-512, Russia.
    pub const RU_STREEBOG_512: &str = "1.2.643.7.1.1.2.3";
    /// Signature by ГОСТ Р 34.10-2012, 256 bits, over Streebog-256, Russia.
    pub const RU_SIGNATURE_256: &str = "1.2.643.7.1.1.3.2";
    /// Signature by ГОСТ Р 34.10-2012, 512 bits, over Streebog-512, Russia.
    pub const RU_SIGNATURE_512: &str = "1.2.643.7.1.1.3.3";
    /// Key agreement VKO with a 256-bit key, Russia.
    pub const RU_AGREEMENT_256: &str = "1.2.643.7.1.1.6.1";
    /// Key agreement VKO with a 512-bit key, Russia.
    pub const RU_AGREEMENT_512: &str = "1.2.643.7.1.1.6.2";

    /// Test set of ГОСТ Р 34.10-2001 and -2012, 256 bits.
    pub const TEST_256: &str = "1.2.643.2.2.35.0";
    /// CryptoPro A.
    pub const CRYPTO_PRO_A: &str = "1.2.643.2.2.35.1";
    /// CryptoPro B.
    pub const CRYPTO_PRO_B: &str = "1.2.643.2.2.35.2";
    /// CryptoPro C.
    pub const CRYPTO_PRO_C: &str = "1.2.643.2.2.35.3";
    /// CryptoPro XchA, for key exchange: the curve of A.
    pub const CRYPTO_PRO_XCH_A: &str = "1.2.643.2.2.36.0";
    /// CryptoPro XchB, for key exchange: the curve of C.
    pub const CRYPTO_PRO_XCH_B: &str = "1.2.643.2.2.36.1";
    /// TC26 256 A.
    pub const TC26_256_A: &str = "1.2.643.7.1.2.1.1.1";
    /// TC26 256 B: the curve of CryptoPro A.
    pub const TC26_256_B: &str = "1.2.643.7.1.2.1.1.2";
    /// TC26 256 C: the curve of CryptoPro B.
    pub const TC26_256_C: &str = "1.2.643.7.1.2.1.1.3";
    /// TC26 256 D: the curve of CryptoPro C.
    pub const TC26_256_D: &str = "1.2.643.7.1.2.1.1.4";
    /// Test set of 512 bits.
    pub const TEST_512: &str = "1.2.643.7.1.2.1.2.0";
    /// TC26 512 A.
    pub const TC26_512_A: &str = "1.2.643.7.1.2.1.2.1";
    /// TC26 512 B.
    pub const TC26_512_B: &str = "1.2.643.7.1.2.1.2.2";
    /// TC26 512 C.
    pub const TC26_512_C: &str = "1.2.643.7.1.2.1.2.3";
}

/// A named curve with its generator. Two names may stand for one curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParameterSet {
    /// The example of the standard, 256 bits. Not for work.
    Test256,
    /// CryptoPro A: the curve of ГОСТ 34.310-2004 in Kazakhstan.
    CryptoProA,
    /// CryptoPro B.
    CryptoProB,
    /// CryptoPro C.
    CryptoProC,
    /// CryptoPro XchA, the curve of A under a name for key exchange.
    CryptoProXchA,
    /// CryptoPro XchB, the curve of C under a name for key exchange.
    CryptoProXchB,
    /// TC26 256 A, cofactor 4.
    Tc26A256,
    /// TC26 256 B, the curve of CryptoPro A.
    Tc26B256,
    /// TC26 256 C, the curve of CryptoPro B.
    Tc26C256,
    /// TC26 256 D, the curve of CryptoPro C.
    Tc26D256,
    /// The example of the standard, 512 bits. Not for work.
    Test512,
    /// TC26 512 A: the curve of ГОСТ 34.10-2015 in Kazakhstan.
    Tc26A512,
    /// TC26 512 B.
    Tc26B512,
    /// TC26 512 C, cofactor 4.
    Tc26C512,
}

impl ParameterSet {
    /// Every set, the test sets included.
    pub const ALL: [Self; 14] = [
        Self::Test256,
        Self::CryptoProA,
        Self::CryptoProB,
        Self::CryptoProC,
        Self::CryptoProXchA,
        Self::CryptoProXchB,
        Self::Tc26A256,
        Self::Tc26B256,
        Self::Tc26C256,
        Self::Tc26D256,
        Self::Test512,
        Self::Tc26A512,
        Self::Tc26B512,
        Self::Tc26C512,
    ];

    /// The set's own (Russian) identifier.
    pub const fn oid(self) -> &'static str {
        match self {
            Self::Test256 => oid::TEST_256,
            Self::CryptoProA => oid::CRYPTO_PRO_A,
            Self::CryptoProB => oid::CRYPTO_PRO_B,
            Self::CryptoProC => oid::CRYPTO_PRO_C,
            Self::CryptoProXchA => oid::CRYPTO_PRO_XCH_A,
            Self::CryptoProXchB => oid::CRYPTO_PRO_XCH_B,
            Self::Tc26A256 => oid::TC26_256_A,
            Self::Tc26B256 => oid::TC26_256_B,
            Self::Tc26C256 => oid::TC26_256_C,
            Self::Tc26D256 => oid::TC26_256_D,
            Self::Test512 => oid::TEST_512,
            Self::Tc26A512 => oid::TC26_512_A,
            Self::Tc26B512 => oid::TC26_512_B,
            Self::Tc26C512 => oid::TC26_512_C,
        }
    }

    /// The working set an identifier names, Russian or Kazakh; `None` for one unknown and for the test sets,
    /// which no certificate has business naming.
    pub fn from_oid(identifier: &str) -> Option<Self> {
        match identifier {
            oid::KZ_PARAMETERS_512 => Some(Self::Tc26A512),
            oid::KZ_PARAMETERS_34310 => Some(Self::CryptoProA),
            _ => Self::ALL
                .into_iter()
                .filter(|set| !matches!(set, Self::Test256 | Self::Test512))
                .find(|set| set.oid() == identifier),
        }
    }

    /// Octets of a private key, a coordinate, a digest and each number of a signature: 32 or 64.
    pub fn octets(self) -> usize {
        self.curve().octets()
    }

    /// Whether two sets are names of one curve.
    pub fn same_curve(self, other: Self) -> bool {
        self.plain() == other.plain()
    }

    /// The one name taken for the curve.
    pub(crate) const fn plain(self) -> Self {
        match self {
            Self::CryptoProXchA | Self::Tc26B256 => Self::CryptoProA,
            Self::Tc26C256 => Self::CryptoProB,
            Self::CryptoProXchB | Self::Tc26D256 => Self::CryptoProC,
            own => own,
        }
    }

    pub(crate) fn curve(self) -> &'static dyn Curve {
        match self {
            Self::Test256 => &TEST_256,
            Self::CryptoProA | Self::CryptoProXchA | Self::Tc26B256 => &CRYPTO_PRO_A,
            Self::CryptoProB | Self::Tc26C256 => &CRYPTO_PRO_B,
            Self::CryptoProC | Self::CryptoProXchB | Self::Tc26D256 => &CRYPTO_PRO_C,
            Self::Tc26A256 => &TC26_256_A,
            Self::Test512 => &TEST_512,
            Self::Tc26A512 => &TC26_512_A,
            Self::Tc26B512 => &TC26_512_B,
            Self::Tc26C512 => &TC26_512_C,
        }
    }
}
