//! [`Event`]: what happened, as a receiver is told of it.
//!
//! Every audit entry of the organization is an event whose type is the entry's action. Machines that come and go leave no entry; they are
//! two types more. Types are part of the API: add, never rename.

use serde_json::{Value, json};

use crate::audit::{Action, AuditEntry, TargetKind};
use crate::clock::Timestamp;
use crate::ids::{MachineId, OrganizationId};

/// Stands for every type, those of later versions included.
pub const ALL: &str = "*";
/// The type of a test event; nobody asks for it.
pub(super) const TEST: &str = "webhook.test";

/// A machine came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Its agent is connected.
    Online,
    /// Its agent is not connected any more.
    Offline,
}

impl Presence {
    const ALL: [Self; 2] = [Self::Online, Self::Offline];

    /// The type of its event.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "machine.online",
            Self::Offline => "machine.offline",
        }
    }
}

/// All types that a webhook can ask for.
#[must_use]
pub fn types() -> Vec<&'static str> {
    let presence = Presence::ALL.into_iter().map(Presence::as_str);
    let actions = Action::ALL.iter().map(|action| action.as_str());
    actions.chain(presence).collect()
}

/// What happened.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// Its type.
    pub(super) kind: String,
    /// When.
    pub(super) at: Timestamp,
    /// What is told of it.
    pub(super) data: Value,
    actor: Option<Named>,
    target: Option<Named>,
    address: Option<String>,
}

/// Somebody or something with a name.
#[derive(Debug, Clone)]
struct Named {
    kind: String,
    id: Option<String>,
    name: String,
}

/// What expressions ask about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// The type.
    Type,
    /// Who did it, by name or identifier.
    Actor,
    /// What kind of thing did it.
    ActorKind,
    /// What it was done to, by name or identifier.
    Target,
    /// What kind of thing it was done to.
    TargetKind,
    /// The machine it was done to or that did it, by name or identifier.
    Machine,
    /// From which address.
    Address,
}

impl Field {
    pub(super) const ALL: [Self; 7] = [
        Self::Type,
        Self::Actor,
        Self::ActorKind,
        Self::Target,
        Self::TargetKind,
        Self::Machine,
        Self::Address,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Actor => "actor",
            Self::ActorKind => "actor_kind",
            Self::Target => "target",
            Self::TargetKind => "target_kind",
            Self::Machine => "machine",
            Self::Address => "address",
        }
    }
}

impl Event {
    /// That an audit entry was written.
    pub(super) fn of_entry(entry: &AuditEntry) -> Self {
        let target = entry.target.as_ref();
        Self {
            kind: entry.action.clone(),
            at: entry.at,
            data: json!(entry),
            actor: Some(Named {
                kind: entry.actor.kind.clone(),
                id: entry.actor.id.clone(),
                name: entry.actor.name.clone(),
            }),
            target: target.map(|target| Named {
                kind: target.kind.clone(),
                id: Some(target.id.clone()),
                name: target.name.clone(),
            }),
            address: entry.address.clone(),
        }
    }

    /// That a machine came or went.
    pub(super) fn of_presence(
        organization: OrganizationId,
        (machine, name): (MachineId, &str),
        presence: Presence,
        at: Timestamp,
    ) -> Self {
        let kind = TargetKind::Machine.as_str();
        Self {
            kind: presence.as_str().to_owned(),
            at,
            data: json!({
                "organization_id": organization,
                "at": at,
                "target": { "kind": kind, "id": machine, "name": name },
            }),
            actor: None,
            target: Some(Named {
                kind: kind.to_owned(),
                id: Some(machine.to_string()),
                name: name.to_owned(),
            }),
            address: None,
        }
    }

    /// One that only tries whether a receiver is there.
    pub(super) fn of_test(organization: OrganizationId, (id, name): (String, &str), at: Timestamp) -> Self {
        Self {
            kind: TEST.to_owned(),
            at,
            data: json!({
                "organization_id": organization,
                "at": at,
                "target": { "kind": TargetKind::Webhook.as_str(), "id": id, "name": name },
            }),
            actor: None,
            target: None,
            address: None,
        }
    }

    /// What is sent.
    pub(super) fn payload(&self) -> String {
        json!({ "type": self.kind, "timestamp": self.at, "data": self.data }).to_string()
    }

    /// What an event says of a field; nothing, one thing, or a name and an identifier.
    pub(super) fn said(&self, field: Field) -> Vec<&str> {
        match field {
            Field::Type => vec![self.kind.as_str()],
            Field::Actor => words(self.actor.as_ref()),
            Field::ActorKind => self.actor.iter().map(|one| one.kind.as_str()).collect(),
            Field::Target => words(self.target.as_ref()),
            Field::TargetKind => self.target.iter().map(|one| one.kind.as_str()).collect(),
            Field::Machine => {
                let target = self.target.as_ref().filter(|one| one.kind == "machine");
                let agent = self.actor.as_ref().filter(|one| one.kind == "agent");
                words(target).into_iter().chain(words(agent)).collect()
            }
            Field::Address => self.address.as_deref().into_iter().collect(),
        }
    }
}

fn words(one: Option<&Named>) -> Vec<&str> {
    one.into_iter()
        .flat_map(|one| [Some(one.name.as_str()), one.id.as_deref()])
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_type_is_there_twice_and_none_is_the_test() {
        let mut all = types();
        assert!(!all.contains(&TEST) && !all.contains(&ALL));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn a_machine_that_comes_is_told_with_its_name() {
        let (organization, machine) = (OrganizationId::new(), MachineId::new());
        let event = Event::of_presence(
            organization,
            (machine, "front desk"),
            Presence::Online,
            Timestamp(0),
        );
        assert_eq!(
            event.said(Field::Machine),
            ["front desk", machine.to_string().as_str()]
        );
        assert_eq!(event.said(Field::Actor), Vec::<&str>::new());
        let told: Value = serde_json::from_str(&event.payload()).unwrap();
        assert_eq!(told["type"], "machine.online");
        assert_eq!(told["timestamp"], "1970-01-01T00:00:00Z");
        assert_eq!(told["data"]["target"]["name"], "front desk");
    }
}
