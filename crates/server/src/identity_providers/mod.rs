//! Signing in with an OpenID provider: any number of issuers side by side, code flow with PKCE (OpenID Connect Core 1.0, RFC 7636).
//!
//! - `providers.rs`: making, changing and deleting providers · `checked.rs`: what their settings may be
//! - `http.rs`: how issuers are reached · `discovery.rs`: what they say of themselves, kept for minutes · `check.rs`: what is wrong with one
//! - `begin.rs`: a browser is sent there · `finish.rs`: it comes back · `token.rs`: what the issuer vouches for
//! - `admit.rs`: which account that is · `identities.rs`: connected accounts · `end.rs`: signing out there, too
//! - `landing.rs`: where the browser goes, and what is proved of a refusal
//! - `store.rs`: queries · `view.rs`: as the API shows it · `api.rs`: handlers
//!
//! # A sign-in
//! ```text
//! button ─► begin: state, cookie ─► issuer ─► finish: state once, same browser, issuer, code, token, nonce
//!                                                │
//!                 known identity · connects · was invited · is new ◄─ admit ─► roles by groups, login
//! ```
//!
//! # Invariants
//! - An account is known by issuer and subject, never by an e-mail address alone (decision 0029).
//! - The database holds nothing with which a sign-in under way could be finished: PKCE verifier and nonce come from a secret that only
//!   the browser has.
//! - Passwords and sign-in links work whatever the providers say.

mod admit;
mod api;
mod begin;
mod check;
mod checked;
mod discovery;
mod end;
mod finish;
mod http;
mod identities;
mod landing;
mod providers;
mod store;
mod token;
mod view;

use std::time::Duration;

use crate::clock::Clock;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::store::Db;

pub use api::routes;
pub use begin::{Begun, begin};
pub use check::check;
pub use discovery::Discoveries;
pub use end::sign_out_url;
pub use finish::{Answered, Finished, Refusal, finish};
pub use identities::{list as list_identities, unlink};
pub use providers::{change, create, delete, find, list, methods};
pub use view::{
    GroupMapping, Identity, IdentityProvider, IdentityProviderChange, NewIdentityProvider, ProviderCheck,
    ProviderFinding, SignInMethods, SignInProvider, SignOutUrl,
};

/// How long somebody may take at the issuer.
pub const ATTEMPT_LIFE: Duration = Duration::from_secs(10 * 60);
/// Attempts that are over are kept this long, so that who comes late or twice is told so.
const STALE_AFTER: Duration = Duration::from_secs(60 * 60);
/// Most that can be finished still; more at once come from nobody who signs in.
const ATTEMPTS_MAX: u64 = 20_000;
/// Most providers of a server; more buttons would not fit the page.
pub const PROVIDERS_MAX: u64 = 30;
/// Where issuers send browsers back to.
const CALLBACK: &str = "/api/oidc/callback";
/// Where they send them after signing out.
const SIGN_IN_PAGE: &str = "/sign-in";
/// The page on which people connect their accounts.
const CONNECTIONS_PAGE: &str = "/connections";

/// What has to be registered at issuers as the redirect URI.
fn redirect_uri(ctx: &Ctx) -> String {
    format!("{}{CALLBACK}", ctx.config.public_url)
}

/// What has to be registered there as the post-logout redirect URI.
fn post_logout_redirect_uri(ctx: &Ctx) -> String {
    format!("{}{SIGN_IN_PAGE}", ctx.config.public_url)
}

/// Removes sign-ins that nobody finishes any more; run now and then.
///
/// # Errors
/// Those of the database.
pub async fn forget_stale(db: &Db, clock: &Clock) -> Result<()> {
    let tx = db.write().await?;
    store::delete_stale_attempts(&tx, clock.now().before(STALE_AFTER)).await?;
    Ok(tx.commit().await?)
}
