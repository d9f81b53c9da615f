//! What changed between two moments, worked out from what changed when. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::clock::Timestamp;
use crate::store::entities::machine_change::{Kind, Model};

/// What is different about one thing at the end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Net {
    pub(super) section: String,
    pub(super) path: String,
    pub(super) what: String,
    pub(super) subject: Option<String>,
    pub(super) kind: Kind,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
    /// When it last changed.
    pub(super) at: Timestamp,
    pub(super) shortened: bool,
}

/// By section and path; things that cannot be told apart have the same one.
type Nets = BTreeMap<(String, String), Vec<Net>>;

/// What is different after all of these, which follow each other, by section and path. What came and went, or changed and changed back, is
/// not among it; what changed about a thing that came stands in the thing. Values that were too long to be kept are told change by change.
pub(super) fn net(rows: Vec<Model>) -> Vec<Net> {
    let mut nets = Nets::new();
    for row in rows {
        if row.shortened || !is_part_of_new(&mut nets, &row) {
            add(&mut nets, row);
        }
    }
    let all = nets.into_values().flatten();
    all.filter(|net| net.shortened || net.before != net.after)
        .collect()
}

/// A member of a thing that came meanwhile: the thing has it as it is now.
fn is_part_of_new(nets: &mut Nets, row: &Model) -> bool {
    let Some((thing, member)) = row.path.rsplit_once('/').filter(|(thing, _)| !thing.is_empty()) else {
        return false;
    };
    let key = (row.section.clone(), thing.to_owned());
    let things = nets.get_mut(&key).into_iter().flatten();
    // Of several that cannot be told apart, one that says what this says was there.
    for net in things.filter(|net| !net.shortened) {
        if let Some(Value::Object(members)) = &mut net.after
            && members.get(member) == row.before.as_ref()
        {
            match &row.after {
                Some(value) => drop(members.insert(member.to_owned(), value.clone())),
                None => drop(members.remove(member)),
            }
            net.at = row.at;
            return true;
        }
    }
    false
}

fn add(nets: &mut Nets, mut row: Model) {
    if let Some(Value::Object(members)) = &mut row.before
        && row.kind == Kind::Removed
        && !row.shortened
    {
        // What had changed about it goes back: it was otherwise at the beginning.
        for (member, was) in taken_out(nets, (&row.section, &row.path)) {
            match was {
                Some(value) => drop(members.insert(member, value)),
                None => drop(members.remove(&member)),
            }
        }
    }
    let known = nets.entry((row.section.clone(), row.path.clone())).or_default();
    let same = |net: &&mut Net| !net.shortened && !row.shortened && net.after == row.before;
    match known.iter_mut().rev().find(same) {
        Some(net) => {
            net.after = row.after;
            net.at = row.at;
            net.kind = kind(net.before.is_some(), net.after.is_some());
        }
        None => known.push(Net {
            section: row.section,
            path: row.path,
            what: row.what,
            subject: row.subject,
            kind: row.kind,
            before: row.before,
            after: row.after,
            at: row.at,
            shortened: row.shortened,
        }),
    }
}

fn kind(was: bool, is: bool) -> Kind {
    match (was, is) {
        (false, _) => Kind::Added,
        (true, false) => Kind::Removed,
        (true, true) => Kind::Changed,
    }
}

/// The members of a thing that changed, with what they were at the beginning; they are told with the thing from now on.
fn taken_out(nets: &mut Nets, (section, path): (&str, &str)) -> Vec<(String, Option<Value>)> {
    let below = format!("{path}/");
    let inside = nets.range((section.to_owned(), below.clone())..);
    let keys: Vec<_> = inside
        .map(|(key, _)| key.clone())
        .take_while(|(in_section, at)| in_section == section && at.starts_with(&below))
        .collect();
    let mut taken = Vec::new();
    for key in keys {
        let member = key.1.split_at(below.len()).1.to_owned();
        if member.contains('/') {
            continue;
        }
        let Some(changed) = nets.remove(&key) else {
            continue;
        };
        taken.extend(changed.into_iter().map(|net| (member.clone(), net.before)));
    }
    taken
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ids::{MachineChangeId, MachineId, OrganizationId};

    fn row(path: &str, before: &Value, after: &Value) -> Model {
        let some = |value: &Value| (!value.is_null()).then(|| value.clone());
        let (before, after) = (some(before), some(after));
        Model {
            id: MachineChangeId::new(),
            organization_id: OrganizationId::new(),
            machine_id: MachineId::new(),
            section: "software".into(),
            at: Timestamp(1),
            path: path.into(),
            what: "packages".into(),
            subject: None,
            kind: kind(before.is_some(), after.is_some()),
            before,
            after,
            shortened: false,
        }
    }

    fn told(rows: Vec<Model>) -> Vec<(String, Kind, Value, Value)> {
        let value = |value: Option<Value>| value.unwrap_or_default();
        let nets = net(rows).into_iter();
        nets.map(|net| (net.path, net.kind, value(net.before), value(net.after)))
            .collect()
    }

    #[test]
    fn what_changed_several_times_is_told_once_and_what_changed_back_not_at_all() {
        let rows = vec![
            row("/a", &json!(1), &json!(2)),
            row("/b", &json!("x"), &json!("y")),
            row("/a", &json!(2), &json!(3)),
            row("/b", &json!("y"), &json!("x")),
            row("/c", &Value::Null, &json!(1)),
            row("/c", &json!(1), &Value::Null),
        ];
        assert_eq!(told(rows), [("/a".to_owned(), Kind::Changed, json!(1), json!(3))]);
    }

    #[test]
    fn a_thing_that_came_is_told_as_it_is_and_one_that_went_as_it_was() {
        let thing = |version: &str| json!({ "name": "firefox", "version": version });
        let rows = vec![
            row("/packages/firefox", &Value::Null, &thing("1")),
            row("/packages/firefox/version", &json!("1"), &json!("2")),
            row("/packages/vim/version", &json!("8"), &json!("9")),
            row("/packages/vim", &json!({ "version": "9" }), &Value::Null),
        ];
        assert_eq!(
            told(rows),
            [
                (
                    "/packages/firefox".to_owned(),
                    Kind::Added,
                    Value::Null,
                    thing("2")
                ),
                (
                    "/packages/vim".to_owned(),
                    Kind::Removed,
                    json!({ "version": "8" }),
                    Value::Null
                ),
            ]
        );
    }

    #[test]
    fn things_that_cannot_be_told_apart_are_several() {
        let kernel = |version: &str| json!({ "name": "kernel", "version": version });
        let rows = vec![
            row("/packages/kernel", &Value::Null, &kernel("7")),
            row("/packages/kernel", &kernel("5"), &Value::Null),
        ];
        let kinds: Vec<Kind> = told(rows).into_iter().map(|net| net.1).collect();
        assert_eq!(kinds, [Kind::Added, Kind::Removed]);
    }

    #[test]
    fn what_was_too_long_to_keep_is_told_each_time() {
        let long = || Model {
            shortened: true,
            kind: Kind::Changed,
            ..row("/dns_servers", &Value::Null, &Value::Null)
        };
        let found = net(vec![long(), long()]);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|net| net.shortened && net.kind == Kind::Changed));
    }
}
