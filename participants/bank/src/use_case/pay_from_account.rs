//! A client pays in the internet bank (T3.6–16): the one-time code confirms, the operation is recorded, the
//! gateway asked for a payment code, the account debited; the code is shown only after that, and the notice is in
//! the outbox with the debit.

use store::StoreError;
use store::rusqlite::Connection;
use terms::{AttemptId, Channel, Iban, Party, Tiyn};
use wire::common::Service;
use zeroize::Zeroizing;

use crate::core::{Ledger, Refusal};
use crate::cx::Cx;
use crate::one_time_code::CodeRefusal;
use crate::operation::{Admission, Content, Operation, Origin, Stage};
use crate::store as tables;
use crate::use_case::settle::settle;

/// What the client has confirmed.
#[derive(Debug, Clone)]
pub struct FromAccount {
    /// The form's own id: the same form sent twice is one payment.
    pub attempt: AttemptId,
    /// What is paid for.
    pub service: Service,
    /// What the client was shown.
    pub commission: Tiyn,
    /// The client.
    pub payer: Party,
    /// Who receives the service.
    pub recipient: Party,
    /// The account, also where a card stands for it.
    pub account: Iban,
    /// Account or card as the client may see it.
    pub means_shown: String,
}

/// How a confirmed form was answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Its operation, with how it ended.
    Operation(Box<Operation>),
    /// The same form is being worked on.
    AtWork,
    /// The one-time code is not taken: nothing was done.
    CodeRefused(CodeRefusal),
}

impl From<Operation> for Answer {
    fn from(operation: Operation) -> Self {
        Self::Operation(Box::new(operation))
    }
}

/// Pays, once for each form. The one-time code is looked at in the transaction that records the attempt, so a form
/// that comes again needs no other code, and no code serves two forms.
///
/// # Errors
/// Those of the database.
pub async fn pay_from_account(
    cx: &Cx,
    asked: FromAccount,
    code: Zeroizing<String>,
) -> Result<Answer, StoreError> {
    let Some(_at_work) = cx.begin(&Origin::InternetBank, &asked.attempt) else { return Ok(Answer::AtWork) };
    let operation = opened(cx, &asked);
    let (inner, opened) = (cx.clone(), operation.clone());
    let admitted = cx.database().write(move |tx| confirm(tx, &inner, &opened, &code)).await?;
    let operation = match admitted {
        Ok(Admission::New) => operation,
        Ok(Admission::Known(known)) => return Ok(Answer::Operation(known)),
        Ok(Admission::Blocked) => operation.refused(Refusal::Blocked, None, cx.now()),
        Ok(Admission::Reused) => operation.refused(Refusal::AttemptReused, None, cx.now()),
        Err(why) => return Ok(Answer::CodeRefused(why)),
    };
    Ok(settle(cx, operation).await?.into())
}

fn confirm(
    tx: &Connection,
    cx: &Cx,
    operation: &Operation,
    code: &str,
) -> Result<Result<Admission, CodeRefusal>, StoreError> {
    let admission = tables::admit(tx, &operation.origin, &operation.attempt, &operation.content)?;
    if matches!(admission, Admission::New) {
        if let Err(why) = tables::look_at_code(tx, cx.card_key(), operation.payer.number, code, cx.now())? {
            return Ok(Err(why));
        }
        tables::insert(tx, operation)?;
    }
    Ok(Ok(admission))
}

fn opened(cx: &Cx, asked: &FromAccount) -> Operation {
    let (service, recipient) = (&asked.service, &asked.recipient);
    Operation {
        origin: Origin::InternetBank,
        attempt: asked.attempt.clone(),
        content: Content::of(&[
            &asked.account,
            &asked.payer.number,
            &recipient.number,
            &service.code,
            &service.price,
        ]),
        channel: Channel::InternetBank,
        service: service.code.clone(),
        amount: service.price,
        commission: asked.commission,
        payer: asked.payer.clone(),
        recipient: recipient.clone(),
        source: Ledger::Client(asked.account),
        source_shown: asked.means_shown.clone(),
        inserted: None,
        opened_at: cx.now(),
        code: None,
        order: None,
        stage: Stage::Opened,
    }
}
