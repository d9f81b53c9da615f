//! Enrollment: the machine makes its key, shows the token, and gets its identity; once.
//!
//! The token names the server's identity. Another server, even one that answers with a valid certificate, is refused
//! before it is believed: its answer must carry that identity and a signature over our nonce and key. Where token and
//! address come from: [`token_source`].

pub mod program_name;
pub mod token_source;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use farol_platform::SystemFacts;
use farol_protocol::identity::{MachineKey, ServerPublicKey};
use farol_protocol::token::EnrollmentToken;
use farol_transport::tls::TlsError;
use farol_transport::{ServerUrl, UrlError};
use serde::{Deserialize, Serialize};

use crate::config::Enrollment;
use crate::random;

/// How long the server may take; it hashes nothing and asks nobody.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Most bytes of an answer that are read.
const ANSWER_MAX: u64 = 64 * 1024;

/// Where and how to enroll.
#[derive(Debug, Clone)]
pub struct EnrollRequest {
    /// The server's address, as given.
    pub server: String,
    /// The token.
    pub token: EnrollmentToken,
    /// Allow an unencrypted connection to another machine.
    pub allow_insecure: bool,
    /// The administrator's own certificate authorities.
    pub ca_file: Option<PathBuf>,
    /// About this machine.
    pub facts: SystemFacts,
}

/// Why a machine could not be enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// The address is none.
    #[error("the server's address: {0}")]
    Url(#[from] UrlError),
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
    },
    /// The server said no.
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
    WrongServer(&'static str),
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
}

#[derive(Serialize)]
struct AskOs<'a> {
    family: &'a str,
    name: &'a str,
    version: &'a str,
    arch: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    machine_id: String,
    identity_key: String,
    signature: String,
    organization: Name,
    site: Name,
}

/// Organization and site come as a name, or as an object that has one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Object { name: String },
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: String,
    detail: String,
    title: String,
}

impl Name {
    fn into_text(self) -> String {
        match self {
            Self::Text(name) | Self::Object { name } => {
                name.chars().filter(|c| !c.is_control()).take(200).collect()
            }
        }
    }
}

/// Enrolls this machine. Blocks for as long as the server takes; nothing is kept on disk here.
///
/// # Errors
/// Every [`EnrollError`]; the token is used up only when the server accepted it.
pub fn enroll(request: &EnrollRequest) -> Result<Enrollment, EnrollError> {
    let server = ServerUrl::parse(&request.server, request.allow_insecure)?;
    let token = &request.token;
    let key = MachineKey::from_seed(&random::bytes()?);
    let nonce: [u8; 32] = random::bytes()?;
    let text = token.reveal();
    let ask = Ask {
        token: &text,
        machine_key: key.public().to_base64url(),
        nonce: BASE64URL_NOPAD.encode(&nonce),
        install_id: install_id()?,
        hostname: &request.facts.hostname,
        os: AskOs {
            family: &request.facts.os.family,
            name: &request.facts.os.name,
            version: &request.facts.os.version,
            arch: &request.facts.os.arch,
        },
        agent_version: crate::VERSION,
    };
    let answer = post(&server, request, &ask)?;
    let malformed = |what: &str| EnrollError::Answer(format!("{what} is malformed"));
    let server_key =
        ServerPublicKey::from_base64url(&answer.identity_key).map_err(|_| malformed("identity_key"))?;
    if !token.is_for(&server_key) {
        return Err(EnrollError::WrongServer("its identity key is another one"));
    }
    let machine = answer.machine_id.parse().map_err(|_| malformed("machine_id"))?;
    let signature = BASE64URL_NOPAD
        .decode(answer.signature.as_bytes())
        .map_err(|_| malformed("signature"))?;
    server_key
        .verify_enrollment(&nonce, machine, &key.public(), &signature)
        .map_err(|_| EnrollError::WrongServer("its signature does not verify"))?;
    Ok(Enrollment {
        server,
        server_key,
        machine,
        key,
        organization: answer.organization.into_text(),
        site: answer.site.into_text(),
        allow_insecure: request.allow_insecure,
        ca_file: request.ca_file.clone(),
    })
}

/// A random id of this installation, as UUID text; tells clones of a disk apart later.
fn install_id() -> Result<String, std::io::Error> {
    let mut bytes: [u8; 16] = random::bytes()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Ok(farol_protocol::ids::RunId(bytes).to_string())
}

fn post(server: &ServerUrl, request: &EnrollRequest, ask: &Ask<'_>) -> Result<Answer, EnrollError> {
    let client = client(request)?;
    let url = server.http("/api/agent/enroll");
    let unreachable = |error: ureq::Error| EnrollError::Unreachable {
        server: server.to_string(),
        reason: error.to_string(),
    };
    let mut response = client.post(&url).send_json(ask).map_err(unreachable)?;
    let status = response.status();
    let body = response.body_mut().with_config().limit(ANSWER_MAX);
    if status.is_success() {
        return body
            .read_json()
            .map_err(|error| EnrollError::Answer(error.to_string()));
    }
    let problem: Problem = body.read_json().unwrap_or_default();
    let detail = if problem.detail.is_empty() {
        problem.title
    } else {
        problem.detail
    };
    if problem.code.is_empty() {
        return Err(EnrollError::Answer(format!("HTTP status {}", status.as_u16())));
    }
    let clean = |text: String| text.chars().filter(|c| !c.is_control()).take(300).collect();
    Err(EnrollError::Refused {
        code: clean(problem.code),
        detail: clean(detail),
    })
}

fn client(request: &EnrollRequest) -> Result<ureq::Agent, EnrollError> {
    // Checks the file, so that a bad one is named before anything is sent.
    farol_transport::tls::client_config(request.ca_file.as_deref())?;
    let roots = match &request.ca_file {
        None => ureq::tls::RootCerts::WebPki,
        Some(path) => {
            let pem = std::fs::read(path)?;
            let certificates: Vec<_> = ureq::tls::parse_pem(&pem)
                .filter_map(|item| match item {
                    Ok(ureq::tls::PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            ureq::tls::RootCerts::new_with_certs(&certificates)
        }
    };
    let tls = ureq::tls::TlsConfig::builder()
        .provider(ureq::tls::TlsProvider::Rustls)
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(format!("farol-agent/{}", crate::VERSION))
        .build();
    Ok(ureq::Agent::new_with_config(config))
}

#[cfg(test)]
mod tests;
