//! Table `invitations`.
//!
//! What lets one more person into a session, once: of its secret, and of the key of the guest who came with it, only the hashes are
//! kept. Names are copied, as accounts may go before the rows do.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::ids::{AccountId, InvitationId, OrganizationId, SessionId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    pub organization_id: OrganizationId,
    /// The session that it is to.
    pub session_id: SessionId,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub hash: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub rights: String,
    pub created_at: Timestamp,
    pub created_by: Option<AccountId>,
    #[sea_orm(column_type = "Text")]
    pub created_by_name: String,
    pub expires_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    #[sea_orm(column_type = "Text", nullable)]
    pub guest_name: Option<String>,
    /// The session of who came.
    pub guest_session_id: Option<SessionId>,
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))", nullable)]
    pub key_hash: Option<Vec<u8>>,
    pub revoked_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
