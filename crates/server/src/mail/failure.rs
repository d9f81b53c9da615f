//! [`Failure`]: at which step a mail did not go out, why, and whether another attempt can help.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest words of a mail server that are kept, in characters; they may say anything.
const WORDS_MAX: usize = 300;

/// The enum, the list of all its values and their texts, from one table.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// At which step a mail did not go out. The names are part of the API: add, never rename.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = MailFailureCode)]
        pub enum FailureCode {
            $($(#[$doc])* $name,)*
        }

        impl FailureCode {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name kept and shown.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// The mail server's name leads to no address.
    NameUnknown => "name_unknown",
    /// Nobody answers at that address and port.
    Unreachable => "unreachable",
    /// Whoever answers is silent, hangs up or does not speak SMTP.
    NoAnswer => "no_answer",
    /// The mail server does not offer STARTTLS.
    StarttlsMissing => "starttls_missing",
    /// The mail server's certificate is not trusted, or is not for this name.
    CertificateRefused => "certificate_refused",
    /// There is no TLS with this server.
    TlsFailed => "tls_failed",
    /// The mail server wants somebody to sign in and nobody does, or offers no way that we know.
    SignInMissing => "sign_in_missing",
    /// The mail server does not take user and password.
    SignInRefused => "sign_in_refused",
    /// The mail server takes nothing from the sender's address.
    SenderRefused => "sender_refused",
    /// The mail server takes nothing for the recipient.
    RecipientRefused => "recipient_refused",
    /// The mail server does not take this message.
    MessageRefused => "message_refused",
    /// The conversation took too long.
    TimedOut => "timed_out",
    /// What the server keeps sealed cannot be opened.
    SecretsUnavailable => "secrets_unavailable",
    /// No mail server has been set up.
    NotSetUp => "not_set_up",
}

impl FailureCode {
    /// That with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.as_str() == text)
    }

    /// Whether every other mail would fail in the same way now.
    pub(super) fn is_about_the_server(self) -> bool {
        !matches!(
            self,
            Self::SenderRefused | Self::RecipientRefused | Self::MessageRefused
        )
    }
}

/// How a mail did not go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MailFailure)]
pub struct Failure {
    /// At which step.
    pub code: FailureCode,
    /// What happened: a sentence in English, with the mail server's own words where there are some.
    pub detail: String,
    /// Whether the same mail would be refused again.
    #[serde(skip)]
    pub(super) is_final: bool,
}

impl Failure {
    /// One that may pass.
    pub(super) fn new(code: FailureCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            is_final: false,
        }
    }

    /// The same, but no other attempt helps.
    pub(super) fn for_good(self) -> Self {
        Self {
            is_final: true,
            ..self
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

/// What a stranger said, for people to read: one line without control characters, cut.
pub(super) fn clean(words: &str) -> String {
    let printable: String = words
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    let line = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > WORDS_MAX {
        let cut: String = line.chars().take(WORDS_MAX - 1).collect();
        return format!("{cut}…");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_one_short_line() {
        assert_eq!(clean(" no\r\n\tsuch\u{1b}[31m user "), "no such [31m user");
        let long = clean(&"ä".repeat(1000));
        assert_eq!(long.chars().count(), WORDS_MAX);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn codes_are_read_as_they_are_written() {
        for code in FailureCode::ALL {
            assert_eq!(FailureCode::parse(code.as_str()), Some(*code));
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        assert_eq!(FailureCode::parse("x"), None);
    }
}
