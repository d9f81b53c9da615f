//! How long a session needs to come back after `kill -9` of the server: from the moment the port answers to the moment both
//! ends have the pipe again. The real agent on a machine of fakes; a viewer that asks as often as the console does.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use farol_testkit::bench::process::Farol;
use farol_testkit::{FakeMachine, PipeEnd, TestAgent, Ticket, resume_request, session_request, soon};

use super::percentile;

/// Between two attempts of the viewer.
const AGAIN: Duration = Duration::from_millis(250);

pub(crate) async fn measure(times: usize) -> anyhow::Result<()> {
    let mut farol = Farol::start().await?;
    let mut owner = farol.set_up().await?;
    let machine = FakeMachine::new(320, 200);
    let agent = TestAgent::enroll(&mut owner, &machine).await?;
    let online = |machine: &serde_json::Value| machine["presence"]["status"] == "online";
    owner.until(&agent.path(), online).await?;
    let body = session_request(&["view", "control", "clipboard"]);
    let opened = owner.post(&format!("{}/sessions", agent.path()), &body).await?;
    ensure!(opened.status == 201, "no session: {opened:?}");
    let ticket = Ticket::of(&opened.body)?;
    let mut viewer = PipeEnd::viewer(farol.address(), &ticket).await?;
    viewer.message().await?;
    let resume = format!("/api/sessions/{}/resume", ticket.session);
    let again = resume_request();
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        farol.kill_and_start().await?;
        let answered = Instant::now();
        soon("the session to come back", async {
            loop {
                if let Ok(answer) = owner.post(&resume, &again).await
                    && answer.status == 200
                    && viewer
                        .redial(farol.address(), &Ticket::of(&answer.body)?)
                        .await
                        .context("redial")?
                {
                    return anyhow::Ok(());
                }
                tokio::time::sleep(AGAIN).await;
            }
        })
        .await??;
        took.push(answered.elapsed());
    }
    took.sort_unstable();
    println!(
        "server killed {times} times: back {:.0?} (p50), {:.0?} (p95), {:.0?} (longest) after its port answered",
        percentile(&took, 50),
        percentile(&took, 95),
        took.last().copied().unwrap_or_default()
    );
    drop(agent.stop().await?);
    farol.stop().await
}
