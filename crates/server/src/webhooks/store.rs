//! Queries of the table `webhooks`. Those of what waits for them: `outbox.rs`.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::outbox;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{OrganizationId, WebhookId};
use crate::sealed::Place;
use crate::store::WriteTx;
use crate::store::entities::webhook::{Column, Entity, Model};
use crate::store::entities::webhook_delivery;

/// Where a webhook's secret is sealed; `row` is its identifier.
pub(super) fn secret_place(row: &str) -> Place<'_> {
    Place {
        table: "webhooks",
        column: "sealed_secret",
        row,
    }
}

/// Where the secret before that is sealed.
pub(super) fn previous_place(row: &str) -> Place<'_> {
    Place {
        table: "webhooks",
        column: "sealed_previous",
        row,
    }
}

pub(super) async fn insert(tx: &WriteTx, row: Model) -> Result<()> {
    Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// All of `organizations`, oldest first.
pub(super) async fn list<C: ConnectionTrait>(db: &C, organizations: &[OrganizationId]) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::OrganizationId.is_in(organizations.iter().copied()))
        .order_by_asc(Column::Id);
    Ok(query.all(db).await?)
}

pub(super) async fn count<C: ConnectionTrait>(db: &C, organization: OrganizationId) -> Result<u64> {
    let query = Entity::find().filter(Column::OrganizationId.eq(organization));
    Ok(query.count(db).await?)
}

pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    id: WebhookId,
) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id).filter(Column::OrganizationId.is_in(organizations.iter().copied()));
    Ok(query.one(db).await?)
}

/// One that is told of events; for the job, which tells those of every organization.
pub(super) async fn find_to_tell<C: ConnectionTrait>(db: &C, id: WebhookId) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id).filter(Column::Enabled.eq(true));
    Ok(query.one(db).await?)
}

/// Those of an organization that are told of events.
pub(super) async fn enabled<C: ConnectionTrait>(db: &C, organization: OrganizationId) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::OrganizationId.eq(organization))
        .filter(Column::Enabled.eq(true))
        .order_by_asc(Column::Id);
    Ok(query.all(db).await?)
}

/// Up to `limit` enabled ones that something is due for and that are not among `busy`, those first that waited longest for their turn.
/// `strained`: only those whose receivers were slow or away lately, or only the others.
pub(super) async fn with_due<C: ConnectionTrait>(
    db: &C,
    now: Timestamp,
    busy: &[WebhookId],
    (strained, limit): (bool, u64),
) -> Result<Vec<Model>> {
    let due = Query::select()
        .column(webhook_delivery::Column::WebhookId)
        .from(webhook_delivery::Entity)
        .cond_where(outbox::due(now))
        .take();
    let rested = Condition::any()
        .add(Column::ResumeAt.is_null())
        .add(Column::ResumeAt.lte(now));
    let query = Entity::find()
        .filter(Column::Enabled.eq(true))
        .filter(Column::Strained.eq(strained))
        .filter(rested)
        .filter(Column::Id.is_not_in(busy.iter().copied()))
        .filter(Column::Id.in_subquery(due))
        .order_by_asc(Expr::col(Column::AttemptedAt).is_not_null())
        .order_by_asc(Column::AttemptedAt)
        .order_by_asc(Column::Id)
        .limit(limit);
    Ok(query.all(db).await?)
}

/// Writes what a person may change, if it is still at `version`; false otherwise. Its receiver is believed to be there again.
pub(super) async fn change(tx: &WriteTx, row: &Model, version: i64) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::Name, Expr::value(row.name.clone()))
        .col_expr(Column::Url, Expr::value(row.url.clone()))
        .col_expr(Column::EventTypes, Expr::value(row.event_types.clone()))
        .col_expr(Column::Expression, Expr::value(row.expression.clone()))
        .col_expr(Column::Enabled, Expr::value(row.enabled))
        .col_expr(Column::DisabledBecause, Expr::value(row.disabled_because.clone()))
        .col_expr(Column::SealedSecret, Expr::value(row.sealed_secret.clone()))
        .col_expr(Column::SealedPrevious, Expr::value(row.sealed_previous.clone()))
        .col_expr(Column::PreviousUntil, Expr::value(row.previous_until))
        .col_expr(Column::Failures, Expr::value(row.failures))
        .col_expr(Column::Strained, Expr::value(row.strained))
        .col_expr(Column::ResumeAt, Expr::value(row.resume_at))
        .col_expr(Column::Version, Expr::value(version + 1))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Deletes a webhook with all that waits for it, if it is still at `version`; false otherwise.
pub(super) async fn delete(tx: &WriteTx, id: WebhookId, version: i64) -> Result<bool> {
    let done = Entity::delete_many()
        .filter(Column::Id.eq(id))
        .filter(Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// How the receiver is after an attempt. None of it is a change that a person made.
pub(super) struct Health {
    /// Failures in a row.
    pub(super) failures: i64,
    /// It was slow, or did not take the event.
    pub(super) strained: bool,
    /// Until when nothing is tried there.
    pub(super) resume_at: Option<Timestamp>,
    /// When the attempt ended.
    pub(super) attempted_at: Timestamp,
}

pub(super) async fn note_health(tx: &WriteTx, id: WebhookId, health: &Health) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Failures, Expr::value(health.failures))
        .col_expr(Column::Strained, Expr::value(health.strained))
        .col_expr(Column::ResumeAt, Expr::value(health.resume_at))
        .col_expr(Column::AttemptedAt, Expr::value(Some(health.attempted_at)))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Disables an enabled webhook for a reason; false when it was not enabled.
pub(super) async fn disable(tx: &WriteTx, id: WebhookId, because: &str) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::Enabled, Expr::value(false))
        .col_expr(Column::DisabledBecause, Expr::value(Some(because.to_owned())))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::Enabled.eq(true))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Forgets secrets that do not sign any more.
pub(super) async fn forget_previous(tx: &WriteTx, now: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::SealedPrevious, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(Column::PreviousUntil, Expr::value(Option::<Timestamp>::None))
        .filter(Column::PreviousUntil.lte(now))
        .exec(tx)
        .await?;
    Ok(())
}
