//! Sessions with sockets: from request to end, over lost pipes, lost links and restarts of the server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;
mod conditions;
#[path = "../oidc/double.rs"]
mod double;
mod ends;
mod examples;
mod guests;
mod notes;
mod rights;
mod stage;
mod teams;
mod tokens;
mod ways_back;
