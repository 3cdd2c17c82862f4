//! camt.054.001.08, the notification of debits and credits: a register of payments, one entry for each row.
//!
//! Written and read entry by entry. `EndToEndId` is the gateway's transaction number, the payment code stands in the
//! remittance after the word `UPC`, payer and recipient are the ultimate debtor and creditor. A reference longer than
//! the 35 characters of `AcctSvcrRef` is cut there and whole in `InstrId`, as far as that has room.
//! Source: ISO 20022 camt.054.001.08; which of it we use is ours.

use std::io::{self, BufRead, Write};

use ledger::register::intake::{Cells, Expected, Fault, Intake, Line, Refused, Said, read_sum};
use ledger::register::{Column, Head, Party, Row, Totals};
use terms::{Party as Person, PartyNumber, Tiyn, tenge};
use xml::escaped_into;

use crate::stream::{Step, Stream};

/// The namespace of the message.
pub const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08";
/// The schema of the subset.
pub const SCHEMA: &str = include_str!("camt.054.001.08-subset.xsd");
/// The stem of its file.
pub(crate) const FILE: &str = "camt.054.001.08-subset";
/// The longest identifier of the standard (`Max35Text`).
const LONGEST_ID: usize = 35;
/// The longest name of the standard (`Max140Text`), in characters.
const LONGEST_NAME: usize = 140;
/// What stands before the payment code in the remittance.
const CODE_PREFIX: &str = "UPC ";

/// Why a notification was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The rows do not come to the totals that the head of the message has said already.
    #[error("the rows do not come to the totals that were announced")]
    Totals,
    /// It could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes a notification row by row.
#[derive(Debug)]
pub struct Camt054Writer<W> {
    out: W,
    announced: Totals,
    totals: Totals,
    text: String,
}

impl<W: Write> Camt054Writer<W> {
    /// Begins with the head and the totals: the message says them before its entries.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(out: W, head: &Head, totals: &Totals) -> io::Result<Self> {
        let mut camt = Self { out, announced: *totals, totals: Totals::default(), text: String::new() };
        // "R-provider-500240000137-20261122-12345" would be too long for an identifier: the party is a letter.
        let party = if matches!(head.party, Party::Bank(_)) { 'B' } else { 'P' };
        let compact = head.day.to_string().replace('-', "");
        let id = format!("{party}{}-{compact}-{}", head.party.bin(), head.revision);
        camt.text.push_str("<Document xmlns=\"");
        camt.text.push_str(NAMESPACE);
        camt.text.push_str("\"><BkToCstmrDbtCdtNtfctn><GrpHdr>");
        camt.leaf("MsgId", &id);
        camt.leaf("CreDtTm", &head.formed_at.to_string());
        camt.text.push_str("</GrpHdr><Ntfctn>");
        camt.leaf("Id", &id);
        camt.leaf("CreDtTm", &head.formed_at.to_string());
        camt.text.push_str("<FrToDt>");
        camt.leaf("FrDtTm", &head.day.begins_at().to_string());
        camt.leaf("ToDtTm", &head.day.ends_at().to_string());
        camt.text.push_str("</FrToDt><Acct><Id><Othr>");
        camt.leaf("Id", &head.party.bin().to_string());
        camt.text.push_str("</Othr></Id><Ccy>KZT</Ccy></Acct><TxsSummry><TtlNtries>");
        camt.leaf("NbOfNtries", &totals.rows().to_string());
        camt.text.push_str("<TtlNetNtry>");
        camt.leaf("Amt", &tenge(totals.net().abs()));
        camt.leaf("CdtDbtInd", if totals.net() < 0 { "DBIT" } else { "CRDT" });
        camt.text.push_str("</TtlNetNtry></TtlNtries>");
        for (name, rows, tiyn) in [
            ("TtlCdtNtries", totals.additions, totals.added),
            ("TtlDbtNtries", totals.deductions, totals.deducted),
        ] {
            camt.open(name);
            camt.leaf("NbOfNtries", &rows.to_string());
            camt.leaf("Sum", &tenge(tiyn));
            camt.close(name);
        }
        camt.text.push_str("</TxsSummry>");
        camt.flush_text()?;
        Ok(camt)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn row(&mut self, row: &Row) -> io::Result<()> {
        self.totals.count(row);
        let requisites = &row.requisites;
        let reference = requisites.bank_reference.as_str();
        let piece = &reference[..reference.len().min(LONGEST_ID)];
        let direction = if row.is_deduction() { "DBIT" } else { "CRDT" };
        self.text.push_str("<Ntry>");
        self.leaf("NtryRef", &row.posting.to_string());
        self.amount(row.amount);
        self.leaf("CdtDbtInd", direction);
        if row.is_deduction() {
            self.leaf("RvslInd", "true");
        }
        self.text.push_str("<Sts><Cd>BOOK</Cd></Sts><BookgDt>");
        self.leaf("Dt", &row.day.to_string());
        self.text.push_str("</BookgDt>");
        self.leaf("AcctSvcrRef", piece);
        self.text.push_str("<BkTxCd><Prtry>");
        self.leaf("Cd", row.kind.name());
        self.text.push_str("</Prtry></BkTxCd><NtryDtls><TxDtls><Refs>");
        self.leaf("AcctSvcrRef", piece);
        if reference.len() > LONGEST_ID {
            self.leaf("InstrId", &reference[LONGEST_ID..]);
        }
        self.leaf("EndToEndId", row.transaction.as_str());
        if let Some(application) = &row.application {
            self.leaf("TxId", application.as_str());
        }
        self.text.push_str("</Refs>");
        self.amount(row.amount);
        self.leaf("CdtDbtInd", direction);
        self.text.push_str("<RltdPties>");
        self.party("UltmtDbtr", &requisites.payer);
        self.text.push_str("<CdtrAcct><Id>");
        self.leaf("IBAN", requisites.beneficiary_iban.as_str());
        self.text.push_str("</Id></CdtrAcct>");
        self.party("UltmtCdtr", &requisites.recipient);
        self.text.push_str("</RltdPties><RltdAgts><DbtrAgt><FinInstnId><Othr>");
        self.leaf("Id", &row.bank.to_string());
        self.text.push_str("</Othr></FinInstnId></DbtrAgt><CdtrAgt><FinInstnId>");
        self.leaf("BICFI", &requisites.beneficiary_bic.to_string());
        self.text.push_str("</FinInstnId></CdtrAgt></RltdAgts><Purp>");
        self.leaf("Prtry", &requisites.knp.to_string());
        self.text.push_str("</Purp><RmtInf><Ustrd>");
        self.text.push_str(CODE_PREFIX);
        self.text.push_str(&row.code.digits());
        self.text.push_str("</Ustrd></RmtInf><RltdDts>");
        self.leaf("AccptncDtTm", &requisites.paid_at.to_string());
        self.text.push_str("</RltdDts></TxDtls></NtryDtls></Ntry>");
        self.flush_text()
    }

    /// Ends the message.
    ///
    /// # Errors
    /// [`WriteError::Totals`] where the rows did not come to what was announced; the message must not be sent then.
    pub fn finish(mut self) -> Result<(W, Totals), WriteError> {
        self.out.write_all(b"</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>")?;
        self.out.flush()?;
        if self.totals == self.announced { Ok((self.out, self.totals)) } else { Err(WriteError::Totals) }
    }

    fn amount(&mut self, amount: Tiyn) {
        self.text.push_str("<Amt Ccy=\"KZT\">");
        self.text.push_str(&amount.to_string());
        self.close("Amt");
    }

    fn party(&mut self, name: &str, person: &Person) {
        self.open(name);
        self.text.push_str("<Pty><Nm>");
        let whole = person.name.as_str();
        let end = whole.char_indices().nth(LONGEST_NAME).map_or(whole.len(), |(at, _)| at);
        escaped_into(whole[..end].trim_end(), &mut self.text);
        self.text.push_str("</Nm><Id>");
        let kind = match person.number {
            PartyNumber::Person(_) => "PrvtId",
            PartyNumber::Organisation(_) => "OrgId",
        };
        self.open(kind);
        self.text.push_str("<Othr>");
        self.leaf("Id", &person.number.to_string());
        self.text.push_str("</Othr>");
        self.close(kind);
        self.text.push_str("</Id></Pty>");
        self.close(name);
    }

    fn open(&mut self, name: &str) {
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
    }

    fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    fn leaf(&mut self, name: &str, value: &str) {
        self.open(name);
        escaped_into(value, &mut self.text);
        self.close(name);
    }

    fn flush_text(&mut self) -> io::Result<()> {
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }
}

/// Reads a bank's notification and gives its entries one after another to `take`, which must keep nothing for good
/// before the whole file is found right. Entries are counted from 1.
///
/// # Errors
/// [`Refused`] with every fault by its entry.
pub fn read_camt054(
    file: impl BufRead,
    expected: Expected,
    take: &mut dyn FnMut(Line),
) -> Result<Said, Refused> {
    let mut reading = Reading::new(expected);
    let mut stream = Stream::new(file, NAMESPACE);
    loop {
        let step = match stream.step() {
            Ok(step) => step,
            Err(fault) => {
                reading.intake.fault(reading.entries.max(1), fault, "");
                break;
            }
        };
        match step {
            Step::End => break,
            Step::Open => reading.open(&stream),
            Step::Close => {
                if !reading.close(&stream, take) {
                    break;
                }
            }
        }
    }
    let said = reading.rows.zip(reading.net).map(|(rows, net)| Said { rows, net });
    let last = reading.entries.max(1);
    reading.intake.finish(last, said)
}

/// What is known of the message so far.
struct Reading {
    intake: Intake,
    entries: u64,
    cells: Cells,
    is_debit: bool,
    has_other_currency: bool,
    rest_of_reference: String,
    rows: Option<u64>,
    net: Option<i128>,
}

impl Reading {
    fn new(expected: Expected) -> Self {
        Self {
            intake: Intake::new(expected),
            entries: 0,
            cells: Cells::default(),
            is_debit: false,
            has_other_currency: false,
            rest_of_reference: String::new(),
            rows: None,
            net: None,
        }
    }

    fn open<R: BufRead>(&mut self, stream: &Stream<R>) {
        match stream.path() {
            [.., notification, entry] if notification == "Ntfctn" && entry == "Ntry" => {
                self.entries += 1;
                self.cells.clear();
                self.rest_of_reference.clear();
                self.is_debit = false;
                self.has_other_currency = false;
            }
            [.., entry, amount] if entry == "Ntry" && amount == "Amt" => {
                if let Some(currency) = stream.attribute("Ccy")
                    && currency != "KZT"
                {
                    self.has_other_currency = true;
                    self.intake.fault(self.entries.max(1), Fault::Currency, currency);
                }
            }
            _ => {}
        }
    }

    /// Takes what an element says; whether to go on.
    fn close<R: BufRead>(&mut self, stream: &Stream<R>, take: &mut dyn FnMut(Line)) -> bool {
        let names: Vec<&str> = stream.path().iter().skip(2).map(String::as_str).collect();
        let text = stream.text();
        match names.as_slice() {
            ["Ntfctn", "TxsSummry", "TtlNtries", "NbOfNtries"] => self.rows = text.parse().ok(),
            ["Ntfctn", "TxsSummry", "TtlNtries", "TtlNetNtry", "Amt"] => self.net = read_sum(text),
            ["Ntfctn", "TxsSummry", "TtlNtries", "TtlNetNtry", "CdtDbtInd"] if text == "DBIT" => {
                self.net = self.net.map(|net| -net);
            }
            ["Ntfctn", "Ntry"] => return self.entry(take),
            ["Ntfctn", "Ntry", "CdtDbtInd"] => self.is_debit = text == "DBIT",
            ["Ntfctn", "Ntry", rest @ ..] => {
                let column = match rest {
                    ["Amt"] => Column::Amount,
                    ["BookgDt", "Dt"] => Column::Day,
                    ["AcctSvcrRef"] => Column::BankReference,
                    // What happened, in the words of our columns; it has to agree with the direction.
                    ["BkTxCd", "Prtry", "Cd"] => Column::Kind,
                    ["NtryDtls", "TxDtls", "Refs", "InstrId"] => {
                        text.clone_into(&mut self.rest_of_reference);
                        return true;
                    }
                    ["NtryDtls", "TxDtls", "RltdAgts", "DbtrAgt", "FinInstnId", "Othr", "Id"] => Column::Bank,
                    ["NtryDtls", "TxDtls", "RmtInf", "Ustrd"] => {
                        if let Some(code) = text.strip_prefix(CODE_PREFIX) {
                            code.clone_into(self.cells.text_mut(Column::PaymentCode));
                        }
                        return true;
                    }
                    _ => return true,
                };
                text.clone_into(self.cells.text_mut(column));
            }
            _ => {}
        }
        true
    }

    fn entry(&mut self, take: &mut dyn FnMut(Line)) -> bool {
        if !self.intake.has_room(self.entries) {
            return false;
        }
        if self.is_debit {
            self.cells.text_mut(Column::Amount).insert(0, '-');
        }
        let reference = self.cells.text_mut(Column::BankReference);
        if reference.len() == LONGEST_ID {
            reference.push_str(&self.rest_of_reference);
        }
        // What is no tenge has no part in the sums, so it is no row at all.
        if self.has_other_currency {
            return true;
        }
        if let Some(line) = self.intake.row(self.entries, &self.cells) {
            take(line);
        }
        true
    }
}
