//! Which message goes to which use case.

use std::sync::Arc;

use axum::Router;
use envelope::{Body, Verified};
use ledger::DocumentNumber;
use participant::endpoint::{self, Call, Service};
use participant::outbox;
use store::{EvidenceRecord, Store, StoreError, Waiting, mailbox};
use terms::Moment;
use wire::bank::{
    AcceptClaim, AcceptClaimResponse, AcceptRegister, AcceptRegisterResponse, PayProvider,
    PayProviderResponse,
};
use wire::{Request as _, ServiceDescription};

use crate::cx::{Answered, Cx};
use crate::registers;
use crate::use_case;
use crate::use_case::hear_bank::{Heard, hear};

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

/// What of an acknowledgement is more than one: an answer to a claim or to an order to pay.
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
        _ => None,
    })
}

/// The gateway's outbox, seen through its store's seam.
#[derive(Clone)]
pub(crate) struct GatewayOutbox(pub(crate) Arc<Cx>);

impl outbox::Outbox for GatewayOutbox {
    async fn due(&self, now: Moment) -> Result<Vec<Waiting>, StoreError> {
        self.0.store.read(move |view| view.outbox_due(now, outbox::TAKEN_AT_ONCE)).await
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
        self.0
            .store
            .transact(move |tx| {
                tx.acknowledge(id, &record.octets, now)?;
                registers::answered(tx, id, of_register.as_ref(), &record)?;
                if let Some(heard) = &heard {
                    hear(tx, heard, now)?;
                }
                tx.keep_evidence(&record)
            })
            .await
    }

    async fn failed(&self, waiting: &Waiting, why: String, now: Moment) -> Result<(), StoreError> {
        let (id, next) = (waiting.message.id, mailbox::next_try(waiting.tries + 1, now));
        self.0.store.transact(move |tx| tx.fail(id, &why, next)).await
    }
}
