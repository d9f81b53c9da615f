//! [`Caller`]: the account that asks, as every rule sees it.

use std::net::{IpAddr, Ipv4Addr};

use uuid::Uuid;

use crate::audit::{Action, Actor, Entry};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::RequestInfo;
use crate::ids::{AccountId, ApiTokenId, LoginId, OrganizationId, RequestId};
use crate::organizations;
use crate::rights::{Conditions, MachineFacts, Permission, Permissions, Reach, Rights, Standing};

/// By what an account proved itself.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A login.
    Login(LoginId),
    /// An API token.
    ApiToken(Box<ApiTokenUse>),
    /// Nothing but the server's command line.
    CommandLine,
}

/// An API token in use.
#[derive(Debug, Clone)]
pub struct ApiTokenUse {
    /// Which.
    pub id: ApiTokenId,
    /// Its name.
    pub name: String,
    /// What it leaves of its account's rights.
    pub leaves: Leaves,
    /// What its account may do without it.
    pub account_rights: Rights,
}

/// What an API token leaves of its account's rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaves {
    /// No more than these.
    pub scopes: Permissions,
    /// Only there; None = wherever the account may.
    pub only: Option<Vec<Reach>>,
}

impl Leaves {
    /// What is left of these.
    #[must_use]
    pub fn of(&self, rights: &Rights) -> Rights {
        rights.narrowed(self.scopes, self.only.as_deref())
    }
}

/// Who asks, through which login and request, and what they may do where.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// Its name, for texts and audit entries.
    pub name: String,
    /// By what it proved itself; live things started by that end with it.
    pub credential: Credential,
    /// When the login last proved who it is; `None` where nobody can (the command line, an API token).
    pub proven_at: Option<Timestamp>,
    /// By when the sign-in rules ask for a second factor that the account does not have; in the past: the login may do little else than
    /// add one. `None` = nothing is asked.
    pub second_factor_due: Option<Timestamp>,
    /// What the account may do where; with an API token, what that leaves of it.
    pub rights: Rights,
    /// The request.
    pub request: RequestInfo,
}

impl Caller {
    /// Whoever has the server's command line: an owner of everything, without an account.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn command_line(ctx: &Ctx) -> Result<Self> {
        let all = organizations::all(ctx.db.read()).await?;
        let all: Vec<OrganizationId> = all.iter().map(|organization| organization.id).collect();
        Ok(Self {
            // No account has this identifier.
            account: AccountId(Uuid::nil()),
            name: "command line".into(),
            credential: Credential::CommandLine,
            proven_at: None,
            second_factor_due: None,
            rights: Rights::of_everything(&all),
            request: RequestInfo {
                id: RequestId::new(),
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            },
        })
    }

    /// What live things that are started hang on: the login. Those of an API token hang on the token, under its number.
    #[must_use]
    pub fn login(&self) -> LoginId {
        match &self.credential {
            Credential::Login(id) => *id,
            Credential::ApiToken(token) => LoginId(token.id.0),
            Credential::CommandLine => LoginId(Uuid::nil()),
        }
    }

    /// The API token with which the account asks, if it does.
    #[must_use]
    pub fn api_token(&self) -> Option<&ApiTokenUse> {
        match &self.credential {
            Credential::ApiToken(token) => Some(token),
            Credential::Login(_) | Credential::CommandLine => None,
        }
    }

    /// Whether something that `account` started through `login` is the caller's own. To an API token only what was started with
    /// it is: the rest of what its account has open may go beyond the token's scopes.
    #[must_use]
    pub fn owns(&self, account: Option<AccountId>, login: Option<LoginId>) -> bool {
        account == Some(self.account) && (self.api_token().is_none() || login == Some(self.login()))
    }

    /// Whether this is the command line: another process than the server, without links, sessions and consoles of its own.
    #[must_use]
    pub fn is_command_line(&self) -> bool {
        self.account.0.is_nil()
    }

    /// The account; None for the command line.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        (!self.is_command_line()).then_some(self.account)
    }

    /// The organizations in which the account has `permission`, oldest first: the filter of every query.
    #[must_use]
    pub fn organizations_with(&self, permission: Permission) -> Vec<OrganizationId> {
        self.rights.organizations_with(permission)
    }

    /// Like [`Caller::organizations_with`], for rules that make no sense without any.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require_any(&self, permission: Permission) -> Result<Vec<OrganizationId>> {
        let organizations = self.organizations_with(permission);
        if organizations.is_empty() {
            let without =
                |token: &ApiTokenUse| !token.account_rights.organizations_with(permission).is_empty();
            let missing = self.rights.missing_anywhere(permission);
            Err(self.refusal((permission, missing), without))
        } else {
            Ok(organizations)
        }
    }

    /// Whether the account may do this in `organization`. Ask only after the thing was found within sight
    /// (`organizations_with(Permission::MachineSee)`), so that a refusal does not tell strangers what exists.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require(&self, organization: OrganizationId, permission: Permission) -> Result<()> {
        self.require_at(Some(organization), permission)
    }

    /// Whether the account may do this in an organization, or, without one, for the whole server.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require_at(&self, place: Option<OrganizationId>, permission: Permission) -> Result<()> {
        if self.rights.permissions_at(place).has(permission) {
            Ok(())
        } else {
            let without = |token: &ApiTokenUse| token.account_rights.permissions_at(place).has(permission);
            let missing = self.rights.missing(place, permission);
            Err(self.refusal((permission, missing), without))
        }
    }

    /// Whether the account may do this on a machine that was found within its sight.
    ///
    /// # Errors
    /// `forbidden`, `step_up_required`; `insufficient_scope`, `login_required` for an API token.
    pub fn require_on(&self, on: &MachineFacts, permission: Permission) -> Result<()> {
        if self.rights.allows_on(on, permission) {
            return Ok(());
        }
        let without = |token: &ApiTokenUse| token.account_rights.allows_on(on, permission);
        let missing = self.rights.missing_on(on, permission);
        Err(self.refusal((permission, missing), without))
    }

    /// `forbidden` with the reason, `step_up_required` when a proof is all that is missing, `insufficient_scope` when the account may do
    /// it `without` its API token.
    fn refusal(
        &self,
        (permission, missing): (Permission, Option<Standing>),
        without: impl FnOnce(&ApiTokenUse) -> bool,
    ) -> Error {
        if self.api_token().is_some_and(without) {
            return Error::Refused {
                code: Code::InsufficientScope,
                detail: format!(
                    "This API token does not allow that here (“{permission}”), though its account may. Use one with that scope and \
                     for that organization."
                ),
            };
        }
        match missing {
            Some(Standing::Unproven) => self.unproven(permission),
            Some(Standing::OutsideHours) => Error::forbidden(format!(
                "Your role allows this here at other hours only (“{permission}”). Come back then, or ask an administrator of the \
                 organization."
            )),
            Some(Standing::Ended(at)) => Error::forbidden(format!(
                "Your role that allowed this here (“{permission}”) ended on {}. Ask an administrator of the organization.",
                at.rfc3339()
            )),
            Some(Standing::Counts) | None => Error::forbidden(format!(
                "None of your roles allows this here (“{permission}”). Ask an administrator of the organization."
            )),
        }
    }

    /// A proof is all that is missing.
    fn unproven(&self, permission: Permission) -> Error {
        if self.api_token().is_some() {
            return Error::Refused {
                code: Code::LoginRequired,
                detail: format!(
                    "What allows this (“{permission}”) asks for a proof that only people give. Sign in to the console for it."
                ),
            };
        }
        Error::Refused {
            code: Code::StepUpRequired,
            detail: format!(
                "Prove first that it is you: your role asks for a fresh proof for this (“{permission}”)."
            ),
        }
    }

    /// Whether the account has all of these there itself, under no stricter conditions: what somebody gives or takes away.
    ///
    /// # Errors
    /// `forbidden`, naming those that are missing; `step_up_required` when they are for lack of a proof.
    pub fn require_to_give(
        &self,
        reach: &Reach,
        permissions: Permissions,
        conditions: &Conditions,
    ) -> Result<()> {
        let own = self.rights.to_give(reach, conditions);
        let mut missing = permissions.iter().filter(|permission| !own.has(*permission));
        let Some(first) = missing.next() else {
            return Ok(());
        };
        if self
            .rights
            .proven()
            .to_give(reach, conditions)
            .covers(permissions)
        {
            return Err(self.unproven(first));
        }
        let missing: Vec<&str> = std::iter::once(first)
            .chain(missing)
            .map(Permission::as_str)
            .collect();
        let detail = format!(
            "Nobody gives or takes away what they may not do themselves, nor what they may only under stricter conditions. For you that \
             is: {}. Ask somebody who may.",
            missing.join(", ")
        );
        Err(Error::forbidden(detail))
    }

    /// As the actor of audit entries.
    #[must_use]
    pub fn actor(&self) -> Actor {
        if self.is_command_line() {
            return Actor::command_line();
        }
        if let Some(token) = self.api_token() {
            return Actor::api_token(token.id, &format!("{} ({})", token.name, self.name));
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
