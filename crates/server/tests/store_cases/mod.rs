//! The cases of the store suite, by domain.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

pub mod access;
pub mod access_requests;
pub mod accounts;
pub mod api_tokens;
pub mod archive;
pub mod audit;
pub mod audit_proof;
pub mod enrollment;
pub mod factors;
pub mod finer_rights;
pub mod grants;
pub mod idempotency;
pub mod identity_providers;
pub mod inventory;
pub mod invitations;
pub mod machine_routes;
pub mod machines;
pub mod mail;
pub mod metrics;
pub mod people;
pub mod places;
pub mod recognition;
pub mod records;
pub mod rights;
pub mod schema;
pub mod search;
pub mod secrets;
pub mod server_identity;
pub mod sign_in_rules;
pub mod support;
pub mod teams;
pub mod webhooks;
