//! What monitors and consoles ask about the server itself: version, health, metrics.

mod api;
mod store;

use std::time::Duration;

use tokio::sync::Mutex;

use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::tls;

pub use api::routes;

/// A positive answer is good for this long, so that questions, which anybody may ask, do not become load.
const REMEMBERED: Duration = Duration::from_secs(2);

/// When the database last took a write.
#[derive(Debug, Default)]
pub struct Readiness {
    // Held across the write on purpose: questions that come meanwhile share its answer.
    last: Mutex<Option<Timestamp>>,
}

/// Whether the server can do its work: it is not stopping, its certificate is valid, and the database takes a write.
///
/// # Errors
/// `shutting_down`; `certificate_unavailable`; those of the database, such as `storage_full`.
pub async fn ready(ctx: &Ctx) -> Result<()> {
    if ctx.shutdown.is_cancelled() {
        let detail = "The server is stopping.".into();
        return Err(Error::Unavailable {
            code: Code::ShuttingDown,
            detail,
            source: None,
        });
    }
    tls::ready(ctx)?;
    let mut last = ctx.readiness.last.lock().await;
    let now = ctx.clock.now();
    if last.is_some_and(|last| now.since(last) < REMEMBERED) {
        return Ok(());
    }
    let tx = ctx.db.write().await?;
    store::note_ready(&tx, now).await?;
    tx.commit().await?;
    *last = Some(now);
    Ok(())
}
