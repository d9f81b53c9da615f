//! What is proved of requests with an API token that were refused. Bounded, so that nobody fills the audit log with them.
//!
//! Entries are written after the answer has gone out. Of each token so many refusals of a kind are proved, and of tokens that nobody
//! knows so many from one address and so many altogether; the rest is in the server's log.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::json;

use super::store::organizations_of;
use crate::accounts::Person;
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Code, Result};
use crate::events::{Scope, Topic};
use crate::http::RequestInfo;
use crate::ids::{AccountId, ApiTokenId, OrganizationId};
use crate::organizations;
use crate::rights::{self, Moment};
use crate::store::entities::api_token::Model;
use crate::throttle::{Rate, Throttle, network};

/// Refusals of one kind of one token: enough to see that a program goes wrong, and whether it still does.
const PER_TOKEN: Rate = Rate {
    burst: 3,
    period: Duration::from_secs(20 * 60),
};
/// Unknown tokens from one address.
const PER_ADDRESS: Rate = Rate {
    burst: 3,
    period: Duration::from_secs(10 * 60),
};
/// Unknown tokens from everywhere.
const UNKNOWN: Rate = Rate {
    burst: 30,
    period: Duration::from_secs(60),
};
/// Keys remembered by each throttle, about 1 MB at worst.
const KEYS_MAX: usize = 10_000;

/// Counts what is proved.
#[derive(Debug)]
pub(super) struct Refusals {
    tokens: Throttle<(ApiTokenId, Code)>,
    addresses: Throttle<IpAddr>,
    unknown: Throttle<()>,
}

impl Default for Refusals {
    fn default() -> Self {
        Self {
            tokens: Throttle::new(PER_TOKEN, KEYS_MAX),
            addresses: Throttle::new(PER_ADDRESS, KEYS_MAX),
            unknown: Throttle::new(UNKNOWN, 1),
        }
    }
}

/// Which token came with a request, once it was recognized: in the request's extensions, filled in by who recognizes it, read by who
/// has the answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Presented(Arc<OnceLock<Known>>);

#[derive(Debug, Clone)]
struct Known {
    token: ApiTokenId,
    name: String,
    only: Option<Vec<OrganizationId>>,
    account: AccountId,
    account_name: String,
}

impl Presented {
    /// It is this one.
    pub(super) fn is(&self, row: &Model, account: &Person) {
        self.0.get_or_init(|| Known {
            token: row.id,
            name: row.name.clone(),
            only: organizations_of(row),
            account: account.id,
            account_name: account.name.clone(),
        });
    }
}

/// Proves that a request with an API token was refused with this code, if that is one that tells of it.
pub(crate) fn note(ctx: &Ctx, info: RequestInfo, presented: &Presented, code: Code) {
    let now = ctx.clock.now();
    let refusals = &ctx.api_tokens.refusals;
    let known = presented.0.get().cloned();
    let proved = match (&known, code) {
        (None, Code::ApiTokenInvalid) => {
            tracing::info!(address = %info.address, "refused an unknown API token");
            metrics::counter!("farol_api_tokens_refused_total").increment(1);
            refusals.addresses.check(network(info.address), now).is_ok()
                && refusals.unknown.check((), now).is_ok()
        }
        (
            Some(known),
            Code::ApiTokenExpired
            | Code::ApiTokenRevoked
            | Code::AccountDisabled
            | Code::LoginRequired
            | Code::InsufficientScope
            | Code::NotFound,
        ) => {
            tracing::info!(token = %known.token, code = code.as_str(), address = %info.address, "refused an API token");
            metrics::counter!("farol_api_tokens_refused_total").increment(1);
            refusals.tokens.check((known.token, code), now).is_ok()
        }
        _ => false,
    };
    if !proved {
        return;
    }
    let inner = ctx.clone();
    ctx.tasks.spawn(async move {
        if let Err(error) = record(&inner, info, known, code).await {
            tracing::warn!(%error, "a refused API token was not recorded");
        }
    });
}

async fn record(ctx: &Ctx, info: RequestInfo, known: Option<Known>, code: Code) -> Result<()> {
    let tx = ctx.db.write().await?;
    // One that nobody knows was meant for the whole server.
    let mut chains = match &known {
        Some(known) => rights::of_account(&tx, known.account, Moment::Whenever)
            .await?
            .belongs_to()
            .to_vec(),
        None => organizations::all(&tx).await?.iter().map(|one| one.id).collect(),
    };
    let only = known.as_ref().and_then(|known| known.only.as_ref());
    chains.retain(|one| only.is_none_or(|only| only.contains(one)));
    for organization in &chains {
        let mut entry = Entry::new(*organization, Actor::server(), Action::ApiTokenRefused)
            .request(info.id)
            .from(info.address)
            .detail(json!({ "reason": code.as_str(), "address": info.address }));
        if let Some(known) = &known {
            entry = entry
                .on(Target::new(TargetKind::ApiToken, known.token, &known.name))
                .detail(json!({
                    "reason": code.as_str(),
                    "address": info.address,
                    "account_id": known.account,
                    "account": known.account_name,
                }));
        }
        audit::record(&tx, ctx.clock.now(), entry).await?;
    }
    tx.commit().await?;
    for organization in chains {
        ctx.events
            .publish(Scope::Organization(organization), &[Topic::Audit]);
    }
    Ok(())
}
