//! The outermost layer: gives every request its id, span and metrics, and every answer its header and problem body.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::{address, problem};
use crate::ctx::Ctx;
use crate::ids::RequestId;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Which request this is and where it comes from; an extractor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestInfo {
    /// Made by this server for this request; what a caller sends under that name is ignored.
    pub id: RequestId,
    /// The caller's address, behind trusted proxies too.
    pub address: IpAddr,
}

impl<S: Sync> FromRequestParts<S> for RequestInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let unknown = || Self {
            id: RequestId::new(),
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        };
        Ok(parts.extensions.get::<Self>().copied().unwrap_or_else(unknown))
    }
}

pub(super) async fn handle(State(ctx): State<Ctx>, mut request: Request, next: Next) -> Response {
    let address = address::of_client(
        request.extensions(),
        request.headers(),
        &ctx.config.trusted_proxies,
    );
    let info = RequestInfo {
        id: RequestId::new(),
        address,
    };
    request.extensions_mut().insert(info);
    let method = request.method().clone();
    // The pattern, not the path: a closed set of labels, and no text of the caller in metrics.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other".to_owned(), |path| path.as_str().to_owned());
    // The path without its query: nothing secret travels in queries, but habits differ.
    let span = tracing::info_span!("request", request_id = %info.id, %method, path = %request.uri().path());
    let started = Instant::now();
    let response = async {
        let response = next.run(request).await;
        let status = response.status();
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), %address, "answered");
        } else {
            tracing::debug!(status = status.as_u16(), %address, "answered");
        }
        response
    }
    .instrument(span)
    .await;
    count(method.as_str(), route, response.status().as_u16(), started);
    let mut response = problem::complete(response, info.id);
    if let Ok(value) = HeaderValue::from_str(&info.id.to_string()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

fn count(method: &str, route: String, status: u16, started: Instant) {
    // Methods are an open set on the wire; labels are not.
    let method = match method {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" => method.to_owned(),
        _ => "other".to_owned(),
    };
    let class = format!("{}xx", status / 100);
    metrics::counter!("farol_http_requests_total", "method" => method, "route" => route.clone(), "status" => class)
        .increment(1);
    metrics::histogram!("farol_http_request_seconds", "route" => route)
        .record(started.elapsed().as_secs_f64());
}
