//! Looking for payments: what officers, a bank or a provider may find, and who was shown whose data.

use rights::{Permitted, Resource};
use store::{
    Found, Kept, ReadNote, ReadSubject, Scope, Search, SearchCursor, Store as _, StoreError, Wanted,
};

use crate::cx::Cx;

/// What is looked for, by whom and what for.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is looked for; its scope is narrowed to what may be found.
    pub search: Search,
    /// Whose payments may be found.
    pub within: Resource,
    /// After which payment the page begins.
    pub after: Option<SearchCursor>,
    /// How many payments a page has at most.
    pub limit: usize,
    /// Who is shown what is found.
    pub reader: String,
    /// What for.
    pub reason: String,
}

/// What is shown of the parties to a payment.
const FIELDS: &str = "recipient, payer";

/// One page of what is found. That the reader was shown the data of the people in it is kept before it is shown.
///
/// # Errors
/// Those of the store; nothing is shown then.
pub async fn search_payments(cx: &Cx, question: &Permitted<Question>) -> Result<Found, StoreError> {
    let Question { search, within, after, limit, reader, reason } = question.command().clone();
    let scope = match within {
        Resource::Everything => search.scope,
        Resource::Bank(bin) => Scope::Bank(bin),
        Resource::Provider(bin) => Scope::Provider(bin),
    };
    let search = Search { scope, ..search };
    let asked_for = match search.wanted {
        Wanted::Party(number, _) => Some(ReadSubject::Party(number)),
        _ => None,
    };
    // Read beside the payments that go on; only the notes take the one writer's time.
    let found = cx.store.read(move |view| view.search(&search, after, limit)).await;
    let found: Found = found.map_err(|error: StoreError| error)?;
    let shown = found.payments.iter().map(|payment| ReadSubject::Payment(payment.code));
    let subjects: Vec<ReadSubject> = asked_for.into_iter().chain(shown).collect();
    let now = cx.host.now();
    let noted: Kept<()> = cx
        .store
        .transact(move |tx| {
            for subject in &subjects {
                tx.note_read(&ReadNote {
                    at: now,
                    actor: reader.clone(),
                    subject: *subject,
                    fields: FIELDS.to_owned(),
                    reason: reason.clone(),
                })?;
            }
            Ok(())
        })
        .await;
    noted?;
    Ok(found)
}
