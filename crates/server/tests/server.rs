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
use farol_server::events::Listener;
use farol_server::ids::{AccountId, LoginId};
use farol_server::jobs::{JobName, JobState, JobView};
use farol_server::rights::Rights;
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

#[tokio::test]
async fn its_jobs_say_how_they_are_and_why_they_fail() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(Config::for_tests(directory.path())).await.unwrap();
    let jobs = server.ctx().jobs.clone();
    let names: Vec<JobName> = jobs.views().iter().map(|job| job.name).collect();
    let elsewhere = [
        JobName::CertificateFiles,
        JobName::CertificateAcme,
        JobName::AcmeAnswers,
        JobName::CertificateOwn,
    ];
    let expected: Vec<JobName> = JobName::ALL
        .iter()
        .copied()
        .filter(|name| !elsewhere.contains(name))
        .collect();
    assert_eq!(names, expected);
    let nobody = (AccountId::new(), LoginId::new());
    let listener = Listener::new(nobody, &Rights::default(), None);
    let mut told = server.ctx().events.subscribe(listener);
    let told = told.as_mut().unwrap();
    let mut when = async |wanted: JobState| {
        let waiting = async {
            loop {
                let views = jobs.views();
                let job = views
                    .iter()
                    .find(|job| job.name == JobName::IdentityKeys)
                    .unwrap();
                if job.state == wanted {
                    return job.clone();
                }
                told.next().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting)
            .await
            .unwrap()
    };
    let file = directory.path().join(farol_server::identity::FILE);
    let right = std::fs::read(&file).unwrap();
    std::fs::write(&file, "nonsense").unwrap();
    jobs.ask(JobName::IdentityKeys).unwrap();
    let failed = when(JobState::Failed).await;
    let failure = failed.failure.unwrap();
    assert_eq!(failure.code, "identity_keys");
    assert!(
        failure.detail.contains(&file.display().to_string()),
        "{}",
        failure.detail
    );
    std::fs::write(&file, right).unwrap();
    jobs.ask(JobName::IdentityKeys).unwrap();
    let works = when(JobState::Ok).await;
    assert_eq!((works.failures_in_a_row, works.failed_runs), (0, 1));
    server.stop().await;
    let stopped = |views: Vec<JobView>| views.iter().any(|job| job.state == JobState::Stopped);
    assert!(!stopped(jobs.views()), "the server stopped, no job did");
}
