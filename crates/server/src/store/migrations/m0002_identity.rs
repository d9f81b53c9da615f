//! Which machine is which: keys in a table of their own, evidence, installations, quarantine, merges, blocks; and what
//! enrollment tokens allow.
//!
//! `machines` is made anew, because a machine may have no key (its agent is another product's) or had several.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, integer, json, json_null, pk_uuid, text, text_null, uuid,
    uuid_null, var_binary,
};

use super::owned_by;

/// An Ed25519 public key or a SHA-256.
const HASH: u32 = 32;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0002_identity"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(machines("machines_new")).await?;
        let tx = manager.get_connection();
        tx.execute_unprepared(COPY_MACHINES).await?;
        manager.create_table(machine_keys()).await?;
        tx.execute_unprepared(COPY_KEYS).await?;
        manager.drop_table(Table::drop().table("machines").take()).await?;
        tx.execute_unprepared("ALTER TABLE machines_new RENAME TO machines")
            .await?;
        for table in [
            machine_installations(),
            machine_evidence(),
            non_unique_values(),
            quarantine(),
            duplicate_dismissals(),
        ] {
            manager.create_table(table).await?;
        }
        for column in token_columns() {
            let mut alter = Table::alter();
            manager
                .alter_table(alter.table("enrollment_tokens").add_column(column).take())
                .await?;
        }
        for index in indexes() {
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

const COPY_MACHINES: &str = "INSERT INTO machines_new (id, organization_id, site_id, name, hostname, state, door, \
    install_id, install_counter, evidence, labels, os_family, os_name, os_version, os_arch, agent_version, users, screen, \
    capabilities, address, enrolled_at, enrollment_token_id, last_seen_at, version) \
    SELECT id, organization_id, site_id, name, hostname, 'active', 'agent', install_id, 0, '{}', '{}', os_family, os_name, \
    os_version, os_arch, agent_version, users, screen, capabilities, address, enrolled_at, enrollment_token_id, \
    last_seen_at, version FROM machines";

const COPY_KEYS: &str = "INSERT INTO machine_keys (public_key, organization_id, machine_id, state, added_at) \
    SELECT machine_key, organization_id, id, 'current', enrolled_at FROM machines";

/// Managed computers. Presence is memory, not rows: `last_seen_at` is written on transitions. `version` feeds the ETag. A
/// machine that was merged into another keeps its row and speaks for that one (`merged_into`).
fn machines(name: &'static str) -> TableCreateStatement {
    Table::create()
        .table(name)
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("site_id"))
        .col(text("name"))
        .col(text("hostname"))
        .col(text("state"))
        .col(text("door"))
        .col(text("install_id"))
        .col(big_integer("install_counter"))
        .col(json("evidence"))
        .col(text_null("machine_uid"))
        .col(json("labels"))
        .col(text("os_family"))
        .col(text("os_name"))
        .col(text("os_version"))
        .col(text("os_arch"))
        .col(text("agent_version"))
        .col(json("users"))
        .col(json_null("screen"))
        .col(json("capabilities"))
        .col(text_null("address"))
        .col(big_integer("enrolled_at"))
        .col(uuid_null("enrollment_token_id"))
        .col(big_integer_null("last_seen_at"))
        .col(big_integer_null("blocked_at"))
        .col(text_null("blocked_by"))
        .col(text_null("block_reason"))
        .col(uuid_null("merged_into"))
        .col(big_integer_null("merged_at"))
        .col(text_null("trusts"))
        .col(big_integer_null("rotation_asked_at"))
        .col(big_integer("version"))
        .foreign_key(&mut owned_by("machines", "organization_id", "organizations"))
        .foreign_key(&mut owned_by("machines", "site_id", "sites"))
        .take()
}

/// Every key that is or was a machine's. Rows outlive the machine, so that its agent can be told that it was removed.
fn machine_keys() -> TableCreateStatement {
    Table::create()
        .table("machine_keys")
        .col(var_binary("public_key", HASH).primary_key().take())
        .col(uuid("organization_id"))
        .col(uuid("machine_id"))
        .col(text("state"))
        .col(big_integer("added_at"))
        .col(big_integer_null("ended_at"))
        .foreign_key(&mut owned_by("machine_keys", "organization_id", "organizations"))
        .take()
}

/// Install ids that were given up for another, with the last counter seen of each.
fn machine_installations() -> TableCreateStatement {
    Table::create()
        .table("machine_installations")
        .col(uuid("machine_id"))
        .col(text("install_id"))
        .col(big_integer("counter"))
        .col(big_integer("ended_at"))
        .primary_key(Index::create().col("machine_id").col("install_id"))
        .foreign_key(&mut owned_by("machine_installations", "machine_id", "machines"))
        .take()
}

/// The values of each machine's evidence that count, for finding machines by them.
fn machine_evidence() -> TableCreateStatement {
    Table::create()
        .table("machine_evidence")
        .col(uuid("machine_id"))
        .col(text("kind"))
        .col(text("value"))
        .col(uuid("organization_id"))
        .primary_key(Index::create().col("machine_id").col("kind").col("value"))
        .foreign_key(&mut owned_by("machine_evidence", "machine_id", "machines"))
        .take()
}

/// Values that turned out to stand on several machines of an organization.
fn non_unique_values() -> TableCreateStatement {
    Table::create()
        .table("non_unique_values")
        .col(uuid("organization_id"))
        .col(text("kind"))
        .col(text("value"))
        .col(big_integer("learned_at"))
        .primary_key(Index::create().col("organization_id").col("kind").col("value"))
        .foreign_key(&mut owned_by(
            "non_unique_values",
            "organization_id",
            "organizations",
        ))
        .take()
}

/// Installations about which a person has to decide, and what was decided.
fn quarantine() -> TableCreateStatement {
    Table::create()
        .table("quarantine")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("site_id"))
        .col(uuid_null("enrollment_token_id"))
        .col(uuid_null("machine_id"))
        .col(text("door"))
        .col(text("reason"))
        .col(var_binary("copy_key", HASH))
        .col(var_binary("machine_key", HASH))
        .col(text("install_id"))
        .col(big_integer("install_counter"))
        .col(json("evidence"))
        .col(text_null("machine_uid"))
        .col(text("hostname"))
        .col(text("os_family"))
        .col(text("os_name"))
        .col(text("os_version"))
        .col(text("os_arch"))
        .col(text("agent_version"))
        .col(text("address"))
        .col(big_integer("first_seen_at"))
        .col(big_integer("last_seen_at"))
        .col(integer("attempts"))
        .col(text("state"))
        .col(big_integer_null("decided_at"))
        .col(text_null("decided_by"))
        .col(uuid_null("result_machine_id"))
        .foreign_key(&mut owned_by("quarantine", "organization_id", "organizations"))
        .foreign_key(&mut owned_by("quarantine", "site_id", "sites"))
        .take()
}

/// Pairs that look alike and are not.
fn duplicate_dismissals() -> TableCreateStatement {
    Table::create()
        .table("duplicate_dismissals")
        .col(uuid("first_id"))
        .col(uuid("second_id"))
        .col(big_integer("at"))
        .col(text("by"))
        .primary_key(Index::create().col("first_id").col("second_id"))
        .foreign_key(&mut owned_by("duplicate_dismissals", "first_id", "machines"))
        .foreign_key(&mut owned_by("duplicate_dismissals", "second_id", "machines"))
        .take()
}

/// Tokens made before keep working as they did; `quarantine_id` marks the ones that the server makes for a copy that shall
/// enroll as a machine of its own.
fn token_columns() -> Vec<ColumnDef> {
    vec![
        text("approval").default("automatic").take(),
        json("labels").default("{}").take(),
        json("networks").default("[]").take(),
        big_integer("version").default(1).take(),
        boolean("internal").default(false).take(),
        uuid_null("quarantine_id").take(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    let plain = |table: &'static str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.name(format!("{table}_{}", columns.join("_"))).table(table);
        for column in columns {
            index.col(*column);
        }
        index
    };
    vec![
        plain("machines", &["organization_id", "id"]),
        plain("machines", &["merged_into"]),
        plain("machines", &["enrollment_token_id"]),
        plain("machine_keys", &["machine_id"]),
        plain("machine_evidence", &["organization_id", "kind", "value"]),
        plain("quarantine", &["organization_id", "state", "id"]),
        plain("quarantine", &["organization_id", "copy_key"])
            .unique()
            .take(),
        plain("quarantine", &["machine_key"]),
    ]
}
