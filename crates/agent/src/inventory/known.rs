//! What is remembered of a section between two readings: enough to say whether anything changed, and no body. Pure.
//!
//! All seven take less than a kilobyte; their bodies would take a hundred.

use farol_inventory::{Body, Read, System, hash};
use farol_protocol::link::InventoryHash;

/// So often in a row a reading is put aside because sensors saw less than before. Then that is how it is: other facts of the
/// section may have changed meanwhile. The server, which has the earlier facts, knows that nothing is gone.
const PUT_ASIDE_MAX: u8 = 3;

/// A section as it was read last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Of its facts.
    pub(super) hash: InventoryHash,
    /// Members that no sensor saw.
    hidden: Vec<String>,
    /// When the system was started: worked out from two clocks, so that the same start looks a little different each time.
    booted_at_ms: Option<i64>,
    /// Readings since that were put aside.
    put_aside: u8,
}

/// What a reading means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// The facts are the same.
    Same,
    /// They are others, or the first ones.
    Changed,
    /// Sensors failed that did not before: not worth telling.
    Less,
}

impl Known {
    /// Compares a reading with the earlier one, and takes over from that what differs for no reason of the machine's.
    pub(super) fn see(before: Option<&Self>, read: &mut Read) -> (Self, Seen) {
        let hidden = read.hidden();
        if let Some(before) = before {
            let sees_less = hidden.iter().any(|name| !before.hidden.contains(name));
            if sees_less && before.put_aside < PUT_ASIDE_MAX {
                let known = Self {
                    put_aside: before.put_aside + 1,
                    ..before.clone()
                };
                return (known, Seen::Less);
            }
            if before.booted_at_ms.is_some() {
                read.settle(&Body::System(System {
                    booted_at_ms: before.booted_at_ms,
                    ..System::default()
                }));
            }
        }
        let booted_at_ms = match &read.body {
            Body::System(system) => system.booted_at_ms,
            _ => None,
        };
        let known = Self {
            hash: hash(&read.body),
            hidden,
            booted_at_ms,
            put_aside: 0,
        };
        let same = before.is_some_and(|before| before.hash == known.hash);
        (known, if same { Seen::Same } else { Seen::Changed })
    }
}

#[cfg(test)]
mod tests {
    use farol_inventory::software::Service;
    use farol_inventory::{Problem, ProblemCode, Section, Software};
    use farol_platform::inventory::fake::inventory;

    use super::*;

    fn started(booted_at_ms: i64) -> Read {
        Read {
            body: Body::System(System {
                booted_at_ms: Some(booted_at_ms),
                ..System::default()
            }),
            problems: Vec::new(),
        }
    }

    fn services(service: &str) -> Read {
        Read {
            body: Body::Software(Software {
                services: vec![Service {
                    name: Some(service.into()),
                    ..Service::default()
                }],
                ..Software::default()
            }),
            problems: Vec::new(),
        }
    }

    fn busy() -> Read {
        Read {
            body: Body::empty(Section::Software),
            problems: vec![Problem {
                field: "/services".into(),
                code: ProblemCode::TimedOut,
                detail: "systemd".into(),
            }],
        }
    }

    #[test]
    fn what_is_the_same_is_not_told() {
        for section in Section::ALL {
            let (known, seen) = Known::see(None, &mut inventory("a", section));
            assert_eq!(seen, Seen::Changed);
            assert_eq!(known.hash, hash(&inventory("a", section).body));
            let (again, seen) = Known::see(Some(&known), &mut inventory("a", section));
            assert_eq!((again, seen), (known, Seen::Same));
        }
    }

    #[test]
    fn the_same_start_is_the_same() {
        let (known, _) = Known::see(None, &mut started(1_700_000_040_000));
        let mut now = started(1_700_000_100_000);
        let (again, seen) = Known::see(Some(&known), &mut now);
        assert_eq!((again, seen), (known.clone(), Seen::Same));
        assert_eq!(now, started(1_700_000_040_000), "what is sent has that hash");
        let (_, seen) = Known::see(Some(&known), &mut started(1_700_000_400_000));
        assert_eq!(seen, Seen::Changed);
    }

    #[test]
    fn a_sensor_that_fails_for_a_while_changes_nothing() {
        let (mut known, _) = Known::see(None, &mut services("ssh.service"));
        let hash = known.hash;
        for _ in 0..PUT_ASIDE_MAX {
            let (next, seen) = Known::see(Some(&known), &mut busy());
            assert_eq!((next.hash, seen), (hash, Seen::Less));
            known = next;
        }
        let (recovered, seen) = Known::see(Some(&known), &mut services("ssh.service"));
        assert_eq!((recovered.hash, seen), (hash, Seen::Same));
        let (next, seen) = Known::see(Some(&recovered), &mut busy());
        assert_eq!((next.hash, seen), (hash, Seen::Less), "counted anew");
    }

    #[test]
    fn a_sensor_that_fails_for_good_hides_nothing_else() {
        let (mut known, _) = Known::see(None, &mut services("ssh.service"));
        for _ in 0..PUT_ASIDE_MAX {
            known = Known::see(Some(&known), &mut busy()).0;
        }
        let (known, seen) = Known::see(Some(&known), &mut busy());
        assert_eq!(seen, Seen::Changed);
        let (_, seen) = Known::see(Some(&known), &mut busy());
        assert_eq!(seen, Seen::Same, "it saw no more before");
    }
}
