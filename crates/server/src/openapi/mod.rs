//! The description of the API (OpenAPI 3.1), made from the routes themselves.
//!
//! `farol openapi` prints it, `docs/openapi.json` holds it, CI compares the two, the console's client is generated from
//! it. What is the same for every route is added here: what can go wrong (`problems.rs`), the login cookie, names of lists.

mod codes;
mod conventions;
mod examples;
mod problems;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use utoipa::PartialSchema;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};

use crate::error::{Code, FieldError, FieldPlace};
use crate::http::{self, Problem};
use crate::ids::{RequestId, RoleId};
use crate::rights;
pub(crate) use conventions::{answer_of, items_of};
pub use examples::STORIES;

/// Name of the cookie scheme, as routes name it in `security(("login" = []))`.
const LOGIN: &str = "login";
/// Name of the scheme of API tokens, which operations get by what `rights::takes_token` says.
const API_TOKEN: &str = "api_token";

/// The document. Costs a few milliseconds; the same for the same program.
#[must_use]
pub fn document() -> Value {
    let (_, routes) = http::api().split_for_parts();
    let document = base().merge_from(routes);
    // The types are utoipa's own and serialize by construction; an empty document would fail every test about it.
    let mut document = serde_json::to_value(document).unwrap_or_default();
    add_login_scheme(&mut document);
    add_what_it_takes(&mut document);
    conventions::add(&mut document);
    problems::describe(&mut document);
    require_what_is_always_there(&mut document);
    examples::add(&mut document);
    rename_pages(document)
}

/// The document as text, for `farol openapi` and `/api/openapi.json`.
#[must_use]
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

/// Each operation says what it takes to be answered, and whether an API token will do.
fn add_what_it_takes(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let method = method.to_uppercase();
            let takes = rights::takes(&method, path);
            if let (Some(takes), Some(operation)) = (takes, operation.as_object_mut()) {
                operation.insert("x-takes".into(), takes.as_str().into());
                if rights::takes_token(&method, path) {
                    operation.insert("security".into(), json!([{ LOGIN: [] }, { API_TOKEN: [] }]));
                }
            }
        }
    }
}

fn base() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Farol")
        .version(crate::VERSION)
        .description(Some(
            "Everything the console does. Errors are application/problem+json with a stable `code`; each operation lists under \
             each status which ones it answers. With `validation_failed` come the wrong fields: those of the body by JSON \
             pointer, others by the name of their parameter. The header X-Request-Id of every answer names it in the server's \
             log. Lists are pages: pass `next_cursor` as `cursor` for the next one, or ask for application/x-ndjson. RateLimit \
             and RateLimit-Policy say how many requests are left; `too_many_requests` (429) says in Retry-After how long to \
             wait.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let components = ComponentsBuilder::new()
        .schema("Problem", Problem::schema())
        .schema("ProblemCode", Code::schema())
        .schema("FieldError", FieldError::schema())
        .schema("FieldPlace", FieldPlace::schema())
        .schema("RequestId", RequestId::schema())
        .schema("RoleId", RoleId::schema())
        .build();
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .build()
}

fn add_login_scheme(document: &mut Value) {
    document["components"]["securitySchemes"][LOGIN] = json!({
        "type": "apiKey",
        "in": "cookie",
        "name": http::COOKIE,
        "description": "Set by POST /api/logins. Changes must come from the server's own pages or from no browser at all."
    });
    document["components"]["securitySchemes"][API_TOKEN] = json!({
        "type": "http",
        "scheme": "bearer",
        "description": "An API token, made by POST /api/api-tokens; allows what its scopes and its account's roles both allow."
    });
    document["components"]["securitySchemes"]["machine"] = json!({
        "type": "http",
        "scheme": "bearer",
        "description": "A machine token, made by POST /api/machines/register; may stand in the body as machineToken instead."
    });
    document["components"]["securitySchemes"]["guest"] = json!({
        "type": "http",
        "scheme": "bearer",
        "description": "A guest's key, made by POST /api/guest/sessions; good for one session."
    });
    document["components"]["securitySchemes"]["machine_login"] = json!({
        "type": "apiKey",
        "in": "cookie",
        "name": crate::machine_routes::LOGIN_COOKIE,
        "description": "Set by POST /api/machine-logins; sees one machine."
    });
}

/// Calls `change` for every operation.
fn each_operation(document: &mut Value, mut change: impl FnMut(&mut Map<String, Value>)) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for path in paths
        .into_iter()
        .flat_map(Map::values_mut)
        .filter_map(Value::as_object_mut)
    {
        for operation in path.values_mut().filter_map(Value::as_object_mut) {
            if operation.contains_key("responses") {
                change(operation);
            }
        }
    }
}

/// Answers always carry all their fields, empty ones as `null`; only what callers send may leave fields out.
fn require_what_is_always_there(document: &mut Value) {
    let sent = schemas_sent_by_callers(document);
    let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    for (name, schema) in schemas.iter_mut().filter(|(name, _)| !sent.contains(*name)) {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            continue;
        };
        // The fields that are left out when they are empty.
        let left_out: &[&str] = match name.as_str() {
            "Problem" => &["errors", "end"],
            "FieldError" => &["pointer", "parameter", "mark"],
            "Mark" => &["suggestion"],
            _ => &[],
        };
        let always = properties
            .keys()
            .filter(|field| !left_out.contains(&field.as_str()));
        let required: Vec<Value> = always.cloned().map(Value::String).collect();
        schema["required"] = Value::Array(required);
    }
}

fn schemas_sent_by_callers(document: &mut Value) -> BTreeSet<String> {
    let mut waiting = Vec::new();
    each_operation(document, |operation| {
        if let Some(body) = operation.get("requestBody") {
            references(body, &mut waiting);
        }
    });
    let mut seen = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if let Some(schema) = document.pointer(&format!("/components/schemas/{name}"))
            && seen.insert(name)
        {
            references(schema, &mut waiting);
        }
    }
    seen
}

/// Names of all schemas that `value` refers to.
fn references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value
                    .as_str()
                    .and_then(|text| text.strip_prefix("#/components/schemas/"))
                {
                    Some(name) if key == "$ref" => into.push(name.to_owned()),
                    _ => references(value, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}

/// `Page_Machine` → `MachineList`: what people would call it. Its items are what they are everywhere else, by reference.
fn rename_pages(mut document: Value) -> Value {
    let rename = |name: &str| name.strip_prefix("Page_").map(|item| format!("{item}List"));
    if let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        let names: BTreeSet<String> = schemas.keys().cloned().collect();
        *schemas = std::mem::take(schemas)
            .into_iter()
            .map(|(name, mut schema)| {
                let item = name.strip_prefix("Page_").filter(|item| names.contains(*item));
                if let Some((item, items)) = item.zip(schema.pointer_mut("/properties/items/items")) {
                    *items = json!({ "$ref": format!("#/components/schemas/{item}") });
                }
                (rename(&name).unwrap_or(name), schema)
            })
            .collect();
    }
    rename_references(&mut document, &rename);
    document
}

fn rename_references(value: &mut Value, rename: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                let renamed = value
                    .as_str()
                    .filter(|_| key == "$ref")
                    .and_then(|text| text.strip_prefix("#/components/schemas/"))
                    .and_then(rename);
                match renamed {
                    Some(name) => *value = Value::String(format!("#/components/schemas/{name}")),
                    None => rename_references(value, rename),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename_references(item, rename)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_an_id_of_its_own() {
        let mut document = document();
        let mut ids = BTreeSet::new();
        each_operation(&mut document, |operation| {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            assert!(ids.insert(id.clone()), "{id} twice");
        });
        assert!(ids.contains("set_up") && ids.contains("list_audit_entries"));
    }

    #[test]
    fn the_document_is_the_same_each_time_and_whole() {
        assert_eq!(text(), text());
        let document = document();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        let mut names = Vec::new();
        references(&document, &mut names);
        for name in names {
            assert!(
                document["components"]["schemas"].get(&name).is_some(),
                "{name} is missing"
            );
        }
        let required = document["components"]["schemas"]["PasswordStrength"]["required"]
            .as_array()
            .unwrap();
        assert!(required.contains(&json!("warning")));
        let machines = &document["components"]["schemas"]["MachineList"];
        assert_eq!(
            machines["properties"]["items"]["items"],
            json!({ "$ref": "#/components/schemas/Machine" })
        );
    }
}
