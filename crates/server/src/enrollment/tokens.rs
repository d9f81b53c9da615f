//! The rules of enrollment tokens: made, shown, changed, revoked, and what became of them.
//!
//! Not here: what a token may allow (`terms.rs`, `networks.rs`), who may do this (`keeper.rs`), the exchange (`enroll.rs`).

use std::time::Duration;

use farol_protocol::identity::ServerPublicKey;
use farol_protocol::token::EnrollmentToken as TokenText;
use sea_orm::ColumnTrait;
use serde_json::{Map, Value, json};

use super::keeper::Keeper;
use super::terms::{Changes, NewToken, TokenChange};
use super::view::{CreatedToken, EnrollmentToken, TokenFilter, TokenUse};
use super::{networks, store};
use crate::audit::{self, Action};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::http::{ETag, IfMatch, List, Page, PageQuery};
use crate::ids::{EnrollmentTokenId, MachineId, OrganizationId, QuarantineId, SiteId, SupportCodeId};
use crate::machines::{self, Labels};
use crate::organizations::{self, Site};
use crate::store::WriteTx;
use crate::store::entities::enrollment_token::{Approval, Column, Model};

/// Life of a token that the server makes for one copy: as long as its agent may take to ask again.
pub const INTERNAL_LIFE: Duration = Duration::from_secs(15 * 60);
/// Life of the token of a one-time agent, which enrolls as soon as it has it.
pub const ONE_TIME_LIFE: Duration = Duration::from_secs(10 * 60);

impl Labels {
    /// The labels that a machine gets from the token.
    #[must_use]
    pub fn of(token: &Model) -> Self {
        Self::from_column(&token.labels)
    }
}

/// Makes a token.
///
/// # Errors
/// `not_found` for the site, or before the server is set up; `validation_failed`, `archived`; those of the database.
pub async fn create(ctx: &Ctx, by: &Keeper, wanted: NewToken) -> Result<CreatedToken> {
    let now = ctx.clock.now();
    let wanted_site = wanted.site_id;
    let terms = wanted.check()?;
    let text = new_text(ctx)?;
    let tx = ctx.db.write().await?;
    let site = organizations::hold_open_site(&tx, &by.organizations, wanted_site).await?;
    let row = Model {
        name: terms.name,
        approval: terms.approval,
        labels: terms.labels.to_column(),
        networks: networks::to_column(&terms.networks),
        max_uses: terms.max_uses.map(column_count),
        expires_at: now.after(terms.life),
        created_by: by.creator.id,
        created_by_name: by.creator.name.clone(),
        ..blank(&site, &text, now)
    };
    store::insert(&tx, row.clone()).await?;
    let entry = by
        .entry(
            row.organization_id,
            Action::EnrollmentTokenCreated,
            (row.id, &row.name),
        )
        .detail(Value::Object(terms_of(&row)));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    nudge(ctx, row.organization_id);
    Ok(CreatedToken {
        details: EnrollmentToken::of(row, 0, now),
        token: text.reveal(),
    })
}

/// Makes a token for the server's own use, in the caller's transaction: the copy in quarantine `quarantine` may enroll with
/// it once within [`INTERNAL_LIFE`], and nobody is asked again. One that was made for it before and was not used works no more.
/// It is in no list and cannot be changed. Returns its text; what the caller's rule proves is that rule's audit entry.
///
/// # Errors
/// Those of the database and of the system's random numbers.
pub async fn create_internal(
    ctx: &Ctx,
    tx: &WriteTx,
    site: &Site,
    quarantine: QuarantineId,
) -> Result<String> {
    let now = ctx.clock.now();
    let text = new_text(ctx)?;
    store::revoke_internal(tx, quarantine, now).await?;
    let row = Model {
        name: format!("quarantine {quarantine}"),
        approval: Approval::Automatic,
        max_uses: Some(1),
        expires_at: now.after(INTERNAL_LIFE),
        created_by_name: "server".into(),
        internal: true,
        quarantine_id: Some(quarantine),
        ..blank(site, &text, now)
    };
    store::insert(tx, row).await?;
    Ok(text.reveal())
}

/// Makes the token of a one-time agent that redeemed the support code `code`, in the caller's transaction: one machine may enroll
/// with it within [`ONE_TIME_LIFE`], is recognized as none that is known, and keeps its record only as long as its agent runs. It
/// is in no list and cannot be changed. Returns its text.
///
/// # Errors
/// Those of the database and of the system's random numbers.
pub(crate) async fn create_one_time(
    ctx: &Ctx,
    tx: &WriteTx,
    site: &Site,
    code: SupportCodeId,
) -> Result<String> {
    let now = ctx.clock.now();
    let text = new_text(ctx)?;
    let row = Model {
        name: format!("support code {code}"),
        approval: Approval::Automatic,
        max_uses: Some(1),
        expires_at: now.after(ONE_TIME_LIFE),
        created_by_name: "server".into(),
        internal: true,
        support_code_id: Some(code),
        ..blank(site, &text, now)
    };
    store::insert(tx, row).await?;
    Ok(text.reveal())
}

/// One token.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn get(ctx: &Ctx, by: &Keeper, id: EnrollmentTokenId) -> Result<EnrollmentToken> {
    let row = find(ctx.db.read(), by, id).await?;
    shown(ctx, row).await
}

/// Tokens of the keeper's organizations, newest first.
///
/// # Errors
/// `validation_failed` for a cursor of another list; those of the database.
pub async fn list(
    ctx: &Ctx,
    by: &Keeper,
    page: &PageQuery,
    filter: Option<TokenFilter>,
) -> Result<Page<EnrollmentToken>> {
    let now = ctx.clock.now();
    let wanted = filter.map(|filter| (filter, now));
    let list = List::new(ctx, "enrollment-tokens");
    let place = (page.key(&list)?, page.limit() + 1);
    let rows = store::list(ctx.db.read(), &by.organizations, wanted, place).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let waiting = store::waiting(ctx.db.read(), &ids).await?;
    let tokens = rows.into_iter().map(|row| {
        let waiting = waiting.get(&row.id).copied().unwrap_or(0);
        EnrollmentToken::of(row, waiting, now)
    });
    Ok(Page::of(&list, tokens.collect(), page.limit(), |token| token.id))
}

/// Changes what a token allows. What machines got from it stays with them.
///
/// # Errors
/// `not_found` (also for a site of another organization), `version_required`, `version_mismatch`, `validation_failed`,
/// `conflict` for a revoked one, `archived`; those of the database.
pub async fn change(
    ctx: &Ctx,
    by: &Keeper,
    id: EnrollmentTokenId,
    wanted: TokenChange,
    seen: &IfMatch,
) -> Result<EnrollmentToken> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let row = find(&tx, by, id).await?;
    seen.require(ETag(row.version))?;
    if row.revoked_at.is_some() {
        let detail = "This enrollment token was revoked, and that cannot be taken back. Make a new one.";
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let site = match wanted.site_id {
        Some(site) if site != row.site_id => {
            // As an enrollment does: the token's row first.
            store::hold_one(&tx, id).await?;
            organizations::hold_open_site(&tx, &[row.organization_id], Some(site))
                .await?
                .id
        }
        _ => row.site_id,
    };
    let changed = Model {
        site_id: site,
        ..with(row.clone(), wanted.check()?, now)
    };
    require_room(&changed)?;
    let (before, after) = difference(&row, &changed);
    if before.is_empty() {
        return shown(ctx, row).await;
    }
    // Somebody else's change since it was read, or an enrollment that took the last use that is to go.
    if !store::change(&tx, &changed, row.version).await? {
        return Err(Error::Version { required: false });
    }
    let entry = by
        .entry(
            row.organization_id,
            Action::EnrollmentTokenChanged,
            (id, &changed.name),
        )
        .change(Value::Object(before), Value::Object(after));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    nudge(ctx, row.organization_id);
    let version = row.version + 1;
    shown(ctx, Model { version, ..changed }).await
}

/// Revokes a token; machines enrolled with it stay. Revoking one twice is no error.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn revoke(ctx: &Ctx, by: &Keeper, id: EnrollmentTokenId) -> Result<()> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let row = find(&tx, by, id).await?;
    if !store::revoke(&tx, id, now).await? {
        return Ok(());
    }
    let entry = by.entry(
        row.organization_id,
        Action::EnrollmentTokenRevoked,
        (id, &row.name),
    );
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    nudge(ctx, row.organization_id);
    Ok(())
}

/// Revokes the tokens that lead into an organization, in the transaction of whoever archives it, which proves it. How many people made.
///
/// # Errors
/// Those of the database.
pub(crate) async fn revoke_into(tx: &WriteTx, organization: OrganizationId, now: Timestamp) -> Result<u64> {
    store::revoke_leading(tx, Column::OrganizationId.eq(organization), now).await
}

/// The same of a site.
///
/// # Errors
/// Those of the database.
pub(crate) async fn revoke_into_site(tx: &WriteTx, site: SiteId, now: Timestamp) -> Result<u64> {
    store::revoke_leading(tx, Column::SiteId.eq(site), now).await
}

/// The machines that were enrolled with a token, newest first; removed and merged ones too, for as long as the audit
/// entries of their enrollment are kept.
///
/// # Errors
/// `not_found`, `validation_failed` for a cursor of another list; those of the database.
pub async fn uses(ctx: &Ctx, by: &Keeper, id: EnrollmentTokenId, page: &PageQuery) -> Result<Page<TokenUse>> {
    let db = ctx.db.read();
    let row = find(db, by, id).await?;
    let list = List::new(ctx, format!("enrollment-tokens/{id}/uses"));
    let place = (page.key(&list)?, page.limit() + 1);
    let entries = audit::enrolled_with(db, row.organization_id, id, place).await?;
    let mut uses: Vec<TokenUse> = entries.into_iter().map(TokenUse::of).collect();
    let machines: Vec<MachineId> = uses.iter().filter_map(|used| used.machine_id).collect();
    let present = machines::present(db, &[row.organization_id], &machines).await?;
    for used in &mut uses {
        used.machine = used.machine_id.and_then(|id| present.get(&id).cloned());
    }
    Ok(Page::of(&list, uses, page.limit(), |used| used.id))
}

async fn find<C: sea_orm::ConnectionTrait>(db: &C, by: &Keeper, id: EnrollmentTokenId) -> Result<Model> {
    store::find(db, &by.organizations, id)
        .await?
        .ok_or(Error::NotFound("enrollment token"))
}

async fn shown(ctx: &Ctx, row: Model) -> Result<EnrollmentToken> {
    let waiting = store::waiting(ctx.db.read(), &[row.id]).await?;
    let waiting = waiting.get(&row.id).copied().unwrap_or(0);
    Ok(EnrollmentToken::of(row, waiting, ctx.clock.now()))
}

fn new_text(ctx: &Ctx) -> Result<TokenText> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| Error::internal(error.to_string()))?;
    let identity = ServerPublicKey::from_slice(&ctx.identity.public_key()).map_err(Error::internal)?;
    Ok(TokenText::new(secret, &identity))
}

/// A token that allows nothing yet: no time, no use.
fn blank(site: &Site, text: &TokenText, now: Timestamp) -> Model {
    Model {
        id: EnrollmentTokenId::new(),
        organization_id: site.organization_id,
        site_id: site.id,
        name: String::new(),
        secret_hash: text.secret_hash().to_vec(),
        uses: 0,
        max_uses: Some(0),
        created_at: now,
        created_by: None,
        created_by_name: String::new(),
        expires_at: now,
        revoked_at: None,
        approval: Approval::First,
        labels: Labels::default().to_column(),
        networks: networks::to_column(&[]),
        version: 1,
        internal: false,
        quarantine_id: None,
        support_code_id: None,
    }
}

fn with(row: Model, changes: Changes, now: Timestamp) -> Model {
    Model {
        name: changes.name.unwrap_or(row.name),
        labels: changes.labels.map_or(row.labels, |labels| labels.to_column()),
        max_uses: changes.max_uses.map_or(row.max_uses, |max| max.map(column_count)),
        expires_at: changes.life.map_or(row.expires_at, |life| now.after(life)),
        approval: changes.approval.unwrap_or(row.approval),
        networks: changes
            .networks
            .map_or(row.networks, |list| networks::to_column(&list)),
        ..row
    }
}

/// What was used cannot be taken back by a lower limit.
fn require_room(row: &Model) -> Result<()> {
    if row.max_uses.is_some_and(|max| max < row.uses) {
        let detail = format!(
            "{} machines were enrolled with it already. Allow at least as many, or revoke it.",
            row.uses
        );
        return Err(Error::invalid("max_uses", "below_uses", detail));
    }
    Ok(())
}

/// What a token allows, for audit entries.
fn terms_of(row: &Model) -> Map<String, Value> {
    let terms = [
        ("name", json!(row.name)),
        ("site_id", json!(row.site_id)),
        ("labels", Labels::of(row).to_column()),
        ("max_uses", json!(row.max_uses)),
        ("expires_at", json!(row.expires_at)),
        ("approval", json!(row.approval)),
        ("networks", row.networks.clone()),
    ];
    terms
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The terms that differ, before and after.
fn difference(before: &Model, after: &Model) -> (Map<String, Value>, Map<String, Value>) {
    let (mut before, mut after) = (terms_of(before), terms_of(after));
    let same: Vec<String> = before
        .iter()
        .filter(|(name, value)| after.get(*name) == Some(*value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in same {
        before.remove(&name);
        after.remove(&name);
    }
    (before, after)
}

/// Checked to be far below the column's end.
fn column_count(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn nudge(ctx: &Ctx, organization: OrganizationId) {
    ctx.events.publish(
        Scope::Organization(organization),
        &[Topic::EnrollmentTokens, Topic::Audit],
    );
}
