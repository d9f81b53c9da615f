//! One request to the server: a support code becomes the enrollment token of this one machine.
//!
//! Nothing is known of the server but its address, so its certificate has to be confirmed by an authority (or it is this
//! machine itself). The token that comes back names the server's identity, which is proved from then on.

use std::path::Path;
use std::time::Duration;

use farol_protocol::support_code::SupportCode;
use farol_protocol::token::EnrollmentToken;
use farol_transport::tls::Trust;
use farol_transport::{ConnectError, ConnectOptions, ServerUrl, post_json_to_address};
use serde::{Deserialize, Serialize};

use super::HelpError;
use crate::enroll::http::Problem;

/// The server's route.
const PATH: &str = "/api/join/redeem";

/// How long the server may take; it asks nobody.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Most bytes of an answer that are read; a token has 77.
const ANSWER_MAX: usize = 16 * 1024;

/// The server's code for a support code that is wrong, used, revoked or expired.
const UNKNOWN: &str = "code_unknown";

/// The server's code while somebody tries too many codes.
const TOO_MANY: &str = "too_many_attempts";

#[derive(Serialize)]
struct Ask<'a> {
    code: String,
    hostname: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    enrollment_token: String,
}

/// What a one-time agent was started for.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Who is to help.
    pub server: ServerUrl,
    /// The code that they gave.
    pub code: SupportCode,
    /// Certificate authorities to trust beside the public ones.
    pub ca_file: Option<std::path::PathBuf>,
}

/// Uses the code, for good.
///
/// # Errors
/// That the server does not know it, and all that can happen on the way.
pub async fn redeem(invitation: &Invitation, hostname: &str) -> Result<EnrollmentToken, HelpError> {
    let server = &invitation.server;
    let options = ConnectOptions {
        tls: trust(invitation.ca_file.as_deref())?,
        message_max: ANSWER_MAX,
        timeout: TIMEOUT,
    };
    let ask = Ask {
        code: invitation.code.reveal(),
        hostname,
    };
    let not_ours = |reason: String| HelpError::NotFarol {
        server: server.to_string(),
        reason,
    };
    let body = serde_json::to_string(&ask).map_err(|error| not_ours(error.to_string()))?;
    let answer = post_json_to_address(server, PATH, &body, &options)
        .await
        .map_err(|error| failed(server, &error))?;
    if (200..300).contains(&answer.status) {
        // Without the text of the error's place: it may be the token.
        let read: Option<Answer> = serde_json::from_slice(&answer.body).ok();
        let token = read.and_then(|answer| EnrollmentToken::parse(&answer.enrollment_token).ok());
        return token.ok_or_else(|| not_ours("it has no enrollment token".into()));
    }
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap_or_default();
    let (code, detail) = problem.cleaned();
    Err(match code.as_str() {
        "" => not_ours(format!("HTTP status {}", answer.status)),
        UNKNOWN => HelpError::CodeUnknown,
        TOO_MANY => HelpError::TooMany,
        _ => HelpError::Refused { code, detail },
    })
}

fn trust(ca_file: Option<&Path>) -> Result<Trust, HelpError> {
    Trust::new(ca_file, None).map_err(|error| HelpError::CaFile(error.to_string()))
}

fn failed(server: &ServerUrl, error: &ConnectError) -> HelpError {
    let server = server.to_string();
    if let Some(reason) = error.certificate() {
        return HelpError::Certificate { server, reason };
    }
    match error {
        ConnectError::Answer(error) => HelpError::NotFarol {
            server,
            reason: error.to_string(),
        },
        // Where to is said already.
        ConnectError::Tcp { source, .. } | ConnectError::Tls { source, .. } => HelpError::Unreachable {
            server,
            reason: source.to_string(),
        },
        error => HelpError::Unreachable {
            server,
            reason: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use farol_protocol::identity::ServerIdentity;

    use super::*;

    fn token() -> EnrollmentToken {
        EnrollmentToken::new([3; 32], &ServerIdentity::from_seed(&[6; 32]).public())
    }

    /// What comes of a code when the server answers this.
    fn redeemed(status: u16, body: &str) -> Result<EnrollmentToken, HelpError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let answer = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let server = std::thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            let mut asked = String::new();
            while !asked.ends_with('}') {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                asked.push(char::from(byte[0]));
            }
            stream.write_all(answer.as_bytes()).unwrap();
            asked
        });
        let invitation = Invitation {
            server: ServerUrl::parse(&address, false).unwrap(),
            code: SupportCode::new([0; 5]),
            ca_file: None,
        };
        let result = ask(&invitation);
        let asked = server.join().unwrap();
        assert!(asked.starts_with("POST /api/join/redeem "), "{asked}");
        assert!(
            asked.ends_with(r#"{"code":"000-000-000","hostname":"box"}"#),
            "{asked}"
        );
        result
    }

    fn ask(invitation: &Invitation) -> Result<EnrollmentToken, HelpError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(redeem(invitation, "box"))
    }

    #[test]
    fn a_code_becomes_a_token() {
        let body = format!(r#"{{"enrollment_token":"{}"}}"#, token().reveal());
        assert_eq!(redeemed(200, &body).unwrap(), token());
    }

    #[test]
    fn what_goes_wrong_has_a_code() {
        let of = |status, body: &str| redeemed(status, body).unwrap_err().code().to_owned();
        assert_eq!(
            of(404, r#"{"code":"code_unknown","detail":"No."}"#),
            "code_unknown"
        );
        assert_eq!(of(429, r#"{"code":"too_many_attempts"}"#), "too_many_attempts");
        assert_eq!(of(503, r#"{"code":"not_ready","title":"Starting"}"#), "not_ready");
        assert_eq!(of(404, "<h1>Not Found</h1>"), "server_answer_unexpected");
        assert_eq!(of(200, "{}"), "server_answer_unexpected");
        let damaged = &token().reveal()[..60];
        let error = redeemed(200, &format!(r#"{{"enrollment_token":"{damaged}"}}"#)).unwrap_err();
        assert!(!format!("{error:?}").contains(&damaged[10..]), "{error:?}");
    }

    #[test]
    fn a_server_that_is_not_there_is_named() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let invitation = Invitation {
            server: ServerUrl::parse(&format!("http://{closed}"), false).unwrap(),
            code: SupportCode::new([0; 5]),
            ca_file: None,
        };
        assert_eq!(ask(&invitation).unwrap_err().code(), "server_unreachable");
        let no_file = Invitation {
            ca_file: Some("/nonexistent/ca.pem".into()),
            ..invitation
        };
        assert_eq!(ask(&no_file).unwrap_err().code(), "ca_file_unusable");
    }
}
