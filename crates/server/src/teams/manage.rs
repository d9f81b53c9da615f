//! Making, showing, changing and deleting teams.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::view::{NewTeam, Place, Team, TeamChange, TeamDetail, TeamMember};
use super::{TEAMS_MAX, store};
use crate::accounts::{self, Caller, Person};
use crate::audit::{self, Action};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::http::{ETag, IfMatch, List, Page, PageQuery};
use crate::ids::{AccountId, OrganizationId};
use crate::organizations;
use crate::rights::{self, Permission, Rights};
use crate::store::WriteTx;
use crate::store::entities::team::Model;

/// A team as rules know it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// Its account, which has its name.
    pub(crate) account: Person,
    /// Whose it is; None for the whole server's.
    pub(crate) organization: Option<OrganizationId>,
    row: Model,
}

impl Known {
    fn of(row: Model, account: Person) -> Self {
        Self {
            account,
            organization: row.organization_id,
            row,
        }
    }

    /// Whether who has these rights sees it: they see people where it is.
    pub(crate) fn is_seen_by(&self, rights: &Rights) -> bool {
        rights
            .permissions_at(self.organization)
            .has(Permission::AccountSee)
    }
}

/// Those of these accounts that are teams.
///
/// # Errors
/// Those of the database.
pub(crate) async fn known<C: ConnectionTrait>(
    db: &C,
    ids: &[AccountId],
) -> Result<HashMap<AccountId, Known>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = store::some(db, ids).await?;
    let ids: Vec<AccountId> = rows.iter().map(|row| row.id).collect();
    let accounts = accounts::people_of(db, &ids).await?.into_iter();
    let mut accounts: HashMap<AccountId, Person> = accounts.map(|one| (one.id, one)).collect();
    let known = rows.into_iter().filter_map(|row| {
        let account = accounts.remove(&row.id)?;
        Some((row.id, Known::of(row, account)))
    });
    Ok(known.collect())
}

/// The team of this identifier; None when no team has it.
///
/// # Errors
/// `not_found` for a team out of the caller's sight; those of the database.
pub(crate) async fn known_in_sight<C: ConnectionTrait>(
    db: &C,
    by: &Caller,
    id: AccountId,
) -> Result<Option<Known>> {
    let Some(team) = known(db, &[id]).await?.remove(&id) else {
        return Ok(None);
    };
    if team.is_seen_by(&by.rights) {
        Ok(Some(team))
    } else {
        Err(Error::NotFound("account"))
    }
}

/// The teams that the caller sees, oldest first.
///
/// # Errors
/// `forbidden`, `validation_failed` for a cursor of another list; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller, page: &PageQuery) -> Result<Page<Team>> {
    let organizations = by.require_any(Permission::AccountSee)?;
    let server = by.rights.permissions_everywhere().has(Permission::AccountSee);
    let list = List::new(ctx, "teams");
    let part = (page.key(&list)?, page.limit() + 1);
    let db = ctx.db.read();
    let rows = store::list(db, (&organizations, server), part).await?;
    let ids: Vec<AccountId> = rows.iter().map(|row| row.id).collect();
    let mut teams = known(db, &ids).await?;
    let teams = ids.iter().filter_map(|id| teams.remove(id)).collect();
    let items = shown(ctx, by, teams).await?;
    Ok(Page::of(&list, items, page.limit(), |team: &Team| team.id))
}

/// One of them, with its people.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn find(ctx: &Ctx, by: &Caller, id: AccountId) -> Result<TeamDetail> {
    let team = in_sight(ctx.db.read(), by, id).await?;
    detail(ctx, by, team).await
}

pub(super) async fn in_sight<C: ConnectionTrait>(db: &C, by: &Caller, id: AccountId) -> Result<Known> {
    let found = known_in_sight(db, by, id).await;
    let found = found.map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound("team"),
        other => other,
    })?;
    found.ok_or(Error::NotFound("team"))
}

/// One that the caller sees and may change, because they may give all that it has; nobody else changes who may do what until the
/// end of the transaction.
pub(super) async fn held(ctx: &Ctx, by: &Caller, id: AccountId) -> Result<(WriteTx, Known)> {
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    let team = in_sight(&tx, by, id).await?;
    by.require_at(team.organization, Permission::AccountManage)?;
    rights::require_may_give_all_of(&tx, by, id, ctx.clock.now()).await?;
    Ok((tx, team))
}

/// Makes a team without people and roles.
///
/// # Errors
/// `not_found` (the organization), `forbidden`, `archived`, `validation_failed`, `conflict` when there are too many; those of the database.
pub async fn create(ctx: &Ctx, by: &Caller, wanted: NewTeam) -> Result<Team> {
    let place = wanted.place.organization();
    if place.is_some_and(|id| !by.rights.organizations().contains(&id)) {
        return Err(Error::NotFound("organization"));
    }
    by.require_at(place, Permission::AccountManage)?;
    let texts = accounts::checked_team(&wanted.name, &wanted.note)?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    rights::hold(&tx).await?;
    organizations::require_open(&tx, place).await?;
    if store::count(&tx).await? >= TEAMS_MAX {
        let detail = format!("A server has at most {TEAMS_MAX} teams. Delete some that are not needed.");
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let account = accounts::make_team(&tx, texts, now).await?;
    let row = Model {
        id: account.id,
        organization_id: place,
        name_key: account.name.to_lowercase(),
        created_by: by.account_id(),
        created_by_name: by.name.clone(),
        version: 1,
    };
    store::insert(&tx, row.clone()).await?;
    let team = Known::of(row, account);
    let became = (Value::Null, says(&team));
    record(ctx, &tx, by, (Action::TeamCreated, &team), (Value::Null, became)).await?;
    tx.commit().await?;
    nudge(ctx, &team).await;
    one(ctx, by, team).await
}

/// Changes what a team is called.
///
/// # Errors
/// `not_found`, `forbidden`, `version_required`, `version_mismatch`, `validation_failed`; those of the database.
pub async fn change(
    ctx: &Ctx,
    by: &Caller,
    id: AccountId,
    wanted: TeamChange,
    seen: &IfMatch,
) -> Result<Team> {
    let (tx, team) = held(ctx, by, id).await?;
    seen.require(ETag(team.row.version))?;
    let (name, note) = accounts::checked_team(
        wanted.name.as_deref().unwrap_or(&team.account.name),
        wanted.note.as_deref().unwrap_or(&team.account.note),
    )?;
    if (&name, &note) == (&team.account.name, &team.account.note) {
        return one(ctx, by, team).await;
    }
    let name_key = name.to_lowercase();
    if !store::change(&tx, id, &name_key, team.row.version).await? {
        return Err(Error::Version { required: false });
    }
    accounts::change_team(&tx, id, (&name, &note)).await?;
    let mut changed = team.clone();
    (changed.account.name, changed.account.note) = (name, note);
    (changed.row.name_key, changed.row.version) = (name_key, team.row.version + 1);
    let became = (says(&team), says(&changed));
    record(
        ctx,
        &tx,
        by,
        (Action::TeamChanged, &changed),
        (Value::Null, became),
    )
    .await?;
    tx.commit().await?;
    nudge(ctx, &changed).await;
    one(ctx, by, changed).await
}

/// Deletes a team. Its people lose what it had, and what they do with that ends.
///
/// # Errors
/// `not_found`, `forbidden`, `version_required`, `version_mismatch`; those of the database.
pub async fn delete(ctx: &Ctx, by: &Caller, id: AccountId, seen: &IfMatch) -> Result<()> {
    let (tx, team) = held(ctx, by, id).await?;
    seen.require(ETag(team.row.version))?;
    let people = store::members(&tx, id).await?;
    let people: Vec<AccountId> = people.into_iter().map(|one| one.account_id).collect();
    let became = (says(&team), Value::Null);
    let detail = json!({ "member_count": people.len() });
    record(ctx, &tx, by, (Action::TeamDeleted, &team), (detail, became)).await?;
    accounts::delete_team(&tx, id).await?;
    tx.commit().await?;
    rights::changed(ctx, &people).await;
    Ok(())
}

async fn one(ctx: &Ctx, by: &Caller, team: Known) -> Result<Team> {
    let team = shown(ctx, by, vec![team]).await?.pop();
    team.ok_or(Error::NotFound("team"))
}

/// A team that the caller sees, with its people.
pub(super) async fn detail(ctx: &Ctx, by: &Caller, team: Known) -> Result<TeamDetail> {
    let db = ctx.db.read();
    let rows = store::members(db, team.account.id).await?;
    let ids: Vec<AccountId> = rows.iter().map(|row| row.account_id).collect();
    let people = accounts::people_of(db, &ids).await?.into_iter();
    let mut people: HashMap<AccountId, Person> = people.map(|one| (one.id, one)).collect();
    let members = rows.into_iter().filter_map(|row| {
        let person = people.remove(&row.account_id)?;
        Some(TeamMember {
            account_id: person.id,
            disabled: person.disabled_at.is_some(),
            name: person.name,
            added_at: row.added_at,
            added_by_name: row.added_by_name,
        })
    });
    let mut members: Vec<TeamMember> = members.collect();
    members.sort_by_key(|member| (member.name.to_lowercase(), member.account_id));
    let team = one(ctx, by, team).await?;
    Ok(TeamDetail { team, members })
}

async fn shown(ctx: &Ctx, by: &Caller, teams: Vec<Known>) -> Result<Vec<Team>> {
    let db = ctx.db.read();
    let ids: Vec<AccountId> = teams.iter().map(|team| team.account.id).collect();
    let seen = by.organizations_with(Permission::AccountSee);
    let mut roles = rights::assignments_of(ctx, &by.rights, &seen, Some(&ids)).await?;
    let sizes = store::sizes(db, &ids).await?;
    let names = organizations::all(db).await?.into_iter();
    let names: HashMap<OrganizationId, String> = names.map(|one| (one.id, one.name)).collect();
    let shown = teams.into_iter().map(|team| {
        let roles = roles.remove(&team.account.id).unwrap_or_default();
        let place = by.rights.permissions_at(team.organization);
        Team {
            may_manage: place.has(Permission::AccountManage) && roles.iter().all(|one| one.may_take),
            roles,
            id: team.account.id,
            note: team.account.note,
            place: Place::from(team.organization),
            organization_name: team.organization.and_then(|id| names.get(&id).cloned()),
            created_at: team.account.created_at,
            created_by_name: team.row.created_by_name,
            member_count: sizes.get(&team.account.id).copied().unwrap_or(0),
            etag: ETag(team.row.version).to_string(),
            name: team.account.name,
        }
    });
    Ok(shown.collect())
}

fn says(team: &Known) -> Value {
    let place = Place::from(team.organization);
    json!({ "name": team.account.name, "note": team.account.note, "place": place })
}

/// Proves what was done to a team: more about it, and what it was and became.
pub(super) async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    (action, team): (Action, &Known),
    (detail, (before, after)): (Value, (Value, Value)),
) -> Result<()> {
    for organization in rights::chains(tx, team.organization).await? {
        let mut entry = by
            .entry(organization, action)
            .on(accounts::target_of(&team.account));
        if !detail.is_null() {
            entry = entry.detail(detail.clone());
        }
        if (&before, &after) != (&Value::Null, &Value::Null) {
            entry = entry.change(before.clone(), after.clone());
        }
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

/// After the commit of what changed no rights: consoles ask for the teams anew.
async fn nudge(ctx: &Ctx, team: &Known) {
    match rights::chains(ctx.db.read(), team.organization).await {
        Ok(organizations) => {
            for organization in organizations {
                let hearers = Scope::Organization(organization);
                ctx.events.publish(hearers, &[Topic::Teams, Topic::Audit]);
            }
        }
        Err(error) => tracing::error!(%error, "consoles were not told of a team"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::rights::RoleKey;
    use crate::store::entities::account::AccountKind;

    fn team(organization: Option<OrganizationId>) -> Known {
        let id = AccountId::new();
        let account = Person {
            id,
            name: "Field".into(),
            email: String::new(),
            email_key: String::new(),
            password_hash: String::new(),
            locale: "en".into(),
            created_at: Timestamp(0),
            password_changed_at: Timestamp(0),
            disabled_at: None,
            kind: AccountKind::Team,
            note: String::new(),
        };
        let row = Model {
            id,
            organization_id: organization,
            name_key: "field".into(),
            created_by: None,
            created_by_name: String::new(),
            version: 1,
        };
        Known::of(row, account)
    }

    #[test]
    fn a_team_is_seen_by_who_sees_people_where_it_is() {
        let (ours, theirs) = (OrganizationId::new(), OrganizationId::new());
        let all = Rights::of_everything(&[ours, theirs]);
        let one = Rights::of_role(RoleKey::Administrator, ours);
        let none = Rights::of_role(RoleKey::Technician, ours);
        let seen = |organization| [&all, &one, &none].map(|rights| team(organization).is_seen_by(rights));
        assert_eq!(seen(Some(ours)), [true, true, false]);
        assert_eq!(seen(Some(theirs)), [true, false, false]);
        assert_eq!(seen(None), [true, false, false]);
    }
}
