//! What proposals are about: for every kind, what it touches, whether it could be done, and its effect once two
//! officers agreed. How documents are taken and decided about is [`super::propose`].

mod dispute;
mod group;
mod refund;

pub(crate) use refund::tell_earlier;
use rights::proposal::Approval;
use rights::{Access, Resource};
use terms::MessageId;
use wire::proposal::{DisputeSettlement, Proposal, ProposalKind, RefundMatter};

use super::propose::NotTaken;
use crate::cx::Work;
use crate::links::Links;

/// What a proposal asks for, after its parts were looked at.
#[derive(Debug, Clone)]
pub(crate) enum Matter {
    Group(group::Change),
    Dispute(DisputeSettlement),
    Refund(RefundMatter),
}

impl Matter {
    /// The match to which further kinds are added as arms; a kind that is none of these does not compile.
    pub(crate) fn of(said: &Proposal) -> Result<Self, NotTaken> {
        match (said.kind, &said.group_change, &said.dispute_settlement, &said.refund) {
            (ProposalKind::ChangeGroup, Some(change), None, None) => {
                Ok(Self::Group(group::Change::of(change)?))
            }
            (ProposalKind::SettleDispute, None, Some(settlement), None) => {
                Ok(Self::Dispute(settlement.clone()))
            }
            (ProposalKind::Refund, None, None, Some(matter)) => Ok(Self::Refund(matter.clone())),
            (ProposalKind::ChangeGroup | ProposalKind::SettleDispute | ProposalKind::Refund, ..) => {
                Err(NotTaken::Parts)
            }
        }
    }

    /// What it touches, read in the transaction that decides.
    pub(crate) fn touches(&self, work: &mut Work<'_>) -> Result<Resource, NotTaken> {
        match self {
            Self::Group(_) => Ok(Resource::Everything),
            Self::Dispute(settlement) => dispute::touches(settlement, work),
            Self::Refund(matter) => refund::touches(matter, work),
        }
    }

    /// Whether it could be carried out now: what cannot is not worth a second officer's time.
    pub(crate) fn could_be_done(&self, work: &mut Work<'_>, access: &Access) -> Result<(), NotTaken> {
        match self {
            Self::Group(change) => change.could_be_done(access),
            // That the payment is disputed was seen when its bank was read.
            Self::Dispute(_) => Ok(()),
            Self::Refund(matter) => refund::could_be_done(matter, work),
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
        }
    }
}
