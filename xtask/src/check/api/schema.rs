//! Two versions of a schema, and what a program made from the first would stumble over in the second.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::Value;

use super::object;

/// Numbers that bound a value: the name, and whether a greater one is narrower.
const BOUNDS: [(&str, bool); 8] = [
    ("minimum", true),
    ("exclusiveMinimum", true),
    ("minLength", true),
    ("minItems", true),
    ("maximum", false),
    ("exclusiveMaximum", false),
    ("maxLength", false),
    ("maxItems", false),
];

/// Who writes the value, and so which change is a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    /// By programs, to the server: it must go on taking what it took.
    Sent,
    /// By the server: what programs read must go on being there and being what it was.
    Answered,
}

/// Both documents.
pub(super) struct Schemas<'a> {
    pub(super) before: &'a Value,
    pub(super) now: &'a Value,
}

impl<'a> Schemas<'a> {
    /// What a reference refers to within its document; anything else is itself.
    pub(super) fn resolved(&self, document: &'a Value, value: &'a Value) -> &'a Value {
        let mut value = value;
        // A chain of references ends; a circle of nothing but references would mean nothing.
        for _ in 0..16 {
            let Some(pointer) = value["$ref"].as_str().and_then(|text| text.strip_prefix('#')) else {
                break;
            };
            value = document.pointer(pointer).unwrap_or(&Value::Null);
        }
        value
    }

    /// Compares two versions of a schema that stands at `at`.
    pub(super) fn compare(
        &self,
        direction: Direction,
        at: &str,
        pair: (&Value, &Value),
        found: &mut BTreeSet<String>,
    ) {
        let walk = Walk {
            schemas: self,
            direction,
            open: RefCell::default(),
        };
        walk.compare(at, "", pair, found);
    }
}

struct Walk<'a> {
    schemas: &'a Schemas<'a>,
    direction: Direction,
    /// The schemas on the way to here, by where they stand: schemas may contain themselves.
    open: RefCell<Vec<*const Value>>,
}

impl Walk<'_> {
    fn compare(&self, at: &str, path: &str, (before, now): (&Value, &Value), found: &mut BTreeSet<String>) {
        let before = Shape::of(self.schemas, self.schemas.before, before);
        let parts: Vec<*const Value> = before.parts.iter().copied().map(std::ptr::from_ref).collect();
        let outer = self.open.borrow().len();
        if parts.iter().any(|part| self.open.borrow().contains(part)) {
            return;
        }
        self.open.borrow_mut().extend(parts);
        let now = Shape::of(self.schemas, self.schemas.now, now);
        self.shapes(at, path, (&before, &now), found);
        self.open.borrow_mut().truncate(outer);
    }

    fn shapes(&self, at: &str, path: &str, (before, now): (&Shape, &Shape), found: &mut BTreeSet<String>) {
        let name = if path.is_empty() { "the value" } else { path };
        // A schema that says nothing takes everything and promises nothing.
        let (from, to) = (before.types(), now.types());
        let narrower = match self.direction {
            Direction::Sent => !to.is_empty() && (from.is_empty() || !from.is_subset(&to)),
            Direction::Answered => !from.is_empty() && (to.is_empty() || !to.is_subset(&from)),
        };
        if narrower {
            found.insert(format!("{at} {name} was {} and is {}", said(&from), said(&to)));
            return;
        }
        self.enumerations(at, name, (before, now), found);
        self.bounds(at, name, (before, now), found);
        self.properties(at, path, (before, now), found);
        if let (Some(from), Some(to)) = (before.items(), now.items()) {
            self.compare(at, &format!("{path}[]"), (from, to), found);
        }
        for (label, from) in &before.variants {
            match now.variants.iter().find(|(other, _)| other == label) {
                Some((_, to)) => self.compare(at, path, (*from, *to), found),
                None => {
                    found.insert(format!("{at} {name} is no {label} any more"));
                }
            }
        }
    }

    fn enumerations(
        &self,
        at: &str,
        name: &str,
        (before, now): (&Shape, &Shape),
        found: &mut BTreeSet<String>,
    ) {
        let (Some(from), to) = (before.values(), now.values()) else {
            if self.direction == Direction::Sent && now.values().is_some() {
                found.insert(format!("{at} {name} takes certain values only now"));
            }
            return;
        };
        match to {
            // What is gone can neither be sent any more nor be waited for.
            Some(to) => {
                for gone in from.difference(&to) {
                    found.insert(format!("{at} {name} is never {gone} any more"));
                }
            }
            None if self.direction == Direction::Answered => {
                found.insert(format!("{at} {name} had certain values and has any now"));
            }
            None => {}
        }
    }

    fn bounds(&self, at: &str, name: &str, (before, now): (&Shape, &Shape), found: &mut BTreeSet<String>) {
        if self.direction == Direction::Answered {
            return;
        }
        for (bound, greater_is_narrower) in BOUNDS {
            let Some(to) = now.number(bound) else { continue };
            let narrower = before
                .number(bound)
                .is_none_or(|from| if greater_is_narrower { to > from } else { to < from });
            // Nothing is shorter or has fewer items than nothing.
            if narrower
                && !(greater_is_narrower && bound.starts_with("min") && to <= 0.0 && bound != "minimum")
            {
                found.insert(format!("{at} {name} has {bound} {to} now"));
            }
        }
    }

    fn properties(
        &self,
        at: &str,
        path: &str,
        (before, now): (&Shape, &Shape),
        found: &mut BTreeSet<String>,
    ) {
        for (name, from) in &before.properties {
            let here = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            match now.properties.iter().find(|(other, _)| other == name) {
                Some((_, to)) => self.compare(at, &here, (*from, *to), found),
                // What takes any property takes this one too.
                None if self.direction == Direction::Sent && !now.is_closed() => {}
                None => {
                    found.insert(format!("{at} the property {here} is gone"));
                }
            }
        }
        match self.direction {
            Direction::Sent => {
                for name in now.required.difference(&before.required) {
                    found.insert(format!(
                        "{at} the property {} is required now",
                        joined(path, name)
                    ));
                }
                if now.is_closed() && before.is_open_object() {
                    let name = if path.is_empty() { "the value" } else { path };
                    found.insert(format!("{at} {name} takes no further properties now"));
                }
            }
            Direction::Answered => {
                let known = |name: &&String| now.properties.iter().any(|(other, _)| other == *name);
                for name in before.required.difference(&now.required).filter(known) {
                    found.insert(format!(
                        "{at} the property {} may be missing now",
                        joined(path, name)
                    ));
                }
            }
        }
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn said(types: &BTreeSet<String>) -> String {
    if types.is_empty() {
        return "anything".to_owned();
    }
    types.iter().cloned().collect::<Vec<_>>().join(" or ")
}

/// A schema with its references followed, and with everything that `allOf` adds.
#[derive(Default)]
struct Shape<'a> {
    parts: Vec<&'a Value>,
    properties: Vec<(String, &'a Value)>,
    required: BTreeSet<String>,
    /// Those of `oneOf` and `anyOf`, each by what tells it apart; `null` is a type, not a variant.
    variants: Vec<(String, &'a Value)>,
    nullable: bool,
}

impl<'a> Shape<'a> {
    fn of(schemas: &Schemas<'a>, document: &'a Value, schema: &'a Value) -> Self {
        let mut shape = Self::default();
        shape.add(schemas, document, schema);
        shape
    }

    fn add(&mut self, schemas: &Schemas<'a>, document: &'a Value, schema: &'a Value) {
        let schema = schemas.resolved(document, schema);
        self.parts.push(schema);
        for (name, property) in object(&schema["properties"]) {
            self.properties.push((name.clone(), property));
        }
        let required = schema["required"].as_array().into_iter().flatten();
        self.required
            .extend(required.filter_map(Value::as_str).map(str::to_owned));
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.add(schemas, document, part);
        }
        let variants: Vec<&Value> = ["oneOf", "anyOf"]
            .iter()
            .filter_map(|name| schema[*name].as_array())
            .flatten()
            .collect();
        let some: Vec<&Value> = variants
            .iter()
            .filter(|one| one["type"] != "null")
            .copied()
            .collect();
        self.nullable |= some.len() < variants.len();
        match some.as_slice() {
            // A thing or nothing.
            [only] if variants.len() > 1 => self.add(schemas, document, only),
            several => {
                for (index, variant) in several.iter().copied().enumerate() {
                    self.variants.push((
                        label(schemas.resolved(document, variant), variant, index),
                        variant,
                    ));
                }
            }
        }
    }

    fn types(&self) -> BTreeSet<String> {
        let mut types = BTreeSet::new();
        for part in &self.parts {
            match &part["type"] {
                Value::String(one) => {
                    types.insert(one.clone());
                }
                Value::Array(several) => {
                    types.extend(several.iter().filter_map(Value::as_str).map(str::to_owned))
                }
                _ => {}
            }
        }
        // Variants of unknown types may be anything, so only a value that is certain of its own can be nothing besides.
        if self.nullable && !types.is_empty() {
            types.insert("null".to_owned());
        }
        types
    }

    fn values(&self) -> Option<BTreeSet<String>> {
        let part = self.parts.iter().find_map(|part| part["enum"].as_array());
        let constant = || {
            self.parts
                .iter()
                .find_map(|part| part.get("const"))
                .map(std::slice::from_ref)
        };
        let values = part.map(Vec::as_slice).or_else(constant)?;
        Some(
            values
                .iter()
                .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                .collect(),
        )
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.parts.iter().find_map(|part| part[name].as_f64())
    }

    fn items(&self) -> Option<&'a Value> {
        self.parts.iter().find_map(|part| part.get("items"))
    }

    /// Whether properties that are not named are refused.
    fn is_closed(&self) -> bool {
        self.parts
            .iter()
            .any(|part| part["additionalProperties"] == Value::Bool(false))
    }

    fn is_open_object(&self) -> bool {
        !self.properties.is_empty() && !self.is_closed()
    }
}

/// What a variant is known by, from one version to the next: its name, or the values that only it has.
fn label(resolved: &Value, variant: &Value, index: usize) -> String {
    if let Some(name) = variant["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or(name).to_owned();
    }
    let fixed = object(&resolved["properties"]).find_map(|(name, property)| {
        let only = property["const"]
            .as_str()
            .or_else(|| match property["enum"].as_array()?.as_slice() {
                [only] => only.as_str(),
                _ => None,
            })?;
        Some(format!("{name} {only}"))
    });
    let value = resolved["enum"]
        .as_array()
        .and_then(|values| values.first())
        .or_else(|| resolved.get("const"));
    let value = value.and_then(Value::as_str).map(|text| format!("“{text}”"));
    let required = || {
        let names = resolved["required"].as_array()?.iter().filter_map(Value::as_str);
        Some(format!("object with {}", names.collect::<Vec<_>>().join(", ")))
    };
    let kind = || resolved["type"].as_str().map(str::to_owned);
    fixed
        .or(value)
        .or_else(required)
        .or_else(kind)
        .unwrap_or_else(|| format!("variant {}", index + 1))
}
