//! The running agent: keeps the link, takes sessions, stops cleanly.
//!
//! ```text
//! Enrolling ──enrolled──▶ Dialing
//! Dialing ──connected──▶ Handshake ──welcome──▶ Live ──lost, goodbye──▶ Waiting (back-off) ──▶ Dialing …
//!    any ──told to stop──▶ sessions end, server is told ──▶ Stopped
//!    any ──goodbye "not enrolled" from the proven server──▶ Refused (somebody has to enroll anew)
//!    any ──goodbye "blocked", "quarantined"──▶ Waiting, quietly and for long
//!    any ──goodbye "reidentify": this is a copy──▶ Enrolling with the token that came with it
//! ```
//! Sessions go on while the link is away: they have their own connections. What happens to them meanwhile is told when it is
//! back, after the list of those that there still are.

mod enrolling;
mod goodbye;
mod identity;
mod report;
mod untold;

use std::sync::Arc;
use std::time::Duration;

use farol_protocol::ProtocolError;
use farol_protocol::evidence::Evidence;
use farol_protocol::ids::{RunId, SessionId};
use farol_protocol::limits::{LINK_SEALED_MAX, RELAY_MESSAGE_MAX};
use farol_protocol::link::{AgentLinkEvent, Established, Facts, Goodbye, Installation};
use farol_protocol::pipe::message::screen::ScreenState;
use farol_protocol::token::EnrollmentToken;
use farol_transport::tls::{Expected, TlsError};
use farol_transport::{Backoff, ConnectOptions, tls};
use tokio::sync::watch;

use crate::backends::Backends;
use crate::clipboard::ClipboardHub;
use crate::company::Company;
use crate::config::{Cause, ConfigError, Pending, Refusal, Standing, StateDir};
use crate::consent;
use crate::facts;
use crate::inventory::{self, Heard, Inventory};
use crate::link::{Connection, LinkError};
use crate::metrics::{self, Metrics};
use crate::screen::Screen;
use crate::sessions::{EndUser, Parts, Sessions};
use crate::{Clock, random};
use enrolling::{Asking, Decided};
use goodbye::Next;
use identity::Identity;
use report::{News, Reporter};
use untold::Untold;

/// For name, TCP, TLS and WebSocket together.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// After a copy was refused an identity of its own: until the old identity asks for another token.
const REIDENTIFY_AGAIN: Duration = Duration::from_secs(60);

/// What a full link did not take is told again after this.
const TELL_AGAIN: Duration = Duration::from_millis(100);

/// For the last words to the server when stopping.
const FAREWELL_TIME: Duration = Duration::from_secs(1);

/// What an agent runs with.
pub struct RunConfig {
    /// Who it is and whom it serves, kept as it changes. The caller holds its lock.
    pub state: StateDir,
    /// The machine.
    pub backends: Arc<dyn Backends>,
}

/// Why the agent stopped running.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The server, proven to be ours, does not know this machine any more.
    #[error("the server says that this machine is not enrolled ({0}); enroll it again")]
    NotEnrolled(String),
    /// The server does not want this machine.
    #[error("the server refused this machine ({0}); enroll it again with another token")]
    Refused(Refusal),
    /// Something that must be on disk before it is said cannot be kept.
    #[error(transparent)]
    State(#[from] ConfigError),
    /// The certificate file is unusable.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system gives no threads or no randomness.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

/// Runs the agent until `stop` becomes true (or its sender is gone), then ends sessions, tells the server and returns.
///
/// Needs a tokio runtime with IO and time; one thread is enough. Dropping the future ends everything at once, which
/// leaves the release of keys to the input threads.
///
/// # Errors
/// When going on makes no sense; see [`RunError`].
pub async fn run(config: RunConfig, mut stop: watch::Receiver<bool>) -> Result<(), RunError> {
    let clock = Clock::start();
    let RunConfig { state, backends } = config;
    let mut reporter = Reporter::new(state.clone());
    let enrollment = match state.standing()? {
        Standing::Enrolled(enrollment) => *enrollment,
        Standing::Pending(pending) => {
            let mut asking = Asking {
                state: &state,
                backends: &backends,
                reporter: &mut reporter,
                clock,
                stop: &mut stop,
            };
            match asking.until_decided(*pending).await? {
                Decided::Enrolled(enrollment) => *enrollment,
                // Its old identity gets it another token.
                Decided::NotAsCopy(_) => state.load()?,
                Decided::Stopped => {
                    reporter.report(&News::of("stopped", "", ""));
                    return Ok(());
                }
            }
        }
    };
    let identity = Identity::load(state.clone(), enrollment.clone())?;
    let tls = tls::Trust::new(
        enrollment.ca_file.as_deref(),
        identity.believed().map(Expected::from),
    )?;
    let options = |message_max| ConnectOptions {
        tls: tls.clone(),
        message_max,
        timeout: CONNECT_TIME,
    };
    let screen = Screen::start(Arc::clone(&backends), clock)?;
    let screen_state = screen.status();
    let end_user = backends.end_user();
    let parts = Parts {
        end_user: Arc::clone(&end_user),
        server: enrollment.server.clone(),
        options: options(RELAY_MESSAGE_MAX),
        clock,
        backends: Arc::clone(&backends),
        screen,
        clipboard: ClipboardHub::new(Arc::clone(&backends)),
        company: Company::default(),
    };
    let sessions = Sessions::new(parts, identity.pipe_key().clone());
    let inventory = start_inventory(&*backends, clock);
    let metrics = backends.gauges().map(|gauges| Metrics::new(gauges, clock));
    let mut agent = Agent {
        options: options(LINK_SEALED_MAX),
        identity,
        state,
        clock,
        backends,
        run: RunId(random::bytes()?),
        screen_state,
        sessions,
        end_user,
        inventory,
        metrics,
        untold: Untold::default(),
        backoff: Backoff::default(),
        reporter,
        last_loss: String::new(),
        quiet: false,
        stop,
    };
    agent.keep_linked().await
}

struct Agent {
    options: ConnectOptions,
    identity: Identity,
    state: StateDir,
    clock: Clock,
    backends: Arc<dyn Backends>,
    run: RunId,
    screen_state: watch::Receiver<ScreenState>,
    sessions: Sessions,
    end_user: Arc<dyn EndUser>,
    /// Where the machine tells of itself in depth.
    inventory: Option<Inventory>,
    /// How busy the machine is.
    metrics: Option<Metrics>,
    /// What the server has to be told of sessions.
    untold: Untold,
    backoff: Backoff,
    reporter: Reporter,
    /// What the log says of the present loss; empty while linked.
    last_loss: String,
    /// The server wants nothing of this machine; trying again is not worth a word.
    quiet: bool,
    stop: watch::Receiver<bool>,
}

/// Why a link is over.
enum Over {
    Stop,
    Lost(LinkError),
    Goodbye { goodbye: Goodbye, authentic: bool },
}

/// What follows when a link is over.
enum Follow {
    Stop,
    Wait(Duration),
    /// With what else the machine has.
    AtOnce,
}

impl Agent {
    async fn keep_linked(&mut self) -> Result<(), RunError> {
        loop {
            if !self.quiet {
                self.report("connecting", "", "");
            }
            let over = match self.dial().await {
                Ok(mut connection) => {
                    let over = self.serve(&mut connection).await;
                    if matches!(over, Over::Stop) {
                        self.farewell(Some(connection)).await;
                        return Ok(());
                    }
                    over
                }
                Err(over) => over,
            };
            let stop = match self.after(over).await? {
                Follow::Stop => true,
                Follow::AtOnce => false,
                Follow::Wait(wait) => self.idle_for(wait).await,
            };
            if stop {
                self.farewell(None).await;
                return Ok(());
            }
        }
    }

    async fn after(&mut self, over: Over) -> Result<Follow, RunError> {
        self.untold.link_lost(self.clock.now());
        if let Some(inventory) = &mut self.inventory {
            inventory.link_went();
        }
        Ok(match over {
            Over::Stop => Follow::Stop,
            Over::Lost(LinkError::Protocol(ProtocolError::WrongIdentity))
                if self.identity.try_other_server() =>
            {
                Follow::AtOnce
            }
            Over::Lost(error) => {
                let wait = self.backoff.next_delay(self.clock.now(), random::jitter());
                self.note("disconnected", "", &error.to_string(), wait);
                Follow::Wait(wait)
            }
            Over::Goodbye { goodbye, authentic } => self.after_goodbye(&goodbye, authentic).await?,
        })
    }

    /// A state that lasts is worth one line, not one for each try.
    fn note(&mut self, state: &str, code: &str, detail: &str, wait: Duration) {
        let loss = format!("{code} {detail}");
        if self.last_loss == loss {
            tracing::debug!(state, code, detail, ?wait, "still no link");
        } else {
            tracing::warn!(state, code, detail, ?wait, "no link");
            self.last_loss = loss;
        }
        self.report(state, code, detail);
    }

    /// How long to wait before dialing again, unless there is no use.
    async fn after_goodbye(&mut self, goodbye: &Goodbye, authentic: bool) -> Result<Follow, RunError> {
        let (code, detail) = (goodbye.reason.code(), goodbye.detail.as_str());
        if goodbye.retry_after.is_some() {
            // Who says when to come has spread its agents already.
            self.backoff.spread(Duration::ZERO);
        }
        let delay = self.backoff.next_delay(self.clock.now(), random::jitter());
        match goodbye::next(goodbye, authentic) {
            Next::Redial(wait) => {
                let wait = wait.max(delay);
                self.note("disconnected", code, detail, wait);
                Ok(Follow::Wait(wait))
            }
            Next::Quiet { state, wait } => {
                // Those that wait for one decision do not all come at one moment.
                let wait = wait + delay;
                self.quiet = true;
                self.sessions.dismiss_all().await;
                self.note(state, code, detail, wait);
                Ok(Follow::Wait(wait))
            }
            Next::Reidentify(token) => self.reidentify(token, delay).await,
            Next::UnknownKey if self.identity.try_other_key() => Ok(Follow::AtOnce),
            Next::UnknownKey | Next::Stop => {
                self.sessions.dismiss_all().await;
                self.report("refused", code, detail);
                Err(RunError::NotEnrolled(code.into()))
            }
        }
    }

    /// This installation is a copy of another machine's: it gets an identity of its own. What is pending is on disk before
    /// the old identity is given up, so that a crash in between goes on here.
    async fn reidentify(&mut self, token: EnrollmentToken, delay: Duration) -> Result<Follow, RunError> {
        tracing::warn!(
            "this installation is a copy of another machine's; it enrolls as a machine of its own"
        );
        self.sessions.dismiss_all().await;
        self.untold.clear();
        let known = self.identity.enrollment();
        let pending = Pending {
            server: known.server.clone(),
            allow_insecure: known.allow_insecure,
            ca_file: known.ca_file.clone(),
            server_key: self.identity.believed().find(|key| token.is_for(key)),
            token,
            cause: Cause::Copy,
            applicant: None,
            refused: None,
        };
        if let Err(error) = self.state.save_pending(&pending) {
            let wait = REIDENTIFY_AGAIN + delay;
            self.note("disconnected", "state_unusable", &error.to_string(), wait);
            return Ok(Follow::Wait(wait));
        }
        let mut asking = Asking {
            state: &self.state,
            backends: &self.backends,
            reporter: &mut self.reporter,
            clock: self.clock,
            stop: &mut self.stop,
        };
        match asking.until_decided(pending).await? {
            Decided::Stopped => Ok(Follow::Stop),
            Decided::Enrolled(enrollment) => {
                self.identity = Identity::load(self.state.clone(), *enrollment)?;
                self.sessions.set_key(self.identity.pipe_key().clone());
                // What was refused to the other machine was not refused to this one.
                self.inventory = start_inventory(&*self.backends, self.clock);
                // Not at once: a server that calls every new machine a copy must not be busy with one agent.
                Ok(Follow::Wait(delay))
            }
            Decided::NotAsCopy(refusal) => {
                let wait = REIDENTIFY_AGAIN + delay;
                self.note("disconnected", &refusal.code, &refusal.detail, wait);
                Ok(Follow::Wait(wait))
            }
        }
    }

    /// Dials; meanwhile sessions may end and the agent may be told to stop.
    async fn dial(&mut self) -> Result<Connection, Over> {
        // An identity of its own, or another that the server named, may have come meanwhile.
        self.expect_server();
        let (clock, run, proof) = (self.clock, self.run, self.identity.proof());
        let (options, backends) = (self.options.clone(), Arc::clone(&self.backends));
        let screen = self.screen_state.borrow_and_update().clone();
        let mut capabilities = facts::capabilities();
        if self.end_user.can_be_asked() {
            capabilities.push(consent::CAPABILITY.into());
        }
        if self.inventory.is_some() {
            capabilities.push(inventory::CAPABILITY.into());
        }
        if self.metrics.is_some() {
            capabilities.push(metrics::CAPABILITY.into());
        }
        let identity = &mut self.identity;
        let opening = async move {
            let socket = Connection::dial(&identity.enrollment().server, &options).await?;
            let (facts, evidence) = read_about(backends, &screen).await;
            let install = identity.count_hello().await;
            let about = Established {
                facts,
                capabilities,
                run,
                installation: Installation {
                    id: install.id,
                    counter: install.counter,
                    evidence,
                },
                pipe_key: identity.pipe_key().public(),
            };
            Connection::open(socket, clock, proof, about)
        };
        tokio::pin!(opening);
        loop {
            tokio::select! {
                biased;
                () = stopped(&mut self.stop) => return Err(Over::Stop),
                opened = &mut opening => return opened.map_err(Over::Lost),
                news = self.sessions.next() => self.untold.keep(news),
            }
        }
    }

    /// Waits; true when told to stop meanwhile.
    async fn idle_for(&mut self, wait: Duration) -> bool {
        let until = tokio::time::Instant::now() + wait;
        loop {
            tokio::select! {
                biased;
                () = stopped(&mut self.stop) => return true,
                () = tokio::time::sleep_until(until) => return false,
                news = self.sessions.next() => self.untold.keep(news),
            }
        }
    }

    /// Serves a link until it is over.
    async fn serve(&mut self, connection: &mut Connection) -> Over {
        let mut refresh = tokio::time::interval(facts::REFRESH);
        refresh.reset();
        loop {
            self.untold.tell(self.clock.now(), &mut connection.link);
            let live = connection.link.is_live();
            let full = live && !self.untold.is_empty();
            tokio::select! {
                biased;
                () = stopped(&mut self.stop) => return Over::Stop,
                () = tokio::time::sleep(TELL_AGAIN), if full => {}
                // Before the server's next wish: what the person at the machine wants waits for nobody.
                news = self.sessions.next() => {
                    self.untold.keep(news);
                    self.report("connected", "", "");
                }
                event = connection.next() => match event {
                    Ok(event) => if let Some(over) = self.on_event(connection, event).await {
                        return over;
                    },
                    Err(error) => return Over::Lost(error),
                },
                word = inventory::next_word(&mut self.inventory) => inventory::say(word, &mut connection.link),
                sample = metrics::next_sample(&mut self.metrics), if live => {
                    connection.link.send_sample(sample);
                }
                changed = self.screen_state.changed() => {
                    if changed.is_err() {
                        return Over::Stop;
                    }
                    connection.link.send_facts(self.read_facts().await);
                    self.sessions.look_at_end_user();
                    self.report("connected", "", "");
                }
                _ = refresh.tick() => {
                    connection.link.send_facts(self.read_facts().await);
                    self.sessions.look_at_end_user();
                }
            }
        }
    }

    async fn on_event(&mut self, connection: &mut Connection, event: AgentLinkEvent) -> Option<Over> {
        match event {
            AgentLinkEvent::Welcome(welcome) => {
                self.identity.welcomed(&welcome).await;
                let server = &self.identity.enrollment().server;
                tracing::info!(%server, heartbeat = ?welcome.pace.heartbeat, "linked");
                self.backoff.spread(welcome.pace.redial);
                self.expect_server();
                if let Some(reason) = self.options.tls.take_notice() {
                    tracing::warn!(
                        reason,
                        "no authority confirms the certificate on the way to the server; the link and sessions are safe by \
                         themselves"
                    );
                }
                if connection.link.sessions_held(&self.held()).is_err() {
                    return Some(Over::Lost(LinkError::Silent));
                }
                if let Some(inventory) = &mut self.inventory {
                    inventory.link_came();
                }
                if let Some(metrics) = &mut self.metrics {
                    metrics.link_came();
                }
                self.backoff.connected(self.clock.now());
                self.last_loss.clear();
                self.quiet = false;
                self.report("connected", "", "");
            }
            AgentLinkEvent::SessionOffer(offer) => {
                self.sessions.offer(*offer);
                self.report("connected", "", "");
            }
            AgentLinkEvent::SessionRightsOffer(offer) => self.sessions.offer_rights(*offer),
            AgentLinkEvent::SessionEnd(end) => {
                tracing::info!(session_id = %end.session, code = end.code, by = end.by, "the server ended a session");
                self.sessions.end(end.session);
            }
            AgentLinkEvent::RotateMachineKey => match self.identity.make_next_key().await {
                Ok(key) if connection.link.offer_key(&key).is_err() => {
                    return Some(Over::Lost(LinkError::Silent));
                }
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "no new machine key: it cannot be kept"),
            },
            AgentLinkEvent::MachineKeyAccepted(key) => self.identity.key_accepted(&key).await,
            AgentLinkEvent::IdentityUpdate(next) => {
                let kept = self.identity.trust_next(next).await;
                self.expect_server();
                if kept && connection.link.identity_pinned(&next).is_err() {
                    return Some(Over::Lost(LinkError::Silent));
                }
            }
            AgentLinkEvent::InventoryWanted(wanted) => self.of_inventory(Heard::Wanted(wanted)),
            AgentLinkEvent::InventoryKept(of) => self.of_inventory(Heard::Kept(of)),
            AgentLinkEvent::InventoryRefused(refused) => self.of_inventory(Heard::Refused(refused)),
            AgentLinkEvent::InventoryAsk(sections) => self.of_inventory(Heard::Asked(sections)),
            AgentLinkEvent::Pace(pace) => {
                tracing::debug!(heartbeat = ?pace.heartbeat, redial = ?pace.redial, "another pace");
                self.backoff.spread(pace.redial);
            }
            AgentLinkEvent::MetricPace(every) => {
                if let Some(metrics) = &mut self.metrics {
                    metrics.pace(every);
                }
            }
            AgentLinkEvent::Goodbye { goodbye, authentic } => {
                return Some(Over::Goodbye { goodbye, authentic });
            }
            AgentLinkEvent::Lost => return Some(Over::Lost(LinkError::Silent)),
        }
        None
    }

    fn of_inventory(&mut self, heard: Heard) {
        if let Some(inventory) = &mut self.inventory {
            inventory.hear(heard);
        }
    }

    /// Certificates are taken on the word of every server identity that is believed.
    fn expect_server(&self) {
        self.options
            .tls
            .expect(self.identity.believed().map(Expected::from));
    }

    /// The sessions that there are, and those whose end is not told yet: how they ended follows.
    fn held(&self) -> Vec<SessionId> {
        self.sessions.held().chain(self.untold.ended()).collect()
    }

    /// Ends all sessions and tells the server, within a second or so.
    async fn farewell(&mut self, connection: Option<Connection>) {
        tracing::info!(sessions = self.sessions.len(), "stopping");
        for news in self.sessions.stop_all().await {
            self.untold.keep(Some(news));
        }
        if let Some(mut connection) = connection {
            connection.link.stop_inventory();
            self.untold.tell(self.clock.now(), &mut connection.link);
            match tokio::time::timeout(FAREWELL_TIME, connection.close()).await {
                Ok(Ok(())) => {}
                _ => tracing::debug!("no farewell: the server is gone"),
            }
        }
        self.report("stopped", "", "");
    }

    async fn read_facts(&mut self) -> Facts {
        let screen = self.screen_state.borrow_and_update().clone();
        read_about(Arc::clone(&self.backends), &screen).await.0
    }

    fn report(&mut self, link: &str, code: &str, detail: &str) {
        let news = News {
            screen: self.screen_state.borrow().condition.code(),
            sessions: self.sessions.len(),
            ..News::of(link, code, detail)
        };
        self.reporter.report(&news);
    }
}

fn start_inventory(backends: &dyn Backends, clock: Clock) -> Option<Inventory> {
    let sensors = backends.sensors()?;
    Some(Inventory::start(sensors, clock))
}

/// Facts and evidence are read from files, which may block.
async fn read_about(backends: Arc<dyn Backends>, screen: &ScreenState) -> (Facts, Evidence) {
    let reading = tokio::task::spawn_blocking(move || (backends.facts(), backends.evidence()));
    let (system, evidence) = reading.await.unwrap_or_default();
    (facts::facts(system, screen), facts::evidence(evidence))
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone cannot tell us to go on.
    drop(stop.wait_for(|&stop| stop).await);
}

#[cfg(test)]
mod tests;
