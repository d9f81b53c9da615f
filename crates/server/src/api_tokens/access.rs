//! Whose API tokens a caller may see and end, and whose they may make.

use crate::accounts::{self, Caller, Person};
use crate::clock::Timestamp;
use crate::ids::OrganizationId;
use crate::rights::{Permission, Rights};
use crate::store::entities::account::AccountKind;
use crate::store::entities::api_token::Model;

use super::store::organizations_of;

/// What a caller may do with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// See it and revoke it.
    End,
    /// All of that, and change it, and get another secret for it.
    Hold,
}

/// What the caller may do with a token of this account, which has these rights; None when they may not know of it.
///
/// One's own tokens are one's own. Those of a service account belong to whoever could take away all that it may do. Others are seen, and
/// ended, by whoever manages people in an organization where they work: who may keep somebody out can do that at once.
pub(super) fn reach(
    by: &Caller,
    row: &Model,
    (of, theirs): (&Person, &Rights),
    now: Timestamp,
) -> Option<Reach> {
    if of.id == by.account || may_make(by, (of, theirs), now) {
        return Some(Reach::Hold);
    }
    let everywhere = by.rights.permissions_everywhere().has(Permission::AccountManage);
    let managed = by.organizations_with(Permission::AccountManage);
    let only = organizations_of(row);
    let works = |organization: &OrganizationId| only.as_ref().is_none_or(|only| only.contains(organization));
    let meets = theirs
        .organizations()
        .iter()
        .any(|one| managed.contains(one) && works(one));
    (everywhere || meets).then_some(Reach::End)
}

/// Whether the caller may make tokens for this account: their own, or a service account's that they manage. Nobody makes one for
/// another person.
pub(super) fn may_make(by: &Caller, (of, theirs): (&Person, &Rights), now: Timestamp) -> bool {
    of.id == by.account || (of.kind == AccountKind::Service && accounts::may_manage(&by.rights, theirs, now))
}
