//! What should stand in the books about a payment, told from the messages that were kept: for `tolem journal verify`, and
//! for payments of before there were books.
//!
//! The signed notices, reversals and answers are read again as they arrived, and the life of the payment is lived again
//! from them. Two things are not in any bank's message: what only the gateway saw against a notice is in the timeline, and
//! what officers decided is taken from the books, where it must be possible at its time and of the right sum.

use std::sync::Arc;

use ledger::journal::{Mismatch, compare};
use ledger::{Account, Posting, PostingKind, RefundProgress, of_change, of_refund, of_surplus};
use payment::table::State;
use payment::{Difference, Effect, Event, Notice, Paid, Payment, Reversal, Settlement};
use pki::Trust;
use store::{EvidenceRecord, JournalEntry, PlacedPosting, Store, StoreError, View};
use terms::{Bin, Channel, Moment, PaymentCode, Requisites, Tiyn, TransactionNumber};
use wire::bank::{DebitAccountResponse, InquireAttemptResponse, RefundPaymentResponse};
use wire::gateway::{NotifyPayment, ReversePayment};
use xml::FromElement;

use crate::cx::Cx;
use crate::use_case::hear_bank::refund_progress;

/// How many codes are taken at a time.
const AT_ONCE: usize = 200;

/// The postings that messages prove; all others are about documents.
const OF_PAYMENTS: [PostingKind; 8] = [
    PostingKind::Payment,
    PostingKind::Dispute,
    PostingKind::Surplus,
    PostingKind::Accept,
    PostingKind::Reversal,
    PostingKind::RefundGrant,
    PostingKind::Refund,
    PostingKind::RefundWithdrawn,
];

/// What the evidence of one payment says.
#[derive(Debug, Default)]
pub struct Retold {
    /// What should be posted, in its order.
    pub postings: Vec<Posting>,
    /// What banks said of second sums, with their postings.
    surpluses: Vec<(Posting, Requisites)>,
    /// Kept messages that cannot be read, each with the reason.
    pub unreadable: Vec<String>,
}

/// Everything that is kept about one payment and decides what is posted.
pub struct Kept {
    /// The payment as it stands.
    pub payment: Payment,
    evidence: Vec<EvidenceRecord>,
    timeline: Vec<JournalEntry>,
    posted: Vec<PlacedPosting>,
}

impl Kept {
    /// Reads it; none where there is no such code.
    ///
    /// # Errors
    /// Those of the store.
    pub fn read(view: &(impl View + ?Sized), code: PaymentCode) -> Result<Option<Self>, StoreError> {
        let Some(stored) = view.payment(code)? else { return Ok(None) };
        Ok(Some(Self {
            payment: stored.value,
            evidence: view.evidence_of(code)?,
            timeline: view.timeline(code)?,
            posted: view.postings_of(code)?,
        }))
    }

    /// The same from an evidence pack: rows in the order in which they were kept.
    pub(crate) fn of(
        payment: Payment,
        evidence: Vec<EvidenceRecord>,
        timeline: Vec<JournalEntry>,
        posted: Vec<PlacedPosting>,
    ) -> Self {
        Self { payment, evidence, timeline, posted }
    }

    /// Tells the postings from the evidence.
    pub fn retell(&self, trust: &Trust) -> Retold {
        let order = self.payment.order.clone();
        let mut tale = Tale {
            payment: Payment::issue(self.payment.code, order),
            retold: Retold::default(),
            transaction: self.payment.paid().map(|paid| paid.transaction.clone()),
            is_given_back: false,
        };
        let mut decisions = self.posted.iter().filter(|placed| is_decision(&placed.posting)).peekable();
        let mut outcomes = self.timeline.iter().filter(|entry| entry.event == "notice");
        for record in &self.evidence {
            // Of one moment, a grant comes before its answer, and anything else that officers decide after what it is about.
            while let Some(decision) = decisions.next_if(|placed| {
                let is_its_grant = record.kind == "RefundPaymentResponse in"
                    && placed.posting.at == record.at
                    && tale.payment.state() != State::Refunded;
                placed.posting.at < record.at || is_its_grant
            }) {
                tale.decide(&decision.posting);
            }
            let told = match record.kind.as_str() {
                "NotifyPayment in" => {
                    let outcome = outcomes.next().map(|entry| entry.detail.as_str());
                    tale.notice(record, trust, outcome == Some("disputed"))
                }
                "ReversePayment in" => tale.reversal(record, trust),
                "DebitAccountResponse in" => {
                    tale.debited(record, trust, &self.payment, |answer: &DebitAccountResponse| {
                        answer.bank_reference.clone().zip(answer.paid_at)
                    })
                }
                "InquireAttemptResponse in" => {
                    tale.debited(record, trust, &self.payment, |answer: &InquireAttemptResponse| {
                        answer.bank_reference.clone().zip(answer.paid_at)
                    })
                }
                "RefundPaymentResponse in" => tale.refund_answered(record, trust),
                _ => Ok(()),
            };
            if let Err(why) = told {
                tale.retold.unreadable.push(format!("{} of {}: {why}", record.kind, record.at));
            }
        }
        decisions.for_each(|placed| tale.decide(&placed.posting));
        tale.retold
    }

    /// In what the books differ from the evidence.
    pub fn differences(&self, retold: &Retold) -> Vec<Mismatch> {
        let posted = self.posted.iter().map(|placed| placed.posting.clone());
        let posted: Vec<Posting> = posted.filter(|posting| OF_PAYMENTS.contains(&posting.kind)).collect();
        compare(&retold.postings, &posted)
    }
}

/// Whether officers, and no message, brought it.
fn is_decision(posting: &Posting) -> bool {
    match posting.kind {
        PostingKind::Accept | PostingKind::RefundGrant => true,
        // A dispute whose reversal was waiting when it was settled.
        PostingKind::Reversal => matches!(posting.debit, Account::Suspense(_)),
        _ => false,
    }
}

/// The life of a payment as it is lived again.
struct Tale {
    payment: Payment,
    retold: Retold,
    /// The number that its first notice was given.
    transaction: Option<TransactionNumber>,
    /// Whether the bank has given the money back, after which nothing more can be said of it.
    is_given_back: bool,
}

impl Tale {
    fn happen(&mut self, event: Event, at: Moment) -> Option<Effect> {
        // What is refused here was refused then, or has no place in the books: then it shows as a difference.
        let change = self.payment.clone().apply(event, at).ok()?;
        self.retold.postings.extend(of_change(&self.payment, &change.payment, at));
        self.payment = change.payment;
        Some(change.effect)
    }

    fn decide(&mut self, decision: &Posting) {
        let is_disputed = self.payment.state() == State::Disputed;
        let event = match decision.kind {
            PostingKind::RefundGrant if is_disputed => Event::Settle(Settlement::Refund),
            PostingKind::RefundGrant => Event::Refund,
            _ if is_disputed => Event::Settle(Settlement::Accept),
            _ => return,
        };
        self.happen(event, decision.at);
    }

    fn notice(&mut self, record: &EvidenceRecord, trust: &Trust, was_disputed: bool) -> Result<(), String> {
        let (bank, said): (Bin, NotifyPayment) = reopened(record, trust)?;
        if said.payment_code != self.payment.code {
            return Err("it is about another code".to_owned());
        }
        let transaction = self.transaction.clone().ok_or("the code is not known to be paid")?;
        let notice = Notice {
            bank,
            requisites: said.requisites.clone(),
            transaction,
            // Which of the contradictions it was makes no difference to the money.
            contradiction: was_disputed.then_some(Difference::Authorisation),
        };
        let is_second = self.happen(Event::Notice(notice), record.at) == Some(Effect::Surplus);
        if is_second && said.requisites.amount > Tiyn::ZERO {
            let posting = of_surplus(self.payment.code, bank, &said.requisites, record.at);
            let is_known = |other: &Posting| other.kind == posting.kind && other.about == posting.about;
            if !self.retold.postings.iter().any(is_known) {
                self.retold.postings.push(posting.clone());
                self.retold.surpluses.push((posting, said.requisites));
            }
        }
        Ok(())
    }

    fn reversal(&mut self, record: &EvidenceRecord, trust: &Trust) -> Result<(), String> {
        let (bank, said): (Bin, ReversePayment) = reopened(record, trust)?;
        if said.payment_code != self.payment.code {
            return Err("it is about another code".to_owned());
        }
        let reversal = Reversal {
            bank,
            bank_reference: said.bank_reference,
            amount: said.amount,
            reversed_at: said.reversed_at,
        };
        self.happen(Event::Reverse(reversal), record.at);
        Ok(())
    }

    /// The bank's first word on each grant counts: after it the money is given back, or the payment is disputed.
    fn refund_answered(&mut self, record: &EvidenceRecord, trust: &Trust) -> Result<(), String> {
        let (bank, said): (Bin, RefundPaymentResponse) = reopened(record, trust)?;
        let is_its_own = self.payment.paid().is_some_and(|paid| paid.bank == bank);
        if self.payment.state() != State::Refunded || !is_its_own || self.is_given_back {
            return Ok(());
        }
        match refund_progress(&said, record.at) {
            RefundProgress::GivenBack(given) => {
                self.is_given_back = true;
                self.retold.postings.extend(of_refund(&self.payment, &given, record.at));
            }
            RefundProgress::Refused(_) => drop(self.happen(Event::RefundRefused, record.at)),
            RefundProgress::Granted | RefundProgress::Asked => {}
        }
        Ok(())
    }

    /// An account is debited for exactly the sum ordered (cl. 23), and the code is born with the answer.
    fn debited<T: FromElement>(
        &mut self,
        record: &EvidenceRecord,
        trust: &Trust,
        known: &Payment,
        proof: impl Fn(&T) -> Option<(terms::BankReference, Moment)>,
    ) -> Result<(), String> {
        let (bank, said): (Bin, T) = reopened(record, trust)?;
        let (Some((bank_reference, paid_at)), Some(paid)) = (proof(&said), known.paid()) else {
            return Ok(());
        };
        if self.payment.state() != State::Issued || self.payment.order.channel != Channel::BankAccount {
            return Ok(());
        }
        let amount = self.payment.order.amount;
        let requisites = Requisites { bank_reference, paid_at, amount, ..paid.requisites.clone() };
        let paid = Paid { requisites, bank, received_at: record.at, ..paid.clone() };
        let born = Payment::born_paid(self.payment.code, self.payment.order.clone(), paid);
        self.retold.postings.extend(of_change(&self.payment, &born, record.at));
        self.payment = born;
        Ok(())
    }
}

fn reopened<T: FromElement>(record: &EvidenceRecord, trust: &Trust) -> Result<(Bin, T), String> {
    let message = envelope::reopen(record.octets.clone(), trust, record.at).map_err(|why| why.to_string())?;
    let signer = message.signer.ok_or("its signer has no number")?;
    Ok((signer, message.parse().map_err(|why| why.to_string())?))
}

/// Makes the postings of payments that were kept before there were books. It goes on where it was stopped.
///
/// # Errors
/// Those of the store.
pub(crate) async fn catch_up(cx: &Arc<Cx>) -> Result<(), StoreError> {
    loop {
        let codes = cx.store.read(|view| view.unposted(AT_ONCE)).await?;
        if codes.is_empty() {
            return Ok(());
        }
        tracing::info!(event = "postings-caught-up", payments = codes.len());
        let cx = cx.clone();
        let store = cx.store.clone();
        store
            .transact(move |tx| {
                for code in &codes {
                    if let Some(kept) = Kept::read(&*tx, *code)? {
                        let retold = kept.retell(&cx.host.trust);
                        keep(tx, &kept, &retold)?;
                    }
                    tx.posted(*code)?;
                }
                Ok::<_, StoreError>(())
            })
            .await?;
    }
}

fn keep(tx: &mut dyn store::Tx, kept: &Kept, retold: &Retold) -> Result<(), StoreError> {
    let Some(paid) = kept.payment.paid() else { return Ok(()) };
    // Where the messages are not readable, the payment itself says what was paid.
    let issued = Payment::issue(kept.payment.code, kept.payment.order.clone());
    let by_state = of_change(&issued, &kept.payment, paid.received_at);
    let proven = retold.unreadable.is_empty() && !retold.postings.is_empty();
    for posting in if proven { &retold.postings } else { &by_state } {
        let surplus = retold.surpluses.iter().find(|(other, _)| other == posting);
        match surplus {
            Some((_, said)) => tx.post_surplus(posting, said)?,
            None => tx.post(posting)?,
        };
    }
    Ok(())
}
