//! `/api/openapi.json` and, for people, `/api/docs`: Swagger UI, served from inside the program.
//!
//! The page loads nothing from elsewhere and has no inline script, so the console's policy holds for it too.

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use swagger_ui_dist::{ApiDefinition, OpenApiSource, generate_routes};

use crate::ctx::Ctx;
use crate::openapi;

const PAGE: &str = include_str!("docs.html");
const SCRIPT: &str = include_str!("docs.js");
/// The viewer's files change with the program only; an hour keeps them out of the way without surprises after an update.
const ONE_HOUR: HeaderValue = HeaderValue::from_static("max-age=3600");

pub(super) fn routes() -> Router<Ctx> {
    // The crate's own page has an inline script; only its style sheet and its script are used.
    let viewer: Router = generate_routes(ApiDefinition {
        uri_prefix: "/api/docs",
        api_definition: OpenApiSource::Uri("/api/openapi.json"),
        title: Some("Farol"),
    });
    Router::new()
        .route("/api/openapi.json", get(document))
        .route("/api/docs", get(|| async { Html(PAGE) }))
        .route("/api/docs/start.js", get(script))
        .route_service("/api/docs/swagger-ui.css", viewer.clone())
        .route_service("/api/docs/swagger-ui-bundle.js", viewer)
}

async fn document() -> impl IntoResponse {
    // Made anew each time: it is asked for rarely, and not worth keeping in memory.
    ([(CONTENT_TYPE, "application/json")], openapi::text())
}

async fn script() -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, HeaderValue::from_static("text/javascript")),
            (CACHE_CONTROL, ONE_HOUR),
        ],
        SCRIPT,
    )
}
