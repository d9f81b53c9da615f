//! Waits until the program that gets the keys has seen those typed so far.
//!
//! There is no such request. But window managers ask programs whether they live (`_NET_WM_PING`), and programs answer in
//! the order of their events: an answer to a ping sent after a key means that the key was read.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ConnectionExt as _, EventMask, Window,
};

use crate::display::linux_x11::{Display, RequestFailure};
use crate::wake::wait_one;

/// Longest wait for a program: one that hangs for longer misses the keys anyway.
const PATIENCE: Duration = Duration::from_secs(2);
/// Deepest nesting of windows followed; window managers use two or three levels.
const DEPTH_MAX: usize = 16;

/// Asks programs.
#[derive(Debug, Default)]
pub(super) struct Settler {
    /// Numbers the pings; the answers carry it.
    count: u32,
}

impl Settler {
    /// Waits for the program with the keyboard; other events go to `others`. False at once when it does not know pings,
    /// and after a while when it does not answer.
    pub(super) fn settle(
        &mut self,
        display: &Display,
        mut others: impl FnMut(Event),
    ) -> Result<bool, RequestFailure> {
        let atom = |name: &[u8]| -> Result<Atom, RequestFailure> {
            Ok(display.conn.intern_atom(false, name)?.reply()?.atom)
        };
        let (protocols, ping) = (atom(b"WM_PROTOCOLS")?, atom(b"_NET_WM_PING")?);
        let Some(window) = find_pingable(display, protocols, ping)? else {
            return Ok(false);
        };
        self.count = self.count.wrapping_add(1);
        watch_root(display, EventMask::SUBSTRUCTURE_NOTIFY)?;
        let message = ClientMessageEvent::new(32, window, protocols, [ping, self.count, window, 0, 0]);
        display
            .conn
            .send_event(false, window, EventMask::NO_EVENT, message)?;
        display.conn.flush()?;
        let answered = wait_for(display, ping, self.count, &mut others);
        watch_root(display, EventMask::NO_EVENT)?;
        answered
    }
}

fn watch_root(display: &Display, events: EventMask) -> Result<(), RequestFailure> {
    let watch = ChangeWindowAttributesAux::new().event_mask(events);
    display.conn.change_window_attributes(display.root(), &watch)?;
    Ok(())
}

fn wait_for(
    display: &Display,
    ping: Atom,
    count: u32,
    others: &mut impl FnMut(Event),
) -> Result<bool, RequestFailure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        while let Some(event) = display.conn.poll_for_event()? {
            match event {
                Event::ClientMessage(message) if message.format == 32 => {
                    let data = message.data.as_data32();
                    if (data[0], data[1]) == (ping, count) {
                        return Ok(true);
                    }
                }
                other => others(other),
            }
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        wait_one(display.conn.stream().as_fd(), left)?;
    }
}

/// The window that answers pings for the one with the keyboard: itself, one around it, or, where the keyboard follows
/// the pointer, one on the way down to the pointer.
fn find_pingable(display: &Display, protocols: Atom, ping: Atom) -> Result<Option<Window>, RequestFailure> {
    let conn = &display.conn;
    let focus = conn.get_input_focus()?.reply()?.focus;
    // 0 is none, 1 is wherever the pointer is.
    let follows_pointer = focus <= 1 || focus == display.root();
    let mut window = if follows_pointer { display.root() } else { focus };
    for _ in 0..DEPTH_MAX {
        if answers(display, window, protocols, ping)? {
            return Ok(Some(window));
        }
        // Windows may go at any time; then nobody has the keys.
        let next = if follows_pointer {
            conn.query_pointer(window)?.reply().map(|reply| reply.child)
        } else {
            conn.query_tree(window)?.reply().map(|reply| reply.parent)
        };
        match next {
            Ok(next) if next != x11rb::NONE => window = next,
            _ => break,
        }
    }
    Ok(None)
}

fn answers(display: &Display, window: Window, protocols: Atom, ping: Atom) -> Result<bool, RequestFailure> {
    let reply = display
        .conn
        .get_property(false, window, protocols, AtomEnum::ATOM, 0, 32)?
        .reply();
    Ok(reply.is_ok_and(|reply| reply.value32().into_iter().flatten().any(|known| known == ping)))
}
