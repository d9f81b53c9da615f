//! The text form of an enrollment token. Not here: who may enroll with it (the server decides).
//!
//! ```text
//! farol_enr_<secret: 43 base64url>_<server: 16 hex>_<checksum: 6 hex>
//! ```
//! `server` is the fingerprint of the server's identity key: an agent refuses any other server before it tells
//! anything. The checksum (SHA-256 of everything before its underscore) tells a mistyped token from a wrong one.

use std::fmt;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

use crate::identity::ServerPublicKey;

const PREFIX: &str = "farol_enr_";
const SECRET_CHARS: usize = 43;
const HASH_CHARS: usize = 16;
const CHECKSUM_CHARS: usize = 6;

/// What allows an agent to ask for enrollment.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrollmentToken {
    secret: [u8; 32],
    server: [u8; 8],
}

/// Why a text is no enrollment token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Another kind of text altogether.
    #[error("not an enrollment token (these start with {PREFIX})")]
    Shape,
    /// It looks like one, but a character is wrong or missing.
    #[error("the enrollment token is incomplete or mistyped (its checksum does not fit)")]
    Checksum,
}

impl EnrollmentToken {
    /// A token from 32 random bytes, for the server with this identity.
    #[must_use]
    pub fn new(secret: [u8; 32], server: &ServerPublicKey) -> Self {
        Self {
            secret,
            server: server.hash8(),
        }
    }

    /// Reads the text form; surrounding white space is ignored.
    ///
    /// # Errors
    /// When it is not one, or mistyped.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        let body = text.strip_prefix(PREFIX).ok_or(TokenError::Shape)?;
        let full = SECRET_CHARS + 1 + HASH_CHARS + 1 + CHECKSUM_CHARS;
        if !body.is_ascii() || body.len() != full {
            return Err(TokenError::Checksum);
        }
        let (checked, checksum) = text.split_at(text.len() - CHECKSUM_CHARS - 1);
        if checksum.strip_prefix('_') != Some(checksum_of(checked).as_str()) {
            return Err(TokenError::Checksum);
        }
        let (secret, hash) = body.split_at(SECRET_CHARS);
        let hash = hash.strip_prefix('_').and_then(|hash| hash.get(..HASH_CHARS));
        let hash = hash.ok_or(TokenError::Checksum)?;
        let secret = BASE64URL_NOPAD
            .decode(secret.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        let server = HEXLOWER
            .decode(hash.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        match (secret, server) {
            (Some(secret), Some(server)) => Ok(Self { secret, server }),
            _ => Err(TokenError::Checksum),
        }
    }

    /// The text form, to be handed to a person once. `Debug` and logs never show it.
    #[must_use]
    pub fn reveal(&self) -> String {
        let secret = BASE64URL_NOPAD.encode(&self.secret);
        let checked = format!("{PREFIX}{secret}_{}", HEXLOWER.encode(&self.server));
        let checksum = checksum_of(&checked);
        format!("{checked}_{checksum}")
    }

    /// Whether the token was made for the server with this identity.
    #[must_use]
    pub fn is_for(&self, server: &ServerPublicKey) -> bool {
        self.server == server.hash8()
    }

    /// The first bytes of the SHA-256 of that server's identity key.
    #[must_use]
    pub fn server_hash8(&self) -> [u8; 8] {
        self.server
    }

    /// SHA-256 of the secret: what a server keeps and looks for.
    #[must_use]
    pub fn secret_hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }
}

impl fmt::Debug for EnrollmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnrollmentToken(… for {})", HEXLOWER.encode(&self.server))
    }
}

pub(crate) fn checksum_of(text: &str) -> String {
    let digest = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    digest.chars().take(CHECKSUM_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::ServerIdentity;

    fn token() -> EnrollmentToken {
        EnrollmentToken::new([0xfb; 32], &ServerIdentity::from_seed(&[1; 32]).public())
    }

    #[test]
    fn the_text_form_round_trips() {
        let text = token().reveal();
        assert_eq!(text.len(), PREFIX.len() + 43 + 1 + 16 + 1 + 6);
        assert_eq!(EnrollmentToken::parse(&format!(" {text}\n")), Ok(token()));
        assert!(token().is_for(&ServerIdentity::from_seed(&[1; 32]).public()));
        assert!(!token().is_for(&ServerIdentity::from_seed(&[2; 32]).public()));
        assert!(!format!("{:?}", token()).contains(&text[10..50]));
    }

    #[test]
    fn every_single_wrong_character_is_noticed() {
        let text = token().reveal();
        for at in PREFIX.len()..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'0' { b'1' } else { b'0' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert_eq!(
                EnrollmentToken::parse(&wrong),
                Err(TokenError::Checksum),
                "at {at}"
            );
        }
        assert_eq!(
            EnrollmentToken::parse(&text[..text.len() - 1]),
            Err(TokenError::Checksum)
        );
        assert_eq!(EnrollmentToken::parse("hello"), Err(TokenError::Shape));
    }

    #[test]
    fn what_separates_the_parts_is_part_of_it() {
        let text = token().reveal().replacen("-_s_", "-_s-", 1);
        let checked = &text[..text.len() - CHECKSUM_CHARS - 1];
        assert!(
            checked.contains("-_s-"),
            "the separator after the secret was changed"
        );
        let fitting = format!("{checked}_{}", checksum_of(checked));
        assert_eq!(EnrollmentToken::parse(&fitting), Err(TokenError::Checksum));
    }

    proptest! {
        #[test]
        fn never_panics(text in "(farol_enr_)?\\PC{0,90}") {
            if let Ok(token) = EnrollmentToken::parse(&text) {
                prop_assert_eq!(token.reveal(), text.trim());
            }
        }
    }
}
