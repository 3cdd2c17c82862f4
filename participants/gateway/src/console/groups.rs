//! Groups and members: who belongs to what, within what, since when, and by which proposal.

use axum::response::Response;
use pages::part::{DataTable, link};
use pages::{Html, Markup as _, date_time};
use rights::{Action, GROUPS, Group, Resource};
use store::{MembershipRow, OfficerRow, Store as _, StoreError};
use terms::PartyNumber;

use super::view::{heading, hook, paragraph, shown};
use super::visit::{Stopped, Visit};
use super::words;

/// What opens the pages about access.
pub(super) const SEE: Action = Action("SeeAccess");

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    visit.may(SEE, Resource::Everything).await?;
    let t = visit.t();
    let (memberships, officers) = visit
        .console
        .cx
        .store
        .read(|view| Ok::<_, StoreError>((view.memberships()?, view.officers()?)))
        .await?;
    let members: Vec<&MembershipRow> = memberships.iter().filter(|row| row.is_member).collect();
    visit.note(members.iter().map(|row| row.member).collect(), "iin, name", "groups and members").await?;
    let mut table = DataTable::new(t.say("console-groups-caption"))
        .column(t.say("console-member"))
        .column(t.say("console-name"))
        .column(t.say("console-group"))
        .column(t.say("console-resource"))
        .column(t.say("console-since"))
        .column(t.say("console-by"));
    for (group, ..) in GROUPS {
        for row in members.iter().filter(|row| row.group == group.name()) {
            table.row(cells(&visit, row, *group, &officers));
        }
    }
    let body = Html::join([
        heading(t.say("console-groups-title")),
        paragraph(t.say("console-groups-about")),
        table.html(),
        hook("members", "count", &members.len().to_string()),
    ]);
    Ok(shown(&visit, t.say("console-groups-title"), body))
}

fn cells(visit: &Visit, row: &MembershipRow, group: Group, officers: &[OfficerRow]) -> [Html; 6] {
    let t = visit.t();
    let name = match row.member {
        PartyNumber::Person(iin) => {
            officers.iter().find(|known| known.iin == iin).map(|known| known.name.to_string())
        }
        PartyNumber::Organisation(bin) => {
            visit.console.cx.host.known(bin).map(|known| known.name.get(visit.language).to_owned())
        }
    };
    let resource = row.resource.parse().map(|resource| words::resource(t, resource));
    let by = match row.proposal {
        Some(number) => link(&format!("/proposals/{number}"), t.say("console-by-proposal")),
        None => Html::text(t.say("console-by-beginning")),
    };
    let member = link(&format!("/why?who={}", row.member), row.member);
    [
        member,
        Html::text(name.unwrap_or_default()),
        Html::text(words::group(t, group)),
        Html::text(resource.unwrap_or_else(|_| row.resource.clone())),
        Html::text(date_time(visit.language, row.at)),
        by,
    ]
}
