//! A session's way to the relay: dial, hello, wait for the other end. What goes over it afterwards is the pipe's.

use std::time::Duration;

use farol_protocol::ProtocolError;
use farol_protocol::ids::SessionId;
use farol_protocol::limits::RELAY_PEER_TIME;
use farol_protocol::link::SessionOffer;
use farol_protocol::relay::{RelayHello, RelayReady};
use farol_transport::{ConnectError, Socket, SocketError, SocketEvent, connect};

use super::Parts;

/// The relay gives up waiting for the viewer before this.
const READY_TIME: Duration = RELAY_PEER_TIME.saturating_add(Duration::from_secs(5));

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

/// A socket on which the viewer's pipe is about to begin.
pub(crate) async fn dial(parts: &Parts, offer: &SessionOffer) -> Result<Socket, RelayError> {
    let mut socket = connect(&parts.server, "/api/relay", &parts.options).await?;
    socket
        .send(
            RelayHello {
                grant: offer.grant.clone(),
            }
            .encode(),
        )
        .await?;
    let ready = tokio::time::timeout(READY_TIME, ready(&mut socket)).await;
    let ready = ready.map_err(|_| RelayError::TimedOut)??;
    if ready.session == offer.statement.session {
        Ok(socket)
    } else {
        Err(RelayError::OtherSession(ready.session))
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
