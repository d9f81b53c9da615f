//! What is said of the inventory, when.

use proptest::prelude::*;

use super::*;

const START: Tick = Tick(5_000_000);
const MINUTE: Duration = Duration::from_secs(60);

fn linked() -> Offers {
    let mut offers = Offers::default();
    offers.link_came(START);
    offers
}

fn of(section: Section, hash: u8) -> SectionHash {
    named(section, [hash; 32])
}

fn wanted(section: Section, retry_after: Option<Duration>) -> InventoryWanted {
    InventoryWanted {
        sections: vec![section.name().to_owned()],
        retry_after,
    }
}

fn refused(of: SectionHash, retry_after: Option<Duration>) -> InventoryRefused {
    InventoryRefused {
        of,
        code: "section_too_large".into(),
        detail: String::new(),
        retry_after,
    }
}

fn held(sections: &[(Section, u8)]) -> Option<Word> {
    let sections = sections.iter().map(|(section, hash)| of(*section, *hash));
    Some(Word::Held(sections.collect()))
}

fn body(section: Section, hash: u8) -> Option<Word> {
    Some(Word::Section(InventorySection {
        of: of(section, hash),
        body: b"{}".to_vec(),
    }))
}

impl Offers {
    /// A reading that brings its body.
    fn found(&mut self, now: Tick, section: Section, hash: u8) {
        self.was_read(now, section, [hash; 32], Some(b"{}".to_vec()));
    }

    fn at(&mut self, now: Tick) -> Option<Word> {
        self.timeout(now, 0);
        self.next_word(now)
    }

    /// Hands `section` to the link.
    fn send(&mut self, now: Tick, section: Section, hash: u8) {
        self.found(now, section, hash);
        assert_eq!(self.next_word(now), held(&[(section, hash)]));
        self.want(now, &wanted(section, None), 0);
        assert_eq!(self.next_word(now), body(section, hash));
    }
}

#[test]
fn what_did_not_change_is_said_once() {
    let mut offers = linked();
    offers.found(START, Section::People, 1);
    offers.found(START, Section::Disks, 1);
    let both = held(&[(Section::Disks, 1), (Section::People, 1)]);
    assert_eq!(offers.next_word(START), both);
    offers.was_read(START, Section::People, [1; 32], None);
    assert_eq!(offers.next_word(START), None);
    offers.link_went();
    offers.found(START, Section::Disks, 2);
    assert_eq!(offers.next_word(START), None);
    offers.link_came(START);
    let both = held(&[(Section::Disks, 2), (Section::People, 1)]);
    assert_eq!(offers.next_word(START), both);
}

#[test]
fn a_body_is_kept_for_some_minutes_and_no_longer() {
    let mut offers = linked();
    offers.found(START, Section::Software, 1);
    offers.next_word(START);
    let soon = START.after(5 * MINUTE - Duration::from_secs(1));
    assert_eq!(offers.at(soon), None);
    offers.want(soon, &wanted(Section::Software, None), 0);
    assert_eq!(offers.to_read().count(), 0);
    assert_eq!(offers.at(soon), body(Section::Software, 1));

    let mut offers = linked();
    offers.found(START, Section::Software, 1);
    offers.next_word(START);
    assert_eq!(offers.deadline(), Some(START.after(READY)));
    let late = START.after(READY);
    assert_eq!(offers.at(late), None);
    offers.want(late, &wanted(Section::Software, None), 0);
    assert_eq!(offers.at(late), None);
    let again: Vec<_> = offers.to_read().collect();
    assert_eq!(again, [Section::Software], "it is read again");
    assert!(offers.wants_body(Section::Software));
    offers.found(late, Section::Software, 1);
    assert_eq!(offers.at(late), body(Section::Software, 1));
}

#[test]
fn what_somebody_asked_for_is_read_with_its_body() {
    let mut offers = linked();
    offers.found(START, Section::Software, 1);
    offers.next_word(START);
    let later = START.after(READY);
    assert_eq!(offers.at(later), None);
    offers.ask(&["software".into()]);
    assert!(offers.wants_body(Section::Software) && !offers.wants_body(Section::People));
    offers.found(later, Section::Software, 1);
    assert_eq!(offers.at(later), held(&[(Section::Software, 1)]));
    offers.want(later, &wanted(Section::Software, None), 0);
    assert_eq!(offers.to_read().count(), 0, "it need not be read once more");
    assert_eq!(offers.at(later), body(Section::Software, 1));
}

#[test]
fn one_section_at_a_time_and_the_next_is_not_even_read() {
    let mut offers = linked();
    offers.found(START, Section::Disks, 1);
    offers.next_word(START);
    offers.timeout(START.after(READY), 0);
    offers.send(START, Section::People, 1);
    offers.want(START, &wanted(Section::Disks, None), 0);
    offers.want(START, &wanted(Section::People, None), 0);
    assert_eq!(offers.to_read().count(), 0);
    assert_eq!(offers.next_word(START), None);
    offers.kept(&of(Section::Disks, 1));
    assert_eq!(offers.to_read().count(), 0, "another one was kept");
    offers.kept(&of(Section::People, 9));
    let next: Vec<_> = offers.to_read().collect();
    assert_eq!(next, [Section::Disks], "wanted twice is sent once");
    offers.found(START, Section::Disks, 1);
    offers.found(START, Section::Network, 1);
    assert_eq!(offers.next_word(START), held(&[(Section::Network, 1)]));
    assert_eq!(offers.next_word(START), body(Section::Disks, 1));
}

#[test]
fn what_changed_is_named_before_it_is_sent() {
    let mut offers = linked();
    offers.found(START, Section::Software, 1);
    offers.next_word(START);
    offers.want(START, &wanted(Section::Software, None), 0);
    offers.found(START, Section::Software, 2);
    assert_eq!(offers.next_word(START), held(&[(Section::Software, 2)]));
    assert_eq!(offers.next_word(START), body(Section::Software, 2));
}

#[test]
fn not_now_is_offered_again_later() {
    let mut offers = linked();
    offers.send(START, Section::Software, 1);
    offers.want(START, &wanted(Section::Software, Some(MINUTE)), u32::MAX);
    assert_eq!(
        offers.next_word(START),
        Some(Word::Stop(Section::Software)),
        "what is on its way is of no use"
    );
    let later = START.after(MINUTE + MINUTE / 2);
    assert_eq!(offers.at(Tick(later.0 - 1)), None);
    assert_eq!(offers.deadline(), Some(later));
    assert_eq!(offers.at(later), held(&[(Section::Software, 1)]));
    assert_eq!(offers.at(later.after(100 * MINUTE)), None);
    // What changes does not wait.
    offers.want(START, &wanted(Section::Software, Some(MINUTE)), 0);
    offers.found(START, Section::Software, 2);
    assert_eq!(offers.next_word(START), held(&[(Section::Software, 2)]));
}

#[test]
fn what_was_refused_is_not_offered_until_it_changed() {
    let mut offers = linked();
    offers.send(START, Section::Software, 1);
    offers.refuse(START, &refused(of(Section::Software, 1), None), 0);
    assert_eq!(offers.at(START.after(1000 * MINUTE)), None);
    assert_eq!(offers.deadline(), None);
    offers.link_came(START);
    assert_eq!(offers.next_word(START), None);
    offers.found(START, Section::Software, 2);
    assert_eq!(offers.next_word(START), held(&[(Section::Software, 2)]));
    // What is refused late was replaced meanwhile.
    offers.refuse(START, &refused(of(Section::Software, 1), None), 0);
    offers.link_came(START);
    assert_eq!(offers.next_word(START), held(&[(Section::Software, 2)]));
}

#[test]
fn what_was_refused_for_a_while_is_offered_after_it() {
    let mut offers = linked();
    offers.send(START, Section::Software, 1);
    offers.refuse(START, &refused(of(Section::Software, 1), Some(MINUTE)), 0);
    offers.link_came(START);
    assert_eq!(offers.next_word(START), None);
    let later = START.after(MINUTE);
    assert_eq!(offers.deadline(), Some(later));
    assert_eq!(offers.at(later), held(&[(Section::Software, 1)]));
    // Also when the link was away then.
    offers.refuse(later, &refused(of(Section::Software, 1), Some(MINUTE)), 0);
    offers.link_went();
    offers.link_came(later.after(MINUTE));
    assert_eq!(offers.next_word(later), held(&[(Section::Software, 1)]));
}

#[test]
fn without_an_answer_it_is_offered_again_and_again_more_rarely() {
    let mut offers = linked();
    let (mut now, mut waits) = (START, Vec::new());
    offers.found(now, Section::Software, 1);
    for _ in 0..8 {
        while offers.at(now) != held(&[(Section::Software, 1)]) {
            now = offers.deadline().unwrap();
        }
        offers.want(now, &wanted(Section::Software, None), 0);
        offers.found(now, Section::Software, 1);
        assert_eq!(offers.at(now), body(Section::Software, 1));
        let silent = now.after(ANSWER);
        assert_eq!(offers.at(silent), Some(Word::Stop(Section::Software)));
        let again = offers.deadline().unwrap();
        waits.push(again.since(silent).as_secs() / 60);
        now = silent;
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 64]);
}

#[test]
fn who_asks_gets_what_was_refused_too() {
    let mut offers = linked();
    offers.send(START, Section::Software, 1);
    offers.refuse(START, &refused(of(Section::Software, 1), None), 0);
    offers.ask(&["software".into(), "of_tomorrow".into()]);
    assert_eq!(offers.to_read().collect::<Vec<_>>(), [Section::Software]);
    offers.was_read(START, Section::Software, [1; 32], None);
    assert_eq!(offers.to_read().count(), 0);
    assert_eq!(offers.next_word(START), held(&[(Section::Software, 1)]));
}

#[test]
fn bodies_are_bounded() {
    let mut offers = linked();
    for (section, length) in [
        (Section::System, 10),
        (Section::Software, READY_BYTES_MAX - 10),
        (Section::Disks, 1),
    ] {
        offers.was_read(START, section, [1; 32], Some(vec![1; length]));
    }
    assert_eq!(offers.ready.len(), 1, "the newest");
    offers.link_went();
    assert_eq!(offers.ready.len(), 0);
    offers.found(START, Section::People, 1);
    assert_eq!(offers.ready.len(), 0, "nobody could want it");
}

#[derive(Debug, Clone)]
enum Step {
    Link(bool),
    Read(usize, u8, bool),
    Want(usize, Option<u16>),
    Ask(usize),
    Keep(usize, u8),
    Refuse(usize, u8, Option<u16>),
    Wait(u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        any::<bool>().prop_map(Step::Link),
        (0usize..7, 0u8..3, any::<bool>()).prop_map(|(at, hash, whole)| Step::Read(at, hash, whole)),
        (0usize..7, prop::option::of(1u16..900)).prop_map(|(at, wait)| Step::Want(at, wait)),
        (0usize..7).prop_map(Step::Ask),
        (0usize..7, 0u8..3).prop_map(|(at, hash)| Step::Keep(at, hash)),
        (0usize..7, 0u8..3, prop::option::of(1u16..900))
            .prop_map(|(at, hash, wait)| Step::Refuse(at, hash, wait)),
        (0u16..900).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

fn seconds(wait: Option<u16>) -> Option<Duration> {
    wait.map(|wait| Duration::from_secs(wait.into()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the server says: nothing is said without a link, what is sent is what was named last, nothing repeats for ever.
    #[test]
    fn what_is_sent_was_named_and_wanted(steps in steps(), random: u32) {
        let (mut offers, mut now, mut linked) = (Offers::default(), START, false);
        let mut named: BTreeMap<String, InventoryHash> = BTreeMap::new();
        let mut wanted_names: BTreeSet<String> = BTreeSet::new();
        for step in steps {
            match step {
                Step::Link(true) => {
                    linked = true;
                    offers.link_came(now);
                    named.clear();
                    wanted_names.clear();
                }
                Step::Link(false) => {
                    linked = false;
                    offers.link_went();
                }
                Step::Read(at, hash, whole) => {
                    let whole = whole || offers.wants_body(Section::ALL[at]);
                    offers.was_read(now, Section::ALL[at], [hash; 32], whole.then(|| b"{}".to_vec()));
                }
                Step::Want(at, wait) => {
                    offers.want(now, &wanted(Section::ALL[at], seconds(wait)), random);
                    if wait.is_none() {
                        wanted_names.insert(Section::ALL[at].name().to_owned());
                    }
                }
                Step::Ask(at) => offers.ask(&[Section::ALL[at].name().to_owned()]),
                Step::Keep(at, hash) => offers.kept(&of(Section::ALL[at], hash)),
                Step::Refuse(at, hash, wait) => {
                    offers.refuse(now, &refused(of(Section::ALL[at], hash), seconds(wait)), random);
                }
                Step::Wait(wait) => now = now.after(Duration::from_secs(wait.into())),
            }
            offers.timeout(now, random);
            prop_assert!(offers.deadline().is_none_or(|deadline| deadline > now), "time does not stand still");
            let mut words = 0;
            while let Some(word) = offers.next_word(now) {
                words += 1;
                prop_assert!(linked && words <= 3);
                match word {
                    Word::Held(held) => {
                        prop_assert!(!held.is_empty() && held.len() <= Section::ALL.len());
                        named.extend(held.into_iter().map(|of| (of.section, of.hash)));
                    }
                    Word::Section(section) => {
                        prop_assert_eq!(named.get(&section.of.section), Some(&section.of.hash));
                        prop_assert!(wanted_names.contains(&section.of.section));
                    }
                    Word::Stop(_) => {}
                }
            }
            prop_assert!(!linked || offers.to_read().count() <= 1 + offers.asked.len());
        }
    }
}
