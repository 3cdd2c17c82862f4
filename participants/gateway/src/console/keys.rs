//! Sessions, certificates and the freshness of revocation lists, on one page.

use axum::response::Response;
use files::table::{Cell, Table};
use pages::Html;
use pki::Certificate;
use rights::Resource;
use terms::{Moment, PartyNumber};

use super::export;
use super::groups::SEE;
use super::session::Session;
use super::view::{heading, hook, shown};
use super::visit::{Stopped, Visit};

/// A day, in seconds.
const DAY_SECONDS: i64 = 86_400;

async fn sessions(visit: &Visit) -> Result<Table, Stopped> {
    let sessions = visit.console.sessions.list(visit.now);
    let people = sessions.iter().map(|session| PartyNumber::Person(session.officer.iin)).collect();
    visit.note(people, "name", "sessions at the console").await?;
    let columns =
        [("officer", "console-officer"), ("since", "console-since"), ("last_used", "console-last-used")];
    let mut table = export::table(visit, "sessions", "console-sessions", &columns);
    let row = |session: &Session| {
        let name = Cell::Text(session.officer.name.to_string());
        vec![name, Cell::Moment(session.begun_at), Cell::Moment(session.seen_at)]
    };
    table.rows = sessions.iter().map(row).collect();
    Ok(table)
}

fn certificates(visit: &Visit) -> Table {
    let t = visit.t();
    let columns = [
        ("certificate", "console-certificate-of"),
        ("issuer", "console-chain"),
        ("valid_until", "console-valid-until"),
        ("days_left", "console-days-left"),
    ];
    let mut table = export::table(visit, "certificates", "console-certificate-list", &columns);
    let mut row = |what: String, certificate: &Certificate| {
        table.rows.push(vec![
            Cell::Text(what),
            Cell::Text(chain(visit, certificate)),
            Cell::Moment(certificate.not_after()),
            Cell::Number(days_left(certificate.not_after(), visit.now)),
        ]);
    };
    let host = &visit.console.cx.host;
    row(t.say("console-signing-key").to_string(), host.signer().certificate());
    if let Ok(own) = host.identity.certificate() {
        row(t.say("console-tls-key").to_string(), &own);
    }
    if let Some(own) = &visit.peer.certificate {
        row(t.say("console-own-certificate").to_string(), own);
    }
    for root in host.trust.roots().iter() {
        row(root.subject().common_name.clone(), root);
    }
    table
}

fn revocation_lists(visit: &Visit) -> Table {
    let t = visit.t();
    let columns = [
        ("list", "console-list"),
        ("number", "console-list-number"),
        ("made", "console-list-made"),
        ("next", "console-list-next"),
        ("revoked", "console-list-revoked"),
    ];
    let mut table = export::table(visit, "revocation-lists", "console-lists", &columns);
    let trust = &visit.console.cx.host.trust;
    let known = [("console-list-full", trust.crl()), ("console-list-delta", trust.delta_crl())];
    for (name, list) in known {
        let Some(list) = list else { continue };
        table.rows.push(vec![
            Cell::Text(t.say(name).to_string()),
            Cell::Identifier(list.number.to_string()),
            Cell::Moment(list.this_update),
            Cell::Moment(list.next_update),
            Cell::count(list.revoked_count as u64),
        ]);
    }
    table
}

/// A list of the page, for a file.
pub(super) async fn rows(visit: &Visit, list: &str) -> Result<(Resource, Table), Stopped> {
    visit.may(SEE, Resource::Everything).await?;
    let table = match list {
        "sessions" => sessions(visit).await?,
        "certificates" => certificates(visit),
        _ => revocation_lists(visit),
    };
    Ok((Resource::Everything, table))
}

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    visit.may(SEE, Resource::Everything).await?;
    let t = visit.t();
    let sessions = sessions(&visit).await?;
    let is_fresh = visit.console.cx.host.trust.crl().is_some_and(|full| visit.now < full.next_update);
    let everything = Resource::Everything;
    let nowhere = |_: usize, _: &str| None;
    let body = Html::join([
        heading(t.say("console-keys-title")),
        export::listed(&visit, everything, "sessions", "", &sessions, nowhere),
        export::listed(&visit, everything, "certificates", "", &certificates(&visit), nowhere),
        export::listed(&visit, everything, "revocation-lists", "", &revocation_lists(&visit), nowhere),
        hook("list", "fresh", if is_fresh { "yes" } else { "no" }),
        hook("sessions", "count", &sessions.rows.len().to_string()),
    ]);
    Ok(shown(&visit, t.say("console-keys-title"), body))
}

/// Whole days until then; none left once it is over.
fn days_left(until: Moment, now: Moment) -> i64 {
    until.seconds_since(now).max(0) / DAY_SECONDS
}

/// The national CA's certificate that issued it.
fn chain(visit: &Visit, certificate: &Certificate) -> String {
    let roots = visit.console.cx.host.trust.roots();
    let issuer = roots.iter().find(|root| certificate.is_issued_by(root));
    issuer.map_or_else(
        || visit.t().say("console-chain-unknown").to_string(),
        |issuer| issuer.subject().common_name.clone(),
    )
}
