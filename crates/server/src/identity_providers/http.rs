//! How issuers are reached: https only but on this machine, no redirects, one connection for each request, everything bounded.

use std::error::Error as StdError;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::header::{HOST, USER_AGENT};
use axum::http::uri::Scheme;
use axum::http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Time for one request, from the name to the last byte. Somebody waits in front of a browser.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer: metadata and key sets are a few KiB.
const ANSWER_MAX: usize = 256 * 1024;

type BoxError = Box<dyn StdError + Send + Sync>;

/// Why there is no answer. A fragment for the log and for whoever keeps the provider.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct HttpError(String);

/// The way to one issuer.
#[derive(Clone)]
pub(super) struct Http {
    tls: TlsConnector,
    /// The issuer is on this machine, and so may be its other addresses.
    loopback: bool,
}

impl Http {
    /// Trusts the public authorities and those of this machine.
    ///
    /// # Errors
    /// A fragment that says what is wrong with TLS.
    pub(super) fn to(issuer: &str) -> Result<Self, HttpError> {
        let config = match CONFIG.get() {
            Some(config) => Arc::clone(config),
            None => Arc::clone(CONFIG.get_or_init(|| Arc::new(roots()))),
        };
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| HttpError(error.to_string()))?
            .with_root_certificates(config)
            .with_no_client_auth();
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
            loopback: issuer.parse::<Uri>().is_ok_and(|uri| is_loopback(&uri)),
        })
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, BoxError> {
        let (host, port, plain) = self.place(request.uri())?;
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        let request = origin_form(request, &host)?;
        if plain {
            return exchange(TokioIo::new(stream), request).await;
        }
        let stream = self.tls.connect(ServerName::try_from(host)?, stream).await?;
        exchange(TokioIo::new(stream), request).await
    }

    fn place(&self, uri: &Uri) -> Result<(String, u16, bool), BoxError> {
        if let Some(wrong) = objection(uri, self.loopback) {
            return Err(wrong.into());
        }
        let host = uri.host().ok_or("the address names no host")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let plain = uri.scheme() == Some(&Scheme::HTTP);
        Ok((
            host,
            uri.port_u16().unwrap_or(if plain { 80 } else { 443 }),
            plain,
        ))
    }
}

static CONFIG: OnceLock<Arc<RootCertStore>> = OnceLock::new();

/// An issuer inside a company is often under an authority that only the company's machines know.
fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let system = rustls_native_certs::load_native_certs();
    for error in system.errors {
        tracing::warn!(%error, "a certificate authority of this machine cannot be read");
    }
    let (_, unusable) = roots.add_parsable_certificates(system.certs);
    if unusable > 0 {
        tracing::debug!(unusable, "certificate authorities of this machine cannot be used");
    }
    roots
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

/// Whether an address is on this machine, by name or number.
pub(super) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn origin_form(request: HttpRequest, host: &str) -> Result<Request<Full<Bytes>>, BoxError> {
    let (mut parts, body) = request.into_parts();
    let authority = parts.uri.authority().map_or(host, |authority| authority.as_str());
    let authority = HeaderValue::from_str(authority)?;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = path.to_owned().parse()?;
    parts.headers.insert(HOST, authority);
    parts
        .headers
        .insert(USER_AGENT, HeaderValue::from_static("farol"));
    Ok(Request::from_parts(parts, Full::new(Bytes::from(body))))
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<HttpResponse, BoxError>
where
    S: Read + Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    let answered = async {
        let response = sender.send_request(request).await?;
        let (parts, body) = response.into_parts();
        let bytes = Limited::new(body, ANSWER_MAX).collect().await?.to_bytes();
        Ok::<_, BoxError>(Response::from_parts(parts, bytes.to_vec()))
    };
    let mut answered = std::pin::pin!(answered);
    // The connection is driven here and goes with this future.
    tokio::select! {
        response = answered.as_mut() => response,
        ended = connection => {
            ended?;
            answered.await
        }
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            // Without its query: nothing secret is sent there, but habits differ.
            let place = format!(
                "{}{}",
                request.uri().authority().map_or("", |one| one.as_str()),
                request.uri().path()
            );
            match tokio::time::timeout(TIMEOUT, self.send(request)).await {
                Ok(Ok(response)) => Ok(response),
                Ok(Err(error)) => Err(HttpError(format!("{place}: {error}"))),
                Err(_) => Err(HttpError(format!(
                    "{place}: no answer within {} seconds",
                    TIMEOUT.as_secs()
                ))),
            }
        })
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
