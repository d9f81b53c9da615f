//! The routes that helpdesk desktop agents use: registering a machine, heartbeats, inventory, and signing its end user in.
//!
//! - `register.rs`: provisioning secret and profile for a machine token · `tokens.rs`: its text form
//! - `caller.rs`: [`FromMachine`], which machine speaks · `reports.rs`: heartbeats and inventory, each report once
//! - `logins.rs`: the end user's login · `view.rs`: what technicians see of all this
//! - `clean.rs`: what such agents send, capped · `store.rs`: queries · `api.rs`: handlers
//!
//! Not here: which machine a registration means (`crate::recognition`), the machines themselves (`crate::machines`). Our own
//! agent uses none of this. Names of fields are those that such agents use (`machineToken`); further in, the glossary holds.
//!
//! # Life of a machine token
//! ```text
//! register ──► live ──(heartbeat: life starts anew)──► live
//!               ├──(registered again)──► replaced ──(grace over)──► machine_token_revoked
//!               │                         └ reports only
//!               ├──(withdrawn, machine removed)──► machine_token_revoked
//!               └──(no heartbeat for MACHINE_TOKEN_TTL_MS)──► machine_token_expired
//! ```
//! Each refusal has a code of its own; registering again, with what the agent stores, heals all of them.

mod api;
mod caller;
mod clean;
mod logins;
mod register;
mod reports;
mod store;
mod tokens;
mod view;

use std::net::IpAddr;
use std::time::Duration;

use sea_orm::ConnectionTrait;

pub use api::routes;
pub use caller::{EndUser, EndUserSignedIn, FromMachine, LOGIN_COOKIE, MachineCaller};
pub use logins::{LOGIN_OFFER, OwnMachine};
pub use reports::{BODY_MAX, REPORTS_KEPT};
pub use tokens::MachineToken;
pub use view::HelpdeskView;

use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::MachineId;
use crate::machines;
use crate::presence::helpdesk::SILENCE;
use crate::throttle::{Rate, Throttle};
use crate::webhooks::Presence;

/// Registrations from one address: a rollout behind one address passes.
const PER_ADDRESS: Rate = Rate {
    burst: 60,
    period: Duration::from_secs(1),
};
/// Wrong secrets from one address: a typing mistake in a rollout's script is noticed, guessing gets nowhere.
const WRONG: Rate = Rate {
    burst: 10,
    period: Duration::from_secs(10),
};
/// Registrations of one machine. Reinstalling and healing need a few; two copies that take the token from each other in turns
/// are slowed down to one in ten minutes.
const PER_MACHINE: Rate = Rate {
    burst: 8,
    period: Duration::from_secs(10 * 60),
};
/// Reports of one machine: a night of queued ones at once, then one every second.
const REPORTS: Rate = Rate {
    burst: 300,
    period: Duration::from_secs(1),
};
/// Logins offered to one machine: people press buttons twice.
const LOGINS: Rate = Rate {
    burst: 10,
    period: Duration::from_secs(10),
};
/// Attempts to redeem a one-time secret from one address.
const REDEEMS: Rate = Rate {
    burst: 20,
    period: Duration::from_secs(5),
};
/// Keys remembered by each throttle, about 1 MB at worst.
const KEYS_MAX: usize = 10_000;

/// The domain's memory.
#[derive(Debug)]
pub struct MachineRoutesState {
    registrations: Throttle<IpAddr>,
    wrong: Throttle<IpAddr>,
    machines: Throttle<MachineId>,
    reports: Throttle<MachineId>,
    logins: Throttle<MachineId>,
    redeems: Throttle<IpAddr>,
}

impl Default for MachineRoutesState {
    fn default() -> Self {
        Self {
            registrations: Throttle::new(PER_ADDRESS, KEYS_MAX),
            wrong: Throttle::new(WRONG, KEYS_MAX),
            machines: Throttle::new(PER_MACHINE, KEYS_MAX),
            reports: Throttle::new(REPORTS, KEYS_MAX),
            logins: Throttle::new(LOGINS, KEYS_MAX),
            redeems: Throttle::new(REDEEMS, KEYS_MAX),
        }
    }
}

/// Refuses everything while there is no provisioning secret.
fn require_on(ctx: &Ctx) -> Result<()> {
    if ctx.config.machine_routes.secret.is_some() {
        return Ok(());
    }
    Err(Error::Unavailable {
        code: Code::MachineRoutesOff,
        detail: "The routes for helpdesk desktop agents are off, because this server has no provisioning secret. Set \
                 MACHINE_PROVISIONING_SECRET and start it again."
            .into(),
        source: None,
    })
}

fn slow_down(detail: &str, wait: Duration) -> Error {
    metrics::counter!("farol_attempts_throttled_total").increment(1);
    Error::TooMany {
        code: Code::TooManyAttempts,
        detail: detail.into(),
        retry_after: Some(wait),
    }
}

/// Whether an installation of a helpdesk's desktop agent has spoken for this machine a moment ago. Asks the rows, not the
/// memory, so that a restart of the server makes nobody silent.
pub(crate) async fn is_heard<C: ConnectionTrait>(ctx: &Ctx, db: &C, machine: MachineId) -> Result<bool> {
    let records = machines::records(db, machine).await?;
    store::is_heard(db, &records, ctx.clock.now().before(SILENCE)).await
}

/// What is kept of a machine that came through these routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) reports: u64,
    pub(crate) sections: u64,
    pub(crate) logins: u64,
}

/// What is kept of these records of a machine, and goes with them.
pub(crate) async fn kept<C: ConnectionTrait>(db: &C, records: &[MachineId]) -> Result<Kept> {
    let [reports, sections, logins] = store::counts(db, records).await?;
    Ok(Kept {
        reports,
        sections,
        logins,
    })
}

/// Housekeeping: machines that fell silent, logins and tokens that are over.
///
/// # Errors
/// Those of the database; the next run tries again.
pub async fn sweep(ctx: &Ctx) -> Result<()> {
    let now = ctx.clock.now();
    for (organization, machine) in ctx.helpdesk.sweep(now) {
        machines::told_presence(ctx, organization, machine, Presence::Offline).await;
        ctx.events.machine(organization, machine);
    }
    let tx = ctx.db.write().await?;
    store::forget_old(&tx, now, ctx.config.login_idle).await?;
    Ok(tx.commit().await?)
}
