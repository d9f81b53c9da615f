//! What happened on a pipe, as numbers; bytes and text are put out beside them. The same numbers stand in `pipe.ts`.

use farol_protocol::pipe::message::RawMessage;
use farol_protocol::pipe::{ChannelSet, ClockEstimate, CloseCode, Event, Loss};

/// Close codes, each at its number on the wire.
const CLOSE_CODES: [CloseCode; 7] = [
    CloseCode::Done,
    CloseCode::VersionNotSupported,
    CloseCode::ProtocolViolation,
    CloseCode::TimedOut,
    CloseCode::ShuttingDown,
    CloseCode::Internal,
    CloseCode::EndUser,
];

/// The close code of a number on the wire; what is unknown is a fault of whoever says it.
pub(crate) fn close_code(number: u32) -> CloseCode {
    let place = (number as usize).wrapping_sub(1);
    CLOSE_CODES.get(place).copied().unwrap_or(CloseCode::Internal)
}

fn number_of(code: CloseCode) -> f64 {
    let place = CLOSE_CODES.iter().position(|&known| known == code);
    place.map_or(0.0, |place| (place + 1) as f64)
}

fn bits(channels: ChannelSet) -> f64 {
    let bits = channels
        .iter()
        .fold(0_u32, |bits, channel| bits | 1 << channel.number());
    f64::from(bits)
}

/// The last event that was taken.
#[derive(Default)]
pub(crate) struct Told {
    kind: u32,
    numbers: [f64; 4],
}

impl Told {
    /// | kind | what | numbers | put out |
    /// |---|---|---|---|
    /// | 0 | nothing | | |
    /// | 1 | open | channels (bits), 1 when resumed | |
    /// | 2 | channels | channels (bits) | |
    /// | 3 | message | channel, when it came | its bytes |
    /// | 4 | clock | round trip, shortest round trip, offset: microseconds | |
    /// | 5 | lost | 0 silence, 1 handshake | |
    /// | 6 | closed | code on the wire | text |
    pub(crate) fn of(event: Option<Event<RawMessage>>, at: f64, out: &mut Vec<u8>) -> Self {
        let (kind, numbers) = match event {
            None => (0, [0.0; 4]),
            Some(Event::Open { channels, resumed }) => (1, [bits(channels), f64::from(resumed), 0.0, 0.0]),
            Some(Event::Channels(channels)) => (2, [bits(channels), 0.0, 0.0, 0.0]),
            Some(Event::Message(message)) => {
                *out = message.bytes;
                (3, [f64::from(message.channel.number()), at, 0.0, 0.0])
            }
            Some(Event::Clock(ClockEstimate {
                rtt_us,
                min_rtt_us,
                offset_us,
            })) => (4, [rtt_us as f64, min_rtt_us as f64, offset_us as f64, 0.0]),
            Some(Event::Lost(loss)) => {
                let by = if loss == Loss::Silence { 0.0 } else { 1.0 };
                (5, [by, 0.0, 0.0, 0.0])
            }
            Some(Event::Closed(closed)) => {
                *out = closed.text.into_bytes();
                (6, [number_of(closed.code), 0.0, 0.0, 0.0])
            }
        };
        Self { kind, numbers }
    }

    pub(crate) fn kind(&self) -> u32 {
        self.kind
    }

    pub(crate) fn number(&self, place: usize) -> f64 {
        self.numbers.get(place).copied().unwrap_or_default()
    }
}
