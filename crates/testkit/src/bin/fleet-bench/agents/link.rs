//! One link over TLS: the protocol's state machine, and an agent that delivers its inventory over it and says each minute how busy its
//! machine is.

use std::net::Ipv4Addr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, bail};
use farol_inventory::Section;
use farol_protocol::Tick;
use farol_protocol::limits::{LINK_SEALED_MAX, METRICS_EVERY};
use farol_protocol::link::{
    AgentLink, AgentLinkConfig, AgentLinkEvent, Ephemeral, Established, Facts, Installation, InventoryWanted,
    LoggedOnUser,
};
use farol_testkit::{Enrolled, paper_facts};
use farol_transport::Backoff;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::machine::Machine;
use super::tally::Live;
use super::{Fleet, random};
use crate::way::Way;

/// Small: there are thousands, and what the server says is short.
const READ_BUFFER: usize = 1024;
/// For the upgrade, as long as agents have.
const UPGRADE_TIME: Duration = Duration::from_secs(10);

/// A link, driven only while one of its functions is awaited.
pub(crate) struct Link {
    socket: WebSocketStream<TlsStream<TcpStream>>,
    state: AgentLink,
}

impl Link {
    /// Connects and says hello.
    pub(crate) async fn dial(
        way: &Way,
        (enrolled, number): (&Enrolled, u32),
        (source, now): (Ipv4Addr, Tick),
    ) -> anyhow::Result<Self> {
        let stream = way.dial(source).await?;
        let request = format!("wss://{}/api/agent/link", way.host()).into_client_request()?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(LINK_SEALED_MAX))
            .max_frame_size(Some(LINK_SEALED_MAX))
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(4 * LINK_SEALED_MAX);
        let upgrade = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
        let (socket, _) = tokio::time::timeout(UPGRADE_TIME, upgrade)
            .await
            .context("no upgrade in time")??;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let config = AgentLinkConfig {
            machine: enrolled.machine,
            key: enrolled.key.clone(),
            server: enrolled.server,
            ephemeral: Ephemeral::from_seed(seed),
            about: about(enrolled, number),
        };
        Ok(Self {
            socket,
            state: AgentLink::new(config, now),
        })
    }

    async fn flush(&mut self) -> anyhow::Result<()> {
        while let Some(message) = self.state.poll_transmit() {
            self.socket.send(Message::Binary(message.into())).await?;
        }
        Ok(())
    }

    /// Takes in what the socket said.
    fn take(
        &mut self,
        now: Tick,
        said: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
    ) -> anyhow::Result<()> {
        match said.context("the connection ended")?? {
            Message::Binary(bytes) => Ok(self.state.handle_input(now, &bytes)?),
            Message::Ping(_) | Message::Pong(_) => {
                self.state.handle_activity(now);
                Ok(())
            }
            other => bail!("the server said {other:?}"),
        }
    }

    /// The next event, for a link that only listens.
    pub(crate) async fn next(&mut self, fleet: &Fleet) -> anyhow::Result<AgentLinkEvent> {
        loop {
            if let Some(event) = self.state.poll_event() {
                return Ok(event);
            }
            self.flush().await?;
            self.wait(fleet).await?;
        }
    }

    /// Waits for a word of the server or for time to pass. Cancel safe.
    async fn wait(&mut self, fleet: &Fleet) -> anyhow::Result<()> {
        let now = fleet.now();
        let deadline = self.state.poll_deadline().context("the link is over")?;
        match tokio::time::timeout(deadline.since(now), self.socket.next()).await {
            Ok(said) => self.take(fleet.now(), said),
            Err(_) => {
                self.state.handle_timeout(fleet.now());
                Ok(())
            }
        }
    }
}

fn about(enrolled: &Enrolled, number: u32) -> Established {
    Established {
        facts: Facts {
            hostname: format!("pc-{number}"),
            users: vec![LoggedOnUser {
                name: format!("user{}", number % 500),
                since_ms: Some(1_700_000_000_000),
            }],
            ..paper_facts()
        },
        capabilities: ["screen", "input", "clipboard", "inventory", "metrics"]
            .map(str::to_owned)
            .to_vec(),
        run: enrolled.run,
        installation: Installation {
            id: enrolled.install,
            counter: enrolled.counter.fetch_add(1, Ordering::SeqCst) + 1,
            evidence: enrolled.evidence.clone(),
        },
        pipe_key: enrolled.pipe_key.public(),
    }
}

/// Keeps one link until it is over.
///
/// When to come again, if the server said so.
pub(crate) async fn serve(
    fleet: &Fleet,
    machine: &Machine,
    backoff: &mut Backoff,
) -> anyhow::Result<Option<Duration>> {
    let who = (&machine.enrolled, machine.number);
    let mut link = Link::dial(&fleet.way, who, (machine.source, fleet.now())).await?;
    let mut rounds = fleet.round.subscribe();
    let mut delivery = Delivery {
        machine,
        round: 0,
        wanted: Vec::new(),
    };
    let mut live = None;
    // The first one at some time of the first minute, as agents do it.
    let share = f64::from(random()?) / f64::from(u32::MAX);
    let mut sample_due = Instant::now() + METRICS_EVERY.mul_f64(share);
    loop {
        while let Some(event) = link.state.poll_event() {
            match event {
                AgentLinkEvent::Welcome(welcome) => {
                    fleet.tally.welcomes.add(1);
                    live = Some(Live::count(&fleet.tally.live));
                    backoff.connected(fleet.now());
                    backoff.spread(welcome.pace.redial);
                    link.state.sessions_held(&[])?;
                    delivery.begin(&mut link.state, *rounds.borrow_and_update(), true)?;
                }
                AgentLinkEvent::Pace(pace) => {
                    fleet.tally.paces.add(1);
                    backoff.spread(pace.redial);
                }
                AgentLinkEvent::InventoryWanted(wanted) => delivery.want(fleet, &mut link.state, wanted)?,
                AgentLinkEvent::InventoryKept(_) => {
                    fleet.tally.kept.add(1);
                    delivery.next(&mut link.state)?;
                }
                AgentLinkEvent::InventoryRefused(_) => {
                    fleet.tally.refused.add(1);
                    delivery.next(&mut link.state)?;
                }
                AgentLinkEvent::Goodbye { goodbye, .. } => {
                    if live.is_none() {
                        fleet.tally.put_off.add(1);
                    }
                    return Ok(goodbye.retry_after);
                }
                AgentLinkEvent::Lost => bail!("nothing came from the server"),
                // Nobody opens sessions, changes keys or asks for sections here.
                _ => {}
            }
        }
        link.flush().await?;
        tokio::select! {
            waited = link.wait(fleet) => waited?,
            changed = rounds.changed(), if live.is_some() => {
                changed?;
                let round = *rounds.borrow_and_update();
                delivery.begin(&mut link.state, round, false)?;
            }
            () = sleep_until(sample_due), if live.is_some() => {
                link.state.send_sample(machine.sample());
                sample_due += METRICS_EVERY;
            }
        }
    }
}

/// Sections on their way over one link.
struct Delivery<'a> {
    machine: &'a Machine,
    round: u32,
    /// What the server still wants, the last one first.
    wanted: Vec<Section>,
}

impl Delivery<'_> {
    /// Says what there is in this round; before the first there is nothing to say.
    fn begin(&mut self, link: &mut AgentLink, round: u32, all: bool) -> anyhow::Result<()> {
        self.round = round;
        if round > 0 {
            link.inventory_held(self.machine.held(round, all))?;
        }
        Ok(())
    }

    fn want(&mut self, fleet: &Fleet, link: &mut AgentLink, wanted: InventoryWanted) -> anyhow::Result<()> {
        if wanted.retry_after.is_some() {
            fleet.tally.refused.add(u64::try_from(wanted.sections.len())?);
            return Ok(());
        }
        let idle = self.wanted.is_empty();
        let sections = wanted.sections.iter().rev();
        self.wanted
            .extend(sections.filter_map(|name| Section::of_name(name)));
        if idle { self.next(link) } else { Ok(()) }
    }

    /// Sends the next section, after the one before it was answered.
    fn next(&mut self, link: &mut AgentLink) -> anyhow::Result<()> {
        if let Some(section) = self.wanted.pop() {
            link.send_section(self.machine.section(section, self.round))?;
        }
        Ok(())
    }
}
