//! Requests that change something must come from our own pages, or from programs that are no browser.
//!
//! Browsers say where a request was caused (`Sec-Fetch-Site`, `Origin`); pages of other sites cannot change that. Programs
//! send neither. A request with an API token and without a cookie is no browser's doing: pages of other sites cannot set that header,
//! and nothing goes along by itself. Together with the `SameSite=Strict` cookie this is the whole protection against cross-site requests.

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::bearer;
use super::signed_in::cookie;
use crate::api_tokens;
use crate::config::{Config, Origin};
use crate::ctx::Ctx;
use crate::error::{Code, Error};

/// Whether the `Origin` header is absent (no browser) or one of this server's own. Also for WebSocket upgrades, which
/// browsers allow to any site.
#[must_use]
pub fn is_own_origin(config: &Config, headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(ORIGIN) else {
        return true;
    };
    let Some(origin) = value.to_str().ok().and_then(Origin::parse) else {
        return false;
    };
    if origin == *config.public_url.origin() {
        return true;
    }
    // Without a public URL any name under which a browser found us is ours; with one, only loopback beside it. A foreign
    // name that is made to point at us gains nothing: it gets no cookie.
    let Some(host) = headers.get(HOST).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    origin.has_authority(host) && (origin.is_loopback() || !config.public_url_given)
}

pub(super) async fn check(State(ctx): State<Ctx>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_own(&ctx.config, request.headers()) || has_token_alone(request.headers()) {
        return next.run(request).await;
    }
    tracing::warn!("refused a change caused by another site");
    let detail = "This change was caused by a page of another site and was refused.".into();
    Error::Refused {
        code: Code::CrossSite,
        detail,
    }
    .into_response()
}

fn has_token_alone(headers: &HeaderMap) -> bool {
    bearer(headers).is_some_and(api_tokens::is_api_token) && cookie(headers).is_none()
}

fn is_own(config: &Config, headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-site") {
        // A form of ours: since our pages tell nobody where one comes from (`Referrer-Policy: no-referrer`), its origin is
        // `null`. What only shares our site, or a sandboxed frame, is not `same-origin`.
        Some(site) if site == "same-origin" && headers.get(ORIGIN).is_some_and(|origin| origin == "null") => {
            true
        }
        Some(site) => site == "same-origin" && is_own_origin(config, headers),
        None => is_own_origin(config, headers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(pairs: &[(&'static str, &str)]) -> bool {
        let config = Config::for_tests(std::path::Path::new("."));
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        is_own(&config, &headers)
    }

    #[test]
    fn programs_and_own_pages_pass() {
        assert!(verdict(&[("host", "127.0.0.1:8480")]));
        assert!(verdict(&[
            ("host", "127.0.0.1:8480"),
            ("origin", "http://127.0.0.1:8480")
        ]));
        assert!(verdict(&[
            ("host", "127.0.0.1:8480"),
            ("origin", "http://127.0.0.1:8480"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(verdict(&[
            ("host", "127.0.0.1:8480"),
            ("origin", "null"),
            ("sec-fetch-site", "same-origin")
        ]));
    }

    #[test]
    fn an_api_token_passes_alone_and_not_beside_a_cookie() {
        let secret = crate::secrets::Secret::random().unwrap();
        let cookie = format!("{}={}", crate::http::COOKIE, secret.expose());
        let has = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            has_token_alone(&headers)
        };
        assert!(has(&[("authorization", "Bearer farol_pat_x")]));
        assert!(!has(&[
            ("authorization", "Bearer farol_pat_x"),
            ("cookie", &cookie)
        ]));
        assert!(!has(&[("authorization", "Bearer something")]));
        assert!(!has(&[]));
    }

    #[test]
    fn other_sites_do_not_pass() {
        assert!(!verdict(&[("sec-fetch-site", "cross-site")]));
        assert!(!verdict(&[("sec-fetch-site", "same-site")]));
        assert!(!verdict(&[
            ("host", "127.0.0.1:8480"),
            ("origin", "http://evil.example")
        ]));
        assert!(!verdict(&[
            ("host", "127.0.0.1:8480"),
            ("origin", "http://127.0.0.1:9999")
        ]));
        assert!(!verdict(&[("host", "127.0.0.1:8480"), ("origin", "null")]));
        for site in ["same-site", "cross-site", "none"] {
            assert!(!verdict(&[("origin", "null"), ("sec-fetch-site", site)]));
        }
    }
}
