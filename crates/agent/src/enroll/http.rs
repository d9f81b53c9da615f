//! One request to the server's enrollment route, its refusals and its wishes about time. What is asked is [`super`]'s.
//!
//! The token is told to the server that proved, on this connection, to be the one the token names.

use std::time::Duration;

use farol_transport::tls::{Expected, Trust};
use farol_transport::{ConnectError, ConnectOptions, PostAnswer, ServerUrl, post_json};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{ASK_AGAIN, ASK_AGAIN_MAX, ASK_AGAIN_MIN, EnrollError, clean};
use crate::config::Pending;

/// How long the server may take; it asks nobody.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The server's last word: asking again the same way is no use. Every other refusal may pass: a network that the token does
/// not allow, a proxy that is being set up, a full queue.
const FINAL: [&str; 6] = [
    "enrollment_token_invalid",
    "enrollment_refused",
    "already_enrolled",
    "key_retired",
    "key_not_proved",
    "validation_failed",
];

/// Most bytes of an answer that are read.
const ANSWER_MAX: usize = 64 * 1024;

/// What a server says when it does not do what it was asked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    code: String,
    detail: String,
    title: String,
}

impl Problem {
    /// Its stable code and its sentence, fit for people and logs. A problem without a code is not of our server.
    pub(crate) fn cleaned(self) -> (String, String) {
        let Self { code, detail, title } = self;
        let detail = if detail.is_empty() { title } else { detail };
        (clean(&code, 100), clean(&detail, 300))
    }
}

/// Posts, and reads the answer or the refusal. Blocks; not to be called from asynchronous code.
pub(super) fn post<A: DeserializeOwned>(
    pending: &Pending,
    path: &str,
    body: &impl Serialize,
) -> Result<(A, Duration), EnrollError> {
    let by_token = Expected::Hash(pending.token.server_hash8());
    let named = pending.server_key.map_or(by_token, Expected::Key);
    let options = ConnectOptions {
        tls: Trust::new(pending.ca_file.as_deref(), Some(named))?,
        message_max: ANSWER_MAX,
        timeout: TIMEOUT,
    };
    let unreadable = |error: serde_json::Error| EnrollError::Answer(error.to_string());
    let body = serde_json::to_string(body).map_err(unreadable)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let answer = runtime
        .block_on(post_json(&pending.server, path, &body, &options))
        .map_err(|error| failed(&pending.server, &error))?;
    let again = again(&answer);
    if (200..300).contains(&answer.status) {
        return Ok((serde_json::from_slice(&answer.body).map_err(unreadable)?, again));
    }
    Err(refusal(
        answer.status,
        serde_json::from_slice(&answer.body).unwrap_or_default(),
        again,
    ))
}

fn failed(server: &ServerUrl, error: &ConnectError) -> EnrollError {
    match error {
        ConnectError::Answer(error) => EnrollError::Answer(error.to_string()),
        ConnectError::Stranger { why, .. } => EnrollError::WrongServer(why.clone()),
        error => EnrollError::Unreachable {
            server: server.to_string(),
            reason: error.to_string(),
            told: error.told(),
        },
    }
}

/// A problem without a code is not of our server, whatever its status.
fn refusal(status: u16, problem: Problem, again: Duration) -> EnrollError {
    let (code, detail) = problem.cleaned();
    if code.is_empty() {
        return EnrollError::Answer(format!("HTTP status {status}"));
    }
    if FINAL.contains(&code.as_str()) && (400..500).contains(&status) {
        EnrollError::Refused { code, detail }
    } else {
        EnrollError::Busy { code, detail, again }
    }
}

/// What the server wishes, within reason.
fn again(answer: &PostAnswer) -> Duration {
    answer
        .retry_after
        .map_or(ASK_AGAIN, |wait| wait.clamp(ASK_AGAIN_MIN, ASK_AGAIN_MAX))
}
