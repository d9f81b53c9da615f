//! Stories: the real server in process, agents and viewers at its sockets.
//!
//! One file per theme. The agent is of paper (`farol_testkit::PaperAgent`); the real one meets the real server in
//! `agent.rs` and in the end-to-end tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod agent;
mod attacks;
mod beside;
mod credentials;
mod ends;
mod enrollment;
mod events;
mod fleet;
mod grants;
mod hostile;
mod hostile_texts;
mod inventory;
mod machine_routes;
mod machine_routes_restart;
mod machines;
mod meanwhile;
mod metrics;
mod never_lost;
mod presence;
mod program;
mod recognition;
mod sealed_link;
mod secrets;
mod session;
mod session_attacks;
mod viewers;
mod words;

use farol_protocol::link::SessionOffer;
use farol_protocol::pipe::{Agent, Viewer};
use farol_testkit::{
    ApiClient, Enrolled, PaperAgent, PipeEnd, TestServer, Ticket, resume_request, session_request,
};
use serde_json::{Value, json};

/// Every right there is a channel for.
const EVERYTHING: [&str; 3] = ["view", "control", "clipboard"];

/// A server with an owner and one machine online.
struct Stage {
    server: TestServer,
    console: ApiClient,
    machine: Enrolled,
    agent: PaperAgent,
}

impl Stage {
    async fn new() -> Self {
        let server = TestServer::start().await.unwrap();
        let mut console = server.set_up().await.unwrap();
        let machine = Enrolled::new(&mut console).await.unwrap();
        let agent = PaperAgent::start(server.address(), &machine).await.unwrap();
        Self {
            server,
            console,
            machine,
            agent,
        }
    }

    fn machine_path(&self) -> String {
        format!("/api/machines/{}", self.machine.machine)
    }

    /// Asks for a session; the answer is its opening.
    async fn ask(&mut self) -> Opening {
        let path = format!("{}/sessions", self.machine_path());
        let answer = self
            .console
            .post(&path, &session_request(&EVERYTHING))
            .await
            .unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
        Opening::of(&answer.body)
    }

    /// A session with both ends in the relay and the pipe open.
    async fn session(&mut self) -> Pair {
        let opening = self.ask().await;
        let offer = self.agent.offer().await.unwrap();
        let (viewer, agent) = couple(&self.server, &opening, (&offer, &self.machine)).await;
        Pair {
            path: opening.path,
            viewer,
            agent,
        }
    }
}

struct Opening {
    path: String,
    ticket: Ticket,
}

impl Opening {
    fn of(body: &Value) -> Self {
        let ticket = Ticket::of(body).unwrap();
        Self {
            path: format!("/api/sessions/{}", ticket.session),
            ticket,
        }
    }
}

struct Pair {
    path: String,
    viewer: PipeEnd<Viewer>,
    agent: PipeEnd<Agent>,
}

async fn couple(
    server: &TestServer,
    opening: &Opening,
    (offer, machine): (&SessionOffer, &Enrolled),
) -> (PipeEnd<Viewer>, PipeEnd<Agent>) {
    let address = server.address();
    let (viewer, agent) = tokio::join!(
        PipeEnd::viewer(address, &opening.ticket),
        PipeEnd::agent(address, offer, machine)
    );
    (viewer.unwrap(), agent.unwrap())
}

/// Whether this session has ended for this reason.
fn ended(reason: &str) -> impl Fn(&Value) -> bool {
    move |session| session["state"] == "ended" && session["end"]["reason"] == reason
}
