//! «Why not?»: by what path somebody may do something, or which group is missing and who can give it. Everybody may ask
//! about the own rights; about others', who sees access.

use axum::extract::Query;
use axum::response::Response;
use files::table::{Cell, Table};
use pages::form::TextInput;
use pages::part::{Panel, Tone};
use pages::{Html, Markup as _};
use rights::{Action, Resource};
use serde::Deserialize;
use terms::PartyNumber;

use super::groups::SEE;
use super::view::{self, heading, hook, paragraph, shown};
use super::visit::{Stopped, Visit};
use super::{export, query, words};

/// The longest name of an action or a resource that is looked at.
const LONGEST_NAME: usize = 64;

#[derive(Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    who: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    resource: String,
}

/// Of whom is asked: oneself, or another by whoever sees access.
async fn about(visit: &Visit, question: &Question) -> Result<PartyNumber, Stopped> {
    let who = if question.who.is_empty() {
        visit.member()
    } else {
        question.who.parse::<PartyNumber>().map_err(|_| Stopped::BadRequest)?
    };
    if who != visit.member() {
        visit.may(SEE, Resource::Everything).await?;
        visit.note(vec![who], "groups, rights", "why not?").await?;
    }
    Ok(who)
}

/// Everything that one may do, each right with the path that grants it.
fn rights(visit: &Visit, who: PartyNumber) -> Table {
    let t = visit.t();
    let columns = [
        ("action", "console-action"),
        ("group", "console-group"),
        ("resource", "console-resource"),
        ("path", "why-path"),
    ];
    let mut table = export::table(visit, "rights", "console-why-title", &columns);
    table.about.push((t.say("console-member").to_string(), who.to_string()));
    table.rows = visit
        .access()
        .rights_of(who)
        .map(|grant| {
            vec![
                Cell::Text(words::action(t, grant.action)),
                Cell::Text(words::group(t, grant.membership.group)),
                Cell::Text(words::resource(t, grant.membership.resource)),
                Cell::Text(grant.to_string()),
            ]
        })
        .collect();
    table
}

/// The rights, for a file.
pub(super) async fn rows(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    let who = about(visit, &query::asked(&visit.uri)?).await?;
    Ok((Resource::Everything, rights(visit, who)))
}

pub(super) async fn show(visit: Visit, Query(question): Query<Question>) -> Result<Response, Stopped> {
    let t = visit.t();
    let who = about(&visit, &question).await?;
    let mut pieces = vec![heading(t.say("console-why-title")), paragraph(t.say("console-why-about"))];
    pieces.push(ask(&visit, &question));
    let access = visit.access();
    if question.action.is_empty() {
        let asked = query::query(&[("who", &who.to_string())]);
        let rights = rights(&visit, who);
        pieces.push(export::listed(&visit, Resource::Everything, "rights", &asked, &rights, |_, _| None));
    } else {
        let action = Action::named(&question.action).ok_or(Stopped::BadRequest)?;
        let resource = match question.resource.as_str() {
            "" => Resource::Everything,
            text => text.parse().map_err(|_| Stopped::BadRequest)?,
        };
        match access.why(who, action, resource) {
            Ok(grant) => {
                let path = format!(
                    "{who} → {} → {} → {}",
                    words::group(t, grant.membership.group),
                    words::action(t, action),
                    words::resource(t, grant.membership.resource)
                );
                pieces.push(Panel::new(Tone::Good, t.say("console-allowed")).line(path).html());
                pieces.push(hook("result", "result", "allowed"));
            }
            Err(lack) => {
                let Stopped::Lack(asked) = visit.lacking(*lack).await? else { return Err(Stopped::Internal) };
                pieces.push(Panel::new(Tone::Bad, t.say("console-no-right")).html());
                pieces.push(view::lack(t, &asked));
                pieces.push(hook("result", "result", "not-allowed"));
            }
        }
    }
    Ok(shown(&visit, t.say("console-why-title"), Html::join(pieces)))
}

fn ask(visit: &Visit, question: &Question) -> Html {
    let t = visit.t();
    let field = |name, label, value: &str| {
        TextInput::new(visit.language, name, label).longest(LONGEST_NAME).value(value).html()
    };
    let own = visit.member().to_string();
    let who = if question.who.is_empty() { &own } else { &question.who };
    let resource = if question.resource.is_empty() { "everything" } else { &question.resource };
    pages::form::query_form(
        "why",
        "/why",
        [
            field("who", t.say("console-member").to_string(), who),
            field("action", t.say("console-action").to_string(), &question.action),
            field("resource", t.say("console-resource").to_string(), resource),
            pages::form::button(t.say("console-why-button"), pages::form::ButtonKind::Main),
        ],
    )
}
