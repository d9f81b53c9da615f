//! An open WebSocket: one owner, both directions at once.
//!
//! A [`Socket`] never waits for one direction while the other has work: [`Socket::next`] reads and writes in one
//! step, so that input arrives while a picture is still leaving. It holds at most one message that the system has not
//! taken; ask with `want_write`, and put the next one in when it says [`SocketEvent::Writable`].

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use farol_protocol::identity::CertificateHash;
use futures_util::{Sink, SinkExt, Stream as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Bytes, Message};

use crate::tls;

/// What is under the WebSocket.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// The certificate that the other end showed.
    pub(crate) fn certificate(&self) -> Option<CertificateHash> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(stream) => tls::shown(stream),
        }
    }
}

/// What happened on a socket.
#[derive(Debug)]
pub enum SocketEvent {
    /// A binary message.
    Message(Bytes),
    /// A ping or pong: the other side is there.
    Activity,
    /// The system took everything so far; put the next message in. Only when asked for.
    Writable,
    /// The other side closed, or is gone; nothing comes after this.
    Closed {
        /// WebSocket close code, when there was a proper farewell.
        code: Option<u16>,
        /// The reason that came with it; text from the peer.
        reason: String,
    },
}

/// Why a socket can no longer be used.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The network.
    #[error("connection: {0}")]
    Io(#[from] io::Error),
    /// A message over the limit.
    #[error("a message was too big")]
    TooBig,
    /// Something other than binary messages, or no WebSocket at all.
    #[error("WebSocket: {0}")]
    Violation(String),
}

/// An open WebSocket.
#[derive(Debug)]
pub struct Socket {
    inner: WebSocketStream<Stream>,
    /// The system has taken all that was put in.
    flushed: bool,
}

impl Socket {
    pub(crate) fn new(inner: WebSocketStream<Stream>) -> Self {
        Self { inner, flushed: true }
    }

    /// Waits for the next message, or with `want_write` for room for one, whichever is first.
    ///
    /// Cancel safe: nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// When the connection broke or the peer sent what it must not.
    pub async fn next(&mut self, want_write: bool) -> Result<SocketEvent, SocketError> {
        std::future::poll_fn(|context| self.poll(context, want_write)).await
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
        want_write: bool,
    ) -> Poll<Result<SocketEvent, SocketError>> {
        if let Poll::Ready(received) = Pin::new(&mut self.inner).poll_next(context) {
            return Poll::Ready(received_event(received));
        }
        // Also sends the answers to pings.
        match Pin::new(&mut self.inner).poll_flush(context) {
            Poll::Ready(Ok(())) => self.flushed = true,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
            Poll::Pending => return Poll::Pending,
        }
        if want_write && self.flushed {
            Poll::Ready(Ok(SocketEvent::Writable))
        } else {
            Poll::Pending
        }
    }

    /// Puts one binary message in. Call after [`SocketEvent::Writable`]; otherwise messages pile up where nothing
    /// can overtake them, up to four of the biggest.
    ///
    /// # Errors
    /// When the connection broke, or too much piled up.
    pub fn start_send(&mut self, message: Vec<u8>) -> Result<(), SocketError> {
        self.flushed = false;
        Ok(Pin::new(&mut self.inner).start_send(Message::Binary(message.into()))?)
    }

    /// Sends one binary message and waits until the system took it. Nothing is read meanwhile.
    ///
    /// # Errors
    /// When the connection broke.
    pub async fn send(&mut self, message: Vec<u8>) -> Result<(), SocketError> {
        Ok(self.inner.send(Message::Binary(message.into())).await?)
    }

    /// Says farewell with a code and a reason, and drops the connection once the system took it.
    ///
    /// # Errors
    /// When the connection broke before.
    pub async fn close(mut self, code: u16, reason: &str) -> Result<(), SocketError> {
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.into(),
        };
        Ok(self.inner.close(Some(frame)).await?)
    }
}

fn received_event(received: Option<Result<Message, tungstenite::Error>>) -> Result<SocketEvent, SocketError> {
    Ok(match received {
        Some(Ok(Message::Binary(bytes))) => SocketEvent::Message(bytes),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => SocketEvent::Activity,
        Some(Ok(Message::Close(Some(frame)))) => SocketEvent::Closed {
            code: Some(frame.code.into()),
            reason: frame.reason.to_string(),
        },
        Some(Ok(Message::Close(None))) | None => SocketEvent::Closed {
            code: None,
            reason: String::new(),
        },
        Some(Ok(Message::Text(_) | Message::Frame(_))) => {
            return Err(SocketError::Violation("a message that is not binary".into()));
        }
        Some(Err(error)) => return Err(error.into()),
    })
}

impl From<tungstenite::Error> for SocketError {
    fn from(error: tungstenite::Error) -> Self {
        match error {
            tungstenite::Error::Io(error) => Self::Io(error),
            tungstenite::Error::Capacity(_) => Self::TooBig,
            other => Self::Violation(other.to_string()),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}
