//! Every list of the console as a file: the same rows as its page has, by the same address.

use axum::extract::Path;
use axum::response::Response;

use super::export::{self, FileKind};
use super::visit::{Stopped, Visit};
use super::{
    anomalies, claims, days, groups, keys, matrix, payouts, proposals, reconciliation, redemption, registers,
    search, why,
};

/// The file of a list.
///
/// # Errors
/// Those of the list's own page; where the officer may not take lists of this away.
pub(super) async fn file(
    visit: Visit,
    Path((list, name)): Path<(String, String)>,
) -> Result<Response, Stopped> {
    let kind = FileKind::of_name(&name)?;
    let (of, table) = match list.as_str() {
        "payments" => search::rows(&visit).await?,
        "claims" => claims::rows(&visit).await?,
        "claims-ageing" => claims::ageing_rows(&visit).await?,
        "claim-items" | "claim-disputes" | "claim-entries" | "claim-shares" => {
            claims::rows_of_one(&visit, &list).await?
        }
        "payouts" => payouts::rows(&visit).await?,
        "registers" => registers::rows(&visit).await?,
        "reconciliations" => reconciliation::rows(&visit).await?,
        "differences" => reconciliation::rows_of_one(&visit).await?,
        "days" => days::rows(&visit).await?,
        "day-banks" | "day-providers" | "day-open" => days::rows_of_one(&visit, &list).await?,
        "redemption" | "services" => redemption::rows(&visit, &list).await?,
        "groups" => groups::rows(&visit).await?,
        "proposals" => proposals::rows(&visit).await?,
        "anomalies" => anomalies::rows(&visit).await?,
        "rights" => why::rows(&visit).await?,
        "matrix" => matrix::rows(&visit).await?,
        "sessions" | "certificates" | "revocation-lists" => keys::rows(&visit, &list).await?,
        _ => return Err(Stopped::NotFound),
    };
    export::file(&visit, of, kind, &table).await
}
