//! `GET /api/events`: the stream of notices as server-sent events.
//!
//! Here: pace and wire form. Not here: who hears what (`mod.rs`).
//! The first notice goes out at once; what comes within [`GAP`] after it goes out together.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream;
use serde_json::json;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Listener, Notice, Subscription};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::SignedIn;
use crate::ids::MachineId;
use crate::machines;
use crate::rights::Rights;

/// Shortest time between two notices of one stream: a storm becomes twenty refetches a second at most.
const GAP: Duration = Duration::from_millis(50);
/// Comments keep proxies from closing a quiet stream, which many do after a minute, and tell a dead one.
const KEEP_ALIVE: Duration = Duration::from_secs(25);

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new().routes(routes!(events))
}

/// What changed, as it changes.
///
/// Server-sent events: `hello` first; `invalidate` with `{"topics": […]}`; `resync` when too much changed to say what.
/// Refetch everything after (re)connecting. The stream ends when the login or the API token does.
#[utoipa::path(
    get, path = "/api/events", tag = "events", security(("login" = [])),
    responses((status = 200, description = "The stream", content_type = "text/event-stream", body = String))
)]
async fn events(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
) -> Result<Sse<impl Stream<Item = std::result::Result<Event, Infallible>>>> {
    let subscription = ctx
        .events
        .subscribe(Listener::of(&by))
        .ok_or_else(|| Error::Unavailable {
            code: Code::TooManyAttempts,
            detail: "Too many consoles are open on this server. Close some and try again.".into(),
            source: None,
        })?;
    let pace = Pace {
        subscription,
        stop: ctx.shutdown.clone(),
        ctx,
        greeted: false,
        not_before: Instant::now(),
    };
    Ok(Sse::new(stream::unfold(pace, Pace::next)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

struct Pace {
    ctx: Ctx,
    subscription: Subscription,
    stop: CancellationToken,
    greeted: bool,
    not_before: Instant,
}

impl Pace {
    async fn next(mut self) -> Option<(std::result::Result<Event, Infallible>, Self)> {
        if !self.greeted {
            self.greeted = true;
            return Some((Ok(Event::default().event("hello").data("{}")), self));
        }
        let stop = self.stop.clone();
        let notice = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            notice = self.paced() => notice,
        }?;
        self.not_before = Instant::now() + GAP;
        Some((Ok(written(&notice)), self))
    }

    async fn paced(&mut self) -> Option<Notice> {
        sleep_until(self.not_before).await;
        let ctx = &self.ctx;
        let sees = |rights: Rights, asked: Vec<MachineId>| async move {
            let seen = machines::in_sight(ctx.db.read(), &rights, &asked).await;
            seen.unwrap_or_else(|error| {
                // Nobody hears of a machine of which it is not known whether they see it.
                tracing::warn!(%error, "changes of machines were not told to a stream");
                Vec::new()
            })
        };
        self.subscription.next_seen(sees).await
    }
}

fn written(notice: &Notice) -> Event {
    match notice {
        Notice::Invalidate(topics) => {
            let topics: Vec<String> = topics.iter().map(ToString::to_string).collect();
            Event::default()
                .event("invalidate")
                .data(json!({ "topics": topics }).to_string())
        }
        Notice::Resync => Event::default().event("resync").data("{}"),
    }
}
