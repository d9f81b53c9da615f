//! Proving who somebody is with one of their factors: as the second half of a sign-in, as a sign-in of its own (passkeys), or once more
//! by a login that there is.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::super::line::Visitor;
use super::super::logins::{Method, Request, Started};
use super::super::sign_in::{self, Refusal};
use super::super::{Caller, logins, password::PASSWORD_MAX, set_up::wrong_credentials, store as accounts};
use super::ceremonies::{self, Ceremony, WRONG_MAX};
use super::recovery::{self, Used};
use super::view::Kind;
use super::{PasskeyStart, passkeys, record, store, totp};
use crate::audit::Action;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::http::RequestInfo;
use crate::ids::AccountId;
use crate::store::WriteTx;

/// What proves who somebody is.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Proof {
    /// The password; of an account without a second factor.
    Password {
        /// As it is typed.
        #[schema(format = Password)]
        password: String,
    },
    /// A code of the authenticator app.
    Totp {
        /// Six digits; blanks do not matter.
        code: String,
    },
    /// A code that was written down.
    RecoveryCode {
        /// As it is written; case, dashes and blanks do not matter.
        code: String,
    },
    /// A passkey.
    Passkey {
        /// `PublicKeyCredential.toJSON()` of what the browser answered.
        #[schema(value_type = Object)]
        credential: Value,
    },
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proof({:?})", self.kind())
    }
}

impl Proof {
    fn kind(&self) -> Kind {
        match self {
            Self::Password { .. } => Kind::Password,
            Self::Totp { .. } => Kind::Totp,
            Self::RecoveryCode { .. } => Kind::RecoveryCode,
            Self::Passkey { .. } => Kind::Passkey,
        }
    }
}

/// The password was right, and the account has second factors: one of them is to be shown.
#[derive(Clone, Serialize, ToSchema)]
pub struct SecondFactorAsked {
    /// What finishes the sign-in, at `POST /api/logins/second-factor`.
    pub token: String,
    /// Until when.
    pub expires_at: Timestamp,
    /// What can be shown.
    pub kinds: Vec<Kind>,
    /// For `navigator.credentials.get`, if a passkey can be shown: `PublicKeyCredentialRequestOptionsJSON` of WebAuthn.
    #[schema(value_type = Option<Object>)]
    pub passkey_options: Option<Value>,
}

impl std::fmt::Debug for SecondFactorAsked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactorAsked")
            .field("kinds", &self.kinds)
            .finish_non_exhaustive()
    }
}

/// What a login may prove itself with.
#[derive(Clone, Serialize, ToSchema)]
pub struct ProofAsked {
    /// What can be shown.
    pub kinds: Vec<Kind>,
    /// What comes with a passkey's proof, if one can be shown.
    pub passkey: Option<PasskeyStart>,
}

impl std::fmt::Debug for ProofAsked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProofAsked")
            .field("kinds", &self.kinds)
            .finish_non_exhaustive()
    }
}

/// What an account can show, and what its passkeys would have to sign.
async fn what(
    ctx: &Ctx,
    account: AccountId,
) -> Result<(
    Vec<Kind>,
    Option<(Value, webauthn_rs::prelude::PasskeyAuthentication)>,
)> {
    let db = ctx.db.read();
    let mut kinds = Vec::new();
    if !store::has_any(db, account).await? {
        return Ok((kinds, None));
    }
    let passkey = passkeys::ask(ctx, account).await?;
    if passkey.is_some() {
        kinds.push(Kind::Passkey);
    }
    let app = store::totp(db, account).await?;
    if app.is_some_and(|row| row.confirmed_at.is_some()) {
        kinds.push(Kind::Totp);
    }
    if store::recovery_codes_left(db, account).await? > 0 {
        kinds.push(Kind::RecoveryCode);
    }
    Ok((kinds, passkey))
}

/// Asks for a second factor of an account whose password was right; `None` when it has none.
///
/// # Errors
/// Those of the database.
pub(in super::super) async fn ask(ctx: &Ctx, account: AccountId) -> Result<Option<SecondFactorAsked>> {
    if !store::has_any(ctx.db.read(), account).await? {
        return Ok(None);
    }
    let (kinds, passkey) = what(ctx, account).await?;
    let (passkey_options, passkey) = passkey.unzip();
    let begun = Ceremony::SecondFactor {
        account,
        wrong: 0,
        passkey,
    };
    let (token, expires_at) = ctx.accounts.ceremonies.begin(begun, ctx.clock.now())?;
    Ok(Some(SecondFactorAsked {
        token: token.expose().to_owned(),
        expires_at,
        kinds,
        passkey_options,
    }))
}

/// Finishes a sign-in whose password was right. After a few wrong proofs it has to begin again.
///
/// # Errors
/// `sign_in_over`, `second_factor_wrong`, `recovery_code_used`, `passkey_unknown`, `passkey_invalid`, `passkey_cloned`,
/// `account_disabled`, `too_many_attempts`; those of the database.
pub async fn sign_in_by_second_factor(
    ctx: &Ctx,
    request: &Request<'_>,
    token: &str,
    proof: Proof,
) -> Result<Started> {
    let now = ctx.clock.now();
    ctx.accounts.guard.address(request.info.address, now)?;
    let (ceremony, expires_at) = ctx.accounts.ceremonies.take(token, now)?;
    let Ceremony::SecondFactor {
        account,
        wrong,
        passkey,
    } = ceremony
    else {
        return Err(ceremonies::over());
    };
    let kind = proof.kind();
    let finished = finish(ctx, request, account, passkey.as_ref(), proof).await;
    let Err(error) = finished else {
        return finished;
    };
    // A wrong one counts; what is nobody's fault does not.
    let wrong = if is_wrong(&error) { wrong + 1 } else { wrong };
    if wrong < WRONG_MAX {
        let again = Ceremony::SecondFactor {
            account,
            wrong,
            passkey,
        };
        ctx.accounts.ceremonies.give_back(token, again, expires_at);
    }
    note(ctx, request.info, account, kind, &error);
    Err(error)
}

async fn finish(
    ctx: &Ctx,
    request: &Request<'_>,
    account: AccountId,
    passkey: Option<&webauthn_rs::prelude::PasskeyAuthentication>,
    proof: Proof,
) -> Result<Started> {
    let now = ctx.clock.now();
    if !sign_in::is_known_address(ctx, account, request.info).await? {
        ctx.accounts.guard.code(account, now)?;
    }
    let method = match &proof {
        Proof::Password { .. } => return Err(no_password()),
        Proof::Totp { .. } => Method::PasswordAndTotp,
        Proof::RecoveryCode { .. } => Method::PasswordAndRecoveryCode,
        Proof::Passkey { .. } => Method::PasswordAndPasskey,
    };
    let tx = ctx.db.write().await?;
    let row = accounts::find(&tx, account).await?.ok_or_else(ceremonies::over)?;
    sign_in::require_enabled(&row)?;
    check(ctx, &tx, account, passkey, proof).await?;
    let started = logins::start(ctx, &tx, request, account, method).await?;
    if method == Method::PasswordAndRecoveryCode {
        used_recovery_code(ctx, &tx, &started.caller).await?;
    }
    sign_in::prove(ctx, &tx, &started, method).await?;
    tx.commit().await?;
    ctx.accounts.guard.forget_codes(account);
    sign_in::welcome(ctx, &started).await;
    Ok(started)
}

/// Checks a proof and uses it up, in the caller's transaction.
async fn check(
    ctx: &Ctx,
    tx: &WriteTx,
    account: AccountId,
    passkey: Option<&webauthn_rs::prelude::PasskeyAuthentication>,
    proof: Proof,
) -> Result<()> {
    match proof {
        Proof::Password { .. } => Err(no_password()),
        Proof::Totp { code } if totp::use_code(ctx, tx, account, &code).await? => Ok(()),
        Proof::Totp { .. } => Err(wrong_code()),
        Proof::RecoveryCode { code } => match recovery::use_code(ctx, tx, account, &code).await? {
            Used::Right => Ok(()),
            Used::Again => Err(Error::Unauthenticated {
                code: Code::RecoveryCodeUsed,
                detail: "This recovery code was used before; each works once. Take another one.".into(),
            }),
            Used::Wrong => Err(wrong_code()),
        },
        Proof::Passkey { credential } => {
            let state = passkey.ok_or_else(wrong_code)?;
            passkeys::check(ctx, tx, account, state, credential).await?
        }
    }
}

async fn used_recovery_code(ctx: &Ctx, tx: &WriteTx, by: &Caller) -> Result<()> {
    let left = store::recovery_codes_left(tx, by.account).await?;
    let detail = serde_json::json!({ "left": left, "address": by.request.address });
    record(ctx, tx, by, Action::RecoveryCodeUsed, &detail).await
}

/// Begins a sign-in by passkey alone: what any passkey of this server is to sign.
///
/// # Errors
/// `passkeys_unavailable`, `too_many_attempts`.
pub fn begin_passkey_sign_in(ctx: &Ctx, request: &Request<'_>) -> Result<PasskeyStart> {
    let now = ctx.clock.now();
    ctx.accounts.guard.estimate(request.info.address, now)?;
    let (options, state) = passkeys::ask_anybody(ctx)?;
    let begun = Ceremony::PasskeySignIn(Box::new(state));
    let (token, _) = ctx.accounts.ceremonies.begin(begun, now)?;
    Ok(PasskeyStart {
        token: token.expose().to_owned(),
        options,
    })
}

/// Signs in with a passkey alone.
///
/// # Errors
/// `sign_in_over`, `passkey_unknown`, `passkey_invalid`, `passkey_cloned`, `account_disabled`, `too_many_attempts`; those of the
/// database.
pub async fn sign_in_by_passkey(
    ctx: &Ctx,
    request: &Request<'_>,
    token: &str,
    credential: Value,
) -> Result<Started> {
    let now = ctx.clock.now();
    ctx.accounts.guard.address(request.info.address, now)?;
    let (Ceremony::PasskeySignIn(state), _) = ctx.accounts.ceremonies.take(token, now)? else {
        return Err(ceremonies::over());
    };
    let (account, answer) = passkeys::whose(ctx, credential)?;
    let tx = ctx.db.write().await?;
    let checked = passkeys::check_anybody(ctx, &tx, account, *state, &answer).await?;
    let enabled = match checked {
        Ok(()) => {
            let row = accounts::find(&tx, account).await?;
            sign_in::require_enabled(&row.ok_or_else(ceremonies::over)?)
        }
        Err(refused) => Err(refused),
    };
    if let Err(error) = enabled {
        drop(tx);
        note(ctx, request.info, account, Kind::Passkey, &error);
        return Err(error);
    }
    let started = logins::start(ctx, &tx, request, account, Method::Passkey).await?;
    sign_in::prove(ctx, &tx, &started, Method::Passkey).await?;
    tx.commit().await?;
    sign_in::welcome(ctx, &started).await;
    Ok(started)
}

/// With what the caller's login may prove itself again.
///
/// # Errors
/// Those of the database.
pub async fn start_proof(ctx: &Ctx, by: &Caller) -> Result<ProofAsked> {
    let (mut kinds, passkey) = what(ctx, by.account).await?;
    if kinds.is_empty() {
        kinds.push(Kind::Password);
    }
    let passkey = match passkey {
        None => None,
        Some((options, state)) => {
            let begun = Ceremony::Proof {
                login: by.login(),
                passkey: Box::new(state),
            };
            let (token, _) = ctx.accounts.ceremonies.begin(begun, ctx.clock.now())?;
            Some(PasskeyStart {
                token: token.expose().to_owned(),
                options,
            })
        }
    };
    Ok(ProofAsked { kinds, passkey })
}

/// Proves again who the caller's login is. `token` comes with a passkey's proof.
///
/// # Errors
/// `invalid_credentials`, `second_factor_wrong`, `recovery_code_used`, `sign_in_over`, `passkey_unknown`, `passkey_invalid`,
/// `passkey_cloned`, `too_many_attempts`; those of the database.
pub async fn prove(ctx: &Ctx, by: &Caller, token: Option<&str>, proof: Proof) -> Result<()> {
    let now = ctx.clock.now();
    ctx.accounts.guard.code(by.account, now)?;
    let passkey = match (&proof, token) {
        (Proof::Passkey { .. }, Some(token)) => match ctx.accounts.ceremonies.take(token, now)? {
            (Ceremony::Proof { login, passkey }, _) if login == by.login() => Some(passkey),
            _ => return Err(ceremonies::over()),
        },
        _ => None,
    };
    let kind = proof.kind();
    let proved = prove_once(ctx, by, passkey.as_deref(), proof, now).await;
    match &proved {
        Ok(()) => ctx.accounts.guard.forget_codes(by.account),
        Err(error) => note(ctx, by.request, by.account, kind, error),
    }
    proved
}

async fn prove_once(
    ctx: &Ctx,
    by: &Caller,
    passkey: Option<&webauthn_rs::prelude::PasskeyAuthentication>,
    proof: Proof,
    now: Timestamp,
) -> Result<()> {
    if let Proof::Password { password } = &proof {
        // A second factor that there is must not be gone around with the first.
        if store::has_any(ctx.db.read(), by.account).await? {
            return Err(no_password());
        }
        let row = accounts::find(ctx.db.read(), by.account).await?;
        let row = row.ok_or_else(Error::not_signed_in)?;
        let looked_at: String = password.chars().take(PASSWORD_MAX + 1).collect();
        let hash = Some(row.password_hash.as_str());
        if !ctx
            .accounts
            .hasher
            .verify(&looked_at, hash, Visitor::Known)
            .await?
        {
            return Err(wrong_credentials());
        }
    }
    let tx = ctx.db.write().await?;
    let is_recovery_code = matches!(proof, Proof::RecoveryCode { .. });
    if !matches!(proof, Proof::Password { .. }) {
        check(ctx, &tx, by.account, passkey, proof).await?;
    }
    if is_recovery_code {
        used_recovery_code(ctx, &tx, by).await?;
    }
    accounts::prove_login(&tx, by.login(), now).await?;
    Ok(tx.commit().await?)
}

/// Proves in the audit trail that somebody was not let in, if that is what happened.
fn note(ctx: &Ctx, info: RequestInfo, account: AccountId, kind: Kind, error: &Error) {
    if is_wrong(error) || error.code() == Code::AccountDisabled {
        let what = Refusal::of_factor(kind, error.code());
        sign_in::note_refusal(ctx, info, account, what);
    }
}

/// Whether the proof was wrong, rather than anything else in the way.
fn is_wrong(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::SecondFactorWrong
            | Code::RecoveryCodeUsed
            | Code::PasskeyUnknown
            | Code::PasskeyInvalid
            | Code::PasskeyCloned
            | Code::InvalidCredentials
    )
}

fn wrong_code() -> Error {
    Error::Unauthenticated {
        code: Code::SecondFactorWrong,
        detail: "This code is not right, or was used already. Wait for the next one that the app shows."
            .into(),
    }
}

fn no_password() -> Error {
    Error::invalid(
        "proof",
        "not_enough",
        "The account has a second factor. Show that one.",
    )
}
