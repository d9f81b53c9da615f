//! Enrollment: the machine makes its key, shows the token, and gets its identity, at once or when a person agreed.
//!
//! The token names the server's identity. Another server, even one with a valid certificate, is told nothing: the server
//! proves that identity on the connection before the token goes over it. It is believed only with a signature of that
//! identity over our nonce and key. Where token and address come from: [`token_source`]; what is kept meanwhile: [`crate::config::Pending`].

pub(crate) mod http;
pub mod program_name;
pub mod token_source;

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use farol_platform::SystemFacts;
use farol_protocol::evidence::Evidence;
use farol_protocol::identity::ServerPublicKey;
use farol_protocol::text::is_deceptive;
use farol_transport::tls::TlsError;
use serde::{Deserialize, Serialize};

use crate::config::{Applicant, Enrollment, Pending};
use crate::random;

/// How long to wait between asking and asking again when the server says nothing else.
pub const ASK_AGAIN: Duration = Duration::from_secs(30);

/// Longest wait that a server may ask for: it may be wrong, and somebody agreed meanwhile.
const ASK_AGAIN_MAX: Duration = Duration::from_secs(3600);

/// Shortest wait that a server may ask for.
const ASK_AGAIN_MIN: Duration = Duration::from_secs(1);

/// The server's route.
const PATH: &str = "/api/agent/enroll";

/// What a machine says of itself when it asks.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Facts for its record.
    pub facts: SystemFacts,
    /// What it is recognized by when its state was lost.
    pub evidence: Evidence,
}

/// What the server decided.
#[derive(Debug)]
pub enum Decision {
    /// The machine has its identity.
    Enrolled(Box<Enrollment>),
    /// A person has to agree first.
    Waiting {
        /// When to ask again.
        again: Duration,
    },
}

/// Why a machine could not be enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// The certificate file is unusable.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system has no randomness for a key.
    #[error(transparent)]
    Random(#[from] std::io::Error),
    /// The server cannot be reached.
    #[error("cannot reach {server}: {reason}")]
    Unreachable {
        /// Where.
        server: String,
        /// What happened.
        reason: String,
        /// The request may have arrived, and only the answer be lost.
        told: bool,
    },
    /// The server does not take it now; another time it may.
    #[error("the server does not take it now ({code}): {detail}")]
    Busy {
        /// Stable code from the server.
        code: String,
        /// Its sentence.
        detail: String,
        /// When to ask again.
        again: Duration,
    },
    /// The server said no; asking again the same way is no use.
    #[error("the server refused ({code}): {detail}")]
    Refused {
        /// Stable code from the server.
        code: String,
        /// Its sentence.
        detail: String,
    },
    /// What answered does not speak our language.
    #[error("the server's answer cannot be understood ({0}); is this a Farol server?")]
    Answer(String),
    /// It is another server than the one the token is for, or somebody in between.
    #[error("this is not the server the token was made for: {0}")]
    WrongServer(String),
}

impl EnrollError {
    /// Stable code: the server's own, or ours.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Tls(_) => "ca_file_unusable",
            Self::Random(_) => "system_failed",
            Self::Unreachable { .. } => "server_unreachable",
            Self::Busy { code, .. } | Self::Refused { code, .. } => code,
            Self::Answer(_) => "server_answer_unexpected",
            Self::WrongServer(_) => "server_identity_wrong",
        }
    }

    /// Whether the machine may have got a place at the server all the same: the key that was asked for must be kept then.
    #[must_use]
    pub fn leaves_open(&self) -> bool {
        matches!(self, Self::Unreachable { told: true, .. } | Self::Answer(_))
    }
}

#[derive(Serialize)]
struct Ask<'a> {
    token: &'a str,
    machine_key: String,
    nonce: String,
    install_id: String,
    hostname: &'a str,
    os: AskOs<'a>,
    agent_version: &'a str,
    evidence: AskEvidence<'a>,
    /// By the machine key, over nonce, token and key.
    signature: String,
}

/// What the machine does not tell is empty.
#[derive(Serialize)]
struct AskEvidence<'a> {
    smbios_uuid: &'a str,
    os_install_id: &'a str,
    board_serial: &'a str,
    system_serial: &'a str,
    disk_serials: &'a [String],
}

#[derive(Serialize)]
struct AskOs<'a> {
    family: &'a str,
    name: &'a str,
    version: &'a str,
    arch: &'a str,
}

/// With a machine id it is an identity; without, somebody has to agree first.
#[derive(Deserialize)]
struct Answer {
    identity_key: String,
    signature: String,
    machine_id: Option<String>,
    #[serde(default)]
    organization: Name,
    #[serde(default)]
    site: Name,
}

/// Organization and site come as a name, or as an object that has one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Object { name: String },
}

impl Default for Name {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Name {
    fn into_text(self) -> String {
        match self {
            Self::Text(name) | Self::Object { name } => clean(&name, 200),
        }
    }
}

/// What a server says is shown to people and written to logs: bounded, nothing that steers a terminal or the direction of text.
fn clean(text: &str, max: usize) -> String {
    text.chars()
        .filter(|&c| !c.is_control() && !is_deceptive(c))
        .take(max)
        .collect()
}

/// Asks the server for this identity. Blocks for as long as the server takes; nothing is kept on disk here. Asking again
/// with the same applicant gets the same answer.
///
/// # Errors
/// Every [`EnrollError`].
pub fn ask(pending: &Pending, applicant: &Applicant, about: &About) -> Result<Decision, EnrollError> {
    let nonce: [u8; 32] = random::bytes()?;
    let (answer, again): (Answer, _) = {
        let token = pending.token.reveal();
        http::post(
            pending,
            PATH,
            &request(&token, (&nonce, pending), applicant, about),
        )?
    };
    let key = &applicant.key;
    let malformed = |what: &str| EnrollError::Answer(format!("{what} is malformed"));
    let server_key =
        ServerPublicKey::from_base64url(&answer.identity_key).map_err(|_| malformed("identity_key"))?;
    if !pending.token.is_for(&server_key) || pending.server_key.is_some_and(|known| known != server_key) {
        return Err(EnrollError::WrongServer("its identity key is another one".into()));
    }
    let signature = BASE64URL_NOPAD
        .decode(answer.signature.as_bytes())
        .map_err(|_| malformed("signature"))?;
    let forged = |_| EnrollError::WrongServer("its signature does not verify".into());
    let Some(machine) = answer.machine_id else {
        server_key
            .verify_waiting(&nonce, &key.public(), &signature)
            .map_err(forged)?;
        return Ok(Decision::Waiting { again });
    };
    let machine = machine.parse().map_err(|_| malformed("machine_id"))?;
    server_key
        .verify_enrollment(&nonce, machine, &key.public(), &signature)
        .map_err(forged)?;
    Ok(Decision::Enrolled(Box::new(Enrollment {
        server: pending.server.clone(),
        server_key,
        next_server_key: None,
        machine,
        key: key.clone(),
        organization: answer.organization.into_text(),
        site: answer.site.into_text(),
        allow_insecure: pending.allow_insecure,
        ca_file: pending.ca_file.clone(),
    })))
}

fn request<'a>(
    token: &'a str,
    (nonce, pending): (&[u8; 32], &Pending),
    applicant: &Applicant,
    about: &'a About,
) -> Ask<'a> {
    let (os, evidence) = (&about.facts.os, &about.evidence);
    Ask {
        token,
        machine_key: applicant.key.public().to_base64url(),
        nonce: BASE64URL_NOPAD.encode(nonce),
        install_id: applicant.install.to_string(),
        hostname: &about.facts.hostname,
        os: AskOs {
            family: &os.family,
            name: &os.name,
            version: &os.version,
            arch: &os.arch,
        },
        agent_version: crate::VERSION,
        evidence: AskEvidence {
            smbios_uuid: &evidence.smbios_uuid,
            os_install_id: &evidence.os_install_id,
            board_serial: &evidence.board_serial,
            system_serial: &evidence.system_serial,
            disk_serials: &evidence.disk_serials,
        },
        signature: BASE64URL_NOPAD.encode(&applicant.key.sign_enrollment(nonce, &pending.token)),
    }
}

#[cfg(test)]
pub(crate) mod tests;
