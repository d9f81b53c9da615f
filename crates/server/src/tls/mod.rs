//! TLS inside the server: which certificate it shows, where that comes from, and when the next one is due.
//!
//! ```text
//! files  ── watched ───────┐
//! acme   ── renewed ───────┼──▶ Tls::show ──▶ listener (each new connection takes what is shown then)
//! own    ── issued here ───┘
//! ```
//! Connections under way keep the configuration they began with, so a new certificate disconnects nobody. Not here:
//! handshakes and their limits (`crate::listener`), who may speak without TLS (`crate::http`).

mod acme;
mod api;
mod current;
mod files;
mod front;
mod identity;
mod own;
mod store;
mod view;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::clock::Timestamp;
use crate::config::TlsMode;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::jobs::JobName;
use crate::throttle::{Rate, Throttle};

pub use api::pages;
pub use current::Current;
pub use identity::{IdentityProof, IdentityQuestion, prove};
pub use own::{AuthorityView, authority, renew as renew_authority};
pub use view::{CertificateView, Source, View, view};

use acme::Challenges;
use own::Own;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or holds something else.
    #[error("{path}: {message}", path = .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Certificate and key do not belong together, or are of a kind nobody takes.
    #[error("certificate and key cannot be used: {0}")]
    Pair(#[from] rustls::Error),
    /// A certificate is no certificate.
    #[error("the certificate cannot be read: {0}")]
    Unreadable(String),
    /// A certificate cannot be made.
    #[error("the certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
    /// The database, or the secrets in it.
    #[error("{0}")]
    Store(String),
}

impl TlsError {
    fn file(path: &Path, message: &dyn std::fmt::Display) -> Self {
        Self::File {
            path: path.to_owned(),
            message: message.to_string(),
        }
    }
}

impl From<Error> for TlsError {
    fn from(error: Error) -> Self {
        Self::Store(error.to_string().trim_end_matches('.').to_owned())
    }
}

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    identity::routes().merge(view::routes())
}

/// Something about the certificate that needs a person, though the server works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CertificateTrouble)]
pub struct Trouble {
    /// `certificate_files` (the new files cannot be used), `acme` (no certificate from the authority) or `own_authority`.
    pub code: &'static str,
    /// What is wrong: a sentence.
    pub detail: String,
    /// When it was found.
    pub since: Timestamp,
    /// When the server tries again by itself; `null` when it does so as soon as something changes.
    pub next_attempt_at: Option<Timestamp>,
}

/// Proofs of identity from one address: a fleet behind one address passes, a flood of signatures does not.
const PROOFS_PER_ADDRESS: Rate = Rate {
    burst: 60,
    period: Duration::from_millis(100),
};
/// Addresses remembered.
const ADDRESSES_MAX: usize = 10_000;

#[derive(Debug)]
struct Proofs(Throttle<IpAddr>);

impl Default for Proofs {
    fn default() -> Self {
        Self(Throttle::new(PROOFS_PER_ADDRESS, ADDRESSES_MAX))
    }
}

/// The domain's memory: one owner for what is shown.
#[derive(Debug, Default)]
pub struct Tls {
    shown: watch::Sender<Option<Arc<Current>>>,
    trouble: watch::Sender<Option<Trouble>>,
    // Held for a look or a signature, never across a wait.
    own: Mutex<Option<Own>>,
    challenges: Challenges,
    proofs: Proofs,
}

impl Tls {
    /// What new connections get.
    #[must_use]
    pub fn shown(&self) -> Option<Arc<Current>> {
        self.shown.borrow().clone()
    }

    /// Tells of each new certificate.
    #[must_use]
    pub fn watch_shown(&self) -> watch::Receiver<Option<Arc<Current>>> {
        self.shown.subscribe()
    }

    fn show(&self, current: Current) {
        self.shown.send_replace(Some(Arc::new(current)));
    }

    /// What is wrong with the certificate, if anything.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble.borrow().clone()
    }

    /// Tells of each change in what is wrong.
    #[must_use]
    pub fn watch_trouble(&self) -> watch::Receiver<Option<Trouble>> {
        self.trouble.subscribe()
    }

    fn set_trouble(&self, trouble: Option<Trouble>) {
        self.trouble.send_replace(trouble);
    }

    /// Before a handshake: the own authority's certificate must name the address that was dialed. Costs a signature for
    /// each address of this machine, once.
    pub fn dialed(&self, address: IpAddr) {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = own.as_mut()
            && let Some(current) = own.also_for(address)
        {
            self.show(current);
        }
    }
}

/// Makes the first certificate available and starts what keeps it valid.
///
/// # Errors
/// See [`TlsError`]. An ACME authority that cannot be reached is no error: the server starts, shows a certificate of its own
/// making and says so in `/health/ready`.
pub async fn start(ctx: &Ctx, front: Option<TcpListener>) -> Result<(), TlsError> {
    match ctx.config.tls.clone() {
        None => {}
        Some(TlsMode::Files(files)) => {
            let (current, stamp) = files::load(&files)?;
            ctx.tls.show(current);
            ctx.tasks.spawn(files::watch(ctx.clone(), files, stamp));
        }
        Some(TlsMode::Acme(settings)) => {
            let first = acme::first(ctx, &settings).await?;
            if let Some(listener) = front {
                let (inner, domains) = (ctx.clone(), Arc::new(settings.domains.clone()));
                let work = async move || front::run(&inner, &listener, &domains).await;
                ctx.tasks.spawn(ctx.jobs.clone().keep(JobName::AcmeAnswers, work));
            }
            ctx.tasks.spawn(acme::run(ctx.clone(), settings, first));
        }
        Some(TlsMode::Own(settings)) => {
            own::first(ctx, &settings).await?;
            ctx.tasks.spawn(own::run(ctx.clone(), settings));
        }
    }
    Ok(())
}

/// Checks what can be checked without starting: for `farol check`.
///
/// # Errors
/// See [`TlsError`].
pub fn check(mode: &TlsMode) -> Result<(), TlsError> {
    match mode {
        TlsMode::Files(files) => files::load(files).map(drop),
        TlsMode::Acme(settings) => acme::check(settings),
        TlsMode::Own(_) => Ok(()),
    }
}

/// Whether the certificate is one that others can take now.
///
/// # Errors
/// `certificate_unavailable` when none was got yet, or the last one has ended.
pub fn ready(ctx: &Ctx) -> Result<()> {
    if ctx.config.tls.is_none() {
        return Ok(());
    }
    let now = ctx.clock.now();
    let why = match ctx.tls.shown() {
        Some(current) if current.placeholder => "The server has not got its certificate yet.",
        Some(current) if current.not_after <= now => "The server's certificate has ended.",
        Some(_) => return Ok(()),
        None => "The server has no certificate.",
    };
    let detail = match ctx.tls.trouble() {
        Some(trouble) => format!("{why} {}", trouble.detail),
        None => why.to_owned(),
    };
    Err(Error::Unavailable {
        code: Code::CertificateUnavailable,
        detail,
        source: None,
    })
}
