//! The keys that open confidential data: a folder of certificates of the national CA, each with its private key.
//!
//! `NAME.pem` and `NAME.key` belong together; where the key is a signer's, the signer's socket `NAME.socket` stands in the
//! place of `NAME.key`. The newest certificate that counts is the present one: new data keys are
//! wrapped for it. The others only open what was wrapped for them, until a rotation has wrapped it anew. The folder is
//! read whenever a key is asked for, so that a new pair is found by the running gateway without a restart.
//!
//! How a key is wrapped is in `pki`, what it seals in `store`. Source: Instruction № 491, cl. 20(1).

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use participant::Host;
use participant::signing::process::open_key;
use pki::{Certificate, FileSigner, KeyUse, Purpose, Signer as _, TrustError, UnwrapError, wrap_key};
use store::{KeyHolder, KeyNotHeld, WrappedKey};
use terms::Entropy;
use zeroize::Zeroizing;

/// How many files of the folder are looked at; a gateway has a new pair in a year or two.
const MOST_FILES: usize = 1000;

/// The folder of pairs.
pub(crate) struct ConfidentialKeys {
    pub(crate) host: Arc<Host>,
    pub(crate) folder: PathBuf,
}

struct Pair {
    certificate: Certificate,
    path: PathBuf,
}

impl ConfidentialKeys {
    fn pairs(&self) -> Result<Vec<Pair>, KeyNotHeld> {
        let unreadable =
            |error| KeyNotHeld(format!("the folder {} cannot be read: {error}", self.folder.display()));
        let mut pairs = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(unreadable)?.take(MOST_FILES) {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_none_or(|extension| extension != "pem") {
                continue;
            }
            let certificate = fs::read_to_string(&path).ok().and_then(|pem| Certificate::from_pem(&pem).ok());
            match certificate {
                Some(certificate) => pairs.push(Pair { certificate, path }),
                None => tracing::warn!(event = "not-a-certificate", file = %path.display()),
            }
        }
        Ok(pairs)
    }

    /// Why a certificate is not one to wrap keys for now.
    fn objection(&self, certificate: &Certificate) -> Option<String> {
        let now = self.host.now();
        let bin = certificate.subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
        if bin != Some(self.host.bin) {
            return Some(format!("is not of the organisation {}", self.host.bin));
        }
        if !certificate.allows(KeyUse::KeyAgreement) {
            return Some("is not for agreeing on keys: it takes a GOST key with that usage".to_owned());
        }
        let trust = &self.host.trust;
        if let Err(error) = trust.check_without_revocation(certificate, Purpose::MessageSigning, now) {
            return Some(error.to_string());
        }
        // Without a list in force there is nothing to say of revocation, and nobody else to ask: the key is our own.
        match trust.check(certificate, Purpose::MessageSigning, now) {
            Err(error @ TrustError::Revoked { .. }) => Some(error.to_string()),
            _ => None,
        }
    }

    fn present(&self) -> Result<Pair, KeyNotHeld> {
        let mut objections = Vec::new();
        let mut best: Option<Pair> = None;
        for pair in self.pairs()? {
            if let Some(objection) = self.objection(&pair.certificate) {
                objections.push(format!("; {} {objection}", pair.path.display()));
            } else if best.as_ref().is_none_or(|best| is_newer(&pair, best)) {
                best = Some(pair);
            }
        }
        best.ok_or_else(|| {
            KeyNotHeld(format!(
                "put a certificate of the national CA with a GOST key and the usage keyAgreement, and its key, into {} \
                 as NAME.pem and NAME.key{}",
                self.folder.display(),
                objections.concat()
            ))
        })
    }
}

/// By the beginning of validity; of two at the same moment, always the same one.
fn is_newer(one: &Pair, other: &Pair) -> bool {
    let rank = |pair: &Pair| (pair.certificate.not_before(), pair.certificate.sha256());
    rank(one) > rank(other)
}

impl KeyHolder for ConfidentialKeys {
    fn wrap(&self, purpose: &[u8], key: &[u8]) -> Result<WrappedKey, KeyNotHeld> {
        let pair = self.present()?;
        let holder = load(&pair)?;
        let octets = wrap_key(&pair.certificate, purpose, key)
            .map_err(|error| KeyNotHeld(format!("{}: {error}", pair.path.display())))?;
        // What nobody could open again is not kept.
        let opened = holder.unwrap_key(&pair.certificate, purpose, &octets);
        match opened {
            Ok(opened) if *opened == key => {}
            Ok(_) => return Err(KeyNotHeld(format!("{}: another key came back", pair.path.display()))),
            Err(error) => return Err(KeyNotHeld(format!("{}: {error}", pair.path.display()))),
        }
        Ok(WrappedKey { certificate: pair.certificate.sha256(), octets })
    }

    fn unwrap(&self, purpose: &[u8], wrapped: &WrappedKey) -> Result<Zeroizing<Vec<u8>>, KeyNotHeld> {
        let pair = self.pairs()?.into_iter().find(|pair| pair.certificate.sha256() == wrapped.certificate);
        let pair = pair.ok_or_else(|| {
            KeyNotHeld(format!(
                "it is wrapped for the certificate with the SHA-256 {}: put that certificate and its key into {}",
                hex::encode(wrapped.certificate),
                self.folder.display()
            ))
        })?;
        let opened = load(&pair)?.unwrap_key(&pair.certificate, purpose, &wrapped.octets);
        opened.map_err(|error| KeyNotHeld(format!("{}: {error}", pair.path.display())))
    }
}

/// Who has a pair's private key.
enum Holder {
    Here(FileSigner),
    Signer(PathBuf),
}

impl Holder {
    fn unwrap_key(
        &self,
        certificate: &Certificate,
        purpose: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        match self {
            Self::Here(signer) => signer.unwrap_key(purpose, wrapped),
            Self::Signer(socket) => open_key(socket, certificate, purpose, wrapped),
        }
    }
}

fn load(pair: &Pair) -> Result<Holder, KeyNotHeld> {
    let (key, socket) = (pair.path.with_extension("key"), pair.path.with_extension("socket"));
    // A key in the folder comes first: nobody else need be asked.
    if !key.exists() && fs::symlink_metadata(&socket).is_ok() {
        return Ok(Holder::Signer(socket));
    }
    let signer = FileSigner::load(key.clone(), pair.path.clone());
    signer.map(Holder::Here).map_err(|error| {
        KeyNotHeld(format!(
            "put its key beside it as {}, or start the signer that has it at {}: {error}",
            key.display(),
            socket.display()
        ))
    })
}

/// The host's randomness, for keys and nonces.
pub(crate) struct HostEntropy(pub(crate) Arc<Host>);

impl Entropy for HostEntropy {
    fn fill(&mut self, buffer: &mut [u8]) {
        self.0.draw(|entropy| entropy.fill(buffer));
    }
}
