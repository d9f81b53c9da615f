//! The server `farol`: HTTP API, relay, console, background jobs, admin CLI.
//!
//! # Map
//! - [`cli`] parses the command line; [`server::Server`] puts everything together and stops it again.
//! - [`http`] is the edge: router, request ids, same-site checks, who asks ([`http::SignedIn`]), problem+json.
//! - Domains, one folder each: [`accounts`], [`api_tokens`], [`identity_providers`], [`idempotency`], [`organizations`], [`rights`], [`teams`], [`audit`], [`access`], [`enrollment`], [`recognition`], [`machines`],
//!   [`inventory`], [`machine_metrics`], [`machine_routes`], [`mail`], [`presence`], [`link`], [`sessions`], [`support`], [`relay`], [`events`], [`webhooks`], [`health`], [`jobs`], [`tls`], [`sealed`]. In a domain `mod.rs` holds the rules (context first; then authorize,
//!   check, write rows and audit entry in one transaction, nudge, return), `store.rs` the queries, `api.rs` the
//!   handlers.
//! - [`search`] is the language in which machines are searched: pure, of no domain.
//! - [`store`] opens the database and holds tables and migrations; [`ctx::Ctx`] is what every rule reaches.
//!
//! # Invariants
//! - Rules of one domain call rules of another, never its store.
//! - A change and its audit entry are one transaction; events go out after the commit.
//! - Account credentials and agent credentials are different types.
//! - The server never looks into pipe bytes and links no codec.

pub mod access;
pub mod access_requests;
pub mod accounts;
pub mod api_tokens;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod config;
pub mod ctx;
pub mod enrollment;
pub mod error;
pub mod events;
mod guessing;
pub mod health;
pub mod http;
pub mod idempotency;
pub mod identity;
pub mod identity_providers;
pub mod ids;
pub mod inventory;
pub mod jobs;
pub mod link;
pub mod listener;
pub mod machine_metrics;
pub mod machine_routes;
pub mod machines;
pub mod mail;
pub mod metrics;
pub mod openapi;
pub mod organizations;
mod outbound;
pub mod presence;
pub mod private_file;
pub mod recognition;
pub mod relay;
pub mod rights;
pub mod sealed;
pub mod search;
pub mod secrets;
pub mod server;
pub mod server_identity;
pub mod sessions;
pub mod shares;
pub mod store;
pub mod support;
pub mod teams;
pub mod telemetry;
pub mod throttle;
pub mod tls;
pub mod webhooks;

pub use ctx::Ctx;
pub use error::{Code, Error, FieldError, Result};

/// Version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
