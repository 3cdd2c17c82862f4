//! Money that came otherwise than ordered: two officers say whether it is taken for the service or goes back.

use ledger::RefundGround;
use payment::table::State;
use payment::{Event, Payment, Settlement};
use rights::Resource;
use store::Stored;
use terms::{MessageId, PaymentCode};
use wire::proposal::{DisputeSettlement, SettlementWord};

use super::refund;
use crate::cx::Work;
use crate::fault;
use crate::links::Links;
use crate::use_case::propose::NotTaken;

/// The bank that took the money.
pub(super) fn touches(settlement: &DisputeSettlement, work: &mut Work<'_>) -> Result<Resource, NotTaken> {
    let payment = disputed(work, settlement.payment_code)?;
    let bank = payment.value.paid().map(|paid| paid.bank).ok_or(NotTaken::NotDisputed)?;
    Ok(Resource::Bank(bank))
}

fn disputed(work: &mut Work<'_>, code: PaymentCode) -> Result<Stored<Payment>, NotTaken> {
    let found = work.tx.payment(code)?;
    found.filter(|stored| stored.value.state() == State::Disputed).ok_or(NotTaken::NotDisputed)
}

pub(super) fn settle(
    work: &mut Work<'_>,
    settlement: &DisputeSettlement,
    number: MessageId,
    links: &Links,
) -> Result<(), NotTaken> {
    let stored = disputed(work, settlement.payment_code)?;
    let how = match settlement.settlement {
        SettlementWord::Accept => Settlement::Accept,
        SettlementWord::Refund => Settlement::Refund,
    };
    let change = stored
        .value
        .clone()
        .apply(Event::Settle(how), work.now)
        .map_err(|refusal| fault::of(refusal, &stored.value))?;
    work.keep(stored, &change)?;
    let detail = format!("{} by proposal {number}", settlement.settlement);
    work.journal(settlement.payment_code, "dispute-settled", &detail)?;
    // Where the bank has taken the money back meanwhile, there is nothing left to give.
    if change.payment.state() == State::Refunded {
        refund::grant(work, &change.payment, RefundGround::Dispute, number)?;
    }
    work.tell_portals(links, &change.payment)?;
    Ok(())
}
