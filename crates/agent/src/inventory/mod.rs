//! The inventory, from the sensors to the link: facts about the machine by section, read from time to time, and sent when the
//! server does not have them.
//!
//! ```text
//!                 ┌───────────── task: the one owner ─────────────┐
//!  link ──heard──▶│ offers (what is said)   schedule (what is due) │──order──▶ thread for one reading
//!       ◀──words──│ known (hashes, no bodies)                      │◀──found── (lowest priority)
//!                 └───────────────────────────────────────────────┘
//! ```
//! Lives here: the task and its handle. Beside it: when what is read (`schedule.rs`), one reading (`reading.rs`), what is remembered
//! of it (`known.rs`), what is said of it (`offers.rs`). Not here: the form of facts (`farol-inventory`), where they come from
//! (`farol_platform::inventory`), pieces on the wire (`farol_protocol::link::inventory`).
//!
//! Costs: at rest nothing is sent and less than half a percent of a core is taken, at the lowest priority; in memory the hashes of
//! seven sections, the updates that wait (5 KB), and for five minutes what was read and changed and nobody wanted yet (at the start
//! everything, 150 KB on a server). While the link is away nothing is read. A reading that hangs keeps its thread, and at most four
//! of them are let hang.

mod known;
mod offers;
mod reading;
mod schedule;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use farol_inventory::software::Updates;
use farol_inventory::{Problem, Read, Section};
use farol_protocol::Tick;
use farol_protocol::link::{AgentLink, InventoryRefused, InventoryWanted, SectionHash};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::{Clock, random};
use known::{Known, Seen};
use offers::{Offers, Word};
use reading::{Found, News, Order, Waiting};
use schedule::{Pace, Schedule, Work};

/// The capability: the server says nothing of the inventory to an agent without it.
pub const CAPABILITY: &str = "inventory";

/// What the server said and the task has not taken yet; it takes each at once. Full: the task hangs, and what is forgotten is
/// offered again with the next link.
const HEARD: usize = 32;

/// Words for the server that the link has not taken yet. Full: the next one waits in the task.
const WORDS: usize = 1;

/// So many readings that were given up may hang, each on its thread; then nothing more is begun until one comes back.
const LOST_MAX: usize = 4;

/// How often is looked whether one came back, when nothing else happens.
const LOST_LOOK: Duration = Duration::from_secs(900);

/// Where the facts come from. All calls block, and may do so for ever.
pub trait Sensors: Send + Sync {
    /// Reads a section, cleaned.
    fn read(&self, section: Section) -> Read;

    /// Works out which updates wait; seconds.
    fn pending_updates(&self) -> (Updates, Vec<Problem>);

    /// When what [`Self::pending_updates`] goes by last changed.
    fn updates_stamp(&self) -> Option<SystemTime>;
}

/// The machine's own.
#[derive(Debug, Default)]
pub struct SystemSensors;

impl Sensors for SystemSensors {
    fn read(&self, section: Section) -> Read {
        farol_platform::inventory(section)
    }

    fn pending_updates(&self) -> (Updates, Vec<Problem>) {
        farol_platform::pending_updates()
    }

    fn updates_stamp(&self) -> Option<SystemTime> {
        farol_platform::updates_stamp()
    }
}

/// What the server says of the inventory.
#[derive(Debug)]
pub(crate) enum Heard {
    /// It does not have these sections.
    Wanted(InventoryWanted),
    /// It has kept this one.
    Kept(SectionHash),
    /// It does not take this one.
    Refused(InventoryRefused),
    /// Somebody wants these as they are now.
    Asked(Vec<String>),
}

/// Counts the links that were live; `None` while there is none.
type Link = Option<u64>;

/// The task's handle; the task ends with it.
pub(crate) struct Inventory {
    heard: mpsc::Sender<Heard>,
    words: mpsc::Receiver<(Link, Word)>,
    link: watch::Sender<Link>,
    links: u64,
    task: JoinHandle<()>,
}

impl Inventory {
    /// Starts the task. Nothing is read before the link is live.
    pub(crate) fn start(sensors: Arc<dyn Sensors>, clock: Clock) -> Self {
        Self::start_at(Pace::default(), sensors, clock)
    }

    fn start_at(pace: Pace, sensors: Arc<dyn Sensors>, clock: Clock) -> Self {
        let (heard, hearing) = mpsc::channel(HEARD);
        let (saying, words) = mpsc::channel(WORDS);
        let (link, linked) = watch::channel(None);
        let task = Task {
            sensors,
            clock,
            schedule: Schedule::new(pace, clock.now(), random::jitter()),
            offers: Offers::default(),
            known: BTreeMap::new(),
            waiting: None,
            reading: None,
            lost: Vec::new(),
            word: None,
        };
        Self {
            heard,
            words,
            link,
            links: 0,
            task: tokio::spawn(task.run(linked, hearing, saying)),
        }
    }

    /// The link is live: everything that was read so far is offered.
    pub(crate) fn link_came(&mut self) {
        self.links += 1;
        self.link.send_replace(Some(self.links));
    }

    /// The link is gone.
    pub(crate) fn link_went(&mut self) {
        self.link.send_replace(None);
    }

    /// Passes on what the server said.
    pub(crate) fn hear(&mut self, heard: Heard) {
        if let Err(error) = self.heard.try_send(heard) {
            tracing::debug!(%error, "the inventory takes no more for now");
        }
    }

    /// Waits for a word of the present link. Cancel safe.
    async fn next(&mut self) -> Word {
        loop {
            match self.words.recv().await {
                Some((link, word)) if link == *self.link.borrow() => return word,
                Some(_) => {}
                None => std::future::pending().await,
            }
        }
    }
}

impl Drop for Inventory {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Waits for something to say; for ever where there is no inventory. Cancel safe.
pub(crate) async fn next_word(inventory: &mut Option<Inventory>) -> Word {
    match inventory {
        Some(inventory) => inventory.next().await,
        None => std::future::pending().await,
    }
}

/// Says it. What the link does not take is offered again: when no answer comes, or with the next link.
pub(crate) fn say(word: Word, link: &mut AgentLink) {
    let said = match word {
        Word::Held(held) => link.inventory_held(held),
        Word::Section(section) => {
            tracing::debug!(
                section = section.of.section,
                bytes = section.body.len(),
                "inventory sent"
            );
            link.send_section(section)
        }
        Word::Stop(section) => {
            link.stop_section(section.name());
            Ok(())
        }
    };
    if said.is_err() {
        tracing::debug!("the link takes no inventory now");
    }
}

/// The owner of all of it.
struct Task {
    sensors: Arc<dyn Sensors>,
    clock: Clock,
    schedule: Schedule,
    offers: Offers,
    known: BTreeMap<Section, Known>,
    waiting: Option<Arc<Waiting>>,
    reading: Option<oneshot::Receiver<Found>>,
    /// Readings that were given up and still hang, at most [`LOST_MAX`].
    lost: Vec<oneshot::Receiver<Found>>,
    /// For this link, when it takes it.
    word: Option<Word>,
}

/// What wakes the task.
enum Event {
    Link(Link),
    Heard(Heard),
    Found(Option<Found>),
    Said,
    Time,
    Over,
}

impl Task {
    async fn run(
        mut self,
        mut link: watch::Receiver<Link>,
        mut heard: mpsc::Receiver<Heard>,
        words: mpsc::Sender<(Link, Word)>,
    ) {
        let mut linked: Link = None;
        loop {
            self.begin(linked);
            let deadline = self.deadline(linked);
            let event = tokio::select! {
                biased;
                changed = link.changed() => match changed {
                    Ok(()) => Event::Link(*link.borrow_and_update()),
                    Err(_) => Event::Over,
                },
                heard = heard.recv() => heard.map_or(Event::Over, Event::Heard),
                room = words.reserve(), if self.word.is_some() => {
                    if let (Ok(room), Some(word)) = (room, self.word.take()) {
                        room.send((linked, word));
                    }
                    Event::Said
                }
                found = found(&mut self.reading) => Event::Found(found),
                () = sleep(self.clock, deadline) => Event::Time,
            };
            let now = self.clock.now();
            match event {
                Event::Link(link) => {
                    linked = link;
                    self.word = None;
                    match link {
                        Some(_) => self.offers.link_came(now),
                        None => self.offers.link_went(),
                    }
                }
                Event::Heard(heard) => self.on_heard(now, heard),
                Event::Found(found) => self.on_found(now, found),
                Event::Said | Event::Time => {}
                Event::Over => return,
            }
            self.offers.timeout(now, random::jitter());
            self.give_up(now);
        }
    }

    /// Begins what is due, and takes the next word.
    fn begin(&mut self, linked: Link) {
        // What comes back late is of no use any more.
        self.lost
            .retain_mut(|reading| matches!(reading.try_recv(), Err(TryRecvError::Empty)));
        if linked.is_none() {
            return;
        }
        let now = self.clock.now();
        for section in self.offers.to_read() {
            self.schedule.want(now, section);
        }
        if self.word.is_none() {
            self.word = self.offers.next_word(now);
        }
        if self.reading.is_some() || self.is_stuck() {
            return;
        }
        let Some(work) = self.schedule.begin(now) else {
            return;
        };
        let (before, with_body) = match work {
            Work::Section(section) => (self.known.get(&section).cloned(), self.offers.wants_body(section)),
            Work::Updates => (None, false),
        };
        let order = Order {
            work,
            before,
            with_body,
            waiting: self.waiting.clone(),
        };
        match reading::start(Arc::clone(&self.sensors), order) {
            Ok(found) => self.reading = Some(found),
            Err(error) => {
                tracing::warn!(%error, ?work, "the inventory cannot be read");
                self.schedule.ended(now, false, None, random::jitter());
            }
        }
    }

    fn deadline(&self, linked: Link) -> Option<Tick> {
        linked?;
        let due = if self.is_stuck() {
            Some(self.clock.now().after(LOST_LOOK))
        } else {
            self.schedule.next()
        };
        let given_up = self.schedule.patience_ends().map(|(until, _)| until);
        due.into_iter()
            .chain(given_up)
            .chain(self.offers.deadline())
            .min()
    }

    /// Whether so many readings hang that no more are begun.
    fn is_stuck(&self) -> bool {
        self.lost.len() >= LOST_MAX
    }

    /// Waits no longer for a reading that has had its time. Its thread cannot be ended.
    fn give_up(&mut self, now: Tick) {
        let over = self.schedule.patience_ends();
        let Some((_, work)) = over.filter(|(until, _)| *until <= now) else {
            return;
        };
        self.lost.extend(self.reading.take());
        self.schedule.ended(now, false, None, random::jitter());
        tracing::warn!(
            ?work,
            hanging = self.lost.len(),
            "the reading of a part of the inventory hangs and was given up"
        );
        if self.is_stuck() {
            tracing::warn!(
                ?work,
                "no more of the inventory is read until one of these readings ends"
            );
        }
    }

    fn on_heard(&mut self, now: Tick, heard: Heard) {
        match heard {
            Heard::Wanted(wanted) => self.offers.want(now, &wanted, random::jitter()),
            Heard::Kept(of) => self.offers.kept(&of),
            Heard::Refused(refused) => {
                let InventoryRefused { of, code, detail, .. } = &refused;
                tracing::warn!(
                    section = of.section,
                    code,
                    detail,
                    "the server does not take the inventory"
                );
                self.offers.refuse(now, &refused, random::jitter());
            }
            Heard::Asked(sections) => self.offers.ask(&sections),
        }
    }

    fn on_found(&mut self, now: Tick, found: Option<Found>) {
        let packages = found.as_ref().and_then(|found| found.packages);
        self.schedule
            .ended(now, found.is_some(), packages, random::jitter());
        match found.map(|found| found.news) {
            Some(News::Section {
                section,
                known,
                seen,
                body,
            }) => {
                if seen != Seen::Less {
                    self.offers.was_read(now, section, known.hash, body);
                }
                self.known.insert(section, known);
            }
            Some(News::Updates(waiting)) => self.waiting = Some(waiting),
            None => tracing::warn!("a part of the inventory could not be read"),
        }
    }
}

/// For ever without an end.
async fn sleep(clock: Clock, until: Option<Tick>) {
    match until {
        Some(until) => tokio::time::sleep_until(clock.instant(until)).await,
        None => std::future::pending().await,
    }
}

/// Waits for the end of a reading, which is forgotten then; `None` when it failed. For ever while nothing is read. Cancel safe.
async fn found(reading: &mut Option<oneshot::Receiver<Found>>) -> Option<Found> {
    let Some(receiver) = reading else {
        return std::future::pending().await;
    };
    let found = receiver.await.ok();
    *reading = None;
    found
}

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;
