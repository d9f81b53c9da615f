//! How busy machines are: blocks of points, one row for each machine, resolution and block. A block is an hour of minutes, a day of ten
//! minutes, or a week of hours, as bytes (`machine_metrics/codec.rs`). `rolled` says of minutes whether the coarser blocks have them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, boolean, small_integer, uuid};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0029_metrics"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(machine_metrics()).await?;
        let db = manager.get_connection();
        db.execute_unprepared(INDEX).await?;
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}

/// What is to be rolled up or forgotten is found by how fine and how old it is, whosever it is.
const INDEX: &str =
    "CREATE INDEX machine_metrics_resolution_rolled_start ON machine_metrics (resolution, rolled, start)";

fn machine_metrics() -> TableCreateStatement {
    Table::create()
        .table("machine_metrics")
        .col(uuid("machine_id"))
        .col(small_integer("resolution"))
        .col(big_integer("start"))
        .col(uuid("organization_id"))
        .col(boolean("rolled"))
        .col(blob("body"))
        .primary_key(Index::create().col("machine_id").col("resolution").col("start"))
        .foreign_key(
            ForeignKey::create()
                .name("machine_metrics_machine_id_fk")
                .from("machine_metrics", "machine_id")
                .to("machines", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .take()
}
