//! `farol audit verify`: recomputes the hash chains.

use super::{Failure, open, print};
use crate::audit::{self, Finding, Report};
use crate::config::Options;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Check that no audit entry was changed, removed or put in; exit code 4 when one was.
    Verify {
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(options: &Options, command: Command) -> Result<(), Failure> {
    let Command::Verify { json } = command;
    let ctx = open(options).await?;
    let reports = audit::verify(&ctx.db).await?;
    ctx.db.close().await;
    if json {
        let text =
            serde_json::to_string_pretty(&reports).map_err(|error| Failure::Rule(error.to_string()))?;
        print(&format!("{text}\n"))?;
    } else {
        print(&reports.iter().map(line).collect::<String>())?;
    }
    if reports.iter().any(|report| report.finding.is_some()) {
        Err(Failure::Broken)
    } else {
        Ok(())
    }
}

fn line(report: &Report) -> String {
    let Report { name, entries, .. } = report;
    match &report.finding {
        None => format!("{name}: {entries} entries, all in order\n"),
        Some(Finding::Changed { seq }) => {
            format!("{name}: {entries} entries in order, then entry {seq} was CHANGED after it was written\n")
        }
        Some(Finding::Broken { expected, seq }) => {
            format!("{name}: {entries} entries in order, then entry {expected} is MISSING (found {seq})\n")
        }
        Some(Finding::CutOff { expected, found }) => {
            format!("{name}: {found} entries in order, but there should be {expected}: the end was CUT OFF\n")
        }
    }
}
