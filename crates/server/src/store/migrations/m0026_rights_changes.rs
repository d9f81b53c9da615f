//! The database counts changes of what accounts may do, so that a server knows whether what it read of them still counts.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer;

use crate::store::dialect;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0026_rights_changes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("rights_changes")
            .if_not_exists()
            .col(big_integer("id").primary_key())
            .col(big_integer("number"))
            .take();
        manager.create_table(table).await?;
        let db = manager.get_connection();
        db.execute_unprepared(
            "INSERT INTO rights_changes (id, number) VALUES (1, 1) ON CONFLICT (id) DO NOTHING",
        )
        .await?;
        dialect::count_rights_changes(db).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}
