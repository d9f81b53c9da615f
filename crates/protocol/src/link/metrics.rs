//! What a link says of how busy a machine is: samples, and how often one is wanted.
//!
//! ```text
//! agent                                    server
//!   sample, every 60 s                  ──▶
//!                                       ◀── pace: every second for the next minute (somebody looks)
//!   sample, every second                ──▶
//! ```
//! A sample is a fixed set of whole numbers, some of them absent: 40 to 70 bytes. None is kept for later: one that finds the link
//! away is gone, and one that waits is replaced by the next. What numbers can be is for whoever keeps them to judge.

use std::time::Duration;

use crate::ProtocolError;
use crate::limits::{METRIC_SECONDS_MAX, METRICS_EVERY};
use crate::wire::link as proto;

/// How busy a machine was. What its system does not tell is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MetricSample {
    /// Over how many seconds rates and the processors' share were taken; 1 to [`METRIC_SECONDS_MAX`].
    pub seconds: u32,
    /// Share of all processors that was busy, in thousandths.
    pub cpu_permille: Option<u32>,
    /// Memory that is not available to programs, in MiB.
    pub memory_used_mib: Option<u64>,
    /// Memory there is, in MiB.
    pub memory_total_mib: Option<u64>,
    /// Swap in use, in MiB.
    pub swap_used_mib: Option<u64>,
    /// Programs that ran or waited, over the last minute, in hundredths.
    pub load_centi: Option<u32>,
    /// Bytes a second read from disks.
    pub disk_read_bps: Option<u64>,
    /// Bytes a second written to disks.
    pub disk_written_bps: Option<u64>,
    /// Bytes a second that came over the network.
    pub net_received_bps: Option<u64>,
    /// Bytes a second that left over the network.
    pub net_sent_bps: Option<u64>,
    /// What of the root file system is not free for everybody, in MiB.
    pub root_used_mib: Option<u64>,
    /// How large it is, in MiB.
    pub root_total_mib: Option<u64>,
    /// The hottest sensor of the processors, in tenths of a degree Celsius.
    pub temperature_decidegrees: Option<i32>,
}

impl MetricSample {
    pub(crate) fn into_wire(self) -> proto::MetricSample {
        proto::MetricSample {
            seconds: self.seconds,
            cpu_permille: self.cpu_permille,
            memory_used_mib: self.memory_used_mib,
            memory_total_mib: self.memory_total_mib,
            swap_used_mib: self.swap_used_mib,
            load_centi: self.load_centi,
            disk_read_bps: self.disk_read_bps,
            disk_written_bps: self.disk_written_bps,
            net_received_bps: self.net_received_bps,
            net_sent_bps: self.net_sent_bps,
            root_used_mib: self.root_used_mib,
            root_total_mib: self.root_total_mib,
            temperature_decidegrees: self.temperature_decidegrees,
        }
    }

    pub(crate) fn from_wire(said: &proto::MetricSample) -> Result<Self, ProtocolError> {
        if !(1..=METRIC_SECONDS_MAX).contains(&said.seconds) {
            return Err(ProtocolError::Malformed("metric sample"));
        }
        Ok(Self {
            seconds: said.seconds,
            cpu_permille: said.cpu_permille,
            memory_used_mib: said.memory_used_mib,
            memory_total_mib: said.memory_total_mib,
            swap_used_mib: said.swap_used_mib,
            load_centi: said.load_centi,
            disk_read_bps: said.disk_read_bps,
            disk_written_bps: said.disk_written_bps,
            net_received_bps: said.net_received_bps,
            net_sent_bps: said.net_sent_bps,
            root_used_mib: said.root_used_mib,
            root_total_mib: said.root_total_mib,
            temperature_decidegrees: said.temperature_decidegrees,
        })
    }
}

/// How often the server wants a sample.
pub(crate) fn pace_from_wire(said: proto::MetricPace) -> Duration {
    let most = METRICS_EVERY.as_secs();
    Duration::from_secs(u64::from(said.seconds).clamp(1, most))
}

pub(crate) fn pace_into_wire(every: Duration) -> proto::MetricPace {
    let most = METRICS_EVERY.as_secs();
    proto::MetricPace {
        seconds: u32::try_from(every.as_secs().clamp(1, most)).unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    fn full() -> MetricSample {
        MetricSample {
            seconds: 60,
            cpu_permille: Some(1000),
            memory_used_mib: Some(1_500_000),
            memory_total_mib: Some(2_000_000),
            swap_used_mib: Some(100_000),
            load_centi: Some(25_600),
            disk_read_bps: Some(7_000_000_000),
            disk_written_bps: Some(7_000_000_000),
            net_received_bps: Some(12_500_000_000),
            net_sent_bps: Some(12_500_000_000),
            root_used_mib: Some(100_000_000),
            root_total_mib: Some(200_000_000),
            temperature_decidegrees: Some(-1_000),
        }
    }

    #[test]
    fn the_largest_sample_costs_less_than_150_bytes() {
        let wire = proto::AgentToServer {
            message: Some(proto::agent_to_server::Message::MetricSample(full().into_wire())),
        };
        assert!(wire.encoded_len() < 100, "{}", wire.encoded_len());
        assert_eq!(MetricSample::from_wire(&full().into_wire()), Ok(full()));
    }

    #[test]
    fn nothing_and_zero_are_two_things() {
        let zero = MetricSample {
            seconds: 1,
            cpu_permille: Some(0),
            ..MetricSample::default()
        };
        let bytes = zero.into_wire().encode_to_vec();
        let read = proto::MetricSample::decode(bytes.as_slice()).unwrap();
        assert_eq!(MetricSample::from_wire(&read), Ok(zero));
    }

    #[test]
    fn a_sample_is_of_some_time() {
        for seconds in [0, METRIC_SECONDS_MAX + 1] {
            let said = MetricSample { seconds, ..full() }.into_wire();
            assert_eq!(
                MetricSample::from_wire(&said),
                Err(ProtocolError::Malformed("metric sample"))
            );
        }
    }

    #[test]
    fn a_pace_is_between_a_second_and_a_minute() {
        let read = |seconds| pace_from_wire(proto::MetricPace { seconds }).as_secs();
        assert_eq!([read(0), read(1), read(30), read(u32::MAX)], [1, 1, 30, 60]);
        assert_eq!(pace_into_wire(Duration::ZERO).seconds, 1);
        assert_eq!(pace_into_wire(Duration::MAX).seconds, 60);
    }
}
