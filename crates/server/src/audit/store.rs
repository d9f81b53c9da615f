//! Queries about audit entries and checkpoints.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};

use super::checkpoint::{Kind, Place};
use super::filter::Filter;
use super::{Entry, chain, enrolled};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{AuditEntryId, OrganizationId};
use crate::store::dialect;
use crate::store::entities::audit_entry::Column;
use crate::store::entities::{audit_checkpoint, audit_entry, organization};

/// Longest detail kept, in bytes of JSON; larger ones are a fault of the caller in this program.
const DETAIL_MAX: usize = 8 * 1024;
/// Longest text of what was before, and of what is after; they hold single fields, not whole things.
const CHANGE_MAX: usize = 8 * 1024;

pub(super) async fn append<C: ConnectionTrait>(
    tx: &C,
    now: Timestamp,
    entry: Entry,
) -> Result<audit_entry::Model> {
    let detail = capped(&entry.detail, DETAIL_MAX)?;
    let (before, after) = match &entry.change {
        Some((before, after)) => (side(before)?, side(after)?),
        None => (None, None),
    };
    let (seq, prev_hash) = take_place(tx, entry.organization).await?;
    let target = entry.target.as_ref();
    let mut row = audit_entry::Model {
        id: AuditEntryId::new(),
        organization_id: entry.organization,
        seq,
        prev_hash,
        hash: Vec::new(),
        at: now,
        actor_kind: entry.actor.kind.as_str().to_owned(),
        actor_id: entry.actor.id,
        actor_name: entry.actor.name,
        action: entry.action.as_str().to_owned(),
        target_kind: target.map(|target| target.kind.as_str().to_owned()),
        target_id: target.map(|target| target.id.clone()),
        target_name: target.map(|target| target.name.clone()),
        detail,
        request_id: entry.request.map(|id| id.to_string()),
        chain_version: chain::VERSION,
        address: entry.address.map(|address| address.to_string()),
        before,
        after,
    };
    row.hash = chain::hash(&row)
        .ok_or_else(|| Error::internal("an audit entry of an unknown version"))?
        .to_vec();
    organization::Entity::update_many()
        .col_expr(organization::Column::AuditHead, Expr::value(row.hash.clone()))
        .filter(organization::Column::Id.eq(entry.organization))
        .exec(tx)
        .await?;
    let id = row.id;
    audit_entry::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    if let Some(token) = enrolled::token_of(entry.action, &entry.detail) {
        enrolled::index(tx, token, id).await?;
    }
    Ok(row)
}

fn capped(value: &serde_json::Value, max: usize) -> Result<String> {
    let text = value.to_string();
    if text.len() > max {
        return Err(Error::internal("a part of an audit entry is too long"));
    }
    Ok(text)
}

fn side(value: &serde_json::Value) -> Result<Option<String>> {
    if value.is_null() {
        return Ok(None);
    }
    capped(value, CHANGE_MAX).map(Some)
}

/// Counts the chain up and returns the new place with the hash before it. The update locks the organization's row until
/// the end of the transaction, so that no two entries take one place.
async fn take_place<C: ConnectionTrait>(tx: &C, organization: OrganizationId) -> Result<(i64, Vec<u8>)> {
    count_up(tx, organization, organization::Column::AuditSeq).await?;
    let head = head(tx, organization).await?;
    Ok((head.place.seq, head.place.hash))
}

async fn count_up<C: ConnectionTrait>(
    tx: &C,
    organization: OrganizationId,
    counter: organization::Column,
) -> Result<()> {
    organization::Entity::update_many()
        .col_expr(counter, Expr::col(counter).add(1))
        .filter(organization::Column::Id.eq(organization))
        .exec(tx)
        .await?;
    Ok(())
}

/// The end of a chain as the organization's row has it.
pub(super) struct Head {
    pub(super) place: Place,
    pub(super) checkpoints: i64,
}

pub(super) async fn head<C: ConnectionTrait>(db: &C, organization: OrganizationId) -> Result<Head> {
    let row = organization::Entity::find_by_id(organization).one(db).await?;
    let row = row.ok_or(Error::NotFound("organization"))?;
    Ok(Head {
        place: Place {
            seq: row.audit_seq,
            hash: row.audit_head,
        },
        checkpoints: row.audit_checkpoints,
    })
}

/// Where a page of the list ended: time and id of its last entry. Ids alone would do for the order, but a filter by time
/// would then sort everything that it lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) at: Timestamp,
    pub(super) id: AuditEntryId,
}

impl std::fmt::Display for Last {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.at.0, self.id)
    }
}

impl std::str::FromStr for Last {
    type Err = Box<dyn std::error::Error>;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let (at, id) = text.split_once(' ').ok_or("a part is missing")?;
        Ok(Self {
            at: Timestamp(at.parse()?),
            id: id.parse()?,
        })
    }
}

/// Up to `limit` entries that pass `filter`, newest first, after the one that `last` names.
pub(super) async fn newest<C: ConnectionTrait>(
    db: &C,
    within: &[OrganizationId],
    filter: &Filter,
    last: Option<Last>,
    limit: u64,
) -> Result<Vec<audit_entry::Model>> {
    let mut query = audit_entry::Entity::find()
        .filter(Column::OrganizationId.is_in(within.iter().copied()))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Id)
        .limit(limit);
    if let Some(last) = last {
        let rest = Condition::any()
            .add(Column::At.lt(last.at))
            .add(Column::Id.lt(last.id));
        query = query.filter(Column::At.lte(last.at)).filter(rest);
    }
    let query = passing(db, query, filter);
    if filter.name.is_none() {
        return Ok(query.all(db).await?);
    }
    // Every name is looked at, so what is read of an entry has to be little: the index has its names.
    let found = query.select_only().column(Column::Id).into_query();
    let entries = audit_entry::Entity::find()
        .filter(Column::Id.in_subquery(found))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Id);
    Ok(entries.all(db).await?)
}

/// Up to `limit` entries of one chain that pass `filter`, oldest first, after `after` and up to `last`.
pub(super) async fn oldest<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    filter: &Filter,
    (after, last): (i64, i64),
    limit: u64,
) -> Result<Vec<audit_entry::Model>> {
    let query = audit_entry::Entity::find()
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::Seq.gt(after))
        .filter(Column::Seq.lte(last))
        .order_by_asc(Column::Seq)
        .limit(limit);
    Ok(passing(db, query, filter).all(db).await?)
}

fn passing<C: ConnectionTrait>(
    db: &C,
    mut query: Select<audit_entry::Entity>,
    filter: &Filter,
) -> Select<audit_entry::Entity> {
    let equal = [
        (
            Column::ActorKind,
            filter.actor_kind.map(|kind| kind.as_str().to_owned()),
        ),
        (Column::ActorId, filter.actor_id.clone()),
        (Column::TargetKind, filter.target_kind.clone()),
        (Column::Address, filter.address.clone()),
        (Column::RequestId, filter.request_id.clone()),
    ];
    for (column, wanted) in equal {
        if let Some(wanted) = wanted {
            query = query.filter(column.eq(wanted));
        }
    }
    if !filter.target_ids.is_empty() {
        query = query.filter(Column::TargetId.is_in(filter.target_ids.iter().cloned()));
    }
    if !filter.actions.is_empty() {
        query = query.filter(Column::Action.is_in(filter.actions.iter().copied()));
    }
    if let Some(from) = filter.from {
        query = query.filter(Column::At.gte(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(Column::At.lt(to));
    }
    if let Some(name) = &filter.name {
        let contains = |column| dialect::contains(db.get_database_backend(), column, name);
        query = query.filter(
            Condition::any()
                .add(contains(Column::ActorName))
                .add(contains(Column::TargetName)),
        );
    }
    query
}

/// Up to `limit` rows of one chain after `seq`, in order.
pub(super) async fn stretch<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    after: i64,
    limit: u64,
) -> Result<Vec<audit_entry::Model>> {
    oldest(db, organization, &Filter::default(), (after, i64::MAX), limit).await
}

/// A row of the chain that stands before its start or after its end, where there should be none.
pub(super) async fn outside<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    (start, end): (i64, i64),
) -> Result<Option<audit_entry::Model>> {
    // One after the other: both at once would read the whole index.
    for beyond in [Column::Seq.lte(start), Column::Seq.gt(end)] {
        let row = audit_entry::Entity::find()
            .filter(Column::OrganizationId.eq(organization))
            .filter(beyond)
            .order_by_asc(Column::Seq)
            .one(db)
            .await?;
        if row.is_some() {
            return Ok(row);
        }
    }
    Ok(None)
}

/// Place of the first entry after `start`, in the order of the chain, that is not older than `moment`. Reads what is
/// older: an engine that looks for it by time would sort everything that is not.
pub(super) async fn first_since<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    start: i64,
    moment: Timestamp,
) -> Result<Option<i64>> {
    /// Pairs of numbers read at once.
    const PAIRS: u64 = 5_000;
    let mut after = start;
    loop {
        let rows: Vec<(i64, Timestamp)> = audit_entry::Entity::find()
            .select_only()
            .columns([Column::Seq, Column::At])
            .filter(Column::OrganizationId.eq(organization))
            .filter(Column::Seq.gt(after))
            .order_by_asc(Column::Seq)
            .limit(PAIRS)
            .into_tuple()
            .all(db)
            .await?;
        let Some(&(last, _)) = rows.last() else {
            return Ok(None);
        };
        if let Some((seq, _)) = rows.iter().find(|(_, at)| *at >= moment) {
            return Ok(Some(*seq));
        }
        after = last;
    }
}

/// The hash of the entry at `seq`.
pub(super) async fn place<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    seq: i64,
) -> Result<Option<Place>> {
    let row = stretch(db, organization, seq - 1, 1).await?.pop();
    Ok(row
        .filter(|row| row.seq == seq)
        .map(|row| Place { seq, hash: row.hash }))
}

/// Removes the entries up to `seq`. The engine refuses unless a `pruned` checkpoint covers them.
pub(super) async fn delete_up_to<C: ConnectionTrait>(
    tx: &C,
    organization: OrganizationId,
    seq: i64,
) -> Result<()> {
    audit_entry::Entity::delete_many()
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::Seq.lte(seq))
        .exec(tx)
        .await?;
    Ok(())
}

/// Counts the organization's checkpoints up and returns the new number with the checkpoint before it. Locks the
/// organization's row like [`append`].
pub(super) async fn take_checkpoint<C: ConnectionTrait>(
    tx: &C,
    organization: OrganizationId,
) -> Result<(i64, Option<audit_checkpoint::Model>)> {
    count_up(tx, organization, organization::Column::AuditCheckpoints).await?;
    let number = head(tx, organization).await?.checkpoints;
    let last = checkpoint(tx, organization, number - 1).await?;
    Ok((number, last))
}

/// The checkpoint with this number.
pub(super) async fn checkpoint<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    number: i64,
) -> Result<Option<audit_checkpoint::Model>> {
    let query = audit_checkpoint::Entity::find_by_id((organization, number));
    Ok(query.one(db).await?)
}

pub(super) async fn insert_checkpoint<C: ConnectionTrait>(
    tx: &C,
    row: audit_checkpoint::Model,
) -> Result<()> {
    audit_checkpoint::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Up to `limit` checkpoints after the one with this number, in order.
pub(super) async fn checkpoints<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    after: i64,
    limit: u64,
) -> Result<Vec<audit_checkpoint::Model>> {
    let rows = audit_checkpoint::Entity::find()
        .filter(audit_checkpoint::Column::OrganizationId.eq(organization))
        .filter(audit_checkpoint::Column::Number.gt(after))
        .order_by_asc(audit_checkpoint::Column::Number)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows)
}

/// The checkpoints of the places from `first` to `last`.
pub(super) async fn checkpoints_within<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    (first, last): (i64, i64),
) -> Result<Vec<audit_checkpoint::Model>> {
    let rows = audit_checkpoint::Entity::find()
        .filter(audit_checkpoint::Column::OrganizationId.eq(organization))
        .filter(audit_checkpoint::Column::Seq.between(first, last))
        .order_by_asc(audit_checkpoint::Column::Number)
        .all(db)
        .await?;
    Ok(rows)
}

/// The checkpoint with the farthest place, of one kind or of any.
pub(super) async fn farthest_checkpoint<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    kind: Option<Kind>,
) -> Result<Option<audit_checkpoint::Model>> {
    let mut query = audit_checkpoint::Entity::find()
        .filter(audit_checkpoint::Column::OrganizationId.eq(organization))
        .order_by_desc(audit_checkpoint::Column::Seq)
        .order_by_desc(audit_checkpoint::Column::Number);
    if let Some(kind) = kind {
        query = query.filter(audit_checkpoint::Column::Kind.eq(kind.as_str()));
    }
    Ok(query.one(db).await?)
}
