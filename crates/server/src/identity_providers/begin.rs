//! A browser is sent to an issuer.
//!
//! It gets a secret in a cookie. PKCE verifier and nonce are made of it, so that only this browser can finish what it began, and the
//! database could not even if somebody read it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::CoreResponseType;
use openidconnect::{AuthenticationFlow, CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier, Scope};
use sha2::{Digest, Sha256};

use super::{ATTEMPT_LIFE, ATTEMPTS_MAX, discovery, store, token};
use crate::accounts::{self, Caller};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::RequestInfo;
use crate::ids::{IdentityProviderId, ProviderAttemptId};
use crate::secrets::Secret;
use crate::store::entities::identity_provider;
use crate::store::entities::provider_attempt::Model;

/// Longest path to return to, in bytes.
const RETURN_TO_MAX: usize = 1_000;

/// A sign-in that has begun.
#[derive(Debug)]
pub struct Begun {
    /// Where the browser goes.
    pub url: String,
    /// What it keeps meanwhile.
    pub browser: Secret,
}

/// Begins a sign-in with a provider; with `connect`, the connection of an account that is signed in already.
///
/// # Errors
/// `step_up_required` (to connect), `provider_unknown`, `provider_unreachable`, `provider_not_right`, `secrets_unavailable`, `too_many_attempts`; those of the database.
pub async fn begin(
    ctx: &Ctx,
    request: RequestInfo,
    id: IdentityProviderId,
    (return_to, connect): (Option<&str>, Option<&Caller>),
) -> Result<Begun> {
    let now = ctx.clock.now();
    accounts::count_attempt(ctx, request)?;
    if let Some(by) = connect {
        // One more way in is what protects an account, too.
        accounts::require_fresh(ctx, by)?;
    }
    let provider = enabled(store::find_provider(ctx.db.read(), id).await?)?;
    let found = discovery::of(ctx, &provider).await?;
    let (browser, state) = (Secret::random()?, Secret::random()?);
    let url = url(
        &token::client(ctx, &provider, &found)?,
        &provider,
        &browser,
        &state,
    );
    let row = Model {
        id: ProviderAttemptId::new(),
        provider_id: id,
        state_hash: state.hash().to_vec(),
        browser_hash: browser.hash().to_vec(),
        return_to: return_to.and_then(own_path).unwrap_or("/").to_owned(),
        account_id: connect.map(|by| by.account),
        login_id: connect.map(|by| by.login()),
        created_at: now,
        expires_at: now.after(ATTEMPT_LIFE),
        used_at: None,
    };
    let tx = ctx.db.write().await?;
    if store::count_open_attempts(&tx, now).await? >= ATTEMPTS_MAX {
        return Err(Error::TooMany {
            code: Code::TooManyAttempts,
            detail: "Too many people are signing in. Wait some minutes, or sign in with your password."
                .into(),
            retry_after: Some(ATTEMPT_LIFE),
        });
    }
    store::insert_attempt(&tx, row).await?;
    tx.commit().await?;
    Ok(Begun { url, browser })
}

/// The provider, if people can sign in with it.
pub(super) fn enabled(found: Option<identity_provider::Model>) -> Result<identity_provider::Model> {
    found.filter(|row| row.enabled).ok_or_else(|| Error::Refused {
        code: Code::ProviderUnknown,
        detail: "There is no such identity provider (any more). Open the sign-in page again.".into(),
    })
}

fn url(
    client: &token::Client,
    provider: &identity_provider::Model,
    browser: &Secret,
    state: &Secret,
) -> String {
    let (verifier, nonce) = secrets_of(browser.expose());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier));
    let state = CsrfToken::new(state.expose().to_owned());
    let scopes = provider.scopes.split_whitespace();
    let (url, _, _) = client
        .authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            move || state,
            move || Nonce::new(nonce),
        )
        .add_scopes(scopes.map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    url.to_string()
}

/// PKCE verifier and nonce of a browser's secret.
pub(super) fn secrets_of(browser: &str) -> (String, String) {
    let of = |what: &str| {
        let mut hash = Sha256::new();
        hash.update(what.as_bytes());
        hash.update(browser.as_bytes());
        URL_SAFE_NO_PAD.encode(hash.finalize())
    };
    (of("farol oidc verifier "), of("farol oidc nonce "))
}

/// A path of this console. A full address would let a link send people elsewhere after they sign in.
fn own_path(text: &str) -> Option<&str> {
    let fine = text.starts_with('/')
        && !text.starts_with("//")
        && !text.starts_with("/api/")
        && !text.contains('\\')
        && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
        && text.len() <= RETURN_TO_MAX;
    fine.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_return_to_pages_of_ours_only() {
        for fine in ["/", "/machines/1?tab=identity", "/people#x"] {
            assert_eq!(own_path(fine), Some(fine));
        }
        for bad in [
            "",
            "machines",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/api/me",
            "/a\r\nb",
        ] {
            assert_eq!(own_path(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn verifier_and_nonce_differ_and_are_long_enough() {
        let (verifier, nonce) = secrets_of("browser");
        assert_ne!(verifier, nonce);
        assert_ne!(verifier, secrets_of("another").0);
        assert_eq!(verifier.len(), 43, "RFC 7636 wants 43 to 128 characters");
    }
}
