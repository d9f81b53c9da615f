//! [`Ceremonies`]: what was begun and waits for its second half: a code after a password, the browser's answer about a passkey.
//!
//! In memory, for a few minutes, taken once. A restart forgets them; whoever waited begins again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyAuthentication, PasskeyRegistration};

use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{AccountId, LoginId};
use crate::secrets::{self, Secret};

/// For how long something that was begun can be finished.
pub(super) const LIFE: Duration = Duration::from_secs(5 * 60);
/// Kept at once, about 2 MB at worst; one more makes the oldest of its kind be forgotten.
const KEPT_MAX: usize = 2_000;
/// Wrong codes after which a sign-in has to begin with the password again.
pub(super) const WRONG_MAX: u8 = 5;

/// What was begun.
pub(super) enum Ceremony {
    /// A sign-in: the password was right.
    SecondFactor {
        /// Whose.
        account: AccountId,
        /// Wrong proofs so far.
        wrong: u8,
        /// What a passkey has to sign, if the account has one.
        passkey: Option<PasskeyAuthentication>,
    },
    /// A sign-in by passkey alone: nobody has said who it is yet.
    PasskeySignIn(Box<DiscoverableAuthentication>),
    /// A new passkey of an account.
    NewPasskey {
        /// Whose.
        account: AccountId,
        /// What the browser has to sign.
        state: Box<PasskeyRegistration>,
    },
    /// A login that proves again who it is, with a passkey.
    Proof {
        /// Which.
        login: LoginId,
        /// What a passkey has to sign.
        passkey: Box<PasskeyAuthentication>,
    },
}

impl Ceremony {
    /// Whether strangers can begin it: those are kept apart, so that a flood of them pushes nobody else out.
    fn is_anybodys(&self) -> bool {
        matches!(self, Self::PasskeySignIn(_))
    }
}

struct Kept {
    ceremony: Ceremony,
    expires_at: Timestamp,
}

/// All of them, by the hash of their secret.
#[derive(Default)]
pub(in super::super) struct Ceremonies {
    // Held for a look-up, and for a sweep over the map when it is full; never across a wait.
    kept: Mutex<HashMap<[u8; 32], Kept>>,
}

impl std::fmt::Debug for Ceremonies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ceremonies(…)")
    }
}

impl Ceremonies {
    /// Keeps what was begun; the secret is for whoever finishes it.
    pub(super) fn begin(&self, ceremony: Ceremony, now: Timestamp) -> Result<(Secret, Timestamp)> {
        let secret = Secret::random()?;
        let expires_at = now.after(LIFE);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut kept, ceremony.is_anybodys(), now);
        kept.insert(secret.hash(), Kept { ceremony, expires_at });
        Ok((secret, expires_at))
    }

    /// Takes what was begun, for good, and until when it could have been finished.
    ///
    /// # Errors
    /// `sign_in_over`.
    pub(super) fn take(&self, token: &str, now: Timestamp) -> Result<(Ceremony, Timestamp)> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.remove(&secrets::hash(token)) {
            Some(found) if now < found.expires_at => Ok((found.ceremony, found.expires_at)),
            _ => Err(over()),
        }
    }

    /// Keeps a sign-in for another try, until its time is over.
    pub(super) fn give_back(&self, token: &str, ceremony: Ceremony, expires_at: Timestamp) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(secrets::hash(token), Kept { ceremony, expires_at });
    }
}

/// Forgets what is over, and then the oldest of the kind, until there is room for one more.
fn make_room(kept: &mut HashMap<[u8; 32], Kept>, anybodys: bool, now: Timestamp) {
    let of_the_kind = |kept: &HashMap<[u8; 32], Kept>| {
        let same = kept.values().filter(|one| one.ceremony.is_anybodys() == anybodys);
        same.count()
    };
    if kept.len() < KEPT_MAX || of_the_kind(kept) < KEPT_MAX {
        return;
    }
    kept.retain(|_, one| now < one.expires_at);
    if of_the_kind(kept) < KEPT_MAX {
        return;
    }
    let oldest = kept
        .iter()
        .filter(|(_, one)| one.ceremony.is_anybodys() == anybodys)
        .min_by_key(|(_, one)| one.expires_at)
        .map(|(key, _)| *key);
    if let Some(oldest) = oldest {
        kept.remove(&oldest);
    }
}

/// Refusal of a token that belongs to nothing.
pub(super) fn over() -> Error {
    Error::Refused {
        code: Code::SignInOver,
        detail: format!(
            "This took longer than {} minutes, or was finished already. Begin again.",
            LIFE.as_secs() / 60
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000);

    fn waiting(account: AccountId) -> Ceremony {
        Ceremony::SecondFactor {
            account,
            wrong: 0,
            passkey: None,
        }
    }

    #[test]
    fn what_was_begun_is_finished_once_and_in_time() {
        let all = Ceremonies::default();
        let (secret, expires_at) = all.begin(waiting(AccountId::new()), START).unwrap();
        assert_eq!(expires_at, START.after(LIFE));
        assert!(all.take("something else", START).is_err());
        assert!(all.take(secret.expose(), START).is_ok());
        assert!(all.take(secret.expose(), START).is_err());
        let (late, _) = all.begin(waiting(AccountId::new()), START).unwrap();
        assert!(all.take(late.expose(), expires_at).is_err());
    }

    #[test]
    fn the_oldest_goes_when_there_is_no_room() {
        let all = Ceremonies::default();
        let (first, _) = all.begin(waiting(AccountId::new()), START).unwrap();
        let mut last = None;
        for number in 1..=KEPT_MAX {
            let now = START.after(Duration::from_millis(number.try_into().unwrap()));
            last = Some(all.begin(waiting(AccountId::new()), now).unwrap().0);
        }
        assert!(all.take(first.expose(), START).is_err());
        assert!(all.take(last.unwrap().expose(), START).is_ok());
    }
}
