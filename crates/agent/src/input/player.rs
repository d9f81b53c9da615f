//! From a viewer's events to the calls of a sink: admission by rate, positions, chords.

use farol_platform::{Button, InputError, InputSink, KeyEvent, Modifiers};
use farol_protocol::Tick;
use farol_protocol::pipe::message::input as wire;
use farol_protocol::pipe::message::input::{InputAction, Typed};
use farol_protocol::rate::InputRate;

/// One viewer's way of playing.
#[derive(Debug)]
pub(crate) struct Player {
    rate: InputRate,
}

impl Player {
    pub(crate) fn new(now: Tick) -> Self {
        Self {
            rate: InputRate::new(now),
        }
    }

    /// Plays one event; false when it was dropped because there were too many.
    ///
    /// # Errors
    /// When the display is gone.
    pub(crate) fn play(
        &mut self,
        now: Tick,
        action: InputAction,
        sink: &mut dyn InputSink,
    ) -> Result<bool, InputError> {
        if !self.rate.admit(now, action.importance()) {
            return Ok(false);
        }
        match action {
            InputAction::PointerMove { x, y } => sink.pointer_move(x, y)?,
            InputAction::PointerButton { button, down, x, y } => {
                sink.pointer_move(x, y)?;
                sink.button(button_of(button), down)?;
            }
            InputAction::Wheel { dx, dy, x, y } => {
                sink.pointer_move(x, y)?;
                sink.wheel(dx, dy)?;
            }
            InputAction::Key(key) => sink.key(&key_event(key))?,
            InputAction::Text(Typed(text)) => sink.text(&text)?,
            InputAction::ReleaseAll => sink.release_all()?,
            InputAction::Chord(codes) => chord(&codes, sink)?,
        }
        Ok(true)
    }
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
        assert_eq!(player.play(NOW, press, &mut sink), Ok(true));
        let codes = vec!["ControlLeft".to_owned(), "Delete".to_owned()];
        assert_eq!(player.play(NOW, InputAction::Chord(codes), &mut sink), Ok(true));
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
    fn a_flood_of_moves_leaves_room_for_keys_and_releases() {
        let (mut sink, record) = FakeInput::new();
        let mut player = Player::new(NOW);
        let moves = (0..5000).filter(|&x| {
            player
                .play(NOW, InputAction::PointerMove { x, y: 0 }, &mut sink)
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
        assert_eq!(player.play(NOW, key(true), &mut sink), Ok(true));
        for _ in 0..1000 {
            assert_eq!(player.play(NOW, key(false), &mut sink), Ok(true));
        }
        assert!(record.events().len() > 1000);
    }

    #[test]
    fn a_lost_display_is_reported() {
        let (mut sink, record) = FakeInput::new();
        record.lose("gone");
        let moved = Player::new(NOW).play(NOW, InputAction::PointerMove { x: 0, y: 0 }, &mut sink);
        assert_eq!(moved, Err(InputError::Lost("gone".into())));
    }
}
