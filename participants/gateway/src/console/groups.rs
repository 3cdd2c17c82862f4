//! Groups and members: who belongs to what, within what, since when, and by which proposal.

use axum::response::Response;
use files::table::{Cell, Table};
use pages::Html;
use rights::{Action, GROUPS, Group, Resource};
use store::{MembershipRow, OfficerRow, Store as _, StoreError};
use terms::PartyNumber;

use super::view::{heading, hook, paragraph, shown};
use super::visit::{Stopped, Visit};
use super::{export, words};

/// What opens the pages about access.
pub(super) const SEE: Action = Action("SeeAccess");

/// Present members, in the order of their groups.
struct Members {
    rows: Vec<(Group, MembershipRow)>,
    officers: Vec<OfficerRow>,
}

async fn read(visit: &Visit) -> Result<Members, Stopped> {
    visit.may(SEE, Resource::Everything).await?;
    let (memberships, officers) = visit
        .console
        .cx
        .store
        .read(|view| Ok::<_, StoreError>((view.memberships()?, view.officers()?)))
        .await?;
    let mut rows = Vec::new();
    for (group, name, _) in GROUPS {
        let of_it = memberships.iter().filter(|row| row.is_member && row.group == *name);
        rows.extend(of_it.map(|row| (*group, row.clone())));
    }
    visit.note(rows.iter().map(|(_, row)| row.member).collect(), "iin, name", "groups and members").await?;
    Ok(Members { rows, officers })
}

impl Members {
    fn table(&self, visit: &Visit) -> Table {
        let mut table = export::table(
            visit,
            "groups",
            "console-groups-caption",
            &[
                ("member", "console-member"),
                ("name", "console-name"),
                ("group", "console-group"),
                ("resource", "console-resource"),
                ("since", "console-since"),
                ("by", "console-by"),
            ],
        );
        table.rows = self.rows.iter().map(|(group, row)| self.cells(visit, *group, row)).collect();
        table
    }

    fn cells(&self, visit: &Visit, group: Group, row: &MembershipRow) -> Vec<Cell> {
        let t = visit.t();
        let name = match row.member {
            PartyNumber::Person(iin) => {
                self.officers.iter().find(|known| known.iin == iin).map(|known| known.name.to_string())
            }
            PartyNumber::Organisation(bin) => {
                visit.console.cx.host.known(bin).map(|known| known.name.get(visit.language).to_owned())
            }
        };
        let resource = row.resource.parse().map(|resource| words::resource(t, resource));
        let by = if row.proposal.is_some() { "console-by-proposal" } else { "console-by-beginning" };
        vec![
            Cell::Identifier(row.member.to_string()),
            export::maybe_text(name),
            Cell::Text(words::group(t, group)),
            Cell::Text(resource.unwrap_or_else(|_| row.resource.clone())),
            Cell::Moment(row.at),
            Cell::Text(t.say(by).to_string()),
        ]
    }
}

/// The list, for a file.
pub(super) async fn rows(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    let members = read(visit).await?;
    Ok((Resource::Everything, members.table(visit)))
}

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    let members = read(&visit).await?;
    let t = visit.t();
    let leads = |at: usize, column: &str| {
        let (_, row) = members.rows.get(at)?;
        match column {
            "member" => Some(format!("/why?who={}", row.member)),
            "by" => row.proposal.map(|number| format!("/proposals/{number}")),
            _ => None,
        }
    };
    let body = Html::join([
        heading(t.say("console-groups-title")),
        paragraph(t.say("console-groups-about")),
        export::listed(&visit, Resource::Everything, "groups", "", &members.table(&visit), leads),
        hook("members", "count", &members.rows.len().to_string()),
    ]);
    Ok(shown(&visit, t.say("console-groups-title"), body))
}
