//! [`Shares`]: how many of something may be under way, in all and from one address.
//!
//! For what costs memory before we know who asks, such as handshakes. Full: the newcomer is sent away at once, and agents and
//! browsers come back by themselves; nobody waits behind somebody who does not go on. Rates are `crate::throttle`'s.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::throttle::network;

/// How much is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// In all.
    pub all: usize,
    /// From one address (of one /64 with IPv6).
    pub one: usize,
}

/// Counts. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Shares {
    most: Most,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One of them, free again when dropped.
#[derive(Debug)]
pub struct Share {
    counts: Arc<Mutex<Counts>>,
    address: IpAddr,
}

impl Shares {
    /// Nothing is under way.
    #[must_use]
    pub fn new(most: Most) -> Self {
        Self {
            most,
            counts: Arc::default(),
        }
    }

    /// A share, unless there are too many already.
    #[must_use]
    pub fn take(&self, address: IpAddr) -> Option<Share> {
        let address = network(address.to_canonical());
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = counts.by_address.get(&address).copied().unwrap_or_default();
        if counts.all >= self.most.all || of_address >= self.most.one {
            return None;
        }
        counts.all += 1;
        counts.by_address.insert(address, of_address + 1);
        Some(Share {
            counts: Arc::clone(&self.counts),
            address,
        })
    }
}

impl Shares {
    /// How many are under way.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        if let Some(count) = counts.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Most = Most { all: 10, one: 4 };

    #[test]
    fn one_address_leaves_room_for_others_and_places_come_back() {
        let shares = Shares::new(MOST);
        let greedy = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 1, 2, 3, last]);
        let held: Vec<_> = (0..).map_while(|last| shares.take(greedy(last))).collect();
        assert_eq!(held.len(), MOST.one, "a /64 counts as one");
        assert!(shares.take([192, 0, 2, 1].into()).is_some());
        drop(held);
        assert!(shares.take(greedy(1)).is_some());
        assert!(
            shares.counts.lock().unwrap().by_address.is_empty(),
            "nothing is remembered of those who left"
        );
    }

    #[test]
    fn the_sum_is_bounded() {
        let shares = Shares::new(MOST);
        let held: Vec<_> = (0..100_u32)
            .filter_map(|n| shares.take(std::net::Ipv4Addr::from(n).into()))
            .collect();
        assert_eq!(held.len(), MOST.all);
    }

    #[test]
    fn one_address_written_in_two_ways_is_one() {
        let shares = Shares::new(Most { all: 10, one: 1 });
        let _held = shares.take("192.0.2.1".parse().unwrap()).unwrap();
        assert!(shares.take("::ffff:192.0.2.1".parse().unwrap()).is_none());
    }
}
