//! The examples of the description, sent to a server with one machine, in their order. What is answered has the status and the form of
//! the example, and what it names (ids, secrets) stands for it in the requests that follow.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Map, Value};

use crate::common::described;
use crate::stage::Stage;

/// Values of the examples, and what stands for them here.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    /// Text of an example with what stands for its names.
    fn here(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (example, real) in &self.0 {
            text = text.replace(example, real);
        }
        text
    }

    fn body(&self, example: &Value) -> Value {
        serde_json::from_str(&self.here(&example.to_string())).unwrap()
    }

    /// Learns the names in an answer. Ids are what is asked about later on.
    fn learn(&mut self, example: &Value, real: &Value) {
        match (example, real) {
            (Value::Object(example), Value::Object(real)) => {
                for (name, value) in example {
                    self.learn(value, &real[name]);
                }
            }
            (Value::Array(example), Value::Array(real)) => {
                for (example, real) in example.iter().zip(real) {
                    self.learn(example, real);
                }
            }
            (Value::String(example), Value::String(real)) if example.starts_with("01999a00-") => {
                let known = self.0.insert(example.clone(), real.clone());
                assert!(
                    known.is_none_or(|known| known == *real),
                    "{example} is two things"
                );
            }
            _ => {}
        }
    }
}

/// Says where an answer has another form than its example: other fields, or other types. Lists may be shorter.
fn compare(at: &str, example: &Value, real: &Value, found: &mut Vec<String>) {
    match (example, real) {
        (Value::Object(example), Value::Object(real)) => {
            let fields = |of: &Map<String, Value>| of.keys().cloned().collect::<Vec<_>>();
            if fields(example) != fields(real) {
                found.push(format!(
                    "{at}: {:?} in the example, {:?} here",
                    fields(example),
                    fields(real)
                ));
            }
            for (name, value) in example {
                compare(
                    &format!("{at}/{name}"),
                    value,
                    real.get(name).unwrap_or(&Value::Null),
                    found,
                );
            }
        }
        (Value::Array(example), Value::Array(real)) => {
            for (example, real) in example.iter().zip(real).take(1) {
                compare(&format!("{at}/0"), example, real, found);
            }
        }
        // What may be missing is missing on one side.
        (Value::Null, _) | (_, Value::Null) => {}
        _ if std::mem::discriminant(example) != std::mem::discriminant(real) => {
            found.push(format!("{at}: {example} in the example, {real} here"));
        }
        _ => {}
    }
}

/// Method, path with its query, and headers of an example.
fn addressed(name: &str, parameters: &Value) -> (Method, String, Vec<(String, String)>) {
    let document = farol_server::openapi::document();
    let paths = document["paths"].as_object().unwrap();
    let found = paths.iter().find_map(|(path, item)| {
        let methods = item.as_object().unwrap();
        let (method, operation) = methods
            .iter()
            .find(|(_, operation)| operation["operationId"] == name)?;
        Some((path.clone(), method.clone(), operation.clone()))
    });
    let (mut path, method, operation) = found.unwrap_or_else(|| panic!("there is no operation {name}"));
    let (mut query, mut headers) = (Vec::new(), Vec::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let text = match &parameters[name] {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match parameter["in"].as_str().unwrap() {
            "path" => path = path.replace(&format!("{{{name}}}"), &text),
            "query" => query.push(format!("{name}={text}")),
            _ => headers.push((name.to_owned(), text)),
        }
    }
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    (method.to_uppercase().parse().unwrap(), path, headers)
}

#[tokio::test]
async fn the_examples_of_the_description_are_answered_as_they_say() {
    let stage = Stage::new().await;
    let _link = stage.link().await;
    let examples = include_str!("../../src/openapi/examples.json");
    let examples: Vec<Value> = serde_json::from_str(examples).unwrap();
    let (mut names, mut wrong) = (Names::default(), Vec::new());
    let mut answers = Vec::new();
    for example in &examples {
        let name = example["operation"].as_str().unwrap();
        let (method, path, headers) = addressed(name, &example["parameters"]);
        let mut sent: Vec<(&str, &str)> = vec![("cookie", &stage.cookie)];
        sent.extend(
            headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        let body = example.get("request").map(|body| names.body(body));
        let (status, answer) = stage
            .send(method.clone(), &names.here(&path), (&sent, body.as_ref()))
            .await;
        if example["status"] != status {
            wrong.push(format!("{name}: {status} {answer}"));
        }
        if let Some(said) = example.get("answer") {
            compare(name, said, &answer, &mut wrong);
            names.learn(said, &answer);
        }
        if let (Some(said), Some((_, operation))) =
            (example.get("answer"), described::operation(&method, &path))
        {
            let schema = &operation["responses"][status.to_string()]["content"]["application/json"]["schema"];
            let fits = described::validator(&format!("{name} example"), schema)
                .validate(said)
                .map_err(|error| error.to_string());
            wrong.extend(
                fits.err()
                    .map(|error| format!("{name}: the example is not as described: {error}")),
            );
        }
        answers.push(format!("{name} {answer}"));
    }
    assert!(
        wrong.is_empty(),
        "{}\n\nanswered:\n{}",
        wrong.join("\n"),
        answers.join("\n")
    );
}
