//! Our windows on a thread of their own, and somebody else on the display who sees and presses them.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use farol_platform::notice::{Answer, Banner, Language, Prompt, View};
use farol_platform::{NoticeError, Notices, Waker, open_notices};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, ImageFormat, KEY_PRESS_EVENT,
    KEY_RELEASE_EVENT, MapState, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;

use super::{Client, PATIENCE, XServer};

/// How long one try of a hand may take until the next.
pub const TRY: Duration = Duration::from_millis(100);

/// The windows on a thread of their own, as in the program that shows them.
pub struct Face {
    views: Sender<View>,
    waker: Waker,
    pub answers: Receiver<Result<Answer, NoticeError>>,
}

impl Face {
    pub fn open(server: &XServer, language: Language) -> Self {
        let mut notices = open_notices(&server.target(), language).unwrap();
        let (views, to_show) = channel::<View>();
        let (said, answers) = channel();
        let waker = notices.waker();
        std::thread::spawn(move || {
            let serve = |notices: &mut dyn Notices| -> Result<(), NoticeError> {
                loop {
                    while let Ok(view) = to_show.try_recv() {
                        notices.show(&view)?;
                    }
                    while let Some(answer) = notices.next_answer() {
                        if said.send(Ok(answer)).is_err() {
                            // The test does not listen any more.
                        }
                    }
                    notices.wait(None)?;
                }
            };
            let ended = serve(&mut *notices);
            if said.send(Err(ended.unwrap_err())).is_err() {
                // The test is over.
            }
        });
        Self {
            views,
            waker,
            answers,
        }
    }

    pub fn show(&self, prompt: Option<Prompt>, banner: Option<Banner>) {
        self.show_view(View {
            prompt,
            banner,
            ..View::default()
        });
    }

    pub fn show_view(&self, view: View) {
        self.views.send(view).unwrap();
        self.waker.wake();
    }

    /// Repeats what a hand does until it is answered: for a moment after it appears, a prompt does not listen.
    pub fn until_answered(&self, mut act: impl FnMut()) -> Answer {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            act();
            if let Ok(answer) = self.answers.recv_timeout(TRY) {
                return answer.unwrap();
            }
        }
        panic!("no answer");
    }
}

/// One of our windows as another program sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub window: Window,
    pub x: i16,
    pub y: i16,
    pub width: u16,
    pub height: u16,
}

/// Somebody else on the display.
pub struct Other(pub Client);

impl Other {
    pub fn new(server: &XServer) -> Self {
        Self(server.client())
    }

    pub fn until<T>(&self, what: &str, mut find: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(found) = find() {
                return found;
            }
            std::thread::yield_now();
        }
        panic!("{what} did not happen");
    }

    /// All windows on the desktop from lowest to highest, with the type by which ours are told apart.
    pub fn ours(&self, kind: &str) -> Option<Seen> {
        let conn = &self.0.conn;
        let (property, kind) = (self.0.atom("_NET_WM_WINDOW_TYPE"), self.0.atom(kind));
        let tree = conn.query_tree(self.0.root).unwrap().reply().ok()?;
        tree.children.into_iter().find_map(|window| {
            let types = conn
                .get_property(false, window, property, AtomEnum::ATOM, 0, 1)
                .unwrap();
            let is_it = types.reply().ok()?.value32()?.any(|value| value == kind);
            let attributes = conn.get_window_attributes(window).unwrap().reply().ok()?;
            let area = conn.get_geometry(window).unwrap().reply().ok()?;
            (is_it && attributes.map_state == MapState::VIEWABLE).then_some(Seen {
                window,
                x: area.x,
                y: area.y,
                width: area.width,
                height: area.height,
            })
        })
    }

    pub fn form(&self) -> Seen {
        self.until("a form", || self.ours("_NET_WM_WINDOW_TYPE_NORMAL"))
    }

    pub fn no_form(&self) {
        self.until("the form's end", || {
            self.ours("_NET_WM_WINDOW_TYPE_NORMAL").is_none().then_some(())
        });
    }

    /// Waits until this window has the keyboard.
    pub fn has_focus(&self, seen: Seen) {
        self.until("the focus", || (self.focus() == seen.window).then_some(()));
    }

    pub fn prompt(&self) -> Seen {
        self.until("a prompt", || self.ours("_NET_WM_WINDOW_TYPE_DIALOG"))
    }

    pub fn strip(&self) -> Seen {
        self.until("the strip", || self.ours("_NET_WM_WINDOW_TYPE_DOCK"))
    }

    pub fn no_prompt(&self) {
        self.until("the prompt's end", || {
            self.ours("_NET_WM_WINDOW_TYPE_DIALOG").is_none().then_some(())
        });
    }

    pub fn focus(&self) -> Window {
        self.0.conn.get_input_focus().unwrap().reply().unwrap().focus
    }

    pub fn fake(&self, event: u8, detail: u8, x: i16, y: i16) {
        self.0
            .conn
            .xtest_fake_input(event, detail, 0, self.0.root, x, y, 0)
            .unwrap();
        self.0.sync();
    }

    pub fn click(&self, seen: Seen, x: i16, y: i16) {
        self.move_to(seen.x + x, seen.y + y);
        self.fake(BUTTON_PRESS_EVENT, 1, 0, 0);
        self.fake(BUTTON_RELEASE_EVENT, 1, 0, 0);
    }

    pub fn move_to(&self, x: i16, y: i16) {
        use x11rb::protocol::xproto::MOTION_NOTIFY_EVENT;
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y);
    }

    /// Presses a key by its symbol.
    pub fn key(&self, symbol: u32) {
        let code = self.code_of(symbol);
        self.fake(KEY_PRESS_EVENT, code, 0, 0);
        self.fake(KEY_RELEASE_EVENT, code, 0, 0);
    }

    /// Presses a key while another one is held.
    pub fn key_with(&self, held: u32, symbol: u32) {
        let held = self.code_of(held);
        self.fake(KEY_PRESS_EVENT, held, 0, 0);
        self.key(symbol);
        self.fake(KEY_RELEASE_EVENT, held, 0, 0);
    }

    /// Types small letters, digits and what else needs one key.
    pub fn type_text(&self, text: &str) {
        for character in text.chars() {
            self.key(character.into());
        }
    }

    fn code_of(&self, symbol: u32) -> u8 {
        let setup = self.0.conn.setup();
        let (first, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let mapping = self
            .0
            .conn
            .get_keyboard_mapping(first, count)
            .unwrap()
            .reply()
            .unwrap();
        let per_key = usize::from(mapping.keysyms_per_keycode);
        let at = mapping
            .keysyms
            .chunks(per_key)
            .position(|symbols| symbols[0] == symbol)
            .unwrap();
        first + u8::try_from(at).unwrap()
    }

    pub fn allow(&self, seen: Seen) {
        self.click(seen, seen.width as i16 - 80, seen.height as i16 - 43);
    }

    pub fn refuse(&self, seen: Seen) {
        self.click(seen, seen.width as i16 - 208, seen.height as i16 - 43);
    }

    /// The different colors in a part of the desktop.
    pub fn colors(&self, seen: Seen) -> std::collections::BTreeSet<u32> {
        self.pixels(seen).into_iter().collect()
    }

    /// What is seen in a part of the desktop.
    pub fn pixels(&self, seen: Seen) -> Vec<u32> {
        let format = ImageFormat::Z_PIXMAP;
        let image = self
            .0
            .conn
            .get_image(format, self.0.root, seen.x, seen.y, seen.width, seen.height, !0)
            .unwrap()
            .reply()
            .unwrap();
        let pixels = image.data.chunks_exact(4);
        pixels
            .map(|pixel| u32::from_le_bytes([pixel[0], pixel[1], pixel[2], 0]))
            .collect()
    }
}

pub const SHIFT: u32 = 0xffe1;
pub const CONTROL: u32 = 0xffe3;
pub const BACKSPACE: u32 = 0xff08;
pub const ESCAPE: u32 = 0xff1b;
pub const TAB: u32 = 0xff09;
pub const RETURN: u32 = 0xff0d;
pub const PAGE_UP: u32 = 0xff55;
pub const LEFT: u32 = 0xff51;
pub const RIGHT: u32 = 0xff53;
