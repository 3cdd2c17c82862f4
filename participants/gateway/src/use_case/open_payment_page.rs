//! The portal sends a person to a payment page: by card (T1.12-13) or by account (T2.6-8).
//!
//! Everything but the one-time token goes from server to server in the portal's signed message; the browser carries the
//! token alone, so there is nothing in the address to tamper with (A14). The page becomes the first browser's that opens
//! it: [`crate::browser`].

use payment::table::State;
use rights::Permitted;
use store::{PageState, PaymentPage};
use terms::{Channel, OneTimeToken};
use wire::common::PageChannel;
use wire::fault::FaultCode;
use wire::gateway::{OpenPaymentPage, OpenPaymentPageResponse};

use crate::cx::{Answered, Cx, address};
use crate::links::token_digest;

/// How long a page waits for the person (ours).
pub(crate) const PAGE_SECONDS: i64 = 900;

/// Makes a page and returns its address.
pub(crate) async fn open_payment_page(cx: &Cx, request: Permitted<OpenPaymentPage>) -> Answered {
    let host = cx.host.clone();
    let catalogue = cx.catalogue.clone();
    let settings = cx.settings.clone();
    let returns = cx.returns.clone();
    cx.once(request, move |work, request| {
        let portal = request.header.sender;
        let service = catalogue.find(&request.service).ok_or(FaultCode::UnknownService)?;
        if request.amount != service.price {
            return Err(
                participant::Fault::new(FaultCode::WrongAmount).with("price", service.price.to_string())
            );
        }
        // Without a registered address the person could not come back, and none is taken from anywhere else.
        returns.find(portal, &request.application).ok_or(FaultCode::ActionNotAllowed)?;
        let (channel, site, code) = match (request.channel, request.payment_code) {
            (PageChannel::Card, Some(code)) => {
                let order = work.payment(code)?.value;
                let agrees = order.order.issued_to == portal
                    && order.state() == State::Issued
                    && order.order.channel == Channel::Card
                    && order.order.service == request.service
                    && order.order.recipient.number == request.recipient.number
                    && order.order.application.as_ref() == Some(&request.application);
                if !agrees {
                    return Err(FaultCode::NotMatched.into());
                }
                (Channel::Card, &settings.card_pages_url, Some(code))
            }
            (PageChannel::BankAccount, None) => (Channel::BankAccount, &settings.pages_url, None),
            _ => {
                return Err(
                    participant::Fault::new(FaultCode::FieldWrong).at("/Body/OpenPaymentPage/paymentCode")
                );
            }
        };
        let token = host.draw(|entropy| OneTimeToken::generate(entropy));
        let expires_at = work.now.plus_seconds(PAGE_SECONDS);
        work.tx.insert_page(&PaymentPage {
            token_digest: token_digest(&token),
            channel,
            service: service.code.clone(),
            provider: service.provider,
            amount: service.price,
            recipient: request.recipient.clone(),
            payer: request.payer.clone(),
            application: Some(request.application.clone()),
            language: request.language,
            portal,
            opened_at: work.now,
            expires_at,
            state: PageState::Open,
            attempt: None,
            code,
            browser: None,
        })?;
        if let Some(code) = code {
            work.journal(code, "page-opened", channel.name())?;
        }
        Ok(OpenPaymentPageResponse {
            header: work.answering(&request.header),
            url: address(format!("{site}/pay/{token}"))?,
            expires_at,
        })
    })
    .await
}
