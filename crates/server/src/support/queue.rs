//! The people who started a one-time agent and wait: who they are, who takes them, and sending them away.
//!
//! Somebody waits for as long as their agent is connected. That they were taken says who looks after them; it opens no session.

use std::collections::HashMap;

use serde_json::json;

use super::view::WaitingPerson;
use super::{nudge, on, store};
use crate::accounts::Caller;
use crate::audit::{self, Action};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::Topic;
use crate::http::Page;
use crate::ids::{MachineId, SupportCodeId};
use crate::machines::{self, Machine};
use crate::rights::Permission;
use crate::store::entities::support_code::Model;

/// Most people in one answer, those who have waited longest; more than a helpdesk can look at.
const WAITING_MAX: u64 = 500;

/// Who waits in the caller's organizations, those who have waited longest first.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn queue(ctx: &Ctx, by: &Caller) -> Result<Page<WaitingPerson>> {
    let organizations = by.require_any(Permission::SupportAnswer)?;
    let db = ctx.db.read();
    let machines = machines::one_time(db, Some(&organizations), WAITING_MAX).await?;
    let online = machines
        .into_iter()
        .filter(|row| ctx.presence.view(row.id).is_some());
    let mut machines: HashMap<MachineId, Machine> = online
        .map(|row| (row.id, Machine::of(ctx, &by.rights, row)))
        .collect();
    let ids: Vec<MachineId> = machines.keys().copied().collect();
    let codes = store::of_machines(db, &ids).await?.into_iter();
    let mut waiting: Vec<_> = codes
        .filter_map(|code| {
            let machine = machines.remove(&code.machine_id?)?;
            Some(WaitingPerson::of(code, machine))
        })
        .collect();
    waiting.sort_by_key(|person| (person.since, person.id));
    Ok(Page::whole(waiting))
}

/// Takes a waiting person. Taking one's own again is no error.
///
/// # Errors
/// `not_found`, `forbidden` for somebody who asked for another technician, `taken` naming who was first; those of the database.
pub async fn take(ctx: &Ctx, by: &Caller, id: SupportCodeId) -> Result<WaitingPerson> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let row = find(&tx, by, id).await?;
    if row.assigned_to.is_some_and(|account| account != by.account) && !manages(by, &row) {
        let name = row.assigned_to_name.unwrap_or_default();
        return Err(Error::forbidden(format!("This person waits for {name}.")));
    }
    if store::take(&tx, id, (by.account, &by.name), now).await? {
        let entry = by.entry(row.organization_id, Action::SupportCodeTaken);
        audit::record(&tx, now, on(entry, &row)).await?;
        tx.commit().await?;
        nudge(ctx, row.organization_id, &[Topic::SupportQueue, Topic::Audit]);
        return waiting(ctx, by, id).await;
    }
    drop(tx);
    // Whoever was first; they may have given the person back since.
    let row = find(ctx.db.read(), by, id).await?;
    if row.taken_by == Some(by.account) {
        return waiting(ctx, by, id).await;
    }
    let name = row.taken_by_name.unwrap_or_else(|| "another technician".into());
    let detail = format!("{name} has taken this person already.");
    Err(Error::conflict(Code::Taken, detail))
}

/// Gives a person back that one has taken; a manager may do so for others. When nobody has, it is no error.
///
/// # Errors
/// `not_found`, `forbidden`; those of the database.
pub async fn release(ctx: &Ctx, by: &Caller, id: SupportCodeId) -> Result<WaitingPerson> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let row = find(&tx, by, id).await?;
    require_own(by, &row)?;
    if store::release(&tx, id, row.taken_by).await? {
        let entry = by
            .entry(row.organization_id, Action::SupportCodeReleased)
            .detail(json!({ "taken_by": row.taken_by_name }));
        audit::record(&tx, now, on(entry, &row)).await?;
        tx.commit().await?;
        nudge(ctx, row.organization_id, &[Topic::SupportQueue, Topic::Audit]);
    }
    waiting(ctx, by, id).await
}

/// Sends a person's one-time agent away and removes its record; live sessions end. Past sessions stay.
///
/// # Errors
/// `not_found`, `forbidden` when another technician has taken them; those of the database.
pub async fn finish(ctx: &Ctx, by: &Caller, id: SupportCodeId) -> Result<()> {
    let row = find(ctx.db.read(), by, id).await?;
    require_own(by, &row)?;
    let machine = row.machine_id.ok_or_else(nobody)?;
    let entry = by.entry(row.organization_id, Action::MachineRemoved);
    if machines::remove_one_time(ctx, (row.organization_id, machine), entry).await? {
        Ok(())
    } else {
        Err(nobody())
    }
}

fn nobody() -> Error {
    Error::NotFound("waiting person")
}

/// The code that somebody came with.
async fn find<C: sea_orm::ConnectionTrait>(db: &C, by: &Caller, id: SupportCodeId) -> Result<Model> {
    let organizations = by.organizations_with(Permission::SupportAnswer);
    let row = store::find(db, &organizations, id).await?;
    row.filter(|row| row.machine_id.is_some()).ok_or_else(nobody)
}

async fn waiting(ctx: &Ctx, by: &Caller, id: SupportCodeId) -> Result<WaitingPerson> {
    let row = find(ctx.db.read(), by, id).await?;
    let machine = row.machine_id.ok_or_else(nobody)?;
    let machine = machines::get(ctx, by, machine).await?;
    Ok(WaitingPerson::of(row, machine))
}

fn manages(by: &Caller, row: &Model) -> bool {
    by.require(row.organization_id, Permission::MachineManage).is_ok()
}

/// Whoever took a person looks after them; before that, whoever may take them.
fn require_own(by: &Caller, row: &Model) -> Result<()> {
    let whose = if row.taken_at.is_some() {
        (row.taken_by, &row.taken_by_name)
    } else {
        (row.assigned_to, &row.assigned_to_name)
    };
    match whose {
        (None, None) => Ok(()),
        (Some(account), _) if account == by.account => Ok(()),
        _ if manages(by, row) => Ok(()),
        (_, name) => {
            let name = name.as_deref().unwrap_or("another technician");
            Err(Error::forbidden(format!("{name} looks after this person.")))
        }
    }
}
