//! The outbox: what is claimed by whom, and what a mail that is over leaves.

use farol_server::Ctx;
use farol_server::http::{IfMatch, PageQuery};
use farol_server::mail::{self, Envelope, Locale, MailFilter, MailState, Queued, templates};
use farol_server::sealed;
use uuid::Uuid;

use crate::common::owner;

/// Settings that lead to nobody.
async fn set_up(ctx: &Ctx) -> farol_server::accounts::Caller {
    let by = owner(ctx).await.caller;
    let settings = serde_json::from_value(serde_json::json!({
        "host": "127.0.0.1", "port": 1024, "security": "none", "user": "farol", "password": "secret",
        "from_address": "farol@example.org", "from_name": "",
    }));
    mail::change(ctx, &by, settings.unwrap(), &IfMatch::seen("*"))
        .await
        .unwrap();
    by
}

async fn queue(ctx: &Ctx, about: Option<Uuid>) -> Queued {
    let letter = templates::test(Locale::En, "https://farol.example.org", "Ann");
    let tx = ctx.db.write().await.unwrap();
    let envelope = Envelope {
        to: "ana@example.org",
        organization: None,
        about,
    };
    let queued = mail::queue(ctx, &tx, envelope, &letter).await.unwrap();
    tx.commit().await.unwrap();
    queued
}

pub async fn of_many_who_send_one_has_each_mail(ctx: Ctx) {
    let by = set_up(&ctx).await;
    for _ in 0..5 {
        assert!(matches!(queue(&ctx, None).await, Queued::Yes(_)));
    }
    let mut senders = Vec::new();
    for _ in 0..8 {
        let ctx = ctx.clone();
        senders.push(tokio::spawn(async move { mail::send_due(&ctx).await.unwrap() }));
    }
    for sender in senders {
        sender.await.unwrap();
    }
    // Whoever was first for one stopped there; the others may have found another. None was tried twice.
    let page = mail::list(&ctx, &by, &PageQuery::default(), MailFilter::default())
        .await
        .unwrap();
    assert_eq!(page.items.len(), 5);
    for one in &page.items {
        assert!(one.attempts <= 1 && one.state == MailState::Waiting, "{one:?}");
        assert_eq!(one.failure.is_some(), one.attempts == 1);
    }
    assert!(page.items.iter().any(|one| one.attempts == 1));
}

pub async fn a_mail_that_was_not_committed_is_not_sent(ctx: Ctx) {
    let by = set_up(&ctx).await;
    let letter = templates::test(Locale::En, "https://farol.example.org", "Ann");
    let tx = ctx.db.write().await.unwrap();
    let envelope = Envelope {
        to: "ana@example.org",
        organization: None,
        about: None,
    };
    mail::queue(&ctx, &tx, envelope, &letter).await.unwrap();
    drop(tx);
    assert_eq!(mail::send_due(&ctx).await.unwrap(), 0);
    let page = mail::list(&ctx, &by, &PageQuery::default(), MailFilter::default())
        .await
        .unwrap();
    assert!(page.items.is_empty());
}

pub async fn mails_about_a_thing_go_with_it_and_show_how_they_are(ctx: Ctx) {
    set_up(&ctx).await;
    let (thing, other) = (Uuid::now_v7(), Uuid::now_v7());
    queue(&ctx, Some(thing)).await;
    queue(&ctx, Some(other)).await;
    let tx = ctx.db.write().await.unwrap();
    mail::cancel_about(&ctx, &tx, thing).await.unwrap();
    tx.commit().await.unwrap();
    let states = mail::states_about(ctx.db.read(), &[thing, other]).await.unwrap();
    assert_eq!(
        (states[&thing], states[&other]),
        (MailState::Canceled, MailState::Waiting)
    );
    queue(&ctx, Some(thing)).await;
    let states = mail::states_about(ctx.db.read(), &[thing]).await.unwrap();
    assert_eq!(states[&thing], MailState::Waiting, "the newest counts");
    // A rotation reaches the password and what both say that wait.
    assert_eq!(sealed::rotate(&ctx).await.unwrap().sealed, 3);
    assert_eq!(mail::send_due(&ctx).await.unwrap(), 1);
}

pub async fn the_outbox_takes_so_many_and_no_more(ctx: Ctx) {
    let by = set_up(&ctx).await;
    let letter = templates::test(Locale::En, "https://farol.example.org", "Ann");
    let tx = ctx.db.write().await.unwrap();
    let envelope = Envelope {
        to: "ana@example.org",
        organization: None,
        about: None,
    };
    for _ in 0..1_000 {
        mail::queue(&ctx, &tx, envelope, &letter).await.unwrap();
    }
    assert_eq!(
        mail::queue(&ctx, &tx, envelope, &letter).await.unwrap(),
        Queued::Full
    );
    tx.commit().await.unwrap();
    let page = mail::list(&ctx, &by, &PageQuery::default(), MailFilter::default())
        .await
        .unwrap();
    mail::cancel(&ctx, &by, page.items[0].id).await.unwrap();
    assert!(matches!(queue(&ctx, None).await, Queued::Yes(_)));
}
