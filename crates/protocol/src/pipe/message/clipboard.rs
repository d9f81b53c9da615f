//! The clipboard channel: the same message both ways, text only.

use std::fmt;

use prost::Message;

use crate::limits::{CLIPBOARD_MESSAGE_MAX, CLIPBOARD_TEXT_MAX, CODE_MAX};
use crate::wire::{self, clipboard as proto};
use crate::{ProtocolError, text};

/// Something was copied.
#[derive(Clone, PartialEq, Eq)]
pub enum ClipboardMessage {
    /// Text of at most [`CLIPBOARD_TEXT_MAX`] bytes.
    Text(String),
    /// Something that is not sent, and why.
    Skipped {
        /// Stable code: `too_big` or `not_text`.
        code: String,
        /// Its size in bytes, 0 when unknown.
        size: u64,
    },
}

impl ClipboardMessage {
    /// Copied text, or the note that it is too big to send.
    #[must_use]
    pub fn of_text(text: String) -> Self {
        if text.len() > CLIPBOARD_TEXT_MAX {
            return Self::Skipped {
                code: "too_big".into(),
                size: text.len() as u64,
            };
        }
        Self::Text(text)
    }

    pub(crate) fn encode(self) -> Vec<u8> {
        use proto::clipboard_message::Message as M;
        let message = match self {
            Self::Text(text) => M::Text(proto::ClipboardText { text }),
            Self::Skipped { code, size } => M::Skipped(proto::ClipboardSkipped { code, size }),
        };
        proto::ClipboardMessage {
            message: Some(message),
        }
        .encode_to_vec()
    }

    /// Reads and checks the message.
    ///
    /// # Errors
    /// When it does not parse or is too big.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        use proto::clipboard_message::Message as M;
        const WHAT: &str = "clipboard message";
        if bytes.len() > CLIPBOARD_MESSAGE_MAX {
            return Err(ProtocolError::TooBig(WHAT));
        }
        let message: proto::ClipboardMessage = wire::decode(bytes, WHAT)?;
        Ok(match message.message.ok_or(ProtocolError::Malformed(WHAT))? {
            M::Text(m) => Self::Text(text::capped(m.text, CLIPBOARD_TEXT_MAX, WHAT)?),
            M::Skipped(m) => Self::Skipped {
                code: text::code(m.code, CODE_MAX, WHAT)?,
                size: m.size,
            },
        })
    }
}

/// People copy passwords: logs see the length only.
impl fmt::Debug for ClipboardMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Skipped { code, size } => write!(f, "Skipped({code}, {size} bytes)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_travels_up_to_its_limit() {
        let message = ClipboardMessage::of_text("ç".repeat(CLIPBOARD_TEXT_MAX / 2));
        assert_eq!(ClipboardMessage::parse(&message.clone().encode()), Ok(message));
        let long = ClipboardMessage::of_text("x".repeat(CLIPBOARD_TEXT_MAX + 1));
        assert_eq!(
            long,
            ClipboardMessage::Skipped {
                code: "too_big".into(),
                size: CLIPBOARD_TEXT_MAX as u64 + 1
            }
        );
        assert_eq!(ClipboardMessage::parse(&long.clone().encode()), Ok(long));
        let smuggled = ClipboardMessage::Text("x".repeat(CLIPBOARD_TEXT_MAX + 1)).encode();
        assert_eq!(
            ClipboardMessage::parse(&smuggled),
            Err(ProtocolError::TooBig("clipboard message"))
        );
    }
}
