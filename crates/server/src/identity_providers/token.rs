//! What an issuer vouches for: the code is exchanged, the ID token verified (OpenID Connect Core 1.0, section 3.1.3.7), and what it
//! lacks asked of the userinfo endpoint.

use chrono::DateTime;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, EmptyExtraTokenFields, EndUserEmail, EndUserName, EndUserUsername, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IdTokenFields, LocalizedClaim, Nonce, OAuth2TokenResponse, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
    TokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::discovery::{self, ALGORITHMS, Discovered};
use super::http::Http;
use super::{redirect_uri, store};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::store::entities::identity_provider::Model;

/// Clocks may differ so far, in milliseconds.
const LEEWAY_MS: i64 = 60_000;
/// Longest subject (OpenID Connect Core 1.0, section 2), in bytes.
const SUBJECT_MAX: usize = 255;
/// Most groups of a person that are looked at.
const GROUPS_MAX: usize = 2_000;
/// Longest ID token that is kept for signing out, in bytes: it has to fit into an address.
const ID_TOKEN_MAX: usize = 4_096;

/// Claims beside the standard ones.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct MoreClaims {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for MoreClaims {}

type Fields = IdTokenFields<
    MoreClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;

/// This server as a client of an issuer.
pub(super) type Client = openidconnect::Client<
    MoreClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What an issuer says of a person, verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Vouched {
    /// Who they are there.
    pub(super) subject: String,
    /// Their e-mail address.
    pub(super) email: Option<String>,
    /// Whether it is theirs; None when the issuer does not say.
    pub(super) email_verified: Option<bool>,
    /// Their name.
    pub(super) name: Option<String>,
    /// Their language, as the issuer writes it.
    pub(super) locale: Option<String>,
    /// Their groups; None when the issuer says nothing of groups.
    pub(super) groups: Option<Vec<String>>,
    /// The ID token itself, with which they are signed out there.
    pub(super) id_token: Option<String>,
}

/// This server as a client of the provider's issuer.
///
/// # Errors
/// `secrets_unavailable`.
pub(super) fn client(ctx: &Ctx, provider: &Model, found: &Discovered) -> Result<Client> {
    let secret = match &provider.sealed_client_secret {
        Some(envelope) => {
            let row = provider.id.to_string();
            let opened = ctx.sealed.open(store::secret_place(&row), envelope)?;
            let text = std::str::from_utf8(&opened).map_err(Error::internal)?;
            Some(ClientSecret::new(text.to_owned()))
        }
        None => None,
    };
    let redirect = RedirectUrl::new(redirect_uri(ctx)).map_err(Error::internal)?;
    let id = ClientId::new(provider.client_id.clone());
    let client =
        Client::from_provider_metadata(found.metadata.clone(), id, secret).set_redirect_uri(redirect);
    let ways = found.metadata.token_endpoint_auth_methods_supported();
    let in_body = ways.is_some_and(|ways| {
        !ways.contains(&CoreClientAuthMethod::ClientSecretBasic)
            && ways.contains(&CoreClientAuthMethod::ClientSecretPost)
    });
    Ok(if in_body {
        client.set_auth_type(AuthType::RequestBody)
    } else {
        client
    })
}

/// Exchanges a code, and verifies whom the issuer vouches for.
///
/// # Errors
/// `provider_unreachable`, `provider_not_right`, `nonce_mismatch`, `identity_token_invalid`, `secrets_unavailable`.
pub(super) async fn redeem(
    ctx: &Ctx,
    provider: &Model,
    code: String,
    (verifier, nonce): (String, String),
) -> Result<Vouched> {
    let found = discovery::of(ctx, provider).await?;
    let client = client(ctx, provider, &found)?;
    let request = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|_| discovery::not_right(&provider.name))?
        .set_pkce_verifier(PkceCodeVerifier::new(verifier));
    let tokens = request.request_async(&found.http).await;
    let tokens = tokens.map_err(|error| exchange_failed(provider, error))?;
    let nonce = Nonce::new(nonce);
    let mut vouched = match verified(ctx, provider, &client, (&tokens, &nonce)) {
        // The issuer has changed its keys since they were asked for.
        Err(Unverified::KeyUnknown) => {
            let found = discovery::again(ctx, provider).await?;
            let client = self::client(ctx, provider, &found)?;
            verified(ctx, provider, &client, (&tokens, &nonce)).map_err(|error| error.into_error(provider))?
        }
        other => other.map_err(|error| error.into_error(provider))?,
    };
    let lacks_groups = vouched.groups.is_none() && !provider.groups_claim.is_empty();
    if vouched.email.is_none() || lacks_groups {
        ask_more(provider, &client, &found.http, (&tokens, &mut vouched)).await?;
    }
    Ok(vouched)
}

fn exchange_failed<E: std::error::Error + 'static>(
    provider: &Model,
    error: RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>,
) -> Error {
    let why = match &error {
        RequestTokenError::Request(error) => {
            return discovery::unreachable(&provider.name, error.to_string());
        }
        RequestTokenError::ServerResponse(said) => said.to_string(),
        RequestTokenError::Parse(error, _) => format!("the answer cannot be read: {error}"),
        RequestTokenError::Other(said) => said.clone(),
    };
    tracing::warn!(provider = %provider.id, error = why, "an identity provider did not exchange a code");
    discovery::not_right(&provider.name)
}

/// Why an ID token is not believed.
enum Unverified {
    KeyUnknown,
    Nonce,
    Other(String),
}

impl Unverified {
    fn into_error(self, provider: &Model) -> Error {
        let (code, why) = match self {
            Self::Nonce => (Code::NonceMismatch, "its nonce is another one".to_owned()),
            Self::KeyUnknown => (
                Code::IdentityTokenInvalid,
                "its key is none of the issuer's".to_owned(),
            ),
            Self::Other(why) => (Code::IdentityTokenInvalid, why),
        };
        tracing::warn!(provider = %provider.id, error = why, "an ID token is not believed");
        let name = &provider.name;
        let detail = match code {
            Code::NonceMismatch => format!("What “{name}” answered belongs to another sign-in. Start again."),
            _ => format!(
                "What “{name}” answered about you cannot be believed. Start again; if it happens again, tell whoever looks after this server."
            ),
        };
        Error::Refused { code, detail }
    }
}

impl From<ClaimsVerificationError> for Unverified {
    fn from(error: ClaimsVerificationError) -> Self {
        match error {
            ClaimsVerificationError::InvalidNonce(_) => Self::Nonce,
            ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
                Self::KeyUnknown
            }
            ClaimsVerificationError::SignatureVerification(error) => Self::Other(error.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}

fn verified(
    ctx: &Ctx,
    provider: &Model,
    client: &Client,
    (tokens, nonce): (&Tokens, &Nonce),
) -> Result<Vouched, Unverified> {
    let other = |why: &str| Unverified::Other(why.to_owned());
    let id_token = tokens.id_token().ok_or_else(|| other("there is none"))?;
    let now = DateTime::from_timestamp_millis(ctx.clock.now().0.saturating_sub(LEEWAY_MS))
        .ok_or_else(|| other("this server's clock is out of all bounds"))?;
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now);
    let claims = id_token.claims(&verifier, nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id_token
            .signing_alg()
            .map_err(|error| other(&error.to_string()))?;
        let key = id_token
            .signing_key(&verifier)
            .map_err(|error| other(&error.to_string()))?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
            .map_err(|error| other(&error.to_string()))?;
        if actual != *expected {
            return Err(other("it belongs to another access token"));
        }
    }
    if claims
        .authorized_party()
        .is_some_and(|party| **party != provider.client_id)
    {
        return Err(other("it was made for another party"));
    }
    let subject = claims.subject().to_string();
    if subject.is_empty() || subject.len() > SUBJECT_MAX || subject.chars().any(char::is_control) {
        return Err(other("its subject is too long, or none"));
    }
    let id_token = id_token.to_string();
    Ok(Vouched {
        subject,
        email: email(claims.email()),
        email_verified: claims.email_verified(),
        name: name(claims.name(), claims.preferred_username()),
        locale: claims.locale().map(|tag| tag.to_string()),
        groups: groups(&claims.additional_claims().all, &provider.groups_claim),
        id_token: (id_token.len() <= ID_TOKEN_MAX).then_some(id_token),
    })
}

fn email(claim: Option<&EndUserEmail>) -> Option<String> {
    let email = claim?.trim();
    (!email.is_empty()).then(|| email.to_owned())
}

fn name(name: Option<&LocalizedClaim<EndUserName>>, other: Option<&EndUserUsername>) -> Option<String> {
    let any = |name: &LocalizedClaim<EndUserName>| {
        let first = name
            .get(None)
            .or_else(|| name.iter().next().map(|(_, name)| name));
        first.map(|name| name.trim().to_owned())
    };
    let given = name.and_then(any).filter(|name| !name.is_empty());
    given.or_else(|| {
        other
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
    })
}

/// What a claim of groups says: texts, or one text. Its name is taken as it is, then as a path into objects.
fn groups(claims: &Map<String, Value>, claim: &str) -> Option<Vec<String>> {
    if claim.is_empty() {
        return None;
    }
    let nested = || {
        let (first, rest) = claim.split_once('.')?;
        rest.split('.')
            .try_fold(claims.get(first)?, |value, part| value.get(part))
    };
    match claims.get(claim).or_else(nested)? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(all) => {
            let texts = all.iter().filter_map(|one| one.as_str().map(str::to_owned));
            Some(texts.take(GROUPS_MAX).collect())
        }
        _ => None,
    }
}

/// Many issuers tell e-mail and groups only here.
async fn ask_more(
    provider: &Model,
    client: &Client,
    http: &Http,
    (tokens, vouched): (&Tokens, &mut Vouched),
) -> Result<()> {
    let subject = openidconnect::SubjectIdentifier::new(vouched.subject.clone());
    // An issuer without the endpoint has said all it says.
    let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject)) else {
        return Ok(());
    };
    let said: Result<UserInfoClaims<MoreClaims, CoreGenderClaim>, _> = request.request_async(http).await;
    let said = said.map_err(|error| {
        tracing::warn!(provider = %provider.id, %error, "an identity provider did not tell more of a person");
        discovery::not_right(&provider.name)
    })?;
    if vouched.email.is_none() {
        vouched.email = email(said.email());
        vouched.email_verified = said.email_verified();
    }
    let named = name(said.name(), said.preferred_username());
    vouched.name = vouched.name.take().or(named);
    let locale = said.locale().map(|tag| tag.to_string());
    vouched.locale = vouched.locale.take().or(locale);
    let groups = groups(&said.additional_claims().all, &provider.groups_claim);
    vouched.groups = vouched.groups.take().or(groups);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_by_name_or_path() {
        let claims: Map<String, Value> = serde_json::from_value(serde_json::json!({
            "groups": ["staff", 7, "night"],
            "role": "one",
            "https://example.org/groups": ["by address"],
            "realm_access": { "roles": ["nested"] },
        }))
        .unwrap();
        let of = |claim| groups(&claims, claim);
        assert_eq!(of("groups"), Some(vec!["staff".to_owned(), "night".to_owned()]));
        assert_eq!(of("role"), Some(vec!["one".to_owned()]));
        assert_eq!(
            of("https://example.org/groups"),
            Some(vec!["by address".to_owned()])
        );
        assert_eq!(of("realm_access.roles"), Some(vec!["nested".to_owned()]));
        for nothing in ["", "others", "realm_access", "realm_access.others", "role.x"] {
            assert_eq!(of(nothing), None, "{nothing}");
        }
    }
}
