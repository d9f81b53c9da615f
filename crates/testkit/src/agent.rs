//! [`PaperAgent`]: an agent made of the protocol's state machines, without an operating system behind it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farol_protocol::Tick;
use farol_protocol::evidence::Evidence;
use farol_protocol::identity::{MachineKey, ServerPublicKey};
use farol_protocol::ids::{InstallId, MachineId, RunId};
use farol_protocol::link::{
    AgentLink, AgentLinkConfig, AgentLinkEvent, Answer, Ephemeral, Established, Facts, Installation,
    LoggedOnUser, OperatingSystem, SessionAnswer, SessionEnd, SessionOffer,
};
use farol_protocol::pipe::PipeKey;
use farol_protocol::token::EnrollmentToken;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::{ApiClient, RawSocket, Said, soon};

/// The install id of paper agents that do not need one of their own.
const PAPER_INSTALL: [u8; 16] = *b"paper install id";

/// Where agents open their link.
pub(crate) const LINK: &str = "/api/agent/link";

/// What a machine keeps after its enrollment.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// Its identity.
    pub machine: MachineId,
    /// Its key.
    pub key: MachineKey,
    /// The server's identity.
    pub server: ServerPublicKey,
    /// Which copy of the state it is.
    pub install: InstallId,
    /// The run of its process; a new link of it takes the place of the older one.
    pub run: RunId,
    /// Counted up before each hello; clones count together, [`Self::copy`] makes a state of its own.
    pub counter: Arc<AtomicU64>,
    /// What the machine is made of.
    pub evidence: Evidence,
    /// What pipes to it are opened with.
    pub pipe_key: PipeKey,
}

/// A made-up machine's evidence: all values differ from those of any other number, but for the system's id, which is copied
/// with a disk and is therefore a number of its own.
#[must_use]
pub fn evidence(machine: u32, system: u32) -> Evidence {
    Evidence {
        smbios_uuid: format!("4c4c4544-0042-3510-8054-{machine:012x}"),
        os_install_id: format!("{:032x}", 0xfeed_0000_0000_u64 + u64::from(system)),
        board_serial: format!("board-{machine:06}"),
        system_serial: format!("system-{machine:06}"),
        disk_serials: vec![format!("disk-{machine:06}")],
    }
}

impl Enrolled {
    /// Makes a token through the API and enrolls a machine with it.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn new(console: &mut ApiClient) -> anyhow::Result<Self> {
        let body =
            json!({ "name": "story", "max_uses": 1, "expires_in_seconds": 3600, "approval": "automatic" });
        let answer = console.post("/api/enrollment-tokens", &body).await?;
        ensure!(answer.status == 201, "no token: {answer:?}");
        let token = answer.body["token"].as_str().context("no token")?;
        Self::with_token(console.address(), token).await
    }

    /// Enrolls a machine with a key of its own.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn with_token(server: SocketAddr, token: &str) -> anyhow::Result<Self> {
        let key = new_key()?;
        let answer = Self::ask(server, token, &key).await?;
        ensure!(answer.status == 201, "not enrolled: {answer:?}");
        Self::from_answer(&answer.body, (key, InstallId(PAPER_INSTALL)), Evidence::default())
    }

    /// Enrolls a machine made of `evidence`, with a key and an installation of its own.
    ///
    /// # Errors
    /// The server refuses, or lets it wait.
    pub async fn made_of(server: SocketAddr, token: &str, evidence: Evidence) -> anyhow::Result<Self> {
        let (key, mut install) = (new_key()?, [0; 16]);
        getrandom::fill(&mut install)?;
        let state = (key, InstallId(install));
        let answer = Self::ask_as(server, token, &state, &evidence).await?;
        ensure!(answer.status == 201, "not enrolled: {answer:?}");
        Self::from_answer(&answer.body, state, evidence)
    }

    /// A copy of the state, as a copied disk or a snapshot has it.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            counter: Arc::new(AtomicU64::new(self.counter.load(Ordering::SeqCst))),
            run: RunId(rand_bytes()),
            ..self.clone()
        }
    }

    /// Asks for enrollment with this token and key, as an agent does.
    ///
    /// # Errors
    /// The connection fails.
    pub async fn ask(server: SocketAddr, token: &str, key: &MachineKey) -> anyhow::Result<crate::Answer> {
        let state = (key.clone(), InstallId(PAPER_INSTALL));
        Self::ask_as(server, token, &state, &Evidence::default()).await
    }

    /// As [`Self::ask`], for an installation on a machine made of `evidence`.
    ///
    /// # Errors
    /// The connection fails.
    pub async fn ask_as(
        server: SocketAddr,
        token: &str,
        state: &(MachineKey, InstallId),
        evidence: &Evidence,
    ) -> anyhow::Result<crate::Answer> {
        let body = Self::request(token, state, evidence);
        ApiClient::new(server).post("/api/agent/enroll", &body).await
    }

    /// What an agent sends for [`Self::ask_as`].
    #[must_use]
    pub fn request(
        token: &str,
        (key, install): &(MachineKey, InstallId),
        evidence: &Evidence,
    ) -> serde_json::Value {
        // A text that is no token is sent as it is, with a signature of the right length.
        let signature =
            EnrollmentToken::parse(token).map_or([0; 64], |token| key.sign_enrollment(&[7; 32], &token));
        json!({
            "token": token, "machine_key": key.public().to_base64url(), "nonce": URL_SAFE_NO_PAD.encode([7; 32]),
            "signature": URL_SAFE_NO_PAD.encode(signature),
            "install_id": install.to_string(), "hostname": "paper", "agent_version": "0.1.0",
            "evidence": {
                "smbios_uuid": evidence.smbios_uuid, "os_install_id": evidence.os_install_id,
                "board_serial": evidence.board_serial, "system_serial": evidence.system_serial,
                "disk_serials": evidence.disk_serials,
            },
            "os": { "family": "linux", "name": "Debian GNU/Linux", "version": "12", "arch": "x86_64" },
        })
    }

    /// Reads the answer to [`Self::ask_as`].
    ///
    /// # Errors
    /// It is another answer, or its signature does not fit.
    pub fn from_answer(
        body: &serde_json::Value,
        (key, install): (MachineKey, InstallId),
        evidence: Evidence,
    ) -> anyhow::Result<Self> {
        let text = |name: &str| body[name].as_str().with_context(|| format!("no {name}"));
        let machine: MachineId = text("machine_id")?.parse()?;
        let server = ServerPublicKey::from_base64url(text("identity_key")?)?;
        let signature = URL_SAFE_NO_PAD.decode(text("signature")?)?;
        server.verify_enrollment(&[7; 32], machine, &key.public(), &signature)?;
        Ok(Self {
            machine,
            key,
            server,
            install,
            run: RunId(rand_bytes()),
            counter: Arc::default(),
            evidence,
            pipe_key: new_pipe_key(),
        })
    }
}

/// A number of which no second one will turn up.
fn rand_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    assert!(
        getrandom::fill(&mut bytes).is_ok(),
        "the system has no randomness"
    );
    bytes
}

fn new_pipe_key() -> PipeKey {
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(&rand_bytes());
    PipeKey::from_seed(seed)
}

/// A fresh machine key.
///
/// # Errors
/// The system has no randomness.
pub fn new_key() -> anyhow::Result<MachineKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(MachineKey::from_seed(&seed))
}

/// The facts of every paper machine.
#[must_use]
pub fn paper_facts() -> Facts {
    Facts {
        hostname: "paper".into(),
        os: OperatingSystem {
            family: "linux".into(),
            name: "Debian GNU/Linux".into(),
            version: "12 (bookworm)".into(),
            arch: "x86_64".into(),
        },
        users: vec![LoggedOnUser {
            name: "fred".into(),
            since_ms: Some(1_700_000_000_000),
        }],
        agent_version: "0.1.0".into(),
        screen: None,
    }
}

/// A link, driven only while one of its functions is awaited.
pub struct LinkEnd {
    socket: RawSocket,
    link: AgentLink,
    start: Instant,
}

impl LinkEnd {
    /// Connects and waits for the welcome.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn connect(address: SocketAddr, machine: &Enrolled) -> anyhow::Result<Self> {
        let mut end = Self::dial(address, machine).await?;
        match end.next().await? {
            AgentLinkEvent::Welcome(_) => Ok(end),
            other => bail!("expected a welcome, got {other:?}"),
        }
    }

    /// Connects without waiting for anything.
    ///
    /// # Errors
    /// The server refuses the upgrade.
    pub async fn dial(address: SocketAddr, machine: &Enrolled) -> anyhow::Result<Self> {
        Self::dial_saying(address, machine, |_| {}).await
    }

    /// As [`Self::dial`], for an agent that says something else of itself.
    ///
    /// # Errors
    /// The server refuses the upgrade.
    pub async fn dial_saying(
        address: SocketAddr,
        machine: &Enrolled,
        change: impl FnOnce(&mut Established),
    ) -> anyhow::Result<Self> {
        let socket = RawSocket::connect(address, LINK, None).await?;
        Self::over(socket, machine, change)
    }

    /// The same over a socket that is open already.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn over(
        socket: RawSocket,
        machine: &Enrolled,
        change: impl FnOnce(&mut Established),
    ) -> anyhow::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let mut about = Established {
            facts: paper_facts(),
            capabilities: ["screen", "input", "clipboard"].map(str::to_owned).to_vec(),
            run: machine.run,
            installation: Installation {
                id: machine.install,
                counter: machine.counter.fetch_add(1, Ordering::SeqCst) + 1,
                evidence: machine.evidence.clone(),
            },
            pipe_key: machine.pipe_key.public(),
        };
        change(&mut about);
        let config = AgentLinkConfig {
            machine: machine.machine,
            key: machine.key.clone(),
            server: machine.server,
            ephemeral: Ephemeral::from_seed(seed),
            about,
        };
        Ok(Self {
            socket,
            link: AgentLink::new(config, Tick(0)),
            start: Instant::now(),
        })
    }

    fn now(&self) -> Tick {
        Tick(u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// The state machine.
    pub fn link(&mut self) -> &mut AgentLink {
        &mut self.link
    }

    /// The socket under it, to break rules with.
    pub fn socket(&mut self) -> &mut RawSocket {
        &mut self.socket
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn flush(&mut self) -> anyhow::Result<()> {
        while let Some(message) = self.link.poll_transmit() {
            self.socket.binary(message).await?;
        }
        Ok(())
    }

    /// The next thing the server says; heartbeats go out meanwhile. Not cancel safe while writing.
    ///
    /// # Errors
    /// The server closes (the error has the code), breaks the protocol, or says nothing in time.
    pub async fn next(&mut self) -> anyhow::Result<AgentLinkEvent> {
        soon("a word of the server", self.run()).await?
    }

    async fn run(&mut self) -> anyhow::Result<AgentLinkEvent> {
        loop {
            self.flush().await?;
            if let Some(event) = self.link.poll_event() {
                return Ok(event);
            }
            let now = self.now();
            let wait = self
                .link
                .poll_deadline()
                .map_or(Duration::MAX, |deadline| deadline.since(now));
            match tokio::time::timeout(wait, self.socket.next()).await {
                Ok(said) => match said? {
                    Said::Binary(bytes) => {
                        let now = self.now();
                        self.link.handle_input(now, &bytes)?;
                    }
                    Said::Closed(code, reason) => bail!("the server closed with {code} “{reason}”"),
                },
                Err(_) => {
                    let now = self.now();
                    self.link.handle_activity(now);
                    self.link.handle_timeout(now);
                }
            }
        }
    }

    /// The next session offer.
    ///
    /// # Errors
    /// As [`Self::next`], and when it is something else.
    pub async fn offer(&mut self) -> anyhow::Result<SessionOffer> {
        match self.next().await? {
            AgentLinkEvent::SessionOffer(offer) => Ok(*offer),
            other => bail!("expected an offer, got {other:?}"),
        }
    }

    /// Answers an offer.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn answer(&mut self, offer: &SessionOffer, refusal: Option<&str>) -> anyhow::Result<()> {
        let answer = match refusal {
            None => Answer::Accepted(offer.statement.rights),
            Some(code) => Answer::Refused {
                code: code.to_owned(),
                detail: String::new(),
            },
        };
        self.say(offer, answer).await
    }

    /// Answers an offer in any way.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn say(&mut self, offer: &SessionOffer, answer: Answer) -> anyhow::Result<()> {
        let answer = SessionAnswer {
            session: offer.statement.session,
            answer,
            by: String::new(),
        };
        self.link.answer_session(answer)?;
        self.flush().await
    }

    /// Says that a session ended here.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn end(&mut self, end: SessionEnd) -> anyhow::Result<()> {
        self.link.end_session(end)?;
        self.flush().await
    }
}

/// An agent that keeps its link and says yes to every offer, in a task of its own.
pub struct PaperAgent {
    offers: mpsc::Receiver<SessionOffer>,
    ends: mpsc::Receiver<SessionEnd>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl PaperAgent {
    /// Connects and goes on by itself.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn start(address: SocketAddr, machine: &Enrolled) -> anyhow::Result<Self> {
        let mut link = LinkEnd::connect(address, machine).await?;
        // More than any story opens.
        let (offer_to, offers) = mpsc::channel(16);
        let (end_to, ends) = mpsc::channel(16);
        let task = tokio::spawn(async move {
            loop {
                match link.run().await? {
                    AgentLinkEvent::SessionOffer(offer) => {
                        link.answer(&offer, None).await?;
                        offer_to.send(*offer).await?;
                    }
                    AgentLinkEvent::SessionEnd(end) => end_to.send(end).await?,
                    AgentLinkEvent::Goodbye { goodbye, .. } => bail!("goodbye: {}", goodbye.reason.code()),
                    // Keys are changed by stories that drive a link themselves.
                    AgentLinkEvent::RotateMachineKey
                    | AgentLinkEvent::SessionRightsOffer(_)
                    | AgentLinkEvent::MachineKeyAccepted(_)
                    | AgentLinkEvent::IdentityUpdate(_)
                    | AgentLinkEvent::Pace(_)
                    // An agent of paper has no inventory.
                    | AgentLinkEvent::InventoryWanted(_)
                    | AgentLinkEvent::InventoryKept(_)
                    | AgentLinkEvent::InventoryRefused(_)
                    | AgentLinkEvent::InventoryAsk(_)
                    // Nor is it ever busy.
                    | AgentLinkEvent::MetricPace(_) => {}
                    AgentLinkEvent::Welcome(_) | AgentLinkEvent::Lost => bail!("the link is over"),
                }
            }
        });
        Ok(Self { offers, ends, task })
    }

    /// The next offer; it is accepted already.
    ///
    /// # Errors
    /// None comes.
    pub async fn offer(&mut self) -> anyhow::Result<SessionOffer> {
        soon("an offer", self.offers.recv())
            .await?
            .context("the agent is gone")
    }

    /// The next end of a session that the server tells.
    ///
    /// # Errors
    /// None comes.
    pub async fn ended(&mut self) -> anyhow::Result<SessionEnd> {
        soon("the end of a session", self.ends.recv())
            .await?
            .context("the agent is gone")
    }

    /// Why the link ended.
    ///
    /// # Errors
    /// It does not end.
    pub async fn over(self) -> anyhow::Result<String> {
        match soon("the end of the link", self.task).await?? {
            Ok(()) => bail!("the agent stopped by itself"),
            Err(error) => Ok(format!("{error:#}")),
        }
    }

    /// `kill -9`: the socket is closed by the system, without a word.
    pub fn kill(self) {
        self.task.abort();
    }
}
