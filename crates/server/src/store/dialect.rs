//! What differs between the engines, in one file: locks and the meaning of engine errors.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr, SqlErr, Statement};

use crate::error::{Code, Error};

/// Things only one transaction may do at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Changing the schema.
    Migrations,
    /// Creating the first account.
    Setup,
    /// Sealing secrets (shared) and changing their key (alone).
    Secrets,
    /// Making the own certificate authority.
    Authority,
}

impl Lock {
    /// Key of the advisory lock; any constant, as long as it is ours ("farol" in the upper bytes) and distinct.
    fn key(self) -> i64 {
        const OURS: i64 = 0x6661_726f_6c00_0000;
        match self {
            Self::Migrations => OURS | 1,
            Self::Setup => OURS | 2,
            Self::Secrets => OURS | 3,
            Self::Authority => OURS | 4,
        }
    }
}

/// Holds `lock` until the end of the transaction. On SQLite a write transaction is alone anyway.
///
/// # Errors
/// The engine's own.
pub async fn lock<C: ConnectionTrait>(tx: &C, lock: Lock) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [lock.key().into()],
        );
        tx.execute_raw(statement).await?;
    }
    Ok(())
}

/// Holds `lock` together with others who call this, but not beside [`lock`], until the end of the transaction. On SQLite a
/// write transaction is alone anyway.
///
/// # Errors
/// The engine's own.
pub async fn lock_shared<C: ConnectionTrait>(tx: &C, lock: Lock) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock_shared($1)",
            [lock.key().into()],
        );
        tx.execute_raw(statement).await?;
    }
    Ok(())
}

/// Whether `error` says that a unique index already holds this value.
#[must_use]
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Turns an engine error into ours: what the caller can wait for is told apart from a fault of the server.
pub(crate) fn classify(error: DbErr) -> Error {
    match engine_code(&error).as_deref().and_then(condition) {
        Some(Condition::Full) => unavailable(
            Code::StorageFull,
            "The disk under the server's database is full. Free some space there, then try again; nothing was changed.",
            error,
        ),
        Some(Condition::Busy) => busy(error),
        Some(Condition::Gone) => gone(error),
        None => match &error {
            DbErr::ConnectionAcquire(_) => busy(error),
            DbErr::Conn(_) => gone(error),
            _ => Error::internal(error),
        },
    }
}

enum Condition {
    Full,
    Busy,
    Gone,
}

/// SQLite's numeric (extended) result code or PostgreSQL's SQLSTATE, as text.
fn engine_code(error: &DbErr) -> Option<String> {
    let runtime = match error {
        DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime) => runtime,
        _ => return None,
    };
    match runtime {
        RuntimeErr::SqlxError(source) => match &**source {
            sea_orm::SqlxError::Database(database) => database.code().map(std::borrow::Cow::into_owned),
            // The connection broke under a statement.
            sea_orm::SqlxError::Io(_) => Some("08006".into()),
            sea_orm::SqlxError::PoolTimedOut => Some("5".into()),
            _ => None,
        },
        RuntimeErr::Internal(_) => None,
    }
}

fn condition(code: &str) -> Option<Condition> {
    if code.len() == 5 {
        return match code {
            // disk_full, out of temporary space
            "53100" => Some(Condition::Full),
            // lock_not_available, deadlock, serialization failure, too many connections
            "55P03" | "40P01" | "40001" | "53300" => Some(Condition::Busy),
            // connection exceptions, shutdown of the engine, read-only
            "57P01" | "57P02" | "57P03" | "25006" => Some(Condition::Gone),
            _ if code.starts_with("08") => Some(Condition::Gone),
            _ => None,
        };
    }
    // The low byte is the primary code; the rest refines it.
    let code: u32 = code.parse().ok()?;
    match code & 0xff {
        13 => Some(Condition::Full),
        5 | 6 => Some(Condition::Busy),
        // READONLY, IOERR, CORRUPT, CANTOPEN, NOTADB. An I/O error is what SQLite says for ENOSPC in the WAL index.
        10 if code == 4874 || code == 778 => Some(Condition::Full),
        8 | 10 | 11 | 14 | 26 => Some(Condition::Gone),
        _ => None,
    }
}

fn busy(error: DbErr) -> Error {
    unavailable(
        Code::StorageBusy,
        "The server's database is busy. Try again in a moment; nothing was changed.",
        error,
    )
}

fn gone(error: DbErr) -> Error {
    unavailable(
        Code::StorageUnavailable,
        "The server cannot use its database at the moment. Its log names the reason; nothing was changed.",
        error,
    )
}

fn unavailable(code: Code, detail: &str, source: DbErr) -> Error {
    Error::Unavailable {
        code,
        detail: detail.into(),
        source: Some(Box::new(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_codes_are_understood() {
        assert!(matches!(condition("13"), Some(Condition::Full)));
        assert!(matches!(condition("778"), Some(Condition::Full))); // SQLITE_IOERR_WRITE
        assert!(matches!(condition("4874"), Some(Condition::Full))); // SQLITE_IOERR_SHMSIZE
        assert!(matches!(condition("517"), Some(Condition::Busy))); // SQLITE_BUSY_SNAPSHOT
        assert!(matches!(condition("53100"), Some(Condition::Full)));
        assert!(matches!(condition("08006"), Some(Condition::Gone)));
        assert!(condition("23505").is_none());
        assert!(condition("1").is_none());
    }
}
