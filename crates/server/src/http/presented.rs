//! What became of a request with an API token: a layer near the routes tells `api_tokens` of refusals, wherever they come from.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::problem::Draft;
use super::{RequestInfo, bearer};
use crate::api_tokens::{self, Presented};
use crate::ctx::Ctx;

pub(super) async fn note(State(ctx): State<Ctx>, request: Request, next: Next) -> Response {
    // Others have nothing to tell of.
    if bearer(request.headers()).is_none() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(info) = RequestInfo::from_request_parts(&mut parts, &ctx).await;
    // It is there already when a layer further out has recognized the token.
    let presented = parts.extensions.get_or_insert_default::<Presented>().clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    if let Some(draft) = response.extensions().get::<Draft>() {
        api_tokens::note(&ctx, info, &presented, draft.code);
    }
    response
}
