//! A contract from a day on that two officers agreed about (cl. 22): with whom, for which services, on what terms.
//!
//! It is a version of its own beside all earlier ones, and begins on the day of the approval or later: what was done under
//! an earlier one stays as it was agreed then. Which of them holds on a day is settled in `ledger`.

use ledger::contract::{self, Contract, Terms};
use rights::Resource;
use terms::MessageId;
use wire::proposal::ContractChange;

use crate::contracts;
use crate::cx::Work;
use crate::settings::Catalogue;
use crate::use_case::propose::NotTaken;

pub(super) fn of(said: &ContractChange) -> Result<Contract, NotTaken> {
    said.contract().map_err(|_| NotTaken::Parts)
}

/// The bank it is with; everything, where with the national operator.
pub(super) fn touches(contract: &Contract) -> Resource {
    match contract.terms {
        Terms::NationalOperator => Resource::Everything,
        Terms::Bank(_) => Resource::Bank(contract.party),
    }
}

fn is_with_bank(contract: &Contract) -> bool {
    matches!(contract.terms, Terms::Bank(_))
}

pub(super) fn could_be_done(contract: &Contract, work: &mut Work<'_>) -> Result<(), NotTaken> {
    if contract.since < work.now.banking_day() {
        return Err(NotTaken::ContractPast);
    }
    let kept = work.tx.contracts()?;
    let mut earlier = kept.iter().filter(|other| other.party == contract.party);
    if earlier.any(|other| is_with_bank(other) != is_with_bank(contract)) {
        return Err(NotTaken::ContractParty);
    }
    if is_with_bank(contract) && !work.is_known_bank(contract.party) {
        return Err(NotTaken::ContractParty);
    }
    contract::beside(&kept, contract)?;
    match contracts::of_the_same_account(&kept, contract) {
        Some(other) => Err(NotTaken::ContractAccount(other.number.clone())),
        None => Ok(()),
    }
}

/// Whether every service it names can be paid for here.
pub(super) fn is_of_catalogue(contract: &Contract, catalogue: &Catalogue) -> Result<(), NotTaken> {
    match contracts::unknown_service(contract, catalogue) {
        Some(unknown) => Err(NotTaken::ContractService(unknown.clone())),
        None => Ok(()),
    }
}

pub(super) fn change(contract: &Contract, work: &mut Work<'_>, number: MessageId) -> Result<(), NotTaken> {
    could_be_done(contract, work)?;
    let now = work.now;
    work.tx.insert_contract(contract, now, Some(number))?;
    tracing::info!(
        event = "contract-changed",
        contract = %contract.number,
        party = %contract.party,
        since = %contract.since,
        proposal = %number,
    );
    Ok(())
}
