//! The comparison of two descriptions, change by change.

use serde_json::{Value, json};

use super::*;

fn document() -> Value {
    json!({
        "paths": {
            "/things": {
                "get": {
                    "parameters": [
                        { "in": "query", "name": "limit", "schema": { "type": "integer", "maximum": 200 } },
                        { "in": "query", "name": "kind", "schema": { "enum": ["old", "new"] } },
                    ],
                    "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } } },
                    "security": [{ "login": [] }, { "api_token": [] }],
                    "x-farol-codes": { "404": ["not_found"], "409": ["conflict", "taken"] },
                },
                "post": {
                    "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewThing" } } } },
                    "responses": { "201": { "description": "made" } },
                },
            },
        },
        "components": { "schemas": {
            "Problem": { "type": "object", "properties": { "code": { "type": "string" } }, "required": ["code"] },
            "Thing": {
                "type": "object",
                "properties": {
                    "name": { "type": "string" },
                    "state": { "type": "string", "enum": ["on", "off"] },
                    "parent": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Thing" }] },
                    "tags": { "type": "array", "items": { "type": "string" } },
                },
                "required": ["name", "state", "parent", "tags"],
            },
            "NewThing": {
                "type": "object",
                "properties": {
                    "name": { "type": "string", "maxLength": 80 },
                    "note": { "type": ["string", "null"] },
                    "place": { "oneOf": [
                        { "type": "object", "properties": { "kind": { "const": "site" }, "id": { "type": "string" } }, "required": ["kind"] },
                        { "type": "object", "properties": { "kind": { "const": "tag" } }, "required": ["kind"] },
                    ] },
                },
                "required": ["name"],
                "additionalProperties": false,
            },
        } },
    })
}

/// What is said of one change: at a place, something is put (`null`: taken away).
fn said(place: &str, put: Value) -> Vec<String> {
    let mut now = document();
    let (parent, name) = place.rsplit_once('/').unwrap();
    let name = &name.replace("~1", "/");
    let parent = now
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("{place} is nothing"));
    match (parent, put) {
        (Value::Object(fields), Value::Null) => drop(fields.remove(name)),
        (Value::Array(items), Value::Null) => drop(items.remove(name.parse().unwrap())),
        (Value::Array(items), put) if name == "-" => items.push(put),
        (parent, put) => parent[name] = put,
    }
    breaks(&document(), &now).into_iter().collect()
}

#[test]
fn what_stays_breaks_nothing() {
    assert_eq!(breaks(&document(), &document()), BTreeSet::new());
}

#[test]
fn what_is_added_breaks_nothing() {
    let things = "/paths/~1things";
    for (place, put) in [
        ("/paths/~1more".to_owned(), json!({ "get": { "responses": {} } })),
        (format!("{things}/delete"), json!({ "responses": {} })),
        (
            format!("{things}/get/parameters/-"),
            json!({ "in": "query", "name": "more", "schema": {} }),
        ),
        (format!("{things}/get/parameters/0/schema/maximum"), json!(500)),
        (
            format!("{things}/get/parameters/1/schema/enum/-"),
            json!("newest"),
        ),
        (format!("{things}/get/x-farol-codes/409/-"), json!("in_use")),
        (format!("{things}/get/responses/206"), json!({})),
        (format!("{things}/get/security/-"), json!({ "other": [] })),
        (
            "/components/schemas/Thing/properties/more".to_owned(),
            json!({ "type": "string" }),
        ),
        (
            "/components/schemas/Thing/properties/state/enum/-".to_owned(),
            json!("asleep"),
        ),
        (
            "/components/schemas/NewThing/properties/more".to_owned(),
            json!({ "type": "string" }),
        ),
        (
            "/components/schemas/NewThing/properties/name/maxLength".to_owned(),
            Value::Null,
        ),
        (
            "/components/schemas/NewThing/additionalProperties".to_owned(),
            Value::Null,
        ),
        ("/components/schemas/NewThing/required".to_owned(), json!([])),
        (
            "/components/schemas/NewThing/properties/place/oneOf/-".to_owned(),
            json!({ "type": "object", "properties": { "kind": { "const": "all" } } }),
        ),
    ] {
        assert_eq!(said(&place, put), Vec::<String>::new(), "{place}");
    }
}

#[test]
fn operations_that_take_more_or_give_less_break() {
    let things = "/paths/~1things";
    let get = "GET /things";
    for (place, put, expected) in [
        (
            "/paths/~1things".to_owned(),
            Value::Null,
            "/things: the path is gone".to_owned(),
        ),
        (
            format!("{things}/get"),
            Value::Null,
            format!("{get}: the method is gone"),
        ),
        (
            format!("{things}/get/parameters/0"),
            Value::Null,
            format!("{get}: the query parameter limit is gone"),
        ),
        (
            format!("{things}/get/parameters/0/required"),
            json!(true),
            format!("{get}: the query parameter limit is required now"),
        ),
        (
            format!("{things}/get/parameters/-"),
            json!({ "in": "header", "name": "X", "required": true, "schema": {} }),
            format!("{get}: the header parameter X is new and required"),
        ),
        (
            format!("{things}/get/parameters/0/schema/maximum"),
            json!(100),
            format!("{get}: the query parameter limit the value has maximum 100 now"),
        ),
        (
            format!("{things}/get/parameters/1/schema/enum/0"),
            Value::Null,
            format!("{get}: the query parameter kind the value is never old any more"),
        ),
        (
            format!("{things}/get/x-farol-codes/409/1"),
            Value::Null,
            format!("{get}: the problem code taken (409) is gone"),
        ),
        (
            format!("{things}/get/responses/200"),
            Value::Null,
            format!("{get}: the answer 200 is gone"),
        ),
        (
            format!("{things}/get/security/1"),
            Value::Null,
            format!("{get}: api_token does not do any more"),
        ),
        (
            format!("{things}/post/security"),
            json!([{ "login": [] }]),
            "POST /things: takes a credential now".to_owned(),
        ),
        (
            format!("{things}/post/requestBody/required"),
            json!(true),
            "POST /things: a body is required now".to_owned(),
        ),
    ] {
        let found = said(&place, put);
        assert!(
            found.contains(&expected),
            "{place}: {found:?} instead of {expected}"
        );
    }
}

#[test]
fn values_that_are_gone_or_narrower_or_another_thing_break() {
    let get = "GET /things";
    let post = "POST /things: in the body,";
    for (place, put, expected) in [
        (
            "/components/schemas/Thing/properties/name".to_owned(),
            Value::Null,
            format!("{get}: in the answer 200, the property name is gone"),
        ),
        (
            "/components/schemas/Thing/properties/name/type".to_owned(),
            json!("integer"),
            format!("{get}: in the answer 200, name was string and is integer"),
        ),
        (
            "/components/schemas/Thing/properties/name/type".to_owned(),
            json!(["string", "null"]),
            format!("{get}: in the answer 200, name was string and is null or string"),
        ),
        (
            "/components/schemas/Thing/properties/tags/items/type".to_owned(),
            json!("object"),
            format!("{get}: in the answer 200, tags[] was string and is object"),
        ),
        (
            "/components/schemas/Thing/properties/state/enum/0".to_owned(),
            Value::Null,
            format!("{get}: in the answer 200, state is never on any more"),
        ),
        (
            "/components/schemas/Thing/required/0".to_owned(),
            Value::Null,
            format!("{get}: in the answer 200, the property name may be missing now"),
        ),
        (
            "/components/schemas/NewThing/properties/note".to_owned(),
            Value::Null,
            format!("{post} the property note is gone"),
        ),
        (
            "/components/schemas/NewThing/properties/note/type".to_owned(),
            json!("string"),
            format!("{post} note was null or string and is string"),
        ),
        (
            "/components/schemas/NewThing/properties/name/maxLength".to_owned(),
            json!(40),
            format!("{post} name has maxLength 40 now"),
        ),
        (
            "/components/schemas/NewThing/properties/name/minLength".to_owned(),
            json!(2),
            format!("{post} name has minLength 2 now"),
        ),
        (
            "/components/schemas/NewThing/properties/name/enum".to_owned(),
            json!(["a"]),
            format!("{post} name takes certain values only now"),
        ),
        (
            "/components/schemas/NewThing/required/-".to_owned(),
            json!("note"),
            format!("{post} the property note is required now"),
        ),
        (
            "/components/schemas/NewThing/properties/place/oneOf/1".to_owned(),
            Value::Null,
            format!("{post} place is no kind tag any more"),
        ),
        (
            "/components/schemas/NewThing/properties/place/oneOf/0/properties/id".to_owned(),
            json!({ "type": "integer" }),
            format!("{post} place.id was string and is integer"),
        ),
        (
            "/components/schemas/Problem/properties/code".to_owned(),
            Value::Null,
            "every problem: the property code is gone".to_owned(),
        ),
    ] {
        let found = said(&place, put);
        assert!(
            found.contains(&expected),
            "{place}: {found:?} instead of {expected}"
        );
    }
}

#[test]
fn a_break_is_accepted_by_a_decision_and_only_as_long_as_it_is_one() {
    let breaks = BTreeSet::from(["GET /things: the method is gone".to_owned()]);
    assert_eq!(judged(&breaks, &[]).len(), 2, "the break, and what to do");
    let text = "[[break]]\nwhat = \"GET /things: the method is gone\"\ndecision = 33\n";
    let accepted = accepted(text).unwrap();
    assert_eq!(judged(&breaks, &accepted), Vec::<String>::new());
    let stale = judged(&BTreeSet::new(), &accepted);
    assert!(stale[0].contains("no break"), "{stale:?}");
    assert!(super::accepted("[[break]]\nwhat = \"x\"\n").is_err());
    assert_eq!(super::accepted(NONE_ACCEPTED).unwrap(), []);
    assert!(require_record(1, "x").is_ok());
    assert!(require_record(9999, "x").is_err());
}

#[test]
fn the_baseline_is_without_prose() {
    let mut value = json!({
        "description": "prose", "properties": { "description": { "type": "string", "description": "prose" } }, "example": { "a": 1 },
    });
    trim(&mut value);
    assert_eq!(
        value,
        json!({ "properties": { "description": { "type": "string" } } })
    );
}
