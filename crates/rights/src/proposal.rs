//! What takes two officers: the rules by which a proposal is decided. Pure; documents are read in `wire`, signatures
//! checked in `xml`, and the effect of an approval is the gateway's.
//!
//! The second officer is another person than the first, by IIN: two certificates of one person are one person. Both
//! rights are asked for at the moment of the approval, because either may have been taken away meanwhile.

use std::fmt;
use std::str::FromStr;

use terms::{BankingDay, Iin, Moment, PartyNumber};
use wire::proposal::{DecisionWord, GroupChangeKind, ProposalKind, RefundGroundWord, RefundMatter};

use crate::access::{Access, CHANGE_GROUP, GroupChange, Lack, Membership, Resource};
use crate::matrix::{Action, Group};

/// A proposal that nobody has decided for so long is over.
pub const LAPSES_AFTER_SECONDS: i64 = 14 * 24 * 3600;

/// The most proposals of one officer that wait for a decision.
pub const MOST_OPEN_OF_ONE: usize = 30;
/// The most proposals of all officers that wait for a decision.
pub const MOST_OPEN: usize = 200;

/// The actions that propose and approve something of a kind.
pub fn actions(kind: ProposalKind) -> (Action, Action) {
    match kind {
        ProposalKind::ChangeGroup => CHANGE_GROUP,
        ProposalKind::SettleDispute => (Action("ProposeSettlement"), Action("ApproveSettlement")),
        ProposalKind::Refund => (Action("ProposeRefund"), Action("ApproveRefund")),
        ProposalKind::AcknowledgeDifference => {
            (Action("ProposeAcknowledgement"), Action("ApproveAcknowledgement"))
        }
        ProposalKind::ChangeContract => (Action("ProposeContract"), Action("ApproveContract")),
    }
}

/// How far a proposal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProposalState {
    /// Waits for a second officer.
    Proposed,
    /// Approved, and carried out.
    Approved,
    /// Another officer said no.
    Rejected,
    /// The proposer took it back.
    Withdrawn,
    /// Nobody decided in time.
    Lapsed,
}

impl ProposalState {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Proposed, Self::Approved, Self::Rejected, Self::Withdrawn, Self::Lapsed];

    /// The name in columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed",
        }
    }
}

impl fmt::Display for ProposalState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names no state of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such state of a proposal")]
pub struct NoSuchProposalState;

impl FromStr for ProposalState {
    type Err = NoSuchProposalState;
    fn from_str(s: &str) -> Result<Self, NoSuchProposalState> {
        Self::ALL.into_iter().find(|state| state.name() == s).ok_or(NoSuchProposalState)
    }
}

/// What of a proposal its decision depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposed {
    /// What it is about.
    pub kind: ProposalKind,
    /// What it touches.
    pub resource: Resource,
    /// Who proposed.
    pub proposer: Iin,
    /// When it lapses.
    pub lapses_at: Moment,
    /// How far it has come.
    pub state: ProposalState,
}

/// Why a decision does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// It was decided before, or is over.
    #[error("the proposal is {0}")]
    Over(ProposalState),
    /// The proposer decides about the own proposal.
    #[error("the second officer is the first one")]
    SamePerson,
    /// Somebody else takes it back.
    #[error("only the proposer withdraws a proposal")]
    NotTheProposer,
    /// The second officer has not the right.
    #[error("the second officer: {0}")]
    Decider(Box<Lack>),
    /// The first officer has not the right any more.
    #[error("the first officer: {0}")]
    Proposer(Box<Lack>),
}

/// Proof that two officers agreed: what an approval approves is carried out with this in hand. Made only by
/// [`Proposed::decide`].
#[derive(Debug, PartialEq, Eq)]
pub struct Approval(());

/// What a decision makes of a proposal.
#[derive(Debug, PartialEq, Eq)]
pub enum Decided {
    /// It is to be carried out.
    Approved(Approval),
    /// It is not.
    Rejected,
    /// It was taken back.
    Withdrawn,
}

impl Decided {
    /// The state that follows.
    pub fn state(&self) -> ProposalState {
        match self {
            Self::Approved(_) => ProposalState::Approved,
            Self::Rejected => ProposalState::Rejected,
            Self::Withdrawn => ProposalState::Withdrawn,
        }
    }
}

impl Proposed {
    /// How far it has come by now.
    pub fn state_at(&self, now: Moment) -> ProposalState {
        match self.state {
            ProposalState::Proposed if now >= self.lapses_at => ProposalState::Lapsed,
            state => state,
        }
    }

    /// What a decision makes of it, by the access in force at this moment.
    ///
    /// # Errors
    /// [`Undecided`]; nothing has changed then.
    pub fn decide(
        &self,
        decision: DecisionWord,
        decider: Iin,
        access: &Access,
        now: Moment,
    ) -> Result<Decided, Undecided> {
        let state = self.state_at(now);
        if state != ProposalState::Proposed {
            return Err(Undecided::Over(state));
        }
        let (proposes, approves) = actions(self.kind);
        let may = |iin, action| access.why(PartyNumber::Person(iin), action, self.resource).map(drop);
        match decision {
            DecisionWord::Withdraw if decider != self.proposer => Err(Undecided::NotTheProposer),
            // Whoever has lost the right may still take back what was proposed with it.
            DecisionWord::Withdraw => Ok(Decided::Withdrawn),
            DecisionWord::Approve | DecisionWord::Reject if decider == self.proposer => {
                Err(Undecided::SamePerson)
            }
            DecisionWord::Reject => {
                may(decider, approves).map_err(Undecided::Decider)?;
                Ok(Decided::Rejected)
            }
            DecisionWord::Approve => {
                may(decider, approves).map_err(Undecided::Decider)?;
                may(self.proposer, proposes).map_err(Undecided::Proposer)?;
                Ok(Decided::Approved(Approval(())))
            }
        }
    }
}

/// A document that says no change of groups.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoGroupChange {
    /// A part that its kind needs is missing, or there is one that it does not need.
    #[error("a change of members names member and resource, a change of actions the action")]
    Parts,
    /// A name that there is not.
    #[error("no such group, resource or action: {0}")]
    Name(String),
}

impl GroupChange {
    /// What a document says.
    ///
    /// # Errors
    /// [`NoGroupChange`].
    pub fn of(said: &wire::proposal::GroupChange) -> Result<Self, NoGroupChange> {
        let unknown = |name: &str| NoGroupChange::Name(name.to_owned());
        let group: Group = said.group.as_str().parse().map_err(|_| unknown(said.group.as_str()))?;
        let membership = || match (said.member, &said.resource, &said.action) {
            (Some(member), Some(resource), None) => {
                let resource = resource.as_str().parse().map_err(|_| unknown(resource.as_str()))?;
                Ok(Membership { member, group, resource })
            }
            _ => Err(NoGroupChange::Parts),
        };
        let action = || match (said.member, &said.member_name, &said.resource, &said.action) {
            (None, None, None, Some(action)) => {
                Action::named(action.as_str()).ok_or_else(|| unknown(action.as_str()))
            }
            _ => Err(NoGroupChange::Parts),
        };
        // A console shows officers by their names, so one who joins is named.
        let is_named = said.member_name.is_some();
        match said.change {
            GroupChangeKind::AddMember if group.is_of_officers() != is_named => Err(NoGroupChange::Parts),
            GroupChangeKind::AddMember => membership().map(Self::AddMember),
            GroupChangeKind::RemoveMember if is_named => Err(NoGroupChange::Parts),
            GroupChangeKind::RemoveMember => membership().map(Self::RemoveMember),
            GroupChangeKind::AllowAction => Ok(Self::Allow(group, action()?)),
            GroupChangeKind::DisallowAction => Ok(Self::Disallow(group, action()?)),
        }
    }
}

/// A refund on the payer's request without the number and the day of that request, or on another ground with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a refund on request names the number and day of the payer's written request, not a day to come; any other names none"
)]
pub struct NoRequest;

/// Whether a refund is grounded as its ground wants it: a payer's request is written and has a number and a day.
///
/// # Errors
/// [`NoRequest`].
pub fn check_grounds(matter: &RefundMatter, today: BankingDay) -> Result<(), NoRequest> {
    let is_grounded = match (matter.ground, &matter.request_number, matter.requested_on) {
        (RefundGroundWord::PayerRequest, Some(_), Some(day)) => day <= today,
        (RefundGroundWord::PayerRequest, ..) => false,
        (RefundGroundWord::Erroneous | RefundGroundWord::Expired, number, day) => {
            number.is_none() && day.is_none()
        }
    };
    if is_grounded { Ok(()) } else { Err(NoRequest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "810909200064";
    const SECOND: &str = "750505100078";
    const STRANGER: &str = "790304100022";

    fn iin(text: &str) -> Iin {
        text.parse().unwrap()
    }

    fn member(text: &str) -> Membership {
        Membership {
            member: text.parse().unwrap(),
            group: Group::SecurityAdministrator,
            resource: Resource::Everything,
        }
    }

    fn noon() -> Moment {
        "2026-11-22T12:00:00+05:00".parse().unwrap()
    }

    fn proposed() -> Proposed {
        Proposed {
            kind: ProposalKind::ChangeGroup,
            resource: Resource::Everything,
            proposer: iin(FIRST),
            lapses_at: noon().plus_seconds(LAPSES_AFTER_SECONDS),
            state: ProposalState::Proposed,
        }
    }

    /// Every decision × every kind of person × every state.
    ///
    /// Meets: C20.2
    /// Defends: A25
    #[test]
    fn only_a_second_officer_with_the_right_approves_what_the_first_may_still_propose() {
        let both = Access::beginning([member(FIRST), member(SECOND)]);
        let (late, one) = (proposed().lapses_at, proposed());
        for decision in DecisionWord::ALL.iter().copied() {
            for state in [ProposalState::Approved, ProposalState::Rejected, ProposalState::Withdrawn] {
                let over = Proposed { state, ..one };
                assert_eq!(over.decide(decision, iin(SECOND), &both, noon()), Err(Undecided::Over(state)));
            }
            let lapsed = one.decide(decision, iin(SECOND), &both, late);
            assert_eq!(lapsed, Err(Undecided::Over(ProposalState::Lapsed)));
        }
        for decision in [DecisionWord::Approve, DecisionWord::Reject] {
            assert_eq!(one.decide(decision, iin(FIRST), &both, noon()), Err(Undecided::SamePerson));
            let stranger = one.decide(decision, iin(STRANGER), &both, noon());
            assert!(matches!(stranger, Err(Undecided::Decider(_))), "{stranger:?}");
            let lost = Access::beginning([member(FIRST)]);
            assert!(matches!(one.decide(decision, iin(SECOND), &lost, noon()), Err(Undecided::Decider(_))));
        }
        let proposer_lost = Access::beginning([member(SECOND)]);
        let approval = one.decide(DecisionWord::Approve, iin(SECOND), &proposer_lost, noon());
        assert!(matches!(approval, Err(Undecided::Proposer(_))), "{approval:?}");
        let rejection = one.decide(DecisionWord::Reject, iin(SECOND), &proposer_lost, noon());
        assert_eq!(rejection, Ok(Decided::Rejected));
        assert_eq!(
            one.decide(DecisionWord::Approve, iin(SECOND), &both, late.plus_seconds(-1)),
            Ok(Decided::Approved(Approval(())))
        );
        assert_eq!(
            one.decide(DecisionWord::Withdraw, iin(SECOND), &both, noon()),
            Err(Undecided::NotTheProposer)
        );
        assert_eq!(
            one.decide(DecisionWord::Withdraw, iin(FIRST), &Access::default(), noon()),
            Ok(Decided::Withdrawn)
        );
    }

    #[test]
    fn a_change_is_read_only_where_it_names_what_its_kind_needs() {
        let said = |change,
                    member: Option<&str>,
                    name: Option<&str>,
                    resource: Option<&str>,
                    action: Option<&str>| {
            let group = if name.is_some() { "finance" } else { "bank" };
            GroupChange::of(&wire::proposal::GroupChange {
                change,
                group: group.parse().unwrap(),
                member: member.map(|text| text.parse().unwrap()),
                member_name: name.map(|text| text.parse().unwrap()),
                resource: resource.map(|text| text.parse().unwrap()),
                action: action.map(|text| text.parse().unwrap()),
            })
        };
        let bank = Some("500140000017");
        let everything = Some("everything");
        assert!(said(GroupChangeKind::AddMember, Some(FIRST), Some("Имя"), everything, None).is_ok());
        assert!(said(GroupChangeKind::AddMember, bank, None, everything, None).is_ok());
        assert!(said(GroupChangeKind::RemoveMember, bank, None, everything, None).is_ok());
        let allowed = said(GroupChangeKind::AllowAction, None, None, None, Some("CloseDay"));
        assert_eq!(allowed, Ok(GroupChange::Allow(Group::Bank, Action("CloseDay"))));
        for (change, member, resource, action) in [
            (GroupChangeKind::AddMember, None, everything, None),
            (GroupChangeKind::AddMember, bank, None, None),
            (GroupChangeKind::RemoveMember, bank, everything, Some("CloseDay")),
            (GroupChangeKind::DisallowAction, bank, None, Some("CloseDay")),
            (GroupChangeKind::DisallowAction, None, None, None),
        ] {
            assert_eq!(said(change, member, None, resource, action), Err(NoGroupChange::Parts));
        }
        for (resource, action, change) in [
            (Some("all"), None, GroupChangeKind::AddMember),
            (None, Some("OpenTheVault"), GroupChangeKind::AllowAction),
        ] {
            let member = resource.and(bank);
            let answer = said(change, member, None, resource, action);
            assert!(matches!(answer, Err(NoGroupChange::Name(_))), "{answer:?}");
        }
    }
}
