//! Certificate files that change under a running server.

use farol_server::config::{TlsFiles, TlsMode};
use farol_server::server::Server;

use super::*;

struct Pair {
    directory: tempfile::TempDir,
}

impl Pair {
    fn new() -> (Self, String) {
        let pair = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        let (certificate, key) = self_signed(&["localhost"]);
        pair.write("certificate.pem", &certificate);
        pair.write("key.pem", &key);
        (pair, certificate)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.directory.path();
        std::fs::write(path.join("new"), text).unwrap();
        std::fs::rename(path.join("new"), path.join(name)).unwrap();
    }

    fn mode(&self) -> TlsMode {
        let path = self.directory.path();
        TlsMode::Files(TlsFiles {
            certificate: path.join("certificate.pem"),
            key: path.join("key.pem"),
        })
    }
}

#[tokio::test]
async fn new_files_are_shown_and_nobody_is_disconnected() {
    let data = tempfile::tempdir().unwrap();
    let (pair, first) = Pair::new();
    let server = Server::start(config(data.path(), pair.mode())).await.unwrap();
    let mut old = connect(server.address(), &trusting(&first), "localhost").await;
    let answer = exchange(&mut old, &get("/health/ready")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.to_lowercase().contains("strict-transport-security"),
        "{answer}"
    );

    // A new certificate beside the old key: not taken, and said.
    let (second, key) = self_signed(&["localhost"]);
    let mut trouble = server.ctx().tls.watch_trouble();
    pair.write("certificate.pem", &second);
    soon("the broken pair to be noticed", trouble.wait_for(Option::is_some))
        .await
        .unwrap();
    assert_eq!(
        shown(&connect(server.address(), &trusting(&first), "localhost").await),
        shown(&old)
    );
    let ready = exchange(&mut old, &get("/health/ready")).await;
    assert!(ready.contains("\"code\":\"certificate_files\""), "{ready}");

    // Now the key as well.
    let mut shows = server.ctx().tls.watch_shown();
    shows.borrow_and_update();
    pair.write("key.pem", &key);
    soon("the new pair to be shown", shows.changed()).await.unwrap();
    let new = connect(server.address(), &trusting(&second), "localhost").await;
    assert_ne!(shown(&new), shown(&old));
    let answer = exchange(&mut old, &get("/health/ready")).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("\"certificate\":null"),
        "{answer}"
    );
    server.stop().await;
}

#[tokio::test]
async fn files_that_are_wrong_at_start_are_named() {
    let data = tempfile::tempdir().unwrap();
    let (pair, _) = Pair::new();
    let (_, other_key) = self_signed(&["localhost"]);
    for (name, text, part) in [
        (
            "key.pem",
            other_key.as_str(),
            "certificate and key cannot be used",
        ),
        ("key.pem", "nonsense", "key.pem"),
        ("certificate.pem", "", "certificate.pem"),
    ] {
        pair.write(name, text);
        let Err(error) = Server::start(config(data.path(), pair.mode())).await else {
            panic!("started with {name} of {text:?}")
        };
        assert!(error.to_string().contains(part), "{error}");
    }
}
