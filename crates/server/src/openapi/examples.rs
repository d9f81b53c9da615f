//! Examples in the description: requests as they are sent, and what is answered. A test sends each of them to a server, in the order of
//! `examples.json`, and holds the answer against the example (`tests/sessions/examples.rs`).

use serde::Deserialize;
use serde_json::{Map, Value};

/// One exchange with the API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// The body that is answered.
    answer: Option<Value>,
}

/// Puts the examples where readers of the description look for them.
pub(super) fn add(document: &mut Value) {
    // The file is part of the program; a test says when it cannot be read.
    let examples: Vec<Example> = serde_json::from_str(include_str!("examples.json")).unwrap_or_default();
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
            .and_then(|body| body.pointer_mut("/content/application~1json"))
    {
        content["example"] = body.clone();
    }
    if let Some(body) = &example.answer
        && let Some(answer) = operation
            .get_mut("responses")
            .and_then(|all| all.get_mut(example.status.to_string()))
        && let Some(content) = answer.pointer_mut("/content/application~1json")
    {
        content["example"] = body.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_stands_in_the_description() {
        let examples: Vec<Example> = serde_json::from_str(include_str!("examples.json")).unwrap();
        let mut document = super::super::document();
        let mut operations = std::collections::BTreeMap::new();
        super::super::each_operation(&mut document, |operation| {
            operations.insert(
                operation["operationId"].as_str().unwrap().to_owned(),
                operation.clone(),
            );
        });
        for example in &examples {
            let operation = &operations[&example.operation];
            let sent = &operation.get("requestBody").unwrap_or(&Value::Null)["content"]["application/json"]["example"];
            assert_eq!(
                sent,
                example.request.as_ref().unwrap_or(&Value::Null),
                "{example:?}"
            );
            let answer = &operation["responses"][example.status.to_string()];
            assert!(answer.is_object(), "{example:?} answers what is not described");
            let said = &answer["content"]["application/json"]["example"];
            assert_eq!(
                said,
                example.answer.as_ref().unwrap_or(&Value::Null),
                "{example:?}"
            );
            for name in example.parameters.keys() {
                let parameters = operation["parameters"].as_array().unwrap();
                assert!(
                    parameters.iter().any(|one| one["name"] == **name),
                    "{example:?}: {name}"
                );
            }
        }
        assert!(examples.len() > 30);
    }
}
