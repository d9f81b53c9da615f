//! What a machine's row says, field by field, and as one text for words.

use std::net::IpAddr;

use super::MachineField;
use crate::machines::{Labels, view};
use crate::search::{Version, address_key, fold};
use crate::store::entities::machine::Model;

/// Stands between two things that are said: nobody can look for it, so nothing is found across them.
const BETWEEN: &str = "\n";

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Which field.
    pub field: MachineField,
    /// What it says, folded; never empty.
    pub text: String,
    /// What it is compared by, where it is an address or a version that can be read.
    pub key: Option<String>,
}

/// Everything that a row says which is written beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts(Vec<Fact>);

impl Facts {
    /// What `row` says. What stands in columns of its own, or changes without the row, is not among it.
    #[must_use]
    pub fn of(row: &Model) -> Self {
        let mut facts = Self(Vec::new());
        facts.text(MachineField::Name, &row.name);
        facts.text(MachineField::Host, &row.hostname);
        facts.text(MachineField::Os, &format!("{} {}", row.os_name, row.os_version));
        facts.version(MachineField::OsVersion, &row.os_version);
        facts.text(MachineField::OsFamily, &row.os_family);
        facts.text(MachineField::Arch, &row.os_arch);
        facts.version(MachineField::Agent, &row.agent_version);
        for user in view::users(&row.users) {
            facts.text(MachineField::User, &user.name);
        }
        let labels = Labels::from_column(&row.labels);
        for tag in &labels.tags {
            facts.text(MachineField::Tag, tag);
        }
        facts.text(
            MachineField::Department,
            labels.department.as_deref().unwrap_or_default(),
        );
        facts.text(
            MachineField::DeviceType,
            labels.device_type.as_deref().unwrap_or_default(),
        );
        facts.address(MachineField::Ip, row.address.as_deref().unwrap_or_default());
        for known in view::doors(row.door, row.helpdesk_at) {
            facts.text(MachineField::Door, &known);
        }
        let capabilities = row.capabilities.as_array().into_iter().flatten();
        for capability in capabilities.filter_map(|one| one.as_str()) {
            facts.text(MachineField::Can, capability);
        }
        facts
    }

    /// All of them, in the order of the fields.
    pub fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.0.iter()
    }

    /// One text that has all that people look for by words: each thing once.
    #[must_use]
    pub fn words(&self) -> String {
        let mut said: Vec<&str> = Vec::with_capacity(self.0.len());
        for fact in &self.0 {
            // What every machine says is nothing to find one by.
            let says_little = matches!(fact.field, MachineField::Door | MachineField::Can);
            if !says_little && !said.contains(&fact.text.as_str()) {
                said.push(&fact.text);
            }
        }
        said.join(BETWEEN)
    }

    fn text(&mut self, field: MachineField, text: &str) {
        self.put(field, text, None);
    }

    fn version(&mut self, field: MachineField, text: &str) {
        self.put(field, text, Version::of(text).map(|version| version.key()));
    }

    fn address(&mut self, field: MachineField, text: &str) {
        match text.parse::<IpAddr>() {
            Ok(address) => {
                let written = address.to_canonical().to_string();
                self.put(field, &written, Some(address_key(address)));
            }
            Err(_) => self.put(field, text, None),
        }
    }

    fn put(&mut self, field: MachineField, text: &str, key: Option<String>) {
        let text = fold(text.trim()).replace(BETWEEN, " ");
        if !text.is_empty() {
            self.0.push(Fact { field, text, key });
        }
    }
}
