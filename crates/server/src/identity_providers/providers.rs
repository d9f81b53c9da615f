//! Making, changing and deleting identity providers. They are the whole server's.

use serde_json::{Value, json};

use super::checked::{Wrong, may_give};
use super::view::{
    GroupMapping, IdentityProvider, IdentityProviderChange, NewIdentityProvider, SignInMethods,
    SignInProvider,
};
use super::{PROVIDERS_MAX, post_logout_redirect_uri, redirect_uri, store};
use crate::accounts::{self, Caller};
use crate::audit::{self, Action, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::http::{ETag, IfMatch};
use crate::ids::IdentityProviderId;
use crate::rights::{self, Permission};
use crate::store::WriteTx;
use crate::store::entities::identity_provider::Model;

/// What is asked for when nobody says.
const SCOPES: [&str; 2] = ["profile", "email"];

/// How people can sign in, for everybody who looks at the sign-in page.
///
/// # Errors
/// Those of the database.
pub async fn methods(ctx: &Ctx) -> Result<SignInMethods> {
    let rows = store::providers(ctx.db.read()).await?;
    let enabled = rows.into_iter().filter(|row| row.enabled);
    Ok(SignInMethods {
        providers: enabled
            .map(|row| SignInProvider {
                id: row.id,
                name: row.name,
            })
            .collect(),
    })
}

/// The providers, by name.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller) -> Result<Vec<IdentityProvider>> {
    by.require_at(None, Permission::ServerManage)?;
    let mut providers = Vec::new();
    for row in store::providers(ctx.db.read()).await? {
        providers.push(shown(ctx, row).await?);
    }
    Ok(providers)
}

/// One of them.
///
/// # Errors
/// `forbidden`, `not_found`; those of the database.
pub async fn find(ctx: &Ctx, by: &Caller, id: IdentityProviderId) -> Result<IdentityProvider> {
    by.require_at(None, Permission::ServerManage)?;
    let row = store::find_provider(ctx.db.read(), id).await?;
    shown(ctx, row.ok_or_else(unknown)?).await
}

/// Makes a provider. Whether it works, [`super::check`] tells.
///
/// # Errors
/// `forbidden`, `validation_failed`, `not_found` (an organization of a mapping), `conflict` when there are too many; those of the
/// database.
pub async fn create(ctx: &Ctx, by: &Caller, wanted: NewIdentityProvider) -> Result<IdentityProvider> {
    by.require_at(None, Permission::ServerManage)?;
    let secret = wanted.client_secret.clone();
    let sent = wanted.mappings.clone();
    let (mut row, mappings) = new_row(ctx, by, wanted)?;
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    may_give(&tx, (by, ctx.clock.now()), (&[], &mappings), &sent).await?;
    if store::count_providers(&tx).await? >= PROVIDERS_MAX {
        let detail = format!("A server has at most {PROVIDERS_MAX} identity providers. Delete one first.");
        return Err(Error::conflict(Code::Conflict, detail));
    }
    row.sealed_client_secret = seal(ctx, &tx, row.id, secret.as_deref()).await?;
    store::insert_provider(&tx, row.clone()).await?;
    let change = (Value::Null, says(&row));
    record(ctx, &tx, by, (Action::IdentityProviderCreated, &row), change).await?;
    tx.commit().await?;
    nudge(ctx, by);
    shown(ctx, row).await
}

fn new_row(ctx: &Ctx, by: &Caller, wanted: NewIdentityProvider) -> Result<(Model, Vec<GroupMapping>)> {
    let mut wrong = Wrong::default();
    wrong.secret(wanted.client_secret.as_deref());
    let scopes = wanted
        .scopes
        .unwrap_or_else(|| SCOPES.map(str::to_owned).to_vec());
    let mappings = wrong.mappings(wanted.mappings);
    let row = Model {
        id: IdentityProviderId::new(),
        name: wrong.name(&wanted.name),
        issuer: wrong.issuer(&wanted.issuer),
        client_id: wrong.client_id(&wanted.client_id),
        sealed_client_secret: None,
        scopes: wrong.scopes(&scopes).join(" "),
        groups_claim: wrong.groups_claim(&wanted.groups_claim, &mappings),
        mappings: text_of(&mappings)?,
        creates_accounts: wanted.creates_accounts,
        accounts_max: wrong.accounts_max(wanted.accounts_max),
        email_domains: wrong.email_domains(&wanted.email_domains).join(" "),
        trusts_email: wanted.trusts_email,
        links_invited: wanted.links_invited,
        enabled: wanted.enabled,
        created_at: ctx.clock.now(),
        created_by: by.account_id(),
        created_by_name: by.name.clone(),
        version: 1,
    };
    wrong.none()?;
    Ok((row, mappings))
}

/// Changes a provider. Its issuer stays: identities are known by it.
///
/// # Errors
/// `forbidden`, `not_found` (it, or an organization of a mapping), `version_required`, `version_mismatch`, `validation_failed`; those
/// of the database.
pub async fn change(
    ctx: &Ctx,
    by: &Caller,
    id: IdentityProviderId,
    wanted: IdentityProviderChange,
    seen: &IfMatch,
) -> Result<IdentityProvider> {
    by.require_at(None, Permission::ServerManage)?;
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let row = store::find_provider(&tx, id).await?.ok_or_else(unknown)?;
    seen.require(ETag(row.version))?;
    let secret = wanted.client_secret.clone();
    let sent = wanted.mappings.clone().unwrap_or_default();
    let mut changed = changed_row(&row, wanted)?;
    let (before, after) = (mappings_of(&row), mappings_of(&changed));
    may_give(&tx, (by, ctx.clock.now()), (&before, &after), &sent).await?;
    if let Some(secret) = secret {
        changed.sealed_client_secret = seal(ctx, &tx, id, secret.as_deref()).await?;
    }
    if changed == row {
        return shown(ctx, row).await;
    }
    changed.version = row.version + 1;
    if !store::change_provider(&tx, changed.clone(), row.version).await? {
        return Err(Error::Version { required: false });
    }
    let (before, mut after) = (says(&row), says(&changed));
    if changed.sealed_client_secret != row.sealed_client_secret {
        after["client_secret_changed"] = true.into();
    }
    let what = (Action::IdentityProviderChanged, &changed);
    record(ctx, &tx, by, what, (before, after)).await?;
    tx.commit().await?;
    nudge(ctx, by);
    shown(ctx, changed).await
}

fn changed_row(row: &Model, wanted: IdentityProviderChange) -> Result<Model> {
    let mut wrong = Wrong::default();
    wrong.secret(wanted.client_secret.as_ref().and_then(Option::as_deref));
    let (had, mut text) = (mappings_of(row), row.mappings.clone());
    let mappings = match wanted.mappings {
        Some(mappings) => wrong.mappings(mappings),
        None => had.clone(),
    };
    // What says the same in other words is no change; what could not be read is written anew.
    if mappings != had || mappings.is_empty() {
        text = text_of(&mappings)?;
    }
    let claim = wanted.groups_claim.as_deref().unwrap_or(&row.groups_claim);
    let changed = Model {
        name: wrong.name(wanted.name.as_deref().unwrap_or(&row.name)),
        client_id: wrong.client_id(wanted.client_id.as_deref().unwrap_or(&row.client_id)),
        scopes: match wanted.scopes {
            Some(scopes) => wrong.scopes(&scopes).join(" "),
            None => row.scopes.clone(),
        },
        groups_claim: wrong.groups_claim(claim, &mappings),
        mappings: text,
        creates_accounts: wanted.creates_accounts.unwrap_or(row.creates_accounts),
        accounts_max: match wanted.accounts_max {
            Some(most) => wrong.accounts_max(most),
            None => row.accounts_max,
        },
        email_domains: match wanted.email_domains {
            Some(domains) => wrong.email_domains(&domains).join(" "),
            None => row.email_domains.clone(),
        },
        trusts_email: wanted.trusts_email.unwrap_or(row.trusts_email),
        links_invited: wanted.links_invited.unwrap_or(row.links_invited),
        enabled: wanted.enabled.unwrap_or(row.enabled),
        ..row.clone()
    };
    wrong.none()?;
    Ok(changed)
}

/// Deletes a provider: with it go its identities, the roles that it gave, and the logins for which it vouched. Accounts stay.
///
/// # Errors
/// `forbidden`, `not_found`, `version_required`, `version_mismatch`, `last_owner`; those of the database.
pub async fn delete(ctx: &Ctx, by: &Caller, id: IdentityProviderId, seen: &IfMatch) -> Result<()> {
    by.require_at(None, Permission::ServerManage)?;
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let row = store::find_provider(&tx, id).await?.ok_or_else(unknown)?;
    seen.require(ETag(row.version))?;
    let logins = store::logins_of(&tx, id, None).await?;
    accounts::delete_logins(&tx, &logins).await?;
    let now = ctx.clock.now();
    let accounts = rights::withdraw_provided(&tx, by, now, (id, &row.name), None).await?;
    rights::require_owner(&tx).await?;
    if !store::delete_provider(&tx, id, row.version).await? {
        return Err(Error::Version { required: false });
    }
    let change = (says(&row), Value::Null);
    record(ctx, &tx, by, (Action::IdentityProviderDeleted, &row), change).await?;
    tx.commit().await?;
    ctx.discoveries.forget(id);
    accounts::logins_ended(ctx, &logins).await;
    rights::changed(ctx, &accounts).await;
    nudge(ctx, by);
    Ok(())
}

pub(super) fn unknown() -> Error {
    Error::NotFound("identity provider")
}

/// The mappings of a row. Nobody but this domain writes them, so what cannot be read is a fault; it gives nobody anything.
pub(super) fn mappings_of(row: &Model) -> Vec<GroupMapping> {
    serde_json::from_str(&row.mappings).unwrap_or_else(|error| {
        tracing::error!(provider = %row.id, %error, "the group mappings of an identity provider cannot be read");
        Vec::new()
    })
}

fn text_of(mappings: &[GroupMapping]) -> Result<String> {
    serde_json::to_string(mappings).map_err(Error::internal)
}

async fn seal(
    ctx: &Ctx,
    tx: &WriteTx,
    id: IdentityProviderId,
    secret: Option<&str>,
) -> Result<Option<Vec<u8>>> {
    let Some(secret) = secret else {
        return Ok(None);
    };
    let row = id.to_string();
    let envelope = ctx.sealed.seal(tx, store::secret_place(&row), secret.as_bytes());
    envelope.await.map(Some)
}

async fn shown(ctx: &Ctx, row: Model) -> Result<IdentityProvider> {
    let (identities, accounts_made) = store::count_identities(ctx.db.read(), row.id).await?;
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    Ok(IdentityProvider {
        mappings: mappings_of(&row),
        has_client_secret: row.sealed_client_secret.is_some(),
        scopes: words(&row.scopes),
        email_domains: words(&row.email_domains),
        accounts_max: row.accounts_max.and_then(|most| u32::try_from(most).ok()),
        accounts_made,
        identities,
        redirect_uri: redirect_uri(ctx),
        post_logout_redirect_uri: post_logout_redirect_uri(ctx),
        etag: ETag(row.version).to_string(),
        id: row.id,
        name: row.name,
        issuer: row.issuer,
        client_id: row.client_id,
        groups_claim: row.groups_claim,
        creates_accounts: row.creates_accounts,
        trusts_email: row.trusts_email,
        links_invited: row.links_invited,
        enabled: row.enabled,
        created_at: row.created_at,
        created_by_name: row.created_by_name,
    })
}

/// What is proved of a provider: all but its secret.
fn says(row: &Model) -> Value {
    json!({
        "name": row.name,
        "issuer": row.issuer,
        "client_id": row.client_id,
        "has_client_secret": row.sealed_client_secret.is_some(),
        "scopes": row.scopes,
        "groups_claim": row.groups_claim,
        "mappings": mappings_of(row),
        "creates_accounts": row.creates_accounts,
        "accounts_max": row.accounts_max,
        "email_domains": row.email_domains,
        "trusts_email": row.trusts_email,
        "links_invited": row.links_invited,
        "enabled": row.enabled,
    })
}

pub(super) fn target(row: &Model) -> Target {
    Target::new(TargetKind::IdentityProvider, row.id, &row.name)
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    (action, row): (Action, &Model),
    (before, after): (Value, Value),
) -> Result<()> {
    for organization in rights::chains(tx, None).await? {
        let entry = by
            .entry(organization, action)
            .on(target(row))
            .change(before.clone(), after.clone());
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

fn nudge(ctx: &Ctx, by: &Caller) {
    for organization in by.rights.belongs_to() {
        ctx.events
            .publish(Scope::Organization(*organization), &[Topic::Audit]);
    }
}
