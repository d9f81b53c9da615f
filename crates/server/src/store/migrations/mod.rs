//! The schema, step by step. A step that was released is never edited; a change is a new file and a line here.

mod m0001_first;
mod m0002_identity;
mod m0003_audit;
mod m0004_certificates;
mod m0005_machine_routes;
mod m0006_limits;
mod m0007_audit_guard;
mod m0008_who_decided;
mod m0009_access_rules;
mod m0010_sessions;
mod m0011_support_codes;
mod m0012_invitations;
mod m0013_session_figures;
mod m0014_roles;
mod m0015_api_tokens;
mod m0016_mail;
mod m0018_identity_providers;
mod m0019_second_factors;
mod m0020_idempotency;
mod m0021_webhooks;
mod m0022_finer_rights;
mod m0023_teams;
mod m0024_archive_and_policy;
mod m0025_places;
mod m0026_rights_changes;
mod m0027_search;
mod m0028_inventory;
mod m0029_metrics;

use sea_orm_migration::prelude::*;

/// All steps in order.
pub(super) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_first::Migration),
            Box::new(m0002_identity::Migration),
            Box::new(m0003_audit::Migration),
            Box::new(m0004_certificates::Migration),
            Box::new(m0005_machine_routes::Migration),
            Box::new(m0006_limits::Migration),
            Box::new(m0007_audit_guard::Migration),
            Box::new(m0008_who_decided::Migration),
            Box::new(m0009_access_rules::Migration),
            Box::new(m0010_sessions::Migration),
            Box::new(m0011_support_codes::Migration),
            Box::new(m0012_invitations::Migration),
            Box::new(m0013_session_figures::Migration),
            Box::new(m0014_roles::Migration),
            Box::new(m0015_api_tokens::Migration),
            Box::new(m0016_mail::Migration),
            Box::new(m0018_identity_providers::Migration),
            Box::new(m0019_second_factors::Migration),
            Box::new(m0020_idempotency::Migration),
            Box::new(m0021_webhooks::Migration),
            Box::new(m0022_finer_rights::Migration),
            Box::new(m0023_teams::Migration),
            Box::new(m0024_archive_and_policy::Migration),
            Box::new(m0025_places::Migration),
            Box::new(m0026_rights_changes::Migration),
            Box::new(m0027_search::Migration),
            Box::new(m0028_inventory::Migration),
            Box::new(m0029_metrics::Migration),
        ]
    }
}

/// A column of `table` that names the `owner` of its rows, which go with it.
fn owned_by(table: &'static str, column: &'static str, owner: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fk"))
        .from(table, column)
        .to(owner, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}
