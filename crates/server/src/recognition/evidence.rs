//! Evidence in rows: as JSON beside the machine, and value by value in `machine_evidence` for finding machines by it.

use farol_protocol::evidence::{Evidence, EvidenceKind, EvidenceValue};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{MachineId, OrganizationId};
use crate::store::entities::{machine, machine_evidence, non_unique_value};

/// Machines looked at when a newcomer shares values with several; more would be a value that identifies nothing.
const CANDIDATES_MAX: u64 = 20;

/// A value on this many machines with installations of their own identifies nothing.
const SHARED_BY: usize = 3;

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
    tx: &C,
    (organization, machine): (OrganizationId, MachineId),
    evidence: &Evidence,
    now: Timestamp,
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
    learn(tx, organization, &values, now).await
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

/// A value that several machines with installations of their own show is a maker's filler that no list has yet.
async fn learn<C: ConnectionTrait>(
    tx: &C,
    organization: OrganizationId,
    values: &[EvidenceValue],
    now: Timestamp,
) -> Result<()> {
    for value in values {
        let holders = machine_evidence::Entity::find()
            .filter(machine_evidence::Column::OrganizationId.eq(organization))
            .filter(any_of(std::slice::from_ref(value)))
            .limit(SHARED_BY as u64 + 5)
            .all(tx)
            .await?;
        if holders.len() < SHARED_BY {
            continue;
        }
        let holders = holders.iter().map(|row| row.machine_id);
        let machines = machine::Entity::find()
            .filter(machine::Column::Id.is_in(holders))
            .filter(machine::Column::MergedInto.is_null())
            .all(tx)
            .await?;
        let mut installs: Vec<&str> = machines.iter().map(|row| row.install_id.as_str()).collect();
        installs.sort_unstable();
        installs.dedup();
        if installs.len() >= SHARED_BY
            && learned(tx, organization, std::slice::from_ref(value))
                .await?
                .is_empty()
        {
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
    }
    Ok(())
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
    let value = |row: non_unique_value::Model| {
        Some(EvidenceValue {
            kind: EvidenceKind::parse(&row.kind)?,
            value: row.value,
        })
    };
    Ok(rows.into_iter().filter_map(value).collect())
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
