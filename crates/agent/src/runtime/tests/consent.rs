//! What the person at the machine says, and what comes of it.

use std::sync::atomic::Ordering;

use farol_protocol::link::{Answer, Asking, SessionStatement};
use farol_protocol::pipe::{Channel, ChannelSet};

use super::person::Prompt;
use super::server::end;
use super::*;
use crate::consent::{Event, PromptKind, Verdict};

/// A linked agent.
async fn linked() -> (Arc<FakeMachine>, TestServer, RunningAgent) {
    let machine = FakeMachine::new();
    let mut server = TestServer::start().await;
    let agent = start(&machine, &server);
    server.link().await;
    (machine, server, agent)
}

/// A session about whose every right somebody has to be asked.
fn asking(server: &mut TestServer, asking: Asking) -> SessionStatement {
    let statement = server.statement(all_rights());
    SessionStatement {
        ask: statement.rights,
        asking,
        ..statement
    }
}

fn refused(code: &str) -> Answer {
    Answer::Refused {
        code: code.into(),
        detail: String::new(),
    }
}

/// Offers a session and waits for the question.
async fn prompted(machine: &FakeMachine, server: &mut TestServer, statement: &SessionStatement) -> Prompt {
    server.offer(statement, false).await;
    assert_eq!(server.answer().await.answer, Answer::Waiting);
    machine.person.prompt().await
}

/// A session with everything that nobody was asked about, and that was seen to work.
async fn in_session() -> (Arc<FakeMachine>, TestServer, RunningAgent, Viewer) {
    let (machine, server, agent, mut viewer) = connected().await;
    viewer.send(key(1, true));
    viewer.pump_until(|| machine.input().len() == 1).await;
    (machine, server, agent, viewer)
}

#[tokio::test]
async fn a_yes_lets_the_viewer_in_and_the_banner_says_who() {
    let (machine, mut server, agent) = linked().await;
    assert!(server.capabilities.contains(&"consent".to_owned()));
    let statement = asking(&mut server, Asking::Always);
    let grant = server.offer(&statement, false).await;
    assert_eq!(server.answer().await.answer, Answer::Waiting);
    let prompt = machine.person.prompt().await;
    assert_eq!(prompt.request.technician.name, "Ana");
    assert_eq!(prompt.request.organization, "Acme");
    assert_eq!(
        (prompt.request.rights, prompt.request.kind),
        (all_rights(), PromptKind::Session)
    );
    assert_eq!(
        (prompt.request.seconds, &prompt.request.words),
        (30, &server.pipe_key.words())
    );
    assert!(
        machine.person.sees(|_| true).await.is_empty(),
        "not before the yes"
    );
    prompt.answer(Verdict::Allowed);
    let accepted = server.answer().await;
    assert_eq!(
        (accepted.answer, accepted.by.as_str()),
        (Answer::Accepted(all_rights()), "fred")
    );
    let mut viewer = server.viewer(&statement, grant).await;
    viewer.until(|picture| picture.frames > 0).await;
    let visits = machine.person.sees(|visits| !visits.is_empty()).await;
    assert_eq!(
        (visits[0].technician.name.as_str(), visits[0].rights),
        ("Ana", all_rights())
    );
    viewer.close(CloseCode::Done).await;
    assert_eq!(server.ended().await.code, "technician_ended");
    machine.person.sees(Vec::is_empty).await;
    agent.stop().await;
}

#[tokio::test]
async fn a_no_is_a_no_whatever_silence_would_mean() {
    let (machine, mut server, agent) = linked().await;
    for how in [Asking::Always, Asking::IfLoggedOn, Asking::SilenceAllows] {
        let statement = asking(&mut server, how);
        prompted(&machine, &mut server, &statement)
            .await
            .answer(Verdict::Refused);
        let answer = server.answer().await;
        assert_eq!(
            (answer.answer, answer.by.as_str()),
            (refused("consent_refused"), "fred")
        );
    }
    assert!(machine.person.sees(|_| true).await.is_empty());
    agent.stop().await;
}

#[tokio::test]
async fn silence_means_what_the_statement_says() {
    let (machine, mut server, agent) = linked().await;
    let yes = Answer::Accepted(all_rights());
    for (how, verdict, expected) in [
        (Asking::Always, Verdict::TimedOut, refused("consent_timed_out")),
        (
            Asking::IfLoggedOn,
            Verdict::TimedOut,
            refused("consent_timed_out"),
        ),
        (Asking::SilenceAllows, Verdict::TimedOut, yes.clone()),
        (Asking::Always, Verdict::NobodyThere, refused("nobody_to_ask")),
        (Asking::IfLoggedOn, Verdict::NobodyThere, refused("nobody_to_ask")),
        (Asking::IfLoggedOn, Verdict::CannotAsk, refused("nobody_to_ask")),
        (Asking::SilenceAllows, Verdict::NobodyThere, yes.clone()),
        (Asking::SilenceAllows, Verdict::CannotAsk, yes),
        (Asking::SilenceAllows, Verdict::Busy, refused("busy")),
    ] {
        let statement = asking(&mut server, how);
        prompted(&machine, &mut server, &statement).await.answer(verdict);
        let answer = server.answer().await;
        assert_eq!(
            (answer.answer, answer.by.as_str()),
            (expected, ""),
            "{how:?} {verdict:?}"
        );
    }
    agent.stop().await;
}

#[tokio::test]
async fn nobody_is_asked_where_nobody_is_logged_on() {
    let (machine, mut server, agent) = linked().await;
    machine.desert();
    let yes = Answer::Accepted(all_rights());
    for (how, expected) in [
        (Asking::Always, refused("nobody_to_ask")),
        (Asking::IfLoggedOn, yes.clone()),
        (Asking::SilenceAllows, yes),
    ] {
        let statement = asking(&mut server, how);
        server.offer(&statement, false).await;
        assert_eq!(server.answer().await.answer, expected, "{how:?}");
    }
    assert!(machine.person.was_not_asked());
    // The system's records need not know everybody.
    machine.person.at_display.store(true, Ordering::Release);
    let statement = asking(&mut server, Asking::IfLoggedOn);
    prompted(&machine, &mut server, &statement)
        .await
        .answer(Verdict::Refused);
    assert_eq!(server.answer().await.answer, refused("consent_refused"));
    agent.stop().await;
}

#[tokio::test]
async fn somebody_is_asked_where_nobody_can_see_who_is_there() {
    let (machine, mut server, agent) = linked().await;
    machine.blind();
    let statement = asking(&mut server, Asking::IfLoggedOn);
    let prompt = prompted(&machine, &mut server, &statement).await;
    prompt.answer(Verdict::Refused);
    assert_eq!(server.answer().await.answer, refused("consent_refused"));
    agent.stop().await;
}

#[tokio::test]
async fn a_session_that_is_given_up_takes_its_question_away() {
    let (machine, mut server, agent) = linked().await;
    let statement = asking(&mut server, Asking::Always);
    let prompt = prompted(&machine, &mut server, &statement).await;
    server.state().end_session(end(statement.session)).unwrap();
    server.flush().await;
    prompt.withdrawn().await;
    agent.stop().await;
}

#[tokio::test]
async fn a_session_that_breaks_is_over_and_the_server_is_told() {
    let (machine, mut server, agent, mut viewer) = in_session().await;
    machine.person.breaks.store(true, Ordering::Release);
    let statement = asking(&mut server, Asking::Always);
    server.offer(&statement, false).await;
    assert_eq!(server.answer().await.answer, Answer::Waiting);
    let ended = server.ended().await;
    assert_eq!(
        (ended.session, ended.code.as_str()),
        (statement.session, "agent_lost")
    );
    // The other goes on.
    viewer.send(key(2, true));
    viewer.pump_until(|| machine.input().len() == 2).await;
    agent.stop().await;
}

#[tokio::test]
async fn what_the_agent_cannot_do_is_not_agreed_to() {
    let (machine, mut server, agent) = linked().await;
    let statement = server.statement(all_rights().with(Right::Terminal));
    server.offer(&statement, false).await;
    assert_eq!(server.answer().await.answer, refused("no_capability"));
    assert!(machine.person.was_not_asked());
    agent.stop().await;
}

#[tokio::test]
async fn a_right_that_is_taken_back_counts_no_more_at_once() {
    let (machine, mut server, agent, mut viewer) = in_session().await;
    let session = viewer.session;
    machine.person.wants(Event::TakeBack {
        session,
        right: Right::Control,
    });
    let left = all_rights().without(Right::Control);
    let changed = server.rights().await;
    assert_eq!(
        (changed.rights, changed.code.as_str(), changed.by.as_str()),
        (left, "taken_back", "fred")
    );
    // The viewer has not heard of it yet.
    viewer.send(key(2, true));
    viewer.until_channels(left.channels()).await;
    assert!(!viewer.try_send(key(3, true)));
    machine.screen().fill(Rect::new(0, 0, 5, 5), [9, 9, 9]);
    viewer.until(|picture| picture.pixel(1, 1) == [9, 9, 9]).await;
    assert_eq!(machine.input().len(), 1, "what came late is discarded");
    assert!(
        recorded(machine.record(), dropped).await,
        "and nothing stays pressed"
    );
    machine.person.sees(|visits| visits[0].rights == left).await;
    agent.stop().await;
}

#[tokio::test]
async fn what_was_taken_back_is_given_only_by_a_person() {
    let (machine, mut server, agent, mut viewer) = in_session().await;
    let session = viewer.session;
    machine.person.wants(Event::TakeBack {
        session,
        right: Right::Control,
    });
    server.rights().await;
    let left = all_rights().without(Right::Control);
    // Else what it says next could be about the channel that closes.
    viewer.until_channels(left.channels()).await;
    // The server would not ask anybody, and take silence for a yes.
    let statement = SessionStatement {
        session,
        asking: Asking::SilenceAllows,
        ..server.statement(all_rights())
    };
    for (verdict, code, rights) in [
        (Verdict::Refused, "consent_refused", left),
        (Verdict::TimedOut, "consent_timed_out", left),
        (Verdict::Allowed, "", all_rights()),
    ] {
        server.offer_rights(&statement).await;
        let prompt = machine.person.prompt().await;
        assert_eq!(
            (prompt.request.rights, prompt.request.kind),
            (Rights::NONE.with(Right::Control), PromptKind::MoreRights)
        );
        prompt.answer(verdict);
        let changed = server.rights().await;
        assert_eq!((changed.code.as_str(), changed.rights), (code, rights));
    }
    viewer.until_channels(ChannelSet::ALL).await;
    viewer.send(key(2, true));
    viewer.pump_until(|| machine.input().len() == 2).await;
    agent.stop().await;
}

#[tokio::test]
async fn what_is_taken_back_when_it_was_just_given_up_is_taken_back() {
    let (machine, mut server, agent, viewer) = in_session().await;
    let session = viewer.session;
    let less = SessionStatement {
        session,
        ..server.statement(all_rights().without(Right::Control))
    };
    server.offer_rights(&less).await;
    assert_eq!(server.rights().await.rights, less.rights);
    machine.person.wants(Event::TakeBack {
        session,
        right: Right::Control,
    });
    // Done in order: when this is told, the other is done.
    machine.person.wants(Event::TakeBack {
        session,
        right: Right::Clipboard,
    });
    assert_eq!(server.rights().await.rights, Rights::VIEW);
    let more = SessionStatement {
        session,
        ..server.statement(Rights::VIEW.with(Right::Control))
    };
    server.offer_rights(&more).await;
    let prompt = machine.person.prompt().await;
    assert_eq!(prompt.request.rights, Rights::NONE.with(Right::Control));
    prompt.answer(Verdict::Refused);
    assert_eq!(server.rights().await.code, "consent_refused");
    agent.stop().await;
}

#[tokio::test]
async fn what_is_given_up_is_gone_while_more_is_asked_for() {
    let (machine, mut server, agent) = linked().await;
    let mut viewer = server.session(Rights::VIEW.with(Right::Control)).await;
    viewer.until(|picture| picture.frames > 0).await;
    let clipboard = Rights::NONE.with(Right::Clipboard);
    let other = SessionStatement {
        session: viewer.session,
        ask: clipboard,
        ..server.statement(Rights::VIEW.or(clipboard))
    };
    server.offer_rights(&other).await;
    let prompt = machine.person.prompt().await;
    let changed = server.rights().await;
    assert_eq!(
        (changed.rights, changed.code.as_str()),
        (Rights::VIEW, "taken_back")
    );
    machine
        .person
        .sees(|visits| visits[0].rights == Rights::VIEW)
        .await;
    prompt.answer(Verdict::Allowed);
    let changed = server.rights().await;
    assert_eq!((changed.rights, changed.code.as_str()), (other.rights, ""));
    agent.stop().await;
}

#[tokio::test]
async fn nobody_but_the_end_user_answers_a_question() {
    let (machine, mut server, agent, mut viewer) = in_session().await;
    let statement = asking(&mut server, Asking::Always);
    let prompt = prompted(&machine, &mut server, &statement).await;
    viewer.send(key(2, true));
    viewer
        .until(|picture| picture.refused.as_deref() == Some("asking"))
        .await;
    assert_eq!(machine.input().len(), 1);
    prompt.answer(Verdict::Refused);
    assert_eq!(server.answer().await.answer, refused("consent_refused"));
    viewer.send(key(3, true));
    viewer.pump_until(|| machine.input().len() == 2).await;
    agent.stop().await;
}

#[tokio::test]
async fn rights_come_and_go_in_a_session() {
    let (machine, mut server, agent) = linked().await;
    let mut viewer = server.session(Rights::VIEW).await;
    viewer.until(|picture| picture.frames > 0).await;
    let session = viewer.session;
    let more = SessionStatement {
        session,
        ..server.statement(all_rights())
    };
    server.offer_rights(&more).await;
    assert_eq!(
        server.rights().await.rights,
        all_rights(),
        "nobody has to be asked"
    );
    viewer.until_channels(ChannelSet::ALL).await;
    let less = SessionStatement {
        rights: Rights::VIEW.with(Right::Clipboard),
        ..more.clone()
    };
    server.offer_rights(&less).await;
    assert_eq!(server.rights().await.rights, less.rights);
    viewer
        .until_channels(ChannelSet::VIEW.with(Channel::Clipboard))
        .await;
    // A question that is open when a newer offer comes is taken away.
    let ask = SessionStatement {
        ask: all_rights(),
        ..more
    };
    server.offer_rights(&ask).await;
    let prompt = machine.person.prompt().await;
    server.offer_rights(&less).await;
    assert_eq!(server.rights().await.rights, less.rights);
    prompt.withdrawn().await;
    let unknown = server.statement(all_rights());
    server.offer_rights(&unknown).await;
    assert_eq!(server.rights().await.code, "session_unknown");
    agent.stop().await;
}

#[tokio::test]
async fn the_person_at_the_machine_ends_a_session() {
    let (machine, mut server, agent, mut viewer) = in_session().await;
    let mut other = server.session(Rights::VIEW).await;
    other.until(|picture| picture.frames > 0).await;
    let both = machine.person.sees(|visits| visits.len() == 2).await;
    assert_eq!(both[0].session, viewer.session);
    machine.person.wants(Event::End {
        session: viewer.session,
    });
    assert_eq!(viewer.closed().await.code, CloseCode::EndUser);
    let ended = server.ended().await;
    assert_eq!(
        (ended.session, ended.code.as_str(), ended.by.as_str()),
        (viewer.session, "end_user_ended", "fred")
    );
    assert!(recorded(machine.record(), dropped).await);
    machine.person.sees(|visits| visits.len() == 1).await;
    // Without the picture there is nothing left.
    machine.person.wants(Event::TakeBack {
        session: other.session,
        right: Right::View,
    });
    assert_eq!(other.closed().await.code, CloseCode::EndUser);
    assert_eq!(server.ended().await.session, other.session);
    machine.person.sees(Vec::is_empty).await;
    agent.stop().await;
}

#[tokio::test]
async fn a_wish_that_was_missed_ends_everything() {
    let (machine, _server, agent, mut viewer) = in_session().await;
    machine.person.wants_too_much(Event::TakeBack {
        session: viewer.session,
        right: Right::Files,
    });
    assert_eq!(viewer.closed().await.code, CloseCode::EndUser);
    agent.stop().await;
}
