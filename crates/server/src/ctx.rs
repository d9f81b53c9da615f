//! [`Ctx`]: what every rule and handler reaches. Cloning shares it.
//!
//! It holds handles, no logic. State with an owner task or a lock of its own lives in the domain that owns it; the handle
//! to it stands here.

use std::ops::Deref;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accounts::{AccountsState, BreachedPasswords};
use crate::api_tokens::ApiTokensState;
use crate::clock::Clock;
use crate::config::Config;
use crate::enrollment::EnrollmentState;
use crate::events::Events;
use crate::health::Readiness;
use crate::http::RateLimits;
use crate::identity::Identity;
use crate::identity_providers::Discoveries;
use crate::inventory::InventoryState;
use crate::jobs::Jobs;
use crate::machine_metrics::MachineMetricsState;
use crate::machine_routes::MachineRoutesState;
use crate::mail::MailMemory;
use crate::metrics::Metrics;
use crate::presence::Presences;
use crate::presence::helpdesk::HelpdeskPresence;
use crate::relay::Relays;
use crate::rights::RightsMemory;
use crate::sealed::Sealed;
use crate::sessions::invitations::InvitationsState;
use crate::sessions::live::LiveSessions;
use crate::store::Db;
use crate::support::SupportState;
use crate::tls::Tls;
use crate::webhooks::WebhooksMemory;

/// Shared handle to [`Parts`]; state of the axum router.
#[derive(Clone)]
pub struct Ctx(Arc<Parts>);

/// The server's parts.
pub struct Parts {
    /// What the administrator decided.
    pub config: Config,
    /// Rows.
    pub db: Db,
    /// Wall-clock time.
    pub clock: Clock,
    /// The server's own key, pinned by agents.
    pub identity: Identity,
    /// Opens and seals the secrets in the database.
    pub sealed: Sealed,
    /// The certificate that is shown.
    pub tls: Tls,
    /// Invalidations for consoles.
    pub events: Events,
    /// Password hashing, throttles, ends of logins.
    pub accounts: AccountsState,
    /// What accounts were given, as it was read last.
    pub rights: RightsMemory,
    /// API tokens: uses lately, and refusals that were proved.
    pub api_tokens: ApiTokensState,
    /// What issuers of identity providers said lately.
    pub discoveries: Discoveries,
    /// Enrollment attempts, counted.
    pub enrollment: EnrollmentState,
    /// Which agents are connected.
    pub presence: Presences,
    /// Machines that only a helpdesk's agent speaks for.
    pub helpdesk: HelpdeskPresence,
    /// Sections that agents deliver, counted, and what grew by them.
    pub inventory: InventoryState,
    /// How busy machines are, until it is written.
    pub machine_metrics: MachineMetricsState,
    /// What helpdesk desktop agents try, counted.
    pub machine_routes: MachineRoutesState,
    /// Test mails and letters, counted.
    pub mail: MailMemory,
    /// The way to receivers of webhooks; test events, counted.
    pub webhooks: WebhooksMemory,
    /// Sessions under way.
    pub live: LiveSessions,
    /// Wrong invitations, counted.
    pub invitations: InvitationsState,
    /// Wrong support codes, counted.
    pub support: SupportState,
    /// Pipes being passed on.
    pub relays: Relays,
    /// Requests of each login, API token and network, counted.
    pub rate_limits: RateLimits,
    /// When the database last proved that it takes writes.
    pub readiness: Readiness,
    /// The background jobs: how each is, and how to wake one.
    pub jobs: Jobs,
    /// The Prometheus recorder's handle.
    pub metrics: Metrics,
    /// Canceled once, when the server begins to stop. Long-lived sockets watch it, say farewell and close.
    pub shutdown: CancellationToken,
    /// Tasks that shutdown waits for (a few seconds at most).
    pub tasks: TaskTracker,
}

impl Ctx {
    /// Puts the parts together. `config`, `db` and `identity` come from outside; the rest starts empty.
    #[must_use]
    pub fn new(config: Config, db: Db, clock: Clock, identity: Identity) -> Self {
        let accounts = AccountsState::new(
            config.hashing,
            BreachedPasswords::new(config.breached_passwords_file.clone()),
        );
        let support = SupportState::new(clock.now());
        let (events, shutdown) = (Events::default(), CancellationToken::new());
        let jobs = Jobs::new(clock.clone(), events.clone(), shutdown.clone());
        Self(Arc::new(Parts {
            rate_limits: RateLimits::new(config.allowances),
            sealed: Sealed::new(config.secrets_key_file.clone()),
            tls: Tls::default(),
            config,
            db,
            clock,
            identity,
            accounts,
            rights: RightsMemory::default(),
            api_tokens: ApiTokensState::default(),
            events,
            discoveries: Discoveries::default(),
            enrollment: EnrollmentState::default(),
            presence: Presences::default(),
            helpdesk: HelpdeskPresence::default(),
            inventory: InventoryState::default(),
            machine_metrics: MachineMetricsState::default(),
            machine_routes: MachineRoutesState::default(),
            mail: MailMemory::default(),
            webhooks: WebhooksMemory::default(),
            live: LiveSessions::default(),
            invitations: InvitationsState::default(),
            support,
            relays: Relays::default(),
            readiness: Readiness::default(),
            jobs,
            metrics: Metrics::install(),
            shutdown,
            tasks: TaskTracker::new(),
        }))
    }
}

impl Deref for Ctx {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
