//! How busy a machine is, from what it shows to a server.

use std::sync::atomic::{AtomicU64, Ordering};

use farol_platform::metrics::{Shown, fake};
use farol_protocol::link::MetricSample;

use super::*;
use crate::metrics::Gauges;

/// A machine that runs for a second from look to look.
#[derive(Default)]
struct Fake(AtomicU64);

impl Gauges for Fake {
    fn shown(&self) -> Shown {
        fake::shown(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

async fn sample(server: &mut TestServer) -> MetricSample {
    loop {
        if let ServerLinkEvent::MetricSample(sample) = server.event().await {
            return sample;
        }
    }
}

#[tokio::test]
async fn a_server_that_wants_seconds_gets_seconds() {
    let machine = FakeMachine::with_gauges(Arc::new(Fake::default()));
    let mut server = TestServer::start().await;
    let agent = start(&machine, &server);
    server.link().await;
    assert!(server.capabilities.contains(&"metrics".to_owned()));
    server.state().pace_metrics(Duration::from_secs(1)).unwrap();
    for _ in 0..2 {
        let sample = sample(&mut server).await;
        assert_eq!(sample.cpu_permille, Some(250));
        assert_eq!(sample.memory_total_mib, Some(16_000));
    }
    agent.stop().await;
}

#[tokio::test]
async fn a_machine_that_shows_nothing_does_not_say_that_it_does() {
    let machine = FakeMachine::new();
    let mut server = TestServer::start().await;
    let agent = start(&machine, &server);
    server.link().await;
    assert!(!server.capabilities.contains(&"metrics".to_owned()));
    server.state().pace_metrics(Duration::from_secs(1)).unwrap();
    server.flush().await;
    agent.stop().await;
}
