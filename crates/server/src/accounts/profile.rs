//! What an account knows and says about itself.

use serde::Serialize;
use utoipa::ToSchema;

use super::logins::account_target;
use super::set_up::{locale_objection, name_objection};
use super::{Caller, store};
use crate::audit::{self, Action};
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::events::{Scope, Topic};
use crate::ids::{AccountId, OrganizationId};
use crate::organizations::{self, Role};

/// The signed-in account and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    pub account: AccountView,
    /// Its organizations, oldest first.
    pub organizations: Vec<OrganizationRef>,
    /// Version of the server; a console of another version should reload.
    pub server_version: &'static str,
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
    /// The highest of its roles.
    pub role: Role,
    /// Language of the console, `en` or `pt-BR`.
    pub locale: String,
}

/// An organization by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrganizationRef {
    /// Its identifier.
    pub id: OrganizationId,
    /// Its name.
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
    let organizations = organizations::list(ctx, by).await?;
    let role = by
        .places
        .iter()
        .map(|(_, role)| *role)
        .max()
        .unwrap_or(Role::Technician);
    Ok(Me {
        account: AccountView {
            id: account.id,
            name: account.name,
            email: account.email,
            role,
            locale: account.locale,
        },
        organizations: organizations
            .into_iter()
            .map(|found| OrganizationRef {
                id: found.id,
                name: found.name,
            })
            .collect(),
        server_version: crate::VERSION,
    })
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
        for (organization, _) in &by.places {
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
