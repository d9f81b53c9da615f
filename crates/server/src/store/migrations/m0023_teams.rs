//! Teams: named sets of people that are given roles as one. A team is an account that nobody signs in to, so that it has roles like any
//! other; its name and note stand there.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, pk_uuid, text, uuid, uuid_null};

use super::owned_by;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0023_teams"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(teams()).await?;
        manager.create_table(members()).await?;
        for statement in INDEXES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "who is in which team is not taken back; restore a backup instead".into(),
        ))
    }
}

/// Names are told apart without case: in each organization, and among the teams of the whole server.
const INDEXES: [&str; 3] = [
    "CREATE UNIQUE INDEX teams_name_key ON teams (organization_id, name_key) WHERE organization_id IS NOT NULL",
    "CREATE UNIQUE INDEX teams_server_name_key ON teams (name_key) WHERE organization_id IS NULL",
    "CREATE INDEX team_members_account_id ON team_members (account_id)",
];

/// `id` is the account's. Without an organization it is a team of the whole server.
fn teams() -> TableCreateStatement {
    Table::create()
        .table("teams")
        .col(pk_uuid("id"))
        .col(uuid_null("organization_id"))
        .col(text("name_key"))
        .col(uuid_null("created_by"))
        .col(text("created_by_name"))
        .col(big_integer("version"))
        .foreign_key(&mut owned_by("teams", "id", "accounts"))
        .foreign_key(&mut owned_by("teams", "organization_id", "organizations"))
        .take()
}

/// Who is in which team, since when, and who put them there, by the name at that time.
fn members() -> TableCreateStatement {
    Table::create()
        .table("team_members")
        .col(uuid("team_id"))
        .col(uuid("account_id"))
        .col(big_integer("added_at"))
        .col(uuid_null("added_by"))
        .col(text("added_by_name"))
        .primary_key(Index::create().col("team_id").col("account_id"))
        .foreign_key(&mut owned_by("team_members", "team_id", "teams"))
        .foreign_key(&mut owned_by("team_members", "account_id", "accounts"))
        .take()
}
