//! What people decide about installations in quarantine, put into effect: a record of its own, a known machine's place, or no
//! place at all. Start with [`approve`]. Not here: who waits and why (`quarantine.rs`).

use farol_protocol::ids::InstallId;
use farol_protocol::link::GoodbyeReason;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::newcomer::fingerprint;
use super::quarantine::{get, nudge};
use super::view::QuarantineEntry;
use super::{evidence, helpdesk, store, view};
use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::enrollment::{self, EnrollOs};
use crate::error::{Code, Error, Result};
use crate::ids::{MachineId, OrganizationId, QuarantineId};
use crate::machines::{self, EnrolledFacts, NewMachine};
use crate::organizations;
use crate::presence::Command;
use crate::rights::Permission;
use crate::sessions::{self, lifecycle::EndReason};
use crate::store::WriteTx;
use crate::store::entities::machine::{Door, Model as MachineRow};
use crate::store::entities::quarantine::{Model, QuarantineState};

/// Longest reason that a person may give, in characters.
const REASON_MAX: usize = 500;

/// What an installation is, in a person's eyes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "as", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = QuarantineApproval)]
pub enum Approval {
    /// A machine of its own.
    New,
    /// This machine: it gets the installation's key, and what was there before loses its place.
    Machine {
        /// Which.
        machine_id: MachineId,
    },
}

/// Lets an installation in.
///
/// # Errors
/// `not_found`, `forbidden`, `conflict` when it was decided about already or the machine is in the way; those of the database.
pub async fn approve(
    ctx: &Ctx,
    by: &Caller,
    id: QuarantineId,
    approval: &Approval,
) -> Result<QuarantineEntry> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let row = find_waiting(&tx, by, id).await?;
    let (state, result, dismissed) = match approval {
        Approval::New if row.machine_id.is_some() => (QuarantineState::ApprovedNew, None, None),
        Approval::New => {
            let machine = admit(ctx, &tx, &row).await?;
            (QuarantineState::ApprovedNew, Some(machine), None)
        }
        Approval::Machine { machine_id } => {
            let machine = same(ctx, &tx, by, (&row, *machine_id)).await?;
            // Behind another door nothing of our agent is replaced, and its link stays.
            let replaced = Some(machine).filter(|_| row.door == Door::Agent);
            (QuarantineState::ApprovedSame, Some(machine), replaced)
        }
    };
    if !store::decide(&tx, id, (state, result), (&by.actor(), None, now)).await? {
        return Err(decided());
    }
    let action = match (approval, row.machine_id) {
        (Approval::Machine { .. }, _) => Action::MachineRebound,
        (Approval::New, Some(_)) => Action::MachineSplit,
        (Approval::New, None) => Action::QuarantineApproved,
    };
    let entry = by
        .entry(row.organization_id, action)
        .on(spoken_of(&tx, &row, result.or(row.machine_id)).await?)
        .detail(json!({
            "quarantine_id": id,
            "hostname": row.hostname,
            "reason": row.reason,
            "machine_id": result.or(row.machine_id),
            "machine_key": fingerprint(&row.machine_key),
            "enrollment_token_id": row.enrollment_token_id,
            "address": row.address,
        }))
        .change(
            json!({ "state": "waiting" }),
            json!({ "state": view::state(state) }),
        );
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    if let Some(machine) = dismissed {
        // Whatever is linked, or has a session, with the key or installation of before.
        sessions::machine_gone(ctx, machine, EndReason::MachineChanged);
        ctx.presence
            .dismiss(machine, Command::Goodbye(GoodbyeReason::Replaced));
        ctx.events.machine(row.organization_id, machine);
    }
    nudge(ctx, row.organization_id);
    get(ctx, by, id).await
}

/// What an approval is about: the machine that the installation is now, or whose key it held; the entry when that machine was
/// removed.
async fn spoken_of(tx: &WriteTx, row: &Model, machine: Option<MachineId>) -> Result<Target> {
    let machine = match machine {
        Some(id) => store::machine(tx, id).await?,
        None => None,
    };
    Ok(machine.map_or_else(
        || Target::new(TargetKind::Quarantine, row.id, &row.hostname),
        |machine| Target::new(TargetKind::Machine, machine.id, &machine.name),
    ))
}

/// Sends an installation away: its agent is told so and goes quiet.
///
/// # Errors
/// `not_found`, `forbidden`, `conflict`, `validation_failed`; those of the database.
pub async fn refuse(ctx: &Ctx, by: &Caller, id: QuarantineId, reason: &str) -> Result<QuarantineEntry> {
    let reason = checked_reason(reason)?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let row = find_waiting(&tx, by, id).await?;
    let said = Some(reason.as_str()).filter(|reason| !reason.is_empty());
    let decision = (QuarantineState::Refused, None);
    if !store::decide(&tx, id, decision, (&by.actor(), said, now)).await? {
        return Err(decided());
    }
    let entry = by
        .entry(row.organization_id, Action::QuarantineRefused)
        .on(Target::new(TargetKind::Quarantine, id, &row.hostname))
        .detail(json!({ "why": reason, "reason": row.reason, "machine_key": fingerprint(&row.machine_key) }))
        .change(json!({ "state": "waiting" }), json!({ "state": "refused" }));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    nudge(ctx, row.organization_id);
    get(ctx, by, id).await
}

/// A reason as a person gives it: one line or none.
pub(crate) fn checked_reason(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.chars().count() > REASON_MAX || reason.chars().any(farol_protocol::text::is_deceptive) {
        let detail = format!("A reason is one line of at most {REASON_MAX} characters.");
        return Err(Error::invalid("reason", "too_long", detail));
    }
    Ok(reason.to_owned())
}

async fn find_waiting(tx: &WriteTx, by: &Caller, id: QuarantineId) -> Result<Model> {
    let find = async |within: &[OrganizationId]| {
        store::find(tx, within, id)
            .await?
            .ok_or(Error::NotFound("quarantine entry"))
    };
    let organization = find(&by.organizations_with(Permission::MachineSee))
        .await?
        .organization_id;
    by.require(organization, Permission::MachineManage)?;
    // What is decided depends on other rows, and on nobody deciding the same at the same moment.
    organizations::hold(tx, organization).await?;
    let row = find(&[organization]).await?;
    if row.state == QuarantineState::Waiting {
        Ok(row)
    } else {
        Err(decided())
    }
}

fn decided() -> Error {
    let detail = "Somebody decided about this installation already. Look at the entry again.";
    Error::conflict(Code::Conflict, detail)
}

/// Gives the newcomer a record.
async fn admit(ctx: &Ctx, tx: &WriteTx, row: &Model) -> Result<MachineId> {
    let now = ctx.clock.now();
    let token = match row.enrollment_token_id {
        Some(token) => enrollment::labels_of(tx, token).await?,
        None => json!({}),
    };
    let id = MachineId::new();
    let new = NewMachine {
        id,
        organization: row.organization_id,
        site: row.site_id,
        token: row.enrollment_token_id,
        key: match row.door {
            Door::Agent => Some(key(row)?),
            Door::Helpdesk => None,
        },
        name: machines::first_name(&row.hostname),
        door: row.door,
        labels: token,
        about: facts(row),
        counter: store::read(row.install_counter),
        one_time: false,
    };
    organizations::require_open_site(tx, row.organization_id, row.site_id).await?;
    machines::insert(tx, new, now).await?;
    let evidence = evidence::of_row(&row.evidence);
    evidence::put(ctx, tx, (row.organization_id, id), &evidence).await?;
    if row.door == Door::Helpdesk {
        helpdesk::attach(tx, row.organization_id, (id, &key(row)?), now).await?;
    }
    Ok(id)
}

/// Makes the installation the one that speaks for `machine`.
async fn same(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    (row, machine): (&Model, MachineId),
) -> Result<MachineId> {
    let now = ctx.clock.now();
    let target = store::machine(tx, machine)
        .await?
        .filter(|target| target.organization_id == row.organization_id)
        .ok_or(Error::NotFound("machine"))?;
    by.require(target.organization_id, Permission::MachineManage)?;
    if target.merged_into.is_some() {
        let detail = "That record was merged into another machine. Choose the machine it was merged into.";
        return Err(Error::conflict(Code::Conflict, detail));
    }
    if row.door == Door::Helpdesk {
        helpdesk::attach(tx, target.organization_id, (machine, &key(row)?), now).await?;
        let said = helpdesk::merged_evidence(&target, &evidence::of_row(&row.evidence));
        evidence::put(ctx, tx, (target.organization_id, machine), &said).await?;
        return Ok(machine);
    }
    let state = (&key(row)?, &facts(row), store::read(row.install_counter));
    let record = rebind(tx, &target, state, now).await?;
    // Whoever speaks for the machine with the key of another of its records was there before, too.
    for other in machines::records(tx, machine).await? {
        if other != record.id {
            machines::keys::retire(tx, other, now).await?;
        }
    }
    let evidence = evidence::of_row(&record.evidence).updated_by(&evidence::of_row(&row.evidence));
    evidence::put(ctx, tx, (record.organization_id, record.id), &evidence).await?;
    Ok(machine)
}

/// Gives a machine to another installation with its key. Returns the record that is the installation's: the machine's own, or the
/// merged one whose key it holds already.
pub(crate) async fn rebind(
    tx: &WriteTx,
    machine: &MachineRow,
    (key, about, counter): (&[u8; 32], &EnrolledFacts, u64),
    now: Timestamp,
) -> Result<MachineRow> {
    let record = match machines::keys::find(tx, key).await? {
        None => {
            machines::keys::put(tx, (machine.organization_id, machine.id), key, now).await?;
            machine.clone()
        }
        Some(held) => {
            let record = own_record(tx, machine, held.machine_id).await?;
            machines::keys::revive(tx, record.id, key, now).await?;
            record
        }
    };
    // The newest copy may have said its counter already; the next hello must count as one step forward.
    let install = about.install_id.parse::<InstallId>();
    if let Ok(install) = install {
        store::put_installation(tx, record.id, (install, counter), now).await?;
    }
    machines::add_agent(tx, machine.id).await?;
    machines::refresh(tx, machine.id, about.clone()).await?;
    Ok(record)
}

/// The record `id`, if it speaks for `machine`.
async fn own_record(tx: &WriteTx, machine: &MachineRow, id: MachineId) -> Result<MachineRow> {
    if let Some(record) = store::machine(tx, id).await?
        && machines::survivor(tx, &record).await? == machine.id
    {
        return Ok(record);
    }
    let detail =
        "This installation holds the key of another machine. Approve it as that machine, or as a new one.";
    Err(Error::conflict(Code::Conflict, detail))
}

fn key(row: &Model) -> Result<[u8; 32]> {
    row.machine_key
        .as_slice()
        .try_into()
        .map_err(|_| Error::internal("a machine key in quarantine has a wrong length"))
}

fn facts(row: &Model) -> EnrolledFacts {
    EnrolledFacts {
        install_id: row.install_id.clone(),
        hostname: row.hostname.clone(),
        os: EnrollOs {
            family: row.os_family.clone(),
            name: row.os_name.clone(),
            version: row.os_version.clone(),
            arch: row.os_arch.clone(),
        },
        agent_version: row.agent_version.clone(),
    }
}
