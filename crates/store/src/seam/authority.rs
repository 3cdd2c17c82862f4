//! Who may do what, as it is kept: officers, memberships, actions of groups, and what two officers decide.
//!
//! Names of groups, actions, resources, kinds and states are words here; what they mean is settled in `rights`.

use std::fmt;
use std::str::FromStr;

use terms::{Iin, MessageId, Moment, PartyNumber, ShortText};

use crate::{Kept, ReadNote, Stored};

/// An officer by name. A new row replaces the earlier one of the same IIN; all rows stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerRow {
    /// Who.
    pub iin: Iin,
    /// Full name.
    pub name: ShortText,
    /// Since when this row holds.
    pub at: Moment,
    /// The proposal that made it; none for what the configuration began with.
    pub proposal: Option<MessageId>,
}

/// Whether somebody belongs to a group. A new row replaces the earlier one of the same member, group and resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipRow {
    /// Who.
    pub member: PartyNumber,
    /// The group.
    pub group: String,
    /// Within what.
    pub resource: String,
    /// Whether since then, or not any more.
    pub is_member: bool,
    /// Since when this row holds.
    pub at: Moment,
    /// The proposal that made it; none for what the configuration began with.
    pub proposal: Option<MessageId>,
}

/// Whether a group allows an action. A new row replaces the earlier one of the same group and action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupActionRow {
    /// The group.
    pub group: String,
    /// The action.
    pub action: String,
    /// Whether since then, or not any more.
    pub is_allowed: bool,
    /// Since when this row holds.
    pub at: Moment,
    /// The proposal that made it; none for what a new store begins with.
    pub proposal: Option<MessageId>,
}

/// What two officers decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalRow {
    /// Names it.
    pub number: MessageId,
    /// What it is about.
    pub kind: String,
    /// How far it has come. That it has lapsed is not written down: it follows from `lapses_at`.
    pub state: String,
    /// Who proposed.
    pub proposer: Iin,
    /// The name in the proposer's certificate.
    pub proposer_name: ShortText,
    /// Who decided, where somebody has.
    pub decider: Option<Iin>,
    /// The name in that one's certificate.
    pub decider_name: Option<ShortText>,
    /// When it arrived.
    pub proposed_at: Moment,
    /// When it is over undecided.
    pub lapses_at: Moment,
    /// When it was decided.
    pub decided_at: Option<Moment>,
}

/// Which of its two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentRole {
    /// What the first officer signed.
    Proposal,
    /// What the second officer signed, or the first one who took it back.
    Decision,
}

impl DocumentRole {
    /// The name in columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proposal => "proposal",
            Self::Decision => "decision",
        }
    }
}

impl fmt::Display for DocumentRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such role of a document")]
pub struct NoSuchRole;

impl FromStr for DocumentRole {
    type Err = NoSuchRole;
    fn from_str(s: &str) -> Result<Self, NoSuchRole> {
        [Self::Proposal, Self::Decision].into_iter().find(|role| role.name() == s).ok_or(NoSuchRole)
    }
}

/// A signed document of a proposal as it was received, with what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalDocument {
    /// The proposal.
    pub number: MessageId,
    /// Which of its documents.
    pub role: DocumentRole,
    /// The octets.
    pub octets: Vec<u8>,
    /// The signer's certificate in DER.
    pub certificate: Vec<u8>,
    /// The number of the newest list that the certificate was checked against.
    pub crl_number: u64,
    /// Everything it was checked against, in words.
    pub checked_by: String,
    /// When it arrived.
    pub at: Moment,
}

/// What can be looked at of who may do what.
pub trait AuthorityView {
    /// The newest row of every officer, in the order in which they were first named.
    fn officers(&self) -> Kept<Vec<OfficerRow>>;
    /// The newest row of every member, group and resource, also of those who left.
    fn memberships(&self) -> Kept<Vec<MembershipRow>>;
    /// The newest row of every group and action, also of those taken away.
    fn group_actions(&self) -> Kept<Vec<GroupActionRow>>;
    /// A proposal by its number.
    fn proposal(&self, number: MessageId) -> Kept<Option<Stored<ProposalRow>>>;
    /// Proposals, the newest first.
    fn proposals(&self, limit: usize) -> Kept<Vec<ProposalRow>>;
    /// Proposals that wait for a decision at a moment, the newest first.
    fn open_proposals(&self, now: Moment, limit: usize) -> Kept<Vec<ProposalRow>>;
    /// Who looked at whose data, the newest first.
    fn readings(&self, limit: usize) -> Kept<Vec<ReadNote>>;
    /// Gives `each` who looked at whose data from one moment up to another, the newest first.
    fn readings_between(&self, from: Moment, until: Moment, each: &mut dyn FnMut(ReadNote)) -> Kept<()>;
    /// The signed documents of a proposal, the oldest first.
    fn proposal_documents(&self, number: MessageId) -> Kept<Vec<ProposalDocument>>;
}

/// What can be written of who may do what.
pub trait AuthorityTx {
    /// Adds a row about an officer.
    fn keep_officer(&mut self, officer: &OfficerRow) -> Kept<()>;
    /// Adds a row about a membership.
    fn keep_membership(&mut self, membership: &MembershipRow) -> Kept<()>;
    /// Adds a row about an action of a group.
    fn keep_group_action(&mut self, action: &GroupActionRow) -> Kept<()>;
    /// Keeps a new proposal; [`crate::StoreError::Taken`] where the number was used before.
    fn insert_proposal(&mut self, proposal: &ProposalRow) -> Kept<()>;
    /// Keeps what became of a proposal; [`crate::StoreError::Conflict`] where somebody else decided it since.
    fn save_proposal(&mut self, proposal: &Stored<ProposalRow>) -> Kept<()>;
    /// Keeps a document; [`crate::StoreError::Taken`] where the proposal has one of this role.
    fn keep_proposal_document(&mut self, document: &ProposalDocument) -> Kept<()>;
}
