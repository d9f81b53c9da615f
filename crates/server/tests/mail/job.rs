//! The job that sends e-mail, as whoever looks after the server sees it.

use axum::http::{Method, StatusCode};
use farol_server::events::{Listener, Notice, Subscription, Topic};
use farol_server::ids::{AccountId, LoginId};
use farol_server::mail;
use farol_server::rights::Rights;
use serde_json::{Value, json};

use crate::Site;
use crate::peer::{Authority, PASSWORD, Peer, USER, soon};

const RUN: &str = "/api/server-jobs/mail/run";

/// The job that sends.
async fn job(site: &Site) -> Value {
    let answer = site.ask(Method::GET, "/api/server-jobs", None).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let items = answer.json()["items"].as_array().unwrap().clone();
    items.into_iter().find(|job| job["name"] == "mail").unwrap()
}

/// The job when it is as wanted; told of each change as consoles are.
async fn job_when(site: &Site, told: &mut Subscription, wanted: impl Fn(&Value) -> bool) -> Value {
    soon("the job", async {
        loop {
            let job = job(site).await;
            if wanted(&job) && job["running"] == false {
                return job;
            }
            loop {
                match told.next().await.unwrap() {
                    Notice::Invalidate(topics) if !topics.contains(&Topic::ServerJobs) => {}
                    _ => break,
                }
            }
        }
    })
    .await
}

/// Hears what everybody hears who is signed in.
fn listen(site: &Site) -> Subscription {
    let nobody = (AccountId::new(), LoginId::new());
    let listener = Listener::new(nobody, &Rights::default(), None);
    site.app.ctx.events.subscribe(listener).unwrap()
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_the_reason_of_the_job_until_mail_goes_out_again() {
    let (site, authority) = (Site::new().await, Authority::new());
    let peer = Peer::with_user("starttls", &authority).await;
    site.set(peer.settings("starttls", Some(&authority))).await;
    let port = peer.port;
    peer.stop().await;
    let mut told = listen(&site);
    site.app.ctx.tasks.spawn(mail::run(site.app.ctx.clone()));
    let fine = job_when(&site, &mut told, |job| job["state"] == "ok").await;
    assert_eq!(
        (&fine["failure"], &fine["period_seconds"]),
        (&Value::Null, &json!(20))
    );

    site.invite("ana@example.org").await;
    let failed = job_when(&site, &mut told, |job| job["state"] == "failed").await;
    assert_eq!(failed["failure"]["code"], "unreachable", "{failed}");
    let outbox = site.outbox().await;
    assert_eq!(failed["failure"]["detail"], outbox[0]["failure"]["detail"]);
    assert_eq!(failed["next_run_at"], outbox[0]["next_attempt_at"]);
    assert_eq!(failed["failures_in_a_row"], 1);

    let failing = site
        .ask(Method::GET, "/api/server-jobs?failing=true", None)
        .await
        .json();
    assert_eq!(failing["items"], json!([failed]));

    // Another look before the next attempt finds nothing to do, and makes nothing well.
    site.app.clock.advance(std::time::Duration::from_secs(1));
    mail::nudge(&site.app.ctx).await.unwrap();
    let began = &failed["started_at"];
    let again = job_when(&site, &mut told, |job| job["started_at"] != *began).await;
    assert_eq!(
        (&again["state"], &again["failures_in_a_row"]),
        (&json!("failed"), &json!(1))
    );

    // Who repaired it does not wait for the next attempt.
    let settings = json!({ "user": USER, "password": PASSWORD, "port": port });
    let mut peer = Peer::start("starttls", &authority, settings).await;
    let answer = site.ask(Method::POST, RUN, None).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let works = job_when(&site, &mut told, |job| job["state"] == "ok").await;
    assert_eq!(peer.mail().await["to"][0], "ana@example.org");
    assert_eq!(works["failures_in_a_row"], 0);
    assert_eq!(
        works["failure"], failed["failure"],
        "the last failure is remembered"
    );
    assert!(site.actions().await.contains(&"server_job.run".to_owned()));
    site.app.ctx.shutdown.cancel();
    site.app.ctx.tasks.close();
    soon("the end of the job", site.app.ctx.tasks.wait()).await;
    assert_eq!(
        job(&site).await["state"],
        "ok",
        "the server stops, the job did not"
    );
}

#[tokio::test]
async fn a_mail_that_is_taken_back_leaves_nothing_to_be_repaired() {
    let (site, authority) = (Site::new().await, Authority::new());
    let peer = Peer::with_user("starttls", &authority).await;
    site.set(peer.settings("starttls", Some(&authority))).await;
    peer.stop().await;
    let mut told = listen(&site);
    site.app.ctx.tasks.spawn(mail::run(site.app.ctx.clone()));
    site.invite("ana@example.org").await;
    job_when(&site, &mut told, |job| job["state"] == "failed").await;
    let id = site.outbox().await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/server-mail/outbox/{id}");
    assert_eq!(
        site.ask(Method::DELETE, &path, None).await.status,
        StatusCode::NO_CONTENT
    );
    job_when(&site, &mut told, |job| job["state"] == "ok").await;
    site.app.ctx.shutdown.cancel();
}
