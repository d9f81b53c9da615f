//! The text form of an API token. Not here: what it is worth (`authenticate.rs`).
//!
//! ```text
//! farol_pat_<secret: 30 base62><checksum: 6 base62>     a person's
//! farol_svc_<secret: 30 base62><checksum: 6 base62>     a service account's
//! ```
//! The secret has 178 random bits. The checksum (CRC-32 of everything before it, ISO-HDLC as in zip files, big-endian in base62)
//! tells a mistyped token from a wrong one without a query, and lets scanners of source code tell a token from an example:
//! `docs/api-tokens.md` has the pattern.

use std::fmt;

use crc::{CRC_32_ISO_HDLC, Crc};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::store::entities::account::AccountKind;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_CHARS: usize = 30;
const CHECKSUM_CHARS: usize = 6;
const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// Bytes below this are used for a letter: the largest multiple of 62, so that every letter is as likely as the next.
const EVEN: u8 = 248;

/// Whose token it is, as its prefix says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person's.
    Person,
    /// A service account's.
    Service,
}

impl Kind {
    /// The prefix of each, for whoever looks for tokens in texts.
    pub const PREFIXES: [&str; 2] = ["farol_pat_", "farol_svc_"];

    /// Of the tokens of such an account; None for a team, which has none.
    #[must_use]
    pub fn of(kind: AccountKind) -> Option<Self> {
        match kind {
            AccountKind::Person => Some(Self::Person),
            AccountKind::Service => Some(Self::Service),
            AccountKind::Team => None,
        }
    }

    fn prefix(self) -> &'static str {
        let [person, service] = Self::PREFIXES;
        match self {
            Self::Person => person,
            Self::Service => service,
        }
    }
}

/// An API token as its holder has it. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiTokenText {
    text: String,
}

impl ApiTokenText {
    /// Makes a new one.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn random(kind: Kind) -> Result<Self> {
        let mut text = kind.prefix().to_owned();
        let full = text.len() + SECRET_CHARS;
        let mut bytes = [0_u8; 64];
        while text.len() < full {
            getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
            let letters = bytes.iter().filter(|byte| **byte < EVEN);
            let letters = letters.filter_map(|byte| ALPHABET.get(usize::from(byte % 62)));
            text.extend(letters.map(|letter| char::from(*letter)).take(full - text.len()));
        }
        let checksum = checksum_of(&text);
        text.push_str(&checksum);
        Ok(Self { text })
    }

    /// Reads what was presented; None for everything that is no such token, and for one that is mistyped or cut off.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let prefix = Kind::PREFIXES
            .into_iter()
            .find(|prefix| text.starts_with(prefix))?;
        let body = text.get(prefix.len()..)?;
        let fits = body.len() == SECRET_CHARS + CHECKSUM_CHARS
            && body.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !fits {
            return None;
        }
        let (checked, checksum) = text.split_at_checked(text.len() - CHECKSUM_CHARS)?;
        (checksum == checksum_of(checked)).then(|| Self {
            text: text.to_owned(),
        })
    }

    /// The text for its holder; show it once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What the database keeps.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(b"farol-api-token\0");
        digest.update(self.text.as_bytes());
        digest.finalize().into()
    }
}

impl fmt::Debug for ApiTokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiTokenText(…)")
    }
}

fn checksum_of(text: &str) -> String {
    let mut rest = CHECKSUM.checksum(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM_CHARS];
    for digit in digits.iter_mut().rev() {
        // Below 62: an index of the alphabet, and of a byte.
        *digit = ALPHABET.get((rest % 62) as usize).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_text_form_round_trips_and_every_wrong_character_is_noticed() {
        for (kind, prefix) in [(Kind::Person, "farol_pat_"), (Kind::Service, "farol_svc_")] {
            let token = ApiTokenText::random(kind).unwrap();
            let text = token.reveal().to_owned();
            assert!(
                text.starts_with(prefix) && text.len() == prefix.len() + 36,
                "{}",
                text.len()
            );
            assert_eq!(ApiTokenText::parse(&text), Some(token.clone()));
            assert!(!format!("{token:?}").contains(&text[10..]));
            for at in 0..text.len() {
                let mut wrong = text.clone().into_bytes();
                wrong[at] = if wrong[at] == b'0' { b'1' } else { b'0' };
                assert_eq!(
                    ApiTokenText::parse(&String::from_utf8(wrong).unwrap()),
                    None,
                    "at {at}"
                );
            }
            for other in [&text[..text.len() - 1], &format!("{text}0"), "", prefix] {
                assert_eq!(ApiTokenText::parse(other), None);
            }
        }
    }

    #[test]
    fn tokens_differ_and_hash_differently() {
        let (one, two) = (
            ApiTokenText::random(Kind::Person).unwrap(),
            ApiTokenText::random(Kind::Person).unwrap(),
        );
        assert_ne!(one, two);
        assert_ne!(one.hash(), two.hash());
    }

    /// The example of `docs/api-tokens.md`, computed elsewhere: whoever writes a scanner has the same to compare with.
    #[test]
    fn the_published_example_is_right() {
        let documented = include_str!("../../../../docs/api-tokens.md");
        let example = format!("farol_pat_{}", "0".repeat(SECRET_CHARS));
        let example = format!("{example}{}", checksum_of(&example));
        assert!(documented.contains(&example), "{example}");
        assert!(ApiTokenText::parse(&example).is_some());
    }

    proptest! {
        #[test]
        fn never_panics(text in "(farol_pat_|farol_svc_)?\\PC{0,60}") {
            if let Some(token) = ApiTokenText::parse(&text) {
                prop_assert_eq!(token.reveal(), text);
            }
        }
    }
}
