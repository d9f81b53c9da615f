//! What the access rules mean for a session that somebody wants: which rights it gets, whom the agent has to ask, what is not
//! allowed.
//!
//! Here: [`plan`], the one question that sessions ask about rules. Not here: the rules themselves; asking, which is the
//! agent's; what became of it (`lifecycle`).

use farol_protocol::link::Asking;
use farol_protocol::rights::{Right, Rights};

use super::store;
use crate::access;
use crate::accounts::Caller;
use crate::error::{Code, Error, Result};
use crate::machines;
use crate::rights::{self, MachineFacts, Permission, RoleKey};
use crate::store::entities::machine;

/// Who has to agree to one right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nobody.
    Unattended,
    /// The person at the machine, in this way.
    Ask(Asking),
    /// Nobody may have it.
    Never,
}

/// What the rules say about one right, and which of them, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) mode: Mode,
    pub(super) rule: String,
}

/// What a session gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// What it may have, once those of `ask` are agreed to.
    pub(super) rights: Rights,
    /// What the person at the machine has to agree to.
    pub(super) ask: Rights,
    /// How: as the strictest of `ask` wants it, since there is one question.
    pub(super) asking: Asking,
    /// Nobody at the machine has ever agreed to a session before: whoever is asked is warned of callers who ask for this.
    pub(super) warn: bool,
    /// The first right that was wanted and that nobody may have, with the rule that says so.
    pub(super) denied: Option<(Right, String)>,
}

impl Plan {
    fn of(wanted: Rights, decide: impl Fn(Right) -> Decision) -> Self {
        let mut plan = Self {
            rights: Rights::NONE,
            ask: Rights::NONE,
            asking: Asking::SilenceAllows,
            warn: false,
            denied: None,
        };
        for right in wanted.iter() {
            let Decision { mode, rule } = decide(right);
            match mode {
                Mode::Never => {
                    plan.denied.get_or_insert((right, rule));
                    continue;
                }
                Mode::Ask(asking) => {
                    plan.ask = plan.ask.with(right);
                    plan.asking = stricter(plan.asking, asking);
                }
                Mode::Unattended => {}
            }
            plan.rights = plan.rights.with(right);
        }
        plan
    }

    /// The plan, if nothing of it is denied.
    ///
    /// # Errors
    /// `access_never`, with the right and the rule.
    pub(super) fn allowed(self, machine: &str) -> Result<Self> {
        let Some((right, rule)) = self.denied else {
            return Ok(self);
        };
        let detail = format!("The right “{right}” is never given on {machine}: {rule}.");
        Err(Error::Refused {
            code: Code::AccessNever,
            detail,
        })
    }
}

fn stricter(one: Asking, other: Asking) -> Asking {
    match (one, other) {
        (Asking::Always, _) | (_, Asking::Always) => Asking::Always,
        (Asking::IfLoggedOn, _) | (_, Asking::IfLoggedOn) => Asking::IfLoggedOn,
        (Asking::SilenceAllows, Asking::SilenceAllows) => Asking::SilenceAllows,
    }
}

/// What somebody with these roles in the machine's organization gets of `wanted`, by the access rules.
///
/// # Errors
/// Those of the database.
pub(super) async fn plan<C: sea_orm::ConnectionTrait>(
    db: &C,
    machine: &machine::Model,
    roles: &[RoleKey],
    wanted: Rights,
) -> Result<Plan> {
    let effective = access::effective(db, machine, roles).await?;
    let mut plan = Plan::of(wanted, |right| Decision::from(effective.of(right)));
    if !plan.ask.is_empty() {
        let records = machines::records(db, machine.id).await?;
        plan.warn = !store::agreed_before(db, &records).await?;
    }
    Ok(plan)
}

impl From<&access::Decision> for Decision {
    fn from(decision: &access::Decision) -> Self {
        let mode = match (decision.mode, decision.on_silence) {
            (access::Mode::Unattended, _) => Mode::Unattended,
            (access::Mode::Never, _) => Mode::Never,
            (access::Mode::Ask, _) => Mode::Ask(Asking::Always),
            (access::Mode::AskIfLoggedOn, access::OnSilence::Refuse) => Mode::Ask(Asking::IfLoggedOn),
            (access::Mode::AskIfLoggedOn, access::OnSilence::Allow) => Mode::Ask(Asking::SilenceAllows),
        };
        let rule = match &decision.source {
            access::Source::BuiltIn => "no rule says anything".to_owned(),
            access::Source::Rule { scope, .. } => match scope {
                access::Scope::Organization => "the rule for the organization says so".to_owned(),
                access::Scope::Site { .. } => "the rule for its site says so".to_owned(),
                access::Scope::Tag { tag } => format!("the rule for the tag “{tag}” says so"),
                access::Scope::Machine { .. } => "the rule for this machine says so".to_owned(),
            },
        };
        Self { mode, rule }
    }
}

/// That the caller's roles allow all of `wanted` on a machine.
///
/// # Errors
/// `forbidden`, naming the first permission that is missing; `step_up_required`.
pub(super) fn require(by: &Caller, on: &MachineFacts, wanted: Rights) -> Result<()> {
    let mut permissions = wanted.iter().map(Permission::for_right);
    permissions.try_for_each(|permission| by.require_on(on, permission))
}

/// That they still do for what a session has, for which a proof was given when it was opened.
///
/// # Errors
/// `forbidden`, naming the first permission that is missing.
pub(super) fn require_still(by: &Caller, on: &MachineFacts, held: Rights) -> Result<()> {
    if permitted(&by.rights.proven(), on, held) {
        return Ok(());
    }
    require(by, on, held)
}

/// Whether an account's roles allow all of `wanted` on a machine.
pub(super) fn permitted(own: &rights::Rights, on: &MachineFacts, wanted: Rights) -> bool {
    let mut permissions = wanted.iter().map(Permission::for_right);
    permissions.all(|permission| own.allows_on(on, permission))
}

/// That somebody said why, if what allows them all of `wanted` on a machine asks for that.
///
/// # Errors
/// `validation_failed` for the field `reason`.
pub(super) fn require_reason(by: &Caller, on: &MachineFacts, (wanted, reason): (Rights, &str)) -> Result<()> {
    let permissions = wanted.iter().map(Permission::for_right);
    if !reason.is_empty() || !by.rights.asks_for_reason(on, permissions) {
        return Ok(());
    }
    let detail = "Your role on this machine asks why you open a session. Say it in a few words.";
    Err(Error::invalid("reason", "required", detail))
}

/// The name of a way of asking, in audit entries.
pub(super) fn name(asking: Asking) -> &'static str {
    match asking {
        Asking::Always => "ask",
        Asking::IfLoggedOn => "ask_if_logged_on",
        Asking::SilenceAllows => "silence_allows",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(mode: Mode) -> Decision {
        Decision {
            mode,
            rule: "rule for site Recife".into(),
        }
    }

    #[test]
    fn one_question_is_put_as_the_strictest_right_wants_it() {
        let wanted = Rights::VIEW.with(Right::Control).with(Right::Clipboard);
        let plan = Plan::of(wanted, |right| {
            decision(match right {
                Right::View => Mode::Unattended,
                Right::Control => Mode::Ask(Asking::SilenceAllows),
                _ => Mode::Ask(Asking::IfLoggedOn),
            })
        });
        assert_eq!(plan.rights, wanted);
        assert_eq!(plan.ask, wanted.without(Right::View));
        assert_eq!(plan.asking, Asking::IfLoggedOn);
        assert!(plan.allowed("pc").is_ok());
    }

    #[test]
    fn what_is_never_given_names_the_right_and_the_rule() {
        let wanted = Rights::VIEW.with(Right::Files);
        let plan = Plan::of(wanted, |right| {
            decision(match right {
                Right::Files => Mode::Never,
                _ => Mode::Unattended,
            })
        });
        assert_eq!(plan.rights, Rights::VIEW);
        let error = plan.allowed("pc").unwrap_err();
        assert_eq!(error.code(), Code::AccessNever);
        let text = error.to_string();
        assert!(
            text.contains("files") && text.contains("rule for site Recife"),
            "{text}"
        );
    }
}
