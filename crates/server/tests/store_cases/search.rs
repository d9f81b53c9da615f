//! Machines in the search language: what the database finds is what a machine at hand fits.

use std::collections::BTreeSet;

use farol_inventory::{Body, Section};
use farol_server::accounts::Caller;
use farol_server::clock::Timestamp;
use farol_server::enrollment::Approval;
use farol_server::http::PageQuery;
use farol_server::ids::MachineId;
use farol_server::inventory;
use farol_server::machines::search::{
    self, Facts, Known, MachineField, OFFERS_MAX, Part, SearchCompletion, SearchOfferKind,
};
use farol_server::machines::{self, Labels};
use farol_server::organizations::{self, NewSite};
use farol_server::rights::{Rights, RoleKey};
use farol_server::search::{Field, Query};
use farol_server::store::entities::machine::{self, Door, MachineState};
use farol_server::store::entities::{machine_fact, machine_software, machine_words, software_title};
use farol_server::{Code, Ctx, Error};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};

use super::inventory::deliver;
use super::recognition::{enroll, other_organization, request, token};
use crate::common::owner;

/// What is searched for: some of it is there, some is not, some stands in the middle of something, or in other letters.
const TERMS: &[&str] = &[
    "açaí",
    "ACAI",
    "caixa",
    "pc",
    "\"caixa ac\"",
    "100%",
    "a_b",
    "[x]",
    "*",
    "lab",
    "nowhere",
    "filial",
    "rock light",
    "ROCK",
    "name:caixa",
    "name:=\"Caixa Açaí 1\"",
    "host:pc",
    "os:debian",
    "os:\"windows 11\"",
    "os:=\"debian 12.4\"",
    "os.version:12",
    "os.version:<12.4",
    "os.version:>=10.0.22631",
    "os.version:10..12",
    "os.version:*",
    "os.family:linux",
    "os.family:windows",
    "arch:x86",
    "agent:1.4",
    "agent:=1.4",
    "agent:<1.10",
    "agent:1.2..1.4",
    "agent:*",
    "user:fred",
    "user:=\"fred\"",
    "user:*",
    "tag:lab",
    "tag:=lab",
    "tag:*",
    "tag:(lab OR loan)",
    "department:contabilidade",
    "department:*",
    "type:till",
    "ip:192.0.2.0/24",
    "ip:192.0.2.7",
    "ip:192.0.",
    "ip:2001:db8::/32",
    "ip:10.0.0.0/8",
    "ip:*",
    "site:filial",
    "site:*",
    "organization:rock",
    "organization:=\"rock light\"",
    "is:online",
    "is:offline",
    "is:blocked",
    "is:*",
    "door:agent",
    "door:helpdesk",
    "can:screen",
    "can:*",
    "seen:<2h",
    "seen:>2h",
    "seen:1h..3d",
    "seen:*",
    "seen:>2026-01-01",
    "seen:<2026-01-01",
    "enrolled:<1h",
    "enrolled:>1d",
    "enrolled:*",
    "maker:dell",
    "maker:*",
    "model:=\"latitude 5440\"",
    "serial:sn-2",
    "latitude",
    "cpu:ryzen",
    "memory:16gib",
    "memory:>8gib",
    "memory:<=8gb",
    "memory:*",
    "disk:>1tb",
    "disk:200gb..600gb",
    "mac:02:00:5e",
    "ip:10.9.0.0/16",
    "account:ana",
    "admin:root",
    "timezone:sao_paulo",
    "paulo",
    "encrypted:yes",
    "encrypted:no",
    "encrypted:*",
    "reboot:yes",
    "virtual:kvm",
    "virtual:*",
    "software:firefox",
    "software:=firefox",
    "software:*",
    "software:nowhere",
    "libre",
    "LIBREOFFICE fred",
];

fn searches() -> impl Strategy<Value = String> {
    let term = proptest::sample::select(TERMS).prop_map(str::to_owned);
    term.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("-({one})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("{one} {other}")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("({one} OR {other})")),
        ]
    })
}

fn some_searches(count: usize) -> Vec<String> {
    let (mut runner, searches) = (TestRunner::deterministic(), searches());
    let mut some = || searches.new_tree(&mut runner).unwrap().current();
    std::iter::repeat_with(&mut some).take(count).collect()
}

/// What the agent of a machine found, of those that deliver at all.
fn sections(number: u8) -> Vec<(Section, Value)> {
    let third = |all: [&str; 3]| all[usize::from(number % 3)].to_owned();
    let packages: &[&str] = [
        &["Firefox", "libreoffice-core"][..],
        &["firefox-esr"],
        &["LibreOffice"],
    ][usize::from(number % 3)];
    let package = |name: &&str| json!({ "manager": "dpkg", "name": name, "version": format!("1.{number}") });
    let virtualization = if number.is_multiple_of(2) { "kvm" } else { "none" };
    let encrypted = [Some(true), Some(false), None][usize::from(number % 3)];
    vec![
        (
            Section::System,
            json!({ "time_zone": "America/Sao_Paulo", "virtualization": virtualization }),
        ),
        (
            Section::Hardware,
            json!({
                "maker": third(["Dell Inc.", "Lenovo", ""]), "model": third(["Latitude 5440", "ThinkPad", ""]),
                "serial": format!("SN-{number}"), "processors": [{ "model": third(["Ryzen 7", "Core i5", "Core i7"]) }],
                "memory_bytes": (number % 3 != 2).then_some(8_589_934_592_u64 << (number % 2)),
            }),
        ),
        (
            Section::Disks,
            json!({ "disks": [
                { "name": "sda", "size_bytes": 500_107_862_016_u64 },
                { "name": "sdb", "size_bytes": 1_000_000_000_000_u64 * u64::from(number % 4) },
            ] }),
        ),
        (
            Section::Network,
            json!({ "nics": [
                { "name": "lo", "kind": "loopback", "addresses": ["127.0.0.1/8"] },
                { "name": "eth0", "kind": "ethernet", "mac": format!("02:00:5{}:10:00:01", third(["e", "f", "e"])),
                  "addresses": [format!("10.{}.0.{number}/24", 8 + number % 2), "fe80::1/64"] },
            ] }),
        ),
        (
            Section::People,
            json!({
                "accounts": [{ "name": "ana", "full_name": "Ana Lima" }, { "name": "daemon", "kind": "system" }],
                "administrators": if number.is_multiple_of(2) { vec!["root", "root"] } else { vec!["ana"] },
            }),
        ),
        (
            Section::Software,
            json!({ "packages": packages.iter().map(package).collect::<Vec<_>>() }),
        ),
        (
            Section::Posture,
            json!({
                "system_encrypted": encrypted, "reboot_pending": number.is_multiple_of(2),
            }),
        ),
    ]
}

/// Machines that differ in what searches ask, ten of them.
async fn fleet(ctx: &Ctx) -> Caller {
    let by = owner(ctx).await.caller;
    let here = organizations::all(ctx.db.read()).await.unwrap()[0].id;
    let wanted = NewSite {
        organization_id: here,
        name: "Filial São Paulo".into(),
    };
    let branch = organizations::create_site(ctx, &by, wanted).await.unwrap().id;
    let token = token(ctx, None, Approval::Automatic).await;
    for number in 0..10_u8 {
        let id = enroll(ctx, request(&token, number, u32::from(number)))
            .await
            .unwrap();
        let row = machine::Entity::find_by_id(id)
            .one(ctx.db.read())
            .await
            .unwrap()
            .unwrap();
        let now = ctx.clock.now().0;
        let tags: &[&str] = [&["lab"][..], &["Labor", "loan"], &[]][usize::from(number % 3)];
        let labels = Labels {
            department: (number % 2 == 0).then(|| "Contabilidade".into()),
            device_type: (number % 4 == 1).then(|| "till".into()),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        };
        let users = match number % 3 {
            0 => json!([{ "name": "Fred", "since_ms": null }]),
            1 => json!([{ "name": "fred", "since_ms": 1 }, { "name": "Ana Lima", "since_ms": 2 }]),
            _ => json!([]),
        };
        let (os, version) = match number % 3 {
            0 => ("Debian", "12.4"),
            1 => ("Windows 11 Pro", "10.0.22631"),
            _ => ("", "rolling"),
        };
        let mut changed = row.into_active_model();
        changed.name = Set(match number % 3 {
            0 => format!("Caixa Açaí {number}"),
            1 => format!("pc 100% a_b [x] {number}"),
            _ => "*".into(),
        });
        changed.labels = Set(labels.to_column());
        changed.users = Set(users);
        changed.os_name = Set(os.into());
        changed.os_version = Set(version.into());
        changed.os_family = Set(["linux", "windows", "plan9"][usize::from(number % 3)].into());
        changed.os_arch = Set("x86_64".into());
        changed.agent_version = Set(["1.4", "1.4.2-beta", "unknown", "1.10"][usize::from(number % 4)].into());
        changed.capabilities = Set(if number % 2 == 0 {
            json!(["screen", "input"])
        } else {
            json!([])
        });
        changed.address = Set(match number % 5 {
            0 => None,
            1 => Some("192.0.2.7".into()),
            2 => Some("::ffff:192.0.2.9".into()),
            3 => Some("2001:db8::7".into()),
            _ => Some("10.1.2.3".into()),
        });
        changed.door = Set(if number % 2 == 0 {
            Door::Helpdesk
        } else {
            Door::Agent
        });
        if number == 4 {
            changed.state = Set(MachineState::Blocked);
        }
        let ages = [
            None,
            Some(0),
            Some(3_600_000),
            Some(7_200_000),
            Some(86_400_000 * 400),
        ];
        changed.last_seen_at = Set(ages[usize::from(number % 5)].map(|age| Timestamp(now - age)));
        changed.enrolled_at = Set(Timestamp(now - i64::from(number) * 20_000_000));
        if number > 6 {
            changed.site_id = Set(branch);
        }
        let tx = ctx.db.write().await.unwrap();
        machine::Entity::update(changed).exec(&tx).await.unwrap();
        search::keep(&tx, id).await.unwrap();
        tx.commit().await.unwrap();
        if number > 1 {
            for (section, said) in sections(number) {
                deliver(ctx, id, section, &said).await.unwrap();
            }
        }
        // A blocked machine and one with our agent are not online for that.
        if number > 3 {
            assert!(ctx.helpdesk.heard((here, id), ctx.clock.now()));
        }
    }
    by
}

async fn found(ctx: &Ctx, by: &Caller, q: &str) -> Result<Vec<MachineId>, Error> {
    let page = machines::list(ctx, by, &PageQuery::default(), (false, q)).await?;
    Ok(page.items.into_iter().map(|machine| machine.id).collect())
}

pub async fn the_database_finds_what_fits(ctx: Ctx) {
    let by = fleet(&ctx).await;
    let rows = machine::Entity::find().all(ctx.db.read()).await.unwrap();
    let sites = organizations::sites(&ctx, &by, false).await.unwrap();
    let all = organizations::all(ctx.db.read()).await.unwrap();
    let mut known: Vec<(MachineId, Known)> = Vec::new();
    for row in &rows {
        let site = sites.iter().find(|site| site.id == row.site_id).unwrap();
        let organization = all.iter().find(|one| one.id == row.organization_id).unwrap();
        let bodies = inventory::bodies(ctx.db.read(), row.id).await.unwrap();
        let names = (site.name.as_str(), organization.name.as_str());
        known.push((row.id, Known::of(&ctx, row, &bodies, names)));
    }
    let check = async |q: &str| {
        let query = Query::<MachineField>::read(q, ctx.clock.now())
            .unwrap_or_else(|mistake| panic!("{q}: {mistake}"));
        let mut fits: Vec<MachineId> = known
            .iter()
            .filter(|(_, machine)| query.fits(machine))
            .map(|(id, _)| *id)
            .collect();
        fits.sort_unstable();
        assert_eq!(found(&ctx, &by, q).await.unwrap(), fits, "{q}");
        fits.len()
    };
    let mut telling = 0;
    for term in TERMS {
        let some = check(term).await;
        telling += usize::from(some > 0 && some < known.len());
    }
    // Most of them tell machines apart, or this would prove nothing.
    assert!(telling > TERMS.len() / 2, "{telling} of {}", TERMS.len());
    for q in some_searches(200) {
        check(&q).await;
    }
}

pub async fn a_mistake_in_a_search_has_its_place(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let error = found(&ctx, &by, "lab usr:fred").await.unwrap_err();
    assert_eq!(error.code(), Code::ValidationFailed);
    let Error::Invalid(fields) = error else {
        panic!("{error:?}")
    };
    let mark = fields[0].mark.as_ref().unwrap();
    assert_eq!((fields[0].field, fields[0].code), ("q", "unknown_field"));
    assert_eq!((mark.at, mark.suggestion.as_deref()), (4, Some("user")));
    assert!(found(&ctx, &by, &"x".repeat(1_001)).await.is_err());
    assert_eq!(found(&ctx, &by, "x OR y").await.unwrap(), []);
}

pub async fn as_many_are_counted_as_are_listed(ctx: Ctx) {
    let by = fleet(&ctx).await;
    let terms = TERMS.iter().map(|term| (*term).to_owned());
    let mut counts = BTreeSet::new();
    for q in terms.chain(some_searches(40)).chain([String::new()]) {
        let told = search::look(&ctx, &by, &q, None).await.unwrap();
        let listed = found(&ctx, &by, &q).await.unwrap().len() as u64;
        assert_eq!((told.count, told.mistake), (Some(listed), None), "{q}");
        counts.insert(listed);
    }
    assert!(counts.len() > 4, "{counts:?}");
}

/// What is offered where `^` stands, and the search with the first of it.
async fn offered(ctx: &Ctx, by: &Caller, marked: &str) -> (Vec<String>, Option<String>) {
    let caret = marked.chars().position(|letter| letter == '^').unwrap();
    let q = marked.replace('^', "");
    let told = search::look(ctx, by, &q, Some(caret)).await.unwrap();
    let SearchCompletion { at, length, offers } = told.completion;
    assert!(offers.len() <= OFFERS_MAX, "{marked}");
    let texts: Vec<String> = offers.into_iter().map(|offer| offer.text).collect();
    let taken = texts.first().map(|text| {
        let before: String = q.chars().take(at).collect();
        let after: String = q.chars().skip(at + length).collect();
        format!("{before}{text}{after}")
    });
    (texts, taken)
}

pub async fn what_could_stand_there_is_offered(ctx: Ctx) {
    let by = fleet(&ctx).await;
    let cases: &[(&str, &[&str])] = &[
        ("se^", &["serial:", "seen:"]),
        (
            "açaí o^",
            &["os:", "os.version:", "os.family:", "organization:", "OR"],
        ),
        // Nothing stands before it that it could join, and there it stands already.
        ("o^s:", &["os.version:", "os.family:", "organization:"]),
        ("-n^", &["name:", "NOT"]),
        ("is:^", &["online", "offline", "blocked"]),
        ("encrypted:Y^", &["yes"]),
        // What most machines say comes first, and before that what begins so.
        ("tag:l^", &["lab", "labor", "loan"]),
        ("tag:lab^", &["labor"]),
        ("tag:o^", &["labor", "loan"]),
        ("tag:\"LA^ x", &["lab", "labor"]),
        ("department:^", &["contabilidade", "*"]),
        ("os:w^ -tag:lab", &["\"windows 11 pro 10.0.22631\""]),
        ("os.family:m^", &["macos"]),
        ("site:são^", &["\"Filial São Paulo\""]),
        ("organization:^", &["\"Rock Light\"", "*"]),
        // What cannot be written so is not offered.
        ("agent:^", &["1.4", "1.4.2", "1.10", "*"]),
        ("agent:u^", &[]),
        ("ip:192.0.2.7^", &[]),
        ("ip:2001^", &["2001:db8::7"]),
        ("seen:^", &["*"]),
        ("software:f^", &[]),
        ("usr:f^", &[]),
    ];
    for (marked, texts) in cases {
        let (offers, taken) = offered(&ctx, &by, marked).await;
        assert_eq!(offers, *texts, "{marked}");
        if let Some(taken) = taken.filter(|taken| !taken.ends_with(':')) {
            found(&ctx, &by, &taken)
                .await
                .unwrap_or_else(|error| panic!("{taken}: {error}"));
        }
    }
    let told = search::look(&ctx, &by, "tag:l", None).await.unwrap();
    let mut offers = told.completion.offers.iter();
    assert!(offers.all(|offer| offer.kind == SearchOfferKind::Value));
    assert_eq!((told.completion.at, told.completion.length), (4, 1));
    // Every value that is offered finds a machine, or is one of the language itself.
    for field in MachineField::ALL {
        let marked = format!("{}:^", field.name());
        let (_, taken) = offered(&ctx, &by, &marked).await;
        if let Some(taken) = taken {
            let some = found(&ctx, &by, &taken)
                .await
                .unwrap_or_else(|error| panic!("{taken}: {error}"));
            assert!(!some.is_empty(), "{taken}");
        }
    }
    let long = format!("{} o^", "x".repeat(1_000));
    assert_eq!(offered(&ctx, &by, &long).await, (Vec::new(), None));
}

pub async fn values_of_others_are_never_offered(ctx: Ctx) {
    let by = fleet(&ctx).await;
    let here = organizations::all(ctx.db.read()).await.unwrap()[0].id;
    let theirs = other_organization(&ctx).await;
    let token = token(&ctx, Some(theirs), Approval::Automatic).await;
    let id = enroll(&ctx, request(&token, 99, 99)).await.unwrap();
    let row = machine::Entity::find_by_id(id);
    let row = row.one(ctx.db.read()).await.unwrap().unwrap();
    let labels = Labels {
        tags: vec!["laboratory".into()],
        ..Labels::default()
    };
    let mut changed = row.into_active_model();
    changed.labels = Set(labels.to_column());
    let tx = ctx.db.write().await.unwrap();
    let row = machine::Entity::update(changed).exec(&tx).await.unwrap();
    search::keep(&tx, id).await.unwrap();
    tx.commit().await.unwrap();
    let seen_by = |organization| Caller {
        rights: Rights::of_role(RoleKey::Viewer, organization),
        ..by.clone()
    };
    let (ours, others) = (seen_by(here), seen_by(row.organization_id));
    let cases: &[(&Caller, &str, &[&str])] = &[
        (&ours, "tag:labo^", &["labor"]),
        (&others, "tag:labo^", &["laboratory"]),
        (&ours, "organization:^", &["\"Rock Light\"", "*"]),
        (&others, "organization:^", &["Other", "*"]),
        (&others, "site:^", &["Other", "*"]),
        (&others, "department:^", &["*"]),
        (&others, "user:fr^", &[]),
    ];
    for (by, marked, texts) in cases {
        assert_eq!(offered(&ctx, by, marked).await.0, *texts, "{marked}");
    }
    for (by, count) in [(&ours, 10), (&others, 1)] {
        let told = search::look(&ctx, by, "", None).await.unwrap();
        assert_eq!(told.count, Some(count));
    }
}

pub async fn a_mistake_that_is_written_is_told_and_no_error(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let told = search::look(&ctx, &by, "é usr:fred os:d", None).await.unwrap();
    let mistake = told.mistake.unwrap();
    assert_eq!(
        (mistake.code.as_str(), mistake.at, mistake.length),
        ("unknown_field", 2, 3)
    );
    assert_eq!(mistake.suggestion.as_deref(), Some("user"));
    assert!(mistake.detail.contains("usr"), "{}", mistake.detail);
    assert_eq!(told.count, None);
    // What is written behind it is completed all the same.
    assert_eq!((told.completion.at, told.completion.length), (14, 1));
    let told = search::look(&ctx, &by, "is:", None).await.unwrap();
    assert_eq!(told.mistake.unwrap().code, "value_missing");
    assert_eq!(told.completion.offers.len(), 3);
}

/// Whoever writes a machine's row or a section of its inventory writes what it is found by; asked after every case. Of merged records only
/// the row counts: the machine that speaks for them has what they delivered.
pub async fn what_is_kept_is_what_the_rows_say(ctx: &Ctx) {
    search::complete(ctx).await.unwrap();
    let db = ctx.db.read();
    let rows = machine::Entity::find().all(db).await.unwrap();
    let words = machine_words::Entity::find().all(db).await.unwrap();
    let facts = machine_fact::Entity::find().all(db).await.unwrap();
    assert_eq!(words.len(), rows.len());
    for row in &rows {
        let mut said = Facts::of(row);
        if row.merged_into.is_none() {
            let bodies = inventory::bodies(db, row.id).await.unwrap();
            for body in &bodies {
                said = said.and(Facts::of_section(body));
            }
            let kept = words.iter().find(|kept| kept.machine_id == row.id).unwrap();
            assert_eq!(kept.words, said.words(), "{}", row.name);
            assert_eq!(
                titles_kept(ctx, row.id).await,
                titles_said(&bodies),
                "{}",
                row.name
            );
        }
        let counts = |kept: &&machine_fact::Model| {
            kept.machine_id == row.id && (row.merged_into.is_none() || kept.part == Part::Row.name())
        };
        let kept: Vec<_> = facts.iter().filter(counts).collect();
        for fact in said.iter() {
            let same = |kept: &&&machine_fact::Model| {
                (kept.part.as_str(), kept.field.as_str()) == (fact.part.name(), fact.field.name())
                    && (&kept.text, &kept.key, kept.value) == (&fact.text, &fact.key, fact.value)
            };
            assert!(kept.iter().any(|kept| same(&kept)), "{fact:?} of {}", row.name);
        }
        assert_eq!(kept.len(), said.iter().count(), "{}", row.name);
    }
    assert!(
        facts
            .iter()
            .all(|fact| rows.iter().any(|row| row.id == fact.machine_id))
    );
}

async fn titles_kept(ctx: &Ctx, machine: MachineId) -> BTreeSet<(String, String)> {
    let rows = machine_software::Entity::find()
        .filter(machine_software::Column::MachineId.eq(machine))
        .all(ctx.db.read())
        .await
        .unwrap();
    let mut titles = BTreeSet::new();
    for row in rows {
        let title = software_title::Entity::find_by_id(row.title_id);
        let title = title.one(ctx.db.read()).await.unwrap().unwrap();
        titles.insert((title.manager, title.name));
    }
    titles
}

fn titles_said(bodies: &[Body]) -> BTreeSet<(String, String)> {
    let packages = bodies.iter().flat_map(|body| match body {
        Body::Software(found) => found.packages.as_slice(),
        _ => &[],
    });
    packages
        .filter_map(|package| Some((package.manager.clone().unwrap_or_default(), package.name.clone()?)))
        .collect()
}
