//! The mail server that the tests talk to: aiosmtpd, a Debian package, in a small program of ours.

use std::process::Stdio;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(40);
/// Debian's own interpreter: the module is Debian's, too.
const PYTHON: &str = "/usr/bin/python3";
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/smtp.py");

pub const USER: &str = "farol";
pub const PASSWORD: &str = "p:äss wörd";

pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// An authority and a certificate that it signed for this machine.
pub struct Authority {
    pub ca_pem: String,
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
        let names = vec!["localhost".to_owned()];
        let issuer = Issuer::from_params(&params, &ca_key);
        let leaf = CertificateParams::new(names)
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        std::fs::write(directory.path().join("cert.pem"), leaf.pem()).unwrap();
        std::fs::write(directory.path().join("key.pem"), key.serialize_pem()).unwrap();
        Self {
            ca_pem: ca.pem(),
            directory,
        }
    }
}

/// It runs until it is dropped.
pub struct Peer {
    pub port: u16,
    out: Lines<BufReader<ChildStdout>>,
    input: ChildStdin,
    child: Child,
}

impl Peer {
    /// Starts one; `settings` come on top of the way it is protected.
    pub async fn start(security: &str, authority: &Authority, settings: Value) -> Self {
        let mut all = json!({
            "security": security,
            "certificate": authority.directory.path().join("cert.pem"),
            "key": authority.directory.path().join("key.pem"),
        });
        let given = settings.as_object().unwrap().clone();
        all.as_object_mut().unwrap().extend(given);
        let mut child = Command::new(PYTHON)
            .args(["-W", "ignore", PROGRAM, &all.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{PYTHON}: {error}; install the Debian package python3-aiosmtpd"));
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut peer = Self {
            port: 0,
            out,
            input: child.stdin.take().unwrap(),
            child,
        };
        let ready = peer.said().await;
        assert_eq!(ready["event"], "ready", "{ready}");
        peer.port = ready["port"].as_u64().unwrap().try_into().unwrap();
        peer
    }

    /// With a user, as most are.
    pub async fn with_user(security: &str, authority: &Authority) -> Self {
        Self::start(security, authority, json!({ "user": USER, "password": PASSWORD })).await
    }

    /// The next thing that it says.
    pub async fn said(&mut self) -> Value {
        let line = soon("the mail server", self.out.next_line()).await.unwrap();
        let line = line.expect("the mail server ended; is the Debian package python3-aiosmtpd there?");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"))
    }

    /// The next mail.
    pub async fn mail(&mut self) -> Value {
        loop {
            let said = self.said().await;
            if said["event"] == "mail" {
                return said;
            }
        }
    }

    /// Ends it; nobody listens at its port afterwards.
    pub async fn stop(mut self) {
        soon("the end of the mail server", self.child.kill())
            .await
            .unwrap();
    }

    /// Lets it answer a mail that it holds back.
    pub async fn release(&mut self) {
        self.input.write_all(b"go\n").await.unwrap();
    }

    /// The settings that lead there.
    pub fn settings(&self, security: &str, authority: Option<&Authority>) -> Value {
        json!({
            "host": "localhost", "port": self.port, "security": security, "user": USER, "password": PASSWORD,
            "from_address": "farol@example.org", "from_name": "Farol",
            "ca_pem": authority.map(|authority| authority.ca_pem.as_str()),
        })
    }
}
