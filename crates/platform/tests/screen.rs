//! The screen on a real X server: what is drawn is reported and read, pixel by pixel.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::time::{Duration, Instant};

use farol_platform::{Rect, ScreenError, ScreenEvent, ScreenSource, ScreenState, open_screen};
use support::{Client, PATIENCE, XServer};
use x11rb::connection::Connection;
use x11rb::protocol::screensaver::ConnectionExt as _;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateWindowAux, PropMode, WindowClass};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::wrapper::ConnectionExt as _;

/// Waits for an event that fits; others are dropped.
fn expect_event(screen: &mut dyn ScreenSource, mut fits: impl FnMut(&ScreenEvent) -> bool) -> ScreenEvent {
    let deadline = Instant::now() + PATIENCE;
    loop {
        while let Some(event) = screen.next_event() {
            if fits(&event) {
                return event;
            }
        }
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "the event did not come");
        screen.wait(Some(left)).unwrap();
    }
}

fn expect_damage(screen: &mut dyn ScreenSource) -> Vec<Rect> {
    expect_event(screen, |event| *event == ScreenEvent::Damage);
    screen.capture().unwrap()
}

/// Reads everything that is there at the beginning.
fn settle(screen: &mut dyn ScreenSource) {
    while let Some(event) = screen.next_event() {
        if event == ScreenEvent::Damage {
            screen.capture().unwrap();
        }
    }
}

fn color(screen: &dyn ScreenSource, x: u32, y: u32) -> u32 {
    let [blue, green, red] = screen.pixels().bgr(x, y).unwrap();
    u32::from(red) << 16 | u32::from(green) << 8 | u32::from(blue)
}

#[test]
fn the_first_events_describe_everything() {
    let server = XServer::start("640x480x24");
    let client = server.client();
    client.show(100, 50, 200, 100);
    client.fill(0, 0, 200, 100, 0x0012_3456);
    let mut screen = open_screen(&server.target()).unwrap();
    assert_eq!((screen.layout().width, screen.layout().height), (640, 480));
    assert_eq!(screen.layout().monitors.len(), 1);
    let mut seen = Vec::new();
    while let Some(event) = screen.next_event() {
        seen.push(event);
    }
    assert!(seen.contains(&ScreenEvent::Damage));
    assert!(
        seen.iter()
            .any(|event| matches!(event, ScreenEvent::CursorShape(_)))
    );
    assert!(
        seen.iter()
            .any(|event| matches!(event, ScreenEvent::CursorMoved(_)))
    );
    assert_eq!(screen.capture().unwrap(), [Rect::new(0, 0, 640, 480)]);
    assert_eq!(color(&*screen, 100, 50), 0x0012_3456);
    assert_eq!(color(&*screen, 299, 149), 0x0012_3456);
    assert_ne!(color(&*screen, 300, 149), 0x0012_3456);
    assert_eq!(screen.capture().unwrap(), []);
}

#[test]
fn damage_is_exact_and_pixels_arrive_narrow_wide_and_scattered() {
    let server = XServer::start("800x600x24");
    let client = server.client();
    client.show(0, 0, 800, 600);
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    for (rect, shade) in [
        (Rect::new(13, 17, 31, 7), 0x0001_0203),
        (Rect::new(0, 100, 800, 50), 0x0004_0506),
        (Rect::new(100, 200, 700, 100), 0x0007_0809),
        (Rect::new(799, 599, 1, 1), 0x000a_0b0c),
    ] {
        client.fill(
            rect.x as i16,
            rect.y as i16,
            rect.width as u16,
            rect.height as u16,
            shade,
        );
        assert_eq!(expect_damage(&mut *screen), [rect]);
        let (right, bottom) = (rect.right() as u32 - 1, rect.bottom() as u32 - 1);
        for (x, y) in [
            (rect.x as u32, rect.y as u32),
            (right, bottom),
            (rect.x as u32, bottom),
        ] {
            assert_eq!(color(&*screen, x, y), shade, "{rect:?} at {x},{y}");
        }
    }
    // Many far apart at once.
    for i in 0..20i16 {
        client.fill(i * 40, i * 30, 5, 5, 0x00ff_0000 + i as u32);
    }
    let rects = expect_damage(&mut *screen);
    assert_eq!(rects.len(), 20);
    for i in 0..20u32 {
        assert_eq!(color(&*screen, i * 40 + 4, i * 30 + 4), 0x00ff_0000 + i);
    }
}

#[test]
fn nothing_is_lost_while_a_program_keeps_drawing() {
    let server = XServer::start("400x300x24");
    let client = server.client();
    client.show(0, 0, 400, 300);
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    let drawing = std::thread::spawn(move || {
        for step in 0..3000u32 {
            client.fill((step % 80 * 5) as i16, (step / 80 * 5) as i16, 5, 5, step + 1);
        }
        client
    });
    while !drawing.is_finished() {
        screen.wait(Some(Duration::from_millis(5))).unwrap();
        settle(&mut *screen);
    }
    // Kept: the window goes when its client does.
    let _client = drawing.join().unwrap();
    settle(&mut *screen);
    for step in 0..3000u32 {
        assert_eq!(color(&*screen, step % 80 * 5 + 4, step / 80 * 5 + 4), step + 1);
    }
}

#[test]
fn scrolling_and_destroyed_windows_are_damage() {
    let server = XServer::start("400x300x24");
    let client = server.client();
    client.show(100, 100, 100, 100);
    client.fill(0, 50, 100, 50, 0x0000_ff00);
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    client
        .conn
        .copy_area(client.window, client.window, client.gc, 0, 50, 0, 0, 100, 50)
        .unwrap();
    client.sync();
    assert_eq!(expect_damage(&mut *screen), [Rect::new(100, 100, 100, 50)]);
    assert_eq!(color(&*screen, 150, 110), 0x0000_ff00);
    client.conn.destroy_window(client.window).unwrap();
    client.sync();
    expect_damage(&mut *screen);
    assert_ne!(color(&*screen, 150, 110), 0x0000_ff00);
}

#[test]
fn a_still_screen_gives_no_events() {
    let server = XServer::start("400x300x24");
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    let start = Instant::now();
    screen.wait(Some(Duration::from_millis(300))).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(300), "woken for nothing");
    assert_eq!(screen.next_event(), None);
}

#[test]
fn the_waker_ends_a_wait_from_another_thread() {
    let server = XServer::start("400x300x24");
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    let waker = screen.waker();
    let thread = std::thread::spawn(move || waker.wake());
    screen.wait(None).unwrap();
    thread.join().unwrap();
}

#[test]
fn resizing_gives_a_new_layout_and_frame() {
    let server = XServer::start("800x600x24");
    let client = server.client();
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    server.resize(640, 480);
    expect_event(&mut *screen, |event| *event == ScreenEvent::LayoutChanged);
    assert_eq!((screen.layout().width, screen.layout().height), (640, 480));
    assert_eq!(screen.pixels().width, 640);
    client.show(600, 440, 40, 40);
    client.fill(0, 0, 40, 40, 0x00ab_cdef);
    assert_eq!(expect_damage(&mut *screen), [Rect::new(0, 0, 640, 480)]);
    assert_eq!(color(&*screen, 639, 479), 0x00ab_cdef);
}

#[test]
fn a_capture_that_races_with_a_resize_is_empty() {
    let server = XServer::start("800x600x24");
    let mut screen = open_screen(&server.target()).unwrap();
    // The very first capture wants 800x600, which is not there any more.
    server.resize(640, 480);
    assert_eq!(screen.capture().unwrap(), []);
    expect_event(&mut *screen, |event| *event == ScreenEvent::LayoutChanged);
    assert_eq!(expect_damage(&mut *screen), [Rect::new(0, 0, 640, 480)]);
}

#[test]
fn a_second_monitor_appears() {
    let server = XServer::start("800x600x24");
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    server.run(
        "x11-xserver-utils",
        "xrandr",
        &["--setmonitor", "right", "400/100x600/100+400+0", "none"],
    );
    expect_event(&mut *screen, |event| *event == ScreenEvent::LayoutChanged);
    let monitors = &screen.layout().monitors;
    let right = monitors
        .iter()
        .find(|monitor| monitor.name == "right")
        .expect("the new monitor is listed");
    assert_eq!(right.area, Rect::new(400, 0, 400, 600));
    assert_eq!(expect_damage(&mut *screen), [Rect::new(0, 0, 800, 600)]);
}

fn plug_in(server: &XServer, name: &str, place: &str, output: &str) {
    server.run(
        "x11-xserver-utils",
        "xrandr",
        &["--setmonitor", name, place, output],
    );
}

const RIGHT: [&str; 3] = ["right", "500/160x600/200+300+0", "none"];

/// Two monitors beside each other, of which the first takes the place of the whole screen's.
fn two_monitors(server: &XServer) {
    plug_in(server, "left", "300/100x600/200+0+0", "screen");
    plug_in(server, RIGHT[0], RIGHT[1], RIGHT[2]);
}

#[test]
fn several_monitors_come_and_go_while_somebody_looks() {
    let server = XServer::start("800x600x24");
    two_monitors(&server);
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    let areas = |screen: &dyn ScreenSource| {
        let mut areas: Vec<(String, Rect)> = screen
            .layout()
            .monitors
            .iter()
            .map(|monitor| (monitor.name.clone(), monitor.area))
            .collect();
        areas.sort();
        areas
    };
    let both = [
        ("left".to_owned(), Rect::new(0, 0, 300, 600)),
        ("right".to_owned(), Rect::new(300, 0, 500, 600)),
    ];
    assert_eq!(areas(&*screen), both);
    server.run("x11-xserver-utils", "xrandr", &["--delmonitor", "right"]);
    expect_event(&mut *screen, |event| *event == ScreenEvent::LayoutChanged);
    assert_eq!(areas(&*screen), both[..1]);
    plug_in(&server, RIGHT[0], RIGHT[1], RIGHT[2]);
    let deadline = Instant::now() + PATIENCE;
    while areas(&*screen) != both {
        assert!(Instant::now() < deadline, "{:?}", areas(&*screen));
        screen.wait(Some(Duration::from_millis(50))).unwrap();
        settle(&mut *screen);
    }
}

#[test]
fn what_nobody_looks_at_is_not_read_until_somebody_does() {
    let server = XServer::start("800x600x24");
    two_monitors(&server);
    let client = server.client();
    client.show(0, 0, 800, 600);
    let (left, right) = (Rect::new(0, 0, 300, 600), Rect::new(300, 0, 500, 600));
    let mut screen = open_screen(&server.target()).unwrap();
    screen.look_at(&[right]);
    expect_event(&mut *screen, |event| *event == ScreenEvent::Damage);
    assert_eq!(screen.capture().unwrap(), [right], "the first one, too");
    settle(&mut *screen);

    client.fill(10, 20, 30, 40, 0x0001_0203);
    assert_eq!(expect_damage(&mut *screen), []);
    assert_eq!(color(&*screen, 10, 20), 0, "it was not read");
    client.fill(290, 100, 20, 20, 0x0004_0506);
    assert_eq!(expect_damage(&mut *screen), [Rect::new(300, 100, 10, 20)]);
    assert_eq!(color(&*screen, 309, 119), 0x0004_0506);

    // All that was left is read at once, with nothing new drawn.
    screen.look_at(&[left]);
    expect_event(&mut *screen, |event| *event == ScreenEvent::Damage);
    assert_eq!(screen.capture().unwrap(), [left]);
    assert_eq!(color(&*screen, 39, 59), 0x0001_0203);
    assert_eq!(color(&*screen, 299, 100), 0x0004_0506);
    screen.look_at(&[left, right]);
    assert_eq!(screen.capture().unwrap(), [], "nothing is owed any more");

    // Another desktop is looked at as a whole until told otherwise.
    server.resize(640, 480);
    expect_event(&mut *screen, |event| *event == ScreenEvent::LayoutChanged);
    assert_eq!(expect_damage(&mut *screen), [Rect::new(0, 0, 640, 480)]);
}

#[test]
fn the_pointer_has_a_shape_and_a_place() {
    let server = XServer::start("800x600x24");
    let client = server.client();
    client.show(0, 0, 400, 300);
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);

    let moved = |event: &ScreenEvent, x: i32, y: i32| matches!(event, ScreenEvent::CursorMoved(at) if (at.x, at.y, at.visible) == (x, y, true));
    let motion = x11rb::protocol::xproto::MOTION_NOTIFY_EVENT;
    client
        .conn
        .xtest_fake_input(motion, 0, 0, client.root, 123, 45, 0)
        .unwrap();
    client.sync();
    expect_event(&mut *screen, |event| moved(event, 123, 45));
    // A program that moves the pointer makes no motion; it is noticed when something is drawn.
    client
        .conn
        .warp_pointer(x11rb::NONE, client.root, 0, 0, 0, 0, 200, 60)
        .unwrap();
    client.fill(0, 0, 1, 1, 1);
    expect_damage(&mut *screen);
    expect_event(&mut *screen, |event| moved(event, 200, 60));

    let font = client.conn.generate_id().unwrap();
    let cursor = client.conn.generate_id().unwrap();
    client.conn.open_font(font, b"cursor").unwrap();
    client
        .conn
        .create_glyph_cursor(cursor, font, font, 68, 69, 0xffff, 0, 0, 0, 0, 0)
        .unwrap();
    let look = x11rb::protocol::xproto::ChangeWindowAttributesAux::new().cursor(cursor);
    client
        .conn
        .change_window_attributes(client.window, &look)
        .unwrap();
    client.sync();
    let event = expect_event(&mut *screen, |event| matches!(event, ScreenEvent::CursorShape(_)));
    let ScreenEvent::CursorShape(image) = event else {
        unreachable!()
    };
    assert_eq!(image.rgba.len() as u32, image.width * image.height * 4);
    assert!(
        image.rgba.chunks(4).any(|pixel| pixel == [0xff, 0, 0, 0xff]),
        "the red of the cursor is there"
    );
    assert!(!image.is_invisible());
}

#[test]
fn a_screen_saver_blanks_and_input_revives() {
    let server = XServer::start("400x300x24");
    let client = server.client();
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    client
        .conn
        .screensaver_query_version(1, 1)
        .unwrap()
        .reply()
        .unwrap();
    client
        .conn
        .force_screen_saver(x11rb::protocol::xproto::ScreenSaver::ACTIVE)
        .unwrap();
    client.sync();
    expect_event(&mut *screen, |event| {
        matches!(event, ScreenEvent::StateChanged(ScreenState::Blank(_)))
    });
    client
        .conn
        .force_screen_saver(x11rb::protocol::xproto::ScreenSaver::RESET)
        .unwrap();
    client.sync();
    expect_event(&mut *screen, |event| {
        *event == ScreenEvent::StateChanged(ScreenState::Live)
    });
}

/// Maps a window of this class over everything.
fn cover(client: &Client, class: &[u8], bypasses: bool) {
    let attributes = CreateWindowAux::new().override_redirect(u32::from(bypasses));
    let (window, root, input_output) = (client.window, client.root, WindowClass::INPUT_OUTPUT);
    let conn = &client.conn;
    conn.create_window(0, window, root, 0, 0, 400, 300, 0, input_output, 0, &attributes)
        .unwrap();
    let (wm_class, string) = (client.atom("WM_CLASS"), client.atom("STRING"));
    conn.change_property8(PropMode::REPLACE, window, wm_class, string, class)
        .unwrap();
    conn.map_window(window).unwrap();
    client.sync();
}

#[test]
fn a_lock_screen_is_recognized() {
    let server = XServer::start("400x300x24");
    let client = server.client();
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    cover(&client, b"i3lock\0i3lock\0", true);
    let locked = ScreenEvent::StateChanged(ScreenState::Locked("i3lock".into()));
    expect_event(&mut *screen, |event| *event == locked);
    // Opened while locked: told at once.
    let mut second = open_screen(&server.target()).unwrap();
    expect_event(&mut *second, |event| *event == locked);
    client.conn.destroy_window(client.window).unwrap();
    client.sync();
    expect_event(&mut *screen, |event| {
        *event == ScreenEvent::StateChanged(ScreenState::Live)
    });
}

#[test]
fn a_log_on_screen_is_recognized() {
    let server = XServer::start("400x300x24");
    let client = server.client();
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    cover(&client, b"lightdm-gtk-greeter\0Lightdm-gtk-greeter\0", false);
    let log_on = ScreenEvent::StateChanged(ScreenState::LogOn("lightdm-gtk-greeter".into()));
    expect_event(&mut *screen, |event| *event == log_on);
    let mut second = open_screen(&server.target()).unwrap();
    expect_event(&mut *second, |event| *event == log_on);
    client.conn.unmap_window(client.window).unwrap();
    client.sync();
    expect_event(&mut *screen, |event| {
        *event == ScreenEvent::StateChanged(ScreenState::Live)
    });
    // A display of the log-on screen's own.
    let mut target = server.target();
    target.user = Some("gdm".into());
    let mut third = open_screen(&target).unwrap();
    let log_on = ScreenEvent::StateChanged(ScreenState::LogOn("gdm".into()));
    expect_event(&mut *third, |event| *event == log_on);
}

#[test]
fn a_dead_server_is_a_loss_and_an_absent_one_no_display() {
    let mut server = XServer::start("400x300x24");
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    server.kill();
    expect_event(&mut *screen, |event| matches!(event, ScreenEvent::Lost(_)));
    assert_eq!(screen.next_event(), None);
    assert!(matches!(screen.wait(None), Err(ScreenError::Lost(_))));
    assert!(matches!(screen.capture(), Err(ScreenError::Lost(_))));
    assert!(matches!(
        open_screen(&server.target()),
        Err(ScreenError::NoDisplay(_))
    ));
}

#[test]
fn a_protected_display_wants_its_cookie() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cookies");
    let mut bytes = Vec::new();
    bytes.extend(65535u16.to_be_bytes());
    for part in [b"".as_slice(), b"", b"MIT-MAGIC-COOKIE-1", b"0123456789abcdef"] {
        bytes.extend((part.len() as u16).to_be_bytes());
        bytes.extend(part);
    }
    std::fs::write(&file, bytes).unwrap();
    let server = XServer::start_with("400x300x24", &["-auth", file.to_str().unwrap()]);
    let mut target = server.target();
    target.authority = Some(file.clone());
    open_screen(&target).unwrap();
    target.authority = Some(dir.path().join("absent"));
    let refused = open_screen(&target).err().unwrap();
    assert!(
        matches!(&refused, ScreenError::AccessDenied(reason) if reason.contains("absent")),
        "{refused}"
    );
    // Without a cookie at hand, the one the server was started with is found among the processes.
    open_screen(&server.target()).unwrap();
}

#[test]
fn other_pixel_formats_are_refused_by_name() {
    let server = XServer::start("400x300x16");
    let refused = open_screen(&server.target()).err().unwrap();
    assert!(
        matches!(&refused, ScreenError::Unsupported(reason) if reason.contains("16 bits deep")),
        "{refused}"
    );
}

#[test]
fn without_shared_memory_pictures_come_through_the_socket() {
    let server = XServer::start_with("800x600x24", &["-extension", "MIT-SHM"]);
    let client = server.client();
    client.show(0, 0, 800, 600);
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    client.fill(13, 17, 31, 7, 0x0001_0203);
    client.fill(0, 100, 800, 50, 0x0004_0506);
    expect_damage(&mut *screen);
    settle(&mut *screen);
    assert_eq!(color(&*screen, 43, 23), 0x0001_0203);
    assert_eq!(color(&*screen, 44, 23), 0);
    assert_eq!(color(&*screen, 799, 149), 0x0004_0506);
    server.resize(640, 480);
    // Windows lose their picture when the desktop shrinks.
    client.fill(0, 100, 800, 50, 0x0004_0506);
    expect_event(&mut *screen, |event| *event == ScreenEvent::LayoutChanged);
    assert_eq!(expect_damage(&mut *screen), [Rect::new(0, 0, 640, 480)]);
    assert_eq!(color(&*screen, 639, 149), 0x0004_0506);
}

#[test]
fn a_missing_extension_is_named() {
    let server = XServer::start_with("100x100x24", &["-extension", "DAMAGE"]);
    let refused = open_screen(&server.target()).err().unwrap();
    assert!(
        matches!(&refused, ScreenError::Unsupported(reason) if reason.contains("DAMAGE")),
        "{refused}"
    );
}

#[test]
fn a_hidden_pointer_is_told() {
    let server = XServer::start("400x300x24");
    let client = server.client();
    client.show(0, 0, 400, 300);
    let mut screen = open_screen(&server.target()).unwrap();
    settle(&mut *screen);
    // As players and terminals do: a cursor without a pixel.
    let (pixmap, cursor) = (
        client.conn.generate_id().unwrap(),
        client.conn.generate_id().unwrap(),
    );
    client.conn.create_pixmap(1, pixmap, client.root, 1, 1).unwrap();
    let gc = client.conn.generate_id().unwrap();
    client.conn.create_gc(gc, pixmap, &Default::default()).unwrap();
    let aux = x11rb::protocol::xproto::ChangeGCAux::new().foreground(0);
    client.conn.change_gc(gc, &aux).unwrap();
    let pixel = x11rb::protocol::xproto::Rectangle {
        x: 0,
        y: 0,
        width: 1,
        height: 1,
    };
    client.conn.poly_fill_rectangle(pixmap, gc, &[pixel]).unwrap();
    client
        .conn
        .create_cursor(cursor, pixmap, pixmap, 0, 0, 0, 0, 0, 0, 0, 0)
        .unwrap();
    let look = x11rb::protocol::xproto::ChangeWindowAttributesAux::new().cursor(cursor);
    client
        .conn
        .change_window_attributes(client.window, &look)
        .unwrap();
    client.sync();
    expect_event(
        &mut *screen,
        |event| matches!(event, ScreenEvent::CursorMoved(at) if !at.visible),
    );
}
