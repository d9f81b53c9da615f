//! The inventory and its history as people see them.

use std::collections::{BTreeMap, BTreeSet};

use farol_inventory::Section;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::net::{self, Net};
use super::{CHANGES_KEPT, store};
use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{FieldError, Result};
use crate::http::{List, Page, PageQuery};
use crate::ids::{MachineChangeId, MachineId};
use crate::machines;
use crate::store::entities::inventory_section::Model as SectionRow;
use crate::store::entities::machine_change::{Kind, Model as ChangeRow};

/// Changes that a comparison looks at; as many as are kept of one record.
const COMPARED_MAX: u64 = CHANGES_KEPT;

/// A section of the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = InventorySectionName)]
pub enum SectionName {
    /// The operating system.
    System,
    /// What the machine is made of.
    Hardware,
    /// Disks and file systems.
    Disks,
    /// How it is connected.
    Network,
    /// Who has accounts, who is logged on.
    People,
    /// What is installed and runs.
    Software,
    /// What protects it.
    Posture,
}

impl From<Section> for SectionName {
    fn from(section: Section) -> Self {
        match section {
            Section::System => Self::System,
            Section::Hardware => Self::Hardware,
            Section::Disks => Self::Disks,
            Section::Network => Self::Network,
            Section::People => Self::People,
            Section::Software => Self::Software,
            Section::Posture => Self::Posture,
        }
    }
}

impl From<SectionName> for Section {
    fn from(name: SectionName) -> Self {
        match name {
            SectionName::System => Self::System,
            SectionName::Hardware => Self::Hardware,
            SectionName::Disks => Self::Disks,
            SectionName::Network => Self::Network,
            SectionName::People => Self::People,
            SectionName::Software => Self::Software,
            SectionName::Posture => Self::Posture,
        }
    }
}

/// What our agent found in a machine, as it was last delivered. Plain text and not to be trusted further.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MachineInventory {
    /// The machine.
    pub machine_id: MachineId,
    /// Sections that were delivered, in the order of their names' list.
    pub sections: Vec<InventoryPart>,
}

/// A section of a machine's inventory.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct InventoryPart {
    /// Which.
    pub section: SectionName,
    /// SHA-256 of its facts.
    pub hash: String,
    /// When it was last delivered; what changes by itself (`volatile`) is as old.
    pub received_at: Timestamp,
    /// When its facts last became others.
    pub changed_at: Timestamp,
    /// Since when there is a history of it.
    pub first_at: Timestamp,
    /// What was found: members in snake case, units in their names. Those that are not known are left out.
    #[schema(value_type = HashMap<String, Value>)]
    pub facts: Value,
    /// What is missing or was changed, and why.
    pub problems: Vec<InventoryProblem>,
}

/// Something of a section that is missing or was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InventoryProblem {
    /// Which member, as a JSON pointer into the section; empty for the whole.
    pub field: String,
    /// Why: `wrong_type`, `out_of_range`, `too_long`, `too_many`, `invalid_utf8`, `cleaned`, `not_available`, `not_permitted`, `timed_out`,
    /// `cut_off`, `not_yet`, `failed`.
    pub code: String,
    /// For technicians: which sensor, what was found instead.
    pub detail: String,
}

/// Something that changed about a machine.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct InventoryChange {
    /// Its identifier.
    pub id: MachineChangeId,
    /// When the server heard of it.
    pub at: Timestamp,
    /// In which section.
    pub section: SectionName,
    /// Where: a JSON pointer into the section, but for items of lists, which are named by what tells them apart. Empty for the word
    /// that more changed at once than is kept; `after` says how much more.
    pub path: String,
    /// What of it, the same for all machines: `packages.version`, `memory_modules`.
    pub what: String,
    /// What people call the thing, if it is one of several.
    pub subject: Option<String>,
    /// Whether it came, went or is another.
    pub kind: Kind,
    /// What it was, whole things as objects: any JSON; `null` when it was not there.
    #[schema(value_type = Value)]
    pub before: Value,
    /// What it is now.
    #[schema(value_type = Value)]
    pub after: Value,
    /// A value was too long to be kept and is `null`.
    pub shortened: bool,
}

/// What changed between two moments.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct InventoryComparison {
    /// The machine.
    pub machine_id: MachineId,
    /// From this moment.
    pub from: Timestamp,
    /// To this.
    pub to: Timestamp,
    /// Since when each section is known. What changed before that is not among the changes.
    pub sections: Vec<ComparedSection>,
    /// What is different, by section and path. What came and went meanwhile, or changed and changed back, is not among it.
    pub changes: Vec<Compared>,
    /// There were more changes than are looked at; those after the last one here are missing.
    pub truncated: bool,
}

/// How much of a section's history is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ComparedSection {
    /// Which.
    pub section: SectionName,
    /// Since when.
    pub known_since: Timestamp,
    /// It was known at the first of the moments already, so nothing is missing.
    pub whole: bool,
}

/// A difference between two moments.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Compared {
    /// In which section.
    pub section: SectionName,
    /// Where, as in the list of changes.
    pub path: String,
    /// What of it.
    pub what: String,
    /// What people call the thing, if it is one of several.
    pub subject: Option<String>,
    /// Whether it came, went or is another.
    pub kind: Kind,
    /// What it was at the first of the moments; `null` when it was not there.
    #[schema(value_type = Value)]
    pub before: Value,
    /// What it was at the second one.
    #[schema(value_type = Value)]
    pub after: Value,
    /// When it last changed within that time.
    pub last_changed_at: Timestamp,
    /// A value was too long to be kept and is `null`.
    pub shortened: bool,
}

/// Which changes; all that are given must hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of this section.
    pub section: Option<Section>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

/// The newest of each section of a machine, or of one.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn get(ctx: &Ctx, by: &Caller, id: MachineId, wanted: Option<Section>) -> Result<MachineInventory> {
    let row = machines::find(ctx, by, id).await?;
    let db = ctx.db.read();
    let records = machines::records(db, row.id).await?;
    let rows = store::sections(db, &records, wanted).await?.into_iter();
    let mut sections: Vec<InventoryPart> = rows.filter_map(part).collect();
    sections.sort_by_key(|part| part.section);
    Ok(MachineInventory {
        machine_id: row.id,
        sections,
    })
}

/// None for a section that this program does not know.
fn part(row: SectionRow) -> Option<InventoryPart> {
    Some(InventoryPart {
        section: Section::of_name(&row.section)?.into(),
        hash: hex::encode(row.hash),
        received_at: row.received_at,
        changed_at: row.changed_at,
        first_at: row.first_at,
        facts: row.body,
        // The column is written by this program; were it damaged, the facts would still be worth showing.
        problems: serde_json::from_value(row.problems).unwrap_or_default(),
    })
}

/// What changed about a machine, the newest first.
///
/// # Errors
/// `not_found`, `validation_failed` for a cursor of another list; those of the database.
pub async fn changes(
    ctx: &Ctx,
    by: &Caller,
    id: MachineId,
    page: &PageQuery,
    wanted: &Wanted,
) -> Result<Page<InventoryChange>> {
    let row = machines::find(ctx, by, id).await?;
    let list = List::new(ctx, format!("machines/{}/changes", row.id));
    let place = (page.key(&list)?, page.limit() + 1);
    let db = ctx.db.read();
    let records = machines::records(db, row.id).await?;
    let rows = store::changes(db, &records, wanted, place).await?;
    let changes = rows.into_iter().filter_map(change).collect();
    Ok(Page::of(
        &list,
        changes,
        page.limit(),
        |change: &InventoryChange| change.id,
    ))
}

fn change(row: ChangeRow) -> Option<InventoryChange> {
    Some(InventoryChange {
        id: row.id,
        at: row.at,
        section: Section::of_name(&row.section)?.into(),
        path: row.path,
        what: row.what,
        subject: row.subject,
        kind: row.kind,
        before: row.before.unwrap_or_default(),
        after: row.after.unwrap_or_default(),
        shortened: row.shortened,
    })
}

/// What is different about a machine at `to`, now when left out, compared with `from`: worked out from what changed between them.
///
/// # Errors
/// `not_found`, `validation_failed` when the moments are not in order; those of the database.
pub async fn comparison(
    ctx: &Ctx,
    by: &Caller,
    id: MachineId,
    (from, to): (Timestamp, Option<Timestamp>),
) -> Result<InventoryComparison> {
    let to = to.unwrap_or_else(|| ctx.clock.now());
    if from >= to {
        let detail = "Name a moment before the other one.";
        return Err(FieldError::new("from", "invalid", detail).in_query().into());
    }
    let row = machines::find(ctx, by, id).await?;
    let db = ctx.db.read();
    let records = machines::records(db, row.id).await?;
    let newest = store::sections(db, &records, None).await?;
    let told_by: BTreeSet<MachineId> = newest.iter().map(|row| row.machine_id).collect();
    let mut forgotten = BTreeMap::new();
    for record in told_by {
        forgotten.insert(record, store::forgotten_until(db, record).await?);
    }
    let mut sections: Vec<ComparedSection> = newest
        .iter()
        .filter_map(|row| {
            let until = forgotten.get(&row.machine_id).copied().flatten();
            let known_since = until.map_or(row.first_at, |until| until.max(row.first_at));
            Some(ComparedSection {
                section: Section::of_name(&row.section)?.into(),
                known_since,
                whole: known_since <= from,
            })
        })
        .collect();
    sections.sort_by_key(|compared| compared.section);
    // What other records of the machine told is another history.
    let counts = |change: &ChangeRow| {
        newest
            .iter()
            .any(|row| (row.machine_id, &row.section) == (change.machine_id, &change.section))
    };
    let mut rows = store::changes_between(db, &records, (from, to), COMPARED_MAX + 1).await?;
    let truncated = rows.len() as u64 > COMPARED_MAX;
    rows.truncate(usize::try_from(COMPARED_MAX).unwrap_or(usize::MAX));
    rows.retain(counts);
    let nets = super::apart(move || net::net(rows)).await?;
    let changes = nets.into_iter().filter_map(compared).collect();
    Ok(InventoryComparison {
        machine_id: row.id,
        from,
        to,
        sections,
        changes,
        truncated,
    })
}

fn compared(net: Net) -> Option<Compared> {
    Some(Compared {
        section: Section::of_name(&net.section)?.into(),
        path: net.path,
        what: net.what,
        subject: net.subject,
        kind: net.kind,
        before: net.before.unwrap_or_default(),
        after: net.after.unwrap_or_default(),
        last_changed_at: net.at,
        shortened: net.shortened,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_have_the_names_of_the_inventory_and_its_order() {
        let names = Section::ALL.map(SectionName::from);
        assert!(names.is_sorted());
        for (section, name) in Section::ALL.into_iter().zip(names) {
            assert_eq!(serde_json::to_value(name).unwrap(), section.name());
            assert_eq!(Section::from(name), section);
        }
    }
}
