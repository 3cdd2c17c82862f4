//! `tolem refund`: the proposal of a refund as an unsigned document, and the refunds of a gateway, seen from its own
//! machine.

use std::path::Path;

use ledger::RefundProgress;
use participant::SystemClock;
use serde_json::json;
use store::{LIST_BOUND, RefundRecord, Scope, Store as _, StoreError, Stored};
use terms::Clock as _;
use wire::proposal::{Proposal, ProposalKind, RefundGroundWord, RefundMatter};
use xml::ToElement as _;

use crate::cli::{GroundWord, RefundArguments, RefundCommand};
use crate::exit::Failure;
use crate::officer::{Author, draft, written};
use crate::{inspect, output};

pub(crate) async fn run(command: RefundCommand, json: bool) -> Result<(), Failure> {
    match command {
        RefundCommand::Propose(arguments) => propose(&arguments, json),
        RefundCommand::List { state, config } => list(state.as_deref(), &config, json).await,
    }
}

fn propose(said: &RefundArguments, json: bool) -> Result<(), Failure> {
    said.out.iter().try_for_each(|out| said.overwrite.vacant(out))?;
    let matter = RefundMatter {
        payment_code: said.code,
        ground: match said.ground {
            GroundWord::PayerRequest => RefundGroundWord::PayerRequest,
            GroundWord::Erroneous => RefundGroundWord::Erroneous,
            GroundWord::Expired => RefundGroundWord::Expired,
        },
        request_number: said.request.clone(),
        requested_on: said.requested_on,
    };
    // What the gateway would refuse is said here, before anybody has signed it.
    rights::proposal::check_grounds(&matter, SystemClock.now().banking_day()).map_err(Failure::usage)?;
    let author = Author { gateway: said.gateway, proposer: said.proposer, reason: &said.reason };
    let proposal = Proposal { refund: Some(matter), ..draft(&author, ProposalKind::Refund)? };
    let document = proposal.to_xml();
    if let Some(out) = &said.out {
        return written(out, document.as_bytes(), proposal.number, json);
    }
    let object = json!({ "number": proposal.number.to_string(), "document": document });
    output::one(json, &object, || document.clone());
    Ok(())
}

async fn list(state: Option<&str>, config: &Path, json: bool) -> Result<(), Failure> {
    let known = |state| RefundProgress::NAMES.into_iter().find(|name| *name == state);
    let state = state.and_then(known);
    let cx = inspect::open(config)?;
    let all = cx.store.read(move |view| view.refunds(Scope::Everything, state, LIST_BOUND)).await;
    let all: Result<Vec<Stored<RefundRecord>>, StoreError> = all;
    all.map_err(anyhow::Error::new)?.iter().for_each(|stored| say(&stored.value, json));
    Ok(())
}

fn say(record: &RefundRecord, json: bool) {
    let refund = &record.refund;
    let (reference, at, reason) = match &refund.progress {
        RefundProgress::Granted | RefundProgress::Asked => (None, None, None),
        RefundProgress::GivenBack(given) => (given.reference.as_ref(), Some(given.at), None),
        RefundProgress::Refused(reason) => (None, None, Some(reason)),
    };
    let object = json!({
        "code": refund.code.digits(),
        "bank": refund.bank.to_string(),
        "operation": refund.operation.as_str(),
        "amount": refund.amount.to_string(),
        "ground": refund.ground.name(),
        "state": refund.progress.name(),
        "proposal": record.proposal.to_string(),
        "grants": record.grants,
        "granted_at": record.granted_at.to_string(),
        "bank_reference": reference.map(terms::BankReference::as_str),
        "refunded_at": at.map(|at| at.to_string()),
        "reason": reason.map(terms::ShortText::as_str),
    });
    output::one(json, &object, || {
        let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!(
            "{}  {}  {:>16}  {:<13}  {}{reason}",
            refund.code,
            refund.bank,
            refund.amount,
            refund.ground.name(),
            refund.progress.name()
        )
    });
}
