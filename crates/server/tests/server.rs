//! Starting and stopping the whole server on a loopback port, and the reasons not to start.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

use std::time::{Duration, Instant};

use farol_server::config::{Config, ConfigError};
use farol_server::server::{Server, StartError, URL_FILE};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn refusal(config: Config) -> StartError {
    match Server::start(config).await {
        Ok(_) => panic!("started"),
        Err(error) => error,
    }
}

async fn exchange(stream: &mut TcpStream, path: &str) -> String {
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn it_serves_and_stops_although_a_connection_stays_open() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(Config::for_tests(directory.path())).await.unwrap();
    let url = std::fs::read_to_string(directory.path().join(URL_FILE)).unwrap();
    assert_eq!(url.trim(), format!("http://{}", server.address()));
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    assert!(
        exchange(&mut stream, "/health/live")
            .await
            .starts_with("HTTP/1.1 200")
    );
    let started = Instant::now();
    server.stop().await;
    assert!(started.elapsed() < Duration::from_secs(5));
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
}

#[tokio::test]
async fn half_a_request_keeps_nobody_else_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(Config::for_tests(directory.path())).await.unwrap();
    let mut slow = TcpStream::connect(server.address()).await.unwrap();
    slow.write_all(b"GET /health/live HTTP/1.1\r\nhost:")
        .await
        .unwrap();
    let mut other = TcpStream::connect(server.address()).await.unwrap();
    assert!(
        exchange(&mut other, "/health/live")
            .await
            .starts_with("HTTP/1.1 200")
    );
    let mut hostile = TcpStream::connect(server.address()).await.unwrap();
    hostile.write_all(&[0xff; 4096]).await.unwrap();
    let mut answer = Vec::new();
    hostile.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 400"), "{answer:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_taken_port_and_a_taken_directory_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = Config::for_tests(directory.path());
    config.listen = taken.local_addr().unwrap();
    let error = refusal(config).await;
    assert!(matches!(error, StartError::AddressInUse(_)), "{error}");
    assert!(error.to_string().contains("--listen"));

    let server = Server::start(Config::for_tests(directory.path())).await.unwrap();
    let error = refusal(Config::for_tests(directory.path())).await;
    assert!(matches!(error, StartError::Locked(_)), "{error}");
    server.stop().await;
    Server::start(Config::for_tests(directory.path()))
        .await
        .unwrap()
        .stop()
        .await;
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = refusal(Config::for_tests(&file.join("data"))).await;
    assert!(matches!(error, StartError::Data { .. }), "{error}");
    assert!(error.to_string().contains("--data"));
}

#[tokio::test]
async fn the_network_needs_encryption() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = Config::for_tests(directory.path());
    config.listen = "0.0.0.0:0".parse().unwrap();
    let error = refusal(config).await;
    assert!(
        matches!(error, StartError::Config(ConfigError::Unencrypted(_))),
        "{error}"
    );
}
