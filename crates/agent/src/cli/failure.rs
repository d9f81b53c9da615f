//! What a person is told when something does not work: one line with a full sentence and a stable code, and an exit code
//! for scripts. The texts of errors stand here, not beside the errors.
//!
//! ```text
//! farol-agent: This machine is not enrolled (…). Run "farol-agent enroll" … [not_enrolled]
//! ```

use std::borrow::Cow;
use std::fmt;

use crate::config::ConfigError;
use crate::enroll::EnrollError;
use crate::enroll::token_source::{SIDECAR, SourceError};
use crate::runtime::RunError;

/// Something did not work.
pub(super) const EXIT_FAILED: u8 = 1;

/// Only a new enrollment helps; a service must not be restarted then.
pub(super) const EXIT_NOT_ENROLLED: u8 = 3;

/// Another agent runs on the same state.
pub(super) const EXIT_ALREADY_RUNNING: u8 = 4;

/// Said by `--help`. 2 is what the reading of the command line ends with.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0  done; of \"status\": connected
  1  it did not work; of \"status\": not connected
  2  the command line cannot be understood
  3  not enrolled, removed or refused: only enrolling (again) helps
  4  another agent runs on the same state

Every failure is one line on standard error, ending with a stable code in brackets:
  farol-agent: There is no enrollment token. … [enrollment_token_missing]";

/// Something a person has to know.
#[derive(Debug)]
pub(super) struct Failure {
    /// Full sentences: what failed, why, what to do.
    text: String,
    /// Stable, for scripts and for searching.
    code: Cow<'static, str>,
    /// How the program ends.
    pub(super) exit: u8,
}

impl Failure {
    pub(super) fn new(code: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: code.into(),
            exit: EXIT_FAILED,
        }
    }

    pub(super) fn exit(self, exit: u8) -> Self {
        Self { exit, ..self }
    }

    /// With one more sentence.
    pub(super) fn and(mut self, sentence: &str) -> Self {
        self.text.push(' ');
        self.text.push_str(sentence);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "farol-agent: {} [{}]", self.text, self.code)
    }
}

/// Begins a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::NotEnrolled(path) => Self::new(
                "not_enrolled",
                format!(
                    "This machine is not enrolled ({} does not exist). Run \"farol-agent enroll --server URL\" with a \
                     token from the console first.",
                    path.display()
                ),
            )
            .exit(EXIT_NOT_ENROLLED),
            ConfigError::Io { path, source } => Self::new(
                "state_unusable",
                format!(
                    "{} cannot be used: {source}. Check the folder, or choose another with --state.",
                    path.display()
                ),
            ),
            ConfigError::Damaged { path, reason } => Self::new(
                "state_damaged",
                format!(
                    "{} is damaged ({reason}). Restore it, or enroll anew with \"farol-agent enroll --replace\".",
                    path.display()
                ),
            ),
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let hint = match &error {
            SourceError::TokenMissing => {
                "Make one in the console and give it with --token-file, FAROL_TOKEN or on standard input."
            }
            SourceError::TokenMistyped(_) => {
                "Copy the token again, all of it; it begins with farol_enr_ and minds capital letters."
            }
            SourceError::TokenAmbiguous(_) => "Leave only the one that is meant.",
            SourceError::TokenUnreadable { .. } => "Check the name and who may read it.",
            SourceError::ServerMissing => {
                "Give it with --server https://farol.example.org, the address that the console shows in its address bar."
            }
            SourceError::Sidecar { .. } => {
                return Self::new(
                    error.code(),
                    format!(
                        "{}. {SIDECAR} may have \"server\", \"token\" and \"ca_file\"; correct or remove it.",
                        sentence(&error.to_string())
                    ),
                );
            }
        };
        Self::new(error.code(), format!("{}. {hint}", sentence(&error.to_string())))
    }
}

impl From<EnrollError> for Failure {
    fn from(error: EnrollError) -> Self {
        let hint = match &error {
            EnrollError::Unreachable { .. } => "Check the address, the network and whether the server runs.",
            EnrollError::Busy { code, .. } => hint_for(code),
            EnrollError::Refused { code, .. } => hint_for(code),
            EnrollError::Answer(_) => "Check the address and the server's log.",
            EnrollError::WrongServer(_) => {
                "The address leads to another server, or somebody is in between. The token was made for one server; make \
                 one there, or correct the address."
            }
            EnrollError::Tls(_) => "Check the file given with --ca-file.",
            EnrollError::Random(_) => "The system is out of order; try again after a restart.",
        };
        let exit = if matches!(error, EnrollError::Refused { .. }) {
            EXIT_NOT_ENROLLED
        } else {
            EXIT_FAILED
        };
        let text = format!("This machine could not be enrolled: {error}. {hint}");
        Self::new(error.code().to_owned(), text).exit(exit)
    }
}

/// What helps after a refusal of the server.
fn hint_for(code: &str) -> &'static str {
    match code {
        "enrollment_token_invalid" => {
            "The token may have expired, been used up or been revoked; make a new one in the console."
        }
        "encryption_required" => "Use the server's https:// address.",
        "too_many_attempts" | "storage_busy" | "storage_full" | "not_ready" => "Try again in a minute.",
        _ => "Ask whoever runs the server.",
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let error = match error {
            RunError::State(error) => return error.into(),
            other => other,
        };
        let text = format!("The agent stops: {error}.");
        match &error {
            RunError::NotEnrolled(code) => Self::new(code.clone(), text).exit(EXIT_NOT_ENROLLED),
            RunError::Refused(refusal) => Self::new(refusal.code.clone(), text).exit(EXIT_NOT_ENROLLED),
            RunError::Tls(_) => Self::new("ca_file_unusable", text),
            RunError::State(_) | RunError::System(_) => Self::new("system_failed", text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_with_sentence_and_code() {
        let said = Failure::from(SourceError::TokenMissing).to_string();
        assert!(
            said.starts_with("farol-agent: There is no enrollment token. "),
            "{said}"
        );
        assert!(said.ends_with(". [enrollment_token_missing]"), "{said}");
        assert!(!said.contains('\n'));
        let refused = EnrollError::Refused {
            code: "enrollment_token_invalid".into(),
            detail: "It has expired".into(),
        };
        let said = Failure::from(refused).to_string();
        assert!(
            said.contains("make a new one") && said.ends_with("[enrollment_token_invalid]"),
            "{said}"
        );
        let removed = Failure::from(RunError::NotEnrolled("machine_removed".into()));
        assert_eq!(removed.exit, EXIT_NOT_ENROLLED);
        assert!(removed.to_string().ends_with("[machine_removed]"));
    }
}
