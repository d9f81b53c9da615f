//! Rotation: everything opens at every moment, whenever it is interrupted.

use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Query};

use super::*;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::error::Code;
use crate::server;

struct Stage {
    ctx: Ctx,
    directory: tempfile::TempDir,
}

impl Stage {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = Config::for_tests(directory.path());
        let ctx = server::open(config, Clock::manual(Timestamp(1_772_366_400_000)))
            .await
            .unwrap();
        Self { ctx, directory }
    }

    /// The same data opened anew, as by another process.
    async fn again(&self) -> Ctx {
        server::open(Config::for_tests(self.directory.path()), Clock::default())
            .await
            .unwrap()
    }

    async fn keep(&self, ctx: &Ctx, row: &str, secret: &[u8]) -> crate::error::Result<()> {
        let tx = ctx.db.write().await?;
        let envelope = ctx.sealed.seal(&tx, place(row), secret).await?;
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new("certificates"))
            .columns(
                [
                    "name",
                    "chain",
                    "sealed_key",
                    "not_before",
                    "not_after",
                    "created_at",
                ]
                .map(Alias::new),
            )
            .values_panic([
                row.into(),
                "".into(),
                envelope.into(),
                0_i64.into(),
                0_i64.into(),
                0_i64.into(),
            ]);
        tx.execute(&insert).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn envelopes(&self) -> Vec<Row> {
        rows_of(self.ctx.db.read(), &PLACES[0], None).await.unwrap()
    }

    async fn assert_all_open(&self, ctx: &Ctx) {
        for row in self.envelopes().await {
            let secret = ctx.sealed.open(place(&row.text), &row.envelope).unwrap();
            assert_eq!(secret.as_slice(), format!("secret of {}", row.text).as_bytes());
        }
    }
}

fn place(row: &str) -> Place<'_> {
    Place {
        table: "certificates",
        column: "sealed_key",
        row,
    }
}

#[tokio::test]
async fn a_rotation_reaches_everything_and_a_running_server_follows() {
    let stage = Stage::new().await;
    // More than one batch.
    for number in 0..=BATCH {
        let row = format!("row {number:04}");
        stage
            .keep(&stage.ctx, &row, format!("secret of {row}").as_bytes())
            .await
            .unwrap();
    }
    let old = stage.ctx.sealed.ring().unwrap().unwrap().current.id;
    let running = stage.again().await;
    stage.assert_all_open(&running).await;

    let rotation = rotate(&stage.ctx).await.unwrap();
    assert_eq!(rotation.sealed as u64, BATCH + 1);
    assert_eq!(rotation.removed, [old.to_string()]);
    for row in stage.envelopes().await {
        assert_ne!(envelope::key_of(&row.envelope), Some(old));
    }
    stage.assert_all_open(&running).await;
    stage
        .keep(&running, "row later", b"secret of row later")
        .await
        .unwrap();
    stage.assert_all_open(&stage.ctx).await;
    let text = std::fs::read_to_string(stage.ctx.sealed.path()).unwrap();
    assert_eq!(text.matches("farol-secrets-1 ").count(), 1);
}

#[tokio::test]
async fn an_interrupted_rotation_loses_nothing_and_is_finished_by_the_next() {
    let stage = Stage::new().await;
    stage.keep(&stage.ctx, "a", b"secret of a").await.unwrap();
    // Interrupted after the first step.
    let ring = begin(&stage.ctx.sealed, &stage.ctx.sealed.ring().unwrap().unwrap()).unwrap();
    stage.keep(&stage.ctx, "b", b"secret of b").await.unwrap();
    stage.assert_all_open(&stage.again().await).await;
    // Interrupted after the second.
    assert_eq!(seal_anew(&stage.ctx, &ring).await.unwrap(), 2);
    stage.assert_all_open(&stage.again().await).await;
    let rotation = rotate(&stage.ctx).await.unwrap();
    assert_eq!(rotation.key, ring.current.id.to_string(), "no third key");
    stage.assert_all_open(&stage.again().await).await;
    assert_ne!(rotate(&stage.ctx).await.unwrap().key, rotation.key);
}

#[tokio::test]
async fn two_rotations_do_not_meet() {
    let stage = Stage::new().await;
    stage.keep(&stage.ctx, "a", b"secret of a").await.unwrap();
    let held = alone(&stage.ctx.sealed).unwrap();
    let error = rotate(&stage.again().await).await.unwrap_err();
    assert_eq!(error.code(), Code::SecretsUnavailable);
    drop(held);
    rotate(&stage.ctx).await.unwrap();
}

#[tokio::test]
async fn a_missing_or_foreign_key_is_said_and_never_replaced() {
    let stage = Stage::new().await;
    check(&stage.ctx).await.unwrap();
    assert!(rotate(&stage.ctx).await.is_err(), "there is nothing yet");
    stage.keep(&stage.ctx, "a", b"secret of a").await.unwrap();
    let path = stage.ctx.sealed.path().to_owned();
    let kept = std::fs::read_to_string(&path).unwrap();

    std::fs::remove_file(&path).unwrap();
    let said = check(&stage.ctx).await.unwrap_err().to_string();
    assert!(said.contains("secrets.key is missing"), "{said}");
    assert!(stage.keep(&stage.ctx, "b", b"x").await.is_err());
    assert!(!path.exists(), "no new key while old secrets are there");

    KeyRing::create(&path).unwrap();
    let said = check(&stage.ctx).await.unwrap_err().to_string();
    assert!(said.contains("which is not in"), "{said}");

    std::fs::write(&path, kept).unwrap();
    check(&stage.ctx).await.unwrap();
}

#[tokio::test]
async fn an_envelope_in_another_row_does_not_open() {
    let stage = Stage::new().await;
    stage.keep(&stage.ctx, "a", b"secret of a").await.unwrap();
    let envelope = stage.envelopes().await.remove(0).envelope;
    let error = stage.ctx.sealed.open(place("b"), &envelope).unwrap_err();
    assert!(matches!(error, SealedError::Tampered { .. }), "{error}");
    assert!(!error.to_string().contains("secret of a"));
    // A sealing that is rolled back leaves nothing.
    let tx = stage.ctx.db.write().await.unwrap();
    stage.ctx.sealed.seal(&tx, place("c"), b"x").await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(stage.envelopes().await.len(), 1);
}
