//! A contract from a day on that two officers agreed about (cl. 22): with whom, for which services, on what terms.
//!
//! It is a version of its own beside all earlier ones, and begins on the day of the approval or later: what was done under
//! an earlier one stays as it was agreed then. Which of them holds on a day is settled in `ledger`.

use ledger::contract::{Contract, Terms};
use rights::Resource;
use terms::MessageId;
use wire::proposal::ContractChange;

use crate::cx::Work;
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
    let earlier = work.tx.contracts_with(contract.party)?;
    if earlier.iter().any(|other| is_with_bank(other) != is_with_bank(contract)) {
        return Err(NotTaken::ContractParty);
    }
    if is_with_bank(contract) && !work.is_known(contract.party) {
        return Err(NotTaken::ContractParty);
    }
    // Of several that begin together the one kept last holds, so only that one is the same over again.
    let same_day = earlier.iter().rfind(|other| other.since == contract.since);
    if same_day == Some(contract) { Err(NotTaken::ContractSame) } else { Ok(()) }
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
