//! Table `inventory_sections`. The newest of each section of the inventory that our own agent delivered, by record. `body` is in the form
//! of `farol_inventory`, without its problems, which stand beside it. `hash` is of its facts, `told_hash` the one by
//! which the agent knows them: it is another where something of an earlier reading was taken over; `first_at` is since when there is a history,
//! `changed_at` when the facts last became others, `received_at` when it last came.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{MachineId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inventory_sections")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub machine_id: MachineId,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub section: String,
    pub organization_id: OrganizationId,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub hash: Vec<u8>,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub told_hash: Vec<u8>,
    #[sea_orm(column_type = "Json")]
    pub body: Json,
    #[sea_orm(column_type = "Json")]
    pub problems: Json,
    pub first_at: Timestamp,
    pub changed_at: Timestamp,
    pub received_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
