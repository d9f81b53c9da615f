//! Measures what the inventory costs a machine: reads each section of this machine again and again, and prints how long one reading keeps
//! the processor busy and how many bytes it is. Linux only, as it reads `/proc`.
//!
//! `inventory-cost [TIMES]`: 100 readings of each section unless told otherwise. Programs that a reading starts are not in its time.
#![allow(clippy::print_stdout, reason = "this program's output is its result")]

use anyhow::Context;
use farol_inventory::Section;

fn main() -> anyhow::Result<()> {
    let times = std::env::args()
        .nth(1)
        .map_or(Ok(100), |times| times.parse::<u32>())?;
    anyhow::ensure!(times > 0, "TIMES must be at least 1");
    for section in Section::ALL {
        // The first one pays for what all share.
        let bytes = farol_platform::inventory(section).to_json().len();
        let before = busy()?;
        for _ in 0..times {
            let found = farol_platform::inventory(section);
            anyhow::ensure!(found.body.section() == section, "another section was read");
        }
        let each = (busy()? - before) / f64::from(times);
        println!("{section}: {:.2} ms, {bytes} bytes", each * 1e3);
    }
    let status = std::fs::read_to_string("/proc/self/status").context("no status of this process")?;
    let most = status.lines().find(|line| line.starts_with("VmHWM:"));
    println!("{}", most.context("no VmHWM")?);
    Ok(())
}

/// Seconds on the processor that this thread has used.
fn busy() -> anyhow::Result<f64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").context("the kernel counts no time")?;
    let nanoseconds = told.split(' ').next().context("no figure")?;
    Ok(nanoseconds.parse::<f64>()? / 1e9)
}
