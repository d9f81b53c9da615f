//! [`Client`]: how this program asks other servers over HTTP: one connection for each request, nothing followed, everything bounded.
//!
//! Where somebody else says whom to ask, [`Client::send_guarded`] does it: `guard.rs` has which addresses are connected to.

mod guard;

use std::error::Error as StdError;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::HOST;
use axum::http::uri::Scheme;
use axum::http::{HeaderValue, Request, Response, Uri};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

pub(crate) use guard::Guard;

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
    /// The name leads to no address.
    #[error("the name {host} leads to no address")]
    NameUnknown {
        /// The name.
        host: String,
    },
    /// The name leads where the guard lets nobody.
    #[error("{host} leads to {address}, which is {what}")]
    Guarded {
        /// The name.
        host: String,
        /// Where it leads.
        address: IpAddr,
        /// What that is.
        what: &'static str,
    },
    /// Nobody takes connections there.
    #[error("{host} does not take connections: {source}")]
    Unreachable {
        /// Whom.
        host: String,
        /// Why.
        source: std::io::Error,
    },
    /// There is no encryption with whoever is there.
    #[error("there is no TLS with {host}: {source}")]
    Tls {
        /// Whom.
        host: String,
        /// Why.
        source: std::io::Error,
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
        let answer = Answer::Whole(answer_max);
        if !place.encrypted {
            return exchange(stream, request, answer).await;
        }
        let name = ServerName::try_from(place.host.clone())?;
        exchange(self.tls.connect(name, stream).await?, request, answer).await
    }

    /// Like [`Client::send`], where somebody else says whom to ask: connects to nothing but what `guard` lets through, and reads no more
    /// than the beginning of the answer. Cancel safe: the connection goes with the future.
    ///
    /// # Errors
    /// See [`Unanswered`]. An answer that says no is none of them.
    pub(crate) async fn send_guarded(
        &self,
        request: Request<Full<Bytes>>,
        limits: Limits,
        guard: &Guard<'_>,
    ) -> Result<Response<Bytes>, Unanswered> {
        let place = Place::of(request.uri())?;
        let asked = self.ask_guarded(request, &place, (limits.answer, guard));
        match tokio::time::timeout(limits.within, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(Unanswered::Late {
                host: place.host.clone(),
                within: limits.within,
            }),
        }
    }

    async fn ask_guarded(
        &self,
        request: Request<Full<Bytes>>,
        place: &Place,
        (beginning, guard): (usize, &Guard<'_>),
    ) -> Result<Response<Bytes>, Unanswered> {
        let host = || place.host.clone();
        let failed = |source| Unanswered::Failed { host: host(), source };
        let request = origin_form(request, place).map_err(failed)?;
        let addresses = resolved(place, guard).await?;
        // These addresses and no name: what was checked is what is connected to.
        let stream = TcpStream::connect(addresses.as_slice())
            .await
            .map_err(|source| Unanswered::Unreachable { host: host(), source })?;
        let answer = Answer::Beginning(beginning);
        if !place.encrypted {
            return exchange(stream, request, answer).await.map_err(failed);
        }
        let name = ServerName::try_from(host()).map_err(|error| failed(error.into()))?;
        let stream = self
            .tls
            .connect(name, stream)
            .await
            .map_err(|source| Unanswered::Tls { host: host(), source })?;
        exchange(stream, request, answer).await.map_err(failed)
    }
}

/// The addresses of a place that may be connected to. When a name has some that may and some that may not, those that may are tried.
async fn resolved(place: &Place, guard: &Guard<'_>) -> Result<Vec<SocketAddr>, Unanswered> {
    let unknown = || Unanswered::NameUnknown {
        host: place.host.clone(),
    };
    let found = tokio::net::lookup_host((place.host.as_str(), place.port)).await;
    let (mut allowed, mut refused) = (Vec::new(), None);
    for address in found.map_err(|_| unknown())? {
        match guard.objection(address.ip()) {
            // In the clear only within this machine, whatever the name says.
            None if !place.encrypted && !address.ip().is_loopback() => {
                refused = Some((address.ip(), "another machine, which is not asked in the clear"));
            }
            None => allowed.push(address),
            Some(what) => refused = Some((address.ip(), what)),
        }
    }
    match (allowed.is_empty(), refused) {
        (false, _) => Ok(allowed),
        (true, None) => Err(unknown()),
        (true, Some((address, what))) => Err(Unanswered::Guarded {
            host: place.host.clone(),
            address,
            what,
        }),
    }
}

/// How much of an answer is read.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// All of it; one that is longer is an error.
    Whole(usize),
    /// So many bytes; the rest is left.
    Beginning(usize),
}

impl Answer {
    async fn read(self, mut body: Incoming) -> Result<Bytes, Box<dyn StdError + Send + Sync>> {
        let most = match self {
            Self::Whole(most) => return Ok(Limited::new(body, most).collect().await?.to_bytes()),
            Self::Beginning(most) => most,
        };
        let mut read = BytesMut::new();
        while read.len() < most {
            let Some(frame) = body.frame().await else { break };
            if let Some(data) = frame?.data_ref() {
                read.extend_from_slice(data);
            }
        }
        read.truncate(most);
        Ok(read.freeze())
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
    answer: Answer,
) -> Result<Response<Bytes>, Box<dyn StdError + Send + Sync>> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let answered = async {
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let bytes = answer.read(body).await?;
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
    use ipnet::IpNet;

    use super::*;

    const LIMITS: Limits = Limits {
        within: Duration::from_secs(20),
        answer: 8,
    };

    async fn ask(url: &str, allowed: &[IpNet]) -> Result<Response<Bytes>, Unanswered> {
        let request = Request::post(url).body(Full::default()).unwrap();
        let client = Client::new(None).unwrap();
        client.send_guarded(request, LIMITS, &Guard::new(allowed)).await
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_refused_before_anything_is_sent() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in [
            "localhost",
            "127.0.0.1",
            "127.1",
            "0x7f000001",
            "2130706433",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ] {
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{host}:{port}/");
                let error = ask(&url, &[]).await.unwrap_err();
                let refused = matches!(
                    error,
                    Unanswered::Guarded { .. } | Unanswered::Address(_) | Unanswered::NameUnknown { .. }
                );
                assert!(refused, "{url}: {error}");
            }
        }
        assert!(matches!(
            ask(&format!("https://localhost:{port}/"), &[]).await,
            Err(Unanswered::Guarded {
                what: "this machine itself",
                ..
            })
        ));
        let nobody = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
        assert!(nobody.is_err(), "somebody connected");
    }

    #[tokio::test]
    async fn what_is_named_is_asked_and_only_the_beginning_of_the_answer_is_read() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = tokio::spawn(async move {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 16];
            stream.read_exact(&mut asked).await.unwrap();
            // More than is read, and no end.
            let answer =
                "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\nfar too much for anybody";
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream
        });
        let allowed: [IpNet; 1] = ["127.0.0.0/8".parse().unwrap()];
        let answer = ask(&format!("http://127.0.0.1:{port}/"), &allowed).await.unwrap();
        // Not followed.
        assert_eq!(answer.status(), 302);
        assert_eq!(answer.body(), "far too ");
        served.await.unwrap();
    }

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
