//! Two sockets, coupled: every binary message of one goes to the other, unread.
//!
//! Here: copying, back-pressure, liveness, how an end left. Not here: who may come in (`mod.rs`), limits (`policy.rs`).
//!
//! Invariants:
//! - One message per direction is in flight here. It is written and flushed before the next one is read, so a slow
//!   reader slows its writer by TCP and nothing piles up, and nothing waits for company.
//! - The two directions wait for each other nowhere; couples share nothing.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use super::policy::{MESSAGE_MAX, Rate, close};
use crate::sessions::lifecycle::{Leave, Side};
use crate::sessions::live::Traffic;
use crate::sessions::ticks::Ticks;

/// An end that takes nothing for this long while something waits for it is lost.
const WRITE_STALL: Duration = Duration::from_secs(20);
/// Each end is pinged this often; browsers answer without any script running.
const PING_EVERY: Duration = Duration::from_secs(10);
/// An end that was pinged and says nothing for this long is lost: two pings and a bit.
const SILENCE_MAX: Duration = Duration::from_secs(25);
/// Time for a goodbye to be written and answered.
const FAREWELL: Duration = Duration::from_secs(1);

type Receiver = SplitStream<WebSocket>;
type Sender = SplitSink<WebSocket, Message>;

/// A close frame in the making.
#[derive(Debug, Clone)]
pub(super) struct Closing {
    pub(super) code: u16,
    pub(super) reason: &'static str,
}

/// An end went away.
#[derive(Debug)]
pub(super) struct Gone {
    /// Which.
    pub(super) side: Side,
    /// How.
    pub(super) leave: Leave,
    /// What it is told when the reason was its own fault; otherwise it hears what everybody hears.
    pub(super) fault: Option<Closing>,
}

impl Gone {
    pub(super) fn broke(side: Side, how: impl Into<String>) -> Self {
        Self {
            side,
            leave: Leave::Broke(how.into()),
            fault: None,
        }
    }

    pub(super) fn violated(side: Side, code: u16, what: &'static str) -> Self {
        Self {
            side,
            leave: Leave::Violated(what.to_owned()),
            fault: Some(Closing { code, reason: what }),
        }
    }
}

/// Both ends of a session in one place.
pub(super) struct Couple {
    viewer: (Sender, Receiver),
    agent: (Sender, Receiver),
}

impl Couple {
    pub(super) fn new(viewer: WebSocket, agent: WebSocket) -> Self {
        Self {
            viewer: viewer.split(),
            agent: agent.split(),
        }
    }

    /// Tells both ends that they are coupled.
    pub(super) async fn ready(&mut self, message: Bytes) -> Result<(), Gone> {
        for (side, sender) in [
            (Side::Agent, &mut self.agent.0),
            (Side::Viewer, &mut self.viewer.0),
        ] {
            send(side, sender, Message::Binary(message.clone())).await?;
        }
        Ok(())
    }

    /// Copies until an end goes. Not cancel safe in the middle of a message; dropping it is for the end of a session.
    pub(super) async fn run(&mut self, ticks: Ticks, traffic: &Traffic) -> Gone {
        let (viewer, agent) = (&mut self.viewer, &mut self.agent);
        let inward = pump(Side::Viewer, &mut viewer.1, &mut agent.0, (ticks, traffic));
        let outward = pump(Side::Agent, &mut agent.1, &mut viewer.0, (ticks, traffic));
        tokio::select! {
            gone = inward => gone,
            gone = outward => gone,
        }
    }

    /// Closes both ends, each with its code, and waits a moment for the frames to arrive.
    pub(super) async fn close(self, viewer: Closing, agent: Closing) {
        let (viewer_end, agent_end) = (self.viewer, self.agent);
        tokio::join!(
            farewell(viewer_end.0, viewer_end.1, viewer),
            farewell(agent_end.0, agent_end.1, agent)
        );
    }
}

/// One direction.
async fn pump(side: Side, from: &mut Receiver, to: &mut Sender, (ticks, traffic): (Ticks, &Traffic)) -> Gone {
    let mut rate = Rate::new(ticks.now(), side);
    let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    loop {
        let message = tokio::select! {
            biased;
            message = from.next() => message,
            // Keep-alive last: with messages flowing it has nothing to add.
            _ = ping.tick() => {
                if heard.elapsed() > SILENCE_MAX {
                    return Gone::broke(side, "nothing was heard of it for 25 seconds");
                }
                if let Err(gone) = send(side.other(), to, Message::Ping(Bytes::new())).await {
                    return gone;
                }
                continue;
            }
        };
        let payload = match take(side, message) {
            Ok(Some(payload)) => payload,
            Ok(None) => {
                heard = Instant::now();
                continue;
            }
            Err(gone) => return gone,
        };
        if !rate.allow(ticks.now()) {
            return Gone::violated(side, close::TOO_FAST, "too many messages per second");
        }
        let length = payload.len();
        if let Err(gone) = send(side.other(), to, Message::Binary(payload)).await {
            return gone;
        }
        traffic.add(side, length);
        // After the write: an end cannot be blamed for silence while the other one kept us from listening.
        heard = Instant::now();
    }
}

/// The payload to pass on, or None for what concerns only the connection itself.
fn take(side: Side, message: Option<Result<Message, axum::Error>>) -> Result<Option<Bytes>, Gone> {
    match message {
        Some(Ok(Message::Binary(payload))) if payload.len() <= MESSAGE_MAX => Ok(Some(payload)),
        Some(Ok(Message::Binary(_))) => Err(Gone::violated(side, close::TOO_BIG, "message too big")),
        Some(Ok(Message::Text(_))) => Err(Gone::violated(side, close::MALFORMED, "text message")),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Close(frame))) => Err(Gone {
            side,
            leave: left(side, frame),
            fault: None,
        }),
        Some(Err(error)) => Err(failed(side, &error)),
        None => Err(Gone::broke(side, "the connection ended without a goodbye")),
    }
}

/// How an end left that sent a close frame. Losing a pipe costs little and ending a session is for good, so a viewer's goodbye has
/// to say 1000.
pub(super) fn left(side: Side, frame: Option<CloseFrame>) -> Leave {
    match frame {
        Some(frame) if frame.code == 1000 => Leave::Closed(frame.reason.to_string()),
        // What a browser sends by itself when a tab is closed or loaded anew.
        Some(frame) if frame.code == 1001 && side == Side::Viewer => Leave::Gone,
        Some(frame) => Leave::Broke(format!("closed with code {}", frame.code)),
        None if side == Side::Viewer => Leave::Broke("closed without a code".to_owned()),
        None => Leave::Closed(String::new()),
    }
}

/// Tells a broken connection from a broken rule of WebSocket itself.
pub(super) fn failed(side: Side, error: &axum::Error) -> Gone {
    match fault(error) {
        Some((code, what)) => Gone::violated(side, code, what),
        None => Gone::broke(side, error.to_string()),
    }
}

/// Close code and name of the rule that was broken; None when the connection just failed.
pub(crate) fn fault(error: &axum::Error) -> Option<(u16, &'static str)> {
    use tokio_tungstenite::tungstenite::Error as Ws;
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    match std::error::Error::source(error)?.downcast_ref::<Ws>()? {
        Ws::Capacity(_) => Some((close::TOO_BIG, "message too big")),
        Ws::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Ws::Protocol(_) | Ws::Utf8(_) => Some((close::MALFORMED, "malformed WebSocket frame")),
        _ => None,
    }
}

async fn send(side: Side, to: &mut Sender, message: Message) -> Result<(), Gone> {
    // The timer is armed only when the socket does not take the message at once.
    match timeout(WRITE_STALL, to.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(failed(side, &error)),
        Err(_) => Err(Gone::broke(side, "it took nothing for 20 seconds")),
    }
}

/// Sends a close frame and reads until the other one answers or time is up: a socket dropped with unread input is reset
/// by the system, and the reset can overtake the close frame.
async fn farewell(mut to: Sender, mut from: Receiver, closing: Closing) {
    let goodbye = async {
        let frame = CloseFrame {
            code: closing.code,
            reason: closing.reason.into(),
        };
        if to.send(Message::Close(Some(frame))).await.is_err() {
            return;
        }
        while let Some(Ok(_)) = from.next().await {}
    };
    if timeout(FAREWELL, goodbye).await.is_err() {
        tracing::trace!("relay goodbye was not answered");
    }
}

/// [`farewell`] for a socket that was never coupled.
pub(super) async fn close_one(socket: WebSocket, closing: Closing) {
    let (to, from) = socket.split();
    farewell(to, from, closing).await;
}
