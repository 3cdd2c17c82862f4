//! Access in force: read from the store, where every change of it stands, and swapped whole while the gateway runs.
//!
//! A new store begins with the groups of the code and the members that the configuration names. From then on it is the
//! store that holds: officers change it, two at a time, and what they changed stays changed over a restart. An
//! organisation or an action that comes with a later configuration or version begins as it says there, once; people
//! never do, so that nobody becomes an officer by a line in a file of a gateway that has officers.
//! Source: Instruction № 491, cl. 19–20.

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context as _, Result};
use rights::{Access, Action, GROUPS, Group, Membership, Resource};
use store::{GroupActionRow, MembershipRow, OfficerRow, Store as _, StoreError, View};
use terms::{MessageId, PartyNumber, ShortText};

use crate::cx::Cx;
use crate::settings::OfficerSetting;

/// The access in force. Nobody may do anything before it was read for the first time.
#[derive(Default)]
pub struct AccessInForce {
    access: RwLock<Arc<Access>>,
    /// Held while it is read anew, so that of two readings the later one stays.
    reading: tokio::sync::Mutex<()>,
}

impl AccessInForce {
    /// What is in force now.
    pub fn now(&self) -> Arc<Access> {
        self.access.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An officer as the configuration names one.
struct FirstOfficer {
    row: OfficerRow,
    memberships: Vec<Membership>,
}

/// What the store says is in force. A group or action that this version does not know grants nothing.
pub(crate) fn read(view: &dyn View) -> Result<Access, StoreError> {
    let allowed = view.group_actions()?.into_iter().filter(|row| row.is_allowed);
    let allowed = allowed.filter_map(|row| Some((row.group.parse().ok()?, Action::named(&row.action)?)));
    let members = view.memberships()?.into_iter().filter(|row| row.is_member);
    let members = members.filter_map(|row| {
        let (group, resource) = (row.group.parse().ok()?, row.resource.parse().ok()?);
        Some(Membership { member: row.member, group, resource })
    });
    Ok(Access::new(allowed, members))
}

/// The names of the officers who proposed and decided; none where there is no such proposal.
///
/// # Errors
/// Those of the store.
pub fn officers_of(view: &dyn View, proposal: MessageId) -> Result<Vec<String>, StoreError> {
    let Some(row) = view.proposal(proposal)? else { return Ok(Vec::new()) };
    let names = [Some(row.value.proposer_name), row.value.decider_name];
    Ok(names.into_iter().flatten().map(|name| name.to_string()).collect())
}

/// What is in force by the store, for a tool beside the running gateway.
///
/// # Errors
/// Those of the store.
pub async fn in_force(cx: &Cx) -> Result<Access, StoreError> {
    cx.store.read(|view| read(view)).await
}

/// Writes what a new store, organisation or action begins with, and puts in force what the store then holds.
///
/// # Errors
/// Where the configuration names what there is not, or the store fails.
pub(crate) async fn begin(cx: &Cx) -> Result<()> {
    let now = cx.host.now();
    let organisations: Vec<Membership> = organisations(cx).collect();
    let officers: Vec<FirstOfficer> = cx
        .settings
        .officer
        .iter()
        .map(|setting| first_officer(setting, now).with_context(|| format!("the officer {}", setting.name)))
        .collect::<Result<_>>()?;
    let seeded = cx.store.transact(move |tx| {
        let known_actions = tx.group_actions()?;
        let known_members = tx.memberships()?;
        for (group, name, actions) in GROUPS {
            debug_assert_eq!(group.name(), *name);
            for action in *actions {
                let is_known = known_actions.iter().any(|row| row.group == *name && row.action == *action);
                if !is_known {
                    tx.keep_group_action(&GroupActionRow {
                        group: (*name).to_owned(),
                        action: (*action).to_owned(),
                        is_allowed: true,
                        at: now,
                        proposal: None,
                    })?;
                }
            }
        }
        let row = |membership: &Membership| MembershipRow {
            member: membership.member,
            group: membership.group.name().to_owned(),
            resource: membership.resource.to_string(),
            is_member: true,
            at: now,
            proposal: None,
        };
        for membership in &organisations {
            if !known_members.iter().any(|known| known.member == membership.member) {
                tx.keep_membership(&row(membership))?;
            }
        }
        if tx.officers()?.is_empty() {
            for officer in &officers {
                tx.keep_officer(&officer.row)?;
                for membership in &officer.memberships {
                    tx.keep_membership(&row(membership))?;
                }
            }
        }
        Ok::<_, StoreError>(())
    });
    seeded.await.context("keeping what access begins with")?;
    put_in_force(cx).await.context("reading the access in force")
}

/// Reads the access in force anew, for consoles and for the messages of participants.
///
/// # Errors
/// Those of the store.
pub(crate) async fn put_in_force(cx: &Cx) -> Result<(), StoreError> {
    let _reading = cx.access.reading.lock().await;
    let access = cx.store.read(|view| read(view)).await?;
    cx.host.go_by(cx.host.registry().by(&access));
    *cx.access.access.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(access);
    Ok(())
}

/// The memberships of organisations that the configuration names.
fn organisations(cx: &Cx) -> impl Iterator<Item = Membership> {
    let registry = cx.host.registry();
    cx.host.all_known().flat_map(move |known| {
        let groups = registry.find(known.bin).map(|found| found.groups.clone()).unwrap_or_default();
        let member = PartyNumber::Organisation(known.bin);
        groups.into_iter().map(move |group| Membership { member, group, resource: Resource::Everything })
    })
}

fn first_officer(setting: &OfficerSetting, now: terms::Moment) -> Result<FirstOfficer> {
    let iin = setting.iin.parse().context("`iin`")?;
    let name: ShortText = setting.name.parse().context("`name`")?;
    let resource: Resource = setting.resource.parse()?;
    let membership = |group: &String| {
        let group: Group = group.parse()?;
        Ok(Membership { member: PartyNumber::Person(iin), group, resource }.checked()?)
    };
    let memberships = setting.groups.iter().map(membership).collect::<Result<_>>()?;
    Ok(FirstOfficer { row: OfficerRow { iin, name, at: now, proposal: None }, memberships })
}
