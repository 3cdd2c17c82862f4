//! The access matrix in force: every action, and the groups that allow it.

use axum::response::Response;
use pages::part::DataTable;
use pages::{Html, Markup as _};
use rights::{Action, Group, Resource};

use super::groups::SEE;
use super::view::{heading, hook, paragraph, shown};
use super::visit::{Stopped, Visit};
use super::words;

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    visit.may(SEE, Resource::Everything).await?;
    let t = visit.t();
    let access = visit.access();
    let mut table = DataTable::new(t.say("console-matrix-title"))
        .column(t.say("console-action"))
        .column(t.say("console-group-list"));
    let mut cells = 0;
    for action in Action::all() {
        let groups: Vec<Group> = access.groups_allowing(action).collect();
        cells += groups.len();
        let named: Vec<String> = groups.into_iter().map(|group| words::group(t, group)).collect();
        let named = if named.is_empty() { t.say("console-nobody").to_string() } else { named.join(", ") };
        table.row([Html::text(words::action(t, action)), Html::text(named)]);
    }
    let body = Html::join([
        heading(t.say("console-matrix-title")),
        paragraph(t.say("console-matrix-about")),
        table.html(),
        hook("matrix", "cells", &cells.to_string()),
    ]);
    Ok(shown(&visit, t.say("console-matrix-title"), body))
}
