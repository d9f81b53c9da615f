//! Which agents are connected, and how to reach them. Memory only: rows and events are for transitions.
//!
//! Here: the shared table of live links and their command queues. Not here: the rules (`state.rs`, how often links are heard:
//! `pace.rs`, when those come that find no place: `waves.rs`; all pure), the links themselves (`crate::link`).
//!
//! A link's command queue lives in this table and nowhere else. When another link takes the machine over, or the machine is
//! removed, the queue is dropped; the old link's task sees its queue closed and goes.
//!
//! Full rule: a queue takes [`COMMANDS_MAX`]. When it is full the agent has stopped reading; the command is refused as if
//! the machine were offline, and the link ends by its own write deadline.

pub mod helpdesk;
pub mod pace;
pub mod state;
mod waves;

use std::net::IpAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use farol_inventory::Section;
use farol_protocol::Tick;
use farol_protocol::ids::{InstallId, RunId};
use farol_protocol::link::{GoodbyeReason, Pace, SessionEnd, SessionOffer, SessionRightsOffer};
use farol_protocol::pipe::PipePublicKey;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

use crate::clock::Timestamp;
use crate::ids::MachineId;
use crate::recognition::decide::Live;
use crate::sessions::ticks::Ticks;
use crate::shares::{Most, Share, Shares};
use crate::throttle::{Rate, Throttle, network};
use state::{Departure, LinkNumber, Presence};
use waves::Waves;

/// Commands that may wait for one link.
pub const COMMANDS_MAX: usize = 16;
/// Links that may be in their handshake at once. A fleet that comes back after a restart passes in waves, also from behind
/// one address; who finds no place is told to come again. Silent connections of one address leave room for all others.
pub const HANDSHAKES: Most = Most { all: 256, one: 128 };

/// Links without a place that are being told when to come: as long as that takes, a second at most. Full: the upgrade is refused,
/// and the agent comes when it likes.
const PUT_OFF: Most = Most { all: 256, one: 64 };
/// Links that are quick because somebody looks at their machines, and not for a session. Full: another machine that is looked at
/// keeps its pace; a program that asks for every machine of a large fleet must not make all of them quick.
const LOOKED_AT_MAX: usize = 200;

/// Hellos of agents that nobody knows, from one network: removed machines that have not heard of it pass, a flood gets a refusal
/// each before there is a proof to check.
pub const STRANGERS: Rate = Rate {
    burst: 120,
    period: Duration::from_millis(500),
};
/// Hellos of one machine that change what is known of it: other parts, or an earlier state restored. Each is a row and an audit
/// entry; a laboratory that restores its machines before each lesson passes, a machine that never stops changing does not.
pub const CHANGES: Rate = Rate {
    burst: 20,
    period: Duration::from_secs(180),
};
/// Machines remembered that changed lately; a whole fleet may change in one night.
const CHANGED_MAX: usize = 100_000;
/// Addresses remembered.
const ADDRESSES_MAX: usize = 10_000;

/// How long it is remembered that two installations wanted one machine's place. Longer ago, the link may have died since.
const CONTEST_MEMORY: Duration = Duration::from_secs(60);

/// A link's task is told no more often that somebody looks: a page may be fetched many times in a moment, and the queue is for what
/// has to be done.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What the server wants of an agent.
#[derive(Debug, Clone)]
pub enum Command {
    /// Take part in a session.
    Offer(Box<SessionOffer>),
    /// Give a session other rights.
    OfferRights(Box<SessionRightsOffer>),
    /// A session is over.
    End(Box<SessionEnd>),
    /// Make yourself a new machine key.
    RotateKey,
    /// Read these sections of the inventory again and name them.
    AskInventory(Vec<Section>),
    /// Say how busy the machine is, so often, for the next minute.
    PaceMetrics(Duration),
    /// The server has a new identity key: tell the agent.
    IdentityChanged,
    /// Somebody looks at the machine.
    LookedAt,
    /// Another installation wants the machine's place: whether this one lives is to be known soon.
    Contested,
    /// Say goodbye and close.
    Goodbye(GoodbyeReason),
}

/// The machine cannot be reached now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("machine is offline")]
pub struct Offline;

#[derive(Debug)]
struct Link {
    commands: mpsc::Sender<Command>,
    capabilities: Arc<[String]>,
    pipe_key: PipePublicKey,
    who: Who,
    /// When another installation was last told to ask again because of this link.
    contested: Option<Tick>,
    /// When its task was last told that somebody looks.
    looked_at: Option<Tick>,
}

/// Which installation a link is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    /// The record whose key opened it; another than the machine's when records were merged.
    pub record: MachineId,
    /// That key.
    pub key: [u8; 32],
    /// The run of the agent process.
    pub run: RunId,
    /// The copy of the agent's state, with its counter.
    pub installation: Option<(InstallId, u64)>,
}

/// What is known of an online machine beyond its row.
#[derive(Debug, Clone)]
pub struct OnlineView {
    /// Since when, without a gap.
    pub since: Timestamp,
    /// What its agent can do here and now.
    pub capabilities: Arc<[String]>,
    /// What pipes to it are opened with.
    pub pipe_key: PipePublicKey,
}

/// Handle to the table; clones share it.
#[derive(Debug, Clone)]
pub struct Presences {
    // A plain mutex: held for map operations, never across a wait.
    table: Arc<Mutex<Presence<MachineId, Link>>>,
    /// See [`Presences::decisions`].
    decisions: Arc<AtomicU64>,
    /// Told whenever a link arrives.
    arrivals: Arc<Notify>,
    ticks: Ticks,
    handshakes: Shares,
    put_off: Shares,
    // Held for a sum.
    waves: Arc<Mutex<Waves>>,
    looked_at: Arc<Semaphore>,
    strangers: Arc<Throttle<IpAddr>>,
    changes: Arc<Throttle<MachineId>>,
}

impl Default for Presences {
    fn default() -> Self {
        Self {
            table: Arc::default(),
            decisions: Arc::default(),
            arrivals: Arc::default(),
            ticks: Ticks::start(),
            handshakes: Shares::new(HANDSHAKES),
            put_off: Shares::new(PUT_OFF),
            waves: Arc::default(),
            looked_at: Arc::new(Semaphore::new(LOOKED_AT_MAX)),
            strangers: Arc::new(Throttle::new(STRANGERS, ADDRESSES_MAX)),
            changes: Arc::new(Throttle::new(CHANGES, CHANGED_MAX)),
        }
    }
}

/// A link's place in the table, held by the link's task.
#[derive(Debug)]
pub struct Place {
    /// Which link.
    pub number: LinkNumber,
    /// What it is to do; closed when the link does not count any more.
    pub commands: mpsc::Receiver<Command>,
    /// Since when.
    pub since: Timestamp,
    /// The machine was offline before.
    pub came_online: bool,
}

impl Presences {
    /// A place for a link that has yet to prove itself; None when there is none, or its address has its share already.
    #[must_use]
    pub fn handshake(&self, address: IpAddr) -> Option<Share> {
        self.handshakes.take(address)
    }

    /// When a link that finds no place is to come again, and the place for telling it so; None when there is none of those
    /// either.
    #[must_use]
    pub fn put_off(&self, address: IpAddr) -> Option<(Duration, Share)> {
        let place = self.put_off.take(address)?;
        Some((self.come_again(), place))
    }

    /// How long the next link that the server cannot take is to wait: each has a moment of its own.
    #[must_use]
    pub fn come_again(&self) -> Duration {
        let mut waves = self.waves.lock().unwrap_or_else(PoisonError::into_inner);
        waves.put_off(self.ticks.now())
    }

    /// The pace of links at rest, by how many there are now.
    #[must_use]
    pub fn pace(&self) -> Pace {
        pace::pace(self.online())
    }

    /// Somebody looks at the machine: its link is quick for a while, so that what is seen of it is not old.
    pub fn look_at(&self, machine: MachineId) {
        let now = self.ticks.now();
        let mut table = self.lock();
        if let Some(online) = table.get_mut(&machine) {
            let link = &mut online.handle;
            let lately = |at| now.since(at) < LOOK_EVERY;
            if !link.looked_at.is_some_and(lately) && link.commands.try_send(Command::LookedAt).is_ok() {
                link.looked_at = Some(now);
            }
        }
    }

    /// A place among the links that are quick because somebody looks; None when there are enough of them.
    #[must_use]
    pub fn quick_place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.looked_at).try_acquire_owned().ok()
    }

    /// Number of links in their handshake.
    #[must_use]
    pub fn handshakes(&self) -> usize {
        self.handshakes.taken()
    }

    /// Counts a hello of an agent that nobody knows. Known machines of the same address (of the same /64 with IPv6) do not
    /// notice.
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub fn strangers(&self, address: IpAddr, now: Timestamp) -> Result<(), Duration> {
        self.strangers.check(network(address), now)
    }

    /// Number of addresses whose strangers are counted.
    #[must_use]
    pub fn strangers_counted(&self) -> usize {
        self.strangers.remembered()
    }

    /// Counts a hello that changes what is known of this record.
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub fn changes(&self, record: MachineId, now: Timestamp) -> Result<(), Duration> {
        self.changes.check(record, now)
    }

    /// The clock of all links.
    #[must_use]
    pub fn ticks(&self) -> Ticks {
        self.ticks
    }

    /// A link proved itself and counts from now on; an older one of the same machine does not any more.
    #[must_use]
    pub fn arrive(
        &self,
        now: Timestamp,
        machine: MachineId,
        who: Who,
        (capabilities, pipe_key): (Vec<String>, PipePublicKey),
    ) -> Place {
        let (sender, commands) = mpsc::channel(COMMANDS_MAX);
        let link = Link {
            commands: sender,
            capabilities: capabilities.into(),
            pipe_key,
            who,
            contested: None,
            looked_at: None,
        };
        let mut table = self.lock();
        let number = table.number();
        let arrival = table.arrive(self.ticks.now(), now.0, machine, (number, link));
        metrics::gauge!("farol_machines_online").set(table.len() as f64);
        drop(table);
        self.arrivals.notify_waiters();
        Place {
            number,
            commands,
            since: now,
            came_online: arrival.came_online,
        }
    }

    /// A sign of life; false when the link does not count any more.
    #[must_use]
    pub fn heard(&self, machine: MachineId, link: LinkNumber) -> bool {
        self.lock().heard(self.ticks.now(), &machine, link)
    }

    /// A link ended; true when its machine went offline by that.
    #[must_use]
    pub fn leave(&self, machine: MachineId, link: LinkNumber) -> bool {
        let mut table = self.lock();
        let went_offline = table.leave(&machine, link) == Departure::WentOffline;
        metrics::gauge!("farol_machines_online").set(table.len() as f64);
        went_offline
    }

    /// What is known of the machine if it is online.
    #[must_use]
    pub fn view(&self, machine: MachineId) -> Option<OnlineView> {
        let table = self.lock();
        let online = table.get(&machine)?;
        Some(OnlineView {
            since: Timestamp(online.since_ms),
            capabilities: Arc::clone(&online.handle.capabilities),
            pipe_key: online.handle.pipe_key,
        })
    }

    /// Waits until the machine is online; forever, if it never is. Cancel safe.
    pub async fn linked(&self, machine: MachineId) -> OnlineView {
        loop {
            // Before the look, so that an arrival after it is heard.
            let mut arrival = pin!(self.arrivals.notified());
            arrival.as_mut().enable();
            if let Some(online) = self.view(machine) {
                return online;
            }
            arrival.await;
        }
    }

    /// The machine's link as the decision table needs it; `record` is whose key asks to be let in, `run`
    /// which process.
    #[must_use]
    pub fn live(&self, machine: MachineId, record: MachineId, run: RunId) -> Option<Live> {
        let now = self.ticks.now();
        let table = self.lock();
        let online = table.get(&machine)?;
        let link = &online.handle;
        let recent = link.contested.filter(|at| now.since(*at) < CONTEST_MEMORY);
        Some(Live {
            same_record: link.who.record == record,
            same_run: link.who.run == run,
            heard_since_contest: recent.map(|at| online.heard > at),
        })
    }

    /// Another installation was told to ask again: from now on it counts whether this link is heard.
    pub fn contest(&self, machine: MachineId) {
        let now = self.ticks.now();
        let mut table = self.lock();
        if let Some(online) = table.get_mut(&machine) {
            let link = &mut online.handle;
            if link.contested.is_none_or(|at| now.since(at) >= CONTEST_MEMORY) {
                link.contested = Some(now);
                // A link at rest would not be heard before the other one asks again.
                if link.commands.try_send(Command::Contested).is_err() {
                    tracing::debug!(%machine, "a link's queue is full");
                }
            }
        }
    }

    /// The installation that is linked with this record's key.
    #[must_use]
    pub fn installation(&self, machine: MachineId, record: MachineId) -> Option<(InstallId, u64)> {
        let table = self.lock();
        let who = table.get(&machine)?.handle.who;
        who.installation.filter(|_| who.record == record)
    }

    /// Hands a command to the machine's link. Never waits.
    ///
    /// # Errors
    /// There is no link, or its queue is full.
    pub fn command(&self, machine: MachineId, command: Command) -> Result<(), Offline> {
        let table = self.lock();
        let online = table.get(&machine).ok_or(Offline)?;
        online.handle.commands.try_send(command).map_err(|_| Offline)
    }

    /// Every machine that has a link, and of which installation it is.
    #[must_use]
    pub fn links(&self) -> Vec<(MachineId, Who)> {
        let table = self.lock();
        let links = table
            .links()
            .map(|(machine, online)| (*machine, online.handle.who));
        links.collect()
    }

    /// The agent of this link proves itself with another key from now on.
    pub fn rekeyed(&self, machine: MachineId, link: LinkNumber, key: [u8; 32]) {
        self.decided();
        let mut table = self.lock();
        if let Some(online) = table.get_mut(&machine).filter(|online| online.link == link) {
            online.handle.who.key = key;
        }
    }

    /// Hands a command to every link. One whose queue is full misses it; it hears of the matter at its next link.
    pub fn tell_all(&self, command: impl Fn() -> Command) {
        for online in self.lock().iter() {
            if online.handle.commands.try_send(command()).is_err() {
                tracing::debug!("a link's queue is full");
            }
        }
    }

    /// Counts what was decided about machines: the same number before their rows were read and after a link arrived means that
    /// what the rows said still holds. Whoever decides later finds the link.
    #[must_use]
    pub fn decisions(&self) -> u64 {
        self.decisions.load(Ordering::SeqCst)
    }

    /// Something was decided that may concern a link that is on its way; to be said once it is in the rows.
    pub fn decided(&self) {
        self.decisions.fetch_add(1, Ordering::SeqCst);
    }

    /// Says a last word to the machine's link and lets go of it, whether or not the word fits into its queue. One that is on its
    /// way looks again, see [`Self::decisions`].
    pub fn dismiss(&self, machine: MachineId, last_word: Command) {
        self.decided();
        if self.command(machine, last_word).is_err() {
            let mut table = self.lock();
            let link = table.get(&machine).map(|online| online.link);
            if let Some(link) = link {
                table.leave(&machine, link);
            }
        }
    }

    /// The machines that are online, in no order.
    #[must_use]
    pub fn machines(&self) -> Vec<MachineId> {
        self.lock().links().map(|(machine, _)| *machine).collect()
    }

    /// Number of online machines.
    #[must_use]
    pub fn online(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Presence<MachineId, Link>> {
        // No code that can panic runs under the lock; were it poisoned, the data would still be whole.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> PipePublicKey {
        farol_protocol::pipe::PipeKey::from_seed([7; 32]).public()
    }

    fn who(record: MachineId) -> Who {
        Who {
            record,
            key: [0; 32],
            run: RunId([1; 16]),
            installation: None,
        }
    }

    #[tokio::test]
    async fn a_newer_link_closes_the_queue_of_the_older() {
        let presences = Presences::default();
        let machine = MachineId::new();
        let mut old = presences.arrive(
            Timestamp(1),
            machine,
            who(machine),
            (vec!["screen".into()], key()),
        );
        let new = presences.arrive(Timestamp(2), machine, who(machine), (vec![], key()));
        assert!(old.came_online && !new.came_online);
        assert!(old.commands.recv().await.is_none());
        assert!(!presences.heard(machine, old.number));
        assert!(!presences.leave(machine, old.number));
        assert_eq!(presences.view(machine).map(|view| view.since), Some(Timestamp(1)));
        assert!(presences.leave(machine, new.number));
        assert!(presences.view(machine).is_none());
    }

    #[test]
    fn strangers_of_one_subscriber_are_counted_together_and_there_is_a_bound() {
        let presences = Presences::default();
        let now = Timestamp(1_000_000);
        let of_one = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        let taken = (0..1_000).filter(|last| presences.strangers(of_one(*last), now).is_ok());
        assert_eq!(taken.count(), STRANGERS.burst as usize);
        assert_eq!(presences.strangers_counted(), 1);
        assert!(presences.strangers([192, 0, 2, 1].into(), now).is_ok());
        for number in 0..u32::try_from(ADDRESSES_MAX).unwrap() + 1_000 {
            let _counted = presences.strangers(std::net::Ipv4Addr::from(number).into(), now);
        }
        assert_eq!(presences.strangers_counted(), ADDRESSES_MAX);
    }

    #[test]
    fn places_in_the_handshake_are_counted_and_come_back() {
        let presences = Presences::default();
        let from = |last| {
            let address = std::net::Ipv4Addr::new(192, 0, 2, last).into();
            (0..)
                .map_while(|_| presences.handshake(address))
                .collect::<Vec<_>>()
        };
        let held = [from(1), from(2), from(3)];
        assert_eq!(held.each_ref().map(Vec::len), [HANDSHAKES.one, HANDSHAKES.one, 0]);
        assert_eq!(presences.handshakes(), HANDSHAKES.all);
        drop(held);
        assert_eq!(presences.handshakes(), 0);
    }

    #[test]
    fn who_finds_no_place_is_told_when_to_come_and_that_is_bounded() {
        let presences = Presences::default();
        let from = |last| {
            let address = std::net::Ipv4Addr::new(192, 0, 2, last).into();
            (0..)
                .map_while(|_| presences.put_off(address))
                .collect::<Vec<_>>()
        };
        let told = [from(1), from(2)];
        assert_eq!(told.each_ref().map(Vec::len), [PUT_OFF.one; 2]);
        let waits: Vec<Duration> = told.iter().flatten().map(|(wait, _)| *wait).collect();
        assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(45)));
        drop(told);
        assert!(presences.put_off([192, 0, 2, 1].into()).is_some());
    }

    #[test]
    fn who_looks_at_everything_makes_some_links_quick() {
        let presences = Presences::default();
        let places: Vec<_> = (0..).map_while(|_| presences.quick_place()).collect();
        assert_eq!(places.len(), LOOKED_AT_MAX);
        drop(places);
        assert!(presences.quick_place().is_some());
    }

    /// A link at rest may be silent for longer than a copy waits before it asks again.
    #[tokio::test]
    async fn a_contested_link_is_told_so_once() {
        let presences = Presences::default();
        let machine = MachineId::new();
        let mut place = presences.arrive(Timestamp(1), machine, who(machine), (vec![], key()));
        presences.contest(machine);
        presences.contest(machine);
        assert!(matches!(place.commands.recv().await, Some(Command::Contested)));
        assert!(place.commands.is_empty());
    }

    #[tokio::test]
    async fn many_looks_do_not_fill_the_queue() {
        let presences = Presences::default();
        let machine = MachineId::new();
        let mut place = presences.arrive(Timestamp(1), machine, who(machine), (vec![], key()));
        for _ in 0..10 * COMMANDS_MAX {
            presences.look_at(machine);
        }
        assert!(matches!(place.commands.recv().await, Some(Command::LookedAt)));
        assert!(place.commands.is_empty());
        assert_eq!(presences.command(machine, Command::RotateKey), Ok(()));
    }

    #[tokio::test]
    async fn a_full_queue_counts_as_offline() {
        let presences = Presences::default();
        let machine = MachineId::new();
        let place = presences.arrive(Timestamp(1), machine, who(machine), (vec![], key()));
        let end = || Command::Goodbye(GoodbyeReason::MachineRemoved);
        assert!((0..COMMANDS_MAX).all(|_| presences.command(machine, end()).is_ok()));
        assert_eq!(presences.command(machine, end()), Err(Offline));
        drop(place);
    }
}
