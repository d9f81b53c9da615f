//! One file per table: the row as a struct, nothing else. Queries live in the domains' `store.rs`.
//!
//! Columns mean what `migrations` and the domain that owns the table say.
#![allow(
    missing_docs,
    reason = "columns are documented where the table is created; the rest is generated"
)]

pub mod access_request;
pub mod access_rule;
pub mod account;
pub mod account_invitation;
pub mod acme_account;
pub mod api_token;
pub mod assignment;
pub mod audit_checkpoint;
pub mod audit_entry;
pub mod certificate;
pub mod duplicate_dismissal;
pub mod enrollment_token;
pub mod helpdesk_installation;
pub mod idempotency_key;
pub mod identity;
pub mod identity_provider;
pub mod inventory_section;
pub mod invitation;
pub mod login;
pub mod login_place;
pub mod machine;
pub mod machine_change;
pub mod machine_evidence;
pub mod machine_fact;
pub mod machine_installation;
pub mod machine_key;
pub mod machine_login;
pub mod machine_metric;
pub mod machine_report;
pub mod machine_section;
pub mod machine_software;
pub mod machine_token;
pub mod machine_words;
pub mod mail;
pub mod non_unique_value;
pub mod one_time_link;
pub mod organization;
pub mod passkey;
pub mod provider_attempt;
pub mod provider_login;
pub mod quarantine;
pub mod recovery_code;
pub mod relay_grant;
pub mod rights_changes;
pub mod role;
pub mod server_mail;
pub mod server_state;
pub mod session;
pub mod session_event;
pub mod sign_in_rules;
pub mod site;
pub mod software_title;
pub mod support_code;
pub mod team;
pub mod team_member;
pub mod token_use;
pub mod totp;
pub mod webhook;
pub mod webhook_attempt;
pub mod webhook_delivery;
