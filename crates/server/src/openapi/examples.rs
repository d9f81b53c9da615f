//! Examples in the description: requests as they are sent, and what is answered.
//!
//! Each file of `examples/` is a story: what somebody does, in this order, on a server of its own. A test plays each of them
//! (`tests/sessions/examples.rs`) and holds every answer against the one that stands there. It also fails when an operation has no example.
//!
//! # Adding one
//! To the story it belongs to, after what it needs:
//! ```json
//! { "operation": "rename_site", "parameters": { "id": "01999a00-…", "If-Match": "\"1\"" }, "request": { "name": "Old harbor" },
//!   "status": 200, "answer": { "…": "all fields that are answered" } }
//! ```
//! - `parameters` are those of path, query and headers, by name; the first example of an operation is the one that is shown.
//! - An answer that is no JSON is a text, with its type as `media` where several are described.
//! - `by` says whose browser asks, with the cookies it was given before: an owner's, Ann's, when it is left out; `nobody` has none.
//!   `authorization` is sent instead of cookies.
//! - Ids begin with `01999a00-`, secrets end with `-shown-once` (alone, or at the end of an address). What an answer names so stands for
//!   what was really answered in all that follows. From the beginning there are Ann (…0005) in Rock Light (…0001), its site (…0008) and a
//!   machine (…0003).
//! - `{ "meanwhile": "the machine accepts" }` is no request but what happens elsewhere; `tests/sessions/examples/meanwhile.rs` knows how.
//! - Values of answers may be others than here, of the same kinds; lists may be shorter, and what may be missing may be `null`.
//!
//! A new story is a line in [`STORIES`], and one in the test.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The stories by name. Where several tell of an operation, the first has the example.
pub const STORIES: &[(&str, &str)] = &[
    ("first-steps", include_str!("examples/first-steps.json")),
    ("signing-in", include_str!("examples/signing-in.json")),
    ("organizations", include_str!("examples/organizations.json")),
    ("people", include_str!("examples/people.json")),
    ("roles", include_str!("examples/roles.json")),
    ("teams", include_str!("examples/teams.json")),
    ("access", include_str!("examples/access.json")),
    ("enrollment", include_str!("examples/enrollment.json")),
    ("machines", include_str!("examples/machines.json")),
    ("sessions", include_str!("examples/sessions.json")),
    ("support", include_str!("examples/support.json")),
    ("helpdesk", include_str!("examples/helpdesk.json")),
    ("api-tokens", include_str!("examples/api-tokens.json")),
    ("audit", include_str!("examples/audit.json")),
    ("mail", include_str!("examples/mail.json")),
    (
        "identity-providers",
        include_str!("examples/identity-providers.json"),
    ),
    ("webhooks", include_str!("examples/webhooks.json")),
    ("server", include_str!("examples/server.json")),
];

/// One exchange with the API, as far as the description shows it.
#[derive(Debug, Deserialize)]
struct Example {
    /// Name of the operation.
    operation: String,
    /// Parameters of path, query and headers by name.
    #[serde(default)]
    parameters: Map<String, Value>,
    /// The body that is sent.
    request: Option<Value>,
    /// The status that is answered.
    status: u16,
    /// The body that is answered; a text when it is no JSON.
    answer: Option<Value>,
    /// The type of that text, where several are described.
    media: Option<String>,
}

/// All of them in their order, without what happens meanwhile.
fn all() -> Vec<Example> {
    // The files are part of the program; a test says when one cannot be read.
    let entries = STORIES
        .iter()
        .flat_map(|(_, text)| serde_json::from_str::<Vec<Value>>(text).unwrap_or_default());
    entries
        .filter(|entry| entry.get("operation").is_some())
        .filter_map(|entry| serde_json::from_value(entry).ok())
        .collect()
}

/// Puts the examples where readers of the description look for them.
pub(super) fn add(document: &mut Value) {
    let examples = all();
    super::each_operation(document, |operation| {
        let name = operation.get("operationId").and_then(Value::as_str);
        if let Some(example) = examples.iter().find(|example| name == Some(&example.operation)) {
            put(operation, example);
        }
    });
}

fn put(operation: &mut Map<String, Value>, example: &Example) {
    for parameter in operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let name = parameter["name"].as_str().unwrap_or_default();
        if let Some(value) = example.parameters.get(name) {
            parameter["example"] = value.clone();
        }
    }
    if let Some(body) = &example.request
        && let Some(content) = operation
            .get_mut("requestBody")
            .and_then(|body| shown(body, None))
    {
        content["example"] = body.clone();
    }
    if let Some(body) = &example.answer
        && let Some(answer) = operation
            .get_mut("responses")
            .and_then(|all| all.get_mut(example.status.to_string()))
        && let Some(content) = shown(answer, example.media.as_deref())
    {
        content["example"] = body.clone();
    }
}

/// The content of a request or an answer that has the example: its JSON if no other type is named, or what it has instead.
fn shown<'a>(holder: &'a mut Value, media: Option<&str>) -> Option<&'a mut Value> {
    let all = holder.get_mut("content")?.as_object_mut()?;
    let wanted = media.unwrap_or("application/json");
    let name = all
        .keys()
        .find(|name| *name == wanted)
        .or_else(|| all.keys().next())?
        .clone();
    all.get_mut(&name)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_story_can_be_read() {
        let mut written = 0;
        for (name, text) in STORIES {
            let entries: Vec<Value> =
                serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            for entry in entries.iter().filter(|entry| entry.get("meanwhile").is_none()) {
                let read: Result<Example, _> = serde_json::from_value(entry.clone());
                assert!(read.is_ok(), "{name}: {entry}: {read:?}");
                written += 1;
            }
        }
        assert_eq!(all().len(), written);
    }

    #[test]
    fn the_first_example_of_each_operation_stands_in_the_description() {
        let mut document = super::super::document();
        let mut operations = BTreeMap::new();
        super::super::each_operation(&mut document, |operation| {
            operations.insert(
                operation["operationId"].as_str().unwrap().to_owned(),
                operation.clone(),
            );
        });
        let mut seen = BTreeSet::new();
        for example in all() {
            let operation = operations
                .get_mut(&example.operation)
                .unwrap_or_else(|| panic!("there is no operation {}", example.operation));
            for name in example.parameters.keys() {
                let parameters = operation["parameters"].as_array().unwrap();
                assert!(
                    parameters.iter().any(|one| one["name"] == **name),
                    "{example:?}: {name}"
                );
            }
            let answer = operation["responses"].get_mut(example.status.to_string());
            let answer = answer.unwrap_or_else(|| panic!("{example:?} answers what is not described"));
            let said = shown(answer, example.media.as_deref()).map(|content| content["example"].clone());
            if !seen.insert(example.operation.clone()) {
                continue;
            }
            assert_eq!(
                said.filter(|said| !said.is_null()),
                example.answer,
                "{}",
                example.operation
            );
            let sent = operation
                .get_mut("requestBody")
                .and_then(|body| shown(body, None));
            let sent = sent.map(|content| content["example"].clone());
            assert_eq!(
                sent.filter(|sent| !sent.is_null()),
                example.request,
                "{}",
                example.operation
            );
        }
    }
}
