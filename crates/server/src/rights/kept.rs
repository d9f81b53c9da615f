//! [`RightsMemory`]: what accounts were given, as it was read last. Somebody with a thousand roles costs a request one number more in the
//! query that finds them, not thousands of rows.
//!
//! The database counts each change of what accounts are given, whichever process makes it ([`crate::store::dialect::count_rights_changes`]).
//! What is kept counts as long as that number is the one that was read before it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::QueryResult;
use sea_orm::sea_query::{Query, SelectStatement, SimpleExpr};

use super::{Conditions, Given, Moment, Rights, store};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ids::{AccountId, OrganizationId};
use crate::store::entities::rights_changes;

/// Most assignments that are kept, of all accounts together: some 40 MB.
const KEPT_MAX: usize = 100_000;

/// How often what accounts may do had changed when an account was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes(i64);

impl Changes {
    /// The name of the column in the statement's result.
    const COLUMN: &str = "rights_changes";

    /// Makes a statement that finds an account find this as well.
    pub(crate) fn find_with(statement: &mut SelectStatement) {
        let number = Query::select()
            .column(rights_changes::Column::Number)
            .from(rights_changes::Entity)
            .take();
        statement.expr_as(SimpleExpr::SubQuery(None, Box::new(number.into())), Self::COLUMN);
    }

    /// What such a statement found.
    ///
    /// # Errors
    /// `internal`: the table lost its row.
    pub(crate) fn of(row: &QueryResult) -> Result<Self> {
        let number: Option<i64> = row.try_get("", Self::COLUMN)?;
        number
            .map(Self)
            .ok_or_else(|| Error::internal("the table rights_changes has lost its row"))
    }
}

/// What accounts were given, until something of it changes.
#[derive(Debug, Default)]
pub struct RightsMemory(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    of: HashMap<AccountId, Arc<Kept>>,
    /// Assignments in `of`, each account counted for one at least.
    size: usize,
}

/// What one account was given.
#[derive(Debug)]
struct Kept {
    /// What the database's count was before this was read.
    changes: Changes,
    given: Vec<Arc<Given>>,
    /// Those of the server, or those in which it has anything.
    organizations: Vec<OrganizationId>,
    /// What it may do, when that is the same at every moment.
    always: Option<Rights>,
    /// What it might do when that was asked last.
    judged: Mutex<Option<Judged>>,
}

/// What an account may do by a proof, from one moment until without another: no hour begins or ends meanwhile, and nothing runs out.
#[derive(Debug)]
struct Judged {
    proven_at: Option<Timestamp>,
    from: Timestamp,
    until: Timestamp,
    rights: Rights,
}

impl Kept {
    fn new(changes: Changes, given: Vec<Given>, organizations: Vec<OrganizationId>) -> Self {
        let given: Vec<Arc<Given>> = given.into_iter().map(Arc::new).collect();
        let same = given.iter().all(|one| one.conditions == Conditions::NONE);
        let always = same.then(|| Rights::at(given.iter().cloned(), &organizations, Moment::Whenever));
        Self {
            changes,
            given,
            organizations,
            always,
            judged: Mutex::default(),
        }
    }

    fn at(&self, now: Timestamp, proven_at: Option<Timestamp>) -> Rights {
        if let Some(always) = &self.always {
            return always.clone();
        }
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        let still =
            |judged: &&Judged| judged.proven_at == proven_at && judged.from <= now && now < judged.until;
        if let Some(judged) = judged.as_ref().filter(still) {
            return judged.rights.clone();
        }
        let lent_still =
            |one: &&Arc<Given>| !one.lent || one.conditions.expires_at.is_none_or(|end| end > now);
        let given = self.given.iter().filter(lent_still).cloned();
        let rights = Rights::at(given, &self.organizations, Moment::Asked { now, proven_at });
        *judged = Some(Judged {
            proven_at,
            from: now,
            until: self.until(now, proven_at),
            rights: rights.clone(),
        });
        rights
    }

    /// The next moment at which anything could count otherwise. Hours begin and end with minutes, whatever the place.
    fn until(&self, now: Timestamp, proven_at: Option<Timestamp>) -> Timestamp {
        const MINUTE: i64 = 60_000;
        let next_minute = now.0.div_euclid(MINUTE).saturating_add(1).saturating_mul(MINUTE);
        let ends = self.given.iter().flat_map(|one| {
            let Conditions {
                expires_at,
                hours,
                step_up_minutes,
                ..
            } = &one.conditions;
            let stale = step_up_minutes
                .zip(proven_at)
                .map(|(minutes, at)| at.0.saturating_add(i64::from(minutes) * MINUTE));
            [
                expires_at.map(|end| end.0),
                hours.as_ref().map(|_| next_minute),
                stale,
            ]
        });
        let next = ends.flatten().filter(|end| *end > now.0).min();
        Timestamp(next.unwrap_or(i64::MAX))
    }

    fn size(&self) -> usize {
        self.given.len().max(1)
    }
}

impl RightsMemory {
    fn get(&self, account: AccountId, changes: Changes) -> Option<Arc<Kept>> {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory
            .of
            .get(&account)
            .filter(|kept| kept.changes == changes)
            .cloned()
    }

    /// Keeps this instead of what was kept of the account; forgets everything else first when it would be too much.
    fn keep(&self, account: AccountId, kept: &Arc<Kept>) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = memory.of.remove(&account) {
            memory.size -= before.size();
        }
        if memory.size + kept.size() > KEPT_MAX {
            memory.of.clear();
            memory.size = 0;
        }
        if kept.size() <= KEPT_MAX {
            memory.size += kept.size();
            memory.of.insert(account, kept.clone());
        }
    }
}

/// All that an account may do when it asks now with this proof: what [`super::of_account`] says, by what was in the database when the
/// account was found. No query when nothing changed lately, whatever the account was given.
///
/// # Errors
/// Those of the database.
pub async fn of_caller(
    ctx: &Ctx,
    (account, changes): (AccountId, Changes),
    now: Timestamp,
    proven_at: Option<Timestamp>,
) -> Result<Rights> {
    let db = ctx.db.read();
    // The number was read before the rows: what changes in between is read now, and once more by the next request.
    let kept = match ctx.rights.get(account, changes) {
        Some(kept) => kept,
        None => {
            let (given, organizations) = store::given_to(db, account, Some(now)).await?;
            let kept = Arc::new(Kept::new(changes, given, organizations));
            ctx.rights.keep(account, &kept);
            kept
        }
    };
    Ok(kept.at(now, proven_at))
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::ids::AssignmentId;
    use crate::rights::{Day, Hours, Reach, Role, RoleKey};

    const NOW: Timestamp = Timestamp(1_000_000);

    fn given(count: usize, conditions: &Conditions, lent: bool) -> Vec<Given> {
        let one = |_| Given {
            assignment: AssignmentId::new(),
            role: Role::built_in(RoleKey::Viewer).unwrap(),
            reach: Reach::EVERYTHING,
            conditions: conditions.clone(),
            lent,
            team: None,
        };
        (0..count).map(one).collect()
    }

    fn kept(count: usize, changes: i64) -> Arc<Kept> {
        Arc::new(Kept::new(
            Changes(changes),
            given(count, &Conditions::NONE, false),
            Vec::new(),
        ))
    }

    fn account(number: u128) -> AccountId {
        AccountId(Uuid::from_u128(number))
    }

    #[test]
    fn what_changed_since_is_not_given_out() {
        let memory = RightsMemory::default();
        memory.keep(account(1), &kept(2, 7));
        assert!(memory.get(account(1), Changes(7)).is_some());
        assert!(memory.get(account(1), Changes(8)).is_none());
        assert!(memory.get(account(2), Changes(7)).is_none());
    }

    #[test]
    fn no_more_is_kept_than_fits() {
        let memory = RightsMemory::default();
        let half = KEPT_MAX / 2;
        for number in 0..9 {
            memory.keep(account(number), &kept(half, 1));
            memory.keep(account(number), &kept(half, 2));
            let inner = memory.0.lock().unwrap();
            let sum: usize = inner.of.values().map(|kept| kept.size()).sum();
            assert_eq!(inner.size, sum);
            assert!(sum <= KEPT_MAX);
            assert!(inner.of.contains_key(&account(number)));
        }
        memory.keep(account(99), &kept(KEPT_MAX + 1, 1));
        assert!(memory.get(account(99), Changes(1)).is_none());
        memory.keep(account(98), &kept(0, 1));
        assert!(memory.get(account(98), Changes(1)).is_some());
    }

    #[test]
    fn what_was_lent_and_is_over_is_not_there() {
        let until = Conditions {
            expires_at: Some(NOW),
            ..Conditions::NONE
        };
        let mut all = given(1, &until, true);
        all.extend(given(1, &until, false));
        let kept = Kept::new(Changes(1), all, Vec::new());
        let asked = |now| kept.at(now, None).granted().len();
        assert_eq!(asked(Timestamp(999_999)), 2);
        assert_eq!(asked(NOW), 1, "what ended of one's roles says why");
    }

    /// Conditions of every kind, whose ends lie within some minutes of [`NOW`].
    fn conditions() -> impl Strategy<Value = Conditions> {
        let hours = (0_u16..24, 0_u16..24).prop_map(|(from, to)| Hours {
            days: vec![Day::Thursday],
            from: format!("00:{from:02}"),
            to: format!("00:{to:02}"),
            time_zone: "UTC".into(),
        });
        let end = (-200_000_i64..200_000).prop_map(|after| Timestamp(NOW.0 + after));
        let parts = (option::of(end), option::of(hours), option::of(1_u16..4));
        parts.prop_map(|(expires_at, hours, step_up_minutes)| Conditions {
            expires_at,
            hours,
            step_up_minutes,
            reason_required: false,
        })
    }

    proptest! {
        /// Whatever was asked before, at whatever moment and by whatever proof.
        #[test]
        fn what_was_judged_is_what_counts(
            all in proptest::collection::vec((conditions(), any::<bool>()), 1..4),
            asked in proptest::collection::vec((-200_000_i64..200_000, option::of(-200_000_i64..200_000)), 1..30),
        ) {
            let all: Vec<Given> = all.iter().flat_map(|(one, lent)| given(1, one, *lent)).collect();
            let kept = Kept::new(Changes(1), all.clone(), Vec::new());
            for (after, proof) in asked {
                let now = Timestamp(NOW.0 + after);
                let proven_at = proof.map(|proof| Timestamp(NOW.0 + proof));
                let fresh = Kept::new(Changes(1), all.clone(), Vec::new());
                prop_assert_eq!(kept.at(now, proven_at), fresh.at(now, proven_at));
                prop_assert_eq!(kept.at(now, proven_at), fresh.at(now, proven_at));
            }
        }
    }
}
