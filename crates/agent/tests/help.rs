//! The real program under the name it is downloaded with: what it asks in a window on a real display, and that nothing is left
//! of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use farol_platform::{InputSink, KeyEvent};
use farol_protocol::identity::ServerIdentity;
use farol_protocol::token::EnrollmentToken;
use support::XServer;

const PATIENCE: Duration = Duration::from_secs(30);

/// The program as it lies among somebody's downloads.
struct Download {
    folder: tempfile::TempDir,
    name: &'static str,
}

impl Download {
    fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("run")).unwrap();
        std::fs::copy(env!("CARGO_BIN_EXE_farol-agent"), folder.path().join(name)).unwrap();
        Self { folder, name }
    }

    /// Where it may keep things while it runs.
    fn room(&self) -> std::path::PathBuf {
        self.folder.path().join("run")
    }

    /// As by a double click: without a terminal.
    fn click(&self, display: &str) -> Child {
        Command::new(self.folder.path().join(self.name))
            .env("DISPLAY", display)
            .env("XDG_RUNTIME_DIR", self.room())
            .env("LC_ALL", "pt_BR.UTF-8")
            .env_remove("FAROL_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

fn ended(child: Child) -> Output {
    let (said, output) = channel();
    std::thread::spawn(move || said.send(child.wait_with_output().unwrap()));
    output.recv_timeout(PATIENCE).expect("the program does not end")
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

/// A server on loopback that tells what it was asked; what `answer` does not answer stays open.
fn serve(answer: impl Fn(&str) -> Option<(u16, String)> + Send + 'static) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, questions) = channel();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let question = read(&mut stream);
            let answer = answer(&question);
            if asked.send(question).is_err() {
                return;
            }
            match answer {
                Some((status, body)) => write!(
                    stream,
                    "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
                .unwrap(),
                None => open.push(stream),
            }
        }
    });
    (port, questions)
}

fn read(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with('}') && stream.read_exact(&mut byte).is_ok() {
        text.push(char::from(byte[0]));
    }
    text
}

fn press(hand: &mut dyn InputSink, code: &str, key: &str) {
    for down in [true, false] {
        let event = KeyEvent {
            code: code.into(),
            key: key.into(),
            down,
            modifiers: None,
        };
        hand.key(&event).unwrap();
    }
}

fn type_text(hand: &mut dyn InputSink, text: &str) {
    for character in text.chars() {
        press(hand, "", &character.to_string());
    }
}

#[test]
fn what_the_name_lost_is_asked_for_in_a_window() {
    let server = XServer::start();
    let download = Download::new("farol-help (1)");
    let unknown = r#"{"code":"code_unknown","detail":"No."}"#;
    let (port, questions) = serve(|_| Some((404, unknown.into())));
    let program = download.click(&server.address);
    let mut hand = server.hand();
    // Until the window has the keyboard nothing happens; after that the code is there, perhaps behind what went before.
    let start = Instant::now();
    let question = loop {
        assert!(start.elapsed() < PATIENCE, "no window");
        for _ in 0..20 {
            press(&mut *hand, "Backspace", "Backspace");
        }
        type_text(&mut *hand, "k7q-f2m-9x4");
        press(&mut *hand, "Tab", "Tab");
        for _ in 0..40 {
            press(&mut *hand, "Backspace", "Backspace");
        }
        type_text(&mut *hand, &format!("127.0.0.1:{port}"));
        press(&mut *hand, "Enter", "Enter");
        if let Ok(question) = questions.recv_timeout(Duration::from_secs(1)) {
            break question;
        }
    };
    assert!(question.starts_with("POST /api/join/redeem "), "{question}");
    assert!(question.contains(r#""code":"K7Q-F2M-9X4""#), "{question}");
    // It asks again, and takes no for an answer.
    let mut program = program;
    while program.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < 2 * PATIENCE, "it does not end");
        press(&mut *hand, "Escape", "Escape");
        std::thread::yield_now();
    }
    assert!(ended(program).status.success(), "giving up is no failure");
    assert_eq!(entries(&download.room()), 0);
}

#[test]
fn ending_it_from_outside_leaves_nothing() {
    let server = XServer::start();
    let (port, questions) = serve(|question| {
        let token = EnrollmentToken::new([3; 32], &ServerIdentity::from_seed(&[6; 32]).public());
        let answer = format!(r#"{{"enrollment_token":"{}"}}"#, token.reveal());
        question
            .starts_with("POST /api/join/redeem ")
            .then_some((200, answer))
    });
    let download = Download::new("farol-help-K7QF2M9X4");
    let server_address = format!("127.0.0.1:{port}");
    let program = Command::new(download.folder.path().join(download.name))
        .args(["--server", &server_address])
        .env("DISPLAY", &server.address)
        .env("XDG_RUNTIME_DIR", download.room())
        .env_remove("FAROL_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let redeemed = questions.recv_timeout(PATIENCE).unwrap();
    assert!(redeemed.contains(r#""code":"K7Q-F2M-9X4""#), "{redeemed}");
    // The question for the server's identity, before the token is told; nobody answers it.
    let next = questions.recv_timeout(PATIENCE).unwrap();
    assert!(next.starts_with("POST /api/agent/identity "), "{next}");
    assert_eq!(entries(&download.room()), 1);
    let pid = program.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let output = ended(program);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(entries(&download.room()), 0, "something is left");
}

#[test]
fn without_a_desktop_it_says_so() {
    let download = Download::new("farol-help-K7QF2M9X4@127.0.0.1_1");
    let output = ended(download.click(":64999"));
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("farol-agent: Não há área de trabalho"), "{said}");
    assert!(said.ends_with("[no_display]\n"), "{said}");
    assert_eq!(entries(&download.room()), 0);
}
