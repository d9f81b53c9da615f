//! The server's end of a link.
//!
//! ```text
//! AwaitHello ──hello──▶ AwaitProof ──proof and key known, signature fits──▶ AwaitWelcome ──welcome()──▶ Live ──▶ Closed
//! ```
//! The machine's key is looked up by the caller while the challenge travels; proof and key may come in any order.

use std::collections::VecDeque;
use std::time::Duration;

use prost::Message;

use super::message::{
    Established, Facts, Goodbye, GoodbyeReason, SessionAnswer, SessionEnd, SessionOffer, Welcome,
};
use super::outbox::Outbox;
use crate::error::Full;
use crate::identity::{LinkTranscript, MachinePublicKey, ServerIdentity};
use crate::ids::{MachineId, Nonce};
use crate::limits::{
    LINK_DEAD_AFTER, LINK_HANDSHAKE_MESSAGE_MAX, LINK_HANDSHAKE_TIME, LINK_MESSAGE_MAX, NONCE_BYTES,
};
use crate::wire::{self, link as proto};
use crate::{ProtocolError, Tick};

/// What a server needs for a link.
#[derive(Debug)]
pub struct ServerLinkConfig {
    /// The server's identity.
    pub identity: ServerIdentity,
    /// Fresh randomness for this link.
    pub nonce: Nonce,
    /// How often the agent is to send a heartbeat.
    pub heartbeat: Duration,
}

/// What happened on a link, for the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerLinkEvent {
    /// An agent claims to be this machine: look its key up and call [`ServerLink::provide_key`].
    NeedMachineKey(MachineId),
    /// It is. Register the link, then call [`ServerLink::welcome`].
    Established(Established),
    /// The agent's main loop turns.
    Heartbeat {
        /// Counts from 0 on each link.
        counter: u64,
    },
    /// Facts changed.
    Facts(Facts),
    /// The agent took or refused a session.
    SessionAnswer(SessionAnswer),
    /// A session ended on the machine.
    SessionEnd(SessionEnd),
    /// No proof in time, or silence for [`LINK_DEAD_AFTER`].
    Lost,
}

#[derive(Debug)]
enum Stage {
    AwaitHello,
    AwaitProof(Box<Proving>),
    AwaitWelcome,
    Live,
    Closed,
}

#[derive(Debug)]
struct Proving {
    transcript: LinkTranscript,
    key: Lookup,
    proof: Option<proto::AgentProof>,
}

#[derive(Debug, Clone, Copy)]
enum Lookup {
    Pending,
    Unknown,
    Known(MachinePublicKey),
}

/// The server's end of a link.
#[derive(Debug)]
pub struct ServerLink {
    identity: ServerIdentity,
    nonce: Nonce,
    heartbeat: Duration,
    stage: Stage,
    outbox: Outbox,
    events: VecDeque<ServerLinkEvent>,
    started: Tick,
    last_heard: Tick,
}

impl ServerLink {
    /// A link whose agent has yet to say hello.
    #[must_use]
    pub fn new(config: ServerLinkConfig, now: Tick) -> Self {
        let ServerLinkConfig {
            identity,
            nonce,
            heartbeat,
        } = config;
        Self {
            identity,
            nonce,
            heartbeat,
            stage: Stage::AwaitHello,
            outbox: Outbox::default(),
            events: VecDeque::new(),
            started: now,
            last_heard: now,
        }
    }

    /// Takes one message from the agent.
    ///
    /// # Errors
    /// When it breaks the protocol or does not prove the machine's key. A goodbye is ready to transmit then, and the
    /// link is closed.
    pub fn handle_input(&mut self, now: Tick, bytes: &[u8]) -> Result<(), ProtocolError> {
        if self.is_closed() {
            return Ok(());
        }
        self.accept(now, bytes).inspect_err(|error| self.fail(error))
    }

    fn accept(&mut self, now: Tick, bytes: &[u8]) -> Result<(), ProtocolError> {
        use proto::agent_to_server::Message as M;
        let max = if self.is_live() {
            LINK_MESSAGE_MAX
        } else {
            LINK_HANDSHAKE_MESSAGE_MAX
        };
        let proving = matches!(self.stage, Stage::AwaitProof(_));
        // The proof itself carries the facts, which may be long.
        if bytes.len() > if proving { LINK_MESSAGE_MAX } else { max } {
            return Err(ProtocolError::TooBig("link message"));
        }
        let message: proto::AgentToServer = wire::decode(bytes, "link message")?;
        let message = message.message.ok_or(ProtocolError::Malformed("link message"))?;
        self.last_heard = self.last_heard.max(now);
        let live = self.is_live();
        let event = match message {
            M::Hello(hello) if matches!(self.stage, Stage::AwaitHello) => return self.challenge(&hello),
            M::Proof(proof) if proving => return self.take_proof(proof),
            M::Heartbeat(heartbeat) if live => ServerLinkEvent::Heartbeat {
                counter: heartbeat.counter,
            },
            M::Facts(facts) if live => ServerLinkEvent::Facts(Facts::from_wire(facts)?),
            M::SessionAnswer(answer) if live => {
                ServerLinkEvent::SessionAnswer(SessionAnswer::from_wire(answer)?)
            }
            M::SessionEnd(end) if live => ServerLinkEvent::SessionEnd(SessionEnd::from_wire(end)?),
            _ => return Err(ProtocolError::Unexpected("link message")),
        };
        self.events.push_back(event);
        Ok(())
    }

    fn challenge(&mut self, hello: &proto::AgentHello) -> Result<(), ProtocolError> {
        if hello.version != super::VERSION {
            return Err(ProtocolError::Version(hello.version));
        }
        let machine = MachineId::from_slice(&hello.machine_id)?;
        let agent_nonce: [u8; NONCE_BYTES] = hello
            .nonce
            .as_slice()
            .try_into()
            .map_err(|_| ProtocolError::Malformed("hello"))?;
        let transcript = LinkTranscript {
            agent_nonce,
            server_nonce: self.nonce,
            machine,
        };
        let challenge = proto::Challenge {
            nonce: self.nonce.to_vec(),
            identity_key: self.identity.public().to_bytes().to_vec(),
            signature: self.identity.sign_challenge(&transcript).to_vec(),
        };
        self.outbox
            .only(encode(proto::server_to_agent::Message::Challenge(challenge)));
        self.events.push_back(ServerLinkEvent::NeedMachineKey(machine));
        self.stage = Stage::AwaitProof(Box::new(Proving {
            transcript,
            key: Lookup::Pending,
            proof: None,
        }));
        Ok(())
    }

    fn take_proof(&mut self, new: proto::AgentProof) -> Result<(), ProtocolError> {
        if let Stage::AwaitProof(proving) = &mut self.stage
            && proving.proof.replace(new).is_some()
        {
            return Err(ProtocolError::Unexpected("second proof"));
        }
        self.try_establish()
    }

    /// The key of the machine asked for by [`ServerLinkEvent::NeedMachineKey`]; `None` when there is no such machine.
    ///
    /// # Errors
    /// When the proof that came meanwhile does not fit it. A goodbye is ready to transmit then.
    pub fn provide_key(&mut self, found: Option<MachinePublicKey>) -> Result<(), ProtocolError> {
        if let Stage::AwaitProof(proving) = &mut self.stage {
            proving.key = found.map_or(Lookup::Unknown, Lookup::Known);
        }
        self.try_establish().inspect_err(|error| self.fail(error))
    }

    fn try_establish(&mut self) -> Result<(), ProtocolError> {
        let Stage::AwaitProof(proving) = &mut self.stage else {
            return Ok(());
        };
        let Some(given) = proving.proof.take() else {
            return Ok(());
        };
        match proving.key {
            Lookup::Pending => proving.proof = Some(given),
            Lookup::Unknown => {
                self.goodbye(
                    GoodbyeReason::NotEnrolled,
                    "this machine is not enrolled here",
                    None,
                );
                self.events.push_back(ServerLinkEvent::Lost);
            }
            Lookup::Known(key) => {
                key.verify_proof(&proving.transcript, &self.identity.public(), &given.signature)?;
                let established = Established::from_wire(given)?;
                self.stage = Stage::AwaitWelcome;
                self.events.push_back(ServerLinkEvent::Established(established));
            }
        }
        Ok(())
    }

    /// Takes the agent in, once its link is registered. `server_time_ms` is Unix time. Without effect at any other
    /// moment.
    pub fn welcome(&mut self, now: Tick, server_time_ms: u64) {
        if matches!(self.stage, Stage::AwaitWelcome) {
            let welcome = Welcome {
                heartbeat: self.heartbeat,
                server_time_ms,
            };
            self.outbox.only(encode(proto::server_to_agent::Message::Welcome(
                welcome.into_wire(),
            )));
            self.stage = Stage::Live;
            self.last_heard = self.last_heard.max(now);
        }
    }

    /// Offers a session.
    ///
    /// # Errors
    /// [`Full`] when the agent stopped reading, or the link is not live.
    pub fn offer_session(&mut self, offer: SessionOffer) -> Result<(), Full> {
        self.push(proto::server_to_agent::Message::SessionOffer(offer.into_wire()))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// As [`Self::offer_session`].
    pub fn end_session(&mut self, end: SessionEnd) -> Result<(), Full> {
        self.push(proto::server_to_agent::Message::SessionEnd(end.into_wire()))
    }

    /// Ends the link. What waits is forgotten; the goodbye is the last thing to transmit.
    pub fn goodbye(&mut self, reason: GoodbyeReason, detail: &str, retry_after: Option<Duration>) {
        if self.is_closed() {
            return;
        }
        let goodbye = Goodbye {
            reason,
            detail: detail.to_owned(),
            retry_after,
        };
        self.outbox.only(encode(proto::server_to_agent::Message::Goodbye(
            goodbye.into_wire(),
        )));
        self.stage = Stage::Closed;
    }

    fn fail(&mut self, error: &ProtocolError) {
        let reason = match error {
            ProtocolError::BadSignature => GoodbyeReason::NotEnrolled,
            _ => GoodbyeReason::ProtocolViolation,
        };
        self.goodbye(reason, error.code(), None);
    }

    fn push(&mut self, message: proto::server_to_agent::Message) -> Result<(), Full> {
        if self.is_live() {
            self.outbox.push(encode(message))
        } else {
            Err(Full)
        }
    }

    /// Tells the time; needed at [`Self::poll_deadline`]. Notices silence.
    pub fn handle_timeout(&mut self, now: Tick) {
        if !self.is_closed() && now >= self.patience() {
            self.stage = Stage::Closed;
            self.outbox.clear();
            self.events.push_back(ServerLinkEvent::Lost);
        }
    }

    fn patience(&self) -> Tick {
        match self.stage {
            Stage::Live => self.last_heard.after(LINK_DEAD_AFTER),
            _ => self.started.after(LINK_HANDSHAKE_TIME),
        }
    }

    /// When [`Self::handle_timeout`] is due; `None` once closed.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Tick> {
        (!self.is_closed()).then(|| self.patience())
    }

    /// The next message for the agent.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outbox.pop()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<ServerLinkEvent> {
        self.events.pop_front()
    }

    /// Welcomed and not closed.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.stage, Stage::Live)
    }

    /// Nothing more will happen, though a goodbye may still be there to transmit.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.stage, Stage::Closed)
    }
}

fn encode(message: proto::server_to_agent::Message) -> Vec<u8> {
    proto::ServerToAgent {
        message: Some(message),
    }
    .encode_to_vec()
}
