//! Groups, actions, resources and states in the words of people.

use pages::{Texts, has_text};
use rights::proposal::ProposalState;
use rights::{Action, Group, Resource};
use terms::ShortText;
use wire::proposal::{
    ContractChange, DifferenceAcknowledgement, DifferenceSide, GroupChange, GroupChangeKind, Proposal,
    ProposalKind, RefundGroundWord, SettlementWord,
};

use crate::reconciliation::PAID_AT;

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
        ProposalKind::AcknowledgeDifference => t.say("proposal-acknowledge-difference"),
        ProposalKind::ChangeContract => t.say("proposal-change-contract"),
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
    if let Some(said) = &proposal.difference_acknowledgement {
        matter_of_difference(t, said, &mut fact);
    }
    if let Some(change) = &proposal.contract_change {
        matter_of_contract(t, change, &mut fact);
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

/// A value of a difference: what our books hold at another bank is said in words.
pub(crate) fn our_value(t: Texts, value: &str) -> String {
    match value.strip_prefix(PAID_AT) {
        Some(bank) => t.say("difference-paid-at").with("bank", bank).to_string(),
        None => value.to_owned(),
    }
}

fn matter_of_difference(t: Texts, said: &DifferenceAcknowledgement, fact: &mut impl FnMut(&str, String)) {
    let value = |value: &Option<ShortText>| {
        value
            .as_ref()
            .map_or_else(|| t.say("difference-nothing").to_string(), |said| our_value(t, said.as_str()))
    };
    fact("difference-run", format!("R-{}", said.reconciliation));
    fact("difference-bank", said.bank.to_string());
    fact("difference-day", said.day.to_string());
    if let Some(code) = said.payment_code {
        fact("word-payment-code", code.to_string());
    }
    fact("difference-reference", value(&said.bank_reference));
    let kind = if said.is_deduction { "difference-taken-back" } else { "difference-paid" };
    fact("difference-kind", t.say(kind).to_string());
    fact("difference-field", t.say(&format!("field-{}", said.field)).to_string());
    fact("difference-ours", value(&said.ours));
    let theirs = match said.side {
        DifferenceSide::Register => "difference-by-register",
        DifferenceSide::Statement => "difference-by-statement",
    };
    fact(theirs, value(&said.theirs));
}

fn matter_of_contract(t: Texts, change: &ContractChange, fact: &mut impl FnMut(&str, String)) {
    fact("contract-number", change.number.to_string());
    fact("contract-bin", change.party.to_string());
    fact("contract-since", change.since.to_string());
    if let Some(until) = change.until {
        fact("contract-until", until.to_string());
    }
    let Some(bank) = &change.bank else {
        fact("contract-party", t.say("contract-national-operator").to_string());
        return;
    };
    let services: Vec<String> = bank.services.iter().map(ToString::to_string).collect();
    let all = || t.say("contract-all-services").to_string();
    fact("contract-services", if services.is_empty() { all() } else { services.join(", ") });
    let none = || t.say("contract-none").to_string();
    let sum = |sum: Option<terms::Tiyn>| sum.map_or_else(none, |sum| format!("{sum} ₸"));
    fact("contract-per-payment", sum(bank.per_payment));
    fact("contract-per-day", sum(bank.per_day));
    fact("contract-fee", bank.fee_basis_points.to_string());
    fact("contract-fee-least", sum(Some(bank.fee_least)));
    fact("contract-fee-most", sum(bank.fee_most));
    fact("contract-reimburse", bank.reimburse_days.to_string());
    fact("contract-guarantee", bank.guarantee_days.map_or_else(none, |days| days.to_string()));
    fact("contract-iban", bank.settlement_iban.to_string());
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
