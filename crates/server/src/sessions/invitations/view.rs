//! Invitations as the API shows them. Never a secret, but for once in [`CreatedInvitation`], and a guest's key in [`GuestOpening`].

use farol_protocol::rights::Rights;
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{InvitationId, SessionId};
use crate::sessions::rights::RightSet;
use crate::sessions::view::Opening;
use crate::store::entities::invitation::Model;

/// What lets one more person into a session, or did; without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Invitation {
    /// Its identifier; not the secret.
    pub id: InvitationId,
    /// The session that it is to.
    pub session_id: SessionId,
    /// What whoever comes may do, as far as that session may itself when they come.
    pub rights: RightSet,
    /// How it stands.
    pub state: InvitationState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: display name at the time.
    pub created_by: String,
    /// When it stops letting anybody in. Who came before that stays.
    pub expires_at: Timestamp,
    /// When somebody came with it.
    pub accepted_at: Option<Timestamp>,
    /// Who that was.
    pub guest: Option<InvitationGuest>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// How an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// It lets one person in.
    Open,
    /// Somebody came with it.
    Accepted,
    /// Somebody revoked it; whoever had come was sent away.
    Revoked,
    /// It was not used in time, or its session is over.
    Expired,
}

/// Who came with an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InvitationGuest {
    /// The name that they gave.
    pub name: String,
    /// Their session, whose record may be gone.
    pub session_id: SessionId,
}

/// An invitation that was just made, with its secret, which is shown once.
#[derive(Clone, Serialize, ToSchema)]
pub struct CreatedInvitation {
    /// The invitation without its secret.
    pub invitation: Invitation,
    /// What to give to whoever is invited, behind the `#` of the page `/guest`; nobody can show it again.
    pub secret: String,
}

impl std::fmt::Debug for CreatedInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CreatedInvitation({:?})", self.invitation)
    }
}

/// What an invitation is good for, for whoever holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GuestInvitation {
    /// Who invites.
    pub inviter: String,
    /// For whom they work.
    pub organization: String,
    /// The name of the machine.
    pub machine_name: String,
    /// What a guest may do there; the person at the machine may have to agree to it.
    pub rights: RightSet,
    /// When it stops letting anybody in.
    pub expires_at: Timestamp,
}

/// A guest's session that was just opened, the way in, and the key of the guest, which is shown once.
#[derive(Clone, Serialize, ToSchema)]
pub struct GuestOpening {
    /// The session, and the way in.
    pub opening: Opening,
    /// What the guest proves themselves with from now on: `Authorization: Bearer`. Good for this session only.
    pub key: String,
}

impl std::fmt::Debug for GuestOpening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GuestOpening({:?})", self.opening)
    }
}

impl Invitation {
    /// `runs` says whether the session that it is to is not over.
    pub(super) fn of(row: Model, now: Timestamp, runs: bool) -> Self {
        let state = if row.revoked_at.is_some() {
            InvitationState::Revoked
        } else if row.accepted_at.is_some() {
            InvitationState::Accepted
        } else if row.expires_at <= now || !runs {
            InvitationState::Expired
        } else {
            InvitationState::Open
        };
        let guest = row.guest_name.zip(row.guest_session_id);
        Self {
            id: row.id,
            session_id: row.session_id,
            rights: RightSet(Rights::from_names(&row.rights)),
            state,
            created_at: row.created_at,
            created_by: row.created_by_name,
            expires_at: row.expires_at,
            accepted_at: row.accepted_at,
            guest: guest.map(|(name, session_id)| InvitationGuest { name, session_id }),
            revoked_at: row.revoked_at,
        }
    }
}
