//! Recognizing an API token in a request, and what its account may do with it then.
//!
//! Wrong tokens are not slowed down: their secrets cannot be guessed, most nonsense fails its checksum before any query, and a program
//! with an old token would lock out others that share its address. What is proved of them is bounded (`refusals.rs`).

use axum::http::Method;

use super::refusals::Presented;
use super::store::{self, reaches_of};
use super::text::{ApiTokenText, Kind};
use crate::accounts::{self, ApiTokenUse, Caller, Credential, Leaves};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::RequestInfo;
use crate::rights::{self, Permission, Permissions};
use crate::store::entities::api_token::Model;

/// What is asked with a token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The request.
    pub(crate) info: RequestInfo,
    /// Its method.
    pub(crate) method: &'a Method,
    /// Its path, as it is described; None where nothing is.
    pub(crate) route: Option<&'a str>,
}

/// Whether a text is meant to be an API token, right or wrong.
pub(crate) fn is_api_token(text: &str) -> bool {
    Kind::PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

/// Recognizes an account by an API token of it.
///
/// # Errors
/// `api_token_invalid`, `api_token_expired`, `api_token_revoked`, `account_disabled`; `login_required` where no token will do,
/// `insufficient_scope` for a change with one that only reads; those of the database.
pub(crate) async fn authenticate(
    ctx: &Ctx,
    asked: &Asked<'_>,
    text: &str,
    presented: &Presented,
) -> Result<Caller> {
    let now = ctx.clock.now();
    let hash = ApiTokenText::parse(text).ok_or_else(invalid)?.hash();
    let db = ctx.db.read();
    let row = store::by_secret(db, &hash).await?.ok_or_else(invalid)?;
    let found = accounts::recognized(db, row.account_id).await?;
    // A team has no tokens; nothing is ever done as one.
    let found = found.filter(|(account, _)| Kind::of(account.kind).is_some());
    let (account, changes) = found.ok_or_else(invalid)?;
    presented.is(&row, &account);
    require_live(&row, &hash, now)?;
    if account.disabled_at.is_some() {
        return Err(Error::Refused {
            code: Code::AccountDisabled,
            detail:
                "The account of this API token is disabled. Ask whoever manages people in its organization."
                    .into(),
        });
    }
    require_route(&row, asked)?;
    note_use(ctx, &row, asked.info, now).await;
    let leaves = Leaves {
        scopes: scopes(&row),
        only: reaches_of(&row),
    };
    // A program cannot prove that somebody is there.
    let account_rights = rights::of_caller(ctx, (account.id, changes), now, None).await?;
    let rights = leaves.of(&account_rights);
    let token = ApiTokenUse {
        id: row.id,
        name: row.name.clone(),
        account_rights,
        leaves,
    };
    Ok(Caller {
        // Its secret is a factor of another kind; the sign-in rules are for people who sign in.
        second_factor_due: None,
        account: account.id,
        name: account.name,
        credential: Credential::ApiToken(Box::new(token)),
        proven_at: None,
        rights,
        request: asked.info,
    })
}

/// What a token may be used for.
fn scopes(row: &Model) -> Permissions {
    let scopes = Permissions::from_column(&row.scopes);
    if row.read_only {
        scopes
            .iter()
            .filter(|one: &Permission| one.only_reads())
            .collect()
    } else {
        scopes
    }
}

fn require_live(row: &Model, hash: &[u8; 32], now: Timestamp) -> Result<()> {
    let refused = |code, detail: &str| {
        Err(Error::Unauthenticated {
            code,
            detail: detail.into(),
        })
    };
    if row.revoked_at.is_some() {
        return refused(
            Code::ApiTokenRevoked,
            "This API token was revoked. Use another one.",
        );
    }
    let former = row.secret_hash != hash.as_slice();
    if former && row.previous_until.is_none_or(|until| until <= now) {
        return refused(
            Code::ApiTokenRevoked,
            "This API token got another secret, and the time for the one before is over. Use the new one.",
        );
    }
    if row.expires_at <= now {
        return refused(
            Code::ApiTokenExpired,
            "The time of this API token is over. Use another one.",
        );
    }
    Ok(())
}

fn require_route(row: &Model, asked: &Asked<'_>) -> Result<()> {
    let reads = matches!(*asked.method, Method::GET | Method::HEAD);
    let method = if reads { "GET" } else { asked.method.as_str() };
    if !asked
        .route
        .is_some_and(|route| rights::takes_token(method, route))
    {
        return Err(Error::Refused {
            code: Code::LoginRequired,
            detail: "No API token does this: it is about an account itself, or about what accounts prove themselves with. Sign in \
                     to the console for it."
                .into(),
        });
    }
    if row.read_only && !reads {
        return Err(Error::Refused {
            code: Code::InsufficientScope,
            detail: "This API token only reads, and the request would change something. Use one that may."
                .into(),
        });
    }
    Ok(())
}

fn invalid() -> Error {
    Error::Unauthenticated {
        code: Code::ApiTokenInvalid,
        detail: "This is no API token of this server. Compare it with what was shown when it was made, or make a new one.".into(),
    }
}

/// Writes the last use, now and then. That it fails (a full disk) must not keep anybody out.
async fn note_use(ctx: &Ctx, row: &Model, info: RequestInfo, now: Timestamp) {
    if ctx.api_tokens.uses.check(row.id, now).is_err() {
        return;
    }
    let written = async {
        let tx = ctx.db.write().await?;
        store::touch(&tx, row.id, (now, info.address.to_string())).await?;
        Ok::<_, Error>(tx.commit().await?)
    };
    if let Err(error) = written.await {
        tracing::warn!(%error, "the last use of an API token was not written");
    }
}
