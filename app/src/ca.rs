//! `tolem ca`: the national CA from the command line, and what a participant asks of it. The serving process sees at
//! once what is done here.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use http::StatusCode;
use national_ca::{CaError, IssueRequest, IssuingKey, NationalCa, RootRequest, Settings, Status, files};
use participant::{Config, Host, SystemClock, SystemEntropy};
use pki::issue::{Organisation, Person, Profile};
use pki::ocsp::{CertificateStatus, Question};
use pki::time_stamp::{Stamp, StampQuestion, token_of, verify};
use pki::{Certificate, RevocationReason, Serial, SuiteId, Wanted};
use serde_json::json;
use terms::Clock as _;
use transport::{Answer, ClientLimits, HttpClient};

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

pub(crate) async fn run(command: CaCommand, json: bool) -> Result<(), Failure> {
    match command {
        CaCommand::Init { dir, name, crl_url, suite } => init(&dir, &name, &crl_url, suite, json),
        CaCommand::AddHierarchy { hierarchy, dir, suite, name } => {
            let common_name = name.parse().map_err(Failure::usage)?;
            let root = RootRequest { common_name, suite, life_days: ROOT_DAYS };
            let key = open(&dir)?.add_hierarchy(&hierarchy, &root).map_err(failure)?;
            say_key(&key, json);
            Ok(())
        }
        CaCommand::RollOver { hierarchy, dir, suite } => {
            let key = open(&dir)?.roll_over(&hierarchy, suite, ROOT_DAYS).map_err(failure)?;
            say_key(&key, json);
            Ok(())
        }
        CaCommand::Keys { dir } => {
            open(&dir)?.issuing_keys().map_err(failure)?.iter().for_each(|key| say_key(key, json));
            Ok(())
        }
        CaCommand::Issue(arguments) => issue(&arguments, json),
        CaCommand::Revoke { dir, serial, reason } => revoke(&dir, serial, reason, json),
        CaCommand::Suspend { dir, serial } => revoke(&dir, serial, RevocationReason::CertificateHold, json),
        CaCommand::Resume { dir, serial } => {
            open(&dir)?.resume(serial).map_err(failure)?;
            let object = json!({ "serial": serial.to_string(), "status": "in force" });
            output::one(json, &object, || format!("{serial} is in force again"));
            Ok(())
        }
        CaCommand::Crl { issuer, delta, dir, out } => {
            let ca = open(&dir)?;
            let published = if delta { ca.current_delta_of(&issuer) } else { ca.publish_crl_of(&issuer) };
            let published = published.map_err(failure)?;
            if let Some(path) = &out {
                std::fs::write(path, &published.der)
                    .with_context(|| format!("writing {}", path.display()))?;
            }
            let object = json!({
                "issuer": issuer,
                "number": published.number,
                "delta": delta,
                "octets": published.der.len(),
                "file": out,
            });
            output::one(json, &object, || format!("list number {} is published", published.number));
            Ok(())
        }
        CaCommand::List { dir } => list(&dir, json),
        CaCommand::Ocsp { certificate, config } => ask(&certificate, &config, json).await,
        CaCommand::Stamp { file, out, url, config } => stamp(&file, &out, url, &config, json).await,
        CaCommand::VerifyStamp { file, stamp, national_ca } => {
            verify_stamp(&file, &stamp, &national_ca, json)
        }
    }
}

/// A failure with the exit code that goes with it.
fn failure(error: CaError) -> Failure {
    match error {
        CaError::UnknownSerial(_) | CaError::UnknownIssuer(_) => Failure::not_found(error),
        CaError::AlreadyThere(_) | CaError::NotSuspended(_) => Failure::conflict(error),
        CaError::Name => Failure::usage(error),
        other => Failure::from(anyhow::Error::new(other)),
    }
}

fn say_key(key: &IssuingKey, json: bool) {
    let suite = key.certificate.public_key().suite().map_or_else(String::new, |suite| suite.to_string());
    let object = json!({
        "hierarchy": key.hierarchy,
        "name": key.name,
        "suite": suite,
        "serial": key.certificate.serial().to_string(),
        "not_after": key.certificate.not_after().to_string(),
        "issues": key.issues,
    });
    output::one(json, &object, || {
        let does = if key.issues { "issues" } else { "answers for what it issued" };
        format!(
            "{:<16} {:<10} {suite:<8} {does}, until {}",
            key.name,
            key.hierarchy,
            key.certificate.not_after()
        )
    });
}

fn revoke(dir: &Path, serial: Serial, reason: RevocationReason, json: bool) -> Result<(), Failure> {
    let revocation = open(dir)?.revoke(serial, reason).map_err(failure)?;
    let object = json!({
        "serial": serial.to_string(),
        "since": revocation.since.to_string(),
        "reason": revocation.reason.to_string(),
    });
    output::one(json, &object, || {
        format!("{serial} is revoked since {}: {}", revocation.since, revocation.reason)
    });
    Ok(())
}

fn list(dir: &Path, json: bool) -> Result<(), Failure> {
    for record in open(dir)?.records(u32::MAX).map_err(failure)? {
        let subject = record.certificate.subject().common_name.clone();
        let revoked = match record.status {
            Status::InForce => None,
            Status::Revoked(revocation) => Some(revocation),
        };
        let object = json!({
            "serial": record.serial.to_string(),
            "issuer": record.issuer,
            "subject": subject,
            "profile": record.profile,
            "not_after": record.certificate.not_after().to_string(),
            "revoked_since": revoked.map(|revoked| revoked.since.to_string()),
            "reason": revoked.map(|revoked| revoked.reason.to_string()),
        });
        output::one(json, &object, || {
            let status = revoked.map_or_else(
                || "in force".to_owned(),
                |revoked| format!("revoked {}: {}", revoked.since, revoked.reason),
            );
            format!("{}  {:<24} {subject}  {status}", record.serial, record.profile)
        });
    }
    Ok(())
}

/// A participant that asks something, from its configuration.
fn participant(config: &Path) -> Result<(Arc<Host>, HttpClient), Failure> {
    let host = Host::new(Config::read(config)?, Arc::new(SystemClock), Box::new(SystemEntropy))?;
    let client = HttpClient::new(Some(&host.identity), &host.roots, ClientLimits::default());
    Ok((host, client.map_err(anyhow::Error::new)?))
}

fn nonce(host: &Host) -> [u8; 16] {
    let mut nonce = [0; 16];
    host.draw(|entropy| entropy.fill(&mut nonce));
    nonce
}

async fn ask(certificate: &Path, config: &Path, json: bool) -> Result<(), Failure> {
    let text = std::fs::read_to_string(certificate)
        .with_context(|| format!("reading {}", certificate.display()))
        .map_err(Failure::not_found)?;
    let certificate = Certificate::from_pem(&text).map_err(Failure::signature)?;
    let (host, client) = participant(config)?;
    let url = host.config.crl.as_ref().and_then(|crl| crl.ocsp_url.clone());
    let url = url.ok_or_else(|| Failure::usage(anyhow!("the configuration names no `ocsp_url`")))?;
    let issuer = host.trust.roots().iter().find(|root| certificate.is_issued_by(root)).cloned();
    let issuer = issuer.ok_or_else(|| Failure::signature(anyhow!("the national CA did not issue it")))?;
    let (wanted, nonce) = (Wanted { certificate, issuer }, nonce(&host));
    let question = Question::new(&wanted, &nonce).map_err(anyhow::Error::new)?;
    let answer = client.post(&url, "application/ocsp-request", &[], question.der.into()).await;
    let answer = found(&url, answer.map_err(Failure::away)?)?;
    let reply = host.trust.install_ocsp(&wanted, Some(&nonce), &answer, host.now());
    let reply = reply.map_err(Failure::signature)?;
    let (status, since, reason) = match reply.status {
        CertificateStatus::Good => ("good", None, None),
        CertificateStatus::Unknown => ("unknown", None, None),
        CertificateStatus::Revoked { since, reason } => {
            ("revoked", Some(since.to_string()), Some(reason.to_string()))
        }
    };
    let object = json!({
        "serial": wanted.certificate.serial().to_string(),
        "status": status,
        "since": since,
        "reason": reason,
        "this_update": reply.this_update.to_string(),
        "next_update": reply.next_update.map(|next| next.to_string()),
    });
    output::one(json, &object, || match since.as_ref().zip(reason.as_ref()) {
        Some((since, reason)) => format!("revoked since {since}: {reason}"),
        None => format!("{status}, known at {}", reply.this_update),
    });
    Ok(())
}

/// What a service of the national CA answered; another status means that it is not there.
fn found(url: &str, answer: Answer) -> Result<Bytes, Failure> {
    if answer.status == StatusCode::OK {
        Ok(answer.body)
    } else {
        Err(Failure::away(anyhow!("{url} answered {}", answer.status)))
    }
}

fn digest_of(file: &Path) -> Result<[u8; 32], Failure> {
    let octets = std::fs::read(file)
        .with_context(|| format!("reading {}", file.display()))
        .map_err(Failure::not_found)?;
    let digest = pki::suite(SuiteId::P256).digest(&octets);
    Ok(digest.try_into().map_err(|_| anyhow!("SHA-256 has 32 octets"))?)
}

async fn stamp(
    file: &Path,
    out: &Path,
    url: Option<String>,
    config: &Path,
    json: bool,
) -> Result<(), Failure> {
    let digest = digest_of(file)?;
    let (host, client) = participant(config)?;
    let configured = || host.config.settings.get("stamp_url").and_then(|url| url.as_str().map(str::to_owned));
    let url = url.or_else(configured).ok_or_else(|| Failure::usage(anyhow!("--url is missing")))?;
    let nonce = nonce(&host);
    let question = StampQuestion::new(&digest, &nonce).map_err(anyhow::Error::new)?;
    let answer = client.post(&url, "application/timestamp-query", &[], question.der.into()).await;
    let answer = found(&url, answer.map_err(Failure::away)?)?;
    let token = token_of(&answer).map_err(Failure::signature)?;
    let stamp = verify(&token, &digest, Some(&nonce), &host.trust.roots(), host.now());
    let stamp = stamp.map_err(Failure::signature)?;
    std::fs::write(out, &token).with_context(|| format!("writing {}", out.display()))?;
    say_stamp(&stamp, json);
    Ok(())
}

fn verify_stamp(file: &Path, stamp: &Path, national_ca: &Path, json: bool) -> Result<(), Failure> {
    let token = std::fs::read(stamp)
        .with_context(|| format!("reading {}", stamp.display()))
        .map_err(Failure::not_found)?;
    let roots = participant::read_certificates(national_ca).map_err(Failure::not_found)?;
    let now = SystemClock.now();
    let stamp = verify(&token, &digest_of(file)?, None, &roots, now).map_err(Failure::signature)?;
    say_stamp(&stamp, json);
    Ok(())
}

fn say_stamp(stamp: &Stamp, json: bool) {
    let object = json!({
        "at": stamp.at.to_string(),
        "serial": stamp.serial.to_string(),
        "policy": stamp.policy.to_string(),
        "authority": stamp.authority.subject().common_name,
    });
    output::one(json, &object, || {
        format!("seen at {} by {}", stamp.at, stamp.authority.subject().common_name)
    });
}

/// How long a CA made from the command line lives, in days.
const ROOT_DAYS: u32 = 3650;

fn init(folder: &Path, name: &str, crl_url: &str, suite: SuiteId, json: bool) -> Result<(), Failure> {
    let common_name = name.parse().map_err(Failure::usage)?;
    let root = RootRequest { common_name, suite, life_days: ROOT_DAYS };
    let ca =
        NationalCa::init(folder, &root, Settings::new(crl_url), Arc::new(SystemClock)).map_err(failure)?;
    remember_crl_url(folder, crl_url)?;
    let serial = ca.certificate().serial().to_string();
    output::one(json, &json!({ "dir": folder, "serial": serial }), || {
        format!("a new CA in {}", folder.display())
    });
    Ok(())
}

fn profile(arguments: &IssueArguments) -> anyhow::Result<Profile> {
    let organisation = || {
        let bin = arguments.bin.context("--bin is missing")?;
        let name = arguments.name.as_ref().context("--name is missing")?.parse()?;
        anyhow::Ok(Organisation { name, bin })
    };
    let person = || {
        Ok(Person {
            surname: arguments.surname.as_ref().context("--surname is missing")?.parse()?,
            given_name: arguments.given_name.as_ref().context("--given-name is missing")?.parse()?,
            iin: arguments.iin.context("--iin is missing")?,
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
    let request = IssueRequest { profile, suite: arguments.suite, life_days: arguments.days };
    let ca = open(&arguments.dir)?;
    let issued = match &arguments.hierarchy {
        Some(hierarchy) => ca.issue_in(hierarchy, request),
        None => ca.issue(request),
    };
    let issued = issued.map_err(failure)?;
    let out = &arguments.out;
    let (certificate, key) = (out.with_added_extension("pem"), out.with_added_extension("key"));
    files::write_secret(&key, issued.key_pem.expose_secret())
        .with_context(|| format!("writing {}", key.display()))?;
    files::write_public(&certificate, &issued.certificate.to_pem())
        .with_context(|| format!("writing {}", certificate.display()))?;
    let serial = issued.certificate.serial();
    let object = json!({ "serial": serial.to_string(), "certificate": certificate, "key": key });
    output::one(json, &object, || format!("{serial} in {} and {}", certificate.display(), key.display()));
    Ok(())
}
