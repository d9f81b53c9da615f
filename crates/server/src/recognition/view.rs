//! Quarantine entries and duplicates as the API shows them.

use farol_protocol::evidence::{Evidence, EvidenceValue, Likeness, Sameness};
use farol_protocol::identity::MachinePublicKey;
use serde::Serialize;
use utoipa::ToSchema;

use super::evidence::{self, EvidenceView};
use super::store;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::{EnrollmentTokenId, MachineId, OrganizationId, QuarantineId, SiteId};
use crate::machines::{self, Machine, MachineOs};
use crate::rights::Rights;
use crate::store::entities::machine::{Door, Model as MachineRow};
use crate::store::entities::quarantine::{Model, QuarantineState};

/// An installation about which a person has to decide, and what was decided. Everything it states of itself is plain text and
/// not to be trusted further.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QuarantineEntry {
    /// Its identifier.
    pub id: QuarantineId,
    /// Where it asks to be.
    pub organization_id: OrganizationId,
    /// The site that its token names.
    pub site_id: SiteId,
    /// Why somebody has to decide: `approve_first`, `sandbox`, `other_hardware`, `hardware_doubtful`, `copy`, `copy_alive`,
    /// `former_key`, `merged_both_alive`, `uid_online`, `uid_blocked`, `reinstalled`, `ambiguous`, `partial`.
    pub reason: String,
    /// How it asks: `agent` or `helpdesk`.
    pub door: String,
    /// `waiting`, `approved_new`, `approved_same` or `refused`.
    pub state: String,
    /// What it calls itself.
    pub hostname: String,
    /// What runs on it.
    pub os: MachineOs,
    /// Version of its agent.
    pub agent_version: String,
    /// Where it last asked from.
    pub address: String,
    /// Fingerprint over its evidence.
    pub machine_uid: Option<String>,
    /// What identifies it.
    pub evidence: EvidenceView,
    /// First 16 hex digits of the SHA-256 of its key.
    pub key_fingerprint: Option<String>,
    /// The token it asked with.
    pub enrollment_token_id: Option<EnrollmentTokenId>,
    /// The machine whose key it holds, compared with it.
    pub holds_key_of: Option<Comparison>,
    /// Known machines that share a part of its evidence, the likeliest first.
    pub candidates: Vec<Comparison>,
    /// When it first asked.
    pub first_seen_at: Timestamp,
    /// When it last asked.
    pub last_seen_at: Timestamp,
    /// How often it asked.
    pub attempts: u32,
    /// When somebody decided.
    pub decided_at: Option<Timestamp>,
    /// Who decided: a name.
    pub decided_by: Option<String>,
    /// What kind of actor that is: `account`, `command_line` (the server's own) or `server` (by itself).
    pub decided_by_kind: Option<String>,
    /// What they said of it.
    pub decision_reason: Option<String>,
    /// The machine it has become.
    pub result_machine_id: Option<MachineId>,
}

/// How many installations are in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuarantineCounts {
    /// Those that wait for a decision.
    pub waiting: u64,
}

/// A known machine beside something that may be the same.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Comparison {
    /// The machine.
    pub machine: Machine,
    /// What is known to identify it.
    pub evidence: EvidenceView,
    /// Kinds of evidence that agree: `smbios_uuid`, `os_install_id`, `board_serial`, `system_serial`, `disk_serial`.
    pub agrees: Vec<String>,
    /// Kinds that both tell and that differ.
    pub differs: Vec<String>,
}

/// Two machines that may be one.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DuplicatePair {
    /// Names the pair.
    pub id: String,
    /// The machine that has been known for longer.
    pub first: DuplicateSide,
    /// The other.
    pub second: DuplicateSide,
    /// Kinds of evidence that agree.
    pub agrees: Vec<String>,
    /// Kinds that both tell and that differ.
    pub differs: Vec<String>,
    /// Nothing of the board speaks against their being one.
    pub strong: bool,
}

/// One of two machines that may be one.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DuplicateSide {
    /// The machine.
    pub machine: Machine,
    /// What identifies it.
    pub evidence: EvidenceView,
}

/// The kinds that agree, and those that differ.
pub(super) fn verdicts(likeness: &Likeness) -> (Vec<String>, Vec<String>) {
    let of = |wanted| {
        let kinds = likeness
            .all()
            .into_iter()
            .filter(move |(_, found)| *found == wanted);
        kinds.map(|(kind, _)| kind.code().to_owned()).collect()
    };
    (of(Sameness::Same), of(Sameness::Different))
}

impl Comparison {
    /// Values that identify nothing here neither agree nor differ.
    fn of(
        (ctx, rights): (&Ctx, &Rights),
        row: MachineRow,
        said: &Evidence,
        learned: &[EvidenceValue],
    ) -> Self {
        let known = evidence::of_row(&row.evidence);
        let likeness = known.without(learned).likeness(&said.without(learned));
        let (agrees, differs) = verdicts(&likeness);
        Self {
            evidence: known.into(),
            machine: Machine::of(ctx, rights, row),
            agrees,
            differs,
        }
    }
}

impl QuarantineEntry {
    /// The row, and what is known of whom it may be, for somebody with `rights`.
    pub(super) async fn of(ctx: &Ctx, rights: &Rights, row: Model) -> Result<Self> {
        let db = ctx.db.read();
        let said = evidence::of_row(&row.evidence);
        let waiting = row.state == QuarantineState::Waiting;
        let owner = match row.machine_id {
            Some(id) => store::machine(db, id).await?,
            None => None,
        };
        let holders = if waiting {
            let learned = evidence::learned(db, row.organization_id, &said.values()).await?;
            let values = said.without(&learned).values();
            evidence::holders(db, row.organization_id, &values).await?
        } else {
            Vec::new()
        };
        let mut ids = Vec::new();
        for holder in &holders {
            ids.push(machines::survivor(db, holder).await?);
        }
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| Some(*id) != row.machine_id);
        let survivors = store::machines(db, &ids).await?;
        let mut values = said.values();
        let known = survivors.iter().chain(&owner);
        values.extend(known.flat_map(|row| evidence::of_row(&row.evidence).values()));
        let learned = evidence::learned(db, row.organization_id, &values).await?;
        let mut candidates: Vec<Comparison> = survivors
            .into_iter()
            .map(|machine| Comparison::of((ctx, rights), machine, &said, &learned))
            .collect();
        candidates.sort_by_key(|candidate| (candidate.differs.len(), usize::MAX - candidate.agrees.len()));
        Ok(Self {
            id: row.id,
            organization_id: row.organization_id,
            site_id: row.site_id,
            reason: row.reason,
            door: door(row.door).into(),
            state: state(row.state).into(),
            hostname: row.hostname,
            os: MachineOs {
                family: row.os_family,
                name: row.os_name,
                version: row.os_version,
                arch: row.os_arch,
            },
            agent_version: row.agent_version,
            address: row.address,
            machine_uid: row.machine_uid,
            key_fingerprint: MachinePublicKey::from_slice(&row.machine_key)
                .ok()
                .map(|key| key.fingerprint()),
            enrollment_token_id: row.enrollment_token_id,
            holds_key_of: owner.map(|owner| Comparison::of((ctx, rights), owner, &said, &learned)),
            evidence: said.into(),
            candidates,
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            attempts: u32::try_from(row.attempts).unwrap_or(0),
            decided_at: row.decided_at,
            decided_by: row.decided_by,
            decided_by_kind: row.decided_by_kind,
            decision_reason: row.decision_reason,
            result_machine_id: row.result_machine_id,
        })
    }
}

/// The door as the API names it.
pub(crate) fn door(door: Door) -> &'static str {
    match door {
        Door::Agent => "agent",
        Door::Helpdesk => "helpdesk",
    }
}

/// The state as the API names it.
pub(super) fn state(state: QuarantineState) -> &'static str {
    match state {
        QuarantineState::Waiting => "waiting",
        QuarantineState::ApprovedNew => "approved_new",
        QuarantineState::ApprovedSame => "approved_same",
        QuarantineState::Refused => "refused",
    }
}
