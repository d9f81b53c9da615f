//! One person signs in again and again while a thousand wrong attempts a second come from everywhere.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use farol_testkit::bench::{report, run};
use farol_testkit::{ApiClient, TestServer};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

/// Wrong attempts a second, and for how long.
const GUESSES: u64 = 1_000;
/// How often the person signs in, one after the other.
const TIMES: usize = 30;
/// Addresses that guess.
const ADDRESSES: u32 = 5_000;

/// What became of the guesses.
#[derive(Default)]
struct Guessed {
    sent: AtomicU64,
    wrong: AtomicU64,
    slowed: AtomicU64,
    other: AtomicU64,
    over: AtomicBool,
}

pub(crate) async fn measure(server: &TestServer) -> anyhow::Result<()> {
    let address = server.address();
    let owner = server.sign_in().await?;
    let sign_in = |_| {
        let mut client = ApiClient::new(address);
        async move {
            let body = json!({ "email": "ana@example.org", "password": "correct horse battery staple" });
            // A person who is told to come back in three seconds does; what that takes counts.
            loop {
                let answer = client.post("/api/logins", &body).await?;
                match (answer.status, answer.retry_after) {
                    (201, _) => return Ok(()),
                    (429 | 503, Some(wait)) => tokio::time::sleep(Duration::from_secs(wait)).await,
                    _ => anyhow::bail!("sign-in answered {answer:?}"),
                }
            }
        }
    };
    let ask = |_| {
        let owner = owner.clone();
        async move {
            let answer = owner.get("/api/machines?limit=100").await?;
            ensure!(answer.status == 200, "{answer:?}");
            Ok(())
        }
    };
    report("sign-in, nobody guesses", 1, &run(1, TIMES, sign_in).await?);
    report("a page of machines, nobody guesses", 1, &run(1, 300, ask).await?);

    for (what, account) in [
        ("accounts that nobody has", None),
        ("that account", Some("ana@example.org")),
    ] {
        let guessed = Arc::new(Guessed::default());
        let flood = tokio::spawn(flood(address, account, guessed.clone()));
        let started = Instant::now();
        report(
            &format!("sign-in, others guess at {what}"),
            1,
            &run(1, TIMES, sign_in).await?,
        );
        report("a page of machines meanwhile", 1, &run(1, 300, ask).await?);
        let took = started.elapsed();
        guessed.over.store(true, Ordering::Relaxed);
        flood.await??;
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        println!(
            "  in {took:.1?}: {} guesses, {} answered as wrong, {} slowed down, {} otherwise",
            of(&guessed.sent),
            of(&guessed.wrong),
            of(&guessed.slowed),
            of(&guessed.other),
        );
    }
    Ok(())
}

/// Guesses at a steady rate from many addresses until told that it is over.
async fn flood(
    address: std::net::SocketAddr,
    account: Option<&'static str>,
    guessed: Arc<Guessed>,
) -> anyhow::Result<()> {
    let mut ticks = interval(Duration::from_micros(1_000_000 / GUESSES));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let places = Arc::new(tokio::sync::Semaphore::new(256));
    for number in 0_u32.. {
        ticks.tick().await;
        if guessed.over.load(Ordering::Relaxed) {
            break;
        }
        let place = places.clone().acquire_owned().await?;
        let guessed = guessed.clone();
        tokio::spawn(async move {
            let [_, a, b, c] = (number % ADDRESSES).to_be_bytes();
            let mut client = ApiClient::new(address).from(Ipv4Addr::new(127, a.wrapping_add(9), b, c));
            let email = account.map_or_else(|| format!("nobody-{number}@example.org"), str::to_owned);
            let body = json!({ "email": email, "password": "wrong horse battery staple" });
            guessed.sent.fetch_add(1, Ordering::Relaxed);
            let counter = match client
                .post("/api/logins", &body)
                .await
                .map(|answer| answer.status)
            {
                Ok(401) => &guessed.wrong,
                Ok(429 | 503) => &guessed.slowed,
                _ => &guessed.other,
            };
            counter.fetch_add(1, Ordering::Relaxed);
            drop(place);
        });
    }
    Ok(())
}
