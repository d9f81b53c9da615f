//! [`Known`]: which fields the answer of each route has. Read once from the description, which is made from the types themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use serde_json::Value;

use super::FIELDS;
use super::fields::{Picked, shown};
use crate::error::{Error, FieldError, Result};
use crate::openapi;

/// Steps from one named schema to the next without a field between; the description has no such chain of this length.
const CHAIN_MAX: usize = 32;

/// Of all routes that answer JSON.
#[derive(Debug)]
pub(super) struct Known {
    routes: HashMap<String, Route>,
    schemas: HashMap<String, Shape>,
}

/// Of one.
#[derive(Debug)]
pub(super) struct Route {
    /// Whether it answers a page of a list; `shape` is that of an item then.
    pub(super) is_list: bool,
    /// Whether the caller says how large a page is.
    pub(super) is_paged: bool,
    shape: Shape,
}

/// What a value may have in it. Lists are looked through.
#[derive(Debug)]
enum Shape {
    /// Anything.
    Open,
    /// No fields.
    Plain,
    /// What the schema of this name has.
    Named(String),
    /// These fields.
    Object(BTreeMap<String, Shape>),
    /// What any of these has.
    Any(Vec<Shape>),
}

/// The answers of this program's routes.
pub(super) fn all() -> &'static Known {
    static ALL: LazyLock<Known> = LazyLock::new(|| Known::of(&openapi::document()));
    &ALL
}

impl Known {
    fn of(document: &Value) -> Self {
        let schemas = document["components"]["schemas"]
            .as_object()
            .into_iter()
            .flatten();
        let paths = document["paths"].as_object().into_iter().flatten();
        let routes = paths.filter_map(|(path, item)| {
            let schema = openapi::answer_of(&item["get"])?;
            let items = openapi::items_of(document, schema);
            let mut parameters = item["get"]["parameters"].as_array().into_iter().flatten();
            let route = Route {
                is_paged: parameters.any(|one| one["name"] == "limit" && one["in"] == "query"),
                is_list: items.is_some(),
                shape: Shape::of(items.unwrap_or(schema)),
            };
            Some((path.clone(), route))
        });
        Self {
            routes: routes.collect(),
            schemas: schemas
                .map(|(name, schema)| (name.clone(), Shape::of(schema)))
                .collect(),
        }
    }

    /// By its path as it is described.
    pub(super) fn route(&self, path: &str) -> Option<&Route> {
        self.routes.get(path)
    }

    /// Whether the answer of a route has all that is wanted of it.
    ///
    /// # Errors
    /// `validation_failed`, naming what it does not have and what it has there.
    pub(super) fn check(&self, route: &Route, picked: &Picked) -> Result<()> {
        self.check_in(&[&route.shape], picked, "")
    }

    fn check_in(&self, shapes: &[&Shape], picked: &Picked, above: &str) -> Result<()> {
        let mut objects = Vec::new();
        let mut open = false;
        for shape in shapes {
            open |= self.open_or_collect(shape, &mut objects, 0);
        }
        if open {
            return Ok(());
        }
        for (name, inner) in &picked.fields {
            let within: Vec<&Shape> = objects.iter().filter_map(|object| object.get(name)).collect();
            let path = format!("{above}{name}");
            if within.is_empty() {
                let there: BTreeSet<&str> = objects
                    .iter()
                    .flat_map(|object| object.keys().map(String::as_str))
                    .collect();
                return Err(unknown(&path, &there));
            }
            if !inner.fields.is_empty() {
                self.check_in(&within, inner, &format!("{path}."))?;
            }
        }
        Ok(())
    }

    /// Finds the objects that a shape may be; `true` when it may have any field.
    fn open_or_collect<'a>(
        &'a self,
        shape: &'a Shape,
        objects: &mut Vec<&'a BTreeMap<String, Shape>>,
        depth: usize,
    ) -> bool {
        match shape {
            Shape::Open => true,
            Shape::Plain => false,
            Shape::Object(fields) => {
                objects.push(fields);
                false
            }
            Shape::Named(name) => match self.schemas.get(name) {
                Some(shape) if depth < CHAIN_MAX => self.open_or_collect(shape, objects, depth + 1),
                _ => true,
            },
            // What is open has every field, so the rest need not be looked at.
            Shape::Any(shapes) => shapes
                .iter()
                .any(|shape| self.open_or_collect(shape, objects, depth + 1)),
        }
    }
}

fn unknown(path: &str, there: &BTreeSet<&str>) -> Error {
    let known: Vec<&str> = there.iter().copied().collect();
    let has = if known.is_empty() {
        "Nothing has fields there.".to_owned()
    } else {
        format!("There are: {}.", known.join(", "))
    };
    let detail = format!("The answer has no field “{}”. {has}", shown(path));
    Error::from(FieldError::new(FIELDS, "unknown", detail).in_query())
}

impl Shape {
    fn of(schema: &Value) -> Self {
        if let Some(name) = schema["$ref"].as_str().and_then(|text| text.rsplit('/').next()) {
            return Self::Named(name.to_owned());
        }
        if schema["items"].is_object() {
            return Self::of(&schema["items"]);
        }
        let mut shapes: Vec<Self> = ["oneOf", "anyOf", "allOf"]
            .iter()
            .filter_map(|of| schema[*of].as_array())
            .flatten()
            .map(Self::of)
            .collect();
        if let Some(fields) = schema["properties"].as_object() {
            let fields = fields
                .iter()
                .map(|(name, schema)| (name.clone(), Self::of(schema)));
            shapes.push(Self::Object(fields.collect()));
        }
        let is_map = match &schema["additionalProperties"] {
            Value::Bool(more) => *more,
            more => more.is_object(),
        };
        let is_object = schema["type"] == "object"
            || schema["type"]
                .as_array()
                .is_some_and(|types| types.iter().any(|one| one == "object"));
        let says_nothing = schema.get("type").is_none() && shapes.is_empty();
        if is_map || says_nothing || (is_object && shapes.is_empty()) {
            shapes.push(Self::Open);
        }
        match shapes.len() {
            0 => Self::Plain,
            1 => shapes.remove(0),
            _ => Self::Any(shapes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, fields: &str) -> Result<()> {
        let route = all().route(path).unwrap();
        all().check(route, &Picked::parse(fields)?)
    }

    #[test]
    fn fields_of_the_description_are_known() {
        check("/api/machines", "id,name,site_id").unwrap();
        check("/api/me", "account.name,organizations.permissions").unwrap();
        check("/api/version", "version").unwrap();
        // Details of audit entries are whatever they are.
        check("/api/audit", "detail.anything.at_all").unwrap();
        assert!(all().route("/api/machines").unwrap().is_list);
        assert!(all().route("/api/machines").unwrap().is_paged);
        assert!(all().route("/api/sites").unwrap().is_list && !all().route("/api/sites").unwrap().is_paged);
        assert!(!all().route("/api/me").unwrap().is_list);
        for none in ["/api/events", "/api/audit/export", "/metrics", "/api/nowhere"] {
            assert!(all().route(none).is_none(), "{none}");
        }
    }

    #[test]
    fn others_are_named_beside_those_that_there_are() {
        let error = check("/api/machines", "id,taste").unwrap_err();
        let Error::Invalid(fields) = error else {
            panic!("{error}")
        };
        assert!(fields[0].detail.contains("“taste”") && fields[0].detail.contains("hostname"));
        let error = check("/api/me", "organizations.taste").unwrap_err();
        let Error::Invalid(fields) = error else {
            panic!("{error}")
        };
        assert!(fields[0].detail.contains("“organizations.taste”"));
        assert!(check("/api/machines", "name.x").is_err());
        assert!(check("/api/machines", "next_cursor").is_err());
    }
}
