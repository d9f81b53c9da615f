//! The job that sends: takes what is due, one after the other, and writes down what became of each.

use std::time::Duration;

use super::failure::{Failure, FailureCode};
use super::letter::Contents;
use super::message::Draft;
use super::outbox::MailState;
use super::settings::{self, Way};
use super::store::{self, Outcome};
use super::{backoff, message, transport};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::ids::MailId;
use crate::jobs::{Did, JobFailure, JobName, Plan, Turn};
use crate::store::entities::mail::Model;

/// How long a mail is tried, from when it was written or asked to be tried again.
pub(super) const GIVE_UP: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest conversation for one mail. What comes after holds back the others.
const LONGEST: Duration = Duration::from_secs(120);
/// How long a claim holds: longer than any conversation, so nobody else takes a mail that is being sent.
pub const CLAIM: Duration = Duration::from_secs(300);
/// How often it is looked for what became due.
const LOOK: Duration = Duration::from_secs(20);
/// Most mails sent in one run; the next one begins at once.
const RUN_MAX: usize = 100;
/// How long what a mail says is kept after it failed, so that it can be tried again when the reason is gone.
const FAILED_KEPT: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// How long it is shown what became of a mail.
const SHOWN: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Most mails that are shown after they came to their end; older ones make room.
const SHOWN_MAX: u64 = 10_000;

/// Sends what is due, now and whenever something is queued, until the server stops.
pub fn run(ctx: Ctx) -> impl Future<Output = ()> {
    let plan = Plan::every(JobName::Mail, LOOK).at_once();
    let jobs = ctx.jobs.clone();
    jobs.run(plan, async move |turn| step(&ctx, turn).await)
}

/// One run. It fails when the mail server is what is wrong: that a recipient is refused stands in the outbox.
async fn step(ctx: &Ctx, turn: Turn) -> Result<Did, JobFailure> {
    if turn.asked {
        let tx = ctx.db.write().await?;
        store::all_due(&tx, ctx.clock.now()).await?;
        tx.commit().await.map_err(Error::from)?;
    }
    let Sent { tried, stopped } = send(ctx).await?;
    if let Some((failure, next_at)) = stopped {
        return Err(JobFailure::new(failure.code.as_str(), failure).again_at(next_at));
    }
    if tried >= RUN_MAX {
        return Ok(Did::More);
    }
    let mail_server_failed = turn.failing.and_then(FailureCode::parse).is_some();
    if tried == 0 && mail_server_failed && store::any_put_off(ctx.db.read()).await? {
        return Ok(Did::Nothing);
    }
    Ok(Did::Done)
}

/// What one run did.
struct Sent {
    /// Mails that were tried.
    tried: usize,
    /// Why it ended early, and when the mail that showed it is tried again.
    stopped: Option<(Failure, Option<Timestamp>)>,
}

/// Sends what is due; returns how many were tried.
///
/// # Errors
/// Those of the database.
pub async fn send_due(ctx: &Ctx) -> Result<usize> {
    Ok(send(ctx).await?.tried)
}

/// Sends what is due. Ends early when the mail server itself is what is wrong: the others would wait for the same answer.
async fn send(ctx: &Ctx) -> Result<Sent> {
    let (mut tried, mut stopped) = (0, None);
    while tried < RUN_MAX && stopped.is_none() && !ctx.shutdown.is_cancelled() {
        let Some(row) = claim(ctx).await? else {
            break;
        };
        tried += 1;
        let outcome = match settings::way(ctx).await {
            Ok(Some(way)) => send_one(ctx, &way, &row).await,
            Ok(None) => {
                let detail = "The server has no mail server any more.";
                Err(Failure::new(FailureCode::NotSetUp, detail))
            }
            Err(error) => Err(sealed(&error)),
        };
        let next_at = settle(ctx, &row, outcome.as_ref().err()).await?;
        stopped = outcome
            .err()
            .filter(|failure| failure.code.is_about_the_server())
            .map(|failure| (failure, next_at));
    }
    if tried > 0 {
        // Invitations show how their mail is.
        super::publish(ctx, &[Topic::Mail, Topic::Accounts]).await?;
    }
    Ok(Sent { tried, stopped })
}

/// The next mail that is due, claimed.
async fn claim(ctx: &Ctx) -> Result<Option<Model>> {
    let now = ctx.clock.now();
    // A look costs no writer; most looks find nothing.
    if store::due(ctx.db.read(), now).await?.is_none() {
        return Ok(None);
    }
    let tx = ctx.db.write().await?;
    let Some(mut row) = store::due(&tx, now).await? else {
        return Ok(None);
    };
    if !store::claim(&tx, &row, now, now.after(CLAIM)).await? {
        return Ok(None);
    }
    tx.commit().await?;
    row.attempts = row.attempts.saturating_add(1);
    Ok(Some(row))
}

async fn send_one(ctx: &Ctx, way: &Way, row: &Model) -> Result<(), Failure> {
    let contents = contents(ctx, row.id, row.sealed_contents.as_deref()).map_err(|error| sealed(&error))?;
    let draft = Draft {
        id: row.id,
        to: &row.recipient,
        subject: &row.subject,
        contents,
        created_at: row.created_at,
    };
    let ready = message::write(way, draft)?;
    transport::send(way, &ctx.config.public_url, ready, LONGEST).await
}

fn contents(ctx: &Ctx, id: MailId, envelope: Option<&[u8]>) -> Result<Contents> {
    let id = id.to_string();
    let envelope = envelope.ok_or_else(|| Error::internal("the mail does not know what it says"))?;
    let bytes = ctx.sealed.open(store::contents_place(&id), envelope)?;
    serde_json::from_slice(&bytes).map_err(Error::internal)
}

fn sealed(error: &Error) -> Failure {
    tracing::error!(%error, "mail cannot be read");
    let detail = "What the server keeps sealed for this cannot be opened; its log has the reason.";
    Failure::new(FailureCode::SecretsUnavailable, detail)
}

/// Writes down what became of a claimed mail; returns when it is tried again, if it is.
async fn settle(ctx: &Ctx, row: &Model, failure: Option<&Failure>) -> Result<Option<Timestamp>> {
    let now = ctx.clock.now();
    let dice = dice()?;
    let outcome = outcome(row, failure, (now, dice));
    let what = match outcome.state {
        MailState::Sent => "sent",
        MailState::Failed => "failed",
        _ => "deferred",
    };
    metrics::counter!("farol_mail_total", "outcome" => what).increment(1);
    if let Some(failure) = failure {
        tracing::warn!(mail = %row.id, code = failure.code.as_str(), what, "a mail did not go out");
    }
    let tx = ctx.db.write().await?;
    if !store::settle(&tx, (row.id, row.attempts), &outcome).await? {
        tracing::warn!(mail = %row.id, "somebody else took this mail meanwhile");
    }
    tx.commit().await?;
    Ok((outcome.state == MailState::Waiting).then_some(outcome.next_at))
}

fn outcome<'a>(row: &Model, failure: Option<&'a Failure>, (now, dice): (Timestamp, u32)) -> Outcome<'a> {
    let next_at = now.after(backoff::pause(row.attempts, dice));
    let state = match failure {
        None => MailState::Sent,
        Some(failure) if failure.is_final || next_at > row.give_up_at => MailState::Failed,
        Some(_) => MailState::Waiting,
    };
    Outcome {
        state,
        next_at,
        failure,
        finished_at: (state != MailState::Waiting).then_some(now),
    }
}

fn dice() -> Result<u32> {
    getrandom::u32().map_err(|error| Error::internal(error.to_string()))
}

/// Forgets what is old; run now and then.
///
/// # Errors
/// Those of the database.
pub async fn sweep(ctx: &Ctx) -> Result<()> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    store::forget_contents(&tx, now.before(FAILED_KEPT)).await?;
    store::delete_old(&tx, now.before(SHOWN), SHOWN_MAX).await?;
    Ok(tx.commit().await?)
}
