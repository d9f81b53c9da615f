//! The audit chain.

use farol_server::accounts::Caller;
use farol_server::audit::{self, Action, Actor, Entry, Finding};
use farol_server::http::PageQuery;
use farol_server::ids::OrganizationId;
use farol_server::{Ctx, organizations};
use sea_orm::ConnectionTrait;

use crate::common::owner;

async fn append(ctx: &Ctx, organization: OrganizationId, number: usize) {
    let tx = ctx.db.write().await.unwrap();
    let entry = Entry::new(organization, Actor::server(), Action::MachineRenamed)
        .detail(serde_json::json!({"number": number, "text": "ü\u{0}\"{"}));
    audit::record(&tx, ctx.clock.now(), entry).await.unwrap();
    tx.commit().await.unwrap();
}

async fn first_organization(ctx: &Ctx) -> OrganizationId {
    organizations::all(ctx.db.read()).await.unwrap()[0].id
}

async fn run(ctx: &Ctx, sql: &str) {
    let tx = ctx.db.write().await.unwrap();
    tx.execute_unprepared(sql).await.unwrap();
    tx.commit().await.unwrap();
}

async fn finding(ctx: &Ctx) -> Option<Finding> {
    audit::verify(&ctx.db)
        .await
        .unwrap()
        .into_iter()
        .find_map(|report| report.finding)
}

pub async fn entries_of_many_writers_make_one_chain(ctx: Ctx) {
    let organization = first_organization(&ctx).await;
    let writers: Vec<_> = (0..20)
        .map(|number| {
            let ctx = ctx.clone();
            tokio::spawn(async move { append(&ctx, organization, number).await })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let reports = audit::verify(&ctx.db).await.unwrap();
    assert_eq!((reports[0].entries, &reports[0].finding), (20, &None));
}

pub async fn every_kind_of_tampering_is_found(ctx: Ctx) {
    let organization = first_organization(&ctx).await;
    for number in 0..5 {
        append(&ctx, organization, number).await;
    }
    assert_eq!(finding(&ctx).await, None);

    run(
        &ctx,
        "UPDATE audit_entries SET actor_name = 'nobody' WHERE seq = 3",
    )
    .await;
    assert_eq!(finding(&ctx).await, Some(Finding::Changed { seq: 3 }));
    run(
        &ctx,
        "UPDATE audit_entries SET actor_name = 'server' WHERE seq = 3",
    )
    .await;
    assert_eq!(finding(&ctx).await, None);

    run(&ctx, "UPDATE audit_entries SET request_id = '' WHERE seq = 2").await;
    assert_eq!(finding(&ctx).await, Some(Finding::Changed { seq: 2 }));
    run(&ctx, "UPDATE audit_entries SET request_id = NULL WHERE seq = 2").await;

    run(&ctx, "DELETE FROM audit_entries WHERE seq = 5").await;
    assert_eq!(
        finding(&ctx).await,
        Some(Finding::CutOff {
            expected: 5,
            found: 4
        })
    );
    run(&ctx, "DELETE FROM audit_entries WHERE seq = 2").await;
    assert_eq!(finding(&ctx).await, Some(Finding::Broken { expected: 2, seq: 3 }));
}

pub async fn pages_lead_through_the_list(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let organization = first_organization(&ctx).await;
    for number in 0..4 {
        append(&ctx, organization, number).await;
    }
    let mut query = PageQuery {
        cursor: None,
        limit: Some(2),
    };
    let mut seen = Vec::new();
    loop {
        let page = audit::list(&ctx, &by, &query).await.unwrap();
        seen.extend(page.items.iter().map(|entry| entry.seq));
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
}

pub async fn another_organization_is_not_seen(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let stranger = Caller {
        places: vec![(OrganizationId::new(), by.places[0].1)],
        ..by.clone()
    };
    assert!(
        audit::list(&ctx, &stranger, &PageQuery::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(organizations::sites(&ctx, &stranger).await.unwrap().is_empty());
    assert_eq!(organizations::sites(&ctx, &by).await.unwrap().len(), 1);
}
