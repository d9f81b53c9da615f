//! The API's description may grow. What was described and is no more, or is another thing now, breaks the programs that rely on it: it
//! fails here, unless a decision is recorded.
//!
//! `docs/api-baseline.json` is the description that programs were made from, `docs/openapi.json` the present one. A break that is meant
//! stands in `docs/api-breaks.toml` with the number of its record in `docs/decisions`, until `cargo xtask gen --only api-baseline`
//! makes the present description the baseline.
//!
//! What is sent must not get narrower, what is answered must not get wider where somebody reads it: `schema.rs` knows both directions.
//! Codes of problems, statuses below 400 and properties of answers must stay; new ones are no break, since readers are told to expect them.

mod schema;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use self::schema::{Direction, Schemas};
use crate::repo;

/// The description that programs were made from.
pub(crate) const BASELINE: &str = "docs/api-baseline.json";
/// The present one.
pub(crate) const PRESENT: &str = "docs/openapi.json";
/// Breaks that somebody decided on.
const ACCEPTED: &str = "docs/api-breaks.toml";

/// What the file says when nothing is accepted.
const NONE_ACCEPTED: &str = "\
# Breaks of the API that were decided on and are not in docs/api-baseline.json yet. Each is an entry:
#
# [[break]]
# what = \"GET /api/things: the query parameter old is gone\"   # a line that `cargo xtask check --only api` printed
# decision = 33                                                # the number of its record in docs/decisions
";

/// Compares the present description with the baseline.
///
/// # Errors
/// When something breaks programs and no decision says so, or an accepted break is none (any more).
pub(crate) fn check() -> Result<()> {
    let breaks = breaks(&read(BASELINE)?, &read(PRESENT)?);
    let accepted = accepted(
        &std::fs::read_to_string(repo::root().join(ACCEPTED)).context("reading docs/api-breaks.toml")?,
    )?;
    for (said, decision) in &accepted {
        require_record(*decision, said)?;
    }
    let findings = judged(&breaks, &accepted);
    let ok = match accepted.len() {
        0 => "nothing that was described is gone or another thing".to_owned(),
        count => format!("{count} break(s), each by a recorded decision"),
    };
    super::report(&findings, &ok)
}

/// Makes the present description what programs rely on, without what only people read, and forgets the accepted breaks.
///
/// # Errors
/// When a file cannot be read or written.
pub(crate) fn renew() -> Result<()> {
    let mut present = read(PRESENT)?;
    trim(&mut present);
    let mut text = serde_json::to_string_pretty(&present).context("writing the baseline")?;
    text.push('\n');
    for (path, text) in [(BASELINE, text.as_str()), (ACCEPTED, NONE_ACCEPTED)] {
        std::fs::write(repo::root().join(path), text).with_context(|| format!("writing {path}"))?;
        println!("  written  {path}");
    }
    Ok(())
}

/// Takes away what breaks no program: texts and examples. A property that is called so is an object, not a text.
fn trim(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| {
                let is_prose = matches!(name.as_str(), "description" | "summary") && value.is_string();
                // No property is called so.
                !is_prose && name != "example"
            });
            fields.values_mut().for_each(trim);
        }
        Value::Array(items) => items.iter_mut().for_each(trim),
        _ => {}
    }
}

/// What is left to object to: breaks that nobody accepted, and accepted ones that are none.
fn judged(breaks: &BTreeSet<String>, accepted: &[(String, u16)]) -> Vec<String> {
    let is_accepted = |one: &String| accepted.iter().any(|(said, _)| said == one);
    let stale = accepted.iter().filter(|(said, _)| !breaks.contains(said));
    let mut findings: Vec<String> = breaks.iter().filter(|one| !is_accepted(one)).cloned().collect();
    if !findings.is_empty() {
        findings.push(format!(
            "the description breaks what programs rely on: keep it, or record the decision in docs/decisions and name each line in {ACCEPTED}"
        ));
    }
    findings.extend(stale.map(|(said, _)| format!("{ACCEPTED} accepts what is no break: {said}")));
    findings
}

fn read(path: &str) -> Result<Value> {
    let text = std::fs::read_to_string(repo::root().join(path)).with_context(|| format!("reading {path}"))?;
    serde_json::from_str(&text).with_context(|| format!("reading {path}"))
}

/// The accepted breaks with the number of their decision.
fn accepted(text: &str) -> Result<Vec<(String, u16)>> {
    let table: toml::Table = text.parse().with_context(|| format!("reading {ACCEPTED}"))?;
    let mut found = Vec::new();
    for entry in table
        .get("break")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
    {
        let what = entry.get("what").and_then(toml::Value::as_str);
        let decision = entry.get("decision").and_then(toml::Value::as_integer);
        match (what, decision.map(u16::try_from)) {
            (Some(what), Some(Ok(decision))) => found.push((what.to_owned(), decision)),
            _ => bail!(
                "{ACCEPTED}: each [[break]] has `what`, a line that this check printed, and `decision`, the number of a record"
            ),
        }
    }
    Ok(found)
}

fn require_record(number: u16, what: &str) -> Result<()> {
    let prefix = format!("{number:04}-");
    let folder = repo::root().join("docs/decisions");
    if has_record(&folder, &prefix)? {
        return Ok(());
    }
    bail!("{ACCEPTED} names decision {number:04} for “{what}”, but docs/decisions has no such record")
}

fn has_record(folder: &Path, prefix: &str) -> Result<bool> {
    for entry in std::fs::read_dir(folder).context("reading docs/decisions")? {
        if entry?.file_name().to_string_lossy().starts_with(prefix) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Everything that programs made from `before` would stumble over in `now`, a line each.
fn breaks(before: &Value, now: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let schemas = Schemas { before, now };
    for (path, item) in object(&before["paths"]) {
        let Some(present) = now["paths"].get(path) else {
            found.insert(format!("{path}: the path is gone"));
            continue;
        };
        for (method, operation) in object(item).filter(|(_, operation)| operation.get("responses").is_some())
        {
            let at = format!("{} {path}", method.to_uppercase());
            match present.get(method) {
                None => {
                    found.insert(format!("{at}: the method is gone"));
                }
                Some(present) => compare(&schemas, &at, (operation, present), &mut found),
            }
        }
    }
    found
}

/// One operation.
fn compare(schemas: &Schemas<'_>, at: &str, (before, now): (&Value, &Value), found: &mut BTreeSet<String>) {
    parameters(schemas, at, (before, now), found);
    bodies(schemas, at, (before, now), found);
    answers(schemas, at, (before, now), found);
    credentials(at, (before, now), found);
    for (status, codes) in object(&before["x-farol-codes"]) {
        for code in codes.as_array().into_iter().flatten() {
            let listed = now["x-farol-codes"][status].as_array();
            if !listed.is_some_and(|present| present.contains(code)) {
                let code = code.as_str().unwrap_or_default();
                found.insert(format!("{at}: the problem code {code} ({status}) is gone"));
            }
        }
    }
}

fn parameters(
    schemas: &Schemas<'_>,
    at: &str,
    (before, now): (&Value, &Value),
    found: &mut BTreeSet<String>,
) {
    let named = |of: &'_ Value| -> Vec<(String, Value)> {
        let list = of["parameters"].as_array().cloned().unwrap_or_default();
        let name = |one: &Value| {
            format!(
                "{} parameter {}",
                one["in"].as_str().unwrap_or_default(),
                one["name"].as_str().unwrap_or_default()
            )
        };
        list.into_iter().map(|one| (name(&one), one)).collect()
    };
    let (old, new) = (named(before), named(now));
    for (name, parameter) in &old {
        match new.iter().find(|(other, _)| other == name) {
            None => {
                found.insert(format!("{at}: the {name} is gone"));
            }
            Some((_, present)) => {
                if is_true(&present["required"]) && !is_true(&parameter["required"]) {
                    found.insert(format!("{at}: the {name} is required now"));
                }
                let place = format!("{at}: the {name}");
                schemas.compare(
                    Direction::Sent,
                    &place,
                    (&parameter["schema"], &present["schema"]),
                    found,
                );
            }
        }
    }
    for (name, parameter) in &new {
        if is_true(&parameter["required"]) && old.iter().all(|(other, _)| other != name) {
            found.insert(format!("{at}: the {name} is new and required"));
        }
    }
}

fn bodies(schemas: &Schemas<'_>, at: &str, (before, now): (&Value, &Value), found: &mut BTreeSet<String>) {
    let (old, new) = (&before["requestBody"], &now["requestBody"]);
    if is_true(&new["required"]) && !is_true(&old["required"]) {
        found.insert(format!("{at}: a body is required now"));
    }
    for (media, content) in object(&old["content"]) {
        match new["content"].get(media) {
            None => {
                found.insert(format!("{at}: a body of {media} is not taken any more"));
            }
            Some(present) => {
                let place = format!("{at}: in the body,");
                schemas.compare(
                    Direction::Sent,
                    &place,
                    (&content["schema"], &present["schema"]),
                    found,
                );
            }
        }
    }
}

/// Answers that somebody reads: those that are no problems. What problems say besides their code has one schema for all of them.
fn answers(schemas: &Schemas<'_>, at: &str, (before, now): (&Value, &Value), found: &mut BTreeSet<String>) {
    for (status, answer) in object(&before["responses"]) {
        if !status.starts_with(['1', '2', '3']) {
            continue;
        }
        let answer = schemas.resolved(schemas.before, answer);
        let Some(present) = now["responses"].get(status) else {
            found.insert(format!("{at}: the answer {status} is gone"));
            continue;
        };
        let present = schemas.resolved(schemas.now, present);
        for (media, content) in object(&answer["content"]) {
            match present["content"].get(media) {
                None => {
                    found.insert(format!("{at}: the answer {status} is no {media} any more"));
                }
                Some(present) => {
                    let place = format!("{at}: in the answer {status},");
                    schemas.compare(
                        Direction::Answered,
                        &place,
                        (&content["schema"], &present["schema"]),
                        found,
                    );
                }
            }
        }
    }
    let problem = |of: &Value| of["components"]["schemas"]["Problem"].clone();
    let problems = (&problem(schemas.before), &problem(schemas.now));
    schemas.compare(Direction::Answered, "every problem:", problems, found);
}

/// A credential that was enough must go on being enough.
fn credentials(at: &str, (before, now): (&Value, &Value), found: &mut BTreeSet<String>) {
    let schemes = |of: &Value| -> BTreeSet<String> {
        let list = of["security"].as_array().into_iter().flatten();
        list.filter_map(Value::as_object)
            .map(|one| one.keys().cloned().collect::<Vec<_>>().join("+"))
            .collect()
    };
    let (old, new) = (schemes(before), schemes(now));
    // Nothing at all was enough.
    let open = |of: &BTreeSet<String>| of.is_empty() || of.contains("");
    if open(&old) && !open(&new) {
        found.insert(format!("{at}: takes a credential now"));
    }
    for scheme in old
        .iter()
        .filter(|scheme| !scheme.is_empty() && !new.contains(*scheme) && !open(&new))
    {
        found.insert(format!("{at}: {scheme} does not do any more"));
    }
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or(false)
}
