//! A change of a group that two officers agreed about: a member or an action more or less.

use rights::{Access, GroupChange};
use store::{GroupActionRow, MembershipRow, OfficerRow};
use terms::{MessageId, PartyNumber, ShortText};

use crate::cx::Work;
use crate::use_case::propose::NotTaken;

/// What is to change, and the full name of an officer who joins.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    change: GroupChange,
    name: Option<ShortText>,
}

impl Change {
    pub(super) fn of(said: &wire::proposal::GroupChange) -> Result<Self, NotTaken> {
        Ok(Self { change: GroupChange::of(said)?, name: said.member_name.clone() })
    }

    pub(super) fn could_be_done(&self, access: &Access) -> Result<(), NotTaken> {
        Ok(access.changed(self.change).map(drop)?)
    }

    pub(super) fn carry_out(
        &self,
        work: &mut Work<'_>,
        access: &Access,
        number: MessageId,
    ) -> Result<(), NotTaken> {
        self.could_be_done(access)?;
        let (at, proposal) = (work.now, Some(number));
        let membership = |membership: rights::Membership, is_member| MembershipRow {
            member: membership.member,
            group: membership.group.name().to_owned(),
            resource: membership.resource.to_string(),
            is_member,
            at,
            proposal,
        };
        let action = |group: rights::Group, action: rights::Action, is_allowed| GroupActionRow {
            group: group.name().to_owned(),
            action: action.0.to_owned(),
            is_allowed,
            at,
            proposal,
        };
        match self.change {
            GroupChange::AddMember(one) => {
                if let (PartyNumber::Person(iin), Some(name)) = (one.member, &self.name) {
                    work.tx.keep_officer(&OfficerRow { iin, name: name.clone(), at, proposal })?;
                }
                work.tx.keep_membership(&membership(one, true))?;
            }
            GroupChange::RemoveMember(one) => work.tx.keep_membership(&membership(one, false))?,
            GroupChange::Allow(group, what) => work.tx.keep_group_action(&action(group, what, true))?,
            GroupChange::Disallow(group, what) => work.tx.keep_group_action(&action(group, what, false))?,
        }
        Ok(())
    }
}
