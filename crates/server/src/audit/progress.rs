//! Verification in bounded steps, for the console: each answer covers some entries and says where the next one starts.
//!
//! The place reached travels in the cursor, not in the server's memory.

use std::str::FromStr;

use serde::Serialize;
use utoipa::ToSchema;

use super::checkpoint::Place;
use super::known;
use super::verify::{Chain, Report};
use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{List, PageQuery};
use crate::ids::OrganizationId;
use crate::organizations;
use crate::rights::Permission;

/// Entries covered by one answer of the API: some tenths of a second of work.
pub const STEP: i64 = 10_000;

/// What a verification has found so far.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditVerification)]
pub struct Verification {
    /// When the entries were read.
    pub at: Timestamp,
    /// The chain that was read on; `verified_to` says how far.
    pub report: Report,
    /// Where the next answer goes on; `null` when everything was read.
    pub next_cursor: Option<String>,
}

/// A place in one of the caller's chains.
struct Cursor {
    organization: OrganizationId,
    place: Place,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Place { seq, hash } = &self.place;
        write!(f, "{} {seq} {}", self.organization, hex::encode(hash))
    }
}

impl FromStr for Cursor {
    type Err = Box<dyn std::error::Error>;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let mut parts = text.split(' ');
        let mut next = || parts.next().ok_or("a part is missing");
        let organization = next()?.parse()?;
        let (seq, hash) = (next()?.parse()?, hex::decode(next()?)?);
        Ok(Self {
            organization,
            place: Place { seq, hash },
        })
    }
}

/// Verifies the chains of the caller's organizations, one after the other, `step` entries at a time.
///
/// # Errors
/// `forbidden` when the caller may read none; `validation_failed` for a cursor of something else; those of the database.
pub async fn verify_some(ctx: &Ctx, by: &Caller, cursor: Option<&str>, step: i64) -> Result<Verification> {
    let mut allowed = by.require_any(Permission::AuditRead)?;
    allowed.sort_unstable();
    let query = PageQuery {
        cursor: cursor.map(str::to_owned),
        limit: None,
    };
    let list = List::new(ctx, "audit/verification");
    let resumed: Option<Cursor> = query.key(&list)?;
    // An organization that the caller has left meanwhile is passed over.
    let from = resumed.as_ref().map(|cursor| cursor.organization);
    let mut rest = allowed
        .iter()
        .copied()
        .filter(|id| from.is_none_or(|from| *id >= from));
    let id = rest
        .next()
        .or(allowed.first().copied())
        .ok_or_else(Error::not_signed_in)?;
    let next = rest.next();

    let snapshot = ctx.db.snapshot().await?;
    let organization = organizations::find(&snapshot, id).await?;
    let mut chain = match resumed.filter(|cursor| cursor.organization == id && cursor.place.seq > 0) {
        None => Chain::open(&snapshot, id, &known(ctx)?).await?,
        Some(cursor) => {
            let mut chain = Chain::unchecked(&snapshot, id).await?;
            chain.resume(cursor.place);
            chain
        }
    };
    let mut finding = chain.go_to(chain.place.seq.saturating_add(step)).await?;
    let finished = finding.is_some() || chain.place.seq >= chain.head.seq;
    if finished && finding.is_none() {
        finding = chain.end().await?;
    }
    let report = chain.report(&organization, finding);
    let next = if finished {
        next.map(|organization| Cursor {
            organization,
            place: Place {
                seq: 0,
                hash: Vec::new(),
            },
        })
    } else {
        Some(Cursor {
            organization: id,
            place: chain.place.clone(),
        })
    };
    snapshot.commit().await?;
    Ok(Verification {
        at: ctx.clock.now(),
        report,
        next_cursor: next.map(|cursor| list.cursor(&cursor)),
    })
}
