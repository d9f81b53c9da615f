//! The layout of a desktop, and the part of it that a viewer is shown.

use crate::limits::{DESKTOP_MAX, MONITOR_NAME_MAX, MONITORS_MAX};
use crate::wire::screen as proto;
use crate::{ProtocolError, text};

/// A desktop: 1 to [`DESKTOP_MAX`] pixels each way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Counts from 1; grows with every change.
    pub generation: u32,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// At most [`MONITORS_MAX`].
    pub monitors: Vec<Monitor>,
    /// What the frames show.
    pub surface: Surface,
}

/// The part of the desktop that one viewer is shown, inside of the desktop and not empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surface {
    /// Left edge, desktop pixels.
    pub x: u32,
    /// Top edge, desktop pixels.
    pub y: u32,
    /// Desktop pixels.
    pub width: u32,
    /// Desktop pixels.
    pub height: u32,
    /// Size of the frames: that of the part, or less where the agent scales.
    pub picture: (u32, u32),
    /// Name of the monitor that this is; empty for the whole desktop.
    pub monitor: String,
    /// Why it is not what the viewer asked for.
    pub instead: Instead,
}

/// Why another part is shown than the one that was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Instead {
    /// It is the one.
    #[default]
    Nothing,
    /// The monitor is not there; all are shown.
    MonitorGone,
    /// All together are too large; one is shown.
    TooLarge,
}

/// One monitor's part of the desktop, pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Monitor {
    pub name: String,
    pub x: i32,
    pub y: i32,
    pub width: u32,
    pub height: u32,
    pub primary: bool,
}

impl Layout {
    pub(super) fn into_wire(self) -> proto::Layout {
        let monitors = self
            .monitors
            .into_iter()
            .take(MONITORS_MAX)
            .map(Monitor::into_wire)
            .collect();
        proto::Layout {
            generation: self.generation,
            width: self.width,
            height: self.height,
            monitors,
            surface: Some(self.surface.into_wire()),
        }
    }

    pub(super) fn from_wire(layout: proto::Layout) -> Result<Self, ProtocolError> {
        let fits = |pixels| (1..=DESKTOP_MAX).contains(&pixels);
        if !fits(layout.width) || !fits(layout.height) {
            return Err(ProtocolError::Malformed("layout"));
        }
        if layout.monitors.len() > MONITORS_MAX {
            return Err(ProtocolError::TooBig("list of monitors"));
        }
        let surface = match layout.surface {
            Some(surface) => Surface::from_wire(surface, layout.width, layout.height)?,
            None => Surface::whole(layout.width, layout.height),
        };
        let monitors = layout
            .monitors
            .into_iter()
            .map(Monitor::from_wire)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            generation: layout.generation,
            width: layout.width,
            height: layout.height,
            monitors,
            surface,
        })
    }
}

impl Surface {
    /// A whole desktop, pixel for pixel.
    #[must_use]
    pub fn whole(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            picture: (width, height),
            ..Self::default()
        }
    }

    fn into_wire(self) -> proto::Surface {
        use proto::surface::Instead as I;
        let instead = match self.instead {
            Instead::Nothing => I::Nothing,
            Instead::MonitorGone => I::MonitorGone,
            Instead::TooLarge => I::TooLarge,
        };
        proto::Surface {
            x: self.x,
            y: self.y,
            width: self.width,
            height: self.height,
            picture_width: self.picture.0,
            picture_height: self.picture.1,
            monitor: text::clip(self.monitor, MONITOR_NAME_MAX),
            instead: instead.into(),
        }
    }

    fn from_wire(surface: proto::Surface, width: u32, height: u32) -> Result<Self, ProtocolError> {
        use proto::surface::Instead as I;
        let inside = |start: u32, size: u32, whole: u32| {
            size > 0 && start.checked_add(size).is_some_and(|end| end <= whole)
        };
        let picture = |size: u32, part: u32| if size == 0 { part } else { size };
        let instead = match surface.instead() {
            I::Nothing => Instead::Nothing,
            I::MonitorGone => Instead::MonitorGone,
            I::TooLarge => Instead::TooLarge,
        };
        let surface = Self {
            x: surface.x,
            y: surface.y,
            width: surface.width,
            height: surface.height,
            picture: (
                picture(surface.picture_width, surface.width),
                picture(surface.picture_height, surface.height),
            ),
            monitor: text::line(surface.monitor, MONITOR_NAME_MAX, "monitor name")?,
            instead,
        };
        let sound = inside(surface.x, surface.width, width)
            && inside(surface.y, surface.height, height)
            && surface.picture.0 <= surface.width
            && surface.picture.1 <= surface.height;
        if sound {
            Ok(surface)
        } else {
            Err(ProtocolError::Malformed("surface"))
        }
    }
}

impl Monitor {
    fn into_wire(self) -> proto::Monitor {
        let Self {
            name,
            x,
            y,
            width,
            height,
            primary,
        } = self;
        proto::Monitor {
            name: text::clip(name, MONITOR_NAME_MAX),
            x,
            y,
            width,
            height,
            primary,
        }
    }

    fn from_wire(monitor: proto::Monitor) -> Result<Self, ProtocolError> {
        let proto::Monitor {
            name,
            x,
            y,
            width,
            height,
            primary,
        } = monitor;
        if width > DESKTOP_MAX || height > DESKTOP_MAX {
            return Err(ProtocolError::Malformed("monitor"));
        }
        Ok(Self {
            name: text::line(name, MONITOR_NAME_MAX, "monitor name")?,
            x,
            y,
            width,
            height,
            primary,
        })
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::super::ScreenToViewer;
    use super::*;

    fn layout(width: u32, height: u32) -> Layout {
        Layout {
            generation: 3,
            width,
            height,
            monitors: Vec::new(),
            surface: Surface::whole(width, height),
        }
    }

    #[test]
    fn surfaces_lie_inside_the_desktop() {
        let surface = |x, y, width, height, picture| Surface {
            x,
            y,
            width,
            height,
            picture,
            monitor: "HDMI-1".into(),
            instead: Instead::TooLarge,
        };
        let parse = |surface: Surface| {
            let message = ScreenToViewer::Layout(Layout {
                surface,
                ..layout(100, 50)
            });
            (ScreenToViewer::parse(&message.clone().encode()), message)
        };
        for good in [
            surface(40, 0, 60, 50, (60, 50)),
            surface(99, 49, 1, 1, (1, 1)),
            surface(0, 0, 100, 50, (13, 7)),
        ] {
            let (parsed, sent) = parse(good);
            assert_eq!(parsed, Ok(sent));
        }
        for bad in [
            surface(41, 0, 60, 50, (60, 50)),
            surface(0, 0, 0, 50, (1, 50)),
            surface(0, u32::MAX, 10, 50, (10, 50)),
            surface(0, 0, 100, 50, (101, 50)),
        ] {
            assert_eq!(parse(bad).0, Err(ProtocolError::Malformed("surface")));
        }
        // An agent that knows nothing of surfaces shows everything.
        let plain = proto::Layout {
            generation: 1,
            width: 100,
            height: 50,
            ..Default::default()
        };
        let message = Some(proto::screen_to_viewer::Message::Layout(plain));
        let Ok(ScreenToViewer::Layout(read)) =
            ScreenToViewer::parse(&proto::ScreenToViewer { message }.encode_to_vec())
        else {
            panic!("refused");
        };
        assert_eq!(read.surface, Surface::whole(100, 50));
    }

    #[test]
    fn thirty_two_monitors_are_the_most() {
        let monitors = |count: usize| {
            let monitor = proto::Monitor {
                name: "x".into(),
                width: 1,
                height: 1,
                ..Default::default()
            };
            let layout = proto::Layout {
                generation: 1,
                width: 100,
                height: 50,
                monitors: vec![monitor; count],
                surface: None,
            };
            let message = Some(proto::screen_to_viewer::Message::Layout(layout));
            ScreenToViewer::parse(&proto::ScreenToViewer { message }.encode_to_vec())
        };
        assert!(monitors(32).is_ok());
        assert_eq!(monitors(33), Err(ProtocolError::TooBig("list of monitors")));
    }
}
