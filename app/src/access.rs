//! `tolem access`: who may do what at the gateway, and why, as its store says.

use std::path::Path;

use anyhow::anyhow;
use gateway::anomalies::anomalies_of;
use rights::anomaly::{Anomaly, Sign};
use rights::{Access, Action, GROUPS, Permitted, Resource, SystemJob};
use serde_json::json;
use store::{Store as _, StoreError};
use terms::{BankingDay, PartyNumber};

use crate::cli::AccessCommand;
use crate::exit::Failure;
use crate::{inspect, output};

pub(crate) async fn run(command: AccessCommand, json: bool) -> Result<(), Failure> {
    match command {
        AccessCommand::Why { who, action, resource, config } => {
            why(&in_force(&config).await?, who, action, resource, json)
        }
        AccessCommand::Matrix { config } => {
            matrix(&in_force(&config).await?, json);
            Ok(())
        }
        AccessCommand::List { config } => list(&config, json).await,
        AccessCommand::Anomalies { day, config } => anomalies(&config, day, json).await,
    }
}

async fn anomalies(config: &Path, day: Option<BankingDay>, json: bool) -> Result<(), Failure> {
    let cx = inspect::open(config)?;
    let day = day.unwrap_or_else(|| cx.host.now().banking_day());
    let found = anomalies_of(&cx, &Permitted::system(day, SystemJob("anomalies"))).await;
    let found = found.map_err(anyhow::Error::new)?;
    for Anomaly { actor, sign } in &found {
        let (count, beside) = sign.figures();
        let object = json!({
            "day": day.to_string(),
            "actor": actor,
            "sign": sign.word(),
            "count": count,
            "beside": beside,
        });
        output::one(json, &object, || {
            let what = match *sign {
                Sign::Many { looks, middle } => {
                    format!("{looks} looks, the middle actor of the day had {middle}")
                }
                Sign::Left { left, inquiries } => {
                    format!("{left} of {inquiries} codes asked about were not closed")
                }
                Sign::ForOne { closed } => format!("{closed} payments of one person closed"),
                Sign::AtNight { looks } => format!("{looks} looks when no desk is open"),
            };
            format!("{actor}: {what}")
        });
    }
    if found.is_empty() && !json {
        eprintln!("{day}: no sign of anything that the work does not explain.");
    }
    Ok(())
}

async fn in_force(config: &Path) -> Result<Access, Failure> {
    let cx = inspect::open(config)?;
    Ok(gateway::authority::in_force(&cx).await.map_err(anyhow::Error::new)?)
}

fn why(
    access: &Access,
    who: PartyNumber,
    action: Action,
    resource: Resource,
    json: bool,
) -> Result<(), Failure> {
    let numbers = |all: &[PartyNumber]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    match access.why(who, action, resource) {
        Ok(grant) => {
            let object = json!({
                "allowed": true,
                "who": who.to_string(),
                "group": grant.membership.group.name(),
                "action": action.0,
                "resource": grant.membership.resource.to_string(),
                "path": grant.to_string(),
            });
            output::one(json, &object, || grant.to_string());
            Ok(())
        }
        Err(lack) => {
            let groups: Vec<&str> = lack.groups.iter().map(|group| group.name()).collect();
            let elsewhere: Vec<String> = lack.elsewhere.iter().map(|one| one.resource.to_string()).collect();
            let object = json!({
                "allowed": false,
                "who": who.to_string(),
                "action": action.0,
                "resource": resource.to_string(),
                "groups": groups,
                "allowed_within": elsewhere,
                "proposers": numbers(&lack.proposers),
                "approvers": numbers(&lack.approvers),
            });
            output::one(json, &object, || {
                let mut text = format!("missing: membership in one of {}", groups.join(", "));
                if !elsewhere.is_empty() {
                    text.push_str(&format!("\nallowed within: {}", elsewhere.join(", ")));
                }
                text.push_str(&format!("\nproposed by: {}", numbers(&lack.proposers).join(", ")));
                text.push_str(&format!("\napproved by another of: {}", numbers(&lack.approvers).join(", ")));
                text
            });
            Err(Failure::refused(anyhow!("{who} may not do {action} within {resource}")))
        }
    }
}

fn matrix(access: &Access, json: bool) {
    if !json {
        output::say("| group | allowed actions |\n|---|---|");
    }
    for (group, name, _) in GROUPS {
        let actions: Vec<&str> = access.actions_of(*group).map(|action| action.0).collect();
        let object = json!({ "group": name, "actions": actions });
        output::one(json, &object, || format!("| {name} | {} |", actions.join(", ")));
    }
}

async fn list(config: &Path, json: bool) -> Result<(), Failure> {
    let cx = inspect::open(config)?;
    let rows = cx
        .store
        .read(|view| Ok::<_, StoreError>((view.memberships()?, view.officers()?)))
        .await
        .map_err(anyhow::Error::new)?;
    let (memberships, officers) = rows;
    for row in memberships.iter().filter(|row| row.is_member) {
        let name = match row.member {
            PartyNumber::Person(iin) => {
                officers.iter().find(|known| known.iin == iin).map(|known| known.name.to_string())
            }
            PartyNumber::Organisation(bin) => cx.host.known(bin).map(|known| known.name.en.clone()),
        };
        let name = name.unwrap_or_default();
        let object = json!({
            "member": row.member.to_string(),
            "name": name,
            "group": row.group,
            "resource": row.resource,
            "since": row.at.to_string(),
            "proposal": row.proposal.map(|number| number.to_string()),
        });
        output::one(json, &object, || {
            format!("{}  {:<24} {:<24} {}", row.member, row.group, row.resource, name)
        });
    }
    Ok(())
}
