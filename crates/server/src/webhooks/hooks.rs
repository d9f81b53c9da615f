//! The rules of webhooks: made, shown, changed, given another secret, deleted.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::check::{Asked, Checked, checked, without_path};
use super::deliveries::DeliveryState;
use super::secret::Secret;
use super::view::{CreatedWebhook, NewWebhook, Webhook, WebhookChange};
use super::{OVERLAP, WEBHOOKS_MAX, outbox, store, told};
use crate::accounts::Caller;
use crate::audit::{self, Action, Entry, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::{ETag, IfMatch};
use crate::ids::{OrganizationId, WebhookId};
use crate::organizations;
use crate::rights::Permission;
use crate::store::WriteTx;
use crate::store::entities::webhook::Model;

/// Those of the organizations in which the caller manages them, oldest first.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller) -> Result<Vec<Webhook>> {
    let organizations = by.require_any(Permission::WebhookManage)?;
    let rows = store::list(ctx.db.read(), &organizations).await?;
    shown(ctx, ctx.db.read(), rows).await
}

/// One webhook.
///
/// # Errors
/// `forbidden`, `not_found`; those of the database.
pub async fn find(ctx: &Ctx, by: &Caller, id: WebhookId) -> Result<Webhook> {
    let row = found(ctx.db.read(), by, id).await?;
    shown_one(ctx, ctx.db.read(), row).await
}

/// Makes a webhook. The answer alone has its secret.
///
/// # Errors
/// `forbidden`, `not_found` (the organization), `archived`, `validation_failed`, `conflict` when there are too many; `secrets_unavailable`; those of
/// the database.
pub async fn create(ctx: &Ctx, by: &Caller, wanted: NewWebhook) -> Result<CreatedWebhook> {
    let now = ctx.clock.now();
    let organization = place(by, wanted.organization_id)?;
    let asked = Asked {
        name: &wanted.name,
        url: &wanted.url,
        event_types: &wanted.event_types,
        expression: wanted.expression.as_deref(),
    };
    let settings = checked(&asked, &ctx.config.webhooks).map_err(Error::Invalid)?;
    let tx = ctx.db.write().await?;
    organizations::hold_open(&tx, organization).await?;
    if store::count(&tx, organization).await? >= WEBHOOKS_MAX {
        let detail = format!(
            "An organization has at most {WEBHOOKS_MAX} webhooks. Delete some that are not needed, or let one receiver pass events on."
        );
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let (id, secret) = (WebhookId::new(), Secret::random()?);
    let row = id.to_string();
    let sealed_secret = ctx
        .sealed
        .seal(&tx, store::secret_place(&row), secret.bytes())
        .await?;
    let Checked {
        name,
        url,
        event_types,
        expression,
    } = settings;
    let row = Model {
        id,
        organization_id: organization,
        name,
        url,
        event_types,
        expression,
        enabled: wanted.enabled.unwrap_or(true),
        disabled_because: None,
        sealed_secret,
        sealed_previous: None,
        previous_until: None,
        failures: 0,
        strained: false,
        resume_at: None,
        attempted_at: None,
        created_at: now,
        created_by: by.account_id(),
        created_by_name: by.name.clone(),
        version: 1,
    };
    store::insert(&tx, row.clone()).await?;
    let entry = entry(by, &row, Action::WebhookCreated).change(Value::Null, says(&row));
    audit::record(&tx, now, entry).await?;
    let webhook = shown_one(ctx, &tx, row).await?;
    tx.commit().await?;
    told(ctx, organization);
    Ok(CreatedWebhook {
        webhook,
        secret: secret.text(),
    })
}

/// Changes a webhook. What waits is told at once when it has another address, or is enabled again.
///
/// # Errors
/// `forbidden`, `not_found`, `version_required`, `version_mismatch`, `validation_failed`; those of the database.
pub async fn change(
    ctx: &Ctx,
    by: &Caller,
    id: WebhookId,
    wanted: WebhookChange,
    seen: &IfMatch,
) -> Result<Webhook> {
    let now = ctx.clock.now();
    let (tx, row) = held(ctx, by, id).await?;
    seen.require(ETag(row.version))?;
    let types: Vec<String> = row.event_types.split_whitespace().map(str::to_owned).collect();
    let asked = Asked {
        name: wanted.name.as_deref().unwrap_or(&row.name),
        url: wanted.url.as_deref().unwrap_or(&row.url),
        event_types: wanted.event_types.as_deref().unwrap_or(&types),
        expression: wanted.expression.as_deref().or(row.expression.as_deref()),
    };
    let settings = checked(&asked, &ctx.config.webhooks).map_err(Error::Invalid)?;
    let enabled = wanted.enabled.unwrap_or(row.enabled);
    let kept = Checked {
        name: row.name.clone(),
        url: row.url.clone(),
        event_types: row.event_types.clone(),
        expression: row.expression.clone(),
    };
    if settings == kept && enabled == row.enabled {
        return shown_one(ctx, &tx, row).await;
    }
    let again = settings.url != row.url || (enabled && !row.enabled);
    let before = row.clone();
    let mut changed = Model {
        name: settings.name,
        url: settings.url,
        event_types: settings.event_types,
        expression: settings.expression,
        disabled_because: row.disabled_because.filter(|_| !enabled),
        enabled,
        version: before.version + 1,
        ..row
    };
    if again {
        (changed.failures, changed.strained, changed.resume_at) = (0, false, None);
    }
    if !store::change(&tx, &changed, before.version).await? {
        return Err(Error::Version { required: false });
    }
    if again {
        outbox::hurry(&tx, id, now).await?;
    }
    let entry = entry(by, &changed, Action::WebhookChanged)
        .change(says(&before), says(&changed))
        .detail(json!({ "address_changed": before.url != changed.url }));
    audit::record(&tx, now, entry).await?;
    let webhook = shown_one(ctx, &tx, changed).await?;
    tx.commit().await?;
    told(ctx, webhook.organization_id);
    Ok(webhook)
}

/// Gives a webhook another secret. The one before goes on signing, too, for a day; one before that ends now.
///
/// # Errors
/// `forbidden`, `not_found`, `secrets_unavailable`, `version_mismatch` when somebody else changed it at the same moment; those of the
/// database.
pub async fn rotate(ctx: &Ctx, by: &Caller, id: WebhookId) -> Result<CreatedWebhook> {
    let now = ctx.clock.now();
    let (tx, row) = held(ctx, by, id).await?;
    let (name, secret) = (id.to_string(), Secret::random()?);
    let present = ctx.sealed.open(store::secret_place(&name), &row.sealed_secret)?;
    let previous = ctx.sealed.seal(&tx, store::previous_place(&name), &present);
    let changed = Model {
        sealed_previous: Some(previous.await?),
        sealed_secret: ctx
            .sealed
            .seal(&tx, store::secret_place(&name), secret.bytes())
            .await?,
        previous_until: Some(now.after(OVERLAP)),
        version: row.version + 1,
        ..row.clone()
    };
    if !store::change(&tx, &changed, row.version).await? {
        return Err(Error::Version { required: false });
    }
    let detail = json!({ "previous_until": changed.previous_until });
    let entry = entry(by, &changed, Action::WebhookSecretRotated).detail(detail);
    audit::record(&tx, now, entry).await?;
    let webhook = shown_one(ctx, &tx, changed).await?;
    tx.commit().await?;
    told(ctx, webhook.organization_id);
    Ok(CreatedWebhook {
        webhook,
        secret: secret.text(),
    })
}

/// Deletes a webhook, with what waits for its receiver and what became of the rest.
///
/// # Errors
/// `forbidden`, `not_found`, `version_required`, `version_mismatch`; those of the database.
pub async fn delete(ctx: &Ctx, by: &Caller, id: WebhookId, seen: &IfMatch) -> Result<()> {
    let (tx, row) = held(ctx, by, id).await?;
    seen.require(ETag(row.version))?;
    if !store::delete(&tx, id, row.version).await? {
        return Err(Error::Version { required: false });
    }
    let entry = entry(by, &row, Action::WebhookDeleted).change(says(&row), Value::Null);
    audit::record(&tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    told(ctx, row.organization_id);
    Ok(())
}

/// Where a new webhook is made: where it is said, or in the only organization there is for the caller.
fn place(by: &Caller, wanted: Option<OrganizationId>) -> Result<OrganizationId> {
    let allowed = by.require_any(Permission::WebhookManage)?;
    match (wanted, allowed.as_slice()) {
        (Some(wanted), _) if allowed.contains(&wanted) => Ok(wanted),
        (Some(_), _) => Err(Error::NotFound("organization")),
        (None, [only]) => Ok(*only),
        (None, _) => Err(Error::invalid(
            "organization_id",
            "required",
            "Say of which organization's events the receiver is told.",
        )),
    }
}

/// One within the caller's reach.
pub(super) async fn found<C: ConnectionTrait>(db: &C, by: &Caller, id: WebhookId) -> Result<Model> {
    let organizations = by.require_any(Permission::WebhookManage)?;
    store::find(db, &organizations, id)
        .await?
        .ok_or(Error::NotFound("webhook"))
}

/// One to be changed. Its organization is held before: whoever queues events holds it, too.
pub(super) async fn held(ctx: &Ctx, by: &Caller, id: WebhookId) -> Result<(WriteTx, Model)> {
    let tx = ctx.db.write().await?;
    let row = found(&tx, by, id).await?;
    organizations::hold(&tx, row.organization_id).await?;
    let row = found(&tx, by, id).await?;
    Ok((tx, row))
}

async fn shown<C: ConnectionTrait>(ctx: &Ctx, db: &C, rows: Vec<Model>) -> Result<Vec<Webhook>> {
    let ids: Vec<WebhookId> = rows.iter().map(|row| row.id).collect();
    let counts = outbox::counts(db, &ids).await?;
    let now = ctx.clock.now();
    let shown = rows.into_iter().map(|row| {
        let count = |state| counts.get(&(row.id, state)).copied().unwrap_or_default();
        let waiting = count(DeliveryState::Waiting) + count(DeliveryState::Sending);
        let dead = count(DeliveryState::Dead);
        Webhook::of(row, (waiting, dead), now)
    });
    Ok(shown.collect())
}

async fn shown_one<C: ConnectionTrait>(ctx: &Ctx, db: &C, row: Model) -> Result<Webhook> {
    let webhook = shown(ctx, db, vec![row]).await?.pop();
    webhook.ok_or(Error::NotFound("webhook"))
}

/// An audit entry about a webhook.
pub(super) fn entry(by: &Caller, row: &Model, action: Action) -> Entry {
    let target = Target::new(TargetKind::Webhook, row.id, &row.name);
    by.entry(row.organization_id, action).on(target)
}

/// What a webhook is told and where, for audit entries.
fn says(row: &Model) -> Value {
    json!({
        "name": row.name,
        "url": without_path(&row.url),
        "event_types": row.event_types,
        "expression": row.expression,
        "enabled": row.enabled,
    })
}
