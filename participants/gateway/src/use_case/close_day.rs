//! The closing of a banking day: Σ notices = Σ journal = Σ registers = Σ claims, or each open tiyn with its reason (cl. 10, 23).
//!
//! What has to agree is settled in `ledger`. Every sum comes from a place of its own: notices from what banks vouched for in
//! the payments, the journal from the postings, registers from their last revisions, claims from their items.

use std::collections::{BTreeMap, BTreeSet};

use ledger::register::{Party, Totals};
use ledger::{
    Account, Age, BankSums, Closing, Disagreement, OpenItem, OpenReason, Owed, Posting, PostingKind,
    Progress, ProviderSums, Standing, Subject,
};
use participant::Fault;
use rights::Permitted;
use store::{ClosingRecord, Deed, DifferenceRow, LIST_BOUND, Moved, Store, StoreError, View};
use terms::{BankingDay, Bin, Moment, Tiyn};
use wire::closing::DayClosing;
use wire::fault::FaultCode;
use xml::Limits;
use xml::dsig::verify_enveloped;

use ledger::reconcile::Field;
use ledger::statement::{Direction, Unexplained};

use super::form_claims::{FormClaims, banks_under_contract, form_claims, has_begun};
use super::matter::difference;
use super::take_statement::{TakeStatement, take_statement};
use crate::contracts::terms_with;
use crate::cx::Cx;
use crate::registers::{FormRegisters, form_registers};
use crate::settlement::log_unexplained;

/// How many postings are read at a time.
const ROWS_AT_ONCE: usize = 1000;

/// How often a closing is made anew because another one was kept meanwhile.
const MOST_TRIES: u32 = 5;

/// Close a banking day.
pub struct CloseDay {
    /// The day.
    pub day: BankingDay,
}

/// The closing of a day as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Its newest revision.
    pub record: ClosingRecord,
    /// Whether it was made just now: nothing of the day had changed since where it was not.
    pub is_new: bool,
}

/// Forms the claims and the registers of a day, takes the statements of it, and keeps a revision of its closing, signed,
/// and who made it. A day may be closed again, and each revision stays; where nothing has changed since the last one, that is given again.
///
/// # Errors
/// A day that has not begun; those of the store and the signing key. A bank that gives no statement hinders nothing: it is
/// named, and what the statement would have shown is open.
pub async fn close_day(cx: &Cx, command: &Permitted<CloseDay>) -> Result<Closed, Fault> {
    let day = command.command().day;
    has_begun(cx, day)?;
    form_claims(cx, &command.part(FormClaims { day })).await?;
    let mut silent = Vec::new();
    for bank in banks_under_contract(cx).await? {
        // Before the first contract and after the last one there is no account there of which anything could be said.
        if cx.store.read(move |view| terms_with(view, bank, day)).await?.is_none() {
            continue;
        }
        let take = command.part(TakeStatement { bank, day });
        match take_statement(cx, &take).await {
            Ok(taken) => log_unexplained(bank, &taken),
            Err(why) => {
                tracing::warn!(event = "closing-without-statement", bank = %bank, day = %day, %why);
                silent.push(item(OpenReason::NoStatement, bank, Tiyn::ZERO, Owed::Unknown));
            }
        }
    }
    for tries_left in (0..MOST_TRIES).rev() {
        form_registers(cx, &command.part(FormRegisters { day })).await?;
        let now = cx.host.now();
        let (mut closing, last, up_to) = cx.store.read(move |view| look(view, day, now)).await?;
        // A fact that came in between stands in the journal and not yet in a register: the next revision has it.
        if tries_left > 0 && closing.disagreements().iter().any(Disagreement::is_of_register) {
            continue;
        }
        closing.open.extend(silent.iter().cloned());
        let revision = match last {
            Some(record) if says_the_same(&record, &closing, cx.host.bin) => {
                return Ok(Closed { record, is_new: false });
            }
            Some(last) => last.revision + 1,
            None => 1,
        };
        let document = DayClosing::of(&closing, revision, cx.host.bin, now, up_to);
        let agrees = document.agrees;
        let signed = xml::dsig::sign_enveloped(&document, cx.host.signer().as_ref());
        let signed = signed.map_err(|_| Fault::new(FaultCode::SigningUnavailable))?;
        let record = ClosingRecord { day, revision, document: signed, agrees, at: now };
        let keep = record.clone();
        let kept = cx.change(command, move |work| match work.tx.insert_closing(&keep) {
            Ok(()) => {
                work.done(&Deed::Closing(day, revision))?;
                Ok(true)
            }
            // Somebody else closed it at the same moment: the next revision tells what is so then.
            Err(StoreError::Taken) => Ok(false),
            Err(error) => Err(error.into()),
        });
        if kept.await? {
            return Ok(Closed { record, is_new: true });
        }
    }
    Err(StoreError::Conflict.into())
}

/// Whether a closing that is kept says what one made now would say, but for its number, its moment and how far the journal
/// had come. One whose signature does not hold says nothing.
fn says_the_same(kept: &ClosingRecord, closing: &Closing, gateway: Bin) -> bool {
    let signed = verify_enveloped(&kept.document, &Limits::DOCUMENT);
    let Some(said) = signed.ok().and_then(|signed| signed.parse::<DayClosing>().ok()) else { return false };
    said == DayClosing::of(closing, kept.revision, gateway, said.made_at, said.up_to_posting.0)
}

/// Everything at one moment, with the last closing of the day: one consistent state is looked at.
fn look(
    view: &dyn View,
    day: BankingDay,
    now: Moment,
) -> Result<(Closing, Option<ClosingRecord>, u64), StoreError> {
    let up_to = view.last_posting()?;
    let accounts = view.accounts()?;
    let mut closing = Closing {
        day,
        banks: BTreeMap::new(),
        providers: BTreeMap::new(),
        suspended: Totals::default(),
        promised: Totals::default(),
        open: Vec::new(),
    };
    let vouched = view.vouched(day)?;
    let of_accounts = accounts.iter().filter_map(|account| match account {
        Account::BankReceivable(bank) => Some(*bank),
        _ => None,
    });
    let banks: BTreeSet<Bin> = of_accounts.chain(vouched.iter().map(|(bank, _)| *bank)).collect();
    for bank in banks {
        let sums = bank_sums(view, bank, day, up_to, &vouched)?;
        if sums != BankSums::default() {
            closing.banks.insert(bank, sums);
        }
        let unclaimed = view.unclaimed(bank, day)?;
        if unclaimed.rows() > 0 {
            closing.open.extend(carried(bank, unclaimed));
        }
    }
    for account in accounts {
        let moved = view.moved(account, day, up_to)?;
        match account {
            Account::ProviderPayable(provider) => {
                let journal = totals(&moved, taken_from_provider);
                if journal != Totals::default() {
                    let register = register(view, Party::Provider(provider), day)?;
                    closing.providers.insert(provider, ProviderSums { journal, register });
                }
            }
            Account::Suspense(_) => {
                closing.suspended = closing.suspended.plus(totals(&moved, taken_from_suspense));
                open_suspense(view, account, day, &mut closing.open)?;
            }
            Account::RefundPayable(_) => {
                closing.promised = closing.promised.plus(totals(&moved, taken_from_promises));
            }
            _ => {}
        }
    }
    open_with_providers(view, day, up_to, &mut closing.open)?;
    open_documents(view, day, now, &mut closing.open)?;
    open_differences(view, day, now, &mut closing.open)?;
    Ok((closing, view.last_closing(day)?, up_to))
}

fn item(reason: OpenReason, about: impl ToString, amount: Tiyn, owed: Owed) -> OpenItem {
    OpenItem { reason, about: about.to_string(), amount, owed }
}

/// More went back than came, or no claim could be formed: it waits, and stands here with the larger of the two sums less the
/// other: in several amounts where it is more than one can be.
fn carried(bank: Bin, unclaimed: Totals) -> Vec<OpenItem> {
    let owed = if unclaimed.net() < 0 { Owed::ToBank } else { Owed::ByBank };
    let mut left = unclaimed.net().unsigned_abs();
    let mut items = Vec::new();
    loop {
        let part = u64::try_from(left).ok().and_then(|left| Tiyn::new(left).ok()).unwrap_or(Tiyn::LARGEST);
        items.push(item(OpenReason::Carried, bank, part, owed));
        left -= u128::from(part.as_u64());
        if left == 0 {
            return items;
        }
    }
}

fn totals(moved: &[Moved], is_deduction: impl Fn(PostingKind) -> bool) -> Totals {
    moved.iter().fold(Totals::default(), |totals, one| {
        let one = if is_deduction(one.kind) {
            Totals { deductions: one.count, deducted: one.sum, ..Totals::default() }
        } else {
            Totals { additions: one.count, added: one.sum, ..Totals::default() }
        };
        totals.plus(one)
    })
}

fn taken_from_bank(kind: PostingKind) -> bool {
    matches!(kind, PostingKind::Reversal | PostingKind::Refund)
}

fn taken_from_provider(kind: PostingKind) -> bool {
    matches!(kind, PostingKind::Reversal | PostingKind::RefundGrant)
}

fn taken_from_suspense(kind: PostingKind) -> bool {
    matches!(kind, PostingKind::Reversal | PostingKind::RefundGrant | PostingKind::Accept)
}

fn taken_from_promises(kind: PostingKind) -> bool {
    matches!(kind, PostingKind::Refund | PostingKind::RefundWithdrawn)
}

fn bank_sums(
    view: &dyn View,
    bank: Bin,
    day: BankingDay,
    up_to: u64,
    vouched: &[(Bin, Totals)],
) -> Result<BankSums, StoreError> {
    let account = Account::BankReceivable(bank);
    let moved = view.moved(account, day, up_to)?;
    let (claimed, carried): (Vec<Moved>, Vec<Moved>) = moved.iter().partition(|one| one.is_claimed);
    let of_it = vouched.iter().filter(|(of, _)| *of == bank);
    let mut notices = of_it.fold(Totals::default(), |sum, (_, totals)| sum.plus(*totals));
    // A second sum under a code is in no payment: what the bank said of it is sealed with its posting.
    let mut after = 0;
    loop {
        let page = view.postings_on(account, day, after, ROWS_AT_ONCE)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for placed in page.iter().filter(|placed| placed.id <= up_to) {
            if placed.posting.kind == PostingKind::Surplus {
                let said = view.surplus(placed.id)?;
                said.iter().for_each(|said| notices.count_sum(false, said.amount));
            }
        }
    }
    Ok(BankSums {
        notices,
        journal: totals(&moved, taken_from_bank),
        register: register(view, Party::Bank(bank), day)?,
        claimed: totals(&claimed, taken_from_bank),
        carried: totals(&carried, taken_from_bank),
    })
}

/// What the last revision of a register comes to.
fn register(view: &dyn View, party: Party, day: BankingDay) -> Result<Option<Totals>, StoreError> {
    Ok(view.register(party, day, None)?.map(|stored| stored.value.totals))
}

fn open_suspense(
    view: &dyn View,
    account: Account,
    day: BankingDay,
    open: &mut Vec<OpenItem>,
) -> Result<(), StoreError> {
    for placed in view.standing_on(account, day, LIST_BOUND)? {
        let Posting { kind, about, amount, .. } = placed.posting;
        let (reason, about) = match kind {
            PostingKind::Dispute | PostingKind::RefundWithdrawn => (OpenReason::Disputed, about.to_string()),
            PostingKind::Overpaid => surplus_on_statement(view, &about)?,
            _ => (OpenReason::Surplus, about.to_string()),
        };
        open.push(item(reason, about, amount, Owed::Suspense));
    }
    Ok(())
}

/// What providers owe: they were paid for payments that were given back since, and are due less than that.
fn open_with_providers(
    view: &dyn View,
    day: BankingDay,
    up_to: u64,
    open: &mut Vec<OpenItem>,
) -> Result<(), StoreError> {
    for (account, turnover) in view.balances(Some(day), up_to)?.iter() {
        let (Account::ProviderPayable(provider), balance) = (account, turnover.balance(account)) else {
            continue;
        };
        if balance < 0 {
            let owed = u64::try_from(balance.unsigned_abs()).unwrap_or(u64::MAX);
            let amount = Tiyn::new(owed).unwrap_or(Tiyn::LARGEST);
            open.push(item(OpenReason::ProviderOverpaid, provider, amount, Owed::ByProvider));
        }
    }
    Ok(())
}

/// What came on a statement and is nobody's: the entry, the bank's name of it, and the claim that it was said to be for.
fn surplus_on_statement(view: &dyn View, about: &Subject) -> Result<(OpenReason, String), StoreError> {
    let number = about.to_string();
    let id = number.strip_prefix("document:E-").and_then(|id| id.parse().ok());
    let entry = match id {
        Some(id) => view.statement_entry(id)?,
        None => None,
    };
    let Some(entry) = entry else { return Ok((OpenReason::Surplus, number)) };
    let named = format!("{} {}", entry.number(), entry.reference);
    Ok(match entry.unexplained() {
        Some((Unexplained::ClaimRepeated(claim), _)) => {
            (OpenReason::ClaimRepeated, format!("{claim} {named}"))
        }
        Some((Unexplained::ClaimOverpaid(claim), _)) => {
            (OpenReason::ClaimOverpaid, format!("{claim} {named}"))
        }
        _ => (OpenReason::Unclaimed, named),
    })
}

/// What the newest reconciliation of each bank found that two officers have not taken for known; what only waits is open
/// when its time is over. The sum is what the operation or the two amounts differ by; what else differs moves no money.
fn open_differences(
    view: &dyn View,
    day: BankingDay,
    now: Moment,
    open: &mut Vec<OpenItem>,
) -> Result<(), StoreError> {
    let contracts = view.contracts()?;
    let with_banks = contracts.iter().filter(|one| matches!(one.terms, ledger::contract::Terms::Bank(_)));
    let banks: BTreeSet<Bin> = with_banks.map(|contract| contract.party).collect();
    for bank in banks {
        let Some((run, _)) = view.reconciliations(bank, day, 1)?.into_iter().next() else { continue };
        for found in difference::all_of(view, run)? {
            let row = &found.difference;
            if found.settled_by.is_some() || row.until.is_some_and(|until| now < until) {
                continue;
            }
            let name = match row.code {
                Some(code) => code.digits(),
                None => row.reference.clone(),
            };
            let value = |value: &str| if value.is_empty() { "-".to_owned() } else { value.to_owned() };
            let about = format!(
                "R-{run} {name} {} {}: {} / {}",
                row.side,
                row.field,
                value(&row.ours),
                value(&row.theirs)
            );
            open.push(item(OpenReason::Difference, about, sum_of(row), owed_of(row)));
        }
    }
    Ok(())
}

fn sum_of(row: &DifferenceRow) -> Tiyn {
    let is_of_money = [Field::Operation, Field::Amount].iter().any(|field| field.name() == row.field);
    let sum = |text: &str| text.parse::<Tiyn>().unwrap_or(Tiyn::ZERO);
    match (sum(&row.ours), sum(&row.theirs)) {
        _ if !is_of_money => Tiyn::ZERO,
        (ours, theirs) if ours > theirs => ours.checked_sub(theirs).unwrap_or(ours),
        (ours, theirs) => theirs.checked_sub(ours).unwrap_or(theirs),
    }
}

/// Whoever is right, the operation itself says where the money goes: the bank owes what it took, and is owed what went back.
/// What differs in anything else than money is no debt.
fn owed_of(row: &DifferenceRow) -> Owed {
    match (sum_of(row) == Tiyn::ZERO, row.is_deduction) {
        (true, _) => Owed::Unknown,
        (false, false) => Owed::ByBank,
        (false, true) => Owed::ToBank,
    }
}

/// Claims, payouts, refunds, debits and attempts whose end is not known yet.
fn open_documents(
    view: &dyn View,
    day: BankingDay,
    now: Moment,
    open: &mut Vec<OpenItem>,
) -> Result<(), StoreError> {
    for attempt in view.open_items(now)? {
        open.push(item(OpenReason::Unknown, &attempt.value.id, attempt.value.amount, Owed::Unknown));
    }
    for stored in view.open_claims(LIST_BOUND)?.into_iter().filter(|stored| stored.value.day <= day) {
        let claim = stored.value;
        let contested = claim.contested();
        let rest = claim.open().checked_sub(contested).unwrap_or(Tiyn::ZERO);
        let reason = match claim.standing {
            _ if Age::of(claim.overdue_days(now.banking_day())) != Age::Current => OpenReason::ClaimOverdue,
            Standing::Sent => OpenReason::ClaimUnanswered,
            _ => OpenReason::ClaimUnpaid,
        };
        for (reason, amount) in [(OpenReason::ClaimContested, contested), (reason, rest)] {
            if amount > Tiyn::ZERO {
                open.push(item(reason, &claim.number, amount, Owed::ByBank));
            }
        }
    }
    for stored in view.open_payouts(LIST_BOUND)?.into_iter().filter(|stored| stored.value.payout.day <= day) {
        let payout = stored.value.payout;
        let reason = match payout.progress {
            Progress::Refused(_) => OpenReason::PayoutRefused,
            _ => OpenReason::PayoutUnconfirmed,
        };
        open.push(item(reason, &payout.number, payout.amount, Owed::ToProvider));
    }
    for stored in view.open_refunds(day.ends_at(), LIST_BOUND)? {
        let refund = stored.value.refund;
        let about = Subject::Payment(refund.code);
        open.push(item(OpenReason::RefundUnpaid, about, refund.amount, Owed::ToPayer));
    }
    for entry in view.unexplained_entries(day, LIST_BOUND)? {
        // What came without a claim is in suspense and named there.
        if entry.direction == Direction::Debit {
            let about = format!("{} {}", entry.number(), entry.reference);
            // It went off our account at the bank, and nobody of ours told the bank to pay it.
            open.push(item(OpenReason::Difference, about, entry.amount, Owed::ByBank));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_is_told_to_the_tiyn_however_much_it_is() {
        let bank: Bin = "500140000017".parse().unwrap();
        let told = |added, deducted| {
            let unclaimed = Totals { additions: 1, added, deductions: 1, deducted };
            let items = carried(bank, unclaimed);
            (items.len(), items.iter().map(|one| one.amount.as_u64()).sum::<u64>())
        };
        let most = Tiyn::LARGEST.as_u64();
        assert_eq!(told(most, 0), (1, most));
        assert_eq!(told(2 * most + 7, 0), (3, 2 * most + 7));
        assert_eq!(told(0, most + 1), (2, most + 1));
        assert_eq!(told(5, 5), (1, 0));
    }
}
