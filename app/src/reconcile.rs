//! `tolem reconcile`: a bank's notices of a day against its register and its statement.

use anyhow::anyhow;
use files::explained_statement;
use files::register::explained;
use gateway::reconciliation::{self, Given, Known, MOST_DIFFERENCES, NotReconciled, Outcome, Reconcile};
use ledger::statement::{self, Fault};
use rights::Permitted;
use serde_json::json;
use store::DifferenceRow;
use terms::Language;

use crate::cli::ReconcileArguments;
use crate::exit::Failure;
use crate::search::local_user;
use crate::{inspect, output};

pub(crate) async fn run(arguments: ReconcileArguments, json: bool) -> Result<(), Failure> {
    let ReconcileArguments { bank, day, language, .. } = arguments;
    for file in [&arguments.register, &arguments.statement].into_iter().flatten() {
        if !file.is_file() {
            return Err(Failure::not_found(anyhow!("there is no file {}", file.display())));
        }
    }
    let cx = inspect::open(&arguments.config)?;
    let given = Given { register: arguments.register.as_deref(), statement: arguments.statement.as_deref() };
    let user = local_user()?;
    match reconciliation::reconcile(&cx, &Permitted::local(Reconcile { bank, day }, user), given).await {
        Ok(outcome) => told(&outcome, user, json),
        Err(error) => Err(refused(error, language, json)),
    }
}

fn told(outcome: &Outcome, user: u32, json: bool) -> Result<(), Failure> {
    let run = &outcome.run;
    outcome.differences.iter().for_each(|one| say(outcome, one, json));
    let object = json!({
        "reconciliation": outcome.id,
        "bank": run.bank.to_string(),
        "day": run.day.to_string(),
        "at": run.at.to_string(),
        "by": format!("local user {user}"),
        "source_sha256": hex::encode(run.source),
        "agreed": run.agreed,
        "waiting": run.waiting,
        "differing": run.differing,
        "acknowledged": outcome.differences.iter().filter(|one| outcome.known_by(one).is_some()).count(),
        "of_claims": outcome.of_claims,
    });
    output::one(json, &object, || {
        format!(
            "{} of {}: {} agreed, {} waiting, {} differing; {} entries of the statement are of no single payment",
            run.bank, run.day, run.agreed, run.waiting, run.differing, outcome.of_claims
        )
    });
    if outcome.differences.len() == MOST_DIFFERENCES {
        eprintln!("only the first {MOST_DIFFERENCES} are named and kept");
    }
    if outcome.is_settled() {
        Ok(())
    } else {
        Err(Failure::checks(anyhow!("{} operations differ", run.differing)))
    }
}

fn acknowledged(known: Option<&Known>) -> String {
    known.map(|known| format!("; acknowledged by {}", known.by.join(" and "))).unwrap_or_default()
}

fn say(outcome: &Outcome, one: &DifferenceRow, json: bool) {
    let code = one.code.map(|code| code.digits());
    let known = outcome.known_by(one);
    let object = json!({
        "reconciliation": outcome.id,
        "bank": outcome.run.bank.to_string(),
        "day": outcome.run.day.to_string(),
        "heap": if one.until.is_some() { "waiting" } else { "differing" },
        "code": code,
        "reference": one.reference,
        "deduction": one.is_deduction,
        "side": one.side,
        "field": one.field,
        "ours": one.ours,
        "theirs": one.theirs,
        "until": one.until.map(|until| until.to_string()),
        "acknowledged_by": known.map(|known| &known.by),
        "proposal": known.map(|known| known.proposal.to_string()),
    });
    output::one(json, &object, || {
        let name = code.as_deref().unwrap_or("without a code");
        let value = |value: &str| if value.is_empty() { "nothing".to_owned() } else { value.to_owned() };
        match one.until {
            Some(until) if one.ours.is_empty() => {
                format!("waiting    {name}  {}  for the {} until {until}", one.reference, one.side)
            }
            Some(until) => format!(
                "waiting    {name}  {}  for the {} until {until}; it stands in the books as {}",
                one.reference, one.side, one.ours
            ),
            None if one.field == "operation" && !one.ours.is_empty() && !one.theirs.is_empty() => format!(
                "{}  {name}  {}  it stands in the books as {}, the {} has it with {}{}",
                if known.is_some() { "known    " } else { "differing" },
                one.reference,
                one.ours,
                one.side,
                one.theirs,
                acknowledged(known)
            ),
            None => format!(
                "{}  {name}  {}  {}: {} by the notice, {} by the {}{}",
                if known.is_some() { "known    " } else { "differing" },
                one.reference,
                one.field,
                value(&one.ours),
                value(&one.theirs),
                one.side,
                acknowledged(known)
            ),
        }
    });
}

/// What is wrong with a statement, row by row.
pub(crate) fn say_faults(faults: &[statement::RowFault], language: Language, json: bool) {
    for one in faults {
        let sentence = explained_statement(language, one);
        let (field, value) = match &one.fault {
            Fault::Value { field, value, .. } => (Some(*field), Some(value.clone())),
            Fault::Missing(field) => (Some(*field), None),
            _ => (None, None),
        };
        let object = json!({ "row": one.row, "fault": sentence, "field": field, "value": value });
        output::one(json, &object, || sentence.clone());
    }
}

/// Why a run came to nothing: a file that is wrong is explained row by row.
fn refused(error: NotReconciled, language: Language, json: bool) -> Failure {
    if let NotReconciled::Register { faults, more } = &error {
        for fault in faults {
            let sentence = explained(language, fault);
            let object = json!({ "row": fault.row, "fault": sentence, "value": fault.value });
            output::one(json, &object, || sentence.clone());
        }
        if *more > 0 {
            eprintln!("and {more} more");
        }
    }
    if let NotReconciled::Statement(faults) = &error {
        say_faults(faults, language, json);
    }
    match error {
        NotReconciled::Register { .. } | NotReconciled::Statement(_) => Failure::checks(error),
        NotReconciled::Future(_) => Failure::refused(error),
        NotReconciled::Bank(_) => Failure::away(error),
        other => Failure::from(anyhow::Error::new(other)),
    }
}
