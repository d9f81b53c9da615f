//! What the server is to be told of the inventory: what is held, what it wants, what is under way, what it refused. Pure: time
//! and randomness are arguments.
//!
//! ```text
//!  read, changed ──▶ offered ──wanted──▶ ready (its body is here) ──▶ under way ──kept──▶ the server has it
//!                       ▲                                                │ refused, no answer, "not now"
//!                       └──────────── later, or when it changed ─────────┘
//! ```
//! Bodies are kept for minutes. What is wanted and not ready is read again, one section after the other. A lost link forgets what
//! was wanted and under way, and the bodies.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use farol_inventory::Section;
use farol_protocol::Tick;
use farol_protocol::link::{InventoryHash, InventoryRefused, InventorySection, InventoryWanted, SectionHash};

/// A body that nobody wants yet is kept for so long after it was read, which spares another reading: the answer to its offer takes
/// a moment, but minutes where all machines come back at once and the server makes them stand in line.
const READY: Duration = Duration::from_secs(300);

/// Bodies that are kept at a time; at the start all of them, 150 KB. Full: the newest alone, the others are read again.
const READY_BYTES_MAX: usize = 2 << 20;

/// For the server's answer to a section, sending it included: 2 MiB at half a megabit a second.
const ANSWER: Duration = Duration::from_secs(60);

/// Without an answer a section is offered again after this, and then after twice as long each time.
const AGAIN: Duration = Duration::from_secs(60);

/// How often it doubles: to about an hour.
const DOUBLINGS_MAX: u32 = 6;

/// Something to say to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    /// These are the hashes.
    Held(Vec<SectionHash>),
    /// Here is one that was wanted.
    Section(InventorySection),
    /// No more of this one.
    Stop(Section),
}

/// What is known of a section that was read.
#[derive(Debug)]
struct Held {
    hash: InventoryHash,
    /// The server does not want it, until then or for good.
    refused: Option<Option<Tick>>,
    /// To be offered again then.
    again: Option<Tick>,
    /// How often there was no answer.
    unanswered: u32,
}

/// A body that was read.
#[derive(Debug)]
struct Ready {
    hash: InventoryHash,
    body: Vec<u8>,
    until: Tick,
}

/// A section that was handed to the link.
#[derive(Debug)]
struct UnderWay {
    section: Section,
    until: Tick,
}

/// The state of everything that is said.
#[derive(Debug, Default)]
pub(super) struct Offers {
    linked: bool,
    held: BTreeMap<Section, Held>,
    /// To be named.
    offered: BTreeSet<Section>,
    /// To be named when they were read again, changed or not.
    asked: BTreeSet<Section>,
    wanted: BTreeSet<Section>,
    ready: BTreeMap<Section, Ready>,
    under_way: Option<UnderWay>,
    /// Handed to the link in vain.
    stop: Option<Section>,
}

/// The time and up to half as much again: not all machines come back at one moment.
fn later(now: Tick, time: Duration, random: u32) -> Tick {
    now.after(time.mul_f64(1.0 + 0.5 * f64::from(random) / f64::from(u32::MAX)))
}

impl Offers {
    /// The link is live: everything is offered, but for what the server refused.
    pub(super) fn link_came(&mut self, now: Tick) {
        self.link_went();
        self.linked = true;
        for (section, held) in &mut self.held {
            held.again = None;
            held.unanswered = 0;
            held.refused
                .take_if(|until| until.is_some_and(|until| until <= now));
            if held.refused.is_none() {
                self.offered.insert(*section);
            }
        }
    }

    /// What was under way is forgotten.
    pub(super) fn link_went(&mut self) {
        self.linked = false;
        self.offered.clear();
        self.asked.clear();
        self.wanted.clear();
        self.ready.clear();
        (self.under_way, self.stop) = (None, None);
    }

    /// A section was read; with its body when it changed or is wanted.
    pub(super) fn was_read(
        &mut self,
        now: Tick,
        section: Section,
        hash: InventoryHash,
        body: Option<Vec<u8>>,
    ) {
        let new = || Held {
            hash,
            refused: None,
            again: None,
            unanswered: 0,
        };
        let before = self.held.get(&section).map(|held| held.hash);
        let changed = before != Some(hash);
        let held = self.held.entry(section).or_insert_with(new);
        if changed {
            *held = new();
            self.ready.remove(&section);
        }
        if self.asked.remove(&section) {
            (held.refused, held.again) = (None, None);
            self.offered.insert(section);
        } else if changed && self.linked {
            self.offered.insert(section);
        }
        if let Some(body) = body
            && self.linked
        {
            let until = now.after(READY);
            self.ready.insert(section, Ready { hash, body, until });
            let bytes: usize = self.ready.values().map(|ready| ready.body.len()).sum();
            if bytes > READY_BYTES_MAX {
                self.ready.retain(|other, _| *other == section);
            }
        }
    }

    /// Whether the next reading of this section is to bring its body, changed or not: the server wants it, or somebody asked for
    /// it, and the server will want it.
    pub(super) fn wants_body(&self, section: Section) -> bool {
        self.linked && (self.wanted.contains(&section) || self.asked.contains(&section))
    }

    /// Sections to be read soon: those that were asked for, and the one that is to be sent next.
    pub(super) fn to_read(&self) -> impl Iterator<Item = Section> {
        let busy = self.under_way.is_some() || self.to_send().is_some();
        let next = self.wanted.first().filter(|_| !busy);
        self.asked.iter().chain(next).copied()
    }

    /// The first section that is wanted and whose body is here.
    fn to_send(&self) -> Option<Section> {
        let ready = |section: &&Section| self.ready.contains_key(*section);
        self.wanted.iter().find(ready).copied()
    }

    /// The server wants sections, or does not want them now.
    pub(super) fn want(&mut self, now: Tick, said: &InventoryWanted, random: u32) {
        for section in said.sections.iter().filter_map(|name| Section::of_name(name)) {
            // One that was not read yet is offered when it was.
            let Some(held) = self.held.get_mut(&section) else {
                continue;
            };
            match said.retry_after {
                Some(wait) => {
                    held.again = Some(later(now, wait, random));
                    self.wanted.remove(&section);
                    self.offered.remove(&section);
                    if self.under_way.take_if(|way| way.section == section).is_some() {
                        self.stop = Some(section);
                    }
                }
                // Said twice is wanted once.
                None if self.under_way.as_ref().is_some_and(|way| way.section == section) => {}
                None => {
                    // What was not named because the server did not want it.
                    let (refused, again) = (held.refused.take(), held.again.take());
                    if refused.is_some() || again.is_some() {
                        self.offered.insert(section);
                    }
                    self.wanted.insert(section);
                }
            }
        }
    }

    /// Somebody wants these sections as they are now.
    pub(super) fn ask(&mut self, sections: &[String]) {
        if self.linked {
            let known = sections.iter().filter_map(|name| Section::of_name(name));
            self.asked.extend(known);
        }
    }

    /// The server has it.
    pub(super) fn kept(&mut self, of: &SectionHash) {
        let Some(section) = self.answered(of) else {
            return;
        };
        if let Some(held) = self.held.get_mut(&section) {
            held.unanswered = 0;
        }
    }

    /// The server does not take it.
    pub(super) fn refuse(&mut self, now: Tick, said: &InventoryRefused, random: u32) {
        self.answered(&said.of);
        let Some(section) = Section::of_name(&said.of.section) else {
            return;
        };
        let Some(held) = self.held.get_mut(&section) else {
            return;
        };
        // Another has taken its place meanwhile, and nobody refused that.
        if held.hash == said.of.hash {
            held.refused = Some(said.retry_after.map(|wait| later(now, wait, random)));
            self.offered.remove(&section);
            self.wanted.remove(&section);
        }
    }

    /// Whatever the hash: the server may keep it under another, with something of an earlier reading in it.
    fn answered(&mut self, of: &SectionHash) -> Option<Section> {
        let is_it = |way: &mut UnderWay| way.section.name() == of.section;
        self.under_way.take_if(is_it).map(|way| way.section)
    }

    /// The next word for the server.
    pub(super) fn next_word(&mut self, now: Tick) -> Option<Word> {
        if !self.linked {
            return None;
        }
        if let Some(section) = self.stop.take() {
            return Some(Word::Stop(section));
        }
        let offered = std::mem::take(&mut self.offered);
        if !offered.is_empty() {
            let of = |section: Section| self.held.get(&section).map(|held| named(section, held.hash));
            return Some(Word::Held(offered.into_iter().filter_map(of).collect()));
        }
        if self.under_way.is_some() {
            return None;
        }
        let section = self.to_send()?;
        let Ready { hash, body, .. } = self.ready.remove(&section)?;
        self.wanted.remove(&section);
        let until = now.after(ANSWER);
        self.under_way = Some(UnderWay { section, until });
        let of = named(section, hash);
        Some(Word::Section(InventorySection { of, body }))
    }

    /// When [`Self::timeout`] is due.
    pub(super) fn deadline(&self) -> Option<Tick> {
        if !self.linked {
            return None;
        }
        let again = self.held.values().filter_map(|held| held.again);
        let refused = self.held.values().filter_map(|held| held.refused.flatten());
        let unwanted = self
            .ready
            .iter()
            .filter(|(section, _)| !self.wanted.contains(section));
        let ready = unwanted.map(|(_, ready)| ready.until);
        let answer = self.under_way.as_ref().map(|way| way.until);
        again.chain(refused).chain(ready).chain(answer).min()
    }

    /// Tells the time.
    pub(super) fn timeout(&mut self, now: Tick, random: u32) {
        if !self.linked {
            return;
        }
        if let Some(way) = self.under_way.take_if(|way| way.until <= now) {
            self.stop = Some(way.section);
            if let Some(held) = self.held.get_mut(&way.section) {
                let wait = AGAIN * (1 << held.unanswered.min(DOUBLINGS_MAX));
                held.unanswered = held.unanswered.saturating_add(1);
                held.again = Some(later(now, wait, random));
            }
        }
        for (section, held) in &mut self.held {
            let again = held.again.take_if(|again| *again <= now).is_some();
            let over = held
                .refused
                .take_if(|until| until.is_some_and(|until| until <= now));
            if (again && held.refused.is_none()) || over.is_some() {
                self.offered.insert(*section);
            }
        }
        // What is wanted waits for its turn.
        let wanted = &self.wanted;
        self.ready
            .retain(|section, ready| ready.until > now || wanted.contains(section));
    }
}

fn named(section: Section, hash: InventoryHash) -> SectionHash {
    SectionHash {
        section: section.name().to_owned(),
        hash,
    }
}

#[cfg(test)]
#[path = "offers_tests.rs"]
mod tests;
