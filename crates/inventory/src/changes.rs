//! What changed between two readings of a section, as single things that people would say: a module was taken out, a
//! package has another version, an account is an administrator now.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::canonical::{List, below, facts, key, list_at, plain, text};
use crate::section::Body;

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where: a JSON pointer into the section, but for items of lists, which are named by what tells them apart:
    /// `/packages/dpkg firefox amd64/version`. Two changes have the same one only if two items cannot be told apart.
    pub path: String,
    /// What of it, the same for all machines: `packages.version`, `memory_modules`. What translations go by.
    pub what: String,
    /// What people call the thing, if it is one of several: `firefox`, `DIMM_B1`.
    pub subject: Option<String>,
    /// Whether it came, went or is another.
    pub kind: ChangeKind,
    /// What it was, whole things as objects.
    pub before: Option<Value>,
    /// What it is now.
    pub after: Option<Value>,
}

/// How something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It is another.
    Changed,
}

/// What changed from `before` to `after`, sorted by place; nothing exactly when both have the same [`crate::hash`]. Of
/// different sections, everything of one went and everything of the other came.
#[must_use]
pub fn changes(before: &Body, after: &Body) -> Vec<Change> {
    let mut walk = Walk {
        lists: before.section().lists(),
        found: Vec::new(),
    };
    if before.section() == after.section() {
        walk.objects(&Place::default(), &facts(before), &facts(after));
    } else {
        walk.objects(&Place::default(), &facts(before), &Map::new());
        walk.lists = after.section().lists();
        walk.objects(&Place::default(), &Map::new(), &facts(after));
    }
    let told = |value: &Option<Value>| value.as_ref().map(text);
    walk.found
        .sort_by_cached_key(|change| (change.path.clone(), told(&change.before), told(&change.after)));
    walk.found
}

/// Where the walk is.
#[derive(Debug, Clone, Default)]
struct Place {
    path: String,
    what: String,
    subject: Option<String>,
}

impl Place {
    fn member(&self, name: &str) -> Self {
        Self {
            path: format!("{}/{name}", self.path),
            what: below(&self.what, name),
            subject: self.subject.clone(),
        }
    }

    fn item(&self, key: &str, name: String) -> Self {
        // RFC 6901: what would be taken for structure is escaped.
        let key = key.replace('~', "~0").replace('/', "~1");
        Self {
            path: format!("{}/{key}", self.path),
            what: self.what.clone(),
            subject: Some(name),
        }
    }
}

struct Walk {
    lists: &'static [List],
    found: Vec<Change>,
}

impl Walk {
    fn note(&mut self, place: &Place, before: Option<&Value>, after: Option<&Value>) {
        self.found.push(Change {
            path: place.path.clone(),
            what: place.what.clone(),
            subject: place.subject.clone(),
            kind: match (before, after) {
                (None, _) => ChangeKind::Added,
                (_, None) => ChangeKind::Removed,
                _ => ChangeKind::Changed,
            },
            before: before.cloned(),
            after: after.cloned(),
        });
    }

    fn objects(&mut self, place: &Place, before: &Map<String, Value>, after: &Map<String, Value>) {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            self.values(&place.member(name), before.get(name), after.get(name));
        }
    }

    fn values(&mut self, place: &Place, before: Option<&Value>, after: Option<&Value>) {
        if before == after {
            return;
        }
        let nothing = Map::new();
        match (before, after) {
            (Some(Value::Array(_)), None | Some(Value::Array(_))) | (None, Some(Value::Array(_))) => {
                self.arrays(place, before, after);
            }
            (Some(Value::Object(before)), Some(Value::Object(after))) => self.objects(place, before, after),
            (Some(Value::Object(before)), None) => self.objects(place, before, &nothing),
            (None, Some(Value::Object(after))) => self.objects(place, &nothing, after),
            _ => self.note(place, before, after),
        }
    }

    fn arrays(&mut self, place: &Place, before: Option<&Value>, after: Option<&Value>) {
        let list = list_at(self.lists, &place.what);
        if list.is_some_and(|list| list.ordered) {
            self.note(place, before, after);
            return;
        }
        let mut groups: BTreeMap<String, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
        for item in items(before) {
            groups.entry(key(list, item)).or_default().0.push(item);
        }
        for item in items(after) {
            groups.entry(key(list, item)).or_default().1.push(item);
        }
        for (key, (before, after)) in groups {
            self.group(place, list, &key, before, after);
        }
    }

    /// Items that have the same key: usually one on each side. Several versions of a kernel are told apart by nothing else,
    /// so those that are on both sides are taken out first.
    fn group(
        &mut self,
        place: &Place,
        list: Option<&List>,
        key: &str,
        before: Vec<&Value>,
        after: Vec<&Value>,
    ) {
        let (before, after) = (without(before.clone(), &after), without(after, &before));
        if let ([Value::Object(old)], [Value::Object(new)]) = (before.as_slice(), after.as_slice()) {
            let name = name(list, new).unwrap_or_else(|| key.to_owned());
            self.objects(&place.item(key, name), old, new);
            return;
        }
        let of = |item: &Value| {
            let name = item.as_object().and_then(|members| name(list, members));
            place.item(key, name.unwrap_or_else(|| key.to_owned()))
        };
        for item in before {
            self.note(&of(item), Some(item), None);
        }
        for item in after {
            self.note(&of(item), None, Some(item));
        }
    }
}

/// The items without as many of each as there are in `others`. A machine may send 20,000 that cannot be told apart.
fn without<'a>(mut items: Vec<&'a Value>, others: &[&Value]) -> Vec<&'a Value> {
    if let ([item], [other]) = (items.as_slice(), others)
        && item == other
    {
        return Vec::new();
    }
    let mut twins: BTreeMap<String, usize> = BTreeMap::new();
    for other in others {
        *twins.entry(text(other)).or_default() += 1;
    }
    items.retain(|item| match twins.get_mut(&text(item)) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    });
    items
}

fn items(list: Option<&Value>) -> &[Value] {
    list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn name(list: Option<&List>, members: &Map<String, Value>) -> Option<String> {
    list?.names.iter().find_map(|name| members.get(*name).map(plain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hardware::MemoryModule;
    use crate::people::LocalAccount;
    use crate::software::Package;
    use crate::{Hardware, Network, People, Section, Software, hash, samples};

    fn package(name: &str, version: &str) -> Package {
        Package {
            manager: Some("rpm".into()),
            name: Some(name.into()),
            version: Some(version.into()),
            arch: Some("x86_64".into()),
            ..Package::default()
        }
    }

    fn software(packages: &[(&str, &str)]) -> Body {
        Body::Software(Software {
            packages: packages
                .iter()
                .map(|(name, version)| package(name, version))
                .collect(),
            ..Software::default()
        })
    }

    /// As `what subject: before > after`.
    fn told(before: &Body, after: &Body) -> Vec<String> {
        let found = changes(before, after).into_iter().map(|change| {
            let value = |value: Option<Value>| match value {
                None => "-".to_owned(),
                Some(Value::Object(_)) => "{}".to_owned(),
                Some(value) => plain(&value),
            };
            format!(
                "{} {}: {} > {}",
                change.what,
                change.subject.unwrap_or_default(),
                value(change.before),
                value(change.after)
            )
        });
        found.collect()
    }

    #[test]
    fn a_module_that_was_taken_out_is_one_change() {
        let module = |slot: &str| MemoryModule {
            slot: Some(slot.into()),
            size_bytes: Some(16 << 30),
            ..MemoryModule::default()
        };
        let hardware = |slots: &[&str]| {
            Body::Hardware(Hardware {
                memory_modules: slots.iter().map(|slot| module(slot)).collect(),
                memory_bytes: Some((16 << 30) * slots.len() as u64),
                ..Hardware::default()
            })
        };
        let found = changes(&hardware(&["A", "B"]), &hardware(&["A"]));
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].path.as_str(), found[0].kind),
            ("/memory_bytes", ChangeKind::Changed)
        );
        let gone = &found[1];
        assert_eq!(gone.path, "/memory_modules/B");
        assert_eq!(
            (gone.what.as_str(), gone.kind),
            ("memory_modules", ChangeKind::Removed)
        );
        assert_eq!(gone.subject.as_deref(), Some("B"));
        assert_eq!(gone.before.as_ref().unwrap()["size_bytes"], 16_u64 << 30);
        assert_eq!(gone.after, None);
    }

    #[test]
    fn a_new_version_is_one_change_and_a_package_another() {
        let before = software(&[("firefox", "128"), ("vim", "9")]);
        let after = software(&[("nano", "7"), ("firefox", "129"), ("vim", "9")]);
        assert_eq!(
            told(&before, &after),
            ["packages.version firefox: 128 > 129", "packages nano: - > {}"]
        );
        assert_eq!(
            changes(&before, &after)[0].path,
            "/packages/rpm firefox x86_64/version"
        );
    }

    #[test]
    fn several_versions_side_by_side() {
        let before = software(&[("kernel", "5"), ("kernel", "6")]);
        let next = software(&[("kernel", "7"), ("kernel", "6")]);
        assert_eq!(told(&before, &next), ["packages.version kernel: 5 > 7"]);
        let more = software(&[("kernel", "5"), ("kernel", "6"), ("kernel", "7")]);
        assert_eq!(told(&before, &more), ["packages kernel: - > {}"]);
    }

    #[test]
    fn a_new_administrator_is_named() {
        let people = |administrators: &[&str]| {
            Body::People(People {
                administrators: administrators.iter().map(|&name| name.to_owned()).collect(),
                ..People::default()
            })
        };
        let found = changes(&people(&["root"]), &people(&["ana", "root"]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "/administrators/ana");
        assert_eq!(
            (found[0].kind, found[0].subject.as_deref()),
            (ChangeKind::Added, Some("ana"))
        );
    }

    #[test]
    fn lists_inside_things_and_lists_with_an_order() {
        let network = |addresses: &[&str], dns: &[&str]| {
            let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
            Body::Network(Network {
                nics: vec![crate::network::Nic {
                    name: Some("eth0".into()),
                    addresses: own(addresses),
                    ..crate::network::Nic::default()
                }],
                dns_servers: own(dns),
                ..Network::default()
            })
        };
        let found = changes(
            &network(&["10.0.0.1/8"], &["a", "b"]),
            &network(&["10.0.0.2/8"], &["b", "a"]),
        );
        let paths: Vec<&str> = found.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "/dns_servers",
                "/nics/eth0/addresses/10.0.0.1~18",
                "/nics/eth0/addresses/10.0.0.2~18"
            ]
        );
    }

    #[test]
    fn things_without_a_key_are_told_whole() {
        let people = |homes: &[&str]| {
            let account = |home: &&str| LocalAccount {
                home: Some((*home).to_owned()),
                ..LocalAccount::default()
            };
            Body::People(People {
                accounts: homes.iter().map(account).collect(),
                ..People::default()
            })
        };
        assert_eq!(changes(&people(&["/a", "/b"]), &people(&["/b", "/a"])), []);
        assert_eq!(changes(&people(&["/a", "/b"]), &people(&["/b"])).len(), 1);
    }

    #[test]
    fn many_things_that_cannot_be_told_apart() {
        let many = |count: usize| software(&vec![("", ""); count]);
        assert_eq!(changes(&many(4_000), &many(4_000)), []);
        assert_eq!(changes(&many(4_000), &many(3_998)).len(), 2);
    }

    #[test]
    fn all_of_one_section_came_or_went() {
        for body in samples::all() {
            let nothing = Body::empty(body.section());
            let came = changes(&nothing, &body);
            assert!(!came.is_empty());
            assert!(came.iter().all(|change| change.kind == ChangeKind::Added));
            let other = Body::empty(if body.section() == Section::System {
                Section::Disks
            } else {
                Section::System
            });
            assert_eq!(changes(&other, &body), came);
        }
    }

    fn inverted(changes: Vec<Change>) -> Vec<Change> {
        let turned = changes.into_iter().map(|change| Change {
            kind: match change.kind {
                ChangeKind::Added => ChangeKind::Removed,
                ChangeKind::Removed => ChangeKind::Added,
                ChangeKind::Changed => ChangeKind::Changed,
            },
            before: change.after,
            after: change.before,
            // Of a thing that was renamed, each side has its own name.
            subject: None,
            ..change
        });
        sorted(turned.collect())
    }

    fn sorted(mut changes: Vec<Change>) -> Vec<Change> {
        for change in &mut changes {
            change.subject = None;
        }
        changes.sort_by_cached_key(|change| format!("{change:?}"));
        changes
    }

    proptest! {
        #[test]
        fn there_and_back((a, b) in samples::pair()) {
            prop_assert_eq!(changes(&a, &a), []);
            let there = changes(&a, &b);
            prop_assert_eq!(there.is_empty(), hash(&a) == hash(&b));
            prop_assert_eq!(inverted(there), sorted(changes(&b, &a)));
        }
    }
}
