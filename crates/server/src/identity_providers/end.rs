//! Signing out at the provider, too (OpenID Connect RP-Initiated Logout 1.0).

use axum::http::Uri;
use openidconnect::url::Url;

use super::{discovery, post_logout_redirect_uri, store};
use crate::accounts::Caller;
use crate::ctx::Ctx;
use crate::error::Result;

/// Where the browser goes after signing out here, so that the caller is signed out at the provider as well; None when no provider vouched
/// for this login, or it has no sign-out. To be asked before the login ends. A provider that does not answer keeps nobody signed in
/// here.
///
/// # Errors
/// Those of the database.
pub async fn sign_out_url(ctx: &Ctx, by: &Caller) -> Result<Option<String>> {
    let db = ctx.db.read();
    let Some(login) = store::find_login(db, by.login()).await? else {
        return Ok(None);
    };
    let Some(provider) = store::find_provider(db, login.provider_id).await? else {
        return Ok(None);
    };
    let found = match discovery::of(ctx, &provider).await {
        Ok(found) => found,
        Err(error) => {
            tracing::info!(%error, "signed out here only");
            return Ok(None);
        }
    };
    let address = found
        .metadata
        .additional_metadata()
        .end_session_endpoint
        .as_deref();
    let Some(mut url) = address.and_then(|address| Url::parse(address).ok()) else {
        return Ok(None);
    };
    let row = login.login_id.to_string();
    let hint = match &login.sealed_id_token {
        Some(envelope) => ctx.sealed.open(store::id_token_place(&row), envelope)?.to_vec(),
        None => Vec::new(),
    };
    let mut query = url.query_pairs_mut();
    if let Ok(hint) = std::str::from_utf8(&hint)
        && !hint.is_empty()
    {
        query.append_pair("id_token_hint", hint);
    }
    query.append_pair("client_id", &provider.client_id);
    query.append_pair("post_logout_redirect_uri", &post_logout_redirect_uri(ctx));
    drop(query);
    let url = url.to_string();
    Ok(url.parse::<Uri>().is_ok().then_some(url))
}
