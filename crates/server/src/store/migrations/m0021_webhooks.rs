//! Webhooks, what waits for their receivers, and what became of each attempt.
//!
//! Columns whose names start with `sealed_` hold envelopes of `crate::sealed`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, binary_null, boolean, pk_uuid, text, text_null, uuid, uuid_null,
};

use super::owned_by;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0021_webhooks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(webhooks()).await?;
        manager.create_table(deliveries()).await?;
        manager.create_table(attempts()).await?;
        for statement in INDEXES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "events that wait are not taken back; restore a backup instead".into(),
        ))
    }
}

const INDEXES: [&str; 5] = [
    "CREATE INDEX webhooks_organization_id ON webhooks (organization_id)",
    "CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, state, id)",
    "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (state, next_at)",
    "CREATE INDEX webhook_deliveries_finished_at ON webhook_deliveries (finished_at)",
    "CREATE INDEX webhook_attempts_delivery_id ON webhook_attempts (delivery_id)",
];

/// `event_types` are names with spaces between. `sealed_previous` is the secret before the last rotation, which signs beside the present
/// one until `previous_until`. The four columns before `created_at` are how deliveries go; they do not count as changes.
fn webhooks() -> TableCreateStatement {
    Table::create()
        .table("webhooks")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(text("name"))
        .col(text("url"))
        .col(text("event_types"))
        .col(text_null("expression"))
        .col(boolean("enabled"))
        .col(text_null("disabled_because"))
        .col(binary("sealed_secret"))
        .col(binary_null("sealed_previous"))
        .col(big_integer_null("previous_until"))
        .col(big_integer("failures"))
        .col(boolean("strained"))
        .col(big_integer_null("resume_at"))
        .col(big_integer_null("attempted_at"))
        .col(big_integer("created_at"))
        .col(uuid_null("created_by"))
        .col(text("created_by_name"))
        .col(big_integer("version"))
        .foreign_key(&mut owned_by("webhooks", "organization_id", "organizations"))
        .take()
}

/// While one is being sent, `next_at` is when whoever sends it is given up. `next_at` and `give_up_at` say nothing of one that is over.
fn deliveries() -> TableCreateStatement {
    Table::create()
        .table("webhook_deliveries")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("webhook_id"))
        .col(text("event_type"))
        .col(text("payload"))
        .col(text("state"))
        .col(big_integer("attempts"))
        .col(big_integer("next_at"))
        .col(big_integer("give_up_at"))
        .col(text_null("failure_code"))
        .col(text_null("failure"))
        .col(big_integer("created_at"))
        .col(big_integer_null("finished_at"))
        .foreign_key(&mut owned_by("webhook_deliveries", "webhook_id", "webhooks"))
        .take()
}

/// `answer` is the beginning of what the receiver said.
fn attempts() -> TableCreateStatement {
    Table::create()
        .table("webhook_attempts")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("delivery_id"))
        .col(big_integer("at"))
        .col(big_integer("duration_ms"))
        .col(big_integer_null("status"))
        .col(text_null("failure_code"))
        .col(text_null("failure"))
        .col(text_null("answer"))
        .foreign_key(&mut owned_by(
            "webhook_attempts",
            "delivery_id",
            "webhook_deliveries",
        ))
        .take()
}
