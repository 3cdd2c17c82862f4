//! Claims to banks for what their clients paid (cl. 23): formed by bank and banking day, posted, and put into the outbox.

use ledger::contract::{BankTerms, Terms};
use ledger::{Account, Claim, DocumentNumber, NotFormed, Posting, PostingKind, Subject};
use participant::Fault;
use rights::Permitted;
use store::{Outgoing, Store, StoreError, View};
use terms::{BankingDay, Bin, MessageId, Tiyn};
use wire::bank::{AcceptClaim, LONGEST_CLAIM};
use wire::common::{ClaimItem, Count, MovementKind};
use wire::fault::FaultCode;
use wire::{Request, RequestHeader};
use xml::ToElement;

use crate::contracts::terms_with;
use crate::cx::{Cx, Work};

/// Form the claims of a banking day.
pub struct FormClaims {
    /// The day; what no claim took of earlier days is claimed with it.
    pub day: BankingDay,
}

/// What came of one bank's claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Formed {
    /// It is on its way.
    Claim(Box<Claim>),
    /// There is something, and it cannot be claimed yet.
    Waits(Bin, NotFormed),
}

/// Forms a claim to every bank with a contract, each in a transaction of its own. A bank of which nothing is unclaimed is
/// left out, so that asking again makes no second claim.
///
/// # Errors
/// A day that has not begun: of what its payments are nothing is known yet. Those of the store; claims formed before stay.
pub async fn form_claims(cx: &Cx, command: &Permitted<FormClaims>) -> Result<Vec<Formed>, Fault> {
    let day = command.command().day;
    has_begun(cx, day)?;
    let mut all = Vec::new();
    for bank in banks_under_contract(cx).await? {
        all.extend(cx.change(command, move |work| form(work, bank, day)).await?);
    }
    Ok(all)
}

/// Refuses a day that has not begun: a document of it would say what nobody knows yet.
pub(crate) fn has_begun(cx: &Cx, day: BankingDay) -> Result<(), Fault> {
    if day > cx.host.now().banking_day() {
        return Err(Fault::new(FaultCode::FieldWrong).because(format!("{day} has not begun")));
    }
    Ok(())
}

/// Every bank that ever had a contract, in the order of numbers.
pub(crate) async fn banks_under_contract(cx: &Cx) -> Result<Vec<Bin>, StoreError> {
    let contracts = cx.store.read(|view| view.contracts()).await?;
    let of_banks = contracts.iter().filter(|contract| matches!(contract.terms, Terms::Bank(_)));
    let mut banks: Vec<Bin> = of_banks.map(|contract| contract.party).collect();
    banks.sort_unstable();
    banks.dedup();
    Ok(banks)
}

/// The terms that hold on a day, or those that held last: money that was taken is claimed with or without a contract in
/// force.
pub(crate) fn last_terms(
    view: &(impl View + ?Sized),
    bank: Bin,
    day: BankingDay,
) -> Result<Option<BankTerms>, StoreError> {
    if let Some(terms) = terms_with(view, bank, day)? {
        return Ok(Some(terms));
    }
    let all = view.contracts_with(bank)?;
    Ok(all.into_iter().rev().find_map(|contract| match contract.terms {
        Terms::Bank(terms) => Some(terms),
        Terms::NationalOperator => None,
    }))
}

fn form(work: &mut Work<'_>, bank: Bin, day: BankingDay) -> Result<Option<Formed>, Fault> {
    let totals = work.tx.unclaimed(bank, day)?;
    let Some(terms) = last_terms(&*work.tx, bank, day)? else { return Ok(None) };
    if totals.rows() == 0 {
        return Ok(None);
    }
    let number = number("C", day, work.tx.count_claims(day)? + 1)?;
    let net = Tiyn::new(u64::try_from(totals.net()).unwrap_or(0));
    // One message carries amounts as amounts, so what was taken has to be one too.
    let is_sayable = Tiyn::new(totals.added).is_ok() && Tiyn::new(totals.deducted).is_ok();
    let formed = match net {
        Ok(net) if is_sayable => {
            let due_on = work.now.banking_day().plus_days(terms.reimburse_days.into());
            Claim::form(number, (bank, day), totals, terms.fee.of(net), due_on)
        }
        _ => Err(NotFormed::TooLarge),
    };
    let claim = match formed {
        Ok(claim) => claim,
        Err(why) => return Ok(Some(Formed::Waits(bank, why))),
    };
    work.tx.insert_claim(&claim, work.now)?;
    for (kind, amount, credit) in [
        (PostingKind::Claim, claim.net(), Account::BankReceivable(bank)),
        (PostingKind::Fee, claim.fee, Account::Fees(bank)),
    ] {
        // A contract may ask for no fee; nothing is not posted.
        if amount > Tiyn::ZERO {
            work.tx.post(&Posting {
                kind,
                about: Subject::Document(claim.number.clone()),
                debit: Account::BankClaimed(bank),
                credit,
                amount,
                day,
                at: work.now,
            })?;
        }
    }
    tell(work, &claim)?;
    Ok(Some(Formed::Claim(Box::new(claim))))
}

fn tell(work: &mut Work<'_>, claim: &Claim) -> Result<(), Fault> {
    let rows = claim.totals.rows();
    let items = if rows <= LONGEST_CLAIM as u64 {
        work.tx.claim_items(&claim.number, LONGEST_CLAIM)?
    } else {
        Vec::new()
    };
    let count = |number: u64| Count::saturating(u32::try_from(number).unwrap_or(u32::MAX));
    let amount = |sum: u64| Tiyn::new(sum).map_err(|_| Fault::new(FaultCode::Internal));
    let header = work.request_header();
    let message = AcceptClaim {
        claim: said(&claim.number)?,
        bank: claim.bank,
        day: claim.day,
        count: count(claim.totals.additions),
        total: amount(claim.totals.added)?,
        returned_count: count(claim.totals.deductions),
        returned_total: amount(claim.totals.deducted)?,
        fee: claim.fee,
        due: claim.due,
        register: None,
        items: items
            .into_iter()
            .map(|item| ClaimItem {
                payment_code: item.code,
                bank_reference: item.bank_reference,
                amount: item.amount,
                kind: match item.kind {
                    PostingKind::Reversal => MovementKind::Reversal,
                    PostingKind::Refund => MovementKind::Refund,
                    _ => MovementKind::Payment,
                },
            })
            .collect(),
        header,
    };
    tell_bank(work, claim.bank, &message, &claim.number)
}

/// Puts a message about a document into the outbox.
pub(crate) fn tell_bank<R: Request + ToElement>(
    work: &mut Work<'_>,
    to: Bin,
    message: &R,
    about: &DocumentNumber,
) -> Result<(), Fault> {
    work.tx.tell(&Outgoing {
        id: message.header().message_id,
        to,
        operation: R::OPERATION.to_owned(),
        body: message.to_xml(),
        about: Some(about.to_string()),
        created_at: work.now,
    })?;
    Ok(())
}

/// `C-20261122-0001`: what tells numbers of a day apart stands last, and any other part of the number is in none of another
/// day.
pub(crate) fn number(letter: &str, day: BankingDay, place: u64) -> Result<DocumentNumber, Fault> {
    let day = day.to_string().replace('-', "");
    let number = format!("{letter}-{day}-{place:04}");
    number.parse().map_err(|_| Fault::new(FaultCode::Internal).because("no number of a document"))
}

/// The number as messages have it.
pub(crate) fn said(number: &DocumentNumber) -> Result<terms::ApplicationNumber, Fault> {
    number.as_str().parse().map_err(|_| Fault::new(FaultCode::Internal).because("the number is too long"))
}

impl Work<'_> {
    /// The header of a message of our own.
    pub(crate) fn request_header(&self) -> RequestHeader {
        let now = self.now;
        let message_id = self.draw(|entropy| MessageId::generate(now, entropy));
        RequestHeader { message_id, sent_at: now, sender: self.own_bin() }
    }
}
