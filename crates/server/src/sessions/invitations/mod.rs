//! Invitations: one more person, without an account, in a session that runs.
//!
//! Here: who may make, see and revoke invitations (this file), how somebody comes in with one (`accept.rs`), what a guest may do
//! from then on (`guest.rs`). Not here: opening and coming back (`super::open`, `super::resume`), which guests share.
//!
//! # Life of an invitation
//! ```text
//! open ──(used, once)──► accepted: a session of its own, with a key of its own
//!  └─(expired, revoked, or its session is over)──► nothing
//! ```
//! The secret of an invitation is for whoever is invited, and only its hash is kept. It is good for nothing but coming in; what a
//! guest proves themselves with afterwards is another secret, their key. Wrong, used, revoked and expired invitations get one and
//! the same answer, and are counted (`crate::guessing`).
//!
//! A guest's session hangs on the account and the login of who invited them: it has no right that theirs lacked when the guest
//! came, the same access rules count for it, and it ends with theirs ([`host_left`]) or when the invitation is revoked. Invitations
//! go with the record of the session that they are to.

mod accept;
mod api;
mod guest;
mod store;
mod view;
mod wanted;

use serde_json::json;

use super::lifecycle::{End, EndReason};
use super::live::Handle;
use super::rights::RightSet;
use super::{find_row, record, resume};
use crate::accounts::Caller;
use crate::audit::{self, Action, Entry, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::guessing::{Guard, Guessed};
use crate::http::Page;
use crate::ids::{InvitationId, SessionId};
use crate::organizations;
use crate::rights::Permission;
use crate::secrets::Secret;
use crate::store::WriteTx;
use crate::store::entities::invitation::Model;
use crate::store::entities::session::Model as SessionRow;
pub(super) use accept::Admission;
pub use accept::{Accept, accept, look};
pub use api::routes;
pub use guest::{Guest, leave, session, take_up};
pub use view::{
    CreatedInvitation, GuestInvitation, GuestOpening, Invitation, InvitationGuest, InvitationState,
};
pub use wanted::{LIFE_DEFAULT, LIFE_MAX, LIFE_MIN, NAME_MAX, NewInvitation};

/// Invitations to one session that may be open at once: more than a machine takes sessions.
pub const OPEN_PER_SESSION: u64 = 10;
/// Most invitations in an answer, newest first. Who makes and revokes so many for one session looks into the audit entries.
pub const SHOWN_MAX: u64 = 200;

/// What strangers guess at here.
const INVITATIONS: Guessed = Guessed {
    what: "invitations",
    counter: "farol_invitations_wrong_total",
};

/// The domain's memory.
#[derive(Debug)]
pub struct InvitationsState {
    guard: Guard,
}

impl Default for InvitationsState {
    /// Nobody has tried anything.
    fn default() -> Self {
        Self {
            guard: Guard::new(INVITATIONS),
        }
    }
}

/// Makes an invitation to the caller's own session.
///
/// # Errors
/// `not_found`, `forbidden`, `validation_failed`, `session_over`, `conflict` (it does not run yet), `too_many_invitations`; those of
/// the database.
pub async fn create(
    ctx: &Ctx,
    by: &Caller,
    id: SessionId,
    wanted: NewInvitation,
) -> Result<CreatedInvitation> {
    let session = find_row(ctx, by, id).await?;
    resume::own(by, &session)?;
    let handle = live(ctx, id).ok_or_else(|| resume::over(session.clone()))?;
    if !handle.status().state.runs() {
        let detail = "This session does not run yet. Invite somebody once it does.";
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let terms = wanted.check(handle.status().rights)?;
    let (info, now) = (handle.info(), ctx.clock.now());
    let secret = Secret::random()?;
    let tx = ctx.db.write().await?;
    // Of two that make the last one at the same moment, the second finds the first.
    organizations::hold(&tx, info.organization).await?;
    if store::count_open(&tx, id, now).await? >= OPEN_PER_SESSION {
        return Err(Error::TooMany {
            code: Code::TooManyInvitations,
            detail: format!(
                "This session has {OPEN_PER_SESSION} open invitations already. Revoke one first."
            ),
            retry_after: None,
        });
    }
    let row = Model {
        id: InvitationId::new(),
        organization_id: info.organization,
        session_id: id,
        hash: secret.hash().to_vec(),
        rights: terms.rights.names(),
        created_at: now,
        created_by: Some(by.account),
        created_by_name: by.name.clone(),
        expires_at: now.after(terms.life),
        accepted_at: None,
        guest_name: None,
        guest_session_id: None,
        key_hash: None,
        revoked_at: None,
    };
    store::insert(&tx, row.clone()).await?;
    let entry = by
        .entry(info.organization, Action::InvitationCreated)
        .detail(json!({
            "session_id": id,
            "invitation_id": row.id,
            "rights": RightSet(terms.rights),
            "expires_at": row.expires_at,
        }));
    audit::record(&tx, now, entry.on(record::target(info))).await?;
    tx.commit().await?;
    tell(ctx, &session);
    Ok(CreatedInvitation {
        invitation: Invitation::of(row, now, true),
        secret: secret.expose().to_owned(),
    })
}

/// The invitations to a session, newest first, for whoever may see it; without their secrets.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller, id: SessionId) -> Result<Page<Invitation>> {
    let session = find_row(ctx, by, id).await?;
    let rows = store::list(ctx.db.read(), (session.organization_id, id), SHOWN_MAX).await?;
    let (now, runs) = (ctx.clock.now(), live(ctx, id).is_some());
    let shown = rows.into_iter().map(|row| Invitation::of(row, now, runs));
    Ok(Page::whole(shown.collect()))
}

/// Revokes an invitation, and ends the session of who came with it. One that is over already stays as it is.
///
/// # Errors
/// `not_found`, `forbidden`; those of the database.
pub async fn revoke(ctx: &Ctx, by: &Caller, (id, invitation): (SessionId, InvitationId)) -> Result<()> {
    let session = find_row(ctx, by, id).await?;
    if !by.owns(session.account_id, session.login_id) {
        super::require(ctx, by, &session, Permission::SessionManage).await?;
    }
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let revoked = store::revoke(&tx, (id, invitation), now).await?;
    // Read after it was written: whoever came in at the same moment is seen.
    let row = store::find(&tx, (id, invitation))
        .await?
        .ok_or(Error::NotFound("invitation"))?;
    if revoked {
        let entry = by
            .entry(row.organization_id, Action::InvitationRevoked)
            .detail(json!({
                "session_id": id,
                "invitation_id": row.id,
                "guest": row.guest_name,
            }));
        audit::record(&tx, now, on(entry, &session)).await?;
        tx.commit().await?;
    }
    // Also of one that was revoked before: its session may have been ended by nobody yet.
    if let Some(handle) = row.guest_session_id.and_then(|guest| ctx.live.get(guest)) {
        let end = End {
            reason: EndReason::InvitationRevoked,
            ..End::by_technician(by.account, &by.name)
        };
        handle.end(end.from(by.request));
    }
    if revoked {
        tell(ctx, &session);
    }
    Ok(())
}

/// Tells consoles that the invitations to a session changed.
fn tell(ctx: &Ctx, session: &SessionRow) {
    let topics = [Topic::Session(session.id), Topic::Audit];
    let scope = match session.machine_id {
        Some(machine) => Scope::Machine(session.organization_id, machine),
        None => Scope::Organization(session.organization_id),
    };
    ctx.events.publish(scope, &topics);
}

fn on(entry: Entry, session: &SessionRow) -> Entry {
    match session.machine_id {
        Some(machine) => entry.on(Target::new(TargetKind::Machine, machine, &session.machine_name)),
        None => entry.on(Target::new(
            TargetKind::Session,
            session.id,
            &session.machine_name,
        )),
    }
}

/// A session that is not over.
fn live(ctx: &Ctx, id: SessionId) -> Option<Handle> {
    ctx.live.get(id).filter(|handle| handle.status().end.is_none())
}

/// A session is over: so are those of its guests. Its status says so already.
pub(super) fn host_left(ctx: &Ctx, id: SessionId) {
    for guest in ctx.live.find(|info| info.guest_of == Some(id)) {
        guest.end(End::new(EndReason::HostLeft, ""));
    }
}

/// A session that was just opened is not that of a guest whose host has left meanwhile: too early for [`host_left`] to find it.
///
/// # Errors
/// `invitation_not_valid`; the session is ended.
pub(super) fn host_stays(ctx: &Ctx, handle: &Handle) -> Result<()> {
    let left = handle
        .info()
        .guest_of
        .is_some_and(|host| live(ctx, host).is_none());
    if left {
        handle.end(End::new(EndReason::HostLeft, ""));
        return Err(accept::not_valid());
    }
    Ok(())
}

/// Why a guest's session does not live again after a restart, if it does not: who invited them is not there any more, or the
/// invitation was revoked and nobody was left to end the session. Those of hosts are taken up before those of their guests.
///
/// # Errors
/// Those of the database.
pub(super) async fn left(ctx: &Ctx, tx: &WriteTx, session: &SessionRow) -> Result<Option<EndReason>> {
    let Some(host) = session.guest_of else {
        return Ok(None);
    };
    if live(ctx, host).is_none() {
        return Ok(Some(EndReason::HostLeft));
    }
    let invitation = store::of_guest(tx, session.id).await?;
    let stands = invitation.is_some_and(|invitation| invitation.revoked_at.is_none());
    Ok((!stands).then_some(EndReason::InvitationRevoked))
}
