//! [`RightsMemory`]: what accounts were given, as it was read last. Somebody with a thousand roles costs a request one small query, not
//! thousands of rows.
//!
//! The database counts each change of what accounts are given, whichever process makes it ([`crate::store::dialect::count_rights_changes`]).
//! What is kept counts as long as that number is the one that was read before it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Conditions, Given, Moment, Rights, store};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::{AccountId, OrganizationId};

/// Most assignments that are kept, of all accounts together: some 40 MB.
const KEPT_MAX: usize = 100_000;

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
    changes: i64,
    given: Vec<Arc<Given>>,
    /// Those of the server, or those in which it has anything.
    organizations: Vec<OrganizationId>,
    /// What it may do, when that is the same at every moment.
    always: Option<Rights>,
}

impl Kept {
    fn new(changes: i64, given: Vec<Given>, organizations: Vec<OrganizationId>) -> Self {
        let given: Vec<Arc<Given>> = given.into_iter().map(Arc::new).collect();
        let same = given.iter().all(|one| one.conditions == Conditions::NONE);
        let always = same.then(|| Rights::at(given.iter().cloned(), &organizations, Moment::Whenever));
        Self {
            changes,
            given,
            organizations,
            always,
        }
    }

    fn at(&self, now: Timestamp, at: Moment) -> Rights {
        if let Some(always) = &self.always {
            return always.clone();
        }
        let lent_still =
            |one: &&Arc<Given>| !one.lent || one.conditions.expires_at.is_none_or(|end| end > now);
        let given = self.given.iter().filter(lent_still).cloned();
        Rights::at(given, &self.organizations, at)
    }

    fn size(&self) -> usize {
        self.given.len().max(1)
    }
}

impl RightsMemory {
    fn get(&self, account: AccountId, changes: i64) -> Option<Arc<Kept>> {
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

/// All that an account may do when it asks now with this proof: what [`super::of_account`] says, by what is in the database at this
/// moment. One query when nothing changed lately, whatever the account was given.
///
/// # Errors
/// Those of the database.
pub async fn of_caller(
    ctx: &Ctx,
    account: AccountId,
    now: Timestamp,
    proven_at: Option<Timestamp>,
) -> Result<Rights> {
    let db = ctx.db.read();
    // Before the rows: what changes in between is read now, and once more by the next request.
    let changes = store::changes(db).await?;
    let kept = match ctx.rights.get(account, changes) {
        Some(kept) => kept,
        None => {
            let (given, organizations) = store::given_to(db, account, Some(now)).await?;
            let kept = Arc::new(Kept::new(changes, given, organizations));
            ctx.rights.keep(account, &kept);
            kept
        }
    };
    Ok(kept.at(now, Moment::Asked { now, proven_at }))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ids::AssignmentId;
    use crate::rights::{Reach, Role, RoleKey};

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
            changes,
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
        assert!(memory.get(account(1), 7).is_some());
        assert!(memory.get(account(1), 8).is_none());
        assert!(memory.get(account(2), 7).is_none());
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
        assert!(memory.get(account(99), 1).is_none());
        memory.keep(account(98), &kept(0, 1));
        assert!(memory.get(account(98), 1).is_some());
    }

    #[test]
    fn what_was_lent_and_is_over_is_not_there() {
        let until = Conditions {
            expires_at: Some(NOW),
            ..Conditions::NONE
        };
        let mut all = given(1, &until, true);
        all.extend(given(1, &until, false));
        let kept = Kept::new(1, all, Vec::new());
        let asked = |now| {
            let at = Moment::Asked { now, proven_at: None };
            kept.at(now, at).granted().len()
        };
        assert_eq!(asked(Timestamp(999_999)), 2);
        assert_eq!(asked(NOW), 1, "what ended of one's roles says why");
    }
}
