//! Signing in, by password or by one-time link. Second factors and passkeys: `factors/proof.rs`.

use super::factors::{self, Kind, SecondFactorAsked};
use super::line::Visitor;
use super::logins::{self, Method, Request, Started};
use super::password::PASSWORD_MAX;
use super::places;
use super::set_up::wrong_credentials;
use super::store::{self, Purpose};
use crate::audit::{self, Action, Actor, Entry};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::http::RequestInfo;
use crate::ids::AccountId;
use crate::mail;
use crate::rights::{self, Moment};
use crate::secrets;
use crate::store::WriteTx;

/// What came of a right password.
#[derive(Debug)]
pub enum Entered {
    /// The account is signed in.
    In(Started),
    /// It has to show a second factor first.
    Asked(SecondFactorAsked),
}

/// Why somebody was not let in, for the audit trail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    /// `password`, or the factor that was shown.
    with: &'static str,
    /// The code of the refusal.
    code: &'static str,
}

impl Refusal {
    fn of_password(code: Code) -> Self {
        Self {
            with: "password",
            code: code.as_str(),
        }
    }

    /// Of a factor that was wrong.
    pub(super) fn of_factor(kind: Kind, code: Code) -> Self {
        let with = match kind {
            Kind::Password => "password",
            Kind::Totp => "totp",
            Kind::RecoveryCode => "recovery_code",
            Kind::Passkey => "passkey",
        };
        Self {
            with,
            code: code.as_str(),
        }
    }
}

/// Signs in with e-mail and password; an account with second factors is asked for one of them.
///
/// # Errors
/// `invalid_credentials` (the same for an unknown e-mail and a wrong password), `account_disabled`, `too_many_attempts`; those of
/// the database.
pub async fn sign_in(ctx: &Ctx, request: &Request<'_>, email: &str, password: &str) -> Result<Entered> {
    let now = ctx.clock.now();
    ctx.accounts.guard.address(request.info.address, now)?;
    let account = store::find_by_email(ctx.db.read(), email).await?;
    let key = store::email_key(email);
    let known = match &account {
        Some(account) => is_known_address(ctx, account.id, request.info).await?,
        None => false,
    };
    if !known {
        ctx.accounts.guard.account(&key, now)?;
    }
    let visitor = visitor(ctx, account.as_ref(), (request.info, known)).await?;
    let hash = account.as_ref().map(|account| account.password_hash.as_str());
    // Longer passwords cannot have been set; cut, so that the work stays the same.
    let looked_at: String = password.chars().take(PASSWORD_MAX + 1).collect();
    let matches = ctx.accounts.hasher.verify(&looked_at, hash, visitor).await?;
    let Some(account) = account.filter(|_| matches) else {
        metrics::counter!("farol_logins_refused_total").increment(1);
        note_wrong_password(ctx, request.info, email);
        return Err(wrong_credentials());
    };
    if let Err(error) = require_enabled(&account) {
        let what = Refusal::of_password(error.code());
        note_refusal(ctx, request.info, account.id, what);
        return Err(error);
    }
    let rehashed = if ctx.accounts.hasher.is_outdated(&account.password_hash) {
        Some(ctx.accounts.hasher.hash(password, Visitor::Known).await?)
    } else {
        None
    };
    if let Some(asked) = factors::ask_second_factor(ctx, account.id).await? {
        ctx.accounts.guard.forget_account(&key);
        return Ok(Entered::Asked(asked));
    }

    let tx = ctx.db.write().await?;
    if let Some(hash) = rehashed {
        store::update_password_hash(&tx, account.id, &hash).await?;
    }
    let started = logins::start(ctx, &tx, request, account.id, Method::Password).await?;
    prove(ctx, &tx, &started, Method::Password).await?;
    tx.commit().await?;
    ctx.accounts.guard.forget_account(&key);
    welcome(ctx, &started).await;
    Ok(Entered::In(started))
}

/// In which line somebody waits who says that an account is theirs: `known` says that it has a live login there.
async fn visitor(
    ctx: &Ctx,
    account: Option<&store::Account>,
    (info, known): (RequestInfo, bool),
) -> Result<Visitor> {
    // An account that does not exist is looked for as well: whoever takes the time learns nothing from it.
    let id = account.map_or(AccountId(uuid::Uuid::nil()), |account| account.id);
    let usual = places::is_usual(ctx, id, info.address).await?;
    Ok(if account.is_some() && (known || usual) {
        Visitor::Known
    } else {
        Visitor::stranger(info.address)
    })
}

/// Signs in with the token of a one-time link. Whoever has the server's command line is not asked for a second factor.
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
    welcome(ctx, &started).await;
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
pub(super) async fn is_known_address(ctx: &Ctx, account: AccountId, info: RequestInfo) -> Result<bool> {
    store::has_login_from(ctx.db.read(), account, &info.address.to_string()).await
}

/// The entry about a login that begins.
pub(super) async fn prove(ctx: &Ctx, tx: &WriteTx, started: &Started, method: Method) -> Result<()> {
    let by = &started.caller;
    for organization in by.rights.belongs_to() {
        let entry = by
            .entry(*organization, Action::LoginStarted)
            .on(logins::account_target(by.account, &by.name))
            .detail(serde_json::json!({
                "method": method.as_str(),
                "address": by.request.address,
                "new_place": started.new_place,
            }));
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

/// Counts a login that has begun, and tells whoever looks.
pub(super) async fn welcome(ctx: &Ctx, started: &Started) {
    let by = &started.caller;
    metrics::counter!("farol_logins_started_total").increment(1);
    tracing::info!(account = %by.account, login = %by.login(), "signed in");
    ctx.events.publish(Scope::Account(by.account), &[Topic::Me]);
    logins::publish_audit(ctx, by);
    if started.new_place
        && let Err(error) = mail::nudge(ctx).await
    {
        // The letter is in the outbox, and goes with the next ones.
        tracing::warn!(%error, "nobody was told of a letter in the outbox");
    }
}

/// Proves a refusal after the answer has gone out, so that its time does not tell whether the account exists. The
/// throttles bound how many of these there can be.
fn note_wrong_password(ctx: &Ctx, info: RequestInfo, email: &str) {
    tracing::info!(address = %info.address, "refused a sign-in");
    let (inner, email) = (ctx.clone(), email.to_owned());
    ctx.tasks.spawn(async move {
        let found = store::find_by_email(inner.db.read(), &email).await;
        let noted = match found {
            Ok(Some(account)) => {
                let what = Refusal::of_password(Code::InvalidCredentials);
                record_refusal(&inner, info, &account, what).await
            }
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = noted {
            tracing::warn!(%error, "a refused sign-in was not recorded");
        }
    });
}

/// Proves that somebody was not let into an account that is known. The throttles bound how many of these there can be.
pub(super) fn note_refusal(ctx: &Ctx, info: RequestInfo, account: AccountId, what: Refusal) {
    tracing::info!(address = %info.address, %account, with = what.with, code = what.code, "refused a proof");
    metrics::counter!("farol_logins_refused_total").increment(1);
    let inner = ctx.clone();
    ctx.tasks.spawn(async move {
        let noted = match store::find(inner.db.read(), account).await {
            Ok(Some(account)) => record_refusal(&inner, info, &account, what).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = noted {
            tracing::warn!(%error, "a refused sign-in was not recorded");
        }
    });
}

async fn record_refusal(ctx: &Ctx, info: RequestInfo, account: &store::Account, what: Refusal) -> Result<()> {
    let tx = ctx.db.write().await?;
    let rights = rights::of_account(&tx, account.id, Moment::Whenever).await?;
    for organization in rights.belongs_to() {
        let entry = Entry::new(*organization, Actor::server(), Action::LoginRefused)
            .on(logins::account_target(account.id, &account.name))
            .detail(serde_json::json!({
                "address": info.address,
                "method": what.with,
                "reason": what.code,
            }))
            .request(info.id)
            .from(info.address);
        audit::record(&tx, ctx.clock.now(), entry).await?;
    }
    tx.commit().await?;
    for organization in rights.belongs_to() {
        ctx.events
            .publish(Scope::Organization(*organization), &[Topic::Audit]);
    }
    Ok(())
}
