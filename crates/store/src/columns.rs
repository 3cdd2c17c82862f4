//! Values of `terms` to columns and back: the two small tools every table mapping uses.
//!
//! Amounts are whole tiyn, times whole microseconds, numbers of people and things text, codes integers. A
//! column that cannot be read back is damage, not a default.

use std::borrow::Cow;
use std::cell::Cell;
use std::str::FromStr;

use rusqlite::types::{FromSql, Value, ValueRef};
use rusqlite::{Connection, Row, Statement, params_from_iter};
use terms::{Moment, Party, PaymentCode, Tiyn};

use crate::StoreError;

/// A payment code as an integer column.
pub fn code_column(code: PaymentCode) -> i64 {
    i64::try_from(code.as_u64()).expect("sixteen digits fit sixty-three bits")
}

/// Whole numbers without a sign as an integer column.
///
/// # Errors
/// [`StoreError::OutOfRange`] from 2⁶³ on.
pub fn unsigned_column(number: u64, what: &'static str) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::OutOfRange(what))
}

/// Room for the text of a statement over the widest table.
const LONG_STATEMENT_OCTETS: usize = 1024;

/// The columns of one row about to be written, in order.
#[derive(Default)]
pub struct Columns(Vec<(Cow<'static, str>, Value)>);

impl Columns {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn put(&mut self, name: impl Into<Cow<'static, str>>, value: Value) -> &mut Self {
        self.0.push((name.into(), value));
        self
    }

    /// Text: anything that is written as it is shown.
    pub fn text(&mut self, name: impl Into<Cow<'static, str>>, value: impl ToString) -> &mut Self {
        self.put(name, Value::Text(value.to_string()))
    }

    /// Text, where there is any.
    pub fn maybe_text(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: Option<impl ToString>,
    ) -> &mut Self {
        self.put(name, value.map_or(Value::Null, |value| Value::Text(value.to_string())))
    }

    /// A whole number.
    pub fn number(&mut self, name: impl Into<Cow<'static, str>>, value: i64) -> &mut Self {
        self.put(name, Value::Integer(value))
    }

    /// A whole number, where there is one.
    pub fn maybe_number(&mut self, name: impl Into<Cow<'static, str>>, value: Option<i64>) -> &mut Self {
        self.put(name, value.map_or(Value::Null, Value::Integer))
    }

    /// A payment code.
    pub fn code(&mut self, name: impl Into<Cow<'static, str>>, value: PaymentCode) -> &mut Self {
        self.number(name, code_column(value))
    }

    /// A payment code, where there is one.
    pub fn maybe_code(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: Option<PaymentCode>,
    ) -> &mut Self {
        self.put(name, value.map_or(Value::Null, |code| Value::Integer(code_column(code))))
    }

    /// An amount.
    pub fn amount(&mut self, name: impl Into<Cow<'static, str>>, value: Tiyn) -> &mut Self {
        self.number(name, value.as_i64())
    }

    /// A moment.
    pub fn moment(&mut self, name: impl Into<Cow<'static, str>>, value: Moment) -> &mut Self {
        self.number(name, value.unix_microseconds())
    }

    /// A moment, where there is one.
    pub fn maybe_moment(&mut self, name: impl Into<Cow<'static, str>>, value: Option<Moment>) -> &mut Self {
        self.put(name, value.map_or(Value::Null, |at| Value::Integer(at.unix_microseconds())))
    }

    /// Octets.
    pub fn octets(&mut self, name: impl Into<Cow<'static, str>>, value: &[u8]) -> &mut Self {
        self.put(name, Value::Blob(value.to_vec()))
    }

    /// Octets, where there are any.
    pub fn maybe_octets(&mut self, name: impl Into<Cow<'static, str>>, value: Option<&[u8]>) -> &mut Self {
        self.put(name, value.map_or(Value::Null, |octets| Value::Blob(octets.to_vec())))
    }

    /// What was sealed.
    pub(crate) fn sealed(&mut self, name: &'static str, value: Vec<u8>) -> &mut Self {
        self.put(name, Value::Blob(value))
    }

    /// A party, as `<prefix>_number` and `<prefix>_name`.
    pub fn party(&mut self, prefix: &str, value: &Party) -> &mut Self {
        self.text(format!("{prefix}_number"), value.number).text(format!("{prefix}_name"), &value.name)
    }

    /// Inserts the row.
    ///
    /// # Errors
    /// [`StoreError::Taken`] where a unique key exists already; the transaction goes on unharmed.
    pub fn insert(&self, tx: &Connection, table: &'static str) -> Result<(), StoreError> {
        let mut sql = String::with_capacity(LONG_STATEMENT_OCTETS);
        sql.extend(["INSERT INTO ", table, " ("]);
        for (place, (name, _)) in self.0.iter().enumerate() {
            sql.extend([if place == 0 { "" } else { "," }, name]);
        }
        sql.push_str(") VALUES (?");
        sql.extend(self.0.iter().skip(1).map(|_| ",?"));
        sql.push_str(") ON CONFLICT DO NOTHING");
        let values = self.0.iter().map(|(_, value)| value);
        let written = tx.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        if written == 1 { Ok(()) } else { Err(StoreError::Taken) }
    }

    /// Writes the row over the one with this key if that still has this version, and counts the version up.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the version moved on, or there is no such row.
    pub fn compare_and_set(
        &self,
        tx: &Connection,
        table: &'static str,
        key: &'static str,
        key_value: &Value,
        version: u64,
    ) -> Result<(), StoreError> {
        let mut sql = String::with_capacity(LONG_STATEMENT_OCTETS);
        sql.extend(["UPDATE ", table, " SET version = version + 1"]);
        for (name, _) in &self.0 {
            sql.extend([", ", name, " = ?"]);
        }
        sql.extend([" WHERE ", key, " = ? AND version = ?"]);
        let version = Value::Integer(unsigned_column(version, "version")?);
        let values = self.0.iter().map(|(_, value)| value).chain([key_value, &version]);
        let written = tx.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        if written == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }
}

/// Where the columns of a statement's rows stand: looked up once for the many rows of a page, since SQLite is asked for
/// every name again otherwise. A statement names its columns in about the order in which they are read, so the search for
/// one goes on where that for the last one ended.
pub struct Places {
    names: Vec<String>,
    next: Cell<usize>,
}

impl Places {
    /// Those of a statement.
    pub fn of(statement: &Statement<'_>) -> Self {
        let mut names: Vec<String> = Vec::new();
        for name in statement.column_names() {
            // Of two columns of one name the first counts, as SQLite has it.
            let is_second = names.iter().any(|one| one == name);
            names.push(if is_second { String::new() } else { name.to_owned() });
        }
        Self { names, next: Cell::new(0) }
    }

    fn find(&self, name: &str) -> Option<usize> {
        let (before, after) = self.names.split_at(self.next.get());
        let from = |start: usize, part: &[String]| Some(start + part.iter().position(|one| one == name)?);
        let found = from(before.len(), after).or_else(|| from(0, before))?;
        self.next.set(found + 1);
        Some(found)
    }
}

/// The columns of one row that was read, by name.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    row: &'a Row<'a>,
    places: Option<&'a Places>,
}

impl<'a> Fields<'a> {
    /// Those of this row.
    pub fn of(row: &'a Row<'a>) -> Self {
        Self { row, places: None }
    }

    /// Those of a row of a statement whose places are known.
    pub fn at(row: &'a Row<'a>, places: &'a Places) -> Self {
        Self { row, places: Some(places) }
    }

    fn value(&self, name: &str) -> Result<ValueRef<'a>, StoreError> {
        Ok(match self.places {
            None => self.row.get_ref(name)?,
            Some(places) => {
                let place = places.find(name);
                self.row.get_ref(place.ok_or_else(|| Self::damaged(name))?)?
            }
        })
    }

    fn get<T: FromSql>(&self, name: &str) -> Result<T, StoreError> {
        T::column_result(self.value(name)?).map_err(|_| Self::damaged(name))
    }

    fn damaged(name: &str) -> StoreError {
        StoreError::Damaged(format!("column {name}"))
    }

    /// Text.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the column holds no text; so for all the others.
    pub fn text(&self, name: &str) -> Result<String, StoreError> {
        self.maybe_text(name)?.ok_or_else(|| Self::damaged(name))
    }

    /// Text, where there is any.
    pub fn maybe_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.get(name)
    }

    /// A value of `terms` kept as text.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Result<T, StoreError> {
        self.maybe_parsed(name)?.ok_or_else(|| Self::damaged(name))
    }

    /// A value of `terms` kept as text, where there is one.
    pub fn maybe_parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let text = self.value(name)?.as_str_or_null().map_err(|_| Self::damaged(name))?;
        text.map(|text| text.parse().map_err(|_| Self::damaged(name))).transpose()
    }

    /// A whole number that fits the type asked for.
    pub fn number<T: TryFrom<i64>>(&self, name: &str) -> Result<T, StoreError> {
        let number: i64 = self.get(name)?;
        T::try_from(number).map_err(|_| Self::damaged(name))
    }

    /// A payment code.
    pub fn code(&self, name: &str) -> Result<PaymentCode, StoreError> {
        self.maybe_code(name)?.ok_or_else(|| Self::damaged(name))
    }

    /// A payment code, where there is one.
    pub fn maybe_code(&self, name: &str) -> Result<Option<PaymentCode>, StoreError> {
        let number: Option<i64> = self.get(name)?;
        let code = |number: i64| u64::try_from(number).ok()?.try_into().ok();
        number.map(|number| code(number).ok_or_else(|| Self::damaged(name))).transpose()
    }

    /// An amount.
    pub fn amount(&self, name: &str) -> Result<Tiyn, StoreError> {
        Tiyn::new(self.number(name)?).map_err(|_| Self::damaged(name))
    }

    /// A whole number that fits the type asked for, where there is one.
    pub fn maybe_number<T: TryFrom<i64>>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let number: Option<i64> = self.get(name)?;
        number.map(|number| T::try_from(number).map_err(|_| Self::damaged(name))).transpose()
    }

    /// An amount, where there is one.
    pub fn maybe_amount(&self, name: &str) -> Result<Option<Tiyn>, StoreError> {
        let amount = self.maybe_number(name)?;
        amount.map(|tiyn| Tiyn::new(tiyn).map_err(|_| Self::damaged(name))).transpose()
    }

    /// A moment.
    pub fn moment(&self, name: &str) -> Result<Moment, StoreError> {
        self.maybe_moment(name)?.ok_or_else(|| Self::damaged(name))
    }

    /// A moment, where there is one.
    pub fn maybe_moment(&self, name: &str) -> Result<Option<Moment>, StoreError> {
        let at: Option<i64> = self.get(name)?;
        Ok(at.map(Moment::from_unix_microseconds))
    }

    /// So many octets.
    pub fn octets<const N: usize>(&self, name: &str) -> Result<[u8; N], StoreError> {
        self.all_octets(name)?.try_into().map_err(|_| Self::damaged(name))
    }

    /// Octets, however many.
    pub fn all_octets(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        self.maybe_octets(name)?.ok_or_else(|| Self::damaged(name))
    }

    /// Octets, where there are any.
    pub fn maybe_octets(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(name)
    }

    /// The same where SQLite holds them, until the next row.
    pub(crate) fn maybe_borrowed(&self, name: &str) -> Result<Option<&'a [u8]>, StoreError> {
        self.value(name)?.as_blob_or_null().map_err(|_| Self::damaged(name))
    }

    /// A party, from `<prefix>_number` and `<prefix>_name`.
    pub fn party(&self, prefix: &str) -> Result<Party, StoreError> {
        Ok(Party {
            number: self.parsed(&format!("{prefix}_number"))?,
            name: self.parsed(&format!("{prefix}_name"))?,
        })
    }
}
