//! JSON as a table for people. What stands in it comes from machines and people: nothing of it reaches the terminal as a command.

use serde_json::Value;

/// Longest text of a cell; the whole is in JSON.
const CELL_MAX: usize = 48;
/// Columns of a list.
const COLUMNS_MAX: usize = 8;

/// A list as rows, an object as lines, anything else as it is.
pub(super) fn of(value: &Value) -> String {
    let items = value.as_array().or_else(|| value["items"].as_array());
    match (items, value) {
        (Some(items), _) if items.iter().all(Value::is_object) => list(items),
        (_, Value::Object(object)) => {
            let rows: Vec<Vec<String>> = object
                .iter()
                .map(|(name, value)| vec![plain(name), cell(value)])
                .collect();
            aligned(&rows)
        }
        _ => format!("{}\n", cell(value)),
    }
}

fn list(items: &[Value]) -> String {
    let Some(first) = items.first().and_then(Value::as_object) else {
        return "none\n".into();
    };
    let simple = |name: &&String| {
        let mut values = items.iter().map(|item| &item[name.as_str()]);
        values.all(|value| !value.is_object() && !value.is_array())
    };
    let mut columns: Vec<&String> = first.keys().filter(simple).collect();
    // What a person looks for stands first; the rest keeps its order.
    columns.sort_by_key(|name| match name.as_str() {
        "method" | "name" => 0,
        "path" | "hostname" | "email" => 1,
        "id" => 9,
        _ => 5,
    });
    columns.truncate(COLUMNS_MAX);
    let mut rows = vec![columns.iter().map(|name| plain(name)).collect::<Vec<_>>()];
    rows.extend(
        items
            .iter()
            .map(|item| columns.iter().map(|name| cell(&item[name.as_str()])).collect()),
    );
    aligned(&rows)
}

fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => plain(text),
        other => plain(&other.to_string()),
    };
    if text.chars().count() <= CELL_MAX {
        return text;
    }
    let cut: String = text.chars().take(CELL_MAX - 1).collect();
    format!("{cut}…")
}

/// Without what a terminal would obey, or what turns the direction of text.
pub(super) fn plain(text: &str) -> String {
    let shown = |letter: char| {
        if letter.is_control() || farol_protocol::text::is_deceptive(letter) {
            '\u{fffd}'
        } else {
            letter
        }
    };
    text.chars().map(shown).collect()
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let padding = width.saturating_sub(cell.chars().count()) + 2;
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', padding));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_columns_and_objects_are_lines() {
        let page = json!({ "items": [
            { "id": "1", "name": "ann-pc", "tags": ["a"], "seen": 3 },
            { "id": "2", "name": "b", "tags": [], "seen": null },
        ], "next_cursor": null });
        assert_eq!(of(&page), "name    seen  id\nann-pc  3     1\nb             2\n");
        assert_eq!(of(&json!({ "version": "0.1.0" })), "version  0.1.0\n");
        assert_eq!(of(&json!({ "items": [] })), "none\n");
        assert_eq!(of(&json!("x")), "x\n");
    }

    #[test]
    fn a_machine_sends_no_commands_to_the_terminal() {
        let hostile = json!([{ "name": "a\u{1b}[2J\u{202e}b\nc" }]);
        let shown = of(&hostile);
        assert!(
            !shown.contains('\u{1b}') && !shown.contains('\u{202e}'),
            "{shown}"
        );
        assert_eq!(shown.lines().count(), 2);
        assert!(of(&json!([{ "name": "x".repeat(100) }])).contains('…'));
    }
}
