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

use crate::accounts::{Caller, Leaves};
use crate::ids::{AccountId, LoginId, MachineId, OrganizationId, SessionId};
use crate::rights::{MachineFacts, Permission, Rights};
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
    /// Who asked for more on machines, and what became of it.
    AccessRequests,
    /// The roles.
    Roles,
    /// The teams, and who is in them.
    Teams,
    /// API tokens.
    ApiTokens,
    /// The server's outbox, and how it sends e-mail.
    Mail,
    /// Webhooks, and what became of their events.
    Webhooks,
    /// The server's background jobs.
    ServerJobs,
    /// The account itself.
    Me,
}

impl Topic {
    /// It is about machines and their sessions: of some of them who sees only those may hear.
    fn is_about_machines(self) -> bool {
        matches!(
            self,
            Self::Machines | Self::Machine(_) | Self::Sessions | Self::Session(_) | Self::AccessRequests
        )
    }

    /// The machine that it names.
    fn machine(self) -> Option<MachineId> {
        match self {
            Self::Machine(id) => Some(id),
            _ => None,
        }
    }

    /// Whoever sees any machine of an organization may hear of it.
    fn is_for_everybody_there(self) -> bool {
        matches!(self, Self::Organizations | Self::Roles)
    }
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
            Self::AccessRequests => f.write_str("access-requests"),
            Self::Roles => f.write_str("roles"),
            Self::Teams => f.write_str("teams"),
            Self::ApiTokens => f.write_str("api-tokens"),
            Self::Mail => f.write_str("mail"),
            Self::Webhooks => f.write_str("webhooks"),
            Self::ServerJobs => f.write_str("server-jobs"),
            Self::Me => f.write_str("me"),
        }
    }
}

/// Who may hear of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody who may see all of this organization. Of those who see some of its machines alone: who sees the machine, where a topic
    /// names one.
    Organization(OrganizationId),
    /// The same about one machine of it, for those who may see it.
    Machine(OrganizationId, MachineId),
    /// The same about a machine of which is known what decides that.
    On(MachineFacts),
    /// One account, wherever it is signed in.
    Account(AccountId),
    /// Everybody: something of the server itself. Who may see nothing of it learns that there was something, and no more.
    Server,
}

/// Who listens.
#[derive(Debug, Clone)]
pub struct Listener {
    account: AccountId,
    /// The login, or the API token under its number; when it ends the stream ends.
    login: LoginId,
    /// What an API token leaves of the account's rights.
    leaves: Option<Leaves>,
    rights: Rights,
    /// The organizations of which the account sees something as a whole.
    whole: Vec<OrganizationId>,
    /// Those in all of which it sees machines.
    machines: Vec<OrganizationId>,
}

impl Listener {
    /// Of an account with these rights, by this login; with an API token, what it leaves of them.
    #[must_use]
    pub fn new((account, login): (AccountId, LoginId), rights: &Rights, leaves: Option<Leaves>) -> Self {
        let mut listener = Self {
            account,
            login,
            leaves,
            rights: Rights::default(),
            whole: Vec::new(),
            machines: Vec::new(),
        };
        listener.set(rights);
        listener
    }

    /// Of whoever asks.
    #[must_use]
    pub fn of(by: &Caller) -> Self {
        let who = (by.account, by.login());
        match by.api_token() {
            Some(token) => Self::new(who, &token.account_rights, Some(token.leaves.clone())),
            None => Self::new(who, &by.rights, None),
        }
    }

    /// The account's rights are these now.
    fn set(&mut self, rights: &Rights) {
        self.rights = match &self.leaves {
            Some(leaves) => leaves.of(rights),
            None => rights.clone(),
        };
        self.whole = self.rights.whole_organizations();
        let partly = |one: &OrganizationId| {
            let seen = self.rights.allows(*one, Permission::MachineSee);
            seen || self.rights.roles_within(*one).all(|role| role.reach.is_wide())
        };
        self.machines = self.whole.iter().copied().filter(partly).collect();
    }

    /// What of a change this listener hears.
    fn hears(&self, scope: &Scope, topic: Topic) -> Hears {
        let (organization, machine) = match scope {
            Scope::Account(id) => return Hears::of(self.account == *id),
            Scope::Server => return Hears::Yes,
            Scope::Organization(id) => (*id, topic.machine()),
            Scope::Machine(id, machine) => (*id, Some(*machine)),
            Scope::On(facts) => (facts.organization, Some(facts.machine)),
        };
        if !topic.is_about_machines() {
            let partly =
                topic.is_for_everybody_there() && self.rights.organizations().contains(&organization);
            return Hears::of(partly || self.whole.contains(&organization));
        }
        if self.machines.contains(&organization) {
            return Hears::Yes;
        }
        if !self.rights.organizations().contains(&organization) {
            return Hears::No;
        }
        match (scope, machine) {
            (Scope::On(facts), _) => Hears::of(self.rights.allows_on(facts, Permission::MachineSee)),
            (_, Some(machine)) => Hears::IfSeen(machine),
            (_, None) => Hears::No,
        }
    }
}

/// Whether somebody hears of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hears {
    Yes,
    No,
    /// If they see this machine, which has to be looked up.
    IfSeen(MachineId),
}

impl Hears {
    fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
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
    #[allow(clippy::needless_pass_by_value, reason = "made for this call")]
    pub fn publish(&self, scope: Scope, topics: &[Topic]) {
        if topics.contains(&Topic::Audit) || topics.contains(&Topic::Machines) {
            self.happened.notify_one();
        }
        let mut inner = self.lock();
        for subscriber in inner.subscribers.values_mut() {
            let mut heard = false;
            for topic in topics {
                match subscriber.listener.hears(&scope, *topic) {
                    Hears::No => continue,
                    Hears::Yes => subscriber.queue.push(*topic),
                    Hears::IfSeen(machine) => subscriber.queue.push_if_seen(machine, *topic),
                }
                heard = true;
            }
            if heard {
                subscriber.wake.notify_one();
            }
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
            Scope::Machine(organization, machine),
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

    /// The account has these rights from now on: its consoles ask for everything again.
    pub fn rights_changed(&self, account: AccountId, rights: &Rights) {
        let mut inner = self.lock();
        let theirs = inner.subscribers.values_mut();
        for subscriber in theirs.filter(|one| one.listener.account == account) {
            subscriber.listener.set(rights);
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
    /// The next notice with everything that changed since the last one; None when the login ended. What is heard only by who sees a
    /// machine is left out; [`Subscription::next_seen`] asks.
    /// Cancel safe: nothing is taken before it is returned.
    pub async fn next(&mut self) -> Option<Notice> {
        loop {
            if let Some(result) = self.poll() {
                return result;
            }
            self.wake.notified().await;
        }
    }

    /// The same, where `sees` tells which of some machines an account with these rights sees. Machines that were asked about when this is
    /// canceled are not told of.
    pub async fn next_seen<F>(&mut self, sees: impl Fn(Rights, Vec<MachineId>) -> F) -> Option<Notice>
    where
        F: Future<Output = Vec<MachineId>>,
    {
        loop {
            if let Some((rights, asked)) = self.unsure() {
                let mut ids: Vec<MachineId> = asked.iter().map(|(machine, _)| *machine).collect();
                ids.sort_unstable();
                ids.dedup();
                let seen = sees(rights, ids).await;
                let mut inner = self.events.lock();
                if let Some(subscriber) = inner.subscribers.get_mut(&self.id) {
                    let of_seen = asked.iter().filter(|(machine, _)| seen.contains(machine));
                    for (_, topic) in of_seen {
                        if topic.machine().is_some() {
                            subscriber.queue.push(Topic::Machines);
                        }
                        subscriber.queue.push(*topic);
                    }
                }
            }
            if let Some(result) = self.poll() {
                return result;
            }
            self.wake.notified().await;
        }
    }

    fn unsure(&self) -> Option<(Rights, Vec<(MachineId, Topic)>)> {
        let mut inner = self.events.lock();
        let subscriber = inner.subscribers.get_mut(&self.id)?;
        let asked = subscriber.queue.take_unsure();
        (!asked.is_empty()).then(|| (subscriber.listener.rights.clone(), asked))
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
    use crate::ids::{AssignmentId, SiteId};
    use crate::rights::{Conditions, Given, Moment, Permissions, Reach, Role, RoleKey};

    fn listener(organization: OrganizationId) -> Listener {
        let rights = Rights::of_role(RoleKey::Technician, organization);
        Listener::new((AccountId::new(), LoginId::new()), &rights, None)
    }

    /// Of a technician of some machines.
    fn narrow(reach: Reach) -> Listener {
        let given = Given {
            assignment: AssignmentId::new(),
            role: Role::built_in(RoleKey::Technician).unwrap(),
            conditions: Conditions::NONE,
            reach: reach.clone(),
            lent: false,
            team: None,
        };
        let all: Vec<OrganizationId> = reach.organization.into_iter().collect();
        let rights = Rights::new(vec![given], &all, Moment::Whenever);
        Listener::new((AccountId::new(), LoginId::new()), &rights, None)
    }

    fn machine(organization: OrganizationId, site: SiteId) -> MachineFacts {
        MachineFacts {
            organization,
            site,
            machine: MachineId::new(),
            tags: Vec::new(),
        }
    }

    #[tokio::test]
    async fn who_sees_one_site_hears_of_its_machines_and_of_no_others() {
        let organization = OrganizationId::new();
        let (here, there) = (
            machine(organization, SiteId::new()),
            machine(organization, SiteId::new()),
        );
        let events = Events::new();
        let reach = Reach {
            site: Some(here.site),
            ..Reach::of_organization(organization)
        };
        let mut subscription = events.subscribe(narrow(reach)).unwrap();
        let about = |machine| [Topic::Machines, Topic::Machine(machine), Topic::Audit];
        events.publish(Scope::On(there.clone()), &about(there.machine));
        events.publish(Scope::Organization(organization), &about(there.machine));
        events.publish(Scope::Organization(organization), &[Topic::Quarantine]);
        events.machine(organization, there.machine);
        let sees = |_: Rights, mut asked: Vec<MachineId>| {
            asked.retain(|one| *one == here.machine);
            std::future::ready(asked)
        };
        events.publish(Scope::Organization(organization), &[Topic::Organizations]);
        let notice = subscription.next_seen(sees).await;
        assert_eq!(notice, Some(Notice::Invalidate(vec![Topic::Organizations])));
        events.machine(organization, here.machine);
        let both = Notice::Invalidate(vec![Topic::Machines, Topic::Machine(here.machine)]);
        assert_eq!(subscription.next_seen(sees).await, Some(both.clone()));
        events.publish(Scope::On(here.clone()), &about(here.machine));
        assert_eq!(subscription.next().await, Some(both));
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
        let leaves = Leaves {
            scopes: Permissions::all(),
            only: Some(vec![Reach::of_organization(ours)]),
        };
        let both = Rights::of_everything(&[ours, theirs]);
        let narrow = Listener::new((AccountId::new(), LoginId::new()), &both, Some(leaves));
        let account = narrow.account;
        let mut subscription = events.subscribe(narrow).unwrap();
        events.rights_changed(account, &both);
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
