//! `tolem journal` and `tolem contract`: the gateway's books, and whether they are what the evidence says.

use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use gateway::authority::officers_of;
use gateway::books::Kept;
use gateway::cx::Cx;
use gateway::document_books::verify_documents;
use ledger::contract::{self, Contract, Holding, Terms};
use ledger::journal::Mismatch;
use ledger::{Account, Posting};
use serde_json::json;
use store::{KeptContract, PlacedPosting, Store, StoreError};
use terms::{BankingDay, PaymentCode, Tiyn, tenge};

use crate::cli::{ContractCommand, JournalCommand};
use crate::exit::Failure;
use crate::inspect::{open, whole_chain};
use crate::output::{self, counted};

/// How many codes or postings are read at a time.
const AT_ONCE: usize = 500;

pub(crate) async fn run(command: JournalCommand, json: bool) -> Result<(), Failure> {
    match command {
        JournalCommand::Verify { config } => verify(open(&config)?, json).await,
        JournalCommand::Show { code, account, day, after, config } => {
            let which = Which::of(code, account, day)?;
            show(&config, which, after, json).await
        }
        JournalCommand::Balance { day, config } => balance(&config, day, json).await,
    }
}

/// Which postings are shown.
#[derive(Clone, Copy)]
enum Which {
    All,
    Of(PaymentCode),
    On(Account, BankingDay),
}

impl Which {
    fn of(
        code: Option<PaymentCode>,
        account: Option<Account>,
        day: Option<BankingDay>,
    ) -> Result<Self, Failure> {
        match (code, account, day) {
            (Some(code), ..) => Ok(Self::Of(code)),
            (None, Some(account), Some(day)) => Ok(Self::On(account, day)),
            (None, None, None) => Ok(Self::All),
            _ => Err(Failure::usage(anyhow!("--account and --day go together"))),
        }
    }
}

async fn show(config: &Path, which: Which, mut after: u64, json: bool) -> Result<(), Failure> {
    let cx = open(config)?;
    loop {
        let page = cx.store.read(move |view| match which {
            Which::All => view.postings_after(after, AT_ONCE),
            Which::Of(code) => view.postings_of(code),
            Which::On(account, day) => view.postings_on(account, day, after, AT_ONCE),
        });
        let page: Vec<PlacedPosting> = page.await.map_err(store_failure)?;
        page.iter().for_each(|placed| say(placed, json));
        match page.last() {
            Some(last) if !matches!(which, Which::Of(_)) => after = last.id,
            _ => return Ok(()),
        }
    }
}

fn say(PlacedPosting { id, posting }: &PlacedPosting, json: bool) {
    let object = json!({
        "posting": id,
        "kind": posting.kind.name(),
        "about": posting.about.to_string(),
        "debit": posting.debit.to_string(),
        "credit": posting.credit.to_string(),
        "amount": posting.amount.to_string(),
        "day": posting.day.to_string(),
        "at": posting.at.to_string(),
        "late": posting.is_late(),
    });
    output::one(json, &object, || {
        format!(
            "{id:>8}  {}  {:<16} {:>16}  {} <- {}  {}",
            posting.day,
            posting.kind.name(),
            posting.amount,
            posting.debit,
            posting.credit,
            posting.about
        )
    });
}

async fn balance(config: &Path, day: Option<BankingDay>, json: bool) -> Result<(), Failure> {
    let cx = open(config)?;
    let balances = cx.store.read(move |view| view.balances(day, view.last_posting()?)).await;
    let balances = balances.map_err(store_failure)?;
    for (account, turnover) in balances.iter() {
        let stands = turnover.balance(account);
        let object = json!({
            "account": account.to_string(),
            "debit": tenge(turnover.debit),
            "credit": tenge(turnover.credit),
            "balance": tenge(stands),
        });
        output::one(json, &object, || {
            format!(
                "{:<32} {:>18} {:>18} {:>18}",
                account.to_string(),
                tenge(turnover.debit),
                tenge(turnover.credit),
                tenge(stands)
            )
        });
    }
    let sums = balances.sums();
    let (debit, credit) = (tenge(sums.debit), tenge(sums.credit));
    output::one(json, &json!({ "sum_debit": debit, "sum_credit": credit }), || {
        format!("{:<32} {debit:>18} {credit:>18}", "sum")
    });
    if sums.debit == sums.credit {
        Ok(())
    } else {
        Err(Failure::checks(anyhow!("the two sides of the trial balance differ")))
    }
}

/// What was compared.
#[derive(Default)]
struct Verified {
    codes: u64,
    postings: u64,
    of_documents: u64,
    /// How many records stand in the signed chain as they were written; none where it is broken.
    chained: Option<u64>,
    differences: u64,
}

async fn verify(cx: Arc<Cx>, json: bool) -> Result<(), Failure> {
    let mut verified = Verified::default();
    let mut after = None;
    loop {
        let page = cx.store.read(move |view| view.codes_after(after, AT_ONCE)).await;
        let page = page.map_err(store_failure)?;
        let Some(last) = page.last() else { break };
        after = Some(*last);
        for code in page {
            // One look a code: a payment that changes meanwhile is seen before or after, never in between.
            let kept = cx.store.read(move |view| Kept::read(view, code)).await.map_err(store_failure)?;
            let Some(kept) = kept else { continue };
            let retold = kept.retell(&cx.host.trust);
            verified.codes += 1;
            verified.postings += retold.postings.len() as u64;
            for why in &retold.unreadable {
                verified.differences += 1;
                let object = json!({ "code": code.digits(), "unreadable": why });
                output::one(json, &object, || format!("{code}  the evidence cannot be read: {why}"));
            }
            for mismatch in kept.differences(&retold) {
                verified.differences += 1;
                differ(Some(code), &mismatch, json);
            }
        }
    }
    let today = cx.host.now().banking_day();
    let documents = cx.store.read(move |view| verify_documents(view, today)).await.map_err(store_failure)?;
    verified.of_documents = documents.postings;
    verified.differences += (documents.faults.len() + documents.differences.len()) as u64;
    for fault in &documents.faults {
        output::one(json, &json!({ "fault": fault }), || fault.clone());
    }
    documents.differences.iter().for_each(|mismatch| differ(None, mismatch, json));
    match whole_chain(&gateway::open_evidence(&cx.host)?, &cx.host).await {
        Ok(report) => verified.chained = Some(report.records),
        Err(broken) => {
            verified.differences += 1;
            let why = broken.to_string();
            output::one(json, &json!({ "chain": "broken", "why": why }), || why.clone());
        }
    }
    // What is in no message and no document, whoever reads this must not take for told again.
    let only_verified = ["decisions of officers", "when each posting was made"];
    let object = json!({
        "codes": verified.codes,
        "postings": verified.postings,
        "of_documents": verified.of_documents,
        "chained_records": verified.chained,
        "recomputed": ["payments", "claims", "fees", "reimbursements", "overpaid", "payout-orders", "payouts"],
        "only_verified_as_written": only_verified,
        "differences": verified.differences,
    });
    output::one(json, &object, || {
        let chain = match verified.chained {
            Some(records) => format!("{records} records are in the signed chain as they were written"),
            None => "the signed chain is broken".to_owned(),
        };
        format!(
            "{}; recomputed: {} by the signed messages, {} by claims, statements and payouts; {chain}; by the chain \
             alone: {}; {}",
            counted(verified.codes, "code"),
            counted(verified.postings, "posting"),
            counted(verified.of_documents, "posting"),
            only_verified.join(" and "),
            counted(verified.differences, "difference")
        )
    });
    if verified.differences == 0 {
        Ok(())
    } else {
        Err(Failure::checks(anyhow!(
            "the journal differs from the evidence in {}",
            counted(verified.differences, "place")
        )))
    }
}

/// A difference under a code, or about the document that the posting names.
fn differ(code: Option<PaymentCode>, mismatch: &Mismatch, json: bool) {
    let about = mismatch.named().map_or_else(String::new, |posting| posting.about.to_string());
    let kind = mismatch.named().map_or("", |posting| posting.kind.name());
    let (wanted, found) = mismatch.amounts();
    let accounts = |posting: &Option<Posting>| {
        let of = posting.as_ref();
        of.map(|posting| format!("{} {} <- {}", posting.day, posting.debit, posting.credit))
    };
    let text = |amount: Option<Tiyn>| amount.map(|amount| amount.to_string());
    let object = json!({
        "code": code.map(|code| code.digits()),
        "about": about,
        "kind": kind,
        "by_evidence": text(wanted),
        "in_journal": text(found),
        "by_evidence_moved": accounts(&mismatch.wanted),
        "in_journal_moved": accounts(&mismatch.found),
    });
    output::one(json, &object, || {
        let side = |amount: Option<Tiyn>, moved: Option<String>| match (amount, moved) {
            (Some(amount), Some(moved)) => format!("{amount} ({moved})"),
            _ => "nothing".to_owned(),
        };
        let named = code.map_or_else(|| about.clone(), |code| code.to_string());
        format!(
            "{named}  {kind}: {} by the evidence, {} in the journal",
            side(wanted, accounts(&mismatch.wanted)),
            side(found, accounts(&mismatch.found))
        )
    });
}

fn store_failure(error: StoreError) -> Failure {
    Failure::from(anyhow::Error::new(error))
}

pub(crate) async fn contracts(command: ContractCommand, json: bool) -> Result<(), Failure> {
    let ContractCommand::List { config } = command;
    let cx = open(&config)?;
    let kept = cx.store.read(|view| {
        let kept = view.kept_contracts()?;
        let with_officers = kept.into_iter().map(|one| {
            let by = one.proposal.map(|proposal| officers_of(view, proposal)).transpose()?;
            Ok((one, by))
        });
        with_officers.collect::<Result<Vec<(KeptContract, Option<Vec<String>>)>, StoreError>>()
    });
    let kept = kept.await.map_err(store_failure)?;
    let all: Vec<Contract> = kept.iter().map(|(one, _)| one.contract.clone()).collect();
    let today = cx.host.now().banking_day();
    for (place, (KeptContract { contract: one, at, proposal }, by)) in kept.iter().enumerate() {
        let Some(holding) = contract::holding(&all, place, today) else { continue };
        let replaced_by = match holding {
            Holding::Replaced(by) => Some(by.as_str()),
            Holding::Holds | Holding::Ahead | Holding::Ended => None,
        };
        let until = one.until.map(|day| day.to_string());
        let bank = match &one.terms {
            Terms::NationalOperator => None,
            Terms::Bank(terms) => Some(terms),
        };
        let services = bank.and_then(|terms| terms.services.as_ref());
        let services = services.map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        let text = |amount: Option<Tiyn>| amount.map(|amount| amount.to_string());
        let object = json!({
            "number": one.number.as_str(),
            "party": one.party.to_string(),
            "with": if bank.is_some() { "bank" } else { "national-operator" },
            "since": one.since.to_string(),
            "until": until,
            "in_force": holding == Holding::Holds,
            "standing": holding.name(),
            "replaced_by": replaced_by,
            "kept_at": at.to_string(),
            "proposal": proposal.map(|proposal| proposal.to_string()),
            "approved_by": by,
            "services": services,
            "per_payment": text(bank.and_then(|terms| terms.per_payment)),
            "per_day": text(bank.and_then(|terms| terms.per_day)),
            "fee_basis_points": bank.map(|terms| terms.fee.basis_points),
            "fee_least": text(bank.map(|terms| terms.fee.least)),
            "fee_most": text(bank.and_then(|terms| terms.fee.most)),
            "reimburse_days": bank.map(|terms| terms.reimburse_days),
            "guarantee_days": bank.and_then(|terms| terms.guarantee_days),
            "settlement_iban": bank.map(|terms| terms.settlement_iban.to_string()),
        });
        output::one(json, &object, || {
            let with = if bank.is_some() { "bank" } else { "national operator" };
            let force = match holding {
                Holding::Holds => "holds today".to_owned(),
                Holding::Ahead => "not begun".to_owned(),
                Holding::Ended => "ended".to_owned(),
                Holding::Replaced(by) => format!("replaced by {by}"),
            };
            let until = until.as_deref().map_or_else(String::new, |day| format!(" until {day}"));
            let by = match by {
                Some(by) => format!("by {}", by.join(" and ")),
                None => "by the configuration".to_owned(),
            };
            format!("{}  {with} {}  since {}{until}  {force}  {by}", one.number, one.party, one.since)
        });
    }
    Ok(())
}
