//! Table `machine_metrics`. A block of a machine's points: of a resolution (0 minutes, 1 ten minutes, 2 hours), from `start` on. `rolled`
//! is true where there is nothing to be rolled up: of minutes that the coarser blocks have, and of these.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{MachineId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "machine_metrics")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub machine_id: MachineId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub resolution: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub start: Timestamp,
    pub organization_id: OrganizationId,
    pub rolled: bool,
    #[sea_orm(column_type = "Blob")]
    pub body: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
