//! What two officers decide, as documents: the proposal that one signs, and the decision that another signs over it.
//!
//! Both carry an enveloped signature, made in `xml::dsig` on the officer's own machine. A decision holds the whole
//! proposal again, so that the second signature covers every word of what is decided and not a number that stands for
//! it. Who may propose and who may decide is settled in `rights`.
//! Source: Instruction № 491, cl. 19–20; the two officers are ours.

use terms::{BankingDay, Bin, Iin, MessageId, Moment, PartyNumber, PaymentCode, ShortText};
use xml::{Element, FieldError, FromElement, ToElement, Writer};

use crate::common::Reason;
use crate::framework::{COMMON, Field, record, words};

/// The name of a proposal's root element.
pub const PROPOSAL: &str = "Proposal";
/// The name of a decision's root element.
pub const DECISION: &str = "Decision";

words! {
    /// What a proposal is about.
    pub enum ProposalKind {
        /// Who belongs to a group, or what a group may do.
        ChangeGroup = "changeGroup",
        /// What becomes of money that came otherwise than ordered.
        SettleDispute = "settleDispute",
        /// An unused payment that goes back to whoever paid.
        Refund = "refund",
    }
}
words! {
    /// What is to change about a group.
    pub enum GroupChangeKind {
        /// Somebody joins it.
        AddMember = "addMember",
        /// Somebody leaves it.
        RemoveMember = "removeMember",
        /// Its members may do one thing more.
        AllowAction = "allowAction",
        /// Its members may do one thing less.
        DisallowAction = "disallowAction",
    }
}
words! {
    /// How a dispute is settled.
    pub enum SettlementWord {
        /// The money is taken for the service after all.
        Accept = "accept",
        /// The money goes back to where it came from.
        Refund = "refund",
    }
}
words! {
    /// On what ground an unused payment goes back.
    pub enum RefundGroundWord {
        /// The payer asked for it in writing.
        PayerRequest = "payerRequest",
        /// It was paid by mistake.
        Erroneous = "erroneous",
        /// It was not used in time.
        Expired = "expired",
    }
}
words! {
    /// What an officer says to a proposal.
    pub enum DecisionWord {
        /// Another officer than the proposer: let it be done.
        Approve = "approve",
        /// Another officer than the proposer: let it not be done.
        Reject = "reject",
        /// The proposer: forget it.
        Withdraw = "withdraw",
    }
}

record! {
    /// A change of one group. A change of members names the member and within what, a change of actions the action.
    pub struct GroupChange {
        /// What is to change.
        required change: GroupChangeKind as "change",
        /// The group's name.
        required group: ShortText as "group",
        /// Who joins or leaves: the ИИН of an officer, the БИН of an organisation.
        optional member: PartyNumber as "member",
        /// Full name of an officer who joins.
        optional member_name: ShortText as "memberName",
        /// Within what: `everything`, `bank:БИН`, `provider:БИН`.
        optional resource: ShortText as "resource",
        /// The action's name.
        optional action: ShortText as "action",
    }
}

record! {
    /// How one disputed payment is to be settled.
    pub struct DisputeSettlement {
        /// The payment.
        required payment_code: PaymentCode as "paymentCode",
        /// What becomes of its money.
        required settlement: SettlementWord as "settlement",
    }
}

record! {
    /// Which unused payment is to go back, and on what ground. Where to is not said: it goes where it came from.
    pub struct RefundMatter {
        /// The payment.
        required payment_code: PaymentCode as "paymentCode",
        /// The ground; the statement of it is the reason of the proposal.
        required ground: RefundGroundWord as "ground",
        /// The number of the payer's written request, for `payerRequest`.
        optional request_number: ShortText as "requestNumber",
        /// The day of that request.
        optional requested_on: BankingDay as "requestedOn",
    }
}

record! {
    /// What one officer proposes. It holds the one part that its kind says, and no other.
    pub struct Proposal {
        /// Names it for ever; drawn by whoever writes the document.
        required number: MessageId as "number",
        /// The gateway it is addressed to, so that it counts at no other.
        required gateway: Bin as "gateway",
        /// Who proposes: the ИИН in the certificate that signs.
        required proposer: Iin as "proposer",
        /// When it was written.
        required proposed_at: Moment as "proposedAt",
        /// Why.
        required reason: Reason as "reason",
        /// What it is about.
        required kind: ProposalKind as "kind",
        /// For `changeGroup`.
        optional group_change: GroupChange as "groupChange",
        /// For `settleDispute`.
        optional dispute_settlement: DisputeSettlement as "disputeSettlement",
        /// For `refund`.
        optional refund: RefundMatter as "refund",
    }
}

record! {
    /// What an officer decides about a proposal.
    pub struct Decision {
        /// The proposal, word for word.
        required proposal: Proposal as "proposal",
        /// What is decided.
        required decision: DecisionWord as "decision",
        /// Who decides: the ИИН in the certificate that signs.
        required decider: Iin as "decider",
        /// When it was written.
        required decided_at: Moment as "decidedAt",
        /// Why, where there is more to say.
        optional reason: Reason as "reason",
    }
}

impl FromElement for Proposal {
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError> {
        element.expect(COMMON.uri, PROPOSAL)?;
        Field::read(element)
    }
}

impl ToElement for Proposal {
    fn write(&self, writer: &mut Writer) {
        Field::write(self, writer, &COMMON, PROPOSAL);
    }
}

impl FromElement for Decision {
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError> {
        element.expect(COMMON.uri, DECISION)?;
        Field::read(element)
    }
}

impl ToElement for Decision {
    fn write(&self, writer: &mut Writer) {
        Field::write(self, writer, &COMMON, DECISION);
    }
}
