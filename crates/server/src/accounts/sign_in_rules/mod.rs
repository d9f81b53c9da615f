//! What the server asks of everybody who signs in: whether they need a second factor, from when on, and whether an identity provider's
//! word stands in for one.
//!
//! - here: the rules, and what they ask of one login · `change.rs`: seeing and changing them · `held.rs`: what a login may do that lacks
//!   a factor, and cutting what it has open · `store.rs`: queries · `api.rs`: handlers
//!
//! # Where they are enforced
//! Each login is compared with the rules whenever it is recognized ([`super::authenticate`]), and what it lacks is part of the
//! [`super::Caller`]. `http::SignedIn` then lets it do only what [`held::allows`] names, so that a new route is closed to it until somebody
//! says otherwise. API tokens are another credential: the rules do not ask anything of them (decision 0035).

mod api;
mod change;
mod held;
mod store;

use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::logins::Method;
use super::{factors, store as accounts};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::rights::Rights;
use crate::store::entities::sign_in_rules::Model;

pub(super) use api::routes;
pub use change::{NewSignInRules, SignInRules, WithoutFactor, change, view};
pub use held::cut_held;
pub(super) use held::require_to_keep_one;
pub(crate) use held::{allows, require_second_factor};

/// Longest grace, in days.
pub const GRACE_MAX: u8 = 30;

/// Who needs a second factor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorRule {
    /// Nobody; everybody may have one.
    #[default]
    Optional,
    /// Whoever may do anything but look: work on machines, or administer.
    Technicians,
    /// Everybody.
    Everybody,
}

impl SecondFactorRule {
    /// As kept and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Technicians => "technicians",
            Self::Everybody => "everybody",
        }
    }

    /// What is not known asks the most.
    fn of(text: &str) -> Self {
        match text {
            "optional" => Self::Optional,
            "technicians" => Self::Technicians,
            _ => Self::Everybody,
        }
    }

    /// Whether it is about somebody with these rights.
    #[must_use]
    pub fn covers(self, rights: &Rights) -> bool {
        match self {
            Self::Optional => false,
            Self::Technicians => rights.acts(),
            Self::Everybody => true,
        }
    }
}

/// The rules as they count.
#[derive(Debug, Clone, Copy)]
struct Rules {
    second_factor: SecondFactorRule,
    trust_providers: bool,
    grace: Duration,
    since: Timestamp,
}

impl From<&Model> for Rules {
    fn from(row: &Model) -> Self {
        Self {
            second_factor: SecondFactorRule::of(&row.second_factor),
            trust_providers: row.trust_providers,
            grace: days(row.grace_days),
            since: row.since,
        }
    }
}

/// Out of range means a row that nobody of us wrote: no grace.
fn days(count: i64) -> Duration {
    let days = u8::try_from(count).ok().filter(|days| *days <= GRACE_MAX);
    Duration::from_secs(u64::from(days.unwrap_or_default()) * 24 * 60 * 60)
}

impl Rules {
    /// Whether somebody who came this way, with these rights, has to have a second factor.
    fn ask(&self, method: &str, rights: &Rights) -> bool {
        let vouched = self.trust_providers && method == Method::Provider.as_str();
        self.second_factor.covers(rights) && !vouched && !by_passkey(method)
    }

    /// Until when an account goes on without.
    fn due(&self, made_at: Timestamp) -> Timestamp {
        self.since.max(made_at).after(self.grace)
    }
}

/// A passkey proves two things at once.
fn by_passkey(method: &str) -> bool {
    method == Method::Passkey.as_str() || method == Method::PasswordAndPasskey.as_str()
}

/// By when somebody who came this way has to have a second factor; None when nothing is asked of them, or they have one. One query where
/// nobody is asked for anything.
///
/// # Errors
/// Those of the database.
pub(super) async fn due<C: ConnectionTrait>(
    db: &C,
    account: &accounts::Account,
    method: &str,
    rights: &Rights,
) -> Result<Option<Timestamp>> {
    let Some(row) = store::find(db).await? else {
        return Ok(None);
    };
    let rules = Rules::from(&row);
    if !rules.ask(method, rights) || factors::has_any(db, account.id).await? {
        return Ok(None);
    }
    Ok(Some(rules.due(account.created_at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::OrganizationId;
    use crate::rights::RoleKey;

    fn rules(second_factor: SecondFactorRule, trust_providers: bool) -> Rules {
        Rules {
            second_factor,
            trust_providers,
            grace: days(2),
            since: Timestamp(1_000),
        }
    }

    #[test]
    fn who_is_asked_depends_on_rights_and_on_how_they_came() {
        use SecondFactorRule::{Everybody, Optional, Technicians};
        let of = |role| Rights::of_role(role, OrganizationId::new());
        let (technician, nobody) = (of(RoleKey::Technician), Rights::default());
        for (rule, trust, method, rights, asked) in [
            (Optional, false, "password", &technician, false),
            (Technicians, true, "password", &technician, true),
            (Technicians, true, "password", &nobody, false),
            (Everybody, true, "password", &nobody, true),
            (Everybody, true, "link", &technician, true),
            (Everybody, true, "oidc", &technician, false),
            (Everybody, false, "oidc", &technician, true),
            (Everybody, false, "passkey", &technician, false),
            (Everybody, false, "password_passkey", &technician, false),
        ] {
            let at = format!("{rule:?} {trust} {method}");
            assert_eq!(rules(rule, trust).ask(method, rights), asked, "{at}");
        }
    }

    #[test]
    fn the_grace_begins_with_the_rule_or_the_account() {
        const DAYS: i64 = 2 * 24 * 60 * 60 * 1000;
        let rules = rules(SecondFactorRule::Everybody, true);
        assert_eq!(rules.due(Timestamp(1)), Timestamp(1_000 + DAYS));
        assert_eq!(rules.due(Timestamp(5_000)), Timestamp(5_000 + DAYS));
        assert_eq!(days(31), Duration::ZERO);
        assert_eq!(days(-1), Duration::ZERO);
    }
}
