//! One form of the same facts, and its hash: absent members left out, members sorted by name, lists sorted where their
//! order means nothing, `volatile` not in it.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::section::Body;

/// The member of a section that holds what changes by itself.
const VOLATILE: &str = "volatile";

/// What a list of a section means. Lists that are not named anywhere are sets.
#[derive(Debug)]
pub(crate) struct List {
    /// Where: names of members from the section on, with dots between.
    pub(crate) at: &'static str,
    /// What tells its items apart: the first of these groups whose members an item has all.
    pub(crate) keys: &'static [&'static [&'static str]],
    /// What people call an item: the first of these members that it has.
    pub(crate) names: &'static [&'static str],
    /// Whether the order means something.
    pub(crate) ordered: bool,
}

impl List {
    /// Things that are told apart by some of their members.
    pub(crate) const fn keyed(
        at: &'static str,
        keys: &'static [&'static [&'static str]],
        names: &'static [&'static str],
    ) -> Self {
        Self {
            at,
            keys,
            names,
            ordered: false,
        }
    }

    /// Values whose order means something.
    pub(crate) const fn sequence(at: &'static str) -> Self {
        Self {
            at,
            keys: &[],
            names: &[],
            ordered: true,
        }
    }
}

/// SHA-256 of a section's facts: the same facts have the same hash, in whatever order they were found.
#[must_use]
pub fn hash(body: &Body) -> [u8; 32] {
    let mut text = String::from(body.section().name());
    write(&Value::Object(facts(body)), &mut text);
    Sha256::digest(text.as_bytes()).into()
}

/// The facts in their one form, without what is volatile.
pub(crate) fn facts(body: &Body) -> Map<String, Value> {
    let mut value = body.to_value();
    if let Value::Object(members) = &mut value {
        members.remove(VOLATILE);
    }
    form(body, value)
}

/// All that a section holds in its one form.
pub(crate) fn everything(body: &Body) -> Map<String, Value> {
    form(body, body.to_value())
}

fn form(body: &Body, value: Value) -> Map<String, Value> {
    match normalized(value, "", body.section().lists()) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// `None` when nothing is left: a member that is absent, empty or empty all through says the same.
fn normalized(value: Value, at: &str, lists: &[List]) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(members) => {
            let members = members.into_iter().filter_map(|(name, value)| {
                let value = normalized(value, &below(at, &name), lists)?;
                Some((name, value))
            });
            let members: Map<String, Value> = members.collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        Value::Array(items) => {
            let items = items.into_iter();
            let mut items: Vec<Value> = items.filter_map(|item| normalized(item, at, lists)).collect();
            let list = list_at(lists, at);
            if !list.is_some_and(|list| list.ordered) {
                // By what people look for, and then by all of it, so that there is one order.
                items.sort_by_cached_key(|item| (key(list, item), text(item)));
            }
            (!items.is_empty()).then_some(Value::Array(items))
        }
        other => Some(other),
    }
}

/// The place of a member.
pub(crate) fn below(at: &str, name: &str) -> String {
    if at.is_empty() {
        name.to_owned()
    } else {
        format!("{at}.{name}")
    }
}

pub(crate) fn list_at<'a>(lists: &'a [List], at: &str) -> Option<&'a List> {
    lists.iter().find(|list| list.at == at)
}

/// What tells an item of a list from others: a value tells itself.
pub(crate) fn key(list: Option<&List>, item: &Value) -> String {
    let Value::Object(members) = item else {
        return plain(item);
    };
    let groups = list.map_or(&[][..], |list| list.keys).iter();
    let mut keys = groups.filter_map(|group| {
        let parts: Option<Vec<String>> = group.iter().map(|name| members.get(*name).map(plain)).collect();
        parts.map(|parts| parts.join(" "))
    });
    keys.next().unwrap_or_default()
}

/// A text as it is, anything else as JSON.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| text(value), str::to_owned)
}

/// As JSON, members sorted whatever order the map keeps.
pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (at, (name, value)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push('"');
                // Members have the names of our fields: nothing to escape.
                out.push_str(name);
                out.push_str("\":");
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Network, Nic};
    use crate::system::System;
    use crate::{Section, samples};

    fn nic(name: &str, addresses: &[&str]) -> Nic {
        Nic {
            name: Some(name.into()),
            addresses: addresses.iter().map(|&text| text.to_owned()).collect(),
            ..Nic::default()
        }
    }

    fn network(nics: &[Nic], dns: &[&str]) -> Body {
        Body::Network(Network {
            nics: nics.to_vec(),
            dns_servers: dns.iter().map(|&text| text.to_owned()).collect(),
            ..Network::default()
        })
    }

    #[test]
    fn order_counts_only_where_it_means_something() {
        let (a, b) = (nic("a", &["10.0.0.1/8", "10.0.0.2/8"]), nic("b", &[]));
        let a_turned = nic("a", &["10.0.0.2/8", "10.0.0.1/8"]);
        let one = hash(&network(&[a.clone(), b.clone()], &["1.1.1.1", "9.9.9.9"]));
        assert_eq!(
            one,
            hash(&network(&[b.clone(), a_turned], &["1.1.1.1", "9.9.9.9"]))
        );
        assert_ne!(one, hash(&network(&[a, b], &["9.9.9.9", "1.1.1.1"])));
    }

    #[test]
    fn what_changes_by_itself_is_not_in_the_hash() {
        for mut body in samples::all() {
            let before = hash(&body);
            let with = everything(&body);
            match &mut body {
                Body::Hardware(facts) => facts.volatile = Default::default(),
                Body::Disks(facts) => facts.volatile = Default::default(),
                Body::People(facts) => facts.volatile = Default::default(),
                Body::Posture(facts) => facts.volatile = Default::default(),
                Body::System(_) | Body::Network(_) | Body::Software(_) => continue,
            }
            assert_eq!(hash(&body), before);
            assert_ne!(everything(&body), with, "the sample has something volatile");
        }
    }

    #[test]
    fn the_form_never_changes_by_accident() {
        let body = Body::System(System {
            kernel: Some("6.1 \"x\"".into()),
            hostname: Some("ação".into()),
            booted_at_ms: Some(1_700_000_040_000),
            ..System::default()
        });
        assert_eq!(
            text(&Value::Object(facts(&body))),
            r#"{"booted_at_ms":1700000040000,"hostname":"ação","kernel":"6.1 \"x\""}"#
        );
    }

    #[test]
    fn sections_differ_even_when_nothing_is_known() {
        let hashes: std::collections::BTreeSet<_> = Section::ALL
            .iter()
            .map(|section| hash(&Body::empty(*section)))
            .collect();
        assert_eq!(hashes.len(), Section::ALL.len());
    }

    #[test]
    fn every_list_that_is_named_is_there() {
        for body in samples::all() {
            let value = Value::Object(everything(&body));
            for list in body.section().lists() {
                let mut here = &value;
                for name in list.at.split('.') {
                    here = here.as_array().map_or(here, |items| &items[0]);
                    here = &here[name];
                }
                let item = here.as_array().and_then(|items| items.first());
                assert!(item.is_some(), "{} of {}", list.at, body.section());
                for name in list.keys.iter().flat_map(|group| group.iter()).chain(list.names) {
                    assert!(!item.unwrap()[name].is_null(), "{name} of {}", list.at);
                }
            }
        }
    }
}
