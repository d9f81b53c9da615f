//! Who signed in to one account or tried to, for its owner: read from the audit trail, without any right to read that.

use std::collections::HashSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::filter::Filter;
use super::{Action, store};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::{AccountId, OrganizationId};

/// An attempt to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LoginAttempt {
    /// When.
    pub at: Timestamp,
    /// Whether it succeeded.
    pub succeeded: bool,
    /// With what: `password`, `passkey`, `totp`, …; `null` in entries of older servers.
    pub method: Option<String>,
    /// Why not: the code of the refusal, `invalid_credentials`, `second_factor_wrong`, …
    pub reason: Option<String>,
    /// From which address.
    pub address: Option<String>,
    /// Whether it was the first from such a network with such a device.
    pub new_place: bool,
}

/// The newest `limit` attempts on an account that these organizations know of. One attempt stands in each organization's chain, and
/// once in the answer.
///
/// # Errors
/// Those of the database.
pub async fn attempts_of(
    ctx: &Ctx,
    account: AccountId,
    within: &[OrganizationId],
    limit: u64,
) -> Result<Vec<LoginAttempt>> {
    let filter = Filter {
        actions: vec![Action::LoginStarted.as_str(), Action::LoginRefused.as_str()],
        target_kind: Some("account".into()),
        target_ids: vec![account.to_string()],
        ..Filter::default()
    };
    let chains = u64::try_from(within.len()).unwrap_or(1).clamp(1, 20);
    let rows = store::newest(ctx.db.read(), within, &filter, None, limit * chains).await?;
    let mut seen = HashSet::new();
    let mut attempts = Vec::new();
    for row in rows {
        if row.request_id.as_ref().is_some_and(|id| !seen.insert(id.clone())) {
            continue;
        }
        let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
        let text = |name: &str| detail[name].as_str().map(str::to_owned);
        attempts.push(LoginAttempt {
            at: row.at,
            succeeded: row.action == Action::LoginStarted.as_str(),
            method: text("method"),
            reason: text("reason"),
            address: row.address,
            new_place: detail["new_place"] == true,
        });
    }
    attempts.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(attempts)
}
