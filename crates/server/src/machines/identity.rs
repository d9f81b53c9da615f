//! A machine's identity as people see it, and changing its key.

use std::net::IpAddr;

use farol_protocol::identity::MachinePublicKey;
use farol_protocol::ids::MachineId as WireMachineId;
use farol_protocol::link::NewMachineKey;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{MergedRecord, keys, merge, store};
use crate::accounts::Caller;
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::MachineId;
use crate::inventory;
use crate::machine_routes;
use crate::organizations;
use crate::presence::Command;
use crate::recognition::{Claim, EvidenceView, evidence};
use crate::rights::Permission;
use crate::store::entities::machine::{Column, Entity};
use crate::store::entities::machine_key::KeyState;

/// What a machine is recognized by.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MachineIdentity {
    /// The machine.
    pub machine_id: MachineId,
    /// Fingerprint over the evidence; a claim, for people and logs.
    pub machine_uid: Option<String>,
    /// What identifies its hardware and system, as last said.
    pub evidence: EvidenceView,
    /// Which copy of the agent's state counts.
    pub install_id: String,
    /// The last counter seen of it.
    pub install_counter: i64,
    /// Its keys, the present one first.
    pub keys: Vec<KeyView>,
    /// When somebody asked for a new key that the agent, or that of a record merged into the machine, has not made yet.
    pub key_change_asked_at: Option<Timestamp>,
    /// Fingerprint of the server's key that the agent trusts, as last said.
    pub trusts: Option<String>,
    /// Records that were merged into this machine, also by way of another of them.
    pub merged: Vec<MergedRecord>,
}

/// A key that is or was a machine's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MachineKeyView)]
pub struct KeyView {
    /// First 16 hex digits of its SHA-256.
    pub fingerprint: String,
    /// `current` or `former`.
    pub state: String,
    /// Since when.
    pub added_at: Timestamp,
    /// Until when.
    pub ended_at: Option<Timestamp>,
}

/// What removing a machine deletes, said beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Removal {
    /// The machine.
    pub machine_id: MachineId,
    /// Its name.
    pub name: String,
    /// Its agent is connected, and will be told to stop.
    pub online: bool,
    /// Sessions under way, which will end.
    pub open_sessions: u32,
    /// Records that go: the machine's own and those merged into it.
    pub records: u32,
    /// Keys that will prove nothing any more.
    pub keys: u32,
    /// Reports of a helpdesk's desktop agent that go.
    pub helpdesk_reports: u64,
    /// Sections of the inventory that go, with what is known of their changes.
    pub inventory_sections: u64,
    /// Logins of end users, who are signed out.
    pub end_user_logins: u64,
    /// Sessions of the past; they stay.
    pub kept_sessions: u64,
    /// Audit entries stay in any case.
    pub keeps_audit: bool,
}

/// What a machine is recognized by.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn identity(ctx: &Ctx, by: &Caller, id: MachineId) -> Result<MachineIdentity> {
    let row = super::find(ctx, by, id).await?;
    let db = ctx.db.read();
    let records = merge::records(db, row.id).await?;
    let records = store::some(db, &[row.organization_id], &records).await?;
    let keys = keys::of(db, row.id).await?.into_iter().map(|key| KeyView {
        fingerprint: MachinePublicKey::from_slice(&key.public_key)
            .map(|key| key.fingerprint())
            .unwrap_or_default(),
        state: match key.state {
            KeyState::Current => "current",
            KeyState::Former => "former",
            KeyState::Removed => "removed",
        }
        .into(),
        added_at: key.added_at,
        ended_at: key.ended_at,
    });
    Ok(MachineIdentity {
        machine_id: row.id,
        machine_uid: row.machine_uid,
        evidence: evidence::of_row(&row.evidence).into(),
        install_id: row.install_id,
        install_counter: row.install_counter,
        keys: keys.collect(),
        key_change_asked_at: records.iter().filter_map(|row| row.rotation_asked_at).min(),
        trusts: row.trusts,
        merged: merge::merged(db, row.id).await?,
    })
}

/// What removing the machine would delete.
///
/// # Errors
/// `not_found`; those of the database.
pub(crate) async fn removal(ctx: &Ctx, by: &Caller, id: MachineId) -> Result<Removal> {
    let row = super::find(ctx, by, id).await?;
    let db = ctx.db.read();
    let records = merge::records(db, row.id).await?;
    let mut key_count = 0;
    for record in &records {
        key_count += keys::of(db, *record).await?.len();
    }
    let kept = machine_routes::kept(db, &records).await?;
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Ok(Removal {
        machine_id: row.id,
        online: ctx.presence.view(row.id).is_some(),
        open_sessions: count(ctx.live.find(|info| info.machine == row.id).len()),
        records: count(records.len()),
        keys: count(key_count),
        helpdesk_reports: kept.reports,
        inventory_sections: kept.sections + inventory::count(db, &records).await?,
        end_user_logins: kept.logins,
        kept_sessions: crate::sessions::count_of(ctx, &records).await?,
        keeps_audit: true,
        name: row.name,
    })
}

/// Asks a machine's agent for a new key: at once when it is connected, else when it next is.
///
/// # Errors
/// `not_found`, `forbidden`, `conflict` for a machine whose agent has no key; those of the database.
pub async fn ask_for_new_key(ctx: &Ctx, by: &Caller, id: MachineId) -> Result<()> {
    let tx = ctx.db.write().await?;
    let row = super::find_to_change(&tx, by, (id, Permission::MachineManage)).await?;
    let now = ctx.clock.now();
    let mut asked = 0;
    // Its agent may be that of a record that was merged into it: each with a key is asked, whoever is there answers.
    for record in merge::records(&tx, row.id).await? {
        if keys::current(&tx, record).await?.is_some() {
            ask(&tx, record, Some(now)).await?;
            asked += 1;
        }
    }
    if asked == 0 {
        let detail = format!("{} has no agent with a key of its own.", row.name);
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let entry = by
        .entry(row.organization_id, Action::MachineKeyRotationAsked)
        .on(Target::new(TargetKind::Machine, row.id, &row.name));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    super::nudge(ctx, &row);
    if ctx.presence.command(row.id, Command::RotateKey).is_err() {
        tracing::debug!(machine = %row.id, "the new key is asked for at the next link");
    }
    Ok(())
}

async fn ask<C: sea_orm::ConnectionTrait>(tx: &C, id: MachineId, at: Option<Timestamp>) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::RotationAskedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Keeps the new key that an agent made when it was asked to; false when the signatures do not fit, when nobody asked, or when
/// the key of its link proves the machine no more.
///
/// # Errors
/// Those of the database.
pub async fn change_key(
    ctx: &Ctx,
    claim: &Claim,
    (offer, address): (&NewMachineKey, IpAddr),
) -> Result<bool> {
    let wire = WireMachineId(claim.record.bytes());
    let both = (&claim.key, &offer.key);
    let fits = claim
        .key
        .verify_rotation(wire, both, &offer.signature_by_old)
        .is_ok()
        && offer
            .key
            .verify_rotation(wire, both, &offer.signature_by_new)
            .is_ok();
    if !fits {
        return Ok(false);
    }
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    organizations::hold(&tx, claim.organization).await?;
    let Some(row) = store::find_any(&tx, claim.record).await? else {
        return Ok(false);
    };
    // Another installation may have taken its place a moment ago; it must not take that back with a key of its own.
    let own = keys::find(&tx, &claim.key.to_bytes()).await?;
    let proves = own.is_some_and(|own| own.state == KeyState::Current && own.machine_id == row.id);
    let known = keys::find(&tx, &offer.key.to_bytes()).await?;
    if !proves || row.rotation_asked_at.is_none() || known.is_some() {
        return Ok(false);
    }
    keys::put(&tx, (row.organization_id, row.id), &offer.key.to_bytes(), now).await?;
    ask(&tx, row.id, None).await?;
    let entry = Entry::new(
        row.organization_id,
        Actor::agent(row.id, &row.name),
        Action::MachineKeyRotated,
    )
    .on(Target::new(TargetKind::Machine, row.id, &row.name))
    .change(
        json!({ "machine_key": claim.key.fingerprint() }),
        json!({ "machine_key": offer.key.fingerprint() }),
    )
    .from(address);
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    super::nudge(ctx, &row);
    Ok(true)
}

/// How many machines' agents trust the server's key with this fingerprint, as last seen. What a merged record's agent trusts is
/// kept with the machine it speaks for.
///
/// # Errors
/// Those of the database.
pub async fn trusting(ctx: &Ctx, fingerprint: &str) -> Result<u64> {
    let query = Entity::find()
        .filter(Column::Trusts.eq(fingerprint))
        .filter(Column::MergedInto.is_null());
    Ok(query.count(ctx.db.read()).await?)
}
