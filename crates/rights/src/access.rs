//! Access in force: who belongs to which group within what, and what each group allows (cl. 20(3)–20(6)).
//!
//! [`Access`] is a value, made anew at every change; where its rows are kept, and since when each holds, is the store's
//! affair. Every right is answered with the path that grants it ([`Grant`]), every refusal with whom to ask ([`Lack`]).
//! Deny by default: an empty `Access` allows nobody anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use terms::{Bin, PartyNumber};

use crate::matrix::{Action, GROUPS, Group};

/// What an action touches, and within what a membership counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// Everything there is.
    Everything,
    /// What belongs to one bank.
    Bank(Bin),
    /// What belongs to one provider of services.
    Provider(Bin),
}

impl Resource {
    /// Whether a membership within this counts for what touches that.
    pub fn covers(self, touched: Self) -> bool {
        self == Self::Everything || self == touched
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Bank(bin) => write!(f, "bank:{bin}"),
            Self::Provider(bin) => write!(f, "provider:{bin}"),
        }
    }
}

/// The word names no resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such resource: {0}; everything, bank:BIN or provider:BIN")]
pub struct NoSuchResource(String);

impl FromStr for Resource {
    type Err = NoSuchResource;
    fn from_str(s: &str) -> Result<Self, NoSuchResource> {
        let wrong = || NoSuchResource(s.to_owned());
        match s.split_once(':') {
            None if s == "everything" => Ok(Self::Everything),
            Some(("bank", bin)) => bin.parse().map(Self::Bank).map_err(|_| wrong()),
            Some(("provider", bin)) => bin.parse().map(Self::Provider).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

/// One person or organisation in one group, within something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Membership {
    /// Who: an officer by IIN, an external system by BIN.
    pub member: PartyNumber,
    /// The group.
    pub group: Group,
    /// Within what.
    pub resource: Resource,
}

/// Why a membership makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoMembership {
    /// A person in a group of organisations, or the other way round.
    #[error("the group is for the other kind of member")]
    OtherKind,
    /// Officers of a bank without their bank, of a provider without their provider.
    #[error("the group needs another resource")]
    OtherResource,
}

impl Membership {
    /// Checks that the group takes such a member within such a thing.
    ///
    /// # Errors
    /// [`NoMembership`].
    pub fn checked(self) -> Result<Self, NoMembership> {
        let is_person = matches!(self.member, PartyNumber::Person(_));
        if is_person != self.group.is_of_officers() {
            return Err(NoMembership::OtherKind);
        }
        let fits = match self.group {
            Group::BankOfficer => matches!(self.resource, Resource::Bank(_)),
            Group::ProviderOfficer => matches!(self.resource, Resource::Provider(_)),
            group if group.is_of_officers() => true,
            // What is an organisation's own is decided where the resource is read.
            _ => self.resource == Resource::Everything,
        };
        if fits { Ok(self) } else { Err(NoMembership::OtherResource) }
    }
}

/// Who belongs to what, and what it allows, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    allowed: BTreeMap<Group, BTreeSet<Action>>,
    members: BTreeSet<Membership>,
}

/// A right with the path that grants it: member → group → action → resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Grant {
    /// By which membership.
    pub membership: Membership,
    /// What is allowed.
    pub action: Action,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Membership { member, group, resource } = self.membership;
        write!(f, "{member} → {group} → {} → {resource}", self.action)
    }
}

/// A right that is missing, and who could give it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no group of the officer allows {action} within {resource}")]
pub struct Lack {
    /// What was to be done.
    pub action: Action,
    /// What it touches.
    pub resource: Resource,
    /// The groups that allow it: membership in one of them is what is missing.
    pub groups: Vec<Group>,
    /// Memberships that allow it, but within something else.
    pub elsewhere: Vec<Membership>,
    /// Who may propose a change of groups.
    pub proposers: Vec<PartyNumber>,
    /// Who may approve one; of a change that one of them proposed, another.
    pub approvers: Vec<PartyNumber>,
}

impl Access {
    /// The actions that each group allows, and the members of groups. A membership that makes no sense grants nothing
    /// and is left out.
    pub fn new(
        allowed: impl IntoIterator<Item = (Group, Action)>,
        members: impl IntoIterator<Item = Membership>,
    ) -> Self {
        let mut access = Self::default();
        for (group, action) in allowed {
            access.allowed.entry(group).or_default().insert(action);
        }
        access.members = members.into_iter().filter_map(|member| member.checked().ok()).collect();
        access
    }

    /// What groups allow in the beginning, with these members.
    pub fn beginning(members: impl IntoIterator<Item = Membership>) -> Self {
        let rows = GROUPS
            .iter()
            .flat_map(|(group, _, actions)| actions.iter().map(|action| (*group, Action(action))));
        Self::new(rows, members)
    }

    /// Whether a group allows an action.
    pub fn allows(&self, group: Group, action: Action) -> bool {
        self.allowed.get(&group).is_some_and(|actions| actions.contains(&action))
    }

    /// The actions that a group allows, by name.
    pub fn actions_of(&self, group: Group) -> impl Iterator<Item = Action> + '_ {
        self.allowed.get(&group).into_iter().flatten().copied()
    }

    /// The groups that allow an action.
    pub fn groups_allowing(&self, action: Action) -> impl Iterator<Item = Group> + '_ {
        GROUPS.iter().map(|(group, ..)| *group).filter(move |group| self.allows(*group, action))
    }

    /// All memberships, by member.
    pub fn memberships(&self) -> impl Iterator<Item = Membership> + '_ {
        self.members.iter().copied()
    }

    /// The groups of one member, within whatever.
    pub fn groups_of(&self, member: PartyNumber) -> Vec<Group> {
        let mut groups: Vec<Group> = self.memberships_of(member).map(|one| one.group).collect();
        groups.dedup();
        groups
    }

    fn memberships_of(&self, member: PartyNumber) -> impl Iterator<Item = Membership> + '_ {
        self.memberships().filter(move |one| one.member == member)
    }

    /// Everything a member may do, each right with its path.
    pub fn rights_of(&self, member: PartyNumber) -> impl Iterator<Item = Grant> + '_ {
        let rights = |membership: Membership| {
            self.actions_of(membership.group).map(move |action| Grant { membership, action })
        };
        self.memberships_of(member).flat_map(rights)
    }

    /// By what path a member may do something to something.
    ///
    /// # Errors
    /// [`Lack`], which names the groups that allow it and who can put somebody into one.
    pub fn why(&self, member: PartyNumber, action: Action, touched: Resource) -> Result<Grant, Box<Lack>> {
        let mut elsewhere = Vec::new();
        for grant in self.rights_of(member).filter(|grant| grant.action == action) {
            if grant.membership.resource.covers(touched) {
                return Ok(grant);
            }
            elsewhere.push(grant.membership);
        }
        Err(Box::new(Lack {
            action,
            resource: touched,
            groups: self.groups_allowing(action).collect(),
            elsewhere,
            proposers: self.members_who_may(CHANGE_GROUP.0).collect(),
            approvers: self.members_who_may(CHANGE_GROUP.1).collect(),
        }))
    }

    /// Within what a member may do something: what a list that the member sees is narrowed to. Nothing means not at
    /// all; [`Resource::Everything`] stands alone.
    pub fn reach(&self, member: PartyNumber, action: Action) -> BTreeSet<Resource> {
        let grants = self.rights_of(member).filter(|grant| grant.action == action);
        let reach: BTreeSet<Resource> = grants.map(|grant| grant.membership.resource).collect();
        if reach.contains(&Resource::Everything) { BTreeSet::from([Resource::Everything]) } else { reach }
    }

    /// Who may do something to everything.
    pub fn members_who_may(&self, action: Action) -> impl Iterator<Item = PartyNumber> + '_ {
        let members: BTreeSet<PartyNumber> = self.members.iter().map(|one| one.member).collect();
        members.into_iter().filter(move |member| self.why_not_asked(*member, action))
    }

    /// Whether a member may do something to everything, without the answer whom to ask.
    fn why_not_asked(&self, member: PartyNumber, action: Action) -> bool {
        let mut rights = self.rights_of(member);
        rights.any(|grant| grant.action == action && grant.membership.resource == Resource::Everything)
    }
}

/// The actions that propose and approve a change of groups.
pub(crate) const CHANGE_GROUP: (Action, Action) =
    (Action("ProposeGroupChange"), Action("ApproveGroupChange"));

/// A change of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupChange {
    /// Somebody joins.
    AddMember(Membership),
    /// Somebody leaves.
    RemoveMember(Membership),
    /// The group allows one thing more.
    Allow(Group, Action),
    /// The group allows one thing less.
    Disallow(Group, Action),
}

/// Why a change of groups cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoChange {
    /// It is so already.
    #[error("it is so already")]
    Already,
    /// The membership makes no sense.
    #[error(transparent)]
    Membership(#[from] NoMembership),
    /// Nobody could change groups any more: two people are needed, one to propose and another to approve.
    #[error("two people who can change groups would not be left")]
    TooFewAdministrators,
}

impl Access {
    /// What would be in force after a change.
    ///
    /// # Errors
    /// [`NoChange`].
    pub fn changed(&self, change: GroupChange) -> Result<Self, NoChange> {
        let mut next = self.clone();
        let has_changed = match change {
            GroupChange::AddMember(membership) => next.members.insert(membership.checked()?),
            GroupChange::RemoveMember(membership) => next.members.remove(&membership),
            GroupChange::Allow(group, action) => next.allowed.entry(group).or_default().insert(action),
            GroupChange::Disallow(group, action) => {
                next.allowed.get_mut(&group).is_some_and(|actions| actions.remove(&action))
            }
        };
        if !has_changed {
            return Err(NoChange::Already);
        }
        // A store that never had two administrators is not kept from getting them.
        if self.can_be_administered() && !next.can_be_administered() {
            return Err(NoChange::TooFewAdministrators);
        }
        Ok(next)
    }

    /// Whether somebody can propose a change of groups and somebody else approve it.
    fn can_be_administered(&self) -> bool {
        let approvers: BTreeSet<PartyNumber> = self.members_who_may(CHANGE_GROUP.1).collect();
        self.members_who_may(CHANGE_GROUP.0)
            .any(|proposer| approvers.iter().any(|approver| *approver != proposer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BANK: &str = "500140000017";
    const OTHER_BANK: &str = "500140000126";
    const FIRST: &str = "810909200064";
    const SECOND: &str = "750505100078";
    const OFFICER: &str = "700707100057";

    fn member(number: &str, group: Group, resource: &str) -> Membership {
        Membership { member: number.parse().unwrap(), group, resource: resource.parse().unwrap() }
    }

    fn administered(more: impl IntoIterator<Item = Membership>) -> Access {
        let administrators =
            [FIRST, SECOND].map(|iin| member(iin, Group::SecurityAdministrator, "everything"));
        Access::beginning(administrators.into_iter().chain(more))
    }

    /// The whole matrix: every group × every action × own, another's, everything; for members and for strangers.
    ///
    /// Meets: C19, C20.2, C20.3, C20.4, C20.5, C20.6
    /// Defends: A25
    #[test]
    fn every_cell_of_group_action_and_ownership_is_as_the_table_says() {
        let touched = ["everything".to_owned(), format!("bank:{BANK}"), format!("bank:{OTHER_BANK}")]
            .into_iter()
            .chain([format!("provider:{BANK}"), format!("provider:{OTHER_BANK}")])
            .map(|text| text.parse::<Resource>().unwrap())
            .collect::<Vec<_>>();
        let mut cells = 0;
        for (group, name, listed) in GROUPS {
            for within in &touched {
                let number = if group.is_of_officers() { OFFICER } else { BANK };
                let membership = member(number, *group, &within.to_string());
                let access = Access::beginning([membership]);
                let counts = match group {
                    Group::BankOfficer => matches!(within, Resource::Bank(_)),
                    Group::ProviderOfficer => matches!(within, Resource::Provider(_)),
                    group if group.is_of_officers() => true,
                    _ => *within == Resource::Everything,
                };
                for action in Action::all() {
                    for resource in &touched {
                        let covers = *within == Resource::Everything || within == resource;
                        let expected = counts && covers && listed.contains(&action.0);
                        let answer = access.why(membership.member, action, *resource);
                        assert_eq!(answer.is_ok(), expected, "{name} {within} × {action} × {resource}");
                        match answer {
                            Ok(grant) => assert_eq!(grant, Grant { membership, action }),
                            Err(lack) => {
                                let allowing: Vec<Group> = crate::groups_allowing(action).collect();
                                assert_eq!(lack.groups, allowing);
                            }
                        }
                        let stranger = "790304100022".parse().unwrap();
                        assert!(access.why(stranger, action, *resource).is_err());
                        cells += 1;
                    }
                }
            }
        }
        assert_eq!(cells, GROUPS.len() * touched.len() * Action::all().len() * touched.len());
        assert_eq!(Access::default().rights_of(OFFICER.parse().unwrap()).count(), 0);
    }

    /// Meets: C20.4
    #[test]
    fn a_right_is_shown_with_the_path_that_grants_it_and_a_missing_one_with_whom_to_ask() {
        let officer = member(OFFICER, Group::BankOfficer, &format!("bank:{BANK}"));
        let access = administered([officer]);
        let own = Resource::Bank(BANK.parse().unwrap());
        let grant = access.why(officer.member, Action("SeeReports"), own).unwrap();
        assert_eq!(grant.to_string(), format!("{OFFICER} → bank-officer → SeeReports → bank:{BANK}"));
        let others = Resource::Bank(OTHER_BANK.parse().unwrap());
        let lack = access.why(officer.member, Action("SeeReports"), others).unwrap_err();
        assert_eq!(lack.elsewhere, [officer]);
        assert!(lack.groups.contains(&Group::Finance));
        let administrators: Vec<PartyNumber> = vec![SECOND.parse().unwrap(), FIRST.parse().unwrap()];
        assert_eq!((&lack.proposers, &lack.approvers), (&administrators, &administrators));
        assert!(!lack.to_string().contains(OFFICER), "what is logged names no person");
        assert_eq!(access.reach(officer.member, Action("SeeReports")), BTreeSet::from([own]));
        assert!(access.reach(officer.member, Action("CloseDay")).is_empty());
        let both = administered([officer, member(OFFICER, Group::Finance, "everything")]);
        let everything = BTreeSet::from([Resource::Everything]);
        assert_eq!(both.reach(officer.member, Action("SeeReports")), everything);
    }

    /// Meets: C20.2, C20.3
    /// Defends: A25
    #[test]
    fn groups_are_changed_without_ever_being_left_without_two_administrators() {
        let access = administered([]);
        let finance = member(OFFICER, Group::Finance, "everything");
        let changed = access.changed(GroupChange::AddMember(finance)).unwrap();
        assert!(changed.why(finance.member, Action("CloseDay"), Resource::Everything).is_ok());
        assert_eq!(changed.changed(GroupChange::AddMember(finance)), Err(NoChange::Already));
        assert_eq!(changed.changed(GroupChange::RemoveMember(finance)).as_ref(), Ok(&access));
        let none = changed.changed(GroupChange::Disallow(Group::Finance, Action("CloseDay"))).unwrap();
        assert!(none.why(finance.member, Action("CloseDay"), Resource::Everything).is_err());
        let first = member(FIRST, Group::SecurityAdministrator, "everything");
        assert_eq!(access.changed(GroupChange::RemoveMember(first)), Err(NoChange::TooFewAdministrators));
        for action in [CHANGE_GROUP.0, CHANGE_GROUP.1] {
            let change = GroupChange::Disallow(Group::SecurityAdministrator, action);
            assert_eq!(access.changed(change), Err(NoChange::TooFewAdministrators));
        }
        let wrong = [
            (member(OFFICER, Group::Bank, "everything"), NoMembership::OtherKind),
            (member(BANK, Group::Finance, "everything"), NoMembership::OtherKind),
            (member(OFFICER, Group::BankOfficer, "everything"), NoMembership::OtherResource),
            (member(BANK, Group::Bank, &format!("bank:{BANK}")), NoMembership::OtherResource),
        ];
        for (membership, why) in wrong {
            let change = GroupChange::AddMember(membership);
            assert_eq!(access.changed(change), Err(NoChange::Membership(why)));
        }
    }

    #[test]
    fn a_resource_is_written_as_it_is_read() {
        for text in ["everything", "bank:500140000017", "provider:500140000017"] {
            assert_eq!(text.parse::<Resource>().unwrap().to_string(), text);
        }
        for text in ["", "Everything", "bank", "bank:", "bank:850612200017", "shop:500140000017"] {
            assert!(text.parse::<Resource>().is_err(), "{text}");
        }
    }
}
