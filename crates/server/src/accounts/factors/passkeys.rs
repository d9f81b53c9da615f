//! Passkeys (WebAuthn Level 3): keys in a device or a password manager, bound to the name of this server.
//!
//! They are bound to a host name, so they work at the public address if that has one, and at `localhost` where nobody gave one.

use serde_json::Value;
use webauthn_rs::prelude::{
    CreationChallengeResponse, Credential, DiscoverableAuthentication, Passkey, PasskeyAuthentication,
    PublicKeyCredential, RegisterPublicKeyCredential, RequestChallengeResponse, Url, Webauthn,
    WebauthnBuilder, WebauthnError,
};

use super::super::set_up::name_objection;
use super::super::{Caller, sign_in_rules, store as accounts};
use super::ceremonies::{self, Ceremony};
use super::view::NewFactor;
use super::{PasskeyStart, PasskeyView, record, recovery, require_fresh, store, tell};
use crate::audit::Action;
use crate::config::Origin;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::{AccountId, PasskeyId};
use crate::store::WriteTx;
use crate::store::entities::passkey;

/// Most passkeys of one account.
const PASSKEYS_MAX: usize = 20;
/// What the browser says of itself is read up to this length of JSON; larger bodies are no passkeys.
const CREDENTIAL_MAX: usize = 16 * 1024;

/// Where passkeys work; `None` where the server is only known by a number.
pub(super) fn origin(ctx: &Ctx) -> Option<Origin> {
    let origin = ctx.config.public_url.origin();
    if origin.host().parse::<std::net::IpAddr>().is_err() {
        return Some(origin.clone());
    }
    // This machine has a name for itself.
    let port = origin.port();
    let local = !ctx.config.public_url_given && origin.is_loopback();
    let scheme = if ctx.config.tls.is_some() { "https" } else { "http" };
    local
        .then(|| Origin::parse(&format!("{scheme}://localhost:{port}")))
        .flatten()
}

fn webauthn(ctx: &Ctx) -> Result<Webauthn> {
    let unavailable = || {
        Error::conflict(
            Code::PasskeysUnavailable,
            "Passkeys are bound to a host name, and this server is reached by a number. Give it a name with public_url.",
        )
    };
    let origin = origin(ctx).ok_or_else(unavailable)?;
    let url = Url::parse(&origin.to_string()).map_err(Error::internal)?;
    WebauthnBuilder::new(origin.host(), &url)
        .and_then(|builder| builder.rp_name("Farol").build())
        .map_err(|error| Error::internal(format!("passkeys: {error}")))
}

/// Begins to add a passkey.
///
/// # Errors
/// `step_up_required`, `passkeys_unavailable`, `conflict` when there are too many; those of the database.
pub async fn start_passkey(ctx: &Ctx, by: &Caller) -> Result<PasskeyStart> {
    require_fresh(ctx, by)?;
    let db = ctx.db.read();
    let account = accounts::find(db, by.account)
        .await?
        .ok_or_else(Error::not_signed_in)?;
    let there = keys(store::passkeys(db, by.account).await?)?;
    if there.len() >= PASSKEYS_MAX {
        let detail = format!("An account has at most {PASSKEYS_MAX} passkeys. Remove one first.");
        return Err(Error::conflict(Code::Conflict, detail));
    }
    let known = there.iter().map(|(_, key)| key.cred_id().clone()).collect();
    let (asked, state) = webauthn(ctx)?
        .start_passkey_registration(by.account.0, &account.email, &account.name, Some(known))
        .map_err(|error| Error::internal(format!("passkeys: {error}")))?;
    let begun = Ceremony::NewPasskey {
        account: by.account,
        state: Box::new(state),
    };
    let (token, _) = ctx.accounts.ceremonies.begin(begun, ctx.clock.now())?;
    Ok(PasskeyStart {
        token: token.expose().to_owned(),
        options: creation_options(asked)?,
    })
}

/// Adds the passkey that the browser made.
///
/// # Errors
/// `step_up_required`, `sign_in_over`, `passkey_invalid`, `validation_failed`, `conflict`; those of the database.
pub async fn add_passkey(
    ctx: &Ctx,
    by: &Caller,
    token: &str,
    name: &str,
    credential: Value,
) -> Result<(PasskeyView, NewFactor)> {
    require_fresh(ctx, by)?;
    let name = named(name)?;
    let now = ctx.clock.now();
    let (Ceremony::NewPasskey { account, state }, _) = ctx.accounts.ceremonies.take(token, now)? else {
        return Err(ceremonies::over());
    };
    if account != by.account {
        return Err(ceremonies::over());
    }
    let answer: RegisterPublicKeyCredential = read(credential)?;
    let made = webauthn(ctx)?
        .finish_passkey_registration(&answer, &state)
        .map_err(|error| refusal(&error))?;
    let tx = ctx.db.write().await?;
    if store::passkeys(&tx, by.account).await?.len() >= PASSKEYS_MAX {
        return Err(Error::conflict(
            Code::Conflict,
            "There are too many passkeys already.",
        ));
    }
    let row = passkey::Model {
        id: PasskeyId::new(),
        account_id: by.account,
        credential_hash: hash(made.cred_id().as_ref()).to_vec(),
        credential: serde_json::to_string(&made).map_err(Error::internal)?,
        name: name.clone(),
        synced: is_synced(&made),
        created_at: now,
        last_used_at: None,
    };
    let view = PasskeyView::from(row.clone());
    store::insert_passkey(&tx, row).await?;
    let detail = serde_json::json!({ "which": "passkey", "name": name });
    record(ctx, &tx, by, Action::SecondFactorAdded, &detail).await?;
    let recovery_codes = recovery::with_first_factor(ctx, &tx, by).await?;
    tx.commit().await?;
    tell(ctx, by);
    Ok((view, NewFactor { recovery_codes }))
}

/// Gives a passkey another name.
///
/// # Errors
/// `not_found`, `validation_failed`; those of the database.
pub async fn rename_passkey(ctx: &Ctx, by: &Caller, id: PasskeyId, name: &str) -> Result<()> {
    let name = named(name)?;
    let tx = ctx.db.write().await?;
    if !store::rename_passkey(&tx, by.account, id, &name).await? {
        return Err(Error::NotFound("passkey"));
    }
    tx.commit().await?;
    tell(ctx, by);
    Ok(())
}

/// Takes a passkey away. Without any factor left, recovery codes count for nothing and go, too.
///
/// # Errors
/// `step_up_required`, `not_found`, `second_factor_last`; those of the database.
pub async fn remove_passkey(ctx: &Ctx, by: &Caller, id: PasskeyId) -> Result<()> {
    require_fresh(ctx, by)?;
    let tx = ctx.db.write().await?;
    let all = store::passkeys(&tx, by.account).await?;
    let row = all.into_iter().find(|row| row.id == id);
    let row = row.ok_or(Error::NotFound("passkey"))?;
    store::remove_passkey(&tx, by.account, id).await?;
    let detail = serde_json::json!({ "which": "passkey", "name": row.name });
    record(ctx, &tx, by, Action::SecondFactorRemoved, &detail).await?;
    sign_in_rules::require_to_keep_one(&tx, by).await?;
    recovery::without_factors(&tx, by.account).await?;
    tx.commit().await?;
    tell(ctx, by);
    Ok(())
}

/// What the passkeys of an account are to sign; `None` when it has none, or they do not work here.
pub(super) async fn ask(ctx: &Ctx, account: AccountId) -> Result<Option<(Value, PasskeyAuthentication)>> {
    let keys = keys(store::passkeys(ctx.db.read(), account).await?)?;
    if keys.is_empty() || origin(ctx).is_none() {
        return Ok(None);
    }
    let keys: Vec<Passkey> = keys.into_iter().map(|(_, key)| key).collect();
    let (asked, state) = webauthn(ctx)?
        .start_passkey_authentication(&keys)
        .map_err(|error| Error::internal(format!("passkeys: {error}")))?;
    Ok(Some((request_options(asked)?, state)))
}

/// What any passkey of this server is to sign: its owner need not say first who they are.
pub(super) fn ask_anybody(ctx: &Ctx) -> Result<(Value, DiscoverableAuthentication)> {
    let (asked, state) = webauthn(ctx)?
        .start_discoverable_authentication()
        .map_err(|error| Error::internal(format!("passkeys: {error}")))?;
    Ok((request_options(asked)?, state))
}

/// Checks the answer of one of the account's passkeys, and notes its use in the caller's transaction. The inner result says whether it
/// was right.
pub(super) async fn check(
    ctx: &Ctx,
    tx: &WriteTx,
    account: AccountId,
    state: &PasskeyAuthentication,
    credential: Value,
) -> Result<Result<()>> {
    let answer: PublicKeyCredential = read(credential)?;
    let checked = webauthn(ctx)?.finish_passkey_authentication(&answer, state);
    note(ctx, tx, account, checked).await
}

/// Whose passkey signed, by what the device says; to be checked with [`check_anybody`].
pub(super) fn whose(ctx: &Ctx, credential: Value) -> Result<(AccountId, PublicKeyCredential)> {
    let answer: PublicKeyCredential = read(credential)?;
    let (account, _) = webauthn(ctx)?
        .identify_discoverable_authentication(&answer)
        .map_err(|_| unknown())?;
    Ok((AccountId(account), answer))
}

/// Like [`check`], of a passkey that said itself whose it is.
pub(super) async fn check_anybody(
    ctx: &Ctx,
    tx: &WriteTx,
    account: AccountId,
    state: DiscoverableAuthentication,
    answer: &PublicKeyCredential,
) -> Result<Result<()>> {
    let keys = keys(store::passkeys(tx, account).await?)?;
    let ours = keys
        .iter()
        .find(|(_, key)| AsRef::<[u8]>::as_ref(key.cred_id()) == answer.get_credential_id());
    let Some((_, key)) = ours else {
        return Ok(Err(unknown()));
    };
    let key = Credential::from(key.clone());
    let checked = webauthn(ctx)?.finish_discoverable_authentication_v2(answer, state, &key);
    note(ctx, tx, account, checked).await
}

async fn note(
    ctx: &Ctx,
    tx: &WriteTx,
    account: AccountId,
    checked: Result<webauthn_rs::prelude::AuthenticationResult, WebauthnError>,
) -> Result<Result<()>> {
    let result = match checked {
        Ok(result) => result,
        Err(error) => return Ok(Err(refusal(&error))),
    };
    let keys = keys(store::passkeys(tx, account).await?)?;
    let used = keys
        .into_iter()
        .find(|(_, key)| key.cred_id() == result.cred_id());
    let Some((id, mut key)) = used else {
        // Removed while it was asked.
        return Ok(Err(unknown()));
    };
    // `None` only of another passkey; this is the one.
    let _changed: Option<bool> = key.update_credential(&result);
    let text = serde_json::to_string(&key).map_err(Error::internal)?;
    store::use_passkey(tx, id, text, ctx.clock.now()).await?;
    Ok(Ok(()))
}

fn keys(rows: Vec<passkey::Model>) -> Result<Vec<(PasskeyId, Passkey)>> {
    let key = |row: passkey::Model| {
        let key = serde_json::from_str(&row.credential).map_err(Error::internal)?;
        Ok((row.id, key))
    };
    rows.into_iter().map(key).collect()
}

fn is_synced(key: &Passkey) -> bool {
    Credential::from(key.clone()).backup_state
}

fn hash(credential_id: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(credential_id).into()
}

fn named(name: &str) -> Result<String> {
    let name = name.trim().to_owned();
    match name_objection("name", &name) {
        Some(wrong) => Err(Error::Invalid(vec![wrong])),
        None => Ok(name),
    }
}

/// Reads what the browser answered.
fn read<T: serde::de::DeserializeOwned>(credential: Value) -> Result<T> {
    let invalid = || {
        let detail = "This is not what a browser answers about a passkey (`PublicKeyCredential.toJSON()`).";
        Error::invalid("credential", "invalid", detail)
    };
    if credential.to_string().len() > CREDENTIAL_MAX {
        return Err(invalid());
    }
    serde_json::from_value(credential).map_err(|_| invalid())
}

fn creation_options(asked: CreationChallengeResponse) -> Result<Value> {
    let mut options = serde_json::to_value(asked.public_key).map_err(Error::internal)?;
    // One that the device remembers by itself signs in without anything typed.
    options["authenticatorSelection"]["residentKey"] = "preferred".into();
    Ok(options)
}

fn request_options(asked: RequestChallengeResponse) -> Result<Value> {
    serde_json::to_value(asked.public_key).map_err(Error::internal)
}

fn unknown() -> Error {
    Error::Unauthenticated {
        code: Code::PasskeyUnknown,
        detail: "This server does not know the passkey: it was removed, or belongs to another server. Sign in another way.".into(),
    }
}

fn refusal(error: &WebauthnError) -> Error {
    tracing::info!(%error, "a passkey was not accepted");
    let (code, detail) = match error {
        WebauthnError::CredentialPossibleCompromise => (
            Code::PasskeyCloned,
            "The counter of this passkey went back, as that of a copy does. Sign in another way and remove it.",
        ),
        WebauthnError::UserNotVerified => (
            Code::PasskeyInvalid,
            "The device did not check that it is you. Set a PIN or a fingerprint on it, then try again.",
        ),
        WebauthnError::InvalidRPOrigin => (
            Code::PasskeyInvalid,
            "The passkey was asked at another address than the one of this server. Open the console at its own address.",
        ),
        _ => (
            Code::PasskeyInvalid,
            "The passkey could not be checked. Try again, or sign in another way.",
        ),
    };
    Error::Unauthenticated {
        code,
        detail: detail.into(),
    }
}
