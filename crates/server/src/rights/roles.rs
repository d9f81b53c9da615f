//! Making, changing and deleting roles. They are the same for the whole server, so only who manages roles there may.

use serde_json::{Value, json};

use super::view::{NewRole, RoleChange, RoleView};
use super::{Conditions, Permission, Permissions, Reach, Role, RoleKey, assignments, store};
use crate::accounts::Caller;
use crate::audit::{self, Action, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Code, Error, FieldError, Result};
use crate::events::Topic;
use crate::http::{ETag, IfMatch};
use crate::ids::RoleId;
use crate::organizations;
use crate::store::WriteTx;
use crate::store::entities::role::Model;

/// Most roles that somebody made; nobody could say what more of them mean.
pub const ROLES_MAX: u64 = 100;
/// Longest name, in characters.
const NAME_MAX: usize = 80;
/// Longest description, in characters.
const DESCRIPTION_MAX: usize = 300;

/// All roles: those that are built in, the least first, then others by name.
///
/// # Errors
/// Those of the database.
pub async fn list(ctx: &Ctx) -> Result<Vec<RoleView>> {
    let db = ctx.db.read();
    let holders = store::holders(db).await?;
    let holders = |key| holders.get(&key).copied().unwrap_or(0);
    let mut roles = Vec::new();
    for role in RoleKey::BUILT_IN.into_iter().filter_map(Role::built_in) {
        roles.push(RoleView {
            accounts: holders(role.key),
            key: role.key,
            name: role.name,
            description: String::new(),
            built_in: true,
            permissions: role.permissions.iter().collect(),
            etag: None,
        });
    }
    for row in store::custom_roles(db).await? {
        let accounts = holders(RoleKey::Custom(row.id));
        roles.push(shown(row, accounts));
    }
    Ok(roles)
}

/// Makes a role.
///
/// # Errors
/// `forbidden`, `validation_failed`, `conflict` when there are too many; those of the database.
pub async fn create(ctx: &Ctx, by: &Caller, wanted: NewRole) -> Result<RoleView> {
    by.require_at(None, Permission::RoleManage)?;
    let (name, description) = checked(&wanted.name, &wanted.description)?;
    let permissions: Permissions = wanted.permissions.into_iter().collect();
    by.require_to_give(&Reach::EVERYTHING, permissions, &Conditions::NONE)?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    super::hold(&tx).await?;
    if store::count_roles(&tx).await? >= ROLES_MAX {
        let detail =
            format!("A server has at most {ROLES_MAX} roles of its own. Delete some that are not needed.");
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let row = Model {
        id: RoleId::new(),
        name_key: name.to_lowercase(),
        name,
        description,
        permissions: permissions.to_column(),
        created_at: now,
        created_by: by.account_id(),
        created_by_name: by.name.clone(),
        version: 1,
    };
    store::insert_role(&tx, row.clone()).await?;
    record(
        ctx,
        &tx,
        by,
        (Action::RoleCreated, &row),
        (Value::Null, says(&row)),
    )
    .await?;
    tx.commit().await?;
    nudge(ctx, by);
    Ok(shown(row, 0))
}

/// Changes a role, and with it what everybody may who has it.
///
/// # Errors
/// `forbidden`, `not_found`, `version_required`, `version_mismatch`, `validation_failed`; those of the database.
pub async fn change(
    ctx: &Ctx,
    by: &Caller,
    id: RoleId,
    wanted: RoleChange,
    seen: &IfMatch,
) -> Result<RoleView> {
    by.require_at(None, Permission::RoleManage)?;
    let tx = ctx.db.write().await?;
    super::hold(&tx).await?;
    let row = find(&tx, id).await?;
    seen.require(ETag(row.version))?;
    let before = Permissions::from_column(&row.permissions);
    let after = wanted
        .permissions
        .map_or(before, |permissions| permissions.into_iter().collect());
    let (name, description) = checked(
        wanted.name.as_deref().unwrap_or(&row.name),
        wanted.description.as_deref().unwrap_or(&row.description),
    )?;
    // Who takes something away has to have it as well: nobody disarms whoever stands above them.
    by.require_to_give(&Reach::EVERYTHING, before.or(after), &Conditions::NONE)?;
    let changed = Model {
        name_key: name.to_lowercase(),
        name,
        description,
        permissions: after.to_column(),
        version: row.version + 1,
        ..row.clone()
    };
    let accounts = store::accounts_with(&tx, RoleKey::Custom(id)).await?;
    let same = says(&row) == says(&changed);
    if same {
        return Ok(shown(row, accounts.len() as u64));
    }
    if !store::change_role(&tx, &changed, row.version).await? {
        return Err(Error::Version { required: false });
    }
    record(
        ctx,
        &tx,
        by,
        (Action::RoleChanged, &changed),
        (says(&row), says(&changed)),
    )
    .await?;
    tx.commit().await?;
    nudge(ctx, by);
    assignments::changed(ctx, &accounts).await;
    Ok(shown(changed, accounts.len() as u64))
}

/// Deletes a role that nobody has, no open invitation gives and no access rule speaks of.
///
/// # Errors
/// `forbidden`, `not_found`, `version_required`, `version_mismatch`, `role_in_use`; those of the database.
pub async fn delete(ctx: &Ctx, by: &Caller, id: RoleId, seen: &IfMatch) -> Result<()> {
    by.require_at(None, Permission::RoleManage)?;
    let tx = ctx.db.write().await?;
    super::hold(&tx).await?;
    let row = find(&tx, id).await?;
    seen.require(ETag(row.version))?;
    let (assigned, invited, named) = store::uses(&tx, RoleKey::Custom(id)).await?;
    if assigned + invited + named > 0 {
        let detail = format!(
            "“{}” is in use: {assigned} accounts have it, {invited} open invitations give it, {named} access rules speak of it. \
             Take it away there first.",
            row.name
        );
        return Err(Error::conflict(Code::RoleInUse, detail));
    }
    if !store::delete_role(&tx, id, row.version).await? {
        return Err(Error::Version { required: false });
    }
    record(
        ctx,
        &tx,
        by,
        (Action::RoleDeleted, &row),
        (says(&row), Value::Null),
    )
    .await?;
    tx.commit().await?;
    nudge(ctx, by);
    Ok(())
}

async fn find(tx: &WriteTx, id: RoleId) -> Result<Model> {
    store::find_role(tx, id).await?.ok_or(Error::NotFound("role"))
}

fn shown(row: Model, accounts: u64) -> RoleView {
    RoleView {
        key: RoleKey::Custom(row.id),
        name: row.name,
        description: row.description,
        built_in: false,
        permissions: Permissions::from_column(&row.permissions).iter().collect(),
        accounts,
        etag: Some(ETag(row.version).to_string()),
    }
}

/// Name and description as they are kept.
fn checked(name: &str, description: &str) -> Result<(String, String)> {
    let mut wrong = Vec::new();
    let mut line = |field, text: &str, longest: usize| {
        let text = text.trim();
        if text.chars().count() > longest {
            let detail = format!("At most {longest} characters, please.");
            wrong.push(FieldError::new(field, "too_long", detail));
        } else if text.chars().any(farol_protocol::text::is_deceptive) {
            let detail = "This is one line of text, without characters that cannot be seen.";
            wrong.push(FieldError::new(field, "malformed", detail));
        }
        text.to_owned()
    };
    let kept = (
        line("name", name, NAME_MAX),
        line("description", description, DESCRIPTION_MAX),
    );
    if kept.0.is_empty() {
        wrong.push(FieldError::new("name", "required", "Give the role a name."));
    } else if let Ok(_taken) = kept.0.to_lowercase().parse::<RoleKey>() {
        let detail = "A role that is built in is called that.";
        wrong.push(FieldError::new("name", "taken", detail));
    }
    if wrong.is_empty() {
        Ok(kept)
    } else {
        Err(Error::Invalid(wrong))
    }
}

fn says(row: &Model) -> Value {
    json!({ "name": row.name, "description": row.description, "permissions": row.permissions })
}

/// Roles are the whole server's: each organization's chain has the entry.
async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    by: &Caller,
    (action, row): (Action, &Model),
    (before, after): (Value, Value),
) -> Result<()> {
    for organization in organizations::all(tx).await? {
        let entry = by
            .entry(organization.id, action)
            .on(Target::new(TargetKind::Role, row.id, &row.name))
            .change(before.clone(), after.clone());
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

fn nudge(ctx: &Ctx, by: &Caller) {
    for organization in by.rights.organizations() {
        let hearers = crate::events::Scope::Organization(*organization);
        ctx.events.publish(hearers, &[Topic::Roles, Topic::Audit]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, description: &str) -> Vec<(&'static str, &'static str)> {
        let Err(Error::Invalid(errors)) = checked(name, description) else {
            return Vec::new();
        };
        errors.iter().map(|error| (error.field, error.code)).collect()
    }

    #[test]
    fn names_are_one_line_and_not_those_of_built_in_roles() {
        assert_eq!(refused(" Night shift ", ""), []);
        assert_eq!(refused("", ""), [("name", "required")]);
        assert_eq!(refused("Owner", ""), [("name", "taken")]);
        assert_eq!(
            refused("a\u{202e}b", "x\ny"),
            [("name", "malformed"), ("description", "malformed")]
        );
        assert_eq!(refused(&"x".repeat(81), &"y".repeat(301)).len(), 2);
    }
}
