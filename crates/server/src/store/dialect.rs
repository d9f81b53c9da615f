//! What differs between the engines, in one file: locks, searching in text, the guard of the audit tables, and the meaning
//! of engine errors.

use sea_orm::sea_query::{Expr, SelectStatement, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, IntoSimpleExpr, RuntimeErr, SqlErr, Statement,
};

use uuid::Uuid;

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
    /// Changing what accounts may do.
    Rights,
    /// Naming titles of software (shared) and forgetting those that nobody has (alone).
    SoftwareTitles,
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
            Self::Rights => OURS | 5,
            Self::SoftwareTitles => OURS | 6,
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

/// Fills `token_uses` from the audit entries that are there.
///
/// # Errors
/// The engine's own.
pub async fn index_token_uses<C: ConnectionTrait>(tx: &C) -> Result<(), DbErr> {
    let token = match tx.get_database_backend() {
        DbBackend::Postgres => "detail::json ->> 'enrollment_token_id'",
        _ => "json_extract(detail, '$.enrollment_token_id')",
    };
    let fill = format!(
        "INSERT INTO token_uses (token_id, entry_id) SELECT {token}, id FROM audit_entries \
         WHERE action IN ('machine.enrolled', 'machine.rebound', 'quarantine.approved') AND {token} IS NOT NULL"
    );
    tx.execute_unprepared(&fill).await?;
    Ok(())
}

/// Puts the names of audit entries into the index that has their order, so that a search by name does not read the entries, which are ten
/// times as long. PostgreSQL refuses entries of an index that are longer than a third of a page, and reads its tables faster.
///
/// # Errors
/// The engine's own.
pub async fn index_audit_names<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        return Ok(());
    }
    db.execute_unprepared(
        "DROP INDEX audit_entries_organization_id_at_id; \
         CREATE INDEX audit_entries_organization_id_at_id ON audit_entries \
         (organization_id, at, id, actor_name, target_name)",
    )
    .await?;
    Ok(())
}

/// Whether `column` contains `text`, without regard to case, of any script. `LIKE` knows case for ASCII only on SQLite and
/// by the database's locale on PostgreSQL, so any other text becomes a pattern of `[aA]` classes, in which nothing of it has a
/// meaning of its own.
#[must_use]
pub fn contains(backend: DbBackend, column: impl ColumnTrait, text: &str) -> SimpleExpr {
    let (template, pattern) = match backend {
        DbBackend::Postgres => ("$1 ~ $2", classes(text, "\\", "")),
        // Several times as fast as the classes, and the same where there is ASCII alone.
        _ if text.is_ascii() && !text.contains(['%', '_']) => ("? LIKE ?", format!("%{text}%")),
        _ => ("? GLOB ?", format!("*{}*", classes(text, "[", "]"))),
    };
    Expr::cust_with_exprs(template, [column.into_simple_expr(), Expr::value(pattern)])
}

/// Whether `column` contains `text` as it stands there.
#[must_use]
pub fn has_text(backend: DbBackend, column: impl ColumnTrait, text: &str) -> SimpleExpr {
    let template = match backend {
        DbBackend::Postgres => "strpos($1, $2) > 0",
        // Faster than instr, which walks over letters instead of bytes.
        _ => "? GLOB ?",
    };
    let text = match backend {
        DbBackend::Postgres => text.to_owned(),
        _ => format!("*{}*", literal(text)),
    };
    Expr::cust_with_exprs(template, [column.into_simple_expr(), Expr::value(text)])
}

/// Whether `column` begins with `text` as it stands there.
#[must_use]
pub fn begins_with(backend: DbBackend, column: impl ColumnTrait, text: &str) -> SimpleExpr {
    let (template, text) = match backend {
        DbBackend::Postgres => ("starts_with($1, $2)", text.to_owned()),
        _ => ("? GLOB ?", format!("{}*", literal(text))),
    };
    Expr::cust_with_exprs(template, [column.into_simple_expr(), Expr::value(text)])
}

/// `text` as a pattern of `GLOB` that means itself.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '*' | '?' | '[' => pattern.extend(['[', letter, ']']),
            _ => pattern.push(letter),
        }
    }
    pattern
}

/// Makes the engine read a list that is asked within a statement once. PostgreSQL would ask anew for each row when it thinks that few fit,
/// which it cannot know of a part of a text; an `OFFSET` keeps it from that. SQLite reads such a list once anyway.
pub fn read_once(backend: DbBackend, list: &mut SelectStatement) {
    if backend == DbBackend::Postgres {
        list.offset(0);
    }
}

/// `column`, compared byte by byte whatever language the database sorts in.
#[must_use]
pub fn bytewise(backend: DbBackend, column: impl ColumnTrait) -> SimpleExpr {
    match backend {
        DbBackend::Postgres => Expr::cust_with_expr("$1 COLLATE \"C\"", column.into_simple_expr()),
        _ => column.into_simple_expr(),
    }
}

/// `column`, looked at row by row and not by way of an index: SQLite takes a list for short, and would look up each of its items.
#[must_use]
pub fn looked_at(backend: DbBackend, column: impl ColumnTrait) -> SimpleExpr {
    match backend {
        DbBackend::Postgres => column.into_simple_expr(),
        _ => Expr::cust_with_expr("+?", column.into_simple_expr()),
    }
}

/// Whether `column` is one of these identifiers, of which there may be more than a statement takes parameters.
#[must_use]
pub fn among(backend: DbBackend, column: impl ColumnTrait, ids: &[Uuid]) -> SimpleExpr {
    if ids.is_empty() {
        return Expr::cust("1 = 0");
    }
    let template = match backend {
        DbBackend::Postgres => "$1 IN (SELECT value::uuid FROM json_array_elements_text($2::json))",
        _ => "? IN (SELECT unhex(value) FROM json_each(?))",
    };
    let ids: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
    let list = format!("[\"{}\"]", ids.join("\",\""));
    Expr::cust_with_exprs(template, [column.into_simple_expr(), Expr::value(list)])
}

/// Makes the table of what machines say. On SQLite it is its own index, in the order of the fields: a search reads one field of all
/// machines.
///
/// # Errors
/// The engine's own.
pub async fn create_machine_facts<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let (id, itself) = own_order(db);
    db.execute_unprepared(&format!(
        "CREATE TABLE machine_facts (field text NOT NULL, machine_id {id} NOT NULL \
         CONSTRAINT machine_facts_machine_id_fk REFERENCES machines (id) ON DELETE CASCADE, \
         number bigint NOT NULL, text text NOT NULL, key text, PRIMARY KEY (field, machine_id, number)){itself}"
    ))
    .await?;
    db.execute_unprepared("CREATE INDEX machine_facts_machine_id ON machine_facts (machine_id)")
        .await?;
    Ok(())
}

/// Makes the table of what machines say anew, with whose word each is and its number. What is found by is written again from what says it,
/// so nothing is taken over.
///
/// # Errors
/// The engine's own.
pub async fn part_machine_facts<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let (id, itself) = own_order(db);
    // A search reads a field of all machines, which stands together in the index alone there: with its texts the rows need not be fetched.
    let with = match db.get_database_backend() {
        DbBackend::Postgres => " INCLUDE (text, key, value)",
        _ => "",
    };
    db.execute_unprepared(&format!(
        "DROP TABLE machine_facts; \
         CREATE TABLE machine_facts (field text NOT NULL, machine_id {id} NOT NULL \
         CONSTRAINT machine_facts_machine_id_fk REFERENCES machines (id) ON DELETE CASCADE, \
         part text NOT NULL, number bigint NOT NULL, text text NOT NULL, key text, value bigint, \
         PRIMARY KEY (field, machine_id, part, number){with}){itself}; \
         CREATE INDEX machine_facts_machine_id ON machine_facts (machine_id); \
         DELETE FROM machine_words"
    ))
    .await?;
    Ok(())
}

/// Makes the table of which machine has which title of software, in the order of titles: a search knows some titles and wants their
/// machines.
///
/// # Errors
/// The engine's own.
pub async fn create_machine_software<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let (id, itself) = own_order(db);
    db.execute_unprepared(&format!(
        "CREATE TABLE machine_software (title_id {id} NOT NULL \
         CONSTRAINT machine_software_title_id_fk REFERENCES software_titles (id) ON DELETE CASCADE, machine_id {id} NOT NULL \
         CONSTRAINT machine_software_machine_id_fk REFERENCES machines (id) ON DELETE CASCADE, \
         version text NOT NULL, PRIMARY KEY (title_id, machine_id)){itself}; \
         CREATE INDEX machine_software_machine_id_title_id ON machine_software (machine_id, title_id)"
    ))
    .await?;
    Ok(())
}

/// The type of identifiers, and what makes a table its own index where that is possible.
fn own_order<C: ConnectionTrait>(db: &C) -> (&'static str, &'static str) {
    match db.get_database_backend() {
        DbBackend::Postgres => ("uuid", ""),
        _ => ("uuid_text", " WITHOUT ROWID"),
    }
}

/// Whether labels in `column` have this tag.
#[must_use]
pub fn has_tag(backend: DbBackend, column: impl ColumnTrait, tag: &str) -> SimpleExpr {
    let template = match backend {
        DbBackend::Postgres => "(($1)::jsonb -> 'tags') @> to_jsonb($2::text)",
        _ => "EXISTS (SELECT 1 FROM json_each(?, '$.tags') WHERE json_each.value = ?)",
    };
    Expr::cust_with_exprs(template, [column.into_simple_expr(), Expr::value(tag)])
}

/// `text` as a pattern: letters as a class of their cases, other ASCII characters between `open` and `close`.
fn classes(text: &str, open: &str, close: &str) -> String {
    let mut pattern = String::new();
    for letter in text.chars() {
        let cases = [single(letter.to_lowercase()), single(letter.to_uppercase())];
        match cases {
            [Some(lower), Some(upper)] if lower != upper => {
                pattern.extend(['[', lower, upper, ']']);
            }
            _ if letter.is_ascii() && !letter.is_ascii_alphanumeric() => {
                pattern.push_str(open);
                pattern.push(letter);
                pattern.push_str(close);
            }
            _ => pattern.push(letter),
        }
    }
    pattern
}

/// The only character of `cases`: some letters have a case of several (ß).
fn single(mut cases: impl Iterator<Item = char>) -> Option<char> {
    let first = cases.next()?;
    cases.next().is_none().then_some(first)
}

/// Name and condition of each refusal: entries are never changed, and removed only below a signed `pruned` checkpoint;
/// checkpoints are neither changed nor removed. A migration that builds one of these tables anew must do this again.
const KEPT: [(&str, &str, &str, &str); 4] = [
    ("audit_entries_unchanged", "UPDATE", "audit_entries", "TRUE"),
    (
        "audit_entries_kept",
        "DELETE",
        "audit_entries",
        "NOT EXISTS (SELECT 1 FROM audit_checkpoints c WHERE c.organization_id = OLD.organization_id \
         AND c.kind = 'pruned' AND c.seq >= OLD.seq)",
    ),
    (
        "audit_checkpoints_unchanged",
        "UPDATE",
        "audit_checkpoints",
        "TRUE",
    ),
    ("audit_checkpoints_kept", "DELETE", "audit_checkpoints", "TRUE"),
];

/// Makes the engine refuse changes of rows of the audit tables, whoever asks. This stops accidents and statements slipped in
/// through a fault; who may drop triggers is caught by the hash chain.
///
/// # Errors
/// The engine's own.
pub async fn keep_audit_entries<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared(
            "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ \
             BEGIN RAISE EXCEPTION 'audit entries are kept as they are'; END $$",
        )
        .await?;
    }
    for (name, event, table, condition) in KEPT {
        let statement = if db.get_database_backend() == DbBackend::Postgres {
            // A WHEN clause takes no subquery there, so the one condition that has one stands in a function.
            postgres_refusal(name, event, table, condition)
        } else {
            format!(
                "CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition} \
                 BEGIN SELECT RAISE(ABORT, 'audit entries are kept as they are'); END"
            )
        };
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Closes the ways around the triggers on each row: PostgreSQL empties a table without looking at its rows, and SQLite
/// replaces a row on insertion without calling that a deletion. A migration that builds one of these tables anew must do
/// this again as well.
///
/// # Errors
/// The engine's own.
pub async fn keep_audit_tables<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    for (table, same) in [
        (
            "audit_entries",
            "e.id = NEW.id OR (e.organization_id = NEW.organization_id AND e.seq = NEW.seq)",
        ),
        (
            "audit_checkpoints",
            "e.organization_id = NEW.organization_id AND e.number = NEW.number",
        ),
    ] {
        let statement = if db.get_database_backend() == DbBackend::Postgres {
            format!(
                "CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT \
                 EXECUTE FUNCTION audit_refuse()"
            )
        } else {
            // The row's place in the file can be named as well, and is -1 when it is not.
            format!(
                "CREATE TRIGGER {table}_not_replaced BEFORE INSERT ON {table} FOR EACH ROW \
                 WHEN EXISTS (SELECT 1 FROM {table} e WHERE e.rowid = NEW.rowid OR {same}) \
                 BEGIN SELECT RAISE(ABORT, 'audit entries are kept as they are'); END"
            )
        };
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}

fn postgres_refusal(name: &str, event: &str, table: &str, condition: &str) -> String {
    if condition == "TRUE" {
        return format!(
            "CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        );
    }
    format!(
        "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN \
         RAISE EXCEPTION 'audit entries are kept as they are'; END IF; RETURN OLD; END $$; \
         CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
}

/// What changes what accounts may do: tables, and what happens to their rows. Machines lead assignments on to the record that speaks for
/// theirs.
const SAYS_WHO_MAY: [(&str, &str); 14] = [
    ("assignments", "INSERT"),
    ("assignments", "UPDATE"),
    ("assignments", "DELETE"),
    ("roles", "UPDATE"),
    ("roles", "DELETE"),
    ("access_requests", "INSERT"),
    ("access_requests", "UPDATE"),
    ("access_requests", "DELETE"),
    ("team_members", "INSERT"),
    ("team_members", "DELETE"),
    ("organizations", "INSERT"),
    ("organizations", "DELETE"),
    ("machines", "UPDATE OF merged_into, organization_id"),
    ("machines", "DELETE"),
];

/// Makes the engine count changes of what accounts may do in `rights_changes`, once or more for each transaction. A migration that
/// builds one of these tables anew must do this again.
///
/// # Errors
/// The engine's own.
pub async fn count_rights_changes<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    if postgres {
        // Transactions meet at the row that counts, so they come there last, when they wait for nothing else any more.
        db.execute_unprepared(
            "CREATE OR REPLACE FUNCTION count_rights_change() RETURNS trigger LANGUAGE plpgsql AS $$ \
             BEGIN UPDATE rights_changes SET number = number + 1; RETURN NULL; END $$",
        )
        .await?;
    }
    for (table, event) in SAYS_WHO_MAY {
        let kind = event.split(' ').next().unwrap_or(event).to_lowercase();
        let trigger = format!("{table}_{kind}_counts");
        let statements = if postgres {
            format!(
                "DROP TRIGGER IF EXISTS {trigger} ON {table}; \
                 CREATE CONSTRAINT TRIGGER {trigger} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED \
                 FOR EACH ROW EXECUTE FUNCTION count_rights_change()"
            )
        } else {
            format!(
                "DROP TRIGGER IF EXISTS {trigger}; \
                 CREATE TRIGGER {trigger} AFTER {event} ON {table} FOR EACH ROW \
                 BEGIN UPDATE rights_changes SET number = number + 1; END"
            )
        };
        db.execute_unprepared(&statements).await?;
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
    fn a_searched_text_is_a_pattern_without_meaning_of_its_own() {
        assert_eq!(classes("aÉß1*]", "[", "]"), "[aA][éÉ]ß1[*][]]");
        assert_eq!(classes(".\\ñ", "\\", ""), "\\.\\\\[ñÑ]");
        assert_eq!(literal("a*b?[c]é"), "a[*]b[?][[]c]é");
    }

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
