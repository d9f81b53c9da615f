//! When which part of the inventory is read. Pure: time and randomness are arguments.
//!
//! ```text
//! people                              every minute
//! network, posture                    every 5 minutes
//! system, hardware, disks, software   every 15 minutes
//! software                            also when packages or their indexes changed and stayed as they are for half a minute
//! updates that wait                   when these changed, at most once in 6 hours
//! ```
//! One reading at a time, and a pause after each. One that does not end has half an hour. What took long is read more rarely, so
//! that all of them together take less than half a percent of a core on any machine: no section more than 0.05 %.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use farol_inventory::Section;
use farol_protocol::Tick;

/// Something to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// A section.
    Section(Section),
    /// Which updates wait: a part of the software, but one that takes seconds.
    Updates,
}

/// What tests have shorter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// After each reading nothing is read for so long.
    pub(super) gap: Duration,
    /// Somebody who asks for a section gets it this often.
    pub(super) asked: Duration,
    /// Packages that did not change for so long are not being installed any more.
    pub(super) quiet: Duration,
    /// Before the first look for updates; up to as much again.
    pub(super) updates_first: Duration,
    /// What took a second is not read for this many.
    pub(super) rest: u32,
    /// A reading that takes longer is taken to hang, and given up.
    pub(super) patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            gap: Duration::from_secs(1),
            asked: Duration::from_secs(30),
            quiet: Duration::from_secs(30),
            updates_first: Duration::from_secs(300),
            rest: 2000,
            patience: Duration::from_secs(1800),
        }
    }
}

/// Between two looks for updates.
pub(super) const UPDATES_EVERY: Duration = Duration::from_secs(6 * 3600);

/// Nothing rests longer, not even what took very long: it may have waited for others.
const REST_MAX: Duration = Duration::from_secs(6 * 3600);

/// Who asks does not wait for the whole rest: for this part of it.
const ASKED_REST: u32 = 10;

/// How often failures double the interval.
const DOUBLINGS_MAX: u32 = 5;

fn every(section: Section) -> Duration {
    let minutes = match section {
        Section::People => 1,
        Section::Network | Section::Posture => 5,
        Section::System | Section::Hardware | Section::Disks | Section::Software => 15,
    };
    Duration::from_secs(minutes * 60)
}

/// Between nine and eleven tenths.
fn jittered(time: Duration, random: u32) -> Duration {
    time.mul_f64(0.9 + 0.2 * f64::from(random) / f64::from(u32::MAX))
}

#[derive(Debug, Clone, Copy)]
struct Plan {
    due: Tick,
    /// When it was last begun.
    begun: Option<Tick>,
    /// So long nothing is read to pay for the last reading.
    rest: Duration,
    ended: Tick,
    failures: u32,
}

impl Plan {
    /// By how much failures make everything rarer.
    fn doubled(&self) -> u32 {
        1 << self.failures.min(DOUBLINGS_MAX)
    }
}

/// What packages are like.
#[derive(Debug, Clone, Copy, Default)]
struct Packages {
    /// When they changed last, and since when that is so.
    seen: Option<(SystemTime, Tick)>,
    /// What the last reading of the software was of.
    read: Option<SystemTime>,
    /// What the last look for updates was of.
    updates: Option<SystemTime>,
}

/// When which part is read.
#[derive(Debug)]
pub(super) struct Schedule {
    pace: Pace,
    plans: BTreeMap<Section, Plan>,
    packages: Packages,
    /// When updates are to be looked for, if they are.
    updates_due: Option<Tick>,
    /// Not before.
    updates_from: Tick,
    under_way: Option<(Work, Tick)>,
    /// Nothing begins before.
    free: Tick,
}

impl Schedule {
    /// All sections are due at once, and read one after the other. Updates come when the machine has started.
    pub(super) fn new(pace: Pace, now: Tick, random: u32) -> Self {
        let plan = Plan {
            due: now,
            begun: None,
            rest: Duration::ZERO,
            ended: now,
            failures: 0,
        };
        let first = pace.updates_first;
        let later = first.mul_f64(f64::from(random) / f64::from(u32::MAX));
        Self {
            pace,
            plans: Section::ALL.into_iter().map(|section| (section, plan)).collect(),
            packages: Packages::default(),
            updates_due: None,
            updates_from: now.after(first).after(later),
            under_way: None,
            free: now,
        }
    }

    fn first(&self) -> Option<(Tick, Work)> {
        let sections = self
            .plans
            .iter()
            .map(|(section, plan)| (plan.due, Work::Section(*section)));
        let updates = self.updates_due.map(|due| (due, Work::Updates));
        // The first of those that are due at the same time: sections have an order.
        sections.chain(updates).min_by_key(|(due, _)| *due)
    }

    /// When [`Self::begin`] has something; `None` while something is read.
    pub(super) fn next(&self) -> Option<Tick> {
        if self.under_way.is_some() {
            return None;
        }
        self.first().map(|(due, _)| due.max(self.free))
    }

    /// What is to be read now. [`Self::ended`] has to follow before there is more.
    pub(super) fn begin(&mut self, now: Tick) -> Option<Work> {
        if self.next()? > now {
            return None;
        }
        let (_, work) = self.first()?;
        match work {
            Work::Section(section) => {
                if let Some(plan) = self.plans.get_mut(&section) {
                    plan.begun = Some(now);
                }
            }
            Work::Updates => {
                self.updates_due = None;
                self.updates_from = now.after(UPDATES_EVERY);
                self.packages.updates = self.packages.seen.map(|(changed, _)| changed);
            }
        }
        self.under_way = Some((work, now));
        Some(work)
    }

    /// When the reading that is under way has had its time, and what it reads. Then it is to be given up: [`Self::ended`].
    pub(super) fn patience_ends(&self) -> Option<(Tick, Work)> {
        let (work, begun) = self.under_way?;
        Some((begun.after(self.pace.patience), work))
    }

    /// The reading is over. `packages`: when packages had changed last, before it began; `done`: whether it came to its end.
    pub(super) fn ended(&mut self, now: Tick, done: bool, packages: Option<SystemTime>, random: u32) {
        let Some((work, begun)) = self.under_way.take() else {
            return;
        };
        self.free = now.after(self.pace.gap);
        match work {
            Work::Section(section) => {
                if let Some(plan) = self.plans.get_mut(&section) {
                    plan.rest = now.since(begun).saturating_mul(self.pace.rest).min(REST_MAX);
                    plan.ended = now;
                    plan.failures = if done { 0 } else { plan.failures.saturating_add(1) };
                    let wait = jittered(every(section) * plan.doubled(), random).max(plan.rest);
                    plan.due = now.after(wait);
                }
                if section == Section::Software && done {
                    self.packages.read = packages;
                }
            }
            // They are told with the software.
            Work::Updates => self.hurry(now, Section::Software),
        }
        if done {
            self.notice(now, packages);
        }
    }

    /// Reads a section as soon as its last reading is paid for.
    fn hurry(&mut self, now: Tick, section: Section) {
        if let Some(plan) = self.plans.get_mut(&section) {
            plan.due = plan.due.min(now.max(plan.ended.after(plan.rest)));
        }
    }

    fn notice(&mut self, now: Tick, changed: Option<SystemTime>) {
        let Some(changed) = changed else {
            return;
        };
        let since = match self.packages.seen {
            Some((seen, since)) if seen == changed => since,
            _ => now,
        };
        self.packages.seen = Some((changed, since));
        if now.since(since) < self.pace.quiet {
            return;
        }
        if self.packages.read != Some(changed) {
            self.hurry(now, Section::Software);
        }
        if self.packages.updates != Some(changed) {
            self.updates_due = Some(self.updates_from.max(now));
        }
    }

    /// Somebody waits for this section.
    pub(super) fn want(&mut self, now: Tick, section: Section) {
        if let Some(plan) = self.plans.get_mut(&section) {
            let patience = self.pace.asked * plan.doubled();
            let rest = patience.max(plan.rest / ASKED_REST);
            let soonest = plan.begun.map_or(now, |begun| now.max(begun.after(rest)));
            plan.due = plan.due.min(soonest);
        }
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
