//! Sessions, certificates and the freshness of revocation lists, on one page.

use axum::response::Response;
use pages::part::DataTable;
use pages::{Html, Markup as _, date_time};
use pki::{Certificate, CrlSummary};
use rights::Resource;
use terms::{Moment, PartyNumber};

use super::groups::SEE;
use super::view::{heading, hook, part, shown};
use super::visit::{Stopped, Visit};

/// A day, in seconds.
const DAY_SECONDS: i64 = 86_400;

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    visit.may(SEE, Resource::Everything).await?;
    let t = visit.t();
    let sessions = visit.console.sessions.list(visit.now);
    let people = sessions.iter().map(|session| PartyNumber::Person(session.officer.iin)).collect();
    visit.note(people, "name", "sessions at the console").await?;
    let at = |moment| Html::text(date_time(visit.language, moment));
    let mut open = DataTable::new(t.say("console-sessions"))
        .column(t.say("console-officer"))
        .column(t.say("console-since"))
        .column(t.say("console-last-used"));
    for session in &sessions {
        open.row([Html::text(&session.officer.name), at(session.begun_at), at(session.seen_at)]);
    }
    let host = &visit.console.cx.host;
    let mut certificates = DataTable::new(t.say("console-certificate-list"))
        .column(t.say("console-certificate-of"))
        .column(t.say("console-chain"))
        .column(t.say("console-valid-until"))
        .number_column(t.say("console-days-left"));
    let mut row = |what: String, certificate: &Certificate| {
        let chain = chain(&visit, certificate);
        let left = days_left(certificate.not_after(), visit.now).to_string();
        certificates.row([
            Html::text(what),
            Html::text(chain),
            at(certificate.not_after()),
            Html::text(left),
        ]);
    };
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
    let mut lists = DataTable::new(t.say("console-lists"))
        .column(t.say("console-list"))
        .number_column(t.say("console-list-number"))
        .column(t.say("console-list-made"))
        .column(t.say("console-list-next"))
        .number_column(t.say("console-list-revoked"));
    let mut list = |name: String, list: CrlSummary| {
        let revoked = Html::text(list.revoked_count);
        lists.row([
            Html::text(name),
            Html::text(list.number),
            at(list.this_update),
            at(list.next_update),
            revoked,
        ]);
    };
    let (full, delta) = (host.trust.crl(), host.trust.delta_crl());
    if let Some(full) = full {
        list(t.say("console-list-full").to_string(), full);
    }
    if let Some(delta) = delta {
        list(t.say("console-list-delta").to_string(), delta);
    }
    let is_fresh = full.is_some_and(|full| visit.now < full.next_update);
    let body = Html::join([
        heading(t.say("console-keys-title")),
        part(t.say("console-sessions")),
        open.html(),
        part(t.say("console-certificate-list")),
        certificates.html(),
        part(t.say("console-lists")),
        lists.html(),
        hook("list", "fresh", if is_fresh { "yes" } else { "no" }),
        hook("sessions", "count", &sessions.len().to_string()),
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
