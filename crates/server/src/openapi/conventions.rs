//! What the conventions of the API add to the description, the same for every route that follows them: `fields`, NDJSON,
//! `Idempotency-Key`.

use serde_json::{Map, Value, json};

use crate::http::{answers, idempotency};

/// The schema of what a GET operation answers as JSON; None when it answers none.
pub(crate) fn answer_of(operation: &Value) -> Option<&Value> {
    operation.pointer("/responses/200/content/application~1json/schema")
}

/// The schema of the items, if an answer is a page of a list.
pub(crate) fn items_of<'a>(document: &'a Value, schema: &'a Value) -> Option<&'a Value> {
    let name = schema["$ref"].as_str()?.rsplit('/').next()?;
    let fields = &document["components"]["schemas"][name]["properties"];
    fields.get("next_cursor")?;
    fields.pointer("/items/items")
}

/// Adds them to every operation.
pub(super) fn add(document: &mut Value) {
    let known = document.clone();
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let Some(operation) = operation.as_object_mut() else {
                continue;
            };
            let described = &known["paths"][path.as_str()][method.as_str()];
            if method == "get"
                && let Some(schema) = answer_of(described)
            {
                let is_list = items_of(&known, schema).is_some();
                parameter(operation, fields(is_list));
                if is_list {
                    offer_ndjson(operation);
                }
            }
            if idempotency::takes_key(&method.to_uppercase(), path) {
                parameter(operation, key());
            }
        }
    }
}

fn parameter(operation: &mut Map<String, Value>, parameter: Value) {
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        parameters.push(parameter);
    }
}

fn fields(is_list: bool) -> Value {
    let of = if is_list { "of each item" } else { "of the answer" };
    json!({
        "name": answers::FIELDS,
        "in": "query",
        "required": false,
        "description": format!(
            "The fields {of} that are wanted, between commas, with a dot before what is inside another: `id,a.b`. All when left out."
        ),
        "schema": { "type": "string", "minLength": 1 },
    })
}

fn offer_ndjson(operation: &mut Map<String, Value>) {
    let content = operation
        .get_mut("responses")
        .and_then(|responses| responses.pointer_mut("/200/content"))
        .and_then(Value::as_object_mut);
    if let Some(content) = content {
        let said = format!(
            "The whole list, one item a line, when `Accept` asks for it. A last line with nothing but `{}`, which is a problem, says why \
             it is not whole.",
            answers::FAILED
        );
        let text = json!({ "schema": { "type": "string", "description": said } });
        content.insert(answers::NDJSON.into(), text);
    }
}

fn key() -> Value {
    json!({
        "name": idempotency::NAME,
        "in": "header",
        "required": false,
        "description":
            "Sent again with the same key within 24 hours, the request is not done again and gets the same answer, with \
             `Idempotency-Replayed: true`. With another request, `idempotency_key_reused` (422); while the first is under way, \
             `idempotency_key_in_use` (409).",
        "schema": { "type": "string", "minLength": 1, "maxLength": idempotency::KEY_MAX, "pattern": "^[!-~]+$" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(operation: &Value) -> Vec<&str> {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        parameters.filter_map(|one| one["name"].as_str()).collect()
    }

    #[test]
    fn every_get_of_json_takes_fields_and_every_list_is_exported() {
        let document = super::super::document();
        let mut lists = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            let get = &item["get"];
            let json = answer_of(get);
            assert_eq!(names(get).contains(&answers::FIELDS), json.is_some(), "{path}");
            let is_list = json.is_some_and(|schema| items_of(&document, schema).is_some());
            let content = &get["responses"]["200"]["content"];
            let exported = json.is_some() && content.get(answers::NDJSON).is_some();
            assert_eq!(exported, is_list, "{path}");
            lists += usize::from(is_list);
        }
        assert!(lists > 15, "{lists}");
    }

    #[test]
    fn every_change_that_takes_a_key_says_so() {
        let document = super::super::document();
        let made = &document["paths"]["/api/enrollment-tokens"]["post"];
        assert!(names(made).contains(&idempotency::NAME));
        let signed_in = &document["paths"]["/api/logins"]["post"];
        assert!(!names(signed_in).contains(&idempotency::NAME));
    }

    /// No item has a field that is the last line's.
    #[test]
    fn the_last_line_is_told_from_items() {
        let document = super::super::document();
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            assert!(schema["properties"].get(answers::FAILED).is_none(), "{name}");
        }
    }
}
