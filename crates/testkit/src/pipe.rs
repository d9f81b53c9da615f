//! [`PipeEnd`]: either end of a pipe over a relay socket.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use farol_protocol::Tick;
use farol_protocol::ids::Grant;
use farol_protocol::pipe::{Agent, ChannelSet, Event, Pipe, Role, Viewer};
use farol_protocol::relay::{RelayHello, RelayReady};

use crate::{RawSocket, Said, soon};

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
    pub async fn viewer(address: SocketAddr, grant: &[u8; 32]) -> anyhow::Result<Self> {
        let mut end = Self::dial(address, grant, ChannelSet::ALL).await?;
        end.opened().await?;
        Ok(end)
    }
}

impl PipeEnd<Agent> {
    /// Dials the relay as the agent, waits for the viewer and opens the pipe with these channels.
    ///
    /// # Errors
    /// The relay or the viewer refuses.
    pub async fn agent(address: SocketAddr, grant: &Grant, channels: ChannelSet) -> anyhow::Result<Self> {
        let mut end = Self::dial(address, &grant.0, channels).await?;
        end.opened().await?;
        Ok(end)
    }
}

impl<R: Role> PipeEnd<R> {
    async fn dial(address: SocketAddr, grant: &[u8; 32], channels: ChannelSet) -> anyhow::Result<Self> {
        let mut socket = RawSocket::connect(address, "/api/relay", None).await?;
        socket
            .binary(RelayHello { grant: Grant(*grant) }.encode())
            .await?;
        RelayReady::parse(&socket.message().await?)?;
        let mut handshake = [0; 32];
        getrandom::fill(&mut handshake)?;
        Ok(Self {
            socket,
            pipe: Pipe::new(handshake, channels, Tick(0)),
            start: Instant::now(),
        })
    }

    async fn opened(&mut self) -> anyhow::Result<()> {
        let event = self.next().await?;
        ensure!(
            matches!(event, Event::Open(_)),
            "expected the pipe to open, got {event:?}"
        );
        Ok(())
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
