//! Signing in, by password or by one-time link.

use super::logins::{self, Method, Request, Started};
use super::password::PASSWORD_MAX;
use super::set_up::wrong_credentials;
use super::store::{self, Purpose};
use crate::audit::{self, Action, Actor, Entry};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::http::RequestInfo;
use crate::rights;
use crate::secrets;
use crate::store::WriteTx;

/// Signs in with e-mail and password.
///
/// # Errors
/// `invalid_credentials` (the same for an unknown e-mail and a wrong password), `account_disabled`, `too_many_attempts`; those of
/// the database.
pub async fn sign_in(ctx: &Ctx, request: &Request<'_>, email: &str, password: &str) -> Result<Started> {
    let now = ctx.clock.now();
    ctx.accounts.guard.address(request.info.address, now)?;
    let account = store::find_by_email(ctx.db.read(), email).await?;
    let key = store::email_key(email);
    if !is_known_address(ctx, account.as_ref(), request.info).await? {
        ctx.accounts.guard.account(&key, now)?;
    }
    let hash = account.as_ref().map(|account| account.password_hash.as_str());
    // Longer passwords cannot have been set; cut, so that the work stays the same.
    let looked_at: String = password.chars().take(PASSWORD_MAX + 1).collect();
    let matches = ctx.accounts.hasher.verify(&looked_at, hash).await?;
    let Some(account) = account.filter(|_| matches) else {
        metrics::counter!("farol_logins_refused_total").increment(1);
        note_refusal(ctx, request.info, email);
        return Err(wrong_credentials());
    };
    if account.disabled_at.is_some() {
        note_refusal(ctx, request.info, email);
    }
    require_enabled(&account)?;
    let rehashed = if ctx.accounts.hasher.is_outdated(&account.password_hash) {
        Some(ctx.accounts.hasher.hash(password).await?)
    } else {
        None
    };

    let tx = ctx.db.write().await?;
    if let Some(hash) = rehashed {
        store::update_password_hash(&tx, account.id, &hash).await?;
    }
    let started = logins::start(ctx, &tx, request, account.id, Method::Password).await?;
    prove(ctx, &tx, &started, Method::Password).await?;
    tx.commit().await?;
    ctx.accounts.guard.forget_account(&key);
    welcome(ctx, &started);
    Ok(started)
}

/// Signs in with the token of a one-time link.
///
/// # Errors
/// `link_invalid`, `account_disabled`, `too_many_attempts`; those of the database.
pub async fn sign_in_by_link(ctx: &Ctx, request: &Request<'_>, token: &str) -> Result<Started> {
    let now = ctx.clock.now();
    ctx.accounts.guard.address(request.info.address, now)?;
    let tx = ctx.db.write().await?;
    let link = store::redeem_link(&tx, Purpose::SignIn, secrets::hash(token), now).await?;
    let account = link
        .and_then(|link| link.account_id)
        .ok_or_else(super::links::invalid)?;
    let row = store::find(&tx, account).await?;
    require_enabled(&row.ok_or_else(super::links::invalid)?)?;
    let started = logins::start(ctx, &tx, request, account, Method::Link).await?;
    prove(ctx, &tx, &started, Method::Link).await?;
    tx.commit().await?;
    welcome(ctx, &started);
    Ok(started)
}

/// That an account is not disabled; to be told only to who proved to be its owner.
pub(super) fn require_enabled(account: &store::Account) -> Result<()> {
    if account.disabled_at.is_none() {
        return Ok(());
    }
    Err(Error::Refused {
        code: Code::AccountDisabled,
        detail: "This account is disabled. Ask whoever manages people in your organization.".into(),
    })
}

/// Whether the account has a live login from this address.
async fn is_known_address(ctx: &Ctx, account: Option<&store::Account>, info: RequestInfo) -> Result<bool> {
    match account {
        Some(account) => store::has_login_from(ctx.db.read(), account.id, &info.address.to_string()).await,
        None => Ok(false),
    }
}

async fn prove(ctx: &Ctx, tx: &WriteTx, started: &Started, method: Method) -> Result<()> {
    let by = &started.caller;
    for organization in by.rights.organizations() {
        let entry = by
            .entry(*organization, Action::LoginStarted)
            .on(logins::account_target(by.account, &by.name))
            .detail(serde_json::json!({"method": method.as_str(), "address": by.request.address}));
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

fn welcome(ctx: &Ctx, started: &Started) {
    metrics::counter!("farol_logins_started_total").increment(1);
    tracing::info!(account = %started.caller.account, login = %started.caller.login, "signed in");
    logins::publish_audit(ctx, &started.caller);
}

/// Proves a refusal after the answer has gone out, so that its time does not tell whether the account exists. The
/// throttles bound how many of these there can be.
fn note_refusal(ctx: &Ctx, info: RequestInfo, email: &str) {
    tracing::info!(address = %info.address, "refused a sign-in");
    let (inner, email) = (ctx.clone(), email.to_owned());
    ctx.tasks.spawn(async move {
        if let Err(error) = record_refusal(&inner, info, &email).await {
            tracing::warn!(%error, "a refused sign-in was not recorded");
        }
    });
}

async fn record_refusal(ctx: &Ctx, info: RequestInfo, email: &str) -> Result<()> {
    let Some(account) = store::find_by_email(ctx.db.read(), email).await? else {
        return Ok(());
    };
    let tx = ctx.db.write().await?;
    let rights = rights::of_account(&tx, account.id).await?;
    for organization in rights.organizations() {
        let entry = Entry::new(*organization, Actor::server(), Action::LoginRefused)
            .on(logins::account_target(account.id, &account.name))
            .detail(serde_json::json!({"address": info.address}))
            .request(info.id)
            .from(info.address);
        audit::record(&tx, ctx.clock.now(), entry).await?;
    }
    tx.commit().await?;
    for organization in rights.organizations() {
        ctx.events
            .publish(Scope::Organization(*organization), &[Topic::Audit]);
    }
    Ok(())
}
