//! The sessions that are not over: one task each, a registry, and handles for everybody else.
//!
//! Here: the registry, handles, live figures. Not here: the rules of the life cycle (`lifecycle`), the task (`task.rs`), rows
//! (`store.rs`), grants (`grants.rs`), who may do what (`mod.rs` and its neighbors).
//!
//! Who owns what: a session's [`Lifecycle`](super::lifecycle::Lifecycle) belongs to its task. Others hold a [`Handle`],
//! report to the task through a bounded inbox and watch [`Status`]; the relay cuts its sockets when the status says
//! ended, or names a newer attempt than theirs, without waiting for any row to be written.
//!
//! Full rules: an inbox takes [`INBOX_MAX`] reports, far more than its task ever leaves there; a reporter that finds it full is
//! talking nonsense and is told so. What ends a session or its pipe has places of its own and never waits.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use std::time::Duration;

use farol_protocol::Tick;
use farol_protocol::pipe::PipePublicKey;
use farol_protocol::rights::Rights;
use tokio::sync::{Mutex as WaitingMutex, MutexGuard as WaitingGuard, Notify, mpsc, watch};

use super::figures::SessionFigures;
use super::grants::{Binding, GrantError};
use super::lifecycle::{Attempt, End, EndReason, Input, Leave, Lifecycle, Side, State};
use super::ticks::Ticks;
use crate::audit::Actor;
use crate::clock::Timestamp;
use crate::ids::{AccountId, LoginId, MachineId, OrganizationId, RequestId, SessionId};
use crate::relay::Meeting;
use crate::throttle::{Rate, Throttle};

/// Reports that may wait for a session's task.
pub const INBOX_MAX: usize = 32;
/// Sessions that may be open on one machine at once.
pub const PER_MACHINE_MAX: usize = 8;
/// Sessions that may be open from one login at once.
pub const PER_LOGIN_MAX: usize = 20;
/// Sessions that may be open on this server at once.
pub const TOTAL_MAX: usize = 2_000;
/// Questions of one account to the person at one machine: a missed one is put again, and a right more is asked for now and then; who
/// asks until somebody gives in is stopped.
pub const QUESTIONS: Rate = Rate {
    burst: 5,
    period: Duration::from_secs(60),
};
/// Pairs of account and machine whose questions are counted.
const QUESTIONED_MAX: usize = 10_000;
/// Ways back into one session: a train in a tunnel passes, a page that never stops asking does not. Each is rows and an offer.
pub const RESUMES: Rate = Rate {
    burst: 30,
    period: Duration::from_secs(2),
};

/// What does not change about a session.
#[derive(Debug, Clone)]
pub struct Info {
    /// The session.
    pub id: SessionId,
    /// Whose machine.
    pub organization: OrganizationId,
    /// Display name of whose machine it is.
    pub organization_name: String,
    /// Which machine.
    pub machine: MachineId,
    /// Its name at the time of the request.
    pub machine_name: String,
    /// Who asked; of a guest, who invited them.
    pub account: AccountId,
    /// Display name of who asked; of a guest, as they gave it.
    pub technician: String,
    /// Of a guest: the session of who invited them.
    pub guest_of: Option<SessionId>,
    /// Joins log lines of server, agent and console.
    pub request_id: RequestId,
    /// Where it was asked for; unspecified once a restart forgot it.
    pub address: IpAddr,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Why, as who asked said; empty when they did not.
    pub reason: String,
}

impl Info {
    /// Who asked, as the actor of events and audit entries: a guest is nobody's account.
    pub(super) fn actor(&self) -> Actor {
        match self.guest_of {
            None => Actor::account(self.account, &self.technician),
            Some(_) => Actor::guest(self.id, &self.technician),
        }
    }

    /// The end that whoever asked caused.
    pub(super) fn end_by_viewer(&self) -> End {
        match self.guest_of {
            None => End::by_technician(self.account, &self.technician),
            Some(_) => End::by_guest(&self.technician),
        }
    }

    /// The end that comes of the login that ended: a guest has none, and loses who invited them.
    pub(super) fn end_by_login(&self) -> End {
        let reason = match self.guest_of {
            None => EndReason::LoginEnded,
            Some(_) => EndReason::HostLeft,
        };
        End::new(reason, "")
    }
}

/// What watchers see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Where the session stands.
    pub state: State,
    /// The newest way into it; sockets of older ones are cut.
    pub attempt: Attempt,
    /// Somebody comes back: until when the two ends are on their way.
    pub returning: Option<Tick>,
    /// What the viewer may do now.
    pub rights: Rights,
    /// What waits for an answer.
    pub asked: Rights,
    /// Other rights were offered to the agent, which has not answered.
    pub offered: bool,
    /// What the person at the machine said to it.
    pub consent: Option<Consent>,
    /// When both ends were coupled, the first time.
    pub connected_at: Option<Timestamp>,
    /// Since when it has no pipe.
    pub interrupted_at: Option<Timestamp>,
    /// How often it was taken up again.
    pub resumes: u32,
    /// How it goes.
    pub figures: Option<SessionFigures>,
    /// How it ended.
    pub end: Option<End>,
    /// The end stands in the database (or will never: the log says why).
    pub recorded: bool,
}

impl Status {
    /// Of a session that is where `lifecycle` is.
    pub(super) fn new(lifecycle: &Lifecycle) -> Self {
        Self {
            state: lifecycle.state(),
            attempt: lifecycle.attempt(),
            returning: lifecycle.returning(),
            rights: lifecycle.rights(),
            asked: lifecycle.asked(),
            offered: lifecycle.offered(),
            consent: None,
            connected_at: None,
            interrupted_at: None,
            resumes: 0,
            figures: None,
            end: None,
            recorded: false,
        }
    }

    /// Whether the sockets of `attempt` are to be cut: the session is over, or there is a newer way in. They may come before the
    /// session's task has heard of their own.
    #[must_use]
    pub fn cuts(&self, attempt: Attempt) -> bool {
        self.end.is_some() || self.attempt > attempt
    }
}

/// The outcome of a question that the person at the machine answered with yes.
pub(super) const ALLOWED: &str = "allowed";

/// What became of the question to the person at the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Who was asked; may be empty.
    pub by: String,
    /// When it was answered.
    pub at: Timestamp,
    /// `allowed`, `nobody_logged_on`, `refused`, `timed_out` or `nobody_to_ask`.
    pub outcome: &'static str,
}

/// Who is in a session, and by which way; changes when somebody comes back.
#[derive(Debug, Clone)]
pub struct Way {
    /// Its number.
    pub attempt: Attempt,
    /// The login that asked; when it ends, the session ends.
    pub login: LoginId,
    /// The viewer's key; none since a restart until somebody comes back.
    pub viewer_key: Option<PipePublicKey>,
    /// Where the two ends find each other.
    pub meeting: Arc<Meeting>,
}

impl Way {
    pub(super) fn new(attempt: Attempt, login: LoginId, viewer_key: Option<PipePublicKey>) -> Self {
        Self {
            attempt,
            login,
            viewer_key,
            meeting: Arc::default(),
        }
    }
}

/// Bytes passed on so far.
#[derive(Debug, Default)]
pub struct Traffic {
    to_viewer: AtomicU64,
    to_agent: AtomicU64,
}

impl Traffic {
    /// Goes on from what was counted before a restart.
    pub(super) fn from(to_viewer: u64, to_agent: u64) -> Self {
        Self {
            to_viewer: to_viewer.into(),
            to_agent: to_agent.into(),
        }
    }

    /// Counts what one end sent.
    pub fn add(&self, from: Side, bytes: usize) {
        let counter = match from {
            Side::Agent => &self.to_viewer,
            Side::Viewer => &self.to_agent,
        };
        counter.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes to the viewer and bytes to the agent.
    #[must_use]
    pub fn get(&self) -> (u64, u64) {
        (
            self.to_viewer.load(Ordering::Relaxed),
            self.to_agent.load(Ordering::Relaxed),
        )
    }
}

/// What a session's task, the relay and the API share.
#[derive(Debug)]
pub(super) struct Shared {
    info: Info,
    traffic: Traffic,
    way: Mutex<Way>,
    /// Held by whoever makes a new way in, so that there is one after the other.
    coming_back: WaitingMutex<()>,
    pub(super) status: watch::Sender<Status>,
    /// What ends the session or its pipe, in order: the first wish to end it and the first leaving of an end of the newest pipe.
    /// Both are kept, as an agent's bare leaving may be explained by the wish that follows it. Taken by the task.
    pub(super) last: Mutex<Vec<Input>>,
    pub(super) last_set: Notify,
}

/// How others reach a session.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(super) shared: Arc<Shared>,
    inbox: mpsc::Sender<Input>,
}

impl Handle {
    /// What does not change about it.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.shared.info
    }

    /// The byte counters.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.shared.traffic
    }

    /// The newest way in.
    #[must_use]
    pub fn way(&self) -> Way {
        lock(&self.shared.way).clone()
    }

    /// Opens another way in; those before are void. The caller holds [`Self::coming_back`].
    pub(super) fn open_way(&self, way: Way) {
        *lock(&self.shared.way) = way;
    }

    /// Waits until nobody else makes a new way in. Cancel safe.
    pub(super) async fn coming_back(&self) -> WaitingGuard<'_, ()> {
        self.shared.coming_back.lock().await
    }

    /// Whether somebody is coming back into it now.
    pub(super) fn is_returned_to(&self, now: Tick) -> bool {
        let status = self.status();
        // Until the session's task has heard of it there is only the way, and before that only the lock.
        self.shared.coming_back.try_lock().is_err()
            || self.way().attempt > status.attempt
            || status.returning.is_some_and(|until| now < until)
    }

    /// Watches the status.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.shared.status.subscribe()
    }

    /// The status now.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status.borrow().clone()
    }

    /// Reports something; false when the inbox is full or the session is over.
    #[must_use]
    pub fn report(&self, input: Input) -> bool {
        self.inbox.try_send(input).is_ok()
    }

    /// Ends the session. Never waits; the first end wins.
    pub fn end(&self, end: End) {
        self.last(Input::End(end));
    }

    /// An end of this attempt's pipe went away. Never waits; the first end of the newest attempt wins.
    pub fn left(&self, side: Side, attempt: Attempt, leave: Leave) {
        self.last(Input::Left(side, attempt, leave));
    }

    fn last(&self, input: Input) {
        let mut last = lock(&self.shared.last);
        // One of each kind at most: later ones say nothing new, but for a newer attempt's.
        match kind(&input) {
            Kind::End if last.iter().any(|other| matches!(kind(other), Kind::End)) => {}
            Kind::Left(attempt) => {
                last.retain(|other| !matches!(kind(other), Kind::Left(older) if older < attempt));
                if !last.iter().any(|other| matches!(kind(other), Kind::Left(_))) {
                    last.push(input);
                }
            }
            Kind::End => last.push(input),
        }
        drop(last);
        self.shared.last_set.notify_one();
    }

    /// Waits until the end stands in the database. Cancel safe.
    pub async fn recorded(&self) {
        let mut status = self.watch();
        let over = status.wait_for(|status| status.recorded).await.is_ok();
        tracing::trace!(over, "session recorded");
    }
}

/// What of [`Shared::last`] an input is.
enum Kind {
    End,
    Left(Attempt),
}

fn kind(input: &Input) -> Kind {
    match input {
        Input::Left(_, attempt, _) => Kind::Left(*attempt),
        _ => Kind::End,
    }
}

/// Why a session cannot be opened now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// [`PER_MACHINE_MAX`].
    Machine,
    /// [`PER_LOGIN_MAX`].
    Login,
    /// [`TOTAL_MAX`].
    Server,
}

/// The registry; clones share it.
#[derive(Debug, Clone)]
pub struct LiveSessions {
    // A plain mutex: held for map operations, never across a wait.
    inner: Arc<Mutex<Inner>>,
    ticks: Ticks,
    resumes: Arc<Throttle<SessionId>>,
    questions: Arc<Throttle<(AccountId, MachineId)>>,
}

#[derive(Debug, Default)]
struct Inner {
    sessions: HashMap<SessionId, Handle>,
}

/// A session that has its place in the registry, but no task yet.
pub(super) struct Opened {
    pub(super) handle: Handle,
    pub(super) inbox: mpsc::Receiver<Input>,
    pub(super) lifecycle: Lifecycle,
}

/// A session on its way into the registry.
pub(super) struct New {
    pub(super) info: Info,
    pub(super) way: Way,
    pub(super) lifecycle: Lifecycle,
    pub(super) status: Status,
    pub(super) traffic: Traffic,
}

impl Default for LiveSessions {
    fn default() -> Self {
        Self {
            inner: Arc::default(),
            ticks: Ticks::start(),
            resumes: Arc::new(Throttle::new(RESUMES, TOTAL_MAX)),
            questions: Arc::new(Throttle::new(QUESTIONS, QUESTIONED_MAX)),
        }
    }
}

impl LiveSessions {
    /// The clock of all sessions.
    #[must_use]
    pub fn ticks(&self) -> Ticks {
        self.ticks
    }

    /// Makes a place for a session, within the limits.
    pub(super) fn open(&self, new: New) -> Result<Opened, Full> {
        let mut inner = lock(&self.inner);
        inner.check_limits(&new)?;
        Ok(inner.put(new))
    }

    /// Makes a place for a session that had one before a restart.
    pub(super) fn reopen(&self, new: New) -> Opened {
        lock(&self.inner).put(new)
    }

    /// Counts a way back into a session.
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub(super) fn count_resume(&self, id: SessionId, now: Timestamp) -> Result<(), Duration> {
        self.resumes.check(id, now)
    }

    /// Counts a question of this account to the person at this machine.
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub(super) fn count_question(&self, key: (AccountId, MachineId), now: Timestamp) -> Result<(), Duration> {
        self.questions.check(key, now)
    }

    /// The session that a grant is good for, and where its two ends find each other.
    ///
    /// # Errors
    /// It is over, or there is a newer way in.
    pub(crate) fn admit(&self, binding: &Binding) -> Result<(Handle, Arc<Meeting>), GrantError> {
        let handle = self.get(binding.session).ok_or(GrantError::Void)?;
        let way = handle.way();
        if way.attempt == binding.attempt && way.login == binding.login && handle.status().end.is_none() {
            Ok((handle, way.meeting))
        } else {
            Err(GrantError::Void)
        }
    }

    /// A session that is not over.
    #[must_use]
    pub fn get(&self, id: SessionId) -> Option<Handle> {
        lock(&self.inner).sessions.get(&id).cloned()
    }

    /// All sessions that match. Linear in the number of live sessions.
    #[must_use]
    pub fn find(&self, matches: impl Fn(&Info) -> bool) -> Vec<Handle> {
        lock(&self.inner)
            .sessions
            .values()
            .filter(|handle| matches(handle.info()))
            .cloned()
            .collect()
    }

    /// The logins with which somebody is in a session; each once. Linear in the number of live sessions.
    #[must_use]
    pub fn logins(&self) -> HashSet<LoginId> {
        let inner = lock(&self.inner);
        inner.sessions.values().map(|handle| handle.way().login).collect()
    }

    /// All sessions that somebody came into with this login. Linear in the number of live sessions.
    #[must_use]
    pub fn of_login(&self, login: LoginId) -> Vec<Handle> {
        lock(&self.inner)
            .sessions
            .values()
            .filter(|handle| handle.way().login == login)
            .cloned()
            .collect()
    }

    /// Takes a session that is over out.
    pub(super) fn close(&self, id: SessionId) {
        lock(&self.inner).sessions.remove(&id);
        self.resumes.forget(&id);
    }
}

impl Inner {
    fn put(&mut self, new: New) -> Opened {
        let (sender, inbox) = mpsc::channel(INBOX_MAX);
        let id = new.info.id;
        let shared = Arc::new(Shared {
            info: new.info,
            traffic: new.traffic,
            way: Mutex::new(new.way),
            coming_back: WaitingMutex::default(),
            status: watch::channel(new.status).0,
            last: Mutex::default(),
            last_set: Notify::new(),
        });
        let handle = Handle {
            shared,
            inbox: sender,
        };
        self.sessions.insert(id, handle.clone());
        Opened {
            handle,
            inbox,
            lifecycle: new.lifecycle,
        }
    }

    fn check_limits(&self, new: &New) -> Result<(), Full> {
        if self.sessions.len() >= TOTAL_MAX {
            return Err(Full::Server);
        }
        if self.count(|other| other.info().machine == new.info.machine) >= PER_MACHINE_MAX {
            return Err(Full::Machine);
        }
        if self.count(|other| other.way().login == new.way.login) >= PER_LOGIN_MAX {
            return Err(Full::Login);
        }
        Ok(())
    }

    fn count(&self, matches: impl Fn(&Handle) -> bool) -> usize {
        self.sessions.values().filter(|handle| matches(handle)).count()
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code that can panic runs under these locks; were one poisoned, the data would still be whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::lifecycle::{EndReason, Terms};
    use super::*;

    #[test]
    fn only_older_ways_in_are_cut_and_at_the_end_all() {
        let terms = Terms {
            wanted: Rights::VIEW,
            ask: Rights::NONE,
        };
        let status = Status {
            attempt: 2,
            ..Status::new(&Lifecycle::new(Tick(0), terms))
        };
        assert_eq!(
            [1, 2, 3].map(|attempt| status.cuts(attempt)),
            [true, false, false]
        );
        let over = Status {
            end: Some(End::new(EndReason::LoginEnded, "")),
            ..status
        };
        assert_eq!([1, 2, 3].map(|attempt| over.cuts(attempt)), [true, true, true]);
    }
}
