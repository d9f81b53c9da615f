//! Writing what machines say beside their rows. Whoever writes a row calls [`keep`] in the same transaction, whoever writes a section of
//! the inventory [`keep_section`]; each touches only what became another by that.

use farol_inventory::Body;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::facts::{Fact, Part};
use super::{Facts, software};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::MachineId;
use crate::machines::store;
use crate::search::Field;
use crate::store::entities::machine::{self, Model};
use crate::store::entities::{machine_fact, machine_words};

/// Rows removed by one statement: expressions that are nested too deep are refused by the database.
const TOGETHER: usize = 50;

/// Writes what the machine's row says now; nothing when it is gone. Costs three reads when nothing changed.
///
/// # Errors
/// Those of the database.
pub async fn keep<C: ConnectionTrait>(tx: &C, id: MachineId) -> Result<()> {
    match store::find_any(tx, id).await? {
        Some(row) => put(tx, id, (Part::Row, &Facts::of(&row))).await,
        None => Ok(()),
    }
}

/// Writes what a section of the inventory of a machine says now; an empty one says nothing any more. The machine's row is held by the
/// caller, so that its words are those of all parts.
///
/// # Errors
/// Those of the database.
pub async fn keep_section<C: ConnectionTrait>(tx: &C, id: MachineId, body: &Body) -> Result<()> {
    if let Body::Software(found) = body {
        return software::keep(tx, id, found).await;
    }
    let part = Part::Section(body.section());
    put(tx, id, (part, &Facts::of_section(body))).await
}

async fn put<C: ConnectionTrait>(tx: &C, id: MachineId, (part, facts): (Part, &Facts)) -> Result<()> {
    let all = machine_fact::Entity::find()
        .filter(machine_fact::Column::MachineId.eq(id))
        .order_by_asc(machine_fact::Column::Number)
        .all(tx)
        .await?;
    let (known, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|row| row.part == part.name());
    let said = rows(id, facts);
    let gone: Vec<_> = known.iter().filter(|row| !said.contains(row)).collect();
    let new: Vec<_> = said.iter().filter(|row| !known.contains(row)).collect();
    for gone in gone.chunks(TOGETHER) {
        let these = gone.iter().fold(Condition::any(), |any, row| any.add(this(row)));
        machine_fact::Entity::delete_many().filter(these).exec(tx).await?;
    }
    for new in new.chunks(TOGETHER) {
        let new = new.iter().map(|row| active((*row).clone()));
        machine_fact::Entity::insert_many(new)
            .exec_without_returning(tx)
            .await?;
    }
    let others = others.iter().filter_map(Fact::of_kept).collect();
    put_words(tx, id, facts.clone().and(Facts::sorted(others)).words()).await
}

fn this(row: &machine_fact::Model) -> Condition {
    use machine_fact::Column;
    Condition::all()
        .add(Column::Field.eq(row.field.as_str()))
        .add(Column::MachineId.eq(row.machine_id))
        .add(Column::Part.eq(row.part.as_str()))
        .add(Column::Number.eq(row.number))
}

fn active(row: machine_fact::Model) -> machine_fact::ActiveModel {
    machine_fact::ActiveModel {
        field: Set(row.field),
        machine_id: Set(row.machine_id),
        part: Set(row.part),
        number: Set(row.number),
        text: Set(row.text),
        key: Set(row.key),
        value: Set(row.value),
    }
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
            part: fact.part.name().to_owned(),
            number: i64::try_from(number).unwrap_or(i64::MAX),
            text: fact.text.clone(),
            key: fact.key.clone(),
            value: fact.value,
        });
    }
    rows
}

/// Writes what machines say of which nothing is written: those of before there was a search, and all of them after a change of what is
/// written. Call once at the start; costs one read when there are none.
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
        let rows: Vec<Model> = machine::Entity::find()
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
            put(&tx, row.id, (Part::Row, &Facts::of(&row))).await?;
        }
        tx.commit().await?;
    }
}
