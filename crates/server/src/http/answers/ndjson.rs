//! A whole list as NDJSON: one JSON object a line, page after page from the same handler, with one page in memory.
//!
//! Every page is a request of its own to the route: who asks is looked at anew, so that an API token that is revoked meanwhile gets no
//! further. When a page fails, the last line says why ([`FAILED`]) and the connection is broken off: whoever does not look at the line
//! does not take half a list for a whole one.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use serde_json::{Value, json};

use super::{Picked, parameters, read, with_parameters};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::problem;
use crate::http::{RequestInfo, signed_in};

/// Media type, as it is asked for and answered.
pub(crate) const NDJSON: &str = "application/x-ndjson";
/// The only field of the last line of an export that failed; a problem stands in it.
pub(crate) const FAILED: &str = "export_failed";
/// Items that are read at once: the largest page there is.
const PAGE: &str = "limit=200";

/// Whether NDJSON is asked for, before JSON.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let kinds = headers.get_all(ACCEPT).iter();
    let mut kinds = kinds
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|kind| kind.split(';').next().unwrap_or_default().trim());
    let ours =
        |kind: &str| kind.eq_ignore_ascii_case(NDJSON) || kind.eq_ignore_ascii_case("application/json");
    kinds
        .find(|kind| ours(kind))
        .is_some_and(|kind| kind.eq_ignore_ascii_case(NDJSON))
}

/// The list from where the caller says to its end. What is wrong with the first page is answered as ever.
pub(super) async fn answer(
    ctx: &Ctx,
    (parts, next): (Parts, Next),
    is_paged: bool,
    picked: Option<Picked>,
) -> Response {
    let mut run = Run {
        ctx: ctx.clone(),
        parts,
        next,
        is_paged,
        picked,
    };
    let first = run.ask(None).await;
    if !first.status().is_success() {
        return first;
    }
    match run.lines(first).await {
        Ok(lines) => {
            let mut response = Response::new(Body::from_stream(run.stream(lines)));
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(NDJSON));
            response
        }
        Err(error) => error.into_response(),
    }
}

/// What a page became.
struct Lines {
    text: Bytes,
    next: Option<String>,
}

/// Where the stream is.
enum Step {
    Write(Lines),
    Ask(String),
    Fail(Error),
    Over,
}

struct Run {
    ctx: Ctx,
    /// The request as it came.
    parts: Parts,
    next: Next,
    is_paged: bool,
    picked: Option<Picked>,
}

impl Run {
    /// Asks the route for the page behind a cursor, or for the one that the caller named.
    async fn ask(&mut self, cursor: Option<&str>) -> Response {
        let mut parts = self.parts.clone();
        let kept =
            |pair: &&str| !pair.starts_with("limit=") && (cursor.is_none() || !pair.starts_with("cursor="));
        let mut pairs: Vec<&str> = parameters(&self.parts.uri).filter(kept).collect();
        let cursor = cursor.map(|text| format!("cursor={}", encoded(text)));
        pairs.extend(cursor.as_deref());
        if self.is_paged {
            pairs.push(PAGE);
        }
        match with_parameters(&self.parts.uri, &pairs) {
            Ok(uri) => parts.uri = uri,
            Err(error) => return error.into_response(),
        }
        let response = self
            .next
            .clone()
            .run(Request::from_parts(parts, Body::empty()))
            .await;
        // Who asked for the first page was recognized for that one alone.
        signed_in::forget(&mut self.parts);
        response
    }

    async fn lines(&self, response: Response) -> Result<Lines> {
        let mut page = read(response.into_body()).await?;
        let next = page["next_cursor"].as_str().map(str::to_owned);
        let mut text = Vec::new();
        for item in page["items"].as_array_mut().into_iter().flatten() {
            if let Some(picked) = &self.picked {
                picked.keep_in(item);
            }
            serde_json::to_writer(&mut text, item).map_err(Error::internal)?;
            text.push(b'\n');
        }
        Ok(Lines {
            text: text.into(),
            next,
        })
    }

    fn stream(self, first: Lines) -> impl Stream<Item = Result<Bytes>> {
        stream::unfold((self, Step::Write(first)), async |(mut run, mut step)| {
            loop {
                step = match step {
                    Step::Write(lines) => {
                        let step = lines.next.map_or(Step::Over, Step::Ask);
                        return Some((Ok(lines.text), (run, step)));
                    }
                    Step::Ask(cursor) => match run.page(&cursor).await {
                        Ok(lines) => Step::Write(lines),
                        Err(line) => return Some((Ok(line), (run, Step::Fail(broken())))),
                    },
                    Step::Fail(error) => {
                        // The line before goes out first.
                        tokio::task::yield_now().await;
                        return Some((Err(error), (run, Step::Over)));
                    }
                    Step::Over => return None,
                };
            }
        })
    }

    /// The next page, or the last line.
    async fn page(&mut self, cursor: &str) -> Result<Lines, Bytes> {
        let response = if self.ctx.shutdown.is_cancelled() {
            stopping().into_response()
        } else {
            self.ask(Some(cursor)).await
        };
        let failed = if response.status().is_success() {
            match self.lines(response).await {
                Ok(lines) => return Ok(lines),
                Err(error) => error.into_response(),
            }
        } else {
            response
        };
        Err(self.last_line(failed).await)
    }

    async fn last_line(&mut self, failed: Response) -> Bytes {
        let Ok(info) = RequestInfo::from_request_parts(&mut self.parts, &self.ctx).await;
        let mut failed = problem::complete(failed, info.id);
        failed.headers_mut().remove(CONTENT_LENGTH);
        let problem = read(failed.into_body()).await.unwrap_or(Value::Null);
        tracing::warn!(
            code = problem["code"].as_str().unwrap_or_default(),
            "an export was broken off"
        );
        Bytes::from(format!("{}\n", json!({ FAILED: problem })))
    }
}

fn stopping() -> Error {
    Error::Unavailable {
        code: Code::ShuttingDown,
        detail: "The server is about to stop. Start the export again in a moment.".into(),
        source: None,
    }
}

fn broken() -> Error {
    Error::internal("the list was not read to its end")
}

/// Percent-encoded for a query (RFC 3986): all but what is never reserved.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndjson_is_wanted_when_it_is_named_first() {
        let of = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            is_wanted(&headers)
        };
        assert!(of("application/x-ndjson"));
        assert!(of("text/plain, Application/X-NDJSON;q=1, application/json"));
        assert!(!of("application/json, application/x-ndjson"));
        assert!(!of("*/*"));
        assert!(!is_wanted(&HeaderMap::new()));
        assert_eq!(encoded("a b=c-d"), "a%20b%3Dc-d");
    }
}
