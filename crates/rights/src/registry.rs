//! The registry of participants: which organisations exist, which groups each belongs to, and what these allow.

use std::collections::BTreeMap;

use terms::{Bin, PartyNumber, Trilingual};

use crate::access::{Access, Membership, Resource};
use crate::matrix::{Action, Group};

/// One organisation known to whoever keeps this registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Its number: what its certificates say.
    pub bin: Bin,
    /// Its name in three languages.
    pub name: Trilingual,
    /// The groups it belongs to.
    pub groups: Vec<Group>,
}

/// All organisations known. Immutable: a change makes a new registry.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    participants: BTreeMap<Bin, Participant>,
    access: Access,
}

impl Registry {
    /// A registry of these participants; a later entry of the same BIN replaces an earlier one. Groups allow what they
    /// allow in the beginning.
    pub fn new(participants: impl IntoIterator<Item = Participant>) -> Self {
        let participants: BTreeMap<Bin, Participant> =
            participants.into_iter().map(|participant| (participant.bin, participant)).collect();
        let membership = |bin, group| Membership {
            member: PartyNumber::Organisation(bin),
            group,
            resource: Resource::Everything,
        };
        let memberships = participants
            .values()
            .flat_map(|one| one.groups.iter().map(move |group| membership(one.bin, *group)));
        let access = Access::beginning(memberships);
        Self { participants, access }
    }

    /// The same participants with the groups that this access gives them, and what these allow by it.
    #[must_use]
    pub fn by(&self, access: &Access) -> Self {
        let with_groups = |one: &Participant| {
            let groups = access.groups_of(PartyNumber::Organisation(one.bin));
            (one.bin, Participant { groups, ..one.clone() })
        };
        Self { participants: self.participants.values().map(with_groups).collect(), access: access.clone() }
    }

    /// Whether one of a participant's groups allows an action.
    pub fn may(&self, bin: Bin, action: Action) -> bool {
        let is_known = self.participants.contains_key(&bin);
        is_known && self.access.why(PartyNumber::Organisation(bin), action, Resource::Everything).is_ok()
    }

    /// The groups that allow an action: whom to ask for it.
    pub fn groups_allowing(&self, action: Action) -> Vec<Group> {
        self.access.groups_allowing(action).collect()
    }

    /// The participant with this number.
    pub fn find(&self, bin: Bin) -> Option<&Participant> {
        self.participants.get(&bin)
    }

    /// All participants of a group.
    pub fn members(&self, group: Group) -> impl Iterator<Item = &Participant> {
        self.participants.values().filter(move |participant| participant.groups.contains(&group))
    }
}
