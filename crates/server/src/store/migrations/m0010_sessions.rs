//! Sessions that outlive their pipe: consent, interruptions, what happened in them; relay grants that survive a restart; the key
//! that pipes to a machine are opened with.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, json, pk_uuid, text, text_null, uuid, var_binary, var_binary_null,
};

/// A SHA-256 or an X25519 public key.
const HASH: u32 = 32;

/// What was under way before had no way back, so the next start ends it. To control meant the clipboard as well.
const TRANSLATE: [&str; 2] = [
    "UPDATE sessions SET state = 'requested' WHERE state IN ('offered', 'connected')",
    "UPDATE sessions SET rights = 'view,control,clipboard' WHERE rights = 'control'",
];

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0010_sessions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in [
            text("asked").default("").take(),
            big_integer("attempt").default(1).take(),
            big_integer("resumes").default(0).take(),
            big_integer_null("interrupted_at"),
            text_null("consent_outcome"),
            text_null("consent_by"),
            big_integer_null("consent_at"),
        ] {
            // One column per statement: SQLite takes no more.
            let mut alter = Table::alter();
            manager
                .alter_table(alter.table("sessions").add_column(&mut column).take())
                .await?;
        }
        let mut alter = Table::alter();
        let key = alter
            .table("machines")
            .add_column(var_binary_null("pipe_key", HASH));
        manager.alter_table(key.take()).await?;
        for statement in TRANSLATE {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        manager.create_table(relay_grants()).await?;
        manager.create_table(session_events()).await?;
        for (table, column) in [
            ("relay_grants", "session_id"),
            ("relay_grants", "expires_at"),
            ("session_events", "session_id"),
        ] {
            let mut index = Index::create();
            index.name(format!("{table}_{column}")).table(table).col(column);
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}

/// Goes with the session.
fn of_session(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_session_id_fk"))
        .from(table, "session_id")
        .to("sessions", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

/// What lets one end of a session into the relay, once. `relay` is the fingerprint of the identity key of the server that it is for.
fn relay_grants() -> TableCreateStatement {
    Table::create()
        .table("relay_grants")
        .col(var_binary("hash", HASH).primary_key())
        .col(uuid("session_id"))
        .col(text("side"))
        .col(big_integer("attempt"))
        .col(uuid("login_id"))
        .col(text("relay"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("used_at"))
        .foreign_key(&mut of_session("relay_grants"))
        .take()
}

/// What happened in a session: kept with it, while audit entries may be pruned.
fn session_events() -> TableCreateStatement {
    let organization = ForeignKey::create()
        .name("session_events_organization_id_fk")
        .from("session_events", "organization_id")
        .to("organizations", "id")
        .take();
    Table::create()
        .table("session_events")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("session_id"))
        .col(big_integer("at"))
        .col(text("kind"))
        .col(text("who_kind"))
        .col(text("who"))
        .col(json("detail"))
        .foreign_key(&mut of_session("session_events"))
        .foreign_key(&mut organization.clone())
        .take()
}
