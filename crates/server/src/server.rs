//! [`Server`]: everything put together, started, and stopped again. The command line and tests start here.
//!
//! Start: data directory, lock, identity, database (migrated), sessions of before taken up again, listener, background
//! tasks. Stop: the shutdown token tells listener, links, relays and streams; they get [`STOP_TIMEOUT`]; then the
//! ends of the audit chains are signed and the database is closed.

use std::fs::{File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::{Config, ConfigError, PublicUrl, TlsMode};
use crate::ctx::Ctx;
use crate::identity::{self, Identity};
use crate::listener;
use crate::metrics::Metrics;
use crate::presence::Command;
use crate::store::{Db, DbSettings, OpenError};
use crate::tls::{self, TlsError};
use crate::{
    access_requests, accounts, api_tokens, audit, http, idempotency, identity_providers, machine_routes,
    machines, mail, organizations, recognition, rights, sealed, sessions, support, webhooks,
};

/// Longest wait for connections and tasks when stopping.
const STOP_TIMEOUT: Duration = Duration::from_secs(4);
/// How often expired logins are looked for, and audit checkpoints that are due.
const SWEEP: Duration = Duration::from_secs(60);
/// How often it is looked whether the command line changed the server's identity keys.
const IDENTITY_LOOK: Duration = Duration::from_secs(5);
/// File in the data directory that one running server holds locked.
const LOCK_FILE: &str = "farol.lock";
/// File in the data directory with the address of the running server, for the command line beside it.
pub const URL_FILE: &str = "server.url";

/// Why the server did not start; each text is a full sentence for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings are not right.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data directory cannot be made or written.
    #[error(
        "The data directory {path} cannot be used: {source}. Create it and give it to the user who runs farol, or \
         choose another with --data.",
        path = .path.display()
    )]
    Data {
        /// Which directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another server runs there.
    #[error("Another farol is running with the data directory {path}. Stop it first, or choose another with --data.", path = .0.display())]
    Locked(PathBuf),
    /// The identity key is damaged or unreadable.
    #[error("The server's identity key {path} cannot be used: {source}. Agents trust this key; restore it from a backup.", path = .path.display())]
    Identity {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// The database does not open.
    #[error("The database cannot be used: {0}.")]
    Database(#[from] OpenError),
    /// What a stopped server left behind cannot be tidied up.
    #[error("The sessions that were open when the server last stopped cannot be taken up again: {0}")]
    Recover(crate::error::Error),
    /// The first organization cannot be made.
    #[error("The database cannot be prepared: {0}")]
    Prepare(crate::error::Error),
    /// The secrets in the database cannot be opened.
    #[error("{0}")]
    Secrets(crate::error::Error),
    /// Certificate or key are not right.
    #[error("TLS cannot be used: {0}.")]
    Tls(#[from] TlsError),
    /// The port is taken.
    #[error(
        "The address {0} is in use by another program. Stop that program, or choose another address with --listen."
    )]
    AddressInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("The server cannot listen on {address}: {source}.")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

/// A running server.
pub struct Server {
    ctx: Ctx,
    address: SocketAddr,
    accepting: JoinHandle<()>,
    connections: TaskTracker,
    /// Held for as long as the server runs.
    _lock: File,
}

impl Server {
    /// Starts on the system's clock.
    ///
    /// # Errors
    /// See [`StartError`]; nothing is left running.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        Self::start_with(config, Clock::default()).await
    }

    /// Starts with a clock of one's own, for tests.
    ///
    /// # Errors
    /// See [`StartError`]; nothing is left running.
    pub async fn start_with(mut config: Config, clock: Clock) -> Result<Self, StartError> {
        config.check_listener()?;
        if let Some(mode) = &config.tls {
            tls::check(mode)?;
        }
        let lock = take_data_directory(&config.data)?;
        // Before the database, so that a second server on the port fails quickly and touches nothing.
        let listener = listen(config.listen).await?;
        let address = listener.local_addr().map_err(|source| StartError::Listen {
            address: config.listen,
            source,
        })?;
        config.listen = address;
        let front = match &config.tls {
            Some(TlsMode::Acme(settings)) => Some(listen(settings.http_listen).await?),
            _ => None,
        };
        if !config.public_url_given {
            config.public_url = PublicUrl::of_listener(address, config.tls.is_some());
        }
        let ctx = open(config, clock).await?;
        sealed::check(&ctx).await.map_err(StartError::Secrets)?;
        sessions::recover(&ctx).await.map_err(StartError::Recover)?;
        tls::start(&ctx, front).await?;
        note_url(&ctx);
        spawn_background(&ctx);
        let connections = TaskTracker::new();
        let service = listener::Service::new(http::router(&ctx), ctx.clone(), connections.clone());
        let accepting = tokio::spawn(listener::run(listener, service));
        Ok(Self {
            ctx,
            address,
            accepting,
            connections,
            _lock: lock,
        })
    }

    /// What rules reach; for the command line and tests.
    #[must_use]
    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops: no new connections, farewells, then at most four seconds for what is under way.
    pub async fn stop(self) {
        self.ctx.shutdown.cancel();
        self.ctx.tasks.close();
        self.connections.close();
        let rest = async {
            if let Err(error) = self.accepting.await {
                tracing::error!(%error, "the listener had stopped before");
            }
            self.ctx.tasks.wait().await;
            self.connections.wait().await;
        };
        if tokio::time::timeout(STOP_TIMEOUT, rest).await.is_err() {
            let (tasks, connections) = (self.ctx.tasks.len(), self.connections.len());
            tracing::warn!(tasks, connections, "stopping without waiting any longer");
        }
        match tokio::time::timeout(STOP_TIMEOUT, audit::sign_all(&self.ctx)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the ends of the audit chains were not signed"),
            Err(_) => tracing::warn!("no time was left to sign the ends of the audit chains"),
        }
        self.ctx.db.close().await;
        tracing::info!("stopped");
    }
}

/// Makes the directory (for its owner only) and locks it against a second server.
fn take_data_directory(path: &Path) -> Result<File, StartError> {
    let refused = |source| StartError::Data {
        path: path.to_owned(),
        source,
    };
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(refused)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.join(LOCK_FILE))
        .map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::Locked(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(refused(source)),
    }
}

/// Whether a server runs on this data directory.
pub(crate) fn runs(data: &Path) -> bool {
    // One that cannot be opened does not exist, or is another account's, whose database is none of ours.
    let Ok(file) = File::options().write(true).open(data.join(LOCK_FILE)) else {
        return false;
    };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => StartError::AddressInUse(address),
            _ => StartError::Listen { address, source },
        })
}

/// Opens what the settings name; also for the command line, beside a running server.
///
/// # Errors
/// See [`StartError`].
pub async fn open(config: Config, clock: Clock) -> Result<Ctx, StartError> {
    if let DbSettings::Sqlite(path) = &config.database
        && let Some(parent) = path.parent()
    {
        let refused = |source| StartError::Data {
            path: parent.to_owned(),
            source,
        };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(parent)
            .map_err(refused)?;
        // Made here, so that nobody else can read it, whatever the directory allows; SQLite's other files follow it.
        File::options()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .map_err(refused)?;
    }
    let identity = Identity::load_or_create(&config.data).map_err(|source| {
        let path = config.data.join(identity::FILE);
        StartError::Identity { path, source }
    })?;
    let db = Db::open(&config.database).await?;
    organizations::ensure_default(&db, clock.now())
        .await
        .map_err(StartError::Prepare)?;
    Ok(Ctx::new(config, db, clock, identity))
}

/// Tells the command line where the server is. That it cannot is no reason not to start.
fn note_url(ctx: &Ctx) {
    if let Err(error) = std::fs::write(
        ctx.config.data.join(URL_FILE),
        format!("{}\n", ctx.config.public_url),
    ) {
        tracing::warn!(%error, "the server's address was not written down for the command line");
    }
}

/// Housekeeping. Every run can be repeated; a failed one is tried again next time.
fn spawn_background(ctx: &Ctx) {
    let tidy = ctx.clone();
    let mut tending = audit::Tending::default();
    ctx.tasks.spawn(repeat(ctx.clone(), SWEEP, async move || {
        if let Err(error) = accounts::end_expired(&tidy).await {
            tracing::warn!(%error, "expired logins were not ended");
        }
        if let Err(error) = accounts::forget_stale_links(&tidy.db, &tidy.clock).await {
            tracing::warn!(%error, "old links were not removed");
        }
        if let Err(error) = accounts::forget_old_places(&tidy).await {
            tracing::warn!(%error, "places of old sign-ins were not forgotten");
        }
        if let Err(error) = api_tokens::sweep(&tidy).await {
            tracing::warn!(%error, "old API tokens were not tidied up");
        }
        if let Err(error) = identity_providers::forget_stale(&tidy.db, &tidy.clock).await {
            tracing::warn!(%error, "sign-ins at identity providers that nobody finished were not removed");
        }
        if let Err(error) = audit::tend(&tidy, &mut tending).await {
            tracing::warn!(%error, "audit entries were not looked after");
        }
        if let Err(error) = machine_routes::sweep(&tidy).await {
            tracing::warn!(%error, "silent machines and old machine tokens were not tidied up");
        }
        if let Err(error) = support::sweep(&tidy).await {
            tracing::warn!(%error, "machines of one-time agents and old support codes were not tidied up");
        }
        if let Err(error) = recognition::forget_stale(&tidy).await {
            tracing::warn!(%error, "old quarantine entries were not forgotten");
        }
        if let Err(error) = mail::sweep(&tidy).await {
            tracing::warn!(%error, "old mail was not forgotten");
        }
        if let Err(error) = webhooks::sweep(&tidy).await {
            tracing::warn!(%error, "old events of webhooks were not forgotten");
        }
        if let Err(error) = idempotency::sweep(&tidy).await {
            tracing::warn!(%error, "old idempotency keys were not forgotten");
        }
        if let Err(error) = access_requests::sweep(&tidy).await {
            tracing::warn!(%error, "old access requests were not forgotten");
        }
        if let Err(error) = sessions::sweep(&tidy).await {
            tracing::warn!(%error, "old relay grants were not forgotten");
        }
    }));
    ctx.tasks.spawn(mail::run(ctx.clone()));
    ctx.tasks.spawn(webhooks::run(ctx.clone()));
    let beside = ctx.clone();
    let mut seen = machines::Beside::default();
    ctx.tasks
        .spawn(repeat(ctx.clone(), machines::BESIDE_LOOK, async move || {
            if let Err(error) = seen.look(&beside).await {
                tracing::warn!(%error, "what the command line changed was not looked at");
            }
        }));
    let rights = ctx.clone();
    let mut moments = rights::Moments::default();
    ctx.tasks
        .spawn(repeat(ctx.clone(), rights::Moments::LOOK, async move || {
            if let Err(error) = moments.look(&rights).await {
                tracing::warn!(%error, "roles whose time came or is over were not looked at");
            }
        }));
    let keys = ctx.clone();
    ctx.tasks.spawn(repeat(ctx.clone(), IDENTITY_LOOK, async move || {
        match keys.identity.reload() {
            Ok(true) => {
                tracing::info!(
                    key = keys.identity.key_hash(),
                    "the server's identity keys were changed"
                );
                keys.presence.tell_all(|| Command::IdentityChanged);
            }
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "the identity key file cannot be read; the keys held stay in use")
            }
        }
    }));
    let metrics = ctx.metrics.clone();
    ctx.tasks
        .spawn(repeat(ctx.clone(), Metrics::UPKEEP, async move || {
            metrics.upkeep()
        }));
}

async fn repeat(ctx: Ctx, every: Duration, mut work: impl AsyncFnMut()) {
    loop {
        tokio::select! {
            () = ctx.shutdown.cancelled() => return,
            () = tokio::time::sleep(every) => work().await,
        }
    }
}
