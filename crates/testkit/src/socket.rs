//! [`RawSocket`]: a WebSocket client that says whatever a test wants.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, bail};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::soon;

/// What the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A binary message.
    Binary(Bytes),
    /// It closed, with code and reason; code 1006 when the connection just ended.
    Closed(u16, String),
}

/// A WebSocket to the server.
#[derive(Debug)]
pub struct RawSocket {
    inner: WebSocketStream<TcpStream>,
}

impl RawSocket {
    /// Connects, with an `Origin` header if one is given.
    ///
    /// # Errors
    /// The server refuses the upgrade.
    pub async fn connect(address: SocketAddr, path: &str, origin: Option<&str>) -> anyhow::Result<Self> {
        let origin = origin.map(|origin| ("origin", origin));
        Self::connect_with(address, path, origin.as_slice()).await
    }

    /// Connects from one of the system's own addresses, 127.0.0.0/8: a computer of its own to the server.
    ///
    /// # Errors
    /// The server refuses the upgrade.
    pub async fn connect_from(address: SocketAddr, source: Ipv4Addr, path: &str) -> anyhow::Result<Self> {
        let stream = crate::api::dial(address, Some(source)).await?;
        Self::upgrade(stream, address, path, &[]).await
    }

    /// Connects with these headers.
    ///
    /// # Errors
    /// The server refuses the upgrade.
    pub async fn connect_with(
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        Self::upgrade(stream, address, path, headers).await
    }

    async fn upgrade(
        stream: TcpStream,
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> anyhow::Result<Self> {
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse()?);
        }
        let (inner, _) = soon("a WebSocket", tokio_tungstenite::client_async(request, stream)).await??;
        Ok(Self { inner })
    }

    /// Sends a binary message.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn binary(&mut self, bytes: Vec<u8>) -> anyhow::Result<()> {
        Ok(self.inner.send(Message::Binary(bytes.into())).await?)
    }

    /// Waits until a message can be put in. Cancel safe.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn writable(&mut self) -> anyhow::Result<()> {
        Ok(std::future::poll_fn(|context| self.inner.poll_ready_unpin(context)).await?)
    }

    /// Puts a binary message in; ask [`Self::writable`] first and [`Self::flush`] afterwards.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn start(&mut self, bytes: Vec<u8>) -> anyhow::Result<()> {
        Ok(self.inner.start_send_unpin(Message::Binary(bytes.into()))?)
    }

    /// Waits until the system took everything. Cancel safe.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.inner.flush().await?)
    }

    /// Sends a text message, which no socket of this server takes.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn text(&mut self, text: &str) -> anyhow::Result<()> {
        Ok(self.inner.send(Message::Text(text.into())).await?)
    }

    /// Writes bytes past the WebSocket layer.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn bytes(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.inner.get_mut().write_all(bytes).await?)
    }

    /// Closes in good order.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn close(&mut self, code: u16, reason: &str) -> anyhow::Result<()> {
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.to_owned().into(),
        };
        Ok(self.inner.close(Some(frame)).await?)
    }

    /// What the server says next; pings are answered on the way. Cancel safe.
    ///
    /// # Errors
    /// It sends text.
    pub async fn next(&mut self) -> anyhow::Result<Said> {
        loop {
            return match self.inner.next().await {
                Some(Ok(Message::Binary(bytes))) => Ok(Said::Binary(bytes)),
                Some(Ok(Message::Close(Some(frame)))) => {
                    Ok(Said::Closed(frame.code.into(), frame.reason.to_string()))
                }
                Some(Ok(Message::Close(None)) | Err(Error::ConnectionClosed)) | None => {
                    Ok(Said::Closed(1006, String::new()))
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(other)) => bail!("the server said {other:?}"),
                Some(Err(error)) => Ok(Said::Closed(1006, error.to_string())),
            };
        }
    }

    /// Reads on until the server closes; what it says before is dropped.
    ///
    /// # Errors
    /// It does not close in time.
    pub async fn closed(&mut self) -> anyhow::Result<(u16, String)> {
        soon("the server to close a socket", async {
            loop {
                if let Said::Closed(code, reason) = self.next().await? {
                    return Ok((code, reason));
                }
            }
        })
        .await
        .context("still open")?
    }

    /// The next binary message.
    ///
    /// # Errors
    /// The server closes instead.
    pub async fn message(&mut self) -> anyhow::Result<Bytes> {
        match soon("a message", self.next()).await?? {
            Said::Binary(bytes) => Ok(bytes),
            Said::Closed(code, reason) => bail!("closed with {code} “{reason}” instead of a message"),
        }
    }
}
