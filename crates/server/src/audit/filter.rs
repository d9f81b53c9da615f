//! Which entries a caller wants: [`AuditFilter`] as asked for, [`Filter`] as understood.

use std::net::IpAddr;

use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::Action;
use super::entry::{ActorKind, TargetKind};
use crate::clock::Timestamp;
use crate::error::{Error, FieldError, Result};
use crate::ids::MachineId;
use crate::machines;

/// Longest text of a filter, in characters: longer than any identifier, address or name one would look for, and small
/// enough to be kept in the entry about an export.
const TEXT_MAX: usize = 100;

/// Filters of the list and of exports; all that are given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Who: an id, or a kind (`account`, `api_token`, `agent`, `guest`, `command_line`, `server`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What was done: an action (`machine.renamed`) or all of a subject (`machine.`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Kind of what it was done to, `machine`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_kind: Option<String>,
    /// Id of what it was done to. That of a machine stands for every record that was merged into it, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// Not before this moment (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Before this moment (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// From where: an IP address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// By which request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Part of the actor's or the target's name, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
}

/// The filter, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) actor_kind: Option<ActorKind>,
    pub(super) actor_id: Option<String>,
    /// Any of these; empty for all.
    pub(super) actions: Vec<&'static str>,
    pub(super) target_kind: Option<String>,
    /// Any of these; empty for all.
    pub(super) target_ids: Vec<String>,
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
    pub(super) address: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) name: Option<String>,
}

impl AuditFilter {
    /// What counts of it: without the space around values, and without values that are nothing else. What was checked is
    /// short then, whatever was sent.
    pub(super) fn trimmed(&self) -> Self {
        let text = |given: &Option<String>| {
            let given = given.as_ref().map(|text| text.trim())?;
            (!given.is_empty()).then(|| given.to_owned())
        };
        Self {
            actor: text(&self.actor),
            action: text(&self.action),
            target_kind: text(&self.target_kind),
            target_id: text(&self.target_id),
            from: text(&self.from),
            to: text(&self.to),
            address: text(&self.address),
            request_id: text(&self.request_id),
            q: text(&self.q),
        }
    }

    /// # Errors
    /// `validation_failed` with every field that cannot be understood.
    pub(super) fn checked(&self) -> Result<Filter> {
        let mut wrong = Vec::new();
        let mut filter = Filter {
            target_kind: text("target_kind", self.target_kind.as_ref(), &mut wrong),
            target_ids: text("target_id", self.target_id.as_ref(), &mut wrong)
                .into_iter()
                .collect(),
            from: moment("from", self.from.as_ref(), &mut wrong),
            to: moment("to", self.to.as_ref(), &mut wrong),
            request_id: text("request_id", self.request_id.as_ref(), &mut wrong),
            name: text("q", self.q.as_ref(), &mut wrong),
            ..Filter::default()
        };
        if let Some(actor) = text("actor", self.actor.as_ref(), &mut wrong) {
            match ActorKind::parse(&actor) {
                Some(kind) => filter.actor_kind = Some(kind),
                None => filter.actor_id = Some(actor),
            }
        }
        if let Some(wanted) = text("action", self.action.as_ref(), &mut wrong) {
            filter.actions = actions(&wanted);
            if filter.actions.is_empty() {
                wrong.push(FieldError::new("action", "invalid", "There is no such action.").in_query());
            }
        }
        if let Some(address) = text("address", self.address.as_ref(), &mut wrong) {
            match address.parse::<IpAddr>() {
                Ok(address) => filter.address = Some(address.to_canonical().to_string()),
                Err(_) => {
                    wrong.push(FieldError::new("address", "invalid", "This is no IP address.").in_query())
                }
            }
        }
        if wrong.is_empty() {
            Ok(filter)
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

impl Filter {
    /// Lets the id of a machine stand for the records that were merged into it.
    pub(super) async fn with_merged<C: ConnectionTrait>(mut self, db: &C) -> Result<Self> {
        let of_machines = self
            .target_kind
            .as_deref()
            .is_none_or(|kind| kind == TargetKind::Machine.as_str());
        if let [id] = self.target_ids.as_slice()
            && of_machines
            && let Ok(id) = id.parse()
        {
            let records = machines::records(db, id).await?;
            self.target_ids = records.iter().map(MachineId::to_string).collect();
        }
        Ok(self)
    }
}

/// The action of that name, or all of a subject that ends with a dot.
fn actions(wanted: &str) -> Vec<&'static str> {
    let all = Action::ALL.iter().map(|action| action.as_str());
    if wanted.ends_with('.') {
        all.filter(|action| action.starts_with(wanted)).collect()
    } else {
        all.filter(|action| *action == wanted).collect()
    }
}

/// A text that is not empty, not too long and without control characters (PostgreSQL takes no NUL).
fn text(field: &'static str, given: Option<&String>, wrong: &mut Vec<FieldError>) -> Option<String> {
    let given = given.map(|text| text.trim()).filter(|text| !text.is_empty())?;
    if given.chars().count() > TEXT_MAX {
        let detail = format!("At most {TEXT_MAX} characters.");
        wrong.push(FieldError::new(field, "too_long", detail).in_query());
    } else if given.chars().any(char::is_control) {
        let detail = "Control characters are not allowed.";
        wrong.push(FieldError::new(field, "malformed", detail).in_query());
    } else {
        return Some(given.to_owned());
    }
    None
}

fn moment(field: &'static str, given: Option<&String>, wrong: &mut Vec<FieldError>) -> Option<Timestamp> {
    let given = text(field, given, wrong)?;
    let parsed = given.parse().ok();
    if parsed.is_none() {
        let detail = "Write the moment like 2026-03-01T12:00:00Z.";
        wrong.push(FieldError::new(field, "invalid", detail).in_query());
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_understood() {
        let asked = AuditFilter {
            actor: Some("command_line".into()),
            action: Some("enrollment_token.".into()),
            from: Some("2026-03-01T12:00:00Z".into()),
            address: Some("::ffff:192.0.2.1".into()),
            q: Some("  ".into()),
            ..AuditFilter::default()
        };
        let filter = asked.checked().unwrap();
        assert_eq!(filter.actor_kind, Some(ActorKind::CommandLine));
        assert_eq!(filter.actions.len(), 3);
        assert_eq!(filter.from, Some(Timestamp(1_772_366_400_000)));
        assert_eq!(filter.address.as_deref(), Some("192.0.2.1"));
        assert_eq!(filter.name, None);
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let asked = AuditFilter {
            action: Some("machine.exploded".into()),
            from: Some("yesterday".into()),
            address: Some("here".into()),
            request_id: Some("a\u{0}b".into()),
            q: Some("x".repeat(TEXT_MAX + 1)),
            ..AuditFilter::default()
        };
        let Err(Error::Invalid(errors)) = asked.checked() else {
            panic!("accepted");
        };
        let mut fields: Vec<_> = errors.iter().map(|error| (error.field, error.code)).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                ("action", "invalid"),
                ("address", "invalid"),
                ("from", "invalid"),
                ("q", "too_long"),
                ("request_id", "malformed")
            ]
        );
    }
}
