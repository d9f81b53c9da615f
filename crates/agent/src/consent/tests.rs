//! The desk with helpers that the test plays, in time that the test runs through.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use farol_platform::notice::{self, Answer, View};
use tokio::sync::Mutex;

use super::*;

/// What the next starts give; then helpers.
#[derive(Default)]
struct Script {
    refusals: std::sync::Mutex<Vec<HelperError>>,
    starts: AtomicU32,
}

struct Stage {
    script: Arc<Script>,
    sides: mpsc::UnboundedSender<HelperSide>,
}

impl Helpers for Stage {
    fn presence(&self) -> Presence {
        match self.script.refusals.lock().unwrap().last() {
            Some(HelperError::Nobody) => Presence::Nobody,
            _ => Presence::Somebody(Some("ana".into())),
        }
    }

    fn start(&self) -> Starting<'_> {
        Box::pin(async {
            self.script.starts.fetch_add(1, Ordering::Relaxed);
            if let Some(refusal) = self.script.refusals.lock().unwrap().pop() {
                return Err(refusal);
            }
            let (helper, side) = Helper::pair();
            if self.sides.send(side).is_err() {
                // The test does not look at this one.
            }
            Ok(helper)
        })
    }
}

/// The end user's side in a test.
struct Room {
    consent: Consent,
    script: Arc<Script>,
    sides: Mutex<mpsc::UnboundedReceiver<HelperSide>>,
}

impl Room {
    fn new(refusals: &[HelperError]) -> Self {
        let (sides, started) = mpsc::unbounded_channel();
        let script = Arc::new(Script::default());
        *script.refusals.lock().unwrap() = refusals.to_vec();
        let stage = Stage {
            script: Arc::clone(&script),
            sides,
        };
        Self {
            consent: Consent::start(Arc::new(stage)),
            script,
            sides: Mutex::new(started),
        }
    }

    fn ask(&self, request: Request) -> tokio::task::JoinHandle<Verdict> {
        let consent = self.consent.clone();
        tokio::spawn(async move { consent.ask(request).await })
    }

    /// The helper that is started next, ready.
    async fn helper(&self) -> HelperSide {
        let side = self.sides.lock().await.recv().await.unwrap();
        side.said.send(Said::Ready).await.unwrap();
        side
    }

    fn starts(&self) -> u32 {
        self.script.starts.load(Ordering::Relaxed)
    }
}

impl HelperSide {
    async fn until(&mut self, fits: impl Fn(&View) -> bool) -> View {
        self.views.wait_for(|view| fits(view)).await.unwrap().clone()
    }

    /// The number of the prompt it shows.
    async fn prompt(&mut self, technician: &str) -> u32 {
        let fits = |view: &View| {
            view.prompt
                .as_ref()
                .is_some_and(|prompt| prompt.technician.name == technician)
        };
        self.until(fits).await.prompt.unwrap().number
    }

    async fn answer(&self, answer: Answer) {
        self.said.send(Said::Answer(answer)).await.unwrap();
    }

    async fn ended(&mut self) {
        while self.views.changed().await.is_ok() {}
    }
}

fn session(number: u8) -> SessionId {
    SessionId([number; 16])
}

fn request(technician: &str) -> Request {
    Request {
        session: session(1),
        kind: PromptKind::Session,
        technician: technician.into(),
        organization: "Lusab".into(),
        rights: Rights::VIEW.with(Right::Control),
        words: "lusab-babad".into(),
        seconds: 30,
        first_time_warning: false,
    }
}

fn visit(number: u8, technician: &str, rights: &[Right]) -> Visit {
    Visit {
        session: session(number),
        technician: technician.into(),
        since: Instant::now(),
        rights: rights.iter().copied().collect(),
    }
}

#[tokio::test(start_paused = true)]
async fn yes_and_no_are_told_and_the_helper_goes() {
    for (said, verdict) in [(true, Verdict::Allowed), (false, Verdict::Refused)] {
        let room = Room::new(&[]);
        let asked = room.ask(request("Ana\u{202e}\n"));
        let mut helper = room.helper().await;
        let number = helper.prompt("Ana").await;
        let view = helper.views.borrow().clone();
        let prompt = view.prompt.unwrap();
        assert_eq!(
            (prompt.seconds_left, prompt.rights),
            (30, vec![notice::Right::View, notice::Right::Control])
        );
        assert!(*room.consent.prompting().borrow(), "technicians' hands rest");
        // Another prompt's answer is none.
        helper.answer(Answer::Allowed(number + 1)).await;
        helper
            .answer(if said {
                Answer::Allowed(number)
            } else {
                Answer::Refused(number)
            })
            .await;
        assert_eq!(asked.await.unwrap(), verdict);
        helper.ended().await;
        assert!(!*room.consent.prompting().borrow());
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_is_none() {
    let room = Room::new(&[]);
    let start = Instant::now();
    let asked = room.ask(request("Ana"));
    let mut helper = room.helper().await;
    helper.prompt("Ana").await;
    assert_eq!(asked.await.unwrap(), Verdict::TimedOut);
    assert_eq!(start.elapsed().as_secs(), 30);
    helper.ended().await;
}

/// Looking fails.
struct Blind;

impl Helpers for Blind {
    fn presence(&self) -> Presence {
        panic!("the test lets looking fail")
    }

    fn start(&self) -> Starting<'_> {
        Box::pin(std::future::ready(Err(HelperError::Failed("blind".into()))))
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_is_no_proof_of_nobody() {
    let consent = Consent::start(Arc::new(Blind));
    assert_eq!(consent.presence().await, Presence::Somebody(None));
    assert_eq!(consent.ask(request("Ana")).await, Verdict::CannotAsk);
}

#[tokio::test(start_paused = true)]
async fn nobody_there_is_said_at_once() {
    let room = Room::new(&[HelperError::Nobody]);
    assert_eq!(room.consent.presence().await, Presence::Nobody);
    assert_eq!(room.ask(request("Ana")).await.unwrap(), Verdict::NobodyThere);
    assert_eq!(
        room.consent.presence().await,
        Presence::Somebody(Some("ana".into()))
    );

    // Who waits in line behind is told, too, without waiting for anything else.
    let nobody = HelperError::Nobody;
    let room = Room::new(&[nobody.clone(), nobody.clone(), nobody]);
    let start = Instant::now();
    let asked = ["Ana", "Bruno", "Carla"].map(|technician| room.ask(request(technician)));
    for asked in asked {
        assert_eq!(asked.await.unwrap(), Verdict::NobodyThere);
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_shown_is_not_nobody() {
    let refusal = HelperError::Failed("no".into());
    let room = Room::new(&[refusal.clone(), refusal.clone(), refusal.clone(), refusal]);
    assert_eq!(room.ask(request("Ana")).await.unwrap(), Verdict::CannotAsk);
    // A helper that never gets ready is none either.
    let room = Room::new(&[]);
    let asked = room.ask(request("Ana"));
    let mut kept = Vec::new();
    for _ in 0..4 {
        kept.push(room.sides.lock().await.recv().await.unwrap());
    }
    assert_eq!(asked.await.unwrap(), Verdict::CannotAsk);
}

#[tokio::test(start_paused = true)]
async fn a_helper_that_dies_is_started_again_a_few_times() {
    let room = Room::new(&[]);
    let asked = room.ask(request("Ana"));
    let mut number = None;
    for _ in 0..4 {
        let mut helper = room.helper().await;
        let shown = helper.prompt("Ana").await;
        assert_eq!(*number.get_or_insert(shown), shown, "it is the same prompt");
    }
    assert_eq!(asked.await.unwrap(), Verdict::TimedOut);
    assert_eq!(room.starts(), 4);

    // And one that comes back is heard.
    let asked = room.ask(request("Ana"));
    let mut helper = room.helper().await;
    helper.prompt("Ana").await;
    helper
        .said
        .send(Said::Failed("display lost".into()))
        .await
        .unwrap();
    let mut helper = room.helper().await;
    let number = helper.prompt("Ana").await;
    helper.answer(Answer::Allowed(number)).await;
    assert_eq!(asked.await.unwrap(), Verdict::Allowed);
}

#[tokio::test(start_paused = true)]
async fn a_canceled_question_goes_and_the_next_comes() {
    let room = Room::new(&[]);
    let first = room.ask(request("Ana"));
    let mut helper = room.helper().await;
    helper.prompt("Ana").await;
    let second = room.ask(request("Bruno"));
    // In line before the first goes.
    tokio::task::yield_now().await;
    first.abort();
    let number = helper.prompt("Bruno").await;
    helper.answer(Answer::Allowed(number)).await;
    assert_eq!(second.await.unwrap(), Verdict::Allowed);

    let last = room.ask(request("Carla"));
    let mut helper = room.helper().await;
    helper.prompt("Carla").await;
    last.abort();
    helper.ended().await;
}

#[tokio::test(start_paused = true)]
async fn the_line_has_an_end() {
    let room = Room::new(&[]);
    let first = room.ask(request("Ana"));
    let mut helper = room.helper().await;
    let number = helper.prompt("Ana").await;
    let mut waiting: Vec<_> = (0..WAITING_MAX).map(|_| room.ask(request("Bruno"))).collect();
    tokio::task::yield_now().await;
    assert_eq!(room.ask(request("Carla")).await.unwrap(), Verdict::Busy);
    // Who goes away makes room.
    waiting.remove(0).abort();
    let late = room.ask(request("Daniel"));
    helper.answer(Answer::Refused(number)).await;
    assert_eq!(first.await.unwrap(), Verdict::Refused);
    for asked in waiting {
        let number = helper.prompt("Bruno").await;
        helper.answer(Answer::Allowed(number)).await;
        assert_eq!(asked.await.unwrap(), Verdict::Allowed);
    }
    let number = helper.prompt("Daniel").await;
    helper.answer(Answer::Allowed(number)).await;
    assert_eq!(late.await.unwrap(), Verdict::Allowed);
}

#[tokio::test(start_paused = true)]
async fn the_strip_says_who_is_there_and_passes_on_what_is_pressed() {
    let room = Room::new(&[]);
    let mut events = room.consent.events();
    let ana = visit(1, "Ana", &[Right::View, Right::Control]);
    room.consent.show(vec![ana.clone()]);
    let mut helper = room.helper().await;
    helper.until(|view| view.banner.is_some()).await;
    tokio::time::advance(Duration::from_secs(90)).await;
    let bruno = visit(2, "Bruno", &[Right::View]);
    room.consent.show(vec![ana, bruno]);
    let view = helper
        .until(|view| {
            view.banner
                .as_ref()
                .is_some_and(|strip| strip.technicians.len() == 2)
        })
        .await;
    let strip = view.banner.unwrap();
    assert_eq!(strip.technicians, ["Ana".into(), "Bruno".into()]);
    assert_eq!(strip.rights, [notice::Right::View, notice::Right::Control]);
    assert_eq!(strip.running_seconds, 90);

    helper.answer(Answer::TakeBack(notice::Right::Control)).await;
    let taken = Event::TakeBack {
        session: session(1),
        right: Right::Control,
    };
    assert_eq!(events.recv().await.unwrap(), taken);
    helper.answer(Answer::End).await;
    assert_eq!(events.recv().await.unwrap(), Event::End { session: session(1) });
    assert_eq!(events.recv().await.unwrap(), Event::End { session: session(2) });

    room.consent.show(Vec::new());
    helper.ended().await;
}

#[tokio::test(start_paused = true)]
async fn the_strip_comes_back_whatever_happens_to_it() {
    let room = Room::new(&[
        HelperError::Nobody,
        HelperError::Failed("no".into()),
        HelperError::Nobody,
    ]);
    room.consent.show(vec![visit(1, "Ana", &[Right::View])]);
    for _ in 0..6 {
        let mut helper = room.helper().await;
        helper.until(|view| view.banner.is_some()).await;
    }
    // A prompt does not wait for the strip's next try.
    let mut helper = room.helper().await;
    helper.until(|view| view.banner.is_some()).await;
    drop(helper);
    let start = Instant::now();
    let asked = room.ask(request("Bruno"));
    let mut helper = room.helper().await;
    let number = helper.prompt("Bruno").await;
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(helper.views.borrow().banner.is_some());
    helper.answer(Answer::Allowed(number)).await;
    assert_eq!(asked.await.unwrap(), Verdict::Allowed);
}

#[tokio::test(start_paused = true)]
async fn it_ends_with_its_last_handle() {
    let room = Room::new(&[]);
    room.consent.show(vec![visit(1, "Ana", &[Right::View])]);
    let mut helper = room.helper().await;
    helper.until(|view| view.banner.is_some()).await;
    drop(room.consent);
    helper.ended().await;
}

#[tokio::test(start_paused = true)]
async fn the_strip_says_whose_help_is_waited_for_until_somebody_came() {
    let room = Room::new(&[]);
    let mut events = room.consent.events();
    room.consent.wait_for(Some(Awaited {
        organization: "Acme\n".into(),
        since: Instant::now(),
    }));
    let mut helper = room.helper().await;
    let view = helper.until(|view| view.waiting.is_some()).await;
    assert_eq!(view.waiting.unwrap().organization, "Acme");
    assert_eq!(view.banner, None);
    helper.answer(Answer::End).await;
    assert_eq!(events.recv().await.unwrap(), Event::GiveUp);

    room.consent.show(vec![visit(1, "Ana", &[Right::View])]);
    helper.until(|view| view.banner.is_some()).await;
    helper.answer(Answer::End).await;
    let ended = Event::End { session: session(1) };
    assert_eq!(
        events.recv().await.unwrap(),
        ended,
        "the session, not the waiting"
    );

    tokio::time::advance(Duration::from_secs(90)).await;
    room.consent.show(Vec::new());
    let view = helper.until(|view| view.banner.is_none()).await;
    assert_eq!(view.waiting.unwrap().running_seconds, 90);
    room.consent.wait_for(None);
    helper.ended().await;
    assert_eq!(room.starts(), 1);
}

fn talk(lines: &[(&str, &str)]) -> Talk {
    let line = |(name, text): &(&str, &str)| ChatLine {
        name: (*name).into(),
        text: (*text).into(),
        own: name.is_empty(),
        guest: false,
    };
    Talk {
        lines: lines.iter().map(line).collect(),
        count: lines.len() as u64,
    }
}

/// Ana is there, and so is the chat.
async fn chat() -> (Room, HelperSide) {
    let room = Room::new(&[]);
    room.consent.show(vec![visit(1, "Ana", &[Right::View])]);
    room.consent.show_talk(Some(talk(&[])));
    let mut helper = room.helper().await;
    let view = helper.until(|view| view.chat.is_some()).await;
    let chat = view.chat.unwrap();
    assert_eq!((chat.title.as_str(), chat.open), ("Ana", false));
    (room, helper)
}

fn shown(view: &View, fits: impl Fn(&notice::Chat) -> bool) -> bool {
    view.chat.as_ref().is_some_and(fits)
}

#[tokio::test(start_paused = true)]
async fn the_chat_comes_up_with_the_first_line_and_goes_with_the_last_session() {
    let (room, mut helper) = chat().await;
    room.consent
        .show_talk(Some(talk(&[("Ana\u{202e}", "hi\nthere")])));
    let view = helper.until(|view| shown(view, |chat| chat.open)).await;
    let line = &view.chat.unwrap().lines[0];
    assert_eq!(
        (line.name.as_str(), line.text.as_str(), line.own),
        ("Ana", "hi there", false)
    );
    helper.answer(Answer::ChatClosed).await;
    helper.until(|view| shown(view, |chat| !chat.open)).await;
    room.consent
        .show_talk(Some(talk(&[("Ana", "hi"), ("Ana", "there")])));
    helper
        .until(|view| shown(view, |chat| chat.unread && !chat.open))
        .await;
    helper.answer(Answer::ChatOpened).await;
    helper
        .until(|view| shown(view, |chat| chat.open && !chat.unread))
        .await;
    // Another helper shows what this one did.
    drop(helper);
    let mut helper = room.helper().await;
    helper.until(|view| shown(view, |chat| chat.open)).await;
    room.consent.wait_for(Some(Awaited {
        organization: String::new(),
        since: Instant::now(),
    }));
    room.consent.show(Vec::new());
    let view = helper
        .until(|view| view.waiting.is_some() && view.banner.is_none())
        .await;
    assert_eq!(view.chat, None, "with the last session it goes");
}

#[tokio::test(start_paused = true)]
async fn the_newest_lines_are_shown_and_long_ones_are_clipped() {
    let (room, mut helper) = chat().await;
    let long = "ç ".repeat(5000);
    let mut lines = vec![("Ana", "old"); 50];
    lines.extend(vec![("Ana", long.as_str()); CHAT_LINES_MAX]);
    room.consent.show_talk(Some(talk(&lines)));
    let view = helper.until(|view| shown(view, |chat| chat.open)).await;
    let chat = view.chat.unwrap();
    assert_eq!(chat.lines.len(), CHAT_LINES_MAX);
    let most = farol_protocol::limits::SAID_MAX;
    let clipped = |line: &ChatLine| line.text.len() <= most && line.text.len() > most - 3;
    assert!(chat.lines.iter().all(clipped));
}

#[tokio::test(start_paused = true)]
async fn what_the_end_user_says_is_passed_on_while_nobody_else_types() {
    let (room, mut helper) = chat().await;
    let (mut events, mut chatting) = (room.consent.events(), room.consent.chatting());
    // Not from a window without the keyboard: technicians may type there.
    helper.answer(Answer::Say("not mine".into())).await;
    helper.answer(Answer::ChatOpened).await;
    helper.answer(Answer::ChatFocus(true)).await;
    helper.until(|view| shown(view, |chat| chat.heard == 1)).await;
    assert!(*chatting.borrow_and_update(), "before the window knows");
    helper.answer(Answer::Say(" \u{202e}\n ".into())).await;
    helper.answer(Answer::Say("Good\nmorning ".into())).await;
    helper.answer(Answer::Say("\u{10ffff}".repeat(5000))).await;
    assert_eq!(
        events.recv().await.unwrap(),
        Event::Say(Line("Good morning".into()))
    );
    let Event::Say(longest) = events.recv().await.unwrap() else {
        panic!("it was said")
    };
    assert_eq!(longest.0.len(), farol_protocol::limits::SAID_MAX);
    helper.answer(Answer::ChatFocus(false)).await;
    chatting.wait_for(|chatting| !chatting).await.unwrap();
    helper.answer(Answer::ChatFocus(true)).await;
    helper.until(|view| shown(view, |chat| chat.heard == 2)).await;
    // Who is not heard any more has no keyboard either.
    drop(helper);
    chatting.wait_for(|chatting| !chatting).await.unwrap();
    let mut helper = room.helper().await;
    let view = helper.until(|view| view.chat.is_some()).await;
    assert_eq!(
        view.chat.unwrap().heard,
        0,
        "another window, which said nothing yet"
    );
    room.consent.show_talk(None);
    helper.until(|view| view.chat.is_none()).await;
    helper.answer(Answer::ChatFocus(true)).await;
    helper.answer(Answer::Say("too late".into())).await;
    helper.answer(Answer::End).await;
    assert_eq!(events.recv().await.unwrap(), Event::End { session: session(1) });
}

/// A press that was on its way when somebody came, or left, does not end what nobody meant.
#[tokio::test(start_paused = true)]
async fn an_end_means_what_was_seen() {
    let room = Room::new(&[]);
    let mut events = room.consent.events();
    room.consent.wait_for(Some(Awaited {
        organization: String::new(),
        since: Instant::now(),
    }));
    room.consent.show(vec![visit(1, "Ana", &[Right::View])]);
    let mut helper = room.helper().await;
    helper.until(|view| view.banner.is_some()).await;
    // Within one turn of the desk: it hears the press after it knows that Ana left, and before the helper does.
    helper.said.try_send(Said::Answer(Answer::End)).unwrap();
    room.consent.show(Vec::new());
    helper.until(|view| view.banner.is_none()).await;
    helper.answer(Answer::End).await;
    assert_eq!(events.recv().await.unwrap(), Event::GiveUp);
    assert!(events.try_recv().is_err(), "the first one was for nobody");
}
