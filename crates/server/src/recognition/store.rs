//! Queries of quarantine and of installations that were given up.

use farol_protocol::ids::InstallId;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::audit::Actor;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{MachineId, OrganizationId, QuarantineId};
use crate::store::entities::quarantine::{Column, Entity, Model, QuarantineState};
use crate::store::entities::{machine, machine_installation, machine_key};

pub(super) async fn machine<C: ConnectionTrait>(db: &C, id: MachineId) -> Result<Option<machine::Model>> {
    Ok(machine::Entity::find_by_id(id).one(db).await?)
}

pub(super) async fn machines<C: ConnectionTrait>(db: &C, ids: &[MachineId]) -> Result<Vec<machine::Model>> {
    let query = machine::Entity::find().filter(machine::Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(db).await?)
}

/// The installation that counts for a machine from now on; the one before is remembered.
pub(crate) async fn put_installation<C: ConnectionTrait>(
    tx: &C,
    machine: MachineId,
    (install, counter): (InstallId, u64),
    now: Timestamp,
) -> Result<()> {
    let Some(row) = self::machine(tx, machine).await? else {
        return Ok(());
    };
    let text = install.to_string();
    if row.install_id != text && !row.install_id.is_empty() {
        remember(tx, machine, (&row.install_id, row.install_counter), now).await?;
    }
    machine::Entity::update_many()
        .col_expr(machine::Column::InstallId, Expr::value(text))
        .col_expr(machine::Column::InstallCounter, Expr::value(stored(counter)))
        .filter(machine::Column::Id.eq(machine))
        .exec(tx)
        .await?;
    Ok(())
}

/// Remembers an installation that was given up; the highest counter seen of it stays.
pub(super) async fn remember<C: ConnectionTrait>(
    tx: &C,
    machine: MachineId,
    (install, counter): (&str, i64),
    now: Timestamp,
) -> Result<()> {
    use machine_installation::{ActiveModel, Column, Entity};
    let key = (machine, install.to_owned());
    match Entity::find_by_id(key).one(tx).await? {
        Some(row) if row.counter >= counter => {}
        Some(_) => {
            Entity::update_many()
                .col_expr(Column::Counter, Expr::value(counter))
                .filter(Column::MachineId.eq(machine))
                .filter(Column::InstallId.eq(install))
                .exec(tx)
                .await?;
        }
        None => {
            let row = ActiveModel {
                machine_id: Set(machine),
                install_id: Set(install.to_owned()),
                counter: Set(counter),
                ended_at: Set(now),
            };
            Entity::insert(row).exec_without_returning(tx).await?;
            forget_oldest(tx, machine).await?;
        }
    }
    Ok(())
}

/// The last counter seen of an installation that the machine gave up.
pub(super) async fn past<C: ConnectionTrait>(
    db: &C,
    machine: MachineId,
    install: &InstallId,
) -> Result<Option<u64>> {
    let key = (machine, install.to_string());
    let row = machine_installation::Entity::find_by_id(key).one(db).await?;
    Ok(row.map(|row| read(row.counter)))
}

/// Counters travel without a sign; rows have one.
pub(crate) fn stored(counter: u64) -> i64 {
    i64::try_from(counter).unwrap_or(i64::MAX)
}

pub(super) fn read(counter: i64) -> u64 {
    u64::try_from(counter).unwrap_or(0)
}

pub(super) async fn by_copy<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    copy_key: &[u8; 32],
) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::CopyKey.eq(copy_key.to_vec()));
    Ok(query.one(db).await?)
}

/// The newest entry of this key, whatever was decided.
pub(super) async fn by_key<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    key: &[u8; 32],
) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::MachineKey.eq(key.to_vec()))
        .order_by_desc(Column::Id);
    Ok(query.one(db).await?)
}

/// How many wait; answered from an index alone.
pub(super) async fn waiting<C: ConnectionTrait>(db: &C, organizations: &[OrganizationId]) -> Result<u64> {
    let query = Entity::find()
        .filter(Column::OrganizationId.is_in(organizations.iter().copied()))
        .filter(Column::State.eq(QuarantineState::Waiting));
    Ok(query.count(db).await?)
}

/// How many copies of one machine wait, or came after `since`.
pub(super) async fn places_of<C: ConnectionTrait>(
    db: &C,
    machine: MachineId,
    since: Timestamp,
) -> Result<u64> {
    let query = Entity::find().filter(Column::MachineId.eq(machine)).filter(
        Column::State
            .eq(QuarantineState::Waiting)
            .or(Column::FirstSeenAt.gt(since)),
    );
    Ok(query.count(db).await?)
}

/// Whether any of these records has or had a machine key.
pub(super) async fn any_key<C: ConnectionTrait>(db: &C, records: &[MachineId]) -> Result<bool> {
    let query = machine_key::Entity::find()
        .filter(machine_key::Column::MachineId.is_in(records.iter().copied()))
        .limit(1);
    Ok(query.one(db).await?.is_some())
}

/// The newest installations that a machine gave up; older ones are forgotten.
const REMEMBERED_MAX: u64 = 256;

/// Forgets the oldest installations beyond [`REMEMBERED_MAX`], so that a machine whose state is restored again and again
/// does not grow the table for ever. One of them that turned up again would count as a restored snapshot.
async fn forget_oldest<C: ConnectionTrait>(tx: &C, machine: MachineId) -> Result<()> {
    use machine_installation::{Column, Entity};
    let oldest = Entity::find()
        .filter(Column::MachineId.eq(machine))
        .order_by_desc(Column::EndedAt)
        .order_by_desc(Column::InstallId)
        .offset(REMEMBERED_MAX)
        // SQLite takes no offset without a limit; there is one too many each time.
        .limit(REMEMBERED_MAX)
        .all(tx)
        .await?;
    for row in oldest {
        Entity::delete_by_id((machine, row.install_id)).exec(tx).await?;
    }
    Ok(())
}

pub(super) async fn insert<C: ConnectionTrait>(tx: &C, row: Model) -> Result<()> {
    Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The copy asked once more. `reopen`: what was decided did not settle it.
pub(super) async fn asked_again<C: ConnectionTrait>(
    tx: &C,
    id: QuarantineId,
    (counter, address, reason): (u64, &str, &str),
    reopen: bool,
    now: Timestamp,
) -> Result<()> {
    let mut update = Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(now))
        .col_expr(Column::InstallCounter, Expr::value(stored(counter)))
        .col_expr(Column::Address, Expr::value(address))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.eq(id));
    if reopen {
        update = update
            .col_expr(Column::State, Expr::value(QuarantineState::Waiting))
            .col_expr(Column::Reason, Expr::value(reason))
            .col_expr(Column::DecidedAt, Expr::value(Option::<Timestamp>::None))
            .col_expr(Column::DecidedBy, Expr::value(Option::<String>::None))
            .col_expr(Column::DecidedByKind, Expr::value(Option::<String>::None))
            .col_expr(Column::DecisionReason, Expr::value(Option::<String>::None));
    }
    update.exec(tx).await?;
    Ok(())
}

pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    (waiting, before): (Option<bool>, Option<QuarantineId>),
    limit: u64,
) -> Result<Vec<Model>> {
    let mut query = Entity::find().filter(Column::OrganizationId.is_in(organizations.iter().copied()));
    if let Some(waiting) = waiting {
        query = query.filter(if waiting {
            Column::State.eq(QuarantineState::Waiting)
        } else {
            Column::State.ne(QuarantineState::Waiting)
        });
    }
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before));
    }
    Ok(query.order_by_desc(Column::Id).limit(limit).all(db).await?)
}

pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    id: QuarantineId,
) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id).filter(Column::OrganizationId.is_in(organizations.iter().copied()));
    Ok(query.one(db).await?)
}

/// Writes a decision, by whom and what they said of it; false when another was made meanwhile.
pub(super) async fn decide<C: ConnectionTrait>(
    tx: &C,
    id: QuarantineId,
    (state, result): (QuarantineState, Option<MachineId>),
    (by, said, now): (&Actor, Option<&str>, Timestamp),
) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::ResultMachineId, Expr::value(result))
        .col_expr(Column::DecidedAt, Expr::value(Some(now)))
        .col_expr(Column::DecidedBy, Expr::value(by.name()))
        .col_expr(Column::DecidedByKind, Expr::value(by.kind()))
        .col_expr(Column::DecisionReason, Expr::value(said))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(QuarantineState::Waiting))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// The copy has become this machine; false when it was another before.
pub(super) async fn became<C: ConnectionTrait>(tx: &C, id: QuarantineId, machine: MachineId) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::ResultMachineId, Expr::value(Some(machine)))
        .filter(Column::Id.eq(id))
        .filter(Column::ResultMachineId.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Forgets entries that nobody decided about and that have not asked again.
pub(super) async fn forget_stale<C: ConnectionTrait>(tx: &C, before: Timestamp) -> Result<u64> {
    let done = Entity::delete_many()
        .filter(Column::State.eq(QuarantineState::Waiting))
        .filter(Column::LastSeenAt.lt(before))
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}
