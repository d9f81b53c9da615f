//! Sequences of comings, goings and wishes, and what every viewer makes of them.

use std::sync::Arc;

use farol_protocol::pipe::message::company::Line;
use proptest::prelude::*;

use super::super::chat::HISTORY;
use super::super::wheel::{Grip, Hold, Wheel};
use super::*;

const NOW: (Tick, u64) = (Tick(0), 0);

fn at(x: i32) -> PointAt {
    PointAt {
        x,
        y: 0,
        laser: true,
        gone: false,
    }
}

fn technician(name: &str) -> (String, PersonKind) {
    (name.to_owned(), PersonKind::Technician)
}

/// What one viewer was told.
#[derive(Debug, Default)]
struct Seen {
    roster: Roster,
    lines: Vec<String>,
    asked: Vec<PersonId>,
    refused: Vec<PersonId>,
    pointers: BTreeMap<PersonId, PointAt>,
}

impl Seen {
    fn look(&mut self, rules: &mut Rules, id: PersonId) {
        while let Some(message) = rules.next(id, Room::Free) {
            match message {
                CompanyToViewer::Roster(roster) => self.roster = roster,
                CompanyToViewer::Said(said) => self.lines.push(said.text.0),
                CompanyToViewer::DriveAsked(person) => self.asked.push(person),
                CompanyToViewer::DriveRefused(by) => self.refused.push(by),
                CompanyToViewer::Pointer { person, at } if at.gone => {
                    self.pointers.remove(&person);
                }
                CompanyToViewer::Pointer { person, at } => {
                    self.pointers.insert(person, at);
                }
            }
        }
    }
}

fn seen(rules: &mut Rules, id: PersonId) -> Seen {
    let mut seen = Seen::default();
    seen.look(rules, id);
    seen
}

fn say(rules: &mut Rules, id: PersonId, text: &str) {
    rules.take(id, NOW, CompanyToAgent::Say(Line(text.into())));
}

fn notes(rules: &mut Rules, id: PersonId) -> Vec<(&'static str, String, String)> {
    std::iter::from_fn(|| rules.take_note(id))
        .map(|note| (note.kind, note.who, note.text.0))
        .collect()
}

/// Ana, who drives, and Bruno, who may.
fn two() -> (Rules, PersonId, PersonId) {
    let mut rules = Rules::default();
    let [ana, bruno] = ["Ana", "Bruno"].map(|name| {
        let id = rules.join(technician(name), Tick(0));
        rules.set_may_drive(id, true);
        id
    });
    (rules, ana, bruno)
}

#[test]
fn the_first_who_may_drives_and_everybody_is_shown_to_everybody() {
    let (mut rules, ana, bruno) = two();
    rules.set_end_user(Some("maria".into()));
    for (you, me) in [(ana, "Ana"), (bruno, "Bruno")] {
        let roster = seen(&mut rules, you).roster;
        assert_eq!((roster.you, roster.driver), (you, Some(ana)));
        let names: Vec<&str> = roster.people.iter().map(|person| person.name.as_str()).collect();
        assert_eq!(names, ["maria", "Ana", "Bruno"]);
        let own = roster.people.iter().find(|person| person.id == you).unwrap();
        assert_eq!((own.name.as_str(), own.may_drive), (me, true));
        assert_eq!(roster.people[0].kind, PersonKind::EndUser);
    }
    rules.set_end_user(None);
    assert_eq!(seen(&mut rules, ana).roster.people.len(), 2);
    assert!(rules.next(ana, Room::Free).is_none(), "once");
}

#[test]
fn the_driver_is_asked_and_hands_over_or_not() {
    let (mut rules, ana, bruno) = two();
    rules.take(bruno, NOW, CompanyToAgent::HandOver(bruno));
    assert_eq!(rules.driver(), Some(ana), "who does not drive hands nothing over");
    for _ in 0..3 {
        rules.take(bruno, NOW, CompanyToAgent::AskToDrive);
    }
    assert_eq!(seen(&mut rules, ana).asked, [bruno], "once");
    rules.take(ana, NOW, CompanyToAgent::RefuseDrive(bruno));
    assert_eq!(seen(&mut rules, bruno).refused, [ana]);
    rules.take(bruno, NOW, CompanyToAgent::AskToDrive);
    assert_eq!(seen(&mut rules, ana).asked, [bruno], "again");
    rules.take_hands(ana);
    rules.take(ana, NOW, CompanyToAgent::HandOver(bruno));
    assert!(rules.take_hands(ana) && rules.take_hands(bruno) && !rules.take_hands(ana));
    assert_eq!(seen(&mut rules, ana).roster.driver, Some(bruno));
    let noted = [("handed_over", "Ana".to_owned(), "Bruno".to_owned())];
    assert_eq!(notes(&mut rules, ana), noted);
    assert_eq!(notes(&mut rules, bruno), noted);
}

#[test]
fn what_was_said_goes_with_the_last_who_was_there() {
    let (mut rules, ana, bruno) = two();
    say(&mut rules, ana, "the password is on the desk");
    rules.leave(ana);
    let carla = rules.join(technician("Carla"), Tick(0));
    assert_eq!(seen(&mut rules, carla).lines.len(), 1, "Bruno is still there");
    rules.leave(bruno);
    rules.leave(carla);
    let other = rules.join(technician("Davi"), Tick(0));
    assert!(seen(&mut rules, other).lines.is_empty());
    say(&mut rules, other, "hello");
    assert_eq!(seen(&mut rules, other).lines, ["hello"]);
}

#[test]
fn what_is_asked_goes_over_to_the_next_driver() {
    let (mut rules, ana, bruno) = two();
    let carla = rules.join(technician("Carla"), Tick(0));
    rules.set_may_drive(carla, true);
    rules.take(carla, NOW, CompanyToAgent::AskToDrive);
    rules.take(ana, NOW, CompanyToAgent::HandOver(bruno));
    assert_eq!(seen(&mut rules, bruno).asked, [carla]);
    assert_eq!(
        seen(&mut rules, ana).asked,
        Vec::<PersonId>::new(),
        "it is none of hers any more"
    );
    rules.leave(bruno);
    assert_eq!(rules.driver(), Some(carla), "who waits drives");
    rules.leave(carla);
    assert_eq!(rules.driver(), None);
}

#[test]
fn nobody_drives_until_somebody_asks() {
    let (mut rules, ana, bruno) = two();
    rules.set_may_drive(ana, false);
    assert_eq!(seen(&mut rules, bruno).roster.driver, None);
    rules.take(ana, NOW, CompanyToAgent::AskToDrive);
    assert_eq!(rules.driver(), None, "she may not");
    rules.take(bruno, NOW, CompanyToAgent::AskToDrive);
    assert_eq!(rules.driver(), Some(bruno));
    rules.take(bruno, NOW, CompanyToAgent::HandOver(ana));
    assert_eq!(rules.driver(), Some(bruno), "only to who may");
}

#[test]
fn an_interrupted_driver_is_not_asked() {
    let (mut rules, ana, bruno) = two();
    rules.set_interrupted(ana, true);
    assert_eq!(rules.driver(), Some(ana), "she may come back");
    assert!(seen(&mut rules, bruno).roster.people[0].interrupted);
    rules.take(bruno, NOW, CompanyToAgent::AskToDrive);
    assert_eq!(rules.driver(), Some(bruno));
    rules.set_interrupted(ana, false);
    assert_eq!(rules.driver(), Some(bruno));
    assert_eq!(
        notes(&mut rules, ana),
        [("handed_over", "Bruno".to_owned(), "Bruno".to_owned())]
    );
}

#[test]
fn who_is_alone_again_drives_again() {
    let (mut rules, ana, bruno) = two();
    rules.leave(bruno);
    rules.set_may_drive(ana, false);
    rules.set_may_drive(ana, true);
    assert_eq!(rules.driver(), Some(ana));
    rules.leave(ana);
    let carla = rules.join(technician("Carla"), Tick(0));
    rules.set_may_drive(carla, true);
    assert_eq!(rules.driver(), Some(carla));
}

#[test]
fn pointers_are_passed_on_at_a_pace_and_the_newest_wins() {
    let (mut rules, ana, bruno) = two();
    for micros in 0..1_000_000_u64 {
        if micros % 1_000 == 0 {
            let place = CompanyToAgent::PointAt(at(i32::try_from(micros / 1_000).unwrap()));
            rules.take(bruno, (Tick(micros), 0), place);
        }
        if rules.pointer_due(bruno).is_some_and(|due| due <= Tick(micros)) {
            rules.pass_pointer(bruno, Tick(micros));
        }
    }
    let shown = rules.members[&bruno].pointer.shown.unwrap();
    assert!(shown.x > 950, "{shown:?}");
    let due = rules.pointer_due(bruno).unwrap();
    rules.pass_pointer(bruno, due);
    assert_eq!(seen(&mut rules, ana).pointers, BTreeMap::from([(bruno, at(999))]));
    assert_eq!(rules.pointer_due(bruno), None);
    assert_eq!(seen(&mut rules, bruno).pointers, BTreeMap::new(), "not back");
    rules.take(ana, NOW, CompanyToAgent::PointAt(at(5)));
    assert_eq!(
        seen(&mut rules, bruno).pointers,
        BTreeMap::new(),
        "the driver's is the machine's"
    );
}

#[test]
fn no_more_than_sixty_places_a_second_are_passed_on() {
    let (mut rules, ana, bruno) = two();
    seen(&mut rules, ana);
    let mut passed = 0;
    for millis in 0..1_000 {
        let now = Tick(millis * 1_000);
        rules.take(bruno, (now, 0), CompanyToAgent::PointAt(at(1)));
        passed += std::iter::from_fn(|| rules.next(ana, Room::Free)).count();
    }
    assert!((50..=60).contains(&passed), "{passed}");
}

#[test]
fn pointers_wait_for_who_is_behind_and_what_is_said_does_not() {
    let (mut rules, ana, bruno) = two();
    seen(&mut rules, ana);
    rules.take(bruno, NOW, CompanyToAgent::PointAt(at(1)));
    say(&mut rules, bruno, "oi");
    assert!(rules.next(ana, Room::None).is_none());
    assert!(matches!(
        rules.next(ana, Room::Behind),
        Some(CompanyToViewer::Said(_))
    ));
    assert!(rules.next(ana, Room::Behind).is_none());
    rules.take(bruno, (Tick(20_000), 0), CompanyToAgent::PointAt(at(2)));
    let pointers = seen(&mut rules, ana).pointers;
    assert_eq!(
        pointers,
        BTreeMap::from([(bruno, at(2))]),
        "only the newest place"
    );
    rules.set_interrupted(bruno, true);
    assert!(rules.members[&ana].out.pointers[&bruno].gone);
}

#[test]
fn what_is_said_reaches_everybody_in_one_order_and_who_joins_later() {
    let (mut rules, ana, bruno) = two();
    say(&mut rules, bruno, "um");
    say(&mut rules, ana, "dois");
    say(&mut rules, ana, "  ");
    rules.leave(bruno);
    let carla = rules.join(technician("Carla"), Tick(0));
    say(&mut rules, carla, "três");
    for id in [ana, carla] {
        assert_eq!(seen(&mut rules, id).lines, ["um", "dois", "três"]);
    }
    assert_eq!(
        notes(&mut rules, ana),
        [("said", "Ana".to_owned(), "dois".to_owned())]
    );
    rules.begin(ana);
    assert_eq!(
        seen(&mut rules, ana).lines.len(),
        3,
        "a page that was loaded anew is told again"
    );
}

/// What the person at the machine says is heard by all, and each session keeps it once.
#[test]
fn the_person_at_the_machine_says_something_too() {
    let (mut rules, ana, bruno) = two();
    rules.set_end_user(Some("maria".into()));
    say(&mut rules, ana, "um");
    rules.end_user_says(NOW, Line("dois".into()));
    rules.end_user_says(NOW, Line("  ".into()));
    for id in [ana, bruno] {
        assert_eq!(seen(&mut rules, id).lines, ["um", "dois"]);
    }
    let own = ("said", "maria".to_owned(), "dois".to_owned());
    let of_ana = ("said", "Ana".to_owned(), "um".to_owned());
    assert_eq!(notes(&mut rules, ana), [of_ana, own.clone()]);
    assert_eq!(notes(&mut rules, bruno), [own]);
    let talk = rules.talk().unwrap();
    let told: Vec<(&str, &str, bool)> = talk
        .lines
        .iter()
        .map(|line| (line.name.as_str(), line.text.as_str(), line.own))
        .collect();
    assert_eq!(told, [("Ana", "um", false), ("maria", "dois", true)]);
    assert_eq!(rules.take_woken(), BTreeSet::from([ana, bruno]));
}

#[test]
fn who_speaks_at_the_machine_is_there() {
    let (mut rules, ana, _bruno) = two();
    rules.end_user_says(NOW, Line("olá".into()));
    let seen = seen(&mut rules, ana);
    assert_eq!(seen.roster.people[0].kind, PersonKind::EndUser);
    assert_eq!(seen.lines, ["olá"]);
    assert_eq!(notes(&mut rules, ana)[0].1, "");
}

#[test]
fn without_anybody_there_nothing_is_said_at_the_machine() {
    let mut rules = Rules::default();
    rules.set_end_user(Some("maria".into()));
    assert_eq!((rules.talk(), rules.talk_count()), (None, None));
    rules.end_user_says(NOW, Line("olá?".into()));
    let ana = rules.join(technician("Ana"), Tick(0));
    assert_eq!(rules.talk_count(), Some(0));
    assert!(seen(&mut rules, ana).lines.is_empty());
    assert!(notes(&mut rules, ana).is_empty());
    rules.leave(ana);
    assert_eq!(rules.talk(), None);
}

#[test]
fn the_person_at_the_machine_has_an_allowance_whoever_it_is() {
    let (mut rules, ana, _bruno) = two();
    for number in 0..500 {
        rules.set_end_user(Some(format!("user {}", number % 2)));
        rules.end_user_says(NOW, Line("spam".into()));
    }
    say(&mut rules, ana, "oi");
    let lines = seen(&mut rules, ana).lines;
    assert_eq!((lines.len(), lines[20].as_str()), (21, "oi"));
}

#[test]
fn who_says_too_much_is_not_heard() {
    let (mut rules, ana, bruno) = two();
    for _ in 0..500 {
        say(&mut rules, bruno, "spam");
    }
    say(&mut rules, ana, "oi");
    let lines = seen(&mut rules, ana).lines;
    assert_eq!((lines.len(), lines[20].as_str()), (21, "oi"));
    assert_eq!(notes(&mut rules, bruno).len(), 20);
}

/// Something that may happen, to the person at this place among those who are there.
#[derive(Debug, Clone)]
enum Step {
    Join,
    Leave(usize),
    Begin(usize),
    Interrupted(usize, bool),
    MayDrive(usize, bool),
    Ask(usize),
    HandOver(usize, usize),
    Refuse(usize, usize),
    Point(usize, bool),
    Say(usize),
    EndUser(bool),
    Look(usize),
    Later,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..8_usize;
    let step = prop_oneof![
        2 => Just(Step::Join),
        1 => who.clone().prop_map(Step::Leave),
        1 => who.clone().prop_map(Step::Begin),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, on)| Step::Interrupted(who, on)),
        4 => (who.clone(), any::<bool>()).prop_map(|(who, may)| Step::MayDrive(who, may)),
        4 => who.clone().prop_map(Step::Ask),
        4 => (who.clone(), who.clone()).prop_map(|(who, to)| Step::HandOver(who, to)),
        2 => (who.clone(), who.clone()).prop_map(|(who, asker)| Step::Refuse(who, asker)),
        3 => (who.clone(), any::<bool>()).prop_map(|(who, gone)| Step::Point(who, gone)),
        2 => who.clone().prop_map(Step::Say),
        1 => any::<bool>().prop_map(Step::EndUser),
        3 => who.prop_map(Step::Look),
        2 => Just(Step::Later),
    ];
    prop::collection::vec(step, 1..120)
}

/// Everybody with what they saw and their hands.
#[derive(Default)]
struct Stage {
    rules: Rules,
    wheel: Arc<Wheel>,
    there: Vec<(PersonId, Seen, Hold)>,
    said: Vec<String>,
    now: u64,
}

impl Stage {
    fn who(&self, place: usize) -> Option<PersonId> {
        let place = place.checked_rem(self.there.len())?;
        Some(self.there[place].0)
    }

    fn act(&mut self, step: &Step) -> Option<()> {
        let time = (Tick(self.now), self.now);
        match *step {
            Step::Join if self.there.len() >= 8 => {}
            Step::Join => {
                let id = self.rules.join(technician("somebody"), time.0);
                self.there.push((id, Seen::default(), self.wheel.hold(id)));
            }
            Step::Leave(who) => {
                let id = self.who(who)?;
                self.rules.leave(id);
                self.there.retain(|(other, ..)| *other != id);
                if self.there.is_empty() {
                    self.said.clear();
                }
            }
            Step::Begin(who) => {
                let id = self.who(who)?;
                self.rules.begin(id);
                let there = self.there.iter_mut().find(|(other, ..)| *other == id)?;
                there.1 = Seen::default();
            }
            Step::Interrupted(who, on) => self.rules.set_interrupted(self.who(who)?, on),
            Step::MayDrive(who, may) => self.rules.set_may_drive(self.who(who)?, may),
            Step::Ask(who) => self.rules.take(self.who(who)?, time, CompanyToAgent::AskToDrive),
            Step::HandOver(who, to) => {
                let to = CompanyToAgent::HandOver(self.who(to)?);
                self.rules.take(self.who(who)?, time, to);
            }
            Step::Refuse(who, asker) => {
                let asker = CompanyToAgent::RefuseDrive(self.who(asker)?);
                self.rules.take(self.who(who)?, time, asker);
            }
            Step::Point(who, gone) => {
                let place = PointAt { gone, ..at(7) };
                self.rules
                    .take(self.who(who)?, time, CompanyToAgent::PointAt(place));
            }
            Step::Say(who) => {
                let id = self.who(who)?;
                let line = self.said.len().to_string();
                // One a second is never too much.
                self.now += 1_000_000;
                self.rules.take(
                    id,
                    (Tick(self.now), self.now),
                    CompanyToAgent::Say(Line(line.clone())),
                );
                self.said.push(line);
            }
            Step::EndUser(there) => self.rules.set_end_user(there.then(|| "maria".into())),
            Step::Look(who) => {
                let id = self.who(who)?;
                let there = self.there.iter_mut().find(|(other, ..)| *other == id)?;
                there.1.look(&mut self.rules, id);
            }
            Step::Later => {
                self.now += 20_000;
                for (id, ..) in &self.there {
                    self.rules.pass_pointer(*id, Tick(self.now));
                }
            }
        }
        Some(())
    }

    /// What has to be true whatever happened.
    fn check(&mut self) {
        let rules = &self.rules;
        let driver = rules.driver();
        assert!(driver.is_none_or(|id| rules.is(id, |member| member.may_drive)));
        for id in &rules.asking {
            assert!(rules.is(*id, |member| member.may_drive) && driver != Some(*id));
            assert!(
                !rules.is_free() || rules.is(*id, |member| member.interrupted),
                "who waits has somebody to wait for"
            );
        }
        self.wheel.set_driver(driver);
        for (_, _, hold) in &self.there {
            if hold.is_to_let_go() {
                hold.let_go();
            }
        }
        for (id, _, hold) in &self.there {
            let plays = hold.grip() == Grip::Mine;
            assert_eq!(plays, driver == Some(*id), "only the driver's input counts");
        }
    }

    /// Everybody has looked: all have seen the same.
    fn check_seen(&mut self) {
        for (id, seen, _) in &mut self.there {
            seen.look(&mut self.rules, *id);
            assert_eq!(seen.roster, self.rules.roster(*id));
            let pointing = self.rules.members.iter().filter(|(other, _)| *other != id);
            let pointing: BTreeMap<PersonId, PointAt> = pointing
                .filter_map(|(other, member)| Some((*other, member.pointer.shown?)))
                .collect();
            assert_eq!(seen.pointers, pointing);
            assert!(
                self.rules
                    .driver()
                    .is_none_or(|driver| !pointing.contains_key(&driver)),
                "the driver's pointer is the machine's"
            );
            let kept = self.said.len().saturating_sub(HISTORY);
            assert!(
                seen.lines.ends_with(&self.said[kept..]),
                "all that was said, in order"
            );
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_one_drives_at_most_and_all_agree(steps in steps()) {
        let mut stage = Stage::default();
        for step in &steps {
            stage.act(step);
            stage.check();
        }
        stage.check_seen();
    }
}
