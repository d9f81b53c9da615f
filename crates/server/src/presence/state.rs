//! Who is online, as a pure table with the time handed in.
//!
//! Here: which link of a machine counts. Not here: when silence means that it is dead (`farol_protocol::link::Pace`), sockets, rows,
//! events (`mod.rs`).
//!
//! INVARIANT: the newest link of a machine is the one that counts. A late farewell of an older link changes nothing,
//! because each link is known by its number and numbers are never used twice.

use std::collections::HashMap;
use std::hash::Hash;

use farol_protocol::Tick;

/// Number of a link, unique in the life of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkNumber(pub u64);

/// The link of an online machine.
#[derive(Debug, Clone)]
pub struct Online<H> {
    /// Which link.
    pub link: LinkNumber,
    /// Whatever reaches the link's task.
    pub handle: H,
    /// Last sign of life.
    pub heard: Tick,
    /// Unix milliseconds; since when the machine is online without a gap.
    pub since_ms: i64,
}

/// What an arrival did.
#[derive(Debug, PartialEq, Eq)]
pub struct Arrival<H> {
    /// The machine was offline before.
    pub came_online: bool,
    /// The older link, which has to be told to go.
    pub replaced: Option<(LinkNumber, H)>,
}

/// What a farewell did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// The machine is offline now.
    WentOffline,
    /// The farewell came from a link that does not count any more.
    Stale,
}

/// All online machines. A machine that is not in here is offline.
#[derive(Debug)]
pub struct Presence<M, H> {
    online: HashMap<M, Online<H>>,
    next_link: u64,
}

impl<M, H> Default for Presence<M, H> {
    fn default() -> Self {
        Self {
            online: HashMap::new(),
            next_link: 1,
        }
    }
}

impl<M: Eq + Hash + Clone, H> Presence<M, H> {
    /// A number for a link that is about to arrive.
    pub fn number(&mut self) -> LinkNumber {
        let number = LinkNumber(self.next_link);
        self.next_link += 1;
        number
    }

    /// A link proved itself; it counts from now on. `link` comes from [`Self::number`].
    pub fn arrive(
        &mut self,
        now: Tick,
        now_ms: i64,
        machine: M,
        (link, handle): (LinkNumber, H),
    ) -> Arrival<H> {
        let old = self.online.remove(&machine);
        let since_ms = old.as_ref().map_or(now_ms, |old| old.since_ms);
        let came_online = old.is_none();
        self.online.insert(
            machine,
            Online {
                link,
                handle,
                heard: now,
                since_ms,
            },
        );
        Arrival {
            came_online,
            replaced: old.map(|old| (old.link, old.handle)),
        }
    }

    /// A sign of life; false when the link does not count any more.
    pub fn heard(&mut self, now: Tick, machine: &M, link: LinkNumber) -> bool {
        match self.online.get_mut(machine) {
            Some(entry) if entry.link == link => {
                entry.heard = now;
                true
            }
            _ => false,
        }
    }

    /// A link ended.
    pub fn leave(&mut self, machine: &M, link: LinkNumber) -> Departure {
        match self.online.get(machine) {
            Some(entry) if entry.link == link => {
                self.online.remove(machine);
                Departure::WentOffline
            }
            _ => Departure::Stale,
        }
    }

    /// The machine's link, when it is online.
    #[must_use]
    pub fn get(&self, machine: &M) -> Option<&Online<H>> {
        self.online.get(machine)
    }

    /// All machines that have a link, with it.
    pub fn links(&self) -> impl Iterator<Item = (&M, &Online<H>)> {
        self.online.iter()
    }

    /// All links.
    pub fn iter(&self) -> impl Iterator<Item = &Online<H>> {
        self.online.values()
    }

    /// The machine's link, to note something beside it.
    pub fn get_mut(&mut self, machine: &M) -> Option<&mut Online<H>> {
        self.online.get_mut(machine)
    }

    /// Number of online machines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.online.len()
    }

    /// Whether nothing is online.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.online.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Tick = Tick(100);

    fn arrive(
        table: &mut Presence<u8, &'static str>,
        ms: i64,
        name: &'static str,
    ) -> (LinkNumber, Arrival<&'static str>) {
        let number = table.number();
        let arrival = table.arrive(T0, ms, 1, (number, name));
        (number, arrival)
    }

    #[test]
    fn online_while_linked_offline_after() {
        let mut table = Presence::default();
        let (link, arrival) = arrive(&mut table, 10, "a");
        assert_eq!(
            arrival,
            Arrival {
                came_online: true,
                replaced: None
            }
        );
        assert_eq!(table.get(&1).map(|online| online.since_ms), Some(10));
        assert_eq!(table.leave(&1, link), Departure::WentOffline);
        assert!(table.is_empty());
        assert_eq!(table.leave(&1, link), Departure::Stale);
    }

    #[test]
    fn the_newest_link_wins_and_the_old_ones_farewell_removes_nothing() {
        let mut table = Presence::default();
        let (old, _) = arrive(&mut table, 10, "old");
        let (new, arrival) = arrive(&mut table, 20, "new");
        assert_eq!(
            arrival,
            Arrival {
                came_online: false,
                replaced: Some((old, "old"))
            }
        );
        // Online without a gap: the start of the period stays.
        assert_eq!(table.get(&1).map(|online| online.since_ms), Some(10));
        assert_eq!(table.leave(&1, old), Departure::Stale);
        assert_eq!(table.get(&1).map(|online| online.handle), Some("new"));
        assert!(!table.heard(T0, &1, old));
        assert_eq!(table.leave(&1, new), Departure::WentOffline);
    }

    #[test]
    fn machines_do_not_touch_each_other() {
        let mut table: Presence<u8, ()> = Presence::default();
        let (first, second) = (table.number(), table.number());
        table.arrive(T0, 1, 1, (first, ()));
        table.arrive(T0, 1, 2, (second, ()));
        assert_eq!(table.leave(&1, second), Departure::Stale);
        assert_eq!(table.leave(&1, first), Departure::WentOffline);
        assert_eq!(table.len(), 1);
    }
}
