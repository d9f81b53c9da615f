//! Table `machine_evidence`.
//!
//! The values of each machine's evidence that count, in the form in which they are compared.

use sea_orm::entity::prelude::*;

use crate::ids::{MachineId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_evidence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub machine_id: MachineId,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub value: String,
    pub organization_id: OrganizationId,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
