//! What proposals are about: for every kind, what it touches, whether it could be done, and its effect once two
//! officers agreed. How documents are taken and decided about is [`super::propose`].

mod contract;
pub(crate) mod difference;
mod dispute;
mod group;
mod refund;

use ledger::contract::Contract;
pub(crate) use refund::tell_earlier;
use rights::proposal::Approval;
use rights::{Access, Resource};
use terms::MessageId;
use wire::proposal::{DifferenceAcknowledgement, DisputeSettlement, Proposal, ProposalKind, RefundMatter};

use super::propose::NotTaken;
use crate::cx::Work;
use crate::links::Links;
use crate::settings::Catalogue;

/// What a proposal asks for, after its parts were looked at.
#[derive(Debug, Clone)]
pub(crate) enum Matter {
    Group(group::Change),
    Dispute(DisputeSettlement),
    Refund(RefundMatter),
    Difference(DifferenceAcknowledgement),
    Contract(Box<Contract>),
}

impl Matter {
    /// The match to which further kinds are added as arms; a kind that is none of these does not compile.
    pub(crate) fn of(said: &Proposal) -> Result<Self, NotTaken> {
        let Proposal {
            group_change,
            dispute_settlement,
            refund,
            difference_acknowledgement,
            contract_change,
            ..
        } = said;
        let parts = [
            group_change.is_some(),
            dispute_settlement.is_some(),
            refund.is_some(),
            difference_acknowledgement.is_some(),
            contract_change.is_some(),
        ];
        if parts.into_iter().filter(|is_there| *is_there).count() != 1 {
            return Err(NotTaken::Parts);
        }
        let matter = match said.kind {
            ProposalKind::ChangeGroup => {
                group_change.as_ref().map(|said| group::Change::of(said).map(Self::Group))
            }
            ProposalKind::SettleDispute => dispute_settlement.clone().map(|said| Ok(Self::Dispute(said))),
            ProposalKind::Refund => refund.clone().map(|said| Ok(Self::Refund(said))),
            ProposalKind::AcknowledgeDifference => {
                difference_acknowledgement.clone().map(|said| Ok(Self::Difference(said)))
            }
            ProposalKind::ChangeContract => contract_change
                .as_ref()
                .map(|said| contract::of(said).map(|contract| Self::Contract(Box::new(contract)))),
        };
        matter.ok_or(NotTaken::Parts)?
    }

    /// Whether everything it names is in the catalogue.
    pub(crate) fn is_of_catalogue(&self, catalogue: &Catalogue) -> Result<(), NotTaken> {
        match self {
            Self::Contract(contract) => contract::is_of_catalogue(contract, catalogue),
            Self::Group(_) | Self::Dispute(_) | Self::Refund(_) | Self::Difference(_) => Ok(()),
        }
    }

    /// What it touches, read in the transaction that decides.
    pub(crate) fn touches(&self, work: &mut Work<'_>) -> Result<Resource, NotTaken> {
        match self {
            Self::Group(_) => Ok(Resource::Everything),
            Self::Dispute(settlement) => dispute::touches(settlement, work),
            Self::Refund(matter) => refund::touches(matter, work),
            Self::Difference(said) => Ok(difference::touches(said)),
            Self::Contract(contract) => Ok(contract::touches(contract)),
        }
    }

    /// Whether it could be carried out now: what cannot is not worth a second officer's time.
    pub(crate) fn could_be_done(&self, work: &mut Work<'_>, access: &Access) -> Result<(), NotTaken> {
        match self {
            Self::Group(change) => change.could_be_done(access),
            // That the payment is disputed was seen when its bank was read.
            Self::Dispute(_) => Ok(()),
            Self::Refund(matter) => refund::could_be_done(matter, work),
            Self::Difference(said) => difference::could_be_done(said, work).map(drop),
            Self::Contract(contract) => contract::could_be_done(contract, work),
        }
    }

    /// Notes in the journal of what it is about that one officer proposed it.
    pub(crate) fn journal_proposed(&self, work: &mut Work<'_>, number: MessageId) -> Result<(), NotTaken> {
        match self {
            Self::Group(_) | Self::Contract(_) => Ok(()),
            Self::Difference(said) => {
                difference::journal(said, work, "difference-acknowledgement-proposed", number)
            }
            Self::Dispute(settlement) => {
                let detail = format!("{} as proposal {number}", settlement.settlement);
                Ok(work.journal(settlement.payment_code, "settlement-proposed", &detail)?)
            }
            Self::Refund(matter) => {
                let detail = format!("{} as proposal {number}", matter.ground);
                Ok(work.journal(matter.payment_code, "refund-proposed", &detail)?)
            }
        }
    }

    /// Carries out what was approved.
    pub(crate) fn carry_out(
        &self,
        _approval: &Approval,
        work: &mut Work<'_>,
        access: &Access,
        number: MessageId,
        links: &Links,
    ) -> Result<(), NotTaken> {
        match self {
            Self::Group(change) => change.carry_out(work, access, number),
            Self::Dispute(settlement) => dispute::settle(work, settlement, number, links),
            Self::Refund(matter) => refund::refund(work, matter, number, links),
            Self::Difference(said) => difference::acknowledge(said, work, number),
            Self::Contract(contract) => contract::change(contract, work, number),
        }
    }
}
