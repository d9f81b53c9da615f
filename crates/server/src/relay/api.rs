//! `GET /api/relay`: the upgrade. Everything after it is in `mod.rs`.

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::couple::Closing;
use super::policy::{MESSAGE_MAX, close};
use super::{refuse, serve};
use crate::ctx::Ctx;
use crate::error::{Code, Error};

/// Room for one full message and its header: one system call per message in the usual case.
const READ_BUFFER: usize = 68 * 1024;
/// Bytes that may wait in a socket's writer; one message waits at a time, so this is never reached.
const WRITE_BUFFER_MAX: usize = 4 * MESSAGE_MAX;

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new().routes(routes!(relay))
}

/// Passes a pipe between agent and viewer.
///
/// A WebSocket: the first binary message is a `RelayHello` with a grant; after `RelayReady` binary messages are passed on
/// unread. No cookie is looked at. Close codes: `farol_protocol::relay::close`.
#[utoipa::path(
    get, path = "/api/relay", tag = "sessions", security(()),
    responses((status = 101, description = "WebSocket"), (status = 429, description = "Too many connections at once"))
)]
async fn relay(
    State(ctx): State<Ctx>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Error> {
    let Some(place) = ctx.relays.stranger() else {
        return Err(Error::Unavailable {
            code: Code::TooManyAttempts,
            detail: "Too many connections are being opened at once. Try again in a moment.".into(),
            source: None,
        });
    };
    let ours = crate::http::is_own_origin(&ctx.config, &headers);
    let tasks = ctx.tasks.clone();
    let upgrade = upgrade
        .max_message_size(MESSAGE_MAX)
        .max_frame_size(MESSAGE_MAX)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_MAX);
    let response = upgrade.on_upgrade(move |socket| {
        tasks.track_future(async move {
            if ours {
                serve(ctx, socket, place).await;
            } else {
                // Refused after the upgrade: a page sees close codes, but no status of a refused upgrade.
                refuse(
                    socket,
                    Closing {
                        code: close::ORIGIN_REFUSED,
                        reason: "origin refused",
                    },
                )
                .await;
            }
        })
    });
    Ok(response.into_response())
}
