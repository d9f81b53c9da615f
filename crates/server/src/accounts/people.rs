//! The people of a server, as those see them who may: listing, disabling, deleting.
//!
//! An account is seen by whoever may see people in an organization where it has a role, and by whoever may for the whole server. It is
//! disabled and deleted only by who could take away every role that it has, by itself and by its teams.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::logins::{account_target, ended};
use super::{Caller, factors, store};
use crate::api_tokens;
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::ids::{AccountId, OrganizationId};
use crate::rights::{self, Assignment, Changes, Moment, Permission, Rights};
use crate::store::WriteTx;
use crate::store::entities::account::{self, AccountKind};
use crate::support;

/// An account's row, as other domains see it.
pub type Person = account::Model;

/// An account, as those see it who manage people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Person)]
pub struct PersonView {
    /// Its identifier.
    pub id: AccountId,
    /// A person's, or a program's: lists of people have the former alone, and neither has teams.
    pub kind: AccountKind,
    /// The person's name.
    pub name: String,
    /// With which they sign in; empty for a program.
    pub email: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it may not sign in; `null` = it may.
    pub disabled_at: Option<Timestamp>,
    /// When one of its logins that have not ended was last used, to five minutes; `null` = it is not signed in.
    pub last_used_at: Option<Timestamp>,
    /// Whether it is asked for a second factor after its password.
    pub second_factor: bool,
    /// Its roles and those of its teams, as far as the caller may see them, oldest first.
    pub roles: Vec<Assignment>,
    /// Whether the caller may disable and delete it.
    pub may_manage: bool,
}

/// The people whom the caller may see, by name.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller) -> Result<Vec<PersonView>> {
    let organizations = by.require_any(Permission::AccountSee)?;
    let assignments = rights::assignments_of(ctx, &by.rights, &organizations, None).await?;
    let db = ctx.db.read();
    let mut rows = in_sight(db, by, assignments.keys().copied()).await?;
    rows.retain(|row| row.kind == AccountKind::Person);
    shown(ctx, by, rows, assignments).await
}

/// The accounts that the caller sees, whatever they are: these, which have roles there, or all of them.
pub(super) async fn in_sight<C: ConnectionTrait>(
    db: &C,
    by: &Caller,
    with_roles: impl Iterator<Item = AccountId>,
) -> Result<Vec<Person>> {
    if sees_all(by) {
        return store::all(db).await;
    }
    let ids: Vec<AccountId> = with_roles.collect();
    store::some(db, &ids).await
}

/// Rows of accounts, as far as they are there; for rules that have found out who may see them.
///
/// # Errors
/// Those of the database.
pub(crate) async fn people_of<C: ConnectionTrait>(db: &C, ids: &[AccountId]) -> Result<Vec<Person>> {
    store::some(db, ids).await
}

/// An account that proved itself, as it is now, with how often what accounts may do had changed at that moment.
///
/// # Errors
/// Those of the database.
pub async fn recognized<C: ConnectionTrait>(db: &C, id: AccountId) -> Result<Option<(Person, Changes)>> {
    store::find_with_changes(db, id).await
}

/// One of them.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn person(ctx: &Ctx, by: &Caller, id: AccountId) -> Result<PersonView> {
    let row = find_person(ctx.db.read(), by, id).await?;
    let organizations = by.organizations_with(Permission::AccountSee);
    let assignments = rights::assignments_of(ctx, &by.rights, &organizations, Some(&[id])).await?;
    let one = shown(ctx, by, vec![row], assignments).await?.pop();
    one.ok_or(Error::NotFound("account"))
}

async fn shown(
    ctx: &Ctx,
    by: &Caller,
    rows: Vec<Person>,
    mut assignments: HashMap<AccountId, Vec<Assignment>>,
) -> Result<Vec<PersonView>> {
    let db = ctx.db.read();
    let used = store::last_uses(db).await?;
    let ids: Vec<AccountId> = rows.iter().map(|row| row.id).collect();
    let all = rights::of_accounts(db, &ids, Moment::Whenever).await?;
    let protected = factors::protected(db, &ids).await?;
    let (none, now) = (Rights::default(), ctx.clock.now());
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        let theirs = all.get(&row.id).unwrap_or(&none);
        people.push(PersonView {
            last_used_at: used.get(&row.id).copied(),
            second_factor: protected.contains(&row.id),
            roles: assignments.remove(&row.id).unwrap_or_default(),
            may_manage: row.id != by.account && may_manage(&by.rights, theirs, now),
            id: row.id,
            kind: row.kind,
            name: row.name,
            email: row.email,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        });
    }
    people.sort_by_key(|person| (person.name.to_lowercase(), person.id));
    Ok(people)
}

fn sees_all(by: &Caller) -> bool {
    by.rights.permissions_everywhere().has(Permission::AccountSee)
}

/// Whether who has `own` rights could take away everything that who has `theirs` may do.
pub(crate) fn may_manage(own: &Rights, theirs: &Rights, now: Timestamp) -> bool {
    let everywhere = own.permissions_everywhere().has(Permission::AccountManage);
    (everywhere || !theirs.granted().is_empty())
        && theirs
            .granted()
            .iter()
            .all(|granted| rights::may_take(own, granted, now))
}

/// An account that the caller may know of: their own, or one that they see among the people or the programs. Teams are found by
/// `crate::teams` alone: nothing that is done to accounts is done to them.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn find_person<C: ConnectionTrait>(db: &C, by: &Caller, id: AccountId) -> Result<Person> {
    let row = store::find(db, id).await?;
    let row = row.filter(|row| row.kind != AccountKind::Team);
    let row = row.ok_or(Error::NotFound("account"))?;
    if id == by.account || sees_all(by) {
        return Ok(row);
    }
    let theirs = rights::of_account(db, id, Moment::Whenever).await?;
    let seen = by.organizations_with(Permission::AccountSee);
    if theirs.belongs_to().iter().any(|one| seen.contains(one)) {
        Ok(row)
    } else {
        Err(Error::NotFound("account"))
    }
}

/// The account that is to be disabled, enabled, deleted or otherwise changed by somebody else, and what it may do.
pub(super) async fn find_to_manage(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    id: AccountId,
) -> Result<(Person, Rights)> {
    let row = find_person(tx, by, id).await?;
    if id == by.account {
        let detail = "You cannot do this to your own account. Ask somebody else who manages people.";
        return Err(Error::forbidden(detail));
    }
    let theirs = rights::of_account(tx, id, Moment::Whenever).await?;
    if !may_manage(&by.rights, &theirs, ctx.clock.now()) {
        let detail = "This account has roles that you may not take away. Ask somebody who may do everything that it may.";
        return Err(Error::forbidden(detail));
    }
    Ok((row, theirs))
}

/// Disables an account: its logins end, and nobody signs in with it or uses its API tokens until it is enabled. Disabling one that is disabled is no error.
///
/// # Errors
/// `not_found`, `forbidden`, `last_owner`; those of the database.
pub async fn disable(ctx: &Ctx, by: &Caller, id: AccountId) -> Result<PersonView> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let (row, theirs) = find_to_manage(ctx, &tx, by, id).await?;
    let mut logins = Vec::new();
    if row.disabled_at.is_none() {
        store::set_disabled(&tx, id, Some(now)).await?;
        logins = store::delete_logins(&tx, id).await?;
        logins.extend(api_tokens::as_logins(&tx, id).await?);
        rights::require_owner(&tx).await?;
        record(ctx, &tx, by, (&row, &theirs), Action::AccountDisabled).await?;
    }
    tx.commit().await?;
    for login in logins {
        ended(ctx, login).await;
    }
    rights::changed(ctx, &[id]).await;
    person(ctx, by, id).await
}

/// Lets a disabled account sign in again. Enabling one that is not disabled is no error.
///
/// # Errors
/// `not_found`, `forbidden`; those of the database.
pub async fn enable(ctx: &Ctx, by: &Caller, id: AccountId) -> Result<PersonView> {
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let (row, theirs) = find_to_manage(ctx, &tx, by, id).await?;
    if row.disabled_at.is_some() {
        store::set_disabled(&tx, id, None).await?;
        record(ctx, &tx, by, (&row, &theirs), Action::AccountEnabled).await?;
    }
    tx.commit().await?;
    rights::changed(ctx, &[id]).await;
    person(ctx, by, id).await
}

/// Deletes an account with its roles, logins and API tokens. Records of what it did keep its name. The people who wait for it with a support code
/// wait for `heir` then, where that account may answer them, and for anybody elsewhere.
///
/// # Errors
/// `not_found` (the account, or its heir), `forbidden`, `last_owner`; those of the database.
pub async fn delete(ctx: &Ctx, by: &Caller, id: AccountId, heir: Option<AccountId>) -> Result<()> {
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let (row, theirs) = find_to_manage(ctx, &tx, by, id).await?;
    let heir = match heir {
        Some(heir) if heir == id => {
            let detail = "An account cannot take over from itself.";
            return Err(heir_wrong("same", detail));
        }
        Some(heir) => Some(find_heir(&tx, by, heir).await?),
        None => None,
    };
    let mut logins = store::delete_logins(&tx, id).await?;
    logins.extend(api_tokens::as_logins(&tx, id).await?);
    let answers = match &heir {
        Some(heir) => rights::of_account(&tx, heir.id, Moment::Running { now: ctx.clock.now() })
            .await?
            .organizations_with(Permission::SupportAnswer),
        None => Vec::new(),
    };
    let to = heir.as_ref().map(|heir| (heir.id, heir.name.as_str()));
    support::hand_over(&tx, id, to, &answers).await?;
    record_deleted(ctx, &tx, by, (&row, &theirs), heir.as_ref()).await?;
    store::delete(&tx, id).await?;
    rights::require_owner(&tx).await?;
    tx.commit().await?;
    for login in logins {
        ended(ctx, login).await;
    }
    rights::changed(ctx, &[id]).await;
    Ok(())
}

fn heir_wrong(code: &'static str, detail: &str) -> Error {
    FieldError::new("hand_over_to", code, detail).in_query().into()
}

async fn find_heir(tx: &WriteTx, by: &Caller, id: AccountId) -> Result<Person> {
    let found = find_person(tx, by, id).await;
    let heir = found.map_err(|error| match error {
        Error::NotFound(_) => heir_wrong("unknown", "There is no such account."),
        other => other,
    })?;
    if heir.kind != AccountKind::Person {
        let detail = "A program answers nobody. Choose a person.";
        return Err(heir_wrong("not_a_person", detail));
    }
    if heir.disabled_at.is_some() {
        let detail = "This account is disabled. Choose somebody who can sign in.";
        return Err(heir_wrong("disabled", detail));
    }
    Ok(heir)
}

/// An account as the target of an audit entry, whatever it is.
pub(crate) fn target_of(row: &Person) -> Target {
    match row.kind {
        AccountKind::Team => Target::new(TargetKind::Team, row.id, &row.name),
        AccountKind::Person | AccountKind::Service => account_target(row.id, &row.name),
    }
}

/// Where entries about an account belong: to each of its organizations, or to those of who acts when it has none.
pub(crate) fn chains(by: &Caller, theirs: &Rights) -> Vec<OrganizationId> {
    let own = theirs.belongs_to();
    let own = if own.is_empty() {
        by.rights.belongs_to()
    } else {
        own
    };
    own.to_vec()
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    (row, theirs): (&Person, &Rights),
    action: Action,
) -> Result<()> {
    for organization in chains(by, theirs) {
        let entry = by
            .entry(organization, action)
            .on(account_target(row.id, &row.name));
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

async fn record_deleted(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    (row, theirs): (&Person, &Rights),
    heir: Option<&Person>,
) -> Result<()> {
    for organization in chains(by, theirs) {
        let entry = by
            .entry(organization, Action::AccountDeleted)
            .on(account_target(row.id, &row.name))
            .detail(json!({ "handed_over_to": heir.map(|heir| &heir.name) }))
            .change(
                json!({ "name": row.name, "email": row.email }),
                serde_json::Value::Null,
            );
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}
