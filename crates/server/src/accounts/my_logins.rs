//! The logins of one's own account: where it is signed in, ending them, and what was tried.

use serde::Serialize;
use utoipa::ToSchema;

use super::logins::{account_target, ended, publish_audit};
use super::places::Device;
use super::{Caller, store};
use crate::audit::{self, Action, LoginAttempt};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::{Scope, Topic};
use crate::ids::LoginId;
use crate::store::entities::login;

/// Attempts shown; the audit trail has them all.
const ATTEMPTS: u64 = 50;

/// One signed-in period, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Login)]
pub struct LoginView {
    /// Its identifier.
    pub id: LoginId,
    /// Whether it is the one that asks.
    pub current: bool,
    /// How it began: `password`, `password_totp`, `password_recovery_code`, `password_passkey`, `passkey`, `link`, `invitation`, `set_up`.
    pub method: String,
    /// From which address.
    pub address: String,
    /// In what.
    pub device: Device,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to five minutes.
    pub last_used_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

fn shown(row: login::Model, current: LoginId) -> LoginView {
    LoginView {
        id: row.id,
        current: row.id == current,
        device: Device::of(&row.user_agent),
        method: row.method,
        address: row.address,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
    }
}

/// Where the caller's account is signed in, the one used last first.
///
/// # Errors
/// Those of the database.
pub async fn logins(ctx: &Ctx, by: &Caller) -> Result<Vec<LoginView>> {
    let now = ctx.clock.now();
    let rows = store::logins_of(ctx.db.read(), by.account).await?;
    let live = rows
        .into_iter()
        .filter(|row| now < row.expires_at && now.since(row.last_used_at) < ctx.config.login_idle);
    Ok(live.map(|row| shown(row, by.login())).collect())
}

/// Ends a login of the caller's account, with all that it has open.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn end_login(ctx: &Ctx, by: &Caller, id: LoginId) -> Result<()> {
    let tx = ctx.db.write().await?;
    let mine = store::logins_of(&tx, by.account).await?;
    if !mine.iter().any(|row| row.id == id) {
        return Err(Error::NotFound("login"));
    }
    store::delete_login(&tx, id).await?;
    record(ctx, &tx, by, 1).await?;
    tx.commit().await?;
    ended(ctx, id).await;
    tell(ctx, by);
    Ok(())
}

/// Ends all logins of the caller's account but the one that asks; how many there were.
///
/// # Errors
/// Those of the database.
pub async fn end_other_logins(ctx: &Ctx, by: &Caller) -> Result<usize> {
    let tx = ctx.db.write().await?;
    let others = store::delete_other_logins(&tx, by.account, by.login()).await?;
    if !others.is_empty() {
        record(ctx, &tx, by, others.len()).await?;
    }
    tx.commit().await?;
    for login in &others {
        ended(ctx, *login).await;
    }
    tell(ctx, by);
    Ok(others.len())
}

/// Who signed in to the caller's account or tried to, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn sign_ins(ctx: &Ctx, by: &Caller) -> Result<Vec<LoginAttempt>> {
    audit::attempts_of(ctx, by.account, by.rights.belongs_to(), ATTEMPTS).await
}

async fn record(ctx: &Ctx, tx: &crate::store::WriteTx, by: &Caller, ended: usize) -> Result<()> {
    for organization in by.rights.belongs_to() {
        let entry = by
            .entry(*organization, Action::LoginEnded)
            .on(account_target(by.account, &by.name))
            .detail(serde_json::json!({ "reason": "ended_by_owner", "logins": ended }));
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

fn tell(ctx: &Ctx, by: &Caller) {
    ctx.events.publish(Scope::Account(by.account), &[Topic::Me]);
    publish_audit(ctx, by);
}
