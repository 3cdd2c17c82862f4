//! The bank's tables. The only place here that knows SQL; every function works inside the caller's
//! transaction.
//!
//! What is decided is decided in `core`, `card` and `operation`. The one writer of the database makes «look,
//! decide, write» one step, so that the same attempt arriving twice at once is decided once.

use std::path::Path;

use store::columns::{Columns, Fields, unsigned_column};
use store::rusqlite::types::Value;
use store::rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use store::{Database, Migration, Options, StoreError, mailbox};
use terms::{
    AttemptId, BankReference, BankingDay, Bin, Iban, Moment, Party, PartyNumber, PaymentCode, ShortText, Tiyn,
};
use wire::common::Beneficiary;
use wire::iso8583::Pan;

use crate::card::{Card, CardMeaning};
use crate::card_key::CardKey;
use crate::core::{Account, Actor, Ledger, Posting, opening_postings};
use crate::one_time_code::{CodeRefusal, OneTimeSecret, Tries};
use crate::operation::{Admission, Content, GivenBackAs, Operation, Order, Origin, Stage};
use crate::settings::{Operator, Seed, SeedClient};

pub mod settlement;

const MIGRATIONS: [Migration; 4] = [
    mailbox::MIGRATION,
    Migration { version: 2, name: "bank", sql: include_str!("schema/bank.sql") },
    Migration { version: 3, name: "one_time_codes", sql: include_str!("schema/one_time_codes.sql") },
    Migration { version: 4, name: "settlement", sql: include_str!("schema/settlement.sql") },
];

/// The most operations a history shows.
pub const HISTORY_LONGEST: i64 = 100;

/// Opens the bank's database.
///
/// # Errors
/// Where the file or its schema is not usable.
pub fn open(path: &Path) -> Result<Database, StoreError> {
    Database::open(path, &MIGRATIONS, Options::default())
}

/// Opens the bank's database beside a running bank, for reading only.
///
/// # Errors
/// Where there is none, or it cannot be read.
pub fn open_read_only(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("column {what}"))
}

/// The first moment of a banking day and the first after it, as columns have them.
fn bounds(day: BankingDay) -> [i64; 2] {
    [day.begins_at().unix_microseconds(), day.ends_at().unix_microseconds()]
}

// ---- clients, accounts, cards ----

/// What is kept of a client's way into the internet bank: the password's hash, the sealed secret.
pub type KeptAccess = (String, Vec<u8>);

/// Takes clients, accounts and cards over from the settings; what is there already is left alone.
///
/// # Errors
/// Those of the database.
pub fn seed(
    tx: &Connection,
    seed: &Seed,
    kept: &[Option<KeptAccess>],
    key: &CardKey,
    now: Moment,
) -> Result<(), StoreError> {
    for (SeedClient { number, name, access }, kept) in seed.clients.iter().zip(kept) {
        let sql =
            "INSERT INTO client (number, name, login, password_hash, one_time_secret, actor_iin, actor_name)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
        let access = access.as_ref();
        tx.prepare_cached(sql)?.execute(params![
            number.to_string(),
            name.as_str(),
            access.map(|access| &access.login),
            kept.as_ref().map(|(hash, _)| hash),
            kept.as_ref().map(|(_, secret)| secret),
            access.map(|access| access.actor.iin.to_string()),
            access.map(|access| access.actor.name.as_str()),
        ])?;
    }
    for account in &seed.accounts {
        let sql = "INSERT INTO account (iban, owner, balance, is_open, conduct) VALUES (?1, ?2, 0, ?3, ?4)
                   ON CONFLICT DO NOTHING";
        let values = params![
            account.iban.as_str(),
            account.owner.to_string(),
            account.is_open,
            account.conduct.word()
        ];
        if tx.prepare_cached(sql)?.execute(values)? == 1 {
            post(tx, None, "opening", &opening_postings(account.iban, account.balance), now)?;
        }
    }
    for (pan, account, pin, meaning) in &seed.cards {
        let sql =
            "INSERT INTO card (digest, pin_digest, masked, account, meaning) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT DO NOTHING";
        tx.prepare_cached(sql)?.execute(params![
            key.card(pan),
            key.pin(pan, pin),
            pan.masked(),
            account.as_str(),
            meaning.word()
        ])?;
    }
    Ok(())
}

/// Opens the gateway operator's account where there is none yet.
///
/// # Errors
/// Those of the database.
pub fn open_operator_account(tx: &Connection, gateway: Bin, operator: &Operator) -> Result<(), StoreError> {
    let sql = "INSERT INTO client (number, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    tx.prepare_cached(sql)?.execute(params![gateway.to_string(), operator.name.as_str()])?;
    let sql = "INSERT INTO account (iban, owner, balance, is_open, conduct) VALUES (?1, ?2, 0, 1, ?3)
               ON CONFLICT DO NOTHING";
    let normal = crate::core::Conduct::Normal.word();
    tx.prepare_cached(sql)?.execute(params![operator.account.as_str(), gateway.to_string(), normal])?;
    Ok(())
}

/// Whether there are clients already, so that their passwords need no hashing again.
///
/// # Errors
/// Those of the database.
pub fn is_seeded(conn: &Connection) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM client)")?.query_row([], |row| row.get(0))?)
}

/// An account.
///
/// # Errors
/// Those of the database; so for all that read.
pub fn account(conn: &Connection, iban: &Iban) -> Result<Option<Account>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT * FROM account WHERE iban = ?1")?;
    let mut rows = statement.query([iban.as_str()])?;
    rows.next()?.map(read_account).transpose()
}

/// The accounts of a client, in the order of their numbers.
///
/// # Errors
/// Those of the database.
pub fn accounts_of(conn: &Connection, owner: PartyNumber) -> Result<Vec<Account>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT * FROM account WHERE owner = ?1 ORDER BY iban")?;
    let mut rows = statement.query([owner.to_string()])?;
    let mut accounts = Vec::new();
    while let Some(row) = rows.next()? {
        accounts.push(read_account(row)?);
    }
    Ok(accounts)
}

fn read_account(row: &Row<'_>) -> Result<Account, StoreError> {
    let fields = Fields::of(row);
    Ok(Account {
        iban: fields.parsed("iban")?,
        owner: fields.parsed("owner")?,
        balance: fields.amount("balance")?,
        is_open: fields.number::<i64>("is_open")? != 0,
        conduct: fields.parsed("conduct")?,
    })
}

/// A client as a party to a payment.
///
/// # Errors
/// Those of the database.
pub fn client(conn: &Connection, number: PartyNumber) -> Result<Option<Party>, StoreError> {
    let name: Option<String> = conn
        .prepare_cached("SELECT name FROM client WHERE number = ?1")?
        .query_row([number.to_string()], |row| row.get(0))
        .optional()?;
    let name = name.map(|name| name.parse::<ShortText>().map_err(|_| damaged("name"))).transpose()?;
    Ok(name.map(|name| Party { number, name }))
}

/// Whose login this is, and the hash of the password.
///
/// # Errors
/// Those of the database.
pub fn access(conn: &Connection, login: &str) -> Result<Option<(PartyNumber, String)>, StoreError> {
    let found: Option<(String, String)> = conn
        .prepare_cached(
            "SELECT number, password_hash FROM client WHERE login = ?1 AND password_hash IS NOT NULL",
        )?
        .query_row([login], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(number, hash)| Ok((number.parse().map_err(|_| damaged("number"))?, hash))).transpose()
}

/// Looks at a one-time code of a client and keeps what is to be remembered of it.
///
/// # Errors
/// [`StoreError::Damaged`] where the client's secret cannot be read.
pub fn look_at_code(
    tx: &Connection,
    key: &CardKey,
    client: PartyNumber,
    typed: &str,
    now: Moment,
) -> Result<Result<(), CodeRefusal>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT * FROM client WHERE number = ?1")?;
    let mut rows = statement.query([client.to_string()])?;
    let fields = Fields::of(rows.next()?.ok_or(StoreError::Conflict)?);
    let sealed = fields.maybe_octets("one_time_secret")?.unwrap_or_default();
    let secret = OneTimeSecret::open(key, client, &sealed).ok_or_else(|| damaged("one_time_secret"))?;
    let tries = Tries {
        last_step: u64::try_from(fields.number::<i64>("last_step")?).map_err(|_| damaged("last_step"))?,
        wrong: fields.number("wrong_codes")?,
        wrong_at: fields.moment("wrong_code_at")?,
    };
    let (tries, taken) = tries.look_at(&secret, typed, now);
    let sql = "UPDATE client SET last_step = ?2, wrong_codes = ?3, wrong_code_at = ?4 WHERE number = ?1";
    tx.prepare_cached(sql)?.execute(params![
        client.to_string(),
        unsigned_column(tries.last_step, "last_step")?,
        tries.wrong,
        tries.wrong_at.unix_microseconds()
    ])?;
    Ok(taken)
}

/// The cards that draw on a client's accounts: what may be shown of their numbers, and the account.
///
/// # Errors
/// Those of the database.
pub fn cards_of(conn: &Connection, owner: PartyNumber) -> Result<Vec<(String, Iban)>, StoreError> {
    let sql = "SELECT card.masked, card.account FROM card JOIN account ON account.iban = card.account
               WHERE account.owner = ?1 ORDER BY card.masked";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([owner.to_string()])?;
    let mut cards = Vec::new();
    while let Some(row) = rows.next()? {
        let fields = Fields::of(row);
        cards.push((fields.text("masked")?, fields.parsed("account")?));
    }
    Ok(cards)
}

/// A card with the digest of its PIN.
///
/// # Errors
/// Those of the database.
pub fn card(conn: &Connection, key: &CardKey, pan: &Pan) -> Result<Option<(Card, [u8; 32])>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT * FROM card WHERE digest = ?1")?;
    let mut rows = statement.query([key.card(pan)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let fields = Fields::of(row);
    let card = Card {
        masked: fields.text("masked")?,
        account: fields.parsed("account")?,
        meaning: fields.parsed::<CardMeaning>("meaning")?,
        wrong_pins: fields.number("wrong_pins")?,
    };
    Ok(Some((card, fields.octets("pin_digest")?)))
}

/// Counts a wrong PIN, or forgets the wrong ones after a right one.
///
/// # Errors
/// Those of the database.
pub fn count_pin(tx: &Connection, key: &CardKey, pan: &Pan, right: bool) -> Result<(), StoreError> {
    let sql = "UPDATE card SET wrong_pins = CASE WHEN ?2 THEN 0 ELSE wrong_pins + 1 END WHERE digest = ?1";
    tx.prepare_cached(sql)?.execute(params![key.card(pan), right])?;
    Ok(())
}

// ---- operations ----

/// Puts an operation on record where its attempt is new.
///
/// # Errors
/// Those of the database.
pub fn open_operation(tx: &Connection, operation: &Operation) -> Result<Admission, StoreError> {
    let admission = admit(tx, &operation.origin, &operation.attempt, &operation.content)?;
    if matches!(admission, Admission::New) {
        insert(tx, operation)?;
    }
    Ok(admission)
}

/// What the bank knows about an attempt.
///
/// # Errors
/// Those of the database.
pub fn admit(
    conn: &Connection,
    origin: &Origin,
    attempt: &AttemptId,
    content: &Content,
) -> Result<Admission, StoreError> {
    if let Some((_, operation)) = find(conn, origin, attempt)? {
        let is_same = operation.content == *content;
        return Ok(if is_same { Admission::Known(Box::new(operation)) } else { Admission::Reused });
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM blocked_attempt WHERE origin = ?1 AND attempt = ?2)";
    let blocked: bool =
        conn.prepare_cached(sql)?.query_row([origin.to_string(), attempt.to_string()], |row| row.get(0))?;
    Ok(if blocked { Admission::Blocked } else { Admission::New })
}

/// The operation of an attempt, with its row.
///
/// # Errors
/// Those of the database.
pub fn find(
    conn: &Connection,
    origin: &Origin,
    attempt: &AttemptId,
) -> Result<Option<(i64, Operation)>, StoreError> {
    let mut found =
        select(conn, "origin = ?1 AND attempt = ?2 LIMIT 1", params![origin.to_string(), attempt.as_str()])?;
    Ok(found.pop())
}

/// The operations under a payment code, the latest first.
///
/// # Errors
/// Those of the database.
pub fn under_code(conn: &Connection, code: PaymentCode) -> Result<Vec<(i64, Operation)>, StoreError> {
    select(conn, "code = ?1 ORDER BY id DESC", params![store::columns::code_column(code)])
}

/// The operation with this bank reference.
///
/// # Errors
/// Those of the database.
pub fn by_reference(
    conn: &Connection,
    reference: &BankReference,
) -> Result<Option<(i64, Operation)>, StoreError> {
    Ok(select(conn, "reference = ?1", params![reference.as_str()])?.pop())
}

/// What a client paid and tried to pay in all channels, the latest first.
///
/// # Errors
/// Those of the database.
pub fn history(conn: &Connection, payer: PartyNumber) -> Result<Vec<(i64, Operation)>, StoreError> {
    select(conn, "payer_number = ?1 ORDER BY id DESC LIMIT ?2", params![payer.to_string(), HISTORY_LONGEST])
}

/// Operations that were opened and not ended: left by a process that stopped.
///
/// # Errors
/// Those of the database.
pub fn left_open(conn: &Connection) -> Result<Vec<(i64, Operation)>, StoreError> {
    select(conn, "stage = 'opened' ORDER BY id", params![])
}

fn select(
    conn: &Connection,
    condition: &'static str,
    values: impl store::rusqlite::Params,
) -> Result<Vec<(i64, Operation)>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("SELECT * FROM operation WHERE {condition}"))?;
    let mut rows = statement.query(values)?;
    let mut operations = Vec::new();
    while let Some(row) = rows.next()? {
        operations.push((Fields::of(row).number("id")?, read_operation(row)?));
    }
    Ok(operations)
}

fn read_operation(row: &Row<'_>) -> Result<Operation, StoreError> {
    let fields = Fields::of(row);
    let order = match fields.maybe_parsed("provider")? {
        None => None,
        Some(provider) => Some(Order {
            provider,
            beneficiary: Beneficiary {
                iban: fields.parsed("beneficiary_iban")?,
                bic: fields.parsed("beneficiary_bic")?,
                kbk: fields.parsed("kbk")?,
                knp: fields.parsed("knp")?,
                kbe: fields.parsed("kbe")?,
                purpose: fields.parsed("purpose")?,
            },
        }),
    };
    let inserted: Option<i64> = row.get("inserted")?;
    let inserted = inserted.map(|tiyn| u64::try_from(tiyn).ok().and_then(|tiyn| Tiyn::new(tiyn).ok()));
    Ok(Operation {
        origin: fields.parsed("origin")?,
        attempt: fields.parsed("attempt")?,
        content: Content(fields.octets("content")?),
        channel: fields.parsed("channel")?,
        service: fields.parsed("service")?,
        amount: fields.amount("amount")?,
        commission: fields.amount("commission")?,
        payer: fields.party("payer")?,
        recipient: fields.party("recipient")?,
        source: fields.parsed("source")?,
        source_shown: fields.text("source_shown")?,
        inserted: inserted.map(|inserted| inserted.ok_or_else(|| damaged("inserted"))).transpose()?,
        opened_at: fields.moment("opened_at")?,
        code: fields.maybe_code("code")?,
        order,
        stage: read_stage(&fields)?,
    })
}

fn read_stage(fields: &Fields<'_>) -> Result<Stage, StoreError> {
    Ok(match fields.text("stage")?.as_str() {
        "opened" => Stage::Opened,
        "taken" => Stage::Taken { reference: fields.parsed("reference")?, at: fields.moment("settled_at")? },
        "refused" => Stage::Refused {
            why: fields.parsed("refusal")?,
            card: fields.maybe_parsed("card_refusal")?,
            at: fields.moment("settled_at")?,
        },
        "given-back" => Stage::GivenBack {
            reference: fields.parsed("reference")?,
            at: fields.moment("settled_at")?,
            how: fields.parsed::<GivenBackAs>("given_back_as")?,
            back_at: fields.moment("given_back_at")?,
        },
        _ => return Err(damaged("stage")),
    })
}

fn columns(operation: &Operation) -> Columns {
    let mut columns = Columns::new();
    columns
        .text("origin", &operation.origin)
        .text("attempt", &operation.attempt)
        .octets("content", &operation.content.0)
        .text("channel", operation.channel)
        .text("service", &operation.service)
        .amount("amount", operation.amount)
        .amount("commission", operation.commission)
        .party("payer", &operation.payer)
        .party("recipient", &operation.recipient)
        .text("source", &operation.source)
        .text("source_shown", &operation.source_shown)
        .moment("opened_at", operation.opened_at)
        .maybe_code("code", operation.code);
    if let Some(inserted) = operation.inserted {
        columns.amount("inserted", inserted);
    }
    if let Some(Order { provider, beneficiary }) = &operation.order {
        columns
            .text("provider", provider)
            .text("beneficiary_iban", beneficiary.iban)
            .text("beneficiary_bic", &beneficiary.bic)
            .text("kbk", beneficiary.kbk)
            .text("knp", beneficiary.knp)
            .text("kbe", beneficiary.kbe)
            .text("purpose", &beneficiary.purpose);
    }
    match &operation.stage {
        Stage::Opened => columns.text("stage", "opened"),
        Stage::Taken { reference, at } => {
            columns.text("stage", "taken").text("reference", reference).moment("settled_at", *at)
        }
        Stage::Refused { why, card, at } => columns
            .text("stage", "refused")
            .text("refusal", why)
            .maybe_text("card_refusal", *card)
            .moment("settled_at", *at),
        Stage::GivenBack { reference, at, how, back_at } => columns
            .text("stage", "given-back")
            .text("reference", reference)
            .moment("settled_at", *at)
            .text("given_back_as", how)
            .moment("given_back_at", *back_at),
    };
    columns
}

/// Inserts an operation; its row.
///
/// # Errors
/// [`StoreError::Taken`] where the attempt exists.
pub fn insert(tx: &Connection, operation: &Operation) -> Result<i64, StoreError> {
    columns(operation).insert(tx, "operation")?;
    Ok(tx.last_insert_rowid())
}

/// Writes an operation over its row.
///
/// # Errors
/// [`StoreError::Conflict`] where the row is gone.
pub fn save(tx: &Connection, row: i64, operation: &Operation) -> Result<(), StoreError> {
    // The caller read the row in the same transaction of the one writer, so its version is the present one.
    let version: i64 = tx
        .prepare_cached("SELECT version FROM operation WHERE id = ?1")?
        .query_row([row], |row| row.get(0))?;
    let version = u64::try_from(version).map_err(|_| damaged("version"))?;
    columns(operation).compare_and_set(tx, "operation", "id", &Value::Integer(row), version)
}

/// The bank's own id of an operation: prefix, day, number of its row.
///
/// # Errors
/// [`StoreError::OutOfRange`] where the prefix is none.
pub fn reference(prefix: &str, day: BankingDay, row: i64) -> Result<BankReference, StoreError> {
    let day = day.to_string().replace('-', "");
    format!("{prefix}-{day}-{row:06}").parse().map_err(|_| StoreError::OutOfRange("reference"))
}

/// The bank's own id of a claim it paid or of a payout: prefix, day, mark, number of its row.
///
/// # Errors
/// [`StoreError::OutOfRange`] where the prefix is none.
pub fn marked_reference(
    prefix: &str,
    day: BankingDay,
    mark: char,
    row: i64,
) -> Result<BankReference, StoreError> {
    let day = day.to_string().replace('-', "");
    format!("{prefix}-{day}-{mark}{row:06}").parse().map_err(|_| StoreError::OutOfRange("reference"))
}

/// Makes «never seen» final: this attempt will be refused if it comes after all.
///
/// # Errors
/// Those of the database.
pub fn block(tx: &Connection, origin: &Origin, attempt: &AttemptId, now: Moment) -> Result<(), StoreError> {
    let sql = "INSERT INTO blocked_attempt (origin, attempt, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    tx.prepare_cached(sql)?.execute(params![
        origin.to_string(),
        attempt.as_str(),
        now.unix_microseconds()
    ])?;
    Ok(())
}

// ---- postings ----

/// Books an entry; balances of clients' accounts move with it.
///
/// # Errors
/// [`StoreError::Taken`] where this kind of entry is booked for the operation already.
pub fn post(
    tx: &Connection,
    operation: Option<i64>,
    kind: &'static str,
    postings: &[Posting],
    at: Moment,
) -> Result<(), StoreError> {
    book(tx, operation, None, kind, postings, at)
}

/// Books an entry about a claim or a payout; balances of clients' accounts move with it.
///
/// # Errors
/// [`StoreError::Taken`] where this kind of entry is booked for the document already.
pub fn post_document(
    tx: &Connection,
    document: &str,
    kind: &'static str,
    postings: &[Posting],
    at: Moment,
) -> Result<(), StoreError> {
    book(tx, None, Some(document), kind, postings, at)
}

fn book(
    tx: &Connection,
    operation: Option<i64>,
    document: Option<&str>,
    kind: &'static str,
    postings: &[Posting],
    at: Moment,
) -> Result<(), StoreError> {
    for Posting { ledger, tiyn } in postings {
        let sql = "INSERT INTO posting (operation, document, kind, ledger, tiyn, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        tx.prepare_cached(sql)?.execute(params![
            operation,
            document,
            kind,
            ledger.to_string(),
            tiyn,
            at.unix_microseconds()
        ])?;
        if let Ledger::Client(iban) = ledger {
            let sql = "UPDATE account SET balance = balance + ?2 WHERE iban = ?1";
            let moved = tx.prepare_cached(sql)?.execute(params![iban.as_str(), tiyn])?;
            if moved != 1 {
                return Err(StoreError::Conflict);
            }
        }
    }
    Ok(())
}

/// The entry of an operation of one kind.
///
/// # Errors
/// Those of the database.
pub fn postings(conn: &Connection, operation: i64, kind: &str) -> Result<Vec<Posting>, StoreError> {
    let sql = "SELECT ledger, tiyn FROM posting WHERE operation = ?1 AND kind = ?2 ORDER BY id";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![operation, kind])?;
    let mut postings = Vec::new();
    while let Some(row) = rows.next()? {
        let fields = Fields::of(row);
        postings.push(Posting { ledger: fields.parsed("ledger")?, tiyn: fields.number("tiyn")? });
    }
    Ok(postings)
}

/// What stands on a ledger, in tiyn; credits are positive.
///
/// # Errors
/// Those of the database.
pub fn balance(conn: &Connection, ledger: &Ledger) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(sum(tiyn), 0) FROM posting WHERE ledger = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([ledger.to_string()], |row| row.get(0))?)
}

// ---- cash, registers, evidence, notices ----

/// Records cash that waits for its owner; the number of its claim. A repeat gets the number given before.
///
/// # Errors
/// Those of the database.
pub fn suspend_cash(
    tx: &Connection,
    prefix: &str,
    terminal: &str,
    attempt: &AttemptId,
    amount: Tiyn,
    now: Moment,
) -> Result<String, StoreError> {
    suspend_cash_once(tx, prefix, terminal, attempt, amount, now).map(|(number, _)| number)
}

/// As [`suspend_cash`], and whether the claim is new.
///
/// # Errors
/// Those of the database.
pub fn suspend_cash_once(
    tx: &Connection,
    prefix: &str,
    terminal: &str,
    attempt: &AttemptId,
    amount: Tiyn,
    now: Moment,
) -> Result<(String, bool), StoreError> {
    let known = "SELECT number FROM cash_claim WHERE terminal = ?1 AND attempt = ?2";
    let known: Option<String> =
        tx.prepare_cached(known)?.query_row([terminal, attempt.as_str()], |row| row.get(0)).optional()?;
    if let Some(number) = known {
        return Ok((number, false));
    }
    let next: i64 =
        tx.prepare_cached("SELECT count(*) + 1 FROM cash_claim")?.query_row([], |row| row.get(0))?;
    let number = format!("{prefix}-C-{next:06}");
    Columns::new()
        .text("number", &number)
        .text("terminal", terminal)
        .text("attempt", attempt)
        .amount("amount", amount)
        .moment("at", now)
        .insert(tx, "cash_claim")?;
    Ok((number, true))
}

/// Keeps a register.
///
/// # Errors
/// Those of the database.
pub fn keep_register(
    tx: &Connection,
    day: BankingDay,
    provider: Option<Bin>,
    count: u32,
    total: Tiyn,
    document: &[u8],
    now: Moment,
) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO register (day, provider, count, total, document, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    tx.prepare_cached(sql)?.execute(params![
        day.to_string(),
        provider.map(|provider| provider.to_string()),
        count,
        total.as_i64(),
        document,
        now.unix_microseconds()
    ])?;
    Ok(())
}

/// Keeps the signed message by which something was done.
///
/// # Errors
/// Those of the database.
pub fn keep_evidence(
    tx: &Connection,
    operation: &str,
    evidence: &envelope::Evidence,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO evidence (operation, octets, certificate, crl_number, received_at)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.prepare_cached(sql)?.execute(params![
        operation,
        &evidence.octets[..],
        evidence.certificate.der(),
        i64::try_from(evidence.crl_number).unwrap_or(i64::MAX),
        evidence.received_at.unix_microseconds()
    ])?;
    Ok(())
}

/// Where the notice of a payment code stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeState {
    /// When the gateway acknowledged it, over its signature.
    pub acknowledged_at: Option<Moment>,
    /// How often it was sent.
    pub tries: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// The notice of payment of a code; none where none was written.
///
/// # Errors
/// Those of the database.
pub fn notice(
    conn: &Connection,
    operation: &str,
    code: PaymentCode,
) -> Result<Option<NoticeState>, StoreError> {
    let sql = "SELECT acknowledged_at, tries, last_error FROM outbox WHERE about = ?1 AND operation = ?2
               ORDER BY created_at DESC LIMIT 1";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([code.digits().as_str(), operation])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let fields = Fields::of(row);
    Ok(Some(NoticeState {
        acknowledged_at: fields.maybe_moment("acknowledged_at")?,
        tries: fields.number("tries")?,
        last_error: fields.maybe_text("last_error")?,
    }))
}

// ---- sessions ----

/// Begins a session of a client.
///
/// # Errors
/// Those of the database.
pub fn begin_session(
    tx: &Connection,
    digest: &[u8; 32],
    client: PartyNumber,
    now: Moment,
    oldest: Moment,
) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM session WHERE used_at < ?1")?.execute([oldest.unix_microseconds()])?;
    let sql = "INSERT INTO session (digest, client, used_at) VALUES (?1, ?2, ?3)";
    tx.prepare_cached(sql)?.execute(params![digest, client.to_string(), now.unix_microseconds()])?;
    Ok(())
}

/// Whose session this is and who acts in it, where it was used since `oldest`; counts as a use.
///
/// # Errors
/// Those of the database.
pub fn use_session(
    tx: &Connection,
    digest: &[u8; 32],
    now: Moment,
    oldest: Moment,
) -> Result<Option<(Party, Actor)>, StoreError> {
    let sql = "UPDATE session SET used_at = ?2 WHERE digest = ?1 AND used_at >= ?3 RETURNING client";
    let client_number: Option<String> = tx
        .prepare_cached(sql)?
        .query_row(params![digest, now.unix_microseconds(), oldest.unix_microseconds()], |row| row.get(0))
        .optional()?;
    let Some(number) = client_number else { return Ok(None) };
    let mut statement = tx.prepare_cached("SELECT * FROM client WHERE number = ?1")?;
    let mut rows = statement.query([&number])?;
    let fields = Fields::of(rows.next()?.ok_or(StoreError::Conflict)?);
    let party = Party { number: fields.parsed("number")?, name: fields.parsed("name")? };
    let actor = Actor { iin: fields.parsed("actor_iin")?, name: fields.parsed("actor_name")? };
    Ok(Some((party, actor)))
}

/// Ends a session.
///
/// # Errors
/// Those of the database.
pub fn end_session(tx: &Connection, digest: &[u8; 32]) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM session WHERE digest = ?1")?.execute([digest])?;
    Ok(())
}
