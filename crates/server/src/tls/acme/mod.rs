//! Certificates by ACME (RFC 8555) with HTTP-01 challenges: got at first start, renewed after two thirds of their life.
//!
//! Account and certificate are in the database, their keys sealed, so that a restart asks the authority nothing. What goes
//! wrong is in the log and in `/health/ready`; the next attempt comes after a pause that grows, is never shorter than the
//! authority asks for, and survives a restart once three attempts have failed: authorities count.

mod http;
mod order;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Current, TlsError, Trouble, store};
use crate::audit::{self, Action, Actor, Entry, Target, TargetKind};
use crate::clock::Timestamp;
use crate::config::AcmeSettings;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::events::{Scope, Topic};
use crate::jobs::{Did, JobFailure, JobName, Plan, Turn};
use crate::organizations;
use crate::store::WriteTx;

/// Pause after the first failed attempt. Let's Encrypt allows five failed validations an hour for a name.
const PAUSE_FIRST: Duration = Duration::from_secs(5 * 60);
/// Longest pause of our own.
const PAUSE_MAX: Duration = Duration::from_secs(12 * 3_600);
/// Longest pause that an authority may ask for.
const PAUSE_ASKED_MAX: Duration = Duration::from_secs(7 * 86_400);
/// Failed attempts in a row after which a restart does not shorten the pause.
const FAILURES_PATIENT: u32 = 3;
/// How often the clock is looked at: machines sleep, clocks are set.
const LOOK: Duration = Duration::from_secs(60);
/// Most challenges open at once: one for each domain, and none is left behind.
const CHALLENGES_MAX: usize = 100;
/// The code of what goes wrong here.
const FAILED: &str = "acme";
/// Longest token and key authorization; RFC 8555 has about 90 characters.
const TOKEN_MAX: usize = 256;

/// Answers to the authority's questions, by token.
#[derive(Debug, Default)]
pub(super) struct Challenges(Mutex<HashMap<String, String>>);

impl Challenges {
    fn offer(&self, token: &str, answer: &str) -> Result<(), order::AcmeError> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if token.len() > TOKEN_MAX || answer.len() > TOKEN_MAX || open.len() >= CHALLENGES_MAX {
            return Err(order::AcmeError::new(
                "the authority set challenges that are too long or too many",
            ));
        }
        open.insert(token.to_owned(), answer.to_owned());
        Ok(())
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn answer(&self, token: &str) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(token)
            .cloned()
    }
}

/// The row of a set of domains at one authority: other settings mean another certificate.
fn row_name(settings: &AcmeSettings) -> String {
    let mut hash = Sha256::new();
    hash.update(&settings.directory);
    for domain in &settings.domains {
        hash.update([0]);
        hash.update(domain);
    }
    let digest: [u8; 32] = hash.finalize().into();
    format!("acme {}", hex::encode(&digest[..16]))
}

pub(super) fn check(settings: &AcmeSettings) -> Result<(), TlsError> {
    http::Http::new(settings.ca_file.as_deref().map(Path::new)).map(drop)
}

/// Shows the certificate of the database, or one of our own making until the authority has given us one. Returns when to
/// ask the authority.
pub(super) async fn first(ctx: &Ctx, settings: &AcmeSettings) -> Result<Timestamp, TlsError> {
    check(settings)?;
    let name = row_name(settings);
    if let Some(stored) = store::find_certificate(ctx.db.read(), &ctx.sealed, &name).await? {
        let current = Current::from_stored(&stored.chain, &stored.key)?;
        let due = current.renew_at();
        ctx.tls.show(current);
        return Ok(later(due, failures(ctx, &name).await));
    }
    ctx.tls.show(placeholder(settings)?);
    Ok(later(ctx.clock.now(), failures(ctx, &name).await))
}

async fn failures(ctx: &Ctx, name: &str) -> Option<(u32, Timestamp)> {
    match store::find_failures(ctx.db.read(), name).await {
        Ok(failures) => failures,
        Err(error) => {
            tracing::warn!(%error, "earlier attempts to get a certificate were not read");
            None
        }
    }
}

fn later(due: Timestamp, failures: Option<(u32, Timestamp)>) -> Timestamp {
    match failures {
        Some((count, next)) if count >= FAILURES_PATIENT => due.max(next),
        _ => due,
    }
}

/// Lets agents (who trust the server's identity, not its certificate) and health checks through meanwhile.
fn placeholder(settings: &AcmeSettings) -> Result<Current, TlsError> {
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(settings.domains.clone())?.self_signed(&key)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let current = Current::new(vec![certificate.der().clone()], key)?;
    Ok(Current {
        placeholder: true,
        ..current
    })
}

/// Gets and renews, for as long as the server runs.
pub(super) async fn run(ctx: Ctx, settings: AcmeSettings, first: Timestamp) {
    let name = row_name(&settings);
    let failures = failures(&ctx, &name).await.map_or(0, |(count, _)| count);
    let mut renewal = Renewal {
        settings: Arc::new(settings),
        name,
        failures,
        due: first,
    };
    let plan = Plan::every(JobName::CertificateAcme, LOOK).at_once();
    let jobs = ctx.jobs.clone();
    jobs.run(plan, async move |turn| renewal.step(&ctx, turn).await)
        .await;
}

/// When the authority is asked, and how often it has said no.
struct Renewal {
    settings: Arc<AcmeSettings>,
    name: String,
    failures: u32,
    due: Timestamp,
}

impl Renewal {
    /// Asks the authority when that is due. Who asks for a run shortens the pause after a failure; a certificate that is good for long is
    /// not renewed for that: authorities count.
    async fn step(&mut self, ctx: &Ctx, turn: Turn) -> Result<Did, JobFailure> {
        let waits = self.due > ctx.clock.now();
        if waits && !(turn.asked && self.failures > 0) {
            let nothing_new = turn.failing == Some(FAILED);
            return Ok(if nothing_new { Did::Nothing } else { Did::Done });
        }
        let outcome = tokio::select! {
            () = ctx.shutdown.cancelled() => return Ok(Did::Nothing),
            outcome = order::get(ctx, &self.settings) => outcome,
        };
        ctx.tls.challenges.clear();
        match taken(ctx, (&self.name, &self.settings.domains), outcome).await {
            Ok(next) => {
                (self.failures, self.due) = (0, next);
                ctx.tls.set_trouble(None);
                note_failures(ctx, &self.name, None).await;
                Ok(Did::Done)
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                self.due = ctx.clock.now().after(pause(self.failures, error.retry_after));
                let detail = report(ctx, &self.settings, &error, self.due);
                note_failures(ctx, &self.name, Some((self.failures, self.due))).await;
                Err(JobFailure::new(FAILED, detail).again_at(Some(self.due)))
            }
        }
    }
}

/// Keeps and shows what the authority gave; returns when to ask again.
async fn taken(
    ctx: &Ctx,
    (name, domains): (&str, &[String]),
    outcome: Result<order::Issued, order::AcmeError>,
) -> Result<Timestamp, order::AcmeError> {
    let issued = outcome?;
    let current = Current::from_stored(&issued.chain, &issued.key).map_err(order::AcmeError::new)?;
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let dates = store::dates(&current, now);
    store::keep_certificate(&tx, &ctx.sealed, name, (&issued.chain, &issued.key), dates).await?;
    record(ctx, &tx, domains, &current).await?;
    tx.commit().await.map_err(crate::error::Error::from)?;
    let due = current.renew_at();
    tracing::info!(until = %current.not_after.rfc3339(), next = %due.rfc3339(), "got a certificate");
    ctx.tls.show(current);
    for organization in organizations::all(ctx.db.read()).await? {
        ctx.events
            .publish(Scope::Organization(organization.id), &[Topic::Audit]);
    }
    // An authority whose certificates have ended before they begin must not make us ask all day.
    Ok(due.max(now.after(PAUSE_FIRST)))
}

/// The certificate is everybody's: every organization's chain gets the entry.
async fn record(ctx: &Ctx, tx: &WriteTx, domains: &[String], current: &Current) -> Result<()> {
    let sha256 = hex::encode(current.sha256);
    for organization in organizations::all(tx).await? {
        let entry = Entry::new(organization.id, Actor::server(), Action::CertificateRenewed)
            .on(Target::new(TargetKind::Certificate, &sha256, &domains.join(", ")))
            .detail(json!({ "sha256": sha256, "not_after": current.not_after.rfc3339(), "domains": domains.len() }));
        audit::record(tx, ctx.clock.now(), entry).await?;
    }
    Ok(())
}

/// 5, 10, 20 … minutes, at most twelve hours, and at least what the authority asks for.
fn pause(failures: u32, asked: Option<Duration>) -> Duration {
    let doubled =
        PAUSE_FIRST.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
    doubled
        .min(PAUSE_MAX)
        .max(asked.unwrap_or_default().min(PAUSE_ASKED_MAX))
}

/// Returns what happened, for people.
fn report(ctx: &Ctx, settings: &AcmeSettings, error: &order::AcmeError, next: Timestamp) -> String {
    let now = ctx.clock.now();
    let left = ctx
        .tls
        .shown()
        .filter(|shown| !shown.placeholder)
        .map(|shown| shown.left(now));
    let domains = settings.domains.join(", ");
    tracing::warn!(directory = settings.directory, domains, error = error.message, next_attempt = %next.rfc3339(), valid_for = ?left, "no certificate from the authority");
    let since = ctx.tls.trouble().map_or(now, |trouble| trouble.since);
    let detail = format!(
        "The certificate authority gave no certificate for {domains}: {}.",
        error.message.trim_end_matches('.')
    );
    ctx.tls.set_trouble(Some(Trouble {
        code: FAILED,
        detail: detail.clone(),
        since,
        next_attempt_at: Some(next),
    }));
    detail
}

async fn note_failures(ctx: &Ctx, name: &str, failures: Option<(u32, Timestamp)>) {
    let noted = async {
        let tx = ctx.db.write().await?;
        store::keep_failures(&tx, name, failures).await?;
        tx.commit().await.map_err(crate::error::Error::from)
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "the attempt to get a certificate was not noted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_obey_the_authority() {
        let minutes = |count| pause(count, None).as_secs() / 60;
        assert_eq!([minutes(1), minutes(2), minutes(3)], [5, 10, 20]);
        assert_eq!(minutes(40), 720);
        assert_eq!(
            pause(1, Some(Duration::from_secs(7_200))),
            Duration::from_secs(7_200)
        );
        assert_eq!(
            pause(9, Some(Duration::from_secs(1))),
            PAUSE_MAX,
            "asking for less changes nothing"
        );
        assert_eq!(pause(1, Some(Duration::MAX)), PAUSE_ASKED_MAX);
    }

    #[test]
    fn a_restart_is_no_way_around_the_pause() {
        let (now, next) = (Timestamp(1_000), Timestamp(9_000));
        assert_eq!(
            later(now, Some((2, next))),
            now,
            "who repairs the settings may try at once"
        );
        assert_eq!(later(now, Some((3, next))), next);
        assert_eq!(later(now, None), now);
    }

    #[test]
    fn challenges_are_bounded() {
        let challenges = Challenges::default();
        for number in 0..CHALLENGES_MAX {
            challenges.offer(&number.to_string(), "x").unwrap();
        }
        assert!(challenges.offer("one more", "x").is_err());
        challenges.clear();
        assert!(challenges.offer(&"t".repeat(TOKEN_MAX + 1), "x").is_err());
        assert_eq!(challenges.answer("0"), None);
    }
}
