//! What stands under `[settings]` of a bank, an ATM and a kiosk, and its reading into values that are right.
//!
//! Clients, accounts and cards are taken over into the database at the first start only; from then on the
//! database is right. Card numbers of a demonstration stand here; the database keeps none.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use participant::Config;
use serde::Deserialize;
use terms::{Bin, Iban, PartyNumber, ShortText, Tiyn, Trilingual};
use wire::iso8583::{Pan, Pin};

use crate::card::CardMeaning;
use crate::claim::OperatorFee;
use crate::core::{Actor, CommissionRule, Conduct};
use crate::one_time_code::OneTimeSecret;
use crate::terminal_key::TerminalKey;

/// How long a silent account or card keeps the peer waiting, unless told otherwise.
const SILENCE_SECONDS: u64 = 120;
/// How late a slow account answers, unless told otherwise.
const SLOW_SECONDS: u64 = 4;

/// How long an ATM waits for one try of an authorisation, unless told otherwise.
const AUTHORISATION_SECONDS: u64 = 8;

/// The settings of a bank as the file has them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankSettings {
    /// The bank's name in Kazakh, Russian and English.
    pub name: [String; 3],
    /// A Latin word for cookies and pages, such as `alatau`.
    pub short_name: String,
    /// Three digits of the bank's accounts.
    pub bank_code: String,
    /// The letters its references begin with.
    pub reference_prefix: String,
    /// The gateway's number.
    pub gateway: String,
    /// The tax registry's number.
    pub tax_registry: String,
    /// 64 hexadecimal digits: the key under which card numbers and PINs are recognised.
    pub card_key: String,
    /// What the bank takes in its own channels.
    pub commission: CommissionSettings,
    /// The account of the gateway operator and what the contract with it says.
    pub operator: OperatorSettings,
    /// First digits of the bank's cards.
    #[serde(default)]
    pub card_ranges: Vec<String>,
    /// How long a silent account or card keeps the peer waiting.
    #[serde(default = "silence_seconds")]
    pub silence_seconds: u64,
    /// How late a slow account answers.
    #[serde(default = "slow_seconds")]
    pub slow_seconds: u64,
    /// Clients, for the first start.
    #[serde(default)]
    pub client: Vec<ClientSettings>,
    /// Accounts, for the first start.
    #[serde(default)]
    pub account: Vec<AccountSettings>,
    /// Cards, for the first start.
    #[serde(default)]
    pub card: Vec<CardSettings>,
    /// Terminals that may ask the processing system.
    #[serde(default)]
    pub terminal: Vec<TerminalSettings>,
}

fn silence_seconds() -> u64 {
    SILENCE_SECONDS
}

fn slow_seconds() -> u64 {
    SLOW_SECONDS
}

/// The commission rule; amounts are tenge, such as `"50.00"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommissionSettings {
    /// Hundredths of a per cent.
    pub basis_points: u32,
    /// At least.
    pub minimum: String,
    /// At most.
    pub maximum: String,
}

/// The gateway operator as a client; amounts are tenge, such as `"50.00"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorSettings {
    /// The account the operator is reimbursed on and pays providers from.
    pub account: String,
    /// Its name.
    pub name: String,
    /// The operator's fee: hundredths of a per cent of a claim.
    #[serde(default)]
    pub fee_basis_points: u32,
    /// At least, for anything at all.
    #[serde(default = "nothing")]
    pub fee_least: String,
    /// At most; without a bound where it is left out.
    pub fee_most: Option<String>,
    /// How long after its acceptance a claim is paid.
    #[serde(default)]
    pub reimburse_after_seconds: u32,
}

fn nothing() -> String {
    "0.00".to_owned()
}

/// The gateway operator as every use case knows it.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Its account.
    pub account: Iban,
    /// Its name.
    pub name: ShortText,
    /// Its fee.
    pub fee: OperatorFee,
    /// How long after its acceptance a claim is paid, in seconds.
    pub reimburse_after: u32,
}

impl OperatorSettings {
    fn operator(&self, bank_code: &str) -> Result<Operator> {
        let amount =
            |text: &str| text.parse::<Tiyn>().with_context(|| format!("in [settings.operator]: {text}"));
        let account: Iban = self.account.parse().context("the account of [settings.operator]")?;
        ensure!(account.bank_code() == bank_code, "{} is not an account of this bank", self.account);
        Ok(Operator {
            account,
            name: self.name.parse().context("the name of [settings.operator]")?,
            fee: OperatorFee {
                basis_points: self.fee_basis_points,
                least: amount(&self.fee_least)?,
                most: self.fee_most.as_deref().map(amount).transpose()?,
            },
            reimburse_after: self.reimburse_after_seconds,
        })
    }
}

/// A client of the bank.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSettings {
    /// IIN or BIN.
    pub number: String,
    /// Full name.
    pub name: String,
    /// The name to log in with; none for a client without the internet bank.
    pub login: Option<String>,
    /// The password of the demonstration; the database keeps its argon2 hash.
    pub password: Option<String>,
    /// What the client's authenticator makes one-time codes of: base32 of at least sixteen octets. Whoever has a
    /// login has one. The database keeps it sealed.
    pub one_time_secret: Option<String>,
    /// Who acts for an organisation in the internet bank.
    pub representative: Option<RepresentativeSettings>,
}

/// Who acts for an organisation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepresentativeSettings {
    /// The person's IIN.
    pub iin: String,
    /// Full name.
    pub name: String,
}

impl std::fmt::Debug for ClientSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientSettings(…)")
    }
}

/// An account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    /// Its number.
    pub iban: String,
    /// Whose it is: IIN or BIN of a client.
    pub owner: String,
    /// What is on it, in tenge, such as `"100000.00"`.
    pub balance: String,
    /// Whether it is closed.
    #[serde(default)]
    pub closed: bool,
    /// `normal`, `silent` or `slow`.
    #[serde(default = "normal")]
    pub conduct: String,
}

fn normal() -> String {
    Conduct::Normal.word().to_owned()
}

/// A card.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardSettings {
    /// Its number.
    pub number: String,
    /// The account it draws on.
    pub account: String,
    /// Its PIN at the bank's ATMs.
    pub pin: String,
    /// `good`, `declined`, `expired`, `wrong-cvc2` or `silent`; no funds is a matter of the account.
    #[serde(default = "good")]
    pub meaning: String,
}

fn good() -> String {
    CardMeaning::Good.word().to_owned()
}

impl std::fmt::Debug for CardSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CardSettings(…)")
    }
}

/// A terminal of the bank: known by its very certificate, which may be renewed in its file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerminalSettings {
    /// Its number, at most eight Latin letters and digits: field 41 of ISO 8583.
    pub id: String,
    /// Its TLS certificate, PEM; while it is renewed, the old and the new one.
    pub certificate: PathBuf,
    /// 32 hexadecimal digits: the AES key of its PIN pad; none for a kiosk.
    pub zone_key: Option<String>,
}

/// A terminal that may ask.
#[derive(Debug, Clone)]
pub struct Terminal {
    /// Its number.
    pub id: String,
    /// What it may show.
    pub certificates: Arc<TerminalCertificates>,
    /// The key of its PIN pad.
    pub zone_key: Option<TerminalKey>,
}

/// The certificates of one terminal: those its file has held since the process began. A renewed one is taken up when the
/// terminal first shows it; the old one goes on until it is revoked or ends, since the terminal takes the new one up in
/// its own time.
#[derive(Debug)]
pub struct TerminalCertificates {
    path: PathBuf,
    /// SHA-256 of each.
    known: Mutex<BTreeSet<[u8; 32]>>,
}

impl TerminalCertificates {
    fn read(path: PathBuf) -> Result<Self> {
        let known = fingerprints(&path)?;
        Ok(Self { path, known: Mutex::new(known) })
    }

    /// Whether a certificate, by its SHA-256, is known without a look at the file.
    pub fn knows(&self, fingerprint: &[u8; 32]) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(fingerprint)
    }

    /// Whether the file holds a certificate now. A file that cannot be read holds nothing new.
    pub fn finds(&self, fingerprint: &[u8; 32]) -> bool {
        match fingerprints(&self.path) {
            Ok(held) => {
                let is_held = held.contains(fingerprint);
                if is_held {
                    tracing::info!(event = "terminal-certificate-renewed", file = %self.path.display());
                    self.known.lock().unwrap_or_else(PoisonError::into_inner).extend(held);
                }
                is_held
            }
            Err(error) => {
                tracing::warn!(event = "terminal-certificate-not-taken-up", error = format!("{error:#}"));
                false
            }
        }
    }
}

fn fingerprints(path: &Path) -> Result<BTreeSet<[u8; 32]>> {
    Ok(participant::read_certificates(path)?.iter().map(pki::Certificate::sha256).collect())
}

/// The settings of a bank that every use case needs.
#[derive(Debug)]
pub struct Bank {
    /// Its name.
    pub name: Trilingual,
    /// A Latin word for cookies.
    pub short_name: String,
    /// Three digits of its accounts.
    pub bank_code: String,
    /// The letters its references begin with.
    pub reference_prefix: String,
    /// The gateway.
    pub gateway: Bin,
    /// The tax registry.
    pub tax_registry: Bin,
    /// What it takes in its own channels.
    pub commission: CommissionRule,
    /// The gateway operator and its account.
    pub operator: Operator,
    /// First digits of its cards.
    pub card_ranges: Vec<String>,
    /// How long silence lasts.
    pub silence: std::time::Duration,
    /// How late a slow account answers.
    pub slowness: std::time::Duration,
    /// Its terminals.
    pub terminals: Vec<Terminal>,
}

impl BankSettings {
    /// The values that hold throughout.
    ///
    /// # Errors
    /// Where one is not what it should be.
    pub fn bank(&self, config: &Config) -> Result<Bank> {
        let amount =
            |text: &str| text.parse::<Tiyn>().with_context(|| format!("in [settings.commission]: {text}"));
        ensure!(
            !self.reference_prefix.is_empty()
                && self.reference_prefix.len() <= 8
                && self.reference_prefix.bytes().all(|c| c.is_ascii_uppercase()),
            "reference_prefix is not one to eight Latin capitals"
        );
        ensure!(
            !self.short_name.is_empty() && self.short_name.bytes().all(|c| c.is_ascii_lowercase()),
            "short_name is not a word of small Latin letters"
        );
        let terminals =
            self.terminal.iter().map(|terminal| terminal.terminal(config)).collect::<Result<_>>()?;
        let [kk, ru, en] = &self.name;
        Ok(Bank {
            name: Trilingual::new(kk, ru, en),
            short_name: self.short_name.clone(),
            bank_code: self.bank_code.clone(),
            reference_prefix: self.reference_prefix.clone(),
            gateway: self.gateway.parse().context("gateway in [settings]")?,
            tax_registry: self.tax_registry.parse().context("tax_registry in [settings]")?,
            commission: CommissionRule {
                basis_points: self.commission.basis_points,
                minimum: amount(&self.commission.minimum)?,
                maximum: amount(&self.commission.maximum)?,
            },
            operator: self.operator.operator(&self.bank_code)?,
            card_ranges: self.card_ranges.clone(),
            silence: std::time::Duration::from_secs(self.silence_seconds),
            slowness: std::time::Duration::from_secs(self.slow_seconds),
            terminals,
        })
    }

    /// The key under which card numbers and PINs are recognised.
    ///
    /// # Errors
    /// Where it is not 64 hexadecimal digits.
    pub fn card_key(&self) -> Result<[u8; 32]> {
        let octets = hex::decode(&self.card_key).ok().and_then(|octets| octets.try_into().ok());
        octets.context("card_key in [settings] is not 64 hexadecimal digits")
    }
}

impl TerminalSettings {
    fn terminal(&self, config: &Config) -> Result<Terminal> {
        let certificates = TerminalCertificates::read(config.path(&self.certificate))?;
        ensure!(
            (1..=8).contains(&self.id.len())
                && self.id.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-'),
            "the id of a terminal has one to eight Latin letters, digits and hyphens"
        );
        let zone_key = self.zone_key.as_deref().map(str::parse).transpose();
        Ok(Terminal {
            id: self.id.clone(),
            certificates: Arc::new(certificates),
            zone_key: zone_key.with_context(|| format!("the zone_key of terminal {}", self.id))?,
        })
    }
}

/// What is taken over into the database at the first start, as right values.
#[derive(Clone, Default)]
pub struct Seed {
    /// The clients.
    pub clients: Vec<SeedClient>,
    /// The accounts.
    pub accounts: Vec<crate::core::Account>,
    /// Number, account, PIN and meaning of each card.
    pub cards: Vec<(Pan, Iban, Pin, CardMeaning)>,
}

/// A client to be taken over.
#[derive(Clone)]
pub struct SeedClient {
    /// IIN or BIN.
    pub number: PartyNumber,
    /// Full name.
    pub name: ShortText,
    /// How they enter the internet bank.
    pub access: Option<SeedAccess>,
}

/// How a client enters the internet bank.
#[derive(Clone)]
pub struct SeedAccess {
    /// The login.
    pub login: String,
    /// The password.
    pub password: String,
    /// What one-time codes are made of.
    pub secret: OneTimeSecret,
    /// Who acts: the client, or an organisation's representative.
    pub actor: Actor,
}

impl ClientSettings {
    fn access(&self, number: PartyNumber, name: &ShortText) -> Result<Option<SeedAccess>> {
        let Some(login) = self.login.clone() else { return Ok(None) };
        let password = self.password.clone().context("a login needs a password")?;
        let secret = self.one_time_secret.as_deref().context("a login needs a one_time_secret")?.parse()?;
        let actor = match (number, &self.representative) {
            (PartyNumber::Person(iin), None) => Actor { iin, name: name.clone() },
            (PartyNumber::Organisation(_), Some(person)) => {
                Actor { iin: person.iin.parse()?, name: person.name.parse()? }
            }
            _ => bail!("an organisation with a login has a representative, and nobody else has"),
        };
        Ok(Some(SeedAccess { login, password, secret, actor }))
    }
}

impl BankSettings {
    /// What is taken over at the first start.
    ///
    /// # Errors
    /// Where a number, amount or word is not one.
    pub fn seed(&self) -> Result<Seed> {
        let mut seed = Seed::default();
        for client in &self.client {
            let number = client.number.parse().with_context(|| format!("client {}", client.name))?;
            let name = client.name.parse().with_context(|| format!("client {}", client.name))?;
            let access = client.access(number, &name).with_context(|| format!("client {}", client.name))?;
            seed.clients.push(SeedClient { number, name, access });
        }
        for account in &self.account {
            let context = || format!("account {}", account.iban);
            let iban: Iban = account.iban.parse().with_context(context)?;
            ensure!(iban.bank_code() == self.bank_code, "{} is not an account of this bank", account.iban);
            seed.accounts.push(crate::core::Account {
                iban,
                owner: account.owner.parse().with_context(context)?,
                balance: account.balance.parse().with_context(context)?,
                is_open: !account.closed,
                conduct: account.conduct.parse().with_context(context)?,
            });
        }
        for card in &self.card {
            // The number of a card stays out of errors, as it stays out of logs.
            let number: Pan = card.number.parse().context("a card of [settings]")?;
            let account = card.account.parse().context("the account of a card")?;
            let meaning = card.meaning.parse().context("the meaning of a card")?;
            let pin: Pin = card.pin.parse().context("the PIN of a card")?;
            seed.cards.push((number, account, pin, meaning));
        }
        Ok(seed)
    }
}

/// The settings of an ATM.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtmSettings {
    /// Its number.
    pub id: String,
    /// The bank's name in Kazakh, Russian and English.
    pub bank_name: [String; 3],
    /// HTTPS address of the bank's processing system, such as `https://127.0.0.1:8094`.
    pub terminals_url: String,
    /// Address of its ISO 8583 line.
    pub iso8583_address: SocketAddr,
    /// The name in the certificate of that line; the address itself where there is none.
    pub server_name: Option<String>,
    /// The AES key of the PIN pad, as at the bank.
    pub zone_key: String,
    /// How long one try of an authorisation may take.
    #[serde(default = "answer_seconds")]
    pub answer_seconds: u64,
    /// The telephone number on slips.
    #[serde(default = "hot_line")]
    pub hot_line: String,
}

/// The settings of a kiosk.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KioskSettings {
    /// Its number.
    pub id: String,
    /// The bank's name in Kazakh, Russian and English.
    pub bank_name: [String; 3],
    /// HTTPS address of the bank's processing system.
    pub terminals_url: String,
    /// The telephone number on slips.
    #[serde(default = "hot_line")]
    pub hot_line: String,
}

fn answer_seconds() -> u64 {
    AUTHORISATION_SECONDS
}

fn hot_line() -> String {
    "1414".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("settings.example.toml");

    #[test]
    fn the_published_example_is_right() {
        let settings: BankSettings = toml_of(EXAMPLE);
        let seed = settings.seed().unwrap();
        assert_eq!(seed.accounts.len(), 6);
        assert_eq!(seed.cards.len(), 6);
        settings.card_key().unwrap();
        let operator = settings.operator.operator(&settings.bank_code).unwrap();
        assert_eq!(operator.account.bank_code(), settings.bank_code);
        assert!(settings.operator.operator("999").is_err(), "an account of another bank");
    }

    #[test]
    fn whoever_logs_in_has_a_secret_and_an_organisation_a_representative() {
        for (line, said) in [
            ("one_time_secret = \"MFUWO5LMMFUWO5LMMFUWO5LMMFUWO5LM\"\n", "a login needs a one_time_secret"),
            ("representative = { iin", "has a representative"),
        ] {
            let settings: BankSettings = toml_of(&EXAMPLE.replace(line, "# "));
            let error = settings.seed().err().map(|error| format!("{error:#}")).unwrap_or_default();
            assert!(error.contains(said), "{error}");
        }
    }

    fn toml_of(text: &str) -> BankSettings {
        let config: toml::Table = text.parse().unwrap();
        config.try_into().unwrap()
    }
}
