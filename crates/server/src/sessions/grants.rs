//! Relay grants: what lets one end of one session through the relay's door, once.
//!
//! Here: making, redeeming and sweeping them. Not here: which session is live (`live.rs`), sockets (`crate::relay`).
//! A grant is 32 random bytes; only their SHA-256 is kept, in the table `relay_grants`. It names the session, the side, the
//! attempt, the login that asked and the relay, which is this server by its identity key. Redeeming is one statement, so it
//! succeeds once, whichever node and after whichever restart. Used ones are kept for an hour longer than they would have
//! lived, so that a replay is told apart from a guess in the log.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use super::lifecycle::{Attempt, Side};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ids::{LoginId, SessionId};
use crate::store::WriteTx;
use crate::store::entities::relay_grant::{ActiveModel, Column, Entity};

/// Length of a grant in bytes; 256 bits cannot be guessed.
pub const GRANT_LEN: usize = 32;
/// A grant must be shown within this time of its issue.
pub const GRANT_LIFE: Duration = Duration::from_secs(60);
/// What is void is remembered this much longer.
const KEPT: Duration = Duration::from_secs(3600);

/// What a grant is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The session.
    pub session: SessionId,
    /// The way into it.
    pub attempt: Attempt,
    /// The login that asked.
    pub login: LoginId,
}

/// The secrets of both ends, before they are handed out.
pub struct Pair {
    /// The technician's.
    pub viewer: [u8; GRANT_LEN],
    /// The machine's.
    pub agent: [u8; GRANT_LEN],
    /// After this they open nothing.
    pub expires_at: Timestamp,
}

/// Why a grant does not open the door.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// Wrong length, or never issued.
    #[error("grant is not known")]
    Unknown,
    /// Shown a second time.
    #[error("grant was used already")]
    Used,
    /// Issued, but shown too late.
    #[error("grant has expired")]
    Expired,
    /// Of another relay, an older attempt or a session that is over.
    #[error("grant is void")]
    Void,
    /// The database did not say.
    #[error("grant was not looked up: {0}")]
    Failed(#[from] Error),
}

impl From<sea_orm::DbErr> for GrantError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes grants for both ends.
///
/// # Errors
/// Those of the database.
pub async fn issue(ctx: &Ctx, tx: &WriteTx, binding: Binding) -> Result<Pair> {
    let (mut viewer, mut agent) = ([0; GRANT_LEN], [0; GRANT_LEN]);
    for secret in [&mut viewer, &mut agent] {
        getrandom::fill(secret).map_err(|error| Error::internal(error.to_string()))?;
    }
    let expires_at = ctx.clock.now().after(GRANT_LIFE);
    let relay = ctx.identity.key_hash();
    let row = |secret: &[u8; GRANT_LEN], side: Side| ActiveModel {
        hash: Set(hash(secret)),
        session_id: Set(binding.session),
        side: Set(side.as_str().to_owned()),
        attempt: Set(i64::from(binding.attempt)),
        login_id: Set(binding.login),
        relay: Set(relay.clone()),
        expires_at: Set(expires_at),
        used_at: Set(None),
    };
    let rows = [row(&viewer, Side::Viewer), row(&agent, Side::Agent)];
    Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(Pair {
        viewer,
        agent,
        expires_at,
    })
}

/// Uses a grant up; which end of what it was good for.
///
/// # Errors
/// See [`GrantError`]. Lookup is by hash, so its duration tells nothing about other grants. Guesses cost a read and no write.
pub async fn redeem(ctx: &Ctx, secret: &[u8]) -> Result<(Binding, Side), GrantError> {
    if secret.len() != GRANT_LEN {
        return Err(GrantError::Unknown);
    }
    let hash = hash(secret);
    let row = Entity::find_by_id(hash.clone()).one(ctx.db.read()).await?;
    let row = row.ok_or(GrantError::Unknown)?;
    if row.used_at.is_some() {
        return Err(GrantError::Used);
    }
    let ours = ctx.identity.all();
    if !ours.iter().any(|key| key.public().fingerprint() == row.relay) {
        return Err(GrantError::Void);
    }
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(Some(now)))
        .filter(Column::Hash.eq(hash))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    if used.rows_affected != 1 {
        // Somebody was faster, or it is too late.
        return Err(if row.expires_at <= now {
            GrantError::Expired
        } else {
            GrantError::Used
        });
    }
    let side = Side::parse(&row.side).ok_or(GrantError::Void)?;
    let attempt = Attempt::try_from(row.attempt).map_err(|_| GrantError::Void)?;
    let binding = Binding {
        session: row.session_id,
        attempt,
        login: row.login_id,
    };
    Ok((binding, side))
}

/// Forgets what has been void for long; run every minute or so.
///
/// # Errors
/// Those of the database.
pub async fn sweep(ctx: &Ctx) -> Result<u64> {
    let before = ctx.clock.now().before(KEPT);
    if !any_before(ctx.db.read(), before).await? {
        return Ok(0);
    }
    let tx = ctx.db.write().await?;
    let gone = Entity::delete_many()
        .filter(Column::ExpiresAt.lt(before))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(gone.rows_affected)
}

/// A look first: a write every minute for nothing would keep a disk awake.
async fn any_before<C: ConnectionTrait>(db: &C, before: Timestamp) -> Result<bool> {
    let row = Entity::find()
        .filter(Column::ExpiresAt.lt(before))
        .one(db)
        .await?;
    Ok(row.is_some())
}

fn hash(secret: &[u8]) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}
