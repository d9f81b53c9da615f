//! Writing what machines say beside their rows. Whoever writes what is said there calls [`keep`] in the same transaction.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Facts;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::MachineId;
use crate::machines::store;
use crate::search::Field;
use crate::store::entities::machine::{self, Model};
use crate::store::entities::{machine_fact, machine_words};

/// Writes what the machine's row says now; nothing when it is gone. Costs three reads when nothing changed.
///
/// # Errors
/// Those of the database.
pub async fn keep<C: ConnectionTrait>(tx: &C, id: MachineId) -> Result<()> {
    match store::find_any(tx, id).await? {
        Some(row) => put(tx, &row).await,
        None => Ok(()),
    }
}

async fn put<C: ConnectionTrait>(tx: &C, row: &Model) -> Result<()> {
    let facts = Facts::of(row);
    put_words(tx, row.id, facts.words()).await?;
    let said = rows(row.id, &facts);
    let known = machine_fact::Entity::find()
        .filter(machine_fact::Column::MachineId.eq(row.id))
        .all(tx)
        .await?;
    // Most reports change nothing that is looked for.
    let same = said.len() == known.len() && said.iter().all(|fact| known.contains(fact));
    if same {
        return Ok(());
    }
    machine_fact::Entity::delete_many()
        .filter(machine_fact::Column::MachineId.eq(row.id))
        .exec(tx)
        .await?;
    if said.is_empty() {
        return Ok(());
    }
    let said = said.into_iter().map(|fact| machine_fact::ActiveModel {
        field: Set(fact.field),
        machine_id: Set(fact.machine_id),
        number: Set(fact.number),
        text: Set(fact.text),
        key: Set(fact.key),
    });
    machine_fact::Entity::insert_many(said)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

async fn put_words<C: ConnectionTrait>(tx: &C, id: MachineId, words: String) -> Result<()> {
    let known = machine_words::Entity::find_by_id(id).one(tx).await?;
    if known.is_some_and(|known| known.words == words) {
        return Ok(());
    }
    let row = machine_words::ActiveModel {
        machine_id: Set(id),
        words: Set(words),
    };
    let over = OnConflict::column(machine_words::Column::MachineId)
        .update_column(machine_words::Column::Words)
        .to_owned();
    machine_words::Entity::insert(row)
        .on_conflict(over)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The values of each field are counted.
fn rows(id: MachineId, facts: &Facts) -> Vec<machine_fact::Model> {
    let mut rows: Vec<machine_fact::Model> = Vec::new();
    for fact in facts.iter() {
        let field = fact.field.name();
        let number = rows.iter().filter(|row| row.field == field).count();
        rows.push(machine_fact::Model {
            field: field.to_owned(),
            machine_id: id,
            number: i64::try_from(number).unwrap_or(i64::MAX),
            text: fact.text.clone(),
            key: fact.key.clone(),
        });
    }
    rows
}

/// Writes what machines say of which nothing is written: those of before there was a search. Call once at the start; costs one read when
/// there are none.
///
/// # Errors
/// Those of the database.
pub async fn complete(ctx: &Ctx) -> Result<()> {
    /// Machines of one transaction: nobody else writes for longer.
    const TOGETHER: u64 = 200;
    loop {
        let known = Query::select()
            .column(machine_words::Column::MachineId)
            .from(machine_words::Entity)
            .take();
        let rows = machine::Entity::find()
            .filter(machine::Column::Id.not_in_subquery(known))
            .order_by_asc(machine::Column::Id)
            .limit(TOGETHER)
            .all(ctx.db.read())
            .await?;
        if rows.is_empty() {
            return Ok(());
        }
        let tx = ctx.db.write().await?;
        for row in rows {
            put(&tx, &row).await?;
        }
        tx.commit().await?;
    }
}
