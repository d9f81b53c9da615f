//! [`Guest`]: who came with an invitation, by the key that they got; and what they may do: see, take up and end their own session.
//!
//! A type of its own: it is never a `Caller`, so no rule for accounts can be reached with it, and nothing here looks at a cookie or
//! at the secret of an invitation.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{live, store};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::{RequestInfo, bearer};
use crate::ids::LoginId;
use crate::secrets::{self, looks_like_secret};
use crate::sessions::lifecycle::{End, EndReason};
use crate::sessions::open::viewer;
use crate::sessions::view::{Opening, Session, SessionEnding};
use crate::sessions::{self, resume};
use crate::store::entities::session::Model;

/// The guest that asks; an extractor that answers 401 `guest_key_invalid` when there is none. It outlives the guest's session, so
/// that they can be told how that ended.
#[derive(Debug, Clone)]
pub struct Guest {
    session: Model,
    request: RequestInfo,
}

impl FromRequestParts<Ctx> for Guest {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let Ok(request) = RequestInfo::from_request_parts(parts, ctx).await;
        let key = bearer(&parts.headers).filter(|key| looks_like_secret(key));
        let db = ctx.db.read();
        let invitation = store::by_key(db, &secrets::hash(key.ok_or_else(invalid)?)).await?;
        let id = invitation.and_then(|invitation| invitation.guest_session_id);
        let session = sessions::store::of_guest(db, id.ok_or_else(invalid)?).await?;
        Ok(Self {
            session: session.ok_or_else(invalid)?,
            request,
        })
    }
}

fn invalid() -> Error {
    Error::Unauthenticated {
        code: Code::GuestKeyInvalid,
        detail:
            "No valid key of a guest came with the request. Ask whoever invited you for a new invitation."
                .into(),
    }
}

/// The guest's session, without what happened in it.
#[must_use]
pub fn session(ctx: &Ctx, guest: Guest) -> Session {
    let handle = ctx.live.get(guest.session.id);
    Session::of_row(guest.session, handle.as_ref())
}

/// Makes a way back into the guest's session.
///
/// # Errors
/// `validation_failed`, `session_over`, `conflict` (it does not run yet), `machine_offline`, `too_many_attempts`; those of the
/// database.
pub async fn take_up(ctx: &Ctx, guest: Guest, viewer_key: &str) -> Result<Opening> {
    let viewer_key = viewer(viewer_key)?;
    // Where who invited them is signed in now.
    let host = guest.session.guest_of.and_then(|host| live(ctx, host));
    let login = host.map(|host| host.way().login).or(guest.session.login_id);
    let by = (login.unwrap_or(LoginId(uuid::Uuid::nil())), guest.request);
    let opening = resume::take_up(ctx, by, guest.session, viewer_key).await;
    opening.map_err(|error| match error {
        // Who invited them signed out a moment ago, which ends this session too.
        Error::Unauthenticated { .. } => {
            let end = End::new(EndReason::HostLeft, "");
            resume::session_over(Some(SessionEnding::of(&end)))
        }
        other => other,
    })
}

/// Ends the guest's session. Ending one that is over already is no error.
pub async fn leave(ctx: &Ctx, guest: Guest) {
    let end = End::by_guest(&guest.session.technician_name).from(guest.request);
    sessions::end_live(ctx, guest.session.id, end).await;
}
