//! Roles as data, who has which of them where, invitations to make an account; and versions of what is renamed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, pk_uuid, text, uuid, uuid_null, var_binary};

use super::owned_by;

/// A SHA-256.
const HASH: u32 = 32;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0014_roles"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(roles()).await?;
        manager.create_table(assignments()).await?;
        manager.create_table(account_invitations()).await?;
        let db = manager.get_connection();
        for statement in INDEXES.into_iter().chain(PLACES_TO_ASSIGNMENTS) {
            db.execute_unprepared(statement).await?;
        }
        manager
            .drop_table(Table::drop().table("memberships").take())
            .await?;
        let mut alter = Table::alter();
        let disabled = alter
            .table("accounts")
            .add_column(big_integer_null("disabled_at"));
        manager.alter_table(disabled.take()).await?;
        for table in ["organizations", "sites"] {
            let mut alter = Table::alter();
            let version = alter.table(table).add_column(big_integer("version").default(1));
            manager.alter_table(version.take()).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "this change of the schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}

/// An account has a role once in each place; `NULL` counts as a value of its own.
const INDEXES: [&str; 5] = [
    "CREATE UNIQUE INDEX assignments_once ON assignments (account_id, organization_id, role) \
     WHERE organization_id IS NOT NULL",
    "CREATE UNIQUE INDEX assignments_once_everywhere ON assignments (account_id, role) WHERE organization_id IS NULL",
    "CREATE INDEX assignments_organization_id ON assignments (organization_id)",
    "CREATE INDEX assignments_role ON assignments (role)",
    "CREATE INDEX account_invitations_organization_id ON account_invitations (organization_id)",
];

/// Whoever owned an organization could change what the server is: they are owners of all of it, once each.
const PLACES_TO_ASSIGNMENTS: [&str; 2] = [
    "INSERT INTO assignments (id, account_id, organization_id, role, created_at, created_by, created_by_name) \
     SELECT id, account_id, organization_id, role, created_at, NULL, '' FROM memberships WHERE role <> 'owner'",
    "INSERT INTO assignments (id, account_id, organization_id, role, created_at, created_by, created_by_name) \
     SELECT id, account_id, NULL, role, created_at, NULL, '' FROM memberships AS one WHERE role = 'owner' \
     AND NOT EXISTS (SELECT 1 FROM memberships AS other WHERE other.role = 'owner' \
     AND other.account_id = one.account_id AND other.id < one.id)",
];

/// Roles that somebody made. `name_key` is the name in lower case: no two are told apart by case.
fn roles() -> TableCreateStatement {
    Table::create()
        .table("roles")
        .col(pk_uuid("id"))
        .col(text("name"))
        .col(text("name_key").unique_key().take())
        .col(text("description"))
        .col(text("permissions"))
        .col(big_integer("created_at"))
        .col(uuid_null("created_by"))
        .col(text("created_by_name"))
        .col(big_integer("version"))
        .take()
}

/// `role` is the name of one that is built in, or the identifier of a row of `roles`. No `organization_id`: the whole server.
fn assignments() -> TableCreateStatement {
    Table::create()
        .table("assignments")
        .col(pk_uuid("id"))
        .col(uuid("account_id"))
        .col(uuid_null("organization_id"))
        .col(text("role"))
        .col(big_integer("created_at"))
        .col(uuid_null("created_by"))
        .col(text("created_by_name"))
        .foreign_key(&mut owned_by("assignments", "account_id", "accounts"))
        .foreign_key(&mut owned_by("assignments", "organization_id", "organizations"))
        .take()
}

/// Only the hash of the secret is kept. An invitation gives `role` in `organization_id`, or for the whole server.
fn account_invitations() -> TableCreateStatement {
    Table::create()
        .table("account_invitations")
        .col(pk_uuid("id"))
        .col(uuid_null("organization_id"))
        .col(text("role"))
        .col(text("email"))
        .col(var_binary("secret_hash", HASH).unique_key().take())
        .col(big_integer("created_at"))
        .col(uuid_null("created_by"))
        .col(text("created_by_name"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("accepted_at"))
        .col(uuid_null("accepted_by"))
        .col(big_integer_null("revoked_at"))
        .foreign_key(&mut owned_by(
            "account_invitations",
            "organization_id",
            "organizations",
        ))
        .take()
}
