//! Transient notices to consoles: "this changed, ask again". Nothing in here is kept.
//!
//! Here: who hears what, fan-out, the end of a login. Not here: HTTP (`api.rs`), one subscriber's queue (`queue.rs`).
//! Start with [`Events::publish`], called after a commit, and [`Events::subscribe`], called by the stream's handler.

mod api;
mod queue;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::ids::{AccountId, LoginId, MachineId, OrganizationId, SessionId};
pub use api::routes;
pub use queue::Notice;

/// Most streams open at once in one server; a technician has a handful of tabs.
pub const SUBSCRIBERS_MAX: usize = 2_000;

/// What can change. The names are part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The list of machines, or any machine in it.
    Machines,
    /// One machine.
    Machine(MachineId),
    /// The list of sessions.
    Sessions,
    /// One session.
    Session(SessionId),
    /// The audit entries.
    Audit,
    /// The enrollment tokens.
    EnrollmentTokens,
    /// The access rules, and with them what any machine allows.
    AccessRules,
    /// The quarantine entries.
    Quarantine,
    /// The open support codes.
    SupportCodes,
    /// The people who wait with a support code.
    SupportQueue,
    /// The people, what they may do, and who is invited.
    Accounts,
    /// The organizations and their sites.
    Organizations,
    /// The roles.
    Roles,
    /// API tokens.
    ApiTokens,
    /// The server's outbox, and how it sends e-mail.
    Mail,
    /// Webhooks, and what became of their events.
    Webhooks,
    /// The account itself.
    Me,
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machines => f.write_str("machines"),
            Self::Machine(id) => write!(f, "machine:{id}"),
            Self::Sessions => f.write_str("sessions"),
            Self::Session(id) => write!(f, "session:{id}"),
            Self::Audit => f.write_str("audit"),
            Self::EnrollmentTokens => f.write_str("enrollment-tokens"),
            Self::AccessRules => f.write_str("access-rules"),
            Self::Quarantine => f.write_str("quarantine"),
            Self::SupportCodes => f.write_str("support-codes"),
            Self::SupportQueue => f.write_str("support-queue"),
            Self::Accounts => f.write_str("accounts"),
            Self::Organizations => f.write_str("organizations"),
            Self::Roles => f.write_str("roles"),
            Self::ApiTokens => f.write_str("api-tokens"),
            Self::Mail => f.write_str("mail"),
            Self::Webhooks => f.write_str("webhooks"),
            Self::Me => f.write_str("me"),
        }
    }
}

/// Who may hear of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everybody who may see this organization.
    Organization(OrganizationId),
    /// One account, wherever it is signed in.
    Account(AccountId),
}

/// Who listens.
#[derive(Debug, Clone)]
pub struct Listener {
    /// The account.
    pub account: AccountId,
    /// The login, or the API token under its number; when it ends the stream ends.
    pub login: LoginId,
    /// The organizations the account may see.
    pub organizations: Vec<OrganizationId>,
    /// The only ones of them that an API token is for; None = all.
    pub only: Option<Vec<OrganizationId>>,
}

impl Listener {
    fn hears(&self, scope: Scope) -> bool {
        match scope {
            Scope::Organization(id) => {
                self.organizations.contains(&id) && self.only.as_ref().is_none_or(|only| only.contains(&id))
            }
            Scope::Account(id) => self.account == id,
        }
    }
}

/// Handle to the fan-out; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Events {
    // A plain mutex: held for a few pushes, never across a wait.
    inner: Arc<Mutex<Inner>>,
    /// Something happened of which webhooks may tell.
    happened: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    subscribers: HashMap<u64, Subscriber>,
}

#[derive(Debug)]
struct Subscriber {
    listener: Listener,
    queue: queue::Queue,
    ended: bool,
    wake: Arc<Notify>,
}

impl Events {
    /// A fan-out without listeners.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells everybody in `scope` that `topics` changed. Never waits; cost is linear in the number of listeners.
    pub fn publish(&self, scope: Scope, topics: &[Topic]) {
        if topics.contains(&Topic::Audit) || topics.contains(&Topic::Machines) {
            self.happened.notify_one();
        }
        let mut inner = self.lock();
        for subscriber in inner.subscribers.values_mut().filter(|s| s.listener.hears(scope)) {
            for topic in topics {
                subscriber.queue.push(*topic);
            }
            subscriber.wake.notify_one();
        }
    }

    /// Waits until an audit entry was written or a machine came or went, or until that was since the last time. One waits, no more. Cancel
    /// safe.
    pub async fn happened(&self) {
        self.happened.notified().await;
    }

    /// Another process changed machines: everybody asks again.
    pub fn everything(&self) {
        self.happened.notify_one();
        let mut inner = self.lock();
        for subscriber in inner.subscribers.values_mut() {
            for topic in [Topic::Machines, Topic::Quarantine, Topic::Audit] {
                subscriber.queue.push(topic);
            }
            subscriber.wake.notify_one();
        }
    }

    /// A change of one machine, in the list and on its page.
    pub fn machine(&self, organization: OrganizationId, machine: MachineId) {
        self.publish(
            Scope::Organization(organization),
            &[Topic::Machines, Topic::Machine(machine)],
        );
    }

    /// The logins, and API tokens under their numbers, that have a stream open; each once.
    #[must_use]
    pub fn logins(&self) -> HashSet<LoginId> {
        let inner = self.lock();
        inner.subscribers.values().map(|s| s.listener.login).collect()
    }

    /// Ends the streams of a login that is over.
    pub fn login_ended(&self, login: LoginId) {
        let mut inner = self.lock();
        for subscriber in inner
            .subscribers
            .values_mut()
            .filter(|s| s.listener.login == login)
        {
            subscriber.ended = true;
            subscriber.wake.notify_one();
        }
    }

    /// The account may see these organizations from now on: its consoles ask for everything again.
    pub fn rights_changed(&self, account: AccountId, organizations: &[OrganizationId]) {
        let mut inner = self.lock();
        let theirs = inner.subscribers.values_mut();
        for subscriber in theirs.filter(|one| one.listener.account == account) {
            subscriber.listener.organizations = organizations.to_vec();
            subscriber.queue.resync();
            subscriber.wake.notify_one();
        }
    }

    /// Starts to listen; None when [`SUBSCRIBERS_MAX`] already do.
    #[must_use]
    pub fn subscribe(&self, listener: Listener) -> Option<Subscription> {
        let mut inner = self.lock();
        if inner.subscribers.len() >= SUBSCRIBERS_MAX {
            return None;
        }
        let id = inner.next;
        inner.next += 1;
        let wake = Arc::new(Notify::new());
        let subscriber = Subscriber {
            listener,
            queue: queue::Queue::default(),
            ended: false,
            wake: Arc::clone(&wake),
        };
        inner.subscribers.insert(id, subscriber);
        drop(inner);
        Some(Subscription {
            events: self.clone(),
            id,
            wake,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No code that can panic runs under the lock; were it poisoned, the data would still be whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One listener's place; dropping it stops listening.
#[derive(Debug)]
pub struct Subscription {
    events: Events,
    id: u64,
    wake: Arc<Notify>,
}

impl Subscription {
    /// The next notice with everything that changed since the last one; None when the login ended.
    /// Cancel safe: nothing is taken before it is returned.
    pub async fn next(&mut self) -> Option<Notice> {
        loop {
            if let Some(result) = self.poll() {
                return result;
            }
            self.wake.notified().await;
        }
    }

    fn poll(&self) -> Option<Option<Notice>> {
        let mut inner = self.events.lock();
        let subscriber = inner.subscribers.get_mut(&self.id)?;
        if subscriber.ended {
            return Some(None);
        }
        subscriber.queue.take().map(Some)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.events.lock().subscribers.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(organization: OrganizationId) -> Listener {
        Listener {
            account: AccountId::new(),
            login: LoginId::new(),
            organizations: vec![organization],
            only: None,
        }
    }

    #[tokio::test]
    async fn only_the_organizations_of_the_listener_are_heard() {
        let (ours, theirs) = (OrganizationId::new(), OrganizationId::new());
        let events = Events::new();
        let mut subscription = events.subscribe(listener(ours)).unwrap();
        events.publish(Scope::Organization(theirs), &[Topic::Machines]);
        events.publish(Scope::Organization(ours), &[Topic::Audit]);
        assert_eq!(
            subscription.next().await,
            Some(Notice::Invalidate(vec![Topic::Audit]))
        );
    }

    #[tokio::test]
    async fn an_api_token_for_one_organization_hears_of_no_other_whatever_its_account_may() {
        let (ours, theirs) = (OrganizationId::new(), OrganizationId::new());
        let events = Events::new();
        let narrow = Listener {
            only: Some(vec![ours]),
            ..listener(ours)
        };
        let account = narrow.account;
        let mut subscription = events.subscribe(narrow).unwrap();
        events.rights_changed(account, &[ours, theirs]);
        assert_eq!(subscription.next().await, Some(Notice::Resync));
        events.publish(Scope::Organization(theirs), &[Topic::Machines]);
        events.publish(Scope::Organization(ours), &[Topic::Audit]);
        assert_eq!(
            subscription.next().await,
            Some(Notice::Invalidate(vec![Topic::Audit]))
        );
    }

    #[tokio::test]
    async fn what_comes_while_nobody_reads_is_one_notice() {
        let organization = OrganizationId::new();
        let events = Events::new();
        let mut subscription = events.subscribe(listener(organization)).unwrap();
        for topic in [Topic::Machines, Topic::Sessions, Topic::Machines] {
            events.publish(Scope::Organization(organization), &[topic]);
        }
        let expected = Notice::Invalidate(vec![Topic::Machines, Topic::Sessions]);
        assert_eq!(subscription.next().await, Some(expected));
    }

    #[tokio::test]
    async fn the_end_of_a_login_ends_its_stream_and_no_other() {
        let organization = OrganizationId::new();
        let events = Events::new();
        let (gone, stays) = (listener(organization), listener(organization));
        let login = gone.login;
        let mut first = events.subscribe(gone).unwrap();
        let mut second = events.subscribe(stays).unwrap();
        events.login_ended(login);
        assert_eq!(first.next().await, None);
        events.publish(Scope::Organization(organization), &[Topic::Audit]);
        assert_eq!(second.next().await, Some(Notice::Invalidate(vec![Topic::Audit])));
        drop(first);
        drop(second);
        assert!(events.lock().subscribers.is_empty());
    }
}
