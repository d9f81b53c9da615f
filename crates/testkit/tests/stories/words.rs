//! What the stories about identity have in common.

use std::sync::Arc;

use farol_protocol::text::is_deceptive;
use farol_testkit::{ApiClient, Disk, FakeMachine, TestAgent, TestServer};
use serde_json::{Value, json};

/// A token for many machines with this approval mode.
pub(crate) async fn token(console: &mut ApiClient, approval: &str) -> String {
    let body = json!({ "name": "story", "expires_in_seconds": 3600, "approval": approval });
    let answer = console.post("/api/enrollment-tokens", &body).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["token"].as_str().unwrap().to_owned()
}

/// Enrolls a machine on an empty disk and starts its agent.
///
/// # Errors
/// The server refuses, or lets it wait.
pub(crate) async fn enroll_with(
    server: &TestServer,
    token: &str,
    machine: &Arc<FakeMachine>,
) -> anyhow::Result<TestAgent> {
    let disk = Disk::new()?;
    disk.ask_with(server.address(), token)?;
    disk.enroll(machine).await?;
    Ok(TestAgent::start(disk, machine))
}

/// All machines in the list.
pub(crate) async fn machines(console: &ApiClient) -> Vec<Value> {
    let list = console.get("/api/machines").await.unwrap().body;
    list["items"].as_array().unwrap().clone()
}

/// The newest entry that waits for a decision, once there is one.
pub(crate) async fn waiting(console: &ApiClient) -> Value {
    let some = |list: &Value| list["items"].as_array().is_some_and(|items| !items.is_empty());
    let list = console.until("/api/quarantine?waiting=true", some).await.unwrap();
    list["items"][0].clone()
}

/// Whether any text of it could forge what stands around it.
pub(crate) fn deceptive(value: &Value) -> bool {
    match value {
        Value::String(text) => text.chars().any(is_deceptive),
        Value::Array(items) => items.iter().any(deceptive),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.chars().any(is_deceptive) || deceptive(value)),
        _ => false,
    }
}
