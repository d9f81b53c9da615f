//! The link over real sockets: what was recorded, changed, put in another order or made up is worth nothing, on either side.

use std::sync::Arc;

use farol_protocol::ids::{InstallId, RunId};
use farol_testkit::forged::{Heard, heard, say, wire};
use farol_testkit::{FakeMachine, ForgedLink, RawSocket, Said, TestAgent, new_key, soon};
use tokio::net::TcpListener;

use super::*;

/// Numbers of reasons in `link.proto`.
const PROTOCOL_VIOLATION: u64 = 4;
const NOT_ENROLLED: u64 = 5;

/// What a broken rule leads to: the goodbye and the close.
const VIOLATION: (u64, u16) = (PROTOCOL_VIOLATION, 4400);
/// And a key that is not proved.
const NOT_PROVED: (u64, u16) = (NOT_ENROLLED, 4401);

/// A server and a machine whose links are all forged.
struct Bench {
    server: TestServer,
    console: ApiClient,
    machine: Enrolled,
}

impl Bench {
    async fn new() -> Self {
        let server = TestServer::start().await.unwrap();
        let mut console = server.set_up().await.unwrap();
        let machine = Enrolled::new(&mut console).await.unwrap();
        Self {
            server,
            console,
            machine,
        }
    }

    async fn link(&self) -> ForgedLink {
        ForgedLink::connect(self.server.address(), &self.machine)
            .await
            .unwrap()
    }

    async fn open(&self) -> ForgedLink {
        ForgedLink::open(self.server.address(), &self.machine)
            .await
            .unwrap()
    }

    async fn until(&self, status: &str) {
        let path = format!("/api/machines/{}", self.machine.machine);
        let is = |machine: &Value| machine["presence"]["status"] == status;
        self.console.until(&path, is).await.unwrap();
    }
}

#[tokio::test]
async fn hello_and_proof_of_another_link_are_worth_nothing() {
    let mut stage = Stage::new().await;
    let address = stage.server.address();
    // Recorded from the machine's own link, which went well.
    let mut own = ForgedLink::open(address, &stage.machine).await.unwrap();
    let screen = wire::bytes(3, "screen");
    let proof = own.proof_with(&stage.machine.key, &wire::bytes(1, "own"), &[], &screen);
    let hello = own.hello().to_vec();
    let sealed = own.sealed(&proof).unwrap();
    own.socket().binary(sealed.clone()).await.unwrap();
    assert_eq!(own.heard().await.unwrap(), Heard::Welcome);

    // The bytes as they traveled: the server's key is another.
    let mut replay = RawSocket::connect(address, "/api/agent/link", None)
        .await
        .unwrap();
    replay.binary(hello).await.unwrap();
    assert!(matches!(
        heard(&replay.message().await.unwrap()).unwrap(),
        Heard::Other(1, _)
    ));
    replay.binary(sealed).await.unwrap();
    assert_eq!(replay.closed().await.unwrap().0, 4400);

    // Somebody who could read them: the signature is over other nonces.
    let mut reader = ForgedLink::open(address, &stage.machine).await.unwrap();
    reader.say(&proof).await.unwrap();
    assert_eq!(reader.sent_away().await.unwrap(), NOT_PROVED);

    // The machine's own link did not notice.
    own.say(&say::heartbeat(0)).await.unwrap();
    let machine = stage.console.get(&stage.machine_path()).await.unwrap().body;
    assert_eq!(machine["presence"]["status"], "online");
    let path = format!("{}/sessions", stage.machine_path());
    let (asked, offer) = tokio::join!(
        async { stage.console.post(&path, &session_request(&["view"])).await },
        own.heard()
    );
    assert_eq!(asked.unwrap().status, 201);
    assert!(
        matches!(offer.unwrap(), Heard::Other(3, _)),
        "it is still the one that is asked"
    );
}

#[tokio::test]
async fn a_public_key_alone_proves_nothing() {
    let stage = Stage::new().await;
    let address = stage.server.address();
    let public = stage.machine.key.public();
    for signer in [new_key().unwrap(), new_key().unwrap()] {
        let mut thief = ForgedLink::open_claiming(address, &stage.machine, &public)
            .await
            .unwrap();
        let proof = thief.proof(&signer, &[], &[]);
        thief.say(&proof).await.unwrap();
        assert_eq!(thief.sent_away().await.unwrap(), NOT_PROVED);
    }
    // Nor does a key of one's own beside the machine's name.
    let own = new_key().unwrap();
    let mut thief = ForgedLink::open_claiming(address, &stage.machine, &own.public())
        .await
        .unwrap();
    let proof = thief.proof(&own, &[], &[]);
    thief.say(&proof).await.unwrap();
    assert_eq!(thief.sent_away().await.unwrap(), NOT_PROVED);
    let machine = stage.console.get(&stage.machine_path()).await.unwrap().body;
    assert_eq!(machine["presence"]["status"], "online");
    assert_eq!(machine["hostname"], "paper");
}

/// What is sent, given the next two messages as they would travel.
type Tamper = fn(Vec<u8>, Vec<u8>) -> Vec<Vec<u8>>;

/// What is sent in place of a message as it would travel.
type Change = fn(Vec<u8>) -> Vec<u8>;

/// Each way of changing what travels. The last message is never taken.
const TAMPERS: [(&str, Tamper); 8] = [
    ("reordered", |first, second| vec![second, first]),
    ("left out", |_, second| vec![second]),
    ("repeated", |first, _| vec![first.clone(), first]),
    ("cut off", |first, _| vec![first[..first.len() - 1].to_vec()]),
    ("continued", |first, _| vec![[first.as_slice(), &[0]].concat()]),
    ("joined", |first, second| vec![[first, second].concat()]),
    ("without its seal", |_, _| vec![say::heartbeat(0)]),
    ("empty", |_, _| vec![Vec::new()]),
];

#[tokio::test]
async fn sealed_messages_pass_in_their_order_and_whole_or_not_at_all() {
    let bench = Bench::new().await;
    for (name, tamper) in TAMPERS {
        let mut link = bench.link().await;
        bench.until("online").await;
        let (first, second) = (
            link.sealed(&say::heartbeat(0)).unwrap(),
            link.sealed(&say::heartbeat(1)).unwrap(),
        );
        for message in tamper(first, second) {
            link.socket().binary(message).await.unwrap();
        }
        assert_eq!(link.sent_away().await.unwrap(), VIOLATION, "{name}");
        bench.until("offline").await;
    }
}

#[tokio::test]
async fn one_flipped_bit_anywhere_ends_the_link() {
    let bench = Bench::new().await;
    let length = say::heartbeat(7).len() + 16;
    for at in 0..length {
        let mut link = bench.link().await;
        let mut message = link.sealed(&say::heartbeat(7)).unwrap();
        assert_eq!(message.len(), length);
        message[at] ^= 1 << (at % 8);
        link.socket().binary(message).await.unwrap();
        assert_eq!(link.sent_away().await.unwrap(), VIOLATION, "byte {at}");
    }
    // What the server said is not taken for what the agent says.
    let mut link = bench.open().await;
    let proof = link.proof(&bench.machine.key, &[], &[]);
    link.say(&proof).await.unwrap();
    let welcome = link.next_sealed().await.unwrap();
    assert_eq!(link.opened(&welcome).unwrap(), Heard::Welcome);
    link.socket().binary(welcome).await.unwrap();
    assert_eq!(link.sent_away().await.unwrap(), VIOLATION);
    // And the unchanged message is taken.
    let mut link = bench.link().await;
    link.say(&say::heartbeat(0)).await.unwrap();
    bench.until("online").await;
}

#[tokio::test]
async fn a_proof_is_sealed_whole_and_comes_once() {
    let bench = Bench::new().await;
    let key = &bench.machine.key;
    let changes: [(&str, Change); 3] = [
        ("cut off", |sealed| sealed[..sealed.len() - 1].to_vec()),
        ("a flipped bit", |mut sealed| {
            sealed[10] ^= 0x40;
            sealed
        }),
        ("nothing", |_| Vec::new()),
    ];
    for (name, change) in changes {
        let mut link = bench.open().await;
        let proof = link.proof(key, &[], &[]);
        let sealed = change(link.sealed(&proof).unwrap());
        link.socket().binary(sealed).await.unwrap();
        assert_eq!(link.sent_away().await.unwrap(), VIOLATION, "{name}");
    }
    let mut link = bench.open().await;
    let proof = link.proof(key, &[], &[]);
    link.socket().binary(proof).await.unwrap();
    assert_eq!(link.sent_away().await.unwrap(), VIOLATION, "without its seal");
    // In another's place, or once more.
    for message in [
        say::heartbeat(0),
        say::facts(&[]),
        bench.open().await.hello().to_vec(),
    ] {
        let mut link = bench.open().await;
        link.say(&message).await.unwrap();
        assert_eq!(link.sent_away().await.unwrap(), VIOLATION);
    }
    let mut link = bench.link().await;
    let again = link.proof(key, &[], &[]);
    link.say(&again).await.unwrap();
    assert_eq!(link.sent_away().await.unwrap(), VIOLATION);
    bench.until("offline").await;
}

#[tokio::test]
async fn a_hello_of_another_version_or_with_a_key_that_anybody_has_is_refused_in_the_clear() {
    let bench = Bench::new().await;
    let address = bench.server.address();
    let public = bench.machine.key.public();
    let mut old = ForgedLink::hello_of(&bench.machine, &[9; 32], &public);
    // The version is the first number inside.
    let version = old.iter().position(|byte| *byte == 8).unwrap() + 1;
    old[version] = 2;
    // Points of small order: whatever the server's secret, the key would be known (RFC 7748, section 6.1).
    let mut one = [0; 32];
    one[0] = 1;
    let weak = [[0; 32], one].map(|nonce| ForgedLink::hello_of(&bench.machine, &nonce, &public));
    for hello in weak.into_iter().chain([old]) {
        let mut socket = RawSocket::connect(address, "/api/agent/link", None)
            .await
            .unwrap();
        socket.binary(hello).await.unwrap();
        let said = heard(&socket.message().await.unwrap()).unwrap();
        assert!(matches!(said, Heard::Goodbye(PROTOCOL_VIOLATION, _)), "{said:?}");
        assert_eq!(socket.closed().await.unwrap().0, 4400);
    }
}

/// Texts and lists longer than our agent sends, by what they are in.
fn too_long() -> Vec<(&'static str, Vec<u8>)> {
    let name = "x".repeat(257);
    let most = "x".repeat(60_000);
    let os = |field| wire::bytes(2, wire::bytes(field, &name));
    let user = |name: &str| wire::bytes(3, wire::bytes(1, name));
    let screen = |field, text: &str| wire::bytes(5, wire::bytes(field, text));
    vec![
        ("hostname", wire::bytes(1, &name)),
        ("hostname", wire::bytes(1, &most)),
        ("family", os(1)),
        ("system", os(2)),
        ("version", os(3)),
        ("arch", os(4)),
        ("user", user(&name)),
        ("users", user("u").repeat(65)),
        ("agent version", wire::bytes(4, &name)),
        ("screen code", screen(1, &name)),
        ("screen detail", screen(2, &"x".repeat(513))),
        ("bytes that are no text", wire::bytes(1, [0xff, 0xfe])),
    ]
}

#[tokio::test]
async fn facts_that_are_too_long_end_the_link_whenever_they_come() {
    let bench = Bench::new().await;
    for (name, facts) in too_long() {
        let mut link = bench.open().await;
        let proof = link.proof(&bench.machine.key, &facts, &[]);
        link.say(&proof).await.unwrap();
        assert_eq!(
            link.sent_away().await.unwrap(),
            VIOLATION,
            "{name} with the proof"
        );
        let mut link = bench.link().await;
        link.say(&say::facts(&facts)).await.unwrap();
        assert_eq!(link.sent_away().await.unwrap(), VIOLATION, "{name} later");
    }
    // Nothing of it was kept.
    let path = format!("/api/machines/{}", bench.machine.machine);
    let as_before = |machine: &Value| machine["hostname"] == "forged" && machine["users"] == json!([]);
    bench.console.until(&path, as_before).await.unwrap();
    // A megabyte does not even get so far.
    let mut link = bench.link().await;
    let megabyte = say::facts(&wire::bytes(1, "x".repeat(1 << 20)));
    let sealed = link.sealed(&megabyte).unwrap();
    // Its beginning says how long it is, which is enough to be sent away.
    drop(link.socket().binary(sealed).await);
    bench.until("offline").await;
}

#[tokio::test]
async fn evidence_capabilities_and_words_about_sessions_that_are_too_long_end_the_link() {
    let bench = Bench::new().await;
    let long = "x".repeat(65);
    let fields = (1..=4).map(|field| wire::bytes(field, &long));
    let disks = [wire::bytes(5, &long), wire::bytes(5, "d").repeat(9)];
    for evidence in fields.chain(disks) {
        let mut link = bench.open().await;
        let proof = link.proof(&bench.machine.key, &[], &evidence);
        link.say(&proof).await.unwrap();
        assert_eq!(link.sent_away().await.unwrap(), VIOLATION, "evidence");
    }
    for capabilities in [wire::bytes(3, &long), wire::bytes(3, "a").repeat(33)] {
        let mut link = bench.open().await;
        let proof = link.proof_with(&bench.machine.key, &[], &[], &capabilities);
        link.say(&proof).await.unwrap();
        assert_eq!(link.sent_away().await.unwrap(), VIOLATION, "capabilities");
    }
    let session = [7; 16];
    let (name, detail) = ("x".repeat(257), "x".repeat(513));
    for message in [
        say::session_answer(&session, &wire::bytes(3, &long)),
        say::session_answer(&session, &wire::bytes(4, &detail)),
        say::session_end(&session, &wire::bytes(2, &long)),
        say::session_end(&session, &wire::bytes(3, &detail)),
        say::session_end(&session, &wire::bytes(4, &name)),
    ] {
        let mut link = bench.link().await;
        link.say(&message).await.unwrap();
        assert_eq!(link.sent_away().await.unwrap(), VIOLATION, "session");
    }
    // Of a session that is not its own, an agent may say what it likes: nobody listens.
    let mut link = bench.link().await;
    link.say(&say::session_end(&session, &wire::bytes(2, "end_user_ended")))
        .await
        .unwrap();
    link.say(&say::heartbeat(0)).await.unwrap();
    bench.until("online").await;
}

/// The next agent that dials, and its hello.
async fn next_link(listener: &TcpListener) -> (RawSocket, Vec<u8>) {
    loop {
        let (stream, _) = soon("an agent", listener.accept()).await.unwrap().unwrap();
        if let Ok(mut socket) = RawSocket::accept(stream).await {
            let hello = socket.message().await.unwrap().to_vec();
            return (socket, hello);
        }
    }
}

#[tokio::test]
async fn an_agent_tells_nothing_to_who_shows_the_challenge_of_another_link() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = FakeMachine::new(64, 48);
    let agent = TestAgent::enroll(&mut console, &machine).await.unwrap();
    let online = |machine: &Value| machine["presence"]["status"] == "online";
    console.until(&agent.path(), online).await.unwrap();
    let disk = agent.stop().await.unwrap();
    let own = disk.copy().unwrap();

    // The real server signs a challenge for whoever asks, with this machine's name and key.
    let mut enrollment = disk.state().load().unwrap();
    let named = Enrolled {
        machine: enrollment.machine,
        key: enrollment.key.clone(),
        server: enrollment.server_key,
        install: InstallId([1; 16]),
        run: RunId([1; 16]),
        counter: Arc::default(),
        evidence: farol_protocol::evidence::Evidence::default(),
        pipe_key: farol_testkit::viewer_key(),
    };
    let recorded = ForgedLink::open(server.address(), &named).await.unwrap();
    let recorded = recorded.challenge().to_vec();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let impostor = format!("http://{}", listener.local_addr().unwrap());
    enrollment.server = farol_transport::ServerUrl::parse(&impostor, false).unwrap();
    disk.state().save(&enrollment).unwrap();
    let agent = TestAgent::start(disk, &machine);
    let mut hellos = Vec::new();
    // It comes again, for who stands in between must not make it give up.
    for _ in 0..2 {
        let (mut socket, hello) = next_link(&listener).await;
        socket.binary(recorded.clone()).await.unwrap();
        match soon("the agent to leave", socket.next()).await.unwrap().unwrap() {
            Said::Closed(..) => hellos.push(hello),
            Said::Binary(bytes) => panic!("the agent told {} bytes", bytes.len()),
        }
    }
    assert_ne!(hellos[0], hellos[1], "each hello has a nonce of its own");
    agent.stop().await.unwrap();
    let agent = TestAgent::start(own, &machine);
    console.until(&agent.path(), online).await.unwrap();
}
