//! What kind of actor decided about an installation or blocked a machine, and what was said of a refusal.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0008_who_decided"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("quarantine", "decided_by_kind"),
            ("quarantine", "decision_reason"),
            ("machines", "blocked_by_kind"),
        ] {
            let mut alter = Table::alter();
            alter.table(table).add_column(text_null(column).take());
            manager.alter_table(alter.take()).await?;
        }
        // Only the names of these two were kept before, in English.
        for (table, name, kind) in [
            ("quarantine", "decided_by", "decided_by_kind"),
            ("machines", "blocked_by", "blocked_by_kind"),
        ] {
            let known = format!(
                "UPDATE {table} SET {kind} = CASE {name} WHEN 'server' THEN 'server' \
                 WHEN 'command line' THEN 'command_line' ELSE 'account' END WHERE {name} IS NOT NULL"
            );
            manager.get_connection().execute_unprepared(&known).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}
