//! A portal or a bank asks for a payment code (T1.8-10, T3.9-11, T4.7-9, T5.14-16).

use payment::{Order, Payment, UNPAID_SECONDS};
use rights::{Group, Permitted};
use store::StoreError;
use terms::Channel;
use wire::fault::FaultCode;
use wire::gateway::{RequestPaymentCode, RequestPaymentCodeResponse};

use crate::contracts;
use crate::cx::{Answered, Cx};

/// How often a fresh code is drawn when the drawn one is taken. Codes are one in 10¹³; a second draw is a wonder.
const DRAWS: usize = 8;

/// Issues a code for a service and a recipient, at the catalogue's price.
pub(crate) async fn request_payment_code(cx: &Cx, request: Permitted<RequestPaymentCode>) -> Answered {
    let host = cx.host.clone();
    let catalogue = cx.catalogue.clone();
    let quota = cx.settings.codes_an_hour;
    cx.once(request, move |work, request| {
        let service = catalogue.find(&request.service).ok_or(FaultCode::UnknownService)?;
        if request.amount.is_some_and(|amount| amount != service.price) {
            return Err(
                participant::Fault::new(FaultCode::WrongAmount).with("price", service.price.to_string())
            );
        }
        let issuer = request.header.sender;
        // A code for an account payment is born paid (T2.15-18); it is never asked for.
        // A card is entered on our own page, to which only a portal leads.
        let is_portal = host
            .registry()
            .find(issuer)
            .is_some_and(|participant| participant.groups.contains(&Group::Portal));
        if request.channel == Channel::BankAccount || (request.channel == Channel::Card && !is_portal) {
            return Err(FaultCode::ServiceNotPayable.into());
        }
        if !is_portal {
            contracts::covers(work, issuer, &service.code, service.price)?;
        }
        if work.tx.use_quota(issuer, work.now.start_of_hour())? > quota {
            return Err(FaultCode::CodeQuota.into());
        }
        let order = Order {
            service: service.code.clone(),
            provider: service.provider,
            amount: service.price,
            recipient: request.recipient.clone(),
            channel: request.channel,
            issued_to: issuer,
            application: request.application.clone(),
            issued_at: work.now,
        };
        for _ in 0..DRAWS {
            let code = work.new_code();
            match work.tx.insert_payment(&Payment::issue(code, order.clone())) {
                Err(StoreError::Taken) => continue,
                other => other?,
            }
            work.journal(code, "issued", order.channel.name())?;
            return Ok(RequestPaymentCodeResponse {
                header: work.answering(&request.header),
                payment_code: code,
                service: order.service,
                provider: order.provider,
                amount: order.amount,
                valid_until: order.issued_at.plus_seconds(UNPAID_SECONDS),
                beneficiary: service.beneficiary.clone(),
            });
        }
        Err(FaultCode::Internal.into())
    })
    .await
}
