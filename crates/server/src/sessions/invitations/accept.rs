//! What a stranger may do with an invitation: see what it is good for, and come in with it, once. Whoever asks has nothing but the
//! secret, so each of these is counted while it is wrong.

use farol_protocol::rights::Rights;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::store::Came;
use super::view::{GuestInvitation, GuestOpening};
use super::{live, store, wanted};
use crate::audit::{self, Action, Entry};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::RequestInfo;
use crate::ids::{InvitationId, SessionId};
use crate::machines;
use crate::rights::{self as account_rights, MachineFacts, Moment, RoleKey};
use crate::secrets::{self, Secret, looks_like_secret};
use crate::sessions::consent;
use crate::sessions::live::{Handle, Info};
use crate::sessions::open::{Opener, open_as, viewer};
use crate::sessions::record;
use crate::sessions::rights::RightSet;
use crate::store::WriteTx;
use crate::store::entities::invitation::Model;
use crate::store::entities::machine::Model as MachineRow;

/// What a guest says to come in.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AcceptInvitation)]
pub struct Accept {
    /// The secret of the invitation.
    pub secret: String,
    /// What the guest calls themselves: 1 to 64 characters, shown to everybody in the session and at the machine.
    pub name: String,
    /// The key that the viewer made for this session (X25519, public half), base64url of 32 bytes.
    pub viewer_key: String,
}

/// What lets a guest's session be opened; used up in the transaction that writes its row.
#[derive(Debug, Clone)]
pub(in crate::sessions) struct Admission {
    /// The session of who invited them.
    pub(in crate::sessions) host: SessionId,
    invitation: InvitationId,
    rights: Rights,
    key_hash: [u8; 32],
}

impl Admission {
    /// Uses the invitation for this session.
    ///
    /// # Errors
    /// `invitation_not_valid` when it is not open any more; those of the database.
    pub(in crate::sessions) async fn use_up(&self, tx: &WriteTx, info: &Info) -> Result<()> {
        let came = Came {
            name: &info.technician,
            session: info.id,
            key_hash: self.key_hash,
        };
        if !store::accept(tx, self.invitation, came, info.requested_at).await? {
            return Err(not_valid());
        }
        let entry = Entry::new(info.organization, info.actor(), Action::InvitationAccepted)
            .on(record::target(info))
            .detail(json!({
                "session_id": self.host,
                "invitation_id": self.invitation,
                "guest_session_id": info.id,
                "rights": RightSet(self.rights),
            }))
            .request(info.request_id)
            .from(info.address);
        audit::record(tx, info.requested_at, entry).await
    }
}

/// What an invitation is good for. It stays as it is.
///
/// # Errors
/// `invitation_not_valid`, `too_many_attempts`; those of the database.
pub async fn look(ctx: &Ctx, request: &RequestInfo, secret: &str) -> Result<GuestInvitation> {
    let (row, host) = open(ctx, request, secret).await?;
    let info = host.info();
    Ok(GuestInvitation {
        inviter: row.created_by_name.clone(),
        organization: info.organization_name.clone(),
        machine_name: info.machine_name.clone(),
        rights: RightSet(rights(&row, &host)),
        expires_at: row.expires_at,
    })
}

/// Lets a guest in: a session of their own, which hangs on that of who invited them. Works once.
///
/// # Errors
/// `invitation_not_valid`, `too_many_attempts`, `validation_failed`, and those of opening a session; those of the database.
pub async fn accept(ctx: &Ctx, request: &RequestInfo, accept: &Accept) -> Result<GuestOpening> {
    let name = wanted::name(&accept.name)?;
    let viewer_key = viewer(&accept.viewer_key)?;
    let (row, host) = open(ctx, request, &accept.secret).await?;
    let (rights, key) = (rights(&row, &host), Secret::random()?);
    let place = place(ctx, &host, rights).await?.ok_or_else(not_valid)?;
    let opener = Opener {
        account: host.info().account,
        // Where who invited them is signed in now, which may not be where they were when they did.
        login: host.way().login,
        api_token: None,
        name,
        request: *request,
        reason: String::new(),
        admission: Some(Admission {
            host: row.session_id,
            invitation: row.id,
            rights,
            key_hash: key.hash(),
        }),
    };
    let opening = open_as(ctx, opener, place, (rights, viewer_key)).await;
    Ok(GuestOpening {
        opening: opening.map_err(without_login)?,
        key: key.expose().to_owned(),
    })
}

/// A guest has no login that could have ended: who invited them is not there any more.
fn without_login(error: Error) -> Error {
    match error {
        Error::Unauthenticated { .. } => not_valid(),
        other => other,
    }
}

/// What a guest gets: nothing that who invited them does not have now.
fn rights(row: &Model, host: &Handle) -> Rights {
    Rights::from_names(&row.rights).and(host.status().rights)
}

/// The machine, and the roles of who invited the guest in its organization, if they still allow what the guest gets.
async fn place(ctx: &Ctx, host: &Handle, wanted: Rights) -> Result<Option<(MachineRow, Vec<RoleKey>)>> {
    let (info, db) = (host.info(), ctx.db.read());
    let at = Moment::Running { now: ctx.clock.now() };
    let theirs = account_rights::of_account(db, info.account, at).await?;
    let machine = machines::of_record(db, info.machine).await?;
    let Some((_, machine)) = machine.filter(|(_, survivor)| survivor.id == info.machine) else {
        return Ok(None);
    };
    let facts = MachineFacts::from(&machine);
    let permitted = consent::permitted(&theirs, &facts, wanted);
    Ok(permitted.then(|| (machine, theirs.role_keys_on(&facts))))
}

/// The open invitation whose secret this is, and the session that it is to.
async fn open(ctx: &Ctx, request: &RequestInfo, secret: &str) -> Result<(Model, Handle)> {
    let now = ctx.clock.now();
    let found = async {
        if !looks_like_secret(secret) {
            return Ok(None);
        }
        let row = store::open_by_hash(ctx.db.read(), &secrets::hash(secret), now).await?;
        Ok(row.and_then(|row| live(ctx, row.session_id).map(|host| (row, host))))
    };
    let from = (request.address, now);
    ctx.invitations
        .guard
        .count(from, found)
        .await?
        .ok_or_else(not_valid)
}

/// One sentence for invitations that are wrong, used, revoked or expired, so that trying tells nothing.
pub(super) fn not_valid() -> Error {
    Error::Refused {
        code: Code::InvitationNotValid,
        detail: "This invitation does not work, or does not any more. Ask whoever invited you for a new one."
            .into(),
    }
}
