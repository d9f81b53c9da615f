//! Who asks: [`SignedIn`] turns the login cookie into a [`Caller`]. A handler that takes it is for accounts only; agents
//! prove themselves on the link and have no cookie.

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE as COOKIE_HEADER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::RequestInfo;
use crate::accounts::{self, Caller};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::secrets::{Secret, looks_like_secret};

/// Name of the login cookie. The prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`.
pub const COOKIE: &str = "__Host-farol";

/// The account that asks; an extractor that answers 401 `not_signed_in` when there is none.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Caller);

impl FromRequestParts<Ctx> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let Ok(info) = RequestInfo::from_request_parts(parts, ctx).await;
        let secret = cookie(&parts.headers).ok_or_else(Error::not_signed_in)?;
        accounts::authenticate(ctx, info, secret).await.map(Self)
    }
}

/// The login secret in the request, if it looks like one.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE_HEADER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && looks_like_secret(value))
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
