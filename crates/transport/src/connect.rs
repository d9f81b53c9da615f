//! Dialing: name, TCP, TLS, WebSocket handshake, all within one time limit.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

use crate::post::{After, PostAnswer};
use crate::socket::{Socket, Stream};
use crate::tls::{self, Trust};
use crate::url::ServerUrl;
use crate::{post, tune, vouch};

/// Buffer for reading: most of what agents and viewers of machines receive is small.
const READ_BUFFER: usize = 8 * 1024;

/// How to dial.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// Whom to trust.
    pub tls: Trust,
    /// Most bytes of one received message; more ends the connection.
    pub message_max: usize,
    /// For everything from the name to the WebSocket handshake.
    pub timeout: Duration,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nothing answered in time.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// No TCP connection.
    #[error("cannot reach {host}:{port}: {source}")]
    Tcp {
        /// Where to.
        host: String,
        /// Where to.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// No trusted TLS connection.
    #[error("TLS with {host}: {source}")]
    Tls {
        /// With whom.
        host: String,
        /// What went wrong.
        source: io::Error,
    },
    /// The certificate is not confirmed by any authority, and not by the server either.
    #[error(
        "the certificate of {host} is not trusted ({reason}), and the server does not vouch for it: {why}"
    )]
    Unproven {
        /// Whose.
        host: String,
        /// What the authorities say.
        reason: String,
        /// Why the server's own word is missing.
        why: String,
    },
    /// What answered does not prove to be the server that is expected; it was told nothing.
    #[error("{host} is not the server that is expected: {why}")]
    Stranger {
        /// Who.
        host: String,
        /// What is the matter with its proof.
        why: String,
    },
    /// The server answered, but not with a WebSocket.
    #[error("the server answered with HTTP status {0}")]
    Refused(u16),
    /// What answered is no HTTP server of ours.
    #[error("the answer cannot be read: {0}")]
    Answer(#[source] io::Error),
    /// What answered is no WebSocket server.
    #[error("WebSocket handshake: {0}")]
    Handshake(#[source] Box<tungstenite::Error>),
}

/// Opens a WebSocket at `path` of the server.
///
/// Dropping the future gives the attempt up.
///
/// # Errors
/// When any step fails; the error says which.
pub async fn connect(
    server: &ServerUrl,
    path: &str,
    options: &ConnectOptions,
) -> Result<Socket, ConnectError> {
    let dial = async { upgrade(server, path, options, open(server, options).await?).await };
    in_time(options, dial).await
}

/// As [`connect`], under any certificate: for what both ends prove and seal by themselves
/// ([`farol_protocol::link`]).
///
/// # Errors
/// As [`connect`].
pub async fn connect_sealed(
    server: &ServerUrl,
    path: &str,
    options: &ConnectOptions,
) -> Result<Socket, ConnectError> {
    let dial = async {
        let stream = reach(server).await?;
        let stream = if server.is_secure() {
            let stream = handshake(server, options.tls.sealed(), stream).await;
            Stream::Tls(Box::new(stream.map_err(|source| tls_failed(server, source))?))
        } else {
            Stream::Plain(stream)
        };
        upgrade(server, path, options, stream).await
    };
    in_time(options, dial).await
}

async fn in_time<T>(
    options: &ConnectOptions,
    work: impl Future<Output = Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    match tokio::time::timeout(options.timeout, work).await {
        Ok(result) => result,
        Err(_) => Err(ConnectError::TimedOut(options.timeout)),
    }
}

async fn upgrade(
    server: &ServerUrl,
    path: &str,
    options: &ConnectOptions,
    stream: Stream,
) -> Result<Socket, ConnectError> {
    let handshake = |error| ConnectError::Handshake(Box::new(error));
    let request = server.websocket(path).into_client_request().map_err(handshake)?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        // Every packet goes to the kernel at once; what is queued here could no longer be overtaken.
        .write_buffer_size(0)
        .max_write_buffer_size(4 * options.message_max + READ_BUFFER)
        .max_message_size(Some(options.message_max))
        .max_frame_size(Some(options.message_max));
    match tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await {
        Ok((socket, _response)) => Ok(Socket::new(socket)),
        Err(tungstenite::Error::Http(response)) => Err(ConnectError::Refused(response.status().as_u16())),
        Err(error) => Err(handshake(error)),
    }
}

/// Sends `body` (JSON) to `path` and reads the answer, of which at most `message_max` bytes may be body. Nothing
/// is redirected. Before anything is told, the server proves on the same connection that it is the expected one, whatever
/// its certificate says, and that nobody stands in between as far as it can know.
///
/// # Errors
/// When there is no connection or no answer; the error says why, and [`ConnectError::told`] whether the body may have
/// arrived.
pub async fn post_json(
    server: &ServerUrl,
    path: &str,
    body: &str,
    options: &ConnectOptions,
) -> Result<PostAnswer, ConnectError> {
    let exchange = async {
        let mut stream = open(server, options).await?;
        let shown = stream.certificate();
        let stranger = |why| ConnectError::Stranger {
            host: server.host().to_owned(),
            why,
        };
        let proof = vouch::question(&mut stream, server, &options.tls.expected(), After::Goes)
            .await
            .map_err(stranger)?;
        if shown.is_some() && proof.is_some() && shown != proof {
            return Err(stranger(vouch::IN_BETWEEN.into()));
        }
        say(&mut stream, server, (path, body), options).await
    };
    in_time(options, exchange).await
}

/// As [`post_json`], to a server that is known by its address alone. Its certificate has to be confirmed by an authority, and
/// is all the proof that there is: for what anybody may be told who has that address, such as a support code that a person
/// typed in beside it.
///
/// # Errors
/// As [`post_json`].
pub async fn post_json_to_address(
    server: &ServerUrl,
    path: &str,
    body: &str,
    options: &ConnectOptions,
) -> Result<PostAnswer, ConnectError> {
    let exchange = async {
        let mut stream = open(server, options).await?;
        say(&mut stream, server, (path, body), options).await
    };
    in_time(options, exchange).await
}

/// The last thing that is said on a connection.
async fn say(
    stream: &mut Stream,
    server: &ServerUrl,
    (path, body): (&str, &str),
    options: &ConnectOptions,
) -> Result<PostAnswer, ConnectError> {
    let limits = (options.message_max, After::Ends);
    post::post(stream, server, (path, body), limits)
        .await
        .map_err(ConnectError::Answer)
}

impl ConnectError {
    /// What the authorities say against the server's certificate, when that is why there is no connection.
    #[must_use]
    pub fn certificate(&self) -> Option<String> {
        match self {
            Self::Tls { source, .. } => certificate_error(source),
            Self::Unproven { reason, .. } => Some(reason.clone()),
            _ => None,
        }
    }

    /// Whether what was to be said may have reached the server.
    #[must_use]
    pub fn told(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::Answer(_))
    }
}

async fn open(server: &ServerUrl, options: &ConnectOptions) -> Result<Stream, ConnectError> {
    let stream = reach(server).await?;
    if server.is_secure() {
        secure(server, options, stream).await
    } else {
        Ok(Stream::Plain(stream))
    }
}

async fn reach(server: &ServerUrl) -> Result<TcpStream, ConnectError> {
    tcp(server).await.map_err(|source| ConnectError::Tcp {
        host: server.host().to_owned(),
        port: server.port(),
        source,
    })
}

pub(crate) async fn tcp(server: &ServerUrl) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((server.host(), server.port())).await?;
    stream.set_nodelay(true)?;
    tune::limit_unsent(&stream)?;
    Ok(stream)
}

/// TLS; when only the certificate is in the way, the server is asked whether it is its own, and dialed once more.
async fn secure(
    server: &ServerUrl,
    options: &ConnectOptions,
    stream: TcpStream,
) -> Result<Stream, ConnectError> {
    let failed = |source| tls_failed(server, source);
    let error = match handshake(server, options.tls.config(), stream).await {
        Ok(stream) => return Ok(Stream::Tls(Box::new(stream))),
        Err(error) => error,
    };
    let expected = options.tls.expected();
    let Some(reason) = certificate_error(&error).filter(|_| !expected.is_empty()) else {
        return Err(failed(error));
    };
    vouch::ask(server, &options.tls, &expected, reason.clone())
        .await
        .map_err(|why| ConnectError::Unproven {
            host: server.host().to_owned(),
            reason,
            why,
        })?;
    let stream = reach(server).await?;
    let stream = handshake(server, options.tls.config(), stream)
        .await
        .map_err(failed)?;
    Ok(Stream::Tls(Box::new(stream)))
}

pub(crate) async fn handshake(
    server: &ServerUrl,
    config: &Arc<ClientConfig>,
    stream: TcpStream,
) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(server.host().to_owned()).map_err(io::Error::other)?;
    TlsConnector::from(Arc::clone(config)).connect(name, stream).await
}

/// What the authorities say, when that is why there is no TLS.
fn certificate_error(error: &io::Error) -> Option<String> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        error @ rustls::Error::InvalidCertificate(_) => Some(tls::reason(error)),
        _ => None,
    }
}

fn tls_failed(server: &ServerUrl, source: io::Error) -> ConnectError {
    ConnectError::Tls {
        host: server.host().to_owned(),
        source,
    }
}
