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
//! does wrong closes this session's sockets and no other.

mod api;
mod couple;
mod meeting;
pub mod policy;

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use farol_protocol::ids::SessionId as WireSessionId;
use farol_protocol::limits::RELAY_HELLO_TIME;
use farol_protocol::relay::{RelayHello, RelayReady};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::timeout;

use crate::ctx::Ctx;
use crate::sessions::lifecycle::{End, EndReason, Input, Leave, Side};
use crate::sessions::live::{Handle, Status};
pub use api::routes;
pub(crate) use couple::fault;
use couple::{Closing, Couple, Gone, close_one, failed};
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
    let admitted = hello.and_then(|hello| {
        ctx.live.redeem(&hello.grant.0).map_err(|error| {
            tracing::info!(%error, "relay grant refused");
            Closing {
                code: close::BAD_GRANT,
                reason: "grant refused",
            }
        })
    });
    // Known or on its way out, it is no stranger any more.
    drop(place);
    match admitted {
        Ok((session, side)) => attend(&ctx, &session, side, socket).await,
        Err(closing) => refuse(socket, closing).await,
    }
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

/// An end with a valid grant: waits for the other one, or joins it.
async fn attend(ctx: &Ctx, session: &Handle, side: Side, socket: WebSocket) {
    if !session.report(Input::Dialed(side)) {
        return close_one(
            socket,
            Closing {
                code: close::SESSION_GONE,
                reason: "session is over",
            },
        )
        .await;
    }
    tracing::debug!(session = %session.info().id, side = side.as_str(), "relay end arrived");
    match session.meeting().arrive(side) {
        Found::First(other) => host(ctx, session, (side, socket), other).await,
        Found::Second(waiting) => {
            if let Err(socket) = waiting.send(socket) {
                // The first end left at this very moment; its leaving ends the session.
                let end = end_of(&mut session.watch()).await;
                close_one(socket, closing_of(end.as_ref())).await;
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
async fn host(
    ctx: &Ctx,
    session: &Handle,
    (side, mut socket): (Side, WebSocket),
    mut other: oneshot::Receiver<WebSocket>,
) {
    let mut status = session.watch();
    let waited = tokio::select! {
        biased;
        _ = status.wait_for(|status| status.end.is_some()) => Waited::Ended,
        Ok(second) = &mut other => Waited::Met(second),
        gone = lonely(side, &mut socket) => Waited::Left(gone),
    };
    match waited {
        Waited::Met(second) => {
            let (viewer, agent) = match side {
                Side::Viewer => (socket, second),
                Side::Agent => (second, socket),
            };
            pass_on(ctx, session, Couple::new(viewer, agent)).await;
        }
        Waited::Ended => close_one(socket, closing_of(end_of(&mut status).await.as_ref())).await,
        Waited::Left(gone) => {
            session.left(gone.side, gone.leave);
            let end = end_of(&mut status).await;
            let closing = gone.fault.unwrap_or_else(|| closing_of(end.as_ref()));
            close_one(socket, closing).await;
        }
    }
    // A second end that was handed over while this one left.
    other.close();
    if let Ok(second) = other.try_recv() {
        close_one(second, closing_of(end_of(&mut status).await.as_ref())).await;
    }
}

#[allow(clippy::large_enum_variant, reason = "one per session, consumed at once")]
enum Waited {
    Met(WebSocket),
    Ended,
    Left(Gone),
}

/// Watches an end that waits: until ready it has nothing to say.
async fn lonely(side: Side, socket: &mut WebSocket) -> Gone {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_))) | None => {
                return Gone {
                    side,
                    leave: Leave::Closed(String::new()),
                    fault: None,
                };
            }
            Some(Ok(Message::Binary(_) | Message::Text(_))) => {
                return Gone::violated(side, close::MALFORMED, "message before ready");
            }
            Some(Err(error)) => return failed(side, &error),
        }
    }
}

/// Copies until an end goes or the session ends, then says goodbye to both.
async fn pass_on(ctx: &Ctx, session: &Handle, mut couple: Couple) {
    let info = session.info();
    if !session.report(Input::Coupled) {
        session.end(End::new(
            EndReason::ProtocolViolation,
            "too many reports for one session",
        ));
    }
    metrics::gauge!("farol_relay_pipes").increment(1.0);
    tracing::info!(session = %info.id, machine = %info.machine, "relay coupled");
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
        _ = status.wait_for(|status| status.end.is_some()) => None,
        gone = copied => Some(gone),
    };
    if let Some(gone) = &gone {
        tracing::info!(session = %info.id, side = gone.side.as_str(), how = ?gone.leave, "relay end left");
        session.left(gone.side, gone.leave.clone());
    }
    let common = closing_of(end_of(&mut status).await.as_ref());
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

/// The end of the session as its task names it; it answers at once, so waiting is bounded.
async fn end_of(status: &mut watch::Receiver<Status>) -> Option<End> {
    let named = timeout(END_NAME_WAIT, status.wait_for(|status| status.end.is_some())).await;
    named
        .ok()
        .and_then(Result::ok)
        .and_then(|status| status.end.clone())
}

/// What both ends are told about an end that was not their fault.
fn closing_of(end: Option<&End>) -> Closing {
    let Some(end) = end else {
        return Closing {
            code: close::SESSION_ENDED,
            reason: "session ended",
        };
    };
    let code = match end.reason {
        EndReason::ServerStopped => close::GOING_AWAY,
        EndReason::ViewerLost | EndReason::AgentLost => close::PEER_LOST,
        _ => close::SESSION_ENDED,
    };
    Closing {
        code,
        reason: end.reason.as_str(),
    }
}
