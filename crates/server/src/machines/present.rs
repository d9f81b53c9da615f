//! Which machines some ids mean now: merged ones speak for another, removed ones are gone. For lists of the past.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;

use super::merge;
use crate::error::Result;
use crate::ids::{MachineId, OrganizationId};

/// A machine that there is, as far as a list of the past names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PresentMachine {
    /// Its identifier.
    pub id: MachineId,
    /// Its name now.
    pub name: String,
}

/// The machine that each of `ids` means now, within `organizations`; removed ones are left out.
///
/// # Errors
/// Those of the database.
pub async fn present<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    ids: &[MachineId],
) -> Result<HashMap<MachineId, PresentMachine>> {
    let machines = merge::follow(db, ids).await?.into_iter();
    Ok(machines
        .filter(|(_, row)| organizations.contains(&row.organization_id))
        .map(|(asked, row)| {
            let (id, name) = (row.id, row.name);
            (asked, PresentMachine { id, name })
        })
        .collect())
}
