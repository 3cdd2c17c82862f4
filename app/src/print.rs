//! What is printed from code: states, refusals, rights, the configuration's reference.

use payment::table;
use rights::GROUPS;
use serde_json::json;
use terms::Language;

use crate::exit::Failure;
use crate::output;

pub(crate) fn states(json: bool) -> Result<(), Failure> {
    if !json {
        output::say(
            "# The life of a payment code\n\nPrinted by `tolem states`. Pairs not listed are refused and change nothing.\n",
        );
        output::say("| from | event | outcome | source |\n|---|---|---|---|");
    }
    for row in table::TABLE {
        if json {
            let object = json!({
                "from": row.from.name(),
                "event": row.by.words(),
                "outcome": row.outcome.to_string(),
                "source": row.source,
            });
            output::say(&object.to_string());
        } else {
            output::say(&format!("| {} | {} | {} | {} |", row.from, row.by.words(), row.outcome, row.source));
        }
    }
    Ok(())
}

pub(crate) fn faults(json: bool) -> Result<(), Failure> {
    if !json {
        output::say(
            "# Refusals\n\nPrinted by `tolem faults`. The same element, `GatewayFault`, in every service.\n",
        );
        output::say("| code | retry | money | қазақша | русский | English |\n|---|---|---|---|---|---|");
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
            output::say(&object.to_string());
        } else {
            let retry = match row.retry_after_seconds {
                Some(seconds) => format!("after {seconds} s"),
                None if row.retryable => "yes".to_owned(),
                None => "no".to_owned(),
            };
            output::say(&format!(
                "| {} | {retry} | {} | {} | {} | {} |",
                row.id,
                row.money,
                text(Language::Kk),
                text(Language::Ru),
                text(Language::En)
            ));
        }
    }
    Ok(())
}

pub(crate) fn rights(json: bool) -> Result<(), Failure> {
    if !json {
        output::say("# Rights\n\nPrinted by `tolem rights`. What no group lists is allowed to nobody.\n");
        output::say("| group | allowed actions |\n|---|---|");
    }
    for (group, name, actions) in GROUPS {
        debug_assert_eq!(group.name(), *name);
        if json {
            output::say(&json!({ "group": name, "actions": actions }).to_string());
        } else {
            output::say(&format!("| {name} | {} |", actions.join(", ")));
        }
    }
    Ok(())
}

pub(crate) fn config(json: bool) -> Result<(), Failure> {
    if json {
        let value: toml::Value =
            toml::from_str(participant::config::REFERENCE).map_err(anyhow::Error::new)?;
        output::say(&serde_json::to_string(&value).map_err(anyhow::Error::new)?.to_string());
    } else {
        output::text(participant::config::REFERENCE);
    }
    Ok(())
}
