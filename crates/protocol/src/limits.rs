//! Every size, count and time that a peer could otherwise choose for us, each with its reason.

use std::time::Duration;

/// Bytes of a packet's header.
pub const PACKET_HEADER: usize = 6;

/// Most payload bytes in one packet. Small enough that a key press waits for at most one of these on the wire
/// (26 ms at 10 Mbit/s), big enough that headers cost nothing.
pub const FRAGMENT_MAX: usize = 32 * 1024;

/// Bytes that sealing adds to a packet: the tag of Poly1305.
pub const PIPE_SEAL: usize = 16;

/// Most bytes of a packet as it travels.
pub const SEALED_PACKET_MAX: usize = PACKET_HEADER + FRAGMENT_MAX + PIPE_SEAL;

/// Most bytes of a handshake message behind its version byte: two keys, two tags, and a hello with four channels' progress.
pub const PIPE_HANDSHAKE_MAX: usize = 1024;

/// Most bytes of one relay WebSocket message: a sealed packet, with room for padding.
pub const RELAY_MESSAGE_MAX: usize = 66 * 1024;

/// Most bytes of the first relay message; a grant and a version need 40.
pub const RELAY_HELLO_MAX: usize = 1024;

/// Bytes of a relay grant. 256 bits of randomness cannot be guessed.
pub const GRANT_BYTES: usize = 32;

/// How long a relay client may take to say hello; a human-free exchange takes one round trip.
pub const RELAY_HELLO_TIME: Duration = Duration::from_secs(10);

/// How long the relay keeps one end waiting for the other. An agent answers an offer within one round trip; what
/// takes longer than this is not coming.
pub const RELAY_PEER_TIME: Duration = Duration::from_secs(20);

/// Most bytes of a control message: the biggest is a close with its sentence.
pub const CONTROL_MESSAGE_MAX: usize = 4 * 1024;

/// Most bytes of a screen message to the viewer: an incompressible 3840×2160 picture of 4 bytes a pixel.
pub const SCREEN_TO_VIEWER_MAX: usize = 32 * 1024 * 1024;

/// Most bytes of a screen message to the agent: settings and acknowledgements are a few bytes.
pub const SCREEN_TO_AGENT_MAX: usize = 4 * 1024;

/// Most bytes of an input message: a full batch of events with long names.
pub const INPUT_MESSAGE_MAX: usize = 4 * 1024;

/// Most bytes of clipboard text. A megabyte is a long book; more is a file, and files have their own channel.
pub const CLIPBOARD_TEXT_MAX: usize = 1024 * 1024;

/// Most bytes of clipboard HTML: a long page without its pictures.
pub const CLIPBOARD_HTML_MAX: usize = 1024 * 1024;

/// Most bytes of a clipboard picture: a full screen of photographs as PNG.
pub const CLIPBOARD_PICTURE_MAX: usize = 8 * 1024 * 1024;

/// Most pixels that a clipboard picture may say it has: whoever shows it needs four bytes for each.
pub const CLIPBOARD_PIXELS_MAX: u64 = 64 * 1024 * 1024;

/// Kinds that one copied thing can be had as: text, HTML, picture.
pub const CLIPBOARD_KINDS_MAX: usize = 3;

/// What is no longer than this comes with the offer: most of what people copy, without a round trip.
pub const CLIPBOARD_INLINE_MAX: usize = 16 * 1024;

/// Shortest piece that is fetched while more is there; 65 ms at 2 Mbit/s.
pub const CLIPBOARD_PIECE_MIN: u32 = 16 * 1024;

/// Longest piece that is fetched at once: half of the credit, so that its answer never waits for some.
pub const CLIPBOARD_PIECE_MAX: u32 = 128 * 1024;

/// How much longer than the quickest a piece may take before shorter ones are fetched: what hands do and eyes see waits behind
/// no more than this of copied bytes, wherever they queue up.
pub const CLIPBOARD_DELAY_MAX: Duration = Duration::from_millis(25);

/// Most bytes of a clipboard message: the longest piece and its tags.
pub const CLIPBOARD_MESSAGE_MAX: usize = CLIPBOARD_PIECE_MAX as usize + 64;

/// Most payload bytes in one packet of a message that can wait: as short as a header's cost allows, because a picture or a key
/// that comes meanwhile waits for it.
pub const BULK_FRAGMENT_MAX: usize = 8 * 1024;

/// Of so many packets that could be a picture's, one is of what can wait, so that it arrives under a film, too.
pub const BULK_EVERY: u32 = 8;

/// Credit at the start, screen to viewer. Covers 100 ms at 300 Mbit/s; what the viewer may have to hold.
pub const SCREEN_TO_VIEWER_CREDIT: u32 = 4 * 1024 * 1024;

/// Credit at the start, screen to agent. Thousands of acknowledgements.
pub const SCREEN_TO_AGENT_CREDIT: u32 = 64 * 1024;

/// Credit at the start, input, both ways. Seconds of the fastest hands.
pub const INPUT_CREDIT: u32 = 64 * 1024;

/// Credit at the start, clipboard, both ways. Two of the longest pieces: the one that was asked for, and one that an older offer
/// still had under way.
pub const CLIPBOARD_CREDIT: u32 = 2 * CLIPBOARD_MESSAGE_MAX as u32;

/// Bytes of every nonce.
pub const NONCE_BYTES: usize = 32;

/// Most channels named in a hello; there are four.
pub const CHANNELS_MAX: usize = 16;

/// How long a pipe may take from its first byte to being open. One round trip is enough; ten seconds survive a bad
/// mobile network.
pub const PIPE_HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// A connection that was silent for this long is lost, where something happens on it. Three missed pings of a viewer in the
/// background.
pub const PIPE_SILENCE_TIME: Duration = Duration::from_secs(15);

/// A viewer that somebody looks at takes a silent connection for lost after this: four missed pongs. Coming back costs a round
/// trip or two, so a wrong guess is cheap. At rest it is this, less a [`PING_VISIBLE`], after the ping that was not answered.
pub const PIPE_SILENCE_VISIBLE: Duration = Duration::from_secs(4);

/// A visible viewer measures the round trip this often while something happens: the overlay shows it, and it costs 100 bytes.
pub const PING_VISIBLE: Duration = Duration::from_secs(1);

/// A viewer out of sight, and the agent, ping this often: keeps the pipe alive through three losses.
pub const PING_HIDDEN: Duration = Duration::from_secs(5);

/// While nothing happens a viewer pings this often: proxies and address translators on the way forget a connection that was quiet for a
/// minute, and should one ping in that time be lost, the next is still in time.
pub const PING_REST: Duration = Duration::from_secs(25);

/// Round-trip samples kept to find the shortest. With one a second this forgets a changed route in 16 s.
pub const CLOCK_SAMPLES: usize = 16;

/// Older samples say nothing: two clocks that nobody sets drift apart by a millisecond or two in this time.
pub const CLOCK_SAMPLE_AGE: Duration = Duration::from_secs(30);

/// Pings that may wait for their pong; later pongs are ignored.
pub const PINGS_OUTSTANDING: usize = 8;

/// Bytes of sentence in a close; a line of text.
pub const CLOSE_TEXT_MAX: usize = 256;

/// Input messages that may wait to be sent. Full means: the caller merges moves and tries again.
pub const INPUT_QUEUE_BYTES: usize = 64 * 1024;

/// Screen messages (layout, state, settings, acknowledgements) that may wait to be sent.
pub const SCREEN_QUEUE_MESSAGES: usize = 32;

/// Cursor messages that may wait to be sent ahead of the next frame.
pub const CURSOR_QUEUE_MESSAGES: usize = 16;

/// Widest and highest desktop, pixels; the X protocol's own limit.
pub const DESKTOP_MAX: u32 = 32_767;

/// Most monitors in a layout, a wall of eight by four; of more the first are told.
pub const MONITORS_MAX: usize = 32;

/// Most bytes of a monitor's name.
pub const MONITOR_NAME_MAX: usize = 64;

/// Widest and highest cursor picture, pixels; four times the usual 64.
pub const CURSOR_MAX: u32 = 256;

/// Most bytes of a detail for people.
pub const DETAIL_MAX: usize = 512;

/// Most bytes of a stable code.
pub const CODE_MAX: usize = 64;

/// Most input events in one message: 64 ms of a 1000 Hz mouse.
pub const INPUT_BATCH_MAX: usize = 64;

/// Most bytes of a physical key's name; the longest in UI Events is 18.
pub const KEY_CODE_MAX: usize = 32;

/// Most bytes of a key's meaning: a name, or one character with its combining marks.
pub const KEY_TEXT_MAX: usize = 32;

/// Most bytes of text from an input method in one event.
pub const INPUT_TEXT_MAX: usize = 1024;

/// Most keys in a chord; hands have no more to offer.
pub const CHORD_MAX: usize = 6;

/// Furthest wheel turn in one event, in 1/120 notch.
pub const WHEEL_MAX: i32 = 120 * 100;

/// Furthest way of the pointer in one event, pixels: across the widest desktop.
pub const MOVE_BY_MAX: i32 = DESKTOP_MAX.cast_signed();

/// Input events per second that a viewer may cause in the long run. Faster than any hands or mouse sampling worth
/// passing on.
pub const INPUT_EVENTS_PER_SECOND: u32 = 500;

/// Input events that may come at once: a second's worth after a stall of the network.
pub const INPUT_BURST: u32 = 500;

/// Input budget that pointer moves may not touch, so that keys and buttons are never dropped for moves.
pub const INPUT_MOVE_RESERVE: u32 = 100;

/// Most bytes of a link message.
pub const LINK_MESSAGE_MAX: usize = 64 * 1024;

/// Bytes that sealing adds to a link message: the tag of Poly1305.
pub const LINK_SEAL: usize = 16;

/// Most bytes of a link message as it travels.
pub const LINK_SEALED_MAX: usize = LINK_MESSAGE_MAX + LINK_SEAL;

/// Most bytes of a link message that is not sealed: the hello.
pub const LINK_HANDSHAKE_MESSAGE_MAX: usize = 4 * 1024;

/// How long a link may take from its first byte to the welcome.
pub const LINK_HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// How often an agent sends a heartbeat while its server has few links or somebody has to do with the machine; the server says
/// when it may be less often.
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(4);

/// Silence after which the server takes an agent for dead: two missed heartbeats, and a second for the road.
#[must_use]
pub const fn link_dead_after(heartbeat: Duration) -> Duration {
    heartbeat.saturating_mul(2).saturating_add(Duration::from_secs(1))
}

/// Silence after which the agent takes its server for lost: two heartbeats that were not answered, and the time of one at the
/// quick pace for the answer.
#[must_use]
pub const fn link_lost_after(heartbeat: Duration) -> Duration {
    heartbeat.saturating_mul(2).saturating_add(HEARTBEAT_EVERY)
}

/// [`link_dead_after`] at the quick pace: shows a machine as offline within ten seconds of its agent's death.
pub const LINK_DEAD_AFTER: Duration = link_dead_after(HEARTBEAT_EVERY);

/// [`link_lost_after`] at the quick pace.
pub const LINK_LOST_AFTER: Duration = link_lost_after(HEARTBEAT_EVERY);

/// Heartbeat intervals outside of this are not believed.
pub const HEARTBEAT_MIN: Duration = Duration::from_millis(100);

/// See [`HEARTBEAT_MIN`]. Proxies that are set up as our samples are cut a connection that was quiet for 75 s.
pub const HEARTBEAT_MAX: Duration = Duration::from_secs(60);

/// Longest time over which a server may spread the return of its agents; it may be wrong.
pub const REDIAL_MAX: Duration = Duration::from_secs(60);

/// Link messages that may wait to be sent. Full means: the other side has stopped reading; give the link up.
pub const LINK_QUEUE_MESSAGES: usize = 64;

/// Most bytes of one value that identifies a machine; serial numbers have 10 to 30, a UUID has 36.
pub const EVIDENCE_MAX: usize = 64;

/// Most built-in disks named as evidence; more would say nothing that eight do not.
pub const DISKS_MAX: usize = 8;

/// Bytes of an install id.
pub const INSTALL_ID_BYTES: usize = 16;

/// Most bytes of an encoded installation: five values and eight disks with their tags.
pub const INSTALLATION_MAX: usize = 2 * 1024;

/// Most bytes of an enrollment token's text; there are 76.
pub const TOKEN_TEXT_MAX: usize = 128;

/// Most bytes of a host name (RFC 1035: 253) or the name of a person.
pub const NAME_MAX: usize = 256;

/// Most logged-on people reported for a machine.
pub const USERS_MAX: usize = 64;

/// Most capabilities an agent advertises.
pub const CAPABILITIES_MAX: usize = 32;

/// Bytes of a key that pipes are opened with, each half.
pub const PIPE_KEY_BYTES: usize = 32;

/// Most rights named in a list; there are five.
pub const RIGHTS_MAX: usize = 16;

/// Most bytes of an encoded session statement: two names and a hundred bytes of ids, keys and numbers.
pub const STATEMENT_MAX: usize = 1024;

/// Most sessions that an agent says it still has; it takes eight.
pub const SESSIONS_HELD_MAX: usize = 64;

/// Most sections of the inventory named in one message; there are seven.
pub const INVENTORY_SECTIONS_MAX: usize = 32;

/// Bytes of a section's hash.
pub const INVENTORY_HASH_BYTES: usize = 32;

/// Most bytes of a section: 20,000 packages. What the inventory's own limit says, in the one crate that cannot ask it.
pub const INVENTORY_SECTION_MAX: usize = 2 * 1024 * 1024;

/// Most bytes of a section in one message: what is said of a session meanwhile waits for at most one of these, 65 ms at
/// 2 Mbit/s.
pub const INVENTORY_PART_MAX: usize = 16 * 1024;

/// Longest time for which a server may not want a section; it may be wrong.
pub const INVENTORY_RETRY_MAX: Duration = Duration::from_secs(24 * 3600);

/// How often an agent says how busy its machine is when nobody looks.
pub const METRICS_EVERY: Duration = Duration::from_secs(60);

/// How long an agent keeps another pace that it was not told again: as long as a browser that was closed may go unnoticed.
pub const METRICS_PACE_LASTS: Duration = Duration::from_secs(60);

/// Longest time that one sample may speak of, in seconds: a machine that slept.
pub const METRIC_SECONDS_MAX: u32 = 3600;

/// Most people in a roster: eight viewers, and who sits at the machine.
pub const PEOPLE_MAX: usize = 16;

/// Most bytes of what somebody says at once; a long paragraph.
pub const SAID_MAX: usize = 2 * 1024;

/// Most bytes of a company message: a full roster with long names.
pub const COMPANY_MESSAGE_MAX: usize = 8 * 1024;

/// Credit at the start, company, both ways. Seconds of pointers, and a chat after an interruption.
pub const COMPANY_CREDIT: u32 = 64 * 1024;
