//! How busy a machine is, over the link: seen at once, quick while somebody looks, and never so much of it that it costs the server.

use std::time::Duration;

use farol_protocol::link::{AgentLinkEvent, MetricSample};
use farol_testkit::LinkEnd;

use super::*;

fn sample(seconds: u32, permille: u32) -> MetricSample {
    MetricSample {
        seconds,
        cpu_permille: Some(permille),
        load_centi: Some(150),
        ..MetricSample::default()
    }
}

/// A link of an agent that measures.
async fn link(server: &TestServer, machine: &Enrolled) -> LinkEnd {
    let mut link = LinkEnd::dial_saying(server.address(), machine, |about| {
        about.capabilities.push("metrics".into());
    })
    .await
    .unwrap();
    assert!(matches!(link.next().await.unwrap(), AgentLinkEvent::Welcome(_)));
    link
}

/// Asks until there is something; a word on the link and a request do not wait for each other.
async fn until(console: &mut ApiClient, path: &str, is: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..100 {
        let told = console.get(path).await.unwrap().body;
        if is(&told) {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{path} never was so");
}

fn has_some(told: &Value) -> bool {
    told["times"].as_array().is_some_and(|times| !times.is_empty())
}

#[tokio::test]
async fn who_looks_sees_seconds_and_later_minutes() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = Enrolled::new(&mut console).await.unwrap();
    let path = format!("/api/machines/{}/metrics", machine.machine);
    let mut agent = link(&server, &machine).await;

    let told = console.get(&format!("{path}/live")).await.unwrap().body;
    assert_eq!((&told["live"], has_some(&told)), (&json!(true), false));
    let AgentLinkEvent::MetricPace(every) = agent.next().await.unwrap() else {
        panic!("the agent was not told to be quick");
    };
    assert_eq!(every, Duration::from_secs(1));

    agent.link().send_sample(sample(1, 250));
    agent.flush().await.unwrap();
    let told = until(&mut console, &format!("{path}/live"), has_some).await;
    assert_eq!(told["series"][0]["name"], "cpu");
    assert_eq!(told["series"][0]["values"], json!([25.0]));

    // Seen in the minute that runs, before any row has it.
    let from = "2026-01-01T00:00:00Z";
    let told = until(&mut console, &format!("{path}?from={from}"), has_some).await;
    assert_eq!(told["series"][0]["maximum"], json!([25.0]));
    let lines = format!("/api/machines/metrics?ids={}", machine.machine);
    let told = console.get(&lines).await.unwrap().body;
    assert_eq!(told["machines"][0]["cpu"].as_array().unwrap().len(), 60);
}

#[tokio::test]
async fn samples_that_come_too_fast_are_passed_over() {
    let server = TestServer::start().await.unwrap();
    let mut console = server.set_up().await.unwrap();
    let machine = Enrolled::new(&mut console).await.unwrap();
    let path = format!("/api/machines/{}/metrics/live", machine.machine);
    let mut agent = link(&server, &machine).await;
    console.get(&path).await.unwrap();
    for permille in 0..200 {
        agent.link().send_sample(sample(1, permille));
        agent.flush().await.unwrap();
    }
    let told = until(&mut console, &path, has_some).await;
    let seen = told["times"].as_array().unwrap().len();
    assert!(seen < 20, "{seen}");
    // The link is as good as before.
    assert!(matches!(
        agent.next().await.unwrap(),
        AgentLinkEvent::MetricPace(_)
    ));
}
