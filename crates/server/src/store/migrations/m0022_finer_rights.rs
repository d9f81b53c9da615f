//! Assignments that end, count at some hours, ask for a proof or a reason, and reach less than an organization; API tokens for
//! some sites and tags; who asked for more on a machine; why sessions were opened.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, pk_uuid, text, text_null, uuid, uuid_null,
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0022_finer_rights"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `scope`: what of the organization, empty for all of it. `hours` is JSON. `ended_at`: when its end was noted.
        for column in [
            text("scope").default("").take(),
            big_integer_null("expires_at").take(),
            text_null("hours").take(),
            big_integer_null("step_up_minutes").take(),
            boolean("reason_required").default(false).take(),
            big_integer_null("ended_at").take(),
        ] {
            let mut alter = Table::alter();
            manager
                .alter_table(alter.table("assignments").add_column(column).take())
                .await?;
        }
        // Words with spaces, or commas, between; null = no matter which.
        for column in [text_null("sites"), text_null("tags")] {
            let mut alter = Table::alter();
            manager
                .alter_table(alter.table("api_tokens").add_column(column).take())
                .await?;
        }
        let mut alter = Table::alter();
        let reason = alter
            .table("sessions")
            .add_column(text("reason").default("").take());
        manager.alter_table(reason.take()).await?;
        manager.create_table(access_requests()).await?;
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

/// `permissions` are names with spaces between. Names are copied. `machine_id` stays after the machine was removed.
fn access_requests() -> TableCreateStatement {
    let owned_by = |column: &'static str, owner: &'static str| {
        ForeignKey::create()
            .name(format!("access_requests_{column}_fk"))
            .from("access_requests", column)
            .to(owner, "id")
            .on_delete(ForeignKeyAction::Cascade)
            .take()
    };
    Table::create()
        .table("access_requests")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("machine_id"))
        .col(text("machine_name"))
        .col(uuid("account_id"))
        .col(text("account_name"))
        .col(text("permissions"))
        .col(text("reason"))
        .col(big_integer("duration_seconds"))
        .col(text("state"))
        .col(big_integer("created_at"))
        .col(big_integer_null("decided_at"))
        .col(uuid_null("decided_by"))
        .col(text_null("decided_by_name"))
        .col(text("note"))
        .col(big_integer_null("expires_at"))
        .col(big_integer_null("ended_at"))
        .col(text_null("ended_by_name"))
        .foreign_key(&mut owned_by("organization_id", "organizations"))
        .foreign_key(&mut owned_by("account_id", "accounts"))
        .take()
}

/// The same role may be given on two sites; on one site once.
const INDEXES: [&str; 7] = [
    "DROP INDEX assignments_once",
    "CREATE UNIQUE INDEX assignments_once ON assignments (account_id, organization_id, role, scope) \
     WHERE organization_id IS NOT NULL AND provider_id IS NULL",
    "CREATE INDEX assignments_expires_at ON assignments (expires_at) WHERE expires_at IS NOT NULL AND ended_at IS NULL",
    "CREATE INDEX assignments_hours ON assignments (id) WHERE hours IS NOT NULL",
    "CREATE INDEX access_requests_account_id ON access_requests (account_id, state)",
    "CREATE INDEX access_requests_organization_id ON access_requests (organization_id, id)",
    "CREATE INDEX access_requests_expires_at ON access_requests (expires_at) WHERE state = 'approved'",
];
