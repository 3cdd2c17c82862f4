//! What two officers decide, as documents: the proposal that one signs, and the decision that another signs over it.
//!
//! Both carry an enveloped signature, made in `xml::dsig` on the officer's own machine. A decision holds the whole
//! proposal again, so that the second signature covers every word of what is decided and not a number that stands for
//! it. Who may propose and who may decide is settled in `rights`.
//! Source: Instruction № 491, cl. 19–20; the two officers are ours.

use ledger::DocumentNumber;
use ledger::contract::{BankTerms, Contract, Fee, Terms};
use terms::{
    BankingDay, Bin, Iban, Iin, MessageId, Moment, PartyNumber, PaymentCode, ServiceCode, ShortText, Tiyn,
};
use xml::{Element, FieldError, FromElement, ToElement, Writer};

use crate::closing::Whole;
use crate::common::{Count, Reason};
use crate::framework::{COMMON, ComplexType, Facet, Field, Type, exactly, record, sample, simple, words};

/// The name of a proposal's root element.
pub const PROPOSAL: &str = "Proposal";
/// The name of a decision's root element.
pub const DECISION: &str = "Decision";
/// The most services that a contract names.
pub const MOST_SERVICES: usize = 1000;
/// The most days and hundredths of a percent that a contract agrees on.
const MOST_OF_A_CONTRACT: u32 = 10_000;

simple! {
    /// The number of a contract.
    DocumentNumber as "DocumentNumber": "string"
        [Facet::MinLength(1), Facet::MaxLength(DocumentNumber::LONGEST), Facet::Pattern("[A-Za-z0-9\\-._/:]+")]
        read exactly, write DocumentNumber::to_string;
}

words! {
    /// What a proposal is about.
    pub enum ProposalKind {
        /// Who belongs to a group, or what a group may do.
        ChangeGroup = "changeGroup",
        /// What becomes of money that came otherwise than ordered.
        SettleDispute = "settleDispute",
        /// An unused payment that goes back to whoever paid.
        Refund = "refund",
        /// A difference with a bank that is known and stays.
        AcknowledgeDifference = "acknowledgeDifference",
        /// What is agreed with a bank or the national operator from a day on (cl. 22).
        ChangeContract = "changeContract",
    }
}
words! {
    /// Who says otherwise than a notice.
    pub enum DifferenceSide {
        /// The bank's register.
        Register = "register",
        /// The bank's statement.
        Statement = "statement",
    }
}
words! {
    /// What differs.
    pub enum DifferenceField {
        /// One side has the operation, the other has not.
        Operation = "operation",
        /// How often it occurs.
        Count = "count",
        /// The payment code.
        Code = "code",
        /// The bank's reference.
        Reference = "reference",
        /// The amount.
        Amount = "amount",
        /// The banking day.
        Day = "day",
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
    /// A difference that a reconciliation found, word for word: with another value it is another difference.
    pub struct DifferenceAcknowledgement {
        /// The place of the reconciliation that found it.
        required reconciliation: Whole as "reconciliation",
        /// The bank.
        required bank: Bin as "bank",
        /// The banking day.
        required day: BankingDay as "day",
        /// The payment code, where it is known.
        optional payment_code: PaymentCode as "paymentCode",
        /// The bank's reference, perhaps cut short, where one is known.
        optional bank_reference: ShortText as "bankReference",
        /// Whether money was taken back.
        required is_deduction: bool as "isDeduction",
        /// Who says otherwise than the notice.
        required side: DifferenceSide as "side",
        /// In what.
        required field: DifferenceField as "field",
        /// What the notice says; absent where there is none.
        optional ours: ShortText as "ours",
        /// What the other side says; absent where it says nothing.
        optional theirs: ShortText as "theirs",
    }
}

record! {
    /// What is agreed with a bank.
    pub struct BankContract {
        /// The services it may take payments for; none where for all.
        list(MOST_SERVICES) services: ServiceCode as "service",
        /// The most one code may be asked for.
        optional per_payment: Tiyn as "perPayment",
        /// The most that the codes of one banking day which are open or paid may come to.
        optional per_day: Tiyn as "perDay",
        /// The operator's fee, in hundredths of a percent.
        required fee_basis_points: Count as "feeBasisPoints",
        /// The least fee.
        required fee_least: Tiyn as "feeLeast",
        /// The most, where there is one.
        optional fee_most: Tiyn as "feeMost",
        /// Days from a claim until its reimbursement is due.
        required reimburse_days: Count as "reimburseDays",
        /// Days from a payment until the provider is paid although the bank has not reimbursed; absent where never.
        optional guarantee_days: Count as "guaranteeDays",
        /// The operator's settlement account at the bank.
        required settlement_iban: Iban as "settlementIban",
    }
}

record! {
    /// A contract from a day on: the whole of what is agreed then, not what is new in it.
    pub struct ContractChange {
        /// The contract's number.
        required number: DocumentNumber as "number",
        /// The other party.
        required party: Bin as "party",
        /// The first day it holds.
        required since: BankingDay as "since",
        /// The last day it holds, where that is known.
        optional until: BankingDay as "until",
        /// What is agreed with a bank; absent where the party is the national operator.
        optional bank: BankContract as "bank",
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
        /// For `acknowledgeDifference`.
        optional difference_acknowledgement: DifferenceAcknowledgement as "differenceAcknowledgement",
        /// For `changeContract`.
        optional contract_change: ContractChange as "contractChange",
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

impl Proposal {
    /// Whether another proposal asks for the very same, whoever wrote it, when, and with whatever reason. A payment goes back
    /// once whatever the ground, and a difference is the same in whichever reconciliation it was found.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let refunded = |one: &Self| one.refund.as_ref().map(|refund| refund.payment_code);
        let difference = |one: &Self| {
            let found = one.difference_acknowledgement.clone();
            found.map(|found| DifferenceAcknowledgement { reconciliation: Whole(0), ..found })
        };
        self.kind == other.kind
            && self.group_change == other.group_change
            && self.dispute_settlement == other.dispute_settlement
            && refunded(self) == refunded(other)
            && difference(self) == difference(other)
            && self.contract_change == other.contract_change
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

/// A document that says no contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a contract has at most {MOST_OF_A_CONTRACT} days and hundredths of a percent, does not end before it begins, has no \
     most below its least and takes payments of more than nothing"
)]
pub struct NoContract;

impl BankContract {
    fn of(terms: &BankTerms) -> Self {
        let BankTerms {
            services,
            per_payment,
            per_day,
            fee,
            reimburse_days,
            guarantee_days,
            settlement_iban,
        } = terms;
        let count = |number: u16| Count::saturating(number.into());
        Self {
            services: services.clone().unwrap_or_default(),
            per_payment: *per_payment,
            per_day: *per_day,
            fee_basis_points: count(fee.basis_points),
            fee_least: fee.least,
            fee_most: fee.most,
            reimburse_days: count(*reimburse_days),
            guarantee_days: guarantee_days.map(count),
            settlement_iban: *settlement_iban,
        }
    }

    fn terms(&self) -> Result<BankTerms, NoContract> {
        let number = |count: Count| match count.as_u32() {
            within if within <= MOST_OF_A_CONTRACT => u16::try_from(within).map_err(|_| NoContract),
            _ => Err(NoContract),
        };
        if self.fee_most.is_some_and(|most| most < self.fee_least) || self.per_payment == Some(Tiyn::ZERO) {
            return Err(NoContract);
        }
        Ok(BankTerms {
            services: (!self.services.is_empty()).then(|| self.services.clone()),
            per_payment: self.per_payment,
            per_day: self.per_day,
            fee: Fee {
                basis_points: number(self.fee_basis_points)?,
                least: self.fee_least,
                most: self.fee_most,
            },
            reimburse_days: number(self.reimburse_days)?,
            guarantee_days: self.guarantee_days.map(number).transpose()?,
            settlement_iban: self.settlement_iban,
        })
    }
}

impl ContractChange {
    /// The document's part of a contract.
    pub fn of(contract: &Contract) -> Self {
        let bank = match &contract.terms {
            Terms::NationalOperator => None,
            Terms::Bank(terms) => Some(BankContract::of(terms)),
        };
        Self {
            number: contract.number.clone(),
            party: contract.party,
            since: contract.since,
            until: contract.until,
            bank,
        }
    }

    /// The contract it says.
    ///
    /// # Errors
    /// [`NoContract`].
    pub fn contract(&self) -> Result<Contract, NoContract> {
        if self.until.is_some_and(|until| until < self.since) {
            return Err(NoContract);
        }
        let terms = match &self.bank {
            None => Terms::NationalOperator,
            Some(bank) => Terms::Bank(bank.terms()?),
        };
        Ok(Contract {
            number: self.number.clone(),
            party: self.party,
            since: self.since,
            until: self.until,
            terms,
        })
    }
}

/// The types of both documents, for the schema.
pub(crate) fn complex_types() -> [(&'static str, &'static ComplexType); 2] {
    let of = |content: Type| match content {
        Type::Complex(complex) => complex,
        Type::Builtin(_) | Type::Simple(_) => unreachable!("a record is a sequence"),
    };
    [(PROPOSAL, of(<Proposal as Field>::TYPE)), (DECISION, of(<Decision as Field>::TYPE))]
}

/// A made-up example of each kind, with the name of its file in `spec/`.
pub fn examples() -> Vec<(&'static str, Proposal)> {
    let bare = |kind| Proposal {
        number: sample("0193b1a0-0000-7000-8000-000000000007"),
        gateway: sample("500140000126"),
        proposer: sample("700707100057"),
        proposed_at: crate::example::moment(),
        reason: sample("Решение по письму банка"),
        kind,
        group_change: None,
        dispute_settlement: None,
        refund: None,
        difference_acknowledgement: None,
        contract_change: None,
    };
    let of = |kind: &ProposalKind| match kind {
        ProposalKind::ChangeGroup => (
            "Proposal-changeGroup",
            Proposal {
                group_change: Some(GroupChange {
                    change: GroupChangeKind::AddMember,
                    group: sample("finance"),
                    member: Some(sample("790304100022")),
                    member_name: Some(sample("Әбдіреев Серік Болатұлы")),
                    resource: Some(sample("everything")),
                    action: None,
                }),
                ..bare(*kind)
            },
        ),
        ProposalKind::SettleDispute => (
            "Proposal-settleDispute",
            Proposal {
                dispute_settlement: Some(DisputeSettlement {
                    payment_code: crate::example::code(),
                    settlement: SettlementWord::Accept,
                }),
                ..bare(*kind)
            },
        ),
        ProposalKind::Refund => (
            "Proposal-refund",
            Proposal {
                refund: Some(RefundMatter {
                    payment_code: crate::example::code(),
                    ground: RefundGroundWord::PayerRequest,
                    request_number: Some(sample("17-04/219")),
                    requested_on: Some(sample("2026-11-20")),
                }),
                ..bare(*kind)
            },
        ),
        ProposalKind::AcknowledgeDifference => (
            "Proposal-acknowledgeDifference",
            Proposal {
                difference_acknowledgement: Some(DifferenceAcknowledgement {
                    reconciliation: Whole(7),
                    bank: crate::example::bank(),
                    day: sample("2026-11-22"),
                    payment_code: Some(crate::example::code()),
                    bank_reference: Some(sample("DEMO-20261122-000417")),
                    is_deduction: false,
                    side: DifferenceSide::Register,
                    field: DifferenceField::Amount,
                    ours: Some(sample("1725.00")),
                    theirs: Some(sample("1752.00")),
                }),
                ..bare(*kind)
            },
        ),
        ProposalKind::ChangeContract => (
            "Proposal-changeContract",
            Proposal {
                contract_change: Some(ContractChange {
                    number: sample("B-2026/07"),
                    party: crate::example::bank(),
                    since: sample("2026-12-01"),
                    until: None,
                    bank: Some(BankContract {
                        services: vec![sample("P1.04")],
                        per_payment: Some(Tiyn::tenge(100_000)),
                        per_day: Some(Tiyn::tenge(50_000_000)),
                        fee_basis_points: Count::saturating(30),
                        fee_least: Tiyn::tenge(10),
                        fee_most: Some(Tiyn::tenge(500)),
                        reimburse_days: Count::saturating(1),
                        guarantee_days: Some(Count::saturating(3)),
                        settlement_iban: sample("KZ770000000000000001"),
                    }),
                }),
                ..bare(*kind)
            },
        ),
    };
    ProposalKind::ALL.iter().map(of).collect()
}

/// A made-up decision, the one in `spec/`.
pub fn example_decision() -> Decision {
    let (_, proposal) = examples().swap_remove(0);
    Decision {
        proposal,
        decision: DecisionWord::Approve,
        decider: sample("830404100086"),
        decided_at: crate::example::later(),
        reason: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meets: C22
    #[test]
    fn every_kind_survives_writing_and_reading_and_a_contract_comes_out_as_it_went_in() {
        for (name, proposal) in examples() {
            let text = proposal.to_xml();
            let read = xml::with_canonical_tree(text.as_bytes(), Proposal::from_element).unwrap();
            assert_eq!(read.unwrap(), proposal, "{name}");
            if let Some(change) = &proposal.contract_change {
                assert_eq!(ContractChange::of(&change.contract().unwrap()), *change);
                let ends_before = ContractChange { until: Some(sample("2026-11-30")), ..change.clone() };
                assert_eq!(ends_before.contract(), Err(NoContract));
                let bank = change.bank.clone().map(|bank| BankContract {
                    fee_basis_points: Count::saturating(MOST_OF_A_CONTRACT + 1),
                    ..bank
                });
                assert_eq!(ContractChange { bank, ..change.clone() }.contract(), Err(NoContract));
                let below = BankContract { fee_most: Some(Tiyn::ZERO), ..change.bank.clone().unwrap() };
                let of_nothing =
                    BankContract { per_payment: Some(Tiyn::ZERO), ..change.bank.clone().unwrap() };
                for bank in [below, of_nothing] {
                    let change = ContractChange { bank: Some(bank), ..change.clone() };
                    assert_eq!(change.contract(), Err(NoContract));
                }
            }
        }
        let decision = example_decision();
        let text = decision.to_xml();
        let read = xml::with_canonical_tree(text.as_bytes(), Decision::from_element).unwrap();
        assert_eq!(read.unwrap(), decision);
    }
}
