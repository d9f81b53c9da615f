//! Who speaks on these routes: [`FromMachine`] for a machine by its token, [`EndUserSignedIn`] for its end user by a cookie.
//!
//! Both are types of their own, and neither is ever a `Caller`: no rule for accounts can be reached with them, and nothing here
//! looks at an account's cookie.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::{MachineToken, logins, require_on, store};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::{Json, RequestInfo, bearer};
use crate::ids::{MachineId, MachineLoginId, MachineTokenId, OrganizationId};
use crate::machines;
use crate::secrets::looks_like_secret;
use crate::store::entities::machine::{Door, MachineState, Model as MachineRow};
use crate::store::entities::machine_token::{Because, Model as TokenRow};

/// Name of an end user's login cookie; another than the one for accounts.
pub const LOGIN_COOKIE: &str = "__Host-farol-machine";

/// A machine, through its helpdesk's desktop agent.
#[derive(Debug, Clone)]
pub struct MachineCaller {
    /// The token it proved itself with.
    pub token: MachineTokenId,
    /// Whose token it is.
    pub record: MachineId,
    /// For whom that record speaks: the survivor, when records were merged.
    pub machine: MachineId,
    /// Whose machine.
    pub organization: OrganizationId,
    /// Its name, for audit entries.
    pub name: String,
    /// Nobody else speaks for it: no agent of ours.
    pub alone: bool,
    /// The token was replaced a moment ago: it may deliver reports and nothing else.
    pub replaced: bool,
    /// The request.
    pub request: RequestInfo,
}

impl MachineCaller {
    /// Refuses a token that was replaced.
    ///
    /// # Errors
    /// `machine_token_revoked`.
    pub(super) fn require_live(&self) -> Result<()> {
        if self.replaced { Err(revoked()) } else { Ok(()) }
    }
}

/// A machine and what it says: an extractor for JSON bodies. The token stands in `Authorization: Bearer` or in the body's
/// `machineToken`; an address is never looked at.
#[derive(Debug, Clone)]
pub struct FromMachine<T> {
    /// Who.
    pub by: MachineCaller,
    /// What.
    pub said: T,
}

/// A body that may carry its sender's token.
pub trait Carries: DeserializeOwned + Send {
    /// Largest body in bytes, for the refusal's text.
    const BODY_MAX: usize;

    /// Takes the token out of it.
    fn take_token(&mut self) -> Option<String>;
}

impl<T: Carries> FromRequest<Ctx> for FromMachine<T> {
    type Rejection = Error;

    async fn from_request(request: Request, ctx: &Ctx) -> Result<Self> {
        require_on(ctx)?;
        let (mut parts, body) = request.into_parts();
        let Ok(info) = RequestInfo::from_request_parts(&mut parts, ctx).await;
        let header = bearer(&parts.headers).map(str::to_owned);
        let request = Request::from_parts(parts, body);
        let Json(mut said) =
            Json::<T>::from_request(request, ctx)
                .await
                .map_err(|error| match error.code() {
                    Code::TooLarge => Error::Malformed {
                        code: Code::TooLarge,
                        detail: format!("The body may have at most {} bytes.", T::BODY_MAX),
                    },
                    _ => error,
                })?;
        let inside = said.take_token();
        let token = header.or(inside).ok_or_else(invalid)?;
        let by = authenticate(ctx, info, &token).await?;
        Ok(Self { by, said })
    }
}

/// Recognizes a machine by its token.
async fn authenticate(ctx: &Ctx, info: RequestInfo, text: &str) -> Result<MachineCaller> {
    let token = MachineToken::parse(text).ok_or_else(invalid)?;
    let db = ctx.db.read();
    let row = store::token(db, &token.hash()).await?.ok_or_else(invalid)?;
    let (record, survivor) = machines::of_record(db, row.machine_id)
        .await?
        .ok_or_else(revoked)?;
    check_block(&record, &survivor)?;
    let now = ctx.clock.now();
    let replaced = is_replaced(ctx, &row)?;
    if now >= row.expires_at {
        return Err(expired());
    }
    Ok(MachineCaller {
        token: row.id,
        record: record.id,
        machine: survivor.id,
        organization: survivor.organization_id,
        alone: survivor.door == Door::Helpdesk,
        name: survivor.name,
        replaced,
        request: info,
    })
}

fn is_replaced(ctx: &Ctx, row: &TokenRow) -> Result<bool> {
    let Some(at) = row.revoked_at else {
        return Ok(false);
    };
    let graceful = row.revoked_because == Some(Because::RegisteredAgain);
    if graceful && ctx.clock.now() < at.after(ctx.config.machine_routes.grace) {
        Ok(true)
    } else {
        Err(revoked())
    }
}

/// Refuses a machine that a technician blocked.
pub(super) fn check_block(record: &MachineRow, survivor: &MachineRow) -> Result<()> {
    let blocked = [record, survivor]
        .iter()
        .any(|row| row.state == MachineState::Blocked);
    if blocked { Err(blocked_machine()) } else { Ok(()) }
}

pub(super) fn blocked_machine() -> Error {
    Error::Refused {
        code: Code::MachineBlocked,
        detail: "A technician blocked this machine. Ask them to unblock it.".into(),
    }
}

fn invalid() -> Error {
    Error::Unauthenticated {
        code: Code::MachineTokenInvalid,
        detail: "No valid machine token came with the request. Register the machine to get one.".into(),
    }
}

fn expired() -> Error {
    Error::Unauthenticated {
        code: Code::MachineTokenExpired,
        detail: "The machine token was not used for too long. Register the machine again.".into(),
    }
}

pub(super) fn revoked() -> Error {
    Error::Unauthenticated {
        code: Code::MachineTokenRevoked,
        detail: "The machine token was replaced or withdrawn. Register the machine again.".into(),
    }
}

/// The end user of one machine, signed in from it. Its only right is to see that machine.
#[derive(Debug, Clone)]
pub struct EndUser {
    /// The login.
    pub login: MachineLoginId,
    /// The machine; the survivor, when records were merged.
    pub machine: MachineId,
    /// Whose machine.
    pub organization: OrganizationId,
}

/// The end user that asks; an extractor that answers 401 `machine_login_missing` when there is none.
#[derive(Debug, Clone)]
pub struct EndUserSignedIn(pub EndUser);

impl FromRequestParts<Ctx> for EndUserSignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let secret = cookie(&parts.headers).ok_or_else(logins::missing)?;
        logins::authenticate(ctx, secret).await.map(Self)
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == LOGIN_COOKIE && looks_like_secret(value))
        .map(|(_, value)| value)
}
