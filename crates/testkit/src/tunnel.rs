//! [`Tunnel`]: a loopback port that leads through TLS to somewhere else, so that everything that speaks plain sockets here
//! can be used with a server behind TLS.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

/// Leads to one TLS server; ends when dropped, and with it every connection.
pub struct Tunnel {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Tunnel {
    /// Opens one to `target`, which must show a certificate for `name` that `authority` (PEM) signed. Connections come from
    /// the loopback address `from`.
    ///
    /// # Errors
    /// The PEM is none, or the system gives no port.
    pub async fn open(
        target: SocketAddr,
        name: &str,
        authority: &str,
        from: Ipv4Addr,
    ) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
            roots.add(certificate?)?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        let name = ServerName::try_from(name.to_owned()).context("the name is none")?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            // Dropped with this task, which ends what runs in it.
            let mut open = tokio::task::JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let (connector, name) = (connector.clone(), name.clone());
                open.spawn(async move {
                    // A far end that refuses shows as a closed connection, as without a tunnel.
                    drop(carry(near, target, from, connector, name).await);
                });
            }
        });
        Ok(Self { address, task })
    }

    /// Where to connect to instead of the target.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn carry(
    mut near: TcpStream,
    target: SocketAddr,
    from: Ipv4Addr,
    connector: TlsConnector,
    name: ServerName<'static>,
) -> anyhow::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((IpAddr::V4(from), 0).into())?;
    let far = socket.connect(target).await?;
    far.set_nodelay(true)?;
    near.set_nodelay(true)?;
    let mut far = connector.connect(name, far).await?;
    tokio::io::copy_bidirectional(&mut near, &mut far).await?;
    Ok(())
}
