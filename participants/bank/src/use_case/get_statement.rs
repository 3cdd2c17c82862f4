//! GetStatement: the signed statement of the gateway operator's account (cl. 24).

use participant::Fault;
use rights::Permitted;
use wire::bank::{GetStatement, GetStatementResponse};
use wire::common::{Count, Document};
use wire::fault::FaultCode;
use wire::iso20022::camt053::Camt053;
use wire::{Request as _, ResponseHeader};
use xml::ToElement as _;

use crate::cx::Cx;
use crate::statement;

/// One page of a banking day as camt.053 with the bank's signature. Nothing is kept of the question: the same page of a day that
/// is over is the same for ever.
///
/// # Errors
/// [`FaultCode::FieldWrong`] for a page before the first, and those of the database and the signing key.
pub async fn get_statement(cx: &Cx, request: Permitted<GetStatement>) -> Result<String, Fault> {
    let question = request.command().clone();
    let (day, page) = (question.day, super::page_number(GetStatement::OPERATION, question.page)?);
    let (inner, now) = (cx.clone(), cx.now());
    let statement = cx
        .database()
        .read(move |conn| statement::page(conn, inner.bank(), day, page, now))
        .await
        .map_err(Fault::from)?;
    let signed = xml::dsig::sign_enveloped(&Camt053(&statement), cx.host().signer().as_ref());
    let signed = signed.map_err(|_| Fault::new(FaultCode::SigningUnavailable))?;
    let document = Document::new(signed)
        .map_err(|_| Fault::new(FaultCode::Internal).because("the page is too large"))?;
    let answer = GetStatementResponse {
        header: ResponseHeader::answering(&question.header, now, cx.host().bin),
        account: statement.account,
        day,
        page: question.page,
        is_last: statement.is_last,
        is_final: now >= day.ends_at(),
        count: Count::saturating(u32::try_from(statement.entries.len()).unwrap_or(u32::MAX)),
        document,
    };
    Ok(answer.to_xml())
}
