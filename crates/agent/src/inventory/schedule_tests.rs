//! The schedule over hours and days.

use std::time::UNIX_EPOCH;

use proptest::prelude::*;

use super::*;

const START: Tick = Tick(1_000);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A machine whose readings take a while.
struct Machine {
    schedule: Schedule,
    now: Tick,
    /// What was begun when, and how long it took.
    log: Vec<(Tick, Work, Duration)>,
    packages: Option<SystemTime>,
}

impl Machine {
    fn new() -> Self {
        Self {
            schedule: Schedule::new(Pace::default(), START, 0),
            now: START,
            log: Vec::new(),
            packages: None,
        }
    }

    /// Reads what is due until then.
    fn run(&mut self, until: Tick, mut took: impl FnMut(Work) -> Duration, mut random: impl FnMut() -> u32) {
        while let Some(next) = self.schedule.next().filter(|next| *next < until) {
            self.now = self.now.max(next);
            let work = self.schedule.begin(self.now).unwrap();
            assert_eq!(self.schedule.next(), None);
            assert_eq!(self.schedule.begin(self.now), None, "one at a time");
            let took = took(work);
            self.log.push((self.now, work, took));
            self.now = self.now.after(took);
            self.schedule.ended(self.now, true, self.packages, random());
        }
        self.now = self.now.max(until);
    }

    /// With readings that take no time to speak of.
    fn run_for(&mut self, time: Duration) {
        let until = self.now.after(time);
        self.run(until, |_| Duration::from_millis(5), || u32::MAX / 2);
    }

    fn times(&self, work: Work) -> Vec<Tick> {
        let of = self.log.iter().filter(|(_, read, _)| *read == work);
        of.map(|(at, ..)| *at).collect()
    }

    fn count(&self, section: Section) -> usize {
        self.times(Work::Section(section)).len()
    }
}

fn packages(changed: u64) -> Option<SystemTime> {
    Some(UNIX_EPOCH + Duration::from_secs(changed))
}

#[test]
fn everything_is_read_in_order_at_first_and_then_in_its_own_time() {
    let mut machine = Machine::new();
    machine.run_for(10 * SECOND);
    let first: Vec<Work> = machine.log.iter().map(|(_, work, _)| *work).collect();
    assert_eq!(first, Section::ALL.map(Work::Section));
    machine.run_for(60 * MINUTE);
    for (section, times) in [
        (Section::People, 61),
        (Section::Network, 13),
        (Section::Posture, 13),
        (Section::System, 5),
        (Section::Hardware, 5),
        (Section::Disks, 5),
        (Section::Software, 5),
    ] {
        let count = machine.count(section);
        assert!(count.abs_diff(times) <= 1, "{section}: {count}");
    }
}

#[test]
fn software_is_read_when_packages_changed_and_rest() {
    let mut machine = Machine::new();
    machine.packages = packages(1);
    machine.run_for(2 * MINUTE);
    assert_eq!(machine.count(Section::Software), 1);
    // A long installation: something is written again and again.
    for at in 2..7 {
        machine.packages = packages(at);
        machine.run_for(25 * SECOND);
    }
    assert_eq!(machine.count(Section::Software), 1);
    machine.run_for(3 * MINUTE);
    assert_eq!(machine.count(Section::Software), 2);
    machine.run_for(5 * MINUTE);
    assert_eq!(machine.count(Section::Software), 2, "once");
}

#[test]
fn updates_are_looked_for_when_packages_changed_and_rarely() {
    let mut machine = Machine::new();
    machine.packages = packages(1);
    machine.run_for(4 * MINUTE);
    assert_eq!(machine.times(Work::Updates), [], "not at the start");
    machine.run_for(8 * MINUTE);
    let looked = machine.times(Work::Updates);
    assert_eq!(looked.len(), 1);
    let after = |at: Tick| {
        let software = machine.times(Work::Section(Section::Software));
        software.into_iter().find(|read| *read > at)
    };
    assert!(
        after(looked[0]).is_some_and(|read| read.since(looked[0]) < MINUTE),
        "and told with the software"
    );
    machine.run_for(24 * 60 * MINUTE);
    assert_eq!(machine.times(Work::Updates).len(), 1, "nothing changed");
    machine.packages = packages(2);
    machine.run_for(10 * MINUTE);
    machine.packages = packages(3);
    machine.run_for(5 * 60 * MINUTE);
    assert_eq!(machine.times(Work::Updates).len(), 2);
    machine.run_for(2 * 60 * MINUTE);
    let looked = machine.times(Work::Updates);
    assert_eq!(looked.len(), 3);
    assert!(looked[2].since(looked[1]) >= UPDATES_EVERY);
}

#[test]
fn a_machine_without_packages_looks_for_none() {
    let mut machine = Machine::new();
    machine.run_for(24 * 60 * MINUTE);
    assert_eq!(machine.times(Work::Updates), []);
}

#[test]
fn who_asks_is_served_at_once_but_not_again_and_again() {
    let mut machine = Machine::new();
    machine.run_for(5 * MINUTE);
    let before = machine.count(Section::Hardware);
    for _ in 0..60 {
        machine.schedule.want(machine.now, Section::Hardware);
        machine.run_for(SECOND);
    }
    assert_eq!(machine.count(Section::Hardware) - before, 2);
}

#[test]
fn what_takes_long_is_asked_for_more_rarely() {
    let mut machine = Machine::new();
    let until = machine.now.after(60 * SECOND);
    machine.run(until, |_| 2 * SECOND, || 0);
    let before = machine.count(Section::Disks);
    for _ in 0..600 {
        machine.schedule.want(machine.now, Section::Disks);
        let until = machine.now.after(SECOND);
        machine.run(until, |_| 2 * SECOND, || 0);
    }
    // Two seconds are paid for with 400.
    assert!(machine.count(Section::Disks) - before <= 2);
}

#[test]
fn what_fails_is_tried_more_and_more_rarely() {
    let mut schedule = Schedule::new(Pace::default(), START, 0);
    let (mut waits, mut last) = (Vec::new(), None);
    while waits.len() < 8 {
        let now = schedule.next().unwrap();
        if schedule.begin(now) == Some(Work::Section(Section::People)) {
            waits.extend(last.replace(now).map(|last| now.since(last).as_secs()));
        }
        schedule.ended(now, false, None, u32::MAX / 2);
    }
    assert!(waits.windows(2).all(|pair| pair[0] <= pair[1] + 60), "{waits:?}");
    assert!((60 * 30..60 * 34).contains(waits.last().unwrap()), "{waits:?}");
}

#[test]
fn who_asks_for_what_fails_waits_longer_each_time() {
    let mut schedule = Schedule::new(Pace::default(), START, 0);
    let (mut now, mut begun) = (START, Vec::new());
    while begun.len() < 5 {
        schedule.want(now, Section::System);
        now = now.max(schedule.next().unwrap());
        if schedule.begin(now) == Some(Work::Section(Section::System)) {
            begun.push(now);
        }
        schedule.ended(now, false, None, 0);
    }
    let waits: Vec<u64> = begun
        .windows(2)
        .map(|pair| pair[1].since(pair[0]).as_secs())
        .collect();
    for (wait, least) in waits.iter().zip([60, 120, 240, 480]) {
        assert!((least..least + 15).contains(wait), "{waits:?}");
    }
}

#[test]
fn a_reading_has_half_an_hour() {
    let mut schedule = Schedule::new(Pace::default(), START, 0);
    assert_eq!(schedule.patience_ends(), None, "nothing is read");
    let system = Work::Section(Section::System);
    assert_eq!(schedule.begin(START), Some(system));
    let late = START.after(30 * MINUTE);
    assert_eq!(schedule.patience_ends(), Some((late, system)));
    schedule.ended(late, false, None, 0);
    assert_eq!(schedule.patience_ends(), None);
    // What hung is not tried again soon, and the others come at once.
    schedule.want(late, Section::System);
    let next = schedule.next().unwrap();
    assert_eq!(next, late.after(SECOND));
    assert_eq!(schedule.begin(next), Some(Work::Section(Section::Hardware)));
}

#[test]
fn an_end_without_a_beginning_is_survived() {
    let mut schedule = Schedule::new(Pace::default(), START, 0);
    schedule.ended(START, true, packages(1), 0);
    assert!(schedule.begin(START).is_some());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() })]

    /// Whatever readings take, whatever changes.
    #[test]
    fn the_machine_hardly_notices(
        millis in prop::collection::vec(0u64..10_000, 1..40), randoms in prop::collection::vec(any::<u32>(), 1..20),
        changes in prop::collection::vec(1u64..3600, 0..40),
    ) {
        let mut machine = Machine::new();
        let (mut taking, mut rolling) = (millis.iter().cycle(), randoms.iter().cycle());
        let mut took = |_: Work| Duration::from_millis(*taking.next().unwrap());
        let mut random = || *rolling.next().unwrap();
        let days = 2 * 24 * 60 * MINUTE;
        for (at, wait) in changes.iter().enumerate() {
            machine.packages = packages(at as u64);
            let until = machine.now.after(Duration::from_secs(*wait));
            machine.run(until, &mut took, &mut random);
        }
        machine.run(START.after(days).max(machine.now), &mut took, &mut random);

        let busy: Duration = machine.log.iter().map(|(_, _, took)| *took).sum();
        prop_assert!(busy.as_secs_f64() < 0.005 * machine.now.since(START).as_secs_f64(), "{:?}", busy);
        for pair in machine.log.windows(2) {
            let (at, _, took) = pair[0];
            prop_assert!(pair[1].0.since(at.after(took)) >= Pace::default().gap, "a pause after each");
        }
        for section in Section::ALL {
            let times = machine.times(Work::Section(section));
            prop_assert!(!times.is_empty());
            for pair in times.windows(2) {
                // As rarely as the longest reading is paid for, and the time of those that are before it.
                let most = every(section).mul_f64(1.1).max(REST_MAX) + 10 * MINUTE;
                prop_assert!(pair[1].since(pair[0]) <= most);
                let least = every(section).mul_f64(0.89);
                prop_assert!(section == Section::Software || pair[1].since(pair[0]) >= least);
            }
        }
        for pair in machine.times(Work::Updates).windows(2) {
            prop_assert!(pair[1].since(pair[0]) >= UPDATES_EVERY);
        }
    }

    /// Where readings are quick, all is read in its time.
    #[test]
    fn nothing_is_forgotten(millis in prop::collection::vec(0u64..25, 1..20), randoms in prop::collection::vec(any::<u32>(), 1..20)) {
        let mut machine = Machine::new();
        let (mut taking, mut rolling) = (millis.iter().cycle(), randoms.iter().cycle());
        machine.run(
            START.after(180 * MINUTE),
            |_| Duration::from_millis(*taking.next().unwrap()),
            || *rolling.next().unwrap(),
        );
        for section in Section::ALL {
            for pair in machine.times(Work::Section(section)).windows(2) {
                prop_assert!(pair[1].since(pair[0]) <= every(section).mul_f64(1.1) + 15 * SECOND);
            }
        }
    }
}
