//! How the arguments of `farol enrollment-token` are read.

use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::enrollment::Approval;

/// Which tokens are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Which {
    /// Those that still work.
    Active,
    /// Those that are used up, expired or revoked.
    Ended,
    /// Both.
    All,
}

/// How many machines: a number, or `any`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Limit(pub(super) Option<u32>);

impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "any" => Ok(Self(None)),
            number => number
                .parse()
                .map(|uses| Self(Some(uses)))
                .map_err(|_| "write a number, or any"),
        }
    }
}

/// The words of the API, with dashes or underscores.
impl ValueEnum for Approval {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Automatic, Self::First, Self::WhenDoubtful]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Automatic => {
                PossibleValue::new("automatic").help("never, unless it is not clear which machine it is")
            }
            Self::First => PossibleValue::new("first").help("always"),
            Self::WhenDoubtful => PossibleValue::new("when-doubtful")
                .alias("when_doubtful")
                .help("when it looks like a machine that is known, or like a sandbox"),
        })
    }
}

/// `department=Sales`, `device_type=laptop` (also `device-type`).
pub(super) fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write department=TEXT or device_type=TEXT")?;
    match name {
        "department" => Ok(("department".into(), value.into())),
        "device_type" | "device-type" => Ok(("device_type".into(), value.into())),
        _ => Err("the labels are department and device_type; for other words use --tag".into()),
    }
}

/// `90s`, `30m`, `12h`, `7d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number and s, m, h or d, such as 12h".to_owned();
    let unit = match text.chars().last().ok_or_else(wrong)? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    number
        .checked_mul(unit)
        .map(Duration::from_secs)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(duration("30m"), Ok(Duration::from_secs(1800)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        for wrong in ["", "h", "1", "x1h", "1é", "99999999999999999999d"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn limits_and_labels_are_read() {
        assert_eq!("any".parse(), Ok(Limit(None)));
        assert_eq!("7".parse(), Ok(Limit(Some(7))));
        assert!("-1".parse::<Limit>().is_err());
        assert_eq!(label("device-type=a=b"), Ok(("device_type".into(), "a=b".into())));
        assert!(label("department").is_err() && label("owner=x").is_err());
    }

    #[test]
    fn approvals_are_named_as_in_the_api() {
        for approval in Approval::value_variants() {
            let name = serde_json::to_value(approval).unwrap();
            assert_eq!(
                Approval::from_str(name.as_str().unwrap(), false).as_ref(),
                Ok(approval)
            );
        }
    }
}
