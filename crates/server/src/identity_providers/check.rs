//! What is wrong with a provider, precisely, for whoever sets it up.

use axum::http::Uri;
use openidconnect::ResponseTypes;
use openidconnect::core::CoreResponseType;

use super::discovery::{self, ALGORITHMS, Metadata, Trouble};
use super::view::{ProviderCheck, ProviderFinding};
use super::{http, providers, store};
use crate::accounts::Caller;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::IdentityProviderId;
use crate::outbound::is_loopback;
use crate::rights::Permission;

/// Longest text of what an issuer answered, in characters.
const SAID_MAX: usize = 300;

/// Asks the issuer of a provider for its metadata and keys, and says what is wrong. Whether client id and secret are right, only a
/// sign-in tells.
///
/// # Errors
/// `forbidden`, `not_found`; those of the database. That the issuer is in trouble is no error but a finding.
pub async fn check(ctx: &Ctx, by: &Caller, id: IdentityProviderId) -> Result<ProviderCheck> {
    by.require_at(None, Permission::ServerManage)?;
    let row = store::find_provider(ctx.db.read(), id).await?;
    let row = row.ok_or_else(providers::unknown)?;
    Ok(match discovery::look(ctx, &row.issuer).await {
        Ok(found) => said(&found.metadata, &row.issuer),
        Err(trouble) => ProviderCheck {
            ok: false,
            findings: vec![of_trouble(&trouble)],
            authorization_endpoint: None,
            token_endpoint: None,
            end_session_endpoint: None,
            algorithms: Vec::new(),
        },
    })
}

fn said(metadata: &Metadata, issuer: &str) -> ProviderCheck {
    let mut found = findings(metadata, issuer);
    found.sort_by_key(|finding| !finding.fatal);
    ProviderCheck {
        ok: found.iter().all(|finding| !finding.fatal),
        findings: found,
        authorization_endpoint: Some(metadata.authorization_endpoint().to_string()),
        token_endpoint: metadata.token_endpoint().map(|url| url.to_string()),
        end_session_endpoint: metadata.additional_metadata().end_session_endpoint.clone(),
        algorithms: taken(metadata),
    }
}

fn taken(metadata: &Metadata) -> Vec<String> {
    let offered = metadata.id_token_signing_alg_values_supported();
    let taken = ALGORITHMS.iter().filter(|one| offered.contains(one));
    taken
        .filter_map(|one| serde_json::to_value(one).ok()?.as_str().map(str::to_owned))
        .collect()
}

/// What makes an issuer useless for us, if anything does.
pub(super) fn fatal(metadata: &Metadata, issuer: &str) -> Option<ProviderFinding> {
    findings(metadata, issuer)
        .into_iter()
        .find(|finding| finding.fatal)
}

fn finding(code: &'static str, fatal: bool, detail: impl Into<String>) -> ProviderFinding {
    ProviderFinding {
        code,
        fatal,
        detail: detail.into().chars().take(SAID_MAX).collect(),
    }
}

fn of_trouble(trouble: &Trouble) -> ProviderFinding {
    match trouble {
        Trouble::Unreachable(why) => finding(
            "unreachable",
            true,
            format!("The issuer cannot be reached from this server: {why}."),
        ),
        Trouble::Answer(why) => finding(
            "answer_invalid",
            true,
            format!("What the issuer answers is not the metadata of an OpenID provider: {why}."),
        ),
        Trouble::Issuer(why) => finding(
            "issuer_differs",
            true,
            format!("Another issuer answers there; letter for letter, a slash at the end counts: {why}."),
        ),
        Trouble::Useless(why) => finding("answer_invalid", true, why.clone()),
    }
}

fn findings(metadata: &Metadata, issuer: &str) -> Vec<ProviderFinding> {
    let mut found = endpoints(metadata, issuer);
    let code = ResponseTypes::new(vec![CoreResponseType::Code]);
    if !metadata.response_types_supported().contains(&code) {
        let detail = "The issuer does not offer the code flow (response type “code”).";
        found.push(finding("code_flow_missing", true, detail));
    }
    if taken(metadata).is_empty() {
        let detail = "The issuer signs with nothing that is taken here. It needs a key pair: RS256, PS256, ES256, EdDSA or a \
                      stronger one of their kind.";
        found.push(finding("algorithm_missing", true, detail));
    }
    if metadata.jwks().keys().is_empty() {
        let detail = "The issuer shows no key by which its signatures could be told.";
        found.push(finding("keys_missing", true, detail));
    }
    let pkce = metadata
        .additional_metadata()
        .code_challenge_methods_supported
        .as_ref();
    if !pkce.is_some_and(|methods| methods.iter().any(|method| method == "S256")) {
        let detail = "The issuer does not say that it knows PKCE with S256. It is sent anyway.";
        found.push(finding("pkce_not_announced", false, detail));
    }
    if metadata.additional_metadata().end_session_endpoint.is_none() {
        let detail = "The issuer has no sign-out of its own: who signs out here stays signed in there.";
        found.push(finding("sign_out_missing", false, detail));
    }
    found
}

/// Addresses to which secrets or people are sent.
fn endpoints(metadata: &Metadata, issuer: &str) -> Vec<ProviderFinding> {
    let loopback = issuer.parse::<Uri>().is_ok_and(|uri| is_loopback(&uri));
    let more = metadata.additional_metadata();
    let mut found = Vec::new();
    let named = [
        (
            "authorization_endpoint",
            Some(metadata.authorization_endpoint().as_str()),
        ),
        (
            "token_endpoint",
            metadata.token_endpoint().map(|url| url.as_str()),
        ),
        (
            "userinfo_endpoint",
            metadata.userinfo_endpoint().map(|url| url.as_str()),
        ),
        ("end_session_endpoint", more.end_session_endpoint.as_deref()),
    ];
    for (name, address) in named {
        let Some(address) = address else { continue };
        let objection = match address.parse::<Uri>() {
            Ok(uri) => http::objection(&uri, loopback),
            Err(_) => Some("it is no address"),
        };
        if let Some(why) = objection {
            let detail = format!("The {name} of the issuer, {address}, is not to be trusted: {why}.");
            found.push(finding("endpoint_not_safe", true, detail));
        }
    }
    if metadata.token_endpoint().is_none() {
        let detail = "The issuer does not say where codes are exchanged (token_endpoint).";
        found.push(finding("token_endpoint_missing", true, detail));
    }
    found
}
