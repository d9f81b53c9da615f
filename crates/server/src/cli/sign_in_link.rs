//! `farol sign-in-link`: prints a one-time link; works beside a running server.

use super::{Failure, open, print};
use crate::accounts;
use crate::config::{Options, PublicUrl};
use crate::ctx::Ctx;
use crate::server::URL_FILE;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Whom the link signs in; the first owner when left out.
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,
}

pub(super) async fn run(options: &Options, args: &Args) -> Result<(), Failure> {
    let ctx = open(options).await?;
    let link = accounts::create_link(&ctx.db, &ctx.clock, args.email.as_deref()).await?;
    let url = server_url(&ctx);
    ctx.db.close().await;
    print(&format!("{url}{}\n", link.path))
}

/// The configured address, else that of the server that runs (or ran last) on this data, else where one would listen.
pub(super) fn server_url(ctx: &Ctx) -> PublicUrl {
    if ctx.config.public_url_given {
        return ctx.config.public_url.clone();
    }
    std::fs::read_to_string(ctx.config.data.join(URL_FILE))
        .ok()
        .and_then(|text| PublicUrl::parse(text.trim()).ok())
        .unwrap_or_else(|| ctx.config.public_url.clone())
}
