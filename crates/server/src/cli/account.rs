//! `farol account`: letting people back in; works beside a running server.

use clap::Subcommand;

use super::sign_in_link::server_url;
use super::{Failure, open, print};
use crate::accounts;
use crate::config::Options;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Let somebody back into their account: enables it, ends its logins, takes its second factors away, prints a sign-in link.
    Recover(Recover),
}

#[derive(Debug, clap::Args)]
pub(super) struct Recover {
    /// Whose account; that of the oldest owner when left out.
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,
    /// Leave authenticator app, passkeys and recovery codes as they are.
    #[arg(long)]
    keep_second_factors: bool,
}

pub(super) async fn run(options: &Options, command: Command) -> Result<(), Failure> {
    let Command::Recover(args) = command;
    let ctx = open(options).await?;
    let done = accounts::recover(&ctx, args.email.as_deref(), args.keep_second_factors).await?;
    let url = server_url(&ctx);
    ctx.db.close().await;
    let mut text = format!("{url}{}\n", done.link.path);
    if done.enabled {
        text.push_str("The account was disabled and is enabled now.\n");
    }
    if done.factors_removed {
        text.push_str("Its second factors were taken away; add new ones after signing in.\n");
    }
    text.push_str("The link works once and for 15 minutes. Choose a new password under “Your account”.\n");
    print(&text)
}
