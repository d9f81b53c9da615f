//! All tables of the first version.
//!
//! Times are UTC milliseconds, identifiers UUIDs, hashes raw bytes. Foreign keys point at what owns a row; rows that must
//! outlive what they name (sessions, audit) copy names instead.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, integer, integer_null, json, json_null, pk_uuid, text, text_null,
    text_uniq, uuid, uuid_null, var_binary,
};

use super::owned_by;

/// Longest binary value kept: a SHA-256 or an Ed25519 public key.
const HASH: u32 = 32;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_first"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut table in [
            accounts(),
            logins(),
            one_time_links(),
            organizations(),
            memberships(),
            sites(),
            enrollment_tokens(),
            machines(),
            sessions(),
            audit_entries(),
            server_state(),
        ] {
            manager.create_table(table.take()).await?;
        }
        for mut index in indexes() {
            manager.create_index(index.take()).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "the first schema cannot be taken back; restore a backup instead".into(),
        ))
    }
}

/// People. The e-mail is kept as written and, for look-ups, folded.
fn accounts() -> TableCreateStatement {
    Table::create()
        .table("accounts")
        .col(pk_uuid("id"))
        .col(text("name"))
        .col(text("email"))
        .col(text_uniq("email_key"))
        .col(text("password_hash"))
        .col(text("locale"))
        .col(big_integer("created_at"))
        .col(big_integer("password_changed_at"))
        .take()
}

/// Signed-in periods; only the hash of the cookie's secret is kept.
fn logins() -> TableCreateStatement {
    Table::create()
        .table("logins")
        .col(pk_uuid("id"))
        .col(uuid("account_id"))
        .col(var_binary("secret_hash", HASH).unique_key().take())
        .col(big_integer("created_at"))
        .col(big_integer("last_used_at"))
        .col(big_integer("expires_at"))
        .col(text("address"))
        .col(text("user_agent"))
        .col(text("method"))
        .foreign_key(&mut owned_by("logins", "account_id", "accounts"))
        .take()
}

/// Set-up and sign-in links; only the hash of the token is kept.
fn one_time_links() -> TableCreateStatement {
    Table::create()
        .table("one_time_links")
        .col(pk_uuid("id"))
        .col(text("purpose"))
        .col(uuid_null("account_id"))
        .col(var_binary("secret_hash", HASH).unique_key().take())
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("used_at"))
        .foreign_key(&mut owned_by("one_time_links", "account_id", "accounts"))
        .take()
}

/// Whose machines. `audit_seq` and `audit_head` are the end of the organization's audit chain.
fn organizations() -> TableCreateStatement {
    Table::create()
        .table("organizations")
        .col(pk_uuid("id"))
        .col(text("name"))
        .col(big_integer("created_at"))
        .col(big_integer("audit_seq"))
        .col(var_binary("audit_head", HASH))
        .take()
}

/// Which account may do what in which organization.
fn memberships() -> TableCreateStatement {
    Table::create()
        .table("memberships")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("account_id"))
        .col(text("role"))
        .col(big_integer("created_at"))
        .foreign_key(&mut owned_by("memberships", "organization_id", "organizations"))
        .foreign_key(&mut owned_by("memberships", "account_id", "accounts"))
        .take()
}

/// Where machines stand.
fn sites() -> TableCreateStatement {
    Table::create()
        .table("sites")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(text("name"))
        .col(big_integer("created_at"))
        .foreign_key(&mut owned_by("sites", "organization_id", "organizations"))
        .take()
}

/// What allows agents to ask for enrollment; only the hash of the secret is kept.
fn enrollment_tokens() -> TableCreateStatement {
    Table::create()
        .table("enrollment_tokens")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("site_id"))
        .col(text("name"))
        .col(var_binary("secret_hash", HASH).unique_key().take())
        .col(integer("uses"))
        .col(integer_null("max_uses"))
        .col(big_integer("created_at"))
        .col(uuid_null("created_by"))
        .col(text("created_by_name"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("revoked_at"))
        .foreign_key(&mut owned_by(
            "enrollment_tokens",
            "organization_id",
            "organizations",
        ))
        .foreign_key(&mut owned_by("enrollment_tokens", "site_id", "sites"))
        .take()
}

/// Managed computers. Presence is memory, not rows: `last_seen_at` is written on transitions. `version` feeds
/// the ETag.
fn machines() -> TableCreateStatement {
    Table::create()
        .table("machines")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("site_id"))
        .col(text("name"))
        .col(text("hostname"))
        .col(var_binary("machine_key", HASH).unique_key().take())
        .col(text("install_id"))
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
        .col(big_integer_null("removed_at"))
        .col(big_integer("version"))
        .foreign_key(&mut owned_by("machines", "organization_id", "organizations"))
        .foreign_key(&mut owned_by("machines", "site_id", "sites"))
        .take()
}

/// Periods of remote access, kept after machine and account are gone: names are copied.
fn sessions() -> TableCreateStatement {
    Table::create()
        .table("sessions")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid_null("machine_id"))
        .col(text("machine_name"))
        .col(uuid_null("account_id"))
        .col(text("technician_name"))
        .col(uuid_null("login_id"))
        .col(text("rights"))
        .col(text("state"))
        .col(big_integer("requested_at"))
        .col(big_integer_null("connected_at"))
        .col(big_integer_null("ended_at"))
        .col(text_null("end_reason"))
        .col(text_null("end_by_kind"))
        .col(text_null("end_by_name"))
        .col(text_null("end_detail"))
        .col(big_integer("bytes_to_viewer"))
        .col(big_integer("bytes_to_agent"))
        .col(text("request_id"))
        .foreign_key(&mut owned_by("sessions", "organization_id", "organizations"))
        .take()
}

/// Kept proof, hash-chained per organization; see `audit::chain`. Text columns hold exactly what was hashed.
fn audit_entries() -> TableCreateStatement {
    Table::create()
        .table("audit_entries")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(big_integer("seq"))
        .col(var_binary("prev_hash", HASH))
        .col(var_binary("hash", HASH))
        .col(big_integer("at"))
        .col(text("actor_kind"))
        .col(text_null("actor_id"))
        .col(text("actor_name"))
        .col(text("action"))
        .col(text_null("target_kind"))
        .col(text_null("target_id"))
        .col(text_null("target_name"))
        .col(text("detail"))
        .col(text_null("request_id"))
        .foreign_key(&mut owned_by("audit_entries", "organization_id", "organizations"))
        .take()
}

/// Small facts about this server, by name; the readiness check proves here that rows can be written.
fn server_state() -> TableCreateStatement {
    Table::create()
        .table("server_state")
        .col(text("name").primary_key())
        .col(text("value"))
        .take()
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
        plain("logins", &["account_id"]),
        plain("memberships", &["account_id", "organization_id"])
            .unique()
            .take(),
        plain("memberships", &["organization_id"]),
        plain("sites", &["organization_id"]),
        plain("enrollment_tokens", &["organization_id"]),
        plain("machines", &["organization_id", "id"]),
        plain("sessions", &["organization_id", "id"]),
        plain("sessions", &["machine_id"]),
        plain("sessions", &["state"]),
        plain("audit_entries", &["organization_id", "seq"])
            .unique()
            .take(),
    ]
}
