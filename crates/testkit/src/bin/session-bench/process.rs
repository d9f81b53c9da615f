//! The server as a process of its own, and what it has used.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use farol_testkit::{ApiClient, soon};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

const PASSWORD: &str = "correct horse battery staple";

/// A running `farol` with data of its own.
pub(crate) struct Farol {
    child: Child,
    data: TempDir,
    address: SocketAddr,
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

impl Farol {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        drop(listener);
        let data = tempfile::tempdir()?;
        let child = spawn(address, &data)?;
        let mut farol = Self { child, data, address };
        farol.answers().await?;
        Ok(farol)
    }

    pub(crate) fn address(&self) -> SocketAddr {
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
    pub(crate) async fn kill_and_start(&mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        self.child = spawn(self.address, &self.data)?;
        self.answers().await
    }

    pub(crate) async fn set_up(&self) -> anyhow::Result<ApiClient> {
        let link = Command::new(program()?)
            .args(["sign-in-link", "--data"])
            .arg(self.data.path())
            .output()
            .await?;
        let link = String::from_utf8_lossy(&link.stdout).into_owned();
        let token = link.split_once("#token=").context("no set-up link")?.1;
        let token = token.split_whitespace().next().context("no token")?;
        let mut client = ApiClient::new(self.address);
        let body = json!({
            "token": token, "name": "Ana Souza", "email": "ana@example.org",
            "password": PASSWORD, "organization": "Farol Bench", "locale": "en",
        });
        let answer = client.post("/api/setup", &body).await?;
        ensure!(answer.status == 201, "set-up answered {answer:?}");
        Ok(client)
    }

    pub(crate) async fn sign_in(&self) -> anyhow::Result<ApiClient> {
        let mut client = ApiClient::new(self.address);
        let body = json!({ "email": "ana@example.org", "password": PASSWORD });
        let answer = client.post("/api/logins", &body).await?;
        ensure!(answer.status == 201, "sign-in answered {answer:?}");
        Ok(client)
    }

    /// Resident memory, bytes.
    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()?))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kilobytes.context("no VmRSS")?.parse::<u64>()? * 1024)
    }

    /// Processor time used so far.
    pub(crate) fn processor(&self) -> anyhow::Result<Duration> {
        processor_of(self.pid()?)
    }

    fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("the server is gone")
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}

fn spawn(address: SocketAddr, data: &TempDir) -> anyhow::Result<Child> {
    Command::new(program()?)
        .args(["serve", "--listen", &address.to_string(), "--data"])
        .arg(data.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("farol does not start")
}

/// Processor time that a process has used, from `/proc/PID/stat` (user and system, hundredths of a second).
pub(crate) fn processor_of(pid: u32) -> anyhow::Result<Duration> {
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
