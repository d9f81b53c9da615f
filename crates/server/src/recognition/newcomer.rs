//! What an enrollment means: a new machine, a known one reinstalled, or somebody who has to wait.
//!
//! Called inside the enrollment's transaction, after its token was found good, its organization was held and one use of the token
//! was counted.

use farol_protocol::evidence::Evidence;
use serde_json::json;

use super::decide::{self, Candidate, NewcomerDecision, Reason};
use super::quarantine::{self, Newcomer};
use super::{approvals, evidence, sandbox};
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::ctx::Ctx;
use crate::enrollment;
use crate::error::Result;
use crate::http::RequestInfo;
use crate::ids::{MachineId, OrganizationId};
use crate::machines::{self, NewMachine};
use crate::store::WriteTx;
use crate::store::entities::enrollment_token::Model as TokenRow;
use crate::store::entities::machine::{MachineState, Model as MachineRow};
use crate::support;

/// What became of a newcomer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Became {
    /// A machine that was not known.
    New(MachineId),
    /// A machine that was known, with another key now.
    Known(MachineId),
    /// It waits for a person.
    Waiting(Reason),
}

/// Decides about a newcomer and puts the decision into effect.
pub(crate) async fn take(
    ctx: &Ctx,
    tx: &WriteTx,
    info: &RequestInfo,
    (newcomer, token): (Newcomer, &TokenRow),
) -> Result<Became> {
    let (said, candidates) = candidates(ctx, tx, &newcomer).await?;
    let decision = if token.internal {
        NewcomerDecision::New
    } else {
        let sandbox = sandbox::looks_like_sandbox(&newcomer.about.hostname);
        decide::newcomer(token.approval, sandbox, &said, &candidates)
    };
    match decision {
        NewcomerDecision::New => add(ctx, tx, info, (newcomer, token)).await.map(Became::New),
        NewcomerDecision::Rebind(id) => match super::store::machine(tx, id).await? {
            Some(row) => {
                reinstalled(ctx, tx, info, (&newcomer, &row)).await?;
                Ok(Became::Known(id))
            }
            None => add(ctx, tx, info, (newcomer, token)).await.map(Became::New),
        },
        NewcomerDecision::Quarantine(reason) => {
            quarantine::put(tx, &newcomer, reason, ctx.clock.now()).await?;
            Ok(Became::Waiting(reason))
        }
    }
}

/// The organization's machines that share a value with the newcomer, and what it says, both without learned values. A record
/// that was merged stands for its survivor.
pub(super) async fn candidates(
    ctx: &Ctx,
    tx: &WriteTx,
    newcomer: &Newcomer,
) -> Result<(Evidence, Vec<Candidate>)> {
    let values = newcomer.evidence.values();
    let learned = evidence::learned(tx, newcomer.organization, &values).await?;
    let said = newcomer.evidence.without(&learned);
    let rows = evidence::holders(tx, newcomer.organization, &said.values()).await?;
    let mut found: Vec<Candidate> = Vec::new();
    for row in rows {
        let id = machines::survivor(tx, &row).await?;
        let survivor = super::store::machine(tx, id).await?;
        let blocked = row.state == MachineState::Blocked
            || survivor.is_some_and(|row| row.state == MachineState::Blocked);
        let candidate = Candidate {
            id,
            evidence: evidence::of_row(&row.evidence).without(&learned),
            blocked,
            online: ctx.presence.view(id).is_some(),
            keyless: !super::store::any_key(tx, &machines::records(tx, id).await?).await?,
        };
        found.push(candidate);
    }
    Ok((said, found))
}

async fn add(
    ctx: &Ctx,
    tx: &WriteTx,
    info: &RequestInfo,
    (newcomer, token): (Newcomer, &TokenRow),
) -> Result<MachineId> {
    let now = ctx.clock.now();
    let id = MachineId::new();
    let name = machines::first_name(&newcomer.about.hostname);
    let new = NewMachine {
        id,
        organization: newcomer.organization,
        site: newcomer.site,
        token: Some(token.id).filter(|_| !token.internal),
        key: Some(newcomer.key),
        name: name.clone(),
        door: newcomer.door,
        labels: token.labels.clone(),
        about: newcomer.about,
        counter: newcomer.counter,
        one_time: token.support_code_id.is_some(),
    };
    machines::insert(tx, new, now).await?;
    match token.support_code_id {
        // What identifies the machine of a stranger is not kept: it is never recognized.
        Some(code) => support::came(tx, code, id).await?,
        None => evidence::put(ctx, tx, (newcomer.organization, id), &newcomer.evidence).await?,
    }
    if let Some(entry) = token.quarantine_id {
        // One approval admits one machine, however many tokens were made for it.
        if !quarantine::became(tx, entry, id).await? {
            return Err(enrollment::token_refused());
        }
    }
    let machine = (id, name.as_str());
    let entry = entry(newcomer.organization, machine, Action::MachineEnrolled, info).detail(json!({
        "enrollment_token_id": token.id,
        "enrollment_token": token.name,
        "machine_key": fingerprint(&newcomer.key),
        "support_code_id": token.support_code_id,
    }));
    audit::record(tx, now, entry).await?;
    Ok(id)
}

async fn reinstalled(
    ctx: &Ctx,
    tx: &WriteTx,
    info: &RequestInfo,
    (newcomer, row): (&Newcomer, &MachineRow),
) -> Result<()> {
    let now = ctx.clock.now();
    let state = (&newcomer.key, &newcomer.about, newcomer.counter);
    let row = &approvals::rebind(tx, row, state, now).await?;
    let said = evidence::of_row(&row.evidence).updated_by(&newcomer.evidence);
    evidence::put(ctx, tx, (row.organization_id, row.id), &said).await?;
    let machine = (row.id, row.name.as_str());
    let entry = entry(row.organization_id, machine, Action::MachineRebound, info)
        .detail(json!({
            "enrollment_token_id": newcomer.token,
            "machine_key": fingerprint(&newcomer.key),
        }))
        .change(row.evidence.clone(), evidence::to_row(&said));
    audit::record(tx, now, entry).await
}

/// The audit entry of a machine that was enrolled or got another installation, by the request that brought it about.
pub(super) fn entry(
    organization: OrganizationId,
    (machine, name): (MachineId, &str),
    action: Action,
    info: &RequestInfo,
) -> Entry {
    Entry::new(organization, Actor::agent(machine, name), action)
        .on(Target::new(TargetKind::Machine, machine, name))
        .request(info.id)
        .from(info.address)
}

/// How people recognize a key; `None` when it is none.
pub(super) fn fingerprint(key: &[u8]) -> Option<String> {
    let key = farol_protocol::identity::MachinePublicKey::from_slice(key);
    key.ok().map(|key| key.fingerprint())
}
