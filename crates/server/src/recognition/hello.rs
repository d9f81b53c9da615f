//! What a link's hello means, put into effect: the machine is let in, or told why not.
//!
//! The usual hello costs two reads and no write here. When something was decided about machines while it was on its way, the two
//! are made once more, now that the link is there to be dismissed ([`still`]). The counter is kept with the first report of the
//! link.

use std::net::IpAddr;
use std::time::Duration;

use farol_protocol::evidence::Evidence;
use farol_protocol::identity::MachinePublicKey;
use farol_protocol::ids::{InstallId, RunId};
use farol_protocol::link::{Established, GoodbyeReason, Secret};
use serde_json::json;

use super::decide::{self, HelloDecision, KeyStanding, Known, Said};
use super::quarantine::{self, Newcomer, Verdict};
use super::{evidence, store};
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ids::{MachineId, OrganizationId};
use crate::machines;
use crate::organizations;
use crate::store::entities::machine::{MachineState, Model};
use crate::store::entities::machine_key::KeyState;

/// A blocked or quarantined agent asks again this often at most.
pub(super) const QUIET: Duration = Duration::from_secs(120);
/// One that found no place in quarantine asks again this often.
const FULL: Duration = Duration::from_secs(600);
/// Time in which a dead link of the same machine is noticed, and a live one says something.
pub(super) const CONTEST: Duration = Duration::from_secs(12);
/// When an agent asks again whose machine changed while it was let in.
const COME_AGAIN: Duration = Duration::from_secs(1);
/// An agent that changed its key may not have heard that it counts.
const KEY_GRACE: Duration = Duration::from_secs(600);

/// The machine that an agent claims to be, by the key that it claims to hold. Nothing of it is proved yet.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Whose record its link counts for: the survivor, when records were merged.
    pub machine: MachineId,
    /// Whose key it is.
    pub record: MachineId,
    /// Whose machine.
    pub organization: OrganizationId,
    /// The key.
    pub key: MachinePublicKey,
    standing: KeyStanding,
    /// None when the machine was removed.
    row: Option<Box<Model>>,
}

impl Claim {
    /// Whether it is that of a one-time agent.
    #[must_use]
    pub fn one_time(&self) -> bool {
        self.row.as_ref().is_some_and(|row| row.one_time)
    }
}

/// What to tell the agent.
#[derive(Debug)]
pub enum Outcome {
    /// It is in.
    Welcome {
        /// What its state has to go on from, when that is not what it said.
        go_on: Option<(u64, InstallId)>,
        /// Somebody asked for a new machine key.
        rotate_key: bool,
    },
    /// It is not.
    Goodbye {
        /// Why.
        reason: GoodbyeReason,
        /// In words.
        detail: &'static str,
        /// When to ask again.
        retry_after: Option<Duration>,
    },
    /// It is a copy and shall enroll for itself.
    Reidentify(Secret),
}

/// Looks up what an agent claims; None when this key never was this machine's.
///
/// # Errors
/// Those of the database.
pub async fn claim(ctx: &Ctx, record: MachineId, key: MachinePublicKey) -> Result<Option<Claim>> {
    let db = ctx.db.read();
    let Some(found) = machines::keys::find(db, &key.to_bytes()).await? else {
        return Ok(None);
    };
    if found.machine_id != record {
        return Ok(None);
    }
    let row = store::machine(db, record).await?;
    let recently = found
        .ended_at
        .is_some_and(|ended| ctx.clock.now().since(ended) < KEY_GRACE);
    let standing = match found.state {
        _ if row.is_none() => KeyStanding::Removed,
        KeyState::Current => KeyStanding::Current,
        KeyState::Former => KeyStanding::Former { recently },
        KeyState::Removed => KeyStanding::Removed,
    };
    let machine = match &row {
        Some(row) => machines::survivor(db, row).await?,
        None => record,
    };
    Ok(Some(Claim {
        machine,
        record,
        organization: found.organization_id,
        key,
        standing,
        row: row.map(Box::new),
    }))
}

/// Decides about an agent that proved its claim.
///
/// # Errors
/// Those of the database.
pub async fn hello(ctx: &Ctx, claim: &Claim, about: &Established, address: IpAddr) -> Result<Outcome> {
    let Some(row) = claim.row.as_deref() else {
        return Ok(removed());
    };
    let said = Said {
        install: about.installation.id,
        counter: about.installation.counter,
        evidence: counting(row, &about.installation.evidence),
    };
    let (known, said) = known(ctx, claim, row, (said, about.run)).await?;
    match decide::hello(claim.standing, &known, &said) {
        HelloDecision::Accept {
            evidence_changed,
            rolled_back,
        } => {
            let go_on = if evidence_changed || rolled_back {
                if let Err(wait) = ctx.presence.changes(claim.record, ctx.clock.now()) {
                    return Ok(goodbye(
                        GoodbyeReason::ServerStopping,
                        "this machine changed too often: its parts, or which state of it runs",
                        Some(wait),
                    ));
                }
                note(ctx, claim, row, (about, address), rolled_back).await?
            } else {
                None
            };
            Ok(Outcome::Welcome {
                go_on,
                rotate_key: row.rotation_asked_at.is_some(),
            })
        }
        HelloDecision::Contested => {
            ctx.presence.contest(claim.machine);
            Ok(goodbye(
                GoodbyeReason::Contested,
                "another link of this machine may still be alive",
                Some(CONTEST),
            ))
        }
        HelloDecision::Quarantine(_) if row.one_time => Ok(goodbye(
            GoodbyeReason::Refused,
            "a one-time agent is run once; start it anew with another support code",
            None,
        )),
        HelloDecision::Quarantine(reason) => {
            let newcomer = Newcomer::of_link(row, claim, about, address);
            match quarantine::ask(ctx, newcomer, reason).await? {
                // No place to wait in: it waits outside, as quietly.
                Verdict::Full(full) => Ok(goodbye(GoodbyeReason::Quarantined, full.fragment(), Some(FULL))),
                Verdict::Wait => Ok(goodbye(
                    GoodbyeReason::Quarantined,
                    "a technician has to decide which machine this is",
                    Some(QUIET),
                )),
                Verdict::Refused => Ok(goodbye(
                    GoodbyeReason::Refused,
                    "a technician decided that this installation has no place here",
                    None,
                )),
                Verdict::Own(token) => Ok(Outcome::Reidentify(Secret(token))),
            }
        }
        HelloDecision::Blocked => Ok(blocked()),
        HelloDecision::Removed => Ok(removed()),
    }
}

/// Reads once more by what an agent was let in, now that its link is there to be dismissed; a goodbye when that does not hold any
/// more. An agent may have held its proof back while somebody blocked, rebound, merged or removed the machine and found no link
/// to dismiss; whoever does so later finds this one.
///
/// # Errors
/// Those of the database.
pub async fn still(ctx: &Ctx, claim: &Claim) -> Result<Option<Outcome>> {
    let now = self::claim(ctx, claim.record, claim.key).await?;
    let Some((now, row)) = now.as_ref().and_then(|now| Some((now, now.row.as_deref()?))) else {
        return Ok(Some(removed()));
    };
    if row.state == MachineState::Blocked || survivor_blocked(ctx, now).await? {
        return Ok(Some(blocked()));
    }
    if now.machine == claim.machine && now.standing == KeyStanding::Current {
        return Ok(None);
    }
    Ok(Some(goodbye(
        GoodbyeReason::ServerStopping,
        "what is known of this machine has just changed",
        Some(COME_AGAIN),
    )))
}

/// What identifies a machine, as far as it counts: of one-time agents nothing is kept or compared.
fn counting(row: &Model, said: &Evidence) -> Evidence {
    if row.one_time {
        Evidence::default()
    } else {
        said.clone()
    }
}

fn blocked() -> Outcome {
    goodbye(
        GoodbyeReason::Blocked,
        "a technician blocked this machine",
        Some(QUIET),
    )
}

fn goodbye(reason: GoodbyeReason, detail: &'static str, retry_after: Option<Duration>) -> Outcome {
    Outcome::Goodbye {
        reason,
        detail,
        retry_after,
    }
}

fn removed() -> Outcome {
    goodbye(
        GoodbyeReason::MachineRemoved,
        "a technician removed this machine",
        None,
    )
}

/// What the decision needs to know. The evidence is stripped of learned values only where that can make a difference.
async fn known(
    ctx: &Ctx,
    claim: &Claim,
    row: &Model,
    (mut said, run): (Said, RunId),
) -> Result<(Known, Said)> {
    let db = ctx.db.read();
    let mut evidence = evidence::of_row(&row.evidence);
    if evidence != said.evidence {
        let mut values = evidence.values();
        values.extend(said.evidence.values());
        let learned = evidence::learned(db, row.organization_id, &values).await?;
        evidence = evidence.without(&learned);
        said.evidence = said.evidence.without(&learned);
    }
    let live = ctx.presence.live(claim.machine, claim.record, run);
    // The row is written within a second of each arrival; until then the link knows better.
    let newest = ctx.presence.installation(claim.machine, claim.record);
    let install: Option<InstallId> = row.install_id.parse().ok();
    let install = newest.or(install.map(|id| (id, store::read(row.install_counter))));
    let mut past = Vec::new();
    if install.is_some_and(|(id, _)| id != said.install)
        && let Some(counter) = store::past(db, claim.record, &said.install).await?
    {
        past.push((said.install, counter));
    }
    let known = Known {
        blocked: row.state == MachineState::Blocked || survivor_blocked(ctx, claim).await?,
        evidence,
        install,
        past,
        live,
    };
    Ok((known, said))
}

async fn survivor_blocked(ctx: &Ctx, claim: &Claim) -> Result<bool> {
    if claim.machine == claim.record {
        return Ok(false);
    }
    let survivor = store::machine(ctx.db.read(), claim.machine).await?;
    Ok(survivor.is_some_and(|row| row.state == MachineState::Blocked))
}

/// Keeps what an accepted hello changed, with its audit entries.
async fn note(
    ctx: &Ctx,
    claim: &Claim,
    row: &Model,
    (about, address): (&Established, IpAddr),
    rolled_back: bool,
) -> Result<Option<(u64, InstallId)>> {
    let now = ctx.clock.now();
    let said = &about.installation;
    let old = evidence::of_row(&row.evidence);
    let new = old.updated_by(&counting(row, &said.evidence));
    let tx = ctx.db.write().await?;
    organizations::hold(&tx, row.organization_id).await?;
    // Another installation took its place meanwhile: nothing of this one is kept, and [`still`] sends it away.
    let key = machines::keys::find(&tx, &claim.key.to_bytes()).await?;
    if key.is_none_or(|key| key.state != KeyState::Current || key.machine_id != row.id) {
        return Ok(None);
    }
    let entry = |action| {
        Entry::new(row.organization_id, Actor::agent(row.id, &row.name), action)
            .on(Target::new(TargetKind::Machine, row.id, &row.name))
            .from(address)
    };
    if new != old {
        evidence::put(ctx, &tx, (row.organization_id, row.id), &new).await?;
        // The first evidence of a machine is no change of it.
        if old.uid().is_some() {
            let entry = entry(Action::MachineEvidenceChanged);
            let entry = entry.change(evidence::to_row(&old), evidence::to_row(&new));
            audit::record(&tx, now, entry).await?;
        }
    }
    let mut go_on = None;
    if rolled_back {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
        let counter = store::read(row.install_counter)
            .max(said.counter)
            .saturating_add(1);
        store::remember(
            &tx,
            row.id,
            (&said.id.to_string(), store::stored(said.counter)),
            now,
        )
        .await?;
        store::put_installation(&tx, row.id, (InstallId(bytes), counter), now).await?;
        let detail = json!({ "counter": said.counter, "expected_more_than": row.install_counter });
        let entry = entry(Action::MachineRolledBack).detail(detail).change(
            json!({ "install_id": row.install_id, "counter": row.install_counter }),
            json!({ "install_id": InstallId(bytes).to_string(), "counter": counter }),
        );
        audit::record(&tx, now, entry).await?;
        go_on = Some((counter, InstallId(bytes)));
    }
    tx.commit().await?;
    ctx.events.machine(claim.organization, claim.machine);
    Ok(go_on)
}
