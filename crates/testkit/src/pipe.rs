//! [`PipeEnd`]: either end of a pipe over a relay socket.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farol_protocol::Tick;
use farol_protocol::ids::{Grant, SessionId};
use farol_protocol::link::SessionOffer;
use farol_protocol::pipe::{
    Agent, ChannelSet, Connect, Event, Pipe, PipeKey, PipePublicKey, Role, Viewer, ViewerPipe,
};
use farol_protocol::relay::{RelayHello, RelayReady};
use serde_json::{Value, json};

use crate::{Enrolled, RawSocket, Said, soon};

/// The key of every viewer that a test does not give another.
#[must_use]
pub fn viewer_key() -> PipeKey {
    PipeKey::from_seed(*b"the key of every viewer in tests")
}

/// The body with which a viewer asks for a session with these rights.
#[must_use]
pub fn session_request(rights: &[&str]) -> Value {
    json!({ "rights": rights, "viewer_key": viewer_key().public().to_base64url() })
}

/// The body with which a viewer asks for the way back into its session.
#[must_use]
pub fn resume_request() -> Value {
    json!({ "viewer_key": viewer_key().public().to_base64url() })
}

/// What the API gave a viewer for the relay.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// The session.
    pub session: SessionId,
    /// Opens the relay once.
    pub grant: [u8; 32],
    /// The machine's key, as the server tells it.
    pub machine: PipePublicKey,
}

impl Ticket {
    /// Reads the answer to a request for a session, or for the way back into one.
    ///
    /// # Errors
    /// It is another answer.
    pub fn of(body: &Value) -> anyhow::Result<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned).context("not an opening");
        let grant = URL_SAFE_NO_PAD.decode(text(&body["relay"]["grant"])?)?;
        Ok(Self {
            session: text(&body["session"]["id"])?.parse()?,
            grant: grant.try_into().ok().context("a grant of another length")?,
            machine: PipePublicKey::from_base64url(&text(&body["machine_key"])?)?,
        })
    }
}

/// One end of a pipe. Moves only while one of its functions is awaited: a test that does not ask is a slow reader.
pub struct PipeEnd<R: Role> {
    socket: RawSocket,
    pipe: Pipe<R>,
    start: Instant,
}

impl PipeEnd<Viewer> {
    /// Dials the relay as the viewer, waits for the agent and opens the pipe.
    ///
    /// # Errors
    /// The relay or the agent refuses.
    pub async fn viewer(address: SocketAddr, ticket: &Ticket) -> anyhow::Result<Self> {
        let mut id = [0; 16];
        getrandom::fill(&mut id)?;
        let pipe = ViewerPipe::new(id, ChannelSet::ALL, Tick(0));
        let mut end = Self {
            socket: dial(address, &ticket.grant).await?,
            pipe,
            start: Instant::now(),
        };
        ensure!(!end.greet(ticket).await?, "a new pipe cannot go on");
        Ok(end)
    }

    /// Comes back over another connection; whether the pipe goes on where it was.
    ///
    /// # Errors
    /// As [`Self::viewer`].
    pub async fn redial(&mut self, address: SocketAddr, ticket: &Ticket) -> anyhow::Result<bool> {
        self.pipe.disconnected();
        self.socket = dial(address, &ticket.grant).await?;
        self.greet(ticket).await
    }

    async fn greet(&mut self, ticket: &Ticket) -> anyhow::Result<bool> {
        let connect = connect(ticket.session, viewer_key(), ticket.machine)?;
        self.opened(&connect).await
    }
}

impl PipeEnd<Agent> {
    /// Dials the relay as the agent of this machine, waits for the viewer and opens the pipe with the offer's rights.
    ///
    /// # Errors
    /// The relay or the viewer refuses.
    pub async fn agent(
        address: SocketAddr,
        offer: &SessionOffer,
        machine: &Enrolled,
    ) -> anyhow::Result<Self> {
        let mut end = Self {
            socket: dial(address, &offer.grant.0).await?,
            pipe: Pipe::<Agent>::new(offer.statement.rights.channels(), Tick(0)),
            start: Instant::now(),
        };
        end.greet(offer, machine).await?;
        Ok(end)
    }

    /// Comes back over another connection; whether the pipe goes on where it was.
    ///
    /// # Errors
    /// As [`Self::agent`].
    pub async fn redial(
        &mut self,
        address: SocketAddr,
        offer: &SessionOffer,
        machine: &Enrolled,
    ) -> anyhow::Result<bool> {
        self.pipe.disconnected();
        self.socket = dial(address, &offer.grant.0).await?;
        self.greet(offer, machine).await
    }

    async fn greet(&mut self, offer: &SessionOffer, machine: &Enrolled) -> anyhow::Result<bool> {
        let statement = &offer.statement;
        let connect = connect(statement.session, machine.pipe_key.clone(), statement.viewer_key)?;
        self.opened(&connect).await
    }
}

async fn dial(address: SocketAddr, grant: &[u8; 32]) -> anyhow::Result<RawSocket> {
    let mut socket = RawSocket::connect(address, "/api/relay", None).await?;
    socket
        .binary(RelayHello { grant: Grant(*grant) }.encode())
        .await?;
    RelayReady::parse(&socket.message().await?)?;
    Ok(socket)
}

fn connect(session: SessionId, own: PipeKey, peer: PipePublicKey) -> anyhow::Result<Connect> {
    let mut ephemeral = [0; 32];
    getrandom::fill(&mut ephemeral)?;
    Ok(Connect {
        session,
        own,
        peer,
        ephemeral,
    })
}

impl<R: Role> PipeEnd<R> {
    async fn opened(&mut self, connect: &Connect) -> anyhow::Result<bool> {
        let now = self.now();
        self.pipe.connect(now, connect)?;
        loop {
            match self.next().await? {
                Event::Open { resumed, .. } => return Ok(resumed),
                // Of the connection before.
                Event::Message(_) | Event::Lost(_) => {}
                other => bail!("expected the pipe to open, got {other:?}"),
            }
        }
    }

    fn now(&self) -> Tick {
        Tick(u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// The pipe itself.
    pub fn pipe(&mut self) -> &mut Pipe<R> {
        &mut self.pipe
    }

    /// The socket under it, to break rules with.
    pub fn socket(&mut self) -> &mut RawSocket {
        &mut self.socket
    }

    /// Queues a message and writes all that may leave now.
    ///
    /// # Errors
    /// The queue is full, or the connection is gone.
    pub async fn send(&mut self, message: R::Out) -> anyhow::Result<()> {
        self.pipe.send(message).context("not sent")?;
        self.flush().await
    }

    /// Writes all that may leave now. Cancel safe: a packet is taken out only when the socket takes it.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn flush(&mut self) -> anyhow::Result<()> {
        while self.pipe.has_transmit() {
            self.socket.writable().await?;
            if let Some(packet) = self.pipe.poll_transmit() {
                self.socket.start(packet)?;
            }
        }
        self.socket.flush().await
    }

    /// The next thing that happens, clock measurements aside.
    ///
    /// # Errors
    /// The relay closes (the error has code and reason), the peer breaks the protocol, or nothing happens in time.
    pub async fn next(&mut self) -> anyhow::Result<Event<R::In>> {
        soon("an event of the pipe", async {
            loop {
                self.flush().await?;
                match self.pipe.poll_event() {
                    Some(Event::Clock(_)) => {}
                    Some(event) => {
                        // Taking it may have given credit back, which the peer waits for.
                        self.flush().await?;
                        return Ok(event);
                    }
                    None => self.turn().await?,
                }
            }
        })
        .await?
    }

    /// The next message.
    ///
    /// # Errors
    /// As [`Self::next`], and when the pipe closes instead.
    pub async fn message(&mut self) -> anyhow::Result<R::In> {
        match self.next().await? {
            Event::Message(message) => Ok(message),
            other => bail!("expected a message, got {other:?}"),
        }
    }

    /// Waits for one message from the relay or for the pipe's next deadline.
    async fn turn(&mut self) -> anyhow::Result<()> {
        let now = self.now();
        let wait = self
            .pipe
            .poll_deadline()
            .map_or(Duration::MAX, |deadline| deadline.since(now));
        match tokio::time::timeout(wait, self.socket.next()).await {
            Ok(said) => match said? {
                Said::Binary(packet) => {
                    let now = self.now();
                    let taken = self.pipe.handle_input(now, &packet);
                    if taken.is_err() {
                        self.flush().await?;
                    }
                    Ok(taken?)
                }
                Said::Closed(code, reason) => bail!("the relay closed with {code} “{reason}”"),
            },
            Err(_) => {
                let now = self.now();
                self.pipe.handle_timeout(now);
                Ok(())
            }
        }
    }

    /// Reads on until the relay closes.
    ///
    /// # Errors
    /// It does not close in time.
    pub async fn closed(&mut self) -> anyhow::Result<(u16, String)> {
        self.socket.closed().await
    }

    /// Closes the relay socket in good order.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn close(&mut self, reason: &str) -> anyhow::Result<()> {
        self.socket.close(1000, reason).await
    }
}
