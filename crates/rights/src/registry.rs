//! The registry of participants: which organisations exist, and which groups each belongs to.

use std::collections::BTreeMap;

use terms::{Bin, Trilingual};

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
}

impl Registry {
    /// A registry of these participants; a later entry of the same BIN replaces an earlier one.
    pub fn new(participants: impl IntoIterator<Item = Participant>) -> Self {
        Self {
            participants: participants
                .into_iter()
                .map(|participant| (participant.bin, participant))
                .collect(),
        }
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

impl Participant {
    /// Whether one of its groups lists the action.
    pub fn may(&self, action: Action) -> bool {
        self.groups.iter().any(|group| group.allows(action))
    }
}
