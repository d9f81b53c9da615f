//! From a viewer's events to the calls of a sink: admission by rate, positions, chords; and which modifiers a viewer holds, so
//! that an interruption can let go of them and take them up again.

use farol_platform::{Button, InputError, InputSink, KeyEvent, Modifiers};
use farol_protocol::Tick;
use farol_protocol::limits::MOVE_BY_MAX;
use farol_protocol::pipe::message::input as wire;
use farol_protocol::pipe::message::input::{InputAction, Typed};
use farol_protocol::rate::{Importance, InputRate};

/// Shift, Control, Alt and Meta on both sides, and two to spare for odd keyboards. More are not remembered.
const MODIFIERS_MAX: usize = 10;

/// One viewer's way of playing.
#[derive(Debug)]
pub(crate) struct Player {
    rate: InputRate,
    /// Modifiers that the viewer holds, in the order in which they went down.
    held: Vec<Held>,
    /// Buttons that were pressed and not let go.
    buttons: Vec<Button>,
    /// The viewer last said how far the pointer moves, not where to: places that it names mean nothing.
    by_way: bool,
    /// A way that was not admitted; it is gone with the next one.
    owed: (i32, i32),
}

/// A modifier key that is down.
#[derive(Debug)]
struct Held {
    modifier: Modifier,
    code: String,
    key: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Modifier {
    Shift,
    Control,
    Alt,
    AltGraph,
    Meta,
}

impl Player {
    pub(crate) fn new(now: Tick) -> Self {
        Self {
            rate: InputRate::new(now),
            held: Vec::new(),
            buttons: Vec::new(),
            by_way: false,
            owed: (0, 0),
        }
    }

    /// Whether there may be one more event now.
    pub(crate) fn admit(&mut self, now: Tick, importance: Importance) -> bool {
        self.rate.admit(now, importance)
    }

    /// Plays one event that was admitted.
    ///
    /// # Errors
    /// When the display is gone.
    pub(crate) fn play(&mut self, action: InputAction, sink: &mut dyn InputSink) -> Result<(), InputError> {
        match action {
            InputAction::PointerMove { x, y } => {
                (self.by_way, self.owed) = (false, (0, 0));
                sink.pointer_move(x, y)?;
            }
            InputAction::PointerMoveBy { dx, dy } => {
                self.by_way = true;
                self.owe(dx, dy);
                self.go(sink)?;
            }
            InputAction::PointerButton { button, down, x, y } => {
                let button = button_of(button);
                // Releases are always admitted; of what is not held they do nothing, or they would be moves without a limit.
                if self.turn(button, down) {
                    self.place((x, y), sink)?;
                    sink.button(button, down)?;
                }
            }
            InputAction::Wheel { dx, dy, x, y } => {
                self.place((x, y), sink)?;
                sink.wheel(dx, dy)?;
            }
            InputAction::Key(key) => {
                self.remember(&key);
                sink.key(&key_event(key))?;
            }
            InputAction::Text(Typed(text)) => sink.text(&text)?,
            InputAction::ReleaseAll => self.release_all(sink)?,
            InputAction::Chord(codes) => chord(&codes, sink)?,
        }
        Ok(())
    }

    /// Takes note of an event that was not admitted: of all that is dropped, only ways would be missed for good.
    pub(crate) fn drop_one(&mut self, action: &InputAction) {
        if let InputAction::PointerMoveBy { dx, dy } = *action {
            self.by_way = true;
            self.owe(dx, dy);
        }
    }

    fn owe(&mut self, dx: i32, dy: i32) {
        let sum = |owed: i32, more: i32| owed.saturating_add(more).clamp(-MOVE_BY_MAX, MOVE_BY_MAX);
        self.owed = (sum(self.owed.0, dx), sum(self.owed.1, dy));
    }

    fn go(&mut self, sink: &mut dyn InputSink) -> Result<(), InputError> {
        match std::mem::take(&mut self.owed) {
            (0, 0) => Ok(()),
            (dx, dy) => sink.pointer_move_by(dx, dy),
        }
    }

    /// Brings the pointer to where a button or the wheel counts.
    fn place(&mut self, (x, y): (i32, i32), sink: &mut dyn InputSink) -> Result<(), InputError> {
        if self.by_way {
            self.go(sink)
        } else {
            sink.pointer_move(x, y)
        }
    }

    /// Lets go of everything, for good.
    ///
    /// # Errors
    /// When the display is gone.
    pub(crate) fn release_all(&mut self, sink: &mut dyn InputSink) -> Result<(), InputError> {
        self.held.clear();
        self.buttons.clear();
        sink.release_all()
    }

    /// Lets go of every key, for good; buttons stay.
    ///
    /// # Errors
    /// When the display is gone.
    pub(crate) fn release_keys(&mut self, sink: &mut dyn InputSink) -> Result<(), InputError> {
        self.held.clear();
        sink.release_keys()
    }

    /// The display was opened anew: no button is down on it.
    pub(crate) fn forget_buttons(&mut self) {
        self.buttons.clear();
    }

    /// Lets go of everything; modifiers are remembered for [`Self::resume`], keys and buttons are not: nobody knows how long
    /// they would have been held.
    ///
    /// # Errors
    /// When the display is gone.
    pub(crate) fn suspend(&mut self, sink: &mut dyn InputSink) -> Result<(), InputError> {
        self.buttons.clear();
        sink.release_all()
    }

    /// Presses the modifiers that were held before [`Self::suspend`], in their order.
    ///
    /// # Errors
    /// When the display is gone.
    pub(crate) fn resume(&self, sink: &mut dyn InputSink) -> Result<(), InputError> {
        self.held.iter().try_for_each(|held| {
            sink.key(&KeyEvent {
                code: held.code.clone(),
                key: held.key.clone(),
                down: true,
                modifiers: None,
            })
        })
    }

    /// Notes a button that goes down or up; false for the release of one that is not held.
    fn turn(&mut self, button: Button, down: bool) -> bool {
        let held = self.buttons.len();
        self.buttons.retain(|other| *other != button);
        if down {
            self.buttons.push(button);
        }
        down || self.buttons.len() < held
    }

    fn remember(&mut self, key: &wire::Key) {
        let modifier = Modifier::of(key);
        // As the sink does: what is held against the viewer's own word was let go, and the word of it was lost.
        self.held
            .retain(|held| held.code != key.code && held.modifier.is_in(&key.modifiers));
        if let Some(modifier) = modifier.filter(|_| key.down)
            && self.held.len() < MODIFIERS_MAX
        {
            self.held.push(Held {
                modifier,
                code: key.code.clone(),
                key: key.key.clone(),
            });
        }
    }
}

impl Modifier {
    /// By what the key means to the technician, else by its position.
    fn of(key: &wire::Key) -> Option<Self> {
        let by_key = match key.key.as_str() {
            "Shift" => Some(Self::Shift),
            "Control" => Some(Self::Control),
            "Alt" => Some(Self::Alt),
            "AltGraph" => Some(Self::AltGraph),
            "Meta" | "Super" | "OS" => Some(Self::Meta),
            "" => None,
            _ => return None,
        };
        by_key.or(match key.code.as_str() {
            "ShiftLeft" | "ShiftRight" => Some(Self::Shift),
            "ControlLeft" | "ControlRight" => Some(Self::Control),
            "AltLeft" | "AltRight" => Some(Self::Alt),
            "MetaLeft" | "MetaRight" | "OSLeft" | "OSRight" => Some(Self::Meta),
            _ => None,
        })
    }

    /// Whether a viewer that says `modifiers` may hold it.
    fn is_in(self, modifiers: &wire::Modifiers) -> bool {
        match self {
            Self::Shift => modifiers.shift,
            // Some systems report AltGr as Control and Alt, and let go of them in any order.
            Self::Control => modifiers.control || modifiers.alt_graph,
            Self::Alt => modifiers.alt || modifiers.alt_graph,
            Self::AltGraph => modifiers.alt_graph,
            Self::Meta => modifiers.meta,
        }
    }
}

/// The characters of a text one by one; a line break is one, however it is written.
pub(crate) fn characters(text: &str) -> impl Iterator<Item = &str> {
    let mut left = text;
    std::iter::from_fn(move || {
        let length = if left.starts_with("\r\n") {
            2
        } else {
            left.chars().next()?.len_utf8()
        };
        let (character, after) = left.split_at(length);
        left = after;
        Some(character)
    })
}

/// Presses in order, releases in reverse; what could not be pressed any more is released all the same.
fn chord(codes: &[String], sink: &mut dyn InputSink) -> Result<(), InputError> {
    for code in codes {
        sink.key(&KeyEvent {
            code: code.clone(),
            key: String::new(),
            down: true,
            modifiers: None,
        })?;
    }
    for code in codes.iter().rev() {
        sink.key(&KeyEvent {
            code: code.clone(),
            key: String::new(),
            down: false,
            modifiers: None,
        })?;
    }
    Ok(())
}

fn key_event(key: wire::Key) -> KeyEvent {
    let wire::Modifiers {
        shift,
        control,
        alt,
        meta,
        alt_graph,
        ..
    } = key.modifiers;
    let modifiers = Some(Modifiers {
        shift,
        control,
        alt,
        meta,
        alt_graph,
    });
    KeyEvent {
        code: key.code,
        key: key.key,
        down: key.down,
        modifiers,
    }
}

fn button_of(button: wire::PointerButton) -> Button {
    match button {
        wire::PointerButton::Left => Button::Left,
        wire::PointerButton::Middle => Button::Middle,
        wire::PointerButton::Right => Button::Right,
        wire::PointerButton::Back => Button::Back,
        wire::PointerButton::Forward => Button::Forward,
    }
}

#[cfg(test)]
mod tests {
    use farol_platform::input::fake::{FakeInput, FakeInputEvent};

    use super::*;

    const NOW: Tick = Tick(0);

    impl Player {
        /// Plays an event if it is admitted; false when it is not.
        fn take(
            &mut self,
            now: Tick,
            action: InputAction,
            sink: &mut dyn InputSink,
        ) -> Result<bool, InputError> {
            let admitted = self.admit(now, action.importance());
            if admitted {
                self.play(action, sink)?;
            }
            Ok(admitted)
        }
    }

    #[test]
    fn a_text_has_characters_and_a_line_break_is_one() {
        let parts: Vec<&str> = characters("aç\r\n\n\rb").collect();
        assert_eq!(parts, ["a", "ç", "\r\n", "\n", "\r", "b"]);
        assert_eq!(characters("").next(), None);
    }

    #[test]
    fn a_press_happens_where_it_belongs_and_a_chord_is_undone_in_reverse() {
        let (mut sink, record) = FakeInput::new();
        let mut player = Player::new(NOW);
        let press = InputAction::PointerButton {
            button: wire::PointerButton::Right,
            down: true,
            x: 4,
            y: 5,
        };
        assert_eq!(player.take(NOW, press, &mut sink), Ok(true));
        let codes = vec!["ControlLeft".to_owned(), "Delete".to_owned()];
        assert_eq!(player.take(NOW, InputAction::Chord(codes), &mut sink), Ok(true));
        let events = record.take();
        assert_eq!(events[0], FakeInputEvent::PointerMove(4, 5));
        assert_eq!(events[1], FakeInputEvent::Button(Button::Right, true));
        let keys: Vec<(String, bool)> = events[2..]
            .iter()
            .filter_map(|event| match event {
                FakeInputEvent::Key(key) => Some((key.code.clone(), key.down)),
                _ => None,
            })
            .collect();
        let expected = [
            ("ControlLeft", true),
            ("Delete", true),
            ("Delete", false),
            ("ControlLeft", false),
        ];
        assert_eq!(keys, expected.map(|(code, down)| (code.to_owned(), down)));
    }

    #[test]
    fn a_way_is_never_lost_and_a_button_counts_at_its_end() {
        let (mut sink, record) = FakeInput::new();
        let mut player = Player::new(NOW);
        let by = |dx, dy| InputAction::PointerMoveBy { dx, dy };
        let press = |down| InputAction::PointerButton {
            button: wire::PointerButton::Left,
            down,
            x: 400,
            y: 500,
        };
        player.play(by(3, -4), &mut sink).unwrap();
        player.drop_one(&by(10, 20));
        player.drop_one(&by(1, 1));
        player.play(press(true), &mut sink).unwrap();
        let wheel = InputAction::Wheel {
            dx: 0,
            dy: 120,
            x: 1,
            y: 2,
        };
        player.play(wheel, &mut sink).unwrap();
        player.drop_one(&by(i32::MAX, 0));
        player.play(by(5, 0), &mut sink).unwrap();
        player.play(by(0, 0), &mut sink).unwrap();
        let expected = [
            FakeInputEvent::PointerMoveBy(3, -4),
            FakeInputEvent::PointerMoveBy(11, 21),
            FakeInputEvent::Button(Button::Left, true),
            FakeInputEvent::Wheel(0, 120),
            FakeInputEvent::PointerMoveBy(MOVE_BY_MAX, 0),
        ];
        assert_eq!(record.take(), expected);
        // A place again: what was owed until then is of no interest, and buttons have theirs.
        player.drop_one(&by(9, 9));
        let to = InputAction::PointerMove { x: 7, y: 8 };
        player.play(to, &mut sink).unwrap();
        player.play(press(false), &mut sink).unwrap();
        let expected = [
            FakeInputEvent::PointerMove(7, 8),
            FakeInputEvent::PointerMove(400, 500),
            FakeInputEvent::Button(Button::Left, false),
        ];
        assert_eq!(record.take(), expected);
    }

    #[test]
    fn letting_go_of_a_button_that_is_not_held_moves_nothing() {
        let (mut sink, record) = FakeInput::new();
        let mut player = Player::new(NOW);
        let left = |down| InputAction::PointerButton {
            button: wire::PointerButton::Left,
            down,
            x: 4,
            y: 5,
        };
        let mut play = |player: &mut Player, down| {
            assert_eq!(player.take(NOW, left(down), &mut sink), Ok(true));
            record.take().len()
        };
        assert_eq!(play(&mut player, false), 0, "never pressed");
        assert_eq!((play(&mut player, true), play(&mut player, false)), (2, 2));
        assert_eq!(play(&mut player, false), 0, "let go already");
        let (mut other, _) = FakeInput::new();
        for let_go in [Player::release_all, Player::suspend] {
            play(&mut player, true);
            let_go(&mut player, &mut other).unwrap();
            assert_eq!(play(&mut player, false), 0, "let go with everything else");
        }
    }

    #[test]
    fn a_flood_of_moves_leaves_room_for_keys_and_releases() {
        let (mut sink, record) = FakeInput::new();
        let mut player = Player::new(NOW);
        let moves = (0..5000).filter(|&x| {
            player
                .take(NOW, InputAction::PointerMove { x, y: 0 }, &mut sink)
                .unwrap()
        });
        assert!(moves.count() < 1000);
        let key = |down| {
            let modifiers = wire::Modifiers::default();
            InputAction::Key(wire::Key {
                code: "KeyA".into(),
                key: "a".into(),
                down,
                repeat: false,
                modifiers,
            })
        };
        assert_eq!(player.take(NOW, key(true), &mut sink), Ok(true));
        for _ in 0..1000 {
            assert_eq!(player.take(NOW, key(false), &mut sink), Ok(true));
        }
        assert!(record.events().len() > 1000);
    }

    fn modifier(code: &str, name: &str, down: bool, modifiers: wire::Modifiers) -> InputAction {
        InputAction::Key(wire::Key {
            code: code.into(),
            key: name.into(),
            down,
            repeat: false,
            modifiers,
        })
    }

    /// Codes and directions since the last look.
    fn keys(record: &farol_platform::input::fake::FakeInputRecord) -> Vec<(String, bool)> {
        let events = record.take().into_iter();
        let keys = events.filter_map(|event| match event {
            FakeInputEvent::Key(key) => Some((key.code, key.down)),
            FakeInputEvent::ReleaseAll => Some(("all".into(), false)),
            _ => None,
        });
        keys.collect()
    }

    fn down(codes: &[&str]) -> Vec<(String, bool)> {
        codes.iter().map(|code| ((*code).to_owned(), true)).collect()
    }

    const SHIFT: wire::Modifiers = wire::Modifiers {
        shift: true,
        control: false,
        alt: false,
        meta: false,
        alt_graph: false,
        caps_lock: false,
        num_lock: false,
    };

    #[test]
    fn an_interruption_lets_go_of_everything_and_takes_up_modifiers_again() {
        let (mut sink, record) = FakeInput::new();
        let mut player = Player::new(NOW);
        let both = wire::Modifiers {
            control: true,
            ..SHIFT
        };
        let mut play = |player: &mut Player, action| player.take(NOW, action, &mut sink).unwrap();
        play(
            &mut player,
            modifier(
                "ControlLeft",
                "Control",
                true,
                wire::Modifiers {
                    control: true,
                    ..Default::default()
                },
            ),
        );
        play(&mut player, modifier("ShiftRight", "Shift", true, both));
        play(&mut player, modifier("KeyA", "A", true, both));
        record.take();
        player.suspend(&mut sink).unwrap();
        assert_eq!(keys(&record), [("all".to_owned(), false)]);
        player.resume(&mut sink).unwrap();
        assert_eq!(
            keys(&record),
            down(&["ControlLeft", "ShiftRight"]),
            "in their order, and no letter"
        );
        player
            .take(NOW, modifier("ControlLeft", "Control", false, SHIFT), &mut sink)
            .unwrap();
        record.take();
        player.resume(&mut sink).unwrap();
        assert_eq!(keys(&record), down(&["ShiftRight"]), "a released one is not held");
        player.take(NOW, InputAction::ReleaseAll, &mut sink).unwrap();
        record.take();
        player.resume(&mut sink).unwrap();
        assert_eq!(keys(&record), []);
    }

    #[test]
    fn a_modifier_whose_release_was_lost_is_not_taken_up_again() {
        let (mut sink, record) = FakeInput::new();
        let mut player = Player::new(NOW);
        let alt_graph = wire::Modifiers {
            alt_graph: true,
            ..Default::default()
        };
        for action in [
            modifier("ShiftLeft", "Shift", true, SHIFT),
            modifier("KeyA", "a", true, wire::Modifiers::default()),
            modifier("AltRight", "AltGraph", true, alt_graph),
            modifier("ControlLeft", "", true, alt_graph),
        ] {
            player.take(NOW, action, &mut sink).unwrap();
        }
        record.take();
        player.resume(&mut sink).unwrap();
        assert_eq!(keys(&record), down(&["AltRight", "ControlLeft"]));
    }

    #[test]
    fn a_lost_display_is_reported() {
        let (mut sink, record) = FakeInput::new();
        record.lose("gone");
        let moved = Player::new(NOW).take(NOW, InputAction::PointerMove { x: 0, y: 0 }, &mut sink);
        assert_eq!(moved, Err(InputError::Lost("gone".into())));
    }
}
