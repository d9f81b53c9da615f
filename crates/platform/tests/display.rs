//! Displays are found, and their coming is noticed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::time::Instant;

use farol_platform::notice::Language;
use farol_platform::{DisplayTarget, NoticeError, list_displays, open_notices, system_facts, watch_displays};
use support::xev::Xev;
use support::{PATIENCE, XServer};

#[test]
fn a_display_is_listed_with_its_user() {
    let server = XServer::start("100x100x24");
    let _program = Xev::start(&server);
    let displays = list_displays();
    let found = displays
        .iter()
        .find(|target| target.address == server.address)
        .expect("it is listed");
    assert!(found.user.is_some(), "its program belongs to somebody");
    // Where nothing records who logs on, the owners of displays count.
    assert!(!system_facts().users.is_empty());
}

#[test]
fn a_new_display_ends_the_wait() {
    let mut watch = watch_displays().unwrap();
    let start = Instant::now();
    let server = XServer::start("100x100x24");
    loop {
        assert!(start.elapsed() < PATIENCE, "nobody told");
        watch.wait(Some(PATIENCE)).unwrap();
        if list_displays()
            .iter()
            .any(|target| target.address == server.address)
        {
            break;
        }
    }
}

#[test]
fn what_is_no_address_of_a_display_is_none() {
    for address in ["", "nonsense", ":65535", ":59536", ":99999999"] {
        let refused = open_notices(&DisplayTarget::new(address), Language::English);
        assert!(
            matches!(refused.err(), Some(NoticeError::NoDisplay(_))),
            "{address:?}"
        );
    }
}
