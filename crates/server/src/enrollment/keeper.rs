//! [`Keeper`]: who may manage enrollment tokens, and where. Every rule about tokens takes one, so none forgets to ask.

use super::view::TokenCreator;
use crate::accounts::Caller;
use crate::audit::{Action, Actor, Entry, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::RequestInfo;
use crate::ids::{EnrollmentTokenId, OrganizationId};
use crate::organizations;
use crate::rights::Permission;

/// Somebody who manages tokens.
#[derive(Debug, Clone)]
pub struct Keeper {
    /// Where they may; the filter of every query.
    pub(super) organizations: Vec<OrganizationId>,
    pub(super) creator: TokenCreator,
    actor: Actor,
    request: Option<RequestInfo>,
}

impl Keeper {
    /// The account that asks.
    ///
    /// # Errors
    /// `forbidden` when it manages no organization's tokens.
    pub fn account(by: &Caller) -> Result<Self> {
        Ok(Self {
            organizations: by.require_any(Permission::EnrollmentManage)?,
            creator: TokenCreator {
                id: Some(by.account),
                name: by.name.clone(),
            },
            actor: by.actor(),
            request: Some(by.request),
        })
    }

    /// Whoever has the server's command line: every organization's.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn command_line(ctx: &Ctx) -> Result<Self> {
        let all = organizations::all(ctx.db.read()).await?;
        Ok(Self {
            organizations: all.iter().map(|organization| organization.id).collect(),
            creator: TokenCreator {
                id: None,
                name: "command line".into(),
            },
            actor: Actor::command_line(),
            request: None,
        })
    }

    /// An audit entry by this keeper about one token.
    pub(super) fn entry(
        &self,
        organization: OrganizationId,
        action: Action,
        (id, name): (EnrollmentTokenId, &str),
    ) -> Entry {
        let entry = Entry::new(organization, self.actor.clone(), action).on(Target::new(
            TargetKind::EnrollmentToken,
            id,
            name,
        ));
        match self.request {
            Some(request) => entry.request(request.id).from(request.address),
            None => entry,
        }
    }
}
