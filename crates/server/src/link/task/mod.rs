//! The task of one link: drives `farol_protocol::link::ServerLink` over a WebSocket.
//!
//! Here: waiting, reading, writing, deadlines, the hello. Not here: what is said once it is live (`talk.rs`), how often it is heard
//! (`attention.rs`).
//!
//! Waiting order: the stop of the server first, then commands, then the agent's words, time last. Rows are written beside it
//! (`reports.rs`). Everything rare is boxed: the memory of an idle link is this task, and there may be thousands.

mod attention;
mod talk;

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use farol_protocol::ProtocolError;
use farol_protocol::error::Full;
use farol_protocol::identity::{MachinePublicKey, ServerPublicKey};
use farol_protocol::ids::InstallId;
use farol_protocol::limits::LINK_DEAD_AFTER;
use farol_protocol::link::{
    Ephemeral, Established, GoodbyeReason, IdentityUpdate, NewMachineKey, ServerLink, ServerLinkConfig,
    ServerLinkEvent,
};
use tokio::time::{Instant, sleep_until, timeout};
use uuid::Uuid;

use crate::ctx::Ctx;
use crate::ids::MachineId;
use crate::inventory;
use crate::link::intake::{Intake, Word};
use crate::link::reports::Reports;
use crate::machine_metrics::{self, Gate};
use crate::machines::{self, Reported};
use crate::presence::{Place, Who};
use crate::recognition::{self, Claim, Outcome};
use crate::relay;
use crate::sessions;
use crate::sessions::ticks::Ticks;
use crate::shares::Share;
use attention::Attention;

/// Time for a goodbye to be written and the socket to be closed by the agent.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);
/// What an agent should wait at least when the server could not look it up.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Close codes of the link; the goodbye message before them says the same in words.
pub(super) mod close {
    pub(in crate::link) const DONE: u16 = 1000;
    pub(in crate::link) const GOING_AWAY: u16 = 1001;
    pub(in crate::link) const MALFORMED: u16 = 4400;
    pub(in crate::link) const NOT_ENROLLED: u16 = 4401;
    pub(in crate::link) const REMOVED: u16 = 4404;
    pub(in crate::link) const TIMED_OUT: u16 = 4408;
    pub(in crate::link) const REPLACED: u16 = 4409;
    pub(in crate::link) const NOT_NOW: u16 = 4423;
}

/// Why a link ended, for its close frame and its log line.
#[derive(Debug)]
struct Cause {
    code: u16,
    text: String,
}

impl Cause {
    fn new(code: u16, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }
}

pub(super) struct Task {
    ctx: Ctx,
    socket: WebSocket,
    link: ServerLink,
    ticks: Ticks,
    address: IpAddr,
    /// Gives the place in the handshake back.
    handshake: Option<Share>,
    claim: Option<Box<Claim>>,
    /// The count of decisions before the claim was looked up.
    decisions: u64,
    /// The identity key that the agent trusts.
    trusts: Option<ServerPublicKey>,
    place: Option<Place>,
    reports: Reports,
    notes: sessions::Notes,
    /// Of an agent that delivers an inventory.
    intake: Option<Box<Intake>>,
    /// Lets so many samples through.
    gate: Gate,
    /// The agent has said which sessions it still has.
    held: bool,
    /// Somebody has to do with the machine.
    attention: Option<Box<Attention>>,
}

/// Waits for the end of a step of the inventory; for ever without one. Cancel safe.
async fn stepped(intake: &mut Option<Box<Intake>>) -> Option<Word> {
    match intake {
        Some(intake) => intake.stepped().await,
        None => std::future::pending().await,
    }
}

/// Waits until then; for ever when nothing is due. Cancel safe.
async fn due_at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

impl Task {
    pub(super) fn new(ctx: Ctx, socket: WebSocket, address: IpAddr, handshake: Share) -> Option<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .inspect_err(|error| tracing::error!(%error, "no randomness for a link"))
            .ok()?;
        let identities = ctx.identity.all();
        let ticks = ctx.presence.ticks();
        let config = ServerLinkConfig {
            identities,
            ephemeral: Ephemeral::from_seed(seed),
            pace: ctx.presence.pace(),
        };
        let now = Instant::now();
        Some(Self {
            link: ServerLink::new(config, ticks.now()),
            ctx,
            socket,
            ticks,
            address,
            handshake: Some(handshake),
            claim: None,
            decisions: 0,
            trusts: None,
            place: None,
            reports: Reports::new(now),
            notes: sessions::Notes::default(),
            intake: None,
            gate: Gate::new(now),
            held: false,
            attention: None,
        })
    }

    /// Runs until the link ends; says why in one log line.
    pub(super) async fn run(mut self) {
        let cause = loop {
            if let Err(cause) = self.settle().await {
                break cause;
            }
            if let Err(cause) = self.wait().await {
                break cause;
            }
        };
        Box::pin(self.finish(cause)).await;
    }

    /// Handles what happened and sends what is due, until nothing is left of either.
    async fn settle(&mut self) -> Result<(), Cause> {
        loop {
            while let Some(event) = self.link.poll_event() {
                Box::pin(self.on_event(event)).await?;
            }
            match self.link.poll_transmit() {
                Some(message) => self.send(Message::Binary(message.into())).await?,
                None => return Ok(()),
            }
        }
    }

    async fn wait(&mut self) -> Result<(), Cause> {
        let due = self.due();
        let commands = self.place.as_mut();
        tokio::select! {
            biased;
            () = self.ctx.shutdown.cancelled() => {
                self.link.goodbye(GoodbyeReason::ServerStopping, "", None);
                Err(Cause::new(close::GOING_AWAY, "the server stops"))
            }
            command = async {
                match commands {
                    Some(place) => place.commands.recv().await,
                    None => std::future::pending().await,
                }
            } => self.on_command(command),
            message = self.socket.recv() => self.on_message(message),
            there = self.reports.written() => self.on_written(there),
            word = stepped(&mut self.intake) => self.on_intake(word),
            () = due_at(due) => self.on_time(),
        }
    }

    /// The next moment at which something is to be done without being asked.
    fn due(&self) -> Option<Instant> {
        let deadline = self.link.poll_deadline();
        let deadline = deadline.map(|deadline| self.ticks.instant(deadline));
        let intake = self.intake.as_ref().and_then(|intake| intake.due());
        self.reports.due().into_iter().chain(intake).chain(deadline).min()
    }

    fn on_time(&mut self) -> Result<(), Cause> {
        let now = Instant::now();
        self.link.handle_timeout(self.ticks.now());
        if let Some(claim) = &self.claim {
            self.reports.write(&self.ctx, claim, now);
        }
        if let Some(word) = self.intake.as_mut().and_then(|intake| intake.timeout(now)) {
            self.on_intake(Some(word))?;
        }
        Ok(())
    }

    fn on_message(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), Cause> {
        match message {
            Some(Ok(Message::Binary(bytes))) => {
                let taken = self.link.handle_input(self.ticks.now(), &bytes);
                taken.map_err(|error| match error {
                    ProtocolError::BadSignature => {
                        Cause::new(close::NOT_ENROLLED, "the machine key was not proved")
                    }
                    error => Cause::new(close::MALFORMED, format!("protocol violation: {error}")),
                })
            }
            Some(Ok(Message::Text(_))) => {
                self.link
                    .goodbye(GoodbyeReason::ProtocolViolation, "text message", None);
                Err(Cause::new(close::MALFORMED, "protocol violation: text message"))
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) => Err(Cause::new(close::DONE, "the agent closed it")),
            Some(Err(error)) => Err(match relay::fault(&error) {
                Some((code, what)) => Cause::new(code, format!("protocol violation: {what}")),
                None => Cause::new(close::DONE, format!("connection failed: {error}")),
            }),
            None => Err(Cause::new(close::DONE, "the connection ended")),
        }
    }

    async fn on_event(&mut self, event: ServerLinkEvent) -> Result<(), Cause> {
        match event {
            ServerLinkEvent::NeedMachineKey(id, key) => {
                self.look_up(MachineId(Uuid::from_bytes(id.0)), key).await?;
            }
            ServerLinkEvent::Established { about, trusts } => self.decide(*about, &trusts).await?,
            ServerLinkEvent::NewMachineKey(offer) => self.change_key(&offer).await?,
            ServerLinkEvent::IdentityPinned(hash) => self.pinned(hash),
            ServerLinkEvent::Heartbeat { .. } => return self.on_heartbeat().await,
            ServerLinkEvent::Facts(facts) => self.reports.facts(facts),
            ServerLinkEvent::SessionAnswer(_)
            | ServerLinkEvent::SessionEnd(_)
            | ServerLinkEvent::SessionRightsChanged(_)
            | ServerLinkEvent::SessionNote(_)
            | ServerLinkEvent::SessionFigures(_)
            | ServerLinkEvent::SessionsHeld(_) => return self.of_sessions(event),
            ServerLinkEvent::InventoryHeld(_) | ServerLinkEvent::InventorySection(_) => {
                return self.of_inventory(event);
            }
            ServerLinkEvent::MetricSample(sample) => {
                if let Some(claim) = &self.claim
                    && self.place.is_some()
                    && self.gate.passes(Instant::now())
                {
                    machine_metrics::sample(&self.ctx, claim.machine, &sample);
                }
            }
            ServerLinkEvent::Lost => return Err(self.lost()),
        }
        Ok(())
    }

    fn lost(&self) -> Cause {
        match (&self.claim, &self.place) {
            (_, Some(_)) => Cause::new(close::TIMED_OUT, "the agent fell silent"),
            (None, None) => Cause::new(
                close::NOT_ENROLLED,
                "no handshake in time, or the machine is not enrolled",
            ),
            (Some(_), None) => Cause::new(close::TIMED_OUT, "the handshake took too long"),
        }
    }

    async fn look_up(&mut self, id: MachineId, claimed: MachinePublicKey) -> Result<(), Cause> {
        self.decisions = self.ctx.presence.decisions();
        let found = match recognition::claim(&self.ctx, id, claimed).await {
            Ok(found) => found,
            Err(error) => return Err(self.not_looked_up(&error)),
        };
        let known = found.is_some();
        self.claim = found.map(Box::new);
        if !known && let Err(wait) = self.ctx.presence.strangers(self.address, self.ctx.clock.now()) {
            self.link.goodbye(
                GoodbyeReason::ServerStopping,
                "too many unknown agents from this address",
                Some(wait),
            );
            return Err(Cause::new(
                close::NOT_NOW,
                "too many unknown agents from this address",
            ));
        }
        let provided = self.link.provide_key(known);
        provided.map_err(|error| Cause::new(close::NOT_ENROLLED, format!("machine {id} refused: {error}")))
    }

    fn not_looked_up(&mut self, error: &crate::error::Error) -> Cause {
        self.link.goodbye(
            GoodbyeReason::ServerStopping,
            "the server cannot look machines up",
            // A whole fleet may be told so at once.
            Some(self.ctx.presence.come_again().max(RETRY_AFTER)),
        );
        Cause::new(close::GOING_AWAY, format!("machine not looked up: {error}"))
    }

    /// The key is proved: is it the machine?
    async fn decide(&mut self, about: Established, trusts: &ServerPublicKey) -> Result<(), Cause> {
        let Some(claim) = self.claim.clone() else {
            return Ok(());
        };
        match recognition::hello(&self.ctx, &claim, &about, self.address).await {
            Err(error) => Err(self.not_looked_up(&error)),
            Ok(Outcome::Goodbye {
                reason,
                detail,
                retry_after,
            }) => Err(self.sent_away(reason, detail, retry_after)),
            Ok(Outcome::Reidentify(token)) => {
                self.link.reidentify(token);
                Err(Cause::new(close::NOT_NOW, GoodbyeReason::Reidentify.code()))
            }
            Ok(Outcome::Welcome { go_on, rotate_key }) => {
                self.arrive(&claim, about, (go_on, trusts)).await?;
                self.after_welcome(trusts, rotate_key)
                    .map_err(|_| Cause::new(close::TIMED_OUT, "the agent does not read"))
            }
        }
    }

    fn sent_away(&mut self, reason: GoodbyeReason, detail: &'static str, again: Option<Duration>) -> Cause {
        self.link.goodbye(reason, detail, again);
        Cause::new(close::NOT_NOW, reason.code())
    }

    async fn arrive(
        &mut self,
        claim: &Claim,
        about: Established,
        (go_on, trusts): (Option<(u64, InstallId)>, &ServerPublicKey),
    ) -> Result<(), Cause> {
        let now = self.ctx.clock.now();
        let said = (about.installation.id, about.installation.counter);
        let installation = go_on.map_or(said, |(counter, id)| (id, counter));
        let who = Who {
            record: claim.record,
            key: claim.key.to_bytes(),
            run: about.run,
            installation: Some(installation),
        };
        let place = self.ctx.presence.arrive(
            now,
            claim.machine,
            who,
            (about.capabilities.clone(), about.pipe_key),
        );
        tracing::info!(machine = %claim.machine, address = %self.address, run = %about.run, "link established");
        let came_online = place.came_online;
        if !came_online {
            sessions::link_lost(&self.ctx, claim.machine);
        }
        self.place = Some(place);
        if about.capabilities.iter().any(|can| can == inventory::CAPABILITY) {
            self.intake = Some(Box::default());
        }
        if self.ctx.presence.decisions() != self.decisions {
            self.look_again(claim).await?;
        }
        self.handshake = None;
        self.link
            .welcome(self.ticks.now(), u64::try_from(now.0).unwrap_or(0), go_on);
        self.ctx.events.machine(claim.organization, claim.machine);
        let Established {
            facts,
            capabilities,
            pipe_key,
            ..
        } = about;
        self.reports.arrived(Reported {
            facts,
            capabilities,
            pipe_key: pipe_key.to_bytes(),
            address: self.address,
            arrival: true,
            came_online,
            installation: Some(installation),
            trusts: trusts.fingerprint(),
        });
        Ok(())
    }

    /// Something was decided while the agent was on its way.
    async fn look_again(&mut self, claim: &Claim) -> Result<(), Cause> {
        match recognition::still(&self.ctx, claim).await {
            Err(error) => Err(self.not_looked_up(&error)),
            Ok(Some(Outcome::Goodbye {
                reason,
                detail,
                retry_after,
            })) => Err(self.sent_away(reason, detail, retry_after)),
            Ok(_) => Ok(()),
        }
    }

    /// What waits for the agent since it was last here.
    fn after_welcome(&mut self, trusts: &ServerPublicKey, rotate_key: bool) -> Result<(), Full> {
        self.trusts = Some(*trusts);
        self.tell_identity()?;
        if rotate_key {
            self.link.rotate_key()?;
        }
        Ok(())
    }

    /// Tells the agent of the present identity key, signed by the one it trusts, if it trusts another.
    fn tell_identity(&mut self) -> Result<(), Full> {
        let present = self.ctx.identity.current().public();
        let Some(trusts) = self.trusts.filter(|trusts| *trusts != present) else {
            return Ok(());
        };
        let old = self.ctx.identity.named(|key| *key == trusts);
        self.link.update_identity(IdentityUpdate {
            next: present,
            signature: old.sign_next(&present),
        })
    }

    async fn change_key(&mut self, offer: &NewMachineKey) -> Result<(), Cause> {
        let Some(claim) = self.claim.as_mut() else {
            return Ok(());
        };
        match machines::change_key(&self.ctx, claim, (offer, self.address)).await {
            Ok(true) => {
                claim.key = offer.key;
                if let Some(place) = &self.place {
                    let key = offer.key.to_bytes();
                    self.ctx.presence.rekeyed(claim.machine, place.number, key);
                }
                self.link
                    .accept_key(&offer.key)
                    .map_err(|_| Cause::new(close::TIMED_OUT, "the agent does not read"))
            }
            Ok(false) => {
                self.link.goodbye(
                    GoodbyeReason::ProtocolViolation,
                    "the new key is not acceptable",
                    None,
                );
                Err(Cause::new(close::MALFORMED, "protocol violation: new key"))
            }
            // The agent keeps both keys; it is asked again at its next link.
            Err(error) => {
                tracing::warn!(machine = %claim.machine, %error, "a new machine key was not kept");
                Ok(())
            }
        }
    }

    /// Noted with the next report: rows of one link are written one after the other.
    fn pinned(&mut self, hash: [u8; 8]) {
        let present = self.ctx.identity.current().public();
        if present.hash8() != hash {
            return;
        }
        self.trusts = Some(present);
        self.reports.trusts(present.fingerprint());
    }

    /// The answer is what the agent knows us to be alive by. Nothing else passes on a link at rest, and no timer of ours runs but
    /// the one for its silence.
    async fn on_heartbeat(&mut self) -> Result<(), Cause> {
        let (Some(claim), Some(place)) = (&self.claim, &self.place) else {
            return Ok(());
        };
        if self.ctx.presence.heard(claim.machine, place.number) {
            self.keep_pace(Instant::now())
                .map_err(|_| Cause::new(close::TIMED_OUT, "the agent does not read"))?;
            return self.send(Message::Pong(Bytes::new())).await;
        }
        self.link.goodbye(GoodbyeReason::Replaced, "", None);
        Err(Cause::new(
            close::REPLACED,
            "a newer link of the machine took over",
        ))
    }

    fn on_written(&mut self, there: bool) -> Result<(), Cause> {
        if there {
            return Ok(());
        }
        self.link.goodbye(GoodbyeReason::MachineRemoved, "", None);
        Err(Cause::new(close::REMOVED, "the machine was removed"))
    }

    async fn send(&mut self, message: Message) -> Result<(), Cause> {
        // The timer is armed only when the socket does not take the message at once.
        match timeout(LINK_DEAD_AFTER, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Cause::new(close::DONE, format!("connection failed: {error}"))),
            Err(_) => Err(Cause::new(close::TIMED_OUT, "the agent does not read")),
        }
    }

    async fn finish(mut self, cause: Cause) {
        self.leave();
        let text = crate::link::describe(&cause.text);
        match &self.claim {
            Some(claim) => tracing::info!(
                machine = %claim.machine, address = %self.address, code = cause.code, cause = %text, "link ended"
            ),
            None => tracing::info!(address = %self.address, code = cause.code, cause = %text, "link ended"),
        }
        if timeout(FAREWELL, self.farewell(cause.code)).await.is_err() {
            tracing::trace!("link goodbye was not answered");
        }
        self.write_leave().await;
    }

    /// Presence first: consoles learn of it before any socket or row is waited for.
    fn leave(&mut self) {
        let (Some(claim), Some(place)) = (&self.claim, &self.place) else {
            return;
        };
        if self.ctx.presence.leave(claim.machine, place.number) {
            self.ctx.events.machine(claim.organization, claim.machine);
            sessions::link_lost(&self.ctx, claim.machine);
        } else {
            // A newer link speaks for the machine; this one has nothing to write.
            self.place = None;
        }
    }

    /// The last word, the close frame, and reading until the other side closes: a socket dropped with unread input is
    /// reset, and the reset can overtake what was written.
    async fn farewell(&mut self, code: u16) {
        while let Some(message) = self.link.poll_transmit() {
            if self.socket.send(Message::Binary(message.into())).await.is_err() {
                return;
            }
        }
        let frame = CloseFrame {
            code,
            reason: "".into(),
        };
        if self.socket.send(Message::Close(Some(frame))).await.is_err() {
            return;
        }
        while let Some(Ok(_)) = self.socket.recv().await {}
    }

    async fn write_leave(self) {
        let (Some(claim), Some(_)) = (&self.claim, &self.place) else {
            return;
        };
        if self.ctx.presence.view(claim.machine).is_some() {
            // It came back during the farewell: what the new link says is newer, and it is not gone.
            return;
        }
        self.reports.finish(&self.ctx, claim).await;
        if let Err(error) = machines::left(&self.ctx, claim).await {
            tracing::warn!(machine = %claim.machine, %error, "last sight of the machine was not written");
        }
    }
}
