//! The server's own authority, as browsers, curl and rustls see it.

use farol_server::clock::Clock;
use farol_server::config::{OwnSettings, TlsMode};
use farol_server::jobs::JobName;
use farol_server::server::Server;

use super::*;
use crate::common::START;
use crate::peers::curl;

fn mode() -> TlsMode {
    TlsMode::Own(OwnSettings {
        names: vec!["farol.lan".into()],
    })
}

async fn fetch(server: &Server, path: &str) -> String {
    let (there, text) = curl(&["--insecure", &format!("https://{}{path}", server.address())]).await;
    assert!(there, "{text}");
    text
}

#[tokio::test]
async fn it_is_trusted_by_curl_and_rustls_and_stays_the_same() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(config(data.path(), mode())).await.unwrap();
    let pem = fetch(&server, "/trust/farol-authority.pem").await;
    let file = data.path().join("authority.pem");
    std::fs::write(&file, &pem).unwrap();
    let ca = file.to_str().unwrap();
    let port = server.address().port();
    for name in ["127.0.0.1", "localhost", "farol.lan"] {
        let resolve = format!("{name}:{port}:127.0.0.1");
        let url = format!("https://{name}:{port}/health/live");
        let (trusted, text) = curl(&["--cacert", ca, "--resolve", &resolve, &url]).await;
        assert!(trusted && text.contains("ok"), "{name}: {text}");
    }
    let (trusted, text) = curl(&[&format!("https://127.0.0.1:{port}/health/live")]).await;
    assert!(!trusted, "nobody trusts it unasked: {text}");
    // An address of this machine that no setting names: the certificate learns it when it is dialed.
    let socket = TcpSocket::new_v4().unwrap();
    let stream = socket.connect(([127, 0, 0, 1], port).into()).await.unwrap();
    drop(stream);
    let first = connect(server.address(), &trusting(&pem), "farol.lan").await;
    assert!(
        dial(
            server.address(),
            Ipv4Addr::LOCALHOST,
            &trusting(&pem),
            "example.org"
        )
        .await
        .is_err(),
        "it names nothing else"
    );
    server.stop().await;

    let server = Server::start(config(data.path(), mode())).await.unwrap();
    assert_eq!(
        fetch(&server, "/trust/farol-authority.pem").await,
        pem,
        "the authority stays"
    );
    assert_ne!(
        shown(&connect(server.address(), &trusting(&pem), "farol.lan").await),
        shown(&first)
    );
    server.stop().await;
}

#[tokio::test]
async fn an_address_is_named_once_it_was_dialed() {
    let data = tempfile::tempdir().unwrap();
    let mut config = config(data.path(), mode());
    config.listen = "0.0.0.0:0".parse().unwrap();
    let server = Server::start(config).await.unwrap();
    let pem = fetch_from(server.address().port()).await;
    let address = SocketAddr::from(([127, 9, 8, 7], server.address().port()));
    // Rustls checks the name against the certificate of this very connection.
    connect(address, &trusting(&pem), "127.9.8.7").await;
    server.stop().await;
}

async fn fetch_from(port: u16) -> String {
    let (there, text) = curl(&[
        "--insecure",
        &format!("https://127.0.0.1:{port}/trust/farol-authority.pem"),
    ])
    .await;
    assert!(there, "{text}");
    text
}

#[tokio::test]
async fn its_certificate_is_renewed_by_itself() {
    let data = tempfile::tempdir().unwrap();
    let clock = Clock::manual(START);
    let server = Server::start_with(config(data.path(), mode()), clock.clone())
        .await
        .unwrap();
    let mut shows = server.ctx().tls.watch_shown();
    let first = shows.borrow_and_update().clone().unwrap();
    clock.advance(Duration::from_secs(59 * 86_400));
    server.ctx().jobs.wake(JobName::CertificateOwn);
    clock.advance(Duration::from_secs(2 * 86_400));
    server.ctx().jobs.wake(JobName::CertificateOwn);
    soon("the next certificate", shows.changed()).await.unwrap();
    let second = shows.borrow_and_update().clone().unwrap();
    assert!(second.not_after > first.not_after && second.sha256 != first.sha256);
    server.stop().await;
}

#[tokio::test]
async fn it_is_for_servers_only() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(config(data.path(), mode())).await.unwrap();
    let view = farol_server::tls::authority(server.ctx()).await.unwrap().unwrap();
    let (_, parsed) = x509_parser::parse_x509_certificate(&view.der).unwrap();
    let usage = parsed.extended_key_usage().unwrap().unwrap().value;
    assert!(usage.server_auth && !usage.any && !usage.client_auth && !usage.code_signing);
    server.stop().await;
}

#[tokio::test]
async fn another_one_made_beside_it_is_taken_without_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(config(data.path(), mode())).await.unwrap();
    let before = farol_server::tls::authority(server.ctx()).await.unwrap().unwrap();
    connect(server.address(), &trusting(&before.pem), "farol.lan").await;
    let mut shows = server.ctx().tls.watch_shown();
    shows.mark_unchanged();
    // The command line, for another name.
    let wanted = OwnSettings {
        names: vec!["farol.lan".into(), "other.lan".into()],
    };
    let beside = farol_server::server::open(server.ctx().config.clone(), Clock::default())
        .await
        .unwrap();
    let made = farol_server::tls::renew_authority(&beside, &wanted)
        .await
        .unwrap();
    beside.db.close().await;
    server.ctx().jobs.wake(JobName::CertificateOwn);
    soon("a certificate of the new one", shows.changed())
        .await
        .unwrap();
    connect(server.address(), &trusting(&made.pem), "farol.lan").await;
    let old = dial(
        server.address(),
        Ipv4Addr::LOCALHOST,
        &trusting(&before.pem),
        "farol.lan",
    )
    .await;
    assert!(old.is_err(), "the former one vouches for nothing any more");
    server.stop().await;
}

#[tokio::test]
async fn the_page_says_how_in_both_languages_without_script() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(config(data.path(), mode())).await.unwrap();
    let view = farol_server::tls::authority(server.ctx()).await.unwrap().unwrap();
    let url = format!("https://{}/trust", server.address());
    for (language, words) in [
        ("en", "Compare the fingerprint"),
        ("pt-BR,pt;q=0.9,en;q=0.5", "Compare a impressão digital"),
    ] {
        let header = format!("accept-language: {language}");
        let (there, text) = curl(&["--insecure", "--include", "--header", &header, &url]).await;
        assert!(
            there && text.contains(words) && text.contains(&view.fingerprint),
            "{text}"
        );
        assert!(text.contains("default-src 'none'; style-src 'self'"), "{text}");
    }
    let der = data.path().join("authority.crt");
    let (there, text) = curl(&[
        "--insecure",
        "--output",
        der.to_str().unwrap(),
        &format!("{url}/farol-authority.crt"),
    ])
    .await;
    assert!(there, "{text}");
    assert_eq!(std::fs::read(der).unwrap(), view.der);
    server.stop().await;
}

#[tokio::test]
async fn a_server_without_one_has_no_such_page() {
    let app = common::App::new().await;
    for path in [
        "/trust",
        "/trust/farol-authority.pem",
        "/trust/farol-authority.crt",
    ] {
        app.get(path, &[]).await.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn its_key_is_not_in_the_database_in_the_clear() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(config(data.path(), mode())).await.unwrap();
    server.stop().await;
    let file = std::fs::read(data.path().join("farol.db")).unwrap();
    // The start of every PKCS #8 key on P-256: version, algorithm, curve.
    let marks: [&[u8]; 2] = [
        b"PRIVATE KEY",
        &[
            0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
        ],
    ];
    for mark in marks {
        assert!(!file.windows(mark.len()).any(|window| window == mark));
    }
}
