//! Passwords: how strong one is, and Argon2id hashing that a flood cannot turn against the server.
//!
//! Hashing takes tens of megabytes and milliseconds by design. It runs on blocking threads, `at_once` at a time; at most
//! `waiting` requests wait in each line (`line.rs`), the rest are told to come back. A sign-in with an unknown e-mail does the same
//! work as one with a wrong password.

use std::time::Duration;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::Serialize;
use tokio::sync::OnceCell;
use utoipa::ToSchema;
use zxcvbn::{Score, zxcvbn};

use super::line::{Full, Line, Visitor};
use crate::config::Hashing;
use crate::ctx::Ctx;
use crate::error::{Code, Error, FieldError, Result};

/// Shortest password, in characters (NIST SP 800-63B).
pub const PASSWORD_MIN: usize = 8;
/// Longest password, in characters; a pass phrase fits, a flood does not.
pub(super) const PASSWORD_MAX: usize = 256;
/// Characters the strength estimate looks at; its cost grows faster than the length.
const ESTIMATED_MAX: usize = 72;
/// Weakest password taken: more than ten billion guesses, out of reach even with a stolen database.
const SCORE_MIN: Score = Score::Three;
/// When a caller who found the line full should come back.
const COME_BACK: Duration = Duration::from_secs(3);

/// How strong a password is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PasswordStrength {
    /// 0 (guessed at once) to 4 (out of reach); 3 is enough.
    #[schema(minimum = 0, maximum = 4)]
    pub score: u8,
    /// Decimal logarithm of the number of guesses it takes.
    pub guesses_log10: f64,
    /// What is wrong with it, as a code: `this_is_a_common_password`, …
    pub warning: Option<String>,
    /// What would help, as codes: `add_another_word_or_two`, …
    pub suggestions: Vec<String>,
}

/// Estimates a password. `own` are words an attacker knows to belong to its owner: name, e-mail, product.
#[must_use]
pub fn strength(password: &str, own: &[&str]) -> PasswordStrength {
    let entropy = estimate(password, own);
    let feedback = entropy.feedback();
    PasswordStrength {
        score: entropy.score().into(),
        // Of nothing there is less than one guess, and no number for that in JSON.
        // One decimal: more says nothing, and the last digits of a logarithm depend on the machine that reads or writes them.
        guesses_log10: (entropy.guesses_log10().max(0.0) * 10.0).round() / 10.0,
        warning: feedback
            .and_then(|feedback| feedback.warning())
            .map(|warning| snake_case(&format!("{warning:?}"))),
        suggestions: feedback
            .map(|feedback| {
                feedback
                    .suggestions()
                    .iter()
                    .map(|text| snake_case(&format!("{text:?}")))
                    .collect()
            })
            .unwrap_or_default(),
    }
}

fn estimate(password: &str, own: &[&str]) -> zxcvbn::Entropy {
    let looked_at: String = password.chars().take(ESTIMATED_MAX).collect();
    let words = own_words(own);
    zxcvbn(&looked_at, &words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What an attacker would try first: each part of name and e-mail, and the parts joined.
fn own_words(own: &[&str]) -> Vec<String> {
    let mut words = vec!["farol".to_owned()];
    for text in own {
        let text: String = text
            .chars()
            .take(ESTIMATED_MAX)
            .collect::<String>()
            .to_lowercase();
        let parts = text
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|part| part.chars().count() > 1);
        words.extend(parts.map(str::to_owned));
        words.push(text.chars().filter(|letter| letter.is_alphanumeric()).collect());
    }
    words
}

/// `ThisIsACommonPassword` → `this_is_a_common_password`.
fn snake_case(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 8);
    for (place, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && place > 0 {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// What speaks against a password, if anything.
#[must_use]
pub(super) fn objection(password: &str, own: &[&str]) -> Option<FieldError> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        let detail = format!("The password must have at least {PASSWORD_MIN} characters.");
        return Some(FieldError::new("password", "too_short", detail));
    }
    if length > PASSWORD_MAX {
        let detail = format!("The password may have at most {PASSWORD_MAX} characters.");
        return Some(FieldError::new("password", "too_long", detail));
    }
    let entropy = estimate(password, own);
    if entropy.score() >= SCORE_MIN {
        return None;
    }
    let reason = entropy
        .feedback()
        .and_then(|feedback| feedback.warning())
        .map_or_else(
            || "Add another word or two.".to_owned(),
            |warning| warning.to_string(),
        );
    let detail = format!("The password is too easy to guess. {reason}");
    Some(FieldError::new("password", "too_weak", detail))
}

/// Like [`objection`], and also whether others know the password from a breach.
///
/// # Errors
/// The program is about to end.
pub(super) async fn objection_to_new(ctx: &Ctx, password: &str, own: &[&str]) -> Result<Option<FieldError>> {
    if let Some(wrong) = objection(password, own) {
        return Ok(Some(wrong));
    }
    let known = ctx.accounts.breached.contain(password).await?;
    Ok(known.then(|| {
        let detail =
            "Others know this password: it is on a list of passwords from breaches. Choose another one.";
        FieldError::new("password", "breached", detail)
    }))
}

/// Hashes and checks passwords, a few at a time.
#[derive(Debug)]
pub struct Hasher {
    params: Params,
    line: Line,
    /// A hash of nothing in particular, checked when there is no account.
    decoy: OnceCell<String>,
}

impl Hasher {
    /// Nobody waits.
    #[must_use]
    pub fn new(cost: Hashing) -> Self {
        Self {
            params: Params::new(cost.memory_kib, cost.passes, 1, None).unwrap_or(Params::DEFAULT),
            line: Line::new(cost.at_once, cost.waiting),
            decoy: OnceCell::new(),
        }
    }

    /// Hashes a password into PHC text. Cancel safe; a hash under way runs to its end unseen.
    ///
    /// # Errors
    /// `too_many_attempts` when the line is full.
    pub async fn hash(&self, password: &str, by: Visitor) -> Result<String> {
        let password = password.to_owned();
        self.run(by, move |argon2| {
            Ok(argon2
                .hash_password(password.as_bytes())
                .map_err(text_of)?
                .to_string())
        })
        .await
    }

    /// Whether the password belongs to `hash`; without a hash, or without a password, the same work, and no.
    ///
    /// # Errors
    /// `too_many_attempts` when the line is full.
    pub async fn verify(&self, password: &str, hash: Option<&str>, by: Visitor) -> Result<bool> {
        let hash = hash.filter(|hash| *hash != super::vouched::NO_PASSWORD);
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash.to_owned(),
            None => self
                .decoy
                .get_or_try_init(|| self.hash("decoy", by))
                .await?
                .clone(),
        };
        let password = password.to_owned();
        let matches = self
            .run(by, move |argon2| {
                match argon2.verify_password(password.as_bytes(), hash.as_str()) {
                    Ok(()) => Ok(true),
                    Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                    Err(error) => Err(text_of(error)),
                }
            })
            .await?;
        Ok(matches && known)
    }

    /// Whether a hash was made at another cost than today's and should be made anew at the next chance.
    #[must_use]
    pub fn is_outdated(&self, hash: &str) -> bool {
        let wanted = format!(
            "m={},t={},p={}",
            self.params.m_cost(),
            self.params.t_cost(),
            self.params.p_cost()
        );
        !hash.starts_with("$argon2id$") || !hash.contains(&wanted)
    }

    async fn run<T: Send + 'static>(
        &self,
        by: Visitor,
        work: impl FnOnce(&Argon2<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.line.wait(by).await.map_err(|Full| crowded())?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        tokio::task::spawn_blocking(move || {
            // The turn goes with the work, so that a canceled request does not free a place that is in use.
            let _held = turn;
            work(&argon2)
        })
        .await
        .map_err(Error::internal)?
    }
}

fn crowded() -> Error {
    Error::TooMany {
        code: Code::TooManyAttempts,
        detail: "Many people are signing in at this moment. Try again in a few seconds.".into(),
        retry_after: Some(COME_BACK),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "shape of map_err")]
fn text_of(error: argon2::password_hash::Error) -> Error {
    Error::internal(format!("password hash: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap(waiting: usize) -> Hasher {
        Hasher::new(Hashing {
            memory_kib: 64,
            passes: 1,
            at_once: 1,
            waiting,
        })
    }

    #[tokio::test]
    async fn a_password_is_recognized_and_nothing_else_is() {
        let hasher = cheap(4);
        let hash = hasher
            .hash("tall lighthouse keeper", Visitor::Known)
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(
            hasher
                .verify("tall lighthouse keeper", Some(&hash), Visitor::Known)
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify("tall lighthouse keepes", Some(&hash), Visitor::Known)
                .await
                .unwrap()
        );
        assert!(!hasher.verify("decoy", None, Visitor::Known).await.unwrap());
        assert!(!hasher.is_outdated(&hash));
        assert!(Hasher::new(Hashing::default()).is_outdated(&hash));
    }

    #[tokio::test]
    async fn a_full_line_is_refused_instead_of_growing() {
        let hasher = cheap(0);
        let _busy = hasher.line.wait(Visitor::Known).await.unwrap();
        let refused = hasher.hash("x", Visitor::Known).await.unwrap_err();
        assert_eq!(refused.code(), Code::TooManyAttempts);
    }

    #[test]
    fn weak_passwords_are_refused_with_a_reason() {
        assert_eq!(objection("short", &[]).unwrap().code, "too_short");
        assert_eq!(objection(&"x".repeat(300), &[]).unwrap().code, "too_long");
        let common = objection("password1", &[]).unwrap();
        assert_eq!(common.code, "too_weak");
        assert!(common.detail.contains("common"), "{}", common.detail);
        assert!(objection("annmartins1970", &["Ann Martins", "ann@example.org"]).is_some());
        assert_eq!(objection("tall lighthouse keeper", &[]), None);
    }

    #[test]
    fn strength_speaks_in_codes() {
        let weak = strength("password", &[]);
        assert_eq!(weak.score, 0);
        assert!(weak.warning.is_some_and(|code| {
            code.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        }));
        assert_eq!(strength("tall lighthouse keeper on rock", &[]).score, 4);
        assert_eq!(strength("", &[]).score, 0);
    }
}
