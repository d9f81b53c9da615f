//! Queries of the `sessions` table.
//!
//! Every query of the API filters by organization; those of the sessions' own tasks go by id, which only they hold.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::lifecycle::{End, EndReason, State};
use super::live::Info;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{MachineId, OrganizationId, SessionId};
use crate::store::entities::session::{ActiveModel, Column, Entity, Model};

/// Which sessions a list wants.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    pub(super) organizations: Vec<OrganizationId>,
    pub(super) machines: Option<Vec<MachineId>>,
    /// Only ended (true) or only others (false).
    pub(super) ended: Option<bool>,
    /// Rows older than this one.
    pub(super) after: Option<SessionId>,
    pub(super) limit: u64,
}

/// Adds the row of a session that was just requested.
pub(super) async fn insert(db: &impl ConnectionTrait, info: &Info, at: Timestamp) -> Result<()> {
    let row = ActiveModel {
        id: Set(info.id),
        organization_id: Set(info.organization),
        machine_id: Set(Some(info.machine)),
        machine_name: Set(info.machine_name.clone()),
        account_id: Set(Some(info.account)),
        technician_name: Set(info.technician.clone()),
        login_id: Set(Some(info.login)),
        rights: Set(info.rights.0.names()),
        state: Set(State::Requested.as_str().to_owned()),
        requested_at: Set(at),
        connected_at: Set(None),
        ended_at: Set(None),
        end_reason: Set(None),
        end_by_kind: Set(None),
        end_by_name: Set(None),
        end_detail: Set(None),
        bytes_to_viewer: Set(0),
        bytes_to_agent: Set(0),
        request_id: Set(info.request_id.to_string()),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// One session of one of these organizations.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    organizations: &[OrganizationId],
    id: SessionId,
) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id).filter(Column::OrganizationId.is_in(organizations.iter().copied()));
    Ok(query.one(db).await?)
}

/// Sessions, newest first; one more than `limit` when there are more.
pub(super) async fn list(db: &impl ConnectionTrait, filter: &Filter) -> Result<Vec<Model>> {
    let mut query = Entity::find().filter(Column::OrganizationId.is_in(filter.organizations.iter().copied()));
    if let Some(machines) = &filter.machines {
        query = query.filter(Column::MachineId.is_in(machines.iter().copied()));
    }
    query = match filter.ended {
        Some(true) => query.filter(Column::State.eq(State::Ended.as_str())),
        Some(false) => query.filter(Column::State.ne(State::Ended.as_str())),
        None => query,
    };
    if let Some(after) = filter.after {
        query = query.filter(Column::Id.lt(after));
    }
    Ok(query
        .order_by_desc(Column::Id)
        .limit(filter.limit + 1)
        .all(db)
        .await?)
}

/// Number of sessions of these machines.
pub(super) async fn count_of(db: &impl ConnectionTrait, machines: &[MachineId]) -> Result<u64> {
    let query = Entity::find().filter(Column::MachineId.is_in(machines.iter().copied()));
    Ok(query.count(db).await?)
}

/// Notes that both ends met.
pub(super) async fn set_connected(db: &impl ConnectionTrait, id: SessionId, at: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Connected.as_str()))
        .col_expr(Column::ConnectedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .filter(Column::State.ne(State::Ended.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

/// What a row keeps of an end.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) at: Timestamp,
    pub(super) end: End,
    pub(super) connected_at: Option<Timestamp>,
    pub(super) bytes_to_viewer: u64,
    pub(super) bytes_to_agent: u64,
}

/// Notes an end; false when the row says ended already (or is gone), so that nothing is audited twice.
pub(super) async fn set_ended(db: &impl ConnectionTrait, id: SessionId, ended: &Ended) -> Result<bool> {
    let by = ended.end.by.as_ref();
    let detail = Some(ended.end.detail.clone()).filter(|detail| !detail.is_empty());
    let count = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Ended.as_str()))
        .col_expr(Column::EndedAt, Expr::value(ended.at))
        .col_expr(Column::ConnectedAt, Expr::value(ended.connected_at))
        .col_expr(Column::EndReason, Expr::value(ended.end.reason.as_str()))
        .col_expr(Column::EndByKind, Expr::value(by.map(|by| by.kind)))
        .col_expr(Column::EndByName, Expr::value(by.map(|by| by.name.clone())))
        .col_expr(Column::EndDetail, Expr::value(detail))
        .col_expr(Column::BytesToViewer, Expr::value(count(ended.bytes_to_viewer)))
        .col_expr(Column::BytesToAgent, Expr::value(count(ended.bytes_to_agent)))
        .filter(Column::Id.eq(id))
        .filter(Column::State.ne(State::Ended.as_str()))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Rows that a server left open when it died.
pub(super) async fn unfinished(db: &impl ConnectionTrait) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .filter(Column::State.ne(State::Ended.as_str()))
        .all(db)
        .await?)
}

/// Ends a row that a dead server left open.
pub(super) async fn set_restarted(db: &impl ConnectionTrait, id: SessionId, at: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Ended.as_str()))
        .col_expr(Column::EndedAt, Expr::value(at))
        .col_expr(
            Column::EndReason,
            Expr::value(EndReason::ServerRestarted.as_str()),
        )
        .filter(Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}
