//! The text form of a machine token. Not here: what it is worth (`caller.rs`).
//!
//! ```text
//! farol_mch_<secret: 43 base64url>_<checksum: 6 hex>
//! ```
//! A type and a prefix of its own, so that it is never taken where an account's or an agent's credential is meant; the
//! checksum (SHA-256 of everything before its underscore) saves a query for what was cut off or mistyped.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

const PREFIX: &str = "farol_mch_";
const SECRET_CHARS: usize = 43;
const CHECKSUM_CHARS: usize = 6;

/// What a helpdesk's desktop agent proves its machine with.
#[derive(Clone, PartialEq, Eq)]
pub struct MachineToken {
    secret: [u8; 32],
}

impl MachineToken {
    /// Makes a new one.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn random() -> Result<Self> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self { secret })
    }

    /// Reads the text form; surrounding white space is ignored. None for everything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let body = text.strip_prefix(PREFIX)?;
        if !body.is_ascii() || body.len() != SECRET_CHARS + 1 + CHECKSUM_CHARS {
            return None;
        }
        let (checked, checksum) = text.split_at(text.len() - CHECKSUM_CHARS - 1);
        if checksum.strip_prefix('_')? != checksum_of(checked) {
            return None;
        }
        let secret = URL_SAFE_NO_PAD.decode(body.get(..SECRET_CHARS)?).ok()?;
        Some(Self {
            secret: secret.try_into().ok()?,
        })
    }

    /// The text form, for the agent, once.
    #[must_use]
    pub fn reveal(&self) -> String {
        let checked = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.secret));
        let checksum = checksum_of(&checked);
        format!("{checked}_{checksum}")
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(b"farol-machine-token\0");
        digest.update(self.secret);
        digest.finalize().into()
    }
}

impl fmt::Debug for MachineToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MachineToken(…)")
    }
}

fn checksum_of(text: &str) -> String {
    let mut digits = hex::encode(Sha256::digest(text.as_bytes()));
    digits.truncate(CHECKSUM_CHARS);
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_text_form_round_trips_and_every_wrong_character_is_noticed() {
        let token = MachineToken::random().unwrap();
        let text = token.reveal();
        assert_eq!(MachineToken::parse(&format!(" {text}\n")), Some(token.clone()));
        assert!(!format!("{token:?}").contains(&text[10..50]));
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(
                MachineToken::parse(&String::from_utf8(wrong).unwrap()),
                None,
                "at {at}"
            );
        }
        for other in [
            text.replace("_mch_", "_enr_"),
            text[..text.len() - 1].to_owned(),
            String::new(),
        ] {
            assert_eq!(MachineToken::parse(&other), None);
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "(farol_mch_)?\\PC{0,70}") {
            if let Some(token) = MachineToken::parse(&text) {
                prop_assert_eq!(token.reveal(), text.trim());
            }
        }
    }
}
