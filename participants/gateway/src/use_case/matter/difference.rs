//! A difference with a bank that is known and stays: two officers acknowledge it, word for word.
//!
//! It is named by both values, so that whoever signs says what is known. Found again, the very same is known; with another
//! value it is another difference. It stays a difference for as long as it is there: the closing of the day does not name
//! it any more.

use rights::Resource;
use store::{DifferenceRow, LIST_BOUND, PlacedDifference, StoreError, View};
use terms::MessageId;
use wire::proposal::DifferenceAcknowledgement;

use crate::cx::Work;
use crate::use_case::propose::NotTaken;

/// The bank that says otherwise.
pub(super) fn touches(said: &DifferenceAcknowledgement) -> Resource {
    Resource::Bank(said.bank)
}

fn row(said: &DifferenceAcknowledgement) -> DifferenceRow {
    let text = |text: &Option<terms::ShortText>| text.as_ref().map(ToString::to_string).unwrap_or_default();
    DifferenceRow {
        code: said.payment_code,
        reference: text(&said.bank_reference),
        is_deduction: said.is_deduction,
        side: said.side.word().to_owned(),
        field: said.field.word().to_owned(),
        ours: text(&said.ours),
        theirs: text(&said.theirs),
        until: None,
    }
}

/// Everything a run found and kept, page by page.
pub(crate) fn all_of(view: &dyn View, reconciliation: u64) -> Result<Vec<PlacedDifference>, StoreError> {
    let mut all: Vec<PlacedDifference> = Vec::new();
    loop {
        let after = all.last().map_or(0, |last| last.id);
        let page = view.differences(reconciliation, after, LIST_BOUND)?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// It stands in the reconciliation that is named and in the newest one of that bank and day, and nobody has settled it.
pub(super) fn could_be_done(
    said: &DifferenceAcknowledgement,
    work: &mut Work<'_>,
) -> Result<PlacedDifference, NotTaken> {
    let runs = work.tx.reconciliations(said.bank, said.day, LIST_BOUND)?;
    let (Some((newest, _)), true) = (runs.first(), runs.iter().any(|(id, _)| *id == said.reconciliation.0))
    else {
        return Err(NotTaken::NoSuchDifference);
    };
    let wanted = row(said);
    let found_by = |work: &Work<'_>, run: u64| {
        let found = all_of(&*work.tx, run)?.into_iter().find(|one| one.difference == wanted);
        found.ok_or(NotTaken::NoSuchDifference)
    };
    found_by(work, *newest)?;
    let found = found_by(work, said.reconciliation.0)?;
    if found.settled_by.is_some() { Err(NotTaken::DifferenceKnown) } else { Ok(found) }
}

pub(super) fn acknowledge(
    said: &DifferenceAcknowledgement,
    work: &mut Work<'_>,
    number: MessageId,
) -> Result<(), NotTaken> {
    let found = could_be_done(said, work)?;
    work.tx.settle_difference(found.id, number, work.now)?;
    journal(said, work, "difference-acknowledged", number)
}

/// A code that only the bank knows has no timeline.
pub(super) fn journal(
    said: &DifferenceAcknowledgement,
    work: &mut Work<'_>,
    event: &str,
    number: MessageId,
) -> Result<(), NotTaken> {
    let Some(code) = said.payment_code else { return Ok(()) };
    if work.tx.payment(code)?.is_none() {
        return Ok(());
    }
    let found = row(said);
    let detail =
        format!("{} {}: {} / {} by proposal {number}", found.side, found.field, found.ours, found.theirs);
    Ok(work.journal(code, event, &detail)?)
}
