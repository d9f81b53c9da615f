//! How often both ends of a link are heard, and how that changes.

use super::*;
use crate::limits::{HEARTBEAT_MAX, HEARTBEAT_MIN, REDIAL_MAX};

const SLOW: Pace = Pace {
    heartbeat: Duration::from_secs(24),
    redial: Duration::from_secs(30),
};

/// A live link whose agent was told this pace.
fn paced(pace: Pace, now: Tick) -> (AgentLink, ServerLink) {
    let (mut agent, mut server) = live();
    server.set_pace(now, pace).unwrap();
    to_agent(&mut server, &mut agent, now).unwrap();
    assert_eq!(agent.poll_event(), Some(AgentLinkEvent::Pace(pace)));
    (agent, server)
}

#[test]
fn the_usual_pace_shows_a_death_within_ten_seconds() {
    assert_eq!(Pace::QUICK.dead_after(), LINK_DEAD_AFTER);
    assert_eq!(LINK_DEAD_AFTER, Duration::from_secs(9));
    assert_eq!(Pace::QUICK.lost_after(), LINK_LOST_AFTER);
    assert_eq!(LINK_LOST_AFTER, Duration::from_secs(12));
}

#[test]
fn a_slow_link_is_silent_for_long_and_lives() {
    let (mut agent, mut server) = paced(SLOW, NOW);
    let mut now = NOW;
    for counter in 0..3 {
        now = agent.poll_deadline().unwrap();
        assert_eq!(
            now,
            NOW.after(SLOW.heartbeat * (u32::try_from(counter).unwrap() + 1))
        );
        server.handle_timeout(now);
        agent.handle_timeout(now);
        to_server(&mut agent, &mut server, now).unwrap();
        assert_eq!(server.poll_event(), Some(ServerLinkEvent::Heartbeat { counter }));
        // What the server answers is no message.
        agent.handle_activity(now);
    }
    assert_eq!(server.poll_deadline(), Some(now.after(SLOW.dead_after())));
    agent.handle_timeout(Tick(now.after(SLOW.lost_after()).0 - 1));
    assert!(agent.is_live());
    agent.handle_timeout(now.after(SLOW.lost_after()));
    assert_eq!(agent.poll_event(), Some(AgentLinkEvent::Lost));
}

/// The agent has said nothing for longer than the quick pace allows; that is no death before it has heard of that pace.
#[test]
fn a_link_that_becomes_quick_is_heard_at_once_and_not_lost() {
    let (mut agent, mut server) = paced(SLOW, NOW);
    let later = NOW.after(Duration::from_secs(20));
    server.set_pace(later, Pace::QUICK).unwrap();
    server.handle_timeout(later);
    assert_eq!(server.poll_event(), None, "silence counts from now");
    assert_eq!(server.poll_deadline(), Some(later.after(LINK_DEAD_AFTER)));
    to_agent(&mut server, &mut agent, later).unwrap();
    assert_eq!(agent.poll_event(), Some(AgentLinkEvent::Pace(Pace::QUICK)));
    assert!(agent.poll_deadline().unwrap() <= later, "a heartbeat is due");
    agent.handle_timeout(later);
    to_server(&mut agent, &mut server, later).unwrap();
    assert_eq!(
        server.poll_event(),
        Some(ServerLinkEvent::Heartbeat { counter: 0 })
    );
    // One that is dead is found out as quickly as any other.
    let (_, mut server) = paced(SLOW, NOW);
    server.set_pace(later, Pace::QUICK).unwrap();
    server.handle_timeout(later.after(LINK_DEAD_AFTER));
    assert_eq!(server.poll_event(), Some(ServerLinkEvent::Lost));
}

#[test]
fn the_same_pace_is_not_told_twice_and_none_before_the_welcome() {
    let (_, mut server) = live();
    server.set_pace(NOW, Pace::QUICK).unwrap();
    assert_eq!(server.poll_transmit(), None);
    let mut young = self::server();
    assert!(young.set_pace(NOW, SLOW).is_err());
    assert_eq!(young.pace(), Pace::QUICK);
}

#[test]
fn a_pace_before_the_welcome_is_a_mistake() {
    let (mut agent, mut server) = (agent_for(&identity()), self::server());
    to_server(&mut agent, &mut server, NOW).unwrap();
    let pace = proto::ServerToAgent {
        message: Some(proto::server_to_agent::Message::Pace(SLOW.into_wire())),
    };
    assert_eq!(
        agent.handle_input(NOW, &pace.encode_to_vec()),
        Err(ProtocolError::Unexpected("link message"))
    );
}

#[test]
fn who_is_turned_away_hears_when_to_come_and_believes_nothing_else() {
    let mut agent = agent_for(&identity());
    let word = ServerLink::turn_away("many are coming", Duration::from_millis(2_500));
    agent.handle_input(NOW, &word).unwrap();
    let Some(AgentLinkEvent::Goodbye { goodbye, authentic }) = agent.poll_event() else {
        panic!("goodbye")
    };
    assert!(!authentic && agent.is_closed());
    assert_eq!(goodbye.retry_after, Some(Duration::from_millis(2_500)));
}

proptest! {
    /// Whatever a server says, an agent neither floods it nor falls silent, and comes back within a minute.
    #[test]
    fn what_is_not_believed_is_brought_into_its_limits(heartbeat_ms: u32, redial_ms: u32) {
        let pace = Pace::from_wire(proto::Pace { heartbeat_ms, redial_ms });
        prop_assert!((HEARTBEAT_MIN..=HEARTBEAT_MAX).contains(&pace.heartbeat));
        prop_assert!(pace.redial <= REDIAL_MAX);
        prop_assert!(pace.dead_after() > pace.heartbeat * 2 && pace.lost_after() > pace.dead_after());
        prop_assert_eq!(Pace::from_wire(pace.into_wire()), pace);
    }
}
