//! Key containers (.p12) in the national CA's own format: one private key with its certificates under a password.
//!
//! Read and written: the password's MAC with HMAC-SHA-1, the key under pbeWithSHA1And3-KeyTripleDES-CBC, the
//! certificates under pbeWithSHA1And40BitRC2-CBC; on reading either cipher in either place, and certificates in the
//! open. Everything outside that is refused, not skipped. The key is PKCS #8 and is not looked into here: what kinds
//! there are is `key`'s business. The ciphers are old and are the format's, not a choice: a container travels, and is
//! kept, as a secret would be.
//! Source: RFC 7292; the national CA's container as recorded in `docs/national-cryptography.md`.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA1_OUTPUT_LEN};
use aws_lc_rs::{hmac, rand};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt as _, BlockModeEncrypt as _, KeyInit,
    KeyIvInit as _,
};
use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Encode, Reader as _, SecretDocument, Sequence, SliceReader, Tag, TagNumber, Tagged as _};
use des::TdesEde3;
use rc2::Rc2;
use zeroize::Zeroizing;

use crate::ber;
use crate::certificate::{Certificate, CertificateError};
use crate::oid;
use crate::signer::{FileSigner, LoadError};

/// The longest container that is read, in octets: a key and a handful of certificates take a few thousand.
pub const MAX_CONTAINER_OCTETS: usize = 128 * 1024;
/// The longest password, in octets of UTF-8.
pub const MAX_PASSWORD_OCTETS: usize = 1024;
/// The most repetitions of one derivation: under a second of work, and ten times what we write.
const MAX_ITERATIONS: u32 = 1_000_000;
/// The most repetitions for a whole container, counted by block of output.
const MAX_ALL_ITERATIONS: u32 = 8_000_000;
/// The longest salt, in octets.
const MAX_SALT_OCTETS: usize = 128;
/// The most bags, which is to say certificates, that a container may have.
const MAX_BAGS: usize = 32;

/// What we write: strangers read any number, and each costs who guesses as much as it costs us.
const WRITTEN_ITERATIONS: u32 = 100_000;
const WRITTEN_SALT_OCTETS: usize = 16;
/// The version of RFC 7292.
const PFX_VERSION: u8 = 3;

/// A password, wiped when dropped and never shown.
pub struct Password(Zeroizing<String>);

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// It could not be read.
    #[error("reading the password")]
    Read(#[from] io::Error),
    /// It is longer than any that is taken.
    #[error("the password is longer than {MAX_PASSWORD_OCTETS} octets")]
    TooLong,
}

impl Password {
    /// The first and only line of what is read: a line break at its end does not belong to it.
    ///
    /// # Errors
    /// [`PasswordError`], also where the text is not UTF-8.
    pub fn read(from: impl io::Read) -> Result<Self, PasswordError> {
        // So much is reserved that reading never moves the text to another place.
        let most = MAX_PASSWORD_OCTETS + "\r\n".len() + 1;
        let mut text = Zeroizing::new(String::with_capacity(2 * most));
        from.take(most as u64).read_to_string(&mut text)?;
        let end = text.trim_end_matches('\n').trim_end_matches('\r').len();
        text.truncate(end);
        if end > MAX_PASSWORD_OCTETS { Err(PasswordError::TooLong) } else { Ok(Self(text)) }
    }

    /// The same, from a file that holds nothing else.
    ///
    /// # Errors
    /// As [`Password::read`].
    pub fn of_file(path: impl AsRef<Path>) -> Result<Self, PasswordError> {
        Self::read(File::open(path)?)
    }

    /// The secret text, for the one who keeps the key.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }

    /// As RFC 7292, B.1 has it: two octets for each character, and two zeros at the end.
    fn characters(&self) -> Zeroizing<Vec<u8>> {
        let mut octets = Zeroizing::new(Vec::with_capacity(2 * self.0.len() + 2));
        octets.extend(self.0.encode_utf16().chain([0]).flat_map(u16::to_be_bytes));
        octets
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Why octets are no key container that may be used, or why none could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContainerError {
    /// Longer than any container.
    #[error("the key container is longer than {MAX_CONTAINER_OCTETS} octets")]
    TooLong,
    /// No container of version 3, cut off, or with something after its end.
    #[error("the key container is malformed")]
    Malformed,
    /// Nothing says that the password is right and the container whole.
    #[error("the key container has no MAC")]
    NoMac,
    /// Another algorithm than the national CA's containers have.
    #[error("the key container uses the algorithm {0}, which those of the national CA do not")]
    Algorithm(ObjectIdentifier),
    /// The password would have to be worked on without an end, or hardly at all.
    #[error("the key container asks for {0} repetitions")]
    Iterations(u32),
    /// The password is wrong, or the container has been changed; the two cannot be told apart.
    #[error("the password is wrong, or the key container is damaged")]
    Password,
    /// Something that is neither a key nor a certificate.
    #[error("the key container holds something of the kind {0}")]
    Foreign(ObjectIdentifier),
    /// There is no private key, or more than one.
    #[error("the key container holds {0} private keys, not one")]
    Keys(usize),
    /// More than belongs to one key.
    #[error("the key container holds more than {MAX_BAGS} things")]
    TooMany,
    /// A certificate in it is none.
    #[error("a certificate in the key container: {0}")]
    Certificate(#[from] CertificateError),
    /// The key is not PKCS #8 in PEM.
    #[error("the private key is not in PKCS #8")]
    Key,
    /// The library gave no randomness.
    #[error("no randomness for the key container")]
    Randomness,
}

impl From<der::Error> for ContainerError {
    fn from(_: der::Error) -> Self {
        Self::Malformed
    }
}

impl From<ber::Malformed> for ContainerError {
    fn from(_: ber::Malformed) -> Self {
        Self::Malformed
    }
}

/// A private key and the certificates that came with it, wiped when dropped.
pub struct Container {
    /// PKCS #8, DER.
    key: Zeroizing<Vec<u8>>,
    key_algorithm: ObjectIdentifier,
    certificates: Vec<Certificate>,
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Container").field("certificates", &self.certificates).finish_non_exhaustive()
    }
}

#[derive(Sequence)]
struct Pfx<'a> {
    version: u8,
    contents: ContentInfo<'a>,
    mac: Option<MacData<'a>>,
}

#[derive(Sequence)]
struct ContentInfo<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: AnyRef<'a>,
}

#[derive(Sequence)]
struct MacData<'a> {
    mac: DigestInfo<'a>,
    salt: &'a OctetStringRef,
    #[asn1(default = "once")]
    iterations: u32,
}

/// RFC 7292 lets the number be left out where it is one.
fn once() -> u32 {
    1
}

#[derive(Sequence)]
struct DigestInfo<'a> {
    algorithm: Algorithm<'a>,
    digest: &'a OctetStringRef,
}

#[derive(Sequence)]
struct Algorithm<'a> {
    oid: ObjectIdentifier,
    parameters: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct EncryptedData<'a> {
    version: u8,
    content: EncryptedContent<'a>,
}

#[derive(Sequence)]
struct EncryptedContent<'a> {
    kind: ObjectIdentifier,
    algorithm: Algorithm<'a>,
    /// `[0] IMPLICIT OCTET STRING`, in BER perhaps in pieces.
    content: AnyRef<'a>,
}

#[derive(Sequence)]
struct EncryptedKey<'a> {
    algorithm: Algorithm<'a>,
    key: &'a OctetStringRef,
}

#[derive(Sequence)]
struct PasswordParameters<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
}

#[derive(Sequence)]
struct Bag<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: AnyRef<'a>,
    /// Names and numbers by which programs find the key: which certificate is its own follows from the keys.
    attributes: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct CertificateBag<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    certificate: &'a OctetStringRef,
}

#[derive(Sequence)]
struct Attribute<'a> {
    kind: ObjectIdentifier,
    values: AnyRef<'a>,
}

/// A cipher of the format, each with the digest SHA-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cipher {
    TripleDes,
    Rc2,
}

impl Cipher {
    const BLOCK_OCTETS: usize = 8;

    fn of(algorithm: ObjectIdentifier) -> Result<Self, ContainerError> {
        match algorithm {
            oid::PBE_SHA1_TRIPLE_DES => Ok(Self::TripleDes),
            oid::PBE_SHA1_RC2_40 => Ok(Self::Rc2),
            other => Err(ContainerError::Algorithm(other)),
        }
    }

    fn oid(self) -> ObjectIdentifier {
        match self {
            Self::TripleDes => oid::PBE_SHA1_TRIPLE_DES,
            Self::Rc2 => oid::PBE_SHA1_RC2_40,
        }
    }

    fn key_octets(self) -> usize {
        match self {
            Self::TripleDes => 24,
            Self::Rc2 => 5,
        }
    }
}

/// What a password's secrets are for (RFC 7292, B.3).
#[derive(Debug, Clone, Copy)]
enum Use {
    Key = 1,
    Vector = 2,
    Mac = 3,
}

/// A password at work on one container.
struct Unlocking {
    password: Zeroizing<Vec<u8>>,
    /// Repetitions that the container may still ask for.
    left: u32,
}

impl Unlocking {
    fn with(password: &Password) -> Self {
        Self { password: password.characters(), left: MAX_ALL_ITERATIONS }
    }

    /// RFC 7292, B.2, with SHA-1.
    fn derive(
        &mut self,
        purpose: Use,
        salt: &[u8],
        iterations: u32,
        octets: usize,
    ) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
        const BLOCK: usize = 64;
        if iterations == 0 || iterations > MAX_ITERATIONS {
            return Err(ContainerError::Iterations(iterations));
        }
        if salt.len() > MAX_SALT_OCTETS {
            return Err(ContainerError::Malformed);
        }
        let repeated = |octets: &[u8]| octets.len().next_multiple_of(BLOCK);
        let mut input = Zeroizing::new(Vec::with_capacity(repeated(salt) + repeated(&self.password)));
        for part in [salt, self.password.as_slice()] {
            input.extend(part.iter().cycle().take(repeated(part)));
        }
        let mut derived = Zeroizing::new(Vec::with_capacity(octets + SHA1_OUTPUT_LEN));
        while derived.len() < octets {
            self.left = self.left.checked_sub(iterations).ok_or(ContainerError::Iterations(iterations))?;
            let mut context = digest::Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
            context.update(&[purpose as u8; BLOCK]);
            context.update(&input);
            let mut block = Zeroizing::new([0; SHA1_OUTPUT_LEN]);
            block.copy_from_slice(context.finish().as_ref());
            for _ in 1..iterations {
                let next = digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, &*block);
                block.copy_from_slice(next.as_ref());
            }
            derived.extend_from_slice(&*block);
            for chunk in input.chunks_mut(BLOCK) {
                let mut carry = 1_u16;
                for (place, octet) in chunk.iter_mut().enumerate().rev() {
                    let sum = u16::from(*octet) + u16::from(block[place % SHA1_OUTPUT_LEN]) + carry;
                    [_, *octet] = sum.to_be_bytes();
                    carry = sum >> 8;
                }
            }
        }
        derived.truncate(octets);
        Ok(derived)
    }

    fn mac_key(&mut self, salt: &[u8], iterations: u32) -> Result<hmac::Key, ContainerError> {
        let key = self.derive(Use::Mac, salt, iterations, SHA1_OUTPUT_LEN)?;
        Ok(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key))
    }

    fn decrypt(
        &mut self,
        algorithm: &Algorithm<'_>,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
        let cipher = Cipher::of(algorithm.oid)?;
        let parameters = algorithm.parameters.ok_or(ContainerError::Malformed)?;
        let PasswordParameters { salt, iterations } = parameters.decode_as()?;
        let key = self.derive(Use::Key, salt.as_bytes(), iterations, cipher.key_octets())?;
        let vector = self.derive(Use::Vector, salt.as_bytes(), iterations, Cipher::BLOCK_OCTETS)?;
        match cipher {
            Cipher::TripleDes => decrypt::<TdesEde3>(&key, &vector, ciphertext),
            Cipher::Rc2 => decrypt::<Rc2>(&key, &vector, ciphertext),
        }
    }

    fn encrypt(
        &mut self,
        cipher: Cipher,
        salt: &[u8],
        plaintext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
        let key = self.derive(Use::Key, salt, WRITTEN_ITERATIONS, cipher.key_octets())?;
        let vector = self.derive(Use::Vector, salt, WRITTEN_ITERATIONS, Cipher::BLOCK_OCTETS)?;
        match cipher {
            Cipher::TripleDes => encrypt::<TdesEde3>(&key, &vector, plaintext),
            Cipher::Rc2 => encrypt::<Rc2>(&key, &vector, plaintext),
        }
    }
}

fn decrypt<C: KeyInit + BlockCipherDecrypt>(
    key: &[u8],
    vector: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
    let cipher = cbc::Decryptor::<C>::new_from_slices(key, vector).map_err(|_| ContainerError::Malformed)?;
    let mut text = Zeroizing::new(ciphertext.to_vec());
    let length = cipher.decrypt_padded::<Pkcs7>(&mut text).map_err(|_| ContainerError::Malformed)?.len();
    text.truncate(length);
    Ok(text)
}

fn encrypt<C: KeyInit + BlockCipherEncrypt>(
    key: &[u8],
    vector: &[u8],
    plaintext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
    let cipher = cbc::Encryptor::<C>::new_from_slices(key, vector).map_err(|_| ContainerError::Malformed)?;
    let mut text = Zeroizing::new(Vec::with_capacity(plaintext.len() + Cipher::BLOCK_OCTETS));
    text.extend_from_slice(plaintext);
    text.resize(plaintext.len() + Cipher::BLOCK_OCTETS, 0);
    let length = cipher
        .encrypt_padded::<Pkcs7>(&mut text, plaintext.len())
        .map_err(|_| ContainerError::Malformed)?
        .len();
    text.truncate(length);
    Ok(text)
}

/// What has been found in a container so far.
#[derive(Default)]
struct Found {
    keys: Vec<Zeroizing<Vec<u8>>>,
    certificates: Vec<Certificate>,
}

impl Found {
    /// Takes up the bags of one SafeContents.
    fn take_up(&mut self, contents: &[u8], unlocking: &mut Unlocking) -> Result<(), ContainerError> {
        let contents = ber::to_der(contents)?;
        for bag in Vec::<Bag<'_>>::from_der(&contents)? {
            if self.keys.len() + self.certificates.len() == MAX_BAGS {
                return Err(ContainerError::TooMany);
            }
            match bag.kind {
                oid::SHROUDED_KEY_BAG => {
                    let key: EncryptedKey<'_> = bag.value.decode_as()?;
                    self.keys.push(unlocking.decrypt(&key.algorithm, key.key.as_bytes())?);
                }
                oid::CERTIFICATE_BAG => {
                    let certificate: CertificateBag<'_> = bag.value.decode_as()?;
                    if certificate.kind != oid::X509_CERTIFICATE {
                        return Err(ContainerError::Foreign(certificate.kind));
                    }
                    self.certificates.push(Certificate::from_der(certificate.certificate.as_bytes())?);
                }
                other => return Err(ContainerError::Foreign(other)),
            }
        }
        Ok(())
    }
}

impl Container {
    /// Opens a container. The MAC comes before everything: nothing under it is looked at by who has not the password.
    ///
    /// # Errors
    /// [`ContainerError`].
    pub fn read(octets: &[u8], password: &Password) -> Result<Self, ContainerError> {
        if octets.len() > MAX_CONTAINER_OCTETS {
            return Err(ContainerError::TooLong);
        }
        let outside = ber::to_der(octets)?;
        let pfx = Pfx::from_der(&outside)?;
        if pfx.version != PFX_VERSION {
            return Err(ContainerError::Malformed);
        }
        // The other kind is signed for a recipient's key instead of a password.
        if pfx.contents.kind != oid::CONTENT_DATA {
            return Err(ContainerError::Algorithm(pfx.contents.kind));
        }
        let authenticated: &OctetStringRef = pfx.contents.content.decode_as()?;
        let mac = pfx.mac.ok_or(ContainerError::NoMac)?;
        if mac.mac.algorithm.oid != oid::SHA1 {
            return Err(ContainerError::Algorithm(mac.mac.algorithm.oid));
        }
        let mut unlocking = Unlocking::with(password);
        let key = unlocking.mac_key(mac.salt.as_bytes(), mac.iterations)?;
        // In constant time.
        hmac::verify(&key, authenticated.as_bytes(), mac.mac.digest.as_bytes())
            .map_err(|_| ContainerError::Password)?;

        let contents = ber::to_der(authenticated.as_bytes())?;
        let contents = Vec::<ContentInfo<'_>>::from_der(&contents)?;
        if contents.len() > MAX_BAGS {
            return Err(ContainerError::TooMany);
        }
        let mut found = Found::default();
        for info in contents {
            match info.kind {
                oid::CONTENT_DATA => {
                    let bags: &OctetStringRef = info.content.decode_as()?;
                    found.take_up(bags.as_bytes(), &mut unlocking)?;
                }
                oid::CONTENT_ENCRYPTED => {
                    let EncryptedData { version: 0, content } = info.content.decode_as()? else {
                        return Err(ContainerError::Malformed);
                    };
                    if content.kind != oid::CONTENT_DATA {
                        return Err(ContainerError::Foreign(content.kind));
                    }
                    let bags = unlocking.decrypt(&content.algorithm, &in_one_piece(content.content)?)?;
                    found.take_up(&bags, &mut unlocking)?;
                }
                other => return Err(ContainerError::Foreign(other)),
            }
        }
        let many = found.keys.len();
        match <[_; 1]>::try_from(found.keys) {
            Ok([key]) => Self::of_parts(key, found.certificates),
            Err(_) => Err(ContainerError::Keys(many)),
        }
    }

    /// Puts a key (PKCS #8 in PEM) and its certificates together, the key's own certificate first.
    ///
    /// # Errors
    /// [`ContainerError::Key`] where the text is no such key, [`ContainerError::TooMany`] for too many certificates.
    pub fn of(key_pem: &str, certificates: Vec<Certificate>) -> Result<Self, ContainerError> {
        let (label, key) = SecretDocument::from_pem(key_pem.trim()).map_err(|_| ContainerError::Key)?;
        if label != PKCS8_LABEL {
            return Err(ContainerError::Key);
        }
        if certificates.len() >= MAX_BAGS {
            return Err(ContainerError::TooMany);
        }
        Self::of_parts(Zeroizing::new(key.as_bytes().to_vec()), certificates)
    }

    fn of_parts(key: Zeroizing<Vec<u8>>, certificates: Vec<Certificate>) -> Result<Self, ContainerError> {
        let key_algorithm = key_algorithm(&key).map_err(|_| ContainerError::Key)?;
        Ok(Self { key, key_algorithm, certificates })
    }

    /// The algorithm that the key names.
    pub fn key_algorithm(&self) -> ObjectIdentifier {
        self.key_algorithm
    }

    /// The certificates in the container's order.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The key as PKCS #8 in PEM.
    ///
    /// # Errors
    /// [`ContainerError::Key`] where it cannot be written.
    pub fn key_pem(&self) -> Result<Zeroizing<String>, ContainerError> {
        let document = SecretDocument::try_from(self.key.as_slice()).map_err(|_| ContainerError::Key)?;
        document.to_pem(PKCS8_LABEL, der::pem::LineEnding::LF).map_err(|_| ContainerError::Key)
    }

    /// The key with the one of the certificates that is its own.
    ///
    /// # Errors
    /// [`LoadError`]: the key is of no known kind, or none of the certificates is its own.
    pub fn signer(&self) -> Result<FileSigner, LoadError> {
        let key_pem = self.key_pem().map_err(|_| LoadError::Key)?;
        for certificate in &self.certificates {
            match FileSigner::from_pem(&key_pem, &certificate.to_pem()) {
                Err(LoadError::Mismatch) => {}
                loaded => return loaded,
            }
        }
        Err(LoadError::Mismatch)
    }

    /// Writes the container under a password.
    ///
    /// # Errors
    /// [`ContainerError::Randomness`]; [`ContainerError::Malformed`] where a part cannot be written.
    pub fn write(&self, password: &Password) -> Result<Vec<u8>, ContainerError> {
        let mut unlocking = Unlocking::with(password);
        let mut content = Vec::new();
        if let Some(own) = self.certificates.first() {
            let names = local_key_id(own)?;
            let bags = self.certificates.iter().enumerate().map(|(place, certificate)| {
                let certificate = CertificateBag {
                    kind: oid::X509_CERTIFICATE,
                    certificate: OctetStringRef::new(certificate.der())?,
                };
                let names = (place == 0).then_some(names.as_slice());
                bag(oid::CERTIFICATE_BAG, &certificate.to_der()?, names)
            });
            let bags = bags.collect::<Result<Vec<_>, _>>()?.to_der_sequence()?;
            let salt = salt()?;
            let bags = unlocking.encrypt(Cipher::Rc2, &salt, &bags)?;
            let parameters = parameters(&salt)?;
            let encrypted = EncryptedData {
                version: 0,
                content: EncryptedContent {
                    kind: oid::CONTENT_DATA,
                    algorithm: Cipher::Rc2.algorithm(&parameters)?,
                    content: AnyRef::new(ENCRYPTED_CONTENT, &bags)?,
                },
            };
            content.push(content_info(oid::CONTENT_ENCRYPTED, &encrypted.to_der()?)?);
        }
        let salt_of_key = salt()?;
        let encrypted = unlocking.encrypt(Cipher::TripleDes, &salt_of_key, &self.key)?;
        let parameters = parameters(&salt_of_key)?;
        let key = EncryptedKey {
            algorithm: Cipher::TripleDes.algorithm(&parameters)?,
            key: OctetStringRef::new(&encrypted)?,
        };
        let names = self.certificates.first().map(local_key_id).transpose()?;
        let bags = [bag(oid::SHROUDED_KEY_BAG, &key.to_der()?, names.as_deref())?].to_der_sequence()?;
        content.push(content_info(oid::CONTENT_DATA, &OctetStringRef::new(&bags)?.to_der()?)?);

        let authenticated = content.to_der_sequence()?;
        let salt = salt()?;
        let mac_key = unlocking.mac_key(&salt, WRITTEN_ITERATIONS)?;
        let digest = hmac::sign(&mac_key, &authenticated);
        let authenticated = OctetStringRef::new(&authenticated)?.to_der()?;
        let algorithm = Algorithm { oid: oid::SHA1, parameters: Some(AnyRef::NULL) };
        let pfx = Pfx {
            version: PFX_VERSION,
            contents: ContentInfo { kind: oid::CONTENT_DATA, content: AnyRef::from_der(&authenticated)? },
            mac: Some(MacData {
                mac: DigestInfo { algorithm, digest: OctetStringRef::new(digest.as_ref())? },
                salt: OctetStringRef::new(&salt)?,
                iterations: WRITTEN_ITERATIONS,
            }),
        };
        Ok(pfx.to_der()?)
    }
}

impl Cipher {
    fn algorithm(self, parameters: &[u8]) -> Result<Algorithm<'_>, ContainerError> {
        Ok(Algorithm { oid: self.oid(), parameters: Some(AnyRef::from_der(parameters)?) })
    }
}

/// The label of PKCS #8 in PEM.
const PKCS8_LABEL: &str = "PRIVATE KEY";

/// `[0]`, where it stands in for the tag of an octet string.
const ENCRYPTED_CONTENT: Tag = Tag::ContextSpecific { constructed: false, number: TagNumber(0) };

/// Elements already in DER as one SEQUENCE.
trait ToDerSequence {
    fn to_der_sequence(&self) -> Result<Vec<u8>, der::Error>;
}

impl ToDerSequence for [Vec<u8>] {
    fn to_der_sequence(&self) -> Result<Vec<u8>, der::Error> {
        AnyRef::new(Tag::Sequence, &self.concat())?.to_der()
    }
}

fn content_info(kind: ObjectIdentifier, content: &[u8]) -> Result<Vec<u8>, der::Error> {
    ContentInfo { kind, content: AnyRef::from_der(content)? }.to_der()
}

fn bag(kind: ObjectIdentifier, value: &[u8], attributes: Option<&[u8]>) -> Result<Vec<u8>, der::Error> {
    let attributes = attributes.map(|attributes| AnyRef::new(Tag::Set, attributes)).transpose()?;
    Bag { kind, value: AnyRef::from_der(value)?, attributes }.to_der()
}

/// How programs find the key's own certificate among the others: both bags carry one and the same number.
fn local_key_id(own: &Certificate) -> Result<Vec<u8>, der::Error> {
    let number = own.sha256();
    let number = OctetStringRef::new(&number[..SHA1_OUTPUT_LEN])?.to_der()?;
    Attribute { kind: oid::LOCAL_KEY_ID, values: AnyRef::new(Tag::Set, &number)? }.to_der()
}

fn salt() -> Result<[u8; WRITTEN_SALT_OCTETS], ContainerError> {
    let mut salt = [0; WRITTEN_SALT_OCTETS];
    rand::fill(&mut salt).map_err(|_| ContainerError::Randomness)?;
    Ok(salt)
}

fn parameters(salt: &[u8]) -> Result<Vec<u8>, der::Error> {
    PasswordParameters { salt: OctetStringRef::new(salt)?, iterations: WRITTEN_ITERATIONS }.to_der()
}

/// The octets of `[0] IMPLICIT OCTET STRING`, whole or in pieces.
fn in_one_piece(content: AnyRef<'_>) -> Result<Vec<u8>, ContainerError> {
    match content.tag() {
        ENCRYPTED_CONTENT => Ok(content.value().to_vec()),
        Tag::ContextSpecific { constructed: true, number: TagNumber(0) } => {
            let mut whole = Vec::with_capacity(content.value().len());
            let mut reader = SliceReader::new(content.value())?;
            while !reader.is_finished() {
                whole.extend_from_slice(<&OctetStringRef>::decode(&mut reader)?.as_bytes());
            }
            Ok(whole)
        }
        _ => Err(ContainerError::Malformed),
    }
}

/// The algorithm that a key in PKCS #8 names; the rest of it is only seen to be there.
fn key_algorithm(pkcs8: &[u8]) -> Result<ObjectIdentifier, der::Error> {
    let whole = AnyRef::from_der(pkcs8)?;
    whole.tag().assert_eq(Tag::Sequence)?;
    let mut reader = SliceReader::new(whole.value())?;
    u8::decode(&mut reader)?;
    let algorithm = Algorithm::decode(&mut reader)?;
    <&OctetStringRef>::decode(&mut reader)?;
    Ok(algorithm.oid)
}
