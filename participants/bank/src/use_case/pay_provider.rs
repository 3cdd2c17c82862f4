//! PayProvider: the gateway operator pays a provider from its account (cl. 24).

use participant::{Fault, once};
use rights::Permitted;
use store::StoreError;
use store::rusqlite::Connection;
use terms::{BankReference, Moment, Tiyn};
use wire::bank::{PayProvider, PayProviderResponse};
use wire::common::PayoutOutcome;
use wire::fault::FaultCode;
use wire::{Request, ResponseHeader};

use crate::core::payout_postings;
use crate::cx::Cx;
use crate::operation::Content;
use crate::store::{self as tables, settlement};

/// Pays exactly the amount ordered, once for each number, or says why not. A refusal is not final: the same payout ordered by
/// another message is decided anew, on what is on the account then.
///
/// # Errors
/// [`FaultCode::NumberReused`] where the number came with another content, and those of the database.
pub async fn pay_provider(cx: &Cx, request: Permitted<PayProvider>) -> Result<String, Fault> {
    let (inner, evidence) = (cx.clone(), request.evidence().cloned());
    once::once(cx.database(), request, cx.now(), move |tx, order: &PayProvider| {
        let header = ResponseHeader::answering(&order.header, inner.now(), inner.host().bin);
        let content = content_of(order);
        let known = settlement::payout(tx, &order.payout)?;
        if known.as_ref().is_some_and(|known| known.content != content) {
            return Err(Fault::new(FaultCode::NumberReused));
        }
        let executed = match known {
            Some(settlement::Ordered { executed: Some(executed), .. }) => Ok(executed),
            known => {
                if let Some(evidence) = &evidence {
                    tables::keep_evidence(tx, PayProvider::OPERATION, evidence)?;
                }
                let row = match known {
                    Some(known) => known.row,
                    None => settlement::order_payout(tx, order, &content, inner.now())?,
                };
                execute(tx, &inner, row, order)?
            }
        };
        let payout = order.payout.clone();
        Ok(match executed {
            Ok((reference, at)) => PayProviderResponse {
                header,
                payout,
                outcome: PayoutOutcome::Executed,
                bank_reference: Some(reference),
                executed_at: Some(at),
                reason: None,
            },
            Err(why) => PayProviderResponse {
                header,
                payout,
                outcome: PayoutOutcome::Refused,
                bank_reference: None,
                executed_at: None,
                reason: why.parse().ok(),
            },
        })
    })
    .await
}

type Executed = Result<(BankReference, Moment), &'static str>;

fn execute(tx: &Connection, cx: &Cx, row: i64, order: &PayProvider) -> Result<Executed, StoreError> {
    let (now, account) = (cx.now(), cx.bank().operator.account);
    let balance = tables::account(tx, &account)?.map_or(Tiyn::ZERO, |account| account.balance);
    let refusal = if order.amount == Tiyn::ZERO {
        Some("a payout of nothing")
    } else if balance < order.amount {
        Some("there is not enough money on the operator's account")
    } else {
        None
    };
    if let Some(why) = refusal {
        settlement::end_payout(tx, row, Err(why), now)?;
        return Ok(Err(why));
    }
    let reference = tables::marked_reference(&cx.bank().reference_prefix, now.banking_day(), 'P', row)?;
    tables::post_document(tx, order.payout.as_str(), "payout", &payout_postings(account, order.amount), now)?;
    settlement::end_payout(tx, row, Ok(&reference), now)?;
    Ok(Ok((reference, now)))
}

fn content_of(order: &PayProvider) -> Content {
    let where_to = &order.beneficiary;
    Content::of(&[
        &order.payout,
        &order.amount,
        &order.beneficiary_name,
        &where_to.iban,
        &where_to.bic,
        &where_to.kbk,
        &where_to.knp,
        &order.kod,
        &where_to.kbe,
        &where_to.purpose,
    ])
}
