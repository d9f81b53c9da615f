//! Table `machine_logins`. Logins of end users from their machines: first a one-time secret, then the login itself.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{MachineId, MachineLoginId, MachineTokenId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_logins")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MachineLoginId,
    pub organization_id: OrganizationId,
    pub machine_id: MachineId,
    pub token_id: MachineTokenId,
    pub state: LoginState,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub secret_hash: Vec<u8>,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
    #[sea_orm(column_type = "Text")]
    pub address: String,
    #[sea_orm(column_type = "Text")]
    pub user_agent: String,
}

/// Whether the one-time secret was redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum LoginState {
    /// Not yet.
    #[sea_orm(string_value = "offered")]
    Offered,
    /// It was; the secret is the login's own.
    #[sea_orm(string_value = "live")]
    Live,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
