//! Each row of the decision table, and a world in which machines are reinstalled, copied, repaired, restored and moved in
//! any order while the table decides.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn install(number: u8) -> InstallId {
    InstallId([number; 16])
}

fn evidence(machine: u32, os: u32) -> Evidence {
    Evidence {
        smbios_uuid: format!("4c4c4544-0042-3510-8054-{machine:012x}"),
        os_install_id: format!("{os:032x}"),
        board_serial: format!("board-{machine}"),
        system_serial: format!("system-{machine}"),
        disk_serials: vec![format!("disk-{machine}")],
    }
}

fn known() -> Known {
    Known {
        blocked: false,
        evidence: evidence(1, 1),
        install: Some((install(1), 10)),
        past: vec![(install(9), 5)],
        live: None,
    }
}

fn said(install_number: u8, counter: u64) -> Said {
    Said {
        install: install(install_number),
        counter,
        evidence: evidence(1, 1),
    }
}

const LIVE: Live = Live {
    same_record: true,
    same_run: true,
    heard_since_contest: None,
};

const PLAIN: HelloDecision = HelloDecision::Accept {
    evidence_changed: false,
    rolled_back: false,
};

#[test]
fn the_table_of_hellos_row_by_row() {
    let hello = |known: &Known, said: &Said| hello(KeyStanding::Current, known, said);
    let live = |heard| Known {
        live: Some(Live {
            heard_since_contest: heard,
            ..LIVE
        }),
        ..known()
    };
    assert_eq!(hello(&known(), &said(1, 11)), PLAIN);
    assert_eq!(hello(&live(None), &said(1, 11)), PLAIN, "a newer link takes over");
    let restored = HelloDecision::Accept {
        evidence_changed: false,
        rolled_back: true,
    };
    assert_eq!(hello(&known(), &said(1, 10)), restored);
    assert_eq!(hello(&known(), &said(9, 5)), restored, "restored once more");
    assert_eq!(
        hello(&known(), &said(77, 0)),
        restored,
        "the state was lost, the key was not"
    );
    assert_eq!(hello(&live(None), &said(1, 10)), HelloDecision::Contested);
    assert_eq!(hello(&live(Some(false)), &said(1, 10)), HelloDecision::Contested);
    assert_eq!(
        hello(&live(Some(true)), &said(1, 10)),
        HelloDecision::Quarantine(Reason::Copy)
    );
    assert_eq!(
        hello(&known(), &said(9, 6)),
        HelloDecision::Quarantine(Reason::CopyAlive)
    );
    let restarted = |heard| Known {
        live: Some(Live {
            same_run: false,
            heard_since_contest: heard,
            ..LIVE
        }),
        ..known()
    };
    assert_eq!(hello(&restarted(None), &said(1, 11)), HelloDecision::Contested);
    assert_eq!(
        hello(&restarted(Some(true)), &said(1, 11)),
        HelloDecision::Quarantine(Reason::Copy),
        "however far the copy has counted while it was told to wait"
    );
    let merged = Known {
        live: Some(Live {
            same_record: false,
            same_run: false,
            heard_since_contest: Some(true),
        }),
        ..known()
    };
    assert_eq!(
        hello(&merged, &said(1, 11)),
        HelloDecision::Quarantine(Reason::MergedBothAlive)
    );
    let blocked = Known {
        blocked: true,
        ..known()
    };
    assert_eq!(hello(&blocked, &said(1, 11)), HelloDecision::Blocked);
}

#[test]
fn the_table_of_hardware() {
    let with = |evidence| Said {
        evidence,
        ..said(1, 11)
    };
    let hello = |said: &Said| hello(KeyStanding::Current, &known(), said);
    let changed = HelloDecision::Accept {
        evidence_changed: true,
        rolled_back: false,
    };
    let mut disk = evidence(1, 2);
    disk.disk_serials = vec!["disk-new".into()];
    assert_eq!(hello(&with(disk)), changed, "same board, new disk and system");
    let mut board = evidence(2, 1);
    board.disk_serials = evidence(1, 1).disk_serials;
    assert_eq!(
        hello(&with(board.clone())),
        changed,
        "another board under the same disk and system"
    );
    board.os_install_id = evidence(3, 3).os_install_id;
    assert_eq!(
        hello(&with(board)),
        HelloDecision::Quarantine(Reason::HardwareDoubtful)
    );
    assert_eq!(
        hello(&with(evidence(2, 1))),
        HelloDecision::Quarantine(Reason::OtherHardware)
    );
    assert_eq!(
        hello(&with(Evidence::default())),
        PLAIN,
        "nothing said speaks against nothing, and forgets nothing"
    );
}

#[test]
fn the_table_of_keys() {
    let decide = |key| hello(key, &known(), &said(1, 11));
    assert_eq!(decide(KeyStanding::Removed), HelloDecision::Removed);
    assert_eq!(
        decide(KeyStanding::Former { recently: false }),
        HelloDecision::Quarantine(Reason::FormerKey)
    );
    assert_eq!(
        decide(KeyStanding::Former { recently: true }),
        HelloDecision::Contested
    );
}

fn candidate(machine: u32) -> Candidate {
    Candidate {
        id: MachineId(Uuid::from_u128(machine.into())),
        evidence: evidence(machine, machine),
        blocked: false,
        online: false,
        keyless: false,
    }
}

#[test]
fn the_table_of_newcomers() {
    use NewcomerDecision::{New, Quarantine, Rebind};
    let decide =
        |said: &Evidence, candidates: &[Candidate]| newcomer(Approval::Automatic, false, said, candidates);
    let one = candidate(1);
    assert_eq!(decide(&evidence(1, 1), &[]), New);
    assert_eq!(decide(&Evidence::default(), std::slice::from_ref(&one)), New);
    assert_eq!(
        decide(&evidence(1, 7), std::slice::from_ref(&one)),
        Rebind(one.id)
    );
    assert_eq!(
        decide(&evidence(2, 1), std::slice::from_ref(&one)),
        New,
        "a copied image on other hardware"
    );
    let online = Candidate {
        online: true,
        ..candidate(1)
    };
    assert_eq!(decide(&evidence(1, 7), &[online]), Quarantine(Reason::UidOnline));
    let blocked = Candidate {
        blocked: true,
        ..candidate(1)
    };
    assert_eq!(
        decide(&evidence(1, 7), &[blocked]),
        Quarantine(Reason::UidBlocked)
    );
    let twin = Candidate {
        id: MachineId(Uuid::from_u128(5)),
        ..candidate(1)
    };
    assert_eq!(
        decide(&evidence(1, 7), &[one.clone(), twin]),
        Quarantine(Reason::Ambiguous)
    );
    let disk_only = Evidence {
        disk_serials: evidence(1, 1).disk_serials,
        ..Evidence::default()
    };
    assert_eq!(
        decide(&disk_only, std::slice::from_ref(&one)),
        Quarantine(Reason::Partial)
    );
    let contradiction = Evidence {
        smbios_uuid: evidence(1, 1).smbios_uuid,
        ..evidence(2, 2)
    };
    assert_eq!(decide(&contradiction, &[one]), Quarantine(Reason::Partial));
}

#[test]
fn approval_and_sandboxes_only_ever_make_somebody_wait() {
    use NewcomerDecision::{New, Quarantine};
    let decide = |approval, sandbox, candidates: &[Candidate]| {
        newcomer(approval, sandbox, &evidence(1, 7), candidates)
    };
    for approval in [Approval::Automatic, Approval::First, Approval::WhenDoubtful] {
        assert_eq!(decide(approval, true, &[]), Quarantine(Reason::Sandbox));
    }
    assert_eq!(
        decide(Approval::First, false, &[]),
        Quarantine(Reason::ApproveFirst)
    );
    assert_eq!(decide(Approval::WhenDoubtful, false, &[]), New);
    for approval in [Approval::First, Approval::WhenDoubtful] {
        assert_eq!(
            decide(approval, false, &[candidate(1)]),
            Quarantine(Reason::Reinstalled)
        );
    }
}

#[test]
fn no_doubt_about_a_key_where_there_never_was_one() {
    use NewcomerDecision::{Quarantine, Rebind};
    let keyless = Candidate {
        keyless: true,
        ..candidate(1)
    };
    let decide = |approval, candidates: &[Candidate]| newcomer(approval, false, &evidence(1, 7), candidates);
    let alone = std::slice::from_ref(&keyless);
    for approval in [Approval::Automatic, Approval::WhenDoubtful] {
        assert_eq!(decide(approval, alone), Rebind(keyless.id));
    }
    assert_eq!(
        decide(Approval::First, alone),
        Quarantine(Reason::Reinstalled),
        "everybody is to be approved"
    );
    // One record of the machine that has a key is a key to doubt about.
    let merged = [keyless.clone(), candidate(1)];
    assert_eq!(
        decide(Approval::WhenDoubtful, &merged),
        Quarantine(Reason::Reinstalled)
    );
    let blocked = Candidate {
        blocked: true,
        ..keyless
    };
    assert_eq!(
        decide(Approval::WhenDoubtful, &[blocked]),
        Quarantine(Reason::UidBlocked)
    );
}

#[test]
fn the_table_of_helpdesk_newcomers() {
    use DoorDecision::{New, Quarantine, Same};
    let decide = |approval, said: &Evidence, candidates: &[Candidate]| {
        helpdesk_newcomer(approval, false, said, candidates)
    };
    let automatic = |said: &Evidence, candidates: &[Candidate]| decide(Approval::Automatic, said, candidates);
    let one = candidate(1);
    assert_eq!(automatic(&evidence(1, 1), &[]), New);
    assert_eq!(automatic(&Evidence::default(), std::slice::from_ref(&one)), New);
    assert_eq!(
        automatic(&evidence(1, 7), std::slice::from_ref(&one)),
        Same(one.id),
        "whatever link our agent has: nobody tells of it here"
    );
    let other_installation = Candidate {
        online: true,
        ..candidate(1)
    };
    assert_eq!(
        automatic(&evidence(1, 7), &[other_installation]),
        Quarantine(Reason::UidOnline)
    );
    let serial_alone = Evidence {
        system_serial: evidence(1, 1).system_serial,
        ..Evidence::default()
    };
    assert_eq!(automatic(&serial_alone, std::slice::from_ref(&one)), Same(one.id));
    let disk_alone = Evidence {
        disk_serials: evidence(1, 1).disk_serials,
        ..Evidence::default()
    };
    assert_eq!(
        automatic(&disk_alone, std::slice::from_ref(&one)),
        Quarantine(Reason::Partial)
    );
    assert_eq!(
        decide(Approval::First, &evidence(1, 1), &[]),
        Quarantine(Reason::ApproveFirst)
    );
    for approval in [Approval::First, Approval::WhenDoubtful] {
        assert_eq!(
            decide(approval, &evidence(1, 1), std::slice::from_ref(&one)),
            Quarantine(Reason::Reinstalled)
        );
    }
}

#[test]
fn the_table_of_helpdesk_installations() {
    use InstallationStanding::{Current, Former, Removed};
    let known = evidence(1, 1);
    let mut disk_kept = evidence(2, 2);
    disk_kept.disk_serials.clone_from(&known.disk_serials);
    for blocked in [false, true] {
        for standing in [Current, Former, Removed] {
            assert_eq!(
                helpdesk_again(standing, blocked, &known, &evidence(2, 2)),
                Again::OwnMachine,
                "a copied disk is never the machine it was copied from"
            );
        }
        assert_eq!(
            helpdesk_again(Removed, blocked, &Evidence::default(), &known),
            Again::Quarantine(Reason::ApproveFirst)
        );
    }
    for said in [&known, &Evidence::default(), &disk_kept] {
        assert_eq!(helpdesk_again(Current, true, &known, said), Again::Blocked);
        assert_eq!(
            helpdesk_again(Former, false, &known, said),
            Again::Quarantine(Reason::FormerKey)
        );
    }
    assert_eq!(helpdesk_again(Current, false, &known, &known), Again::Same);
    assert_eq!(
        helpdesk_again(Current, false, &known, &Evidence::default()),
        Again::Same
    );
    assert_eq!(
        helpdesk_again(Current, false, &known, &disk_kept),
        Again::Quarantine(Reason::HardwareDoubtful)
    );
}

proptest! {
    #[test]
    fn evidence_of_another_board_never_opens_a_machines_door(
        machine in 1_u32..50, other in 50_u32..99, system in 0_u32..99, approval in 0_usize..3,
    ) {
        let approval = [Approval::Automatic, Approval::First, Approval::WhenDoubtful][approval];
        let said = evidence(other, system);
        let decision = helpdesk_newcomer(approval, false, &said, &[candidate(machine)]);
        prop_assert!(!matches!(decision, DoorDecision::Same(_)), "{:?}", decision);
    }
}

// ---- the world ----------------------------------------------------------------------------------------------------

/// What a person or fate does to the machine with this number.
#[derive(Debug, Clone, Copy)]
enum Act {
    Connect(usize),
    Disconnect(usize),
    Reinstall(usize),
    Clone(usize),
    CloneExactly(usize),
    RenameAndChangeNic(usize),
    SwapBoard(usize),
    SwapDisk(usize),
    Snapshot(usize),
    Restore(usize),
    Move(usize),
    Silence(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let which = 0..8_usize;
    (which, 0..16_u8).prop_map(|(at, kind)| match kind {
        0..=4 => Act::Connect(at),
        5 => Act::Disconnect(at),
        6 => Act::Reinstall(at),
        7 => Act::Clone(at),
        8 => Act::CloneExactly(at),
        9 => Act::RenameAndChangeNic(at),
        10 => Act::SwapBoard(at),
        11 => Act::SwapDisk(at),
        12 => Act::Snapshot(at),
        13 => Act::Restore(at),
        14 => Act::Move(at),
        _ => Act::Silence(at),
    })
}

#[derive(Debug, Clone)]
struct State {
    row: usize,
    key: u32,
    install: InstallId,
    counter: u64,
}

/// A computer as it really stands there. `truth` is which one it is in people's eyes.
#[derive(Debug, Clone)]
struct Computer {
    truth: u32,
    organization: u8,
    name: u32,
    evidence: Evidence,
    state: Option<State>,
    snapshot: Option<State>,
    /// The record it is linked as.
    linked: Option<usize>,
    /// Its link is dead, and the server has not noticed.
    dead: bool,
}

#[derive(Debug)]
struct Row {
    organization: u8,
    truth: u32,
    key: u32,
    former: Vec<u32>,
    known: Known,
    contacts: usize,
}

#[derive(Debug, Default)]
struct World {
    computers: Vec<Computer>,
    rows: Vec<Row>,
    counted: u32,
    contacts: usize,
}

impl World {
    fn new() -> Self {
        let mut world = Self::default();
        for organization in [0, 0, 1] {
            let truth = world.next();
            world.computers.push(Computer {
                truth,
                organization,
                name: truth,
                evidence: evidence(truth, truth),
                state: None,
                snapshot: None,
                linked: None,
                dead: false,
            });
        }
        world
    }

    fn next(&mut self) -> u32 {
        self.counted += 1;
        self.counted
    }

    fn act(&mut self, act: Act) {
        let count = self.computers.len();
        let fresh = self.next();
        let at = |at: usize| at % count;
        match act {
            Act::Connect(i) => self.connect(at(i)),
            Act::Disconnect(i) => self.disconnect(at(i)),
            Act::Silence(i) => self.computers[at(i)].dead = true,
            Act::Reinstall(i) => {
                self.disconnect(at(i));
                let computer = &mut self.computers[at(i)];
                computer.state = None;
                computer.snapshot = None;
                computer.evidence.os_install_id = format!("{fresh:032x}");
            }
            Act::Clone(i) => {
                let original = self.computers[at(i)].clone();
                let evidence = Evidence {
                    os_install_id: original.evidence.os_install_id.clone(),
                    ..evidence(fresh, 0)
                };
                self.copy(Computer {
                    truth: fresh,
                    evidence,
                    ..original
                });
            }
            Act::CloneExactly(i) => {
                // Nobody can tell the two apart by looking: they count as one until both are alive.
                let original = self.computers[at(i)].clone();
                self.copy(original);
            }
            Act::RenameAndChangeNic(i) => self.computers[at(i)].name = fresh,
            Act::SwapBoard(i) => {
                self.disconnect(at(i));
                let computer = &mut self.computers[at(i)];
                computer.evidence = Evidence {
                    disk_serials: computer.evidence.disk_serials.clone(),
                    os_install_id: computer.evidence.os_install_id.clone(),
                    ..evidence(fresh, 0)
                };
            }
            Act::SwapDisk(i) => {
                self.disconnect(at(i));
                self.computers[at(i)].evidence.disk_serials = vec![format!("disk-{fresh}")];
            }
            Act::Snapshot(i) => self.computers[at(i)].snapshot = self.computers[at(i)].state.clone(),
            Act::Restore(i) => {
                if let Some(snapshot) = self.computers[at(i)].snapshot.clone() {
                    self.disconnect(at(i));
                    self.computers[at(i)].state = Some(snapshot);
                }
            }
            Act::Move(i) => {
                self.disconnect(at(i));
                let computer = &mut self.computers[at(i)];
                computer.organization = 1 - computer.organization;
                computer.state = None;
                computer.snapshot = None;
            }
        }
    }

    fn copy(&mut self, computer: Computer) {
        // More would make cases slow and show nothing new.
        if self.computers.len() < 8 {
            self.computers.push(Computer {
                linked: None,
                dead: false,
                ..computer
            });
        }
    }

    fn disconnect(&mut self, at: usize) {
        if let Some(row) = self.computers[at].linked.take() {
            self.rows[row].known.live = None;
        }
        self.computers[at].dead = false;
    }

    fn connect(&mut self, at: usize) {
        match self.computers[at].state.clone() {
            None => self.enroll(at),
            Some(state) => self.hello(at, state),
        }
    }

    fn enroll(&mut self, at: usize) {
        let computer = &self.computers[at];
        let (organization, said, truth) = (computer.organization, computer.evidence.clone(), computer.truth);
        let shares = |row: &&Row| {
            let values = row.known.evidence.values();
            said.values().iter().any(|value| values.contains(value))
        };
        // What the store does: only this organization's machines, only those that share a value.
        let candidates: Vec<Candidate> = self
            .rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.organization == organization && shares(row))
            .map(|(number, row)| Candidate {
                id: MachineId(Uuid::from_u128(number as u128)),
                evidence: row.known.evidence.clone(),
                blocked: row.known.blocked,
                online: row.known.live.is_some(),
                keyless: false,
            })
            .collect();
        let row = match newcomer(Approval::Automatic, false, &said, &candidates) {
            NewcomerDecision::New => {
                self.rows.push(Row {
                    organization,
                    truth,
                    key: 0,
                    former: Vec::new(),
                    known: Known {
                        blocked: false,
                        evidence: Evidence::default(),
                        install: None,
                        past: Vec::new(),
                        live: None,
                    },
                    contacts: 0,
                });
                self.rows.len() - 1
            }
            NewcomerDecision::Rebind(id) => {
                assert!(candidates.iter().any(|candidate| candidate.id == id));
                id.0.as_u128() as usize
            }
            NewcomerDecision::Quarantine(_) => return,
        };
        self.may_be(row, at);
        let (key, install) = (self.next(), self.next());
        let install = InstallId(Uuid::from_u128(install.into()).into_bytes());
        let record = &mut self.rows[row];
        record.former.push(record.key);
        record.key = key;
        if let Some(old) = record.known.install.replace((install, 0)) {
            record.known.past.push(old);
        }
        record.known.evidence = record.known.evidence.updated_by(&said);
        self.count(row);
        self.computers[at].state = Some(State {
            row,
            key,
            install,
            counter: 0,
        });
    }

    fn hello(&mut self, at: usize, mut state: State) {
        // Counted up and kept before anything is sent.
        state.counter += 1;
        self.computers[at].state = Some(state.clone());
        if self.computers[at].linked == Some(state.row) {
            // Its own old link is dead: agents have one at a time.
            self.computers[at].dead = true;
            self.computers[at].linked = None;
        }
        let row = &self.rows[state.row];
        let key = if row.key == state.key {
            KeyStanding::Current
        } else {
            KeyStanding::Former { recently: false }
        };
        let said = Said {
            install: state.install,
            counter: state.counter,
            evidence: self.computers[at].evidence.clone(),
        };
        // A link of another computer is one of another process.
        let linked_elsewhere = self.computers.iter().any(|other| other.linked == Some(state.row));
        let known = Known {
            live: row.known.live.map(|live| Live {
                same_run: !linked_elsewhere,
                ..live
            }),
            ..row.known.clone()
        };
        match hello(key, &known, &said) {
            HelloDecision::Accept { rolled_back, .. } => self.accept(at, state, &said, rolled_back),
            HelloDecision::Contested => {
                // Whoever is really alive is heard before the question comes again; a dead link is noticed instead.
                let alive = self
                    .computers
                    .iter()
                    .any(|other| other.linked == Some(state.row) && !other.dead);
                let row = &mut self.rows[state.row];
                row.known.live = row.known.live.filter(|_| alive).map(|live| Live {
                    heard_since_contest: Some(true),
                    ..live
                });
            }
            HelloDecision::Quarantine(_) => {}
            HelloDecision::Blocked | HelloDecision::Removed => unreachable!("nobody blocks or removes here"),
        }
    }

    fn accept(&mut self, at: usize, mut state: State, said: &Said, rolled_back: bool) {
        let number = state.row;
        self.may_be(number, at);
        for other in &mut self.computers {
            if other.linked == Some(number) {
                other.linked = None;
            }
        }
        if rolled_back {
            let id = self.next();
            let known = &mut self.rows[number].known;
            known.past.extend(known.install);
            known.past.push((said.install, said.counter));
            state.counter = known.install.map_or(0, |(_, counter)| counter).max(said.counter) + 1;
            state.install = InstallId(Uuid::from_u128(id.into()).into_bytes());
            self.computers[at].state = Some(state.clone());
        }
        let known = &mut self.rows[number].known;
        known.install = Some((state.install, state.counter));
        known.evidence = known.evidence.updated_by(&said.evidence);
        known.live = Some(LIVE);
        self.computers[at].linked = Some(number);
        self.computers[at].dead = false;
        self.count(number);
    }

    fn count(&mut self, row: usize) {
        self.rows[row].contacts += 1;
        self.contacts += 1;
    }

    /// Without a person, a record only ever speaks for one computer of its own organization.
    fn may_be(&self, row: usize, at: usize) {
        let (row, computer) = (&self.rows[row], &self.computers[at]);
        assert_eq!(
            row.organization, computer.organization,
            "matched across organizations"
        );
        assert_eq!(row.truth, computer.truth, "another computer got the record");
    }

    fn check(&self) {
        for number in 0..self.rows.len() {
            let links = self
                .computers
                .iter()
                .filter(|computer| computer.linked == Some(number));
            assert!(links.count() <= 1, "two links of one machine");
        }
        let kept: usize = self.rows.iter().map(|row| row.contacts).sum();
        assert_eq!(kept, self.contacts, "history was lost");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_order_of_fate_keeps_the_rules(acts in prop::collection::vec(act(), 1..60)) {
        let mut world = World::new();
        for act in acts {
            world.act(act);
            world.check();
        }
    }

    #[test]
    fn a_newcomer_is_never_matched_with_what_it_does_not_share(a in 0..4_u32, b in 4..8_u32, os in 0..9_u32) {
        let decision = newcomer(Approval::Automatic, false, &evidence(a, os), &[candidate(b)]);
        prop_assert_eq!(decision, NewcomerDecision::New);
    }
}

#[test]
fn codes_are_distinct() {
    let codes: std::collections::HashSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
}
