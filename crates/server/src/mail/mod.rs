//! E-mail: how the server sends it, the outbox, and what it says in which language.
//!
//! - `settings.rs`: the mail server and who signs in there, `checks.rs`: what they may be · `trial.rs`: a test mail, sent at once
//! - `outbox.rs`: what waits and what became of it, for people · `queue.rs`: how a mail gets in
//! - `deliver.rs`: the job that sends · `backoff.rs`: when it tries again
//! - `transport.rs`: one conversation by SMTP · `failure.rs`: how one goes wrong · `message.rs`: a letter as a message
//! - `letter.rs`: paragraphs as text and HTML · `templates`: what the letters say
//! - `store.rs`: queries · `api.rs`: handlers
//!
//! # Life of a mail
//! ```text
//! waiting ──claimed──▶ sending ──taken──▶ sent
//!    ▲ │                 │ ├──refused for good, or too late──▶ failed ──(tried again)──▶ waiting
//!    │ └─(canceled)      │ └──claim ran out: the server stopped meanwhile──▶ claimed again
//!    └────not now────────┘
//! ```
//! # Invariants
//! - A mail is queued in its author's transaction: it is there if and only if what it speaks of is.
//! - A claim is written before a byte is sent, so of several who look one sends. A mail is sent twice only when the server stops
//!   between the mail server's yes and writing that down; both have the same `Message-ID` then.
//! - What a mail says may be a secret: it is sealed, shown to nobody, and forgotten when it was sent, canceled, or failed long ago.

mod api;
mod backoff;
mod checks;
mod deliver;
mod failure;
mod letter;
mod message;
mod outbox;
mod queue;
mod settings;
mod store;
pub mod templates;
mod transport;
mod trial;

use std::time::Duration;

use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::ids::AccountId;
use crate::jobs::JobName;
use crate::organizations;
use crate::throttle::{Rate, Throttle};

pub use api::routes;
pub use deliver::{CLAIM, run, send_due, sweep};
pub use failure::{Failure, FailureCode};
pub use letter::{Letter, Locale};
pub use outbox::{Mail, MailFilter, MailState, cancel, list, retry};
pub use queue::{Envelope, Queued, cancel_about, queue, states_about};
pub use settings::{
    MailSettings, NewMailSettings, Security, ServerMail, change, is_set_up, may_send, remove, view,
};
pub use trial::{MailTest, NewMailTest, test};

/// Test mails of one account: a person who tries settings, not a way to knock at doors.
const TESTS: Rate = Rate {
    burst: 6,
    period: Duration::from_secs(10),
};
/// Letters to people that one account makes the server send: a team is invited at once, a stranger's mailbox is not filled.
const LETTERS: Rate = Rate {
    burst: 100,
    period: Duration::from_secs(36),
};
/// Accounts remembered.
const ACCOUNTS_MAX: usize = 10_000;

/// The domain's memory.
#[derive(Debug)]
pub struct MailMemory {
    tests: Throttle<AccountId>,
    letters: Throttle<AccountId>,
}

impl Default for MailMemory {
    fn default() -> Self {
        Self {
            tests: Throttle::new(TESTS, ACCOUNTS_MAX),
            letters: Throttle::new(LETTERS, ACCOUNTS_MAX),
        }
    }
}

/// Counts a letter that an account makes the server send to an address it chose.
///
/// # Errors
/// `too_many_attempts`.
pub fn count_letter(ctx: &Ctx, by: AccountId) -> Result<()> {
    ctx.mail
        .letters
        .check(by, ctx.clock.now())
        .map_err(|wait| slow_down("e-mails", wait))
}

fn slow_down(what: &str, wait: Duration) -> Error {
    let seconds = wait.as_millis().div_ceil(1000);
    Error::TooMany {
        code: Code::TooManyAttempts,
        detail: format!("Too many {what} in a short time. Wait {seconds} seconds, then try again."),
        retry_after: Some(wait),
    }
}

/// Makes the job look at the outbox, and consoles ask again; call it after the commit of what was queued.
///
/// # Errors
/// Those of the database.
pub async fn nudge(ctx: &Ctx) -> Result<()> {
    ctx.jobs.wake(JobName::Mail);
    publish(ctx, &[Topic::Mail]).await
}

/// Tells everybody of something of the whole server. Who may see nothing of it learns that there was something, and no more.
async fn publish(ctx: &Ctx, topics: &[Topic]) -> Result<()> {
    for organization in organizations::all(ctx.db.read()).await? {
        ctx.events.publish(Scope::Organization(organization.id), topics);
    }
    Ok(())
}

/// After a person changed something: the job looks, consoles ask again.
async fn told(ctx: &Ctx) -> Result<()> {
    ctx.jobs.wake(JobName::Mail);
    publish(ctx, &[Topic::Mail, Topic::Audit]).await
}
