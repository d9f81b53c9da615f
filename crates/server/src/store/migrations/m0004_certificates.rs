//! Certificates that the server got or made itself, and its accounts with certificate authorities.
//!
//! Columns whose names start with `sealed_` hold envelopes of `crate::sealed`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, text};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0004_certificates"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(certificates()).await?;
        manager.create_table(acme_accounts()).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "certificates are not taken back; restore a backup instead".into(),
        ))
    }
}

/// One certificate under each name: the own authority's, or the newest for a set of domains. `chain` is PEM.
fn certificates() -> TableCreateStatement {
    Table::create()
        .table("certificates")
        .col(text("name").primary_key().take())
        .col(text("chain"))
        .col(binary("sealed_key"))
        .col(big_integer("not_before"))
        .col(big_integer("not_after"))
        .col(big_integer("created_at"))
        .take()
}

/// One account for each authority, named by its directory's URL.
fn acme_accounts() -> TableCreateStatement {
    Table::create()
        .table("acme_accounts")
        .col(text("directory").primary_key().take())
        .col(binary("sealed_credentials"))
        .col(big_integer("created_at"))
        .take()
}
