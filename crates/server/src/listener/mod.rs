//! Accepting connections: TCP, TLS when configured, HTTP/1.1 with upgrades, until told to stop.
//!
//! An own loop instead of `axum::serve`, because it needs a time limit for request heads, a limit on connections, TLS, and
//! a stop that does not wait for ever. HTTP/2 is left to a proxy in front.

mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

pub use tls::{TlsAcceptor, TlsError, acceptor};

/// Connections at once; above that new ones wait in the system's queue. One agent is one, a console is a few.
const CONNECTIONS_MAX: usize = 10_000;
/// Time for a request's head, and for an idle connection to send the next one.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Time for the TLS handshake.
const TLS_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest head of a request.
const HEAD_MAX: usize = 32 * 1024;
/// Pause after the system refused to accept (out of descriptors), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the loop serves.
pub struct Service {
    /// The routes.
    pub router: Router,
    /// TLS, when configured.
    pub tls: Option<TlsAcceptor>,
    /// Ends the loop, and idle connections.
    pub shutdown: CancellationToken,
    /// Where connections run; wait for it after the loop has ended.
    pub connections: TaskTracker,
}

/// Accepts until `shutdown`. Connections under way go on in `connections`; those without a request end.
pub async fn run(listener: TcpListener, service: Service) {
    let service = Arc::new(service);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            biased;
            () = service.shutdown.cancelled() => return,
            accepted = accept(&listener, &places) => accepted,
        };
        if let Some((stream, peer, place)) = accepted {
            let service = Arc::clone(&service);
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

async fn connection(service: Arc<Service>, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
    // Small messages (input, cursor) must not wait for each other.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    metrics::gauge!("farol_connections").increment(1);
    match &service.tls {
        None => serve(&service, stream, peer).await,
        Some(tls) => match tokio::time::timeout(TLS_TIMEOUT, tls.accept(stream)).await {
            Ok(Ok(stream)) => serve(&service, stream, peer).await,
            Ok(Err(error)) => tracing::debug!(%error, %peer, "TLS handshake failed"),
            Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
        },
    }
    metrics::gauge!("farol_connections").decrement(1);
    drop(place);
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    service: &Service,
    stream: S,
    peer: SocketAddr,
) {
    let handler = service_fn(|request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
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
        () = service.shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Peers vanish and time out all day; that is not worth more than this.
        tracing::debug!(%error, %peer, "connection ended");
    }
}
