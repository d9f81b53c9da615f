//! Invitations: one more person, without an account, in a session.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, pk_uuid, text, text_null, uuid, uuid_null, var_binary, var_binary_null,
};

/// A SHA-256.
const HASH: u32 = 32;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0012_invitations"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(invitations()).await?;
        for column in ["session_id", "guest_session_id"] {
            let mut index = Index::create();
            let name = format!("invitations_{column}");
            manager
                .create_index(index.name(name).table("invitations").col(column).take())
                .await?;
        }
        // Refers to nothing: the record of a guest's session outlives that of who invited them.
        let mut alter = Table::alter();
        let guest_of = alter.table("sessions").add_column(uuid_null("guest_of"));
        manager.alter_table(guest_of.take()).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}

/// Go with the record of the session that they are to. `guest_session_id` is the session of who came, whose record may go before.
fn invitations() -> TableCreateStatement {
    let foreign = |column: &str, table: &'static str| {
        ForeignKey::create()
            .name(format!("invitations_{column}_fk"))
            .from("invitations", column.to_owned())
            .to(table, "id")
            .on_delete(ForeignKeyAction::Cascade)
            .take()
    };
    Table::create()
        .table("invitations")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("session_id"))
        .col(var_binary("hash", HASH).unique_key().take())
        .col(text("rights"))
        .col(big_integer("created_at"))
        .col(uuid_null("created_by"))
        .col(text("created_by_name"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("accepted_at"))
        .col(text_null("guest_name"))
        .col(uuid_null("guest_session_id"))
        .col(var_binary_null("key_hash", HASH).unique_key().take())
        .col(big_integer_null("revoked_at"))
        .foreign_key(&mut foreign("organization_id", "organizations"))
        .foreign_key(&mut foreign("session_id", "sessions"))
        .take()
}
