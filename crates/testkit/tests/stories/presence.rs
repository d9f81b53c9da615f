//! Online and offline, as consoles see it.

use farol_protocol::link::Facts;
use farol_testkit::LinkEnd;
use sea_orm::ConnectionTrait;

use super::*;

fn status(wanted: &'static str) -> impl Fn(&Value) -> bool {
    move |machine| machine["presence"]["status"] == wanted
}

#[tokio::test]
async fn a_killed_agent_is_offline_at_once_and_back_when_it_returns() {
    let stage = Stage::new().await;
    let path = stage.machine_path();
    stage.agent.kill();
    let gone = |machine: &Value| status("offline")(machine) && machine["last_seen_at"].is_string();
    stage.console.until(&path, gone).await.unwrap();
    let agent = PaperAgent::start(stage.server.address(), &stage.machine)
        .await
        .unwrap();
    stage.console.until(&path, status("online")).await.unwrap();
    agent.kill();
}

#[tokio::test]
async fn an_agent_that_falls_silent_is_offline_within_ten_seconds() {
    let stage = Stage::new().await;
    let path = stage.machine_path();
    stage.agent.kill();
    stage.console.until(&path, status("offline")).await.unwrap();
    // Its socket stays open; nobody drives it, so no heartbeat comes.
    let silent = LinkEnd::connect(stage.server.address(), &stage.machine)
        .await
        .unwrap();
    stage.console.until(&path, status("online")).await.unwrap();
    let from = std::time::Instant::now();
    stage.console.until(&path, status("offline")).await.unwrap();
    assert!(
        from.elapsed() < std::time::Duration::from_secs(10),
        "{:?}",
        from.elapsed()
    );
    drop(silent);
}

#[tokio::test]
async fn the_newest_link_wins_and_the_old_one_cannot_take_it_down() {
    let mut stage = Stage::new().await;
    let path = stage.machine_path();
    let second = PaperAgent::start(stage.server.address(), &stage.machine)
        .await
        .unwrap();
    let first = std::mem::replace(&mut stage.agent, second);
    assert_eq!(first.over().await.unwrap(), "goodbye: replaced");
    // The old link is gone; the machine is online and its sessions go to the new one.
    assert_eq!(
        stage.console.get(&path).await.unwrap().body["presence"]["status"],
        "online"
    );
    let pair = stage.session().await;
    stage
        .console
        .until(&pair.path, |session| session["state"] == "active")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_machine_that_is_not_enrolled_is_told_so() {
    let stage = Stage::new().await;
    let stranger = Enrolled {
        key: farol_testkit::new_key().unwrap(),
        ..stage.machine.clone()
    };
    let link = PaperAgent::start(stage.server.address(), &stranger).await;
    let error = format!("{:#}", link.err().expect("a stranger was let in"));
    assert!(error.contains("NotEnrolled"), "{error}");
    // The real machine did not notice.
    assert_eq!(
        stage.console.get(&stage.machine_path()).await.unwrap().body["presence"]["status"],
        "online"
    );
}

#[tokio::test]
async fn a_stopping_server_says_so_and_its_agents_find_it_again() {
    let stage = Stage::new().await;
    let Stage {
        server,
        console,
        machine,
        agent,
    } = stage;
    let server = server.restart().await.unwrap();
    assert_eq!(agent.over().await.unwrap(), "goodbye: server_stopping");
    let console = console.at(server.address());
    let path = format!("/api/machines/{}", machine.machine);
    console.until(&path, status("offline")).await.unwrap();
    let agent = PaperAgent::start(server.address(), &machine).await.unwrap();
    console.until(&path, status("online")).await.unwrap();
    agent.kill();
}

#[tokio::test]
async fn facts_that_could_not_be_written_are_written_later() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = Enrolled::new(&mut console).await.unwrap();
    let path = format!("/api/machines/{}", machine.machine);
    let run = async |statement: &str| {
        let tx = server.ctx().db.write().await.unwrap();
        tx.execute_unprepared(statement).await.unwrap();
        tx.commit().await.unwrap();
    };
    let trouble = "CREATE TRIGGER trouble BEFORE UPDATE OF hostname ON machines BEGIN SELECT RAISE(ABORT, 'trouble'); END";
    run(trouble).await;
    let agent = PaperAgent::start(server.address(), &machine).await.unwrap();
    farol_testkit::until("a report to fail", || {
        let metrics = server.ctx().metrics.render();
        metrics.contains("farol_machine_reports_failed_total")
    })
    .await
    .unwrap();
    assert_eq!(console.get(&path).await.unwrap().body["users"], json!([]));
    run("DROP TRIGGER trouble").await;
    let written =
        |machine: &Value| machine["users"][0]["name"] == "fred" && machine["last_seen_at"].is_string();
    console.until(&path, written).await.unwrap();
    let identity = console.get(&format!("{path}/identity")).await.unwrap().body;
    assert_eq!(identity["install_counter"], 1, "with the arrival");
    agent.kill();
}

/// Rows are written once a second; a link that ends before that leaves nothing unsaid.
#[tokio::test]
async fn what_an_agent_said_last_is_kept_though_its_link_ends() {
    let stage = Stage::new().await;
    let path = stage.machine_path();
    stage.agent.kill();
    stage.console.until(&path, status("offline")).await.unwrap();
    let mut link = LinkEnd::connect(stage.server.address(), &stage.machine)
        .await
        .unwrap();
    for hostname in ["first", "last"] {
        link.link().send_facts(Facts {
            hostname: hostname.into(),
            ..Facts::default()
        });
        link.flush().await.unwrap();
    }
    link.socket().close(1000, "").await.unwrap();
    let last = |machine: &Value| machine["hostname"] == "last";
    stage.console.until(&path, last).await.unwrap();
}
