//! What people see of merged records, of decisions and of those who made them.

use farol_server::accounts::Caller;
use farol_server::audit::{self, AuditEntry, AuditFilter};
use farol_server::enrollment::Approval;
use farol_server::http::PageQuery;
use farol_server::store::entities::{machine, quarantine};
use farol_server::{Ctx, machines, recognition};
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;

use super::recognition::{enroll, public, request, token};

async fn newest(ctx: &Ctx, by: &Caller, action: &str) -> AuditEntry {
    let wanted = AuditFilter {
        action: Some(action.into()),
        ..AuditFilter::default()
    };
    let list = audit::list(ctx, by, &PageQuery::default(), &wanted)
        .await
        .unwrap();
    list.items.into_iter().next().unwrap()
}

pub async fn records_merged_in_a_chain_are_listed_and_parted(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let middle = enroll(&ctx, request(&token, 2, 2)).await.unwrap();
    let last = enroll(&ctx, request(&token, 3, 3)).await.unwrap();
    machines::merge(&ctx, &by, middle, last).await.unwrap();
    machines::merge(&ctx, &by, machine, middle).await.unwrap();
    let merged = async || {
        let identity = machines::identity(&ctx, &by, machine).await.unwrap();
        let records = identity.merged.into_iter();
        records
            .map(|record| (record.id, record.merged_into))
            .collect::<Vec<_>>()
    };
    assert_eq!(merged().await, [(middle, machine), (last, middle)]);

    // The machine is what is blocked, whatever its record was merged into.
    machines::block(&ctx, &by, machine, "lost").await.unwrap();
    let parted = machines::undo(&ctx, &by, middle, last).await.unwrap();
    assert_eq!(parted.id, last);
    assert_eq!(parted.block.map(|block| block.reason), Some("lost".into()));
    assert_eq!(merged().await, [(middle, machine)]);
    let entry = newest(&ctx, &by, "machine.merge_undone").await;
    let target = entry.target.unwrap();
    assert_eq!(
        (target.kind.as_str(), target.id),
        ("machine", machine.to_string())
    );
    assert_eq!(entry.detail["merged_machine_id"], last.to_string());
    assert_eq!(entry.detail["merged_machine"], "pc");
}

pub async fn merged_records_trust_nothing_of_their_own(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let record = enroll(&ctx, request(&token, 2, 2)).await.unwrap();
    let tx = ctx.db.write().await.unwrap();
    machine::Entity::update_many()
        .col_expr(machine::Column::Trusts, Expr::value(Some("0123456789abcdef")))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let trusting = async || machines::trusting(&ctx, "0123456789abcdef").await.unwrap();
    assert_eq!(trusting().await, 2);
    machines::merge(&ctx, &by, machine, record).await.unwrap();
    assert_eq!(trusting().await, 1);
}

pub async fn decisions_say_who_made_them_and_of_which_machine(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let shell = Caller::command_line(&ctx).await.unwrap();
    let token = token(&ctx, None, Approval::First).await;
    let mut waiting = Vec::new();
    for state in 1..=3 {
        enroll(&ctx, request(&token, state, state.into()))
            .await
            .unwrap_err();
        let entries = quarantine::Entity::find().all(ctx.db.read()).await.unwrap();
        let entry = entries.iter().find(|entry| entry.machine_key == public(state));
        waiting.push(entry.unwrap().id);
    }
    let approved = recognition::approve(&ctx, &by, waiting[0], &recognition::Approval::New)
        .await
        .unwrap();
    assert_eq!(approved.decided_by_kind.as_deref(), Some("account"));
    assert_eq!(approved.decision_reason, None);
    let machine = approved.result_machine_id.unwrap();
    let entry = newest(&ctx, &by, "quarantine.approved").await;
    assert_eq!(entry.target.map(|target| target.id), Some(machine.to_string()));

    let tx = ctx.db.write().await.unwrap();
    machine::Entity::update_many()
        .col_expr(machine::Column::Name, Expr::value("Front desk"))
        .exec(&tx)
        .await
        .unwrap();
    machines::search::keep(&tx, machine).await.unwrap();
    tx.commit().await.unwrap();
    let same = recognition::Approval::Machine { machine_id: machine };
    recognition::approve(&ctx, &by, waiting[1], &same).await.unwrap();
    let entry = newest(&ctx, &by, "machine.rebound").await;
    let target = entry.target.unwrap();
    assert_eq!(
        (target.kind.as_str(), target.id, target.name.as_str()),
        ("machine", machine.to_string(), "Front desk")
    );
    assert_eq!(entry.detail["hostname"], "pc");
    assert_eq!(entry.detail["quarantine_id"], waiting[1].to_string());

    let refused = recognition::refuse(&ctx, &shell, waiting[2], " not ours ")
        .await
        .unwrap();
    assert_eq!(refused.decided_by_kind.as_deref(), Some("command_line"));
    assert_eq!(refused.decision_reason.as_deref(), Some("not ours"));
    let blocked = machines::block(&ctx, &shell, machine, "").await.unwrap();
    assert_eq!(blocked.block.unwrap().by_kind, "command_line");
}
