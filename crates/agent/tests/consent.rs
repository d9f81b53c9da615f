//! Consent with the real helper process on a real display: what the sessions get when a person presses keys and buttons.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use farol_agent::consent::{
    ChatLine, Consent, Event, Presence, PromptKind, Request, SystemHelpers, Talk, Verdict, Visit,
};
use farol_platform::{Button, DisplayTarget, InputSink, KeyEvent};
use farol_protocol::ids::SessionId;
use farol_protocol::rights::{Right, Rights};
use support::XServer;
use tokio::time::{Instant, timeout};

const PATIENCE: Duration = Duration::from_secs(20);

/// One try of a person's hand; a prompt does not listen in its first moment.
const TRY: Duration = Duration::from_millis(100);

fn consent_on(server: &XServer) -> Consent {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_farol-agent"));
    Consent::start(Arc::new(
        SystemHelpers::new(Some(server.target())).with_program(program),
    ))
}

fn request() -> Request {
    Request {
        session: SessionId([1; 16]),
        kind: PromptKind::Session,
        technician: "Ana Conceição".into(),
        organization: "Lusab".into(),
        rights: Rights::VIEW.with(Right::Control),
        words: "lusab-babad-gutih-tugad".into(),
        seconds: 60,
        first_time_warning: false,
    }
}

fn visit() -> Visit {
    Visit {
        session: SessionId([1; 16]),
        technician: "Ana".into(),
        since: Instant::now(),
        rights: Rights::VIEW.with(Right::Control),
    }
}

fn press(hand: &mut dyn InputSink, code: &str) {
    for down in [true, false] {
        let event = KeyEvent {
            code: code.into(),
            key: code.into(),
            down,
            modifiers: None,
        };
        hand.key(&event).unwrap();
    }
}

/// What becomes of a question when a person goes on pressing these keys.
async fn asked_and_pressed(consent: &Consent, hand: &mut dyn InputSink, codes: &[&str]) -> Verdict {
    let asking = consent.ask(request());
    tokio::pin!(asking);
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < PATIENCE, "no verdict");
        match timeout(TRY, &mut asking).await {
            Ok(verdict) => return verdict,
            Err(_) => codes.iter().for_each(|code| press(hand, code)),
        }
    }
}

#[tokio::test]
async fn a_person_says_no_by_enter_or_escape_and_yes_on_purpose() {
    let server = XServer::start();
    let (consent, mut hand) = (consent_on(&server), server.hand());
    assert!(matches!(consent.presence().await, Presence::Somebody(_)));
    assert_eq!(
        asked_and_pressed(&consent, &mut *hand, &["Escape"]).await,
        Verdict::Refused
    );
    assert_eq!(
        asked_and_pressed(&consent, &mut *hand, &["Enter"]).await,
        Verdict::Refused
    );
    let on_purpose = ["ArrowRight", "Enter"];
    assert_eq!(
        asked_and_pressed(&consent, &mut *hand, &on_purpose).await,
        Verdict::Allowed
    );
}

#[tokio::test]
async fn a_withdrawn_question_leaves_nothing_to_press() {
    let server = XServer::start();
    let (consent, mut hand) = (consent_on(&server), server.hand());
    assert!(
        timeout(Duration::from_secs(1), consent.ask(request()))
            .await
            .is_err()
    );
    let mut prompting = consent.prompting();
    timeout(PATIENCE, prompting.wait_for(|prompting| !prompting))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        asked_and_pressed(&consent, &mut *hand, &["Escape"]).await,
        Verdict::Refused
    );
}

#[tokio::test]
async fn a_person_ends_it_in_the_strip() {
    let server = XServer::start();
    let (consent, mut hand) = (consent_on(&server), server.hand());
    let mut events = consent.events();
    consent.show(vec![visit()]);
    // The end button is the rightmost thing of the strip at the top: come from the right until something happens.
    let mut seen = Vec::new();
    let start = Instant::now();
    let mut x = 1000;
    while !seen.contains(&Event::End {
        session: SessionId([1; 16]),
    }) {
        assert!(start.elapsed() < PATIENCE, "nothing happens");
        hand.pointer_move(x, 15).unwrap();
        hand.button(Button::Left, true).unwrap();
        hand.button(Button::Left, false).unwrap();
        if let Ok(event) = timeout(TRY / 4, events.recv()).await {
            seen.push(event.unwrap());
        }
        x = if x > 520 { x - 12 } else { 1000 };
    }
    assert_eq!(seen.len(), 1, "the end comes first: {seen:?}");
}

#[tokio::test]
async fn a_person_answers_in_the_chat() {
    let server = XServer::start();
    let (consent, mut hand) = (consent_on(&server), server.hand());
    let (mut events, mut chatting) = (consent.events(), consent.chatting());
    consent.show(vec![visit()]);
    let line = ChatLine {
        name: "Ana".into(),
        text: "Good morning".into(),
        ..ChatLine::default()
    };
    consent.show_talk(Some(Talk {
        lines: vec![line],
        count: 1,
    }));
    // It comes up at the bottom on the right; until it is there nothing is hit.
    let start = Instant::now();
    while timeout(TRY, chatting.wait_for(|chatting| *chatting))
        .await
        .is_err()
    {
        assert!(start.elapsed() < PATIENCE, "the chat does not come up");
        hand.pointer_move(760, 680).unwrap();
        hand.button(Button::Left, true).unwrap();
        hand.button(Button::Left, false).unwrap();
    }
    // What is typed before it listens is not taken.
    let said = loop {
        assert!(start.elapsed() < PATIENCE, "nothing is said");
        ["KeyO", "KeyK", "Enter"]
            .iter()
            .for_each(|code| press(&mut *hand, code));
        if let Ok(event) = timeout(TRY, events.recv()).await {
            break event.unwrap();
        }
    };
    let Event::Say(said) = said else {
        panic!("{said:?}")
    };
    assert!("okok".contains(&said.0), "{}", said.0);
    consent.show_talk(None);
    timeout(PATIENCE, chatting.wait_for(|chatting| !chatting))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_display_that_is_not_there_is_nobody_to_ask() {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_farol-agent"));
    let gone = DisplayTarget::new(":64999");
    let consent = Consent::start(Arc::new(SystemHelpers::new(Some(gone)).with_program(program)));
    let verdict = timeout(PATIENCE, consent.ask(request())).await.unwrap();
    assert_eq!(verdict, Verdict::NobodyThere);
}
