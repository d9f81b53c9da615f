//! `farol secrets rotate`: changes the key of the secrets in the database.

use super::{Failure, open, print};
use crate::config::Options;
use crate::sealed;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a new key, seal every secret with it and remove the old key; safe beside a running server, and to repeat.
    Rotate,
}

pub(super) async fn run(options: &Options, command: Command) -> Result<(), Failure> {
    let Command::Rotate = command;
    let ctx = open(options).await?;
    let rotation = sealed::rotate(&ctx).await?;
    let path = ctx.sealed.path().display().to_string();
    ctx.db.close().await;
    print(&format!(
        "Secrets sealed with the new key: {}. The key is {} in {path}.\nRemoved: {}. Copies of the database from before now need \
         the key file from before now: keep the two together, apart from each other.\n",
        rotation.sealed,
        rotation.key,
        rotation.removed.join(", "),
    ))
}
