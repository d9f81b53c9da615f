//! Another password for one's own account.

use super::line::Visitor;
use super::logins::{account_target, ended, publish_audit};
use super::{Caller, factors, password, store};
use crate::audit::{self, Action};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::{Scope, Topic};

/// Sets another password, and ends all other logins of the account: whoever knew the old one is out.
///
/// # Errors
/// `step_up_required` unless the login proved who it is not long ago, `validation_failed`; those of the database.
pub async fn change_password(ctx: &Ctx, by: &Caller, wanted: &str) -> Result<()> {
    factors::require_fresh(ctx, by)?;
    let row = store::find(ctx.db.read(), by.account)
        .await?
        .ok_or_else(Error::not_signed_in)?;
    let own = [row.name.as_str(), row.email.as_str()];
    if let Some(wrong) = password::objection_to_new(ctx, wanted, &own).await? {
        return Err(Error::Invalid(vec![wrong]));
    }
    let hash = ctx.accounts.hasher.hash(wanted, Visitor::Known).await?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    store::change_password(&tx, by.account, &hash, now).await?;
    let others = store::delete_other_logins(&tx, by.account, by.login()).await?;
    for organization in by.rights.belongs_to() {
        let entry = by
            .entry(*organization, Action::AccountPasswordChanged)
            .on(account_target(by.account, &by.name))
            .detail(serde_json::json!({ "logins_ended": others.len() }));
        audit::record(&tx, now, entry).await?;
    }
    tx.commit().await?;
    for login in others {
        ended(ctx, login).await;
    }
    ctx.events.publish(Scope::Account(by.account), &[Topic::Me]);
    publish_audit(ctx, by);
    Ok(())
}
