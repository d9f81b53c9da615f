//! The receiver that the tests tell: a program of ours around the independent library `standardwebhooks` (PyPI).

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(40);
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/webhooks/receiver.py");

pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// Where `cargo xtask test` puts the library.
fn python() -> PathBuf {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    target.parent().unwrap().join("xtask/peers/webhooks/bin/python")
}

/// An authority and a certificate that it signed for this machine.
pub struct Authority {
    directory: tempfile::TempDir,
}

impl Authority {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ca_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&ca_key).unwrap();
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&params, &ca_key);
        let leaf = CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        for (name, text) in [
            ("ca.pem", ca.pem()),
            ("cert.pem", leaf.pem()),
            ("key.pem", key.serialize_pem()),
        ] {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        Self { directory }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

/// It runs until it is dropped.
pub struct Receiver {
    scheme: &'static str,
    pub port: u16,
    out: Lines<BufReader<ChildStdout>>,
    input: ChildStdin,
    /// What it was told while it was spoken to.
    pending: VecDeque<Value>,
    _child: Child,
}

impl Receiver {
    /// Starts one, by https with a certificate of `authority`.
    pub async fn start(authority: Option<&Authority>, settings: Value) -> Self {
        let mut all = settings;
        if let Some(authority) = authority {
            all["certificate"] = json!(authority.file("cert.pem"));
            all["key"] = json!(authority.file("key.pem"));
        }
        let python = python();
        let mut child = Command::new(&python)
            .args([PROGRAM, &all.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "{}: {error}; run `cargo xtask test`, which installs it",
                    python.display()
                )
            });
        let mut receiver = Self {
            scheme: if authority.is_some() { "https" } else { "http" },
            port: 0,
            out: BufReader::new(child.stdout.take().unwrap()).lines(),
            input: child.stdin.take().unwrap(),
            pending: VecDeque::new(),
            _child: child,
        };
        let ready = receiver.said().await;
        assert_eq!(ready["event"], "ready", "{ready}");
        receiver.port = ready["port"].as_u64().unwrap().try_into().unwrap();
        receiver
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://localhost:{}{path}", self.scheme, self.port)
    }

    async fn said(&mut self) -> Value {
        let line = soon("the receiver", self.out.next_line()).await.unwrap();
        let line = line.expect("the receiver ended");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"))
    }

    /// The next thing that it is told.
    pub async fn told(&mut self) -> Value {
        if let Some(told) = self.pending.pop_front() {
            return told;
        }
        let said = self.said().await;
        assert_eq!(said["event"], "told", "{said}");
        said
    }

    async fn tell(&mut self, what: Value) {
        self.input
            .write_all(format!("{what}\n").as_bytes())
            .await
            .unwrap();
        self.input.flush().await.unwrap();
        loop {
            let said = self.said().await;
            if said["event"] == "heard" {
                return;
            }
            self.pending.push_back(said);
        }
    }

    /// With which secrets it verifies, and what time it is.
    pub async fn knows(&mut self, secrets: &[&str], seconds: i64) {
        self.tell(json!({ "secrets": secrets, "now": seconds })).await;
    }

    /// Lets it answer what it holds back.
    pub async fn release(&mut self) {
        self.tell(json!({ "release": true })).await;
    }
}
