//! A one-time agent in process: from a code to a session and to each of its ends, and that nothing is left of it.

use std::path::Path;

use farol_protocol::support_code::SupportCode;
use farol_protocol::token::EnrollmentToken;
use tokio::task::JoinHandle;

use super::server::{MACHINE, TestServer, identity, soon};
use super::*;
use crate::consent::Event;
use crate::one_time::{Ending, HelpError, Invitation, Limits, Stay, Visited, redeem, until_left};

/// A one-time agent that runs.
struct Guest {
    machine: Arc<FakeMachine>,
    /// Where its folder is.
    root: tempfile::TempDir,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<Ending, HelpError>>,
}

fn limits() -> Limits {
    Limits {
        waiting: LONG,
        left: LONG,
    }
}

fn token() -> EnrollmentToken {
    EnrollmentToken::new([3; 32], &identity().public())
}

fn invitation(server: &TestServer) -> Invitation {
    Invitation {
        server: server.address(),
        code: SupportCode::new([1; 5]),
        ca_file: None,
    }
}

impl Guest {
    fn start(server: &TestServer, limits: Limits) -> Self {
        let machine = FakeMachine::with_sensors();
        let root = tempfile::tempdir().unwrap();
        let stay = Stay {
            machine: Arc::clone(&machine) as _,
            roots: vec![root.path().to_owned()],
            limits,
        };
        let (stop, stopping) = watch::channel(false);
        let invitation = invitation(server);
        let task = tokio::spawn(async move { stay.serve(&invitation, token(), stopping, |_| {}).await });
        Self {
            machine,
            root,
            stop,
            task,
        }
    }

    /// How it ended, with nothing left behind.
    async fn over(self) -> Result<Ending, HelpError> {
        let ended = soon(self.task).await.unwrap();
        assert_eq!(entries(self.root.path()), 0, "something is left");
        ended
    }
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

/// A one-time agent that waits for help.
async fn waiting(limits: Limits) -> (TestServer, Guest) {
    let mut server = TestServer::start().await;
    let guest = Guest::start(&server, limits);
    let ask = server.asked().await;
    assert_eq!(ask.text("token"), token().reveal());
    server.known = vec![ask.key()];
    ask.enroll_one_time(&identity(), MACHINE).await;
    let hello = server.link().await;
    assert_eq!(hello.about.installation.evidence, Evidence::default());
    let tells = server.capabilities.contains(&"inventory".to_owned());
    assert!(!tells, "the machine belongs to a stranger");
    assert_eq!(guest.machine.person.waits().await.organization, "Acme");
    assert_eq!(entries(guest.root.path()), 1);
    (server, guest)
}

/// Waits until the server sees that the agent closed the link in good order.
async fn said_goodbye(server: &mut TestServer) {
    assert!(soon(server.closed()).await, "the link broke");
}

#[tokio::test]
async fn a_code_becomes_a_machine_that_waits_and_the_person_can_end_it() {
    let mut server = TestServer::start().await;
    let invitation = invitation(&server);
    let redeeming = tokio::spawn(async move { redeem(&invitation, "box").await });
    let ask = server.asked().await;
    assert_eq!(
        SupportCode::parse(&ask.text("code")),
        Ok(SupportCode::new([1; 5]))
    );
    assert_eq!(ask.text("hostname"), "box");
    let answer = serde_json::json!({ "enrollment_token": token().reveal() });
    ask.answer("200 OK", "", &answer).await;
    assert_eq!(soon(redeeming).await.unwrap().unwrap(), token());

    let (mut server, guest) = waiting(limits()).await;
    guest.machine.person.wants(Event::GiveUp);
    said_goodbye(&mut server).await;
    assert_eq!(guest.over().await.unwrap(), Ending::ByEndUser);
}

#[tokio::test]
async fn it_serves_a_session_and_is_over_when_nobody_comes_back() {
    let (mut server, guest) = waiting(Limits {
        waiting: LONG,
        left: Duration::from_millis(50),
    })
    .await;
    let mut viewer = server.session(all_rights()).await;
    viewer.until(|picture| picture.frames > 0).await;
    guest.machine.person.sees(|visits| visits.len() == 1).await;
    viewer.close(CloseCode::Done).await;
    assert_eq!(server.ended().await.code, "technician_ended");
    said_goodbye(&mut server).await;
    assert_eq!(guest.over().await.unwrap(), Ending::Done);
}

/// A one-time agent's person and its clock, in time that runs by itself.
struct Waiting {
    machine: Arc<FakeMachine>,
    visited: Arc<Visited>,
    since: tokio::time::Instant,
    stop: watch::Sender<bool>,
    task: JoinHandle<Ending>,
}

impl Waiting {
    fn start() -> Self {
        let machine = FakeMachine::new();
        let visited = Arc::new(Visited::new(machine.end_user()));
        let (stop, mut stopping) = watch::channel(false);
        let (watched, since) = (Arc::clone(&visited), tokio::time::Instant::now());
        let task =
            tokio::spawn(async move { until_left(&watched, Limits::default(), since, &mut stopping).await });
        Self {
            machine,
            visited,
            since,
            stop,
            task,
        }
    }

    /// Lets minutes pass; whether it still waits then.
    async fn minutes(&self, minutes: u64) -> bool {
        tokio::time::sleep(Duration::from_secs(60 * minutes)).await;
        !self.task.is_finished()
    }

    /// Somebody is there, or nobody.
    fn visit(&self, present: bool) {
        let visit = crate::consent::Visit {
            session: SessionId([1; 16]),
            technician: "Ana".into(),
            since: self.since,
            rights: Rights::VIEW,
        };
        self.visited.show(if present { vec![visit] } else { Vec::new() });
    }

    async fn over(self) -> (Ending, Duration) {
        let ending = self.task.await.unwrap();
        (ending, self.since.elapsed())
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_waited_for_longer_than_an_hour() {
    let waiting = Waiting::start();
    let (ending, after) = waiting.over().await;
    assert_eq!((ending, after.as_secs()), (Ending::NobodyCame, 3600));
}

#[tokio::test(start_paused = true)]
async fn a_technician_may_come_back_for_ten_minutes() {
    let waiting = Waiting::start();
    waiting.visit(true);
    assert!(waiting.minutes(200).await, "a session takes as long as it takes");
    waiting.visit(false);
    assert!(waiting.minutes(9).await);
    waiting.visit(true);
    assert!(waiting.minutes(30).await);
    waiting.visit(false);
    let left = waiting.since.elapsed();
    let (ending, after) = waiting.over().await;
    assert_eq!((ending, (after - left).as_secs()), (Ending::Done, 600));
}

/// A question that is open when the time is over is answered first.
#[tokio::test(start_paused = true)]
async fn whoever_is_being_asked_is_not_left_alone() {
    let waiting = Waiting::start();
    assert!(waiting.minutes(59).await);
    let person = Arc::clone(&waiting.machine.person);
    let asked = tokio::spawn(async move { person.ask(request()).await });
    let prompt = waiting.machine.person.prompt().await;
    assert!(waiting.minutes(5).await);
    prompt.answer(crate::consent::Verdict::Refused);
    asked.await.unwrap();
    let (ending, after) = waiting.over().await;
    assert_eq!((ending, after.as_secs()), (Ending::NobodyCame, 64 * 60));
}

#[tokio::test(start_paused = true)]
async fn a_person_who_pressed_more_than_is_heard_has_given_up() {
    let waiting = Waiting::start();
    assert!(waiting.minutes(1).await);
    let session = SessionId([1; 16]);
    waiting.machine.person.wants(Event::End { session });
    assert!(waiting.minutes(1).await, "a session's end is not the help's");
    waiting.machine.person.wants_too_much(Event::End { session });
    assert_eq!(waiting.over().await.0, Ending::ByEndUser);
    let waiting = Waiting::start();
    waiting.stop.send_replace(true);
    assert_eq!(waiting.over().await.0, Ending::Stopped);
}

fn request() -> crate::consent::Request {
    crate::consent::Request {
        session: SessionId([1; 16]),
        kind: crate::consent::PromptKind::Session,
        technician: "Ana".into(),
        organization: "Acme".into(),
        rights: Rights::VIEW,
        words: String::new(),
        seconds: 30,
        first_time_warning: false,
    }
}

#[tokio::test]
async fn the_server_ends_it() {
    for reason in [GoodbyeReason::MachineRemoved, GoodbyeReason::NotEnrolled] {
        let (mut server, guest) = waiting(limits()).await;
        server.goodbye(reason, None).await;
        assert_eq!(guest.over().await.unwrap(), Ending::ByServer);
    }
}

#[tokio::test]
async fn being_stopped_leaves_nothing_whenever_it_is() {
    let server = TestServer::start().await;
    let guest = Guest::start(&server, limits());
    guest.stop.send_replace(true);
    assert_eq!(guest.over().await.unwrap(), Ending::Stopped);

    let (mut server, guest) = waiting(limits()).await;
    guest.stop.send_replace(true);
    said_goodbye(&mut server).await;
    assert_eq!(guest.over().await.unwrap(), Ending::Stopped);

    let (_server, guest) = waiting(limits()).await;
    guest.task.abort();
    assert!(soon(guest.task).await.unwrap_err().is_cancelled());
    assert_eq!(entries(guest.root.path()), 0, "something is left");
}

#[tokio::test]
async fn a_refusal_is_told_and_leaves_nothing() {
    let mut server = TestServer::start().await;
    let guest = Guest::start(&server, limits());
    server.asked().await.refuse("enrollment_token_invalid").await;
    assert_eq!(guest.over().await.unwrap_err().code(), "enrollment_token_invalid");
}

#[tokio::test]
async fn two_beside_each_other_do_not_disturb_each_other() {
    let (mut one_server, one) = waiting(limits()).await;
    let (mut other_server, other) = waiting(limits()).await;
    one.machine.person.wants(Event::GiveUp);
    said_goodbye(&mut one_server).await;
    assert_eq!(one.over().await.unwrap(), Ending::ByEndUser);
    let mut viewer = other_server.session(all_rights()).await;
    viewer.until(|picture| picture.frames > 0).await;
    other.stop.send_replace(true);
    assert_eq!(other.over().await.unwrap(), Ending::Stopped);
}
