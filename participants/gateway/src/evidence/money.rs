//! The money in a pack: what officers signed about it, its postings told again from the messages, its refund.
//!
//! The postings are recomputed by the very rules of `tolem journal verify`, from nothing but what the pack shows.

use std::collections::BTreeMap;

use ledger::{Posting, PostingKind};
use payment::{Life, Order, Paid, Payment};
use pki::{Certificate, Purpose, Trust};
use store::{EvidenceRecord, JournalEntry, PlacedPosting};
use terms::{Bin, Iin, Party, PaymentCode, Requisites};
use wire::proposal::{Decision, DecisionWord, Proposal, ProposalKind, SettlementWord};
use xml::Limits;
use xml::dsig::verify_enveloped;

use super::check::{Broken, Fault, Row, broken};
use crate::books::Kept;

/// What of the pack moves money, as the rows are read.
#[derive(Default)]
pub(super) struct Money {
    evidence: Vec<EvidenceRecord>,
    timeline: Vec<JournalEntry>,
    posted: Vec<PlacedPosting>,
    payment: Option<Payment>,
    proposals: BTreeMap<String, Proposal>,
    decisions: Vec<Decision>,
    /// By which proposal a refund was granted last, and how far it has come.
    refund: Option<(String, String)>,
}

/// A document of an officer that holds, in words.
pub(super) struct Signed {
    pub(super) certificate: Certificate,
    pub(super) says: String,
}

type Values = [Option<Vec<u8>>];

impl Money {
    pub(super) fn message(&mut self, row: &Row<'_>, values: &Values) -> Option<()> {
        let [Some(octets), Some(certificate), Some(hash)] = values else { return None };
        self.evidence.push(EvidenceRecord {
            about: None,
            kind: row.text("kind")?.to_owned(),
            octets: octets.clone(),
            certificate: certificate.clone(),
            crl_number: 0,
            checked_by: None,
            at: row.moment("at")?,
            content_hash: hash.as_slice().try_into().ok()?,
        });
        Some(())
    }

    pub(super) fn line(&mut self, code: PaymentCode, row: &Row<'_>, values: &Values) -> Option<()> {
        let [Some(actor), Some(detail)] = values else { return None };
        let text = |octets: &[u8]| std::str::from_utf8(octets).ok().map(str::to_owned);
        self.timeline.push(JournalEntry {
            about: code,
            at: row.moment("at")?,
            event: row.text("event")?.to_owned(),
            actor: text(actor)?,
            detail: text(detail)?,
        });
        Some(())
    }

    /// A posting, in words.
    pub(super) fn posting(&mut self, row: &Row<'_>) -> Option<String> {
        let posting = Posting {
            kind: row.parsed("kind")?,
            about: row.parsed("about")?,
            debit: row.parsed("debit")?,
            credit: row.parsed("credit")?,
            amount: row.amount("amount")?,
            day: row.parsed("day")?,
            at: row.moment("at")?,
        };
        let id = u64::try_from(row.integer("id")?).ok()?;
        let Posting { kind, debit, credit, amount, day, .. } = &posting;
        let says =
            format!("{kind}: {amount} ₸ from {credit} to {debit}, of {day}, place {id} of the journal");
        self.posted.push(PlacedPosting { id, posting });
        Some(says)
    }

    pub(super) fn refund(&mut self, row: &Row<'_>) -> Option<()> {
        self.refund = Some((row.text("proposal")?.to_owned(), row.text("state")?.to_owned()));
        Some(())
    }

    /// The payment as its row has it. What is sealed in it stands behind no commitment, and moves no money.
    pub(super) fn payment(&mut self, code: PaymentCode, row: &Row<'_>, values: &Values) -> Option<()> {
        let word = |place: usize| std::str::from_utf8(values.get(place)?.as_ref()?).ok();
        let party = |place: usize| {
            Some(Party { number: word(place)?.parse().ok()?, name: word(place + 1)?.parse().ok()? })
        };
        let order = Order {
            service: row.parsed("service")?,
            provider: row.parsed("provider")?,
            amount: row.amount("amount")?,
            recipient: party(0)?,
            channel: row.parsed("channel")?,
            issued_to: row.parsed("issued_to")?,
            application: row.parsed("application"),
            issued_at: row.moment("issued_at")?,
        };
        let mut payment = Payment::issue(code, order);
        if let Some(bank) = row.parsed::<Bin>("paid_bank") {
            let requisites = Requisites {
                payer: party(2)?,
                recipient: party(4)?,
                service: row.parsed("paid_service")?,
                provider: row.parsed("paid_provider")?,
                amount: row.amount("paid_amount")?,
                commission: row.amount("paid_commission")?,
                beneficiary_iban: word(6)?.parse().ok()?,
                beneficiary_bic: row.parsed("paid_bic")?,
                kbk: row.parsed("paid_kbk")?,
                knp: row.parsed("paid_knp")?,
                kod: row.parsed("paid_kod")?,
                kbe: row.parsed("paid_kbe")?,
                purpose: word(7)?.parse().ok()?,
                bank_reference: row.parsed("paid_reference")?,
                paid_at: row.moment("paid_at")?,
                channel: row.parsed("paid_channel")?,
            };
            // Which of its states it is in makes no difference to what was told: only what the bank vouched for does.
            payment.life = Life::Paid(Paid {
                requisites,
                bank,
                received_at: row.moment("paid_received_at")?,
                transaction: row.parsed("paid_transaction")?,
                ticket: None,
            });
        }
        self.payment = Some(payment);
        Some(())
    }

    /// What an officer signed: by a certificate of a person for that moment, about this payment; a decision over the very
    /// words of the proposal, and by somebody else.
    pub(super) fn document(
        &mut self,
        row: &Row<'_>,
        values: &Values,
        (code, gateway, trust): (PaymentCode, Bin, &Trust),
    ) -> Result<Signed, Broken> {
        let subject = row.subject();
        let unreadable = || broken(&subject, Fault::Unreadable);
        let [Some(octets), Some(kept)] = values else { return Err(unreadable()) };
        let then = row.moment("at").ok_or_else(unreadable)?;
        let number = row.text("number").ok_or_else(unreadable)?;
        let signed = verify_enveloped(octets, &Limits::DOCUMENT).map_err(|why| broken(&subject, why))?;
        let certificate = signed.certificate().clone();
        if certificate.der() != kept.as_slice() {
            return Err(broken(&subject, Fault::OtherSigner));
        }
        trust
            .check_without_revocation(&certificate, Purpose::PersonSigning, then)
            .map_err(|why| broken(&subject, why))?;
        let person = certificate.subject().person.as_ref().and_then(|iin| iin.checked().ok());
        let by = |named: Iin| {
            if person == Some(named) { Ok(()) } else { Err(broken(&subject, Fault::OtherSigner)) }
        };
        let says = if row.text("role") == Some("decision") {
            let said: Decision = signed.parse().map_err(|why| broken(&subject, why))?;
            by(said.decider)?;
            if self.proposals.get(number) != Some(&said.proposal) {
                return Err(broken(&subject, Fault::OtherWords));
            }
            let is_withdrawn = said.decision == DecisionWord::Withdraw;
            if (said.decider == said.proposal.proposer) != is_withdrawn {
                return Err(broken(&subject, Fault::SamePerson));
            }
            let says = format!("officer {} signed: {} proposal {number}", said.decider, said.decision);
            self.decisions.push(said);
            says
        } else {
            let said: Proposal = signed.parse().map_err(|why| broken(&subject, why))?;
            by(said.proposer)?;
            if said.number.to_string() != number || said.gateway != gateway {
                return Err(unreadable());
            }
            if about(&said) != Some(code) {
                return Err(broken(&subject, Fault::OtherPayment));
            }
            let says = format!("officer {} signed: {}, because {}", said.proposer, said.kind, said.reason);
            self.proposals.insert(number.to_owned(), said);
            says
        };
        Ok(Signed { certificate, says })
    }

    /// Tells the postings again from the messages; what holds, and what is missing that two officers decided.
    pub(super) fn told_again(&self, trust: &Trust) -> Result<(Option<String>, Vec<String>), Broken> {
        let payment = self.payment.clone().ok_or_else(|| broken("payment", Fault::Absent))?;
        let (evidence, timeline) = (self.evidence.clone(), self.timeline.clone());
        let kept = Kept::of(payment, evidence, timeline, self.posted.clone());
        let retold = kept.retell(trust);
        if let Some(why) = retold.unreadable.first() {
            return Err(broken("postings", Fault::Books(why.clone())));
        }
        if let Some(wrong) = kept.differences(&retold).into_iter().next() {
            let name = wrong.named().map_or_else(String::new, |one| format!("{} {}", one.kind, one.about));
            let (wanted, found) = wrong.amounts();
            let sum =
                |sum: Option<terms::Tiyn>| sum.map_or_else(|| "nothing".to_owned(), |sum| sum.to_string());
            let why = format!("{name}: {} is posted, {} was told", sum(found), sum(wanted));
            return Err(broken("postings", Fault::Books(why)));
        }
        let mut missing = Vec::new();
        for placed in &self.posted {
            let decided = match placed.posting.kind {
                PostingKind::RefundGrant => self.approved(gives_back),
                PostingKind::Accept => self.approved(|said| !gives_back(said)),
                _ => continue,
            };
            if !decided {
                let PlacedPosting { id, posting } = placed;
                missing.push(format!("what two officers signed for posting {id}, {}", posting.kind));
            }
        }
        if let Some((proposal, state)) = &self.refund {
            if !self.approved(|said| said.number.to_string() == *proposal && gives_back(said)) {
                missing.push(format!("what two officers signed for the refund, proposal {proposal}"));
            }
            let is_posted = self.posted.iter().any(|placed| placed.posting.kind == PostingKind::Refund);
            if is_posted != (state == "given-back") {
                return Err(broken("refund", Fault::Books(format!("it is {state}, and the books disagree"))));
            }
        }
        let says = match self.posted.len() {
            0 => None,
            count => Some(format!(
                "the messages and decisions of the pack, told again, bring these {count} postings and no others; each \
                 takes from one account what it gives to another"
            )),
        };
        Ok((says, missing))
    }

    fn approved(&self, is_it: impl Fn(&Proposal) -> bool) -> bool {
        let mut approved = self.decisions.iter().filter(|said| said.decision == DecisionWord::Approve);
        approved.any(|said| is_it(&said.proposal))
    }
}

/// Whether a proposal gives money back to the payer.
fn gives_back(said: &Proposal) -> bool {
    let settled = said.dispute_settlement.as_ref().map(|settled| settled.settlement);
    said.kind == ProposalKind::Refund || settled == Some(SettlementWord::Refund)
}

/// The payment that a proposal is about.
fn about(said: &Proposal) -> Option<PaymentCode> {
    match said.kind {
        ProposalKind::Refund => said.refund.as_ref().map(|matter| matter.payment_code),
        ProposalKind::SettleDispute => said.dispute_settlement.as_ref().map(|settled| settled.payment_code),
        ProposalKind::AcknowledgeDifference => said.difference_acknowledgement.as_ref()?.payment_code,
        ProposalKind::ChangeGroup | ProposalKind::ChangeContract => None,
    }
}
