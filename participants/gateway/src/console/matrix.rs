//! The access matrix in force: every action, and the groups that allow it.

use axum::response::Response;
use files::table::{Cell, Table};
use pages::Html;
use rights::{Action, Group, Resource};

use super::groups::SEE;
use super::view::{heading, hook, paragraph, shown};
use super::visit::{Stopped, Visit};
use super::{export, words};

async fn table(visit: &Visit) -> Result<(Table, usize), Stopped> {
    visit.may(SEE, Resource::Everything).await?;
    let t = visit.t();
    let access = visit.access();
    let columns = [("action", "console-action"), ("groups", "console-group-list")];
    let mut table = export::table(visit, "matrix", "console-matrix-title", &columns);
    let mut cells = 0;
    for action in Action::all() {
        let groups: Vec<Group> = access.groups_allowing(action).collect();
        cells += groups.len();
        let named: Vec<String> = groups.into_iter().map(|group| words::group(t, group)).collect();
        let named = if named.is_empty() { t.say("console-nobody").to_string() } else { named.join(", ") };
        table.rows.push(vec![Cell::Text(words::action(t, action)), Cell::Text(named)]);
    }
    Ok((table, cells))
}

/// The list, for a file.
pub(super) async fn rows(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    Ok((Resource::Everything, table(visit).await?.0))
}

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    let (table, cells) = table(&visit).await?;
    let t = visit.t();
    let body = Html::join([
        heading(t.say("console-matrix-title")),
        paragraph(t.say("console-matrix-about")),
        export::listed(&visit, Resource::Everything, "matrix", "", &table, |_, _| None),
        hook("matrix", "cells", &cells.to_string()),
    ]);
    Ok(shown(&visit, t.say("console-matrix-title"), body))
}
