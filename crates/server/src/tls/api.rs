//! `/trust`: how to trust the server's own certificate authority. A page without script, in both languages.
//!
//! Everybody may read it: a certificate is public, and whoever needs this page cannot sign in yet.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, VARY,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::own::{self, AuthorityView};
use crate::config::TlsMode;
use crate::ctx::Ctx;
use crate::error::{Error, Result};

/// The page may load its one style sheet and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("trust/style.css");
const ENGLISH: &str = include_str!("trust/en.html");
const PORTUGUESE: &str = include_str!("trust/pt-br.html");
/// Longest `Accept-Language` that is looked at; browsers send below 100 bytes.
const LANGUAGES_MAX: usize = 512;

/// Routes for browsers; they are no part of the API.
pub fn pages() -> Router<Ctx> {
    Router::new()
        .route("/trust", get(page))
        .route("/trust/style.css", get(style))
        .route("/trust/farol-authority.pem", get(pem))
        .route("/trust/farol-authority.crt", get(der))
}

async fn authority(ctx: &Ctx) -> Result<AuthorityView> {
    if !matches!(ctx.config.tls, Some(TlsMode::Own(_))) {
        return Err(Error::NotFound("certificate authority of this server"));
    }
    own::authority(ctx)
        .await?
        .ok_or(Error::NotFound("certificate authority of this server"))
}

async fn page(State(ctx): State<Ctx>, headers: HeaderMap) -> Result<Response> {
    let authority = authority(&ctx).await?;
    let (language, page) = if prefers_portuguese(&headers) {
        ("pt-BR", PORTUGUESE)
    } else {
        ("en", ENGLISH)
    };
    // Both values are of characters that mean nothing to HTML.
    let page = page
        .replace("{fingerprint}", &authority.fingerprint)
        .replace("{url}", &ctx.config.public_url.to_string());
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_LANGUAGE, language),
        (VARY, "accept-language"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    Ok((headers, page).into_response())
}

async fn style() -> Response {
    (
        [
            (CONTENT_TYPE, "text/css; charset=utf-8"),
            (CACHE_CONTROL, "max-age=3600"),
        ],
        STYLE,
    )
        .into_response()
}

async fn pem(State(ctx): State<Ctx>) -> Result<Response> {
    let authority = authority(&ctx).await?;
    let headers = [
        (CONTENT_TYPE, "application/x-pem-file"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"farol-authority.pem\"",
        ),
    ];
    Ok((headers, authority.pem).into_response())
}

/// With the type that makes phones offer to install it.
async fn der(State(ctx): State<Ctx>) -> Result<Response> {
    let authority = authority(&ctx).await?;
    let headers = [
        (CONTENT_TYPE, "application/x-x509-ca-cert"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"farol-authority.crt\"",
        ),
    ];
    Ok((headers, authority.der).into_response())
}

/// Whether Portuguese comes before English in what the browser wants.
fn prefers_portuguese(headers: &HeaderMap) -> bool {
    let wanted = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if wanted.len() > LANGUAGES_MAX {
        return false;
    }
    let weight = |language: &str| {
        let weights = wanted.split(',').filter_map(|part| {
            let (tag, parameters) = part.trim().split_once(';').unwrap_or((part.trim(), ""));
            let main = tag.split('-').next().unwrap_or_default();
            let weight = parameters
                .trim()
                .strip_prefix("q=")
                .map_or(Some(1.0), |text| text.trim().parse::<f32>().ok())?;
            main.eq_ignore_ascii_case(language).then_some(weight)
        });
        weights.fold(0.0, f32::max)
    };
    weight("pt") > weight("en")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_one_that_is_wanted_more() {
        for (wanted, portuguese) in [
            ("", false),
            ("pt-BR,pt;q=0.9,en;q=0.8", true),
            ("en-US,en;q=0.9,pt;q=0.8", false),
            ("de, pt;q=0.1", true),
            ("pt;q=x", false),
            ("*", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, wanted.parse().unwrap());
            assert_eq!(prefers_portuguese(&headers), portuguese, "{wanted}");
        }
    }

    #[test]
    fn the_pages_say_the_same_in_both_languages() {
        for page in [ENGLISH, PORTUGUESE] {
            for part in [
                "{fingerprint}",
                "{url}",
                "farol-authority.pem",
                "farol-authority.crt",
                "--ca-file",
                "Windows",
                "macOS",
                "Linux",
                "Firefox",
                "Android",
                "iOS",
            ] {
                assert!(page.contains(part), "{part}");
            }
            assert!(
                !page.contains("<script") && !page.contains("style=") && !page.contains("onclick"),
                "{page}"
            );
        }
        let headings = |page: &str| page.matches("<h2").count();
        assert_eq!(headings(ENGLISH), headings(PORTUGUESE));
    }
}
