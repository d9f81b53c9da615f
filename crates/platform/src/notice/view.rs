//! What the person at the machine is shown and what they answer: plain data, which also travels to the process that
//! shows it. How it looks is in `draw`, its sentences are in `words`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a technician may do, as far as the person at the machine is told and asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See the screen.
    View,
    /// Use keyboard and mouse.
    Control,
    /// Read and set the clipboard.
    Clipboard,
    /// Send and fetch files.
    Files,
    /// Type commands.
    Terminal,
}

/// Everything that is shown at one time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct View {
    /// A question that waits for an answer.
    pub prompt: Option<Prompt>,
    /// The strip that stays while a session is live.
    pub banner: Option<Banner>,
    /// What the strip says while there is no [`Self::banner`] and somebody is waited for.
    pub waiting: Option<Waiting>,
    /// Something to be typed in, or a message.
    pub form: Option<Form>,
    /// What is said in the sessions, while there is a [`Self::banner`]: its button is on the strip.
    pub chat: Option<Chat>,
}

/// Somebody who asks or is connected, as the person at the machine is told of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Visitor {
    /// Display name; may be empty.
    pub name: String,
    /// A technician invited them: they have no account, and gave the name themselves.
    pub guest: bool,
}

impl From<&str> for Visitor {
    /// A technician.
    fn from(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            guest: false,
        }
    }
}

/// What a prompt asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptKind {
    /// A session that has not begun.
    Session,
    /// More rights in a session that is live.
    MoreRights,
}

/// A question to the person at the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Chosen by who asks; an answer names it, so that a late one is not taken for the next question's.
    pub number: u32,
    /// What it is about.
    pub kind: PromptKind,
    /// Who asks.
    pub technician: Visitor,
    /// For whom they work; may be empty.
    pub organization: String,
    /// What they ask for, in the order shown.
    pub rights: Vec<Right>,
    /// Words that both sides can compare on the telephone; may be empty.
    pub words: String,
    /// Until no answer counts as no, from the moment this is shown. The window only says so; somebody else decides.
    pub seconds_left: u32,
    /// Warns of callers who talk people into this, and makes them wait for [`CAUTION_PAUSE`].
    pub caution: bool,
}

/// With [`Prompt::caution`], before the prompt can be allowed: long enough to read the warning.
pub const CAUTION_PAUSE: Duration = Duration::from_secs(5);

/// Before any prompt can be answered: it may come up under a finger that is about to press.
pub const GUARD_PAUSE: Duration = Duration::from_millis(800);

impl Prompt {
    /// From its appearance until it can be allowed.
    #[must_use]
    pub fn pause(&self) -> Duration {
        if self.caution { CAUTION_PAUSE } else { GUARD_PAUSE }
    }
}

/// Who is connected, as the strip says it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Banner {
    /// Everybody.
    pub technicians: Vec<Visitor>,
    /// What any of them may do.
    pub rights: Vec<Right>,
    /// Since the first of them came, when this is shown; goes on by itself.
    pub running_seconds: u64,
}

/// Help is waited for and nobody is connected, as the strip says it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Waiting {
    /// Whose help is waited for; may be empty.
    pub organization: String,
    /// For how long, when this is shown; goes on by itself.
    pub running_seconds: u64,
}

/// Most fields of a form; what is beyond is not shown.
pub const FIELDS_MAX: usize = 4;

/// Most characters in a field: a server's address with the longest host name and a port.
pub const FIELD_CHARS_MAX: usize = 270;

/// A window that is answered by typing; without fields it is a message. All its texts are those of whoever shows it, in
/// the language of the person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Form {
    /// Chosen by who asks; an answer names it.
    pub number: u32,
    /// What it is about; also on the window's frame.
    pub title: String,
    /// What is asked for, and why.
    pub text: String,
    /// What was wrong with the last answer; may be empty.
    pub problem: String,
    /// What can be typed in, from top to bottom; at most [`FIELDS_MAX`].
    pub fields: Vec<Field>,
    /// On the button that goes on.
    pub accept: String,
    /// On the button that gives up; there is none when this is empty.
    pub cancel: String,
}

/// One line to be typed in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Field {
    /// What belongs there.
    pub label: String,
    /// What stands there at first; at most [`FIELD_CHARS_MAX`] characters.
    pub value: String,
}

/// Most lines of a chat that are shown, the newest ones.
pub const CHAT_LINES_MAX: usize = 100;

/// Most characters that the person says at once: some sentences. Four bytes each at most, they fit into what travels to
/// technicians.
pub const SAY_CHARS_MAX: usize = 512;

/// What technicians and the person at the machine say to each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Chat {
    /// With whom, for the window and its frame; may be empty.
    pub title: String,
    /// Oldest first; of more than [`CHAT_LINES_MAX`] the newest are shown.
    pub lines: Vec<ChatLine>,
    /// Whether its window is there. [`Answer::ChatOpened`] and [`Answer::ChatClosed`] ask for it; whoever shows this decides.
    pub open: bool,
    /// Something was said that the person has not seen; the strip's button says so.
    pub unread: bool,
    /// How many [`Answer::ChatFocus`] with true were heard of these windows. Keys count in the chat's window only when this says
    /// that the last one was: from then on nobody else types.
    pub heard: u32,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChatLine {
    /// By whom; may be empty.
    pub name: String,
    /// What.
    pub text: String,
    /// By the person at the machine.
    pub own: bool,
    /// By somebody whom a technician invited, who gave the name themselves.
    pub guest: bool,
}

/// What the person at the machine does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Said yes to the prompt of this number.
    Allowed(u32),
    /// Said no to it.
    Refused(u32),
    /// Takes a right back from everybody.
    TakeBack(Right),
    /// Ends every session, or the waiting for one.
    End,
    /// Went on with a form.
    Filled {
        /// Which.
        number: u32,
        /// What stands in its fields, in their order.
        values: Vec<String>,
    },
    /// Gave up the form of this number, or closed its window.
    Canceled(u32),
    /// Says something to everybody: one line of at most [`SAY_CHARS_MAX`] characters, never empty.
    Say(String),
    /// Wants to see the chat's window.
    ChatOpened,
    /// Does not want to see it any more.
    ChatClosed,
    /// The chat's window has the keyboard now, or has it no longer.
    ChatFocus(bool),
}
