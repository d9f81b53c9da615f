//! [`Effective`]: what the access rules mean for one machine and who has some roles. Pure; the rules come as an argument.
//!
//! For each right by itself:
//! 1. The narrowest scope that says anything decides: the machine, then its tags, then its site, then its organization.
//! 2. Of the rules of one place (one site, one tag, …) the most exact one counts: with role and right, with the right alone,
//!    with the role alone, with neither.
//! 3. Where several places of one scope say something (a machine with several tags, or one with merged records), the
//!    strictest of them counts; likewise of several rules of one place about roles that somebody has together.
//! 4. Where nothing says anything, nobody has to be asked; but on a machine that came with a support code its user always is.
//!
//! What is decided names the rule it comes from.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Right;
use crate::ids::{AccessRuleId, MachineId, SiteId};
use crate::rights::RoleKey;
use crate::store::entities::access_rule::{AccessRight, Mode, OnSilence};

/// Which machines of an organization a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = AccessScope)]
pub enum Scope {
    /// All of them.
    Organization,
    /// Those at a site.
    Site {
        /// The site.
        site_id: SiteId,
    },
    /// Those with a tag.
    Tag {
        /// The tag, as it stands on machines: in lower case.
        tag: String,
    },
    /// One machine.
    Machine {
        /// The machine.
        machine_id: MachineId,
    },
}

/// One rule of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its identifier.
    pub id: AccessRuleId,
    /// Which machines.
    pub scope: Scope,
    /// Technicians of which role; None = of every role.
    pub role: Option<RoleKey>,
    /// To do what; None = anything.
    pub right: Option<Right>,
    /// Who has to be asked.
    pub mode: Mode,
    /// What silence means; counts with [`Mode::AskIfLoggedOn`] only.
    pub on_silence: OnSilence,
}

/// A machine, as far as rules look at it, and who wants to work on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Where it stands.
    pub site: SiteId,
    /// Its tags.
    pub tags: Vec<String>,
    /// Every record that speaks for it: what was said of one that was merged into it is said of it.
    pub records: Vec<MachineId>,
    /// The technician's roles in its organization.
    pub roles: Vec<RoleKey>,
}

/// Where a decision comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// No rule says anything.
    BuiltIn,
    /// A rule.
    Rule {
        /// Which.
        id: AccessRuleId,
        /// Which machines it is about.
        scope: Scope,
    },
}

/// Who has to be asked about one right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who.
    pub mode: Mode,
    /// What silence means; `Refuse` for all but [`Mode::AskIfLoggedOn`].
    pub on_silence: OnSilence,
    /// What says so.
    pub source: Source,
}

/// A decision about each right. One field each, so that a new right is asked about everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    view: Decision,
    control: Decision,
    clipboard: Decision,
    files: Decision,
    terminal: Decision,
}

impl Effective {
    /// What `rules` (all of the machine's organization, in any order; ones about other machines and roles do no harm) mean
    /// for `subject`. Linear in the number of rules.
    #[must_use]
    pub fn new(rules: &[Rule], subject: &Subject) -> Self {
        let decide = |right| decide(rules, subject, right);
        Self {
            view: decide(Right::View),
            control: decide(Right::Control),
            clipboard: decide(Right::Clipboard),
            files: decide(Right::Files),
            terminal: decide(Right::Terminal),
        }
    }

    /// The same on a machine whose user is always asked: what the rules leave more open than that is decided by no rule. What
    /// they never allow stays so.
    #[must_use]
    pub fn always_asking(self) -> Self {
        let ask = |decision: Decision| match decision.mode {
            Mode::Unattended | Mode::AskIfLoggedOn => Decision {
                mode: Mode::Ask,
                ..Decision::BUILT_IN
            },
            Mode::Ask | Mode::Never => decision,
        };
        Self {
            view: ask(self.view),
            control: ask(self.control),
            clipboard: ask(self.clipboard),
            files: ask(self.files),
            terminal: ask(self.terminal),
        }
    }

    /// The decision about `right`.
    #[must_use]
    pub fn of(&self, right: Right) -> &Decision {
        match right {
            Right::View => &self.view,
            Right::Control => &self.control,
            Right::Clipboard => &self.clipboard,
            Right::Files => &self.files,
            Right::Terminal => &self.terminal,
        }
    }
}

impl Decision {
    /// What holds where nothing was said: a machine works as it did before there were rules.
    const BUILT_IN: Self = Self {
        mode: Mode::Unattended,
        on_silence: OnSilence::Refuse,
        source: Source::BuiltIn,
    };

    /// How little is allowed; more is stricter.
    #[must_use]
    pub fn strictness(&self) -> u8 {
        strictness(self.mode, self.on_silence)
    }
}

fn strictness(mode: Mode, on_silence: OnSilence) -> u8 {
    match (mode, on_silence) {
        (Mode::Unattended, _) => 0,
        (Mode::AskIfLoggedOn, OnSilence::Allow) => 1,
        (Mode::AskIfLoggedOn, OnSilence::Refuse) => 2,
        (Mode::Ask, _) => 3,
        (Mode::Never, _) => 4,
    }
}

impl Scope {
    /// How few machines it is about; more is narrower.
    fn narrowness(&self) -> u8 {
        match self {
            Self::Organization => 0,
            Self::Site { .. } => 1,
            Self::Tag { .. } => 2,
            Self::Machine { .. } => 3,
        }
    }

    fn holds(&self, subject: &Subject) -> bool {
        match self {
            Self::Organization => true,
            Self::Site { site_id } => *site_id == subject.site,
            Self::Tag { tag } => subject.tags.contains(tag),
            Self::Machine { machine_id } => subject.records.contains(machine_id),
        }
    }
}

impl Rule {
    fn applies(&self, subject: &Subject, right: Right) -> bool {
        self.role.is_none_or(|role| subject.roles.contains(&role))
            && self.right.is_none_or(|about| about == right)
            && self.scope.holds(subject)
    }

    /// What makes one rule of a place count before another. The last two decide nothing but that the order of `rules` does not
    /// matter: the database keeps one rule for each place, role and right.
    fn exactness(&self) -> (bool, bool, u8, Reverse<AccessRuleId>) {
        (
            self.right.is_some(),
            self.role.is_some(),
            strictness(self.mode, self.on_silence),
            Reverse(self.id),
        )
    }

    fn decision(&self) -> Decision {
        Decision {
            mode: self.mode,
            on_silence: match self.mode {
                Mode::AskIfLoggedOn => self.on_silence,
                Mode::Unattended | Mode::Ask | Mode::Never => OnSilence::Refuse,
            },
            source: Source::Rule {
                id: self.id,
                scope: self.scope.clone(),
            },
        }
    }
}

fn decide(rules: &[Rule], subject: &Subject, right: Right) -> Decision {
    let mut places: BTreeMap<&Scope, &Rule> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.applies(subject, right)) {
        let counts = places.entry(&rule.scope).or_insert(rule);
        if rule.exactness() > counts.exactness() {
            *counts = rule;
        }
    }
    let counts = places.into_values().max_by_key(|rule| {
        let strictness = strictness(rule.mode, rule.on_silence);
        (rule.scope.narrowness(), strictness, rule.exactness())
    });
    counts.map_or(Decision::BUILT_IN, Rule::decision)
}

impl From<AccessRight> for Right {
    fn from(right: AccessRight) -> Self {
        match right {
            AccessRight::View => Self::View,
            AccessRight::Control => Self::Control,
            AccessRight::Clipboard => Self::Clipboard,
            AccessRight::Files => Self::Files,
            AccessRight::Terminal => Self::Terminal,
        }
    }
}

impl From<Right> for AccessRight {
    fn from(right: Right) -> Self {
        match right {
            Right::View => Self::View,
            Right::Control => Self::Control,
            Right::Clipboard => Self::Clipboard,
            Right::Files => Self::Files,
            Right::Terminal => Self::Terminal,
        }
    }
}

#[cfg(test)]
#[path = "effective_tests.rs"]
mod tests;
