//! Who may do what, in SQL: rows to records and back, the newest row of each key.

use rusqlite::Row;
use rusqlite::types::Value;
use terms::{Iin, MessageId, Moment, PartyNumber};

use super::record_columns::to_note;
use super::transaction::{Read, SqliteTx, bounded};
use crate::chain::{Versioned, snapshot};
use crate::columns::{Columns, Fields, unsigned_column};
use crate::sealing::{Place, Plain, RowKey, Sealing};
use crate::seam::{AuthorityTx, AuthorityView};
use crate::{
    GroupActionRow, Kept, LIST_BOUND, MembershipRow, OfficerRow, ProposalDocument, ProposalRow, ReadNote,
    Stored,
};

pub(super) const PROPOSAL: Versioned = Versioned { table: "proposal", key: "number" };

fn place<'a>(table: &'static str, key: RowKey<'a>) -> Place<'a> {
    Place { table, column: "sealed", key }
}

fn to_officer(row: &Row<'_>, sealing: &Sealing<'_>) -> Kept<OfficerRow> {
    let fields = Fields::of(row);
    let place = place("officer", RowKey::Number(fields.number("id")?));
    let mut opened = sealing.open(place, &fields.all_octets("sealed")?)?;
    let officer = OfficerRow {
        iin: opened.parsed()?,
        name: opened.parsed()?,
        at: fields.moment("at")?,
        proposal: fields.maybe_parsed("proposal")?,
    };
    opened.end()?;
    Ok(officer)
}

fn to_membership(row: &Row<'_>, sealing: &Sealing<'_>) -> Kept<MembershipRow> {
    let fields = Fields::of(row);
    let place = place("membership", RowKey::Number(fields.number("id")?));
    let mut opened = sealing.open(place, &fields.all_octets("sealed")?)?;
    let membership = MembershipRow {
        member: opened.parsed()?,
        group: fields.text("group_name")?,
        resource: fields.text("resource")?,
        is_member: fields.number::<i64>("is_member")? != 0,
        at: fields.moment("at")?,
        proposal: fields.maybe_parsed("proposal")?,
    };
    opened.end()?;
    Ok(membership)
}

fn to_group_action(row: &Row<'_>, _: &Sealing<'_>) -> Kept<GroupActionRow> {
    let fields = Fields::of(row);
    Ok(GroupActionRow {
        group: fields.text("group_name")?,
        action: fields.text("action")?,
        is_allowed: fields.number::<i64>("is_allowed")? != 0,
        at: fields.moment("at")?,
        proposal: fields.maybe_parsed("proposal")?,
    })
}

fn of_proposal(proposal: &ProposalRow, sealing: &Sealing<'_>) -> Kept<Columns> {
    let number = proposal.number.to_string();
    let mut plain = Plain::new();
    plain
        .text(proposal.proposer)
        .text(&proposal.proposer_name)
        .maybe_text(proposal.decider)
        .maybe_text(proposal.decider_name.as_ref());
    let sealed = sealing.seal(place(PROPOSAL.table, RowKey::Octets(number.as_bytes())), plain)?;
    let mut columns = Columns::new();
    columns
        .text("number", &number)
        .text("kind", &proposal.kind)
        .text("state", &proposal.state)
        .moment("proposed_at", proposal.proposed_at)
        .moment("lapses_at", proposal.lapses_at)
        .maybe_moment("decided_at", proposal.decided_at)
        .sealed("sealed", sealed);
    Ok(columns)
}

fn to_proposal(row: &Row<'_>, sealing: &Sealing<'_>) -> Kept<Stored<ProposalRow>> {
    let fields = Fields::of(row);
    let number = fields.text("number")?;
    let place = place(PROPOSAL.table, RowKey::Octets(number.as_bytes()));
    let mut opened = sealing.open(place, &fields.all_octets("sealed")?)?;
    let proposal = ProposalRow {
        number: fields.parsed("number")?,
        kind: fields.text("kind")?,
        state: fields.text("state")?,
        proposer: opened.parsed::<Iin>()?,
        proposer_name: opened.parsed()?,
        decider: opened.maybe_parsed()?,
        decider_name: opened.maybe_parsed()?,
        proposed_at: fields.moment("proposed_at")?,
        lapses_at: fields.moment("lapses_at")?,
        decided_at: fields.maybe_moment("decided_at")?,
    };
    opened.end()?;
    Ok(Stored { value: proposal, version: fields.number("version")? })
}

fn to_document(row: &Row<'_>, sealing: &Sealing<'_>) -> Kept<ProposalDocument> {
    let fields = Fields::of(row);
    let place = place("proposal_document", RowKey::Number(fields.number("id")?));
    let mut opened = sealing.open(place, &fields.all_octets("sealed")?)?;
    let document = ProposalDocument {
        number: fields.parsed("number")?,
        role: fields.parsed("role")?,
        octets: opened.octets()?,
        certificate: opened.octets()?,
        crl_number: fields.number("crl_number")?,
        checked_by: fields.text("checked_by")?,
        at: fields.moment("at")?,
    };
    opened.end()?;
    Ok(document)
}

/// The same number in two tables has two tags, so that a reader of the file cannot tell an officer's rows together.
fn tag(sealing: &Sealing<'_>, column: &'static str, number: PartyNumber) -> Kept<Vec<u8>> {
    Ok(sealing.tag(column, number.to_string().as_bytes())?.to_vec())
}

impl AuthorityView for SqliteTx<'_> {
    fn officers(&self) -> Kept<Vec<OfficerRow>> {
        let sql = "SELECT * FROM officer WHERE id IN (SELECT max(id) FROM officer GROUP BY tag)
                   ORDER BY id LIMIT ?";
        self.all(sql, &[&bounded(LIST_BOUND)], to_officer)
    }

    fn memberships(&self) -> Kept<Vec<MembershipRow>> {
        let sql = "SELECT * FROM membership
                   WHERE id IN (SELECT max(id) FROM membership GROUP BY tag, group_name, resource)
                   ORDER BY id LIMIT ?";
        self.all(sql, &[&bounded(LIST_BOUND)], to_membership)
    }

    fn group_actions(&self) -> Kept<Vec<GroupActionRow>> {
        let sql = "SELECT * FROM group_action
                   WHERE id IN (SELECT max(id) FROM group_action GROUP BY group_name, action)
                   ORDER BY id LIMIT ?";
        self.all(sql, &[&bounded(LIST_BOUND)], to_group_action)
    }

    fn proposal(&self, number: MessageId) -> Kept<Option<Stored<ProposalRow>>> {
        self.one("SELECT * FROM proposal WHERE number = ?", &[&number.to_string()], to_proposal)
    }

    fn proposals(&self, limit: usize) -> Kept<Vec<ProposalRow>> {
        let sql = "SELECT * FROM proposal ORDER BY proposed_at DESC, number DESC LIMIT ?";
        let stored = self.all(sql, &[&bounded(limit)], to_proposal)?;
        Ok(stored.into_iter().map(|stored| stored.value).collect())
    }

    fn open_proposals(&self, now: Moment, limit: usize) -> Kept<Vec<ProposalRow>> {
        let sql = "SELECT * FROM proposal WHERE state = 'proposed' AND lapses_at > ?
                   ORDER BY proposed_at DESC, number DESC LIMIT ?";
        let stored = self.all(sql, &[&now.unix_microseconds(), &bounded(limit)], to_proposal)?;
        Ok(stored.into_iter().map(|stored| stored.value).collect())
    }

    fn readings(&self, limit: usize) -> Kept<Vec<ReadNote>> {
        self.all("SELECT * FROM read_note ORDER BY id DESC LIMIT ?", &[&bounded(limit)], to_note)
    }

    fn readings_between(&self, from: Moment, until: Moment, each: &mut dyn FnMut(ReadNote)) -> Kept<()> {
        /// Notes are in the order of their time but for the clock being set: so far back one may stand too late.
        const CLOCK_SET_BACK_SECONDS: i64 = 3600;
        const AT_ONCE: usize = 1000;
        let placed: Read<(i64, ReadNote)> =
            |row, sealing| Ok((Fields::of(row).number("id")?, to_note(row, sealing)?));
        let (earliest, mut before) = (from.plus_seconds(-CLOCK_SET_BACK_SECONDS), i64::MAX);
        loop {
            let sql = "SELECT * FROM read_note WHERE id < ? ORDER BY id DESC LIMIT ?";
            let page = self.all(sql, &[&before, &bounded(AT_ONCE)], placed)?;
            let Some((last, oldest)) = page.last() else { return Ok(()) };
            let is_over = oldest.at < earliest;
            before = *last;
            let of_it =
                page.into_iter().map(|(_, note)| note).filter(|note| note.at >= from && note.at < until);
            of_it.for_each(&mut *each);
            if is_over {
                return Ok(());
            }
        }
    }

    fn proposal_documents(&self, number: MessageId) -> Kept<Vec<ProposalDocument>> {
        let sql = "SELECT * FROM proposal_document WHERE number = ? ORDER BY id LIMIT ?";
        self.all(sql, &[&number.to_string(), &bounded(LIST_BOUND)], to_document)
    }
}

impl AuthorityTx for SqliteTx<'_> {
    fn keep_officer(&mut self, officer: &OfficerRow) -> Kept<()> {
        let id = self.next_id("officer")?;
        let mut plain = Plain::new();
        plain.text(officer.iin).text(&officer.name);
        let sealed = self.sealing().seal(place("officer", RowKey::Number(id)), plain)?;
        let mut columns = Columns::new();
        columns
            .number("id", id)
            .octets("tag", &tag(self.sealing(), "officer.iin", PartyNumber::Person(officer.iin))?)
            .moment("at", officer.at)
            .maybe_text("proposal", officer.proposal)
            .sealed("sealed", sealed);
        columns.insert(self.conn(), "officer")
    }

    fn keep_membership(&mut self, membership: &MembershipRow) -> Kept<()> {
        let id = self.next_id("membership")?;
        let mut plain = Plain::new();
        plain.text(membership.member);
        let sealed = self.sealing().seal(place("membership", RowKey::Number(id)), plain)?;
        let mut columns = Columns::new();
        columns
            .number("id", id)
            .octets("tag", &tag(self.sealing(), "membership.member", membership.member)?)
            .text("group_name", &membership.group)
            .text("resource", &membership.resource)
            .number("is_member", i64::from(membership.is_member))
            .moment("at", membership.at)
            .maybe_text("proposal", membership.proposal)
            .sealed("sealed", sealed);
        columns.insert(self.conn(), "membership")
    }

    fn keep_group_action(&mut self, action: &GroupActionRow) -> Kept<()> {
        let mut columns = Columns::new();
        columns
            .number("id", self.next_id("group_action")?)
            .text("group_name", &action.group)
            .text("action", &action.action)
            .number("is_allowed", i64::from(action.is_allowed))
            .moment("at", action.at)
            .maybe_text("proposal", action.proposal);
        columns.insert(self.conn(), "group_action")
    }

    fn insert_proposal(&mut self, proposal: &ProposalRow) -> Kept<()> {
        of_proposal(proposal, self.sealing())?.insert(self.conn(), PROPOSAL.table)?;
        snapshot(self.conn(), PROPOSAL, &Value::Text(proposal.number.to_string()))
    }

    fn save_proposal(&mut self, proposal: &Stored<ProposalRow>) -> Kept<()> {
        let key = Value::Text(proposal.value.number.to_string());
        let columns = of_proposal(&proposal.value, self.sealing())?;
        columns.compare_and_set(self.conn(), PROPOSAL.table, PROPOSAL.key, &key, proposal.version)?;
        snapshot(self.conn(), PROPOSAL, &key)
    }

    fn keep_proposal_document(&mut self, document: &ProposalDocument) -> Kept<()> {
        let id = self.next_id("proposal_document")?;
        let mut plain = Plain::with_room_for(document.octets.len() + document.certificate.len() + 16);
        plain.octets(&document.octets).octets(&document.certificate);
        let place = place("proposal_document", RowKey::Number(id));
        let (sealed, commitment) = self.sealing().seal_committed(place, plain)?;
        let mut columns = Columns::new();
        columns
            .number("id", id)
            .text("number", document.number)
            .text("role", document.role)
            .number("crl_number", unsigned_column(document.crl_number, "crl_number")?)
            .text("checked_by", &document.checked_by)
            .moment("at", document.at)
            .sealed("sealed", sealed)
            .octets("commitment", &commitment);
        columns.insert(self.conn(), "proposal_document")
    }
}
