//! Certificate files of the administrator: read at start, and again when they change.
//!
//! Two files cannot be replaced in one step, so a look may find a new certificate beside an old key. Such a pair is not
//! taken; the one before stays until the two fit. Links are followed: tools that keep a link to the newest pair work.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{Current, TlsError, Trouble};
use crate::config::TlsFiles;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::jobs::{Did, JobFailure, JobName, Plan, Turn};

/// How often the files' dates are looked at. Two look-ups; no watch of the system's is needed, and none that network file
/// systems do not support.
const LOOK: Duration = Duration::from_secs(2);

/// Tells one content of the two files from the next; `None` while one cannot be looked at.
type Stamp = Option<[(u64, u64, i64, i64, u64); 2]>;

pub(super) fn load(files: &TlsFiles) -> Result<(Current, Stamp), TlsError> {
    // Before reading: what changes meanwhile is noticed by the next look.
    let stamp = stamp(files);
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| TlsError::file(&files.certificate, &error))?;
    if chain.is_empty() {
        return Err(TlsError::file(
            &files.certificate,
            &"there is no certificate in it",
        ));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| TlsError::file(&files.key, &error))?;
    Ok((Current::new(chain, key)?, stamp))
}

fn stamp(files: &TlsFiles) -> Stamp {
    let of = |path: &Path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((
            metadata.dev(),
            metadata.ino(),
            metadata.mtime(),
            metadata.mtime_nsec(),
            metadata.len(),
        ))
    };
    Some([of(&files.certificate)?, of(&files.key)?])
}

/// Shows what the files hold, for as long as the server runs.
pub(super) fn watch(ctx: Ctx, files: TlsFiles, mut known: Stamp) -> impl Future<Output = ()> {
    let plan = Plan::every(JobName::CertificateFiles, LOOK);
    let jobs = ctx.jobs.clone();
    jobs.run(plan, async move |turn| look(&ctx, &files, &mut known, turn).await)
}

/// Takes the files when they are others than those `known`, or somebody asks.
async fn look(ctx: &Ctx, files: &TlsFiles, known: &mut Stamp, turn: Turn) -> Result<Did, JobFailure> {
    let (files, before) = (files.clone(), *known);
    let looked = tokio::task::spawn_blocking(move || {
        let now = stamp(&files);
        (turn.asked || now != before).then(|| (now, load(&files)))
    });
    let looked = looked.await.map_err(Error::internal)?;
    let Some((seen, loaded)) = looked else {
        return Ok(if ctx.tls.trouble().is_some() {
            Did::Nothing
        } else {
            Did::Done
        });
    };
    match loaded {
        Ok((current, stamp)) => {
            *known = stamp;
            tracing::info!(until = %current.not_after.rfc3339(), "the certificate files were read; new connections get their certificate");
            ctx.tls.show(current);
            ctx.tls.set_trouble(None);
            Ok(Did::Done)
        }
        Err(error) => {
            // Once for each content, not with every look.
            *known = seen;
            ctx.tls.set_trouble(Some(Trouble {
                code: "certificate_files",
                detail: "The certificate files changed, but cannot be used; the certificate before is still shown. The server's log has the reason.".into(),
                since: ctx.clock.now(),
                next_attempt_at: None,
            }));
            let why = format!(
                "The certificate files changed, but cannot be used; the certificate before is still shown: {error}"
            );
            Err(JobFailure::new("certificate_files", why))
        }
    }
}
