//! `tolem claim`, `statement`, `payout` and `day`: from the payment to the treasury, beside the running gateway.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use gateway::cx::Cx;
use gateway::settlement::{self, CloseDay, FormClaims, Formed, ImportStatement, NotTaken, Taken};
use ledger::register::Totals;
use ledger::statement::Direction;
use ledger::{Age, BankSums, Claim, DocumentNumber, Owed, Progress, Standing};
use participant::Fault;
use pki::{CrlPolicy, Purpose, Trust};
use rights::Permitted;
use serde_json::{Value, json};
use store::{
    ClaimDispute, ClosingRecord, Deed, LIST_BOUND, PayoutRecord, StatementEntry, Store, StoreError, Stored,
};
use terms::Language;
use wire::closing::DayClosing;
use wire::fault::FaultCode;
use xml::Limits;
use xml::dsig::verify_enveloped;

use crate::cli::{ClaimCommand, DayCommand, PayoutCommand, StatementCommand};
use crate::exit::Failure;
use crate::inspect::open;
use crate::output::{self, counted};
use crate::receipt;
use crate::reconcile::say_faults;
use crate::search::local_user;

fn store_failure(error: StoreError) -> Failure {
    Failure::from(anyhow::Error::new(error))
}

fn fault_failure(fault: &Fault) -> Failure {
    let error = anyhow!("{fault}");
    // What is said wrong, a day that has not begun, is refused; all else is a failure of ours.
    if fault.code == FaultCode::FieldWrong { Failure::refused(error) } else { Failure::from(error) }
}

pub(crate) async fn claim(command: ClaimCommand, json: bool) -> Result<(), Failure> {
    match command {
        ClaimCommand::Form { day, config } => {
            let form = Permitted::local(FormClaims { day }, local_user()?);
            let cx = open(&config)?;
            let formed = settlement::form_claims(&cx, &form).await;
            for one in formed.map_err(|fault| fault_failure(&fault))? {
                match one {
                    Formed::Claim(claim) => say_claim(&cx, &claim, json),
                    Formed::Waits(bank, why) => {
                        let object = json!({ "bank": bank.to_string(), "waits": why.to_string() });
                        output::one(json, &object, || format!("{bank}  no claim: {why}"));
                    }
                }
            }
            Ok(())
        }
        ClaimCommand::List { day, config } => {
            let cx = open(&config)?;
            let all = cx.store.read(move |view| view.claims(day, LIST_BOUND)).await;
            let all: Vec<Stored<Claim>> = all.map_err(store_failure)?;
            all.iter().for_each(|stored| say_claim(&cx, &stored.value, json));
            Ok(())
        }
        ClaimCommand::Show { number, config } => show_claim(&open(&config)?, number, json).await,
    }
}

fn say_claim(cx: &Arc<Cx>, claim: &Claim, json: bool) {
    let overdue = claim.overdue_days(cx.host.now().banking_day());
    let (accepted, reason) = match &claim.standing {
        Standing::Sent => (None, None),
        Standing::Accepted => (Some(claim.due), None),
        Standing::Part(accepted, reason) => (Some(*accepted), Some(reason.as_str())),
        Standing::Disputed(reason) => (Some(terms::Tiyn::ZERO), Some(reason.as_str())),
    };
    let object = json!({
        "claim": claim.number.as_str(),
        "bank": claim.bank.to_string(),
        "day": claim.day.to_string(),
        "payments": claim.totals.additions,
        "returns": claim.totals.deductions,
        "net": claim.net().to_string(),
        "fee": claim.fee.to_string(),
        "due": claim.due.to_string(),
        "due_on": claim.due_on.to_string(),
        "standing": claim.standing.name(),
        "accepted": accepted.map(|sum| sum.to_string()),
        "reason": reason,
        "reimbursed": claim.reimbursed.to_string(),
        "open": claim.open().to_string(),
        "overdue_days": overdue,
        "age": Age::of(overdue).name(),
    });
    output::one(json, &object, || {
        let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!(
            "{}  {}  due {} on {}  {}{reason}  open {}",
            claim.number,
            claim.bank,
            claim.due,
            claim.due_on,
            claim.standing.name(),
            claim.open()
        )
    });
}

async fn show_claim(cx: &Arc<Cx>, number: DocumentNumber, json: bool) -> Result<(), Failure> {
    let named = number.clone();
    let found = cx.store.read(move |view| {
        let Some(claim) = view.claim(&named)? else { return Ok::<_, StoreError>(None) };
        Ok(Some((claim, view.claim_items(&named, LIST_BOUND)?, view.claim_disputes(&named)?)))
    });
    let found = found.await.map_err(store_failure)?;
    let (claim, items, disputes) =
        found.ok_or_else(|| Failure::not_found(anyhow!("there is no claim {number}")))?;
    say_claim(cx, &claim.value, json);
    for item in items {
        let object = json!({
            "code": item.code.digits(),
            "kind": item.kind.name(),
            "bank_reference": item.bank_reference.as_str(),
            "amount": item.amount.to_string(),
        });
        output::one(json, &object, || {
            format!("  {}  {:<10} {:>16}  {}", item.code, item.kind.name(), item.amount, item.bank_reference)
        });
    }
    disputes.iter().for_each(|dispute| say_dispute(dispute, json));
    Ok(())
}

fn say_dispute(dispute: &ClaimDispute, json: bool) {
    let own = dispute.own_amount.map(|amount| amount.to_string());
    let object = json!({
        "disputed": dispute.bank_reference.as_str(),
        "kind": dispute.kind.as_str(),
        "why": dispute.why.as_str(),
        "own_amount": own,
    });
    output::one(json, &object, || {
        let own = own.as_deref().map(|own| format!(", the bank has {own}")).unwrap_or_default();
        format!("  disputed: {} {}{own}", dispute.bank_reference, dispute.why)
    });
}

pub(crate) async fn statement(command: StatementCommand, json: bool) -> Result<(), Failure> {
    match command {
        StatementCommand::Import { files, bank, language, config } => {
            let read =
                |file: &PathBuf| std::fs::read(file).with_context(|| format!("reading {}", file.display()));
            let pages = files.iter().map(read).collect::<Result<_, _>>()?;
            let import = Permitted::local(ImportStatement { pages, bank }, local_user()?);
            let taken = settlement::import_statement(&*open(&config)?, &import).await;
            say_taken(&taken.map_err(|why| not_taken(why, language, json))?, json);
            Ok(())
        }
        StatementCommand::List { day, config } => {
            let cx = open(&config)?;
            let all = cx.store.read(move |view| view.statement_entries(day, LIST_BOUND)).await;
            let all: Vec<StatementEntry> = all.map_err(store_failure)?;
            all.iter().for_each(|entry| say_entry(entry, json));
            Ok(())
        }
    }
}

/// What came of a statement; each entry that nothing explains by its name.
fn say_taken(taken: &Taken, json: bool) {
    let unexplained = taken.unexplained.iter().map(|one| {
        json!({
            "entry": one.entry.as_str(),
            "reference": one.reference.as_str(),
            "amount": one.amount.to_string(),
            "why": one.why.name(),
            "claim": one.why.claim().map(|claim| claim.as_str()),
        })
    });
    let unexplained: Vec<Value> = unexplained.collect();
    let object =
        json!({ "new": taken.new, "unmatched": taken.unexplained.len(), "unexplained": unexplained });
    output::one(json, &object, || {
        let mut lines = vec![format!(
            "{}, {} of them unexplained",
            counted(taken.new, "new entry"),
            taken.unexplained.len()
        )];
        lines.extend(taken.unexplained.iter().map(|one| {
            format!("  unexplained: {} {}  {:>16}  {}", one.entry, one.reference, one.amount, one.why)
        }));
        lines.join("\n")
    });
}

fn not_taken(why: NotTaken, language: Language, json: bool) -> Failure {
    match why {
        NotTaken::Wrong(faults) => {
            say_faults(&faults, language, json);
            Failure::checks(anyhow!("the statement has {}", counted(faults.len() as u64, "fault")))
        }
        NotTaken::Signature(_) | NotTaken::Signer(_) => Failure::signature(why),
        NotTaken::NoBank => Failure::usage(why),
        NotTaken::Bank(_) => Failure::away(why),
        NotTaken::Kept(fault) => fault_failure(&fault),
        _ => Failure::refused(why),
    }
}

fn say_entry(entry: &StatementEntry, json: bool) {
    let is_credit = entry.direction == Direction::Credit;
    let matched = entry.matched.as_ref().map(ToString::to_string);
    let unexplained = entry.unexplained();
    let object = json!({
        "entry": entry.number(),
        "bank": entry.bank.to_string(),
        "reference": entry.reference.as_str(),
        "credit": is_credit,
        "amount": entry.amount.to_string(),
        "booked": entry.booked_on.to_string(),
        "text": entry.remittance,
        "matched": matched,
        "unexplained": unexplained.as_ref().map(|(_, amount)| amount.to_string()),
        "why": unexplained.as_ref().map(|(why, _)| why.name()),
    });
    output::one(json, &object, || {
        let sign = if is_credit { '+' } else { '-' };
        let matched = match (&unexplained, &matched) {
            (Some((why, amount)), _) => format!("unexplained {amount}: {why}"),
            (None, matched) => matched.clone().unwrap_or_default(),
        };
        format!(
            "{}  {}  {sign}{:>15}  {}  {matched}",
            entry.booked_on, entry.bank, entry.amount, entry.reference
        )
    });
}

pub(crate) async fn payout(command: PayoutCommand, json: bool) -> Result<(), Failure> {
    let PayoutCommand::List { day, config } = command;
    let cx = open(&config)?;
    let all = cx.store.read(move |view| view.payouts(day, LIST_BOUND)).await;
    let all: Vec<Stored<PayoutRecord>> = all.map_err(store_failure)?;
    for stored in &all {
        let PayoutRecord { payout, tries, asked_at } = &stored.value;
        let reason = match &payout.progress {
            Progress::Refused(reason) => Some(reason.as_str()),
            _ => None,
        };
        let object = json!({
            "payout": payout.number.as_str(),
            "bank": payout.bank.to_string(),
            "provider": payout.to.provider.to_string(),
            "iban": payout.to.iban.as_str(),
            "bic": payout.to.bic.to_string(),
            "kbk": payout.to.kbk.to_string(),
            "knp": payout.to.knp.to_string(),
            "kod": payout.to.kod.to_string(),
            "kbe": payout.to.kbe.to_string(),
            "amount": payout.amount.to_string(),
            "day": payout.day.to_string(),
            "guaranteed": payout.is_guaranteed,
            "progress": payout.progress.name(),
            "reason": reason,
            "tries": tries,
            "asked_at": asked_at.to_string(),
        });
        output::one(json, &object, || {
            let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
            format!(
                "{}  {}  {:>16} to {} {}  {}{reason}",
                payout.number,
                payout.bank,
                payout.amount,
                payout.to.provider,
                payout.to.kbk,
                payout.progress.name()
            )
        });
    }
    Ok(())
}

pub(crate) async fn day(command: DayCommand, json: bool) -> Result<(), Failure> {
    match command {
        DayCommand::Close { day, out, overwrite, config } => {
            out.iter().try_for_each(|out| overwrite.vacant(out))?;
            let cx = open(&config)?;
            let close = Permitted::local(CloseDay { day }, local_user()?);
            let closed = settlement::close_day(&cx, &close).await.map_err(|fault| fault_failure(&fault))?;
            shown(&cx, &closed.record, out.as_deref(), Some(closed.is_new), json).await
        }
        DayCommand::Show { day, revision, out, overwrite, config } => {
            out.iter().try_for_each(|out| overwrite.vacant(out))?;
            let cx = open(&config)?;
            let found = cx.store.read(move |view| match revision {
                Some(revision) => view.closing(day, revision),
                None => view.last_closing(day),
            });
            let found = found.await.map_err(store_failure)?;
            let record = found.ok_or_else(|| Failure::not_found(anyhow!("{day} is not closed so")))?;
            shown(&cx, &record, out.as_deref(), None, json).await
        }
        DayCommand::Verify { file, national_ca } => verify(&file, &national_ca, json),
    }
}

/// Shows a closing that is kept here, and whether it was made just now where it was asked for; one that does not agree is a
/// failed check.
async fn shown(
    cx: &Cx,
    record: &ClosingRecord,
    out: Option<&Path>,
    is_new: Option<bool>,
    json: bool,
) -> Result<(), Failure> {
    if let Some(out) = out {
        std::fs::write(out, &record.document).with_context(|| format!("writing {}", out.display()))?;
    }
    let signed = verify_enveloped(&record.document, &Limits::DOCUMENT).map_err(Failure::signature)?;
    let deed = Deed::Closing(record.day, record.revision);
    let by = cx.store.read(move |view| view.doer(&deed)).await.map_err(store_failure)?;
    judge(&signed.parse().map_err(Failure::signature)?, Some(Kept { by, is_new }), json)
}

/// Off line: the signature, whose it is, and whether the sums of the document agree, added up again.
fn verify(file: &Path, national_ca: &Path, json: bool) -> Result<(), Failure> {
    let octets = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let trust = Trust::new(receipt::roots(national_ca)?, CrlPolicy::default());
    let signed = verify_enveloped(&octets, &Limits::DOCUMENT).map_err(Failure::signature)?;
    let certificate = signed.certificate();
    let closing: DayClosing = signed.parse().map_err(Failure::signature)?;
    trust
        .check_without_revocation(certificate, Purpose::MessageSigning, closing.made_at)
        .context("the signer's certificate is not from this national CA")
        .map_err(Failure::signature)?;
    let signer = certificate.subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
    if signer != Some(closing.gateway) {
        return Err(Failure::signature(anyhow!(
            "the closing names another gateway than the one that signed it"
        )));
    }
    judge(&closing, None, json)
}

/// What the store says of a closing besides its document.
struct Kept {
    /// Who made it.
    by: Option<String>,
    /// Whether it was made just now, where it was asked for.
    is_new: Option<bool>,
}

fn judge(document: &DayClosing, kept: Option<Kept>, json: bool) -> Result<(), Failure> {
    let closing = document.closing();
    let disagreements: Vec<String> = closing.disagreements().iter().map(ToString::to_string).collect();
    let open: Vec<Value> = closing
        .open
        .iter()
        .map(|one| {
            json!({
                "reason": one.reason.name(),
                "about": one.about,
                "amount": one.amount.to_string(),
                "owed": one.owed.name(),
            })
        })
        .collect();
    let banks: Vec<Value> = closing
        .banks
        .iter()
        .map(|(bank, sums)| {
            json!({
                "bank": bank.to_string(),
                "notices": sums.notices.to_string(),
                "journal": sums.journal.to_string(),
                "register": sums.register.map(|totals| totals.to_string()),
                "claimed": sums.claimed.to_string(),
                "carried": sums.carried.to_string(),
            })
        })
        .collect();
    let providers: Vec<Value> = closing
        .providers
        .iter()
        .map(|(provider, sums)| {
            json!({
                "provider": provider.to_string(),
                "journal": sums.journal.to_string(),
                "register": sums.register.map(|totals| totals.to_string()),
            })
        })
        .collect();
    let mut object = json!({
        "day": document.day.to_string(),
        "revision": document.revision.as_u32(),
        "made_at": document.made_at.to_string(),
        "up_to_posting": document.up_to_posting.0,
        "agrees": disagreements.is_empty(),
        "banks": banks,
        "providers": providers,
        "suspended": closing.suspended.to_string(),
        "promised": closing.promised.to_string(),
        "open_count": document.open_count.0,
        "open_total": document.open_total.to_string(),
        "open": open,
        "disagreements": disagreements,
    });
    if let Some(kept) = &kept {
        object["by"] = kept.by.clone().into();
    }
    if let Some(is_new) = kept.as_ref().and_then(|kept| kept.is_new) {
        object["new"] = is_new.into();
    }
    output::one(json, &object, || text_of(document, &closing, kept.as_ref(), &disagreements));
    let counted: u64 = document.open.iter().map(|one| one.amount.as_u64()).sum();
    if document.open.len() as u64 == document.open_count.0 && counted != document.open_total.0 {
        return Err(Failure::checks(anyhow!("the open sums do not come to their total")));
    }
    if disagreements.is_empty() && document.agrees {
        Ok(())
    } else {
        Err(Failure::checks(anyhow!("{} does not close", document.day)))
    }
}

/// What has to agree of one bank, or of all: notices = journal = register = claims, formed and still to be formed.
fn equality(sums: &BankSums, register: String) -> [String; 5] {
    let line = |name: &str, sum: String| format!("    {name:<10} {sum}");
    [
        line("notices", sums.notices.to_string()),
        line("journal", sums.journal.to_string()),
        line("register", register),
        line("claimed", sums.claimed.to_string()),
        line("carried", sums.carried.to_string()),
    ]
}

fn owed_words(owed: Owed) -> &'static str {
    match owed {
        Owed::ByBank => "a bank owes us",
        Owed::ToBank => "we owe a bank",
        Owed::ToProvider => "we owe a provider",
        Owed::ByProvider => "a provider owes us",
        Owed::ToPayer => "we owe a payer",
        Owed::Suspense => "in suspense",
        Owed::Unknown => "not known whose",
    }
}

fn text_of(
    document: &DayClosing,
    closing: &ledger::Closing,
    kept: Option<&Kept>,
    disagreements: &[String],
) -> String {
    let mut lines = vec![format!("{}  revision {}  {}", document.day, document.revision, document.made_at)];
    if let Some(by) = kept.and_then(|kept| kept.by.as_ref()) {
        lines.push(format!("  by {by}"));
    }
    if kept.is_some_and(|kept| kept.is_new == Some(false)) {
        lines.push("  nothing has changed since: no new revision".to_owned());
    }
    let none = || "none".to_owned();
    let mut all = BankSums { register: Some(Totals::default()), ..BankSums::default() };
    for (bank, sums) in &closing.banks {
        lines.push(format!("  bank {bank}"));
        lines.extend(equality(sums, sums.register.map_or_else(none, |register| register.to_string())));
        all = BankSums {
            notices: all.notices.plus(sums.notices),
            journal: all.journal.plus(sums.journal),
            register: all.register.zip(sums.register).map(|(all, one)| all.plus(one)),
            claimed: all.claimed.plus(sums.claimed),
            carried: all.carried.plus(sums.carried),
        };
    }
    lines.push("  all banks".to_owned());
    lines.extend(equality(&all, all.register.map_or_else(|| "not of all".to_owned(), |sum| sum.to_string())));
    for (provider, sums) in &closing.providers {
        let register = sums.register.map_or_else(none, |register| register.to_string());
        lines.push(format!("  provider {provider}"));
        lines.push(format!("    journal    {}", sums.journal));
        lines.push(format!("    register   {register}"));
    }
    lines.push(format!("  suspended    {}", closing.suspended));
    lines.push(format!("  promised     {}", closing.promised));
    for one in &closing.open {
        let owed = owed_words(one.owed);
        lines.push(format!("  open: {:>16}  {owed}: {}  {}", one.amount, one.reason.name(), one.about));
    }
    lines.extend(disagreements.iter().map(|one| format!("  does not agree: {one}")));
    let open = document.open_count.0;
    let verdict = if disagreements.is_empty() { "the day closes" } else { "the day does not close" };
    lines.push(format!(
        "{verdict}; {} of {} {} open",
        counted(open, "sum"),
        document.open_total,
        if open == 1 { "is" } else { "are" }
    ));
    lines.join("\n")
}
