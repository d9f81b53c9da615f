//! [`Client`]: how this program asks other servers over HTTP: one connection for each request, nothing followed, everything bounded.

use std::error::Error as StdError;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::HOST;
use axum::http::uri::Scheme;
use axum::http::{HeaderValue, Request, Response, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    /// The address is none that is asked.
    #[error("{0}")]
    Address(String),
    /// The certificates to trust cannot be used.
    #[error("the certificates of {path} cannot be used: {reason}")]
    Authorities {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No connection, no encryption, or no answer that can be read.
    #[error("{host} cannot be asked: {source}")]
    Failed {
        /// Whom.
        host: String,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// It took too long.
    #[error("{host} gave no answer within {} seconds", .within.as_secs())]
    Late {
        /// Whom.
        host: String,
        /// How long it had.
        within: Duration,
    },
}

/// How much one request may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// From the name to the last byte.
    pub(crate) within: Duration,
    /// Bytes of the answer's body.
    pub(crate) answer: usize,
}

/// Asks by https, and in the clear only on this machine. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Client {
    tls: TlsConnector,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client(…)")
    }
}

impl Client {
    /// Trusts the public authorities and those of `ca_file` (PEM).
    ///
    /// # Errors
    /// [`Unanswered::Authorities`].
    pub(crate) fn new(ca_file: Option<&Path>) -> Result<Self, Unanswered> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        if let Some(path) = ca_file {
            add(&mut roots, path).map_err(|reason| Unanswered::Authorities {
                path: path.display().to_string(),
                reason,
            })?;
        }
        Self::trusting(roots)
    }

    /// Trusts the public authorities and those of this machine: what stands inside a company is often under an authority that only the
    /// company's machines know. Reads a file or a folder of the system.
    ///
    /// # Errors
    /// Never in practice: the library has the protocol versions that it is asked for.
    pub(crate) fn of_this_machine() -> Result<Self, Unanswered> {
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
        Self::trusting(roots)
    }

    fn trusting(roots: RootCertStore) -> Result<Self, Unanswered> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Unanswered::Address(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// Sends a request with an absolute address and reads the whole answer. Cancel safe: the connection goes with the future.
    ///
    /// # Errors
    /// See [`Unanswered`]. An answer that says no is none of them.
    pub(crate) async fn send(
        &self,
        request: Request<Full<Bytes>>,
        limits: Limits,
    ) -> Result<Response<Bytes>, Unanswered> {
        let place = Place::of(request.uri())?;
        let failed = |source| Unanswered::Failed {
            host: place.host.clone(),
            source,
        };
        let asked = self.ask(request, &place, limits.answer);
        match tokio::time::timeout(limits.within, asked).await {
            Ok(answer) => answer.map_err(failed),
            Err(_) => Err(Unanswered::Late {
                host: place.host,
                within: limits.within,
            }),
        }
    }

    async fn ask(
        &self,
        request: Request<Full<Bytes>>,
        place: &Place,
        answer_max: usize,
    ) -> Result<Response<Bytes>, Box<dyn StdError + Send + Sync>> {
        let request = origin_form(request, place)?;
        let stream = TcpStream::connect((place.host.as_str(), place.port)).await?;
        if !place.encrypted {
            return exchange(stream, request, answer_max).await;
        }
        let name = ServerName::try_from(place.host.clone())?;
        exchange(self.tls.connect(name, stream).await?, request, answer_max).await
    }
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| error.to_string())?;
    if certificates.is_empty() {
        return Err("there is no certificate in it".into());
    }
    for certificate in certificates {
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    Ok(())
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
    answer_max: usize,
) -> Result<Response<Bytes>, Box<dyn StdError + Send + Sync>> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let answered = async {
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let bytes = Limited::new(body, answer_max).collect().await?.to_bytes();
        Ok::<_, Box<dyn StdError + Send + Sync>>(Response::from_parts(parts, bytes))
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

/// Whether an address is on this machine, by name or number.
pub(crate) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    host: String,
    port: u16,
    encrypted: bool,
}

impl Place {
    fn of(uri: &Uri) -> Result<Self, Unanswered> {
        let wrong = |reason: &str| Err(Unanswered::Address(format!("{uri}: {reason}")));
        let Some(host) = uri.host() else {
            return wrong("there is no host in it");
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let loopback = is_loopback(uri);
        let encrypted = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP && loopback => false,
            Some(scheme) if *scheme == Scheme::HTTP => {
                return wrong("nothing is sent in the clear to another machine; use https://");
            }
            _ => return wrong("it does not start with https://"),
        };
        Ok(Self {
            host,
            port: uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 }),
            encrypted,
        })
    }

    /// As it stands in `Host`.
    fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        let usual = if self.encrypted { 443 } else { 80 };
        if self.port == usual {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

fn origin_form(
    mut request: Request<Full<Bytes>>,
    place: &Place,
) -> Result<Request<Full<Bytes>>, Box<dyn StdError + Send + Sync>> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.to_owned().parse()?;
    let host = HeaderValue::from_str(&place.authority())?;
    request.headers_mut().insert(HOST, host);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_to_another_machine_in_the_clear() {
        let of = |text: &str| Place::of(&text.parse().unwrap());
        let place = of("https://farol.example.org/api/version").unwrap();
        assert_eq!((place.port, place.encrypted), (443, true));
        assert_eq!(place.authority(), "farol.example.org");
        assert_eq!(of("http://[::1]:8480/").unwrap().authority(), "[::1]:8480");
        assert!(!of("http://localhost:8480/").unwrap().encrypted);
        for refused in [
            "http://farol.example.org/",
            "http://10.0.0.1/",
            "/api/version",
            "ftp://farol.example.org/",
        ] {
            assert!(of(refused).is_err(), "{refused}");
        }
    }
}
