//! Accepting connections: TCP, TLS when configured, HTTP/1.1 with upgrades, until told to stop.
//!
//! An own loop instead of `axum::serve`, because it needs a time limit for request heads, a limit on connections, TLS, and
//! a stop that does not wait for ever. HTTP/2 is left to a proxy in front. A connection has its place until it is closed, whatever it
//! became (`held.rs`).

mod held;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::ctx::Ctx;
use crate::http::Transport;
use crate::shares::{Most, Share, Shares};
use held::{Held, Place};

/// Connections at once, where the system lets the process open so many files; above that new ones wait in the system's queue. One
/// agent is one, a console is a few. How many of them one network may hold is a setting (`connections_per_network`); those
/// beyond are closed at once.
const CONNECTIONS_MAX: usize = 100_000;
/// Open files that are not connections of the listener: the database, certificates, the way to other servers.
const OTHER_FILES: usize = 1_000;
/// What is assumed where the system does not say how many files may be open.
const FILES_UNKNOWN: usize = 10_000;
/// Time for a request's head, and for an idle connection to send the next one.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Time for the TLS handshake.
const TLS_TIMEOUT: Duration = Duration::from_secs(10);
/// TLS handshakes under way: each holds about 40 KiB and costs a signature. A fleet behind one address passes, for each takes a
/// round trip.
pub const HANDSHAKES: Most = Most { all: 1_024, one: 128 };
/// Largest head of a request.
const HEAD_MAX: usize = 32 * 1024;
/// What a browser gets that was sent to the TLS port with http://. Nothing of the request is read.
const SPEAK_TLS: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\nconnection: close\r\n\r\n\
    {\"type\":\"urn:farol:problem:encryption_required\",\"title\":\"Encryption required\",\"status\":400,\
    \"code\":\"encryption_required\",\"detail\":\"This port speaks TLS. Use an https address.\"}\n";
/// Pause after the system refused to accept (out of descriptors), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the loop serves.
pub struct Service {
    /// The routes.
    pub router: Router,
    /// Says what TLS shows, if anything, and when to stop.
    pub ctx: Ctx,
    /// Where connections run; wait for it after the loop has ended.
    pub connections: TaskTracker,
    /// Open connections by network.
    shares: Shares,
    /// TLS handshakes under way.
    handshakes: Shares,
    /// Room for connections.
    places: Arc<Semaphore>,
}

impl Service {
    /// Nobody is connected.
    #[must_use]
    pub fn new(router: Router, ctx: Ctx, connections: TaskTracker) -> Self {
        let places = connections_max(files_max());
        let most = Most {
            all: places,
            one: ctx.config.connections_per_network,
        };
        Self {
            router,
            connections,
            shares: Shares::new(most),
            handshakes: Shares::new(HANDSHAKES),
            places: Arc::new(Semaphore::new(places)),
            ctx,
        }
    }

    /// Room for a connection, unless its network has taken its share. A trusted proxy speaks for many and needs no share.
    fn share(&self, peer: SocketAddr) -> Option<Option<Share>> {
        let address = peer.ip().to_canonical();
        let trusted = &self.ctx.config.trusted_proxies;
        if trusted.iter().any(|network| network.contains(&address)) {
            return Some(None);
        }
        self.shares.take(address).map(Some)
    }
}

/// Files that this process may have open, as Linux says it.
fn files_max() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    soft_limit(&limits)
}

fn soft_limit(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(usize::MAX),
        number => number.parse().ok(),
    }
}

/// Room for connections beside the other files, of which a small limit leaves a quarter.
fn connections_max(files: Option<usize>) -> usize {
    let files = files.unwrap_or(FILES_UNKNOWN);
    (files - OTHER_FILES.min(files / 4)).clamp(1, CONNECTIONS_MAX)
}

/// Accepts until `shutdown`. Connections under way go on in `connections`; those without a request end. May be begun again.
pub async fn run(listener: &TcpListener, service: &Arc<Service>) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = service.ctx.shutdown.cancelled() => return,
            accepted = accept(listener, &service.places) => accepted,
        };
        if let Some((stream, peer, place)) = accepted {
            let Some(share) = service.share(peer) else {
                metrics::counter!("farol_connections_refused_total").increment(1);
                tracing::debug!(%peer, "too many connections are open from this network");
                continue;
            };
            let (service, place) = (Arc::clone(service), Place::new(place, share));
            service
                .connections
                .clone()
                .spawn(connection(service, stream, peer, place));
        }
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

async fn connection(service: Arc<Service>, stream: TcpStream, peer: SocketAddr, place: Place) {
    // Small messages (input, cursor) must not wait for each other.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    if service.ctx.config.tls.is_some() {
        encrypted(&service, stream, peer, place).await;
    } else {
        serve(&service, Held::new(stream, place), peer, Transport::Plain).await;
    }
}

async fn encrypted(service: &Service, stream: TcpStream, peer: SocketAddr, place: Place) {
    let Some(share) = service.handshakes.take(peer.ip()) else {
        metrics::counter!("farol_tls_handshakes_refused_total").increment(1);
        tracing::debug!(%peer, "too many TLS handshakes are under way");
        return;
    };
    let handshake = tokio::time::timeout(TLS_TIMEOUT, handshake(service, stream)).await;
    drop(share);
    match handshake {
        Ok(Ok(Some((stream, transport)))) => {
            serve(service, Held::new(stream, place), peer, transport).await;
        }
        Ok(Ok(None)) => tracing::debug!(%peer, "somebody spoke HTTP to the TLS port"),
        Ok(Err(error)) => tracing::debug!(%error, %peer, "TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
    }
}

/// With the certificate that is shown now; `None` when the peer spoke HTTP and was told so.
async fn handshake(
    service: &Service,
    mut stream: TcpStream,
) -> io::Result<Option<(tokio_rustls::server::TlsStream<TcpStream>, Transport)>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first[0].is_ascii_uppercase() {
        stream.write_all(SPEAK_TLS.as_bytes()).await?;
        stream.shutdown().await?;
        return Ok(None);
    }
    service.ctx.tls.dialed(stream.local_addr()?.ip());
    let shown = service
        .ctx
        .tls
        .shown()
        .ok_or_else(|| io::Error::other("there is no certificate"))?;
    let stream = TlsAcceptor::from(Arc::clone(&shown.config))
        .accept(stream)
        .await?;
    Ok(Some((
        stream,
        Transport::Tls {
            certificate: shown.sha256,
        },
    )))
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    service: &Service,
    stream: S,
    peer: SocketAddr,
    transport: Transport,
) {
    let handler = service_fn(|request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(transport);
        service.router.clone().oneshot(request)
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), handler)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = service.ctx.shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Peers vanish and time out all day; that is not worth more than this.
        tracing::debug!(%error, %peer, "connection ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_how_many_connections_fit() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
            Max processes             4096                 4096                 processes\n\
            Max open files            20000                262144               files\n";
        assert_eq!(soft_limit(limits), Some(20_000));
        assert_eq!(
            soft_limit("Max open files unlimited unlimited files"),
            Some(usize::MAX)
        );
        assert_eq!(soft_limit("Max processes 1 1 processes"), None);
        for (files, connections) in [
            (Some(20_000), 19_000),
            (Some(1_024), 768),
            (Some(0), 1),
            (Some(usize::MAX), CONNECTIONS_MAX),
            (None, FILES_UNKNOWN - OTHER_FILES),
        ] {
            assert_eq!(connections_max(files), connections, "{files:?}");
        }
    }
}
