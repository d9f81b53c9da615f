//! Enrollment: how a machine gets its record, and the tokens that allow its agent to ask.
//!
//! Here: tokens, and the exchange of a token for a machine id. Not here: what happens on the link afterwards
//! (`crate::link`), the record itself (`crate::machines`), the text form of tokens (`farol_protocol::token`).
//!
//! A token grants the right to ask: it names organization, site, number of uses and expiry. Only its hash is kept. An agent
//! that asks again with the same machine key gets the same machine and costs no use, so a lost answer harms nobody.

mod api;
mod enroll;
mod internal;
mod networks;
mod store;

use std::net::IpAddr;
use std::time::Duration;

use farol_protocol::token::EnrollmentToken as TokenText;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::accounts::Caller;
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::{Scope, Topic};
use crate::http::{Page, PageQuery};
use crate::ids::{AccountId, EnrollmentTokenId, OrganizationId, SiteId};
use crate::organizations::{self, Permission, Site};
use crate::throttle::{Rate, Throttle};
pub use api::routes;
pub use enroll::{EnrollAnswer, EnrollOs, EnrollRequest, Enrolled, Waiting, enroll};
pub(crate) use internal::{create_internal, labels_of};

/// Longest name of a token, in characters.
pub const NAME_MAX: usize = 80;
/// A token lives at least this long: long enough to walk to the machine.
pub const LIFE_MIN: Duration = Duration::from_secs(60);
/// A token lives at most this long; what is forgotten should expire.
pub const LIFE_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Most uses of a token that has a limit.
pub const USES_MAX: u32 = 100_000;
/// Attempts to enroll from one address: a rollout behind one address passes, guessing gets nowhere.
const PER_ADDRESS: Rate = Rate {
    burst: 60,
    period: Duration::from_secs(1),
};
/// Addresses remembered.
const ADDRESSES_MAX: usize = 10_000;

/// The domain's memory.
#[derive(Debug)]
pub struct EnrollmentState {
    attempts: Throttle<IpAddr>,
}

impl Default for EnrollmentState {
    fn default() -> Self {
        Self {
            attempts: Throttle::new(PER_ADDRESS, ADDRESSES_MAX),
        }
    }
}

/// What allows agents to ask for enrollment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EnrollmentToken {
    /// Its identifier; not the secret.
    pub id: EnrollmentTokenId,
    /// Its name.
    pub name: String,
    /// Where machines are put.
    pub site_id: SiteId,
    /// Whose machines they become.
    pub organization_id: OrganizationId,
    /// Machines enrolled with it.
    pub uses: u32,
    /// Machines that may be enrolled with it; `null` = any number.
    pub max_uses: Option<u32>,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: TokenCreator,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
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

/// What a new token shall allow.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Its name, for people.
    pub name: String,
    /// Where machines are put; the oldest site when left out.
    pub site_id: Option<SiteId>,
    /// Machines that may be enrolled with it; any number when left out.
    pub max_uses: Option<u32>,
    /// Life in seconds, from a minute to a year.
    pub expires_in_seconds: u64,
}

/// Makes a token.
///
/// # Errors
/// `forbidden`, `not_found` for the site, `validation_failed`; those of the database.
pub async fn create(ctx: &Ctx, by: &Caller, wanted: NewToken) -> Result<CreatedToken> {
    let organizations = by.require_any(Permission::ManageEnrollment)?;
    let site = organizations::find_site(ctx.db.read(), &organizations, wanted.site_id).await?;
    let creator = TokenCreator {
        id: Some(by.account),
        name: by.name.clone(),
    };
    let entry = by.entry(site.organization_id, Action::EnrollmentTokenCreated);
    make(ctx, (creator, entry), &site, wanted).await
}

/// Makes a token on behalf of whoever has the server's command line: for the oldest organization's oldest site unless
/// `wanted` says where.
///
/// # Errors
/// `not_found` before the server is set up; `validation_failed`; those of the database.
pub async fn create_from_command_line(ctx: &Ctx, wanted: NewToken) -> Result<CreatedToken> {
    let all: Vec<OrganizationId> = organizations::all(ctx.db.read())
        .await?
        .iter()
        .map(|o| o.id)
        .collect();
    let site = organizations::find_site(ctx.db.read(), &all, wanted.site_id).await?;
    let creator = TokenCreator {
        id: None,
        name: "command line".into(),
    };
    let entry = Entry::new(
        site.organization_id,
        Actor::command_line(),
        Action::EnrollmentTokenCreated,
    );
    make(ctx, (creator, entry), &site, wanted).await
}

async fn make(
    ctx: &Ctx,
    (creator, entry): (TokenCreator, Entry),
    site: &Site,
    wanted: NewToken,
) -> Result<CreatedToken> {
    let now = ctx.clock.now();
    let (name, life) = check(&wanted)?;
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| Error::internal(error.to_string()))?;
    let text = TokenText::new(secret, &ctx.identity.current().public());
    let details = EnrollmentToken {
        id: EnrollmentTokenId::new(),
        name,
        site_id: site.id,
        organization_id: site.organization_id,
        uses: 0,
        max_uses: wanted.max_uses,
        expires_at: now.after(life),
        created_at: now,
        created_by: creator,
        revoked_at: None,
    };
    let tx = ctx.db.write().await?;
    store::insert(&tx, &details, text.secret_hash()).await?;
    let entry = entry
        .on(Target::new(TargetKind::EnrollmentToken, details.id, &details.name))
        .detail(json!({ "max_uses": details.max_uses, "expires_at": details.expires_at, "site_id": details.site_id }));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    nudge(ctx, details.organization_id);
    Ok(CreatedToken {
        details,
        token: text.reveal(),
    })
}

fn check(wanted: &NewToken) -> Result<(String, Duration)> {
    let name = wanted.name.trim();
    if name.is_empty() {
        return Err(Error::invalid("name", "required", "Give the token a name."));
    }
    if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        let detail = format!("A name is one line of at most {NAME_MAX} characters.");
        return Err(Error::invalid("name", "too_long", detail));
    }
    if wanted.max_uses.is_some_and(|uses| uses == 0 || uses > USES_MAX) {
        let detail = format!("Allow between 1 and {USES_MAX} uses, or leave the number out.");
        return Err(Error::invalid("max_uses", "out_of_range", detail));
    }
    let life = Duration::from_secs(wanted.expires_in_seconds);
    if life < LIFE_MIN || life > LIFE_MAX {
        let detail = "A token lives between one minute and one year.";
        return Err(Error::invalid("expires_in_seconds", "out_of_range", detail));
    }
    Ok((name.to_owned(), life))
}

/// Tokens of the caller's organizations, newest first.
///
/// # Errors
/// `forbidden`, `malformed` for a cursor of another list; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller, page: &PageQuery) -> Result<Page<EnrollmentToken>> {
    let organizations = by.require_any(Permission::ManageEnrollment)?;
    let tokens = store::list(ctx.db.read(), &organizations, page.key()?, page.limit() + 1).await?;
    Ok(Page::of(tokens, page.limit(), |token| token.id))
}

/// Revokes a token; machines enrolled with it stay. Revoking one twice is no error.
///
/// # Errors
/// `forbidden`, `not_found`; those of the database.
pub async fn revoke(ctx: &Ctx, by: &Caller, id: EnrollmentTokenId) -> Result<()> {
    let organizations = by.require_any(Permission::ManageEnrollment)?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let token = store::find(&tx, &organizations, id)
        .await?
        .ok_or(Error::NotFound("enrollment token"))?;
    if !store::revoke(&tx, id, now).await? {
        return Ok(());
    }
    let entry = by
        .entry(token.organization_id, Action::EnrollmentTokenRevoked)
        .on(Target::new(TargetKind::EnrollmentToken, id, &token.name));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    nudge(ctx, token.organization_id);
    Ok(())
}

fn nudge(ctx: &Ctx, organization: OrganizationId) {
    ctx.events.publish(
        Scope::Organization(organization),
        &[Topic::EnrollmentTokens, Topic::Audit],
    );
}
