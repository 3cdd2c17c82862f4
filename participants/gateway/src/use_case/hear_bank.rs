//! What a bank says to a claim and to an order to pay, taken in the transaction that acknowledges it.

use ledger::{DocumentNumber, Progress, Standing};
use store::{ClaimDispute, StoreError, Tx};
use terms::{Moment, ShortText};
use wire::bank::{AcceptClaimResponse, PayProviderResponse};
use wire::common::{ClaimAnswer, PayoutOutcome, Reason};

/// An answer of a bank that changes something here.
#[derive(Debug, Clone)]
pub(crate) enum Heard {
    /// To a claim.
    Claim(DocumentNumber, Box<AcceptClaimResponse>),
    /// To an order to pay a provider.
    Payout(DocumentNumber, Box<PayProviderResponse>),
}

/// Keeps what the bank said. Its first word of a claim stands; another one is in the evidence and the log alone.
///
/// # Errors
/// Those of the store.
pub(crate) fn hear(tx: &mut dyn Tx, heard: &Heard, now: Moment) -> Result<(), StoreError> {
    match heard {
        Heard::Claim(number, answer) => hear_claim(tx, number, answer),
        Heard::Payout(number, answer) => hear_payout(tx, number, answer, now),
    }
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
