//! What comes of a delivered section: how it is kept, and what changed. Pure; it costs as much as the section is long.

use std::net::IpAddr;

use farol_inventory::{Body, Change, ChangeKind, Read, Section, changes, hash, read};
use serde_json::{Map, Value, json};

use super::{CHANGE_VALUE_BYTES_MAX, CHANGES_AT_ONCE_MAX};
use crate::clock::Timestamp;
use crate::ids::{MachineChangeId, MachineId, OrganizationId};
use crate::store::entities::{inventory_section, machine_change};

/// The member in which problems travel; they are kept beside the section.
const PROBLEMS: &str = "problems";

/// A section as it is to be kept.
#[derive(Debug)]
pub(super) struct Settled {
    /// Of its facts, without what the server added.
    pub(super) hash: [u8; 32],
    /// In its one form.
    pub(super) body: Value,
    /// What is missing or was changed, and why.
    pub(super) problems: Value,
    /// What it says.
    pub(super) facts: Body,
    /// What became another since the reading before; None for the first one, of which everything would be new.
    pub(super) changes: Option<Vec<Change>>,
}

impl Settled {
    /// Of what was read now, after what is kept, of a machine that comes from `address`.
    pub(super) fn of(mut found: Read, before: Option<&inventory_section::Model>, address: IpAddr) -> Self {
        let before = before.and_then(body);
        if let Some(before) = &before {
            found.settle(before);
        }
        let hash = hash(&found.body);
        let changes = before.map(|before| changes(&before, &found.body));
        if let Body::Network(network) = &mut found.body {
            network.wan_address = Some(address.to_canonical().to_string());
        }
        // Our own form is always JSON.
        let mut members: Map<String, Value> = serde_json::from_slice(&found.to_json()).unwrap_or_default();
        let problems = members.remove(PROBLEMS).unwrap_or_else(|| json!([]));
        Self {
            hash,
            body: Value::Object(members),
            problems,
            facts: found.body,
            changes,
        }
    }

    /// Rows of what changed.
    pub(super) fn rows(
        &self,
        (organization, record): (OrganizationId, MachineId),
        at: Timestamp,
    ) -> Vec<machine_change::Model> {
        let all = self.changes.as_deref().unwrap_or_default();
        let section = self.facts.section();
        let empty = || machine_change::Model {
            id: MachineChangeId::new(),
            organization_id: organization,
            machine_id: record,
            section: section.name().to_owned(),
            at,
            path: String::new(),
            what: String::new(),
            subject: None,
            kind: machine_change::Kind::Changed,
            before: None,
            after: None,
            shortened: false,
        };
        let kept = all.iter().take(CHANGES_AT_ONCE_MAX);
        let mut rows: Vec<_> = kept.map(|change| row(change, empty())).collect();
        if let Some(more) = all
            .len()
            .checked_sub(CHANGES_AT_ONCE_MAX)
            .filter(|more| *more > 0)
        {
            rows.push(machine_change::Model {
                after: Some(json!(more)),
                shortened: true,
                ..empty()
            });
        }
        rows
    }
}

fn row(change: &Change, empty: machine_change::Model) -> machine_change::Model {
    let short = |value: &Option<Value>| {
        let value = value.clone();
        value.filter(|value| value.to_string().len() <= CHANGE_VALUE_BYTES_MAX)
    };
    let (before, after) = (short(&change.before), short(&change.after));
    machine_change::Model {
        path: change.path.clone(),
        what: change.what.clone(),
        subject: change.subject.clone(),
        kind: match change.kind {
            ChangeKind::Added => machine_change::Kind::Added,
            ChangeKind::Removed => machine_change::Kind::Removed,
            ChangeKind::Changed => machine_change::Kind::Changed,
        },
        shortened: (before.is_some(), after.is_some()) != (change.before.is_some(), change.after.is_some()),
        before,
        after,
        ..empty
    }
}

/// The facts of a section that is kept, without what the server added. None if they cannot be read any more: then the next delivery
/// counts as the first.
pub(super) fn body(row: &inventory_section::Model) -> Option<Body> {
    let section = Section::of_name(&row.section)?;
    let kept = read(section, row.body.to_string().as_bytes());
    kept.ok().map(|kept| kept.body)
}

#[cfg(test)]
mod tests {
    use farol_inventory::{Software, software::Package};

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    fn kept(settled: &Settled) -> inventory_section::Model {
        inventory_section::Model {
            machine_id: MachineId::new(),
            section: settled.facts.section().name().into(),
            organization_id: OrganizationId::new(),
            hash: settled.hash.to_vec(),
            told_hash: settled.hash.to_vec(),
            body: settled.body.clone(),
            problems: settled.problems.clone(),
            first_at: Timestamp(0),
            changed_at: Timestamp(0),
            received_at: Timestamp(0),
        }
    }

    fn settled(section: Section, said: &Value, before: Option<&Settled>) -> Settled {
        let found = read(section, said.to_string().as_bytes()).unwrap();
        Settled::of(found, before.map(kept).as_ref(), HERE)
    }

    fn rows(settled: &Settled) -> Vec<machine_change::Model> {
        settled.rows((OrganizationId::new(), MachineId::new()), Timestamp(7))
    }

    #[test]
    fn where_a_machine_comes_from_is_the_servers_word_and_no_change() {
        let said = json!({ "nics": [{ "name": "eth0" }], "wan_address": "203.0.113.9" });
        let first = settled(Section::Network, &said, None);
        assert_eq!(first.body["wan_address"], "192.0.2.7");
        assert!(first.changes.is_none() && rows(&first).is_empty());
        let again = settled(Section::Network, &said, Some(&first));
        assert_eq!(again.hash, first.hash);
        assert_eq!(again.changes, Some(Vec::new()));
    }

    #[test]
    fn what_a_sensor_could_not_see_stays_known() {
        let first = settled(
            Section::Software,
            &json!({ "services": [{ "name": "ssh" }] }),
            None,
        );
        let blind =
            json!({ "problems": [{ "field": "/services", "code": "timed_out", "detail": "systemd" }] });
        let again = settled(Section::Software, &blind, Some(&first));
        assert_eq!(again.hash, first.hash);
        assert_eq!(again.problems[0]["code"], "timed_out");
        assert!(again.body.get("problems").is_none());
    }

    #[test]
    fn long_values_are_left_out_and_many_changes_are_counted() {
        let servers = |first: &str| {
            let mut servers = vec![first.to_owned()];
            servers.extend((0..200).map(|number| format!("server-{number}.example.org")));
            json!({ "dns_servers": servers })
        };
        let first = settled(Section::Network, &servers("a"), None);
        let found = rows(&settled(Section::Network, &servers("b"), Some(&first)));
        assert_eq!((found.len(), found[0].shortened), (1, true));
        assert_eq!((&found[0].before, &found[0].after), (&None, &None));

        let package = |number: usize| Package {
            name: Some(format!("p{number}")),
            ..Package::default()
        };
        let all = Software {
            packages: (0..CHANGES_AT_ONCE_MAX + 5).map(package).collect(),
            ..Software::default()
        };
        let none = settled(Section::Software, &json!({}), None);
        let many = settled(
            Section::Software,
            &serde_json::to_value(all).unwrap(),
            Some(&none),
        );
        let found = rows(&many);
        let last = found.last().unwrap();
        assert_eq!(found.len(), CHANGES_AT_ONCE_MAX + 1);
        assert_eq!((last.path.as_str(), &last.after), ("", &Some(json!(5))));
    }
}
