//! Encoding time per frame of what people do on a 1920×1080 desktop, and (printed once per workload) bytes per frame and
//! decoding time. Synthetic content; `bench/` measures the whole product on a real X server.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use farol_media::{Decoder, Encoder, PixelView, Quality, Rect, Region, decode_full};

#[path = "../tests/media/desktop.rs"]
mod desktop;
use desktop::{Desktop, Random, Window, Windows};

const WIDTH: usize = 1920;
const HEIGHT: usize = 1080;

/// Changes the screen for frame `n` and says where.
type Scene = dyn FnMut(&mut Desktop, usize) -> Rect;

struct Workload {
    name: &'static str,
    scene: Box<Scene>,
    /// The screen before the first frame.
    start: Desktop,
}

fn rect(area: desktop::Area) -> Rect {
    Rect::new(area.0 as u32, area.1 as u32, area.2 as u32, area.3 as u32)
}

const ALL: desktop::Area = (0, 0, WIDTH, HEIGHT);

fn wallpaper() -> Desktop {
    let mut screen = Desktop::new(WIDTH, HEIGHT);
    screen.photo(ALL, &mut Random(1));
    screen
}

fn page(seed: u64) -> Desktop {
    let mut screen = Desktop::new(WIDTH, HEIGHT);
    screen.text(ALL, &mut Random(seed));
    screen
}

fn copy(from: &Desktop, to: &mut Desktop, x: usize, y: usize) {
    for row in 0..from.height.min(to.height - y) {
        let (source, target) = (row * from.stride, (y + row) * to.stride + x * 4);
        let bytes = from.width.min(to.width - x) * 4;
        to.data[target..target + bytes].copy_from_slice(&from.data[source..source + bytes]);
    }
}

/// A wallpaper without noise, as most are.
fn gradient() -> Desktop {
    let mut screen = Desktop::new(WIDTH, HEIGHT);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let (red, green) = (x * 200 / WIDTH + 20, y * 200 / HEIGHT + 30);
            let blue = (x + 2 * y) * 100 / WIDTH + 60;
            screen.set(x, y, (red | green << 8 | blue << 16) as u32, 0);
        }
    }
    screen
}

fn window_over(background: Desktop, (width, height): (usize, usize), shadow: isize) -> Windows {
    let mut window = Window::new(width, height, (101, 67));
    window.content.text((0, 0, width, height), &mut Random(4));
    window.content.fill((0, 0, width, 28), 0x00_50_30_28);
    window.shadow = shadow;
    Windows {
        background,
        windows: vec![window],
    }
}

/// Back and forth within the screen, faster and slower.
fn drag_step(desk: &mut Windows, screen: &mut Desktop, n: usize, pace: (usize, usize)) -> Rect {
    let window = &mut desk.windows[0];
    let free = (WIDTH - window.content.width, HEIGHT - window.content.height);
    let there = |at: usize, free: usize| {
        if (at / free).is_multiple_of(2) {
            at % free
        } else {
            free - at % free
        }
    };
    let wobble = (n * 7) % 5;
    window.at = (
        there(101 + n * pace.0 + wobble, free.0) as isize,
        there(67 + n * pace.1 + wobble, free.1) as isize,
    );
    desk.compose(screen);
    rect(ALL)
}

/// Panes and windows at odd places, at odd paces, over other backgrounds.
fn odd_workloads() -> Vec<Workload> {
    // A terminal at an odd place: a pane whose edges cut cells, over a photo.
    let mut terminal = wallpaper();
    let pane: desktop::Area = (603, 221, 731, 517);
    terminal.text(pane, &mut Random(8));
    let pane_scroll = move |screen: &mut Desktop, n: usize| {
        screen.shift((pane.0, pane.1 + 17, pane.2, pane.3 - 17), 0, -17);
        screen.text(
            (pane.0, pane.1 + pane.3 - 17, pane.2, 17),
            &mut Random(n as u64 + 3),
        );
        rect(pane)
    };
    let gradient = gradient();
    let mut shaded = window_over(gradient, (380, 260), 14);
    let mut over_gradient = Desktop::new(WIDTH, HEIGHT);
    shaded.compose(&mut over_gradient);
    let drag_shadow = move |screen: &mut Desktop, n: usize| drag_step(&mut shaded, screen, n, (17, 11));
    let mut fast = window_over(page(31), (1200, 700), 0);
    let mut over_page = Desktop::new(WIDTH, HEIGHT);
    fast.compose(&mut over_page);
    let drag_large = move |screen: &mut Desktop, n: usize| drag_step(&mut fast, screen, n, (41, 23));
    vec![
        Workload {
            name: "pane_scroll",
            scene: Box::new(pane_scroll),
            start: terminal,
        },
        Workload {
            name: "drag_shadow",
            scene: Box::new(drag_shadow),
            start: over_gradient,
        },
        Workload {
            name: "drag_large",
            scene: Box::new(drag_large),
            start: over_page,
        },
    ]
}

fn workloads() -> Vec<Workload> {
    let mut typed = wallpaper();
    typed.text((300, 200, 900, 600), &mut Random(2));
    let typing = move |screen: &mut Desktop, n: usize| {
        let area = (310 + n % 100 * 8, 216 + n / 100 * 14, 9, 14);
        screen.text((area.0, area.1, 14, 16), &mut Random(n as u64 + 9));
        rect((area.0, area.1, 14, 16))
    };
    let scroll = |screen: &mut Desktop, n: usize| {
        screen.shift((0, 42, WIDTH, HEIGHT - 42), 0, -42);
        screen.text((0, HEIGHT - 42, WIDTH, 42), &mut Random(n as u64 + 3));
        rect(ALL)
    };
    let (behind, mut window) = (wallpaper(), Desktop::new(800, 600));
    window.text((0, 0, 800, 600), &mut Random(4));
    let mut dragged = behind.clone();
    copy(&window, &mut dragged, 100, 100);
    let drag = move |screen: &mut Desktop, n: usize| {
        copy(&behind, screen, 0, 0);
        copy(&window, screen, 100 + (n * 9) % 900, 100 + (n * 5) % 350);
        rect(ALL)
    };
    let movie: Vec<Desktop> = (0..4)
        .map(|seed| {
            let mut picture = Desktop::new(960, 540);
            picture.photo((0, 0, 960, 540), &mut Random(seed + 50));
            picture
        })
        .collect();
    let video = move |screen: &mut Desktop, n: usize| {
        copy(&movie[n % 4], screen, 400, 200);
        rect((400, 200, 960, 540))
    };
    let pages: Vec<Desktop> = (0..3).map(|seed| page(seed + 20)).collect();
    let flip = move |screen: &mut Desktop, n: usize| {
        screen.clone_from(&pages[n % 3]);
        rect(ALL)
    };
    let fresh = |screen: &mut Desktop, n: usize| {
        screen.text(ALL, &mut Random(n as u64 + 500));
        rect(ALL)
    };
    vec![
        Workload {
            name: "typing",
            scene: Box::new(typing),
            start: typed,
        },
        Workload {
            name: "scroll",
            scene: Box::new(scroll),
            start: page(7),
        },
        Workload {
            name: "window_drag",
            scene: Box::new(drag),
            start: dragged,
        },
        Workload {
            name: "video_960x540",
            scene: Box::new(video),
            start: wallpaper(),
        },
        Workload {
            name: "page_flip",
            scene: Box::new(flip),
            start: page(20),
        },
        Workload {
            name: "new_text_page",
            scene: Box::new(fresh),
            start: page(1),
        },
    ]
}

fn view(screen: &Desktop) -> PixelView<'_> {
    PixelView::new(&screen.data, WIDTH as u32, HEIGHT as u32, screen.stride).unwrap()
}

/// The tenth part that was fastest, milliseconds: what a busy machine adds is left out.
fn fast(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times
        .get(times.len() / 10)
        .map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

/// Bytes, and times of both sides, over a few frames.
fn report(workload: &mut Workload) {
    let mut screen = workload.start.clone();
    let mut encoder = Encoder::new(WIDTH as u32, HEIGHT as u32, [1, 2]).unwrap();
    let mut decoder = Decoder::new(WIDTH as u32, HEIGHT as u32).unwrap();
    let (mut bytes, mut encoding, mut decoding) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..40 {
        let damage = if n == 0 {
            rect(ALL)
        } else {
            (workload.scene)(&mut screen, n)
        };
        let started = Instant::now();
        let frame = encoder
            .encode(view(&screen), &Region::from_rect(damage), Quality::Auto)
            .unwrap();
        encoding.push(started.elapsed());
        let Some(frame) = frame else { continue };
        let started = Instant::now();
        decode_full(&mut decoder, &frame.data).unwrap();
        decoding.push(started.elapsed());
        bytes.push(frame.data.len());
        if std::env::var_os("FAROL_FRAMES").is_some() {
            eprintln!(
                "  {n}: {} bytes {:?} {:.1} ms",
                frame.data.len(),
                frame.stats,
                encoding[n].as_secs_f64() * 1e3
            );
        }
    }
    let first = (
        bytes[0],
        encoding[0].as_secs_f64() * 1e3,
        decoding[0].as_secs_f64() * 1e3,
    );
    let mean = bytes[1..].iter().sum::<usize>() / (bytes.len() - 1).max(1);
    eprintln!(
        "{}: first {} bytes, {:.1} ms, decoded {:.1} ms; then {mean} bytes a frame, encode {:.2} ms, decode {:.2} ms",
        workload.name,
        first.0,
        first.1,
        first.2,
        fast(encoding.split_off(1)),
        fast(decoding.split_off(1)),
    );
}

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    // Criterion's own filter comes too late for the report.
    let only = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    for mut workload in workloads().into_iter().chain(odd_workloads()) {
        if only
            .as_ref()
            .is_some_and(|only| !workload.name.contains(only.as_str()))
        {
            continue;
        }
        report(&mut workload);
        // For a profiler.
        if std::env::var_os("FAROL_REPORT_ONLY").is_some() {
            continue;
        }
        let mut encoder = Encoder::new(WIDTH as u32, HEIGHT as u32, [1, 2]).unwrap();
        let mut screen = workload.start.clone();
        encoder
            .encode(view(&screen), &Region::new(), Quality::Auto)
            .unwrap();
        let mut n = 1000;
        group.bench_function(workload.name, |bencher| {
            bencher.iter_custom(|frames| {
                let mut total = Duration::ZERO;
                for _ in 0..frames {
                    n += 1;
                    let damage = Region::from_rect((workload.scene)(&mut screen, n));
                    let started = Instant::now();
                    let frame = encoder.encode(view(&screen), &damage, Quality::Auto).unwrap();
                    total += started.elapsed();
                    std::hint::black_box(frame);
                }
                total
            });
        });
    }
    group.finish();
}

criterion_group!(benches, encode);
criterion_main!(benches);
