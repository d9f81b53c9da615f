//! Requests that were sent with an `Idempotency-Key`, and their answers.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary_null, blob, pk_uuid, uuid, var_binary};

/// A SHA-256.
const HASH: u32 = 32;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0020_idempotency"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(keys()).await?;
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

const INDEXES: [&str; 3] = [
    "CREATE UNIQUE INDEX idempotency_keys_once ON idempotency_keys (asker_id, key_hash)",
    "CREATE INDEX idempotency_keys_account_id ON idempotency_keys (account_id)",
    "CREATE INDEX idempotency_keys_begun_at ON idempotency_keys (begun_at)",
];

/// `asker_id` is the API token, or the account for all its logins; `shown_to` is the token or the one login that sees the answer.
/// What was asked is sealed like the answer: a hash of a body with a password in it could be guessed at.
fn keys() -> TableCreateStatement {
    Table::create()
        .table("idempotency_keys")
        .col(pk_uuid("id"))
        .col(uuid("account_id"))
        .col(uuid("asker_id"))
        .col(uuid("shown_to"))
        .col(var_binary("key_hash", HASH))
        .col(blob("sealed_request"))
        .col(binary_null("sealed_answer"))
        .col(big_integer("begun_at"))
        .foreign_key(
            ForeignKey::create()
                .name("idempotency_keys_account_id_fk")
                .from("idempotency_keys", "account_id")
                .to("accounts", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .take()
}
