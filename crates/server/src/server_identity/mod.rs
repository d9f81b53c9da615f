//! The server's identity keys as administrators see and change them.
//!
//! Here: who may rotate and retire, with audit entries, and how many agents trust which key. Not here: the keys themselves
//! (`crate::identity`), telling agents of a new one (`crate::link`).
//!
//! ```text
//! one key ──rotate──▶ new key, old key: both serve; each agent is told at its next link, signed by the key it trusts
//!         ──retire──▶ new key: agents that were not here in between have to be enrolled again
//! ```

mod api;

use farol_protocol::identity::ServerPublicKey;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::accounts::Caller;
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::events::{Scope, Topic};
use crate::identity::{Change, ChangeError};
use crate::machines;
use crate::organizations;
use crate::presence::Command;
use crate::rights::Permission;

pub use api::routes;

/// The server's identity keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ServerIdentity)]
pub struct View {
    /// The present key first, then those that some agents may still trust.
    pub keys: Vec<KeyView>,
}

/// One of the server's identity keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ServerKeyView)]
pub struct KeyView {
    /// First 16 hex digits of its SHA-256, as enrollment tokens carry them.
    pub fingerprint: String,
    /// Whether new enrollments pin it.
    pub present: bool,
    /// Machines whose agents trust it, as last seen.
    pub trusted_by: u64,
}

/// Who changes the keys.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// An account.
    Caller(&'a Caller),
    /// Whoever has the server's command line.
    CommandLine,
}

impl By<'_> {
    fn allowed(self) -> Result<()> {
        match self {
            Self::Caller(caller) => caller.require_at(None, Permission::ServerManage),
            Self::CommandLine => Ok(()),
        }
    }
}

/// The keys, and how many agents trust each.
///
/// # Errors
/// `forbidden`; those of the database.
pub async fn view(ctx: &Ctx, by: By<'_>) -> Result<View> {
    by.allowed()?;
    let mut keys = Vec::new();
    for (index, key) in ctx.identity.public_keys().iter().enumerate() {
        let fingerprint = ServerPublicKey::from_slice(key)
            .map_err(Error::internal)?
            .fingerprint();
        keys.push(KeyView {
            trusted_by: machines::trusting(ctx, &fingerprint).await?,
            present: index == 0,
            fingerprint,
        });
    }
    Ok(View { keys })
}

/// Makes a new identity key. Agents that are connected are asked to come again and learn of it then.
///
/// # Errors
/// `forbidden`, `conflict` when too many keys are held; those of the database.
pub async fn rotate(ctx: &Ctx, by: By<'_>) -> Result<View> {
    by.allowed()?;
    let change = ctx.identity.prepare_rotation().map_err(refused)?;
    let sides = (
        json!({ "identity_key": ctx.identity.key_hash() }),
        json!({ "identity_key": change.present() }),
    );
    make(ctx, by, &change, (Action::ServerIdentityRotated, sides)).await?;
    ctx.presence.tell_all(|| Command::IdentityChanged);
    view(ctx, by).await
}

/// Gives up the older identity keys.
///
/// # Errors
/// `forbidden`, `conflict` when there are none; those of the database.
pub async fn retire(ctx: &Ctx, by: By<'_>) -> Result<View> {
    by.allowed()?;
    let change = ctx.identity.prepare_retirement().map_err(refused)?;
    let older = view(ctx, by).await?;
    if older.keys.len() < 2 {
        return Err(Error::conflict(
            Code::Conflict,
            "There is no older identity key to retire.",
        ));
    }
    let retired: Vec<_> = older.keys.iter().skip(1).collect();
    let sides = (json!({ "retired": retired }), Value::Null);
    make(ctx, by, &change, (Action::ServerIdentityRetired, sides)).await?;
    view(ctx, by).await
}

fn refused(error: ChangeError) -> Error {
    match error {
        ChangeError::System(source) => Error::internal(source),
        ChangeError::UnderWay | ChangeError::Full => {
            let detail = format!("The identity key cannot be changed: {error}.");
            Error::conflict(Code::Conflict, detail)
        }
    }
}

/// Makes a change together with its entries. The file is changed last before the commit, and changed back when that fails.
/// The keys are everybody's: every organization's chain gets the entry.
async fn make(
    ctx: &Ctx,
    by: By<'_>,
    change: &Change,
    (action, (before, after)): (Action, (Value, Value)),
) -> Result<()> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let organizations = organizations::all(&tx).await?;
    for organization in &organizations {
        let entry = match by {
            By::Caller(caller) => caller.entry(organization.id, action),
            By::CommandLine => Entry::new(organization.id, Actor::command_line(), action),
        };
        let target = Target::new(TargetKind::Server, change.present(), "identity key");
        audit::record(&tx, now, entry.on(target).change(before.clone(), after.clone())).await?;
    }
    change.put().map_err(Error::internal)?;
    if let Err(error) = tx.commit().await {
        if let Err(error) = change.take_back() {
            tracing::error!(%error, "the identity keys were changed without an audit entry, and cannot be changed back");
        }
        return Err(error.into());
    }
    // So that the present key vouches for what the older ones signed.
    audit::sign_all(ctx).await?;
    for organization in organizations {
        ctx.events
            .publish(Scope::Organization(organization.id), &[Topic::Audit]);
    }
    Ok(())
}
