//! Groups, actions, resources and states in the words of people.

use pages::{Texts, has_text};
use rights::proposal::ProposalState;
use rights::{Action, Group, Resource};
use wire::proposal::{
    GroupChange, GroupChangeKind, Proposal, ProposalKind, RefundGroundWord, SettlementWord,
};

/// A group in words, with its name as programs write it.
pub(crate) fn group(t: Texts, group: Group) -> String {
    let id = format!("group-{}", group.name());
    format!("{} ({})", t.say(&id), group.name())
}

/// An action in words, with its name as programs write it; operations of services have only that.
pub(crate) fn action(t: Texts, action: Action) -> String {
    let id = format!("action-{}", action.0.to_ascii_lowercase());
    if has_text(&id) { format!("{} ({})", t.say(&id), action.0) } else { action.0.to_owned() }
}

/// A resource in words.
pub(crate) fn resource(t: Texts, resource: Resource) -> String {
    match resource {
        Resource::Everything => t.say("resource-everything").to_string(),
        Resource::Bank(bin) => t.say("resource-bank").with("bin", bin.to_string()).to_string(),
        Resource::Provider(bin) => t.say("resource-provider").with("bin", bin.to_string()).to_string(),
    }
}

/// How far a proposal has come.
pub(crate) fn state(t: Texts, state: ProposalState) -> String {
    match state {
        ProposalState::Proposed => t.say("proposal-proposed"),
        ProposalState::Approved => t.say("proposal-approved"),
        ProposalState::Rejected => t.say("proposal-rejected"),
        ProposalState::Withdrawn => t.say("proposal-withdrawn"),
        ProposalState::Lapsed => t.say("proposal-lapsed"),
    }
    .to_string()
}

/// What a kind of proposal is about.
pub(crate) fn kind(t: Texts, kind: ProposalKind) -> String {
    match kind {
        ProposalKind::ChangeGroup => t.say("proposal-change-group"),
        ProposalKind::SettleDispute => t.say("proposal-settle-dispute"),
        ProposalKind::Refund => t.say("proposal-refund"),
    }
    .to_string()
}

/// What exactly a proposal asks for, as facts: name and value.
pub(crate) fn matter(t: Texts, proposal: &Proposal) -> Vec<(String, String)> {
    let mut facts = vec![(t.say("proposal-kind").to_string(), kind(t, proposal.kind))];
    let mut fact = |id: &str, value: String| facts.push((t.say(id).to_string(), value));
    if let Some(change) = &proposal.group_change {
        fact("proposal-what", change_kind(t, change.change));
        let known = change.group.as_str().parse().map(|known| group(t, known));
        fact("console-group", known.unwrap_or_else(|_| change.group.to_string()));
        matter_of_members(t, change, &mut fact);
    }
    if let Some(settlement) = &proposal.dispute_settlement {
        fact("word-payment-code", settlement.payment_code.to_string());
        fact("proposal-what", self::settlement(t, settlement.settlement));
    }
    if let Some(refund) = &proposal.refund {
        fact("word-payment-code", refund.payment_code.to_string());
        fact("refund-ground", ground(t, refund.ground));
        if let Some(number) = &refund.request_number {
            fact("refund-request", number.to_string());
        }
        if let Some(day) = refund.requested_on {
            fact("refund-requested-on", day.to_string());
        }
    }
    facts
}

/// How a dispute is settled.
pub(crate) fn settlement(t: Texts, settlement: SettlementWord) -> String {
    match settlement {
        SettlementWord::Accept => t.say("settlement-accept"),
        SettlementWord::Refund => t.say("settlement-refund"),
    }
    .to_string()
}

/// On what ground a refund is proposed.
pub(crate) fn ground(t: Texts, ground: RefundGroundWord) -> String {
    match ground {
        RefundGroundWord::PayerRequest => t.say("refund-payer-request"),
        RefundGroundWord::Erroneous => t.say("refund-erroneous"),
        RefundGroundWord::Expired => t.say("refund-expired"),
    }
    .to_string()
}

fn matter_of_members(t: Texts, change: &GroupChange, fact: &mut impl FnMut(&str, String)) {
    if let Some(member) = change.member {
        let name = change.member_name.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
        fact("console-member", format!("{member}{name}"));
    }
    if let Some(within) = &change.resource {
        let known = within.as_str().parse().map(|known| resource(t, known));
        fact("console-resource", known.unwrap_or_else(|_| within.to_string()));
    }
    if let Some(what) = &change.action {
        let known = Action::named(what.as_str()).map(|known| action(t, known));
        fact("console-action", known.unwrap_or_else(|| what.to_string()));
    }
}

fn change_kind(t: Texts, change: GroupChangeKind) -> String {
    match change {
        GroupChangeKind::AddMember => t.say("change-add-member"),
        GroupChangeKind::RemoveMember => t.say("change-remove-member"),
        GroupChangeKind::AllowAction => t.say("change-allow-action"),
        GroupChangeKind::DisallowAction => t.say("change-disallow-action"),
    }
    .to_string()
}
