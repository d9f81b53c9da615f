//! Queries of the tables `sessions` and `session_events`; those of `relay_grants` are in `grants.rs`.
//!
//! Every query of the API filters by organization; those of the sessions' own tasks go by id, which only they hold.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::lifecycle::State;
use super::live::{ALLOWED, Info, Status, Way};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{MachineId, OrganizationId, SessionId};
use crate::machines;
use crate::rights::Sight;
use crate::store::entities::session::{ActiveModel, Column, Entity, Model};
use crate::store::entities::{machine, session_event};

/// Which sessions a list wants.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    pub(super) sight: Sight,
    pub(super) machines: Option<Vec<MachineId>>,
    /// Only ended (true) or only others (false).
    pub(super) ended: Option<bool>,
    /// Rows older than this one.
    pub(super) after: Option<SessionId>,
    pub(super) limit: u64,
}

/// Adds the row of a session that was just requested.
pub(super) async fn insert(
    db: &impl ConnectionTrait,
    info: &Info,
    (way, status): (&Way, &Status),
) -> Result<()> {
    let row = ActiveModel {
        id: Set(info.id),
        organization_id: Set(info.organization),
        machine_id: Set(Some(info.machine)),
        machine_name: Set(info.machine_name.clone()),
        account_id: Set(Some(info.account)),
        technician_name: Set(info.technician.clone()),
        login_id: Set(Some(way.login)),
        rights: Set(status.rights.names()),
        state: Set(status.state.as_str().to_owned()),
        asked: Set(status.asked.names()),
        attempt: Set(i64::from(way.attempt)),
        requested_at: Set(info.requested_at),
        connected_at: Set(None),
        interrupted_at: Set(None),
        resumes: Set(0),
        consent_outcome: Set(None),
        consent_by: Set(None),
        consent_at: Set(None),
        ended_at: Set(None),
        end_reason: Set(None),
        end_by_kind: Set(None),
        end_by_name: Set(None),
        end_detail: Set(None),
        bytes_to_viewer: Set(0),
        bytes_to_agent: Set(0),
        figures: Set(None),
        request_id: Set(info.request_id.to_string()),
        guest_of: Set(info.guest_of),
        reason: Set(info.reason.clone()),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Whether a person at one of these machines has agreed to a session.
pub(super) async fn agreed_before(db: &impl ConnectionTrait, machines: &[MachineId]) -> Result<bool> {
    let query = Entity::find()
        .filter(Column::MachineId.is_in(machines.iter().copied()))
        .filter(Column::ConsentOutcome.eq(ALLOWED))
        .filter(Column::ConsentBy.ne(""));
    Ok(query.count(db).await? > 0)
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

/// Those of whole organizations, and those of machines in sight and of the records that were merged into them. What is known of a
/// machine that was removed only who sees the whole organization sees.
fn in_sight(backend: DbBackend, sight: &Sight) -> Condition {
    let any = Condition::any().add(Column::OrganizationId.is_in(sight.organizations.iter().copied()));
    if sight.parts.is_empty() {
        return any;
    }
    let machines = || {
        machine::Entity::find()
            .select_only()
            .column(machine::Column::Id)
            .filter(machine::Column::MergedInto.is_null())
            .filter(machines::within(backend, sight))
            .into_query()
    };
    let merged = machine::Entity::find()
        .select_only()
        .column(machine::Column::Id)
        .filter(machine::Column::MergedInto.in_subquery(machines()))
        .into_query();
    any.add(Column::MachineId.in_subquery(machines()))
        .add(Column::MachineId.in_subquery(merged))
}

/// Sessions, newest first; one more than `limit` when there are more.
pub(super) async fn list(db: &impl ConnectionTrait, filter: &Filter) -> Result<Vec<Model>> {
    let mut query = Entity::find().filter(in_sight(db.get_database_backend(), &filter.sight));
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

/// Notes another way in; false when the session is over.
pub(super) async fn set_way(db: &impl ConnectionTrait, id: SessionId, way: &Way) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::Attempt, Expr::value(i64::from(way.attempt)))
        .col_expr(Column::LoginId, Expr::value(Some(way.login)))
        .filter(Column::Id.eq(id))
        .filter(Column::State.ne(State::Ended.as_str()))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// What a row keeps of a session's progress.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    pub(super) status: Status,
    pub(super) traffic: (u64, u64),
    /// Set at the end.
    pub(super) ended_at: Option<Timestamp>,
}

/// Writes where a session stands; false when the row says ended already (or is gone), so that nothing is proved twice.
pub(super) async fn set(db: &impl ConnectionTrait, id: SessionId, progress: &Progress) -> Result<bool> {
    let status = &progress.status;
    let end = status.end.as_ref();
    let by = end.and_then(|end| end.by.as_ref());
    let detail = end
        .map(|end| end.detail.clone())
        .filter(|detail| !detail.is_empty());
    let consent = status.consent.as_ref();
    let figures = status.figures.as_ref().map(serde_json::to_value).transpose();
    let figures = figures.map_err(Error::internal)?;
    let count = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(status.state.as_str()))
        .col_expr(Column::Rights, Expr::value(status.rights.names()))
        .col_expr(Column::Asked, Expr::value(status.asked.names()))
        .col_expr(Column::ConnectedAt, Expr::value(status.connected_at))
        .col_expr(Column::InterruptedAt, Expr::value(status.interrupted_at))
        .col_expr(Column::Resumes, Expr::value(i64::from(status.resumes)))
        .col_expr(
            Column::ConsentOutcome,
            Expr::value(consent.map(|consent| consent.outcome)),
        )
        .col_expr(
            Column::ConsentBy,
            Expr::value(consent.map(|consent| consent.by.clone())),
        )
        .col_expr(Column::ConsentAt, Expr::value(consent.map(|consent| consent.at)))
        .col_expr(Column::EndedAt, Expr::value(progress.ended_at))
        .col_expr(Column::EndReason, Expr::value(end.map(|end| end.reason.as_str())))
        .col_expr(Column::EndByKind, Expr::value(by.map(|by| by.kind)))
        .col_expr(Column::EndByName, Expr::value(by.map(|by| by.name.clone())))
        .col_expr(Column::EndDetail, Expr::value(detail))
        .col_expr(Column::BytesToViewer, Expr::value(count(progress.traffic.0)))
        .col_expr(Column::Figures, Expr::value(figures))
        .col_expr(Column::BytesToAgent, Expr::value(count(progress.traffic.1)))
        .filter(Column::Id.eq(id))
        .filter(Column::State.ne(State::Ended.as_str()))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// One session, for whoever proved that it is theirs.
pub(super) async fn of_guest(db: &impl ConnectionTrait, id: SessionId) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id).filter(Column::GuestOf.is_not_null());
    Ok(query.one(db).await?)
}

/// Rows that are not over, oldest first: a guest's after that of who invited them.
pub(super) async fn unfinished(db: &impl ConnectionTrait) -> Result<Vec<Model>> {
    Ok(Entity::find()
        .filter(Column::State.ne(State::Ended.as_str()))
        .order_by_asc(Column::Id)
        .all(db)
        .await?)
}

/// The sessions of a machine among these, over or not.
pub(super) async fn some_of_machine(
    db: &impl ConnectionTrait,
    machine: MachineId,
    ids: &[SessionId],
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::MachineId.eq(machine))
        .filter(Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(db).await?)
}

/// Those of these sessions that one of the organizations has.
pub(super) async fn some(
    db: &impl ConnectionTrait,
    organizations: &[OrganizationId],
    ids: &[SessionId],
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::OrganizationId.is_in(organizations.iter().copied()))
        .filter(Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(db).await?)
}

/// Removes a session that is over, with its events and grants; false when it is not over, or gone.
pub(super) async fn remove(db: &impl ConnectionTrait, id: SessionId) -> Result<bool> {
    let gone = Entity::delete_many()
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(State::Ended.as_str()))
        .exec(db)
        .await?;
    Ok(gone.rows_affected > 0)
}

/// Adds what happened to a session.
pub(super) async fn insert_event(db: &impl ConnectionTrait, event: session_event::Model) -> Result<()> {
    let event = session_event::ActiveModel::from(event).reset_all();
    session_event::Entity::insert(event)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Whether there is such a session.
pub(super) async fn exists(db: &impl ConnectionTrait, id: SessionId) -> Result<bool> {
    Ok(Entity::find().filter(Column::Id.eq(id)).count(db).await? > 0)
}

/// The newest event of a session among those of these kinds.
pub(super) async fn newest_of_kinds(
    db: &impl ConnectionTrait,
    id: SessionId,
    kinds: &[&str],
) -> Result<Option<session_event::Model>> {
    Ok(session_event::Entity::find()
        .filter(session_event::Column::SessionId.eq(id))
        .filter(session_event::Column::Kind.is_in(kinds.iter().copied()))
        .order_by_desc(session_event::Column::Id)
        .one(db)
        .await?)
}

/// What happened in a session, oldest first; of very many the newest `limit`.
pub(super) async fn events(
    db: &impl ConnectionTrait,
    (organization, id): (OrganizationId, SessionId),
    limit: u64,
) -> Result<Vec<session_event::Model>> {
    let mut events = session_event::Entity::find()
        .filter(session_event::Column::OrganizationId.eq(organization))
        .filter(session_event::Column::SessionId.eq(id))
        .order_by_desc(session_event::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    events.reverse();
    Ok(events)
}
