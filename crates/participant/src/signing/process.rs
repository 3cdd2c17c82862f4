//! The signer: a process that holds a key, and does with it what its configuration offers: signs, or opens keys that were
//! wrapped for its certificate. Nothing else is answered.
//!
//! A request names the certificate by its SHA-256, says what is asked for and carries the octets to sign, or the purpose
//! and the wrapped key; an answer carries the signature or the key, or why there is none. While a key is renewed the old
//! one still serves those who have not taken up the new certificate.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use arc_swap::ArcSwap;
use pki::{Certificate, Signer as _, UnwrapError};
use serde::Deserialize;
use transport::{LocalClient, LocalListener};
use zeroize::Zeroizing;

use super::{NotSigned, PROCESS_LIMIT, SigningKey, aside, watched};
use crate::config::Signing;
use crate::serve::Shutdown;

/// How often the files of the key are looked at.
const FILES_EVERY: Duration = Duration::from_secs(5);
/// The key in force and those before it that still serve.
const MAX_KEYS: usize = 3;
const NAME_OCTETS: usize = 32;

/// The longest purpose of a wrapped key.
const MAX_PURPOSE_OCTETS: usize = 256;

/// What is asked for.
const SIGN: u8 = 1;
const OPEN_KEY: u8 = 2;

/// What an answer begins with.
const DONE: u8 = 0;
const ANOTHER_KEY: u8 = 1;
const FAILED: u8 = 2;
const NOT_OFFERED: u8 = 3;
const MALFORMED: u8 = 4;
const OTHER_KIND: u8 = 5;
const MISMATCH: u8 = 6;

/// What a signer does with its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offer {
    /// It signs.
    Sign,
    /// It opens keys that were wrapped for its certificate.
    OpenKeys,
}

fn only_sign() -> Vec<Offer> {
    vec![Offer::Sign]
}

/// The configuration file of a signer: TOML, paths relative to the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerConfig {
    /// Its name in logs.
    pub name: String,
    /// Where it listens.
    pub socket: PathBuf,
    /// The numbers of the users that may ask, beside its own.
    #[serde(default)]
    pub callers: Vec<u32>,
    /// What it does: to sign is the default. A key that opens the keys of confidential data need not sign.
    #[serde(default = "only_sign")]
    pub offers: Vec<Offer>,
    /// Its key; not one in yet another process.
    pub signing: Signing,
    /// What to log, as everywhere.
    #[serde(default = "crate::config::default_log")]
    pub log: String,
    #[serde(skip)]
    folder: PathBuf,
}

impl SignerConfig {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// Where the file cannot be read or has an unknown key.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let mut config: Self = toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        config.folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        ensure!(!matches!(config.signing, Signing::Process(_)), "a signer signs with a key of its own");
        Ok(config)
    }

    fn path(&self, relative: &Path) -> PathBuf {
        self.folder.join(relative)
    }
}

/// Runs a signer until it is told to stop.
///
/// # Errors
/// Where the key cannot be loaded or the socket not be opened.
pub async fn serve(config: SignerConfig, shutdown: Shutdown) -> Result<()> {
    let files = watched(&config.signing, |file| config.path(file));
    let first = Arc::new(SigningKey::load(&config.signing, |file| config.path(file))?);
    let serial = first.certificate().serial();
    let keys = Arc::new(ArcSwap::from_pointee(vec![first]));
    let socket = config.path(&config.socket);
    let listener = LocalListener::bind(&socket, &config.callers)
        .with_context(|| format!("listening at {}", socket.display()))?;
    tracing::info!(event = "signer-ready", signer = %config.name, %serial);
    let renewed = async {
        loop {
            tokio::time::sleep(FILES_EVERY).await;
            if let Err(error) = files.look(|| renew(&config, &keys)) {
                tracing::warn!(event = "signing-key-not-taken-up", error = format!("{error:#}"));
            }
        }
    };
    let (held, offers) = (keys.clone(), config.offers.clone());
    tokio::select! {
        () = listener.serve(move |question| answer(&held.load(), &offers, question), shutdown.wait()) => Ok(()),
        () = renewed => Ok(()),
    }
}

/// Puts the renewed key first. Whether its certificate counts is for those to say who use it.
fn renew(config: &SignerConfig, keys: &ArcSwap<Vec<Arc<SigningKey>>>) -> Result<()> {
    let renewed = Arc::new(SigningKey::load(&config.signing, |file| config.path(file))?);
    tracing::info!(event = "signing-key-renewed", serial = %renewed.certificate().serial());
    let before = keys.load();
    let before = before.iter().filter(|key| key.certificate() != renewed.certificate());
    let all = [renewed.clone()].into_iter().chain(before.cloned()).take(MAX_KEYS).collect();
    keys.store(Arc::new(all));
    Ok(())
}

fn answer(keys: &[Arc<SigningKey>], offers: &[Offer], question: &[u8]) -> Zeroizing<Vec<u8>> {
    let refused = |why: u8| Zeroizing::new(vec![why]);
    let Some((name, rest)) = question.split_first_chunk::<NAME_OCTETS>() else { return refused(FAILED) };
    let Some(key) = keys.iter().find(|key| key.certificate().sha256() == *name) else {
        return refused(ANOTHER_KEY);
    };
    let done = |result: &[u8]| Zeroizing::new([&[DONE], result].concat());
    match rest.split_first() {
        Some((&SIGN, octets)) if offers.contains(&Offer::Sign) => match key.sign(octets) {
            Ok(signature) => done(&signature),
            Err(_) => refused(FAILED),
        },
        Some((&OPEN_KEY, sent)) if offers.contains(&Offer::OpenKeys) => {
            let Some((purpose, wrapped)) = purpose_and_key(sent) else { return refused(MALFORMED) };
            match key.unwrap_key(purpose, wrapped) {
                Ok(opened) => done(&opened),
                Err(UnwrapError::NotOffered) => refused(NOT_OFFERED),
                Err(UnwrapError::Malformed) => refused(MALFORMED),
                Err(UnwrapError::OtherKind) => refused(OTHER_KIND),
                Err(UnwrapError::Mismatch) => refused(MISMATCH),
                Err(UnwrapError::KeeperFailed) => refused(FAILED),
            }
        }
        Some((&(SIGN | OPEN_KEY), _)) => refused(NOT_OFFERED),
        _ => refused(FAILED),
    }
}

/// Two octets of the purpose's length, the purpose, the wrapped key.
fn purpose_and_key(sent: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = sent.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length > MAX_PURPOSE_OCTETS { None } else { rest.split_at_checked(length) }
}

/// The request for a signature by the certificate's key.
pub(super) fn question(certificate: &Certificate, octets: &[u8]) -> Vec<u8> {
    [certificate.sha256().as_slice(), &[SIGN], octets].concat()
}

/// The signature in an answer, not yet compared with anything.
pub(super) fn signature(answer: &[u8]) -> Result<&[u8], NotSigned> {
    match answer.split_first() {
        Some((&DONE, signature)) => Ok(signature),
        Some((&ANOTHER_KEY, _)) => Err(NotSigned::AnotherKey),
        Some((&NOT_OFFERED, _)) => Err(NotSigned::NotOffered),
        _ => Err(NotSigned::SignerFailed),
    }
}

/// Has a signer open a key that was wrapped for a certificate and a purpose: its socket lies at the path. Waits within a
/// bound in the calling thread, leaving the runtime's worker to others.
///
/// # Errors
/// [`UnwrapError`]; [`UnwrapError::KeeperFailed`] where the signer is away, or has the key of another certificate.
pub fn open_key(
    socket: &Path,
    certificate: &Certificate,
    purpose: &[u8],
    wrapped: &[u8],
) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
    opened_by(&LocalClient::new(socket, PROCESS_LIMIT), certificate, purpose, wrapped)
}

pub(super) fn opened_by(
    signer: &LocalClient,
    certificate: &Certificate,
    purpose: &[u8],
    wrapped: &[u8],
) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
    let length = u16::try_from(purpose.len()).map_err(|_| UnwrapError::Malformed)?.to_be_bytes();
    let question = [certificate.sha256().as_slice(), &[OPEN_KEY], &length, purpose, wrapped].concat();
    let answer = aside(|| signer.ask(&question)).map_err(|error| {
        tracing::error!(event = "key-not-opened", %error);
        UnwrapError::KeeperFailed
    })?;
    let answer = Zeroizing::new(answer);
    match answer.split_first() {
        Some((&DONE, opened)) => Ok(Zeroizing::new(opened.to_vec())),
        Some((&NOT_OFFERED, _)) => Err(UnwrapError::NotOffered),
        Some((&MALFORMED, _)) => Err(UnwrapError::Malformed),
        Some((&OTHER_KIND, _)) => Err(UnwrapError::OtherKind),
        Some((&MISMATCH, _)) => Err(UnwrapError::Mismatch),
        other => {
            let has_another = matches!(other, Some((&ANOTHER_KEY, _)));
            tracing::error!(event = "key-not-opened", has_another);
            Err(UnwrapError::KeeperFailed)
        }
    }
}

#[cfg(test)]
mod tests {
    use pki::SuiteId;
    use pki::issue::{Authority, Organisation, Profile, Request};
    use terms::Moment;

    use super::*;
    use crate::config::FileKey;

    const PURPOSE: &[u8] = b"a data key";
    const SECRET: &[u8] = &[7; 32];

    fn authority() -> (Authority, Moment) {
        let now = Moment::from_system_clock();
        let root = Authority::create_root(&"CA".parse().unwrap(), SuiteId::P256, now, now.plus_seconds(900))
            .unwrap();
        (Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap(), now)
    }

    /// A key as a signer holds it.
    fn key(suite: SuiteId) -> Arc<SigningKey> {
        let (authority, now) = authority();
        let organisation =
            Organisation { name: "Gateway".parse().unwrap(), bin: "500140000126".parse().unwrap() };
        let issued = authority.issue(&Request {
            profile: Profile::ParticipantSigning { organisation },
            suite,
            not_before: now,
            not_after: now.plus_seconds(900),
            crl_url: "https://ca/list".to_owned(),
        });
        let issued = issued.unwrap();
        let name = format!("tolem-signer-{suite}-{}-{}", std::process::id(), issued.certificate.serial());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("key"), issued.key_pem.expose_secret()).unwrap();
        std::fs::write(folder.join("pem"), issued.certificate.to_pem()).unwrap();
        let files =
            FileKey { certificate: Some(folder.join("pem")), key: folder.join("key"), password: None };
        let key = SigningKey::load(&Signing::File(files), Path::to_owned).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        Arc::new(key)
    }

    fn request(key: &SigningKey, asked: u8, length: u16, rest: &[&[u8]]) -> Vec<u8> {
        let head = [key.certificate().sha256().as_slice(), &[asked], &length.to_be_bytes()].concat();
        [head, rest.concat()].concat()
    }

    /// Meets: C20.1
    #[test]
    fn a_signer_opens_what_was_wrapped_for_its_certificate_and_says_why_it_does_not() {
        let (first, second) = (key(SuiteId::Gost512), key(SuiteId::Gost512));
        let [other_kind, no_agreement] = [key(SuiteId::Gost256), key(SuiteId::P256)];
        let held = [first.clone(), other_kind.clone(), no_agreement.clone()];
        let offers = [Offer::OpenKeys];
        let wrapped = pki::wrap_key(first.certificate(), PURPOSE, SECRET).unwrap();
        let length = u16::try_from(PURPOSE.len()).unwrap();
        let ask = |key: &SigningKey, rest: &[&[u8]]| {
            answer(&held, &offers, &request(key, OPEN_KEY, length, rest)).to_vec()
        };
        assert_eq!(ask(&first, &[PURPOSE, &wrapped]), [&[DONE], SECRET].concat());
        assert_eq!(ask(&first, &[b"b data key", &wrapped]), [MISMATCH]);
        assert_eq!(ask(&second, &[PURPOSE, &wrapped]), [ANOTHER_KEY]);
        assert_eq!(ask(&other_kind, &[PURPOSE, &wrapped]), [OTHER_KIND]);
        assert_eq!(ask(&no_agreement, &[PURPOSE, &wrapped]), [NOT_OFFERED]);
        for at in 0..wrapped.len() {
            let mut changed = wrapped.clone();
            changed[at] ^= 1;
            let refused = ask(&first, &[PURPOSE, &changed]);
            assert!(
                matches!(refused.as_slice(), [MALFORMED | OTHER_KIND | MISMATCH]),
                "octet {at}: {refused:?}"
            );
            assert_eq!(ask(&first, &[PURPOSE, &wrapped[..at]]), [MALFORMED], "cut at {at}");
        }
        assert_eq!(ask(&first, &[PURPOSE, &wrapped, &[0]]), [MALFORMED]);
    }

    /// Defends: A22
    #[test]
    fn a_signer_answers_any_octets_with_a_refusal() {
        let key = key(SuiteId::Gost512);
        let held = [key.clone()];
        let both = [Offer::Sign, Offer::OpenKeys];
        let sha256 = key.certificate().sha256();
        let said = |question: &[u8]| answer(&held, &both, question).to_vec();
        for length in 0..NAME_OCTETS {
            assert_eq!(said(&sha256[..length]), [FAILED]);
        }
        assert_eq!(said(&sha256), [FAILED], "nothing is asked for");
        assert_eq!(said(&[0; NAME_OCTETS + 8]), [ANOTHER_KEY]);
        for unknown in [0, 3, 255] {
            assert_eq!(said(&request(&key, unknown, 0, &[PURPOSE])), [FAILED]);
        }
        let longest = u16::try_from(MAX_PURPOSE_OCTETS).unwrap();
        assert_eq!(said(&request(&key, OPEN_KEY, longest + 1, &[&[0; 4000]])), [MALFORMED]);
        assert_eq!(said(&request(&key, OPEN_KEY, 9, &[b"short"])), [MALFORMED]);
        assert_eq!(said(&[&sha256[..], &[OPEN_KEY, 0]].concat()), [MALFORMED]);
    }

    /// Defends: A27
    #[test]
    fn a_signer_does_only_what_it_offers() {
        let key = key(SuiteId::Gost512);
        let held = [key.clone()];
        let wrapped = pki::wrap_key(key.certificate(), PURPOSE, SECRET).unwrap();
        let length = u16::try_from(PURPOSE.len()).unwrap();
        let open = request(&key, OPEN_KEY, length, &[PURPOSE, &wrapped]);
        let sign = question(key.certificate(), b"anything");
        assert_eq!(answer(&held, &[Offer::Sign], &open).to_vec(), [NOT_OFFERED]);
        assert_eq!(answer(&held, &[Offer::OpenKeys], &sign).to_vec(), [NOT_OFFERED]);
        let signed = answer(&held, &only_sign(), &sign);
        let signature = signature(&signed).unwrap();
        key.suite().verify(key.certificate().public_key(), b"anything", signature).unwrap();
    }
}
