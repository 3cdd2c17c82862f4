//! What is printed from code: states, refusals, rights, the configuration's reference.

use payment::table;
use rights::GROUPS;
use serde_json::json;
use terms::Language;

use crate::exit::Failure;

pub(crate) fn states(json: bool) -> Result<(), Failure> {
    if !json {
        println!(
            "# The life of a payment code\n\nPrinted by `tolem states`. Pairs not listed are refused and change nothing.\n"
        );
        println!("| from | event | outcome | source |\n|---|---|---|---|");
    }
    for row in table::TABLE {
        if json {
            let object = json!({
                "from": row.from.name(),
                "event": row.by.words(),
                "outcome": row.outcome.to_string(),
                "source": row.source,
            });
            println!("{object}");
        } else {
            println!("| {} | {} | {} | {} |", row.from, row.by.words(), row.outcome, row.source);
        }
    }
    Ok(())
}

pub(crate) fn faults(json: bool) -> Result<(), Failure> {
    if !json {
        println!(
            "# Refusals\n\nPrinted by `tolem faults`. The same element, `GatewayFault`, in every service.\n"
        );
        println!("| code | retry | money | қазақша | русский | English |\n|---|---|---|---|---|---|");
    }
    for row in wire::fault::catalogue() {
        let text = |language| row.code.text(language, &[]);
        if json {
            let object = json!({
                "code": row.id,
                "retryable": row.retryable,
                "retry_after_seconds": row.retry_after_seconds,
                "money": row.money.word(),
                "kk": text(Language::Kk),
                "ru": text(Language::Ru),
                "en": text(Language::En),
            });
            println!("{object}");
        } else {
            let retry = match row.retry_after_seconds {
                Some(seconds) => format!("after {seconds} s"),
                None if row.retryable => "yes".to_owned(),
                None => "no".to_owned(),
            };
            println!(
                "| {} | {retry} | {} | {} | {} | {} |",
                row.id,
                row.money,
                text(Language::Kk),
                text(Language::Ru),
                text(Language::En)
            );
        }
    }
    Ok(())
}

pub(crate) fn rights(json: bool) -> Result<(), Failure> {
    if !json {
        println!("# Rights\n\nPrinted by `tolem rights`. What no group lists is allowed to nobody.\n");
        println!("| group | allowed actions |\n|---|---|");
    }
    for (group, name, actions) in GROUPS {
        debug_assert_eq!(group.name(), *name);
        if json {
            println!("{}", json!({ "group": name, "actions": actions }));
        } else {
            println!("| {name} | {} |", actions.join(", "));
        }
    }
    Ok(())
}

pub(crate) fn config(json: bool) -> Result<(), Failure> {
    if json {
        let value: toml::Value =
            toml::from_str(participant::config::REFERENCE).map_err(anyhow::Error::new)?;
        println!("{}", serde_json::to_string(&value).map_err(anyhow::Error::new)?);
    } else {
        print!("{}", participant::config::REFERENCE);
    }
    Ok(())
}
