//! Table `team_members`. Which people are in which team.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::AccountId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team_members")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub team_id: AccountId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    pub added_at: Timestamp,
    pub added_by: Option<AccountId>,
    #[sea_orm(column_type = "Text")]
    pub added_by_name: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
