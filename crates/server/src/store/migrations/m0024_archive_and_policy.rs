//! Organizations and sites that are archived; what the server asks of everybody who signs in.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, text, text_null};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0024_archive_and_policy"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["organizations", "sites"] {
            for column in [big_integer_null("archived_at"), text_null("archived_by_name")] {
                let mut alter = Table::alter();
                manager
                    .alter_table(alter.table(table).add_column(column).take())
                    .await?;
            }
        }
        manager.create_table(sign_in_rules()).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}

/// One row at most. `since` is when what is asked for now began to be.
fn sign_in_rules() -> TableCreateStatement {
    Table::create()
        .table("sign_in_rules")
        .col(text("name").primary_key().take())
        .col(text("second_factor"))
        .col(boolean("trust_providers"))
        .col(big_integer("grace_days"))
        .col(big_integer("since"))
        .col(big_integer("changed_at"))
        .col(big_integer("version"))
        .take()
}
