//! Programs that the tests talk to: curl, and an ACME authority (pebble) with its own DNS server.

use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::common::ports::free_port;
use crate::{self_signed, soon};

/// Runs curl and returns (succeeded, output).
pub async fn curl(arguments: &[&str]) -> (bool, String) {
    let mut command = tokio::process::Command::new("curl");
    command
        .args(["--silent", "--show-error", "--max-time", "20", "--noproxy", "*"])
        .args(arguments);
    let output = command.output().await.expect("install the Debian package curl");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn start(program: &str, arguments: &[String], directory: &Path, environment: &[(&str, &str)]) -> Program {
    let log = std::fs::File::create(directory.join(format!("{program}.log"))).unwrap();
    let child = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}; install the Debian package pebble"));
    Program(child)
}

/// A real ACME authority. Every name leads to loopback, where it asks for challenges at `http_port`.
pub struct Pebble {
    _pebble: Program,
    _names: Program,
    directory: tempfile::TempDir,
    port: u16,
    management: u16,
}

impl Pebble {
    /// Starts one that refuses this many percent of the nonces it gave out itself.
    pub async fn start(http_port: u16, bad_nonces: u32) -> Self {
        let directory = tempfile::Builder::new().prefix("farol-acme-").tempdir().unwrap();
        let (port, management) = (free_port(), free_port());
        let dns = UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let (certificate, key) = self_signed(&["localhost"]);
        std::fs::write(directory.path().join("cert.pem"), certificate).unwrap();
        std::fs::write(directory.path().join("key.pem"), key).unwrap();
        let config = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": "cert.pem", "privateKey": "key.pem",
            "httpPort": http_port, "tlsPort": 1, "ocspResponderURL": "", "externalAccountBindingRequired": false,
        }});
        std::fs::write(directory.path().join("config.json"), config.to_string()).unwrap();
        let names: Vec<String> = [
            "-defaultIPv4",
            "127.0.0.1",
            "-defaultIPv6",
            "",
            "-http01",
            "",
            "-https01",
            "",
            "-tlsalpn01",
            "",
            "-management",
            "127.0.0.1:0",
            "-dns01",
            &format!("127.0.0.1:{dns}"),
        ]
        .map(str::to_owned)
        .to_vec();
        let names = start("pebble-challtestsrv", &names, directory.path(), &[]);
        let arguments = [
            "-config",
            "config.json",
            "-dnsserver",
            &format!("127.0.0.1:{dns}"),
        ]
        .map(str::to_owned);
        let reject = bad_nonces.to_string();
        let environment = [
            ("PEBBLE_VA_NOSLEEP", "1"),
            ("PEBBLE_WFE_NONCEREJECT", reject.as_str()),
            ("PEBBLE_AUTHZREUSE", "0"),
        ];
        let pebble = start("pebble", &arguments, directory.path(), &environment);
        for port in [port, management] {
            answering(([127, 0, 0, 1], port).into()).await;
        }
        Self {
            _pebble: pebble,
            _names: names,
            directory,
            port,
            management,
        }
    }

    /// Ends it; its files stay until what is returned is dropped.
    pub fn stop(self) -> tempfile::TempDir {
        self.directory
    }

    /// The directory's URL.
    pub fn url(&self) -> String {
        format!("https://localhost:{}/dir", self.port)
    }

    /// Trusts the directory itself.
    pub fn ca_file(&self) -> PathBuf {
        self.directory.path().join("cert.pem")
    }

    /// The authority's root, which signs what it gives.
    pub async fn root(&self) -> String {
        let ca = self.ca_file();
        let url = format!("https://localhost:{}/roots/0", self.management);
        let (there, pem) = curl(&["--cacert", ca.to_str().unwrap(), &url]).await;
        assert!(there, "{pem}");
        pem
    }
}

/// Waits until somebody listens: a connection that is refused is tried again by curl's rules.
async fn answering(address: SocketAddr) {
    soon("a program to listen", async {
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
