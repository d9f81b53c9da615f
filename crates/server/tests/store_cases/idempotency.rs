//! Idempotency keys on both engines.

use std::time::Duration;

use farol_server::Ctx;
use farol_server::accounts::{ApiTokenUse, Caller, Credential, Leaves};
use farol_server::idempotency::{self, Answer, Asked, Begun, KEPT, KEYS_MAX, RUNNING_MAX};
use farol_server::ids::{ApiTokenId, IdempotencyKeyId, LoginId};
use farol_server::rights::Permissions;
use farol_server::store::entities::idempotency_key::{Entity, Model};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, PaginatorTrait};

use crate::common::owner;

fn asked(key: &str, what: u8) -> Asked<'_> {
    Asked {
        key,
        fingerprint: [what; 32],
    }
}

fn answer(text: &str) -> Answer {
    Answer {
        status: 201,
        headers: vec![("etag".into(), "\"1\"".into())],
        body: text.as_bytes().to_vec(),
    }
}

async fn begin(ctx: &Ctx, by: &Caller, key: &str, what: u8) -> Begun {
    idempotency::begin(ctx, by, &asked(key, what)).await.unwrap()
}

async fn first(ctx: &Ctx, by: &Caller, key: &str) -> IdempotencyKeyId {
    match begin(ctx, by, key, 1).await {
        Begun::Do(id) => id,
        other => panic!("{other:?}"),
    }
}

pub async fn of_many_at_once_one_does_it(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let all: Vec<_> = (0..8)
        .map(|_| {
            let (ctx, by) = (ctx.clone(), by.clone());
            tokio::spawn(async move { begin(&ctx, &by, "one", 1).await })
        })
        .collect();
    let mut begun = Vec::new();
    for one in all {
        begun.push(one.await.unwrap());
    }
    let doing = begun.iter().filter(|one| matches!(one, Begun::Do(_))).count();
    let running = begun
        .iter()
        .filter(|one| matches!(one, Begun::Running(_)))
        .count();
    assert_eq!((doing, running), (1, 7), "{begun:?}");
}

pub async fn a_key_lives_and_ends(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let until = ctx.clock.now().after(RUNNING_MAX);
    let id = first(&ctx, &by, "one").await;
    assert_eq!(begin(&ctx, &by, "one", 1).await, Begun::Running(until));
    assert_eq!(begin(&ctx, &by, "one", 2).await, Begun::Reused);
    idempotency::keep(&ctx, id, &answer("done")).await.unwrap();
    assert_eq!(begin(&ctx, &by, "one", 1).await, Begun::Again(answer("done")));
    assert_eq!(begin(&ctx, &by, "one", 2).await, Begun::Reused);
    // Another login of the account, and an API token of it.
    let mut other = by.clone();
    other.credential = Credential::Login(LoginId::new());
    assert_eq!(begin(&ctx, &other, "one", 1).await, Begun::Elsewhere);
    other.credential = Credential::ApiToken(Box::new(ApiTokenUse {
        id: ApiTokenId::new(),
        name: "script".into(),
        leaves: Leaves {
            scopes: Permissions::all(),
            only: None,
        },
        account_rights: by.rights.clone(),
    }));
    first(&ctx, &other, "one").await;
    // One that is freed is as if it had never been there.
    let id = first(&ctx, &by, "two").await;
    idempotency::free(&ctx, id).await.unwrap();
    first(&ctx, &by, "two").await;
    ctx.clock.advance(KEPT - Duration::from_millis(1));
    idempotency::sweep(&ctx).await.unwrap();
    assert_eq!(begin(&ctx, &by, "one", 1).await, Begun::Again(answer("done")));
    ctx.clock.advance(Duration::from_millis(2));
    idempotency::sweep(&ctx).await.unwrap();
    assert_eq!(Entity::find().count(ctx.db.read()).await.unwrap(), 0);
}

pub async fn who_comes_back_late_writes_nothing(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let late = first(&ctx, &by, "one").await;
    ctx.clock.advance(RUNNING_MAX);
    let id = first(&ctx, &by, "one").await;
    idempotency::keep(&ctx, late, &answer("late")).await.unwrap();
    idempotency::free(&ctx, late).await.unwrap();
    assert!(matches!(begin(&ctx, &by, "one", 1).await, Begun::Running(_)));
    idempotency::keep(&ctx, id, &answer("done")).await.unwrap();
    assert_eq!(begin(&ctx, &by, "one", 1).await, Begun::Again(answer("done")));
}

pub async fn so_many_keys_are_remembered_and_the_oldest_go(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let running = first(&ctx, &by, "running").await;
    let tx = ctx.db.write().await.unwrap();
    for number in 0..KEYS_MAX {
        let row = Model {
            id: IdempotencyKeyId::new(),
            account_id: by.account,
            asker_id: by.account.0,
            shown_to: by.login(),
            key_hash: farol_server::secrets::hash(&number.to_string()).to_vec(),
            sealed_request: Vec::new(),
            sealed_answer: Some(Vec::new()),
            begun_at: ctx.clock.now(),
        };
        let row = row.into_active_model().reset_all();
        Entity::insert(row).exec_without_returning(&tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    first(&ctx, &by, "one more").await;
    let rows = Entity::find().all(ctx.db.read()).await.unwrap();
    // What has not been answered is never forgotten for others.
    assert!(rows.iter().any(|row| row.id == running));
    assert_eq!(rows.len() as u64, KEYS_MAX + 1);
}
