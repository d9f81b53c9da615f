//! `farol identity`: shows, rotates and retires the server's identity keys; works beside a running server, which notices
//! within seconds.

use super::{Failure, open, print};
use crate::config::Options;
use crate::server_identity::{self, By};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print the fingerprints of the keys, the present one first.
    Show,
    /// Make a new key. Agents learn of it at their next link, signed by the key they trust.
    Rotate,
    /// Give up the older keys. Agents that were not connected since the rotation have to be enrolled again.
    Retire,
}

pub(super) async fn run(options: &Options, command: Command) -> Result<(), Failure> {
    let ctx = open(options).await?;
    let view = match command {
        Command::Show => server_identity::view(&ctx, By::CommandLine).await?,
        Command::Rotate => server_identity::rotate(&ctx, By::CommandLine).await?,
        Command::Retire => server_identity::retire(&ctx, By::CommandLine).await?,
    };
    ctx.db.close().await;
    let lines = view.keys.iter().map(|key| {
        let role = if key.present { "present" } else { "older  " };
        format!(
            "{}  {role}  trusted by {} machines\n",
            key.fingerprint, key.trusted_by
        )
    });
    print(&lines.collect::<String>())
}
