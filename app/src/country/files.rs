//! Set-up: the national CA, every key and certificate, every configuration file.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use indicatif::ProgressBar;
use national_ca::{
    IssueRequest, NationalCa, RootRequest, Settings, files::write_public, files::write_secret,
    files::write_secret_octets,
};
use participant::SystemEntropy;
use pki::issue::{Organisation as Subject, Person as Holder, Profile};
use pki::{Certificate, Container, Password, SuiteId};
use terms::Entropy as _;
use zeroize::Zeroizing;

use super::people::{
    BANK1, BANK2, CARD, COMPANY, CONTRACTS, GATEWAY, NATIONAL_CA, NATIONAL_OPERATOR, OFFICERS, Organisation,
    PASSWORD, PEOPLE, PORTAL, PROVIDER, Person, Role, SERVICE_BUS, SERVICE_CENTRE, SERVICES, TAX_REGISTRY,
};
use super::{COUNTRY_AGE_DAYS, Country, PROCESSES, Port, Suites};
use crate::clock::ClockSetBack;
use crate::history::{PAST_GOST_LIST, PAST_LIST};

/// What a participant asks the national CA for beside the list, by the keys of its configuration.
pub(crate) const SOURCES: [(&str, &str); 4] = [
    ("index_url", national_ca::INDEX_PATH),
    ("ocsp_url", national_ca::OCSP_PATH),
    ("roots_url", national_ca::ROOTS_PATH),
    ("links_url", national_ca::LINKS_PATH),
];
/// Since when the contracts hold: long before a country's history begins.
const CONTRACTS_SINCE: &str = "2024-03-01";
/// How long demonstration certificates live, in days.
pub(crate) const CERTIFICATE_DAYS: u32 = 730;
/// What every participant requires of certificates, in its configuration.
const POLICIES: &str = r#"
[certificate_policies]
message_signing = ["1.2.398.3.3.2.1"]
tls = ["1.2.398.3.3.2.2"]
person_authentication = ["1.2.398.3.3.2.2", "1.2.398.3.3.2.4"]
person_signing = ["1.2.398.3.3.2.1", "1.2.398.3.3.2.3"]

"#;
/// A day, in seconds.
const DAY_SECONDS: i64 = 86_400;
/// How long the CA lives, in days.
pub(crate) const ROOT_DAYS: u32 = 3650;

/// Makes a country in a directory that holds none.
pub(crate) fn set_up(folder: &Path, port_base: u16, suites: Suites) -> Result<Country> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let country = Country { port_base, folder: std::path::absolute(folder)? };
    let progress = ProgressBar::new(61).with_message("keys");
    let maker = Maker { ca: national_ca(&country)?, country: &country, suites, progress };
    maker.organisations()?;
    maker.people()?;
    maker.configurations()?;
    // The CA was founded in the past; from here on it goes by the present.
    fs::remove_file(country.folder.join(NATIONAL_CA.folder).join("clock"))?;
    // Written last, so that its presence means that everything is there.
    write_public(&country.folder.join("country.toml"), &toml::to_string(&country)?)?;
    maker.progress.finish_and_clear();
    Ok(country)
}

/// Where the country's revocation list is published.
pub(crate) fn crl_url(country: &Country) -> String {
    format!("{}{}", country.url(Port::NationalCa), national_ca::CRL_PATH)
}

fn national_ca(country: &Country) -> Result<NationalCa> {
    let folder = country.folder.join(NATIONAL_CA.folder);
    let url = crl_url(country);
    let root = RootRequest {
        common_name: "ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (DEMO)".parse()?,
        suite: SuiteId::Rsa2048,
        life_days: ROOT_DAYS,
    };
    // Founded before the country's history begins; its first list is in force until the country is opened.
    let file = folder.join("clock");
    fs::create_dir_all(&folder)?;
    ClockSetBack::set(&file, COUNTRY_AGE_DAYS * DAY_SECONDS)?;
    let crl_life_seconds = u32::try_from((COUNTRY_AGE_DAYS + 1) * DAY_SECONDS)?;
    let settings = Settings { crl_life_seconds, ..Settings::new(&url) };
    let ca = NationalCa::init(&folder, &root, settings, Arc::new(ClockSetBack::by_file(&file)))?;
    crate::ca::remember_crl_url(&folder, &url)?;
    let gost = RootRequest {
        common_name: "ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (DEMO, МЕМСТ)".parse()?,
        suite: SuiteId::Gost512,
        life_days: ROOT_DAYS,
    };
    let gost = ca.add_hierarchy("gost", &gost)?;
    fs::write(folder.join(PAST_LIST), ca.publish_crl()?.der)?;
    fs::write(folder.join(PAST_GOST_LIST), ca.publish_crl_of(&gost.name)?.der)?;
    Ok(ca)
}

/// A key and a certificate of an organisation, in the files `NAME.key` and `NAME.pem`.
pub(crate) struct Pair {
    /// The folder within the country's.
    pub(crate) folder: String,
    /// The files' name.
    pub(crate) file: &'static str,
    /// What the certificate says.
    pub(crate) profile: Profile,
    /// The key's suite.
    pub(crate) suite: SuiteId,
}

/// The folder and the first files of the keys for which the gateway's data keys are wrapped.
pub(crate) const CONFIDENTIAL: (&str, &str) = ("gateway/confidential", "first");

/// Every pair of every organisation, as a country has them that was set up with these suites.
pub(crate) fn pairs(suites: Suites) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    let mut add = |folder: &str, file, profile, suite| {
        pairs.push(Pair { folder: folder.to_owned(), file, profile, suite });
    };
    let tls = |organisation: &Organisation| -> Result<Profile> {
        let host_names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
        Ok(Profile::ParticipantTls { organisation: subject(organisation)?, host_names })
    };
    let signing = |organisation| -> Result<Profile> {
        Ok(Profile::ParticipantSigning { organisation: subject(organisation)? })
    };
    for organisation in [&NATIONAL_CA, &GATEWAY, &CARD, &PORTAL, &TAX_REGISTRY, &SERVICE_BUS, &BANK1, &BANK2]
    {
        add(organisation.folder, "tls", tls(organisation)?, SuiteId::P256);
        add(organisation.folder, "signing", signing(organisation)?, suites.of(organisation)?);
    }
    for (bank, folders) in [(&BANK1, ["bank1-atm", "bank1-kiosk"]), (&BANK2, ["bank2-atm", "bank2-kiosk"])] {
        for folder in folders {
            add(folder, "tls", tls(bank)?, SuiteId::P256);
        }
    }
    add(GATEWAY.folder, "qr", signing(&GATEWAY)?, SuiteId::P256);
    let (folder, file) = CONFIDENTIAL;
    add(folder, file, signing(&GATEWAY)?, SuiteId::Gost512);
    Ok(pairs)
}

struct Maker<'a> {
    ca: NationalCa,
    country: &'a Country,
    suites: Suites,
    progress: ProgressBar,
}

impl Maker<'_> {
    fn issue(&self, folder: &str, file: &str, profile: Profile, suite: SuiteId) -> Result<()> {
        let folder = self.country.folder.join(folder);
        fs::create_dir_all(&folder)?;
        let issued = self.ca.issue(IssueRequest { profile, suite, life_days: CERTIFICATE_DAYS })?;
        write_secret(&folder.join(format!("{file}.key")), issued.key_pem.expose_secret())?;
        write_public(&folder.join(format!("{file}.pem")), &issued.certificate.to_pem())?;
        self.progress.inc(1);
        Ok(())
    }

    fn organisations(&self) -> Result<()> {
        for pair in pairs(self.suites)? {
            self.issue(&pair.folder, pair.file, pair.profile, pair.suite)?;
        }
        let roots = self.ca.roots_pem()?;
        for process in PROCESSES {
            write_public(&self.country.folder.join(process.name).join("national-ca.pem"), &roots)?;
        }
        self.secret(GATEWAY.folder, "links.secret", 16)
    }

    fn secret(&self, folder: &str, file: &str, octets: usize) -> Result<()> {
        let mut drawn = vec![0; octets];
        SystemEntropy.fill(&mut drawn);
        let path = self.country.folder.join(folder).join(file);
        let owner_only = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let written = owner_only.and_then(|mut file| file.write_all(&drawn));
        written.with_context(|| format!("writing {}", path.display()))
    }

    fn people(&self) -> Result<()> {
        for person in PEOPLE.iter().chain(OFFICERS.iter().map(|officer| &officer.person)) {
            let holder = holder(person)?;
            let [way_in, signature] = match person.role {
                Role::Citizen | Role::DeskOperator | Role::Officer => [
                    Profile::PersonAuthentication { person: holder.clone() },
                    Profile::PersonSigning { person: holder },
                ],
                Role::Employee => {
                    let organisation = subject(&COMPANY)?;
                    [
                        Profile::EmployeeAuthentication {
                            person: holder.clone(),
                            organisation: organisation.clone(),
                        },
                        Profile::EmployeeSigning { person: holder, organisation },
                    ]
                }
            };
            self.issue("people", person.files, way_in, SuiteId::P256)?;
            self.container(person.files)?;
            let signing = format!("{}-signing", person.files);
            self.issue("people", &signing, signature, SuiteId::Gost512)?;
            self.container(&signing)?;
        }
        // For browsers, which know nothing of the other hierarchy.
        let root = self.country.folder.join("people/national-ca.pem");
        Ok(write_public(&root, &self.ca.certificate().to_pem())?)
    }

    /// The same key and certificate as the national CA hands them out, for browsers and signing programs.
    fn container(&self, files: &str) -> Result<()> {
        let file = |ending| self.country.folder.join("people").join(format!("{files}.{ending}"));
        let key = Zeroizing::new(fs::read_to_string(file("key"))?);
        let certificate = Certificate::from_pem(&fs::read_to_string(file("pem"))?)?;
        let container =
            Container::of(&key, vec![certificate])?.write(&Password::read(PASSWORD.as_bytes())?)?;
        Ok(write_secret_octets(&file("p12"), &container)?)
    }

    fn configurations(&self) -> Result<()> {
        self.write("national-ca", &self.national_ca())?;
        self.write("gateway", &self.gateway())?;
        self.write("card", &self.card())?;
        self.write("portal", &self.portal())?;
        self.write("tax-registry", &self.tax_registry())?;
        self.write("service-bus", &self.service_bus())?;
        for bank in [&FIRST, &SECOND] {
            self.write(bank.is.folder, &self.bank(bank))?;
            self.write(&format!("{}-atm", bank.is.folder), &self.atm(bank))?;
            self.write(&format!("{}-kiosk", bank.is.folder), &self.kiosk(bank))?;
        }
        Ok(())
    }

    fn write(&self, folder: &str, text: &str) -> Result<()> {
        // Some of these hold passwords of the demonstration and a bank's keys.
        write_secret(&self.country.folder.join(folder).join("config.toml"), text)?;
        Ok(())
    }

    /// What every configuration begins with.
    fn head(
        &self,
        name: &str,
        organisation: &Organisation,
        database: bool,
        signing: bool,
        soap: &str,
    ) -> String {
        let mut text =
            format!("name = \"{name}\"\nbin = \"{}\"\nnational_ca = \"national-ca.pem\"\n", organisation.bin);
        if database {
            let _ = writeln!(text, "database = \"{name}.db\"");
        }
        let _ = writeln!(text, "soap = \"{soap}\"\nlog = \"info,refinery_core=warn\"\n");
        if signing {
            text.push_str("[signing]\ncertificate = \"signing.pem\"\nkey = \"signing.key\"\n\n");
        }
        text.push_str("[tls]\ncertificate = \"tls.pem\"\nkey = \"tls.key\"\n\n");
        let crl = crl_url(self.country);
        let ca = self.country.url(Port::NationalCa);
        let _ = writeln!(text, "[crl]\nurl = \"{crl}\"\nrefresh_seconds = 1");
        for (key, path) in SOURCES {
            let _ = writeln!(text, "{key} = \"{ca}{path}\"");
        }
        text.push_str(POLICIES);
        text
    }

    fn listen(&self, doors: &[(&str, Port)]) -> String {
        let mut text = "[listen]\n".to_owned();
        for (purpose, port) in doors {
            let _ = writeln!(text, "{purpose} = \"127.0.0.1:{}\"", self.country.port(*port));
        }
        text.push('\n');
        text
    }

    fn peer(&self, organisation: &Organisation, groups: &[&str], messages: Option<(Port, &str)>) -> String {
        let mut text = format!(
            "[[peer]]\nbin = \"{}\"\nname = {}\ngroups = {groups:?}\n",
            organisation.bin,
            names(&organisation.name)
        );
        if let Some((port, service)) = messages {
            let _ = writeln!(text, "messages = \"{}/ws/v1/{service}\"", self.country.url(port));
        }
        text.push('\n');
        text
    }

    fn national_ca(&self) -> String {
        let crl = crl_url(self.country);
        // The CA asks nobody for its own list.
        let head = self.head("national-ca", &NATIONAL_CA, false, false, "1.1");
        let head = head.split("[crl]").next().unwrap_or_default().to_owned();
        head + &self.listen(&[("messages", Port::NationalCa)])
            + &format!("[settings]\nfolder = \".\"\ncrl_url = \"{crl}\"\n")
    }

    fn gateway(&self) -> String {
        let mut text = self.head("gateway", &GATEWAY, true, true, "1.1")
            + &self.listen(&[
                ("messages", Port::GatewayMessages),
                ("pages", Port::GatewayPages),
                ("consoles", Port::GatewayConsoles),
            ])
            + &self.peer(&PORTAL, &["portal"], Some((Port::PortalMessages, "portal")))
            + &self.peer(&BANK1, &["bank"], Some((Port::Bank1Messages, "bank")))
            + &self.peer(&BANK2, &["bank"], Some((Port::Bank2Messages, "bank")))
            + &self.peer(&CARD, &["card-page"], None)
            // Not called by the gateway, and without rights here; its registry of services leads to them.
            + &self.peer(&TAX_REGISTRY, &[], Some((Port::TaxRegistryMessages, "tax-registry")))
            + &self.peer(&SERVICE_BUS, &[], Some((Port::ServiceBusMessages, "service-bus")));
        let _ = write!(
            text,
            "[settings]\npages_url = \"{}\"\ncard_pages_url = \"{}\"\nlink_secret = \"links.secret\"\nstamp_url = \"{}{}\"\n\
             confidential_keys = \"confidential\"\nsettle_seconds = 3\nclose_after_minutes = 10\n\n[settings.qr_key]\ncertificate = \"qr.pem\"\nkey = \"qr.key\"\n\n\
             [[settings.portal]]\nbin = \"{}\"\nreturn_url = \"{}/orders/{{application}}/return\"\n\n\
             [[settings.bank_code]]\ncode = \"000\"\nbin = \"{}\"\n\n[[settings.bank_code]]\ncode = \"001\"\nbin = \"{}\"\n\n",
            self.country.url(Port::GatewayPages),
            self.country.url(Port::CardPages),
            self.country.url(Port::NationalCa),
            national_ca::STAMP_PATH,
            PORTAL.bin,
            self.country.url(Port::PortalPages),
            BANK1.bin,
            BANK2.bin,
        );
        text.push_str(&contracts());
        for officer in OFFICERS {
            let _ = write!(
                text,
                "[[settings.officer]]\niin = \"{}\"\nname = \"{}\"\ngroups = [\"{}\"]\nresource = \"{}\"\n\n",
                officer.person.iin,
                officer.person.full_name(),
                officer.group,
                officer.resource,
            );
        }
        for service in SERVICES {
            let _ = write!(
                text,
                "[[settings.service]]\ncode = \"{}\"\nname = {}\nprovider = \"{}\"\nprovider_name = {}\nprice = \"{}\"\n\
                 iban = \"KZ24070105KSN0000000\"\nbic = \"KKMFKZ2A\"\nkbk = \"105402\"\nknp = \"911\"\nkbe = \"11\"\n\
                 purpose = \"Плата за услугу {}\"\ne_service = {}\n\n",
                service.code,
                names(&service.name),
                PROVIDER.bin,
                names(&PROVIDER.name),
                service.price,
                service.code,
                service.e_service,
            );
        }
        text
    }

    fn card(&self) -> String {
        let mut text = self.head("card", &CARD, false, true, "1.1")
            + &self.listen(&[("pages", Port::CardPages)])
            + &self.peer(&GATEWAY, &["gateway"], Some((Port::GatewayMessages, "card")))
            + &self.peer(&BANK1, &["bank"], None)
            + &self.peer(&BANK2, &["bank"], None);
        let _ = write!(text, "[settings]\ngateway = \"{}\"\nauthorise_seconds = 10\n\n", GATEWAY.bin);
        for (prefix, bank, port) in [("4", &BANK1, Port::Bank1Iso8583), ("5", &BANK2, Port::Bank2Iso8583)] {
            let _ = write!(
                text,
                "[[settings.routes]]\nprefix = \"{prefix}\"\nbank = \"{}\"\naddress = \"127.0.0.1:{}\"\n\
                 server_name = \"localhost\"\n\n",
                bank.bin,
                self.country.port(port),
            );
        }
        text
    }

    fn portal(&self) -> String {
        let mut text = self.head("portal", &PORTAL, true, true, "1.1")
            + &self.listen(&[
                ("messages", Port::PortalMessages),
                ("pages", Port::PortalPages),
                ("certificate_pages", Port::PortalCertificatePages),
            ])
            + &self.peer(&GATEWAY, &["gateway"], Some((Port::GatewayMessages, "gateway")))
            + &self.peer(&SERVICE_BUS, &["service-bus"], Some((Port::ServiceBusMessages, "service-bus")))
            + &self.peer(&TAX_REGISTRY, &[], Some((Port::TaxRegistryMessages, "tax-registry")));
        let _ = write!(
            text,
            "[settings]\ngateway = \"{}\"\nservice_bus = \"{}\"\ntax_registry = \"{}\"\ncertificate_url = \"{}\"\n\
             payment_page_origins = [\"{}\", \"{}\"]\ndemonstration = true\n\n",
            GATEWAY.bin,
            SERVICE_BUS.bin,
            TAX_REGISTRY.bin,
            self.country.url(Port::PortalCertificatePages),
            self.country.url(Port::GatewayPages),
            self.country.url(Port::CardPages),
        );
        for person in PEOPLE {
            let (iin, name) = (person.iin, person.full_name());
            let _ = match person.role {
                Role::DeskOperator => write!(
                    text,
                    "[[settings.operator]]\niin = \"{iin}\"\nname = \"{name}\"\ncentre = \"{SERVICE_CENTRE}\"\n\n"
                ),
                // Officers come to the gateway's console, not to the portal.
                Role::Officer => continue,
                Role::Citizen | Role::Employee => write!(
                    text,
                    "[[settings.person]]\niin = \"{iin}\"\nname = \"{name}\"\npassword = \"{PASSWORD}\"\n\n"
                ),
            };
        }
        let [_, name, _] = COMPANY.name;
        let _ = write!(text, "[[settings.organisation]]\nbin = \"{}\"\nname = \"{name}\"\n", COMPANY.bin);
        text
    }

    fn tax_registry(&self) -> String {
        let mut text = self.head("tax-registry", &TAX_REGISTRY, true, true, "1.1")
            + &self.listen(&[("messages", Port::TaxRegistryMessages)])
            + &self.peer(&PORTAL, &["portal", "name-reader"], None)
            + &self.peer(&BANK1, &["bank", "name-reader"], None)
            + &self.peer(&BANK2, &["bank", "name-reader"], None);
        text.push_str("[settings]\n\n");
        for person in PEOPLE {
            let _ = write!(
                text,
                "[[settings.person]]\niin = \"{}\"\nname = \"{}\"\n\n",
                person.iin,
                person.full_name()
            );
        }
        text
    }

    fn service_bus(&self) -> String {
        let mut text = self.head("service-bus", &SERVICE_BUS, true, true, "1.1")
            + &self.listen(&[("messages", Port::ServiceBusMessages)])
            + &self.peer(&PORTAL, &["portal"], Some((Port::PortalMessages, "portal")));
        let _ = write!(text, "[settings]\nportal = \"{}\"\n\n", PORTAL.bin);
        for service in SERVICES {
            let _ = write!(
                text,
                "[[settings.service]]\ncode = \"{}\"\nname = {}\nagency = \"{}\"\nagency_name = {}\n\
                 statement = [\"Мәліметтер тізілімде бар.\", \"Сведения имеются в реестре.\", \"The record is in the register.\"]\n\n",
                service.code,
                names(&service.name),
                PROVIDER.bin,
                names(&PROVIDER.name),
            );
        }
        text
    }

    fn bank(&self, bank: &Bank) -> String {
        let mut text = self.head(bank.is.folder, bank.is, true, true, bank.soap)
            + &self.listen(&[
                ("messages", bank.messages),
                ("iso8583", bank.iso8583),
                ("terminals", bank.terminals),
                ("pages", bank.pages),
            ])
            + &self.peer(&GATEWAY, &["gateway"], Some((Port::GatewayMessages, "gateway")))
            + &self.peer(&CARD, &["card-page"], None)
            + &self.peer(&TAX_REGISTRY, &[], Some((Port::TaxRegistryMessages, "tax-registry")));
        let [kk, ru, en] = bank.is.name;
        let mut key = [0; 32];
        SystemEntropy.fill(&mut key);
        let _ = write!(
            text,
            "[settings]\nname = [\"{kk}\", \"{ru}\", \"{en}\"]\nshort_name = \"{}\"\nbank_code = \"{}\"\n\
             reference_prefix = \"{}\"\ngateway = \"{}\"\ntax_registry = \"{}\"\ncard_key = \"{}\"\ncard_ranges = [\"{}\"]\n\
             silence_seconds = 120\nslow_seconds = 4\n{}\n\
             operator = {{ account = \"{}\", name = \"{}\", fee_basis_points = 30, fee_most = \"50000.00\" }}\n\n",
            bank.short_name,
            bank.code,
            bank.prefix,
            GATEWAY.bin,
            TAX_REGISTRY.bin,
            hex::encode(key),
            bank.range,
            bank.commission,
            bank.operator_account,
            GATEWAY.name[0],
        );
        text.push_str(bank.clients);
        for (id, folder, zone_key) in [("ATM-1", "atm", Some(bank.zone_key)), ("KIOSK-1", "kiosk", None)] {
            let _ = writeln!(
                text,
                "[[settings.terminal]]\nid = \"{id}\"\ncertificate = \"../{}-{folder}/tls.pem\"",
                bank.is.folder
            );
            if let Some(zone_key) = zone_key {
                let _ = writeln!(text, "zone_key = \"{zone_key}\"");
            }
            text.push('\n');
        }
        text
    }

    fn terminal_head(&self, bank: &Bank, kind: &str, page: Port) -> String {
        let name = format!("{}-{kind}", bank.is.folder);
        let [kk, ru, en] = bank.is.name;
        self.head(&name, bank.is, true, false, "1.1")
            + &self.listen(&[("pages", page)])
            + &format!(
                "[settings]\nid = \"{}-1\"\nbank_name = [\"{kk}\", \"{ru}\", \"{en}\"]\nterminals_url = \"{}\"\n",
                kind.to_uppercase(),
                self.country.url(bank.terminals)
            )
    }

    fn atm(&self, bank: &Bank) -> String {
        self.terminal_head(bank, "atm", bank.atm)
            + &format!(
                "iso8583_address = \"127.0.0.1:{}\"\nserver_name = \"localhost\"\nzone_key = \"{}\"\n",
                self.country.port(bank.iso8583),
                bank.zone_key
            )
    }

    fn kiosk(&self, bank: &Bank) -> String {
        self.terminal_head(bank, "kiosk", bank.kiosk)
    }
}

fn names([kk, ru, en]: &[&str; 3]) -> String {
    format!("[\"{kk}\", \"{ru}\", \"{en}\"]")
}

fn subject(organisation: &Organisation) -> Result<Subject> {
    let [_, name, _] = organisation.name;
    Ok(Subject { name: name.parse()?, bin: organisation.bin.parse()? })
}

fn holder(person: &Person) -> Result<Holder> {
    Ok(Holder {
        surname: person.surname.parse()?,
        given_name: person.given_name.parse()?,
        iin: person.iin.parse()?,
    })
}

/// One of the two banks, with everything in which they differ.
struct Bank {
    is: &'static Organisation,
    short_name: &'static str,
    code: &'static str,
    prefix: &'static str,
    range: &'static str,
    soap: &'static str,
    commission: &'static str,
    operator_account: &'static str,
    /// Key of the ATM's PIN pad; demonstration cards have no secret worth more.
    zone_key: &'static str,
    clients: &'static str,
    messages: Port,
    iso8583: Port,
    terminals: Port,
    pages: Port,
    atm: Port,
    kiosk: Port,
}

const FIRST: Bank = Bank {
    is: &BANK1,
    short_name: "alatau",
    code: "000",
    prefix: "ALTB",
    range: "4",
    soap: "1.1",
    commission: "commission = { basis_points = 50, minimum = \"20.00\", maximum = \"500.00\" }",
    operator_account: "KZ320000000000900001",
    zone_key: "000102030405060708090a0b0c0d0e0f",
    clients: include_str!("bank1.toml"),
    messages: Port::Bank1Messages,
    iso8583: Port::Bank1Iso8583,
    terminals: Port::Bank1Terminals,
    pages: Port::Bank1Pages,
    atm: Port::Bank1Atm,
    kiosk: Port::Bank1Kiosk,
};

const SECOND: Bank = Bank {
    is: &BANK2,
    short_name: "saryarka",
    code: "001",
    prefix: "SRKB",
    range: "5",
    soap: "1.2",
    commission: "commission = { basis_points = 0, minimum = \"50.00\", maximum = \"50.00\" }",
    operator_account: "KZ150010000000900001",
    zone_key: "f0e0d0c0b0a090807060504030201000",
    clients: include_str!("bank2.toml"),
    messages: Port::Bank2Messages,
    iso8583: Port::Bank2Iso8583,
    terminals: Port::Bank2Terminals,
    pages: Port::Bank2Pages,
    atm: Port::Bank2Atm,
    kiosk: Port::Bank2Kiosk,
};

/// The contracts a gateway begins with: its operator's with the national operator and with each bank (cl. 22).
fn contracts() -> String {
    let mut text = format!(
        "[[settings.contract]]\nnumber = \"NO-2026/01\"\nparty = \"{}\"\nsince = \"{CONTRACTS_SINCE}\"\n\n",
        NATIONAL_OPERATOR.bin
    );
    for (number, bank, iban) in CONTRACTS {
        let _ = write!(
            text,
            "[[settings.contract]]\nnumber = \"{number}\"\nparty = \"{}\"\nsince = \"{CONTRACTS_SINCE}\"\n\n\
             [settings.contract.bank]\nper_payment = \"10000000.00\"\nfee_basis_points = 30\nfee_least = \"0.00\"\n\
             fee_most = \"50000.00\"\nreimburse_days = 1\nguarantee_days = 3\nsettlement_iban = \"{iban}\"\n\n",
            bank.bin
        );
    }
    text
}
