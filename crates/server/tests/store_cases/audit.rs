//! Writing and reading audit entries.

use std::net::IpAddr;

use farol_server::accounts::Caller;
use farol_server::audit::{self, Action, Actor, AuditFilter, Entry, Target, TargetKind};
use farol_server::http::PageQuery;
use farol_server::ids::{AccountId, MachineId, OrganizationId, RequestId};
use farol_server::rights::{Rights, RoleKey};
use farol_server::{Ctx, organizations};
use serde_json::json;

use crate::common::owner;

pub async fn record(ctx: &Ctx, entry: Entry) {
    let tx = ctx.db.write().await.unwrap();
    audit::record(&tx, ctx.clock.now(), entry).await.unwrap();
    tx.commit().await.unwrap();
}

pub async fn append(ctx: &Ctx, organization: OrganizationId, number: usize) {
    let address: IpAddr = "192.0.2.7".parse().unwrap();
    let entry = Entry::new(organization, Actor::server(), Action::MachineRenamed)
        .on(Target::new(TargetKind::Machine, MachineId::new(), "PC"))
        .request(RequestId::new())
        .from(address)
        .change(json!({"name": "PC-1"}), json!({"name": "PC-2"}))
        .detail(json!({"number": number, "text": "ü\u{0}\"{"}));
    record(ctx, entry).await;
}

pub async fn first_organization(ctx: &Ctx) -> OrganizationId {
    organizations::all(ctx.db.read()).await.unwrap()[0].id
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
    let reports = audit::verify(&ctx.db, &audit::known(&ctx).unwrap(), None)
        .await
        .unwrap();
    assert_eq!((reports[0].entries(), &reports[0].finding), (20, &None));
}

pub async fn pages_lead_through_the_list(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let organization = first_organization(&ctx).await;
    for number in 0..4 {
        // Some at the same moment, some later.
        ctx.clock
            .advance(std::time::Duration::from_secs(number as u64 % 2));
        append(&ctx, organization, number).await;
    }
    let mut query = PageQuery {
        cursor: None,
        limit: Some(2),
    };
    let mut seen = Vec::new();
    loop {
        let page = audit::list(&ctx, &by, &query, &AuditFilter::default())
            .await
            .unwrap();
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
        rights: Rights::of_role(RoleKey::Owner, OrganizationId::new()),
        ..by.clone()
    };
    assert!(
        audit::list(&ctx, &stranger, &PageQuery::default(), &AuditFilter::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(
        organizations::sites(&ctx, &stranger, false)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(organizations::sites(&ctx, &by, false).await.unwrap().len(), 1);
}

pub async fn filters_narrow_the_list_down(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let organization = first_organization(&ctx).await;
    let (account, machine, request) = (AccountId::new(), MachineId::new(), RequestId::new());
    let address: IpAddr = "2001:db8::7".parse().unwrap();
    let by_account = |action| Entry::new(organization, Actor::account(account, "Álvaro_100%"), action);
    // The entry of set-up is the first.
    record(
        &ctx,
        by_account(Action::MachineRenamed).on(Target::new(TargetKind::Machine, machine, "Câmera [*] 3")),
    )
    .await;
    ctx.clock.advance(std::time::Duration::from_secs(60));
    record(
        &ctx,
        by_account(Action::MachineBlocked).request(request).from(address),
    )
    .await;
    ctx.clock.advance(std::time::Duration::from_secs(60));
    record(
        &ctx,
        Entry::new(organization, Actor::command_line(), Action::SignInLinkCreated),
    )
    .await;

    let cases: Vec<(AuditFilter, &[i64])> = vec![
        (AuditFilter::default(), &[4, 3, 2, 1]),
        (filter(|f| f.actor = Some(account.to_string())), &[3, 2]),
        (filter(|f| f.actor = Some("command_line".into())), &[4]),
        (filter(|f| f.action = Some("machine.".into())), &[3, 2]),
        (filter(|f| f.action = Some("machine.renamed".into())), &[2]),
        (
            filter(|f| {
                f.target_kind = Some("machine".into());
                f.target_id = Some(machine.to_string());
            }),
            &[2],
        ),
        (filter(|f| f.from = Some("2026-03-01T12:01:00Z".into())), &[4, 3]),
        (filter(|f| f.to = Some("2026-03-01T12:01:00Z".into())), &[2, 1]),
        (filter(|f| f.address = Some("2001:DB8:0::7".into())), &[3]),
        (filter(|f| f.request_id = Some(request.to_string())), &[3]),
        (filter(|f| f.q = Some("álvaro".into())), &[3, 2]),
        (filter(|f| f.q = Some("CÂMERA [*".into())), &[2]),
        (filter(|f| f.q = Some("_100%".into())), &[3, 2]),
        (filter(|f| f.q = Some("a%".into())), &[]),
        (filter(|f| f.q = Some("?lvaro".into())), &[]),
        (filter(|f| f.q = Some(".lvaro".into())), &[]),
        (
            filter(|f| {
                f.q = Some("LVARO".into());
                f.action = Some("machine.blocked".into());
            }),
            &[3],
        ),
    ];
    for (filter, expected) in cases {
        let page = audit::list(&ctx, &by, &PageQuery::default(), &filter)
            .await
            .unwrap();
        let seen: Vec<i64> = page.items.iter().map(|entry| entry.seq).collect();
        assert_eq!(seen, expected, "{filter:?}");
    }
}

fn filter(set: impl FnOnce(&mut AuditFilter)) -> AuditFilter {
    let mut filter = AuditFilter::default();
    set(&mut filter);
    filter
}
