//! What acknowledgments say about a way, and what they do not.

use super::*;

/// One frame alone on its way.
fn alone(path: &mut Path, sent: u64, bytes: usize, took: u64, spent: u64) {
    path.arrived(Arrival {
        now: sent + took,
        first_sent: sent,
        last_sent: sent,
        bytes,
        ahead: bytes,
        frames_ahead: 0,
        spent,
    });
}

#[test]
fn small_frames_tell_the_time_and_large_ones_the_bandwidth() {
    let mut path = Path::default();
    alone(&mut path, 0, 300, 121_000, 1_000);
    assert_eq!((path.trip(), path.rate()), (Some(120_000), None));
    alone(&mut path, 1_000_000, 50_000, 321_000, 1_000);
    let rate = path.rate().unwrap();
    assert!((200_000..=250_000).contains(&rate), "{rate}");
    assert_eq!(path.trip(), Some(120_000));
}

#[test]
fn several_frames_together_tell_the_bandwidth() {
    let mut path = Path::default();
    path.pinged(0, 100_000, true);
    let mut acked = 0;
    for frame in 1..=4u64 {
        // Sent at once, 50 ms each on the link.
        acked = 100_000 + frame * 50_000;
        path.arrived(Arrival {
            now: acked,
            first_sent: 0,
            last_sent: 0,
            bytes: 10_000,
            ahead: 10_000 * frame as usize,
            frames_ahead: frame as usize - 1,
            spent: 2_000,
        });
    }
    let rate = path.rate().unwrap();
    assert!((150_000..=210_000).contains(&rate), "{rate} after {acked}");
}

#[test]
fn letters_tell_nothing_about_bandwidth() {
    let mut path = Path::default();
    path.pinged(0, 1_000, true);
    for letter in 0..500 {
        alone(&mut path, letter * 100_000, 300, 9_000, 1_000);
    }
    assert_eq!(path.rate(), None);
}

#[test]
fn another_way_is_noticed_by_letters_alone() {
    let mut path = Path::default();
    path.pinged(0, 300, true);
    for frame in 0..8 {
        alone(&mut path, frame * 1_000_000, 60_000, 3_000, 1_000);
    }
    assert!(path.is_fast());
    for letter in 10..10 + u64::from(LATE_MAX) + 1 {
        alone(&mut path, letter * 1_000_000, 300, 121_000, 1_000);
    }
    assert_eq!(path.rate(), None, "whatever it was before");
    assert!((118_000..=120_000).contains(&path.trip().unwrap()));
}

#[test]
fn a_link_that_lost_a_packet_is_no_slow_link_and_one_that_became_slow_is() {
    let mut path = Path::default();
    path.pinged(0, 40_000, true);
    let mut at = 0;
    let mut show = |path: &mut Path, took: u64| {
        at += 1_000_000;
        alone(path, at, 60_000, took, 0);
    };
    (0..8).for_each(|_| show(&mut path, 65_000));
    let before = path.rate().unwrap();
    show(&mut path, 280_000);
    assert_eq!(path.rate(), Some(before));
    (0..3).for_each(|_| show(&mut path, 640_000));
    let best = path.rate_at_best().unwrap();
    assert!(best < 120_000, "{best}");
}

#[test]
fn a_busy_viewer_is_no_slow_link() {
    let mut path = Path::default();
    path.pinged(0, 1_000, true);
    // One frame after the other waits for the viewer, which takes 40 ms for each.
    for frame in 1..40u64 {
        path.arrived(Arrival {
            now: 1_000_000 + frame * 41_000,
            first_sent: 1_000_000 + frame * 41_000 - 81_000,
            last_sent: 1_000_000 + frame * 41_000 - 81_000,
            bytes: 20_000,
            ahead: 40_000,
            frames_ahead: 1,
            spent: 40_000,
        });
    }
    assert!(path.is_fast(), "{:?}", path.rate());
}
