//! A browser comes back from an issuer.

use std::fmt;

use super::admit::{self, Admitted};
use super::begin::{enabled, secrets_of};
use super::{discovery, landing, store, token};
use crate::accounts::{self, Request, Started};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::secrets::{self, looks_like_secret};
use crate::store::entities::identity_provider;
use crate::store::entities::provider_attempt::Model as Attempt;

/// Longest text of an issuer's refusal that is logged, in characters.
const SAID_MAX: usize = 200;
/// Longest code that is passed on, in bytes.
const CODE_MAX: usize = 4_096;

/// What the browser brings from the issuer.
#[derive(Default)]
pub struct Answered {
    /// What we gave it to take there.
    pub state: Option<String>,
    /// What is exchanged for an ID token.
    pub code: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

impl fmt::Debug for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answered")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// A sign-in that is over.
#[derive(Debug)]
pub struct Finished {
    /// The login; None when an account that is signed in was connected.
    pub started: Option<Started>,
    /// Where the person wanted to go, a path of the console.
    pub return_to: String,
}

/// A sign-in that is refused.
#[derive(Debug)]
pub struct Refusal {
    /// Why.
    pub error: Error,
    /// Whether an account that is signed in was to be connected.
    pub connects: bool,
}

/// Finishes a sign-in: each once, within its time, by the browser that began it.
///
/// # Errors
/// `sign_in_unknown`, `sign_in_used`, `sign_in_expired`, `sign_in_elsewhere`, `provider_unknown`, `provider_refused`,
/// `provider_unreachable`, `provider_not_right`, `issuer_mismatch`, `nonce_mismatch`, `identity_token_invalid`, and those of
/// [`admit`]; `too_many_attempts`, `secrets_unavailable`; those of the database.
pub async fn finish(
    ctx: &Ctx,
    request: &Request<'_>,
    answered: Answered,
    browser: Option<&str>,
) -> Result<Finished, Refusal> {
    let unknown = |error| Refusal {
        error,
        connects: false,
    };
    let taken = take(ctx, answered.state.as_deref(), browser).await;
    if taken.is_err() {
        // One that fits was counted when it began.
        accounts::count_attempt(ctx, request.info).map_err(unknown)?;
    }
    let attempt = match &taken {
        Ok((attempt, _)) | Err((_, Some(attempt))) => Some(attempt.clone()),
        Err((_, None)) => None,
    };
    let provider = match &attempt {
        Some(attempt) => store::find_provider(ctx.db.read(), attempt.provider_id)
            .await
            .map_err(unknown)?,
        None => None,
    };
    let done = match taken {
        Ok((attempt, browser)) => {
            admitted(ctx, request, (provider.clone(), &attempt), (answered, &browser)).await
        }
        Err((error, _)) => Err(error),
    };
    match done {
        Ok(started) => Ok(Finished {
            started,
            return_to: attempt.map_or_else(|| "/".into(), |attempt| attempt.return_to),
        }),
        Err(error) => {
            landing::note_refusal(ctx, request.info, provider.as_ref(), error.code());
            Err(Refusal {
                error,
                connects: attempt.is_some_and(|attempt| attempt.account_id.is_some()),
            })
        }
    }
}

async fn admitted(
    ctx: &Ctx,
    request: &Request<'_>,
    (provider, attempt): (Option<identity_provider::Model>, &Attempt),
    (answered, browser): (Answered, &str),
) -> Result<Option<Started>> {
    let provider = &enabled(provider)?;
    require_issuer(ctx, provider, answered.iss.as_deref()).await?;
    if let Some(said) = answered.error {
        return Err(refused(provider, &said));
    }
    let code = answered
        .code
        .filter(|code| !code.is_empty() && code.len() <= CODE_MAX);
    let code = code.ok_or_else(|| discovery::not_right(&provider.name))?;
    let vouched = token::redeem(ctx, provider, code, secrets_of(browser)).await?;
    match admit::admit(ctx, request, (provider, attempt), vouched).await? {
        Admitted::SignedIn(started) => Ok(Some(*started)),
        Admitted::Connected => Ok(None),
    }
}

/// Uses an attempt up; it, and the browser's secret. What is refused comes with its attempt, when there is one.
async fn take(
    ctx: &Ctx,
    state: Option<&str>,
    browser: Option<&str>,
) -> Result<(Attempt, String), (Error, Option<Attempt>)> {
    let none = |error| (error, None);
    let state = state.filter(|state| looks_like_secret(state));
    let state = state.ok_or_else(|| none(gone(Code::SignInUnknown)))?;
    let now = ctx.clock.now();
    let found = store::find_attempt(ctx.db.read(), secrets::hash(state))
        .await
        .map_err(none)?;
    let attempt = found.ok_or_else(|| none(gone(Code::SignInUnknown)))?;
    if attempt.used_at.is_some() {
        return Err((gone(Code::SignInUsed), Some(attempt)));
    }
    // Whoever got hold of the address alone uses nothing up.
    let browser =
        browser.filter(|browser| secrets::hash(browser).as_slice() == attempt.browser_hash.as_slice());
    let Some(browser) = browser else {
        return Err((gone(Code::SignInElsewhere), Some(attempt)));
    };
    let used = async {
        let tx = ctx.db.write().await?;
        let used = store::use_attempt(&tx, attempt.id, now).await?;
        tx.commit().await?;
        Ok(used)
    };
    if !used.await.map_err(none)? {
        return Err((gone(Code::SignInUsed), Some(attempt)));
    }
    if attempt.expires_at <= now {
        return Err((gone(Code::SignInExpired), Some(attempt)));
    }
    Ok((attempt, browser.to_owned()))
}

fn gone(code: Code) -> Error {
    let detail = match code {
        Code::SignInUsed => "This sign-in was finished already; each works once. Start again.",
        Code::SignInExpired => "This sign-in took longer than ten minutes. Start again.",
        Code::SignInElsewhere => {
            "This sign-in was begun in another browser, or this one keeps no cookies. Start again here, at the console's own \
             address."
        }
        _ => "This sign-in was not begun here, or long ago. Start again.",
    };
    Error::Refused {
        code,
        detail: detail.into(),
    }
}

/// That the answer comes from whom the browser was sent to, and not from another issuer (RFC 9207).
async fn require_issuer(ctx: &Ctx, provider: &identity_provider::Model, iss: Option<&str>) -> Result<()> {
    let fine = match iss {
        Some(iss) => iss == provider.issuer,
        None => {
            let found = discovery::of(ctx, provider).await?;
            !found
                .metadata
                .additional_metadata()
                .authorization_response_iss_parameter_supported
        }
    };
    if fine {
        return Ok(());
    }
    Err(Error::Refused {
        code: Code::IssuerMismatch,
        detail: format!(
            "Another issuer than that of “{}” answered. Start again.",
            provider.name
        ),
    })
}

fn refused(provider: &identity_provider::Model, said: &str) -> Error {
    let said: String = said
        .chars()
        .filter(char::is_ascii_graphic)
        .take(SAID_MAX)
        .collect();
    tracing::info!(provider = %provider.id, error = said, "an identity provider refused a sign-in");
    let name = &provider.name;
    let detail = match said.as_str() {
        "access_denied" => format!(
            "“{name}” did not let you in, or you did not agree there. Start again, or ask whoever manages “{name}”."
        ),
        _ => format!("“{name}” refused the sign-in and says “{said}”. Tell whoever looks after this server."),
    };
    Error::Refused {
        code: Code::ProviderRefused,
        detail,
    }
}
