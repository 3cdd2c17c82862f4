//! `tolem pin`: the keys that a participant's own registry pins for another organisation.
//!
//! What is written takes effect within ten seconds in the process whose configuration names the file. A new key is pinned
//! first and used after that; the old pin is removed at the end.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use national_ca::files::write_public;
use participant::Config;
use pki::{Certificate, Pin, pins_of_text};
use serde_json::json;
use terms::Bin;

use crate::cli::PinCommand;
use crate::exit::Failure;
use crate::output;

pub(crate) fn run(command: PinCommand, json: bool) -> Result<(), Failure> {
    match command {
        PinCommand::Add { certificate, config } => {
            let text = std::fs::read_to_string(&certificate)
                .with_context(|| format!("reading {}", certificate.display()))
                .map_err(Failure::not_found)?;
            let certificate = Certificate::from_pem(&text).map_err(Failure::signature)?;
            let bin = certificate.subject().organisation.and_then(|bin| bin.checked().ok());
            let bin = bin.ok_or_else(|| Failure::usage(anyhow!("the certificate names no organisation")))?;
            let pin = Pin::of(&certificate);
            change(&config, bin, |pins| {
                pins.retain(|held| held.key != pin.key);
                pins.push(pin);
                Ok(())
            })?;
            say(bin, &pin, json);
        }
        PinCommand::Remove { bin, key, config } => {
            let mut removed = None;
            change(&config, bin, |pins| {
                removed = pins.iter().find(|pin| hex::encode(pin.key) == key.to_lowercase()).copied();
                let removed = removed.ok_or_else(|| Failure::not_found(anyhow!("this key is not pinned")))?;
                pins.retain(|pin| pin.key != removed.key);
                Ok(())
            })?;
            if let Some(pin) = removed {
                say(bin, &pin, json);
            }
        }
        PinCommand::List { config } => {
            let config = Config::read(&config).map_err(Failure::not_found)?;
            for peer in config.peer.iter().filter(|peer| peer.pins.is_some()) {
                let bin = peer.bin()?;
                held(&file_of(&config, bin)?)?.iter().for_each(|pin| say(bin, pin, json));
            }
        }
    }
    Ok(())
}

fn say(bin: Bin, pin: &Pin, json: bool) {
    let object = json!({
        "bin": bin.to_string(),
        "key": hex::encode(pin.key),
        "from": pin.from.to_string(),
        "until": pin.until.to_string(),
    });
    output::one(json, &object, || format!("{bin}  {pin}"));
}

/// The file of an organisation's pins, by the configuration.
fn file_of(config: &Config, bin: Bin) -> Result<PathBuf, Failure> {
    let named = config.peer.iter().find(|peer| peer.bin().is_ok_and(|peer| peer == bin));
    let file = named.and_then(|peer| peer.pins.as_ref());
    let file =
        file.ok_or_else(|| Failure::usage(anyhow!("no [[peer]] {bin} with `pins` in the configuration")))?;
    Ok(config.path(file))
}

/// The pins of a file; none where there is no file yet.
fn held(file: &Path) -> Result<Vec<Pin>, Failure> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(pins_of_text(&text).with_context(|| format!("in {}", file.display()))?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Failure::from(anyhow!(error).context(format!("reading {}", file.display())))),
    }
}

/// Changes the pins of an organisation, one change at a time; nobody sees half of one.
fn change(
    config: &Path,
    bin: Bin,
    change: impl FnOnce(&mut Vec<Pin>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let config = Config::read(config).map_err(Failure::not_found)?;
    let file = file_of(&config, bin)?;
    let lock = file.with_extension("lock");
    let lock = File::create(&lock).with_context(|| format!("making {}", lock.display()))?;
    lock.lock().context("waiting for another change")?;
    let mut pins = held(&file)?;
    change(&mut pins)?;
    let text: String = pins.iter().map(|pin| format!("{pin}\n")).collect();
    // As the processes will read it, before it takes the place of what they read now.
    pins_of_text(&text).map_err(Failure::conflict)?;
    write_public(&file, &text).with_context(|| format!("writing {}", file.display()))?;
    Ok(())
}
