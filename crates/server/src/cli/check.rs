//! `farol check`: says whether the server could start with these settings.

use super::{Failure, open, print};
use crate::config::Options;
use crate::server::StartError;
use crate::store::Engine;
use crate::{sealed, tls};

pub(super) async fn run(options: &Options) -> Result<(), Failure> {
    let ctx = open(options).await?;
    ctx.config.check_listener()?;
    if let Some(mode) = &ctx.config.tls {
        tls::check(mode).map_err(StartError::from)?;
    }
    sealed::check(&ctx).await?;
    crate::health::ready(&ctx).await?;
    let engine = match ctx.db.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    ctx.db.close().await;
    print(&format!(
        "Configuration is right.\nData directory: {}\nDatabase: {engine}, up to date and writable\nListen: {}\nPublic address: {}\n",
        ctx.config.data.display(),
        ctx.config.listen,
        ctx.config.public_url,
    ))
}
