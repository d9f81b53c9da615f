//! The pacer alone: when refinement goes, and that nothing a viewer says makes it grow or stick.

use proptest::prelude::*;

use super::*;

#[test]
fn refinement_waits_for_rest() {
    let mut pacer = Pacer::new(Quality::Auto);
    pacer.sent(1000, 1, 100_000, Purpose::News);
    assert_eq!(pacer.refine_budget(2000), None, "a frame is on its way");
    pacer.acknowledged(20_000, 1, 1000, 1000);
    assert_eq!(pacer.refine_budget(21_000), None, "news came lately");
    let rest = pacer.rest_at().unwrap();
    assert_eq!(rest, 1000 + REST_US);
    let budget = pacer.refine_budget(rest).unwrap();
    assert!((REFINE_MIN..=REFINE_MAX).contains(&budget));
    pacer.sent(rest, 2, budget, Purpose::Refinement);
    assert_eq!(pacer.refine_budget(rest + 1), None);
    pacer.acknowledged(rest + 5000, 2, 1000, 1000);
    assert!(
        pacer.refine_budget(rest + 5000).is_some(),
        "refinement is no news"
    );
}

#[test]
fn text_does_not_wait_as_long_as_photos_and_stays_out_of_the_way_of_letters() {
    let mut pacer = Pacer::new(Quality::Auto);
    pacer.sent(1000, 1, 100_000, Purpose::News);
    pacer.acknowledged(20_000, 1, 1000, 1000);
    let at = pacer.graphics_rest_at().unwrap();
    assert_eq!(at, 1000 + REST_US - GRAPHICS_AHEAD_US);
    assert_eq!(pacer.graphics_budget(at - 1), None);
    assert!(pacer.graphics_budget(at).is_some() && pacer.refine_budget(at).is_none());
    pacer.sent(at, 2, 100, Purpose::News);
    assert_eq!(pacer.graphics_budget(at), None, "a frame is on its way");
    pacer.acknowledged(at + 2000, 2, 1000, 1000);
    assert_eq!(pacer.graphics_rest_at(), Some(at + PAUSE_US));
}

#[test]
fn a_video_that_plays_never_rests() {
    let mut pacer = Pacer::new(Quality::Auto);
    let mut now = 0;
    for id in 1..100 {
        now += 33_000;
        pacer.sent(now, id, 1_500, Purpose::Video);
        pacer.acknowledged(now + 5_000, id, 1000, 1000);
        assert_eq!(pacer.refine_budget(now + 32_000), None);
    }
    assert_eq!(pacer.rest_at(), Some(now + VIDEO_REST_US));
    assert!(pacer.refine_budget(now + VIDEO_REST_US).is_some());
}

#[test]
fn an_outage_is_not_taken_for_a_slow_connection() {
    let mut pacer = Pacer::new(Quality::Auto);
    pacer.round_trip(0, 10_000);
    for id in 1..20 {
        let sent = u64::from(id) * 100_000;
        pacer.sent(sent, id, 60_000, Purpose::News);
        pacer.acknowledged(sent + 18_000, id, 4_000, 1_000);
    }
    let (rate, lost) = (pacer.rate(), 3_000_000);
    pacer.sent(lost, 100_000, 60_000, Purpose::News);
    let back = lost + 90_000_000;
    pacer.resumed(back);
    assert_eq!(pacer.in_flight(), 1, "it is sent again");
    pacer.acknowledged(back + 1000, 100_000, 900_000, 90_000);
    assert_eq!((pacer.rate(), pacer.in_flight()), (rate, 0));
    assert_eq!(pacer.service, Some(5_000));
    // The first frame afterwards is measured from when it was sent, not from before the outage.
    for id in 100_001..100_020 {
        let sent = back + 10_000_000 + u64::from(id) * 100_000;
        pacer.sent(sent, id, 60_000, Purpose::News);
        pacer.acknowledged(sent + 15_000, id, 4_000, 1_000);
    }
    assert_eq!(pacer.quality(), Quality::Auto);
}

#[test]
fn starting_over_is_no_way_around_acknowledging() {
    let mut pacer = Pacer::new(Quality::Auto);
    let mut sent = 0;
    for id in 1..100 {
        if pacer.may_send().is_some() {
            pacer.sent(u64::from(id), id, 1000, Purpose::News);
            sent += 1;
        }
        pacer.restart();
    }
    assert_eq!(sent, MAX_FORGOTTEN);
    pacer.acknowledged(200, 1, 0, 0);
    assert!(pacer.may_send().is_some(), "it draws after all");
}

proptest! {
    #[test]
    fn whatever_comes_it_stays_bounded_and_never_sticks(
        steps in prop::collection::vec((0u8..5, any::<u32>(), any::<u32>()), 0..200)
    ) {
        let mut pacer = Pacer::new(Quality::Auto);
        let (mut now, mut id) = (0u64, 0u32);
        for (kind, a, b) in steps {
            now += u64::from(a % 100_000);
            match kind {
                0 => if pacer.may_send().is_some() {
                    id += 1;
                    prop_assert!(pacer.frame_budget(now).is_none_or(|budget| budget >= SMALL_BYTES));
                    pacer.sent(now, id, (b % 3_000_000) as usize, Purpose::News);
                },
                1 => pacer.acknowledged(now, b % (id + 2), a, b),
                2 => pacer.round_trip(now, u64::from(b)),
                3 => pacer.resumed(now),
                _ => if let Some(budget) = pacer.refine_budget(now) {
                    prop_assert!(budget <= REFINE_MAX);
                    let beside = pacer.in_flight() > 0;
                    id += 1;
                    pacer.sent(now, id, budget, Purpose::Refinement);
                    prop_assert!(!beside || pacer.may_send().is_some(), "no room for what is new");
                    prop_assert!(pacer.refine_at().is_none_or(|at| at <= now + REST_US + REFINED_MAX_US * 8));
                },
            }
            prop_assert!(pacer.in_flight() <= MAX_IN_FLIGHT);
        }
        pacer.acknowledged(now, u32::MAX, 0, 0);
        prop_assert!(pacer.may_send().is_some());
        prop_assert!(pacer.refine_budget(now + REST_US).is_some());
    }
}
