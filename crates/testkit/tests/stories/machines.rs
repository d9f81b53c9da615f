//! Renaming and removing machines.

use super::*;

#[tokio::test]
async fn a_rename_needs_the_version_that_was_seen() {
    let stage = Stage::new().await;
    let path = stage.machine_path();
    let seen = stage.console.get(&path).await.unwrap().body;
    let tag = seen["etag"].as_str().unwrap();
    let named = stage
        .console
        .patch(&path, &json!({ "name": "Reception" }), tag)
        .await
        .unwrap();
    assert_eq!((named.status, &named.body["name"]), (200, &json!("Reception")));
    let late = stage
        .console
        .patch(&path, &json!({ "name": "Other" }), tag)
        .await
        .unwrap();
    assert_eq!(late.body["code"], "version_mismatch", "{late:?}");
    let fresh = named.body["etag"].as_str().unwrap();
    let empty = stage
        .console
        .patch(&path, &json!({ "name": "  " }), fresh)
        .await
        .unwrap();
    assert_eq!(empty.status, 422);
}

#[tokio::test]
async fn a_removed_machine_loses_its_sessions_and_its_link() {
    let mut stage = Stage::new().await;
    let path = stage.machine_path();
    let Pair {
        path: session,
        mut viewer,
        mut agent,
    } = stage.session().await;
    assert_eq!(stage.console.delete(&path).await.unwrap().status, 204);
    assert_eq!(viewer.closed().await.unwrap(), (4410, "machine_removed".into()));
    assert_eq!(agent.closed().await.unwrap(), (4410, "machine_removed".into()));
    assert_eq!(stage.agent.over().await.unwrap(), "goodbye: machine_removed");
    assert_eq!(stage.console.get(&path).await.unwrap().status, 404);
    // The past stays.
    let over = stage
        .console
        .until(&session, ended("machine_removed"))
        .await
        .unwrap();
    assert_eq!(over["machine_name"], "paper");
    let back = PaperAgent::start(stage.server.address(), &stage.machine).await;
    assert!(format!("{:#}", back.err().unwrap()).contains("MachineRemoved"));
}
