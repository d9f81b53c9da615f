//! Where the two ends of a session find each other.
//!
//! Here: who came first and the handing over of the second socket. Not here: copying (`couple.rs`).
//! The first end waits with its own socket in hand; the second passes its socket on and is done. So one task owns both.

use std::sync::{Mutex, PoisonError};

use axum::extract::ws::WebSocket;
use tokio::sync::oneshot;

use crate::sessions::lifecycle::Side;

/// The meeting point of one session.
#[derive(Debug, Default)]
pub struct Meeting {
    place: Mutex<Place>,
}

#[derive(Debug, Default)]
enum Place {
    #[default]
    Empty,
    Waiting(Side, oneshot::Sender<WebSocket>),
    Over,
}

/// What an end finds when it arrives.
#[derive(Debug)]
pub enum Found {
    /// Nobody yet: keep your socket, the other one's comes through here.
    First(oneshot::Receiver<WebSocket>),
    /// The other end waits: hand your socket over.
    Second(oneshot::Sender<WebSocket>),
    /// This end is here already, or both were.
    Taken,
}

impl Meeting {
    /// Arrives as `side`.
    #[must_use]
    pub fn arrive(&self, side: Side) -> Found {
        // No code that can panic runs under the lock.
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *place, Place::Over) {
            Place::Empty => {
                let (sender, receiver) = oneshot::channel();
                *place = Place::Waiting(side, sender);
                Found::First(receiver)
            }
            Place::Waiting(waiting, sender) if waiting == side => {
                *place = Place::Waiting(waiting, sender);
                Found::Taken
            }
            Place::Waiting(_, sender) => Found::Second(sender),
            Place::Over => Found::Taken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_different_ends_meet_once() {
        let meeting = Meeting::default();
        let Found::First(_receiver) = meeting.arrive(Side::Viewer) else {
            panic!("not first")
        };
        assert!(matches!(meeting.arrive(Side::Viewer), Found::Taken));
        assert!(matches!(meeting.arrive(Side::Agent), Found::Second(_)));
        assert!(matches!(meeting.arrive(Side::Agent), Found::Taken));
        assert!(matches!(meeting.arrive(Side::Viewer), Found::Taken));
    }
}
