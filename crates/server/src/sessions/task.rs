//! The task of one session: drives its life cycle, tells the agent, writes the row.
//!
//! Here: waiting, and doing what a transition asks for. Not here: which transition follows from what (`lifecycle.rs`).
//!
//! Order at the end: grants forgotten and status set (the relay cuts its sockets on that), agent told, row and audit entry
//! written in one transaction, registry entry removed, consoles told. Sockets never wait for the database.

use std::time::Duration;

use farol_protocol::Tick;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::lifecycle::{End, EndReason, Input, Lifecycle, State, Transition};
use super::live::{Handle, Info, Opened, Status, lock};
use super::{record_connected, record_ended, store, tell_agent};
use crate::clock::Timestamp;
use crate::ctx::Ctx;

/// Attempts to write the end of a session, with a growing pause between them: a database that is locked or restarted is
/// back within that. What still fails is found and closed at the next start.
const WRITE_ATTEMPTS: u32 = 6;
/// The first pause.
const WRITE_PAUSE: Duration = Duration::from_millis(200);

/// Runs until the session's end is recorded.
pub(super) async fn run(ctx: Ctx, opened: Opened) {
    let Opened { handle, mut inbox } = opened;
    let ticks = ctx.live.ticks();
    let mut lifecycle = Lifecycle::new(ticks.now());
    let mut recording = None;
    loop {
        let deadline = lifecycle.poll_deadline();
        let transition = tokio::select! {
            biased;
            () = ctx.shutdown.cancelled() => {
                lifecycle.handle(ticks.now(), Input::End(End::new(EndReason::ServerStopped, "")))
            }
            () = handle.shared.last_set.notified() => {
                let last = std::mem::take(&mut *lock(&handle.shared.last));
                last.into_iter().find_map(|input| lifecycle.handle(ticks.now(), input))
            }
            // The handle in this task keeps the inbox open.
            Some(input) = inbox.recv() => lifecycle.handle(ticks.now(), input),
            () = until(ticks.instant(deadline.unwrap_or(Tick(u64::MAX))), deadline) => {
                lifecycle.handle_timeout(ticks.now())
            }
        };
        match transition {
            None => {}
            Some(Transition::Offered) => set(&ctx, &handle, |status| status.state = State::Offered),
            Some(Transition::Connected) => recording = Some(connected(&ctx, &handle)),
            Some(Transition::Ended(end)) => return ended(&ctx, &handle, end, recording).await,
        }
    }
}

async fn until(at: Instant, deadline: Option<Tick>) {
    match deadline {
        Some(_) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn set(ctx: &Ctx, handle: &Handle, change: impl FnOnce(&mut Status)) {
    handle.shared.status.send_modify(change);
    super::nudge(ctx, handle.info());
}

/// Writes in a task of its own: an end that comes meanwhile must cut the sockets at once.
fn connected(ctx: &Ctx, handle: &Handle) -> JoinHandle<()> {
    let at = ctx.clock.now();
    handle.shared.status.send_modify(|status| {
        status.state = State::Connected;
        status.connected_at = Some(at);
    });
    let (ctx, handle) = (ctx.clone(), handle.clone());
    let tasks = ctx.tasks.clone();
    tasks.spawn(async move {
        if let Err(error) = record_connected(&ctx, handle.info(), at).await {
            // The end writes this moment again.
            tracing::warn!(session = %handle.info().id, %error, "session start not recorded yet");
        }
        super::nudge(&ctx, handle.info());
    })
}

async fn ended(ctx: &Ctx, handle: &Handle, end: End, recording: Option<JoinHandle<()>>) {
    let info = handle.info();
    let end = name_technician(end, info);
    ctx.live.forget_grants(info.id);
    handle.shared.status.send_modify(|status| {
        status.state = State::Ended;
        status.end = Some(end.clone());
    });
    let at = ctx.clock.now();
    tracing::info!(
        session = %info.id, machine = %info.machine, request_id = %info.request_id,
        reason = end.reason.as_str(), detail = %end.detail, "session ended"
    );
    metrics::counter!("farol_sessions_ended_total", "reason" => end.reason.as_str()).increment(1);
    tell_agent(ctx, info, &end);
    if let Some(recording) = recording
        && let Err(error) = recording.await
    {
        tracing::warn!(session = %info.id, %error, "recording the start failed");
    }
    write_end(ctx, handle, end, at).await;
    handle.shared.status.send_modify(|status| status.recorded = true);
    ctx.live.close(info.id);
    super::nudge(ctx, info);
}

/// A viewer that closes its connection in good order is the technician who asked.
fn name_technician(end: End, info: &Info) -> End {
    if end.reason == EndReason::TechnicianEnded && end.by.is_none() {
        return End::by_technician(info.account, &info.technician);
    }
    end
}

async fn write_end(ctx: &Ctx, handle: &Handle, end: End, at: Timestamp) {
    let (bytes_to_viewer, bytes_to_agent) = handle.traffic().get();
    let connected_at = handle.status().connected_at;
    let ended = store::Ended {
        at,
        end,
        connected_at,
        bytes_to_viewer,
        bytes_to_agent,
    };
    let mut pause = WRITE_PAUSE;
    for attempt in 1..=WRITE_ATTEMPTS {
        match record_ended(ctx, handle.info(), &ended).await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(session = %handle.info().id, attempt, %error, "session end not recorded yet");
            }
        }
        sleep(pause).await;
        pause *= 2;
    }
    tracing::error!(session = %handle.info().id, "session end not recorded; the next start closes the row");
}
