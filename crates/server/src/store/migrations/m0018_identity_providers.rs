//! Identity providers, who is known there under which name, sign-ins under way there, and which roles a provider gave.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary_null, boolean, pk_uuid, text, uuid, uuid_null, var_binary,
};

use super::owned_by;

/// A SHA-256.
const HASH: u32 = 32;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0018_identity_providers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(providers()).await?;
        manager.create_table(identities()).await?;
        manager.create_table(attempts()).await?;
        manager.create_table(logins()).await?;
        let mut alter = Table::alter();
        let provider = alter.table("assignments").add_column(uuid_null("provider_id"));
        manager.alter_table(provider.take()).await?;
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

/// A role may come from people and from a provider at once: each takes away what it gave, and nothing else.
const INDEXES: [&str; 9] = [
    "DROP INDEX assignments_once",
    "DROP INDEX assignments_once_everywhere",
    "CREATE UNIQUE INDEX assignments_once ON assignments (account_id, organization_id, role) \
     WHERE organization_id IS NOT NULL AND provider_id IS NULL",
    "CREATE UNIQUE INDEX assignments_once_everywhere ON assignments (account_id, role) \
     WHERE organization_id IS NULL AND provider_id IS NULL",
    "CREATE UNIQUE INDEX assignments_provided_once ON assignments (provider_id, account_id, organization_id, role) \
     WHERE organization_id IS NOT NULL AND provider_id IS NOT NULL",
    "CREATE UNIQUE INDEX assignments_provided_once_everywhere ON assignments (provider_id, account_id, role) \
     WHERE organization_id IS NULL AND provider_id IS NOT NULL",
    "CREATE UNIQUE INDEX identities_subject ON identities (provider_id, subject)",
    "CREATE UNIQUE INDEX identities_account ON identities (account_id, provider_id)",
    "CREATE INDEX provider_attempts_expires_at ON provider_attempts (expires_at)",
];

/// `issuer` never changes: identities are known by it. `mappings` and `email_domains` are JSON. No secret: a public client.
fn providers() -> TableCreateStatement {
    Table::create()
        .table("identity_providers")
        .col(pk_uuid("id"))
        .col(text("name"))
        .col(text("issuer").unique_key().take())
        .col(text("client_id"))
        .col(binary_null("sealed_client_secret"))
        .col(text("scopes"))
        .col(text("groups_claim"))
        .col(text("mappings"))
        .col(boolean("creates_accounts"))
        .col(big_integer_null("accounts_max"))
        .col(text("email_domains"))
        .col(boolean("trusts_email"))
        .col(boolean("links_invited"))
        .col(boolean("enabled"))
        .col(big_integer("created_at"))
        .col(uuid_null("created_by"))
        .col(text("created_by_name"))
        .col(big_integer("version"))
        .take()
}

/// Who an account is at a provider. `made_account`: the account was made for it.
fn identities() -> TableCreateStatement {
    Table::create()
        .table("identities")
        .col(pk_uuid("id"))
        .col(uuid("provider_id"))
        .col(uuid("account_id"))
        .col(text("subject"))
        .col(text("email"))
        .col(boolean("made_account"))
        .col(big_integer("linked_at"))
        .col(big_integer_null("last_used_at"))
        .foreign_key(&mut owned_by("identities", "provider_id", "identity_providers"))
        .foreign_key(&mut owned_by("identities", "account_id", "accounts"))
        .take()
}

/// Sign-ins under way at a provider: hashes only. `account_id` and `login_id`: who connects their account.
fn attempts() -> TableCreateStatement {
    Table::create()
        .table("provider_attempts")
        .col(pk_uuid("id"))
        .col(uuid("provider_id"))
        .col(var_binary("state_hash", HASH).unique_key().take())
        .col(var_binary("browser_hash", HASH))
        .col(text("return_to"))
        .col(uuid_null("account_id"))
        .col(uuid_null("login_id"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("used_at"))
        .foreign_key(&mut owned_by(
            "provider_attempts",
            "provider_id",
            "identity_providers",
        ))
        .take()
}

/// Which logins a provider vouched for, and what it is told by which to end its own.
fn logins() -> TableCreateStatement {
    Table::create()
        .table("provider_logins")
        .col(uuid("login_id").primary_key().take())
        .col(uuid("provider_id"))
        .col(uuid("account_id"))
        .col(binary_null("sealed_id_token"))
        .foreign_key(&mut owned_by("provider_logins", "login_id", "logins"))
        .foreign_key(&mut owned_by(
            "provider_logins",
            "provider_id",
            "identity_providers",
        ))
        .take()
}
