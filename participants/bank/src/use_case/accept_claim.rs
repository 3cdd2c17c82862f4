//! AcceptClaim: the gateway operator's claim for reimbursement (cl. 23–24).

use participant::{Fault, once};
use rights::Permitted;
use wire::ResponseHeader;
use wire::bank::{AcceptClaim, AcceptClaimResponse};
use wire::common::{ClaimAnswer, Reason};

use crate::cx::Cx;
use crate::store as tables;

/// Accepts a claim that agrees with the bank's own books, and disputes any other, saying what the books have.
///
/// # Errors
/// Those of the database.
pub async fn accept_claim(cx: &Cx, request: Permitted<AcceptClaim>) -> Result<String, Fault> {
    let inner = cx.clone();
    once::once(cx.database(), request, cx.now(), move |tx, claim: &AcceptClaim| {
        let claimed = (claim.count.as_u32(), claim.total.as_u64());
        let own = tables::owed_for(tx, claim.day)?;
        let reason = disagreement(claimed, own);
        let answer = if reason.is_none() { ClaimAnswer::Accepted } else { ClaimAnswer::Disputed };
        let said = (answer.word(), reason.as_ref().map(Reason::as_str));
        tables::keep_claim(tx, claim.claim.as_str(), claim.day, (claimed.0, claim.total), said, inner.now())?;
        let header = ResponseHeader::answering(&claim.header, inner.now(), inner.host().bin);
        Ok(AcceptClaimResponse { header, answer, reason })
    })
    .await
}

fn disagreement(claimed: (u32, u64), own: (u32, u64)) -> Option<Reason> {
    if claimed == own {
        return None;
    }
    let text = format!("the bank's books have {} payments of {} tiyn in all", own.0, own.1);
    Some(text.parse().expect("a short sentence"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_accepted_only_where_it_agrees_with_the_banks_own_books() {
        assert!(disagreement((2, 345_000), (2, 345_000)).is_none());
        for claimed in [(1, 345_000), (2, 345_001), (3, 517_500)] {
            assert!(disagreement(claimed, (2, 345_000)).unwrap().as_str().contains("2 payments of 345000"));
        }
    }
}
