//! The decision table: what a hello and a newcomer mean. Pure functions; what they need to know is handed in.
//!
//! Here: which machine an installation is, and when a person has to say. Not here: reading and writing what is known
//! (`store.rs`), acting on a decision (`hello.rs`, `newcomer.rs`).
//!
//! A link comes with a key that its agent has proved ([`hello`]); the key names the machine, and the question is whether
//! this is still the one installation of it:
//!
//! | key | hardware | counter | another link | decision |
//! |---|---|---|---|---|
//! | current | same | forward | none, or an older one of the same process | accept; the newer link takes over |
//! | current | same | forward | another process, silent so far | ask again: the other link may be a dead one |
//! | current | same | forward | another process, heard since | quarantine: two copies live |
//! | current | same | back | none | accept as a restored snapshot; a new install id tells it from a copy |
//! | current | same | back | heard since | quarantine: two copies live |
//! | current | same | back | silent so far | ask again: the other link may be a dead one |
//! | current | same board, other parts | any | | accept, note the change |
//! | current | other board, same disk and system | any | | accept as a repaired machine, note the change |
//! | current | doubtful otherwise | any | | quarantine |
//! | current | other | any | | quarantine: a copied disk, or moved to another machine |
//! | current, install id given up | same | forward | | quarantine: the copy that a snapshot left behind lives on |
//! | former | any | any | | quarantine: another installation took its place |
//! | any, machine blocked | any | any | | blocked |
//! | of a removed machine | any | any | | removed |
//!
//! An enrollment comes with a key that nobody knows and evidence, which is only a claim ([`newcomer`]):
//!
//! | evidence in this organization | decision |
//! |---|---|
//! | nothing known, or only the copied system's id on other hardware | a new machine |
//! | one machine's board, nothing against it, that machine offline | the same machine, reinstalled |
//! | one machine's board, which only a helpdesk's agent spoke for | the same machine, now with a key, unless everybody is to be approved |
//! | one machine's board, that machine online | quarantine: a copy, or somebody claims to be it |
//! | one machine's board, that machine blocked | quarantine |
//! | boards of several machines | quarantine |
//! | only a part: a disk, or a board with contradictions | quarantine |
//!
//! A helpdesk's desktop agent has no key. An installation that nobody knows is decided about by its evidence as above
//! ([`helpdesk_newcomer`]), but that a link of our own agent is no contradiction: it gets the same record, and nothing of ours
//! is replaced. "Online" means another installation behind the same door there. One that was here before
//! ([`helpdesk_again`]):
//!
//! | what it stores | hardware | decision |
//! |---|---|---|
//! | any | plainly other | a machine of its own: what it stores was copied |
//! | of a removed machine | any else | quarantine: it does not come back by itself |
//! | any, machine blocked | any else | blocked |
//! | another's now | any else | quarantine: two of them are alive |
//! | current | same, or nothing to compare | the same |
//! | current | doubtful | quarantine |
//!
//! Doubt never merges: what is not clear is split off or waits for a person. Other organizations are not looked at, so
//! nothing can match across their border.

use farol_protocol::evidence::{Evidence, Hardware, Likeness, Sameness};
use farol_protocol::ids::InstallId;

use crate::ids::MachineId;
use crate::store::entities::enrollment_token::Approval;

/// What the key that was proved is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStanding {
    /// It proves the machine.
    Current,
    /// Another took its place; `recently` within the minutes in which an agent may not have heard of a change it made
    /// itself.
    Former {
        /// Whether it was changed a moment ago.
        recently: bool,
    },
    /// Its machine was removed.
    Removed,
}

/// What is known of the machine that a key names.
#[derive(Debug, Clone)]
pub struct Known {
    /// A technician blocked it.
    pub blocked: bool,
    /// Last said, without values that identify nothing here.
    pub evidence: Evidence,
    /// The installation that counts; `None` for machines that have never said.
    pub install: Option<(InstallId, u64)>,
    /// Installations that were given up, with the last counter seen of each.
    pub past: Vec<(InstallId, u64)>,
    /// Its link, if it has one.
    pub live: Option<Live>,
}

/// A link that is up while another asks to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// It was opened with this record's key and not with that of one merged with it.
    pub same_record: bool,
    /// It was opened by the same run of an agent process. Two runs on one state follow each other, unless there are two states.
    pub same_run: bool,
    /// Whether it was heard after another installation was told to ask again; `None` when none was.
    pub heard_since_contest: Option<bool>,
}

/// What an installation says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Which copy of the state.
    pub install: InstallId,
    /// Counted up before each hello.
    pub counter: u64,
    /// Without values that identify nothing here.
    pub evidence: Evidence,
}

/// What a hello means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HelloDecision {
    /// It is the machine.
    Accept {
        /// The evidence is another than what was known and is to be kept.
        evidence_changed: bool,
        /// The state is an older one: it gets a new install id, so that what it was restored over is told from a copy.
        rolled_back: bool,
    },
    /// Another link may be dead or alive; ask again in a moment.
    Contested,
    /// A person has to decide.
    Quarantine(Reason),
    /// The machine is blocked.
    Blocked,
    /// The machine was removed.
    Removed,
}

/// Why a person has to decide. The codes are part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The token asks for approval of everybody.
    ApproveFirst,
    /// It looks like an analysis sandbox that ran the installer.
    Sandbox,
    /// The key is right and nothing of the hardware is: a copied disk, or one moved into another machine.
    OtherHardware,
    /// The key is right, the hardware partly.
    HardwareDoubtful,
    /// Two copies of one installation are alive.
    Copy,
    /// The installation that a snapshot was restored over is alive.
    CopyAlive,
    /// The key was replaced by another installation's.
    FormerKey,
    /// The record was merged with one whose agent is alive as well.
    MergedBothAlive,
    /// The evidence is that of a machine that is online.
    UidOnline,
    /// The evidence is that of a machine that is blocked.
    UidBlocked,
    /// The evidence is that of a known machine, which is offline: most likely a reinstallation.
    Reinstalled,
    /// The evidence fits several machines.
    Ambiguous,
    /// Only a part of the evidence fits a known machine.
    Partial,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::ApproveFirst,
        Self::Sandbox,
        Self::OtherHardware,
        Self::HardwareDoubtful,
        Self::Copy,
        Self::CopyAlive,
        Self::FormerKey,
        Self::MergedBothAlive,
        Self::UidOnline,
        Self::UidBlocked,
        Self::Reinstalled,
        Self::Ambiguous,
        Self::Partial,
    ];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ApproveFirst => "approve_first",
            Self::Sandbox => "sandbox",
            Self::OtherHardware => "other_hardware",
            Self::HardwareDoubtful => "hardware_doubtful",
            Self::Copy => "copy",
            Self::CopyAlive => "copy_alive",
            Self::FormerKey => "former_key",
            Self::MergedBothAlive => "merged_both_alive",
            Self::UidOnline => "uid_online",
            Self::UidBlocked => "uid_blocked",
            Self::Reinstalled => "reinstalled",
            Self::Ambiguous => "ambiguous",
            Self::Partial => "partial",
        }
    }
}

/// What a hello means, whose agent has proved a key that is or was the machine's.
#[must_use]
pub fn hello(key: KeyStanding, known: &Known, said: &Said) -> HelloDecision {
    match key {
        KeyStanding::Removed => return HelloDecision::Removed,
        _ if known.blocked => return HelloDecision::Blocked,
        KeyStanding::Former { recently: true } => return HelloDecision::Contested,
        KeyStanding::Former { recently: false } => return HelloDecision::Quarantine(Reason::FormerKey),
        KeyStanding::Current => {}
    }
    if let Some(reason) = other_hardware(known.evidence.likeness(&said.evidence)) {
        return HelloDecision::Quarantine(reason);
    }
    let line = lineage(known, said);
    if line == Lineage::LeftBehind {
        return HelloDecision::Quarantine(Reason::CopyAlive);
    }
    let rolled_back = line == Lineage::Back;
    match known.live {
        Some(live) if rolled_back || !live.same_record || !live.same_run => match live.heard_since_contest {
            Some(true) if live.same_record => HelloDecision::Quarantine(Reason::Copy),
            Some(true) => HelloDecision::Quarantine(Reason::MergedBothAlive),
            Some(false) | None => HelloDecision::Contested,
        },
        _ => HelloDecision::Accept {
            evidence_changed: known.evidence.updated_by(&said.evidence) != known.evidence,
            rolled_back,
        },
    }
}

/// Why the hardware is not the machine's, if it is not.
fn other_hardware(likeness: Likeness) -> Option<Reason> {
    match (likeness.hardware(), likeness.os) {
        (Hardware::Same, _) | (Hardware::Doubtful, Sameness::Same) => None,
        (Hardware::Different, _) => Some(Reason::OtherHardware),
        (Hardware::Doubtful, _) | (Hardware::Unknown, Sameness::Different) => Some(Reason::HardwareDoubtful),
        // Nothing to compare: the key is the credential, and nothing speaks against it.
        (Hardware::Unknown, _) => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lineage {
    /// The installation that counts, later than ever seen.
    Forward,
    /// An older state.
    Back,
    /// An installation that was given up, and went on all the same.
    LeftBehind,
}

fn lineage(known: &Known, said: &Said) -> Lineage {
    let Some((install, counter)) = known.install else {
        return Lineage::Forward;
    };
    if install == said.install {
        return if said.counter > counter {
            Lineage::Forward
        } else {
            Lineage::Back
        };
    }
    match known.past.iter().find(|(past, _)| *past == said.install) {
        Some((_, last)) if said.counter > *last => Lineage::LeftBehind,
        // Restored once more, or the state was lost and only the key is left.
        _ => Lineage::Back,
    }
}

/// A machine of the organization that shares a value with a newcomer.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Which.
    pub id: MachineId,
    /// Its evidence, without values that identify nothing here.
    pub evidence: Evidence,
    /// A technician blocked it.
    pub blocked: bool,
    /// It has a link.
    pub online: bool,
    /// Our agent never spoke for it, so there is no key that could be replaced.
    pub keyless: bool,
}

/// What a newcomer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewcomerDecision {
    /// A machine that was not known.
    New,
    /// This machine, with its agent's state lost: the key is to be replaced.
    Rebind(MachineId),
    /// A person has to decide.
    Quarantine(Reason),
}

/// What an installation is that asks for enrollment with a key that nobody knows.
#[must_use]
pub fn newcomer(
    approval: Approval,
    sandbox: bool,
    said: &Evidence,
    candidates: &[Candidate],
) -> NewcomerDecision {
    let found = match_evidence(said, candidates);
    match (approval, found) {
        (_, NewcomerDecision::Quarantine(reason)) => NewcomerDecision::Quarantine(reason),
        (_, NewcomerDecision::New) if sandbox => NewcomerDecision::Quarantine(Reason::Sandbox),
        (Approval::Automatic, found) => found,
        // No doubt about a key where there never was one.
        (Approval::WhenDoubtful, NewcomerDecision::Rebind(id)) if keyless(candidates, id) => found,
        (_, NewcomerDecision::Rebind(_)) => NewcomerDecision::Quarantine(Reason::Reinstalled),
        (Approval::First, NewcomerDecision::New) => NewcomerDecision::Quarantine(Reason::ApproveFirst),
        (Approval::WhenDoubtful, NewcomerDecision::New) => NewcomerDecision::New,
    }
}

/// What an installation of a helpdesk's desktop agent is that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoorDecision {
    /// A machine that was not known.
    New,
    /// This machine: nothing of our own agent is replaced.
    Same(MachineId),
    /// A person has to decide.
    Quarantine(Reason),
}

/// What an installation of a helpdesk's desktop agent is that nobody knows. `online` of a candidate is another installation
/// behind the same door; our own agent's link does not count here.
#[must_use]
pub fn helpdesk_newcomer(
    approval: Approval,
    sandbox: bool,
    said: &Evidence,
    candidates: &[Candidate],
) -> DoorDecision {
    match newcomer(approval, sandbox, said, candidates) {
        NewcomerDecision::New => DoorDecision::New,
        NewcomerDecision::Rebind(id) => DoorDecision::Same(id),
        NewcomerDecision::Quarantine(reason) => DoorDecision::Quarantine(reason),
    }
}

/// What the code that an installation stores is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallationStanding {
    /// It speaks for the machine.
    Current,
    /// Another took its place.
    Former,
    /// Its machine was removed.
    Removed,
}

/// What an installation is that was here before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It speaks for its machine.
    Same,
    /// It stores what another machine's installation stores: a copied disk.
    OwnMachine,
    /// A person has to decide.
    Quarantine(Reason),
    /// Its machine is blocked.
    Blocked,
}

/// What an installation of a helpdesk's desktop agent is that was here before.
#[must_use]
pub fn helpdesk_again(
    standing: InstallationStanding,
    blocked: bool,
    known: &Evidence,
    said: &Evidence,
) -> Again {
    match (known.likeness(said).hardware(), standing) {
        (Hardware::Different, _) => Again::OwnMachine,
        (_, InstallationStanding::Removed) => Again::Quarantine(Reason::ApproveFirst),
        _ if blocked => Again::Blocked,
        (_, InstallationStanding::Former) => Again::Quarantine(Reason::FormerKey),
        (Hardware::Doubtful, InstallationStanding::Current) => Again::Quarantine(Reason::HardwareDoubtful),
        (Hardware::Same | Hardware::Unknown, InstallationStanding::Current) => Again::Same,
    }
}

fn keyless(candidates: &[Candidate], id: MachineId) -> bool {
    candidates
        .iter()
        .filter(|candidate| candidate.id == id)
        .all(|candidate| candidate.keyless)
}

fn match_evidence(said: &Evidence, candidates: &[Candidate]) -> NewcomerDecision {
    let likeness = |candidate: &Candidate| candidate.evidence.likeness(said);
    let fits = |candidate: &&Candidate| likeness(candidate).board_agrees();
    // Only the copied system's id on plainly other hardware says nothing: images are copied every day.
    let partly = |candidate: &Candidate| match likeness(candidate).hardware() {
        Hardware::Same | Hardware::Doubtful => true,
        Hardware::Unknown => likeness(candidate).os == Sameness::Same,
        Hardware::Different => false,
    };
    // Several records of one machine fit as one; a machine is not ambiguous with itself.
    let mut fitting = candidates.iter().filter(fits);
    let one = fitting.next();
    match (
        one,
        fitting.find(|other| one.is_none_or(|one| one.id != other.id)),
    ) {
        (Some(_), Some(_)) => NewcomerDecision::Quarantine(Reason::Ambiguous),
        (Some(one), None) if one.blocked => NewcomerDecision::Quarantine(Reason::UidBlocked),
        (Some(one), None) if one.online => NewcomerDecision::Quarantine(Reason::UidOnline),
        (Some(one), None) => NewcomerDecision::Rebind(one.id),
        (None, _) if candidates.iter().any(partly) => NewcomerDecision::Quarantine(Reason::Partial),
        (None, _) => NewcomerDecision::New,
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
