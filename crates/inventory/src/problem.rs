//! What could not be found out about a machine, or was not believed: data beside the facts, never an error of the whole.

use serde::{Deserialize, Serialize};

use crate::limits::PROBLEMS_MAX;

/// Something of a section that is missing or was changed, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// Which member, as a JSON pointer into the section; empty for the whole.
    pub field: String,
    /// Why.
    pub code: ProblemCode,
    /// For technicians: which sensor, what was found instead. Never a value that a machine sent.
    pub detail: String,
}

/// Why something is missing or was changed. The first ones are found when reading, the others by sensors on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// Another kind of value than the member has; left out.
    WrongType,
    /// Negative, too large, or a time that cannot be; left out.
    OutOfRange,
    /// A text with too many characters; cut.
    TooLong,
    /// A list with too many items; the first ones are kept.
    TooMany,
    /// Bytes that are no text; replaced.
    InvalidUtf8,
    /// Control or direction characters; replaced by blanks.
    Cleaned,
    /// This machine has no such source.
    NotAvailable,
    /// The source is there and not for us.
    NotPermitted,
    /// The source took too long.
    TimedOut,
    /// The source is larger than is read; what comes after is missing.
    CutOff,
    /// It is worked out later; what was known before counts until then.
    NotYet,
    /// The source could not be read or made no sense.
    Failed,
}

impl ProblemCode {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::WrongType,
        Self::OutOfRange,
        Self::TooLong,
        Self::TooMany,
        Self::InvalidUtf8,
        Self::Cleaned,
        Self::NotAvailable,
        Self::NotPermitted,
        Self::TimedOut,
        Self::CutOff,
        Self::NotYet,
        Self::Failed,
    ];

    /// Stable name, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WrongType => "wrong_type",
            Self::OutOfRange => "out_of_range",
            Self::TooLong => "too_long",
            Self::TooMany => "too_many",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::Cleaned => "cleaned",
            Self::NotAvailable => "not_available",
            Self::NotPermitted => "not_permitted",
            Self::TimedOut => "timed_out",
            Self::CutOff => "cut_off",
            Self::NotYet => "not_yet",
            Self::Failed => "failed",
        }
    }

    /// The code of that name; newer agents may have others, which are failures to us.
    pub(crate) fn of_name(name: &str) -> Self {
        let known = Self::ALL.into_iter().find(|code| code.name() == name);
        known.unwrap_or(Self::Failed)
    }

    /// Whether it says that facts could not be had this time, and not that they are wrong or that there are none.
    pub(crate) fn hides_facts(self) -> bool {
        matches!(
            self,
            Self::NotPermitted | Self::TimedOut | Self::CutOff | Self::NotYet | Self::Failed
        )
    }
}

/// Collects problems, each once, at most [`PROBLEMS_MAX`].
#[derive(Debug, Default)]
pub(crate) struct Problems {
    kept: Vec<Problem>,
    more: usize,
}

impl Problems {
    pub(crate) fn add(&mut self, problem: Problem) {
        if self.kept.contains(&problem) {
            return;
        }
        if self.kept.len() + 1 < PROBLEMS_MAX {
            self.kept.push(problem);
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.more > 0
    }

    /// One more whose words nobody needs.
    pub(crate) fn count(&mut self) {
        self.more += 1;
    }

    pub(crate) fn finish(mut self) -> Vec<Problem> {
        if self.more > 0 {
            self.kept.push(Problem {
                field: String::new(),
                code: ProblemCode::TooMany,
                detail: "there are more problems than are told".into(),
            });
        }
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_json() {
        for code in ProblemCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
            assert_eq!(ProblemCode::of_name(code.name()), code);
        }
        assert_eq!(ProblemCode::of_name("of_tomorrow"), ProblemCode::Failed);
    }

    #[test]
    fn they_are_bounded() {
        let mut problems = Problems::default();
        for at in 0..1000 {
            problems.add(Problem {
                field: format!("/{at}"),
                code: ProblemCode::WrongType,
                detail: String::new(),
            });
        }
        let kept = problems.finish();
        assert_eq!(kept.len(), PROBLEMS_MAX);
        assert_eq!(kept.last().unwrap().code, ProblemCode::TooMany);
    }
}
