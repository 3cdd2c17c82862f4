//! The configuration file of a participant: TOML, one file per process, every key explained by [`REFERENCE`].
//!
//! Paths are relative to the file. What only one participant needs stands under `[settings]` and is read by it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use pki::{AcceptedPolicies, CrlPolicy, OcspUse, Pins, PolicyId, Purpose, RevocationPolicy, pins_of_text};
use rights::{Group, Participant, Registry};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use terms::{Bin, Trilingual};

/// The reference that `tolem config` prints.
pub const REFERENCE: &str = include_str!("reference.toml");

/// What every participant is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its name in logs and health pages.
    pub name: String,
    /// The number its certificates carry.
    pub bin: String,
    /// Its database; none for a process that keeps nothing.
    pub database: Option<PathBuf>,
    /// The root certificate of the national CA, PEM; several while the CA changes its key.
    pub national_ca: PathBuf,
    /// The key it signs messages with; none for a process that signs nothing.
    pub signing: Option<Signing>,
    /// The key of its TLS connections, both ends.
    pub tls: KeyFiles,
    /// Where revocation lists come from.
    pub crl: Option<Crl>,
    /// The policies that certificates must have been issued under, by use; a use without any accepts all.
    #[serde(default)]
    pub certificate_policies: CertificatePolicies,
    /// Addresses by purpose: `messages`, `pages`, …
    #[serde(default)]
    pub listen: BTreeMap<String, SocketAddr>,
    /// The participants it knows.
    #[serde(default)]
    pub peer: Vec<Peer>,
    /// Organisations whose certificates may read `/metrics`, beside this one's own and callers on this machine.
    #[serde(default)]
    pub monitor: Vec<String>,
    /// What to log: `error`, `warn`, `info`, `debug`, or a filter by module.
    #[serde(default = "default_log")]
    pub log: String,
    /// SOAP version of its requests: `1.1` or `1.2`.
    #[serde(default = "default_soap")]
    pub soap: String,
    /// What only this kind of participant needs.
    #[serde(default)]
    pub settings: toml::Table,
    /// Where the file lies; set on reading.
    #[serde(skip)]
    folder: PathBuf,
}

pub(crate) fn default_log() -> String {
    "info".to_owned()
}

fn default_soap() -> String {
    "1.1".to_owned()
}

/// A certificate and its key, PEM files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFiles {
    /// The certificate.
    pub certificate: PathBuf,
    /// The private key, PKCS#8.
    pub key: PathBuf,
}

/// Where a signing key lives. Written with `home`, which is `file` where nothing is said.
#[derive(Debug, Clone)]
pub enum Signing {
    /// In a file of this process.
    File(FileKey),
    /// In a token.
    Pkcs11(TokenPlace),
    /// In a process of its own.
    Process(SignerSocket),
}

/// A key in files: in PEM with its certificate, or both in a key container with a password.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileKey {
    /// The certificate, PEM; not for a container.
    pub certificate: Option<PathBuf>,
    /// The private key, PKCS#8 in PEM, or the container (.p12).
    pub key: PathBuf,
    /// The file that holds the container's password.
    pub password: Option<PathBuf>,
}

/// A key in a token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenPlace {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// The PKCS #11 library of the token's maker.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// The private key's label.
    pub key: String,
    /// The file that holds the PIN.
    pub pin: PathBuf,
}

/// A key in another process.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerSocket {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// The socket at which the signer listens.
    pub socket: PathBuf,
}

impl<'de> Deserialize<'de> for Signing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = toml::Table::deserialize(deserializer)?;
        let home = table.remove("home").unwrap_or_else(|| "file".into());
        let read = match home.as_str() {
            Some("file") => table.try_into().map(Self::File),
            Some("pkcs11") => table.try_into().map(Self::Pkcs11),
            Some("process") => table.try_into().map(Self::Process),
            _ => return Err(D::Error::custom(format!("no such home: {home}; file, pkcs11 or process"))),
        };
        read.map_err(D::Error::custom)
    }
}

/// Where revocation is learnt from, and what happens where a source is missing or stale.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crl {
    /// HTTPS address of a full list.
    pub url: String,
    /// Addresses of further lists: deltas, and lists of the national CA's other keys.
    #[serde(default)]
    pub also: Vec<String>,
    /// Address of the national CA's table of all its lists, which then need not be named here.
    pub index_url: Option<String>,
    /// How often they are fetched.
    #[serde(default = "default_refresh_seconds")]
    pub refresh_seconds: u64,
    /// How long after `nextUpdate` messages are still accepted. The default, 0, refuses at once.
    #[serde(default)]
    pub grace_seconds: u32,
    /// `where-held` or `required`.
    #[serde(default = "default_deltas")]
    pub deltas: String,
    /// Address of the OCSP responder.
    pub ocsp_url: Option<String>,
    /// `off`, `adds-refusals`, `when-list-is-stale` or `required`.
    #[serde(default = "default_ocsp")]
    pub ocsp: String,
    /// For how long an OCSP reply without `nextUpdate` counts.
    #[serde(default = "default_ocsp_age_seconds")]
    pub ocsp_age_seconds: u32,
    /// Address of the national CA's certificates; new ones are taken up by the word of an old one at `links_url`.
    pub roots_url: Option<String>,
    /// Address of the words of old keys for new ones.
    pub links_url: Option<String>,
}

fn default_refresh_seconds() -> u64 {
    30
}

fn default_deltas() -> String {
    "where-held".to_owned()
}

fn default_ocsp() -> String {
    "adds-refusals".to_owned()
}

fn default_ocsp_age_seconds() -> u32 {
    pki::DEFAULT_REPLY_AGE_SECONDS
}

impl Crl {
    /// The policy of revocation.
    ///
    /// # Errors
    /// Where a word is none of those, or OCSP is to answer and nobody is named who does.
    pub fn policy(&self) -> Result<RevocationPolicy> {
        let ocsp: OcspUse = self.ocsp.parse().with_context(|| format!("`ocsp` of [crl]: {}", self.ocsp))?;
        let ocsp = match (&self.ocsp_url, ocsp) {
            (Some(_), ocsp) => ocsp,
            (None, OcspUse::Off | OcspUse::AddsRefusals) => OcspUse::Off,
            (None, _) => bail!("[crl] needs an `ocsp_url` for ocsp = \"{}\"", self.ocsp),
        };
        let deltas = self.deltas.parse().with_context(|| format!("`deltas` of [crl]: {}", self.deltas))?;
        let lists = CrlPolicy { grace_seconds: self.grace_seconds };
        Ok(RevocationPolicy { lists, deltas, ocsp, reply_age_seconds: self.ocsp_age_seconds })
    }
}

/// Certificate policies accepted, by use. Of those named for a use a certificate must name exactly one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificatePolicies {
    /// For the signatures of messages.
    #[serde(default)]
    pub message_signing: Vec<String>,
    /// For connections of organisations, both ends.
    #[serde(default)]
    pub tls: Vec<String>,
    /// For the way in of persons and employees.
    #[serde(default)]
    pub person_authentication: Vec<String>,
    /// For the signatures of persons and employees.
    #[serde(default)]
    pub person_signing: Vec<String>,
}

impl CertificatePolicies {
    /// The choice as certificates are checked by it.
    ///
    /// # Errors
    /// Where a policy is not one.
    pub fn accepted(&self) -> Result<AcceptedPolicies> {
        let uses = [
            (Purpose::MessageSigning, &self.message_signing),
            (Purpose::TlsClient, &self.tls),
            (Purpose::TlsServer, &self.tls),
            (Purpose::PersonAuthentication, &self.person_authentication),
            (Purpose::PersonSigning, &self.person_signing),
        ];
        let mut accepted = AcceptedPolicies::default();
        for (purpose, policies) in uses {
            let policy =
                |text: &String| text.parse().with_context(|| format!("a certificate policy: {text}"));
            accepted.accept(purpose, &policies.iter().map(policy).collect::<Result<Vec<PolicyId>>>()?);
        }
        Ok(accepted)
    }
}

/// Another participant.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// The number its certificates carry.
    pub bin: String,
    /// Its name in Kazakh, Russian and English.
    pub name: [String; 3],
    /// The groups it belongs to here.
    #[serde(default)]
    pub groups: Vec<String>,
    /// HTTPS address of its messages.
    pub messages: Option<String>,
    /// The file of the keys that it may use, where they are pinned; renewed like files of keys.
    pub pins: Option<PathBuf>,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// Where the file cannot be read or has a key that [`REFERENCE`] does not know.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let mut config: Self = toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        config.folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        Ok(config)
    }

    /// A path of the configuration, seen from where the file lies.
    pub fn path(&self, relative: &Path) -> PathBuf {
        self.folder.join(relative)
    }

    /// The participant's own settings.
    ///
    /// # Errors
    /// Where a key is missing, unknown or of the wrong form.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T> {
        self.settings.clone().try_into().context("in [settings]")
    }

    /// The address for a purpose.
    ///
    /// # Errors
    /// Where the file names none.
    pub fn address(&self, purpose: &str) -> Result<SocketAddr> {
        self.listen.get(purpose).copied().with_context(|| format!("[listen] has no `{purpose}`"))
    }

    /// The organisations whose certificates may read the metrics, this one's own among them.
    ///
    /// # Errors
    /// Where a BIN is not one.
    pub(crate) fn monitors(&self) -> Result<BTreeSet<Bin>> {
        let all = self.monitor.iter().chain([&self.bin]);
        all.map(|bin| bin.parse().with_context(|| format!("the BIN of a monitor: {bin}"))).collect()
    }

    /// The files of pinned keys.
    pub(crate) fn pin_files(&self) -> impl Iterator<Item = PathBuf> {
        self.peer.iter().filter_map(|peer| Some(self.path(peer.pins.as_ref()?)))
    }

    /// The keys pinned for participants, as their files say now.
    ///
    /// # Errors
    /// Where a file cannot be read, holds something else, or no pin at all.
    pub fn pins(&self) -> Result<Pins> {
        let mut pins = Pins::default();
        for peer in &self.peer {
            let Some(file) = &peer.pins else { continue };
            let path = self.path(file);
            let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            pins.pin(peer.bin()?, pins_of_text(&text).with_context(|| format!("in {}", path.display()))?);
        }
        Ok(pins)
    }

    /// The registry of participants this process goes by.
    ///
    /// # Errors
    /// Where a BIN or a group is not one.
    pub fn registry(&self) -> Result<Registry> {
        let known = self.peer.iter().map(|peer| {
            let groups = peer.groups.iter().map(|name| name.parse::<Group>()).collect::<Result<_, _>>()?;
            Ok(Participant { bin: peer.bin()?, name: peer.name(), groups })
        });
        Ok(Registry::new(known.collect::<Result<Vec<_>>>()?))
    }
}

impl Peer {
    /// Its number.
    ///
    /// # Errors
    /// Where the file says something else.
    pub fn bin(&self) -> Result<Bin> {
        self.bin.parse().with_context(|| format!("the BIN of a peer: {}", self.bin))
    }

    /// Its name.
    pub fn name(&self) -> Trilingual {
        let [kk, ru, en] = &self.name;
        Trilingual::new(kk, ru, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_of_revocation_that_could_not_be_kept_is_refused() {
        let read = |text: &str| toml::from_str::<Crl>(&format!("url = \"https://ca/list\"\n{text}")).unwrap();
        assert_eq!(read("").policy().unwrap().ocsp, OcspUse::Off);
        for text in ["ocsp = \"required\"", "ocsp = \"when-list-is-stale\"", "ocsp = \"x\"", "deltas = \"x\""]
        {
            assert!(read(text).policy().is_err(), "{text}");
        }
        let both = read("ocsp_url = \"https://ca/ocsp\"\nocsp = \"required\"\ndeltas = \"required\"");
        assert_eq!(both.policy().unwrap().ocsp, OcspUse::Required);
    }

    #[test]
    fn a_certificate_policy_is_named_by_its_numbers() {
        let read = |text: &str| toml::from_str::<CertificatePolicies>(text).unwrap().accepted();
        assert_eq!(read("").unwrap(), AcceptedPolicies::default());
        assert_ne!(read("tls = [\"1.2.398.3.3.2.2\"]").unwrap(), AcceptedPolicies::default());
        for text in ["", "x", "1.2.", "9.9", "2.5.29.32.0"] {
            assert!(read(&format!("tls = [\"{text}\"]")).is_err(), "{text}");
        }
    }

    #[test]
    fn the_printed_reference_is_itself_a_configuration() {
        let config: Config = toml::from_str(REFERENCE).expect("the reference is valid");
        assert_eq!(config.registry().unwrap().members(Group::Bank).count(), 1);
        assert_eq!(config.crl.unwrap().policy().unwrap().ocsp, OcspUse::AddsRefusals);
        assert_ne!(config.certificate_policies.accepted().unwrap(), AcceptedPolicies::default());
        // At the head: at the end it would fall under `[settings]`, which is read by the participant.
        assert!(toml::from_str::<Config>(&format!("unknown = 1\n{REFERENCE}")).is_err());
    }
}
