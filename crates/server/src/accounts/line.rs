//! [`Line`]: who waits until a password can be looked at, and who is next.
//!
//! Hashing is slow by design, so whoever sends many guesses makes others wait. Two rules keep that from those who are not guessing:
//! - Who comes from where their account signed in before waits in a line of their own, which goes first.
//! - The rest share a line. When it is half full, a network of which somebody waits already sends nobody more into it, so that a
//!   guesser with thousands of addresses in a few networks leaves places for others.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;
use tokio::sync::oneshot;

use super::places::network;

/// Who wants a password to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visitor {
    /// Somebody who proved something already (a login, a link), or comes from where their account signed in before.
    Known,
    /// Anybody else, by the network that they come from.
    Stranger(IpNet),
}

impl Visitor {
    /// Somebody of whom nothing is known but where they come from.
    #[must_use]
    pub fn stranger(address: IpAddr) -> Self {
        Self::Stranger(network(address))
    }
}

/// The line is full for who comes now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

/// A line before a few places. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Line(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// Places that nobody is at.
    free: usize,
    /// Most that wait in each line.
    most: usize,
    known: VecDeque<Waiting>,
    strangers: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    visitor: Visitor,
    turn: oneshot::Sender<Turn>,
}

/// A place, until it is dropped; then it is the next one's.
#[derive(Debug)]
pub(super) struct Turn(Option<Line>);

impl Line {
    /// Before so many places, with room for `most` who wait.
    pub(super) fn new(places: usize, most: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: places,
            most,
            known: VecDeque::new(),
            strangers: VecDeque::new(),
        })))
    }

    /// Waits for a place. Cancel safe: who goes away is passed over.
    ///
    /// # Errors
    /// There is no room to wait.
    pub(super) async fn wait(&self, visitor: Visitor) -> Result<Turn, Full> {
        let turn = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if state.free > 0 {
                state.free -= 1;
                return Ok(Turn(Some(self.clone())));
            }
            state.join(visitor)?
        };
        // The other end is in the line, which is there as long as this is.
        turn.await.map_err(|_| Full)
    }
}

impl State {
    fn join(&mut self, visitor: Visitor) -> Result<oneshot::Receiver<Turn>, Full> {
        let line = match visitor {
            Visitor::Known => &mut self.known,
            Visitor::Stranger(_) => &mut self.strangers,
        };
        line.retain(|waiting| !waiting.turn.is_closed());
        let crowded = line.len() >= self.most.div_ceil(2)
            && visitor != Visitor::Known
            && line.iter().any(|waiting| waiting.visitor == visitor);
        if line.len() >= self.most || crowded {
            return Err(Full);
        }
        let (turn, wait) = oneshot::channel();
        line.push_back(Waiting { visitor, turn });
        Ok(wait)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(line) = self.0.take() else { return };
        let mut state = line.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(next) = state.known.pop_front().or_else(|| state.strangers.pop_front()) {
            match next.turn.send(Self(Some(line.clone()))) {
                Ok(()) => return,
                // They went away; the place is not theirs to give on.
                Err(mut turn) => drop(turn.0.take()),
            }
        }
        state.free += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use futures_util::{FutureExt, poll};

    use super::*;

    fn from(network: u8, host: u8) -> Visitor {
        Visitor::stranger(IpAddr::V4(Ipv4Addr::new(192, 0, network, host)))
    }

    #[tokio::test]
    async fn who_is_known_goes_first_and_the_rest_in_their_order() {
        let line = Line::new(1, 8);
        let place = line.wait(from(1, 1)).await.unwrap();
        let mut second = Box::pin(line.wait(from(2, 1)));
        let mut third = Box::pin(line.wait(from(3, 1)));
        let mut known = Box::pin(line.wait(Visitor::Known));
        for one in [&mut second, &mut third, &mut known] {
            assert!(poll!(one).is_pending());
        }
        drop(place);
        assert!(poll!(&mut second).is_pending());
        let place = known.now_or_never().unwrap().unwrap();
        drop(place);
        assert!(poll!(&mut third).is_pending());
        let place = second.now_or_never().unwrap().unwrap();
        drop(place);
        assert!(third.now_or_never().unwrap().is_ok());
    }

    #[tokio::test]
    async fn one_network_does_not_fill_the_line() {
        let line = Line::new(1, 4);
        let _place = line.wait(from(1, 1)).await.unwrap();
        let mut waiting = Vec::new();
        // Two places for anybody, then one for each network that has none.
        for (network, host, gets_in) in [
            (1, 1, true),
            (1, 2, true),
            (1, 3, false),
            (2, 1, true),
            (2, 2, false),
            (3, 1, true),
            (4, 1, false),
        ] {
            let mut one = Box::pin(line.wait(from(network, host)));
            assert_eq!(poll!(&mut one).is_pending(), gets_in, "{network} {host}");
            waiting.push(one);
        }
        assert!(poll!(&mut Box::pin(line.wait(Visitor::Known))).is_pending());
    }

    #[tokio::test]
    async fn who_went_away_is_passed_over_and_leaves_room() {
        let line = Line::new(1, 2);
        let place = line.wait(from(1, 1)).await.unwrap();
        let mut gone = Box::pin(line.wait(from(2, 1)));
        let mut stays = Box::pin(line.wait(from(3, 1)));
        assert!(poll!(&mut gone).is_pending());
        assert!(poll!(&mut stays).is_pending());
        drop(gone);
        let mut next = Box::pin(line.wait(from(4, 1)));
        assert!(poll!(&mut next).is_pending());
        drop(place);
        let place = stays.now_or_never().unwrap().unwrap();
        drop(place);
        // It is their turn, and they do not know it yet.
        drop(next);
        assert!(line.wait(from(5, 1)).now_or_never().unwrap().is_ok());
    }
}
