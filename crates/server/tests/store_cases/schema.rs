//! Schema, transactions, meaning of errors.

use farol_server::clock::Clock;
use farol_server::store::{Db, OpenError, dialect};
use farol_server::{Code, Ctx, Error, organizations, server};
use sea_orm::ConnectionTrait;

use crate::common;

pub async fn opening_again_changes_nothing(ctx: Ctx) {
    let before = organizations::all(ctx.db.read()).await.unwrap();
    let again = server::open(ctx.config.clone(), Clock::manual(common::START))
        .await
        .unwrap();
    assert_eq!(organizations::all(again.db.read()).await.unwrap(), before);
    assert_eq!(before.len(), 1);
    again.db.close().await;
}

pub async fn a_newer_schema_is_refused(ctx: Ctx) {
    let tx = ctx.db.write().await.unwrap();
    tx.execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 1)")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let error = Db::open(&ctx.config.database).await.unwrap_err();
    assert!(
        matches!(&error, OpenError::Newer(name) if name == "m9999_future"),
        "{error}"
    );
}

pub async fn an_unfinished_transaction_leaves_nothing(ctx: Ctx) {
    let tx = ctx.db.write().await.unwrap();
    tx.execute_unprepared("DELETE FROM sites").await.unwrap();
    drop(tx);
    // The writer is free again, and nothing was deleted.
    let tx = ctx.db.write().await.unwrap();
    let organizations = organizations::all(&tx).await.unwrap();
    assert!(
        organizations::find_site(&tx, &[organizations[0].id], None)
            .await
            .is_ok()
    );
}

pub async fn a_unique_value_is_recognized(ctx: Ctx) {
    let tx = ctx.db.write().await.unwrap();
    let insert = "INSERT INTO server_state (name, value) VALUES ('x', 'y')";
    tx.execute_unprepared(insert).await.unwrap();
    let error = tx.execute_unprepared(insert).await.unwrap_err();
    assert!(dialect::is_unique_violation(&error), "{error}");
    assert_eq!(Error::from(error).code(), Code::Internal);
}
