//! [`Conditions`]: when an assignment counts and what it asks for. Pure: the time comes with the question.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::error::FieldError;

/// A login's proof is asked to be no younger than this, in minutes: it takes a while to open a session with it.
pub const STEP_UP_MIN: u16 = 1;
/// And no older than this: a day.
pub const STEP_UP_MAX: u16 = 24 * 60;
/// Longest name of a time zone; the longest that there is has 32 characters.
const ZONE_MAX: usize = 64;
const MINUTES_OF_DAY: u16 = 24 * 60;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Day {
    fn of(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

/// Hours of the week, by the clock of a place. Where `to` is before `from` they go on past midnight, and belong to the day on which they
/// began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssignmentHours)]
pub struct Hours {
    /// On which days.
    pub days: Vec<Day>,
    /// From when, as `08:00`.
    #[schema(example = "08:00")]
    pub from: String,
    /// Until when, as `18:00`; `24:00` is the end of the day.
    #[schema(example = "18:00")]
    pub to: String,
    /// By the clock of which place: a name of the IANA time zone database.
    #[schema(example = "America/Recife")]
    pub time_zone: String,
}

/// Day and minute of the day at some place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Local {
    day: Day,
    yesterday: Day,
    minute: u16,
}

impl Local {
    /// What clocks there show; None for a time zone that is not known.
    pub(super) fn at(now: Timestamp, zone: &str) -> Option<Self> {
        let zone = TimeZone::get(zone).ok()?;
        let now = jiff::Timestamp::from_millisecond(now.0)
            .ok()?
            .to_zoned_datetime(zone);
        let minute = u16::try_from(now.hour()).ok()? * 60 + u16::try_from(now.minute()).ok()?;
        Some(Self {
            day: Day::of(now.weekday()),
            yesterday: Day::of(now.weekday().previous()),
            minute,
        })
    }
}

impl Hours {
    /// Whether it is within them; what cannot be read is never.
    pub(super) fn include(&self, local: Local) -> bool {
        let (Some(from), Some(to)) = (minute(&self.from), minute(&self.to)) else {
            return false;
        };
        let (today, yesterday) = (
            self.days.contains(&local.day),
            self.days.contains(&local.yesterday),
        );
        if from < to {
            today && (from..to).contains(&local.minute)
        } else {
            (today && local.minute >= from) || (yesterday && local.minute < to)
        }
    }

    /// Hours of no day.
    pub(super) fn never() -> Self {
        Self {
            days: Vec::new(),
            from: String::new(),
            to: String::new(),
            time_zone: String::new(),
        }
    }

    fn checked(mut self, wrong: &mut Vec<FieldError>) -> Self {
        self.days.sort_unstable();
        self.days.dedup();
        if self.days.is_empty() {
            wrong.push(FieldError::new(
                "conditions.hours.days",
                "required",
                "Name a day at least.",
            ));
        }
        for (field, time) in [
            ("conditions.hours.from", &self.from),
            ("conditions.hours.to", &self.to),
        ] {
            if minute(time).is_none() {
                let detail = "Write the time of the day as 08:00, up to 24:00.";
                wrong.push(FieldError::new(field, "malformed", detail));
            }
        }
        if self.from == "24:00" || minute(&self.from).is_some() && minute(&self.from) == minute(&self.to) {
            let detail = "The hours end when they begin. For whole days write 00:00 to 24:00.";
            wrong.push(FieldError::new("conditions.hours.to", "empty", detail));
        }
        if self.time_zone.len() > ZONE_MAX || TimeZone::get(&self.time_zone).is_err() {
            let detail = "There is no such time zone. Write a name as America/Recife.";
            wrong.push(FieldError::new("conditions.hours.time_zone", "unknown", detail));
        }
        self
    }
}

/// The minute of the day of a time as `08:00`.
fn minute(time: &str) -> Option<u16> {
    let (hour, minute) = time.split_once(':')?;
    let number = |text: &str| -> Option<u16> {
        (text.len() == 2 && text.bytes().all(|one| one.is_ascii_digit()))
            .then(|| text.parse().ok())
            .flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= MINUTES_OF_DAY).then_some(all)
}

/// When an assignment counts, and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = AssignmentConditions)]
pub struct Conditions {
    /// It ends by itself then; `null` = never.
    pub expires_at: Option<Timestamp>,
    /// It counts only then; `null` = always.
    pub hours: Option<Hours>,
    /// What changes or opens anything asks for a proof by the login (a second factor, where the account has one) that is no older than
    /// this many minutes, 1 to 1440; `null` = it does not. Machines and sessions are listed without. API tokens have no proof.
    #[schema(minimum = 1, maximum = 1440)]
    pub step_up_minutes: Option<u16>,
    /// Whoever opens a session by it says why.
    pub reason_required: bool,
}

impl Conditions {
    /// None.
    pub const NONE: Self = Self {
        expires_at: None,
        hours: None,
        step_up_minutes: None,
        reason_required: false,
    };

    /// As one text, for columns that nobody looks for them in.
    ///
    /// # Errors
    /// None that is known: all of them are text and numbers.
    pub(crate) fn to_column(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// As [`Conditions::to_column`] wrote them; None for what this version does not know, under which nothing is given.
    #[must_use]
    pub(crate) fn from_column(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Whether they are at least as strict as `other`: who has something under `other` may give it under these.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        let ends = other
            .expires_at
            .is_none_or(|end| self.expires_at.is_some_and(|own| own <= end));
        let hours = other.hours.is_none() || self.hours == other.hours;
        let proof = other
            .step_up_minutes
            .is_none_or(|minutes| self.step_up_minutes.is_some_and(|own| own <= minutes));
        ends && hours && proof && (self.reason_required || !other.reason_required)
    }

    /// What somebody wrote, as it is kept.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn checked(self, now: Timestamp) -> std::result::Result<Self, Vec<FieldError>> {
        let mut wrong = Vec::new();
        if self.expires_at.is_some_and(|end| end <= now) {
            let detail = "The end is over already. Name a moment to come.";
            wrong.push(FieldError::new("conditions.expires_at", "out_of_range", detail));
        }
        let hours = self.hours.map(|hours| hours.checked(&mut wrong));
        let range = STEP_UP_MIN..=STEP_UP_MAX;
        if self
            .step_up_minutes
            .is_some_and(|minutes| !range.contains(&minutes))
        {
            let detail =
                format!("A proof is asked to be {STEP_UP_MIN} to {STEP_UP_MAX} minutes old at most.");
            wrong.push(FieldError::new(
                "conditions.step_up_minutes",
                "out_of_range",
                detail,
            ));
        }
        if wrong.is_empty() {
            Ok(Self { hours, ..self })
        } else {
            Err(wrong)
        }
    }

    /// Whether and how what they are about counts.
    pub(super) fn standing_at(&self, at: &Moment) -> Standing {
        let now = at.now();
        self.standing(at, |zone| now.and_then(|now| Local::at(now, zone)))
    }

    /// The same, with a look at clocks that the caller keeps.
    pub(super) fn standing(&self, at: &Moment, local: impl FnOnce(&str) -> Option<Local>) -> Standing {
        let (now, proof) = match *at {
            Moment::Asked { now, proven_at } => (now, Some(proven_at)),
            Moment::Running { now } => (now, None),
            Moment::Whenever => return Standing::Counts,
        };
        if let Some(end) = self.expires_at.filter(|end| *end <= now) {
            return Standing::Ended(end);
        }
        if let Some(hours) = &self.hours
            && !local(&hours.time_zone).is_some_and(|local| hours.include(local))
        {
            return Standing::OutsideHours;
        }
        match (self.step_up_minutes, proof) {
            (Some(minutes), Some(proven_at)) if !is_fresh(proven_at, now, minutes) => Standing::Unproven,
            _ => Standing::Counts,
        }
    }
}

fn is_fresh(proven_at: Option<Timestamp>, now: Timestamp, minutes: u16) -> bool {
    let life = std::time::Duration::from_secs(u64::from(minutes) * 60);
    proven_at.is_some_and(|at| now.since(at) < life)
}

/// For when one asks what somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// For something that is asked now, by a login that last proved who it is then; None = by something that cannot prove that.
    Asked {
        /// Now.
        now: Timestamp,
        /// The proof.
        proven_at: Option<Timestamp>,
    },
    /// For something that runs already: who began it gave the proof.
    Running {
        /// Now.
        now: Timestamp,
    },
    /// All that was given and not taken away, ended or not: for whose account it is and where it belongs, never for what it may do.
    Whenever,
}

impl Moment {
    /// The time of it, if it is asked for one.
    pub(super) fn now(&self) -> Option<Timestamp> {
        match self {
            Self::Asked { now, .. } | Self::Running { now } => Some(*now),
            Self::Whenever => None,
        }
    }
}

/// Whether and how an assignment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Counts,
    /// It would with a younger proof; what is in sight stays in sight.
    Unproven,
    /// It does at other hours.
    OutsideHours,
    /// It did until then.
    Ended(Timestamp),
}

impl Standing {
    /// Whether it counts now, perhaps with a proof.
    #[must_use]
    pub fn is_in_time(self) -> bool {
        matches!(self, Self::Counts | Self::Unproven)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn conditions() -> impl Strategy<Value = Conditions> {
        let days = proptest::collection::vec(
            proptest::sample::select(vec![Day::Monday, Day::Friday, Day::Sunday]),
            0..4,
        );
        let hours = (days, ".{0,8}", ".{0,8}", ".{0,20}").prop_map(|(days, from, to, time_zone)| Hours {
            days,
            from,
            to,
            time_zone,
        });
        let end = proptest::option::of((0_i64..4_000_000_000_000).prop_map(Timestamp));
        let minutes = proptest::option::of(any::<u16>());
        (end, proptest::option::of(hours), minutes, any::<bool>()).prop_map(
            |(expires_at, hours, step_up_minutes, reason_required)| Conditions {
                expires_at,
                hours,
                step_up_minutes,
                reason_required,
            },
        )
    }

    proptest! {
        #[test]
        fn a_column_keeps_conditions(conditions in conditions()) {
            let text = conditions.to_column().unwrap();
            prop_assert_eq!(Conditions::from_column(&text), Some(conditions));
        }
    }

    #[test]
    fn what_is_not_known_is_no_condition_that_is_kept() {
        assert_eq!(Conditions::from_column("{}"), Some(Conditions::NONE));
        for text in ["", "null", "{\"networks\":[]}", "{\"step_up_minutes\":-1}"] {
            assert_eq!(Conditions::from_column(text), None, "{text}");
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn hours(days: &[Day], from: &str, to: &str, zone: &str) -> Hours {
        Hours {
            days: days.to_vec(),
            from: from.into(),
            to: to.into(),
            time_zone: zone.into(),
        }
    }

    fn include(hours: &Hours, now: &str) -> bool {
        Local::at(at(now), &hours.time_zone).is_some_and(|local| hours.include(local))
    }

    #[test]
    fn hours_are_those_of_their_place_also_when_its_clocks_change() {
        let work = hours(&[Day::Monday, Day::Sunday], "08:00", "18:00", "Europe/Lisbon");
        // A Monday in winter, and the Sunday on which clocks go forward at one.
        assert!(!include(&work, "2026-01-05T07:59:59Z"));
        assert!(include(&work, "2026-01-05T08:00:00Z"));
        assert!(!include(&work, "2026-01-05T18:00:00Z"));
        assert!(include(&work, "2026-03-29T07:00:00Z"));
        assert!(!include(&work, "2026-03-29T17:00:00Z"));
        assert!(!include(&work, "2026-01-06T12:00:00Z"), "a Tuesday");
        let far = hours(&[Day::Tuesday], "00:00", "24:00", "Pacific/Auckland");
        assert!(include(&far, "2026-01-05T12:00:00Z"), "Tuesday there already");
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_on_which_they_began() {
        let night = hours(&[Day::Friday], "22:00", "06:00", "UTC");
        assert!(include(&night, "2026-01-02T23:00:00Z"));
        assert!(include(&night, "2026-01-03T05:59:00Z"));
        assert!(!include(&night, "2026-01-03T06:00:00Z"));
        assert!(!include(&night, "2026-01-03T23:00:00Z"));
        assert!(!include(&night, "2026-01-02T05:00:00Z"));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let now = at("2026-01-01T00:00:00Z");
        let wrong = |conditions: Conditions| match conditions.checked(now) {
            Ok(_) => Vec::new(),
            Err(wrong) => wrong.iter().map(|one| (one.field, one.code)).collect(),
        };
        assert_eq!(wrong(Conditions::NONE), []);
        let all = Conditions {
            expires_at: Some(now),
            hours: Some(hours(&[], "8:00", "25:00", "Mars/Olympus")),
            step_up_minutes: Some(0),
            reason_required: true,
        };
        assert_eq!(
            wrong(all),
            [
                ("conditions.expires_at", "out_of_range"),
                ("conditions.hours.days", "required"),
                ("conditions.hours.from", "malformed"),
                ("conditions.hours.to", "malformed"),
                ("conditions.hours.time_zone", "unknown"),
                ("conditions.step_up_minutes", "out_of_range"),
            ]
        );
        let empty = Conditions {
            hours: Some(hours(&[Day::Monday], "08:00", "08:00", "UTC")),
            ..Conditions::NONE
        };
        assert_eq!(wrong(empty), [("conditions.hours.to", "empty")]);
    }

    #[test]
    fn a_proof_counts_for_as_long_as_is_asked_and_what_runs_has_given_it() {
        let strict = Conditions {
            step_up_minutes: Some(5),
            ..Conditions::NONE
        };
        let now = at("2026-01-01T00:10:00Z");
        let stands = |moment| strict.standing(&moment, |_| None);
        let asked = |proven_at: Option<&str>| {
            stands(Moment::Asked {
                now,
                proven_at: proven_at.map(at),
            })
        };
        assert_eq!(asked(None), Standing::Unproven);
        assert_eq!(asked(Some("2026-01-01T00:05:00Z")), Standing::Unproven);
        assert_eq!(asked(Some("2026-01-01T00:05:01Z")), Standing::Counts);
        assert_eq!(stands(Moment::Running { now }), Standing::Counts);
    }

    #[test]
    fn what_is_given_is_no_looser_than_what_one_has() {
        let now = at("2026-01-01T00:00:00Z");
        let until = |seconds| Conditions {
            expires_at: Some(now.after(std::time::Duration::from_secs(seconds))),
            ..Conditions::NONE
        };
        assert!(until(5).within(&until(10)) && until(10).within(&until(10)));
        assert!(!until(11).within(&until(10)) && !Conditions::NONE.within(&until(10)));
        assert!(until(5).within(&Conditions::NONE));
        let proof = |minutes| Conditions {
            step_up_minutes: Some(minutes),
            ..Conditions::NONE
        };
        assert!(proof(5).within(&proof(5)) && !proof(6).within(&proof(5)));
        let reason = Conditions {
            reason_required: true,
            ..Conditions::NONE
        };
        assert!(!Conditions::NONE.within(&reason) && reason.within(&reason));
        let monday = Conditions {
            hours: Some(hours(&[Day::Monday], "08:00", "18:00", "UTC")),
            ..Conditions::NONE
        };
        assert!(monday.within(&monday) && !Conditions::NONE.within(&monday));
    }
}
