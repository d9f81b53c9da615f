//! The task of one session: drives its life cycle, tells the agent, writes rows.
//!
//! Here: waiting, and doing what a transition asks for. Not here: which transition follows from what (`lifecycle`), and the
//! words that are written (`record.rs`).
//!
//! Order at the end: status set (the relay cuts its sockets on that), agent told, row, event and audit entry written in one
//! transaction, registry entry removed, consoles told. Sockets never wait for the database: rows are written beside the task, one
//! after the other.

use std::time::Duration;

use farol_protocol::Tick;
use farol_protocol::rights::Rights;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::invitations;
use super::lifecycle::{End, EndReason, Input, Lifecycle, State, Transition};
use super::live::{ALLOWED, Consent, Handle, Info, Opened, Status, lock};
use super::offer::tell_agent;
use super::record::{self, Note};
use super::store::Progress;
use crate::clock::Timestamp;
use crate::ctx::Ctx;

/// Attempts to write what happened, with a growing pause between them: a database that is locked or restarted is back within
/// that. An end that still fails is found and closed at the next start.
const WRITE_ATTEMPTS: u32 = 6;
/// The first pause.
const WRITE_PAUSE: Duration = Duration::from_millis(200);
/// How long the record of an end waits for what its agent has to say at last: the sockets are cut already, so nobody waits for it.
const LAST_FIGURES: Duration = Duration::from_millis(250);

/// Runs until the session's end is recorded, or the server stops.
pub(super) async fn run(ctx: Ctx, opened: Opened) {
    let Opened {
        handle,
        mut inbox,
        lifecycle,
    } = opened;
    let mut task = Task {
        ctx,
        handle,
        lifecycle,
        writing: None,
    };
    let ticks = task.ctx.live.ticks();
    loop {
        let deadline = task.lifecycle.poll_deadline();
        let shutdown = task.ctx.shutdown.clone();
        let inputs = tokio::select! {
            biased;
            () = shutdown.cancelled() => return task.stop().await,
            () = task.handle.shared.last_set.notified() => std::mem::take(&mut *lock(&task.handle.shared.last)),
            // The handle in this task keeps the inbox open.
            Some(input) = inbox.recv() => vec![input],
            () = until(ticks.instant(deadline.unwrap_or(Tick(u64::MAX))), deadline) => Vec::new(),
        };
        let now = ticks.now();
        let steps = inputs.into_iter().map(Some).chain([None]);
        for step in steps {
            let transition = match step {
                Some(input) => task.lifecycle.handle(now, input),
                None => task.lifecycle.handle_timeout(now),
            };
            match transition {
                Some(Transition::Ended(end)) => return task.ended(end).await,
                Some(transition) => task.follow(transition),
                // A newer attempt without a change of state, at most.
                None => task.align(),
            }
        }
    }
}

async fn until(at: Instant, deadline: Option<Tick>) {
    match deadline {
        Some(_) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

struct Task {
    ctx: Ctx,
    handle: Handle,
    lifecycle: Lifecycle,
    /// The last of the writes under way; each waits for the one before.
    writing: Option<JoinHandle<()>>,
}

impl Task {
    /// Makes what watchers see the same as the life cycle; watchers wake only when something changed.
    fn align(&self) {
        let lifecycle = &self.lifecycle;
        self.handle.shared.status.send_if_modified(|status| {
            let new = Status {
                state: lifecycle.state(),
                attempt: lifecycle.attempt(),
                returning: lifecycle.returning(),
                rights: lifecycle.rights(),
                asked: lifecycle.asked(),
                offered: lifecycle.offered(),
                ..status.clone()
            };
            let changed = *status != new;
            *status = new;
            changed
        });
    }

    fn follow(&mut self, transition: Transition) {
        let at = self.ctx.clock.now();
        let info = self.handle.info().clone();
        let asked = self.handle.status().asked;
        self.align();
        let rights = self.lifecycle.rights();
        let note = match transition {
            Transition::Waiting | Transition::RightsOffered | Transition::Ended(_) => None,
            Transition::Accepted { by } if !asked.is_empty() => {
                let consent = Consent {
                    by,
                    at,
                    outcome: if self.lifecycle.has_asked() {
                        ALLOWED
                    } else {
                        "nobody_logged_on"
                    },
                };
                let note = Note::consent(&info, &consent, rights);
                self.change(|status| status.consent = Some(consent));
                Some(note)
            }
            Transition::Accepted { .. } => None,
            Transition::Active => Some(self.active(&info, at)),
            Transition::Interrupted(how) => {
                self.change(|status| status.interrupted_at = Some(at));
                tracing::info!(session = %info.id, machine = %info.machine, %how, "session interrupted");
                metrics::counter!("farol_sessions_interrupted_total").increment(1);
                Some(Note::interrupted(&how))
            }
            Transition::Rights { before, verdict, by } => {
                Some(Note::rights(&info, (before, rights), (&verdict, &by)))
            }
        };
        self.write(at, note.into_iter().collect());
    }

    fn active(&self, info: &Info, at: Timestamp) -> Note {
        let first = self.handle.status().connected_at.is_none();
        self.change(|status| {
            status.interrupted_at = None;
            if first {
                status.connected_at = Some(at);
            } else {
                status.resumes = status.resumes.saturating_add(1);
            }
        });
        if first {
            self.supersede(info);
            Note::connected(info, self.lifecycle.rights())
        } else {
            let resumes = self.handle.status().resumes;
            tracing::info!(session = %info.id, machine = %info.machine, resumes, "session resumed");
            Note::resumed(info, resumes)
        }
    }

    /// Who has a new session does not come back into what they lost on this machine: it would hold its place, and perhaps the wheel,
    /// for nobody. One that somebody is coming back into right now is not lost. Guests are neither who invited them nor each other.
    fn supersede(&self, info: &Info) {
        if info.guest_of.is_some() {
            return;
        }
        let now = self.ctx.live.ticks().now();
        let others = self.ctx.live.find(|other| {
            other.machine == info.machine
                && other.account == info.account
                && other.guest_of.is_none()
                && other.id != info.id
        });
        for session in others {
            if session.status().state == State::Interrupted && !session.is_returned_to(now) {
                session.end(End::new(EndReason::Superseded, ""));
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Status)) {
        self.handle.shared.status.send_modify(change);
    }

    fn progress(&self) -> Progress {
        Progress {
            status: self.handle.status(),
            traffic: self.handle.traffic().get(),
            ended_at: None,
        }
    }

    /// Writes in a task of its own: an end that comes meanwhile must cut the sockets at once.
    fn write(&mut self, at: Timestamp, notes: Vec<Note>) {
        let progress = self.progress();
        let (ctx, handle, before) = (self.ctx.clone(), self.handle.clone(), self.writing.take());
        let tasks = ctx.tasks.clone();
        super::nudge(&ctx, handle.info());
        self.writing = Some(tasks.spawn(async move {
            wait_for(before, handle.info()).await;
            put(&ctx, handle.info(), at, (&progress, &notes)).await;
            super::nudge(&ctx, handle.info());
        }));
    }

    /// The server stops: what runs is interrupted and lives again at the next start, which ends everything else.
    async fn stop(mut self) {
        let now = self.ctx.live.ticks().now();
        if let Some(transition) = self.lifecycle.handle(now, Input::Stop) {
            self.follow(transition);
        }
        wait_for(self.writing.take(), self.handle.info()).await;
    }

    async fn ended(mut self, end: End) {
        let (at, info) = (self.ctx.clock.now(), self.handle.info().clone());
        let end = name_technician(end, &info);
        let asked = self.handle.status().asked;
        let mut notes = Vec::new();
        if let Some(outcome) = record::refusal(end.reason) {
            let by = end.by.as_ref().map(|by| by.name.clone()).unwrap_or_default();
            let consent = Consent { by, at, outcome };
            notes.push(Note::consent(&info, &consent, asked));
            self.change(|status| status.consent = Some(consent));
        }
        self.change(|status| {
            status.state = State::Ended;
            // Nobody answers any more; the events say what was asked.
            (status.asked, status.offered) = (Rights::NONE, false);
            status.end = Some(end.clone());
        });
        tracing::info!(
            session = %info.id, machine = %info.machine, request_id = %info.request_id,
            reason = end.reason.as_str(), detail = %end.detail, "session ended"
        );
        metrics::counter!("farol_sessions_ended_total", "reason" => end.reason.as_str()).increment(1);
        let before = self.handle.status();
        let hears = tell_agent(&self.ctx, &info, &end);
        invitations::host_left(&self.ctx, info.id);
        wait_for(self.writing.take(), &info).await;
        if hears && before.connected_at.is_some() {
            self.last_figures(&before).await;
        }
        let progress = Progress {
            ended_at: Some(at),
            ..self.progress()
        };
        notes.push(Note::ended(&info, &end, progress.traffic));
        put(&self.ctx, &info, at, (&progress, &notes)).await;
        self.change(|status| status.recorded = true);
        self.ctx.live.close(info.id);
        super::nudge(&self.ctx, &info);
    }

    /// An agent that hears of an end says once more how the session went.
    async fn last_figures(&self, before: &Status) {
        let mut watched = self.handle.watch();
        let newer = watched.wait_for(|status| status.figures != before.figures);
        if tokio::time::timeout(LAST_FIGURES, newer).await.is_err() {
            tracing::debug!(session = %self.handle.info().id, "nothing new of how it went came after the end");
        }
    }
}

/// A viewer that closes its connection in good order is the technician who asked, or the guest.
fn name_technician(end: End, info: &Info) -> End {
    if end.reason == EndReason::TechnicianEnded && end.by.is_none() {
        return info.end_by_viewer();
    }
    end
}

async fn wait_for(writing: Option<JoinHandle<()>>, info: &Info) {
    if let Some(writing) = writing
        && let Err(error) = writing.await
    {
        tracing::warn!(session = %info.id, %error, "writing what happened in a session failed");
    }
}

async fn put(ctx: &Ctx, info: &Info, at: Timestamp, (progress, notes): (&Progress, &[Note])) {
    let mut pause = WRITE_PAUSE;
    for attempt in 1..=WRITE_ATTEMPTS {
        match record::write(ctx, info, at, (progress, notes)).await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(session = %info.id, attempt, %error, "not written yet what happened in a session");
            }
        }
        sleep(pause).await;
        pause *= 2;
    }
    let state = progress.status.state.as_str();
    tracing::error!(session = %info.id, state, "not written what happened in a session; what follows is");
}
