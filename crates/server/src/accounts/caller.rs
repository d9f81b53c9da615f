//! [`Caller`]: the account that asks, as every rule sees it.

use std::net::{IpAddr, Ipv4Addr};

use uuid::Uuid;

use crate::audit::{Action, Actor, Entry};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::RequestInfo;
use crate::ids::{AccountId, LoginId, OrganizationId, RequestId};
use crate::organizations::{self, Permission, Role};

/// Who asks, through which login and request, and what they may do where.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// Its name, for texts and audit entries.
    pub name: String,
    /// The login; live things started by it end with it.
    pub login: LoginId,
    /// The account's place in each of its organizations.
    pub places: Vec<(OrganizationId, Role)>,
    /// The request.
    pub request: RequestInfo,
}

impl Caller {
    /// Whoever has the server's command line: an owner of every organization, without an account.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn command_line(ctx: &Ctx) -> Result<Self> {
        let all = organizations::all(ctx.db.read()).await?;
        Ok(Self {
            // No account has this identifier.
            account: AccountId(Uuid::nil()),
            name: "command line".into(),
            login: LoginId(Uuid::nil()),
            places: all
                .iter()
                .map(|organization| (organization.id, Role::Owner))
                .collect(),
            request: RequestInfo {
                id: RequestId::new(),
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            },
        })
    }

    /// Whether this is the command line: another process than the server, without links, sessions and consoles of its own.
    #[must_use]
    pub fn is_command_line(&self) -> bool {
        self.account.0.is_nil()
    }

    /// All organizations of the account.
    #[must_use]
    pub fn organizations(&self) -> Vec<OrganizationId> {
        self.places
            .iter()
            .map(|(organization, _)| *organization)
            .collect()
    }

    /// The organizations in which the account has `permission`: the filter of every query.
    #[must_use]
    pub fn organizations_with(&self, permission: Permission) -> Vec<OrganizationId> {
        let allowed = self.places.iter().filter(|(_, role)| role.allows(permission));
        allowed.map(|(organization, _)| *organization).collect()
    }

    /// The account's place in `organization`; None where it has none.
    #[must_use]
    pub fn role_in(&self, organization: OrganizationId) -> Option<Role> {
        let place = self.places.iter().find(|(id, _)| *id == organization);
        place.map(|(_, role)| *role)
    }

    /// Like [`Caller::organizations_with`], for rules that make no sense without any.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require_any(&self, permission: Permission) -> Result<Vec<OrganizationId>> {
        let organizations = self.organizations_with(permission);
        if organizations.is_empty() {
            Err(refusal())
        } else {
            Ok(organizations)
        }
    }

    /// Whether the account may do this in `organization`. Ask only after the thing was found within sight
    /// (`organizations_with(Permission::See)`), so that a refusal does not tell strangers what exists.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require(&self, organization: OrganizationId, permission: Permission) -> Result<()> {
        let allowed = self
            .places
            .iter()
            .any(|(id, role)| *id == organization && role.allows(permission));
        if allowed { Ok(()) } else { Err(refusal()) }
    }

    /// As the actor of audit entries.
    #[must_use]
    pub fn actor(&self) -> Actor {
        if self.is_command_line() {
            return Actor::command_line();
        }
        Actor::account(self.account, &self.name)
    }

    /// An audit entry by this caller, with the request's id and address.
    #[must_use]
    pub fn entry(&self, organization: OrganizationId, action: Action) -> Entry {
        Entry::new(organization, self.actor(), action)
            .request(self.request.id)
            .from(self.request.address)
    }
}

fn refusal() -> Error {
    Error::forbidden("Your role does not allow this. Ask an owner of the organization.")
}
