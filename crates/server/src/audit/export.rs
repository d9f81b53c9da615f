//! Exports: CSV for spreadsheets, NDJSON for programs and for proof, both as a stream of bounded memory.
//!
//! Entries go out oldest first, one organization after the other, up to the entry about the export itself; what is
//! written meanwhile is not in it. A client that reads slowly holds no transaction open.

use std::collections::VecDeque;

use axum::body::Bytes;
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::filter::Filter;
use super::{AuditEntry, store};
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::OrganizationId;
use crate::store::Db;
use crate::store::entities::audit_entry::Model;

/// Rows read and written at once. An entry has 16 KB at the very most, so a piece stays below 10 MB and is usually 200 KB.
const PIECE: u64 = 200;

/// Form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AuditExportFormat)]
pub enum Format {
    /// For spreadsheets: RFC 4180, UTF-8 with a byte-order mark, one line per entry under a line with names. A cell that a
    /// spreadsheet would take for a formula has an apostrophe in front.
    Csv,
    /// One JSON object per line: the entry as in the list, and in `chain` what its hash is computed from.
    Ndjson,
}

impl Format {
    /// Media type.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// File name extension, and the name in the entry about the export.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// An export that was allowed and recorded.
pub struct Export {
    pub(super) format: Format,
    pub(super) filter: Filter,
    /// Whose entries, each up to a place.
    pub(super) chains: VecDeque<(OrganizationId, i64)>,
}

/// The stream's state.
struct Run {
    db: Db,
    stop: CancellationToken,
    export: Export,
    after: i64,
    begun: bool,
}

impl Export {
    /// The bytes. An error in the middle breaks the connection off, so that half a file is not taken for a whole one.
    pub(super) fn bytes(self, ctx: &Ctx) -> impl Stream<Item = Result<Bytes>> + use<> {
        let run = Run {
            db: ctx.db.clone(),
            stop: ctx.shutdown.clone(),
            export: self,
            after: 0,
            begun: false,
        };
        stream::try_unfold(run, async |mut run| {
            Ok(run.piece().await?.map(|piece| (Bytes::from(piece), run)))
        })
    }
}

impl Run {
    async fn piece(&mut self) -> Result<Option<String>> {
        let format = self.export.format;
        if !self.begun {
            self.begun = true;
            if format == Format::Csv {
                return Ok(Some(csv_head()));
            }
        }
        while let Some(&(organization, last)) = self.export.chains.front() {
            if self.stop.is_cancelled() {
                return Err(stopping());
            }
            let places = (self.after, last);
            let rows =
                store::oldest(self.db.read(), organization, &self.export.filter, places, PIECE).await?;
            match rows.last() {
                Some(row) => {
                    self.after = row.seq;
                    return rows
                        .into_iter()
                        .map(|row| line(format, row))
                        .collect::<Result<_>>()
                        .map(Some);
                }
                None => {
                    self.export.chains.pop_front();
                    self.after = 0;
                }
            }
        }
        Ok(None)
    }
}

fn stopping() -> Error {
    Error::Unavailable {
        code: Code::ShuttingDown,
        detail: "The server is about to stop. Start the export again in a moment.".into(),
        source: None,
    }
}

fn line(format: Format, row: Model) -> Result<String> {
    match format {
        Format::Csv => Ok(csv_line(&row)),
        Format::Ndjson => ndjson_line(row),
    }
}

/// What an entry's hash is computed from, beside the fields of the entry itself.
#[derive(Serialize)]
struct Link<'a> {
    version: i32,
    prev_hash: String,
    hash: String,
    /// Milliseconds since 1970, as hashed.
    at: i64,
    /// Texts exactly as hashed; the entry has them as objects.
    detail: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    entry: AuditEntry,
    chain: Link<'a>,
}

fn ndjson_line(row: Model) -> Result<String> {
    let line = Line {
        chain: Link {
            version: row.chain_version,
            prev_hash: hex::encode(&row.prev_hash),
            hash: hex::encode(&row.hash),
            at: row.at.0,
            detail: &row.detail,
            before: row.before.as_deref(),
            after: row.after.as_deref(),
        },
        entry: AuditEntry::from(row.clone()),
    };
    let mut text = serde_json::to_string(&line).map_err(Error::internal)?;
    text.push('\n');
    Ok(text)
}

/// Names of the columns, in their order.
const COLUMNS: [&str; 19] = [
    "seq",
    "at",
    "organization_id",
    "actor_kind",
    "actor_id",
    "actor_name",
    "action",
    "target_kind",
    "target_id",
    "target_name",
    "address",
    "request_id",
    "before",
    "after",
    "detail",
    "id",
    "chain_version",
    "prev_hash",
    "hash",
];

fn csv_head() -> String {
    let mut text = String::from('\u{feff}');
    push_record(&mut text, COLUMNS.map(String::from));
    text
}

fn csv_line(row: &Model) -> String {
    let some = |field: &Option<String>| field.clone().unwrap_or_default();
    let mut text = String::new();
    push_record(
        &mut text,
        [
            row.seq.to_string(),
            row.at.rfc3339(),
            row.organization_id.to_string(),
            row.actor_kind.clone(),
            some(&row.actor_id),
            row.actor_name.clone(),
            row.action.clone(),
            some(&row.target_kind),
            some(&row.target_id),
            some(&row.target_name),
            some(&row.address),
            some(&row.request_id),
            some(&row.before),
            some(&row.after),
            row.detail.clone(),
            row.id.to_string(),
            row.chain_version.to_string(),
            hex::encode(&row.prev_hash),
            hex::encode(&row.hash),
        ],
    );
    text
}

fn push_record<const N: usize>(text: &mut String, cells: [String; N]) {
    for (number, cell) in cells.iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        push_cell(text, cell);
    }
    text.push_str("\r\n");
}

/// Writes a cell. Spreadsheets run what begins like a formula (OWASP, CSV injection), also with the wide signs of East
/// Asian keyboards; an apostrophe in front makes it text. One that stands there already is doubled in the same way, so
/// that nothing is ambiguous.
fn push_cell(text: &mut String, cell: &str) {
    const RISKY: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠'];
    let apostrophe = if cell.starts_with(RISKY) { "'" } else { "" };
    if cell.contains([',', '"', '\r', '\n']) {
        text.push('"');
        text.push_str(apostrophe);
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(apostrophe);
        text.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads RFC 4180, by its grammar and not by the code above.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut records, mut record, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match (quoted, letter) {
                (true, '"') if letters.peek() == Some(&'"') => {
                    letters.next();
                    cell.push('"');
                }
                (true, '"') => quoted = false,
                (false, '"') => {
                    assert!(cell.is_empty(), "a quote inside a bare cell");
                    quoted = true;
                }
                (false, ',') => record.push(std::mem::take(&mut cell)),
                (false, '\r') => {
                    assert_eq!(letters.next(), Some('\n'));
                    record.push(std::mem::take(&mut cell));
                    records.push(std::mem::take(&mut record));
                }
                (false, '\n') => panic!("a bare line feed"),
                (_, letter) => cell.push(letter),
            }
        }
        assert!(
            record.is_empty() && cell.is_empty() && !quoted,
            "an unfinished record"
        );
        records
    }

    proptest! {
        #[test]
        fn csv_is_read_back_and_holds_no_formula(
            cells in proptest::array::uniform4("([=+@\\-'\t\r\n\"＝]|.){0,8}")
        ) {
            let mut text = String::new();
            push_record(&mut text, cells.clone());
            push_record(&mut text, cells.clone());
            let records = read(&text);
            prop_assert_eq!(records.len(), 2);
            for (read, written) in records[1].iter().zip(&cells) {
                prop_assert!(!read.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']));
                prop_assert_eq!(read.strip_prefix('\'').unwrap_or(read), written);
            }
        }
    }

    #[test]
    fn the_head_has_a_byte_order_mark_and_every_column() {
        let head = csv_head();
        assert!(head.starts_with("\u{feff}seq,at,"));
        assert_eq!(read(head.trim_start_matches('\u{feff}'))[0], COLUMNS);
    }
}
