//! Support codes, and the machines of one-time agents that come with them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, pk_uuid, text, text_null, uuid, uuid_null, var_binary,
};

/// A SHA-256.
const HASH: u32 = 32;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0011_support_codes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(support_codes()).await?;
        for columns in [&["organization_id", "expires_at"] as &[&str], &["machine_id"]] {
            let mut index = Index::create();
            index
                .name(format!("support_codes_{}", columns.join("_")))
                .table("support_codes");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        for (table, column) in [
            ("machines", boolean("one_time").default(false).take()),
            ("enrollment_tokens", uuid_null("support_code_id").take()),
        ] {
            let mut alter = Table::alter();
            alter.table(table).add_column(column);
            manager.alter_table(alter.take()).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}

/// Codes, hashed. `machine_id` is set when the one-time agent has enrolled; rows outlive that machine by some days, so that
/// nothing refers to it.
fn support_codes() -> TableCreateStatement {
    let owner = ForeignKey::create()
        .name("support_codes_organization_id_fk")
        .from("support_codes", "organization_id")
        .to("organizations", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take();
    Table::create()
        .table("support_codes")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(var_binary("hash", HASH).unique_key().take())
        .col(text("note"))
        .col(big_integer("created_at"))
        .col(uuid_null("created_by"))
        .col(text("created_by_name"))
        .col(uuid_null("assigned_to"))
        .col(text_null("assigned_to_name"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("redeemed_at"))
        .col(big_integer_null("revoked_at"))
        .col(uuid_null("machine_id"))
        .col(uuid_null("taken_by"))
        .col(text_null("taken_by_name"))
        .col(big_integer_null("taken_at"))
        .foreign_key(&mut owner.clone())
        .take()
}
