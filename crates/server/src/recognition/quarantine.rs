//! Quarantine: installations about which a person has to decide. What they decide is put into effect in `approvals.rs`.
//!
//! One entry for one copy of an agent's state on one machine, however often it asks. Nothing in quarantine can receive a
//! command or a session: it has no machine, or no link.

use std::net::IpAddr;
use std::time::Duration;

use farol_protocol::evidence::Evidence;
use farol_protocol::link::Established;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::decide::Reason;
use super::hello::Claim;
use super::view::{QuarantineCounts, QuarantineEntry};
use super::{evidence, store};
use crate::accounts::Caller;
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::enrollment::{self, EnrollOs};
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::http::{List, Page, PageQuery};
use crate::ids::{EnrollmentTokenId, MachineId, OrganizationId, QuarantineId, RequestId, SiteId};
use crate::machines::EnrolledFacts;
use crate::organizations;
use crate::rights::Permission;
use crate::store::WriteTx;
use crate::store::entities::machine::{Door, Model as MachineRow};
use crate::store::entities::quarantine::{Model, QuarantineState};

/// Undecided entries of one organization. More means that somebody floods it: newcomers are told to come later, and whoever
/// is in already keeps the place.
pub const WAITING_MAX: u64 = 5_000;
/// Of one machine's copies, those that wait or came within [`PLACES_PER`]. A class-room full of copied disks passes; whoever
/// holds one machine's key cannot take the places of the others.
pub const WAITING_OF_ONE_MACHINE: u64 = 64;
/// Also places that were decided about count for this long.
const PLACES_PER: Duration = Duration::from_secs(60 * 60);
/// An undecided entry that has not asked for this long is forgotten.
pub(crate) const FORGOTTEN_AFTER: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How often it is noted that one copy asks again over its link. An agent is told to ask every two minutes; one that asks without
/// a pause costs a read each time, and neither a write nor an event.
const NOTED_EVERY: Duration = Duration::from_secs(60);

/// Somebody who has to wait.
#[derive(Debug, Clone)]
pub(crate) struct Newcomer {
    pub(crate) organization: OrganizationId,
    pub(crate) site: SiteId,
    pub(crate) token: Option<EnrollmentTokenId>,
    /// The machine whose key it holds.
    pub(crate) machine: Option<MachineId>,
    pub(crate) door: Door,
    /// 32 bytes: a machine key, or what stands for one at another door.
    pub(crate) key: [u8; 32],
    pub(crate) counter: u64,
    pub(crate) evidence: Evidence,
    pub(crate) about: EnrolledFacts,
    pub(crate) address: IpAddr,
    /// The request; links have none.
    pub(crate) request: Option<RequestId>,
}

impl Newcomer {
    pub(super) fn of_link(row: &MachineRow, claim: &Claim, about: &Established, address: IpAddr) -> Self {
        let os = &about.facts.os;
        Self {
            organization: row.organization_id,
            site: row.site_id,
            token: row.enrollment_token_id,
            machine: Some(claim.machine),
            door: Door::Agent,
            key: claim.key.to_bytes(),
            counter: about.installation.counter,
            evidence: about.installation.evidence.clone(),
            about: EnrolledFacts {
                install_id: about.installation.id.to_string(),
                hostname: about.facts.hostname.clone(),
                os: EnrollOs {
                    family: os.family.clone(),
                    name: os.name.clone(),
                    version: os.version.clone(),
                    arch: os.arch.clone(),
                },
                agent_version: about.facts.agent_version.clone(),
            },
            address,
            request: None,
        }
    }

    /// Which copy it is: key, installation, fingerprint, and whether it asks as a machine or for enrollment. A machine that
    /// had to be approved and is copied later is another case than its own approval, which stays as it was decided.
    fn copy_key(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(b"farol-copy-1\0");
        digest.update(self.key);
        digest.update(self.about.install_id.as_bytes());
        digest.update(b"\0");
        digest.update(self.evidence.uid().map_or([0; 32], |uid| uid.0));
        digest.update([u8::from(self.machine.is_some())]);
        digest.finalize().into()
    }
}

/// What was decided of somebody who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing yet.
    Wait,
    /// It has no place here.
    Refused,
    /// Nothing, and there is no place to wait in.
    Full(Full),
    /// It is a machine of its own: the text of a token for one use.
    Own(String),
}

/// Why there is no place to wait in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// [`WAITING_MAX`].
    Organization,
    /// [`WAITING_OF_ONE_MACHINE`].
    Machine,
}

impl Full {
    /// For the goodbye of a link.
    pub(super) fn fragment(self) -> &'static str {
        match self {
            Self::Organization => {
                "too many newcomers wait already; a technician has to decide about them first"
            }
            Self::Machine => {
                "too many installations of this machine wait already; a technician has to decide about them first"
            }
        }
    }
}

impl From<Full> for Error {
    fn from(full: Full) -> Self {
        let who = match full {
            Full::Organization => "newcomers",
            Full::Machine => "installations of this machine",
        };
        Self::TooMany {
            code: Code::QuarantineFull,
            detail: format!(
                "Too many {who} wait for a decision already. Ask a technician to look at the quarantine page, then try again."
            ),
            retry_after: Some(Duration::from_secs(3600)),
        }
    }
}

/// Puts a copy that holds a machine's key into quarantine, or tells what was decided of it.
pub(super) async fn ask(ctx: &Ctx, newcomer: Newcomer, reason: Reason) -> Result<Verdict> {
    let now = ctx.clock.now();
    let known = store::by_copy(ctx.db.read(), newcomer.organization, &newcomer.copy_key()).await?;
    if let Some(entry) = known.filter(|entry| now.since(entry.last_seen_at) < NOTED_EVERY) {
        match entry.state {
            QuarantineState::Waiting => return Ok(Verdict::Wait),
            QuarantineState::Refused => return Ok(Verdict::Refused),
            QuarantineState::ApprovedNew | QuarantineState::ApprovedSame => {}
        }
    }
    let tx = ctx.db.write().await?;
    let known = store::by_copy(&tx, newcomer.organization, &newcomer.copy_key()).await?;
    let verdict = match known {
        None => match full(&tx, &newcomer, now).await? {
            // Nothing is written of whoever finds no place.
            Some(full) => return Ok(Verdict::Full(full)),
            None => {
                put(&tx, &newcomer, reason, now).await?;
                Verdict::Wait
            }
        },
        Some(entry) => {
            let own = entry.state == QuarantineState::ApprovedNew && entry.result_machine_id.is_none();
            let settled = matches!(entry.state, QuarantineState::Waiting | QuarantineState::Refused) || own;
            // Before the entry's row is touched: an enrollment takes its token's row first, too.
            let token = if own {
                let site = [entry.organization_id];
                let site = organizations::find_site(&tx, &site, Some(entry.site_id)).await?;
                Some(enrollment::create_internal(ctx, &tx, &site, entry.id).await?)
            } else {
                None
            };
            let address = newcomer.address.to_string();
            let again = (newcomer.counter, address.as_str(), reason.code());
            store::asked_again(&tx, entry.id, again, !settled, now).await?;
            match (entry.state, token) {
                (_, Some(token)) => Verdict::Own(token),
                (QuarantineState::Refused, None) => Verdict::Refused,
                _ => Verdict::Wait,
            }
        }
    };
    tx.commit().await?;
    nudge(ctx, newcomer.organization);
    Ok(verdict)
}

/// Adds an entry, with its audit entry, in the caller's transaction.
///
/// # Errors
/// `archived`, `quarantine_full`; those of the database.
pub(crate) async fn put(
    tx: &WriteTx,
    newcomer: &Newcomer,
    reason: Reason,
    now: Timestamp,
) -> Result<QuarantineId> {
    organizations::require_open_site(tx, newcomer.organization, newcomer.site).await?;
    if let Some(full) = full(tx, newcomer, now).await? {
        return Err(full.into());
    }
    let id = QuarantineId::new();
    let about = newcomer.about.clone();
    let row = Model {
        id,
        organization_id: newcomer.organization,
        site_id: newcomer.site,
        enrollment_token_id: newcomer.token,
        machine_id: newcomer.machine,
        door: newcomer.door,
        reason: reason.code().into(),
        copy_key: newcomer.copy_key().to_vec(),
        machine_key: newcomer.key.to_vec(),
        install_id: about.install_id,
        install_counter: store::stored(newcomer.counter),
        evidence: evidence::to_row(&newcomer.evidence),
        machine_uid: newcomer.evidence.uid().map(|uid| uid.to_string()),
        hostname: about.hostname.clone(),
        os_family: about.os.family,
        os_name: about.os.name,
        os_version: about.os.version,
        os_arch: about.os.arch,
        agent_version: about.agent_version,
        address: newcomer.address.to_string(),
        first_seen_at: now,
        last_seen_at: now,
        attempts: 1,
        state: QuarantineState::Waiting,
        decided_at: None,
        decided_by: None,
        decided_by_kind: None,
        decision_reason: None,
        result_machine_id: None,
    };
    store::insert(tx, row).await?;
    let mut entry = Entry::new(newcomer.organization, Actor::server(), Action::MachineQuarantined)
        .on(Target::new(TargetKind::Quarantine, id, &about.hostname))
        .detail(json!({
            "reason": reason.code(),
            "machine_id": newcomer.machine,
            "address": newcomer.address.to_string(),
            "enrollment_token_id": newcomer.token,
        }))
        .from(newcomer.address);
    if let Some(request) = newcomer.request {
        entry = entry.request(request);
    }
    audit::record(tx, now, entry).await?;
    Ok(id)
}

/// Whether there is no place for one more.
async fn full(tx: &WriteTx, newcomer: &Newcomer, now: Timestamp) -> Result<Option<Full>> {
    if let Some(machine) = newcomer.machine {
        let places = store::places_of(tx, machine, now.before(PLACES_PER)).await?;
        if places >= WAITING_OF_ONE_MACHINE {
            return Ok(Some(Full::Machine));
        }
    }
    let waiting = store::waiting(tx, &[newcomer.organization]).await?;
    Ok((waiting >= WAITING_MAX).then_some(Full::Organization))
}

/// What was decided of whoever asks for enrollment with this key.
pub(crate) enum Asked {
    /// It has not asked before.
    Never,
    /// Nothing yet.
    Waiting(Box<Model>),
    /// It has no place here.
    Refused,
}

/// Looks for an earlier request of this key, and counts this one.
pub(crate) async fn asked_before(
    tx: &WriteTx,
    organization: OrganizationId,
    (key, address): (&[u8; 32], IpAddr),
    now: Timestamp,
) -> Result<Asked> {
    let Some(entry) = store::by_key(tx, organization, key).await? else {
        return Ok(Asked::Never);
    };
    let counter = store::read(entry.install_counter);
    let address = address.to_string();
    store::asked_again(tx, entry.id, (counter, &address, &entry.reason), false, now).await?;
    Ok(match entry.state {
        QuarantineState::Refused => Asked::Refused,
        _ => Asked::Waiting(Box::new(entry)),
    })
}

/// Where an installation stands in quarantine, without counting that it asks.
pub(super) enum Place {
    /// Nowhere, or what was decided is in effect.
    None,
    /// It waits.
    Waiting {
        /// The entry.
        id: QuarantineId,
        /// Why: a stable code.
        reason: String,
    },
    /// It has no place here.
    Refused,
}

/// Looks for an installation that has no link to be told over.
pub(super) async fn place(tx: &WriteTx, newcomer: &Newcomer) -> Result<Place> {
    let entry = store::by_copy(tx, newcomer.organization, &newcomer.copy_key()).await?;
    Ok(match entry {
        Some(entry) if entry.state == QuarantineState::Refused => Place::Refused,
        Some(entry) if entry.state == QuarantineState::Waiting => Place::Waiting {
            id: entry.id,
            reason: entry.reason,
        },
        _ => Place::None,
    })
}

/// Lets an installation without a link wait, or counts that it asks again; false when it was sent away.
pub(super) async fn keep(tx: &WriteTx, newcomer: &Newcomer, reason: &str, now: Timestamp) -> Result<bool> {
    let Some(entry) = store::by_copy(tx, newcomer.organization, &newcomer.copy_key()).await? else {
        let reason = Reason::ALL.into_iter().find(|known| known.code() == reason);
        put(tx, newcomer, reason.unwrap_or(Reason::ApproveFirst), now).await?;
        return Ok(true);
    };
    let open = matches!(entry.state, QuarantineState::Waiting | QuarantineState::Refused);
    let address = newcomer.address.to_string();
    store::asked_again(tx, entry.id, (newcomer.counter, &address, reason), !open, now).await?;
    Ok(entry.state != QuarantineState::Refused)
}

/// What spoke against an installation has ended: nobody has to decide any more. `new` when it is a machine of its own.
pub(super) async fn settle(
    tx: &WriteTx,
    id: QuarantineId,
    (machine, new): (MachineId, bool),
    now: Timestamp,
) -> Result<()> {
    let state = if new {
        QuarantineState::ApprovedNew
    } else {
        QuarantineState::ApprovedSame
    };
    let decision = (state, Some(machine));
    let by = (&Actor::server(), None, now);
    store::decide(tx, id, decision, by).await.map(drop)
}

/// The copy enrolled as a machine of its own; false when it has become one already.
pub(crate) async fn became(tx: &WriteTx, id: QuarantineId, machine: MachineId) -> Result<bool> {
    store::became(tx, id, machine).await
}

/// What is in quarantine, newest first.
///
/// # Errors
/// `validation_failed` for a cursor of another list; those of the database.
pub async fn list(
    ctx: &Ctx,
    by: &Caller,
    page: &PageQuery,
    waiting: Option<bool>,
) -> Result<Page<QuarantineEntry>> {
    let list = List::new(ctx, "quarantine");
    let organizations = by.organizations_with(Permission::MachineSee);
    let rows = store::list(
        ctx.db.read(),
        &organizations,
        (waiting, page.key(&list)?),
        page.limit() + 1,
    )
    .await?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        entries.push(QuarantineEntry::of(ctx, &by.rights, row).await?);
    }
    Ok(Page::of(&list, entries, page.limit(), |entry| entry.id))
}

/// How many wait, in every organization that the caller may see.
///
/// # Errors
/// Those of the database.
pub async fn counts(ctx: &Ctx, by: &Caller) -> Result<QuarantineCounts> {
    let organizations = by.organizations_with(Permission::MachineSee);
    let waiting = store::waiting(ctx.db.read(), &organizations).await?;
    Ok(QuarantineCounts { waiting })
}

/// One entry.
///
/// # Errors
/// `not_found`; those of the database.
pub(crate) async fn get(ctx: &Ctx, by: &Caller, id: QuarantineId) -> Result<QuarantineEntry> {
    let organizations = by.organizations_with(Permission::MachineSee);
    let row = store::find(ctx.db.read(), &organizations, id)
        .await?
        .ok_or(Error::NotFound("quarantine entry"))?;
    QuarantineEntry::of(ctx, &by.rights, row).await
}

/// Housekeeping: forgets undecided entries that ask no more, the tokens that the server made for copies, and values that were
/// learned to identify nothing and are rare again.
///
/// # Errors
/// Those of the database.
pub async fn forget_stale(ctx: &Ctx) -> Result<()> {
    let tx = ctx.db.write().await?;
    let before = Timestamp(ctx.clock.now().0 - i64::try_from(FORGOTTEN_AFTER.as_millis()).unwrap_or(0));
    let gone = store::forget_stale(&tx, before).await?;
    enrollment::forget_internal(&tx, before).await?;
    evidence::forget_unshared(&tx).await?;
    tx.commit().await?;
    if gone > 0 {
        tracing::info!(
            entries = gone,
            "quarantine entries that asked no more were forgotten"
        );
    }
    Ok(())
}

pub(super) fn nudge(ctx: &Ctx, organization: OrganizationId) {
    let topics = [Topic::Quarantine, Topic::Machines, Topic::Audit];
    ctx.events.publish(Scope::Organization(organization), &topics);
}
