//! Registers for the officers of their providers and banks: what was formed, its rows, and taking it by a signed document.
//!
//! Fetching the rows makes a register that was formed one that was sent. Whoever fetches them is written down with every
//! payment in them.

use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use ledger::register::Party;
use pages::part::{DataTable, link};
use pages::{Html, Markup as _, date_time};
use store::{LIST_BOUND, ReadSubject, RegisterRevision, RegisterState, Store as _, StoreError};
use terms::BankingDay;
use wire::gateway::LONGEST_REGISTER_PART;

use super::proposals::bring;
use super::view::{heading, hook, paragraph, part, shown};
use super::visit::{Stopped, Visit};
use crate::registers::xml_name;
use crate::use_case::acknowledge_register::{ACKNOWLEDGE, resource_of};
use crate::use_case::get_register;

/// What opens the page.
pub(super) const SEE: rights::Action = ACKNOWLEDGE;

pub(super) async fn list(visit: Visit) -> Result<Response, Stopped> {
    let t = visit.t();
    let reach = visit.access().reach(visit.member(), SEE);
    if reach.is_empty() {
        visit.may(SEE, rights::Resource::Everything).await?;
    }
    let all = visit.console.cx.store.read(|view| view.registers(None, LIST_BOUND)).await?;
    let mut table = DataTable::new(t.say("console-acknowledge-title"))
        .column(t.say("register-day"))
        .column(t.say("register-party"))
        .column(t.say("register-revision"))
        .column(t.say("register-formed-at"))
        .column(t.say("register-totals"))
        .column(t.say("register-state"))
        .column(t.say("register-files"));
    let own = all
        .into_iter()
        .filter(|one| reach.iter().any(|resource| resource.covers(resource_of(one.head.party))));
    let mut count = 0;
    for one in own {
        count += 1;
        let head = &one.head;
        let address = format!("/acknowledge/{}/{}/{}", head.party, head.day, head.revision);
        let files = [("register.xml", "register-rows"), ("manifest.xml", "register-manifest")];
        let files = files.map(|(name, text)| link(&format!("{address}/{name}"), t.say(text)));
        table.row([
            Html::text(head.day),
            Html::text(head.name.get(visit.language)),
            Html::text(head.revision),
            Html::text(date_time(visit.language, head.formed_at)),
            Html::text(one.totals),
            Html::text(state(&visit, one.state)),
            Html::join(files),
        ]);
    }
    let body = Html::join([
        heading(t.say("console-acknowledge-title")),
        paragraph(t.say("register-acknowledge-about")),
        table.html(),
        hook("registers", "count", &count.to_string()),
        part(t.say("console-bring")),
        bring(&visit),
    ]);
    Ok(shown(&visit, t.say("console-acknowledge-title"), body))
}

fn state(visit: &Visit, state: RegisterState) -> String {
    let t = visit.t();
    match state {
        RegisterState::Formed => t.say("register-state-formed"),
        RegisterState::Sent => t.say("register-state-sent"),
        RegisterState::Acknowledged => t.say("register-state-acknowledged"),
        RegisterState::Refused => t.say("register-state-refused"),
    }
    .to_string()
}

/// `bank:БИН` or `provider:БИН`.
pub(super) async fn file(
    visit: Visit,
    Path((party, day, revision, name)): Path<(String, String, u32, String)>,
) -> Result<Response, Stopped> {
    let party: Party = party.parse().map_err(|_| Stopped::NotFound)?;
    let day: BankingDay = day.parse().map_err(|_| Stopped::NotFound)?;
    visit.may(SEE, resource_of(party)).await?;
    let found = visit.console.cx.store.read(move |view| view.register(party, day, Some(revision))).await?;
    let register = found.ok_or(Stopped::NotFound)?.value;
    let attached = |name: &str| {
        let disposition = format!("attachment; filename=\"{name}\"");
        [(CONTENT_TYPE, "application/xml; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition)]
    };
    let stem = register.head.file_stem();
    match name.as_str() {
        "manifest.xml" => Ok((attached(&format!("{stem}.manifest.xml")), register.manifest).into_response()),
        "register.xml" => {
            sent(&visit, party, day, revision).await?;
            Ok((attached(&xml_name(&register.head)), rows(visit, register)).into_response())
        }
        _ => Err(Stopped::NotFound),
    }
}

/// What was only formed before is sent now.
async fn sent(visit: &Visit, party: Party, day: BankingDay, revision: u32) -> Result<(), Stopped> {
    let kept = visit.console.cx.store.transact(move |tx| {
        let Some(stored) = tx.register(party, day, Some(revision))? else { return Ok(()) };
        if stored.value.state != RegisterState::Formed {
            return Ok(());
        }
        let sent = RegisterRevision { state: RegisterState::Sent, ..stored.value.clone() };
        tx.save_register(&stored.with(sent))
    });
    match kept.await {
        // Somebody else fetched or answered it at the same moment.
        Err(StoreError::Conflict) => Ok(()),
        other => Ok(other?),
    }
}

/// The rows part by part, none of which leaves before it is written down who reads it.
fn rows(visit: Visit, register: RegisterRevision) -> Body {
    let (visit, register) = (std::sync::Arc::new(visit), std::sync::Arc::new(register));
    let parts = stream::try_unfold(Some(0), move |after: Option<u64>| {
        let (visit, register) = (visit.clone(), register.clone());
        async move {
            let Some(after) = after else { return Ok(None) };
            let head = register.head.clone();
            let read = visit.console.cx.store.read(move |view| {
                view.register_rows(head.party, head.day, head.up_to, after, LONGEST_REGISTER_PART + 1)
            });
            let read = read.await.map_err(std::io::Error::other)?;
            let part = get_register::part(&register, after, &read)?;
            let given = read.iter().filter(|row| row.posting <= part.last);
            let subjects = given.map(|row| ReadSubject::Payment(row.code)).collect();
            let noted = visit.note_of(subjects, "everything in a register", "a register").await;
            noted.map_err(|_| std::io::Error::other("the reading is not written down"))?;
            let next = (!part.is_last).then_some(part.last);
            Ok::<_, std::io::Error>(Some((part.octets, next)))
        }
    });
    Body::from_stream(parts)
}
