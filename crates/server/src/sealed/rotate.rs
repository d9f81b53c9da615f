//! Changing the key, and checking at start that it is the right one.
//!
//! ```text
//! file [old] ──▶ file [new, old] ──▶ one transaction seals everything with new ──▶ file [new]
//! ```
//! Interrupted anywhere, both keys are still in the file and every envelope opens; the next call goes on where this one
//! was and makes no third key. A running server notices the changed file by itself.

use std::fs::File;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, Value};
use sea_orm::{ConnectionTrait, QueryResult};

use super::keys::{Key, KeyRing};
use super::{PLACES, Place, RowKey, Sealed, SealedColumn, SealedError, envelope};
use crate::audit::{self, Action, Actor, Entry};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::organizations;
use crate::private_file;
use crate::store::{WriteTx, dialect};

/// Rows taken at once; bounds memory.
const BATCH: u64 = 200;

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Secrets sealed anew.
    pub sealed: usize,
    /// Id of the key that seals from now on.
    pub key: String,
    /// Ids of the keys that were removed from the file.
    pub removed: Vec<String>,
}

/// Makes a new key, seals everything with it and removes the old one. Works beside a running server. Goes on with an
/// interrupted rotation instead of beginning another.
///
/// # Errors
/// `secrets_unavailable` when there is no key, the key file is not the right one or another rotation is under way; those of
/// the database. Both keys are kept then.
pub async fn rotate(ctx: &Ctx) -> Result<Rotation> {
    let sealed = &ctx.sealed;
    let Some(ring) = sealed.ring()? else {
        check(ctx).await?;
        let detail = "No secret was sealed yet, so there is no key to change.";
        return Err(Error::conflict(Code::Conflict, detail));
    };
    let _alone = alone(sealed)?;
    // Read again: another rotation may have ended meanwhile.
    let ring = begin(sealed, &sealed.ring()?.unwrap_or(ring))?;
    let count = seal_anew(ctx, &ring).await?;
    let finished = KeyRing {
        current: ring.current.clone(),
        retiring: Vec::new(),
    };
    finished
        .write(sealed.path())
        .map_err(|source| sealed.unusable(source))?;
    Ok(Rotation {
        sealed: count,
        key: ring.current.id.to_string(),
        removed: ring.retiring.iter().map(|key| key.id.to_string()).collect(),
    })
}

/// One rotation at a time: held until dropped.
fn alone(sealed: &Sealed) -> Result<File, SealedError> {
    private_file::alone(sealed.path())
        .map_err(|source| sealed.unusable(source))?
        .ok_or_else(|| SealedError::Rotating(sealed.path().to_owned()))
}

/// Puts a new key in front, unless an interrupted rotation has done so.
fn begin(sealed: &Sealed, ring: &KeyRing) -> Result<KeyRing, SealedError> {
    if !ring.retiring.is_empty() {
        return Ok(ring.clone());
    }
    let current = Key::random().map_err(|source| sealed.unusable(source))?;
    let ring = KeyRing {
        current,
        retiring: vec![ring.current.clone()],
    };
    ring.write(sealed.path())
        .map_err(|source| sealed.unusable(source))?;
    Ok(ring)
}

async fn seal_anew(ctx: &Ctx, ring: &KeyRing) -> Result<usize> {
    let tx = ctx.db.write().await?;
    // Whoever sealed with the old key has committed when this is ours; whoever comes later sees the new one.
    dialect::lock(&tx, dialect::Lock::Secrets).await?;
    let mut count = 0;
    for column in PLACES {
        let mut after = None;
        loop {
            let rows = rows_of(&tx, column, after.as_ref()).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.key.clone());
            for row in &rows {
                let place = Place {
                    table: column.table,
                    column: column.column,
                    row: &row.text,
                };
                let secret = ctx.sealed.open_with(ring, place, &row.envelope)?;
                let envelope = envelope::seal(&ring.current, place, &secret).map_err(Error::internal)?;
                replace(&tx, column, row, envelope).await?;
                count += 1;
            }
        }
    }
    let now = ctx.clock.now();
    for organization in organizations::all(&tx).await? {
        let detail = serde_json::json!({ "key": ring.current.id.to_string(), "sealed": count });
        let entry = Entry::new(organization.id, Actor::command_line(), Action::SecretsRotated).detail(detail);
        audit::record(&tx, now, entry).await?;
    }
    tx.commit().await?;
    Ok(count)
}

/// Whether this key file belongs to this database: looks at one secret of each column. Cheap enough for every start.
///
/// # Errors
/// `secrets_unavailable` with the reason; those of the database.
pub async fn check(ctx: &Ctx) -> Result<()> {
    for column in PLACES {
        if let Some(row) = rows_of(ctx.db.read(), column, None).await?.first() {
            let place = Place {
                table: column.table,
                column: column.column,
                row: &row.text,
            };
            ctx.sealed.open(place, &row.envelope)?;
        }
    }
    Ok(())
}

pub(super) async fn anything_sealed(tx: &WriteTx) -> Result<bool> {
    for column in PLACES {
        if !rows_of(tx, column, None).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

struct Row {
    key: Value,
    text: String,
    envelope: Vec<u8>,
}

/// The next rows of a column by primary key.
async fn rows_of<C: ConnectionTrait>(
    db: &C,
    column: &SealedColumn,
    after: Option<&Value>,
) -> Result<Vec<Row>> {
    let mut select = Query::select();
    select
        .column(Alias::new(column.key))
        .column(Alias::new(column.column))
        .from(Alias::new(column.table))
        .and_where(Expr::col(Alias::new(column.column)).is_not_null())
        .order_by(Alias::new(column.key), Order::Asc)
        .limit(BATCH);
    if let Some(after) = after {
        select.and_where(Expr::col(Alias::new(column.key)).gt(after.clone()));
    }
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| read(row, column)).collect()
}

fn read(row: &QueryResult, column: &SealedColumn) -> Result<Row> {
    let (key, text) = match column.kind {
        RowKey::Text => {
            let text: String = row.try_get("", column.key)?;
            (Value::from(text.clone()), text)
        }
        RowKey::Uuid => {
            let id: uuid::Uuid = row.try_get("", column.key)?;
            (Value::from(id), id.hyphenated().to_string())
        }
    };
    Ok(Row {
        key,
        text,
        envelope: row.try_get("", column.column)?,
    })
}

async fn replace(tx: &WriteTx, column: &SealedColumn, row: &Row, envelope: Vec<u8>) -> Result<()> {
    let mut update = Query::update();
    update
        .table(Alias::new(column.table))
        .value(Alias::new(column.column), envelope)
        .and_where(Expr::col(Alias::new(column.key)).eq(row.key.clone()));
    tx.execute(&update).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
