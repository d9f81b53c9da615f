//! What the server notes of its checkpoints outside of the database: number, place and digest of the last one of each chain.
//!
//! Whoever has the database alone could throw a chain away with its checkpoints and their count, write another, and the server
//! would sign it as it signs a chain that was never signed. The note stands in the data directory, beside the identity key, so
//! such a chain lacks the checkpoint that is noted, and is neither signed nor called in order. The note is written after the
//! checkpoint, so a crash in between leaves a database that is ahead of it, which is fine; one that is behind was rewritten,
//! or is an older copy. Only a person knows which: `accept_restore` takes their word, and proves that they gave it.
//!
//! The file has a line for each organization: `<organization> <number> <seq> <digest in hex>`. Without the file, as after an
//! update from a version that did not note anything, what the database has is believed once.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::checkpoint;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::OrganizationId;
use crate::private_file;
use crate::store::entities::audit_checkpoint::Model;

/// Name of the file inside the data directory.
pub const FILE: &str = "audit.checkpoints";

/// A checkpoint as it is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) number: i64,
    pub(super) seq: i64,
    pub(super) digest: [u8; 32],
}

impl Mark {
    pub(super) fn of(row: &Model) -> Self {
        Self {
            number: row.number,
            seq: row.seq,
            digest: checkpoint::digest(row),
        }
    }
}

/// The last checkpoint of each chain.
pub(super) type Marks = BTreeMap<OrganizationId, Mark>;

fn path(ctx: &Ctx) -> PathBuf {
    ctx.config.data.join(FILE)
}

/// What is noted; nothing when there is no file.
pub(super) fn read(ctx: &Ctx) -> Result<Marks> {
    let path = path(ctx);
    load(&path).map_err(|source| unusable(&path, &source))
}

/// Notes a checkpoint, unless a later one of its chain is noted already.
pub(super) async fn advance(ctx: &Ctx, organization: OrganizationId, mark: Mark) -> Result<()> {
    change(ctx, move |marks| {
        let later = marks
            .get(&organization)
            .is_some_and(|noted| noted.number >= mark.number);
        if !later {
            marks.insert(organization, mark);
        }
        !later
    })
    .await
}

/// Notes these checkpoints and no others, whatever was noted before, or could not be read.
pub(super) async fn replace(ctx: &Ctx, marks: Marks) -> Result<()> {
    let path = path(ctx);
    blocking(path, move |path| {
        let _alone = private_file::wait_alone(path)?;
        private_file::replace(path, &text(&marks))
    })
    .await
}

/// Changes the note; `false` from `what` leaves it as it is. Others, in this process or beside it, wait meanwhile.
async fn change(ctx: &Ctx, what: impl FnOnce(&mut Marks) -> bool + Send + 'static) -> Result<()> {
    blocking(path(ctx), move |path| {
        let _alone = private_file::wait_alone(path)?;
        let mut marks = load(path)?;
        if what(&mut marks) {
            private_file::replace(path, &text(&marks))?;
        }
        Ok(())
    })
    .await
}

/// Waits for the disk on a thread that may.
async fn blocking(path: PathBuf, work: impl FnOnce(&Path) -> io::Result<()> + Send + 'static) -> Result<()> {
    tokio::task::spawn_blocking(move || work(&path).map_err(|source| unusable(&path, &source)))
        .await
        .map_err(Error::internal)?
}

fn unusable(path: &Path, source: &io::Error) -> Error {
    Error::Unavailable {
        code: Code::StorageUnavailable,
        detail: format!(
            "What the server noted of its audit checkpoints ({}) cannot be used: {source}. Restore the file from a backup, or \
             run “farol audit accept-restore”.",
            path.display()
        ),
        source: None,
    }
}

fn load(path: &Path) -> io::Result<Marks> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is damaged")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Marks::new()),
        Err(error) => Err(error),
    }
}

fn text(marks: &Marks) -> String {
    let line = |(organization, mark): (&OrganizationId, &Mark)| {
        let Mark { number, seq, digest } = mark;
        format!("{organization} {number} {seq} {}", hex::encode(digest))
    };
    marks.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn parse(text: &str) -> Option<Marks> {
    let line = |line: &str| {
        let mut parts = line.split(' ');
        let organization = parts.next()?.parse().ok()?;
        let mark = Mark {
            number: parts.next()?.parse().ok()?,
            seq: parts.next()?.parse().ok()?,
            digest: hex::decode(parts.next()?).ok()?.try_into().ok()?,
        };
        parts.next().is_none().then_some((organization, mark))
    };
    text.lines().filter(|text| !text.is_empty()).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_back_and_damage_is_no_empty_note() {
        let mark = |number| Mark {
            number,
            seq: number * 10,
            digest: [7; 32],
        };
        let marks = Marks::from([(OrganizationId::new(), mark(1)), (OrganizationId::new(), mark(2))]);
        let written = text(&marks);
        assert_eq!(parse(&written), Some(marks));
        assert_eq!(parse(""), Some(Marks::new()));
        for cut in 1..written.len() {
            let read = parse(&written[..cut]);
            assert!(read.is_none_or(|read| read.len() < 2), "{cut}");
        }
        assert_eq!(parse(&format!("{written} x")), None);
        assert_eq!(parse(&written.replace(" 1 ", " x ")), None);
    }
}
