//! Invitations and identity providers give roles on a site, on tags and on a machine, and under conditions, as assignments do.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0025_places"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `scope`: what of the organization, empty for all of it. `conditions` is JSON.
        for column in [
            text("scope").default("").take(),
            text("conditions").default("{}").take(),
        ] {
            let mut alter = Table::alter();
            manager
                .alter_table(alter.table("account_invitations").add_column(column).take())
                .await?;
        }
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

/// A provider may give the same role on two sites; on one site once.
const INDEXES: [&str; 2] = [
    "DROP INDEX assignments_provided_once",
    "CREATE UNIQUE INDEX assignments_provided_once ON assignments (provider_id, account_id, organization_id, role, scope) \
     WHERE organization_id IS NOT NULL AND provider_id IS NOT NULL",
];
