//! The link's connection: dialing, and turning the socket and the state machine of `farol-protocol` into one stream of
//! events. When to dial again and what events mean is the runtime's.

use farol_protocol::ProtocolError;
use farol_protocol::identity::{MachineKey, ServerPublicKey};
use farol_protocol::ids::MachineId;
use farol_protocol::link::{AgentLink, AgentLinkConfig, AgentLinkEvent, Ephemeral, Established};
use farol_transport::{
    ConnectError, ConnectOptions, ServerUrl, Socket, SocketError, SocketEvent, connect_sealed,
};

use crate::{Clock, random};

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// It broke.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The server broke the protocol, or is not our server.
    #[error("link: {0}")]
    Protocol(#[from] ProtocolError),
    /// The server hung up.
    #[error("the server hung up ({code:?} {reason})")]
    Closed {
        /// WebSocket close code.
        code: Option<u16>,
        /// Reason text.
        reason: String,
    },
    /// The server was silent.
    #[error("nothing came from the server")]
    Silent,
    /// The system has no randomness.
    #[error(transparent)]
    Random(#[from] std::io::Error),
}

/// What a link is opened with.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Who this machine is.
    pub machine: MachineId,
    /// The key to prove.
    pub key: MachineKey,
    /// The server that is believed.
    pub server: ServerPublicKey,
}

/// A link under way or live.
#[derive(Debug)]
pub struct Connection {
    socket: Socket,
    /// The state machine; commands go to it directly.
    pub link: AgentLink,
    /// Taken out of the state machine, not yet into the socket.
    pending: Option<Vec<u8>>,
    clock: Clock,
}

impl Connection {
    /// Dials the server, under any certificate: the link proves and seals what it says. Nothing is said yet.
    ///
    /// # Errors
    /// When there is no connection.
    pub async fn dial(server: &ServerUrl, options: &ConnectOptions) -> Result<Socket, LinkError> {
        Ok(connect_sealed(server, "/api/agent/link", options).await?)
    }

    /// Begins the handshake, which happens in [`Self::next`].
    ///
    /// # Errors
    /// No randomness.
    pub fn open(socket: Socket, clock: Clock, proof: Proof, about: Established) -> Result<Self, LinkError> {
        let config = AgentLinkConfig {
            machine: proof.machine,
            key: proof.key,
            server: proof.server,
            ephemeral: Ephemeral::from_seed(random::bytes()?),
            about,
        };
        Ok(Self {
            socket,
            link: AgentLink::new(config, clock.now()),
            pending: None,
            clock,
        })
    }

    /// The next event of the link. Cancel safe.
    ///
    /// # Errors
    /// When the link is over without a goodbye.
    pub async fn next(&mut self) -> Result<AgentLinkEvent, LinkError> {
        loop {
            match self.link.poll_event() {
                Some(AgentLinkEvent::Lost) => return Err(LinkError::Silent),
                Some(event) => return Ok(event),
                None => {}
            }
            if self.pending.is_none() {
                self.pending = self.link.poll_transmit();
            }
            let Some(deadline) = self.link.poll_deadline() else {
                return Err(LinkError::Silent);
            };
            tokio::select! {
                biased;
                event = self.socket.next(self.pending.is_some()) => self.on_socket(event?)?,
                () = tokio::time::sleep_until(self.clock.instant(deadline)) => {
                    self.link.handle_timeout(self.clock.now());
                }
            }
        }
    }

    fn on_socket(&mut self, event: SocketEvent) -> Result<(), LinkError> {
        match event {
            SocketEvent::Message(bytes) => self.link.handle_input(self.clock.now(), &bytes)?,
            SocketEvent::Activity => self.link.handle_activity(self.clock.now()),
            SocketEvent::Writable => {
                if let Some(message) = self.pending.take() {
                    self.socket.start_send(message)?;
                }
            }
            SocketEvent::Closed { code, reason } => return Err(LinkError::Closed { code, reason }),
        }
        Ok(())
    }

    /// Sends what still waits and hangs up.
    ///
    /// # Errors
    /// When the connection broke before.
    pub async fn close(mut self) -> Result<(), LinkError> {
        while let Some(message) = self.pending.take().or_else(|| self.link.poll_transmit()) {
            self.socket.send(message).await?;
        }
        Ok(self.socket.close(1000, "").await?)
    }
}
