//! A session's way to the relay: dial, hello, wait for the other end. What goes over it afterwards is the pipe's, sealed from
//! end to end: the relay is dialed under any certificate, and nothing that it says is believed.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use farol_protocol::ProtocolError;
use farol_protocol::ids::{Grant, SessionId};
use farol_protocol::limits::RELAY_PEER_TIME;
use farol_protocol::relay::{RelayHello, RelayReady};
use farol_transport::{Backoff, ConnectError, Socket, SocketError, SocketEvent, connect_sealed};

use super::Parts;
use crate::random;

/// The relay gives up waiting for the viewer before this.
const READY_TIME: Duration = RELAY_PEER_TIME.saturating_add(Duration::from_secs(5));

/// A relay that cannot be reached is tried again for so long; the viewer does not wait longer, either.
const DIAL_TIME: Duration = RELAY_PEER_TIME;

/// For the last packet to leave; a viewer that does not read does not get it.
const FAREWELL_TIME: Duration = Duration::from_millis(500);

/// Why there is no way to the viewer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RelayError {
    /// No connection to the relay.
    #[error("relay: {0}")]
    Connect(#[from] ConnectError),
    /// It broke.
    #[error("relay: {0}")]
    Socket(#[from] SocketError),
    /// It said something wrong.
    #[error("relay: {0}")]
    Protocol(#[from] ProtocolError),
    /// It is for another session.
    #[error("relay: for session {0}")]
    OtherSession(SessionId),
    /// It hung up.
    #[error("relay closed ({code:?} {reason})")]
    Closed {
        /// WebSocket close code.
        code: Option<u16>,
        /// Reason text.
        reason: String,
    },
    /// The viewer did not come.
    #[error("the viewer did not come")]
    TimedOut,
}

/// A session's connection.
pub(super) enum Way {
    /// There is none.
    None,
    /// One is being made.
    Dialing(Pin<Box<dyn Future<Output = Result<Box<Socket>, RelayError>> + Send>>),
    /// There is one; the pipe decides whether it is good for anything.
    There(Box<Socket>),
}

/// What a connection brought.
pub(super) enum Happened {
    Dialed(Result<Box<Socket>, RelayError>),
    Socket(Result<SocketEvent, SocketError>),
}

impl Way {
    /// Waits for something to happen. Cancel safe.
    pub(super) async fn next(&mut self, wants_write: bool) -> Happened {
        match self {
            Self::None => std::future::pending().await,
            Self::Dialing(dialing) => Happened::Dialed(dialing.await),
            Self::There(socket) => Happened::Socket(socket.next(wants_write).await),
        }
    }

    /// Hangs up after these last packets, which get [`FAREWELL_TIME`].
    pub(super) async fn close(self, packets: Vec<Vec<u8>>) {
        let Self::There(mut socket) = self else { return };
        let saying = async {
            for packet in packets {
                socket.send(packet).await?;
            }
            socket.close(1000, "").await
        };
        if !matches!(tokio::time::timeout(FAREWELL_TIME, saying).await, Ok(Ok(()))) {
            tracing::debug!("no farewell: the connection is gone");
        }
    }
}

/// A socket on which the viewer's connection is about to begin. A grant is good for one hello: what fails before it is tried
/// again, what fails after it is not.
pub(super) async fn dial(
    parts: Arc<Parts>,
    session: SessionId,
    grant: Grant,
) -> Result<Box<Socket>, RelayError> {
    let mut socket = reach(&parts).await?;
    socket.send(RelayHello { grant }.encode()).await?;
    let ready = tokio::time::timeout(READY_TIME, ready(&mut socket)).await;
    let ready = ready.map_err(|_| RelayError::TimedOut)??;
    if ready.session == session {
        Ok(Box::new(socket))
    } else {
        Err(RelayError::OtherSession(ready.session))
    }
}

async fn reach(parts: &Parts) -> Result<Socket, ConnectError> {
    let started = tokio::time::Instant::now();
    let mut backoff = Backoff::default();
    loop {
        let error = match connect_sealed(&parts.server, "/api/relay", &parts.options).await {
            Ok(socket) => return Ok(socket),
            Err(error) => error,
        };
        let wait = backoff.next_delay(parts.clock.now(), random::jitter());
        if started.elapsed() + wait > DIAL_TIME {
            return Err(error);
        }
        tracing::debug!(%error, ?wait, "the relay is dialed again");
        tokio::time::sleep(wait).await;
    }
}

async fn ready(socket: &mut Socket) -> Result<RelayReady, RelayError> {
    loop {
        match socket.next(false).await? {
            SocketEvent::Message(bytes) => return Ok(RelayReady::parse(&bytes)?),
            SocketEvent::Closed { code, reason } => return Err(RelayError::Closed { code, reason }),
            SocketEvent::Activity | SocketEvent::Writable => {}
        }
    }
}
