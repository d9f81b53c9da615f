//! Access rules: who has to be asked before a technician may do something on a machine.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, pk_uuid, text, text_null, uuid, uuid_null};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0009_access_rules"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(access_rules()).await?;
        for (scope, place) in PLACES {
            let once = format!(
                "CREATE UNIQUE INDEX access_rules_{scope}_once ON access_rules \
                 ({place}, COALESCE(role, ''), COALESCE(access_right, '')) WHERE scope = '{scope}'"
            );
            manager.get_connection().execute_unprepared(&once).await?;
        }
        for column in ["organization_id", "site_id", "machine_id"] {
            let mut index = Index::create();
            index
                .name(format!("access_rules_{column}"))
                .table("access_rules")
                .col(column);
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

/// What tells the rules of each scope apart, beside role and right: there is one for each. A role or right that is left out
/// counts as a value of its own, which `NULL` in an index does not.
const PLACES: [(&str, &str); 4] = [
    ("organization", "organization_id"),
    ("site", "site_id"),
    ("tag", "organization_id, tag"),
    ("machine", "machine_id"),
];

fn owned_by(column: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("access_rules_{column}_fk"))
        .from("access_rules", column)
        .to(table, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

/// `scope` is `organization`, `site`, `tag` or `machine`, and the column of that name is filled; the rules of a site or a
/// machine go with it. No `role`, no `access_right`: every one.
fn access_rules() -> TableCreateStatement {
    Table::create()
        .table("access_rules")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(text("scope"))
        .col(uuid_null("site_id"))
        .col(text_null("tag"))
        .col(uuid_null("machine_id"))
        .col(text_null("role"))
        .col(text_null("access_right"))
        .col(text("mode"))
        .col(text("on_silence"))
        .col(big_integer("created_at"))
        .col(uuid_null("created_by"))
        .col(text("created_by_name"))
        .col(big_integer_null("changed_at"))
        .col(uuid_null("changed_by"))
        .col(text_null("changed_by_name"))
        .col(big_integer("version"))
        .foreign_key(&mut owned_by("organization_id", "organizations"))
        .foreign_key(&mut owned_by("site_id", "sites"))
        .foreign_key(&mut owned_by("machine_id", "machines"))
        .take()
}
