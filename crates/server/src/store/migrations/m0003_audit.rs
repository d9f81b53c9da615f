//! Audit entries with address and before/after (version 2 of the chain), signed checkpoints, indexes for the filters, and
//! triggers by which the database itself keeps entries as they are.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, text, text_null, uuid, var_binary};

use crate::store::dialect;

/// A SHA-256 or an Ed25519 public key.
const HASH: u32 = 32;
/// An Ed25519 signature.
const SIGNATURE: u32 = 64;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0003_audit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Rows that are there already are of version 1. One column per statement: SQLite takes no more.
        for column in [
            integer("chain_version").default(1).take(),
            text_null("address"),
            text_null("before"),
            text_null("after"),
        ] {
            add_column(manager, "audit_entries", column).await?;
        }
        let count = big_integer("audit_checkpoints").default(0).take();
        add_column(manager, "organizations", count).await?;
        manager.create_table(checkpoints()).await?;
        for mut index in indexes() {
            manager.create_index(index.take()).await?;
        }
        dialect::keep_audit_entries(manager.get_connection()).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "proof is not thrown away; restore a backup instead".into(),
        ))
    }
}

async fn add_column(
    manager: &SchemaManager<'_>,
    table: &'static str,
    mut column: ColumnDef,
) -> Result<(), DbErr> {
    let statement = Table::alter().table(table).add_column(&mut column).take();
    manager.alter_table(statement).await
}

/// Places of audit chains, signed by the server's identity key. `kind` is `periodic` or `pruned`.
fn checkpoints() -> TableCreateStatement {
    Table::create()
        .table("audit_checkpoints")
        .col(uuid("organization_id"))
        .col(big_integer("number"))
        .col(text("kind"))
        .col(big_integer("seq"))
        .col(var_binary("hash", HASH))
        .col(big_integer("at"))
        .col(var_binary("previous", HASH))
        .col(var_binary("public_key", HASH))
        .col(var_binary("signature", SIGNATURE))
        .primary_key(Index::create().col("organization_id").col("number"))
        .foreign_key(
            ForeignKey::create()
                .name("audit_checkpoints_organization_id_fk")
                .from("audit_checkpoints", "organization_id")
                .to("organizations", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .take()
}

/// Every filter of the list but the search by name is answered by an index that also has its order, so that no answer
/// sorts a million rows.
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
        plain("audit_entries", &["organization_id", "at", "id"]),
        plain("audit_entries", &["organization_id", "actor_id", "at", "id"]),
        plain("audit_entries", &["organization_id", "target_id", "at", "id"]),
        plain("audit_entries", &["organization_id", "action", "at", "id"]),
        plain("audit_entries", &["organization_id", "address", "at", "id"]),
        plain("audit_entries", &["organization_id", "request_id"]),
        plain("audit_checkpoints", &["organization_id", "seq"]),
    ]
}
