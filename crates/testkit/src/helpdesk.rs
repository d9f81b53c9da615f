//! [`HelpdeskAgent`]: a helpdesk's desktop agent, as it uses the machine routes.
//!
//! It keeps a queue of what it has yet to deliver, registers again when its token does not work any more, and delivers what
//! it could not deliver before, each report under the id it was given first. It stores a code of its own unless a test takes
//! that away.

use std::collections::VecDeque;
use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use farol_protocol::evidence::Evidence;
use serde_json::{Value, json};

use crate::{Answer, ApiClient};

/// The password of a remote access program that such an agent tells with each heartbeat; a server keeps none of it.
pub const REMOTE_PASSWORD: &str = "hunter2 of the remote access";

/// What a machine with such an agent is made of, and what it is called.
#[derive(Debug, Clone)]
pub struct Hardware {
    /// Host name; identifies nothing.
    pub hostname: String,
    /// Addresses of its network cards; identify nothing.
    pub macs: Vec<String>,
    /// Serial numbers and UUID.
    pub evidence: Evidence,
}

impl Hardware {
    /// The same made-up machine as [`crate::evidence`] with this number.
    #[must_use]
    pub fn number(machine: u32) -> Self {
        Self {
            hostname: format!("desk-{machine}"),
            macs: vec![format!("02:00:00:00:00:{machine:02x}")],
            evidence: Evidence {
                os_install_id: String::new(),
                ..crate::evidence(machine, 0)
            },
        }
    }
}

/// Such an agent with what it stores. A clone is a copied disk.
#[derive(Debug, Clone)]
pub struct HelpdeskAgent {
    api: ApiClient,
    secret: String,
    /// The machine around it.
    pub hardware: Hardware,
    /// What it stores beside the token; None for one that stores nothing.
    pub code: Option<String>,
    /// Its token.
    pub token: Option<String>,
    /// What it has yet to deliver: path and body.
    queue: VecDeque<(&'static str, Value)>,
    reports: u64,
}

impl HelpdeskAgent {
    /// An agent that was just installed with this provisioning secret.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn new(server: SocketAddr, secret: &str, hardware: Hardware) -> anyhow::Result<Self> {
        Ok(Self {
            api: ApiClient::new(server),
            secret: secret.to_owned(),
            hardware,
            code: Some(fresh_code()?),
            token: None,
            queue: VecDeque::new(),
            reports: 0,
        })
    }

    /// What it sends to register.
    #[must_use]
    pub fn registration(&self) -> Value {
        let Hardware {
            hostname,
            macs,
            evidence,
        } = &self.hardware;
        let mut body = json!({
            "provisioningSecret": self.secret,
            "hostname": hostname,
            "os": { "name": "Windows 11 Pro", "version": "10.0.22631", "architecture": "x86_64" },
            "macAddresses": macs,
            "serials": {
                "uuid": evidence.smbios_uuid, "board": evidence.board_serial,
                "system": evidence.system_serial, "disks": evidence.disk_serials,
            },
            "metrics": { "cpuUsagePercent": 12.5, "memoryTotalBytes": 17_179_869_184_u64 },
            "agentVersion": "0.1.6",
            "accessProfile": "collaborator",
            "account": { "email": "joana@example.org", "name": "Joana Prado" },
        });
        if let Some(code) = &self.code {
            body["installationCode"] = json!(code);
        }
        body
    }

    /// Registers, and keeps the token if there is one in the answer.
    ///
    /// # Errors
    /// The connection fails.
    pub async fn register(&mut self) -> anyhow::Result<Answer> {
        let body = self.registration();
        let answer = self.api.post("/api/machines/register", &body).await?;
        if answer.status == 201 {
            let token = answer.body["machineToken"].as_str();
            self.token = Some(token.context("no token")?.to_owned());
        }
        Ok(answer)
    }

    /// Registers and gets a token; the answer is the machine's identifier.
    ///
    /// # Errors
    /// The server refuses, or lets it wait.
    pub async fn registered(&mut self) -> anyhow::Result<String> {
        let answer = self.register().await?;
        ensure!(answer.status == 201, "not registered: {answer:?}");
        let id = answer.body["machineId"].as_str().context("no machine")?;
        Ok(id.to_owned())
    }

    /// Observes its machine; the report waits in the queue.
    pub fn observe(&mut self, state: &str) {
        self.reports += 1;
        let body = json!({
            "reportId": format!("hb-{}", self.reports),
            "status": state,
            "metrics": { "cpuUsagePercent": self.reports },
            "metadata": { "remoteAccessSnapshot": { "provider": "RustDesk", "id": "123 456 789", "password": REMOTE_PASSWORD } },
        });
        self.queue.push_back(("/api/machines/heartbeat", body));
    }

    /// Looks through its machine; the report waits in the queue.
    pub fn look_around(&mut self, inventory: &Value) {
        self.reports += 1;
        let body = json!({ "reportId": format!("inv-{}", self.reports), "inventory": inventory });
        self.queue.push_back(("/api/machines/inventory", body));
    }

    /// Delivers the first report of the queue and loses the answer, so that it is delivered again later.
    ///
    /// # Errors
    /// The connection fails, or the queue is empty.
    pub async fn lose_an_answer(&mut self) -> anyhow::Result<Answer> {
        let (path, body) = self.queue.front().context("nothing to deliver")?.clone();
        self.send(path, &body).await
    }

    /// Delivers the queue in order. A token that does not work any more is replaced by registering again; what was refused
    /// because of it stays in the queue and goes next. The answers to what was delivered.
    ///
    /// # Errors
    /// The server refuses for another reason, or does not register it.
    pub async fn deliver(&mut self) -> anyhow::Result<Vec<Answer>> {
        let mut answers = Vec::new();
        let mut healed = false;
        while let Some((path, body)) = self.queue.front().cloned() {
            let answer = self.send(path, &body).await?;
            match answer.status {
                200 => {
                    self.queue.pop_front();
                    healed = false;
                    if answer.body["code"] == "machine_token_revoked" {
                        self.registered().await?;
                    }
                    answers.push(answer);
                }
                401 if !healed && is_about_the_token(&answer) => {
                    healed = true;
                    self.registered().await?;
                }
                _ => bail!("not delivered: {answer:?}"),
            }
        }
        Ok(answers)
    }

    /// One heartbeat, delivered at once without healing.
    ///
    /// # Errors
    /// The connection fails.
    pub async fn heartbeat(&self) -> anyhow::Result<Answer> {
        self.send("/api/machines/heartbeat", &json!({ "status": "online" }))
            .await
    }

    /// Asks for a login of its end user.
    ///
    /// # Errors
    /// The connection fails.
    pub async fn session(&self) -> anyhow::Result<Answer> {
        self.send("/api/machines/sessions", &json!({})).await
    }

    /// Speaks to the server at this address from now on: it was started again there.
    pub fn speak_to(&mut self, server: SocketAddr) {
        self.api = self.api.at(server);
    }

    /// Number of reports that it has yet to deliver.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Loses its token and nothing else.
    pub fn lose_the_token(&mut self) {
        self.token = None;
    }

    /// Is installed anew: everything that it stored is gone.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn reinstall(&mut self) -> anyhow::Result<()> {
        self.token = None;
        self.code = Some(fresh_code()?);
        self.queue.clear();
        self.reports = 0;
        Ok(())
    }

    async fn send(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let mut body = body.clone();
        if let Some(token) = &self.token {
            body["machineToken"] = json!(token);
        }
        self.api.send_with("POST", path, Some(&body), &[]).await
    }
}

fn is_about_the_token(answer: &Answer) -> bool {
    let code = answer.body["code"].as_str().unwrap_or_default();
    matches!(
        code,
        "machine_token_invalid" | "machine_token_expired" | "machine_token_revoked"
    )
}

fn fresh_code() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
