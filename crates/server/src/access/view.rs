//! Access rules and what they mean for a machine, as the API shows and takes them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::effective::{Decision, Scope, Source};
use crate::clock::Timestamp;
use crate::http::ETag;
use crate::ids::{AccessRuleId, AccountId, MachineId, OrganizationId};
use crate::rights::RoleKey;
use crate::store::entities::access_rule::{AccessRight, Mode, Model, OnSilence};

/// Who has to be asked before something is done on some machines, or that it is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccessRule {
    /// Its identifier.
    pub id: AccessRuleId,
    /// Whose machines.
    pub organization_id: OrganizationId,
    /// Which of them.
    pub scope: Scope,
    /// Present name of the organization, site or machine, or the tag.
    pub scope_name: String,
    /// Technicians of which role; `null` = of every role.
    pub role: Option<RoleKey>,
    /// Its present name, of a built-in role its key; `null` = of every role.
    pub role_name: Option<String>,
    /// To do what; `null` = anything.
    pub right: Option<AccessRight>,
    /// Who has to be asked.
    pub mode: Mode,
    /// What it means that somebody who was asked says nothing; `null` where nobody is asked.
    pub on_silence: Option<OnSilence>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: RuleAuthor,
    /// When it was last changed; `null` = never.
    pub changed_at: Option<Timestamp>,
    /// Who changed it last.
    pub changed_by: Option<RuleAuthor>,
    /// Version for `If-Match`.
    pub etag: String,
}

/// Who made or changed a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AccessRuleAuthor)]
pub struct RuleAuthor {
    /// The account; `null` for the server's command line.
    pub id: Option<AccountId>,
    /// Display name at that time.
    pub name: String,
}

/// A rule to be made. There is one for each place, role and right.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAccessRule)]
pub struct NewRule {
    /// Whose machines; the account's oldest organization when left out, or the one of the site or machine.
    pub organization_id: Option<OrganizationId>,
    /// Which of them.
    pub scope: Scope,
    /// Technicians of which role; every role when left out.
    pub role: Option<RoleKey>,
    /// To do what; anything when left out.
    pub right: Option<AccessRight>,
    /// Who has to be asked.
    pub mode: Mode,
    /// What silence means; `refuse` when left out. `allow` goes with `ask_if_logged_on` only.
    pub on_silence: Option<OnSilence>,
}

/// What is to change of a rule; what is left out stays. What a rule is about never changes: make another one.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccessRuleChange)]
pub struct RuleChange {
    /// Who has to be asked.
    pub mode: Option<Mode>,
    /// What silence means. `allow` goes with `ask_if_logged_on` only.
    pub on_silence: Option<OnSilence>,
}

/// Who has to be asked before the caller does something on one machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MachineAccess {
    /// The machine; the one that it was merged into where that was asked for by its former identifier.
    pub machine_id: MachineId,
    /// The caller's roles in its organization.
    pub roles: Vec<RoleKey>,
    /// Every right, once.
    pub rights: Vec<RightAccess>,
}

/// Who has to be asked about one right, and which rule says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RightAccess {
    /// The right.
    pub right: AccessRight,
    /// Who has to be asked.
    pub mode: Mode,
    /// What it means that somebody who was asked says nothing; `null` where nobody is asked.
    pub on_silence: Option<OnSilence>,
    /// What says so.
    pub source: AccessSource,
}

/// What says who has to be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccessSource {
    /// Scope of the rule.
    pub kind: SourceKind,
    /// The rule; `null` where there is none.
    pub rule_id: Option<AccessRuleId>,
    /// Present name of the organization, site or machine that the rule is about, or the tag; `null` where there is no rule.
    pub name: Option<String>,
}

/// Where a decision comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AccessSourceKind)]
pub enum SourceKind {
    /// No rule says anything.
    BuiltIn,
    /// A rule about the organization.
    Organization,
    /// A rule about the site.
    Site,
    /// A rule about a tag.
    Tag,
    /// A rule about the machine.
    Machine,
}

impl AccessRule {
    pub(super) fn of(row: Model, scope: Scope, (scope_name, role_name): (String, Option<String>)) -> Self {
        Self {
            on_silence: shown_silence(row.mode, row.on_silence),
            id: row.id,
            organization_id: row.organization_id,
            scope,
            scope_name,
            role: row.role,
            role_name,
            right: row.access_right,
            mode: row.mode,
            created_at: row.created_at,
            created_by: RuleAuthor {
                id: row.created_by,
                name: row.created_by_name,
            },
            changed_at: row.changed_at,
            changed_by: row.changed_by_name.map(|name| RuleAuthor {
                id: row.changed_by,
                name,
            }),
            etag: ETag(row.version).to_string(),
        }
    }
}

impl RightAccess {
    /// `name` is what the scope of the decision's rule is called.
    pub(super) fn of(right: AccessRight, decision: &Decision, name: Option<String>) -> Self {
        let (kind, rule_id) = match &decision.source {
            Source::BuiltIn => (SourceKind::BuiltIn, None),
            Source::Rule { id, scope } => (SourceKind::of(scope), Some(*id)),
        };
        Self {
            right,
            mode: decision.mode,
            on_silence: shown_silence(decision.mode, decision.on_silence),
            source: AccessSource { kind, rule_id, name },
        }
    }
}

impl SourceKind {
    fn of(scope: &Scope) -> Self {
        match scope {
            Scope::Organization => Self::Organization,
            Scope::Site { .. } => Self::Site,
            Scope::Tag { .. } => Self::Tag,
            Scope::Machine { .. } => Self::Machine,
        }
    }
}

/// Silence means nothing where nobody is asked.
fn shown_silence(mode: Mode, on_silence: OnSilence) -> Option<OnSilence> {
    match mode {
        Mode::Unattended | Mode::Never => None,
        Mode::Ask => Some(OnSilence::Refuse),
        Mode::AskIfLoggedOn => Some(on_silence),
    }
}
