//! The task with sensors that do not exist, and the test in the link's place.

use std::collections::BTreeMap;
use std::time::Duration;

use farol_inventory::{hash, read};
use farol_protocol::link::{InventoryHash, InventorySection};

use super::fake::FakeSensors;
use super::*;

const LONG: Duration = Duration::from_secs(20);

/// Long enough for what would be said at once.
const A_WHILE: Duration = Duration::from_millis(300);

fn start(sensors: &Arc<FakeSensors>) -> Inventory {
    start_with(sensors, Pace::default().patience)
}

fn start_with(sensors: &Arc<FakeSensors>, patience: Duration) -> Inventory {
    let pace = Pace {
        gap: Duration::from_millis(1),
        asked: Duration::from_millis(20),
        rest: 0,
        patience,
        ..Pace::default()
    };
    Inventory::start_at(pace, Arc::clone(sensors) as _, Clock::start())
}

async fn word(inventory: &mut Inventory) -> Word {
    tokio::time::timeout(LONG, inventory.next())
        .await
        .expect("nothing was said in time")
}

async fn is_silent(inventory: &mut Inventory) -> bool {
    tokio::time::timeout(A_WHILE, inventory.next()).await.is_err()
}

type Hashes = BTreeMap<String, InventoryHash>;

/// Listens until so many sections are named.
async fn held(inventory: &mut Inventory, sections: usize) -> Hashes {
    let mut hashes = Hashes::new();
    while hashes.len() < sections {
        match word(inventory).await {
            Word::Held(held) => hashes.extend(held.into_iter().map(|of| (of.section, of.hash))),
            other => panic!("{other:?}"),
        }
    }
    hashes
}

async fn section(inventory: &mut Inventory) -> InventorySection {
    match word(inventory).await {
        Word::Section(section) => section,
        other => panic!("{other:?}"),
    }
}

fn want(inventory: &mut Inventory, sections: &[&str]) {
    inventory.hear(Heard::Wanted(InventoryWanted {
        sections: sections.iter().map(|&name| name.to_owned()).collect(),
        retry_after: None,
    }));
}

/// With everything read and named.
async fn settled(sensors: &Arc<FakeSensors>) -> (Inventory, Hashes) {
    let mut inventory = start(sensors);
    inventory.link_came();
    let hashes = held(&mut inventory, Section::ALL.len()).await;
    (inventory, hashes)
}

#[tokio::test]
async fn everything_is_offered_and_then_nothing_is_said() {
    let sensors = FakeSensors::new();
    let (mut inventory, hashes) = settled(&sensors).await;
    for section in Section::ALL {
        assert_eq!(hashes[section.name()], hash(&sensors.now(section).body));
    }
    assert!(is_silent(&mut inventory).await);
    assert_eq!(sensors.reads(), Section::ALL);
}

#[tokio::test]
async fn what_is_wanted_is_sent_one_after_the_other() {
    let sensors = FakeSensors::new();
    let (mut inventory, hashes) = settled(&sensors).await;
    want(&mut inventory, &["people", "system", "of_tomorrow"]);
    let mut sent = Vec::new();
    for _ in 0..2 {
        let section = section(&mut inventory).await;
        assert_eq!(section.of.hash, hashes[&section.of.section]);
        let known = Section::of_name(&section.of.section).unwrap();
        let found = read(known, &section.body).unwrap();
        assert_eq!(hash(&found.body), section.of.hash, "as the server will see it");
        assert!(is_silent(&mut inventory).await, "one at a time");
        inventory.hear(Heard::Kept(section.of.clone()));
        sent.push(section.of.section);
    }
    sent.sort_unstable();
    assert_eq!(sent, ["people", "system"]);
    assert!(is_silent(&mut inventory).await);
}

#[tokio::test]
async fn another_link_is_told_what_is_known_without_another_reading() {
    let sensors = FakeSensors::new();
    let (mut inventory, hashes) = settled(&sensors).await;
    want(&mut inventory, &["software"]);
    section(&mut inventory).await;
    inventory.link_went();
    assert!(is_silent(&mut inventory).await);
    let reads = sensors.reads().len();
    inventory.link_came();
    let Word::Held(all) = word(&mut inventory).await else {
        panic!("the hashes come first")
    };
    assert_eq!(all.len(), Section::ALL.len(), "in one message");
    assert!(all.iter().all(|of| hashes[&of.section] == of.hash));
    assert!(is_silent(&mut inventory).await, "what was under way is forgotten");
    assert_eq!(sensors.reads().len(), reads);
}

#[tokio::test]
async fn nothing_is_read_without_a_link() {
    let sensors = FakeSensors::new();
    let mut inventory = start(&sensors);
    assert!(is_silent(&mut inventory).await);
    assert_eq!(sensors.reads(), []);
}

#[tokio::test]
async fn who_asks_gets_an_answer_though_nothing_changed() {
    let sensors = FakeSensors::new();
    let (mut inventory, hashes) = settled(&sensors).await;
    inventory.hear(Heard::Asked(vec!["disks".into(), "of_tomorrow".into()]));
    let again = held(&mut inventory, 1).await;
    assert_eq!(again["disks"], hashes["disks"]);
    assert_eq!(sensors.reads().last(), Some(&Section::Disks));
}

#[tokio::test]
async fn what_changed_is_named_before_it_is_sent() {
    let sensors = FakeSensors::new();
    let (mut inventory, hashes) = settled(&sensors).await;
    sensors.install(7);
    inventory.hear(Heard::Asked(vec!["software".into()]));
    let changed = held(&mut inventory, 1).await;
    assert_ne!(changed["software"], hashes["software"]);
    let reads = sensors.reads().len();
    want(&mut inventory, &["software"]);
    let section = section(&mut inventory).await;
    assert_eq!(section.of.hash, changed["software"]);
    let found = read(Section::Software, &section.body).unwrap();
    assert_eq!(found, sensors.now(Section::Software));
    assert!(is_silent(&mut inventory).await);
    assert_eq!(sensors.reads().len(), reads, "one reading was enough");
}

#[tokio::test]
async fn one_thing_is_read_at_a_time() {
    let sensors = FakeSensors::new();
    sensors.slow_down(Duration::from_millis(5));
    let (mut inventory, _) = settled(&sensors).await;
    let names = Section::ALL.map(|section| section.name().to_owned());
    for _ in 0..10 {
        inventory.hear(Heard::Asked(names.to_vec()));
        held(&mut inventory, 1).await;
    }
    assert_eq!(sensors.most(), 1);
}

#[tokio::test]
async fn a_sensor_that_fails_costs_its_section_only() {
    let sensors = FakeSensors::new();
    sensors.break_down(Section::Hardware);
    let mut inventory = start(&sensors);
    inventory.link_came();
    let hashes = held(&mut inventory, Section::ALL.len() - 1).await;
    assert!(!hashes.contains_key("hardware"));
    assert!(is_silent(&mut inventory).await);
}

#[tokio::test]
async fn a_sensor_that_hangs_costs_its_section_only() {
    let sensors = FakeSensors::new();
    sensors.hang(&[Section::Hardware]);
    // Those that do not hang are through long before, on a busy machine too.
    let mut inventory = start_with(&sensors, Duration::from_secs(2));
    inventory.link_came();
    let hashes = held(&mut inventory, Section::ALL.len() - 1).await;
    assert!(!hashes.contains_key("hardware"));
    sensors.hang(&[]);
    assert!(
        is_silent(&mut inventory).await,
        "what comes back late is not told"
    );
}

#[tokio::test]
async fn when_too_many_readings_hang_no_more_are_begun() {
    let sensors = FakeSensors::new();
    sensors.hang(&Section::ALL);
    let mut inventory = start_with(&sensors, A_WHILE);
    inventory.link_came();
    let nothing = tokio::time::timeout(10 * A_WHILE, inventory.next()).await;
    assert!(nothing.is_err());
    assert_eq!(sensors.reads(), &Section::ALL[..LOST_MAX]);
    inventory.link_went();
    inventory.link_came();
    assert!(is_silent(&mut inventory).await);
    assert_eq!(sensors.reads().len(), LOST_MAX, "for another link neither");
    // They come back: the next one is read when anything happens.
    sensors.hang(&[]);
    let until = std::time::Instant::now() + LONG;
    while sensors.reads().len() == LOST_MAX {
        assert!(std::time::Instant::now() < until, "nothing is read any more");
        inventory.hear(Heard::Asked(Vec::new()));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_server_that_says_much_is_survived() {
    let sensors = FakeSensors::new();
    let (mut inventory, _) = settled(&sensors).await;
    for _ in 0..1000 {
        want(&mut inventory, &["people"]);
    }
    section(&mut inventory).await;
    assert!(is_silent(&mut inventory).await, "wanted once");
}
