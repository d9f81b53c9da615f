//! Enrollment tokens and their uses as the API shows them. Never the secret, but for once in [`CreatedToken`].

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::{AuditEntry, TargetKind};
use crate::clock::Timestamp;
use crate::http::ETag;
use crate::ids::{AccountId, AuditEntryId, EnrollmentTokenId, MachineId, OrganizationId, SiteId};
use crate::machines::{Labels, PresentMachine};
use crate::store::entities::enrollment_token::{Approval, Model};

/// What allows agents to ask for enrollment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EnrollmentToken {
    /// Its identifier; not the secret.
    pub id: EnrollmentTokenId,
    /// Its name.
    pub name: String,
    /// Whether it still works.
    pub state: TokenState,
    /// Where machines are put.
    pub site_id: SiteId,
    /// Whose machines they become.
    pub organization_id: OrganizationId,
    /// Labels that machines get.
    pub labels: Labels,
    /// Machines enrolled with it.
    pub uses: u32,
    /// Machines that may be enrolled with it; `null` = any number.
    pub max_uses: Option<u32>,
    /// Installations that asked with it and about which a person has to decide.
    pub waiting: u32,
    /// Whether a person has to agree before a newcomer becomes a machine.
    pub approval: Approval,
    /// Networks from which it may be used; anywhere when empty.
    pub networks: Vec<String>,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: TokenCreator,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Version for `If-Match`.
    pub etag: String,
}

/// Whether a token still works, and if not, what came first of what cannot be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EnrollmentTokenState)]
pub enum TokenState {
    /// It does.
    Active,
    /// As many machines were enrolled as it allows; those are still found again by their keys.
    UsedUp,
    /// Its time is over.
    Expired,
    /// Somebody revoked it.
    Revoked,
}

/// Which tokens of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenFilter {
    /// Those that still work.
    Active,
    /// Those that are used up, expired or revoked.
    Ended,
}

/// Who made a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TokenCreator {
    /// The account; `null` for the server's command line.
    pub id: Option<AccountId>,
    /// Display name.
    pub name: String,
}

/// A token that was just made, with its text, which is shown once.
#[derive(Clone, Serialize, ToSchema)]
pub struct CreatedToken {
    /// The token.
    #[serde(flatten)]
    pub details: EnrollmentToken,
    /// The text to give to the agent; nobody can show it again.
    pub token: String,
}

impl std::fmt::Debug for CreatedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CreatedToken({:?})", self.details)
    }
}

/// A machine that was enrolled with a token. It is known from the audit entry of that moment, so it stays true when the
/// machine is renamed, merged or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = EnrollmentTokenUse)]
pub struct TokenUse {
    /// The audit entry that proves it: an enrollment, or a decision about an installation that had to wait.
    pub id: AuditEntryId,
    /// When.
    pub at: Timestamp,
    /// The machine as it was enrolled.
    pub machine_id: Option<MachineId>,
    /// Its name, or its host name, then.
    pub machine_name: String,
    /// Where the agent asked from.
    pub address: Option<String>,
    /// The machine now, or the one it was merged into; `null` when it was removed.
    pub machine: Option<PresentMachine>,
}

impl TokenState {
    /// The state of a token at `now`.
    #[must_use]
    pub fn of(row: &Model, now: Timestamp) -> Self {
        if row.revoked_at.is_some() {
            Self::Revoked
        } else if row.max_uses.is_some_and(|max| row.uses >= max) {
            Self::UsedUp
        } else if row.expires_at <= now {
            Self::Expired
        } else {
            Self::Active
        }
    }
}

impl EnrollmentToken {
    pub(super) fn of(row: Model, waiting: u32, now: Timestamp) -> Self {
        let count = |number: i32| u32::try_from(number).unwrap_or(0);
        Self {
            state: TokenState::of(&row, now),
            labels: Labels::of(&row),
            // What cannot be read allows nothing (see `networks_allow`), and is shown as it is.
            networks: strings(&row.networks),
            id: row.id,
            name: row.name,
            site_id: row.site_id,
            organization_id: row.organization_id,
            uses: count(row.uses),
            max_uses: row.max_uses.map(count),
            waiting,
            approval: row.approval,
            expires_at: row.expires_at,
            created_at: row.created_at,
            created_by: TokenCreator {
                id: row.created_by,
                name: row.created_by_name,
            },
            revoked_at: row.revoked_at,
            etag: ETag(row.version).to_string(),
        }
    }
}

fn strings(column: &serde_json::Value) -> Vec<String> {
    serde_json::from_value(column.clone()).unwrap_or_else(|_| vec![column.to_string()])
}

impl TokenUse {
    /// Out of the audit entry of an enrollment; `machine` is to be filled in.
    pub(super) fn of(entry: AuditEntry) -> Self {
        let said = |name: &str| entry.detail.get(name).and_then(|value| value.as_str());
        // Of an approval it is the newcomer's and not that of whoever approved.
        let address = said("address")
            .map(str::to_owned)
            .or_else(|| entry.address.clone());
        let target = entry.target.as_ref();
        let machine = target.filter(|target| target.kind == TargetKind::Machine.as_str());
        Self {
            id: entry.id,
            at: entry.at,
            machine_id: machine
                .map(|target| target.id.as_str())
                .or_else(|| said("machine_id"))
                .and_then(|id| id.parse().ok()),
            machine_name: target.map(|target| target.name.clone()).unwrap_or_default(),
            address,
            machine: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::tests::row;
    use super::*;

    #[test]
    fn a_state_says_what_ended_it() {
        let now = Timestamp(1_000);
        let active = Model {
            expires_at: Timestamp(1_001),
            max_uses: Some(2),
            uses: 1,
            ..row()
        };
        assert_eq!(TokenState::of(&active, now), TokenState::Active);
        assert_eq!(TokenState::of(&active, Timestamp(1_001)), TokenState::Expired);
        let used_up = Model { uses: 2, ..active };
        assert_eq!(TokenState::of(&used_up, Timestamp(9_999)), TokenState::UsedUp);
        let revoked = Model {
            revoked_at: Some(now),
            ..used_up
        };
        assert_eq!(TokenState::of(&revoked, now), TokenState::Revoked);
        let endless = Model {
            max_uses: None,
            uses: 70_000,
            ..row()
        };
        assert_eq!(TokenState::of(&endless, Timestamp(0)), TokenState::Active);
    }
}
