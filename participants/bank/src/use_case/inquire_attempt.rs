//! InquireAttempt: what became of an attempt whose answer was lost, by account or by card (T1.18–21,
//! T2.12–16).

use participant::{Fault, once};
use rights::Permitted;
use store::StoreError;
use store::rusqlite::Connection;
use wire::bank::{InquireAttempt, InquireAttemptResponse};
use wire::common::DebitState;
use wire::{Request, ResponseHeader};

use crate::core::Refusal;
use crate::cx::Cx;
use crate::operation::{Operation, Origin, Stage};
use crate::store as tables;

/// Says what the bank knows. An attempt never seen is blocked in the same transaction, so that «unknown»
/// stays true even if the attempt arrives after all.
///
/// # Errors
/// Those of the database.
pub async fn inquire_attempt(cx: &Cx, request: Permitted<InquireAttempt>) -> Result<String, Fault> {
    let inner = cx.clone();
    once::once(cx.database(), request, cx.now(), move |tx, question: &InquireAttempt| {
        let found = find_or_block(tx, &inner, question)?;
        let header = ResponseHeader::answering(question.header(), inner.now(), inner.host().bin);
        Ok(answer(header, question, found.as_ref()))
    })
    .await
}

fn find_or_block(
    tx: &Connection,
    cx: &Cx,
    question: &InquireAttempt,
) -> Result<Option<Operation>, StoreError> {
    let found = tables::find(tx, &Origin::Gateway, &question.attempt)?;
    if found.is_none() {
        tables::block(tx, &Origin::Gateway, &question.attempt, cx.now())?;
    }
    Ok(found.map(|(_, operation)| operation))
}

fn answer(
    header: ResponseHeader,
    question: &InquireAttempt,
    found: Option<&Operation>,
) -> InquireAttemptResponse {
    let mut answer = InquireAttemptResponse {
        header,
        attempt: question.attempt.clone(),
        state: DebitState::Unknown,
        bank_reference: None,
        paid_at: None,
        commission: None,
        error_code: None,
        error_text: None,
    };
    let refused = |answer: &mut InquireAttemptResponse, why: Refusal| {
        answer.state = DebitState::Refused;
        answer.error_code = Some(super::error_code(why));
        answer.error_text = Some(why.text());
    };
    if let Some(operation) = found {
        match &operation.stage {
            Stage::Opened => answer.state = DebitState::Pending,
            Stage::Taken { reference, at } => {
                answer.state = DebitState::Debited;
                answer.bank_reference = Some(reference.clone());
                answer.paid_at = Some(*at);
                answer.commission = Some(operation.commission);
            }
            Stage::Refused { why, .. } => refused(&mut answer, *why),
            Stage::GivenBack { .. } => refused(&mut answer, Refusal::GivenBack),
        }
    }
    answer
}
