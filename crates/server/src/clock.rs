//! Wall-clock time of the server: UTC milliseconds in rows, RFC 3339 in JSON.
//!
//! Rules take the time from [`Clock`] (in `Ctx`), so tests move it by hand. Intervals shorter than a login (time-outs,
//! heartbeats) use tokio's clock instead, which tests pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Milliseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sea_orm::DeriveValueType)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment plus `duration`; saturates instead of wrapping.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// This moment minus `duration`; saturates instead of wrapping.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// How long after `earlier` this is; zero when it is not after.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// RFC 3339 in UTC with milliseconds, `2026-03-01T12:00:00.250Z`. Moments outside the years 0–9999 (no clock
    /// shows them, but a row could) are clamped.
    #[must_use]
    pub fn rfc3339(self) -> String {
        const LAST: i64 = 253_402_300_799_999;
        const FIRST: i64 = -62_167_219_200_000;
        let millis = self.0.clamp(FIRST, LAST);
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok())
            .unwrap_or_default()
    }
}

/// Reads RFC 3339, with any offset.
impl std::str::FromStr for Timestamp {
    type Err = Box<dyn std::error::Error + Send + Sync>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let moment = OffsetDateTime::parse(text, &Rfc3339)?;
        Ok(Self(i64::try_from(moment.unix_timestamp_nanos() / 1_000_000)?))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(
                utoipa::openapi::KnownFormat::DateTime,
            )))
            .description(Some("RFC 3339 in UTC"))
            .into()
    }
}

impl utoipa::ToSchema for Timestamp {
    fn name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
}

/// Where the server reads the time. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Clock(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<AtomicI64>),
    Ahead(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still at `at` until [`Clock::advance`] moves it; for tests.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(at.0))))
    }

    /// A clock that runs like the system's and is ahead of it by what [`Clock::advance`] says; for tests.
    #[must_use]
    pub fn ahead() -> Self {
        Self(Source::Ahead(Arc::default()))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => system(),
            Source::Ahead(by) => Timestamp(system().0.saturating_add(by.load(Ordering::SeqCst))),
            Source::Manual(at) => Timestamp(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock, or one that is ahead; does nothing to the system's.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(at) | Source::Ahead(at) = &self.0 {
            at.fetch_add(
                i64::try_from(by.as_millis()).unwrap_or(i64::MAX),
                Ordering::SeqCst,
            );
        }
    }
}

fn system() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_written_and_read_as_rfc3339() {
        let moment = Timestamp(1_772_366_400_250);
        assert_eq!(moment.rfc3339(), "2026-03-01T12:00:00.25Z");
        let json = serde_json::to_string(&moment).unwrap();
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), moment);
        assert!(Timestamp(i64::MAX).rfc3339().starts_with("9999-12-31"));
    }
}
