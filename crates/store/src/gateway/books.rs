//! The books in SQL: postings, the rows of registers, contracts.

use std::sync::LazyLock;

use ledger::contract::{BankTerms, Contract, Fee, Terms};
use ledger::journal::{Balances, Turnover};
use ledger::reconcile::Booked;
use ledger::register::{Party, Row as RegisterRow};
use ledger::{Account, Posting, PostingKind, Subject};
use rusqlite::{Row, params};
use terms::{BankingDay, Bin, MessageId, Moment, PaymentCode, Requisites, ServiceCode, Tiyn};

use super::payment_columns::{PAID, to_paid};
use super::transaction::{Read, SqliteTx, bounded};
use crate::columns::{Columns, Fields, Places, code_column};
use crate::sealing::{Opened, Place, Plain, RowKey, Sealing};
use crate::seam::{BooksTx, BooksView, KeptContract, PlacedPosting};
use crate::{Kept, LIST_BOUND, StoreError};

fn of_posting(id: i64, posting: &Posting) -> Columns {
    let mut columns = Columns::new();
    columns
        .number("id", id)
        .text("kind", posting.kind)
        .text("about", &posting.about)
        .text("debit", posting.debit)
        .text("credit", posting.credit)
        .amount("amount", posting.amount)
        .text("day", posting.day)
        .moment("at", posting.at)
        .maybe_code("code", posting.about.code());
    columns
}

pub(super) fn to_posting(row: &Row<'_>, _: &Sealing<'_>) -> Kept<PlacedPosting> {
    let fields = Fields::of(row);
    Ok(PlacedPosting {
        id: fields.number("id")?,
        posting: Posting {
            kind: fields.parsed("kind")?,
            about: fields.parsed("about")?,
            debit: fields.parsed("debit")?,
            credit: fields.parsed("credit")?,
            amount: fields.amount("amount")?,
            day: fields.parsed("day")?,
            at: fields.moment("at")?,
        },
    })
}

fn said_place(id: i64) -> Place<'static> {
    Place { table: "posting", column: "said", key: RowKey::Number(id) }
}

fn plain_said(said: &Requisites) -> Plain {
    let mut plain = Plain::new();
    plain
        .party(&said.payer)
        .party(&said.recipient)
        .text(&said.service)
        .text(said.provider)
        .text(said.amount)
        .text(said.commission)
        .text(said.beneficiary_iban.as_str())
        .text(&said.beneficiary_bic)
        .text(said.kbk)
        .text(said.knp)
        .text(said.kod)
        .text(said.kbe)
        .text(&said.purpose)
        .text(&said.bank_reference)
        .text(said.paid_at)
        .text(said.channel);
    plain
}

fn to_said(mut opened: Opened) -> Kept<Requisites> {
    let said = Requisites {
        payer: opened.party()?,
        recipient: opened.party()?,
        service: opened.parsed()?,
        provider: opened.parsed()?,
        amount: opened.parsed()?,
        commission: opened.parsed()?,
        beneficiary_iban: opened.parsed()?,
        beneficiary_bic: opened.parsed()?,
        kbk: opened.parsed()?,
        knp: opened.parsed()?,
        kod: opened.parsed()?,
        kbe: opened.parsed()?,
        purpose: opened.parsed()?,
        bank_reference: opened.parsed()?,
        paid_at: opened.parsed()?,
        channel: opened.parsed()?,
    };
    opened.end()?;
    Ok(said)
}

/// A row of [`REGISTER_ROWS`] of this day. What was said of a second sum is its own; all else is the payment's.
fn to_register_row(fields: Fields<'_>, day: BankingDay, sealing: &Sealing<'_>) -> Kept<RegisterRow> {
    let paid = to_paid(fields, sealing)?;
    let kind: PostingKind = fields.parsed("kind")?;
    let posting: i64 = fields.number("posting")?;
    let (bank, requisites) = match fields.maybe_borrowed("said")? {
        Some(sealed) => {
            let debit: Account = fields.parsed("debit")?;
            (debit.holder(), to_said(sealing.open(said_place(posting), sealed)?)?)
        }
        None => (paid.bank, paid.requisites),
    };
    Ok(RegisterRow {
        posting: fields.number("posting")?,
        kind,
        day,
        at: fields.moment("at")?,
        amount: fields.amount("moved")?,
        code: fields.code("code")?,
        application: fields.maybe_parsed("application")?,
        transaction: paid.transaction,
        bank,
        requisites,
    })
}

/// What finds the postings about a code; its values are [`postings_key`]. Everything that begins with `operation:CODE:`
/// stands before `operation:CODE;` in the key.
pub(super) const POSTINGS_OF: &str =
    "(about = ?1 OR (about > ?2 AND about < ?3) OR (about > ?4 AND about < ?5))";

pub(super) fn postings_key(code: PaymentCode) -> [String; 5] {
    let digits = code.digits();
    let [from, to] = [':', ';'].map(|after| format!("operation:{digits}{after}"));
    let [since, until] = [':', ';'].map(|after| format!("refusal:{digits}{after}"));
    [Subject::Payment(code).to_string(), from, to, since, until]
}

/// Both halves come in the order of ids from their index and are merged, so that a page costs its own rows alone.
static REGISTER_ROWS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {PAID}, posting.id AS posting, posting.kind, posting.said, posting.debit, posting.at,
                posting.amount AS moved, payment.application
         FROM (SELECT id FROM posting WHERE debit = ?1 AND day = ?2 AND id > ?3 AND id <= ?4 AND code IS NOT NULL
               UNION ALL
               SELECT id FROM posting WHERE credit = ?1 AND day = ?2 AND id > ?3 AND id <= ?4 AND code IS NOT NULL
               ORDER BY id LIMIT ?5) AS page
         CROSS JOIN posting ON posting.id = page.id
         CROSS JOIN payment ON payment.code = posting.code
         ORDER BY page.id"
    )
});

/// The same rows in what is compared of them: nothing of it is confidential but what was said of a second sum.
const BOOKED: &str = "
    SELECT posting.id AS posting, posting.kind, posting.amount, posting.code, posting.said, payment.paid_reference
    FROM (SELECT id FROM posting WHERE debit = ?1 AND day = ?2 AND id > ?3 AND id <= ?4 AND code IS NOT NULL
          UNION ALL
          SELECT id FROM posting WHERE credit = ?1 AND day = ?2 AND id > ?3 AND id <= ?4 AND code IS NOT NULL
          ORDER BY id LIMIT ?5) AS page
    CROSS JOIN posting ON posting.id = page.id
    CROSS JOIN payment ON payment.code = posting.code
    ORDER BY page.id";

fn to_booked(fields: Fields<'_>, day: BankingDay, sealing: &Sealing<'_>) -> Kept<Booked> {
    let posting: i64 = fields.number("posting")?;
    let reference = match fields.maybe_borrowed("said")? {
        Some(sealed) => to_said(sealing.open(said_place(posting), sealed)?)?.bank_reference,
        None => fields.parsed("paid_reference")?,
    };
    Ok(Booked {
        posting: fields.number("posting")?,
        code: fields.code("code")?,
        reference,
        amount: fields.amount("amount")?,
        is_deduction: fields.parsed::<PostingKind>("kind")?.takes_away(),
        day,
    })
}

/// The account on which a party's register moves.
fn account_of(party: Party) -> Account {
    match party {
        Party::Provider(bin) => Account::ProviderPayable(bin),
        Party::Bank(bin) => Account::BankReceivable(bin),
    }
}

fn of_contract(id: i64, contract: &Contract, at: Moment, proposal: Option<MessageId>) -> Columns {
    let (kind, bank) = match &contract.terms {
        Terms::NationalOperator => (NATIONAL_OPERATOR, None),
        Terms::Bank(terms) => (BANK, Some(terms)),
    };
    let services = bank.and_then(|terms| terms.services.as_ref());
    let services = services.map(|all| all.iter().map(ServiceCode::as_str).collect::<Vec<_>>().join(" "));
    let amount = |amount: Option<Tiyn>| amount.map(Tiyn::as_i64);
    let mut columns = Columns::new();
    columns
        .number("id", id)
        .text("number", &contract.number)
        .text("kind", kind)
        .text("party", contract.party)
        .text("since", contract.since)
        .maybe_text("until", contract.until)
        .moment("kept_at", at)
        .maybe_text("services", services)
        .maybe_number("per_payment", amount(bank.and_then(|terms| terms.per_payment)))
        .maybe_number("per_day", amount(bank.and_then(|terms| terms.per_day)))
        .maybe_number("fee_basis_points", bank.map(|terms| terms.fee.basis_points.into()))
        .maybe_number("fee_least", bank.map(|terms| terms.fee.least.as_i64()))
        .maybe_number("fee_most", amount(bank.and_then(|terms| terms.fee.most)))
        .maybe_number("reimburse_days", bank.map(|terms| terms.reimburse_days.into()))
        .maybe_number("guarantee_days", bank.and_then(|terms| terms.guarantee_days).map(Into::into))
        .maybe_text("settlement_iban", bank.map(|terms| terms.settlement_iban.as_str()))
        .maybe_text("proposal", proposal);
    columns
}

const NATIONAL_OPERATOR: &str = "national-operator";
const BANK: &str = "bank";

fn to_contract(row: &Row<'_>, _: &Sealing<'_>) -> Kept<Contract> {
    let fields = Fields::of(row);
    let terms = match fields.text("kind")?.as_str() {
        NATIONAL_OPERATOR => Terms::NationalOperator,
        BANK => Terms::Bank(to_bank_terms(fields)?),
        _ => return Err(StoreError::Damaged("column kind".to_owned())),
    };
    Ok(Contract {
        number: fields.parsed("number")?,
        party: fields.parsed("party")?,
        since: fields.parsed("since")?,
        until: fields.maybe_parsed("until")?,
        terms,
    })
}

fn to_kept_contract(row: &Row<'_>, sealing: &Sealing<'_>) -> Kept<KeptContract> {
    let fields = Fields::of(row);
    Ok(KeptContract {
        contract: to_contract(row, sealing)?,
        at: fields.moment("kept_at")?,
        proposal: fields.maybe_parsed("proposal")?,
    })
}

fn to_bank_terms(fields: Fields<'_>) -> Kept<BankTerms> {
    let services = fields.maybe_text("services")?.map(|codes| {
        let code = |code: &str| code.parse().map_err(|_| StoreError::Damaged("column services".to_owned()));
        codes.split_whitespace().map(code).collect::<Kept<Vec<ServiceCode>>>()
    });
    Ok(BankTerms {
        services: services.transpose()?,
        per_payment: fields.maybe_amount("per_payment")?,
        per_day: fields.maybe_amount("per_day")?,
        fee: Fee {
            basis_points: fields.number("fee_basis_points")?,
            least: fields.amount("fee_least")?,
            most: fields.maybe_amount("fee_most")?,
        },
        reimburse_days: fields.number("reimburse_days")?,
        guarantee_days: fields.maybe_number("guarantee_days")?,
        settlement_iban: fields.parsed("settlement_iban")?,
    })
}

pub(super) fn place_column(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

impl SqliteTx<'_> {
    fn post_with(&mut self, posting: &Posting, said: Option<&Requisites>) -> Kept<u64> {
        let id = self.next_id("posting")?;
        let mut columns = of_posting(id, posting);
        if let Some(said) = said {
            columns.sealed("said", self.sealing.seal(said_place(id), plain_said(said))?);
        }
        match columns.insert(self.conn, "posting") {
            Err(StoreError::Taken) => {}
            other => return other.map(|()| id.unsigned_abs()),
        }
        let sql = "SELECT * FROM posting WHERE about = ?1 AND kind = ?2";
        let kept = self.one(sql, &[&posting.about.to_string(), &posting.kind.name()], to_posting)?;
        match kept {
            Some(kept) if kept.posting.says_the_same(posting) => Ok(kept.id),
            _ => Err(StoreError::Taken),
        }
    }
}

impl SqliteTx<'_> {
    /// A page of what stands on a party's account on a day, by a statement with these five parameters.
    fn page<T>(
        &self,
        sql: &str,
        party: Party,
        day: BankingDay,
        (up_to, after): (u64, u64),
        limit: usize,
        to_row: impl Fn(Fields<'_>, BankingDay, &Sealing<'_>) -> Kept<T>,
    ) -> Kept<Vec<T>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let places = Places::of(&statement);
        let account = account_of(party).to_string();
        let key = params![account, day.to_string(), place_column(after), place_column(up_to), bounded(limit)];
        let mut rows = statement.query(key)?;
        let mut page = Vec::with_capacity(limit.min(LIST_BOUND));
        while let Some(row) = rows.next()? {
            page.push(to_row(Fields::at(row, &places), day, &self.sealing)?);
        }
        Ok(page)
    }
}

impl BooksView for SqliteTx<'_> {
    fn last_posting(&self) -> Kept<u64> {
        self.count("SELECT coalesce(max(id), 0) FROM posting", &[])
    }

    fn postings_after(&self, after: u64, limit: usize) -> Kept<Vec<PlacedPosting>> {
        let sql = "SELECT * FROM posting WHERE id > ? ORDER BY id LIMIT ?";
        self.all(sql, &[&place_column(after), &bounded(limit)], to_posting)
    }

    fn postings_of(&self, code: PaymentCode) -> Kept<Vec<PlacedPosting>> {
        let sql = format!("SELECT * FROM posting WHERE {POSTINGS_OF} ORDER BY id LIMIT ?6");
        let [payment, from, to, since, until] = postings_key(code);
        self.all(&sql, &[&payment, &from, &to, &since, &until, &bounded(LIST_BOUND)], to_posting)
    }

    fn postings_on(
        &self,
        account: Account,
        day: BankingDay,
        after: u64,
        limit: usize,
    ) -> Kept<Vec<PlacedPosting>> {
        let sql = "SELECT posting.* FROM
                       (SELECT id FROM posting WHERE debit = ?1 AND day = ?2 AND id > ?3
                        UNION ALL SELECT id FROM posting WHERE credit = ?1 AND day = ?2 AND id > ?3
                        ORDER BY id LIMIT ?4) AS page
                   CROSS JOIN posting ON posting.id = page.id ORDER BY page.id";
        let key = params![account.to_string(), day.to_string(), place_column(after), bounded(limit)];
        self.all(sql, key, to_posting)
    }

    fn balances(&self, until: Option<BankingDay>, up_to_posting: u64) -> Kept<Balances> {
        let mut balances = Balances::default();
        for (side, is_debit) in [("debit", true), ("credit", false)] {
            // Without an index: in the order of the file.
            let sql = format!(
                "SELECT {side} AS account, sum(amount) AS sum FROM posting NOT INDEXED
                 WHERE id <= ?1 AND (?2 IS NULL OR day <= ?2) GROUP BY {side}"
            );
            let mut statement = self.conn.prepare_cached(&sql)?;
            let until = until.map(|day| day.to_string());
            let mut rows = statement.query(params![place_column(up_to_posting), until])?;
            while let Some(row) = rows.next()? {
                let fields = Fields::of(row);
                let sum = fields.number("sum")?;
                let (debit, credit) = if is_debit { (sum, 0) } else { (0, sum) };
                balances.add(fields.parsed("account")?, Turnover { debit, credit });
            }
        }
        Ok(balances)
    }

    fn register_rows(
        &self,
        party: Party,
        day: BankingDay,
        up_to_posting: u64,
        after_posting: u64,
        limit: usize,
    ) -> Kept<Vec<RegisterRow>> {
        let bounds = (up_to_posting, after_posting);
        self.page(&REGISTER_ROWS, party, day, bounds, limit, to_register_row)
    }

    fn booked(
        &self,
        party: Party,
        day: BankingDay,
        up_to_posting: u64,
        after_posting: u64,
        limit: usize,
    ) -> Kept<Vec<Booked>> {
        self.page(BOOKED, party, day, (up_to_posting, after_posting), limit, to_booked)
    }

    fn page_end(
        &self,
        party: Party,
        day: BankingDay,
        up_to_posting: u64,
        after_posting: u64,
        limit: usize,
    ) -> Kept<Option<u64>> {
        let sql = "SELECT max(id) FROM
                       (SELECT id FROM posting WHERE debit = ?1 AND day = ?2 AND id > ?3 AND id <= ?4
                        UNION ALL SELECT id FROM posting WHERE credit = ?1 AND day = ?2 AND id > ?3 AND id <= ?4
                        ORDER BY id LIMIT ?5)";
        let key = params![
            account_of(party).to_string(),
            day.to_string(),
            place_column(after_posting),
            place_column(up_to_posting),
            bounded(limit)
        ];
        let last: Option<i64> = self.conn.prepare_cached(sql)?.query_row(key, |row| row.get(0))?;
        Ok(last.map(i64::unsigned_abs))
    }

    fn surplus(&self, posting: u64) -> Kept<Option<Requisites>> {
        let id = place_column(posting);
        let sql = "SELECT said FROM posting WHERE id = ?";
        let said: Option<Option<Vec<u8>>> = self.one(sql, &[&id], |row, _| Ok(row.get(0)?))?;
        let open = |sealed: Vec<u8>| to_said(self.sealing.open(said_place(id), &sealed)?);
        said.flatten().map(open).transpose()
    }

    fn codes_after(&self, after: Option<PaymentCode>, limit: usize) -> Kept<Vec<PaymentCode>> {
        let sql = "SELECT code FROM payment WHERE code > ? ORDER BY code LIMIT ?";
        let code: Read<PaymentCode> = |row, _| Fields::of(row).code("code");
        self.all(sql, &[&after.map_or(0, code_column), &bounded(limit)], code)
    }

    fn unposted(&self, limit: usize) -> Kept<Vec<PaymentCode>> {
        let sql = "SELECT code FROM posting_backlog ORDER BY id LIMIT ?";
        self.all(sql, &[&bounded(limit)], |row, _| Fields::of(row).code("code"))
    }

    fn contracts_with(&self, party: Bin) -> Kept<Vec<Contract>> {
        let sql = "SELECT * FROM contract WHERE party = ? ORDER BY id LIMIT ?";
        self.all(sql, &[&party.to_string(), &bounded(LIST_BOUND)], to_contract)
    }

    fn contracts(&self) -> Kept<Vec<Contract>> {
        self.all("SELECT * FROM contract ORDER BY id LIMIT ?", &[&bounded(LIST_BOUND)], to_contract)
    }

    fn kept_contracts(&self) -> Kept<Vec<KeptContract>> {
        self.all("SELECT * FROM contract ORDER BY id LIMIT ?", &[&bounded(LIST_BOUND)], to_kept_contract)
    }
}

impl BooksTx for SqliteTx<'_> {
    fn post(&mut self, posting: &Posting) -> Kept<u64> {
        self.post_with(posting, None)
    }

    fn post_surplus(&mut self, posting: &Posting, said: &Requisites) -> Kept<u64> {
        self.post_with(posting, Some(said))
    }

    fn posted(&mut self, code: PaymentCode) -> Kept<()> {
        let sql = "DELETE FROM posting_backlog WHERE code = ?";
        self.conn.prepare_cached(sql)?.execute([code_column(code)])?;
        Ok(())
    }

    fn insert_contract(&mut self, contract: &Contract, at: Moment, proposal: Option<MessageId>) -> Kept<()> {
        of_contract(self.next_id("contract")?, contract, at, proposal).insert(self.conn, "contract")
    }

    fn note_issued(&mut self, bank: Bin, day: BankingDay, amount: Tiyn) -> Kept<Tiyn> {
        let sql = "INSERT INTO issued_sum (bank, day, sum) VALUES (?, ?, ?)
                   ON CONFLICT (bank, day) DO UPDATE SET sum = sum + excluded.sum RETURNING sum";
        let sum = self.count(sql, &[&bank.to_string(), &day.to_string(), &amount.as_i64()])?;
        // Above every limit that can be agreed on; whoever is above it is refused, and this undone.
        Ok(Tiyn::new(sum).unwrap_or(Tiyn::LARGEST))
    }

    fn note_counts(&mut self, bank: Bin, day: BankingDay, amount: Tiyn, counts: bool) -> Kept<()> {
        // A day of before codes were counted has no row, and no row is made for it.
        let sql = "UPDATE issued_sum SET sum = max(0, sum + ?) WHERE bank = ? AND day = ?";
        let change = if counts { amount.as_i64() } else { -amount.as_i64() };
        self.conn.prepare_cached(sql)?.execute(params![change, bank.to_string(), day.to_string()])?;
        Ok(())
    }
}
