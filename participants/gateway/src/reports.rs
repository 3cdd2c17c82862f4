//! Statistics and summaries on request (cl. 11): the figures of a period, as whoever asks may see them.
//!
//! What is counted how is settled in `ledger::report`; pages and commands draw it.

use ledger::report::{Counting, Dimension, Fact, Period, Report};
use rights::Permitted;
use store::{Store, StoreError};
use terms::Bin;

use crate::cx::Cx;

/// Whose payments somebody may count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All.
    Everything,
    /// Those that one bank took.
    Bank(Bin),
    /// Those for one provider.
    Provider(Bin),
}

impl Reach {
    fn has(self, fact: &Fact) -> bool {
        match self {
            Self::Everything => true,
            Self::Bank(bin) => fact.paid.as_ref().is_some_and(|paid| paid.bank == bin),
            Self::Provider(bin) => fact.provider == bin,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The days.
    pub period: Period,
    /// By what.
    pub dimension: Dimension,
    /// Of whose payments.
    pub reach: Reach,
}

/// Counts the payments of a period and of the one before it, in one consistent state.
///
/// # Errors
/// Those of the store.
pub async fn report(cx: &Cx, question: &Permitted<Question>) -> Result<Report, StoreError> {
    let Question { period, dimension, reach } = *question.command();
    cx.store
        .read(move |view| {
            let mut counting = Counting::new(period, dimension);
            let (from, until) = (period.before().first().begins_at(), period.last().ends_at());
            view.report_facts(from, until, &mut |fact| {
                if reach.has(fact) {
                    counting.count(fact);
                }
            })?;
            Ok(counting.report())
        })
        .await
}
