//! What a bank says to a claim, to an order to pay and to a refund, taken in the transaction that acknowledges it.

use ledger::{DocumentNumber, GivenBack, Progress, RefundProgress, Standing, of_refund};
use participant::Fault;
use payment::{Event, PAID_AT_TOLERANCE_SECONDS};
use store::{ClaimDispute, RefundRecord, StoreError, Tx};
use terms::{MessageId, Moment, PaymentCode, ShortText};
use wire::bank::{AcceptClaimResponse, PayProviderResponse, RefundPaymentResponse};
use wire::common::{ClaimAnswer, PayoutOutcome, Reason, RefundOutcome};

use crate::cx::Work;
use crate::fault;
use crate::links::Links;

/// An answer of a bank that changes something here.
#[derive(Debug, Clone)]
pub(crate) enum Heard {
    /// To a claim.
    Claim(DocumentNumber, Box<AcceptClaimResponse>),
    /// To an order to pay a provider.
    Payout(DocumentNumber, Box<PayProviderResponse>),
    /// To an order to give the money of a payment back, by the message that was answered.
    Refund(PaymentCode, MessageId, Box<RefundPaymentResponse>),
}

/// Why an answer was not kept; it is asked for again then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotHeard {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What follows from it could not be done.
    #[error("{0}")]
    Fault(Fault),
}

impl From<Fault> for NotHeard {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Keeps what the bank said. Its first word of a claim stands; another one is in the evidence and the log alone.
///
/// # Errors
/// [`NotHeard`].
pub(crate) fn hear(work: &mut Work<'_>, heard: &Heard, links: &Links) -> Result<(), NotHeard> {
    match heard {
        Heard::Claim(number, answer) => Ok(hear_claim(work.tx, number, answer)?),
        Heard::Payout(number, answer) => Ok(hear_payout(work.tx, number, answer, work.now)?),
        Heard::Refund(code, message, answer) => hear_refund(work, *code, *message, answer, links),
    }
}

/// What a bank's answer makes of a refund. When it gave the money back is its word, within a day of ours.
pub(crate) fn refund_progress(answer: &RefundPaymentResponse, heard_at: Moment) -> RefundProgress {
    let latest = heard_at.plus_seconds(PAID_AT_TOLERANCE_SECONDS);
    match answer.outcome {
        RefundOutcome::Refunded => RefundProgress::GivenBack(GivenBack {
            reference: answer.bank_reference.clone(),
            at: answer.refunded_at.filter(|at| *at <= latest).unwrap_or(heard_at),
        }),
        RefundOutcome::Refused => RefundProgress::Refused(reason(answer.reason.as_ref())),
    }
}

fn hear_refund(
    work: &mut Work<'_>,
    code: PaymentCode,
    message: MessageId,
    answer: &RefundPaymentResponse,
    links: &Links,
) -> Result<(), NotHeard> {
    let of_it = work.tx.refund(code)?.filter(|stored| stored.value.message == message);
    let Some(stored) = of_it else {
        tracing::error!(event = "answer-to-no-refund", %message);
        return Ok(());
    };
    let progress = refund_progress(answer, work.now);
    let Some(refund) = stored.value.refund.clone().answered(progress.clone()) else { return Ok(()) };
    let payment = work.payment(code)?;
    let answered_at = Some(work.now);
    work.tx.save_refund(&stored.with(RefundRecord { refund, answered_at, ..stored.value.clone() }))?;
    match &progress {
        RefundProgress::GivenBack(given) => {
            if let Some(posting) = of_refund(&payment.value, given, work.now) {
                work.tx.post(&posting)?;
            }
            let reference = given.reference.as_ref().map(ToString::to_string).unwrap_or_default();
            work.journal(code, "refund-given-back", &format!("{reference} {}", given.at))?;
        }
        RefundProgress::Refused(reason) => {
            let change = payment
                .value
                .clone()
                .apply(Event::RefundRefused, work.now)
                .map_err(|refusal| fault::of(refusal, &payment.value))?;
            work.keep(payment, &change)?;
            work.journal(code, "refund-refused", reason.as_str())?;
            work.tell_portals(links, &change.payment)?;
        }
        RefundProgress::Granted | RefundProgress::Asked => {}
    }
    Ok(())
}

fn reason(said: Option<&Reason>) -> ShortText {
    let said = said.map(ToString::to_string).unwrap_or_default();
    let cut: String = said.chars().take(ShortText::LONGEST).collect();
    cut.parse().unwrap_or_else(|_| "no reason is given".parse().expect("a short text"))
}

fn hear_claim(
    tx: &mut dyn Tx,
    number: &DocumentNumber,
    answer: &AcceptClaimResponse,
) -> Result<(), StoreError> {
    let Some(stored) = tx.claim(number)? else {
        tracing::error!(event = "answer-to-no-claim", claim = %number);
        return Ok(());
    };
    let claim = stored.value.clone();
    let standing = match answer.answer {
        ClaimAnswer::Accepted if answer.accepted == claim.due => Standing::Accepted,
        ClaimAnswer::Disputed => Standing::Disputed(reason(answer.reason.as_ref())),
        // Whoever accepts all and names another sum accepts that sum.
        ClaimAnswer::Accepted | ClaimAnswer::Part => {
            Standing::Part(answer.accepted, reason(answer.reason.as_ref()))
        }
    };
    match claim.answered(standing) {
        Ok(answered) if answered == stored.value => Ok(()),
        Ok(answered) => {
            tx.save_claim(&stored.with(answered))?;
            for item in &answer.disputed {
                let word = |text: &str| text.parse::<ShortText>().map_err(|_| StoreError::OutOfRange("word"));
                tx.keep_dispute(
                    number,
                    &ClaimDispute {
                        bank_reference: item.bank_reference.clone(),
                        kind: word(item.kind.word())?,
                        why: word(item.why.word())?,
                        own_amount: item.own_amount,
                    },
                )?;
            }
            Ok(())
        }
        Err(why) => {
            tracing::error!(event = "claim-answer-not-taken", claim = %number, %why);
            Ok(())
        }
    }
}

fn hear_payout(
    tx: &mut dyn Tx,
    number: &DocumentNumber,
    answer: &PayProviderResponse,
    now: Moment,
) -> Result<(), StoreError> {
    let Some(stored) = tx.payout(number)? else {
        tracing::error!(event = "answer-to-no-payout", payout = %number);
        return Ok(());
    };
    let mut record = stored.value.clone();
    // A statement is later than any answer, and what was paid cannot be refused any more.
    if !matches!(record.payout.progress, Progress::Ordered | Progress::Refused(_)) {
        return Ok(());
    }
    record.payout.progress = match answer.outcome {
        PayoutOutcome::Executed => Progress::Executed(answer.executed_at.unwrap_or(now)),
        PayoutOutcome::Refused => Progress::Refused(reason(answer.reason.as_ref())),
    };
    tx.save_payout(&stored.with(record))
}
