//! Machines that only a helpdesk's desktop agent speaks for: online while its heartbeats come.
//!
//! Memory, like links: a restarted server knows nobody until the next heartbeat. A link of our own agent always says more
//! than this; who shows a machine asks for the link first. One entry for each machine heard of, gone after
//! [`SILENCE`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::ids::{MachineId, OrganizationId};

/// How often such an agent is asked for a heartbeat.
pub const INTERVAL: Duration = Duration::from_secs(5 * 60);
/// Three heartbeats missing: the machine is offline.
pub const SILENCE: Duration = Duration::from_secs(3 * 5 * 60);

#[derive(Debug, Clone, Copy)]
struct Heard {
    organization: OrganizationId,
    since: Timestamp,
    last: Timestamp,
}

/// Handle to the table; clones share it.
#[derive(Debug, Clone, Default)]
pub struct HelpdeskPresence {
    // A plain mutex: held for map operations, never across a wait.
    heard: Arc<Mutex<HashMap<MachineId, Heard>>>,
}

impl HelpdeskPresence {
    /// A heartbeat; true when the machine was offline before.
    #[must_use]
    pub fn heard(&self, (organization, machine): (OrganizationId, MachineId), now: Timestamp) -> bool {
        let mut table = self.lock();
        let online = table
            .get(&machine)
            .filter(|heard| now.since(heard.last) < SILENCE);
        let (since, came) = online.map_or((now, true), |heard| (heard.since, false));
        let heard = Heard {
            organization,
            since,
            last: now,
        };
        table.insert(machine, heard);
        came
    }

    /// Since when the machine is online, if it is.
    #[must_use]
    pub fn since(&self, machine: MachineId, now: Timestamp) -> Option<Timestamp> {
        let table = self.lock();
        let heard = table.get(&machine)?;
        (now.since(heard.last) < SILENCE).then_some(heard.since)
    }

    /// The machines that are heard of, in no order.
    #[must_use]
    pub fn machines(&self, now: Timestamp) -> Vec<MachineId> {
        let table = self.lock();
        let heard = table.iter().filter(|(_, heard)| now.since(heard.last) < SILENCE);
        heard.map(|(machine, _)| *machine).collect()
    }

    /// Forgets a machine at once: it was blocked or removed.
    pub fn forget(&self, machine: MachineId) {
        self.lock().remove(&machine);
    }

    /// Forgets the machines that fell silent, and names them.
    #[must_use]
    pub fn sweep(&self, now: Timestamp) -> Vec<(OrganizationId, MachineId)> {
        let mut gone = Vec::new();
        self.lock().retain(|machine, heard| {
            let stays = now.since(heard.last) < SILENCE;
            if !stays {
                gone.push((heard.organization, *machine));
            }
            stays
        });
        gone
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MachineId, Heard>> {
        // No code that can panic runs under the lock; were it poisoned, the data would still be whole.
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn online_for_three_intervals_after_each_heartbeat() {
        let table = HelpdeskPresence::default();
        let who = (OrganizationId::new(), MachineId::new());
        let start = Timestamp(1_000_000);
        assert!(table.heard(who, start));
        let second = start.after(INTERVAL);
        assert!(!table.heard(who, second));
        let almost = second.after(SILENCE - Duration::from_millis(1));
        assert_eq!(table.since(who.1, almost), Some(start));
        assert!(table.sweep(almost).is_empty());
        let late = second.after(SILENCE);
        assert_eq!(table.since(who.1, late), None);
        assert_eq!(table.sweep(late), [who]);
        assert!(table.sweep(late).is_empty());
        assert!(table.heard(who, late), "it comes online again");
        table.forget(who.1);
        assert_eq!(table.since(who.1, late), None);
    }
}
