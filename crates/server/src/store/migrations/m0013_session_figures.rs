//! How sessions went, as their agents told.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::json_null;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0013_session_figures"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        manager
            .alter_table(alter.table("sessions").add_column(json_null("figures")).take())
            .await
    }
}
