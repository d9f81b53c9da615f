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
/// How often the person signs in, one after the other: an address may try so often at once.
const TIMES: usize = 15;
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
    let ask = |_| {
        let owner = owner.clone();
        async move {
            let answer = owner.get("/api/machines?limit=100").await?;
            ensure!(answer.status == 200, "{answer:?}");
            Ok(())
        }
    };
    // From where they always sign in, and from a network that nobody knows.
    let usual = |_| sign_in(address, Ipv4Addr::LOCALHOST);
    let away = |phase: u8| move |number: usize| sign_in(address, place(phase, number));
    report("sign-in, nobody guesses", 1, &run(1, TIMES, away(1)).await?);
    report("a page of machines, nobody guesses", 1, &run(1, 300, ask).await?);

    for (what, account) in [
        ("accounts that nobody has", None),
        ("that account", Some("ana@example.org")),
    ] {
        let guessed = Arc::new(Guessed::default());
        let flood = tokio::spawn(flood(address, account, guessed.clone()));
        let started = Instant::now();
        let here = run(1, TIMES, usual).await?;
        report(
            &format!("sign-in from the usual network, others guess at {what}"),
            1,
            &here,
        );
        // Who comes from elsewhere shares the allowance of an account with those who guess at it.
        if account.is_none() {
            report(
                "sign-in from elsewhere meanwhile",
                1,
                &run(1, TIMES, away(2)).await?,
            );
        }
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
        // Each address gets its allowance back.
        tokio::time::sleep(Duration::from_secs(80)).await;
    }
    Ok(())
}

/// An address in a network that nobody else is in.
fn place(phase: u8, number: usize) -> Ipv4Addr {
    Ipv4Addr::new(
        127,
        200,
        phase,
        u8::try_from(number % 250).unwrap_or_default() + 1,
    )
}

/// Signs in from an address; a person who is told to come back in three seconds does, and what that takes counts.
async fn sign_in(address: std::net::SocketAddr, from: Ipv4Addr) -> anyhow::Result<()> {
    let mut client = ApiClient::new(address).from(from);
    let body = json!({ "email": "ana@example.org", "password": "correct horse battery staple" });
    loop {
        let answer = client.post("/api/logins", &body).await?;
        match (answer.status, answer.retry_after) {
            (201, _) => return Ok(()),
            (429 | 503, Some(wait)) => tokio::time::sleep(Duration::from_secs(wait)).await,
            _ => anyhow::bail!("sign-in answered {answer:?}"),
        }
    }
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
