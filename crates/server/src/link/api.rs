//! `GET /api/agent/link`: the upgrade. Everything after it is in `task.rs`; who finds no place is told here when to come again.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::http::header::ORIGIN;
use axum::response::Response;
use farol_protocol::limits::LINK_SEALED_MAX;
use farol_protocol::link::ServerLink;
use tokio::time::timeout;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::task::{FAREWELL, Task, close};
use crate::ctx::Ctx;
use crate::error::{Code, Error};
use crate::http::RequestInfo;
use crate::shares::Share;

/// Link messages are small and rare; the buffer grows for the odd bigger one.
const READ_BUFFER: usize = 1024;
/// Bytes that may wait in the writer; one message waits at a time.
const WRITE_BUFFER_MAX: usize = 2 * LINK_SEALED_MAX;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new().routes(routes!(link))
}

/// Connects an agent.
///
/// A WebSocket with binary messages of `link.proto`. The agent proves its machine key inside; no cookie is looked at, and
/// browsers are refused.
#[utoipa::path(
    get, path = "/api/agent/link", tag = "agents", security(()),
    responses((status = 101, description = "WebSocket"), (status = 429, description = "Too many handshakes at once, in all or from this address"))
)]
async fn link(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Error> {
    if headers.contains_key(ORIGIN) {
        return Err(Error::Refused {
            code: Code::CrossSite,
            detail: "Agents do not live in browsers.".into(),
        });
    }
    let upgrade = upgrade
        .max_message_size(LINK_SEALED_MAX)
        .max_frame_size(LINK_SEALED_MAX)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_MAX);
    let tasks = ctx.tasks.clone();
    let Some(handshake) = ctx.presence.handshake(info.address) else {
        metrics::counter!("farol_links_put_off_total").increment(1);
        let Some(put_off) = ctx.presence.put_off(info.address) else {
            return Err(Error::Unavailable {
                code: Code::TooManyAttempts,
                detail: "Too many agents are connecting at once. Try again in a few seconds.".into(),
                source: None,
            });
        };
        return Ok(upgrade.on_upgrade(move |socket| tasks.track_future(put_off_link(socket, put_off))));
    };
    Ok(upgrade.on_upgrade(move |socket| {
        let task = Task::new(ctx, socket, info.address, handshake);
        tasks.track_future(async move {
            if let Some(task) = task {
                task.run().await;
            }
        })
    }))
}

/// Tells an agent when to come again, and lets it close.
async fn put_off_link(mut socket: WebSocket, (wait, place): (Duration, Share)) {
    let word = ServerLink::turn_away("many agents are coming at once", wait);
    let frame = CloseFrame {
        code: close::NOT_NOW,
        reason: "".into(),
    };
    let farewell = async {
        for message in [Message::Binary(word.into()), Message::Close(Some(frame))] {
            if socket.send(message).await.is_err() {
                return;
            }
        }
        while let Some(Ok(_)) = socket.recv().await {}
    };
    if timeout(FAREWELL, farewell).await.is_err() {
        tracing::trace!("an agent that was put off did not close");
    }
    drop(place);
}
