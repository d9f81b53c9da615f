//! Logins: starting, recognizing, ending.

use std::time::Duration;

use super::{Caller, Credential, places, sign_in_rules, store};
use crate::api_tokens;
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::{Scope, Topic};
use crate::http::RequestInfo;
use crate::ids::{AccountId, LoginId};
use crate::rights::{self, Moment};
use crate::secrets::{self, Secret};
use crate::store::WriteTx;
use crate::store::entities::account::AccountKind;

/// The time of last use is written at most this often, so that reading costs no write.
const LAST_USE_GRAIN: Duration = Duration::from_secs(5 * 60);
/// Longest text kept about the browser.
const USER_AGENT_MAX: usize = 200;

/// How the account proved itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// With its password.
    Password,
    /// With its password and a code of an authenticator app.
    PasswordAndTotp,
    /// With its password and a recovery code.
    PasswordAndRecoveryCode,
    /// With its password and a passkey.
    PasswordAndPasskey,
    /// With a passkey alone.
    Passkey,
    /// With a one-time link.
    Link,
    /// By accepting an invitation.
    Invitation,
    /// By creating the first account.
    SetUp,
    /// An identity provider vouches for it.
    Provider,
}

impl Method {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordAndTotp => "password_totp",
            Self::PasswordAndRecoveryCode => "password_recovery_code",
            Self::PasswordAndPasskey => "password_passkey",
            Self::Passkey => "passkey",
            Self::Link => "link",
            Self::Invitation => "invitation",
            Self::SetUp => "set_up",
            Self::Provider => "oidc",
        }
    }
}

/// A login that has just begun.
#[derive(Debug)]
pub struct Started {
    /// Who signed in.
    pub caller: Caller,
    /// What the browser gets, once.
    pub secret: Secret,
    /// Whether the account signed in before, but never from such a network with such a device.
    pub new_place: bool,
}

/// Starts a login in the caller's transaction; the audit entry is up to the caller of this function.
pub(super) async fn start(
    ctx: &Ctx,
    tx: &WriteTx,
    request: &Request<'_>,
    account: AccountId,
    method: Method,
) -> Result<Started> {
    let now = ctx.clock.now();
    let secret = Secret::random()?;
    let row = store::find(tx, account).await?;
    // Programs and teams never sign in, whatever led here.
    let row = row.filter(|row| row.kind == AccountKind::Person);
    let row = row.ok_or_else(Error::not_signed_in)?;
    let login = store::NewLogin {
        id: LoginId::new(),
        account,
        secret_hash: secret.hash(),
        now,
        expires_at: now.after(ctx.config.login_absolute),
        address: request.info.address.to_string(),
        user_agent: request.user_agent.chars().take(USER_AGENT_MAX).collect(),
        method: method.as_str(),
    };
    store::insert_login(tx, &login).await?;
    let new_place = places::note(tx, account, request, now).await?;
    if new_place {
        places::tell(ctx, tx, &row, request, now).await?;
    }
    let at = Moment::Asked {
        now,
        proven_at: Some(now),
    };
    let rights = rights::of_account(tx, account, at).await?;
    let second_factor_due = sign_in_rules::due(tx, &row, login.method, &rights).await?;
    let caller = Caller {
        account,
        name: row.name,
        credential: Credential::Login(login.id),
        proven_at: Some(now),
        second_factor_due,
        rights,
        request: request.info,
    };
    Ok(Started {
        caller,
        secret,
        new_place,
    })
}

/// Somebody who proved to own an account, but has no login yet: what they do until then is theirs in the audit trail.
pub(super) async fn not_yet(tx: &WriteTx, request: &Request<'_>, account: &store::Account) -> Result<Caller> {
    Ok(Caller {
        account: account.id,
        name: account.name.clone(),
        credential: Credential::Login(LoginId::new()),
        proven_at: None,
        second_factor_due: None,
        rights: rights::of_account(tx, account.id, Moment::Whenever).await?,
        request: request.info,
    })
}

/// What a login remembers about the request that started it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Its id and address.
    pub info: RequestInfo,
    /// What the browser calls itself.
    pub user_agent: &'a str,
}

/// Recognizes a login by its secret.
///
/// # Errors
/// `not_signed_in` when there is none, or it has ended; those of the database.
pub async fn authenticate(ctx: &Ctx, info: RequestInfo, secret: &str) -> Result<Caller> {
    let now = ctx.clock.now();
    let found = store::login_by_secret(ctx.db.read(), secrets::hash(secret)).await?;
    let (login, account, changes) = found.ok_or_else(Error::not_signed_in)?;
    if account.disabled_at.is_some() || !is_live(ctx, now, login.last_used_at, login.expires_at) {
        return Err(Error::not_signed_in());
    }
    if now.since(login.last_used_at) >= LAST_USE_GRAIN {
        note_use(ctx, login.id, now).await;
    }
    let rights = rights::of_caller(ctx, (account.id, changes), now, Some(login.proven_at)).await?;
    let second_factor_due = sign_in_rules::due(ctx.db.read(), &account, &login.method, &rights).await?;
    Ok(Caller {
        account: account.id,
        name: account.name,
        credential: Credential::Login(login.id),
        proven_at: Some(login.proven_at),
        second_factor_due,
        rights,
        request: info,
    })
}

/// Whether a login has not ended, or the API token of this number; for what was started by it and outlived a restart.
///
/// # Errors
/// Those of the database.
pub async fn has_login<C: sea_orm::ConnectionTrait>(db: &C, id: LoginId) -> Result<bool> {
    Ok(store::has_login(db, id).await? || api_tokens::stands(db, id).await?)
}

fn is_live(ctx: &Ctx, now: Timestamp, last_used_at: Timestamp, expires_at: Timestamp) -> bool {
    now < expires_at && now.since(last_used_at) < ctx.config.login_idle
}

/// Writes the time of last use. That it fails (a full disk) must not sign anybody out.
async fn note_use(ctx: &Ctx, login: LoginId, now: Timestamp) {
    let written = async {
        let tx = ctx.db.write().await?;
        store::touch_login(&tx, login, now).await?;
        Ok::<_, Error>(tx.commit().await?)
    };
    if let Err(error) = written.await {
        tracing::warn!(%error, "the last use of a login was not written");
    }
}

/// Ends the caller's own login.
///
/// # Errors
/// Those of the database.
pub async fn sign_out(ctx: &Ctx, by: &Caller) -> Result<()> {
    let tx = ctx.db.write().await?;
    store::delete_login(&tx, by.login()).await?;
    let now = ctx.clock.now();
    for organization in by.rights.belongs_to() {
        let entry = by
            .entry(*organization, Action::LoginEnded)
            .detail(serde_json::json!({"reason": "signed_out"}));
        audit::record(&tx, now, entry.on(account_target(by.account, &by.name))).await?;
    }
    tx.commit().await?;
    ended(ctx, by.login()).await;
    publish_audit(ctx, by);
    Ok(())
}

/// Ends logins that are unused for too long or too old; run every minute or so.
///
/// # Errors
/// Those of the database; what was not ended is found again by the next run.
pub async fn end_expired(ctx: &Ctx) -> Result<usize> {
    let now = ctx.clock.now();
    let expired = store::expired_logins(ctx.db.read(), now, now.before(ctx.config.login_idle)).await?;
    for (login, account) in &expired {
        let tx = ctx.db.write().await?;
        // Used or ended by somebody else since it was read: leave it.
        if store::delete_login_if_unused(&tx, login.id, login.last_used_at).await? {
            record_expiry(&tx, now, account).await?;
            tx.commit().await?;
            ended(ctx, login.id).await;
        }
    }
    Ok(expired.len())
}

async fn record_expiry(tx: &WriteTx, now: Timestamp, account: &store::Account) -> Result<()> {
    for organization in rights::of_account(tx, account.id, Moment::Whenever)
        .await?
        .belongs_to()
    {
        let entry = Entry::new(*organization, Actor::server(), Action::LoginEnded)
            .on(account_target(account.id, &account.name))
            .detail(serde_json::json!({"reason": "expired"}));
        audit::record(tx, now, entry).await?;
    }
    Ok(())
}

/// Cuts what hangs on logins that are not there any more: another process, the command line, ended them. One query for each login that
/// has something open.
///
/// # Errors
/// Those of the database; what was not cut is found again by the next look.
pub async fn cut_gone(ctx: &Ctx) -> Result<()> {
    let mut open = ctx.events.logins();
    open.extend(ctx.live.logins());
    for login in open {
        if !has_login(ctx.db.read(), login).await? {
            ended(ctx, login).await;
        }
    }
    Ok(())
}

/// Cuts what the login, or the API token of this number, had open: event streams at once, sessions with their reason.
pub(crate) async fn ended(ctx: &Ctx, login: LoginId) {
    ctx.events.login_ended(login);
    crate::sessions::login_ended(ctx, login).await;
}

pub(super) fn account_target(account: AccountId, name: &str) -> Target {
    Target::new(TargetKind::Account, account, name)
}

/// Tells consoles that the audit list grew.
pub(super) fn publish_audit(ctx: &Ctx, by: &Caller) {
    for organization in by.rights.belongs_to() {
        ctx.events
            .publish(Scope::Organization(*organization), &[Topic::Audit]);
    }
}
