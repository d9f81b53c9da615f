//! What technicians see of a machine's helpdesk agent, and how they withdraw its tokens.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::store;
use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::{MachineId, MachineTokenId};
use crate::machines;
use crate::organizations;
use crate::rights::{MachineFacts, Permission};
use crate::store::entities::machine_report::{Model as Report, ReportKind};
use crate::store::entities::machine_token::{Because, Model as TokenRow};

/// Reports listed, the newest.
const REPORTS_SHOWN: u64 = 50;

/// What a helpdesk's desktop agent told about a machine. Plain text and not to be trusted further.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HelpdeskView {
    /// The machine.
    pub machine_id: MachineId,
    /// Since when such an agent speaks for it; `null` when none does.
    pub since: Option<Timestamp>,
    /// When it last sent a heartbeat.
    pub last_heartbeat_at: Option<Timestamp>,
    /// `collaborator` or `manager`.
    pub access_profile: Option<String>,
    /// E-mail address of the person whose machine it is.
    pub account_email: Option<String>,
    /// How the machine is, in the agent's word.
    pub state: Option<String>,
    /// Its figures; empty when it told none.
    #[schema(value_type = Object)]
    pub metrics: Value,
    /// Its remote access programs; empty when it told none.
    #[schema(value_type = Object)]
    pub remote_access: Value,
    /// The newest of each section of its inventory.
    pub sections: Vec<InventorySection>,
    /// Heartbeats by the time at which they were observed, the newest first.
    pub heartbeats: Vec<HeartbeatSeen>,
    /// Its tokens, the newest first; without their secrets.
    pub tokens: Vec<MachineTokenView>,
}

/// A section of an inventory.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct InventorySection {
    /// Its name.
    pub name: String,
    /// When it was observed.
    pub at: Timestamp,
    /// SHA-256 of its JSON.
    pub hash: String,
    /// What it says: any JSON.
    #[schema(value_type = Value)]
    pub body: Value,
}

/// A heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeartbeatSeen {
    /// When it was observed.
    pub at: Timestamp,
    /// When it was delivered.
    pub received_at: Timestamp,
    /// How the machine was.
    pub state: Option<String>,
}

/// A machine's token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MachineToken)]
pub struct MachineTokenView {
    /// Its identifier; not the secret.
    pub id: MachineTokenId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it works without a heartbeat.
    pub expires_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// Where from.
    pub address: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Why: `registered_again` or `withdrawn`.
    pub revoked_because: Option<String>,
}

impl From<TokenRow> for MachineTokenView {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            address: row.address,
            revoked_at: row.revoked_at,
            revoked_because: row.revoked_because.map(|because| match because {
                Because::RegisteredAgain => "registered_again".into(),
                Because::Withdrawn => "withdrawn".into(),
            }),
        }
    }
}

/// What was told of something that has fields; agents send other things, too.
fn object(told: Option<Value>) -> Value {
    told.filter(Value::is_object).unwrap_or_else(|| json!({}))
}

fn text(body: &Value, pointer: &str) -> Option<String> {
    body.pointer(pointer)?.as_str().map(str::to_owned)
}

/// What is known of a machine's helpdesk agent.
///
/// # Errors
/// `not_found`; those of the database.
pub(super) async fn get(ctx: &Ctx, by: &Caller, id: MachineId) -> Result<HelpdeskView> {
    let row = machines::find(ctx, by, id).await?;
    let db = ctx.db.read();
    let records = machines::records(db, row.id).await?;
    let registration = store::newest(db, &records, ReportKind::Registration).await?;
    let registration = registration.map(|report| report.body).unwrap_or_default();
    let heartbeats = store::reports(db, &records, ReportKind::Heartbeat, REPORTS_SHOWN).await?;
    let last = heartbeats
        .first()
        .map(|report| report.body.clone())
        .unwrap_or_default();
    let said = |name: &str| last.get(name).filter(|part| !part.is_null()).cloned();
    let sections = store::sections(db, &records).await?.into_iter();
    let tokens = store::tokens(db, &records).await?;
    Ok(HelpdeskView {
        machine_id: row.id,
        since: row.helpdesk_at,
        last_heartbeat_at: heartbeats.iter().map(|report| report.received_at).max(),
        access_profile: text(&registration, "/access_profile"),
        account_email: text(&registration, "/account/email"),
        state: text(&last, "/state"),
        metrics: object(said("metrics").or_else(|| registration.get("metrics").cloned())),
        remote_access: object(said("remote_access")),
        sections: sections
            .map(|section| InventorySection {
                name: section.section,
                at: section.at,
                hash: hex::encode(section.hash),
                body: section.body,
            })
            .collect(),
        heartbeats: heartbeats.into_iter().map(seen).collect(),
        tokens: tokens.into_iter().map(Into::into).collect(),
    })
}

fn seen(report: Report) -> HeartbeatSeen {
    HeartbeatSeen {
        at: report.at,
        received_at: report.received_at,
        state: text(&report.body, "/state"),
    }
}

/// Withdraws a machine's tokens at once, and ends what was signed in with them. Its agent may register again.
///
/// # Errors
/// `not_found`, `forbidden`; those of the database.
pub(super) async fn withdraw(ctx: &Ctx, by: &Caller, id: MachineId) -> Result<()> {
    let row = machines::find(ctx, by, id).await?;
    by.require_on(&MachineFacts::from(&row), Permission::MachineManage)?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    // As a registration does: first the organization, then its tokens.
    organizations::hold(&tx, row.organization_id).await?;
    let records = machines::records(&tx, row.id).await?;
    let revoked = store::revoke(&tx, &records, (now, Because::Withdrawn)).await?;
    if revoked.tokens == 0 && revoked.logins == 0 {
        return Ok(());
    }
    let entry = by
        .entry(row.organization_id, Action::MachineTokenRevoked)
        .on(Target::new(TargetKind::Machine, row.id, &row.name))
        .detail(json!({ "because": "withdrawn", "tokens": revoked.tokens, "logins": revoked.logins }));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    ctx.helpdesk.forget(row.id);
    ctx.events.machine(row.organization_id, row.id);
    Ok(())
}
