//! Holds every answer that a test sees against the API's own description: its status, its problem code, its type and its form, and
//! where wrong fields stand. What is not described fails the test that saw it.

use std::collections::{BTreeSet, HashMap};
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use axum::http::Method;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

static DOCUMENT: LazyLock<Value> = LazyLock::new(farol_server::openapi::document);
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// One answer.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    pub method: &'a Method,
    /// As it was asked, with its query.
    pub path: &'a str,
    pub status: u16,
    pub content_type: Option<&'a str>,
    pub text: &'a str,
}

/// Panics with what is not as described. Addresses that the description does not have are none of its business.
///
/// With `FAROL_UNDESCRIBED=<file>` it is written there instead, a line each, so that one run of all tests tells everything that a change
/// of the API left out.
#[track_caller]
pub fn check(seen: &Seen<'_>) {
    let Err(what) = judged(seen) else { return };
    match std::env::var_os("FAROL_UNDESCRIBED") {
        Some(file) => {
            let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
            writeln!(file, "{what}").unwrap();
        }
        None => panic!("{what}"),
    }
}

fn judged(seen: &Seen<'_>) -> Result<(), String> {
    let Some((template, operation)) = operation(seen.method, seen.path) else {
        return Ok(());
    };
    let name = format!("{} {template} {}", seen.method, seen.status);
    let described = resolved(&operation["responses"][seen.status.to_string()]);
    if !described.is_object() {
        return Err(format!("{name} is not described: {}", seen.text));
    }
    let media = seen
        .content_type
        .and_then(|kind| kind.split(';').next())
        .map(str::trim);
    let media = match (media, described["content"].as_object()) {
        (_, None) if seen.text.is_empty() => return Ok(()),
        (_, None) => return Err(format!("{name} has a body that is not described: {}", seen.text)),
        (None, Some(_)) => return Err(format!("{name} has no body, but one is described")),
        (Some(media), Some(content)) if content.contains_key(media) => media,
        (Some(media), Some(_)) => return Err(format!("{name} is {media}, which is not described")),
    };
    // Of what was picked, only a part of what is described is there.
    let picked = media == "application/json" && seen.path.contains("fields=");
    if picked || (media != "application/json" && media != "application/problem+json") {
        return Ok(());
    }
    let body: Value = serde_json::from_str(seen.text)
        .map_err(|error| format!("{name} is no JSON ({error}): {}", seen.text))?;
    if media == "application/problem+json" {
        let codes = &operation["x-farol-codes"][seen.status.to_string()];
        if !codes
            .as_array()
            .is_some_and(|codes| codes.contains(&body["code"]))
        {
            return Err(format!("{name}: the code {} is not described", body["code"]));
        }
        let mut wrong = body["errors"].as_array().into_iter().flatten();
        if let Some(wrong) = wrong.find(|wrong| !exists(operation, wrong)) {
            return Err(format!("{name}: the request has no such field: {wrong}"));
        }
    }
    let fits = validator(&format!("{name} {media}"), &described["content"][media]["schema"])
        .validate(&body)
        .map_err(|error| error.to_string());
    fits.map_err(|error| format!("{name} is not as described: {error}: {body}"))
}

/// The operation that answers there, and its path in the description.
pub fn operation(method: &Method, path: &str) -> Option<(&'static str, &'static Value)> {
    let asked: Vec<&str> = path.split('?').next().unwrap_or_default().split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == asked.len()
            && parts
                .iter()
                .zip(&asked)
                .all(|(part, asked)| part.starts_with('{') || part == asked)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let (template, item) = paths
        .iter()
        .filter(|(template, _)| fits(template))
        .min_by_key(|(template, _)| template.matches('{').count())?;
    Some((template.as_str(), item.get(method.as_str().to_lowercase())?))
}

/// A schema's validator; `name` keeps it for the next time.
pub fn validator(name: &str, schema: &Value) -> Arc<Validator> {
    let mut known = VALIDATORS.lock().unwrap();
    let made = known.entry(name.to_owned()).or_insert_with(|| {
        let mut whole = json!({ "allOf": [schema] });
        whole["components"]["schemas"] = Value::Object(reached(schema));
        Arc::new(
            jsonschema::options()
                .build(&whole)
                .unwrap_or_else(|error| panic!("the schema of {name}: {error}")),
        )
    });
    Arc::clone(made)
}

/// The schemas that one refers to, directly or not.
fn reached(schema: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    let mut open = BTreeSet::new();
    names(schema, &mut open);
    while let Some(name) = open.pop_first() {
        if !found.contains_key(&name) {
            let schema = DOCUMENT["components"]["schemas"][&name].clone();
            names(&schema, &mut open);
            found.insert(name, schema);
        }
    }
    found
}

fn names(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str);
            into.extend(
                name.and_then(|name| name.strip_prefix("#/components/schemas/"))
                    .map(str::to_owned),
            );
            fields.values().for_each(|value| names(value, into));
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, into)),
        _ => {}
    }
}

fn resolved(value: &Value) -> &Value {
    match value["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
        Some(pointer) => DOCUMENT.pointer(pointer).unwrap_or(&Value::Null),
        None => value,
    }
}

/// Whether the request of an operation has the field that an error names.
fn exists(operation: &Value, wrong: &Value) -> bool {
    if wrong["in"] != "body" {
        let parameters = operation["parameters"].as_array();
        return parameters
            .into_iter()
            .flatten()
            .any(|one| one["in"] == wrong["in"] && one["name"] == wrong["parameter"]);
    }
    let pointer = wrong["pointer"].as_str().unwrap_or_default();
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let contents = operation["requestBody"]["content"].as_object();
    contents
        .into_iter()
        .flatten()
        .any(|(_, body)| leads(&body["schema"], &steps))
}

/// Whether the steps of a pointer lead to something that a schema speaks of.
fn leads(schema: &Value, steps: &[&str]) -> bool {
    let schema = resolved(schema);
    let Some((step, rest)) = steps.split_first() else {
        return true;
    };
    let branches = ["allOf", "anyOf", "oneOf"]
        .into_iter()
        .filter_map(|name| schema[name].as_array());
    if branches.flatten().any(|branch| leads(branch, steps)) {
        return true;
    }
    if step.parse::<usize>().is_ok() && !schema["items"].is_null() {
        return leads(&schema["items"], rest);
    }
    match (&schema["properties"][*step], &schema["additionalProperties"]) {
        (Value::Null, Value::Null | Value::Bool(false)) => false,
        (Value::Null, any) => leads(any, rest),
        (property, _) => leads(property, rest),
    }
}
