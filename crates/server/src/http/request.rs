//! The outermost layer: gives every request its id, span and metrics, and every answer its header and problem body.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, Span};

use super::{address, problem, trace};
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
    let span = span(info.id, &request);
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

/// What stands on every line of the log about a request.
fn span(id: RequestId, request: &Request) -> Span {
    // The path without its query: nothing secret travels in queries, but habits differ.
    tracing::info_span!(
        "request",
        request_id = %id,
        method = %request.method(),
        path = %request.uri().path(),
        trace_id = trace::id(request.headers()),
    )
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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use axum::body::Body;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What the log says under a request with this `traceparent`.
    fn line(traceparent: &str) -> String {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let request = Request::get("/api/machines?secret=x")
            .header("traceparent", traceparent)
            .body(Body::empty())
            .unwrap();
        tracing::subscriber::with_default(subscriber, || {
            span(RequestId::new(), &request).in_scope(|| tracing::info!("answered"));
        });
        let bytes = log.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_callers_trace_is_named_in_the_log() {
        let said = line("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assert!(
            said.contains("trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\""),
            "{said}"
        );
        assert!(
            said.contains("path=/api/machines") && !said.contains("secret"),
            "{said}"
        );
        let said = line("00-nonsense");
        assert!(
            said.contains("request_id=") && !said.contains("trace_id"),
            "{said}"
        );
        assert!(!said.contains("nonsense"), "{said}");
    }
}
