//! Second factors, and proving once more who a login is.
//!
//! - `totp.rs`: authenticator apps · `recovery.rs`: codes for who lost theirs · `passkeys.rs`: keys in devices
//! - `ceremonies.rs`: what was begun and waits for its second half · `proof.rs`: checking a proof, whatever it is
//! - `store.rs`: queries · `view.rs`: as the API shows it · `api.rs`: handlers
//!
//! A passkey is used with the device's own PIN or fingerprint, so it proves two things at once: it signs in alone. After a password, an
//! account with any factor has to show one of them, or a recovery code.
//!
//! # Proving again
//! A login knows when it last proved who it is ([`super::Caller::proven_at`]): when it began, and whenever it does so again. What
//! changes how an account is protected asks that this was not long ago ([`require_fresh`]). Whether an account has to have a factor is asked by
//! the sign-in rules (`../sign_in_rules`).

mod api;
mod ceremonies;
mod passkeys;
mod proof;
mod recovery;
mod store;
mod totp;
mod view;

use std::time::Duration;

use super::{Caller, people};
use crate::audit::{self, Action};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::ids::AccountId;
use crate::rights;
use crate::store::WriteTx;

pub(super) use api::routes;
pub(super) use ceremonies::Ceremonies;
pub use passkeys::{add_passkey, remove_passkey, rename_passkey, start_passkey};
pub(super) use proof::ask as ask_second_factor;
pub use proof::{
    Proof, ProofAsked, SecondFactorAsked, begin_passkey_sign_in, prove, sign_in_by_passkey,
    sign_in_by_second_factor, start_proof,
};
pub use recovery::{RECOVERY_CODES, make_recovery_codes};
pub use totp::{confirm_totp, remove_totp, start_totp};
pub use view::{Factors, Kind, NewFactor, NewTotp, PasskeyStart, PasskeyView, factors};

/// For how long a login that proved who it is may change how its account is protected.
pub const FRESH: Duration = Duration::from_secs(10 * 60);

/// That the login proved who it is not long ago.
///
/// # Errors
/// `step_up_required`.
pub fn require_fresh(ctx: &Ctx, by: &Caller) -> Result<()> {
    let since = by.proven_at.map(|at| ctx.clock.now().since(at));
    if since.is_some_and(|since| since < FRESH) {
        return Ok(());
    }
    Err(Error::Refused {
        code: Code::StepUpRequired,
        detail: format!(
            "Prove first that it is you: this asks for a proof that is younger than {} minutes.",
            FRESH.as_secs() / 60
        ),
    })
}

/// Takes all second factors and recovery codes from an account: its person lost them. Its logins end, and it signs in with its password
/// alone until it has new ones.
///
/// # Errors
/// `not_found`, `forbidden` for one's own and for one that may more; those of the database.
pub async fn reset(ctx: &Ctx, by: &Caller, id: AccountId) -> Result<()> {
    let tx = ctx.db.write().await?;
    let (row, theirs) = people::find_to_manage(ctx, &tx, by, id).await?;
    if store::remove_all(&tx, id).await? {
        for organization in people::chains(by, &theirs) {
            let entry = by
                .entry(organization, Action::SecondFactorRemoved)
                .on(super::logins::account_target(row.id, &row.name))
                .detail(serde_json::json!({ "which": "all" }));
            audit::record(&tx, ctx.clock.now(), entry).await?;
        }
    }
    let logins = super::store::delete_logins(&tx, id).await?;
    tx.commit().await?;
    for login in logins {
        super::logins::ended(ctx, login).await;
    }
    rights::changed(ctx, &[id]).await;
    Ok(())
}

/// Takes all second factors from an account, in the caller's transaction; whether there were any.
pub(super) async fn remove_all(tx: &WriteTx, account: AccountId) -> Result<bool> {
    store::remove_all(tx, account).await
}

/// Whether an account has a second factor.
///
/// # Errors
/// Those of the database.
pub(super) async fn has_any<C: sea_orm::ConnectionTrait>(db: &C, account: AccountId) -> Result<bool> {
    store::has_any(db, account).await
}

/// Which accounts have a second factor.
///
/// # Errors
/// Those of the database.
pub(super) async fn protected<C: sea_orm::ConnectionTrait>(
    db: &C,
    accounts: &[AccountId],
) -> Result<std::collections::HashSet<AccountId>> {
    store::protected(db, accounts).await
}

/// An entry about the caller's own account, in each of its organizations.
async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    action: Action,
    detail: &serde_json::Value,
) -> Result<()> {
    for organization in by.rights.belongs_to() {
        let entry = by
            .entry(*organization, action)
            .on(super::logins::account_target(by.account, &by.name))
            .detail(detail.clone());
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

/// Tells the consoles of the account that something about it is other than before.
fn tell(ctx: &Ctx, by: &Caller) {
    ctx.events.publish(Scope::Account(by.account), &[Topic::Me]);
    super::logins::publish_audit(ctx, by);
}
