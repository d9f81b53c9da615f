//! What examples name, and what that is here; and whether an answer has the form of its example.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What ids of examples begin with.
const ID: &str = "01999a00-";
/// What their secrets end with.
const SECRET: &str = "-shown-once";

/// Names of the examples, and what stands for them here.
#[derive(Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    pub fn add(&mut self, example: &str, real: &str) {
        let known = self.0.insert(example.to_owned(), real.to_owned());
        assert!(
            known.is_none_or(|known| known == *real),
            "{example} is two things"
        );
    }

    /// What this name stands for.
    pub fn of(&self, example: &str) -> &str {
        self.0
            .get(example)
            .unwrap_or_else(|| panic!("nothing was called {example} so far"))
    }

    /// Text of an example with what stands for its names. Long ones first: some end as others are.
    pub fn here(&self, text: &str) -> String {
        let mut names: Vec<_> = self.0.iter().collect();
        names.sort_by_key(|(example, _)| Reverse(example.len()));
        names.into_iter().fold(text.to_owned(), |text, (example, real)| {
            text.replace(example, real)
        })
    }

    pub fn body(&self, example: &Value) -> Value {
        serde_json::from_str(&self.here(&example.to_string())).unwrap()
    }

    /// Learns the names in an answer.
    pub fn learn(&mut self, example: &Value, real: &Value) {
        match (example, real) {
            (Value::Object(example), Value::Object(real)) => {
                for (name, value) in example {
                    self.learn(value, real.get(name).unwrap_or(&Value::Null));
                }
            }
            (Value::Array(example), Value::Array(real)) => {
                for (example, real) in example.iter().zip(real) {
                    self.learn(example, real);
                }
            }
            (Value::String(example), Value::String(real)) => {
                let (example, real) = (named(example), named(real));
                if example.starts_with(ID) || example.ends_with(SECRET) {
                    self.add(example, real);
                }
            }
            _ => {}
        }
    }
}

/// The part of a text that may be a name: of addresses what stands at their end.
fn named(text: &str) -> &str {
    if !text.contains("://") {
        return text;
    }
    text.rsplit(['=', '#']).next().unwrap()
}

/// Says where an answer has another form than its example: other fields, or other types. Lists may be shorter.
pub fn compare(at: &str, example: &Value, real: &Value, found: &mut Vec<String>) {
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
