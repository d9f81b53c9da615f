//! Starting nginx and HAProxy with the samples of `deploy/`, and saying things to them by hand.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use farol_testkit::soon;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Nginx,
    Haproxy,
}

/// A reverse proxy with TLS in front of a server.
pub struct Front {
    child: Child,
    directory: tempfile::TempDir,
    secure: SocketAddr,
    plain: SocketAddr,
    authority: String,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Front {
    /// Starts it. The ports were free when they were chosen; when somebody took one since, others are tried.
    pub async fn start(kind: Kind, server: SocketAddr) -> Self {
        let mut last = String::new();
        for _ in 0..4 {
            match Self::once(kind, server).await {
                Ok(front) => return front,
                Err(log) => last = log,
            }
        }
        panic!("{kind:?} does not start: {last}")
    }

    async fn once(kind: Kind, server: SocketAddr) -> Result<Self, String> {
        let directory = tempfile::Builder::new().prefix("farol-front-").tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["localhost".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let authority = certificate.pem();
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write("certificate.pem", &authority);
        write("key.pem", &key.serialize_pem());
        write("both.pem", &format!("{authority}{}", key.serialize_pem()));
        let (secure, plain) = (free(), free());
        let path = directory.path().to_str().unwrap().to_owned();
        let mut command = match kind {
            Kind::Nginx => {
                write("farol.conf", &nginx(&path, server, secure, plain));
                write("nginx.conf", &nginx_around(&path));
                let mut command = Command::new("nginx");
                command.args([
                    "-p",
                    &path,
                    "-c",
                    &format!("{path}/nginx.conf"),
                    "-g",
                    "daemon off; master_process off;",
                ]);
                command
            }
            Kind::Haproxy => {
                write("haproxy.cfg", &haproxy(&path, server, secure, plain));
                let mut command = Command::new("haproxy");
                command.args(["-db", "-f", &format!("{path}/haproxy.cfg")]);
                command
            }
        };
        // Debian keeps both among the administrator's programs.
        let search = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{search}:/usr/sbin"));
        let log = std::fs::File::create(directory.path().join("log")).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{kind:?}: {error}; install nginx-light and haproxy"));
        let mut front = Self {
            child,
            directory,
            secure,
            plain,
            authority,
        };
        front.listening().await?;
        Ok(front)
    }

    /// What it says when it ends instead.
    async fn listening(&mut self) -> Result<(), String> {
        for address in [self.secure, self.plain] {
            let child = &mut self.child;
            let log = self.directory.path().join("log");
            soon("a proxy to listen", async {
                loop {
                    let answers = TcpStream::connect(address).await.is_ok();
                    if let Some(status) = child.try_wait().unwrap() {
                        let said = std::fs::read_to_string(&log).unwrap();
                        return Err(format!("ended with {status}: {said}"));
                    }
                    if answers {
                        return Ok(());
                    }
                    tokio::task::yield_now().await;
                }
            })
            .await
            .unwrap()?;
        }
        Ok(())
    }

    pub fn address(&self) -> SocketAddr {
        self.secure
    }

    pub fn plain(&self) -> SocketAddr {
        self.plain
    }

    pub fn authority(&self) -> &str {
        &self.authority
    }

    pub fn authority_file(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }
}

/// A port nobody listens on, below the range the system takes ports of outgoing connections from: one of those, taken
/// between this look and the listener that is meant for it, would otherwise make a test fail now and then.
fn free() -> SocketAddr {
    // 16 ports for each process of a run, whose numbers follow each other.
    static ASKED: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + std::process::id() % 750 * 16;
    (0..12_000)
        .map(|_| 20_000 + (first + u32::from(ASKED.fetch_add(1, Ordering::Relaxed)) - 20_000) % 12_000)
        .find_map(|port| {
            let address = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).unwrap()));
            TcpListener::bind(address).is_ok().then_some(address)
        })
        .expect("12,000 ports are taken")
}

/// Replaces what a sample leaves to its reader; each must be there.
fn filled(sample: &str, replacements: &[(&str, String)]) -> String {
    replacements.iter().fold(sample.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the sample has no “{from}” any more");
        text.replace(from, to)
    })
}

fn nginx(path: &str, server: SocketAddr, secure: SocketAddr, plain: SocketAddr) -> String {
    filled(
        include_str!("../../../../deploy/nginx.conf"),
        &[
            ("listen 80;", format!("listen {plain};")),
            ("listen 443 ssl", format!("listen {secure} ssl")),
            ("/etc/ssl/farol", path.to_owned()),
            ("http://127.0.0.1:8480", format!("http://{server}")),
        ],
    )
}

/// What Debian's own nginx.conf has around it, in a directory of the test.
fn nginx_around(path: &str) -> String {
    let places: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {path}/{name};\n"))
        .concat();
    format!(
        "pid {path}/pid;\nerror_log {path}/error.log;\nevents {{ worker_connections 256; }}\n\
         http {{\naccess_log off;\n{places}include {path}/farol.conf;\n}}\n"
    )
}

fn haproxy(path: &str, server: SocketAddr, secure: SocketAddr, plain: SocketAddr) -> String {
    filled(
        include_str!("../../../../deploy/haproxy.cfg"),
        &[
            ("bind :80\n", format!("bind {plain}\n")),
            ("bind :443 ssl", format!("bind {secure} ssl")),
            ("/etc/haproxy/farol.pem", format!("{path}/both.pem")),
            ("127.0.0.1:8480", server.to_string()),
        ],
    )
}

async fn say(address: SocketAddr, request: String) -> String {
    soon("an answer", async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    })
    .await
    .unwrap()
}

/// One request on a connection of its own.
pub async fn get(address: SocketAddr, path: &str) -> String {
    say(
        address,
        format!("GET {path} HTTP/1.1\r\nhost: farol.example.org\r\nconnection: close\r\n\r\n"),
    )
    .await
}

/// One request past the proxy, from another loopback address and with a claim of being somebody else.
pub async fn get_from(address: SocketAddr, from: Ipv4Addr, path: &str, claim: &str) -> String {
    soon("an answer", async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((IpAddr::V4(from), 0).into()).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-forwarded-for: {claim}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    })
    .await
    .unwrap()
}

/// One request with headers of the sender's choice.
pub async fn post_with(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: &Value) -> String {
    let body = body.to_string();
    let more: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = body.len();
    let head = "host: farol.example.org\r\ncontent-type: application/json\r\nconnection: close";
    say(
        address,
        format!("POST {path} HTTP/1.1\r\n{head}\r\n{more}content-length: {length}\r\n\r\n{body}"),
    )
    .await
}
