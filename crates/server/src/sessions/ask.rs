//! Other rights in a session that runs: more are offered to the agent, which may have to ask; fewer are given up.

use std::time::Duration;

use farol_protocol::link::SessionRightsOffer;
use farol_protocol::rights::Rights;
use serde_json::json;
use tokio::time::timeout;

use super::consent::{self, Plan};
use super::find_row;
use super::lifecycle::Input;
use super::live::Handle;
use super::offer::{Said, statement};
use super::open::{asked, check_capabilities, check_rights, count_question, offline};
use super::record::{self, Note};
use super::resume::{over, own};
use super::view::Session;
use crate::accounts::Caller;
use crate::audit::Action;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::SessionId;
use crate::machines;
use crate::presence::Command;
use crate::rights::MachineFacts;

/// The session's task takes an offer up at once; one that does not within this is not made.
const SEEN_WAIT: Duration = Duration::from_secs(1);

/// Asks for `wanted`: all the rights that the session shall have. What comes of it is told by the agent.
///
/// # Errors
/// `not_found`, `forbidden`, `validation_failed`, `session_over`, `conflict` (it does not run, or something is asked already),
/// `machine_offline`, `capability_missing`, `access_never`, `too_many_attempts`; those of the database.
pub async fn ask_rights(ctx: &Ctx, by: &Caller, id: SessionId, wanted: Rights) -> Result<Session> {
    check_rights(wanted)?;
    let row = find_row(ctx, by, id).await?;
    own(by, &row)?;
    let facts = machines::facts(ctx.db.read(), row.machine_id).await?;
    let facts = facts.ok_or(Error::NotFound("machine"))?;
    let held = Rights::from_names(&row.rights).and(wanted);
    consent::require(by, &facts, wanted.minus(held))?;
    consent::require_still(by, &facts, held)?;
    if consent::require_reason(by, &facts, (wanted.minus(held), &row.reason)).is_err() {
        let detail =
            "What allows you this asks for a reason, and this session has none. Open a new one and say why.";
        return Err(Error::invalid("rights", "reason_required", detail));
    }
    let handle = ctx.live.get(id).ok_or_else(|| over(row))?;
    // Of two that ask at once, the second finds what the first asked for.
    let _alone = handle.coming_back().await;
    let status = handle.status();
    let Some(viewer_key) = handle.way().viewer_key.filter(|_| status.state.runs()) else {
        let detail = "This session has no connection now. Ask again when it is back.";
        return Err(Error::conflict(Code::Conflict, detail));
    };
    if status.offered {
        let detail = "Rights are being asked for already. Wait for the answer.";
        return Err(Error::conflict(Code::Conflict, detail));
    }
    if wanted == status.rights {
        return Ok(Session::of_live(&handle));
    }
    let plan = more(ctx, by, &handle, wanted).await?;
    if !plan.ask.is_empty() {
        count_question(ctx, (by.account, handle.info().machine))?;
    }
    note(ctx, by, &handle, (status.rights, &plan)).await?;
    let mut seen = handle.watch();
    let taken_up = seen.wait_for(|now| now.offered || now.end.is_some());
    if !handle.report(Input::RightsOffered(plan.rights))
        || timeout(SEEN_WAIT, taken_up).await.is_err()
        || !handle.status().offered
    {
        let detail = "This session has no connection now, or is ending. Ask again when it is back.";
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let info = handle.info();
    let offer = SessionRightsOffer {
        statement: statement(ctx, info, Said::of(&plan, viewer_key)),
        request_id: by.request.id.to_string(),
    };
    let offered = ctx
        .presence
        .command(info.machine, Command::OfferRights(Box::new(offer)));
    if offered.is_err() {
        // Nothing was offered, so nothing is asked any more.
        let lost = Input::RightsChanged(status.rights, "machine_offline".to_owned(), String::new());
        if !handle.report(lost) {
            tracing::debug!(session = %info.id, "the session ended while rights were asked for");
        }
        return Err(offline(&info.machine_name));
    }
    Ok(Session::of_live(&handle))
}

/// What the rules say about the rights that the session does not have yet; what it has was agreed to already.
async fn more(ctx: &Ctx, by: &Caller, handle: &Handle, wanted: Rights) -> Result<Plan> {
    let info = handle.info();
    let held = handle.status().rights.and(wanted);
    let machine = machines::find(ctx, by, info.machine).await?;
    let roles = by.rights.role_keys_on(&MachineFacts::from(&machine));
    let plan = consent::plan(ctx.db.read(), &machine, &roles, wanted.minus(held)).await?;
    let plan = plan.allowed(&machine.name)?;
    let online = ctx
        .presence
        .view(machine.id)
        .ok_or_else(|| offline(&machine.name))?;
    check_capabilities(&online, &machine.name, plan.rights)?;
    Ok(Plan {
        rights: plan.rights.or(held),
        ..plan
    })
}

async fn note(ctx: &Ctx, by: &Caller, handle: &Handle, (before, plan): (Rights, &Plan)) -> Result<()> {
    let mut detail = asked(plan);
    detail["before"] = json!(super::rights::RightSet(before));
    let note = Note::of_request(by.request, by.actor(), (Action::SessionRightsAsked, detail));
    let tx = ctx.db.write().await?;
    record::put(&tx, handle.info(), ctx.clock.now(), &note).await?;
    tx.commit().await?;
    Ok(())
}
