//! [`RightSet`]: a set of rights as the API reads and writes it. What rights are is said in `farol_protocol::rights`.

use std::borrow::Cow;

use farol_protocol::rights::{Right, Rights};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// Most names taken in a list; there are five rights, and naming one twice is harmless.
const NAMES_MAX: usize = 16;

/// A set of rights; in JSON an array of their names, in the order in which people read them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RightSet(pub Rights);

impl Serialize for RightSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Right::as_str))
    }
}

impl<'de> Deserialize<'de> for RightSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<Cow<'de, str>>::deserialize(deserializer)?;
        if names.len() > NAMES_MAX {
            return Err(D::Error::custom("too many rights"));
        }
        let rights = names.iter().map(|name| {
            Right::parse(name).ok_or_else(|| D::Error::custom(format_args!("there is no right “{name}”")))
        });
        rights.collect::<Result<_, _>>().map(Self)
    }
}

impl utoipa::PartialSchema for RightSet {
    fn schema() -> RefOr<Schema> {
        let name = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Right::ALL.map(Right::as_str)));
        ArrayBuilder::new()
            .items(name)
            .description(Some("What a viewer may do; each name once, in this order"))
            .into()
    }
}

impl utoipa::ToSchema for RightSet {
    fn name() -> Cow<'static, str> {
        "Rights".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_order_are_a_set_and_unknown_ones_are_refused() {
        let set: RightSet = serde_json::from_str(r#"["control","view","control"]"#).unwrap();
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"["view","control"]"#);
        for wrong in [r#"["everything"]"#, r#""view""#, r#"[1]"#] {
            assert!(serde_json::from_str::<RightSet>(wrong).is_err(), "{wrong}");
        }
        let many = serde_json::to_string(&vec!["view"; NAMES_MAX + 1]).unwrap();
        assert!(serde_json::from_str::<RightSet>(&many).is_err());
    }
}
