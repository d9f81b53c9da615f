//! Second factors of accounts, the places they sign in from, and when a login last proved who it is.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, boolean, pk_uuid, string_len, text, uuid, var_binary,
};

/// A SHA-256.
const HASH: u32 = 32;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0019_second_factors"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(totp()).await?;
        manager.create_table(recovery_codes()).await?;
        manager.create_table(passkeys()).await?;
        manager.create_table(login_places()).await?;
        let db = manager.get_connection();
        for statement in INDEXES {
            db.execute_unprepared(statement).await?;
        }
        let mut alter = Table::alter();
        let proven = alter
            .table("logins")
            .add_column(big_integer("proven_at").default(0));
        manager.alter_table(proven.take()).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}

const INDEXES: [&str; 2] = [
    "CREATE INDEX recovery_codes_account_id ON recovery_codes (account_id)",
    "CREATE INDEX passkeys_account_id ON passkeys (account_id)",
];

fn of_account(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_account_id_fk"))
        .from(table, "account_id")
        .to("accounts", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

/// One authenticator app for each account. Until it is confirmed it counts for nothing; a step is used once.
fn totp() -> TableCreateStatement {
    Table::create()
        .table("totp")
        .col(pk_uuid("account_id"))
        .col(blob("sealed_secret"))
        .col(big_integer("created_at"))
        .col(big_integer_null("confirmed_at"))
        .col(big_integer("last_step"))
        .foreign_key(&mut of_account("totp"))
        .take()
}

/// Only hashes are kept. Codes that were used stay until new ones are made, so that their second use can be told.
fn recovery_codes() -> TableCreateStatement {
    Table::create()
        .table("recovery_codes")
        .col(pk_uuid("id"))
        .col(uuid("account_id"))
        .col(var_binary("code_hash", HASH).unique_key().take())
        .col(big_integer_null("used_at"))
        .foreign_key(&mut of_account("recovery_codes"))
        .take()
}

/// `credential` is what the library keeps of a passkey: public key, counter, flags. No secret is in it.
fn passkeys() -> TableCreateStatement {
    Table::create()
        .table("passkeys")
        .col(pk_uuid("id"))
        .col(uuid("account_id"))
        .col(var_binary("credential_hash", HASH).unique_key().take())
        .col(text("credential"))
        .col(text("name"))
        .col(boolean("synced"))
        .col(big_integer("created_at"))
        .col(big_integer_null("last_used_at"))
        .foreign_key(&mut of_account("passkeys"))
        .take()
}

/// Networks and devices from which an account has signed in before.
fn login_places() -> TableCreateStatement {
    Table::create()
        .table("login_places")
        .col(uuid("account_id"))
        .col(string_len("network", 64))
        .col(string_len("device", 64))
        .col(big_integer("first_seen_at"))
        .col(big_integer("last_seen_at"))
        .primary_key(Index::create().col("account_id").col("network").col("device"))
        .foreign_key(&mut of_account("login_places"))
        .take()
}
