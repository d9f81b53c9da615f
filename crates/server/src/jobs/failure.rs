//! [`JobFailure`]: why a job's step did not do its work, for whoever looks after the server.

use crate::clock::Timestamp;
use crate::error::Error;

/// Longest sentence kept, in characters: what libraries and strangers say may be anything.
const DETAIL_MAX: usize = 500;
/// The code of a step that ended itself in the middle.
pub(super) const PANICKED: &str = "panicked";
/// The code of work without an end that ended.
pub(super) const ENDED: &str = "ended";

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFailure {
    pub(super) code: &'static str,
    pub(super) detail: String,
    pub(super) again_at: Option<Timestamp>,
}

impl JobFailure {
    /// With its stable code and what happened, which is made one sentence without control characters.
    pub fn new(code: &'static str, detail: impl std::fmt::Display) -> Self {
        Self {
            code,
            detail: sentence(&detail.to_string()),
            again_at: None,
        }
    }

    /// The job keeps the time itself: before this moment its steps find nothing to do.
    #[must_use]
    pub fn again_at(self, at: Option<Timestamp>) -> Self {
        Self { again_at: at, ..self }
    }

    /// A step that ended itself in the middle, by what it left behind.
    pub(super) fn panicked(payload: &(dyn std::any::Any + Send)) -> Self {
        let said = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("it said nothing");
        Self::new(
            PANICKED,
            format!("The job ended itself in the middle, which is a fault of the program: {said}"),
        )
    }
}

impl From<Error> for JobFailure {
    /// In full: it is shown only to those who look after the server.
    fn from(error: Error) -> Self {
        let code = error.code().as_str();
        match error {
            Error::Internal(source) => {
                Self::new(code, format!("Something went wrong inside the server: {source}"))
            }
            Error::Unavailable {
                detail,
                source: Some(source),
                ..
            } => Self::new(code, format!("{} ({source})", detail.trim_end_matches('.'))),
            other => Self::new(code, other),
        }
    }
}

/// One line that begins with a capital letter and ends with a period, cut where it is too long.
fn sentence(text: &str) -> String {
    let printable: String = text
        .chars()
        .map(|letter| {
            if farol_protocol::text::is_deceptive(letter) {
                ' '
            } else {
                letter
            }
        })
        .collect();
    let line = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches('.');
    let mut letters = line.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    let rest: String = letters.by_ref().take(DETAIL_MAX).collect();
    let end = if letters.next().is_some() { "…" } else { "." };
    format!("{}{rest}{end}", first.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_becomes_one_sentence() {
        let said = |text: &str| JobFailure::new("x", text).detail;
        assert_eq!(said("no\r\nsuch\u{1b}[31m\u{202e} file"), "No such [31m file.");
        assert_eq!(said("It is over."), "It is over.");
        assert_eq!(
            said(&"é".repeat(DETAIL_MAX + 1)),
            format!("É{}.", "é".repeat(DETAIL_MAX))
        );
        assert!(said(&"é".repeat(DETAIL_MAX + 2)).ends_with('…'));
    }

    #[test]
    fn those_who_look_after_the_server_read_the_reason() {
        let inside = JobFailure::from(Error::internal("the disk\nis on fire"));
        assert_eq!(inside.code, "internal");
        assert_eq!(
            inside.detail,
            "Something went wrong inside the server: the disk is on fire."
        );
        let away = Error::Unavailable {
            code: crate::Code::StorageUnavailable,
            detail: "The database cannot be reached.".into(),
            source: Some("connection refused".into()),
        };
        let away = JobFailure::from(away);
        assert_eq!(away.code, "storage_unavailable");
        assert_eq!(
            away.detail,
            "The database cannot be reached (connection refused)."
        );
        let panic: Box<dyn std::any::Any + Send> = Box::new("index out of bounds");
        assert!(
            JobFailure::panicked(&*panic)
                .detail
                .ends_with("index out of bounds.")
        );
    }
}
