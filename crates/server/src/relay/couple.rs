//! Two sockets, coupled: every binary message of one goes to the other, unread.
//!
//! Here: copying, back-pressure, liveness, how an end left. Not here: who may come in (`mod.rs`), limits (`policy.rs`).
//!
//! Invariants:
//! - One message per direction is in flight here. It is written and flushed before the next one is read, so a slow
//!   reader slows its writer by TCP and nothing piles up, and nothing waits for company.
//! - The two directions wait for each other nowhere; couples share nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use farol_protocol::Tick;
use farol_protocol::limits::PING_REST;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use super::policy::{MESSAGE_MAX, Rate, close};
use crate::sessions::lifecycle::{Leave, Side};
use crate::sessions::live::Traffic;
use crate::sessions::ticks::Ticks;

/// An end that takes nothing for this long while something waits for it is lost.
const WRITE_STALL: Duration = Duration::from_secs(20);
/// An end that was silent for this long is pinged: longer than the two ends leave each other without a word, so that a session in
/// which nothing happens costs no more than these. Browsers answer without any script running.
const PING_AFTER: Duration = PING_REST.saturating_add(Duration::from_secs(3));
/// How often silence is looked at, and how often a silent end is pinged.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// An end that says nothing for this long is lost: two pings without an answer. What happens between the ends is noticed sooner by
/// themselves.
const SILENCE_MAX: Duration = Duration::from_secs(40);
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
        let heard = Heard::new(ticks);
        let inward = pump(Side::Viewer, &mut viewer.1, &mut agent.0, (&heard, traffic));
        let outward = pump(Side::Agent, &mut agent.1, &mut viewer.0, (&heard, traffic));
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

/// When each end was heard last, for both directions: who writes to an end pings it, who reads from it hears the answer.
struct Heard {
    ticks: Ticks,
    viewer: AtomicU64,
    agent: AtomicU64,
}

impl Heard {
    fn new(ticks: Ticks) -> Self {
        let now = ticks.now().0;
        Self {
            ticks,
            viewer: AtomicU64::new(now),
            agent: AtomicU64::new(now),
        }
    }

    fn of(&self, side: Side) -> &AtomicU64 {
        match side {
            Side::Viewer => &self.viewer,
            Side::Agent => &self.agent,
        }
    }

    fn note(&self, side: Side) {
        self.of(side).store(self.ticks.now().0, Ordering::Relaxed);
    }

    fn silence(&self, side: Side) -> Duration {
        self.ticks
            .now()
            .since(Tick(self.of(side).load(Ordering::Relaxed)))
    }
}

/// One direction.
async fn pump(
    side: Side,
    from: &mut (impl Stream<Item = Result<Message, axum::Error>> + Unpin),
    to: &mut (impl Sink<Message, Error = axum::Error> + Unpin),
    (heard, traffic): (&Heard, &Traffic),
) -> Gone {
    let mut rate = Rate::new(heard.ticks.now(), side);
    let mut look = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            biased;
            message = from.next() => message,
            // Keep-alive last: with messages flowing it has nothing to add.
            _ = look.tick() => {
                if heard.silence(side) > SILENCE_MAX {
                    return Gone::broke(side, "nothing was heard of it for 40 seconds");
                }
                if heard.silence(side.other()) >= PING_AFTER
                    && let Err(gone) = send(side.other(), to, Message::Ping(Bytes::new())).await
                {
                    return gone;
                }
                continue;
            }
        };
        let payload = match take(side, message) {
            Ok(Some(payload)) => payload,
            Ok(None) => {
                heard.note(side);
                continue;
            }
            Err(gone) => return gone,
        };
        if !rate.allow(heard.ticks.now()) {
            return Gone::violated(side, close::TOO_FAST, "too many messages per second");
        }
        let length = payload.len();
        if let Err(gone) = send(side.other(), to, Message::Binary(payload)).await {
            return gone;
        }
        traffic.add(side, length);
        // After the write: an end cannot be blamed for silence while the other one kept us from listening.
        heard.note(side);
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

async fn send(
    side: Side,
    to: &mut (impl Sink<Message, Error = axum::Error> + Unpin),
    message: Message,
) -> Result<(), Gone> {
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

#[cfg(test)]
mod tests {
    use futures_util::{sink, stream};
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
    use tokio::time::sleep;

    use super::*;

    /// One end as the test has it.
    struct End {
        says: UnboundedSender<Message>,
        hears: UnboundedReceiver<Message>,
    }

    impl End {
        fn say(&self) {
            self.says
                .send(Message::Binary(Bytes::from_static(b"sealed")))
                .unwrap();
        }

        /// Pings that came, and how many other messages.
        fn heard(&mut self) -> (usize, usize) {
            let all: Vec<Message> = std::iter::from_fn(|| self.hears.try_recv().ok()).collect();
            let pings = all.iter().filter(|message| matches!(message, Message::Ping(_)));
            let pings = pings.count();
            (pings, all.len() - pings)
        }
    }

    /// A couple whose sockets are channels, and its two ends.
    fn coupled() -> (tokio::task::JoinHandle<Gone>, End, End) {
        let socket = || {
            let ((says, said), (told, hears)) = (unbounded_channel(), unbounded_channel());
            let from = stream::unfold(said, |mut said: UnboundedReceiver<Message>| async {
                Some((Ok(said.recv().await?), said))
            });
            let to = sink::unfold(told, |told: UnboundedSender<Message>, message| async {
                told.send(message).unwrap();
                Ok(told)
            });
            ((Box::pin(from), Box::pin(to)), End { says, hears })
        };
        let ((mut viewer_socket, viewer), (mut agent_socket, agent)) = (socket(), socket());
        let running = tokio::spawn(async move {
            let (heard, traffic) = (Heard::new(Ticks::start()), Traffic::default());
            let shared = (&heard, &traffic);
            tokio::select! {
                gone = pump(Side::Viewer, &mut viewer_socket.0, &mut agent_socket.1, shared) => gone,
                gone = pump(Side::Agent, &mut agent_socket.0, &mut viewer_socket.1, shared) => gone,
            }
        });
        (running, viewer, agent)
    }

    #[tokio::test(start_paused = true)]
    async fn ends_that_ask_each_other_now_and_then_are_asked_nothing() {
        let (running, mut viewer, mut agent) = coupled();
        for _ in 0..24 {
            sleep(PING_REST).await;
            viewer.say();
            sleep(Duration::from_millis(200)).await;
            agent.say();
        }
        sleep(Duration::from_secs(1)).await;
        assert_eq!(viewer.heard(), (0, 24));
        assert_eq!(agent.heard(), (0, 24));
        assert!(!running.is_finished());
        running.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_end_is_pinged_and_then_lost() {
        let (running, mut viewer, mut agent) = coupled();
        let begun = Instant::now();
        let mut seconds = 0;
        while !running.is_finished() {
            sleep(Duration::from_secs(1)).await;
            seconds += 1;
            // The agent answers pings as a socket does, the viewer does not.
            if agent.heard().0 > 0 {
                agent.says.send(Message::Pong(Bytes::new())).unwrap();
            }
            assert!(seconds < 60, "nobody gives up");
        }
        let gone = running.await.unwrap();
        assert_eq!(gone.side, Side::Viewer);
        let silence = begun.elapsed();
        assert!(
            (SILENCE_MAX..SILENCE_MAX + LOOK_EVERY * 2).contains(&silence),
            "{silence:?}"
        );
        let (pings, others) = viewer.heard();
        assert!((2..=4).contains(&pings) && others == 0, "{pings} pings");
    }
}
