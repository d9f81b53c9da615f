//! A login that lacks a second factor, and whose time to add one is over: what it may do, and what it has open.

use std::collections::HashMap;

use super::super::{Caller, factors, logins, store as accounts};
use super::{Rules, store};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::AccountId;
use crate::rights::{self, Moment};
use crate::store::WriteTx;

/// What is left to it, by method in upper case and path as it is described: seeing itself, adding a factor with the proof that this asks
/// for, another password, and its logins.
const LEFT: [(&str, &str); 15] = [
    ("GET", "/api/me"),
    ("PATCH", "/api/me"),
    ("GET", "/api/me/factors"),
    ("POST", "/api/me/totp"),
    ("POST", "/api/me/totp/confirm"),
    ("POST", "/api/me/passkeys/start"),
    ("POST", "/api/me/passkeys"),
    ("POST", "/api/me/password"),
    ("POST", "/api/logins/current/proof/start"),
    ("POST", "/api/logins/current/proof"),
    ("GET", "/api/logins"),
    ("DELETE", "/api/logins"),
    ("DELETE", "/api/logins/{id}"),
    ("DELETE", "/api/logins/current"),
    ("GET", "/api/logins/current/sign-out-url"),
];

/// Whether a route is left to a login that lacks a second factor.
pub(crate) fn allows(method: &str, path: &str) -> bool {
    LEFT.contains(&(method, path))
}

/// That the caller's login may use this route as far as the sign-in rules go. `route` is the path as it is described; what has none is not
/// left to anybody.
///
/// # Errors
/// `second_factor_required`.
pub(crate) fn require_second_factor(
    by: &Caller,
    now: Timestamp,
    (method, route): (&str, Option<&str>),
) -> Result<()> {
    let overdue = by.second_factor_due.is_some_and(|due| due <= now);
    if !overdue || route.is_some_and(|route| allows(method, route)) {
        return Ok(());
    }
    Err(Error::Refused {
        code: Code::SecondFactorRequired,
        detail: "This server asks for a second factor, and your account has none. Add a passkey or an authenticator app to your account, \
                 then go on."
            .into(),
    })
}

/// That the account has a second factor left, if the rules ask for one of it; in the transaction that took one away.
///
/// # Errors
/// `second_factor_last`; those of the database.
pub(crate) async fn require_to_keep_one(tx: &WriteTx, by: &Caller) -> Result<()> {
    let Some(row) = store::find(tx).await? else {
        return Ok(());
    };
    // However this login came: the next one may come with the password.
    let asked = Rules::from(&row).second_factor.covers(&by.rights);
    if !asked || factors::has_any(tx, by.account).await? {
        return Ok(());
    }
    Err(Error::conflict(
        Code::SecondFactorLast,
        "This server asks for a second factor, and this is your only one. Add another one first, then remove this.",
    ))
}

/// Cuts what logins have open that lack a second factor and whose time to add one is over. Costs one query where nobody is asked for one.
///
/// # Errors
/// Those of the database; what was not cut is found again by the next look.
pub async fn cut_held(ctx: &Ctx) -> Result<()> {
    let db = ctx.db.read();
    let Some(row) = store::find(db).await? else {
        return Ok(());
    };
    let (rules, now) = (Rules::from(&row), ctx.clock.now());
    let mut open = ctx.events.logins();
    open.extend(ctx.live.logins());
    let open: Vec<_> = open.into_iter().collect();
    let rows = accounts::logins(db, &open).await?;
    let ids: Vec<AccountId> = rows.iter().map(|login| login.account_id).collect();
    let protected = factors::protected(db, &ids).await?;
    let made: HashMap<AccountId, Timestamp> = accounts::some(db, &ids)
        .await?
        .into_iter()
        .map(|account| (account.id, account.created_at))
        .collect();
    for login in rows {
        let Some(made_at) = made.get(&login.account_id) else {
            continue;
        };
        if protected.contains(&login.account_id) || rules.due(*made_at) > now {
            continue;
        }
        let theirs = rights::of_account(db, login.account_id, Moment::Running { now }).await?;
        if rules.ask(&login.method, &theirs) {
            logins::ended(ctx, login.id).await;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::{Takes, takes};

    #[test]
    fn what_is_left_is_there_and_takes_a_login_and_no_permission() {
        for (method, path) in LEFT {
            assert_eq!(takes(method, path), Some(Takes::Login), "{method} {path}");
            assert!(allows(method, path));
        }
        assert!(!allows("POST", "/api/api-tokens"));
        assert!(!allows("DELETE", "/api/me/totp"));
        assert!(!allows("GET", "/api/events"));
    }
}
