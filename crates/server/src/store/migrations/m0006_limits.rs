//! Look-ups that had walked whole tables: what became of those who asked with a token, and the copies of one machine.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, uuid};

use crate::store::dialect;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0006_limits"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(token_uses()).await?;
        for (table, column) in [("token_uses", "entry_id"), ("quarantine", "machine_id")] {
            let mut index = Index::create();
            index.name(format!("{table}_{column}")).table(table).col(column);
            manager.create_index(index).await?;
        }
        dialect::index_token_uses(manager.get_connection()).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}

/// Audit entries by the enrollment token that they name; goes with the entries.
fn token_uses() -> TableCreateStatement {
    let entry = ForeignKey::create()
        .name("token_uses_entry_id_fk")
        .from("token_uses", "entry_id")
        .to("audit_entries", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take();
    Table::create()
        .table("token_uses")
        .col(text("token_id"))
        .col(uuid("entry_id"))
        .primary_key(Index::create().col("token_id").col("entry_id"))
        .foreign_key(&mut entry.clone())
        .take()
}
