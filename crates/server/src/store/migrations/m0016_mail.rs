//! How the server sends e-mail, and the outbox.
//!
//! Columns whose names start with `sealed_` hold envelopes of `crate::sealed`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary_null, pk_uuid, text, text_null, uuid_null,
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0016_mail"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(server_mail()).await?;
        manager.create_table(mail_outbox()).await?;
        for statement in INDEXES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "mail that waits is not taken back; restore a backup instead".into(),
        ))
    }
}

const INDEXES: [&str; 2] = [
    "CREATE INDEX mail_outbox_due ON mail_outbox (state, next_at)",
    "CREATE INDEX mail_outbox_about_id ON mail_outbox (about_id)",
];

/// One row at most. `ca_pem` are the authorities that are trusted beside the public ones.
fn server_mail() -> TableCreateStatement {
    Table::create()
        .table("server_mail")
        .col(text("name").primary_key().take())
        .col(text("host"))
        .col(big_integer("port"))
        .col(text("security"))
        .col(text_null("user_name"))
        .col(binary_null("sealed_password"))
        .col(text("from_address"))
        .col(text("from_name"))
        .col(text_null("ca_pem"))
        .col(big_integer("changed_at"))
        .col(big_integer("version"))
        .take()
}

/// `about_id` is the thing a mail speaks of: an invitation. `sealed_contents` is what it says, until nobody needs it any more. While a
/// mail is being sent, `next_at` is when whoever sends it is given up. `next_at` and `give_up_at` say nothing of one that is over.
fn mail_outbox() -> TableCreateStatement {
    Table::create()
        .table("mail_outbox")
        .col(pk_uuid("id"))
        .col(uuid_null("organization_id"))
        .col(uuid_null("about_id"))
        .col(text("template"))
        .col(text("locale"))
        .col(text("recipient"))
        .col(text("subject"))
        .col(binary_null("sealed_contents"))
        .col(text("state"))
        .col(big_integer("attempts"))
        .col(big_integer("next_at"))
        .col(big_integer("give_up_at"))
        .col(text_null("error_code"))
        .col(text_null("error"))
        .col(big_integer("created_at"))
        .col(big_integer_null("finished_at"))
        .foreign_key(
            &mut ForeignKey::create()
                .name("mail_outbox_organization_id_fk")
                .from("mail_outbox", "organization_id")
                .to("organizations", "id")
                .on_delete(ForeignKeyAction::Cascade)
                .take(),
        )
        .take()
}
