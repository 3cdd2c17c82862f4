//! camt.053.001.08, BankToCustomerStatement: a subset that is written, and a reader that finds the subset in any file of the
//! standard.
//!
//! Written are the group header, one statement with its page, account, balances, totals and entries, each with one
//! transaction. [`SCHEMA`] describes exactly that and is published in `spec/`; what is written is also valid by the
//! standard's own schema. A bank's signature (XML-DSig, enveloped) is the one addition: the last child of `Document`,
//! taken off before the reading. The reader passes over elements of the standard that the subset does not have; what it
//! needs it checks, and it names all that is wrong by rows.
//! Source: ISO 20022, camt.053.001.08; the choice is ours.

use std::fmt::Display;
use std::str::FromStr;

use ledger::statement::{
    CURRENCY, Counterparty, Direction, Entry, Fault, LONGEST_STATEMENT, Refused, RowFault, Statement,
};
use terms::{BankingDay, Iban, Moment, Purpose, ShortText, Tiyn, tenge};
use xml::{Element, Limits, ToElement, Writer, with_tree};

/// The namespace of the standard.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08";
/// The schema of our subset.
pub const SCHEMA: &str = include_str!("camt053.xsd");

/// The longest text of a line of a remittance, and of a name.
const LONGEST_LINE: usize = 140;
/// The most faults that are told of one file.
const MOST_FAULTS: usize = 100;

/// A statement as it is written.
#[derive(Debug, Clone, Copy)]
pub struct Camt053<'a>(pub &'a Statement);

impl ToElement for Camt053<'_> {
    fn write(&self, writer: &mut Writer) {
        let statement = self.0;
        writer.start(NAMESPACE, "Document").start(NAMESPACE, "BkToCstmrStmt");
        writer.start(NAMESPACE, "GrpHdr");
        leaf(writer, "MsgId", &statement.number);
        leaf(writer, "CreDtTm", &statement.made_at);
        writer.end().start(NAMESPACE, "Stmt");
        leaf(writer, "Id", &statement.number);
        writer.start(NAMESPACE, "StmtPgntn");
        leaf(writer, "PgNb", &statement.page);
        leaf(writer, "LastPgInd", &statement.is_last);
        writer.end();
        leaf(writer, "CreDtTm", &statement.made_at);
        writer.start(NAMESPACE, "FrToDt");
        leaf(writer, "FrDtTm", &statement.day.begins_at());
        leaf(writer, "ToDtTm", &statement.day.ends_at());
        writer.end().start(NAMESPACE, "Acct").start(NAMESPACE, "Id");
        leaf(writer, "IBAN", &statement.account);
        writer.end();
        leaf(writer, "Ccy", &CURRENCY);
        if let Some(owner) = &statement.owner {
            writer.start(NAMESPACE, "Ownr");
            leaf(writer, "Nm", &shortened(owner.as_str()));
            writer.end();
        }
        writer.end();
        // A page that is not the first begins with the balance of the moment, and one that is not the last ends with it.
        write_balance(
            writer,
            if statement.page == 1 { "OPBD" } else { "ITBD" },
            statement.opening,
            statement.day,
        );
        write_balance(
            writer,
            if statement.is_last { "CLBD" } else { "ITBD" },
            statement.closing,
            statement.day,
        );
        write_totals(writer, &statement.entries);
        for entry in &statement.entries {
            write_entry(writer, entry);
        }
        writer.end().end().end();
    }
}

fn leaf(writer: &mut Writer, name: &str, value: &dyn Display) {
    writer.start(NAMESPACE, name).display(value).end();
}

fn shortened(text: &str) -> String {
    let cut: String = text.chars().take(LONGEST_LINE).collect();
    cut.trim_end().to_owned()
}

fn write_amount(writer: &mut Writer, tiyn: u64, direction: Direction) {
    let amount = tenge(tiyn);
    writer.start(NAMESPACE, "Amt").attribute("Ccy", CURRENCY).display(amount).end();
    leaf(writer, "CdtDbtInd", &code_of(direction));
}

fn code_of(direction: Direction) -> &'static str {
    match direction {
        Direction::Credit => "CRDT",
        Direction::Debit => "DBIT",
    }
}

fn write_balance(writer: &mut Writer, code: &str, tiyn: i64, day: BankingDay) {
    writer.start(NAMESPACE, "Bal").start(NAMESPACE, "Tp").start(NAMESPACE, "CdOrPrtry");
    leaf(writer, "Cd", &code);
    writer.end().end();
    let direction = if tiyn < 0 { Direction::Debit } else { Direction::Credit };
    write_amount(writer, tiyn.unsigned_abs(), direction);
    write_day(writer, "Dt", day);
    writer.end();
}

fn write_day(writer: &mut Writer, name: &str, day: BankingDay) {
    writer.start(NAMESPACE, name);
    leaf(writer, "Dt", &day);
    writer.end();
}

fn write_totals(writer: &mut Writer, entries: &[Entry]) {
    writer.start(NAMESPACE, "TxsSummry").start(NAMESPACE, "TtlNtries");
    leaf(writer, "NbOfNtries", &entries.len());
    writer.end();
    for (name, direction) in [("TtlCdtNtries", Direction::Credit), ("TtlDbtNtries", Direction::Debit)] {
        let of_it = entries.iter().filter(|entry| entry.direction == direction);
        let (count, sum) =
            of_it.fold((0_u64, 0_i128), |(n, sum), entry| (n + 1, sum + i128::from(entry.amount.as_u64())));
        writer.start(NAMESPACE, name);
        leaf(writer, "NbOfNtries", &count);
        leaf(writer, "Sum", &tenge(sum));
        writer.end();
    }
    writer.end();
}

fn write_entry(writer: &mut Writer, entry: &Entry) {
    let reference = entry.reference.as_str();
    writer.start(NAMESPACE, "Ntry");
    write_amount(writer, entry.amount.as_u64(), entry.direction);
    writer.start(NAMESPACE, "Sts");
    leaf(writer, "Cd", &"BOOK");
    writer.end();
    write_day(writer, "BookgDt", entry.booked_on);
    write_day(writer, "ValDt", entry.value_on);
    leaf(writer, "AcctSvcrRef", &reference);
    writer.start(NAMESPACE, "BkTxCd").start(NAMESPACE, "Domn");
    leaf(writer, "Cd", &"PMNT");
    writer.start(NAMESPACE, "Fmly");
    // Received and issued credit transfers within the country.
    leaf(writer, "Cd", &if entry.direction == Direction::Credit { "RCDT" } else { "ICDT" });
    leaf(writer, "SubFmlyCd", &"DMCT");
    writer.end().end().end();
    if entry.counterparty.is_some() || entry.remittance.is_some() {
        writer.start(NAMESPACE, "NtryDtls").start(NAMESPACE, "TxDtls").start(NAMESPACE, "Refs");
        leaf(writer, "AcctSvcrRef", &reference);
        writer.end();
        write_amount(writer, entry.amount.as_u64(), entry.direction);
        if let Some(counterparty) = &entry.counterparty {
            write_counterparty(writer, counterparty, entry.direction);
        }
        if let Some(remittance) = &entry.remittance {
            writer.start(NAMESPACE, "RmtInf");
            let characters: Vec<char> = remittance.as_str().chars().collect();
            for line in characters.chunks(LONGEST_LINE) {
                leaf(writer, "Ustrd", &line.iter().collect::<String>());
            }
            writer.end();
        }
        writer.end().end();
    }
    writer.end();
}

fn write_counterparty(writer: &mut Writer, counterparty: &Counterparty, direction: Direction) {
    let (party, account) = names_of_counterparty(direction);
    writer.start(NAMESPACE, "RltdPties").start(NAMESPACE, party).start(NAMESPACE, "Pty");
    leaf(writer, "Nm", &shortened(counterparty.name.as_str()));
    writer.end().end();
    if let Some(iban) = &counterparty.account {
        writer.start(NAMESPACE, account).start(NAMESPACE, "Id");
        leaf(writer, "IBAN", iban);
        writer.end().end();
    }
    writer.end();
}

/// The other side is the debtor of what came and the creditor of what went.
fn names_of_counterparty(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::Credit => ("Dbtr", "DbtrAcct"),
        Direction::Debit => ("Cdtr", "CdtrAcct"),
    }
}

/// Reads a statement, without looking at a signature: whoever wants one proven verifies it first and reads what it covers.
///
/// # Errors
/// [`Refused`] with every fault found, at most a hundred, each with its row; nothing of the statement is given out then.
pub fn read(octets: &[u8], limits: &Limits) -> Result<Statement, Refused> {
    let unreadable = |error: xml::XmlError| Refused::from(Fault::Unreadable(error.to_string()));
    with_tree(octets, limits, read_document).map_err(unreadable)??.checked()
}

/// What is found by name, and what is wrong so far.
struct Reader {
    row: Option<u64>,
    faults: Vec<RowFault>,
}

impl Reader {
    fn fault<T>(&mut self, fault: Fault) -> Option<T> {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(RowFault { row: self.row, fault });
        }
        None
    }

    /// A value that must be there.
    fn required<T>(&mut self, parent: Element<'_, '_>, path: &[&str], field: &'static str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        match find(parent, path) {
            Some(element) => self.value(element, field),
            None => self.fault(Fault::Missing(field)),
        }
    }

    /// A value that may be there; a wrong one is a fault.
    fn optional<T>(&mut self, parent: Element<'_, '_>, path: &[&str], field: &'static str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        find(parent, path).and_then(|element| self.value(element, field))
    }

    fn value<T>(&mut self, element: Element<'_, '_>, field: &'static str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        match element.text() {
            Ok(text) => match text.parse() {
                Ok(value) => Some(value),
                Err(why) => self.fault(Fault::value(field, text, &why)),
            },
            Err(error) => self.fault(Fault::value(field, "", &error.problem)),
        }
    }

    /// A day: a date, or the banking day of a moment.
    fn day(&mut self, parent: Element<'_, '_>, name: &str, field: &'static str) -> Option<BankingDay> {
        match find(parent, &[name, "DtTm"]) {
            Some(moment) => self.value::<Moment>(moment, field).map(Moment::banking_day),
            None => self.required(parent, &[name, "Dt"], field),
        }
    }

    /// An amount in tenge with its direction.
    fn amount(&mut self, parent: Element<'_, '_>, field: &'static str) -> Option<(Tiyn, Direction)> {
        let amount: Option<Tiyn> = match find(parent, &["Amt"]) {
            None => self.fault(Fault::Missing(field)),
            Some(element) => match element.attribute("", "Ccy") {
                Some(CURRENCY) => self.value(element, field),
                other => {
                    let said: String = other.unwrap_or_default().chars().take(8).collect();
                    self.fault(Fault::Currency(said))
                }
            },
        };
        let direction = match find(parent, &["CdtDbtInd"]).map(Element::text) {
            Some(Ok("CRDT")) => Some(Direction::Credit),
            Some(Ok("DBIT")) => Some(Direction::Debit),
            Some(Ok(other)) => self.fault(Fault::value("CdtDbtInd", other, &"neither CRDT nor DBIT")),
            Some(Err(_)) | None => self.fault(Fault::Missing("CdtDbtInd")),
        };
        amount.zip(direction)
    }

    /// The balance with one of these codes.
    fn balance(
        &mut self,
        statement: Element<'_, '_>,
        codes: &[(&str, bool)],
        field: &'static str,
    ) -> Option<i64> {
        let balances: Vec<_> = statement.children().filter(|child| child.is(NAMESPACE, "Bal")).collect();
        let has_code = |balance: Element<'_, '_>, wanted: &str| {
            find(balance, &["Tp", "CdOrPrtry", "Cd"])
                .is_some_and(|cd| cd.text().is_ok_and(|text| text == wanted))
        };
        let found = codes.iter().find_map(|(wanted, from_the_end)| {
            let is_it = |balance: &&Element<'_, '_>| has_code(**balance, wanted);
            if *from_the_end { balances.iter().rev().find(is_it) } else { balances.iter().find(is_it) }
        });
        let Some(balance) = found else { return self.fault(Fault::Missing(field)) };
        let (amount, direction) = self.amount(*balance, field)?;
        Some(match direction {
            Direction::Credit => amount.as_i64(),
            Direction::Debit => -amount.as_i64(),
        })
    }
}

/// The first element at a path of names of the standard.
fn find<'a, 'i>(parent: Element<'a, 'i>, path: &[&str]) -> Option<Element<'a, 'i>> {
    path.iter().try_fold(parent, |element, name| element.child(NAMESPACE, name))
}

fn read_document(root: Element<'_, '_>) -> Result<Statement, Refused> {
    if !root.is(NAMESPACE, "Document") {
        return Err(Fault::Unreadable("it is no camt.053.001.08".to_owned()).into());
    }
    let mut reader = Reader { row: None, faults: Vec::new() };
    let Some(statement) = find(root, &["BkToCstmrStmt", "Stmt"]) else {
        return Err(Fault::Missing("Stmt").into());
    };
    if statement
        .parent()
        .is_some_and(|report| report.children().filter(|child| child.is(NAMESPACE, "Stmt")).nth(1).is_some())
    {
        return Err(Fault::Unreadable("it holds several statements".to_owned()).into());
    }
    let read = read_statement(&mut reader, statement);
    match read {
        Some(statement) if reader.faults.is_empty() => Ok(statement),
        _ => Err(Refused(reader.faults)),
    }
}

fn read_statement(reader: &mut Reader, statement: Element<'_, '_>) -> Option<Statement> {
    let number = reader.required(statement, &["Id"], "Id");
    let account: Option<Iban> = reader.required(statement, &["Acct", "Id", "IBAN"], "IBAN");
    if let Some(currency) = find(statement, &["Acct", "Ccy"]).and_then(|ccy| ccy.text().ok())
        && currency != CURRENCY
    {
        reader.fault::<()>(Fault::Currency(currency.chars().take(8).collect()));
    }
    let owner = reader.optional::<ShortText>(statement, &["Acct", "Ownr", "Nm"], "Ownr");
    let made_at = reader.required(statement, &["CreDtTm"], "CreDtTm");
    let day = reader.required::<Moment>(statement, &["FrToDt", "FrDtTm"], "FrDtTm").map(Moment::banking_day);
    let page = match find(statement, &["StmtPgntn"]) {
        Some(page) => {
            reader.required(page, &["PgNb"], "PgNb").zip(reader.required(page, &["LastPgInd"], "LastPgInd"))
        }
        None => Some((1, true)),
    };
    let opening =
        reader.balance(statement, &[("OPBD", false), ("PRCD", false), ("ITBD", false)], "opening balance");
    let closing = reader.balance(statement, &[("CLBD", true), ("ITBD", true)], "closing balance");
    let mut entries = Vec::new();
    let rows = statement.children().filter(|child| child.is(NAMESPACE, "Ntry"));
    for (row, element) in (1_u64..).zip(rows) {
        if entries.len() == LONGEST_STATEMENT {
            reader.row = None;
            return reader.fault(Fault::TooMany(LONGEST_STATEMENT));
        }
        reader.row = Some(row);
        entries.extend(read_entry(reader, element));
    }
    reader.row = None;
    let summary = &["TxsSummry", "TtlNtries", "NbOfNtries"];
    if let Some(said) = reader.optional::<usize>(statement, summary, "NbOfNtries")
        && said != entries.len()
        && reader.faults.is_empty()
    {
        let there = format!("there are {}", entries.len());
        reader.fault::<()>(Fault::value("NbOfNtries", &said.to_string(), &there));
    }
    let (page, is_last) = page?;
    Some(Statement {
        number: number?,
        account: account?,
        owner,
        made_at: made_at?,
        day: day?,
        page,
        is_last,
        opening: opening?,
        closing: closing?,
        entries,
    })
}

fn read_entry(reader: &mut Reader, element: Element<'_, '_>) -> Option<Entry> {
    let amount = reader.amount(element, "Amt");
    if amount.is_some_and(|(amount, _)| amount == Tiyn::ZERO) {
        reader.fault::<()>(Fault::value("Amt", "0", &"an entry moves something"));
    }
    let booked_on = reader.day(element, "BookgDt", "BookgDt");
    let value_on = match find(element, &["ValDt"]) {
        Some(_) => reader.day(element, "ValDt", "ValDt"),
        None => booked_on,
    };
    let details = find(element, &["NtryDtls", "TxDtls"]);
    let reference = match find(element, &["AcctSvcrRef"]) {
        Some(reference) => reader.value(reference, "AcctSvcrRef"),
        None => reader.required(element, &["NtryDtls", "TxDtls", "Refs", "AcctSvcrRef"], "AcctSvcrRef"),
    };
    let remittance = details.and_then(|details| read_remittance(reader, details));
    let counterparty = details.zip(amount).and_then(|(details, (_, direction))| {
        let (party, account) = names_of_counterparty(direction);
        let name: ShortText = reader.optional(details, &["RltdPties", party, "Pty", "Nm"], "Nm")?;
        let account = reader.optional(details, &["RltdPties", account, "Id", "IBAN"], "IBAN");
        Some(Counterparty { name, account })
    });
    let (amount, direction) = amount?;
    Some(Entry {
        reference: reference?,
        amount,
        direction,
        booked_on: booked_on?,
        value_on: value_on?,
        remittance,
        counterparty,
    })
}

fn read_remittance(reader: &mut Reader, details: Element<'_, '_>) -> Option<Purpose> {
    let information = find(details, &["RmtInf"])?;
    let lines = information.children().filter(|child| child.is(NAMESPACE, "Ustrd"));
    let text: String = lines.filter_map(|line| line.text().ok()).collect();
    if text.is_empty() {
        return None;
    }
    match text.parse() {
        Ok(remittance) => Some(remittance),
        Err(why) => reader.fault(Fault::value("Ustrd", &text, &why)),
    }
}

/// The published sample: a reimbursement came, a payout went.
pub fn example() -> Statement {
    use crate::framework::sample;
    let day = sample("2026-11-23");
    let entry =
        |reference: &str, amount: &str, direction, about: &str, name: &str, account: Option<&str>| Entry {
            reference: sample(reference),
            amount: sample(amount),
            direction,
            booked_on: day,
            value_on: day,
            remittance: Some(sample(about)),
            counterparty: Some(Counterparty { name: sample(name), account: account.map(sample) }),
        };
    Statement {
        number: sample("DEMO-20261123-ST1"),
        account: sample("KZ600010000000000001"),
        owner: Some(sample("«Төлем шлюзі» АҚ")),
        made_at: sample("2026-11-24T00:05:00.000000+05:00"),
        day,
        page: 1,
        is_last: true,
        opening: 0,
        closing: 863,
        entries: vec![
            entry(
                "DEMO-20261123-C000001",
                "1733.63",
                Direction::Credit,
                "C-20261122-01",
                "Алатау Банк",
                None,
            ),
            entry(
                "DEMO-20261123-P000001",
                "1725.00",
                Direction::Debit,
                "P-20261123-01",
                "Әділет министрлігі",
                Some("KZ770000000000000001"),
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusals(text: &str) -> Vec<(Option<u64>, Fault)> {
        let Refused(faults) = read(text.as_bytes(), &Limits::DOCUMENT).unwrap_err();
        faults.into_iter().map(|RowFault { row, fault }| (row, fault)).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let statement = example();
        assert_eq!(read(Camt053(&statement).to_xml().as_bytes(), &Limits::DOCUMENT).unwrap(), statement);
        let mut second = statement.clone();
        (second.page, second.is_last, second.opening, second.closing) = (2, false, -900, -37);
        second.entries[0].remittance = Some("я".repeat(300).parse().unwrap());
        second.entries[1].counterparty = None;
        assert_eq!(read(Camt053(&second).to_xml().as_bytes(), &Limits::DOCUMENT).unwrap(), second);
    }

    /// Another currency, a wrong sum, a row twice, a file cut off: each is told on its row, and nothing is applied.
    ///
    /// Defends: A29
    #[test]
    fn a_wrong_statement_is_refused_with_every_fault_on_its_row() {
        let text = Camt053(&example()).to_xml();
        let euro = text.replacen("<Ntry><Amt Ccy=\"KZT\">", "<Ntry><Amt Ccy=\"EUR\">", 1);
        assert_eq!(refusals(&euro), [(Some(1), Fault::Currency("EUR".to_owned()))]);
        let account = text.replace("<Ccy>KZT</Ccy>", "<Ccy>USD</Ccy>");
        assert_eq!(refusals(&account), [(None, Fault::Currency("USD".to_owned()))]);

        let wrong = text
            .replacen("<Amt Ccy=\"KZT\">1725.00</Amt>", "<Amt Ccy=\"KZT\">1725,00</Amt>", 1)
            .replacen("C000001", "C 000001", 1);
        let found = refusals(&wrong);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(matches!(&found[0], (Some(1), Fault::Value { field: "AcctSvcrRef", .. })), "{found:?}");
        assert!(matches!(&found[1], (Some(2), Fault::Value { field: "Amt", .. })), "{found:?}");

        let closing = text.replacen("8.63</Amt>", "8.64</Amt>", 1);
        assert_eq!(refusals(&closing), [(None, Fault::Closing { said: 864, counted: 863 })]);

        let twice = text.replace("P000001", "C000001");
        assert!(matches!(refusals(&twice)[..], [(Some(2), Fault::Repeated { first: 1, .. })]));

        for cut in [text.len() / 3, text.len() / 2, text.len() - 1] {
            let cut = (cut..).find(|at| text.is_char_boundary(*at)).unwrap();
            assert!(matches!(refusals(&text[..cut])[..], [(None, Fault::Unreadable(_))]));
        }
        assert!(matches!(
            refusals("<Document xmlns=\"urn:other\"></Document>")[..],
            [(None, Fault::Unreadable(_))]
        ));
    }

    /// Files of other banks have more of the standard than our subset.
    #[test]
    fn what_the_subset_does_not_have_is_passed_over() {
        let text = Camt053(&example()).to_xml();
        let fuller = text
            .replace("<CreDtTm>2026-11-24", "<ElctrncSeqNb>7</ElctrncSeqNb><CreDtTm>2026-11-24")
            .replace("<Sts>", "<RvslInd>false</RvslInd><Sts>")
            .replace("<ValDt><Dt>2026-11-23</Dt></ValDt>", "");
        assert_ne!(fuller, text);
        assert_eq!(read(fuller.as_bytes(), &Limits::DOCUMENT).unwrap(), example());
    }
}
