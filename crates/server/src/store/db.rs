//! [`Db`]: opening, migrating, reading and writing.
//!
//! SQLite gets two pools over one file: several readers, and exactly one writer connection whose transactions start
//! with `BEGIN IMMEDIATE`. Writers of this process queue for that connection; writers of other processes (the admin CLI
//! beside a running server) are waited for by SQLite's busy handler. PostgreSQL has one pool for both.
//!
//! Do not open a second write transaction inside one: on SQLite it would wait for itself until [`ACQUIRE_TIMEOUT`].

use std::path::PathBuf;
use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use super::{dialect, migrations::Migrator};
use crate::error::Result;

/// How long a statement waits for another process's write before it fails as busy.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a rule waits for a connection, longer than [`BUSY_TIMEOUT`] so that the cause is named by the one in front.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(8);
/// Readers of a SQLite file. Each costs a thread and a page cache of [`SQLITE_CACHE_KIB`].
const SQLITE_READERS: u32 = 3;
/// Page cache per SQLite connection; small, because the operating system caches the file anyway.
const SQLITE_CACHE_KIB: u32 = 1024;
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 10;

/// A write transaction. Dropping it without `commit` rolls back, also when the request is canceled in the middle.
pub type WriteTx = DatabaseTransaction;

/// Which engine is behind a [`Db`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file beside the server.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DbSettings {
    /// A SQLite file; it and its directory are created when missing.
    Sqlite(PathBuf),
    /// `postgres://user:password@host/name`; may carry a password, so it is never logged.
    Postgres(String),
}

/// Why the database did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database was written by a newer program.
    #[error(
        "the database has the migration {0}, which this version of farol does not know; it was written by a newer version"
    )]
    Newer(String),
    /// Anything the engine says.
    #[error(transparent)]
    Engine(#[from] DbErr),
}

/// Handle to the database. Cloning shares the pools.
#[derive(Debug, Clone)]
pub struct Db {
    engine: Engine,
    read: DatabaseConnection,
    write: DatabaseConnection,
}

impl Db {
    /// Connects, and brings the schema up to date.
    ///
    /// # Errors
    /// The engine refuses, or the schema is newer than this program.
    pub async fn open(settings: &DbSettings) -> Result<Self, OpenError> {
        let db = match settings {
            DbSettings::Sqlite(path) => Self::open_sqlite(path).await?,
            DbSettings::Postgres(url) => Self::open_postgres(url).await?,
        };
        db.migrate().await?;
        Ok(db)
    }

    async fn open_sqlite(path: &std::path::Path) -> Result<Self, DbErr> {
        // The writer first: it creates the file and switches it to WAL, which readers cannot.
        let write = Database::connect(sqlite_options(path, true)).await?;
        let read = Database::connect(sqlite_options(path, false)).await?;
        Ok(Self {
            engine: Engine::Sqlite,
            read,
            write,
        })
    }

    async fn open_postgres(url: &str) -> Result<Self, DbErr> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(Duration::from_secs(300))
            .sqlx_logging(false);
        let pool = Database::connect(options).await?;
        Ok(Self {
            engine: Engine::Postgres,
            read: pool.clone(),
            write: pool,
        })
    }

    async fn migrate(&self) -> Result<(), OpenError> {
        // One process at a time, so that two that start together do not both create the tables.
        let tx = self.begin().await?;
        dialect::lock(&tx, dialect::Lock::Migrations).await?;
        Migrator::install(&tx).await?;
        let known: Vec<String> = Migrator::get_migration_files()
            .iter()
            .map(|migration| migration.name().to_owned())
            .collect();
        for applied in Migrator::get_migration_models(&tx).await? {
            if !known.contains(&applied.version) {
                return Err(OpenError::Newer(applied.version));
            }
        }
        Migrator::up(&tx, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Which engine this is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// For queries outside a transaction. Never write through it: on SQLite it is opened read-only.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Starts a write transaction; end it with `tx.commit().await?`. Events go out after the commit, not before.
    ///
    /// # Errors
    /// `storage_busy` when no writer slot came free in time; `storage_unavailable` when the engine is gone.
    pub async fn write(&self) -> Result<WriteTx> {
        Ok(self.begin().await?)
    }

    /// Starts a read-only transaction that sees the rows as they are now, however long it reads. Not for waiting in: on
    /// SQLite the write-ahead log grows meanwhile.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction> {
        let options = match self.engine {
            // A transaction on a read-only connection is a snapshot there.
            Engine::Sqlite => TransactionOptions::default(),
            Engine::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        Ok(self.read.begin_with_options(options).await?)
    }

    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: match self.engine {
                Engine::Sqlite => Some(SqliteTransactionMode::Immediate),
                Engine::Postgres => None,
            },
            ..TransactionOptions::default()
        };
        self.write.begin_with_options(options).await
    }

    /// Closes the pools; waits for statements under way. On SQLite the write-ahead log is folded into the file.
    pub async fn close(&self) {
        for pool in [&self.read, &self.write] {
            if let Err(error) = pool.close_by_ref().await {
                tracing::warn!(%error, "closing the database");
            }
        }
    }
}

fn sqlite_options(path: &std::path::Path, writer: bool) -> ConnectOptions {
    let path = path.to_owned();
    // The URL only picks the engine; the path is set below, so it may contain any character.
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(if writer { 1 } else { SQLITE_READERS })
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(Duration::from_secs(600))
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .in_memory(false)
                .shared_cache(false)
                .filename(&path)
                .create_if_missing(writer)
                .read_only(!writer)
                .busy_timeout(BUSY_TIMEOUT)
                .foreign_keys(true)
                .pragma("journal_mode", "WAL")
                // FULL: what was acknowledged survives a power cut, not only a crash of the program.
                .pragma("synchronous", "FULL")
                .pragma("cache_size", format!("-{SQLITE_CACHE_KIB}"))
                .pragma("temp_store", "MEMORY")
        });
    if writer {
        // The writer stays open: closing the last connection would remove the WAL under the readers' feet.
        options.min_connections(1).idle_timeout(None).max_lifetime(None);
    }
    options
}
