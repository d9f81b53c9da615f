//! The clipboard channel: the same messages both ways. What was copied is offered; what is long is fetched in pieces by who may
//! use it, so that nothing big travels unasked and a newer copy takes the place of an older one at once.
//!
//! Not here: who fetches what and when (the agent's `clipboard`, the console's `session/clipboard`).

use std::fmt;

use prost::Message;

use super::Class;
use crate::limits::{
    CLIPBOARD_HTML_MAX, CLIPBOARD_INLINE_MAX, CLIPBOARD_KINDS_MAX, CLIPBOARD_MESSAGE_MAX,
    CLIPBOARD_PICTURE_MAX, CLIPBOARD_PIECE_MAX, CLIPBOARD_PIXELS_MAX, CLIPBOARD_TEXT_MAX, CODE_MAX,
};
use crate::wire::{self, clipboard as proto};
use crate::{ProtocolError, text};

const WHAT: &str = "clipboard message";

/// It is longer than its kind may be.
pub const TOO_BIG: &str = "too_big";
/// It is not what its kind says.
pub const MALFORMED: &str = "malformed";
/// Neither text nor HTML nor a picture.
pub const OTHER_KIND: &str = "other_kind";
/// It cannot be had any more.
pub const GONE: &str = "gone";

/// What a copied thing can be had as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Plain text, UTF-8.
    Text,
    /// HTML, UTF-8, whole or a fragment.
    Html,
    /// A PNG.
    Picture,
}

/// Something that goes over the clipboard channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClipboardMessage {
    /// Something was copied.
    Offer(Offer),
    /// A piece of what was offered is wanted.
    Fetch(Fetch),
    /// The answer.
    Part(Part),
    /// A kind of an offer cannot be had, or is not taken.
    Refused(Refused),
}

/// Something was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Chosen by who offers, another one each time.
    pub id: u32,
    /// Each kind at most once.
    pub has: Vec<Representation>,
    /// What does not come over; at most one more than there are kinds.
    pub left_out: Vec<LeftOut>,
}

/// One of the kinds of a copied thing.
#[derive(Clone, PartialEq, Eq)]
pub struct Representation {
    /// Which.
    pub kind: Kind,
    /// Bytes; at most [`Kind::max`].
    pub size: u32,
    /// All of it, of at most [`CLIPBOARD_INLINE_MAX`] bytes and checked as by [`Kind::check`]; `None` when it is to be fetched.
    pub content: Option<Vec<u8>>,
}

/// A kind that is not sent, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// `None` when it is no kind that is known here.
    pub kind: Option<Kind>,
    /// Stable code: [`TOO_BIG`], [`MALFORMED`], [`OTHER_KIND`].
    pub code: String,
}

/// A piece is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetch {
    /// Of which offer.
    pub offer: u32,
    /// Of which of its kinds.
    pub kind: Kind,
    /// From this byte on.
    pub from: u32,
    /// 1 to [`CLIPBOARD_PIECE_MAX`] bytes.
    pub length: u32,
}

/// A piece.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// Of which offer.
    pub offer: u32,
    /// Of which of its kinds.
    pub kind: Kind,
    /// Where it begins.
    pub from: u32,
    /// 1 to [`CLIPBOARD_PIECE_MAX`] bytes.
    pub content: Vec<u8>,
}

/// A kind that is not to be had (said by who offered) or not taken (by who fetched).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Of which offer.
    pub offer: u32,
    /// Which.
    pub kind: Kind,
    /// Stable code: [`GONE`], [`MALFORMED`].
    pub code: String,
}

impl Kind {
    /// All of them, by how little they say.
    pub const ALL: [Self; CLIPBOARD_KINDS_MAX] = [Self::Text, Self::Html, Self::Picture];

    /// Most bytes.
    #[must_use]
    pub fn max(self) -> usize {
        match self {
            Self::Text => CLIPBOARD_TEXT_MAX,
            Self::Html => CLIPBOARD_HTML_MAX,
            Self::Picture => CLIPBOARD_PICTURE_MAX,
        }
    }

    /// Whether these bytes may be what they are said to be: nothing else is offered on to programs.
    ///
    /// # Errors
    /// A stable code: [`TOO_BIG`] for bytes or pixels, [`MALFORMED`] for anything but UTF-8 or a PNG's beginning.
    pub fn check(self, content: &[u8]) -> Result<(), &'static str> {
        if content.len() > self.max() {
            return Err(TOO_BIG);
        }
        match self {
            Self::Text | Self::Html => std::str::from_utf8(content).map(|_| ()).map_err(|_| MALFORMED),
            Self::Picture => {
                let (width, height) = picture_size(content).ok_or(MALFORMED)?;
                match u64::from(width) * u64::from(height) <= CLIPBOARD_PIXELS_MAX {
                    true => Ok(()),
                    false => Err(TOO_BIG),
                }
            }
        }
    }

    fn to_wire(self) -> i32 {
        match self {
            Self::Text => proto::Kind::Text,
            Self::Html => proto::Kind::Html,
            Self::Picture => proto::Kind::Picture,
        }
        .into()
    }

    fn from_wire(kind: i32) -> Result<Self, ProtocolError> {
        match proto::Kind::try_from(kind) {
            Ok(proto::Kind::Text) => Ok(Self::Text),
            Ok(proto::Kind::Html) => Ok(Self::Html),
            Ok(proto::Kind::Picture) => Ok(Self::Picture),
            Ok(proto::Kind::Unspecified) | Err(_) => Err(ProtocolError::Malformed(WHAT)),
        }
    }
}

/// Width and height that a PNG says it has (PNG 1.2, 4.1.1); `None` when these bytes do not begin like one.
#[must_use]
pub fn picture_size(png: &[u8]) -> Option<(u32, u32)> {
    let rest = png.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    let (width, rest) = rest.split_first_chunk()?;
    let (height, rest) = rest.split_first_chunk()?;
    let &[depth, color, compression, filter, interlace] = rest.first_chunk()?;
    let (width, height) = (u32::from_be_bytes(*width), u32::from_be_bytes(*height));
    let depths: &[u8] = match color {
        0 => &[1, 2, 4, 8, 16],
        3 => &[1, 2, 4, 8],
        2 | 4 | 6 => &[8, 16],
        _ => &[],
    };
    let known = depths.contains(&depth) && compression == 0 && filter == 0 && interlace <= 1;
    (known && width > 0 && height > 0).then_some((width, height))
}

impl Representation {
    /// Content that passed [`Kind::check`]; it comes with the offer when it is short.
    #[must_use]
    pub fn of(kind: Kind, content: &[u8]) -> Self {
        Self {
            kind,
            size: u32::try_from(content.len()).unwrap_or(u32::MAX),
            content: (content.len() <= CLIPBOARD_INLINE_MAX).then(|| content.to_vec()),
        }
    }

    fn into_wire(self) -> proto::Representation {
        proto::Representation {
            kind: self.kind.to_wire(),
            size: self.size,
            content: self.content.unwrap_or_default(),
        }
    }

    fn from_wire(wire: proto::Representation) -> Result<Self, ProtocolError> {
        let kind = Kind::from_wire(wire.kind)?;
        let size = wire.size as usize;
        if size > kind.max() || wire.content.len() > CLIPBOARD_INLINE_MAX {
            return Err(ProtocolError::TooBig(WHAT));
        }
        let whole = wire.content.len() == size;
        if !whole && !wire.content.is_empty() {
            return Err(ProtocolError::Malformed(WHAT));
        }
        let content = whole.then_some(wire.content);
        if content
            .as_ref()
            .is_some_and(|content| kind.check(content).is_err())
        {
            return Err(ProtocolError::Malformed(WHAT));
        }
        Ok(Self {
            kind,
            size: wire.size,
            content,
        })
    }
}

impl Offer {
    fn into_wire(self) -> proto::ClipboardOffer {
        let left_out = self.left_out.into_iter().map(|left| proto::LeftOut {
            kind: left.kind.map(Kind::to_wire).unwrap_or_default(),
            code: left.code,
        });
        proto::ClipboardOffer {
            id: self.id,
            has: self.has.into_iter().map(Representation::into_wire).collect(),
            left_out: left_out.collect(),
        }
    }

    fn from_wire(wire: proto::ClipboardOffer) -> Result<Self, ProtocolError> {
        if wire.has.len() > CLIPBOARD_KINDS_MAX || wire.left_out.len() > CLIPBOARD_KINDS_MAX + 1 {
            return Err(ProtocolError::TooBig("clipboard offer"));
        }
        let has: Vec<Representation> = wire
            .has
            .into_iter()
            .map(Representation::from_wire)
            .collect::<Result<_, _>>()?;
        let once = |kind| has.iter().filter(|one| one.kind == kind).count() <= 1;
        if !Kind::ALL.into_iter().all(once) {
            return Err(ProtocolError::Malformed(WHAT));
        }
        let left_out = wire.left_out.into_iter().map(|left| {
            let kind = match left.kind {
                0 => None,
                kind => Some(Kind::from_wire(kind)?),
            };
            let code = text::code(left.code, CODE_MAX, WHAT)?;
            Ok(LeftOut { kind, code })
        });
        Ok(Self {
            id: wire.id,
            left_out: left_out.collect::<Result<_, ProtocolError>>()?,
            has,
        })
    }
}

impl Fetch {
    fn from_wire(wire: &proto::ClipboardFetch) -> Result<Self, ProtocolError> {
        let kind = Kind::from_wire(wire.kind)?;
        if wire.length == 0 {
            return Err(ProtocolError::Malformed(WHAT));
        }
        if wire.length > CLIPBOARD_PIECE_MAX || wire.from as usize > kind.max() {
            return Err(ProtocolError::TooBig(WHAT));
        }
        Ok(Self {
            offer: wire.offer,
            kind,
            from: wire.from,
            length: wire.length,
        })
    }
}

impl Part {
    fn from_wire(wire: proto::ClipboardPart) -> Result<Self, ProtocolError> {
        let kind = Kind::from_wire(wire.kind)?;
        if wire.content.is_empty() {
            return Err(ProtocolError::Malformed(WHAT));
        }
        if wire.content.len() > CLIPBOARD_PIECE_MAX as usize || wire.from as usize > kind.max() {
            return Err(ProtocolError::TooBig(WHAT));
        }
        Ok(Self {
            offer: wire.offer,
            kind,
            from: wire.from,
            content: wire.content,
        })
    }
}

impl ClipboardMessage {
    /// An offer of text alone, or the note that it is too big to send.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let (mut has, mut left_out) = (Vec::new(), Vec::new());
        match Kind::Text.check(text.as_bytes()) {
            Ok(()) => has.push(Representation::of(Kind::Text, text.as_bytes())),
            Err(code) => left_out.push(LeftOut {
                kind: Some(Kind::Text),
                code: code.into(),
            }),
        }
        Self::Offer(Offer { id: 1, has, left_out })
    }

    /// The text, when this offers some that came along.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let Self::Offer(offer) = self else { return None };
        let text = offer.has.iter().find(|one| one.kind == Kind::Text)?;
        std::str::from_utf8(text.content.as_deref()?).ok()
    }

    pub(super) fn class(&self) -> Class {
        match self {
            Self::Offer(_) => Class::Clipboard,
            Self::Fetch(_) | Self::Refused(_) => Class::Ordered,
            Self::Part(_) => Class::Bulk,
        }
    }

    pub(crate) fn encode(self) -> Vec<u8> {
        use proto::clipboard_message::Message as M;
        let message = match self {
            Self::Offer(offer) => M::Offer(offer.into_wire()),
            Self::Fetch(m) => M::Fetch(proto::ClipboardFetch {
                offer: m.offer,
                kind: m.kind.to_wire(),
                from: m.from,
                length: m.length,
            }),
            Self::Part(m) => M::Part(proto::ClipboardPart {
                offer: m.offer,
                kind: m.kind.to_wire(),
                from: m.from,
                content: m.content,
            }),
            Self::Refused(m) => M::Refused(proto::ClipboardRefused {
                offer: m.offer,
                kind: m.kind.to_wire(),
                code: m.code,
            }),
        };
        proto::ClipboardMessage {
            message: Some(message),
        }
        .encode_to_vec()
    }

    /// Reads and checks the message.
    ///
    /// # Errors
    /// When it does not parse or something in it is too big.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProtocolError> {
        use proto::clipboard_message::Message as M;
        if bytes.len() > CLIPBOARD_MESSAGE_MAX {
            return Err(ProtocolError::TooBig(WHAT));
        }
        let message: proto::ClipboardMessage = wire::decode(bytes, WHAT)?;
        Ok(match message.message.ok_or(ProtocolError::Malformed(WHAT))? {
            M::Offer(m) => Self::Offer(Offer::from_wire(m)?),
            M::Fetch(m) => Self::Fetch(Fetch::from_wire(&m)?),
            M::Part(m) => Self::Part(Part::from_wire(m)?),
            M::Refused(m) => Self::Refused(Refused {
                offer: m.offer,
                kind: Kind::from_wire(m.kind)?,
                code: text::code(m.code, CODE_MAX, WHAT)?,
            }),
        })
    }
}

/// People copy passwords: logs see the length only.
impl fmt::Debug for Representation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.content.is_some() {
            "here"
        } else {
            "to fetch"
        };
        write!(f, "{:?}({} bytes, {way})", self.kind, self.size)
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            offer, kind, from, ..
        } = self;
        write!(f, "Part({offer}, {kind:?}, {from}, {} bytes)", self.content.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The beginning of a PNG of that size, with a few bytes behind.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend(width.to_be_bytes());
        png.extend(height.to_be_bytes());
        png.extend([8, 6, 0, 0, 0, 1, 2, 3, 4]);
        png
    }

    fn offer(has: Vec<Representation>) -> ClipboardMessage {
        ClipboardMessage::Offer(Offer {
            id: 7,
            has,
            left_out: vec![LeftOut {
                kind: None,
                code: OTHER_KIND.into(),
            }],
        })
    }

    fn parsed(message: ClipboardMessage) -> Result<ClipboardMessage, ProtocolError> {
        ClipboardMessage::parse(&message.encode())
    }

    #[test]
    fn every_message_round_trips() {
        let part = |content| Part {
            offer: 3,
            kind: Kind::Html,
            from: 5,
            content,
        };
        let fetch = Fetch {
            offer: 3,
            kind: Kind::Picture,
            from: 5,
            length: CLIPBOARD_PIECE_MAX,
        };
        let refused = Refused {
            offer: u32::MAX,
            kind: Kind::Text,
            code: GONE.into(),
        };
        let all = Kind::ALL.map(|kind| Representation {
            kind,
            size: kind.max() as u32,
            content: None,
        });
        for message in [
            ClipboardMessage::of_text("ação"),
            ClipboardMessage::of_text(""),
            ClipboardMessage::of_text(&"ç".repeat(CLIPBOARD_TEXT_MAX / 2)),
            offer(all.to_vec()),
            offer(vec![
                Representation::of(Kind::Picture, &png(3, 4)),
                Representation::of(Kind::Html, &[b'x'; CLIPBOARD_INLINE_MAX]),
            ]),
            ClipboardMessage::Fetch(fetch),
            ClipboardMessage::Part(part(vec![9; CLIPBOARD_PIECE_MAX as usize])),
            ClipboardMessage::Refused(refused),
        ] {
            assert_eq!(parsed(message.clone()), Ok(message));
        }
    }

    #[test]
    fn too_much_is_left_out_here_and_refused_there() {
        let ClipboardMessage::Offer(long) = ClipboardMessage::of_text(&"x".repeat(CLIPBOARD_TEXT_MAX + 1))
        else {
            unreachable!()
        };
        assert_eq!((long.has.len(), &*long.left_out[0].code), (0, TOO_BIG));
        let one = |size, content: Option<&[u8]>| Representation {
            kind: Kind::Text,
            size,
            content: content.map(Into::into),
        };
        let big = Err(ProtocolError::TooBig(WHAT));
        let malformed = Err(ProtocolError::Malformed(WHAT));
        for (has, error) in [
            (vec![one(CLIPBOARD_TEXT_MAX as u32 + 1, None)], big.clone()),
            (
                vec![one(17_000, Some(&[b'x'; CLIPBOARD_INLINE_MAX + 1]))],
                big.clone(),
            ),
            (vec![one(5, Some(b"four"))], malformed.clone()),
            (vec![one(1, Some(b"\xff"))], malformed.clone()),
            (vec![one(9, None), one(8, None)], malformed.clone()),
            (
                vec![one(9, None); CLIPBOARD_KINDS_MAX + 1],
                Err(ProtocolError::TooBig("clipboard offer")),
            ),
        ] {
            assert_eq!(parsed(offer(has.clone())), error, "{has:?}");
        }
        let fetch = |from, length| {
            ClipboardMessage::Fetch(Fetch {
                offer: 1,
                kind: Kind::Html,
                from,
                length,
            })
        };
        assert_eq!(parsed(fetch(0, 0)), malformed);
        assert_eq!(parsed(fetch(0, CLIPBOARD_PIECE_MAX + 1)), big);
        assert_eq!(parsed(fetch(CLIPBOARD_HTML_MAX as u32 + 1, 1)), big);
        let part = |from, length| {
            ClipboardMessage::Part(Part {
                offer: 1,
                kind: Kind::Html,
                from,
                content: vec![1; length],
            })
        };
        assert_eq!(parsed(part(0, 0)), malformed);
        assert_eq!(parsed(part(0, CLIPBOARD_PIECE_MAX as usize + 1)), big);
        assert_eq!(parsed(part(CLIPBOARD_HTML_MAX as u32 + 1, 1)), big);
    }

    #[test]
    fn a_picture_is_believed_by_its_header() {
        assert_eq!(picture_size(&png(640, 480)), Some((640, 480)));
        assert_eq!(Kind::Picture.check(&png(8192, 8192)), Ok(()));
        assert_eq!(Kind::Picture.check(&png(8193, 8192)), Err(TOO_BIG));
        assert_eq!(Kind::Picture.check(&png(u32::MAX, u32::MAX)), Err(TOO_BIG));
        for broken in [
            png(0, 5),
            png(5, 0),
            b"GIF89a".to_vec(),
            png(5, 5)[..28].to_vec(),
            Vec::new(),
        ] {
            assert_eq!(Kind::Picture.check(&broken), Err(MALFORMED));
        }
        for (at, value) in [(24, 3), (25, 1), (25, 3), (26, 1), (27, 1), (28, 2)] {
            let mut odd = png(5, 5);
            odd[at] = value;
            if (at, value) == (25, 3) {
                // A palette of 256 is fine.
                assert_eq!(picture_size(&odd), Some((5, 5)));
            } else {
                assert_eq!(picture_size(&odd), None, "byte {at} = {value}");
            }
        }
    }

    #[test]
    fn what_was_copied_stays_out_of_logs() {
        let secret = ClipboardMessage::of_text("hunter2");
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert!(format!("{secret:?}").contains("Text(7 bytes, here)"));
    }

    proptest! {
        #[test]
        fn hostile_bytes_never_panic_and_never_exceed(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(picture_size(&bytes).is_none_or(|(width, height)| width > 0 && height > 0));
            if let Ok(ClipboardMessage::Offer(offer)) = ClipboardMessage::parse(&bytes) {
                prop_assert!(offer.has.iter().all(|one| one.size as usize <= one.kind.max()));
            }
        }
    }
}
