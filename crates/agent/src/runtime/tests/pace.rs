//! How often the agent is heard, and how it comes back, as its server says.

use farol_protocol::link::Pace;

use super::*;

const SLOW: Pace = Pace {
    heartbeat: Duration::from_secs(50),
    redial: Duration::ZERO,
};

#[tokio::test]
async fn the_agent_is_heard_as_often_as_its_server_says() {
    let (machine, mut server) = (FakeMachine::new(), TestServer::start().await);
    server.pace = SLOW;
    let agent = start(&machine, &server);
    server.link().await;
    let quick = Pace {
        heartbeat: Duration::from_millis(200),
        redial: Duration::ZERO,
    };
    let from = Instant::now();
    server.set_pace(quick).await;
    for counter in 0..3 {
        assert_eq!(server.heartbeat().await, counter);
    }
    assert!(from.elapsed() >= Duration::from_millis(400));
    // Comes back at a moment of the time that was said last, and is told anew there.
    server
        .set_pace(Pace {
            redial: Duration::from_secs(3),
            ..SLOW
        })
        .await;
    server.drop_link();
    server.link().await;
    agent.stop().await;
}

#[tokio::test]
async fn an_agent_that_is_turned_away_comes_when_it_was_told_to() {
    let (machine, mut server) = (FakeMachine::new(), TestServer::start().await);
    let agent = start(&machine, &server);
    // Longer than its own back-off would wait.
    let wait = Duration::from_millis(900);
    let from = Instant::now();
    server.turn_away(wait).await;
    server.link().await;
    assert!(from.elapsed() >= wait);
    agent.stop().await;
}
