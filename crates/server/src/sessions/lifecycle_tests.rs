//! The life cycle at chosen instants: every way from request to end.

use super::*;

const T0: Tick = Tick(1_000_000);

fn at(seconds: u64) -> Tick {
    Tick(T0.0 + seconds * 1_000_000)
}

fn offered() -> Lifecycle {
    let mut session = Lifecycle::new(T0);
    assert_eq!(session.handle(T0, Input::OfferSent), Some(Transition::Offered));
    session
}

fn connected() -> Lifecycle {
    let mut session = offered();
    for input in [
        Input::Accepted,
        Input::Dialed(Side::Viewer),
        Input::Dialed(Side::Agent),
    ] {
        assert_eq!(session.handle(at(1), input), None);
    }
    assert_eq!(session.handle(at(1), Input::Coupled), Some(Transition::Connected));
    session
}

fn reason(transition: Option<Transition>) -> EndReason {
    match transition {
        Some(Transition::Ended(end)) => end.reason,
        other => panic!("expected an end, got {other:?}"),
    }
}

#[test]
fn a_silent_agent_ends_the_session_after_twenty_seconds() {
    let mut session = offered();
    assert_eq!(session.poll_deadline(), Some(at(20)));
    assert_eq!(session.handle_timeout(Tick(at(20).0 - 1)), None);
    assert_eq!(reason(session.handle_timeout(at(20))), EndReason::NoAnswer);
    assert_eq!(session.state(), State::Ended);
    assert_eq!(session.poll_deadline(), None);
}

#[test]
fn an_agent_that_accepts_and_never_dials_is_lost() {
    let mut session = offered();
    session.handle(at(0), Input::Dialed(Side::Viewer));
    session.handle(at(5), Input::Accepted);
    assert_eq!(session.poll_deadline(), Some(at(25)));
    assert_eq!(reason(session.handle_timeout(at(25))), EndReason::AgentLost);
}

#[test]
fn a_viewer_that_never_dials_is_lost_after_sixty_seconds() {
    let mut session = offered();
    session.handle(at(15), Input::Accepted);
    session.handle(at(34), Input::Dialed(Side::Agent));
    assert_eq!(
        session.poll_deadline(),
        Some(at(54)),
        "the agent waits for twenty seconds"
    );
    let mut late = offered();
    late.handle(at(20), Input::Accepted);
    late.handle(at(50), Input::Dialed(Side::Agent));
    assert_eq!(late.poll_deadline(), Some(at(60)));
    assert_eq!(reason(late.handle_timeout(at(60))), EndReason::ViewerLost);
}

#[test]
fn a_connected_session_has_no_deadline_and_survives_the_loss_of_the_link() {
    let mut session = connected();
    assert_eq!(session.poll_deadline(), None);
    assert_eq!(session.handle_timeout(at(100_000)), None);
    assert_eq!(session.handle(at(30), Input::LinkLost), None);
    assert_eq!(session.state(), State::Connected);
}

#[test]
fn the_link_lost_before_the_answer_is_machine_offline() {
    assert_eq!(
        reason(offered().handle(at(1), Input::LinkLost)),
        EndReason::MachineOffline
    );
}

#[test]
fn a_dial_counts_as_a_yes() {
    let mut session = offered();
    session.handle(at(1), Input::Dialed(Side::Agent));
    assert_eq!(session.handle(at(2), Input::LinkLost), None);
}

#[test]
fn a_refusal_carries_the_agents_code() {
    let Some(Transition::Ended(end)) = offered().handle(at(1), Input::Refused("busy".into(), String::new()))
    else {
        panic!("not ended");
    };
    assert_eq!(
        (end.reason, end.detail.as_str()),
        (EndReason::AgentRefused, "busy")
    );
}

#[test]
fn each_way_of_leaving_has_its_reason() {
    let cases = [
        (
            Side::Viewer,
            Leave::Closed(String::new()),
            EndReason::TechnicianEnded,
        ),
        (Side::Viewer, Leave::Broke("reset".into()), EndReason::ViewerLost),
        (
            Side::Viewer,
            Leave::Violated("text".into()),
            EndReason::ProtocolViolation,
        ),
        (
            Side::Agent,
            Leave::Closed("end_user_ended".into()),
            EndReason::EndUserEnded,
        ),
        // What the server alone decides is not the agent's to say.
        (
            Side::Agent,
            Leave::Closed("login_ended".into()),
            EndReason::AgentLost,
        ),
        (
            Side::Agent,
            Leave::Closed("nonsense".into()),
            EndReason::AgentLost,
        ),
        (Side::Agent, Leave::Broke("reset".into()), EndReason::AgentLost),
        (
            Side::Agent,
            Leave::Violated("text".into()),
            EndReason::ProtocolViolation,
        ),
    ];
    for (side, leave, expected) in cases {
        assert_eq!(
            reason(connected().handle(at(9), Input::Left(side, leave.clone()))),
            expected,
            "{side:?} {leave:?}"
        );
    }
}

#[test]
fn an_agent_that_closes_without_a_word_may_name_its_reason_on_the_link() {
    let leave = || Input::Left(Side::Agent, Leave::Closed(String::new()));
    let mut session = connected();
    assert_eq!(session.handle(at(9), leave()), None);
    assert_eq!(session.poll_deadline(), Some(Tick(at(9).0 + REASON_GRACE_US)));
    let end = End::new(EndReason::ProtocolViolation, "");
    assert_eq!(
        reason(session.handle(at(9), Input::End(end))),
        EndReason::ProtocolViolation
    );
    assert_eq!(session.poll_deadline(), None);

    let mut silent = connected();
    silent.handle(at(9), leave());
    assert_eq!(silent.handle_timeout(at(9)), None);
    assert_eq!(reason(silent.handle_timeout(at(11))), EndReason::AgentLost);
}

#[test]
fn ended_is_final() {
    let mut session = connected();
    let end = End::by(EndReason::TechnicianEnded, "technician", "Ana");
    assert_eq!(
        session.handle(at(2), Input::End(end.clone())),
        Some(Transition::Ended(end))
    );
    for input in [
        Input::OfferSent,
        Input::Coupled,
        Input::LinkLost,
        Input::Left(Side::Agent, Leave::Broke(String::new())),
        Input::End(End::new(EndReason::ServerStopped, "")),
    ] {
        assert_eq!(session.handle(at(3), input), None);
        assert_eq!(session.state(), State::Ended);
    }
}

#[test]
fn codes_round_trip_and_text_is_clipped() {
    for reason in EndReason::ALL {
        assert_eq!(EndReason::parse(reason.as_str()), Some(reason));
    }
    assert_eq!(EndReason::parse("because"), None);
    assert_eq!(clip("a\n\u{1b}[31mb"), "a[31mb");
    assert!(clip(&"é".repeat(1000)).len() <= DETAIL_MAX);
}
