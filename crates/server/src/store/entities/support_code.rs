//! Table `support_codes`.
//!
//! Short one-time codes, of which only the hash is kept, and what became of them: the machine that came with one, and the
//! technician who took it. Names are copied, as accounts may go before the rows do.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AccountId, MachineId, OrganizationId, SupportCodeId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "support_codes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SupportCodeId,
    pub organization_id: OrganizationId,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub hash: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub note: String,
    pub created_at: Timestamp,
    pub created_by: Option<AccountId>,
    #[sea_orm(column_type = "Text")]
    pub created_by_name: String,
    pub assigned_to: Option<AccountId>,
    #[sea_orm(column_type = "Text", nullable)]
    pub assigned_to_name: Option<String>,
    pub expires_at: Timestamp,
    pub redeemed_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub machine_id: Option<MachineId>,
    pub taken_by: Option<AccountId>,
    #[sea_orm(column_type = "Text", nullable)]
    pub taken_by_name: Option<String>,
    pub taken_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
