//! `farol serve`: start, wait for a signal, stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, print};
use crate::accounts;
use crate::config::{Config, Options, TlsMode};
use crate::server::Server;
use crate::{telemetry, tls};

pub(super) async fn run(options: &Options) -> Result<(), Failure> {
    let config = Config::load(options)?;
    telemetry::init(config.log_format, "info");
    let mut stop = Signals::install()?;
    let server = Server::start(config).await?;
    greet(&server).await?;
    stop.next().await;
    tracing::info!("stopping");
    // A second signal means now.
    tokio::select! {
        () = server.stop() => Ok(()),
        () = stop.next() => Err(Failure::Rule("Stopped at once by a second signal.".into())),
    }
}

/// Says where the server is and, while there is no account, how to make the first one.
async fn greet(server: &Server) -> Result<(), Failure> {
    let ctx = server.ctx();
    let url = &ctx.config.public_url;
    tracing::info!(listen = %server.address(), public_url = %url, version = crate::VERSION, "farol is running");
    let mut text = format!("Farol {} at {url}\n", crate::VERSION);
    if let Some(TlsMode::Own(_)) = ctx.config.tls
        && let Some(authority) = tls::authority(ctx).await?
    {
        let fingerprint = authority.fingerprint;
        text.push_str(&format!(
            "Browsers warn until they trust its own authority; {url}/trust says how. SHA-256: {fingerprint}\n"
        ));
    }
    if !accounts::any(ctx).await? {
        let link = accounts::create_link(&ctx.db, &ctx.clock, None).await?;
        text.push_str(&format!(
            "Make the first account, within 15 minutes: {url}{}\n",
            link.path
        ));
        text.push_str("Later, `farol sign-in-link` prints another link.\n");
    }
    print(&text)
}

struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn install() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
