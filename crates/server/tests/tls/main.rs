//! Reaching the server safely: the three ways to TLS, and what is answered without it. Peers are the real ones: rustls, curl,
//! and for ACME the Debian packages `pebble` and `curl`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod acme;
#[path = "../common/mod.rs"]
mod common;
mod files;
mod handshakes;
mod own;
mod peers;
mod plain;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use farol_server::config::{Config, PublicUrl, TlsMode};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(40);

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

fn config(data: &Path, mode: TlsMode) -> Config {
    let mut config = Config::for_tests(data);
    config.tls = Some(mode);
    config
}

fn with_url(mut config: Config, url: &str) -> Config {
    config.public_url = PublicUrl::parse(url).unwrap();
    config.public_url_given = true;
    config
}

/// A certificate that signs itself, as PEM: (certificate, key).
fn self_signed(names: &[&str]) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn trusting(pem: &str) -> TlsConnector {
    use rustls::pki_types::pem::PemObject;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn dial(
    address: SocketAddr,
    from: Ipv4Addr,
    connector: &TlsConnector,
    name: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((IpAddr::V4(from), 0).into())?;
    let stream = socket.connect(address).await?;
    connector
        .connect(ServerName::try_from(name.to_owned()).unwrap(), stream)
        .await
}

async fn connect(address: SocketAddr, connector: &TlsConnector, name: &str) -> TlsStream<TcpStream> {
    soon(
        "a TLS connection",
        dial(address, Ipv4Addr::LOCALHOST, connector, name),
    )
    .await
    .unwrap()
}

fn shown(stream: &TlsStream<TcpStream>) -> [u8; 32] {
    Sha256::digest(&stream.get_ref().1.peer_certificates().unwrap()[0]).into()
}

/// Sends a request and reads the answer's head and body, leaving the connection open.
async fn exchange<S: AsyncReadExt + AsyncWriteExt + Unpin>(stream: &mut S, request: &str) -> String {
    soon("an answer", async {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = Vec::new();
        loop {
            text.push(stream.read_u8().await.unwrap());
            let so_far = String::from_utf8_lossy(&text);
            if let Some((head, body)) = so_far.split_once("\r\n\r\n") {
                let length = head
                    .lines()
                    .filter_map(|line| line.split_once(": "))
                    .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                    .map_or(0, |(_, value)| value.parse().unwrap());
                if body.len() >= length {
                    return so_far.into_owned();
                }
            }
        }
    })
    .await
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: farol\r\n\r\n")
}
