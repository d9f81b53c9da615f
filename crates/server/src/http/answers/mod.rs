//! Answers in the form that the caller wants: only some fields (`?fields=`), or a whole list as NDJSON (`Accept`).
//!
//! - `known.rs`: which fields the answer of a route has, by the description · `fields.rs`: picking some
//! - `ndjson.rs`: a list from its first page to its last
//!
//! Handlers know nothing of it: what they answer is picked from, and asked for page by page, on the way out.

mod fields;
mod known;
mod ndjson;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use self::fields::Picked;
pub(crate) use self::ndjson::{FAILED, NDJSON};
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};

/// Name of the parameter with the fields.
pub(crate) const FIELDS: &str = "fields";
/// Largest answer that fields are picked from. A page of 200 of the largest things is far below.
const ANSWER_MAX: usize = 8 * 1024 * 1024;

pub(super) async fn shape(State(ctx): State<Ctx>, request: Request, next: Next) -> Response {
    let whole = ndjson::is_wanted(request.headers());
    let picks = names(request.uri()).any(|name| name == FIELDS);
    if request.method() != Method::GET || !(whole || picks) {
        return next.run(request).await;
    }
    let route = request.extensions().get::<MatchedPath>();
    let Some(route) = route.and_then(|route| known::all().route(route.as_str())) else {
        return next.run(request).await;
    };
    let (mut parts, _) = request.into_parts();
    let picked = match take_fields(&mut parts, route) {
        Ok(picked) => picked,
        Err(error) => return error.into_response(),
    };
    if whole && route.is_list {
        return ndjson::answer(&ctx, (parts, next), route.is_paged, picked).await;
    }
    let response = next.run(Request::from_parts(parts, Body::empty())).await;
    match picked {
        Some(picked) => pick(response, &picked, route.is_list)
            .await
            .unwrap_or_else(IntoResponse::into_response),
        None => response,
    }
}

/// Names of the parameters behind `?`, as they stand there.
fn names(uri: &Uri) -> impl Iterator<Item = &str> {
    parameters(uri).map(|pair| pair.split('=').next().unwrap_or_default())
}

fn parameters(uri: &Uri) -> impl Iterator<Item = &str> {
    uri.query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
}

/// The address with other parameters.
///
/// # Errors
/// Never in practice: what is put together here was an address before.
fn with_parameters(uri: &Uri, pairs: &[&str]) -> Result<Uri> {
    let mut target = uri.path().to_owned();
    if !pairs.is_empty() {
        target.push('?');
        target.push_str(&pairs.join("&"));
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).map_err(Error::internal)?);
    Uri::from_parts(parts).map_err(Error::internal)
}

/// Takes the parameter out of the address, so that handlers need not know it.
///
/// # Errors
/// `validation_failed` for what the answer does not have.
fn take_fields(parts: &mut Parts, route: &known::Route) -> Result<Option<Picked>> {
    let mut wanted = String::new();
    let mut rest = Vec::new();
    for pair in parameters(&parts.uri) {
        match pair.strip_prefix(FIELDS).map(|value| value.strip_prefix('=')) {
            Some(Some(value)) => {
                wanted.push(',');
                wanted.push_str(value);
            }
            Some(None) if pair == FIELDS => wanted.push(','),
            _ => rest.push(pair),
        }
    }
    if wanted.is_empty() {
        return Ok(None);
    }
    let uri = with_parameters(&parts.uri, &rest)?;
    parts.uri = uri;
    let picked = Picked::parse(&wanted)?;
    known::all().check(route, &picked)?;
    Ok(Some(picked))
}

/// The answer with these fields only; what is no JSON object (a problem, nothing at all) is left as it is.
async fn pick(response: Response, picked: &Picked, is_list: bool) -> Result<Response> {
    let is_json = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !response.status().is_success() || !is_json {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let mut value = read(body).await?;
    if is_list {
        picked.keep_in(&mut value["items"]);
    } else {
        picked.keep_in(&mut value);
    }
    let text = serde_json::to_vec(&value).map_err(Error::internal)?;
    parts.headers.remove(CONTENT_LENGTH);
    parts
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(Response::from_parts(parts, Body::from(text)))
}

async fn read(body: Body) -> Result<Value> {
    let bytes = to_bytes(body, ANSWER_MAX).await.map_err(|_| {
        let detail = "The answer is too large to pick fields from. Ask for less of it, with a smaller limit for example.";
        Error::from(FieldError::new(FIELDS, "out_of_range", detail).in_query())
    })?;
    serde_json::from_slice(&bytes).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_taken_out_of_the_address_and_nothing_else_is() {
        let route = known::all().route("/api/machines").unwrap();
        let of = |uri: &str| {
            let (mut parts, ()) = Request::get(uri).body(()).unwrap().into_parts();
            let picked = take_fields(&mut parts, route)?;
            Ok::<_, Error>((parts.uri.to_string(), picked.is_some()))
        };
        assert_eq!(
            of("/api/machines?limit=1&fields=id&cursor=a%20b").unwrap(),
            ("/api/machines?limit=1&cursor=a%20b".into(), true)
        );
        assert_eq!(
            of("/api/machines?fields=id").unwrap(),
            ("/api/machines".into(), true)
        );
        assert_eq!(
            of("/api/machines?fieldset=id").unwrap(),
            ("/api/machines?fieldset=id".into(), false)
        );
        assert!(of("/api/machines?fields=id&fields=name").unwrap().1);
        assert!(of("/api/machines?fields=").is_err());
        assert!(of("/api/machines?fields").is_err());
    }
}
