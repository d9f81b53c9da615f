//! API tokens, and accounts of programs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, pk_uuid, text, text_null, uuid, uuid_null, var_binary,
    var_binary_null,
};

/// A SHA-256.
const HASH: u32 = 32;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0015_api_tokens"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (column, everybody_is) in [("kind", "person"), ("note", "")] {
            let mut alter = Table::alter();
            let added = alter
                .table("accounts")
                .add_column(text(column).default(everybody_is));
            manager.alter_table(added.take()).await?;
        }
        manager.create_table(api_tokens()).await?;
        let db = manager.get_connection();
        for statement in INDEXES {
            db.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}

const INDEXES: [&str; 2] = [
    "CREATE INDEX api_tokens_account_id ON api_tokens (account_id)",
    "CREATE UNIQUE INDEX api_tokens_previous_hash ON api_tokens (previous_hash) WHERE previous_hash IS NOT NULL",
];

/// Only the hash of the secret is kept; after a rotation also that of the one before, which works until `previous_until`. `scopes` are
/// names of permissions with spaces between, `organizations` identifiers; none = wherever the account may.
fn api_tokens() -> TableCreateStatement {
    let mut of_account = ForeignKey::create()
        .name("api_tokens_account_id_fk")
        .from("api_tokens", "account_id")
        .to("accounts", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take();
    Table::create()
        .table("api_tokens")
        .col(pk_uuid("id"))
        .col(uuid("account_id"))
        .col(text("name"))
        .col(var_binary("secret_hash", HASH).unique_key().take())
        .col(var_binary_null("previous_hash", HASH))
        .col(big_integer_null("previous_until"))
        .col(text("scopes"))
        .col(text_null("organizations"))
        .col(boolean("read_only"))
        .col(big_integer("created_at"))
        .col(uuid_null("created_by"))
        .col(text("created_by_name"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("rotated_at"))
        .col(big_integer_null("revoked_at"))
        .col(big_integer_null("last_used_at"))
        .col(text_null("last_used_address"))
        .col(big_integer("version"))
        .foreign_key(&mut of_account)
        .take()
}
