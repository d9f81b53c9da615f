//! The screen channel: pictures, cursor and the state of the display to the viewer; wishes and acknowledgements to
//! the agent. Not here: the inside of a frame, which only the media crate knows.

mod layout;

use std::fmt;

use prost::Message;

use crate::limits::{
    CURSOR_MAX, DESKTOP_MAX, DETAIL_MAX, MONITOR_NAME_MAX, SCREEN_TO_AGENT_MAX, SCREEN_TO_VIEWER_MAX,
};
use crate::wire::{self, screen as proto};
use crate::{ProtocolError, text};

pub use layout::{Instead, Layout, Monitor, Surface};

const WHAT: &str = "screen message";

/// From the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScreenToViewer {
    /// The desktop that the frames after this refer to.
    Layout(Layout),
    /// A picture.
    Frame(Frame),
    /// The pointer's picture.
    CursorShape(CursorShape),
    /// Where the pointer is.
    CursorPosition(CursorPosition),
    /// Whether there is a picture to see, and why not.
    State(ScreenState),
}

/// From the viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScreenToAgent {
    /// What the viewer wants; sent first and when it changes.
    Settings(ScreenSettings),
    /// The viewer drew a frame.
    Ack(FrameAck),
    /// The viewer's picture is unusable; send everything again.
    Refresh,
}

/// One picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// Counts from 1 in each pipe.
    pub id: u32,
    /// Of the layout it refers to.
    pub generation: u32,
    /// One encoded frame, format of the media crate.
    pub data: Vec<u8>,
    /// When it came to be.
    pub times: FrameTimes,
    /// Last input applied before the picture was taken; 0 for none.
    pub last_input_id: u32,
    /// The viewer's picture is bit exact everywhere after this frame.
    pub exact: bool,
}

/// Agent's clock, microseconds, the same clock as its pongs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FrameTimes {
    /// The system reported the first change that the frame shows.
    pub damaged_us: u64,
    /// The pixels were taken.
    pub captured_us: u64,
    /// The frame was encoded.
    pub encoded_us: u64,
    /// The pipe took it.
    pub queued_us: u64,
}

/// Acknowledges all frames up to `id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameAck {
    /// Newest frame drawn.
    pub id: u32,
    /// Time the viewer spent decoding it, microseconds.
    pub decode_us: u32,
    /// Time the viewer spent drawing it, microseconds.
    pub draw_us: u32,
}

/// What the viewer wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScreenSettings {
    /// No pictures for now.
    pub paused: bool,
    /// How pictures are made.
    pub quality: Quality,
    /// The viewer decodes VP9, so that video may come as such.
    pub vp9: bool,
    /// The one monitor to show, by its name in the layout; empty for all. At most [`MONITOR_NAME_MAX`] bytes.
    pub monitor: String,
    /// Size of the place where the picture is shown, pixels of the viewer's display, each at most [`DESKTOP_MAX`] (more
    /// is read as that); 0 for unknown.
    pub view: (u32, u32),
    /// Whether pictures may be made smaller.
    pub scaling: Scaling,
}

/// Whether pictures may be made smaller than what they show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scaling {
    /// On a slow link, down to the size of the place where they are shown.
    #[default]
    Auto,
    /// Always pixel for pixel.
    Never,
}

/// How pictures are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Quality {
    /// Photo areas may be lossy while they move; everything becomes exact at rest.
    #[default]
    Auto,
    /// Every frame bit exact.
    Lossless,
    /// As auto, with stronger compression.
    LowBandwidth,
}

/// The pointer's picture.
#[derive(Clone, PartialEq, Eq)]
pub struct CursorShape {
    /// Numbered by content in each pipe.
    pub id: u32,
    /// Pixels, at most [`CURSOR_MAX`].
    pub width: u32,
    /// Pixels, at most [`CURSOR_MAX`].
    pub height: u32,
    /// The pixel that points.
    pub hot_x: u32,
    /// The pixel that points.
    pub hot_y: u32,
    /// RGBA, premultiplied, top row first; empty when the viewer has this id already.
    pub rgba: Vec<u8>,
}

/// Where the pointer is on the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CursorPosition {
    pub x: i32,
    pub y: i32,
    pub visible: bool,
}

/// Whether there is a picture to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenState {
    /// The cause.
    pub condition: ScreenCondition,
    /// What exactly, for people; may be empty.
    pub detail: String,
}

/// Why there is a picture or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScreenCondition {
    /// There is one.
    Ok,
    /// No graphical session runs, or none that the agent was told of.
    NoDisplay,
    /// There is one, but it refuses the agent.
    AccessDenied,
    /// Locked.
    Locked,
    /// Screen saver or powered-down monitor.
    Blank,
    /// The display server went away; the agent looks for it again.
    Lost,
    /// The display cannot be captured.
    Unsupported,
    /// A log-on screen is in front: nobody is logged on.
    LogOn,
}

impl ScreenCondition {
    /// Stable code, as in the link's facts and the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NoDisplay => "no_display",
            Self::AccessDenied => "access_denied",
            Self::Locked => "locked",
            Self::Blank => "blank",
            Self::Lost => "lost",
            Self::Unsupported => "unsupported",
            Self::LogOn => "log_on",
        }
    }

    fn to_wire(self) -> proto::ScreenCondition {
        use proto::ScreenCondition as C;
        match self {
            Self::Ok => C::Ok,
            Self::NoDisplay => C::NoDisplay,
            Self::AccessDenied => C::AccessDenied,
            Self::Locked => C::Locked,
            Self::Blank => C::Blank,
            Self::Lost => C::Lost,
            Self::Unsupported => C::Unsupported,
            Self::LogOn => C::LogOn,
        }
    }

    fn from_wire(condition: proto::ScreenCondition) -> Result<Self, ProtocolError> {
        use proto::ScreenCondition as C;
        Ok(match condition {
            C::Ok => Self::Ok,
            C::NoDisplay => Self::NoDisplay,
            C::AccessDenied => Self::AccessDenied,
            C::Locked => Self::Locked,
            C::Blank => Self::Blank,
            C::Lost => Self::Lost,
            C::Unsupported => Self::Unsupported,
            C::LogOn => Self::LogOn,
            C::Unspecified => return Err(ProtocolError::Malformed("screen condition")),
        })
    }
}

/// Pixels stay out of logs.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id, generation, data, ..
        } = self;
        write!(f, "Frame({id}, generation {generation}, {} bytes)", data.len())
    }
}

impl fmt::Debug for CursorShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CursorShape({}, {}x{})", self.id, self.width, self.height)
    }
}

impl ScreenToViewer {
    pub(crate) fn encode(self) -> Vec<u8> {
        use proto::screen_to_viewer::Message as M;
        let message = match self {
            Self::Layout(layout) => M::Layout(layout.into_wire()),
            Self::Frame(frame) => M::Frame(frame.into_wire()),
            Self::CursorShape(shape) => M::CursorShape(shape.into_wire()),
            Self::CursorPosition(CursorPosition { x, y, visible }) => {
                M::CursorPosition(proto::CursorPosition { x, y, visible })
            }
            Self::State(state) => M::State(proto::ScreenState {
                condition: state.condition.to_wire().into(),
                detail: text::clip(state.detail, DETAIL_MAX),
            }),
        };
        proto::ScreenToViewer {
            message: Some(message),
        }
        .encode_to_vec()
    }

    /// Reads and checks the message.
    ///
    /// # Errors
    /// When it does not parse or a value is outside of its limits.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        use proto::screen_to_viewer::Message as M;
        if bytes.len() > SCREEN_TO_VIEWER_MAX {
            return Err(ProtocolError::TooBig(WHAT));
        }
        let message: proto::ScreenToViewer = wire::decode(bytes, WHAT)?;
        Ok(match message.message.ok_or(ProtocolError::Malformed(WHAT))? {
            M::Layout(m) => Self::Layout(Layout::from_wire(m)?),
            M::Frame(m) => Self::Frame(Frame::from_wire(m)),
            M::CursorShape(m) => Self::CursorShape(CursorShape::from_wire(m)?),
            M::CursorPosition(m) => Self::CursorPosition(CursorPosition {
                x: m.x,
                y: m.y,
                visible: m.visible,
            }),
            M::State(m) => Self::State(ScreenState {
                condition: ScreenCondition::from_wire(m.condition())?,
                detail: text::line(m.detail, DETAIL_MAX, "screen detail")?,
            }),
        })
    }
}

impl Frame {
    fn into_wire(self) -> proto::Frame {
        let FrameTimes {
            damaged_us,
            captured_us,
            encoded_us,
            queued_us,
        } = self.times;
        proto::Frame {
            id: self.id,
            generation: self.generation,
            data: self.data,
            times: Some(proto::FrameTimes {
                damaged_us,
                captured_us,
                encoded_us,
                queued_us,
            }),
            last_input_id: self.last_input_id,
            exact: self.exact,
        }
    }

    fn from_wire(frame: proto::Frame) -> Self {
        let proto::FrameTimes {
            damaged_us,
            captured_us,
            encoded_us,
            queued_us,
        } = frame.times.unwrap_or_default();
        Self {
            id: frame.id,
            generation: frame.generation,
            data: frame.data,
            times: FrameTimes {
                damaged_us,
                captured_us,
                encoded_us,
                queued_us,
            },
            last_input_id: frame.last_input_id,
            exact: frame.exact,
        }
    }
}

impl CursorShape {
    fn into_wire(self) -> proto::CursorShape {
        let Self {
            id,
            width,
            height,
            hot_x,
            hot_y,
            rgba,
        } = self;
        proto::CursorShape {
            id,
            width,
            height,
            hot_x,
            hot_y,
            rgba,
        }
    }

    fn from_wire(shape: proto::CursorShape) -> Result<Self, ProtocolError> {
        let proto::CursorShape {
            id,
            width,
            height,
            hot_x,
            hot_y,
            rgba,
        } = shape;
        let fits = width <= CURSOR_MAX && height <= CURSOR_MAX && hot_x <= width && hot_y <= height;
        let bytes = width as usize * height as usize * 4;
        if !fits || !(rgba.is_empty() || rgba.len() == bytes) {
            return Err(ProtocolError::Malformed("cursor shape"));
        }
        Ok(Self {
            id,
            width,
            height,
            hot_x,
            hot_y,
            rgba,
        })
    }
}

impl ScreenToAgent {
    pub(crate) fn encode(self) -> Vec<u8> {
        use proto::screen_to_agent::Message as M;
        let message = match self {
            Self::Settings(settings) => M::Settings(settings.into_wire()),
            Self::Ack(FrameAck {
                id,
                decode_us,
                draw_us,
            }) => M::Ack(proto::FrameAck {
                id,
                decode_us,
                draw_us,
            }),
            Self::Refresh => M::Refresh(proto::Refresh {}),
        };
        proto::ScreenToAgent {
            message: Some(message),
        }
        .encode_to_vec()
    }

    /// Reads and checks the message.
    ///
    /// # Errors
    /// When it does not parse or a name is too long.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        use proto::screen_to_agent::Message as M;
        if bytes.len() > SCREEN_TO_AGENT_MAX {
            return Err(ProtocolError::TooBig(WHAT));
        }
        let message: proto::ScreenToAgent = wire::decode(bytes, WHAT)?;
        Ok(match message.message.ok_or(ProtocolError::Malformed(WHAT))? {
            M::Settings(m) => Self::Settings(ScreenSettings::from_wire(m)?),
            M::Ack(m) => Self::Ack(FrameAck {
                id: m.id,
                decode_us: m.decode_us,
                draw_us: m.draw_us,
            }),
            M::Refresh(_) => Self::Refresh,
        })
    }
}

impl ScreenSettings {
    fn into_wire(self) -> proto::ScreenSettings {
        use proto::screen_settings::Scaling as S;
        let scaling = match self.scaling {
            Scaling::Auto => S::Auto,
            Scaling::Never => S::Never,
        };
        proto::ScreenSettings {
            paused: self.paused,
            quality: self.quality.to_wire().into(),
            monitor: text::clip(self.monitor, MONITOR_NAME_MAX),
            view_width: self.view.0,
            view_height: self.view.1,
            scaling: scaling.into(),
            vp9: self.vp9,
        }
    }

    fn from_wire(settings: proto::ScreenSettings) -> Result<Self, ProtocolError> {
        use proto::screen_settings::Scaling as S;
        let scaling = match settings.scaling() {
            S::Auto => Scaling::Auto,
            S::Never => Scaling::Never,
        };
        let size = |pixels: u32| pixels.min(DESKTOP_MAX);
        Ok(Self {
            paused: settings.paused,
            quality: Quality::from_wire(settings.quality()),
            vp9: settings.vp9,
            view: (size(settings.view_width), size(settings.view_height)),
            scaling,
            monitor: text::line(settings.monitor, MONITOR_NAME_MAX, "monitor name")?,
        })
    }
}

impl Quality {
    fn to_wire(self) -> proto::screen_settings::Quality {
        use proto::screen_settings::Quality as Q;
        match self {
            Self::Auto => Q::Auto,
            Self::Lossless => Q::Lossless,
            Self::LowBandwidth => Q::LowBandwidth,
        }
    }

    fn from_wire(quality: proto::screen_settings::Quality) -> Self {
        use proto::screen_settings::Quality as Q;
        match quality {
            Q::Auto => Self::Auto,
            Q::Lossless => Self::Lossless,
            Q::LowBandwidth => Self::LowBandwidth,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(width: u32, height: u32) -> ScreenToViewer {
        let monitor = Monitor {
            name: "HDMI-1".into(),
            x: -5,
            y: 0,
            width: 1920,
            height: 1080,
            primary: true,
        };
        ScreenToViewer::Layout(Layout {
            generation: 3,
            width,
            height,
            monitors: vec![monitor],
            surface: Surface::whole(width, height),
        })
    }

    fn shape(width: u32, rgba: usize) -> ScreenToViewer {
        ScreenToViewer::CursorShape(CursorShape {
            id: 1,
            width,
            height: 2,
            hot_x: 0,
            hot_y: 1,
            rgba: vec![9; rgba],
        })
    }

    #[test]
    fn messages_to_the_viewer_round_trip() {
        let times = FrameTimes {
            damaged_us: 1,
            captured_us: 2,
            encoded_us: 3,
            queued_us: u64::MAX,
        };
        let frame = Frame {
            id: 9,
            generation: 3,
            data: vec![1, 2, 3],
            times,
            last_input_id: 7,
            exact: true,
        };
        for message in [
            layout(1920, 1080),
            ScreenToViewer::Frame(frame),
            shape(2, 16),
            shape(2, 0),
            ScreenToViewer::CursorPosition(CursorPosition {
                x: -1,
                y: 5,
                visible: true,
            }),
            ScreenToViewer::State(ScreenState {
                condition: ScreenCondition::Locked,
                detail: "since 9".into(),
            }),
        ] {
            assert_eq!(ScreenToViewer::parse(&message.clone().encode()), Ok(message));
        }
    }

    #[test]
    fn messages_to_the_agent_round_trip() {
        for message in [
            ScreenToAgent::Settings(ScreenSettings {
                paused: true,
                quality: Quality::LowBandwidth,
                vp9: true,
                monitor: "HDMI-1".into(),
                view: (1280, 720),
                scaling: Scaling::Never,
            }),
            ScreenToAgent::Ack(FrameAck {
                id: 1,
                decode_us: 2,
                draw_us: 3,
            }),
            ScreenToAgent::Refresh,
        ] {
            assert_eq!(ScreenToAgent::parse(&message.clone().encode()), Ok(message));
        }
    }

    #[test]
    fn impossible_sizes_are_refused() {
        for bad in [
            layout(0, 5),
            layout(5, 32_768),
            shape(2, 15),
            shape(257, 257 * 8),
            shape(0, 4),
        ] {
            assert!(ScreenToViewer::parse(&bad.clone().encode()).is_err(), "{bad:?}");
        }
    }

    fn settings(message: proto::ScreenSettings) -> Result<ScreenToAgent, ProtocolError> {
        let message = Some(proto::screen_to_agent::Message::Settings(message));
        ScreenToAgent::parse(&proto::ScreenToAgent { message }.encode_to_vec())
    }

    #[test]
    fn hostile_settings_are_cut_down_or_refused_by_name() {
        let huge = proto::ScreenSettings {
            view_width: u32::MAX,
            view_height: 0,
            scaling: 77,
            quality: -5,
            ..Default::default()
        };
        let Ok(ScreenToAgent::Settings(read)) = settings(huge) else {
            panic!("refused");
        };
        assert_eq!(read.view, (DESKTOP_MAX, 0));
        assert_eq!((read.scaling, read.quality), (Scaling::Auto, Quality::Auto));
        let long = proto::ScreenSettings {
            monitor: "x".repeat(MONITOR_NAME_MAX + 1),
            ..Default::default()
        };
        assert_eq!(settings(long), Err(ProtocolError::TooBig("monitor name")));
        let forged = proto::ScreenSettings {
            monitor: "a\nb".into(),
            ..Default::default()
        };
        let Ok(ScreenToAgent::Settings(read)) = settings(forged) else {
            panic!("refused");
        };
        assert_eq!(read.monitor, "a b");
    }
}
