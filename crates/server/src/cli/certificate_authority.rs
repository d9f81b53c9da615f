//! `farol certificate-authority`: shows the server's own authority, or makes a new one.

use super::{Failure, open, print};
use crate::config::{Options, OwnSettings, TlsMode};
use crate::server::StartError;
use crate::tls;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print the SHA-256 fingerprint instead.
    #[arg(long)]
    fingerprint: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a new authority in the place of the present one, for other names or a lost key; every device has to trust the
    /// new one. A running server takes it within seconds.
    Renew,
}

pub(super) async fn run(options: &Options, args: Args) -> Result<(), Failure> {
    let ctx = open(options).await?;
    let settings = match &ctx.config.tls {
        Some(TlsMode::Own(settings)) => settings.clone(),
        _ => OwnSettings::default(),
    };
    let authority = match args.command {
        Some(Command::Renew) => tls::renew_authority(&ctx, &settings).await.map_err(StartError::from)?,
        None => tls::authority(&ctx).await?.ok_or_else(|| {
            Failure::Rule(
                "This server has no certificate authority of its own yet. It makes one when it starts with --tls own \
                 ([tls] mode = \"own\")."
                    .into(),
            )
        })?,
    };
    ctx.db.close().await;
    if args.fingerprint {
        print(&format!("{}\n", authority.fingerprint))
    } else {
        print(&authority.pem)
    }
}
