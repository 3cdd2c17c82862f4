//! The contracts in force, and what banks may begin under them (cl. 22).
//!
//! What was agreed is `ledger`'s affair; here it is looked up and becomes the answer a bank gets. Payments that were made
//! are recorded with or without a contract.

use anyhow::{Context, Result, bail};
use ledger::contract::{self, BankTerms, Contract, NotCovered, Terms};
use participant::Fault;
use payment::Payment;
use payment::table::State;
use store::{Kept, Store, StoreError, View};
use terms::{BankingDay, Bin, ServiceCode, Tiyn};
use wire::fault::FaultCode;

use crate::cx::{Cx, Work};
use crate::settings::Catalogue;

/// What is agreed with a bank on a day; none where no contract is in force.
pub(crate) fn terms_with(view: &(impl View + ?Sized), bank: Bin, day: BankingDay) -> Kept<Option<BankTerms>> {
    let contracts = view.contracts_with(bank)?;
    Ok(contract::in_force(&contracts, day).and_then(|contract| match &contract.terms {
        Terms::Bank(terms) => Some(terms.clone()),
        Terms::NationalOperator => None,
    }))
}

/// Whether a payment may be begun at a bank on a day, by all contracts there are.
pub(crate) fn offers(
    all: &[Contract],
    bank: Bin,
    service: &ServiceCode,
    price: Tiyn,
    day: BankingDay,
) -> bool {
    let its_own: Vec<Contract> = all.iter().filter(|contract| contract.party == bank).cloned().collect();
    match contract::in_force(&its_own, day).map(|contract| &contract.terms) {
        Some(Terms::Bank(terms)) => terms.covers(service, price).is_ok(),
        _ => false,
    }
}

/// Whether a code counts against its bank's limit of the day it was issued on: it is open, so it may still be paid, or it
/// was paid and the money has not gone back.
pub(crate) fn counts(payment: &Payment) -> bool {
    match payment.state() {
        State::Issued | State::Paid | State::Disputed | State::Bound | State::Closed => true,
        State::Void | State::Reversed | State::Refunded => false,
    }
}

/// Whether a bank may be issued a code now, counting it. Every bank's codes are counted, so that a limit agreed on in the
/// middle of a day knows what was issued before.
///
/// # Errors
/// The catalogued reason why not.
pub(crate) fn covers(
    work: &mut Work<'_>,
    bank: Bin,
    service: &ServiceCode,
    price: Tiyn,
) -> Result<(), Fault> {
    let today = work.now.banking_day();
    let terms = terms_with(&*work.tx, bank, today)?.ok_or_else(|| refused(NotCovered::NoContract))?;
    terms.covers(service, price).map_err(refused)?;
    let sum = work.tx.note_issued(bank, today, price)?;
    terms.within_day(sum).map_err(refused)
}

/// The first service that a contract names and nobody can pay for here.
pub(crate) fn unknown_service<'a>(contract: &'a Contract, catalogue: &Catalogue) -> Option<&'a ServiceCode> {
    let Terms::Bank(BankTerms { services: Some(services), .. }) = &contract.terms else { return None };
    services.iter().find(|service| catalogue.find(service).is_none())
}

/// A contract with another party that holds on some day with this one and names the same settlement account. Whose money
/// came there nobody could tell.
pub(crate) fn of_the_same_account<'a>(kept: &'a [Contract], new: &Contract) -> Option<&'a Contract> {
    let account = |contract: &Contract| match &contract.terms {
        Terms::Bank(terms) => Some(terms.settlement_iban),
        Terms::NationalOperator => None,
    };
    let own = account(new)?;
    // One that another of its party has replaced by then holds on no day of the new one.
    let holds_then = |place: usize, other: &Contract| {
        let begins_later = other.since > new.since && new.until.is_none_or(|until| other.since <= until);
        begins_later || contract::holding(kept, place, new.since) == Some(contract::Holding::Holds)
    };
    let mut others = kept.iter().enumerate().filter(|(_, other)| other.party != new.party);
    others.find(|(place, other)| account(other) == Some(own) && holds_then(*place, other)).map(|(_, one)| one)
}

/// The catalogued fault of what a contract does not cover.
fn refused(why: NotCovered) -> Fault {
    match why {
        NotCovered::NoContract => Fault::new(FaultCode::NoContract),
        NotCovered::Service => Fault::new(FaultCode::OutsideContract),
        NotCovered::PerPayment(limit) | NotCovered::PerDay(limit) => {
            Fault::new(FaultCode::ContractLimit).with("limit", limit.to_string())
        }
    }
}

/// Gives a new store the contracts of the configuration. Once there are any, they change by decisions of officers alone.
///
/// # Errors
/// Where one is not well formed, names a service that is not in the catalogue, or cannot stand beside the others; those of
/// the store.
pub(crate) async fn keep(cx: &Cx) -> Result<()> {
    let of = |setting: &crate::settings::ContractSetting| {
        setting.contract().with_context(|| format!("the contract {}", setting.number))
    };
    let first: Vec<Contract> = cx.settings.contract.iter().map(of).collect::<Result<_>>()?;
    if cx.store.read(|view| Ok::<_, StoreError>(!view.contracts()?.is_empty())).await? {
        return Ok(());
    }
    for (place, one) in first.iter().enumerate() {
        contract::beside(&first[..place], one).with_context(|| format!("the contract {}", one.number))?;
        if let Some(unknown) = unknown_service(one, &cx.catalogue) {
            bail!("the contract {} names the service {unknown}, which is not in the catalogue", one.number);
        }
    }
    let now = cx.host.now();
    cx.store
        .transact(move |tx| {
            if tx.contracts()?.is_empty() {
                first.iter().try_for_each(|contract| tx.insert_contract(contract, now, None))?;
            }
            Ok::<_, StoreError>(())
        })
        .await?;
    Ok(())
}
