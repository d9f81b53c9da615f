//! The sessions that are not over: one task each, a registry, and handles for everybody else.
//!
//! Here: the registry, handles, grants, live figures. Not here: the rules of the life cycle (`lifecycle.rs`), the task
//! (`task.rs`), rows (`store.rs`), who may do what (`mod.rs`).
//!
//! Who owns what: a session's [`Lifecycle`](super::lifecycle::Lifecycle) belongs to its task. Others hold a [`Handle`],
//! report to the task through a bounded inbox and watch [`Status`]; the relay cuts its sockets when the status says
//! ended, without waiting for any row to be written.
//!
//! Full rules: an inbox takes [`INBOX_MAX`] reports and a session gets fewer than ten in its life; a reporter that finds
//! it full is talking nonsense and is told so. What ends a session has places of its own and never waits.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc, watch};

use super::grants::{Binding, GRANT_LEN, GrantError, Grants};
use super::lifecycle::{End, Input, Leave, Side, State};
use super::rights::RightSet;
use super::ticks::Ticks;
use crate::clock::Timestamp;
use crate::ids::{AccountId, LoginId, MachineId, OrganizationId, RequestId, SessionId};
use crate::relay::Meeting;

/// Reports that may wait for a session's task.
pub const INBOX_MAX: usize = 16;
/// Sessions that may be open on one machine at once.
pub const PER_MACHINE_MAX: usize = 8;
/// Sessions that may be open from one login at once.
pub const PER_LOGIN_MAX: usize = 20;
/// Sessions that may be open on this server at once.
pub const TOTAL_MAX: usize = 2_000;

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
    /// Who asked.
    pub account: AccountId,
    /// Display name of who asked.
    pub technician: String,
    /// With which login; when it ends, the session ends.
    pub login: LoginId,
    /// What was asked for.
    pub rights: RightSet,
    /// Joins log lines of server, agent and console.
    pub request_id: RequestId,
    /// Where it was asked for.
    pub address: IpAddr,
}

/// What watchers see.
#[derive(Debug, Clone)]
pub struct Status {
    /// Where the session stands.
    pub state: State,
    /// When both ends were coupled.
    pub connected_at: Option<Timestamp>,
    /// How it ended.
    pub end: Option<End>,
    /// The end stands in the database (or will never: the log says why).
    pub recorded: bool,
}

/// Bytes passed on so far.
#[derive(Debug, Default)]
pub struct Traffic {
    to_viewer: AtomicU64,
    to_agent: AtomicU64,
}

impl Traffic {
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
    meeting: Meeting,
    pub(super) status: watch::Sender<Status>,
    /// What ends the session, in order: the first wish to end it and the first leaving of an end of the pipe. Both are kept,
    /// as an agent's bare leaving may be explained by the wish that follows it. Taken by the task.
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

    /// Where the two ends find each other.
    #[must_use]
    pub fn meeting(&self) -> &Meeting {
        &self.shared.meeting
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

    /// An end of the pipe went away, which ends the session. Never waits; the first end wins.
    pub fn left(&self, side: Side, leave: Leave) {
        self.last(Input::Left(side, leave));
    }

    fn last(&self, input: Input) {
        let mut last = lock(&self.shared.last);
        // One of each kind at most: later ones say nothing new.
        if !last
            .iter()
            .any(|other| matches!(other, Input::End(_)) == matches!(input, Input::End(_)))
        {
            last.push(input);
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

/// Why a session cannot be opened now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// [`PER_MACHINE_MAX`].
    Machine,
    /// [`PER_LOGIN_MAX`].
    Login,
    /// [`TOTAL_MAX`], or too many outstanding grants.
    Server,
}

/// The registry; clones share it.
#[derive(Debug, Clone)]
pub struct LiveSessions {
    // A plain mutex: held for map operations, never across a wait.
    inner: Arc<Mutex<Inner>>,
    ticks: Ticks,
}

#[derive(Debug, Default)]
struct Inner {
    grants: Grants<SessionId>,
    sessions: HashMap<SessionId, Handle>,
}

/// A session that has its place in the registry, but no task yet.
pub(super) struct Opened {
    pub(super) handle: Handle,
    pub(super) inbox: mpsc::Receiver<Input>,
}

impl Default for LiveSessions {
    fn default() -> Self {
        Self {
            inner: Arc::default(),
            ticks: Ticks::start(),
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
    pub(super) fn open(&self, info: Info) -> Result<Opened, Full> {
        let mut inner = lock(&self.inner);
        inner.check_limits(&info)?;
        let (sender, inbox) = mpsc::channel(INBOX_MAX);
        let status = Status {
            state: State::Requested,
            connected_at: None,
            end: None,
            recorded: false,
        };
        let id = info.id;
        let shared = Arc::new(Shared {
            info,
            traffic: Traffic::default(),
            meeting: Meeting::default(),
            status: watch::channel(status).0,
            last: Mutex::default(),
            last_set: Notify::new(),
        });
        let handle = Handle {
            shared,
            inbox: sender,
        };
        inner.sessions.insert(id, handle.clone());
        Ok(Opened { handle, inbox })
    }

    /// Makes a grant for one end of a session from fresh random bytes of the caller.
    pub(super) fn issue(&self, secret: &[u8; GRANT_LEN], session: SessionId, side: Side) -> Result<(), Full> {
        let now = self.ticks.now();
        if lock(&self.inner)
            .grants
            .issue(now, secret, Binding { session, side })
        {
            Ok(())
        } else {
            Err(Full::Server)
        }
    }

    /// Uses a grant up and finds its session.
    ///
    /// # Errors
    /// The grant opens nothing. A grant whose session is over is unknown, as they are forgotten together.
    pub fn redeem(&self, secret: &[u8]) -> Result<(Handle, Side), GrantError> {
        let mut inner = lock(&self.inner);
        let binding = inner.grants.redeem(self.ticks.now(), secret)?;
        let handle = inner
            .sessions
            .get(&binding.session)
            .cloned()
            .ok_or(GrantError::Unknown)?;
        Ok((handle, binding.side))
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

    /// Takes a session that is over out.
    pub(super) fn close(&self, id: SessionId) {
        let mut inner = lock(&self.inner);
        inner.grants.forget(&id);
        inner.sessions.remove(&id);
    }

    /// Grants of a session that is over open nothing, even while its row is still being written.
    pub(super) fn forget_grants(&self, id: SessionId) {
        lock(&self.inner).grants.forget(&id);
    }
}

impl Inner {
    fn check_limits(&self, new: &Info) -> Result<(), Full> {
        if self.sessions.len() >= TOTAL_MAX {
            return Err(Full::Server);
        }
        if self.count(|other| other.machine == new.machine) >= PER_MACHINE_MAX {
            return Err(Full::Machine);
        }
        if self.count(|other| other.login == new.login) >= PER_LOGIN_MAX {
            return Err(Full::Login);
        }
        Ok(())
    }

    fn count(&self, matches: impl Fn(&Info) -> bool) -> usize {
        self.sessions
            .values()
            .filter(|handle| matches(handle.info()))
            .count()
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code that can panic runs under these locks; were one poisoned, the data would still be whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
