//! Peers that do not go on stop nobody else.

use farol_server::config::OwnSettings;
use farol_server::server::Server;
use tokio::net::TcpStream;

use super::*;

#[tokio::test]
async fn one_network_holds_its_share_of_connections_only() {
    let data = tempfile::tempdir().unwrap();
    let mut settings = config(data.path(), TlsMode::Own(OwnSettings::default()));
    settings.connections_per_network = 4;
    settings.trusted_proxies = vec!["127.0.0.3/32".parse().unwrap()];
    let server = Server::start(settings).await.unwrap();
    let pem = farol_server::tls::authority(server.ctx())
        .await
        .unwrap()
        .unwrap()
        .pem;
    let connector = trusting(&pem);
    let from = async |last: u8| {
        let from = Ipv4Addr::new(127, 0, 0, last);
        soon("an end", dial(server.address(), from, &connector, "localhost")).await
    };
    // After their handshake, so that these are the connections and not the handshakes.
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(from(1).await.unwrap());
    }
    assert!(from(1).await.is_err(), "a fifth is closed");
    let mut other = from(2).await.unwrap();
    assert!(
        exchange(&mut other, &get("/health/live"))
            .await
            .starts_with("HTTP/1.1 200")
    );
    let mut behind = Vec::new();
    for _ in 0..6 {
        behind.push(from(3).await.unwrap());
    }
    drop(held);
    while from(1).await.is_err() {
        tokio::task::yield_now().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_silent_peer_fills_its_own_places_only() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(config(data.path(), TlsMode::Own(OwnSettings::default())))
        .await
        .unwrap();
    let pem = farol_server::tls::authority(server.ctx())
        .await
        .unwrap()
        .unwrap()
        .pem;
    let mut silent = Vec::new();
    // More than one address may hold; those beyond are closed at once.
    for _ in 0..200 {
        silent.push(TcpStream::connect(server.address()).await.unwrap());
    }
    let closed = soon("a connection to be closed", async {
        let mut byte = [0];
        silent.last_mut().unwrap().read(&mut byte).await
    });
    assert!(matches!(closed.await, Ok(0) | Err(_)));
    let connector = trusting(&pem);
    let other = dial(
        server.address(),
        Ipv4Addr::new(127, 0, 0, 2),
        &connector,
        "localhost",
    );
    let mut other = soon("a handshake from elsewhere", other).await.unwrap();
    assert!(
        exchange(&mut other, &get("/health/live"))
            .await
            .starts_with("HTTP/1.1 200")
    );

    // Whoever hangs up makes room again.
    drop(silent);
    soon("a handshake from the same address", async {
        while dial(server.address(), Ipv4Addr::LOCALHOST, &connector, "localhost")
            .await
            .is_err()
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // Nonsense instead of a handshake ends that connection and no other.
    let mut hostile = TcpStream::connect(server.address()).await.unwrap();
    hostile
        .write_all(&[0x16, 0x03, 0x01, 0xff, 0xff, 0, 0, 0])
        .await
        .unwrap();
    hostile.write_all(&[0xff; 4096]).await.unwrap();
    assert!(
        exchange(&mut other, &get("/health/live"))
            .await
            .starts_with("HTTP/1.1 200")
    );
    server.stop().await;
}
