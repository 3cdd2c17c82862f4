//! `tolem bank`: what a bank has on record under a payment code, and its claims, register and statement of a banking day.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, anyhow};
use bank::KeptClaim;
use ledger::statement::Statement;
use participant::{Config, SystemClock};
use serde_json::{Value, json};
use terms::{Clock as _, tenge};
use wire::common::BankMovement;
use wire::iso20022::camt053::Camt053;
use xml::ToElement as _;

use crate::cli::{BankArguments, BankCommand, BankDayArguments};
use crate::exit::Failure;
use crate::{maintenance, output};

/// Answers from the bank's own database, beside a running bank.
pub(crate) fn bank(arguments: &BankArguments, json: bool) -> Result<(), Failure> {
    match (&arguments.code, &arguments.day) {
        (_, Some(BankCommand::Claims(day))) => claims(&arguments.config, day, json),
        (_, Some(BankCommand::Register(day))) => register(&arguments.config, day, json),
        (_, Some(BankCommand::Statement { day, page })) => statement(&arguments.config, day, *page, json),
        (Some(code), None) => maintenance::bank_record(&arguments.config, *code, json),
        (None, None) => Err(Failure::usage(anyhow!("a payment code, or what is asked of a day"))),
    }
}

/// Where lines go: the standard output, or a file.
enum Lines {
    Standard,
    File(BufWriter<File>),
}

impl Lines {
    fn to(arguments: &BankDayArguments) -> Result<Self, Failure> {
        let Some(path) = &arguments.out else { return Ok(Self::Standard) };
        arguments.overwrite.vacant(path)?;
        let file = File::create(path).with_context(|| format!("writing {}", path.display()))?;
        Ok(Self::File(BufWriter::new(file)))
    }

    fn say(&mut self, json: bool, object: &Value, line: impl FnOnce() -> String) -> anyhow::Result<()> {
        match self {
            Self::Standard => output::one(json, object, line),
            Self::File(file) => {
                let text = if json { object.to_string() } else { line() };
                writeln!(file, "{text}")?;
            }
        }
        Ok(())
    }

    fn end(self) -> Result<(), Failure> {
        match self {
            Self::Standard => Ok(()),
            Self::File(mut file) => Ok(file.flush().context("writing the file")?),
        }
    }
}

fn claims(config: &Path, arguments: &BankDayArguments, json: bool) -> Result<(), Failure> {
    let path = maintenance::database(&Config::read(config)?)?;
    let mut lines = Lines::to(arguments)?;
    for claim in bank::claims_of(&path, arguments.day)? {
        lines.say(json, &claim_object(&claim), || claim_line(&claim))?;
    }
    lines.end()
}

fn claim_object(claim: &KeptClaim) -> Value {
    json!({
        "claim": claim.number.as_str(),
        "day": claim.day.to_string(),
        "count": claim.sums.count,
        "total": tenge(claim.sums.total),
        "returned_count": claim.sums.returned_count,
        "returned_total": tenge(claim.sums.returned_total),
        "fee": claim.fee.to_string(),
        "answer": claim.answer,
        "reason": claim.reason,
        "accepted": claim.accepted.to_string(),
        "answered_at": claim.at.to_string(),
        "reference": claim.reimbursed.as_ref().map(|(reference, _)| reference.as_str()),
        "reimbursed_at": claim.reimbursed.as_ref().map(|(_, at)| at.to_string()),
    })
}

fn claim_line(claim: &KeptClaim) -> String {
    let paid = match &claim.reimbursed {
        Some((reference, at)) => format!("paid at {at} as {reference}"),
        None => "not paid".to_owned(),
    };
    let reason = claim.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    format!(
        "{}  {}  {}{reason}  accepted {} of {}, fee {}  {paid}",
        claim.number, claim.day, claim.answer, claim.accepted, claim.sums, claim.fee
    )
}

fn register(config: &Path, arguments: &BankDayArguments, json: bool) -> Result<(), Failure> {
    let path = maintenance::database(&Config::read(config)?)?;
    let mut lines = Lines::to(arguments)?;
    bank::register_of(&path, arguments.day, |row| lines.say(json, &row_object(row), || row_line(row)))?;
    lines.end()
}

fn row_object(row: &BankMovement) -> Value {
    json!({
        "at": row.at.to_string(),
        "kind": row.kind.word(),
        "reference": row.bank_reference.as_str(),
        "code": row.payment_code.map(|code| code.digits()),
        "amount": row.amount.to_string(),
    })
}

fn row_line(row: &BankMovement) -> String {
    let code = row.payment_code.map_or_else(|| "-".to_owned(), |code| code.digits());
    format!("{}  {:8}  {}  {code}  {}", row.at, row.kind.word(), row.bank_reference, row.amount)
}

fn statement(config: &Path, arguments: &BankDayArguments, page: u32, json: bool) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let statement = bank::statement_of(&config, arguments.day, page, SystemClock.now())?;
    let mut lines = Lines::to(arguments)?;
    lines.say(json, &statement_object(&statement), || {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", Camt053(&statement).to_xml())
    })?;
    if !statement.is_last {
        eprintln!("This is page {page}; the next one is --page {}.", page + 1);
    }
    lines.end()
}

fn statement_object(statement: &Statement) -> Value {
    let entries: Vec<Value> = statement
        .entries
        .iter()
        .map(|entry| {
            json!({
                "reference": entry.reference.as_str(),
                "amount": tenge(entry.signed()),
                "booked_on": entry.booked_on.to_string(),
                "value_on": entry.value_on.to_string(),
                "about": entry.remittance.as_ref().map(|text| text.as_str()),
                "counterparty": entry.counterparty.as_ref().map(|other| other.name.as_str()),
            })
        })
        .collect();
    json!({
        "number": statement.number.as_str(),
        "account": statement.account.as_str(),
        "day": statement.day.to_string(),
        "page": statement.page,
        "is_last": statement.is_last,
        "opening": tenge(statement.opening),
        "closing": tenge(statement.closing),
        "entries": entries,
    })
}
