//! `tolem ca`: the national CA from the command line. The serving process sees at once what is done here.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use national_ca::{CaError, IssueRequest, NationalCa, RootRequest, Settings, Status, files};
use participant::SystemClock;
use pki::SuiteId;
use pki::issue::{Organisation, Person, Profile};
use serde_json::json;

use crate::cli::{CaCommand, IssueArguments};
use crate::exit::Failure;
use crate::output;

/// Where the list is published when the CA's folder does not say; written into certificates issued here.
const CRL_URL_FILE: &str = "crl-url";

/// Opens the CA of a folder.
pub(crate) fn open(folder: &Path) -> Result<NationalCa, Failure> {
    let url_path = folder.join(CRL_URL_FILE);
    let url = std::fs::read_to_string(&url_path)
        .with_context(|| format!("{} holds no national CA", folder.display()))
        .map_err(Failure::not_found)?;
    Ok(NationalCa::open(folder, Settings::new(url.trim()), Arc::new(SystemClock))
        .map_err(anyhow::Error::new)?)
}

/// Remembers where a CA's list is published.
pub(crate) fn remember_crl_url(folder: &Path, url: &str) -> anyhow::Result<()> {
    Ok(files::write_public(&folder.join(CRL_URL_FILE), url)?)
}

pub(crate) fn run(command: CaCommand, json: bool) -> Result<(), Failure> {
    match command {
        CaCommand::Init { dir, name, crl_url } => init(&dir, &name, &crl_url, json),
        CaCommand::Issue(arguments) => issue(&arguments, json),
        CaCommand::Revoke { dir, serial, reason } => {
            let serial = serial.parse().map_err(Failure::usage)?;
            let reason = reason.parse().map_err(Failure::usage)?;
            let revocation = open(&dir)?.revoke(serial, reason).map_err(|error| match error {
                CaError::UnknownSerial(_) => Failure::not_found(error),
                other => Failure::from(anyhow::Error::new(other)),
            })?;
            let object = json!({ "serial": serial.to_string(), "since": revocation.since.to_string() });
            output::one(json, &object, || format!("{serial} is revoked since {}", revocation.since));
            Ok(())
        }
        CaCommand::Crl { dir, out } => {
            let published = open(&dir)?.publish_crl().map_err(anyhow::Error::new)?;
            if let Some(path) = &out {
                std::fs::write(path, &published.der)
                    .with_context(|| format!("writing {}", path.display()))?;
            }
            let object = json!({ "number": published.number, "octets": published.der.len(), "file": out });
            output::one(json, &object, || format!("list number {} is published", published.number));
            Ok(())
        }
        CaCommand::List { dir } => {
            for record in open(&dir)?.records(u32::MAX).map_err(anyhow::Error::new)? {
                let subject = record.certificate.subject().common_name.clone();
                let revoked_since = match record.status {
                    Status::InForce => None,
                    Status::Revoked(revocation) => Some(revocation.since.to_string()),
                };
                let object = json!({
                    "serial": record.serial.to_string(),
                    "subject": subject,
                    "profile": record.profile,
                    "not_after": record.certificate.not_after().to_string(),
                    "revoked_since": revoked_since,
                });
                output::one(json, &object, || {
                    let status = revoked_since
                        .map_or_else(|| "in force".to_owned(), |since| format!("revoked {since}"));
                    format!("{}  {:<24} {subject}  {status}", record.serial, record.profile)
                });
            }
            Ok(())
        }
    }
}

/// How long a CA made from the command line lives, in days.
const ROOT_DAYS: u32 = 3650;

fn init(folder: &Path, name: &str, crl_url: &str, json: bool) -> Result<(), Failure> {
    let common_name = name.parse().map_err(Failure::usage)?;
    let root = RootRequest { common_name, suite: SuiteId::Rsa2048, life_days: ROOT_DAYS };
    let ca =
        NationalCa::init(folder, &root, Settings::new(crl_url), Arc::new(SystemClock)).map_err(|error| {
            match error {
                CaError::AlreadyThere(_) => Failure::conflict(error),
                other => Failure::from(anyhow::Error::new(other)),
            }
        })?;
    remember_crl_url(folder, crl_url)?;
    let serial = ca.certificate().serial().to_string();
    output::one(json, &json!({ "dir": folder, "serial": serial }), || {
        format!("a new CA in {}", folder.display())
    });
    Ok(())
}

fn profile(arguments: &IssueArguments) -> anyhow::Result<Profile> {
    let organisation = || {
        let bin = arguments.bin.as_ref().context("--bin is missing")?.parse()?;
        let name = arguments.name.as_ref().context("--name is missing")?.parse()?;
        anyhow::Ok(Organisation { name, bin })
    };
    let person = || {
        Ok(Person {
            surname: arguments.surname.as_ref().context("--surname is missing")?.parse()?,
            given_name: arguments.given_name.as_ref().context("--given-name is missing")?.parse()?,
            iin: arguments.iin.as_ref().context("--iin is missing")?.parse()?,
        })
    };
    let host_names = if arguments.host.is_empty() {
        vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()]
    } else {
        arguments.host.clone()
    };
    match arguments.profile.as_str() {
        "participant-signing" => Ok(Profile::ParticipantSigning { organisation: organisation()? }),
        "participant-tls" => Ok(Profile::ParticipantTls { organisation: organisation()?, host_names }),
        "person-authentication" => person().map(|person| Profile::PersonAuthentication { person }),
        "person-signing" => person().map(|person| Profile::PersonSigning { person }),
        "employee-authentication" => {
            Ok(Profile::EmployeeAuthentication { person: person()?, organisation: organisation()? })
        }
        "employee-signing" => {
            Ok(Profile::EmployeeSigning { person: person()?, organisation: organisation()? })
        }
        other => Err(anyhow!("no such profile: {other}")),
    }
}

fn issue(arguments: &IssueArguments, json: bool) -> Result<(), Failure> {
    let profile = profile(arguments).map_err(Failure::usage)?;
    let suite = arguments.suite.parse().map_err(Failure::usage)?;
    let request = IssueRequest { profile, suite, life_days: arguments.days };
    let issued = open(&arguments.dir)?.issue(request).map_err(anyhow::Error::new)?;
    let (certificate, key) = (arguments.out.with_extension("pem"), arguments.out.with_extension("key"));
    files::write_secret(&key, issued.key_pem.expose_secret())
        .with_context(|| format!("writing {}", key.display()))?;
    files::write_public(&certificate, &issued.certificate.to_pem())
        .with_context(|| format!("writing {}", certificate.display()))?;
    let serial = issued.certificate.serial();
    let object = json!({ "serial": serial.to_string(), "certificate": certificate, "key": key });
    output::one(json, &object, || format!("{serial} in {} and {}", certificate.display(), key.display()));
    Ok(())
}
