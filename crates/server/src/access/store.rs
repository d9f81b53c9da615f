//! Queries of the `access_rules` table.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};

use super::effective::Subject;
use crate::error::{Code, Error, Result};
use crate::ids::{AccessRuleId, OrganizationId};
use crate::store::dialect;
use crate::store::entities::access_rule::{Column, Entity, Model, ScopeKind};

/// Writes a new rule.
///
/// # Errors
/// `access_rule_exists`; those of the database.
pub(super) async fn insert<C: ConnectionTrait>(tx: &C, row: Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    match Entity::insert(row).exec_without_returning(tx).await {
        Ok(_) => Ok(()),
        Err(error) if dialect::is_unique_violation(&error) => Err(Error::conflict(
            Code::AccessRuleExists,
            "There is a rule for this place, role and right already. Change that one instead.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// All rules of `organizations`, oldest first.
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
    id: AccessRuleId,
) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id).filter(Column::OrganizationId.is_in(organizations.iter().copied()));
    Ok(query.one(db).await?)
}

/// The rules that may say something about `subject`, of the organization that it belongs to.
pub(super) async fn about<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    subject: &Subject,
) -> Result<Vec<Model>> {
    let scope = Condition::any()
        .add(Column::Scope.eq(ScopeKind::Organization))
        .add(Column::SiteId.eq(subject.site))
        .add(Column::Tag.is_in(subject.tags.iter().map(String::as_str)))
        .add(Column::MachineId.is_in(subject.records.iter().copied()));
    let role = Condition::any()
        .add(Column::Role.is_null())
        .add(Column::Role.is_in(subject.roles.iter().copied()));
    let query = Entity::find()
        .filter(Column::OrganizationId.eq(organization))
        .filter(scope)
        .filter(role);
    Ok(query.all(db).await?)
}

/// Writes what a rule says, if it is still at `version`; false otherwise.
pub(super) async fn change<C: ConnectionTrait>(tx: &C, row: &Model, version: i64) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::Mode, Expr::value(row.mode))
        .col_expr(Column::OnSilence, Expr::value(row.on_silence))
        .col_expr(Column::ChangedAt, Expr::value(row.changed_at))
        .col_expr(Column::ChangedBy, Expr::value(row.changed_by))
        .col_expr(Column::ChangedByName, Expr::value(row.changed_by_name.clone()))
        .col_expr(Column::Version, Expr::value(version + 1))
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Deletes a rule, if it is still at `version`; false otherwise.
pub(super) async fn delete<C: ConnectionTrait>(tx: &C, id: AccessRuleId, version: i64) -> Result<bool> {
    let done = Entity::delete_many()
        .filter(Column::Id.eq(id))
        .filter(Column::Version.eq(version))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}
