//! Handlers of identity providers, and of signing in with them.

use axum::extract::State;
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    Answered, Finished, Identity, IdentityProvider, IdentityProviderChange, NewIdentityProvider,
    ProviderCheck, Refusal, SignInMethods, SignOutUrl, landing,
};
use crate::accounts::Request;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{IfMatch, Json, Page, Path, Problem, Query, RequestInfo, SignedIn};
use crate::ids::{AccountId, IdentityId, IdentityProviderId};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(get_sign_in_methods))
        .routes(routes!(start_provider_sign_in))
        .routes(routes!(finish_provider_sign_in))
        .routes(routes!(get_sign_out_url))
        .routes(routes!(list_identity_providers, create_identity_provider))
        .routes(routes!(
            get_identity_provider,
            change_identity_provider,
            delete_identity_provider
        ))
        .routes(routes!(check_identity_provider))
        .routes(routes!(list_identities))
        .routes(routes!(delete_identity))
}

/// How people can sign in here, beside e-mail and password.
#[utoipa::path(
    get, path = "/api/sign-in-methods", tag = "identity providers",
    responses((status = 200, description = "The identity providers, by name", body = SignInMethods))
)]
async fn get_sign_in_methods(State(ctx): State<Ctx>) -> Result<Json<SignInMethods>> {
    Ok(Json(super::methods(&ctx).await?))
}

/// What a sign-in is for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StartOf {
    /// Where to go afterwards, a path of the console; its front page when left out.
    return_to: Option<String>,
    /// Connect the account that is signed in, instead of signing in.
    connect: Option<bool>,
}

/// Go to an identity provider to sign in. For browsers, which are sent there, and to the sign-in page when that cannot be.
#[utoipa::path(
    get, path = "/api/identity-providers/{id}/start", tag = "identity providers",
    params(("id" = IdentityProviderId, Path, description = "The provider"), StartOf),
    responses(
        (status = 303, description = "To the provider; sets a cookie for ten minutes"),
        (status = 403, description = "A page that leads to the sign-in page, with the code of what is wrong behind `#problem=`: `provider_unknown`, `provider_not_right`", content_type = "text/html"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn start_provider_sign_in(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    Path(id): Path<IdentityProviderId>,
    Query(of): Query<StartOf>,
    by: Result<SignedIn>,
) -> Response {
    let connect = of.connect.unwrap_or(false);
    let begun = async {
        let by = if connect { Some(by?.0) } else { None };
        let begun = super::begin(&ctx, info, id, (of.return_to.as_deref(), by.as_ref())).await?;
        let mut response = landing::go(&begun.url)?;
        response
            .headers_mut()
            .insert(SET_COOKIE, landing::keep(&begun.browser)?);
        Ok(response)
    };
    begun
        .await
        .unwrap_or_else(|error: Error| landing::refused(info, error, connect))
}

/// What an issuer sends a browser back with.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Callback {
    /// What the browser was given to take there.
    state: Option<String>,
    /// What is exchanged for an ID token.
    code: Option<String>,
    /// The issuer (RFC 9207).
    iss: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// Come back from an identity provider. For browsers: what is answered is a page that goes on by itself.
#[utoipa::path(
    get, path = "/api/oidc/callback", tag = "identity providers", params(Callback),
    responses(
        (status = 200, description = "A page that leads to where the person wanted to go; sets the login cookie", content_type = "text/html"),
        (status = 403, description = "A page that leads to the sign-in page, with the code of what is wrong behind `#problem=`", content_type = "text/html"),
    )
)]
async fn finish_provider_sign_in(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    headers: HeaderMap,
    Query(said): Query<Callback>,
) -> Response {
    let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let request = Request {
        info,
        user_agent: user_agent.unwrap_or_default(),
    };
    let answered = Answered {
        state: said.state,
        code: said.code,
        iss: said.iss,
        error: said.error,
    };
    match super::finish(&ctx, &request, answered, landing::kept(&headers)).await {
        Ok(Finished { started, return_to }) => {
            let login = started.as_ref().map(|started| &started.secret);
            landing::home(&return_to, login).unwrap_or_else(|error| landing::refused(info, error, false))
        }
        Err(Refusal { error, connects }) => landing::refused(info, error, connects),
    }
}

/// Where to go on after signing out here, to be signed out at the identity provider, too. To be asked before.
#[utoipa::path(
    get, path = "/api/logins/current/sign-out-url", tag = "identity providers", security(("login" = [])),
    responses((status = 200, description = "The address, if there is one", body = SignOutUrl))
)]
async fn get_sign_out_url(State(ctx): State<Ctx>, SignedIn(by): SignedIn) -> Result<Json<SignOutUrl>> {
    let url = super::sign_out_url(&ctx, &by).await?;
    Ok(Json(SignOutUrl { url }))
}

/// The identity providers, with their settings.
#[utoipa::path(
    get, path = "/api/identity-providers", tag = "identity providers", security(("login" = [])),
    responses(
        (status = 200, description = "All of them, by name", body = Page<IdentityProvider>),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_identity_providers(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
) -> Result<Json<Page<IdentityProvider>>> {
    Ok(Json(Page::whole(super::list(&ctx, &by).await?)))
}

/// Make an identity provider.
#[utoipa::path(
    post, path = "/api/identity-providers", tag = "identity providers", security(("login" = [])),
    request_body = NewIdentityProvider,
    responses(
        (status = 201, description = "The provider", body = IdentityProvider),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: an organization of a mapping", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: there are too many", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn create_identity_provider(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Json(wanted): Json<NewIdentityProvider>,
) -> Result<(StatusCode, Json<IdentityProvider>)> {
    Ok((StatusCode::CREATED, Json(super::create(&ctx, &by, wanted).await?)))
}

/// One identity provider.
#[utoipa::path(
    get, path = "/api/identity-providers/{id}", tag = "identity providers", security(("login" = [])),
    params(("id" = IdentityProviderId, Path, description = "The provider")),
    responses(
        (status = 200, description = "The provider", body = IdentityProvider),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get_identity_provider(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<IdentityProviderId>,
) -> Result<Json<IdentityProvider>> {
    Ok(Json(super::find(&ctx, &by, id).await?))
}

/// Change an identity provider. Its issuer stays.
#[utoipa::path(
    patch, path = "/api/identity-providers/{id}", tag = "identity providers", security(("login" = [])),
    params(
        ("id" = IdentityProviderId, Path, description = "The provider"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    request_body = IdentityProviderChange,
    responses(
        (status = 200, description = "The provider as it is now", body = IdentityProvider),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`version_mismatch`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`validation_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "`version_required`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn change_identity_provider(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<IdentityProviderId>,
    seen: IfMatch,
    Json(wanted): Json<IdentityProviderChange>,
) -> Result<Json<IdentityProvider>> {
    Ok(Json(super::change(&ctx, &by, id, wanted, &seen).await?))
}

/// Delete an identity provider, with the roles that it gave and the logins for which it vouched. Accounts stay.
#[utoipa::path(
    delete, path = "/api/identity-providers/{id}", tag = "identity providers", security(("login" = [])),
    params(
        ("id" = IdentityProviderId, Path, description = "The provider"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`last_owner`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`version_mismatch`", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "`version_required`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_identity_provider(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<IdentityProviderId>,
    seen: IfMatch,
) -> Result<StatusCode> {
    super::delete(&ctx, &by, id, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask an identity provider for its metadata and keys, and say what is wrong.
#[utoipa::path(
    post, path = "/api/identity-providers/{id}/check", tag = "identity providers", security(("login" = [])),
    params(("id" = IdentityProviderId, Path, description = "The provider")),
    responses(
        (status = 200, description = "What was found", body = ProviderCheck),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn check_identity_provider(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<IdentityProviderId>,
) -> Result<Json<ProviderCheck>> {
    Ok(Json(super::check(&ctx, &by, id).await?))
}

/// Who an account is at identity providers: one's own, or one that the account sees among the people.
#[utoipa::path(
    get, path = "/api/accounts/{id}/identities", tag = "identity providers", security(("login" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, description = "All of them, oldest first", body = Page<Identity>),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_identities(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(id): Path<AccountId>,
) -> Result<Json<Page<Identity>>> {
    Ok(Json(Page::whole(super::list_identities(&ctx, &by, id).await?)))
}

/// Disconnect an account from an identity provider: its own, or one that the account manages.
#[utoipa::path(
    delete, path = "/api/accounts/{id}/identities/{identity}", tag = "identity providers", security(("login" = [])),
    params(
        ("id" = AccountId, Path, description = "The account"),
        ("identity" = IdentityId, Path, description = "Who it is at a provider")
    ),
    responses(
        (status = 204, description = "It is disconnected"),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`identity_last`, `last_owner`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete_identity(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path((account, id)): Path<(AccountId, IdentityId)>,
) -> Result<StatusCode> {
    super::unlink(&ctx, &by, account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
