//! ACME against pebble: first certificate, restart, renewal, refused challenges; and an authority that wants peace.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::{get as on_get, post};
use farol_server::clock::Clock;
use farol_server::config::AcmeSettings;
use farol_server::jobs::{JobName, JobState};
use farol_server::server::Server;
use farol_server::tls::Current;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;

use super::*;
use crate::common::START;
use crate::common::ports::free_port;
use crate::peers::{Pebble, curl};

const NAME: &str = "farol.example.test";
const OTHER: &str = "also.example.test";

fn settings(pebble: &Pebble, http_port: u16) -> AcmeSettings {
    AcmeSettings {
        directory: pebble.url(),
        domains: vec![OTHER.into(), NAME.into()],
        contact: vec!["mailto:admin@example.org".into()],
        http_listen: ([127, 0, 0, 1], http_port).into(),
        ca_file: Some(pebble.ca_file()),
    }
}

async fn start(data: &Path, settings: AcmeSettings, clock: &Clock) -> Server {
    let config = with_url(config(data, TlsMode::Acme(settings)), &format!("https://{NAME}"));
    Server::start_with(config, clock.clone()).await.unwrap()
}

/// The first certificate of the authority other than `before`; attempts that fail (a nonce refused once too often) are
/// repeated after their pause, which the clock of the test makes short.
async fn certificate(server: &Server, clock: &Clock, before: Option<[u8; 32]>) -> Arc<Current> {
    let mut shows = server.ctx().tls.watch_shown();
    let mut trouble = server.ctx().tls.watch_trouble();
    let wanted = |shown: &Option<Arc<Current>>| {
        shown
            .as_ref()
            .is_some_and(|shown| !shown.placeholder && Some(shown.sha256) != before)
    };
    soon("a certificate", async {
        loop {
            tokio::select! {
                shown = shows.wait_for(wanted) => return shown.unwrap().clone().unwrap(),
                failed = trouble.changed() => {
                    failed.unwrap();
                    clock.advance(Duration::from_secs(13 * 3_600));
                    server.ctx().jobs.wake(JobName::CertificateAcme);
                }
            }
        }
    })
    .await
}

fn now() -> Clock {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    Clock::manual(farol_server::clock::Timestamp(
        since.as_millis().try_into().unwrap(),
    ))
}

#[tokio::test]
async fn a_certificate_comes_survives_a_restart_and_is_renewed() {
    let http_port = free_port();
    let pebble = Pebble::start(http_port, 15).await;
    let (data, clock) = (tempfile::tempdir().unwrap(), now());
    let server = start(data.path(), settings(&pebble, http_port), &clock).await;
    let first = certificate(&server, &clock, None).await;
    let root = data.path().join("root.pem");
    std::fs::write(&root, pebble.root().await).unwrap();
    for name in [NAME, OTHER] {
        let port = server.address().port();
        let resolve = format!("{name}:{port}:127.0.0.1");
        let url = format!("https://{name}:{port}/health/ready");
        let (trusted, text) = curl(&["--cacert", root.to_str().unwrap(), "--resolve", &resolve, &url]).await;
        assert!(trusted && text.contains("\"certificate\":null"), "{text}");
    }
    // Everything else on the port of the challenges leads to https, under a name of ours only.
    for (host, target) in [(OTHER, OTHER), ("evil.example", NAME)] {
        let url = format!("http://127.0.0.1:{http_port}/machines?q=1");
        let header = format!("host: {host}");
        let (there, text) = curl(&["--include", "--header", &header, &url]).await;
        assert!(
            there
                && text.contains("308")
                && text.contains(&format!("location: https://{target}/machines?q=1")),
            "{text}"
        );
    }
    let url = format!("http://127.0.0.1:{http_port}/.well-known/acme-challenge/unknown");
    assert!(curl(&["--include", &url]).await.1.contains("404"));
    server.stop().await;

    let server = start(data.path(), settings(&pebble, http_port), &clock).await;
    assert_eq!(
        server.ctx().tls.shown().unwrap().sha256,
        first.sha256,
        "a restart asks nobody"
    );
    assert_eq!(server.ctx().tls.trouble(), None);
    let life = first.not_after.since(first.not_before);
    // The certificate's times are the authority's, whose clock went on since ours was set.
    clock.advance(life / 3 * 2 + Duration::from_secs(300));
    server.ctx().jobs.wake(JobName::CertificateAcme);
    let second = certificate(&server, &clock, Some(first.sha256)).await;
    let renewals =
        "SELECT target_id, detail FROM audit_entries WHERE action = 'certificate.renewed' ORDER BY seq";
    let statement = Statement::from_string(DbBackend::Sqlite, renewals);
    let entries = server.ctx().db.read().query_all_raw(statement).await.unwrap();
    assert_eq!(entries.len(), 2);
    for (entry, current) in entries.iter().zip([&first, &second]) {
        let sha256: String = entry.try_get("", "target_id").unwrap();
        let detail: String = entry.try_get("", "detail").unwrap();
        assert_eq!(sha256, hex::encode(current.sha256));
        assert!(detail.contains(&current.not_after.rfc3339()), "{detail}");
    }
    server.stop().await;

    // Nobody is there to be asked, and nobody has to be.
    let settings = settings(&pebble, http_port);
    let files = pebble.stop();
    let server = start(data.path(), settings, &clock).await;
    assert_eq!(server.ctx().tls.shown().unwrap().sha256, second.sha256);
    server.stop().await;
    drop(files);
    let database = std::fs::read(data.path().join("farol.db")).unwrap();
    for mark in [b"PRIVATE KEY".as_slice(), b"key_pkcs8"] {
        assert!(
            !database.windows(mark.len()).any(|window| window == mark),
            "secrets are sealed"
        );
    }
}

#[tokio::test]
async fn a_challenge_that_fails_is_named_and_not_tried_at_once_again() {
    // The authority asks at a port where nobody answers.
    let pebble = Pebble::start(free_port(), 0).await;
    let (data, clock) = (tempfile::tempdir().unwrap(), now());
    let server = start(data.path(), settings(&pebble, free_port()), &clock).await;
    let mut trouble = server.ctx().tls.watch_trouble();
    let seen = soon("the refusal", trouble.wait_for(Option::is_some))
        .await
        .unwrap()
        .clone()
        .unwrap();
    assert_eq!(seen.code, "acme");
    assert!(
        seen.detail.contains(NAME) && seen.detail.to_lowercase().contains("connection refused"),
        "{}",
        seen.detail
    );
    assert_eq!(
        seen.next_attempt_at,
        Some(clock.now().after(Duration::from_secs(300)))
    );
    let url = format!("https://{}/health/ready", server.address());
    let (_, text) = curl(&["--insecure", &url]).await;
    assert!(
        text.contains("certificate_unavailable") && text.contains(NAME),
        "{text}"
    );
    // Awake, but not due.
    server.ctx().jobs.wake(JobName::CertificateAcme);
    clock.advance(Duration::from_secs(301));
    server.ctx().jobs.wake(JobName::CertificateAcme);
    let next = clock.now().after(Duration::from_secs(600));
    soon(
        "the second refusal",
        trouble.wait_for(|seen| {
            seen.as_ref()
                .is_some_and(|seen| seen.next_attempt_at == Some(next))
        }),
    )
    .await
    .unwrap();
    let jobs = server.ctx().jobs.views();
    let job = jobs
        .iter()
        .find(|job| job.name == JobName::CertificateAcme)
        .unwrap();
    let failure = job.failure.as_ref().unwrap();
    assert_eq!((job.state, failure.code.as_str()), (JobState::Failed, "acme"));
    assert!(failure.detail.contains(NAME), "{}", failure.detail);
    server.stop().await;
}

#[tokio::test]
async fn an_authority_that_asks_for_a_pause_gets_it() {
    let directory = tempfile::tempdir().unwrap();
    let (certificate, key) = self_signed(&["localhost"]);
    let file = directory.path().join("cert.pem");
    std::fs::write(&file, &certificate).unwrap();
    let port = free_port();
    let orders = Arc::new(AtomicUsize::new(0));
    let busy = busy_authority(port, (&certificate, &key), Arc::clone(&orders)).await;
    let (data, clock) = (tempfile::tempdir().unwrap(), Clock::manual(START));
    let settings = AcmeSettings {
        directory: format!("https://localhost:{port}/directory"),
        domains: vec![NAME.into()],
        contact: Vec::new(),
        http_listen: ([127, 0, 0, 1], free_port()).into(),
        ca_file: Some(file),
    };
    let server = start(data.path(), settings.clone(), &clock).await;
    let mut trouble = server.ctx().tls.watch_trouble();
    let seen = soon("the refusal", trouble.wait_for(Option::is_some))
        .await
        .unwrap()
        .clone()
        .unwrap();
    assert!(
        seen.detail.contains("too many certificates") && seen.detail.contains("rateLimited"),
        "{}",
        seen.detail
    );
    assert!(!seen.detail.contains('\u{202e}'));
    assert_eq!(
        seen.next_attempt_at,
        Some(START.after(Duration::from_secs(7_200)))
    );
    for failures in 2..=3 {
        clock.advance(Duration::from_secs(7_201));
        server.ctx().jobs.wake(JobName::CertificateAcme);
        let next = clock.now().after(Duration::from_secs(7_200));
        soon(
            "the next refusal",
            trouble.wait_for(|seen| {
                seen.as_ref()
                    .is_some_and(|seen| seen.next_attempt_at == Some(next))
            }),
        )
        .await
        .unwrap();
        assert_eq!(orders.load(Ordering::SeqCst), failures);
    }
    // A server that is started again and again does not become a storm.
    server.stop().await;
    for _ in 0..3 {
        let server = start(data.path(), settings.clone(), &clock).await;
        server.ctx().jobs.wake(JobName::CertificateAcme);
        server.stop().await;
    }
    assert_eq!(orders.load(Ordering::SeqCst), 3);
    busy.abort();
}

/// Takes accounts and refuses every order, as an authority does that was asked too often.
async fn busy_authority(
    port: u16,
    (certificate, key): (&str, &str),
    orders: Arc<AtomicUsize>,
) -> tokio::task::JoinHandle<()> {
    let base = format!("https://localhost:{port}");
    let directory = json!({
        "newNonce": format!("{base}/nonce"), "newAccount": format!("{base}/account"), "newOrder": format!("{base}/order"),
    });
    let nonce = || [("replay-nonce", "bm9uY2U")];
    let account = (
        [
            ("location", format!("{base}/account/1")),
            ("replay-nonce", "bm9uY2U".into()),
        ],
        "{}",
    );
    let refusal = json!({
        "type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many certificates\u{202e} already", "status": 429,
    });
    let router = Router::new()
        .route("/directory", on_get(async move || axum::Json(directory)))
        .route("/nonce", on_get(async move || nonce()))
        .route(
            "/account",
            post(async move || (axum::http::StatusCode::CREATED, account)),
        )
        .route(
            "/order",
            post(async move || {
                orders.fetch_add(1, Ordering::SeqCst);
                let mut headers = HeaderMap::new();
                headers.insert("retry-after", "7200".parse().unwrap());
                (
                    axum::http::StatusCode::TOO_MANY_REQUESTS,
                    headers,
                    refusal.to_string(),
                )
                    .into_response()
            }),
        );
    use rustls::pki_types::PrivateKeyDer;
    use rustls::pki_types::pem::PemObject;
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, router) = (acceptor.clone(), router.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let service = hyper_util::service::TowerToHyperService::new(router);
                let connection = hyper::server::conn::http1::Builder::new();
                drop(
                    connection
                        .serve_connection(hyper_util::rt::TokioIo::new(stream), service)
                        .await,
                );
            });
        }
    })
}
