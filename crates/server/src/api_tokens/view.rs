//! API tokens, as the API shows them. Their secrets are shown once, to whoever made them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Reach;
use super::store::{organizations_of, sites_of, tags_of};
use crate::accounts::{Caller, Person};
use crate::clock::Timestamp;
use crate::http::ETag;
use crate::ids::{AccountId, ApiTokenId, OrganizationId, SiteId};
use crate::rights::{Permission, Permissions};
use crate::store::entities::account::AccountKind;
use crate::store::entities::api_token::Model;

/// Whose tokens are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The caller's own.
    #[default]
    Own,
    /// Those of other people and of service accounts, as far as the caller may see and revoke them.
    Managed,
}

/// How a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApiTokenState {
    /// It works, unless its account is disabled.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

impl ApiTokenState {
    /// Of a row, now.
    pub(super) fn of(row: &Model, now: Timestamp) -> Self {
        if row.revoked_at.is_some() {
            Self::Revoked
        } else if row.expires_at <= now {
            Self::Expired
        } else {
            Self::Active
        }
    }
}

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiToken {
    /// Its identifier.
    pub id: ApiTokenId,
    /// Whose.
    pub account_id: AccountId,
    /// Their name.
    pub account_name: String,
    /// A person's, or a service account's.
    pub account_kind: AccountKind,
    /// What it is for.
    pub name: String,
    /// What it may be used for, as far as its account may.
    pub scopes: Vec<Permission>,
    /// The only organizations in which it works, as far as the caller knows of them; `null` = wherever its account may.
    pub organization_ids: Option<Vec<OrganizationId>>,
    /// The only sites for whose machines it is; `null` = no matter which.
    pub site_ids: Option<Vec<SiteId>>,
    /// The tags that the machines carry for which it is; `null` = no matter which.
    pub tags: Option<Vec<String>>,
    /// It takes GET requests alone.
    pub read_only: bool,
    /// How it stands.
    pub state: ApiTokenState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, by the name at that time.
    pub created_by_name: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it last got another secret; `null` = never.
    pub rotated_at: Option<Timestamp>,
    /// Until when the secret before that works; `null` = it does not.
    pub previous_until: Option<Timestamp>,
    /// When it was revoked; `null` = it was not.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to a minute; `null` = never.
    pub last_used_at: Option<Timestamp>,
    /// From which address.
    pub last_used_address: Option<String>,
    /// Whether the caller may change it and get another secret for it; all that they see they may revoke.
    pub may_change: bool,
    /// Version for `If-Match`.
    pub etag: String,
}

impl ApiToken {
    /// As `by` sees it, who has this reach.
    pub(super) fn of(row: Model, of: &Person, (by, reach, now): (&Caller, Reach, Timestamp)) -> Self {
        let state = ApiTokenState::of(&row, now);
        let only = organizations_of(&row).map(|mut only| {
            only.retain(|one| by.rights.organizations().contains(one));
            only
        });
        let previous = row.previous_until.filter(|until| *until > now);
        Self {
            account_name: of.name.clone(),
            account_kind: of.kind,
            scopes: Permissions::from_column(&row.scopes).iter().collect(),
            organization_ids: only,
            site_ids: sites_of(&row),
            tags: tags_of(&row),
            state,
            previous_until: previous.filter(|_| state == ApiTokenState::Active),
            may_change: reach == Reach::Hold && state == ApiTokenState::Active,
            etag: ETag(row.version).to_string(),
            id: row.id,
            account_id: row.account_id,
            name: row.name,
            read_only: row.read_only,
            created_at: row.created_at,
            created_by_name: row.created_by_name,
            expires_at: row.expires_at,
            rotated_at: row.rotated_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
            last_used_address: row.last_used_address,
        }
    }
}

/// An API token that was just made, or has another secret.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CreatedApiToken {
    /// The token.
    pub token: ApiToken,
    /// What goes behind `Authorization: Bearer`. Shown this once.
    pub secret: String,
}

impl std::fmt::Debug for CreatedApiToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedApiToken")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
