//! Dialing real servers on loopback: plain and TLS, well-behaved and not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use farol_protocol::identity::ServerIdentity;
use farol_transport::{
    ConnectError, ConnectOptions, ServerUrl, Socket, SocketError, SocketEvent, connect, connect_sealed,
    post_json, post_json_to_address, tls,
};
use futures_util::{SinkExt, StreamExt};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

type Server = WebSocketStream<TcpStream>;

fn options() -> ConnectOptions {
    let tls = tls::Trust::new(None, None).unwrap();
    ConnectOptions {
        tls,
        message_max: 1000,
        timeout: Duration::from_secs(10),
    }
}

async fn listen() -> (TcpListener, ServerUrl) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    (listener, ServerUrl::parse(&url, false).unwrap())
}

async fn read_post(stream: &mut (impl AsyncRead + Unpin)) -> (String, serde_json::Value) {
    let mut request = String::new();
    while !request.ends_with('}') {
        request.push(char::from(stream.read_u8().await.unwrap()));
    }
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let line = head.lines().next().unwrap().to_owned();
    (line, serde_json::from_str(body).unwrap())
}

async fn write_answer(stream: &mut (impl AsyncWrite + Unpin), body: &str) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .await
        .unwrap();
}

/// Answers the question for its identity as `identity` that says it shows `certificate`.
async fn answer(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    identity: &ServerIdentity,
    certificate: Option<[u8; 32]>,
) {
    let (line, question) = read_post(stream).await;
    assert_eq!(line, "POST /api/agent/identity HTTP/1.1");
    let nonce = BASE64URL_NOPAD
        .decode(question["nonce"].as_str().unwrap().as_bytes())
        .unwrap();
    let answer = serde_json::json!({
        "identity_key": identity.public().to_base64url(),
        "certificate_sha256": certificate.map(|hash| HEXLOWER.encode(&hash)),
        "signature": BASE64URL_NOPAD.encode(&identity.sign_identity(&nonce.try_into().unwrap(), certificate.as_ref())),
    });
    write_answer(stream, &answer.to_string()).await;
}

/// A connected pair: our client and a plain server.
async fn pair() -> (Socket, Server) {
    let (listener, url) = listen().await;
    let accept = async {
        tokio_tungstenite::accept_async(listener.accept().await.unwrap().0)
            .await
            .unwrap()
    };
    let options = options();
    let (socket, server) = tokio::join!(connect(&url, "/x", &options), accept);
    (socket.unwrap(), server)
}

async fn message(socket: &mut Socket) -> Vec<u8> {
    match socket.next(false).await.unwrap() {
        SocketEvent::Message(bytes) => bytes.to_vec(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn messages_go_both_ways() {
    let (mut socket, mut server) = pair().await;
    socket.send(vec![1, 2]).await.unwrap();
    assert_eq!(server.next().await.unwrap().unwrap().into_data().to_vec(), [1, 2]);
    server.send(Message::Binary(vec![3].into())).await.unwrap();
    server.send(Message::Ping(vec![].into())).await.unwrap();
    assert_eq!(message(&mut socket).await, [3]);
    assert!(matches!(socket.next(false).await, Ok(SocketEvent::Activity)));
    // The pong leaves with the next turn, with nothing of our own to send.
    assert!(matches!(socket.next(true).await, Ok(SocketEvent::Writable)));
    assert!(server.next().await.unwrap().unwrap().is_pong());
}

#[tokio::test]
async fn a_peer_that_does_not_read_does_not_stop_our_reading() {
    let (mut socket, mut server) = pair().await;
    let mut sent = 0u32;
    // Fill the line until the system takes no more.
    loop {
        let room = tokio::time::timeout(Duration::from_millis(500), socket.next(true)).await;
        match room {
            Ok(Ok(SocketEvent::Writable)) => socket.start_send(vec![0; 900]).unwrap(),
            Ok(other) => panic!("{other:?}"),
            Err(_full) => break,
        }
        sent += 1;
        assert!(sent < 1_000_000, "the line never fills");
    }
    server.send(Message::Binary(vec![7].into())).await.unwrap();
    assert_eq!(message(&mut socket).await, [7]);
    // And once the peer reads again, everything is there.
    let reader = async {
        for _ in 0..sent {
            assert_eq!(server.next().await.unwrap().unwrap().len(), 900);
        }
    };
    let writer = async { assert!(matches!(socket.next(true).await, Ok(SocketEvent::Writable))) };
    tokio::join!(reader, writer);
}

#[tokio::test]
async fn close_codes_arrive_and_silence_is_a_close() {
    let (mut socket, mut server) = pair().await;
    let frame = CloseFrame {
        code: 4410.into(),
        reason: "technician_ended".into(),
    };
    server.close(Some(frame)).await.unwrap();
    let SocketEvent::Closed {
        code: Some(4410),
        reason,
    } = socket.next(false).await.unwrap()
    else {
        panic!("close")
    };
    assert_eq!(reason, "technician_ended");

    let (socket, mut server) = pair().await;
    socket.close(4000, "enough").await.unwrap();
    let Message::Close(Some(frame)) = server.next().await.unwrap().unwrap() else {
        panic!("close")
    };
    assert_eq!((u16::from(frame.code), frame.reason.as_str()), (4000, "enough"));

    let (mut socket, server) = pair().await;
    drop(server);
    let end = socket.next(false).await;
    assert!(
        matches!(end, Ok(SocketEvent::Closed { code: None, .. }) | Err(_)),
        "{end:?}"
    );
}

#[tokio::test]
async fn what_must_not_be_sent_ends_the_connection() {
    let (mut socket, mut server) = pair().await;
    server.send(Message::Binary(vec![0; 1001].into())).await.unwrap();
    assert!(matches!(socket.next(false).await, Err(SocketError::TooBig)));

    let (mut socket, mut server) = pair().await;
    server.send(Message::Text("hello".into())).await.unwrap();
    assert!(matches!(socket.next(false).await, Err(SocketError::Violation(_))));
}

#[tokio::test]
async fn failures_to_connect_say_what_failed() {
    let (listener, url) = listen().await;
    let status = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let _size = stream.read(&mut request).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")
            .await
            .unwrap();
    };
    let options = options();
    let (result, ()) = tokio::join!(connect(&url, "/x", &options), status);
    assert!(matches!(result, Err(ConnectError::Refused(503))));

    let quick = ConnectOptions {
        timeout: Duration::from_millis(50),
        ..options.clone()
    };
    assert!(
        matches!(connect(&url, "/x", &quick).await, Err(ConnectError::TimedOut(_))),
        "nobody accepts"
    );
    drop(listener);
    assert!(matches!(
        connect(&url, "/x", &options).await,
        Err(ConnectError::Tcp { .. })
    ));
}

#[tokio::test]
async fn tls_is_trusted_through_the_named_file_only() {
    let certificate = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let file = std::env::temp_dir().join(format!("farol-transport-{}.pem", std::process::id()));
    std::fs::write(&file, certificate.cert.pem()).unwrap();
    let trusting = ConnectOptions {
        tls: tls::Trust::new(Some(&file), None).unwrap(),
        ..options()
    };
    std::fs::remove_file(&file).unwrap();

    let key = rustls::pki_types::PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.cert.der().clone()], key)
            .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let (listener, url) = listen().await;
    let secure = ServerUrl::parse(&format!("https://localhost:{}", url.port()), false).unwrap();

    let options = options();
    let refused = async { assert!(acceptor.accept(listener.accept().await.unwrap().0).await.is_err()) };
    let (result, ()) = tokio::join!(connect(&secure, "/x", &options), refused);
    assert!(matches!(result, Err(ConnectError::Tls { .. })));

    let accept = async { acceptor.accept(listener.accept().await.unwrap().0).await };
    let echo = async {
        echo_once(
            tokio_tungstenite::accept_async(accept.await.unwrap())
                .await
                .unwrap(),
        )
        .await
    };
    let talk = async {
        let mut socket = connect(&secure, "/x", &trusting).await.unwrap();
        socket.send(vec![9; 500]).await.unwrap();
        message(&mut socket).await
    };
    let (answer, ()) = tokio::join!(talk, echo);
    assert_eq!(answer, [9; 500]);
}

async fn echo_once<S: AsyncRead + AsyncWrite + Unpin>(mut server: WebSocketStream<S>) {
    let received = server.next().await.unwrap().unwrap();
    server.send(received).await.unwrap();
}

#[test]
fn a_useless_certificate_file_is_named() {
    let missing = std::path::Path::new("/nonexistent/ca.pem");
    assert!(
        tls::client_config(Some(missing))
            .unwrap_err()
            .to_string()
            .contains("/nonexistent/ca.pem")
    );
}

/// A server with a certificate that nobody knows, and an identity.
struct Unknown {
    listener: TcpListener,
    acceptor: tokio_rustls::TlsAcceptor,
    certificate: [u8; 32],
    pem: String,
}

impl Unknown {
    async fn new() -> (Self, ServerUrl) {
        let certificate = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let key =
            rustls::pki_types::PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
        let config =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.cert.der().clone()], key)
                .unwrap();
        let (listener, url) = listen().await;
        let secure = ServerUrl::parse(&format!("https://localhost:{}", url.port()), false).unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        (
            Self {
                listener,
                acceptor,
                certificate: Sha256::digest(certificate.cert.der()).into(),
                pem: certificate.cert.pem(),
            },
            secure,
        )
    }

    /// Refuses to be distrusted once, then answers the question as `identity` that says it shows `certificate`.
    async fn vouch(&self, identity: &ServerIdentity, certificate: Option<[u8; 32]>) {
        let first = self.listener.accept().await.unwrap().0;
        assert!(
            self.acceptor.accept(first).await.is_err(),
            "a strict client came first"
        );
        let asking = self.listener.accept().await.unwrap().0;
        let mut asking = self.acceptor.accept(asking).await.unwrap();
        answer(&mut asking, identity, certificate).await;
    }

    async fn websocket(&self) {
        let stream = self
            .acceptor
            .accept(self.listener.accept().await.unwrap().0)
            .await
            .unwrap();
        echo_once(tokio_tungstenite::accept_async(stream).await.unwrap()).await;
    }
}

#[tokio::test]
async fn a_certificate_that_the_pinned_server_vouches_for_is_taken_and_remembered() {
    let identity = ServerIdentity::from_seed(&[6; 32]);
    let (server, url) = Unknown::new().await;
    let options = ConnectOptions {
        tls: tls::Trust::new(None, Some(identity.public().into())).unwrap(),
        ..options()
    };
    let serve = async {
        server.vouch(&identity, Some(server.certificate)).await;
        server.websocket().await;
        // The next time nothing is asked.
        server.websocket().await;
    };
    let talk = async {
        for _ in 0..2 {
            let mut socket = connect(&url, "/x", &options).await.unwrap();
            socket.send(vec![9; 500]).await.unwrap();
            assert_eq!(message(&mut socket).await, [9; 500]);
        }
    };
    tokio::join!(talk, serve);
    assert!(options.tls.take_notice().is_some());
    assert_eq!(options.tls.take_notice(), None, "said once");
}

#[tokio::test]
async fn nobody_in_between_is_vouched_for() {
    let (identity, other) = (
        ServerIdentity::from_seed(&[6; 32]),
        ServerIdentity::from_seed(&[7; 32]),
    );
    let (server, url) = Unknown::new().await;
    let options = ConnectOptions {
        tls: tls::Trust::new(None, Some(identity.public().into())).unwrap(),
        ..options()
    };
    for (who, certificate, part) in [
        // Passes the question on to the real server, which names its own certificate.
        (&identity, Some([1; 32]), "in between"),
        (&identity, None, "proxy"),
        (&other, Some(server.certificate), "another server"),
    ] {
        let (result, ()) = tokio::join!(connect(&url, "/x", &options), server.vouch(who, certificate));
        let Err(error @ ConnectError::Unproven { .. }) = result else {
            panic!("{result:?}")
        };
        assert!(error.to_string().contains(part), "{error}");
    }
}

/// Somebody whose certificate nobody confirms, and whom nobody vouches for.
#[tokio::test]
async fn what_seals_itself_goes_under_any_certificate() {
    let identity = ServerIdentity::from_seed(&[6; 32]);
    let (server, url) = Unknown::new().await;
    let options = ConnectOptions {
        tls: tls::Trust::new(None, Some(identity.public().into())).unwrap(),
        ..options()
    };
    for first in [true, false] {
        let talk = async {
            let mut socket = connect_sealed(&url, "/x", &options).await.unwrap();
            socket.send(vec![9; 500]).await.unwrap();
            assert_eq!(message(&mut socket).await, [9; 500]);
        };
        tokio::join!(talk, server.websocket());
        assert_eq!(options.tls.take_notice().is_some(), first, "said once");
    }
    // That says nothing for what does not seal itself.
    let (result, ()) = tokio::join!(connect(&url, "/x", &options), server.vouch(&identity, None));
    assert!(matches!(result, Err(ConnectError::Unproven { .. })), "{result:?}");
}

#[tokio::test]
async fn nothing_is_told_before_the_server_proved_who_it_is() {
    let (identity, other) = (
        ServerIdentity::from_seed(&[6; 32]),
        ServerIdentity::from_seed(&[7; 32]),
    );
    let (listener, url) = listen().await;
    let options = ConnectOptions {
        tls: tls::Trust::new(None, Some(identity.public().into())).unwrap(),
        ..options()
    };
    let serve = async |who: &ServerIdentity| {
        let mut stream = listener.accept().await.unwrap().0;
        answer(&mut stream, who, None).await;
        stream
    };
    let told = async {
        let mut stream = serve(&identity).await;
        let (line, body) = read_post(&mut stream).await;
        assert_eq!((line.as_str(), &body["x"]), ("POST /told HTTP/1.1", &1.into()));
        write_answer(&mut stream, "{}").await;
    };
    let (answer, ()) = tokio::join!(post_json(&url, "/told", "{\"x\":1}", &options), told);
    assert_eq!(answer.unwrap().status, 200);
    let silent = async {
        let mut stream = serve(&other).await;
        assert_eq!(
            stream.read(&mut [0; 1]).await.unwrap(),
            0,
            "it was told something"
        );
    };
    let (answer, ()) = tokio::join!(post_json(&url, "/told", "{\"x\":1}", &options), silent);
    let Err(error @ ConnectError::Stranger { .. }) = answer else {
        panic!("{answer:?}")
    };
    assert!(!error.told());
    let knows_nobody = ConnectOptions {
        tls: tls::Trust::new(None, None).unwrap(),
        ..options
    };
    let dial = post_json(&url, "/told", "{}", &knows_nobody);
    let (answer, _) = tokio::join!(dial, listener.accept());
    assert!(matches!(answer, Err(ConnectError::Stranger { .. })), "{answer:?}");
}

#[tokio::test]
async fn an_address_alone_is_trusted_with_a_confirmed_certificate_only() {
    let (server, url) = Unknown::new().await;
    let options = options();
    let refused = async {
        let stream = server.listener.accept().await.unwrap().0;
        assert!(server.acceptor.accept(stream).await.is_err());
    };
    let dial = post_json_to_address(&url, "/told", "{}", &options);
    let (answer, ()) = tokio::join!(dial, refused);
    let error = answer.unwrap_err();
    assert!(error.certificate().is_some() && !error.told(), "{error:?}");

    let file = std::env::temp_dir().join(format!("farol-transport-address-{}.pem", std::process::id()));
    std::fs::write(&file, &server.pem).unwrap();
    let trusting = ConnectOptions {
        tls: tls::Trust::new(Some(&file), None).unwrap(),
        ..options.clone()
    };
    std::fs::remove_file(&file).unwrap();
    let told = async {
        let stream = server.listener.accept().await.unwrap().0;
        let mut stream = server.acceptor.accept(stream).await.unwrap();
        let (line, _) = read_post(&mut stream).await;
        assert_eq!(line, "POST /told HTTP/1.1");
        write_answer(&mut stream, "{}").await;
    };
    let dial = post_json_to_address(&url, "/told", "{}", &trusting);
    let (answer, ()) = tokio::join!(dial, told);
    assert_eq!(answer.unwrap().status, 200);

    let (listener, url) = listen().await;
    let told = async {
        let mut stream = listener.accept().await.unwrap().0;
        read_post(&mut stream).await;
        write_answer(&mut stream, "{}").await;
    };
    let dial = post_json_to_address(&url, "/told", "{}", &options);
    let (answer, ()) = tokio::join!(dial, told);
    let error = answer.as_ref().err();
    assert_eq!(error.and_then(ConnectError::certificate), None);
    assert_eq!(answer.unwrap().status, 200);
}
