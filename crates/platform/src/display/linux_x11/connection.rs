//! Connects to an X server and says in our words why it cannot.

use std::path::Path;

use x11rb::connection::Connection;
use x11rb::errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::xproto::{Screen, Window};
use x11rb::reexports::x11rb_protocol::parse_display::{ParsedDisplay, parse_display};
use x11rb::reexports::x11rb_protocol::xauth::get_auth;
use x11rb::rust_connection::{DefaultStream, RustConnection};

use super::{authority, local_number, processes};
use crate::DisplayTarget;
use crate::clipboard::ClipboardError;
use crate::input::InputError;
use crate::notice::NoticeError;
use crate::screen::ScreenError;

/// An open connection and the screen of it that the target means.
pub(crate) struct Display {
    pub(crate) conn: RustConnection,
    screen: usize,
}

impl Display {
    /// The screen's description at connection time; sizes in it get old.
    pub(crate) fn screen(&self) -> &Screen {
        // The connection was refused if the screen did not exist.
        &self.conn.setup().roots[self.screen]
    }

    /// The lowest keycode; requests with lower ones are errors.
    pub(crate) fn first_keycode(&self) -> u8 {
        self.conn.setup().min_keycode
    }

    pub(crate) fn root(&self) -> Window {
        self.screen().root
    }
}

/// Why a display could not be opened.
#[derive(Debug)]
pub(crate) enum ConnectFailure {
    NoDisplay(String),
    AccessDenied(String),
    Unsupported(String),
}

/// Why a request on an open display failed.
#[derive(Debug)]
pub(crate) enum RequestFailure {
    /// The connection is gone (or cannot be used any more).
    Lost(String),
    /// The server said no.
    Refused(String),
}

impl From<ConnectionError> for RequestFailure {
    fn from(error: ConnectionError) -> Self {
        Self::Lost(error.to_string())
    }
}

impl From<ReplyError> for RequestFailure {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(error) => error.into(),
            ReplyError::X11Error(error) => Self::Refused(format!(
                "{:?} for {}",
                error.error_kind,
                error.request_name.unwrap_or("a request")
            )),
        }
    }
}

impl From<ReplyOrIdError> for RequestFailure {
    fn from(error: ReplyOrIdError) -> Self {
        match error {
            ReplyOrIdError::IdsExhausted => Self::Lost("no ids left".into()),
            ReplyOrIdError::ConnectionError(error) => error.into(),
            ReplyOrIdError::X11Error(error) => ReplyError::X11Error(error).into(),
        }
    }
}

impl From<std::io::Error> for RequestFailure {
    fn from(error: std::io::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

macro_rules! into_error {
    ($error:ident) => {
        impl From<RequestFailure> for $error {
            fn from(failure: RequestFailure) -> Self {
                match failure {
                    RequestFailure::Lost(reason) => Self::Lost(reason),
                    RequestFailure::Refused(reason) => Self::Unsupported(reason),
                }
            }
        }

        impl From<ConnectFailure> for $error {
            fn from(failure: ConnectFailure) -> Self {
                match failure {
                    ConnectFailure::NoDisplay(reason) => Self::NoDisplay(reason),
                    ConnectFailure::AccessDenied(reason) => Self::AccessDenied(reason),
                    ConnectFailure::Unsupported(reason) => Self::Unsupported(reason),
                }
            }
        }
    };
}
into_error!(ScreenError);
into_error!(InputError);
into_error!(ClipboardError);
into_error!(NoticeError);

/// The highest number of a display: its TCP port is 6000 higher, and the library counts on there being one.
const NUMBER_MAX: u16 = u16::MAX - 6000;

/// Connects with the target's credential, else with the program's own, else with that of the processes on the display.
pub(crate) fn connect(target: &DisplayTarget) -> Result<Display, ConnectFailure> {
    let address = &target.address;
    let parsed = parse_display(Some(address)).ok();
    let parsed = parsed.filter(|parsed| parsed.display <= NUMBER_MAX);
    let parsed = parsed
        .ok_or_else(|| ConnectFailure::NoDisplay(format!("{address:?} is not the address of a display")))?;
    let first = connect_with(&parsed, address, target.authority.as_deref());
    match first {
        Err(ConnectFailure::AccessDenied(reason)) if target.authority.is_none() => {
            let borrowed =
                local_number(address).and_then(|number| processes::display_uses().authority(number));
            let Some(borrowed) = borrowed else {
                return Err(ConnectFailure::AccessDenied(reason));
            };
            connect_with(&parsed, address, Some(&borrowed))
        }
        other => other,
    }
}

fn connect_with(
    parsed: &ParsedDisplay,
    address: &str,
    authority: Option<&Path>,
) -> Result<Display, ConnectFailure> {
    // Only the first way: a local display is its socket, not also a TCP port that something else may listen on.
    let Some(way) = parsed.connect_instruction().next() else {
        return Err(ConnectFailure::NoDisplay(format!(
            "{address:?} is not the address of a display"
        )));
    };
    let (stream, (family, peer)) = DefaultStream::connect(&way).map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => ConnectFailure::AccessDenied(format!("{address}: {error}")),
        _ => ConnectFailure::NoDisplay(format!("{address}: {error}")),
    })?;
    let cookie = match authority {
        Some(file) => authority::local_cookie(file, parsed.display).map_err(|error| {
            ConnectFailure::AccessDenied(format!("{address}: cannot read {}: {error}", file.display()))
        })?,
        // No file at all is fine: many displays trust their own user.
        None => get_auth(family, &peer, parsed.display).unwrap_or_default(),
    };
    let (name, data) = cookie.unwrap_or_default();
    let screen = usize::from(parsed.screen);
    let conn = RustConnection::connect_to_stream_with_auth_info(stream, screen, name, data)
        .map_err(|error| refusal(address, error))?;
    Ok(Display { conn, screen })
}

fn refusal(address: &str, error: ConnectError) -> ConnectFailure {
    match error {
        ConnectError::SetupFailed(failed) => {
            let reason = String::from_utf8_lossy(&failed.reason);
            ConnectFailure::AccessDenied(format!("{address}: {}", reason.trim()))
        }
        ConnectError::SetupAuthenticate(_) => {
            ConnectFailure::AccessDenied(format!("{address}: it wants more authentication than a cookie"))
        }
        ConnectError::InvalidScreen => ConnectFailure::NoDisplay(format!("{address}: no such screen")),
        ConnectError::IoError(error) => ConnectFailure::NoDisplay(format!("{address}: {error}")),
        other => ConnectFailure::Unsupported(format!("{address}: {other}")),
    }
}
