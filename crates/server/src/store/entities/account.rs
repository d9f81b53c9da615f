//! Table `accounts`. People, programs that have an identity of their own, and teams. The e-mail is kept as written and, for look-ups, folded.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::AccountId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub email: String,
    #[sea_orm(column_type = "Text")]
    pub email_key: String,
    #[sea_orm(column_type = "Text")]
    pub password_hash: String,
    #[sea_orm(column_type = "Text")]
    pub locale: String,
    pub created_at: Timestamp,
    pub password_changed_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
    pub kind: AccountKind,
    #[sea_orm(column_type = "Text")]
    pub note: String,
}

/// Whose identity an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// A person's, who signs in.
    #[sea_orm(string_value = "person")]
    Person,
    /// A program's: a service account, which never signs in and comes with API tokens.
    #[sea_orm(string_value = "service")]
    Service,
    /// A team's, which has roles for its people. Nobody and nothing ever acts as it.
    #[sea_orm(string_value = "team")]
    Team,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
