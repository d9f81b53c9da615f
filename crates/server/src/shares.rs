//! [`Handshakes`]: how many TLS handshakes may be under way, in all and from one address.
//!
//! A handshake costs memory and a signature before we know who asks. Full: the connection is closed at once, and agents and
//! browsers come back by themselves; nobody waits behind somebody who does not go on.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Handshakes under way at once. Each holds about 40 KiB.
const ALL_MAX: usize = 1_024;
/// Handshakes of one address (of one /64 with IPv6): a fleet behind one address passes, for each takes a round trip.
const ONE_MAX: usize = 128;

/// Counts. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Handshakes(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place for one handshake, free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    counts: Arc<Mutex<Counts>>,
    address: IpAddr,
}

impl Handshakes {
    /// A place, unless there are too many already.
    pub(super) fn begin(&self, address: IpAddr) -> Option<Place> {
        let address = network(address);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = counts.by_address.get(&address).copied().unwrap_or_default();
        if counts.all >= ALL_MAX || of_address >= ONE_MAX {
            return None;
        }
        counts.all += 1;
        counts.by_address.insert(address, of_address + 1);
        Some(Place {
            counts: Arc::clone(&self.0),
            address,
        })
    }
}

impl Drop for Place {
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

/// Who has one IPv6 address has a /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_leaves_room_for_others_and_places_come_back() {
        let handshakes = Handshakes::default();
        let greedy = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 1, 2, 3, last]);
        let held: Vec<_> = (0..).map_while(|last| handshakes.begin(greedy(last))).collect();
        assert_eq!(held.len(), ONE_MAX, "a /64 counts as one");
        assert!(handshakes.begin([192, 0, 2, 1].into()).is_some());
        drop(held);
        assert!(handshakes.begin(greedy(1)).is_some());
        assert!(
            handshakes.0.lock().unwrap().by_address.is_empty(),
            "nothing is remembered of those who left"
        );
    }

    #[test]
    fn the_sum_is_bounded() {
        let handshakes = Handshakes::default();
        let held: Vec<_> = (0..2_000_u32)
            .filter_map(|n| handshakes.begin(std::net::Ipv4Addr::from(n).into()))
            .collect();
        assert_eq!(held.len(), ALL_MAX);
    }
}
