//! GetBankRegister: what the bank itself has as payments of a day (cl. 10, 23).

use participant::Fault;
use rights::Permitted;
use terms::Tiyn;
use wire::bank::{GetBankRegister, GetBankRegisterResponse, LONGEST_REGISTER_PAGE};
use wire::common::Count;
use wire::fault::FaultCode;
use wire::{Request as _, ResponseHeader};
use xml::ToElement as _;

use crate::cx::Cx;
use crate::store::settlement;

/// One page of the bank's own register, with the totals of the whole day. Nothing is kept of the question.
///
/// # Errors
/// [`FaultCode::FieldWrong`] for a page before the first, and those of the database.
pub async fn get_bank_register(cx: &Cx, request: Permitted<GetBankRegister>) -> Result<String, Fault> {
    let question = request.command().clone();
    let (day, page, now) =
        (question.day, super::page_number(GetBankRegister::OPERATION, question.page)?, cx.now());
    let (mut rows, sums) = cx
        .database()
        .read(move |conn| {
            let skip = u64::from(page - 1) * LONGEST_REGISTER_PAGE as u64;
            // One more than a page tells whether another follows.
            let rows = settlement::movements(conn, day, skip, LONGEST_REGISTER_PAGE + 1)?;
            Ok::<_, store::StoreError>((rows, settlement::sums(conn, day)?))
        })
        .await
        .map_err(Fault::from)?;
    let is_last = rows.len() <= LONGEST_REGISTER_PAGE;
    rows.truncate(LONGEST_REGISTER_PAGE);
    let amount = |tiyn| {
        Tiyn::new(tiyn).map_err(|_| Fault::new(FaultCode::Internal).because("the sum of a day is too large"))
    };
    let count = |number| Count::saturating(u32::try_from(number).unwrap_or(u32::MAX));
    let answer = GetBankRegisterResponse {
        header: ResponseHeader::answering(&question.header, now, cx.host().bin),
        day,
        page: question.page,
        is_last,
        is_final: now >= day.ends_at(),
        count: count(sums.count),
        total: amount(sums.total)?,
        returned_count: count(sums.returned_count),
        returned_total: amount(sums.returned_total)?,
        rows,
    };
    Ok(answer.to_xml())
}
