//! An agent that is not enrolled yet: asks, waits, is refused, is stopped in the middle. And the server's side of it.

use data_encoding::BASE64URL_NOPAD;
use farol_protocol::identity::{MachinePublicKey, ServerIdentity};
use farol_protocol::ids::MachineId;
use farol_protocol::token::EnrollmentToken;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::server::{MACHINE, TestServer, identity};
use super::*;
use crate::config::{Cause, Pending, Standing, Status};
use crate::enroll::tests::proof;

/// One request for enrollment.
pub(super) struct Ask {
    stream: TcpStream,
    pub(super) body: Value,
}

impl Ask {
    pub(super) async fn read(mut stream: TcpStream, to: mpsc::Sender<Self>) {
        let mut request = Vec::new();
        loop {
            let mut buffer = [0; 4096];
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(size) => request.extend_from_slice(&buffer[..size]),
            }
            let text = String::from_utf8_lossy(&request).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n")
                && let Ok(body) = serde_json::from_str(body)
            {
                if head.starts_with("POST /api/agent/identity ") {
                    let proof = proof(&identity(), &body);
                    let head = format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\n", proof.len());
                    stream.write_all((head + &proof).as_bytes()).await.unwrap();
                    request.clear();
                    continue;
                }
                let redeems = head.starts_with("POST /api/join/redeem ");
                assert!(redeems || head.starts_with("POST /api/agent/enroll "), "{head}");
                if to.send(Self { stream, body }).await.is_err() {
                    // The test is over.
                }
                return;
            }
        }
    }

    pub(super) fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap().to_owned()
    }

    pub(super) fn key(&self) -> MachinePublicKey {
        MachinePublicKey::from_base64url(&self.text("machine_key")).unwrap()
    }

    fn nonce(&self) -> [u8; 32] {
        let nonce = BASE64URL_NOPAD.decode(self.text("nonce").as_bytes()).unwrap();
        nonce.try_into().unwrap()
    }

    /// Whether it is who it says, and who that is.
    fn check(&self) {
        let token = EnrollmentToken::parse(&self.text("token")).unwrap();
        let signature = BASE64URL_NOPAD.decode(self.text("signature").as_bytes()).unwrap();
        self.key()
            .verify_enrollment(&self.nonce(), &token, &signature)
            .unwrap();
        let evidence = farol_platform::evidence::fake::evidence("box");
        assert_eq!(
            self.body["evidence"]["board_serial"].as_str(),
            evidence.board_serial.as_deref()
        );
        assert_eq!(
            self.body["evidence"]["system_serial"].as_str(),
            evidence.product_serial.as_deref()
        );
    }

    /// The server's side for a machine that tells nothing it could be recognized by.
    pub(super) async fn enroll_one_time(self, by: &ServerIdentity, machine: MachineId) {
        for (name, value) in self.body["evidence"].as_object().unwrap() {
            let empty = value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty);
            assert!(empty, "{name}: {value}");
        }
        let signature = by.sign_enrollment(&self.nonce(), machine, &self.key());
        self.taken_in(by, machine, &signature).await;
    }

    pub(super) async fn enroll(self, by: &ServerIdentity, machine: MachineId) {
        self.check();
        let signature = by.sign_enrollment(&self.nonce(), machine, &self.key());
        self.taken_in(by, machine, &signature).await;
    }

    async fn taken_in(self, by: &ServerIdentity, machine: MachineId, signature: &[u8]) {
        let body = json!({
            "machine_id": machine.to_string(),
            "identity_key": by.public().to_base64url(),
            "signature": BASE64URL_NOPAD.encode(signature),
            "organization": "Acme",
            "site": "Main",
        });
        self.answer("201 Created", "", &body).await;
    }

    pub(super) async fn wait(self, by: &ServerIdentity) {
        self.check();
        let signature = by.sign_waiting(&self.nonce(), &self.key());
        let body = json!({
            "identity_key": by.public().to_base64url(),
            "signature": BASE64URL_NOPAD.encode(&signature),
        });
        self.answer("202 Accepted", "retry-after: 1\r\n", &body).await;
    }

    pub(super) async fn refuse(self, code: &str) {
        let body = json!({ "code": code, "detail": "No." });
        self.answer("403 Forbidden", "", &body).await;
    }

    pub(super) async fn answer(mut self, status: &str, headers: &str, body: &Value) {
        let body = body.to_string();
        let text = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }
}

pub(super) fn pending(server: &TestServer, cause: Cause) -> Pending {
    Pending {
        server: server.address(),
        allow_insecure: false,
        ca_file: None,
        server_key: None,
        token: EnrollmentToken::new([3; 32], &identity().public()),
        cause,
        applicant: None,
        refused: None,
    }
}

fn asking(server: &TestServer, cause: Cause) -> Disk {
    let disk = Disk::new();
    disk.state.save_pending(&pending(server, cause)).unwrap();
    disk
}

fn status(disk: &Disk) -> Status {
    disk.state.load_status().unwrap()
}

#[tokio::test]
async fn an_agent_asks_until_somebody_agrees_and_goes_on_by_itself() {
    let mut server = TestServer::start().await;
    let agent = start_on(asking(&server, Cause::Asked), &FakeMachine::new());
    let first = server.asked().await;
    let key = first.key();
    first.wait(&identity()).await;
    let second = server.asked().await;
    assert_eq!(status(&agent.disk).link, "waiting_for_approval");
    assert_eq!(second.key(), key, "the same machine asks again");
    second.enroll(&identity(), MACHINE).await;
    server.known = vec![key];
    let hello = server.link().await;
    assert_eq!((hello.machine, hello.about.installation.counter), (MACHINE, 1));
    let disk = agent.stop().await;
    assert!(matches!(disk.state.standing(), Ok(Standing::Enrolled(_))));
    assert_eq!(disk.state.install().unwrap().id, hello.about.installation.id);
}

#[tokio::test]
async fn a_refusal_is_final_and_said() {
    let mut server = TestServer::start().await;
    let agent = start_on(asking(&server, Cause::Image), &FakeMachine::new());
    server.asked().await.refuse("enrollment_refused").await;
    let (disk, result) = agent.over().await;
    assert!(matches!(&result, Err(RunError::Refused(refusal)) if refusal.code == "enrollment_refused"));
    assert!(server.nobody_asks());
    let said = status(&disk);
    assert_eq!(
        (said.link.as_str(), said.code.as_str()),
        ("refused", "enrollment_refused")
    );
    let kept = disk.state.load_pending().unwrap().unwrap();
    assert_eq!(kept.refused.unwrap().detail, "No.");
}

#[tokio::test]
async fn a_crash_while_asking_asks_for_the_same_again() {
    let mut server = TestServer::start().await;
    let machine = FakeMachine::new();
    let agent = start_on(asking(&server, Cause::Asked), &machine);
    let first = server.asked().await;
    let (key, install) = (first.key(), first.text("install_id"));
    let disk = agent.crash().await;
    drop(first);
    let agent = start_on(disk, &machine);
    let again = server.asked().await;
    assert_eq!((again.key(), again.text("install_id")), (key, install));
    let waiting = agent.stop().await;
    assert!(matches!(waiting.state.standing(), Ok(Standing::Pending(_))));
}

#[tokio::test]
async fn each_copy_of_an_image_asks_for_itself() {
    let mut server = TestServer::start().await;
    let image = asking(&server, Cause::Image);
    let (one, other) = (image.copy(), image.copy());
    let agents = [one, other].map(|disk| start_on(disk, &FakeMachine::new()));
    let (first, second) = (server.asked().await, server.asked().await);
    assert_ne!(first.key(), second.key());
    assert_ne!(first.text("install_id"), second.text("install_id"));
    for agent in agents {
        agent.crash().await;
    }
}

#[tokio::test]
async fn a_copy_that_is_refused_goes_back_to_its_old_identity() {
    let mut server = TestServer::start().await;
    let disk = asking(&server, Cause::Copy);
    disk.state.save(&server.enrollment()).unwrap();
    let agent = start_on(disk, &FakeMachine::new());
    server.asked().await.refuse("enrollment_token_invalid").await;
    assert_eq!(server.link().await.machine, MACHINE);
    agent.stop().await;
}

#[tokio::test]
async fn a_server_that_is_another_is_not_believed_and_asked_again() {
    let mut server = TestServer::start().await;
    let agent = start_on(asking(&server, Cause::Asked), &FakeMachine::new());
    let first = server.asked().await;
    let key = first.key();
    first.enroll(&ServerIdentity::from_seed(&[66; 32]), MACHINE).await;
    let second = server.asked().await;
    assert_eq!(status(&agent.disk).code, "server_identity_wrong");
    second.enroll(&identity(), MACHINE).await;
    server.known = vec![key];
    server.link().await;
    agent.stop().await;
}

#[tokio::test]
async fn nothing_is_asked_before_the_new_key_is_on_disk() {
    let mut server = TestServer::start().await;
    let disk = asking(&server, Cause::Image);
    let in_the_way = disk.state.path().join("pending.json.new");
    std::fs::create_dir(&in_the_way).unwrap();
    let agent = start_on(disk, &FakeMachine::new());
    // The note of why nothing happens is what there is to wait for.
    let seen = async {
        while agent
            .disk
            .state
            .load_status()
            .is_none_or(|status| status.code != "state_unusable")
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, seen).await.unwrap();
    assert!(server.nobody_asks());
    std::fs::remove_dir(&in_the_way).unwrap();
    let ask = server.asked().await;
    let kept = agent.disk.state.load_pending().unwrap().unwrap();
    assert_eq!(kept.applicant.unwrap().key.public(), ask.key());
    agent.crash().await;
}
