//! Prints what reading the screen costs, by size and shape of the change.
//!
//! `DISPLAY=:1 cargo run --release -p farol-platform --example capture_cost` on a display nobody else draws on.
//! Columns: from the drawing request to the announced damage; reading (`capture`); both together, in microseconds, median
//! and 95th percentile.

fn main() {
    #[cfg(target_os = "linux")]
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a measuring tool may stop with a message"
    )]

    use std::time::{Duration, Instant};

    use farol_platform::{Rect, ScreenEvent, ScreenSource, default_target, open_screen};
    use x11rb::connection::Connection;
    use x11rb::protocol::xproto::{
        ChangeGCAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, Rectangle, WindowClass,
    };
    use x11rb::rust_connection::RustConnection;

    const ROUNDS: u32 = 200;

    pub(super) fn main() {
        let target = default_target().expect("no display; set DISPLAY");
        let mut screen = open_screen(&target).unwrap();
        let (width, height) = (screen.layout().width, screen.layout().height);
        let painter = Painter::new(&target.address, width as u16, height as u16);
        settle(&mut *screen);
        println!("{width}x{height} on {}, {ROUNDS} rounds", target.address);
        println!(
            "{:24}{:>16}{:>16}{:>16}",
            "change", "announced", "read", "together"
        );
        let at = |w: u32, h: u32| vec![Rect::new(0, 0, w.min(width), h.min(height))];
        let scattered = (0..20)
            .map(|i| Rect::new(i * (width as i32 / 20), i * (height as i32 / 20), 32, 32))
            .collect();
        for (name, rects) in [
            ("64x64", at(64, 64)),
            ("20 times 32x32", scattered),
            ("640x360", at(640, 360)),
            ("960x540", at(960, 540)),
            ("half the width", at(width / 2, height)),
            ("two thirds of the width", at(width * 2 / 3, height)),
            ("whole rows, half", at(width, height / 2)),
            ("everything", at(width, height)),
        ] {
            measure(&mut *screen, &painter, name, &rects);
        }
    }

    fn settle(screen: &mut dyn ScreenSource) {
        loop {
            while let Some(event) = screen.next_event() {
                if event == ScreenEvent::Damage {
                    screen.capture().unwrap();
                }
            }
            let start = Instant::now();
            screen.wait(Some(Duration::from_millis(50))).unwrap();
            if start.elapsed() >= Duration::from_millis(50) {
                return;
            }
        }
    }

    fn measure(screen: &mut dyn ScreenSource, painter: &Painter, name: &str, rects: &[Rect]) {
        let mut announced = Vec::new();
        let mut read = Vec::new();
        let mut together = Vec::new();
        for round in 0..ROUNDS {
            let start = Instant::now();
            painter.fill(rects, round);
            wait_for_damage(screen);
            let seen = Instant::now();
            screen.capture().unwrap();
            let end = Instant::now();
            announced.push(seen - start);
            read.push(end - seen);
            together.push(end - start);
            settle_now(screen);
        }
        let column = |times: &mut Vec<Duration>| {
            times.sort();
            let micros = |at: usize| times[at].as_secs_f64() * 1e6;
            format!(
                "{:.0} / {:.0}",
                micros(times.len() / 2),
                micros(times.len() * 95 / 100)
            )
        };
        println!(
            "{name:24}{:>16}{:>16}{:>16}",
            column(&mut announced),
            column(&mut read),
            column(&mut together)
        );
    }

    fn wait_for_damage(screen: &mut dyn ScreenSource) {
        loop {
            while let Some(event) = screen.next_event() {
                if event == ScreenEvent::Damage {
                    return;
                }
            }
            screen.wait(None).unwrap();
        }
    }

    fn settle_now(screen: &mut dyn ScreenSource) {
        while let Some(event) = screen.next_event() {
            if event == ScreenEvent::Damage {
                screen.capture().unwrap();
            }
        }
    }

    /// A window over everything that is filled with changing colors.
    struct Painter {
        conn: RustConnection,
        window: u32,
        gc: u32,
    }

    impl Painter {
        fn new(address: &str, width: u16, height: u16) -> Self {
            let (conn, screen) = x11rb::connect(Some(address)).unwrap();
            let root = conn.setup().roots[screen].root;
            let (window, gc) = (conn.generate_id().unwrap(), conn.generate_id().unwrap());
            let attributes = CreateWindowAux::new().override_redirect(1);
            let class = WindowClass::INPUT_OUTPUT;
            conn.create_window(0, window, root, 0, 0, width, height, 0, class, 0, &attributes)
                .unwrap();
            conn.create_gc(gc, window, &CreateGCAux::new()).unwrap();
            conn.map_window(window).unwrap();
            conn.get_input_focus().unwrap().reply().unwrap();
            Self { conn, window, gc }
        }

        fn fill(&self, rects: &[Rect], color: u32) {
            let rects = rects.iter().map(|rect| Rectangle {
                x: rect.x as i16,
                y: rect.y as i16,
                width: rect.width as u16,
                height: rect.height as u16,
            });
            let aux = ChangeGCAux::new().foreground(color.wrapping_mul(0x9e37_79b1) & 0xff_ffff);
            self.conn.change_gc(self.gc, &aux).unwrap();
            // One request each: servers report the box around all rectangles of a request.
            for rect in rects {
                self.conn
                    .poly_fill_rectangle(self.window, self.gc, &[rect])
                    .unwrap();
            }
            self.conn.flush().unwrap();
        }
    }
}
