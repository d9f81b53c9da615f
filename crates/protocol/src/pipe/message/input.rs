//! The input channel: what the technician's hands do, and what became of it.

use std::fmt;

use prost::Message;

use crate::limits::{
    CHORD_MAX, CODE_MAX, DESKTOP_MAX, DETAIL_MAX, INPUT_BATCH_MAX, INPUT_MESSAGE_MAX, INPUT_TEXT_MAX,
    KEY_CODE_MAX, KEY_TEXT_MAX, MOVE_BY_MAX, WHEEL_MAX,
};
use crate::rate::Importance;
use crate::wire::{self, input as proto};
use crate::{ProtocolError, text};

const WHAT: &str = "input message";

/// A batch of 1 to [`INPUT_BATCH_MAX`] events, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputToAgent {
    /// The events, oldest first.
    pub events: Vec<InputEvent>,
}

/// One thing that hands did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputEvent {
    /// Counts from 1 in each pipe, so that a picture can say which input it shows.
    pub id: u32,
    /// What happened.
    pub action: InputAction,
}

/// What happened. Coordinates are desktop pixels, inside of 0 to [`DESKTOP_MAX`] after parsing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputAction {
    /// The pointer moved to a place.
    PointerMove {
        /// From the left.
        x: i32,
        /// From the top.
        y: i32,
    },
    /// The pointer moved by so much, from wherever the machine has it; at most [`MOVE_BY_MAX`] each way. Until the next
    /// [`Self::PointerMove`], buttons and wheel count where it is, whatever place they name.
    PointerMoveBy {
        /// Positive is right.
        dx: i32,
        /// Positive is down.
        dy: i32,
    },
    /// A button went down or up at a place.
    PointerButton {
        /// Which.
        button: PointerButton,
        /// Down or up.
        down: bool,
        /// From the left.
        x: i32,
        /// From the top.
        y: i32,
    },
    /// The wheel turned at a place.
    Wheel {
        /// 1/120 notch, positive is right.
        dx: i32,
        /// 1/120 notch, positive is down.
        dy: i32,
        /// From the left.
        x: i32,
        /// From the top.
        y: i32,
    },
    /// A key went down or up.
    Key(Key),
    /// Composed text (dead keys, input methods), to appear as typed.
    Text(Typed),
    /// Every key and button that this viewer pressed is let go.
    ReleaseAll,
    /// UI Events codes to press in order and release in reverse; 1 to [`CHORD_MAX`].
    Chord(Vec<String>),
}

/// A pointer button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum PointerButton {
    Left,
    Middle,
    Right,
    Back,
    Forward,
}

/// A key went down or up.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// Physical key, a UI Events `code` (`KeyA`, `AltRight`); may be empty when the browser does not know it.
    pub code: String,
    /// What it means in the technician's layout, a UI Events `key` (`a`, `ç`, `Enter`).
    pub key: String,
    /// Down or up.
    pub down: bool,
    /// Repeat of a held key.
    pub repeat: bool,
    /// Modifiers in force with this event.
    pub modifiers: Modifiers,
}

/// Text that somebody typed; logs see its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Typed(pub String);

/// Modifiers in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs, clippy::struct_excessive_bools)]
pub struct Modifiers {
    pub shift: bool,
    pub control: bool,
    pub alt: bool,
    pub meta: bool,
    pub alt_graph: bool,
    pub caps_lock: bool,
    pub num_lock: bool,
}

/// What became of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputToViewer {
    /// Input is refused or impossible just now.
    Refused {
        /// Stable code: `view_only`, `no_display`, `too_fast`, `asking` (the person at the machine), `chatting` (that person, in
        /// whose chat nobody else types), `not_driving`, `hands_busy` (keys of who drove before).
        code: String,
        /// For people; may be empty.
        detail: String,
    },
    /// Lock keys on the machine.
    Locks {
        /// Caps Lock is on.
        caps_lock: bool,
        /// Num Lock is on.
        num_lock: bool,
    },
}

/// People type passwords: logs see that there was a key, not which.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", if self.down { "down" } else { "up" })
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Typed({} bytes)", self.0.len())
    }
}

impl InputAction {
    /// How bad it is to lose this event, for [`crate::rate::InputRate`].
    #[must_use]
    pub fn importance(&self) -> Importance {
        match self {
            Self::PointerMove { .. } | Self::PointerMoveBy { .. } | Self::Wheel { .. } => {
                Importance::Replaceable
            }
            Self::PointerButton { down: false, .. } | Self::ReleaseAll => Importance::Release,
            Self::Key(key) if !key.down => Importance::Release,
            Self::PointerButton { .. } | Self::Key(_) | Self::Text(_) | Self::Chord(_) => Importance::Needed,
        }
    }
}

impl InputToAgent {
    pub(crate) fn encode(self) -> Vec<u8> {
        let events = self.events.into_iter().map(InputEvent::into_wire).collect();
        proto::InputToAgent { events }.encode_to_vec()
    }

    /// Reads and checks the message.
    ///
    /// # Errors
    /// When it does not parse, holds no event or too many, or a text is too long. Coordinates and wheel turns
    /// outside of their range are moved to its edge instead.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        if bytes.len() > INPUT_MESSAGE_MAX {
            return Err(ProtocolError::TooBig(WHAT));
        }
        let message: proto::InputToAgent = wire::decode(bytes, WHAT)?;
        if message.events.is_empty() {
            return Err(ProtocolError::Malformed(WHAT));
        }
        if message.events.len() > INPUT_BATCH_MAX {
            return Err(ProtocolError::TooBig("input batch"));
        }
        let events = message
            .events
            .into_iter()
            .map(InputEvent::from_wire)
            .collect::<Result<_, _>>()?;
        Ok(Self { events })
    }
}

impl InputEvent {
    fn into_wire(self) -> proto::InputEvent {
        use proto::input_event::Event as E;
        let event = match self.action {
            InputAction::PointerMove { x, y } => E::PointerMove(proto::PointerMove { x, y }),
            InputAction::PointerMoveBy { dx, dy } => E::PointerMoveBy(proto::PointerMoveBy { dx, dy }),
            InputAction::PointerButton { button, down, x, y } => E::PointerButton(proto::PointerButton {
                button: button.to_wire().into(),
                down,
                x,
                y,
            }),
            InputAction::Wheel { dx, dy, x, y } => E::Wheel(proto::Wheel { dx, dy, x, y }),
            InputAction::Key(key) => E::Key(proto::Key {
                code: key.code,
                key: key.key,
                down: key.down,
                repeat: key.repeat,
                modifiers: Some(key.modifiers.to_wire()),
            }),
            InputAction::Text(Typed(text)) => E::Text(proto::Text { text }),
            InputAction::ReleaseAll => E::ReleaseAll(proto::ReleaseAll {}),
            InputAction::Chord(codes) => E::Chord(proto::Chord { codes }),
        };
        proto::InputEvent {
            id: self.id,
            event: Some(event),
        }
    }

    fn from_wire(event: proto::InputEvent) -> Result<Self, ProtocolError> {
        use proto::input_event::Event as E;
        let action = match event.event.ok_or(ProtocolError::Malformed(WHAT))? {
            E::PointerMove(m) => InputAction::PointerMove {
                x: coordinate(m.x),
                y: coordinate(m.y),
            },
            E::PointerMoveBy(m) => InputAction::PointerMoveBy {
                dx: m.dx.clamp(-MOVE_BY_MAX, MOVE_BY_MAX),
                dy: m.dy.clamp(-MOVE_BY_MAX, MOVE_BY_MAX),
            },
            E::PointerButton(m) => InputAction::PointerButton {
                button: PointerButton::from_wire(m.button())?,
                down: m.down,
                x: coordinate(m.x),
                y: coordinate(m.y),
            },
            E::Wheel(m) => InputAction::Wheel {
                dx: m.dx.clamp(-WHEEL_MAX, WHEEL_MAX),
                dy: m.dy.clamp(-WHEEL_MAX, WHEEL_MAX),
                x: coordinate(m.x),
                y: coordinate(m.y),
            },
            E::Key(m) => InputAction::Key(Key::from_wire(m)?),
            E::Text(m) => InputAction::Text(Typed(text::capped(m.text, INPUT_TEXT_MAX, "typed text")?)),
            E::ReleaseAll(_) => InputAction::ReleaseAll,
            E::Chord(m) => InputAction::Chord(chord(m.codes)?),
        };
        Ok(Self { id: event.id, action })
    }
}

impl Key {
    fn from_wire(key: proto::Key) -> Result<Self, ProtocolError> {
        let meaning = text::capped(key.key, KEY_TEXT_MAX, "key")?;
        if meaning.chars().any(char::is_control) {
            return Err(ProtocolError::Malformed("key"));
        }
        Ok(Self {
            code: text::code(key.code, KEY_CODE_MAX, "key code")?,
            key: meaning,
            down: key.down,
            repeat: key.repeat,
            modifiers: Modifiers::from_wire(key.modifiers.unwrap_or_default()),
        })
    }
}

impl Modifiers {
    fn to_wire(self) -> proto::Modifiers {
        let Self {
            shift,
            control,
            alt,
            meta,
            alt_graph,
            caps_lock,
            num_lock,
        } = self;
        proto::Modifiers {
            shift,
            control,
            alt,
            meta,
            alt_graph,
            caps_lock,
            num_lock,
        }
    }

    fn from_wire(m: proto::Modifiers) -> Self {
        let proto::Modifiers {
            shift,
            control,
            alt,
            meta,
            alt_graph,
            caps_lock,
            num_lock,
        } = m;
        Self {
            shift,
            control,
            alt,
            meta,
            alt_graph,
            caps_lock,
            num_lock,
        }
    }
}

impl PointerButton {
    fn to_wire(self) -> proto::pointer_button::Button {
        use proto::pointer_button::Button as B;
        match self {
            Self::Left => B::Left,
            Self::Middle => B::Middle,
            Self::Right => B::Right,
            Self::Back => B::Back,
            Self::Forward => B::Forward,
        }
    }

    fn from_wire(button: proto::pointer_button::Button) -> Result<Self, ProtocolError> {
        use proto::pointer_button::Button as B;
        Ok(match button {
            B::Left => Self::Left,
            B::Middle => Self::Middle,
            B::Right => Self::Right,
            B::Back => Self::Back,
            B::Forward => Self::Forward,
            B::Unspecified => return Err(ProtocolError::Malformed("pointer button")),
        })
    }
}

fn coordinate(value: i32) -> i32 {
    value.clamp(0, DESKTOP_MAX.cast_signed())
}

fn chord(codes: Vec<String>) -> Result<Vec<String>, ProtocolError> {
    if codes.is_empty() || codes.len() > CHORD_MAX {
        return Err(ProtocolError::Malformed("chord"));
    }
    codes
        .into_iter()
        .map(|code| text::code(code, KEY_CODE_MAX, "key code"))
        .collect()
}

impl InputToViewer {
    pub(crate) fn encode(self) -> Vec<u8> {
        use proto::input_to_viewer::Message as M;
        let message = match self {
            Self::Refused { code, detail } => M::Refused(proto::InputRefused {
                code,
                detail: text::clip(detail, DETAIL_MAX),
            }),
            Self::Locks { caps_lock, num_lock } => M::Locks(proto::LockState { caps_lock, num_lock }),
        };
        proto::InputToViewer {
            message: Some(message),
        }
        .encode_to_vec()
    }

    /// Reads and checks the message.
    ///
    /// # Errors
    /// When it does not parse or a text is too long.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        use proto::input_to_viewer::Message as M;
        let message: proto::InputToViewer = wire::decode(bytes, WHAT)?;
        Ok(match message.message.ok_or(ProtocolError::Malformed(WHAT))? {
            M::Refused(m) => Self::Refused {
                code: text::code(m.code, CODE_MAX, "input code")?,
                detail: text::line(m.detail, DETAIL_MAX, "input detail")?,
            },
            M::Locks(m) => Self::Locks {
                caps_lock: m.caps_lock,
                num_lock: m.num_lock,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(action: InputAction) -> InputToAgent {
        InputToAgent {
            events: vec![InputEvent { id: 7, action }],
        }
    }

    fn key(code: &str, key: &str) -> InputAction {
        let modifiers = Modifiers {
            alt_graph: true,
            ..Modifiers::default()
        };
        InputAction::Key(Key {
            code: code.into(),
            key: key.into(),
            down: true,
            repeat: false,
            modifiers,
        })
    }

    #[test]
    fn every_action_round_trips() {
        let actions = [
            InputAction::PointerMove { x: 0, y: 32_767 },
            InputAction::PointerMoveBy {
                dx: -7,
                dy: MOVE_BY_MAX,
            },
            InputAction::PointerButton {
                button: PointerButton::Forward,
                down: true,
                x: 3,
                y: 4,
            },
            InputAction::Wheel {
                dx: -120,
                dy: 12_000,
                x: 1,
                y: 2,
            },
            key("Semicolon", "ç"),
            InputAction::Text(Typed("ação 漢字".into())),
            InputAction::ReleaseAll,
            InputAction::Chord(vec!["ControlLeft".into(), "AltLeft".into(), "Delete".into()]),
        ];
        for action in actions {
            let message = batch(action);
            assert_eq!(InputToAgent::parse(&message.clone().encode()), Ok(message));
        }
    }

    #[test]
    fn ranges_are_kept() {
        let outside = batch(InputAction::PointerMove { x: -5, y: 99_999 }).encode();
        assert_eq!(
            InputToAgent::parse(&outside),
            Ok(batch(InputAction::PointerMove { x: 0, y: 32_767 }))
        );
        let far = batch(InputAction::PointerMoveBy {
            dx: i32::MIN,
            dy: i32::MAX,
        });
        let kept = InputAction::PointerMoveBy {
            dx: -MOVE_BY_MAX,
            dy: MOVE_BY_MAX,
        };
        assert_eq!(InputToAgent::parse(&far.encode()), Ok(batch(kept)));
        for bad in [
            key("Key A", "a"),
            key("KeyA", "\u{1b}"),
            key(&"K".repeat(33), "a"),
            key("KeyA", &"a".repeat(33)),
            InputAction::Text(Typed("x".repeat(1025))),
            InputAction::Chord(vec![]),
            InputAction::Chord(vec!["KeyA".into(); 7]),
        ] {
            assert!(
                InputToAgent::parse(&batch(bad.clone()).encode()).is_err(),
                "{bad:?}"
            );
        }
        let none = InputToAgent { events: vec![] };
        assert!(InputToAgent::parse(&none.encode()).is_err());
        let event = InputEvent {
            id: 1,
            action: InputAction::ReleaseAll,
        };
        let many = InputToAgent {
            events: vec![event; INPUT_BATCH_MAX + 1],
        };
        assert_eq!(
            InputToAgent::parse(&many.encode()),
            Err(ProtocolError::TooBig("input batch"))
        );
    }

    #[test]
    fn typed_text_stays_out_of_logs() {
        let shown = format!(
            "{:?} {:?}",
            key("KeyP", "p"),
            InputAction::Text(Typed("secret".into()))
        );
        assert_eq!(shown, "Key(Key(down)) Text(Typed(6 bytes))");
    }
}
