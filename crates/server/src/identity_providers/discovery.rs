//! What issuers say of themselves (OpenID Connect Discovery 1.0) and their keys, kept for minutes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, DiscoveryError, IssuerUrl, ProviderMetadata};
use serde::{Deserialize, Serialize};

use super::check;
use super::http::{Http, HttpError};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::IdentityProviderId;
use crate::outbound::{Client, Unanswered};
use crate::store::entities::identity_provider::Model;

/// Metadata and keys are asked for again after this long. A key that is not among them makes us ask at once.
const KEPT: Duration = Duration::from_secs(5 * 60);

/// What is signed with a key that the issuer alone has. Signatures by the shared secret are not taken: who reads it could vouch for
/// anybody.
pub(super) const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What the library does not know of metadata.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct More {
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub(super) end_session_endpoint: Option<String>,
    /// RFC 9207.
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
    /// RFC 8414.
    pub(super) code_challenge_methods_supported: Option<Vec<String>>,
}

impl AdditionalProviderMetadata for More {}

/// What an issuer says of itself.
pub(super) type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// An issuer as it was found.
pub(super) struct Discovered {
    pub(super) metadata: Metadata,
    pub(super) http: Http,
    at: Timestamp,
}

/// Why an issuer cannot be used; each text is a fragment.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// No answer.
    #[error("{0}")]
    Unreachable(String),
    /// An answer that is none.
    #[error("{0}")]
    Answer(String),
    /// Another issuer answered.
    #[error("{0}")]
    Issuer(String),
    /// What it says makes it useless for us.
    #[error("{0}")]
    Useless(String),
}

impl Trouble {
    /// For whoever wants to sign in; the rest is for the log.
    pub(super) fn into_error(self, provider: &Model) -> Error {
        tracing::warn!(provider = %provider.id, issuer = provider.issuer, error = %self, "an identity provider cannot be used");
        let name = &provider.name;
        match self {
            Self::Unreachable(why) => unreachable(name, why),
            Self::Answer(_) | Self::Issuer(_) | Self::Useless(_) => not_right(name),
        }
    }
}

pub(super) fn unreachable(name: &str, why: String) -> Error {
    Error::Unavailable {
        code: Code::ProviderUnreachable,
        detail: format!("“{name}” does not answer this server. Try again, or sign in with your password."),
        source: Some(why.into()),
    }
}

pub(super) fn not_right(name: &str) -> Error {
    Error::Refused {
        code: Code::ProviderNotRight,
        detail: format!(
            "“{name}” and this server do not understand each other. Whoever looks after this server finds out why by “Check” at \
             the provider's settings."
        ),
    }
}

/// Issuers that were found lately, and the way to them.
#[derive(Default)]
pub struct Discoveries {
    /// One for each provider, so as many as there are. Held for a look-up, never across a wait.
    found: Mutex<HashMap<IdentityProviderId, Arc<Discovered>>>,
    /// Made at first need: most servers have no providers.
    client: OnceLock<Client>,
}

impl Discoveries {
    /// The provider is gone.
    pub(super) fn forget(&self, id: IdentityProviderId) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.remove(&id);
    }

    fn kept(&self, id: IdentityProviderId, now: Timestamp) -> Option<Arc<Discovered>> {
        let kept = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&id).filter(|one| now.since(one.at) < KEPT).cloned()
    }

    fn keep(&self, id: IdentityProviderId, found: Arc<Discovered>) {
        let mut kept = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(id, found);
    }

    fn client(&self) -> Result<Client, Unanswered> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let client = Client::of_this_machine()?;
        Ok(self.client.get_or_init(|| client).clone())
    }
}

/// The issuer of a provider, as it was found within the last minutes.
///
/// # Errors
/// `provider_unreachable`, `provider_not_right`.
pub(super) async fn of(ctx: &Ctx, provider: &Model) -> Result<Arc<Discovered>> {
    match ctx.discoveries.kept(provider.id, ctx.clock.now()) {
        Some(kept) => Ok(kept),
        None => again(ctx, provider).await,
    }
}

/// The same, asked for now.
///
/// # Errors
/// `provider_unreachable`, `provider_not_right`.
pub(super) async fn again(ctx: &Ctx, provider: &Model) -> Result<Arc<Discovered>> {
    let found = async {
        let found = look(ctx, &provider.issuer).await?;
        match check::fatal(&found.metadata, &provider.issuer) {
            Some(finding) => Err(Trouble::Useless(finding.detail)),
            None => Ok(found),
        }
    };
    let found = Arc::new(found.await.map_err(|trouble| trouble.into_error(provider))?);
    ctx.discoveries.keep(provider.id, Arc::clone(&found));
    Ok(found)
}

/// Asks an issuer.
pub(super) async fn look(ctx: &Ctx, issuer: &str) -> Result<Discovered, Trouble> {
    let client = ctx.discoveries.client();
    let client = client.map_err(|error| Trouble::Unreachable(error.to_string()))?;
    let http = Http::to(client, issuer);
    let url = IssuerUrl::new(issuer.to_owned()).map_err(|error| Trouble::Answer(error.to_string()))?;
    let metadata = Metadata::discover_async(url, &http).await.map_err(trouble_of)?;
    Ok(Discovered {
        metadata,
        http,
        at: ctx.clock.now(),
    })
}

fn trouble_of(error: DiscoveryError<HttpError>) -> Trouble {
    match error {
        DiscoveryError::Request(error) => Trouble::Unreachable(error.to_string()),
        // Status and address, without what else was answered.
        DiscoveryError::Response(_, _, said) | DiscoveryError::Other(said) => Trouble::Answer(said),
        DiscoveryError::Parse(error) => Trouble::Answer(format!("it is not what it should be: {error}")),
        DiscoveryError::Validation(said) => Trouble::Issuer(said),
        error => Trouble::Answer(error.to_string()),
    }
}
