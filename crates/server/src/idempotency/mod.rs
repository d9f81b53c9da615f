//! Requests that must not be done twice: what was asked under an `Idempotency-Key`, and what was answered.
//!
//! Here: whose key it is, what a second request with it gets, how long it is kept. Not here: which routes take one, how it stands in a
//! request, which answers are worth keeping (`http::idempotency`). `store.rs`: queries.
//!
//! # Life of a key
//! ```text
//! begun ──(answered)──────────────► kept ──────(24 hours)──► forgotten
//!   ├─────(nothing worth keeping)─► free
//!   └─────(5 minutes of silence)──► free: the server stopped in the middle
//! ```
//!
//! # Invariants
//! - Request and answer are sealed: an answer may show a secret that is shown once, a request may carry a password.
//! - An answer is shown to the API token or the login that asked, and to no other login of its account.
//! - What comes back late, after its key was freed and taken anew, writes nothing: it settles its own row only.

mod store;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ids::{IdempotencyKeyId, LoginId};
use crate::secrets;
use crate::store::entities::idempotency_key::Model;

/// For how long a key is remembered.
pub const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// After this long without an answer a key is free again. No request takes nearly as long.
pub const RUNNING_MAX: Duration = Duration::from_secs(5 * 60);
/// Most keys remembered of one account or API token; of more, those that were answered first are forgotten. With answers of the
/// largest size that are 128 MB, usually 2.
pub const KEYS_MAX: u64 = 2_000;

/// What was asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The key, as it was chosen.
    pub key: &'a str,
    /// Tells this request from every other.
    pub fingerprint: [u8; 32],
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers that belong to it.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(skip)]
    pub body: Vec<u8>,
}

/// What a request with a key gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is the first: do it, then [`keep`] the answer or [`free`] the key.
    Do(IdempotencyKeyId),
    /// It was done; this was answered.
    Again(Answer),
    /// The first one has not been answered; the key is free again at this time.
    Running(Timestamp),
    /// The key stood for something else.
    Reused,
    /// Another login of the account did it, and only that one sees the answer.
    Elsewhere,
}

/// Takes the key for `by`, or says what became of who took it.
///
/// # Errors
/// `secrets_unavailable`; those of the database.
pub async fn begin(ctx: &Ctx, by: &Caller, asked: &Asked<'_>) -> Result<Begun> {
    let now = ctx.clock.now();
    let key_hash = secrets::hash(asked.key);
    let asker = by.api_token().map_or(by.account.0, |token| token.id.0);
    let tx = ctx.db.write().await?;
    if let Some(row) = store::find(&tx, asker, &key_hash).await? {
        if !is_over(&row, now) {
            return found(ctx, &row, by.login(), asked);
        }
        store::delete(&tx, row.id).await?;
    }
    store::make_room(&tx, asker, KEYS_MAX - 1).await?;
    let id = IdempotencyKeyId::new();
    let place = id.to_string();
    let sealed_request = ctx
        .sealed
        .seal(&tx, store::request_place(&place), &asked.fingerprint)
        .await?;
    let row = Model {
        id,
        account_id: by.account,
        asker_id: asker,
        shown_to: by.login(),
        key_hash: key_hash.to_vec(),
        sealed_request,
        sealed_answer: None,
        begun_at: now,
    };
    // Of two that come at once, where writers do not wait for each other, one is second here.
    if !store::insert(&tx, row).await? {
        return Ok(Begun::Running(now.after(RUNNING_MAX)));
    }
    tx.commit().await?;
    Ok(Begun::Do(id))
}

/// Whether a key counts no more.
fn is_over(row: &Model, now: Timestamp) -> bool {
    let age = now.since(row.begun_at);
    let cut_off = row.sealed_answer.is_none() && age >= RUNNING_MAX;
    if cut_off {
        tracing::warn!(
            begun_at = row.begun_at.rfc3339(),
            "a request with an Idempotency-Key was never answered, and is done anew: the server stopped in the middle of it"
        );
    }
    cut_off || age >= KEPT
}

fn found(ctx: &Ctx, row: &Model, login: LoginId, asked: &Asked<'_>) -> Result<Begun> {
    let place = row.id.to_string();
    let fingerprint = ctx
        .sealed
        .open(store::request_place(&place), &row.sealed_request)?;
    if *fingerprint != asked.fingerprint {
        return Ok(Begun::Reused);
    }
    let Some(sealed) = &row.sealed_answer else {
        return Ok(Begun::Running(row.begun_at.after(RUNNING_MAX)));
    };
    if row.shown_to != login {
        return Ok(Begun::Elsewhere);
    }
    let text = ctx.sealed.open(store::answer_place(&place), sealed)?;
    Answer::read(&text).map(Begun::Again)
}

/// Keeps the answer. Whoever was silent for so long that the key was taken anew keeps nothing.
///
/// # Errors
/// `secrets_unavailable`; those of the database.
pub async fn keep(ctx: &Ctx, id: IdempotencyKeyId, answer: &Answer) -> Result<()> {
    let tx = ctx.db.write().await?;
    let place = id.to_string();
    let text = answer.written()?;
    let sealed = ctx.sealed.seal(&tx, store::answer_place(&place), &text).await?;
    store::settle(&tx, id, sealed).await?;
    Ok(tx.commit().await?)
}

/// Gives the key back: nothing was done, or nothing that can be kept was answered.
///
/// # Errors
/// Those of the database.
pub async fn free(ctx: &Ctx, id: IdempotencyKeyId) -> Result<()> {
    let tx = ctx.db.write().await?;
    store::delete(&tx, id).await?;
    Ok(tx.commit().await?)
}

/// Forgets keys that are too old.
///
/// # Errors
/// Those of the database.
pub async fn sweep(ctx: &Ctx) -> Result<()> {
    let tx = ctx.db.write().await?;
    store::delete_before(&tx, ctx.clock.now().before(KEPT)).await?;
    Ok(tx.commit().await?)
}

impl Answer {
    /// A line of JSON, then the body.
    fn written(&self) -> Result<zeroize::Zeroizing<Vec<u8>>> {
        let mut text = serde_json::to_vec(self).map_err(Error::internal)?;
        text.push(b'\n');
        text.extend_from_slice(&self.body);
        Ok(text.into())
    }

    fn read(text: &[u8]) -> Result<Self> {
        let mut parts = text.splitn(2, |byte| *byte == b'\n');
        let head = parts.next().unwrap_or_default();
        let mut answer: Self = serde_json::from_slice(head).map_err(Error::internal)?;
        answer.body = parts.next().unwrap_or_default().to_vec();
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        for body in ["", "{\n}", "\n\n"] {
            let answer = Answer {
                status: 201,
                headers: vec![("etag".into(), "\"1\"".into())],
                body: body.as_bytes().to_vec(),
            };
            assert_eq!(Answer::read(&answer.written().unwrap()).unwrap(), answer);
        }
    }
}
