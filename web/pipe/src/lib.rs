//! One end of a pipe as a WebAssembly module: a C-like face on [`farol_protocol::pipe`], without glue code and without a look
//! into messages. `web/app/wire/pipe.ts` is its only caller and says in which order. Nothing is decided here.
//!
//! One module instance is one pipe. What goes in is written into the room ([`farol_room`]); what comes out stands at
//! [`farol_out`], [`farol_out_length`] bytes of it. Addresses are offsets in the module's memory and are valid until the next
//! call, since memory may move and grow. Instants are microseconds as floating point numbers, whole ones below 2^53.
//!
//! The agent's end is here for tests of the console alone: it costs nothing, because both ends are the same machine.

mod event;
mod module;

use module::{Module, with};

/// Address of room for `length` bytes, to be filled by the caller; -1 when it is too long for anything that is taken.
#[unsafe(no_mangle)]
pub extern "C" fn farol_room(length: u32) -> i32 {
    with(|module| module.room(length as usize))
}

/// Address of what the last call put out.
#[unsafe(no_mangle)]
pub extern "C" fn farol_out() -> u32 {
    with(|module| module.out().as_ptr() as usize as u32)
}

/// Bytes of what the last call put out.
#[unsafe(no_mangle)]
pub extern "C" fn farol_out_length() -> u32 {
    with(|module| module.out().len() as u32)
}

/// Takes the own key from 32 random bytes in the room, which are wiped; puts the public half out.
#[unsafe(no_mangle)]
pub extern "C" fn farol_key() -> i32 {
    with(Module::take_key)
}

/// Makes the viewer's end. The room has the pipe's id, 16 random bytes; `channels` has bit n for channel n.
#[unsafe(no_mangle)]
pub extern "C" fn farol_viewer(channels: u32, now: f64) -> i32 {
    with(|module| module.viewer(channels, now))
}

/// Makes the agent's end, with the channels that the session's rights allow.
#[unsafe(no_mangle)]
pub extern "C" fn farol_agent(channels: u32, now: f64) -> i32 {
    with(|module| module.agent(channels, now))
}

/// A new connection is there. The room has session id (16 bytes), the other end's public key (32) and fresh randomness (32),
/// which is wiped.
#[unsafe(no_mangle)]
pub extern "C" fn farol_connect(now: f64) -> i32 {
    with(|module| module.connect(now))
}

/// The connection is gone.
#[unsafe(no_mangle)]
pub extern "C" fn farol_disconnected() {
    with(Module::disconnected);
}

/// The session's rights changed; for the agent's end.
#[unsafe(no_mangle)]
pub extern "C" fn farol_set_channels(channels: u32) {
    with(|module| module.set_channels(channels));
}

/// Takes the packet in the room. 0, or -1: then the error's code is put out, and [`farol_is_closed`] says whether the
/// pipe is over or only the connection.
#[unsafe(no_mangle)]
pub extern "C" fn farol_input(length: u32, now: f64) -> i32 {
    with(|module| module.input(length as usize, now))
}

/// Tells the time.
#[unsafe(no_mangle)]
pub extern "C" fn farol_timeout(now: f64) {
    with(|module| module.timeout(now));
}

/// When [`farol_timeout`] is due; below 0 when never.
#[unsafe(no_mangle)]
pub extern "C" fn farol_deadline() -> f64 {
    with(Module::deadline)
}

/// Puts the next packet for the other end out: 1, or 0 when there is none.
#[unsafe(no_mangle)]
pub extern "C" fn farol_transmit() -> i32 {
    with(Module::transmit)
}

/// Takes the next event: its kind, 0 when there is none. What it says is at [`farol_event_number`] and, for a message's bytes
/// and the text of a close, put out.
#[unsafe(no_mangle)]
pub extern "C" fn farol_event() -> u32 {
    with(Module::event)
}

/// A number of the last event, by its place; see `event.rs`.
#[unsafe(no_mangle)]
pub extern "C" fn farol_event_number(place: u32) -> f64 {
    with(|module| module.event_number(place as usize))
}

/// Queues the message in the room: 1, or 0 when it is refused and nothing is queued. `class` by number, see `module.rs`.
#[unsafe(no_mangle)]
pub extern "C" fn farol_send(channel: u32, class: u32, length: u32) -> i32 {
    with(|module| module.send(channel, class, length as usize))
}

/// Messages of a channel that wait to be sent.
#[unsafe(no_mangle)]
pub extern "C" fn farol_waiting(channel: u32) -> u32 {
    with(|module| module.waiting(channel))
}

/// Whether messages of a channel can be queued: it is open, or was when the connection was lost.
#[unsafe(no_mangle)]
pub extern "C" fn farol_has(channel: u32) -> i32 {
    with(|module| module.has(channel).into())
}

/// Whether there is a sealed connection.
#[unsafe(no_mangle)]
pub extern "C" fn farol_is_open() -> i32 {
    with(|module| module.is_open().into())
}

/// Whether the pipe is over.
#[unsafe(no_mangle)]
pub extern "C" fn farol_is_closed() -> i32 {
    with(|module| module.is_closed().into())
}

/// Says whether somebody looks.
#[unsafe(no_mangle)]
pub extern "C" fn farol_visible(now: f64, visible: u32) {
    with(|module| module.visible(now, visible != 0));
}

/// Says whether to ping at the usual pace even while nothing happens.
#[unsafe(no_mangle)]
pub extern "C" fn farol_steady(steady: u32) {
    with(|module| module.steady(steady != 0));
}

/// Ends the pipe. The room has the text; `code` is the number on the wire.
#[unsafe(no_mangle)]
pub extern "C" fn farol_close(code: u32, length: u32) {
    with(|module| module.close(code, length as usize));
}
