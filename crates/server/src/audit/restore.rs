//! Taking an older copy of the database for right, at the word of whoever has the server's command line.
//!
//! To the server a restored backup looks like a rewritten database: the checkpoint that it noted last is missing. The word is
//! proved by an entry in each chain that was not as noted; what else is wrong with a chain cannot be accepted.

use serde_json::json;

use super::noted::{self, Mark, Marks};
use super::verify::{Chain, Finding, Known};
use super::{Action, Actor, Entry, Target, TargetKind, record, retention, store};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::events::{Scope, Topic};
use crate::ids::OrganizationId;
use crate::organizations::{self, Organization};

/// What became of one organization's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Whose chain.
    pub organization: Organization,
    /// It was not as noted, and is taken for right from now on.
    pub changed: bool,
    /// Why nothing was accepted: the chain itself is not in order.
    pub finding: Option<Finding>,
}

/// A chain as it was found.
struct Look {
    organization: Organization,
    /// Its last checkpoint.
    last: Option<Mark>,
    as_noted: bool,
    finding: Option<Finding>,
}

/// Takes the chains in the database for right, though the last checkpoints are not those that were noted, and signs them.
/// Nothing is accepted while one of the chains is not in order by itself.
///
/// # Errors
/// Those of the database, and of the file with the note.
pub async fn accept_restore(ctx: &Ctx, by: &Actor) -> Result<Vec<Accepted>> {
    // A note that cannot be read is none that anything agrees with.
    let marks = noted::read(ctx).ok();
    let looks = look(ctx, marks.as_ref()).await?;
    let broken = looks.iter().any(|look| look.finding.is_some());
    if !broken && looks.iter().any(|look| !look.as_noted) {
        take(ctx, by, marks.as_ref(), &looks).await?;
    }
    let accepted = |look: Look| Accepted {
        changed: !broken && !look.as_noted,
        organization: look.organization,
        finding: look.finding,
    };
    Ok(looks.into_iter().map(accepted).collect())
}

async fn look(ctx: &Ctx, marks: Option<&Marks>) -> Result<Vec<Look>> {
    let mut known = Known::by_keys(ctx.identity.public_keys());
    let snapshot = ctx.db.snapshot().await?;
    let organizations = organizations::all(&snapshot).await?;
    // One that is noted and is not there makes a difference to everybody: no chain of its own can say so.
    let here = |id: &OrganizationId| organizations.iter().any(|organization| organization.id == *id);
    let complete = marks.is_some_and(|marks| marks.keys().all(here));
    let mut looks = Vec::new();
    for organization in organizations {
        let id = organization.id;
        let mut chain = Chain::open(&snapshot, id, &known).await?;
        let finding = match chain.go_to(i64::MAX).await? {
            Some(finding) => Some(finding),
            None => chain.end().await?,
        };
        known.marks = marks.cloned().unwrap_or_default();
        let as_noted = complete && chain.check_noted(&known).await?.is_none();
        known.marks.clear();
        let number = store::head(&snapshot, id).await?.checkpoints;
        let last = store::checkpoint(&snapshot, id, number).await?;
        looks.push(Look {
            organization,
            last: last.as_ref().map(Mark::of),
            as_noted,
            finding,
        });
    }
    snapshot.commit().await?;
    Ok(looks)
}

/// First the entries, then the note: an entry about nothing does no harm, nothing must be accepted without one.
async fn take(ctx: &Ctx, by: &Actor, marks: Option<&Marks>, looks: &[Look]) -> Result<()> {
    let side = |mark: Option<&Mark>| {
        mark.map(|mark| json!({ "checkpoint": mark.number, "entry": mark.seq, "sha256": hex::encode(mark.digest) }))
    };
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    for look in looks.iter().filter(|look| !look.as_noted) {
        let Organization { id, name, .. } = &look.organization;
        let noted = marks.and_then(|marks| marks.get(id));
        let entry = Entry::new(*id, by.clone(), Action::AuditRestoreAccepted)
            .on(Target::new(TargetKind::Organization, id, name))
            .detail(json!({ "noted": side(noted), "found": side(look.last.as_ref()) }));
        record(&tx, now, entry).await?;
    }
    tx.commit().await?;
    let found = looks
        .iter()
        .filter_map(|look| Some((look.organization.id, look.last?)));
    noted::replace(ctx, found.collect()).await?;
    retention::sign_all(ctx).await?;
    for look in looks {
        ctx.events
            .publish(Scope::Organization(look.organization.id), &[Topic::Audit]);
    }
    Ok(())
}
