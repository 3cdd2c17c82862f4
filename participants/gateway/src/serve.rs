//! Which message goes to which use case.

use std::sync::Arc;

use axum::Router;
use envelope::{Body, Verified};
use ledger::DocumentNumber;
use participant::endpoint::{self, Call, Service};
use participant::outbox;
use store::{EvidenceRecord, JournalEntry, RefundRecord, Store, StoreError, Tx, Waiting, mailbox};
use terms::{MessageId, Moment, PaymentCode};
use wire::bank::{
    AcceptClaim, AcceptClaimResponse, AcceptRegister, AcceptRegisterResponse, PayProvider,
    PayProviderResponse, RefundPayment, RefundPaymentResponse,
};
use wire::{Request as _, ServiceDescription};

use crate::cx::{Answered, Cx};
use crate::registers;
use crate::show::REFUND_ASKED;
use crate::use_case;
use crate::use_case::hear_bank::{Heard, NotHeard, hear};

/// The routes of the message port: the gateway's service, the card page's inner one, and the registry of services.
pub(crate) fn messages(cx: Arc<Cx>) -> Router {
    endpoint::router(cx.host.clone(), Gateway(cx.clone()))
        .merge(endpoint::router(cx.host.clone(), Card(cx.clone())))
        .merge(crate::uddi::inquiry_router(cx.host.clone()))
        .merge(endpoint::schemas())
}

struct Gateway(Arc<Cx>);

impl Service for Gateway {
    fn description(&self) -> &'static ServiceDescription {
        endpoint::published(&wire::GATEWAY)
    }

    async fn answer(&self, call: Call) -> Answered {
        let cx = &self.0;
        match call.operation() {
            "RequestPaymentCode" => use_case::request_payment_code(cx, call.permit()?).await,
            "NotifyPayment" => use_case::notify_payment(cx, call.permit()?).await,
            "CancelPaymentCode" => use_case::cancel_payment_code(cx, call.permit()?).await,
            "ReversePayment" => use_case::reverse_payment(cx, call.permit()?).await,
            "OpenPaymentPage" => use_case::open_payment_page(cx, call.permit()?).await,
            "BindPaymentCode" => use_case::bind_payment_code(cx, call.permit()?).await,
            "ReleasePaymentCode" => use_case::release_payment_code(cx, call.permit()?).await,
            "InquirePaymentCode" => use_case::inquire_payment_code(cx, call.permit()?).await,
            "ClosePayment" => use_case::close_payment(cx, call.permit()?).await,
            "ListServices" => use_case::list_services(cx, call.permit()?).await,
            "GetPayment" => use_case::get_payment(cx, call.permit()?).await,
            "GetReceipt" => use_case::get_receipt(cx, call.permit()?).await,
            "GetRegister" => use_case::get_register(cx, call.permit()?).await,
            _ => Err(call.unknown_operation()),
        }
    }
}

struct Card(Arc<Cx>);

impl Service for Card {
    fn description(&self) -> &'static ServiceDescription {
        endpoint::published(&wire::CARD)
    }

    async fn answer(&self, call: Call) -> Answered {
        let cx = &self.0;
        match call.operation() {
            "LookUpCardPayment" => use_case::look_up_card_payment(cx, call.permit()?).await,
            "BeginCardPayment" => use_case::begin_card_payment(cx, call.permit()?).await,
            "ConcludeCardPayment" => use_case::conclude_card_payment(cx, call.permit()?).await,
            "CancelCardPayment" => use_case::cancel_card_payment(cx, call.permit()?).await,
            _ => Err(call.unknown_operation()),
        }
    }
}

/// What of an acknowledgement is more than one: an answer to a claim, to an order to pay or to a refund.
fn heard(waiting: &Waiting, answer: &Verified<Body>) -> Result<Option<Heard>, String> {
    let number = || {
        let about = waiting.message.about.as_deref().unwrap_or_default();
        about.parse::<DocumentNumber>().map_err(|why| why.to_string())
    };
    Ok(match waiting.message.operation.as_str() {
        AcceptClaim::OPERATION => {
            let answer = answer.parse::<AcceptClaimResponse>().map_err(|why| why.to_string())?;
            Some(Heard::Claim(number()?, Box::new(answer.get().clone())))
        }
        PayProvider::OPERATION => {
            let answer = answer.parse::<PayProviderResponse>().map_err(|why| why.to_string())?;
            Some(Heard::Payout(number()?, Box::new(answer.get().clone())))
        }
        RefundPayment::OPERATION => {
            let about = waiting.message.about.as_deref().unwrap_or_default();
            let code = about.parse().map_err(|_| "it is about no payment code".to_owned())?;
            let answer = answer.parse::<RefundPaymentResponse>().map_err(|why| why.to_string())?;
            Some(Heard::Refund(code, waiting.message.id, Box::new(answer.get().clone())))
        }
        _ => None,
    })
}

/// A bank that was told to give money back and has not answered may have done it. When it was told first stands in the
/// journal of the payment.
fn asked(tx: &mut dyn Tx, code: PaymentCode, message: MessageId, at: Moment) -> Result<(), StoreError> {
    let Some(stored) = tx.refund(code)?.filter(|stored| stored.value.message == message) else {
        return Ok(());
    };
    let refund = stored.value.refund.clone().asked();
    if refund == stored.value.refund {
        return Ok(());
    }
    tx.journal(&JournalEntry {
        about: code,
        at,
        event: REFUND_ASKED.to_owned(),
        actor: "outbox".to_owned(),
        detail: refund.bank.to_string(),
    })?;
    tx.save_refund(&stored.with(RefundRecord { refund, ..stored.value.clone() }))
}

/// The payment whose money a message tells a bank to give back.
fn refund_in(waiting: &Waiting) -> Option<PaymentCode> {
    let is_refund = waiting.message.operation == RefundPayment::OPERATION;
    waiting.message.about.as_deref().filter(|_| is_refund)?.parse().ok()
}

/// The gateway's outbox, seen through its store's seam.
#[derive(Clone)]
pub(crate) struct GatewayOutbox(pub(crate) Arc<Cx>);

impl outbox::Outbox for GatewayOutbox {
    async fn due(&self, now: Moment) -> Result<Vec<Waiting>, StoreError> {
        self.0.store.read(move |view| view.outbox_due(now, outbox::TAKEN_AT_ONCE)).await
    }

    /// A refund is noted as asked for before the bank can have it, so that nothing of it is ever older.
    async fn begins(&self, waiting: &Waiting, now: Moment) -> Result<(), StoreError> {
        let Some(code) = refund_in(waiting) else { return Ok(()) };
        let id = waiting.message.id;
        self.0.store.transact(move |tx| asked(tx, code, id, now)).await
    }

    /// The portal's signature of T3.17 is this acknowledgement, so it is kept with the payment it is about; a bank's word
    /// on a register changes how far that has come.
    async fn acknowledged(
        &self,
        waiting: &Waiting,
        answer: &Verified<Body>,
        now: Moment,
    ) -> Result<(), StoreError> {
        let id = waiting.message.id;
        let evidence = answer.evidence();
        let record = EvidenceRecord {
            about: waiting.message.about.as_ref().and_then(|about| about.parse().ok()),
            kind: format!("{}Response in", waiting.message.operation),
            octets: evidence.octets.to_vec(),
            certificate: evidence.certificate.der().to_vec(),
            crl_number: evidence.crl_number,
            checked_by: Some(evidence.checked_by.to_string()),
            at: evidence.received_at,
            content_hash: answer.content_hash(),
        };
        let heard = match heard(waiting, answer) {
            Ok(heard) => heard,
            Err(why) => {
                tracing::error!(event = "answer-not-readable", operation = %waiting.message.operation, why);
                return self.failed(waiting, why, now).await;
            }
        };
        let of_register = match waiting.message.operation.as_str() {
            // An answer that is none of its kind is kept as evidence all the same, and acknowledges nothing.
            AcceptRegister::OPERATION => {
                answer.parse::<AcceptRegisterResponse>().ok().map(|answer| answer.get().clone())
            }
            _ => None,
        };
        let links = Arc::clone(&self.0.links);
        // What follows is of the moment at which the answer came: that is the one its evidence has.
        let kept = self.0.hearing(waiting.message.to, record.at, move |work| {
            work.tx.acknowledge(id, &record.octets, now)?;
            registers::answered(work.tx, id, of_register.as_ref(), &record)?;
            if let Some(heard) = &heard {
                hear(work, heard, &links)?;
            }
            Ok(work.tx.keep_evidence(&record)?)
        });
        match kept.await {
            Ok(()) => Ok(()),
            Err(NotHeard::Store(error)) => Err(error),
            Err(NotHeard::Fault(fault)) => {
                tracing::error!(event = "answer-not-kept", operation = %waiting.message.operation, cause = %fault);
                self.failed(waiting, fault.to_string(), now).await
            }
        }
    }

    async fn failed(&self, waiting: &Waiting, why: String, now: Moment) -> Result<(), StoreError> {
        let (id, next) = (waiting.message.id, mailbox::next_try(waiting.tries + 1, now));
        self.0.store.transact(move |tx| tx.fail(id, &why, next)).await
    }
}
