//! Queries about machine tokens, reports, sections and end users' logins.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, TryInsertResult,
};
use serde_json::Value;

use super::reports::{REPORTS_KEPT, SECTIONS_MAX};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{MachineId, MachineLoginId, MachineTokenId};
use crate::store::entities::machine_login::{self, LoginState};
use crate::store::entities::machine_report::{self, ReportKind};
use crate::store::entities::machine_section;
use crate::store::entities::machine_token::{self, Because};

/// Tokens that are over are remembered this long, so that their agents are told why.
const TOKENS_KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Tokens shown of one machine; more come from agents that register again and again.
const TOKENS_SHOWN: u64 = 50;
/// Sections shown of one machine: as many as one inventory has.
const SECTIONS_SHOWN: usize = SECTIONS_MAX;
/// Names of sections looked at for that; more come from records that were made one.
const SECTION_NAMES_READ: u64 = 1_000;

pub(super) async fn token<C: ConnectionTrait>(
    db: &C,
    hash: &[u8; 32],
) -> Result<Option<machine_token::Model>> {
    let query = machine_token::Entity::find().filter(machine_token::Column::SecretHash.eq(hash.to_vec()));
    Ok(query.one(db).await?)
}

pub(super) async fn insert_token<C: ConnectionTrait>(tx: &C, row: machine_token::Model) -> Result<()> {
    machine_token::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// A sign of life: the token's life starts anew. False when it was revoked meanwhile.
pub(super) async fn renew<C: ConnectionTrait>(
    tx: &C,
    id: MachineTokenId,
    (now, expires_at): (Timestamp, Timestamp),
    address: &str,
) -> Result<bool> {
    use machine_token::Column;
    let done = machine_token::Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(expires_at))
        .col_expr(Column::LastUsedAt, Expr::value(Some(now)))
        .col_expr(Column::Address, Expr::value(Some(address.to_owned())))
        .filter(Column::Id.eq(id))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Whether a token works now, neither revoked nor expired. It stays so until the end of the transaction: whoever revokes it
/// meanwhile waits. On SQLite a write transaction is alone anyway.
pub(super) async fn hold_live<C: ConnectionTrait>(
    tx: &C,
    id: MachineTokenId,
    now: Timestamp,
) -> Result<bool> {
    let row = machine_token::Entity::find_by_id(id)
        .lock_shared()
        .one(tx)
        .await?;
    Ok(row.is_some_and(|row| is_live(&row, now)))
}

/// Whether a token works now.
pub(super) async fn works<C: ConnectionTrait>(db: &C, id: MachineTokenId, now: Timestamp) -> Result<bool> {
    let row = machine_token::Entity::find_by_id(id).one(db).await?;
    Ok(row.is_some_and(|row| is_live(&row, now)))
}

fn is_live(row: &machine_token::Model, now: Timestamp) -> bool {
    row.revoked_at.is_none() && now < row.expires_at
}

/// What was revoked.
pub(super) struct Revoked {
    pub(super) tokens: u64,
    /// Logins that ended with them, offered ones too.
    pub(super) logins: u64,
}

/// Revokes the tokens of these records that still work, and ends what was signed in with them.
pub(super) async fn revoke<C: ConnectionTrait>(
    tx: &C,
    records: &[MachineId],
    (now, because): (Timestamp, Because),
) -> Result<Revoked> {
    use machine_token::Column;
    // A person's word ends the grace of tokens that were replaced a moment ago, too.
    let mut live = Condition::any().add(Column::RevokedAt.is_null());
    if because == Because::Withdrawn {
        live = live.add(Column::RevokedBecause.eq(Because::RegisteredAgain));
    }
    let done = machine_token::Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(Some(now)))
        .col_expr(Column::RevokedBecause, Expr::value(Some(because)))
        .filter(Column::MachineId.is_in(records.iter().copied()))
        .filter(live)
        .exec(tx)
        .await?;
    // After the tokens: who offers a login at this moment holds one, and is waited for.
    let ended = machine_login::Entity::delete_many()
        .filter(machine_login::Column::MachineId.is_in(records.iter().copied()))
        .exec(tx)
        .await?;
    Ok(Revoked {
        tokens: done.rows_affected,
        logins: ended.rows_affected,
    })
}

pub(super) async fn tokens<C: ConnectionTrait>(
    db: &C,
    records: &[MachineId],
) -> Result<Vec<machine_token::Model>> {
    let query = machine_token::Entity::find()
        .filter(machine_token::Column::MachineId.is_in(records.iter().copied()))
        .order_by_desc(machine_token::Column::Id)
        .limit(TOKENS_SHOWN);
    Ok(query.all(db).await?)
}

/// Whether a token of these records that still works was made or used after `since`.
pub(super) async fn is_heard<C: ConnectionTrait>(
    db: &C,
    records: &[MachineId],
    since: Timestamp,
) -> Result<bool> {
    use machine_token::Column;
    let found = machine_token::Entity::find()
        .filter(Column::MachineId.is_in(records.iter().copied()))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::CreatedAt.gt(since).or(Column::LastUsedAt.gt(since)))
        .limit(1)
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Keeps a report; false when it was delivered before.
pub(super) async fn insert_report<C: ConnectionTrait>(tx: &C, row: machine_report::Model) -> Result<bool> {
    use machine_report::Column;
    let conflict = OnConflict::columns([Column::MachineId, Column::Kind, Column::ReportId])
        .do_nothing()
        .to_owned();
    let (machine, kind) = (row.machine_id, row.kind);
    let inserted = machine_report::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(conflict)
        .try_insert()
        .exec_without_returning(tx)
        .await?;
    let new = match inserted {
        TryInsertResult::Inserted(rows) => rows > 0,
        TryInsertResult::Conflicted | TryInsertResult::Empty => false,
    };
    if new {
        prune(tx, machine, kind).await?;
    }
    Ok(new)
}

/// Removes what is older than the newest [`REPORTS_KEPT`] of its kind.
async fn prune<C: ConnectionTrait>(tx: &C, machine: MachineId, kind: ReportKind) -> Result<()> {
    use machine_report::{Column, Entity};
    let oldest = Entity::find()
        .filter(Column::MachineId.eq(machine))
        .filter(Column::Kind.eq(kind))
        .order_by_desc(Column::At)
        .offset(REPORTS_KEPT)
        .limit(1)
        .one(tx)
        .await?;
    if let Some(oldest) = oldest {
        Entity::delete_many()
            .filter(Column::MachineId.eq(machine))
            .filter(Column::Kind.eq(kind))
            .filter(Column::At.lte(oldest.at))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// The newest report of a kind by these records.
pub(super) async fn newest<C: ConnectionTrait>(
    db: &C,
    records: &[MachineId],
    kind: ReportKind,
) -> Result<Option<machine_report::Model>> {
    use machine_report::Column;
    let query = machine_report::Entity::find()
        .filter(Column::MachineId.is_in(records.iter().copied()))
        .filter(Column::Kind.eq(kind))
        .order_by_desc(Column::At)
        .order_by_desc(Column::ReceivedAt);
    Ok(query.one(db).await?)
}

/// Reports of these records, the newest first.
pub(super) async fn reports<C: ConnectionTrait>(
    db: &C,
    records: &[MachineId],
    kind: ReportKind,
    limit: u64,
) -> Result<Vec<machine_report::Model>> {
    use machine_report::Column;
    let query = machine_report::Entity::find()
        .filter(Column::MachineId.is_in(records.iter().copied()))
        .filter(Column::Kind.eq(kind))
        .order_by_desc(Column::At)
        .limit(limit);
    Ok(query.all(db).await?)
}

/// Keeps the sections of the newest inventory, by name with the hash of each, and removes what it no longer has.
pub(super) async fn put_sections<C: ConnectionTrait>(
    tx: &C,
    machine: MachineId,
    sections: &BTreeMap<String, ([u8; 32], Value)>,
    at: Timestamp,
) -> Result<()> {
    use machine_section::{Column, Entity};
    Entity::delete_many()
        .filter(Column::MachineId.eq(machine))
        .filter(Column::Section.is_not_in(sections.keys()))
        .exec(tx)
        .await?;
    for (name, (hash, body)) in sections {
        put_section(tx, (machine, name), (*hash, body), at).await?;
    }
    Ok(())
}

/// Keeps a section unless it is known already, or a newer one is.
async fn put_section<C: ConnectionTrait>(
    tx: &C,
    (machine, section): (MachineId, &str),
    (hash, body): ([u8; 32], &Value),
    at: Timestamp,
) -> Result<()> {
    use machine_section::{ActiveModel, Column, Entity};
    let known: Option<(Vec<u8>, Timestamp)> = Entity::find_by_id((machine, section.to_owned()))
        .select_only()
        .columns([Column::Hash, Column::At])
        .into_tuple()
        .one(tx)
        .await?;
    match known {
        Some((known, since)) if since > at || known == hash => {}
        Some(_) => {
            Entity::update_many()
                .col_expr(Column::Hash, Expr::value(hash.to_vec()))
                .col_expr(Column::Body, Expr::value(body.clone()))
                .col_expr(Column::At, Expr::value(at))
                .filter(Column::MachineId.eq(machine))
                .filter(Column::Section.eq(section))
                .exec(tx)
                .await?;
        }
        None => {
            let row = ActiveModel {
                machine_id: Set(machine),
                section: Set(section.to_owned()),
                hash: Set(hash.to_vec()),
                at: Set(at),
                body: Set(body.clone()),
            };
            Entity::insert(row).exec_without_returning(tx).await?;
        }
    }
    Ok(())
}

/// Sections of these records by name, of each name the newest; at most [`SECTIONS_SHOWN`] of them. Names are read first, as
/// many records may have been made one.
pub(super) async fn sections<C: ConnectionTrait>(
    db: &C,
    records: &[MachineId],
) -> Result<Vec<machine_section::Model>> {
    use machine_section::{Column, Entity};
    let names: Vec<(MachineId, String)> = Entity::find()
        .select_only()
        .columns([Column::MachineId, Column::Section])
        .filter(Column::MachineId.is_in(records.iter().copied()))
        .order_by_desc(Column::At)
        .limit(SECTION_NAMES_READ)
        .into_tuple()
        .all(db)
        .await?;
    let mut newest = BTreeMap::new();
    for (machine, section) in names {
        if newest.len() < SECTIONS_SHOWN {
            newest.entry(section).or_insert(machine);
        }
    }
    let mut rows = Vec::new();
    for (section, machine) in newest {
        rows.extend(Entity::find_by_id((machine, section)).one(db).await?);
    }
    Ok(rows)
}

pub(super) async fn insert_login<C: ConnectionTrait>(tx: &C, row: machine_login::Model) -> Result<()> {
    machine_login::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Uses a one-time secret up: the login gets a secret of its own. None when it is not valid; of two at once one gets it.
pub(super) async fn redeem<C: ConnectionTrait>(
    tx: &C,
    (offered, own): ([u8; 32], [u8; 32]),
    (now, expires_at): (Timestamp, Timestamp),
    (address, user_agent): (&str, &str),
) -> Result<Option<machine_login::Model>> {
    use machine_login::{Column, Entity};
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(LoginState::Live))
        .col_expr(Column::SecretHash, Expr::value(own.to_vec()))
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .col_expr(Column::ExpiresAt, Expr::value(expires_at))
        .col_expr(Column::Address, Expr::value(address))
        .col_expr(Column::UserAgent, Expr::value(user_agent))
        .filter(Column::SecretHash.eq(offered.to_vec()))
        .filter(Column::State.eq(LoginState::Offered))
        .filter(Column::ExpiresAt.gt(now))
        .exec(tx)
        .await?;
    if done.rows_affected == 0 {
        return Ok(None);
    }
    login(tx, own).await
}

/// A login that was redeemed.
pub(super) async fn login<C: ConnectionTrait>(
    db: &C,
    secret_hash: [u8; 32],
) -> Result<Option<machine_login::Model>> {
    use machine_login::Column;
    let query = machine_login::Entity::find()
        .filter(Column::SecretHash.eq(secret_hash.to_vec()))
        .filter(Column::State.eq(LoginState::Live));
    Ok(query.one(db).await?)
}

pub(super) async fn touch_login<C: ConnectionTrait>(
    tx: &C,
    id: MachineLoginId,
    now: Timestamp,
) -> Result<()> {
    use machine_login::Column;
    machine_login::Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// False when it is gone already.
pub(super) async fn delete_login<C: ConnectionTrait>(tx: &C, id: MachineLoginId) -> Result<bool> {
    let done = machine_login::Entity::delete_by_id(id).exec(tx).await?;
    Ok(done.rows_affected > 0)
}

/// Forgets logins that are over and tokens that nobody presents any more.
pub(super) async fn forget_old<C: ConnectionTrait>(tx: &C, now: Timestamp, idle: Duration) -> Result<()> {
    let live_but_unused = Condition::all()
        .add(machine_login::Column::State.eq(LoginState::Live))
        .add(machine_login::Column::LastUsedAt.lte(now.before(idle)));
    machine_login::Entity::delete_many()
        .filter(
            Condition::any()
                .add(machine_login::Column::ExpiresAt.lte(now))
                .add(live_but_unused),
        )
        .exec(tx)
        .await?;
    machine_token::Entity::delete_many()
        .filter(machine_token::Column::ExpiresAt.lt(now.before(TOKENS_KEPT)))
        .exec(tx)
        .await?;
    Ok(())
}

/// How many reports, inventory sections and end users' logins stand beside these records.
pub(super) async fn counts<C: ConnectionTrait>(db: &C, records: &[MachineId]) -> Result<[u64; 3]> {
    let of = || records.iter().copied();
    let reports = machine_report::Entity::find().filter(machine_report::Column::MachineId.is_in(of()));
    let sections = machine_section::Entity::find().filter(machine_section::Column::MachineId.is_in(of()));
    let logins = machine_login::Entity::find().filter(machine_login::Column::MachineId.is_in(of()));
    Ok([
        reports.count(db).await?,
        sections.count(db).await?,
        logins.count(db).await?,
    ])
}
