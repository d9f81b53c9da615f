//! The way to a server with TLS: dialing it from any loopback address, and asking its API.
//!
//! Not here: links (`agents/link.rs`).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// For TCP and TLS together, as long as agents have.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// The name in the server's certificate.
const NAME: &str = "localhost";

/// Where the server is, and who signed its certificate.
#[derive(Clone)]
pub(crate) struct Way {
    address: SocketAddr,
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Way {
    /// `authority` is PEM.
    pub(crate) fn new(address: SocketAddr, authority: &str) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
            roots.add(certificate?)?;
        }
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots)
                .with_no_client_auth();
        // All agents of a process share this; none may be spared a handshake by another one's.
        config.resumption = Resumption::disabled();
        Ok(Self {
            address,
            connector: TlsConnector::from(Arc::new(config)),
            name: ServerName::try_from(NAME)?,
        })
    }

    /// The server, for the `Host` header.
    pub(crate) fn host(&self) -> String {
        format!("{NAME}:{}", self.address.port())
    }

    /// Connects from this address of 127.0.0.0/8.
    pub(crate) async fn dial(&self, source: Ipv4Addr) -> anyhow::Result<TlsStream<TcpStream>> {
        let dial = async {
            let socket = TcpSocket::new_v4()?;
            socket.bind((source, 0).into())?;
            let stream = socket.connect(self.address).await?;
            stream.set_nodelay(true)?;
            anyhow::Ok(self.connector.connect(self.name.clone(), stream).await?)
        };
        tokio::time::timeout(CONNECT_TIME, dial)
            .await
            .context("no connection in time")?
    }

    /// A connection for several requests.
    pub(crate) async fn ask(&self, source: Ipv4Addr) -> anyhow::Result<Asker> {
        let stream = TokioIo::new(self.dial(source).await?);
        let (sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
        tokio::spawn(connection);
        Ok(Asker {
            sender,
            host: self.host(),
        })
    }
}

/// A kept connection to the API.
pub(crate) struct Asker {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Asker {
    /// One request; status and body, null when that is none.
    pub(crate) async fn send(
        &mut self,
        (method, path): (Method, &str),
        cookie: Option<&str>,
        body: Option<&Value>,
    ) -> anyhow::Result<(u16, Value)> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.host);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let bytes = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::new(bytes))?).await?;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await?.to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .with_context(|| format!("{path} answered {status} without JSON"))?
        };
        Ok((status, body))
    }
}
