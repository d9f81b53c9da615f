//! Two technicians at one machine.

use farol_protocol::link::SessionStatement;
use farol_protocol::pipe::message::CompanyToAgent;
use farol_protocol::pipe::message::company::{Line, PersonKind, PointAt, Said};
use farol_protocol::pipe::message::input::InputAction;

use super::*;
use crate::consent::{Event, Talk};

/// Ana, who drives, and Bruno, who may.
async fn two() -> (Arc<FakeMachine>, TestServer, RunningAgent, Viewer, Viewer) {
    let (machine, mut server, agent, mut ana) = connected().await;
    let mut bruno = server.session_of("Bruno", all_rights()).await;
    bruno.until(|picture| picture.frames > 0).await;
    for viewer in [&mut ana, &mut bruno] {
        let there = |picture: &mut viewer::Picture| {
            let names = picture.names();
            names.contains(&"Ana") && names.contains(&"Bruno") && picture.roster.people.iter().all(may_drive)
        };
        viewer.until(there).await;
    }
    assert!(ana.picture.drives() && !bruno.picture.drives());
    (machine, server, agent, ana, bruno)
}

fn may_drive(person: &farol_protocol::pipe::message::company::Person) -> bool {
    person.may_drive || person.kind == PersonKind::EndUser
}

fn say(text: &str) -> CompanyToAgent {
    CompanyToAgent::Say(Line(text.into()))
}

fn texts(said: &[Said]) -> Vec<&str> {
    said.iter().map(|said| said.text.0.as_str()).collect()
}

fn shift(id: u32) -> ToAgent {
    let mut message = key(id, true);
    if let ToAgent::Input(batch) = &mut message
        && let InputAction::Key(key) = &mut batch.events[0].action
    {
        key.code = "ShiftLeft".into();
        key.key = "Shift".into();
        key.modifiers.shift = true;
    }
    message
}

#[tokio::test]
async fn who_watches_is_refused_until_the_driver_hands_over() {
    let (machine, mut server, agent, mut ana, mut bruno) = two().await;
    ana.send(key(1, true));
    ana.pump_until(|| machine.input().len() == 1).await;
    for id in 1..=3 {
        bruno.send(key(id, true));
    }
    bruno.until(|picture| picture.refusals > 0).await;
    assert_eq!(bruno.picture.refused.as_deref(), Some("not_driving"));
    // Pictures say which keys were looked at: none of them is to wait until he drives.
    for shade in 1.. {
        machine.screen().fill(Rect::new(0, 0, 5, 5), [shade; 3]);
        bruno.until(|picture| picture.pixel(1, 1) == [shade; 3]).await;
        if bruno.picture.last_input == 3 {
            break;
        }
    }
    bruno.tell(CompanyToAgent::AskToDrive).await;
    ana.until(|picture| !picture.asked.is_empty()).await;
    assert_eq!(ana.picture.asked, [bruno.picture.me()]);
    assert_eq!(machine.input().len(), 1, "nothing of Bruno's was played");

    ana.tell(CompanyToAgent::HandOver(bruno.picture.me())).await;
    bruno.until(|picture| picture.drives()).await;
    assert_eq!(bruno.picture.refusals, 1, "once for all of them");
    bruno.send(key(4, true));
    bruno.pump_until(|| machine.input().len() == 2).await;
    assert!(
        released(&machine.record().events()),
        "what Ana held was let go first"
    );
    ana.send(key(2, true));
    ana.until(|picture| picture.refused.as_deref() == Some("not_driving"))
        .await;
    assert_eq!(machine.input().len(), 2);
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let note = server.note().await;
        let told = (note.kind.as_str(), note.who.as_str(), note.text.0.as_str());
        assert_eq!(told, ("handed_over", "Ana", "Bruno"));
        sessions.push(note.session);
    }
    sessions.sort();
    assert_eq!(sessions, [ana.session, bruno.session], "both keep it");
    agent.stop().await;
}

#[tokio::test]
async fn whom_a_technician_invited_is_a_guest_to_everybody() {
    let (machine, mut server, agent, mut ana) = connected().await;
    let statement = SessionStatement {
        technician: "Gil".into(),
        guest: true,
        ..server.statement(Rights::VIEW)
    };
    let mut gil = server.session_as(statement).await;
    gil.until(|picture| picture.frames > 0).await;
    for viewer in [&mut ana, &mut gil] {
        viewer
            .until(|picture| picture.names().contains(&"Gil") && picture.names().contains(&"Ana"))
            .await;
        let kind = |name: &str| {
            let mut people = viewer.picture.roster.people.iter();
            people.find(|person| person.name == name).unwrap().kind
        };
        assert_eq!(kind("Gil"), PersonKind::Guest);
        assert_eq!(kind("Ana"), PersonKind::Technician);
    }
    let there = machine.person.sees(|visits| visits.len() == 2).await;
    let said: Vec<_> = there
        .iter()
        .map(|one| (one.technician.name.as_str(), one.technician.guest))
        .collect();
    assert!(said.contains(&("Gil", true)) && said.contains(&("Ana", false)));
    agent.stop().await;
}

#[tokio::test]
async fn the_driver_may_say_no() {
    let (_machine, _server, agent, mut ana, mut bruno) = two().await;
    bruno.tell(CompanyToAgent::AskToDrive).await;
    ana.until(|picture| !picture.asked.is_empty()).await;
    ana.tell(CompanyToAgent::RefuseDrive(bruno.picture.me())).await;
    bruno.until(|picture| !picture.not_now.is_empty()).await;
    assert_eq!(bruno.picture.not_now, [ana.picture.me()]);
    assert!(!bruno.picture.drives());
    agent.stop().await;
}

#[tokio::test]
async fn what_is_said_is_told_in_one_order_to_who_comes_later_and_kept() {
    let (_machine, mut server, agent, mut ana, mut bruno) = two().await;
    ana.tell(say("bom dia")).await;
    ana.until(|picture| picture.said.len() == 1).await;
    bruno.tell(say("olá")).await;
    bruno.until(|picture| picture.said.len() == 2).await;
    let mut carla = server.session_of("Carla", Rights::VIEW).await;
    for viewer in [&mut ana, &mut carla] {
        viewer.until(|picture| picture.said.len() == 2).await;
    }
    assert_eq!(texts(&ana.picture.said), ["bom dia", "olá"]);
    assert_eq!(ana.picture.said, bruno.picture.said);
    assert_eq!(ana.picture.said, carla.picture.said);
    let first = &carla.picture.said[0];
    assert_eq!((first.person, first.name.as_str()), (ana.picture.me(), "Ana"));
    assert!(first.at_ms > 1_600_000_000_000);

    // Nothing is said twice over another connection, and nothing is lost with the one before.
    bruno.lose();
    ana.tell(say("ainda aí?")).await;
    ana.until(|picture| picture.said.len() == 3).await;
    server.resume(&mut bruno, all_rights()).await;
    bruno.until(|picture| picture.said.len() == 3).await;
    assert_eq!(bruno.picture.said, ana.picture.said);
    agent.stop().await;
}

#[tokio::test]
async fn the_server_keeps_what_was_said_also_while_the_link_was_away() {
    let (_machine, mut server, agent, mut ana, _bruno) = two().await;
    ana.tell(say("um")).await;
    let note = server.note().await;
    assert_eq!(
        (note.session, note.kind.as_str(), note.number),
        (ana.session, "said", 1)
    );
    assert_eq!((note.who.as_str(), note.text.0.as_str()), ("Ana", "um"));
    server.drop_link();
    ana.tell(say("dois")).await;
    ana.until(|picture| picture.said.len() == 2).await;
    server.link().await;
    // The first is told again because nobody knows whether it arrived; its number says so.
    let numbers = [server.note().await.number, server.note().await.number];
    assert_eq!(numbers, [1, 2]);
    ana.close(CloseCode::Done).await;
    assert_eq!(server.ended().await.session, ana.session);
    agent.stop().await;
}

/// Whether the person at the machine was told exactly this: who said it, what, and whether it was their own.
fn heard(talk: Option<&Talk>, wanted: &[(&str, &str, bool)]) -> bool {
    let lines = talk.map_or(&[][..], |talk| &talk.lines[..]);
    let lines = lines
        .iter()
        .map(|line| (line.name.as_str(), line.text.as_str(), line.own));
    lines.eq(wanted.iter().copied())
}

#[tokio::test]
async fn the_person_at_the_machine_hears_and_answers() {
    let (machine, mut server, agent, mut ana, mut bruno) = two().await;
    let person = &machine.person;
    person
        .hears(|talk| talk.as_ref().is_some_and(|talk| talk.lines.is_empty()))
        .await;
    let end_user = |picture: &mut viewer::Picture| {
        let mut people = picture.roster.people.iter();
        people.any(|person| person.kind == PersonKind::EndUser)
    };
    ana.until(end_user).await;
    ana.tell(say("posso reiniciar?")).await;
    ana.until(|picture| picture.said.len() == 1).await;
    person
        .hears(|talk| heard(talk.as_ref(), &[("Ana", "posso reiniciar?", false)]))
        .await;
    person.wants(Event::Say(Line("pode, obrigada".into())));
    for viewer in [&mut ana, &mut bruno] {
        viewer.until(|picture| picture.said.len() == 2).await;
        let said = &viewer.picture.said[1];
        let speaker = viewer
            .picture
            .roster
            .people
            .iter()
            .find(|person| person.id == said.person);
        assert_eq!(speaker.unwrap().kind, PersonKind::EndUser);
        assert_eq!(
            (said.text.0.as_str(), said.name.as_str()),
            ("pode, obrigada", "fred")
        );
    }
    let both = [
        ("Ana", "posso reiniciar?", false),
        ("fred", "pode, obrigada", true),
    ];
    person.hears(|talk| heard(talk.as_ref(), &both)).await;

    // Ana's line is kept with her session; what the person said with each, once.
    let mut kept = Vec::new();
    for _ in 0..3 {
        let note = server.note().await;
        assert_eq!(note.kind, "said");
        kept.push((note.session, note.who, note.text.0));
    }
    ana.tell(say("feito")).await;
    let last = server.note().await;
    assert_eq!(last.text.0, "feito", "and not once more");
    kept.sort();
    let line = |session, who: &str, text: &str| (session, who.to_owned(), text.to_owned());
    let mut expected = [
        line(ana.session, "Ana", "posso reiniciar?"),
        line(ana.session, "fred", "pode, obrigada"),
        line(bruno.session, "fred", "pode, obrigada"),
    ];
    expected.sort();
    assert_eq!(kept, expected);

    // With the last who was there it is over.
    ana.close(CloseCode::Done).await;
    bruno.close(CloseCode::Done).await;
    person.hears(Option::is_none).await;
    agent.stop().await;
}

#[tokio::test]
async fn nobody_speaks_for_the_person_at_the_machine() {
    let (machine, _server, agent, mut ana) = connected().await;
    ana.send(key(1, true));
    ana.pump_until(|| machine.input().len() == 1).await;
    machine.person.chatting.send_replace(true);
    let record = machine.record();
    let let_go = |events: &[FakeInputEvent]| events.contains(&FakeInputEvent::ReleaseKeys);
    ana.pump_until(|| let_go(&record.events())).await;
    ana.send(key(2, true));
    ana.until(|picture| picture.refused.as_deref() == Some("chatting"))
        .await;
    assert_eq!(machine.input().len(), 1);
    machine.person.chatting.send_replace(false);
    ana.send(key(3, true));
    ana.pump_until(|| machine.input().len() == 2).await;
    agent.stop().await;
}

#[tokio::test]
async fn an_interrupted_driver_loses_the_wheel_to_who_asks() {
    let (machine, mut server, agent, mut ana, mut bruno) = two().await;
    ana.send(shift(1));
    ana.pump_until(|| machine.input().len() == 1).await;
    ana.lose();
    bruno
        .until(|picture| picture.roster.people.iter().any(|person| person.interrupted))
        .await;
    assert!(!bruno.picture.drives());
    bruno.tell(CompanyToAgent::AskToDrive).await;
    bruno.until(|picture| picture.drives()).await;
    bruno.send(key(1, true));
    bruno.pump_until(|| machine.input().len() == 2).await;
    server.resume(&mut ana, all_rights()).await;
    assert!(ana.open().await);
    ana.until(|picture| !picture.drives()).await;
    ana.send(key(2, true));
    ana.until(|picture| picture.refused.is_some()).await;
    assert_eq!(machine.input().len(), 2, "her Shift is not pressed again, either");
    agent.stop().await;
}

#[tokio::test]
async fn who_watches_points_and_others_see_where() {
    let (_machine, _server, agent, mut ana, mut bruno) = two().await;
    let place = PointAt {
        x: 40,
        y: 30,
        laser: true,
        gone: false,
    };
    bruno.tell(CompanyToAgent::PointAt(place)).await;
    let who = bruno.picture.me();
    ana.until(|picture| picture.pointers.contains_key(&who)).await;
    assert_eq!(ana.picture.pointers[&who], place);
    assert!(bruno.picture.pointers.is_empty());
    bruno.close(CloseCode::Done).await;
    ana.until(|picture| picture.pointers.is_empty() && picture.roster.people.len() == 2)
        .await;
    assert!(!ana.picture.names().contains(&"Bruno"));
    agent.stop().await;
}

#[tokio::test]
async fn without_the_right_to_control_nobody_drives_until_somebody_asks() {
    let (machine, _server, agent, mut ana, mut bruno) = two().await;
    machine.person.wants(Event::TakeBack {
        session: ana.session,
        right: Right::Control,
    });
    for viewer in [&mut ana, &mut bruno] {
        viewer.until(|picture| picture.roster.driver.is_none()).await;
    }
    bruno.send(key(1, true));
    bruno.until(|picture| picture.refusals == 1).await;
    bruno.tell(CompanyToAgent::AskToDrive).await;
    bruno.until(|picture| picture.drives()).await;
    bruno.send(key(2, true));
    bruno.pump_until(|| machine.input().len() == 1).await;
    agent.stop().await;
}

#[tokio::test]
async fn who_sits_at_the_machine_is_shown() {
    let (_machine, _server, agent, mut ana) = connected().await;
    let end_user = |picture: &mut viewer::Picture| {
        let mut people = picture.roster.people.iter();
        people.any(|person| person.kind == PersonKind::EndUser && !person.name.is_empty())
    };
    ana.until(end_user).await;
    agent.stop().await;
}
