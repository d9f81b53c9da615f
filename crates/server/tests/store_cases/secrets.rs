//! Secrets at rest and their key.

use std::collections::BTreeSet;

use farol_server::clock::Timestamp;
use farol_server::sealed::{self, PLACES, Place};
use farol_server::store::entities::certificate;
use farol_server::store::{Engine, WriteTx};
use farol_server::{Ctx, audit};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, Statement};

pub async fn every_sealed_column_is_known_to_the_rotation(ctx: Ctx) {
    let sql = match ctx.db.engine() {
        Engine::Sqlite => {
            "SELECT m.name AS t, p.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND p.name LIKE 'sealed%'"
        }
        Engine::Postgres => {
            "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns \
             WHERE table_schema = 'public' AND column_name LIKE 'sealed%'"
        }
    };
    let db = ctx.db.read();
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    let found: BTreeSet<(String, String)> = rows
        .iter()
        .map(|row| (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap()))
        .collect();
    let known: BTreeSet<(String, String)> = PLACES
        .iter()
        .map(|place| (place.table.to_owned(), place.column.to_owned()))
        .collect();
    assert_eq!(found, known, "add the column to sealed::PLACES");
    assert!(PLACES.iter().all(|place| place.column.starts_with("sealed_")));
}

fn place(name: &str) -> Place<'_> {
    Place {
        table: "certificates",
        column: "sealed_key",
        row: name,
    }
}

async fn keep(ctx: &Ctx, tx: &WriteTx, name: &str) {
    let envelope = ctx.sealed.seal(tx, place(name), name.as_bytes()).await.unwrap();
    let row = certificate::ActiveModel {
        name: Set(name.to_owned()),
        chain: Set(String::new()),
        sealed_key: Set(envelope),
        not_before: Set(Timestamp(0)),
        not_after: Set(Timestamp(0)),
        created_at: Set(Timestamp(0)),
    };
    certificate::Entity::insert(row)
        .exec_without_returning(tx)
        .await
        .unwrap();
}

async fn opened(ctx: &Ctx) -> usize {
    let rows = certificate::Entity::find().all(ctx.db.read()).await.unwrap();
    for row in &rows {
        assert_eq!(
            *ctx.sealed.open(place(&row.name), &row.sealed_key).unwrap(),
            row.name.as_bytes()
        );
    }
    rows.len()
}

pub async fn a_rotation_reaches_every_secret_and_is_proved(ctx: Ctx) {
    let tx = ctx.db.write().await.unwrap();
    for number in 0..250 {
        keep(&ctx, &tx, &format!("secret {number}")).await;
    }
    tx.commit().await.unwrap();
    let rotation = sealed::rotate(&ctx).await.unwrap();
    assert_eq!((rotation.sealed, rotation.removed.len()), (250, 1));
    assert_eq!(opened(&ctx).await, 250);
    let reports = audit::verify(&ctx.db, &audit::known(&ctx).unwrap(), None)
        .await
        .unwrap();
    assert!(
        reports
            .iter()
            .all(|report| report.finding.is_none() && report.entries() == 1)
    );
}

/// A transaction that has sealed with the old key, but not committed, when the rotation begins.
pub async fn who_seals_meanwhile_is_waited_for(ctx: Ctx) {
    let tx = ctx.db.write().await.unwrap();
    keep(&ctx, &tx, "first").await;
    tx.commit().await.unwrap();
    let slow = ctx.db.write().await.unwrap();
    keep(&ctx, &slow, "slow").await;
    let (rotation, ()) = tokio::join!(sealed::rotate(&ctx), async {
        // The rotation gets as far as it can before this goes on: its future is polled first.
        tokio::task::yield_now().await;
        slow.commit().await.unwrap();
    });
    assert_eq!(rotation.unwrap().sealed, 2);
    assert_eq!(opened(&ctx).await, 2);
}
