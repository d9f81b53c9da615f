//! Checking the chains: recompute every hash, compare with the signed checkpoints and with the organization's row.
//!
//! Here: reading a chain in stretches ([`Chain`]), what can be wrong with it ([`Finding`]). Everything is read from one
//! snapshot of the database, so entries written meanwhile do not look like faults. Memory does not grow with the chain.

use std::fmt;

use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;

use super::checkpoint::{self, Kind, Place, PublicKey};
use super::noted::{Mark, Marks};
use super::{GENESIS, chain, store};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::OrganizationId;
use crate::organizations::{self, Organization};
use crate::store::Db;
use crate::store::entities::{audit_checkpoint, audit_entry};

/// Rows read at once; bounds memory, whatever the length of the chain.
const STRETCH: u64 = 500;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AuditFindingKind)]
pub enum FindingKind {
    /// An entry's content and its hash do not belong together.
    Changed,
    /// An entry is in order by itself but does not continue the one before: one of the two was exchanged.
    Exchanged,
    /// There is no entry at this place, but there are later ones.
    Missing,
    /// The chain ends before this place, where there should be an entry.
    CutOff,
    /// There is an entry where the chain has none: after its end, or among those that were removed.
    Inserted,
    /// A checkpoint names another entry than the one at its place: the chain was rewritten after the checkpoint.
    CheckpointDiffers,
    /// A checkpoint is missing, or does not continue the one before.
    CheckpointMissing,
    /// A checkpoint is not signed by this server.
    SignatureWrong,
    /// The last checkpoint that the server noted outside of the database is not in it: everything was rewritten, or an
    /// older copy of the database was restored.
    NotAsNoted,
}

/// What is wrong with a chain, at the first place where something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AuditFinding)]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// The place in the chain.
    pub seq: i64,
    /// The time that the row there states, or where there is none that of the last one before it that is in order.
    pub at: Option<Timestamp>,
    /// Number of the checkpoint, where one is concerned.
    pub checkpoint: Option<i64>,
    /// For a rewritten chain: up to here it still agrees with an earlier checkpoint.
    pub since: Option<i64>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seq, checkpoint) = (self.seq, self.checkpoint.unwrap_or_default());
        match self.kind {
            FindingKind::Changed => write!(f, "entry {seq} was CHANGED after it was written"),
            FindingKind::Exchanged => write!(
                f,
                "entry {seq} does not continue entry {}: one was EXCHANGED",
                seq - 1
            ),
            FindingKind::Missing => write!(f, "entry {seq} is MISSING"),
            FindingKind::CutOff => write!(f, "entry {seq} should be there: the end was CUT OFF"),
            FindingKind::Inserted => write!(f, "entry {seq} was INSERTED where the chain has none"),
            FindingKind::CheckpointDiffers => write!(
                f,
                "checkpoint {checkpoint} names another entry {seq}: entries after {} were REWRITTEN",
                self.since.unwrap_or_default()
            ),
            FindingKind::CheckpointMissing => {
                write!(f, "checkpoint {checkpoint} is MISSING or was exchanged")
            }
            FindingKind::SignatureWrong => write!(f, "checkpoint {checkpoint} has a WRONG SIGNATURE"),
            FindingKind::NotAsNoted => write!(
                f,
                "checkpoint {checkpoint} of entry {seq}, the last one that the server noted, is NOT IN THE DATABASE: it was \
                 rewritten, or an older copy was restored (whoever restored it says so with “farol audit accept-restore”)"
            ),
        }?;
        match self.at {
            Some(at) => write!(f, " ({})", at.rfc3339()),
            None => Ok(()),
        }
    }
}

/// What a server knows of its chains outside of the database.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Public halves of the identity keys that it holds.
    pub(super) keys: Vec<PublicKey>,
    /// The last checkpoints that it noted.
    pub(super) marks: Marks,
}

impl Known {
    /// Keys alone, with nothing noted.
    #[must_use]
    pub fn by_keys(keys: Vec<PublicKey>) -> Self {
        Self {
            keys,
            marks: Marks::new(),
        }
    }
}

/// The result for one organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AuditReport)]
pub struct Report {
    /// Whose chain.
    pub organization_id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Place of the oldest entry kept; 1 unless older ones were removed by retention.
    pub first: i64,
    /// The entries up to here are in order.
    pub verified_to: i64,
    /// Place of the newest entry.
    pub last: i64,
    /// The farthest place signed by the server.
    pub signed_to: i64,
    /// What is wrong, if anything.
    pub finding: Option<Finding>,
}

impl Report {
    /// How many entries are in order.
    #[must_use]
    pub fn entries(&self) -> i64 {
        self.verified_to - self.first + 1
    }
}

/// Checks the chains of all organizations, or of one; reads every entry once.
///
/// # Errors
/// `not_found` for an unknown organization; those of the database. A broken chain is a report, not an error.
pub async fn verify(db: &Db, known: &Known, organization: Option<OrganizationId>) -> Result<Vec<Report>> {
    let snapshot = db.snapshot().await?;
    let organizations = match organization {
        Some(id) => vec![organizations::find(&snapshot, id).await?],
        None => organizations::all(&snapshot).await?,
    };
    let mut reports = Vec::new();
    if organization.is_none() {
        let here = |id: &OrganizationId| organizations.iter().any(|organization| organization.id == *id);
        let gone = known.marks.iter().filter(|(id, _)| !here(id));
        reports.extend(gone.map(|(id, mark)| gone_with_everything(*id, mark)));
    }
    for organization in organizations {
        let mut chain = Chain::open(&snapshot, organization.id, known).await?;
        let finding = match chain.go_to(i64::MAX).await? {
            Some(finding) => Some(finding),
            None => chain.end().await?,
        };
        reports.push(chain.report(&organization, finding));
    }
    snapshot.commit().await?;
    Ok(reports)
}

/// An organization with a noted checkpoint that is not in the database.
fn gone_with_everything(organization_id: OrganizationId, mark: &Mark) -> Report {
    Report {
        organization_id,
        name: "An organization that is not there".into(),
        first: 1,
        verified_to: 0,
        last: 0,
        signed_to: 0,
        finding: Some(Finding::not_as_noted(mark)),
    }
}

impl Finding {
    fn not_as_noted(mark: &Mark) -> Self {
        Self {
            kind: FindingKind::NotAsNoted,
            seq: mark.seq,
            at: None,
            checkpoint: Some(mark.number),
            since: None,
        }
    }
}

/// One chain being read.
pub(super) struct Chain<'a, C> {
    db: &'a C,
    organization: OrganizationId,
    /// What the first entry kept continues.
    pub(super) start: Place,
    /// The end as the organization's row has it.
    pub(super) head: Place,
    /// The farthest place signed.
    signed_to: i64,
    /// Up to where everything is in order.
    pub(super) place: Place,
    /// Time of the entry there.
    at: Option<Timestamp>,
    /// The last checkpoint that fits.
    fits: i64,
    /// What is wrong with the checkpoints themselves.
    fault: Option<Finding>,
}

impl<'a, C: ConnectionTrait> Chain<'a, C> {
    /// Begins at the start, after checking numbers and signatures of the checkpoints.
    pub(super) async fn open(db: &'a C, organization: OrganizationId, known: &Known) -> Result<Self> {
        let mut chain = Self::unchecked(db, organization).await?;
        chain.fault = match chain.check_checkpoints(&known.keys).await? {
            Some(fault) => Some(fault),
            None => chain.check_noted(known).await?,
        };
        Ok(chain)
    }

    /// Whether the last checkpoint that the server noted is there. One look; with what it names before it, it stands for
    /// everything that was signed until then.
    pub(super) async fn check_noted(&self, known: &Known) -> Result<Option<Finding>> {
        let Some(mark) = known.marks.get(&self.organization) else {
            return Ok(None);
        };
        let row = store::checkpoint(self.db, self.organization, mark.number).await?;
        let same = row.is_some_and(|row| checkpoint::is_signed(&row) && Mark::of(&row) == *mark);
        Ok((!same).then(|| Finding::not_as_noted(mark)))
    }

    /// Begins at the start, without looking at signatures.
    pub(super) async fn unchecked(db: &'a C, organization: OrganizationId) -> Result<Self> {
        let head = store::head(db, organization).await?;
        let pruned = store::farthest_checkpoint(db, organization, Some(Kind::Pruned)).await?;
        let farthest = store::farthest_checkpoint(db, organization, None).await?;
        let start = match pruned {
            Some(row) => Place {
                seq: row.seq,
                hash: row.hash,
            },
            None => Place {
                seq: 0,
                hash: GENESIS.to_vec(),
            },
        };
        Ok(Self {
            db,
            organization,
            head: head.place,
            signed_to: farthest.map_or(0, |row| row.seq),
            place: start.clone(),
            at: None,
            fits: start.seq,
            fault: None,
            start,
        })
    }

    /// Goes on from a place that was verified before; one before the start is forgotten.
    pub(super) fn resume(&mut self, place: Place) {
        if place.seq > self.start.seq {
            self.fits = place.seq;
            self.place = place;
        }
    }

    /// Reads on up to `last` or the end of the chain and returns the first thing that is wrong, of entries or
    /// checkpoints, whichever has the lower place.
    pub(super) async fn go_to(&mut self, last: i64) -> Result<Option<Finding>> {
        let last = last.min(self.head.seq);
        let entries = self.walk(last).await?;
        let before = |finding: &Finding| entries.as_ref().is_none_or(|other| finding.seq <= other.seq);
        let fault = self.fault.clone().filter(|fault| before(fault));
        Ok(fault.or(entries))
    }

    async fn walk(&mut self, last: i64) -> Result<Option<Finding>> {
        while self.place.seq < last {
            let rows = store::stretch(self.db, self.organization, self.place.seq, STRETCH).await?;
            let Some(farthest) = rows.last() else {
                return Ok(Some(self.here(FindingKind::CutOff, self.place.seq + 1)));
            };
            let places = (self.place.seq + 1, farthest.seq);
            let checkpoints = store::checkpoints_within(self.db, self.organization, places).await?;
            for row in rows {
                if self.place.seq == last {
                    break;
                }
                if let Some(finding) = self.step(&row, &checkpoints) {
                    return Ok(Some(finding));
                }
                self.at = Some(row.at);
                self.place = Place {
                    seq: row.seq,
                    hash: row.hash,
                };
            }
        }
        Ok(None)
    }

    /// Whether `row` continues the chain.
    fn step(&mut self, row: &audit_entry::Model, checkpoints: &[audit_checkpoint::Model]) -> Option<Finding> {
        let found = |kind| {
            Some(Finding {
                at: Some(row.at),
                ..self.here(kind, row.seq)
            })
        };
        if row.seq != self.place.seq + 1 {
            return Some(self.here(FindingKind::Missing, self.place.seq + 1));
        }
        if chain::hash(row).is_none_or(|hash| hash.as_slice() != row.hash) {
            return found(FindingKind::Changed);
        }
        if row.prev_hash != self.place.hash {
            return found(FindingKind::Exchanged);
        }
        for checkpoint in checkpoints.iter().filter(|checkpoint| checkpoint.seq == row.seq) {
            if checkpoint.hash != row.hash {
                return Some(Finding {
                    kind: FindingKind::CheckpointDiffers,
                    seq: row.seq,
                    at: Some(row.at),
                    checkpoint: Some(checkpoint.number),
                    since: Some(self.fits),
                });
            }
            self.fits = row.seq;
        }
        None
    }

    /// Whether the chain ends where it should; ask when everything before was read.
    pub(super) async fn end(&mut self) -> Result<Option<Finding>> {
        if self.place.hash != self.head.hash {
            return Ok(Some(self.here(FindingKind::Exchanged, self.place.seq + 1)));
        }
        if self.signed_to > self.head.seq {
            return Ok(Some(self.here(FindingKind::CutOff, self.head.seq + 1)));
        }
        let kept = (self.start.seq, self.head.seq);
        let outside = store::outside(self.db, self.organization, kept).await?;
        Ok(outside.map(|row| Finding {
            at: Some(row.at),
            ..self.here(FindingKind::Inserted, row.seq)
        }))
    }

    /// Numbers, signatures, and that each checkpoint names the one before. One whose key the server no longer holds counts
    /// when a later one, of a key that it holds, leads back to it.
    async fn check_checkpoints(&self, known: &[PublicKey]) -> Result<Option<Finding>> {
        let expected = store::head(self.db, self.organization).await?.checkpoints;
        let mut last: Option<audit_checkpoint::Model> = None;
        let mut doubtful: Option<Finding> = None;
        loop {
            let number = last.as_ref().map_or(0, |row| row.number);
            let rows = store::checkpoints(self.db, self.organization, number, STRETCH).await?;
            if rows.is_empty() {
                let missing = (number != expected).then(|| {
                    let place = last.as_ref().map_or(0, |row| row.seq) + 1;
                    self.of_checkpoint(FindingKind::CheckpointMissing, place, number + 1, last.as_ref())
                });
                return Ok(doubtful.or(missing));
            }
            for row in rows {
                let number = last.as_ref().map_or(0, |row| row.number) + 1;
                let kind = if !checkpoint::is_signed(&row) {
                    Some((FindingKind::SignatureWrong, row.number))
                } else if row.number != number {
                    Some((FindingKind::CheckpointMissing, number))
                } else if row.previous != last.as_ref().map_or(checkpoint::FIRST, checkpoint::digest) {
                    Some((FindingKind::CheckpointMissing, number.max(2) - 1))
                } else {
                    None
                };
                if let Some((kind, number)) = kind {
                    return Ok(Some(self.of_checkpoint(kind, row.seq, number, Some(&row))));
                }
                if checkpoint::is_of(&row, known) {
                    doubtful = None;
                } else if doubtful.is_none() {
                    let kind = FindingKind::SignatureWrong;
                    doubtful = Some(self.of_checkpoint(kind, row.seq, row.number, Some(&row)));
                }
                last = Some(row);
            }
        }
    }

    fn here(&self, kind: FindingKind, seq: i64) -> Finding {
        Finding {
            kind,
            seq,
            at: self.at,
            checkpoint: None,
            since: None,
        }
    }

    fn of_checkpoint(
        &self,
        kind: FindingKind,
        seq: i64,
        number: i64,
        row: Option<&audit_checkpoint::Model>,
    ) -> Finding {
        Finding {
            at: row.map(|row| row.at),
            checkpoint: Some(number),
            ..self.here(kind, seq)
        }
    }

    /// What was found out.
    pub(super) fn report(&self, organization: &Organization, finding: Option<Finding>) -> Report {
        Report {
            organization_id: organization.id,
            name: organization.name.clone(),
            first: self.start.seq + 1,
            verified_to: self.place.seq,
            last: self.head.seq,
            signed_to: self.signed_to,
            finding,
        }
    }
}
