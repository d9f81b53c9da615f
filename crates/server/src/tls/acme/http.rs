//! How an ACME authority is reached: https only, one connection for each request, everything bounded.

use std::error::Error as StdError;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::header::{HOST, RETRY_AFTER};
use axum::http::uri::Scheme;
use axum::http::{HeaderValue, Request, Response, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::super::TlsError;

/// Time for one request, from the name to the last byte.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Largest answer: a chain of certificates is a few KiB.
const ANSWER_MAX: usize = 256 * 1024;

type BoxError = Box<dyn StdError + Send + Sync>;

/// The way to an authority. Cloning shares it.
#[derive(Clone)]
pub(super) struct Http {
    tls: TlsConnector,
    retry_after: Arc<Mutex<Option<Duration>>>,
}

impl Http {
    /// Trusts the public authorities and those of `ca_file`.
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        if let Some(path) = ca_file {
            let certificates = CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| TlsError::file(path, &error))?;
            if certificates.is_empty() {
                return Err(TlsError::file(path, &"there is no certificate in it"));
            }
            for certificate in certificates {
                roots
                    .add(certificate)
                    .map_err(|error| TlsError::file(path, &error))?;
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
            retry_after: Arc::default(),
        })
    }

    /// What the last answer that was an error said of when to come back.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        *self.retry_after.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, request: Request<BodyWrapper<Bytes>>) -> Result<Response<Full<Bytes>>, BoxError> {
        let (host, port) = place(request.uri())?;
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        let stream = self
            .tls
            .connect(ServerName::try_from(host.clone())?, stream)
            .await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let answered = async {
            let response = sender.send_request(origin_form(request, &host, port)?).await?;
            let (parts, body) = response.into_parts();
            let bytes = Limited::new(body, ANSWER_MAX).collect().await?.to_bytes();
            Ok::<_, BoxError>(Response::from_parts(parts, Full::new(bytes)))
        };
        let mut answered = std::pin::pin!(answered);
        // The connection is driven here and goes with this future.
        let response = tokio::select! {
            response = answered.as_mut() => response,
            ended = connection => {
                ended?;
                answered.await
            }
        }?;
        if response.status().is_client_error() || response.status().is_server_error() {
            let asked = response.headers().get(RETRY_AFTER).and_then(seconds);
            *self.retry_after.lock().unwrap_or_else(PoisonError::into_inner) = asked;
        }
        Ok(response)
    }
}

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let http = self.clone();
        Box::pin(async move {
            let uri = request.uri().to_string();
            match tokio::time::timeout(TIMEOUT, http.send(request)).await {
                Ok(Ok(response)) => Ok(BytesResponse::from(response)),
                Ok(Err(error)) => Err(Error::Other(format!("{uri}: {error}").into())),
                Err(_) => Err(Error::Other(
                    format!("{uri}: no answer within {TIMEOUT:?}").into(),
                )),
            }
        })
    }
}

fn place(uri: &Uri) -> Result<(String, u16), BoxError> {
    if uri.scheme() != Some(&Scheme::HTTPS) {
        return Err("the authority named an address that does not start with https://".into());
    }
    let host = uri
        .host()
        .ok_or("the authority named an address without a host")?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Ok((host.to_owned(), uri.port_u16().unwrap_or(443)))
}

fn origin_form(
    mut request: Request<BodyWrapper<Bytes>>,
    host: &str,
    port: u16,
) -> Result<Request<BodyWrapper<Bytes>>, BoxError> {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    *request.uri_mut() = path.parse()?;
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    let host = if port == 443 {
        host
    } else {
        format!("{host}:{port}")
    };
    request.headers_mut().insert(HOST, HeaderValue::from_str(&host)?);
    Ok(request)
}

/// Seconds, or a date: the date form is rare and then our own pause must do.
fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
