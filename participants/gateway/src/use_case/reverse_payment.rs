//! The bank takes a payment back before it is spent (storno, ours).

use payment::{Effect, Event, Reversal};
use rights::Permitted;
use wire::common::ReversalOutcome;
use wire::gateway::{ReversePayment, ReversePaymentResponse};

use crate::cx::{Answered, Cx, state_word};
use crate::fault;

/// Reverses a paid code, or parks the reversal until its notice arrives.
pub(crate) async fn reverse_payment(cx: &Cx, request: Permitted<ReversePayment>) -> Answered {
    let links = cx.links.clone();
    cx.once(request, move |work, request| {
        let stored = work.payment(request.payment_code)?;
        let bank = request.header.sender;
        work.own_bank(&stored.value, bank)?;
        let reversal = Reversal {
            bank,
            bank_reference: request.bank_reference.clone(),
            amount: request.amount,
            reversed_at: request.reversed_at,
        };
        let change = stored
            .value
            .clone()
            .apply(Event::Reverse(reversal), work.now)
            .map_err(|refusal| fault::of(refusal, &stored.value))?;
        let outcome = match change.effect {
            Effect::Parked => ReversalOutcome::Parked,
            Effect::Same => ReversalOutcome::Repeated,
            _ => ReversalOutcome::Reversed,
        };
        let state = state_word(change.payment.state());
        work.keep(stored, &change)?;
        work.journal(request.payment_code, "reversal", outcome.word())?;
        if change.effect == Effect::Moved {
            work.tell_portals(&links, &change.payment)?;
        }
        Ok(ReversePaymentResponse {
            header: work.answering(&request.header),
            payment_code: request.payment_code,
            outcome,
            state,
        })
    })
    .await
}
