//! How issuers are reached: https only but on this machine, and from elsewhere nothing on this machine.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use axum::http::header::USER_AGENT;
use axum::http::{HeaderValue, Uri};
use bytes::Bytes;
use http_body_util::Full;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use crate::outbound::{Client, Limits, is_loopback};

/// Somebody waits in front of a browser; metadata and key sets are a few KiB.
const LIMITS: Limits = Limits {
    within: Duration::from_secs(10),
    answer: 256 * 1024,
};

/// Why there is no answer. A fragment for the log and for whoever keeps the provider.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct HttpError(String);

/// The way to one issuer.
#[derive(Clone)]
pub(super) struct Http {
    client: Client,
    /// The issuer is on this machine, and so may be its other addresses.
    loopback: bool,
}

impl Http {
    /// The way to this issuer.
    pub(super) fn to(client: Client, issuer: &str) -> Self {
        Self {
            client,
            loopback: issuer.parse::<Uri>().is_ok_and(|uri| is_loopback(&uri)),
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        // Without its query: nothing secret is sent there, but habits differ.
        let place = format!(
            "{}{}",
            request.uri().authority().map_or("", |one| one.as_str()),
            request.uri().path()
        );
        if let Some(wrong) = objection(request.uri(), self.loopback) {
            return Err(HttpError(format!("{place}: {wrong}")));
        }
        let mut request = request.map(|body| Full::new(Bytes::from(body)));
        request
            .headers_mut()
            .insert(USER_AGENT, HeaderValue::from_static("farol"));
        let answer = self.client.send(request, LIMITS).await;
        answer
            .map(|response| response.map(|bytes| bytes.to_vec()))
            .map_err(|error| HttpError(format!("{place}: {error}")))
    }
}

/// What speaks against an address of an issuer, as a fragment. `loopback`: the issuer itself is on this machine.
pub(super) fn objection(uri: &Uri, loopback: bool) -> Option<&'static str> {
    let here = is_loopback(uri);
    if uri.host().is_none_or(str::is_empty) || uri.authority().is_some_and(|one| one.as_str().contains('@')) {
        return Some("it names no host, or a person");
    }
    if here && !loopback {
        return Some("it is on this machine, but the issuer is not");
    }
    match uri.scheme_str() {
        Some("https") => None,
        Some("http") if here => None,
        _ => Some("it does not start with https://"),
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(address: &str, loopback: bool) -> bool {
        objection(&address.parse().unwrap(), loopback).is_none()
    }

    #[test]
    fn addresses_are_https_unless_all_is_on_this_machine() {
        assert!(verdict("https://id.example.org/realm", false));
        assert!(verdict("http://127.0.0.1:4000", true));
        assert!(verdict("http://localhost:4000/token", true));
        assert!(verdict("https://[::1]/token", true));
        for (address, loopback) in [
            ("http://id.example.org", false),
            ("http://id.example.org", true),
            ("https://127.0.0.1/token", false),
            ("http://localhost:22", false),
            ("https://user@id.example.org", false),
            ("ftp://id.example.org", false),
            ("/token", false),
        ] {
            assert!(!verdict(address, loopback), "{address}");
        }
    }
}
