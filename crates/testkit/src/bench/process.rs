//! [`Farol`]: the server as a process of its own, and what it has used. The program is the `farol` beside the one that measures.
//!
//! Linux only: it reads `/proc`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::{ApiClient, Tunnel, soon};

const PASSWORD: &str = "correct horse battery staple";

/// Where the console of a server with TLS seems to come from.
const CONSOLE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);

/// What a server runs with.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// With a certificate of its own authority; without, everything passes in the clear.
    pub tls: bool,
    /// `postgres://…`; else SQLite in its data.
    pub database_url: Option<String>,
}

/// A running `farol` with data of its own.
pub struct Farol {
    child: Child,
    data: TempDir,
    address: SocketAddr,
    settings: Settings,
}

fn program() -> anyhow::Result<PathBuf> {
    let beside = std::env::current_exe()?.with_file_name("farol");
    ensure!(
        beside.is_file(),
        "{} is missing: build farol-server with the same profile first",
        beside.display()
    );
    Ok(beside)
}

/// A program that may have as many files open as the system lets it: shells begin with a thousand, links take one each.
#[must_use]
pub fn with_files(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -S -n \"$(ulimit -H -n)\" && exec \"$0\" \"$@\""])
        .arg(program);
    command
}

impl Farol {
    /// Starts an empty one without TLS, on SQLite.
    ///
    /// # Errors
    /// It is missing, or does not answer.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(Settings::default()).await
    }

    /// Starts an empty one.
    ///
    /// # Errors
    /// It is missing, or does not answer.
    pub async fn start_with(settings: Settings) -> anyhow::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        drop(listener);
        let data = tempfile::tempdir()?;
        // Whoever measures asks as quickly as it can.
        let mut text = "[rate_limits]\nsigned_in_per_minute = 0\nnetwork_per_minute = 0\n".to_owned();
        if settings.tls {
            text.push_str("[tls]\nmode = \"own\"\n");
        }
        std::fs::write(data.path().join("bench.toml"), text)?;
        let child = spawn(address, &data, &settings)?;
        let mut farol = Self {
            child,
            data,
            address,
            settings,
        };
        farol.answers().await?;
        Ok(farol)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    async fn answers(&mut self) -> anyhow::Result<()> {
        soon("the server to answer", async {
            while TcpStream::connect(self.address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await
    }

    /// `kill -9`, and a new process on the same data and port; returns when the port answers.
    ///
    /// # Errors
    /// It does not start again.
    pub async fn kill_and_start(&mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        self.child = spawn(self.address, &self.data, &self.settings)?;
        self.answers().await
    }

    /// What a command of the program prints about this server.
    async fn says(&self, words: &[&str]) -> anyhow::Result<String> {
        let output = command(&program()?, &self.data, &self.settings)
            .args(words)
            .output()
            .await?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "farol {words:?} failed: {errors}");
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The authority that its certificate is of, as PEM. The port answers before a new server has made it.
    ///
    /// # Errors
    /// It runs without TLS.
    pub async fn authority(&self) -> anyhow::Result<String> {
        ensure!(self.settings.tls, "a server without TLS has no authority");
        soon("the server's authority", async {
            loop {
                if let Ok(authority) = self.says(&["certificate-authority"]).await {
                    return authority;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await
    }

    /// A way for everything that speaks plain sockets to a server with TLS.
    ///
    /// # Errors
    /// It runs without TLS, or the system gives no port.
    pub async fn tunnel(&self) -> anyhow::Result<Tunnel> {
        Tunnel::open(self.address, "localhost", &self.authority().await?, CONSOLE).await
    }

    /// Makes the owner account, and signs in as it.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn set_up(&self) -> anyhow::Result<ApiClient> {
        self.set_up_at(self.address).await
    }

    /// The same through a [`Self::tunnel`].
    ///
    /// # Errors
    /// The server refuses.
    pub async fn set_up_at(&self, address: SocketAddr) -> anyhow::Result<ApiClient> {
        let link = self.says(&["sign-in-link"]).await?;
        let token = link.split_once("#token=").context("no set-up link")?.1;
        let token = token.split_whitespace().next().context("no token")?;
        let mut client = ApiClient::new(address);
        let body = json!({
            "token": token, "name": "Ana Souza", "email": "ana@example.org",
            "password": PASSWORD, "organization": "Farol Bench", "locale": "en",
        });
        let answer = client.post("/api/setup", &body).await?;
        ensure!(answer.status == 201, "set-up answered {answer:?}");
        Ok(client)
    }

    /// Signs the owner in once more.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn sign_in(&self) -> anyhow::Result<ApiClient> {
        let mut client = ApiClient::new(self.address);
        let body = json!({ "email": "ana@example.org", "password": PASSWORD });
        let answer = client.post("/api/logins", &body).await?;
        ensure!(answer.status == 201, "sign-in answered {answer:?}");
        Ok(client)
    }

    /// Resident memory, bytes.
    ///
    /// # Errors
    /// It is gone.
    pub fn resident(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()?))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kilobytes.context("no VmRSS")?.parse::<u64>()? * 1024)
    }

    /// Bytes that went to its disk so far, of the present process: its database with SQLite, and its files.
    ///
    /// # Errors
    /// It is gone.
    pub fn written(&self) -> anyhow::Result<u64> {
        let io = std::fs::read_to_string(format!("/proc/{}/io", self.pid()?))?;
        let bytes = io.lines().find_map(|line| line.strip_prefix("write_bytes:"));
        Ok(bytes.context("no write_bytes")?.trim().parse()?)
    }

    /// Processor time used so far, of the present process.
    ///
    /// # Errors
    /// It is gone.
    pub fn processor(&self) -> anyhow::Result<Duration> {
        processor_of(self.pid()?)
    }

    fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("the server is gone")
    }

    /// Ends it.
    ///
    /// # Errors
    /// It is gone already.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}

fn command(program: &Path, data: &TempDir, settings: &Settings) -> Command {
    let mut command = with_files(program);
    command
        .arg("--config")
        .arg(data.path().join("bench.toml"))
        .arg("--data")
        .arg(data.path());
    if let Some(url) = &settings.database_url {
        command.env("FAROL_DATABASE_URL", url);
    }
    command
}

fn spawn(address: SocketAddr, data: &TempDir, settings: &Settings) -> anyhow::Result<Child> {
    command(&program()?, data, settings)
        .args(["--listen", &address.to_string(), "serve"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("farol does not start")
}

/// Processor time that a process has used, from `/proc/PID/stat` (user and system, hundredths of a second).
///
/// # Errors
/// There is no such process.
pub fn processor_of(pid: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after = stat.rsplit_once(')').context("not a stat line")?.1;
    let ticks: u64 = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u64>)
        .sum::<Result<_, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}
