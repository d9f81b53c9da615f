//! The inventory: what is kept of deliveries, what changed, and what is refused.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use farol_inventory::limits::SECTION_BYTES_MAX;
use farol_inventory::{Section, hash, read};
use farol_protocol::ids::RunId;
use farol_protocol::pipe::PipeKey;
use farol_server::accounts::Caller;
use farol_server::enrollment::Approval;
use farol_server::http::PageQuery;
use farol_server::ids::{MachineId, OrganizationId};
use farol_server::inventory::{
    self, Accepted, CHANGES_KEPT, InventoryChange, Outcome, Refusal, SectionName, Wanted,
};
use farol_server::machines::{self, search};
use farol_server::presence::{Command, Who};
use farol_server::rights::{Rights, RoleKey};
use farol_server::store::entities::machine_change::Kind;
use farol_server::store::entities::{inventory_section, machine_change, machine_software, software_title};
use farol_server::{Code, Ctx};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::recognition::{enroll, request, token};
use crate::common::owner;

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// The agent of this record delivers a section.
pub(super) async fn deliver(
    ctx: &Ctx,
    record: MachineId,
    section: Section,
    said: &Value,
) -> Result<Accepted, Refusal> {
    let bytes = said.to_string().into_bytes();
    let told = hash(&read(section, &bytes).unwrap().body);
    inventory::accept(ctx, (record, FROM), (section, told), bytes).await
}

async fn one_machine(ctx: &Ctx) -> (Caller, MachineId) {
    let by = owner(ctx).await.caller;
    let token = token(ctx, None, Approval::Automatic).await;
    let machine = enroll(ctx, request(&token, 1, 1)).await.unwrap();
    (by, machine)
}

async fn history(ctx: &Ctx, by: &Caller, machine: MachineId, wanted: Wanted) -> Vec<InventoryChange> {
    let page = inventory::changes(ctx, by, machine, &PageQuery::default(), &wanted).await;
    page.unwrap().items
}

fn packages(versions: &[(&str, &str)]) -> Value {
    let package =
        |(name, version): &(&str, &str)| json!({ "manager": "dpkg", "name": name, "version": version });
    json!({ "packages": versions.iter().map(package).collect::<Vec<_>>() })
}

async fn found(ctx: &Ctx, by: &Caller, q: &str) -> Vec<MachineId> {
    let page = machines::list(ctx, by, &PageQuery::default(), (false, q))
        .await
        .unwrap();
    page.items.into_iter().map(|machine| machine.id).collect()
}

pub async fn what_changed_is_told_once_and_the_same_is_nothing_new(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    let before = packages(&[("firefox", "128"), ("vim", "9")]);
    let first = deliver(&ctx, machine, Section::Software, &before).await.unwrap();
    assert_eq!(first.outcome, Outcome::First);
    assert_eq!(history(&ctx, &by, machine, Wanted::default()).await, []);
    ctx.clock.advance(Duration::from_secs(3600));
    let same = deliver(&ctx, machine, Section::Software, &before).await.unwrap();
    assert_eq!((same.outcome, same.hash), (Outcome::Same, first.hash));

    let after = packages(&[("vim", "9"), ("firefox", "129")]);
    let held = hash(
        &read(Section::Software, after.to_string().as_bytes())
            .unwrap()
            .body,
    );
    let asked = [(Section::Software, held), (Section::System, [0; 32])];
    let wanted = inventory::wanted(&ctx, machine, &asked).await.unwrap();
    assert_eq!(wanted, [Section::System, Section::Software]);
    let changed = deliver(&ctx, machine, Section::Software, &after).await.unwrap();
    assert_eq!((changed.outcome, changed.hash), (Outcome::Changed(1), held));
    assert_eq!(
        inventory::wanted(&ctx, machine, &asked).await.unwrap(),
        [Section::System]
    );

    let told = history(&ctx, &by, machine, Wanted::default()).await;
    assert_eq!(told.len(), 1);
    let change = &told[0];
    assert_eq!(
        (change.section, change.kind),
        (SectionName::Software, Kind::Changed)
    );
    assert_eq!(
        (change.what.as_str(), change.subject.as_deref()),
        ("packages.version", Some("firefox"))
    );
    assert_eq!((&change.before, &change.after), (&json!("128"), &json!("129")));
    let none = Wanted {
        kind: Some(Kind::Added),
        ..Wanted::default()
    };
    assert_eq!(history(&ctx, &by, machine, none).await, []);
    let kept = inventory::get(&ctx, &by, machine, Some(Section::Software))
        .await
        .unwrap();
    assert_eq!(kept.sections.len(), 1);
    let part = &kept.sections[0];
    assert!(part.changed_at > part.first_at && part.received_at == part.changed_at);
    assert_eq!(part.facts["packages"][0]["version"], "129");
}

pub async fn of_deliveries_at_once_each_change_is_told_once(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    let said = |version: &str| packages(&[("firefox", version)]);
    deliver(&ctx, machine, Section::Software, &said("1"))
        .await
        .unwrap();
    let new = said("2");
    let (one, other) = tokio::join!(
        deliver(&ctx, machine, Section::Software, &new),
        deliver(&ctx, machine, Section::Software, &new)
    );
    let mut outcomes = [one.unwrap().outcome, other.unwrap().outcome];
    outcomes.sort_by_key(|outcome| *outcome == Outcome::Same);
    assert_eq!(outcomes, [Outcome::Changed(1), Outcome::Same]);
    assert_eq!(history(&ctx, &by, machine, Wanted::default()).await.len(), 1);
}

pub async fn what_is_wrong_in_a_section_is_named_and_the_rest_kept(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    let said = json!({
        "disks": [{ "name": "sda\u{202e}", "size_bytes": -5 }, "sdb", { "name": "sdc", "size_bytes": 7 }],
        "file_systems": "none",
    });
    deliver(&ctx, machine, Section::Disks, &said).await.unwrap();
    let kept = inventory::get(&ctx, &by, machine, None).await.unwrap();
    let part = &kept.sections[0];
    let codes: Vec<&str> = part
        .problems
        .iter()
        .map(|problem| problem.code.as_str())
        .collect();
    assert_eq!(codes, ["cleaned", "out_of_range", "wrong_type", "wrong_type"]);
    let names: Vec<&Value> = part.facts["disks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|disk| &disk["name"])
        .collect();
    assert_eq!(names, ["sda", "sdc"]);
    assert!(part.facts.get("problems").is_none());
}

pub async fn what_costs_too_much_is_refused_and_nothing_is_kept(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    let large = vec![b' '; SECTION_BYTES_MAX + 1];
    let refused = inventory::accept(&ctx, (machine, FROM), (Section::System, [0; 32]), large).await;
    let refusal = refused.unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.retry_after()),
        ("section_too_large", None)
    );
    let list = inventory::accept(&ctx, (machine, FROM), (Section::System, [0; 32]), b"[]".to_vec()).await;
    assert_eq!(list.unwrap_err().code(), "section_not_an_object");
    let gone = deliver(&ctx, MachineId::new(), Section::System, &json!({})).await;
    assert!(matches!(gone, Err(Refusal::Gone)));
    let mut waits = None;
    for _ in 0..100 {
        if let Err(refusal) = deliver(&ctx, machine, Section::System, &json!({})).await {
            waits = refusal.retry_after();
        }
    }
    assert!(waits.is_some(), "a machine delivers without end");
    let kept = inventory::get(&ctx, &by, machine, None).await.unwrap();
    assert_eq!(kept.sections.len(), 1, "what was empty is kept");
}

pub async fn the_inventory_of_another_organization_does_not_exist(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    deliver(&ctx, machine, Section::System, &json!({ "kernel": "6.1" }))
        .await
        .unwrap();
    let stranger = Caller {
        rights: Rights::of_role(RoleKey::Owner, OrganizationId::new()),
        ..by.clone()
    };
    let seen = inventory::get(&ctx, &stranger, machine, None).await;
    assert_eq!(seen.unwrap_err().code(), Code::NotFound);
    let page = PageQuery::default();
    let seen = inventory::changes(&ctx, &stranger, machine, &page, &Wanted::default()).await;
    assert_eq!(seen.unwrap_err().code(), Code::NotFound);
    let from = crate::common::START.before(Duration::from_secs(60));
    let seen = inventory::comparison(&ctx, &stranger, machine, (from, None)).await;
    assert_eq!(seen.unwrap_err().code(), Code::NotFound);
    let asked = inventory::refresh(&ctx, &stranger, machine).await;
    assert_eq!(asked.unwrap_err().code(), Code::NotFound);
    let asked = inventory::refresh(&ctx, &by, machine).await;
    assert_eq!(asked.unwrap_err().code(), Code::MachineOffline);
}

pub async fn the_inventory_goes_with_its_machine(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    for version in ["1", "2"] {
        let said = packages(&[("firefox", version)]);
        deliver(&ctx, machine, Section::Software, &said).await.unwrap();
    }
    let db = ctx.db.read();
    assert_eq!(machine_change::Entity::find().count(db).await.unwrap(), 1);
    assert_eq!(machine_software::Entity::find().count(db).await.unwrap(), 1);
    machines::remove(&ctx, &by, machine).await.unwrap();
    assert_eq!(inventory_section::Entity::find().count(db).await.unwrap(), 0);
    assert_eq!(machine_change::Entity::find().count(db).await.unwrap(), 0);
    assert_eq!(machine_software::Entity::find().count(db).await.unwrap(), 0);
    // Its title is nobody's any more.
    assert_eq!(software_title::Entity::find().count(db).await.unwrap(), 1);
    assert!(!inventory::tidy(&ctx).await.unwrap());
    assert_eq!(software_title::Entity::find().count(db).await.unwrap(), 0);
}

pub async fn so_many_changes_are_kept_and_the_oldest_go(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    let many: Vec<String> = (0..3_000).map(|number| format!("p{number}")).collect();
    let full: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "1")).collect();
    for said in [
        packages(&[]),
        packages(&full),
        packages(&[]),
        packages(&[("last", "1")]),
    ] {
        deliver(&ctx, machine, Section::Software, &said).await.unwrap();
    }
    let count = async || machine_change::Entity::find().count(ctx.db.read()).await.unwrap();
    assert_eq!(count().await, 6_001);
    inventory::tidy(&ctx).await.unwrap();
    assert_eq!(count().await, CHANGES_KEPT);
    let newest = history(&ctx, &by, machine, Wanted::default()).await;
    assert_eq!(newest[0].subject.as_deref(), Some("last"));
    // What was forgotten is not known any more, and said so.
    let from = ctx.clock.now();
    ctx.clock.advance(Duration::from_secs(60));
    let compared = inventory::comparison(&ctx, &by, machine, (from, None))
        .await
        .unwrap();
    assert!(compared.sections[0].whole && compared.changes.is_empty());
    let earlier = from.before(Duration::from_secs(60));
    let compared = inventory::comparison(&ctx, &by, machine, (earlier, None))
        .await
        .unwrap();
    assert!(!compared.sections[0].whole);
}

pub async fn two_moments_are_compared_as_far_back_as_is_known(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    let before = ctx.clock.now();
    ctx.clock.advance(Duration::from_secs(60));
    for versions in [
        &[("firefox", "128"), ("vim", "9")][..],
        &[("firefox", "129"), ("nano", "7")],
        &[("firefox", "130"), ("nano", "8")],
    ] {
        let said = packages(versions);
        deliver(&ctx, machine, Section::Software, &said).await.unwrap();
        ctx.clock.advance(Duration::from_secs(3600));
    }
    let first = before.after(Duration::from_secs(61));
    let compared = inventory::comparison(&ctx, &by, machine, (first, None))
        .await
        .unwrap();
    assert!(compared.sections[0].whole && !compared.truncated);
    let told: Vec<(Option<&str>, Kind, &Value)> = compared
        .changes
        .iter()
        .map(|one| {
            let after = if one.after.is_object() {
                &one.after["version"]
            } else {
                &one.after
            };
            (one.subject.as_deref(), one.kind, after)
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some("firefox"), Kind::Changed, &json!("130")),
            (Some("nano"), Kind::Added, &json!("8")),
            (Some("vim"), Kind::Removed, &Value::Null),
        ]
    );
    assert_eq!(compared.changes[0].before, json!("128"));
    // Nothing is known of before the first delivery.
    let compared = inventory::comparison(&ctx, &by, machine, (before, Some(first)))
        .await
        .unwrap();
    assert!(!compared.sections[0].whole && compared.changes.is_empty());
    let turned = inventory::comparison(&ctx, &by, machine, (first, Some(before))).await;
    assert_eq!(turned.unwrap_err().code(), Code::ValidationFailed);
}

pub async fn a_machine_of_several_records_is_what_was_delivered_last(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let record = enroll(&ctx, request(&token, 2, 2)).await.unwrap();
    let zone = |name: &str| json!({ "time_zone": name });
    deliver(&ctx, machine, Section::System, &zone("America/Recife"))
        .await
        .unwrap();
    deliver(&ctx, machine, Section::Software, &packages(&[("vim", "9")]))
        .await
        .unwrap();
    ctx.clock.advance(Duration::from_secs(60));
    deliver(&ctx, record, Section::System, &zone("Europe/Lisbon"))
        .await
        .unwrap();
    machines::merge(&ctx, &by, machine, record).await.unwrap();
    assert_eq!(found(&ctx, &by, "timezone:lisbon").await, [machine]);
    assert_eq!(found(&ctx, &by, "timezone:recife").await, []);
    assert_eq!(found(&ctx, &by, "software:vim").await, [machine]);
    let kept = inventory::get(&ctx, &by, machine, None).await.unwrap();
    assert_eq!(kept.sections[0].facts["time_zone"], "Europe/Lisbon");

    // Its agent speaks with the key of the record still.
    ctx.clock.advance(Duration::from_secs(60));
    deliver(&ctx, record, Section::System, &zone("Europe/Madrid"))
        .await
        .unwrap();
    assert_eq!(found(&ctx, &by, "timezone:madrid").await, [machine]);
    assert_eq!(history(&ctx, &by, machine, Wanted::default()).await.len(), 1);
    let identity = machines::identity(&ctx, &by, machine).await.unwrap();
    assert_eq!(identity.merged.len(), 1);

    machines::undo(&ctx, &by, machine, record).await.unwrap();
    assert_eq!(found(&ctx, &by, "timezone:recife").await, [machine]);
    assert_eq!(found(&ctx, &by, "timezone:madrid").await, [record]);
    assert_eq!(found(&ctx, &by, "software:vim").await, [machine]);
}

pub async fn a_row_and_a_section_leave_each_others_words_alone(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    let hardware =
        |model: &str| json!({ "maker": "Dell", "model": model, "memory_bytes": 17_179_869_184_u64 });
    deliver(&ctx, machine, Section::Hardware, &hardware("Latitude 5440"))
        .await
        .unwrap();
    let tx = ctx.db.write().await.unwrap();
    search::keep(&tx, machine).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(found(&ctx, &by, "latitude pc").await, [machine]);
    assert_eq!(found(&ctx, &by, "memory:16gib maker:=dell").await, [machine]);
    deliver(&ctx, machine, Section::Hardware, &hardware("OptiPlex"))
        .await
        .unwrap();
    assert_eq!(found(&ctx, &by, "latitude").await, []);
    assert_eq!(found(&ctx, &by, "optiplex pc").await, [machine]);
    deliver(&ctx, machine, Section::Hardware, &json!({}))
        .await
        .unwrap();
    assert_eq!(found(&ctx, &by, "maker:*").await, []);
    assert_eq!(found(&ctx, &by, "host:pc").await, [machine]);
}

pub async fn an_agent_that_delivers_is_asked_to_look_again(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    let arrive = |capabilities: &[&str]| {
        let who = Who {
            record: machine,
            key: [0; 32],
            run: RunId([1; 16]),
            installation: None,
        };
        let capabilities = capabilities.iter().map(|one| (*one).to_owned()).collect();
        let pipe_key = PipeKey::from_seed([7; 32]).public();
        ctx.presence
            .arrive(ctx.clock.now(), machine, who, (capabilities, pipe_key))
    };
    let place = arrive(&["screen"]);
    let asked = inventory::refresh(&ctx, &by, machine).await;
    assert_eq!(asked.unwrap_err().code(), Code::CapabilityMissing);
    drop(place);
    let mut place = arrive(&["screen", inventory::CAPABILITY]);
    let viewer = Caller {
        rights: Rights::of_role(RoleKey::Viewer, by.rights.organizations()[0]),
        ..by.clone()
    };
    let asked = inventory::refresh(&ctx, &viewer, machine).await;
    assert_eq!(asked.unwrap_err().code(), Code::Forbidden);
    inventory::refresh(&ctx, &by, machine).await.unwrap();
    let command = place.commands.recv().await.unwrap();
    assert!(matches!(command, Command::AskInventory(all) if all == Section::ALL));
    let mut asked = Ok(());
    for _ in 0..20 {
        asked = asked.and(inventory::refresh(&ctx, &by, machine).await);
    }
    assert_eq!(asked.unwrap_err().code(), Code::TooManyAttempts);
}

pub async fn words_that_fit_many_titles_find_the_same_machines(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let mut machines = Vec::new();
    for number in 1..=3 {
        machines.push(
            enroll(&ctx, request(&token, number, number.into()))
                .await
                .unwrap(),
        );
    }
    let many: Vec<String> = (0..1_001).map(|number| format!("lib-{number}")).collect();
    let full: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "1")).collect();
    for (machine, said) in machines.iter().zip([packages(&full), packages(&[("vim", "9")])]) {
        deliver(&ctx, *machine, Section::Software, &said).await.unwrap();
    }
    for (q, fits) in [
        ("software:lib", &machines[..1]),
        ("lib", &machines[..1]),
        ("-software:lib", &machines[1..]),
        ("software:lib-7", &machines[..1]),
        ("software:*", &machines[..2]),
        ("software:(lib OR vim)", &machines[..2]),
        ("-software:*", &machines[2..]),
        ("lib -software:lib-1000", &machines[..0]),
    ] {
        assert_eq!(found(&ctx, &by, q).await, fits, "{q}");
    }
}
