//! What an account knows and says about itself.

use serde::Serialize;
use utoipa::ToSchema;

use super::logins::account_target;
use super::set_up::{locale_objection, name_objection};
use super::{Caller, store};
use crate::audit::{self, Action};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::events::{Scope, Topic};
use crate::ids::{AccountId, OrganizationId};
use crate::organizations;
use crate::rights::{Permission, RoleKey};

/// The signed-in account and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    pub account: AccountView,
    /// Its organizations, oldest first, and what it may do in each.
    pub organizations: Vec<MyOrganization>,
    /// What it may do for the whole server.
    pub server_permissions: Vec<Permission>,
    /// The second factor that the sign-in rules ask for and the account does not have; `null` = nothing is asked.
    pub second_factor_missing: Option<SecondFactorMissing>,
    /// Version of the server; a console of another version should reload.
    pub server_version: &'static str,
}

/// A second factor that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SecondFactorMissing {
    /// Until when the account goes on without.
    pub due_at: Timestamp,
    /// Whether that is over: until a factor is added, everything else answers `second_factor_required`.
    pub overdue: bool,
}

/// An account as it sees itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountView {
    /// Its identifier.
    pub id: AccountId,
    /// The person's name.
    pub name: String,
    /// With which they sign in.
    pub email: String,
    /// Language of the console, `en` or `pt-BR`.
    pub locale: String,
}

/// An organization, and what the account may do in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MyOrganization {
    /// Its identifier.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Since when nothing new goes in; `null` = it is not archived.
    pub archived_at: Option<Timestamp>,
    /// The account's roles in it.
    pub roles: Vec<MyRole>,
    /// All that they allow together.
    pub permissions: Vec<Permission>,
}

/// A role by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MyRole {
    /// `viewer`, `technician`, `administrator` or `owner`, or the identifier of a role that somebody made.
    pub key: RoleKey,
    /// Its name; of a built-in role its key.
    pub name: String,
}

/// What an account changes about itself; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The person's name.
    pub name: Option<String>,
    /// Language of the console.
    pub locale: Option<String>,
}

/// The caller.
///
/// # Errors
/// Those of the database.
pub async fn me(ctx: &Ctx, by: &Caller) -> Result<Me> {
    let account = store::find(ctx.db.read(), by.account)
        .await?
        .ok_or_else(Error::not_signed_in)?;
    let organizations = organizations::list(ctx, by, true).await?;
    Ok(Me {
        account: AccountView {
            id: account.id,
            name: account.name,
            email: account.email,
            locale: account.locale,
        },
        organizations: organizations
            .into_iter()
            .map(|found| MyOrganization {
                roles: my_roles(by, found.id),
                permissions: by.rights.offered_in(found.id).iter().collect(),
                id: found.id,
                name: found.name,
                archived_at: found.archived_at,
            })
            .collect(),
        server_permissions: by.rights.permissions_everywhere().iter().collect(),
        second_factor_missing: by.second_factor_due.map(|due_at| SecondFactorMissing {
            due_at,
            overdue: due_at <= ctx.clock.now(),
        }),
        server_version: crate::VERSION,
    })
}

fn my_roles(by: &Caller, organization: OrganizationId) -> Vec<MyRole> {
    let mut roles: Vec<MyRole> = Vec::new();
    for granted in by.rights.roles_within(organization).filter(|one| !one.lent) {
        let key = granted.role.key;
        if roles.iter().all(|one| one.key != key) {
            let name = granted.role.name.clone();
            roles.push(MyRole { key, name });
        }
    }
    roles
}

/// Changes the caller's name or language.
///
/// # Errors
/// `validation_failed`; those of the database.
pub async fn change_profile(ctx: &Ctx, by: &Caller, change: ProfileChange) -> Result<Me> {
    let name = change.name.map(|name| name.trim().to_owned());
    let errors: Vec<FieldError> = [
        name.as_deref().and_then(|name| name_objection("name", name)),
        change.locale.as_deref().and_then(locale_objection),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let tx = ctx.db.write().await?;
    let account = store::find(&tx, by.account)
        .await?
        .ok_or_else(Error::not_signed_in)?;
    let name = name.unwrap_or_else(|| account.name.clone());
    let locale = change.locale.unwrap_or_else(|| account.locale.clone());
    if name != account.name || locale != account.locale {
        store::update_profile(&tx, by.account, &name, &locale).await?;
        let (mut before, mut after) = (serde_json::Map::new(), serde_json::Map::new());
        let fields = [
            ("name", &account.name, &name),
            ("locale", &account.locale, &locale),
        ];
        for (field, old, new) in fields.into_iter().filter(|(_, old, new)| old != new) {
            before.insert(field.into(), old.clone().into());
            after.insert(field.into(), new.clone().into());
        }
        for organization in by.rights.belongs_to() {
            let entry = by
                .entry(*organization, Action::AccountChanged)
                .on(account_target(by.account, &name))
                .change(before.clone().into(), after.clone().into());
            audit::record(&tx, ctx.clock.now(), entry).await?;
        }
    }
    tx.commit().await?;
    ctx.events.publish(Scope::Account(by.account), &[Topic::Me]);
    super::logins::publish_audit(ctx, by);
    me(ctx, by).await
}
