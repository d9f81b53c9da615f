//! What machines are found by (filled at the next start, `machines/search/kept.rs`), and names in the audit entries that are looked through
//! without the entries.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, uuid};

use crate::store::dialect;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0027_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let words = Table::create()
            .table("machine_words")
            .col(uuid("machine_id").primary_key().take())
            .col(text("words"))
            .foreign_key(
                ForeignKey::create()
                    .name("machine_words_machine_id_fk")
                    .from("machine_words", "machine_id")
                    .to("machines", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .take();
        manager.create_table(words).await?;
        dialect::create_machine_facts(manager.get_connection()).await?;
        dialect::index_audit_names(manager.get_connection()).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}
