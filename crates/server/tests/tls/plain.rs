//! What is answered without TLS: nothing, to anybody but this machine and trusted proxies that vouch for https.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use farol_server::config::{ConfigError, OwnSettings};
use farol_server::http::Transport;
use farol_server::server::{Server, StartError};
use tokio::net::TcpStream;

use super::*;
use crate::common::App;

fn plain(method: Method, path: &str, peer: [u8; 4], headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = common::request(method, path, headers, None);
    request
        .extensions_mut()
        .insert(ConnectInfo(SocketAddr::from((peer, 50_000))));
    request.extensions_mut().insert(Transport::Plain);
    request
}

#[tokio::test]
async fn no_route_answers_a_stranger_in_the_clear() {
    let app = App::new().await;
    let document = farol_server::openapi::document();
    let mut asked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            let spoofed = [("x-forwarded-proto", "https"), ("x-forwarded-for", "127.0.0.1")];
            let request = plain(method, path, [192, 0, 2, 1], &spoofed);
            app.send(request).await.assert_problem(403, "encryption_required");
            asked += 1;
        }
    }
    assert!(asked >= 30, "{asked} routes");
    for path in [
        "/",
        "/trust",
        "/api/docs",
        "/api/openapi.json",
        "/assets/x.js",
        "/nonsense",
    ] {
        let answer = app.send(plain(Method::GET, path, [192, 0, 2, 1], &[])).await;
        answer.assert_problem(403, "encryption_required");
    }
}

#[tokio::test]
async fn a_proxy_must_be_named_and_must_vouch_for_https() {
    let app = App::with(|config| config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()]).await;
    let from = ("x-forwarded-for", "6.6.6.6, 198.51.100.7");
    let near = [127, 0, 0, 1];
    let path = "/api/version";
    let answer = app
        .send(plain(
            Method::GET,
            path,
            near,
            &[from, ("x-forwarded-proto", "https")],
        ))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = app
        .send(plain(
            Method::GET,
            path,
            near,
            &[from, ("x-forwarded-proto", "http")],
        ))
        .await;
    answer.assert_problem(403, "encryption_required");
    // Metrics are for loopback: the client's own claim of being there does not count, the hop that the proxy saw does.
    for (claim, status) in [
        ("127.0.0.1, 198.51.100.7", 403),
        ("198.51.100.7, 127.0.0.1", 403),
        ("127.0.0.1", 200),
    ] {
        let headers = [("x-forwarded-for", claim), ("x-forwarded-proto", "https")];
        let answer = app.send(plain(Method::GET, "/metrics", near, &headers)).await;
        assert_eq!(answer.status, status, "{claim}: {answer:?}");
    }

    let unnamed = App::new().await;
    let answer = unnamed
        .send(plain(
            Method::GET,
            path,
            near,
            &[from, ("x-forwarded-proto", "https")],
        ))
        .await;
    answer.assert_problem(403, "proxy_not_trusted");
    assert_eq!(
        unnamed.send(plain(Method::GET, path, near, &[])).await.status,
        200
    );
}

#[tokio::test]
async fn http_on_the_tls_port_is_told_so() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(config(data.path(), TlsMode::Own(OwnSettings::default())))
        .await
        .unwrap();
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(get("/health/live").as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon("the answer", stream.read_to_string(&mut answer))
        .await
        .unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 400") && answer.contains("encryption_required"),
        "{answer}"
    );
    server.stop().await;
}

#[tokio::test]
async fn the_network_without_tls_is_refused_at_start_with_the_ways_out() {
    let data = tempfile::tempdir().unwrap();
    let mut config = Config::for_tests(data.path());
    config.listen = "0.0.0.0:0".parse().unwrap();
    let Err(error) = Server::start(config).await else {
        panic!("started")
    };
    assert!(matches!(error, StartError::Config(ConfigError::Unencrypted(_))));
    let text = error.to_string();
    for way in ["--tls own", "[tls]", "trusted_proxies", "127.0.0.1"] {
        assert!(text.contains(way), "{way}: {text}");
    }
}
