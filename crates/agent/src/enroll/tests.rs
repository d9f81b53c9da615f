//! Enrollment against a small server on loopback that answers as told.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use farol_protocol::identity::{MachinePublicKey, ServerIdentity};
use farol_protocol::ids::MachineId;
use farol_protocol::token::EnrollmentToken;
use farol_transport::ServerUrl;

use super::*;
use crate::config::Cause;

pub(crate) const MACHINE: MachineId = MachineId([9; 16]);

/// Answers each request with what `answer` makes of its body; returns the address.
pub(crate) fn serve(
    mut answer: impl FnMut(serde_json::Value) -> (u16, String) + Send + 'static,
) -> ServerUrl {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            respond(stream.unwrap(), &mut answer);
        }
    });
    ServerUrl::parse(&address, false).unwrap()
}

/// The question for the identity first, as the token's server; then what was asked, unless the other end leaves.
fn respond(mut stream: TcpStream, answer: &mut impl FnMut(serde_json::Value) -> (u16, String)) {
    if let Some(question) = read(&mut stream) {
        write(&mut stream, 200, &proof(&identity(), &question));
    }
    if let Some(body) = read(&mut stream) {
        let (status, body) = answer(body);
        write(&mut stream, status, &body);
    }
}

/// The server's proof that it is `server`.
pub(crate) fn proof(server: &ServerIdentity, question: &serde_json::Value) -> String {
    let nonce = BASE64URL_NOPAD
        .decode(question["nonce"].as_str().unwrap().as_bytes())
        .unwrap();
    serde_json::json!({
        "identity_key": server.public().to_base64url(),
        "certificate_sha256": null,
        "signature": BASE64URL_NOPAD.encode(&server.sign_identity(&nonce.try_into().unwrap(), None)),
    })
    .to_string()
}

fn read(stream: &mut TcpStream) -> Option<serde_json::Value> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let size = stream.read(&mut buffer).ok().filter(|size| *size > 0)?;
        request.extend_from_slice(&buffer[..size]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(value) = serde_json::from_str(body)
        {
            return Some(value);
        }
    }
}

fn write(stream: &mut TcpStream, status: u16, body: &str) {
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nretry-after: 1\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
}

pub(crate) fn identity() -> ServerIdentity {
    ServerIdentity::from_seed(&[6; 32])
}

/// Asks as a machine that has never asked before.
fn ask(server: ServerUrl) -> Result<Decision, EnrollError> {
    ask_with(&pending(server))
}

fn ask_with(pending: &Pending) -> Result<Decision, EnrollError> {
    let about = About {
        facts: farol_platform::facts::fake::facts("box"),
        evidence: crate::facts::evidence(farol_platform::evidence::fake::evidence("box")),
    };
    super::ask(pending, &Applicant::new().unwrap(), &about)
}

fn pending(server: ServerUrl) -> Pending {
    Pending {
        server,
        allow_insecure: false,
        ca_file: None,
        server_key: None,
        token: EnrollmentToken::new([3; 32], &identity().public()),
        cause: Cause::Asked,
        applicant: None,
        refused: None,
    }
}

pub(crate) fn answer_of(server: &ServerIdentity, body: &serde_json::Value) -> String {
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    let key = MachinePublicKey::from_base64url(&text("machine_key")).unwrap();
    let nonce = BASE64URL_NOPAD
        .decode(text("nonce").as_bytes())
        .unwrap()
        .try_into()
        .unwrap();
    let signature = server.sign_enrollment(&nonce, MACHINE, &key);
    serde_json::json!({
        "machine_id": MACHINE.to_string(),
        "identity_key": server.public().to_base64url(),
        "signature": BASE64URL_NOPAD.encode(&signature),
        "organization": "Acme",
        "site": {"id": "x", "name": "Main"},
    })
    .to_string()
}

pub(crate) fn waiting(server: &ServerIdentity, body: &serde_json::Value) -> String {
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    let key = MachinePublicKey::from_base64url(&text("machine_key")).unwrap();
    let nonce = BASE64URL_NOPAD.decode(text("nonce").as_bytes()).unwrap();
    let signature = server.sign_waiting(&nonce.try_into().unwrap(), &key);
    serde_json::json!({
        "identity_key": server.public().to_base64url(),
        "signature": BASE64URL_NOPAD.encode(&signature),
    })
    .to_string()
}

#[test]
fn waiting_is_believed_of_the_right_server_only() {
    let server = serve(|body| (202, waiting(&identity(), &body)));
    let decision = ask(server).unwrap();
    assert!(matches!(decision, Decision::Waiting { again } if again == Duration::from_secs(1)));
    let server = serve(|body| {
        let mut forged: serde_json::Value =
            serde_json::from_str(&waiting(&ServerIdentity::from_seed(&[7; 32]), &body)).unwrap();
        forged["identity_key"] = identity().public().to_base64url().into();
        (202, forged.to_string())
    });
    assert!(matches!(ask(server), Err(EnrollError::WrongServer(_))));
}

#[test]
fn a_machine_gets_its_identity() {
    let server = serve(|body| {
        assert_eq!(body["hostname"], "box");
        (201, answer_of(&identity(), &body))
    });
    let Decision::Enrolled(enrollment) = ask(server).unwrap() else {
        panic!("enrolled")
    };
    assert_eq!(
        (enrollment.machine, enrollment.server_key),
        (MACHINE, identity().public())
    );
    assert_eq!(
        (enrollment.organization.as_str(), enrollment.site.as_str()),
        ("Acme", "Main")
    );
}

#[test]
fn another_server_is_not_believed() {
    let server = serve(|body| (201, answer_of(&ServerIdentity::from_seed(&[7; 32]), &body)));
    assert!(matches!(ask(server), Err(EnrollError::WrongServer(_))));
    let server = serve(|body| {
        let honest: serde_json::Value = serde_json::from_str(&answer_of(&identity(), &body)).unwrap();
        let mut forged: serde_json::Value =
            serde_json::from_str(&answer_of(&ServerIdentity::from_seed(&[7; 32]), &body)).unwrap();
        forged["identity_key"] = honest["identity_key"].clone();
        (201, forged.to_string())
    });
    assert!(matches!(ask(server), Err(EnrollError::WrongServer(_))));
}

#[test]
fn what_may_pass_is_no_last_word() {
    for (status, code) in [
        (403, "enrollment_network_refused"),
        (403, "encryption_required"),
        (403, "proxy_not_trusted"),
        (404, "not_found"),
        (503, "enrollment_refused"),
    ] {
        let problem = format!(r#"{{"code":"{code}","detail":"\u202eNo."}}"#);
        let server = serve(move |_| (status, problem.clone()));
        let Err(EnrollError::Busy {
            code: said, detail, ..
        }) = ask(server)
        else {
            panic!("{code}")
        };
        assert_eq!((said.as_str(), detail.as_str()), (code, "No."));
    }
}

#[test]
fn the_token_is_told_to_its_own_server_only() {
    let server = serve(|_| panic!("it was told"));
    let mut other = pending(server);
    other.token = EnrollmentToken::new([3; 32], &ServerIdentity::from_seed(&[7; 32]).public());
    assert!(matches!(ask_with(&other), Err(EnrollError::WrongServer(_))));
}

#[test]
fn refusals_keep_their_code() {
    let problem = r#"{"code":"enrollment_token_invalid","detail":"The token has expired."}"#;
    let server = serve(move |_| (403, problem.to_owned()));
    let Err(EnrollError::Refused { code, detail }) = ask(server) else {
        panic!("refused")
    };
    assert_eq!(
        (code.as_str(), detail.as_str()),
        ("enrollment_token_invalid", "The token has expired.")
    );
    let busy = r#"{"code":"rate_limited","detail":"Too many at once."}"#;
    let server = serve(move |_| (429, busy.to_owned()));
    assert!(matches!(
        ask(server),
        Err(EnrollError::Busy {
            again: ASK_AGAIN_MIN,
            ..
        })
    ));
    let server = serve(|_| (500, "oops".to_owned()));
    assert!(matches!(ask(server), Err(EnrollError::Answer(_))));
    let server = serve(|_| (200, "{}".to_owned()));
    assert!(matches!(ask(server), Err(EnrollError::Answer(_))));
}

#[test]
fn another_server_than_the_known_one_is_not_believed() {
    let server = serve(|body| (201, answer_of(&identity(), &body)));
    let mut known = pending(server);
    known.server_key = Some(ServerIdentity::from_seed(&[7; 32]).public());
    assert!(matches!(ask_with(&known), Err(EnrollError::WrongServer(_))));
}

#[test]
fn nothing_is_sent_with_a_bad_authority_or_without_a_server() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut bad = pending(ServerUrl::parse(&format!("http://{closed}"), false).unwrap());
    let Err(EnrollError::Unreachable { server, .. }) = ask_with(&bad) else {
        panic!("unreachable")
    };
    assert!(server.contains("127.0.0.1"));
    bad.ca_file = Some("/nonexistent/ca.pem".into());
    assert!(matches!(ask_with(&bad), Err(EnrollError::Tls(_))));
}
