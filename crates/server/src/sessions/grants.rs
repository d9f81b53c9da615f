//! Relay grants: what lets one end of one session through the relay's door, once.
//!
//! Here: issuing, redeeming, forgetting, with the time handed in. Not here: randomness and sockets.
//! A grant is 32 random bytes; only its SHA-256 is kept, in memory. Nothing of it survives a restart, so a replay after
//! one finds nothing either.
//!
//! Full rule: when [`GRANTS_MAX`] are outstanding, expired ones go first; if none did, issuing is refused.

use std::collections::HashMap;

use farol_protocol::Tick;
use sha2::{Digest, Sha256};

use super::lifecycle::Side;

/// Length of a grant in bytes; 256 bits cannot be guessed.
pub const GRANT_LEN: usize = 32;
/// A grant must be shown within this time of its issue.
pub const GRANT_LIFE_US: u64 = 60_000_000;
/// Most grants outstanding at once: far above any real number of sessions being opened, and a few MB at worst.
pub const GRANTS_MAX: usize = 10_000;

/// What a grant is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding<S> {
    /// The session.
    pub session: S,
    /// The end that may use it.
    pub side: Side,
}

/// Why a grant does not open the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Wrong length, never issued, used already, or forgotten with its session.
    #[error("grant is not known, or was used already")]
    Unknown,
    /// Issued, but shown too late.
    #[error("grant has expired")]
    Expired,
}

/// All outstanding grants.
#[derive(Debug)]
pub struct Grants<S> {
    by_hash: HashMap<[u8; 32], (Binding<S>, Tick)>,
}

impl<S> Default for Grants<S> {
    fn default() -> Self {
        Self {
            by_hash: HashMap::new(),
        }
    }
}

impl<S: Clone + PartialEq> Grants<S> {
    /// Remembers `secret` (fresh random bytes of the caller) as a grant; false when too many are outstanding.
    #[must_use]
    pub fn issue(&mut self, now: Tick, secret: &[u8; GRANT_LEN], binding: Binding<S>) -> bool {
        if self.by_hash.len() >= GRANTS_MAX {
            self.by_hash.retain(|_, (_, expires)| *expires > now);
        }
        if self.by_hash.len() >= GRANTS_MAX {
            return false;
        }
        let expires = Tick(now.0.saturating_add(GRANT_LIFE_US));
        self.by_hash.insert(hash(secret), (binding, expires));
        true
    }

    /// Uses a grant up.
    ///
    /// # Errors
    /// See [`GrantError`]. Lookup is by hash, so its duration tells nothing about other grants.
    pub fn redeem(&mut self, now: Tick, secret: &[u8]) -> Result<Binding<S>, GrantError> {
        if secret.len() != GRANT_LEN {
            return Err(GrantError::Unknown);
        }
        let (binding, expires) = self.by_hash.remove(&hash(secret)).ok_or(GrantError::Unknown)?;
        if expires <= now {
            return Err(GrantError::Expired);
        }
        Ok(binding)
    }

    /// Forgets what was issued for a session; it is over.
    pub fn forget(&mut self, session: &S) {
        self.by_hash.retain(|_, (binding, _)| binding.session != *session);
    }

    /// Number of outstanding grants.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_hash.len()
    }

    /// Whether none is outstanding.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_hash.is_empty()
    }
}

fn hash(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Tick = Tick(5);

    fn binding(session: u32, side: Side) -> Binding<u32> {
        Binding { session, side }
    }

    #[test]
    fn a_grant_works_once() {
        let mut grants = Grants::default();
        assert!(grants.issue(T0, &[1; 32], binding(7, Side::Viewer)));
        assert_eq!(grants.redeem(T0, &[1; 32]), Ok(binding(7, Side::Viewer)));
        assert_eq!(grants.redeem(T0, &[1; 32]), Err(GrantError::Unknown));
    }

    #[test]
    fn a_grant_expires_and_is_gone_then() {
        let mut grants = Grants::default();
        assert!(grants.issue(T0, &[1; 32], binding(7, Side::Agent)));
        let late = Tick(T0.0 + GRANT_LIFE_US);
        assert_eq!(grants.redeem(late, &[1; 32]), Err(GrantError::Expired));
        assert_eq!(grants.redeem(T0, &[1; 32]), Err(GrantError::Unknown));
    }

    #[test]
    fn odd_lengths_and_strangers_are_unknown() {
        let mut grants: Grants<u32> = Grants::default();
        for secret in [&[][..], &[0; 31], &[0; 32], &[0; 33]] {
            assert_eq!(grants.redeem(T0, secret), Err(GrantError::Unknown));
        }
    }

    #[test]
    fn forgetting_a_session_leaves_the_others() {
        let mut grants = Grants::default();
        assert!(grants.issue(T0, &[1; 32], binding(7, Side::Viewer)));
        assert!(grants.issue(T0, &[2; 32], binding(7, Side::Agent)));
        assert!(grants.issue(T0, &[3; 32], binding(8, Side::Agent)));
        grants.forget(&7);
        assert_eq!(grants.len(), 1);
        assert_eq!(grants.redeem(T0, &[3; 32]), Ok(binding(8, Side::Agent)));
    }

    #[test]
    fn full_drops_the_expired_first_and_then_refuses() {
        let mut grants = Grants::default();
        let secret = |n: usize| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&n.to_le_bytes());
            bytes
        };
        for n in 0..GRANTS_MAX {
            assert!(grants.issue(T0, &secret(n), binding(1, Side::Viewer)));
        }
        assert!(!grants.issue(T0, &secret(GRANTS_MAX), binding(1, Side::Viewer)));
        let late = Tick(T0.0 + GRANT_LIFE_US);
        assert!(grants.issue(late, &secret(GRANTS_MAX), binding(1, Side::Viewer)));
        assert_eq!(grants.len(), 1);
    }
}
