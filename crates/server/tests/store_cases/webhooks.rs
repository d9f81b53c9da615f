//! Events of webhooks over rows: what is queued when, who has what, what is given up.

use std::collections::HashSet;

use farol_protocol::identity::MachineKey;
use farol_protocol::link::{Facts, OperatingSystem};
use farol_server::Ctx;
use farol_server::accounts::Caller;
use farol_server::audit::{self, Action, Actor, Entry, Target, TargetKind};
use farol_server::config::Webhooks;
use farol_server::enrollment::Approval;
use farol_server::http::{IfMatch, PageQuery};
use farol_server::ids::{WebhookDeliveryId, WebhookId};
use farol_server::machines::{self, Reported};
use farol_server::recognition;
use farol_server::sealed;
use farol_server::store::WriteTx;
use farol_server::store::entities::webhook_delivery;
use farol_server::webhooks::{self, DeliveryFilter, DeliveryState, FailureCode, WAITING_MAX};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::recognition::{enroll, request, token};
use crate::common::owner;

/// Webhooks may reach this machine, which the suite's settings do not allow.
fn reaching(ctx: &Ctx) -> Ctx {
    let mut config = ctx.config.clone();
    config.webhooks = Webhooks {
        networks: vec!["127.0.0.0/8".parse().unwrap()],
        ca_file: None,
    };
    Ctx::new(config, ctx.db.clone(), ctx.clock.clone(), ctx.identity.clone())
}

async fn webhook(ctx: &Ctx, by: &Caller, url: &str, types: &[&str]) -> WebhookId {
    let wanted = json!({ "name": "case", "url": url, "event_types": types });
    let wanted = serde_json::from_value(wanted).unwrap();
    webhooks::create(ctx, by, wanted).await.unwrap().webhook.id
}

/// A site was made, or so it is proved.
async fn prove(ctx: &Ctx, tx: &WriteTx, by: &Caller, name: &str) {
    let entry = Entry::new(by.rights.organizations()[0], Actor::server(), Action::SiteCreated)
        .on(Target::new(TargetKind::Site, name, name));
    audit::record(tx, ctx.clock.now(), entry).await.unwrap();
}

async fn happen(ctx: &Ctx, by: &Caller, name: &str) {
    let tx = ctx.db.write().await.unwrap();
    prove(ctx, &tx, by, name).await;
    tx.commit().await.unwrap();
}

async fn types(ctx: &Ctx, by: &Caller, id: WebhookId) -> Vec<String> {
    let query = PageQuery::default();
    let page = webhooks::list_deliveries(ctx, by, id, (&query, DeliveryFilter::default()));
    page.await
        .unwrap()
        .items
        .into_iter()
        .map(|one| one.event_type)
        .collect()
}

pub async fn an_event_is_there_if_and_only_if_what_happened_is(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let id = webhook(&ctx, &by, "https://hooks.example.org/", &["site.created"]).await;
    let tx = ctx.db.write().await.unwrap();
    prove(&ctx, &tx, &by, "never").await;
    drop(tx);
    assert_eq!(types(&ctx, &by, id).await, Vec::<String>::new());
    happen(&ctx, &by, "made").await;
    assert_eq!(types(&ctx, &by, id).await, ["site.created"]);
    // What waits goes with its webhook.
    webhooks::delete(&ctx, &by, id, &IfMatch::seen("*"))
        .await
        .unwrap();
    assert!(
        webhook_delivery::Entity::find()
            .one(ctx.db.read())
            .await
            .unwrap()
            .is_none()
    );
}

pub async fn machines_that_come_and_go_are_told(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let hook = "https://hooks.example.org/";
    let id = webhook(&ctx, &by, hook, &["machine.online", "machine.offline"]).await;
    let deaf = webhook(&ctx, &by, hook, &["machine.renamed"]).await;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let key = MachineKey::from_seed(&[1; 32]).public();
    let claim = recognition::claim(&ctx, machine, key).await.unwrap().unwrap();
    let reported = |came_online| Reported {
        facts: Facts {
            hostname: "pc".into(),
            os: OperatingSystem::default(),
            users: Vec::new(),
            agent_version: "1.0.0".into(),
            screen: None,
        },
        capabilities: Vec::new(),
        pipe_key: [9; 32],
        address: [192, 0, 2, 9].into(),
        arrival: true,
        came_online,
        installation: None,
        trusts: String::new(),
    };
    assert!(machines::report(&ctx, &claim, &reported(true)).await.unwrap());
    // Another link of a machine that was there already.
    assert!(machines::report(&ctx, &claim, &reported(false)).await.unwrap());
    machines::left(&ctx, &claim).await.unwrap();
    assert_eq!(types(&ctx, &by, id).await, ["machine.offline", "machine.online"]);
    assert_eq!(types(&ctx, &by, deaf).await, Vec::<String>::new());
    // A server that stops sees nobody go.
    assert!(machines::report(&ctx, &claim, &reported(true)).await.unwrap());
    ctx.shutdown.cancel();
    machines::left(&ctx, &claim).await.unwrap();
    assert_eq!(types(&ctx, &by, id).await.len(), 3);
}

/// Says yes to everybody, and who they were by their `webhook-id`.
async fn agreeable() -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let (told, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let told = told.clone();
            tokio::spawn(async move {
                let (mut text, mut some) = (String::new(), [0; 4096]);
                // Payloads are one JSON object.
                while !text.ends_with('}') {
                    let read = stream.read(&mut some).await.unwrap();
                    if read == 0 {
                        return;
                    }
                    text.push_str(&String::from_utf8_lossy(&some[..read]));
                }
                let id = text
                    .split("webhook-id: ")
                    .nth(1)
                    .unwrap()
                    .split("\r\n")
                    .next()
                    .unwrap();
                told.send(id.to_owned()).unwrap();
                stream
                    .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                    .await
                    .unwrap();
            });
        }
    });
    (url, heard)
}

pub async fn of_many_who_tell_one_has_each_event(ctx: Ctx) {
    let ctx = reaching(&ctx);
    let by = owner(&ctx).await.caller;
    let (url, mut heard) = agreeable().await;
    let id = webhook(&ctx, &by, &url, &["site.created"]).await;
    for number in 0..10 {
        happen(&ctx, &by, &number.to_string()).await;
    }
    let mut tellers = Vec::new();
    for _ in 0..6 {
        let ctx = ctx.clone();
        tellers.push(tokio::spawn(
            async move { webhooks::deliver_due(&ctx).await.unwrap() },
        ));
    }
    let mut tried = 0;
    for teller in tellers {
        tried += teller.await.unwrap();
    }
    assert_eq!(tried, 10);
    let mut told = HashSet::new();
    while let Ok(id) = heard.try_recv() {
        assert!(told.insert(id), "told twice");
    }
    assert_eq!(told.len(), 10);
    let filter = DeliveryFilter {
        state: Some(DeliveryState::Delivered),
    };
    let page = webhooks::list_deliveries(&ctx, &by, id, (&PageQuery::default(), filter))
        .await
        .unwrap();
    assert_eq!(page.items.len(), 10);
    assert!(page.items.iter().all(|one| one.attempts == 1));
}

pub async fn a_webhook_that_goes_while_much_happens_is_in_nobodys_way(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let mut tasks = Vec::new();
    for number in 0..4 {
        let (its_ctx, its_by) = (ctx.clone(), by.clone());
        tasks.push(tokio::spawn(async move {
            for round in 0..8 {
                happen(&its_ctx, &its_by, &format!("{number}-{round}")).await;
            }
        }));
        let (ctx, by) = (ctx.clone(), by.clone());
        tasks.push(tokio::spawn(async move {
            for _ in 0..4 {
                let id = webhook(&ctx, &by, "https://hooks.example.org/", &["*"]).await;
                webhooks::rotate(&ctx, &by, id).await.unwrap();
                webhooks::delete(&ctx, &by, id, &IfMatch::seen("*"))
                    .await
                    .unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert!(webhooks::list(&ctx, &by).await.unwrap().is_empty());
}

pub async fn so_many_wait_and_of_more_the_oldest_is_given_up(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let id = webhook(&ctx, &by, "https://hooks.example.org/", &["site.created"]).await;
    happen(&ctx, &by, "oldest").await;
    let oldest = webhook_delivery::Entity::find()
        .one(ctx.db.read())
        .await
        .unwrap()
        .unwrap();
    let tx = ctx.db.write().await.unwrap();
    for _ in 0..(WAITING_MAX - 1) / 250 + 1 {
        let some = (0..250).map(|_| {
            let row = webhook_delivery::Model {
                id: WebhookDeliveryId::new(),
                payload: "{}".into(),
                ..oldest.clone()
            };
            row.into_active_model().reset_all()
        });
        webhook_delivery::Entity::insert_many(some)
            .exec_without_returning(&tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    happen(&ctx, &by, "newest").await;
    let shown = webhooks::find(&ctx, &by, id).await.unwrap();
    // One more than that waited before.
    assert_eq!(
        (shown.waiting, shown.dead),
        (i64::try_from(WAITING_MAX).unwrap(), 2)
    );
    let detail = webhooks::find_delivery(&ctx, &by, id, oldest.id).await.unwrap();
    assert_eq!(detail.delivery.state, DeliveryState::Dead);
    assert_eq!(detail.delivery.failure.unwrap().code, FailureCode::TooManyWaited);
    // There is no room for those that died.
    assert_eq!(webhooks::replay_dead(&ctx, &by, id).await.unwrap().replayed, 0);
    // In a day and an hour the rest is given up, too, and can be replayed.
    ctx.clock.advance(std::time::Duration::from_secs(26 * 60 * 60));
    webhooks::sweep(&ctx).await.unwrap();
    let shown = webhooks::find(&ctx, &by, id).await.unwrap();
    assert_eq!(
        (shown.waiting, shown.dead),
        (0, i64::try_from(WAITING_MAX).unwrap() + 2)
    );
    assert_eq!(
        webhooks::replay_dead(&ctx, &by, id).await.unwrap().replayed,
        WAITING_MAX
    );
}

pub async fn secrets_of_webhooks_are_sealed_again_by_a_rotation(ctx: Ctx) {
    let ctx = reaching(&ctx);
    let by = owner(&ctx).await.caller;
    let (url, mut heard) = agreeable().await;
    let id = webhook(&ctx, &by, &url, &["site.created"]).await;
    webhooks::rotate(&ctx, &by, id).await.unwrap();
    // The present one and the one before.
    assert_eq!(sealed::rotate(&ctx).await.unwrap().sealed, 2);
    happen(&ctx, &by, "after").await;
    assert_eq!(webhooks::deliver_due(&ctx).await.unwrap(), 1);
    assert!(heard.recv().await.is_some());
}
