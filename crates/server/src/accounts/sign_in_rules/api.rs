//! Handlers of the sign-in rules.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{NewSignInRules, SignInRules};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{IfMatch, Json, SignedIn};

/// Routes of this part.
pub(in super::super) fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new().routes(routes!(get_sign_in_rules, change_sign_in_rules))
}

/// What the server asks of everybody who signs in.
#[utoipa::path(
    get, path = "/api/server-sign-in-rules", tag = "accounts", security(("login" = [])),
    responses((status = 200, description = "The rules", body = SignInRules))
)]
async fn get_sign_in_rules(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<SignInRules>> {
    Ok(Json(super::view(&ctx, &by).await?))
}

/// Changes what the server asks of everybody who signs in. It counts at once. Who asks others for a second factor has one themselves.
#[utoipa::path(
    put, path = "/api/server-sign-in-rules", tag = "accounts", security(("login" = [])),
    params(("If-Match" = String, Header, description = "The version that was seen")),
    request_body = NewSignInRules,
    responses((status = 200, description = "The rules as they are now", body = SignInRules))
)]
async fn change_sign_in_rules(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    seen: IfMatch,
    Json(wanted): Json<NewSignInRules>,
) -> Result<Json<SignInRules>> {
    Ok(Json(super::change(&ctx, &by, wanted, &seen).await?))
}
