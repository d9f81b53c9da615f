//! Second factors as the API shows them to their owner.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::Caller;
use super::{FRESH, passkeys, store};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::PasskeyId;
use crate::store::entities::passkey;

/// With what somebody can prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FactorKind)]
pub enum Kind {
    /// The account's password; where it has no second factor.
    Password,
    /// A code of an authenticator app.
    Totp,
    /// A code that was written down.
    RecoveryCode,
    /// A passkey.
    Passkey,
}

/// How an account is protected beside its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Factors {
    /// Since when it has an authenticator app; `null` = it has none.
    pub totp_since: Option<Timestamp>,
    /// Its passkeys, oldest first.
    pub passkeys: Vec<PasskeyView>,
    /// Recovery codes that can be used still.
    pub recovery_codes_left: u64,
    /// Until when this login may change any of this without proving again who it is; in the past: it has to.
    pub fresh_until: Option<Timestamp>,
    /// The address at which passkeys work, if they do at all: browsers bind them to a name, not to a number.
    pub passkeys_at: Option<String>,
}

/// A passkey, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Passkey)]
pub struct PasskeyView {
    /// Its identifier.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// Whether it is copied to its owner's other devices by whoever made them.
    pub synced: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used; `null` = never.
    pub last_used_at: Option<Timestamp>,
}

impl From<passkey::Model> for PasskeyView {
    fn from(row: passkey::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            synced: row.synced,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// What is typed or scanned into an authenticator app; shown once.
#[derive(Clone, Serialize, ToSchema)]
pub struct NewTotp {
    /// The secret in base32, for typing.
    pub secret: String,
    /// The same as an `otpauth://` address, for a picture to scan.
    pub url: String,
}

impl std::fmt::Debug for NewTotp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewTotp(…)")
    }
}

/// What comes with a new factor.
#[derive(Clone, Serialize, ToSchema)]
pub struct NewFactor {
    /// New recovery codes, shown once; `null` when the account has some still.
    pub recovery_codes: Option<Vec<String>>,
}

impl std::fmt::Debug for NewFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewFactor(…)")
    }
}

/// What the browser is asked about a passkey.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PasskeyStart {
    /// What finishes it.
    pub token: String,
    /// For `navigator.credentials`: `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON` of WebAuthn.
    #[schema(value_type = Object)]
    pub options: serde_json::Value,
}

/// How the caller's account is protected.
///
/// # Errors
/// Those of the database.
pub async fn factors(ctx: &Ctx, by: &Caller) -> Result<Factors> {
    let db = ctx.db.read();
    Ok(Factors {
        totp_since: store::totp(db, by.account)
            .await?
            .and_then(|row| row.confirmed_at),
        passkeys: store::passkeys(db, by.account)
            .await?
            .into_iter()
            .map(PasskeyView::from)
            .collect(),
        recovery_codes_left: store::recovery_codes_left(db, by.account).await?,
        fresh_until: by.proven_at.map(|at| at.after(FRESH)),
        passkeys_at: passkeys::origin(ctx).map(|origin| origin.to_string()),
    })
}
