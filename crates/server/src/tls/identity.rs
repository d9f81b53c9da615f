//! `POST /api/agent/identity`: the server proves who it is, before an agent tells it anything.
//!
//! The answer also names the certificate of the connection, when TLS ends in this process. An agent that sees that very
//! certificate knows that nobody stands in between, whoever issued it and whether or not it has ended.

use axum::extract::State;
use axum::http::Extensions;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::{Json, RequestInfo, Transport};
use crate::throttle::network;

/// Bytes of a nonce.
const NONCE_BYTES: usize = 32;

/// Routes for agents.
pub(super) fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new().routes(routes!(prove_identity))
}

/// What an agent asks before it tells a server anything.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityQuestion {
    /// Random bytes for the signature, base64url of 32 bytes; never the same twice.
    pub nonce: String,
    /// The key that the agent trusts, as the 16 hex digits that enrollment tokens carry; the present one when left out.
    pub identity: Option<String>,
}

/// The server's proof that it holds its identity key.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IdentityProof {
    /// The public identity key that signs, base64url of 32 bytes: the one asked for when the server holds it.
    pub identity_key: String,
    /// SHA-256 of the certificate that this connection was given, lower-case hex; `null` when TLS ends at a proxy.
    pub certificate_sha256: Option<String>,
    /// Over `farol-identity-1\0`, the nonce and the certificate's SHA-256 (32 zero bytes for `null`); base64url.
    pub signature: String,
}

/// Proves the server's identity; called by agents.
#[utoipa::path(
    post, path = "/api/agent/identity", tag = "agents", security(()), request_body = IdentityQuestion,
    responses((status = 200, description = "The proof", body = IdentityProof))
)]
async fn prove_identity(
    State(ctx): State<Ctx>,
    info: RequestInfo,
    extensions: Extensions,
    Json(question): Json<IdentityQuestion>,
) -> Result<Json<IdentityProof>> {
    let transport = extensions.get::<Transport>().copied().unwrap_or(Transport::Plain);
    Ok(Json(prove(&ctx, &info, transport, &question)?))
}

/// Signs the nonce and what is known of the connection.
///
/// # Errors
/// `too_many_attempts`, `validation_failed`.
pub fn prove(
    ctx: &Ctx,
    info: &RequestInfo,
    transport: Transport,
    question: &IdentityQuestion,
) -> Result<IdentityProof> {
    ctx.tls
        .proofs
        .0
        .check(network(info.address), ctx.clock.now())
        .map_err(|wait| Error::TooMany {
            code: Code::TooManyAttempts,
            detail: "Too many questions from this address. Wait a little, then try again.".into(),
            retry_after: Some(wait),
        })?;
    let nonce: [u8; NONCE_BYTES] = URL_SAFE_NO_PAD
        .decode(&question.nonce)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Error::invalid("nonce", "malformed", "The nonce must be 32 bytes in base64url."))?;
    let certificate = match transport {
        Transport::Tls { certificate } => Some(certificate),
        Transport::Plain => None,
    };
    // After a change of the identity key each agent is told by the key it trusts.
    let wanted = question.identity.as_deref();
    let identity = ctx
        .identity
        .named(|key| wanted == Some(key.fingerprint().as_str()));
    Ok(IdentityProof {
        identity_key: identity.public().to_base64url(),
        certificate_sha256: certificate.map(hex::encode),
        signature: URL_SAFE_NO_PAD.encode(identity.sign_identity(&nonce, certificate.as_ref())),
    })
}
