//! The server's end of a link.
//!
//! ```text
//! AwaitHello ──hello──▶ AwaitProof ──proof and key known, signature fits──▶ AwaitWelcome ──welcome()──▶ Live ──▶ Closed
//! ```
//! The machine's key is looked up by the caller while the challenge travels; proof and key may come in any order.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use prost::Message;

use super::inventory::{self, Arriving, InventoryRefused, InventorySection, InventoryWanted, SectionHash};
use super::message::{
    Established, Facts, Goodbye, GoodbyeReason, IdentityUpdate, NewMachineKey, Pace, Secret, Welcome,
};
use super::metrics::{self, MetricSample};
use super::outbox::Outbox;
use super::seal::{Context, End, Ephemeral, Seal};
use super::session::{
    self, SessionAnswer, SessionEnd, SessionFigures, SessionNote, SessionOffer, SessionRightsChanged,
    SessionRightsOffer, SessionStatement, Signed,
};
use super::unknown;
use crate::error::Full;
use crate::identity::{LinkTranscript, MachinePublicKey, ServerIdentity, ServerPublicKey};
use crate::ids::{InstallId, MachineId, SessionId};
use crate::limits::{
    INVENTORY_SECTIONS_MAX, LINK_HANDSHAKE_MESSAGE_MAX, LINK_HANDSHAKE_TIME, LINK_SEALED_MAX, NONCE_BYTES,
};
use crate::wire::{self, link as proto};
use crate::{ProtocolError, Tick};

/// What a server needs for a link.
#[derive(Debug)]
pub struct ServerLinkConfig {
    /// The server's identity keys, the present one first; older ones serve agents that trust them still. Never empty; an
    /// empty list makes every handshake fail.
    pub identities: Vec<ServerIdentity>,
    /// Made of fresh randomness for this link alone.
    pub ephemeral: Ephemeral,
    /// How often the agent is to send a heartbeat, to begin with.
    pub pace: Pace,
}

/// What happened on a link, for the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerLinkEvent {
    /// An agent claims to be this machine and to hold this key: look both up and call [`ServerLink::provide_key`].
    NeedMachineKey(MachineId, MachinePublicKey),
    /// It proved the key. Decide what it is; then register the link and call [`ServerLink::welcome`], or say goodbye.
    Established {
        /// What it says of itself.
        about: Box<Established>,
        /// The server identity key that it trusts.
        trusts: ServerPublicKey,
    },
    /// The agent made itself a new key, as asked; check it, keep it, then call [`ServerLink::accept_key`].
    NewMachineKey(Box<NewMachineKey>),
    /// The agent trusts the identity key with this hash from now on.
    IdentityPinned([u8; 8]),
    /// The agent's main loop turns. Answer with something that is no message, so that the agent knows the same of us.
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
    /// The rights of a session are others now, or an offer of rights was not agreed to.
    SessionRightsChanged(SessionRightsChanged),
    /// Something that happened in a session.
    SessionNote(SessionNote),
    /// How a session goes.
    SessionFigures(SessionFigures),
    /// These sessions are all that the agent still has.
    SessionsHeld(Vec<SessionId>),
    /// What the agent has read of the inventory; sections that are not named are as they were said last. Answer with
    /// [`ServerLink::want_sections`].
    InventoryHeld(Vec<SectionHash>),
    /// A section that was wanted is here, whole. Answer with [`ServerLink::keep_section`] or [`ServerLink::refuse_section`]:
    /// the agent sends no other one before.
    InventorySection(InventorySection),
    /// How busy the machine was.
    MetricSample(MetricSample),
    /// No proof in time, or silence for [`Pace::dead_after`].
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
    /// The identity that this agent was shown.
    server: ServerPublicKey,
    /// The key that the agent says it holds.
    claimed: MachinePublicKey,
    key: Lookup,
    proof: Option<proto::AgentProof>,
}

#[derive(Debug, Clone, Copy)]
enum Lookup {
    Pending,
    Unknown,
    Known,
}

/// The server's end of a link.
#[derive(Debug)]
pub struct ServerLink {
    /// From the hello on only the one that this agent was shown.
    identities: Vec<ServerIdentity>,
    ephemeral: Option<Ephemeral>,
    /// From the hello on.
    seal: Option<Box<Seal>>,
    /// The challenge left, which is not sealed: what follows is.
    challenged: bool,
    pace: Pace,
    stage: Stage,
    outbox: Outbox,
    /// Names of sections that the agent was told to send, and that are not here yet. At most [`INVENTORY_SECTIONS_MAX`].
    wanted: BTreeSet<String>,
    arriving: Arriving,
    events: VecDeque<ServerLinkEvent>,
    started: Tick,
    last_heard: Tick,
    /// When the agent was last told a pace: silence before that was measured by another.
    paced: Tick,
}

impl ServerLink {
    /// A link whose agent has yet to say hello.
    #[must_use]
    pub fn new(config: ServerLinkConfig, now: Tick) -> Self {
        let ServerLinkConfig {
            identities,
            ephemeral,
            pace,
        } = config;
        Self {
            identities,
            ephemeral: Some(ephemeral),
            seal: None,
            challenged: false,
            pace,
            stage: Stage::AwaitHello,
            outbox: Outbox::default(),
            wanted: BTreeSet::new(),
            arriving: Arriving::default(),
            events: VecDeque::new(),
            started: now,
            last_heard: now,
            paced: now,
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
        let proving = matches!(self.stage, Stage::AwaitProof(_));
        // The proof itself carries the facts, which may be long.
        let max = if proving || self.is_live() {
            LINK_SEALED_MAX
        } else {
            LINK_HANDSHAKE_MESSAGE_MAX
        };
        if bytes.len() > max {
            return Err(ProtocolError::TooBig("link message"));
        }
        let message: proto::AgentToServer = match &mut self.seal {
            Some(seal) => wire::decode(&seal.open(bytes)?, "link message")?,
            None => wire::decode(bytes, "link message")?,
        };
        let live = self.is_live();
        let Some(message) = message.message else {
            return unknown(live);
        };
        self.last_heard = self.last_heard.max(now);
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
            M::SessionRightsChanged(changed) if live => {
                ServerLinkEvent::SessionRightsChanged(SessionRightsChanged::from_wire(changed)?)
            }
            M::SessionNote(note) if live => ServerLinkEvent::SessionNote(SessionNote::from_wire(note)?),
            M::SessionFigures(said) if live => {
                ServerLinkEvent::SessionFigures(SessionFigures::from_wire(&said)?)
            }
            M::SessionsHeld(held) if live => ServerLinkEvent::SessionsHeld(session::held_from_wire(&held)?),
            M::InventoryHeld(held) if live => {
                ServerLinkEvent::InventoryHeld(inventory::held_from_wire(held)?)
            }
            M::InventoryPart(part) if live => match self.take_part(part)? {
                Some(section) => ServerLinkEvent::InventorySection(section),
                None => return Ok(()),
            },
            M::MetricSample(said) if live => ServerLinkEvent::MetricSample(MetricSample::from_wire(&said)?),
            M::NewMachineKey(new) if live => {
                ServerLinkEvent::NewMachineKey(Box::new(NewMachineKey::from_wire(&new)?))
            }
            M::IdentityPinned(pinned) if live => {
                ServerLinkEvent::IdentityPinned(key_hash(&pinned.server_key_hash)?)
            }
            _ => return Err(ProtocolError::Unexpected("link message")),
        };
        self.events.push_back(event);
        Ok(())
    }

    fn take_part(&mut self, part: proto::InventoryPart) -> Result<Option<InventorySection>, ProtocolError> {
        let wanted = &self.wanted;
        let whole = self.arriving.take(part, |section| wanted.contains(section))?;
        if let Some(section) = &whole {
            self.wanted.remove(&section.of.section);
        }
        Ok(whole)
    }

    fn challenge(&mut self, hello: &proto::AgentHello) -> Result<(), ProtocolError> {
        if hello.version != super::VERSION {
            return Err(ProtocolError::Version(hello.version));
        }
        let machine = MachineId::from_slice(&hello.machine_id)?;
        let key = MachinePublicKey::from_slice(&hello.machine_key)?;
        let trusted = key_hash(&hello.server_key_hash)?;
        let agent_nonce: [u8; NONCE_BYTES] = hello
            .nonce
            .as_slice()
            .try_into()
            .map_err(|_| ProtocolError::Malformed("hello"))?;
        let own = self.ephemeral.take().ok_or(ProtocolError::Unexpected("hello"))?;
        let transcript = LinkTranscript {
            agent_nonce,
            server_nonce: own.nonce(),
            machine,
        };
        // An agent that trusts a key this server never had gets the present one, and finds out by itself.
        let identity = self
            .identities
            .iter()
            .find(|identity| identity.public().hash8() == trusted)
            .or(self.identities.first())
            .ok_or(ProtocolError::WrongIdentity)?;
        let public = identity.public();
        let context = Context {
            transcript: &transcript,
            machine: &key,
            server: &public,
        };
        let seal = Seal::agree(End::Server, &own, &context)?;
        let challenge = proto::Challenge {
            nonce: transcript.server_nonce.to_vec(),
            identity_key: public.to_bytes().to_vec(),
            signature: identity.sign_challenge(&transcript).to_vec(),
        };
        let shown = identity.clone();
        self.identities = vec![shown];
        self.outbox
            .only(encode(proto::server_to_agent::Message::Challenge(challenge)));
        self.seal = Some(Box::new(seal));
        self.events
            .push_back(ServerLinkEvent::NeedMachineKey(machine, key));
        self.stage = Stage::AwaitProof(Box::new(Proving {
            transcript,
            server: public,
            claimed: key,
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

    /// Whether the key asked for by [`ServerLinkEvent::NeedMachineKey`] is or was that machine's. What a key that is not
    /// any more may do is the caller's decision, after [`ServerLinkEvent::Established`].
    ///
    /// # Errors
    /// When the proof that came meanwhile does not fit it. A goodbye is ready to transmit then.
    pub fn provide_key(&mut self, known: bool) -> Result<(), ProtocolError> {
        if let Stage::AwaitProof(proving) = &mut self.stage {
            proving.key = if known { Lookup::Known } else { Lookup::Unknown };
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
            Lookup::Known => {
                let signed = (&proving.server, given.installation.as_slice());
                proving
                    .claimed
                    .verify_proof(&proving.transcript, signed, &given.signature)?;
                let trusts = proving.server;
                let about = Box::new(Established::from_wire(given)?);
                self.stage = Stage::AwaitWelcome;
                self.events
                    .push_back(ServerLinkEvent::Established { about, trusts });
            }
        }
        Ok(())
    }

    /// Takes the agent in, once its link is registered. `server_time_ms` is Unix time; `go_on` is what its state has to go
    /// on from when that is not what it said. Without effect at any other moment.
    pub fn welcome(&mut self, now: Tick, server_time_ms: u64, go_on: Option<(u64, InstallId)>) {
        if matches!(self.stage, Stage::AwaitWelcome) {
            let welcome = Welcome {
                pace: self.pace,
                server_time_ms,
                counter: go_on.map(|(counter, _)| counter),
                install_id: go_on.map(|(_, id)| id),
            };
            self.outbox.only(encode(proto::server_to_agent::Message::Welcome(
                welcome.into_wire(),
            )));
            self.stage = Stage::Live;
            self.last_heard = self.last_heard.max(now);
        }
    }

    /// The pace that the agent was told, or will be with its welcome.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Tells the agent another pace; the one it has already costs nothing. Its silence is measured by the new one, from now on
    /// at the earliest: when the pace becomes quicker the agent has to hear of it first.
    ///
    /// # Errors
    /// As [`Self::offer_session`]. The pace stays as it was then.
    pub fn set_pace(&mut self, now: Tick, pace: Pace) -> Result<(), Full> {
        if pace == self.pace {
            return Ok(());
        }
        self.push(proto::server_to_agent::Message::Pace(pace.into_wire()))?;
        self.pace = pace;
        self.paced = self.paced.max(now);
        Ok(())
    }

    /// Offers a session, under the signature of the identity that this agent trusts.
    ///
    /// # Errors
    /// [`Full`] when the agent stopped reading, or the link is not live.
    pub fn offer_session(&mut self, offer: SessionOffer) -> Result<(), Full> {
        let signed = self.sign(&offer.statement)?;
        self.push(proto::server_to_agent::Message::SessionOffer(
            offer.into_wire(signed),
        ))
    }

    /// Offers other rights to a session that runs, signed likewise.
    ///
    /// # Errors
    /// As [`Self::offer_session`].
    pub fn offer_rights(&mut self, offer: SessionRightsOffer) -> Result<(), Full> {
        let signed = self.sign(&offer.statement)?;
        self.push(proto::server_to_agent::Message::SessionRightsOffer(
            offer.into_wire(signed),
        ))
    }

    fn sign(&self, statement: &SessionStatement) -> Result<Signed, Full> {
        let identity = self.identities.first().ok_or(Full)?;
        let statement = statement.encode();
        Ok(Signed {
            signature: identity.sign_session(&statement),
            statement,
        })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// As [`Self::offer_session`].
    pub fn end_session(&mut self, end: SessionEnd) -> Result<(), Full> {
        self.push(proto::server_to_agent::Message::SessionEnd(end.into_wire()))
    }

    /// Asks the agent to make itself a new machine key.
    ///
    /// # Errors
    /// As [`Self::offer_session`].
    pub fn rotate_key(&mut self) -> Result<(), Full> {
        self.push(proto::server_to_agent::Message::RotateMachineKey(
            proto::RotateMachineKey {},
        ))
    }

    /// The new key counts from now on.
    ///
    /// # Errors
    /// As [`Self::offer_session`].
    pub fn accept_key(&mut self, key: &MachinePublicKey) -> Result<(), Full> {
        let machine_key = key.to_bytes().to_vec();
        self.push(proto::server_to_agent::Message::MachineKeyAccepted(
            proto::MachineKeyAccepted { machine_key },
        ))
    }

    /// Tells the agent of the identity key that follows the one it trusts.
    ///
    /// # Errors
    /// As [`Self::offer_session`].
    pub fn update_identity(&mut self, update: IdentityUpdate) -> Result<(), Full> {
        self.push(proto::server_to_agent::Message::IdentityUpdate(
            update.into_wire(),
        ))
    }

    /// Tells the agent which sections of the inventory are to be sent, or that they are not wanted now. Pieces of sections
    /// that are not wanted are passed over.
    ///
    /// # Errors
    /// As [`Self::offer_session`]; also when more than [`INVENTORY_SECTIONS_MAX`] sections would be awaited.
    pub fn want_sections(&mut self, wanted: InventoryWanted) -> Result<(), Full> {
        let mut awaited = self.wanted.clone();
        if wanted.retry_after.is_some() {
            awaited.retain(|section| !wanted.sections.contains(section));
        } else {
            awaited.extend(wanted.sections.iter().cloned());
        }
        if wanted.sections.len().max(awaited.len()) > INVENTORY_SECTIONS_MAX {
            return Err(Full);
        }
        let message = wanted.clone().into_wire();
        self.push(proto::server_to_agent::Message::InventoryWanted(message))?;
        self.wanted = awaited;
        if wanted.retry_after.is_some() {
            for section in &wanted.sections {
                self.arriving.forget(section);
            }
        }
        Ok(())
    }

    /// Tells the agent that a section is kept.
    ///
    /// # Errors
    /// As [`Self::offer_session`].
    pub fn keep_section(&mut self, of: SectionHash) -> Result<(), Full> {
        self.push(proto::server_to_agent::Message::InventoryKept(
            inventory::kept_into_wire(of),
        ))
    }

    /// Tells the agent that a section is not taken.
    ///
    /// # Errors
    /// As [`Self::offer_session`].
    pub fn refuse_section(&mut self, refused: InventoryRefused) -> Result<(), Full> {
        self.push(proto::server_to_agent::Message::InventoryRefused(
            refused.into_wire(),
        ))
    }

    /// Asks the agent to read sections again and to say what they are, whether they changed or not.
    ///
    /// # Errors
    /// As [`Self::offer_session`]; also with more than [`INVENTORY_SECTIONS_MAX`] sections.
    pub fn ask_sections(&mut self, sections: Vec<String>) -> Result<(), Full> {
        if sections.len() > INVENTORY_SECTIONS_MAX {
            return Err(Full);
        }
        self.push(proto::server_to_agent::Message::InventoryAsk(
            proto::InventoryAsk { sections },
        ))
    }

    /// Tells the agent how often to say how busy its machine is; whole seconds, and for the next minute only.
    ///
    /// # Errors
    /// As [`Self::offer_session`].
    pub fn pace_metrics(&mut self, every: Duration) -> Result<(), Full> {
        self.push(proto::server_to_agent::Message::MetricPace(
            metrics::pace_into_wire(every),
        ))
    }

    /// Ends the link: the installation is a copy and shall enroll as a machine of its own with this token.
    pub fn reidentify(&mut self, token: Secret) {
        self.end(Goodbye {
            reason: GoodbyeReason::Reidentify,
            detail: String::new(),
            retry_after: None,
            token: Some(token),
        });
    }

    /// Ends the link. What waits is forgotten; the goodbye is the last thing to transmit.
    pub fn goodbye(&mut self, reason: GoodbyeReason, detail: &str, retry_after: Option<Duration>) {
        self.end(Goodbye {
            reason,
            detail: detail.to_owned(),
            retry_after,
            token: None,
        });
    }

    /// The goodbye for an agent that is not even asked who it is: the first and last message of a connection without a link. It
    /// proves nothing, so it delays and does nothing else.
    #[must_use]
    pub fn turn_away(detail: &str, retry_after: Duration) -> Vec<u8> {
        let goodbye = Goodbye {
            reason: GoodbyeReason::ServerStopping,
            detail: detail.to_owned(),
            retry_after: Some(retry_after),
            token: None,
        };
        encode(proto::server_to_agent::Message::Goodbye(goodbye.into_wire()))
    }

    fn end(&mut self, goodbye: Goodbye) {
        if self.is_closed() {
            return;
        }
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

    /// Says these bytes as the next message, whatever they are: what an end that turned hostile would do.
    #[cfg(any(test, feature = "oracle"))]
    pub fn say_anything(&mut self, message: Vec<u8>) {
        self.outbox.only(message);
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
            Stage::Live => self.last_heard.max(self.paced).after(self.pace.dead_after()),
            _ => self.started.after(LINK_HANDSHAKE_TIME),
        }
    }

    /// When [`Self::handle_timeout`] is due; `None` once closed.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Tick> {
        (!self.is_closed()).then(|| self.patience())
    }

    /// The next message for the agent; to be sent in this order, since it is sealed as the next one.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        let message = self.outbox.pop()?;
        match &mut self.seal {
            Some(seal) if self.challenged => Some(seal.seal(&message)),
            // The challenge, or a goodbye in its place.
            sealed => {
                self.challenged = sealed.is_some();
                Some(message)
            }
        }
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

fn key_hash(bytes: &[u8]) -> Result<[u8; 8], ProtocolError> {
    bytes.try_into().map_err(|_| ProtocolError::Malformed("key hash"))
}

fn encode(message: proto::server_to_agent::Message) -> Vec<u8> {
    proto::ServerToAgent {
        message: Some(message),
    }
    .encode_to_vec()
}
