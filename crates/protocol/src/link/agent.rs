//! The agent's end of a link.
//!
//! ```text
//! Hello ──challenge, pinned identity fits──▶ Proven ──welcome──▶ Live ──goodbye, silence──▶ Closed
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use prost::Message;

use super::inventory::{self, InventoryRefused, InventorySection, InventoryWanted, Leaving, SectionHash};
use super::message::{Established, Facts, Goodbye, IdentityUpdate, NewMachineKey, Pace, Welcome};
use super::metrics::{self, MetricSample};
use super::outbox::Outbox;
use super::seal::{Context, End, Ephemeral, Seal};
use super::session::{
    self, SessionAnswer, SessionEnd, SessionFigures, SessionNote, SessionOffer, SessionRightsChanged,
    SessionRightsOffer,
};
use super::unknown;
use crate::error::Full;
use crate::identity::{LinkTranscript, MachineKey, MachinePublicKey, ServerPublicKey};
use crate::ids::{MachineId, SessionId};
use crate::limits::{INVENTORY_SECTIONS_MAX, LINK_HANDSHAKE_TIME, LINK_SEALED_MAX, NONCE_BYTES};
use crate::wire::{self, link as proto};
use crate::{ProtocolError, Tick};

/// What an agent needs for a link.
#[derive(Debug)]
pub struct AgentLinkConfig {
    /// Given at enrollment.
    pub machine: MachineId,
    /// Made at enrollment.
    pub key: MachineKey,
    /// The server's identity, pinned at enrollment or by an update since.
    pub server: ServerPublicKey,
    /// Made of fresh randomness for this link alone.
    pub ephemeral: Ephemeral,
    /// What the agent says of itself once the server proved who it is.
    pub about: Established,
}

/// What happened on a link, for the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentLinkEvent {
    /// The link is live.
    Welcome(Welcome),
    /// Somebody would like to see this machine, or to come back into a session. Stated and signed by the pinned server, for
    /// this machine.
    SessionOffer(Box<SessionOffer>),
    /// A session that runs would like other rights. Stated and signed likewise.
    SessionRightsOffer(Box<SessionRightsOffer>),
    /// The server ended a session.
    SessionEnd(SessionEnd),
    /// Make a new key, keep both, then call [`AgentLink::offer_key`].
    RotateMachineKey,
    /// This new key counts from now on; the old one can be forgotten.
    MachineKeyAccepted(MachinePublicKey),
    /// The server's next identity key, proven by the pinned one. Keep it, then call [`AgentLink::identity_pinned`].
    IdentityUpdate(ServerPublicKey),
    /// The server does not have these sections of the inventory.
    InventoryWanted(InventoryWanted),
    /// The server has kept this section.
    InventoryKept(SectionHash),
    /// The server does not take this section.
    InventoryRefused(InventoryRefused),
    /// Read these sections again and say what they are, whether they changed or not.
    InventoryAsk(Vec<String>),
    /// The pace of the link is another from now on.
    Pace(Pace),
    /// A sample every so often is wanted, for [`crate::limits::METRICS_PACE_LASTS`].
    MetricPace(Duration),
    /// The server ends the link. `authentic` when the server had proved who it is, and this is sealed; believe a final
    /// reason only then.
    Goodbye {
        /// What it said.
        goodbye: Goodbye,
        /// Whether it was proven to be the server.
        authentic: bool,
    },
    /// No welcome in time, or nothing from the server for [`Pace::lost_after`].
    Lost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Hello,
    Proven,
    Live { pace: Pace },
    Closed,
}

/// The agent's end of a link.
#[derive(Debug)]
pub struct AgentLink {
    machine: MachineId,
    /// The key that counts: the one the link was opened with, or the last one accepted on it.
    key: MachineKey,
    /// Offered, not yet accepted.
    offered: Option<MachineKey>,
    server: ServerPublicKey,
    ephemeral: Option<Ephemeral>,
    /// From the challenge on.
    seal: Option<Box<Seal>>,
    about: Option<Established>,
    stage: Stage,
    outbox: Outbox,
    /// Newest facts that wait; a slot, so that they never pile up.
    facts: Option<Facts>,
    /// The newest sample, until it is sent.
    sample: Option<MetricSample>,
    /// Newest hashes that wait, one a section.
    held: Vec<SectionHash>,
    /// The section of which pieces are said.
    leaving: Option<Leaving>,
    events: VecDeque<AgentLinkEvent>,
    counter: u64,
    started: Tick,
    last_heard: Tick,
    last_heartbeat: Tick,
}

impl AgentLink {
    /// A new link; its hello is ready to transmit.
    #[must_use]
    pub fn new(config: AgentLinkConfig, now: Tick) -> Self {
        let AgentLinkConfig {
            machine,
            key,
            server,
            ephemeral,
            about,
        } = config;
        let hello = proto::AgentHello {
            version: super::VERSION,
            machine_id: machine.0.to_vec(),
            nonce: ephemeral.nonce().to_vec(),
            machine_key: key.public().to_bytes().to_vec(),
            server_key_hash: server.hash8().to_vec(),
        };
        let mut outbox = Outbox::default();
        outbox.only(encode(proto::agent_to_server::Message::Hello(hello)));
        Self {
            machine,
            key,
            offered: None,
            server,
            ephemeral: Some(ephemeral),
            seal: None,
            about: Some(about),
            stage: Stage::Hello,
            outbox,
            facts: None,
            sample: None,
            held: Vec::new(),
            leaving: None,
            events: VecDeque::new(),
            counter: 0,
            started: now,
            last_heard: now,
            last_heartbeat: now,
        }
    }

    /// Takes one message from the server.
    ///
    /// # Errors
    /// When it breaks the protocol, or the server is not the pinned one. The link is closed then.
    pub fn handle_input(&mut self, now: Tick, bytes: &[u8]) -> Result<(), ProtocolError> {
        if self.is_closed() {
            return Ok(());
        }
        self.last_heard = self.last_heard.max(now);
        self.accept(now, bytes).inspect_err(|_| self.shut())
    }

    /// Notes that the server is there, when it sent something that is no message (a WebSocket ping).
    pub fn handle_activity(&mut self, now: Tick) {
        self.last_heard = self.last_heard.max(now);
    }

    fn accept(&mut self, now: Tick, bytes: &[u8]) -> Result<(), ProtocolError> {
        use proto::server_to_agent::Message as M;
        if bytes.len() > LINK_SEALED_MAX {
            return Err(ProtocolError::TooBig("link message"));
        }
        let message: proto::ServerToAgent = match &mut self.seal {
            Some(seal) => wire::decode(&seal.open(bytes)?, "link message")?,
            None => wire::decode(bytes, "link message")?,
        };
        let live = matches!(self.stage, Stage::Live { .. });
        let Some(message) = message.message else {
            return unknown(live);
        };
        let event = match message {
            M::Challenge(challenge) if self.stage == Stage::Hello => return self.prove(&challenge),
            M::Welcome(welcome) if self.stage == Stage::Proven => {
                let welcome = Welcome::from_wire(&welcome)?;
                self.stage = Stage::Live { pace: welcome.pace };
                self.last_heartbeat = now;
                AgentLinkEvent::Welcome(welcome)
            }
            M::SessionOffer(offer) if live => {
                self.server.verify_session(&offer.statement, &offer.signature)?;
                let offer = SessionOffer::from_wire(offer)?;
                self.is_for_us(offer.statement.machine)?;
                AgentLinkEvent::SessionOffer(Box::new(offer))
            }
            M::SessionRightsOffer(offer) if live => {
                self.server.verify_session(&offer.statement, &offer.signature)?;
                let offer = SessionRightsOffer::from_wire(offer)?;
                self.is_for_us(offer.statement.machine)?;
                AgentLinkEvent::SessionRightsOffer(Box::new(offer))
            }
            M::SessionEnd(end) if live => AgentLinkEvent::SessionEnd(SessionEnd::from_wire(end)?),
            M::RotateMachineKey(_) if live => AgentLinkEvent::RotateMachineKey,
            M::MachineKeyAccepted(said) if live => {
                let accepted = MachinePublicKey::from_slice(&said.machine_key)?;
                if let Some(offered) = self.offered.take_if(|offered| offered.public() == accepted) {
                    self.key = offered;
                }
                AgentLinkEvent::MachineKeyAccepted(accepted)
            }
            M::IdentityUpdate(said) if live => {
                let update = IdentityUpdate::from_wire(&said)?;
                self.server.verify_next(&update.next, &update.signature)?;
                AgentLinkEvent::IdentityUpdate(update.next)
            }
            M::InventoryWanted(said) if live => {
                AgentLinkEvent::InventoryWanted(InventoryWanted::from_wire(said)?)
            }
            M::InventoryKept(said) if live => AgentLinkEvent::InventoryKept(inventory::kept_from_wire(said)?),
            M::InventoryRefused(said) if live => {
                AgentLinkEvent::InventoryRefused(InventoryRefused::from_wire(said)?)
            }
            M::InventoryAsk(said) if live => {
                AgentLinkEvent::InventoryAsk(inventory::names_from_wire(said.sections)?)
            }
            M::Pace(said) if live => {
                let pace = Pace::from_wire(said);
                // The heartbeat that is due by the new pace goes at once: the server counts from the moment it said so.
                self.stage = Stage::Live { pace };
                AgentLinkEvent::Pace(pace)
            }
            M::MetricPace(said) if live => AgentLinkEvent::MetricPace(metrics::pace_from_wire(said)),
            M::Goodbye(goodbye) => {
                let authentic = self.stage != Stage::Hello;
                self.shut();
                AgentLinkEvent::Goodbye {
                    goodbye: Goodbye::from_wire(goodbye)?,
                    authentic,
                }
            }
            _ => return Err(ProtocolError::Unexpected("link message")),
        };
        self.events.push_back(event);
        Ok(())
    }

    fn is_for_us(&self, machine: MachineId) -> Result<(), ProtocolError> {
        if machine == self.machine {
            Ok(())
        } else {
            Err(ProtocolError::Unexpected("statement for another machine"))
        }
    }

    /// Checks that it is our server before anything about the machine is told.
    fn prove(&mut self, challenge: &proto::Challenge) -> Result<(), ProtocolError> {
        let nonce: [u8; NONCE_BYTES] = challenge
            .nonce
            .as_slice()
            .try_into()
            .map_err(|_| ProtocolError::Malformed("challenge"))?;
        if challenge.identity_key != self.server.to_bytes() {
            return Err(ProtocolError::WrongIdentity);
        }
        let own = self
            .ephemeral
            .take()
            .ok_or(ProtocolError::Unexpected("challenge"))?;
        let transcript = LinkTranscript {
            agent_nonce: own.nonce(),
            server_nonce: nonce,
            machine: self.machine,
        };
        self.server.verify_challenge(&transcript, &challenge.signature)?;
        let context = Context {
            transcript: &transcript,
            machine: &self.key.public(),
            server: &self.server,
        };
        self.seal = Some(Box::new(Seal::agree(End::Agent, &own, &context)?));
        let about = self.about.take().ok_or(ProtocolError::Unexpected("challenge"))?;
        let installation = about.installation.encode();
        let signature = self.key.sign_proof(&transcript, &self.server, &installation);
        self.outbox.only(encode(proto::agent_to_server::Message::Proof(
            about.into_wire(signature.to_vec(), installation),
        )));
        self.stage = Stage::Proven;
        Ok(())
    }

    /// Tells the time; needed at [`Self::poll_deadline`]. Sends the heartbeat, notices silence.
    pub fn handle_timeout(&mut self, now: Tick) {
        if self.is_closed() {
            return;
        }
        if now >= self.patience() {
            self.shut();
            self.events.push_back(AgentLinkEvent::Lost);
            return;
        }
        if let Stage::Live { pace } = self.stage
            && now >= self.last_heartbeat.after(pace.heartbeat)
        {
            self.last_heartbeat = now;
            let message = proto::agent_to_server::Message::Heartbeat(proto::Heartbeat {
                counter: self.counter,
            });
            // A full queue means that nothing gets through; the silence that follows says so.
            if self.outbox.push(encode(message)).is_ok() {
                self.counter += 1;
            }
        }
    }

    fn patience(&self) -> Tick {
        match self.stage {
            Stage::Live { pace } => self.last_heard.after(pace.lost_after()),
            _ => self.started.after(LINK_HANDSHAKE_TIME),
        }
    }

    /// When [`Self::handle_timeout`] is due; `None` once closed.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Tick> {
        match self.stage {
            Stage::Closed => None,
            Stage::Live { pace } => Some(self.patience().min(self.last_heartbeat.after(pace.heartbeat))),
            _ => Some(self.patience()),
        }
    }

    /// The next message for the server; to be sent in this order, since it is sealed as the next one.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        let message = match self.outbox.pop() {
            Some(message) => message,
            None if self.is_live() => encode(self.what_can_wait()?),
            None => return None,
        };
        Some(match &mut self.seal {
            Some(seal) => seal.seal(&message),
            None => message,
        })
    }

    /// What lets everything else go first.
    fn what_can_wait(&mut self) -> Option<proto::agent_to_server::Message> {
        use proto::agent_to_server::Message as M;
        if let Some(facts) = self.facts.take() {
            return Some(M::Facts(facts.into_wire()));
        }
        if let Some(sample) = self.sample.take() {
            return Some(M::MetricSample(sample.into_wire()));
        }
        if !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            return Some(M::InventoryHeld(inventory::held_into_wire(held)));
        }
        let part = self.leaving.as_mut()?.next_part();
        self.leaving.take_if(|leaving| leaving.is_said());
        part.map(M::InventoryPart)
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<AgentLinkEvent> {
        self.events.pop_front()
    }

    /// Sends facts that changed; newer ones replace those that still wait.
    pub fn send_facts(&mut self, facts: Facts) {
        match &mut self.about {
            Some(about) => about.facts = facts,
            None => self.facts = Some(facts),
        }
    }

    /// Answers a session offer.
    ///
    /// # Errors
    /// [`Full`] when the server stopped reading, or the link is not live.
    pub fn answer_session(&mut self, answer: SessionAnswer) -> Result<(), Full> {
        self.push(proto::agent_to_server::Message::SessionAnswer(answer.into_wire()))
    }

    /// Says that a session ended here.
    ///
    /// # Errors
    /// As [`Self::answer_session`].
    pub fn end_session(&mut self, end: SessionEnd) -> Result<(), Full> {
        self.push(proto::agent_to_server::Message::SessionEnd(end.into_wire()))
    }

    /// Says which rights a session has now.
    ///
    /// # Errors
    /// As [`Self::answer_session`].
    pub fn rights_changed(&mut self, changed: SessionRightsChanged) -> Result<(), Full> {
        self.push(proto::agent_to_server::Message::SessionRightsChanged(
            changed.into_wire(),
        ))
    }

    /// Tells something that happened in a session, to be kept with it.
    ///
    /// # Errors
    /// As [`Self::answer_session`].
    pub fn note(&mut self, note: SessionNote) -> Result<(), Full> {
        self.push(proto::agent_to_server::Message::SessionNote(note.into_wire()))
    }

    /// Tells how a session goes.
    ///
    /// # Errors
    /// As [`Self::answer_session`].
    pub fn figures(&mut self, figures: SessionFigures) -> Result<(), Full> {
        self.push(proto::agent_to_server::Message::SessionFigures(
            figures.into_wire(),
        ))
    }

    /// Says which sessions are still here. To be called once after each welcome, before anything else about sessions.
    ///
    /// # Errors
    /// As [`Self::answer_session`].
    pub fn sessions_held(&mut self, sessions: &[SessionId]) -> Result<(), Full> {
        let held = session::held_into_wire(sessions);
        self.push(proto::agent_to_server::Message::SessionsHeld(held))
    }

    /// Offers a new machine key, signed by itself and by the one that opened this link. Keep both until
    /// [`AgentLinkEvent::MachineKeyAccepted`].
    ///
    /// # Errors
    /// As [`Self::answer_session`].
    pub fn offer_key(&mut self, new: &MachineKey) -> Result<(), Full> {
        let (old, key) = (self.key.public(), new.public());
        let offer = NewMachineKey {
            key,
            signature_by_old: self.key.sign_rotation(self.machine, &old, &key),
            signature_by_new: new.sign_rotation(self.machine, &old, &key),
        };
        self.offered = Some(new.clone());
        self.push(proto::agent_to_server::Message::NewMachineKey(offer.into_wire()))
    }

    /// Says that the server's next identity key was kept.
    ///
    /// # Errors
    /// As [`Self::answer_session`].
    pub fn identity_pinned(&mut self, next: &ServerPublicKey) -> Result<(), Full> {
        self.push(proto::agent_to_server::Message::IdentityPinned(
            proto::IdentityPinned {
                server_key_hash: next.hash8().to_vec(),
            },
        ))
    }

    /// Says how busy the machine is. One that still waits is replaced; without a live link it is forgotten.
    pub fn send_sample(&mut self, sample: MetricSample) {
        if self.is_live() {
            self.sample = Some(sample);
        }
    }

    /// Says what was read of the inventory. What still waits of the same sections is replaced, and everything else goes first.
    ///
    /// # Errors
    /// [`Full`] when the link is not live, or with more than [`INVENTORY_SECTIONS_MAX`] sections; none is said then.
    pub fn inventory_held(&mut self, held: Vec<SectionHash>) -> Result<(), Full> {
        let is_new = |old: &SectionHash| !held.iter().any(|new| new.section == old.section);
        let mut all: Vec<SectionHash> = self.held.iter().filter(|old| is_new(old)).cloned().collect();
        all.extend(held);
        if !self.is_live() || all.len() > INVENTORY_SECTIONS_MAX {
            return Err(Full);
        }
        self.held = all;
        Ok(())
    }

    /// Says a section that was wanted, in pieces. Everything else goes before each of them, the hashes that wait, too.
    ///
    /// # Errors
    /// [`Full`] when the link is not live or another section is under way; and of one that is empty or too long for all time.
    pub fn send_section(&mut self, section: InventorySection) -> Result<(), Full> {
        if !self.is_live() || self.leaving.is_some() {
            return Err(Full);
        }
        self.leaving = Some(Leaving::new(section).ok_or(Full)?);
        Ok(())
    }

    /// Says no more of this section: nobody wants it now.
    pub fn stop_section(&mut self, section: &str) {
        self.leaving.take_if(|leaving| leaving.is_of(section));
    }

    /// Says nothing more of the inventory: the last words of an agent that stops are not to wait for it.
    pub fn stop_inventory(&mut self) {
        self.held.clear();
        self.leaving = None;
    }

    /// Says these bytes as the next message, whatever they are: what an end that turned hostile would do.
    #[cfg(any(test, feature = "oracle"))]
    pub fn say_anything(&mut self, message: Vec<u8>) {
        self.outbox.only(message);
    }

    fn push(&mut self, message: proto::agent_to_server::Message) -> Result<(), Full> {
        if self.is_live() {
            self.outbox.push(encode(message))
        } else {
            Err(Full)
        }
    }

    /// Welcomed and not closed.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.stage, Stage::Live { .. })
    }

    /// Nothing more will happen.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.stage == Stage::Closed
    }

    fn shut(&mut self) {
        self.stage = Stage::Closed;
        self.outbox.clear();
        self.stop_inventory();
    }
}

fn encode(message: proto::agent_to_server::Message) -> Vec<u8> {
    proto::AgentToServer {
        message: Some(message),
    }
    .encode_to_vec()
}
