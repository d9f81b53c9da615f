//! Which machine an installation of a helpdesk's desktop agent speaks for.
//!
//! Such agents have no key. An installation is known by the code that it stores, or by the evidence of its machine when it
//! stores none; the credential is the provisioning secret that came with the request, so what is said here is a claim, like
//! all evidence. Called inside the registration's transaction.
//!
//! Our own agent loses nothing by it: its key stays, its link stays, its evidence counts before what is said here.

use std::net::IpAddr;

use farol_protocol::evidence::Evidence;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::decide::{self, Again, Candidate, DoorDecision, InstallationStanding, Reason};
use super::newcomer::entry;
use super::quarantine::{self, Newcomer, Place};
use super::{evidence, helpdesk_store, newcomer, sandbox, store};
use crate::audit::{self, Action};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::RequestInfo;
use crate::ids::{MachineId, OrganizationId, RequestId, SiteId};
use crate::machine_routes;
use crate::machines::{self, EnrolledFacts, NewMachine};
use crate::organizations;
use crate::store::WriteTx;
use crate::store::entities::enrollment_token::Approval;
use crate::store::entities::helpdesk_installation::InstallationState;
use crate::store::entities::machine::{Door, MachineState, Model as MachineRow};

/// An installation that asks to speak for its machine.
#[derive(Debug, Clone)]
pub(crate) struct Asking {
    pub(crate) organization: OrganizationId,
    pub(crate) site: SiteId,
    /// What it stores and tells each time.
    pub(crate) code: Option<String>,
    pub(crate) evidence: Evidence,
    pub(crate) about: EnrolledFacts,
    pub(crate) address: IpAddr,
    pub(crate) request: RequestId,
    pub(crate) approval: Approval,
}

/// What it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Speak for this record.
    Machine {
        /// Which.
        record: MachineId,
        /// It had none before.
        new: bool,
    },
    /// Ask again; a person has to decide. The stable code of the reason.
    Waiting(String),
    /// Nothing: a person decided so.
    Refused,
    /// Nothing while its machine is blocked.
    Blocked,
}

/// What is known of an installation.
enum Standing {
    /// Nothing.
    Unknown,
    /// It speaks for this record.
    Speaks(Box<MachineRow>),
    /// What it stores is another machine's.
    OwnMachine,
    /// A person has to decide.
    Doubtful(Reason),
    /// Its machine is blocked.
    Blocked,
}

/// Decides about an installation and puts the decision into effect.
///
/// # Errors
/// `validation_failed` when nothing tells which installation it is; `quarantine_full`; those of the database.
pub(crate) async fn ask(ctx: &Ctx, tx: &WriteTx, info: &RequestInfo, asking: Asking) -> Result<Admission> {
    let mut key = installation_key(&asking)?;
    let mut standing = stand(tx, &asking, &key).await?;
    if matches!(standing, Standing::OwnMachine) {
        // What it stores was copied with a disk; together with the hardware it is its own.
        key = own_key(&asking, &key);
        standing = stand(tx, &asking, &key).await?;
    }
    if matches!(standing, Standing::Unknown) {
        // Of two that come for one machine at the same moment, through whichever doors, the second finds what the first has
        // become; so does the same installation.
        organizations::hold(tx, asking.organization).await?;
        standing = stand(tx, &asking, &key).await?;
    }
    match standing {
        Standing::Unknown => join(ctx, tx, info, (&asking, key)).await,
        Standing::Speaks(row) => {
            note(ctx, tx, info, (&row, &asking)).await?;
            Ok(Admission::Machine {
                record: row.id,
                new: false,
            })
        }
        Standing::Blocked => Ok(Admission::Blocked),
        // The hardware is in the key by now: other hardware under it is nothing to guess about.
        Standing::OwnMachine => wait(ctx, tx, (&asking, key), Reason::OtherHardware).await,
        Standing::Doubtful(reason) => wait(ctx, tx, (&asking, key), reason).await,
    }
}

/// 32 bytes that tell installations apart: over the code that it stores, else over its evidence.
fn installation_key(asking: &Asking) -> Result<[u8; 32]> {
    let mut digest = Sha256::new();
    digest.update(b"farol-helpdesk-installation\0");
    match (&asking.code, asking.evidence.uid()) {
        (Some(code), _) => digest.update(code.as_bytes()),
        (None, Some(uid)) => digest.update(uid.0),
        (None, None) => {
            let detail = "Nothing here tells which machine this is. Send serial numbers of its board, system or disks, or a \
                          code that the installation keeps (installationCode); host names and network addresses do not count.";
            return Err(Error::invalid("installationCode", "required", detail));
        }
    }
    Ok(digest.finalize().into())
}

fn own_key(asking: &Asking, key: &[u8; 32]) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(b"farol-helpdesk-copy\0");
    digest.update(key);
    digest.update(asking.evidence.uid().map_or([0; 32], |uid| uid.0));
    digest.finalize().into()
}

async fn stand(tx: &WriteTx, asking: &Asking, key: &[u8; 32]) -> Result<Standing> {
    let Some(found) = helpdesk_store::find(tx, asking.organization, key).await? else {
        return Ok(Standing::Unknown);
    };
    let row = store::machine(tx, found.machine_id).await?;
    let mut blocked = false;
    if let Some(row) = &row {
        let survivor = machines::survivor(tx, row).await?;
        let survivor = store::machine(tx, survivor).await?;
        blocked = row.state == MachineState::Blocked
            || survivor.is_some_and(|survivor| survivor.state == MachineState::Blocked);
    }
    let standing = match (&row, found.state) {
        (None, _) => InstallationStanding::Removed,
        (_, InstallationState::Current) => InstallationStanding::Current,
        (_, InstallationState::Former) => InstallationStanding::Former,
    };
    let have = row
        .as_ref()
        .map(|row| evidence::of_row(&row.evidence))
        .unwrap_or_default();
    let mut values = asking.evidence.values();
    values.extend(have.values());
    let learned = evidence::learned(tx, asking.organization, &values).await?;
    let said = asking.evidence.without(&learned);
    let again = decide::helpdesk_again(standing, blocked, &have.without(&learned), &said);
    Ok(match (again, row) {
        (Again::Same, Some(row)) => Standing::Speaks(Box::new(row)),
        (Again::Same, None) => Standing::Unknown,
        (Again::OwnMachine, _) => Standing::OwnMachine,
        (Again::Blocked, _) => Standing::Blocked,
        (Again::Quarantine(reason), _) => Standing::Doubtful(reason),
    })
}

/// An installation that nobody knows: its machine may be known all the same.
async fn join(
    ctx: &Ctx,
    tx: &WriteTx,
    info: &RequestInfo,
    (asking, key): (&Asking, [u8; 32]),
) -> Result<Admission> {
    let now = ctx.clock.now();
    let newcomer = newcomer(asking, key);
    let (said, mut candidates) = newcomer::candidates(ctx, tx, &newcomer).await?;
    for Candidate {
        id, online, keyless, ..
    } in &mut candidates
    {
        // Whether our agent has a key there is no matter of this door.
        *keyless = false;
        // Another installation behind this door; a link of our agent is no other claim to the same place.
        *online = machine_routes::is_heard(ctx, tx, *id).await?;
    }
    let sandbox = sandbox::looks_like_sandbox(&newcomer.about.hostname);
    let decision = decide::helpdesk_newcomer(asking.approval, sandbox, &said, &candidates);
    if let DoorDecision::Quarantine(reason) = decision {
        return wait(ctx, tx, (asking, key), reason).await;
    }
    let mut settled = None;
    match quarantine::place(tx, &newcomer).await? {
        Place::Refused => return Ok(Admission::Refused),
        // Whoever had to wait for another installation's silence waits no longer; everybody else for a person.
        Place::Waiting { id, reason } if reason == Reason::UidOnline.code() => settled = Some(id),
        Place::Waiting { reason, .. } => return wait_on(tx, &newcomer, reason, now).await,
        Place::None => {}
    }
    let same = match decision {
        DoorDecision::Same(id) => store::machine(tx, id).await?,
        _ => None,
    };
    let (record, new) = match same {
        Some(row) => {
            open_door(ctx, tx, info, (&newcomer, &row)).await?;
            (row.id, false)
        }
        None => (add(ctx, tx, info, newcomer).await?, true),
    };
    if let Some(entry) = settled {
        quarantine::settle(tx, entry, (record, new), now).await?;
    }
    Ok(Admission::Machine { record, new })
}

fn newcomer(asking: &Asking, key: [u8; 32]) -> Newcomer {
    Newcomer {
        organization: asking.organization,
        site: asking.site,
        token: None,
        machine: None,
        door: Door::Helpdesk,
        key,
        counter: 0,
        evidence: asking.evidence.clone(),
        about: EnrolledFacts {
            // No UUID, so that it is never taken for an installation of our agent.
            install_id: format!("helpdesk-{}", hex::encode(&key[..8])),
            ..asking.about.clone()
        },
        address: asking.address,
        request: Some(asking.request),
    }
}

async fn wait(
    ctx: &Ctx,
    tx: &WriteTx,
    (asking, key): (&Asking, [u8; 32]),
    reason: Reason,
) -> Result<Admission> {
    let newcomer = newcomer(asking, key);
    wait_on(tx, &newcomer, reason.code().into(), ctx.clock.now())
        .await
        .map(|admission| match admission {
            Admission::Waiting(_) => Admission::Waiting(reason.code().into()),
            other => other,
        })
}

async fn wait_on(tx: &WriteTx, newcomer: &Newcomer, reason: String, now: Timestamp) -> Result<Admission> {
    Ok(if quarantine::keep(tx, newcomer, &reason, now).await? {
        Admission::Waiting(reason)
    } else {
        Admission::Refused
    })
}

/// A machine that was not known.
async fn add(ctx: &Ctx, tx: &WriteTx, info: &RequestInfo, newcomer: Newcomer) -> Result<MachineId> {
    let now = ctx.clock.now();
    let id = MachineId::new();
    let name = machines::first_name(&newcomer.about.hostname);
    let new = NewMachine {
        id,
        organization: newcomer.organization,
        site: newcomer.site,
        token: None,
        key: None,
        name: name.clone(),
        door: Door::Helpdesk,
        labels: json!({}),
        about: newcomer.about,
        counter: 0,
        one_time: false,
    };
    organizations::require_open_site(tx, newcomer.organization, newcomer.site).await?;
    machines::insert(tx, new, now).await?;
    evidence::put(ctx, tx, (newcomer.organization, id), &newcomer.evidence).await?;
    attach(tx, newcomer.organization, (id, &newcomer.key), now).await?;
    let machine = (id, name.as_str());
    let entry = entry(newcomer.organization, machine, Action::MachineEnrolled, info)
        .detail(json!({ "door": "helpdesk" }));
    audit::record(tx, now, entry).await?;
    Ok(id)
}

/// A machine that was known, through whichever door: it keeps its record and gets this door as well.
async fn open_door(
    ctx: &Ctx,
    tx: &WriteTx,
    info: &RequestInfo,
    (newcomer, row): (&Newcomer, &MachineRow),
) -> Result<()> {
    let now = ctx.clock.now();
    attach(tx, row.organization_id, (row.id, &newcomer.key), now).await?;
    let said = merged_evidence(row, &newcomer.evidence);
    evidence::put(ctx, tx, (row.organization_id, row.id), &said).await?;
    if row.door == Door::Helpdesk {
        machines::refresh_said(tx, row, newcomer.about.clone()).await?;
    }
    let machine = (row.id, row.name.as_str());
    let entry = entry(row.organization_id, machine, Action::MachineRebound, info)
        .detail(json!({ "door": "helpdesk" }))
        .change(row.evidence.clone(), evidence::to_row(&said));
    audit::record(tx, now, entry).await
}

/// Makes the installation the one that speaks for the machine behind this door. Keys and links of our agent stay.
pub(super) async fn attach(
    tx: &WriteTx,
    organization: OrganizationId,
    (machine, key): (MachineId, &[u8; 32]),
    now: Timestamp,
) -> Result<()> {
    helpdesk_store::put(tx, organization, (machine, key), now).await?;
    machines::add_helpdesk(tx, machine, now).await
}

/// What an installation says that speaks for its machine already.
async fn note(
    ctx: &Ctx,
    tx: &WriteTx,
    info: &RequestInfo,
    (row, asking): (&MachineRow, &Asking),
) -> Result<()> {
    let now = ctx.clock.now();
    let (old, new) = (
        evidence::of_row(&row.evidence),
        merged_evidence(row, &asking.evidence),
    );
    if new != old {
        organizations::hold(tx, row.organization_id).await?;
        evidence::put(ctx, tx, (row.organization_id, row.id), &new).await?;
        if old.uid().is_some() {
            let machine = (row.id, row.name.as_str());
            let entry = entry(row.organization_id, machine, Action::MachineEvidenceChanged, info)
                .detail(json!({ "door": "helpdesk" }))
                .change(evidence::to_row(&old), evidence::to_row(&new));
            audit::record(tx, now, entry).await?;
        }
    }
    if row.door == Door::Helpdesk {
        machines::refresh_said(tx, row, asking.about.clone()).await?;
    }
    Ok(())
}

/// Our agent reads the hardware itself: where it has spoken, others only fill gaps.
pub(super) fn merged_evidence(row: &MachineRow, said: &Evidence) -> Evidence {
    let known = evidence::of_row(&row.evidence);
    match row.door {
        Door::Agent => said.updated_by(&known),
        Door::Helpdesk => known.updated_by(said),
    }
}
