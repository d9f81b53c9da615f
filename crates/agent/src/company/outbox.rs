//! What one viewer is to be told next. Nothing queues up here: each kind of news is the newest state of something, or a place in
//! the log of what was said. Pure.

use std::collections::BTreeMap;

use farol_protocol::pipe::message::company::{PersonId, PointAt};

/// News for one viewer.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Somebody changed.
    pub(super) roster: bool,
    /// Who drives refused.
    pub(super) refused: Option<PersonId>,
    /// Who asks this one to let them drive; each at most once.
    pub(super) asked: Vec<PersonId>,
    /// Number of the first line in the log that it was not told.
    pub(super) heard: u64,
    /// Where others point now, as far as it was not told: newer places replace older ones.
    pub(super) pointers: BTreeMap<PersonId, PointAt>,
    /// It drives now, or does not any more: its hands have to look.
    pub(super) hands: bool,
}

/// How far behind a viewer is with what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// Nothing waits: pointers are worth sending.
    Free,
    /// What has to arrive goes on; pointers wait here, where newer places replace them.
    Behind,
    /// Nothing more for now.
    None,
}

impl Room {
    /// By the messages that wait on the channel.
    pub(crate) fn of(waiting: usize) -> Self {
        match waiting {
            0 => Self::Free,
            1..WAITING_MAX => Self::Behind,
            _ => Self::None,
        }
    }
}

/// Messages that wait in the pipe before the rest waits here; a quarter of what its queue takes.
const WAITING_MAX: usize = 8;
