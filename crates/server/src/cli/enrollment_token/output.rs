//! What `farol enrollment-token` prints: tables for people, JSON for programs.

use clap::ValueEnum;
use farol_protocol::text::is_deceptive;
use serde::Serialize;

use super::Failure;
use crate::clock::Timestamp;
use crate::enrollment::{EnrollmentToken, TokenState, TokenUse};
use crate::http::Page;
use crate::ids::SiteId;
use crate::organizations::Site;

/// Between two columns.
const GAP: &str = "  ";

pub(super) fn json<T: Serialize>(value: &T) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::Rule(error.to_string()))?;
    Ok(text + "\n")
}

/// Text of people and agents as one harmless piece of a line.
pub(super) fn plain(text: &str) -> String {
    text.replace(is_deceptive, " ")
}

/// One line for each token under a line of titles.
pub(super) fn table(tokens: &[EnrollmentToken], sites: &[Site]) -> String {
    let titles = ["ID", "NAME", "STATE", "USES", "APPROVAL", "SITE", "EXPIRES"];
    let rows = tokens.iter().map(|token| {
        vec![
            token.id.to_string(),
            plain(&token.name),
            state(token.state).into(),
            uses_of(token),
            approval(token),
            site_name(sites, token.site_id),
            minute(token.expires_at),
        ]
    });
    aligned(&titles, &rows.collect::<Vec<_>>())
}

/// Everything about one token, a line each.
pub(super) fn card(token: &EnrollmentToken, sites: &[Site]) -> String {
    let or_none = |text: Option<&String>| text.map_or("–".into(), |text| plain(text));
    let joined = |list: &[String], none: &str| match list {
        [] => none.to_owned(),
        list => plain(&list.join(", ")),
    };
    let lines = [
        ("id", token.id.to_string()),
        ("name", plain(&token.name)),
        ("state", state(token.state).into()),
        ("uses", uses_of(token)),
        ("waiting", token.waiting.to_string()),
        ("approval", approval(token)),
        ("site", site_name(sites, token.site_id)),
        ("department", or_none(token.labels.department.as_ref())),
        ("device type", or_none(token.labels.device_type.as_ref())),
        ("tags", joined(&token.labels.tags, "–")),
        ("networks", joined(&token.networks, "anywhere")),
        ("expires", minute(token.expires_at)),
        (
            "created",
            format!(
                "{} by {}",
                minute(token.created_at),
                plain(&token.created_by.name)
            ),
        ),
        ("revoked", token.revoked_at.map_or("–".into(), minute)),
    ];
    let lines = lines.iter().map(|(name, value)| format!("{name:<13}{value}\n"));
    lines.collect()
}

/// The machines that came with a token.
pub(super) fn uses(page: &Page<TokenUse>) -> String {
    if page.items.is_empty() {
        return String::new();
    }
    let titles = ["ENROLLED", "MACHINE", "NAME", "FROM"];
    let rows = page.items.iter().map(|used| {
        let (id, name) = match &used.machine {
            Some(machine) => (machine.id.to_string(), plain(&machine.name)),
            None => ("removed".into(), plain(&used.machine_name)),
        };
        let address = used.address.as_deref().map_or("–".into(), plain);
        vec![minute(used.at), id, name, address]
    });
    let table = aligned(&titles, &rows.collect::<Vec<_>>());
    let more = if page.next_cursor.is_some() {
        "and more; --json prints all\n"
    } else {
        ""
    };
    format!("\n{table}{more}")
}

fn uses_of(token: &EnrollmentToken) -> String {
    match token.max_uses {
        Some(max) => format!("{}/{max}", token.uses),
        None => format!("{}/any", token.uses),
    }
}

fn state(state: TokenState) -> &'static str {
    match state {
        TokenState::Active => "active",
        TokenState::UsedUp => "used up",
        TokenState::Expired => "expired",
        TokenState::Revoked => "revoked",
    }
}

fn approval(token: &EnrollmentToken) -> String {
    let value = token.approval.to_possible_value();
    value.map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn site_name(sites: &[Site], id: SiteId) -> String {
    let site = sites.iter().find(|site| site.id == id);
    site.map_or_else(|| id.to_string(), |site| plain(&site.name))
}

/// `2026-03-01T12:00Z`: nobody plans enrollment by the second.
fn minute(at: Timestamp) -> String {
    let text = at.rfc3339();
    text.get(..16)
        .map_or_else(|| text.clone(), |minute| format!("{minute}Z"))
}

/// Columns as wide as their widest text; the last one is not filled up.
fn aligned(titles: &[&str], rows: &[Vec<String>]) -> String {
    let titles: Vec<String> = titles.iter().map(ToString::to_string).collect();
    let lines = || std::iter::once(&titles).chain(rows);
    let width = |column: usize| {
        let cells = lines().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let mut text = String::new();
    for line in lines() {
        let cells = line.iter().zip(&widths);
        let cells: Vec<String> = cells.map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join(GAP).trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_stands_in_them() {
        let rows = [
            vec!["ä".to_owned(), "x".into()],
            vec!["long".into(), String::new()],
        ];
        assert_eq!(aligned(&["A", "B"], &rows), "A     B\nä     x\nlong\n");
        assert_eq!(minute(Timestamp(1_772_366_400_000)), "2026-03-01T12:00Z");
        assert_eq!(plain("a\u{1b}[2J\u{202e}b"), "a [2J b");
    }
}
