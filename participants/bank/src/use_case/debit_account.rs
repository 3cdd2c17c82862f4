//! DebitAccount: the gateway has a client's account debited (T2.12–16).

use participant::{Fault, once};
use rights::Permitted;
use store::rusqlite::Connection;
use terms::Channel;
use wire::bank::{DebitAccount, DebitAccountResponse};
use wire::common::DebitOutcome;
use wire::fault::FaultCode;
use wire::{Request, ResponseHeader};

use crate::core::{Conduct, Ledger, Refusal, takes_before_falling_silent};
use crate::cx::Cx;
use crate::operation::{Admission, Content, Operation, Order, Origin, Stage};
use crate::store as tables;
use crate::use_case::take::take_from_account;

/// Debits exactly the amount ordered, once for each attempt, or refuses with a code and a description.
///
/// # Errors
/// A fault only where nothing was decided, or where the account is one that falls silent.
pub async fn debit_account(cx: &Cx, request: Permitted<DebitAccount>) -> Result<String, Fault> {
    let (iban, amount) = (request.command().account, request.command().amount);
    let account = cx.database().read(move |conn| tables::account(conn, &iban)).await.map_err(Fault::from)?;
    let conduct = account.map_or(Conduct::Normal, |account| account.conduct);
    match conduct {
        Conduct::Slow => cx.wait(cx.bank().slowness).await,
        Conduct::Silent if !takes_before_falling_silent(amount) => return fall_silent(cx).await,
        Conduct::Silent | Conduct::Normal => {}
    }
    let (inner, evidence) = (cx.clone(), request.evidence().cloned());
    let answer = once::once(cx.database(), request, cx.now(), move |tx, order: &DebitAccount| {
        if let Some(evidence) = &evidence {
            tables::keep_evidence(tx, DebitAccount::OPERATION, evidence)?;
        }
        decide(&inner, tx, order)
    })
    .await?;
    if conduct == Conduct::Silent { fall_silent(cx).await } else { Ok(answer) }
}

async fn fall_silent(cx: &Cx) -> Result<String, Fault> {
    cx.wait(cx.bank().silence).await;
    Err(FaultCode::PeerUnavailable.into())
}

fn decide(cx: &Cx, tx: &Connection, order: &DebitAccount) -> Result<DebitAccountResponse, Fault> {
    let content = Content::of(&[
        &order.account,
        &order.payer.number,
        &order.recipient.number,
        &order.service,
        &order.amount,
    ]);
    Ok(match tables::admit(tx, &Origin::Gateway, &order.attempt, &content)? {
        Admission::Known(operation) => answer(cx, order, &operation.stage),
        Admission::Blocked => refusal(cx, order, Refusal::Blocked),
        Admission::Reused => refusal(cx, order, Refusal::AttemptReused),
        Admission::New => {
            let operation = opened(cx, order, content);
            let row = tables::insert(tx, &operation)?;
            let ended = take_from_account(tx, cx, row, operation, order.payer.number)?;
            answer(cx, order, &ended.stage)
        }
    })
}

fn opened(cx: &Cx, order: &DebitAccount, content: Content) -> Operation {
    Operation {
        origin: Origin::Gateway,
        attempt: order.attempt.clone(),
        content,
        channel: Channel::BankAccount,
        service: order.service.clone(),
        amount: order.amount,
        commission: cx.bank().commission.on(Channel::BankAccount, order.amount),
        payer: order.payer.clone(),
        recipient: order.recipient.clone(),
        source: Ledger::Client(order.account),
        source_shown: order.account.masked(),
        inserted: None,
        opened_at: cx.now(),
        code: None,
        order: Some(Order { provider: order.provider, beneficiary: order.beneficiary.clone() }),
        stage: Stage::Opened,
    }
}

fn answer(cx: &Cx, order: &DebitAccount, stage: &Stage) -> DebitAccountResponse {
    match stage {
        Stage::Taken { reference, at } => DebitAccountResponse {
            header: ResponseHeader::answering(&order.header, cx.now(), cx.host().bin),
            attempt: order.attempt.clone(),
            outcome: DebitOutcome::Debited,
            bank_reference: Some(reference.clone()),
            paid_at: Some(*at),
            commission: Some(cx.bank().commission.on(Channel::BankAccount, order.amount)),
            error_code: None,
            error_text: None,
        },
        Stage::Refused { why, .. } => refusal(cx, order, *why),
        Stage::GivenBack { .. } => refusal(cx, order, Refusal::GivenBack),
        // Accounts are opened and ended in one transaction, so this stage is never seen outside it.
        Stage::Opened => refusal(cx, order, Refusal::Interrupted),
    }
}

fn refusal(cx: &Cx, order: &DebitAccount, why: Refusal) -> DebitAccountResponse {
    DebitAccountResponse {
        header: ResponseHeader::answering(&order.header, cx.now(), cx.host().bin),
        attempt: order.attempt.clone(),
        outcome: DebitOutcome::Refused,
        bank_reference: None,
        paid_at: None,
        commission: None,
        error_code: Some(super::error_code(why)),
        error_text: Some(why.text()),
    }
}
