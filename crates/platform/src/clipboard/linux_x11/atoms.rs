//! The names that clipboards are spoken of with.

use x11rb::protocol::xproto::{Atom, AtomEnum};

use crate::clipboard::CopiedKind;

x11rb::atom_manager! {
    /// Numbers of the names on one connection.
    pub(super) Atoms:

    /// The reply to the request for them.
    AtomsCookie {
        CLIPBOARD,
        TARGETS,
        TIMESTAMP,
        INCR,
        UTF8_STRING,
        TEXT,
        PLAIN_UTF8: b"text/plain;charset=utf-8",
        PLAIN: b"text/plain",
        HTML: b"text/html",
        PNG: b"image/png",
        FAROL_TIME,
        FAROL_COPIED_0,
        FAROL_COPIED_1,
        FAROL_COPIED_2,
        FAROL_COPIED_3,
        FAROL_COPIED_4,
        FAROL_COPIED_5,
        FAROL_COPIED_6,
        FAROL_COPIED_7,
    }
}

impl Atoms {
    /// The properties that answers are received in, one after the other: what an owner too late sends into an old one does
    /// not get into the next answer.
    pub(super) fn places(&self) -> [Atom; 8] {
        [
            self.FAROL_COPIED_0,
            self.FAROL_COPIED_1,
            self.FAROL_COPIED_2,
            self.FAROL_COPIED_3,
            self.FAROL_COPIED_4,
            self.FAROL_COPIED_5,
            self.FAROL_COPIED_6,
            self.FAROL_COPIED_7,
        ]
    }

    /// The targets that this kind is asked for by, the best first.
    pub(super) fn asked_by(&self, kind: CopiedKind) -> Vec<Atom> {
        match kind {
            CopiedKind::Text => vec![self.UTF8_STRING, self.PLAIN_UTF8, AtomEnum::STRING.into()],
            CopiedKind::Html => vec![self.HTML],
            CopiedKind::Picture => vec![self.PNG],
        }
    }

    /// The targets that this kind is offered by.
    pub(super) fn offered_by(&self, kind: CopiedKind) -> Vec<Atom> {
        match kind {
            CopiedKind::Text => vec![
                self.UTF8_STRING,
                self.PLAIN_UTF8,
                self.PLAIN,
                self.TEXT,
                AtomEnum::STRING.into(),
            ],
            CopiedKind::Html => vec![self.HTML],
            CopiedKind::Picture => vec![self.PNG],
        }
    }
}
