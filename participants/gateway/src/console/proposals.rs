//! Proposals: the list, one with its documents, and what to do to decide about it.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use files::table::{Cell, Table};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use pages::form::{ButtonKind, FileInput, button, upload_form};
use pages::part::{Facts, link};
use pages::{Html, Markup as _, date_time};
use rights::proposal::{ProposalState, Proposed, actions};
use rights::{Action, Resource};
use store::{DocumentRole, ProposalRow, Store as _, StoreError};
use terms::{MessageId, PartyNumber};
use wire::proposal::{Proposal, ProposalKind};

use super::view::{heading, hook, paragraph, paragraph_of, part, shown};
use super::visit::{Arrival, Stopped, Visit};
use super::{export, words};
use crate::use_case::propose::{reread, standing};

/// Proposals on the page.
const SHOWN: usize = 200;

/// The actions of whom proposals are shown to: whoever may propose or approve one of any kind, or sees access.
fn is_of_concern(visit: &Arrival) -> bool {
    let access = visit.access();
    let concerned = ProposalKind::ALL.iter().flat_map(|kind| {
        let (proposes, approves) = actions(*kind);
        [proposes, approves]
    });
    concerned.chain([Action("SeeAccess")]).any(|action| !access.reach(visit.member(), action).is_empty())
}

async fn concerned(visit: &Visit) -> Result<(), Stopped> {
    if is_of_concern(visit) { Ok(()) } else { visit.may(Action("SeeAccess"), Resource::Everything).await }
}

fn people_of(row: &ProposalRow) -> impl Iterator<Item = PartyNumber> {
    [Some(row.proposer), row.decider].into_iter().flatten().map(PartyNumber::Person)
}

/// How far it has come by now.
fn state_of(row: &ProposalRow, visit: &Visit) -> Result<ProposalState, Stopped> {
    let kind = row.kind.parse().map_err(|_| Stopped::Internal)?;
    let proposed = Proposed {
        kind,
        resource: Resource::Everything,
        proposer: row.proposer,
        lapses_at: row.lapses_at,
        state: standing(row)?,
    };
    Ok(proposed.state_at(visit.now))
}

/// The form that takes a signed document, for both kinds of it.
pub(super) fn bring(visit: &Arrival) -> Html {
    let t = visit.t();
    let file = FileInput::new(visit.language, "document", t.say("console-bring-file"))
        .hint(t.say("console-bring-about"))
        .accept(".xml");
    upload_form(
        "bring",
        "/proposals",
        &visit.csrf(),
        [file.html(), button(t.say("console-bring-button"), ButtonKind::Main)],
    )
}

async fn read(visit: &Visit) -> Result<Vec<ProposalRow>, Stopped> {
    concerned(visit).await?;
    let rows = visit.console.cx.store.read(|view| view.proposals(SHOWN)).await?;
    visit.note(rows.iter().flat_map(people_of).collect(), "name", "proposals").await?;
    Ok(rows)
}

fn table(visit: &Visit, rows: &[ProposalRow]) -> Result<Table, Stopped> {
    let t = visit.t();
    let mut table = export::table(
        visit,
        "proposals",
        "console-proposals-title",
        &[
            ("number", "proposal-number"),
            ("kind", "proposal-kind"),
            ("state", "proposal-state"),
            ("proposer", "proposal-proposer"),
            ("proposed_at", "proposal-at"),
            ("decider", "proposal-decider"),
        ],
    );
    for row in rows {
        let kind: ProposalKind = row.kind.parse().map_err(|_| Stopped::Internal)?;
        table.rows.push(vec![
            Cell::Identifier(row.number.to_string()),
            Cell::Text(words::kind(t, kind)),
            Cell::Text(words::state(t, state_of(row, visit)?)),
            Cell::Text(row.proposer_name.to_string()),
            Cell::Moment(row.proposed_at),
            export::maybe_text(row.decider_name.as_ref()),
        ]);
    }
    Ok(table)
}

/// The list, for a file.
pub(super) async fn rows(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    let rows = read(visit).await?;
    Ok((Resource::Everything, table(visit, &rows)?))
}

pub(super) async fn list(visit: Visit) -> Result<Response, Stopped> {
    let rows = read(&visit).await?;
    let t = visit.t();
    let leads = |row: usize, column: &str| {
        rows.get(row).filter(|_| column == "number").map(|row| format!("/proposals/{}", row.number))
    };
    let table = table(&visit, &rows)?;
    let body = Html::join([
        heading(t.say("console-proposals-title")),
        export::listed(&visit, Resource::Everything, "proposals", "", &table, leads),
        hook("proposals", "count", &rows.len().to_string()),
        part(t.say("console-bring")),
        bring(&visit),
    ]);
    Ok(shown(&visit, t.say("console-proposals-title"), body))
}

pub(super) async fn show(visit: Visit, Path(number): Path<String>) -> Result<Response, Stopped> {
    concerned(&visit).await?;
    let t = visit.t();
    let number: MessageId = number.parse().map_err(|_| Stopped::NotFound)?;
    let found = visit
        .console
        .cx
        .store
        .read(move |view| Ok::<_, StoreError>((view.proposal(number)?, view.proposal_documents(number)?)))
        .await?;
    let (Some(row), documents) = found else { return Err(Stopped::NotFound) };
    let row = row.value;
    let first = documents.iter().find(|document| document.role == DocumentRole::Proposal);
    let said: Proposal = reread(first.ok_or(Stopped::Internal)?).map_err(|_| Stopped::Internal)?;
    let member = said.group_change.as_ref().and_then(|change| change.member);
    visit.note(people_of(&row).chain(member).collect(), "iin, name", "a proposal").await?;
    let state = state_of(&row, &visit)?;
    let mut facts = Facts::new().fact(t.say("proposal-state"), words::state(t, state));
    for (name, value) in words::matter(t, &said) {
        facts = facts.fact(name, value);
    }
    facts = facts
        .fact(t.say("proposal-reason"), said.reason.as_str())
        .fact(t.say("proposal-proposer"), &row.proposer_name)
        .fact(t.say("proposal-at"), date_time(visit.language, row.proposed_at))
        .fact(t.say("proposal-lapses"), date_time(visit.language, row.lapses_at));
    if let (Some(name), Some(at)) = (&row.decider_name, row.decided_at) {
        facts = facts
            .fact(t.say("proposal-decider"), name)
            .fact(t.say("proposal-decided"), date_time(visit.language, at));
    }
    let mut pieces = vec![heading(t.say("proposal-title")), facts.html()];
    for document in &documents {
        let (name, label) = match document.role {
            DocumentRole::Proposal => ("proposal.xml", t.say("proposal-document")),
            DocumentRole::Decision => ("decision.xml", t.say("proposal-decision-document")),
        };
        pieces.push(paragraph_of(link(&format!("/proposals/{number}/{name}"), label)));
    }
    if state == ProposalState::Proposed {
        pieces.push(part(t.say("console-decide")));
        pieces.push(paragraph(t.say("console-decide-about")));
        pieces.push(bring(&visit));
    }
    pieces.push(hook("proposal", "state", state.name()));
    Ok(shown(&visit, t.say("proposal-title"), Html::join(pieces)))
}

pub(super) async fn download(
    visit: Visit,
    Path((number, document)): Path<(String, String)>,
) -> Result<Response, Stopped> {
    concerned(&visit).await?;
    let number: MessageId = number.parse().map_err(|_| Stopped::NotFound)?;
    let role = match document.as_str() {
        "proposal.xml" => DocumentRole::Proposal,
        "decision.xml" => DocumentRole::Decision,
        _ => return Err(Stopped::NotFound),
    };
    let (row, documents) = visit
        .console
        .cx
        .store
        .read(move |view| Ok::<_, StoreError>((view.proposal(number)?, view.proposal_documents(number)?)))
        .await?;
    let row = row.ok_or(Stopped::NotFound)?.value;
    let found = documents.into_iter().find(|kept| kept.role == role).ok_or(Stopped::NotFound)?;
    visit.note(people_of(&row).collect(), "a signed document", "a proposal").await?;
    let name = format!("attachment; filename=\"{role}-{number}.xml\"");
    let headers = [(CONTENT_TYPE, "application/xml; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, found.octets).into_response())
}
