//! Samples and their pace between both ends of a link.

use super::*;

fn sample(cpu: u32) -> MetricSample {
    MetricSample {
        seconds: 60,
        cpu_permille: Some(cpu),
        ..MetricSample::default()
    }
}

#[test]
fn only_the_newest_sample_goes() {
    let (mut agent, mut server) = live();
    agent.send_sample(sample(1));
    agent.send_sample(sample(2));
    to_server(&mut agent, &mut server, NOW).unwrap();
    let said: Vec<_> = std::iter::from_fn(|| server.poll_event()).collect();
    assert_eq!(said, [ServerLinkEvent::MetricSample(sample(2))]);
}

#[test]
fn a_pace_arrives() {
    let (mut agent, mut server) = live();
    server.pace_metrics(Duration::from_secs(1)).unwrap();
    to_agent(&mut server, &mut agent, NOW).unwrap();
    let heard: Vec<_> = std::iter::from_fn(|| agent.poll_event()).collect();
    assert_eq!(heard, [AgentLinkEvent::MetricPace(Duration::from_secs(1))]);
}

#[test]
fn a_sample_of_no_time_ends_the_link() {
    let (mut agent, mut server) = live();
    agent.send_sample(MetricSample::default());
    assert_eq!(
        to_server(&mut agent, &mut server, NOW),
        Err(ProtocolError::Malformed("metric sample"))
    );
}
