//! The relay: passes the bytes of a pipe between agent and viewer, blind.
//!
//! Here: who may come in (origin, hello, grant), meeting, goodbyes. Not here: copying (`couple.rs`), limits
//! (`policy.rs`), the life cycle of sessions (`crate::sessions`).
//!
//! ```text
//!  upgrade ─▶ origin ─▶ hello (10 s) ─▶ grant ─▶ first: wait for the other end ─┐
//!               │4403       │4400, 4408    │4401   second: hand the socket over ─┴▶ ready ─▶ copy ─▶ goodbye
//! ```
//! Each socket is one task; the task of the second end finishes when the first one has its socket. Everything one end
//! does wrong closes this session's sockets and no other. A session's sockets are those of its newest attempt: when there is a
//! newer way in, older ones are closed with 4412. Losing one of the two closes the other with 4411, and both may come again by
//! new grants.

mod api;
mod couple;
mod meeting;
pub mod policy;

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use farol_protocol::ids::SessionId as WireSessionId;
use farol_protocol::limits::{RELAY_HELLO_TIME, RELAY_PEER_TIME};
use farol_protocol::relay::{RelayHello, RelayReady};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{sleep, timeout};

use crate::ctx::Ctx;
use crate::sessions::grants::{self, GrantError};
use crate::sessions::lifecycle::{Attempt, End, EndReason, Input, Side, State};
use crate::sessions::live::{Handle, Status};
pub use api::routes;
pub(crate) use couple::fault;
use couple::{Closing, Couple, Gone, close_one, failed, left};
use meeting::Found;
pub use meeting::Meeting;
use policy::close;

/// Sockets that may be between upgrade and valid hello at once. Strangers can only fill this; ends of sessions leave it
/// within a round trip.
const STRANGERS_MAX: usize = 512;
/// How long the ends wait to hear under which name the session ended: longer than an agent has to name a reason.
const END_NAME_WAIT: std::time::Duration = std::time::Duration::from_secs(2);

/// Handle to the relay's limits; clones share them.
#[derive(Debug, Clone)]
pub struct Relays {
    strangers: Arc<Semaphore>,
}

impl Default for Relays {
    fn default() -> Self {
        Self {
            strangers: Arc::new(Semaphore::new(STRANGERS_MAX)),
        }
    }
}

impl Relays {
    /// A place for a socket that has yet to show its grant; None when there is none.
    fn stranger(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.strangers).try_acquire_owned().ok()
    }
}

/// A relay socket from its first message to its goodbye.
async fn serve(ctx: Ctx, mut socket: WebSocket, place: OwnedSemaphorePermit) {
    let hello = tokio::select! {
        biased;
        () = ctx.shutdown.cancelled() => Err(Closing { code: close::GOING_AWAY, reason: "server going away" }),
        hello = timeout(RELAY_HELLO_TIME, first_message(&mut socket)) => {
            hello.unwrap_or(Err(Closing { code: close::TIMED_OUT, reason: "no hello in time" }))
        }
    };
    let admitted = match hello {
        Ok(hello) => admit(&ctx, &hello).await,
        Err(closing) => Err(closing),
    };
    // A stranger no more, or gone.
    drop(place);
    match admitted {
        Ok(end) => end.attend(&ctx, socket).await,
        Err(closing) => refuse(socket, closing).await,
    }
}

/// Uses the grant up.
async fn admit(ctx: &Ctx, hello: &RelayHello) -> Result<Admitted, Closing> {
    let found = async {
        let (binding, side) = grants::redeem(ctx, &hello.grant.0).await?;
        let (session, meeting) = ctx.live.admit(&binding)?;
        Ok(Admitted {
            session,
            meeting,
            side,
            attempt: binding.attempt,
        })
    };
    found.await.map_err(|error| {
        tracing::info!(%error, "relay grant refused");
        match error {
            // Nothing is wrong with the grant, as far as anybody knows.
            GrantError::Failed(_) => Closing {
                code: close::GOING_AWAY,
                reason: "grant not looked up",
            },
            _ => Closing {
                code: close::BAD_GRANT,
                reason: "grant refused",
            },
        }
    })
}

/// Closes a socket that did not get in.
async fn refuse(socket: WebSocket, closing: Closing) {
    tracing::info!(
        code = closing.code,
        reason = closing.reason,
        "relay connection refused"
    );
    metrics::counter!("farol_relay_refused_total", "code" => closing.code.to_string()).increment(1);
    close_one(socket, closing).await;
}

/// The hello, or how to close the socket that did not say it.
async fn first_message(socket: &mut WebSocket) -> Result<RelayHello, Closing> {
    let malformed = |reason| Closing {
        code: close::MALFORMED,
        reason,
    };
    loop {
        return match socket.recv().await {
            Some(Ok(Message::Binary(bytes))) if bytes.len() > policy::HELLO_MAX => Err(Closing {
                code: close::TOO_BIG,
                reason: "hello too big",
            }),
            Some(Ok(Message::Binary(bytes))) => RelayHello::parse(&bytes).map_err(|error| {
                tracing::info!(%error, "relay hello refused");
                malformed("malformed hello")
            }),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Text(_))) => Err(malformed("text message")),
            Some(Ok(Message::Close(_))) | None => Err(malformed("closed before hello")),
            Some(Err(error)) => Err(failed(Side::Viewer, &error)
                .fault
                .unwrap_or(malformed("broken before hello"))),
        };
    }
}

/// An end with a valid grant, and the way by which it comes.
struct Admitted {
    session: Handle,
    side: Side,
    attempt: Attempt,
    meeting: Arc<Meeting>,
}

impl Admitted {
    /// Waits for the other end, or joins it.
    async fn attend(self, ctx: &Ctx, socket: WebSocket) {
        if !self.session.report(Input::Dialed(self.side, self.attempt)) {
            return close_one(
                socket,
                Closing {
                    code: close::SESSION_GONE,
                    reason: "session is over",
                },
            )
            .await;
        }
        tracing::debug!(
            session = %self.session.info().id, side = self.side.as_str(), attempt = self.attempt, "relay end arrived"
        );
        match self.meeting.arrive(self.side) {
            Found::First(other) => self.host(ctx, socket, other).await,
            Found::Second(waiting) => {
                if let Err(socket) = waiting.send(socket) {
                    // The first end left at this very moment.
                    close_one(socket, self.named(ctx).await).await;
                }
            }
            Found::Taken => {
                let closing = Closing {
                    code: close::ALREADY_CONNECTED,
                    reason: "already connected",
                };
                close_one(socket, closing).await;
            }
        }
    }

    /// The first end's task: waits for the second, then owns both.
    async fn host(&self, ctx: &Ctx, mut socket: WebSocket, mut other: oneshot::Receiver<WebSocket>) {
        let mut status = self.session.watch();
        let waited = tokio::select! {
            biased;
            _ = status.wait_for(|status| status.cuts(self.attempt)) => Waited::Cut,
            () = ctx.shutdown.cancelled() => Waited::Cut,
            Ok(second) = &mut other => Waited::Met(second),
            gone = lonely(self.side, &mut socket) => Waited::Left(gone),
            () = self.patience() => Waited::Alone,
        };
        match waited {
            Waited::Met(second) => {
                let (viewer, agent) = match self.side {
                    Side::Viewer => (socket, second),
                    Side::Agent => (second, socket),
                };
                self.pass_on(ctx, Couple::new(viewer, agent)).await;
            }
            Waited::Cut => close_one(socket, self.closing(ctx)).await,
            Waited::Left(gone) => {
                self.session.left(gone.side, self.attempt, gone.leave);
                let closing = match gone.fault {
                    Some(fault) => fault,
                    None => self.named(ctx).await,
                };
                close_one(socket, closing).await;
            }
            Waited::Alone => {
                let closing = Closing {
                    code: close::TIMED_OUT,
                    reason: "the other end did not come",
                };
                close_one(socket, closing).await;
            }
        }
        // A second end that was handed over while this one left.
        other.close();
        if let Ok(second) = other.try_recv() {
            close_one(second, self.named(ctx).await).await;
        }
    }

    /// How long an end of a session that ran waits for the other one. Before it runs its life cycle has the deadlines: the person
    /// at the machine may have to decide.
    async fn patience(&self) {
        if self.attempt == 1 {
            std::future::pending::<()>().await;
        }
        sleep(RELAY_PEER_TIME).await;
    }

    /// Copies until an end goes or the session cuts this way, then says goodbye to both.
    async fn pass_on(&self, ctx: &Ctx, mut couple: Couple) {
        let (session, info) = (&self.session, self.session.info());
        if !session.report(Input::Coupled(self.attempt)) {
            session.end(End::new(
                EndReason::ProtocolViolation,
                "too many reports for one session",
            ));
        }
        metrics::gauge!("farol_relay_pipes").increment(1.0);
        tracing::info!(session = %info.id, machine = %info.machine, attempt = self.attempt, "relay coupled");
        let mut status = session.watch();
        let ready = Bytes::from(
            RelayReady {
                session: WireSessionId(info.id.bytes()),
            }
            .encode(),
        );
        let copied = async {
            match couple.ready(ready).await {
                Ok(()) => couple.run(ctx.live.ticks(), session.traffic()).await,
                Err(gone) => gone,
            }
        };
        let gone = tokio::select! {
            biased;
            _ = status.wait_for(|status| status.cuts(self.attempt)) => None,
            () = ctx.shutdown.cancelled() => None,
            gone = copied => Some(gone),
        };
        if let Some(gone) = &gone {
            tracing::info!(session = %info.id, side = gone.side.as_str(), how = ?gone.leave, "relay end left");
            session.left(gone.side, self.attempt, gone.leave.clone());
        }
        let common = match gone {
            Some(_) => self.named(ctx).await,
            None => self.closing(ctx),
        };
        let of = |side: Side| {
            let fault = gone
                .as_ref()
                .filter(|gone| gone.side == side)
                .and_then(|gone| gone.fault.clone());
            fault.unwrap_or_else(|| common.clone())
        };
        couple.close(of(Side::Viewer), of(Side::Agent)).await;
        metrics::gauge!("farol_relay_pipes").decrement(1.0);
    }

    /// Waits until the session's task says what an end's leaving means: that it is over, or interrupted. It answers at once, so
    /// waiting is bounded.
    async fn named(&self, ctx: &Ctx) -> Closing {
        tokio::select! {
            biased;
            () = ctx.shutdown.cancelled() => {}
            named = timeout(END_NAME_WAIT, self.cut()) => {
                if named.is_err() {
                    tracing::debug!(session = %self.session.info().id, "nobody said what the end of a pipe means");
                }
            }
        }
        self.closing(ctx)
    }

    async fn cut(&self) {
        let mut status = self.session.watch();
        let cut = |status: &Status| status.cuts(self.attempt) || status.state == State::Interrupted;
        // The session's own handle keeps the sender.
        let said = status.wait_for(cut).await.is_ok();
        tracing::trace!(said, "what the end of a pipe means");
    }

    /// What both ends are told about an end that was not their fault.
    fn closing(&self, ctx: &Ctx) -> Closing {
        let closing = self.present_closing();
        if ctx.shutdown.is_cancelled() && closing.code != close::SESSION_ENDED {
            return Closing {
                code: close::GOING_AWAY,
                reason: "server_stopped",
            };
        }
        closing
    }

    fn present_closing(&self) -> Closing {
        let status = self.session.status();
        let (code, reason) = match &status.end {
            Some(end) if matches!(end.reason, EndReason::ViewerLost | EndReason::AgentLost) => {
                (close::PEER_LOST, end.reason.as_str())
            }
            Some(end) => (close::SESSION_ENDED, end.reason.as_str()),
            None if status.cuts(self.attempt) => (close::SUPERSEDED, "superseded"),
            None => (close::PEER_LOST, "interrupted"),
        };
        Closing { code, reason }
    }
}

#[allow(clippy::large_enum_variant, reason = "one per session, consumed at once")]
enum Waited {
    Met(WebSocket),
    Cut,
    Left(Gone),
    Alone,
}

/// Watches an end that waits: until ready it has nothing to say.
async fn lonely(side: Side, socket: &mut WebSocket) -> Gone {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(frame))) => {
                return Gone {
                    side,
                    leave: left(side, frame),
                    fault: None,
                };
            }
            None => return Gone::broke(side, "the connection ended without a goodbye"),
            Some(Ok(Message::Binary(_) | Message::Text(_))) => {
                return Gone::violated(side, close::MALFORMED, "message before ready");
            }
            Some(Err(error)) => return failed(side, &error),
        }
    }
}
