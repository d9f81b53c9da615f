//! Seeing and changing the sign-in rules, for owners of the whole server.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::{Caller, factors, store as accounts};
use super::{GRACE_MAX, Rules, SecondFactorRule, cut_held, store};
use crate::audit::{self, Action, Target, TargetKind};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::events::{Scope, Topic};
use crate::http::{ETag, IfMatch};
use crate::ids::AccountId;
use crate::rights::{self, Moment, Permission, Rights};
use crate::store::WriteTx;
use crate::store::entities::account::AccountKind;
use crate::store::entities::sign_in_rules::Model;

/// What the server asks of everybody who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SignInRules {
    /// Who needs a second factor.
    pub second_factor: SecondFactorRule,
    /// Whether who comes through an identity provider is not asked for one here: the provider has proved them in its own way.
    pub trust_providers: bool,
    /// For how many days somebody is told and not stopped, from when the rule began or their account was made.
    pub grace_days: u8,
    /// When what is asked for now began to be; `null` = nothing was ever asked for.
    pub since: Option<Timestamp>,
    /// How many people have no second factor.
    pub without_factor: WithoutFactor,
    /// The version of the rules, for `If-Match`.
    pub etag: String,
}

/// How many people have no second factor; those who are disabled are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct WithoutFactor {
    /// Of those who may do anything but look.
    pub technicians: u64,
    /// Of all.
    pub everybody: u64,
}

/// What is to be asked from now on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSignInRules {
    /// Who needs a second factor.
    pub second_factor: SecondFactorRule,
    /// Whether who comes through an identity provider is not asked for one here.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub trust_providers: bool,
    /// For how many days somebody is told and not stopped.
    #[serde(default)]
    #[schema(maximum = 30)]
    pub grace_days: u8,
}

fn yes() -> bool {
    true
}

/// The rules, for owners of the server.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn view(ctx: &Ctx, by: &Caller) -> Result<SignInRules> {
    by.require_at(None, Permission::ServerManage)?;
    shown(ctx, store::find(ctx.db.read()).await?.as_ref()).await
}

async fn shown(ctx: &Ctx, row: Option<&Model>) -> Result<SignInRules> {
    Ok(SignInRules {
        second_factor: row.map_or(SecondFactorRule::Optional, |row| {
            SecondFactorRule::of(&row.second_factor)
        }),
        trust_providers: row.is_none_or(|row| row.trust_providers),
        grace_days: row.map_or(0, |row| u8::try_from(row.grace_days).unwrap_or_default()),
        since: row.map(|row| row.since),
        without_factor: without_factor(ctx).await?,
        etag: version(row).to_string(),
    })
}

fn version(row: Option<&Model>) -> ETag {
    ETag(row.map_or(0, |row| row.version))
}

/// So that somebody sees whom a rule would stop before it does.
async fn without_factor(ctx: &Ctx) -> Result<WithoutFactor> {
    let db = ctx.db.read();
    let people = accounts::all(db).await?.into_iter();
    let ids: Vec<AccountId> = people
        .filter(|one| one.kind == AccountKind::Person && one.disabled_at.is_none())
        .map(|one| one.id)
        .collect();
    let protected = factors::protected(db, &ids).await?;
    let at = Moment::Running { now: ctx.clock.now() };
    let (all, none) = (rights::of_accounts(db, &ids, at).await?, Rights::default());
    let mut count = WithoutFactor::default();
    for id in ids.iter().filter(|id| !protected.contains(id)) {
        count.everybody += 1;
        let theirs = all.get(id).unwrap_or(&none);
        count.technicians += u64::from(SecondFactorRule::Technicians.covers(theirs));
    }
    Ok(count)
}

/// Changes the rules. They count at once: what logins have open that may not go on is cut.
///
/// # Errors
/// `forbidden`, `version_required`, `version_mismatch`, `validation_failed` (also when the caller would lock themselves out); those of the
/// database.
pub async fn change(ctx: &Ctx, by: &Caller, wanted: NewSignInRules, seen: &IfMatch) -> Result<SignInRules> {
    by.require_at(None, Permission::ServerManage)?;
    if wanted.grace_days > GRACE_MAX {
        let detail = format!("At most {GRACE_MAX} days, please.");
        return Err(Error::invalid("grace_days", "out_of_range", detail));
    }
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    // Of two who change them at the same moment, the second finds what the first has made of them.
    rights::hold(&tx).await?;
    let before = store::find(&tx).await?;
    seen.require(version(before.as_ref()))?;
    let row = Model {
        name: store::NAME.to_owned(),
        second_factor: wanted.second_factor.as_str().to_owned(),
        trust_providers: wanted.trust_providers,
        grace_days: wanted.grace_days.into(),
        since: since(before.as_ref(), &wanted, now),
        changed_at: now,
        version: before.as_ref().map_or(1, |row| row.version + 1),
    };
    require_own_factor(&tx, by, &row).await?;
    if before.as_ref().map(said) == Some(said(&row)) {
        return shown(ctx, before.as_ref()).await;
    }
    store::keep(&tx, row.clone()).await?;
    let sides = (before.as_ref().map_or(Value::Null, said), said(&row));
    record(&tx, by, now, sides).await?;
    tx.commit().await?;
    ctx.events.publish(Scope::Server, &[Topic::Me, Topic::Audit]);
    // They count already; what is not cut now is cut within a minute.
    if let Err(error) = cut_held(ctx).await {
        tracing::error!(%error, "what logins without a second factor have open was not cut at once");
    }
    shown(ctx, Some(&row)).await
}

/// When what is asked for began to be: now, if more people are asked than before.
fn since(before: Option<&Model>, wanted: &NewSignInRules, now: Timestamp) -> Timestamp {
    let Some(row) = before else {
        return now;
    };
    let rules = Rules::from(row);
    let wider = wanted.second_factor > rules.second_factor;
    let stricter = rules.trust_providers && !wanted.trust_providers;
    if wider || stricter { now } else { row.since }
}

/// That who asks others for a second factor has what they ask for: nobody locks themselves out.
async fn require_own_factor(tx: &WriteTx, by: &Caller, row: &Model) -> Result<()> {
    let login = accounts::logins(tx, &[by.login()]).await?.pop();
    let method = login.map(|login| login.method).unwrap_or_default();
    if !Rules::from(row).ask(&method, &by.rights) || factors::has_any(tx, by.account).await? {
        return Ok(());
    }
    let detail =
        "You have no second factor yourself, so this would lock you out. Add one to your account first.";
    Err(Error::invalid("second_factor", "own_factor_missing", detail))
}

/// What audit entries say of the rules.
fn said(row: &Model) -> Value {
    json!({
        "second_factor": row.second_factor,
        "trust_providers": row.trust_providers,
        "grace_days": row.grace_days,
    })
}

async fn record(tx: &WriteTx, by: &Caller, now: Timestamp, (before, after): (Value, Value)) -> Result<()> {
    for organization in rights::chains(tx, None).await? {
        let target = Target::new(TargetKind::Server, store::NAME, "sign-in rules");
        let entry = by.entry(organization, Action::SignInRulesChanged).on(target);
        audit::record(tx, now, entry.change(before.clone(), after.clone())).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(second_factor: SecondFactorRule, trust_providers: bool) -> Model {
        Model {
            name: store::NAME.to_owned(),
            second_factor: second_factor.as_str().to_owned(),
            trust_providers,
            grace_days: 0,
            since: Timestamp(1),
            changed_at: Timestamp(1),
            version: 1,
        }
    }

    #[test]
    fn a_rule_begins_anew_when_it_asks_more_people_than_before() {
        use SecondFactorRule::{Everybody, Optional, Technicians};
        for (before, (second_factor, trust_providers), began) in [
            (Some((Optional, true)), (Technicians, true), 9),
            (Some((Technicians, true)), (Everybody, true), 9),
            (Some((Everybody, true)), (Everybody, false), 9),
            (Some((Everybody, false)), (Technicians, true), 1),
            (None, (Optional, true), 9),
        ] {
            let wanted = NewSignInRules {
                second_factor,
                trust_providers,
                grace_days: 5,
            };
            let before = before.map(|(rule, trust)| row(rule, trust));
            assert_eq!(since(before.as_ref(), &wanted, Timestamp(9)), Timestamp(began));
        }
    }
}
