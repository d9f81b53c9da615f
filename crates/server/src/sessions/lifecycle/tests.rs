//! The life cycle at chosen instants, and at any.

use proptest::prelude::*;

use super::*;

const T0: Tick = Tick(1_000_000);

fn at(seconds: u64) -> Tick {
    Tick(T0.0 + seconds * 1_000_000)
}

fn control() -> Rights {
    Rights::VIEW.with(Right::Control)
}

fn unattended() -> Terms {
    Terms {
        wanted: control(),
        ask: Rights::NONE,
    }
}

fn attended() -> Terms {
    Terms {
        wanted: control(),
        ask: control(),
    }
}

fn requested() -> Lifecycle {
    Lifecycle::new(T0, unattended())
}

fn accepted() -> Input {
    Input::Accepted(control(), String::new())
}

fn refused(code: &str) -> Input {
    Input::Refused {
        code: code.into(),
        detail: String::new(),
        by: "Rita".into(),
    }
}

fn active() -> Lifecycle {
    let mut session = requested();
    assert!(matches!(
        session.handle(at(1), accepted()),
        Some(Transition::Accepted { .. })
    ));
    for side in [Side::Viewer, Side::Agent] {
        assert_eq!(session.handle(at(1), Input::Dialed(side, 1)), None);
    }
    assert_eq!(session.handle(at(1), Input::Coupled(1)), Some(Transition::Active));
    session
}

fn interrupted() -> Lifecycle {
    let mut session = active();
    let lost = Input::Left(Side::Viewer, 1, Leave::Broke("reset".into()));
    assert_eq!(
        session.handle(at(5), lost),
        Some(Transition::Interrupted("viewer: reset".into()))
    );
    assert_eq!(session.state(), State::Interrupted);
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
    let mut session = requested();
    assert_eq!(session.poll_deadline(), Some(at(20)));
    assert_eq!(session.handle_timeout(Tick(at(20).0 - 1)), None);
    assert_eq!(reason(session.handle_timeout(at(20))), EndReason::NoAnswer);
    assert_eq!(session.state(), State::Ended);
    assert_eq!(session.poll_deadline(), None);
}

#[test]
fn an_agent_that_accepts_and_never_dials_is_lost() {
    let mut session = requested();
    session.handle(at(0), Input::Dialed(Side::Viewer, 1));
    session.handle(at(5), accepted());
    assert_eq!(session.poll_deadline(), Some(at(25)));
    assert_eq!(reason(session.handle_timeout(at(25))), EndReason::AgentLost);
}

#[test]
fn a_viewer_that_never_dials_is_lost_after_sixty_seconds() {
    let mut session = requested();
    session.handle(at(15), accepted());
    session.handle(at(34), Input::Dialed(Side::Agent, 1));
    assert_eq!(
        session.poll_deadline(),
        Some(at(54)),
        "the agent waits for twenty seconds"
    );
    let mut late = requested();
    late.handle(at(20), accepted());
    late.handle(at(50), Input::Dialed(Side::Agent, 1));
    assert_eq!(late.poll_deadline(), Some(at(60)));
    assert_eq!(reason(late.handle_timeout(at(60))), EndReason::ViewerLost);
}

#[test]
fn the_person_at_the_machine_says_yes() {
    let mut session = Lifecycle::new(T0, attended());
    assert_eq!((session.rights(), session.asked()), (Rights::NONE, control()));
    assert_eq!(session.handle(at(1), Input::Waiting), Some(Transition::Waiting));
    assert_eq!(session.state(), State::WaitingForConsent);
    assert_eq!(session.poll_deadline(), Some(at(1 + 30 + 10)));
    session.handle(at(2), Input::Dialed(Side::Viewer, 1));
    let yes = Input::Accepted(Rights::VIEW, "Rita".into());
    assert_eq!(
        session.handle(at(25), yes),
        Some(Transition::Accepted { by: "Rita".into() })
    );
    assert_eq!(session.state(), State::Requested);
    assert_eq!(
        (session.rights(), session.asked()),
        (Rights::VIEW, Rights::NONE),
        "what was not agreed to is not granted"
    );
    assert_eq!(session.poll_deadline(), Some(at(45)), "the agent has to dial");
}

#[test]
fn the_person_at_the_machine_does_not_say_yes() {
    for (code, expected) in [
        ("consent_refused", EndReason::ConsentRefused),
        ("consent_timed_out", EndReason::ConsentTimedOut),
        ("nobody_to_ask", EndReason::NobodyToAsk),
        ("busy", EndReason::AgentRefused),
    ] {
        let mut session = Lifecycle::new(T0, attended());
        session.handle(at(1), Input::Waiting);
        assert_eq!(reason(session.handle(at(2), refused(code))), expected);
    }
    let mut silent = Lifecycle::new(T0, attended());
    silent.handle(at(1), Input::Waiting);
    assert_eq!(silent.handle_timeout(at(40)), None);
    assert_eq!(reason(silent.handle_timeout(at(41))), EndReason::ConsentTimedOut);
}

#[test]
fn a_yes_without_the_right_to_view_is_none_and_more_than_was_asked_is_not_granted() {
    let only_control = Rights::NONE.with(Right::Control);
    assert_eq!(
        reason(requested().handle(at(1), Input::Accepted(only_control, String::new()))),
        EndReason::ProtocolViolation
    );
    let mut session = requested();
    let everything = Right::ALL.into_iter().collect();
    session.handle(at(1), Input::Accepted(everything, String::new()));
    assert_eq!(session.rights(), control());
}

#[test]
fn an_active_session_survives_the_loss_of_the_link_and_lasts_a_day() {
    let mut session = active();
    assert_eq!(session.handle(at(30), Input::LinkLost), None);
    let day = 24 * 3600;
    assert_eq!(session.poll_deadline(), Some(at(day)));
    assert_eq!(session.handle_timeout(at(day - 1)), None);
    assert_eq!(reason(session.handle_timeout(at(day))), EndReason::Expired);
}

#[test]
fn the_link_lost_before_the_answer_is_machine_offline() {
    let mut asked = Lifecycle::new(T0, attended());
    asked.handle(at(1), Input::Waiting);
    for mut session in [requested(), asked] {
        assert_eq!(
            reason(session.handle(at(1), Input::LinkLost)),
            EndReason::MachineOffline
        );
    }
}

#[test]
fn a_dial_counts_as_a_yes() {
    let mut session = requested();
    session.handle(at(1), Input::Dialed(Side::Agent, 1));
    assert_eq!(session.handle(at(2), Input::LinkLost), None);
}

#[test]
fn a_refusal_carries_the_agents_code() {
    let Some(Transition::Ended(end)) = requested().handle(at(1), refused("busy")) else {
        panic!("not ended");
    };
    assert_eq!(
        (end.reason, end.detail.as_str()),
        (EndReason::AgentRefused, "busy")
    );
}

#[test]
fn each_way_of_leaving_a_session_that_runs_ends_it_or_not() {
    let closed = |text: &str| Leave::Closed(text.into());
    let cases = [
        (Side::Viewer, closed(""), Some(EndReason::TechnicianEnded)),
        (Side::Viewer, Leave::Broke("reset".into()), None),
        (
            Side::Viewer,
            Leave::Violated("text".into()),
            Some(EndReason::ProtocolViolation),
        ),
        // Whatever is said on the agent's way to the relay, anybody may have said it.
        (Side::Agent, closed(""), None),
        (Side::Agent, closed("end_user_ended"), None),
        (Side::Agent, closed("technician_ended"), None),
        (Side::Agent, closed("nonsense"), None),
        (Side::Agent, Leave::Broke("reset".into()), None),
        (Side::Agent, Leave::Violated("text".into()), None),
    ];
    for (side, leave, expected) in cases {
        let mut session = active();
        let left = session.handle(at(9), Input::Left(side, 1, leave.clone()));
        let left = left.or_else(|| session.handle_timeout(at(11)));
        match expected {
            Some(expected) => assert_eq!(reason(left), expected, "{side:?} {leave:?}"),
            None => assert!(
                matches!(left, Some(Transition::Interrupted(_))),
                "{side:?} {leave:?}"
            ),
        }
    }
}

#[test]
fn a_page_that_went_away_is_waited_for_a_minute_and_whoever_is_on_the_way_back_longer() {
    let mut session = active();
    let gone = Input::Left(Side::Viewer, 1, Leave::Gone);
    assert!(matches!(
        session.handle(at(10), gone),
        Some(Transition::Interrupted(_))
    ));
    assert_eq!(session.poll_deadline(), Some(at(70)));
    session.handle(at(69), Input::Resuming(2));
    assert_eq!(session.handle_timeout(at(71)), None);
    assert_eq!(
        session.handle(at(72), Input::Coupled(2)),
        Some(Transition::Active)
    );
    let broke = Input::Left(Side::Viewer, 2, Leave::Broke("reset".into()));
    session.handle(at(80), broke);
    assert_eq!(session.poll_deadline(), Some(at(680)));

    let mut session = active();
    session.handle(at(10), Input::Left(Side::Viewer, 1, Leave::Gone));
    assert_eq!(reason(session.handle_timeout(at(70))), EndReason::Expired);
}

#[test]
fn a_yes_that_is_said_again_takes_nothing_back() {
    let mut session = active();
    let more = control().with(Right::Clipboard);
    session.handle(at(2), Input::RightsOffered(more));
    session.handle(at(3), Input::RightsChanged(more, String::new(), "Rita".into()));
    assert_eq!(session.handle(at(4), accepted()), None);
    assert_eq!(session.rights(), more);
    // Only what answers a newer attempt says what there is now.
    session.handle(at(5), Input::Resuming(2));
    assert!(session.handle(at(6), accepted()).is_some());
    assert_eq!(session.rights(), control());
    assert_eq!(
        session.handle(at(7), Input::Accepted(Rights::VIEW, String::new())),
        None
    );
}

#[test]
fn somebody_was_asked_though_the_agent_came_to_the_relay_before_it_was_heard() {
    let mut session = requested();
    session.handle(at(1), Input::Dialed(Side::Agent, 1));
    assert!(!session.has_asked());
    assert_eq!(session.handle(at(1), Input::Waiting), None);
    assert!(matches!(
        session.handle(at(2), accepted()),
        Some(Transition::Accepted { .. })
    ));
    assert!(session.has_asked());
}

#[test]
fn before_it_runs_every_leaving_is_the_end() {
    let viewer = Input::Left(Side::Viewer, 1, Leave::Broke("reset".into()));
    assert_eq!(reason(requested().handle(at(1), viewer)), EndReason::ViewerLost);
    for leave in [
        Leave::Broke("reset".into()),
        Leave::Violated("text".into()),
        Leave::Closed("end_user_ended".into()),
    ] {
        let mut session = requested();
        session.handle(at(1), accepted());
        let left = session.handle(at(1), Input::Left(Side::Agent, 1, leave));
        let left = left.or_else(|| session.handle_timeout(at(3)));
        assert_eq!(reason(left), EndReason::AgentLost);
    }
}

#[test]
fn an_agent_that_closes_may_name_its_reason_on_the_link() {
    let leave = || Input::Left(Side::Agent, 1, Leave::Closed(String::new()));
    let mut session = active();
    assert_eq!(session.handle(at(9), leave()), None);
    assert_eq!(session.poll_deadline(), Some(Tick(at(9).0 + REASON_GRACE_US)));
    let end = End::new(EndReason::ProtocolViolation, "");
    assert_eq!(
        reason(session.handle(at(9), Input::End(end))),
        EndReason::ProtocolViolation
    );

    let mut silent = active();
    silent.handle(at(9), leave());
    assert_eq!(silent.handle_timeout(at(9)), None);
    assert!(matches!(
        silent.handle_timeout(at(11)),
        Some(Transition::Interrupted(_))
    ));

    let mut early = requested();
    early.handle(at(1), accepted());
    assert_eq!(early.handle(at(1), leave()), None);
    assert_eq!(reason(early.handle_timeout(at(3))), EndReason::AgentLost);
}

#[test]
fn an_interrupted_session_waits_ten_minutes() {
    let mut session = interrupted();
    assert_eq!(session.handle(at(6), Input::LinkLost), None);
    assert_eq!(session.poll_deadline(), Some(at(5 + 600)));
    assert_eq!(session.handle_timeout(at(604)), None);
    assert_eq!(reason(session.handle_timeout(at(605))), EndReason::Expired);
}

#[test]
fn coming_back_makes_it_active_again_and_starts_the_wait_anew() {
    let mut session = interrupted();
    assert_eq!(session.handle(at(100), Input::Resuming(2)), None);
    assert_eq!(session.handle(at(101), Input::Coupled(1)), None, "void");
    assert_eq!(
        session.handle(at(101), Input::Coupled(2)),
        Some(Transition::Active)
    );
    let lost = Input::Left(Side::Agent, 2, Leave::Broke("reset".into()));
    assert!(session.handle(at(200), lost).is_some());
    assert_eq!(session.poll_deadline(), Some(at(800)));
}

#[test]
fn a_newer_attempt_interrupts_the_older_and_what_the_older_says_counts_no_more() {
    let mut session = active();
    assert!(matches!(
        session.handle(at(2), Input::Resuming(2)),
        Some(Transition::Interrupted(_))
    ));
    let goodbye = Input::Left(Side::Viewer, 1, Leave::Closed(String::new()));
    assert_eq!(session.handle(at(2), goodbye), None);
    assert_eq!(session.handle(at(2), Input::Resuming(2)), None);
    assert_eq!(session.handle(at(3), Input::Coupled(2)), Some(Transition::Active));
}

#[test]
fn a_couple_that_broke_before_it_was_reported_does_not_count() {
    let mut session = interrupted();
    session.handle(at(6), Input::Resuming(2));
    let broke = Input::Left(Side::Viewer, 2, Leave::Broke("reset".into()));
    assert_eq!(session.handle(at(7), broke), None);
    assert_eq!(session.handle(at(7), Input::Coupled(2)), None);
    assert_eq!(session.state(), State::Interrupted);
}

#[test]
fn an_agent_that_does_not_know_the_session_any_more_was_restarted() {
    let mut session = interrupted();
    session.handle(at(6), Input::Resuming(2));
    assert_eq!(
        reason(session.handle(at(7), refused("session_unknown"))),
        EndReason::AgentRestarted
    );
}

#[test]
fn a_stop_of_the_server_interrupts_what_runs_and_leaves_the_rest_to_the_next_start() {
    assert!(matches!(
        active().handle(at(9), Input::Stop),
        Some(Transition::Interrupted(_))
    ));
    for mut session in [requested(), interrupted()] {
        assert_eq!(session.handle(at(9), Input::Stop), None);
    }
    let day = SESSION_MAX.as_secs();
    let mut again = Lifecycle::recovered(T0, (control(), 3), at(day));
    assert_eq!(again.state(), State::Interrupted);
    assert_eq!(again.poll_deadline(), Some(at(600)));
    assert_eq!(
        again.handle(at(1), Input::Coupled(3)),
        None,
        "its sockets are gone"
    );
    again.handle(at(1), Input::Resuming(4));
    assert_eq!(again.handle(at(2), Input::Coupled(4)), Some(Transition::Active));
}

#[test]
fn rights_come_by_an_offer_and_go_without_one() {
    let changed = |rights, code: &str| Input::RightsChanged(rights, code.into(), "Rita".into());
    let more = control().with(Right::Clipboard);
    let mut session = active();
    assert_eq!(
        session.handle(at(2), changed(more, "")),
        None,
        "nobody offered that"
    );
    assert_eq!(
        session.handle(at(3), Input::RightsOffered(more)),
        Some(Transition::RightsOffered)
    );
    assert_eq!(session.asked(), Rights::NONE.with(Right::Clipboard));
    assert_eq!(
        session.handle(at(3), Input::RightsOffered(more)),
        None,
        "one at a time"
    );
    let everything = Right::ALL.into_iter().collect();
    let granted = Transition::Rights {
        before: control(),
        verdict: Verdict::Granted,
        by: "Rita".into(),
    };
    assert_eq!(session.handle(at(4), changed(everything, "")), Some(granted));
    assert_eq!((session.rights(), session.asked()), (more, Rights::NONE));

    let taken = session.handle(at(5), changed(Rights::VIEW, "taken_back"));
    assert!(matches!(
        taken,
        Some(Transition::Rights {
            verdict: Verdict::TakenBack,
            ..
        })
    ));
    assert_eq!(session.rights(), Rights::VIEW);
    assert_eq!(session.handle(at(5), changed(Rights::VIEW, "taken_back")), None);
    assert_eq!(
        reason(session.handle(at(6), changed(Rights::NONE, "taken_back"))),
        EndReason::EndUserEnded
    );
}

#[test]
fn an_offer_of_rights_that_is_refused_or_not_answered_changes_none() {
    let more = control().with(Right::Clipboard);
    let mut session = active();
    session.handle(at(2), Input::RightsOffered(more));
    let no = Input::RightsChanged(control(), "consent_refused".into(), String::new());
    assert!(matches!(
        session.handle(at(3), no),
        Some(Transition::Rights { verdict: Verdict::Refused(code), .. }) if code == "consent_refused"
    ));
    session.handle(at(4), Input::RightsOffered(more));
    assert_eq!(session.poll_deadline(), Some(at(44)));
    assert!(matches!(
        session.handle_timeout(at(44)),
        Some(Transition::Rights { verdict: Verdict::Refused(code), .. }) if code == "no_answer"
    ));
    assert_eq!((session.rights(), session.asked()), (control(), Rights::NONE));
}

#[test]
fn an_agent_that_does_not_know_what_rights_are_offered_to_was_restarted() {
    let mut session = active();
    session.handle(at(2), Input::RightsOffered(control().with(Right::Clipboard)));
    let unknown = Input::RightsChanged(Rights::NONE, "session_unknown".into(), String::new());
    let Some(Transition::Ended(end)) = session.handle(at(3), unknown) else {
        panic!("not ended");
    };
    assert_eq!((end.reason, end.by), (EndReason::AgentRestarted, None));
}

#[test]
fn codes_round_trip_and_text_is_clipped() {
    for reason in EndReason::ALL {
        assert_eq!(EndReason::parse(reason.as_str()), Some(*reason));
    }
    assert_eq!(EndReason::parse("because"), None);
    assert_eq!(clip("a\n\u{1b}[31mb"), "a[31mb");
    assert!(clip(&"é".repeat(1000)).len() <= DETAIL_MAX);
    for state in State::ALL {
        assert_eq!(
            State::ALL
                .into_iter()
                .filter(|other| other.as_str() == state.as_str())
                .count(),
            1
        );
    }
}

fn rights() -> impl Strategy<Value = Rights> {
    prop::collection::vec(0..Right::ALL.len(), 0..5)
        .prop_map(|picks| picks.into_iter().map(|pick| Right::ALL[pick]).collect())
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Viewer), Just(Side::Agent)]
}

fn leave() -> impl Strategy<Value = Leave> {
    let text = prop_oneof![Just(""), Just("end_user_ended"), Just("viewer_lost"), Just("x")];
    prop_oneof![
        Just(Leave::Gone),
        text.prop_map(|text| Leave::Closed(text.into())),
        Just(Leave::Broke("reset".into())),
        Just(Leave::Violated("text".into())),
    ]
}

/// Ends and violations are rare, so that sessions live long enough to be interesting.
fn input() -> impl Strategy<Value = Input> {
    let code = prop_oneof![Just(""), Just("taken_back"), Just("consent_refused")];
    prop_oneof![
        4 => rights().prop_map(|rights| Input::Accepted(rights.with(Right::View), String::new())),
        1 => Just(Input::Waiting),
        1 => Just(refused("consent_refused")),
        4 => (side(), 1..4_u32).prop_map(|(side, attempt)| Input::Dialed(side, attempt)),
        6 => (1..5_u32).prop_map(Input::Coupled),
        2 => (side(), 1..5_u32, leave()).prop_map(|(side, attempt, leave)| Input::Left(side, attempt, leave)),
        1 => Just(Input::LinkLost),
        3 => (1..5_u32).prop_map(Input::Resuming),
        2 => rights().prop_map(|rights| Input::RightsOffered(rights.with(Right::View))),
        2 => (rights(), code).prop_map(|(rights, code)| {
            Input::RightsChanged(rights.with(Right::View), code.into(), String::new())
        }),
        1 => Just(Input::Stop),
        1 => Just(Input::End(End::new(EndReason::LoginEnded, ""))),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_there_is_one_end_and_every_deadline_is_kept(
        steps in prop::collection::vec((0..40_u64, input()), 0..60),
        ask in rights(),
    ) {
        let terms = Terms { wanted: control(), ask: ask.and(control()) };
        let mut session = Lifecycle::new(T0, terms);
        let mut now = T0;
        let mut ends = 0;
        let mut most = control();
        let mut coupled = None;
        for (seconds, input) in steps {
            let next = later(now, seconds * 1_000_000);
            // As a driver would: nothing is missed, and nothing happens before it is due.
            while let Some(due) = session.poll_deadline().filter(|due| *due <= next) {
                prop_assert!(due >= now || ends == 0);
                if due.0 > now.0 {
                    prop_assert_eq!(session.handle_timeout(Tick(due.0 - 1)), None);
                }
                let transition = session.handle_timeout(due.max(now));
                prop_assert!(transition.is_some());
                prop_assert!(session.poll_deadline() > Some(due) || session.state() == State::Ended);
                ends += u32::from(matches!(transition, Some(Transition::Ended(_))));
            }
            now = next;
            let over = session.state() == State::Ended;
            let expected = match input {
                Input::Coupled(attempt) => Some(attempt),
                _ => None,
            };
            if let Input::RightsOffered(wanted) = &input {
                most = most.or(*wanted);
            }
            let transition = session.handle(now, input);
            if over {
                prop_assert_eq!(&transition, &None);
            }
            match &transition {
                Some(Transition::Ended(_)) => ends += 1,
                Some(Transition::Active) => {
                    prop_assert_eq!(expected, Some(session.attempt()));
                    prop_assert_ne!(coupled, expected, "an attempt is coupled once");
                    coupled = expected;
                }
                _ => {}
            }
            prop_assert!(ends <= 1);
            prop_assert_eq!(ends == 1, session.state() == State::Ended);
            prop_assert_eq!(session.poll_deadline().is_none(), session.state() == State::Ended);
            prop_assert!(session.poll_deadline().is_none_or(|due| due <= T0.after(SESSION_MAX)));
            prop_assert!(most.covers(session.rights()));
        }
    }
}
