//! A machine that is at hand, as the search language asks it. Says the same as `sql.rs`.

use std::net::IpAddr;

use farol_inventory::Body;

use super::facts::Fact;
use super::software;
use super::{BLOCKED, Facts, MachineField, OFFLINE, ONLINE};
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::machines::view;
use crate::search::{Field, Kind, Subject, Value, Version, fold};
use crate::store::entities::machine::{MachineState, Model};

/// Everything that a search asks of one machine.
#[derive(Debug, Clone)]
pub struct Known {
    facts: Facts,
    words: String,
    software: Vec<String>,
    site: String,
    organization: String,
    is: Vec<&'static str>,
    seen: Option<Timestamp>,
    enrolled: Timestamp,
}

impl Known {
    /// The machine of `row` with its inventory, at the site and in the organization of these names.
    #[must_use]
    pub fn of(ctx: &Ctx, row: &Model, inventory: &[Body], (site, organization): (&str, &str)) -> Self {
        let now = ctx.clock.now();
        let (mut facts, mut installed) = (Facts::of(row), Vec::new());
        for body in inventory {
            facts = facts.and(Facts::of_section(body));
            if let Body::Software(found) = body {
                installed = software::names(found);
            }
        }
        let online = view::online_since(ctx, row).is_some();
        let mut is = vec![if online { ONLINE } else { OFFLINE }];
        if row.state == MachineState::Blocked {
            is.push(BLOCKED);
        }
        Self {
            words: facts.words(),
            software: installed,
            facts,
            site: fold(site),
            organization: fold(organization),
            is,
            seen: if online { Some(now) } else { row.last_seen_at },
            enrolled: row.enrolled_at,
        }
    }
}

impl Subject<MachineField> for Known {
    fn words(&self) -> impl Iterator<Item = &str> {
        let said = [self.words.as_str(), &self.site, &self.organization].into_iter();
        said.chain(self.software.iter().map(String::as_str))
    }

    fn values(&self, field: MachineField) -> Vec<Value<'_>> {
        match field {
            MachineField::Site => vec![Value::Text(&self.site)],
            MachineField::Organization => vec![Value::Text(&self.organization)],
            MachineField::Is => self.is.iter().copied().map(Value::Text).collect(),
            MachineField::Software => self.software.iter().map(|name| Value::Text(name)).collect(),
            MachineField::Seen => self.seen.into_iter().map(Value::Time).collect(),
            MachineField::Enrolled => vec![Value::Time(self.enrolled)],
            _ => {
                let said = self.facts.iter().filter(|fact| fact.field == field);
                said.map(value).collect()
            }
        }
    }
}

fn value(fact: &Fact) -> Value<'_> {
    let read = match fact.field.kind() {
        Kind::Version => Version::of(&fact.text).map(Value::Version),
        Kind::Address => fact.text.parse::<IpAddr>().ok().map(Value::Address),
        Kind::Number(_) => fact.value.map(|number| Value::Number(number as f64)),
        Kind::YesNo => fact.value.map(|said| Value::YesNo(said != 0)),
        _ => None,
    };
    read.unwrap_or(Value::Text(&fact.text))
}
