//! Which accounts are connected with which people at providers.

use std::collections::HashMap;

use serde_json::json;

use super::store;
use super::view::Identity;
use crate::accounts::{self, Caller};
use crate::audit::{self, Action};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::{AccountId, IdentityId, IdentityProviderId};
use crate::rights::{self, Moment};
use crate::store::entities::identity_provider;

/// Who an account is at providers, oldest first: one's own, or of somebody among the people whom the caller sees.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller, account: AccountId) -> Result<Vec<Identity>> {
    let db = ctx.db.read();
    accounts::find_person(db, by, account).await?;
    let providers: HashMap<IdentityProviderId, identity_provider::Model> = store::providers(db)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let rows = store::identities(db, account).await?.into_iter();
    Ok(rows
        .filter_map(|row| {
            Some(Identity {
                provider_name: providers.get(&row.provider_id)?.name.clone(),
                id: row.id,
                provider_id: row.provider_id,
                subject: row.subject,
                email: row.email,
                linked_at: row.linked_at,
                last_used_at: row.last_used_at,
            })
        })
        .collect())
}

/// Disconnects: the roles that the provider gave the account go, and the logins for which it vouched end, but the one that asks.
///
/// # Errors
/// `not_found`, `forbidden`, `identity_last` (nobody locks themselves out), `last_owner`; those of the database.
pub async fn unlink(ctx: &Ctx, by: &Caller, account: AccountId, id: IdentityId) -> Result<()> {
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let person = if account == by.account {
        accounts::find_person(&tx, by, account).await?
    } else {
        accounts::find_to_manage(ctx, &tx, by, account).await?.0
    };
    let all = store::identities(&tx, account).await?;
    let row = all
        .iter()
        .find(|row| row.id == id)
        .ok_or(Error::NotFound("identity"))?;
    if account == by.account && all.len() == 1 && !accounts::has_password(&person) {
        return Err(Error::conflict(
            Code::IdentityLast,
            "This is your only way in: your account has no password. Ask whoever manages people to disconnect it.",
        ));
    }
    let provider = store::find_provider(&tx, row.provider_id).await?;
    let name = provider.map(|provider| provider.name).unwrap_or_default();
    let theirs = rights::of_account(&tx, account, Moment::Whenever).await?;
    let mut logins = store::logins_of(&tx, row.provider_id, Some(account)).await?;
    logins.retain(|login| *login != by.login());
    accounts::delete_logins(&tx, &logins).await?;
    let now = ctx.clock.now();
    rights::withdraw_provided(&tx, by, now, (row.provider_id, &name), Some(account)).await?;
    rights::require_owner(&tx).await?;
    if !store::delete_identity(&tx, id).await? {
        return Err(Error::NotFound("identity"));
    }
    let own = theirs.belongs_to();
    let chains = if own.is_empty() {
        by.rights.belongs_to()
    } else {
        own
    };
    for organization in chains {
        let entry = by
            .entry(*organization, Action::IdentityUnlinked)
            .on(accounts::target(account, &person.name))
            .detail(json!({ "provider_id": row.provider_id, "provider": name, "subject": row.subject }));
        audit::record(&tx, now, entry).await?;
    }
    tx.commit().await?;
    accounts::logins_ended(ctx, &logins).await;
    rights::changed(ctx, &[account]).await;
    Ok(())
}
