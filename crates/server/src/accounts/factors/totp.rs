//! Authenticator apps: time-based codes (RFC 6238) with what every app takes: SHA-1, six digits, thirty seconds.

use totp_rs::{Builder, Secret as TotpSecret, Totp};
use zeroize::Zeroizing;

use super::super::{Caller, sign_in_rules, store as accounts};
use super::view::NewFactor;
use super::{NewTotp, record, recovery, require_fresh, store, tell};
use crate::audit::Action;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::AccountId;
use crate::sealed::Place;
use crate::store::WriteTx;
use crate::store::entities::totp;

/// 160 bits, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// A clock of a telephone may be this many steps off.
const SKEW: u16 = 1;
/// What the app calls us.
const ISSUER: &str = "Farol";

/// Begins to add an authenticator app: the secret is shown once, and counts when a code of it was shown back. One that was begun
/// before and not finished is forgotten.
///
/// # Errors
/// `step_up_required`, `conflict` when there is one already; those of the database.
pub async fn start_totp(ctx: &Ctx, by: &Caller) -> Result<NewTotp> {
    require_fresh(ctx, by)?;
    let mut secret = Zeroizing::new([0_u8; SECRET_BYTES]);
    getrandom::fill(secret.as_mut()).map_err(|error| Error::internal(error.to_string()))?;
    let tx = ctx.db.write().await?;
    let account = accounts::find(&tx, by.account)
        .await?
        .ok_or_else(Error::not_signed_in)?;
    if store::totp(&tx, by.account)
        .await?
        .is_some_and(|row| row.confirmed_at.is_some())
    {
        return Err(Error::conflict(
            Code::Conflict,
            "There is an authenticator app already. Remove it first.",
        ));
    }
    let row = by.account.to_string();
    let sealed = ctx.sealed.seal(&tx, place(&row), secret.as_ref()).await?;
    let begun = totp::Model {
        account_id: by.account,
        sealed_secret: sealed,
        created_at: ctx.clock.now(),
        confirmed_at: None,
        last_step: 0,
    };
    store::replace_totp(&tx, begun).await?;
    tx.commit().await?;
    let app = app(secret.as_ref(), &account.email)?;
    Ok(NewTotp {
        secret: app.secret().to_base32(),
        url: app.to_url().map_err(|error| Error::internal(error.to_string()))?,
    })
}

/// Finishes adding an authenticator app with a code that it shows. With the account's first factor come recovery codes.
///
/// # Errors
/// `step_up_required`, `not_found` when none was begun, `validation_failed`; those of the database.
pub async fn confirm_totp(ctx: &Ctx, by: &Caller, code: &str) -> Result<NewFactor> {
    require_fresh(ctx, by)?;
    ctx.accounts.guard.code(by.account, ctx.clock.now())?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let begun = store::totp(&tx, by.account)
        .await?
        .filter(|row| row.confirmed_at.is_none())
        .ok_or(Error::NotFound("authenticator app"))?;
    let Some(step) = step_of(ctx, &begun, code, now)? else {
        let detail =
            "This is not the code that the app shows now. Check that the clock of the telephone is right.";
        return Err(Error::invalid("code", "wrong", detail));
    };
    store::confirm_totp(&tx, by.account, step, now).await?;
    record(
        ctx,
        &tx,
        by,
        Action::SecondFactorAdded,
        &serde_json::json!({ "which": "totp" }),
    )
    .await?;
    let recovery_codes = recovery::with_first_factor(ctx, &tx, by).await?;
    tx.commit().await?;
    ctx.accounts.guard.forget_codes(by.account);
    tell(ctx, by);
    Ok(NewFactor { recovery_codes })
}

/// Takes the authenticator app away. Without any factor left, recovery codes count for nothing and go, too.
///
/// # Errors
/// `step_up_required`, `not_found`, `second_factor_last`; those of the database.
pub async fn remove_totp(ctx: &Ctx, by: &Caller) -> Result<()> {
    require_fresh(ctx, by)?;
    let tx = ctx.db.write().await?;
    if !store::remove_totp(&tx, by.account).await? {
        return Err(Error::NotFound("authenticator app"));
    }
    record(
        ctx,
        &tx,
        by,
        Action::SecondFactorRemoved,
        &serde_json::json!({ "which": "totp" }),
    )
    .await?;
    sign_in_rules::require_to_keep_one(&tx, by).await?;
    recovery::without_factors(&tx, by.account).await?;
    tx.commit().await?;
    tell(ctx, by);
    Ok(())
}

/// Whether a code is right and new; a right one is used up in the caller's transaction.
pub(super) async fn use_code(ctx: &Ctx, tx: &WriteTx, account: AccountId, code: &str) -> Result<bool> {
    let found = store::totp(tx, account).await?;
    let Some(row) = found.filter(|row| row.confirmed_at.is_some()) else {
        return Ok(false);
    };
    match step_of(ctx, &row, code, ctx.clock.now())? {
        // Nobody uses a code twice, not even two requests at once.
        Some(step) => store::use_step(tx, account, step).await,
        None => Ok(false),
    }
}

/// The step that a code belongs to, around now.
fn step_of(ctx: &Ctx, row: &totp::Model, code: &str, now: Timestamp) -> Result<Option<i64>> {
    let id = row.account_id.to_string();
    let secret = ctx.sealed.open(place(&id), &row.sealed_secret)?;
    let seconds = u64::try_from(now.0 / 1000).unwrap_or_default();
    let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let step = app(&secret, "account")?.check(&code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn place(account: &str) -> Place<'_> {
    Place {
        table: "totp",
        column: "sealed_secret",
        row: account,
    }
}

fn app(secret: &[u8], email: &str) -> Result<Totp> {
    // The colon parts issuer and account in the label.
    let name = email.replace(':', " ");
    Builder::new()
        .with_secret(TotpSecret::from(secret.to_vec()))
        .with_skew(SKEW)
        .with_account_name(name)
        .with_issuer(Some(ISSUER))
        .build()
        .map_err(|error| Error::internal(format!("authenticator app: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last six digits of its SHA-1 row.
    #[test]
    fn codes_are_those_of_the_standard() {
        let app = app(b"12345678901234567890", "ann@example.org").unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
        ] {
            assert_eq!(app.check(code, seconds), Some(seconds / 30));
            assert_eq!(app.check(code, seconds + 30), Some(seconds / 30));
            assert_eq!(app.check(code, seconds + 90), None);
        }
        for wrong in ["", "1", "28708", "2870822", "28708x", "２８７０８２"] {
            assert_eq!(app.check(wrong, 59), None, "{wrong}");
        }
        let url = app.to_url().unwrap();
        assert!(
            url.starts_with("otpauth://totp/Farol:ann%40example.org?"),
            "{url}"
        );
    }
}
