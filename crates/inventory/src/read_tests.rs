//! Sections that somebody wrote to do harm, and those that nobody did.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::limits::{ITEMS_MAX, TEXT_CHARS_MAX};
use crate::{Body, hash, samples};

fn read_value(section: Section, value: &Value) -> Read {
    read(section, value.to_string().as_bytes()).unwrap()
}

/// The problems as `code pointer`.
fn problems(read: &Read) -> Vec<String> {
    let problems = read.problems.iter();
    problems
        .map(|problem| format!("{} {}", problem.code.name(), problem.field))
        .collect()
}

#[test]
fn what_is_written_is_read_again() {
    for body in samples::all() {
        let given = Read {
            body,
            problems: vec![Problem {
                field: "/services".into(),
                code: ProblemCode::TimedOut,
                detail: "systemd: more than 10 s".into(),
            }],
        };
        let back = read(given.body.section(), &given.to_json()).unwrap();
        assert_eq!(hash(&back.body), hash(&given.body));
        assert_eq!(everything(&back.body), everything(&given.body));
        assert_eq!(back.problems, given.problems);
    }
}

#[test]
fn each_wrong_member_is_named_and_costs_nothing_else() {
    let given = json!({
        "disks": [
            {"name": "sda", "size_bytes": -5, "removable": "no", "model": ["x"], "partitions": {"name": "sda1"}},
            {"name": "sdb", "size_bytes": 1.5, "partitions": [7, {"name": "sdb1", "size_bytes": 1e300}]},
            "sdc",
            null,
        ],
        "file_systems": "none",
        "volatile": {"disks": [{"name": "sda", "wear_percent": 101}]},
        "of_tomorrow": {"a": [1, 2, 3]},
    });
    let read = read_value(Section::Disks, &given);
    assert_eq!(
        problems(&read),
        [
            "wrong_type /disks/0/model",
            "out_of_range /disks/0/size_bytes",
            "wrong_type /disks/0/removable",
            "wrong_type /disks/0/partitions",
            "out_of_range /disks/1/size_bytes",
            "wrong_type /disks/1/partitions/0",
            "out_of_range /disks/1/partitions/1/size_bytes",
            "wrong_type /disks/2",
            "wrong_type /file_systems",
            "out_of_range /volatile/disks/0/wear_percent",
        ]
    );
    let Body::Disks(disks) = read.body else {
        panic!("not the disks");
    };
    let names: Vec<_> = disks
        .disks
        .iter()
        .filter_map(|disk| disk.name.as_deref())
        .collect();
    assert_eq!(names, ["sda", "sdb"]);
    assert_eq!(disks.disks[1].partitions[0].name.as_deref(), Some("sdb1"));
}

#[test]
fn times_of_machines_that_never_knew_one() {
    for (time, is_believed) in [
        (json!(-11_644_473_600_000_i64), false), // 1601
        (json!(0), false),
        (json!(631_152_000_000_i64), true),    // 1990
        (json!(4_133_980_800_000_i64), false), // 2101
        (json!(u64::MAX), false),
        (json!("2020-01-01"), false),
    ] {
        let read = read_value(Section::System, &json!({"installed_at_ms": time, "kernel": "6"}));
        assert_eq!(read.problems.is_empty(), is_believed, "{time}");
        let Body::System(system) = read.body else {
            panic!("not the system");
        };
        assert_eq!(system.installed_at_ms.is_some(), is_believed);
        assert_eq!(system.kernel.as_deref(), Some("6"));
    }
}

#[test]
fn texts_are_cleaned_cut_and_masked() {
    let given = json!({
        "services": [
            {"name": "a\u{1b}[31m\u{202e}", "command": "x --password=hunter2"},
            {"name": "b", "description": "y".repeat(1_000_000)},
            {"name": "<script>alert(1)</script>"},
        ]
    });
    let read = read_value(Section::Software, &given);
    assert_eq!(
        problems(&read),
        ["cleaned /services/0/name", "too_long /services/1/description"]
    );
    let Body::Software(software) = read.body else {
        panic!("not the software");
    };
    let names: Vec<_> = software
        .services
        .iter()
        .filter_map(|service| service.name.as_deref())
        .collect();
    assert_eq!(names, ["a [31m", "b", "<script>alert(1)</script>"]);
    assert_eq!(software.services[0].command.as_deref(), Some("x --password=•••"));
    assert_eq!(software.services[1].description.as_ref().unwrap().len(), 1024);
}

#[test]
fn bytes_that_are_no_text_are_named_where_they_are() {
    let read = read(Section::System, b"{\"kernel\":\"6\",\"hostname\":\"a\xff\xfeb\"}").unwrap();
    assert_eq!(problems(&read), ["invalid_utf8 /hostname"]);
    let Body::System(system) = read.body else {
        panic!("not the system");
    };
    assert_eq!(system.hostname.as_deref(), Some("a\u{fffd}\u{fffd}b"));
}

#[test]
fn lists_are_cut_and_problems_too() {
    let ports = json!({"open_ports": vec![json!({"port": 1}); ITEMS_MAX + 3]});
    let read = read_value(Section::Network, &ports);
    assert_eq!(problems(&read), ["too_many /open_ports"]);
    assert!(read.problems[0].detail.contains("515 items"));
    let wrong = json!({"nics": vec![json!(1); ITEMS_MAX], "gateways": vec![json!(1); ITEMS_MAX]});
    let read = read_value(Section::Network, &wrong);
    assert_eq!(read.problems.len(), PROBLEMS_MAX);
    assert_eq!(read.problems.last().unwrap().field, "");
}

#[test]
fn what_is_no_section_is_refused() {
    let refused = |bytes: &[u8]| read(Section::System, bytes).unwrap_err().code();
    for text in ["", "null", "[]", "7", "{", "{\"a\":}", "{} {}", "\u{feff}{}"] {
        assert_eq!(refused(text.as_bytes()), "section_not_an_object", "{text}");
    }
    assert_eq!(refused(&[b' '; SECTION_BYTES_MAX + 1]), "section_too_large");
    assert_eq!(refused("{\"a\":".repeat(50).as_bytes()), "section_too_deep");
    assert_eq!(refused(&[b'['; SECTION_BYTES_MAX]), "section_too_deep");
    let objects = format!("{{\"a\":[{}{{}}]}}", "{},".repeat(OBJECTS_MAX));
    assert_eq!(refused(objects.as_bytes()), "section_too_large");
    let values = format!("{{\"a\":[{}1]}}", "1,".repeat(VALUES_MAX));
    assert_eq!(refused(values.as_bytes()), "section_too_large");
    assert_eq!(
        read(Section::System, b"{\"kernel\":\"{[{[{[{[{[{[{[{[\\\"{[{[\"}")
            .unwrap()
            .problems,
        []
    );
}

#[test]
fn what_machines_tell_of_their_address_outside_and_of_problems_is_not_simply_believed() {
    let given = json!({
        "wan_address": "203.0.113.9",
        "problems": [
            {"field": "/nics", "code": "not_permitted", "detail": "sysfs"},
            {"field": "nics", "code": "of_tomorrow", "detail": "x".repeat(1000)},
            7,
        ],
    });
    let read = read_value(Section::Network, &given);
    assert_eq!(read.body, Body::empty(Section::Network));
    assert_eq!(problems(&read), ["not_permitted /nics", "failed "]);
    assert_eq!(read.problems[1].detail.len(), TEXT_CHARS_MAX);
}

#[test]
fn what_is_too_much_to_send_is_a_problem_not_a_panic() {
    let long = "x".repeat(1024);
    let service = crate::software::Service {
        name: Some("a".into()),
        description: Some(long.clone()),
        command: Some(long),
        ..crate::software::Service::default()
    };
    let too_much = Read {
        body: Body::Software(crate::Software {
            services: vec![service; 2000],
            ..crate::Software::default()
        }),
        problems: Vec::new(),
    };
    let cleaned = too_much.cleaned();
    assert_eq!(cleaned.body, Body::empty(Section::Software));
    assert_eq!(cleaned.problems.len(), 1);
}

/// Any JSON, with members that we know among those that we do not.
fn any_json() -> impl Strategy<Value = Value> {
    let known = vec![
        "disks",
        "name",
        "size_bytes",
        "volatile",
        "packages",
        "services",
        "nics",
        "addresses",
        "problems",
        "field",
        "booted_at_ms",
        "firewall",
        "active",
        "accounts",
        "sessions",
        "x",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::from),
        "\\PC{0,300}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 80, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(known.clone()), inner), 0..6).prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for section in Section::ALL {
            if let Ok(read) = read(section, &bytes) {
                prop_assert!(read.problems.len() <= PROBLEMS_MAX);
            }
        }
    }

    #[test]
    fn reading_is_done_once(value in any_json()) {
        for section in Section::ALL {
            let Ok(first) = read(section, value.to_string().as_bytes()) else {
                prop_assert!(!value.is_object());
                continue;
            };
            let again = first.clone().cleaned();
            prop_assert_eq!(hash(&again.body), hash(&first.body));
            prop_assert_eq!(everything(&again.body), everything(&first.body));
            let told: Vec<_> = first.problems.iter().filter(|problem| !again.problems.contains(problem)).collect();
            prop_assert!(told.is_empty(), "{:?}", told);
        }
    }

    #[test]
    fn a_damaged_section_is_survived((body, _) in samples::pair(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = Read { body, problems: Vec::new() }.to_json();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        for section in Section::ALL {
            if let Ok(read) = read(section, &bytes) {
                prop_assert_eq!(hash(&read.clone().cleaned().body), hash(&read.body));
            }
        }
    }
}
