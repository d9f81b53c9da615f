//! `farol audit`: checks the hash chains, removes old entries, and takes a restored database for right.

use super::{Failure, open, print};
use crate::audit::{self, Actor, Report};
use crate::clock::Timestamp;
use crate::config::Options;
use crate::ids::OrganizationId;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Check that no audit entry was changed, removed or put in; exit code 4 when one was.
    Verify {
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
        /// Only this organization.
        #[arg(long, value_name = "ID")]
        organization: Option<OrganizationId>,
    },
    /// Remove the audit entries older than a date and sign what is left, so that the rest still verifies.
    Prune {
        /// The first day to keep (in UTC), 2026-03-01, or a moment, 2026-03-01T12:00:00Z.
        #[arg(long, value_name = "DATE", value_parser = moment)]
        before: Timestamp,
        /// Only this organization.
        #[arg(long, value_name = "ID")]
        organization: Option<OrganizationId>,
    },
    /// Say that the database was restored from a backup on purpose. Until then the server takes it for rewritten, as it lacks
    /// the checkpoints that were noted last, and does not sign it.
    AcceptRestore,
}

pub(super) async fn run(options: &Options, command: Command) -> Result<(), Failure> {
    match command {
        Command::Verify { json, organization } => verify(options, json, organization).await,
        Command::Prune { before, organization } => prune(options, before, organization).await,
        Command::AcceptRestore => accept_restore(options).await,
    }
}

async fn verify(options: &Options, json: bool, only: Option<OrganizationId>) -> Result<(), Failure> {
    let ctx = open(options).await?;
    let reports = audit::verify(&ctx.db, &audit::known(&ctx)?, only).await?;
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
    let Report {
        name,
        organization_id: organization,
        first,
        signed_to,
        ..
    } = report;
    let entries = counted(report.entries());
    let kept = if *first > 1 {
        format!(", from entry {first} on")
    } else {
        String::new()
    };
    let signed = match signed_to {
        0 => "not signed yet".to_owned(),
        _ => format!("signed up to entry {signed_to}"),
    };
    match &report.finding {
        None => format!("{name}: {entries}{kept}, all in order, {signed}\n"),
        Some(finding) => {
            format!("{name} ({organization}): {entries}{kept} in order, then {finding}\n")
        }
    }
}

async fn prune(options: &Options, before: Timestamp, only: Option<OrganizationId>) -> Result<(), Failure> {
    let ctx = open(options).await?;
    let pruned = audit::prune(&ctx, &Actor::command_line(), before, only).await?;
    ctx.db.close().await;
    for one in &pruned {
        print(&match &one.finding {
            Some(finding) => format!("{}: nothing was removed, as {finding}\n", one.name),
            None if one.entries == 0 => format!("{}: nothing is that old\n", one.name),
            None => format!(
                "{}: removed {}, up to entry {}\n",
                one.name,
                counted(one.entries),
                one.up_to
            ),
        })?;
    }
    if pruned.iter().any(|one| one.finding.is_some()) {
        Err(Failure::Broken)
    } else {
        Ok(())
    }
}

async fn accept_restore(options: &Options) -> Result<(), Failure> {
    let ctx = open(options).await?;
    let accepted = audit::accept_restore(&ctx, &Actor::command_line()).await?;
    ctx.db.close().await;
    for one in &accepted {
        let name = &one.organization.name;
        print(&match &one.finding {
            Some(finding) => format!("{name}: nothing was accepted, as {finding}\n"),
            None if one.changed => format!("{name}: taken for right as it is, recorded and signed\n"),
            None => format!("{name}: nothing to accept\n"),
        })?;
    }
    if accepted.iter().any(|one| one.finding.is_some()) {
        Err(Failure::Broken)
    } else {
        Ok(())
    }
}

fn counted(entries: i64) -> String {
    match entries {
        1 => "1 entry".to_owned(),
        _ => format!("{entries} entries"),
    }
}

/// A day or a moment.
fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .or_else(|_| format!("{text}T00:00:00Z").parse())
        .map_err(|_| "write a day like 2026-03-01, or a moment like 2026-03-01T12:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_read() {
        assert_eq!(
            moment("2026-03-01").unwrap(),
            moment("2026-03-01T00:00:00Z").unwrap()
        );
        assert_eq!(
            moment("2026-03-01T12:00:00Z").unwrap(),
            moment("2026-03-01T09:00:00-03:00").unwrap()
        );
        assert!(moment("march").is_err());
    }
}
