//! A key that never leaves its token: signing through PKCS #11 (a card, a module, SoftHSM).
//!
//! RSA and ECDSA on P-256; the digest of ECDSA is made here, so that every token's plain ECDSA serves. Sessions are
//! kept and, after a failure, all given up and opened anew: that is how a token looks that was away. What a token signs
//! is compared with the certificate's key before it leaves.
//! Source: PKCS #11 2.40 (OASIS).

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;

use crate::certificate::Certificate;
use crate::container::Password;
use crate::signer::{Signer, SigningFailed};
use crate::suite::{SignatureSuite, SuiteId, suite, suite_of};

/// Sessions that wait for the next signature; tokens have few.
const MAX_IDLE_SESSIONS: usize = 8;

/// Where a key is.
#[derive(Debug)]
pub struct TokenKey {
    /// The library of the token's maker.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// The private key's label.
    pub key: String,
    /// The user's PIN.
    pub pin: Password,
}

/// Why a token does not sign.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The library, the token or its answer.
    #[error("the token: {0}")]
    Token(#[from] Error),
    /// No token of that label is there at present.
    #[error("no token is labelled {0}")]
    NoToken(String),
    /// The token has no private key of that label, or several.
    #[error("the token has {1} private keys labelled {0}, not one")]
    Keys(String, usize),
    /// The token refused the PIN. It is not tried again: after a few times a token locks itself.
    #[error("the token refused the PIN")]
    Pin,
    /// The certificate's key is of a kind that tokens do not sign with here.
    #[error("tokens sign with RSA and P-256 only")]
    Suite,
    /// The signature is not one of the certificate's key.
    #[error("the token's key does not belong to the certificate")]
    Mismatch,
}

/// Signs with a key in a token.
pub struct TokenSigner {
    certificate: Certificate,
    suite: &'static dyn SignatureSuite,
    place: TokenKey,
    module: Pkcs11,
    idle: Mutex<Vec<(Session, ObjectHandle)>>,
    pin_refused: AtomicBool,
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSigner").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

/// The libraries in use: each may be begun once in a process, and is never ended, because others may be using it.
static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

fn module(path: &Path) -> Result<Pkcs11, Error> {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = modules.get(path) {
        return Ok(module.clone());
    }
    let module = Pkcs11::new(path)?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // Somebody else in this process began it, under another path.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(error),
    }
    modules.insert(path.to_owned(), module.clone());
    Ok(module)
}

impl TokenSigner {
    /// Opens the token and has it sign something, so that what it holds is known to be the certificate's key.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn open(place: TokenKey, certificate: Certificate) -> Result<Self, TokenError> {
        let suite = suite_of(&certificate).map_err(|_| TokenError::Suite)?;
        let signer = Self {
            module: module(&place.module)?,
            certificate,
            suite,
            place,
            idle: Mutex::default(),
            pin_refused: AtomicBool::new(false),
        };
        signer.try_sign(b"is this the certificate's key?")?;
        Ok(signer)
    }

    /// Signs, with the cause where that fails.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn try_sign(&self, octets: &[u8]) -> Result<Vec<u8>, TokenError> {
        let kept = self.idle().pop();
        let signed = match kept {
            Some(kept) => self.sign_in(kept, octets).or_else(|_| {
                // The token was away, and took all sessions with it.
                self.idle().clear();
                self.sign_in(self.session()?, octets)
            }),
            None => self.session().and_then(|session| self.sign_in(session, octets)),
        }?;
        let key = self.certificate.public_key();
        self.suite.verify(key, octets, &signed).map_err(|_| TokenError::Mismatch)?;
        Ok(signed)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Session, ObjectHandle)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign_in(&self, (session, key): (Session, ObjectHandle), octets: &[u8]) -> Result<Vec<u8>, TokenError> {
        let signed = match self.suite.id() {
            SuiteId::Rsa2048 => session.sign(&Mechanism::Sha256RsaPkcs, key, octets),
            SuiteId::P256 => session.sign(&Mechanism::Ecdsa, key, &suite(SuiteId::P256).digest(octets)),
            // The national suites: no token that is known has their keys.
            _ => return Err(TokenError::Suite),
        }?;
        let mut idle = self.idle();
        if idle.len() < MAX_IDLE_SESSIONS {
            idle.push((session, key));
        }
        Ok(signed)
    }

    fn session(&self) -> Result<(Session, ObjectHandle), TokenError> {
        if self.pin_refused.load(Ordering::Relaxed) {
            return Err(TokenError::Pin);
        }
        let mut slot = None;
        for candidate in self.module.get_slots_with_token()? {
            // A slot whose token has just gone says so; it is not the one.
            let found = self.module.get_token_info(candidate);
            if found.is_ok_and(|token| token.label().trim_end() == self.place.token) {
                slot = Some(candidate);
            }
        }
        let slot = slot.ok_or_else(|| TokenError::NoToken(self.place.token.clone()))?;
        let session = self.module.open_ro_session(slot)?;
        let pin = AuthPin::from(self.place.pin.expose_secret());
        match session.login(UserType::User, Some(&pin)) {
            // Being logged in belongs to the process, not to the session.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinLocked | RvError::PinLenRange, _)) => {
                self.pin_refused.store(true, Ordering::Relaxed);
                return Err(TokenError::Pin);
            }
            Err(error) => return Err(error.into()),
        }
        let wanted = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Label(self.place.key.clone().into_bytes()),
        ];
        let keys = session.find_objects(&wanted)?;
        match keys.as_slice() {
            [key] => Ok((session, *key)),
            keys => Err(TokenError::Keys(self.place.key.clone(), keys.len())),
        }
    }
}

impl Signer for TokenSigner {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn suite(&self) -> &'static dyn SignatureSuite {
        self.suite
    }

    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        self.try_sign(octets).map_err(|_| SigningFailed)
    }
}
