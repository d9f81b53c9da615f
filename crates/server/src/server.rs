//! [`Server`]: everything put together, started, and stopped again. The command line and tests start here.
//!
//! Start: data directory, lock, identity, database (migrated), sessions of before taken up again, jobs, listener. Stop: the
//! shutdown token tells listener, links, relays and streams; they get [`STOP_TIMEOUT`]; then the ends of the audit chains
//! are signed and the database is closed.

use std::fs::{File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryFutureExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::{Config, ConfigError, PublicUrl, TlsMode};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::identity::{self, Identity};
use crate::jobs::{Did, JobFailure, JobName, Plan};
use crate::listener;
use crate::metrics::Metrics;
use crate::presence::Command;
use crate::store::{Db, DbSettings, OpenError};
use crate::tls::{self, TlsError};
use crate::{
    access_requests, accounts, api_tokens, audit, http, idempotency, identity_providers, inventory,
    machine_metrics, machine_routes, machines, mail, organizations, recognition, rights, sealed, sessions,
    support, webhooks,
};

/// Longest wait for connections and tasks when stopping.
const STOP_TIMEOUT: Duration = Duration::from_secs(4);
/// How often each of the housekeeping jobs runs, and audit checkpoints that are due are looked for.
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
        machines::search::complete(&ctx)
            .await
            .map_err(StartError::Prepare)?;
        tls::start(&ctx, front).await?;
        note_url(&ctx);
        begin_jobs(&ctx);
        let connections = TaskTracker::new();
        let service = listener::Service::new(http::router(&ctx), ctx.clone(), connections.clone());
        let service = Arc::new(service);
        let work = async move || listener::run(&listener, &service).await;
        let accepting = tokio::spawn(ctx.jobs.clone().keep(JobName::Listener, work));
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
        match tokio::time::timeout(STOP_TIMEOUT, machine_metrics::write_all(&self.ctx)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "the last minutes of how busy machines are were not written")
            }
            Err(_) => tracing::warn!("no time was left to write how busy machines are"),
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

/// What one housekeeping job does. Every run can be repeated; what a failed one left is done by the next.
type Chore = fn(&Ctx) -> BoxFuture<'_, Result<()>>;

/// Housekeeping that is the same every minute.
const CHORES: &[(JobName, Chore)] = &[
    (JobName::Logins, |ctx| {
        let ended = accounts::end_expired(ctx);
        ended.and_then(|_| accounts::cut_held(ctx)).boxed()
    }),
    (JobName::SignInLinks, |ctx| {
        accounts::forget_stale_links(&ctx.db, &ctx.clock).boxed()
    }),
    (JobName::SignInPlaces, |ctx| {
        accounts::forget_old_places(ctx).boxed()
    }),
    (JobName::ApiTokens, |ctx| api_tokens::sweep(ctx).boxed()),
    (JobName::ProviderSignIns, |ctx| {
        identity_providers::forget_stale(&ctx.db, &ctx.clock).boxed()
    }),
    (JobName::HelpdeskMachines, |ctx| {
        machine_routes::sweep(ctx).boxed()
    }),
    (JobName::Support, |ctx| support::sweep(ctx).boxed()),
    (JobName::Quarantine, |ctx| recognition::forget_stale(ctx).boxed()),
    (JobName::OldMail, |ctx| mail::sweep(ctx).boxed()),
    (JobName::OldWebhooks, |ctx| webhooks::sweep(ctx).boxed()),
    (JobName::IdempotencyKeys, |ctx| idempotency::sweep(ctx).boxed()),
    (JobName::AccessRequests, |ctx| access_requests::sweep(ctx).boxed()),
    (JobName::RelayGrants, |ctx| {
        sessions::sweep(ctx).map_ok(|_| ()).boxed()
    }),
];

/// Begins the jobs of the whole server; those of its certificate began with it.
fn begin_jobs(ctx: &Ctx) {
    let jobs = || ctx.jobs.clone();
    for (name, chore) in CHORES {
        let (inner, chore) = (ctx.clone(), *chore);
        let plan = Plan::every(*name, SWEEP);
        ctx.tasks.spawn(jobs().run(plan, async move |_| {
            chore(&inner).await?;
            Ok(Did::Done)
        }));
    }
    let (inner, mut tending) = (ctx.clone(), audit::Tending::default());
    let plan = Plan::every(JobName::Audit, SWEEP);
    ctx.tasks.spawn(jobs().run(plan, async move |turn| {
        if turn.asked {
            tending.look_again();
        }
        audit::tend(&inner, &mut tending).await?;
        match tending.broken() {
            0 => Ok(Did::Done),
            count => Err(audit_broken(count)),
        }
    }));
    let inner = ctx.clone();
    let plan = Plan::every(JobName::Inventory, inventory::TIDY);
    ctx.tasks.spawn(jobs().run(plan, async move |_| {
        Ok(if inventory::tidy(&inner).await? {
            Did::More
        } else {
            Did::Done
        })
    }));
    let (inner, mut tending) = (ctx.clone(), machine_metrics::Tending::default());
    let plan = Plan::every(JobName::MachineMetrics, machine_metrics::TEND);
    ctx.tasks.spawn(jobs().run(plan, async move |_| {
        Ok(if machine_metrics::tend(&inner, &mut tending).await? {
            Did::More
        } else {
            Did::Done
        })
    }));
    ctx.tasks.spawn(mail::run(ctx.clone()));
    ctx.tasks.spawn(webhooks::run(ctx.clone()));
    let (inner, mut seen) = (ctx.clone(), machines::Beside::default());
    let plan = Plan::every(JobName::CommandLine, machines::BESIDE_LOOK);
    ctx.tasks.spawn(jobs().run(plan, async move |_| {
        seen.look(&inner).await?;
        Ok(Did::Done)
    }));
    let (inner, mut moments) = (ctx.clone(), rights::Moments::default());
    let plan = Plan::every(JobName::Rights, rights::Moments::LOOK);
    ctx.tasks.spawn(jobs().run(plan, async move |_| {
        moments.look(&inner).await?;
        Ok(Did::Done)
    }));
    let inner = ctx.clone();
    let plan = Plan::every(JobName::IdentityKeys, IDENTITY_LOOK);
    ctx.tasks
        .spawn(jobs().run(plan, async move |_| reload_identity(&inner)));
    let metrics = ctx.metrics.clone();
    let plan = Plan::every(JobName::Metrics, Metrics::UPKEEP);
    ctx.tasks.spawn(jobs().run(plan, async move |_| {
        metrics.upkeep();
        Ok(Did::Done)
    }));
}

fn audit_broken(chains: usize) -> JobFailure {
    let why = format!(
        "The audit chains of {chains} organization(s) are not in order, so their ends are not signed and nothing is removed \
         from them. Run `farol audit verify` on the server; it says where they break"
    );
    JobFailure::new("audit_broken", why)
}

/// Takes the identity keys of the file when the command line changed them.
fn reload_identity(ctx: &Ctx) -> Result<Did, JobFailure> {
    let changed = ctx.identity.reload().map_err(|error| {
        let file = ctx.config.data.join(identity::FILE);
        let why = format!(
            "The identity key file {} cannot be read; the keys held stay in use: {error}",
            file.display()
        );
        JobFailure::new("identity_keys", why)
    })?;
    if changed {
        let key = ctx.identity.key_hash();
        tracing::info!(key, "the server's identity keys were changed");
        ctx.presence.tell_all(|| Command::IdentityChanged);
    }
    Ok(Did::Done)
}
