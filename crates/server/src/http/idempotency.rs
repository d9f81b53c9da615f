//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a change that is sent again with the same key is not done again, and
//! gets the answer of the first time.
//!
//! Who repeats a request has usually lost the connection under the first one. So it is done to its end by a task of its own, whatever
//! becomes of its connection; otherwise there would be nothing to answer with.

use std::panic::AssertUnwindSafe;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use sha2::{Digest, Sha256};
use tracing::Instrument;

use super::problem::{self, Draft};
use super::signed_in::recognize;
use super::{BODY_MAX, RequestInfo};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::idempotency::{self, Answer, Asked, Begun};
use crate::ids::{IdempotencyKeyId, RequestId};
use crate::rights::{self, Takes};

/// The header, in the way it is written.
pub(crate) const NAME: &str = "Idempotency-Key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key.
pub(crate) const KEY_MAX: usize = 255;
/// Largest answer that is kept; larger ones free their key.
pub(crate) const ANSWER_MAX: usize = 64 * 1024;
/// What belongs to an answer beside its status and its body.
const KEPT_HEADERS: [HeaderName; 3] = [CONTENT_TYPE, LOCATION, ETAG];

/// Whether a route, by its method in upper case and its path as it is described, takes keys: changes that accounts ask for. What is
/// about one login (a proof holds for that one alone) is none of them.
pub(crate) fn takes_key(method: &str, path: &str) -> bool {
    method == "POST"
        && !path.starts_with("/api/logins/")
        && matches!(
            rights::takes(method, path),
            Some(Takes::Login | Takes::Permission(_) | Takes::Server(_))
        )
}

pub(super) async fn once(State(ctx): State<Ctx>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let keyed = request.headers().contains_key(NAME)
        && route.is_some_and(|route| takes_key(request.method().as_str(), route.as_str()));
    if !keyed {
        return next.run(request).await;
    }
    attempt(&ctx, request, next)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

async fn attempt(ctx: &Ctx, request: Request, next: Next) -> Result<Response> {
    let (mut parts, body) = request.into_parts();
    let Ok(info) = RequestInfo::from_request_parts(&mut parts, ctx).await;
    let by = recognize(&mut parts, ctx).await?.clone();
    let key = key_of(&parts.headers)?;
    let body = to_bytes(body, BODY_MAX).await.map_err(unreadable)?;
    let fingerprint = fingerprint(&parts, &body);
    let there = ctx.clone();
    let work = async move {
        let asked = Asked {
            key: &key,
            fingerprint,
        };
        match idempotency::begin(&there, &by, &asked).await? {
            Begun::Do(id) => {
                let request = Request::from_parts(parts, Body::from(body));
                let response = AssertUnwindSafe(next.run(request))
                    .catch_unwind()
                    .await
                    .unwrap_or_else(problem::panicked);
                Ok(settle(&there, (id, info.id), response).await)
            }
            Begun::Again(answer) => {
                metrics::counter!("farol_idempotent_replays_total").increment(1);
                Ok(again(answer, info.id))
            }
            Begun::Running(until) => Ok(running(until)),
            Begun::Reused => Err(reused(format!(
                "This {NAME} was sent with another request before. Take a new key for each thing that you want done."
            ))),
            Begun::Elsewhere => Err(reused(format!(
                "This was done already, by another login of this account under the same {NAME}. Its answer is shown to that login \
                 alone; look at the thing itself, and take another key for something new."
            ))),
        }
    };
    // Only the end of the whole program ends the task.
    let done = ctx.tasks.spawn(work.in_current_span()).await;
    done.map_err(Error::internal)?
}

fn running(until: Timestamp) -> Response {
    let detail = format!(
        "The first request with this {NAME} has not been answered yet. Wait for it. If the server stopped in the middle of it, the key \
         is free again at {}: see then what was done before you send it again.",
        until.rfc3339()
    );
    let mut response = Error::conflict(Code::IdempotencyKeyInUse, detail).into_response();
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn reused(detail: String) -> Error {
    Error::Refused {
        code: Code::IdempotencyKeyReused,
        detail,
    }
}

/// The key in a request: as it is, or as a string of structured fields (RFC 9651), in quotes.
fn key_of(headers: &HeaderMap) -> Result<String> {
    let wrong = |what: &str| {
        Err(Error::malformed(format!(
            "The header {NAME} is not right: {what}. Send 1 to {KEY_MAX} visible ASCII characters, a random UUID for example."
        )))
    };
    let mut values = headers.get_all(NAME).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return wrong("it came more than once");
    };
    let Ok(text) = std::str::from_utf8(value.as_bytes()) else {
        return wrong("it has other characters than those of ASCII");
    };
    let Some(key) = unquoted(text) else {
        return wrong("it begins with a quotation mark and is not a string in quotes");
    };
    if key.is_empty() {
        return wrong("it is empty");
    }
    if key.len() > KEY_MAX {
        return wrong("it is too long");
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return wrong("it has spaces or other characters that are not visible ASCII");
    }
    Ok(key)
}

fn unquoted(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix('"') else {
        return Some(text.to_owned());
    };
    let mut letters = rest.strip_suffix('"')?.chars();
    let mut key = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => key.push(letters.next().filter(|next| matches!(next, '"' | '\\'))?),
            '"' => return None,
            other => key.push(other),
        }
    }
    Some(key)
}

fn unreadable(error: axum::Error) -> Error {
    let too_large = std::error::Error::source(&error)
        .is_some_and(|source| source.is::<http_body_util::LengthLimitError>());
    if too_large {
        return Error::Malformed {
            code: Code::TooLarge,
            detail: format!("The body may have at most {BODY_MAX} bytes."),
        };
    }
    Error::malformed("The body ended before it was whole. Send it again with the same key.")
}

/// Of everything that says what is wanted; each part with its length in front.
fn fingerprint(parts: &Parts, body: &[u8]) -> [u8; 32] {
    let version = parts
        .headers
        .get(IF_MATCH)
        .map_or(&b""[..], HeaderValue::as_bytes);
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let mut hash = Sha256::new();
    for part in [parts.method.as_str().as_bytes(), target.as_bytes(), version, body] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Keeps the answer or frees the key, and passes the answer on.
async fn settle(ctx: &Ctx, (id, request_id): (IdempotencyKeyId, RequestId), response: Response) -> Response {
    let (response, outcome) = match worth_keeping(response, request_id).await {
        (response, Some(answer)) => (response, idempotency::keep(ctx, id, &answer).await),
        (response, None) => (response, idempotency::free(ctx, id).await),
    };
    if let Err(error) = outcome {
        // The answer itself is right. Whoever repeats the request is told that it runs, until the key is freed.
        tracing::warn!(%error, "what became of a request with an Idempotency-Key was not written");
    }
    response
}

/// The answer, and as it is kept if it is.
async fn worth_keeping(response: Response, request_id: RequestId) -> (Response, Option<Answer>) {
    if !is_final(&response) || response.headers().contains_key(SET_COOKIE) {
        return (response, None);
    }
    let response = problem::complete(response, request_id);
    let size = response.body().size_hint().upper();
    if size.is_none_or(|size| size > ANSWER_MAX as u64) {
        return (response, None);
    }
    let (parts, body) = response.into_parts();
    // What says its size is in memory already.
    let bytes = to_bytes(body, ANSWER_MAX).await.unwrap_or_default();
    let headers = KEPT_HEADERS.iter().filter_map(|name| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let answer = Answer {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body: bytes.to_vec(),
    };
    (Response::from_parts(parts, Body::from(bytes)), Some(answer))
}

/// Whether the same request would get the same answer. It would not where the server failed, where waiting helps, and where whoever asks
/// has to prove something first.
fn is_final(response: &Response) -> bool {
    let status = response.status();
    let unproved = response
        .extensions()
        .get::<Draft>()
        .is_some_and(|draft| draft.code == Code::StepUpRequired);
    let passing = [
        StatusCode::UNAUTHORIZED,
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    (status.is_success() || status.is_client_error()) && !passing.contains(&status) && !unproved
}

/// The kept answer. A problem names the request that is answered now.
fn again(answer: Answer, request_id: RequestId) -> Response {
    let is_problem = answer
        .headers
        .iter()
        .any(|(name, value)| name == CONTENT_TYPE.as_str() && value == problem::PROBLEM_JSON);
    let body = match serde_json::from_slice::<serde_json::Value>(&answer.body) {
        Ok(mut problem) if is_problem => {
            problem["request_id"] = request_id.to_string().into();
            Bytes::from(problem.to_string())
        }
        _ => Bytes::from(answer.body),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&[u8]]) -> Result<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(NAME, HeaderValue::from_bytes(value).unwrap());
        }
        key_of(&headers)
    }

    #[test]
    fn keys_are_visible_ascii_in_quotes_or_not() {
        let long = "x".repeat(KEY_MAX);
        assert_eq!(key(&[b"abc"]).unwrap(), "abc");
        assert_eq!(key(&[b"\"abc\""]).unwrap(), "abc");
        assert_eq!(key(&[br#""a\"\\b""#]).unwrap(), r#"a"\b"#);
        assert_eq!(key(&[long.as_bytes()]).unwrap(), long);
        for (values, reason) in [
            (&[b"a".as_slice(), b"a"][..], "more than once"),
            (&[b""], "empty"),
            (&[b"\"\""], "empty"),
            (&[b"a b"], "spaces"),
            (&[b"a\tb"], "spaces"),
            (&[b"a\xffb"], "ASCII"),
            (&["é".as_bytes()], "ASCII"),
            (&[b"\"abc"], "quotes"),
            (&[b"\""], "quotes"),
            (&[br#""a\b""#], "quotes"),
            (&[format!("{long}x").as_bytes()], "too long"),
        ] {
            let error = key(values).unwrap_err();
            assert_eq!(error.code(), Code::Malformed);
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn a_request_is_known_by_method_target_version_and_body() {
        let of = |method: &str, target: &str, version: Option<&str>, body: &str| {
            let mut request = Request::builder().method(method).uri(target);
            if let Some(version) = version {
                request = request.header(IF_MATCH, version);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            fingerprint(&parts, body.as_bytes())
        };
        let first = of("POST", "/api/a", None, "b");
        assert_eq!(first, of("POST", "/api/a", None, "b"));
        for other in [
            of("PUT", "/api/a", None, "b"),
            of("POST", "/api/a?x", None, "b"),
            of("POST", "/api/a", Some("b"), ""),
            of("POST", "/api/ab", None, ""),
            of("POST", "/api/a", None, "c"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn changes_that_accounts_ask_for_take_keys() {
        assert!(takes_key("POST", "/api/enrollment-tokens"));
        assert!(takes_key("POST", "/api/machines/{id}/sessions"));
        for (method, path) in [
            ("GET", "/api/machines"),
            ("PATCH", "/api/machines/{id}"),
            ("POST", "/api/logins"),
            ("POST", "/api/logins/current/proof"),
            ("POST", "/api/join/redeem"),
            ("POST", "/api/machines/heartbeat"),
            ("POST", "/api/nowhere"),
        ] {
            assert!(!takes_key(method, path), "{method} {path}");
        }
    }
}
