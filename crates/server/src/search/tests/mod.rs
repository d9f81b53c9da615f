//! Tests of the language as a whole, with fields like those of machines.

mod completing;
mod examples;
mod mistakes;
mod properties;

use std::net::IpAddr;

use super::language::is_sound;
use super::*;
use crate::clock::Timestamp;

/// 2026-11-20T12:00:00Z.
const NOW: Timestamp = Timestamp(1_795_176_000_000);
const HOUR: i64 = 3_600_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Name,
    Os,
    Tag,
    Is,
    Cpus,
    Memory,
    DiskFree,
    Seen,
    Ip,
    Agent,
    Muted,
}

impl Field for Asked {
    const ALL: &'static [Self] = &[
        Self::Name,
        Self::Os,
        Self::Tag,
        Self::Is,
        Self::Cpus,
        Self::Memory,
        Self::DiskFree,
        Self::Seen,
        Self::Ip,
        Self::Agent,
        Self::Muted,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Os => "os",
            Self::Tag => "tag",
            Self::Is => "is",
            Self::Cpus => "cpus",
            Self::Memory => "memory",
            Self::DiskFree => "disk.free",
            Self::Seen => "seen",
            Self::Ip => "ip",
            Self::Agent => "agent",
            Self::Muted => "muted",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Name | Self::Os | Self::Tag => Kind::Text,
            Self::Is => Kind::Choice(&["online", "offline", "blocked"]),
            Self::Cpus => Kind::Number(Unit::Plain),
            Self::Memory => Kind::Number(Unit::Bytes),
            Self::DiskFree => Kind::Number(Unit::Percent),
            Self::Seen => Kind::Time,
            Self::Ip => Kind::Address,
            Self::Agent => Kind::Version,
            Self::Muted => Kind::YesNo,
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Machine {
    name: String,
    os: Option<String>,
    tags: Vec<String>,
    online: bool,
    cpus: Option<f64>,
    memory: Option<f64>,
    disk_free: Option<f64>,
    seen: Option<Timestamp>,
    ips: Vec<IpAddr>,
    agent: Option<String>,
    muted: bool,
}

impl Machine {
    /// Reception's, seen an hour ago.
    fn reception() -> Self {
        Self {
            name: fold("Recepção-01"),
            os: Some(fold("Windows 11")),
            tags: vec!["lab".to_owned(), "loan".to_owned()],
            online: true,
            cpus: Some(8.0),
            memory: Some(8_250_000_000.0),
            disk_free: Some(9.7),
            seen: Some(Timestamp(NOW.0 - HOUR)),
            ips: ["10.2.3.4", "fe80::1", "::ffff:192.0.2.7"]
                .map(|ip| ip.parse().unwrap())
                .to_vec(),
            agent: Some("1.4.2".to_owned()),
            muted: false,
        }
    }
}

impl Subject<Asked> for Machine {
    fn words(&self) -> impl Iterator<Item = &str> {
        let tags = self.tags.iter().map(String::as_str);
        tags.chain(self.os.as_deref()).chain([self.name.as_str()])
    }

    fn values(&self, field: Asked) -> Vec<Value<'_>> {
        let number = |number: Option<f64>| number.map(Value::Number).into_iter().collect();
        match field {
            Asked::Name => vec![Value::Text(&self.name)],
            Asked::Os => self.os.as_deref().map(Value::Text).into_iter().collect(),
            Asked::Tag => self.tags.iter().map(|tag| Value::Text(tag)).collect(),
            Asked::Is => vec![Value::Text(if self.online { "online" } else { "offline" })],
            Asked::Cpus => number(self.cpus),
            Asked::Memory => number(self.memory),
            Asked::DiskFree => number(self.disk_free),
            Asked::Seen => self.seen.map(Value::Time).into_iter().collect(),
            Asked::Ip => self.ips.iter().copied().map(Value::Address).collect(),
            Asked::Agent => {
                let said = self.agent.iter();
                said.map(|text| Version::of(text).map_or(Value::Text(text), Value::Version))
                    .collect()
            }
            Asked::Muted => vec![Value::YesNo(self.muted)],
        }
    }
}

fn read(text: &str) -> Result<Query<Asked>, Mistake> {
    Query::read(text, NOW)
}

#[test]
fn these_fields_can_be_written() {
    assert!(is_sound::<Asked>());
}

#[test]
fn fields_that_cannot_be_written_are_unsound() {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Named(&'static str, Kind);
    macro_rules! sound {
        ($name:ident, $($field:expr),+) => {{
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            struct $name(Named);
            impl Field for $name {
                const ALL: &'static [Self] = &[$($name($field)),+];
                fn name(self) -> &'static str {
                    self.0.0
                }
                fn kind(self) -> Kind {
                    self.0.1
                }
            }
            is_sound::<$name>()
        }};
    }
    assert!(sound!(Right, Named("a.b-c_1", Kind::Choice(&["x"]))));
    assert!(!sound!(Capital, Named("Os", Kind::Text)));
    assert!(!sound!(Digit, Named("1st", Kind::Text)));
    assert!(!sound!(Nameless, Named("", Kind::Text)));
    assert!(!sound!(Colon, Named("a:b", Kind::Text)));
    assert!(!sound!(Spaced, Named("is", Kind::Choice(&["not here"]))));
    assert!(!sound!(Twice, Named("os", Kind::Text), Named("os", Kind::Time)));
}
