//! What a machine's row and the sections of its inventory say, field by field, and as one text for words. What sections say: `sections.rs`.

use std::net::IpAddr;

use farol_inventory::{Body, Section};

use super::{MachineField, sections};
use crate::machines::{Labels, view};
use crate::search::{Field, Version, address_key, fold};
use crate::store::entities::machine::Model;
use crate::store::entities::machine_fact;

/// Stands between two things that are said: nobody can look for it, so nothing is found across them.
const BETWEEN: &str = "\n";
/// Most values that one part says in one field; a machine that has more is found by the first ones.
const VALUES_MAX: usize = 64;
/// Most bytes of a text in a field. PostgreSQL's index has the texts in it and takes rows of 2,700 bytes.
const TEXT_BYTES_MAX: usize = 1_000;

/// Whose word a fact is. What changes with one of them is written with it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The machine's row.
    Row,
    /// A section of its inventory.
    Section(Section),
}

impl Part {
    /// The name kept.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Section(section) => section.name(),
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        if name == Self::Row.name() {
            return Some(Self::Row);
        }
        Section::of_name(name).map(Self::Section)
    }
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Whose word it is.
    pub part: Part,
    /// Which field.
    pub field: MachineField,
    /// What it says, folded; never empty.
    pub text: String,
    /// What it is compared by, where it is an address or a version that can be read.
    pub key: Option<String>,
    /// The number, or 1 for yes and 0 for no, where the field asks for that.
    pub value: Option<i64>,
}

impl Fact {
    /// As it was kept; None for fields that there are no more.
    pub(super) fn of_kept(row: &machine_fact::Model) -> Option<Self> {
        Some(Self {
            part: Part::of_name(&row.part)?,
            field: MachineField::find(&row.field)?,
            text: row.text.clone(),
            key: row.key.clone(),
            value: row.value,
        })
    }
}

/// What is said, in the order of the parts, and in each of the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts(Vec<Fact>);

impl Facts {
    /// What `row` says. What stands in columns of its own, or changes without the row, is not among it.
    #[must_use]
    pub fn of(row: &Model) -> Self {
        let mut said = Said::by(Part::Row);
        said.text(MachineField::Name, &row.name);
        said.text(MachineField::Host, &row.hostname);
        said.text(MachineField::Os, &format!("{} {}", row.os_name, row.os_version));
        said.version(MachineField::OsVersion, &row.os_version);
        said.text(MachineField::OsFamily, &row.os_family);
        said.text(MachineField::Arch, &row.os_arch);
        said.version(MachineField::Agent, &row.agent_version);
        for user in view::users(&row.users) {
            said.text(MachineField::User, &user.name);
        }
        let labels = Labels::from_column(&row.labels);
        for tag in &labels.tags {
            said.text(MachineField::Tag, tag);
        }
        said.text(
            MachineField::Department,
            labels.department.as_deref().unwrap_or_default(),
        );
        said.text(
            MachineField::DeviceType,
            labels.device_type.as_deref().unwrap_or_default(),
        );
        said.address(MachineField::Ip, row.address.as_deref().unwrap_or_default());
        for known in view::doors(row.door, row.helpdesk_at) {
            said.text(MachineField::Door, &known);
        }
        let capabilities = row.capabilities.as_array().into_iter().flatten();
        for capability in capabilities.filter_map(|one| one.as_str()) {
            said.text(MachineField::Can, capability);
        }
        Self::sorted(said.facts)
    }

    /// What one section says; software is kept by its titles (`software.rs`) and not among it.
    #[must_use]
    pub fn of_section(body: &Body) -> Self {
        let mut said = Said::by(Part::Section(body.section()));
        sections::say(body, &mut said);
        Self::sorted(said.facts)
    }

    /// All of these together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::sorted([self.0, other.0].concat())
    }

    /// What of one thing stands in its order stays so.
    pub(super) fn sorted(mut facts: Vec<Fact>) -> Self {
        facts.sort_by_key(|fact| (fact.part, fact.field));
        Self(facts)
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.0.iter()
    }

    /// One text that has all that people look for by words: each thing once.
    #[must_use]
    pub fn words(&self) -> String {
        let mut said: Vec<&str> = Vec::with_capacity(self.0.len());
        for fact in &self.0 {
            if !says_little(fact.field) && !said.contains(&fact.text.as_str()) {
                said.push(&fact.text);
            }
        }
        said.join(BETWEEN)
    }
}

/// What every machine says is nothing to find one by, and nobody looks for a number of bytes by a word.
fn says_little(field: MachineField) -> bool {
    matches!(
        field,
        MachineField::Door
            | MachineField::Can
            | MachineField::Memory
            | MachineField::Disk
            | MachineField::Timezone
            | MachineField::Encrypted
            | MachineField::Reboot
    )
}

/// A text as it is kept to be found.
pub(super) fn kept(text: &str) -> String {
    fold(text.trim()).replace(BETWEEN, " ")
}

/// The beginning of a text that is longer than is kept in one field.
fn cut(mut text: String) -> String {
    let fits = |(at, letter): &(usize, char)| at + letter.len_utf8() <= TEXT_BYTES_MAX;
    let end = text.char_indices().take_while(fits).last();
    text.truncate(end.map_or(0, |(at, letter)| at + letter.len_utf8()));
    text
}

/// What one part says, while it is written down.
pub(super) struct Said {
    part: Part,
    facts: Vec<Fact>,
}

impl Said {
    fn by(part: Part) -> Self {
        Self {
            part,
            facts: Vec::new(),
        }
    }

    pub(super) fn text(&mut self, field: MachineField, text: &str) {
        self.put(field, text, (None, None));
    }

    /// Nothing, if it is not known.
    pub(super) fn maybe(&mut self, field: MachineField, text: Option<&String>) {
        self.text(field, text.map(String::as_str).unwrap_or_default());
    }

    pub(super) fn version(&mut self, field: MachineField, text: &str) {
        self.put(
            field,
            text,
            (Version::of(text).map(|version| version.key()), None),
        );
    }

    pub(super) fn address(&mut self, field: MachineField, text: &str) {
        match text.parse::<IpAddr>() {
            Ok(address) => {
                let written = address.to_canonical().to_string();
                self.put(field, &written, (Some(address_key(address)), None));
            }
            Err(_) => self.put(field, text, (None, None)),
        }
    }

    /// Nothing, if it is not known.
    pub(super) fn number(&mut self, field: MachineField, number: Option<u64>) {
        if let Some(number) = number.and_then(|number| i64::try_from(number).ok()) {
            self.put(field, &number.to_string(), (None, Some(number)));
        }
    }

    /// Nothing, if it is not known.
    pub(super) fn yes_no(&mut self, field: MachineField, said: Option<bool>) {
        if let Some(said) = said {
            self.put(
                field,
                if said { "yes" } else { "no" },
                (None, Some(i64::from(said))),
            );
        }
    }

    /// Once, however often it is said.
    fn put(&mut self, field: MachineField, text: &str, (key, value): (Option<String>, Option<i64>)) {
        let text = cut(kept(text));
        let of_field = || self.facts.iter().filter(move |fact| fact.field == field);
        if text.is_empty() || of_field().count() >= VALUES_MAX || of_field().any(|fact| fact.text == text) {
            return;
        }
        self.facts.push(Fact {
            part: self.part,
            field,
            text,
            key,
            value,
        });
    }
}
