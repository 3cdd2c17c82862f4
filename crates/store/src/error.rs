//! What can go wrong with a store, as one closed list. Database codes are translated here and nowhere else.

use rusqlite::{Error as SqlError, ErrorCode};

/// Why something was not kept or not found. Nothing of the failed transaction is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Compare-and-set lost: read again and decide again.
    #[error("the row was changed by another transaction")]
    Conflict,
    /// A unique key exists already.
    #[error("the key is already taken")]
    Taken,
    /// The code has its row in the spend log: it was closed before.
    #[error("the payment code is already spent")]
    AlreadySpent,
    /// A payment was to be saved as closed without its row in the spend log.
    #[error("a closed payment needs its row in the spend log first")]
    NotSpent,
    /// No room. Nothing was acknowledged; the peer will repeat.
    #[error("the disk is full")]
    DiskFull,
    /// The disk fails.
    #[error("the disk does not read or write: {0}")]
    Io(String),
    /// Another process holds the database.
    #[error("the database is busy")]
    Busy,
    /// The rest of the commit group took this transaction down with it; it may be tried again at once.
    #[error("the commit group was lost")]
    GroupLost,
    /// The work itself panicked; what it had written is undone.
    #[error("the work panicked")]
    Panicked,
    /// The writer is gone.
    #[error("the store is closed")]
    Closed,
    /// The head of the evidence chain could not be signed, so nothing was kept.
    #[error("the commit group could not be signed: {0}")]
    NotSigned(String),
    /// A key that opens or seals confidential data is not held; the text says what to do.
    #[error("{0}")]
    KeyMissing(String),
    /// A stored value is not what the schema promises.
    #[error("the stored data is damaged: {0}")]
    Damaged(String),
    /// A number is too large for its column.
    #[error("the number does not fit its column: {0}")]
    OutOfRange(&'static str),
    /// A file is in the way.
    #[error("the file exists already: {0}")]
    Exists(String),
    /// The backup is of something else than what it is to take the place of.
    #[error("this is the backup of {of}, not of {wanted}")]
    OthersBackup {
        /// Whose it is.
        of: String,
        /// Whose was wanted.
        wanted: String,
    },
    /// The migrations do not fit the database.
    #[error("the schema cannot be brought up to date: {0}")]
    Schema(String),
    /// Anything else the database says.
    #[error("the database refused: {0}")]
    Sql(String),
}

impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        let text = error.to_string();
        match error {
            SqlError::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => Self::DiskFull,
                ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly => Self::Io(text),
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged(text),
                ErrorCode::ConstraintViolation if is_key(failure.extended_code) => Self::Taken,
                _ => Self::Sql(text),
            },
            SqlError::FromSqlConversionFailure(..)
            | SqlError::IntegralValueOutOfRange(..)
            | SqlError::InvalidColumnType(..)
            | SqlError::Utf8Error(..) => Self::Damaged(text),
            _ => Self::Sql(text),
        }
    }
}

fn is_key(extended_code: i32) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE};
    [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE].contains(&extended_code)
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io(error.to_string()),
        }
    }
}
