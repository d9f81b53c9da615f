//! What a link says about sessions: offers with the server's signed statement, answers, rights, ends, what is still held.
//! Not here: when any of it is said (`agent.rs`, `server.rs`).

use std::time::Duration;

use prost::Message;

use crate::identity::SIGNATURE_BYTES;
use crate::ids::{Grant, MachineId, SessionId};
use crate::limits::{CODE_MAX, DETAIL_MAX, NAME_MAX, SAID_MAX, SESSIONS_HELD_MAX, STATEMENT_MAX};
use crate::pipe::PipePublicKey;
use crate::pipe::message::company::Line;
use crate::rights::Rights;
use crate::wire::{self, link as proto};
use crate::{ProtocolError, text};

/// Whether the person at the machine is asked, and what silence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Somebody has to agree; silence and absence mean no.
    Always,
    /// When nobody is logged on, nobody is asked and it is a yes; silence means no.
    IfLoggedOn,
    /// When nobody is logged on, nobody is asked and it is a yes; silence means yes, a no is a no.
    SilenceAllows,
}

impl Asking {
    /// What the answer is when nobody is logged on.
    #[must_use]
    pub fn absence_allows(self) -> bool {
        self != Self::Always
    }

    /// What the answer is when somebody was asked and said nothing.
    #[must_use]
    pub fn silence_allows(self) -> bool {
        self == Self::SilenceAllows
    }
}

/// What the server states about a session, under its signature. Everything that the agent shows to the person at the machine
/// and everything it enforces comes from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionStatement {
    /// Which.
    pub session: SessionId,
    /// The machine it is for.
    pub machine: MachineId,
    /// Nobody else opens the pipe.
    pub viewer_key: PipePublicKey,
    /// What the viewer gets, once those of `ask` are agreed to.
    pub rights: Rights,
    /// Those of `rights` that the person at the machine has to agree to.
    pub ask: Rights,
    /// How they are asked.
    pub asking: Asking,
    /// How long the question stands.
    pub answer_time: Duration,
    /// Name of the technician, or as a guest gave it.
    pub technician: String,
    /// Name of the organization.
    pub organization: String,
    /// Unix milliseconds on the server's clock.
    pub issued_ms: u64,
    /// Warn of callers who ask for it, and make them wait.
    pub warn: bool,
    /// Somebody without an account, whom a technician invited.
    pub guest: bool,
}

impl SessionStatement {
    /// The bytes that travel and that the server's signature covers.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let asking = match self.asking {
            Asking::Always => proto::session_statement::Asking::Always,
            Asking::IfLoggedOn => proto::session_statement::Asking::IfLoggedOn,
            Asking::SilenceAllows => proto::session_statement::Asking::SilenceAllows,
        };
        proto::SessionStatement {
            session_id: self.session.0.to_vec(),
            machine_id: self.machine.0.to_vec(),
            viewer_key: self.viewer_key.to_bytes().to_vec(),
            rights: self.rights.into_wire(),
            ask: self.ask.into_wire(),
            asking: asking.into(),
            answer_seconds: u32::try_from(self.answer_time.as_secs()).unwrap_or(u32::MAX),
            technician: text::clip(self.technician.clone(), NAME_MAX),
            organization: text::clip(self.organization.clone(), NAME_MAX),
            issued_ms: self.issued_ms,
            warn: self.warn,
            guest: self.guest,
        }
        .encode_to_vec()
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// When it is something else, or longer than allowed.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        if bytes.len() > STATEMENT_MAX {
            return Err(ProtocolError::TooBig("session statement"));
        }
        let said: proto::SessionStatement = wire::decode(bytes, "session statement")?;
        let asking = match said.asking() {
            // What this version does not know is asked in the strictest way.
            proto::session_statement::Asking::Unspecified | proto::session_statement::Asking::Always => {
                Asking::Always
            }
            proto::session_statement::Asking::IfLoggedOn => Asking::IfLoggedOn,
            proto::session_statement::Asking::SilenceAllows => Asking::SilenceAllows,
        };
        let rights = Rights::from_wire(&said.rights)?;
        Ok(Self {
            session: SessionId::from_slice(&said.session_id)?,
            machine: MachineId::from_slice(&said.machine_id)?,
            viewer_key: PipePublicKey::from_slice(&said.viewer_key)?,
            rights,
            ask: Rights::from_wire(&said.ask)?.and(rights),
            asking,
            answer_time: Duration::from_secs(said.answer_seconds.into()),
            technician: text::line(said.technician, NAME_MAX, "session statement")?,
            organization: text::line(said.organization, NAME_MAX, "session statement")?,
            issued_ms: said.issued_ms,
            warn: said.warn,
            guest: said.guest,
        })
    }
}

/// The server offers a session, or the way back into one that lost its pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOffer {
    /// What it is; signed by the server on the way out, checked by the agent's end of the link on the way in.
    pub statement: SessionStatement,
    /// Lets the agent into the relay, once.
    pub grant: Grant,
    /// The agent knows the session: it dials again and asks nobody.
    pub resume: bool,
    /// Joins the agent's log lines to the server's.
    pub request_id: String,
}

/// The agent takes a session, or says why not, or that a person is being asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionAnswer {
    /// Which.
    pub session: SessionId,
    /// The answer.
    pub answer: Answer,
    /// Who was logged on when a person answered, as far as the agent knows; else empty.
    pub by: String,
}

/// An agent's answer to an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Yes, with these rights.
    Accepted(Rights),
    /// The person at the machine is being asked.
    Waiting,
    /// No.
    Refused {
        /// Stable code: `busy`, `no_capability`, `shutting_down`, `session_unknown`, `consent_refused`,
        /// `consent_timed_out`, `nobody_to_ask`, `statement_refused`.
        code: String,
        /// For people; may be empty.
        detail: String,
    },
}

/// The server would like to give a session that runs other rights; the statement names all it would then have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRightsOffer {
    /// Signed and checked as in [`SessionOffer`].
    pub statement: SessionStatement,
    /// Joins the agent's log lines to the server's.
    pub request_id: String,
}

/// The rights of a session as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRightsChanged {
    /// Which.
    pub session: SessionId,
    /// All it has.
    pub rights: Rights,
    /// Empty when an offer was agreed to; `taken_back`; else why an offer was not agreed to, as in [`Answer::Refused`].
    pub code: String,
    /// Who was logged on when a person decided; else empty.
    pub by: String,
}

/// Something that happened in a session, to be kept with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionNote {
    /// Which session.
    pub session: SessionId,
    /// Stable code: `said`, `handed_over`.
    pub kind: String,
    /// Name of who did it.
    pub who: String,
    /// The words, or the name of who drives now.
    pub text: Line,
    /// Counts up within the session, from 1: a note that may have been lost is said again, and kept once.
    pub number: u32,
}

/// How a session goes, and what passed in it, over all of it so far. The newest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionFigures {
    /// Which session.
    pub session: SessionId,
    /// Pictures that the viewer drew.
    pub pictures: u64,
    /// From when a picture was made until the viewer's word that it is drawn was here.
    pub picture: Spread,
    /// To the viewer and back.
    pub round_trip: Spread,
    /// What was copied on the machine and went to the viewer.
    pub copied_to_viewer: Copied,
    /// What was copied at the viewer and went to the machine.
    pub copied_to_agent: Copied,
}

/// How times are spread, in microseconds; zero before there was any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spread {
    /// The middle one.
    pub p50_us: u32,
    /// 95 of 100 are no longer.
    pub p95_us: u32,
}

/// Texts that went over the clipboard channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// How many.
    pub times: u32,
    /// Their bytes.
    pub bytes: u64,
}

/// Either side ends a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEnd {
    /// Which.
    pub session: SessionId,
    /// One of the session end reasons of the API.
    pub code: String,
    /// For people; may be empty.
    pub detail: String,
    /// Name of who ended it, when a person did; else empty.
    pub by: String,
}

/// A statement and the signature under it, as they travel.
pub(super) struct Signed {
    pub(super) statement: Vec<u8>,
    pub(super) signature: [u8; SIGNATURE_BYTES],
}

impl SessionOffer {
    pub(super) fn into_wire(self, signed: Signed) -> proto::SessionOffer {
        proto::SessionOffer {
            grant: self.grant.0.to_vec(),
            request_id: text::clip(self.request_id, CODE_MAX),
            statement: signed.statement,
            signature: signed.signature.to_vec(),
            resume: self.resume,
        }
    }

    /// `offer.statement` was checked already.
    pub(super) fn from_wire(offer: proto::SessionOffer) -> Result<Self, ProtocolError> {
        Ok(Self {
            statement: SessionStatement::decode(&offer.statement)?,
            grant: Grant::from_slice(&offer.grant)?,
            resume: offer.resume,
            request_id: text::line(offer.request_id, CODE_MAX, "session offer")?,
        })
    }
}

impl SessionRightsOffer {
    pub(super) fn into_wire(self, signed: Signed) -> proto::SessionRightsOffer {
        proto::SessionRightsOffer {
            statement: signed.statement,
            signature: signed.signature.to_vec(),
            request_id: text::clip(self.request_id, CODE_MAX),
        }
    }

    /// `offer.statement` was checked already.
    pub(super) fn from_wire(offer: proto::SessionRightsOffer) -> Result<Self, ProtocolError> {
        Ok(Self {
            statement: SessionStatement::decode(&offer.statement)?,
            request_id: text::line(offer.request_id, CODE_MAX, "rights offer")?,
        })
    }
}

impl SessionAnswer {
    pub(super) fn into_wire(self) -> proto::SessionAnswer {
        let mut wire = proto::SessionAnswer {
            session_id: self.session.0.to_vec(),
            by: text::clip(self.by, NAME_MAX),
            ..proto::SessionAnswer::default()
        };
        match self.answer {
            Answer::Accepted(rights) => {
                wire.accepted = true;
                wire.rights = rights.into_wire();
            }
            Answer::Waiting => wire.waiting = true,
            Answer::Refused { code, detail } => {
                wire.code = code;
                wire.detail = text::clip(detail, DETAIL_MAX);
            }
        }
        wire
    }

    pub(super) fn from_wire(said: proto::SessionAnswer) -> Result<Self, ProtocolError> {
        let answer = match (said.accepted, said.waiting) {
            (true, false) => Answer::Accepted(Rights::from_wire(&said.rights)?),
            (false, true) => Answer::Waiting,
            (false, false) => Answer::Refused {
                code: text::code(said.code, CODE_MAX, "session answer")?,
                detail: text::line(said.detail, DETAIL_MAX, "session answer")?,
            },
            (true, true) => return Err(ProtocolError::Malformed("session answer")),
        };
        Ok(Self {
            session: SessionId::from_slice(&said.session_id)?,
            answer,
            by: text::line(said.by, NAME_MAX, "session answer")?,
        })
    }
}

impl SessionRightsChanged {
    pub(super) fn into_wire(self) -> proto::SessionRightsChanged {
        proto::SessionRightsChanged {
            session_id: self.session.0.to_vec(),
            rights: self.rights.into_wire(),
            code: self.code,
            by: text::clip(self.by, NAME_MAX),
        }
    }

    pub(super) fn from_wire(said: proto::SessionRightsChanged) -> Result<Self, ProtocolError> {
        let code = match said.code.as_str() {
            "" => String::new(),
            _ => text::code(said.code, CODE_MAX, "session rights")?,
        };
        Ok(Self {
            session: SessionId::from_slice(&said.session_id)?,
            rights: Rights::from_wire(&said.rights)?,
            code,
            by: text::line(said.by, NAME_MAX, "session rights")?,
        })
    }
}

impl SessionNote {
    pub(super) fn into_wire(self) -> proto::SessionNote {
        proto::SessionNote {
            session_id: self.session.0.to_vec(),
            kind: self.kind,
            who: text::clip(self.who, NAME_MAX),
            text: text::clip(self.text.0, SAID_MAX),
            number: self.number,
        }
    }

    pub(super) fn from_wire(said: proto::SessionNote) -> Result<Self, ProtocolError> {
        Ok(Self {
            session: SessionId::from_slice(&said.session_id)?,
            kind: text::code(said.kind, CODE_MAX, "session note")?,
            who: text::line(said.who, NAME_MAX, "session note")?,
            text: Line(text::line(said.text, SAID_MAX, "session note")?),
            number: said.number,
        })
    }
}

impl SessionFigures {
    pub(super) fn into_wire(self) -> proto::SessionFigures {
        let copied = |Copied { times, bytes }| Some(proto::Copied { times, bytes });
        proto::SessionFigures {
            session_id: self.session.0.to_vec(),
            pictures: self.pictures,
            picture_p50_us: self.picture.p50_us,
            picture_p95_us: self.picture.p95_us,
            round_trip_p50_us: self.round_trip.p50_us,
            round_trip_p95_us: self.round_trip.p95_us,
            copied_to_viewer: copied(self.copied_to_viewer),
            copied_to_agent: copied(self.copied_to_agent),
        }
    }

    pub(super) fn from_wire(said: &proto::SessionFigures) -> Result<Self, ProtocolError> {
        let spread = |p50_us, p95_us| Spread { p50_us, p95_us };
        let copied = |said: Option<proto::Copied>| {
            said.map_or_else(Copied::default, |said| Copied {
                times: said.times,
                bytes: said.bytes,
            })
        };
        Ok(Self {
            session: SessionId::from_slice(&said.session_id)?,
            pictures: said.pictures,
            picture: spread(said.picture_p50_us, said.picture_p95_us),
            round_trip: spread(said.round_trip_p50_us, said.round_trip_p95_us),
            copied_to_viewer: copied(said.copied_to_viewer),
            copied_to_agent: copied(said.copied_to_agent),
        })
    }
}

impl SessionEnd {
    pub(super) fn into_wire(self) -> proto::SessionEnd {
        proto::SessionEnd {
            session_id: self.session.0.to_vec(),
            code: self.code,
            detail: text::clip(self.detail, DETAIL_MAX),
            by: text::clip(self.by, NAME_MAX),
        }
    }

    pub(super) fn from_wire(end: proto::SessionEnd) -> Result<Self, ProtocolError> {
        Ok(Self {
            session: SessionId::from_slice(&end.session_id)?,
            code: text::code(end.code, CODE_MAX, "session end")?,
            detail: text::line(end.detail, DETAIL_MAX, "session end")?,
            by: text::line(end.by, NAME_MAX, "session end")?,
        })
    }
}

/// The sessions that an agent still has.
pub(super) fn held_into_wire(sessions: &[SessionId]) -> proto::SessionsHeld {
    let sessions = sessions.iter().take(SESSIONS_HELD_MAX);
    proto::SessionsHeld {
        session_ids: sessions.map(|session| session.0.to_vec()).collect(),
    }
}

pub(super) fn held_from_wire(said: &proto::SessionsHeld) -> Result<Vec<SessionId>, ProtocolError> {
    if said.session_ids.len() > SESSIONS_HELD_MAX {
        return Err(ProtocolError::TooBig("list of sessions"));
    }
    said.session_ids
        .iter()
        .map(|id| SessionId::from_slice(id))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::ServerIdentity;
    use crate::pipe::PipeKey;
    use crate::rights::Right;

    fn rights() -> impl Strategy<Value = Rights> {
        proptest::sample::subsequence(Right::ALL.to_vec(), 0..=Right::ALL.len())
            .prop_map(|rights| rights.into_iter().collect())
    }

    prop_compose! {
        fn statements()(
            ids in any::<([u8; 16], [u8; 16])>(), key in any::<[u8; 32]>(), rights in rights(), ask in rights(),
            asking in prop::sample::select(vec![Asking::Always, Asking::IfLoggedOn, Asking::SilenceAllows]),
            seconds in 0..3600_u64, names in ("[\\p{L}\\p{N} ]{0,64}", "[\\p{L}\\p{N} ]{0,64}"),
            issued_ms in any::<u64>(), (warn, guest) in any::<(bool, bool)>(),
        ) -> SessionStatement {
            SessionStatement {
                session: SessionId(ids.0),
                machine: MachineId(ids.1),
                viewer_key: PipeKey::from_seed(key).public(),
                rights,
                ask: ask.and(rights),
                asking,
                answer_time: Duration::from_secs(seconds),
                technician: names.0,
                organization: names.1,
                issued_ms,
                warn,
                guest,
            }
        }
    }

    proptest! {
        // Each case makes a key.
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn a_statement_is_read_as_it_was_stated(statement in statements()) {
            prop_assert_eq!(SessionStatement::decode(&statement.encode()), Ok(statement));
        }

        #[test]
        fn whether_it_is_a_guest_is_under_the_signature(statement in statements()) {
            let server = ServerIdentity::from_seed(&[6; 32]);
            let signature = server.sign_session(&statement.encode());
            let other = SessionStatement { guest: !statement.guest, ..statement.clone() };
            let verify = |statement: &SessionStatement| {
                server.public().verify_session(&statement.encode(), &signature).is_ok()
            };
            prop_assert!(verify(&statement));
            prop_assert!(!verify(&other));
        }
    }
}
