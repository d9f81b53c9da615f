//! The inventory that our own agents deliver, what changed in it, and what machines are found by of it. What machines say is written
//! anew at the next start (`machines/search/kept.rs`).

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, json, json_null, pk_uuid, text, text_null, uuid, var_binary,
};

use super::owned_by;
use crate::store::dialect;

/// A SHA-256.
const HASH: u32 = 32;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0028_inventory"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [inventory_sections(), machine_changes(), software_titles()] {
            manager.create_table(table).await?;
        }
        let db = manager.get_connection();
        for statement in INDEXES {
            db.execute_unprepared(statement).await?;
        }
        dialect::create_machine_software(db).await?;
        dialect::part_machine_facts(db).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}

/// A machine's history is read from its newest change on; filters look through what is kept of one machine.
const INDEXES: &[&str] = &[
    "CREATE INDEX machine_changes_machine_id_id ON machine_changes (machine_id, id)",
    "CREATE UNIQUE INDEX software_titles_manager_name ON software_titles (manager, name)",
];

/// The newest of each section, by record. Apart from `machine_sections`, which are in whatever form a helpdesk's agent likes: a machine
/// may have both.
fn inventory_sections() -> TableCreateStatement {
    Table::create()
        .table("inventory_sections")
        .col(uuid("machine_id"))
        .col(text("section"))
        .col(uuid("organization_id"))
        .col(var_binary("hash", HASH))
        .col(var_binary("told_hash", HASH))
        .col(json("body"))
        .col(json("problems"))
        .col(big_integer("first_at"))
        .col(big_integer("changed_at"))
        .col(big_integer("received_at"))
        .primary_key(Index::create().col("machine_id").col("section"))
        .foreign_key(&mut owned_by("inventory_sections", "machine_id", "machines"))
        .take()
}

/// What changed, by record.
fn machine_changes() -> TableCreateStatement {
    Table::create()
        .table("machine_changes")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("machine_id"))
        .col(text("section"))
        .col(big_integer("at"))
        .col(text("path"))
        .col(text("what"))
        .col(text_null("subject"))
        .col(text("kind"))
        .col(json_null("before"))
        .col(json_null("after"))
        .col(boolean("shortened"))
        .foreign_key(&mut owned_by("machine_changes", "machine_id", "machines"))
        .take()
}

/// What packages are called. Names of programs are nobody's: one row serves all organizations, and who has it stands elsewhere.
fn software_titles() -> TableCreateStatement {
    Table::create()
        .table("software_titles")
        .col(pk_uuid("id"))
        .col(text("manager"))
        .col(text("name"))
        .col(text("folded"))
        .take()
}
