//! Service accounts: identities of programs. Made with a role in a place, under conditions, by whoever may give that; they have API
//! tokens, and never sign in.
//!
//! They are accounts, so roles, access rules, disabling, deleting and what is recorded of them are those of all accounts
//! (`people.rs`). Handlers: `api.rs`.

mod api;

use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::logins::account_target;
use super::people::{self, find_to_manage, in_sight, may_manage};
use super::set_up::name_objection;
use super::{Caller, LOCALES, Person, store};
use crate::api_tokens;
use crate::audit::{self, Action};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, FieldError, Result};
use crate::ids::AccountId;
use crate::rights::{
    self, Assignment, AssignmentPlace, Conditions, Gift, Moment, Permission, Rights, RoleKey,
};
use crate::store::entities::account::AccountKind;
pub use api::routes;

/// Most of them on a server.
pub const SERVICE_ACCOUNTS_MAX: u64 = 500;
/// Longest note, in characters.
const NOTE_MAX: usize = 300;

/// A program's account, as those see it who see people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServiceAccount {
    /// Its identifier; an account's.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// What it is for; empty when nobody said.
    pub note: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when its API tokens do not work; `null` = they do.
    pub disabled_at: Option<Timestamp>,
    /// Its roles, as far as the caller may see them, oldest first.
    pub roles: Vec<Assignment>,
    /// How many API tokens of it work now.
    pub api_tokens: u64,
    /// When one of its API tokens was last used, to a minute; `null` = none was, of those that are still known.
    pub last_used_at: Option<Timestamp>,
    /// Whether the caller may change and delete it, and make API tokens for it.
    pub may_manage: bool,
}

/// A service account to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewServiceAccount {
    /// Its name.
    #[schema(max_length = 80)]
    pub name: String,
    /// What it is for.
    #[schema(max_length = 300)]
    #[serde(default)]
    pub note: String,
    /// What it may do.
    pub role: RoleKey,
    /// Where.
    pub place: AssignmentPlace,
    /// When it counts, and what it asks for; always and nothing when left out. A program has no proof: `step_up_minutes` is not taken.
    #[serde(default)]
    pub conditions: Conditions,
}

/// What is to change of a service account; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccountChange {
    /// Its name.
    #[schema(max_length = 80)]
    pub name: Option<String>,
    /// What it is for.
    #[schema(max_length = 300)]
    pub note: Option<String>,
    /// Whether its API tokens stop working. What was started with them ends at once.
    pub disabled: Option<bool>,
}

/// The service accounts that the caller may see, by name.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn service_accounts(ctx: &Ctx, by: &Caller) -> Result<Vec<ServiceAccount>> {
    let organizations = by.require_any(Permission::AccountSee)?;
    let db = ctx.db.read();
    let mut assignments = rights::assignments_of(ctx, &by.rights, &organizations, None).await?;
    let mut rows = in_sight(db, by, assignments.keys().copied()).await?;
    rows.retain(|row| row.kind == AccountKind::Service);
    let ids: Vec<AccountId> = rows.iter().map(|row| row.id).collect();
    let all = rights::of_accounts(db, &ids, Moment::Whenever).await?;
    let uses = api_tokens::uses_of(db, &ids, ctx.clock.now()).await?;
    let (none, now) = (Rights::default(), ctx.clock.now());
    let shown = rows.into_iter().map(|row| {
        let theirs = all.get(&row.id).unwrap_or(&none);
        let (live, last_used_at) = uses.get(&row.id).copied().unwrap_or_default();
        ServiceAccount {
            roles: assignments.remove(&row.id).unwrap_or_default(),
            api_tokens: live,
            last_used_at,
            may_manage: row.id != by.account && may_manage(&by.rights, theirs, now),
            id: row.id,
            name: row.name,
            note: row.note,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        }
    });
    let mut shown: Vec<ServiceAccount> = shown.collect();
    shown.sort_by_key(|one| (one.name.to_lowercase(), one.id));
    Ok(shown)
}

/// Makes a service account with one role.
///
/// # Errors
/// `forbidden`, `step_up_required`, `not_found` (the organization), `validation_failed`, `conflict` when there are too many; those of
/// the database.
pub async fn create_service_account(
    ctx: &Ctx,
    by: &Caller,
    wanted: NewServiceAccount,
) -> Result<ServiceAccount> {
    let (name, note) = checked(&wanted.name, &wanted.note)?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let what = (&wanted.place, &wanted.conditions);
    let gift = Gift::checked(&tx, (by, now), wanted.role, what).await?;
    gift.require_for_programs()?;
    if store::count_service_accounts(&tx).await? >= SERVICE_ACCOUNTS_MAX {
        let detail = format!(
            "A server has at most {SERVICE_ACCOUNTS_MAX} service accounts. Delete some that are not needed."
        );
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let id = AccountId::new();
    let row = store::Account {
        id,
        name,
        email: String::new(),
        // The column tells accounts apart; no e-mail address looks like that, and none is looked up among programs.
        email_key: format!("service:{id}"),
        // The hash of no password.
        password_hash: String::new(),
        locale: LOCALES[0].to_owned(),
        created_at: now,
        password_changed_at: now,
        disabled_at: None,
        kind: AccountKind::Service,
        note,
    };
    store::insert(&tx, row.clone()).await?;
    let what = (gift.role.key, &gift.reach, &gift.conditions);
    rights::give(&tx, now, (id, what), (by.account_id(), &by.name)).await?;
    let mut after = json!({
        "name": row.name, "note": row.note, "role": gift.role.key, "role_name": gift.role.name,
        "place": AssignmentPlace::from(&gift.reach),
    });
    if gift.conditions != Conditions::NONE {
        after["conditions"] = json!(gift.conditions);
    }
    for organization in rights::chains(&tx, gift.reach.organization).await? {
        let entry = by
            .entry(organization, Action::ServiceAccountCreated)
            .on(account_target(id, &row.name))
            .change(Value::Null, after.clone());
        audit::record(&tx, now, entry).await?;
    }
    tx.commit().await?;
    rights::changed(ctx, &[id]).await;
    one(ctx, by, id).await
}

/// Changes a service account. Disabling one cuts what its API tokens have open.
///
/// # Errors
/// `not_found`, `forbidden`, `validation_failed`; those of the database.
pub async fn change_service_account(
    ctx: &Ctx,
    by: &Caller,
    id: AccountId,
    wanted: ServiceAccountChange,
) -> Result<ServiceAccount> {
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    find_service(&tx, by, id).await?;
    let (row, theirs) = find_to_manage(ctx, &tx, by, id).await?;
    let (name, note) = checked(
        wanted.name.as_deref().unwrap_or(&row.name),
        wanted.note.as_deref().unwrap_or(&row.note),
    )?;
    if (&name, &note) != (&row.name, &row.note) {
        store::update_texts(&tx, id, (&name, &note)).await?;
        for organization in people::chains(by, &theirs) {
            let entry = by
                .entry(organization, Action::ServiceAccountChanged)
                .on(account_target(id, &name))
                .change(
                    json!({ "name": row.name, "note": row.note }),
                    json!({ "name": name, "note": note }),
                );
            audit::record(&tx, ctx.clock.now(), entry).await?;
        }
    }
    tx.commit().await?;
    match wanted.disabled {
        Some(true) => people::disable(ctx, by, id).await.map(drop)?,
        Some(false) => people::enable(ctx, by, id).await.map(drop)?,
        None => rights::changed(ctx, &[id]).await,
    }
    one(ctx, by, id).await
}

/// Deletes a service account with its roles and API tokens. Records of what it did keep its name.
///
/// # Errors
/// `not_found`, `forbidden`; those of the database.
async fn delete(ctx: &Ctx, by: &Caller, id: AccountId) -> Result<()> {
    find_service(ctx.db.read(), by, id).await?;
    people::delete(ctx, by, id, None).await
}

async fn one(ctx: &Ctx, by: &Caller, id: AccountId) -> Result<ServiceAccount> {
    let all = service_accounts(ctx, by).await?;
    all.into_iter().find(|one| one.id == id).ok_or_else(unknown)
}

/// A person is no service account, and is not told apart here from one that is not there.
async fn find_service<C: ConnectionTrait>(db: &C, by: &Caller, id: AccountId) -> Result<Person> {
    let found = people::find_person(db, by, id).await;
    let row = found.map_err(|error| match error {
        Error::NotFound(_) => unknown(),
        other => other,
    })?;
    Some(row)
        .filter(|row| row.kind == AccountKind::Service)
        .ok_or_else(unknown)
}

fn unknown() -> Error {
    Error::NotFound("service account")
}

/// Name and note of an account of no person, as they are kept.
///
/// # Errors
/// `validation_failed`.
pub(super) fn checked(name: &str, note: &str) -> Result<(String, String)> {
    let (name, note) = (name.trim().to_owned(), note.trim().to_owned());
    let mut wrong: Vec<FieldError> = name_objection("name", &name).into_iter().collect();
    if note.chars().count() > NOTE_MAX {
        let detail = format!("At most {NOTE_MAX} characters, please.");
        wrong.push(FieldError::new("note", "too_long", detail));
    } else if note.chars().any(farol_protocol::text::is_deceptive) {
        let detail = "This is one line of text, without characters that cannot be seen.";
        wrong.push(FieldError::new("note", "malformed", detail));
    }
    if wrong.is_empty() {
        Ok((name, note))
    } else {
        Err(Error::Invalid(wrong))
    }
}
