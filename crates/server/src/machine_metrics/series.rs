//! What is measured, in which unit and range, and how several measurements become one. Pure.

use farol_protocol::link::MetricSample;
use serde::Serialize;
use utoipa::ToSchema;

/// How many series there are.
pub const SERIES: usize = 12;

/// What of a machine is measured. The order is that of their bits in stored blocks: add at the end, never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MetricName)]
pub enum Series {
    /// Share of all processors that was busy.
    Cpu,
    /// Memory that was not available to programs.
    MemoryUsed,
    /// Memory there was.
    MemoryTotal,
    /// Swap in use.
    SwapUsed,
    /// Programs that ran or waited.
    Load,
    /// Read from disks.
    DiskRead,
    /// Written to disks.
    DiskWritten,
    /// Came over the network.
    NetReceived,
    /// Left over the network.
    NetSent,
    /// What of the root file system was not free for everybody.
    RootUsed,
    /// How large it was.
    RootTotal,
    /// Of the hottest processor.
    Temperature,
}

/// What the numbers of a series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MetricUnit)]
pub enum Unit {
    /// 0 to 100.
    Percent,
    /// Bytes.
    Bytes,
    /// Bytes in each second.
    BytesPerSecond,
    /// A number of programs.
    Programs,
    /// Degrees Celsius.
    Celsius,
}

impl Series {
    /// All of them, in their order.
    pub const ALL: [Self; SERIES] = [
        Self::Cpu,
        Self::MemoryUsed,
        Self::MemoryTotal,
        Self::SwapUsed,
        Self::Load,
        Self::DiskRead,
        Self::DiskWritten,
        Self::NetReceived,
        Self::NetSent,
        Self::RootUsed,
        Self::RootTotal,
        Self::Temperature,
    ];

    /// The least and the most that is believed, as it is told. What is outside is left out: a counter that jumped, a sensor that lies.
    fn range(self) -> (i64, i64) {
        match self {
            Self::Cpu => (0, 1_000),
            // A PiB.
            Self::MemoryUsed | Self::MemoryTotal | Self::SwapUsed => (0, 1 << 30),
            Self::Load => (0, 10_000_000),
            // A TB in each second.
            Self::DiskRead | Self::DiskWritten | Self::NetReceived | Self::NetSent => (0, 1_000_000_000_000),
            // An EiB.
            Self::RootUsed | Self::RootTotal => (0, 1 << 40),
            Self::Temperature => (-1_000, 2_000),
        }
    }

    /// What its numbers are for people.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::Cpu => Unit::Percent,
            Self::MemoryUsed | Self::MemoryTotal | Self::SwapUsed | Self::RootUsed | Self::RootTotal => {
                Unit::Bytes
            }
            Self::Load => Unit::Programs,
            Self::DiskRead | Self::DiskWritten | Self::NetReceived | Self::NetSent => Unit::BytesPerSecond,
            Self::Temperature => Unit::Celsius,
        }
    }

    /// A number as it is told and kept, in the unit for people.
    #[must_use]
    pub fn for_people(self, told: f64) -> f64 {
        let value = match self {
            Self::Cpu | Self::Temperature => told / 10.0,
            Self::Load => told / 100.0,
            Self::MemoryUsed | Self::MemoryTotal | Self::SwapUsed | Self::RootUsed | Self::RootTotal => {
                return (told * 1_048_576.0).round();
            }
            Self::DiskRead | Self::DiskWritten | Self::NetReceived | Self::NetSent => return told.round(),
        };
        (value * 100.0).round() / 100.0
    }
}

/// What was measured at one moment, as it was told; absent where the machine does not tell, or what it told cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading(pub [Option<i64>; SERIES]);

impl Reading {
    /// What a sample says that can be.
    #[must_use]
    pub fn of(sample: &MetricSample) -> Self {
        let big = |value: Option<u64>| value.and_then(|value| i64::try_from(value).ok());
        let mut told = [
            sample.cpu_permille.map(i64::from),
            big(sample.memory_used_mib),
            big(sample.memory_total_mib),
            big(sample.swap_used_mib),
            sample.load_centi.map(i64::from),
            big(sample.disk_read_bps),
            big(sample.disk_written_bps),
            big(sample.net_received_bps),
            big(sample.net_sent_bps),
            big(sample.root_used_mib),
            big(sample.root_total_mib),
            sample.temperature_decidegrees.map(i64::from),
        ];
        for (series, value) in Series::ALL.into_iter().zip(&mut told) {
            let (least, most) = series.range();
            *value = value.filter(|value| (least..=most).contains(value));
        }
        Self(told)
    }

    /// Nothing was measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}

/// What a series was over some time. Without a second, nothing is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// Of how many seconds something is known.
    pub seconds: u32,
    /// Each value times the seconds for which it stands.
    pub sum: i64,
    /// The least.
    pub min: i64,
    /// The most.
    pub max: i64,
}

impl Cell {
    /// One value for so many seconds.
    #[must_use]
    pub fn of(value: i64, seconds: u32) -> Self {
        if seconds == 0 {
            return Self::default();
        }
        Self {
            seconds,
            sum: value.saturating_mul(i64::from(seconds)),
            min: value,
            max: value,
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.seconds, other.seconds) {
            (_, 0) => self,
            (0, _) => other,
            (one, two) => Self {
                seconds: one.saturating_add(two),
                sum: self.sum.saturating_add(other.sum),
                min: self.min.min(other.min),
                max: self.max.max(other.max),
            },
        }
    }

    /// The mean, as it is told; None when nothing is known.
    #[must_use]
    pub fn mean(self) -> Option<f64> {
        (self.seconds > 0).then(|| self.sum as f64 / f64::from(self.seconds))
    }
}

/// What all series were over some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Point {
    /// In the order of [`Series::ALL`].
    pub cells: [Cell; SERIES],
}

impl Point {
    /// What was measured, for so many seconds.
    #[must_use]
    pub fn of(reading: &Reading, seconds: u32) -> Self {
        Self {
            cells: reading
                .0
                .map(|value| value.map_or_else(Cell::default, |value| Cell::of(value, seconds))),
        }
    }

    /// Adds what was over some other time.
    pub fn add(&mut self, other: &Self) {
        for (cell, more) in self.cells.iter_mut().zip(other.cells) {
            *cell = cell.and(more);
        }
    }

    /// A series of it.
    #[must_use]
    pub fn cell(&self, series: Series) -> Cell {
        let pairs = Series::ALL.into_iter().zip(self.cells);
        pairs
            .filter(|(one, _)| *one == series)
            .map(|(_, cell)| cell)
            .next()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_left_out_alone() {
        let sample = MetricSample {
            seconds: 60,
            cpu_permille: Some(1_001),
            memory_used_mib: Some(u64::MAX),
            load_centi: Some(150),
            temperature_decidegrees: Some(-5_000),
            ..MetricSample::default()
        };
        let reading = Reading::of(&sample);
        assert_eq!(reading.0.iter().flatten().collect::<Vec<_>>(), [&150]);
        assert!(Reading::of(&MetricSample::default()).is_empty());
    }

    #[test]
    fn a_mean_weighs_by_time() {
        let cell = Cell::of(10, 59).and(Cell::of(70, 1)).and(Cell::default());
        assert_eq!((cell.min, cell.max, cell.seconds), (10, 70, 60));
        assert_eq!(cell.mean(), Some(11.0));
        assert_eq!(Cell::default().mean(), None);
    }

    #[test]
    fn people_read_units_of_theirs() {
        let shown = |series: Series, told| series.for_people(told);
        assert_eq!(shown(Series::Cpu, 1_000.0), 100.0);
        assert_eq!(shown(Series::Load, 150.0), 1.5);
        assert_eq!(shown(Series::MemoryUsed, 2.0), 2_097_152.0);
        assert_eq!(shown(Series::Temperature, -15.0), -1.5);
    }
}
