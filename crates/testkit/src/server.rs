//! [`TestServer`]: the real server, on a port of its own with data of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use farol_server::accounts;
use farol_server::clock::Clock;
use farol_server::config::Config;
use farol_server::ctx::Ctx;
use farol_server::server::Server;
use serde_json::json;
use tempfile::TempDir;

use crate::ApiClient;

/// A running server and its data directory, which goes when this is dropped.
pub struct TestServer {
    server: Server,
    /// As it was started, for the next start.
    config: Config,
    clock: Clock,
    data: TempDir,
}

impl TestServer {
    /// Starts an empty server.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(|_| {}).await
    }

    /// Starts an empty server with other settings than usual.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> anyhow::Result<Self> {
        show_logs();
        let data = tempfile::tempdir()?;
        let mut config = Config::for_tests(data.path());
        change(&mut config);
        Self::on(data, config, Clock::ahead()).await
    }

    async fn on(data: TempDir, config: Config, clock: Clock) -> anyhow::Result<Self> {
        let server = Server::start_with(config.clone(), clock.clone()).await?;
        Ok(Self {
            server,
            config,
            clock,
            data,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Lets its clock jump. Connections are not told: their patience is measured by another clock.
    pub fn let_time_pass(&self, time: Duration) {
        self.ctx().clock.advance(time);
    }

    /// What its rules reach.
    #[must_use]
    pub fn ctx(&self) -> &Ctx {
        self.server.ctx()
    }

    /// Makes the owner account the way a newcomer does, and signs in as it.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn set_up(&self) -> anyhow::Result<ApiClient> {
        self.set_up_at(self.address()).await
    }

    /// The same through another address: a proxy's, or a tunnel's.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn set_up_at(&self, address: SocketAddr) -> anyhow::Result<ApiClient> {
        let ctx = self.ctx();
        let link = accounts::create_link(&ctx.db, &ctx.clock, None).await?;
        let token = link
            .path
            .split_once("#token=")
            .context("not a set-up link")?
            .1
            .to_owned();
        let mut client = ApiClient::new(address);
        let answer = client
            .post(
                "/api/setup",
                &json!({
                    "token": token, "name": "Ana Souza", "email": "ana@example.org",
                    "password": "correct horse battery staple", "organization": "Farol Test", "locale": "en",
                }),
            )
            .await?;
        ensure!(answer.status == 201, "set-up answered {answer:?}");
        Ok(client)
    }

    /// Signs the owner in once more, as from another browser.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn sign_in(&self) -> anyhow::Result<ApiClient> {
        let mut client = ApiClient::new(self.address());
        let body = json!({ "email": "ana@example.org", "password": "correct horse battery staple" });
        let answer = client.post("/api/logins", &body).await?;
        ensure!(answer.status == 201, "sign-in answered {answer:?}");
        Ok(client)
    }

    /// Stops in good order and starts again on the same data with the same settings and the same clock, on another port.
    ///
    /// # Errors
    /// It does not start again.
    pub async fn restart(self) -> anyhow::Result<Self> {
        let Self {
            server,
            config,
            clock,
            data,
        } = self;
        server.stop().await;
        Self::on(data, config, clock).await
    }

    /// Starts another server on a copy of this one's data as it is on disk now, with the same settings and the same clock:
    /// what is found after a crash. This one goes on running.
    ///
    /// # Errors
    /// The data cannot be copied, or the server does not start.
    pub async fn after_crash(&self) -> anyhow::Result<Self> {
        let copy = tempfile::tempdir()?;
        copy_files(self.data.path(), copy.path())?;
        let there = Config::for_tests(copy.path());
        let config = Config {
            data: there.data,
            database: there.database,
            secrets_key_file: there.secrets_key_file,
            ..self.config.clone()
        };
        Self::on(copy, config, self.clock.clone()).await
    }

    /// Stops in good order.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

/// Shows what server and agents log when `FAROL_LOG` says what to show: the first help when a story fails.
fn show_logs() {
    if let Ok(filter) = std::env::var("FAROL_LOG") {
        let logs = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_test_writer();
        if logs.try_init().is_err() {
            // One subscriber per process; the first story's is as good as another.
        }
    }
}

/// Copies the files of a folder, not its folders.
pub(crate) fn copy_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
