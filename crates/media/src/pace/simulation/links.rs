//! Links of many kinds, with losses by chance and machines that are more or less late: nobody starves, letters are quick, pictures
//! stay new, and what is known of a link follows it down and up again.

use super::*;

const LONG: Link = Link {
    rate: 6_250_000,
    trip: 250_000,
    loses: 0,
};
const NARROW: Link = Link {
    rate: 64_000,
    trip: 80_000,
    loses: 0,
};
/// Neither slow nor fast.
const MEDIUM: Link = Link {
    rate: 625_000,
    trip: 30_000,
    loses: 200,
};
const BAD: Link = Link {
    rate: 125_000,
    trip: 200_000,
    loses: 33,
};
const OTHERS: [Link; 7] = [
    LONG,
    NARROW,
    MEDIUM,
    BAD,
    POOR,
    BROADBAND,
    Link {
        rate: 1_250_000,
        trip: 20_000,
        loses: 100,
    },
];

/// Each link with two kinds of machines at its ends, and packets that are lost by chance.
fn all(links: &[Link], run: impl Fn(&mut Simulation)) {
    for link in links {
        for (jitter, random) in [(1_000, 1), (12_000, 7_920), (6_000, 15_839)] {
            let mut simulation = Simulation::new(*link, 8_000);
            (simulation.jitter, simulation.random) = (jitter, random);
            simulation.by_chance = true;
            run(&mut simulation);
        }
    }
}

/// What else there is to wait for: a lost packet, another one meanwhile.
fn losses(link: &Link) -> u64 {
    if link.loses == 0 { 0 } else { 3 * link.trip }
}

#[test]
fn numbers_are_seen_over_any_link_whatever_else_changes() {
    for page in [20_000, 150_000, 1_000_000] {
        all(&OTHERS, |link| {
            let seen = link.ticks(20, page);
            let told = format!("page {page}, {:?}: {}", link.link, seen.oldest);
            assert!(seen.frames >= 20 * 7, "{told}, {} frames", seen.frames);
            assert!(
                seen.age(50) <= link.link.trip / 2 + 200_000 + losses(&link.link) / 10,
                "{told}, {}",
                seen.age(50)
            );
            let whole = match link.link.rate >= 1_000_000 {
                true => micros_for(page, link.link.rate) + 100_000,
                false => 0,
            };
            assert!(seen.oldest <= whole.max(600_000 + losses(&link.link)), "{told}");
        });
    }
}

#[test]
fn letters_take_no_longer_than_the_way_over_any_link() {
    all(&OTHERS, |link| {
        let seen = link.moves(20, 8, 250);
        let least = link.link.trip / 2 + link.service;
        assert!(
            seen.age(50) <= least + 10_000 + link.jitter,
            "{:?}: {}",
            link.link,
            seen.age(50)
        );
        assert!(seen.frames >= 20 * 7);
    });
}

/// Small pictures alone do not say how wide a link is; they are not held back by not knowing it.
#[test]
fn small_pictures_follow_each_other_over_a_long_way() {
    for bytes in [3_000, 6_500, 9_000] {
        all(&[LONG], |link| {
            link.moves(2, 30, bytes);
            let seen = link.moves(10, 30, bytes);
            assert!(seen.frames >= 10 * 27, "{bytes} bytes: {} frames", seen.frames);
        });
    }
}

/// Nor do they make a queue of it.
#[test]
fn small_pictures_do_not_pile_up_on_a_narrow_link() {
    for (bytes, age) in [(3_000, 180_000), (6_500, 280_000), (9_000, 320_000)] {
        all(&[NARROW], |link| {
            link.moves(10, 30, bytes);
            let seen = link.moves(10, 30, bytes);
            assert!(seen.age(50) < age, "{bytes} bytes: {}", seen.age(50));
            let rate = link.pacer.rate().unwrap();
            assert!((50_000..130_000).contains(&rate), "{rate}");
        });
    }
}

/// A busy machine at either end could be to blame for what is late, or the link: frames are not without bounds until that is known.
#[test]
fn a_link_that_may_be_fast_is_not_trusted_with_a_whole_page() {
    all(&[MEDIUM], |link| {
        let seen = link.ticks(30, 1_000_000);
        assert!(seen.oldest <= 450_000, "{}", seen.oldest);
        let seen = link.moves(10, 30, 60_000);
        assert!(seen.frames >= 10 * 15 && seen.oldest < 450_000, "{}", seen.oldest);
    });
}

#[test]
fn a_link_that_becomes_narrow_and_wide_again_is_followed() {
    for page in [20_000, 150_000] {
        all(&[BROADBAND], |link| {
            link.ticks(10, page);
            link.link.rate = 125_000;
            let seen = link.ticks(10, page);
            assert!(seen.oldest <= 1_600_000, "what had been sent: {}", seen.oldest);
            let seen = link.ticks(10, page);
            assert!(seen.oldest <= 400_000, "{}", seen.oldest);
            if page > 100_000 {
                let rate = link.pacer.rate().unwrap();
                assert!(rate < 250_000, "{rate}");
            }
            link.link.rate = BROADBAND.rate;
            link.ticks(10, page);
            let seen = link.ticks(10, page);
            assert!(seen.oldest <= 200_000, "{}", seen.oldest);
            assert_eq!(link.pacer.quality(), Quality::Auto);
            let rate = link.pacer.rate().unwrap();
            assert!(rate > 800_000, "{rate}");
        });
    }
}

/// Likewise when pictures are all there is.
#[test]
fn a_page_scrolls_again_when_the_link_is_wide_again() {
    all(&[BROADBAND], |link| {
        link.moves(5, 30, 60_000);
        link.link.rate = 125_000;
        link.moves(4, 30, 60_000);
        let seen = link.moves(4, 30, 60_000);
        assert!(seen.frames >= 4 * 20 && seen.oldest <= 200_000, "{}", seen.oldest);
        link.link.rate = BROADBAND.rate;
        link.moves(2, 30, 60_000);
        let seen = link.moves(4, 30, 60_000);
        assert!(seen.frames >= 4 * 29 && seen.oldest <= 120_000, "{}", seen.oldest);
    });
}

#[test]
fn refinement_uses_the_link_while_it_is_on_its_way() {
    for (link, most) in [(BROADBAND, 700_000), (LONG, 1_700_000), (POOR, 9_000_000)] {
        let mut simulation = Simulation::new(Link { loses: 0, ..link }, 8_000);
        let (took, _) = simulation.refines(1_000_000, u64::MAX / 4);
        assert!(took <= most, "{link:?}: {took}");
    }
}

#[test]
fn letters_do_not_wait_for_refinement_longer_than_for_a_frame_of_it() {
    for link in [BROADBAND, LONG, POOR, NARROW] {
        let mut simulation = Simulation::new(Link { loses: 0, ..link }, 8_000);
        let (_, letters) = simulation.refines(800_000, link.trip + 150_000);
        assert!(letters.frames >= 2, "{letters:?}");
        let frame = micros_for(REFINE_MIN, link.rate).max(REFINE_US.max(link.trip / REFINE_SHARE));
        let least = link.trip / 2 + 8_000;
        assert!(
            letters.age(100) <= least + 2 * frame + 16_000,
            "{link:?}: {letters:?}"
        );
    }
}
