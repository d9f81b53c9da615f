//! One request to the server's enrollment route, its refusals and its wishes about time. What is asked is [`super`]'s.

use std::sync::Arc;
use std::time::Duration;

use farol_transport::ServerUrl;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use ureq::http::{Response, StatusCode};

use super::{ASK_AGAIN, ASK_AGAIN_MAX, ASK_AGAIN_MIN, EnrollError, clean};
use crate::config::Pending;

/// How long the server may take; it asks nobody.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Most bytes of an answer that are read.
const ANSWER_MAX: u64 = 64 * 1024;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: String,
    detail: String,
    title: String,
}

/// Posts, and reads the answer or the refusal.
pub(super) fn post<A: DeserializeOwned>(
    pending: &Pending,
    path: &str,
    body: &impl Serialize,
) -> Result<(A, Duration), EnrollError> {
    let server = &pending.server;
    let request = agent(pending)?.post(server.http(path));
    let mut response = request
        .send_json(body)
        .map_err(|error| unreachable(server, &error))?;
    let (status, again) = (response.status(), again(&response));
    let body = response.body_mut().with_config().limit(ANSWER_MAX);
    if status.is_success() {
        let answer = body
            .read_json()
            .map_err(|error| EnrollError::Answer(error.to_string()))?;
        return Ok((answer, again));
    }
    Err(refusal(status, body.read_json().unwrap_or_default(), again))
}

fn unreachable(server: &ServerUrl, error: &ureq::Error) -> EnrollError {
    EnrollError::Unreachable {
        server: server.to_string(),
        reason: error.to_string(),
    }
}

/// A problem without a code is not of our server, whatever its status.
fn refusal(status: StatusCode, problem: Problem, again: Duration) -> EnrollError {
    let Problem { code, detail, title } = problem;
    if code.is_empty() {
        return EnrollError::Answer(format!("HTTP status {}", status.as_u16()));
    }
    let code = clean(&code, 100);
    let detail = clean(if detail.is_empty() { &title } else { &detail }, 300);
    // What another time may answer: too many at once, starting, stopping.
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        EnrollError::Busy { code, detail, again }
    } else {
        EnrollError::Refused { code, detail }
    }
}

/// The header Retry-After in seconds (its other form, a date, needs a clock that is right), within reason.
fn again<B>(response: &Response<B>) -> Duration {
    let header = response.headers().get("retry-after");
    let seconds = header.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    seconds.map_or(ASK_AGAIN, |seconds| {
        Duration::from_secs(seconds).clamp(ASK_AGAIN_MIN, ASK_AGAIN_MAX)
    })
}

fn agent(pending: &Pending) -> Result<ureq::Agent, EnrollError> {
    // Checks the file, so that a bad one is named before anything is sent.
    farol_transport::tls::client_config(pending.ca_file.as_deref())?;
    let roots = match &pending.ca_file {
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
