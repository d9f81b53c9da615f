//! The names that clipboards are spoken of with.

use x11rb::protocol::xproto::Atom;

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
        FAROL_TIME,
        FAROL_TEXT_0,
        FAROL_TEXT_1,
        FAROL_TEXT_2,
        FAROL_TEXT_3,
    }
}

impl Atoms {
    /// The properties that texts are received in, one after the other: what an owner too late sends into an old one does
    /// not get into the next text.
    pub(super) fn places(&self) -> [Atom; 4] {
        [
            self.FAROL_TEXT_0,
            self.FAROL_TEXT_1,
            self.FAROL_TEXT_2,
            self.FAROL_TEXT_3,
        ]
    }
}
