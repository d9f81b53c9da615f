//! Heartbeats and inventory. Each report is kept once, however often it is delivered.
//!
//! An agent that was cut off keeps its reports and delivers them later, with the id or the time that they had. What was answered
//! is on disk; what was not answered is sent again and recognized. A late report never overwrites a newer one: the newest by
//! its own time counts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::caller::{Carries, MachineCaller};
use super::register::{FACT_MAX, OsSaid};
use super::{clean, slow_down, store};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::ids::MachineId;
use crate::machines::{self, EnrolledFacts};
use crate::presence::helpdesk::INTERVAL;
use crate::store::WriteTx;
use crate::store::entities::machine_report::{self, ReportKind};
use crate::webhooks::Presence;

/// Largest body of an inventory report, in bytes: a few thousand programs.
pub const BODY_MAX: usize = 512 * 1024;
/// Reports kept of each kind for one machine, the newest: a day of heartbeats.
pub const REPORTS_KEPT: u64 = 300;
/// Largest figures of one report, in bytes of JSON.
pub(super) const METRICS_MAX: usize = 16 * 1024;
/// Largest remote access snapshot, in bytes of JSON.
const SNAPSHOT_MAX: usize = 8 * 1024;
/// Sections of one inventory.
pub(super) const SECTIONS_MAX: usize = 64;
/// Largest section, in bytes of JSON: the list of programs of a busy machine.
const SECTION_MAX: usize = 256 * 1024;
/// Longest name of a section or id of a report, in bytes.
const NAME_MAX: usize = 64;
/// Clocks of machines are wrong; one that is further ahead is not believed.
const AHEAD_MAX: Duration = Duration::from_secs(10 * 60);

/// What an agent says each few minutes. Fields that are not named here are ignored.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Heartbeat {
    /// The token; may stand in `Authorization: Bearer` instead.
    #[schema(format = Password)]
    machine_token: Option<String>,
    /// Names the report, so that delivering it twice counts once.
    #[schema(max_length = 64)]
    report_id: Option<String>,
    /// When it was observed, RFC 3339; now when left out. Names the report when `reportId` does not.
    #[schema(value_type = Option<String>, format = DateTime)]
    captured_at: Option<Timestamp>,
    /// How the machine is, in a word.
    #[serde(alias = "state")]
    status: Option<String>,
    /// What the machine calls itself.
    hostname: Option<String>,
    /// What runs on it.
    os: Option<OsSaid>,
    /// Version of the agent.
    agent_version: Option<String>,
    /// Figures of the machine, any JSON.
    #[schema(value_type = Object)]
    metrics: Option<Value>,
    /// More of it; `remoteAccessSnapshot` is kept.
    metadata: Option<Metadata>,
}

/// What comes beside the figures.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Metadata {
    /// Remote access programs of the machine and their identifiers, any JSON; passwords are left out.
    #[schema(value_type = Object)]
    remote_access_snapshot: Option<Value>,
}

/// What an agent found in its machine.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct InventoryReport {
    /// The token; may stand in `Authorization: Bearer` instead.
    #[schema(format = Password)]
    machine_token: Option<String>,
    /// Names the report, so that delivering it twice counts once.
    #[schema(max_length = 64)]
    report_id: Option<String>,
    /// When it was observed, RFC 3339; now when left out. Names the report when `reportId` does not.
    #[schema(value_type = Option<String>, format = DateTime)]
    captured_at: Option<Timestamp>,
    /// Sections by name, any JSON each. All that there are: a section that is not named here is removed, unless a newer
    /// inventory came before.
    #[schema(value_type = Object)]
    inventory: BTreeMap<String, Value>,
}

impl Carries for Heartbeat {
    const BODY_MAX: usize = crate::http::BODY_MAX;

    fn take_token(&mut self) -> Option<String> {
        self.machine_token.take()
    }
}

impl Carries for InventoryReport {
    const BODY_MAX: usize = BODY_MAX;

    fn take_token(&mut self) -> Option<String> {
        self.machine_token.take()
    }
}

/// The report is kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Accepted {
    /// The machine's identifier.
    machine_id: MachineId,
    /// It had been delivered before; nothing was counted twice.
    duplicate: bool,
    /// `live`, or `revoked`: the token was replaced a moment ago and soon works no more.
    token_status: &'static str,
    /// `machine_token_revoked` beside `revoked`: register again.
    code: Option<&'static str>,
    /// Until when the token works without another heartbeat.
    expires_at: Option<Timestamp>,
    /// When to send the next heartbeat.
    next_heartbeat_ms: u64,
}

/// Something to be kept once.
pub(super) struct Report {
    pub(super) kind: ReportKind,
    /// None: it is like no other.
    pub(super) id: Option<String>,
    pub(super) at: Timestamp,
    pub(super) body: Value,
}

/// Keeps a report; false when it was delivered before.
pub(super) async fn keep(tx: &WriteTx, record: MachineId, report: Report, now: Timestamp) -> Result<bool> {
    let id = report
        .id
        .unwrap_or_else(|| format!("own-{}", uuid::Uuid::now_v7()));
    let row = machine_report::Model {
        machine_id: record,
        kind: report.kind,
        report_id: id,
        at: report.at,
        received_at: now,
        body: report.body,
    };
    store::insert_report(tx, row).await
}

/// Takes a heartbeat.
///
/// # Errors
/// `validation_failed`, `too_many_attempts`; those of the database.
pub(super) async fn heartbeat(ctx: &Ctx, by: &MachineCaller, said: Heartbeat) -> Result<Accepted> {
    let mut wrong = Vec::new();
    let snapshot = said.metadata.and_then(|metadata| metadata.remote_access_snapshot);
    let body = json!({
        "state": said.status.map(|state| clean::line(&state, NAME_MAX)),
        "metrics": part("metrics", said.metrics.as_ref(), METRICS_MAX, &mut wrong),
        "remote_access": part("metadata.remoteAccessSnapshot", snapshot.as_ref(), SNAPSHOT_MAX, &mut wrong),
    });
    let (id, at) = name_report(ctx, said.report_id, said.captured_at, &mut wrong);
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let about = Facts {
        hostname: said.hostname,
        os: said.os,
        agent_version: said.agent_version,
    };
    let report = Report {
        kind: ReportKind::Heartbeat,
        id,
        at,
        body,
    };
    deliver(ctx, by, report, async |tx| {
        let newest = store::newest(tx, &[by.record], ReportKind::Heartbeat).await?;
        if newest.is_some_and(|newest| newest.at > at) {
            return Ok(());
        }
        about.put(tx, by).await
    })
    .await
}

/// Takes an inventory.
///
/// # Errors
/// As [`heartbeat`].
pub(super) async fn inventory(ctx: &Ctx, by: &MachineCaller, said: InventoryReport) -> Result<Accepted> {
    let mut wrong = Vec::new();
    if said.inventory.len() > SECTIONS_MAX {
        let detail = format!("An inventory has at most {SECTIONS_MAX} sections.");
        wrong.push(FieldError::new("inventory", "too_long", detail));
    }
    let mut sections = BTreeMap::new();
    for (name, section) in said.inventory.iter().take(SECTIONS_MAX) {
        let before = wrong.len();
        let clean = part("inventory", Some(section), SECTION_MAX, &mut wrong);
        let named = wrong.split_off(before).into_iter().map(|one| one.member(name));
        wrong.extend(named.collect::<Vec<_>>());
        if let Some(clean) = clean {
            let hash: [u8; 32] = Sha256::digest(clean.to_string().as_bytes()).into();
            sections.insert(clean::line(name, NAME_MAX), (hash, clean));
        }
    }
    let (id, at) = name_report(ctx, said.report_id, said.captured_at, &mut wrong);
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let hashes: BTreeMap<&String, String> = sections
        .iter()
        .map(|(name, (hash, _))| (name, hex::encode(hash)))
        .collect();
    let report = Report {
        kind: ReportKind::Inventory,
        id,
        at,
        body: json!({ "sections": hashes }),
    };
    deliver(ctx, by, report, async |tx| {
        let newest = store::newest(tx, &[by.record], ReportKind::Inventory).await?;
        if newest.is_some_and(|newest| newest.at > at) {
            return Ok(());
        }
        store::put_sections(tx, by.record, &sections, at).await
    })
    .await
}

/// Keeps a report and what follows from it, renews the token, and notes that the machine is alive.
async fn deliver(
    ctx: &Ctx,
    by: &MachineCaller,
    report: Report,
    follow: impl AsyncFnOnce(&WriteTx) -> Result<()>,
) -> Result<Accepted> {
    let now = ctx.clock.now();
    ctx.machine_routes.reports.check(by.record, now).map_err(|wait| {
        slow_down(
            "This machine reports too often. Keep the reports and deliver them a little later.",
            wait,
        )
    })?;
    let address = by.request.address.to_string();
    let expires_at = now.after(ctx.config.machine_routes.token_ttl);
    let tx = ctx.db.write().await?;
    // Another registration may have come between: then this one counts as delivered in the grace that it gets.
    let live = !by.replaced && store::renew(&tx, by.token, (now, expires_at), &address).await?;
    let new = keep(&tx, by.record, report, now).await?;
    if new {
        follow(&tx).await?;
    }
    if by.alone {
        machines::seen_at(&tx, by.machine, (now, &address)).await?;
    }
    tx.commit().await?;
    let came = live && ctx.helpdesk.heard((by.organization, by.machine), now);
    if came {
        machines::told_presence(ctx, by.organization, by.machine, Presence::Online).await;
    }
    if came || new {
        ctx.events.machine(by.organization, by.machine);
    }
    Ok(Accepted {
        machine_id: by.machine,
        duplicate: !new,
        token_status: if live { "live" } else { "revoked" },
        code: (!live).then_some("machine_token_revoked"),
        expires_at: live.then_some(expires_at),
        next_heartbeat_ms: u64::try_from(INTERVAL.as_millis()).unwrap_or(u64::MAX),
    })
}

/// What a heartbeat says of the machine itself.
struct Facts {
    hostname: Option<String>,
    os: Option<OsSaid>,
    agent_version: Option<String>,
}

impl Facts {
    /// Kept where no agent of ours knows better.
    async fn put(self, tx: &WriteTx, by: &MachineCaller) -> Result<()> {
        if !by.alone || (self.hostname.is_none() && self.os.is_none() && self.agent_version.is_none()) {
            return Ok(());
        }
        let Some((_, row)) = machines::of_record(tx, by.record).await? else {
            return Ok(());
        };
        let text = |said: Option<String>| clean::line(&said.unwrap_or_default(), FACT_MAX);
        let said = EnrolledFacts {
            install_id: String::new(),
            hostname: text(self.hostname),
            os: self.os.unwrap_or_default().cleaned(),
            agent_version: text(self.agent_version),
        };
        machines::refresh_said(tx, &row, said).await
    }
}

fn part(field: &'static str, said: Option<&Value>, max: usize, wrong: &mut Vec<FieldError>) -> Option<Value> {
    let clean = clean::json(said?, max);
    if clean.is_none() {
        wrong.push(too_large(field, max));
    }
    clean
}

pub(super) fn too_large(field: &'static str, max: usize) -> FieldError {
    FieldError::new(field, "too_long", format!("At most {max} bytes of JSON."))
}

/// The report's name and time: both as the agent says, as far as that can be.
fn name_report(
    ctx: &Ctx,
    id: Option<String>,
    at: Option<Timestamp>,
    wrong: &mut Vec<FieldError>,
) -> (Option<String>, Timestamp) {
    let now = ctx.clock.now();
    let fits = |id: &String| {
        let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
        (1..=NAME_MAX).contains(&id.len()) && id.bytes().all(letter)
    };
    if id.as_ref().is_some_and(|id| !fits(id)) {
        let detail = format!("An id has at most {NAME_MAX} letters, digits and “-_.:”.");
        wrong.push(FieldError::new("reportId", "malformed", detail));
    }
    let name = match (id, at) {
        (Some(id), _) => Some(format!("id-{id}")),
        (None, Some(at)) => Some(format!("at-{}", at.0)),
        (None, None) => None,
    };
    let believed = at.filter(|at| *at <= now.after(AHEAD_MAX)).unwrap_or(now);
    (name, believed)
}
