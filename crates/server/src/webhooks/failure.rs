//! [`Failure`]: how an attempt to tell a receiver went wrong.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::outbound::Unanswered;

/// The enum, the list of all its values and their texts, from one table.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// Why an event was not delivered. The names are part of the API: add, never rename.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = WebhookFailureCode)]
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
    /// The receiver's name leads to no address.
    NameUnknown => "name_unknown",
    /// The receiver's address is one that webhooks do not reach.
    AddressRefused => "address_refused",
    /// Nobody takes connections at that address and port.
    Unreachable => "unreachable",
    /// There is no TLS with the receiver: its certificate is not trusted or not for this name, or it speaks no TLS.
    TlsFailed => "tls_failed",
    /// The receiver took too long.
    TimedOut => "timed_out",
    /// The receiver hung up or does not speak HTTP.
    NoAnswer => "no_answer",
    /// The receiver sends elsewhere, where nobody goes.
    Redirected => "redirected",
    /// The receiver did not say 2xx.
    NotTaken => "not_taken",
    /// The receiver says that it is gone (410).
    Gone => "gone",
    /// What the server keeps sealed, or the certificates it trusts, cannot be used.
    NotReady => "not_ready",
    /// Too many events waited for the receiver.
    TooManyWaited => "too_many_waited",
    /// It waited for too long without an attempt, because the webhook was disabled or its receiver away.
    TooLate => "too_late",
}

impl FailureCode {
    /// That with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.as_str() == text)
    }
}

/// How an attempt went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WebhookFailure)]
pub struct Failure {
    /// Why.
    pub code: FailureCode,
    /// What happened: a sentence in English.
    pub detail: String,
}

impl Failure {
    pub(super) fn new(code: FailureCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// Of columns.
    pub(super) fn of(code: Option<&str>, detail: Option<&String>) -> Option<Self> {
        let code = FailureCode::parse(code?)?;
        Some(Self::new(code, detail.cloned().unwrap_or_default()))
    }
}

impl From<Unanswered> for Failure {
    fn from(unanswered: Unanswered) -> Self {
        let code = match &unanswered {
            Unanswered::Address(_) | Unanswered::Guarded { .. } => FailureCode::AddressRefused,
            Unanswered::Authorities { .. } => FailureCode::NotReady,
            Unanswered::Failed { .. } => FailureCode::NoAnswer,
            Unanswered::Late { .. } => FailureCode::TimedOut,
            Unanswered::NameUnknown { .. } => FailureCode::NameUnknown,
            Unanswered::Unreachable { .. } => FailureCode::Unreachable,
            Unanswered::Tls { .. } => FailureCode::TlsFailed,
        };
        let mut detail = unanswered.to_string();
        // Those that begin with a name stay as they are.
        if let Some(rest) = detail.strip_prefix("the") {
            detail = format!("The{rest}");
        }
        if code == FailureCode::AddressRefused {
            detail.push_str("; webhooks reach public addresses and networks that the server's settings name (webhooks.networks)");
        }
        detail.push('.');
        Self::new(code, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_written() {
        for code in FailureCode::ALL {
            assert_eq!(FailureCode::parse(code.as_str()), Some(*code));
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        assert_eq!(FailureCode::parse("x"), None);
    }
}
