//! Queries of the tables `server_mail` and `mail_outbox`.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::failure::Failure;
use super::outbox::MailState;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::MailId;
use crate::sealed::Place;
use crate::store::WriteTx;
use crate::store::entities::mail::{Column, Entity, Model};
use crate::store::entities::server_mail;

/// Name of the one row of settings.
pub(super) const NAME: &str = "smtp";
/// Where the password is sealed.
pub(super) const PASSWORD: Place<'static> = Place {
    table: "server_mail",
    column: "sealed_password",
    row: NAME,
};

/// Where the contents of a mail are sealed; `row` is its identifier.
pub(super) fn contents_place(row: &str) -> Place<'_> {
    Place {
        table: "mail_outbox",
        column: "sealed_contents",
        row,
    }
}

pub(super) async fn settings<C: ConnectionTrait>(db: &C) -> Result<Option<server_mail::Model>> {
    Ok(server_mail::Entity::find_by_id(NAME.to_owned()).one(db).await?)
}

/// Writes the settings in the place of those that there are.
pub(super) async fn keep_settings(tx: &WriteTx, row: server_mail::Model) -> Result<()> {
    use server_mail::Column as C;
    let replace = OnConflict::column(C::Name)
        .update_columns([
            C::Host,
            C::Port,
            C::Security,
            C::UserName,
            C::SealedPassword,
            C::FromAddress,
            C::FromName,
            C::CaPem,
            C::ChangedAt,
            C::Version,
        ])
        .to_owned();
    server_mail::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn remove_settings(tx: &WriteTx) -> Result<()> {
    server_mail::Entity::delete_by_id(NAME.to_owned())
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn insert(tx: &WriteTx, row: Model) -> Result<()> {
    Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn find<C: ConnectionTrait>(db: &C, id: MailId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// Mails, newest first, from after `last` on.
pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    state: Option<MailState>,
    (last, limit): (Option<MailId>, u64),
) -> Result<Vec<Model>> {
    let mut query = Entity::find().order_by_desc(Column::Id).limit(limit);
    if let Some(state) = state {
        query = query.filter(Column::State.eq(state.as_str()));
    }
    if let Some(last) = last {
        query = query.filter(Column::Id.lt(last));
    }
    Ok(query.all(db).await?)
}

/// Mails about these things, oldest first.
pub(super) async fn about<C: ConnectionTrait>(db: &C, things: &[Uuid]) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::AboutId.is_in(things.iter().copied()))
        .order_by_asc(Column::Id);
    Ok(query.all(db).await?)
}

fn unfinished() -> Condition {
    Condition::any()
        .add(Column::State.eq(MailState::Waiting.as_str()))
        .add(Column::State.eq(MailState::Sending.as_str()))
}

/// Mails that have not come to an end.
pub(super) async fn count_unfinished<C: ConnectionTrait>(db: &C) -> Result<u64> {
    Ok(Entity::find().filter(unfinished()).count(db).await?)
}

/// One that may be claimed at `now`, the longest due first: it waits, or whoever claimed it was silent for too long.
pub(super) async fn due<C: ConnectionTrait>(db: &C, now: Timestamp) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(unfinished())
        .filter(Column::NextAt.lte(now))
        .order_by_asc(Column::NextAt)
        .order_by_asc(Column::Id);
    Ok(query.one(db).await?)
}

/// Takes a mail that [`due`] found, until `until`; of several at once one gets it. Its attempts then tell this claim from others.
pub(super) async fn claim(tx: &WriteTx, row: &Model, now: Timestamp, until: Timestamp) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(MailState::Sending.as_str()))
        .col_expr(Column::NextAt, Expr::value(until))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Attempts.eq(row.attempts))
        .filter(unfinished())
        .filter(Column::NextAt.lte(now))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// What becomes of a claimed mail.
pub(super) struct Outcome<'a> {
    pub(super) state: MailState,
    /// When it is looked at again, if it waits.
    pub(super) next_at: Timestamp,
    pub(super) failure: Option<&'a Failure>,
    pub(super) finished_at: Option<Timestamp>,
}

/// Writes that down, if the claim still holds.
pub(super) async fn settle(
    tx: &WriteTx,
    (id, attempts): (MailId, i64),
    outcome: &Outcome<'_>,
) -> Result<bool> {
    let code = outcome.failure.map(|failure| failure.code.as_str().to_owned());
    let words = outcome.failure.map(|failure| failure.detail.clone());
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(outcome.state.as_str()))
        .col_expr(Column::NextAt, Expr::value(outcome.next_at))
        .col_expr(Column::ErrorCode, Expr::value(code))
        .col_expr(Column::Error, Expr::value(words))
        .col_expr(Column::FinishedAt, Expr::value(outcome.finished_at))
        .filter(Column::Id.eq(id))
        .filter(Column::Attempts.eq(attempts))
        .filter(Column::State.eq(MailState::Sending.as_str()));
    if outcome.state == MailState::Sent {
        update = update.col_expr(Column::SealedContents, Expr::value(Option::<Vec<u8>>::None));
    }
    Ok(update.exec(tx).await?.rows_affected == 1)
}

/// Makes a mail due now, with `give_up_at` before it: one that waits, or one that failed and still knows what it says.
pub(super) async fn retry(
    tx: &WriteTx,
    id: MailId,
    (now, give_up_at): (Timestamp, Timestamp),
) -> Result<bool> {
    let able = Condition::any()
        .add(Column::State.eq(MailState::Waiting.as_str()))
        .add(
            Column::State
                .eq(MailState::Failed.as_str())
                .and(Column::SealedContents.is_not_null()),
        );
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(MailState::Waiting.as_str()))
        .col_expr(Column::NextAt, Expr::value(now))
        .col_expr(Column::GiveUpAt, Expr::value(give_up_at))
        .col_expr(Column::FinishedAt, Expr::value(Option::<Timestamp>::None))
        .filter(Column::Id.eq(id))
        .filter(able)
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Whether a mail that did not go out waits for its next attempt.
pub(super) async fn any_put_off<C: ConnectionTrait>(db: &C) -> Result<bool> {
    let query = Entity::find()
        .filter(Column::State.eq(MailState::Waiting.as_str()))
        .filter(Column::ErrorCode.is_not_null());
    Ok(query.one(db).await?.is_some())
}

/// Makes every mail that waits due now.
pub(super) async fn all_due(tx: &WriteTx, now: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::NextAt, Expr::value(now))
        .filter(Column::State.eq(MailState::Waiting.as_str()))
        .filter(Column::NextAt.gt(now))
        .exec(tx)
        .await?;
    Ok(())
}

/// Cancels those of `which` that can still be: they wait, whoever sends them was silent for too long, or they failed and could be tried
/// again. Returns how many.
pub(super) async fn cancel(tx: &WriteTx, which: Condition, now: Timestamp) -> Result<u64> {
    let able = Condition::any()
        .add(Column::State.eq(MailState::Waiting.as_str()))
        .add(
            Column::State
                .eq(MailState::Sending.as_str())
                .and(Column::NextAt.lte(now)),
        )
        .add(
            Column::State
                .eq(MailState::Failed.as_str())
                .and(Column::SealedContents.is_not_null()),
        );
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::value(MailState::Canceled.as_str()))
        .col_expr(Column::FinishedAt, Expr::value(Some(now)))
        .col_expr(Column::SealedContents, Expr::value(Option::<Vec<u8>>::None))
        .filter(which)
        .filter(able)
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}

/// The one mail.
pub(super) fn this(id: MailId) -> Condition {
    Condition::all().add(Column::Id.eq(id))
}

/// All about one thing.
pub(super) fn all_about(thing: Uuid) -> Condition {
    Condition::all().add(Column::AboutId.eq(thing))
}

/// Forgets what mails say that failed before `before`.
pub(super) async fn forget_contents(tx: &WriteTx, before: Timestamp) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::SealedContents, Expr::value(Option::<Vec<u8>>::None))
        .filter(Column::State.eq(MailState::Failed.as_str()))
        .filter(Column::SealedContents.is_not_null())
        .filter(Column::FinishedAt.lt(before))
        .exec(tx)
        .await?;
    Ok(())
}

/// Deletes mails that ended before `before`, and the oldest of those that ended when more than `most` are kept.
pub(super) async fn delete_old(tx: &WriteTx, before: Timestamp, most: u64) -> Result<()> {
    Entity::delete_many()
        .filter(Column::FinishedAt.lt(before))
        .exec(tx)
        .await?;
    let beyond = Entity::find()
        .filter(Column::FinishedAt.is_not_null())
        .order_by_desc(Column::Id)
        .offset(most)
        .limit(1)
        .one(tx)
        .await?;
    if let Some(last) = beyond {
        Entity::delete_many()
            .filter(Column::FinishedAt.is_not_null())
            .filter(Column::Id.lte(last.id))
            .exec(tx)
            .await?;
    }
    Ok(())
}
