//! `tolem data-key`: the keys that confidential data is sealed with. The keys themselves are never shown.

use serde_json::json;
use store::DataKey;
use terms::Moment;

use crate::cli::DataKeyCommand;
use crate::exit::Failure;
use crate::inspect::{host, open};
use crate::output;

pub(crate) async fn run(command: DataKeyCommand, json: bool) -> Result<(), Failure> {
    match command {
        DataKeyCommand::List { config } => {
            let evidence = gateway::open_evidence(&*host(&config)?)?;
            for key in evidence.data_keys().await.map_err(anyhow::Error::new)? {
                list(&key, json);
            }
        }
        DataKeyCommand::Rotate { config } => {
            let rotation = open(&config)?.store.rotate_keys().await.map_err(anyhow::Error::new)?;
            let certificate = hex::encode(rotation.certificate);
            let object = json!({
                "number": rotation.number,
                "rewrapped": rotation.rewrapped,
                "certificate": certificate,
            });
            output::one(json, &object, || {
                format!(
                    "data key {} seals from now on; {} earlier ones are wrapped anew, all for the certificate {}",
                    rotation.number, rotation.rewrapped, certificate
                )
            });
        }
    }
    Ok(())
}

fn list(key: &DataKey, json: bool) {
    let retired_at = key.retired_at.map(|at: Moment| at.to_string());
    let certificate = hex::encode(key.certificate);
    let object = json!({
        "number": key.number,
        "use": key.usage.name(),
        "certificate": certificate,
        "created_at": key.created_at.to_string(),
        "wrapped_at": key.wrapped_at.to_string(),
        "retired_at": retired_at,
        "records": key.records,
        "octets": key.octets,
    });
    output::one(json, &object, || {
        format!(
            "{:>4}  {:<6}  made {}  wrapped {} for {}  {}  {} values, {} octets",
            key.number,
            key.usage.name(),
            key.created_at,
            key.wrapped_at,
            certificate,
            retired_at.as_ref().map_or_else(|| "present".to_owned(), |at| format!("retired {at}")),
            key.records,
            key.octets
        )
    });
}
