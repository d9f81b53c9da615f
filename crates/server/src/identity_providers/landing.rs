//! Where a browser goes after a sign-in with a provider, and what is proved of one that was refused.

use axum::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{ATTEMPT_LIFE, CONNECTIONS_PAGE, SIGN_IN_PAGE, admit};
use crate::audit;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::http::RequestInfo;
use crate::rights;
use crate::secrets::{Secret, looks_like_secret};
use crate::store::entities::identity_provider::Model as Provider;

/// The cookie that a browser keeps while it is at an issuer. `Lax`, not `Strict`: it is wanted when the issuer sends the browser back.
const COOKIE: &str = "__Host-farol-sign-in";

/// The secret that the browser kept.
pub(super) fn kept(headers: &HeaderMap) -> Option<&str> {
    crate::http::cookie_named(headers, COOKIE).filter(|value| looks_like_secret(value))
}

/// Header that gives the browser its secret.
///
/// # Errors
/// Never in practice: secrets are plain ASCII.
pub(super) fn keep(secret: &Secret) -> Result<HeaderValue> {
    let text = format!(
        "{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={}",
        secret.expose(),
        ATTEMPT_LIFE.as_secs()
    );
    let mut value = HeaderValue::from_str(&text).map_err(Error::internal)?;
    value.set_sensitive(true);
    Ok(value)
}

fn forget() -> HeaderValue {
    const CLEARED: &str = "__Host-farol-sign-in=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";
    HeaderValue::from_static(CLEARED)
}

/// Sends the browser on.
///
/// # Errors
/// `internal` for an address that cannot stand in a header; ours can.
pub(super) fn go(place: &str) -> Result<Response> {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let place = HeaderValue::from_str(place).map_err(Error::internal)?;
    response.headers_mut().insert(LOCATION, place);
    Ok(response)
}

/// Sends the browser back to the console. Not by a redirect: the request that follows one from another site is that site's still, and
/// comes without cookies that are for this site alone. A page of ours goes on by itself.
///
/// # Errors
/// Never in practice, see [`go`].
pub(super) fn home(place: &str, login: Option<&Secret>) -> Result<Response> {
    let place = place
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;");
    let page = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Farol</title>\
         <meta http-equiv=\"refresh\" content=\"0;url={place}\"><p><a href=\"{place}\">Farol</a>"
    );
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.append(SET_COOKIE, forget());
    if let Some(secret) = login {
        for (name, value) in crate::http::set_cookie(secret)? {
            headers.append(name, value);
        }
    }
    Ok(response)
}

/// Sends the browser to the sign-in page, or to the page from which somebody wanted to connect, with the code of what is wrong and the
/// request's id.
pub(super) fn refused(info: RequestInfo, error: Error, connects: bool) -> Response {
    let page = if connects { CONNECTIONS_PAGE } else { SIGN_IN_PAGE };
    let place = format!("{page}#problem={}&request={}", error.code().as_str(), info.id);
    let status = error.into_response().status();
    match home(&place, None) {
        Ok(mut page) => {
            *page.status_mut() = status;
            page
        }
        Err(error) => error.into_response(),
    }
}

/// Proves a refusal, beside what the log has: in each organization, since whoever came is in none.
pub(super) fn note_refusal(ctx: &Ctx, info: RequestInfo, provider: Option<&Provider>, code: Code) {
    metrics::counter!("farol_logins_refused_total").increment(1);
    tracing::info!(address = %info.address, code = code.as_str(), "refused a sign-in with an identity provider");
    // Without a provider nothing began here: anybody can send that, as often as they like.
    let Some(provider) = provider.cloned() else { return };
    let inner = ctx.clone();
    ctx.tasks.spawn(async move {
        if let Err(error) = record(&inner, info, &provider, code).await {
            tracing::warn!(%error, "a refused sign-in was not recorded");
        }
    });
}

async fn record(ctx: &Ctx, info: RequestInfo, provider: &Provider, code: Code) -> Result<()> {
    let tx = ctx.db.write().await?;
    let organizations = rights::chains(&tx, None).await?;
    for organization in &organizations {
        let entry = admit::refusal_entry(provider, *organization)
            .detail(json!({ "address": info.address, "code": code.as_str(), "provider": provider.name }))
            .request(info.id)
            .from(info.address);
        audit::record(&tx, ctx.clock.now(), entry).await?;
    }
    tx.commit().await?;
    for organization in organizations {
        ctx.events
            .publish(Scope::Organization(organization), &[Topic::Audit]);
    }
    Ok(())
}
