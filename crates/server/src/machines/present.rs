//! Which machines some ids mean now: merged ones speak for another, removed ones are gone. For lists of the past.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::error::Result;
use crate::ids::{MachineId, OrganizationId};

/// Merges that are followed from one machine to the next; people merge into what they see, so there is rarely a second.
const HOPS_MAX: usize = 8;

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
    let mut found = HashMap::new();
    // Each asked id with the one it leads to.
    let mut open: Vec<(MachineId, MachineId)> = ids.iter().map(|id| (*id, *id)).collect();
    for _ in 0..HOPS_MAX {
        let wanted: Vec<MachineId> = open.iter().map(|(_, at)| *at).collect();
        if wanted.is_empty() {
            break;
        }
        let rows = store::some(db, organizations, &wanted).await?;
        let rows: HashMap<MachineId, _> = rows.into_iter().map(|row| (row.id, row)).collect();
        let mut next = Vec::new();
        for (asked, at) in open {
            let Some(row) = rows.get(&at) else { continue };
            if let Some(into) = row.merged_into {
                next.push((asked, into));
            } else {
                let (id, name) = (row.id, row.name.clone());
                found.insert(asked, PresentMachine { id, name });
            }
        }
        open = next;
    }
    Ok(found)
}
