//! The database refuses to empty the audit tables and to replace their rows on insertion, too.

use sea_orm_migration::prelude::*;

use crate::store::dialect;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0007_audit_guard"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::keep_audit_tables(manager.get_connection()).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "proof is not thrown away; restore a backup instead".into(),
        ))
    }
}
