//! Who asks: [`SignedIn`] turns the login cookie, or an API token, into a [`Caller`]. A handler that takes it is for accounts only;
//! agents prove themselves on the link and have neither.

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::header::{COOKIE as COOKIE_HEADER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::{RequestInfo, bearer};
use crate::accounts::{self, Caller};
use crate::api_tokens::{self, Asked, Presented};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::secrets::{Secret, looks_like_secret};

/// Name of the login cookie. The prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`.
pub const COOKIE: &str = "__Host-farol";

/// The account that asks; an extractor that answers 401 `not_signed_in` when there is none, 403 `second_factor_required` where the sign-in
/// rules leave a login nothing but to add a second factor, and says what is wrong with an API token.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Caller);

impl FromRequestParts<Ctx> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        // A layer may have asked already, of this very request.
        if let Some(Recognized(caller)) = parts.extensions.remove() {
            return Ok(Self(caller));
        }
        let Ok(info) = RequestInfo::from_request_parts(parts, ctx).await;
        // What is meant for machines or guests proves no account, and counts as nothing here.
        let token = bearer(&parts.headers).filter(|text| api_tokens::is_api_token(text));
        match (cookie(&parts.headers), token) {
            (Some(secret), None) => {
                let by = accounts::authenticate(ctx, info, secret).await?;
                let route = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
                let asked = (parts.method.as_str(), route);
                accounts::require_second_factor(&by, ctx.clock.now(), asked)?;
                Ok(Self(by))
            }
            (None, Some(token)) => {
                let asked = Asked {
                    info,
                    method: &parts.method,
                    route: parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str),
                };
                let presented = parts.extensions.get::<Presented>().cloned().unwrap_or_default();
                let by = api_tokens::authenticate(ctx, &asked, token, &presented).await;
                by.map(Self)
            }
            // Which of them is meant nobody knows, and one of them came without being asked for.
            (Some(_), Some(_)) => Err(Error::Malformed {
                code: Code::TwoCredentials,
                detail: "A login's cookie and an API token came with this request. Send one of them.".into(),
            }),
            (None, None) => Err(Error::not_signed_in()),
        }
    }
}

/// Who a layer found to ask; [`SignedIn`] takes it from the request, so that nobody is looked up twice.
#[derive(Debug, Clone)]
pub(super) struct Recognized(Caller);

/// Who asks, for layers.
///
/// # Errors
/// Those of [`SignedIn`].
pub(super) async fn recognize<'a>(parts: &'a mut Parts, ctx: &Ctx) -> Result<&'a Caller> {
    let SignedIn(caller) = SignedIn::from_request_parts(parts, ctx).await?;
    Ok(&parts.extensions.get_or_insert(Recognized(caller)).0)
}

/// Whoever asked has to prove it anew.
pub(super) fn forget(parts: &mut Parts) {
    parts.extensions.remove::<Recognized>();
}

/// Whether anything of an account came with the request, right or wrong.
pub(super) fn has_credential(headers: &HeaderMap) -> bool {
    cookie(headers).is_some() || bearer(headers).is_some_and(api_tokens::is_api_token)
}

/// The login secret in the request, if it looks like one.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    cookies_named(headers, COOKIE).find(|value| looks_like_secret(value))
}

/// The cookie of a name in the request.
pub(crate) fn cookie_named<'a>(headers: &'a HeaderMap, name: &'a str) -> Option<&'a str> {
    cookies_named(headers, name).next()
}

fn cookies_named<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(COOKIE_HEADER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// Header that gives the browser its login. No `Max-Age`: the server alone decides how long it lasts.
///
/// # Errors
/// Never in practice: secrets are plain ASCII.
pub fn set_cookie(secret: &Secret) -> Result<[(HeaderName, HeaderValue); 1]> {
    let text = format!(
        "{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict",
        secret.expose()
    );
    let mut value = HeaderValue::from_str(&text).map_err(Error::internal)?;
    value.set_sensitive(true);
    Ok([(SET_COOKIE, value)])
}

/// Header that takes the login from the browser.
#[must_use]
pub fn clear_cookie() -> [(HeaderName, HeaderValue); 1] {
    const CLEARED: &str = "__Host-farol=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0";
    [(SET_COOKIE, HeaderValue::from_static(CLEARED))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_nonsense_is_not() {
        let secret = Secret::random().unwrap();
        let mut headers = HeaderMap::new();
        headers.append(COOKIE_HEADER, "a=b; __Host-farol=short".parse().unwrap());
        assert_eq!(cookie(&headers), None);
        headers.append(
            COOKIE_HEADER,
            format!("x=y;{COOKIE}={}", secret.expose()).parse().unwrap(),
        );
        assert_eq!(cookie(&headers), Some(secret.expose()));
    }
}
