//! `tolem key`: key containers from the command line. Secrets go from file to file and are never printed.

use std::path::{Path, PathBuf};

use anyhow::Context;
use national_ca::files;
use pki::{Certificate, Container, ContainerError, FileSigner, MAX_CONTAINER_OCTETS, Password, Signer as _};
use serde_json::json;
use zeroize::Zeroizing;

use crate::cli::{KeyCommand, PasswordArguments};
use crate::exit::Failure;
use crate::output;

pub(crate) fn run(command: KeyCommand, json: bool) -> Result<(), Failure> {
    match command {
        KeyCommand::Show { container, password } => show(&container, &password, json),
        KeyCommand::Pack { key, certificate, password, out } => {
            pack(&key, &certificate, &password, &out, json)
        }
        KeyCommand::Unpack { container, password, out } => unpack(&container, &password, &out, json),
    }
}

/// Reads the password from its file, or from stdin.
fn password(arguments: &PasswordArguments) -> Result<Password, Failure> {
    let path = &arguments.password_file;
    let read =
        if path == Path::new("-") { Password::read(std::io::stdin()) } else { Password::of_file(path) };
    Ok(read.with_context(|| format!("the password in {}", path.display()))?)
}

fn open(path: &Path, arguments: &PasswordArguments) -> Result<Container, Failure> {
    let shown = || path.display().to_string();
    let length = std::fs::metadata(path).with_context(shown)?.len();
    if length > MAX_CONTAINER_OCTETS as u64 {
        return Err(Failure::signature(anyhow::Error::new(ContainerError::TooLong).context(shown())));
    }
    let octets = std::fs::read(path).with_context(shown)?;
    Container::read(&octets, &password(arguments)?).with_context(shown).map_err(Failure::signature)
}

/// The key with its own certificate among those of the container.
fn signer(container: &Container) -> Result<FileSigner, Failure> {
    container.signer().map_err(|error| Failure::signature(anyhow::Error::new(error)))
}

/// What a certificate says of itself, for scripts.
fn described(certificate: &Certificate) -> serde_json::Value {
    let subject = certificate.subject();
    json!({
        "serial": certificate.serial().to_string(),
        "name": subject.common_name,
        "bin": subject.organisation.as_ref().map(ToString::to_string),
        "not_before": certificate.not_before().to_string(),
        "not_after": certificate.not_after().to_string(),
        "suite": certificate.public_key().suite().map(|suite| suite.to_string()),
    })
}

fn show(path: &Path, arguments: &PasswordArguments, json: bool) -> Result<(), Failure> {
    let container = open(path, arguments)?;
    // A key that is of no use here is still worth a look.
    let own = container.signer().ok().map(|signer| signer.certificate().serial().to_string());
    let certificates: Vec<_> = container.certificates().iter().map(described).collect();
    let object = json!({
        "key_algorithm": container.key_algorithm().to_string(),
        "own_certificate": own,
        "certificates": certificates,
    });
    output::one(json, &object, || {
        let mut text = format!("key      {}", container.key_algorithm());
        for certificate in container.certificates() {
            let serial = certificate.serial().to_string();
            let whose = if own.as_ref() == Some(&serial) { "of the key" } else { "beside it" };
            let until = certificate.not_after();
            text.push_str(&format!(
                "\n{whose}  {serial}  until {until}  {}",
                certificate.subject().common_name
            ));
        }
        text
    });
    Ok(())
}

fn pack(
    key: &Path,
    certificates: &[PathBuf],
    arguments: &PasswordArguments,
    out: &Path,
    json: bool,
) -> Result<(), Failure> {
    let key_pem =
        std::fs::read_to_string(key).map(Zeroizing::new).with_context(|| key.display().to_string())?;
    let mut all = Vec::new();
    for path in certificates {
        all.extend(participant::read_certificates(path).map_err(Failure::signature)?);
    }
    let put = |certificates| {
        Container::of(&key_pem, certificates).map_err(|error| Failure::signature(anyhow::Error::new(error)))
    };
    // The key's own certificate goes first: that is where programs look for it.
    let own = signer(&put(all.clone())?)?.certificate().clone();
    all.retain(|certificate| *certificate != own);
    all.insert(0, own.clone());
    let octets = put(all)?.write(&password(arguments)?).map_err(anyhow::Error::new)?;
    files::write_secret_octets(out, &octets).with_context(|| format!("writing {}", out.display()))?;
    let serial = own.serial().to_string();
    let object = json!({ "container": out, "own_certificate": serial });
    output::one(json, &object, || format!("{serial} in {}", out.display()));
    Ok(())
}

fn unpack(path: &Path, arguments: &PasswordArguments, out: &Path, json: bool) -> Result<(), Failure> {
    let container = open(path, arguments)?;
    let own = signer(&container)?.certificate().clone();
    let (certificate, key) = (out.with_added_extension("pem"), out.with_added_extension("key"));
    let others = container.certificates().iter().filter(|other| **other != own);
    let pem: String = std::iter::once(&own).chain(others).map(Certificate::to_pem).collect();
    let key_pem = container.key_pem().map_err(anyhow::Error::new)?;
    files::write_secret(&key, &key_pem).with_context(|| format!("writing {}", key.display()))?;
    files::write_public(&certificate, &pem).with_context(|| format!("writing {}", certificate.display()))?;
    let serial = own.serial().to_string();
    let object = json!({ "own_certificate": serial, "certificate": certificate, "key": key });
    output::one(json, &object, || format!("{serial} in {} and {}", certificate.display(), key.display()));
    Ok(())
}
