//! The company channel: who else is there, who drives, pointers, what is said. Not here: who may drive (the agent).

use std::fmt;

use prost::Message;

use crate::limits::{DESKTOP_MAX, NAME_MAX, PEOPLE_MAX, SAID_MAX};
use crate::wire::{self, company as proto};
use crate::{ProtocolError, text};

const WHAT: &str = "company message";

/// A person in a session, by number; numbers count from 1 and are not used twice while the agent runs.
pub type PersonId = u32;

/// From the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompanyToViewer {
    /// Everybody, whenever anything about anybody changed.
    Roster(Roster),
    /// Where somebody who does not drive points.
    Pointer {
        /// Who.
        person: PersonId,
        /// Where.
        at: PointAt,
    },
    /// Somebody said something.
    Said(Said),
    /// To the driver: this person would like to drive.
    DriveAsked(PersonId),
    /// To who asked to drive: this person says not now.
    DriveRefused(PersonId),
}

/// From a viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompanyToAgent {
    /// Where this viewer points.
    PointAt(PointAt),
    /// Would like to drive.
    AskToDrive,
    /// The driver lets this person drive.
    HandOver(PersonId),
    /// The driver says not now.
    RefuseDrive(PersonId),
    /// Says something to everybody; at most [`SAID_MAX`] bytes.
    Say(Line),
}

/// Who is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// At most [`PEOPLE_MAX`].
    pub people: Vec<Person>,
    /// Whose mouse and keyboard count; `None` when nobody drives.
    pub driver: Option<PersonId>,
    /// Who reads this.
    pub you: PersonId,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Number.
    pub id: PersonId,
    /// Display name.
    pub name: String,
    /// How this person is here.
    pub kind: PersonKind,
    /// The session has the right to control.
    pub may_drive: bool,
    /// Lost the connection and may be back.
    pub interrupted: bool,
}

/// How somebody takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonKind {
    /// With an account.
    Technician,
    /// By an invitation.
    Guest,
    /// At the machine.
    EndUser,
}

/// A place on the desktop, pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PointAt {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
    /// Leaves a glowing trail.
    pub laser: bool,
    /// Nowhere any more.
    pub gone: bool,
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub person: PersonId,
    /// Unix milliseconds on the machine's clock.
    pub at_ms: u64,
    /// The words.
    pub text: Line,
    /// The name at that time.
    pub name: String,
}

/// Words that `Debug` shows only the length of: people type passwords into chats.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Line(pub String);

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({} bytes)", self.0.len())
    }
}

impl PointAt {
    /// Places outside of any desktop are put at its edge.
    fn checked(x: i32, y: i32, laser: bool, gone: bool) -> Self {
        let most = i32::try_from(DESKTOP_MAX).unwrap_or(i32::MAX);
        Self {
            x: x.clamp(-most, most),
            y: y.clamp(-most, most),
            laser,
            gone,
        }
    }
}

impl Person {
    fn into_wire(self) -> proto::Person {
        let kind = match self.kind {
            PersonKind::Technician => proto::person::Kind::Technician,
            PersonKind::Guest => proto::person::Kind::Guest,
            PersonKind::EndUser => proto::person::Kind::EndUser,
        };
        proto::Person {
            id: self.id,
            name: text::clip(self.name, NAME_MAX),
            kind: kind.into(),
            may_drive: self.may_drive,
            interrupted: self.interrupted,
        }
    }

    fn from_wire(person: proto::Person) -> Result<Self, ProtocolError> {
        let kind = match person.kind() {
            proto::person::Kind::Technician => PersonKind::Technician,
            proto::person::Kind::EndUser => PersonKind::EndUser,
            // Kinds of newer agents are somebody else.
            proto::person::Kind::Unspecified | proto::person::Kind::Guest => PersonKind::Guest,
        };
        Ok(Self {
            id: person.id,
            name: text::line(person.name, NAME_MAX, WHAT)?,
            kind,
            may_drive: person.may_drive,
            interrupted: person.interrupted,
        })
    }
}

impl CompanyToViewer {
    pub(crate) fn encode(self) -> Vec<u8> {
        use proto::company_to_viewer::Message as M;
        let message = match self {
            Self::Roster(roster) => M::Roster(proto::Roster {
                people: roster
                    .people
                    .into_iter()
                    .take(PEOPLE_MAX)
                    .map(Person::into_wire)
                    .collect(),
                driver: roster.driver.unwrap_or(0),
                you: roster.you,
            }),
            Self::Pointer { person, at } => M::Pointer(proto::Pointer {
                person,
                x: at.x,
                y: at.y,
                laser: at.laser,
                gone: at.gone,
            }),
            Self::Said(said) => M::Said(proto::Said {
                person: said.person,
                at_ms: said.at_ms,
                text: text::clip(said.text.0, SAID_MAX),
                name: text::clip(said.name, NAME_MAX),
            }),
            Self::DriveAsked(person) => M::DriveAsked(proto::DriveAsked { person }),
            Self::DriveRefused(by) => M::DriveRefused(proto::DriveRefused { by }),
        };
        proto::CompanyToViewer {
            message: Some(message),
        }
        .encode_to_vec()
    }

    /// Reads and checks the message.
    ///
    /// # Errors
    /// When it does not parse or something in it is too big.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        use proto::company_to_viewer::Message as M;
        let message: proto::CompanyToViewer = wire::decode(bytes, WHAT)?;
        Ok(match message.message.ok_or(ProtocolError::Malformed(WHAT))? {
            M::Roster(roster) => {
                if roster.people.len() > PEOPLE_MAX {
                    return Err(ProtocolError::TooBig("list of people"));
                }
                let people = roster.people.into_iter().map(Person::from_wire);
                Self::Roster(Roster {
                    people: people.collect::<Result<_, _>>()?,
                    driver: (roster.driver > 0).then_some(roster.driver),
                    you: roster.you,
                })
            }
            M::Pointer(m) => Self::Pointer {
                person: m.person,
                at: PointAt::checked(m.x, m.y, m.laser, m.gone),
            },
            M::Said(m) => Self::Said(Said {
                person: m.person,
                at_ms: m.at_ms,
                text: line(m.text)?,
                name: text::line(m.name, NAME_MAX, WHAT)?,
            }),
            M::DriveAsked(m) => Self::DriveAsked(m.person),
            M::DriveRefused(m) => Self::DriveRefused(m.by),
        })
    }
}

impl CompanyToAgent {
    pub(crate) fn encode(self) -> Vec<u8> {
        use proto::company_to_agent::Message as M;
        let message = match self {
            Self::PointAt(at) => M::PointAt(proto::PointAt {
                x: at.x,
                y: at.y,
                laser: at.laser,
                gone: at.gone,
            }),
            Self::AskToDrive => M::AskToDrive(proto::AskToDrive {}),
            Self::HandOver(person) => M::HandOver(proto::HandOver { person }),
            Self::RefuseDrive(person) => M::RefuseDrive(proto::RefuseDrive { person }),
            Self::Say(text) => M::Say(proto::Say {
                text: text::clip(text.0, SAID_MAX),
            }),
        };
        proto::CompanyToAgent {
            message: Some(message),
        }
        .encode_to_vec()
    }

    /// Reads and checks the message.
    ///
    /// # Errors
    /// As [`CompanyToViewer::parse`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        use proto::company_to_agent::Message as M;
        let message: proto::CompanyToAgent = wire::decode(bytes, WHAT)?;
        Ok(match message.message.ok_or(ProtocolError::Malformed(WHAT))? {
            M::PointAt(m) => Self::PointAt(PointAt::checked(m.x, m.y, m.laser, m.gone)),
            M::AskToDrive(_) => Self::AskToDrive,
            M::HandOver(m) => Self::HandOver(m.person),
            M::RefuseDrive(m) => Self::RefuseDrive(m.person),
            M::Say(m) => Self::Say(line(m.text)?),
        })
    }
}

fn line(said: String) -> Result<Line, ProtocolError> {
    text::line(said, SAID_MAX, WHAT).map(Line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn roster() -> Roster {
        Roster {
            people: vec![
                Person {
                    id: 1,
                    name: "Ana".into(),
                    kind: PersonKind::Technician,
                    may_drive: true,
                    interrupted: false,
                },
                Person {
                    id: 2,
                    name: "maria".into(),
                    kind: PersonKind::EndUser,
                    may_drive: false,
                    interrupted: false,
                },
            ],
            driver: Some(1),
            you: 1,
        }
    }

    #[test]
    fn everything_reads_as_it_was_written() {
        let at = PointAt {
            x: -4,
            y: 900,
            laser: true,
            gone: false,
        };
        for message in [
            CompanyToViewer::Roster(roster()),
            CompanyToViewer::Pointer { person: 3, at },
            CompanyToViewer::Said(Said {
                person: 1,
                at_ms: 5,
                text: Line("bom dia ☀".into()),
                name: "Ana".into(),
            }),
            CompanyToViewer::DriveAsked(2),
            CompanyToViewer::DriveRefused(1),
        ] {
            assert_eq!(CompanyToViewer::parse(&message.clone().encode()), Ok(message));
        }
        for message in [
            CompanyToAgent::PointAt(at),
            CompanyToAgent::AskToDrive,
            CompanyToAgent::HandOver(2),
            CompanyToAgent::RefuseDrive(2),
            CompanyToAgent::Say(Line("olá".into())),
        ] {
            assert_eq!(CompanyToAgent::parse(&message.clone().encode()), Ok(message));
        }
    }

    #[test]
    fn what_is_too_much_is_refused_and_what_deceives_is_cleaned() {
        let crowd = proto::CompanyToViewer {
            message: Some(proto::company_to_viewer::Message::Roster(proto::Roster {
                people: vec![proto::Person::default(); PEOPLE_MAX + 1],
                ..proto::Roster::default()
            })),
        };
        assert_eq!(
            CompanyToViewer::parse(&crowd.encode_to_vec()),
            Err(ProtocolError::TooBig("list of people"))
        );
        let say = |text: String| {
            proto::CompanyToAgent {
                message: Some(proto::company_to_agent::Message::Say(proto::Say { text })),
            }
            .encode_to_vec()
        };
        assert_eq!(
            CompanyToAgent::parse(&say("x".repeat(SAID_MAX + 1))),
            Err(ProtocolError::TooBig(WHAT))
        );
        assert_eq!(
            CompanyToAgent::parse(&say("a\u{202e}b\nc".into())),
            Ok(CompanyToAgent::Say(Line("a b c".into())))
        );
        assert!(!format!("{:?}", Line("secret".into())).contains("secret"));
    }

    proptest! {
        #[test]
        fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            if let Ok(message) = CompanyToViewer::parse(&bytes) {
                prop_assert_eq!(CompanyToViewer::parse(&message.clone().encode()), Ok(message));
            }
            if let Ok(message) = CompanyToAgent::parse(&bytes) {
                prop_assert_eq!(CompanyToAgent::parse(&message.clone().encode()), Ok(message));
            }
        }
    }
}
