//! Giving roles and taking them away.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::view::{Assignment, AssignmentPlace, NewAssignment};
use super::{
    Conditions, Gift, Granted, Moment, Permission, Permissions, Reach, Rights, Role, RoleKey, Standing,
    of_account, require_owner, store,
};
use crate::accounts::{self, Caller, Person};
use crate::audit::{self, Action};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::ids::{AccountId, AssignmentId, MachineId, OrganizationId};
use crate::machines;
use crate::organizations;
use crate::sessions;
use crate::store::WriteTx;
use crate::store::entities::account::AccountKind;
use crate::store::entities::assignment::Model;
use crate::teams;

/// Most assignments of one account, of a team fewer ([`teams::ROLES_MAX`]): each is looked at with every request.
pub const ASSIGNMENTS_MAX: u64 = 1_000;

/// The roles that people and teams have in organizations where the caller may see them, those for the whole server included; of
/// everybody as they were given, or of one account with those of its teams. Oldest first.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller, account: Option<AccountId>) -> Result<Vec<Assignment>> {
    let organizations = by.require_any(Permission::AccountSee)?;
    if let Some(account) = account {
        let mut of = assignments_of(ctx, &by.rights, &organizations, Some(&[account])).await?;
        return Ok(of.remove(&account).unwrap_or_default());
    }
    let rows = store::assignments(ctx.db.read(), &organizations, None).await?;
    shown(ctx, &by.rights, rows).await
}

/// Of each of these accounts, the roles within `organizations` and for the whole server, its own and those of its teams; as `rights` may
/// see and take them.
///
/// # Errors
/// Those of the database.
pub async fn assignments_of(
    ctx: &Ctx,
    rights: &Rights,
    organizations: &[OrganizationId],
    accounts: Option<&[AccountId]>,
) -> Result<HashMap<AccountId, Vec<Assignment>>> {
    let db = ctx.db.read();
    let (rows, within) = match accounts {
        Some(accounts) => {
            let within = teams::memberships(db, accounts).await?;
            let holders: Vec<AccountId> = accounts.iter().chain(within.keys()).copied().collect();
            (
                store::assignments(db, organizations, Some(&holders)).await?,
                within,
            )
        }
        None => (
            store::assignments(db, organizations, None).await?,
            teams::all_memberships(db).await?,
        ),
    };
    let wanted = |account: &AccountId| accounts.is_none_or(|accounts| accounts.contains(account));
    let names = teams::known(db, &within.keys().copied().collect::<Vec<_>>()).await?;
    let mut of: HashMap<AccountId, Vec<Assignment>> = HashMap::new();
    for one in shown(ctx, rights, rows).await? {
        let team = one.account_id;
        for account in within.get(&team).into_iter().flatten() {
            let theirs = Assignment {
                account_id: *account,
                team_id: Some(team),
                team_name: names.get(&team).map(|team| team.account.name.clone()),
                may_take: false,
                ..one.clone()
            };
            of.entry(*account).or_default().push(theirs);
        }
        if wanted(&team) {
            of.entry(team).or_default().push(one);
        }
    }
    Ok(of)
}

async fn shown(ctx: &Ctx, rights: &Rights, rows: Vec<Model>) -> Result<Vec<Assignment>> {
    let db = ctx.db.read();
    let roles = store::roles(db, rows.iter().map(|row| row.role)).await?;
    let names: HashMap<OrganizationId, String> = organizations::all(db)
        .await?
        .into_iter()
        .map(|organization| (organization.id, organization.name))
        .collect();
    let places = place_names(ctx, rights, rows.iter().filter_map(store::reach)).await?;
    let holders: Vec<AccountId> = rows.iter().map(|row| row.account_id).collect();
    let teams = teams::known(db, &holders).await?;
    // What a team has that somebody does not see, they take from nobody.
    let seen = |holder: AccountId| teams.get(&holder).is_none_or(|team| team.is_seen_by(rights));
    let now = ctx.clock.now();
    let shown = rows.into_iter().filter_map(|row| {
        let (role, reach) = (roles.get(&row.role)?, store::reach(&row)?);
        let conditions = store::conditions(&row);
        let standing = standing(&conditions, now);
        Some(Assignment {
            id: row.id,
            account_id: row.account_id,
            role: row.role,
            role_name: role.name.clone(),
            place: AssignmentPlace::from(&reach),
            organization_name: row.organization_id.and_then(|id| names.get(&id).cloned()),
            place_name: places.get(&row.scope).cloned(),
            created_at: row.created_at,
            created_by_name: row.created_by_name,
            provided: row.provider_id.is_some(),
            may_take: seen(row.account_id) && may_take_at(rights, (&reach, role), (&conditions, standing)),
            conditions,
            state: standing.into(),
            team_id: None,
            team_name: None,
        })
    });
    Ok(shown.collect())
}

/// The names of the sites and machines of these, by their columns, where who has `rights` sees machines.
///
/// # Errors
/// Those of the database.
pub(crate) async fn place_names(
    ctx: &Ctx,
    rights: &Rights,
    reaches: impl Iterator<Item = Reach>,
) -> Result<HashMap<String, String>> {
    let db = ctx.db.read();
    let seen = rights.organizations_with(Permission::MachineSee);
    let (mut sites, mut ids): (bool, Vec<MachineId>) = (false, Vec::new());
    for reach in reaches {
        sites |= reach.site.is_some();
        ids.extend(reach.machine);
    }
    let mut names = HashMap::new();
    if sites {
        for site in organizations::sites_of(db, &seen).await? {
            names.insert(format!("site:{}", site.id), site.name);
        }
    }
    for (record, machine) in machines::follow(db, &ids).await? {
        if seen.contains(&machine.organization_id) {
            names.insert(format!("machine:{record}"), machine.name);
        }
    }
    Ok(names)
}

fn standing(conditions: &Conditions, now: Timestamp) -> Standing {
    conditions.standing_at(&Moment::Running { now })
}

/// Whether who has `rights` may give this.
pub(crate) fn may_give(rights: &Rights, gift: &Gift) -> bool {
    may_take_at(
        rights,
        (&gift.reach, &gift.role),
        (&gift.conditions, Standing::Counts),
    )
}

/// Whether who has `rights` may take this away.
pub(crate) fn may_take(rights: &Rights, granted: &Granted, now: Timestamp) -> bool {
    let standing = standing(&granted.conditions, now);
    may_take_at(
        rights,
        (&granted.reach, &granted.role),
        (&granted.conditions, standing),
    )
}

fn may_take_at(
    rights: &Rights,
    (reach, role): (&Reach, &Role),
    (conditions, standing): (&Conditions, Standing),
) -> bool {
    let manages = rights
        .permissions_at(reach.organization)
        .has(Permission::AccountManage);
    manages
        && rights
            .to_give(reach, conditions)
            .covers(what_counts(reach, role, standing))
}

/// What is given or taken away: what ended allows nothing any more.
fn what_counts(reach: &Reach, role: &Role, standing: Standing) -> Permissions {
    match standing {
        Standing::Ended(_) => Permissions::NONE,
        _ => reach.leaves(role.permissions),
    }
}

/// Whether the caller may give this: they manage people there and have all of it themselves, under no stricter conditions.
///
/// # Errors
/// `not_found` for an organization out of sight, `forbidden`, `step_up_required`.
pub(crate) fn require_may_give(by: &Caller, gift: &Gift) -> Result<()> {
    require_may_give_at(
        by,
        (&gift.reach, &gift.role),
        (&gift.conditions, Standing::Counts),
    )
}

fn require_may_give_at(
    by: &Caller,
    (reach, role): (&Reach, &Role),
    (conditions, standing): (&Conditions, Standing),
) -> Result<()> {
    if let Some(organization) = reach.organization
        && !by.rights.organizations().contains(&organization)
    {
        return Err(Error::NotFound("organization"));
    }
    by.require_at(reach.organization, Permission::AccountManage)?;
    by.require_to_give(reach, what_counts(reach, role, standing), conditions)
}

/// Whether the caller may give all that a team has, as it has it, and take it away: who puts somebody into it, takes somebody out or
/// deletes it does.
///
/// # Errors
/// `forbidden`, `step_up_required`; those of the database.
pub(crate) async fn require_may_give_all_of<C: sea_orm::ConnectionTrait>(
    db: &C,
    by: &Caller,
    team: AccountId,
    now: Timestamp,
) -> Result<()> {
    let rows = store::rows_of(db, team).await?;
    let roles = store::roles(db, rows.iter().map(|row| row.role)).await?;
    for row in rows {
        let gone = || Role::gone(row.role);
        let role = roles.get(&row.role).cloned().unwrap_or_else(gone);
        let reach = store::reach(&row).unwrap_or_else(|| Reach::wide(row.organization_id));
        let conditions = store::conditions(&row);
        let standing = standing(&conditions, now);
        require_may_give_at(by, (&reach, &role), (&conditions, standing))?;
    }
    Ok(())
}

/// Whoever roles are given to: an account that the caller may know of, or a team that they see.
struct Holder {
    account: Person,
    team: Option<teams::Known>,
}

impl Holder {
    async fn find<C: sea_orm::ConnectionTrait>(db: &C, by: &Caller, id: AccountId) -> Result<Self> {
        if let Some(team) = teams::known_in_sight(db, by, id).await? {
            return Ok(Self {
                account: team.account.clone(),
                team: Some(team),
            });
        }
        let account = accounts::find_person(db, by, id).await?;
        Ok(Self { account, team: None })
    }

    /// A team of one organization has roles there alone.
    fn require_within(&self, reach: &Reach) -> Result<()> {
        let only = self.team.as_ref().and_then(|team| team.organization);
        if only.is_none_or(|only| reach.organization == Some(only)) {
            return Ok(());
        }
        let detail = "This team belongs to one organization, and has roles there alone.";
        Err(Error::invalid("place", "outside_team", detail))
    }

    /// Most roles that it has.
    fn most(&self) -> u64 {
        match self.team {
            Some(_) => teams::ROLES_MAX,
            None => ASSIGNMENTS_MAX,
        }
    }
}

/// The role of a key.
///
/// # Errors
/// `validation_failed` for the field `role` when there is none; those of the database.
pub(crate) async fn role<C: sea_orm::ConnectionTrait>(db: &C, key: RoleKey) -> Result<Role> {
    let found = find_role(db, key).await?;
    found.ok_or_else(|| Error::invalid("role", "unknown", "There is no such role (any more)."))
}

/// The role of a key; None when it was deleted.
///
/// # Errors
/// Those of the database.
pub(crate) async fn find_role<C: sea_orm::ConnectionTrait>(db: &C, key: RoleKey) -> Result<Option<Role>> {
    Ok(store::roles(db, std::iter::once(key)).await?.remove(&key))
}

/// Gives an account a role, or a team, and with it all of its people.
///
/// # Errors
/// `forbidden`, `not_found` (the organization, the account), `archived`, `validation_failed`, `conflict` when they have it already, or too
/// many; those of the database.
pub async fn assign(ctx: &Ctx, by: &Caller, wanted: NewAssignment) -> Result<Assignment> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    super::hold(&tx).await?;
    let gift = Gift::checked(&tx, (by, now), wanted.role, (&wanted.place, &wanted.conditions)).await?;
    let holder = Holder::find(&tx, by, wanted.account_id).await?;
    holder.require_within(&gift.reach)?;
    let account = &holder.account;
    if account.kind == AccountKind::Service {
        gift.require_for_programs()?;
    }
    let most = holder.most();
    if store::count_of(&tx, account.id).await? >= most {
        return Err(too_many(
            if holder.team.is_some() {
                "A team"
            } else {
                "An account"
            },
            most,
        ));
    }
    let what = (gift.role.key, &gift.reach, &gift.conditions);
    let row = give(&tx, now, (account.id, what), (by.account_id(), &by.name)).await?;
    record(ctx, &tx, by, (Action::RoleGiven, &row, &gift.role), account).await?;
    tx.commit().await?;
    changed(ctx, &[account.id]).await;
    let given = shown(ctx, &by.rights, vec![row]).await?.pop();
    given.ok_or(Error::NotFound("role"))
}

/// Gives a role within the transaction of whoever decided that: the first account's, an accepted invitation's. No audit entry.
///
/// # Errors
/// `conflict` when the account has it already, or too many; those of the database.
pub async fn give(
    tx: &WriteTx,
    now: Timestamp,
    (account, (key, reach, conditions)): (AccountId, (RoleKey, &Reach, &Conditions)),
    (given_by, name): (Option<AccountId>, &str),
) -> Result<Model> {
    let row = Model {
        created_by: given_by,
        created_by_name: name.to_owned(),
        ..store::row((account, key, reach), conditions, now)?
    };
    store::clear_ended(tx, &row, now).await?;
    if store::count_of(tx, account).await? >= ASSIGNMENTS_MAX {
        return Err(too_many("An account", ASSIGNMENTS_MAX));
    }
    store::insert_assignment(tx, row.clone()).await?;
    Ok(row)
}

fn too_many(what: &str, most: u64) -> Error {
    let detail = format!("{what} has at most {most} roles. Take some away that are not needed.");
    Error::conflict(Code::Conflict, detail)
}

/// Takes a role away. What its account does with it now, it stops doing.
///
/// # Errors
/// `not_found`, `forbidden`, `last_owner`; those of the database.
pub async fn unassign(ctx: &Ctx, by: &Caller, id: AssignmentId) -> Result<()> {
    let tx = ctx.db.write().await?;
    super::hold(&tx).await?;
    let row = store::find_assignment(&tx, id).await?;
    let row = row.ok_or(Error::NotFound("role assignment"))?;
    let holder = Holder::find(&tx, by, row.account_id)
        .await
        .map_err(|error| match error {
            Error::NotFound(_) => Error::NotFound("role assignment"),
            other => other,
        })?;
    let seen = by.rights.organizations_with(Permission::AccountSee);
    if row.organization_id.is_some_and(|place| !seen.contains(&place)) {
        return Err(Error::NotFound("role assignment"));
    }
    // One whose role is gone allows nothing; whoever manages people there may clear it away.
    let found = find_role(&tx, row.role).await?;
    let role = found.unwrap_or_else(|| Role::gone(row.role));
    let reach = store::reach(&row).unwrap_or_else(|| Reach::wide(row.organization_id));
    let conditions = store::conditions(&row);
    let standing = standing(&conditions, ctx.clock.now());
    require_may_give_at(by, (&reach, &role), (&conditions, standing))?;
    if !store::delete_assignment(&tx, id).await? {
        return Err(Error::NotFound("role assignment"));
    }
    require_owner(&tx).await?;
    record(ctx, &tx, by, (Action::RoleTaken, &row, &role), &holder.account).await?;
    tx.commit().await?;
    changed_in(ctx, &[row.account_id], row.organization_id).await;
    Ok(())
}

/// Where an entry about something in a place belongs: in the organization's chain, or in each one's.
///
/// # Errors
/// Those of the database.
pub(crate) async fn chains<C: sea_orm::ConnectionTrait>(
    db: &C,
    place: Option<OrganizationId>,
) -> Result<Vec<OrganizationId>> {
    match place {
        Some(organization) => Ok(vec![organization]),
        None => Ok(organizations::all(db).await?.iter().map(|one| one.id).collect()),
    }
}

/// What an assignment gives, for audit entries.
pub(super) fn says(row: &Model, role_name: &str) -> Value {
    let reach = store::reach(row).unwrap_or_else(|| Reach::wide(row.organization_id));
    let mut said =
        json!({ "role": row.role, "role_name": role_name, "place": AssignmentPlace::from(&reach) });
    let conditions = store::conditions(row);
    if conditions != Conditions::NONE {
        said["conditions"] = json!(conditions);
    }
    said
}

async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    (action, row, role): (Action, &Model, &Role),
    holder: &Person,
) -> Result<()> {
    let said = says(row, &role.name);
    let (before, after) = match action {
        Action::RoleTaken => (said, Value::Null),
        _ => (Value::Null, said),
    };
    for organization in chains(tx, row.organization_id).await? {
        let entry = by
            .entry(organization, action)
            .on(accounts::target_of(holder))
            .change(before.clone(), after.clone());
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

/// After the commit of what changed the rights of these accounts, or of all who are in these teams: their consoles ask anew, and what
/// they may not go on with ends.
pub(crate) async fn changed(ctx: &Ctx, accounts: &[AccountId]) {
    changed_in(ctx, accounts, None).await;
}

/// The same, where an organization that they may not belong to any more has to be looked at, too.
pub(crate) async fn changed_in(ctx: &Ctx, accounts: &[AccountId], left: Option<OrganizationId>) {
    let mut touched: BTreeSet<OrganizationId> = left.into_iter().collect();
    let at = Moment::Running { now: ctx.clock.now() };
    let people = teams::people_behind(ctx.db.read(), accounts).await;
    let people = people.unwrap_or_else(|error| {
        tracing::error!(%error, "the people of teams were not told of their rights as they are now");
        accounts.to_vec()
    });
    for account in &people {
        match of_account(ctx.db.read(), *account, at).await {
            Ok(rights) => {
                touched.extend(rights.belongs_to());
                ctx.events.rights_changed(*account, &rights);
                ctx.events.publish(Scope::Account(*account), &[Topic::Me]);
            }
            // What changed stands, whatever becomes of this.
            Err(error) => {
                tracing::error!(%account, %error, "an account's consoles were not told of its rights as they are now");
            }
        }
    }
    if left.is_none() {
        // A role for the whole server may have been taken away.
        match organizations::all(ctx.db.read()).await {
            Ok(all) => touched.extend(all.iter().map(|one| one.id)),
            Err(error) => {
                tracing::error!(%error, "sessions under way were not compared with rights as they are now")
            }
        }
    }
    for organization in touched {
        ctx.events.publish(
            Scope::Organization(organization),
            &[Topic::Accounts, Topic::Teams, Topic::Audit],
        );
        if let Err(error) = sessions::recheck(ctx, organization).await {
            tracing::error!(%organization, %error, "sessions under way were not compared with rights as they are now");
        }
    }
}

/// After the commit of what made an organization: whoever has a role for the whole server belongs to it.
pub(crate) async fn organization_made(ctx: &Ctx) {
    match store::accounts_of_server(ctx.db.read()).await {
        Ok(accounts) => changed(ctx, &accounts).await,
        Err(error) => tracing::error!(%error, "consoles were not told of a new organization"),
    }
}
