//! The whole CA in one file: its registry as it is at one moment, with its issuing keys and their certificates beside it.
//! The keys of its services are not in it: they are made anew.
//!
//! Who holds a backup holds the country's trust: the file is readable by its owner only, it is not encrypted, and it
//! belongs where the key itself would be kept. What was issued, revoked or published after a backup is not in it.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pki::issue::Authority;
use terms::Clock;
use zeroize::Zeroizing;

use crate::ca::{
    CERTIFICATE_FILE, CaError, FIRST_ISSUER, KEY_FILE, NationalCa, PublishedCrl, REGISTRY_FILE, Settings,
    in_file,
};
use crate::files::{write_public, write_secret};
use crate::store::{Registry, copy};

/// Copies the CA of a folder into one new file, while it runs.
///
/// # Errors
/// [`CaError::AlreadyThere`] where there is such a file, and what the file system or the registry says.
pub fn backup(folder: &Path, to: &Path) -> Result<(), CaError> {
    if to.exists() {
        return Err(CaError::AlreadyThere(to.to_owned()));
    }
    let read = |name: &str| {
        let path = folder.join(name);
        in_file(&path, fs::read_to_string(&path)).map(Zeroizing::new)
    };
    // The registry first: a key that is made meanwhile is not in it, and so is not missed.
    let names: Vec<String> = issuers(&folder.join(REGISTRY_FILE))?;
    let texts =
        names.into_iter().map(|name| Ok((read(&name)?, name))).collect::<Result<Vec<_>, CaError>>()?;
    let partial = empty_private(to)?;
    let packed: Vec<_> = texts.iter().map(|(text, name)| (name.as_str(), text.as_str())).collect();
    let packed = copy::pack(&folder.join(REGISTRY_FILE), &partial, &packed);
    let done = packed.map_err(CaError::from).and_then(|()| publish(&partial, to));
    if done.is_err() {
        // A half copy may hold the key; the reason of the failure is what is told.
        let _ = fs::remove_file(&partial);
    }
    done
}

/// Puts a backup into a folder that holds no CA, and publishes a list.
///
/// Somebody may have seen lists that are newer than the backup, and believes no older one. So the new list's number is
/// at least the time of the restoration in Unix seconds: numbers begin at one, and lists are made less often than once
/// a second, so it is above every number ever published, however often a CA is restored.
///
/// # Errors
/// [`CaError::AlreadyThere`] where the folder holds a CA, [`CaError::NoBackup`] where the file is none,
/// [`CaError::Load`] where its key does not fit its certificate, and what the file system or the registry says.
pub fn restore(
    from: &Path,
    folder: &Path,
    settings: Settings,
    clock: Arc<dyn Clock>,
) -> Result<PublishedCrl, CaError> {
    if [KEY_FILE, CERTIFICATE_FILE, REGISTRY_FILE].iter().any(|name| folder.join(name).exists()) {
        return Err(CaError::AlreadyThere(folder.to_owned()));
    }
    let no_backup = || CaError::NoBackup(from.to_owned());
    if !copy::is_whole(from).map_err(|_| no_backup())? {
        return Err(no_backup());
    }
    let text = |name: &str| match copy::text(from, name) {
        Ok(Some(text)) => Ok(Zeroizing::new(text)),
        _ => Err(no_backup()),
    };
    let (key, certificate) = (text(KEY_FILE)?, text(CERTIFICATE_FILE)?);
    Authority::load(&key, &certificate)?;
    let others = copy::names(from).map_err(|_| no_backup())?;
    let others = others.into_iter().filter(|name| name != KEY_FILE && name != CERTIFICATE_FILE);
    let others = others.map(|name| Ok((text(&name)?, name))).collect::<Result<Vec<_>, CaError>>()?;
    in_file(folder, fs::DirBuilder::new().recursive(true).mode(0o700).create(folder))?;
    let registry = folder.join(REGISTRY_FILE);
    let partial = empty_private(&registry)?;
    copy::unpack(from, &partial)?;
    publish(&partial, &registry)?;
    let key_path = folder.join(KEY_FILE);
    in_file(&key_path, write_secret(&key_path, &key))?;
    for (text, name) in others {
        // A name that led out of the folder would be none of ours.
        if Path::new(&name).file_name() != Some(name.as_ref()) {
            return Err(no_backup());
        }
        let path = folder.join(&name);
        let is_key = name.ends_with(".key");
        in_file(&path, if is_key { write_secret(&path, &text) } else { write_public(&path, &text) })?;
    }
    // Written last, as when a CA begins: its presence means that everything is there.
    let certificate_path = folder.join(CERTIFICATE_FILE);
    in_file(&certificate_path, write_public(&certificate_path, &certificate))?;
    let at_least = u64::try_from(clock.now().unix_seconds()).unwrap_or(0);
    let ca = NationalCa::open(folder, settings, clock)?;
    for key in ca.issuing_keys()?.iter().filter(|key| key.name != FIRST_ISSUER) {
        ca.publish_crl_numbered(&key.name, at_least)?;
    }
    ca.publish_crl_numbered(FIRST_ISSUER, at_least)
}

/// The files of a registry's issuing keys.
fn issuers(registry: &Path) -> Result<Vec<String>, CaError> {
    // A registry from before there were several keys names none, and has the first.
    let named = Registry::open(registry)?.issuers()?.into_iter().map(|issuer| issuer.name);
    let mut names: Vec<String> = named.filter(|name| name != FIRST_ISSUER).collect();
    names.insert(0, FIRST_ISSUER.to_owned());
    Ok(names.iter().flat_map(|name| [format!("{name}.key"), format!("{name}.crt")]).collect())
}

/// An empty file beside a path, readable by its owner only.
fn empty_private(path: &Path) -> Result<PathBuf, CaError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    let partial = PathBuf::from(name);
    // What an interrupted run left behind may have another mode, so it is not written into.
    if partial.exists() {
        in_file(&partial, fs::remove_file(&partial))?;
    }
    in_file(&partial, OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial))?;
    Ok(partial)
}

/// Brings a finished file to the disk, then gives it its name, then brings the name to the disk.
fn publish(partial: &Path, to: &Path) -> Result<(), CaError> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let published = File::open(partial)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(partial, to))
        .and_then(|()| File::open(folder)?.sync_all());
    in_file(to, published)
}
