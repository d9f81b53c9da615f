//! Table `relay_grants`. What lets one end of a session into the relay, once; only the hash of it is kept. Goes with the session.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{LoginId, SessionId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "relay_grants")]
pub struct Model {
    #[sea_orm(
        primary_key,
        auto_increment = false,
        column_type = "VarBinary(StringLen::N(32))"
    )]
    pub hash: Vec<u8>,
    pub session_id: SessionId,
    #[sea_orm(column_type = "Text")]
    pub side: String,
    pub attempt: i64,
    pub login_id: LoginId,
    #[sea_orm(column_type = "Text")]
    pub relay: String,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
