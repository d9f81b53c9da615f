//! Queries of the tables `webhook_deliveries` and `webhook_attempts`.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::deliveries::DeliveryState;
use super::failure::{Failure, FailureCode};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{WebhookDeliveryId, WebhookId};
use crate::store::WriteTx;
use crate::store::entities::webhook_attempt;
use crate::store::entities::webhook_delivery::{Column, Entity, Model};

pub(super) async fn insert(tx: &WriteTx, row: Model) -> Result<()> {
    Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn insert_attempt(tx: &WriteTx, row: webhook_attempt::Model) -> Result<()> {
    webhook_attempt::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    webhook: WebhookId,
    id: WebhookDeliveryId,
) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id).filter(Column::WebhookId.eq(webhook));
    Ok(query.one(db).await?)
}

/// Those of a webhook, newest first, from after `last` on.
pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    webhook: WebhookId,
    state: Option<DeliveryState>,
    (last, limit): (Option<WebhookDeliveryId>, u64),
) -> Result<Vec<Model>> {
    let mut query = Entity::find()
        .filter(Column::WebhookId.eq(webhook))
        .order_by_desc(Column::Id)
        .limit(limit);
    if let Some(state) = state {
        query = query.filter(Column::State.eq(state.as_str()));
    }
    if let Some(last) = last {
        query = query.filter(Column::Id.lt(last));
    }
    Ok(query.all(db).await?)
}

/// The attempts of one, oldest first.
pub(super) async fn attempts<C: ConnectionTrait>(
    db: &C,
    id: WebhookDeliveryId,
) -> Result<Vec<webhook_attempt::Model>> {
    let query = webhook_attempt::Entity::find()
        .filter(webhook_attempt::Column::DeliveryId.eq(id))
        .order_by_asc(webhook_attempt::Column::Id);
    Ok(query.all(db).await?)
}

/// How many of each webhook are in which state.
pub(super) async fn counts<C: ConnectionTrait>(
    db: &C,
    webhooks: &[WebhookId],
) -> Result<HashMap<(WebhookId, DeliveryState), i64>> {
    let rows: Vec<(WebhookId, String, i64)> = Entity::find()
        .select_only()
        .column(Column::WebhookId)
        .column(Column::State)
        .column_as(Column::Id.count(), "count")
        .filter(Column::WebhookId.is_in(webhooks.iter().copied()))
        .filter(Column::State.ne(DeliveryState::Delivered.as_str()))
        .group_by(Column::WebhookId)
        .group_by(Column::State)
        .into_tuple()
        .all(db)
        .await?;
    let of = |(webhook, state, count): (_, String, _)| ((webhook, DeliveryState::of(&state)), count);
    Ok(rows.into_iter().map(of).collect())
}

fn unfinished() -> Condition {
    Condition::any()
        .add(Column::State.eq(DeliveryState::Waiting.as_str()))
        .add(Column::State.eq(DeliveryState::Sending.as_str()))
}

/// What may be claimed at `now`: it waits, or whoever claimed it was silent for too long.
pub(super) fn due(now: Timestamp) -> Condition {
    Condition::all().add(unfinished()).add(Column::NextAt.lte(now))
}

/// The oldest of a webhook that is due.
pub(super) async fn next<C: ConnectionTrait>(
    db: &C,
    webhook: WebhookId,
    now: Timestamp,
) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(Column::WebhookId.eq(webhook))
        .filter(due(now))
        .order_by_asc(Column::Id);
    Ok(query.one(db).await?)
}

/// Takes one that [`next`] found, until `until`; of several at once one gets it. Its attempts then tell this claim from others.
pub(super) async fn claim(tx: &WriteTx, row: &Model, now: Timestamp, until: Timestamp) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(DeliveryState::Sending.as_str()))
        .col_expr(Column::NextAt, Expr::value(until))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Attempts.eq(row.attempts))
        .filter(due(now))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// What becomes of a claimed one.
pub(super) struct Settled<'a> {
    pub(super) state: DeliveryState,
    /// When it is looked at again, if it waits.
    pub(super) next_at: Timestamp,
    pub(super) failure: Option<&'a Failure>,
    pub(super) finished_at: Option<Timestamp>,
}

/// Writes that down, if the claim still holds.
pub(super) async fn settle(
    tx: &WriteTx,
    (id, attempts): (WebhookDeliveryId, i64),
    settled: &Settled<'_>,
) -> Result<bool> {
    let code = settled.failure.map(|failure| failure.code.as_str().to_owned());
    let words = settled.failure.map(|failure| failure.detail.clone());
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(settled.state.as_str()))
        .col_expr(Column::NextAt, Expr::value(settled.next_at))
        .col_expr(Column::FailureCode, Expr::value(code))
        .col_expr(Column::Failure, Expr::value(words))
        .col_expr(Column::FinishedAt, Expr::value(settled.finished_at))
        .filter(Column::Id.eq(id))
        .filter(Column::Attempts.eq(attempts))
        .filter(Column::State.eq(DeliveryState::Sending.as_str()))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Makes those of `which` that are over wait again, due now, with `give_up_at` before them; returns how many.
pub(super) async fn replay(
    tx: &WriteTx,
    which: &[WebhookDeliveryId],
    (now, give_up_at): (Timestamp, Timestamp),
) -> Result<u64> {
    let mut replayed = 0;
    // Engines take only so many parameters.
    for some in which.chunks(500) {
        let done = Entity::update_many()
            .col_expr(Column::State, Expr::value(DeliveryState::Waiting.as_str()))
            .col_expr(Column::NextAt, Expr::value(now))
            .col_expr(Column::GiveUpAt, Expr::value(give_up_at))
            .col_expr(Column::FinishedAt, Expr::value(Option::<Timestamp>::None))
            .filter(Column::Id.is_in(some.iter().copied()))
            .filter(Column::FinishedAt.is_not_null())
            .exec(tx)
            .await?;
        replayed += done.rows_affected;
    }
    Ok(replayed)
}

/// The dead ones of a webhook, oldest first.
pub(super) async fn dead<C: ConnectionTrait>(
    db: &C,
    webhook: WebhookId,
    limit: u64,
) -> Result<Vec<WebhookDeliveryId>> {
    let query = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::WebhookId.eq(webhook))
        .filter(Column::State.eq(DeliveryState::Dead.as_str()))
        .order_by_asc(Column::Id)
        .limit(limit);
    Ok(query.into_tuple().all(db).await?)
}

/// Makes everything that waits for a webhook due now.
pub(super) async fn hurry(tx: &WriteTx, webhook: WebhookId, now: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::NextAt, Expr::value(now))
        .filter(Column::WebhookId.eq(webhook))
        .filter(Column::State.eq(DeliveryState::Waiting.as_str()))
        .exec(tx)
        .await?;
    Ok(())
}

async fn bury(
    tx: &WriteTx,
    which: Condition,
    now: Timestamp,
    (code, why): (FailureCode, &str),
) -> Result<u64> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(DeliveryState::Dead.as_str()))
        .col_expr(Column::FailureCode, Expr::value(Some(code.as_str().to_owned())))
        .col_expr(Column::Failure, Expr::value(Some(why.to_owned())))
        .col_expr(Column::FinishedAt, Expr::value(Some(now)))
        .filter(which)
        .filter(Column::State.eq(DeliveryState::Waiting.as_str()))
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}

/// Gives up the oldest of a webhook that wait, so that fewer than `most` do; returns how many.
pub(super) async fn make_room(tx: &WriteTx, webhook: WebhookId, now: Timestamp, most: u64) -> Result<u64> {
    let beyond: Option<WebhookDeliveryId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::WebhookId.eq(webhook))
        .filter(Column::State.eq(DeliveryState::Waiting.as_str()))
        .order_by_desc(Column::Id)
        .offset(most.saturating_sub(1))
        .limit(1)
        .into_tuple()
        .one(tx)
        .await?;
    let Some(last) = beyond else { return Ok(0) };
    let which = Condition::all()
        .add(Column::WebhookId.eq(webhook))
        .add(Column::Id.lte(last));
    let why = format!("More than {most} events waited for the receiver; this was the oldest of them.");
    bury(tx, which, now, (FailureCode::TooManyWaited, &why)).await
}

/// Gives up what waits although its day was over before `before`.
pub(super) async fn give_up(tx: &WriteTx, now: Timestamp, before: Timestamp) -> Result<u64> {
    let which = Condition::all().add(Column::GiveUpAt.lt(before));
    let why = "It waited for more than a day: the webhook was disabled, or its receiver took nothing.";
    bury(tx, which, now, (FailureCode::TooLate, why)).await
}

/// Whoever had claimed something is gone: this process has just started, and it alone sends.
pub(super) async fn recover(tx: &WriteTx, now: Timestamp) -> Result<u64> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(DeliveryState::Waiting.as_str()))
        .col_expr(Column::NextAt, Expr::value(now))
        .filter(Column::State.eq(DeliveryState::Sending.as_str()))
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}

/// Deletes what came to its end before `before`.
pub(super) async fn delete_old(tx: &WriteTx, before: Timestamp) -> Result<()> {
    Entity::delete_many()
        .filter(Column::FinishedAt.lt(before))
        .exec(tx)
        .await?;
    Ok(())
}

/// Deletes the oldest that came to their end of those webhooks that have more than `most`.
pub(super) async fn delete_beyond(tx: &WriteTx, most: u64) -> Result<()> {
    let count = Column::Id.count();
    let crowded: Vec<WebhookId> = Entity::find()
        .select_only()
        .column(Column::WebhookId)
        .group_by(Column::WebhookId)
        .having(count.gt(i64::try_from(most).unwrap_or(i64::MAX)))
        .into_tuple()
        .all(tx)
        .await?;
    for webhook in crowded {
        let over = Condition::all()
            .add(Column::WebhookId.eq(webhook))
            .add(Column::FinishedAt.is_not_null());
        let last: Option<WebhookDeliveryId> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(over.clone())
            .order_by_desc(Column::Id)
            .offset(most)
            .limit(1)
            .into_tuple()
            .one(tx)
            .await?;
        if let Some(last) = last {
            Entity::delete_many()
                .filter(over)
                .filter(Column::Id.lte(last))
                .exec(tx)
                .await?;
        }
    }
    Ok(())
}
