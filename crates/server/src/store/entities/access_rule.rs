//! Table `access_rules`.
//!
//! Who has to be asked before a technician may do something on a machine, and what nobody may. `scope` says which of
//! `site_id`, `tag` and `machine_id` is filled.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{AccessRuleId, AccountId, MachineId, OrganizationId, SiteId};
use crate::rights::RoleKey;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_rules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccessRuleId,
    pub organization_id: OrganizationId,
    pub scope: ScopeKind,
    pub site_id: Option<SiteId>,
    #[sea_orm(column_type = "Text", nullable)]
    pub tag: Option<String>,
    pub machine_id: Option<MachineId>,
    pub role: Option<RoleKey>,
    pub access_right: Option<AccessRight>,
    pub mode: Mode,
    pub on_silence: OnSilence,
    pub created_at: Timestamp,
    pub created_by: Option<AccountId>,
    #[sea_orm(column_type = "Text")]
    pub created_by_name: String,
    pub changed_at: Option<Timestamp>,
    pub changed_by: Option<AccountId>,
    #[sea_orm(column_type = "Text", nullable)]
    pub changed_by_name: Option<String>,
    pub version: i64,
}

/// How many machines a rule is about, the widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ScopeKind {
    /// All of the organization.
    #[sea_orm(string_value = "organization")]
    Organization,
    /// Those at a site.
    #[sea_orm(string_value = "site")]
    Site,
    /// Those with a tag.
    #[sea_orm(string_value = "tag")]
    Tag,
    /// One.
    #[sea_orm(string_value = "machine")]
    Machine,
}

/// What a technician may want to do on a machine; `farol_protocol` knows the same things by the same names.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum AccessRight {
    /// See the screen.
    #[sea_orm(string_value = "view")]
    View,
    /// Use mouse and keyboard.
    #[sea_orm(string_value = "control")]
    Control,
    /// Share the clipboard.
    #[sea_orm(string_value = "clipboard")]
    Clipboard,
    /// Take and bring files.
    #[sea_orm(string_value = "files")]
    Files,
    /// Open a terminal.
    #[sea_orm(string_value = "terminal")]
    Terminal,
}

impl AccessRight {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::View,
        Self::Control,
        Self::Clipboard,
        Self::Files,
        Self::Terminal,
    ];
}

/// Who has to be asked.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
#[schema(as = AccessMode)]
pub enum Mode {
    /// Nobody.
    #[sea_orm(string_value = "unattended")]
    Unattended,
    /// The end user, each time; where there is nobody to ask, the answer is no.
    #[sea_orm(string_value = "ask")]
    Ask,
    /// The end user when somebody is logged on; nobody otherwise.
    #[sea_orm(string_value = "ask_if_logged_on")]
    AskIfLoggedOn,
    /// It is not allowed at all.
    #[sea_orm(string_value = "never")]
    Never,
}

/// What it means that an end user who was asked says nothing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum OnSilence {
    /// No.
    #[sea_orm(string_value = "refuse")]
    Refuse,
    /// Yes.
    #[sea_orm(string_value = "allow")]
    Allow,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
