//! A machine that does not exist, and is as busy as a test likes.

use super::{Processors, Shown, Traffic};

/// What a plausible machine shows after it ran for so many seconds with its four processors a quarter busy: the same at every call.
#[must_use]
pub fn shown(seconds: u64) -> Shown {
    Shown {
        processors: Some(Processors {
            all: seconds * 400,
            busy: seconds * 100,
        }),
        memory_total_mib: Some(16_000),
        memory_used_mib: Some(4_000),
        swap_used_mib: Some(0),
        load_centi: Some(125),
        disks: Some(Traffic {
            to: seconds * 10_000,
            from: seconds * 20_000,
        }),
        network: Some(Traffic {
            to: seconds * 1_000,
            from: seconds * 2_000,
        }),
        root_used_mib: Some(100_000),
        root_total_mib: Some(400_000),
        temperature_decidegrees: Some(455),
    }
}
