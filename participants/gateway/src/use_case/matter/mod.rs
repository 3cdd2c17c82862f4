//! What proposals are about: for every kind, what it touches, whether it could be done, and its effect once two
//! officers agreed. How documents are taken and decided about is [`super::propose`].

mod dispute;
mod group;

use rights::proposal::Approval;
use rights::{Access, Resource};
use terms::MessageId;
use wire::proposal::{DisputeSettlement, Proposal, ProposalKind};

use super::propose::NotTaken;
use crate::cx::Work;
use crate::links::Links;

/// What a proposal asks for, after its parts were looked at.
#[derive(Debug, Clone)]
pub(crate) enum Matter {
    Group(group::Change),
    Dispute(DisputeSettlement),
}

impl Matter {
    /// The match to which further kinds are added as arms; a kind that is none of these does not compile.
    pub(crate) fn of(said: &Proposal) -> Result<Self, NotTaken> {
        match (said.kind, &said.group_change, &said.dispute_settlement) {
            (ProposalKind::ChangeGroup, Some(change), None) => Ok(Self::Group(group::Change::of(change)?)),
            (ProposalKind::SettleDispute, None, Some(settlement)) => Ok(Self::Dispute(settlement.clone())),
            (ProposalKind::ChangeGroup | ProposalKind::SettleDispute, ..) => Err(NotTaken::Parts),
        }
    }

    /// What it touches, read in the transaction that decides.
    pub(crate) fn touches(&self, work: &mut Work<'_>) -> Result<Resource, NotTaken> {
        match self {
            Self::Group(_) => Ok(Resource::Everything),
            Self::Dispute(settlement) => dispute::touches(settlement, work),
        }
    }

    /// Whether it could be carried out now: what cannot is not worth a second officer's time.
    pub(crate) fn could_be_done(&self, access: &Access) -> Result<(), NotTaken> {
        match self {
            Self::Group(change) => change.could_be_done(access),
            // That the payment is disputed was seen when its bank was read.
            Self::Dispute(_) => Ok(()),
        }
    }

    /// Notes in the journal of what it is about that one officer proposed it.
    pub(crate) fn journal_proposed(&self, work: &mut Work<'_>, number: MessageId) -> Result<(), NotTaken> {
        match self {
            Self::Group(_) => Ok(()),
            Self::Dispute(settlement) => {
                let detail = format!("{} as proposal {number}", settlement.settlement);
                Ok(work.journal(settlement.payment_code, "settlement-proposed", &detail)?)
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
        }
    }
}
