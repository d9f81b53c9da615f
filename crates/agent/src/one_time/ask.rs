//! Asking the person at the machine for what the file's name lost, and telling them how it goes: on the terminal that the
//! program was started in, else in a window.

use std::io::{BufRead, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use farol_platform::notice::{Answer, Field, Form, View};
use farol_platform::{NoticeError, Notices};

use super::HelpError;
use super::words::Words;
use crate::signals;

/// Most bytes of a line that is typed on a terminal.
const LINE_MAX: u64 = 4096;

/// How long the last sentence stands.
const LAST_SHOWN: Duration = Duration::from_secs(5);

/// How long a failure stands when nobody closes it: long enough to be found by who went to the telephone.
const FAILURE_SHOWN: Duration = Duration::from_secs(600);

/// What is to be asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Question {
    /// The code as far as it is known.
    pub(super) code: String,
    /// The address as far as it is known.
    pub(super) server: String,
    /// Which of the two somebody has to say.
    pub(super) wants_code: bool,
    pub(super) wants_server: bool,
    /// What was wrong with the last answer; may be empty.
    pub(super) problem: String,
}

/// What was typed, not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) code: String,
    pub(super) server: String,
}

/// A way to speak with the person.
pub(super) trait Voice {
    /// Asks. `None` when they give up.
    ///
    /// # Errors
    /// That nobody can be asked, or nobody answers.
    fn ask(&mut self, question: &Question) -> Result<Option<Typed>, HelpError>;

    /// Whether they are asked to try again when the way to the server fails; otherwise they can start the program again.
    fn retries(&self) -> bool;

    /// How it goes.
    fn tell(&mut self, text: &str);

    /// The last sentence.
    fn last(&mut self, text: &str);

    /// What failed, at the end.
    fn fail(&mut self, text: &str);
}

/// The terminal. What is asked goes where errors go, so that it is seen when the output is redirected.
pub(super) struct Terminal<R, E> {
    pub(super) words: Words,
    pub(super) input: R,
    pub(super) output: E,
}

impl<R: BufRead, E: Write> Terminal<R, E> {
    fn say(&mut self, text: &str) {
        if writeln!(self.output, "{text}").is_err() {
            // A terminal that is gone cannot be told so.
        }
    }

    fn line(&mut self, label: &str) -> Option<String> {
        let asked = write!(self.output, "{label}: ").and_then(|()| self.output.flush());
        if asked.is_err() {
            // Who cannot see the question may still have given the answer.
        }
        let mut line = String::new();
        let read = (&mut self.input).take(LINE_MAX).read_line(&mut line);
        read.ok().filter(|read| *read > 0)?;
        Some(line.trim().to_owned())
    }
}

impl<R: BufRead, E: Write> Voice for Terminal<R, E> {
    fn ask(&mut self, question: &Question) -> Result<Option<Typed>, HelpError> {
        if !question.problem.is_empty() {
            let problem = question.problem.clone();
            self.say(&problem);
        }
        let mut typed = Typed {
            code: question.code.clone(),
            server: question.server.clone(),
        };
        if question.wants_code {
            typed.code = self.line(self.words.code()).ok_or(HelpError::CodeMissing)?;
        }
        if question.wants_server {
            typed.server = self.line(self.words.server()).ok_or(HelpError::ServerMissing)?;
        }
        Ok(Some(typed))
    }

    fn retries(&self) -> bool {
        false
    }

    fn tell(&mut self, text: &str) {
        self.say(text);
    }

    fn last(&mut self, text: &str) {
        self.say(text);
    }

    // Whoever called says failures, as of every command.
    fn fail(&mut self, _text: &str) {}
}

/// A window on the person's desktop.
pub(super) struct Window {
    words: Words,
    notices: Box<dyn Notices>,
    number: u32,
    /// A last window was to stop standing: the system, or whoever started the program, ends it.
    stopped: Arc<AtomicBool>,
}

impl Window {
    pub(super) fn new(words: Words, notices: Box<dyn Notices>) -> Self {
        Self {
            words,
            notices,
            number: 0,
            stopped: Arc::default(),
        }
    }

    /// Shows a form until it is answered; `None` when the time was over first, or the program is to stop.
    fn shown(&mut self, form: Form, time: Option<Duration>) -> Result<Option<Answer>, NoticeError> {
        let until = time.map(|time| Instant::now() + time);
        self.number += 1;
        let form = Some(Form {
            number: self.number,
            ..form
        });
        self.notices.show(&View {
            form,
            ..View::default()
        })?;
        let answer = loop {
            if let Some(answer) = self.notices.next_answer() {
                break Some(answer);
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) || self.stopped.load(Ordering::Acquire) {
                break None;
            }
            self.notices.wait(left)?;
        };
        self.notices.show(&View::default())?;
        Ok(answer)
    }

    /// A display that is gone shows nothing; the person is not there any more.
    fn message(&mut self, (text, problem): (&str, &str), time: Duration) {
        let (stopped, waker) = (Arc::clone(&self.stopped), self.notices.waker());
        let listening = signals::on_stop(move || {
            stopped.store(true, Ordering::Release);
            waker.wake();
        });
        if let Err(error) = listening {
            tracing::warn!(%error, "only the person can close the last window before its time");
        }
        let form = Form {
            title: self.words.title().into(),
            text: text.into(),
            problem: problem.into(),
            accept: self.words.close().into(),
            ..Form::default()
        };
        if let Err(error) = self.shown(form, Some(time)) {
            tracing::debug!(%error, "nobody can be told");
        }
    }
}

impl Voice for Window {
    fn ask(&mut self, question: &Question) -> Result<Option<Typed>, HelpError> {
        let field = |label: &str, value: &str| Field {
            label: label.into(),
            value: value.into(),
        };
        let form = Form {
            title: self.words.title().into(),
            text: self.words.question().into(),
            problem: question.problem.clone(),
            fields: vec![
                field(self.words.code(), &question.code),
                field(self.words.server(), &question.server),
            ],
            accept: self.words.go_on().into(),
            cancel: self.words.cancel().into(),
            ..Form::default()
        };
        let answer = self
            .shown(form, None)
            .map_err(|error| HelpError::NoDisplay(error.to_string()))?;
        let Some(Answer::Filled { values, .. }) = answer else {
            return Ok(None);
        };
        let mut values = values.into_iter();
        Ok(Some(Typed {
            code: values.next().unwrap_or_default(),
            server: values.next().unwrap_or_default(),
        }))
    }

    fn retries(&self) -> bool {
        true
    }

    // The strip says so.
    fn tell(&mut self, _text: &str) {}

    fn last(&mut self, text: &str) {
        self.message((text, ""), LAST_SHOWN);
    }

    fn fail(&mut self, text: &str) {
        self.message(("", text), FAILURE_SHOWN);
    }
}

#[cfg(test)]
mod tests {
    use farol_platform::notice::Language;
    use farol_platform::notice::fake::{FakeNotices, FakeNoticesControl};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn question() -> Question {
        Question {
            code: "old".into(),
            server: "farol.example.org".into(),
            wants_code: true,
            wants_server: false,
            problem: "Wrong. [code_unknown]".into(),
        }
    }

    fn terminal(input: &str) -> Terminal<&[u8], Vec<u8>> {
        Terminal {
            words: Words(Language::Portuguese),
            input: input.as_bytes(),
            output: Vec::new(),
        }
    }

    #[test]
    fn a_terminal_asks_for_what_is_missing_only() {
        let mut voice = terminal("  k7q-f2m-9x4 \r\nhelp.example\n");
        let typed = voice.ask(&question()).unwrap().unwrap();
        assert_eq!(
            (typed.code.as_str(), typed.server.as_str()),
            ("k7q-f2m-9x4", "farol.example.org")
        );
        let said = String::from_utf8(voice.output.clone()).unwrap();
        assert!(
            said.starts_with("Wrong. [code_unknown]\nCódigo de suporte"),
            "{said}"
        );
        assert!(!said.contains("Endereço"), "{said}");
        let more = Question {
            wants_server: true,
            wants_code: false,
            ..question()
        };
        assert_eq!(voice.ask(&more).unwrap().unwrap().server, "help.example");
        assert_eq!(voice.ask(&more).unwrap_err().code(), "server_address_missing");
        assert_eq!(voice.ask(&question()).unwrap_err().code(), "code_missing");
    }

    #[test]
    fn endless_lines_are_cut() {
        let long = "x".repeat(10_000);
        assert_eq!(terminal(&long).line("x").unwrap().len() as u64, LINE_MAX);
    }

    fn window() -> (Window, FakeNoticesControl) {
        let (notices, person) = FakeNotices::new();
        (Window::new(Words(Language::English), Box::new(notices)), person)
    }

    /// What the form that is shown says.
    fn seen(person: &FakeNoticesControl, number: u32) -> Form {
        let is_it = |view: &View| view.form.as_ref().is_some_and(|form| form.number == number);
        assert!(person.wait_for(PATIENCE, is_it));
        person.view().form.unwrap()
    }

    #[test]
    fn a_window_has_both_fields_and_what_is_known_in_them() {
        let (mut voice, person) = window();
        let asked = std::thread::spawn(move || {
            let first = voice.ask(&question()).unwrap();
            (first, voice.ask(&question()).unwrap(), voice)
        });
        let form = seen(&person, 1);
        let values: Vec<&str> = form.fields.iter().map(|field| field.value.as_str()).collect();
        assert_eq!(values, ["old", "farol.example.org"]);
        assert_eq!(form.problem, "Wrong. [code_unknown]");
        person.answer(Answer::Filled {
            number: 1,
            values: vec!["new".into(), "there".into()],
        });
        seen(&person, 2);
        person.answer(Answer::Canceled(2));
        let (first, second, _voice) = asked.join().unwrap();
        let typed = Typed {
            code: "new".into(),
            server: "there".into(),
        };
        assert_eq!((first, second), (Some(typed), None));
        assert_eq!(person.view(), View::default(), "the window is gone");
    }

    #[test]
    fn a_message_goes_when_it_is_closed() {
        let (mut voice, person) = window();
        let told = std::thread::spawn(move || voice.fail("That failed. [x]"));
        let form = seen(&person, 1);
        assert_eq!(
            (form.problem.as_str(), form.fields.len()),
            ("That failed. [x]", 0)
        );
        assert!(form.cancel.is_empty() && !form.accept.is_empty());
        person.answer(Answer::Canceled(1));
        told.join().unwrap();
    }

    /// Once somebody has listened to signals they end nothing by themselves any more: a window that stands for minutes must
    /// not outlive them.
    #[test]
    fn a_signal_ends_the_last_window() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            tokio::select! {
                biased;
                () = signals::stop_requested_or_left() => {}
                () = tokio::task::yield_now() => {}
            }
        });
        drop(runtime);
        let (mut voice, person) = window();
        let (ended, end) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            voice.fail("That failed. [x]");
            ended.send(()).unwrap();
        });
        seen(&person, 1);
        let own = std::process::id().to_string();
        let kill = || std::process::Command::new("kill").args(["-TERM", &own]).status();
        // Again: the window may stand before its listener does.
        let deadline = Instant::now() + PATIENCE;
        while end.recv_timeout(Duration::from_millis(100)).is_err() {
            assert!(Instant::now() < deadline, "it stands on");
            assert!(kill().unwrap().success());
        }
    }

    #[test]
    fn a_display_that_goes_is_nobody_to_ask() {
        let (mut voice, person) = window();
        person.lose("gone");
        assert_eq!(voice.ask(&question()).unwrap_err().code(), "no_display");
        voice.last("Over.");
    }
}
