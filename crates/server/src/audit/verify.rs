//! Checking the chains: recompute every hash, and compare the end with the organization's row.

use serde::Serialize;

use super::{chain, store};
use crate::error::Result;
use crate::ids::OrganizationId;
use crate::organizations;
use crate::store::Db;

/// Rows read at once; bounds memory, whatever the length of the chain.
const STRETCH: u64 = 500;

/// What is wrong with a chain, at the first place where something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// An entry's content and its hash do not belong together.
    Changed {
        /// The entry's place.
        seq: i64,
    },
    /// An entry does not continue the one before: entries are missing or were exchanged.
    Broken {
        /// The place where the next entry should be.
        expected: i64,
        /// The place of the entry that is there.
        seq: i64,
    },
    /// The chain ends earlier or otherwise than the organization's row says.
    CutOff {
        /// Number of entries there should be.
        expected: i64,
        /// Number of entries found.
        found: i64,
    },
}

/// The result for one organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whose chain.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// Entries that are in order, counted from the first.
    pub entries: i64,
    /// What is wrong, if anything.
    pub finding: Option<Finding>,
}

/// Checks the chains of all organizations; reads every entry once.
///
/// # Errors
/// Those of the database; a broken chain is a report, not an error.
pub async fn verify(db: &Db) -> Result<Vec<Report>> {
    let mut reports = Vec::new();
    for organization in organizations::all(db.read()).await? {
        // The end first: entries added while reading may be more, never fewer.
        let head = store::head(db.read(), organization.id).await?;
        let (entries, finding) = check(db, organization.id, head).await?;
        reports.push(Report {
            organization: organization.id,
            name: organization.name,
            entries,
            finding,
        });
    }
    Ok(reports)
}

async fn check(
    db: &Db,
    organization: OrganizationId,
    head: (i64, Vec<u8>),
) -> Result<(i64, Option<Finding>)> {
    let (last, last_hash) = head;
    let mut seq = 0;
    let mut hash = chain::GENESIS.to_vec();
    'chain: while seq < last {
        let rows = store::stretch(db.read(), organization, seq, STRETCH).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq > last {
                break 'chain;
            }
            if row.seq != seq + 1 || row.prev_hash != hash {
                return Ok((
                    seq,
                    Some(Finding::Broken {
                        expected: seq + 1,
                        seq: row.seq,
                    }),
                ));
            }
            if chain::hash(&row).as_slice() != row.hash {
                return Ok((seq, Some(Finding::Changed { seq: row.seq })));
            }
            seq = row.seq;
            hash = row.hash;
        }
    }
    let whole = seq == last && hash == last_hash;
    Ok((
        seq,
        (!whole).then_some(Finding::CutOff {
            expected: last,
            found: seq,
        }),
    ))
}
