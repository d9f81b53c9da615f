//! Machines that helpdesk desktop agents speak for: their installations, tokens, reports, and the logins of end users.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, json, pk_uuid, text, text_null, uuid, var_binary,
};

use super::owned_by;

/// A SHA-256.
const HASH: u32 = 32;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0005_machine_routes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        alter
            .table("machines")
            .add_column(big_integer_null("helpdesk_at").take());
        manager.alter_table(alter.take()).await?;
        for table in [
            helpdesk_installations(),
            machine_tokens(),
            machine_reports(),
            machine_sections(),
            machine_logins(),
        ] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}

/// Installations of helpdesk desktop agents by the hash of what they store. Rows outlive the machine, so that one whose
/// machine was removed does not come back by itself.
fn helpdesk_installations() -> TableCreateStatement {
    Table::create()
        .table("helpdesk_installations")
        .col(uuid("organization_id"))
        .col(var_binary("installation_key", HASH))
        .col(uuid("machine_id"))
        .col(text("state"))
        .col(big_integer("added_at"))
        .col(big_integer_null("ended_at"))
        .primary_key(Index::create().col("organization_id").col("installation_key"))
        .foreign_key(&mut owned_by(
            "helpdesk_installations",
            "organization_id",
            "organizations",
        ))
        .take()
}

/// Tokens of machines, hashed. `machine_id` is the record; when that was merged it speaks for the survivor. Rows outlive
/// the machine, so that its agent can be told.
fn machine_tokens() -> TableCreateStatement {
    Table::create()
        .table("machine_tokens")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("machine_id"))
        .col(var_binary("secret_hash", HASH).unique_key().take())
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("last_used_at"))
        .col(text_null("address"))
        .col(big_integer_null("revoked_at"))
        .col(text_null("revoked_because"))
        .foreign_key(&mut owned_by(
            "machine_tokens",
            "organization_id",
            "organizations",
        ))
        .take()
}

/// What an agent delivered, each report once. `at` is when it was observed, `received_at` when it was delivered.
fn machine_reports() -> TableCreateStatement {
    Table::create()
        .table("machine_reports")
        .col(uuid("machine_id"))
        .col(text("kind"))
        .col(text("report_id"))
        .col(big_integer("at"))
        .col(big_integer("received_at"))
        .col(json("body"))
        .primary_key(Index::create().col("machine_id").col("kind").col("report_id"))
        .foreign_key(&mut owned_by("machine_reports", "machine_id", "machines"))
        .take()
}

/// The newest of each section of a machine's inventory.
fn machine_sections() -> TableCreateStatement {
    Table::create()
        .table("machine_sections")
        .col(uuid("machine_id"))
        .col(text("section"))
        .col(var_binary("hash", HASH))
        .col(big_integer("at"))
        .col(json("body"))
        .primary_key(Index::create().col("machine_id").col("section"))
        .foreign_key(&mut owned_by("machine_sections", "machine_id", "machines"))
        .take()
}

/// Logins of end users. First a one-time secret (`secret_hash`, until `expires_at`); when it is redeemed, the login with a
/// secret of its own.
fn machine_logins() -> TableCreateStatement {
    Table::create()
        .table("machine_logins")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("machine_id"))
        .col(uuid("token_id"))
        .col(text("state"))
        .col(var_binary("secret_hash", HASH).unique_key().take())
        .col(big_integer("created_at"))
        .col(big_integer("last_used_at"))
        .col(big_integer("expires_at"))
        .col(text("address"))
        .col(text("user_agent"))
        .foreign_key(&mut owned_by("machine_logins", "machine_id", "machines"))
        .foreign_key(&mut owned_by("machine_logins", "token_id", "machine_tokens"))
        .take()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let plain = |table: &'static str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.name(format!("{table}_{}", columns.join("_"))).table(table);
        for column in columns {
            index.col(*column);
        }
        index
    };
    vec![
        plain("helpdesk_installations", &["machine_id"]),
        plain("machine_tokens", &["machine_id"]),
        plain("machine_reports", &["machine_id", "kind", "at"]),
        plain("machine_logins", &["machine_id"]),
        plain("machine_logins", &["token_id"]),
        plain("machine_logins", &["expires_at"]),
    ]
}
