//! What one viewer is shown of the desktop, and how large: all of it or one monitor, pixel for pixel or smaller. Pure; the
//! pictures themselves are made in `viewer.rs`.

use std::fmt;

use farol_media::Downscaler;
use farol_media::format::{MAX_PIXELS, MAX_SIDE};
use farol_platform::Layout;
use farol_protocol::limits::{MONITOR_NAME_MAX, MONITORS_MAX};
use farol_protocol::pipe::message::screen::{Instead, Monitor, Scaling, ScreenSettings, Surface};
use farol_protocol::text::is_deceptive;

/// Pictures are made smaller only below so many tenths of their size: less than that is not worth the lost sharpness.
const WORTH_TENTHS: u32 = 8;

/// Least time between two changes of size that the viewer did not ask for, microseconds: a link that is sometimes slow must
/// not make pictures jump.
pub(super) const CALM_US: u64 = 10_000_000;

/// Room in a monitor's name for what tells it from another of the same name.
const SUFFIX: usize = 5;

/// A desktop in the words of the pipe.
#[derive(Debug, Clone)]
pub(super) struct Desktop {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) monitors: Vec<Monitor>,
}

/// Why nothing can be shown; what to do stands with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unshowable {
    width: u32,
    height: u32,
    /// Empty for the whole desktop.
    monitor: String,
}

impl fmt::Display for Unshowable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            width,
            height,
            monitor,
        } = self;
        match monitor.as_str() {
            "" => f.write_str("the desktop")?,
            name => write!(f, "the monitor {name}")?,
        }
        if *width == 0 || *height == 0 {
            return f.write_str(" has no pixels; connect or switch on a monitor");
        }
        write!(
            f,
            " has {width}×{height} pixels, and a picture at most {MAX_SIDE} on a side and {MAX_PIXELS} in all; \
             choose a lower resolution on the machine"
        )
    }
}

impl Desktop {
    /// Monitors keep their order; those without a pixel on the desktop are left out, and those beyond [`MONITORS_MAX`].
    pub(super) fn new(layout: &Layout) -> Self {
        let (width, height) = (layout.width, layout.height);
        let mut monitors: Vec<Monitor> = Vec::new();
        let seen = layout
            .monitors
            .iter()
            .filter_map(|monitor| Some((monitor, monitor.area.clipped(width, height)?)));
        for (number, (monitor, area)) in seen.enumerate().take(MONITORS_MAX) {
            let name = unlike(&monitors, clean(&monitor.name), number + 1);
            monitors.push(Monitor {
                name,
                x: area.x,
                y: area.y,
                width: area.width,
                height: area.height,
                primary: monitor.primary,
            });
        }
        if layout.monitors.len() > MONITORS_MAX {
            tracing::warn!(
                monitors = layout.monitors.len(),
                most = MONITORS_MAX,
                "more monitors than viewers are told of"
            );
        }
        Self {
            width,
            height,
            monitors,
        }
    }

    /// What to show of it. `small`: the link is slow, or little bandwidth was asked for.
    pub(super) fn choose(&self, wanted: &ScreenSettings, small: bool) -> Result<Surface, Unshowable> {
        let chosen = self
            .monitors
            .iter()
            .find(|monitor| monitor.name == wanted.monitor);
        let mut surface = match chosen {
            Some(monitor) => surface_of(monitor),
            None => Surface::whole(self.width, self.height),
        };
        if chosen.is_none() && !wanted.monitor.is_empty() {
            surface.instead = Instead::MonitorGone;
        }
        if !fits(&surface) {
            let first = self.monitors.iter().map(surface_of).find(fits);
            match first.filter(|_| chosen.is_none()) {
                Some(first) => surface = first,
                None => return Err(unshowable(surface)),
            }
            surface.instead = Instead::TooLarge;
        }
        if small && wanted.scaling == Scaling::Auto && wanted.view.0 > 0 && wanted.view.1 > 0 {
            let size = Downscaler::fit((surface.width, surface.height), wanted.view);
            let worth = |to: u32, from: u32| u64::from(to) * 10 < u64::from(from) * u64::from(WORTH_TENTHS);
            if worth(size.0, surface.width) && worth(size.1, surface.height) {
                surface.picture = size;
            }
        }
        Ok(surface)
    }
}

fn surface_of(monitor: &Monitor) -> Surface {
    Surface {
        // Cut to the desktop, so not negative.
        x: monitor.x.unsigned_abs(),
        y: monitor.y.unsigned_abs(),
        monitor: monitor.name.clone(),
        ..Surface::whole(monitor.width, monitor.height)
    }
}

fn fits(surface: &Surface) -> bool {
    let side = |pixels: u32| (1..=MAX_SIDE).contains(&pixels);
    let Surface { width, height, .. } = *surface;
    side(width) && side(height) && u64::from(width) * u64::from(height) <= MAX_PIXELS
}

fn unshowable(surface: Surface) -> Unshowable {
    Unshowable {
        width: surface.width,
        height: surface.height,
        monitor: surface.monitor,
    }
}

/// A name as both ends read it: one line, not too long.
fn clean(name: &str) -> String {
    let mut clean = String::new();
    for letter in name.chars().map(|c| if is_deceptive(c) { ' ' } else { c }) {
        if clean.len() + letter.len_utf8() > MONITOR_NAME_MAX - SUFFIX {
            break;
        }
        clean.push(letter);
    }
    clean.trim().to_owned()
}

/// A name that no other monitor has: viewers ask for monitors by their names.
fn unlike(others: &[Monitor], name: String, number: usize) -> String {
    let taken = |name: &str| others.iter().any(|other| other.name == name);
    let name = if name.is_empty() { number.to_string() } else { name };
    if !taken(&name) {
        return name;
    }
    // There are fewer others than numbers tried.
    (2..=MONITORS_MAX + 1)
        .map(|count| format!("{name} ({count})"))
        .find(|name| !taken(name))
        .unwrap_or(name)
}

/// Whether pictures are made smaller, without haste.
#[derive(Debug, Default)]
pub(super) struct Scale {
    pub(super) small: bool,
    /// When it changed by itself.
    changed_us: Option<u64>,
}

impl Scale {
    /// The viewer asked for something else: what follows from that is not waited for.
    pub(super) fn asked(&mut self) {
        self.changed_us = None;
    }

    /// When it is to change, if it is: `small` is what would be right now.
    pub(super) fn due_at(&self, small: bool) -> Option<u64> {
        let at = self.changed_us.map_or(0, |at| at.saturating_add(CALM_US));
        (small != self.small).then_some(at)
    }

    /// Follows what would be right now, if it is time.
    pub(super) fn follow(&mut self, now_us: u64, small: bool) {
        if self.due_at(small).is_some_and(|at| at <= now_us) {
            self.change(now_us, small);
        }
    }

    /// Nothing moves: nobody minds a picture that becomes larger in its place, and what is read had better be sharp.
    pub(super) fn rest(&mut self, now_us: u64) {
        if self.small {
            self.change(now_us, false);
        }
    }

    fn change(&mut self, now_us: u64, small: bool) {
        self.small = small;
        self.changed_us = Some(now_us);
    }
}

#[cfg(test)]
mod tests {
    use farol_platform::{Monitor as Seen, Rect};

    use super::*;

    fn layout(width: u32, height: u32, monitors: &[(&str, Rect)]) -> Layout {
        let monitors = monitors.iter().map(|(name, area)| Seen {
            name: (*name).into(),
            area: *area,
            primary: false,
        });
        Layout {
            width,
            height,
            monitors: monitors.collect(),
        }
    }

    fn two() -> Desktop {
        Desktop::new(&layout(
            3840,
            1080,
            &[
                ("left", Rect::new(0, 0, 1920, 1080)),
                ("right", Rect::new(1920, 0, 1920, 1080)),
            ],
        ))
    }

    fn wish(monitor: &str) -> ScreenSettings {
        ScreenSettings {
            monitor: monitor.into(),
            view: (960, 540),
            ..ScreenSettings::default()
        }
    }

    #[test]
    fn all_one_or_all_instead_of_one_that_is_gone() {
        assert_eq!(two().choose(&wish(""), false), Ok(Surface::whole(3840, 1080)));
        let right = two().choose(&wish("right"), false).unwrap();
        assert_eq!(
            (right.x, right.y, right.width, right.picture),
            (1920, 0, 1920, (1920, 1080))
        );
        assert_eq!(
            (right.monitor.as_str(), right.instead),
            ("right", Instead::Nothing)
        );
        let gone = two().choose(&wish("HDMI-9"), false).unwrap();
        assert_eq!((gone.width, gone.instead), (3840, Instead::MonitorGone));
        assert_eq!(gone.monitor, "");
    }

    #[test]
    fn names_are_apart_and_fit() {
        let desktop = Desktop::new(&layout(
            100,
            100,
            &[
                ("a\n", Rect::new(0, 0, 50, 50)),
                ("a", Rect::new(50, 0, 50, 50)),
                ("", Rect::new(-10, 50, 50, 500)),
                ("no pixel", Rect::new(100, 0, 50, 50)),
                ("zero", Rect::new(0, 0, 0, 50)),
                (&"é".repeat(200), Rect::new(0, 0, 1, 1)),
            ],
        ));
        let names: Vec<&str> = desktop
            .monitors
            .iter()
            .map(|monitor| monitor.name.as_str())
            .collect();
        assert_eq!(names[..3], ["a", "a (2)", "3"]);
        assert_eq!(names.len(), 4);
        assert!(names[3].len() <= MONITOR_NAME_MAX && names[3].starts_with('é'));
        let cut = &desktop.monitors[2];
        assert_eq!((cut.x, cut.y, cut.width, cut.height), (0, 50, 40, 50));
    }

    #[test]
    fn a_wall_of_monitors_is_told_up_to_the_limit() {
        let wall: Vec<(&str, Rect)> = (0..40)
            .map(|at| ("wall", Rect::new(at * 10, 0, 10, 10)))
            .collect();
        let desktop = Desktop::new(&layout(400, 10, &wall));
        assert_eq!(desktop.monitors.len(), MONITORS_MAX);
        for monitor in &desktop.monitors {
            let shown = desktop.choose(&wish(&monitor.name), false).unwrap();
            assert_eq!(shown.x, monitor.x.unsigned_abs());
        }
    }

    #[test]
    fn eight_k_is_shown_and_two_of_them_one_at_a_time() {
        let one = Rect::new(0, 0, 7680, 4320);
        let desktop = Desktop::new(&layout(7680, 4320, &[("big", one)]));
        assert_eq!(desktop.choose(&wish(""), false), Ok(Surface::whole(7680, 4320)));
        let desktop = Desktop::new(&layout(
            15_360,
            4320,
            &[("big", one), ("other", Rect::new(7680, 0, 7680, 4320))],
        ));
        let shown = desktop.choose(&wish(""), false).unwrap();
        assert_eq!(
            (shown.monitor.as_str(), shown.instead),
            ("big", Instead::TooLarge)
        );
        let shown = desktop.choose(&wish("other"), false).unwrap();
        assert_eq!((shown.x, shown.instead), (7680, Instead::Nothing));
    }

    #[test]
    fn what_cannot_be_shown_says_the_limit_and_what_to_do() {
        let desktop = Desktop::new(&layout(20_000, 100, &[("wide", Rect::new(0, 0, 20_000, 100))]));
        let refused = desktop.choose(&wish("wide"), false).unwrap_err().to_string();
        assert_eq!(
            refused,
            "the monitor wide has 20000×100 pixels, and a picture at most 16384 on a side and 33554432 in all; \
             choose a lower resolution on the machine"
        );
        assert!(desktop.choose(&wish(""), false).is_err());
        let nothing = Desktop::new(&layout(0, 0, &[]))
            .choose(&wish(""), true)
            .unwrap_err();
        assert!(nothing.to_string().contains("no pixels"), "{nothing}");
    }

    #[test]
    fn pictures_shrink_only_where_it_is_worth_it() {
        let picture = |view, small, scaling| {
            let wanted = ScreenSettings {
                view,
                scaling,
                ..wish("left")
            };
            two().choose(&wanted, small).unwrap().picture
        };
        assert_eq!(picture((960, 1000), true, Scaling::Auto), (960, 540));
        assert_eq!(
            picture((960, 1000), false, Scaling::Auto),
            (1920, 1080),
            "the link is fast"
        );
        assert_eq!(picture((960, 1000), true, Scaling::Never), (1920, 1080));
        assert_eq!(
            picture((1600, 900), true, Scaling::Auto),
            (1920, 1080),
            "nearly as large"
        );
        for unknown in [(0, 0), (0, 500), (500, 0)] {
            assert_eq!(picture(unknown, true, Scaling::Auto), (1920, 1080));
        }
        assert_eq!(
            picture((1, 32_767), true, Scaling::Auto),
            (240, 135),
            "hostile, and bounded"
        );
    }

    #[test]
    fn sizes_do_not_flap() {
        let mut scale = Scale::default();
        scale.follow(5, true);
        assert!(scale.small, "the first time at once");
        scale.follow(6, false);
        assert!(scale.small);
        assert_eq!(
            (scale.due_at(false), scale.due_at(true)),
            (Some(5 + CALM_US), None)
        );
        scale.follow(5 + CALM_US, false);
        assert!(!scale.small);
        scale.follow(6 + CALM_US, true);
        assert!(!scale.small);
        scale.asked();
        scale.follow(6 + CALM_US, true);
        assert!(scale.small, "what was asked for is not waited for");
        scale.rest(8 + CALM_US);
        assert!(!scale.small, "nor is rest");
        assert_eq!(scale.due_at(true), Some(8 + 2 * CALM_US));
    }
}
