//! API tokens: what a program proves itself with in the name of an account, a person's or a service account's.
//!
//! - `text.rs`: the text form · `terms.rs`: what one may be made with · `tokens.rs`: making, changing, rotating, revoking
//! - `access.rs`: whose tokens a caller may see, end and make · `authenticate.rs`: recognizing one in a request
//! - `refusals.rs`: what is proved of requests that were refused · `view.rs`: as the API shows it
//! - `store.rs`: queries · `api.rs`: handlers
//!
//! A token narrows what its account may do at the moment of use (`Rights::narrowed`) and never widens it. What was started with one
//! hangs on it as on a login, under the same number, and is cut when it ends.
//!
//! # Life of a token
//! ```text
//! made ──► active ──(revoked)─────────► revoked ─┐
//!            │ └────(expires_at)──────► expired ─┴─(30 days)──► forgotten
//!            └─(rotated)─► active; its former secret works until the overlap is over
//! ```

mod access;
mod api;
mod authenticate;
mod refusals;
mod store;
mod terms;
mod text;
mod tokens;
mod view;

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::ConnectionTrait;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{AccountId, ApiTokenId, LoginId};
use crate::throttle::{Rate, Throttle};
pub use api::routes;
pub(crate) use authenticate::{Asked, authenticate, is_api_token};
pub(crate) use refusals::{Presented, note};
pub use terms::{
    ApiTokenChange, LIFE_MAX, LIFE_MIN, NAME_MAX, NewApiToken, OVERLAP_DEFAULT, OVERLAP_MAX, Rotation,
    TOKENS_MAX,
};
pub use text::{ApiTokenText, Kind};
pub use tokens::{change, create, get, list, revoke, rotate, sweep};
pub use view::{ApiToken, ApiTokenState, CreatedApiToken, Whose};

/// The last use of a token is written at most this often.
const LAST_USE_GRAIN: Duration = Duration::from_secs(60);
/// Tokens remembered as used lately, about 1 MB at worst; of more, last uses are written more seldom.
const TOKENS_REMEMBERED: usize = 10_000;

/// The domain's memory.
#[derive(Debug)]
pub struct ApiTokensState {
    uses: Throttle<ApiTokenId>,
    refusals: refusals::Refusals,
}

impl Default for ApiTokensState {
    fn default() -> Self {
        let once = Rate {
            burst: 1,
            period: LAST_USE_GRAIN,
        };
        Self {
            uses: Throttle::new(once, TOKENS_REMEMBERED),
            refusals: refusals::Refusals::default(),
        }
    }
}

/// Whether the API token of this number was not revoked and is there; for what hangs on it. One that is over by its age is cut by
/// [`sweep`].
///
/// # Errors
/// Those of the database.
pub(crate) async fn stands<C: ConnectionTrait>(db: &C, login: LoginId) -> Result<bool> {
    let row = store::find(db, ApiTokenId(login.0)).await?;
    Ok(row.is_some_and(|row| row.revoked_at.is_none()))
}

/// The numbers under which things hang on the tokens of an account: for whoever cuts all that it has open.
///
/// # Errors
/// Those of the database.
pub(crate) async fn as_logins<C: ConnectionTrait>(db: &C, account: AccountId) -> Result<Vec<LoginId>> {
    let rows = store::of_accounts(db, &[account]).await?;
    Ok(rows.into_iter().map(|row| LoginId(row.id.0)).collect())
}

/// How many tokens of each account work, and when one of them was last used.
///
/// # Errors
/// Those of the database.
pub(crate) async fn uses_of<C: ConnectionTrait>(
    db: &C,
    accounts: &[AccountId],
    now: Timestamp,
) -> Result<HashMap<AccountId, (u64, Option<Timestamp>)>> {
    let mut uses: HashMap<AccountId, (u64, Option<Timestamp>)> = HashMap::new();
    for row in store::of_accounts(db, accounts).await? {
        let of = uses.entry(row.account_id).or_default();
        of.0 += u64::from(ApiTokenState::of(&row, now) == ApiTokenState::Active);
        of.1 = of.1.max(row.last_used_at);
    }
    Ok(uses)
}
