//! Payouts to providers (cl. 24): what banks have reimbursed, or the operator guarantees, by provider and requisites.

use std::collections::BTreeMap;

use ledger::{Account, Destination, Due, Payout, Posting, PostingKind, Progress, Subject};
use participant::Fault;
use rights::Permitted;
use store::{LIST_BOUND, Payable, PayoutRecord, Store, StoreError, Stored, UnpaidPosting};
use terms::{BankingDay, Bin, Purpose, ShortText};
use wire::bank::PayProvider;
use wire::common::Beneficiary;
use wire::fault::FaultCode;

use super::form_claims::{banks_under_contract, last_terms, number, said, tell_bank};
use crate::cx::{Cx, Work};
use crate::settings::Catalogue;

/// КОд of the operator, a resident company: it is the sender of every payout.
const OPERATOR: &str = "17";

/// How long a refused payout waits at first before it is ordered again; every time twice as long, up to the longest.
const FIRST_PAUSE_SECONDS: i64 = 60;
const LONGEST_PAUSE_SECONDS: i64 = 3600;

/// Order the payouts that are due.
pub struct PayOut;

/// Orders what is due at every bank with a contract, and again what was refused some time ago. What comes to nothing after
/// what went back waits.
///
/// # Errors
/// Those of the store; payouts ordered before stay.
pub async fn pay_out(cx: &Cx, command: &Permitted<PayOut>) -> Result<Vec<Payout>, Fault> {
    let mut all = Vec::new();
    for bank in banks_under_contract(cx).await? {
        for which in due_kinds(cx, bank).await? {
            let is_due =
                move |view: &dyn store::View| Ok::<_, StoreError>(view.unpaid(bank, which, 1)?.len());
            // A look spares the writer: mostly nothing is due.
            if cx.store.read(is_due).await? > 0 {
                let catalogue = cx.catalogue.clone();
                all.extend(cx.change(command, move |work| order(work, &catalogue, bank, which)).await?);
            }
        }
    }
    order_again(cx, command).await?;
    Ok(all)
}

async fn due_kinds(cx: &Cx, bank: Bin) -> Result<Vec<Payable>, Fault> {
    let today = cx.host.now().banking_day();
    let terms = cx.store.read(move |view| last_terms(view, bank, today)).await?;
    let guaranteed = terms.and_then(|terms| terms.guarantee_days);
    let guaranteed = guaranteed.map(|days| Payable::Guaranteed(today.plus_days(-i64::from(days))));
    Ok(std::iter::once(Payable::Reimbursed).chain(guaranteed).collect())
}

/// The operator sends every payout itself, so that who paid makes no difference to where the money goes.
fn destination(unpaid: &UnpaidPosting) -> Destination {
    Destination { kod: OPERATOR.parse().expect("two digits"), ..unpaid.to.clone() }
}

fn order(
    work: &mut Work<'_>,
    catalogue: &Catalogue,
    bank: Bin,
    which: Payable,
) -> Result<Vec<Payout>, Fault> {
    let unpaid = work.tx.unpaid(bank, which, LIST_BOUND)?;
    let mut due = Due::default();
    let mut postings: BTreeMap<Destination, (Vec<u64>, BankingDay)> = BTreeMap::new();
    for one in &unpaid {
        let to = destination(one);
        due.count(to.clone(), one.kind, one.amount);
        let (places, day) = postings.entry(to).or_insert((Vec::new(), one.day));
        places.push(one.posting);
        *day = one.day.max(*day);
    }
    let today = work.now.banking_day();
    let mut all = Vec::new();
    for (to, amount) in due.sums() {
        let Some((places, day)) = postings.remove(&to) else { continue };
        let place = work.tx.count_payouts(&beginning(today))? + 1;
        let payout = Payout {
            number: number("P", today, place)?,
            bank,
            to,
            amount,
            day,
            is_guaranteed: matches!(which, Payable::Guaranteed(_)),
            progress: Progress::Ordered,
        };
        let record = PayoutRecord { payout: payout.clone(), tries: 1, asked_at: work.now };
        work.tx.insert_payout(&record, &places)?;
        work.tx.post(&Posting {
            kind: PostingKind::PayoutOrder,
            about: Subject::Document(payout.number.clone()),
            debit: Account::ProviderPayable(payout.to.provider),
            credit: Account::PayoutInTransit(payout.to.provider),
            amount,
            day: today,
            at: work.now,
        })?;
        tell(work, catalogue, &payout)?;
        all.push(payout);
    }
    Ok(all)
}

fn beginning(day: BankingDay) -> String {
    format!("P-{}-", day.to_string().replace('-', ""))
}

fn tell(work: &mut Work<'_>, catalogue: &Catalogue, payout: &Payout) -> Result<(), Fault> {
    let to = &payout.to;
    let service = catalogue.all().iter().find(|service| service.provider == to.provider);
    let name = service.map_or_else(|| to.provider.to_string(), |service| service.provider_name.ru.clone());
    let name: String = name.chars().take(ShortText::LONGEST).collect();
    let unsayable = |_| Fault::new(FaultCode::Internal).because("the provider's name is no text");
    let message = PayProvider {
        header: work.request_header(),
        payout: said(&payout.number)?,
        amount: payout.amount,
        beneficiary_name: name.parse().map_err(unsayable)?,
        beneficiary: Beneficiary {
            iban: to.iban,
            bic: to.bic.clone(),
            kbk: to.kbk,
            knp: to.knp,
            kbe: to.kbe,
            purpose: purpose(payout)?,
        },
        kod: to.kod,
    };
    tell_bank(work, payout.bank, &message, &payout.number)
}

fn purpose(payout: &Payout) -> Result<Purpose, Fault> {
    let text = format!("{} {}", payout.number, payout.day);
    text.parse().map_err(|_| Fault::new(FaultCode::Internal).because("no purpose of a payment"))
}

fn pause(tries: u32) -> i64 {
    (FIRST_PAUSE_SECONDS << tries.saturating_sub(1).min(10)).min(LONGEST_PAUSE_SECONDS)
}

async fn order_again(cx: &Cx, command: &Permitted<PayOut>) -> Result<(), Fault> {
    let open = cx.store.read(|view| view.open_payouts(LIST_BOUND)).await.map_err(Fault::from)?;
    let now = cx.host.now();
    let is_due = |stored: &Stored<PayoutRecord>| {
        matches!(stored.value.payout.progress, Progress::Refused(_))
            && stored.value.asked_at.plus_seconds(pause(stored.value.tries)) <= now
    };
    for stored in open.into_iter().filter(is_due) {
        let catalogue = cx.catalogue.clone();
        cx.change(command, move |work| {
            let mut record = stored.value.clone();
            record.payout.progress = Progress::Ordered;
            record.tries = record.tries.saturating_add(1);
            record.asked_at = work.now;
            let payout = record.payout.clone();
            work.tx.save_payout(&stored.with(record))?;
            tell(work, &catalogue, &payout)
        })
        .await?;
    }
    Ok(())
}
