//! [`ApiClient`]: the console's HTTP, without a browser.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};

use crate::soon;

/// Connects from one of the system's own addresses, or from whichever the system likes.
pub(crate) async fn dial(address: SocketAddr, source: Option<Ipv4Addr>) -> std::io::Result<TcpStream> {
    let Some(source) = source else {
        return TcpStream::connect(address).await;
    };
    let socket = TcpSocket::new_v4()?;
    socket.bind((source, 0).into())?;
    socket.connect(address).await
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The JSON body; null when there is none.
    pub body: Value,
    /// Seconds of the `Retry-After` header.
    pub retry_after: Option<u64>,
    /// The cookie that came with it, as a browser sends it back.
    pub cookie: Option<String>,
}

/// A program that speaks to one server, with the cookie of one login or with an API token.
#[derive(Debug, Clone)]
pub struct ApiClient {
    address: SocketAddr,
    source: Option<Ipv4Addr>,
    cookie: Option<String>,
    token: Option<String>,
}

impl ApiClient {
    /// A client that is not signed in.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            source: None,
            cookie: None,
            token: None,
        }
    }

    /// A client that proves itself with this API token.
    #[must_use]
    pub fn with_token(address: SocketAddr, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..Self::new(address)
        }
    }

    /// The same, calling from this address of 127.0.0.0/8: a computer of its own to the server. Linux answers to all of them.
    #[must_use]
    pub fn from(self, source: Ipv4Addr) -> Self {
        Self {
            source: Some(source),
            ..self
        }
    }

    /// The same login, at another address (the server restarted).
    #[must_use]
    pub fn at(&self, address: SocketAddr) -> Self {
        Self {
            address,
            ..self.clone()
        }
    }

    /// The server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The login cookie as it is sent, `name=value`; none before a login.
    #[must_use]
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// `GET`.
    ///
    /// # Errors
    /// The connection fails, or the answer is not JSON.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, None, &[]).await
    }

    /// `POST`; a cookie in the answer is kept.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let answer = self.send(Method::POST, path, Some(body), &[]).await?;
        if let Some(cookie) = &answer.cookie {
            self.cookie = Some(cookie.clone());
        }
        Ok(answer)
    }

    /// `PATCH` with `If-Match`.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn patch(&self, path: &str, body: &Value, if_match: &str) -> anyhow::Result<Answer> {
        self.send(Method::PATCH, path, Some(body), &[("if-match", if_match)])
            .await
    }

    /// `DELETE`.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn delete(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// Any request, with headers of one's own.
    ///
    /// # Errors
    /// The connection fails, or the answer is not JSON.
    pub async fn send_with(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        self.send(method.parse()?, path, body, headers).await
    }

    /// The headers of the answer to a `GET`, whatever its body is.
    ///
    /// # Errors
    /// The connection fails.
    pub async fn headers(&self, path: &str) -> anyhow::Result<HeaderMap> {
        let response = self.request(Method::GET, path, None, &[]).await?;
        Ok(response.headers().clone())
    }

    /// The body of the answer to a `GET`, for what is no JSON.
    ///
    /// # Errors
    /// The connection fails, the answer is no text, or the server refuses.
    pub async fn text(&self, path: &str) -> anyhow::Result<String> {
        let response = self.request(Method::GET, path, None, &[]).await?;
        let status = response.status();
        let bytes = soon("an answer's body", response.into_body().collect()).await??;
        let text = String::from_utf8(bytes.to_bytes().into())?;
        ensure!(status == 200, "{path} answered {status}: {text}");
        Ok(text)
    }

    /// Opens the stream of notices; its hello has come when this returns.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn events(&self) -> anyhow::Result<EventStream> {
        let response = self.request(Method::GET, "/api/events", None, &[]).await?;
        ensure!(
            response.status() == 200,
            "the event stream answered {}",
            response.status()
        );
        let mut stream = EventStream {
            body: response.into_body(),
            text: String::new(),
        };
        let first = stream.next().await?.context("the stream ended at once")?;
        ensure!(first.0 == "hello", "the first event is {first:?}");
        Ok(stream)
    }

    /// Reads `path` now and after each notice until `wanted` accepts it; waits for notices, never polls.
    ///
    /// # Errors
    /// It does not come true in time; the last answer is in the error.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        let mut events = self.events().await?;
        let mut last = Value::Null;
        let seen = soon(path, async {
            loop {
                last = self.get(path).await?.body;
                if wanted(&last) {
                    return anyhow::Ok(());
                }
                events.next().await?.context("the event stream ended")?;
            }
        })
        .await;
        match seen {
            Ok(result) => result.map(|()| last),
            Err(error) => Err(error.context(format!("last seen: {last}"))),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        let response = self.request(method, path, body, headers).await?;
        let status = response.status().as_u16();
        let cookie = response
            .headers()
            .get("set-cookie")
            .and_then(|value| value.to_str().ok());
        let cookie = cookie
            .and_then(|value| value.split(';').next())
            .map(str::to_owned);
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        let bytes = soon("an answer's body", response.into_body().collect())
            .await??
            .to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .with_context(|| format!("{path} answered {status} without JSON"))?
        };
        Ok(Answer {
            status,
            body,
            retry_after,
            cookie,
        })
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Response<Incoming>> {
        let stream = dial(self.address, self.source).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.address.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let bytes = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        let answered = soon("an answer", sender.send_request(request.body(Full::new(bytes))?)).await?;
        Ok(answered?)
    }
}

/// An open stream of notices.
#[derive(Debug)]
pub struct EventStream {
    body: Incoming,
    text: String,
}

impl EventStream {
    /// The next event as name and data; None at the end of the stream. Comments are skipped.
    ///
    /// # Errors
    /// The connection breaks, or nothing comes in time.
    pub async fn next(&mut self) -> anyhow::Result<Option<(String, String)>> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let event = parse(block);
                self.text = rest.to_owned();
                match event {
                    Some(event) => return Ok(Some(event)),
                    None => continue,
                }
            }
            // Keep-alive comments come each 25 s, so silence for longer is a fault.
            let frame = tokio::time::timeout(Duration::from_secs(60), self.body.frame()).await;
            match frame.context("the event stream fell silent")? {
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        self.text.push_str(std::str::from_utf8(data)?);
                    }
                }
                Some(Err(error)) => bail!("event stream: {error}"),
                None => return Ok(None),
            }
        }
    }
}

fn parse(block: &str) -> Option<(String, String)> {
    let field = |name: &str| {
        block
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(|value| value.trim().to_owned())
    };
    Some((field("event:")?, field("data:").unwrap_or_default()))
}
