//! Titles of software: what packages are called stands once in `software_titles`, and which machine has which in `machine_software`. There
//! are hundreds of packages on each machine and only thousands of titles, so a search looks through the titles and asks for their machines.

use std::collections::{BTreeMap, HashMap};

use farol_inventory::Software;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query as Select, SelectStatement, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, TryInsertResult,
};
use uuid::Uuid;

use super::facts::kept;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::{MachineId, SoftwareTitleId};
use crate::search::Test;
use crate::store::dialect::{self, Lock};
use crate::store::entities::{machine, machine_software, software_title};

/// Rows of one statement; engines take some ten thousand parameters.
const TOGETHER: usize = 500;
/// Up to so many installations of the titles that fit, their machines are listed and looked up. From there on almost every machine has one,
/// and asking each is faster: a page is full after a few.
const FEW: u64 = 20_000;
/// Most titles that fit of which the machines are listed; words that fit more (`lib`) are on almost every machine.
const TITLES_MAX: u64 = 1_000;
/// Titles forgotten at once, so that nobody else who writes waits for long.
const FORGOTTEN: u64 = 1_000;

/// What a package is called: its manager and its name.
type Title = (String, String);

/// The titles of a section, with the version of each; the same of several architectures once. What has no name is none.
pub(super) fn titles(found: &Software) -> BTreeMap<Title, String> {
    let mut titles = BTreeMap::new();
    for package in &found.packages {
        let name = package.name.clone().unwrap_or_default();
        if !kept(&name).is_empty() {
            let title = (package.manager.clone().unwrap_or_default(), name);
            let version = package.version.clone().unwrap_or_default();
            titles.entry(title).or_insert(version);
        }
    }
    titles
}

/// The titles of a section as they are looked for, each once.
pub(super) fn names(found: &Software) -> Vec<String> {
    let mut names: Vec<String> = titles(found).into_keys().map(|(_, name)| kept(&name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Writes which titles a machine has; touches only what became another.
pub(super) async fn keep<C: ConnectionTrait>(tx: &C, machine: MachineId, found: &Software) -> Result<()> {
    let mut wanted = titles(found);
    let mut gone = Vec::new();
    for (id, title, version) in known(tx, machine).await? {
        match wanted.remove(&title) {
            Some(now) if now == version => {}
            Some(now) => {
                gone.push(id);
                wanted.insert(title, now);
            }
            None => gone.push(id),
        }
    }
    for ids in gone.chunks(TOGETHER) {
        machine_software::Entity::delete_many()
            .filter(machine_software::Column::MachineId.eq(machine))
            .filter(machine_software::Column::TitleId.is_in(ids.iter().copied()))
            .exec(tx)
            .await?;
    }
    if wanted.is_empty() {
        return Ok(());
    }
    // Until the end of the transaction nobody forgets a title that was named.
    dialect::lock_shared(tx, Lock::SoftwareTitles).await?;
    let ids = named(tx, &wanted).await?;
    let rows: Vec<_> = wanted
        .into_iter()
        .filter_map(|(title, version)| {
            let title_id = *ids.get(&title)?;
            Some(machine_software::ActiveModel {
                title_id: Set(title_id),
                machine_id: Set(machine),
                version: Set(version),
            })
        })
        .collect();
    for rows in rows.chunks(TOGETHER) {
        machine_software::Entity::insert_many(rows.iter().cloned())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

async fn known<C: ConnectionTrait>(
    tx: &C,
    machine: MachineId,
) -> Result<Vec<(SoftwareTitleId, Title, String)>> {
    let has: Vec<(SoftwareTitleId, String)> = machine_software::Entity::find()
        .select_only()
        .columns([
            machine_software::Column::TitleId,
            machine_software::Column::Version,
        ])
        .filter(machine_software::Column::MachineId.eq(machine))
        .into_tuple()
        .all(tx)
        .await?;
    let mut called = HashMap::new();
    for has in has.chunks(TOGETHER) {
        let titles = software_title::Entity::find()
            .filter(software_title::Column::Id.is_in(has.iter().map(|(id, _)| *id)))
            .all(tx)
            .await?;
        called.extend(titles.into_iter().map(|row| (row.id, (row.manager, row.name))));
    }
    let known = has.into_iter().filter_map(|(id, version)| {
        let title = called.remove(&id)?;
        Some((id, title, version))
    });
    Ok(known.collect())
}

/// The identifiers of these titles; new ones are made.
async fn named<C: ConnectionTrait>(
    tx: &C,
    wanted: &BTreeMap<Title, String>,
) -> Result<HashMap<Title, SoftwareTitleId>> {
    let all: Vec<&Title> = wanted.keys().collect();
    let mut found = HashMap::new();
    for titles in all.chunks(TOGETHER) {
        found.extend(there(tx, titles).await?);
        let missing: Vec<&Title> = titles
            .iter()
            .copied()
            .filter(|title| !found.contains_key(*title))
            .collect();
        if !missing.is_empty() {
            // In one order everywhere: of two that name the same titles at once, one waits for the other.
            make(tx, &missing).await?;
            found.extend(there(tx, &missing).await?);
        }
    }
    Ok(found)
}

async fn there<C: ConnectionTrait>(tx: &C, titles: &[&Title]) -> Result<HashMap<Title, SoftwareTitleId>> {
    let rows = software_title::Entity::find()
        .filter(software_title::Column::Manager.is_in(distinct(titles.iter().map(|title| &title.0))))
        .filter(software_title::Column::Name.is_in(titles.iter().map(|title| title.1.as_str())))
        .all(tx)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| ((row.manager, row.name), row.id))
        .collect())
}

fn distinct<'a>(managers: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut distinct: Vec<&str> = managers.map(String::as_str).collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}

async fn make<C: ConnectionTrait>(tx: &C, titles: &[&Title]) -> Result<()> {
    let rows = titles.iter().map(|(manager, name)| software_title::ActiveModel {
        id: Set(SoftwareTitleId::new()),
        manager: Set(manager.clone()),
        name: Set(name.clone()),
        folded: Set(kept(name)),
    });
    let there_already = OnConflict::columns([software_title::Column::Manager, software_title::Column::Name])
        .do_nothing()
        .to_owned();
    let made = software_title::Entity::insert_many(rows)
        .on_conflict(there_already)
        .try_insert()
        .exec_without_returning(tx)
        .await?;
    if let TryInsertResult::Inserted(count) = made {
        tracing::debug!(count, "new titles of software");
    }
    Ok(())
}

/// Forgets titles that no machine has, some at once; whether there may be more.
///
/// # Errors
/// Those of the database.
pub async fn forget_unused(ctx: &Ctx) -> Result<bool> {
    let ids: Vec<SoftwareTitleId> = software_title::Entity::find()
        .select_only()
        .column(software_title::Column::Id)
        .filter(Expr::exists(owners()).not())
        .limit(FORGOTTEN)
        .into_tuple()
        .all(ctx.db.read())
        .await?;
    if ids.is_empty() {
        return Ok(false);
    }
    let tx = ctx.db.write().await?;
    dialect::lock(&tx, Lock::SoftwareTitles).await?;
    for some in ids.chunks(TOGETHER) {
        software_title::Entity::delete_many()
            .filter(software_title::Column::Id.is_in(some.iter().copied()))
            .filter(Expr::exists(owners()).not())
            .exec(&tx)
            .await?;
    }
    tx.commit().await?;
    Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX) == FORGOTTEN)
}

/// Those that have the title of the row that asks.
fn owners() -> SelectStatement {
    let same = Expr::col((machine_software::Entity, machine_software::Column::TitleId))
        .equals((software_title::Entity, software_title::Column::Id));
    Select::select()
        .expr(Expr::cust("1"))
        .from(machine_software::Entity)
        .and_where(same)
        .take()
}

/// How often there is what a search asks of software.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spread {
    Nowhere,
    /// These titles, on few machines.
    Few(Vec<Uuid>),
    Many,
}

/// Looks how often there is what a search asks of software. The titles that fit are read first: an engine that has to guess how many they
/// are looks through all installations instead.
///
/// # Errors
/// Those of the database.
pub(super) async fn spread<C: ConnectionTrait>(db: &C, test: &Test) -> Result<Spread> {
    if *test == Test::Says {
        return Ok(Spread::Many);
    }
    let backend = db.get_database_backend();
    let titles: Vec<SoftwareTitleId> = software_title::Entity::find()
        .select_only()
        .column(software_title::Column::Id)
        .filter(passes(backend, test))
        .limit(TITLES_MAX + 1)
        .into_tuple()
        .all(db)
        .await?;
    if titles.len() as u64 > TITLES_MAX {
        return Ok(Spread::Many);
    }
    let ids: Vec<Uuid> = titles.into_iter().map(|id| id.0).collect();
    let had = dialect::among(backend, machine_software::Column::TitleId, &ids);
    let some = Select::select()
        .expr(Expr::cust("1"))
        .from(machine_software::Entity)
        .and_where(had)
        .limit(FEW)
        .take();
    // Of a statement within, or all of them would be counted.
    let count = Select::select()
        .expr(Expr::cust("COUNT(*) AS installations"))
        .from_subquery(some, "some_of_them")
        .take();
    let row = db.query_one(&count).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get("", "installations"))?;
    Ok(match u64::try_from(count).unwrap_or(FEW) {
        0 => Spread::Nowhere,
        count if count < FEW => Spread::Few(ids),
        _ => Spread::Many,
    })
}

/// The condition on rows of `machines` that one of their titles passes.
pub(super) fn condition(backend: DbBackend, test: &Test, spread: &Spread) -> SimpleExpr {
    use machine_software::{Column, Entity};
    let mut owners = Select::select();
    owners.from(Entity);
    match spread {
        Spread::Nowhere => Expr::cust("1 = 0"),
        Spread::Few(titles) => {
            owners.and_where(dialect::among(backend, Column::TitleId, titles));
            machine::Column::Id.in_subquery(owners.column(Column::MachineId).take())
        }
        Spread::Many => {
            let its = Expr::col((Entity, Column::MachineId)).equals((machine::Entity, machine::Column::Id));
            owners.expr(Expr::cust("1")).and_where(its);
            if *test != Test::Says {
                let fitting = Select::select()
                    .column(software_title::Column::Id)
                    .from(software_title::Entity)
                    .and_where(passes(backend, test))
                    .take();
                owners.and_where(dialect::looked_at(backend, Column::TitleId).in_subquery(fitting));
            }
            // With an offset it is asked of each machine by itself, and ends with the first title that fits: PostgreSQL would make a list
            // of all machines first.
            Expr::exists(owners.limit(1).offset(0).take())
        }
    }
}

/// The condition on titles.
fn passes(backend: DbBackend, test: &Test) -> SimpleExpr {
    let folded = software_title::Column::Folded;
    match test {
        Test::Contains(part) => dialect::has_text(backend, folded, part.as_str()),
        Test::Equals(whole) => folded.eq(whole.as_str()),
        // No other is asked of a text.
        _ => Expr::cust("1 = 0"),
    }
}
