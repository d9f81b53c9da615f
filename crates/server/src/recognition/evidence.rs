//! Evidence in rows: as JSON beside the machine, and value by value in `machine_evidence` for finding machines by it.

use std::collections::BTreeSet;
use std::time::Duration;

use farol_protocol::evidence::{Evidence, EvidenceKind, EvidenceValue};
use farol_protocol::limits::{DISKS_MAX, EVIDENCE_MAX};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{FieldError, Result};
use crate::ids::{MachineId, OrganizationId};
use crate::store::entities::{machine, machine_evidence, non_unique_value};

/// Machines looked at when a newcomer shares values with several; more would be a value that identifies nothing.
const CANDIDATES_MAX: u64 = 20;

/// A value on this many live machines with installations of their own identifies nothing.
const SHARED_BY: usize = 3;
/// A machine is live that is connected, or was heard of within this time. Rows that a machine left behind when it was
/// reinstalled or removed from service show its values too, and prove nothing.
const LIVE: Duration = Duration::from_secs(15 * 60);
/// Machines looked at for one value, newest first; more than enough to find three live ones.
const HOLDERS_MAX: u64 = 200;

/// What identifies a machine, as the API shows it and as rows keep it. Text of the machine's makers and of its agent: not to
/// be trusted further.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = MachineEvidence)]
pub struct EvidenceView {
    /// SMBIOS type 1 UUID.
    pub smbios_uuid: String,
    /// Identifies the installed operating system.
    pub os_install_id: String,
    /// SMBIOS type 2 serial number.
    pub board_serial: String,
    /// SMBIOS type 1 serial number.
    pub system_serial: String,
    /// Serial numbers of built-in disks.
    pub disk_serials: Vec<String>,
}

impl From<Evidence> for EvidenceView {
    fn from(evidence: Evidence) -> Self {
        Self {
            smbios_uuid: evidence.smbios_uuid,
            os_install_id: evidence.os_install_id,
            board_serial: evidence.board_serial,
            system_serial: evidence.system_serial,
            disk_serials: evidence.disk_serials,
        }
    }
}

impl EvidenceView {
    /// What is longer than evidence may be, as fields of the object `evidence`.
    pub(crate) fn objections(&self) -> Vec<FieldError> {
        let wrong = |detail: String| FieldError::new("evidence", "too_long", detail);
        let texts = [
            ("smbios_uuid", &self.smbios_uuid),
            ("os_install_id", &self.os_install_id),
            ("board_serial", &self.board_serial),
            ("system_serial", &self.system_serial),
        ];
        let long = |text: &String| text.len() > EVIDENCE_MAX;
        let longest = || wrong(format!("At most {EVIDENCE_MAX} bytes a value."));
        let texts = texts.into_iter().filter(|(_, text)| long(text));
        let mut found: Vec<FieldError> = texts.map(|(name, _)| longest().member(name)).collect();
        if self.disk_serials.len() > DISKS_MAX {
            found.push(wrong(format!("At most {DISKS_MAX} disks.")).member("disk_serials"));
        }
        let disks = self.disk_serials.iter().take(DISKS_MAX).enumerate();
        let disks = disks.filter(|(_, text)| long(text));
        found.extend(disks.map(|(index, _)| longest().member("disk_serials").item(index)));
        found
    }
}

impl From<EvidenceView> for Evidence {
    fn from(view: EvidenceView) -> Self {
        Self {
            smbios_uuid: view.smbios_uuid,
            os_install_id: view.os_install_id,
            board_serial: view.board_serial,
            system_serial: view.system_serial,
            disk_serials: view.disk_serials,
        }
    }
}

/// Reads a row's JSON. This program wrote it; were it damaged, the machine would be one that tells nothing.
#[must_use]
pub(crate) fn of_row(json: &serde_json::Value) -> Evidence {
    EvidenceView::deserialize(json).unwrap_or_default().into()
}

/// The JSON of a row.
#[must_use]
pub(crate) fn to_row(evidence: &Evidence) -> serde_json::Value {
    // A struct of strings: this cannot fail.
    serde_json::to_value(EvidenceView::from(evidence.clone())).unwrap_or_default()
}

/// Keeps a machine's evidence, and learns which of its values identify nothing.
pub(crate) async fn put<C: ConnectionTrait>(
    ctx: &Ctx,
    tx: &C,
    (organization, machine): (OrganizationId, MachineId),
    evidence: &Evidence,
) -> Result<()> {
    machine::Entity::update_many()
        .col_expr(machine::Column::Evidence, Expr::value(to_row(evidence)))
        .col_expr(
            machine::Column::MachineUid,
            Expr::value(evidence.uid().map(|uid| uid.to_string())),
        )
        .filter(machine::Column::Id.eq(machine))
        .exec(tx)
        .await?;
    machine_evidence::Entity::delete_many()
        .filter(machine_evidence::Column::MachineId.eq(machine))
        .exec(tx)
        .await?;
    let values = evidence.values();
    if values.is_empty() {
        return Ok(());
    }
    let rows = values.iter().map(|value| machine_evidence::ActiveModel {
        machine_id: Set(machine),
        kind: Set(value.kind.code().to_owned()),
        value: Set(value.value.clone()),
        organization_id: Set(organization),
    });
    machine_evidence::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    learn(ctx, tx, (organization, machine), &values).await
}

fn any_of(values: &[EvidenceValue]) -> Condition {
    values.iter().fold(Condition::any(), |any, value| {
        any.add(
            Condition::all()
                .add(machine_evidence::Column::Kind.eq(value.kind.code()))
                .add(machine_evidence::Column::Value.eq(value.value.clone())),
        )
    })
}

/// A value that several live machines with installations of their own show is a maker's filler that no list has yet. `machine` is
/// the one that has just shown them.
async fn learn<C: ConnectionTrait>(
    ctx: &Ctx,
    tx: &C,
    (organization, machine): (OrganizationId, MachineId),
    values: &[EvidenceValue],
) -> Result<()> {
    let now = ctx.clock.now();
    let known = learned(tx, organization, values).await?;
    for value in values.iter().filter(|value| !known.contains(value)) {
        let holders = ids_with(tx, organization, value).await?;
        if holders.len() < SHARED_BY {
            continue;
        }
        let machines = unmerged(holders).all(tx).await?;
        let live = machines
            .iter()
            .filter(|row| row.id == machine || is_live(ctx, row, now));
        let installs: BTreeSet<&str> = live.map(|row| row.install_id.as_str()).collect();
        if installs.len() < SHARED_BY {
            continue;
        }
        let row = non_unique_value::ActiveModel {
            organization_id: Set(organization),
            kind: Set(value.kind.code().to_owned()),
            value: Set(value.value.clone()),
            learned_at: Set(now),
        };
        non_unique_value::Entity::insert(row)
            .exec_without_returning(tx)
            .await?;
        tracing::warn!(%organization, kind = value.kind.code(), "a value stands on several machines and counts no more");
    }
    Ok(())
}

fn is_live(ctx: &Ctx, row: &machine::Model, now: Timestamp) -> bool {
    let heard = [row.last_seen_at, Some(row.enrolled_at)];
    ctx.presence.view(row.id).is_some()
        || ctx.helpdesk.since(row.id, now).is_some()
        || heard.into_iter().flatten().any(|heard| now.since(heard) <= LIVE)
}

/// The newest records that show a value.
async fn ids_with<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    value: &EvidenceValue,
) -> Result<Vec<MachineId>> {
    let rows = machine_evidence::Entity::find()
        .filter(machine_evidence::Column::OrganizationId.eq(organization))
        .filter(any_of(std::slice::from_ref(value)))
        .order_by_desc(machine_evidence::Column::MachineId)
        .limit(HOLDERS_MAX)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.machine_id).collect())
}

fn unmerged(ids: Vec<MachineId>) -> Select<machine::Entity> {
    machine::Entity::find()
        .filter(machine::Column::Id.is_in(ids))
        .filter(machine::Column::MergedInto.is_null())
}

/// Housekeeping: a learned value identifies again when fewer than three machines show it, live or not. Machines that are switched
/// off at night do not make it forgotten.
pub(super) async fn forget_unshared<C: ConnectionTrait>(tx: &C) -> Result<()> {
    for row in non_unique_value::Entity::find().all(tx).await? {
        let Some(value) = value_of(&row) else { continue };
        let ids = ids_with(tx, row.organization_id, &value).await?;
        if unmerged(ids).count(tx).await? >= SHARED_BY as u64 {
            continue;
        }
        tracing::info!(organization = %row.organization_id, kind = value.kind.code(), "a learned value counts again");
        let key = (row.organization_id, row.kind, row.value);
        non_unique_value::Entity::delete_by_id(key).exec(tx).await?;
    }
    Ok(())
}

fn value_of(row: &non_unique_value::Model) -> Option<EvidenceValue> {
    Some(EvidenceValue {
        kind: EvidenceKind::parse(&row.kind)?,
        value: row.value.clone(),
    })
}

/// Which of these values are known to identify nothing in this organization.
pub(super) async fn learned<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    values: &[EvidenceValue],
) -> Result<Vec<EvidenceValue>> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let any = values.iter().fold(Condition::any(), |any, value| {
        any.add(
            non_unique_value::Column::Kind
                .eq(value.kind.code())
                .and(non_unique_value::Column::Value.eq(value.value.clone())),
        )
    });
    let rows = non_unique_value::Entity::find()
        .filter(non_unique_value::Column::OrganizationId.eq(organization))
        .filter(any)
        .all(db)
        .await?;
    Ok(rows.iter().filter_map(value_of).collect())
}

/// The machines of this organization that share one of these values.
pub(super) async fn holders<C: ConnectionTrait>(
    db: &C,
    organization: OrganizationId,
    values: &[EvidenceValue],
) -> Result<Vec<machine::Model>> {
    let mut ids: Vec<MachineId> = Vec::new();
    // One query for each of the dozen values: with several in one, SQLite reads every value of the organization instead of
    // looking each up in the index.
    for value in values {
        let rows = machine_evidence::Entity::find()
            .filter(machine_evidence::Column::OrganizationId.eq(organization))
            .filter(any_of(std::slice::from_ref(value)))
            .limit(CANDIDATES_MAX)
            .all(db)
            .await?;
        ids.extend(rows.into_iter().map(|row| row.machine_id));
    }
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(usize::try_from(CANDIDATES_MAX).unwrap_or(usize::MAX));
    let machines = machine::Entity::find()
        .filter(machine::Column::Id.is_in(ids))
        .all(db)
        .await?;
    Ok(machines)
}
