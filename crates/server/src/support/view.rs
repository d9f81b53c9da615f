//! Support codes and waiting people as the API shows them. Never a code's text, but for once in [`CreatedSupportCode`].

use serde::Serialize;
use utoipa::ToSchema;

use super::agents::Offered;
use crate::clock::Timestamp;
use crate::ids::{AccountId, OrganizationId, SupportCodeId};
use crate::machines::Machine;
use crate::store::entities::support_code::Model;

/// A technician, as named at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SupportPerson)]
pub struct Person {
    /// The account.
    pub id: Option<AccountId>,
    /// Display name.
    pub name: String,
}

/// A code that somebody may still come with; without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SupportCode {
    /// Its identifier; not the code.
    pub id: SupportCodeId,
    /// Whose technicians see who comes with it.
    pub organization_id: OrganizationId,
    /// What was noted; may be empty.
    pub note: String,
    /// Who made it.
    pub created_by: Person,
    /// Who is to take whoever comes; `null` for first come, first served.
    pub assigned_to: Option<Person>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A code that was just made, with its text, which is shown once.
#[derive(Clone, Serialize, ToSchema)]
pub struct CreatedSupportCode {
    /// The code without its text.
    #[serde(flatten)]
    pub details: SupportCode,
    /// What to read to the other person, `K7Q-F2M-9X4`; nobody can show it again.
    pub code: String,
    /// The page to open on the computer that needs help, with the code behind `#`, where no log sees it.
    pub join_url: String,
}

impl std::fmt::Debug for CreatedSupportCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CreatedSupportCode({:?})", self.details)
    }
}

/// Somebody who started a one-time agent and waits.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WaitingPerson {
    /// The support code they came with.
    pub id: SupportCodeId,
    /// Their machine: host name, system, who is logged on, live sessions.
    pub machine: Machine,
    /// Since when.
    pub since: Timestamp,
    /// What was noted of the code; may be empty.
    pub note: String,
    /// Who is to take them; `null` for first come, first served.
    pub assigned_to: Option<Person>,
    /// Who took them.
    pub taken_by: Option<Person>,
    /// When that was.
    pub taken_at: Option<Timestamp>,
}

/// What a support code is good for, for whoever holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Joining {
    /// Who is going to help: the organization's name.
    pub organization: String,
    /// Which technician, when it is settled.
    pub technician: Option<String>,
    /// When the code stops working.
    pub expires_at: Timestamp,
    /// One-time agents that this server has; none when the administrator has placed none.
    pub downloads: Vec<Offered>,
}

/// What a one-time agent enrolls with.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = RedeemedSupportCode)]
pub struct Redeemed {
    /// An enrollment token for this one machine; works for ten minutes.
    pub enrollment_token: String,
}

impl std::fmt::Debug for Redeemed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redeemed(…)")
    }
}

/// Out of the columns that name a person; None when they name nobody.
pub(super) fn person(id: Option<AccountId>, name: Option<String>) -> Option<Person> {
    name.map(|name| Person { id, name })
}

impl From<Model> for SupportCode {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            organization_id: row.organization_id,
            note: row.note,
            created_by: Person {
                id: row.created_by,
                name: row.created_by_name,
            },
            assigned_to: person(row.assigned_to, row.assigned_to_name),
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

impl WaitingPerson {
    pub(super) fn of(row: Model, machine: Machine) -> Self {
        Self {
            id: row.id,
            since: row.redeemed_at.unwrap_or(machine.enrolled_at),
            machine,
            note: row.note,
            assigned_to: person(row.assigned_to, row.assigned_to_name),
            taken_by: person(row.taken_by, row.taken_by_name),
            taken_at: row.taken_at,
        }
    }
}
