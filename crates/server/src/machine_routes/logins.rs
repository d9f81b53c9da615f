//! The login of a machine's end user: offered to the machine's agent as a one-time secret, redeemed by a browser.
//!
//! The machine token never reaches the browser. The secret stands in the fragment of an address, which browsers do not send, and
//! works once for [`LOGIN_OFFER`]. The login that it becomes may see its one machine and nothing else, because it is no account's:
//! no rule for accounts takes an [`EndUser`].

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::caller::{Carries, MachineCaller, check_block};
use super::{EndUser, caller, clean, slow_down, store};
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::http::RequestInfo;
use crate::ids::{MachineId, MachineLoginId};
use crate::machines::{self, Machine, MachineOs, MachinePresence};
use crate::rights::Rights;
use crate::secrets::{self, Secret};
use crate::store::entities::machine;
use crate::store::entities::machine_login::{LoginState, Model};
use crate::throttle::network;

/// How long a one-time secret can be redeemed: a browser starts in the meantime.
pub const LOGIN_OFFER: Duration = Duration::from_secs(2 * 60);
/// The time of last use is written at most this often, so that reading costs no write.
const LAST_USE_GRAIN: Duration = Duration::from_secs(5 * 60);
/// Longest text kept about the browser, in bytes.
const USER_AGENT_MAX: usize = 200;

/// A wish for a login; such agents send more, which is ignored.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct LoginWish {
    /// The token; may stand in `Authorization: Bearer` instead.
    #[schema(format = Password)]
    machine_token: Option<String>,
}

impl Carries for LoginWish {
    const BODY_MAX: usize = crate::http::BODY_MAX;

    fn take_token(&mut self) -> Option<String> {
        self.machine_token.take()
    }
}

/// A one-time secret for the end user's browser.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoginOffer {
    /// Open this in a browser; the secret is in the fragment.
    url: String,
    /// The secret alone, for a program that redeems it at `POST /api/machine-logins`.
    secret: String,
    /// Until when it can be redeemed.
    expires_at: Timestamp,
}

/// What an end user sees: their machine.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OwnMachine {
    /// Its identifier.
    pub id: MachineId,
    /// Its name.
    pub name: String,
    /// What it calls itself.
    pub hostname: String,
    /// What runs on it.
    pub os: MachineOs,
    /// Whether it is online.
    pub presence: MachinePresence,
}

impl OwnMachine {
    fn of(ctx: &Ctx, row: machine::Model) -> Self {
        // End users have no roles.
        let machine = Machine::of(ctx, &Rights::default(), row);
        Self {
            id: machine.id,
            name: machine.name,
            hostname: machine.hostname,
            os: machine.os,
            presence: machine.presence,
        }
    }
}

/// Offers a login to the machine's agent.
///
/// # Errors
/// `machine_token_revoked` for a token that was replaced, `too_many_attempts`; those of the database.
pub(super) async fn offer(ctx: &Ctx, by: &MachineCaller) -> Result<LoginOffer> {
    by.require_live()?;
    let now = ctx.clock.now();
    ctx.machine_routes.logins.check(by.record, now).map_err(|wait| {
        slow_down(
            "Too many logins from this machine. Wait a little, then try again.",
            wait,
        )
    })?;
    let secret = Secret::random()?;
    let expires_at = now.after(LOGIN_OFFER);
    let row = Model {
        id: MachineLoginId::new(),
        organization_id: by.organization,
        machine_id: by.record,
        token_id: by.token,
        state: LoginState::Offered,
        secret_hash: secret.hash().to_vec(),
        created_at: now,
        last_used_at: now,
        expires_at,
        address: by.request.address.to_string(),
        user_agent: String::new(),
    };
    let tx = ctx.db.write().await?;
    // A technician may have withdrawn it since it was looked at.
    if !store::hold_live(&tx, by.token, now).await? {
        return Err(caller::revoked());
    }
    store::insert_login(&tx, row).await?;
    tx.commit().await?;
    Ok(LoginOffer {
        url: format!("{}/this-machine#link={}", ctx.config.public_url, secret.expose()),
        secret: secret.expose().to_owned(),
        expires_at,
    })
}

/// Turns a one-time secret into a login; the second value is the cookie's secret.
///
/// # Errors
/// `link_invalid`, `machine_blocked`, `too_many_attempts`; those of the database.
pub(super) async fn redeem(
    ctx: &Ctx,
    (info, user_agent): (RequestInfo, &str),
    offered: &str,
) -> Result<(OwnMachine, Secret)> {
    let now = ctx.clock.now();
    ctx.machine_routes
        .redeems
        .check(network(info.address), now)
        .map_err(|wait| slow_down("Too many attempts. Wait a little, then try again.", wait))?;
    let secret = Secret::random()?;
    let address = info.address.to_string();
    let tx = ctx.db.write().await?;
    let hashes = (secrets::hash(offered), secret.hash());
    let times = (now, now.after(ctx.config.login_absolute));
    let agent = clean::line(user_agent, USER_AGENT_MAX);
    let row = store::redeem(&tx, hashes, times, (&address, &agent))
        .await?
        .ok_or_else(invalid)?;
    if !store::hold_live(&tx, row.token_id, now).await? {
        return Err(invalid());
    }
    let (record, machine) = machines::of_record(&tx, row.machine_id)
        .await?
        .ok_or_else(invalid)?;
    check_block(&record, &machine)?;
    let entry = Entry::new(
        machine.organization_id,
        Actor::agent(machine.id, &machine.name),
        Action::MachineLoginCreated,
    )
    .on(Target::new(TargetKind::Machine, machine.id, &machine.name))
    .detail(json!({ "machine_login_id": row.id, "machine_token_id": row.token_id }))
    .request(info.id)
    .from(info.address);
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    ctx.events
        .publish(Scope::Organization(machine.organization_id), &[Topic::Audit]);
    Ok((OwnMachine::of(ctx, machine), secret))
}

/// Recognizes an end user by their cookie.
pub(super) async fn authenticate(ctx: &Ctx, secret: &str) -> Result<EndUser> {
    let now = ctx.clock.now();
    let db = ctx.db.read();
    let row = store::login(db, secrets::hash(secret))
        .await?
        .ok_or_else(missing)?;
    let live = now < row.expires_at && now.since(row.last_used_at) < ctx.config.login_idle;
    if !live || !store::works(db, row.token_id, now).await? {
        return Err(missing());
    }
    let (record, machine) = machines::of_record(db, row.machine_id)
        .await?
        .ok_or_else(missing)?;
    check_block(&record, &machine)?;
    if now.since(row.last_used_at) >= LAST_USE_GRAIN {
        let tx = ctx.db.write().await?;
        store::touch_login(&tx, row.id, now).await?;
        tx.commit().await?;
    }
    Ok(EndUser {
        login: row.id,
        machine: machine.id,
        organization: machine.organization_id,
    })
}

/// The end user's machine.
///
/// # Errors
/// `not_found` when it was removed a moment ago; those of the database.
pub(super) async fn own_machine(ctx: &Ctx, by: &EndUser) -> Result<OwnMachine> {
    let found = machines::of_record(ctx.db.read(), by.machine).await?;
    let (_, machine) = found.ok_or(Error::NotFound("machine"))?;
    Ok(OwnMachine::of(ctx, machine))
}

/// Ends the end user's login.
///
/// # Errors
/// Those of the database.
pub(super) async fn sign_out(ctx: &Ctx, by: &EndUser, info: &RequestInfo) -> Result<()> {
    let tx = ctx.db.write().await?;
    if !store::delete_login(&tx, by.login).await? {
        // It ended by itself a moment ago.
        return Ok(());
    }
    if let Some((_, machine)) = machines::of_record(&tx, by.machine).await? {
        let entry = Entry::new(
            machine.organization_id,
            Actor::agent(machine.id, &machine.name),
            Action::MachineLoginEnded,
        )
        .on(Target::new(TargetKind::Machine, machine.id, &machine.name))
        .detail(json!({ "machine_login_id": by.login }))
        .from(info.address)
        .request(info.id);
        audit::record(&tx, ctx.clock.now(), entry).await?;
    }
    tx.commit().await?;
    ctx.events
        .publish(Scope::Organization(by.organization), &[Topic::Audit]);
    Ok(())
}

pub(super) fn missing() -> Error {
    Error::Unauthenticated {
        code: Code::MachineLoginMissing,
        detail: "Sign in from the machine first: its agent opens this page.".into(),
    }
}

fn invalid() -> Error {
    Error::Refused {
        code: Code::LinkInvalid,
        detail: "This link is not valid: it works once and for two minutes. Open the page from the machine's agent again.".into(),
    }
}
