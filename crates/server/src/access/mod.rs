//! Access rules: who has to be asked before a technician may do something on a machine, and what nobody may.
//!
//! A rule is about the machines of an organization, a site or a tag, or about one machine; about technicians of one role or
//! of every role; about one right or all. What several of them mean for one machine is worked out by [`Effective`]
//! (`effective.rs`, pure); sessions ask for it with [`effective`] when they are opened. Without any rule nobody is asked.
//!
//! Here: the rules and what they mean. Not here: asking the end user, and refusing what is not allowed (`crate::sessions`, and
//! again the agent). When a rule changes, sessions that have what it forbids end at once; others keep what they were given.

mod api;
mod effective;
mod names;
mod store;
mod view;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use self::names::Names;
use crate::accounts::Caller;
use crate::audit::{self, Action, Entry, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope as Hearers, Topic};
use crate::http::{ETag, IfMatch};
use crate::ids::{AccessRuleId, MachineId, OrganizationId};
use crate::machines::{self, Labels};
use crate::organizations;
use crate::rights::{self, MachineFacts, Permission, RoleKey};
use crate::sessions;
pub use crate::store::entities::access_rule::{AccessRight, Mode, OnSilence};
use crate::store::entities::access_rule::{Model, ScopeKind};
use crate::store::entities::machine;
use crate::support;
pub use api::routes;
pub use effective::{Decision, Effective, Rule, Scope, Source, Subject};
pub use farol_protocol::rights::Right;
pub use view::{
    AccessRule, AccessSource, MachineAccess, NewRule, RightAccess, RuleAuthor, RuleChange, SourceKind,
};

/// Most rules of an organization. They are listed in one answer, and nobody could say what more of them mean together.
pub const RULES_MAX: u64 = 500;

/// What the rules mean for who has `roles` on `machine`, a row that was not merged into another.
///
/// # Errors
/// Those of the database.
pub async fn effective<C: ConnectionTrait>(
    db: &C,
    machine: &machine::Model,
    roles: &[RoleKey],
) -> Result<Effective> {
    let subject = Subject {
        site: machine.site_id,
        tags: Labels::from_column(&machine.labels).tags,
        records: machines::records(db, machine.id).await?,
        roles: roles.to_vec(),
    };
    let rows = store::about(db, machine.organization_id, &subject).await?;
    let rules = rows.into_iter().map(rule_of).collect::<Result<Vec<_>>>()?;
    let effective = Effective::new(&rules, &subject);
    Ok(if support::must_ask(machine) {
        effective.always_asking()
    } else {
        effective
    })
}

/// Who has to be asked before the caller does something on a machine, and which rules say so.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn machine_access(ctx: &Ctx, by: &Caller, id: MachineId) -> Result<MachineAccess> {
    let machine = machines::find(ctx, by, id).await?;
    let roles = by.rights.role_keys_on(&MachineFacts::from(&machine));
    Ok(MachineAccess {
        machine_id: machine.id,
        rights: decisions(ctx.db.read(), &machine, &roles).await?,
        roles,
    })
}

/// What the rules mean for who has `roles` on `machine`, right by right, with the rule that says so.
///
/// # Errors
/// Those of the database.
pub async fn decisions<C: ConnectionTrait>(
    db: &C,
    machine: &machine::Model,
    roles: &[RoleKey],
) -> Result<Vec<RightAccess>> {
    let effective = effective(db, machine, roles).await?;
    let decisions = Right::ALL.map(|right| (AccessRight::from(right), effective.of(right)));
    let scopes = decisions
        .iter()
        .filter_map(|(_, decision)| match &decision.source {
            Source::Rule { scope, .. } => Some((machine.organization_id, scope)),
            Source::BuiltIn => None,
        });
    let names = Names::of(db, scopes).await?;
    let rights = decisions.iter().map(|(right, decision)| {
        let name = match &decision.source {
            Source::Rule { scope, .. } => Some(names.name(machine.organization_id, scope)),
            Source::BuiltIn => None,
        };
        RightAccess::of(*right, decision, name)
    });
    Ok(rights.collect())
}

/// The rules of the organizations in which the caller manages them, oldest first.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn list(ctx: &Ctx, by: &Caller) -> Result<Vec<AccessRule>> {
    let organizations = by.require_any(Permission::AccessManage)?;
    let rows = store::list(ctx.db.read(), &organizations).await?;
    shown(ctx.db.read(), rows).await
}

/// Makes a rule.
///
/// # Errors
/// `forbidden`, `not_found` (the organization, site or machine), `archived`, `validation_failed`, `access_rule_exists`,
/// `access_rules_full`; those of the database.
pub async fn create(ctx: &Ctx, by: &Caller, wanted: NewRule) -> Result<AccessRule> {
    let now = ctx.clock.now();
    let organizations = match (by.require_any(Permission::AccessManage)?, wanted.organization_id) {
        (all, None) if matches!(wanted.scope, Scope::Organization | Scope::Tag { .. }) => {
            organizations::open_of(ctx.db.read(), &all).await?
        }
        (all, None) => all,
        (all, Some(one)) if all.contains(&one) => vec![one],
        (_, Some(_)) => return Err(Error::NotFound("organization")),
    };
    let (mode, on_silence) = checked(wanted.mode, wanted.on_silence)?;
    let tx = ctx.db.write().await?;
    if let Some(role) = wanted.role {
        rights::hold(&tx).await?;
        rights::role(&tx, role).await?;
    }
    let (organization, _) = place(&tx, &organizations, &wanted.scope).await?;
    organizations::hold_open(&tx, organization).await?;
    // The machine may have been merged or removed while this waited.
    let (_, scope) = place(&tx, &[organization], &wanted.scope).await?;
    if let Scope::Site { site_id } = &scope {
        organizations::require_open_site(&tx, organization, *site_id).await?;
    }
    if store::count(&tx, organization).await? >= RULES_MAX {
        let detail =
            format!("An organization has at most {RULES_MAX} access rules. Delete some that are not needed.");
        return Err(Error::conflict(Code::AccessRulesFull, detail));
    }
    let author = author(by);
    let blank = Model {
        id: AccessRuleId::new(),
        organization_id: organization,
        scope: ScopeKind::Organization,
        site_id: None,
        tag: None,
        machine_id: None,
        role: wanted.role,
        access_right: wanted.right,
        mode,
        on_silence,
        created_at: now,
        created_by: author.id,
        created_by_name: author.name,
        changed_at: None,
        changed_by: None,
        changed_by_name: None,
        version: 1,
    };
    let row = with_scope(blank, scope);
    store::insert(&tx, row.clone()).await?;
    let rule = shown_one(&tx, row).await?;
    let entry = entry(by, &rule, Action::AccessRuleCreated).change(Value::Null, says(&rule, None));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    changed(ctx, organization).await;
    Ok(rule)
}

/// Changes what a rule says. Sessions that have what it forbids now end; others keep what they were given.
///
/// # Errors
/// `forbidden`, `not_found`, `version_required`, `version_mismatch`, `validation_failed`; those of the database.
pub async fn change(
    ctx: &Ctx,
    by: &Caller,
    id: AccessRuleId,
    wanted: RuleChange,
    seen: &IfMatch,
) -> Result<AccessRule> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let row = find(&tx, by, id).await?;
    seen.require(ETag(row.version))?;
    let mode = wanted.mode.unwrap_or(row.mode);
    let kept = Some(row.on_silence).filter(|_| mode == Mode::AskIfLoggedOn);
    let (mode, on_silence) = checked(mode, wanted.on_silence.or(kept))?;
    if (mode, on_silence) == (row.mode, row.on_silence) {
        return shown_one(&tx, row).await;
    }
    let author = author(by);
    let changed = Model {
        mode,
        on_silence,
        changed_at: Some(now),
        changed_by: author.id,
        changed_by_name: Some(author.name),
        version: row.version + 1,
        ..row.clone()
    };
    if !store::change(&tx, &changed, row.version).await? {
        return Err(Error::Version { required: false });
    }
    let (before, after) = (shown_one(&tx, row).await?, shown_one(&tx, changed).await?);
    let entry = entry(by, &after, Action::AccessRuleChanged)
        .change(says(&before, Some(&after)), says(&after, Some(&before)));
    audit::record(&tx, now, entry).await?;
    tx.commit().await?;
    self::changed(ctx, after.organization_id).await;
    Ok(after)
}

/// Deletes a rule; what wider rules say counts again.
///
/// # Errors
/// `forbidden`, `not_found`, `version_required`, `version_mismatch`; those of the database.
pub async fn delete(ctx: &Ctx, by: &Caller, id: AccessRuleId, seen: &IfMatch) -> Result<()> {
    let tx = ctx.db.write().await?;
    let row = find(&tx, by, id).await?;
    seen.require(ETag(row.version))?;
    if !store::delete(&tx, id, row.version).await? {
        return Err(Error::Version { required: false });
    }
    let rule = shown_one(&tx, row).await?;
    let entry = entry(by, &rule, Action::AccessRuleDeleted).change(says(&rule, None), Value::Null);
    audit::record(&tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    changed(ctx, rule.organization_id).await;
    Ok(())
}

async fn find<C: ConnectionTrait>(db: &C, by: &Caller, id: AccessRuleId) -> Result<Model> {
    let organizations = by.require_any(Permission::AccessManage)?;
    store::find(db, &organizations, id)
        .await?
        .ok_or(Error::NotFound("access rule"))
}

/// The organization that a scope is in, and the scope as it is kept: tags as machines have them, machines by the record that
/// speaks for them now.
async fn place<C: ConnectionTrait>(
    db: &C,
    organizations: &[OrganizationId],
    scope: &Scope,
) -> Result<(OrganizationId, Scope)> {
    let oldest = || {
        let first = organizations.first().copied();
        first.ok_or(Error::NotFound("organization"))
    };
    match scope {
        Scope::Organization => Ok((oldest()?, Scope::Organization)),
        Scope::Tag { tag } => {
            let tag = machines::checked_tag("scope.tag", tag).map_err(|wrong| Error::Invalid(vec![wrong]))?;
            Ok((oldest()?, Scope::Tag { tag }))
        }
        Scope::Site { site_id } => {
            let site = organizations::find_site(db, organizations, Some(*site_id)).await?;
            Ok((site.organization_id, scope.clone()))
        }
        Scope::Machine { machine_id } => {
            let machine = machines::find_within(db, organizations, *machine_id).await?;
            let machine_id = machine.id;
            Ok((machine.organization_id, Scope::Machine { machine_id }))
        }
    }
}

/// What is kept of what was wished: silence means nothing where nobody is asked, and no where somebody always is.
fn checked(mode: Mode, on_silence: Option<OnSilence>) -> Result<(Mode, OnSilence)> {
    match on_silence {
        Some(OnSilence::Allow) if mode != Mode::AskIfLoggedOn => Err(Error::invalid(
            "on_silence",
            "not_with_mode",
            "Silence can be a yes only where somebody is asked who is logged on (“ask_if_logged_on”).",
        )),
        _ => Ok((mode, on_silence.unwrap_or(OnSilence::Refuse))),
    }
}

fn with_scope(row: Model, scope: Scope) -> Model {
    match scope {
        Scope::Organization => Model {
            scope: ScopeKind::Organization,
            ..row
        },
        Scope::Site { site_id } => Model {
            scope: ScopeKind::Site,
            site_id: Some(site_id),
            ..row
        },
        Scope::Tag { tag } => Model {
            scope: ScopeKind::Tag,
            tag: Some(tag),
            ..row
        },
        Scope::Machine { machine_id } => Model {
            scope: ScopeKind::Machine,
            machine_id: Some(machine_id),
            ..row
        },
    }
}

/// The scope of a row. One that does not say of what is damaged: an error rather than no rule, because rules forbid.
fn scope_of(row: &Model) -> Result<Scope> {
    let scope = match row.scope {
        ScopeKind::Organization => Some(Scope::Organization),
        ScopeKind::Site => row.site_id.map(|site_id| Scope::Site { site_id }),
        ScopeKind::Tag => row.tag.clone().map(|tag| Scope::Tag { tag }),
        ScopeKind::Machine => row.machine_id.map(|machine_id| Scope::Machine { machine_id }),
    };
    scope.ok_or_else(|| Error::internal(format!("the access rule {} does not say of what it is", row.id)))
}

fn rule_of(row: Model) -> Result<Rule> {
    Ok(Rule {
        id: row.id,
        scope: scope_of(&row)?,
        role: row.role,
        right: row.access_right.map(Right::from),
        mode: row.mode,
        on_silence: row.on_silence,
    })
}

async fn shown<C: ConnectionTrait>(db: &C, rows: Vec<Model>) -> Result<Vec<AccessRule>> {
    let scopes = rows.iter().map(scope_of).collect::<Result<Vec<_>>>()?;
    let places = rows.iter().map(|row| row.organization_id).zip(&scopes);
    let names = Names::of(db, places).await?;
    let roles = rights::names(db, rows.iter().filter_map(|row| row.role)).await?;
    let rules = rows.into_iter().zip(scopes).map(|(row, scope)| {
        let name = names.name(row.organization_id, &scope);
        // One that was deleted meanwhile is told by its identifier.
        let role = row
            .role
            .map(|key| roles.get(&key).cloned().unwrap_or_else(|| key.to_string()));
        AccessRule::of(row, scope, (name, role))
    });
    Ok(rules.collect())
}

async fn shown_one<C: ConnectionTrait>(db: &C, row: Model) -> Result<AccessRule> {
    let rule = shown(db, vec![row]).await?.pop();
    rule.ok_or(Error::NotFound("access rule"))
}

fn author(by: &Caller) -> RuleAuthor {
    RuleAuthor {
        id: Some(by.account).filter(|_| !by.is_command_line()),
        name: by.name.clone(),
    }
}

/// An audit entry about a rule, with what it is about.
fn entry(by: &Caller, rule: &AccessRule, action: Action) -> Entry {
    let (scope, role, right) = (&rule.scope, rule.role, rule.right);
    let mut about = match scope {
        Scope::Organization => json!({ "scope": "organization" }),
        Scope::Site { site_id } => json!({ "scope": "site", "site_id": site_id }),
        Scope::Tag { tag } => json!({ "scope": "tag", "tag": tag }),
        Scope::Machine { machine_id } => json!({ "scope": "machine", "machine_id": machine_id }),
    };
    about["role"] = json!(role);
    about["right"] = json!(right);
    let target = Target::new(TargetKind::AccessRule, rule.id, &rule.scope_name);
    by.entry(rule.organization_id, action).on(target).detail(about)
}

/// What a rule says, for audit entries; as far as `other` says something else.
fn says(rule: &AccessRule, other: Option<&AccessRule>) -> Value {
    let mut fields = serde_json::Map::new();
    if other.is_none_or(|other| other.mode != rule.mode) {
        fields.insert("mode".into(), json!(rule.mode));
    }
    if other.is_none_or(|other| other.on_silence != rule.on_silence) {
        fields.insert("on_silence".into(), json!(rule.on_silence));
    }
    Value::Object(fields)
}

/// After the commit: tells consoles, and ends sessions that have what is forbidden now.
async fn changed(ctx: &Ctx, organization: OrganizationId) {
    nudge(ctx, organization);
    // The rule stands, whatever becomes of this.
    if let Err(error) = sessions::recheck(ctx, organization).await {
        tracing::error!(%organization, %error, "sessions under way were not compared with the access rules as they are now");
    }
}

fn nudge(ctx: &Ctx, organization: OrganizationId) {
    ctx.events.publish(
        Hearers::Organization(organization),
        &[Topic::AccessRules, Topic::Audit],
    );
}
