//! Access requests, as the API shows and takes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::ids::{AccessRequestId, AccountId, MachineId, OrganizationId};
use crate::rights::Permission;
use crate::store::entities::access_request::{Model, RequestState};

use super::WAIT_MAX;

/// A request to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccessRequest {
    /// On which machine; one that the caller sees.
    pub machine_id: MachineId,
    /// For what: permissions about machines and their sessions, something of them that the caller may not do there.
    pub permissions: Vec<Permission>,
    /// Why, for who decides and who reads what was done.
    #[schema(max_length = 500)]
    pub reason: String,
    /// For how long from the approval, in seconds: five minutes to a week.
    #[schema(minimum = 300, maximum = 604_800)]
    pub duration_seconds: u64,
}

/// What somebody says to a request.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccessDecision)]
pub struct Decision {
    /// A word to whoever asked.
    #[schema(max_length = 500)]
    #[serde(default)]
    pub note: String,
}

/// That somebody asked for more on a machine, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccessRequest {
    /// Its identifier.
    pub id: AccessRequestId,
    /// Whose machine.
    pub organization_id: OrganizationId,
    /// Which machine.
    pub machine_id: MachineId,
    /// Its name at the time.
    pub machine_name: String,
    /// Who asks.
    pub account_id: AccountId,
    /// Their name at the time.
    pub account_name: String,
    /// For what.
    pub permissions: Vec<Permission>,
    /// Why.
    pub reason: String,
    /// For how long from the approval, in seconds.
    pub duration_seconds: u64,
    /// What became of it.
    pub state: RequestState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Nobody decided until then, or will have: then it is over.
    pub lapses_at: Timestamp,
    /// When somebody decided.
    pub decided_at: Option<Timestamp>,
    /// Who did, by the name at that time.
    pub decided_by_name: Option<String>,
    /// What they said to it.
    pub note: String,
    /// Until when what was approved counts.
    pub expires_at: Option<Timestamp>,
    /// When it ended or was withdrawn.
    pub ended_at: Option<Timestamp>,
    /// Who withdrew it; `null` when it ended by itself.
    pub ended_by_name: Option<String>,
    /// Whether the caller may approve or refuse it now.
    pub may_decide: bool,
    /// Whether the caller may withdraw it, or end it before its time.
    pub may_withdraw: bool,
}

impl AccessRequest {
    /// As `by` sees it at a moment, who `decides` about such or does not.
    pub(super) fn of(row: Model, now: Timestamp, by: &Caller, decides: bool) -> Self {
        let (lapsed, counts) = (row.lapsed(now), row.counts(now));
        let waits = row.state == RequestState::Waiting && !lapsed;
        let over = lapsed || (row.state == RequestState::Approved && !counts);
        let mine = row.account_id == by.account;
        Self {
            permissions: row.wanted().iter().collect(),
            duration_seconds: row.life().as_secs(),
            // Noted a moment later.
            state: if over { RequestState::Ended } else { row.state },
            lapses_at: row.created_at.after(WAIT_MAX),
            may_decide: decides && waits,
            may_withdraw: (mine || decides) && (waits || counts),
            id: row.id,
            organization_id: row.organization_id,
            machine_id: row.machine_id,
            machine_name: row.machine_name,
            account_id: row.account_id,
            account_name: row.account_name,
            reason: row.reason,
            created_at: row.created_at,
            decided_at: row.decided_at,
            decided_by_name: row.decided_by_name,
            note: row.note,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
            ended_by_name: row.ended_by_name,
        }
    }
}
