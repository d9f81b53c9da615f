//! `farol enrollment-token create`: prints a token; works beside a running server.

use std::time::Duration;

use super::{Failure, open, print};
use crate::config::Options;
use crate::enrollment::{self, NewToken};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a token and print it; nobody can show it again.
    Create(Create),
}

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// What it is for, for people.
    #[arg(long)]
    name: String,
    /// Machines that may be enrolled with it [default: any number]
    #[arg(long, value_name = "N")]
    uses: Option<u32>,
    /// How long it is valid: a number and m, h or d.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    expires: Duration,
}

pub(super) async fn run(options: &Options, command: Command) -> Result<(), Failure> {
    let Command::Create(wanted) = command;
    let ctx = open(options).await?;
    let new = NewToken {
        name: wanted.name,
        site_id: None,
        max_uses: wanted.uses,
        expires_in_seconds: wanted.expires.as_secs(),
    };
    let created = enrollment::create_from_command_line(&ctx, new).await?;
    ctx.db.close().await;
    print(&format!("{}\n", created.token))
}

/// `90s`, `30m`, `12h`, `7d`.
fn duration(text: &str) -> Result<Duration, String> {
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
}
