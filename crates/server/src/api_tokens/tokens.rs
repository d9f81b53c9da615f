//! The rules of API tokens: made, shown, changed, given another secret, revoked, forgotten.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::access::{self, Reach};
use super::store::{self, organizations_of, organizations_to_column, sites_of, sites_to_column, tags_of};
use super::terms::{self, ApiTokenChange, NewApiToken, Rotation, TOKENS_MAX, Terms};
use super::text::{ApiTokenText, Kind};
use super::view::{ApiToken, ApiTokenState, CreatedApiToken, Whose};
use crate::accounts::{self, Caller, Person};
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::http::{ETag, IfMatch};
use crate::ids::{AccountId, ApiTokenId, LoginId, OrganizationId, SiteId};
use crate::organizations;
use crate::rights::{self, Moment, Permission, Permissions, Rights};
use crate::store::WriteTx;
use crate::store::entities::api_token::Model;

/// Tokens that ended are shown this long, for whoever wonders why a program stopped.
const STALE_AFTER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A token with whose it is.
struct Found {
    row: Model,
    of: Person,
    theirs: Rights,
    reach: Reach,
}

/// The caller's own tokens, or those of others that they may see; newest first.
///
/// # Errors
/// `forbidden` for those of others; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller, whose: Whose) -> Result<Vec<ApiToken>> {
    let db = ctx.db.read();
    let rows = match whose {
        Whose::Own => store::of_accounts(db, &[by.account]).await?,
        Whose::Managed => {
            let organizations = by.require_any(Permission::AccountManage)?;
            if by.rights.permissions_everywhere().has(Permission::AccountManage) {
                store::all(db).await?
            } else {
                let there = rights::assignments_of(ctx, &by.rights, &organizations, None).await?;
                let accounts: Vec<AccountId> = there.keys().copied().collect();
                store::of_accounts(db, &accounts).await?
            }
        }
    };
    let mut ids: Vec<AccountId> = rows.iter().map(|row| row.account_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let people = accounts::people_of(db, &ids).await?;
    let people: HashMap<AccountId, Person> = people.into_iter().map(|one| (one.id, one)).collect();
    let all = rights::of_accounts(db, &ids, Moment::Whenever).await?;
    let (none, now) = (Rights::default(), ctx.clock.now());
    let shown = rows.into_iter().filter_map(|row| {
        let of = people.get(&row.account_id)?;
        if whose == Whose::Managed && of.id == by.account {
            return None;
        }
        let theirs = all.get(&row.account_id).unwrap_or(&none);
        let reach = access::reach(by, &row, (of, theirs), now)?;
        Some(ApiToken::of(row, of, (by, reach, now)))
    });
    Ok(shown.collect())
}

/// One token.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn get(ctx: &Ctx, by: &Caller, id: ApiTokenId) -> Result<ApiToken> {
    let found = find(ctx.db.read(), by, id, ctx.clock.now()).await?;
    Ok(shown(ctx, by, found))
}

/// That nothing is named which is archived: a token for that alone would be good for nothing.
async fn require_open(tx: &WriteTx, terms: &Terms, sites: &[(OrganizationId, SiteId)]) -> Result<()> {
    for organization in terms.organizations.iter().flatten() {
        organizations::require_open(tx, Some(*organization)).await?;
    }
    let named = terms.sites.iter().flatten();
    for (organization, site) in named.filter_map(|named| sites.iter().find(|(_, site)| site == named)) {
        organizations::require_open_site(tx, *organization, *site).await?;
    }
    Ok(())
}

/// Makes a token. The answer alone has its secret.
///
/// # Errors
/// `not_found` (the account), `forbidden`, `validation_failed`, `archived`, `conflict` when the account has too many; those of the database.
pub async fn create(ctx: &Ctx, by: &Caller, mut wanted: NewApiToken) -> Result<CreatedApiToken> {
    let now = ctx.clock.now();
    let account = wanted.account_id.take().unwrap_or(by.account);
    let sites = organizations::sites(ctx, by, true).await?;
    let sites: Vec<(OrganizationId, SiteId)> =
        sites.iter().map(|site| (site.organization_id, site.id)).collect();
    let terms = wanted.check(by.rights.organizations(), &sites)?;
    let tx = ctx.db.write().await?;
    // Against whoever deletes the account, or changes what it may, at the same time.
    rights::hold(&tx).await?;
    require_open(&tx, &terms, &sites).await?;
    let of = accounts::find_person(&tx, by, account).await?;
    let theirs = rights::of_account(&tx, of.id, Moment::Whenever).await?;
    if !access::may_make(by, (&of, &theirs), now) {
        let detail = "Everybody makes their own API tokens; for a service account, whoever may do everything that it may.";
        return Err(Error::forbidden(detail));
    }
    if store::count_live(&tx, of.id, now).await? >= TOKENS_MAX {
        let detail =
            format!("An account has at most {TOKENS_MAX} API tokens. Revoke some that are not needed.");
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let text = new_text(&of)?;
    let row = Model {
        id: ApiTokenId::new(),
        account_id: of.id,
        name: terms.name,
        secret_hash: text.hash().to_vec(),
        previous_hash: None,
        previous_until: None,
        scopes: terms.scopes.to_column(),
        organizations: terms.organizations.as_deref().map(organizations_to_column),
        sites: terms.sites.as_deref().map(sites_to_column),
        tags: terms.tags.map(|tags| tags.join(",")),
        read_only: terms.read_only,
        created_at: now,
        created_by: by.account_id(),
        created_by_name: by.name.clone(),
        expires_at: now.after(terms.life),
        rotated_at: None,
        revoked_at: None,
        last_used_at: None,
        last_used_address: None,
        version: 1,
    };
    store::insert(&tx, row.clone()).await?;
    let found = Found {
        row,
        of,
        theirs,
        reach: Reach::Hold,
    };
    let after = says(&found.row);
    record(
        ctx,
        &tx,
        by,
        (Action::ApiTokenCreated, &found),
        (Value::Null, after),
    )
    .await?;
    tx.commit().await?;
    nudge(ctx, &found);
    Ok(created(ctx, by, found, &text))
}

/// Changes what a token is called and may be used for. What was started with it ends when it may be used for something else.
///
/// # Errors
/// `not_found`, `forbidden`, `version_required`, `version_mismatch`, `validation_failed`, `conflict` for one that ended; those of the
/// database.
pub async fn change(
    ctx: &Ctx,
    by: &Caller,
    id: ApiTokenId,
    wanted: ApiTokenChange,
    seen: &IfMatch,
) -> Result<ApiToken> {
    let tx = ctx.db.write().await?;
    let found = find_to_hold(&tx, by, id, ctx.clock.now()).await?;
    let row = &found.row;
    seen.require(ETag(row.version))?;
    let read_only = wanted.read_only.unwrap_or(row.read_only);
    let (as_before, scopes) = match wanted.scopes {
        Some(scopes) => (false, scopes),
        None => (true, Permissions::from_column(&row.scopes).iter().collect()),
    };
    let (name, scopes, wrong) =
        terms::checked(wanted.name.as_deref().unwrap_or(&row.name), scopes, read_only);
    if as_before && wrong.iter().any(|one| one.field == "scopes") {
        let detail = "The token has scopes that change something. Change them together with this.";
        return Err(Error::invalid("read_only", "not_reading", detail));
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let changed = Model {
        name,
        scopes: scopes.to_column(),
        read_only,
        version: row.version + 1,
        ..row.clone()
    };
    let (before, after) = (says(row), says(&changed));
    if before == after {
        return Ok(shown(ctx, by, found));
    }
    let ends = (&row.scopes, row.read_only) != (&changed.scopes, changed.read_only);
    if !store::change(&tx, &changed, row.version).await? {
        return Err(Error::Version { required: false });
    }
    let found = Found {
        row: changed,
        ..found
    };
    record(ctx, &tx, by, (Action::ApiTokenChanged, &found), (before, after)).await?;
    tx.commit().await?;
    if ends {
        accounts::login_ended(ctx, LoginId(id.0)).await;
    }
    nudge(ctx, &found);
    Ok(shown(ctx, by, found))
}

/// Gives a token another secret. The former one works until the overlap is over; one that was former before that ends now.
///
/// # Errors
/// `not_found`, `forbidden`, `validation_failed`, `conflict` for one that ended, `version_mismatch` when somebody else changed it at the
/// same moment; those of the database.
pub async fn rotate(ctx: &Ctx, by: &Caller, id: ApiTokenId, wanted: Rotation) -> Result<CreatedApiToken> {
    let (overlap, life) = wanted.check()?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let found = find_to_hold(&tx, by, id, now).await?;
    let text = new_text(&found.of)?;
    let row = &found.row;
    let changed = Model {
        secret_hash: text.hash().to_vec(),
        previous_hash: Some(row.secret_hash.clone()),
        previous_until: Some(now.after(overlap).min(row.expires_at)),
        expires_at: life.map_or(row.expires_at, |life| now.after(life)),
        rotated_at: Some(now),
        version: row.version + 1,
        ..row.clone()
    };
    if !store::change(&tx, &changed, row.version).await? {
        return Err(Error::Version { required: false });
    }
    let until = |row: &Model| json!({ "expires_at": row.expires_at, "previous_until": row.previous_until });
    let change = (until(row), until(&changed));
    let found = Found {
        row: changed,
        ..found
    };
    record(ctx, &tx, by, (Action::ApiTokenRotated, &found), change).await?;
    tx.commit().await?;
    nudge(ctx, &found);
    Ok(created(ctx, by, found, &text))
}

/// Revokes a token: no request with it is taken from now on, and what was started with it is cut at once. Revoking one twice is no
/// error.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn revoke(ctx: &Ctx, by: &Caller, id: ApiTokenId) -> Result<()> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let found = find(&tx, by, id, now).await?;
    if !store::revoke(&tx, id, now).await? {
        return Ok(());
    }
    record(
        ctx,
        &tx,
        by,
        (Action::ApiTokenRevoked, &found),
        (Value::Null, Value::Null),
    )
    .await?;
    tx.commit().await?;
    accounts::login_ended(ctx, LoginId(id.0)).await;
    nudge(ctx, &found);
    Ok(())
}

/// Cuts what hangs on tokens that are over by their age, and forgets those that ended long ago; run every minute or so.
///
/// # Errors
/// Those of the database; what was not done is done by the next run.
pub async fn sweep(ctx: &Ctx) -> Result<()> {
    let now = ctx.clock.now();
    for row in store::expired(ctx.db.read(), now).await? {
        accounts::login_ended(ctx, LoginId(row.id.0)).await;
    }
    let tx = ctx.db.write().await?;
    store::forget(&tx, now.before(STALE_AFTER)).await?;
    Ok(tx.commit().await?)
}

/// A text of its own for a token of this account.
fn new_text(of: &Person) -> Result<ApiTokenText> {
    let kind = Kind::of(of.kind).ok_or(Error::NotFound("account"))?;
    ApiTokenText::random(kind)
}

async fn find<C: ConnectionTrait>(db: &C, by: &Caller, id: ApiTokenId, now: Timestamp) -> Result<Found> {
    let unknown = || Error::NotFound("API token");
    let row = store::find(db, id).await?.ok_or_else(unknown)?;
    let mut people = accounts::people_of(db, &[row.account_id]).await?;
    let of = people.pop().ok_or_else(unknown)?;
    let theirs = rights::of_account(db, of.id, Moment::Whenever).await?;
    let reach = access::reach(by, &row, (&of, &theirs), now).ok_or_else(unknown)?;
    Ok(Found {
        row,
        of,
        theirs,
        reach,
    })
}

/// One that works, to be changed.
async fn find_to_hold(tx: &WriteTx, by: &Caller, id: ApiTokenId, now: Timestamp) -> Result<Found> {
    let found = find(tx, by, id, now).await?;
    if found.reach < Reach::Hold {
        let detail = "This is somebody else's API token. You may revoke it; only they change it.";
        return Err(Error::forbidden(detail));
    }
    if ApiTokenState::of(&found.row, now) != ApiTokenState::Active {
        let detail = "This API token ended, and that cannot be taken back. Make a new one.";
        return Err(Error::conflict(Code::Conflict, detail));
    }
    Ok(found)
}

fn shown(ctx: &Ctx, by: &Caller, found: Found) -> ApiToken {
    ApiToken::of(found.row, &found.of, (by, found.reach, ctx.clock.now()))
}

fn created(ctx: &Ctx, by: &Caller, found: Found, text: &ApiTokenText) -> CreatedApiToken {
    CreatedApiToken {
        token: shown(ctx, by, found),
        secret: text.reveal().to_owned(),
    }
}

/// What a token allows, for audit entries.
fn says(row: &Model) -> Value {
    json!({
        "name": row.name,
        "scopes": row.scopes,
        "organization_ids": organizations_of(row),
        "site_ids": sites_of(row),
        "tags": tags_of(row),
        "read_only": row.read_only,
        "expires_at": row.expires_at,
    })
}

/// The organizations of the account in which the token works.
fn places(found: &Found) -> Vec<OrganizationId> {
    let only = organizations_of(&found.row);
    let mut places = found.theirs.organizations().to_vec();
    places.retain(|one| only.as_ref().is_none_or(|only| only.contains(one)));
    places
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    (action, found): (Action, &Found),
    (before, after): (Value, Value),
) -> Result<()> {
    let mut chains = places(found);
    if chains.is_empty() {
        chains = accounts::account_chains(by, &found.theirs);
    }
    for organization in chains {
        let entry = by
            .entry(organization, action)
            .on(Target::new(TargetKind::ApiToken, found.row.id, &found.row.name))
            .detail(json!({ "account_id": found.of.id, "account": found.of.name }));
        let entry = if (&before, &after) == (&Value::Null, &Value::Null) {
            entry
        } else {
            entry.change(before.clone(), after.clone())
        };
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

fn nudge(ctx: &Ctx, found: &Found) {
    ctx.events
        .publish(Scope::Account(found.of.id), &[Topic::ApiTokens]);
    for organization in places(found) {
        ctx.events.publish(
            Scope::Organization(organization),
            &[Topic::ApiTokens, Topic::Audit],
        );
    }
}
