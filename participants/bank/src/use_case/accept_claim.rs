//! AcceptClaim: the gateway operator's claim for reimbursement (cl. 23–24).

use participant::{Fault, once};
use rights::Permitted;
use store::StoreError;
use store::rusqlite::Connection;
use wire::bank::{AcceptClaim, AcceptClaimResponse};
use wire::fault::FaultCode;
use wire::{Request, ResponseHeader};
use xml::{FromElement as _, ToElement as _};

use crate::claim::{Verdict, check_sums, decide_items, decide_whole};
use crate::cx::Cx;
use crate::operation::Content;
use crate::store::{self as tables, settlement};

/// Compares a claim with the bank's own books and keeps the answer, so that the same claim is answered alike for ever. What is
/// accepted is paid by [`reimburse`](crate::use_case::reimburse).
///
/// # Errors
/// [`FaultCode::NumberReused`] where the number came with another content, and those of the database.
pub async fn accept_claim(cx: &Cx, request: Permitted<AcceptClaim>) -> Result<String, Fault> {
    let (inner, evidence) = (cx.clone(), request.evidence().cloned());
    let answer = once::once(cx.database(), request, cx.now(), move |tx, claim: &AcceptClaim| {
        let header = ResponseHeader::answering(&claim.header, inner.now(), inner.host().bin);
        let content = content_of(claim);
        if let Some(known) = settlement::answered(tx, &claim.claim)? {
            if known.content != Some(content) {
                return Err(Fault::new(FaultCode::NumberReused));
            }
            return Ok(AcceptClaimResponse { header, ..said_before(&known.said)? });
        }
        if let Some(evidence) = &evidence {
            tables::keep_evidence(tx, AcceptClaim::OPERATION, evidence)?;
        }
        let verdict = decide(tx, &inner, claim)?;
        let answer = AcceptClaimResponse {
            header,
            answer: verdict.answer,
            accepted: verdict.accepted,
            accepted_fee: verdict.fee,
            reason: verdict.reason.as_ref().and_then(|reason| reason.parse().ok()),
            disputed: verdict.disputed.clone(),
        };
        settlement::keep_claim(tx, claim, &content, &verdict, &answer.to_xml(), inner.now())?;
        Ok(answer)
    })
    .await?;
    cx.settlement_bell().notify_one();
    Ok(answer)
}

fn decide(tx: &Connection, cx: &Cx, claim: &AcceptClaim) -> Result<Verdict, StoreError> {
    let fee = cx.bank().operator.fee;
    if let Err(verdict) = check_sums(claim, cx.host().bin) {
        return Ok(*verdict);
    }
    if claim.items.is_empty() {
        return Ok(decide_whole(claim, settlement::unclaimed(tx, claim.day)?, fee));
    }
    let books = settlement::held(tx, claim.items.iter().map(|item| &item.bank_reference))?;
    Ok(decide_items(claim, &books, fee))
}

fn said_before(said: &[u8]) -> Result<AcceptClaimResponse, StoreError> {
    let damaged = |why: String| StoreError::Damaged(format!("column said: {why}"));
    xml::with_canonical_tree(said, AcceptClaimResponse::from_element)
        .map_err(|error| damaged(error.to_string()))?
        .map_err(|error| damaged(error.to_string()))
}

/// All of the claim but the message it came in.
fn content_of(claim: &AcceptClaim) -> Content {
    let mut parts = vec![
        claim.claim.to_string(),
        claim.bank.to_string(),
        claim.day.to_string(),
        claim.count.to_string(),
        claim.total.to_string(),
        claim.returned_count.to_string(),
        claim.returned_total.to_string(),
        claim.fee.to_string(),
        claim.due.to_string(),
        claim.register.as_ref().map(ToString::to_string).unwrap_or_default(),
    ];
    for item in &claim.items {
        let (code, reference) = (item.payment_code.digits().to_string(), item.bank_reference.to_string());
        parts.extend([code, reference, item.amount.to_string(), item.kind.to_string()]);
    }
    Content::of(&parts.iter().map(|part| part as &dyn std::fmt::Display).collect::<Vec<_>>())
}
