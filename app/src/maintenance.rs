//! Care of databases and of the national CA: migrate, backup, restore; and the switches of the agency system and the machines.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use national_ca::CaError;
use participant::{Config, SystemClock};
use serde_json::json;
use store::{Database, StoreError};

use crate::cli::{AgencyArguments, BusArguments, ConfigArguments, FileArguments, Kind, ReadingsArguments};
use crate::exit::Failure;
use crate::output;
use crate::serve::CaSettings;

pub(crate) fn database(config: &Config) -> Result<PathBuf, Failure> {
    let path =
        config.database.as_ref().ok_or_else(|| Failure::usage(anyhow!("this process has no database")))?;
    Ok(config.path(path))
}

/// Whose a backup is.
fn owner(config: &Config) -> String {
    format!("{} of {}", config.name, config.bin)
}

/// Every participant brings its own schema up to date when it starts; here it is done without starting.
pub(crate) fn migrate(arguments: ConfigArguments, json: bool) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let path = database(&config)?;
    match arguments.kind {
        Kind::Gateway => gateway::migrate(&path)?,
        Kind::Portal => portal::migrate(&path)?,
        Kind::TaxRegistry => tax_registry::migrate(&path)?,
        Kind::ServiceBus => service_bus::migrate(&path)?,
        Kind::Bank => bank::migrate(&path)?,
        Kind::Atm => bank::migrate_atm(&path)?,
        Kind::Kiosk => bank::migrate_kiosk(&path)?,
        Kind::NationalCa | Kind::Card | Kind::Signer => {
            return Err(Failure::usage(anyhow!("a {} has no schema to migrate", arguments.kind.word())));
        }
    }
    output::one(json, &json!({ "database": path }), || format!("{} is up to date", path.display()));
    Ok(())
}

pub(crate) fn backup(arguments: FileArguments, json: bool) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    if let Some(ca) = CaSettings::of(&config) {
        national_ca::backup(&config.path(&ca.folder), &arguments.file).map_err(ca_failure)?;
        eprintln!("The backup holds the key of the national CA: keep it as you would keep the key.");
        output::one(json, &json!({ "backup": arguments.file }), || {
            format!("copied to {}", arguments.file.display())
        });
        return Ok(());
    }
    let path = database(&config)?;
    if !path.exists() {
        return Err(Failure::not_found(anyhow!("there is no database at {}", path.display())));
    }
    Database::backup_of(&path, &arguments.file, &owner(&config)).map_err(exists)?;
    output::one(json, &json!({ "backup": arguments.file }), || {
        format!("copied to {}", arguments.file.display())
    });
    Ok(())
}

pub(crate) fn restore(arguments: FileArguments, json: bool) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    if let Some(ca) = CaSettings::of(&config) {
        return restore_ca(&config, &ca, &arguments, json);
    }
    let path = database(&config)?;
    Database::restore(&arguments.file, &path, &owner(&config)).map_err(exists)?;
    output::one(json, &json!({ "database": path }), || format!("restored to {}", path.display()));
    Ok(())
}

fn restore_ca(
    config: &Config,
    ca: &CaSettings,
    arguments: &FileArguments,
    json: bool,
) -> Result<(), Failure> {
    let folder = config.path(&ca.folder);
    let list = national_ca::restore(&arguments.file, &folder, ca.publishing(), Arc::new(SystemClock));
    let list = list.map_err(ca_failure)?;
    crate::ca::remember_crl_url(&folder, &ca.crl_url)?;
    eprintln!("What was revoked after the backup was made must be revoked again.");
    output::one(json, &json!({ "folder": folder, "list": list.number }), || {
        format!("restored to {}; list number {} is published", folder.display(), list.number)
    });
    Ok(())
}

fn ca_failure(error: CaError) -> Failure {
    match error {
        CaError::AlreadyThere(_) => Failure::conflict(error),
        other => Failure::from(anyhow::Error::new(other)),
    }
}

fn exists(error: StoreError) -> Failure {
    match error {
        StoreError::Exists(_) => Failure::conflict(error),
        StoreError::OthersBackup { .. } => Failure::refused(error),
        StoreError::Damaged(_) => Failure::signature(error),
        other => Failure::from(anyhow::Error::new(other)),
    }
}

pub(crate) async fn agency(arguments: AgencyArguments, json: bool) -> Result<(), Failure> {
    let path = database(&Config::read(&arguments.config)?)?;
    let AgencyArguments { service, mode, .. } = arguments;
    service_bus::set_agency(&path, service.clone(), mode).await.map_err(|error| {
        if error.is::<service_bus::NobodyRenders>() {
            Failure::not_found(error)
        } else {
            Failure::from(error)
        }
    })?;
    output::one(json, &json!({ "service": service.to_string(), "mode": mode.word() }), || {
        format!("{service} is {}", mode.word())
    });
    Ok(())
}

/// Says whether the printer of an ATM or a kiosk has paper.
pub(crate) fn paper(paper: bank::Paper, config: &Path, json: bool) -> Result<(), Failure> {
    let path = database(&Config::read(config)?)?;
    bank::set_paper(&path, paper)?;
    output::one(json, &json!({ "paper": paper.to_string() }), || format!("the paper is {paper}"));
    Ok(())
}

/// What an order on the service bus said (T6.15), and how it ended.
pub(crate) async fn bus(arguments: BusArguments, json: bool) -> Result<(), Failure> {
    let path = database(&Config::read(&arguments.config)?)?;
    let application = arguments.application;
    let found = service_bus::order_report(&path, application.clone()).await?;
    let (order, ended) =
        found.ok_or_else(|| Failure::not_found(anyhow!("there is no order {application}")))?;
    let object = json!({
        "application": order.application.to_string(),
        "payer": order.payer.to_string(),
        "service": order.service.to_string(),
        "ended": ended.is_some(),
    });
    output::one(json, &object, || {
        format!("{}  payer {}  service {}", order.application, order.payer, order.service)
    });
    Ok(())
}

/// What a bank has on record under a code; people and accounts are masked.
pub(crate) fn bank_record(config: &Path, code: terms::PaymentCode, json: bool) -> Result<(), Failure> {
    let path = database(&Config::read(config)?)?;
    let report = bank::payments_report(&path, code)?;
    if report.payments.is_empty() {
        return Err(Failure::not_found(anyhow!("the bank knows nothing of this code")));
    }
    let text = report.to_string();
    output::one(
        json,
        &json!({ "code": report.code.digits(), "payments": report.payments.len(), "record": text }),
        || text.clone(),
    );
    Ok(())
}

/// Whose data operators looked at, one line each.
pub(crate) async fn readings(arguments: &ReadingsArguments, json: bool) -> Result<(), Failure> {
    let path = database(&Config::read(&arguments.config)?)?;
    for reading in portal::desk_readings(&path).await? {
        let object = json!({
            "at": reading.at.to_string(),
            "operator": reading.operator.to_string(),
            "centre": reading.centre.as_str(),
            "inquiry": reading.inquiry,
            "person": reading.person,
            "reason": reading.reason,
        });
        output::one(json, &object, || {
            format!(
                "{}  {} at {}  {}  {}",
                reading.at, reading.operator, reading.centre, reading.person, reading.reason
            )
        });
    }
    Ok(())
}
