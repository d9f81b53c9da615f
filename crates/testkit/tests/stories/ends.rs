//! Every way a session can end has its reason, in the row and at both ends.

use farol_protocol::ids::SessionId;
use farol_protocol::link::SessionEnd;
use farol_testkit::LinkEnd;

use super::*;

#[tokio::test]
async fn the_console_ends_it() {
    let mut stage = Stage::new().await;
    let Pair {
        path,
        mut viewer,
        mut agent,
    } = stage.session().await;
    assert_eq!(stage.console.delete(&path).await.unwrap().status, 204);
    // The answer comes after the row.
    let over = stage.console.get(&path).await.unwrap().body;
    assert!(ended("technician_ended")(&over), "{over}");
    for (code, reason) in [viewer.closed().await.unwrap(), agent.closed().await.unwrap()] {
        assert_eq!((code, reason.as_str()), (4410, "technician_ended"));
    }
    assert_eq!(
        stage.console.delete(&path).await.unwrap().status,
        204,
        "ending twice is no error"
    );
}

#[tokio::test]
async fn the_end_user_ends_it() {
    let stage = Stage::new().await;
    stage.agent.kill();
    let Stage {
        server,
        mut console,
        machine,
        ..
    } = stage;
    let mut link = LinkEnd::connect(server.address(), &machine).await.unwrap();
    let path = format!("/api/machines/{}/sessions", machine.machine);
    let (answer, offer) = tokio::join!(
        async { console.post(&path, &session_request(&["view"])).await },
        link.offer()
    );
    let (opening, offer) = (Opening::of(&answer.unwrap().body), offer.unwrap());
    link.answer(&offer, None).await.unwrap();
    let (mut viewer, _agent) = couple(&server, &opening, (&offer, &machine)).await;
    let end = SessionEnd {
        session: offer.statement.session,
        code: "end_user_ended".into(),
        detail: String::new(),
        by: "fred".into(),
    };
    link.end(end).await.unwrap();
    assert_eq!(viewer.closed().await.unwrap(), (4410, "end_user_ended".into()));
    let over = console
        .until(&opening.path, ended("end_user_ended"))
        .await
        .unwrap();
    assert_eq!(over["end"]["by"], json!({ "kind": "end_user", "name": "fred" }));
}

#[tokio::test]
async fn an_agent_cannot_end_the_session_of_another_machine() {
    let mut stage = Stage::new().await;
    let other = Enrolled::new(&mut stage.console).await.unwrap();
    let mut attacker = LinkEnd::connect(stage.server.address(), &other).await.unwrap();
    let pair = stage.session().await;
    let id: SessionId = pair.path.trim_start_matches("/api/sessions/").parse().unwrap();
    let end = SessionEnd {
        session: id,
        code: "end_user_ended".into(),
        detail: String::new(),
        by: "x".into(),
    };
    attacker.end(end).await.unwrap();
    // The attacker's link is served in order, so after its next session offer the end has been looked at.
    let path = format!("/api/machines/{}/sessions", other.machine);
    let (answer, _) = tokio::join!(
        async { stage.console.post(&path, &session_request(&["view"])).await },
        attacker.offer()
    );
    assert_eq!(answer.unwrap().status, 201);
    assert_eq!(
        stage.console.get(&pair.path).await.unwrap().body["state"],
        "active"
    );
}

#[tokio::test]
async fn an_agent_refuses() {
    let stage = Stage::new().await;
    stage.agent.kill();
    let Stage {
        server,
        mut console,
        machine,
        ..
    } = stage;
    let mut link = LinkEnd::connect(server.address(), &machine).await.unwrap();
    let path = format!("/api/machines/{}/sessions", machine.machine);
    let (answer, offer) = tokio::join!(
        async { console.post(&path, &session_request(&["view"])).await },
        link.offer()
    );
    let opening = Opening::of(&answer.unwrap().body);
    link.answer(&offer.unwrap(), Some("busy")).await.unwrap();
    let over = console
        .until(&opening.path, ended("agent_refused"))
        .await
        .unwrap();
    assert_eq!(over["end"]["detail"], "busy");
}

#[tokio::test]
async fn an_agent_that_never_answers() {
    let stage = Stage::new().await;
    stage.agent.kill();
    let Stage {
        server,
        mut console,
        machine,
        ..
    } = stage;
    let mut link = LinkEnd::connect(server.address(), &machine).await.unwrap();
    let path = format!("/api/machines/{}/sessions", machine.machine);
    let (answer, offer) = tokio::join!(
        async { console.post(&path, &session_request(&["view"])).await },
        link.offer()
    );
    offer.unwrap();
    let opening = Opening::of(&answer.unwrap().body);
    // The link goes on with heartbeats, the answer never comes.
    let (over, _) = tokio::join!(console.until(&opening.path, ended("no_answer")), link.next());
    over.unwrap();
}

#[tokio::test]
async fn the_viewer_vanishes() {
    let mut stage = Stage::new().await;
    let Pair {
        path,
        viewer,
        mut agent,
    } = stage.session().await;
    drop(viewer);
    assert_eq!(agent.closed().await.unwrap(), (4411, "interrupted".into()));
    // It may be back: nothing has ended.
    stage.console.until(&path, interrupted).await.unwrap();
}

#[tokio::test]
async fn the_agent_dies() {
    let mut stage = Stage::new().await;
    let Pair {
        path,
        mut viewer,
        agent,
    } = stage.session().await;
    drop(agent);
    stage.agent.kill();
    assert_eq!(viewer.closed().await.unwrap(), (4411, "interrupted".into()));
    stage.console.until(&path, interrupted).await.unwrap();
    // Back with nothing in its memory.
    let mut link = LinkEnd::connect(stage.server.address(), &stage.machine)
        .await
        .unwrap();
    link.link().sessions_held(&[]).unwrap();
    link.flush().await.unwrap();
    stage
        .console
        .until(&path, ended("agent_restarted"))
        .await
        .unwrap();
}

#[tokio::test]
async fn sign_out_cuts_the_sockets() {
    let mut stage = Stage::new().await;
    let other = stage.server.sign_in().await.unwrap();
    let Pair {
        path,
        mut viewer,
        mut agent,
    } = stage.session().await;
    let mut events = stage.console.events().await.unwrap();
    let from = std::time::Instant::now();
    assert_eq!(
        stage.console.delete("/api/logins/current").await.unwrap().status,
        204
    );
    assert_eq!(viewer.closed().await.unwrap(), (4410, "login_ended".into()));
    assert_eq!(agent.closed().await.unwrap(), (4410, "login_ended".into()));
    assert!(
        from.elapsed() < std::time::Duration::from_secs(1),
        "{:?}",
        from.elapsed()
    );
    while let Some(event) = events.next().await.unwrap() {
        assert_ne!(event.0, "hello");
    }
    other.until(&path, ended("login_ended")).await.unwrap();
    assert_eq!(stage.console.get(&path).await.unwrap().status, 401);
}

#[tokio::test]
async fn the_server_stops_in_good_order() {
    let mut stage = Stage::new().await;
    let Pair {
        path,
        mut viewer,
        mut agent,
    } = stage.session().await;
    let Stage { server, console, .. } = stage;
    let (server, viewer, agent) = tokio::join!(server.restart(), viewer.closed(), agent.closed());
    assert_eq!(viewer.unwrap().0, 1001);
    assert_eq!(agent.unwrap().0, 1001);
    let console = console.at(server.as_ref().unwrap().address());
    let over = console.get(&path).await.unwrap().body;
    assert!(interrupted(&over), "{over}");
}

#[tokio::test]
async fn sessions_go_on_after_a_crash_and_those_that_had_not_begun_are_closed() {
    let mut stage = Stage::new().await;
    let pair = stage.session().await;
    stage
        .console
        .until(&pair.path, |session| session["state"] == "active")
        .await
        .unwrap();
    let begun = stage.ask().await;
    let after = stage.server.after_crash().await.unwrap();
    let console = stage.console.at(after.address());
    let waits = console.get(&pair.path).await.unwrap().body;
    assert!(interrupted(&waits), "{waits}");
    let over = console.get(&begun.path).await.unwrap().body;
    assert!(ended("server_restarted")(&over), "{over}");
    let audit = console.get("/api/audit").await.unwrap().body;
    let entries = audit["items"].as_array().unwrap();
    let by_server = |action: &str| {
        let found = |entry: &&Value| entry["action"] == action && entry["actor"]["kind"] == "server";
        entries.iter().any(|entry| found(&entry))
    };
    assert!(
        by_server("session.ended") && by_server("session.interrupted"),
        "{audit}"
    );
}

#[tokio::test]
async fn each_entry_of_a_session_says_from_where_and_by_which_request() {
    let mut stage = Stage::new().await;
    let pair = stage.session().await;
    stage
        .console
        .until(&pair.path, |session| session["state"] == "active")
        .await
        .unwrap();
    assert_eq!(stage.console.delete(&pair.path).await.unwrap().status, 204);
    let audit = stage
        .console
        .get("/api/audit?action=session.")
        .await
        .unwrap()
        .body;
    let said = |action: &str| {
        let items = audit["items"].as_array().unwrap();
        items.iter().find(|item| item["action"] == action).unwrap()
    };
    for action in ["session.requested", "session.connected", "session.ended"] {
        assert_eq!(said(action)["address"], "127.0.0.1", "{action}: {audit}");
    }
    let request = |action: &str| said(action)["request_id"].as_str().unwrap();
    assert_eq!(request("session.requested"), request("session.connected"));
    assert_ne!(
        request("session.requested"),
        request("session.ended"),
        "another request ended it"
    );
}

/// Whether this session lost its pipe and waits for it.
fn interrupted(session: &Value) -> bool {
    session["state"] == "interrupted"
}
