//! What the gateway's configuration says under `[settings]`: the catalogue of services, portals, addresses of pages.

use anyhow::{Context, Result};
use ledger::contract::{BankTerms, Contract, Fee, Terms};
use serde::Deserialize;
use terms::{Bin, ServiceCode, Tiyn, Trilingual};
use wire::common::{Beneficiary, Service};

/// The gateway's own settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Public address of its pages, without a slash at the end.
    pub pages_url: String,
    /// Public address of the card page's process, without a slash at the end.
    pub card_pages_url: String,
    /// The key, P-256 or GOST, that signs QR codes, and its certificate; paths as elsewhere in the file.
    pub qr_key: participant::config::KeyFiles,
    /// File with the secret that receipt links are computed with: 16 octets.
    pub link_secret: std::path::PathBuf,
    /// Folder of the certificates that data keys are wrapped for, each with its key: `NAME.pem` and `NAME.key`.
    pub confidential_keys: std::path::PathBuf,
    /// Portals, with the address people come back to.
    pub portal: Vec<PortalSetting>,
    /// Banks by the three-digit code in their account numbers.
    #[serde(default)]
    pub bank_code: Vec<BankCodeSetting>,
    /// Codes one participant may have issued in an hour.
    #[serde(default = "default_codes_an_hour")]
    pub codes_an_hour: u64,
    /// Failed guesses at one recipient's codes in an hour before the answer is "too many tries".
    #[serde(default = "default_failures_an_hour")]
    pub failures_an_hour: u32,
    /// Address of the national CA's time-stamping authority; without it heads of the evidence chain are not stamped.
    pub stamp_url: Option<String>,
    /// How often the newest head is stamped, where it has changed, in seconds.
    #[serde(default = "default_stamp_seconds")]
    pub stamp_seconds: u64,
    /// How often statements and payouts are looked after, in seconds; without it only when somebody asks.
    pub settle_seconds: Option<u64>,
    /// How many minutes after midnight the day that is over is closed; without it only when somebody asks.
    pub close_after_minutes: Option<u32>,
    /// The contracts that a new store begins with.
    #[serde(default)]
    pub contract: Vec<ContractSetting>,
    /// The officers that a new store begins with; later ones are made by two officers.
    #[serde(default)]
    pub officer: Vec<OfficerSetting>,
    /// The services that can be paid for.
    pub service: Vec<ServiceSetting>,
}

fn default_codes_an_hour() -> u64 {
    100_000
}

fn default_failures_an_hour() -> u32 {
    5
}

fn default_stamp_seconds() -> u64 {
    60
}

/// One officer of a new store.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficerSetting {
    /// The officer's IIN, as certificates say it.
    pub iin: String,
    /// Full name.
    pub name: String,
    /// The groups the officer belongs to.
    pub groups: Vec<String>,
    /// Within what: `everything`, `bank:BIN` or `provider:BIN`.
    #[serde(default = "default_resource")]
    pub resource: String,
}

fn default_resource() -> String {
    "everything".to_owned()
}

/// Which bank keeps the accounts with a code.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankCodeSetting {
    /// Three digits.
    pub code: String,
    /// The bank's number.
    pub bin: String,
}

impl Settings {
    /// The bank that keeps the accounts with this code, where it is known.
    pub fn bank_of_code(&self, code: &str) -> Option<Bin> {
        self.bank_code.iter().find(|known| known.code == code)?.bin.parse().ok()
    }
}

/// A contract of the gateway's operator (cl. 22).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractSetting {
    /// Its number.
    pub number: String,
    /// The other party's number.
    pub party: String,
    /// The first day it holds: `2026-01-01`.
    pub since: String,
    /// The last day it holds.
    pub until: Option<String>,
    /// What was agreed with a bank; without it the contract is the national operator's.
    pub bank: Option<BankTermsSetting>,
}

/// What was agreed with a bank. Amounts are in tenge: `1725.00`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankTermsSetting {
    /// Codes of the services it may take payments for; without them all.
    pub services: Option<Vec<String>>,
    /// The most one code may be asked for.
    pub per_payment: Option<String>,
    /// The most that the codes of a banking day which are open or paid may come to.
    pub per_day: Option<String>,
    /// The operator's fee, in hundredths of a percent.
    pub fee_basis_points: u16,
    /// The least fee.
    pub fee_least: String,
    /// The most.
    pub fee_most: Option<String>,
    /// Days from a claim until its reimbursement is due.
    pub reimburse_days: u16,
    /// Days from a payment until the provider is paid although the bank has not reimbursed; without it never.
    pub guarantee_days: Option<u16>,
    /// The operator's settlement account at the bank.
    pub settlement_iban: String,
}

impl ContractSetting {
    /// The contract it says.
    ///
    /// # Errors
    /// Where a value is not what its key says.
    pub fn contract(&self) -> Result<Contract> {
        let terms = match &self.bank {
            None => Terms::NationalOperator,
            Some(bank) => Terms::Bank(bank.terms()?),
        };
        Ok(Contract {
            number: self.number.parse()?,
            party: self.party.parse()?,
            since: self.since.parse()?,
            until: self.until.as_deref().map(str::parse).transpose()?,
            terms,
        })
    }
}

impl BankTermsSetting {
    fn terms(&self) -> Result<BankTerms> {
        let amount = |text: &Option<String>| text.as_deref().map(str::parse::<Tiyn>).transpose();
        let services = self.services.as_ref();
        let services = services.map(|all| all.iter().map(|code| code.parse()).collect::<Result<_, _>>());
        Ok(BankTerms {
            services: services.transpose()?,
            per_payment: amount(&self.per_payment)?,
            per_day: amount(&self.per_day)?,
            fee: Fee {
                basis_points: self.fee_basis_points,
                least: self.fee_least.parse()?,
                most: amount(&self.fee_most)?,
            },
            reimburse_days: self.reimburse_days,
            guarantee_days: self.guarantee_days,
            settlement_iban: self.settlement_iban.parse()?,
        })
    }
}

/// A portal as the gateway knows it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalSetting {
    /// Its number.
    pub bin: String,
    /// Where people come back to; the application number is put in place of `{application}`.
    pub return_url: String,
}

/// One service of the catalogue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSetting {
    /// Its code.
    pub code: String,
    /// Its name in Kazakh, Russian and English.
    pub name: [String; 3],
    /// The provider's number.
    pub provider: String,
    /// The provider's name in Kazakh, Russian and English.
    pub provider_name: [String; 3],
    /// The price in tenge: `1725.00`.
    pub price: String,
    /// The beneficiary's account.
    pub iban: String,
    /// The beneficiary's bank.
    pub bic: String,
    /// КБК.
    pub kbk: String,
    /// КНП.
    pub knp: String,
    /// КБе.
    pub kbe: String,
    /// Purpose of the payment.
    pub purpose: String,
    /// Whether it can be received at the portal.
    pub e_service: bool,
}

impl ServiceSetting {
    fn service(&self) -> Result<Service> {
        let [kk, ru, en] = &self.name;
        let [provider_kk, provider_ru, provider_en] = &self.provider_name;
        Ok(Service {
            code: self.code.parse()?,
            name: Trilingual::new(kk, ru, en),
            provider: self.provider.parse()?,
            provider_name: Trilingual::new(provider_kk, provider_ru, provider_en),
            price: self.price.parse::<Tiyn>()?,
            beneficiary: Beneficiary {
                iban: self.iban.parse()?,
                bic: self.bic.parse()?,
                kbk: self.kbk.parse()?,
                knp: self.knp.parse()?,
                kbe: self.kbe.parse()?,
                purpose: self.purpose.parse()?,
            },
            e_service: self.e_service,
        })
    }
}

/// The services that can be paid for.
#[derive(Debug, Clone)]
pub struct Catalogue(Vec<Service>);

impl Catalogue {
    /// The catalogue of a configuration.
    ///
    /// # Errors
    /// Where a value is not what its key says.
    pub fn of(settings: &Settings) -> Result<Self> {
        let services = settings
            .service
            .iter()
            .map(|service| service.service().with_context(|| format!("the service {}", service.code)));
        Ok(Self(services.collect::<Result<_>>()?))
    }

    /// The service with this code.
    pub fn find(&self, code: &ServiceCode) -> Option<&Service> {
        self.0.iter().find(|service| service.code == *code)
    }

    /// All of them, in the order of the configuration.
    pub fn all(&self) -> &[Service] {
        &self.0
    }
}

/// Where people of a portal come back to.
#[derive(Debug, Clone)]
pub struct ReturnAddresses(Vec<(Bin, String)>);

impl ReturnAddresses {
    /// The addresses of a configuration.
    ///
    /// # Errors
    /// Where a BIN is not one.
    pub fn of(settings: &Settings) -> Result<Self> {
        let each = settings.portal.iter().map(|portal| Ok((portal.bin.parse()?, portal.return_url.clone())));
        Ok(Self(each.collect::<Result<_>>()?))
    }

    /// The address for one application. It comes from the portal's registration alone, never from a browser.
    pub fn find(&self, portal: Bin, application: &terms::ApplicationNumber) -> Option<String> {
        let (_, address) = self.0.iter().find(|(bin, _)| *bin == portal)?;
        Some(address.replace("{application}", application.as_str()))
    }
}
