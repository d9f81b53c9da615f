//! The whole API attacked by a program that is not ours: schemathesis reads the description and sends what it allows and what it does
//! not, for a bounded time, as an owner of the server. Nothing may be a fault of the server, and nothing may be answered that the
//! description does not have: no status, no type of content, no form of a body.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use common::{cookie_of, owner, rule_request};
use farol_server::clock::Clock;
use farol_server::config::{Config, ProvisioningSecret};
use farol_server::server::Server;
use tokio::process::Command;

/// What is spent on attacking, in seconds. What was begun then is finished.
const TIME: u32 = 60;
/// Longest wait for the program to be done after that.
const PATIENCE: Duration = Duration::from_secs(100);
/// The same requests each time, as long as the description is the same.
const SEED: u32 = 33;
/// What helpdesk agents would register with.
const SECRET: &str = "a secret for helpdesk agents, long enough";
/// Fewer requests than this are no attack.
const REQUESTS_MIN: u64 = 1_000;

/// Operations that are left out, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("DELETE /api/logins/current", "ends the login that attacks"),
    (
        "DELETE /api/logins/{id}",
        "ends the login that attacks, whose id the list of logins says",
    ),
    ("GET /api/events", "has no end"),
    (
        "PUT /api/server-mail",
        "makes the server send e-mail to hosts that the attack makes up",
    ),
    (
        "POST /api/server-mail/test",
        "speaks to hosts that the attack makes up",
    ),
    (
        "POST /api/identity-providers/{id}/check",
        "speaks to hosts that the attack makes up",
    ),
    (
        "GET /api/identity-providers/{id}/start",
        "speaks to hosts that the attack makes up",
    ),
];

/// Where `cargo xtask test` installs it.
fn program() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let program = target.join("xtask/peers/schemathesis/bin/schemathesis");
    assert!(
        program.exists(),
        "schemathesis is not installed: `cargo xtask test` does that, or a virtual environment of Python at {} with what \
         crates/server/tests/peers/schemathesis/requirements.txt names",
        target.join("xtask/peers/schemathesis").display()
    );
    program
}

fn settings(url: &str, cookie: &str) -> String {
    format!(
        "seed = {SEED}\nmax-time = {TIME}\nbase-url = \"{url}\"\nworkers = 1\ncolor = false\ncontinue-on-failure = true\n\
         [headers]\nCookie = \"{cookie}\"\n\
         [generation]\nwith-security-parameters = false\ndatabase = \"none\"\nno-shrink = true\n\
         [phases.coverage]\nunexpected-methods = []\n\
         [checks]\nenabled = false\n\
         [checks.not_a_server_error]\nenabled = true\n\
         [checks.status_code_conformance]\nenabled = true\n\
         [checks.content_type_conformance]\nenabled = true\n\
         [checks.response_schema_conformance]\nenabled = true\n"
    )
}

/// Requests that the server has answered so far.
fn answered(server: &Server) -> u64 {
    let text = server.ctx().metrics.render();
    let counts = text
        .lines()
        .filter(|line| line.starts_with("farol_http_requests_total{"));
    counts
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_answers_an_attack_with_what_it_describes() {
    let data = tempfile::tempdir().unwrap();
    let mut config = Config::for_tests(data.path());
    // Without it those routes answer that they are off, and nothing else.
    config.machine_routes.secret = Some(ProvisioningSecret::new(SECRET).unwrap());
    let server = Server::start_with(config, Clock::default()).await.unwrap();
    let started = owner(server.ctx()).await;
    let url = format!("http://{}", server.address());
    let (description, config) = (
        data.path().join("openapi.json"),
        data.path().join("schemathesis.toml"),
    );
    std::fs::write(&description, farol_server::openapi::text()).unwrap();
    std::fs::write(&config, settings(&url, &cookie_of(&started))).unwrap();
    let mut attack = Command::new(program());
    attack
        .arg("--config-file")
        .arg(&config)
        .arg("run")
        .arg(&description);
    for (operation, _) in LEFT_OUT {
        attack.args(["--exclude-name", operation]);
    }
    attack
        .current_dir(data.path())
        .stdin(Stdio::null())
        .env("NO_COLOR", "1")
        .env("COLUMNS", "160")
        .kill_on_drop(true);
    let limit = Duration::from_secs(TIME.into()) + PATIENCE;
    let done = tokio::time::timeout(limit, attack.output())
        .await
        .expect("it ends")
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let answered = answered(&server);
    assert!(answered > REQUESTS_MIN, "{answered} requests\n{said}");
    let login =
        farol_server::accounts::authenticate(server.ctx(), rule_request().info, started.secret.expose())
            .await;
    assert!(
        login.is_ok(),
        "the attack ended its own login, and attacked nothing from then on"
    );
    server.stop().await;
}
