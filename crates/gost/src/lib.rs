//! The national cryptography of Kazakhstan and its neighbours: GOST signatures, key agreement,
//! digests, block ciphers and their modes.
//!
//! Depends on nothing of the project it grew in. Certificates, CMS and XML are not here: this crate
//! knows numbers and octets, its users know documents.
//!
//! Signing and verifying start at [`SigningKey`] and [`VerifyingKey`], agreement on a key at [`vko`]:
//!
//! ```
//! use gost::streebog::Streebog512;
//! use gost::{ByteOrder, ParameterSet, Signature, SigningKey};
//!
//! # fn fresh(bytes: &mut [u8]) { bytes.fill(7) }
//! let key = SigningKey::generate(ParameterSet::Tc26A512, fresh);
//! let mut entropy = [0; 32];
//! fresh(&mut entropy);
//! let digest = Streebog512::digest(b"payment order");
//! let signature = key.sign_digest(&digest, ByteOrder::Kazakh, &entropy)?;
//!
//! let octets = signature.to_bytes(ByteOrder::Kazakh);
//! let read = Signature::from_bytes(ParameterSet::Tc26A512, &octets, ByteOrder::Kazakh)?;
//! key.verifying_key().verify_digest(&digest, ByteOrder::Kazakh, &read)?;
//! # Ok::<(), gost::Error>(())
//! ```

#![forbid(unsafe_code)]

mod block;
mod curve;
pub mod encoding;
pub mod error;
pub mod field;
mod inverse;
pub mod key;
mod nonce;
pub mod parameters;
mod point;
pub mod sign;
mod table;
pub mod vko;

pub use encoding::ByteOrder;
pub use error::Error;
pub use key::{SigningKey, VerifyingKey, VerifyingTable};
pub use parameters::ParameterSet;
pub use sign::Signature;

pub mod gost28147;
pub mod gost34311;
pub mod hmac;
pub mod kdf;
pub mod kexp;
pub mod kuznyechik;
pub mod magma;
pub mod mgm;
pub mod modes;
pub mod streebog;
mod tag;

pub use tag::TagMismatch;
