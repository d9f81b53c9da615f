//! One order, from the account to the certificate.

use std::time::Duration;

use farol_protocol::text::is_deceptive;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, Order,
    OrderStatus, RetryPolicy,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

use super::super::store;
use super::http::Http;
use crate::config::AcmeSettings;
use crate::ctx::Ctx;
use crate::error::Error;

/// How long an authority may take to look at the challenges, and to make the certificate.
const PATIENCE: Duration = Duration::from_secs(120);
/// Most characters of an authority's words that are repeated.
const WORDS_MAX: usize = 400;
/// Says that the authority has forgotten our account.
const NO_ACCOUNT: &str = "urn:ietf:params:acme:error:accountDoesNotExist";

/// What the authority gave.
pub(super) struct Issued {
    /// PEM, the certificate first.
    pub(super) chain: String,
    /// PKCS #8, DER.
    pub(super) key: Zeroizing<Vec<u8>>,
}

/// Why there is no certificate.
#[derive(Debug)]
pub(super) struct AcmeError {
    /// A fragment for the administrator, cleaned: parts of it are the authority's words.
    pub(super) message: String,
    /// The pause that the authority asks for.
    pub(super) retry_after: Option<Duration>,
    /// Our account is gone.
    no_account: bool,
}

impl AcmeError {
    pub(super) fn new(message: impl std::fmt::Display) -> Self {
        Self {
            message: clean(&message.to_string()),
            retry_after: None,
            no_account: false,
        }
    }
}

impl From<Error> for AcmeError {
    fn from(error: Error) -> Self {
        Self::new(error)
    }
}

impl From<instant_acme::Error> for AcmeError {
    fn from(error: instant_acme::Error) -> Self {
        let no_account = matches!(&error, instant_acme::Error::Api(problem) if problem.r#type.as_deref() == Some(NO_ACCOUNT));
        Self {
            no_account,
            ..Self::new(error)
        }
    }
}

/// The authority's words end in logs and on pages: one line, no tricks, not too long.
fn clean(text: &str) -> String {
    let harmless = text.chars().filter(|letter| !is_deceptive(*letter));
    harmless.take(WORDS_MAX).collect()
}

/// Gets a certificate for all domains.
///
/// # Errors
/// Whatever goes wrong; nothing is tried again here.
pub(super) async fn get(ctx: &Ctx, settings: &AcmeSettings) -> Result<Issued, AcmeError> {
    let http = Http::new(settings.ca_file.as_deref()).map_err(AcmeError::new)?;
    let outcome = order(ctx, settings, &http).await;
    match outcome {
        Err(error) if error.no_account => {
            let tx = ctx.db.write().await?;
            store::remove_account(&tx, &settings.directory).await?;
            tx.commit().await.map_err(Error::from)?;
            Err(error)
        }
        Err(error) => Err(AcmeError {
            retry_after: http.retry_after(),
            ..error
        }),
        Ok(issued) => Ok(issued),
    }
}

async fn order(ctx: &Ctx, settings: &AcmeSettings, http: &Http) -> Result<Issued, AcmeError> {
    let account = account(ctx, settings, http).await?;
    let identifiers: Vec<Identifier> = settings.domains.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
    answer_challenges(ctx, &mut order).await?;
    let retries = RetryPolicy::new().timeout(PATIENCE);
    let status = order.poll_ready(&retries).await?;
    if status != OrderStatus::Ready {
        return Err(reason(&mut order).await);
    }
    let key = Zeroizing::new(order.finalize().await?);
    let chain = order.poll_certificate(&retries).await?;
    let key = PrivatePkcs8KeyDer::from_pem_slice(key.as_bytes()).map_err(AcmeError::new)?;
    Ok(Issued {
        chain,
        key: Zeroizing::new(key.secret_pkcs8_der().to_vec()),
    })
}

/// The account of the database, or a new one.
async fn account(ctx: &Ctx, settings: &AcmeSettings, http: &Http) -> Result<Account, AcmeError> {
    let builder = || Account::builder_with_http(Box::new(http.clone()));
    if let Some(kept) = store::find_account(ctx.db.read(), &ctx.sealed, &settings.directory).await? {
        let credentials: AccountCredentials = serde_json::from_slice(&kept).map_err(AcmeError::new)?;
        return Ok(builder().from_credentials(credentials).await?);
    }
    let contact: Vec<&str> = settings.contact.iter().map(String::as_str).collect();
    let new = NewAccount {
        contact: &contact,
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let (account, credentials) = builder().create(&new, settings.directory.clone(), None).await?;
    let credentials = Zeroizing::new(serde_json::to_vec(&credentials).map_err(AcmeError::new)?);
    let tx = ctx.db.write().await?;
    store::keep_account(
        &tx,
        &ctx.sealed,
        &settings.directory,
        &credentials,
        ctx.clock.now(),
    )
    .await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(account)
}

async fn answer_challenges(ctx: &Ctx, order: &mut Order) -> Result<(), AcmeError> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        match authorization.status {
            AuthorizationStatus::Pending => {}
            // From an order before.
            AuthorizationStatus::Valid => continue,
            other => return Err(AcmeError::new(format!("an authorization is {other:?} already"))),
        }
        let mut challenge = authorization
            .challenge(ChallengeType::Http01)
            .ok_or_else(|| AcmeError::new("the authority offers no HTTP-01 challenge"))?;
        let token = challenge.token.clone();
        ctx.tls
            .challenges
            .offer(&token, challenge.key_authorization().as_str())?;
        challenge.set_ready().await?;
    }
    Ok(())
}

/// What the authority did not like, by domain.
async fn reason(order: &mut Order) -> AcmeError {
    let mut reasons = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let Ok(state) = authorization.refresh().await else {
            continue;
        };
        let name = state.identifier().to_string();
        for error in state
            .challenges
            .iter()
            .filter_map(|challenge| challenge.error.as_ref())
        {
            reasons.push(format!("{name}: {error}"));
        }
    }
    if reasons.is_empty() {
        AcmeError::new("the authority refused the order without a reason")
    } else {
        AcmeError::new(reasons.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_authority_are_cleaned_and_cut() {
        assert_eq!(clean("a\nb\u{202e}c"), "abc");
        assert_eq!(
            clean("a\u{200b}\u{2028}\u{feff}b"),
            "ab",
            "nothing that cannot be seen"
        );
        assert_eq!(clean(&"é".repeat(1000)).chars().count(), WORDS_MAX);
    }
}
