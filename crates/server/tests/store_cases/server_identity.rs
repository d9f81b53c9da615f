//! The server's identity keys: no change without its entry, and none lost when two come at once.

use farol_server::Ctx;
use farol_server::audit;
use farol_server::identity::Identity;
use farol_server::server_identity::{By, retire, rotate};
use sea_orm::ConnectionTrait;

async fn run(ctx: &Ctx, sql: &str) {
    let tx = ctx.db.write().await.unwrap();
    tx.execute_unprepared(sql).await.unwrap();
    tx.commit().await.unwrap();
}

pub async fn keys_change_with_their_entry_or_not_at_all(ctx: Ctx) {
    let on_disk = || Identity::load_or_create(&ctx.config.data).unwrap().public_keys();
    let first = on_disk();
    run(&ctx, "ALTER TABLE audit_entries RENAME TO away").await;
    assert!(rotate(&ctx, By::CommandLine).await.is_err());
    assert_eq!(
        (on_disk(), ctx.identity.public_keys()),
        (first.clone(), first.clone())
    );
    run(&ctx, "ALTER TABLE away RENAME TO audit_entries").await;
    rotate(&ctx, By::CommandLine).await.unwrap();
    let two = on_disk();
    assert_eq!((two.len(), two[1]), (2, first[0]));
    run(&ctx, "ALTER TABLE audit_entries RENAME TO away").await;
    assert!(retire(&ctx, By::CommandLine).await.is_err());
    assert_eq!(on_disk(), two);
    run(&ctx, "ALTER TABLE away RENAME TO audit_entries").await;
    retire(&ctx, By::CommandLine).await.unwrap();
    assert_eq!(on_disk(), two[..1]);
    assert!(
        retire(&ctx, By::CommandLine).await.is_err(),
        "there is nothing to retire"
    );
    let report = audit::verify(&ctx.db, &audit::known(&ctx).unwrap(), None)
        .await
        .unwrap()
        .remove(0);
    assert_eq!((report.entries(), report.finding), (2, None));
}

pub async fn of_rotations_at_once_no_key_is_lost(ctx: Ctx) {
    let mut rotations = Vec::new();
    for _ in 0..4 {
        // As another process has it.
        let identity = Identity::load_or_create(&ctx.config.data).unwrap();
        let beside = Ctx::new(ctx.config.clone(), ctx.db.clone(), ctx.clock.clone(), identity);
        rotations.push(tokio::spawn(
            async move { rotate(&beside, By::CommandLine).await },
        ));
    }
    let mut made = 0;
    for rotation in rotations {
        match rotation.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => assert_eq!(error.code(), farol_server::Code::Conflict, "{error}"),
        }
    }
    assert!(made >= 1);
    let keys = Identity::load_or_create(&ctx.config.data).unwrap().public_keys();
    assert_eq!(keys.len(), made + 1);
    let report = audit::verify(&ctx.db, &audit::known(&ctx).unwrap(), None)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(report.entries(), i64::try_from(made).unwrap());
}
