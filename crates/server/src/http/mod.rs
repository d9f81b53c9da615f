//! The edge: router, layers, extractors. Nothing in here decides what the product does.
//!
//! Layers from the outside in: request (id, address, span, metrics, problem+json; `request.rs`), encryption
//! (`secure.rs`), panics, security headers (`headers.rs`), rate limits (`limits.rs`), time limit, body limit, same-site check
//! (`same_site.rs`), answers in another form (`answers`), what became of an API token (`presented.rs`), changes that are asked
//! for again (`idempotency.rs`), then the routes of the domains.
//!
//! A handler takes [`SignedIn`] when an account must ask, [`Json`]/[`Query`]/[`Path`] for what was sent, calls one rule
//! and returns `Result<_, Error>`.

mod address;
pub(crate) mod answers;
mod console;
mod docs;
mod etag;
mod extract;
mod headers;
pub(crate) mod idempotency;
mod limits;
mod page;
mod presented;
mod problem;
mod request;
mod same_site;
mod secure;
mod signed_in;
mod trace;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;

pub use etag::{ETag, IfMatch};
pub(crate) use extract::bearer;
pub use extract::{Form, Json, Path, Query};
pub use limits::RateLimits;
pub(crate) use limits::is_counted;
pub use page::{List, Page, PageQuery};
pub use problem::Problem;
pub(crate) use problem::status;
pub use request::RequestInfo;
pub use same_site::is_own_origin;
pub use secure::Transport;
pub(crate) use signed_in::cookie_named;
pub use signed_in::{COOKIE, SignedIn, clear_cookie, set_cookie};

use crate::ctx::Ctx;

/// Largest body of an API request; the routes of this API take small JSON objects.
pub const BODY_MAX: usize = 64 * 1024;
/// Time to the head of an answer. Event streams and WebSockets answer at once and go on after that.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The routes of all domains with their descriptions.
#[must_use]
pub fn api() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .merge(crate::health::routes())
        .merge(crate::jobs::routes())
        .merge(crate::accounts::routes())
        .merge(crate::accounts::service_account_routes())
        .merge(crate::api_tokens::routes())
        .merge(crate::identity_providers::routes())
        .merge(crate::organizations::routes())
        .merge(crate::audit::routes())
        .merge(crate::enrollment::routes())
        .merge(crate::recognition::routes())
        .merge(crate::server_identity::routes())
        .merge(crate::machines::routes())
        .merge(crate::access::routes())
        .merge(crate::access_requests::routes())
        .merge(crate::rights::routes())
        .merge(crate::teams::routes())
        .merge(crate::inventory::routes())
        .merge(crate::machine_metrics::routes())
        .merge(crate::machine_routes::routes())
        .merge(crate::mail::routes())
        .merge(crate::sessions::routes())
        .merge(crate::support::routes())
        .merge(crate::tls::routes())
        .merge(crate::webhooks::routes())
        .merge(crate::link::routes())
        .merge(crate::relay::routes())
        .merge(crate::events::routes())
}

/// The whole service.
pub fn router(ctx: &Ctx) -> Router {
    let (api, _) = api().split_for_parts();
    api.merge(docs::routes())
        .merge(crate::tls::pages())
        .fallback(console::serve)
        .method_not_allowed_fallback(problem::unknown_method)
        .layer(axum::middleware::from_fn_with_state(
            ctx.clone(),
            idempotency::once,
        ))
        .layer(axum::middleware::from_fn_with_state(ctx.clone(), presented::note))
        .layer(axum::middleware::from_fn_with_state(ctx.clone(), answers::shape))
        .layer(axum::middleware::from_fn_with_state(
            ctx.clone(),
            same_site::check,
        ))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            ANSWER_TIMEOUT,
        ))
        .layer(axum::middleware::from_fn_with_state(ctx.clone(), limits::count))
        .layer(axum::middleware::from_fn_with_state(ctx.clone(), headers::add))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(axum::middleware::from_fn_with_state(ctx.clone(), secure::check))
        .layer(axum::middleware::from_fn_with_state(ctx.clone(), request::handle))
        .with_state(ctx.clone())
}
